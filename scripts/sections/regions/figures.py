"""The figures of the regions: their shares of high-performing schools and schools in need, and where these lie."""

from collections.abc import Iterator

import pandas as pd

from lib import palette
from lib.chart import ROW, SMALL, WIDTH, Sheet, room_for, text_width
from lib.chart_map import map_frame
from lib.domain import CRITERION_GROUPS, PHASES
from lib.words import capital, listing, percent, plural
from sections.figure import (
    COUNTED,
    WHISKERS,
    Facts,
    Figure,
    Run,
    areas,
    could_be,
    extremes,
    in_order,
    number,
    with_ends,
)

WIDE_ROW = 25  # points from a row to the next, where each has the bounds of two shares beside it
MARK = 9  # points across a mark of a region's share
SHARES = [f"share_{group}" for group in CRITERION_GROUPS]
DRAWN = ("not_assessable", "neither", "high_performing", "in_need")  # the order of the groups in the map's table
DOT = {"high_performing": 1.8, "in_need": 1.7}  # points across a school on the map
MAP_GAP = 16  # points between two maps


def regions_table(run: Run) -> pd.DataFrame:
    """Return areas with share_high_performing and share_in_need and their bounds, in the order of the difference."""
    frame = areas(run, ["schools", *CRITERION_GROUPS, *with_ends(*SHARES)])
    return in_order(frame.assign(difference=frame[SHARES[0]] - frame[SHARES[1]]), "difference")


def regions_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a row a region: the share in need and the share of high-performing schools, joined.

    High-performing is a filled dot, in need an open square; marks that would coincide stand one above the other.
    """
    beside = 12 + text_width("00%", SMALL)
    zero = 12 + room_for(frame["area"]) + beside / 2
    unit = (WIDTH - beside - zero) / max(frame[[f"{share}_upper" for share in SHARES]].max().max(), 0.01)
    for group, x in zip(CRITERION_GROUPS, (zero, zero + 130), strict=True):
        sheet.dot(x, sheet.y + 10, group, size=MARK, filled=group != "in_need", square=group == "in_need")
        sheet.text(x + 10, sheet.y + 14, palette.name(group), bold=True)
    for phase, rows in frame.groupby("phase"):
        sheet.heading(capital(phase))
        for row, middle in sheet.area_rows(rows, WIDE_ROW if facts.caveats.incomplete(phase) else ROW):
            marks = [(row[f"share_{group}"], group) for group in ("in_need", "high_performing")]
            (low, left), (high, right) = sorted(marks, key=lambda mark: mark[0])
            near = unit * (high - low) < MARK + 1
            for group, y in (("high_performing", middle - 7.5), ("in_need", middle + 7.5)):
                least, most = (zero + unit * row[f"share_{group}{end}"] for end in ("_lower", "_upper"))
                if most - least > 1:
                    sheet.whisker((least, y), (most, y), group)
            if not near:
                ends = (zero + unit * low + MARK / 2, middle), (zero + unit * high - MARK / 2, middle)
                sheet.line(ends, "rule", width=3)
            for share, group, side, anchor in ((low, left, -8, "end"), (high, right, 8, "start")):
                need, x = group == "in_need", zero + unit * share
                y = middle + near * (4.2 if need else -4.2)
                sheet.dot(x, y, group, size=MARK - near, filled=not need, square=need)
                sheet.text(x + side, middle + 4, percent(share), size=SMALL, anchor=anchor)


def regions_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say where supply exceeds need, and where the difference is greatest and least; ties are all named."""
    for phase, rows in frame[frame["level"] == "region"].groupby("phase"):
        high, need = (facts.counted_as(phase, group) for group in CRITERION_GROUPS)
        by_region = extremes(
            rows, "difference", "the difference", lambda row: " against ".join(percent(row[share]) for share in SHARES)
        )
        where = f"in {(rows['difference'] > 0).sum()} of {len(rows)} {plural(len(rows), 'region')}"
        england = frame[(frame["level"] == "country") & (frame["phase"] == phase)]
        could = [
            f"{bounds} {palette.name(group).lower()}"
            for group in CRITERION_GROUPS
            for row in england.to_dict("records")
            if (bounds := could_be(row, f"share_{group}", percent, " to "))
        ]
        could = f" Of all in England, with what is not known, {listing(could)} could be." if could else ""
        yield f"{capital(phase)}: the share that is {high} is above the share {need} {where}{by_region}.{could}"


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
        sheet.paragraph("No school has coordinates", colour="muted")
        return
    width = (WIDTH - MAP_GAP) / 2
    frame_of_map = map_frame(places, width)
    for phase, rows in frame.groupby("phase"):
        others = rows["group"].value_counts().reindex(["neither", "not_assessable"]).dropna()
        others = listing(f"{number(count)} {palette.name(group).lower()}" for group, count in others.items())
        sheet.heading(capital(phase), others and f"not drawn: {others}", size=SMALL, colour="muted")
        for left, group in ((0, "high_performing"), (width + MAP_GAP, "in_need")):
            schools, square = rows[rows["group"] == group], group == "in_need"
            sheet.dot(left + 5, sheet.y + 10.5, group, size=8, square=square)
            sheet.text(left + 16, sheet.y + 14, f"{palette.name(group)}: {number(len(schools))}")
            if nowhere := int(schools["easting"].isna().sum()):
                words = f"without coordinates: {number(nowhere)}"
                sheet.text(left + 16, sheet.y + 28, words, size=SMALL, colour="muted")
            drawn = schools[["easting", "northing"]].dropna().to_numpy(dtype=float)
            frame_of_map.draw_land(sheet, left, sheet.y + 30)
            sheet.dots(frame_of_map.on_sheet(drawn, left, sheet.y + 30), group, DOT[group], square)
        sheet.y += 30 + frame_of_map.height


def map_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how many schools of the two groups are on the map, in which region most, and how many are not drawn."""
    for phase, rows in frame.groupby("phase"):
        parts = []
        for group in CRITERION_GROUPS:
            schools = rows[rows["group"] == group]
            regions = schools.loc[schools["easting"].notna(), "region"].value_counts().sort_index()
            words = f"{number(regions.sum())} {facts.counted_as(phase, group)}"
            if len(regions):
                most = regions.index[regions == regions.max()]
                words += f", the largest number in {listing(most)} ({number(regions.max())})"
            lost = len(schools) - regions.sum()
            parts.append(words + (f" ({number(lost)} more, without coordinates, not drawn)" if lost else ""))
        yield f"{capital(phase)} schools on maps of England: {'; '.join(parts)}."


REGIONS = "In which regions do high-performing schools outnumber those in need?"
MAP = "Where are the high-performing schools, and where those in need?"
FIGURES = [
    Figure("regions", REGIONS, regions_table, regions_drawing, regions_alt, WHISKERS, of_both=True),
    Figure("map", MAP, map_table, map_drawing, map_alt, COUNTED, of_both=True),
]
