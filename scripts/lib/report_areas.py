"""The tables of regions and of local authorities, whose columns are those of lib/area_columns.py."""

from lib import report_table, words
from lib.report_run import ReportRun, of_phase
from lib.report_table import Column, Table

# Level: header, what the reader may filter by, column of classified/schools.csv, how a row is called.
LEVELS = {
    "regions": ("Region", "", "region", "region"),
    "local_authorities": ("Local authority", "Show only rows that contain", "la_name", "authority"),
}


def areas_table(run: ReportRun, level: str, phase: str) -> Table:
    """Return the table of the regions, or of the local authorities, of a phase; England stands below the regions."""
    name, filter_label, _, _ = LEVELS[level]
    of_regions = level == "regions"
    shared = shared_names(getattr(run, level))

    def area(row):
        return f"{row['area']} ({row['area_code']})" if row["area"] in shared else row["area"]

    incomplete = run.incomplete(phase)
    known = "known " if "high_performing" in incomplete else ""
    columns = [Column(name, area), *([] if of_regions else [Column("Region", "region", kind="name")])]
    return report_table.table(
        f"{level.replace('_', '-')}-{phase}",
        f"{words.capital(phase)} schools by {name.lower()}{', as far as is known' if incomplete else ''}",
        [*columns, *report_table.of_areas(run.within(phase), known)],
        of_phase(getattr(run, level), phase),
        of_phase(run.england, phase) if of_regions else [],
        note="Middle half: from the lower to the upper quartile. Partners and distances are those of the same schools "
        "in matched/reach.csv.",
        filters=area_filters(run, level, phase, bool(shared)),
        download=run.link(f"aggregated/{level}.csv"),
        sort=True,
        filter_label=filter_label,
    )


def shared_names(frame) -> set[str]:
    """Return the names that more than one area of a level has: only with its code is such an area named."""
    codes = frame.groupby("area")["area_code"].nunique()
    return set(codes[codes > 1].index)


def area_filters(run: ReportRun, level: str, phase: str, with_codes: bool) -> tuple[tuple[str, str], ...]:
    """Return the filters on classified/schools.csv that give the rows of a table of areas: (for which rows, filter)."""
    _, _, column, called = LEVELS[level]
    where = f"phase == '{phase}'"
    which = f"A row counts these rows of classified/schools.csv, with the {called}’s name:"
    filters = [(which, f"{where} and {column} == '…'")]
    if level == "regions":
        filters.append(("England:", where))
    elif with_codes:
        # Codes of digits alone are numbers to a CSV reader.
        digits = run.local_authorities["area_code"].dropna().astype(str).str.fullmatch(r"\d+").all()
        code = "…" if digits else "'…'"
        filters.append(("where a code follows the name:", f"{where} and la_code == {code}"))
    return tuple(filters)
