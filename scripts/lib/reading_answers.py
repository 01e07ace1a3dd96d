"""What tests of a file of readings say of schools.

An answer is three rows of numbers, one column a school: KNOWN (1 where the test is met), POSSIBLE (1 where it is met or
unknown) and EXPECTED (how likely it is met, for a best estimate). `all` multiplies them, `any` multiplies what is left:
that is Kleene's logic for the first two, and for the third what holds of parts that are unknown independently of one
another.
"""

import functools
import json

import numpy as np
import pandas as pd

from lib import criteria
from lib.domain import GRADES
from lib.readings import resolved

KNOWN, POSSIBLE, EXPECTED = range(3)
MOST_NUMBERS = 2**40  # of kinds, before they are counted anew: the next condition must not make them too large


class Schools:
    """The schools of a phase with their measures, of which any test can be asked.

    A threshold drawn from the population is that of the known values, also where those that are missing here would
    move it: these are best estimates.
    `measured`: as classify.measures gives them. `gaps`: measures a blank in which may hide what was published.
    `answers`: of conditions, for measures of an inspection and for others; schools that share either share its answers.
    """

    def __init__(self, measured: pd.DataFrame, gaps: list[str], answers: tuple[dict, dict] | None = None):
        self.measured, self.gaps = measured, set(gaps)
        self._of_inspection, self._of_others = answers or ({}, {})
        self.expected = {}  # {test: EXPECTED of it} where a model says so

    def ask(self, tests: list[tuple]) -> list[np.ndarray]:
        """Return KNOWN, POSSIBLE and EXPECTED (3 × schools) of each test, what tests have in common worked out once."""
        answers, kind = self.kinds(tests)
        return [answer if answer is None else answer[:, kind] for answer in answers]

    def kinds(self, tests: list[tuple]) -> tuple[list[np.ndarray], np.ndarray]:
        """Return (answers to each test of every kind of school: 3 × kinds; the kind of each school).

        Schools that the tests do not tell apart are of one kind. There are some hundreds of kinds in England.
        """
        kind = np.zeros(len(self.measured), dtype=np.int64)
        for part in dict.fromkeys(part for test in tests for part in _parts(test)):
            told = [self._condition(part)] if part[0] == "condition" else []
            told += [pd.factorize(self.expected[part])[0]] if part in self.expected else []
            for codes in told:
                if codes is not None and len(codes):
                    kind = kind * (int(codes.max()) + 2) + codes + 1
                    if kind.max() > MOST_NUMBERS:
                        kind = np.unique(kind, return_inverse=True)[1]
        _, first, kind = np.unique(kind, return_index=True, return_inverse=True)
        found = {}
        return [self._ask(test, first, found) for test in tests], kind

    def _ask(self, test, first, found):
        """The answer to a test of the schools at `first`, the first of each kind; None where it drops out."""
        if test not in found:
            if test[0] == "condition":
                answer = None
                if (outcome := self._condition(test)) is not None:
                    known = (outcome[first] == criteria.TRUE).astype(float)
                    answer = np.stack([known, outcome[first] != criteria.FALSE, known])
            else:
                parts = [part for part in (self._ask(inner, first, found) for inner in test[2:]) if part is not None]
                if parts and len(parts) < test[1] and test[0] == "at_least":
                    answer = np.stack([np.full(len(first), chance) for chance in (0.0, 1.0, 0.0)])  # unknown
                else:
                    answer = _at_least(min(test[1], len(parts)), parts) if parts else None
            if answer is not None and test in self.expected:
                answer = np.stack([answer[KNOWN], answer[POSSIBLE], self.expected[test][first]])
            found[test] = answer
        return found[test]

    def _condition(self, test):
        """The outcome of a condition, of each school; None where it drops out of its test."""
        stated = json.loads(test[1])
        answers = self._of_inspection if stated["measure"] in GRADES else self._of_others
        if test not in answers:
            outcome, (leaf,) = criteria.evaluate(stated, self.measured, self.measured, as_known=True)
            if leaf.available and stated["measure"] not in self.gaps:
                outcome = np.maximum(outcome, criteria.FALSE)  # nobody has what is missing
            answers[test] = None if leaf.ignored else outcome
        return answers[test]


def _parts(test):
    """A test and all tests in it."""
    yield test
    if test[0] != "condition":
        for inner in test[2:]:
            yield from _parts(inner)


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
