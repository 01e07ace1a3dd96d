"""What the figures of all sections share: their record, the run that they draw, and words and tables for areas.

A figure is three functions. Its table, made from the run, becomes the CSV: it holds just what is drawn. Its drawing and
its alt text see nothing but that table and the facts. A new figure is a record in FIGURES of its section, and a caption
under its name in report/captions/, by which the rule knows it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from lib import palette
from lib import words as say
from lib.area_columns import ENDS, stated
from lib.caveats import Caveats
from lib.chart import SMALL, Sheet
from lib.methods import groups_of

# How a figure shows what is possible beside what is known, where that is not all the same.
HATCHED = "Known part solid; hatched: possible, not known"
TINTED = "Tinted as far as counted"
WHISKERS = "Thin line: possible, with what is not known"
BRACKETS = "In brackets: possible, with what is not known"
COUNTED = "As counted; what is not known could change it"
UNPARTNERED = "The method has no criteria of one of the groups, so there is nothing to set against each other"


@dataclass(frozen=True)
class Facts:
    """What drawings and alt texts need beside their table. `in_need`: schools by phase, of the phases of the run."""

    caveats: Caveats
    in_need: dict[str, int]
    radius_miles: dict[str, float]  # by phase
    criteria: dict[str, dict]  # {name: {group, label}}
    sources: dict[str, dict]  # {source id: {kind, title, publisher}}
    readings: dict | None = None  # their file, of a run that tries any
    travel_minutes: dict[str, float] | None = None  # by phase, of a run with travel times

    @property
    def register(self) -> str:
        """The id of the register of schools."""
        return next(name for name, source in self.sources.items() if source["kind"] == "register")

    def of_group(self, group: str) -> dict[str, str]:
        """Return the label of each criterion of a group."""
        return {name: criterion["label"] for name, criterion in self.criteria.items() if criterion["group"] == group}

    @property
    def groups(self) -> list[str]:
        """The groups of which the method has criteria."""
        return groups_of(self.criteria)

    def counted_as(self, phase: str, group: str) -> str:
        """Return a group's name as it stands in a sentence, after 'counted as' where what is unknown may change it."""
        return f"{self.caveats.counted_as(group, phase)}{palette.name(group).lower()}"

    def within(self, phase: str) -> str:
        """Return how near partners of a phase are, in words: within 5 miles."""
        return f"within {say.reach(self.radius_miles[phase], (self.travel_minutes or {}).get(phase))}"

    def in_heading(self, phase: str) -> tuple[str, str]:
        """Return how near partners of a phase are, in few words, and what is to stand below: blank for nothing."""
        if not self.travel_minutes:
            return self.within(phase), ""
        below = f"By travel time; where none is given, {say.miles(self.radius_miles[phase])} in a straight line"
        return f"within {say.minutes(self.travel_minutes[phase])}", below

    def nobodys_partner(self, phase: str) -> str:
        """Return how many high-performing schools without coordinates are nobody's partner; nothing without any."""
        return "".join(self.caveats.shorts("without_coordinates", phase, group="high_performing"))


@dataclass(frozen=True)
class Run:
    """The tables of a run that figures are made from, named as their files are."""

    schools: pd.DataFrame  # classified
    reach: pd.DataFrame
    england: pd.DataFrame
    regions: pd.DataFrame
    radius_curve: pd.DataFrame
    pairing: pd.DataFrame  # aggregated
    pairing_curve: pd.DataFrame
    support: pd.DataFrame  # aggregated
    published: pd.DataFrame
    ledger: pd.DataFrame
    facts: Facts
    readings: pd.DataFrame | None = None  # of a run that tries any


@dataclass(frozen=True)
class Figure:
    """A figure: the question that it answers, and how to make, draw and describe it.

    `possible`: what is said above it where a group's number depends on what is unknown; blank where it shows none.
    `of_both`: whether it sets one group against the other, and says nothing under a method that has but one.
    """

    name: str
    title: str
    table: Callable[[Run], pd.DataFrame]
    drawing: Callable[[Sheet, pd.DataFrame, Facts], None]
    alt: Callable[[pd.DataFrame, Facts], Iterable[str]]  # sentences
    possible: str = ""
    of_both: bool = False

    def draw(self, frame: pd.DataFrame, facts: Facts) -> tuple[Sheet, str]:
        """Return the drawing and the alt text. Both begin with what must be known first: synthetic, possible."""
        bands = [(words,) for words in facts.caveats.shorts("synthetic")]
        if self.of_both and len(facts.groups) < 2:
            sheet = Sheet(bands)
            sheet.paragraph(UNPARTNERED, colour="muted")
            return sheet, f"{UNPARTNERED}."
        bounds = facts.caveats.shorts("bounds")
        if self.possible and bounds:
            bands.append((self.possible, *{COUNTED: bounds, HATCHED: [TINTED]}.get(self.possible, [])))
        sheet = Sheet(bands)
        self.drawing(sheet, frame, facts)
        return sheet, " ".join([*(f"{words}." for band in bands for words in band), *self.alt(frame, facts)])


def number(value: float) -> str:
    """Return a number with thousands separators and at most one decimal: 1,789; 4.5."""
    return say.number(value, 1)


def count_noun(count: float, noun: str) -> str:
    """Return a number with its noun: 1 school; 1,789 schools."""
    return f"{number(count)} {say.plural(count, noun)}"


def nothing(in_need: int) -> str:
    """Return why there is nothing to show of schools in need; `in_need`: how many there are."""
    return "no school in need has coordinates" if in_need else "no school is known to be in need"


def extremes(areas: pd.DataFrame, by: str, what: str, words: Callable[[pd.Series], str]) -> str:
    """Return where `by` is highest and lowest: '; the share is highest in A (50%) and lowest in B (0%)'.

    `words`: what to write of an area in brackets. Ties are all named; without a difference there is nothing to say.
    """
    named = [
        say.listing(f"{row['area']} ({words(row)})" for _, row in areas[areas[by] == value].iterrows())
        for value in (areas[by].max(), areas[by].min())
    ]
    return f"; {what} is highest in {named[0]} and lowest in {named[1]}" if areas[by].nunique() > 1 else ""


def could_be(row: pd.Series | dict, column: str, printed: Callable, between: str = "–") -> str:
    """Return the bounds of a column as `printed` prints them; blank where they are printed like the figure."""
    texts = [printed(row[f"{column}{end}"]) for end in ENDS]
    if between == "–":
        texts = [text.replace("under ", "<").replace("over ", ">") for text in texts]
    return say.bounds(*texts, between)


def with_ends(*columns: str) -> list[str]:
    """Return columns, each with those of its least and its most."""
    return [f"{column}{end}" for column in columns for end in ENDS]


def areas(run: Run, columns: list[str]) -> pd.DataFrame:
    """Return the rows of the regions and of England under one another: phase, level, area and `columns`."""
    parts = [stated(run.regions).assign(level="region"), run.england.assign(level="country")]
    return pd.concat(parts, ignore_index=True)[["phase", "level", "area", *columns]]


def with_bounds(row: dict, key: str) -> str:
    """Return a number of a row with its bounds in brackets, 9 (2–43); without them where all are printed alike."""
    bounds = could_be(row, key, number)
    return f"{number(row[key])} ({bounds})" if bounds else number(row[key])


def in_order(frame: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Return areas by phase and `by`, the highest first, ties by name, England at the foot of its phase."""
    rising = [True, False, *(False for _ in by), True]
    return frame.sort_values(["phase", "level", *by, "area"], ascending=rising, kind="stable", ignore_index=True)


def rows_by_phase(
    sheet: Sheet,
    frame: pd.DataFrame,
    facts: Facts,
    title: str,
    aside: str,
    draw: Callable[[dict, float], None],
    ticks: dict[str, float],
) -> None:
    """Draw a part a phase and a row an area: its name, and what `draw(row, middle)` draws of it, over an axis.

    `frame`: as `areas`; in_need, and schools_in_need, those with coordinates. `title`: with a place for the radius.
    `ticks`: {words: place in points}, 0 among them. Where no school in need has coordinates words stand for the rows.
    """
    for phase, rows in frame.groupby("phase"):
        anything = rows["schools_in_need"].any()
        within, below = facts.in_heading(phase)
        sheet.heading(f"{say.capital(phase)}: {title.format(within)}", aside if anything else "", bold=True)
        sheet.paragraph(below, size=SMALL, colour="muted")
        if not anything:
            sheet.paragraph(say.capital(nothing(facts.in_need[phase])), colour="muted")
        else:
            top = sheet.y
            for row, middle in sheet.area_rows(rows):
                if row["schools_in_need"]:
                    draw(row, middle)
                else:
                    sheet.text(ticks["0"] + 5, middle + 4, say.capital(nothing(row["in_need"])), colour="muted")
            for tick, x in ticks.items():
                sheet.line([(x, sheet.y), (x, top)], "rule", width=0.6, under=True)
                sheet.text(x, sheet.y + 11, tick, size=SMALL, colour="muted", anchor="middle")
            sheet.y += 14
        sheet.y += 8
        sheet.paragraph(facts.nobodys_partner(phase), size=SMALL, colour="muted")
