"""Damaged files of every layout end in words that name the file and the place, or in a right result; never in a trace
of Python, and never with a row lost.

FUZZ_CASES (200) and FUZZ_SEED (1) make it longer or another: `make fuzz CASES=5000 SEED=2`.
"""

import os
import random
import re
from types import SimpleNamespace

import pytest

import acquire
import clean_inspections
import clean_register
import clean_results
import clean_travel
import ledger
from fuzz_files import a_damaged_file, a_source, file_of, table_of
from lib import source_files, tables
from lib.layout_match import layouts
from lib.run_step import UserError
from lib.source_text import MOST_LINES

SEED, CASES = os.environ.get("FUZZ_SEED", "1"), int(os.environ.get("FUZZ_CASES", "200"))
STEPS = {"register": clean_register, "links": clean_register, "postcodes": clean_register, "results": clean_results}
STEPS |= {"inspections": clean_inspections, "designations": clean_inspections, "travel": clean_travel}
BESIDE = {"links": "gias", "postcodes": "gias", "designations": "ofsted-mi"}  # what the step needs as well
# What a message names beside the file: a row, a column, or that it is the file as a whole.
PLACE = re.compile(
    r"row \d|column|no records below|no header line|packed|unpacked|UTF-16|it holds|as a workbook|\.xls|no row |twice|"
    r"has both|rows \d|none of the encodings|reference date"
)
OUTPUTS = "establishments links mergers set_aside rejected results summary inspections designations travel".split()


def cleaned(tmp_path, sources, paths):
    """Run the step that cleans the files, to its files; return {name of an output: table}."""
    folder = tmp_path / "clean"
    folder.mkdir()
    out = {name: folder / f"{name}.csv" for name in OUTPUTS}
    out |= {f"{name}_parquet": folder / f"{name}.parquet" for name in OUTPUTS}
    params = SimpleNamespace(sources=sources, reference_date="2026-03-31")
    register = tmp_path / "register.csv"  # what the step of the travel times needs to know of it: most of the URNs
    register.write_text("urn\n" + "\n".join(map(str, range(100_000, 145_000))), encoding="utf-8")
    files = SimpleNamespace(raw=paths, establishments=register)
    given = SimpleNamespace(params=params, input=files, output=SimpleNamespace(**out))
    STEPS[next(iter(sources.values()))["kind"]].main(given)
    return {name: tables.read(out[name]) for name in OUTPUTS if out[name].is_file()}


def assert_no_row_is_lost(made, sources, paths):
    """By the ledger's own account: of each file, rows in are rows that went on and rows left out."""
    rows = made["rejected"]
    for name, path in paths.items():
        left_out = rows[rows["source"] == name]["row"].tolist()
        assert len(left_out) == len(set(left_out)), "a row is left out twice"
        total, _ = source_files.count_records(path, sources[name])
        assert kept_rows(made, name, sources[name]) + len(left_out) == total


def kept_rows(made, name, source):
    if source["kind"] == "register":
        return len(made["establishments"])
    if source["kind"] == "results":
        return sum((part["source"] == name).sum() for _, part in ledger._rows_of(made["results"]))
    if source["kind"] == "inspections":
        return (ledger.rows_behind(made["inspections"])["source"] == name).sum()
    return (made[source["kind"]]["source"] == name).sum()


def assert_rows_are_where_they_are_said_to_be(made, source, content):
    """Each row that went on has its URN in the line that it names, or, where cells break, in those below."""
    kind = {"register": "establishments"}.get(source["kind"], source["kind"])
    if kind not in ("establishments", "results", "designations", "travel") or content.startswith((b"PK", b"\x1f\x8b")):
        return
    lines = re.split(r"\r\n|\r|\n", content.decode("latin-1"))
    for row, urn in zip(made[kind]["row"], made[kind]["urn"], strict=True):
        assert str(urn) in "\n".join(lines[int(row) - 1 : int(row) + MOST_LINES])


def case(number):
    chance = random.Random(f"{SEED} {number}")
    source = a_source(chance.choice(sorted(layouts())))
    content, done = a_damaged_file(source, chance)
    return source, content, done


@pytest.mark.parametrize("number", range(CASES))
def test_damaged_file_ends_in_words_or_in_a_right_result(tmp_path, number):
    source, content, done = case(number)
    print(done)  # shown where the test fails
    path = tmp_path / source["file"]
    path.write_bytes(content)
    sources, paths = {"damaged": source}, {"damaged": path}
    if beside := BESIDE.get(source["kind"]):
        sources["beside"] = a_source(beside)
        paths["beside"] = tmp_path / "beside.csv"
        table = table_of(sources["beside"], random.Random(number))
        paths["beside"].write_bytes(file_of(table, "csv", random.Random(number)))
    try:
        if number % 2:  # as a file is before it is cleaned; the cleaning holds by itself as well
            acquire.check_file(path, acquire.Source("any", "damaged", source["file"]))
        made = cleaned(tmp_path, sources, list(paths.values()))
    except acquire.Fault as fault:  # the file is named where it is told
        assert str(fault).endswith(".")
        return
    except UserError as stopped:
        assert str(stopped).startswith(source["file"]) and PLACE.search(str(stopped))
        return
    checked = {name: path for name, path in paths.items() if sources[name]["kind"] != "postcodes"}
    assert_no_row_is_lost(made, sources, checked)
    assert_rows_are_where_they_are_said_to_be(made, source, content)


@pytest.mark.parametrize("layout", sorted(layouts()))
@pytest.mark.parametrize("form", ["csv", "gz", "zip", "xlsx"])
def test_sound_file_of_every_layout_is_read(tmp_path, layout, form):
    """What is damaged above was whole before."""
    chance = random.Random(7)
    source = a_source(layout)
    path = tmp_path / source["file"]
    path.write_bytes(file_of(table_of(source, chance), form, chance))
    records, rejected = source_files.read(path, source, "file")
    assert len(records) == 12 and rejected.empty
