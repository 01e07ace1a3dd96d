"""Ask a method, as `settings.load_method` gives it, about its tests and radius, and name a run under it."""

from collections.abc import Iterator

from lib.domain import CRITERION_GROUPS, PHASES
from lib.run_step import UserError

# Stand in a run's id between the method's and what the config sets in place of its own; no method's own id has them.
RADIUS = "-radius-"
TRAVEL = "-travel-"


def groups_of(criteria: dict[str, dict]) -> list[str]:
    """Return the groups that the criteria of a method speak for."""
    return [group for group in CRITERION_GROUPS if any(group == stated["group"] for stated in criteria.values())]


def parts_of(test: dict) -> list[dict]:
    """Return the parts of a branch of a test, those of all years where it differs by year; nothing of a condition."""
    by_year = list(filter(None, test.get("by_year", {}).values()))
    return test.get("all") or test.get("any") or test.get("of") or by_year


def in_year(test: dict | None, results_year: str) -> dict | None:
    """Return a test as it is in a year: None where nothing is asked. Raises KeyError where no rule is stated for it."""
    if test is None or "measure" in test:
        return test
    if "by_year" in test:
        return in_year(test["by_year"][results_year], results_year)
    parts = [part for each in parts_of(test) if (part := in_year(each, results_year))]
    return {key: parts if isinstance(value, list) else value for key, value in test.items()} if parts else None


def wanted(test: dict, number: int) -> int:
    """Return how many of the parts of a branch must hold, of which there are `number`, maybe fewer than stated."""
    return number if "all" in test else 1 if "any" in test else test["at_least"]


def conditions_of(test: dict) -> Iterator[dict]:
    """Yield each condition of a test, as the method states it, once per place where it appears."""
    if "measure" in test:
        yield test
    for part in parts_of(test):
        yield from conditions_of(part)


def iter_conditions(method: dict, phase: str | None = None) -> Iterator[tuple[str, dict]]:
    """Yield (criterion, condition) for each condition of each test, once per place where it appears."""
    for name, criterion in method["criteria"].items():
        for test_phase, test in criterion["test"].items():
            if phase in (None, test_phase):
                yield from ((name, condition) for condition in conditions_of(test))


def radius_miles(method: dict, override: float | dict | None = None) -> dict[str, float]:
    """Return {phase: miles}: the method's radius, or `override` (a number, or a mapping by phase) where given."""
    return _by_phase(method["radius_miles"], override)


def travel_minutes(method: dict, override: float | dict | None = None) -> dict[str, float]:
    """Return {phase: minutes}, as `radius_miles` does; without a phase of which neither says anything."""
    return _by_phase(method.get("travel_minutes", {}), override)


def _by_phase(stated, override):
    """{phase: number}; a whole number is an int, however it was written, so that it is the same parameter."""
    given = override if isinstance(override, dict) else {} if override is None else dict.fromkeys(PHASES, override)
    numbers = {phase: part["value"] for phase, part in stated.items()} | given
    return {p: int(numbers[p]) if float(numbers[p]).is_integer() else numbers[p] for p in PHASES if p in numbers}


def method_of_run(method: dict, override: float | dict | None = None, minutes: float | dict | None = None) -> dict:
    """Return the method with what the config makes of it: `radius_used_miles` ({phase: miles}), `run` (the run's id).

    `radius_miles` stays what the method states; so does `travel_minutes`, in whose place `minutes` goes. Ids of runs:
    nfer-2017, nfer-2017-radius-3 (both phases alike), nfer-2017-radius-primary-3-secondary-4.5, nfer-2017-travel-20.
    """
    used, run = radius_miles(method, override), method["id"]
    for sign, numbers, own in (
        (RADIUS, used, radius_miles(method)),
        (TRAVEL, travel_minutes(method, minutes), travel_minutes(method)),
    ):
        alike = len(set(numbers.values())) == 1
        parts = [str(numbers[PHASES[0]])] if alike else [f"{phase}-{number}" for phase, number in numbers.items()]
        run += "" if numbers == own else sign + "-".join(parts)
    return {**method, "radius_used_miles": used, "run": run}


def with_travel(method: dict, release: str, travel: list[str], minutes: float | dict | None = None) -> dict:
    """Return the method of a run with `travel_used_minutes` ({phase: minutes}) where the release has travel times.

    `travel`: names of its files of them. `minutes`: of the config. Raises UserError where a release has travel times
    and nothing says how many minutes are near enough, or the config says so and the release has none.
    """
    used = travel_minutes(method, minutes)
    if minutes is not None and not travel:
        raise UserError(
            f"config.yaml: travel_minutes is set, but release {release} has no travel times. Put a file travel.csv "
            f"(urn, partner_urn, minutes) into raw_dir/{release}, with a source of the layout `travel` in "
            f"workflow/releases/{release}.yaml as in 2016.yaml, or set travel_minutes to null."
        )
    if lacking := [phase for phase in PHASES if travel and phase not in used]:
        raise UserError(
            f"config.yaml: travel_minutes: release {release} has travel times ({', '.join(travel)}), but nothing says "
            f"how many minutes are near enough for {' and '.join(lacking)} schools. Set travel_minutes, such as 20 or "
            f"{{primary: 15, secondary: 30}}, or state them in a method of your own. For straight lines alone take the "
            f"file out of raw_dir/{release}."
        )
    return {**method, "travel_used_minutes": used} if travel else method
