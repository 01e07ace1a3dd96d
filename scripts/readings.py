"""Try every defensible reading of the study's open parts at once, and say how near each comes to the published numbers.

Inputs: clean/ tables; workflow/readings/{name}.yaml (the readings, as a parameter); workflow/facts/published.yaml.
Outputs: readings/readings.csv (a row a reading of high-performing, of in need, and of the best of both together),
readings/tried.csv (how many were tried, how many are possible), readings/quantiles.csv (at which quantile of results
each form comes to the published share).
This step alone reads published numbers, to choose among readings; it needs nothing of the run's own classification.
"""

import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd

import population
import reading_claims
import reading_schools
from lib import readings, run_step, schemas, tables
from lib.domain import CRITERION_GROUPS, PHASES
from lib.reading_answers import EXPECTED, KNOWN, POSSIBLE, Schools, denominator_masks
from lib.readings import Reading
from lib.yaml_files import read_yaml

ROWS = (KNOWN, EXPECTED, POSSIBLE)
NAMES = ("lower", "estimate", "upper")  # of ROWS, in the table


@dataclass(frozen=True)
class Counts:
    """How many schools the readings count: {group: of each phase}, and of all schools those that are counted at all.

    `groups`: arrays (URNs, readings, KNOWN/POSSIBLE/EXPECTED, denominators) by group and phase. `left_out`: the same of
    high-performing without in need, with an axis more, of the readings of in need. `of`: (URNs, denominators) by phase.
    `population`: schools of all phases.
    """

    groups: dict[str, dict[str, np.ndarray]]
    left_out: dict[str, np.ndarray]
    of: dict[str, np.ndarray]
    population: int


def count(
    by_phase: dict[str, list[Schools]], tried: dict[str, list[Reading]], denominators: list[dict], parts: dict
) -> Counts:
    """Count every reading under every URN rule and denominator."""
    groups = {group: {} for group in CRITERION_GROUPS}
    left_out, of = {}, {}
    for phase, rules in by_phase.items():
        counted = {group: [] for group in CRITERION_GROUPS}
        without, sizes = [], []
        for schools in rules:
            masks = denominator_masks(schools, denominators, parts, phase)
            sizes.append(masks.sum(axis=1))
            tests = [reading.tests[phase] for group in CRITERION_GROUPS for reading in tried[group]]
            answers, kind = schools.kinds(tests)
            of_kind = np.stack([np.bincount(kind, mask, kind.max(initial=-1) + 1) for mask in masks])
            high, need = np.split(np.stack(answers), [len(tried["high_performing"])])
            for group, found in zip(CRITERION_GROUPS, (high, need), strict=True):
                counted[group].append(found @ of_kind.T)
            without.append(_left_out(high, need, of_kind))
        of[phase], left_out[phase] = np.array(sizes), np.array(without)
        for group in CRITERION_GROUPS:
            groups[group][phase] = np.array(counted[group])
    return Counts(groups, left_out, of, sum(len(rules[0].measured) for rules in by_phase.values()))


def _left_out(high, need, of_kind):
    """High-performing and not in need, counted: readings of high-performing × of in need × rows × denominators."""
    out = np.empty((len(high), len(need), 3, len(of_kind)))
    # Known not to be in need is what is not possibly so.
    for row, other in ((KNOWN, POSSIBLE), (POSSIBLE, KNOWN), (EXPECTED, EXPECTED)):
        not_in_need = ((1 - need[:, None, other]) * of_kind).reshape(-1, of_kind.shape[1])
        out[:, :, row] = (high[:, row] @ not_in_need.T).reshape(len(high), len(need), len(of_kind))
    return out


def figures(counts: dict[str, np.ndarray], of: dict[str, np.ndarray], published: dict, everyone: int) -> dict:
    """Return what is told of readings of a group, from counts (readings … × 3) and `of` (readings …), by phase.

    {column: array}: `{phase}_{lower,estimate,upper}` shares, `all_…` counts; `squares`, whose root is the misfit; and
    `possible`. `published`: {all, primary, secondary: value}, shares in percent. `everyone`: schools of all phases.
    """
    out, squares, possible = {}, 0, True
    for phase in counts:
        for row, name in zip(ROWS, NAMES, strict=True):
            out[f"{phase}_{name}"] = np.round(counts[phase][..., row] / np.maximum(of[phase], 1), 6)
        low, estimate, high = (100 * out[f"{phase}_{name}"] for name in NAMES)
        squares = squares + (estimate - published[phase]) ** 2
        possible = possible & (low < published[phase] + 0.5) & (high >= published[phase] - 0.5)
    for row, name in zip(ROWS, NAMES, strict=True):
        out[f"all_{name}"] = np.round(sum(of_phase[..., row] for of_phase in counts.values()), 1)
    squares = squares + (100 * (out["all_estimate"] - published["all"]) / everyone) ** 2
    possible = possible & (out["all_lower"] <= published["all"]) & (published["all"] <= out["all_upper"])
    return {**out, "squares": squares, "possible": possible}


def group_rows(group: str, counts: Counts, tried: list[Reading], stated: dict, published: dict) -> pd.DataFrame:
    """Return the rows of one group: every reading under every URN rule and denominator, in the order in which tried."""
    of = {phase: of[:, None, :] for phase, of in counts.of.items()}
    of_phase = {phase: np.moveaxis(array, 2, -1) for phase, array in counts.groups[group].items()}
    told = figures(of_phase, of, published[group], counts.population)
    shape = told["squares"].shape
    urns, reading, denominator = (axis.ravel() for axis in np.indices(shape))
    options = pd.DataFrame([one.options for one in tried]).iloc[reading].reset_index(drop=True)
    rows = options.assign(group=group, **_of_both(stated, urns, denominator))
    for phase, array in of.items():
        rows[f"{phase}_schools"] = np.broadcast_to(array, shape).ravel().astype(int)
    named = {f"{group}_{column}": told[column].ravel() for column in told if column not in ("squares", "possible")}
    rows = rows.assign(**named, misfit=np.sqrt(told["squares"]).ravel(), possible=told["possible"].ravel())
    return _numbered(rows, "HN"[CRITERION_GROUPS.index(group)], np.arange(len(rows)))


def _of_both(stated, urns, denominator):
    ids = {name: np.array([option["id"] for option in stated[name]["options"]]) for name in ("urns", "denominator")}
    return {"urns": ids["urns"][urns], "denominator": ids["denominator"][denominator]}


def _numbered(rows, letter, numbers):
    rows.insert(0, "id", [f"{letter}{number + 1:06}" for number in numbers])
    return rows.assign(misfit=rows["misfit"].round(3))


def joint_rows(
    counts: Counts, tried: dict[str, list[Reading]], stated: dict, published: dict, marked: list[dict]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the rows of the best readings of both groups, with those that are marked, and {tried, possible} of all.

    The rows have besides the columns of the table `axes`: their place in (overlap, URNs, high-performing, in need,
    denominator).
    """
    high, need = (tried[group] for group in CRITERION_GROUPS)
    parts = []
    need_counts = {p: np.moveaxis(a, 2, -1)[:, None] for p, a in counts.groups["in_need"].items()}
    of = {phase: array[:, None, None, :] for phase, array in counts.of.items()}
    in_need = figures(need_counts, of, published["in_need"], counts.population)
    for overlap in stated["overlap"]["options"]:
        if overlap["left_out"]:
            of_high = {phase: np.moveaxis(array, 3, -1) for phase, array in counts.left_out.items()}
        else:
            of_high = {p: np.moveaxis(a, 2, -1)[:, :, None] for p, a in counts.groups["high_performing"].items()}
        parts.append(figures(of_high, of, published["high_performing"], counts.population))
    shape = (len(parts), len(stated["urns"]["options"]), len(high), len(need), len(stated["denominator"]["options"]))
    squares, possible = (
        np.stack([np.broadcast_to(p[key], shape[1:]) for p in parts]) for key in ("squares", "possible")
    )
    misfit = np.sqrt(squares + in_need["squares"]).round(3)
    possible = possible & in_need["possible"]
    best = np.argsort(misfit.ravel(), kind="stable")[: stated["best"]]
    taken = list(dict.fromkeys([*best.tolist(), *_places(marked, tried, stated, shape)]))
    axes = np.array(np.unravel_index(taken, shape)).T
    overlap, urns, h, k, denominator = axes.T
    options = [high[i].options | need[j].options for i, j in zip(h, k, strict=True)]
    ids = np.array([option["id"] for option in stated["overlap"]["options"]])
    rows = pd.DataFrame(options).assign(group="joint", overlap=ids[overlap], **_of_both(stated, urns, denominator))
    for phase, array in counts.of.items():
        rows[f"{phase}_schools"] = array[urns, denominator].astype(int)
    for column in [column for column in in_need if column not in ("squares", "possible")]:
        of_each = [np.broadcast_to(part[column], shape[1:]) for part in parts]
        rows[f"high_performing_{column}"] = [of_each[o][u, i, j, d] for o, u, i, j, d in axes]
        rows[f"in_need_{column}"] = np.broadcast_to(in_need[column], shape[1:])[urns, h, k, denominator]
    rows = rows.assign(
        misfit=misfit.ravel()[taken], possible=possible.ravel()[taken], axes=list(map(tuple, axes.tolist()))
    )
    return _numbered(rows, "J", taken), {"tried": int(misfit.size), "possible": int(possible.sum())}


def _places(marked, tried, stated, shape):
    """The places of the marked readings that name both groups, among all of both groups."""
    for options in marked:
        if set(readings.dimensions(stated)) - set(options):
            continue
        axes = [[fits(reading.options, options) for reading in tried[group]] for group in CRITERION_GROUPS]
        ids = {name: [o["id"] == options[name] for o in stated[name]["options"]] for name in readings.OF_BOTH}
        axes = [ids["overlap"], ids["urns"], *axes, ids["denominator"]]
        if all(map(any, axes)):
            yield int(np.ravel_multi_index([axis.index(True) for axis in axes], shape))


def fits(taken: dict, options: dict) -> bool:
    """Whether a reading takes these options, of the dimensions that make a difference to it."""
    return all(option is None or options.get(name) == option for name, option in taken.items())


def mark(rows: pd.DataFrame, marked: dict[str, dict], dimensions: list[str]) -> pd.DataFrame:
    """Add `marked`: the names of the marked readings that a row is, separated by ';'. `marked`: {name: options}."""
    taken = rows.reindex(columns=dimensions).astype(object).where(lambda frame: frame.notna(), None).to_dict("records")
    found = [";".join(name for name, options in marked.items() if fits(one, options)) for one in taken]
    return rows.assign(marked=pd.array([names or None for names in found], dtype="str"))


def quantile_rows(by_phase: dict[str, list[Schools]], stated: dict, published: dict) -> pd.DataFrame:
    """Return schemas.READING_QUANTILES: for each form the top of results that gives the published share."""
    varied, tops = stated["quantiles"], stated["quantiles"]["tops"]
    (base,) = (o for o in stated["dimensions"][varied["dimension"]]["options"] if o["id"] == varied["option"])
    options = readings.options_of(stated, "high_performing", set())
    tried = {}
    for top in range(tops["from"], tops["to"] + 1):
        option = {"id": varied["option"], "define": _at_quantile(base["define"], round(1 - top / 100, 6))}
        found = readings.readings_of(stated, "high_performing", options | {varied["dimension"]: [option]})
        tried[top] = [reading for reading in found if reading.options[varied["dimension"]]]
    forms = [
        {name: option for name, option in reading.options.items() if name != varied["dimension"]}
        for reading in tried[tops["to"]]
    ]
    rows = []
    for phase, rules in by_phase.items():
        for rule, schools in zip(stated["urns"]["options"], rules, strict=True):
            for i, form in enumerate(forms):

                def share(top, i=i, schools=schools, phase=phase):
                    return float(schools.ask([tried[top][i].tests[phase]])[0][EXPECTED].mean())

                found = nearest_top(share, tops["from"], tops["to"], published[phase] / 100)
                rows.append({**form, "urns": rule["id"], "phase": phase, **found})
    return pd.DataFrame(rows).astype({"top": "Int64"})


def _at_quantile(test, quantile):
    """A copy of tests with each quantile another."""
    if isinstance(test, dict):
        return {key: quantile if key == "quantile" else _at_quantile(part, quantile) for key, part in test.items()}
    return [_at_quantile(part, quantile) for part in test] if isinstance(test, list) else copy.copy(test)


def nearest_top(share, low: int, high: int, wanted: float) -> dict:
    """Return `top` (percent) at which a share that rises with it comes nearest to `wanted`, with the share there.

    `top` is missing where the share passes `wanted` nowhere between `low` and `high`. `least`, `most`: at both ends.
    """
    least, most = share(low), share(high)
    found = {"top": None, "share": np.nan, "least": round(least, 6), "most": round(most, 6)}
    if not least <= wanted <= most:
        return found
    before, after = (low, least), (high, most)
    while after[0] - before[0] > 1:
        middle = (before[0] + after[0]) // 2
        at = share(middle)
        before, after = ((middle, at), after) if at < wanted else (before, (middle, at))
    top, value = min(before, after, key=lambda pair: abs(pair[1] - wanted))
    return found | {"top": top, "share": round(value, 6)}


def main(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    stated, method = params.readings, params.population
    clean = {name: tables.read(files[name]) for name in ("establishments", "results", "inspections")}
    clean["links"] = pd.concat([tables.read(path) for path in files.links], ignore_index=True)
    designations = tables.read(files.designations)
    published = read_yaml(files.published)
    statistics = {s["id"]: s for part in published.values() if isinstance(part, list) for s in part}
    values = {
        group: {key: statistics[name]["value"] for key, name in stated["published"][group].items()}
        for group in CRITERION_GROUPS
    }
    members, _ = population.population(clean["establishments"], method, params.reference_date)
    members = members.rename(columns={"establishment_type": "type"})
    years = population.years_present(clean["results"], params.measures_by_year)
    rules = stated["urns"]["options"]
    setting = (rules, method["phases"], years, params.derived, stated["gaps"])
    by_phase = reading_schools.by_urns(members, clean, designations, *setting)
    by_phase = {phase: by_phase[phase] for phase in PHASES if len(by_phase[phase][0].measured)}
    for phase, of_phase in by_phase.items():
        rows = reading_schools.results_files(
            clean["results"], phase, method["establishment_types"], params.derived, stated["gaps"]
        )
        for schools in of_phase:
            reading_schools.expect(schools, stated, phase, rows, statistics)
    measures = {column for of_phase in by_phase.values() for column in of_phase[0].measured}
    tried = {
        group: readings.readings_of(stated, group, readings.options_of(stated, group, measures))
        for group in CRITERION_GROUPS
    }
    counts = count(by_phase, tried, stated["denominator"]["options"], stated["parts"])
    marked = {name: one["options"] for what in ("marked", "checks") for name, one in stated.get(what, {}).items()}
    joint, of_joint = joint_rows(counts, tried, stated, values, list(marked.values()))
    claims = reading_claims.claims(joint.pop("axes"), by_phase, tried, stated, statistics)
    rows = [group_rows(group, counts, tried[group], stated, values) for group in CRITERION_GROUPS]
    totals = [
        {"group": group, "tried": len(of_group), "possible": int(of_group["possible"].sum())}
        for group, of_group in zip(CRITERION_GROUPS, rows, strict=True)
    ]
    rows = [part.sort_values("misfit", kind="stable") for part in (*rows, pd.concat([joint, claims], axis=1))]
    dimensions = list(readings.dimensions(stated))
    table = mark(pd.concat(rows, ignore_index=True), marked, dimensions)
    tables.write(table, schemas.readings(*readings.columns(stated)), csv=out.readings)
    totals = pd.DataFrame([*totals, {"group": "joint", **of_joint}])
    tables.write(totals, schemas.READINGS_TRIED, csv=out.tried)
    quantiles = quantile_rows(by_phase, stated, values["high_performing"])
    tables.write(quantiles, schemas.READING_QUANTILES, csv=out.quantiles)


if "snakemake" in globals():
    run_step.run(main, snakemake)
