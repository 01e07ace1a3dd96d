"""The figures of the partners: how many there are within the radius, and where there is none."""

import math
from collections.abc import Callable, Iterator

import pandas as pd

from lib.chart import BODY, SMALL, WIDTH, Sheet, room_for, root_ticks, scale, text_width
from lib.words import capital, known, percent, plural
from sections.figure import (
    HATCHED,
    WHISKERS,
    Facts,
    Figure,
    Run,
    areas,
    could_be,
    count_noun,
    extremes,
    in_order,
    nothing,
    number,
    rows_by_phase,
    with_bounds,
    with_ends,
)

FIVE = {"percentile_10": 0.1, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "percentile_90": 0.9}
MEDIAN = with_ends("median_partners")
LOST = "high_performing_without_coordinates"


def partners_table(run: Run) -> pd.DataFrame:
    """Return areas with in_need, schools_in_need (those with coordinates), percentiles 10, 25, 50, 75, 90 of their
    partners, the bounds of the median, and high_performing_without_coordinates, which are among nobody's partners.
    """
    reach = run.reach.merge(run.schools[["urn", "phase", "region"]], on=["urn", "phase"])
    both = pd.concat([reach.assign(area="England"), reach.assign(area=reach["region"])], ignore_index=True)
    partners = both.groupby(["area", "phase"])["partners"]
    found = pd.DataFrame(
        {"schools_in_need": partners.size()} | {name: partners.quantile(q) for name, q in FIVE.items()}
    )
    frame = areas(run, ["in_need", LOST, *MEDIAN[1:]]).merge(found.reset_index(), on=["area", "phase"], how="left")
    frame = frame.fillna({"schools_in_need": 0}).astype({"schools_in_need": "int64"} | dict.fromkeys(FIVE, "float64"))
    frame = frame.rename(columns=dict(zip(MEDIAN, with_ends("median"), strict=True)))
    return in_order(frame, "median", "upper_quartile")


def partners_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a row a region: percentiles 10, 25, 50, 75 and 90 of the partners of its schools in need."""
    left = 12 + room_for(frame["area"])
    longest = (
        math.sqrt(max(frame[["percentile_90", "median_upper"]].max().max(), 1)) if frame["schools_in_need"].any() else 1
    )
    asides = [with_bounds(row, "median") for row in frame.to_dict("records")]
    unit = (WIDTH - 10 - room_for(asides, bold=True) - left) / longest / 1.02

    def spread(y, five):
        """Draw a line, a box and a dot: percentiles 10, 25, 50, 75 and 90."""
        sheet.line([(five[0], y), (five[4], y)], "in_need", width=2)
        sheet.line([(five[1], y), (five[3], y)], "in_need", width=9)
        sheet.dot(five[2], y, "ink", size=7.5)

    def draw(row, middle):
        spread(middle, [left + unit * math.sqrt(row[name]) for name in FIVE])
        ends = [row[f"median_{end}"] for end in ("lower", "upper")]
        if all(map(known, ends)) and ends[0] < ends[1]:
            sheet.whisker(*((left + unit * math.sqrt(end), middle + 7) for end in ends), "ink")
        sheet.text(WIDTH, middle + 4, with_bounds(row, "median"), bold=row["level"] == "country", anchor="end")

    spread(sheet.y + 8, (0, 9, 20, 33, 48))
    sheet.text(56, sheet.y + 12, "line: eight in ten schools in need; box: half; dot: median", size=SMALL)
    sheet.y += 8
    ticks = {number(tick): left + at for tick, at in root_ticks(longest, unit)}
    rows_by_phase(sheet, frame, facts, "partners {}", "median", draw, ticks)


def partners_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say England's median, and the regions with the lowest and the highest."""

    def sentence(phase, england):
        bounds = could_be(england, "median", number, " to ")
        partners = count_noun(england["median"], "partner") + (f" (could be {bounds})" if bounds else "")
        return f"the median school {facts.counted_as(phase, 'in_need')} has {partners}"

    return _sentences(frame, facts, sentence, "median", number)


def _sentences(frame, facts, sentence: Callable, by: str, words: Callable) -> Iterator[str]:
    """Yield of each phase `sentence(phase, England's row)`, and where `by` is highest and lowest.

    Areas without schools in need say nothing; what schools without coordinates mean for partners comes after it.
    """
    for phase, rows in frame.groupby("phase"):
        rows = rows[rows["schools_in_need"] > 0]
        if rows.empty:
            yield f"{capital(phase)}: {nothing(facts.in_need[phase])}."
            continue
        country = rows["level"] == "country"
        by_region = extremes(rows[~country], by, f"the {by}", lambda row: words(row[by]))
        yield f"{capital(phase)}: {sentence(phase, rows[country].iloc[0])} {facts.within(phase)}{by_region}."
        if lost := facts.nobodys_partner(phase):
            yield f"{lost}."


def without_partner_table(run: Run) -> pd.DataFrame:
    """Return areas with in_need, schools_in_need (those with coordinates), those without_partner, their share and its
    bounds, and high_performing_without_coordinates, which are nobody's partner.
    """
    names = {
        "in_need_with_coordinates": "schools_in_need",
        "in_need_without_partner": "without_partner",
    } | dict(zip(with_ends("share_in_need_without_partner"), with_ends("share"), strict=True))
    frame = areas(run, ["in_need", *names, LOST]).rename(columns=names)
    return in_order(frame, "share", "without_partner")


def without_partner_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a bar a region: the share of its schools in need that have no partner."""
    left = 12 + room_for(frame["area"])
    found = frame[frame["schools_in_need"] > 0].to_dict("records")
    unit = scale((row["share_upper"], WIDTH - left - 8 - text_width(_share_of(row), BODY, bold=True)) for row in found)

    def draw(row, middle):
        bold = row["level"] == "country"
        sheet.bounded_bar(left, middle, [unit * row[f"share{end}"] for end in ("_lower", "", "_upper")], 13, "in_need")
        sheet.text(left + unit * row["share_upper"] + 5, middle + 4, _share_of(row), bold=bold)

    rows_by_phase(sheet, frame, facts, "in need, no partner {}", "", draw, {"0": left})


def _share_of(row):
    if bounds := could_be(row, "share", percent):
        return f"{percent(row['share'])} ({bounds})"
    return f"{percent(row['share'])} ({number(row['without_partner'])} of {number(row['schools_in_need'])})"


def without_partner_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how many schools in need have no partner, and where the share is highest and lowest."""

    def sentence(phase, england):
        without = england["without_partner"]
        need = f"{count_noun(england['schools_in_need'], 'school')} {facts.counted_as(phase, 'in_need')}"
        have = plural(without, "has", "have")
        bounds = could_be(england, "share", percent, " to ")
        share = percent(england["share"]) + (f", could be {bounds}" if bounds else "")
        return f"{number(without)} of {need} ({share}) {have} no partner"

    return _sentences(frame, facts, sentence, "share", percent)


PARTNERS = "How many partners do schools in need have within reach?"
WITHOUT_PARTNER = "Where do schools in need have no partner at all?"
FIGURES = [
    Figure("partners", PARTNERS, partners_table, partners_drawing, partners_alt, WHISKERS, of_both=True),
    Figure(
        *("without_partner", WITHOUT_PARTNER, without_partner_table, without_partner_drawing, without_partner_alt),
        possible=HATCHED,
        of_both=True,
    ),
]
