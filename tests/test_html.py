"""All pages pass the Nu HTML checker (https://validator.github.io/validator/), which needs Java and vnu.jar.

VNU_JAR is the path of vnu.jar, as the npm package `vnu-jar` brings it; REQUIRE_VNU=1 makes a missing checker a failure.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import map_release
import small_changes
from test_map import two_places

# What the checker does not know yet, though it is CSS: https://www.w3.org/TR/css-conditional-5/
UNKNOWN_CSS = ("CSS: Unrecognized at-rule “@container”", "CSS: “container")


@pytest.fixture(scope="session")
def checker():
    """The command that checks pages."""
    jar, java = os.environ.get("VNU_JAR"), shutil.which("java")
    if jar and java and Path(jar).is_file():
        return [java, "-Xss4m", "-jar", jar, "--format", "json", "--exit-zero-always"]
    missing = "java" if not java else "vnu.jar: set VNU_JAR to its path (npm package vnu-jar)"
    if os.environ.get("REQUIRE_VNU") == "1":
        pytest.fail(f"needs the Nu HTML checker, but there is no {missing} (REQUIRE_VNU=1)")
    return pytest.skip(f"needs the Nu HTML checker, but there is no {missing}")


def complaints(checker, *pages):
    """What the checker says of pages: errors and warnings, with the file and the line."""
    done = subprocess.run([*checker, *map(str, pages)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [
        f"{Path(found['url']).name}, line {found.get('lastLine')}: {found['message']}"
        for found in json.loads(done.stderr)["messages"]
        if found["type"] == "error" or found.get("subType") == "warning"
        if not found["message"].startswith(UNKNOWN_CSS)
    ]


def test_the_checker_complains_of_a_page_with_a_fault(checker, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><html lang=en><title>a</title><p><table><tr><td></table></section></html>")
    assert len(complaints(checker, page)) >= 1


def test_map_of_a_small_release_and_of_a_named_one_with_boundaries_passes(checker, tmp_path):
    ring = [[[360_000, 460_000], [450_000, 460_000], [450_000, 550_000], [360_000, 460_000]]]
    shape = {"properties": {"RGN": "North East"}, "geometry": {"type": "Polygon", "coordinates": ring}}
    pages = {
        "plain.html": map_release.page(two_places({100003: (False, None)})),
        "named.html": map_release.page(
            two_places(), named=True, collections={"b.geojson": {"features": [shape]}}, boundary_names=["RGN"]
        ),
        "empty.html": map_release.page(two_places()[lambda rows: rows["phase"] == "secondary"]),
    }
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert complaints(checker, *(tmp_path / name for name in pages)) == []


def test_the_page_of_changes_passes(checker, tmp_path):
    runs = small_changes.pair(tmp_path / "runs", synthetic=True)
    for name, named in (("plain", False), ("named", True)):
        text = small_changes.page(small_changes.read(tmp_path / name, *runs, named=named))
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    assert complaints(checker, tmp_path / "plain.html", tmp_path / "named.html") == []


def test_both_pages_of_the_demo_release_pass(checker, demo_run):
    assert complaints(checker, demo_run / "report" / "index.html", demo_run / "report" / "map.html") == []
