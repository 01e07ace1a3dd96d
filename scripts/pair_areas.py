"""The sums of the step `pair`: by area, by part of likeness, by trust. All of one phase, without the column `phase`."""

from collections.abc import Mapping, Sequence

import pandas as pd

from lib import likeness
from lib.areas import AREA, placed
from lib.domain import PAIRED, PARTNER_TRUSTS

LEVELS = ("england", "regions", "local_authorities", "urban_rural")


def areas_of(schools: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return {level: the area of each school, by `urn`}. `schools`: of both phases, which both say where an area is."""
    return {level: placed(schools, level)[["urn", *AREA]].drop_duplicates("urn") for level in LEVELS}


def pairing(areas: Mapping[str, pd.DataFrame], paired: pd.DataFrame, extent: pd.DataFrame) -> pd.DataFrame:
    """Return PAIRING_OF_AREAS: how many are paired, or why not. `areas`: as of `areas_of`. `paired`: PAIRING. `extent`:
    bounds for England.
    """
    found = []
    for level, area_of in areas.items():
        rows = paired.merge(area_of, on="urn", validate="m:1")
        keys = [*AREA, "most_per_helper"]
        flags = rows[keys].assign(in_need=1, **{name: rows["outcome"] == name for name in PAIRED})
        table = flags.groupby(keys, dropna=False).sum().astype("int64")
        located = table["in_need"] - table["without_coordinates"]
        table["share_paired"] = (table["paired"] / located).where(located > 0)
        table["median_distance_m"] = rows.groupby(keys, dropna=False)["distance_m"].median()
        table = table.reset_index().assign(level=level)
        if level == "england":
            table = table.merge(extent, on="most_per_helper", how="right").fillna({"level": level, "area": "England"})
            counts = ["in_need", *PAIRED]
            table[counts] = table[counts].fillna(0).astype("int64")
        found.append(table.sort_values(["area", "most_per_helper"]))
    return pd.concat(found, ignore_index=True)


def support(areas: Mapping[str, pd.DataFrame], of_need: pd.DataFrame) -> pd.DataFrame:
    """Return SUPPORT_OF_AREAS: partners, those alike, trusts, pupils. `areas`: of `areas_of`. `of_need`: SUPPORT."""
    found = []
    for level, area_of in areas.items():
        rows = of_need[of_need["partners"].notna()].merge(area_of, on="urn", validate="1:1")
        none = {
            "partner": rows["partners"] == 0,
            "alike_lower": rows["alike_partners_upper"] == 0,
            "alike_upper": rows["alike_partners"] == 0,
        }
        pupils = rows["pupils"].fillna(0)
        flags = rows[AREA].assign(
            in_need=1,
            **{f"without_{what}": without for what, without in none.items()},
            academies=rows["trust_code"].notna() | rows["trust"].notna(),
            same_trust_near=rows["partners_same_trust"] > 0,
            same_trust_anywhere=rows["own_trust_has_helper"].fillna(False),
            **{f"pairs_{whose}": rows[f"partners_{whose}"] for whose in PARTNER_TRUSTS},
            pupils=pupils,
            **{f"pupils_without_{what}": pupils.where(without, 0) for what, without in none.items()},
            pupils_unknown=rows["pupils"].isna(),
        )
        table = flags.groupby(AREA, dropna=False).sum().astype("int64")
        medians = {
            "median_partners": "partners",
            "median_alike_lower": "alike_partners",
            "median_alike_upper": "alike_partners_upper",
        }
        for name, column in medians.items():
            table[name] = rows.astype({column: "float64"}).groupby(AREA, dropna=False)[column].median()
        found.append(table.reset_index().assign(level=level).sort_values("area"))
    return pd.concat(found, ignore_index=True)


def likeness_parts(schools: pd.DataFrame, pairs: pd.DataFrame, parts: Sequence[dict]) -> pd.DataFrame:
    """Return LIKENESS_PARTS: of how many pairs each part, and all together, holds. `pairs`: likeness of the phase."""
    in_groups = schools[schools["group"].isin(["in_need", "high_performing"])]
    attributes = {part["id"]: [part["attribute"]] for part in parts}
    known = in_groups.assign(**{name: likeness.attribute(in_groups, name) for [name] in attributes.values()})
    attributes["alike"] = [part["attribute"] for part in parts]
    rows = []
    for name, columns in attributes.items():
        holds = pairs[name]
        rows.append(
            {
                "part": name,
                "alike": int(holds.eq(True).sum()),
                "not_alike": int(holds.eq(False).sum()),
                "not_known": int(holds.isna().sum()),
                "schools": len(in_groups),
                "schools_known": int(known[columns].notna().all(axis=1).sum()),
            }
        )
    return pd.DataFrame(rows)


def trusts(schools: pd.DataFrame, of_need: pd.DataFrame) -> pd.DataFrame:
    """Return TRUSTS: the schools of each trust of the population, and which of those in need it could help itself."""
    academies = schools[likeness.trust_of(schools).notna()]
    near = of_need.set_index("urn")["partners_same_trust"].fillna(0) > 0
    flags = academies[["trust_code", "trust"]].assign(
        schools=1,
        high_performing=academies["group"] == "high_performing",
        in_need=academies["group"] == "in_need",
        same_trust_near=academies["urn"].map(near).fillna(False).astype(bool),
    )
    # A trust that the register names in two ways is one by its code.
    named = flags["trust"].groupby(flags["trust_code"]).transform("first")
    keys = ["trust_code", "trust"]
    flags["trust"] = named.where(flags["trust_code"].notna(), flags["trust"])
    return flags.groupby(keys, dropna=False).sum().astype("int64").reset_index().sort_values(["trust", "trust_code"])
