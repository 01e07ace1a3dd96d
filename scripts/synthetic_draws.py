"""Draw from shares and percentiles: the means by which schools and results of the synthetic release are drawn.

Inputs: the tables in workflow/facts/ (real aggregates) and workflow/facts/synthetic_model.yaml (free parameters).

Same seed, same bytes, on any machine: every part draws from a stream of its own (PCG64); floats are combined by single
additions, multiplications, divisions and square roots, which IEEE 754 fixes, and rounded coarsely at the end; sums of
many are of whole numbers or exact (math.fsum). Matrix products and numpy's float sums would differ between processors.
"""

import json
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib import authorities as listed
from lib.yaml_files import PROJECT, read_yaml

FACTS = PROJECT / "workflow" / "facts"
# One stream of random numbers each. New parts are added at the end, so that the others stay as they are.
PARTS = (
    "authorities kinds places types history dates links others grades leadership ks2 ks4 ks2_earlier ks4_earlier "
    "outside designations inspections mess names "
    "rolls meals admissions genders faiths sixth_forms trusts"
).split()
GRADES = ("outstanding", "good", "requires_improvement", "inadequate")
MEASURES = {  # of attainment first, then of progress
    "primary": ("rwm_expected_pct", "reading_progress", "writing_progress", "maths_progress"),
    "secondary": ("attainment8", "progress8"),
}
YEARS_BEFORE = (0, 1, 2)
FIGURE = "figure"  # in a code column: no code, so the file prints the figure


@dataclass
class Facts:
    """The aggregate tables, and the model's free parameters."""

    authorities: pd.DataFrame
    squares: pd.DataFrame
    grades: pd.DataFrame
    results: dict
    model: dict


def load_facts() -> Facts:
    """Read the tables and parameters from workflow/facts/."""
    authorities, squares, grades = (
        pd.read_csv(FACTS / f"{name}.csv", dtype={"la_code": str})
        for name in ("schools_by_authority", "school_density_5km", "ofsted_grade_shares")
    )
    authorities["la_name"] = authorities["la_code"].map(listed.read()["name"])
    results = json.loads((FACTS / "results_model.json").read_text(encoding="utf-8"))
    model = read_yaml(FACTS / "synthetic_model.yaml")
    size, schools = model["constituency_schools"], authorities["primary"] + authorities["secondary"]
    authorities["constituencies"] = np.maximum(1, (schools + size // 2) // size)
    authorities["first_constituency"] = authorities["constituencies"].cumsum() - authorities["constituencies"]
    return Facts(authorities, squares, grades, results, model)


def streams(seed: int) -> dict[str, np.random.Generator]:
    """Return a stream of random numbers for each of PARTS."""
    return {
        part: np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(0, number))))
        for number, part in enumerate(PARTS)
    }


def follower_stream(seed: int, year: int) -> np.random.Generator:
    """Return the stream of random numbers of a year that follows another."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(1, year))))


def deal(rng: np.random.Generator, number: int, shares: dict, score: np.ndarray | None = None) -> np.ndarray:
    """Return an array of `number` keys of `shares`, as near to those shares as whole numbers allow, in random order.

    With `score` the first keys go to the highest scores. Which way a fraction is rounded is left to chance, so that
    many small deals add up to the shares.
    """
    keys, total = list(shares), math.fsum(shares.values())
    edges, sum_to_here, start = [0], 0.0, rng.random()
    for key in keys[:-1]:
        sum_to_here += shares[key]
        edges.append(min(number, int(sum_to_here / total * number + start)))
    dealt = np.repeat(np.arange(len(keys)), np.diff([*edges, number]))
    order = rng.permutation(number) if score is None else np.argsort(-score, kind="stable")
    out = np.empty(number, dtype=object)
    out[order] = np.array(keys, dtype=object)[dealt]
    return out


def pick(rng: np.random.Generator, number: int, share: float) -> np.ndarray:
    """Return a mask with that share of `number` true, in random order."""
    return deal(rng, number, {True: share, False: 1 - share}).astype(bool)


def lookup(values: dict[str, float], keys: np.ndarray) -> np.ndarray:
    """Return an array with the number that `values` has for each key, 0 where it has none."""
    return pd.Series(keys).map(values).fillna(0).to_numpy(dtype=float)


def half_up(values: np.ndarray, decimals: int = 0) -> np.ndarray:
    """Return values rounded to whole numbers of their last decimal, e.g. tenths."""
    return np.floor(values * 10**decimals + 0.5).astype(np.int64)


def decimals_of(model: dict, field: str) -> int:
    """Return how many decimals a results file prints of a field."""
    return 0 if field.endswith(("pct", "pupils")) else model["decimals"].get(field.split("_")[0], 0)
