"""The map's schools in need: their partners in the method's order, whether these are alike, and the pairing."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib import shortlist, words
from lib.area_columns import ENDS
from lib.domain import PARTNER_TRUSTS
from map_scales import BOUNDS

LEFT_OVER = {"helpers_taken": "taken", "no_helper_near": "none near", "without_coordinates": words.NOTHING}


@dataclass(frozen=True)
class Pairs:
    """What the step `pair` found of one phase: matched/likeness and pairing, England's rows of aggregated/pairing.

    `parts`: {id: label} of what makes two schools alike. `ranks`: the order of a shortlist.
    """

    likeness: pd.DataFrame
    paired: pd.DataFrame
    england: pd.DataFrame
    parts: Mapping[str, str]
    ranks: Sequence[str]


def whole(values: pd.Series) -> list[int | None]:
    """Return a column of numbers as a list of whole numbers, unknown as None."""
    return values.astype("Float64").round().astype("Int64").astype(object).where(values.notna(), None).tolist()


def packed(values: list[int | None]) -> str:
    """Return whole numbers, none below zero, as `bits of each:base64 of them all`; unknown as −1.

    Thousands of schools take a third less of the page than as digits. The page's script reads them (`unpack`).
    """
    array = np.array([-1 if value is None else value for value in values], dtype="<i4")
    bits = next(bits for bits in (8, 16, 24, 32) if array.max(initial=0) < 2 ** (bits - 1))
    octets = array.view("u1").reshape(-1, 4)[:, : bits // 8]  # the lowest come first
    return f"{bits}:{base64.b64encode(octets.tobytes()).decode()}"


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


def pairs_in_order(need: pd.DataFrame, partners: pd.DataFrame, pairs: Pairs) -> pd.DataFrame:
    """Return the pairs of the schools in need (of `needing`), in the order of these and of each one's shortlist.

    Columns of matched/partners and likeness, `order` (position in `need`) and `turn` (from 0, of the school in need in
    its partner's own list).
    """
    found = partners[partners["urn"].isin(need["urn"])].merge(
        pairs.likeness[["urn", "partner_urn", "alike", "partner_trust", *pairs.parts]], on=["urn", "partner_urn"]
    )
    looking = {end: found.groupby(other)["urn"].transform("size") for end, other in shortlist.ENDS.items()}
    listed = shortlist.in_order(found.assign(others_looking=looking["partner_urn"]), pairs.ranks, "partner_urn")
    listed["turn"] = listed.groupby("partner_urn").cumcount()
    found = found.assign(others_looking=looking["urn"]).merge(listed[["urn", "partner_urn", "turn"]])
    order = found["urn"].map(pd.Series(need.index, index=need["urn"]))
    ordered = shortlist.in_order(found.assign(order=order), pairs.ranks)
    return ordered.sort_values("order", kind="stable", ignore_index=True)


def need_columns(
    need: pd.DataFrame, schools: pd.DataFrame, partners: pd.DataFrame, pairs: Pairs, limits: list[int]
) -> dict:
    """Return the schools in need (of `needing`) as columns, with their partners.

    `school`: position in school_columns; `placed`: whether it has coordinates; `class`: of its number of partners;
    `start`: where its partners begin in the lists over all pairs, one entry more at the end; `paired_{k}`: where a
    helper takes at most k, the place among its partners of the one that it is paired with, from 0. Over pairs, in the
    order of the shortlist: `partner` (position in school_columns), `turn` (of `pairs_in_order`), `minutes` (where there
    are travel times), `traits` (position in PARTNER_TRUSTS and, as fours, the parts of likeness: of each 2 where it
    holds, 1 where that is not known, 0 where it does not, the first as ones, the second as threes, and so on).
    Distances follow from the coordinates.
    """
    place = pd.Series(range(len(schools)), index=schools["urn"])
    listed = pairs_in_order(need, partners, pairs)
    counts = np.bincount(listed["order"].astype(int), minlength=len(need))
    traits = np.array([PARTNER_TRUSTS.index(whose) for whose in listed["partner_trust"]], dtype=int)
    for at, part in enumerate(pairs.parts):
        traits += len(PARTNER_TRUSTS) * 3**at * (listed[part].astype("Float64").fillna(0.5) * 2).to_numpy(dtype=int)
    columns = {
        "school": need["place"].tolist(),
        "placed": need["placed"].astype(int).tolist(),
        "class": np.searchsorted(limits, counts, side="right").tolist(),
        "start": [0, *counts.cumsum().tolist()],
        "partner": place.reindex(listed["partner_urn"]).tolist(),
        "turn": listed["turn"].tolist(),
        **({"minutes": whole(listed["minutes"])} if "minutes" in listed else {}),
        "traits": traits.tolist(),
    }
    listed["offset"] = listed.groupby("order").cumcount()
    for most, made in pairs.paired.groupby("most_per_helper"):
        taken = listed.merge(made.dropna(subset=["partner_urn"])[["urn", "partner_urn"]], on=["urn", "partner_urn"])
        columns[f"paired_{most}"] = whole(need["urn"].map(taken.set_index("urn")["offset"]))
    return {name: packed(values) for name, values in columns.items()}


def need_table(need: pd.DataFrame, partners: pd.DataFrame, extent: pd.DataFrame, pairs: Pairs, partnered: bool) -> dict:
    """Return the table of schools in need (of `needing`), as `school_map.area_table`. `partnered`: whether with their
    partners."""
    counts = partners.groupby("urn").size()
    of = extent.set_index("urn").reindex(need["urn"]).assign(partners=counts).reset_index()
    of["partners"] = of["partners"].fillna(0).where(need["placed"])
    of["nearest_m"] = need["nearest_m"]
    for end, unknown in {"": False, "_lower": False, "_upper": True}.items():
        alike = pairs.likeness["urn"][pairs.likeness["alike"].fillna(unknown)].value_counts()
        of[f"alike{end}"] = need["urn"].map(alike).fillna(0).where(need["placed"])
    rows = [[called] for called in need["called"]]
    printed = {"partners": words.number, "nearest_m": words.metres_in_miles} if partnered else {}
    printed |= {"alike": words.number} if partnered else {}
    for key, text in printed.items():
        ends = zip(*(of[f"{key}{end}"] for end in ENDS), strict=True)
        for row, values in zip(rows, ends, strict=True):
            figure, *between = map(text, values)
            row.append(words.above(figure, words.bounds(figure, *between)))
    heads = {"partners": ("Partners", ""), "nearest_m": ("Nearest, miles", "")}
    heads["alike"] = ("Alike", "Partners that are known to be alike")
    shown = [("School in need", ""), *(heads[key] for key in printed)]
    if partnered:
        shown.append(("Paired at", "How many schools each helper takes at most, where this one is paired"))
        found = paired_at(pairs.paired)
        rows = [[*row, found[urn]] for row, urn in zip(rows, need["urn"], strict=True)]
    small = BOUNDS if any("\n" in text for row in rows for text in row) else ""
    return {"heads": shown, "total": None, "rows": rows, "ratio": "", "small": small}


def paired_at(paired: pd.DataFrame) -> dict[int, str]:
    """Return {urn: for which numbers that a helper takes it is paired, or why for none}. `paired`: matched/pairing."""
    made = paired[paired["outcome"] == "paired"].sort_values("most_per_helper")
    at = made["most_per_helper"].astype("str").groupby(made["urn"]).agg(", ".join)
    why = paired.drop_duplicates("urn", keep="last").set_index("urn")["outcome"].map(LEFT_OVER)
    return {**why.to_dict(), **at.to_dict()}


def pairing_figures(pairs: Pairs, partnered: bool) -> dict[str, list[str]]:
    """Return {number that a helper takes: figures of England's pairing}, as the panel shows them with PAIRING."""
    rows = pairs.england.to_dict("records") if partnered else []
    figures = {}
    for row in rows:
        left_over = row["helpers_taken"] + row["no_helper_near"]
        counts = [(row["paired"], "paired"), (left_over, "left_over")]
        printed = [words.number(count) for count, _ in counts]
        ends = [[words.number(row[f"{name}_{end}"]) for end in ("lower", "upper")] for _, name in counts]
        shown = [
            words.above(text, words.bounds(text, *between, " to ")) for text, between in zip(printed, ends, strict=True)
        ]
        shown += [words.number(row[name]) for name in ("helpers_taken", "no_helper_near")]
        shown.append(words.number(row["without_coordinates"]) if row["without_coordinates"] else "")
        figures[str(row["most_per_helper"])] = shown
    return figures


# What pairing_figures gives, in words.
PAIRING = [
    "Paired",
    "Left over",
    "Of these, their partners are taken",
    "Of these, no partner near",
    "Without coordinates: not paired",
]
