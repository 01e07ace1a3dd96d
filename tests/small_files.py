"""Small source files in the official layouts, written out row by row, for the tests of the cleaning.

A row is a mapping of our column names to the cell's text, e.g. `{"urn": 100000, "pupils": "28"}`; what a row does not
say has the plain value of `PLAIN`, or is blank.
"""

import copy
import csv
import functools
import io

import pytest

from lib import settings, source_files
from lib.run_step import UserError

PLAIN = {
    "register": {
        "la_code": "201",
        "la_name": "Camden",
        "name": "A School",
        "establishment_type": "Community school",
        "establishment_status": "Open",
        "phase_of_education": "Primary",
        "region": "London",
        "easting": "530000",
        "northing": "180000",
    },
    "links": {"link_type": "Predecessor"},
    "results": {"record_type": "1", "school_type": "CY"},
    "inspections": {"inspection_date": "01/02/2016", "overall_effectiveness": "2"},
    "designations": {"designation": "Teaching School", "from": "2015-09-01"},
    "postcodes": {"easting": "530000", "northing": "180000"},
    "travel": {"minutes": "12.5"},
}


def source_of(name, release="2016"):
    """Return a source of a release as the steps get it, layout merged in, but for how much its file should hold."""
    source = copy.deepcopy(_release(release)["sources"][name])
    source.pop("expect", None)
    return source


def of_layout(layout, **stated):
    """Return a source in a layout as the steps get it; `stated`: keys of the release file."""
    given = {"layout": layout, "file": f"{layout}.csv", "title": layout, "publisher": "Ofsted"} | stated
    return settings.load.with_layout(given, "the test")


_release = functools.cache(settings.load_release)


def names_of(source):
    """Return {our name: name in the file} of a source, the record type included."""
    names = {name: source_files.header_name(source, name) for name in source["columns"]}
    if "record_type" in source:
        names = {"record_type": source["record_type"]["column"]} | names
    return names


def text_of(source, rows, without=(), end="\r\n"):
    """Return the text of a CSV file in the layout of `source`; `without`: columns of ours that the file lacks."""
    names = {name: column for name, column in names_of(source).items() if name not in without}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(names.values())
    for row in rows:
        cells = PLAIN[source["kind"]] | row
        writer.writerow([cells.get(name, "") for name in names])
    return out.getvalue()


def write_source(folder, source, rows, without=(), encoding="utf-8-sig"):
    """Write `rows` into `folder` under the source's file name and return the path."""
    path = folder / source["file"]
    path.write_bytes(text_of(source, rows, without).encode(encoding))
    return path


def write_cells(path, *lines):
    """Write lines of cells as they are, ragged or not, and return the path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


def refusal(call, *arguments):
    """Call what must stop with words to the user, and return them."""
    with pytest.raises(UserError) as stopped:
        call(*arguments)
    return str(stopped.value)


def reasons(rejected):
    """Return {row: reason} of a table of rejections."""
    return dict(zip(rejected["row"], rejected["reason"], strict=True))


def assert_conserved(path, source, kept, rejected):
    """Every record of the file is either kept or left out, and none is both."""
    rows = [*kept, *rejected["row"]]
    assert len(rows) == len(set(rows)) == source_files.count_records(path, source)[0]
