"""How far the unknown reaches: the least and the most that a count, a share or a quantile can be.

Every unknown may turn out either way, each school by itself. A bound holds however they do: it may be wider than need
be where schools hang together, never narrower.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.domain import CRITERION_GROUPS


def possible(schools: pd.DataFrame) -> pd.DataFrame:
    """Return whether each school is certainly (`_lower`), possibly (`_upper`) high-performing, in need, both, neither.

    `schools`: high_performing, in_need as boolean with NA. A school that meets both groups' criteria is in need.
    """
    high, need = (schools[name].astype("boolean") for name in CRITERION_GROUPS)
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
    for name in CRITERION_GROUPS:
        nobody = schools[name].isna() & ~schools[f"{name}_missing_here"].astype(bool)
        known[name] = schools[name].astype("boolean").mask(nobody, False)
    neither = (~known["high_performing"] & ~known["in_need"]).fillna(False)
    group = schools["group"].mask(neither, "neither")
    return schools.assign(**known, both=known["high_performing"] & known["in_need"], group=group)


def _of_rank(certain, maybe, taken, rank):
    """The value of each rank, from 0, among `certain` and the first `taken` of `maybe`; both sorted."""
    ahead = np.append(np.searchsorted(maybe, certain), len(maybe))  # of `maybe` before each of `certain`
    certain, maybe = (np.append(values, np.inf) for values in (certain, maybe))
    low, high = np.zeros_like(rank), np.full_like(rank, len(certain) - 1)
    while (low < high).any():  # how many of `certain` come before that rank, for all at once
        middle = (low + high) // 2
        before = (low < high) & (middle + np.minimum(ahead[middle], taken) < rank)
        low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
    other = np.where(rank - low < taken, maybe[np.minimum(rank - low, len(maybe) - 1)], np.inf)
    return np.minimum(certain[low], other)


def least_quantiles(certain: np.ndarray, maybe: np.ndarray, parts: Sequence[float]) -> np.ndarray:
    """Return the least that each quantile can be of the values `certain`, to which any of `maybe` may come; NaN: none.

    Interpolated linearly as numpy does by default. Of each number that may come the smallest give the least; since the
    place between two values moves with the number, one more may lift the quantile and two lower it: all are tried.
    """
    certain, maybe = (np.sort(values).astype(float) for values in (certain, maybe))
    taken = np.arange(len(maybe) + 1)[len(certain) == 0 :]
    if not len(taken):
        return np.full(len(parts), np.nan)
    place = np.asarray(parts)[:, None] * (len(certain) + taken - 1)
    below = place.astype(int)
    low, high = _of_rank(certain, maybe, taken, np.stack([below, np.ceil(place).astype(int)]))
    with np.errstate(invalid="ignore"):  # infinite less infinite
        found = np.where((low == high) | np.isinf(low), low, low + (high - low) * (place - below)).min(axis=1)
    return np.where(np.isfinite(found), found, np.nan)


def quantile_bounds(
    lower: np.ndarray, upper: np.ndarray, certain: np.ndarray, parts: Sequence[float]
) -> list[tuple[float, float]]:
    """Return the least and the most that each quantile can be; NaN where there is none, or no end.

    `lower`, `upper`: the least and the most that each value can be. `certain`: whether it is among the values at all.
    """
    least = least_quantiles(lower[certain], lower[~certain], parts)
    most = 0.0 - least_quantiles(-upper[certain], -upper[~certain], [1 - part for part in parts])
    return list(zip(least.tolist(), most.tolist(), strict=True))
