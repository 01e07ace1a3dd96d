"""A finished comparison of two runs as the sections of its page take it, and how the page speaks of the two."""

from dataclasses import dataclass, field

import pandas as pd

from lib import words
from lib.change_schemas import SIDES
from lib.domain import CRITERION_GROUPS, GROUPS, PHASES
from lib.report_table import DataLink, data_link

NOT_COUNTED = "not_counted_there"  # all the words of `followed` that stand in place of a group
CAME, LEFT, STAYED = "came", "left", "stayed"


@dataclass(frozen=True)
class OverYears:
    """The releases that are counted over the years, in order, by their titles; one row a school and phase."""

    titles: list[str]
    schools: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """The tables of a comparison by their names in lib/change_schemas.py; `summary`, `provenance`: as in their files.

    `facts`: workflow/facts/published.yaml. `groups`: those of which one of the methods has criteria. `files`: {name:
    content} of those that the reader may save from the page. `name`: that of the folder, release and run.
    """

    summary: dict
    provenance: dict
    schools: pd.DataFrame
    flows: pd.DataFrame
    reasons: pd.DataFrame
    areas: pd.DataFrame
    published: pd.DataFrame
    differences: pd.DataFrame
    facts: dict
    groups: list[str] = field(default_factory=lambda: list(CRITERION_GROUPS))
    name_schools: bool = False
    over_years: OverYears | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    name: str = ""

    @property
    def phases(self) -> list[str]:
        """The phases of which either run has schools."""
        return [phase for phase in PHASES if phase in self.summary["phases"]]

    @property
    def synthetic(self) -> bool:
        """Whether one of the two is synthetic, so that the page is no evidence about schools."""
        return any(self.summary[side]["synthetic"] for side in SIDES)

    @property
    def over_time(self) -> bool:
        """Whether something may have happened to schools between the two: they are not of one release."""
        return not self.summary["of_one_release"]

    def of(self, phase: str, group: str) -> dict:
        """What the summary says of a group: from, to, stayed, came, left, net, bounds, reasons."""
        return self.summary["phases"][phase]["groups"][group]

    def is_open(self, *groups: str) -> bool:
        """Whether a figure of the groups depends on what is not known, in any phase."""
        return any(
            low != high
            for phase in self.phases
            for group in groups
            for low, high in self.of(phase, group)["bounds"].values()
        )

    def counted_as(self, phase: str, group: str) -> str:
        """What stands before a group's name where it depends on what is not known."""
        known = all(low == high for low, high in self.of(phase, group)["bounds"].values())
        return words.counted_as(group, () if known else (group,))

    def label(self, side: str) -> str:
        """What tells a run from the other, short: its reference date, results, run, release, or its place."""
        stated, other = self.summary[side], self.summary["to" if side == "from" else "from"]
        for key in ("reference_date", "results_year", "run", "release"):
            if stated[key] != other[key]:
                return words.date(stated[key]) if key == "reference_date" else stated[key]
        return {"from": "First", "to": "Second"}[side]

    def at(self, side: str) -> str:
        """The run in a sentence: on 31 March 2017; with the results of 2016/17; by nfer-2017; by the first."""
        label = self.label(side)
        stated = self.summary[side]
        if label == words.date(stated["reference_date"]):
            return f"on {label}"
        if label == stated["results_year"]:
            return f"with the results of {label}"
        return f"by {label}" if label in (stated["run"], stated["release"]) else f"by the {label.lower()}"

    def be(self, side: str, count: int) -> str:
        """The verb of so many schools in a release: were in the earlier of two, are in the later and in both of one."""
        past = side == "from" and self.over_time
        return ("was" if past else "is") if count == 1 else ("were" if past else "are")

    def england(self, table: str, phase: str, **where) -> pd.DataFrame:
        """Return the rows of England and a phase of flows, reasons or areas; `where`: columns with their values."""
        frame = getattr(self, table)
        kept = (frame["level"] == "england") & (frame["phase"] == phase)
        for column, value in where.items():
            kept &= frame[column] == value
        return frame[kept]

    def link(self, name: str) -> DataLink | None:
        """A file of the comparison, as a link that holds it; None where the page has no such file."""
        return data_link(self.file_name(name), self.files[name], name) if name in self.files else None

    def file_name(self, name: str) -> str:
        """The name under which the reader saves a file: with the comparison's before it."""
        return f"{self.name}-{name}"


def simple(place: str) -> str:
    """Return a group as it is, and any word for why a school is not counted as NOT_COUNTED."""
    return place if place in GROUPS else NOT_COUNTED


def could_be(figure: int, ends: list[int], printed=words.number, between: str = "–") -> str:
    """Return printed bounds; blank where they are printed like the figure."""
    return words.bounds(printed(figure), *map(printed, ends), between)
