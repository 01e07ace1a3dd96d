"""Hold the best readings against what the study says of regions and of partners, which does not choose among them.

Every school counts as much as it is expected to belong to a group (lib/reading_answers.py), so that nothing is drawn.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from lib.domain import METRES_PER_MILE
from lib.reading_answers import EXPECTED, Schools, denominator_masks
from lib.readings import Reading

WITHIN = 1 + 1e-9  # distances are worked out from whole metres; what lies just on a radius is within it


def claims(
    axes: pd.Series,
    by_phase: dict[str, list[Schools]],
    tried: dict[str, list[Reading]],
    stated: dict,
    statistics: dict[str, dict],
) -> pd.DataFrame:
    """Return a row for each reading of both groups: the claims that it meets, the radii with the published medians.

    `axes`: each reading's place in (overlap, URNs, high-performing, in need, denominator). `statistics`: by id.
    Columns: each claim (true or false), `{phase}_regions` (with more high-performing schools than schools in need),
    `{phase}_radius_from` and `_to` (of the radii, those whose median is the published one once rounded), and
    `radius_from`, `radius_to` (of both phases).
    """
    stated_radii = stated["radii_miles"]
    radii = np.arange(1, round(stated_radii["to"] / stated_radii["step"]) + 1) * stated_radii["step"]
    out, more, greatest, regions = {}, {}, {}, {}
    for phase, rules in by_phase.items():
        high, need = weights(list(axes), rules, tried, stated, phase)
        schools = rules[0].measured
        regions[phase], place = np.unique(schools["region"].to_numpy(dtype=str), return_inverse=True)
        one_hot = np.eye(len(regions[phase]))[place]
        more[phase] = np.round(one_hot.T @ high, 6) > np.round(one_hot.T @ need, 6)
        out[f"{phase}_regions"] = more[phase].sum(axis=0)
        wanted = statistics[stated["published"]["partners"][phase]]["value"]
        points = schools[["easting", "northing"]].to_numpy(dtype=float)
        low, upper, medians = fitting(points, high, need, place, radii, wanted)
        out |= {f"{phase}_radius_from": low, f"{phase}_radius_to": upper}
        greatest[phase] = [
            regions[phase][of == np.nanmax(of)].tolist() if not np.isnan(of).all() else [] for of in medians
        ]
    low, upper = (
        reduce(np.stack([out[f"{phase}_radius_{end}"] for phase in by_phase]), axis=0)
        for end, reduce in (("from", np.max), ("to", np.min))
    )
    out |= {"radius_from": np.where(low <= upper, low, np.nan), "radius_to": np.where(low <= upper, upper, np.nan)}
    for name, claim in stated["published"]["claims"].items():
        out[name] = np.logical_and.reduce(
            [_holds(claim, more[p], greatest[p]) for p in claim["phases"] if p in by_phase]
        )
    return pd.DataFrame(out, index=axes.index)


def _holds(claim, more, greatest):
    if "greatest" in claim:
        return np.array([found == [claim["greatest"]] for found in greatest], dtype=bool)
    return more.all(axis=0) if claim["regions"] == "every" else more.sum(axis=0) * 2 > len(more)


def weights(
    axes: list[tuple], rules: list[Schools], tried: dict, stated: dict, phase: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much each school is expected to be high-performing, and in need: schools × readings each."""
    groups, left_out = ("high_performing", "in_need"), [o["left_out"] for o in stated["overlap"]["options"]]
    denominators, parts = stated["denominator"]["options"], stated["parts"]
    asked, masks = {}, [denominator_masks(schools, denominators, parts, phase) for schools in rules]
    for urns, schools in enumerate(rules):
        for which, group in enumerate(groups):
            places = sorted({one[2 + which] for one in axes if one[1] == urns})
            answers = schools.ask([tried[group][place].tests[phase] for place in places])
            asked |= {(group, urns, place): a[EXPECTED] for place, a in zip(places, answers, strict=True)}
    high, need = [], []
    for overlap, urns, h, k, denominator in axes:
        of_need, mask = asked["in_need", urns, k], masks[urns][denominator]
        high.append(asked["high_performing", urns, h] * mask * ((1 - of_need) if left_out[overlap] else 1))
        need.append(of_need * mask)
    return np.stack(high, axis=1), np.stack(need, axis=1)


def fitting(
    points: np.ndarray, high: np.ndarray, need: np.ndarray, place: np.ndarray, radii: np.ndarray, wanted: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (from, to, medians): of the radii, those between which the median of partners rounds to `wanted`.

    `points`: easting and northing, in metres, NaN for none. `high`, `need`: as of `weights`. `place`: each school's
    region. `medians`: readings × regions, within the first radius at which the median over all reaches `wanted`.
    """
    placed = ~np.isnan(points).any(axis=1)
    i, j = (np.flatnonzero(placed & (weight > 0).any(axis=1)) for weight in (need, high))
    count, regions = need.shape[1], place.max() + 1
    low, upper, medians = np.full(count, np.nan), np.full(count, np.nan), np.full((count, regions), np.nan)
    if not len(i) or not len(j):
        return low, upper, medians
    widest = radii[-1] * METRES_PER_MILE * WITHIN
    near = cKDTree(points[i]).sparse_distance_matrix(cKDTree(points[j]), widest, output_type="coo_matrix")
    other = i[near.row] != j[near.col]  # no school is its own partner
    rows, columns, distance = near.row[other], near.col[other], near.data[other]
    band = np.searchsorted(radii * METRES_PER_MILE * WITHIN, distance)
    partners, weight = np.zeros((len(i), count)), need[i]
    reached = np.zeros(count, dtype=bool)
    for at, radius in enumerate(radii):
        within = band == at
        step = coo_array((np.ones(within.sum()), (rows[within], columns[within])), shape=(len(i), len(j))).tocsr()
        partners += step @ high[j]
        counted = np.round(partners, 6)
        least, beyond = (_share_with(counted, weight, wanted + half) for half in (-0.5, 0.5))
        fits = (least >= 0.5) & (beyond < 0.5)
        low, upper = np.where(fits & np.isnan(low), radius, low), np.where(fits, radius, upper)
        new = ~reached & ((least >= 0.5) | (radius == radii[-1]))
        for one in np.flatnonzero(new):
            medians[one] = [
                weighted_median(counted[place[i] == region, one], weight[place[i] == region, one])
                for region in range(regions)
            ]
        reached |= new
    return low, upper, medians


def _share_with(partners, weight, number):
    """The share of schools in need that have at least so many partners."""
    return ((partners >= number) * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)


def weighted_median(values: np.ndarray, weight: np.ndarray) -> float:
    """Return the largest value that at least half of the weight reaches; NaN without any weight."""
    if weight.sum() <= 0:
        return np.nan
    order = np.argsort(-values, kind="stable")
    reached = np.cumsum(weight[order]) >= weight.sum() / 2
    return float(values[order][np.argmax(reached)])
