"""Packed files and workbooks are read as the CSV in them would be, and what is no table is told by name."""

import csv
import datetime
import gzip
import io
import zipfile

import openpyxl
import pytest

from lib import source_files, source_text
from small_files import refusal

CSV = b"URN,Name,Opened,Share\r\n100000,St\xc3\xa9 Anne,01-09-2012,61%\r\n100001,,,\r\n"
SOURCE = {
    "layout": "plain",
    "encoding": ["utf-8-sig", "cp1252"],
    "columns": {
        "urn": {"column": "URN", "type": "integer", "label": "URN"},
        "name": {"column": "Name", "type": "text", "label": "Name"},
        "opened": {"column": "Opened", "type": "date", "format": "%d-%m-%Y", "label": "Date opened"},
        "share_pct": {"column": "Share", "type": "percent", "label": "Share"},
    },
}


def packed(content):
    """A text as .gz: the same bytes each time, since tests are named after them."""
    return gzip.compress(content, mtime=0)


def zipped(members):
    """The bytes of an archive; `members`: {name: content}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def workbook(*sheets):
    """The bytes of a workbook; `sheets`: (title, rows); a cell is a value, or (value, number format)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells, start=1):
                value, form = cell if isinstance(cell, tuple) else (cell, None)
                if value is not None:
                    place = sheet.cell(row, column, value)
                    place.number_format = form or place.number_format
    book.save(out := io.BytesIO())
    return out.getvalue()


ROWS = [
    ["URN", "Name", "Opened", "Share"],
    [100000, "Sté Anne", datetime.datetime(2012, 9, 1), (0.61, "0%")],
    [100001.0, None, None, None],
]


def read(tmp_path, content, name="file.csv", **keys):
    path = tmp_path / name
    path.write_bytes(content)
    return source_files.read(path, SOURCE | keys, "plain")


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        packed(CSV),
        zipped({"table.csv": CSV, "readme.md": b"Notes"}),
        zipped({"data/table.csv": CSV, "__MACOSX/data/table.csv": b"x"}),
        packed(zipped({"table.csv": CSV})),
        workbook(("Data", ROWS)),
        zipped({"book.xlsx": workbook(("Data", ROWS))}),
    ],
    ids=["plain", "gzip", "zip", "zip of folders", "zip in gzip", "workbook", "workbook in zip"],
)
def test_a_file_is_the_same_however_it_is_packed(tmp_path, content):
    """What it is, the first bytes say: the acquired file has the name that the release states."""
    records, rejected = read(tmp_path, content)
    assert records["row"].tolist() == [2, 3] and rejected.empty
    assert records.iloc[0, 1:].tolist() == ["100000", "Sté Anne", "01-09-2012", "61%"]
    assert records.iloc[1, 1:].tolist() == ["100001", "", "", ""]


def test_a_table_of_an_archive_is_named_where_there_are_several(tmp_path):
    content = zipped({"data/ks2.csv": CSV, "data/ks4.csv": CSV.replace(b"100000", b"100009")})
    message = refusal(read, tmp_path, content)
    assert message.startswith("file.csv: it holds data/ks2.csv, data/ks4.csv") and "`member`" in message
    for member in ("ks4.csv", "data/KS4.csv"):
        assert read(tmp_path, content, member=member)[0]["urn"].tolist() == ["100009", "100001"]
    assert "no table 'ks5.csv'. Did you mean" in refusal(lambda: read(tmp_path, content, member="ks5.csv"))


def test_a_sheet_of_a_workbook_is_named_where_there_are_several(tmp_path):
    content = workbook(("Notes", [["URN"]]), ("Provider level data", ROWS))
    message = refusal(read, tmp_path, content)
    assert "it has several sheets" in message and "Notes, Provider level data" in message and "`sheet`" in message
    assert len(read(tmp_path, content, sheet="Provider Level  Data")[0]) == 2
    assert "there is no sheet 'Providers'" in refusal(lambda: read(tmp_path, content, sheet="Providers"))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (28, "28"),
        (28.0, "28"),
        (-0.25, "-0.25"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        ((0.285, "0.0%"), "28.5%"),
        ((61, '0"%"'), "61"),
        (True, "TRUE"),
        ("NULL", "NULL"),
        (" x ", "x"),
        (datetime.date(2024, 6, 5), "05-06-2024"),
    ],
)
def test_cell_of_a_workbook_is_the_text_that_the_csv_would_have(tmp_path, cell, text):
    """A date stands as those of its column do in the CSV."""
    column = "Opened" if isinstance(cell, datetime.date) else "Name"
    rows = [
        ["URN", "Opened", "Share", "Name"],
        [100000, *(cell if name == column else None for name in ("Opened", 0, "Name"))],
    ]
    records, _ = read(tmp_path, workbook(("Data", rows)))
    assert records["opened" if column == "Opened" else "name"].tolist() == [text]


def test_rows_of_a_sheet_are_counted_as_the_sheet_counts_them(tmp_path):
    """Lines above the header, a blank row in between, and formatted rows below the last one, which are none."""
    rows = [["Inspections"], [], ROWS[0], ROWS[1], [], ROWS[2], [(None, "0"), (" ", None)], [""]]
    records, rejected = read(tmp_path, workbook(("Data", rows)))
    assert records["row"].tolist() == [4, 6]
    assert rejected[["row", "reason"]].to_numpy().tolist()[0] == [5, "empty line"]


def test_names_of_columns_are_compared_without_case_and_surplus_spaces(tmp_path):
    records, _ = read(tmp_path, CSV.replace(b"Opened", b"  OPENED ").replace(b"Share", b"share"))
    assert records["opened"].tolist() == ["01-09-2012", ""] and records["share_pct"].tolist() == ["61%", ""]
    source = SOURCE | {
        "columns": SOURCE["columns"] | {"name": {"column": "Latest  name", "type": "text", "label": "x"}}
    }
    path = tmp_path / "file.csv"
    path.write_bytes(CSV.replace(b"Name", b"latest name"))
    assert source_files.read(path, source, "plain")[0]["name"].tolist() == ["Sté Anne", ""]


# --- What is not read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (packed(CSV)[:-9], "the packed file is damaged or cut short"),
        (zipped({"table.csv": CSV})[:-9], "the packed file is damaged or cut short"),
        (zipped({"table.csv": CSV}).replace(b"table.csv", b"tab\0e.csv", 1), "the packed file is damaged or cut short"),
        (zipped({}), "it holds nothing"),
        (zipped({"readme.md": b"Notes"}), "it holds readme.md"),
        (zipped({"content.xml": b"<x/>", "mimetype": b"x"}), "OpenDocument spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old workbook (.xls)"),
        (workbook(("Data", ROWS))[:-40], "the packed file is damaged or cut short"),
        (zipped({"xl/workbook.xml": b"<x/>"}), "cannot be read as a workbook"),
        (zipped({"a.zip": b"", "b.csv": b""}), "no header line"),
        (b"%PDF-1.7" + bytes(300), "no text at all"),
        (packed(packed(packed(packed(CSV)))), "packed more than 2 times over"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_file(tmp_path, content, words):
    message = refusal(read, tmp_path, content)
    assert message.startswith("file.csv: ") and words in message


def test_an_encrypted_archive_is_named(tmp_path):
    content = bytearray(zipped({"table.csv": CSV}))
    content[6] |= 1  # the flag of encryption, in the local header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "is encrypted" in refusal(read, tmp_path, bytes(content))


def nothing(megabytes):
    return CSV + b"\r\n" * (megabytes << 19)


@pytest.mark.parametrize(
    "content",
    [packed(nothing(40)), zipped({"table.csv": nothing(40)}), packed(packed(nothing(40)))],
)
def test_a_bomb_stops_before_it_is_unpacked(tmp_path, content):
    message = refusal(read, tmp_path, content)
    assert "become more than 10,000,000, which no table does" in message and "unpack it by hand" in message


def test_a_workbook_that_unpacks_to_too_much_stops(tmp_path):
    content = zipped({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": bytes(40_000_000)})
    assert "which no table does" in refusal(read, tmp_path, content)


def test_a_sheet_that_claims_to_be_a_million_columns_wide_is_read_as_it_is(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("Data", ROWS)))) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(b'<dimension ref="A1:D3" />', b'<dimension ref="A1:XFD1048576" />'))
    assert b"XFD1048576" in zipfile.ZipFile(content).read("xl/worksheets/sheet1.xml")
    assert len(read(tmp_path, content.getvalue())[0]) == 2


def test_a_row_of_a_sheet_with_thousands_of_cells_stops(tmp_path):
    rows = [ROWS[0], [100000, *[None] * source_text.MOST_CELLS, 1]]
    assert "file.csv, row 2: it has more than 2,000 cells" in refusal(read, tmp_path, workbook(("Data", rows)))


def test_a_file_of_absurd_size_stops_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(source_text, "MOST_BYTES", 50)
    assert "the file has more than 50 bytes" in refusal(read, tmp_path, CSV)


def test_records_are_those_of_the_csv_module(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(CSV)
    found = [cells for cells, _ in source_text.records(path, SOURCE)]
    assert found == list(csv.reader(io.StringIO(CSV.decode())))
