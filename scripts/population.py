"""Decide which establishments are schools of the population, and under which URN their data stand.

Inputs: clean/establishments, links, links_of_results, results and inspections; workflow/facts/authorities.csv.
Outputs: population/schools.csv (one row a school and phase), population/inherited.csv (what came from a predecessor),
population/left_out.csv (the establishments that do not belong, each with the reason).
Source of the rules: population and inherits in the method file.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lib import authorities, run_step, schemas, source_files, tables
from lib.domain import GRADED, OPENED_LATER
from lib.run_step import UserError

MOST_STEPS = 10  # links in a chain of predecessors; more would be a loop
# An own row that says only this has no results of its own: the school may stand under its predecessor's URN.
NO_RESULTS_YET = {"missing", "new_school", "not_published", "not_available", "no_row"}


def population(
    establishments: pd.DataFrame, rules: dict, reference_date: str, source_id: str = "register"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (members, rejected): the establishments of the population, open on `reference_date`, and the others.

    `members` has `open_on_reference_date`, the reasoning in words. Each row left out has the first reason that applies.
    """
    e = establishments
    opened, closed = e["open_date"].fillna(""), e["close_date"].fillna("9999-99-99")
    phases = {phase for named in rules["phases"].values() for phase in named}
    status = e["establishment_status"]
    tests = [
        (~e["establishment_type"].isin(rules["establishment_types"]), "type out of scope: " + e["establishment_type"]),
        (e["region"] == "outside_england", "outside England's nine regions"),
        (status == "created_in_error", "created in error"),
        (status == "proposed", "proposed to open"),
        (opened > reference_date, OPENED_LATER),
        (closed <= reference_date, "closed on or before the reference date"),
        ((status == "closed") & e["close_date"].isna(), "closed, on an unknown date"),
        (~e["phase_of_education"].isin(phases), "phase out of scope: " + e["phase_of_education"]),
    ]
    reason = pd.Series([None] * len(e), index=e.index, dtype="str")
    for applies, words in tests:
        reason = reason.where(~(reason.isna() & applies), words)
    members, rejected = source_files.reject(e, reason.notna(), source_id, reason)
    since = ("opened " + members["open_date"]).astype("str").fillna("no opening date, so taken as open")
    until = ("closed " + members["close_date"] + ", later").astype("str").fillna("no closing date")
    members = members.assign(open_on_reference_date=since + "; " + until)
    return members, rejected


def in_phases(members: pd.DataFrame, phases: dict[str, list[str]]) -> pd.DataFrame:
    """Return one row a school: (urn, phase). An establishment whose phase of education counts in two stands twice."""
    parts = [members[members["phase_of_education"].isin(named)].assign(phase=phase) for phase, named in phases.items()]
    return pd.concat(parts, ignore_index=True).sort_values(["urn", "phase"]).reset_index(drop=True)


def inherit(
    schools: pd.DataFrame,
    available: pd.DataFrame,
    links: pd.DataFrame,
    types: pd.Series | None = None,
    may_inherit: str | list[str] = "all",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find under which URN each school's data stand: its own, else the nearest predecessor's.

    `schools`: urn, phase. `available`: urn, phase of the data there are. `links`: urn, predecessor_urn.
    `may_inherit`: "all", or the list of establishment types that take over from a predecessor, `types` then giving
    the type of each URN. Returns (found, still_open). `found`: `schools` with `from_urn` (Int64), `via` (own,
    predecessor, none, ambiguous), `steps`. Where several predecessors at the same distance have data, none is taken:
    `ambiguous`. A predecessor that is itself one of `schools` keeps its data, and what it would inherit, to itself:
    `still_open` lists those at which the search for a school's data stopped, as urn, phase, from_urn, steps.
    """
    found = schools[["urn", "phase"]].reset_index(drop=True)
    own = _among(found, available)
    found["from_urn"] = found["urn"].astype("Int64").where(own)
    found["via"] = np.where(own, "own", "none")
    found["steps"] = 0
    steps = links[["urn", "predecessor_urn"]].drop_duplicates().rename(columns={"urn": "at"})
    open_ends = found.loc[~own, ["urn", "phase"]].assign(at=lambda rows: rows["urn"])
    still_open = [found.iloc[:0][["urn", "phase", "from_urn", "steps"]]]
    for distance in range(1, MOST_STEPS + 1):
        if may_inherit != "all":
            open_ends = open_ends[open_ends["at"].map(types).isin(may_inherit)]
        ends = open_ends.merge(steps, on="at").drop(columns="at").drop_duplicates()
        ends = ends.rename(columns={"predecessor_urn": "at"})
        kept = ends["at"].isin(found["urn"])
        own_again = ends["at"] == ends["urn"]  # a loop of links
        stopped = ends[kept & ~own_again].rename(columns={"at": "from_urn"}).astype({"from_urn": "Int64"})
        still_open.append(stopped.assign(steps=distance))
        ends = ends[~kept]
        if ends.empty:
            break
        has = _among(ends[["at", "phase"]], available)
        reached = ends[has].groupby(["urn", "phase"])["at"].agg(["nunique", "first"]).reset_index()
        at = found.merge(reached, on=["urn", "phase"], how="left")
        one, several = (at["nunique"] == 1).to_numpy(), (at["nunique"] > 1).to_numpy()
        found.loc[one, "from_urn"] = at.loc[one, "first"].astype("Int64").to_numpy()
        found.loc[one, "via"], found.loc[several, "via"] = "predecessor", "ambiguous"
        found.loc[one | several, "steps"] = distance
        open_ends = ends[~_among(ends[["urn", "phase"]], reached)]
    return found, pd.concat(still_open, ignore_index=True).sort_values(["urn", "phase", "steps", "from_urn"])


def _among(rows, others):
    """Which of the rows (URN, phase) are among the others."""
    return pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(others[["urn", "phase"]]))


def has_results(results: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Return urn, phase of the rows that have results: a figure, or a reason other than not being there yet.

    A measure that no row has, since it was not published in that year, says of none that it has results.
    """
    published = [measure for measure in measures if results[measure].notna().any()]
    status = results[[f"{measure}_status" for measure in published]]
    some = (status.notna() & ~status.isin(NO_RESULTS_YET)).any(axis=1)
    return results.loc[some, ["urn", "phase"]]


def attach_results(
    schools: pd.DataFrame,
    results: pd.DataFrame,
    links: pd.DataFrame,
    measures_by_year: dict[str, list[str]],
    may_inherit: str | list[str],
    types: pd.Series,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add `results_urn`, `results_via` (and the same with the suffix of each earlier year) to `schools`.

    `measures_by_year`: {suffix: measures of that year}. Returns (schools, inherited); schemas.INHERITED.
    A school without results anywhere keeps its own row of the file, if it has one, with the reasons that stand there.
    """
    inherited = []
    for suffix, measures in measures_by_year.items():
        found, still_open = inherit(schools, has_results(results, measures), links, types, may_inherit)
        has_row = _among(found[["urn", "phase"]], results[results[f"row{suffix}"].notna()])
        empty_row = (found["via"] == "none") & has_row
        found["from_urn"] = found["from_urn"].mask(empty_row, found["urn"])
        found.loc[empty_row, "via"] = "own"
        schools[f"results_urn{suffix}"], schools[f"results_via{suffix}"] = found["from_urn"], found["via"]
        inherited.append(_inherited(found, still_open, f"results{suffix}"))
    return schools, pd.concat(inherited, ignore_index=True)


def years_present(results: pd.DataFrame, measures_by_year: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return of {suffix of a year: measures} what the results have."""
    return {
        suffix: [name for name in names if name in results]
        for suffix, names in measures_by_year.items()
        if f"row{suffix}" in results
    }


def attach_inspections(
    schools: pd.DataFrame,
    inspections: pd.DataFrame,
    links: pd.DataFrame,
    phases: Iterable[str],
    may_inherit: str | list[str],
    types: pd.Series,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add `inspection_urn` and `inspection_via` to `schools`; `card_urn` and `card_via` where the release has report
    cards. Returns (schools, inherited); schemas.INHERITED.

    A school without a graded inspection, or word of a report card, anywhere keeps its own row, if there is one.
    """
    inherited = []
    has = {"inspection": inspections["overall_effectiveness_status"].isin(GRADED)}
    if "has_report_card_status" in inspections:
        has["card"] = inspections["has_report_card_status"].isin(["ok", "another_urn"])
    for what, there in has.items():
        of_phases = [inspections.loc[there, ["urn"]].assign(phase=phase) for phase in phases]
        found, still_open = inherit(schools, pd.concat(of_phases, ignore_index=True), links, types, may_inherit)
        own_row = (found["via"] == "none") & found["urn"].isin(inspections["urn"])
        found["from_urn"] = found["from_urn"].mask(own_row, found["urn"])
        found.loc[own_row, "via"] = "own"
        schools[f"{what}_urn"], schools[f"{what}_via"] = found["from_urn"], found["via"]
        inherited.append(_inherited(found, still_open, what))
    return schools, pd.concat(inherited, ignore_index=True)


def _inherited(found, still_open, what):
    """schemas.INHERITED for one thing that is inherited, from what `inherit` returns."""
    taken = found[found["via"].isin(["predecessor", "ambiguous"])]
    taken = taken.assign(outcome=taken["via"].map({"predecessor": "inherited", "ambiguous": "ambiguous"}))
    shared = taken[taken["from_urn"].notna() & taken.duplicated(["phase", "from_urn"], keep=False)]
    heirs = shared.groupby(["phase", "from_urn"])["urn"].agg(list).to_dict()
    others = [
        ";".join(str(heir) for heir in heirs.get((phase, from_urn), ()) if heir != urn) or None
        for urn, phase, from_urn in zip(taken["urn"], taken["phase"], taken["from_urn"], strict=True)
    ]
    taken = taken.assign(shared_with=pd.array(others, dtype="str"))
    rows = pd.concat([taken, still_open.assign(outcome="predecessor_still_open", shared_with=None)])
    columns = ["urn", "phase", "from_urn", "steps", "outcome", "shared_with"]
    return rows.sort_values(["urn", "phase"], kind="stable")[columns].assign(what=what)


def school_table(
    establishments: pd.DataFrame,
    results: pd.DataFrame,
    inspections: pd.DataFrame,
    links: pd.DataFrame,
    rules: dict,
    reference_date: str,
    measures_by_year: dict[str, list[str]],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (schools, inherited, left_out): the schools of the population with the URNs of their data.

    `rules`: population of the method file. `measures_by_year`: {suffix: measures}, of which results may lack some.
    `schools`: one row a school and phase. `inherited`: schemas.INHERITED. `left_out`: the register's rows left out.
    """
    types = establishments.set_index("urn")["establishment_type"]
    members, left_out = population(establishments, rules, reference_date)
    members = members.rename(columns={"establishment_type": "type", "row": "register_row"})
    schools = in_phases(members, rules["phases"])
    years = years_present(results, measures_by_year)
    schools, inherited = attach_results(schools, results, links, years, rules["inherits"]["results"], types)
    may_inherit = rules["inherits"]["inspection"]
    schools, of_inspection = attach_inspections(schools, inspections, links, rules["phases"], may_inherit, types)
    inherited = pd.concat([inherited, of_inspection], ignore_index=True)
    return schools, inherited, left_out


def main(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    establishments, results, inspections = (
        tables.read(files[name]) for name in ("establishments", "results", "inspections")
    )
    links = pd.concat([tables.read(path) for path in files.links], ignore_index=True)
    rules, day, years = params.population, params.reference_date, params.measures_by_year
    then = authorities.on_day(establishments[["la_code", "la_name"]], authorities.read(files.authorities), day)
    establishments = establishments.assign(**then)
    schools, inherited, left_out = school_table(establishments, results, inspections, links, rules, day, years)
    if schools.empty:
        raise UserError(
            f"No establishment of the register belongs to the population on {params.reference_date}. "
            f"Check reference_date in the release file and population in the method file."
        )
    columns = [c for c in schools.columns if c not in ("establishment_status", "establishment_number", "postcode")]
    tables.write(schools[columns], schemas.SCHOOLS, csv=out.schools, parquet=out.schools_parquet)
    tables.write(inherited, schemas.INHERITED, csv=out.inherited)
    tables.write(left_out, schemas.REJECTED, csv=out.left_out)


if "snakemake" in globals():
    run_step.run(main, snakemake)
