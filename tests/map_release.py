"""Releases for the map's tests, made from a list of schools by the steps that come before the map."""

import base64
import functools
import json
import pickle
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

import aggregate
import match
import pair
import school_map
from lib import authorities, domain
from lib.caveats import Caveats

PROJECT = Path(__file__).resolve().parent.parent
MOST = [1, 2, 3]
# What makes two schools alike, as the step `pair` has it. All schools of these tests are, unless a test says otherwise.
ALIKE = dict.fromkeys(
    domain.PHASES,
    [
        {"id": "same_setting", "attribute": "setting", "is": "same"},
        {"id": "similar_size", "attribute": "pupils_on_roll", "is": "within_factor", "value": 2},
    ],
)
LABELS = {"same_setting": "Both urban or both rural", "similar_size": "Pupils within a factor of two"}
RADIUS_MILES = {"primary": 5, "secondary": 4}
# Whether a school of a group is high-performing, and in need.
KNOWN = {"high_performing": (True, False), "in_need": (False, True), "neither": (False, False)}
KNOWN["not_assessable"] = (None, None)
CAVEAT_COLUMNS = ("kind", "phase", "group", "criterion", "measure", "count", "of", "text", "short")


def schools_table(rows, known=None):
    """Return classified/schools, as far as the map reads it, from rows of
    (urn, phase, group, la_code, la_name, region, constituency, easting, northing).

    `known`: {urn: whether high-performing, whether in need}, None for unknown, where it is not as the group says. The
    group is then what follows."""
    columns = ["urn", "phase", "group", "la_code", "la_name", "region", "constituency", "easting", "northing"]
    table = pd.DataFrame(rows, columns=columns)
    table["name"] = "School " + table["urn"].astype(str)
    table = table.assign(setting="urban", pupils_on_roll=200, type="community", trust=None, trust_code=None)
    table["pupils_on_roll"] = table["pupils_on_roll"].astype("Int64")
    stated = [(known or {}).get(row.urn, KNOWN[row.group]) for row in table.itertuples()]
    for at, group in enumerate(domain.CRITERION_GROUPS):
        table[group] = pd.array([flags[at] for flags in stated], dtype="boolean")
        table[f"{group}_missing_here"] = table[group].isna()
    table["both"] = table["high_performing"] & table["in_need"]
    table["group"] = [_group(*flags) for flags in stated]
    for column in ("easting", "northing"):
        table[column] = table[column].astype("Int64")
    return table


def _group(high, need):
    if need or high:
        return "in_need" if need else "high_performing"
    return "not_assessable" if need is None or high is None else "neither"


def matched(schools):
    """Return (partners, reach, bounds) of the schools, both phases."""
    parts = []
    for phase, miles in RADIUS_MILES.items():
        of_phase, radius_m = schools[schools["phase"] == phase], miles * domain.METRES_PER_MILE
        partners, reach, _ = match.match(of_phase, radius_m, {1: 1609.344})
        found = (partners, reach, match.reach_bounds(of_phase, radius_m))
        parts.append([table.assign(phase=phase) for table in found])
    return tuple(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))


def areas(schools, reach, extent):
    """Return {level: schemas.areas}, as the map's levels are called."""
    called = {"region": "regions", "local_authority": "local_authorities", "constituency": "constituencies"}
    levels = {"england": "england", **called}
    return {level: aggregate.by_level(schools, reach, extent, name) for level, name in levels.items()}


def pairing(schools, partners):
    """Return what school_map.page takes of the step `pair`."""
    params = SimpleNamespace(most_per_helper=MOST, alike=ALIKE, radius_miles=RADIUS_MILES, curve_miles=[1])
    made = pair.of_phases(schools, partners, None, params)
    england = made["pairing_of_areas"][made["pairing_of_areas"]["level"] == "england"]
    return {"likeness": made["likeness"], "paired": made["pairing"], "england": england}


def caveats(synthetic, england):
    """Return what step `caveats` would write. `england`: the table of England."""
    rows = [{"kind": "synthetic", "text": "The data are synthetic.", "short": "Synthetic data"}] if synthetic else []
    for row in england.to_dict("records"):
        for group in domain.CRITERION_GROUPS:
            if row[f"{group}_lower"] < row[f"{group}_upper"]:
                of = {"phase": row["phase"], "group": group, "text": f"Not all {row['phase']} of {group} are known."}
                rows.append({"kind": "bounds", **of, "short": f"{group} in part"})
    return Caveats(pd.DataFrame(rows, columns=CAVEAT_COLUMNS))


def arguments(schools, named=False, synthetic=False, groups=domain.CRITERION_GROUPS, **boundaries):
    """Return what school_map.page takes. `groups`: of which the method has criteria."""
    partners, reach, extent = matched(schools)
    tables = areas(schools, reach, extent)
    return {
        "schools": schools,
        "partners": partners,
        "reach": reach,
        "extent": extent,
        "areas": tables,
        "pairing": pairing(schools, partners),
        "summary": {
            "synthetic": synthetic,
            "reference_date": "2017-03-31",
            "radius_miles": RADIUS_MILES,
            "phases": dict.fromkeys(tables["england"]["phase"]),
        },
        "caveats": caveats(synthetic, tables["england"]),
        "facts": {
            **{"title": "Results of a test", "method": "A study", "groups": groups, "name_schools": named},
            **{"alike": dict.fromkeys(domain.PHASES, LABELS), "ranks": [*domain.RANKS]},
        },
        **boundaries,
    }


def page(schools, **options):
    """Return the map's page as HTML, made once for what is alike. `options`: as `arguments` takes them."""
    return _page(pickle.dumps((schools, options)))


@functools.cache
def _page(pickled):
    schools, options = pickle.loads(pickled)
    return school_map.page(**arguments(schools, **options))


def data(schools, **options):
    """Return what the page's script gets."""
    html = page(schools, **options)
    found = json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', html, re.DOTALL)[1])
    for phase in filter(None, found["phases"].values()):
        for part in ("schools", "need"):
            phase[part] = {name: unpacked(column) for name, column in phase[part].items()}
    return found


def unpacked(column):
    """Return a packed column as a list, unknown as None; others as they are."""
    if not isinstance(column, str):
        return column
    bits, text = column.split(":")
    octets, size = base64.b64decode(text), int(bits) // 8
    numbers = [int.from_bytes(octets[at : at + size], "little", signed=True) for at in range(0, len(octets), size)]
    return [None if number < 0 else number for number in numbers]


def england(seed=1):
    """Return a table of as many schools as England has, where England has them, their groups drawn at random."""
    facts = PROJECT / "workflow" / "facts"
    cells = pd.read_csv(facts / "school_density_5km.csv", dtype={"la_code": str})
    region = pd.read_csv(facts / "schools_by_authority.csv", dtype={"la_code": str}).set_index("la_code")["region"]
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
    table["la_name"] = table["la_code"].map(authorities.read()["name"])
    table["region"] = table["la_code"].map(region)
    # Constituencies of about 38 neighbouring schools, so that there are some 530.
    in_authority = table.groupby("la_code")
    schools_there = in_authority["urn"].transform("size")
    part = (in_authority.cumcount() * (schools_there / 38).round().clip(1) / schools_there).astype(int)
    table["constituency"] = table["la_name"] + " " + (part + 1).astype(str)
    columns = ["urn", "phase", "group", "la_code", "la_name", "region", "constituency", "easting", "northing"]
    return schools_table(table[columns])
