"""Ask a release, as `settings.load_release` gives it, about its sources."""

import re
from collections.abc import Mapping

from lib.domain import ASPECTS

HAVE_VALUE = ("number", "percent", "grade")  # types of columns that hold a figure, with a status beside it
# What of a source decides how its file is read: not its address or title.
LAYOUT_KEYS = (
    *("stated_in", "kind", "layout", "file", "phase", "encoding", "last_column_spills", "record_type"),
    *("columns", "codes", "values", "range", "years_before", "header", "supplies"),
    *("member", "sheet", "rows", "pivot", "expect", "partial", "not_filled"),
    *("snapshot", "as_at", "graded_since", "cards_since"),
)
# Columns of clean/results that hold lines of files: suffix of the year, id of a source that adds to another, name of
# the further rows of a long file.
ROW = re.compile(r"row((?:_\d+y_before)?)(?:_of_(\w+?))?(?:_part_(\w+))?")
# Columns by which the authorities of a file are counted: how many characters of one are its code or name.
AUTHORITY = {"la_code": None, "la_name": None, "laestab": 3}


def measure_suffix(source: dict) -> str:
    """Return what is appended to a results measure's name for an earlier year, e.g. `_1y_before`."""
    years = source.get("years_before", 0)
    return f"_{years}y_before" if years else ""


def parts_of(source: dict) -> list[str]:
    """Return the names of the further rows of a long file from which the source takes columns."""
    return list(dict.fromkeys(spec["pivot"] for spec in source["columns"].values() if "pivot" in spec))


def year_before(results_year: str, years: int) -> str:
    """Return the school year so many years before: 2023/24 for 1 before 2024/25."""
    first = int(results_year[:4]) - years
    return f"{first}/{(first + 1) % 100:02}"


def holds_in(layout: dict, results_year: str) -> bool:
    """Return whether a layout holds in a school year; one that states no years holds in all."""
    years = layout.get("years", [results_year])
    return years[0] <= results_year and (len(years) == 1 or results_year <= years[-1])


def added_row(source_id: str, source: dict) -> str:
    """Return the column of clean/results that holds the row of a source that adds to another (`supplies`)."""
    return f"row{measure_suffix(source)}_of_{source_id}"


def added_to(source: dict, sources: dict[str, dict]) -> str | None:
    """Return which of `sources` one with `supplies` adds to: that of the same phase and year; None without it."""
    keys = ("kind", "phase", "years_before")
    others = ((name, other) for name, other in sources.items() if "supplies" not in other)
    return next((name for name, other in others if all(other.get(key) == source.get(key) for key in keys)), None)


def measures_by_year(sources: dict[str, dict]) -> dict[str, list[str]]:
    """Return {suffix: columns with a value} of results sources: {"": [...], "_1y_before": [...]}."""
    by_year = {}
    for source in sources.values():
        suffix = measure_suffix(source)
        names = [f"{name}{suffix}" for name, spec in source["columns"].items() if spec["type"] in HAVE_VALUE]
        # The number of pupils alone is no result.
        by_year.setdefault(suffix, []).extend(name for name in names if not name.startswith("pupils"))
    return by_year


def partial_aspects(sources: Mapping[str, dict], reference_date: str) -> list[str]:
    """Return the aspects (of ASPECTS) of which the release has a file that lacks rows of the official one.

    A school that none of its files has is then missing from the copy; it may have been inspected. So it may where all
    files of one day are of before `reference_date`. A list of headline grades of a day after it does not say either who
    was in none on that date.
    """

    def lacks(aspect):
        of = [s for s in sources.values() if s["kind"] == "inspections" and ASPECTS[aspect][0] in s["columns"]]
        days = [source["as_at"] for source in of if source.get("snapshot")]
        unlike = max(days, default="") > reference_date if aspect == "headline" else days and max(days) < reference_date
        return unlike or any(source.get("partial") for source in of)

    return [aspect for aspect in ASPECTS if lacks(aspect)]


def partial_results(sources: Mapping[str, dict]) -> list[str]:
    """Return the phases and years, as primary and primary_1y_before, whose file of results lacks rows of the official
    one: a school without a row is then missing from the copy; it may have results.
    """
    mains = (s for s in sources.values() if s["kind"] == "results" and "supplies" not in s)
    return [f"{source['phase']}{measure_suffix(source)}" for source in mains if source.get("partial")]


def partial_data(sources: Mapping[str, dict], reference_date: str) -> list[str]:
    """Return of which aspects of inspections, and results of which phase and year, a file lacks rows."""
    return [*partial_aspects(sources, reference_date), *partial_results(sources)]


def layout_of(source: dict) -> dict:
    """Return what of a source decides how its file is read: not its address or title."""
    return {key: value for key, value in source.items() if key in LAYOUT_KEYS}
