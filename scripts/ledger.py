"""The ledger: for every step how many rows came in, went on and were left out, with the reason; checked.

Inputs: the raw files, clean/{establishments,links,results,inspections,designations,rejected}, clean/travel where the
release has any, population/{schools,left_out}, classified/schools, matched/reach.
Outputs: audit/ledger.csv, and audit/unused.csv, which names the cleaned rows that no school of the population uses:
with clean/rejected.csv and population/left_out.csv it accounts for every row of these sources that enters no result.
The step stops the run unless rows in = rows out + rows left out, everywhere.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib import domain, run_step, schemas, source_files, tables
from lib.inspections import rows_behind
from lib.releases import ROW
from lib.run_step import UserError

REASONS = (
    "its URN is not in the register",
    "its establishment is no school of the population",
    "its school is not of the population in this phase",
    "its school's data stand under another URN",
)
LINE = ["step", "source", "reason", "rows_in", "rows_out", "rows_left_out"]


def ledger_of_cleaning(read: dict[str, tuple[int, int]], rejected: pd.DataFrame, kept: dict[str, int]) -> pd.DataFrame:
    """Return schemas.LEDGER lines: per source rows in, out, and left out by reason; `check` says whether they add up.

    `read`: {source id: (rows in the file, those that end early)}; `kept`: {source id: rows that went on}.
    """
    lines = []
    for source, (rows_in, _) in read.items():
        lines += _lines("clean", source, rows_in, kept[source], _by_reason(rejected[rejected["source"] == source]))
    table = pd.DataFrame(lines, columns=LINE)
    early = table["source"].map({source: ending_early for source, (_, ending_early) in read.items()})
    return table.assign(rows_ending_early=early.where(table["reason"].isna()))


def cleaned_rows(
    results: pd.DataFrame, inspections: pd.DataFrame, designations: pd.DataFrame, schools: pd.DataFrame
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Give (rows, used) of the results of each year, the inspections and the designations.

    `rows`: source, row, urn and, of results, phase. `used`: the urn (and phase) of the rows that `schools` use.
    """
    for suffix, rows in _rows_of(results):
        used = schools[[f"results_urn{suffix}", "phase"]].set_axis(["urn", "phase"], axis=1)
        yield rows, used.dropna()
    stands = ["inspection_urn", *(c for c in ("card_urn",) if c in schools)]
    stands += ["urn"] if "headline_row" in inspections else []  # which each school has by its own URN
    yield rows_behind(inspections), pd.concat([schools[column] for column in stands]).dropna().to_frame("urn")
    yield designations[["source", "row", "urn"]], schools[["urn"]]


def unused(rows: pd.DataFrame, used: pd.DataFrame, schools: pd.DataFrame, in_register: pd.Series) -> pd.DataFrame:
    """Return schemas.UNUSED: the rows that no school uses; `rows` and `used` as of `cleaned_rows`.

    `schools`: urn, phase of the population. `in_register`: URNs of the register.
    """
    key = list(used.columns)

    def among(others):
        return pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(others[key]))

    tests = [~rows["urn"].isin(in_register), ~rows["urn"].isin(schools["urn"]), ~among(schools)]
    reason = np.select(tests, REASONS[:-1], REASONS[-1])
    out = rows[["source", "row", "urn"]].assign(reason=reason)
    return out[~among(used)].astype({"row": "int64", "urn": "int64"})


def rows_kept(
    sources: dict[str, dict],
    establishments: int,
    links: pd.DataFrame,
    results: pd.DataFrame,
    inspections: pd.DataFrame,
    designations: pd.DataFrame,
    travel: pd.DataFrame | None = None,
) -> dict[str, int]:
    """Return {source id: rows that the cleaning let through}, counted in their tables; `establishments`: how many."""
    tabled = (
        links["source"],
        rows_behind(inspections)["source"],
        designations["source"],
        *(rows["source"] for _, rows in _rows_of(results)),
        *(() if travel is None else (travel["source"],)),
    )
    kept = pd.concat([column.dropna() for column in tabled]).value_counts()
    return {
        name: establishments if source["kind"] == "register" else int(kept.get(name, 0))
        for name, source in sources.items()
    }


def rows_used(rows: pd.DataFrame, used: pd.DataFrame) -> dict[str, int]:
    """Return {source id: rows that schools use}, counted from the schools; `rows` and `used` as of `cleaned_rows`."""
    found = used.drop_duplicates().merge(rows, on=list(used.columns))["source"]
    return {source: int((found == source).sum()) for source in rows["source"].unique()}


def _rows_of(results):
    """Give (suffix of the year, rows) of the files that the results come from: source, row, urn, phase of each row.

    Of a long file also the further rows of a school, which stand beside its main one: each is a row that went on.
    """
    by_year = {}
    for column in results:
        if named := ROW.fullmatch(column):
            suffix, source, _ = named.groups()
            rows = results[["urn", "phase"]].assign(row=results[column])
            rows["source"] = source if source else results[f"source{suffix}"]
            by_year.setdefault(suffix, []).append(rows.dropna())
    for suffix, rows in by_year.items():
        yield suffix, pd.concat(rows, ignore_index=True)


def ledger(
    cleaning: pd.DataFrame,
    used: dict[str, int],
    unused: pd.DataFrame,
    left_out: pd.DataFrame,
    schools: pd.DataFrame,
    classified: pd.DataFrame,
    reach: pd.DataFrame,
    phases: dict[str, list[str]],
) -> pd.DataFrame:
    """Return schemas.LEDGER: cleaning and use of rows per source, then population, classify and match per phase.

    `used`: as of `rows_used`. `unused`: audit/unused. `left_out`: population/left_out. `phases`: {phase: the register's
    phases of education that count in it}, of the method file.
    Raises UserError when any line of totals does not add up, or the groups are not what the outcomes make them.
    """
    went_on = cleaning[cleaning["reason"].isna()].set_index("source")["rows_out"]
    establishments = schools.drop_duplicates("urn")["phase_of_education"]
    members = len(establishments)
    steps = [("population", "register", went_on["register"], members, _by_reason(left_out))]
    for source, rows_out in used.items():
        steps.append(("use", source, went_on[source], rows_out, _by_reason(unused[unused["source"] == source])))
    placed, tested, matched = (table["phase"].value_counts() for table in (schools, classified, reach))
    need = classified[classified["group"] == "in_need"]
    nowhere = need[need["easting"].isna() | need["northing"].isna()]["phase"].value_counts()
    need = need["phase"].value_counts()
    for phase in domain.PHASES:
        other = {"stands in another phase only": members - establishments.isin(phases.get(phase, [])).sum()}
        steps.append(("population", phase, members, placed.get(phase, 0), other))
    for phase in domain.PHASES:
        steps.append(("classify", phase, placed.get(phase, 0), tested.get(phase, 0), {}))
    for phase in domain.PHASES:
        without = {"in need, without coordinates": nowhere.get(phase, 0)}
        steps.append(("match", phase, need.get(phase, 0), matched.get(phase, 0), without))
    lines = pd.DataFrame([line for step in steps for line in _lines(*step)], columns=LINE)
    table = pd.concat([cleaning, lines], ignore_index=True)
    table["rows_ending_early"] = table["rows_ending_early"].astype("Int64")  # of source files only
    check(table)
    check_groups(classified)
    return table


def check(table: pd.DataFrame) -> None:
    """Raise UserError naming the first step and source where rows in is not rows out plus rows left out by reason."""
    for (name, source), lines in table.groupby(["step", "source"], sort=False):
        total, reasons = lines[lines["reason"].isna()], lines[lines["reason"].notna()]
        rows_in, rows_out = int(total["rows_in"].iloc[0]), int(total["rows_out"].iloc[0])
        left_out = int(reasons["rows_left_out"].sum())
        if rows_in != rows_out + left_out or left_out != int(total["rows_left_out"].iloc[0]):
            raise UserError(
                f"ledger: {name}, {source}: {rows_in} rows came in, but {rows_out} went on and {left_out} were left "
                f"out for a stated reason. This is an error of the run, not of the files: please report it."
            )


def check_groups(classified: pd.DataFrame) -> None:
    """Raise UserError unless the groups of each phase sum to its schools, and are what the outcomes make them.

    In need comes first; high-performing are those not known to be in need; neither, those known to be neither.
    """
    groups = ("in_need", "high_performing", "neither", "not_assessable")
    for phase, schools in classified.groupby("phase"):
        need, high = schools["in_need"], schools["high_performing"]
        known = [outcome.fillna(False) for outcome in (need, high, ~need & ~high)]
        by_criteria = np.select(known, groups[:-1], groups[-1])
        for group in groups:
            found, expected = int((schools["group"] == group).sum()), int((by_criteria == group).sum())
            if found != expected:
                raise UserError(
                    f"ledger: classify, {phase}: {found} of {len(schools)} schools are in the group {group}, but by "
                    f"their criteria it is {expected}. This is an error of the run, not of the files: please report it."
                )


def _by_reason(rows):
    return rows["reason"].value_counts().sort_index().to_dict()


def _lines(name, source, rows_in, rows_out, reasons):
    """The line of totals, and one a reason."""
    reasons = {reason: rows for reason, rows in reasons.items() if rows}
    lines = [(name, source, None, rows_in, rows_out, sum(reasons.values()))]
    return lines + [(name, source, reason, None, None, rows) for reason, rows in reasons.items()]


def main(snakemake):
    files, sources = snakemake.input, snakemake.params.sources
    names = ("schools", "results", "inspections", "designations")
    schools, results, inspections, designations = (tables.read(files[name]) for name in names)
    in_register, links = tables.read(files.establishments)["urn"], tables.read(files.links)
    rejected, classified, reach = (tables.read(files[name]) for name in ("rejected", "classified", "reach"))
    # Counted anew from the files, so that the check does not rest on what the steps before say of themselves.
    read = {
        name: source_files.count_records(path, source)
        for (name, source), path in zip(sources.items(), files.raw, strict=True)
    }
    travel = tables.read(files.travel[0]) if files.travel else None
    kept = rows_kept(sources, len(in_register), links, results, inspections, designations, travel)
    cleaned = list(cleaned_rows(results, inspections, designations, schools))
    unused_rows = pd.concat([unused(*pair, schools, in_register) for pair in cleaned], ignore_index=True)
    used = {source: count for pair in cleaned for source, count in rows_used(*pair).items()}
    cleaning = ledger_of_cleaning(read, rejected, kept)
    left_out, phases = tables.read(files.left_out), snakemake.params.phases
    table = ledger(cleaning, used, unused_rows, left_out, schools, classified, reach, phases)
    tables.write(unused_rows, schemas.UNUSED, csv=snakemake.output.unused)
    tables.write(table, schemas.LEDGER, csv=snakemake.output.ledger)


if "snakemake" in globals():
    run_step.run(main, snakemake)
