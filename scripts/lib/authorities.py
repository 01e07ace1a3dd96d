"""Local authorities as they stood on a day, by workflow/facts/authorities.csv.

A register knows a school that was open at a reorganisation under its new authority alone. So one of today, read for an
earlier reference date, has authorities that did not exist then.
"""

from pathlib import Path

import pandas as pd

from lib.areas import most_often
from lib.domain import AUTHORITY_DOUBTS
from lib.yaml_files import PROJECT

FILE = "workflow/facts/authorities.csv"


def read(path: str | Path = PROJECT / FILE) -> pd.DataFrame:
    """Return the authorities by code, as text: name, from, to (first and last day, ISO), successor (codes, with ;)."""
    return pd.read_csv(path, dtype="str", keep_default_na=False, index_col="code")


def on_day(la: pd.DataFrame, authorities: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return `la` (la_code, la_name as the register has them) as it was on a day; `authorities` as of `read`.

    Adds `register_la_code`, and `la_doubt`: `several_possible` where the authority did not exist on that day and it
    cannot be said which one did, `unlisted` where the table does not have the code; both keep it. An authority has one
    name: the table's where the register's code is another's or has ended since ("Pre-LGR 2021 …"), else the one that
    the register gives most often.
    """
    codes = set(la["la_code"].dropna())
    stated = authorities.to_dict("index")
    then = {code: _held_by(code, stated, day) for code in codes}
    several, unlisted = AUTHORITY_DOUBTS
    doubt = {code: several if held else unlisted for code, held in then.items() if len(held) != 1}
    code = la["la_code"].map({code: code if code in doubt else min(held) for code, held in then.items()})
    names = most_often(la["la_name"], la["la_code"]).to_dict()
    changed = {new for new in code.dropna().unique() if new not in codes or stated.get(new, {}).get("to")}
    names |= {new: stated[new]["name"] for new in changed}
    return la.assign(
        la_code=code.astype("str"),
        la_name=code.map(names).astype("str"),
        register_la_code=la["la_code"],
        la_doubt=la["la_code"].map(doubt).astype("str"),
    )


def _held_by(code, stated, day):
    """The codes of the authorities that may have held on a day what one holds, or held; none of an unlisted code."""
    if code not in stated:
        return set()
    own = stated[code]
    if own["from"] and day < own["from"]:
        others = [other for other, row in stated.items() if code in row["successor"].split(";")]
    elif own["to"] and day > own["to"]:
        others = own["successor"].split(";")
    else:
        return {code}
    return set().union(*(_held_by(other, stated, day) for other in others))
