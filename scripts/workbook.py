"""Write the publication tables: an accessible workbook, one table a sheet.

Inputs: aggregated/*.csv, compared/published.csv, raw/manifest.json, workflow/facts/published.yaml (titles of sources).
Output: publication/tables.xlsx: cover, contents, notes, and a sheet for each table, by the gptables library, after the
Government Analysis Function's guidance on spreadsheets: units in the headings, shorthand explained on each sheet, no
merged cells, no empty cells. Headings and units are those of scripts/lib/schemas.py.

Text that begins with = + - @, a tab or a line break is data, and must not run as a formula. Each such cell is written
as text and carries the mark (quote prefix) that a spreadsheet sets for a typed apostrophe, so that it stays text when
it is edited, and its content is unchanged. The CSV files keep the text as the source has it: a CSV has no types, and a
changed name would no longer be the source's. Open them through the import dialogue, with these columns as text.
"""

import json
import re
import warnings
import zipfile
from datetime import datetime
from pathlib import Path

import gptables
import pandas as pd

from lib import run_step, schemas, tables
from lib.settings import read_yaml

NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
SHORTHAND = {
    NOT_AVAILABLE: "not available: the run cannot work it out",
    NOT_APPLICABLE: "not applicable: there is nothing of which it could be worked out",
}
# What a blank means, by column; in any other column that may be blank it means not available.
BLANKS = {
    "area_code": NOT_APPLICABLE,
    "region": NOT_APPLICABLE,
    "high_performing_per_in_need": NOT_APPLICABLE,
    "median_partners": NOT_APPLICABLE,
    "lower_quartile_partners": NOT_APPLICABLE,
    "upper_quartile_partners": NOT_APPLICABLE,
    "share_in_need_without_partner": NOT_APPLICABLE,
    "share_without_partner": NOT_APPLICABLE,
    "median_nearest_m": NOT_APPLICABLE,
    "note": NOT_APPLICABLE,
}
# How the numbers are shown: by unit in the schema, else by type, else by column; others as a spreadsheet shows them.
SHARE = "share, 0 to 1"
SHOWN = {SHARE: "0.0%", "metres": "#,##0", "int64": "#,##0", "high_performing_per_in_need": "0.00"}
WORDS = {
    "primary": "Primary",
    "secondary": "Secondary",
    "both": "Both",
    "high_performing": "High-performing",
    "in_need": "In need of support",
    "share": "Share, percent",
    "count": "Count, schools",
    "median": "Median, schools",
    "claim": "Statement",
    "full": "Full",
    "partial": "Partial",
    "none": "None",
    "true": "Yes",
    "false": "No",
}
IN_WORDS = ("phase", "group", "kind", "evidence", "agrees")
AREA_COLUMNS = ("area_code", "region")
# sheet: (title, file, columns left out since they say nothing on that sheet)
SHEETS = {
    "England": ("Schools, groups and partners in England, by phase", "england", AREA_COLUMNS),
    "Regions": ("Schools, groups and partners by region and phase", "regions", AREA_COLUMNS),
    "Local authorities": ("Schools, groups and partners by local authority and phase", "local_authorities", ()),
    "Constituencies": (
        "Schools, groups and partners by parliamentary constituency and phase",
        "constituencies",
        ("area_code",),
    ),
    "Radius": ("Partners within each radius, in England and by region and phase", "radius_curve", ()),
    "Criteria": ("Schools that meet each criterion, by phase", "criteria", ()),
    "Published": ("Figures of the run beside the published ones", "published", ("id",)),
}
# Notes, by the column whose heading refers to them.
NOTES = {
    "high_performing": "A school that is high-performing and in need at once is counted as in need only.",
    "not_assessable": "What a criterion needs is missing: not published, suppressed, or no inspection. These schools "
    "stand in the denominator of each share and in no numerator.",
    "median_partners": "A partner is a high-performing school of the same phase within the radius of a school in "
    "need, in a straight line. Schools without coordinates are not matched.",
    "median_nearest_m": "However far it is, also beyond the radius.",
    "met_alone": "They meet no other criterion of the group.",
    "evidence": "What the comparison is worth. None: the release is synthetic, or of another year. Partial: a "
    "criterion that the figure rests on cannot be assessed in this release, or was tested without a condition whose "
    "measure the release lacks.",
}
SYNTHETIC = "Synthetic data: invented schools, no evidence about schools in England."
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_WIDE, TEXT_WIDE, NUMBER_WIDE = 60, 22, 16  # column widths in characters


def sheet(table, schema, labels, drop=()):
    """Return (cells, headings, formats, dangerous) of one table.

    `table`: as the CSV has it. `schema`: its pandera schema. `labels`: {criterion or id of a
    source: words}. `drop`: columns left out.
    `cells`: object frame with the columns' names, blanks as shorthand. `headings`: {column: heading with its unit}.
    `formats`: {column: number format}. `dangerous`: (row, column place) of texts that a spreadsheet could take for a
    formula.
    """
    columns = [column for column in schema.columns if column not in drop]
    columns.sort(key=lambda column: column != "label")  # what a row is about stands first
    cells, headings, formats = pd.DataFrame(index=table.index), {}, {}
    for column in columns:
        stated = schema.columns[column]
        unit = (stated.metadata or {}).get("unit")
        shown = "percent" if unit == SHARE else unit
        headings[column] = f"{stated.description}\n({shown})" if shown else stated.description
        if pattern := SHOWN.get(unit) or SHOWN.get(str(stated.dtype)) or SHOWN.get(column):
            formats[column] = pattern
        cells[column] = _cells(table[column], column, labels)
    dangerous = [
        (row, place)
        for place, column in enumerate(columns)
        for row, value in enumerate(cells[column])
        if isinstance(value, str) and value.startswith(STARTS_A_FORMULA)
    ]
    return cells, headings, formats, dangerous


def _cells(values, column, labels):
    blank = BLANKS.get(column, NOT_AVAILABLE)
    if column in ("criterion", "source"):
        values = values.map(lambda name: labels.get(name, name))
    out = []
    for value in values.astype(object):
        if value is None or (not isinstance(value, str) and pd.isna(value)) or value == "":
            out.append(blank)
        elif isinstance(value, str) or pd.api.types.is_bool(value):
            word = str(value).lower() if pd.api.types.is_bool(value) else value
            out.append(WORDS.get(word, word) if column in IN_WORDS else _figure_or_text(word, column))
        else:
            number = float(value)
            out.append(int(number) if number.is_integer() else number)
    return pd.Series(out, index=values.index, dtype=object)


def _figure_or_text(text, column):
    """A published value as a number where it is one, a statement as yes or no; any other text without gptables' markup.

    gptables takes [text](address) for a link and $$name$$ for a note, and refuses a cell without a letter or digit.
    """
    if column in ("published", "reproduced"):
        return WORDS[text] if text in ("true", "false") else float(text)
    text = text.replace("](", "] (").replace("$$", "$ $")
    return text if re.search(r"[a-zA-Z0-9]", text) else f"{text} (as in the source)"


def workbook(path, frames, release, labels, sources):
    """Write the workbook to `path`.

    `frames`: {file of SHEETS: table}. `release`: {title, reference_date, synthetic, method, radius_miles}.
    `labels`: {criterion or id of a source: words}. `sources`: files of raw/manifest.json.
    A table without rows gets no sheet, and the cover says so.
    """
    described = {"published": schemas.PUBLISHED, **_aggregated()}
    sheets, ready, empty, order = {}, {}, [], []
    subtitle = f"{release['title']}, as at {release['reference_date']}"
    for name, (title, file, drop) in SHEETS.items():
        if frames[file].empty:
            empty.append(title)
            continue
        ready[name] = sheet(frames[file], described[file], labels, drop)
        cells, headings, formats, dangerous = ready[name]
        notes = {place: f"$${column}$$" for place, column in enumerate(headings) if column in NOTES}
        order += [column for column in headings if column in NOTES and column not in order]
        sheets[name] = gptables.GPTable(
            table=cells.set_axis(list(headings.values()), axis=1).reset_index(drop=True),
            table_name=f"table_{file}",
            title=title,
            subtitles=([SYNTHETIC] if release["synthetic"] else []) + [subtitle],
            instructions="This worksheet contains one table. Notes in the headings are explained on the sheet Notes.",
            legend=[f"{sign} {meaning}" for sign, meaning in SHORTHAND.items()],
            source="Source: " + "; ".join(dict.fromkeys(source["publisher"] for source in sources)),
            table_notes=notes,
            index_columns={2: 0},
            additional_formatting=[
                *(
                    {"column": {"columns": [list(headings).index(column)], "format": {"num_format": pattern}}}
                    for column, pattern in formats.items()
                ),
                # Row 0 is the heading. One entry a cell: of several in one, gptables takes the last.
                *({"cell": {"cells": (row + 1, place), "format": {"quote_prefix": True}}} for row, place in dangerous),
            ],
        )
    with warnings.catch_warnings():
        # gptables still writes pandas code of before version 3.
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
        book = gptables.produce_workbook(
            str(path),
            sheets,
            cover=_cover(release, subtitle, empty, _not_assessable(frames["criteria"], labels), sources),
            contentsheet_options={"subtitles": [SYNTHETIC] if release["synthetic"] else []},
            notes_table=pd.DataFrame({"reference": order, "Note": [NOTES[column] for column in order]}),
            notesheet_options={
                "instructions": (SYNTHETIC + " " if release["synthetic"] else "") + "This worksheet contains one table."
            },
            auto_width={**dict.fromkeys(sheets, False), "Contents": True, "Notes": True},
            workbook_options={"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
    for name, (cells, _, _, _) in ready.items():
        for place, column in enumerate(cells):
            book.get_worksheet_by_name(name).set_column(place, place, _width(cells[column]))
    # The date of creation is the release's: the clock has no place in a result.
    created = datetime.fromisoformat(release["reference_date"])
    book.set_properties(
        {"title": _title(release), "created": created, "comments": SYNTHETIC if release["synthetic"] else ""}
    )
    book.close()
    _store(path)


def _not_assessable(criteria, labels):
    """The criteria that could be assessed for no school, in words, each with its phases."""
    none = criteria[criteria["met"] + criteria["not_met"] == 0]
    return [
        f"{labels.get(name, name)} ({', '.join(rows['phase'])})" for name, rows in none.groupby("criterion", sort=False)
    ]


def _cover(release, subtitle, empty, lacking, sources):
    radius = ", ".join(f"{miles:g} miles ({phase})" for phase, miles in release["radius_miles"].items())
    intro = [SYNTHETIC] if release["synthetic"] else []
    intro += [
        f"{subtitle}. Method: {release['method']}. Partners are looked for within {radius}.",
        "Which schools could support which: high-performing schools, schools in need of support, and how many of the "
        "first stand within the radius of each of the second, in the same phase.",
        "Shares are stored as fractions of 1 and shown in percent. "
        + ". ".join(f"{sign} means {meaning}" for sign, meaning in SHORTHAND.items())
        + ".",
    ]
    if lacking:
        intro += [
            f"Not assessable in this release, for any school: {'; '.join(lacking)}. The counts of the groups are lower "
            "than they would be with it."
        ]
    intro += [f"There is no sheet '{title}': this release has no data for it." for title in empty]
    about = [f"{source['title']}. {source['publisher']}. {source['licence']['name']}." for source in sources]
    return gptables.Cover(title=_title(release), intro=intro, about=about)


def _title(release):
    return f"School-to-school support: publication tables, {release['title']}"


def _store(path):
    """Write the file anew without compression: the bytes that zlib packs are not the same on every machine."""
    with zipfile.ZipFile(path) as packed:
        parts = [(part.filename, packed.read(part)) for part in packed.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as plain:
        for name, content in parts:
            plain.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)


def _aggregated():
    """The schemas of the aggregated tables by file name."""
    return {Path(path).stem: schema for path, schema in schemas.TABLES.items() if path.startswith("aggregated/")}


def _width(values):
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    return min(max(longest + 2, TEXT_WIDE if longest > len(NOT_AVAILABLE) else NUMBER_WIDE), MOST_WIDE)


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    frames = {file: tables.read(files[file]) for _, file, _ in SHEETS.values()}
    sources = json.loads(Path(files.manifest).read_text(encoding="utf-8"))["files"]
    cited = {name: f"{one['publisher']}, {one['title']}" for name, one in read_yaml(files.facts)["sources"].items()}
    workbook(snakemake.output[0], frames, params.release, params.labels | cited, sources)


if "snakemake" in globals():
    run_step.run(main, snakemake)
