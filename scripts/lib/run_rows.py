"""Look rows of a finished run up, as the commands do that answer about one school."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lib.domain import CRITERION_GROUPS
from lib.run_files import OF_RELEASE

Row = Mapping[str, Any]

LINKS = ("clean/links.parquet", "clean/links_of_results.parquet")


class Run:
    """The results of one run, read row by row. `folder`: results/{release}/{method}."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        manifest = json.loads(self.path("raw/manifest.json").read_text(encoding="utf-8"))
        self.files = {entry["source"]: entry["file"] for entry in manifest["files"]}
        self.summary = json.loads(self.path("summary.json").read_text(encoding="utf-8"))

    def path(self, name: str) -> Path:
        """Return where a file of the run, or of its release, is."""
        return (self.folder.parent if name.split("/")[0] in OF_RELEASE else self.folder) / name

    def rows(self, path: str, **where) -> list[Row]:
        """Return rows of a Parquet table, filtered by equality."""
        return pq.read_table(self.path(path), filters=[(k, "=", v) for k, v in where.items()]).to_pylist()

    def lines(self, path: str, **where) -> list[Row]:
        """Return rows of a CSV table as texts, filtered by equality."""
        with open(self.path(path), encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            header = next(lines)
            wanted = [(header.index(k), str(v)) for k, v in where.items()]
            found = [cells for cells in lines if all(cells[at] == value for at, value in wanted)]
            return [dict(zip(header, cells, strict=True)) for cells in found]

    def links(self, **where) -> list[Row]:
        """Return rows of links and results files by which `urn` succeeds `predecessor_urn`, filtered by equality."""
        return [row for path in LINKS for row in self.rows(path, **where)]

    def has_partners(self, urn: int, phase: str) -> bool:
        """Return whether the method has criteria of both groups, as seen on any one school."""
        outcomes = self.rows("classified/criteria.parquet", urn=urn, phase=phase)
        return {row["group"] for row in outcomes} == {*CRITERION_GROUPS}

    def at(self, row: Row) -> str:
        """Return where a row of a source is: file and line."""
        return f"{self.files[row['source']]}, row {row['row']}"
