"""What the step `pair` makes of a few schools, for the tests of what shows it."""

import types

import pandas as pd

import pair
from lib import pairing_schemas, tables

SCHEMAS = {
    "load": pairing_schemas.LOAD,
    "pairing": pairing_schemas.PAIRING_OF_AREAS,
    "pairing_curve": pairing_schemas.PAIRING_CURVE,
    "support": pairing_schemas.SUPPORT_OF_AREAS,
    "likeness": pairing_schemas.LIKENESS_PARTS,
    "trusts": pairing_schemas.TRUSTS,
}
MADE_AS = {"pairing": "pairing_of_areas", "support": "support_of_areas", "likeness": "likeness_parts"}
# Of a school that does not say otherwise: all alike.
ATTRIBUTES = {"setting": "urban", "pupils_on_roll": 300, "fsm_pct": 10.0, "admissions": "non_selective"}


def pair_tables(schools, partners, method, radius_miles, curve_miles):
    """Return {name as in SCHEMAS: table}. `schools`: as classified, and any attributes; `partners`: schemas.PARTNERS.

    A column of attributes that no school states is filled: all schools are alike, and in no trust.
    """
    params = types.SimpleNamespace(
        most_per_helper=method["most_per_helper"]["value"],
        alike=method["alike"],
        radius_miles=radius_miles,
        curve_miles=list(curve_miles),
    )
    stated = {name: value for name, value in ATTRIBUTES.items() if name not in schools}
    none = {name: pd.Series(None, index=schools.index, dtype="str") for name in ("trust", "trust_code")}
    schools = schools.assign(**stated, **{name: column for name, column in none.items() if name not in schools})
    made = pair.of_phases(schools, partners, None, params)
    return {name: tables.conform(made[MADE_AS.get(name, name)], schema) for name, schema in SCHEMAS.items()}


def conformed(parts, schema):
    """Return the parts as one table of a schema; without any, an empty one."""
    if not parts:
        return tables.empty(schema)
    return tables.conform(pd.concat(parts, ignore_index=True).reindex(columns=list(schema.columns)), schema)


def stated_partners(schools):
    """Return schemas.PARTNERS for schools that state how many `partners` they have: so many of their phase, in turn.

    The distance is that of the nearest, `nearest_m`.
    """
    rows = []
    for phase, of_phase in schools.groupby("phase"):
        helpers = list(of_phase.loc[of_phase["group"] == "high_performing", "urn"])
        for place, school in enumerate(of_phase.dropna(subset="partners").to_dict("records")):
            for number in range(min(int(school["partners"]), len(helpers))):
                other = helpers[(place + number) % len(helpers)]
                rows.append((phase, school["urn"], other, school.get("nearest_m") or 1000.0))
    return pd.DataFrame(rows, columns=["phase", "urn", "partner_urn", "distance_m"])


def as_stated(made, schools, curve_miles):
    """Return pair tables where partners are stated: places say nothing of who is near whom.

    At each radius as many are paired as at the run's own; each school that is not known to be in a group, or in none,
    may make one more pair or one fewer.
    """
    pairing, frames = made["pairing"].copy(), []
    for phase, rows in pairing[pairing["level"] == "england"].groupby("phase"):
        unknown = int(schools.loc[schools["phase"] == phase, ["high_performing", "in_need"]].isna().any(axis=1).sum())
        left = rows["helpers_taken"] + rows["no_helper_near"]
        for key, count in (("paired", rows["paired"]), ("left_over", left)):
            pairing.loc[rows.index, f"{key}_lower"] = (count - unknown).clip(lower=0)
            pairing.loc[rows.index, f"{key}_upper"] = count + unknown
        placed = rows["in_need"] - rows["without_coordinates"]
        same = rows[["phase", "most_per_helper", "paired"]].assign(in_need=placed)
        same["with_partner"] = placed - rows["no_helper_near"]
        frames += [same.assign(radius_miles=float(miles)) for miles in curve_miles]
    curve = conformed(frames, SCHEMAS["pairing_curve"])
    return made | {"pairing": tables.conform(pairing, SCHEMAS["pairing"]), "pairing_curve": curve}
