"""The schools that the readings count: their data under each rule of URNs, and what is expected of what is unknown.

Inputs: clean/ tables; the file of readings. The schools themselves are those of the method's population.
"""

import functools

import numpy as np
import pandas as pd

import classify
import population
from lib import readings
from lib.criteria import derive
from lib.domain import GRADES
from lib.reading_answers import KNOWN, POSSIBLE, Schools


def by_urns(
    members: pd.DataFrame,
    clean: dict[str, pd.DataFrame],
    designations: pd.DataFrame,
    rules: list[dict],
    phases: dict,
    years: dict[str, list[str]],
    derived: dict,
    gaps: list[str],
) -> dict[str, list[Schools]]:
    """Return {phase: schools with their measures, under each of `rules` (results, inspection: as in a method)}.

    `members`: the establishments of the population. `clean`: establishments, results, inspections, links. What rules
    have in common is worked out once.
    """
    schools = population.in_phases(members, phases)
    types = clean["establishments"].set_index("urn")["establishment_type"]

    @functools.cache
    def placed(what, inherits):
        attach, more = {
            "results": (population.attach_results, years),
            "inspections": (population.attach_inspections, phases),
        }[what]
        inherits = inherits if isinstance(inherits, str) else list(inherits)
        return attach(schools.copy(), clean[what], clean["links"], more, inherits, types)[0]

    @functools.cache
    def of_results(inherits, phase):
        uninspected = placed("results", inherits).assign(inspection_urn=pd.NA, inspection_via="none")
        return measured(uninspected, phase, clean["results"], clean["inspections"].iloc[:0])

    @functools.cache
    def of_inspection(inherits, phase):
        without_results = clean["results"][["urn", "phase"]]
        found = measured(placed("inspections", inherits), phase, without_results, clean["inspections"], inherits)
        return found[[c for c in found if c.removesuffix("_status") in GRADES]]

    def measured(of_all, phase, results, inspections, may_inherit="all"):
        of_phase, results = (table[table["phase"] == phase] for table in (of_all, results))
        own = {name: how for name, how in derived.items() if how["phase"] == phase}
        return classify.measures(of_phase, results, inspections, designations, own, may_inherit)

    @functools.cache
    def answers(what, inherits, phase):
        return {}

    by_phase = {}
    for phase in phases:
        by_phase[phase] = []
        for rule in rules:
            results, inspection = (_hashable(rule["inherits"][what]) for what in ("results", "inspection"))
            both = pd.concat([of_results(results, phase), of_inspection(inspection, phase)], axis=1)
            shared = answers("inspection", inspection, phase), answers("results", results, phase)
            by_phase[phase].append(Schools(both, gaps, shared))
    return by_phase


def _hashable(inherits):
    return inherits if isinstance(inherits, str) else tuple(inherits)


def expect(schools: Schools, stated: dict, phase: str, files: Schools | None, published: dict) -> None:
    """Give the schools what the models of `estimates` expect of parts that are unknown.

    `files`: the rows of the phase's results files. `published`: {id: statistic}.
    """
    for estimate in stated["estimates"]:
        part, *others = (
            readings.resolved(estimate[key], stated["parts"], phase)[0]
            for key in ("part", "among", "alike")
            if key in estimate
        )
        answer, *known = schools.ask([part, *others])
        unknown = answer[KNOWN] < answer[POSSIBLE]
        if "official" in estimate:
            rate = _official_rate(files.ask([part])[0], published[estimate["official"][phase]]["value"]) if files else 0
        else:
            among, alike = (row[KNOWN] == 1 for row in known)
            rates = [_mean(answer[KNOWN][among & ~unknown & (alike == same)]) for same in (False, True)]
            rate = np.where(alike, rates[1], rates[0])
        schools.expected[part] = np.where(unknown, rate, answer[KNOWN])


def _official_rate(answer, official):
    known, unknown = answer[KNOWN].sum(), (answer[POSSIBLE] - answer[KNOWN]).sum()
    return float(np.clip((official - known) / unknown, 0, 1)) if unknown else 0.0


def _mean(values):
    return float(values.mean()) if len(values) else 0.0


def results_files(results: pd.DataFrame, phase: str, mainstream: list[str], derived: dict, gaps: list[str]) -> Schools:
    """Return the rows of a phase's results files of mainstream state schools, or of a type left blank, as `Schools`."""
    rows = results[(results["phase"] == phase) & results["row"].notna()]
    kind = rows["school_type"] if "school_type" in rows else pd.Series(None, rows.index, dtype="str")
    rows = classify.without_absent(rows[kind.isna() | kind.isin([*mainstream, "unspecified"])])
    return Schools(derive(rows, {name: how for name, how in derived.items() if how["phase"] == phase}), gaps)
