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
from lib.caveats import Caveats
from lib.chart import Sheet

PARTIAL = "Partial: not every criterion could be assessed"


@dataclass(frozen=True)
class Facts:
    """What drawings and alt texts need beside their table. `in_need`: schools by phase, of the phases of the run."""

    caveats: Caveats
    in_need: dict[str, int]
    radius_miles: dict[str, float]  # by phase
    criteria: dict[str, dict]  # {name: {group, label}}
    sources: dict[str, dict]  # {source id: {kind, title, publisher}}
    readings: dict | None = None  # their file, of a run that tries any

    @property
    def register(self) -> str:
        """The id of the register of schools."""
        return next(name for name, source in self.sources.items() if source["kind"] == "register")

    def of_group(self, group: str) -> dict[str, str]:
        """Return the label of each criterion of a group."""
        return {name: criterion["label"] for name, criterion in self.criteria.items() if criterion["group"] == group}

    def known_to_be(self, phase: str, group: str) -> str:
        """Return a group's name as it stands in a sentence, after 'known to be' where a criterion is missing."""
        return f"{self.caveats.known_to_be(group, phase)}{palette.name(group).lower()}"

    def within(self, phase: str) -> str:
        """Return the radius of a phase in words: within 5 miles."""
        return f"within {say.miles(self.radius_miles[phase])}"

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
    published: pd.DataFrame
    ledger: pd.DataFrame
    facts: Facts
    readings: pd.DataFrame | None = None  # of a run that tries any


@dataclass(frozen=True)
class Figure:
    """A figure: the question that it answers, and how to make, draw and describe it."""

    name: str
    title: str
    table: Callable[[Run], pd.DataFrame]
    drawing: Callable[[Sheet, pd.DataFrame, Facts], None]
    alt: Callable[[pd.DataFrame, Facts], Iterable[str]]  # sentences
    of_groups: bool = True  # whether it shows the groups without saying by itself what they rest on

    def draw(self, frame: pd.DataFrame, facts: Facts) -> tuple[Sheet, str]:
        """Return the drawing and the alt text. Both begin with what must be known first: synthetic, partial."""
        bands = [(words,) for words in facts.caveats.shorts("synthetic")]
        incomplete = facts.caveats.shorts("group_incomplete")
        if self.of_groups and incomplete:
            bands.append((PARTIAL, *incomplete))
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
    return "no school in need has coordinates" if in_need else "no school is in need"


def extremes(areas: pd.DataFrame, by: str, what: str, words: Callable[[pd.Series], str]) -> str:
    """Return where `by` is highest and lowest: '; the share is highest in A (50%) and lowest in B (0%)'.

    `words`: what to write of an area in brackets. Ties are all named; without a difference there is nothing to say.
    """
    named = [
        say.listing(f"{row['area']} ({words(row)})" for _, row in areas[areas[by] == value].iterrows())
        for value in (areas[by].max(), areas[by].min())
    ]
    return f"; {what} is highest in {named[0]} and lowest in {named[1]}" if areas[by].nunique() > 1 else ""


def areas(run: Run, columns: list[str]) -> pd.DataFrame:
    """Return the rows of the regions and of England under one another: phase, level, area and `columns`."""
    parts = [run.regions.assign(level="region"), run.england.assign(level="country")]
    return pd.concat(parts, ignore_index=True)[["phase", "level", "area", *columns]]


def in_order(frame: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Return areas by phase and `by`, the highest first, ties by name, England at the foot of its phase."""
    rising = [True, False, *(False for _ in by), True]
    return frame.sort_values(["phase", "level", *by, "area"], ascending=rising, kind="stable", ignore_index=True)
