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
        quick_start = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]  # it is over before more would pay
        return [java, "-Xss4m", *quick_start, "-jar", jar, "--format", "json", "--exit-zero-always"]
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


@pytest.fixture(scope="module")
def small_pages(tmp_path_factory):
    """{name: a small page}, of what the checker is to complain of and of what it is not."""
    folder = tmp_path_factory.mktemp("pages")
    ring = [[[360_000, 460_000], [450_000, 460_000], [450_000, 550_000], [360_000, 460_000]]]
    shape = {"properties": {"RGN": "North East"}, "geometry": {"type": "Polygon", "coordinates": ring}}
    shapes = {"collections": {"b.geojson": {"features": [shape]}}, "boundary_names": ["RGN"]}
    runs = small_changes.pair(folder / "runs", synthetic=True)
    changes = {
        name: small_changes.page(small_changes.read(folder / name, *runs, named=named))
        for name, named in (("changes", False), ("changes-named", True))
    }
    return changes | {
        "fault": "<!DOCTYPE html><html lang=en><title>a</title><p><table><tr><td></table></section></html>",
        "map": map_release.page(two_places({100003: (False, None)})),
        "map-named": map_release.page(two_places(), named=True, **shapes),
        "map-without-primary": map_release.page(two_places()[lambda rows: rows["phase"] == "secondary"]),
    }


@pytest.fixture(scope="module")
def found(checker, small_pages, tmp_path_factory):
    """{name of a small page: what the checker says of it}; all are checked at once, since it takes long to start."""
    folder = tmp_path_factory.mktemp("checked")
    for name, text in small_pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    said = complaints(checker, *(folder / f"{name}.html" for name in small_pages))
    return {name: [each for each in said if each.startswith(f"{name}.html, ")] for name in small_pages}


def test_the_checker_complains_of_a_page_with_a_fault(found):
    assert len(found["fault"]) >= 1


@pytest.mark.parametrize("name", ["map", "map-named", "map-without-primary"])
def test_map_of_a_small_release_and_of_a_named_one_with_boundaries_passes(found, name):
    assert found[name] == []


@pytest.mark.parametrize("name", ["changes", "changes-named"])
def test_the_page_of_changes_passes(found, name):
    assert found[name] == []


def test_both_pages_of_the_demo_release_pass(checker, demo_run):
    assert complaints(checker, demo_run / "report" / "index.html", demo_run / "report" / "map.html") == []
