"""Hold the synthetic release against the published figures, and say how far to move the calibrated parameters.

    python tests/tools/calibrate.py --seeds 8 1 2 3

Snakemake runs each seed in a folder of its own, up to what is read here. Printed are each figure of the seeds beside
its target, and a new value for each parameter under `calibration` in workflow/facts/synthetic_model.yaml.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from lib.domain import CRITERION_GROUPS, PHASES
from lib.yaml_files import PROJECT
from synthetic_draws import MEASURES, load_facts

METHOD = "nfer-2017"
LITERAL = f"{METHOD}-literal"
TARGETS = [
    f"results/demo/{method}/{file}"
    for method in (METHOD, LITERAL)
    for file in ("summary.json", "classified/results_files.csv")
]


def run(seed: int, folder: Path) -> Path:
    """Run the workflow on the England of a seed, in `folder`, up to the summaries; return the folder of the release."""
    config = f"releases: [demo]\nmethod: [{METHOD}, {LITERAL}]\ndemo_seed: {seed}\n"
    (folder / "config.yaml").write_text(config, "utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", PROJECT / "Snakefile", "--directory", folder]
    subprocess.run([*command, "--cores", "all", "--quiet", "all", "--", *TARGETS], check=True)
    return folder / "results/demo"


def shares(run: Path) -> dict[str, float]:
    """Return {phase and group: share in percent} of a run."""
    of_phases = json.loads((run / "summary.json").read_text(encoding="utf-8"))["phases"]
    return {
        f"{phase}_{group}": 100 * of_phases[phase][f"share_{group}"] for phase in PHASES for group in CRITERION_GROUPS
    }


def figures(results: Path) -> dict[str, float]:
    """Return {figure: value} of the run in `results`, in the units of the model's targets (shares in percent)."""
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    files = pd.read_csv(results / "classified/results_files.csv")
    conditions = pd.read_csv(results / "classified/conditions.csv", dtype={"threshold": str, "value": str})
    out = shares(results)
    for phase in PHASES:
        of_phase = summary["phases"][phase]
        schools, criteria = of_phase["schools"], of_phase["criteria"]
        judged = schools - criteria["outstanding"]["not_assessable"]
        attainment = conditions[(conditions["phase"] == phase) & (conditions["measure"] == MEASURES[phase][0])]
        all_rows = files[(files["phase"] == phase) & (files["where"] == "all_rows")].set_index("criterion")["met"]
        regions = [row for row in summary["regions"] if row["phase"] == phase]
        most = max(regions, key=lambda row: row["median_partners"] or 0)
        out |= {
            f"{phase}_high_performing_schools": of_phase["high_performing"],
            f"{phase}_in_need_schools": of_phase["in_need"],
            f"{phase}_median_partners": of_phase["median_partners"],
            f"{phase}_below_floor": int(all_rows["below_floor"]),
            f"{phase}_coasting": int(all_rows["coasting"]),
            f"{phase}_outstanding": 100 * criteria["outstanding"]["met"] / judged,
            f"{phase}_with_judgement": 100 * judged / schools,
            f"{phase}_with_results": 100 * attainment.loc[attainment["status"] == "ok", "urn"].nunique() / schools,
            f"{phase}_not_assessable": 100 * of_phase["not_assessable"] / schools,
            f"{phase}_regions_with_more_high_performing": sum(r["high_performing"] > r["in_need"] for r in regions),
            f"{phase}_london_has_most_partners": int(most["region"] == "London"),
            f"{phase}_below_floor_in_population": criteria["below_floor"]["met"],
            f"{phase}_coasting_in_population": criteria["coasting"]["met"],
            f"{phase}_good_and_strong": 100 * criteria["good_with_strong_results"]["met"] / schools,
            f"{phase}_designated": criteria["designated"]["met"],
        }
    return out


def proposals(model: dict, means: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return {calibrated parameter: (its value, the one to try next)}: moved to the target by the slope of its rule."""
    found = {}
    for rule in model["calibration"]:
        value = model
        for key in rule["parameter"].split("."):
            value = value[key]
        low, high = rule.get("within", (0, 1))
        new = value + (rule["target"] - means[rule["figure"]]) / rule["slope"]
        found[rule["parameter"]] = value, round(min(max(new, low), high), 4)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Hold the synthetic release against the published figures.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[8, 1, 2], help="one England each")
    model, of_seeds = load_facts().model, {}
    for seed in parser.parse_args().seeds:
        with tempfile.TemporaryDirectory() as folder:
            release = run(seed, Path(folder))
            of_literal = {f"literal_{name}": share for name, share in shares(release / LITERAL).items()}
            of_seeds[seed] = figures(release / METHOD) | of_literal
    frame = pd.DataFrame(of_seeds)
    targets = {rule["figure"]: rule["target"] for rule in model["calibration"]}
    frame.insert(0, "mean", frame.mean(axis=1))
    frame.insert(0, "target", pd.Series(targets).reindex(frame.index))
    print(frame.round(2).to_string(na_rep=""))
    for parameter, (value, proposed) in proposals(model, frame["mean"].to_dict()).items():
        print(f"{parameter}: {value} -> {proposed}")


if __name__ == "__main__":
    main()
