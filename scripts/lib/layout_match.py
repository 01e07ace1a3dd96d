"""Find which layouts a file's columns fit, without being told what the file is."""

import itertools
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lib.releases import holds_in
from lib.run_step import UserError
from lib.settings.load import WORKFLOW, with_layout
from lib.source_files import HEADER_WITHIN, columns_in
from lib.source_text import records, same_name
from lib.yaml_files import read_yaml

NO_TABLES = (None, "boundaries")  # kinds of layouts: those that are only included, and those of maps


@dataclass(frozen=True)
class Match:
    """A layout that a file fits. `header`: the names of its columns. `found`: {column of ours: its name in the file}.

    `lacking`: optional columns of ours that the file does not have.
    """

    layout: str
    kind: str
    phase: str | None
    header: tuple[str, ...]
    found: dict[str, str]
    lacking: tuple[str, ...]


def matching_layouts(path: str | Path, results_year: str | None = None) -> list[Match]:
    """Return the layouts that can read a file by its columns, the one that knows most of them first.

    `results_year`: 2024/25; where it is given, only layouts that hold in that year.

    A layout fits where the file has each column that the layout cannot do without, and each by which a long file's rows
    are chosen. A layout without a header line of its own in the file (`header`) is never found so.
    Raises UserError for a file that is no table at all (see `source_text.records`).
    """
    found, tops, fault = [], {}, None
    for name, layout in layouts().items():
        if results_year and not holds_in(layout, results_year):
            continue
        opened_as = (*layout["encoding"], layout.get("member"), layout.get("sheet"))
        if opened_as not in tops:
            try:
                tops[opened_as] = list(itertools.islice(records(path, layout), HEADER_WITHIN))
            except UserError as error:  # another layout may name the sheet or the member that the file has
                tops[opened_as], fault = [], error
        headers = (tuple(cell.strip() for cell in cells) for cells, _ in tops[opened_as])
        header = next((cells for cells in headers if _has_key(cells, layout)), None)
        found += [match] if header and (match := _match(name, layout, header)) else []
    if not found and fault:
        raise fault
    return _best_first(found)


def layouts_of_header(header: list[str], results_year: str | None = None) -> list[Match]:
    """Return the layouts that a list of columns fits, as `matching_layouts` does of a file."""
    of_year = {name: lay for name, lay in layouts().items() if not results_year or holds_in(lay, results_year)}
    matches = (_match(name, layout, tuple(header)) for name, layout in of_year.items())
    return _best_first(filter(None, matches))


def _best_first(matches):
    return sorted(matches, key=lambda match: (-len(match.found), len(match.lacking), match.layout))


@cache
def layouts() -> dict[str, dict]:
    """Return {name: layout with what it includes} of all layouts of tables that have a header line."""
    stated = {path.stem: read_yaml(path).get("kind") for path in sorted(WORKFLOW.glob("layouts/*.yaml"))}
    every = {name: with_layout({"layout": name}, name) for name, kind in stated.items() if kind not in NO_TABLES}
    return {name: layout for name, layout in every.items() if "header" not in layout}


def _has_key(header, layout):
    key = layout["columns"].get("urn") or layout["columns"]["postcode"]
    names = [key["column"]] if isinstance(key["column"], str) else key["column"]
    return bool({same_name(name) for name in names} & set(map(same_name, header)))


def _match(name, layout, header):
    """The match of a layout with a header; None where it does not fit."""
    found, lacking = {}, []
    for column, spec, present in columns_in(list(header), layout):
        if present:
            found[column] = present[0]
        elif spec.get("optional"):
            lacking.append(column)
        else:
            return None
    compared = set(map(same_name, header))
    chosen_by = [layout.get("rows", {}), *layout.get("pivot", {}).values()]
    if any(same_name(column) not in compared for rows in chosen_by for column in rows):
        return None
    return Match(name, layout["kind"], layout.get("phase"), header, found, tuple(lacking))
