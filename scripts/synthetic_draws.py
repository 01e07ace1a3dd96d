"""Draw from shares, percentiles and correlations: what schools and results of the synthetic release are drawn by.

Inputs: the tables in workflow/facts/ (real aggregates) and workflow/facts/synthetic_model.yaml (free parameters).

Same seed, same bytes, on any machine: every part draws from a stream of its own (PCG64); floats are combined by single
additions, multiplications, divisions and square roots, which IEEE 754 fixes, and rounded coarsely at the end; sums of
many are of whole numbers or exact (math.fsum). Matrix products and numpy's float sums would differ between processors.
"""

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lib.yaml_files import read_yaml

FACTS = Path(__file__).resolve().parent.parent / "workflow" / "facts"
# One stream of random numbers each. New parts are added at the end, so that the others stay as they are.
PARTS = (
    "authorities kinds places types history dates links others grades leadership ks2 ks4 ks2_earlier ks4_earlier "
    "outside designations inspections mess names"
).split()
GRADES = ("outstanding", "good", "requires_improvement", "inadequate")
GRADE_NUMBER = {grade: 1 + number for number, grade in enumerate(GRADES)}
KEY_STAGE = {"primary": "ks2", "secondary": "ks4"}
MEASURES = {  # of attainment first, then of progress
    "primary": ("rwm_expected_pct", "reading_progress", "writing_progress", "maths_progress"),
    "secondary": ("attainment8", "progress8"),
}
COVERAGE = {f"{subject}_progress": f"{subject}_coverage_pct" for subject in ("reading", "writing", "maths")}
COVERAGE["progress8"] = "progress8_coverage_pct"
YEARS_BEFORE = (0, 1, 2)
FIGURE = "figure"  # in a code column: no code, so the file prints the figure
NO_DATE = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")


@dataclass
class Facts:
    """The aggregate tables, and the model's free parameters."""

    authorities: pd.DataFrame
    squares: pd.DataFrame
    grades: pd.DataFrame
    results: dict
    model: dict


def load_facts(folder: str | Path = FACTS) -> Facts:
    """Read the tables and parameters from workflow/facts/."""
    folder = Path(folder)

    def table(name):
        with open(folder / name, encoding="utf-8", newline="") as file:
            return pd.DataFrame(list(csv.DictReader(file)))

    authorities = table("local_authorities.csv").astype({"primary": int, "secondary": int})
    authorities = authorities.astype({"mean_easting": int, "mean_northing": int})
    squares = table("school_density_5km.csv")
    squares = squares.astype({c: int for c in squares.columns if c != "la_code"})
    grades = table("ofsted_grade_shares.csv").astype(dict.fromkeys(GRADES, float))
    results = json.loads((folder / "results_model.json").read_text(encoding="utf-8"))
    model = read_yaml(folder / "synthetic_model.yaml")
    size = model["constituency_schools"]
    authorities["constituencies"] = np.maximum(
        1, (authorities["primary"] + authorities["secondary"] + size // 2) // size
    )
    authorities["first_constituency"] = authorities["constituencies"].cumsum() - authorities["constituencies"]
    return Facts(authorities, squares, grades, results, model)


def streams(seed: int) -> dict[str, np.random.Generator]:
    """Return a stream of random numbers for each of PARTS."""
    return {
        part: np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(0, number))))
        for number, part in enumerate(PARTS)
    }


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


def months(rng: np.random.Generator, number: int, first_and_last: list[str]) -> np.ndarray:
    """Return the first days of `number` months drawn between two months, both included."""
    first, last = (np.datetime64(month, "M") for month in first_and_last)
    return (first + rng.integers(0, int((last - first).astype(int)) + 1, number)).astype("datetime64[D]")


def tuesdays(rng: np.random.Generator, number: int, first_and_last: list[str]) -> np.ndarray:
    """Return `number` Tuesdays between two days: inspections begin on school days."""
    first, last = (np.datetime64(day, "D") for day in first_and_last)
    days = first + rng.integers(0, int((last - first).astype(int)) + 1, number)
    return days - (days.astype(int) - 5) % 7  # day 5 of 1970 was a Tuesday


def half_up(values: np.ndarray, decimals: int = 0) -> np.ndarray:
    """Return values rounded to whole numbers of their last decimal, e.g. tenths."""
    return np.floor(values * 10**decimals + 0.5).astype(np.int64)


def cohorts(rng: np.random.Generator, number: int, deciles: list[float], ends: list[float]) -> np.ndarray:
    """Return cohort sizes from the 5th, 15th … 95th percentile, straight lines between them."""
    at = np.array([0.0, *[(5 + 10 * i) / 100 for i in range(len(deciles))], 1.0])
    size = np.array([ends[0], *deciles, ends[1]], dtype=float)
    u = (np.arange(number) + rng.random(number)) / max(number, 1)  # one in each of `number` equal slices
    i = np.clip(np.searchsorted(at, u, side="right") - 1, 0, len(at) - 2)
    return rng.permutation(half_up(size[i] + (u - at[i]) / (at[i + 1] - at[i]) * (size[i + 1] - size[i])))


def cholesky(matrix: list[list[float]]) -> list[list[float]]:
    """Return the lower triangle L with L·Lᵀ = matrix, worked out in plain floats."""
    size = len(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j]
            for k in range(j):
                rest -= lower[i][k] * lower[j][k]
            lower[i][j] = math.sqrt(rest) if i == j else rest / lower[j][j]
    return lower


def lookup(values: dict[str, float], keys: np.ndarray) -> np.ndarray:
    """Return an array with the number that `values` has for each key."""
    out = np.zeros(len(keys))
    for key, value in values.items():
        out[keys == key] = value
    return out


def standardised(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return values with mean 0 and standard deviation 1 within each group, so that small groups stay true to it."""
    out = values.copy()
    for group in sorted(set(groups)):
        own = groups == group
        number = int(own.sum())
        if number >= 30:  # fewer would be bent out of shape
            mean = math.fsum(values[own]) / number
            out[own] = (values[own] - mean) / math.sqrt(math.fsum((values[own] - mean) ** 2) / number)
    return out


def percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return whole percentages, halves rounded up; 0 of nothing is 0."""
    whole = np.maximum(whole, 1)
    return (200 * part + whole) // (2 * whole)


def decimals_of(model: dict, field: str) -> int:
    """Return how many decimals a results file prints of a field."""
    return 0 if field.endswith(("pct", "pupils")) else model["decimals"].get(field.split("_")[0], 0)


def phase_followed(establishments: pd.DataFrame) -> np.ndarray:
    """Return the phase whose shares a school follows: an all-through school goes with the secondaries."""
    return np.where(establishments["kind"].to_numpy() == "primary", "primary", "secondary")


def takes(establishments: pd.DataFrame, phase: str) -> np.ndarray:
    """Return which establishments have pupils at the end of the phase's key stage, if they are old enough."""
    kind, phase_of_education, high_age, role = (
        establishments[c].to_numpy() for c in ("kind", "phase", "high_age", "role")
    )
    of_role = (role == "school") | (role == "closed")
    middle = phase_of_education == "middle_deemed_secondary"
    if phase == "primary":
        return of_role & (((kind != "secondary") & (high_age >= 11)) | middle)
    return of_role & (kind != "primary") & ~middle
