"""Count changes by England, region and local authority: flows between groups, reasons, net change and churn.

A school is counted in the area in which it lies by the later release, or, where it is counted in the earlier alone, by
that, its authority brought to the later reference date.
"""

import pandas as pd

from lib import bounds, domain
from lib.area_columns import ENDS
from lib.areas import placed as in_level
from lib.change_schemas import KEY_OF_AREA, ORIGIN_OF, PLACE_OF

AREA = list(KEY_OF_AREA)
LEVELS = {"england": "england", "region": "regions", "local_authority": "local_authorities"}  # and of lib.areas


def in_areas(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of schools three times over, with the columns of KEY_OF_AREA: in England, their region and their
    local authority. An authority lies in the region where most of its schools do, of several the first by name.
    """
    parts = [in_level(rows, name).assign(level=level) for level, name in LEVELS.items()]
    texts = {name: "str" for name in ("level", "area", "area_code", "region")}
    return pd.concat([part.astype(texts) for part in parts], ignore_index=True)


def flows(placed: pd.DataFrame) -> pd.DataFrame:
    """Return change_schemas.FLOWS. `placed`: as of `in_areas`, with all columns of change_schemas.SCHOOLS."""
    told = placed.assign(
        before=placed["group_from"].fillna(placed["followed"]), after=placed["group_to"].fillna(placed["followed"])
    )
    return _sorted(told.groupby([*AREA, "before", "after"], dropna=False).size().reset_index(name="schools"))


def reasons(placed: pd.DataFrame) -> pd.DataFrame:
    """Return change_schemas.REASON_COUNTS; argument as of `flows`."""
    parts = []
    for group in domain.CRITERION_GROUPS:
        was, is_ = (placed[f"group_{side}"] == group for side in ("from", "to"))
        for direction, which in (("came", is_ & ~was), ("left", was & ~is_)):
            counts = placed[which].groupby([*AREA, "reason"], dropna=False).size().reset_index(name="schools")
            parts.append(counts.assign(group=group, direction=direction))
    found = pd.concat(parts, ignore_index=True)
    return _sorted(found.assign(origin=found["reason"].map(ORIGIN_OF)))


def areas(placed: pd.DataFrame) -> pd.DataFrame:
    """Return change_schemas.AREAS: one row an area, phase and group; argument as of `flows`.

    The bounds take every unknown to turn out either way, in each release by itself.
    """
    sides = {}
    for side in ("from", "to"):
        there = placed[f"urn_{side}"].notna()
        flags = placed[[f"{group}_{side}" for group in domain.CRITERION_GROUPS]]
        found = bounds.possible(flags.set_axis(list(domain.CRITERION_GROUPS), axis=1))
        sides[side] = found.apply(lambda flag, there=there: flag & there)
        for group in domain.CRITERION_GROUPS:
            sides[side][group] = placed[f"group_{side}"] == group
    parts = []
    for group in domain.CRITERION_GROUPS:
        (was, was_low, was_high), (is_, is_low, is_high) = (
            (sides[side][group], sides[side][f"{group}_lower"], sides[side][f"{group}_upper"])
            for side in ("from", "to")
        )
        counts = {
            "schools_from": (was, was_low, was_high),
            "schools_to": (is_, is_low, is_high),
            "stayed": (was & is_, was_low & is_low, was_high & is_high),
            "came": (~was & is_, ~was_high & is_low, ~was_low & is_high),
            "left": (was & ~is_, was_low & ~is_high, was_high & ~is_low),
        }
        told = {f"{name}{end}": flag for name, ends in counts.items() for end, flag in zip(ENDS, ends, strict=True)}
        told = pd.DataFrame(told).astype("int64")
        told["net_lower"] = told["schools_to_lower"] - told["schools_from_upper"]
        told["net_upper"] = told["schools_to_upper"] - told["schools_from_lower"]
        told["net"] = told["came"] - told["left"]
        summed = pd.concat([placed[AREA], told], axis=1).groupby(AREA, dropna=False).sum().reset_index()
        either = summed["stayed"] + summed["came"] + summed["left"]
        summed["churn"] = ((summed["came"] + summed["left"]) / either).where(either > 0)
        parts.append(summed.assign(group=group))
    return _sorted(pd.concat(parts, ignore_index=True))


def _sorted(table):
    order = table["level"].map(list(LEVELS).index)
    others = [c for c in ("phase", "area", "area_code", "group", "direction", "before", "after") if c in table]
    table = table.assign(order=order)
    if "reason" in table:
        table["number"] = table["reason"].map(PLACE_OF)
        others.append("number")
    table = table.sort_values(["order", *others], ignore_index=True)
    return table.drop(columns=[c for c in ("order", "number") if c in table])
