"""Shapes of the map: land and regions drawn around the schools, boundaries from GeoJSON, areas as circles.

All coordinates are metres on the British National Grid. Polygons are lists of rings, the outer one first, then holes;
a ring is a list of [x, y].
"""

import re

import contourpy
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from lib.run_step import UserError

# Land is drawn around the schools themselves, since a release need not bring boundaries: all that lies within REACH of
# a school, drawn back by INSET, which closes the gaps between villages and leaves the coast near where it is.
CELL_M, REACH_M, INSET_M = 2500, 13_000, 9_500
SNAP_M = 100  # outlines are kept to this; at the size of a screen no difference is to be seen
# Areas moved apart: rounds in all, those in which each is pulled back to its place and how far, gap between two, and
# by how much two may come nearer to each other than they were.
ROUNDS, PULLED, PULL, GAP_M, FAR_M = 200, 120, 0.02, 600, 40_000


def outlines(schools: pd.DataFrame) -> tuple[list, dict[str, list]]:
    """Return (land, {region: its part}) as polygons drawn around `schools` (region, easting, northing).

    Between two regions the line runs midway between their nearest schools. These are no official boundaries. Empty
    without coordinates.
    """
    placed = schools.dropna(subset=["easting", "northing"])
    if placed.empty:
        return [], {}
    points = placed[["easting", "northing"]].to_numpy(dtype=float)
    low = np.floor((points.min(axis=0) - 2 * REACH_M) / CELL_M) * CELL_M
    xs, ys = (np.arange(low[i], points[:, i].max() + 2 * REACH_M + CELL_M, CELL_M) for i in (0, 1))
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    far = 2 * REACH_M  # beyond, no distance matters
    to_region = {
        region: np.minimum(cKDTree(points[rows]).query(grid, distance_upper_bound=far)[0], far)
        for region, rows in sorted(placed.reset_index(drop=True).groupby("region").indices.items())
    }
    within = np.min(list(to_region.values()), axis=0) < REACH_M
    # Distance to the edge of what lies within reach, less the inset: above zero is land.
    land = np.full(within.shape, -float(INSET_M))
    land[within] += cKDTree(grid[~within]).query(grid[within])[0]

    def polygons(field):
        filled = contourpy.contour_generator(xs, ys, field, fill_type=contourpy.FillType.OuterOffset).filled(0, np.inf)
        return _polygons(np.split(outer, ends[1:-1]) for outer, ends in zip(*filled, strict=True))

    parts = {}
    for region, own in to_region.items():
        others = [distance for name, distance in to_region.items() if name != region]
        parts[region] = polygons(np.minimum(land, (np.min(others, axis=0) - own) / 2) if others else land)
    return polygons(land), parts


def _polygons(polygons):
    """Return polygons snapped to SNAP_M as plain lists, without rings of which nothing is left."""
    cut = [[ring for ring in map(_snapped, rings) if ring] for rings in polygons]
    return [rings for rings in cut if rings]


def _snapped(ring):
    points = (np.round(np.asarray(ring, dtype=float)[:, :2] / SNAP_M) * SNAP_M).astype(int)
    keep = np.append(True, (points[1:] != points[:-1]).any(axis=1))
    points = points[keep]
    return points.tolist() if len(np.unique(points, axis=0)) > 2 else []


def in_snaps(shapes: list[list]) -> list[list]:
    """Return several areas' polygons in whole steps of SNAP_M, in place of metres: a quarter fewer digits."""
    return [
        [[[[x // SNAP_M, y // SNAP_M] for x, y in ring] for ring in rings] for rings in polygons] for polygons in shapes
    ]


def moved_apart(places: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return where circles of `radii` stand so that none covers another, each as near to its place as that goes.

    `places`: one row (x, y) a circle. Dorling (1996), Area Cartograms: those that overlap push each other away, the
    smaller further, and all are drawn back to their places until the last rounds.
    """
    moved = places.astype(float)
    if len(moved) < 2:
        return moved
    i, j = cKDTree(moved).query_pairs(2 * radii.max() + FAR_M, output_type="ndarray").T
    least = radii[i] + radii[j] + GAP_M
    share = radii[j] / (radii[i] + radii[j])
    for turn in range(ROUNDS):
        moved += (PULL if turn < PULLED else 0) * (places - moved)
        between = moved[i] - moved[j]
        distance = np.hypot(*between.T)
        between[distance == 0] = (1, 0)  # in one place: side by side
        push = np.maximum(least - distance, 0) / np.maximum(distance, 1) / 2
        for axis in (0, 1):
            way = between[:, axis] * push
            moved[:, axis] += np.bincount(i, way * share, len(moved)) - np.bincount(j, way * (1 - share), len(moved))
    return moved


def boundary_shapes(collections: dict[str, object], names: list[str], areas: dict[str, dict]) -> dict[str, dict]:
    """Return {level: {area key: polygons}} from GeoJSON feature collections in EPSG:27700.

    `collections`: {file name: parsed GeoJSON}. `names`: properties that may hold an area's name or code. `areas`:
    {level: {key: name}}. A file belongs to the level at which most of its features are found; features of other areas
    (Wales, say) are passed over.
    Raises UserError for what is no such collection, has degrees in place of metres, or matches no area.
    """
    found = {}
    for file, collection in collections.items():
        features = collection.get("features") if isinstance(collection, dict) else None
        if not isinstance(features, list) or not features:
            raise UserError(f"{file}: not a GeoJSON FeatureCollection with features. Export the boundaries as one.")
        matched = {}
        for level, keys in areas.items():
            by_word = {_folded(word): key for key, name in keys.items() for word in (key, name)}
            matched[level] = {}
            for row, feature in enumerate(features, start=1):
                properties = feature.get("properties") or {}
                words = [_folded(properties[name]) for name in names if properties.get(name) is not None]
                key = next((by_word[word] for word in words if word in by_word), None)
                if key is not None:
                    matched[level].setdefault(key, []).extend(_geometry(feature.get("geometry"), file, row))
        level = max(matched, key=lambda name: len(matched[name]))
        if not matched[level]:
            first = ", ".join(sorted(features[0].get("properties") or {})) or "none"
            raise UserError(
                f"{file}: no feature's {' or '.join(names)} is the name of a region, local authority or constituency "
                f"of this release. Properties of the first feature: {first}. Name the right one in the layout."
            )
        found.setdefault(level, {}).update(matched[level])
    return found


def _folded(word):
    """Return a name as it is compared: lower case, `&` as `and`, without punctuation and double spaces."""
    return " ".join(re.sub(r"[^\w ]", " ", str(word).casefold().replace("&", " and ")).split())


def _geometry(geometry, file, row):
    """Return the polygons of a GeoJSON geometry. Raises UserError for other geometries or degrees."""
    kind = (geometry or {}).get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise UserError(f"{file}: feature {row}: geometry is {kind}; an area needs a Polygon or MultiPolygon.")
    polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    if all(abs(x) <= 180 and abs(y) <= 90 for polygon in polygons for ring in polygon for x, y, *_ in ring):
        raise UserError(
            f"{file}: feature {row}: coordinates are degrees. The map is drawn on the British National Grid: export "
            "the boundaries in EPSG:27700."
        )
    return _polygons(polygons)
