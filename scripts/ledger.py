"""The ledger: for every step how many rows came in, went on and were left out, with the reason; checked.

Inputs: the ledger of the cleaning, clean/schools, results, inspections, designations, audit/unused,
classified/schools, matched/reach.
Output: audit/ledger.csv. The step stops the run unless rows in = rows out + rows left out, everywhere.
"""

import pandas as pd

from lib import run_step, schemas, tables
from lib.run_step import UserError

LINE = ["step", "source", "reason", "rows_in", "rows_out", "rows_left_out"]


def rows_used(schools, results, inspections, designations):
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


def ledger(cleaning, used, unused, schools, classified, reach, phases):
    """Return schemas.LEDGER: the cleaning's lines and those of the rows that schools use (per source), then population,
    classify and match (per phase).

    `used`: as `rows_used` gives it. `unused`: audit/unused. The two must make up what the cleaning let through.
    `phases`: {phase: the register's phases of education that count in it}, of the method file.
    Raises UserError when any line of totals does not add up, a step's rows are not those that the one before left,
    or the groups are not what the outcomes make them.
    """
    register = cleaning[(cleaning["source"] == "register") & cleaning["reason"].isna()]
    members = int(register["rows_out"].iloc[0])
    lines = []
    went_on = cleaning[cleaning["reason"].isna()].set_index("source")["rows_out"]
    for source, rows_out in used.items():
        reasons = unused.loc[unused["source"] == source, "reason"].value_counts().sort_index()
        lines += _lines("use", source, int(went_on[source]), rows_out, reasons.to_dict())
    establishments = schools.drop_duplicates("urn")["phase_of_education"]
    for phase in schemas.PHASE:
        other = members - int(establishments.isin(phases.get(phase, [])).sum())
        rows_out = int((schools["phase"] == phase).sum())
        lines += _lines("population", phase, members, rows_out, {"stands in another phase only": other})
    for phase in schemas.PHASE:
        rows_in, rows_out = int((schools["phase"] == phase).sum()), int((classified["phase"] == phase).sum())
        lines += _lines("classify", phase, rows_in, rows_out, {})
    for phase in schemas.PHASE:
        need = classified[(classified["phase"] == phase) & (classified["group"] == "in_need")]
        without = int((need["easting"].isna() | need["northing"].isna()).sum())
        lines += _lines(
            "match", phase, len(need), int((reach["phase"] == phase).sum()), {"in need, without coordinates": without}
        )
    table = pd.concat([cleaning, pd.DataFrame(lines, columns=LINE)], ignore_index=True)
    table["rows_ending_early"] = table["rows_ending_early"].astype("Int64")  # of source files only
    check(table)
    check_groups(classified)
    if schools["urn"].nunique() != members:
        raise UserError(
            f"ledger: the cleaning let {members} establishments of the register through, but clean/schools.csv has "
            f"{schools['urn'].nunique()}. This is an error of the run, not of the files: please report it."
        )
    return table


def check(table):
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


def check_groups(classified):
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
    files = snakemake.input
    schools, unused = tables.read(files.schools), tables.read(files.unused)
    used = rows_used(schools, *(tables.read(files[name]) for name in ("results", "inspections", "designations")))
    classified, reach = tables.read(files.classified), tables.read(files.reach)
    table = ledger(tables.read(files.cleaning), used, unused, schools, classified, reach, snakemake.params.phases)
    tables.write(table, schemas.LEDGER, csv=snakemake.output[0])


if "snakemake" in globals():
    run_step.run(main, snakemake)
