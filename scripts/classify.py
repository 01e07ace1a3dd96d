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
    out = _join(
        out,
        inspections[["urn", *graded, *of_inspection]],
        "inspection_urn",
        "inspection_via",
        of_inspection,
        "no_inspection",
    )
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
    outcomes = np.stack([outcome for outcome, _ in evaluated.values()], axis=1)
    return pd.DataFrame(
        {
            **_by_school(schools, {"criterion": list(evaluated), "group": [group_of[name] for name in evaluated]}),
            "outcome": repeated(WORDS, outcomes),
        }
    )


def conditions_table(schools: pd.DataFrame, evaluated: dict[str, Evaluated]) -> pd.DataFrame:
    """Return schemas.CONDITIONS: one row a school and condition, by school and in the order of thresholds_table."""
    listed = [
        (name, place, condition)
        for name, (_, conditions) in evaluated.items()
        for place, condition in enumerate(conditions, start=1)
    ]
    stated = {
        "criterion": [name for name, _, _ in listed],
        "place": [place for _, place, _ in listed],
        "measure": [condition.stated["measure"] for _, _, condition in listed],
        "is": [condition.stated["is"] for _, _, condition in listed],
        "threshold": [_threshold(condition) for _, _, condition in listed],
    }
    found = {"value": [], "status": [], "outcome": []}
    for _, _, condition in listed:
        for name, column in zip(found, criteria.found_by(condition, schools), strict=True):
            found[name].append(pd.factorize(column, use_na_sentinel=False))
    columns = {}
    for name, parts in found.items():
        starts = np.cumsum([0, *(len(words) for _, words in parts)])
        codes = np.stack([codes + start for (codes, _), start in zip(parts, starts, strict=False)], axis=1)
        columns[name] = repeated([word for _, words in parts for word in words], codes)
    return pd.DataFrame({**_by_school(schools, stated), **columns})


def conditions_in_parts(schools: pd.DataFrame, evaluated: dict[str, Evaluated]) -> Iterator[pd.DataFrame]:
    """Give `conditions_table` of some schools at a time, since each has thirty rows."""
    for start in range(0, len(schools), SCHOOLS_AT_ONCE):
        these = slice(start, start + SCHOOLS_AT_ONCE)
        of_these = {
            name: (outcome[these], [replace(leaf, outcome=leaf.outcome[these]) for leaf in leaves])
            for name, (outcome, leaves) in evaluated.items()
        }
        yield conditions_table(schools.iloc[these], of_these)


def repeated(words: list[str | None] | np.ndarray, codes: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Return the column in which each of `codes` (positions in `words`) stands for its word, row by row."""
    return pd.array(list(words), dtype="str").take(codes.ravel())


def _by_school(schools, stated):
    """Columns of a table with a row a school and entry of `stated` ({column: values}), by school."""
    entries = len(next(iter(stated.values())))
    every = np.tile(np.arange(entries), (len(schools), 1))
    columns = {"urn": np.repeat(schools["urn"].to_numpy(), entries)}
    columns["phase"] = repeated([schools["phase"].iloc[0]], np.zeros(len(schools) * entries, dtype=int))
    for name, values in stated.items():
        numbers = all(isinstance(value, int) for value in values)
        columns[name] = np.asarray(values)[every.ravel()] if numbers else repeated(values, every)
    return columns


def _threshold(condition):
    """The threshold as tables show it; None for a quantile of a measure of which the release has no figure."""
    unknown = "quantile" in condition.stated and (not condition.available or np.isnan(condition.threshold))
    return None if unknown else criteria.show(condition.threshold)


def thresholds_table(schools: pd.DataFrame, evaluated: dict[str, Evaluated], phase: str) -> pd.DataFrame:
    """Return schemas.THRESHOLDS of one phase: every condition once, with the value that was used and its basis."""
    rows = []
    for name, (_, conditions) in evaluated.items():
        for place, condition in enumerate(conditions, start=1):
            stated = condition.stated
            quantile = stated.get("quantile")
            known = condition.available and quantile is not None
            rows.append(
                {
                    "criterion": name,
                    "phase": phase,
                    "place": place,
                    "id": stated.get("id"),
                    "measure": stated["measure"],
                    "is": stated["is"],
                    "threshold": _threshold(condition),
                    "quantile": np.nan if quantile is None else quantile,
                    "schools_with_value": int(schools[stated["measure"]].notna().sum()) if known else None,
                    "available": condition.available,
                    "if_absent": stated.get("if_absent"),
                    "basis": stated["basis"],
                    "source": stated["source"],
                    "reason": stated.get("reason"),
                }
            )
    return pd.DataFrame(rows)


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

    def record(name, criterion, kind, value, used, outcome):
        frame = groups(base | {criterion: outcome}, group_of)
        high, need = int((frame["group"] == "high_performing").sum()), int((frame["group"] == "in_need").sum())
        rows.append(
            {
                "id": name,
                "phase": phase,
                "criterion": criterion,
                "kind": kind,
                "value": value,
                "used": used,
                "criterion_met": int((outcome == criteria.TRUE).sum()),
                "criterion_not_assessable": int((outcome == criteria.UNKNOWN).sum()),
                "high_performing": high,
                "in_need": need,
                "share_high_performing": high / len(frame),
                "share_in_need": need / len(frame),
            }
        )

    for criterion, test in tests.items():
        # A condition that stands twice in a test is one assumption.
        for leaf in {leaf["id"]: leaf for leaf in _leaves(test) if leaf["basis"] == "reconstructed"}.values():
            key = "quantile" if "quantile" in leaf else "value"
            for setting in sorted({leaf[key], *leaf["alternatives"]}):
                changed = _with(test, lambda c, i=leaf["id"], k=key, s=setting: {**c, k: s} if c.get("id") == i else c)
                outcome, _ = criteria.evaluate(changed, schools, schools)
                record(leaf["id"], criterion, key, criteria.show(setting), setting == leaf[key], outcome)
        optional = {leaf["measure"] for leaf in _leaves(test) if leaf.get("if_absent") == "ignore"}
        if optional:
            present = optional & set(schools.columns)
            limits = all("upper" in measure or "lower" in measure for measure in optional)
            name = f"{criterion}_{'confidence_limits' if limits else 'optional'}"
            without, _ = criteria.evaluate(test, schools.drop(columns=list(present)), schools)
            record(name, criterion, "optional", "ignored", not present, without)
            if present and present != optional:
                record(name, criterion, "optional", "ignored where absent", True, base[criterion])
            required = _with(test, lambda c: {k: v for k, v in c.items() if k != "if_absent"})
            outcome, _ = criteria.evaluate(required, schools, schools)
            record(name, criterion, "optional", "required", present == optional, outcome)
    return pd.DataFrame(rows, columns=list(schemas.SENSITIVITY.columns))


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
    schools, results = tables.read(snakemake.input.schools), tables.read(snakemake.input.results)
    inspections = tables.read(snakemake.input.inspections)
    register = tables.read(snakemake.input.establishments)["urn"]
    designated = None
    if params.has_designations:
        designated = set(tables.read(snakemake.input.designations)["urn"])
    group_of = {name: criterion["group"] for name, criterion in params.criteria.items()}
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
        used = set(of_phase["results_urn"].dropna())
        files.append(
            results_files(results_of_phase, tests, measured, phase, params.mainstream, set(register), used, derived)
        )
        weights.append(sensitivity(measured, tests, evaluated, group_of, phase))
    labels = {name: criterion["label"] for name, criterion in params.criteria.items()}
    classified = pd.concat(classified, ignore_index=True).sort_values(["urn", "phase"])
    for name in labels:
        if name not in classified:
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
