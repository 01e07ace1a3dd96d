"""The two runs of a comparison: their tables, what each is, and how it classifies.

A run is a folder results/{release}/{method} with the release's clean/ beside it.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

import classify
from lib import criteria, domain, tables
from lib.lineage import standing
from lib.run_step import UserError


@dataclass(frozen=True)
class Run:
    """A finished run. `method`: as settings.load_method gives it, in the year of the release, with its radius used.
    `partial`: as of lib.releases.partial_data.
    """

    folder: Path
    release: str
    title: str
    results_year: str
    reference_date: str
    synthetic: bool
    method: dict
    partial: tuple[str, ...] = ()

    def read(self, path: str) -> pd.DataFrame:
        """Return a table of the run, by its path from the run's folder."""
        return tables.read(self.folder / path)

    @cached_property
    def schools(self) -> pd.DataFrame:
        """classified/schools."""
        return self.read("classified/schools.parquet")

    @cached_property
    def establishments(self) -> pd.DataFrame:
        """clean/establishments."""
        return self.read("../clean/establishments.parquet")

    @cached_property
    def standing(self) -> set[int]:
        """The URNs of the establishments that were open on the reference date, of any type and phase."""
        return standing(self.establishments, self.reference_date)

    @cached_property
    def measured(self) -> dict[str, pd.DataFrame]:
        """{phase: schools with their measures}, but for those that the method derives."""
        names = ("results", "inspections", "designations")
        results, inspections, designations = (self.read(f"../clean/{name}.parquet") for name in names)
        schools = self.read("population/schools.parquet")
        may_inherit = self.method["population"]["inherits"]["inspection"]
        found = {}
        for phase in domain.PHASES:
            of_phase = schools[schools["phase"] == phase]
            if len(of_phase):
                of_results = results[results["phase"] == phase]
                given = (of_phase, of_results, inspections, designations, {}, may_inherit, self.partial)
                found[phase] = classify.measures(*given).reset_index(drop=True)
        return found

    def of_one_release(self, other: "Run") -> bool:
        """Whether both are of one results year and reference date, so that their schools are the same ones."""
        return (self.results_year, self.reference_date) == (other.results_year, other.reference_date)


@dataclass(frozen=True)
class Judged:
    """Schools of one phase as a method judges them: `groups` as of classify.groups, `outcomes` {criterion: int8}."""

    groups: pd.DataFrame
    outcomes: dict


def judge(schools: pd.DataFrame, method: dict, phase: str, reference: pd.DataFrame) -> Judged:
    """Judge schools with their measures (Run.measured) by a method; its quantiles are taken from `reference`.

    A measure that `schools` have and the reference lacks has no quantile, so that a condition on it is unknown.
    """
    tests, derived = classify.rules_of(phase, method["criteria"], method.get("derived", {}))
    if not tests:
        raise UserError(f"The method {method['id']} has no criterion for the phase {phase}: there is nothing to judge.")
    if reference is schools:
        schools = reference = criteria.derive(schools, derived)
    else:
        schools, reference = criteria.derive(schools, derived), criteria.derive(reference, derived)
        lacking = [column for column in schools if column not in reference]
        reference = reference.assign(**{column: float("nan") for column in lacking})
    outcomes = {name: criteria.evaluate(test, schools, reference)[0] for name, test in tests.items()}
    group_of = {name: criterion["group"] for name, criterion in method["criteria"].items()}
    return Judged(classify.groups(outcomes, group_of), outcomes)


def check_same(run: Run, judged: dict[str, Judged]) -> None:
    """Stop where a run's own rules do not give its own groups: its tables are of other rules than those stated."""
    for phase, found in judged.items():
        stated = run.schools[run.schools["phase"] == phase]["group"].tolist()
        given = dict(zip(run.measured[phase]["urn"], found.groups["group"], strict=True))
        urns = run.schools[run.schools["phase"] == phase]["urn"]
        if stated != [given.get(urn) for urn in urns]:
            raise UserError(
                f"{run.folder}: the rules of {run.method['id']} as they are now do not give the groups of "
                f"classified/schools.csv. Run it again, or compare with the code that made it."
            )
