"""The ledger: for every step how many rows came in, went on and were left out, with the reason; checked.

Inputs: the raw files, clean/{establishments,links,results,inspections,designations,rejected},
population/{schools,left_out}, classified/schools, matched/reach.
Outputs: audit/ledger.csv, and audit/unused.csv, which names the cleaned rows that no school of the population uses:
with clean/rejected.csv it accounts for every row of these sources that enters no result. The step stops the run unless
rows in = rows out + rows left out, everywhere.
"""

import numpy as np
import pandas as pd

from lib import domain, run_step, schemas, source_files, tables
from lib.releases import measure_suffix
from lib.run_step import UserError

REASONS = (
    "its URN is not in the register",
    "its establishment is no school of the population",
    "its school is not of the population in this phase",
    "its school's data stand under another URN",
)
LINE = ["step", "source", "reason", "rows_in", "rows_out", "rows_left_out"]


def ledger_of_cleaning(read: dict[str, tuple[int, int]], rejected: pd.DataFrame, kept: dict[str, int]) -> pd.DataFrame:
    """Return schemas.LEDGER lines: per source rows in, out, and left out by reason.

    `read`: {source id: (rows in the file, those that end early)}; `kept`: {source id: rows that went on}. Raises
    UserError unless rows in = rows out + rows left out, for every source.
    """
    lines = []
    for source, (rows_in, ending_early) in read.items():
        out = rejected[rejected["source"] == source]
        lines.append(("clean", source, None, rows_in, kept[source], len(out), ending_early))
        for reason, rows in out["reason"].value_counts(sort=False).sort_index().items():
            lines.append(("clean", source, reason, None, None, rows, None))
        if rows_in != kept[source] + len(out):
            raise UserError(
                f"{source}: {rows_in} rows came in, but {kept[source]} went on and {len(out)} were left out. "
                f"This is an error of the cleaning step, not of the file: please report it."
            )
    return pd.DataFrame(lines, columns=list(schemas.LEDGER.columns))[list(schemas.LEDGER.columns)]


def unused(rows: pd.DataFrame, used: pd.DataFrame, schools: pd.DataFrame, in_register: pd.Series) -> pd.DataFrame:
    """Return schemas.UNUSED: the rows that no school uses.

    `rows`: source, row, urn and, of results, phase. `used`: the urn (and phase) of the rows that schools use.
    `schools`: urn, phase of the population. `in_register`: URNs of the register.
    """
    key = ["urn", "phase"] if "phase" in rows else ["urn"]

    def among(others):
        return pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(others[key]))

    tests = [~rows["urn"].isin(in_register), ~rows["urn"].isin(schools["urn"]), ~among(schools)]
    reason = np.select(tests, REASONS[:-1], REASONS[-1])
    out = rows[["source", "row", "urn"]].assign(reason=reason)
    return out[~among(used)].astype({"row": "int64", "urn": "int64"})


def of_results(results: pd.DataFrame, schools: pd.DataFrame, in_register: pd.Series) -> pd.DataFrame:
    """Return schemas.UNUSED of the results files of all years."""
    parts = []
    for column in results:
        if column == "source" or column.startswith("source_"):
            suffix = column.removeprefix("source")
            own = [column, f"row{suffix}", "urn", "phase"]
            rows = results.loc[results[column].notna(), own].set_axis(["source", "row", "urn", "phase"], axis=1)
            held_by = f"results_urn{suffix}"
            used = schools[[held_by, "phase"]].dropna().rename(columns={held_by: "urn"})
            parts.append(unused(rows, used, schools, in_register))
    return pd.concat(parts, ignore_index=True)


def of_inspections(inspections: pd.DataFrame, schools: pd.DataFrame, in_register: pd.Series) -> pd.DataFrame:
    """Return schemas.UNUSED of the inspections."""
    used = schools[["inspection_urn"]].dropna().rename(columns={"inspection_urn": "urn"})
    return unused(inspections, used, schools, in_register)


def rows_kept(
    sources: dict[str, dict],
    establishments: int,
    links: pd.DataFrame,
    results: pd.DataFrame,
    inspections: pd.DataFrame,
    designations: pd.DataFrame,
) -> dict[str, int]:
    """Return {source id: rows that the cleaning let through}, counted in the cleaned tables.

    `sources`: {id: source as laid out}. `establishments`: rows of clean/establishments.
    """
    of_kind = {"links": links, "inspections": inspections, "designations": designations}
    kept = {}
    for name, source in sources.items():
        if source["kind"] == "register":
            kept[name] = establishments
        elif source["kind"] == "results":
            of_phase = results["phase"] == source["phase"]
            kept[name] = int((of_phase & results[f"row{measure_suffix(source)}"].notna()).sum())
        else:
            kept[name] = int((of_kind[source["kind"]]["source"] == name).sum())
    return kept


def rows_used(
    schools: pd.DataFrame, results: pd.DataFrame, inspections: pd.DataFrame, designations: pd.DataFrame
) -> dict[str, int]:
    """Return {source id: rows that schools of the population use}, counted from the schools."""
    used = {}
    for column in [c for c in results if c == "source" or c.startswith("source_")]:
        held_by = f"results_urn{column.removeprefix('source')}"
        keys = schools[[held_by, "phase"]].dropna().drop_duplicates().rename(columns={held_by: "urn"})
        found = keys.merge(results[["urn", "phase", column]].dropna(), on=["urn", "phase"])
        used |= {source: int((found[column] == source).sum()) for source in results[column].dropna().unique()}
    for rows, urns in ((inspections, schools["inspection_urn"]), (designations, schools["urn"])):
        taken = rows.loc[rows["urn"].isin(urns.dropna()), "source"]
        used |= {source: int((taken == source).sum()) for source in rows["source"].unique()}
    return used


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
    """Return schemas.LEDGER: the cleaning's lines and those of the rows that schools use (per source), then population,
    classify and match (per phase).

    `used`: as `rows_used` gives it. `unused`: audit/unused. The two must make up what the cleaning let through.
    `left_out`: population/left_out, the establishments that are no school of the population.
    `phases`: {phase: the register's phases of education that count in it}, of the method file.
    Raises UserError when any line of totals does not add up, a step's rows are not those that the one before left,
    or the groups are not what the outcomes make them.
    """
    went_on = cleaning[cleaning["reason"].isna()].set_index("source")["rows_out"]
    members = schools["urn"].nunique()
    reasons = left_out["reason"].value_counts().sort_index()
    lines = _lines("population", "register", int(went_on["register"]), members, reasons.to_dict())
    for source, rows_out in used.items():
        reasons = unused.loc[unused["source"] == source, "reason"].value_counts().sort_index()
        lines += _lines("use", source, int(went_on[source]), rows_out, reasons.to_dict())
    establishments = schools.drop_duplicates("urn")["phase_of_education"]
    for phase in domain.PHASES:
        other = members - int(establishments.isin(phases.get(phase, [])).sum())
        rows_out = int((schools["phase"] == phase).sum())
        lines += _lines("population", phase, members, rows_out, {"stands in another phase only": other})
    for phase in domain.PHASES:
        rows_in, rows_out = int((schools["phase"] == phase).sum()), int((classified["phase"] == phase).sum())
        lines += _lines("classify", phase, rows_in, rows_out, {})
    for phase in domain.PHASES:
        need = classified[(classified["phase"] == phase) & (classified["group"] == "in_need")]
        without = int((need["easting"].isna() | need["northing"].isna()).sum())
        lines += _lines(
            "match", phase, len(need), int((reach["phase"] == phase).sum()), {"in need, without coordinates": without}
        )
    table = pd.concat([cleaning, pd.DataFrame(lines, columns=LINE)], ignore_index=True)
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
    for phase, schools in classified.groupby("phase"):
        need, high = schools["in_need"], schools["high_performing"]
        expected = {
            "in_need": int((need.fillna(False)).sum()),
            "high_performing": int((high.fillna(False) & ~need.fillna(False)).sum()),
            "neither": int((~need & ~high).fillna(False).sum()),
        }
        expected["not_assessable"] = len(schools) - sum(expected.values())
        found = {group: int((schools["group"] == group).sum()) for group in expected}
        if found != expected:
            group = next(group for group in expected if found[group] != expected[group])
            raise UserError(
                f"ledger: classify, {phase}: {found[group]} of {len(schools)} schools are in the group {group}, but by "
                f"their criteria it is {expected[group]}. This is an error of the run, not of the files: please report "
                f"it."
            )


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
    kept = rows_kept(sources, len(in_register), links, results, inspections, designations)
    unused_rows = pd.concat(
        [
            of_results(results, schools, in_register),
            of_inspections(inspections, schools, in_register),
            unused(designations, schools, schools, in_register),
        ],
        ignore_index=True,
    )
    used = rows_used(schools, results, inspections, designations)
    left_out = tables.read(files.left_out)
    cleaning = ledger_of_cleaning(read, rejected, kept)
    table = ledger(cleaning, used, unused_rows, left_out, schools, classified, reach, snakemake.params.phases)
    tables.write(unused_rows, schemas.UNUSED, csv=snakemake.output.unused)
    tables.write(table, schemas.LEDGER, csv=snakemake.output.ledger)


if "snakemake" in globals():
    run_step.run(main, snakemake)
