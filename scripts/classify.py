"""Put every school in its group by the criteria of the method.

Inputs: population/schools; clean/results, inspections, designations, establishments.
Outputs: classified/schools.csv (groups), criteria.csv (each criterion's outcome), conditions.csv (each condition of
each test: the school's value, or why there is none, the threshold and what came of it), thresholds.csv
(every threshold with its basis), results_files.csv (criteria counted over the results files themselves, beside the
official counts), sensitivity.csv (what each assumption of ours weighs).
Source of the definitions: the method file; each threshold names its own.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from lib import criteria, domain, run_step, schemas, tables
from lib.methods import iter_conditions

SUFFIXES = ("", "_1y_before", "_2y_before")
Evaluated = tuple[np.ndarray, list[criteria.Condition]]  # outcome (int8) per school, and the leaves of the test
SCHOOLS_AT_ONCE = 25_000  # whose conditions are held in memory: more than England has of a phase
OF_CONDITION = ("id", "measure", "is", "if_absent", "basis", "source", "reason")  # as the method states them
WORDS = np.array([criteria.OUTCOMES[code] for code in (0, 1, -1)])  # by outcome


def measures(
    schools: pd.DataFrame, results: pd.DataFrame, inspections: pd.DataFrame, designated: set[int] | None, derived: dict
) -> pd.DataFrame:
    """Give each school of one phase its measures and their statuses.

    `schools`: clean/schools of the phase. `results`: clean/results of the phase. `designated`: URNs, or None where the
    release has no list. A measure that the release does not have gets no column.
    """
    out = schools.assign(establishment_type=schools["type"], establishment_type_status="ok")
    results = _without_absent(results)
    for suffix in SUFFIXES:
        if f"row{suffix}" not in results or f"results_urn{suffix}" not in schools:
            continue
        of_year = [c for c in results if c.endswith("_status") and _suffix(c.removesuffix("_status")) == suffix]
        columns = [column for c in of_year for column in (c.removesuffix("_status"), c) if column in results]
        out = _join(out, results[["urn", *columns]], f"results_urn{suffix}", f"results_via{suffix}", of_year, "no_row")
    graded = [g for g in domain.GRADES if (inspections[f"{g}_status"] != "not_in_release").any()]
    of_inspection = [f"{g}_status" for g in graded]
    inspected = inspections[["urn", *graded, *of_inspection]]
    out = _join(out, inspected, "inspection_urn", "inspection_via", of_inspection, "no_inspection")
    if designated is not None:
        out = out.assign(designated=out["urn"].isin(designated).astype("boolean"), designated_status="ok")
    return criteria.derive(out, derived)


def rules_of(phase: str, stated: dict[str, dict], derived: dict) -> tuple[dict[str, dict], dict[str, dict]]:
    """Return ({criterion: test}, {measure: rule}) of one phase, from `criteria` and `derived` of the method file."""
    tests = {name: criterion["test"][phase] for name, criterion in stated.items() if phase in criterion["test"]}
    return tests, {measure: rule for measure, rule in derived.items() if rule["phase"] == phase}


def classify(schools: pd.DataFrame, tests: dict[str, dict]) -> dict[str, Evaluated]:
    """Evaluate the tests {criterion: test} of one phase. Returns {criterion: (outcome int8, conditions)}."""
    return {name: criteria.evaluate(test, schools, schools) for name, test in tests.items()}


def groups(outcomes: dict[str, np.ndarray], group_of: dict[str, str]) -> pd.DataFrame:
    """Return high_performing, in_need, both (boolean with NA) and group from {criterion: int8 outcome}.

    A group is met when any of its criteria is; else not assessable when any is; else not met. A school known to be in
    need is in need, whatever else; one known to be high-performing is so unless it is known to be in need.
    """
    size = len(next(iter(outcomes.values())))
    flags = {}
    for group in domain.CRITERION_GROUPS:
        own = [outcome for name, outcome in outcomes.items() if group_of[name] == group]
        any_met = criteria.at_least(own, 1) if own else np.zeros(size, dtype=np.int8)
        flags[group] = pd.array(np.where(any_met == criteria.UNKNOWN, None, any_met == criteria.TRUE), dtype="boolean")
    frame = pd.DataFrame(flags)
    frame["both"] = frame["high_performing"] & frame["in_need"]
    high, need = frame["high_performing"].fillna(False), frame["in_need"].fillna(False)
    neither = (~frame["high_performing"] & ~frame["in_need"]).fillna(False)
    frame["group"] = np.select([need, high, neither], ["in_need", "high_performing", "neither"], "not_assessable")
    return frame


def group_table(evaluated: dict[str, Evaluated], group_of: dict[str, str]) -> pd.DataFrame:
    """Return the groups of `groups` and, a column each, the outcome of every criterion in words, from `classify`."""
    table = groups({name: outcome for name, (outcome, _) in evaluated.items()}, group_of)
    for name, (outcome, _) in evaluated.items():
        table[name] = WORDS[outcome]
    return table


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
    rows = _without_absent(results[results["row"].notna()])
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


def _without_absent(results):
    """The results of one phase without the measures that its files do not have: those without any status."""
    empty = results.columns[results.isna().all()].difference(["urn", "phase"], sort=False)  # with no rows, all are
    absent = [c for c in empty if c.endswith("_status")]
    others = [c for c in empty if not c.endswith("_status") and f"{c}_status" not in results]
    return results.drop(columns=[*absent, *(c.removesuffix("_status") for c in absent), *others])


def _suffix(measure):
    return next((s for s in SUFFIXES[1:] if measure.endswith(s)), "")


def _join(schools, data, key, via, statuses, no_row):
    """Left-join `data` by the URN in `key`; where there is no row the statuses say why."""
    joined = schools.merge(data.rename(columns={"urn": key}).astype({key: "Int64"}), on=key, how="left")
    why = joined[via].map({"ambiguous": "ambiguous_predecessor"}).fillna(no_row)
    for status in statuses:
        joined[status] = joined[status].where(joined[status].notna(), why)
    return joined


def _named(flags):
    """One text a row: the names of the columns that are true, separated by ';', blank where none is."""
    text = pd.Series("", index=flags.index, dtype="str")
    for name in flags:
        text = text + flags[name].map({True: f"{name};", False: ""}).astype("str")
    return text.str.removesuffix(";").where(text != "", None)


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
    names = ("schools", "results", "inspections", "designations", "establishments")
    schools, results, inspections, designations, register = (tables.read(snakemake.input[name]) for name in names)
    designated = set(designations["urn"]) if params.has_designations else None
    group_of = {name: criterion["group"] for name, criterion in params.criteria.items()}
    labels = {name: criterion["label"] for name, criterion in params.criteria.items()}
    classified, outcomes, tested, thresholds, files, weights = [], [], [], [], [], []
    for phase in domain.PHASES:
        of_phase, results_of_phase = schools[schools["phase"] == phase], results[results["phase"] == phase]
        if of_phase.empty:
            continue
        tests, derived = rules_of(phase, params.criteria, params.derived)
        measured = measures(of_phase, results_of_phase, inspections, designated, derived)
        evaluated = classify(measured, tests)
        table = group_table(evaluated, group_of)
        table["not_assessable_criteria"] = _named(table[list(evaluated)] == "not_assessable")
        key = [c for c in schemas.classified_schools({}).columns if c in measured]
        classified.append(pd.concat([measured[key], table], axis=1))
        outcomes.append(criteria_table(measured, evaluated, group_of))
        tested.append((measured, evaluated))
        thresholds.append(thresholds_table(measured, evaluated, phase))
        used, known = set(of_phase["results_urn"].dropna()), set(register["urn"])
        files.append(results_files(results_of_phase, tests, measured, phase, params.mainstream, known, used, derived))
        weights.append(sensitivity(measured, tests, evaluated, group_of, phase))
    classified = pd.concat(classified, ignore_index=True).sort_values(["urn", "phase"])
    for name in set(labels) - set(classified):
        classified[name] = None
    tables.write(classified, schemas.classified_schools(labels), csv=out.schools, parquet=out.schools_parquet)
    outcomes = pd.concat(outcomes, ignore_index=True).sort_values(["urn", "phase"], kind="stable")
    tables.write(outcomes, schemas.CRITERIA, csv=out.criteria, parquet=out.criteria_parquet)
    conditions = (part for of_phase in tested for part in conditions_in_parts(*of_phase))
    tables.write_parts(conditions, schemas.CONDITIONS, csv=out.conditions, parquet=out.conditions_parquet)
    tables.write(pd.concat(thresholds, ignore_index=True), schemas.THRESHOLDS, csv=out.thresholds)
    tables.write(pd.concat(files, ignore_index=True), schemas.RESULTS_FILES, csv=out.results_files)
    tables.write(pd.concat(weights, ignore_index=True), schemas.SENSITIVITY, csv=out.sensitivity)


if "snakemake" in globals():
    run_step.run(main, snakemake)
