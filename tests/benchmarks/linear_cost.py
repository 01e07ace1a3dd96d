"""Time and peak memory of classification and matching on 1, 10 and 100 Englands: the cost must stay linear.

    python tests/benchmarks/linear_cost.py [--englands 1 10 100] [--factor 1.6] [--most-gb 8]

An England of random schools, as many as there are, is laid beside itself so many times, in memory, each with URNs and
places of its own; the method is that of the study. Each size runs in a process of its own. Ends with 1 where an England
takes longer than the factor times what it takes at a smaller size, or memory reaches the limit. Processor time counts,
so that what else the machine does matters little.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import classify
import conditions as conditions_step
import match
from lib import domain, settings
from lib.methods import iter_conditions

SCHOOLS = {"primary": 16_800, "secondary": 3_400}
EXTENT_M = (560_000, 650_000)  # of England, east and north
RADIUS_MILES = {"primary": 5, "secondary": 4}
CURVE_MILES = range(1, 21)
OTHER_MEASURES = ("establishment_type", *domain.DESIGNATIONS, *domain.GRADES)  # that no results file brings
METHOD = settings.method_of_year(settings.load_method("nfer-2017-literal"), "2015/16")
NO_DESIGNATIONS = pd.DataFrame({"urn": pd.Series(dtype="int64"), "designation": pd.Series(dtype="str")})
GROUP_OF = {name: criterion["group"] for name, criterion in METHOD["criteria"].items()}


@dataclass
class Cost:
    """What so many Englands took."""

    englands: int
    schools: int
    conditions: int
    pairs: int
    seconds: float
    peak_mb: float


def england(phase: str, drawn: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (schools, results, inspections) of a phase, as population/ and clean/ have them; one in 20 suppressed."""
    size = SCHOOLS[phase]
    urn = np.arange(100_000, 100_000 + size)
    schools = pd.DataFrame({"urn": urn, "phase": phase, "type": "community"})
    for what in ("results", "results_1y_before", "results_2y_before", "inspection"):
        name, _, year = what.partition("_")
        suffix = f"_{year}" if year else ""
        schools[f"{name}_urn{suffix}"] = pd.array(urn, "Int64")
        schools[f"{name}_via{suffix}"] = "own"
    for axis, length in zip(("easting", "northing"), EXTENT_M, strict=True):
        schools[axis] = pd.array(drawn.integers(0, length, size), "Int64")
    results = pd.DataFrame({"urn": urn, "phase": phase, "school_type": "community"})
    for suffix in classify.SUFFIXES:
        results[f"row{suffix}"] = urn
    named = {condition["measure"] for _, condition in iter_conditions(METHOD, phase)}
    named |= {part for rule in METHOD["derived"].values() if rule["phase"] == phase for part in rule["mean_of"]}
    for measure in sorted(named - {*OTHER_MEASURES, *METHOD["derived"]}):
        is_progress = "progress" in measure and "pct" not in measure
        values = drawn.normal(0, 3, size) if is_progress else drawn.uniform(0, 100, size)
        suppressed = drawn.random(size) < 0.05
        results[measure] = np.where(suppressed, np.nan, values.round(1))
        results[f"{measure}_status"] = np.where(suppressed, "suppressed", "ok")
    inspections = pd.DataFrame({"urn": urn})
    for grade in domain.GRADES:
        inspections[grade] = drawn.choice([1.0, 2.0, 3.0, 4.0], size, p=[0.2, 0.65, 0.12, 0.03])
        inspections[f"{grade}_status"] = "ok"
    return schools, results, inspections


def tiled(table: pd.DataFrame, englands: int) -> pd.DataFrame:
    """Return a table laid beside itself, each copy with URNs of its own and, where it has places, a tile of its own."""
    copy = np.repeat(np.arange(englands), len(table))
    table = table.take(np.tile(np.arange(len(table)), englands)).reset_index(drop=True)
    for column in table.columns[table.columns.str.contains("urn")]:
        table[column] = table[column] + copy * 100_000
    if "easting" in table:
        columns = int(np.ceil(np.sqrt(englands)))
        # Further apart than any radius, so that no school has a partner in another England.
        table["easting"] = table["easting"] + (copy % columns) * (EXTENT_M[0] + 100_000)
        table["northing"] = table["northing"] + (copy // columns) * (EXTENT_M[1] + 100_000)
    return table


def cost(englands: int) -> Cost:
    """Classify and match so many Englands and return what it took, without what it took to lay them out."""
    drawn, seconds = np.random.default_rng(1), 0.0
    schools_in_all = conditions = pairs = 0
    curve = {miles: miles * domain.METRES_PER_MILE for miles in CURVE_MILES}
    for phase in domain.PHASES:
        schools, results, inspections = (tiled(table, englands) for table in england(phase, drawn))
        begun = time.process_time()
        tests, derived = classify.rules_of(phase, METHOD["criteria"], METHOD["derived"])
        measured = classify.measures(schools, results, inspections, NO_DESIGNATIONS, derived)
        evaluated = classify.classify(measured, tests)
        table = classify.group_table(classify.OfPhase(phase, measured, results, tests, derived, evaluated), GROUP_OF)
        conditions_step.criteria_table(measured, evaluated, GROUP_OF)
        conditions += sum(len(part) for part in conditions_step.conditions_in_parts(measured, evaluated))
        classified = pd.concat([measured[["urn", "easting", "northing"]], table], axis=1)
        partners, _, _ = match.match(classified, RADIUS_MILES[phase] * domain.METRES_PER_MILE, curve)
        seconds += time.process_time() - begun
        schools_in_all, pairs = schools_in_all + len(schools), pairs + len(partners)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(englands, schools_in_all, conditions, pairs, seconds, peak_mb)


def measured(englands: int) -> Cost:
    """Return `cost` in a process of its own, whose peak memory is that of this size alone."""
    done = subprocess.run([sys.executable, __file__, "--one", str(englands)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{englands} Englands ended with {done.returncode}: {done.stderr[-2000:]}")
    return Cost(**json.loads(done.stdout))


def faults(costs: list[Cost], factor: float, most_gb: float) -> list[str]:
    """Return a sentence for each size that grows faster than the ones before it, or takes too much memory."""
    found = []
    for place, one in enumerate(costs):
        least = min((c.seconds / c.englands for c in costs[:place]), default=None)
        each = one.seconds / one.englands
        if least is not None and each > factor * least:
            found.append(f"{one.englands} Englands take {each:.2f} s each, {each / least:.2f} times as long as fewer")
        if one.peak_mb >= most_gb * 1024:
            found.append(f"{one.englands} Englands take {one.peak_mb / 1024:.1f} GB, of at most {most_gb:g}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--englands", type=int, nargs="+", default=[1, 10, 100], help="sizes, smallest first")
    parser.add_argument("--factor", type=float, default=1.6, help="by which an England may take longer among many")
    parser.add_argument("--most-gb", type=float, default=8, help="peak memory that no size may reach")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(cost(options.one))))
        return 0
    print("Englands    schools  conditions      pairs  seconds  s/England  peak MB")
    costs = []
    for englands in options.englands:
        one = measured(englands)
        costs.append(one)
        print(
            f"{one.englands:8} {one.schools:10,} {one.conditions:11,} {one.pairs:10,} {one.seconds:8.1f} "
            f"{one.seconds / one.englands:10.2f} {one.peak_mb:8,.0f}",
            flush=True,
        )
    problems = faults(costs, options.factor, options.most_gb)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
