"""The publication tables: what the cells hold, what a spreadsheet must not run, the same bytes each time, the print.

Environment: REQUIRE_OFFICE=1 (without LibreOffice and poppler the test of the print fails and is not skipped).
"""

import itertools
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pandas as pd
import pytest

import workbook
from lib.caveats import Caveats

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HTML = "{http://www.w3.org/1999/xhtml}"
LABELS = {"outstanding": "Outstanding, by inspection", "press": "NFER, A press release"}
LABELS |= {"similar_size": "Pupils within a factor of two", "alike": "All of them together"}
RELEASE = {
    "title": "Results of 2015/16",
    "reference_date": "2017-03-31",
    "method": "Capacity for Collaboration?",
    "radius_miles": {"primary": 5, "secondary": 4},
}
SOURCES = [
    {"title": "Register", "publisher": "Department for Education", "licence": {"name": "Open Government Licence v3.0"}}
]


def area(name, code=None, region="London", phase="primary", in_need=2, **bounds):
    """One row of an aggregated table; no school in need leaves what is counted of them blank.

    `bounds`: columns that are not as the figure that they bound.
    """
    some = in_need > 0
    row = {
        "area_code": code,
        "area": name,
        "region": region,
        "phase": phase,
        "schools": 10,
        "high_performing": 4,
        "in_need": in_need,
        "both": 1,
        "neither": 3,
        "not_assessable": 1,
        "share_high_performing": 0.4,
        "share_in_need": in_need / 10,
        "share_not_assessable": 0.1,
        "high_performing_per_in_need": 4 / in_need if some else np.nan,
        "in_need_with_coordinates": in_need,
        "in_need_without_coordinates": 0,
        "high_performing_without_coordinates": 0,
        "median_partners": 2.5 if some else np.nan,
        "lower_quartile_partners": 2.0 if some else np.nan,
        "upper_quartile_partners": 3.0 if some else np.nan,
        "in_need_without_partner": 0,
        "share_in_need_without_partner": 0.0 if some else np.nan,
        "median_nearest_m": 1234.5 if some else np.nan,
    }
    return row | {end: row[key] for key, ends in workbook.BOUNDED.items() for end in ends} | bounds


def row_of(file, **stated):
    """One row of a table of the pairing: what is not stated is 3 where it must be a number, else blank."""
    columns = workbook.SCHEMAS[file].columns
    return {name: stated.get(name, 3 if column.dtype == "int64" else None) for name, column in columns.items()}


def pairing_frames():
    """The tables of the pairing, a row or two each."""
    england = {"level": "england", "area": "England", "phase": "primary"}
    parts = [{"part": part, "phase": "primary"} for part in ("similar_size", "alike")]
    one, two = ({**england, "most_per_helper": most} for most in (1, 2))
    ready = {
        "pairing": [one | {"paired_upper": 7, "share_paired": 0.25}, two | {"level": "local_authorities"}],
        "pairing_curve": [one | {"radius_miles": 4.5}],
        "support": [england | {"median_alike_lower": 1.5}],
        "likeness": parts,
        "trusts": [{"trust_code": "2044", "trust": "=A TRUST", "phase": "primary"}],
    }
    return {file: pd.DataFrame([row_of(file, **row) for row in rows]) for file, rows in ready.items()}


def frames(**given):
    """The tables that the workbook is made from, one or two rows each."""
    published = {
        "id": ["share_p", "claim_p", "lost"],
        "kind": ["share", "claim", "count"],
        "phase": ["primary", "both", "secondary"],
        "published": ["27", "true", "319"],
        "reproduced": ["14.711", "false", None],
        "lower": ["13", "false", None],
        "upper": ["20.5", "true", None],
        "upper_missing_here": ["15", "true", None],
        "inside": pd.array([False, True, None], dtype="boolean"),
        "difference": [-12.289, np.nan, np.nan],
        "agrees": pd.array([False, False, None], dtype="boolean"),
        "evidence": ["partial", "full", "none"],
        "note": [None, "A note.", None],
        "source": ["press", "press", "press"],
        "label": ["High-performing primaries", "London has the greatest choice", "Coasting secondaries"],
    }
    ready = {
        "england": [area("England", region=None)],
        "regions": [area("London")],
        "local_authorities": [area("Camden", "202"), area("City of London", "201", in_need=0)],
        "constituencies": [area("Holborn and St Pancras")],
        "urban_rural": [area("Urban", region=None), area("Rural", region=None)],
        "radius_curve": [
            {
                "area": "England",
                "phase": "primary",
                "radius_miles": 5.0,
                "schools_in_need": 2,
                "median_partners": 9.0,
                "lower_quartile_partners": 4.0,
                "upper_quartile_partners": 12.0,
                "share_without_partner": 0.05,
            }
        ],
        "criteria": [
            {
                "phase": "primary",
                "criterion": "outstanding",
                "group": "high_performing",
                "met": 4,
                "not_met": 5,
                "not_assessable": 1,
                "met_alone": 4,
            }
        ],
    }
    tables = {name: pd.DataFrame(rows) for name, rows in ready.items()} | {"published": pd.DataFrame(published)}
    return tables | pairing_frames() | given


def write(path, known=(), **given):
    """Write a workbook; `known`: caveats, each (kind, text, short)."""
    columns = ["kind", "text", "short"]
    caveats = Caveats(pd.DataFrame(list(known), columns=columns).assign(phase=None))
    workbook.workbook(path, frames(**given), RELEASE, caveats, LABELS, SOURCES)
    return Book(path)


class Book:
    """A workbook as a spreadsheet reads it: `sheets` is {name: {cell: value}}, text as str, numbers as float."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as parts:
            self.parts = {name: parts.read(name) for name in parts.namelist()}
        strings = ["".join(one.itertext()) for one in self.xml("xl/sharedStrings.xml")]
        self.sheets = {}
        for place, sheet in enumerate(self.xml("xl/workbook.xml").find(f"{MAIN}sheets"), start=1):
            cells = {}
            for cell in self.xml(f"xl/worksheets/sheet{place}.xml").iter(f"{MAIN}c"):
                value = cell.find(f"{MAIN}v")
                text = None if value is None else value.text
                cells[cell.get("r")] = strings[int(text)] if cell.get("t") == "s" else text and float(text)
            self.sheets[sheet.get("name")] = cells

    def xml(self, name):
        return ET.fromstring(self.parts[name])

    def has(self, tag):
        return any(
            True for name in self.parts if "worksheets/sheet" in name for _ in self.xml(name).iter(f"{MAIN}{tag}")
        )

    def rows(self, name):
        """The table of a sheet as a list of {heading: value}."""
        lines = {}
        for cell, value in self.sheets[name].items():
            column, row = cell.rstrip("0123456789"), int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            lines.setdefault(row, {})[column] = value
        heading = next(row for row, line in lines.items() if len(line) > 1)
        return [{lines[heading][c]: v for c, v in line.items()} for row, line in lines.items() if row > heading]

    def places(self, text):
        return [(name, cell) for name, cells in self.sheets.items() for cell, value in cells.items() if value == text]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return write(tmp_path_factory.mktemp("book") / "tables.xlsx")


def heading(row, words):
    """The heading that begins with the words; the figure's own, not those of its bounds."""
    return min((name for name in row if name.startswith(words)), key=len)


def test_cover_contents_and_notes_come_first_then_one_sheet_a_table(book):
    assert list(book.sheets) == ["Cover", "Contents", "Notes", *workbook.SHEETS]
    tables = [name for name in book.parts if name.startswith("xl/tables/")]
    assert len(tables) == len(workbook.SHEETS) + 2  # contents and notes are tables too
    assert {"Local authorities", "England"} <= {row["Sheet name"] for row in book.rows("Contents")}


def test_no_cell_is_merged_or_empty_or_a_formula(book):
    assert not book.has("mergeCell")
    assert not book.has("f")
    assert [(name, cell) for name, cells in book.sheets.items() for cell, value in cells.items() if value is None] == []


def test_headings_have_units_and_values_are_those_of_the_tables(book):
    row = book.rows("Local authorities")[0]
    assert row["Name of the local authority"] == "Camden"
    assert row[heading(row, "Schools: the denominator")] == 10
    assert "\n(schools)" in heading(row, "Schools: the denominator")
    assert row[heading(row, "Schools in need, of all")] == 0.2
    assert "\n(percent)" in heading(row, "Schools in need, of all")
    assert row[heading(row, "Median distance")] == 1234.5
    assert "\n(metres)" in heading(row, "Median distance")
    assert row["Phase"] == "Primary"
    criterion = book.rows("Criteria")[0]
    assert criterion["Criterion of the method"] == "Outstanding, by inspection"


def test_the_pairing_stands_in_words(book):
    one, two = book.rows("Pairing")
    assert (one["Level of the area"], two["Level of the area"]) == ("Country", "Local authority")
    assert one["How many schools in need one high-performing school takes at most\n(schools)"] == 1
    assert one[heading(one, "Paired, of the schools")] == 0.25
    assert one[heading(one, "The most that can be paired")] == 7 and two[heading(two, "The most that can")] == "[z]"
    parts = [
        row["Id of a part of likeness in the method; alike: all of them together"]
        for row in book.rows("Parts of likeness")
    ]
    assert parts == ["Pupils within a factor of two", "All of them together"]
    assert book.rows("Trusts")[0]["Name of the trust, which is no school"] == "=A TRUST"


def test_a_share_is_shown_in_percent(book):
    formats = {f.get("formatCode") for f in book.xml("xl/styles.xml").iter(f"{MAIN}numFmt")}
    assert "0.0%" in formats


def test_what_is_missing_has_a_shorthand_that_is_explained(book):
    row = book.rows("Local authorities")[1]
    assert row[heading(row, "Median of partners")] == "[z]"
    assert row[heading(row, "High-performing schools for each")] == "[z]"
    share, claim, lost = book.rows("Published")
    assert claim["Value as printed; shares in percent"] == "Yes"
    assert share["Value as printed; shares in percent"] == 27
    assert share[heading(share, "The run's own value")] == 14.711
    assert lost[heading(lost, "The run's own value")] == "[x]"
    assert lost[heading(lost, "Whether both are the same")] == "[x]"
    assert share[heading(share, "What stands between")] == "[z]"
    assert share["Where the value was published"] == "NFER, A press release"
    for name in workbook.SHEETS:
        assert {value.split()[0] for value in book.sheets[name].values() if str(value).startswith("[")} >= {
            "[x]",
            "[z]",
        }


def test_notes_are_numbered_and_referred_to(book):
    notes = {row["Note number"]: row["Note"] for row in book.rows("Notes")}
    assert notes[1.0] == workbook.NOTES["high_performing"]
    row = book.rows("England")[0]
    assert heading(row, "High-performing schools, not known").endswith("[note 1]")
    assert len(notes) == len(workbook.NOTES)


LIKE_FORMULAS = ["=1+1", "+44 School", "-A School", "@SUM(A1)", "\tSchool", "{=1+1}", '=HYPERLINK("x")']
LIKE_LINKS = ["[Camden](http://example.org)", "https://example.org", "$$note$$", "internal:Cover!A1"]


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """A workbook of authorities with strange names, Camden first."""
    names = ["Camden", *LIKE_FORMULAS, *LIKE_LINKS]
    rows = pd.DataFrame([area(name, f"={code}") for code, name in enumerate(names)])
    return write(tmp_path_factory.mktemp("strange") / "tables.xlsx", local_authorities=rows)


@pytest.mark.parametrize("name", LIKE_FORMULAS)
def test_a_name_like_a_formula_stays_text_as_it_is(strange, name):
    assert not strange.has("f")
    for text in (name, f"={1 + LIKE_FORMULAS.index(name)}"):
        ((sheet, _),) = strange.places(text)
        assert sheet == "Local authorities"


@pytest.mark.parametrize("name", LIKE_LINKS)
def test_a_name_like_a_link_or_a_note_is_neither(strange, name):
    sheet = list(strange.sheets).index("Local authorities") + 1
    assert b"hyperlink" not in strange.parts[f"xl/worksheets/sheet{sheet}.xml"]
    row = strange.rows("Local authorities")[1 + len(LIKE_FORMULAS) + LIKE_LINKS.index(name)]
    assert row["Name of the local authority"].replace(" ", "") == name.replace(" ", "")


def test_a_name_without_a_letter_is_kept(tmp_path):
    book = write(tmp_path / "tables.xlsx", local_authorities=pd.DataFrame([area("Camden", "202"), area("-", "203")]))
    shown = book.rows("Local authorities")[1]["Name of the local authority"]
    assert shown.startswith("-")


SYNTHETIC = ("synthetic", "The data are synthetic.", "Synthetic data: no evidence about schools")


def test_what_bears_on_every_figure_is_said_on_every_sheet(tmp_path, book):
    _, text, short = SYNTHETIC
    with_band = write(tmp_path / "tables.xlsx", [SYNTHETIC])
    for name, cells in with_band.sheets.items():
        assert any(str(value).startswith(text if name == "Cover" else short) for value in cells.values()), name
    for name, cells in book.sheets.items():
        assert not any(short in str(value) for value in cells.values()), name


def test_a_table_without_rows_gets_no_sheet_and_the_cover_says_so(tmp_path):
    none = frames()["constituencies"].iloc[:0]
    book = write(tmp_path / "tables.xlsx", constituencies=none)
    assert "Constituencies" not in book.sheets
    assert any("by parliamentary constituency" in str(text) for text in book.sheets["Cover"].values())


def test_the_cover_has_the_caveats_and_a_text_of_both_phases_once(tmp_path):
    unplaced = ("not_assessable", "12 of 20 schools could not be placed in a group.", "12 of 20")
    bounds = ("bounds", "4 primary schools count as in need; at most 6 are.", "In need, primary: 1% to 2%")
    book = write(tmp_path / "tables.xlsx", [unplaced, bounds, unplaced])
    texts = list(book.sheets["Cover"].values())
    assert texts.count(unplaced[1]) == texts.count(bounds[1]) == 1
    assert texts.index(bounds[1]) < texts.index(unplaced[1])
    assert bounds[2] not in str(book.sheets["England"]), "the sheets have the bounds themselves"


def test_bounds_stand_beside_a_column_where_any_differs_and_nowhere_else(tmp_path):
    england = [area("England", region=None, in_need_upper=5, share_in_need_upper=0.5, both_lower=0)]
    regions = [
        area("London"),
        area("Kent", in_need=0, in_need_upper=1, median_partners_lower=3, median_partners_upper=7),
    ]
    book = write(tmp_path / "tables.xlsx", england=pd.DataFrame(england), regions=pd.DataFrame(regions))
    (row,) = book.rows("England")
    headings = list(row)
    ends = [name for name in headings if "that it can be" in name]
    assert len(ends) == 2 * 3
    place = headings.index(heading(row, "Schools in need, of all schools: the least"))
    assert [row[name] for name in headings[place - 1 : place + 2]] == [0.2, 0.2, 0.5]
    assert headings[place + 1] == "Schools in need, of all schools: the most that it can be\n(percent)"
    kent = book.rows("Regions")[1]
    assert kent[heading(kent, "Median of partners within the radius\n")] == "[z]"
    assert kent[heading(kent, "Median of partners within the radius: the most")] == 7
    assert not any("that it can be" in name for name in book.rows("Local authorities")[0])


def test_a_most_without_end_is_said_to_have_none(tmp_path, book):
    endless = area("England", region=None, in_need=0, high_performing_per_in_need_lower=0.8)
    written = write(tmp_path / "tables.xlsx", england=pd.DataFrame([endless]))
    (row,) = written.rows("England")
    assert row[heading(row, "High-performing schools for each school in need\n")] == "[z]"
    assert row[heading(row, "High-performing schools for each school in need: the least")] == 0.8
    assert row[heading(row, "High-performing schools for each school in need: the most")] == workbook.NO_END
    assert workbook.WITH_BOUNDS in written.sheets["England"].values()
    assert workbook.WITH_BOUNDS not in book.sheets["England"].values()


def test_a_published_figure_stands_beside_the_bounds_of_the_run_s_own(book):
    share, claim, lost = book.rows("Published")
    names = ("The least that it can be", "The most that it can be", "The same where only", "Whether the published")
    assert [share[heading(share, name)] for name in names] == [13, 20.5, 15, "No"]
    assert [claim[heading(claim, name)] for name in names] == ["No", "Yes", "Yes", "Yes"]
    assert [lost[heading(lost, name)] for name in names] == ["[x]"] * 4


def test_a_method_of_need_alone_has_no_columns_of_partners_and_high_performing_schools(tmp_path):
    known = Caveats(pd.DataFrame(columns=["kind", "text", "short", "phase"]))
    workbook.workbook(tmp_path / "t.xlsx", frames(), RELEASE, known, LABELS, SOURCES, ["in_need"])
    book = Book(tmp_path / "t.xlsx")
    headings = " ".join(book.rows("Local authorities")[0])
    assert "Schools in need, of all schools" in headings
    assert not re.search("igh-performing|partner", headings)
    assert not {"Radius", "Pairing", "Pairing by radius", "Partners alike", "Parts of likeness", "Trusts"} & set(
        book.sheets
    )
    assert not re.search("igh-performing|partner", " ".join(book.rows("Urban and rural")[0]))
    assert not any("Partners are looked for" in str(text) for text in book.sheets["Cover"].values())


def test_the_same_tables_give_the_same_bytes(tmp_path, monkeypatch):
    write(tmp_path / "one.xlsx")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    write(tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.xlsx") as parts:
        # Packed, and without the time of writing.
        assert {(part.date_time[0], part.compress_type) for part in parts.infolist()} == {(1980, zipfile.ZIP_DEFLATED)}
        assert b"2017-03-31" in parts.read("docProps/core.xml")


# --- printed by LibreOffice


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Factory: the pages of a workbook as LibreOffice prints it: {name of the sheet: [(width, height, words)]}.

    A word is (text, left, top, right, bottom), all in points.
    """
    missing = [name for name in ("soffice", "pdftotext") if shutil.which(name) is None]
    if missing:
        message = f"needs {' and '.join(missing)}: install LibreOffice Calc and poppler-utils"
        if os.environ.get("REQUIRE_OFFICE") == "1":
            pytest.fail(f"{message} (REQUIRE_OFFICE=1)")
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("printed")

    def run(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout

    def make(path):
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path))
        sheets = {}
        for page in ET.fromstring(run("pdftotext", "-bbox", str(folder / f"{path.stem}.pdf"), "-")).iter(f"{HTML}page"):
            words = [
                (word.text, *(float(word.get(side)) for side in ("xMin", "yMin", "xMax", "yMax")))
                for word in page.iter(f"{HTML}word")
            ]
            lowest = max(word[4] for word in words)
            footer = " ".join(word[0] for word in words if word[4] > lowest - 1)
            size = float(page.get("width")), float(page.get("height"))
            sheets.setdefault(footer.split(" Page ")[0], []).append((*size, words))
        return sheets

    return make


def overlapping(words):
    """The pairs of words that lie over each other by more than a point, both ways."""
    words = sorted(words, key=lambda word: word[2])
    pairs = []
    for place, (text, left, top, right, bottom) in enumerate(words):
        for other, its_left, its_top, its_right, its_bottom in words[place + 1 :]:
            if its_top > bottom:
                break
            across = min(right, its_right) - max(left, its_left)
            if across > 1 and min(bottom, its_bottom) - max(top, its_top) > 0.3 * (bottom - top):
                pairs.append((text, other))
    return pairs


def test_a_table_too_wide_for_a_page_is_printed_on_several(tmp_path, printed):
    uncertain = {end: 9 for end in itertools.chain(*workbook.BOUNDED.values())}
    write(tmp_path / "tables.xlsx", england=pd.DataFrame([area("England", region=None, **uncertain)]))
    pages = printed(tmp_path / "tables.xlsx")["England"]
    assert len(pages) == 3
    for wide, high, words in pages:
        assert wide > high
        assert {"Primary", "country"} <= {word[0] for word in words}, "what the row is about stands on each"
        assert min(bottom - top for _, _, top, _, bottom in words) > 5, "large enough to be read"


def test_every_sheet_is_printed_one_page_wide_with_nothing_lost(tmp_path, printed):
    many = pd.DataFrame([area(f"Authority of the place {code}", str(code)) for code in range(200, 350)])
    book = write(tmp_path / "tables.xlsx", [SYNTHETIC], local_authorities=many)
    sheets = printed(tmp_path / "tables.xlsx")
    assert list(sheets) == list(book.sheets)
    for name, pages in sheets.items():
        assert len(pages) == 1 or (name == "Local authorities" and len(pages) == 2), (name, len(pages))
        for wide, high, words in pages:
            assert round(max(wide, high)) == 842, "A4"
            assert (wide > high) == (name in workbook.SHEETS), f"{name}: tables lie across the page"
            assert all(0 < left and right < wide for _, left, _, right, _ in words), name
            assert overlapping(words) == [], name
        shown = {word[0] for *_, words in pages for word in words}
        texts = [value for value in book.sheets[name].values() if isinstance(value, str)]
        lost = {word for text in texts for word in text.split()} - shown
        # A long word of a heading may be broken at its hyphen.
        assert {word for word in lost if not set(re.findall(r"[^-]+-?", word)) <= shown} == set(), name
    for *_, words in sheets["Local authorities"]:
        assert "denominator" in {word[0] for word in words}, "the headings are repeated on each page"


def check_run(folder, synthetic):
    """The sheets of a whole run hold the figures of its tables."""
    book = Book(folder / "publication/tables.xlsx")
    for name, (_, file, _) in workbook.SHEETS.items():
        table = pd.read_csv(folder / ("compared" if file == "published" else "aggregated") / f"{file}.csv")
        assert (name in book.sheets) == (len(table) > 0)
        if file in ("england", "regions", "local_authorities"):
            rows = book.rows(name)
            assert [row[heading(row, "Schools: the denominator")] for row in rows] == table["schools"].tolist()
            shares = [row[heading(row, "Schools in need, of all")] for row in rows]
            assert shares == pytest.approx(table["share_in_need"].tolist())
    assert synthetic == any("Synthetic data" in str(text) for text in book.sheets["England"].values())
    assert any("whatever is unknown, at least" in str(text) for text in book.sheets["Cover"].values())
    assert any("the most that it can be" in name for name in book.rows("England")[0])


def test_the_workbook_of_the_synthetic_release(demo_run):
    check_run(demo_run, synthetic=True)


def test_the_workbook_of_the_real_release(run_2016):
    check_run(run_2016, synthetic=False)
