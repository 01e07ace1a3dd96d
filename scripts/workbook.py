"""Write the publication tables: an accessible workbook, one table a sheet.

Inputs: aggregated/*.csv, compared/published.csv, caveats/caveats.csv, raw/manifest.json, workflow/facts/published.yaml.
Output: publication/tables.xlsx: cover, contents, notes, and a sheet for each table, by the gptables library, after the
Government Analysis Function's guidance on spreadsheets. Headings and units are those of scripts/lib/schemas.py. Widths
and heights are worked out here, since no program but Excel finds them when it opens the file.

Text that begins with = + - @ is written as text, unchanged. The CSV files have it too: import such columns as text.
"""

import copy
import itertools
import json
import math
import re
import textwrap
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import gptables
import pandas as pd
import yaml

from lib import areas, likeness, pairing_schemas, run_step, schemas, tables
from lib.area_columns import COLUMNS, ENDS, measurable
from lib.caveats import Caveats
from lib.domain import CRITERION_GROUPS
from lib.words import reach

NOT_AVAILABLE, NOT_APPLICABLE, NO_END = "[x]", "[z]", "[no end]"
LEGEND = [
    f"{NOT_AVAILABLE} not available: the run cannot work it out",
    f"{NOT_APPLICABLE} not applicable: there is nothing of which it could be worked out",
]
WITH_BOUNDS = f"{NO_END} whatever the least, nothing bounds the most, since it may be that no school is in need"
# Columns in which a blank means not available; in any other it means not applicable.
AVAILABLE_OR_NOT = ("reproduced", "lower", "upper", "upper_missing_here", "inside", "difference", "agrees")
# How the numbers are shown: by unit in the schema, else by type, else by column; others as a spreadsheet shows them.
SHARE = "share, 0 to 1"
SHOWN = {SHARE: "0.0%", "metres": "#,##0", "int64": "#,##0", "high_performing_per_in_need": "0.00"}
# Codes in words; any other code of these columns is a word already.
CODED = ("phase", "group", "kind", "evidence", "inside", "agrees", "level")
WORDS = {"high_performing": "High-performing", "in_need": "In need of support", "true": "Yes", "false": "No"}
WORDS |= {"share": "Share, percent", "count": "Count, schools", "median": "Median, schools", "claim": "Statement"}
WORDS |= {level: words.capitalize() for level, words in areas.LEVELS.items()}
# Text, since some of them are statements that hold or do not.
VALUES = ("published", "reproduced", "lower", "upper", "upper_missing_here")
NUMBER = re.compile(r"-?[\d.]+(e-?\d+)?")
SUBJECTS = ("label", "area", "criterion", "trust", "part")  # what a row is about comes first
GROUPS = "Schools, groups and partners"
# sheet: (title, file, columns left out since they say nothing on that sheet)
SHEETS = {
    "England": (f"{GROUPS} in England, by phase", "england", ("area_code", "region")),
    "Regions": (f"{GROUPS} by region and phase", "regions", ("area_code", "region")),
    "Local authorities": (f"{GROUPS} by local authority and phase", "local_authorities", ()),
    "Constituencies": (f"{GROUPS} by parliamentary constituency and phase", "constituencies", ("area_code",)),
    "Urban and rural": (f"{GROUPS}, urban and rural, by phase", "urban_rural", ("area_code", "region")),
    "Radius": ("Partners within each radius, in England and by region and phase", "radius_curve", ()),
    "Pairing": ("Schools in need paired and left over, by how many a high-performing school takes", "pairing", ()),
    "Pairing by radius": ("Schools in need that can be paired within each radius", "pairing_curve", ()),
    "Partners alike": ("Partners near and alike, whose they are, and pupils, by area and phase", "support", ()),
    "Parts of likeness": ("Pairs that are alike by each part of likeness, by phase", "likeness", ()),
    "Trusts": ("Trusts and their schools in need, by phase", "trusts", ()),
    "Criteria": ("Schools that meet each criterion, by phase", "criteria", ()),
    "Published": ("Figures of the run beside the published ones", "published", ("id", "statistic", "criterion")),
}
SCHEMAS = {
    Path(path).stem: schema
    for path, schema in (schemas.TABLES | pairing_schemas.TABLES).items()
    if path.startswith(("aggregated/", "compared/"))
}
BOUNDED = {column.key: [f"{column.key}{end}" for end in ENDS if end] for column in COLUMNS if column.bounded}
# The files whose sheets say nothing under a method that gives no school partners.
PARTNERS = ("radius_curve", "pairing", "pairing_curve", "support", "likeness", "trusts")
# Notes, by the column whose heading refers to them.
NOTES = {
    "high_performing": "A school that is high-performing and in need at once is counted as in need only.",
    "not_assessable": "What a criterion needs is missing: not published, suppressed, or no inspection. These schools "
    "are in the denominator of each share and in no numerator.",
    "median_partners": "A partner is a high-performing school of the same phase within the radius of a school in "
    "need, in a straight line. Schools without coordinates are not matched.",
    "median_nearest_m": "However far it is, also beyond the radius.",
    "paired": "The most schools in need that can each have a high-performing school within the radius, if each of "
    "these takes no more than so many; of all such pairings the one with the least total distance.",
    "median_alike_lower": "Alike by all the parts of likeness of the method. Where a part is not known, and no other "
    "rules it out, a pair is not known to be alike, and is not called unlike.",
    "met_alone": "They meet no other criterion of the group.",
    "inside": "Whatever is unknown, the run's own value lies between the least and the most that it can be. So where "
    "the published value lies between them, these files are no evidence against it.",
    "evidence": "What the comparison is worth. None: the release is synthetic, or the method has no criterion for it. "
    "Partial: the figure depends on what is unknown, rests on a criterion that was tested without a condition whose "
    "measure the release lacks, or the published one was counted otherwise.",
}
# What the cover says of the data, in this order; the first of them are on every sheet.
BANDS = ("synthetic",)
CAVEATS = (
    "bounds",
    "criterion_unknown",
    "condition_relaxed",
    "without_coordinates",
    "not_assessable",
    "likeness_unknown",
)
ONE_TABLE = "This worksheet contains one table."
LEFT, RIGHT = {"align": "left", "indent": 1}, {"align": "right", "indent": 1}
CENTRED = {"valign": "vcenter"}
THEME = {"title": {"font_size": 14}, "subtitle": {"font_size": 12}, "index_2": CENTRED, "data": CENTRED}
THEME["column_heading"] = {"bold": False, "bottom": 1, "valign": "bottom"}
BOOK_OPTIONS = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
BOOK_OPTIONS["in_memory"] = True  # or the parts would have dates of their own
# Widths are in the unit of spreadsheets, about a digit; heights in points.
LETTERS, PADDING = 0.92, 2.5  # letters that go into each unit of width; what a column needs beside its text
MOST_LETTERS = {"Contents": 80, "Notes": 70} | dict.fromkeys(SHEETS, 34)  # of a column, before its text is wrapped
LINE_POINTS = 16
COLUMNS_ACROSS = 24  # of a page; a wider table is printed on several


def sheet(
    table: pd.DataFrame, schema: schemas.Table, labels: dict[str, str], drop: tuple[str, ...], **texts
) -> gptables.GPTable:
    """Return a table, as its CSV has it, in words for people: blanks as shorthand, headings with their units.

    `labels`: {criterion or id of a source: words}. `drop`: columns left out. `texts`: go to gptables. Bounds are left
    out where none differs from its figure.
    """
    drop = {*drop, *itertools.chain(*(ends for key, ends in BOUNDED.items() if not _differ(table, key, ends)))}
    columns = sorted((c for c in schema.columns if c not in drop), key=lambda column: column not in SUBJECTS)
    cells, formats = {}, {}  # {format: its columns}: gptables goes through a sheet for every entry
    for place, column in enumerate(columns):
        described = schema.columns[column]
        unit, kind = described.unit, described.dtype
        shown = f"\n({'percent' if unit == SHARE else unit})" if unit else ""
        heading = described.label.replace(", blank without end", "")  # a word stands there
        cells[heading + shown] = _cells(table, column, labels)
        form = RIGHT if kind.lower().startswith(("int", "float")) or column in VALUES else LEFT
        if pattern := SHOWN.get(unit) or SHOWN.get(kind) or SHOWN.get(_figure_of(column)):
            form = form | {"num_format": pattern}
        formats.setdefault(tuple(form.items()), []).append(place)
    return gptables.GPTable(
        table=pd.DataFrame(cells, dtype=object),
        instructions=f"{ONE_TABLE} Notes in the headings are explained on the sheet Notes.",
        legend=[*LEGEND, *([WITH_BOUNDS] if NO_END in itertools.chain(*cells.values()) else [])],
        table_notes={place: f"$${column}$$" for place, column in enumerate(columns) if column in NOTES},
        index_columns={2: 0},
        additional_formatting=[
            {"column": {"columns": columns, "format": dict(form)}} for form, columns in formats.items()
        ],
        **texts,
    )


def _figure_of(column: str) -> str:
    """The column of which this one is a bound; another column itself."""
    return next((key for key, ends in BOUNDED.items() if column in ends), column)


def _differ(table, key, ends):
    """Whether any bound differs from its figure, or has one where the figure is blank."""
    same = (table[end].eq(table[key]) | (table[end].isna() & table[key].isna()) for end in ends if end in table)
    return not all(each.all() for each in same)


def _cells(table: pd.DataFrame, column: str, labels: dict[str, str]) -> list[float | str]:
    """The values of a column in words or as numbers: what is blank says why, as one whose other bound is known does."""
    values, blank = table[column].tolist(), table[column].isna() | (table[column] == "").fillna(False)
    lower = table.get(f"{_figure_of(column)}_lower")
    why = pd.Series(NOT_AVAILABLE if column in AVAILABLE_OR_NOT else NOT_APPLICABLE, table.index)
    if lower is not None and column.endswith("_upper"):
        why = why.where(lower.isna(), NO_END)
    cells = zip(values, blank.tolist(), why.tolist(), strict=True)
    return [words if empty else _cell(value, column, labels) for value, empty, words in cells]


def _cell(value: object, column: str, labels: dict[str, str]) -> float | str:
    """A value in words or as a number, without gptables' markup.

    gptables takes [text](address) for a link and $$name$$ for a note, and refuses a cell without a letter or digit.
    """
    text = str(value).lower() if isinstance(value, bool) else value
    if column in CODED or (column in VALUES and text in ("true", "false")):
        return WORDS.get(text, text.capitalize())
    if not isinstance(text, str) or (column in VALUES and NUMBER.fullmatch(text)):
        return int(float(text)) if float(text).is_integer() else float(text)
    if column in ("criterion", "source", "part"):
        text = labels.get(text, text)
    text = text.replace("](", "] (").replace("$$", "$ $")
    return text if re.search(r"[a-zA-Z0-9]", text) else f"{text} (as in the source)"


def workbook(
    path: Path,
    frames: dict[str, pd.DataFrame],
    release: dict,
    caveats: Caveats,
    labels: dict,
    sources: list[dict],
    groups: Sequence[str] = CRITERION_GROUPS,
) -> None:
    """Write the workbook to `path`.

    `frames`: {file of SHEETS: table}. `release`: {title, reference_date, method, radius_miles, maybe
    travel_minutes}.
    `labels`: {criterion or id of a source: words}. `sources`: files of raw/manifest.json. `groups`: of which the
    method has criteria; columns that say nothing without the others' are left out.
    A table without rows gets no sheet, and the cover says so.
    """
    given = measurable(COLUMNS, groups)
    silent = [name for c in COLUMNS if c not in given for name in (c.key, *BOUNDED.get(c.key, ()))]
    if set(groups) < set(CRITERION_GROUPS):
        frames = frames | {file: frames[file].iloc[:0] for file in PARTNERS}
    bands = [text for kind in BANDS for text in caveats.shorts(kind)]
    texts = {
        "subtitles": [*bands, f"{release['title']}, as at {release['reference_date']}"],
        "source": "Source: " + "; ".join(dict.fromkeys(source["publisher"] for source in sources)),
    }
    sheets = {}
    for name, (title, file, drop) in SHEETS.items():
        if len(frames[file]):
            own = texts | {"title": title, "table_name": f"table_{file}"}
            sheets[name] = sheet(frames[file], SCHEMAS[file], labels, (*drop, *silent), **own)
    missing = [title for name, (title, *_) in SHEETS.items() if name not in sheets]
    cover = _cover(release, missing, caveats, sources, set(groups) == set(CRITERION_GROUPS))
    referred = dict.fromkeys(note.strip("$") for table in sheets.values() for note in table.table_notes.values())
    notes = pd.DataFrame({"reference": list(referred), "Note": [NOTES[column] for column in referred]})
    of_contents, of_notes = {"subtitles": bands}, {"instructions": ". ".join([*bands, ONE_TABLE])}
    theme = copy.deepcopy(gptables.gptheme)
    theme.apply_config(copy.deepcopy(THEME))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)  # gptables writes pandas code of before version 3
        options = {"contentsheet_options": of_contents, "notesheet_options": of_notes, "workbook_options": BOOK_OPTIONS}
        options |= {"cover": cover, "notes_table": notes, "auto_width": False}
        book = gptables.produce_workbook(str(path), sheets, theme, **options)
    _lay_out_cover(book.get_worksheet_by_name("Cover"), cover)
    contents = book.make_table_of_contents(sheets, **of_contents)
    for name, table in {"Contents": contents, "Notes": book.make_notesheet(notes, **of_notes), **sheets}.items():
        _lay_out(book.get_worksheet_by_name(name), name, table)
    # The date of creation is the release's: the clock has no place in a result.
    created = datetime.fromisoformat(release["reference_date"])
    book.set_properties({"title": cover.title, "created": created, "comments": " ".join(bands)})
    book.close()


def _lay_out_cover(page, cover):
    headings = ("Introductory information", "About these data")
    lines = [cover.title, headings[0], *cover.intro, headings[1], *cover.about]
    heights = [_lines(text, cover.width) + (text in headings) for text in lines]
    heights[0] = _lines(cover.title, cover.width / 1.5) + 1  # in large letters
    _set_page(page, heights, 0)


def _lay_out(page, name, table):
    """Set widths and heights of a sheet by its texts, and how it is printed, headings on each page."""
    above = [text for text in (table.title, *table.subtitles, table.instructions, *table.legend, table.source) if text]
    headings = [str(heading) for heading in table.table.columns]
    columns = [[_text(cell) for cell in cells] for _, cells in table.table.items()]
    widths = []
    for heading, texts in zip(headings, columns, strict=True):
        longest_word = max(map(len, re.split(r"[\s-]", heading)))
        widths.append(max(min(max(map(len, texts)), MOST_LETTERS[name]) / LETTERS, longest_word) + PADDING)
    # What is above the table runs over its columns, and must not run off the page.
    widths[widths.index(max(widths))] += max(0, max(map(len, above)) / LETTERS - sum(widths))
    for place, width in enumerate(widths):
        page.set_column(place, place, width)
    heights = [max(map(_lines, headings, widths)), *_heights(columns, widths)]
    page.repeat_rows(len(above))
    if name in SHEETS:
        page.set_landscape()
    across = math.ceil(len(widths) / COLUMNS_ACROSS)
    if across > 1:  # what a row is about stands on each
        page.repeat_columns(0, headings.index("Phase"))
    _set_page(page, [1] * len(above) + heights, len(widths) - 1, across)


def _heights(columns, widths):
    """The lines that each row of a table takes."""
    heights = [1] * len(columns[0])
    for texts, width in zip(columns, widths, strict=True):
        if any("\n" in text or len(text) > _room(width) for text in set(texts)):
            heights = [max(height, _lines(text, width)) for height, text in zip(heights, texts, strict=True)]
    return heights


def _set_page(page, heights, last_column, across=1):
    """Set the rows' heights, in lines, and the print: A4, so many pages wide."""
    page.set_default_row(LINE_POINTS)
    for row, lines in enumerate(heights):
        if lines > 1:
            page.set_row(row, LINE_POINTS * lines)
    page.set_paper(9)  # A4
    page.set_footer("&L&A&RPage &P of &N")
    page.print_area(0, 0, len(heights) - 1, last_column)
    page.fit_to_pages(across, 0)


def _text(cell: object) -> str:
    """The text of a cell as gptables writes it: a link by its words, a list by its lines; a number by its room."""
    if isinstance(cell, int | float):
        return "1,234.5"
    return "\n".join(map(str, cell)) if isinstance(cell, dict | list) else cell


def _lines(text: str, width: float) -> int:
    """The lines that a text takes in a column of that width."""
    room = _room(width)
    return sum(1 if len(part) <= room else len(textwrap.wrap(part, room)) for part in text.split("\n"))


def _room(width: float) -> int:
    """The letters that go into a line of a column of that width."""
    return round((width - PADDING / 2) * LETTERS)


def _about_partners(release: dict) -> list[str]:
    minutes = release.get("travel_minutes", {})
    near = ", ".join(f"{reach(miles, minutes.get(p))} ({p})" for p, miles in release["radius_miles"].items())
    return [
        f"Partners are looked for within {near}.",
        "Which schools could support which: high-performing schools, schools in need of support, and how many of the "
        f"first lie within {'reach' if minutes else 'the radius'} of each of the second, in the same phase.",
    ]


def _cover(release: dict, missing: list[str], caveats: Caveats, sources: list[dict], partnered: bool) -> gptables.Cover:
    intro = [
        *(text for kind in BANDS for text in caveats.texts(kind)),
        f"{release['title']}, as at {release['reference_date']}. Method: {release['method']}.",
        *(_about_partners(release) if partnered else ()),
        f"Shares are stored as fractions of 1 and shown in percent. {'. '.join(LEGEND)}.",
        *(text for kind in CAVEATS for text in caveats.texts(kind)),
        *(f"There is no sheet '{title}': this release or its method gives no data for it." for title in missing),
    ]
    about = [f"{source['title']}, {source['publisher']}. {source['licence']['name']}." for source in sources]
    title = f"School-to-school support: publication tables, {release['title']}"
    return gptables.Cover(title=title, intro=intro, about=about, width=75)  # the most that fits on A4 in a wide font


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    frames = {file: tables.read(files[file]) for _, file, _ in SHEETS.values()}
    sources = json.loads(Path(files.manifest).read_text(encoding="utf-8"))["files"]
    facts = yaml.safe_load(Path(files.facts).read_text(encoding="utf-8"))
    cited = {name: f"{source['publisher']}, {source['title']}" for name, source in facts["sources"].items()}
    cited |= {likeness.ALL: likeness.ALL_PARTS}
    caveats = Caveats(tables.read(files.caveats))
    workbook(Path(snakemake.output[0]), frames, params.release, caveats, params.labels | cited, sources, params.groups)


if "snakemake" in globals():
    run_step.run(main, snakemake)
