"""Write down once what a reader must know before a number; report, figures, map and workbook only read it.

Inputs: summary.json, classified/{thresholds,sensitivity}.csv, aggregated/regions.csv; of the method the criteria and
derived measures, of the release the labels of measures.
Output: caveats/caveats.csv, in the order of schemas.CAVEAT. Complete data leave it empty.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from lib import run_step, schemas, tables
from lib import words as say
from lib.caveats import NOTABLE
from lib.criteria import missing_measures, relaxed_conditions, unassessable
from lib.measures import Measures
from lib.words import GROUPS


@dataclass(frozen=True)
class Run:
    """What the caveats follow from.

    `phases`: of summary.json, those with schools. `criteria`: {name: {group, label}}. `thresholds`, `sensitivity`,
    `regions`: the tables of these names.
    """

    synthetic: bool
    phases: dict
    thresholds: pd.DataFrame
    sensitivity: pd.DataFrame
    regions: pd.DataFrame
    criteria: dict
    measures: Measures

    def tested(self, phase: str, group: str | None = None) -> list[str]:
        """Return the criteria, of a group or of both, that the method tests in a phase."""
        return [n for n in self.phases[phase]["criteria"] if group in (None, self.criteria[n]["group"])]

    def missing(self, phase: str, group: str | None = None) -> list[str]:
        """Return those of them that could be assessed for no school."""
        nowhere = unassessable(self.phases[phase]["criteria"])
        return [name for name in self.tested(phase, group) if name in nowhere]

    def quoted(self, names: Iterable[str]) -> str:
        """Return the labels of criteria as a list in a sentence."""
        return say.listing(f"“{self.criteria[name]['label']}”" for name in names)


def caveats(run: Run) -> pd.DataFrame:
    """Return schemas.CAVEATS."""
    rows = [{"kind": kind, **row} for kind, rows_of in KINDS.items() for row in rows_of(run)]
    table = pd.DataFrame(rows, columns=list(schemas.CAVEATS.columns))
    return table.astype({"count": "Int64", "of": "Int64"})


def synthetic(run: Run) -> Iterator[dict]:
    text = "The data are synthetic: they show how the workflow works, and are no evidence about schools."
    if run.synthetic:
        yield {"text": text, "short": say.SYNTHETIC}


def _not_assessed(missing, tested, whose=""):
    total = f"{say.in_words(len(tested))} {say.plural(len(tested), 'criterion', 'criteria')}"
    return f"{say.in_words(len(missing))} of the {total}{whose} could not be assessed"


def _by_phase(clauses):
    """Join clauses, {phase: clause with a {whom} in it}; what all phases have in common comes once."""
    alike = len(set(clauses.values())) == 1
    told = [clause.format(whom="" if alike else f" for {phase} schools") for phase, clause in clauses.items() if clause]
    return "; ".join(dict.fromkeys(told))


def shortfall(run: Run) -> Iterator[dict]:
    """That criteria could be assessed for no school: once for both phases, or one clause a phase where they differ."""
    missing = {phase: run.missing(phase) for phase in run.phases}
    if not any(missing.values()):
        return
    what = _by_phase({p: f"{_not_assessed(n, run.tested(p))}{{whom}}" if n else "" for p, n in missing.items()})
    lacking = list(dict.fromkeys(r["short"] for r in measure_missing(run) if r["criterion"] in missing[r["phase"]]))
    # A comma before the last of several, since a thing may have an "and" of its own.
    things = f"{', '.join(lacking[:-1])}, and {lacking[-1]}" if len(lacking) > 2 else say.listing(lacking)
    told = f"They lack {things}, so {what}" if things else say.capital(what)
    left = {len(run.tested(phase)) - len(names) for phase, names in missing.items()}
    others = f"the other {say.in_words(*left)}" if len(left) == 1 else "the others"
    rest = f" The figures count only schools known from {others}." if any(left) else ""
    yield {
        "text": f"These files cannot reproduce the study. {told}.{rest}",
        "short": f"These files cannot reproduce the study: {what}.",
    }


def groups_unequal(run: Run) -> Iterator[dict]:
    """That the two groups rest on criteria missing in unequal parts, so that they cannot be set against each other."""
    clauses = {}
    for phase in run.phases:
        totals = {group: len(run.tested(phase, group)) for group in GROUPS}
        left = {group: totals[group] - len(run.missing(phase, group)) for group in GROUPS}
        unequal = all(totals.values()) and len({left[group] / totals[group] for group in GROUPS}) == 2
        high, need = (say.out_of(left[group], totals[group], "criteria") for group in GROUPS)
        clause = f"{high} of high performance could be assessed{{whom}}, but {need} of need"
        clauses[phase] = clause if unequal else ""
    if any(clauses.values()):
        text = f"The two groups are not known equally well: {_by_phase(clauses)}."
        yield {"text": text, "short": "The two groups rest on unequal parts of their criteria"}


def phase_incomplete(run: Run) -> Iterator[dict]:
    """Which criteria of a phase could be assessed for no school, and how many are left."""
    for phase in run.phases:
        missing, total = run.missing(phase), len(run.tested(phase))
        left = total - len(missing)
        if missing:
            rest = f"the groups rest on the other {say.in_words(left)} alone" if left else "there is no other"
            which = f"{say.plural(len(missing), 'criterion', 'criteria')} {run.quoted(missing)}"
            text = f"The {which} could not be assessed for any {phase} school; {rest}."
            short = f"Based on {say.out_of(left, total, 'criteria')}"
            yield {"phase": phase, "count": len(missing), "of": total, "text": text, "short": short}


def group_incomplete(run: Run) -> Iterator[dict]:
    """On which criteria a group rests, where not on all; the phrases of phases that are alike are the same."""
    for group, name in GROUPS.items():
        rests_on = {phase: _rests_on(run, phase, group) for phase in run.phases}
        alike = len(set(rests_on.values())) == 1
        for phase in filter(rests_on.get, run.phases):
            missing, tested = run.missing(phase, group), run.tested(phase, group)
            used = [criterion for criterion in tested if criterion not in missing]
            whose = f"{name} {phase} schools" if group == "high_performing" else f"{phase} schools {name}"
            text = f"{_not_assessed(missing, tested, f' for {whose}')}."
            if used:
                count = say.out_of(len(used), len(tested), "criteria")
                text = f"{whose} are known from {count} only: {run.quoted(used)}."
            yield {
                **{"phase": phase, "group": group, "count": len(missing), "of": len(tested)},
                "text": say.capital(text),
                "short": f"{say.capital(name)}{'' if alike else f', {phase}'}: {rests_on[phase]}",
            }


def _rests_on(run, phase, group):
    """On which criteria a group rests: those it has or those it lacks, whichever are fewer; empty where all."""
    missing, tested = run.missing(phase, group), run.tested(phase, group)
    used = [name for name in tested if name not in missing]
    if not missing or not used:
        return "no criterion assessable" if missing else ""
    which = f"without {run.quoted(missing)}" if len(missing) < len(used) else f"{run.quoted(used)} only"
    return f"{which}, {len(missing)} of {len(tested)} criteria not assessable"


def criterion_not_assessable(run: Run) -> Iterator[dict]:
    for phase, facts in run.phases.items():
        for name in run.missing(phase):
            label, schools = run.quoted([name]), facts["schools"]
            text = f"{label} could not be assessed for any {phase} school."
            yield {**_key(run, phase, name), "count": schools, "of": schools, "text": text, "short": label}


def measure_missing(run: Run) -> Iterator[dict]:
    """The measures that the files lack and a criterion needs. `short`: what is lacking, in words."""
    for phase, name, measure in _measures(run, missing_measures(run.thresholds)):
        lacking = run.measures.what_is_lacking(phase, measure)
        text = f"These files lack {lacking}, so {run.quoted([name])} could not be assessed for any {phase} school."
        yield {**_key(run, phase, name), "measure": measure, "text": text, "short": lacking}


def _key(run, phase, criterion):
    return {"phase": phase, "group": run.criteria[criterion]["group"], "criterion": criterion}


def _measures(run, conditions):
    """The phase, criterion and measure of conditions, each once, of phases that have schools."""
    conditions = conditions[conditions["phase"].isin(list(run.phases))]
    return list(conditions[["phase", "criterion", "measure"]].drop_duplicates().itertuples(index=False, name=None))


def condition_relaxed(run: Run) -> Iterator[dict]:
    """Conditions left out of a test, since the files lack their measure, and what that weighs.

    All rows of a criterion have the same text, whatever the phase. `count`, `of`: schools of the group that are in it
    by this criterion alone, and all of the group; blank where it was not worked out.
    """
    for criterion in run.criteria:
        relaxed = [c for c in _measures(run, relaxed_conditions(run.thresholds)) if c[1] == criterion]
        group, label = run.criteria[criterion]["group"], run.quoted([criterion])
        without = {phase: _group_if_required(run, phase, criterion, group) for phase, _, _ in relaxed}
        without = {phase: count for phase, count in without.items() if count is not None}
        text = _relaxed_words(run, label, group, relaxed, without)
        for phase, _, measure in relaxed:
            here = run.phases[phase][group]
            yield {
                **_key(run, phase, criterion),
                "measure": measure,
                **({"count": here - without[phase], "of": here} if phase in without else {}),
                "text": text,
                "short": f"{label} is tested without “{run.measures.label(phase, measure)}”",
            }


def _group_if_required(run, phase, criterion, group):
    """How many schools would be in a group if the condition were required; None where not known, or no fewer."""
    rows = run.sensitivity
    rows = rows[(rows["criterion"] == criterion) & (rows["phase"] == phase) & (rows["value"] == "required")]
    return None if rows.empty or rows[group].iloc[0] >= run.phases[phase][group] else int(rows[group].iloc[0])


def _relaxed_words(run, label, group, relaxed, without):
    quoted = list(dict.fromkeys(f"“{run.measures.label(phase, measure)}”" for phase, _, measure in relaxed))
    which = say.listing(quoted if len(quoted) < 3 else [quoted[0], f"{say.in_words(len(quoted) - 1)} more"])
    text = f"These files lack {which}: {label} is tested without, so more schools may meet it than should."
    if without:
        shares = []
        for phase, count in without.items():
            here, schools = run.phases[phase][group], run.phases[phase]["schools"]
            less, now = say.percent(count / schools, 1), say.percent(here / schools, 1)
            shares.append(f"{less} of {phase} schools, not {now},")
        known = "known to be " if any(run.missing(phase, group) for phase, _, _ in relaxed) else ""
        text += f" Without this criterion, {say.listing(shares)} would be {known}{GROUPS[group]}."
    return text


def without_coordinates(run: Run) -> Iterator[dict]:
    """What schools without coordinates do to the numbers of partners."""
    for phase, facts in run.phases.items():
        for group, name in reversed(GROUPS.items()):
            count, total = facts[f"{group}_without_coordinates"], facts[group]
            if not count:
                continue
            have, are = say.plural(count, "has", "have"), say.plural(count, "is", "are")
            schools = say.plural(count, "school")
            if group == "in_need":
                whom = say.capital(say.schools(count, phase, name))
                text = f"{whom} {have} no coordinates in the register and {are} left out of matching."
                short = f"{say.number(count)} {schools} {name} without coordinates {are} left out of matching"
            else:
                text = _nobodys_partner(run, phase, count, total)
                short = f"{say.number(count)} {name} {schools} without coordinates {are} nobody’s partner"
            yield {"phase": phase, "group": group, "count": count, "of": total, "text": text, "short": short}


def _nobodys_partner(run, phase, count, total):
    schools = say.high_performing_schools(phase, total, known=bool(run.missing(phase, "high_performing")))
    part = f"{say.number(count)} of the {say.number(total)} {schools} ({say.percent(count / total)})"
    have, they = say.plural(count, "has", "have"), say.plural(count, "it", "they")
    where = _most_of_all(run.regions[run.regions["phase"] == phase]) if count / total >= NOTABLE else ""
    return (
        f"{part} {have} no coordinates, so {they} cannot be counted as anyone’s partner: the numbers of partners are "
        f"if anything too low, and those without a partner too high{where}."
    )


def _most_of_all(regions):
    """In which region the largest share of the high-performing schools has no coordinates; empty where several tie."""
    regions = regions[regions["high_performing"] > 0]
    shares = regions["high_performing_without_coordinates"] / regions["high_performing"]
    top = regions[shares == shares.max()].to_dict("records")
    if len(top) != 1 or len(regions) < 2:
        return ""
    count, total = top[0]["high_performing_without_coordinates"], top[0]["high_performing"]
    return f", most of all in {say.place(top[0]['area'])} ({say.number(count)} of {say.number(total)})"


def not_assessable(run: Run) -> Iterator[dict]:
    for phase, facts in run.phases.items():
        count, total = facts["not_assessable"], facts["schools"]
        if count:
            short = f"{say.number(count)} of {say.schools(total, phase)} ({say.percent(count / total)})"
            text = f"{short} could not be placed in a group, because their results or inspection are missing in part."
            yield {"phase": phase, "count": count, "of": total, "text": text, "short": short}


KINDS = {kind: globals()[kind] for kind in schemas.CAVEAT}


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    with open(files.summary, encoding="utf-8") as file:
        summary = json.load(file)
    run = Run(
        synthetic=summary["synthetic"],
        phases={phase: facts for phase, facts in summary["phases"].items() if facts["schools"]},
        thresholds=tables.read(files.thresholds),
        sensitivity=tables.read(files.sensitivity),
        regions=tables.read(files.regions),
        criteria=params.criteria,
        measures=Measures(params.layouts, params.derived),
    )
    tables.write(caveats(run), schemas.CAVEATS, csv=snakemake.output[0])


if "snakemake" in globals():
    run_step.run(main, snakemake)
