"""Say what decided each outcome, or left it unknown: the conditions of every school, and every threshold.

Inputs: as of classify, and clean/establishments; of the release the labels of measures.
Outputs: classified/criteria.csv (each criterion's outcome), conditions.csv (each condition of each test: the school's
value, or why there is none, the threshold and what came of it), thresholds.csv (every threshold with its basis),
results_files.csv (criteria counted over the results files themselves, beside the official counts), unknown.csv (for
lack of what criteria are not assessable).
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from classify import WORDS, Evaluated, OfPhase, by_phase, without_absent
from lib import criteria, domain, run_step, schemas, tables
from lib.measures import Measures
from lib.methods import conditions_of

SCHOOLS_AT_ONCE = 25_000  # whose conditions are held in memory: more than England has of a phase
SCHOOLS = {"true": criteria.TRUE, "false": criteria.FALSE, "unknown": criteria.UNKNOWN}  # by outcome of a condition
OF_CONDITION = ("id", "measure", "is", "if_absent", "basis", "source", "reason")  # as the method states them


def criteria_table(schools: pd.DataFrame, evaluated: dict[str, Evaluated], group_of: dict[str, str]) -> pd.DataFrame:
    """Return schemas.CRITERIA: one row a school and criterion, by school."""
    parts = [
        {
            **criteria.same_of_all({"criterion": name, "group": group_of[name]}, schools),
            "outcome": (WORDS, outcome.astype(np.int64)),
        }
        for name, (outcome, _) in evaluated.items()
    ]
    return _by_school(parts, schools, schemas.CRITERIA)


def conditions_table(schools: pd.DataFrame, evaluated: dict[str, Evaluated]) -> pd.DataFrame:
    """Return schemas.CONDITIONS: one row a school and condition, by school and in the order of thresholds_table."""
    parts = []
    for name, place, condition in _listed(evaluated):
        stated = {"criterion": name, "place": place, "threshold": _threshold(condition)}
        stated |= {key: condition.stated[key] for key in ("measure", "is")}
        parts.append(criteria.same_of_all(stated, schools) | criteria.found_by(condition, schools))
    return _by_school(parts, schools, schemas.CONDITIONS)


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


def _by_school(parts, schools, schema):
    """A table with a row for each school and part, by school. `parts`: {column: criteria.Coded} each."""
    rows = schools[["urn", "phase"]].take(np.repeat(np.arange(len(schools)), len(parts))).reset_index(drop=True)
    # Each word is made once, however many rows there are: tables of texts take long to join and to sort.
    for column in parts[0]:
        words, places = zip(*(part[column] for part in parts), strict=True)
        begin = np.cumsum([0, *map(len, words[:-1])])
        places = np.stack([at % len(own) + first for own, at, first in zip(words, places, begin, strict=True)])
        every = pd.array([word for own in words for word in own], dtype=schema.columns[column].dtype)
        rows[column] = every.take(places.T.ravel())
    return rows


def _threshold(condition):
    """The threshold as tables show it; None for a quantile of a measure of which the release has no figure."""
    unknown = "quantile" in condition.stated and (not condition.available or np.isnan(condition.threshold))
    return None if unknown else criteria.show(condition.threshold)


def thresholds_table(
    schools: pd.DataFrame, evaluated: dict[str, Evaluated], phase: str, measures: Measures
) -> pd.DataFrame:
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
                "label": measures.label(phase, stated["measure"]),
                "threshold": _threshold(condition),
                "threshold_least": criteria.show(condition.extent[0]) if condition.extent else None,
                "threshold_most": criteria.show(condition.extent[1]) if condition.extent else None,
                "schools_with_value": int(schools[stated["measure"]].notna().sum()) if known else None,
                "available": condition.available,
                **{f"schools_{word}": int((condition.outcome == outcome).sum()) for word, outcome in SCHOOLS.items()},
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

    `tests`: without what the method asks beyond the criterion. Two of them at once are named a+b. Only criteria that
    need nothing but results are counted; one whose figures the file lacks is assessable for no row. `mainstream`: types
    of state-funded mainstream schools; a row whose type the file leaves blank counts as one, and is counted apart as
    well. `in_register`, `used`: URNs of the register, and those under which results are used for a school of the
    population.
    """
    rows = without_absent(results[results["row"].notna()])
    kind = rows["school_type"].fillna("unspecified") if "school_type" in rows else pd.Series("unspecified", rows.index)
    rows = criteria.derive(rows.assign(establishment_type=kind, establishment_type_status="ok"), derived)
    state = kind.isin([*mainstream, "unspecified"])
    where = {
        "all_rows": state,
        "in_population": rows["urn"].isin(used),
        "not_in_register": state & ~rows["urn"].isin(in_register),
        "type_unknown": kind == "unspecified",
    }
    counts = []
    outcomes = {}
    for name, test in tests.items():
        measured = {leaf["measure"] for leaf in conditions_of(test) if leaf.get("if_absent") != "ignore"}
        if measured & domain.NOT_OF_RESULTS or rows.empty:
            continue
        outcomes[name], _ = criteria.evaluate(test, rows, reference)
    for one, other in itertools.combinations(list(outcomes), 2):
        outcomes[f"{one}+{other}"] = criteria.at_least([outcomes[one], outcomes[other]], 2)
    for name, outcome in outcomes.items():
        for place, mask in where.items():
            values = outcome[mask.to_numpy()]
            counted = {words: int((values == code).sum()) for code, words in criteria.OUTCOMES.items()}
            counts.append({"phase": phase, "criterion": name, "where": place, **counted})
    return pd.DataFrame(counts, columns=list(schemas.RESULTS_FILES.columns))


def unknown(of: OfPhase) -> pd.DataFrame:
    """Say of how many schools a criterion is not assessable, and for lack of what; schemas.UNKNOWN of one phase.

    A school that lacks several measures stands in the line of each; one that has a figure, but so near to a quantile
    that what is missing of others decides, in the line `threshold`. A condition that is ignored where the release lacks
    its measure says how many schools are assessable only because of it.
    """
    rows = []
    for criterion, (outcome, conditions) in of.evaluated.items():
        not_assessable = outcome == criteria.UNKNOWN
        copy = of.but_for_the_copy(criterion) == criteria.UNKNOWN

        def add(schools, measure=None, status=None, criterion=criterion, copy=copy):
            counts = {"schools": int(schools.sum()), "missing_here": int((schools & copy).sum())}
            if counts["schools"]:
                rows.append({"phase": of.phase, "criterion": criterion, "measure": measure, "status": status, **counts})

        add(not_assessable)
        for measure in dict.fromkeys(condition.stated["measure"] for condition in conditions):
            leaves = [condition for condition in conditions if condition.stated["measure"] == measure]
            if all(leaf.ignored for leaf in leaves):
                required = _with(of.tests[criterion], lambda c, m=measure: _required(c) if c["measure"] == m else c)
                needed, _ = criteria.evaluate(required, of.schools, of.schools)
                add((outcome != criteria.UNKNOWN) & (needed == criteria.UNKNOWN), measure, "ignored")
                continue
            lacking = not_assessable & np.any([leaf.outcome == criteria.UNKNOWN for leaf in leaves], axis=0)
            status = of.schools.get(f"{measure}_status", pd.Series("not_in_release", of.schools.index))
            status = status.replace("ok", "threshold")  # it has a figure: only the threshold can be in doubt
            for word in sorted(status[lacking].unique()):
                add(lacking & (status == word).to_numpy(), measure, word)
    return pd.DataFrame(rows, columns=list(schemas.UNKNOWN.columns))


def _required(condition):
    return {key: value for key, value in condition.items() if key != "if_absent"}


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
    measures = Measures(params.layouts, params.derived)
    thresholds = [thresholds_table(of.schools, of.evaluated, of.phase, measures) for of in phases]
    tables.write(pd.concat(thresholds, ignore_index=True), schemas.THRESHOLDS, csv=out.thresholds)
    files = []
    for of in phases:
        used = set(of.schools["results_urn"].dropna())
        tests = {
            name: params.criteria[name].get("unrestricted", {}).get(of.phase, test) for name, test in of.tests.items()
        }
        of_files = (of.results, tests, of.schools, of.phase, params.mainstream, known, used, of.derived)
        files.append(results_files(*of_files))
    tables.write(pd.concat(files, ignore_index=True), schemas.RESULTS_FILES, csv=out.results_files)
    tables.write(pd.concat(map(unknown, phases), ignore_index=True), schemas.UNKNOWN, csv=out.unknown)


if "snakemake" in globals():
    run_step.run(main, snakemake)
