"""Two runs of one release: which cells of their tables differ."""

from changes_sections.comparison import Comparison
from lib import words
from lib.report_table import Column, Table, count, table

TITLE = "What differs in the tables"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    cells = len(comparison.differences)
    told = (
        f"{words.number(cells)} {words.plural(cells, 'cell differs', 'cells differ')}" if cells else "No cell differs"
    )
    return {
        "sentence": f"{told} between the tables of the two runs.",
        "table": columns_table(comparison) if cells else None,
    }


def columns_table(comparison: Comparison) -> Table:
    """Return how many cells of each column differ, in the order of the tables."""
    frame = comparison.differences
    counts = frame.assign(column=frame["column"].fillna("whole row")).groupby(["table", "column"], sort=False).size()
    rows = [{"table": of, "column": column, "cells": cells} for (of, column), cells in counts.items()]
    columns = [Column("Table", "table", kind="code"), Column("Column", "column", kind="code"), count("Differ", "cells")]
    return table(
        "differences",
        "Cells that differ, by table and column",
        columns,
        rows,
        download=comparison.link("differences.csv"),
    )
