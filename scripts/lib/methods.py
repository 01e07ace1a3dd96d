"""Ask a method, as `settings.load_method` gives it, about its tests and radius, and name a run under it."""

from collections.abc import Iterator

from lib.domain import PHASES

RADIUS = "-radius-"  # stands in a run's id between the method's and the radius; no method's own id has it


def iter_conditions(method: dict, phase: str | None = None) -> Iterator[tuple[str, dict]]:
    """Yield (criterion, condition) for each leaf of each test, each leaf once per place where it appears."""

    def leaves(test):
        parts = test.get("all") or test.get("any") or test.get("of")
        if parts is None:
            yield test
        for part in parts or ():
            yield from leaves(part)

    for name, criterion in method["criteria"].items():
        for test_phase, test in criterion["test"].items():
            if phase in (None, test_phase):
                for leaf in leaves(test):
                    yield name, leaf


def radius_miles(method: dict, override: float | dict | None = None) -> dict[str, float]:
    """Return {phase: miles}: the method's radius, or `override` (a number, or a mapping by phase) where given.

    A whole number of miles is an int, however it was written, so that it is the same parameter.
    """
    given = override if isinstance(override, dict) else {} if override is None else dict.fromkeys(PHASES, override)
    miles = {phase: given.get(phase, method["radius_miles"][phase]["value"]) for phase in PHASES}
    return {phase: int(value) if float(value).is_integer() else value for phase, value in miles.items()}


def run_id(method: dict, radius: dict[str, float]) -> str:
    """Return the id of a run: the method's, and the radius {phase: miles} where it is not the method's own.

    nfer-2017, nfer-2017-radius-3 (both phases alike), nfer-2017-radius-primary-3-secondary-4.5.
    """
    used = radius_miles(method, radius)
    if used == radius_miles(method):
        return method["id"]
    alike = len(set(used.values())) == 1
    parts = [str(used[PHASES[0]])] if alike else [f"{phase}-{miles}" for phase, miles in used.items()]
    return method["id"] + RADIUS + "-".join(parts)


def method_of_run(method: dict, override: float | dict | None = None) -> dict:
    """Return the method with what the config makes of it: `radius_used_miles` ({phase: miles}) and `run` (its id)."""
    used = radius_miles(method, override)
    return {**method, "radius_used_miles": used, "run": run_id(method, used)}
