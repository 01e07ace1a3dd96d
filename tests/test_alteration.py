"""What one altered cell of a real source file changes: the sums, that school's rows, its explanation; nothing else.

Slow; needs the real files. One cell of each kind of source is altered, drawn with a fixed seed.
"""

import csv
import io
import os
import random
import subprocess
import sys

import pandas as pd
import pytest

import clean_inspections
import clean_register
import clean_results
from lib import settings

pytestmark = pytest.mark.slow

RELEASE = settings.load_release("2016")
DATE = RELEASE["reference_date"]
# Per source: columns of ours whose figure or text is altered, and how, so that the file stays sound.
ALTERED = {
    "register": {"name": lambda v: v + " X", "easting": lambda v: str(int(v) + 1), "la_name": lambda v: v + " X"},
    "ks2": {"pupils": lambda v: str(int(v) + 1), "reading_progress": lambda v: str(float(v) + 0.5)},
    "ks4": {"pupils": lambda v: str(int(v) + 1), "attainment8": lambda v: str(float(v) + 0.5)},
    "inspections": {"overall_effectiveness": lambda v: str(int(v) % 4 + 1)},
}
CLEAN = {
    "register": lambda path, source: clean_register.clean_register(path, source, "register")[0],
    "ks2": lambda path, source: clean_results.clean_results(path, source, "ks2")[0],
    "ks4": lambda path, source: clean_results.clean_results(path, source, "ks4")[0],
    "inspections": lambda path, source: clean_inspections.clean_inspections(path, source, "inspections")[0],
}


def altered(path, source, urns, draw):
    """Return (new content, urn): the file with one cell of one school changed."""
    content = path.read_bytes().decode("latin-1")
    records = list(csv.reader(io.StringIO(content, newline="")))
    at = next(i for i, record in enumerate(records) if any("URN" in cell for cell in record))
    header = [cell.removeprefix("ï»¿") for cell in records[at]]
    while True:
        column = draw.choice(sorted(source["alter"]))
        name = source["columns"][column]["column"]
        record = records[draw.randrange(at + 1, len(records))]
        urn, value = record[header.index("URN")], record[header.index(name)]
        if not urn.isdigit() or int(urn) not in urns or not value or value.isalpha():
            continue
        record[header.index(name)] = source["alter"][column](value)
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n" if "\r\n" in content else "\n").writerows(records)
        return out.getvalue().encode("latin-1"), int(urn)


@pytest.fixture(scope="module")
def copy(project_2016, project_copy):
    return project_copy(project_2016)


@pytest.fixture(scope="module")
def schools(copy):
    """URNs of the population."""
    return pd.read_parquet(copy.results_of_run("2016") / "population/schools.parquet", columns=["urn"])["urn"]


def run_script(copy, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy.path, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("number, name", list(enumerate(sorted(ALTERED))))
def test_one_altered_cell_is_named_and_changes_one_school_only(number, name, copy, schools, tmp_path):
    source = RELEASE["sources"][name] | {"alter": ALTERED[name]}
    raw = copy.results("2016") / "raw" / source["file"]
    original, dates = raw.read_bytes(), raw.stat()
    content, urn = altered(raw, source, set(schools), random.Random(number))
    changed = tmp_path / source["file"]
    changed.write_bytes(content)

    before, after = (CLEAN[name](path, source) for path in (raw, changed))
    assert len(before) == len(after)
    before, after = (table.reset_index(drop=True).astype("str").fillna("blank") for table in (before, after))
    differ = (before != after).any(axis=1)
    assert after["urn"][differ].tolist() == [str(urn)]

    raw.write_bytes(content)
    try:
        verified = run_script(copy, "scripts/verify.py", "2016")
        assert verified.returncode == 1
        assert f"raw/{source['file']}" in verified.stdout + verified.stderr
        others = [s["file"] for n, s in RELEASE["sources"].items() if n != name]
        assert not any(f"raw/{file}" in verified.stdout for file in others)
    finally:
        raw.write_bytes(original)
        os.utime(raw, ns=(dates.st_atime_ns, dates.st_mtime_ns))


def test_a_rerun_after_an_altered_cell_changes_that_school_s_explanation(copy, schools, school_data, tmp_path):
    """The cell is a name: it decides nothing, so that every other school must stay as it is, to the byte."""
    source = RELEASE["sources"]["register"] | {"alter": {"name": lambda v: v + " X"}}
    folder = tmp_path / "raw" / "2016"
    folder.mkdir(parents=True)
    for path in (school_data / "2016").glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    results, manifest_file = copy.results_of_run("2016"), copy.results("2016") / "raw/manifest.json"
    content, urn = altered(folder / source["file"], source, set(schools), random.Random(1))
    other = int(schools[schools != urn].iloc[17])
    explained = {u: run_script(copy, "scripts/explain.py", str(u), "--release", "2016").stdout for u in (urn, other)}
    unchanged = ("classified/criteria.csv", "classified/conditions.csv", "audit/ledger.csv", "summary.json")
    before = [(results / name).read_bytes() for name in unchanged]
    manifest = manifest_file.read_bytes()

    (folder / source["file"]).write_bytes(content)
    made_of_it = [str(path.relative_to(copy.path)) for path in (*(results / name for name in unchanged), manifest_file)]
    done = copy.run("--cores", "2", *made_of_it, config={"releases": ["2016"], "raw_dir": str(tmp_path / "raw")})
    assert done.returncode == 0, done.stderr[-2000:]
    again = {u: run_script(copy, "scripts/explain.py", str(u), "--release", "2016").stdout for u in (urn, other)}
    assert again[urn] != explained[urn]
    assert again[other] == explained[other]
    assert manifest_file.read_bytes() != manifest
    assert [(results / name).read_bytes() for name in unchanged] == before
