"""Read a source file by its layout, keeping for every record the line of the file where it begins.

Nothing is dropped here without a trace: `read` gives back the records and, apart from them, those it had to leave out.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from lib.run_step import UserError
from lib.yaml_files import nearest

MOST_LINES = 20  # of one record; more, and a quotation mark was never closed
ENOUGH_TO_TELL = 20  # percentages; of fewer, all may lie under 1
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # but tab and line ends
HEADER_WITHIN = 20  # title lines may stand above the header; further down nothing is taken for one


def read(path: str | Path, source: dict, source_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a source file.

    Returns (records, rejected). `records`: `row` (line of the file where the record begins, from 1) and, as text,
    one column per layout column that the file has, `record_type` included; an optional one that it lacks is not there.
    `rejected`: source, row, urn, reason.
    Raises UserError for an unreadable or empty file, a missing column or one that appears twice.
    """
    path = Path(path)
    records = _records(path, source)
    header = _header(path, records, source)
    positions = _positions(path, header, source, source_id)
    width, spills = len(header), source.get("last_column_spills", False)
    kept, rows, rejected = {name: [] for name in positions}, [], []
    for cells, row in records:
        if not any(cell.strip() for cell in cells):
            rejected.append((row, "", "empty line"))
        elif len(cells) > width and not spills:
            urn = cells[positions["urn"]].strip() if "urn" in positions else ""
            rejected.append((row, urn, f"{len(cells)} cells where the header has {width}"))
        else:
            for name, position in positions.items():
                # The official files leave out blank cells at the end of a row.
                kept[name].append(cells[position].strip() if position < len(cells) else "")
            rows.append(row)
    if not rows:
        raise UserError(f"{path.name}: there are no records below the header. Fetch the file again.")
    frame = pd.DataFrame({"row": rows, **{name: pd.Series(texts, dtype="str") for name, texts in kept.items()}})
    return frame, rejections(source_id, rejected)


def count_records(path: str | Path, source: dict) -> tuple[int, int]:
    """Return (records, ending_early): how many stand below the header, blank lines included, and how many of them
    have some cells, but fewer than the header."""
    path = Path(path)
    records = _records(path, source)
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
    """Split `records` by the mask `where`: (kept, rejections). `reason` is a text or a Series of texts."""
    out = records[where]
    reasons = reason[where] if isinstance(reason, pd.Series) else [reason] * len(out)
    return records[~where], rejections(source_id, zip(out["row"], out["urn"].astype("str"), reasons, strict=True))


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


def stop_at_repeats(records: pd.DataFrame, path: str | Path, column: str = "urn", called: str = "URN") -> None:
    """Raise UserError where a URN, or what another column has, `called` so in the message, appears in several rows."""
    twice = records.duplicated(column, keep=False)
    if twice.any():
        value = records[column][twice.idxmax()]
        rows = " and ".join(map(str, records["row"][records[column] == value]))
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

    Capital and small letters are the same: "Academy Converter" became "Academy converter".
    """
    mapping = source["values"][column]
    codes = records[column].str.casefold().map({name.casefold(): word for name, word in mapping.items()})
    hint = f" If it is a new name, add it under values.{column} in {_stated_in(source, f'values.{column}')}."
    near = nearest(records[column][codes.isna().idxmax()], mapping)
    _stop_at(records, codes.isna(), column, path, source, f"is not a listed name.{near}{hint}")
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
        f"{_stated_in(source, f'values.{column}')}."
    )
    _stop_at(records, status.isna(), column, path, source, hint)
    return words.astype("str"), status.astype("str")


def parse_figures(records: pd.DataFrame, column: str, path: str | Path, source: dict) -> tuple[pd.Series, pd.Series]:
    """Return (figures, status) of a figure column: float with NaN, and `ok` or why there is no figure.

    A percent sign is taken off. A cell that is neither a number nor one of the layout's `codes` stops the run,
    as does a figure outside the layout's `range` or a percentage outside 0 to 100, and a column of percentages that
    are all written as fractions.
    """
    text, codes, kind = records[column], source["codes"], source["columns"][column]["type"]
    status = text.map(codes)
    plain = text.str.removesuffix("%") if kind == "percent" else text
    numeric = plain.str.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
    figures = pd.to_numeric(plain.where(status.isna() & numeric), errors="coerce").astype("float64")
    hint = (
        f"is neither a figure nor a known code ({', '.join(c for c in codes if c)}). If it is a new code, "
        f"add it under codes in {_stated_in(source, 'codes')}."
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


def _stated_in(source, key):
    """The layout file that states a key: the source's own, or one that it includes."""
    return f"workflow/layouts/{source.get('stated_in', {}).get(key, source['layout'])}.yaml"


def _stop_at(records, wrong, column, path, source, problem):
    if wrong.any():
        first = wrong.idxmax()
        others = f" ({int(wrong.sum())} rows are like it)" if wrong.sum() > 1 else ""
        raise UserError(
            f"{Path(path).name}, row {records['row'][first]}, column {header_name(source, column)}: "
            f"'{records[column][first]}' {problem}{others}"
        )


def _records(path, source):
    """Give every record of the file with the line where it begins."""
    reader, line = csv.reader(_decoded(path, source["encoding"]), strict=True), 1
    try:
        for cells in reader:
            if reader.line_num - line >= MOST_LINES:
                raise UserError(
                    f"{path.name}, row {line}: a quotation mark is opened here and not closed within {MOST_LINES} "
                    f"lines. Correct the row, or fetch the file again."
                )
            yield cells, line
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"{path.name}, row {line}: cannot be read as CSV: {error}. Fetch the file again, or correct the row."
        ) from None


def _decoded(path, encodings):
    """The file as text, opened."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[:512].count(b"\0") > len(content[:512]) / 4:
        raise UserError(f"{path.name}: the text is in UTF-16, or is no text at all. Save it as CSV in UTF-8.")
    if stray := CONTROL.search(content):
        row, before = _place(content, stray.start())
        raise UserError(
            f"{path.name}, row {row}: the byte 0x{content[stray.start()]:02X} after '{before}' is a control character, "
            f"which no text has. Remove it, or fetch the file again."
        )
    for encoding in encodings:
        try:
            content.decode(encoding)
            text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
            # A mark of UTF-8 before a text in another encoding
            return text if text.read(3) == "ï»¿" else io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
        except UnicodeDecodeError as error:
            if encoding.startswith("utf-8"):
                _stop_at_stray_byte(path, content, error.start + len(content) - len(error.object))
    raise UserError(f"{path.name}: the text is in none of the encodings {', '.join(encodings)}. Save it as UTF-8.")


def _stop_at_stray_byte(path, content, first):
    """Stop where all but a few characters are in UTF-8: in another encoding, those few would garble the many."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    stray = len(re.findall("[\udc80-\udcff]", text))
    if len(re.findall("[^\x00-\x7f]", text)) - stray >= stray:
        row, before = _place(content, first)
        raise UserError(
            f"{path.name}, row {row}: the byte 0x{content[first]:02X} after '{before}' is not in UTF-8, as the rest of "
            f"the file is. Correct that character, or fetch the file again."
        )


def _place(content, at):
    """The row of a byte in a file, and the text before it in that row."""
    lines = (content[:at] + b"|").splitlines()
    return len(lines), lines[-1][:-1].decode("utf-8", errors="replace").lstrip("\ufeff")[-20:]


def _header(path, records, source):
    """The names of the columns: the first record that has that of the key column, or those that the layout states."""
    if "header" in source:
        return source["header"]
    key = "urn" if "urn" in source["columns"] else "postcode"
    names, most = _names(source["columns"][key]), []
    for cells, _ in itertools.islice(records, HEADER_WITHIN):
        cells = [cell.strip() for cell in cells]
        if {name.casefold() for name in names} & {cell.casefold() for cell in cells}:
            return cells
        most = max(most, cells, key=len)
    raise UserError(
        f"{path.name}: no header line with the column '{names[0]}' within the first {HEADER_WITHIN} lines."
        f"{nearest(names[0], most[:8])} If the column has a new name, "
        f"set columns.{key}.column in workflow/layouts/{source['layout']}.yaml."
    )


def _positions(path, header, source, source_id):
    layout = f"workflow/layouts/{source['layout']}.yaml"
    columns = dict(source["columns"])
    if "record_type" in source:
        columns["record_type"] = {"column": source["record_type"]["column"], "label": "record type"}
    positions = {}
    for name, spec in columns.items():
        wanted, in_release = _names(spec)[0], f"sources.{source_id}.columns.{name}.column in the release file"
        # The Department has changed capital and small letters from year to year.
        present = [n for n in _names(spec) if n in header] or [
            there for n in _names(spec) for there in header if there.casefold() == n.casefold()
        ]
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
