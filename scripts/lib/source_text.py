"""Open a source file as records of text, each with its line: CSV, also packed (.gz, .zip), and workbooks (.xlsx).

What a file is, its first bytes say, not its name. One that unpacks to more than the limits below stops the run: a few
kilobytes can become gigabytes.
"""

import contextlib
import csv
import datetime
import decimal
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lib.run_step import UserError
from lib.yaml_files import nearest

MOST_BYTES = 2_000_000_000  # of a table, unpacked: several times the largest official one
MOST_TIMES = 200  # as large as its packed form; official tables come to about thirty times
ALWAYS_UNPACKED = 10_000_000  # bytes, however small the packed form
MOST_LAYERS = 2  # of packing, a workbook in a .zip for one
MOST_CELLS = 2000  # of a row of a workbook; the official files have some 450 columns
MOST_LINES = 20  # of one record; more, and a quotation mark was never closed
PACKED = GZIP, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
WORKBOOK, OPEN_DOCUMENT = "xl/workbook.xml", "content.xml"
TABLES = (".csv", ".txt", ".tsv", ".xlsx", ".gz")  # members of a .zip that may be the table
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # but tab and line ends
NOT_ASCII = bytes(range(0x80, 0x100))
NUMBER_IN_QUOTES = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')  # of a number format: what is printed as it stands


def records(path: str | Path, source: dict) -> Iterator[tuple[list[str], int]]:
    """Give every record of a file, blank ones too, with the line (of a workbook, the row of the sheet) where it begins.

    `source`: `encoding`, tried in turn; `member` of an archive and `sheet` of a workbook that has several.
    Raises UserError for what is no text, no archive or no workbook, or is larger than the limits above.
    """
    path = Path(path)
    content = _unpacked(path, _size_within(path), source)
    if isinstance(content, zipfile.ZipFile):
        return _rows_of_sheet(path, content, source)
    return _lines_of_csv(path, content, source["encoding"])


def check_packed(path: Path) -> bytes:
    """Return the first bytes of a packed file, of an archive a sign that it is one.

    Raises UserError where it cannot be unpacked to its end, or comes to more than the limits above.
    """
    content = _size_within(path)
    with _told(path):
        if content.startswith(GZIP):
            return _read_within(path, gzip.GzipFile(fileobj=io.BytesIO(content)), len(content))[:4096]
        archive = zipfile.ZipFile(io.BytesIO(content))
        _stop_at_bomb(path, sum(member.file_size for member in archive.infolist()), len(content))
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"{damaged} in it is damaged")
        return ZIP


def same_name(name: str) -> str:
    """Return a name as it is compared: without case, outer spaces and doubled inner ones."""
    return " ".join(name.split()).casefold()


def _size_within(path):
    if path.stat().st_size > MOST_BYTES:
        raise UserError(f"{path.name}: the file has more than {MOST_BYTES:,} bytes, and none that is read has as many.")
    return path.read_bytes()


@contextlib.contextmanager
def _told(path):
    """Say in words what is wrong with a packed file."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UserError(f"{path.name}: the packed file is damaged or cut short: {error}. Fetch it again.") from None


def _unpacked(path, content, source):
    """The bytes of the table, or the opened archive that a workbook is."""
    with _told(path):
        for _ in range(MOST_LAYERS + 1):
            if content.startswith(GZIP):
                content = _read_within(path, gzip.GzipFile(fileobj=io.BytesIO(content)), len(content))
            elif content.startswith((ZIP, EMPTY_ZIP)):
                archive = zipfile.ZipFile(io.BytesIO(content))
                if WORKBOOK in archive.namelist():
                    unpacked = sum(member.file_size for member in archive.infolist())
                    _stop_at_bomb(path, unpacked, len(content))
                    return archive
                content = _member(path, archive, source)
            else:
                return content
    raise UserError(f"{path.name}: it is packed more than {MOST_LAYERS} times over. Unpack it by hand.")


def _member(path, archive, source):
    """The bytes of the one table in an archive, or of the one that layout or release name."""
    if OPEN_DOCUMENT in archive.namelist():
        raise UserError(
            f"{path.name}: this is an OpenDocument spreadsheet, which is not read. Save the sheet as CSV (UTF-8)."
        )
    inside = [member for member in archive.infolist() if not member.is_dir()]
    names = [member.filename for member in inside]
    if wanted := source.get("member"):
        found = [member for member in inside if same_name(wanted) in _called(member)]
        problem = f"it has no table '{wanted}'.{nearest(wanted, names)} Set `member`"
    else:
        found = [m for m in inside if m.filename.casefold().endswith(TABLES) and not m.filename.startswith("__MACOSX")]
        problem = f"it holds {', '.join(names[:10]) or 'nothing'}, so it is not known which is the table. Set `member`"
    if len(found) != 1:
        raise UserError(f"{path.name}: {problem} of the source in the release file to the name of the table in it.")
    return _read_within(path, archive.open(found[0]), found[0].compress_size)


def _called(member):
    return {same_name(member.filename), same_name(member.filename.rsplit("/", 1)[-1])}


def _read_within(path, file, packed):
    most, parts, size = _most_of(packed), [], 0
    while part := file.read(1 << 20):
        size += len(part)
        if size > most:
            _stop_at_bomb(path, size, packed)
        parts.append(part)
    return b"".join(parts)


def _most_of(packed):
    return min(MOST_BYTES, max(packed * MOST_TIMES, ALWAYS_UNPACKED))


def _stop_at_bomb(path, size, packed):
    if size > _most_of(packed):
        raise UserError(
            f"{path.name}: unpacked, its {packed:,} bytes become more than {_most_of(packed):,}, which no table does. "
            f"Fetch the file again; if it is sound, unpack it by hand."
        )


# --- CSV ----------------------------------------------------------------------------------------------------------


def _lines_of_csv(path, content, encodings):
    reader, line = csv.reader(_decoded(path, content, encodings), strict=True), 1
    try:
        for cells in reader:
            if reader.line_num - line >= MOST_LINES:
                raise UserError(
                    f"{path.name}, row {line}: a quotation mark is opened here and not closed within {MOST_LINES} "
                    f"lines. Correct the row, or fetch the file again."
                )
            yield cells, line
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"{path.name}, row {line}: cannot be read as CSV: {error}. Fetch the file again, or correct the row."
        ) from None


def _decoded(path, content, encodings):
    """The file as text, opened."""
    if content.startswith(OLD_WORKBOOK):
        raise UserError(
            f"{path.name}: this is an old workbook (.xls), which is not read. Save the sheet as CSV (UTF-8)."
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[:512].count(b"\0") > len(content[:512]) / 4:
        raise UserError(f"{path.name}: the text is in UTF-16, or is no text at all. Save it as CSV in UTF-8.")
    if stray := CONTROL.search(content):
        row, before = _place(content, stray.start())
        raise UserError(
            f"{path.name}, row {row}: the byte 0x{content[stray.start()]:02X} after '{before}' is a control character, "
            f"which no text has. Remove it, or fetch the file again."
        )
    for encoding in encodings:
        try:
            content.decode(encoding)
            text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
            # A mark of UTF-8 before a text in another encoding
            return text if text.read(3) == "ï»¿" else io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
        except UnicodeDecodeError as error:
            if encoding.startswith("utf-8"):
                _stop_at_stray_byte(path, content, error.start + len(content) - len(error.object))
    raise UserError(f"{path.name}: the text is in none of the encodings {', '.join(encodings)}. Save it as UTF-8.")


def _stop_at_stray_byte(path, content, first):
    """Stop where all but a few characters are in UTF-8: in another encoding, those few would garble the many."""
    text = content.removeprefix(b"\xef\xbb\xbf")
    sound = text.decode("utf-8", errors="ignore")
    stray = len(text) - len(sound.encode("utf-8"))
    if len(sound) - len(text.translate(None, NOT_ASCII)) >= stray:
        row, before = _place(content, first)
        raise UserError(
            f"{path.name}, row {row}: the byte 0x{content[first]:02X} after '{before}' is not in UTF-8, as the rest of "
            f"the file is. Correct that character, or fetch the file again."
        )


def _place(content, at):
    """The row of a byte in a file, and the text before it in that row."""
    lines = (content[:at] + b"|").splitlines()
    return len(lines), lines[-1][:-1].decode("utf-8", errors="replace").lstrip("\ufeff")[-20:]


# --- Workbooks ----------------------------------------------------------------------------------------------------


def _rows_of_sheet(path, archive, source):
    import openpyxl  # here, since few runs need it

    dates = {}  # {name of a column: how the CSV would write its dates}
    for spec in source["columns"].values():
        if spec["type"] == "date":
            names = [spec["column"]] if isinstance(spec["column"], str) else spec["column"]
            dates |= dict.fromkeys(map(same_name, names), spec["format"])
    try:
        book = openpyxl.load_workbook(archive.fp, read_only=True, data_only=True)
        sheet = _sheet(path, book, source)
        sheet.reset_dimensions()  # which a file may overstate
        forms, waiting = {}, []  # {column: how its dates are written}; blank rows, of which the last ones are none
        for row, cells in enumerate(sheet.iter_rows(), start=1):
            if len(cells) > MOST_CELLS:
                raise UserError(f"{path.name}, row {row}: it has more than {MOST_CELLS:,} cells. Save it as CSV.")
            texts = [_text_of(cell, forms.get(column, "%Y-%m-%d")) for column, cell in enumerate(cells)]
            forms |= {c: dates[name] for c, text in enumerate(texts) if (name := same_name(text)) in dates}
            if not any(texts):
                waiting.append(row)
                continue
            yield from (([], blank) for blank in waiting)
            waiting = []
            yield texts, row
    except UserError:
        raise
    except Exception as error:  # whatever the package meets in a damaged workbook
        raise UserError(
            f"{path.name}: cannot be read as a workbook ({type(error).__name__}: {error}). Fetch the file again, or "
            f"save the sheet as CSV (UTF-8)."
        ) from None


def _sheet(path, book, source):
    sheets = {same_name(sheet.title): sheet for sheet in book.worksheets}
    wanted, titles = source.get("sheet"), [sheet.title for sheet in book.worksheets]
    if wanted is None and len(sheets) == 1:
        return book.worksheets[0]
    if wanted is None or same_name(wanted) not in sheets:
        problem = f"there is no sheet '{wanted}'.{nearest(wanted, titles)}" if wanted else "it has several sheets."
        raise UserError(
            f"{path.name}: {problem} Set `sheet` of the source in the release file to one of {', '.join(titles)}."
        )
    return sheets[same_name(wanted)]


def _text_of(cell, date_form):
    """What a CSV of the sheet has for a cell."""
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime | datetime.date):
        return value.strftime(date_form)
    if isinstance(value, int | float):
        percent = "%" in NUMBER_IN_QUOTES.sub("", cell.number_format or "")
        # Fifteen figures are what a spreadsheet keeps: 0.1 + 0.2 is 0.3.
        text = f"{value * 100 if percent else value:.15g}"
        text = f"{decimal.Decimal(text):f}"
        return f"{text}%" if percent else text
    return str(value)
