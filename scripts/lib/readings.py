"""Readings of a study whose words are open: what a file of workflow/readings/ combines, and what it says of schools.

A part is a test under a name. A reading takes one option of each dimension, which defines parts; those that it does not
use make no other reading. What a test says of schools is held as three rows of numbers, one column a school: KNOWN (1
where it is met), POSSIBLE (1 where it is met or unknown) and EXPECTED (how likely it is met, for a best estimate).
`all` multiplies them, `any` multiplies what is left: that is Kleene's logic for the first two, and for the third what
holds of parts that are unknown independently of one another.
"""

import functools
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib import criteria
from lib.domain import GRADES, PHASES
from lib.run_step import UserError

KNOWN, POSSIBLE, EXPECTED = range(3)
OF_BOTH = ("overlap", "urns", "denominator")  # dimensions that define no parts


@dataclass(frozen=True)
class Reading:
    """One reading of a group: the option of each of its dimensions, None where it makes no difference; its tests."""

    options: dict[str, str | None]
    tests: dict[str, tuple]  # by phase


def dimensions(stated: dict) -> dict[str, dict]:
    """Return the dimensions of a file of readings, all with `options`, in the order in which tables have them."""
    return {**stated["dimensions"], **{name: stated[name] for name in OF_BOTH}}


def columns(stated: dict) -> tuple[list[str], list[str]]:
    """Return the dimensions and the claims of a file of readings: of each, the table of readings has a column."""
    return list(dimensions(stated)), list(stated["published"]["claims"])


def _definitions(stated):
    """Each place at which a file states a test: the place, and the test (or one a phase)."""
    yield from ((f"parts.{name}", test) for name, test in stated["parts"].items())
    for dimension, option in ((name, o) for name, d in stated["dimensions"].items() for o in d["options"]):
        yield from ((f"{dimension}.{option['id']}.{name}", test) for name, test in option["define"].items())
    for option in stated["denominator"]["options"]:
        if "counts" in option:
            yield f"denominator.{option['id']}.counts", option["counts"]


def _leaves(test, phase=None):
    """The conditions and the names of parts in a test, each with its phase, None for both."""
    if isinstance(test, str) or "measure" in test:
        yield phase, test
    elif test.keys() & set(PHASES):
        yield from (leaf for phase, of_phase in test.items() for leaf in _leaves(of_phase, phase))
    else:
        parts = test.get("all") or test.get("any") or test["of"]
        yield from (leaf for part in parts for leaf in _leaves(part, phase))


def named(stated: dict) -> Iterator[tuple[str, str]]:
    """Yield (place, name) wherever a file of readings names a part."""
    for place, test in _definitions(stated):
        yield from ((place, leaf) for _, leaf in _leaves(test) if isinstance(leaf, str))
    for i, estimate in enumerate(stated["estimates"]):
        yield from ((f"estimates.{i}.{key}", estimate[key]) for key in ("part", "among", "alike") if key in estimate)


def measures_named(stated: dict) -> Iterator[tuple[str, str | None, str]]:
    """Yield (place, phase or None for either, measure) wherever a file of readings names a measure."""
    for place, test in _definitions(stated):
        yield from ((place, phase, leaf["measure"]) for phase, leaf in _leaves(test) if isinstance(leaf, dict))
    yield from (("gaps", None, measure) for measure in stated["gaps"])
    for dimension, option in ((name, o) for name, d in stated["dimensions"].items() for o in d["options"]):
        yield from ((f"{dimension}.{option['id']}.needs", None, measure) for measure in option.get("needs", ()))


def published_named(stated: dict) -> Iterator[tuple[str, str]]:
    """Yield (place, id) wherever a file of readings names a published statistic."""
    for what in ("high_performing", "in_need", "partners"):
        yield from ((f"published.{what}.{key}", name) for key, name in stated["published"][what].items())
    yield from (("published.claims", name) for name in stated["published"]["claims"])
    for i, estimate in enumerate(stated["estimates"]):
        yield from ((f"estimates.{i}.official", name) for name in estimate.get("official", {}).values())
    for name, check in stated.get("checks", {}).items():
        yield from ((f"checks.{name}.published", statistic) for statistic in check["published"])


def resolved(test: dict | str, parts: dict, phase: str, within: tuple[str, ...] = ()) -> tuple[tuple, set[str]]:
    """Return a test of a phase as nested tuples, its named parts put in their places, and the names that it uses.

    Raises UserError where a part comes round to itself.
    """
    if isinstance(test, str):
        if test in within:
            raise UserError(f"workflow/readings: the part '{test}' comes round to itself, by {', '.join(within)}.")
        inner, used = resolved(parts[test], parts, phase, (*within, test))
        return inner, used | {test}
    if phase in test:
        return resolved(test[phase], parts, phase, within)
    if "measure" in test:
        return ("condition", json.dumps(test, sort_keys=True)), set()
    listed = test.get("all") or test.get("any") or test["of"]
    inner, used = zip(*(resolved(part, parts, phase, within) for part in listed), strict=True)
    number = len(inner) if "all" in test else 1 if "any" in test else test["at_least"]
    return ("at_least", number, *inner), set().union(*used)


def readings_of(stated: dict, group: str, options: dict[str, list[dict]]) -> list[Reading]:
    """Return every reading of a group, each once. `options`: those to take of each dimension of the group."""
    found = {}
    for taken in itertools.product(*options.values()):
        parts = stated["parts"] | {name: test for option in taken for name, test in option["define"].items()}
        tests, used = zip(*(resolved(group, parts, phase) for phase in PHASES), strict=True)
        used = set().union(*used)
        ids = {
            name: option["id"] if used & option["define"].keys() else None
            for name, option in zip(options, taken, strict=True)
        }
        found.setdefault(tuple(ids.values()), Reading(ids, dict(zip(PHASES, tests, strict=True))))
    return list(found.values())


def options_of(stated: dict, group: str, measures: set[str]) -> dict[str, list[dict]]:
    """Return {dimension: options} of a group, without options that need measures of which a release has none."""
    return {
        name: [o for o in dimension["options"] if "needs" not in o or measures & set(o["needs"])]
        for name, dimension in stated["dimensions"].items()
        if dimension["group"] == group
    }


class Schools:
    """The schools of a phase with their measures, of which any test can be asked.

    `measured`: as classify.measures gives them. `gaps`: measures a blank in which may hide what was published.
    `answers`: of conditions, for measures of an inspection and for others; schools that share either share its answers.
    """

    def __init__(self, measured: pd.DataFrame, gaps: list[str], answers: tuple[dict, dict] | None = None):
        self.measured, self.gaps = measured, set(gaps)
        self._of_inspection, self._of_others = answers or ({}, {})
        self.expected = {}  # {test: EXPECTED of it} where a model says so

    def ask(self, tests: list[tuple]) -> list[np.ndarray]:
        """Return KNOWN, POSSIBLE and EXPECTED (3 × schools) of each test, what tests have in common worked out once."""
        found = {}
        return [self._ask(test, found) for test in tests]

    def _ask(self, test, found):
        if test not in found:
            if test[0] == "condition":
                answer = self._condition(test)
            else:
                parts = [part for part in (self._ask(inner, found) for inner in test[2:]) if part is not None]
                answer = _at_least(min(test[1], len(parts)), parts) if parts else None
            if answer is not None and test in self.expected:
                answer = np.stack([answer[KNOWN], answer[POSSIBLE], self.expected[test]])
            found[test] = answer
        return found[test]

    def _condition(self, test):
        """What a condition says; None where it drops out of its test."""
        stated = json.loads(test[1])
        answers = self._of_inspection if stated["measure"] in GRADES else self._of_others
        if test not in answers:
            outcome, (leaf,) = criteria.evaluate(stated, self.measured, self.measured)
            if leaf.available and stated["measure"] not in self.gaps:
                outcome = np.maximum(outcome, criteria.FALSE)  # nobody has what is missing
            answers[test] = None if leaf.ignored else outcome
        outcome = answers[test]
        if outcome is None:
            return None
        known = (outcome == criteria.TRUE).astype(float)
        return np.stack([known, (outcome != criteria.FALSE).astype(float), known])


def _at_least(number, parts):
    """How likely it is that at least `number` of the parts are met, each by itself: 1 or 0 where they are 1 or 0."""
    if number == len(parts):
        return functools.reduce(np.multiply, parts)
    if number == 1:
        return 1 - functools.reduce(np.multiply, [1 - part for part in parts])
    met = [np.ones_like(parts[0]), *(np.zeros_like(parts[0]) for _ in range(number))]  # just so many; the last, or more
    for part in parts:
        met[number] = met[number] + met[number - 1] * part
        for i in range(number - 1, 0, -1):
            met[i] = met[i] * (1 - part) + met[i - 1] * part
        met[0] = met[0] * (1 - part)
    return met[number]


def denominator_masks(schools: Schools, denominators: list[dict], parts: dict, phase: str) -> np.ndarray:
    """Return 1 where a school counts in a denominator, else 0: denominators × schools."""
    everyone = np.ones(len(schools.measured))
    tests = [resolved(o["counts"], parts, phase)[0] if "counts" in o else None for o in denominators]
    return np.stack([everyone if test is None else schools.ask([test])[0][KNOWN] for test in tests])
