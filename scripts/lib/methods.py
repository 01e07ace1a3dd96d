"""Ask a method, as `settings.load_method` gives it, about its tests and radius, and name a run under it."""

from collections.abc import Iterator

from lib.domain import CRITERION_GROUPS, PHASES

RADIUS = "-radius-"  # stands in a run's id between the method's and the radius; no method's own id has it


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
    """Return {phase: miles}: the method's radius, or `override` (a number, or a mapping by phase) where given.

    A whole number of miles is an int, however it was written, so that it is the same parameter.
    """
    given = override if isinstance(override, dict) else {} if override is None else dict.fromkeys(PHASES, override)
    miles = {phase: given.get(phase, method["radius_miles"][phase]["value"]) for phase in PHASES}
    return {phase: int(value) if float(value).is_integer() else value for phase, value in miles.items()}


def method_of_run(method: dict, override: float | dict | None = None) -> dict:
    """Return the method with what the config makes of it: `radius_used_miles` ({phase: miles}), `run` (the run's id).

    `radius_miles` stays what the method states. Ids of runs: nfer-2017, nfer-2017-radius-3 (both phases alike),
    nfer-2017-radius-primary-3-secondary-4.5.
    """
    used = radius_miles(method, override)
    alike = len(set(used.values())) == 1
    parts = [str(used[PHASES[0]])] if alike else [f"{phase}-{miles}" for phase, miles in used.items()]
    another = "" if used == radius_miles(method) else RADIUS + "-".join(parts)
    return {**method, "radius_used_miles": used, "run": method["id"] + another}
