"""Releases for the map's tests, made from a list of schools by the steps that come before the map."""

from pathlib import Path

import numpy as np
import pandas as pd

import aggregate
import match
import school_map
from lib import domain, schemas

PROJECT = Path(__file__).resolve().parent.parent
CRITERIA = {
    "outstanding": {"label": "Outstanding", "group": "high_performing"},
    "below_floor": {"label": "Below the floor", "group": "in_need"},
    "coasting": {"label": "Coasting", "group": "in_need"},
}
RADIUS_MILES = {"primary": 5, "secondary": 4}
TEXTS = {
    "template": "templates/map.html.j2",
    "house": "house.css",
    "style": "map.css",
    "script": "map.js",
}


def schools_table(rows):
    """Return classified/schools, as far as the map reads it, from rows of
    (urn, phase, group, la_code, la_name, region, constituency, easting, northing)."""
    columns = ["urn", "phase", "group", "la_code", "la_name", "region", "constituency", "easting", "northing"]
    table = pd.DataFrame(rows, columns=columns)
    table["name"] = "School " + table["urn"].astype(str)
    table["both"] = pd.array([False] * len(table), dtype="boolean")
    for column in ("easting", "northing"):
        table[column] = table[column].astype("Int64")
    return table


def matched(schools):
    """Return (partners, reach) of the schools, both phases."""
    parts = [
        (phase, match.match(schools[schools["phase"] == phase], miles * domain.METRES_PER_MILE, {1: 1609.344}))
        for phase, miles in RADIUS_MILES.items()
    ]
    return tuple(pd.concat([found[i].assign(phase=phase) for phase, found in parts]) for i in (0, 1))


def areas(schools, reach):
    """Return {level: schemas.areas}, as the map's levels are called."""
    tables = aggregate.levels(schools, reach)
    called = {"region": "regions", "local_authority": "local_authorities", "constituency": "constituencies"}
    found = {}
    for level, name in called.items():
        schema = schemas.areas(school_map.LEVELS[level][2])
        found[level] = schema.validate(tables[name][list(schema.columns)])
    return found


def summary(schools, reach, synthetic=False, criteria=None):
    """Return summary.json. `criteria`: {phase: {criterion: {met, not_met, not_assessable}}}."""
    england = aggregate.levels(schools, reach)["england"].set_index("phase")
    keys = (
        "schools high_performing in_need both neither not_assessable share_high_performing share_in_need "
        "median_partners in_need_without_partner in_need_without_coordinates high_performing_without_coordinates"
    ).split()
    return {
        "release": "test",
        "synthetic": synthetic,
        "reference_date": "2017-03-31",
        "radius_miles": RADIUS_MILES,
        "phases": {
            phase: {key: school_map.plain(row[key]) for key in keys} | {"criteria": (criteria or {}).get(phase, {})}
            for phase, row in england.iterrows()
        },
    }


def data(schools, named=False):
    """Return what the page's script gets."""
    partners, reach = matched(schools)
    return school_map.map_data(schools, partners, reach, areas(schools, reach), summary(schools, reach), named)


def page(schools, named=False, synthetic=False, criteria=None, **boundaries):
    """Return the map's page as HTML."""
    partners, reach = matched(schools)
    return school_map.page(
        schools,
        partners,
        reach,
        areas(schools, reach),
        summary(schools, reach, synthetic, criteria),
        {"title": "Results of a test", "name_schools": named, "criteria": CRITERIA},
        {name: (PROJECT / "report" / path).read_text(encoding="utf-8") for name, path in TEXTS.items()},
        **boundaries,
    )


def england(seed=1):
    """Return a table of as many schools as England has, where England has them, their groups drawn at random."""
    facts = PROJECT / "workflow" / "facts"
    cells = pd.read_csv(facts / "school_density_5km.csv", dtype={"la_code": str})
    authorities = pd.read_csv(facts / "local_authorities.csv", dtype={"la_code": str}).set_index("la_code")
    drawn = np.random.default_rng(seed)
    parts = []
    for phase, high, need in (("primary", 0.27, 0.12), ("secondary", 0.33, 0.17)):
        rows = cells.loc[cells.index.repeat(cells[phase])].reset_index(drop=True)
        rows["phase"] = phase
        for axis in ("easting", "northing"):
            rows[axis] = rows[f"{axis}_km"] * 1000 + drawn.integers(0, 5000, len(rows))
        groups = ["high_performing", "in_need", "neither", "not_assessable"]
        rows["group"] = drawn.choice(groups, len(rows), p=[high, need, 0.9 - high - need, 0.1])
        parts.append(rows)
    table = pd.concat(parts, ignore_index=True)
    table["urn"] = 100_000 + table.index
    table["la_name"] = table["la_code"].map(authorities["la_name"])
    table["region"] = table["la_code"].map(authorities["region"])
    # Constituencies of about 38 neighbouring schools, so that there are some 530.
    in_authority = table.groupby("la_code")
    schools_there = in_authority["urn"].transform("size")
    part = (in_authority.cumcount() * (schools_there / 38).round().clip(1) / schools_there).astype(int)
    table["constituency"] = table["la_name"] + " " + (part + 1).astype(str)
    columns = ["urn", "phase", "group", "la_code", "la_name", "region", "constituency", "easting", "northing"]
    return schools_table(table[columns])
