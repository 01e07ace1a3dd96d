"""Set each published statistic beside the run's own, and beside the least and the most that it can be.

Inputs: aggregated/{england,england_missing_here,regions,criteria}.csv, classified/{results_files,unknown}.csv; the
published figures (workflow/facts/published.yaml), and how each is worked out from a run (comparisons.yaml beside it).
Output: compared/published.csv. A published figure is only compared with; none goes into a result.
"""

import decimal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from lib import run_step, schemas, tables
from lib.area_columns import ENDS, stated
from lib.criteria import show
from lib.yaml_files import read_yaml


@dataclass(frozen=True)
class Run:
    """What a published figure is set beside.

    `results_year`: of the release, such as 2015/16. `england`, `england_missing_here`, `regions`, `counts`: the
    aggregated tables, `counts` that of criteria. `files`: classified/results_files. `unknown`: classified/unknown.
    `criteria`: {name: {group, label}}.
    """

    synthetic: bool
    results_year: str
    england: pd.DataFrame
    england_missing_here: pd.DataFrame
    regions: pd.DataFrame
    counts: pd.DataFrame
    files: pd.DataFrame
    unknown: pd.DataFrame
    criteria: dict[str, dict]

    def phases(self, phase: str) -> list[str]:
        """Return the phases of the run that a statistic is of; `phase` may be both."""
        return [p for p in self.england["phase"] if phase in (p, "both")]


def compare(run: Run, published: dict, how: dict, parts: list[str]) -> pd.DataFrame:
    """Return schemas.PUBLISHED: one row a published statistic or official count of the release's results year.

    `published`, `how`: the two facts files. `parts`: the lists of them that the method is compared with.
    """
    rows = []
    for part in parts:
        for statistic in published[part]:
            recipe = how[part].get(statistic["id"])
            if recipe is None or recipe.get("results_year", how["results_year"]) != run.results_year:
                continue
            statistic = {"phase": recipe.get("phase"), **statistic}
            kind = statistic["kind"]
            stated = True if kind == "claim" else statistic["value"]
            value, lower, upper, upper_here = worked_out(statistic, recipe, run)
            evidence, note = evidence_level(statistic, recipe, run, lower == upper)
            rows.append(
                {
                    **{key: statistic[key] for key in ("id", "kind", "phase", "source")},
                    "statistic": recipe.get("claim") or recipe.get("of"),
                    "criterion": recipe.get("results_file") or recipe.get("criterion"),
                    "published": show(statistic["value"]),
                    "reproduced": _shown(value),
                    "lower": _shown(lower),
                    "upper": _shown(upper),
                    "upper_missing_here": _shown(upper_here),
                    "inside": None if lower is None or upper is None else inside(kind, stated, lower, upper),
                    "difference": None if value is None or kind == "claim" else round(float(value - stated), 6),
                    "agrees": None if value is None else agrees(kind, stated, value),
                    "evidence": evidence,
                    "note": note or None,
                    "label": recipe["label"],
                }
            )
    table = pd.DataFrame(rows, columns=list(schemas.PUBLISHED.columns))
    return table.astype({"agrees": "boolean", "inside": "boolean", "difference": "float64"})


def _shown(value):
    return None if value is None else show(value)


def worked_out(statistic: dict, recipe: dict, run: Run) -> tuple:
    """Return the run's own value, the least and the most that it can be, and the most but for what nobody could assess.

    Shares in percent. A claim is true or false; it is known to hold at its least, and possibly holds at its most. None
    where there is nothing to work it out from.
    """
    phases = run.phases(statistic["phase"])
    if "results_file" in recipe:
        row = _counted(run.files, statistic["phase"], recipe["results_file"], "all_rows")
        # Not assessable for every school: that none is met says nothing.
        if row is None or row["met"] + row["not_met"] == 0:
            return None, None, None, None
        met, possible = int(row["met"]), int(row["met"] + row["not_assessable"])
        return met, met, possible, None
    if "criterion" in recipe:
        rows = _of_criteria(run.counts, phases, [recipe["criterion"]])
        met, possible = int(rows["met"].sum()), int(rows[["met", "not_assessable"]].sum().sum())
        if not rows[["met", "not_met"]].sum().sum():  # there is no such criterion, or it is assessable for no school
            return (None,) * 4
        here = _of_criteria(run.unknown[run.unknown["measure"].isna()], phases, [recipe["criterion"]])["missing_here"]
        return met, met, possible, met + int(here.sum())
    if "claim" in recipe:
        claim = CLAIMS[recipe["claim"]]
        return (*claim(run, phases, recipe), None)
    found = []
    for table, ends in ((run.england, ENDS), (run.england_missing_here, ("_upper",))):
        rows = table[table["phase"].isin(phases)]
        for end in ends:
            values = rows[f"{recipe['of']}{end}"]
            known = len(values) and values.notna().all()
            found.append(float(values.sum()) * (100 if statistic["kind"] == "share" else 1) if known else None)
    return tuple(found)


def inside(kind: str, published: float | bool, lower: float | bool, upper: float | bool) -> bool:
    """Whether the published value, at the precision in which it is printed, lies between the bounds."""
    if kind == "claim":
        return published in (lower, upper)
    half = 0.5 if kind == "share" else 0
    return lower - half <= published <= upper + half


def agrees(kind: str, published: float | bool, value: float | bool) -> bool:
    """Whether the value is the published one at the precision in which that is printed (shares: whole percent)."""
    if kind == "share":
        whole = decimal.Decimal(repr(value)).quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP)
        return whole == published
    return value == published


def evidence_level(statistic: dict, recipe: dict, run: Run, certain: bool) -> tuple[str, str]:
    """Return (evidence, note): what the comparison is worth, and what stands between the two figures.

    Arguments as of `worked_out`; `certain`: whether the value is the only one that it can be. Partial: it depends on
    what is unknown, or on a criterion that was tested without a condition.
    """
    if run.synthetic:
        return "none", "Synthetic data: shows the machinery, and is no evidence about schools."
    if named := recipe.get("results_file") or recipe.get("criterion"):
        concerned = named.split("+")
    else:
        concerned = [name for name, stated in run.criteria.items() if recipe["group"] in (stated["group"], "both")]
    phases = run.phases(statistic["phase"])
    if not phases:
        return "none", "The run has no school of the phase."
    tested = [name for name in concerned if name in run.criteria]
    if not tested:
        return "none", "The method has no criterion for this figure."
    rows = _of_criteria(run.unknown, phases, tested)
    partly = rows[rows["measure"].isna()].groupby("criterion")["schools"].sum()
    without = rows.loc[rows["status"] == "ignored", "criterion"].unique()
    notes = [recipe["differs"]] if "differs" in recipe else []
    if len(partly) and not certain:
        labels = [f"{run.criteria[name]['label']} ({partly[name]:,} schools)" for name in tested if name in partly]
        notes.append(f"Not assessable for some: {'; '.join(labels)}.")
    if len(without):
        labels = [run.criteria[name]["label"] for name in tested if name in without]
        notes.append(f"Tested without a condition whose measure this release lacks: {'; '.join(labels)}.")
    if "results_file" in recipe:
        notes.append(_rows_counted(run.files, statistic["phase"], recipe["results_file"]))
    return ("full" if certain and not len(without) and "differs" not in recipe else "partial"), " ".join(notes)


def _of_criteria(table, phases, names):
    """The rows of a table of criteria that are of some phases and criteria."""
    return table[table["phase"].isin(phases) & table["criterion"].isin(names)]


def _rows_counted(files, phase, criterion):
    """Which rows of a results file an official count is set beside, in words."""
    counted = {where: _counted(files, phase, criterion, where) for where in files["where"].unique()}
    met = {where: 0 if row is None else row["met"] for where, row in counted.items()}
    return (
        "Counted over all mainstream state schools of the file, and rows whose type it leaves blank "
        f"({met.get('type_unknown', 0)} of those counted); {met.get('in_population', 0)} of them belong to a school "
        f"counted here, {met.get('not_in_register', 0)} are not in the register."
    )


Claim = tuple[bool | None, bool | None, bool | None]  # by the known figures; whether it surely, possibly holds


def supply_exceeds_need(run: Run, phases: list[str], recipe: dict) -> Claim:
    """Whether in every (or most) regions there are more high-performing schools than schools in need, in each phase."""

    def holds(ends):
        for regions in _regions(run, phases):
            more = regions[f"high_performing{ends[0]}"] > regions[f"in_need{ends[1]}"]
            if not (more.all() if recipe["regions"] == "every" else more.sum() * 2 > len(more)):
                return False
        return True

    return _of_regions(run, phases, holds)


def greatest_choice(run: Run, phases: list[str], recipe: dict) -> Claim:
    """Whether schools in need of a region have a higher median of partners than those of any other, in each phase."""

    def holds(ends):
        for regions in _regions(run, phases):
            here = regions["area"] == recipe["regions"]
            own, others = (
                regions.loc[here, f"median_partners{ends[0]}"],
                regions.loc[~here, f"median_partners{ends[1]}"],
            )
            if own.isna().all() or others.isna().all():
                return None
            if own.iloc[0] <= others.max():
                return False
        return True

    return _of_regions(run, phases, holds)


def between(run: Run, phases: list[str], recipe: dict) -> Claim:
    """Whether a figure of all phases together, in percent of their schools, lies in what the words allow."""
    rows, (low, high) = run.england[run.england["phase"].isin(phases)], recipe["between"]
    schools = rows["schools"].sum()
    value, least, most = (100 * rows[f"{recipe['of']}{end}"].sum() / schools if schools else None for end in ENDS)
    if value is None:
        return None, None, None
    return bool(low <= value < high), bool(low <= least and most < high), bool(least < high and low <= most)


def _regions(run, phases) -> Iterator[pd.DataFrame]:
    return (stated(run.regions[run.regions["phase"] == phase]) for phase in phases)


def _of_regions(run, phases, holds: Callable) -> Claim:
    """A claim about regions by their figures; at its worst (the first side least, the other most); at its best."""
    if not phases or any(regions.empty for regions in _regions(run, phases)):
        return None, None, None
    return holds(("", "")), holds(("_lower", "_upper")), holds(("_upper", "_lower"))


CLAIMS = {"supply_exceeds_need": supply_exceeds_need, "greatest_choice": greatest_choice, "between": between}


def _counted(files, phase, criterion, where):
    rows = files[(files["phase"] == phase) & (files["criterion"] == criterion) & (files["where"] == where)]
    return None if rows.empty else rows.iloc[0]


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    published, how = read_yaml(files.published), read_yaml(files.how)
    names = ("england", "england_missing_here", "regions", "counts", "results_files", "unknown")
    run = Run(params.synthetic, params.results_year, *(tables.read(files[name]) for name in names), params.criteria)
    tables.write(compare(run, published, how, params.compared_with), schemas.PUBLISHED, csv=snakemake.output[0])


if "snakemake" in globals():
    run_step.run(main, snakemake)
