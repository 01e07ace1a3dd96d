"""Match each school in need with the high-performing schools of its phase within the radius.

Input: classified/schools. Outputs: matched/partners.csv (every pair), matched/reach.csv (one row a school in need
with coordinates), matched/radius_curve.csv (partners within each of a row of radii), matched/bounds.csv (one row a
school that is or may be in need: the fewest and the most partners) and bounds_missing_here.csv (the same where only
what the files at hand lack is unknown).
Distances are straight lines on the British National Grid. The radius is inclusive: a partner exactly on it counts.
Where the release has travel times (clean/travel), a pair that they have is within reach if it takes no more than so
many minutes, whatever its distance: from the school in need to the other or, without that, back. A pair that they lack
is judged by the radius. The curve and the nearest school are of straight lines in any case.
"""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from lib import bounds, run_step, schemas, tables
from lib.domain import METRES_PER_MILE, PHASES

OUTPUTS = {
    "partners": schemas.PARTNERS,
    "reach": schemas.REACH,
    "radius_curve": schemas.RADIUS_COUNTS,
    "bounds": schemas.REACH_BOUNDS,
    "bounds_missing_here": schemas.REACH_BOUNDS,
}
PLACE = ["easting", "northing"]
SLACK = 1e-9  # the tree may round; it is asked for a little more, and the exact comparison decides


def pairs_within(
    needing: np.ndarray, partners: np.ndarray, radius_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (i, j, distance_m) of every pair no further apart than `radius_m`, sorted by i, distance, j.

    `needing`, `partners`: integer coordinates in metres, shape (n, 2). Squared distances are whole numbers, so whether
    a pair lies within is decided exactly.
    """
    if len(needing) == 0 or len(partners) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    widest = radius_m * (1 + SLACK) + SLACK
    near = cKDTree(needing).sparse_distance_matrix(cKDTree(partners), widest, output_type="ndarray")
    i, j = near["i"], near["j"]
    squared = ((needing[i] - partners[j]) ** 2).sum(axis=1)
    within = squared <= radius_m**2
    i, j, distance = i[within], j[within], np.sqrt(squared[within])
    order = np.lexsort((j, distance, i))
    return i[order], j[order], distance[order]


class Travel:
    """Travel times between schools, and how many minutes are near enough."""

    def __init__(self, times: pd.DataFrame, most_minutes: float):
        """`times`: urn, partner_urn, minutes, from the first to the second; a pair once in each direction at most."""
        self.times, self.most_minutes = times, most_minutes

    def between(self, needing: np.ndarray, partners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (i, j, minutes) of every pair that has a time; `needing`, `partners`: URNs, each once."""
        of_way, taking = [], self.times["minutes"].to_numpy()
        for way in (("urn", "partner_urn"), ("partner_urn", "urn")):
            i, j = (pd.Index(u).get_indexer(self.times[end]) for u, end in zip((needing, partners), way, strict=True))
            both = (i >= 0) & (j >= 0)
            of_way.append((i[both], j[both], taking[both]))
        i, j, minutes = (np.concatenate(parts) for parts in zip(*of_way, strict=True))
        _, first = np.unique(i * len(partners) + j, return_index=True)  # where there are both ways, the one there
        return i[first], j[first], minutes[first]

    def judge(self, pairs: tuple, needing: pd.DataFrame, partners: pd.DataFrame) -> tuple:
        """Return (i, j, distance_m, minutes) of the pairs within reach, sorted as those of `pairs_within`; minutes NaN
        where the straight line decided.

        `pairs`: (i, j, distance_m) of those within the radius. `needing`, `partners`: urn, easting, northing.
        """
        i, j, minutes = self.between(needing["urn"].to_numpy(), partners["urn"].to_numpy())
        untimed = ~np.isin(pairs[0] * len(partners) + pairs[1], i * len(partners) + j)
        near = minutes <= self.most_minutes
        i, j, minutes = i[near], j[near], minutes[near]
        apart = needing[PLACE].to_numpy(dtype=np.int64)[i] - partners[PLACE].to_numpy(dtype=np.int64)[j]
        timed = (i, j, np.sqrt((apart**2).sum(axis=1)), minutes)
        by_line = (*(column[untimed] for column in pairs), np.full(untimed.sum(), np.nan))
        i, j, distance, minutes = (np.concatenate(parts) for parts in zip(by_line, timed, strict=True))
        order = np.lexsort((j, distance, i))
        return i[order], j[order], distance[order], minutes[order]


def match(
    schools: pd.DataFrame, radius_m: float, radii_m: dict[float, float], travel: Travel | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Match the schools of one phase. Returns schemas.PARTNERS, REACH, RADIUS_COUNTS, without `phase`.

    `schools`: urn, group, easting, northing. `radii_m`: {miles: metres}. Schools without coordinates are not matched.
    """
    placed = schools.dropna(subset=["easting", "northing"]).sort_values("urn")
    needing, high = placed[placed["group"] == "in_need"], placed[placed["group"] == "high_performing"]
    points, candidates = (these[PLACE].to_numpy(dtype=np.int64) for these in (needing, high))
    widest = max([radius_m, *radii_m.values()])
    i, j, distance = pairs_within(points, candidates, widest)
    within = distance <= radius_m
    near, urns, candidate_urns = (
        (i[within], j[within], distance[within]),
        needing["urn"].to_numpy(),
        high["urn"].to_numpy(),
    )
    minutes = None
    if travel:
        *near, minutes = travel.judge(near, needing, high)
    partners = pd.DataFrame(
        {"urn": urns[near[0]], "partner_urn": candidate_urns[near[1]], "distance_m": near[2].round(1)}
    )
    reach = pd.DataFrame({"urn": urns, "partners": np.bincount(near[0], minlength=len(urns))})
    if travel:
        partners["minutes"] = minutes
        reach["partners_by_time"] = np.bincount(near[0][~np.isnan(minutes)], minlength=len(urns))
    reach["nearest_m"] = cKDTree(candidates).query(points)[0].round(1) if len(high) and len(needing) else np.nan
    counts = [
        {"urn": urns, "radius_miles": miles, "partners": np.bincount(i[distance <= metres], minlength=len(urns))}
        for miles, metres in radii_m.items()
    ]
    curve = pd.concat([pd.DataFrame(of_radius) for of_radius in counts], ignore_index=True)
    return partners, reach, curve.astype({"radius_miles": "float64"}).sort_values(["urn", "radius_miles"])


def possible_sets(schools: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the schools with coordinates in the order of URN, and what groups each is certainly or possibly in.

    `schools`: urn, high_performing, in_need (with NA), easting, northing.
    """
    placed = schools.dropna(subset=PLACE).sort_values("urn", ignore_index=True)
    return placed, bounds.possible(placed)


def possible_pairs(
    placed: pd.DataFrame, needing: np.ndarray, able: np.ndarray, radius_m: float, travel: Travel | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places in `placed` of the two ends of every pair within reach. No school is its own partner.

    `placed`: urn, easting, northing. `needing`, `able`: the places, ascending, of those that may be in need, and help.
    """
    points = placed[PLACE].to_numpy(dtype=np.int64)
    near = pairs_within(points[needing], points[able], radius_m)
    if travel:
        near = travel.judge(near, placed.iloc[needing], placed.iloc[able])
    i, j = needing[near[0]], able[near[1]]
    return i[i != j], j[i != j]


def reach_bounds(schools: pd.DataFrame, radius_m: float, travel: Travel | None = None) -> pd.DataFrame:
    """Return schemas.REACH_BOUNDS of one phase, without `phase`: how few and how many partners each school can have.

    `schools`: urn, high_performing, in_need (with NA), easting, northing. No school is its own partner.
    """
    placed, sets = possible_sets(schools)
    points = placed[PLACE].to_numpy(dtype=np.int64)
    needing, able = (np.flatnonzero(sets[f"{name}_upper"]) for name in ("in_need", "high_performing"))
    surely = np.flatnonzero(sets["high_performing_lower"])
    at, j = possible_pairs(placed, needing, able, radius_m, travel)
    i = np.searchsorted(needing, at)
    certain = sets["high_performing_lower"].to_numpy()[j]
    nearest = _nearest(points, needing, able), _nearest(points, needing, surely)
    return pd.DataFrame(
        {
            "urn": placed["urn"].to_numpy()[needing],
            "in_need": sets["in_need_lower"].to_numpy()[needing],
            "partners_lower": np.bincount(i[certain], minlength=len(needing)),
            "partners_upper": np.bincount(i, minlength=len(needing)),
            "nearest_m_lower": nearest[0].round(1),
            "nearest_m_upper": nearest[1].round(1),
        }
    )


def _nearest(points, of, among):
    """The distance of each of `of` to the nearest other one of `among` (places of `points`); NaN without any."""
    if not len(of) or not len(among):
        return np.full(len(of), np.nan)
    distance, which = cKDTree(points[among]).query(points[of], k=[1, 2])
    itself = among[which[:, 0]] == of
    found = np.where(itself, distance[:, 1], distance[:, 0])
    return np.where(np.isfinite(found), found, np.nan)


def main(snakemake):
    schools, params = tables.read(snakemake.input.schools), snakemake.params
    times = tables.read(snakemake.input.travel[0]) if snakemake.input.travel else None
    made = {name: [] for name in OUTPUTS}
    for phase in PHASES:
        of_phase, radius_miles = schools[schools["phase"] == phase], params.radius_miles[phase]
        radius_m, radii, travel = radius_miles * METRES_PER_MILE, params.curve_miles, None
        if times is not None:
            travel = Travel(times, params.travel_minutes[phase])
            radii = sorted({*radii, radius_miles})  # what straight lines alone would give at the run's own radius
        found = match(of_phase, radius_m, {miles: miles * METRES_PER_MILE for miles in radii}, travel)
        extent = (reach_bounds(which, radius_m, travel) for which in (of_phase, bounds.missing_here(of_phase)))
        for name, table in zip(OUTPUTS, (*found, *extent), strict=True):
            made[name].append(table.assign(phase=phase))
    for name, schema in OUTPUTS.items():
        table, out = pd.concat(made[name], ignore_index=True), snakemake.output
        tables.write(table, schema, csv=out[name], parquet=out[f"{name}_parquet"])


if "snakemake" in globals():
    run_step.run(main, snakemake)
