"""List the cells in which two runs of one release differ: what a new version of a source file, or other rules, changed.

Compared are the tables that have a row a school, column by column. Lines of source files, by which a cell is audited,
are none of its content.
"""

import pandas as pd

from compared_runs import Run
from lib import change_schemas, tables

# The tables, as seen from the folder of a run, and what names a row of each.
COMPARED = {
    "../clean/establishments.parquet": ["urn"],
    "../clean/results.parquet": ["urn", "phase"],
    "../clean/inspections.parquet": ["urn"],
    "../clean/designations.parquet": ["urn", "designation"],
    "population/schools.parquet": ["urn", "phase"],
    "classified/schools.parquet": ["urn", "phase"],
    "matched/partners.parquet": ["urn", "phase", "partner_urn"],
}
AUDIT = ("row", "source")  # a column of these names, or that ends so
COLUMNS = list(change_schemas.DIFFERENCES.columns)


def differences(earlier: Run, later: Run) -> pd.DataFrame:
    """Return change_schemas.DIFFERENCES; without rows where the runs are not of one release."""
    found = [tables.empty(change_schemas.DIFFERENCES)]
    if earlier.of_one_release(later) and earlier.folder != later.folder:
        for path, key in COMPARED.items():
            name = path.removeprefix("../").replace(".parquet", ".csv")
            found.append(between(earlier.read(path), later.read(path), key).assign(table=name))
    return pd.concat(found, ignore_index=True)[COLUMNS]


def between(old: pd.DataFrame, new: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return the cells in which two tables differ, and the rows that one has alone; `key` names a row, with its URN.

    A key that stands several times names none of its rows: they are compared in their order.
    """
    number = [table.groupby(key).cumcount().rename("number") for table in (old, new)]
    old, new = (
        table.assign(number=count).set_index([*key, "number"]) for table, count in zip((old, new), number, strict=True)
    )
    parts = []
    for words, alone in (
        (("there", None), old.index.difference(new.index)),
        ((None, "there"), new.index.difference(old.index)),
    ):
        rows = alone.to_frame(index=False)
        parts.append(rows.assign(column=None, value_from=words[0], value_to=words[1]))
    both = old.index.intersection(new.index)
    old, new = old.loc[both], new.loc[both]
    for column in dict.fromkeys([*old, *new]):
        if column.split("_")[-1] in AUDIT or column in AUDIT:
            continue
        one, other = (_text(table, column) for table in (old, new))
        differs = one.fillna("\0") != other.fillna("\0")
        if differs.any():
            rows = both[differs].to_frame(index=False)
            values = {"value_from": one[differs].to_numpy(), "value_to": other[differs].to_numpy()}
            parts.append(rows.assign(column=column, **values))
    found = pd.concat(parts, ignore_index=True)
    rest = [name for name in key if name != "urn"]
    of = found[rest].astype("str").agg(";".join, axis=1) if rest and len(found) else None
    found = found.assign(of=of).astype({"column": "str", "value_from": "str", "value_to": "str", "of": "str"})
    return found.sort_values(["urn", "of", "column"], ignore_index=True, kind="stable")


def _text(table, column):
    """A column as text, blank where there is nothing, and where the table does not have it."""
    if column not in table:
        return pd.Series(None, index=table.index, dtype="str")
    values = table[column]
    if str(values.dtype) in ("bool", "boolean"):
        values = values.map({True: "true", False: "false"})
    return values.astype("str").where(values.notna(), None)
