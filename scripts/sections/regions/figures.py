"""The figures of the regions: their shares of high-performing schools and schools in need, and where these lie."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib import palette
from lib.chart import SMALL, WIDTH, Sheet, room_for
from lib.domain import CRITERION_GROUPS, PHASES
from lib.typeface import text_width
from lib.words import capital, listing, percent
from sections.figure import Facts, Figure, Run, areas, extremes, in_order, number, phases

MARK = 9  # points across a mark of a region's share
DRAWN = ("not_assessable", "neither", "high_performing", "in_need")  # the order of the groups in the map's table
DOT = {"high_performing": 1.8, "in_need": 1.7}  # points across a school on the map
CELL_M, LAND_M = 6_000, 15_000  # land: a disc of LAND_M across about each cell of a grid in which a school lies
MAP_GAP = 16  # points between two maps


def regions_table(run: Run) -> pd.DataFrame:
    """Return areas with share_high_performing and share_in_need, in the order of the difference."""
    frame = areas(run, ["schools", "high_performing", "in_need", "share_high_performing", "share_in_need"])
    frame["difference"] = frame["share_high_performing"] - frame["share_in_need"]
    return in_order(frame, {"difference": False})


def regions_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a row a region: the share in need and the share of high-performing schools, joined."""
    left = 12 + room_for(frame["area"])
    shares, beside = frame[[f"share_{group}" for group in CRITERION_GROUPS]], 12 + text_width("00%", SMALL)
    room = WIDTH - left - beside
    least, most = shares.min().min(), max(shares.max().max(), 0.01)
    # From zero, unless the value left of the least share would reach into the names.
    unit, zero = room / most, left
    if least * unit < beside:
        unit = (room - beside) / (most - least) if most > least else 1
        zero = left + beside - least * unit
    for phase, rows in phases(frame):
        sheet.heading(capital(phase))
        _name_groups(sheet, {group: zero + unit * rows.iloc[0][f"share_{group}"] for group in CRITERION_GROUPS})
        for row, middle in sheet.area_rows(rows):
            _pair_of_shares(sheet, {group: row[f"share_{group}"] for group in CRITERION_GROUPS}, zero, unit, middle)


def _rising(values):
    """The groups by their values; of equal ones, that in need first."""
    return sorted(values, key=lambda group: (values[group], group == "high_performing"))


def _name_groups(sheet, places):
    """Name the groups above the marks of the first row, moved apart where they would touch."""
    names = [(group, text_width(palette.name(group), 11, bold=True) / 2) for group in _rising(places)]
    (low, half_low), (high, half_high) = names
    right = min(places[high], WIDTH - half_high - 1)
    left = min(places[low], right - half_high - half_low - 10)
    for group, x in ((low, left), (high, right)):
        sheet.text(x, sheet.y + 14, palette.name(group), bold=True, anchor="middle")
    sheet.y += 18


def _pair_of_shares(sheet, shares, zero, unit, middle):
    """Draw one row: a mark a group, joined, the values on the outer sides; marks that would coincide stand apart.

    High-performing is a filled dot, in need an open square.
    """
    low, high = (zero + unit * shares[group] for group in _rising(shares))
    near = high - low < MARK + 1
    if not near:
        sheet.line([(low + MARK / 2, middle), (high - MARK / 2, middle)], "rule", width=3)
    for group, x, side, anchor in zip(_rising(shares), (low, high), (-8, 8), ("end", "start"), strict=True):
        need = group == "in_need"
        y = middle + near * (4.2 if need else -4.2)
        sheet.dot(x, y, group, size=MARK - near, filled=not need, square=need)
        sheet.text(x + side, middle + 4, percent(shares[group]), size=SMALL, anchor=anchor)


def regions_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say where supply exceeds need, and where the difference is greatest and least; ties are all named."""
    for phase, rows in phases(frame[frame["level"] == "region"]):
        high, need = (facts.known_to_be(phase, group) for group in CRITERION_GROUPS)
        shares = rows[[f"share_{group}" for group in CRITERION_GROUPS]].map(percent)
        if len(rows) == 1:
            (of_high, of_need), area = shares.iloc[0], rows["area"].iloc[0]
            yield f"{capital(phase)}, {area}: {of_high} are {high}, {of_need} {need}."
            continue
        whose = "high-performing schools" if high == "high-performing" else f"schools {high}"
        more, count = int((rows["difference"] > 0).sum()), len(rows)
        where = f"in all {count} regions" if more == count else f"in {more or 'none'} of {count} regions"
        named = rows.assign(named=rows["area"] + " (" + shares.agg(" against ".join, axis=1) + ")")
        (most, _), (least, _) = extremes(named, "difference", "named")
        yield (
            f"{capital(phase)}: the share of {whose} is above the share {need} {where}; "
            f"by the difference the regions run from {most} to {least}."
        )


def map_table(run: Run) -> pd.DataFrame:
    """Return phase, group, urn, region, easting, northing in the order drawn; schools without coordinates last."""
    schools = run.schools[["phase", "group", "urn", "region", "easting", "northing"]].reset_index(drop=True)
    nowhere = schools["easting"].isna() | schools["northing"].isna()
    schools.loc[nowhere, ["easting", "northing"]] = pd.NA
    rank = schools["phase"].map(PHASES.index) * 10 + schools["group"].map(DRAWN.index)
    # Within a group from tile to tile, which keeps the SVG's steps from dot to dot short.
    order = schools[["urn", "easting"]].assign(nowhere=nowhere, rank=rank, tile=schools["northing"] // 20_000)
    return schools.loc[order.sort_values(["nowhere", "rank", "tile", "easting", "urn"]).index].reset_index(drop=True)


def map_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a map a phase and group, a dot a school, on land that is shaded where there are schools of any kind."""
    places = frame[["easting", "northing"]].dropna().to_numpy(dtype=float)
    if not len(places):
        sheet.instead("No school has coordinates")
        return
    width = (WIDTH - MAP_GAP) / 2
    low, high = places.min(axis=0), places.max(axis=0)
    across, up = np.maximum(high - low, 20_000) + LAND_M
    height = min(max(width * up / across, 90), 240)
    unit = max(across / width, up / height)  # metres to a point
    corner = (low + high) / 2 + np.array([-width, height]) / 2 * unit
    land = np.unique(places // CELL_M, axis=0) * CELL_M + CELL_M / 2
    for phase, rows in phases(frame):
        others = rows["group"].value_counts().reindex(["neither", "not_assessable"]).dropna()
        others = listing(f"{number(count)} {palette.name(group).lower()}" for group, count in others.items())
        sheet.heading(capital(phase), others and f"not drawn: {others}", size=SMALL, colour="muted")
        lost = rows["easting"].isna() & rows["group"].isin(CRITERION_GROUPS)
        top = sheet.y + (36 if lost.any() else 22)
        for left, group in ((0, "high_performing"), (width + MAP_GAP, "in_need")):
            schools, square = rows[rows["group"] == group], group == "in_need"
            sheet.dot(left + 5, sheet.y + 10.5, group, size=8, square=square)
            sheet.text(left + 16, sheet.y + 14, f"{palette.name(group)}: {number(len(schools))}")
            if nowhere := int(schools["easting"].isna().sum()):
                words = f"without coordinates: {number(nowhere)}"
                sheet.text(left + 16, sheet.y + 28, words, size=SMALL, colour="muted")
            drawn = schools[["easting", "northing"]].dropna().to_numpy(dtype=float)
            for points, *style in ((land, "tint", LAND_M / unit), (drawn, group, DOT[group], square)):
                sheet.dots((points - corner) * (1, -1) / unit + (left, top), *style)
        sheet.y = top + height


def map_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how many schools of the two groups are on the map, and which region has most."""
    if frame["easting"].isna().all():
        yield "No school has coordinates, so the map is empty."
        return
    for phase, rows in phases(frame):
        parts = [_on_map(rows[rows["group"] == group], facts.known_to_be(phase, group)) for group in CRITERION_GROUPS]
        yield f"{capital(phase)} schools on maps of England: {'; '.join(parts)}."


def _on_map(schools, words):
    """How many schools of a group are on the map, in which region most, and how many are not."""
    regions = schools.loc[schools["easting"].notna(), "region"].value_counts().reset_index().sort_values("region")
    lost = int(schools["easting"].isna().sum())
    more = f" ({number(lost)} more without coordinates {'is' if lost == 1 else 'are'} not drawn)" if lost else ""
    if regions.empty:
        return f"none {words}{more}"
    where, most = extremes(regions, "count", "region")[0]
    largest = f", the largest number in {where} ({number(most)})" if len(regions) > 1 else f", in {where}"
    return f"{number(regions['count'].sum())} {words}{largest}{more}"


REGIONS = "In which regions do high-performing schools outnumber those in need?"
MAP = "Where are the high-performing schools, and where those in need?"
FIGURES = [
    Figure("regions", REGIONS, regions_table, regions_drawing, regions_alt),
    Figure("map", MAP, map_table, map_drawing, map_alt),
]
