"""The figures of the partners: how many there are within the radius, and where there is none."""

import math
from collections.abc import Iterator

import pandas as pd

from lib.chart import BODY, SMALL, WIDTH, Sheet, room_for, root_ticks, scale
from lib.typeface import text_width
from lib.words import capital, miles, percent, plural
from sections.figure import Facts, Figure, Run, areas, count_noun, extremes, in_order, nothing, number, phases

FIVE = {"percentile_10": 0.1, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "percentile_90": 0.9}
LOST = "high_performing_without_coordinates"


def partners_table(run: Run) -> pd.DataFrame:
    """Return areas with in_need, schools_in_need (those with coordinates), percentiles 10, 25, 50, 75, 90 of their
    partners, and high_performing_without_coordinates, which are among nobody's partners.
    """
    reach = run.reach.merge(run.schools[["urn", "phase", "region"]], on=["urn", "phase"])
    both = pd.concat([reach.assign(area="England"), reach.assign(area=reach["region"])], ignore_index=True)
    partners = both.groupby(["area", "phase"])["partners"]
    found = pd.DataFrame(
        {"schools_in_need": partners.size()} | {name: partners.quantile(q) for name, q in FIVE.items()}
    )
    frame = areas(run, ["in_need", LOST]).merge(found.reset_index(), on=["area", "phase"], how="left")
    frame = frame.astype({name: "float64" for name in FIVE})
    frame["schools_in_need"] = frame["schools_in_need"].fillna(0).astype("int64")
    return in_order(frame, {"median": False, "upper_quartile": False})


def partners_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a row a region: percentiles 10, 25, 50, 75 and 90 of the partners of its schools in need."""
    left, right = 12 + room_for(frame["area"]), WIDTH - 46
    _spread(sheet, sheet.y + 8, (0, 9, 20, 33, 48))
    sheet.text(56, sheet.y + 12, "line: eight in ten schools in need; box: half; dot: median", size=SMALL)
    sheet.y += 8
    longest = math.sqrt(max(frame["percentile_90"].max(), 1)) if frame["percentile_90"].notna().any() else 1
    unit = (right - left) / longest / 1.02
    for phase, rows in phases(frame):
        words = f"{capital(phase)}: partners within {miles(facts.radius_miles[phase])}"
        if _headed(sheet, words, rows, "median", bold=True):
            top = sheet.y
            for row, middle in sheet.area_rows(rows):
                if not row["schools_in_need"]:
                    sheet.text(left + 5, middle + 4, capital(nothing(row["in_need"])), colour="muted")
                    continue
                _spread(sheet, middle, [left + unit * math.sqrt(row[name]) for name in FIVE])
                sheet.text(WIDTH, middle + 4, number(row["median"]), bold=row["level"] == "country", anchor="end")
            for tick, at in root_ticks(longest, unit):
                sheet.line([(left + at, sheet.y), (left + at, top)], "rule", width=0.6, under=True)
                sheet.text(left + at, sheet.y + 11, number(tick), size=SMALL, colour="muted", anchor="middle")
            sheet.y += 14
        sheet.note(facts.nobodys_partner(phase), gap=8)


def _headed(sheet, words, rows, *aside, **style):
    """Write the heading of a phase, and why there is nothing below it where there is nothing; return if there is."""
    anything = rows["schools_in_need"].any()
    sheet.heading(words, *(aside if anything else ()), **style)
    if not anything:
        sheet.instead(capital(nothing(rows["in_need"].sum())))
    return anything


def _spread(sheet, y, five):
    """Draw a line, a box and a dot in the colour of schools in need: percentiles 10, 25, 50, 75 and 90."""
    sheet.line([(five[0], y), (five[4], y)], "in_need", width=2)
    sheet.line([(five[1], y), (five[3], y)], "in_need", width=9)
    sheet.dot(five[2], y, "ink", size=7.5)


def partners_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say England's median, and the regions with the lowest and the highest."""

    def sentence(phase, country, regions):
        words = (
            f"the median school {facts.known_to_be(phase, 'in_need')} has {count_noun(country['median'], 'partner')} "
            f"within {miles(facts.radius_miles[phase])}"
        )
        if len(regions) < 2:
            return words
        (best, most), (worst, least) = extremes(regions, "median")
        if most == least:
            return f"{words}; the median is the same in every region"
        return f"{words}; by region the median runs from {number(least)} ({worst}) to {number(most)} ({best})"

    return _sentences(frame, facts, sentence, nothing_then=", so there are no partners to count")


def _sentences(frame, facts, sentence, nothing_then=""):
    """Yield what `sentence(phase, England's row, regions)` says of each phase, or why there is nothing to say.

    It sees the areas with schools in need; what schools without coordinates mean for partners comes after it.
    """
    for phase, rows in phases(frame):
        rows = rows[rows["schools_in_need"] > 0]
        if rows.empty:
            yield f"{capital(phase)}: {nothing(facts.in_need[phase])}{nothing_then}."
            continue
        country, regions = rows[rows["level"] == "country"].iloc[0], rows[rows["level"] == "region"]
        yield f"{capital(phase)}: {sentence(phase, country, regions)}."
        yield from [f"{words}." for words in [facts.nobodys_partner(phase)] if words]


def without_partner_table(run: Run) -> pd.DataFrame:
    """Return areas with in_need, schools_in_need (those with coordinates), those without_partner, their share, and
    high_performing_without_coordinates, which are nobody's partner.
    """
    names = {
        "in_need": "in_need",
        "in_need_with_coordinates": "schools_in_need",
        "in_need_without_partner": "without_partner",
        "share_in_need_without_partner": "share",
        LOST: LOST,
    }
    frame = areas(run, list(names)).rename(columns=names)
    return in_order(frame, {"share": False, "without_partner": False})


def without_partner_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a bar a region: the share of its schools in need that have no partner."""
    left = 12 + room_for(frame["area"])
    labels = [text_width(_share_of(row), BODY, bold=True) for row in frame.to_dict("records")]
    unit = scale((share, WIDTH - left - 8 - label) for share, label in zip(frame["share"], labels, strict=True))
    for phase, rows in phases(frame):
        words = f"{capital(phase)}: in need, no partner within {miles(facts.radius_miles[phase])}"
        if _headed(sheet, words, rows):
            top = sheet.y
            for row, middle in sheet.area_rows(rows):
                style = {"bold": row["level"] == "country", "colour": "ink" if row["schools_in_need"] else "muted"}
                width = unit * row["share"] if row["without_partner"] else 0
                sheet.bar(left, middle, width, 13, "in_need")
                sheet.text(left + width + 5, middle + 4, _share_of(row), **style)
            sheet.line([(left, top), (left, sheet.y)], "rule", under=True)
        sheet.note(facts.nobodys_partner(phase), gap=8)


def _share_of(row):
    """The share without a partner with its numbers, or why there is none."""
    if not row["schools_in_need"]:
        return capital(nothing(row["in_need"]))
    return f"{percent(row['share'])} ({number(row['without_partner'])} of {number(row['schools_in_need'])})"


def without_partner_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how many schools in need have no partner, and where the share is highest and lowest."""

    def sentence(phase, country, regions):
        within, without = f"within {miles(facts.radius_miles[phase])}", country["without_partner"]
        need = f"{count_noun(country['schools_in_need'], 'school')} {facts.known_to_be(phase, 'in_need')}"
        if not without:
            return f"each of {need} has a partner {within}"
        share, have = percent(country["share"]), plural(without, "has", "have")
        words = f"{number(without)} of {need} ({share}) {have} no partner {within}"
        (worst, most), (best, least) = extremes(regions, "share")
        if len(regions) < 2 or most == least:
            return words
        return f"{words}; the share is highest in {worst} ({percent(most)}) and lowest in {best} ({percent(least)})"

    return _sentences(frame, facts, sentence)


PARTNERS = "How many partners do schools in need have within reach?"
WITHOUT_PARTNER = "Where do schools in need have no partner at all?"
FIGURES = [
    Figure("partners", PARTNERS, partners_table, partners_drawing, partners_alt),
    Figure("without_partner", WITHOUT_PARTNER, without_partner_table, without_partner_drawing, without_partner_alt),
]
