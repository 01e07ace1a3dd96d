"""Find which layouts a file's columns fit, without being told what the file is."""

import itertools
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lib.releases import holds_in
from lib.run_step import UserError
from lib.settings.load import WORKFLOW, with_layout
from lib.source_files import HEADER_WITHIN, accepts_blank, columns_in
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
    matches = (_match(name, layout, header) for name, layout, header in _headers(path, results_year))
    return sorted(filter(None, matches), key=lambda match: (-len(match.found), len(match.lacking), match.layout))


def nearest_layout(path: str | Path, results_year: str | None = None) -> tuple[str, list[str]] | None:
    """Return (layout, columns that it needs and the file lacks) of the one that a file comes nearest to; None where no
    layout finds its key column in the file."""
    lacking = [
        (-_known(layout, header), name, _missing(layout, header) + _missing_choices(layout, header))
        for name, layout, header in _headers(path, results_year)
    ]
    nearest = min(lacking, key=lambda one: (len(one[2]), *one), default=None)
    return nearest and nearest[1:]


def _headers(path, results_year):
    """Give (name, layout, header line of the file) of each layout whose key column stands near the file's top."""
    tops, fault, some = {}, None, False
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
        if header := next((cells for cells in headers if _has_key(cells, layout)), None):
            some = True
            yield name, layout, header
    if fault and not some:
        raise fault


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
    if _missing(layout, header) or _missing_choices(layout, header):
        return None
    of_header = [(column, spec, present) for column, spec, present in columns_in(list(header), layout)]
    found = {column: present[0] for column, _, present in of_header if present}
    lacking = tuple(column for column, _, present in of_header if not present)
    return Match(name, layout["kind"], layout.get("phase"), header, found, lacking)


def _known(layout, header):
    return sum(bool(present) for _, _, present in columns_in(list(header), layout))


def _missing(layout, header):
    """The columns without which the layout cannot read a file and which its header lacks, as the layout calls them."""
    names = ((spec["column"], spec, present) for _, spec, present in columns_in(list(header), layout))
    return [n if isinstance(n, str) else n[0] for n, spec, present in names if not present and not spec.get("optional")]


def _missing_choices(layout, header):
    """The columns by which a long file's rows are chosen and which its header lacks."""
    compared = set(map(same_name, header))
    stated = [layout.get("rows", {}), *layout.get("pivot", {}).values()]
    needed = dict.fromkeys(c for rows in stated for c in rows if not accepts_blank(c, stated))
    return [column for column in needed if same_name(column) not in compared]
