"""Which pairs of a school in need and a partner are there in one of two runs only, and why.

A pair is the same where both schools are, followed through their URNs.
"""

import numpy as np
import pandas as pd

from compared_runs import Run
from lib.change_schemas import PARTNER_REASONS

SIDES = ("from", "to")


def changed_pairs(rows: pd.DataFrame, earlier: Run, later: Run) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return (change_schemas.PARTNERS, {phase: pairs there are in both}). `rows`: change_schemas.SCHOOLS."""
    rows = rows.reset_index(drop=True)
    pairs = {side: _pairs(rows, run, side) for side, run in zip(SIDES, (earlier, later), strict=True)}
    both = pairs["from"].merge(pairs["to"], on=["school", "partner"], how="outer", indicator=True)
    there = both["_merge"] == "both"
    kept = rows["phase"].reindex(both.loc[there, "school"]).value_counts().sort_index().to_dict()
    changed = both[~there].reset_index(drop=True)
    gained = changed["_merge"] == "right_only"
    school, partner = (rows.loc[changed[name]].reset_index(drop=True) for name in ("school", "partner"))
    places = {side: _places(rows, run, side) for side, run in zip(SIDES, (earlier, later), strict=True)}
    table = pd.DataFrame({"urn_from": school["urn_from"], "urn_to": school["urn_to"]})
    table = table.assign(partner_from=partner["urn_from"], partner_to=partner["urn_to"], phase=school["phase"])
    table["change"] = np.where(gained, "gained", "lost")
    for side in SIDES:
        points = [places[side][changed[name]] for name in ("school", "partner")]
        # Squares of whole metres are exact, so that a distance is as matched/partners has it.
        table[f"distance_m_{side}"] = np.sqrt(((points[0] - points[1]) ** 2).sum(axis=1)).round(1)
    as_far = (table["distance_m_from"] == table["distance_m_to"]).to_numpy(dtype=bool)
    table["reason"] = _reasons(school, partner, gained, as_far, earlier, later)
    order = ["phase", "urn_from", "urn_to", "partner_from", "partner_to"]
    return table.sort_values(order, ignore_index=True), kept


def _pairs(rows, run, side):
    """The pairs of a run, by the numbers of their rows."""
    rows = rows[rows[f"urn_{side}"].notna()]
    numbers = pd.Series(rows.index, index=pd.MultiIndex.from_frame(rows[[f"urn_{side}", "phase"]]))
    partners = run.read("matched/partners.parquet")
    of = {
        name: numbers.reindex(pd.MultiIndex.from_frame(partners[[urn, "phase"]])).to_numpy(dtype=np.int64)
        for name, urn in (("school", "urn"), ("partner", "partner_urn"))
    }
    return pd.DataFrame(of)


def _places(rows, run, side):
    """Easting and northing of each row in a run, NaN where it has none or is not there."""
    schools = run.schools.set_index(["urn", "phase"])[["easting", "northing"]]
    found = schools.reindex(pd.MultiIndex.from_frame(rows[[f"urn_{side}", "phase"]]))
    return found.to_numpy(dtype=float, na_value=np.nan)


def _reasons(school, partner, gained, as_far, earlier, later):
    """The first of PARTNER_REASONS that applies to each pair. `as_far`: whether it is as far apart in both."""
    gained = gained.to_numpy(dtype=bool)
    cases = {}
    for table, name, group in ((school, "school", "in_need"), (partner, "partner", "high_performing")):
        # In the release that does not have the pair: is it counted there, and of the group?
        counted = np.where(gained, table["urn_from"].notna(), table["urn_to"].notna())
        of_group = np.where(gained, table["group_from"] == group, table["group_to"] == group).astype(bool)
        cases |= {f"{name}_appeared": ~counted & gained, f"{name}_disappeared": ~counted & ~gained}
        other = counted & ~of_group
        cases |= {f"{name}_came": other & gained, f"{name}_left": other & ~gained}
    radii = [run.method["radius_used_miles"] for run in (earlier, later)]
    cases["radius"] = np.array([radii[0][phase] != radii[1][phase] for phase in school["phase"]], dtype=bool)
    cases["moved"] = ~as_far
    words = [word for word in PARTNER_REASONS if word in cases]
    return np.select([cases[word] for word in words], words, "travel")
