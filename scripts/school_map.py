"""The interactive map: one HTML file with Bokeh inside, which opens from disk and asks the network for nothing.

Inputs: classified/schools, matched/partners and reach, aggregated/{regions,local_authorities,constituencies},
summary.json; boundaries as GeoJSON where the release supplies them; the page's template, style sheet and script.
Output: report/map.html.
Python works out everything that does not depend on what the reader chooses: figures, positions, outlines, class
limits, colours. The script in the page (report/map.js) only picks and paints.
A school is named, and its URN given, only where `name_schools` says so.
"""

import json
import math
import re
from pathlib import Path

import contourpy
import jinja2
import numpy as np
import pandas as pd
from bokeh.core.properties import value as constant
from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, Label, PanTool, Plot, Range1d, Text, Toolbar, WheelZoomTool
from bokeh.models.glyphs import Circle, MultiPolygons, Scatter, Segment
from bokeh.resources import Resources
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

import aggregate
from lib import palette, run_step, schemas, tables
from lib import words as sentences
from lib.domain import METRES_PER_MILE
from lib.run_step import UserError

# Levels of area: id, what one is called, what several are called, the words of schemas.areas, the column of the
# schools' table whose value names the area, the column of the area's table that holds the same value.
LEVELS = {
    "region": ("Region", "regions", "region", "region", "area"),
    "local_authority": ("Local authority", "local authorities", "local authority", "la_code", "area_code"),
    "constituency": ("Constituency", "constituencies", "constituency", "constituency", "area"),
}

# The measures that the reader chooses from. `kind`: ratio (a diverging scale about 1), share or number (a sequential
# one). `hue`: the group whose colour darkens with the measure. `head`: head of the table's column. `areas`, `schools`:
# what the legend says of it in the views by area and by school, with the words of KINDS.
MEASURES = [
    {
        "id": "high_performing_per_in_need",
        "label": "High-performing schools per school in need",
        "head": "Ratio",
        "kind": "ratio",
        "hue": "high_performing",
        "areas": "Blue is good: at least as many {high_performing} as {in_need}. Orange: fewer.",
        "schools": "Every school by its group.",
    },
    {
        "id": "share_in_need",
        "label": "Share of schools in need",
        "head": "Share in need",
        "kind": "share",
        "hue": "in_need",
        "areas": "A fainter colour is good: a smaller share of {in_need}.",
        "schools": "{In_need} stand out.",
    },
    {
        "id": "share_high_performing",
        "label": "Share of schools that are high-performing",
        "head": "Share high-performing",
        "kind": "share",
        "hue": "high_performing",
        "areas": "A stronger colour is good: a larger share of {high_performing}.",
        "schools": "{High_performing} stand out.",
    },
    {
        "id": "median_partners",
        "label": "Median number of partners",
        "head": "Median partners",
        "kind": "number",
        "hue": "high_performing",
        "areas": "A stronger colour is good: more {high_performing} within the radius of the middle school in need.",
        "schools": "{In_need} by their number of partners. A stronger colour is good: more partners.",
    },
    {
        "id": "share_in_need_without_partner",
        "label": "Schools in need without a partner",
        "head": "Without a partner",
        "kind": "share",
        "hue": "in_need",
        "areas": "A fainter colour is good: fewer of the {in_need} have no partner within the radius.",
        "schools": "{In_need} without a partner stand out.",
    },
]
KINDS = {"high_performing": "high-performing schools", "in_need": "schools in need"}
KNOWN_KINDS = {"high_performing": "schools known to be high-performing", "in_need": "schools known to be in need"}
# Where a group is known in part only, the balance of the two groups says more about the files than about schools, so
# the map opens on a measure of one group.
FIRST_MEASURE, FIRST_MEASURE_IN_PART = MEASURES[0]["id"], "share_in_need"
RATIO_LIMITS = [0.25, 0.5, 1, 2, 4]  # as many below 1 as above, each twice the one before
CLASSES = 5  # of a sequential scale
FACE = "system-ui, sans-serif"

FIGURES = (
    "schools",
    "high_performing",
    "in_need",
    "both",
    "neither",
    "not_assessable",
    "share_high_performing",
    "share_in_need",
    "high_performing_per_in_need",
    "median_partners",
    "in_need_with_coordinates",
    "in_need_without_coordinates",
    "high_performing_without_coordinates",
    "in_need_without_partner",
    "share_in_need_without_partner",
    "median_nearest_m",
)
GROUP_CODES = {"neither": 0, "not_assessable": 1, "high_performing": 2, "in_need": 3}

# Land is drawn around the schools themselves, since a release need not bring boundaries: all that lies within REACH of
# a school, drawn back by INSET, which closes the gaps between villages and leaves the coast near where it is.
CELL_M, REACH_M, INSET_M = 2500, 13_000, 9_500
SNAP_M = 100  # outlines are kept to this; at the size of a screen no difference is to be seen


# ---------------------------------------------------------------- figures and schools


def plain(value):
    """A value as JSON has it: unknown as None, whole numbers as such, others to six decimals."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, str):
        return value
    number = round(float(value), 6)
    return int(number) if number.is_integer() else number


def plain_list(values):
    """Return a column as a list of plain values."""
    return [plain(value) for value in values]


def area_figures(areas, schools, level):
    """Return the areas of one level and phase as columns: key, name, region, x, y (metres) and FIGURES.

    `areas`: schemas.areas of one phase. `schools`: classified/schools of the phase. An area stands at the mean of its
    schools' coordinates; x and y are None where none of them has any.
    """
    _, _, _, of_school, of_area = LEVELS[level]
    areas = areas.sort_values(["area", "area_code"], na_position="first")
    centres = schools.dropna(subset=["easting", "northing"]).groupby(of_school)[["easting", "northing"]].mean().round()
    centres = centres.reindex(areas[of_area])  # schools of which the register does not state the area have no centre
    columns = {"key": areas[of_area], "name": areas["area"], "region": areas["region"]}
    columns |= {"x": centres["easting"], "y": centres["northing"]}
    columns |= {name: areas[name] for name in FIGURES}
    return {name: plain_list(values) for name, values in columns.items()}


def england_figures(summary):
    """Return the figures of one phase of summary.json, by the names that areas have, with what follows from them."""
    figures = {name: plain(summary.get(name)) for name in FIGURES}
    in_need, without = figures["in_need"], figures["in_need_without_partner"]
    figures["high_performing_per_in_need"] = plain(figures["high_performing"] / in_need) if in_need else None
    placed = in_need - figures["in_need_without_coordinates"]
    figures["in_need_with_coordinates"] = placed
    figures["share_in_need_without_partner"] = plain(without / placed) if placed else None
    return figures


def school_columns(schools, levels, named):
    """Return the schools of one phase as columns: x, y (metres), group, both, and for each level the area's position.

    `levels`: {level: columns of area_figures}. With `named`, name and urn as well. Sorted by urn.
    """
    schools = schools.sort_values("urn")
    columns = {
        "x": plain_list(schools["easting"]),
        "y": plain_list(schools["northing"]),
        "group": [GROUP_CODES[group] for group in schools["group"]],
        "both": [i for i, both in enumerate(schools["both"].fillna(False)) if both],
    }
    for level, areas in levels.items():
        place = {key: i for i, key in enumerate(areas["key"])}
        keys = schools[LEVELS[level][3]].fillna(aggregate.NOT_STATED)
        columns[level] = [place.get(plain(key), -1) for key in keys]
    if named:
        columns["name"] = plain_list(schools["name"])
        columns["urn"] = plain_list(schools["urn"])
    return columns


def need_columns(schools, partners, reach):
    """Return the schools in need of one phase as columns, with their partners.

    Columns: `school` (position in school_columns), `number` (position within the authority, from 1: what a school is
    called where none is named), `start` (where its partners begin in the lists below; one entry more at the end),
    `placed` (whether it has coordinates), `nearest` (metres, to the nearest high-performing school however far).
    Lists over all pairs: `partner` (position in school_columns), `distance` (metres), nearest first.
    """
    schools = schools.sort_values("urn").reset_index(drop=True)
    place = pd.Series(schools.index, index=schools["urn"])
    needing = schools[schools["group"] == "in_need"]
    nearest = reach.set_index("urn")["nearest_m"].reindex(needing["urn"])
    pairs = partners[partners["urn"].isin(needing["urn"])].sort_values(["urn", "distance_m", "partner_urn"])
    counts = pairs.groupby("urn").size().reindex(needing["urn"], fill_value=0)
    return {
        "school": needing.index.tolist(),
        "number": (needing.groupby("la_code").cumcount() + 1).tolist(),
        "placed": needing["urn"].isin(reach["urn"]).astype(int).tolist(),
        "nearest": [None if pd.isna(m) else round(m) for m in nearest],
        "start": [0, *np.cumsum(counts.to_numpy(dtype=int)).tolist()],
        "partner": place.reindex(pairs["partner_urn"]).tolist(),
        "distance": [round(m) for m in pairs["distance_m"]],
    }


# ---------------------------------------------------------------- scales


def share_limits(shares):
    """Return the upper limits of all classes but the last, which is open.

    Equal steps of 1, 2, 2.5 or 5 times a power of ten, such that nineteen areas in twenty lie within five steps: one
    far-off area does not take up the scale. `shares`: what the areas have; unknown ones are passed over.
    """
    known = [share for share in shares if share is not None]
    top = max(float(np.quantile(known, 0.95)), max(known) / 4) if known else 0
    if top == 0:
        top = 1.0
    power = 10.0 ** math.floor(math.log10(top / CLASSES))
    width = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * CLASSES >= top * (1 - 1e-9))
    return [round(width * i, 6) for i in range(1, CLASSES)]


def number_limits(numbers):
    """Return limits as `share_limits` does, for numbers of partners, which are far from evenly spread.

    Four in a row of 1, 2, 5, 10, 20, 50 …, the last not above what nine areas in ten stay below, but 10 at least.
    """
    known = [number for number in numbers if number is not None]
    top = float(np.quantile(known, 0.9)) if known else 0
    row = [factor * 10**power for power in range(6) for factor in (1, 2, 5)]
    last = max(3, sum(number <= top for number in row) - 1)
    return row[last - CLASSES + 2 : last + 1]


def scale_limits(levels):
    """Return {measure: class limits}. `levels`: {level: columns of area_figures} of one phase.

    Shares and numbers take theirs from local authorities, so that they stay the same from level to level.
    """
    limits_of = {"ratio": lambda _: RATIO_LIMITS, "share": share_limits, "number": number_limits}
    authorities = levels["local_authority"]
    return {measure["id"]: limits_of[measure["kind"]](authorities[measure["id"]]) for measure in MEASURES}


def mix(colour, ground, weight):
    """Return the colour that lies `weight` (0 to 1) of the way from `ground` to `colour`, all as #rrggbb.

    Mixed in Oklab (Ottosson 2020), where equal steps look equal.
    """

    def to_lab(text):
        rgb = np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return TO_LAB @ np.cbrt(TO_LMS @ linear)

    lab = weight * to_lab(colour) + (1 - weight) * to_lab(ground)
    linear = np.linalg.inv(TO_LMS) @ (np.linalg.inv(TO_LAB) @ lab) ** 3
    linear = np.clip(linear, 0, 1)
    rgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(part) * 255):02x}" for part in rgb)


TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def colours():
    """Return {scheme: colours}: the groups', the ground's, `edges` that stand out from it, the classes of each scale.

    Under `on`: the colour of what is written on each fill.
    """
    found = {}
    for i, (scheme, ground) in enumerate(GROUNDS.items(), start=1):
        groups = {group: words_and_colours[i].lower() for group, words_and_colours in palette.GROUPS.items()}
        high, need, land = groups["high_performing"], groups["in_need"], ground["land"]
        low_to_high = (0.16, 0.36, 0.57, 0.78, 1.0)
        scales = {
            "high_performing": [mix(high, land, strength) for strength in low_to_high],
            "in_need": [mix(need, land, strength) for strength in low_to_high],
            "ratio": [mix(need, land, s) for s in (1.0, 0.6, 0.25)] + [mix(high, land, s) for s in (0.25, 0.6, 1.0)],
        }
        edges = {"high_performing": mix(high, ground["ink"], 0.85), "in_need": mix(need, ground["ink"], 0.75)}
        found[scheme] = {**groups, **ground, "edges": edges, "scales": scales}
    fills = {fill for own in found.values() for scale in own["scales"].values() for fill in scale}
    found["on"] = {fill: readable_on(fill) for fill in sorted(fills)}
    return found


def luminance(colour):
    """Return the relative luminance of #rrggbb, 0 to 1, as WCAG 2 defines it."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


def readable_on(fill):
    """Return black or white, whichever has the greater contrast to `fill`."""
    return "#000000" if luminance(fill) > 0.179 else "#ffffff"


# Each scheme's colours that are not a group's: what lies under the bubbles and what is written on it.
GROUNDS = {
    "light": {"sea": "#eef1f4", "land": "#ffffff", "border": "#b4bdc6", "ink": "#1b1f24"},
    "dark": {"sea": "#12161b", "land": "#20262d", "border": "#4d5863", "ink": "#eef1f4"},
}


# ---------------------------------------------------------------- outlines


def outlines(schools):
    """Return (land, {region: its part}) drawn around the schools, as polygons.

    A polygon is a list of rings, the outer one first, then holes; a ring is a list of [x, y]. `schools`: region,
    easting, northing (metres). Between two regions the line runs midway between their nearest schools. These are no
    official boundaries. Empty without coordinates.
    """
    placed = schools.dropna(subset=["easting", "northing"])
    if placed.empty:
        return [], {}
    points = placed[["easting", "northing"]].to_numpy(dtype=float)
    low = np.floor((points.min(axis=0) - 2 * REACH_M) / CELL_M) * CELL_M
    high = points.max(axis=0) + 2 * REACH_M
    xs, ys = (np.arange(low[i], high[i] + CELL_M, CELL_M) for i in (0, 1))
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    to_region = {
        region: cKDTree(own[["easting", "northing"]].to_numpy(dtype=float)).query(grid)[0]
        for region, own in placed.groupby("region", sort=True)
    }
    nearest = np.min(list(to_region.values()), axis=0)
    # Signed distance to the edge of what lies within reach, less the inset: above zero is land.
    land = distance_transform_edt(nearest < REACH_M) * CELL_M - INSET_M

    def polygons(field):
        filled = contourpy.contour_generator(xs, ys, field, fill_type=contourpy.FillType.OuterOffset).filled(0, np.inf)
        rings = [[snapped(ring) for ring in np.split(outer, ends[1:-1])] for outer, ends in zip(*filled, strict=True)]
        return [[ring for ring in polygon if ring] for polygon in rings if polygon[0]]

    parts = {}
    for region, own in to_region.items():
        others = [distance for name, distance in to_region.items() if name != region]
        parts[region] = polygons(np.minimum(land, (np.min(others, axis=0) - own) / 2) if others else land)
    return polygons(land), parts


def snapped(ring):
    """Return a ring of coordinates as whole metres on a grid of SNAP_M, without repeats; empty if nothing is left."""
    points = (np.round(np.asarray(ring, dtype=float)[:, :2] / SNAP_M) * SNAP_M).astype(int)
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = (points[1:] != points[:-1]).any(axis=1)
    points = points[keep]
    return points.tolist() if len(np.unique(points, axis=0)) > 2 else []


def boundary_shapes(collections, names, areas):
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
            by_word = {folded(word): key for key, name in keys.items() for word in (key, name)}
            own = {}
            for row, feature in enumerate(features, start=1):
                properties = feature.get("properties") or {}
                words = [folded(properties[name]) for name in names if properties.get(name) is not None]
                key = next((by_word[word] for word in words if word in by_word), None)
                if key is not None:
                    own.setdefault(key, []).extend(polygons_of(feature.get("geometry"), file, row))
            matched[level] = own
        level = max(matched, key=lambda name: len(matched[name]))
        if not matched[level]:
            first = ", ".join(sorted(features[0].get("properties") or {})) or "none"
            raise UserError(
                f"{file}: no feature's {' or '.join(names)} is the name of a region, local authority or constituency "
                f"of this release. Properties of the first feature: {first}. Name the right one in the layout."
            )
        found.setdefault(level, {}).update(matched[level])
    return found


def folded(word):
    """Return a name as it is compared: lower case, `&` as `and`, without punctuation and double spaces."""
    return " ".join(re.sub(r"[^\w ]", " ", str(word).casefold().replace("&", " and ")).split())


def polygons_of(geometry, file, row):
    """Return the polygons of a GeoJSON geometry in whole metres. Raises UserError for other geometries or degrees."""
    kind = (geometry or {}).get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise UserError(f"{file}: feature {row}: geometry is {kind}; an area needs a Polygon or MultiPolygon.")
    polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    if all(abs(x) <= 180 and abs(y) <= 90 for polygon in polygons for ring in polygon for x, y, *_ in ring):
        raise UserError(
            f"{file}: feature {row}: coordinates are degrees. The map is drawn on the British National Grid: export "
            "the boundaries in EPSG:27700."
        )
    cut = [[ring for ring in map(snapped, polygon) if ring] for polygon in polygons]
    return [polygon for polygon in cut if polygon]


# ---------------------------------------------------------------- the page


def map_data(schools, partners, reach, areas, summary, named, criteria=None, shapes=None):
    """Return all that the page's script needs, as plain JSON; a phase without schools is None.

    Arguments as `page` takes them. `named`, `criteria`: of its facts. `shapes`: of boundary_shapes, or None.
    """
    group_of = {name: criterion["group"] for name, criterion in (criteria or {}).items()}
    phases = {}
    for phase in schemas.PHASE:
        own = schools[schools["phase"] == phase]
        if own.empty or phase not in summary["phases"]:
            phases[phase] = None
            continue
        levels = {level: area_figures(table[table["phase"] == phase], own, level) for level, table in areas.items()}
        miles = summary["radius_miles"][phase]
        counts = summary["phases"][phase]["criteria"]
        phases[phase] = {
            **incomplete_words(phase, counts, group_of),
            "radius_miles": plain(miles),
            "radius_m": round(miles * METRES_PER_MILE, 3),
            "england": england_figures(summary["phases"][phase]),
            "levels": levels,
            "limits": scale_limits(levels),
            "schools": school_columns(own, levels, named),
            "need": need_columns(own, partners[partners["phase"] == phase], reach[reach["phase"] == phase]),
        }
    return {
        "named": named,
        "phases": phases,
        "levels": {level: {"one": words[0], "many": words[1]} for level, words in LEVELS.items()},
        "measures": [{name: measure[name] for name in ("id", "label", "head", "kind", "hue")} for measure in MEASURES],
        "first_measure": FIRST_MEASURE_IN_PART
        if any(own and own["incomplete"] for own in phases.values())
        else FIRST_MEASURE,
        "shapes": shapes or {},
        "colours": colours(),
    }


def incomplete_words(phase, counts, group_of):
    """Return what the map says of a phase in view of the criteria that could be assessed for none of its schools.

    `counts`: the phase's criteria in summary.json. `group_of`: {criterion: group}. Keys: `incomplete` (groups, in the
    order of KINDS), `band` (lines that stand on the map; empty where both groups are complete), `legend` ({measure:
    {areas, schools}}).
    """
    found = sentences.incomplete(counts, group_of)
    incomplete = [group for group in KINDS if group in found]
    lines = [f"{'and ' if i else 'Partial: not all '}{KINDS[group]}" for i, group in enumerate(incomplete)]
    words = {group: (KNOWN_KINDS if group in incomplete else KINDS)[group] for group in KINDS}
    words |= {sentences.capital(group): sentences.capital(text) for group, text in words.items()}
    legend = {
        measure["id"]: {view: measure[view].format(**words) for view in ("areas", "schools")} for measure in MEASURES
    }
    if incomplete:
        legend[FIRST_MEASURE]["areas"] = unfair(phase, counts, group_of)
    return {"incomplete": incomplete, "band": "\n".join(lines) + " are known" if lines else "", "legend": legend}


def unfair(phase, counts, group_of):
    """Say why the two groups of a phase are no fair balance. Arguments as `incomplete_words` takes them."""
    told, found = [], sentences.missing_of(counts, group_of)
    for group, kind in KINDS.items():
        missing, total = found.get(group, (0, 0))
        if missing:
            few = {1: "the one criterion", 2: "both criteria"}
            every = few.get(total, f"all {sentences.in_words(total)} criteria")
            some = f"{sentences.in_words(missing)} of the {sentences.in_words(total)} criteria"
            told.append(f"{every if missing == total else some} for {kind}")
    return f"Not a fair balance: {sentences.listing(told)} could not be assessed for any {phase} school."


def figure(land, regions, synthetic=False, incomplete=False):
    """Return the Bokeh plot: outlines, and the layers that the page's script fills. `land`, `regions`: of `outlines`.

    Layers, from the ground up: land, shapes, others, need, high (schools by group), areas (bubbles), circle, links,
    partners, school (what the chosen school has), labels, values. `synthetic`, `incomplete`: whether the map bears
    a band that says so; what is incomplete is for the script to say, since it is not the same in both phases.
    """
    plot = Plot(
        name="map",
        x_range=Range1d(0, 1, name="x_range"),
        y_range=Range1d(0, 1, name="y_range"),
        toolbar=Toolbar(logo=None),
        toolbar_location=None,
        sizing_mode="stretch_both",
        min_border=0,
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
        output_backend="webgl",
        lod_threshold=6000,
        lod_factor=4,
        lod_interval=150,
        lod_timeout=200,
        match_aspect=False,
    )
    pan, wheel = PanTool(name="pan"), WheelZoomTool(name="wheel", zoom_on_axis=False)
    plot.add_tools(pan, wheel)
    plot.toolbar.active_drag, plot.toolbar.active_scroll = pan, wheel

    def layer(name, glyph, **columns):
        source = ColumnDataSource(columns, name=f"{name}_data")
        plot.add_glyph(source, glyph, name=name, selection_glyph=None, nonselection_glyph=None)

    # The land as a whole lies beneath its regions, since between three of them a gap may be left.
    parts = [polygons for polygons in (land, *regions.values()) if polygons]
    columns = {"xs": xs_of(parts), "ys": ys_of(parts)}
    layer("land", MultiPolygons(xs="xs", ys="ys", line_width=1), **columns)
    layer("shapes", MultiPolygons(xs="xs", ys="ys", fill_color="fill", line_width=0.8), xs=[], ys=[], fill=[])
    layer("others", Scatter(x="x", y="y", size=3, line_color=None), x=[], y=[])
    diamond = {"marker": constant("diamond")}
    layer("need", Scatter(x="x", y="y", size=7, fill_color="fill", line_width=0.8, **diamond), x=[], y=[], fill=[])
    layer("high", Scatter(x="x", y="y", size=6, line_width=0.6), x=[], y=[])
    bubble = Scatter(x="x", y="y", size="size", fill_color="fill", line_color="line", line_width=1.2, fill_alpha=0.93)
    layer("areas", bubble, x=[], y=[], size=[], fill=[], line=[], area=[])
    layer("circle", Circle(x="x", y="y", radius="radius", fill_alpha=0.08, line_width=1.5), x=[], y=[], radius=[])
    layer("links", Segment(x0="x0", y0="y0", x1="x1", y1="y1", line_alpha=0.55), x0=[], y0=[], x1=[], y1=[])
    layer("partners", Scatter(x="x", y="y", size=9, line_width=1), x=[], y=[])
    layer("school", Scatter(x="x", y="y", size=15, line_width=1.5, **diamond), x=[], y=[])
    middle = {"text_align": constant("center"), "text_baseline": constant("middle")}
    small = {**middle, "text_font": constant(FACE), "text_font_size": constant("12px")}
    names = Text(x="x", y="y", text="text", x_offset="dx", y_offset="dy", **small)
    layer("labels", names, x=[], y=[], text=[], across=[], dx=[], dy=[])
    bold = {**small, "text_font_style": "bold"}
    layer("values", Text(x="x", y="y", text="text", text_color="colour", **bold), x=[], y=[], text=[], colour=[])
    corner = {
        "x": 8,
        "x_units": "screen",
        "y_units": "screen",
        "padding": 4,
        "text_font": FACE,
        "text_font_size": "13px",
    }
    if synthetic:
        plot.add_layout(Label(name="banner", text=sentences.SYNTHETIC, y=8, **corner))
    if incomplete:
        plot.add_layout(Label(name="band", text="", visible=False, y=40 if synthetic else 8, **corner))
    return plot


def xs_of(shapes):
    """The x coordinates of each shape's rings, as Bokeh's MultiPolygons takes them."""
    return [[[[point[0] for point in ring] for ring in polygon] for polygon in shape] for shape in shapes]


def ys_of(shapes):
    """The y coordinates of each shape's rings, as Bokeh's MultiPolygons takes them."""
    return [[[[point[1] for point in ring] for ring in polygon] for polygon in shape] for shape in shapes]


def plot_item(plot):
    """Return a plot as Bokeh's JSON item, its models numbered in the order in which they stand.

    Bokeh counts models from the start of the process, so the same plot made twice would differ.
    """
    item = json_item(plot)
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    numbers = {}
    for old in re.findall(r'"id":"(p\d+)"', text):
        numbers.setdefault(old, f"m{len(numbers)}")
    text = re.sub(r'"(p\d+)"', lambda found: f'"{numbers.get(found[1], found[1])}"', text)
    return json.loads(text)


def in_script(content):
    """Return content as JSON that can stand in a script element: nothing in it ends the element or opens a comment."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def bokeh_scripts():
    """Return Bokeh's own scripts, as text: the core and WebGL, without widgets and tables."""
    resources = Resources(mode="inline", components=["bokeh", "bokeh-gl"], minified=True, log_level="error")
    return [script.replace("</script", "<\\/script") for script in resources.js_raw]


def not_assessable_notices(summary, criteria):
    """Return {phase: sentence} for phases in which some criterion could be assessed for no school.

    `criteria`: {criterion: {label, group}}.
    """
    notices = {}
    for phase, own in summary["phases"].items():
        blind = sentences.lacking(own["criteria"])
        if blind:
            words = sentences.listing([f"“{criteria[name]['label']}”" for name in blind])
            rest = (
                "The groups rest on the other criteria alone"
                if len(blind) < len(own["criteria"])
                else "There is no other"
            )
            notices[phase] = (
                f"The {sentences.plural(len(blind), 'criterion', 'criteria')} {words} could not be assessed for any "
                f"{phase} school. {rest}: {sentences.number(own['not_assessable'])} of "
                f"{sentences.schools(own['schools'], phase)} could not be placed in a group."
            )
    return notices


def page(schools, partners, reach, areas, summary, facts, texts, collections=None, boundary_names=()):
    """Return the page as HTML.

    `schools`, `partners`, `reach`: classified/schools, matched/partners, matched/reach. `areas`: {level:
    schemas.areas}. `summary`: summary.json. `facts`: title (of the release), name_schools, criteria {criterion: {label,
    group}}. `texts`: template, house, style, script. `collections`, `boundary_names`: as `boundary_shapes` takes them.
    """
    names = {level: dict(zip(table[LEVELS[level][4]], table["area"], strict=True)) for level, table in areas.items()}
    shapes = boundary_shapes(collections or {}, boundary_names, names)
    data = map_data(schools, partners, reach, areas, summary, facts["name_schools"], facts["criteria"], shapes)
    incomplete = any(phase and phase["incomplete"] for phase in data["phases"].values())
    blocks = {"trim_blocks": True, "lstrip_blocks": True}
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, **blocks)
    return environment.from_string(texts["template"]).render(
        title=facts["title"],
        synthetic=summary["synthetic"],
        date=sentences.date(summary["reference_date"]),
        radius=radius_words(data),
        notices=not_assessable_notices(summary, facts["criteria"]),
        named=facts["name_schools"],
        shaped=bool(shapes),
        levels=LEVELS,
        measures=MEASURES,
        phases=data["phases"],
        missing_levels=missing_levels(data),
        group_colours=palette.css(),
        style=f"{texts['house']}\n{texts['style']}",
        schemes={scheme: data["colours"][scheme] for scheme in GROUNDS},
        script=texts["script"],
        bokeh=bokeh_scripts(),
        data=in_script(data),
        plot=in_script(plot_item(figure(*outlines(schools), summary["synthetic"], incomplete))),
    )


def radius_words(data):
    """Return the radius in words; both radii where the phases differ."""
    own = {phase: sentences.miles(its["radius_miles"]) for phase, its in data["phases"].items() if its}
    if len(set(own.values())) < 2:
        return next(iter(own.values()), "the radius")
    return " or ".join(f"{miles} ({phase})" for phase, miles in own.items())


def missing_levels(data):
    """Return {level: reason} for levels of which the release has no area in any phase."""
    present = [phase for phase in data["phases"].values() if phase]
    return {
        level: f"No choice of {words[1]}: the register of this release does not give them."
        for level, words in LEVELS.items()
        if not any(phase["levels"][level]["key"] for phase in present)
    }


def read_areas(path, level):
    """Read an aggregated table with its columns typed; codes as text."""
    return tables.conform(tables.read(path), schemas.areas(LEVELS[level][2]))


def read_boundaries(path):
    """Return a boundaries file as parsed JSON. Raises UserError where it is none."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise UserError(f"{Path(path).name}: not GeoJSON: {error}. Export the boundaries again.") from None


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    schools, partners, reach = (tables.read(files[name]) for name in ("schools", "partners", "reach"))
    named = [source["columns"]["area"]["column"] for source in params.boundaries.values()]
    html = page(
        schools,
        partners,
        reach,
        areas={level: read_areas(files[level], level) for level in LEVELS},
        summary=json.loads(Path(files.summary).read_text(encoding="utf-8")),
        facts={"title": params.title, "name_schools": params.name_schools, "criteria": params.criteria},
        texts={
            name: Path(files[name]).read_text(encoding="utf-8") for name in ("template", "house", "style", "script")
        },
        collections={Path(path).name: read_boundaries(path) for path in files.boundaries},
        boundary_names=[name for names in named for name in ([names] if isinstance(names, str) else names)],
    )
    Path(snakemake.output[0]).write_text(html, encoding="utf-8", newline="\n")


if "snakemake" in globals():
    run_step.run(main, snakemake)
