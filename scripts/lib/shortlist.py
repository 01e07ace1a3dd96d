"""The order in which a school's candidate helpers are listed, and a helper's schools in need: the method's own."""

from collections.abc import Sequence

import pandas as pd

# How a shortlist is ordered, in words, by the method's keys (domain.RANKS).
ORDERS = {
    "alike": "alike before not known to be alike before unlike",
    "distance": "nearer first",
    "load": "those that fewer others look to first",
    "trust": "the same trust first",
}
# Whose a partner is, seen from the school in need (domain.PARTNER_TRUSTS).
WHOSE = {
    "same_trust": "same trust",
    "another_trust": "another trust",
    "maintained": "in no trust",
    "unknown": "may be same trust",  # the trust of one of the two may well be known, and is then shown
}
ENDS = {"urn": "partner_urn", "partner_urn": "urn"}  # of a pair: each with the other


def in_order(pairs: pd.DataFrame, ranks: Sequence[str], of: str = "urn") -> pd.DataFrame:
    """Return pairs with those of each school together, each school's in the method's order.

    `pairs`: urn, partner_urn, distance_m, alike (boolean with NA), partner_trust, others_looking (how many look to the
    other school: schools in need to a partner; of a school in need, how many partners it has) and, in a run with travel
    times, minutes: a pair with a time comes before those without, however far it is. `of`: the end whose shortlist it
    is, `urn` of the school in need or `partner_urn`. Where all is equal, the lower URN comes first.
    """
    far = ["minutes", "distance_m"] if "minutes" in pairs else ["distance_m"]
    columns = {"alike": ["unlike"], "distance": far, "load": ["others_looking"], "trust": ["another"]}
    keys = [of, *(column for rank in ranks for column in columns[rank]), ENDS[of]]
    unlike = 1 - pairs["alike"].astype("Float64").fillna(0.5).astype("float64")
    keyed = pairs.assign(unlike=unlike, another=pairs["partner_trust"] != "same_trust")
    return keyed.sort_values(keys, kind="stable", ignore_index=True)[list(pairs)]
