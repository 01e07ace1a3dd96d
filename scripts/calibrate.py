"""Hold the synthetic release against the published figures, and adjust the calibrated parameters.

Inputs: workflow/facts/synthetic_model.yaml and the tables beside it, a release with a generator, a method.
Output: on the screen, each figure of several seeds beside its target; with --adjust, new values for the parameters that
the model file lists under `calibration`. Nothing is written to any file.
Every figure is worked out by the ordinary steps: the generator writes files, the scripts of the workflow read them.

From the command line: python scripts/calibrate.py --seeds 2017 1 2 3 [--adjust 4]
"""

import argparse
import copy
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import classify
import clean_inspections
import clean_register
import clean_results
import generate
import match
import population
import synthetic_schools
from lib import settings
from lib.domain import METRES_PER_MILE, PHASES


def run_steps(folder, release, method):
    """Take the files of a release through cleaning, classification and matching, as the workflow does.

    Returns (schools, partners, files): each school with its measures, criteria and group; schemas.REACH with `phase`;
    criteria counted over the results files (schemas.RESULTS_FILES).
    """
    folder, rules = Path(folder), method["population"]
    sources = release["sources"]

    def path(name):
        return folder / sources[name]["file"]

    def of_kind(kind):
        return settings.sources_of_kind(release, kind)

    (register_id,) = of_kind("register")
    establishments, _, _ = clean_register.clean_register(path(register_id), sources[register_id], register_id)
    links = [clean_register.clean_links(path(name), source, name)[0] for name, source in of_kind("links").items()]
    cleaned = {}
    for name, source in of_kind("results").items():
        cleaned[name], _, linked, _ = clean_results.clean_results(path(name), source, name)
        links.append(linked)
    links = pd.concat(links, ignore_index=True)
    results = clean_results.widen(cleaned, {name: sources[name]["phase"] for name in cleaned})
    inspections = [clean_inspections.clean_inspections(path(n), s, n)[0] for n, s in of_kind("inspections").items()]
    inspections, _ = clean_inspections.latest(pd.concat(inspections, ignore_index=True), release["reference_date"])
    designated = set()
    for name, source in of_kind("designations").items():
        held, _ = clean_inspections.clean_designations(path(name), source, name, release["reference_date"])
        designated |= set(held["urn"])
    years = settings.measures_by_year(of_kind("results"))
    schools, *_ = population.school_table(
        establishments, results, inspections, links, rules, release["reference_date"], register_id, years
    )

    group_of = {name: criterion["group"] for name, criterion in method["criteria"].items()}
    tables, reaches, files = [], [], []
    for phase in PHASES:
        of_phase = schools[schools["phase"] == phase].reset_index(drop=True)
        of_results = results[results["phase"] == phase]
        tests, derived = classify.rules_of(phase, method["criteria"], method.get("derived", {}))
        measured = classify.measures(of_phase, of_results, inspections, designated, derived)
        grouped = classify.group_table(classify.classify(measured, tests), group_of)
        table = pd.concat([measured.drop(columns=[c for c in grouped if c in measured]), grouped], axis=1)
        radius_m = settings.radius_miles(method)[phase] * METRES_PER_MILE
        _, reach, _ = match.match(table, radius_m, {0: 0.0})
        tables.append(table)
        reaches.append(reach.assign(phase=phase))
        used, register = set(of_phase["results_urn"].dropna()), set(establishments["urn"])
        mainstream = rules["establishment_types"]
        files.append(classify.results_files(of_results, tests, measured, phase, mainstream, register, used, derived))
    return (
        pd.concat(tables, ignore_index=True),
        pd.concat(reaches, ignore_index=True),
        pd.concat(files, ignore_index=True),
    )


def figures(schools, reach, files):
    """Return {figure: value} of one run, in the units of the targets in the model file (shares in percent)."""
    out = {}
    region = schools.set_index(["urn", "phase"])["region"]
    reach = reach.assign(region=region.reindex(pd.MultiIndex.from_frame(reach[["urn", "phase"]])).to_numpy())
    for phase in PHASES:
        own, near = schools[schools["phase"] == phase], reach[reach["phase"] == phase]
        high, need = own["group"] == "high_performing", own["group"] == "in_need"
        graded = own["overall_effectiveness"].notna()
        attainment = synthetic_schools.MEASURES[phase][0]
        all_rows = files[(files["phase"] == phase) & (files["where"] == "all_rows")].set_index("criterion")["met"]
        by_region = near.groupby("region")["partners"].median()
        balance = high.groupby(own["region"]).sum() - need.groupby(own["region"]).sum()
        out |= {
            f"{phase}_high_performing": 100 * high.mean(),
            f"{phase}_in_need": 100 * need.mean(),
            f"{phase}_median_partners": float(near["partners"].median()),
            f"{phase}_below_floor": int(all_rows["below_floor"]),
            f"{phase}_coasting": int(all_rows["coasting"]),
            f"{phase}_outstanding": 100 * (own["overall_effectiveness"] == 1).sum() / graded.sum(),
            f"{phase}_with_judgement": 100 * graded.mean(),
            f"{phase}_with_results": 100 * own[attainment].notna().mean(),
            f"{phase}_not_assessable": 100 * (own["group"] == "not_assessable").mean(),
            f"{phase}_regions_with_more_high_performing": int((balance > 0).sum()),
            f"{phase}_london_has_most_partners": int(
                by_region.get("London", -1) > by_region.drop("London", errors="ignore").max()
            ),
            f"{phase}_below_floor_in_population": int((own["below_floor"] == "met").sum()),
            f"{phase}_coasting_in_population": int((own["coasting"] == "met").sum()),
            f"{phase}_led_and_strong": 100 * (own["good_with_strong_results"] == "met").mean(),
            f"{phase}_designated": int((own["designated"] == "met").sum()),
        }
    return out


def evaluate(seed, facts, release, method, scale=1):
    """Write the release of one seed, run the steps, and return its figures."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in generate.generate(seed, scale, release, facts).items():
            (Path(folder) / name).write_bytes(content)
        return figures(*run_steps(folder, release, method))


def adjusted(model, means, rules):
    """Return (model, changes): each calibrated parameter moved towards its figure's target, by the slope stated."""
    model, changes = copy.deepcopy(model), {}
    for rule in rules:
        *way, last = rule["parameter"].split(".")
        holder = model
        for key in way:
            holder = holder[key]
        step = (rule["target"] - means[rule["figure"]]) / rule["slope"]
        new = round(float(np.clip(holder[last] + step, *rule.get("within", (0, 1)))), 4)
        changes[rule["parameter"]] = (holder[last], new)
        holder[last] = new
    return model, changes


def show(tables, rules):
    """Return the figures of all seeds as text, targets beside them."""
    targets = {rule["figure"]: rule["target"] for rule in rules}
    frame = pd.DataFrame(tables)
    frame.insert(0, "mean", frame.mean(axis=1))
    frame.insert(0, "target", pd.Series(targets).reindex(frame.index))
    return frame.round(2).to_string(na_rep="")


def from_command_line(arguments=None):
    parser = argparse.ArgumentParser(description="Hold the synthetic release against the published figures.")
    parser.add_argument("--release", default="demo")
    parser.add_argument("--method", default="nfer-2017")
    parser.add_argument("--seeds", type=int, nargs="+", default=[2017, 1, 2], help="one England each")
    parser.add_argument("--adjust", type=int, default=0, help="rounds of adjusting the calibrated parameters")
    given = parser.parse_args(arguments)
    release, method = settings.load_release(given.release), settings.load_method(given.method)
    facts = synthetic_schools.load_facts()
    rules = facts.model["calibration"]
    for around in range(given.adjust + 1):
        runs = {seed: evaluate(seed, facts, release, method) for seed in given.seeds}
        print(show(runs, rules), flush=True)
        if around < given.adjust:
            facts.model, changes = adjusted(facts.model, pd.DataFrame(runs).T.mean(), rules)
            for parameter, (old, new) in changes.items():
                print(f"{parameter}: {old} -> {new}")
    if given.adjust:
        print("To keep these values, write them into workflow/facts/synthetic_model.yaml.")


if __name__ == "__main__":
    from_command_line()
