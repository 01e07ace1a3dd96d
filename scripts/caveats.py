"""Write down once what a reader must know before a number; report, figures, map and workbook only read it.

Inputs: summary.json, classified/{thresholds,sensitivity}.csv, aggregated/regions.csv; of the method the criteria and
derived measures, of the release the labels of measures.
Output: caveats/caveats.csv, in the order of schemas.CAVEAT. Complete data leave it empty.
"""

import json
from dataclasses import dataclass

import pandas as pd

from lib import run_step, schemas, tables
from lib import words as say
from lib.caveats import NOTABLE
from lib.criteria import missing_measures, relaxed_conditions, unassessable
from lib.measures import Measures

GROUPS = {"high_performing": "high-performing", "in_need": "in need"}


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

    def of_group(self, phase, group):
        """Return (criteria of a group that could be assessed for no school of a phase, all criteria of the group)."""
        counts = self.phases[phase]["criteria"]
        names = [name for name in counts if self.criteria[name]["group"] == group]
        return [name for name in unassessable(counts) if name in names], names

    def quoted(self, names):
        """Return the labels of criteria as a list in a sentence."""
        return say.listing(f"“{self.criteria[name]['label']}”" for name in names)


def caveats(run: Run) -> pd.DataFrame:
    """Return schemas.CAVEATS."""
    rows = [{"kind": kind, **row} for kind, rows_of in KINDS.items() for row in rows_of(run)]
    table = pd.DataFrame(rows, columns=list(schemas.CAVEATS.columns))
    return table.astype({"count": "Int64", "of": "Int64"})


def synthetic(run):
    text = "The data are synthetic: they show how the workflow works, and are no evidence about schools."
    return [{"text": text, "short": say.SYNTHETIC}] if run.synthetic else []


def shortfall(run):
    """That criteria could be assessed for no school, in one sentence for both phases, or one clause a phase."""
    clauses = _criteria_missing(run.phases)
    if not clauses:
        return []
    missing = {phase: unassessable(facts["criteria"]) for phase, facts in run.phases.items()}
    lacked = [row["short"] for row in measure_missing(run) if row["criterion"] in missing.get(row["phase"], ())]
    lacked = list(dict.fromkeys(lacked))
    because = f"They lack {_things(lacked)}, so {say.listing(clauses)}" if lacked else say.capital(say.listing(clauses))
    text = f"These files cannot reproduce the study. {because}."
    left = {len(facts["criteria"]) - len(missing[phase]) for phase, facts in run.phases.items()}
    if left != {0}:
        others = f"the other {say.in_words(*left)}" if len(left) == 1 else "the others"
        text += f" The figures count only schools known from {others}."
    return [{"text": text, "short": f"These files cannot reproduce the study: {say.listing(clauses)}."}]


def _criteria_missing(phases):
    """How many criteria could not be assessed: one clause for all phases, or one a phase where they differ."""
    counts = {
        phase: (tuple(unassessable(facts["criteria"])), len(facts["criteria"])) for phase, facts in phases.items()
    }
    alike, out = len(set(counts.values())) == 1, []
    for phase, (names, total) in counts.items():
        whom = "" if alike else f" for {phase} schools"
        if names and total == 1:
            out.append(f"the one criterion could not be assessed{whom}")
        elif names and len(names) == total:
            out.append(f"none of the {say.in_words(total)} criteria could be assessed{whom}")
        elif names:
            out.append(f"{say.in_words(len(names))} of the {say.in_words(total)} criteria could not be assessed{whom}")
    return out[:1] if alike else out


def _things(items):
    """A list in a sentence, with a comma before the last of several, since a thing may have an "and" of its own."""
    *most, last = items
    return f"{', '.join(most)}, and {last}" if len(most) > 1 else say.listing(items)


def groups_unequal(run):
    """That the two groups rest on criteria missing in unequal parts, so that they cannot be set against each other."""
    unequal = {}
    for phase in run.phases:
        missing = {group: tuple(len(names) for names in run.of_group(phase, group)) for group in GROUPS}
        if len({count / total for count, total in missing.values() if total}) == 2:
            unequal[phase] = missing
    if not unequal:
        return []
    alike = len(unequal) == len(run.phases) and len({str(missing) for missing in unequal.values()}) == 1
    clauses = []
    for phase, missing in unequal.items():
        (high, of_high), (need, of_need) = missing["high_performing"], missing["in_need"]
        whom = "" if alike else f"for {phase} schools "
        if not high:
            clauses.append(f"{whom}{_of_criteria(need, of_need)} of need could not be assessed")
            continue
        some = f"{say.in_words(need)} of the {say.in_words(of_need)} of need" if need < of_need else "all of need"
        but = f", but {some}" if need else ", but all of need could"
        clauses.append(f"{whom}{_of_criteria(high, of_high)} of high performance could not be assessed{but}")
    what = clauses[0] if alike else "; ".join(clauses)
    return [
        {
            "text": f"The two groups are not known equally well: {what}.",
            "short": "The two groups rest on unequal parts of their criteria",
        }
    ]


def _of_criteria(count, total):
    return "the one criterion" if total == 1 else f"{say.in_words(count)} of the {say.in_words(total)} criteria"


def phase_incomplete(run):
    """Which criteria of a phase could be assessed for no school, and how many are left."""
    rows = []
    for phase, facts in run.phases.items():
        missing, total = unassessable(facts["criteria"]), len(facts["criteria"])
        if not missing:
            continue
        left = total - len(missing)
        rest = f"the groups rest on the other {say.in_words(left)} alone" if left else "there is no other"
        text = (
            f"The {say.plural(len(missing), 'criterion', 'criteria')} {run.quoted(missing)} could not be assessed for "
            f"any {phase} school; {rest}."
        )
        short = f"Based on {say.in_words(left)} of {say.in_words(total)} criteria"
        rows.append({"phase": phase, "count": len(missing), "of": total, "text": text, "short": short})
    return rows


def group_incomplete(run):
    """On which criteria a group rests, where not on all; the phrases of phases that are alike are the same."""
    rows = []
    for group, name in GROUPS.items():
        of_group = {phase: run.of_group(phase, group) for phase in run.phases}
        shorts = {phase: _rests_on(run, *names) for phase, names in of_group.items()}
        alike = len(set(shorts.values())) == 1
        for phase, (missing, names) in of_group.items():
            if not missing:
                continue
            used = [criterion for criterion in names if criterion not in missing]
            whose = f"{name} {phase} schools" if group == "high_performing" else f"{phase} schools {name}"
            if used:
                text = f"{whose} are known from {say.in_words(len(used))} of {say.in_words(len(names))} criteria only: "
                text = f"{say.capital(text)}{run.quoted(used)}."
            elif len(names) == 1:
                text = f"The one criterion for {whose} could not be assessed."
            else:
                text = f"None of the {say.in_words(len(names))} criteria for {whose} could be assessed."
            short = f"{say.capital(name)}{'' if alike else f', {phase}'}: {shorts[phase]}"
            counts = {"count": len(missing), "of": len(names)}
            rows.append({"phase": phase, "group": group, **counts, "text": text, "short": short})
    return rows


def _rests_on(run, missing, names):
    """On which criteria a group rests: those it has or those it lacks, whichever are fewer; empty where all."""
    used = [name for name in names if name not in missing]
    if not missing:
        return ""
    if not used:
        return f"none of its {len(names)} criteria assessable" if len(names) > 1 else "its one criterion not assessable"
    which = f"without {run.quoted(missing)}" if len(missing) < len(used) else f"{run.quoted(used)} only"
    return f"{which}, {len(missing)} of {len(names)} criteria not assessable"


def criterion_not_assessable(run):
    rows = []
    for phase, facts in run.phases.items():
        for name in unassessable(facts["criteria"]):
            criterion, schools = run.criteria[name], facts["schools"]
            row = {"phase": phase, "group": criterion["group"], "criterion": name, "count": schools, "of": schools}
            text = f"“{criterion['label']}” could not be assessed for any {phase} school."
            rows.append({**row, "text": text, "short": f"“{criterion['label']}”"})
    return rows


def measure_missing(run):
    """The measures that the files lack and a criterion needs. `short`: what is lacking, in words."""
    rows = []
    missing = missing_measures(run.thresholds).drop_duplicates(["phase", "criterion", "measure"])
    for phase, name, measure in missing[["phase", "criterion", "measure"]].itertuples(index=False):
        criterion, lacking = run.criteria[name], run.measures.what_is_lacking(phase, measure)
        row = {"phase": phase, "group": criterion["group"], "criterion": name, "measure": measure}
        text = f"These files lack {lacking}, so “{criterion['label']}” could not be assessed for any {phase} school."
        rows.append({**row, "text": text, "short": lacking})
    return rows


def condition_relaxed(run):
    """Conditions left out of a test, since the files lack their measure, and what that weighs.

    All rows of a criterion have the same text, whatever the phase. `count`, `of`: schools of the group that are in it
    by this criterion alone, and all of the group; blank where it was not worked out.
    """
    rows = []
    relaxed = relaxed_conditions(run.thresholds)
    relaxed = relaxed[relaxed["phase"].isin(list(run.phases))].drop_duplicates(["phase", "criterion", "measure"])
    for name, criterion in run.criteria.items():
        conditions = relaxed[relaxed["criterion"] == name]
        if conditions.empty:
            continue
        group, weights = criterion["group"], {}
        for phase in conditions["phase"].unique():
            here, without = run.phases[phase], _group_if_required(run, phase, name, group)
            if without is not None:
                weights[phase] = (without, here[group], here["schools"])
        lacking = list(
            dict.fromkeys(
                run.measures.label(phase, measure)
                for phase, measure in conditions[["phase", "measure"]].itertuples(index=False)
            )
        )
        text = _relaxed_words(criterion["label"], lacking, weights, _known_group(run, group, conditions["phase"]))
        for phase, measure in conditions[["phase", "measure"]].itertuples(index=False):
            row = {"phase": phase, "group": group, "criterion": name, "measure": measure}
            without, here, _ = weights.get(phase, (None, None, None))
            counts = {} if here is None else {"count": here - without, "of": here}
            short = f"“{criterion['label']}” is tested without “{run.measures.label(phase, measure)}”"
            rows.append({**row, **counts, "text": text, "short": short})
    return rows


def _group_if_required(run, phase, criterion, group):
    """How many schools would be in a group if the condition were required; None where not known, or no fewer."""
    rows = run.sensitivity
    rows = rows[(rows["criterion"] == criterion) & (rows["phase"] == phase) & (rows["setting"] == "required")]
    if rows.empty or rows[group].iloc[0] >= run.phases[phase][group]:
        return None
    return int(rows[group].iloc[0])


def _known_group(run, group, phases):
    known = any(run.of_group(phase, group)[0] for phase in phases.unique())
    return f"{'known to be ' if known else ''}{GROUPS[group]}"


def _relaxed_words(label, lacking, weights, group):
    quoted = [f"“{measure}”" for measure in lacking]
    which = say.listing(quoted if len(quoted) < 3 else [quoted[0], f"{say.in_words(len(quoted) - 1)} more"])
    text = f"These files lack {which}: “{label}” is tested without, so more schools may meet it than should."
    if weights:
        shares = say.listing(
            f"{say.percent(without / schools, 1)} of {phase} schools, not {say.percent(here / schools, 1)},"
            for phase, (without, here, schools) in weights.items()
        )
        text += f" Without this criterion, {shares} would be {group}."
    return text


def without_coordinates(run):
    """What schools without coordinates do to the numbers of partners."""
    rows = []
    for phase, facts in run.phases.items():
        lost = facts["in_need_without_coordinates"]
        if lost:
            whom = say.capital(say.schools(lost, phase, "in need"))
            have = say.plural(lost, "has", "have") + " no coordinates in the register and "
            have += say.plural(lost, "is", "are")
            short = f"{say.number(lost)} {say.plural(lost, 'school')} in need without coordinates "
            short += f"{say.plural(lost, 'is', 'are')} left out of matching"
            row = {"phase": phase, "group": "in_need", "count": lost, "of": facts["in_need"]}
            rows.append({**row, "text": f"{whom} {have} left out of matching.", "short": short})
        nobodys = facts["high_performing_without_coordinates"]
        if nobodys:
            row = {"phase": phase, "group": "high_performing", "count": nobodys, "of": facts["high_performing"]}
            short = f"{say.number(nobodys)} high-performing {say.plural(nobodys, 'school')} without coordinates "
            short += f"{say.plural(nobodys, 'is', 'are')} nobody’s partner"
            text = _nobodys_partner(run, phase, nobodys, facts["high_performing"])
            rows.append({**row, "text": text, "short": short})
    return rows


def _nobodys_partner(run, phase, count, total):
    schools = say.high_performing_schools(phase, total, known=bool(run.of_group(phase, "high_performing")[0]))
    if total == 1:
        whom = f"The one {schools}"
    else:
        whom = f"{say.number(count)} of the {say.number(total)} {schools} ({say.percent(count / total)})"
    where = _most_of_all(run.regions[run.regions["phase"] == phase]) if count / total >= NOTABLE else ""
    return (
        f"{whom} {say.plural(count, 'has', 'have')} no coordinates, so {say.plural(count, 'it', 'they')} cannot be "
        "counted as anyone’s partner: the numbers of partners are if anything too low, and those without a partner too "
        f"high{where}."
    )


def _most_of_all(regions):
    """In which region the largest share of the high-performing schools has no coordinates; empty where several tie."""
    regions = regions[regions["high_performing"] > 0]
    shares = regions["high_performing_without_coordinates"] / regions["high_performing"]
    top = regions[shares == shares.max()]
    if len(regions) < 2 or len(top) > 1:
        return ""
    (row,) = top.to_dict("records")
    count, total = row["high_performing_without_coordinates"], row["high_performing"]
    return f", most of all in {say.place(row['area'])} ({say.number(count)} of {say.number(total)})"


def not_assessable(run):
    rows = []
    for phase, facts in run.phases.items():
        count, total = facts["not_assessable"], facts["schools"]
        if count:
            short = f"{say.number(count)} of {say.schools(total, phase)} ({say.percent(count / total)})"
            text = f"{short} could not be placed in a group, because their results or inspection are missing in part."
            rows.append({"phase": phase, "count": count, "of": total, "text": text, "short": short})
    return rows


KINDS = {
    kind.__name__: kind
    for kind in (
        synthetic,
        shortfall,
        groups_unequal,
        phase_incomplete,
        group_incomplete,
        criterion_not_assessable,
        measure_missing,
        condition_relaxed,
        without_coordinates,
        not_assessable,
    )
}


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
