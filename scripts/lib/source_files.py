"""Read a source file by its layout, keeping for every record the line of the file where it begins.

Nothing is dropped here without a trace: `read` gives back the records and, apart from them, those it had to leave out.
"""

import itertools
import operator
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lib.releases import AUTHORITY, parts_of
from lib.run_step import UserError
from lib.source_text import records as records_of
from lib.source_text import same_name
from lib.yaml_files import nearest

ENOUGH_TO_TELL = 20  # percentages; of fewer, all may lie under 1
HEADER_WITHIN = 20  # title lines may stand above the header; further down nothing is taken for one
MOST_VALUES_NAMED = 12  # in a message: a file has few years, a damaged one may have many
PART = "row_part_"  # begins the columns that hold the lines of a long file's further rows of a school


def read(path: str | Path, source: dict, source_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a source file.

    Returns (records, rejected). `records`: `row` (line of the file where the record begins, from 1) and, as text,
    one column per layout column that the file has, `record_type` included; an optional one that it lacks is not there.
    Of a long file (`rows` in the layout) the rows named there, and beside each what the layout takes from further rows
    of the school (`pivot`), with their lines as `row_part_{name}`. `rejected`: source, row, urn, reason.
    Raises UserError for an unreadable or empty file, a missing column or one that appears twice, a long file without
    the rows that are read, and a file that holds less or more than the release expects.
    """
    path = Path(path)
    records = records_of(path, source)
    header = _header(path, records, source)
    select, rejected = Selection(path, header, source, source_id), []
    positions = {part: _positions(path, header, source, source_id, part) for part in select.parts}
    kept = {part: ([], []) for part in positions}
    take = {part: _taker(of_part.values()) for part, of_part in positions.items()}
    width, spills, urn_at = len(header), source.get("last_column_spills", False), positions[""].get("urn")
    part = ""
    for cells, row in records:
        if not any(cell.strip() for cell in cells):
            rejected.append((row, "", "empty line"))
            continue
        if len(cells) > width and not spills:
            rejected.append((row, _urn(cells, urn_at), f"{len(cells)} cells where the header has {width}"))
            continue
        if select.columns:
            part, reason = select.part_of(cells)
            if reason:
                rejected.append((row, _urn(cells, urn_at), reason))
                continue
        if len(cells) < width:  # the official files leave out blank cells at the end of a row
            cells += [""] * (width - len(cells))
        rows, taken = kept[part]
        rows.append(row)
        taken.append(take[part](cells))
    frames = {part: _frame(*of_part, positions[part]) for part, of_part in kept.items()}
    if select.columns:
        select.stop_without_rows(frames)
    if frames[""].empty:
        raise UserError(f"{path.name}: there are no records below the header. Fetch the file again.")
    frame, without_main = _side_by_side(path, frames)
    _stop_at_unexpected(frame, path, source, source_id)
    return frame, pd.concat([rejections(source_id, rejected), rejections(source_id, without_main)], ignore_index=True)


def _taker(positions):
    """What takes the cells at these positions, at least one, as a tuple; the last position stands in it twice."""
    positions = list(positions)
    return operator.itemgetter(*positions, positions[-1])


def _frame(rows, taken, names):
    columns = zip(*taken, strict=True) if taken else [()] * len(names)
    # zip stops with the names: the last cell was taken twice.
    texts = {name: pd.Series(texts, dtype="str").str.strip() for name, texts in zip(names, columns, strict=False)}
    return pd.DataFrame({"row": pd.Series(rows, dtype="int64"), **texts})


def _urn(cells, position):
    return cells[position].strip() if position is not None and position < len(cells) else ""


def _side_by_side(path, frames):
    """(records of the main rows with those of the other parts beside them; the rows of schools without a main row)."""
    main, without_main = frames.pop(""), []
    for part, frame in frames.items():
        if frame.empty:
            continue  # as if the file lacked the columns
        known = frame["urn"].isin(main["urn"][main["urn"] != ""])
        alone = frame[~known]
        reason = f"a row of {part.replace('_', ' ')} of a school without a row that it would stand beside"
        without_main += [(row, urn, reason) for row, urn in zip(alone["row"], alone["urn"], strict=True)]
        frame = frame[known].rename(columns={"row": f"{PART}{part}"})
        stop_at_repeats(frame, path, row=f"{PART}{part}")
        main = main.join(frame.set_index("urn"), on="urn")
        texts = frame.columns.drop(["urn", f"{PART}{part}"])
        main[texts] = main[texts].fillna("")
        main[f"{PART}{part}"] = main[f"{PART}{part}"].astype("Int64")
    return main, without_main


class Selection:
    """Which rows of a long file are read: the main row of each school, and the further ones beside it.

    `parts`: "" for the main rows and the names of those of the layout's `pivot` from which a column is taken.
    `columns`: {column of the file: position} by which rows are told apart; empty where every row is read.
    """

    def __init__(self, path: Path, header: list[str], source: dict, source_id: str):
        rows, pivot = source.get("rows", {}), source.get("pivot", {})
        self.parts = ["", *parts_of(source)]
        self._path, self._source, self._where = path, source, f"sources.{source_id}.rows in the release file"
        self._stated = {part: rows | pivot.get(part, {}) for part in self.parts}
        self._wanted = {
            part: {column: {same_name(value) for value in _listed(values)} for column, values in of_part.items()}
            for part, of_part in self._stated.items()
        }
        self._blank = dict.fromkeys((column for of_part in self._wanted.values() for column in of_part), "")
        self.columns = {}
        for column in self._blank:
            found = [at for at, name in enumerate(header) if same_name(name) == same_name(column)]
            if not found and accepts_blank(column, self._stated.values()):
                continue
            if len(found) != 1:
                problem = "appears twice" if found else f"is missing.{nearest(column, header)}"
                raise UserError(
                    f"{path.name}: the column '{column}', by which rows are chosen, {problem} See rows and pivot in "
                    f"workflow/layouts/{source['layout']}.yaml."
                )
            self.columns[column] = found[0]
        self._seen = {}  # {values of these columns: (part, reason)}: there are few, in files of millions of rows

    def part_of(self, cells: list[str]) -> tuple[str, str | None]:
        """Return (part, None) of a record that is read, ("", reason) of one that is not."""
        values = tuple(cells[at] if at < len(cells) else "" for at in self.columns.values())
        if values not in self._seen:
            self._seen[values] = self._decide(values)
        return self._seen[values]

    def _decide(self, values):
        values = self._blank | dict(zip(self.columns, map(same_name, values), strict=True))
        for part, wanted in self._wanted.items():
            if all(values[column] in accepted for column, accepted in wanted.items()):
                return part, None
        for column in self.columns:
            if not any(values[column] in wanted.get(column, {values[column]}) for wanted in self._wanted.values()):
                return "", another(column)
        return "", f"each of {', '.join(self.columns)} is read, but not together"

    def stop_without_rows(self, frames: dict[str, pd.DataFrame]) -> None:
        """Raise UserError where no row is a main one, or none is of a part that the layout does not call optional."""
        for part, wanted in self._wanted.items():
            stated = self._stated[part]
            optional = all(
                spec.get("optional") for spec in self._source["columns"].values() if spec.get("pivot", "") == part
            )
            if len(frames[part]) or (part and optional):
                continue
            for column, accepted in wanted.items():
                if column not in self.columns:
                    continue
                at = list(self.columns).index(column)
                found = sorted({values[at].strip() for values in self._seen})
                if not accepted & set(map(same_name, found)):
                    named = ", ".join(map(repr, found[:MOST_VALUES_NAMED])) + (", …" * (len(found) > MOST_VALUES_NAMED))
                    raise UserError(
                        f"{self._path.name}: no row has the {column} {_either(stated[column])}; there are: "
                        f"{named or 'none'}. Fetch the file that has it, or set {self._where}."
                    )
            together = ", ".join(f"{column} {_either(values)}" for column, values in stated.items())
            raise UserError(
                f"{self._path.name}: no row has together {together}. Fetch the file again, or set {self._where}."
            )


def accepts_blank(column: str, stated: Iterable[dict]) -> bool:
    """Return whether rows of a long file without a value in a column are read, so that the file may lack the column.

    `stated`: {column: the value that is read, or several} of the main rows and of each further part.
    """
    return all("" in _listed(rows[column]) for rows in stated if column in rows)


def another(column: str) -> str:
    """Return the reason why a row of a long file is left out that has another value in a column."""
    return f"another {column} than is read"


def size_of(records: pd.DataFrame) -> dict[str, int]:
    """Return how many `rows` the records are and, where a column tells them, of how many `authorities`."""
    found = {"rows": len(records)}
    for column, characters in AUTHORITY.items():
        if column in records and "authorities" not in found:
            codes = records[column].str[:characters]
            found["authorities"] = codes[codes != ""].nunique()
    return found


def _listed(value):
    return value if isinstance(value, list) else [value]


def _either(values):
    return " or ".join(value or "blank" for value in _listed(values))


def _stop_at_unexpected(records, path, source, source_id):
    """Stop at a file that holds less or more than the release says that the official one holds."""
    if source.get("partial") or "expect" not in source:
        return
    found = size_of(records)
    for what, (low, high) in source["expect"].items():
        if not low <= found.get(what, low - 1) <= high:
            there = f"it has {found[what]:,} {what}" if what in found else f"it has no column that tells the {what}"
            raise UserError(
                f"{path.name}: {there}, where {low:,} to {high:,} are expected. Is the file cut short, or of one "
                f"authority alone? Fetch it again. If it is meant, say `partial: true` in sources.{source_id} of the "
                f"release file; if the official file now holds so many, correct `expect` there."
            )


def header_of(path: str | Path, source: dict) -> list[str]:
    """Return the names of a file's columns."""
    return _header(Path(path), records_of(Path(path), source), source)


def count_records(path: str | Path, source: dict) -> tuple[int, int]:
    """Return (records, ending_early): how many stand below the header, blank lines included, and how many of them
    have some cells, but fewer than the header."""
    path = Path(path)
    records = records_of(path, source)
    width, number, early = len(_header(path, records, source)), 0, 0
    for cells, _ in records:
        number += 1
        early += len(cells) < width and any(map(str.strip, cells))
    return number, early


def rejections(source_id: str, rows: Iterable[tuple[int, str, str]]) -> pd.DataFrame:
    """Return a table source, row, urn, reason from (row, urn, reason) triples."""
    frame = pd.DataFrame(list(rows), columns=["row", "urn", "reason"])
    frame.insert(0, "source", source_id)
    return frame.astype({"source": "str", "row": "int64", "urn": "str", "reason": "str"})


def reject(
    records: pd.DataFrame, where: pd.Series, source_id: str, reason: str | pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split `records` by the mask `where`: (kept, rejections). `reason` is a text or a Series of texts.

    With a row of a long file the further rows go that stand beside it.
    """
    out = records[where]
    reasons = reason[where] if isinstance(reason, pd.Series) else pd.Series(reason, index=out.index)
    out = out.assign(reason=reasons)
    lines = [out.set_axis(out["row"])] + [
        out[out[c].notna()].set_axis(out[c].dropna()) for c in out if c.startswith(PART)
    ]
    left = pd.concat(lines) if len(lines) > 1 else lines[0]
    return records[~where], rejections(
        source_id, zip(left.index, left["urn"].astype("str"), left["reason"], strict=True)
    )


def parse_urn(
    records: pd.DataFrame, path: str | Path, source: dict, source_id: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (records with `urn` as integers, rejections of rows without one). Raises UserError when no row has one."""
    path = Path(path)
    good = records["urn"].str.fullmatch(r"[0-9]{5,7}")
    if not good.any():
        first = records.iloc[0]
        raise UserError(
            f"{path.name}, row {first['row']}, column {header_name(source, 'urn')}: '{first['urn']}' is not a URN, and "
            f"no other row has one, a whole number of 5 to 7 digits. Fetch it again: a spreadsheet may have changed it."
        )
    kept, rejected = reject(records, ~good, source_id, "the URN is not a whole number of 5 to 7 digits")
    return kept.assign(urn=kept["urn"].astype("int64")), rejected


def stop_at_repeats(
    records: pd.DataFrame, path: str | Path, column: str = "urn", called: str = "URN", row: str = "row"
) -> None:
    """Raise UserError where a URN, or what another column has, `called` so in the message, appears in several rows."""
    twice = records.duplicated(column, keep=False)
    if twice.any():
        value = records[column][twice.idxmax()]
        rows = " and ".join(map(str, records[row][records[column] == value]))
        raise UserError(
            f"{Path(path).name}: {called} {value} appears in rows {rows}, so it is not known which of them is right. "
            f"Remove all but one of the rows, or fetch the file again."
        )


def parse_integers(records: pd.DataFrame, column: str, path: str | Path, source: dict, minimum: int = 1) -> pd.Series:
    """Return a column of whole numbers as Int64; blank and anything under `minimum` (0: no such school) are missing."""
    text = records[column]
    numbers = pd.to_numeric(text.where(text != ""), errors="coerce")
    wrong = (text != "") & (numbers.isna() | (numbers % 1 != 0))
    _stop_at(records, wrong, column, path, source, "is not a whole number")
    return numbers.where(numbers >= minimum).astype("Int64")


def parse_urns(records: pd.DataFrame, column: str, path: str | Path, source: dict) -> pd.Series:
    """Return a column of URNs of other schools as Int64; blank and 0 (the official files have it for none) are missing.

    A number of which figures were lost would name another school: it stops the run.
    """
    urns = parse_integers(records, column, path, source)
    problem = "is not a URN, a whole number of 5 to 7 digits. Correct the row, or fetch the file again."
    _stop_at(records, urns.notna() & ~urns.between(10_000, 9_999_999), column, path, source, problem)
    return urns


def parse_dates(records: pd.DataFrame, column: str, path: str | Path, source: dict) -> pd.Series:
    """Return a column of dates as ISO text, blank where the file is blank or lacks the column."""
    if column not in records:
        return pd.Series(None, index=records.index, dtype="str")
    text, form = records[column], source["columns"][column]["format"]
    dates = pd.to_datetime(text.where(text != ""), format=form, errors="coerce")
    words = form.replace("%d", "dd").replace("%m", "mm").replace("%Y", "yyyy")
    problem = (
        f"is not a date of the form {words}. Correct the row; if the whole file has another form, set "
        f"columns.{column}.format in workflow/layouts/{source['layout']}.yaml."
    )
    _stop_at(records, (text != "") & dates.isna(), column, path, source, problem)
    return dates.dt.strftime("%Y-%m-%d").astype("str").where(dates.notna(), None)


def parse_codes(records: pd.DataFrame, column: str, path: str | Path, source: dict) -> pd.Series:
    """Return a column of names in our words, by the layout's `values`; a name that is not listed stops the run.

    Capital and small letters are the same: "Academy Converter" became "Academy converter"; so are surplus spaces. A
    blank in a column that the copy does not fill (`not_filled` in the release) is missing.
    """
    mapping = source["values"][column]
    words = {same_name(name): word for name, word in mapping.items()}
    codes = records[column].map({text: words.get(same_name(text)) for text in records[column].unique()})
    unknown = codes.isna()
    if column in source.get("not_filled", ()):
        codes, unknown = codes.mask(records[column] == ""), unknown & (records[column] != "")
    hint = f" If it is a new name, add it under values.{column} in {stated_in(source, f'values.{column}')}."
    near = nearest(records[column][unknown.idxmax()], mapping)
    _stop_at(records, unknown, column, path, source, f"is not a listed name.{near}{hint}")
    return codes.astype("str")


def parse_words(records: pd.DataFrame, column: str, path: str | Path, source: dict) -> tuple[pd.Series, pd.Series]:
    """Return (words, status) of a column of judgements in words: ours by the layout's `values`, and `ok`; or, where
    the text is one of the layout's `codes`, none, and why. Any other text stops the run."""
    text, values, codes = records[column], source["values"][column], source.get("codes", {})
    words = text.str.casefold().map({name.casefold(): word for name, word in values.items()})
    status = text.map(codes).where(words.isna(), "ok")
    known = ", ".join(name for name in values if name)
    hint = (
        f"is none of the listed words ({known}). If it is a new one, add it under values.{column} in "
        f"{stated_in(source, f'values.{column}')}."
    )
    _stop_at(records, status.isna(), column, path, source, hint)
    return words.astype("str"), status.astype("str")


def parse_figures(records: pd.DataFrame, column: str, path: str | Path, source: dict) -> tuple[pd.Series, pd.Series]:
    """Return (figures, status) of a figure column: float with NaN, and `ok` or why there is no figure.

    A percent sign is taken off. A cell that is neither a number nor one of the layout's `codes` stops the run,
    as does a figure outside the layout's `range` or a percentage outside 0 to 100, and a column of percentages that
    are all written as fractions. A blank is what the column says (`if_blank`), else the codes; in a column that the
    copy does not fill (`not_filled` in the release) it is `missing`.
    """
    text, spec = records[column], source["columns"][column]
    codes, kind = source["codes"], spec["type"]
    if column in source.get("not_filled", ()):
        codes = codes | {"": "missing"}
    elif "if_blank" in spec:
        codes = codes | {"": spec["if_blank"]}
    status = text.map(codes)
    plain = text.str.removesuffix("%") if kind == "percent" else text
    numeric = plain.str.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
    figures = pd.to_numeric(plain.where(status.isna() & numeric), errors="coerce").astype("float64")
    hint = (
        f"is neither a figure nor a known code ({', '.join(c for c in codes if c)}). If it is a new code, "
        f"add it under codes in {stated_in(source, 'codes')}."
    )
    _stop_at(records, status.isna() & ~numeric, column, path, source, hint)
    if kind == "grade":
        _stop_at(records, figures % 1 > 0, column, path, source, "is not a whole grade; correct the row.")
    if kind == "percent":
        _stop_at_fractions(figures, text, column, path, source)
    any_figure = (0, 100) if kind == "percent" else (-np.inf, np.inf)
    low, high = source.get("range", {}).get(column, any_figure)
    problem = f"lies outside {low} to {high}; correct the file or fetch it again."
    _stop_at(records, figures.notna() & ~figures.between(low, high), column, path, source, problem)
    return figures, status.where(status.notna(), "ok").astype("str")


def _stop_at_fractions(figures, text, column, path, source):
    """A spreadsheet that formats 65% as a percentage saves it as 0.65."""
    known = figures.notna() & ~text.str.endswith("%")
    if known.sum() >= ENOUGH_TO_TELL and figures[known].between(0, 1).all() and (figures[known] > 0).any():
        raise UserError(
            f"{Path(path).name}, column {header_name(source, column)}: all {known.sum():,} percentages lie within 0 "
            f"and 1, so they are fractions. Fetch the file again, or multiply the column by 100."
        )


def header_name(source: dict, column: str) -> str:
    """Return the column's name in the file as the layout states it (the first, where there are several)."""
    return _names(source["columns"][column])[0]


def _names(spec):
    return [spec["column"]] if isinstance(spec["column"], str) else spec["column"]


def stated_in(source: dict, key: str) -> str:
    """Return the layout file that states a key: the source's own, or one that it includes."""
    return f"workflow/layouts/{source.get('stated_in', {}).get(key, source['layout'])}.yaml"


def _stop_at(records, wrong, column, path, source, problem):
    if wrong.any():
        first = wrong.idxmax()
        others = f" ({int(wrong.sum())} rows are like it)" if wrong.sum() > 1 else ""
        raise UserError(
            f"{Path(path).name}, row {records['row'][first]}, column {header_name(source, column)}: "
            f"'{records[column][first]}' {problem}{others}"
        )


def _header(path, records, source):
    """The names of the columns: the first record that has that of the key column, or those that the layout states."""
    if "header" in source:
        return source["header"]
    key = "urn" if "urn" in source["columns"] else "postcode"
    names, most = _names(source["columns"][key]), []
    for cells, _ in itertools.islice(records, HEADER_WITHIN):
        cells = [cell.strip() for cell in cells]
        if {same_name(name) for name in names} & {same_name(cell) for cell in cells}:
            return cells
        most = max(most, cells, key=len)
    raise UserError(
        f"{path.name}: no header line with the column '{names[0]}' within the first {HEADER_WITHIN} lines."
        f"{nearest(names[0], most[:8])} If the column has a new name, "
        f"set columns.{key}.column in workflow/layouts/{source['layout']}.yaml."
    )


def columns_in(header: list[str], source: dict) -> Iterator[tuple[str, dict, list[str]]]:
    """Give (column of ours, its spec, those of its names that a header has) of each column of a layout.

    Case and surplus spaces do not count: the Department has changed them from year to year. Where both spellings are
    there, the exact one counts.
    """
    columns = dict(source["columns"])
    if "record_type" in source:
        columns["record_type"] = {"column": source["record_type"]["column"], "label": "record type"}
    compared = [same_name(name) for name in header]
    for name, spec in columns.items():
        exact = [n for n in _names(spec) if n in header]
        alike = {same_name(n) for n in _names(spec)}
        yield name, spec, exact or [n for n, there in zip(header, compared, strict=True) if there in alike]


def _positions(path, header, source, source_id, part):
    """{column of ours: position} of the columns that are taken from a part of a long file, "" of the main rows."""
    layout = f"workflow/layouts/{source['layout']}.yaml"
    positions = {}
    for name, spec, present in columns_in(header, source):
        if spec.get("pivot", "") != part and name != "urn":
            continue
        wanted, in_release = _names(spec)[0], f"sources.{source_id}.columns.{name}.column in the release file"
        if not present and spec.get("optional"):
            continue
        if not present:
            ways_out = f"{in_release}, or columns.{name}.column in {layout}", f"record_type.column in {layout}"
            raise UserError(
                f"{path.name}: the column '{wanted}' ({spec['label']}) is missing.{nearest(wanted, header)} If it "
                f"has a new name, set {ways_out[name not in source['columns']]}."
            )
        if len(present) > 1 and not spec.get("first_of"):
            raise UserError(
                f"{path.name}: the file has both {' and '.join(present)} for {spec['label']}, so it is not known which "
                f"holds the figures. Set {in_release} to one."
            )
        if header.count(present[0]) > 1:
            raise UserError(f"{path.name}: the column '{present[0]}' appears twice in the header. Remove one.")
        positions[name] = header.index(present[0])
    return positions
