"""A finished run as the sections of the report take it, and what several of them ask of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lib import words
from lib.area_columns import NOT_STATED
from lib.caveats import Caveats
from lib.domain import CRITERION_GROUPS, PHASES
from lib.measures import Measures
from lib.methods import groups_of
from lib.report_table import DataLink, data_link


@dataclass(frozen=True)
class TriedReadings:
    """The readings that a run tries: their file (workflow/readings/), and the tables of readings/ by name."""

    stated: dict
    rows: pd.DataFrame
    tried: pd.DataFrame
    quantiles: pd.DataFrame


@dataclass(frozen=True)
class ReportRun:
    """The tables of a run by their names in lib/schemas.py, and the settings that it was made with.

    `release`: id, title, results_year, licence, synthetic, reference_date. `summary`, `manifest`, `facts` (published
    figures): as in their files. `named`: schools in need without a partner, None unless schools are to be named.
    `figures`: of figures/index.json, each with `svg` and `csv_content`. `software`: (package, version). `files`:
    {path below the folder of the run: content}, which the reader may save.
    """

    release: dict
    method: dict
    measures: Measures
    summary: dict
    manifest: dict
    facts: dict
    caveats: Caveats
    england: pd.DataFrame
    regions: pd.DataFrame
    local_authorities: pd.DataFrame
    urban_rural: pd.DataFrame
    radius_curve: pd.DataFrame
    criteria: pd.DataFrame
    load: pd.DataFrame
    pairing: pd.DataFrame
    support: pd.DataFrame
    likeness: pd.DataFrame  # aggregated
    trusts: pd.DataFrame
    published: pd.DataFrame
    thresholds: pd.DataFrame
    results_files: pd.DataFrame
    set_aside: pd.DataFrame
    results_summary: pd.DataFrame
    population: pd.DataFrame
    ledger: pd.DataFrame
    named: pd.DataFrame | None = None
    readings: TriedReadings | None = None  # of a run that tries any
    figures: list[dict] = field(default_factory=list)
    software: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def phases(self) -> dict[str, dict]:
        """The phases of summary.json, in their order."""
        return {phase: self.summary["phases"][phase] for phase in PHASES if phase in self.summary["phases"]}

    def radius(self, phase: str) -> float:
        """The radius of a phase, in miles."""
        return self.summary["radius_miles"][phase]

    def travel_minutes(self, phase: str) -> float | None:
        """Within how many minutes partners are of a phase; None of a run without travel times."""
        return self.summary.get("travel_minutes", {}).get(phase)

    def within(self, phase: str) -> str:
        """How near partners of a phase are, in a sentence: within 5 miles."""
        return f"within {words.reach(self.radius(phase), self.travel_minutes(phase))}"

    @property
    def study(self) -> dict | None:
        """The study whose method this is; None of a method that is not the study's."""
        return self.facts["study"] if self.method.get("of_study") else None

    @property
    def groups(self) -> list[str]:
        """The groups of which the method has criteria."""
        return groups_of(self.method["criteria"])

    @property
    def partnered(self) -> bool:
        """Whether the method says who could support whom; else it counts one group alone."""
        return len(self.groups) == len(CRITERION_GROUPS)

    def in_need_extent(self, phase: str) -> str:
        """How few and how many schools in need there can be to match, 1,719 to 6,942; blank where it is known."""
        (row,) = of_phase(self.england, phase)
        ends = (row[f"in_need_with_coordinates{end}"] for end in ("", "_lower", "_upper"))
        return words.bounds(*map(words.number, ends), " to ")

    def incomplete(self, phase: str) -> set[str]:
        """The groups of a phase whose number of schools depends on what is unknown."""
        return self.caveats.incomplete(phase)

    def label(self, criterion: str) -> str:
        """What the method calls a criterion, or several at once, as a+b."""
        return words.listing(self.method["criteria"][name]["label"] for name in criterion.split("+"))

    def radius_is_reconstructed(self, phase: str) -> bool:
        """Whether the radius is the method's reconstruction: taken because it gives the published median."""
        stated = self.method["radius_miles"][phase]
        if self.travel_minutes(phase) is not None:
            return False
        return stated["basis"] == "reconstructed" and stated["value"] == self.radius(phase)

    def published_row(self, phase: str, **where: str) -> dict | None:
        """The first row of compared/published.csv of a phase with this `statistic` or `criterion`; None without."""
        rows = of_phase(self.published, phase)
        return next((row for row in rows if all(row[key] == value for key, value in where.items())), None)

    def link(self, path: str) -> DataLink | None:
        """A link that saves one of the run's files, held in the page itself; None where the run has no such file."""
        if path not in self.files:
            return None
        return data_link(self.file_name(Path(path).name), self.files[path], path)

    def file_name(self, name: str) -> str:
        """The name under which the reader saves a file of the run: with release and run before it."""
        return f"{self.release['id']}-{self.method['run']}-{name}"


def of_phase(frame: pd.DataFrame, phase: str) -> list[dict]:
    """Return the rows of a phase as records."""
    return frame[frame["phase"] == phase].to_dict("records")


def of_level(frame: pd.DataFrame, level: str, phase: str) -> list[dict]:
    """Return the rows of the areas of a level and phase as records; those that no area is stated of come last."""
    rows = of_phase(frame[frame["level"] == level], phase)
    return sorted(rows, key=lambda row: row["area"] == NOT_STATED)


def mostly_unknown(facts: dict, of: Iterable[str]) -> list[str]:
    """Return the groups of which most schools may be and may not be. `facts`: the phase in summary.json."""
    return [group for group in of if facts["bounds"][group][1] - facts["bounds"][group][0] > 0.5]
