"""Write the publication tables: an accessible workbook, one table a sheet.

Inputs: aggregated/*.csv, compared/published.csv, caveats/caveats.csv, raw/manifest.json, workflow/facts/published.yaml
(titles of sources).
Output: publication/tables.xlsx: cover, contents, notes, and a sheet for each table, by the gptables library, after the
Government Analysis Function's guidance on spreadsheets: units in the headings, shorthand explained on each sheet, no
merged cells, no empty cells. Headings and units are those of scripts/lib/schemas.py. Widths and heights are worked out
here, since no program but Excel finds them when it opens the file; each sheet is one page wide on A4.

Text that begins with = + - @, a tab or a line break is data, and must not run as a formula: it is written as text,
unchanged, with the mark (quote prefix) of a typed apostrophe, by which it stays text when it is edited. The CSV files
keep the text as the source has it; open them through the import dialogue, with these columns as text.
"""

import copy
import json
import re
import textwrap
import warnings
from datetime import datetime
from pathlib import Path

import gptables
import pandas as pd
import pandera.pandas as pa
import yaml
from gptables.core.wrappers import GPWorksheet

from lib import run_step, schemas, tables
from lib.caveats import Caveats

NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
SHORTHAND = {
    NOT_AVAILABLE: "not available: the run cannot work it out",
    NOT_APPLICABLE: "not applicable: there is nothing of which it could be worked out",
}
# Columns in which a blank means not available; in any other it means not applicable.
AVAILABLE_OR_NOT = ("reproduced", "difference", "agrees")
# How the numbers are shown: by unit in the schema, else by type, else by column; others as a spreadsheet shows them.
SHARE = "share, 0 to 1"
SHOWN = {SHARE: "0.0%", "metres": "#,##0", "int64": "#,##0", "high_performing_per_in_need": "0.00"}
# Codes in words; any other code of these columns is a word already.
CODED = ("phase", "group", "kind", "evidence", "agrees")
WORDS = {
    "high_performing": "High-performing",
    "in_need": "In need of support",
    "share": "Share, percent",
    "count": "Count, schools",
    "median": "Median, schools",
    "claim": "Statement",
    "true": "Yes",
    "false": "No",
}
VALUES = ("published", "reproduced")  # text, since some of them are statements that hold or do not
SUBJECTS = ("label", "area", "criterion")  # what a row is about stands first
# sheet: (title, file, columns left out since they say nothing on that sheet)
SHEETS = {
    "England": ("Schools, groups and partners in England, by phase", "england", ("area_code", "region")),
    "Regions": ("Schools, groups and partners by region and phase", "regions", ("area_code", "region")),
    "Local authorities": ("Schools, groups and partners by local authority and phase", "local_authorities", ()),
    "Constituencies": (
        "Schools, groups and partners by parliamentary constituency and phase",
        "constituencies",
        ("area_code",),
    ),
    "Radius": ("Partners within each radius, in England and by region and phase", "radius_curve", ()),
    "Criteria": ("Schools that meet each criterion, by phase", "criteria", ()),
    "Published": ("Figures of the run beside the published ones", "published", ("id", "statistic", "criterion")),
}
SCHEMAS = {Path(path).stem: s for path, s in schemas.TABLES.items() if path.startswith(("aggregated/", "compared/"))}
# Notes, by the column whose heading refers to them.
NOTES = {
    "high_performing": "A school that is high-performing and in need at once is counted as in need only.",
    "not_assessable": "What a criterion needs is missing: not published, suppressed, or no inspection. These schools "
    "are in the denominator of each share and in no numerator.",
    "median_partners": "A partner is a high-performing school of the same phase within the radius of a school in "
    "need, in a straight line. Schools without coordinates are not matched.",
    "median_nearest_m": "However far it is, also beyond the radius.",
    "met_alone": "They meet no other criterion of the group.",
    "evidence": "What the comparison is worth. None: the release is synthetic, or of another year. Partial: a "
    "criterion that the figure rests on cannot be assessed in this release, or was tested without a condition whose "
    "measure the release lacks.",
}
# What the cover says of the data, in this order; the first of them stand on every sheet.
BANDS = ("synthetic", "shortfall")
CAVEATS = ("groups_unequal", "phase_incomplete", "condition_relaxed", "without_coordinates", "not_assessable")
ONE_TABLE = "This worksheet contains one table."
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
THEME = {
    "cover_text": {"valign": "top"},
    "title": {"font_size": 14},
    "subtitle": {"font_size": 12},
    "column_heading": {"bold": False, "bottom": 1, "valign": "bottom"},
    "index_2": {"valign": "vcenter"},
    "data": {"valign": "vcenter"},
}
LEFT, RIGHT = {"align": "left", "indent": 1}, {"align": "right", "indent": 1}
# Widths are in the unit of spreadsheets, about a digit; heights in points.
LETTERS, PADDING = 0.92, 2.5  # letters that go into each unit of width; what a column needs beside its text
MOST_LETTERS = {"Contents": 80, "Notes": 70}  # of a column, before its text is wrapped; on the sheets of tables:
MOST_LETTERS_OF_TABLES = 34
COVER_WIDTH = 75  # the most that fits on A4 where the font is a wide one
LINE_POINTS = 16
A4 = 9


def sheet(
    table: pd.DataFrame, schema: pa.DataFrameSchema, labels: dict[str, str], drop: tuple[str, ...], **texts
) -> gptables.GPTable:
    """Return a table, as its CSV has it, in words for people: blanks as shorthand, headings with their units.

    `labels`: {criterion or id of a source: words}. `drop`: columns left out. `texts`: go to gptables.
    """
    columns = [column for column in schema.columns if column not in drop]
    columns.sort(key=lambda column: column not in SUBJECTS)
    cells, formats = {}, []
    for place, column in enumerate(columns):
        described = schema.columns[column]
        unit, kind = (described.metadata or {}).get("unit"), str(described.dtype)
        shown = "percent" if unit == SHARE else unit
        values = [_cell(value, column, labels) for value in table[column].astype(object)]
        cells[f"{described.description}\n({shown})" if shown else described.description] = values
        pattern = SHOWN.get(unit) or SHOWN.get(kind) or SHOWN.get(column)
        form = RIGHT if kind.lower().startswith(("int", "float")) or column in VALUES else LEFT
        form = form | ({"num_format": pattern} if pattern else {})
        formats.append({"column": {"columns": [place], "format": form}})
        for row, value in enumerate(values, start=1):  # row 0 is the heading
            if isinstance(value, str) and value.startswith(STARTS_A_FORMULA):
                # One entry a cell: of several in one, gptables takes the last.
                formats.append({"cell": {"cells": (row, place), "format": {"quote_prefix": True}}})
    return gptables.GPTable(
        table=pd.DataFrame(cells, dtype=object),
        instructions=f"{ONE_TABLE} Notes in the headings are explained on the sheet Notes.",
        legend=[f"{sign} {meaning}" for sign, meaning in SHORTHAND.items()],
        table_notes={place: f"$${column}$$" for place, column in enumerate(columns) if column in NOTES},
        index_columns={2: 0},
        additional_formatting=formats,
        **texts,
    )


def _cell(value: object, column: str, labels: dict[str, str]) -> float | str:
    """A value in words or as a number, without gptables' markup.

    gptables takes [text](address) for a link and $$name$$ for a note, and refuses a cell without a letter or digit.
    """
    if pd.isna(value) or value == "":
        return NOT_AVAILABLE if column in AVAILABLE_OR_NOT else NOT_APPLICABLE
    text = str(value).lower() if pd.api.types.is_bool(value) else value
    if column in CODED or (column in VALUES and text in ("true", "false")):
        return WORDS.get(text, text.capitalize())
    if not isinstance(text, str) or column in VALUES:
        return int(float(text)) if float(text).is_integer() else float(text)
    if column in ("criterion", "source"):
        text = labels.get(text, text)
    text = text.replace("](", "] (").replace("$$", "$ $")
    return text if re.search(r"[a-zA-Z0-9]", text) else f"{text} (as in the source)"


def workbook(
    path: str | Path,
    frames: dict[str, pd.DataFrame],
    release: dict,
    caveats: Caveats,
    labels: dict[str, str],
    sources: list[dict],
) -> None:
    """Write the workbook to `path`.

    `frames`: {file of SHEETS: table}. `release`: {title, reference_date, method, radius_miles}.
    `labels`: {criterion or id of a source: words}. `sources`: files of raw/manifest.json.
    A table without rows gets no sheet, and the cover says so.
    """
    bands = [text for kind in BANDS for text in caveats.shorts(kind)]
    texts = {
        "subtitles": [*bands, f"{release['title']}, as at {release['reference_date']}"],
        "source": "Source: " + "; ".join(dict.fromkeys(source["publisher"] for source in sources)),
    }
    sheets = {
        name: sheet(frames[file], SCHEMAS[file], labels, drop, title=title, table_name=f"table_{file}", **texts)
        for name, (title, file, drop) in SHEETS.items()
        if len(frames[file])
    }
    missing = [title for name, (title, *_) in SHEETS.items() if name not in sheets]
    cover = _cover(release, missing, caveats, sources)
    referred = dict.fromkeys(note.strip("$") for table in sheets.values() for note in table.table_notes.values())
    notes = pd.DataFrame({"reference": list(referred), "Note": [NOTES[column] for column in referred]})
    contents_options = {"subtitles": bands}
    notes_options = {"instructions": ". ".join([*bands, ONE_TABLE])}
    theme = copy.deepcopy(gptables.gptheme)
    theme.apply_config(copy.deepcopy(THEME))
    options = {
        **dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False),
        "in_memory": True,  # or the parts would have dates of their own
    }
    with warnings.catch_warnings():
        # gptables still writes pandas code of before version 3.
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
        book = gptables.produce_workbook(
            str(path),
            sheets,
            theme,
            cover=cover,
            contentsheet_options=contents_options,
            notes_table=notes,
            notesheet_options=notes_options,
            auto_width=False,
            workbook_options=options,
        )
    _lay_out_cover(book.get_worksheet_by_name("Cover"), cover)
    _lay_out(
        book.get_worksheet_by_name("Contents"), "Contents", book.make_table_of_contents(sheets, **contents_options)
    )
    _lay_out(book.get_worksheet_by_name("Notes"), "Notes", book.make_notesheet(notes, **notes_options))
    for name, table in sheets.items():
        _lay_out(book.get_worksheet_by_name(name), name, table)
        book.get_worksheet_by_name(name).set_landscape()
    # The date of creation is the release's: the clock has no place in a result.
    created = datetime.fromisoformat(release["reference_date"])
    book.set_properties({"title": cover.title, "created": created, "comments": " ".join(bands)})
    book.close()


def _lay_out_cover(page: GPWorksheet, cover: gptables.Cover) -> None:
    """Set the heights of the cover's lines, which are wrapped within its one column."""
    sections = ("Introductory information", "About these data")
    lines = [cover.title, sections[0], *cover.intro, sections[1], *cover.about]
    for row, text in enumerate(lines):
        _set_height(page, row, _lines(text, cover.width / (1.5 if row == 0 else 1)) + (text in lines[:1] + [*sections]))
    _set_page(page, len(lines) - 1, 0)


def _lay_out(page: GPWorksheet, name: str, table: gptables.GPTable) -> None:
    """Set widths and heights of a sheet by its texts, and how it is printed: one page wide, headings on each page."""
    above = [text for text in (table.title, *table.subtitles, table.instructions, *table.legend, table.source) if text]
    cells = {place: [_text(cell) for cell in column] for place, (_, column) in enumerate(table.table.items())}
    headings = [str(heading) for heading in table.table.columns]
    most = MOST_LETTERS.get(name, MOST_LETTERS_OF_TABLES)
    widths = [_width(texts, headings[place], most) for place, texts in cells.items()]
    # What stands above the table runs over its columns, and must not run off the page.
    widths[widths.index(max(widths))] += max(0, max(map(len, above)) / LETTERS - sum(widths))
    for place, width in enumerate(widths):
        page.set_column(place, place, width)
    for row, texts in enumerate([headings, *zip(*cells.values(), strict=True)], start=len(above)):
        _set_height(page, row, max(_lines(text, width) for text, width in zip(texts, widths, strict=True)))
    page.repeat_rows(len(above))
    _set_page(page, len(above) + len(table.table), len(widths) - 1)


def _set_page(page: GPWorksheet, last_row: int, last_column: int) -> None:
    page.set_default_row(LINE_POINTS)
    page.set_paper(A4)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&A&RPage &P of &N")
    page.print_area(0, 0, last_row, last_column)
    page.fit_to_pages(1, 0)


def _set_height(page: GPWorksheet, row: int, lines: int) -> None:
    if lines > 1:
        page.set_row(row, LINE_POINTS * lines)


def _text(cell: object) -> str:
    """The text of a cell as gptables writes it: a link by its words, a list by its lines; a number by its room."""
    if isinstance(cell, int | float):
        return "1,234.5"
    return "\n".join(map(str, cell)) if isinstance(cell, dict | list) else cell


def _width(texts: list[str], heading: str, most_letters: int) -> float:
    """The width of a column: its longest text up to `most_letters`, and the longest word of its heading whole."""
    word = max(map(len, re.split(r"[\s-]", heading)))
    return max(min(max(map(len, texts)), most_letters) / LETTERS, word) + PADDING


def _lines(text: str, width: float) -> int:
    """The lines that a text takes in a column of that width."""
    room = round((width - PADDING / 2) * LETTERS)
    return sum(1 if len(part) <= room else len(textwrap.wrap(part, room)) for part in text.split("\n"))


def _cover(release: dict, missing: list[str], caveats: Caveats, sources: list[dict]) -> gptables.Cover:
    radius = ", ".join(f"{miles:g} miles ({phase})" for phase, miles in release["radius_miles"].items())
    intro = [
        *(text for kind in BANDS for text in caveats.texts(kind)),
        f"{release['title']}, as at {release['reference_date']}. Method: {release['method']}. Partners are looked for "
        f"within {radius}.",
        "Which schools could support which: high-performing schools, schools in need of support, and how many of the "
        "first lie within the radius of each of the second, in the same phase.",
        "Shares are stored as fractions of 1 and shown in percent. "
        + ". ".join(f"{sign} means {meaning}" for sign, meaning in SHORTHAND.items())
        + ".",
        *(text for kind in CAVEATS for text in caveats.texts(kind)),
        *(f"There is no sheet '{title}': this release has no data for it." for title in missing),
    ]
    about = [f"{source['title']}, {source['publisher']}. {source['licence']['name']}." for source in sources]
    title = f"School-to-school support: publication tables, {release['title']}"
    return gptables.Cover(title=title, intro=intro, about=about, width=COVER_WIDTH)


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    frames = {file: tables.read(files[file]) for _, file, _ in SHEETS.values()}
    sources = json.loads(Path(files.manifest).read_text(encoding="utf-8"))["files"]
    facts = yaml.safe_load(Path(files.facts).read_text(encoding="utf-8"))
    cited = {name: f"{source['publisher']}, {source['title']}" for name, source in facts["sources"].items()}
    caveats = Caveats(tables.read(files.caveats))
    workbook(snakemake.output[0], frames, params.release, caveats, params.labels | cited, sources)


if "snakemake" in globals():
    run_step.run(main, snakemake)
