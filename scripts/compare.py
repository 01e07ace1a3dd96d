"""Set each published statistic beside the run's own.

Inputs: summary.json, classified/{results_files,thresholds}.csv; the published figures (workflow/facts/published.yaml),
and how each is worked out from a run (workflow/facts/comparisons.yaml).
Output: compared/published.csv. A published figure is only compared with; none goes into a result.
"""

import decimal
import json

import pandas as pd

from lib import domain, run_step, schemas, tables
from lib.criteria import relaxed_conditions, show, unassessable
from lib.yaml_files import read_yaml


def compare(
    published: dict,
    how: dict,
    summary: dict,
    files: pd.DataFrame,
    relaxed: set[tuple[str, str]],
    criteria: dict[str, dict],
    results_year: str,
) -> pd.DataFrame:
    """Return schemas.PUBLISHED: one row a published statistic or official count.

    `published`, `how`: the two facts files. `summary`: summary.json. `files`: classified/results_files.
    `relaxed`: {(phase, criterion)} tested without a condition, whose measure the release lacks (`relaxed_criteria`).
    `criteria`: {name: {group, label}}. `results_year`: of the release; figures of another year are no evidence.
    """
    rows = []
    same_year = results_year == how["results_year"]
    for part in ("statistics", "official_benchmarks"):
        for statistic in published[part]:
            recipe = how[part][statistic["id"]]
            statistic = {"phase": recipe.get("phase"), **statistic}
            kind, stated = statistic["kind"], statistic["value"]
            value = worked_out(statistic, recipe, summary, files)
            evidence, note = evidence_level(statistic, recipe, summary, files, relaxed, criteria, same_year)
            rows.append(
                {
                    **{key: statistic[key] for key in ("id", "kind", "phase", "source")},
                    "statistic": recipe.get("of") or recipe.get("claim"),
                    "criterion": recipe.get("results_file"),
                    "published": show(stated),
                    "reproduced": None if value is None else show(value),
                    "difference": None if value is None or kind == "claim" else round(float(value - stated), 6),
                    "agrees": None if value is None else agrees(kind, stated, value),
                    "evidence": evidence,
                    "note": note or None,
                    "label": recipe["label"],
                }
            )
    return pd.DataFrame(rows).astype({"agrees": "boolean", "difference": "float64"})


def worked_out(statistic: dict, recipe: dict, summary: dict, files: pd.DataFrame) -> float | bool | None:
    """Return the run's own value (shares in percent), or None where there is nothing to work it out from."""
    phase = statistic["phase"]
    phases = [p for p in domain.PHASES if phase in (p, "both")]
    if "results_file" in recipe:
        row = _counted(files, phase, recipe["results_file"], "all_rows")
        # Not assessable for every school: that none is met says nothing.
        return None if row is None or row["met"] + row["not_met"] == 0 else int(row["met"])
    if "claim" in recipe:
        return CLAIMS[recipe["claim"]](summary, phases, recipe["regions"])
    values = [summary["phases"].get(p, {}).get(recipe["of"]) for p in phases]
    if any(value is None for value in values):
        return None
    return sum(values) * (100 if statistic["kind"] == "share" else 1)


def agrees(kind: str, published: float | bool, value: float | bool) -> bool:
    """Whether the value is the published one at the precision in which that is printed (shares: whole percent)."""
    if kind == "share":
        whole = decimal.Decimal(repr(value)).quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP)
        return whole == published
    return value == published


def relaxed_criteria(thresholds: pd.DataFrame) -> set[tuple[str, str]]:
    """Return {(phase, criterion)} tested without a condition, from classified/thresholds."""
    relaxed = relaxed_conditions(thresholds)
    return set(zip(relaxed["phase"], relaxed["criterion"], strict=True))


def evidence_level(
    statistic: dict,
    recipe: dict,
    summary: dict,
    files: pd.DataFrame,
    relaxed: set[tuple[str, str]],
    criteria: dict[str, dict],
    same_year: bool,
) -> tuple[str, str]:
    """Return (evidence, note): what the comparison is worth, and what stands between the two figures.

    Arguments as of `compare`. Partial: a criterion could be assessed for no school, or was tested without a condition.
    """
    if summary["synthetic"]:
        return "none", "Synthetic data: shows the machinery, and is no evidence about schools."
    if not same_year:
        return "none", "The published figure is of another year."
    phases = [p for p in domain.PHASES if statistic["phase"] in (p, "both") and p in summary["phases"]]
    if "results_file" in recipe:
        concerned = [recipe["results_file"]]
    else:
        concerned = [name for name, stated in criteria.items() if recipe["group"] in (stated["group"], "both")]
    counts = {p: summary["phases"][p]["criteria"] for p in phases}
    if not any(name in counts[p] for p in phases for name in concerned):
        return "none", "The method has no criterion for this figure."
    missing = {name for p in phases for name in unassessable(counts[p])}
    without = {name for name in concerned if any((p, name) in relaxed for p in phases)} - missing
    notes = []
    for words, names in (
        ("Not assessable in this release", missing),
        ("Tested without a condition whose measure this release lacks", without),
    ):
        labels = [criteria[name]["label"] for name in concerned if name in names]
        notes += [f"{words}: {'; '.join(labels)}."] if labels else []
    partial = bool(notes)
    if "results_file" in recipe and recipe["results_file"] not in missing:
        notes.append(_rows_counted(files, statistic["phase"], recipe["results_file"]))
    return ("partial" if partial else "full"), " ".join(notes)


def _rows_counted(files, phase, criterion):
    """Which rows of a results file an official count is set beside, in words."""
    counted = {where: _counted(files, phase, criterion, where) for where in files["where"].unique()}
    met = {where: 0 if row is None else row["met"] for where, row in counted.items()}
    return (
        "Counted over all mainstream state schools of the file, and rows whose type it leaves blank "
        f"({met.get('type_unknown', 0)} of those counted); {met.get('in_population', 0)} of them belong to a school "
        f"counted here, {met.get('not_in_register', 0)} are not in the register."
    )


def supply_exceeds_need(summary: dict, phases: list[str], regions: str) -> bool | None:
    """Whether in every (or most) regions there are more high-performing schools than schools in need, in each phase."""
    for phase in phases:
        more = [r["high_performing"] > r["in_need"] for r in summary["regions"] if r["phase"] == phase]
        if not more:
            return None
        if not (all(more) if regions == "every" else sum(more) * 2 > len(more)):
            return False
    return True


def greatest_choice(summary: dict, phases: list[str], region: str) -> bool | None:
    """Whether schools in need of `region` have a higher median of partners than those of any other, in each phase."""
    for phase in phases:
        medians = {r["region"]: r["median_partners"] for r in summary["regions"] if r["phase"] == phase}
        others = [m for name, m in medians.items() if name != region and m is not None]
        if medians.get(region) is None or not others:
            return None
        if medians[region] <= max(others):
            return False
    return True


CLAIMS = {"supply_exceeds_need": supply_exceeds_need, "greatest_choice": greatest_choice}


def _counted(files, phase, criterion, where):
    rows = files[(files["phase"] == phase) & (files["criterion"] == criterion) & (files["where"] == where)]
    return None if rows.empty else rows.iloc[0]


def main(snakemake):
    with open(snakemake.input.summary, encoding="utf-8") as file:
        summary = json.load(file)
    published, how = read_yaml(snakemake.input.published), read_yaml(snakemake.input.how)
    files = tables.read(snakemake.input.results_files)
    relaxed = relaxed_criteria(tables.read(snakemake.input.thresholds))
    params = snakemake.params
    table = compare(published, how, summary, files, relaxed, params.criteria, params.results_year)
    tables.write(table, schemas.PUBLISHED, csv=snakemake.output[0])


if "snakemake" in globals():
    run_step.run(main, snakemake)
