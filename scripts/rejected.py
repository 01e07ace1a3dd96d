"""Gather the rows that the cleaning left out, of all kinds of source, into one table.

Inputs: clean/parts/rejected_*.csv. Output: clean/rejected.csv: source, row, urn, reason, in the order of the release's
sources and of their rows.
"""

import pandas as pd

from lib import run_step, schemas, tables


def gather(parts: list[pd.DataFrame], order: list[str]) -> pd.DataFrame:
    """Return the rows of all parts in the order of the sources (`order`) and of their rows in the file."""
    table = pd.concat(parts).astype({"row": "int64"}).sort_values("row", kind="stable")
    return table.sort_values("source", key=lambda source: source.map(order.index), kind="stable")


def main(snakemake):
    parts = [pd.read_csv(path, dtype="str", keep_default_na=False) for path in snakemake.input.parts]
    tables.write(gather(parts, snakemake.params.order), schemas.REJECTED, csv=snakemake.output[0])


if "snakemake" in globals():
    run_step.run(main, snakemake)
