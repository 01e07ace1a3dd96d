"""Gather the rows that the cleaning left out, of all kinds of source, into one table.

Inputs: clean/parts/rejected_*.csv. Output: clean/rejected.csv: source, row, urn, reason, in the order of the release's
sources and of their rows.
"""

import csv

from lib import run_step


def gather(parts: list[list[list[str]]], order: list[str]) -> list[list[str]]:
    """Return the rows of all parts in the order of the sources (`order`) and of their rows in the file."""
    place = {source: at for at, source in enumerate(order)}
    return sorted((row for part in parts for row in part), key=lambda row: (place[row[0]], int(row[1])))


def main(snakemake):
    parts = []
    for path in (*snakemake.input.parts, *snakemake.input.travel):
        with open(path, encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        parts.append(rows)
    with open(snakemake.output[0], "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *gather(parts, snakemake.params.order)])


if "snakemake" in globals():
    run_step.run(main, snakemake)
