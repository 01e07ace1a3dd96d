"""Say of pairs of schools whether they are alike, by the parts of likeness that a method states."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.domain import ACADEMIES

ALL, ALL_PARTS = "alike", "All of them together"  # beside the parts of likeness: its name, and in words
NO_WORD = "not_applicable"  # as good as no word: the register has it of some secondary schools too
DECIMALS = 6  # 16.1 and 6.1 are within ten points, whatever binary fractions make of them


def attribute(schools: pd.DataFrame, name: str) -> pd.Series:
    """Return an attribute of each school, blank where the register does not say, or says that it does not apply."""
    return schools[name].mask(schools[name].eq(NO_WORD).fillna(False).astype(bool))


def parts_of_pairs(one: pd.DataFrame, other: pd.DataFrame, parts: Sequence[dict]) -> pd.DataFrame:
    """Return a column for each part by its id, and `alike`, as boolean with NA; a row a pair.

    `one`, `other`: the two schools of each pair, row by row, with the attributes that the parts name. `parts`: of the
    method, for the phase. Alike when all parts hold; not when one does not, whatever else is unknown.
    """
    held = pd.DataFrame(index=range(len(one)))
    for part in parts:
        held[part["id"]] = _holds(part, *(attribute(side, part["attribute"]) for side in (one, other)))
    alike = pd.Series(pd.array([True] * len(one), dtype="boolean"), index=held.index)
    for part in parts:
        alike = alike & held[part["id"]]
    return held.assign(alike=alike)


def _holds(part, one, other):
    one, other = (side.reset_index(drop=True) for side in (one, other))
    known = one.notna() & other.notna()
    if part["is"] == "same":
        holds = one == other
    else:
        one, other = (side.astype("float64").to_numpy() for side in (one, other))
        if part["is"] == "within":
            holds = np.round(np.abs(one - other), DECIMALS) <= part["value"]
        else:
            holds = np.maximum(one, other) <= np.round(np.minimum(one, other) * part["value"], DECIMALS)
    return pd.array(np.where(known, pd.Series(holds).fillna(False).astype(bool), None), dtype="boolean")


def trust_of(schools: pd.DataFrame) -> pd.Series:
    """Return each academy's trust, by its code or else its name; blank for others, and where it is not stated."""
    code = schools["trust_code"].where(schools["trust_code"].notna(), schools["trust"])
    return code.where(schools["type"].isin(ACADEMIES), None)


def partner_trusts(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Return for each pair whose the partner (`other`) is, seen from `one`: a word of domain.PARTNER_TRUSTS.

    `one`, `other`: type, trust, trust_code, row by row.
    """
    own, theirs = (trust_of(side).reset_index(drop=True) for side in (one, other))
    academy, partner_is = (side["type"].isin(ACADEMIES).to_numpy() for side in (one, other))
    unknown = academy & partner_is & (own.isna() | theirs.isna()).to_numpy()
    return np.select(
        [~partner_is, unknown, (own == theirs).fillna(False)], ["maintained", "unknown", "same_trust"], "another_trust"
    )
