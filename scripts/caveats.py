"""Write down once what a reader must know before a number; report, figures, map and workbook only read it.

Inputs: classified/unknown.csv, aggregated/{england,regions,likeness}.csv, population/schools, clean/establishments; of
the method the criteria, derived measures and parts of likeness, of the release the labels of measures.
Output: caveats/caveats.csv, in the order of schemas.CAVEAT. Complete data leave it empty.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from lib import domain, run_step, schemas, tables
from lib import words as say
from lib.area_columns import stated
from lib.caveats import NOTABLE
from lib.measures import Measures
from lib.words import GROUPS


@dataclass(frozen=True)
class Run:
    """What the caveats follow from.

    `phases`: {phase: its row of aggregated/england}, of phases with schools. `criteria`: {name: {group, label}}.
    `unknown`, `regions`, `schools` (of the population), `establishments`, `likeness`: the tables of these names.
    `alike`: {phase: the method's parts of likeness, each with id and attribute}.
    """

    synthetic: bool
    phases: dict
    unknown: pd.DataFrame
    regions: pd.DataFrame
    criteria: dict
    measures: Measures
    schools: pd.DataFrame = field(default_factory=pd.DataFrame)
    establishments: pd.DataFrame = field(default_factory=pd.DataFrame)
    alike: dict = field(default_factory=dict)
    likeness: pd.DataFrame = field(default_factory=pd.DataFrame)

    def open(self, phase: str, group: str) -> bool:
        """Return whether the number of a group's schools depends on what is unknown."""
        facts = self.phases[phase]
        return facts[f"{group}_lower"] < facts[f"{group}_upper"]

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


def bounds(run: Run) -> Iterator[dict]:
    """That the number of a group's schools lies between bounds. `count`: of schools that may be in it, beside `of`."""
    for phase, facts in run.phases.items():
        for group, name in GROUPS.items():
            if not run.open(phase, group):
                continue
            known, least, most = (int(facts[f"{group}{end}"]) for end in ("", "_lower", "_upper"))
            low, high = (say.percent(count / facts["schools"], 1) for count in (least, most))
            count = f"{say.capital(say.schools(known, phase))} {say.plural(known or 1, 'counts', 'count')}"
            text = (
                f"{count} as {name}; whatever is unknown, at least "
                f"{say.number(least)} and at most {say.number(most)} are ({low} to {high})."
            )
            short = f"{say.capital(name)}, {phase}: {low} to {high}"
            yield {"phase": phase, "group": group, "count": most - known, "of": known, "text": text, "short": short}


def criterion_unknown(run: Run) -> Iterator[dict]:
    """Of how many schools a criterion could not be assessed, and for lack of what."""
    for phase, facts in run.phases.items():
        of_phase = run.unknown[run.unknown["phase"] == phase]
        for name in run.criteria:
            rows = of_phase[(of_phase["criterion"] == name) & (of_phase["status"] != "ignored")]
            totals, lacking = rows[rows["measure"].isna()], rows[rows["measure"].notna()]
            for total in totals.to_dict("records"):
                count, schools = total["schools"], facts["schools"]
                whom = f"{say.number(count)} of {say.schools(schools, phase)} ({say.percent(count / schools)})"
                text = f"{run.quoted([name])} could not be assessed for {whom}"
                why = _why(run, phase, lacking, total["missing_here"], count - total["missing_here"])
                text += f": {say.listing(why)}." if why else "."
                yield {
                    **_key(run, phase, name),
                    **{"count": count, "of": schools, "text": text},
                    "short": say.capital(say.listing(why)) or f"Not assessable for {say.number(count)}",
                }


def _why(run, phase, lacking, here, nobody):
    """For lack of what, in words: what most schools lack in these files; what nobody could assess. Counts add up."""
    counts = lacking[~lacking["status"].isin(domain.NOBODY_KNOWS)]
    words = []
    if here and len(counts):
        most = counts.sort_values("schools", kind="stable")["measure"].iloc[-1]
        what = run.measures.what_is_lacking(phase, most)
        if "threshold" in set(counts.loc[counts["measure"] == most, "status"]):
            what += " (their own, or so many that the threshold is in doubt)"
        words = [f"these files lack {what} for {say.number(here)}"]
    return [*words, *([f"{say.number(nobody)} had no published result or judgement"] if nobody else [])]


def _key(run, phase, criterion):
    return {"phase": phase, "group": run.criteria[criterion]["group"], "criterion": criterion}


def condition_relaxed(run: Run) -> Iterator[dict]:
    """Conditions left out of a test, since the files lack their measure.

    `count`, `of`: schools of which the criterion is assessable only because it was left out, and all schools.
    """
    rows = run.unknown[run.unknown["status"] == "ignored"]
    for row in rows[rows["phase"].isin(list(run.phases))].to_dict("records"):
        phase, label = row["phase"], run.quoted([row["criterion"]])
        lacking = run.measures.what_is_lacking(phase, row["measure"])
        schools = say.schools(row["schools"], phase)
        text = (
            f"These files lack {lacking}, so {label} is tested without; {schools} "
            f"might come out otherwise if they were at hand."
        )
        yield {
            **_key(run, phase, row["criterion"]),
            **{"measure": row["measure"], "count": row["schools"], "of": run.phases[phase]["schools"]},
            "text": text,
            "short": f"{label} is tested without {lacking}",
        }


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
    schools = say.high_performing_schools(phase, total)
    part = f"{say.number(count)} of the {say.number(total)} {schools} ({say.percent(count / total)})"
    have, they = say.plural(count, "has", "have"), say.plural(count, "it", "they")
    where = _most_of_all(stated(run.regions[run.regions["phase"] == phase])) if count / total >= NOTABLE else ""
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
            text = f"{short} could not be placed in a group, because results or inspections are missing in part."
            yield {"phase": phase, "count": count, "of": total, "text": text, "short": short}


def register_lacks(run: Run) -> Iterator[dict]:
    """That the register states no dates at all on which schools closed or opened, and what follows from it."""
    total = len(run.establishments)
    if total and run.establishments["close_date"].isna().all():
        closed = int((run.establishments["establishment_status"] == "closed").sum())
        text = (
            f"The register states no closing dates: a school that closed between the reference date and the day of the "
            f"register is not in it, or is among the {say.number(closed)} that it calls closed, which are left out."
        )
        yield {"count": closed, "of": total, "text": text, "short": "The register states no closing dates"}
    if total and run.establishments["open_date"].isna().all():
        text = "The register states no opening dates: every school in it counts as open before the reference date."
        yield {"count": total, "of": total, "text": text, "short": "The register states no opening dates"}


def authority_unknown(run: Run) -> Iterator[dict]:
    """How many schools of a phase have no authority or region in the register."""
    for phase, facts in run.phases.items():
        if run.schools.empty:
            continue
        of_phase = run.schools[run.schools["phase"] == phase]
        count, total = int(of_phase[["la_code", "region"]].isna().any(axis=1).sum()), facts["schools"]
        if count:
            have, count_ = say.plural(count, "has", "have"), say.plural(count, "it counts", "they count")
            whom = f"{say.number(count)} of {say.schools(total, phase)} {have}"
            text = f"{whom} no local authority or region in the register, so {count_} in England, not in an area."
            short = f"{whom} no local authority or region"
            yield {"phase": phase, "count": count, "of": total, "text": text, "short": short}


def likeness_unknown(run: Run) -> Iterator[dict]:
    """Of how many pairs it is not known whether they are alike, and which attributes are stated of no school, or some.

    `count`, `of`: pairs of which it is not known, and all pairs.
    """
    for phase, parts in run.alike.items():
        of_phase = run.likeness[run.likeness["phase"] == phase].set_index("part").to_dict("index")
        if phase not in run.phases or not of_phase or not of_phase["alike"]["not_known"]:
            continue
        lacking = {
            part["attribute"]: found["schools_known"]
            for part in parts
            if (found := of_phase[part["id"]])["schools_known"] < found["schools"]
        }
        wholly = [say.ATTRIBUTES[name] for name, known in lacking.items() if not known]
        in_part = [say.ATTRIBUTES[name] for name, known in lacking.items() if known]
        unknown, unlike, alike = (of_phase["alike"][name] for name in ("not_known", "not_alike", "alike"))
        total = unknown + unlike + alike
        may, of_all = say.number(unknown), f"{say.number(total)} pairs of a {phase} school in need and a partner"
        if wholly:
            whether = ", nor ".join(wholly)
            are = say.plural(unlike, "is", "are")
            rest = f"{say.number(unlike)} of the pairs {are} unlike by what is known; the other {may} may be alike."
            rest = rest if unlike else "Nothing that is known rules any of them out."
            text = (
                f"None of the {of_all} is known to be alike: the files do not say of any of these schools {whether}. "
                f"{rest}"
            )
            short = f"No {phase} pair is known to be alike: of no school is it stated {whether}"
        else:
            text = (
                f"Of {may} of the {of_all} it is not known whether they are alike: the files do not say of every "
                f"school {', or '.join(in_part)}."
            )
            short = f"Whether alike is not known of {may} of {say.number(total)} {phase} pairs"
        yield {"phase": phase, "count": unknown, "of": total, "text": text, "short": short}


KINDS = {kind: globals()[kind] for kind in schemas.CAVEAT}


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    run = Run(
        synthetic=params.synthetic,
        phases={row["phase"]: row for row in tables.read(files.england).to_dict("records") if row["schools"]},
        unknown=tables.read(files.unknown),
        regions=tables.read(files.regions),
        criteria=params.criteria,
        measures=Measures(params.layouts, params.derived),
        schools=tables.read(files.schools),
        establishments=tables.read(files.establishments),
        alike=params.alike,
        likeness=tables.read(files.likeness),
    )
    tables.write(caveats(run), schemas.CAVEATS, csv=snakemake.output[0])


if "snakemake" in globals():
    run_step.run(main, snakemake)
