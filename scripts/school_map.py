"""The interactive map: one HTML file with Bokeh inside, which opens from disk and asks the network for nothing.

Inputs: classified/schools, matched/partners, reach, bounds, likeness and pairing, caveats/caveats, summary.json,
aggregated/{england,regions,local_authorities,constituencies,pairing}; boundaries as GeoJSON where the release supplies
them; the page's template, style sheets and scripts.
Output: report/map.html.
Python works out everything that does not depend on what the reader chooses: tables, texts, positions, outlines, class
limits, legends. The scripts in the page (report/map*.js) only pick and paint.
A school is named, and its URN given, only where `name_schools` says so.
"""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from bokeh.embed import json_item

import map_pairs
import map_plot
import map_scales
import map_shapes
from lib import html_page, palette, run_step, shortlist, tables, words
from lib.area_columns import COLUMNS, NOT_STATED, AreaColumn, measurable
from lib.caveats import Caveats
from lib.domain import CRITERION_GROUPS, METRES_PER_MILE, PHASES
from lib.run_step import UserError
from map_pairs import Pairs, packed, whole
from map_scales import BOUNDS, MEASURES, bounds_of, printed, scale_name


@dataclass(frozen=True)
class Level:
    """A level of area. `one`, `many`: what it is called. `of_school`, `of_area`: the columns of the schools' and of the
    area's table that hold the same value. `largest_m`: the radius of its largest circle."""

    one: str
    many: str
    of_school: str
    of_area: str
    largest_m: int


LEVELS = {
    "region": Level("Region", "regions", "region", "area", 40_000),
    "local_authority": Level("Local authority", "local authorities", "la_code", "area_code", 21_000),
    "constituency": Level("Constituency", "constituencies", "constituency", "area", 9_000),
}
LEAST_RADIUS = 0.14  # of the largest: what has fewer schools in need is drawn no smaller
# On which side of its circle a region's name stands where beneath it would lie on another.
LABEL_SIDES = dict.fromkeys(("Yorkshire and the Humber", "East Midlands", "East of England"), "above")
LABEL_SIDES |= dict.fromkeys(("North West", "West Midlands", "South West"), "left") | {"London": "right"}
GROUP_CODES = {"neither": 0, "not_assessable": 1, "high_performing": 2, "in_need": 3}
HEADS = {"schools": "Schools", "in_need": "Schools in need"}
TABLE_COLUMNS = [column for column in COLUMNS if column.key in HEADS] + MEASURES
PANEL = [column for column in COLUMNS if column.panel]


def printed_figures(row: dict) -> dict[str, str]:
    """Return {key: text} of a row of a table of areas."""
    return {column.key: printed(column, row[column.key]) for column in COLUMNS if not column.to}


def panel_texts(row: dict, panel: list[AreaColumn]) -> list[str]:
    """Return the texts of a row of a table of areas in the panel; where nothing is wanting, its line is empty."""
    shown, ranges = printed_figures(row), {column.key: bounds_of(column, row, " to ") for column in COLUMNS}
    texts = []
    for column in panel:
        figure, ends = column.panel[1].format(**shown), {key: text or shown.get(key) for key, text in ranges.items()}
        bounds = column.panel[1].format(**ends)
        unneeded = column.key.endswith("_without_coordinates") and not row[f"{column.key}_upper"]
        texts.append("" if unneeded else words.above(figure, "" if bounds == figure else bounds))
    return texts


def area_table(level: str, rows: list[dict], columns: list[AreaColumn]) -> dict:
    """Return a table of areas as the template draws it: heads [(text, title)], rows [texts], total or None, notes.

    `rows`: of the whole and of each area, in that order. `columns`: those of TABLE_COLUMNS that the method gives.
    """
    total, *areas = [
        [row["area"], *(words.above(printed(column, row[column.key]), bounds_of(column, row)) for column in columns)]
        for row in rows
    ]
    heads = [(LEVELS[level].one, "")]
    heads += [(of.on_map.head, of.on_map.label) if of.on_map else (HEADS[of.key], "") for of in columns]
    ratios = [f"{of.on_map.head}: {of.on_map.label.lower()}." for of in columns if of.unit == "ratio"]
    small = [BOUNDS] if any("\n" in text for texts in (total, *areas) for text in texts) else []
    shown = total if len(areas) > 1 else None
    return {"heads": heads, "total": shown, "rows": areas, "ratio": " ".join(ratios), "small": " ".join(small)}


def circles(areas: list[dict], schools: pd.DataFrame, level: str, shaped: dict) -> dict[str, list]:
    """Return where each area's circle stands and how large it is: x, y, radius (metres), as lists.

    An area stands at the mean of its schools' coordinates, x and y None without any, and is moved where its circle
    would cover another; its surface grows with the number in need. Areas with a boundary (`shaped`) are left alone.
    """
    of, placed = LEVELS[level], schools.dropna(subset=["easting", "northing"])
    centres = placed.groupby(of.of_school)[["easting", "northing"]].mean()
    keys = [area[of.of_area] for area in areas]
    places = centres.reindex(keys).to_numpy(dtype=float)
    in_need = np.array([area["in_need"] for area in areas], dtype=float)
    radii = of.largest_m * np.maximum(LEAST_RADIUS, np.sqrt(in_need / max(in_need.max(initial=0), 1)))
    free = ~np.isnan(places[:, 0]) & np.array([key not in shaped for key in keys], dtype=bool)
    places[free] = map_shapes.moved_apart(places[free], radii[free])
    x, y = (whole(pd.Series(places[:, i])) for i in (0, 1))
    return {"x": x, "y": y, "radius": radii.round().astype(int).tolist()}


def school_columns(schools: pd.DataFrame, levels: dict[str, dict], named: bool) -> dict[str, list]:
    """Return the schools of one phase, sorted by urn, as columns: x, y (metres), group, and each level's area.

    `levels`: {level: {key: [...]}}; an area is given by its position there, -1 for none. `both`: the positions of
    schools in need that are high-performing too. `open`: the place of what is not known of it in `unknown_texts`. With
    `named`, name and urn as well.
    """
    columns = {
        "x": whole(schools["easting"]),
        "y": whole(schools["northing"]),
        "group": schools["group"].map(GROUP_CODES).tolist(),
        "both": np.flatnonzero(schools["both"].fillna(False)).tolist(),
        "open": pd.factorize(unknown_texts(schools), sort=True)[0].tolist(),
    }
    for level, areas in levels.items():
        place = {key: i for i, key in enumerate(areas["key"])}
        keys = schools[LEVELS[level].of_school].fillna(NOT_STATED)
        columns[level] = keys.map(place).fillna(-1).astype(int).tolist()
    columns = {name: packed(values) for name, values in columns.items()}
    if named:
        columns |= {name: schools[name].tolist() for name in ("name", "urn")}
    return columns


def unknown_texts(schools: pd.DataFrame) -> pd.Series:
    """Return what is not known of each school's groups, and for want of what; blank where it does not matter."""
    said = pd.Series("", schools.index)
    for group in CRITERION_GROUPS:
        # A school in need counts as such, whatever else it may be.
        unknown = schools[group].isna() & (schools["group"] != "in_need")
        why = schools[f"{group}_missing_here"].map(lambda here, group=group: words.not_known(group, here))
        said = said.where(~unknown, said + " " + why)
    return said.str.strip()


def phase_data(
    phase: str,
    schools: pd.DataFrame,
    partners: pd.DataFrame,
    reach: pd.DataFrame,
    extent: pd.DataFrame,
    areas: dict[str, pd.DataFrame],
    pairs: Pairs,
    caveats: Caveats,
    radius_miles: float,
    travel_minutes: float | None,
    facts: dict,
    shapes: dict[str, dict],
) -> tuple[dict, dict, dict]:
    """Return (data, tables, legends) of one phase: for the page's script, and for its template.

    `schools`, `partners`, `reach`, `extent`, `pairs`: of the phase. `areas`: {level: table of the phase}, `england`
    among them. `facts`: as of `page`. `shapes`: of map_shapes.boundary_shapes.
    """
    named, groups = facts["name_schools"], facts["groups"]
    measures, panel, columns = (measurable(of, groups) for of in (MEASURES, PANEL, TABLE_COLUMNS))
    schools = schools.sort_values("urn").reset_index(drop=True)
    schools["name"] = schools["name"].fillna("School without a name")
    rows = {
        level: table.sort_values(["area", "area_code"], na_position="first").to_dict("records")
        for level, table in areas.items()
    }
    (england,) = rows.pop("england")
    if len(rows["region"]) == 1:
        england["area"] = rows["region"][0]["area"]
    limits = map_scales.scale_limits(measures, rows["local_authority"])
    levels, drawn = {}, {}
    for level, table in rows.items():
        drawn[level] = area_table(level, [england, *table], columns)
        levels[level] = {
            "key": [row[LEVELS[level].of_area] if words.known(row[LEVELS[level].of_area]) else None for row in table],
            **circles(table, schools, level, shapes.get(level, {})),
            "in_need": [row["in_need"] for row in table],
            "classes": {m.key: [map_scales.class_of(m, row[m.key], limits[m.key]) for row in table] for m in measures},
            "figures": [panel_texts(row, panel) for row in table],
        }
    authorities = {row["area_code"]: row["area"] for row in rows["local_authority"]}
    need, partnered = map_pairs.needing(schools, reach, authorities, named), set(groups) == set(CRITERION_GROUPS)
    drawn["school"] = map_pairs.need_table(need, partners, extent, pairs, partnered)
    known_as = {group: caveats.counted_as(group, phase) for group in CRITERION_GROUPS}
    known = {f"known_{group}": text for group, text in known_as.items()}
    data = {
        "place": england["area"],
        "within": words.reach(radius_miles, travel_minutes),
        "radius": words.miles(radius_miles),
        "radius_m": round(radius_miles * METRES_PER_MILE, 3),
        "labels": [words.capital(column.panel[0].format(**known)) for column in panel],
        "figures": panel_texts(england, panel),
        "levels": levels,
        "sides": [LABEL_SIDES.get(row["area"], "below") for row in rows["region"]],
        "schools": school_columns(schools, levels, named),
        "unknown": sorted(set(unknown_texts(schools))),
        "need": map_pairs.need_columns(need, schools, partners, pairs, limits.get("median_partners", [])),
        "parts": list(pairs.parts.values()),
        "pairing": map_pairs.pairing_figures(pairs, partnered),
    }
    every = [row for table in (*rows.values(), [england]) for row in table]
    legends = {}
    for column in measures:
        in_part = any(bounds_of(column, row) for row in every)
        legends[column.key] = map_scales.legend(column, limits[column.key], known, in_part)
    return data, drawn, legends


def in_script(content: object) -> str:
    """Return content as JSON that can stand in a script element: nothing in it ends the element or opens a comment."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def page(
    schools: pd.DataFrame,
    partners: pd.DataFrame,
    reach: pd.DataFrame,
    extent: pd.DataFrame,
    areas: dict[str, pd.DataFrame],
    pairing: dict[str, pd.DataFrame],
    summary: dict,
    caveats: Caveats,
    facts: dict,
    collections: dict | None = None,
    boundary_names: list[str] | tuple = (),
) -> str:
    """Return the page as HTML.

    `schools`, `partners`, `reach`, `extent`: classified/schools; matched/partners, reach and bounds. `areas`: {level:
    schemas.areas}, `england` among them. `pairing`: likeness, paired and england, as map_pairs.Pairs has them, of both
    phases. `summary`: summary.json. `facts`: title (of the release), method (its title), groups (of which the method
    has criteria), alike ({phase: {id: label}} of the parts of likeness), ranks, name_schools.
    `collections`, `boundary_names`: as map_shapes.boundary_shapes takes them.
    """
    named = facts["name_schools"]
    names = {
        level: dict(zip(areas[level][LEVELS[level].of_area], areas[level]["area"], strict=True)) for level in LEVELS
    }
    shapes = map_shapes.boundary_shapes(collections or {}, boundary_names, names)
    phases, drawn, legends = {}, {}, {}
    for phase in PHASES:
        of_phase = [table[table["phase"] == phase] for table in (schools, partners, reach, extent)]
        if of_phase[0].empty or phase not in summary["phases"]:
            phases[phase] = None
            continue
        own, found = ({name: table[table["phase"] == phase] for name, table in of.items()} for of in (areas, pairing))
        pairs = Pairs(**found, parts=facts["alike"][phase], ranks=facts["ranks"])
        near = summary["radius_miles"][phase], summary.get("travel_minutes", {}).get(phase)
        phases[phase], drawn[phase], legends[phase] = phase_data(
            phase, *of_phase, own, pairs, caveats, *near, facts, shapes
        )
    measures, partnered = measurable(MEASURES, facts["groups"]), set(facts["groups"]) == set(CRITERION_GROUPS)
    first = map_scales.first_measure(measures, areas["england"].to_dict("records"))
    land, regions = map_shapes.outlines(schools)
    most = sorted(int(number) for number in set(pairing["paired"]["most_per_helper"]))
    data = {
        "named": named,
        "land": map_shapes.in_snaps([land, *regions.values()]),
        "land_unit": map_shapes.SNAP_M,
        "most": most,
        "alike": partnered,
        "first_measure": first,
        "levels": {level: of.many for level, of in LEVELS.items()},
        "measures": {m.key: script_measure(m, at) for at, m in enumerate(measures, start=3)},
        "partnered": partnered,
        "bounds": BOUNDS,
        "pairing": map_pairs.PAIRING,
        "order": f"{words.capital('; '.join(shortlist.ORDERS[rank] for rank in facts['ranks']))}.",
        "whose": list(shortlist.WHOSE.values()),
        "phases": phases,
        "shapes": shapes,
    }
    template = html_page.environment().get_template("map.html.j2")
    return template.render(
        title=facts["title"],
        synthetic=summary["synthetic"],
        date=words.date(summary["reference_date"]),
        within=radius_words({phase: own["within"] for phase, own in phases.items() if own}),
        timed="travel_minutes" in summary,
        caveats=caveats,
        named=named,
        shaped=bool(shapes),
        levels=LEVELS,
        method=facts["method"],
        partnered=partnered,
        most_per_helper=most,
        measures={column.key: column.on_map for column in measures},
        classes={name: len(palette.scale("light", name)) for name in palette.SCALES["light"]},
        first_measure=first,
        phases=phases,
        tables=drawn,
        legends=legends,
        missing=missing(drawn),
        style=html_page.style("map.css"),
        map_colours=palette.map_css(),
        bokeh=map_plot.bokeh_scripts(),
        script=html_page.text("tables.js", "map_pairs.js", "map_view.js", "map.js"),
        data=in_script(data),
        plot=in_script(json_item(map_plot.figure())),
    )


def script_measure(column: AreaColumn, at: int) -> dict:
    """Return what the page's script asks of a measure; `at`: its place among the columns of the tables of areas."""
    own = column.on_map
    return {"label": own.label, "hue": own.hue, "stand_out": own.stand_out, "scale": scale_name(column), "at": at}


def radius_words(radii: dict[str, str]) -> str:
    """Return in words how near a partner must be; of both phases where they differ."""
    if len(set(radii.values())) < 2:
        return next(iter(radii.values()), "the radius")
    return " or ".join(f"{miles} ({phase})" for phase, miles in radii.items())


def missing(drawn: dict[str, dict]) -> dict[str, str]:
    """Return {phase or level: reason} for those of which the release has no school, or no area in any phase."""
    lacking = (phase for phase in PHASES if phase not in drawn)
    reasons = {phase: f"No choice of {phase}: this release has no {phase} school." for phase in lacking}
    for level, of in LEVELS.items():
        if drawn and not any(of_phase[level]["rows"] for of_phase in drawn.values()):
            reasons[level] = f"No choice of {of.many}: the register of this release does not give them."
    return reasons


def read_boundaries(path: str) -> object:
    """Return a boundaries file as parsed JSON. Raises UserError where it is not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise UserError(f"{Path(path).name}: not GeoJSON: {error}. Export the boundaries again.") from None


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    named = [source["columns"]["area"]["column"] for source in params.boundaries.values()]
    as_text = {"dtype": {"area_code": "str", "area": "str"}, "keep_default_na": False, "na_values": [""]}
    html = page(
        *(tables.read(files[name]) for name in ("schools", "partners", "reach", "bounds")),
        areas={level: pd.read_csv(files[level], **as_text) for level in ("england", *LEVELS)},
        pairing={
            **{"likeness": tables.read(files.likeness), "paired": tables.read(files.pairing)},
            "england": tables.read(files.pairing_of_areas).query("level == 'england'"),
        },
        summary=json.loads(Path(files.summary).read_text(encoding="utf-8")),
        caveats=Caveats(tables.read(files.caveats)),
        facts={key: params[key] for key in ("title", "method", "groups", "alike", "ranks", "name_schools")},
        collections={Path(path).name: read_boundaries(path) for path in files.boundaries},
        boundary_names=list(itertools.chain(*([name] if isinstance(name, str) else name for name in named))),
    )
    Path(snakemake.output[0]).write_text(html, encoding="utf-8", newline="\n")


if "snakemake" in globals():
    run_step.run(main, snakemake)
