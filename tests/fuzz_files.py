"""Small invented files in every layout, and seeded damage to them: to cells, lines, header, encoding, quotes, packing.

`chance` is a random.Random: the same seed gives the same file and the same damage.
"""

import csv
import gzip
import io
import zipfile

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from lib.layout_match import layouts
from lib.settings.load import with_layout

SCHOOLS = 12
JUNK = (
    *("", " ", "NULL", "x", "-1", "0", "5", "9", "101", "100000", "100000.0", "1e5", "1e309", "nan", "inf", "0x1F"),
    *("61 %", "61%%", "1,5", "٣", "１２", "100000000000000000000", "-0.0", "=1+1", "#N/A", "None", "true", "SUPP", "c"),
    *("31-02-2015", "01/13/2015", "2015-01-01", "1-1-15", "00-00-0000", "01-01-0001", "31-12-9999", "01/01/2015"),
    *('"', '""', "a,b", "two\nlines", "\r", "\t", "\0", "\x1a", "\ufeff", "\xa0", "Zoë", "\u2019", "x" * 140_000),
)
FORMS = ("csv", "csv", "csv", "gz", "zip", "xlsx")


def a_source(layout):
    """Return a layout as a source of a release of a year in which it holds."""
    year = layouts()[layout].get("years", ["2024/25"])[-1]
    return with_layout({"layout": layout, "file": f"{layout}.csv", "as_at": "2026-02-28"}, "the test", year)


def table_of(source, chance):
    """Return [header, *rows] of a file of schools, of each of which a long file has several rows."""
    columns = {"record_type": source["record_type"]} if "record_type" in source else {}
    named = {}  # {column of the file: ours}; of a long file one is that of several of ours
    for name, spec in (columns | source["columns"]).items():
        names = [spec["column"]] if isinstance(spec["column"], str) else spec["column"]
        named.setdefault(names[0], name)
    rows = source.get("rows", {})
    parts = [rows, *(rows | part for part in source.get("pivot", {}).values())]
    header = list(dict.fromkeys([*(column for part in parts for column in part), *named]))
    lines = []
    for urn in chance.sample(range(100_000, 150_000), SCHOOLS):
        for part in parts:
            cells = {column: _cell(source, name, urn, chance) for column, name in named.items()}
            cells |= {column: wanted if isinstance(wanted, str) else wanted[0] for column, wanted in part.items()}
            lines.append([cells[column] for column in header])
    return [header, *lines]


def _cell(source, name, urn, chance):
    """A cell that a sound file may have."""
    if name == "record_type":
        return chance.choice([*source["record_type"]["values"]] + [next(iter(source["record_type"]["values"]))] * 9)
    kind = source["columns"][name]["type"]
    if name == "urn":
        return str(urn)
    if kind == "integer":
        return chance.choice(["", str(urn + 1)]) if name.endswith("urn") else str(chance.randint(2, 18))
    if kind in ("code", "word"):
        return chance.choice([*source["values"][name]])
    if kind == "date":
        form = source["columns"][name]["format"]
        year, month, day = chance.randint(2010, 2016), chance.randint(1, 12), chance.randint(1, 28)
        return form.replace("%Y", str(year)).replace("%m", f"{month:02}").replace("%d", f"{day:02}")
    if kind == "text":
        return f"AB{urn % 97} {urn % 10}CD" if name == "postcode" else chance.choice(["201", "St Mary's, the", "Zoë"])
    low, high = source.get("range", {}).get(name, (0, 100))
    figures = [str(chance.randint(int(low), int(high))) for _ in range(4)]
    return chance.choice([*figures, *[code for code in source.get("codes", {})][:3]])


def file_of(table, form, chance, damage=lambda content: content):
    """Return the bytes of a table as a file of one of FORMS. `damage`: done to the text before it is packed."""
    if form == "xlsx":
        return _workbook(table)
    out, quoting = io.StringIO(), chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(out, quoting=quoting, lineterminator=chance.choice(["\n", "\r\n"])).writerows(table)
    content = damage(out.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "cp1252"]), errors="replace"))
    if form == "gz":
        return gzip.compress(content, mtime=0)
    return _archive({"data/table.csv": content}) if form == "zip" else content


def _workbook(table):
    book = openpyxl.Workbook()
    for cells in table:
        texts = [ILLEGAL_CHARACTERS_RE.sub("", cell)[:32_000] for cell in cells]
        book.active.append([int(text) if text.isascii() and text.isdigit() else text.lstrip("=") for text in texts])
    book.save(out := io.BytesIO())
    return out.getvalue()


def _archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


# --- Damage to a table --------------------------------------------------------------------------------------------


def a_cell(table, chance):
    row = chance.choice(table[1:] or table)
    if row:
        row[chance.randrange(len(row))] = chance.choice(JUNK)


def a_column(table, chance):
    at, junk = chance.randrange(len(table[0])), chance.choice(JUNK)
    for row in table[1:]:
        row[at : at + 1] = [junk]


def a_row_again(table, chance):
    table.insert(chance.randint(1, len(table)), list(chance.choice(table)))


def a_row_gone(table, chance):
    del table[chance.randrange(len(table))]


def all_rows_gone(table, chance):
    del table[chance.choice([0, 1]) :]


def a_longer_row(table, chance):
    chance.choice(table).extend([chance.choice(JUNK)] * chance.randint(1, 4))


def a_shorter_row(table, chance):
    row = chance.choice(table)
    del row[chance.randint(0, len(row)) :]


def blank_rows(table, chance):
    table.insert(chance.randint(0, len(table)), [""] * chance.choice([0, 1, len(table[0])]))


def lines_above(table, chance):
    table[0:0] = [["As at", "31 March"]] * chance.choice([1, 2, 19, 20, 25])


def a_renamed_column(table, chance):
    at = chance.randrange(len(table[0]))
    name = table[0][at]
    changed = (name.upper(), f" {name}  ", name.replace(" ", "  "), f"{name}_2", "", name[:-1], chance.choice(table[0]))
    table[0][at] = chance.choice(changed)


def a_column_gone(table, chance):
    at = chance.randrange(len(table[0]))
    for row in table:
        del row[at : at + 1]


def another_order(table, chance):
    order = chance.sample(range(len(table[0])), len(table[0]))
    table[:] = [[row[at] if at < len(row) else "" for at in order] for row in table]


OF_TABLES = (
    *(a_cell, a_cell, a_cell, a_column, a_row_again, a_row_gone, all_rows_gone, a_longer_row, a_shorter_row),
    *(blank_rows, lines_above, a_renamed_column, a_column_gone, another_order),
)

# --- Damage to bytes ----------------------------------------------------------------------------------------------


def a_byte(content, chance):
    at = chance.randrange(len(content))
    return content[:at] + bytes([chance.randrange(256)]) + content[at + chance.choice([0, 1]) :]


def a_quotation_mark(content, chance):
    at = chance.randrange(len(content))
    return content[:at] + b'"' + content[at:]


def no_quotation_marks(content, chance):
    return content.replace(b'"', b"")


def cut_short(content, chance):
    return content[: chance.randrange(len(content))]


def a_part_twice(content, chance):
    at, to = sorted(chance.sample(range(len(content)), 2))
    return content[:to] + content[at:]


def more_behind(content, chance):
    return content + chance.choice([b"\0" * 40, b"\x1a", b",,,,", b"\n\n\n", b"PK\x03\x04", content])


def packed_again(content, chance):
    again = (gzip.compress, lambda c: _archive({"a.csv": c}), lambda c: _archive({"a.csv": c, "b.csv": c}))
    return chance.choice(again)(content)


def another_encoding(content, chance):
    text = content.decode("latin-1")
    return text.encode(chance.choice(["utf-16", "utf-16-be", "utf-8", "utf-32", "utf-7"]))


def other_line_ends(content, chance):
    return content.replace(b"\r\n", b"\n").replace(b"\n", chance.choice([b"\r", b"\r\r\n", b"\n\r", b"\x0b"]))


OF_BYTES = (
    *(a_byte, a_quotation_mark, no_quotation_marks, cut_short, a_part_twice, more_behind, packed_again),
    *(another_encoding, other_line_ends),
)


def a_damaged_file(source, chance):
    """Return (bytes, what was done): a file in the layout of `source` with one to three pieces of damage."""
    table, form, done = table_of(source, chance), chance.choice(FORMS), []
    for _ in range(chance.choice([0, 1, 1, 2])):
        damage = chance.choice(OF_TABLES)
        if table and table[0]:
            damage(table, chance)
            done.append(damage.__name__)

    def damaged(content):
        damage = chance.choice(OF_BYTES)
        done.append(damage.__name__)
        return damage(content, chance) if len(content) > 1 else content

    on_bytes = chance.choice(["text", "text", "packing", "none"] if done else ["text", "packing"])
    content = file_of(table, form, chance, damaged if on_bytes == "text" else lambda content: content)
    content = damaged(content) if on_bytes == "packing" else content
    return content, f"{source['layout']}.{form}: {', '.join(done)}"
