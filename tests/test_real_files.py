"""Every real file is read by a layout that its columns alone name, and no row of it is lost. Needs SCHOOL_DATA.

The folder is walked, so that a file put there is tested too. Column lists (*_meta.csv) and bare headers hold no data:
the layouts are held against the names in them.
"""

import csv
import datetime
import os
import re
from pathlib import Path

import pytest

import clean_inspections
import clean_register
import clean_results
import map_shapes
import school_map
from lib import schemas, tables
from lib.layout_match import layouts, matching_layouts
from lib.releases import HAVE_VALUE, ROW, holds_in
from lib.run_step import UserError
from lib.settings.load import WORKFLOW, with_layout
from lib.source_files import columns_in
from lib.yaml_files import read_yaml
from small_files import refusal

ROOT = Path(os.environ.get("SCHOOL_DATA") or "/nowhere")
FILES = sorted(path for path in ROOT.rglob("*") if path.is_file() and path.suffix != ".md")
BOUNDARIES = [path for path in FILES if path.suffix == ".geojson"]
LISTS = [path for path in FILES if path.stem.endswith("_meta")]
HEADERS = [path for path in FILES if path.stem.endswith(".header")]
DATA = [path for path in FILES if path not in LISTS + HEADERS + BOUNDARIES]
# Lists of other things than columns
NOT_OF_COLUMNS = ("la_and_region_codes", "nftypes")
# What no layout reads: excerpts, one under names of its own, of rows that stand in files of the releases in full.
RETYPED = (
    "2026-02-28_latest_inspections.sample10.extract.csv",
    "2026-08-31_latest_inspections.cheltenham61.extract.csv",
)
REGIONS = "East Midlands;East of England;London;North East;North West;South East;South West;West Midlands"


def year_of(path):
    """The school year in a file's name; of a file without one, none."""
    named = re.match(r"(20\d\d)(?:-20)?(\d\d)_", path.name)
    return f"{named[1]}/{named[2]}" if named and int(named[2]) == int(named[1]) % 100 + 1 else None


def day_of(path):
    """The day in the name of a file of latest inspections, else one after all of them."""
    iso, words = re.search(r"20\d\d-\d\d-\d\d", path.name), re.search(r"\d\d_[A-Z][a-z]{2}_20\d\d", path.name)
    if words:
        return datetime.datetime.strptime(words[0], "%d_%b_%Y").date().isoformat()
    return iso[0] if iso else "2026-12-31"


def clean(path, match):
    """(lines of the rows that went on, rejected) of a file as the steps clean it."""
    year = year_of(path) or "2024/25"
    source = with_layout({"layout": match.layout, "file": path.name, "as_at": day_of(path)}, path.name, year)
    if match.kind == "results":
        kept, _, _, rejected = clean_results.clean_results(path, source, "file")
        return [line for column in filter(ROW.fullmatch, kept) for line in kept[column].dropna()], rejected
    if match.kind == "register":
        source["not_filled"] = ["la_code", "la_name", "region"]
        kept, rejected, _ = clean_register.clean_register(path, source, "file")
    elif match.kind == "links":
        kept, _, rejected = clean_register.clean_links(path, source, "file")
    elif match.kind == "inspections":
        kept, rejected = clean_inspections.clean_inspections(path, source, "file")
    else:
        kept, rejected = clean_inspections.clean_designations(path, source, "file", "2017-03-31")
    return list(kept["row"]), rejected


def lines_below(path, header):
    """The lines at which the records below a header begin, read without any code of ours."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    reader, line, lines, below = csv.reader(text.splitlines(keepends=True)), 1, [], False
    for cells in reader:
        if below:
            lines.append(line)
        below |= tuple(cell.strip() for cell in cells) == header
        line = reader.line_num + 1
    return lines


def named(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", DATA, ids=named)
def test_every_row_of_a_file_goes_on_or_is_left_out_with_the_reason(path):
    found = matching_layouts(path, year_of(path))
    if path.name in RETYPED:
        assert found == [], "now a layout reads it"
        return
    assert found, f"no layout fits the columns of {path.name}"
    kept, rejected = clean(path, found[0])
    assert kept, "nothing went on"
    assert sorted([*kept, *rejected["row"]]) == lines_below(path, found[0].header)
    tables.conform(rejected, schemas.REJECTED)


@pytest.mark.parametrize("path", [path for path in DATA if path.name in RETYPED], ids=named)
def test_a_file_that_no_layout_reads_stops_with_the_reason(path):
    nearest = layouts()["ofsted-latest-2026"] | {"file": path.name, "as_at": day_of(path)}
    message = refusal(clean_inspections.clean_inspections, path, nearest, "file")
    assert message.startswith(path.name) and "is missing" in message


@pytest.mark.parametrize("path", HEADERS, ids=named)
def test_a_header_alone_fits_a_layout(path):
    assert matching_layouts(path, year_of(path))


def columns_listed(path):
    """(the names in a list of columns, whether it is whole: some lists are of a few columns, with their numbers)."""
    with path.open(encoding="latin-1", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [row[1].strip() for row in rows if len(row) > 1], [row[0] for row in rows] == [
        str(n + 1) for n in range(len(rows))
    ]


@pytest.mark.parametrize("path", [p for p in LISTS if not any(name in p.name for name in NOT_OF_COLUMNS)], ids=named)
def test_a_list_of_columns_has_the_names_of_its_years_layout(path):
    """Where the list is whole, all that the layout cannot do without; else all but those of other parts of it."""
    stage, (names, whole) = re.search(r"ks\d", path.name)[0], columns_listed(path)
    of_year = [
        layout
        for name, layout in layouts().items()
        if layout["kind"] == "results" and name.startswith(stage) and holds_in(layout, year_of(path))
    ]
    assert of_year
    for layout in of_year:
        columns = list(columns_in(names, layout))
        missing = [name for name, spec, present in columns if not present and not spec.get("optional")]
        found = {name for name, _, present in columns if present}
        assert missing == [] if whole else {"urn", "la_code", "record_type"} < found
        assert any(layout["columns"].get(name, {}).get("type") in HAVE_VALUE for name in found)


@pytest.mark.parametrize("path", BOUNDARIES, ids=named)
def test_boundaries_are_read_or_stop_with_the_reason(path):
    names = read_yaml(WORKFLOW / "layouts/boundaries.yaml")["columns"]["area"]["column"]
    areas = {"region": {name: name for name in [*REGIONS.split(";"), "Yorkshire and the Humber"]}}
    try:
        assert map_shapes.boundary_shapes({path.name: school_map.read_boundaries(path)}, names, areas)["region"]
    except UserError as stopped:
        assert f"{path.name}: feature 1: coordinates are degrees" in str(stopped)
