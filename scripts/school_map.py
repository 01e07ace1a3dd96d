"""The interactive map: one HTML file with Bokeh inside, which opens from disk and asks the network for nothing.

Inputs: classified/schools, matched/partners, reach and bounds, caveats/caveats, summary.json,
aggregated/{england,regions,local_authorities,constituencies}; boundaries as GeoJSON where the release supplies them;
the page's template, style sheets and scripts.
Output: report/map.html.
Python works out everything that does not depend on what the reader chooses: tables, texts, positions, outlines, class
limits, legends. The scripts in the page (report/map*.js) only pick and paint.
A school is named, and its URN given, only where `name_schools` says so.
"""

import base64
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from bokeh.embed import json_item

import map_plot
import map_scales
import map_shapes
from lib import html_page, palette, run_step, tables, words
from lib.area_columns import COLUMNS, ENDS, NOT_STATED, AreaColumn, measurable
from lib.caveats import Caveats
from lib.domain import CRITERION_GROUPS, METRES_PER_MILE, PHASES
from lib.run_step import UserError
from map_scales import MEASURES, bounds_of, printed, scale_name


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
BOUNDS = "In small print: the least and the most that a figure can be, whatever is unknown."


def printed_figures(row: dict) -> dict[str, str]:
    """Return {key: text} of a row of a table of areas."""
    return {column.key: printed(column, row[column.key]) for column in COLUMNS if not column.to}


def with_bounds(figure: str, bounds: str) -> str:
    """Return a figure as the page takes it: its bounds, if any, stand in small print beneath."""
    return f"{figure}\n{bounds}" if bounds else figure


def panel_texts(row: dict, panel: list[AreaColumn]) -> list[str]:
    """Return the texts of a row of a table of areas in the panel; where nothing is wanting, its line is empty."""
    shown, ranges = printed_figures(row), {column.key: bounds_of(column, row, " to ") for column in COLUMNS}
    texts = []
    for column in panel:
        figure, ends = column.panel[1].format(**shown), {key: text or shown.get(key) for key, text in ranges.items()}
        bounds = column.panel[1].format(**ends)
        unneeded = column.key.endswith("_without_coordinates") and not row[f"{column.key}_upper"]
        texts.append("" if unneeded else with_bounds(figure, "" if bounds == figure else bounds))
    return texts


def area_table(level: str, rows: list[dict], columns: list[AreaColumn]) -> dict:
    """Return a table of areas as the template draws it: heads [(text, title)], rows [texts], total or None, notes.

    `rows`: of the whole and of each area, in that order. `columns`: those of TABLE_COLUMNS that the method gives.
    """
    total, *areas = [
        [row["area"], *(with_bounds(printed(column, row[column.key]), bounds_of(column, row)) for column in columns)]
        for row in rows
    ]
    heads = [(LEVELS[level].one, "")]
    heads += [(of.on_map.head, of.on_map.label) if of.on_map else (HEADS[of.key], "") for of in columns]
    ratios = [f"{of.on_map.head}: {of.on_map.label.lower()}." for of in columns if of.unit == "ratio"]
    small = [BOUNDS] if any("\n" in text for texts in (total, *areas) for text in texts) else []
    shown = total if len(areas) > 1 else None
    return {"heads": heads, "total": shown, "rows": areas, "ratio": " ".join(ratios), "small": " ".join(small)}


def whole(values: pd.Series) -> list[int | None]:
    """Return a column of numbers as a list of whole numbers, unknown as None."""
    return values.astype("Float64").round().astype("Int64").astype(object).where(values.notna(), None).tolist()


def packed(values: list[int | None]) -> str:
    """Return whole numbers, none below zero, as `bits of each:base64 of them all`; unknown as −1.

    Thousands of schools take a third less of the page than as digits. The page's script reads them (`unpack`).
    """
    array = np.array([-1 if value is None else value for value in values], dtype="<i4")
    bits = next(bits for bits in (8, 16, 32) if array.max(initial=0) < 2 ** (bits - 1))
    return f"{bits}:{base64.b64encode(array.astype(f'<i{bits // 8}').tobytes()).decode()}"


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


def needing(schools: pd.DataFrame, reach: pd.DataFrame, authorities: dict[str, str], named: bool) -> pd.DataFrame:
    """Return the schools in need of one phase in the order of their names: urn, place (position in `schools`), number,
    called, nearest_m, placed (has coordinates).

    `number`: within the authority, by urn. Where no school is named, it is called by its authority and that number.
    """
    table = schools.assign(place=range(len(schools)))[schools["group"] == "in_need"]
    table["number"] = table.groupby("la_code", dropna=False).cumcount() + 1
    table["placed"] = table["urn"].isin(reach["urn"])
    table["nearest_m"] = reach.set_index("urn")["nearest_m"].reindex(table["urn"]).to_numpy()
    if named:
        table["called"] = table["name"] + " (" + table["urn"].astype(str) + ")"
        return table.sort_values(["called"]).reset_index(drop=True)
    authority = table["la_code"].map(authorities).fillna(words.NOTHING)
    table["called"] = authority + ", school in need " + table["number"].astype(str)
    return table.assign(authority=authority).sort_values(["authority", "number"]).reset_index(drop=True)


def need_columns(need: pd.DataFrame, schools: pd.DataFrame, partners: pd.DataFrame, limits: list[int]) -> dict:
    """Return the schools in need (of `needing`) as columns, with their partners.

    `school`: position in school_columns; `placed`: whether it has coordinates; `class`: of its number of partners;
    `start`: where its partners begin in the lists over all pairs, one entry more at the end. Over pairs, nearest
    first: `partner` (position in school_columns), `distance` (tenths of a mile).
    """
    order = pd.Series(need.index, index=need["urn"])
    place = pd.Series(range(len(schools)), index=schools["urn"])
    pairs = partners[partners["urn"].isin(need["urn"])]
    pairs = pairs.assign(order=pairs["urn"].map(order)).sort_values(["order", "distance_m", "partner_urn"])
    counts = np.bincount(pairs["order"].astype(int), minlength=len(need))
    miles = pairs["distance_m"].to_numpy(dtype=float) / METRES_PER_MILE
    columns = {
        "school": need["place"].tolist(),
        "number": need["number"].tolist(),
        "placed": need["placed"].astype(int).tolist(),
        "class": np.searchsorted(limits, counts, side="right").tolist(),
        "start": [0, *counts.cumsum().tolist()],
        "partner": place.reindex(pairs["partner_urn"]).tolist(),
        "distance": np.floor(miles * 10 + 0.5).astype(int).tolist(),
    }
    return {name: packed(values) for name, values in columns.items()}


def need_table(need: pd.DataFrame, partners: pd.DataFrame, extent: pd.DataFrame, partnered: bool) -> dict:
    """Return the table of schools in need (of `needing`), as `area_table`. `partnered`: whether with their partners."""
    counts = partners.groupby("urn").size()
    of = extent.set_index("urn").reindex(need["urn"]).assign(partners=counts).reset_index()
    of["partners"] = of["partners"].fillna(0).where(need["placed"])
    of["nearest_m"] = need["nearest_m"]
    rows = [[called] for called in need["called"]]
    for key, text in {"partners": words.number, "nearest_m": words.metres_in_miles}.items() if partnered else ():
        ends = zip(*(of[f"{key}{end}"] for end in ENDS), strict=True)
        for row, values in zip(rows, ends, strict=True):
            figure, *between = map(text, values)
            row.append(with_bounds(figure, words.bounds(figure, *between)))
    heads = [("School in need", ""), ("Partners", ""), ("Nearest, miles", "")][: 3 if partnered else 1]
    small = BOUNDS if any("\n" in text for row in rows for text in row) else ""
    return {"heads": heads, "total": None, "rows": rows, "ratio": "", "small": small}


def phase_data(
    phase: str,
    schools: pd.DataFrame,
    partners: pd.DataFrame,
    reach: pd.DataFrame,
    extent: pd.DataFrame,
    areas: dict[str, pd.DataFrame],
    caveats: Caveats,
    radius_miles: float,
    travel_minutes: float | None,
    facts: dict,
    shapes: dict[str, dict],
) -> tuple[dict, dict, dict]:
    """Return (data, tables, legends) of one phase: for the page's script, and for its template.

    `schools`, `partners`, `reach`, `extent`: of the phase. `areas`: {level: table of the phase}, `england` among them.
    `facts`: as of `page`. `shapes`: of map_shapes.boundary_shapes.
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
    need = needing(schools, reach, authorities, named)
    drawn["school"] = need_table(need, partners, extent, set(groups) == set(CRITERION_GROUPS))
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
        "need": need_columns(need, schools, partners, limits.get("median_partners", [])),
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
    summary: dict,
    caveats: Caveats,
    facts: dict,
    collections: dict | None = None,
    boundary_names: list[str] | tuple = (),
) -> str:
    """Return the page as HTML.

    `schools`, `partners`, `reach`, `extent`: classified/schools; matched/partners, reach and bounds. `areas`: {level:
    schemas.areas}, `england` among them. `summary`: summary.json. `facts`: title (of the release), method (its title),
    groups (of which the method has criteria), name_schools.
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
        own = {level: table[table["phase"] == phase] for level, table in areas.items()}
        near = summary["radius_miles"][phase], summary.get("travel_minutes", {}).get(phase)
        phases[phase], drawn[phase], legends[phase] = phase_data(phase, *of_phase, own, caveats, *near, facts, shapes)
    measures, partnered = measurable(MEASURES, facts["groups"]), set(facts["groups"]) == set(CRITERION_GROUPS)
    first = map_scales.first_measure(measures, areas["england"].to_dict("records"))
    land, regions = map_shapes.outlines(schools)
    data = {
        "named": named,
        "land": [land, *regions.values()],
        "first_measure": first,
        "levels": {level: of.many for level, of in LEVELS.items()},
        "measures": {m.key: script_measure(m, at) for at, m in enumerate(measures, start=3)},
        "partnered": partnered,
        "bounds": BOUNDS,
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
        script=html_page.text("tables.js", "map_view.js", "map.js"),
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
        summary=json.loads(Path(files.summary).read_text(encoding="utf-8")),
        caveats=Caveats(tables.read(files.caveats)),
        facts={key: params[key] for key in ("title", "method", "groups", "name_schools")},
        collections={Path(path).name: read_boundaries(path) for path in files.boundaries},
        boundary_names=list(itertools.chain(*([name] if isinstance(name, str) else name for name in named))),
    )
    Path(snakemake.output[0]).write_text(html, encoding="utf-8", newline="\n")


if "snakemake" in globals():
    run_step.run(main, snakemake)
