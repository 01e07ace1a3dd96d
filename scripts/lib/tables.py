"""Write and read the tables of a run: CSV for people, a Parquet twin where a later step reads it.

CSV: UTF-8, one header line, comma, line feed, true/false in lower case, blank for unknown, ISO dates.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.compute as compute
import pyarrow.csv
import pyarrow.parquet

from lib.schemas import Column, Table

ARROW_WRITES = ("int64", "Int64", "str", "boolean", "bool")  # of these, CSV comes out as pandas writes it
ENDLESS = (float("-inf"), float("inf"))


class TableError(ValueError):
    """A table that is not as its schema states it: a fault of the program, or data that no check before it found."""


def write(
    frame: pd.DataFrame, schema: Table, csv: str | Path | None = None, parquet: str | Path | None = None
) -> pd.DataFrame:
    """Hold `frame` against its schema, put the schema's columns in order, and write it.

    Returns the frame as written. Raises TableError when a column, type or value is not as stated.
    """
    frame = conform(frame, schema, csv or parquet)
    if parquet:
        frame.to_parquet(parquet, index=False)
    if csv:
        _write_csv(frame, csv)
    return frame


def write_parts(parts: Iterable[pd.DataFrame], schema: Table, csv: str | Path, parquet: str | Path) -> None:
    """Write a table that comes in parts, at least one, as `write` does; only one at a time need be in memory.

    For tables of whole numbers and texts. What the schema says of a column as a whole is held against each part.
    """
    with ExitStack() as files:
        lines, rows = files.enter_context(open(csv, "wb")), None
        for part in parts:
            table = pyarrow.Table.from_pandas(conform(part, schema, csv), preserve_index=False)
            if rows is None:
                rows = files.enter_context(pyarrow.parquet.ParquetWriter(parquet, table.schema))
                lines.write(_as_csv(table))
            else:
                lines.write(_as_csv(table).split(b"\n", 1)[1])  # the header is there
            rows.write_table(table)


def _write_csv(frame, path):
    # Arrow takes a thirtieth of pandas' time; of floats it would leave off the ".0" that pandas writes.
    floats = frame.select_dtypes("float64")
    frame = frame.assign(**{name: _float_texts(floats[name]) for name in floats})
    if len(frame) and all(str(dtype) in ARROW_WRITES for dtype in frame.dtypes):
        Path(path).write_bytes(_as_csv(pyarrow.Table.from_pandas(frame, preserve_index=False)))
        return
    Path(path).write_text(as_csv(frame), encoding="utf-8", newline="\n")


def as_csv(frame: pd.DataFrame) -> str:
    """Return a table as the text of a CSV file, in the form of all of them; for small ones, since pandas takes long."""
    flags = frame.select_dtypes(["boolean", "bool"])
    texts = frame.assign(**{name: flags[name].map({True: "true", False: "false"}) for name in flags})
    return texts.to_csv(index=False, lineterminator="\n")


def _float_texts(floats):
    return pd.Series([None if value != value else repr(value) for value in floats.tolist()], floats.index, dtype="str")


def _as_csv(table) -> bytes:
    """A table as a CSV file. Arrow sets quotation marks about every text or none; here only where one needs them."""
    try:
        plain = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
        pyarrow.csv.write_csv(table, file := io.BytesIO(), plain)
        return file.getvalue()
    except pyarrow.ArrowInvalid:  # a text with a comma, a quotation mark or a line break in it
        pass
    text = pyarrow.large_string()
    mark, comma, line_end, nothing = (pyarrow.scalar(character, text) for character in ('"', ",", "\n", ""))
    fields = []
    for column in table.columns:
        field = column.combine_chunks().cast(text)
        quoted = compute.binary_join_element_wise(mark, compute.replace_substring(field, '"', '""'), mark, nothing)
        fields.append(compute.if_else(compute.match_substring_regex(field, '[,"\r\n]'), quoted, field))
    lines = compute.binary_join_element_wise(*fields, comma, null_handling="replace")
    lines = compute.binary_join_element_wise(lines, line_end, nothing)
    rows = lines.buffers()[2].slice(0, compute.sum(compute.binary_length(lines)).as_py()).to_pybytes()
    return f"{','.join(table.column_names)}\n".encode() + rows


def conform(frame: pd.DataFrame, schema: Table, name: str | Path | None = None) -> pd.DataFrame:
    """Return `frame` in the types of its schema, with the schema's columns first and in its order.

    Raises TableError, which names the table (`name`) and every fault in it: a column too many or too few, a type that
    a value does not fit, a blank or a value that is not allowed, two rows with the same key.
    """
    absent = [column for column in schema.columns if column not in frame and column not in schema.optional]
    others = [column for column in frame if column not in schema.columns]
    faults = [f"{column}: the column is missing" for column in absent]
    faults += [] if schema.more else [f"{column}: no such column is stated" for column in others]
    frame = frame[[*(column for column in schema.columns if column in frame), *others]].reset_index(drop=True)
    for column, stated in schema.columns.items():
        if column not in frame:
            continue
        if not stated.missing and (blank := frame[column].isna()).any():
            faults.append(f"{column}: blank in {_rows(blank)}")
            continue
        try:
            if frame[column].dtype != stated.dtype:
                whole = "Int64" if stated.dtype == "int64" else stated.dtype  # which does not cut off decimals
                frame[column] = frame[column].astype(whole).astype(stated.dtype)
        except (ValueError, TypeError) as error:
            faults.append(f"{column}: not all values are {stated.dtype} ({error})")
            continue
        faults += [f"{column}: {fault}" for fault in _faults(frame[column], stated)]
    if schema.key and not absent and (again := frame.duplicated(list(schema.key))).any():
        faults.append(f"{', '.join(schema.key)}: {_rows(again)} with a key that another has")
    if faults:
        raise TableError(f"{name or 'table'}:\n" + "\n".join(faults))
    return frame


def _faults(values: pd.Series, stated: Column):
    """What is wrong with the values of a column, in words."""
    if stated.within:
        low, high = (end if end is not None else other for end, other in zip(stated.within, ENDLESS, strict=True))
        known = values.dropna()
        if len(known) and not (low <= known.min() and known.max() <= high):
            wrong = ~values.between(low, high).fillna(True) & values.notna()
            yield f"outside {low} to {high} in {_rows(wrong)}: {values[wrong].iloc[0]}"
    if stated.allowed is not None or stated.pattern:
        for value in values.dropna().unique():
            if value not in stated.allowed if stated.allowed is not None else not re.fullmatch(stated.pattern, value):
                yield f"'{value}' is not allowed, in {_rows(values == value)}"


def _rows(which):
    """How many rows, and where the first of them is."""
    return f"{int(which.sum())} row(s), the first at {int(which.to_numpy(dtype=bool, na_value=False).argmax()) + 1}"


def read(path: str | Path) -> pd.DataFrame:
    """Read a table that `write` left, from its Parquet twin or its CSV."""
    path = str(path)
    return (
        pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path, keep_default_na=False, na_values=[""])
    )


def header(path: str | Path) -> list[str]:
    """Return the columns of a CSV table that `write` left."""
    with open(path, encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


def empty(schema: Table) -> pd.DataFrame:
    """Return a table of the schema's columns without rows."""
    return conform(
        pd.DataFrame({name: pd.Series(dtype=column.dtype) for name, column in schema.columns.items()}), schema
    )
