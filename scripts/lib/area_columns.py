"""The columns of every table of areas, each told once: what it means, how it is printed, where people see it.

The tables in aggregated/, the data dictionary, the report's tables, the workbook and the map are made from COLUMNS, so
a column that `aggregate` works out is shown everywhere by one entry here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pandas as pd

from lib import words
from lib.domain import CRITERION_GROUPS

# The ends of a column's name, and what each adds to its meaning: the figure, and how far the unknown reaches.
ENDS = {"": "", "_lower": ": the least that it can be", "_upper": ": the most that it can be, blank without end"}
NOT_STATED = "Not stated in the register"  # the name of the area of schools of which the register gives none


def stated(areas: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of areas that are places: without that of the schools of which the register gives none."""
    return areas[areas["area"] != NOT_STATED]


@dataclass(frozen=True)
class MapMeasure:
    """How the map shows a column. `label`: in the list of measures. `head`: of the column of its table.

    `kind`: of scale: `ratio` diverges about 1, `share` and `number` run from little to much. `hue`: the group whose
    colour grows stronger. `areas`, `schools`: what the legend says in the views by area and by school;
    {high_performing} and {in_need} stand for the groups' names. `stand_out`: which single schools do: `groups` (every
    school by its group), `high_performing`, `in_need`, `partners` (those in need by their number of partners) or
    `without_partner`. `title`: of the legend of single schools.
    """

    label: str
    head: str
    kind: str
    hue: str
    areas: str
    schools: str
    stand_out: str
    title: str


@dataclass(frozen=True)
class AreaColumn:
    """A column of aggregated/*.csv.

    `unit`: `count` (schools, whole), `share` (0 to 1), `ratio`, `number` (of partners) or `metres`. `to`: the column
    that is the other end of a range printed as one. `report`: (heading above several columns, header) in the report's
    tables, None where it does not stand there. `on_map`: None where the reader of the map cannot choose it. `panel`:
    (what it is, texts) in the map's list of an area's figures, None where it does not stand there; {key} is the printed
    text of a column, {known_high_performing} and {known_in_need} are `counted as ` where a group is known in part.
    `bounded`: whether it depends on what is unknown, and so has the least and the most that it can be beside it.
    """

    key: str
    label: str
    unit: str
    to: str | None = None
    report: tuple[str, str] | None = None
    on_map: MapMeasure | None = None
    panel: tuple[str, str] | None = None
    bounded: bool = True

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The groups without whose criteria the column says nothing: those that it names; of partners, both."""
        if any(word in self.key for word in ("partner", "nearest", "both")):
            return CRITERION_GROUPS
        return tuple(group for group in CRITERION_GROUPS if group in self.key)

    def in_report(self, header: str, above: str = "") -> "AreaColumn":
        """The column, shown in the report's tables."""
        return replace(self, report=(above, header))

    def on_the_map(self, label: str, head: str, *more: str) -> "AreaColumn":
        """The column, as a measure of the map; arguments as the fields of MapMeasure, but for its kind."""
        return replace(self, on_map=MapMeasure(label, head, self.unit, *more))

    def in_panel(self, what: str, texts: str) -> "AreaColumn":
        """The column, in the map's list of an area's figures."""
        return replace(self, panel=(what, texts))


COLUMNS = (
    AreaColumn("schools", "Schools: the denominator of the shares", "count", bounded=False)
    .in_report("Schools")
    .in_panel("Schools", "{schools}"),
    AreaColumn("high_performing", "High-performing schools, not known to be in need", "count")
    .in_report("schools", "High-performing")
    .in_panel("{known_high_performing}high-performing", "{high_performing} ({share_high_performing})"),
    AreaColumn("share_high_performing", "High-performing schools, of all schools", "share")
    .in_report("%", "High-performing")
    .on_the_map(
        "Share of schools that are high-performing",
        "Share high-performing",
        "high_performing",
        "A stronger colour is good: a larger share of {high_performing}.",
        "{High_performing} stand out.",
        "high_performing",
        "High-performing schools",
    ),
    AreaColumn("in_need", "Schools in need, those that are both included", "count")
    .in_report("schools", "In need")
    .in_panel("{known_in_need}in need", "{in_need} ({share_in_need})"),
    AreaColumn("share_in_need", "Schools in need, of all schools", "share")
    .in_report("%", "In need")
    .on_the_map(
        "Share of schools in need",
        "Share in need",
        "in_need",
        "A fainter colour is good: a smaller share of {in_need}.",
        "{In_need} stand out.",
        "in_need",
        "Schools in need",
    ),
    AreaColumn("both", "Schools in need that are high-performing too", "count"),
    AreaColumn("neither", "Schools known to be neither", "count"),
    AreaColumn(
        "not_assessable", "Schools not known to be in a group, nor known to be in none", "count", bounded=False
    ).in_panel("Could not be placed in a group", "{not_assessable} of {schools}"),
    AreaColumn("high_performing_per_in_need", "High-performing schools for each school in need", "ratio")
    .in_report("High-performing schools per school in need")
    .on_the_map(
        "High-performing schools per school in need",
        "Ratio",
        "high_performing",
        "Blue is good: at least as many {high_performing} as {in_need}. Orange: fewer.",
        "Every school by its group.",
        "groups",
        "Schools by group",
    )
    .in_panel("High-performing schools per school in need", "{high_performing_per_in_need}"),
    AreaColumn("share_not_assessable", "Schools not assessable, of all schools", "share", bounded=False).in_report(
        "Not assess\N{SOFT HYPHEN}able, %"
    ),
    AreaColumn("in_need_with_coordinates", "Schools in need with coordinates: those that were matched", "count"),
    AreaColumn(
        "in_need_without_coordinates", "Schools in need without coordinates: left out of matching", "count"
    ).in_panel("In need, without coordinates: not matched", "{in_need_without_coordinates}"),
    AreaColumn(
        "high_performing_without_coordinates",
        "High-performing schools without coordinates: they can be counted as no school's partner",
        "count",
    ).in_panel("High-performing, without coordinates: nobody’s partner here", "{high_performing_without_coordinates}"),
    AreaColumn("median_partners", "Median of partners within the radius", "number")
    .in_report("median", "Partners {within}")
    .on_the_map(
        "Median number of partners",
        "Median partners",
        "high_performing",
        "A stronger colour is good: more {high_performing} within the radius of the middle school in need.",
        "{In_need} by their number of partners. A stronger colour is good: more partners.",
        "partners",
        "Partners of each school in need",
    )
    .in_panel("Median partners", "{median_partners}"),
    AreaColumn(
        "lower_quartile_partners", "Lower quartile of partners", "number", to="upper_quartile_partners"
    ).in_report("middle half", "Partners {within}"),
    AreaColumn("upper_quartile_partners", "Upper quartile of partners", "number"),
    AreaColumn("in_need_without_partner", "Schools in need, with coordinates, that have no partner", "count")
    .in_report("schools", "In need, no partner")
    .in_panel("In need without a partner", "{in_need_without_partner} ({share_in_need_without_partner})"),
    AreaColumn("share_in_need_without_partner", "Schools in need without a partner, of those with coordinates", "share")
    .in_report("%", "In need, no partner")
    .on_the_map(
        "Schools in need without a partner",
        "Without a partner",
        "in_need",
        "A fainter colour is good: fewer of the {in_need} have no partner within the radius.",
        "{In_need} without a partner stand out.",
        "without_partner",
        "Schools in need without a partner",
    ),
    AreaColumn("median_nearest_m", "Median distance to the nearest high-performing school", "metres").in_report(
        "Miles to the nearest, median"
    ),
)


def measurable(columns: Iterable[AreaColumn], groups: Iterable[str]) -> list[AreaColumn]:
    """Return those columns that say something under a method that has criteria of `groups`."""
    return [column for column in columns if set(column.rests_on) <= set(groups)]


def printed_bounds(column: AreaColumn, row: dict, text: Callable[[object], str], between: str = "–") -> str:
    """Return the bounds of a column as `text` prints them; blank where they are printed like the figure."""
    if not column.bounded:
        return ""
    return words.bounds(*(text(row[f"{column.key}{end}"]) for end in ENDS), between)


PRINTED = {"count": words.number, "share": words.tenths, "ratio": words.ratio, "metres": words.metres_in_miles}


def printed(column: AreaColumn, rows: list[dict]) -> list[str]:
    """Return a column's texts for people, one a row; a number of partners takes a decimal if one of them has any.

    `rows`: of aggregated/*.csv as dicts. A blank comes back as `words.NOTHING`.
    """
    values = [row[column.key] for row in rows]
    if column.to:
        return [words.span(low, row[column.to]) for low, row in zip(values, rows, strict=True)]
    if column.unit == "number":
        whole = all(float(value).is_integer() for value in values if words.known(value))
        return [words.fixed(value, 0 if whole else 1) for value in values]
    return [PRINTED[column.unit](value) for value in values]
