"""Where in England schools came into need and left it: by region, on maps, and by local authority."""

from collections.abc import Iterator

import pandas as pd

from changes_sections.comparison import CAME, LEFT, STAYED, Comparison
from changes_sections.figure import Figure, came_and_left
from lib import words
from lib.area_columns import NOT_STATED
from lib.chart import SMALL, WIDTH, Sheet
from lib.chart_map import map_frame
from lib.report_table import Column, Table, table

TITLE = "Where in England"
MAP_GAP, DOT = 10, 2.2  # points: between two maps; across a school
CELL_M, LAND_M = 10_000, 24_000  # as of lib.chart_map: coarse, as the maps are small
COLUMNS = {"schools_from": "Earlier", "schools_to": "Later", CAME: "Came", LEFT: "Left", STAYED: "Stayed", "net": "Net"}


def regions_table(comparison: Comparison, group: str) -> pd.DataFrame:
    """Return phase, name, came, left, net of each region, the largest net increase first; ties by name."""
    frame = comparison.areas
    frame = frame[(frame["level"] == "region") & (frame["group"] == group) & (frame["area"] != NOT_STATED)]
    frame = frame[["phase", "area", CAME, LEFT, "net"]].rename(columns={"area": "name"})
    order = frame.assign(phase=frame["phase"].map(comparison.phases.index), net=-frame["net"])
    return frame.loc[order.sort_values(["phase", "net", "name"]).index].reset_index(drop=True)


def regions_drawing(sheet: Sheet, frame: pd.DataFrame, comparison: Comparison, group: str) -> None:
    """Draw a row a region."""
    if frame.empty:
        sheet.paragraph("The register states no region", colour="muted")
    else:
        came_and_left(sheet, frame, group)


def regions_alt(frame: pd.DataFrame, comparison: Comparison) -> Iterator[str]:
    """Say in how many regions more came than left, and of each how many."""
    for phase, rows in frame.groupby("phase", sort=False):
        each = "; ".join(
            f"{row['name']} {words.number(row[CAME])} came, {words.number(row[LEFT])} left"
            for row in rows.to_dict("records")
        )
        more = words.out_of(int((rows["net"] > 0).sum()), len(rows), words.plural(len(rows), "region"))
        yield f"{words.capital(phase)}: more came than left in {more}. {each}."


def map_table(comparison: Comparison, group: str) -> pd.DataFrame:
    """Return phase, change, urn_from, urn_to, region, easting, northing of the schools that came, left or stayed."""
    schools = comparison.schools
    was, is_ = (schools[f"group_{side}"].eq(group).fillna(False) for side in ("from", "to"))
    change = pd.Series(pd.NA, index=schools.index, dtype="str")
    change = change.mask(is_ & ~was, CAME).mask(was & ~is_, LEFT).mask(was & is_, STAYED)
    frame = schools.assign(change=change)[change.notna()]
    frame = frame[["phase", "change", "urn_from", "urn_to", "region", "easting", "northing"]]
    nowhere = frame["easting"].isna() | frame["northing"].isna()
    frame.loc[nowhere, ["easting", "northing"]] = pd.NA
    # From tile to tile, which keeps the SVG's steps from dot to dot short.
    order = frame.assign(
        phase=frame["phase"].map(comparison.phases.index),
        change=frame["change"].map((CAME, LEFT, STAYED).index),
        tile=frame["northing"] // 30_000,
        urn=frame["urn_to"].fillna(frame["urn_from"]),
    )
    return frame.loc[order.sort_values(["phase", "change", "tile", "easting", "urn"]).index].reset_index(drop=True)


def map_drawing(sheet: Sheet, frame: pd.DataFrame, comparison: Comparison, group: str) -> None:
    """Draw three maps a phase: who came, who left, who stayed, on land that is shaded where there are schools."""
    places = comparison.schools[["easting", "northing"]].dropna().to_numpy(dtype=float)
    if not len(places):
        sheet.paragraph("No school has coordinates", colour="muted")
        return
    width = (WIDTH - 2 * MAP_GAP) / 3
    shape = map_frame(places, width, CELL_M, LAND_M)
    for phase in comparison.phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(words.capital(phase))
        for number, (change, colour) in enumerate(((CAME, group), (LEFT, "ink"), (STAYED, group))):
            left, schools = number * (width + MAP_GAP), rows[rows["change"] == change]
            sheet.text(left, sheet.y + 12, f"{words.capital(change)}: {words.number(len(schools))}", bold=True)
            placed = schools[["easting", "northing"]].dropna().to_numpy(dtype=float)
            if lost := len(schools) - len(placed):
                said = f"not placed: {words.number(lost)}"
                sheet.text(left, sheet.y + 26, said, size=SMALL, colour="muted")
            shape.draw_land(sheet, left, sheet.y + 30)
            sheet.dots(shape.on_sheet(placed, left, sheet.y + 30), colour, DOT, square=change == LEFT)
        sheet.y += 30 + shape.height


def map_alt(frame: pd.DataFrame, comparison: Comparison) -> Iterator[str]:
    """Say how many are on each map, in which region most, and how many are not drawn."""
    for phase in comparison.phases:
        parts = []
        for change in (CAME, LEFT, STAYED):
            schools = frame[(frame["phase"] == phase) & (frame["change"] == change)]
            placed = schools[schools["easting"].notna()]
            regions = placed["region"].value_counts().sort_index()
            told = f"{words.number(len(placed))} {change}"
            if len(regions):
                most = [words.place(name) for name in regions.index[regions == regions.max()]]
                told += f", most in {words.listing(most)} ({words.number(regions.max())})"
            lost = len(schools) - len(placed)
            parts.append(told + (f" ({words.number(lost)} more, without coordinates, not drawn)" if lost else ""))
        yield f"{words.capital(phase)} schools on maps of England: {'; '.join(parts)}."


def figures(group: str) -> list[Figure]:
    """Return the figures of a group: by region, and for schools in need on maps."""
    into, out = {
        "in_need": ("come into need", "leave it"),
        "high_performing": ("become high-performing", "cease to be so"),
    }[group]
    by_region = Figure(
        f"regions_{group}",
        f"In which regions did more schools {into} than {out}?",
        "To the right those that came, to the left those that left; at the end the difference. One scale for all. "
        "Regions differ in how many schools they have: the tables below give both.",
        lambda comparison: regions_table(comparison, group),
        lambda sheet, frame, comparison: regions_drawing(sheet, frame, comparison, group),
        regions_alt,
        (group,),
    )
    on_map = Figure(
        "map_in_need",
        "Where are the schools that came into need, left it, or stayed?",
        "A dot, or a square of those that left, is a school. Land is shaded where there are schools of any kind; it is "
        "no official boundary.",
        lambda comparison: map_table(comparison, group),
        lambda sheet, frame, comparison: map_drawing(sheet, frame, comparison, group),
        map_alt,
        (group,),
    )
    return [by_region, on_map] if group == "in_need" else [by_region]


def with_bounds(key: str):
    """Return a function of a row: its figure, and on a line below the least and the most that it can be."""
    printed = words.signed if key == "net" else words.number
    between = " to " if key == "net" else "–"

    def cell(row):
        ends = [printed(row[f"{key}_{end}"]) for end in ("lower", "upper")]
        return words.above(printed(row[key]), words.bounds(printed(row[key]), *ends, between))

    return cell


def areas_table(comparison: Comparison, level: str, phase: str, group: str) -> Table:
    """Return the table of the regions, or of the local authorities, of a phase and group; below the regions England."""
    frame = comparison.areas
    frame = frame[(frame["phase"] == phase) & (frame["group"] == group)]
    rows = frame[frame["level"] == level]
    codes = rows.groupby("area")["area_code"].nunique()
    shared = set(codes[codes > 1].index)
    of_regions = level == "region"

    def area(row):
        return f"{row['area']} ({row['area_code']})" if row["area"] in shared else row["area"]

    columns = [Column("Region" if of_regions else "Local authority", area)]
    columns += [] if of_regions else [Column("Region", "region", kind="name")]
    headers = COLUMNS | {f"schools_{side}": comparison.label(side) for side in ("from", "to")}
    above = {f"schools_{side}": words.capital(words.GROUPS[group]) for side in ("from", "to")}
    columns += [
        Column(name, with_bounds(key), kind="number", above=above.get(key, "")) for key, name in headers.items()
    ]
    name = "region" if of_regions else "local authority"
    is_open = any(low != high for low, high in comparison.of(phase, group)["bounds"].values())
    return table(
        f"{level.replace('_', '-')}-{phase}-{group.replace('_', '-')}",
        f"{words.capital(phase)} schools {words.GROUPS[group]}, by {name}",
        columns,
        rows.to_dict("records"),
        frame[frame["level"] == "england"].to_dict("records") if of_regions else [],
        note="Beneath a figure: the least and the most that it can be, with what is not known." if is_open else "",
        download=comparison.link("areas.csv"),
        sort=True,
        filter_label="" if of_regions else "Show only rows that contain",
    )


def sentence(comparison: Comparison, phase: str, group: str) -> str:
    """Return in how many regions more came than left, and where the difference is largest and smallest."""
    rows = regions_table(comparison, group)
    rows = rows[rows["phase"] == phase]
    if rows.empty or not (rows[CAME] + rows[LEFT]).any():
        return ""
    counts = {word: int(found.sum()) for word, found in (("more", rows["net"] > 0), ("fewer", rows["net"] < 0))}
    regions = words.plural(len(rows), "region")
    out = f"Among {phase} schools more came than left in {words.out_of(counts['more'], len(rows), regions)}"
    out += f", and fewer in {words.in_words(counts['fewer'])}" if counts["fewer"] else ""
    if rows["net"].nunique() < 2:
        return f"{out}."
    ends = []
    for value in (rows["net"].max(), rows["net"].min()):
        ends.append(words.with_value(list(rows.loc[rows["net"] == value, "name"]), words.signed(value)))
    return f"{out}. The net change is highest in {ends[0]} and lowest in {ends[1]}."


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    return of_group(comparison, "in_need")


def of_group(comparison: Comparison, group: str) -> dict:
    """Return sentences and tables of a group, by phase."""
    return {
        "sentences": [said for phase in comparison.phases if (said := sentence(comparison, phase, group))],
        "regions": [areas_table(comparison, "region", phase, group) for phase in comparison.phases],
        "authorities": {phase: areas_table(comparison, "local_authority", phase, group) for phase in comparison.phases},
    }
