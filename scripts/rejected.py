"""Gather the rows that the cleaning left out, of all kinds of source, into one table.

Inputs: clean/parts/rejected_*.csv. Output: clean/rejected.csv: source, row, urn, reason, in the order of the release's
sources and of their rows.
"""

import csv

from lib import run_step


def gather(parts: list[list[dict]], order: list[str]) -> list[dict]:
    """Return the rows of all parts in the order of the sources (`order`) and of their rows in the file."""
    rows = [row for part in parts for row in part]
    return sorted(rows, key=lambda row: (order.index(row["source"]), int(row["row"])))


def main(snakemake):
    parts = []
    for path in (*snakemake.input.parts, *snakemake.input.travel):
        with open(path, encoding="utf-8", newline="") as file:
            parts.append(list(reader := csv.DictReader(file)))
    with open(snakemake.output[0], "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
        writer.writeheader()
        writer.writerows(gather(parts, snakemake.params.order))


if "snakemake" in globals():
    run_step.run(main, snakemake)
