"""Say what decided each outcome: the conditions of every school, every threshold, and what each assumption weighs.

Inputs: as of classify, and clean/establishments. Outputs: classified/criteria.csv (each criterion's outcome),
conditions.csv (each condition of each test: the school's value, or why there is none, the threshold and what came of
it), thresholds.csv (every threshold with its basis), results_files.csv (criteria counted over the results files
themselves, beside the official counts), sensitivity.csv (the results with each assumption of ours changed).
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from classify import SUFFIXES, WORDS, Evaluated, by_phase, groups, without_absent
from lib import criteria, domain, run_step, schemas, tables
from lib.methods import iter_conditions

SCHOOLS_AT_ONCE = 25_000  # whose conditions are held in memory: more than England has of a phase
OF_CONDITION = ("id", "measure", "is", "if_absent", "basis", "source", "reason")  # as the method states them


def criteria_table(schools: pd.DataFrame, evaluated: dict[str, Evaluated], group_of: dict[str, str]) -> pd.DataFrame:
    """Return schemas.CRITERIA: one row a school and criterion, by school."""
    of_school = schools[["urn", "phase"]]
    return _by_school(
        of_school.assign(criterion=name, group=group_of[name], outcome=WORDS[outcome])
        for name, (outcome, _) in evaluated.items()
    )


def conditions_table(schools: pd.DataFrame, evaluated: dict[str, Evaluated]) -> pd.DataFrame:
    """Return schemas.CONDITIONS: one row a school and condition, by school and in the order of thresholds_table."""
    parts = []
    for name, place, condition in _listed(evaluated):
        stated = {key: condition.stated[key] for key in ("measure", "is")} | {"threshold": _threshold(condition)}
        found = dict(zip(("value", "status", "outcome"), criteria.found_by(condition, schools), strict=True))
        parts.append(schools[["urn", "phase"]].assign(criterion=name, place=place, **stated, **found))
    return _by_school(parts).astype({"threshold": "str"})


def conditions_in_parts(schools: pd.DataFrame, evaluated: dict[str, Evaluated]) -> Iterator[pd.DataFrame]:
    """Give `conditions_table` of some schools at a time, since each has thirty rows."""
    for start in range(0, len(schools), SCHOOLS_AT_ONCE):
        these = slice(start, start + SCHOOLS_AT_ONCE)
        of_these = {
            name: (outcome[these], [replace(leaf, outcome=leaf.outcome[these]) for leaf in leaves])
            for name, (outcome, leaves) in evaluated.items()
        }
        yield conditions_table(schools.iloc[these], of_these)


def _listed(evaluated):
    """Each condition of each criterion, with its place in the criterion's test."""
    for name, (_, conditions) in evaluated.items():
        for place, condition in enumerate(conditions, start=1):
            yield name, place, condition


def _by_school(parts):
    """Tables that have a row a school, the same ones in the same order, as one table by school."""
    parts = list(parts)
    order = np.arange(sum(map(len, parts))).reshape(len(parts), -1).T.ravel()
    return pd.concat(parts, ignore_index=True).take(order).reset_index(drop=True)


def _threshold(condition):
    """The threshold as tables show it; None for a quantile of a measure of which the release has no figure."""
    unknown = "quantile" in condition.stated and (not condition.available or np.isnan(condition.threshold))
    return None if unknown else criteria.show(condition.threshold)


def thresholds_table(schools: pd.DataFrame, evaluated: dict[str, Evaluated], phase: str) -> pd.DataFrame:
    """Return schemas.THRESHOLDS of one phase: every condition once, with the value that was used and its basis."""
    rows = []
    for name, place, condition in _listed(evaluated):
        stated = {key: condition.stated.get(key) for key in (*OF_CONDITION, "quantile")}
        known = condition.available and stated["quantile"] is not None
        rows.append(
            {
                "criterion": name,
                "phase": phase,
                "place": place,
                **stated,
                "threshold": _threshold(condition),
                "schools_with_value": int(schools[stated["measure"]].notna().sum()) if known else None,
                "available": condition.available,
            }
        )
    return pd.DataFrame(rows).astype({"quantile": "float64"})


def results_files(
    results: pd.DataFrame,
    tests: dict[str, dict],
    reference: pd.DataFrame,
    phase: str,
    mainstream: list[str],
    in_register: set[int],
    used: set[int],
    derived: dict,
) -> pd.DataFrame:
    """Count criteria over the rows of a results file, as the Department does; schemas.RESULTS_FILES.

    Only criteria that need nothing but results are counted. `mainstream`: types of state-funded mainstream schools;
    a row whose type the file leaves blank counts as one, and is counted apart as well. `in_register`, `used`: URNs of
    the register, and those under which results are used for a school of the population.
    """
    rows = without_absent(results[results["row"].notna()])
    kind = rows["school_type"].fillna("unspecified") if "school_type" in rows else pd.Series("unspecified", rows.index)
    rows = criteria.derive(rows.assign(establishment_type=kind, establishment_type_status="ok"), derived)
    of_results = {c.removesuffix("_status") for c in rows if c.endswith("_status")}
    state = kind.isin([*mainstream, "unspecified"])
    where = {
        "all_rows": state,
        "in_population": rows["urn"].isin(used),
        "not_in_register": state & ~rows["urn"].isin(in_register),
        "type_unknown": kind == "unspecified",
    }
    counts = []
    for name, test in tests.items():
        measured = {leaf["measure"] for leaf in _leaves(test) if leaf.get("if_absent") != "ignore"}
        if not {m for m in measured if not m.endswith(SUFFIXES[1:])} <= of_results:
            continue
        outcome, _ = criteria.evaluate(test, rows, reference)
        for place, mask in where.items():
            values = outcome[mask.to_numpy()]
            counted = {words: int((values == code).sum()) for code, words in criteria.OUTCOMES.items()}
            counts.append({"phase": phase, "criterion": name, "where": place, **counted})
    return pd.DataFrame(counts, columns=list(schemas.RESULTS_FILES.columns))


def sensitivity(
    schools: pd.DataFrame, tests: dict[str, dict], evaluated: dict[str, Evaluated], group_of: dict[str, str], phase: str
) -> pd.DataFrame:
    """Classify again with each assumption changed, one at a time; schemas.SENSITIVITY.

    Assumptions: each reconstructed threshold at its `alternatives`, and each condition that is ignored where a release
    lacks its measure (`if_absent`): once without it, once with it required.
    """
    base = {name: outcome for name, (outcome, _) in evaluated.items()}
    rows = []
    for criterion, test in tests.items():
        for name, kind, value, used, outcome in _settings(criterion, test, schools, base[criterion]):
            group = groups(base | {criterion: outcome}, group_of)["group"]
            setting = {"id": name, "phase": phase, "criterion": criterion, "kind": kind, "value": value, "used": used}
            for word, code in (("met", criteria.TRUE), ("not_assessable", criteria.UNKNOWN)):
                setting[f"criterion_{word}"] = int((outcome == code).sum())
            for which in domain.CRITERION_GROUPS:
                setting |= {which: int((group == which).sum()), f"share_{which}": float((group == which).mean())}
            rows.append(setting)
    return pd.DataFrame(rows, columns=list(schemas.SENSITIVITY.columns))


def _settings(criterion, test, schools, base):
    """The settings of each assumption of a test: id, kind, value, whether it is the run's, and the outcome with it."""
    # A condition that stands twice in a test is one assumption.
    for leaf in {leaf["id"]: leaf for leaf in _leaves(test) if leaf["basis"] == "reconstructed"}.values():
        key = "quantile" if "quantile" in leaf else "value"
        for setting in sorted({leaf[key], *leaf["alternatives"]}):
            changed = _with(test, lambda c, i=leaf["id"], k=key, s=setting: {**c, k: s} if c.get("id") == i else c)
            outcome, _ = criteria.evaluate(changed, schools, schools)
            yield leaf["id"], key, criteria.show(setting), setting == leaf[key], outcome
    optional = {leaf["measure"] for leaf in _leaves(test) if leaf.get("if_absent") == "ignore"}
    if optional:
        present = optional & set(schools.columns)
        limits = all("upper" in measure or "lower" in measure for measure in optional)
        name = f"{criterion}_{'confidence_limits' if limits else 'optional'}"
        without, _ = criteria.evaluate(test, schools.drop(columns=list(present)), schools)
        yield name, "optional", "ignored", not present, without
        if present and present != optional:
            yield name, "optional", "ignored where absent", True, base
        required = _with(test, lambda c: {k: v for k, v in c.items() if k != "if_absent"})
        outcome, _ = criteria.evaluate(required, schools, schools)
        yield name, "optional", "required", present == optional, outcome


def _leaves(test):
    return [leaf for _, leaf in iter_conditions({"criteria": {"": {"test": {"": test}}}})]


def _with(test, change):
    """A copy of the test with `change` applied to each condition."""
    if "measure" in test:
        return change(test)
    return {
        key: [_with(part, change) for part in value] if isinstance(value, list) else value
        for key, value in test.items()
    }


def main(snakemake):
    params, out = snakemake.params, snakemake.output
    known = set(tables.read(snakemake.input.establishments)["urn"])
    group_of = {name: criterion["group"] for name, criterion in params.criteria.items()}
    phases = list(by_phase(snakemake))
    outcomes = [criteria_table(of.schools, of.evaluated, group_of) for of in phases]
    outcomes = pd.concat(outcomes, ignore_index=True).sort_values(["urn", "phase"], kind="stable")
    tables.write(outcomes, schemas.CRITERIA, csv=out.criteria, parquet=out.criteria_parquet)
    conditions = (part for of in phases for part in conditions_in_parts(of.schools, of.evaluated))
    tables.write_parts(conditions, schemas.CONDITIONS, csv=out.conditions, parquet=out.conditions_parquet)
    thresholds = [thresholds_table(of.schools, of.evaluated, of.phase) for of in phases]
    tables.write(pd.concat(thresholds, ignore_index=True), schemas.THRESHOLDS, csv=out.thresholds)
    files, weights = [], []
    for of in phases:
        used = set(of.schools["results_urn"].dropna())
        of_files = (of.results, of.tests, of.schools, of.phase, params.mainstream, known, used, of.derived)
        files.append(results_files(*of_files))
        weights.append(sensitivity(of.schools, of.tests, of.evaluated, group_of, of.phase))
    tables.write(pd.concat(files, ignore_index=True), schemas.RESULTS_FILES, csv=out.results_files)
    tables.write(pd.concat(weights, ignore_index=True), schemas.SENSITIVITY, csv=out.sensitivity)


if "snakemake" in globals():
    run_step.run(main, snakemake)
