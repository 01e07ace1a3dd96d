"""Tables of regions, local authorities, urban and rural schools by lib/area_columns.py, and words on their highest."""

import functools
from dataclasses import replace

from lib import area_columns, report_table, words
from lib.area_columns import AreaColumn
from lib.report_run import ReportRun, of_phase
from lib.report_table import Column, Table

# level: (what its areas are called, the column of classified/schools.csv with their names)
LEVELS = {
    "regions": ("Region", "region"),
    "local_authorities": ("Local authority", "la_name"),
    "urban_rural": ("Kind of place", "setting"),
}


def areas_table(run: ReportRun, level: str, phase: str) -> Table:
    """Return the table of the areas of a level and phase; England stands at its foot, but of the local authorities."""
    of_authorities = level == "local_authorities"
    name, key = LEVELS[level]
    # A name that more than one area has is followed by its code.
    codes = getattr(run, level).groupby("area")["area_code"].nunique()
    shared = set(codes[codes > 1].index)

    def area(row):
        return f"{row['area']} ({row['area_code']})" if row["area"] in shared else row["area"]

    columns = [Column(name, area), *([Column("Region", "region", kind="name")] if of_authorities else [])]
    for column in area_columns.measurable(area_columns.COLUMNS, run.groups):
        if column.report:
            above, header = column.report
            together = functools.partial(with_bounds, column)
            columns.append(
                Column(header, kind="number", above=above.format(within=run.within(phase)), together=together)
            )
    rows = sorted(of_phase(getattr(run, level), phase), key=lambda row: row["area"] == area_columns.NOT_STATED)
    notes = ["Middle half: from the lower to the upper quartile."] if run.partnered else []
    notes += ["Partners and distances are those of the same schools in matched/reach.csv."] if run.partnered else []
    if run.incomplete(phase):
        notes.append("Beneath a figure: the least and the most that it can be, with what is not known.")
    where = f"phase == '{phase}'"
    with_name = "with its name" if level != "urban_rural" else "with its name in small letters"
    filters = [(f"A row counts these rows of classified/schools.csv, {with_name}:", f"{where} and {key} == '…'")]
    if not of_authorities:
        filters.append(("England:", where))
    elif shared:
        filters.append(("where a code follows the name:", f"{where} and la_code == …"))
    return report_table.table(
        f"{level.replace('_', '-')}-{phase}",
        f"{words.capital(phase)} schools by {name.lower()}",
        columns,
        rows,
        [] if of_authorities else of_phase(run.england, phase),
        note=" ".join(notes),
        filters=tuple(filters),
        download=run.link(f"aggregated/{level}.csv"),
        sort=True,
        filter_label="Show only rows that contain" if of_authorities else "",
    )


def with_bounds(column: AreaColumn, rows: list[dict]) -> list[str]:
    """Return a column's texts, one a row; below a figure, on a line of its own, its bounds where they differ."""
    pairs = zip(area_columns.printed(column, rows), bounds(column, rows), strict=True)
    return [words.above(*pair) for pair in pairs]


def bounds(column: AreaColumn, rows: list[dict]) -> list[str]:
    """Return what stands below each figure of a column; of a range, the least of one end to the most of the other."""
    if not column.bounded:
        return [""] * len(rows)
    figures = area_columns.printed(column, rows)
    if column.to:
        wide = [words.span(row[f"{column.key}_lower"], row[f"{column.to}_upper"]) for row in rows]
        return [
            could if could not in (figure, words.NOTHING) else "" for figure, could in zip(figures, wide, strict=True)
        ]
    lower, upper = (
        area_columns.printed(replace(column, key=f"{column.key}_{end}"), rows) for end in ("lower", "upper")
    )
    return [words.bounds(*texts) for texts in zip(figures, lower, upper, strict=True)]


def highest_and_lowest(head: str, shares: dict[str, float]) -> str:
    """Where a share is highest and where lowest, ties named together; blank where there is nothing to tell apart.

    `head`: what the share is, up to its verb. `shares`: {area: share, or blank}. Those printed alike count as tied.
    """
    shares = {area: share for area, share in shares.items() if words.known(share)}
    if len(shares) < 2 or not any(shares.values()):
        return ""
    top, low = words.percent(max(shares.values()), 1), words.percent(min(shares.values()), 1)
    if top == low:
        return f"{head} {top} in {words.named(list(shares))}."
    highest = [area for area, share in shares.items() if words.percent(share, 1) == top]
    lowest = [area for area, share in shares.items() if words.percent(share, 1) == low]
    return f"{head} highest in {words.with_value(highest, top)} and lowest in {words.with_value(lowest, low)}."
