"""Evaluate criteria stated as data: trees of conditions, three-valued (Kleene), for all schools at once.

Outcomes are held as int8: 1 true, 0 false, -1 unknown. In a tree, `all` is true when every part is, false when one
is false, else unknown; `any` and `at_least` accordingly: what is unknown counts neither for nor against. `at_least`
keeps its number where a part drops out: of fewer parts than that, nothing is known.
"""

import operator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib import bounds, domain
from lib.methods import conditions_of, parts_of, wanted

TRUE, FALSE, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)
OUTCOMES = dict(zip((1, 0, -1), domain.OUTCOMES, strict=True))
# A column in which few words recur: the words, and the place of each row's among them; -1 is the last.
Coded = tuple[list, np.ndarray]
COMPARISONS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt}
COMPARISONS |= {"in": pd.Series.isin, "not in": lambda values, listed: ~values.isin(listed)}
DECIMALS = 6  # thresholds and derived measures are rounded, so that equal sums in another order compare equal


@dataclass
class Condition:
    """A leaf of a test, evaluated: the condition as stated, the threshold used, and one outcome a school.

    `extent`: the least and the most that a quantile can be, where values that are missing here would move it.
    """

    stated: dict
    threshold: object
    outcome: np.ndarray
    available: bool
    extent: tuple[float, float] | None = None

    @property
    def ignored(self):
        """Whether the condition drops out, because the release lacks its measure and the method says so."""
        return not self.available and self.stated.get("if_absent") == "ignore"


def at_least(outcomes: list[np.ndarray], number: int) -> np.ndarray:
    """Return whether at least `number` of the outcomes (arrays of 1, 0, -1) are true, three-valued."""
    stack = np.stack(outcomes)
    true, unknown = (stack == TRUE).sum(axis=0), (stack == UNKNOWN).sum(axis=0)
    return np.where(true >= number, TRUE, np.where(true + unknown < number, FALSE, UNKNOWN)).astype(np.int8)


def evaluate(
    test: dict, schools: pd.DataFrame, reference: pd.DataFrame, as_known: bool = False
) -> tuple[np.ndarray, list[Condition]]:
    """Return (outcome, conditions) of a test: int8 for each row of `schools`, and the evaluated leaves, each once.

    `reference`: the schools from which quantiles are taken (the population of the phase). A condition on a quantile is
    true or false where it is so wherever the quantile may lie; `as_known`: by the quantile of the known values, for a
    best estimate.
    A condition whose measure the release does not have is unknown for every school, and may still be outweighed by
    another one; with `if_absent: ignore` it drops out of the test.
    """
    leaves = {}
    for leaf in conditions_of(test):
        if _key(leaf) not in leaves:
            leaves[_key(leaf)] = _condition(leaf, schools, reference, as_known)
    return combine(test, leaves, len(schools)), list(leaves.values())


def but_for_the_copy(test: dict, conditions: list[Condition], schools: pd.DataFrame) -> np.ndarray:
    """Return the outcome of an evaluated test (int8) where what nobody could assess counts as not met.

    What is still unknown then is unknown only because the files at hand lack what was published. Conditions speak for
    their criterion, so that a published count leaves out a school of which they could not be assessed.
    """
    leaves = {}
    for condition in conditions:
        outcome = condition.outcome
        if condition.available:
            nobody = schools[f"{condition.stated['measure']}_status"].isin(domain.NOBODY_KNOWS).to_numpy()
            outcome = np.where((outcome == UNKNOWN) & nobody, FALSE, outcome)
        leaves[_key(condition.stated)] = replace(condition, outcome=outcome)
    return combine(test, leaves, len(schools))


def derive(schools: pd.DataFrame, derived: dict) -> pd.DataFrame:
    """Add the method's derived measures: the mean of others, or unknown for the first reason found among them."""
    schools = schools.copy()
    for name, rule in derived.items():
        if not all(part in schools for part in rule["mean_of"]):
            continue
        schools[name] = schools[rule["mean_of"]].mean(axis=1, skipna=False).round(DECIMALS)
        status = pd.Series("ok", index=schools.index, dtype="str")
        for part in reversed(rule["mean_of"]):
            status = schools[f"{part}_status"].where(schools[part].isna(), status)
        schools[f"{name}_status"] = status
    return schools


def found_by(condition: Condition, schools: pd.DataFrame) -> dict[str, Coded]:
    """Return what a condition found of each school: its value (None where there is none), `status` and `outcome`.

    `outcome`: true, false, unknown, or ignored where the release lacks the measure and the method leaves it out.
    """
    if not condition.available:
        words = {"value": None, "status": "not_in_release", "outcome": "ignored" if condition.ignored else "unknown"}
        return same_of_all(words, schools)
    measure = condition.stated["measure"]
    values, unique = pd.factorize(schools[measure])
    status, statuses = pd.factorize(schools[f"{measure}_status"])
    return {
        "value": ([*map(show, unique), None], values),
        "status": (list(statuses), status),
        "outcome": (["false", "true", "unknown"], condition.outcome.astype(np.int64)),
    }


def same_of_all(words: dict[str, object], schools: pd.DataFrame) -> dict[str, Coded]:
    """Return columns that say the same of every school. `words`: what each says."""
    return {column: ([word], np.zeros(len(schools), dtype=np.int64)) for column, word in words.items()}


def show(value: object) -> str:
    """Return a value as it stands in tables: 5 for 5.0, lists as 3|4, true and false in lower case."""
    if isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "|".join(show(v) for v in value)
    if isinstance(value, (int, float, np.number)):
        return "unknown" if np.isnan(value) else f"{round(float(value), DECIMALS):.10g}"
    return str(value)


def _key(stated):
    return (stated["measure"], stated["is"], str(stated.get("value")), stated.get("quantile"), stated.get("if_absent"))


def combine(test: dict, leaves: dict, size: int) -> np.ndarray:
    """Return the outcome of a test (int8, of `size` schools) from its evaluated conditions."""
    outcome = _combine(test, leaves)
    return np.full(size, UNKNOWN) if outcome is None else outcome


def _combine(test, leaves):
    """Outcome of a test, or None where all of it is ignored."""
    if "measure" in test:
        leaf = leaves[_key(test)]
        return None if leaf.ignored else leaf.outcome
    outcomes = [outcome for part in parts_of(test) if (outcome := _combine(part, leaves)) is not None]
    if not outcomes:
        return None
    number = wanted(test, len(outcomes))
    return at_least(outcomes, number) if number <= len(outcomes) else np.full_like(outcomes[0], UNKNOWN)


def _condition(stated, schools, reference, as_known):
    measure = stated["measure"]
    threshold = stated.get("value")
    if measure not in schools:
        return Condition(stated, np.nan if threshold is None else threshold, np.full(len(schools), UNKNOWN), False)
    values = schools[measure]
    if values.dtype == "float64":
        values = values.round(DECIMALS)
    known, extent = values.notna().to_numpy(), None
    if "quantile" in stated:
        threshold = round(float(reference[measure].quantile(stated["quantile"])), DECIMALS)
        if np.isnan(threshold):  # no school of the population has a value
            known = np.zeros(len(schools), dtype=bool)
        elif not as_known:
            extent = _extent(stated, threshold, reference)
    ends = [COMPARISONS[stated["is"]](values, end) for end in extent or (threshold,)]
    ends = [holds.fillna(False).to_numpy(dtype=bool) for holds in ends]
    known = known & (ends[0] == ends[-1])
    return Condition(stated, threshold, np.where(known, ends[0], UNKNOWN).astype(np.int8), True, extent)


def _extent(stated, threshold, reference):
    """The least and the most that a quantile of the reference can be; None where it can be nothing else.

    Each school whose value is missing here may have any value, or none. What nobody has never enters the quantile.
    """
    values, status = reference[stated["measure"]], reference[f"{stated['measure']}_status"]
    missing = int((values.isna() & ~status.isin(domain.NOBODY_KNOWS)).sum())
    if not missing:
        return None
    values, any_value = values.dropna().to_numpy(dtype=float), np.full(missing, np.inf)
    (least,) = bounds.least_quantiles(values, -any_value, [stated["quantile"]])
    (most,) = bounds.least_quantiles(-values, -any_value, [1 - stated["quantile"]])
    least, most = (-np.inf if np.isnan(end) else round(float(end), DECIMALS) for end in (least, most))
    extent = min(least, threshold), max(0.0 - most, threshold)
    return None if extent == (threshold, threshold) else extent
