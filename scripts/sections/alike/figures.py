"""The figure of likeness: how many of the partners near are alike, by region."""

import math
from collections.abc import Iterator

import pandas as pd

from lib.chart import SMALL, WIDTH, Sheet, room_for, root_ticks
from lib.words import capital, span
from sections.figure import (
    COUNTED,
    Facts,
    Figure,
    Run,
    areas,
    count_noun,
    extremes,
    in_order,
    nothing,
    number,
    rows_by_phase,
)

ENDS = ["alike_lower", "alike_upper"]


def alike_table(run: Run) -> pd.DataFrame:
    """Return areas with in_need, schools_in_need (those with coordinates), the median of their partners near, and of
    those that are alike: known to be (alike_lower) and not known not to be (alike_upper).
    """
    names = {"in_need": "schools_in_need", "median_partners": "near"} | {f"median_{end}": end for end in ENDS}
    found = run.support[run.support["level"].isin(["england", "regions"])].rename(columns=names)
    frame = areas(run, ["in_need"]).merge(found[["phase", "area", *names.values()]], on=["phase", "area"], how="left")
    return in_order(frame.fillna({"schools_in_need": 0}).astype({"schools_in_need": "int64"}), "near")


def alike_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a row a region: a ring for the partners near, a dot for those alike, a line to those that may be."""
    left = 12 + room_for(frame["area"])
    longest = math.sqrt(max(frame["near"].max(), 1)) if frame["schools_in_need"].any() else 1
    unit = (WIDTH - 12 - room_for(map(_alike_of, frame.to_dict("records")), bold=True) - left) / longest / 1.02

    def at(value):
        return left + unit * math.sqrt(value)

    def draw(row, middle):
        low, high = (at(row[end]) for end in ENDS)
        if low < high:
            sheet.line([(low, middle), (high, middle)], "high_performing", width=2)
        sheet.dot(at(row["near"]), middle, "ink", size=11, filled=False)
        sheet.dot(low, middle, "high_performing", size=7.5)
        sheet.text(WIDTH, middle + 4, _alike_of(row), bold=row["level"] == "country", anchor="end")

    middle, x = sheet.y + 10, 6
    sheet.dot(x, middle, "ink", size=11, filled=False)
    sheet.text(x + 10, middle + 4, "near", size=SMALL)
    sheet.dot(x + 58, middle, "high_performing", size=7.5)
    sheet.text(x + 68, middle + 4, "known to be alike", size=SMALL)
    sheet.line([(x + 176, middle), (x + 194, middle)], "high_performing", width=2)
    sheet.text(x + 200, middle + 4, "may be alike", size=SMALL)
    sheet.y += 14
    ticks = {number(tick): left + at_ for tick, at_ in root_ticks(longest, unit)}
    rows_by_phase(sheet, frame, facts, "partners {}", "alike, of those near", draw, ticks)


def _alike_of(row):
    """The partners alike, from the known to the possible, of those near: 2–6 of 9."""
    return f"{span(row['alike_lower'], row['alike_upper'])} of {number(row['near'])}"


def alike_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say England's medians, and those of the regions with most and with fewest partners near."""
    for phase, rows in frame.groupby("phase"):
        rows = rows[rows["schools_in_need"] > 0]
        if rows.empty:
            yield f"{capital(phase)}: {nothing(facts.in_need[phase])}."
            continue
        england = rows[rows["level"] == "country"].iloc[0]
        low, high = (number(england[end]) for end in ENDS)
        alike = f"{low} alike" if low == high else f"{low} known to be alike and {high} that may be"
        median = f"the median school {facts.counted_as(phase, 'in_need')} has {count_noun(england['near'], 'partner')}"
        by_region = extremes(rows[rows["level"] == "region"], "near", "the number near", _alike_of)
        told = " (the alike of those near)" if by_region else ""
        yield f"{capital(phase)}: {median} {facts.within(phase)}, and {alike}{by_region}{told}."


ALIKE = "How many of the partners near are alike?"
FIGURES = [Figure("alike", ALIKE, alike_table, alike_drawing, alike_alt, COUNTED, of_both=True)]
