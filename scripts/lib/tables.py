"""Write and read the tables of a run: CSV for people, a Parquet twin where a later step reads it.

CSV: UTF-8, one header line, comma, line feed, true/false in lower case, blank for unknown, ISO dates.
"""

import pandas as pd
import pyarrow
import pyarrow.csv


def write(frame, schema, csv=None, parquet=None):
    """Hold `frame` against its pandera schema, put the schema's columns in order, and write it.

    Returns the validated frame. Raises pandera's SchemaErrors when a column, type or value is not as stated.
    """
    frame = conform(frame, schema)
    if parquet:
        frame.to_parquet(parquet, index=False)
    if csv:
        _write_csv(frame, csv)
    return frame


def _write_csv(frame, path):
    # Arrow writes whole numbers and plain texts as pandas does, and the largest tables in a thirtieth of the time.
    if all(str(dtype) in ("int64", "Int64", "str") for dtype in frame.dtypes):
        plain = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
        try:
            pyarrow.csv.write_csv(pyarrow.Table.from_pandas(frame, preserve_index=False), path, plain)
            return
        except pyarrow.ArrowInvalid:  # a text with a comma, a quotation mark or a line break in it
            pass
    text = frame.copy()
    for column in text.select_dtypes(["boolean", "bool"]).columns:
        text[column] = text[column].map({True: "true", False: "false"})
    text.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def conform(frame, schema):
    """Return `frame` validated, with the schema's columns first and in its order."""
    known = [column for column in schema.columns if column in frame.columns]
    others = [column for column in frame.columns if column not in schema.columns]
    return schema.validate(frame[known + others].reset_index(drop=True), lazy=True)


def read(path):
    """Read a table that `write` left, from its Parquet twin or its CSV."""
    path = str(path)
    return (
        pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path, keep_default_na=False, na_values=[""])
    )


def empty(schema):
    """Return a table of the schema's columns without rows."""
    return conform(
        pd.DataFrame({name: pd.Series(dtype=str(column.dtype)) for name, column in schema.columns.items()}), schema
    )
