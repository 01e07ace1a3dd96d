"""How far the unknown reaches: the least and the most that a count, a share or a quantile can be.

Every unknown may turn out either way, each school by itself. A bound holds however they do: it may be wider than need
be where schools hang together, never narrower.
"""

import numpy as np
import pandas as pd

# The least and the most of a set of schools, one column each: the school is in it for certain, or possibly.
SETS = ("high_performing", "in_need", "both", "neither")


def possible(schools: pd.DataFrame) -> pd.DataFrame:
    """Return for each of SETS the columns `{set}_lower` (certainly in it) and `{set}_upper` (possibly), as booleans.

    `schools`: high_performing, in_need as boolean with NA. A school that meets both groups' criteria is in need.
    """
    high, need = (schools[name].astype("boolean") for name in ("high_performing", "in_need"))
    certain = {name: flag.fillna(False).astype(bool) for name, flag in (("high", high), ("need", need))}
    maybe = {name: flag.fillna(True).astype(bool) for name, flag in (("high", high), ("need", need))}
    return pd.DataFrame(
        {
            "high_performing_lower": certain["high"] & ~maybe["need"],
            "high_performing_upper": maybe["high"] & ~certain["need"],
            "in_need_lower": certain["need"],
            "in_need_upper": maybe["need"],
            "both_lower": certain["high"] & certain["need"],
            "both_upper": maybe["high"] & maybe["need"],
            "neither_lower": ~maybe["high"] & ~maybe["need"],
            "neither_upper": ~certain["high"] & ~certain["need"],
        }
    )


def missing_here(schools: pd.DataFrame) -> pd.DataFrame:
    """Return the schools with only those groups unknown that are so because the files at hand lack what was published.

    What nobody could assess counts as not met, as in a published count. `schools`: classified/schools.
    """
    known = {}
    for name in ("high_performing", "in_need"):
        nobody = schools[name].isna() & ~schools[f"{name}_missing_here"].astype(bool)
        known[name] = schools[name].astype("boolean").mask(nobody, False)
    return schools.assign(**known)


def quantile(values: np.ndarray, part: float) -> float:
    """Return a quantile of sorted values, interpolated linearly as numpy does by default; infinite for none."""
    if not len(values):
        return np.inf
    place = part * (len(values) - 1)
    below = int(place)
    if below == place or values[below] == values[below + 1]:
        return float(values[below])
    return float(values[below] + (values[below + 1] - values[below]) * (place - below))


def least_quantile(certain: np.ndarray, maybe: np.ndarray, part: float) -> float:
    """Return the least that a quantile can be of the values `certain`, to which any of `maybe` may come; NaN for none.

    The smallest of `maybe` that lie below the quantile draw it down, one after the other; the others would lift it.
    """
    certain, maybe = np.sort(certain), np.sort(maybe)
    low, high = 0, len(maybe)
    while low < high:  # how many of the smallest draw it down
        middle = (low + high) // 2
        with_them = np.sort(np.concatenate([certain, maybe[:middle]]))
        if maybe[middle] < quantile(with_them, part):
            low = middle + 1
        else:
            high = middle
    found = quantile(np.sort(np.concatenate([certain, maybe[:low]])), part)
    return found if np.isfinite(found) else np.nan


def quantile_bounds(lower: np.ndarray, upper: np.ndarray, certain: np.ndarray, part: float) -> tuple[float, float]:
    """Return the least and the most that a quantile can be; NaN where there is none, or no end.

    `lower`, `upper`: the least and the most that each value can be. `certain`: whether it is among the values at all.
    """
    least = least_quantile(lower[certain], lower[~certain], part)
    return least, 0.0 - least_quantile(-upper[certain], -upper[~certain], 1 - part)
