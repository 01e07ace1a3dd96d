"""Put every school in its group by the criteria of the method.

Inputs: population/schools; clean/results, inspections, designations.
Output: classified/schools.csv: the outcome of each criterion and the group. What decided them: scripts/conditions.py.
Source of the definitions: the method file; each threshold names its own.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib import criteria, domain, run_step, schemas, tables
from lib.inspections import CARD, HEADLINE, OF_GRADES, without_row

SUFFIXES = ("", "_1y_before", "_2y_before")
Evaluated = tuple[np.ndarray, list[criteria.Condition]]  # outcome (int8) per school, and the leaves of the test
NOWHERE = pd.Series(dtype="str")  # statuses of a measure that no file has
WORDS = np.array([criteria.OUTCOMES[code] for code in (0, 1, -1)])  # by outcome


@dataclass(frozen=True)
class OfPhase:
    """The schools of a phase with their measures, its rows of the results files, and its criteria, evaluated."""

    phase: str
    schools: pd.DataFrame
    results: pd.DataFrame
    tests: dict[str, dict]
    derived: dict
    evaluated: dict[str, Evaluated]

    def but_for_the_copy(self, criterion: str) -> np.ndarray:
        """Return a criterion's outcome (int8) where what nobody could assess counts as not met."""
        return criteria.but_for_the_copy(self.tests[criterion], self.evaluated[criterion][1], self.schools)


def measures(
    schools: pd.DataFrame,
    results: pd.DataFrame,
    inspections: pd.DataFrame,
    designations: pd.DataFrame,
    derived: dict,
    may_inherit: str | list[str] = "all",
    partial: Collection[str] = (),
) -> pd.DataFrame:
    """Give each school of one phase its measures and their statuses.

    `schools`: population/schools of the phase. `results`: clean/results of the phase. A measure that the
    release does not have gets no column; a list that names no school of a kind is no list of that kind.
    `may_inherit`: "all", or the types that take over what was judged under another URN. `partial`: as of
    lib.releases.partial_data.
    """
    out = schools.reset_index(drop=True)
    out = out.assign(establishment_type=out["type"], establishment_type_status="ok")
    results = without_absent(results)
    for suffix in SUFFIXES:
        if f"row{suffix}" not in results or f"results_urn{suffix}" not in schools:
            continue
        of_year = [c for c in results if c.endswith("_status") and _suffix(c.removesuffix("_status")) == suffix]
        columns = [column for c in of_year for column in (c.removesuffix("_status"), c) if column in results]
        absent = "missing" if f"{schools['phase'].iloc[0]}{suffix}" in partial else "no_row"
        out = _join(out, results[["urn", *columns]], f"results_urn{suffix}", f"results_via{suffix}", of_year, absent)
    of_card = "card" if "card_urn" in out else "inspection"
    before = [f"{domain.PREVIOUS}{name}" for name in OF_GRADES]
    for names, judged, where, aspect in (
        (OF_GRADES, "judged_urn", "inspection", "graded"),
        (before, f"{domain.PREVIOUS}judged_urn", "inspection", "graded"),
        (CARD, "card_judged_urn", of_card, "card"),
        (["category_of_concern"], "category_judged_urn", of_card, of_card.replace("inspection", "graded")),
    ):
        there = [m for m in names if (inspections.get(f"{m}_status", NOWHERE) != "not_in_release").any()]
        statuses = [f"{measure}_status" for measure in there]
        data = inspections[["urn", *there, *statuses, *(c for c in (judged, f"{judged}_open") if c in inspections)]]
        out = _join(out, data, f"{where}_urn", f"{where}_via", statuses, without_row(aspect, partial))
        if judged in out:
            out = _under_own_urn(out, there, judged, may_inherit)
    if HEADLINE in inspections:
        out = out.merge(inspections[["urn", HEADLINE, f"{HEADLINE}_status"]], on="urn", how="left")
        if "headline" not in partial:  # who is not in the list is known to be in none
            out[HEADLINE] = out[HEADLINE].where(out[f"{HEADLINE}_status"].notna(), "not_listed")
        absent = "missing" if "headline" in partial else "ok"
        out[f"{HEADLINE}_status"] = out[f"{HEADLINE}_status"].fillna(absent)
    for kind, of_kind in designations.groupby("designation")["urn"]:
        out = out.assign(**{kind: out["urn"].isin(set(of_kind)).astype("boolean"), f"{kind}_status": "ok"})
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


def group_table(of: OfPhase, group_of: dict[str, str]) -> pd.DataFrame:
    """Return the groups of `groups`; whether each is unknown only because the files at hand lack what was published
    (`{group}_missing_here`); and, a column each, the outcome of every criterion in words.
    """
    table = groups({name: outcome for name, (outcome, _) in of.evaluated.items()}, group_of)
    published = groups({name: of.but_for_the_copy(name) for name in of.evaluated}, group_of)
    for group in domain.CRITERION_GROUPS:
        table[f"{group}_missing_here"] = published[group].isna()
    for name, (outcome, _) in of.evaluated.items():
        table[name] = WORDS[outcome]
    return table


def without_absent(results: pd.DataFrame) -> pd.DataFrame:
    """Return the results of one phase without the measures that its files do not have: those without any status."""
    empty = results.columns[results.isna().all()].difference(["urn", "phase"], sort=False)  # with no rows, all are
    absent = [c for c in empty if c.endswith("_status")]
    others = [c for c in empty if not c.endswith("_status") and f"{c}_status" not in results]
    return results.drop(columns=[*absent, *(c.removesuffix("_status") for c in absent), *others])


def _suffix(measure):
    return next((s for s in SUFFIXES[1:] if measure.endswith(s)), "")


def _join(schools, data, key, via, statuses, no_row):
    """Left-join `data` by the URN in `key`; where there is no row the statuses say why."""
    # A merge would copy all that the schools have already, for each kind of data again.
    of_each = data.set_index("urn").reindex(schools[key].astype("Int64").fillna(-1).astype("int64"))
    of_each.index = schools.index
    why = schools[via].map({"ambiguous": "ambiguous_predecessor"}).fillna(no_row)
    for status in statuses:
        of_each[status] = of_each[status].fillna(why)
    return pd.concat([schools, of_each], axis=1, verify_integrity=True)  # a name that both have raises


def _under_own_urn(schools, measures, judged, may_inherit):
    """Take away what was judged under another URN from schools of the types that take nothing over.

    Where the copy lacks under whose URN it was judged, that is missing for them. Where it was another one that no file
    names, it is missing for the types that do take over.
    """
    heirs = schools["type"].isin(schools["type"] if may_inherit == "all" else may_inherit)
    another = schools[judged].notna() & (schools[judged] != schools["urn"]).fillna(False) & ~heirs
    open_ = schools.get(f"{judged}_open", heirs & False).eq(True) & ~heirs
    for measure in measures:
        status = schools[f"{measure}_status"]
        status = status.mask(heirs & (status == "another_urn") | open_, "missing").mask(another, "another_urn")
        schools[measure] = schools[measure].mask(another | open_)
        schools[f"{measure}_status"] = status
    return schools.drop(columns=[judged, f"{judged}_open"], errors="ignore")


def _named(flags):
    """One text a row: the names of the columns that are true, separated by ';', blank where none is."""
    text = pd.Series("", index=flags.index, dtype="str")
    for name in flags:
        text = text + flags[name].map({True: f"{name};", False: ""}).astype("str")
    return text.str.removesuffix(";").where(text != "", None)


def by_phase(snakemake) -> Iterator[OfPhase]:
    """Give, for each phase that has schools, its schools with their measures and every criterion evaluated.

    For the rules classify and conditions, whose inputs and parameters of the same names are the same.
    """
    params = snakemake.params
    names = ("schools", "results", "inspections", "designations")
    schools, results, inspections, designations = (tables.read(snakemake.input[name]) for name in names)
    for phase in domain.PHASES:
        of_phase, results_of_phase = schools[schools["phase"] == phase], results[results["phase"] == phase]
        if of_phase.empty:
            continue
        tests, derived = rules_of(phase, params.criteria, params.derived)
        of_inspections = params.population["inherits"]["inspection"], params.partial
        measured = measures(of_phase, results_of_phase, inspections, designations, derived, *of_inspections)
        yield OfPhase(phase, measured, results_of_phase, tests, derived, classify(measured, tests))


def main(snakemake):
    stated, out = snakemake.params.criteria, snakemake.output
    group_of = {name: criterion["group"] for name, criterion in stated.items()}
    labels = {name: criterion["label"] for name, criterion in stated.items()}
    classified = []
    for phase in by_phase(snakemake):
        table = group_table(phase, group_of)
        table["not_assessable_criteria"] = _named(table[list(phase.evaluated)] == "not_assessable")
        key = [c for c in schemas.classified_schools({}).columns if c in phase.schools]
        classified.append(pd.concat([phase.schools[key], table], axis=1))
    classified = pd.concat(classified, ignore_index=True).sort_values(["urn", "phase"])
    for name in set(labels) - set(classified):
        classified[name] = None
    tables.write(classified, schemas.classified_schools(labels), csv=out.schools, parquet=out.schools_parquet)


if "snakemake" in globals():
    run_step.run(main, snakemake)
