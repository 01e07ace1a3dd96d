"""What a source file holds, and what it has gained and lost against the file and the layout of an earlier release."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import source_files
from lib.layout_match import Match
from lib.releases import HAVE_VALUE
from lib.source_text import same_name

NAMED = ("code", "word")  # types of columns whose texts the layout lists
FIGURE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)%?")
MOST = 12  # columns or names that a line lists


@dataclass(frozen=True)
class Contents:
    """The rows of a file that a layout reads, as text, and how many others there are.

    `header`: the names of its columns. `texts`: {column of ours: Counter of the texts in it that are no figures}, of
    columns of names and of figures. `reasons`: why the others are not read, with the number of rows of each.
    """

    records: pd.DataFrame
    others: int
    header: list[str]
    texts: dict[str, Counter]
    reasons: Counter


def contents_of(path: str | Path, source: dict, source_id: str) -> Contents:
    """Return what of a file a source's layout reads. Raises UserError where it cannot."""
    records, rejected = source_files.read(path, source, source_id)
    reasons = Counter(rejected["reason"])
    if "record_type" in source:
        levels = records["record_type"].map(source["record_type"]["values"])
        schools = records[levels.isna() | (levels == "school")]
        rejected, records = [*rejected["row"], *records["row"][~records.index.isin(schools.index)]], schools
    texts = {}
    for name, spec in source["columns"].items():
        if name in records and spec["type"] in (*NAMED, *HAVE_VALUE):
            counted = Counter(records[name])
            is_name = spec["type"] in NAMED
            texts[name] = Counter({t: n for t, n in counted.items() if is_name or not FIGURE.fullmatch(t)})
    return Contents(records, len(rejected), source_files.header_of(path, source), texts, reasons)


def unlisted(contents: Contents, source: dict) -> list[str]:
    """Return a sentence for each column with names or codes that the layout does not list, which would stop a run."""
    out = []
    for name, counted in contents.texts.items():
        spec, values = source["columns"][name], source.get("values", {}).get(name, {})
        codes = {} if spec["type"] == "code" else source.get("codes", {})
        if spec["type"] in HAVE_VALUE and source["kind"] in ("register", "postcodes"):
            continue  # coordinates that are no numbers are set aside
        known = {same_name(text) for text in values}
        new = {t: n for t, n in counted.items() if same_name(t) not in known and t not in codes}
        if name in source.get("not_filled", ()):
            new.pop("", None)
        if new:
            key = "codes" if spec["type"] in HAVE_VALUE else f"values.{name}"
            column = source_files.header_name(source, name)
            where = source_files.stated_in(source, key)
            out.append(f"{column}: {_listed(new)} not in the layout. Add under {key} in {where}.")
    return out


def lines_of_changes(contents: Contents, match: Match, last: dict, before: Contents | None, last_id: str) -> list[str]:
    """Return, a line each, the columns, names and codes gained and lost against the last layout, and its file.

    `last`: the source of release `last_id`, layout merged in. `before`: what its file holds, where it is at hand.
    """
    of_last = last["columns"]
    gained = dict.fromkeys(match.found[c] for c in match.found if of_last and c not in (*of_last, "record_type"))
    lost = dict.fromkeys(source_files.header_name(last, c) for c in of_last if c not in match.found)
    lines = [f"columns that are read: gained {_names(gained)}"] if gained else []
    lines += [f"columns of the last layout that it lacks: {_names(lost)}"] if lost else []
    if before is None:
        return lines
    for what, new, old in (("columns", contents.header, before.header), *_texts(contents, before, last)):
        old_names, new_names = ({same_name(text) for text in texts} for texts in (old, new))
        more = [text for text in new if same_name(text) not in old_names]
        less = [text for text in old if same_name(text) not in new_names]
        lines += [f"{what} that the file of {last_id} does not have: {_names(more)}"] if more else []
        lines += [f"{what} of the file of {last_id} that it does not have: {_names(less)}"] if less else []
    return lines


def _texts(contents, before, last):
    for name in contents.texts.keys() & before.texts.keys():
        what = "names" if last["columns"][name]["type"] in NAMED else "codes"
        yield f"{source_files.header_name(last, name)}, {what}", contents.texts[name], before.texts[name]


def _names(texts):
    texts = [text or "(blank)" for text in texts]
    return ", ".join(texts[:MOST]) + (f" and {len(texts) - MOST} more" if len(texts) > MOST else "")


def _listed(counted):
    ordered = sorted(counted, key=lambda text: (-counted[text], text))
    some = ", ".join(f"'{text}' ({counted[text]:,} rows)" for text in ordered[:MOST])
    more = f" and {len(ordered) - MOST} more" if len(ordered) > MOST else ""
    return f"{some}{more} {'is' if len(ordered) == 1 else 'are'}"
