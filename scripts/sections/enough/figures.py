"""The figure of the pairing: how many schools in need are left over, by the radius and by how many a helper takes."""

import math
from collections.abc import Iterator

import pandas as pd

from lib.chart import SMALL, Sheet
from lib.words import capital, in_words, known, listing, miles, plural
from sections.by_radius import RIGHT, TALL, root_axes
from sections.figure import BRACKETS, Facts, Figure, Run, could_be, nothing, number, with_bounds, with_ends

LINES = (2.8, 1.8, 1)  # points: the line of the first number that a helper takes, of the second, of all others
OF_AREA = dict(zip(with_ends("in_need_without_partner"), with_ends("without_partner"), strict=True))
OF_AREA |= dict(zip(with_ends("in_need_with_coordinates"), with_ends("schools_in_need"), strict=True))


def enough_table(run: Run) -> pd.DataFrame:
    """Return England's curve by phase, with what the run's own pairing leaves over among its rows (of_run 1).

    Columns: phase, most_per_helper, radius_miles, schools_in_need (those with coordinates), without_partner, left_over,
    which has those without a partner among them; of the run's own rows the bounds of each. Of a run with travel times
    the curve is of straight lines alone, and its own rows have no radius.
    """
    counted = run.england[["phase", *OF_AREA]].rename(columns=OF_AREA)
    own = run.pairing[run.pairing["level"] == "england"].merge(counted, on="phase")
    radius = math.nan if run.facts.travel_minutes else own["phase"].map(run.facts.radius_miles)
    own = own.assign(
        radius_miles=radius,
        left_over=own["no_helper_near"] + own["helpers_taken"],
        of_run=1,
    ).astype({"radius_miles": "float64"})
    # The curve may have a point at the run's radius already, with the same counts.
    curve = run.pairing_curve
    if not run.facts.travel_minutes:
        curve = curve[curve["radius_miles"] != curve["phase"].map(run.facts.radius_miles)]
    curve = curve.assign(
        schools_in_need=curve["in_need"],
        without_partner=curve["in_need"] - curve["with_partner"],
        left_over=curve["in_need"] - curve["paired"],
        of_run=0,
    )
    keys = ["phase", "most_per_helper", "radius_miles"]
    counts = ["of_run", *with_ends("schools_in_need", "without_partner", "left_over")]
    frame = pd.concat([curve, own], ignore_index=True)[[*keys, *counts]].astype(dict.fromkeys(counts, "Int64"))
    return frame[frame["schools_in_need"] > 0].sort_values(keys, ignore_index=True)


def enough_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw how many are left over against the radius: a line for each number that a helper takes, above those that
    have no partner near.
    """
    tallest = math.sqrt(max(frame["left_over"].max(), 1)) if len(frame) else 1
    for phase, in_need in facts.in_need.items():
        rows = frame[frame["phase"] == phase]
        if rows.empty:
            sheet.heading(f"{capital(phase)}: left over by radius")
            sheet.paragraph(capital(nothing(in_need)), colour="muted")
            continue
        schools = with_bounds(_own(rows), "schools_in_need")
        sheet.heading(f"{capital(phase)}: left over of {schools}, by radius")
        if facts.travel_minutes:
            sheet.paragraph("Curves: in straight lines alone, without the travel times", size=SMALL, colour="muted")
        _curves(sheet, rows, facts.in_heading(phase)[0], tallest)


def _curves(sheet, rows, within, tallest):
    """Draw the curves of one phase, and to their right what the run's own pairing leaves over, `within` its reach."""
    top = sheet.y
    foot, point = root_axes(sheet, tallest, rows["radius_miles"].max())
    by_number = list(rows.groupby("most_per_helper"))
    own = [_own(of_number) for _, of_number in by_number]
    by_number = [(most, of_number.dropna(subset="radius_miles")) for most, of_number in by_number]
    first = by_number[0][1]
    floor = list(map(point, first["radius_miles"], first["without_partner"]))
    sheet.area([*floor, (floor[-1][0], foot), (floor[0][0], foot)], "not_assessable", opacity=0.5)
    sheet.text(RIGHT + 8, top + 12, capital(within), size=SMALL, bold=True)
    y = top + 28
    for place, (most, of_number) in enumerate(by_number):
        width = LINES[min(place, len(LINES) - 1)]
        sheet.line(list(map(point, of_number["radius_miles"], of_number["left_over"])), "in_need", width)
        sheet.line([(RIGHT + 8, y - 4), (RIGHT + 20, y - 4)], "in_need", width)
        sheet.text(RIGHT + 24, y, f"if each takes {in_words(most)}", size=SMALL)
        sheet.text(RIGHT + 24, y + 13, with_bounds(own[place], "left_over"), size=SMALL, bold=not place)
        y += 29
    sheet.bar(RIGHT + 8, y - 4, 12, 9, "not_assessable")
    sheet.text(RIGHT + 24, y, "no partner near", size=SMALL)
    sheet.text(RIGHT + 24, y + 13, with_bounds(own[0], "without_partner"), size=SMALL)
    if known(own[0]["radius_miles"]):
        x = point(own[0]["radius_miles"], 0)[0]
        sheet.line([(x, foot), (x, foot - TALL)], width=1.2)
    sheet.y = max(foot + 16, y + 16)


def _own(rows):
    """The run's own row, of one number that a helper takes."""
    return rows[rows["of_run"] == 1].iloc[0]


def enough_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how many are left over at the run's radius, by how many a helper takes, and at the widest."""
    for phase, in_need in facts.in_need.items():
        rows = frame[frame["phase"] == phase]
        if rows.empty:
            yield f"{capital(phase)}: {nothing(in_need)}."
            continue
        own, widest = rows[rows["of_run"] == 1], rows[rows["radius_miles"] == rows["radius_miles"].max()]
        schools, could = number(own["schools_in_need"].iloc[0]), could_be(_own(rows), "schools_in_need", number, " to ")
        none = own["without_partner"].iloc[0]
        need = f"{schools} schools {facts.counted_as(phase, 'in_need')}{f' (could be {could})' if could else ''}"
        alone = "In straight lines alone, within" if facts.travel_minutes else "Within"
        yield (
            f"{capital(phase)}: {facts.within(phase)}, of {need} {listing(_each(own))}; "
            f"{number(none)} {plural(none, 'has', 'have')} no partner near. "
            f"{alone} {miles(widest['radius_miles'].iloc[0])} {listing(_each(widest))}."
        )


def _each(rows):
    """How many are left over by each number."""
    for row in rows.to_dict("records"):
        bounds = could_be(row, "left_over", number, " to ") if row["of_run"] else ""
        are = plural(row["left_over"], "is", "are")
        could = f" (could be {bounds})" if bounds else ""
        yield f"{number(row['left_over'])} {are} left over if each takes {in_words(row['most_per_helper'])}{could}"


ENOUGH = "How many schools in need are left without a partner of their own?"
FIGURES = [Figure("enough", ENOUGH, enough_table, enough_drawing, enough_alt, BRACKETS, of_both=True)]
