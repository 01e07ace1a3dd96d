"""The tables of regions and of local authorities, whose columns are those of lib/area_columns.py."""

from lib import area_columns, report_table, words
from lib.report_run import ReportRun, of_phase
from lib.report_table import Column, Table


def areas_table(run: ReportRun, level: str, phase: str) -> Table:
    """Return the table of the regions, or of the local authorities, of a phase; England stands below the regions."""
    of_regions = level == "regions"
    name, key = ("Region", "region") if of_regions else ("Local authority", "la_name")
    # A name that more than one area has is followed by its code.
    codes = getattr(run, level).groupby("area")["area_code"].nunique()
    shared = set(codes[codes > 1].index)

    def area(row):
        return f"{row['area']} ({row['area_code']})" if row["area"] in shared else row["area"]

    incomplete = run.incomplete(phase)
    known = "known " if "high_performing" in incomplete else ""
    columns = [Column(name, area), *([] if of_regions else [Column("Region", "region", kind="name")])]
    for column in area_columns.COLUMNS:
        if column.report:
            above, header = column.report
            columns.append(
                Column(
                    header,
                    kind="number",
                    above=above.format(within=run.within(phase), known=known),
                    together=lambda rows, column=column: area_columns.printed(column, rows),
                )
            )
    where = f"phase == '{phase}'"
    filters = [("A row counts these rows of classified/schools.csv, with its name:", f"{where} and {key} == '…'")]
    if of_regions:
        filters.append(("England:", where))
    elif shared:
        filters.append(("where a code follows the name:", f"{where} and la_code == …"))
    return report_table.table(
        f"{level.replace('_', '-')}-{phase}",
        f"{words.capital(phase)} schools by {name.lower()}{', as far as is known' if incomplete else ''}",
        columns,
        of_phase(getattr(run, level), phase),
        of_phase(run.england, phase) if of_regions else [],
        note="Middle half: from the lower to the upper quartile. Partners and distances are those of the same schools "
        "in matched/reach.csv.",
        filters=tuple(filters),
        download=run.link(f"aggregated/{level}.csv"),
        sort=True,
        filter_label="" if of_regions else "Show only rows that contain",
    )
