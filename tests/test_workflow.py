"""The workflow as a whole: what reruns after a change, equal results wherever it runs, matching against a double loop.

Slow. Each test runs on the synthetic release, and with SCHOOL_DATA on the real release 2016 too.
"""

import ast
import csv
import math
import os
import re
import subprocess
from collections import defaultdict

import pytest

from lib import domain, settings

pytestmark = pytest.mark.slow

PROJECTS = {"demo": "demo_project", "2016": "project_2016"}
ACQUIRING = {"acquire", "manifest"}
CLEANING = {"clean_register", "clean_results", "clean_inspections", "clean_population"}
BEFORE_MATCHING = ACQUIRING | CLEANING | {"classify"}


class Finished:
    """A project copy with the results of one release, and the config that it was run with."""

    def __init__(self, project, release, raw_dir):
        self.project, self.release = project, release
        self.config = {"releases": [release]} | ({} if raw_dir is None else {"raw_dir": str(raw_dir)})

    @property
    def results(self):
        return self.project.results(self.release)

    def jobs(self, *options, **config):
        """The names of the jobs that a run would do now, generating counted as `acquire`."""
        done = self.project.run("-n", "--cores", "1", *options, config=self.config | config)
        assert done.returncode == 0, done.stdout + done.stderr
        listed = re.search(
            r"^Job stats:\n.*?\n-+.*?\n(.*?)^total ", done.stdout + done.stderr, re.DOTALL | re.MULTILINE
        )
        names = set() if listed is None else {line.split()[0] for line in listed[1].splitlines() if line.strip()}
        assert names or "Nothing to be done" in done.stdout + done.stderr
        return {"acquire" if name.startswith("generate") else name for name in names} - {"all"}


@pytest.fixture(scope="module", params=PROJECTS)
def finished(request):
    """A finished run, to be read only."""
    project = request.getfixturevalue(PROJECTS[request.param])
    raw_dir = request.getfixturevalue("school_data") if request.param == "2016" else None
    return Finished(project, request.param, raw_dir)


@pytest.fixture(scope="module")
def changeable(finished, project_copy):
    """A copy of a finished run whose files may be changed, if they are put back."""
    copy = Finished(project_copy(finished.project), finished.release, finished.config.get("raw_dir"))
    return copy


@pytest.fixture
def change(changeable):
    """change(file, old, new) in the copy, undone after the test with the file's date; new None only touches it."""
    kept = []

    def make(name, old=None, new=None):
        path = changeable.project.path / name
        kept.append((path, path.read_bytes(), path.stat()))
        if old is None:
            path.touch()
        else:
            text = path.read_text(encoding="utf-8")
            assert old in text, f"{name} has no {old!r} to change"
            path.write_text(text.replace(old, new, 1), encoding="utf-8")

    yield make
    for path, content, stat in reversed(kept):
        path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def skip_if_generated(run):
    if run.release == "demo":
        pytest.skip("the generator writes its files by the release and its layouts, and begins anew with them")


# --- What reruns ----------------------------------------------------------------------------------------------


def test_second_run_finds_nothing_to_do(finished):
    assert finished.jobs() == set()


def test_copied_run_finds_nothing_to_do(changeable):
    """Otherwise the tests below would prove nothing."""
    assert changeable.jobs() == set()


@pytest.mark.parametrize("radius", [3, {"primary": 6}])
def test_radius_reruns_matching_and_what_follows_only(changeable, radius):
    jobs = changeable.jobs(radius_miles=radius)
    assert {"match", "aggregate"} <= jobs and not jobs & BEFORE_MATCHING


def test_radius_as_the_method_has_it_reruns_nothing(changeable):
    assert changeable.jobs(radius_miles={"primary": 5, "secondary": 4}) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('measure: rwm_expected_pct, is: "<", value: 65', 'measure: rwm_expected_pct, is: "<", value: 64'),
        ("quantile: 0.5", "quantile: 0.6"),
    ],
)
def test_threshold_starts_at_classification(changeable, change, old, new):
    change("workflow/methods/nfer-2017.yaml", old, new)
    jobs = changeable.jobs()
    assert {"classify", "match", "aggregate"} <= jobs and not jobs & (ACQUIRING | CLEANING)


def test_radius_in_the_method_starts_at_matching(changeable, change):
    change("workflow/methods/nfer-2017.yaml", "    value: 5\n", "    value: 6\n")
    jobs = changeable.jobs()
    assert {"match", "aggregate"} <= jobs and not jobs & BEFORE_MATCHING


def test_population_starts_at_the_population(changeable, change):
    change("workflow/methods/nfer-2017.yaml", ", studio_school]", "]")
    jobs = changeable.jobs()
    assert {"clean_population", "classify"} <= jobs and not jobs & (ACQUIRING | CLEANING - {"clean_population"})


def test_naming_schools_reruns_no_step_before_the_report(changeable):
    assert not changeable.jobs(name_schools=True) & (BEFORE_MATCHING | {"match", "aggregate", "compare"})


@pytest.mark.parametrize(
    ("script", "step", "not_before"),
    [
        ("clean_register", "clean_register", ACQUIRING),
        ("clean_results", "clean_results", ACQUIRING | {"clean_register", "clean_inspections"}),
        ("clean_inspections", "clean_inspections", ACQUIRING | {"clean_register", "clean_results"}),
        ("clean_population", "clean_population", ACQUIRING | CLEANING - {"clean_population"}),
        ("classify", "classify", ACQUIRING | CLEANING),
        ("match", "match", BEFORE_MATCHING),
        ("aggregate", "aggregate", BEFORE_MATCHING | {"match"}),
        ("compare", "compare", BEFORE_MATCHING | {"match", "aggregate"}),
    ],
)
def test_touched_script_reruns_its_step_and_none_before(changeable, change, script, step, not_before):
    change(f"scripts/{script}.py")
    jobs = changeable.jobs()
    assert step in jobs and not jobs & not_before


def test_change_in_shared_code_reruns_the_steps_that_import_it(changeable, change):
    change("scripts/lib/criteria.py", '"""Evaluate', '"""evaluate')
    jobs = changeable.jobs()
    assert "classify" in jobs and not jobs & (ACQUIRING | CLEANING)


def test_new_code_in_a_layout_reruns_the_cleaning_and_fetches_nothing_again(changeable, change):
    skip_if_generated(changeable)
    change("workflow/layouts/results-codes.yaml", "  SUPP: suppressed\n", "  SUPP: suppressed\n  QQ: suppressed\n")
    jobs = changeable.jobs()
    assert "clean_results" in jobs and not jobs & {"clean_register", "clean_inspections"}
    assert "acquire" not in jobs


@pytest.mark.parametrize("words", ["title: ", "    title: ", "    note: "], ids=["release", "source", "note"])
def test_words_in_a_release_file_fetch_and_read_nothing_again(changeable, change, words):
    skip_if_generated(changeable)
    change(f"workflow/releases/{changeable.release}.yaml", words, f"{words}New ")
    assert not changeable.jobs() & (CLEANING | {"acquire", "classify", "match", "aggregate"})


def test_code_that_a_script_imports_is_an_input_of_its_rule(finished):
    """Told by Snakemake's own table of outputs, inputs and rules."""
    project = finished.project
    done = project.run("--detailed-summary", "--cores", "1", config=finished.config)
    assert done.returncode == 0, done.stderr
    header, *lines = list(csv.reader(done.stdout.splitlines(), delimiter="\t"))
    inputs = defaultdict(set)
    for line in lines:
        row = dict(zip(header, line, strict=True))
        inputs[row["rule"]] |= {name for name in row["input-file(s)"].split(",") if name.startswith("scripts/")}
    scripts = scripts_of_rules(project.path)
    checked = set(inputs) & set(scripts)
    assert CLEANING | {"classify", "match", "aggregate"} <= checked
    missing = {rule: imported_by(project.path, scripts[rule]) - inputs[rule] - {scripts[rule]} for rule in checked}
    assert {rule: sorted(names) for rule, names in missing.items() if names} == {}


def scripts_of_rules(project):
    """{rule: script} as the rule files state them."""
    found = {}
    for path in sorted((project / "workflow/rules").glob("*.smk")):
        for rule in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            script = re.search(r'^\s+script:\s+"(?:\.\./)+(scripts/\w+\.py)"', rule, re.MULTILINE)
            if script:
                found[rule.split(":", 1)[0].strip()] = script[1]
    return found


def imported_by(project, script):
    """The scripts that a script imports, and those that they import."""
    found, open_ends = set(), [script]
    while open_ends:
        tree = ast.parse((project / open_ends.pop()).read_text(encoding="utf-8"))
        names = [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
        names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        for name in names:
            path = f"scripts/{name.split('.')[0]}.py"
            if path not in found and (project / path).is_file():
                found.add(path)
                open_ends.append(path)
    return found


# --- The same results everywhere ------------------------------------------------------------------------------


def files_below(folder):
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def foreign_locale():
    """A locale with other decimal and list signs where the machine has it, else the plainest."""
    try:
        there = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        there = []
    return next((name for name in there if name.lower() in ("de_de.utf-8", "de_de.utf8")), "C")


def test_run_in_another_folder_zone_and_order_gives_the_same_bytes(finished, project_copy):
    other = Finished(project_copy(), finished.release, finished.config.get("raw_dir"))
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": foreign_locale(), "PYTHONHASHSEED": "7"}
    done = other.project.run("--cores", "1", config=other.config, env=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    here, there = files_below(finished.results), files_below(other.results)
    assert set(here) == set(there) and here
    assert [name for name in here if here[name].read_bytes() != there[name].read_bytes()] == []


def test_no_result_holds_a_path_of_this_machine(finished):
    needle = str(finished.project.path).encode()
    assert [name for name, path in files_below(finished.results).items() if needle in path.read_bytes()] == []


# --- Matching -------------------------------------------------------------------------------------------------


def read_table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("phase", domain.PHASES)
def test_matching_equals_a_plain_double_loop(finished, phase):
    """Whole metres and whole squares, every pair looked at."""
    miles = settings.radius_miles(settings.load_method("nfer-2017"))[phase]
    radius_m = miles * domain.METRES_PER_MILE
    placed = {"in_need": [], "high_performing": []}
    for school in read_table(finished.results / "classified/schools.csv"):
        if school["phase"] == phase and school["group"] in placed and school["easting"] and school["northing"]:
            placed[school["group"]].append((int(school["urn"]), int(school["easting"]), int(school["northing"])))
    expected, limit = {}, math.floor(radius_m**2)
    for urn, easting, northing in placed["in_need"]:
        for partner, x, y in placed["high_performing"]:
            squared = (easting - x) ** 2 + (northing - y) ** 2
            if squared <= limit:
                expected[urn, partner] = squared
    found = {
        (int(row["urn"]), int(row["partner_urn"])): float(row["distance_m"])
        for row in read_table(finished.results / "matched/partners.csv")
        if row["phase"] == phase
    }
    assert len(expected) > 100 and found.keys() == expected.keys()
    assert all(abs(found[pair] - math.sqrt(squared)) <= 0.0501 for pair, squared in expected.items())
    counts = {urn: 0 for urn, _, _ in placed["in_need"]}
    for urn, _ in expected:
        counts[urn] += 1
    reach = {
        int(row["urn"]): int(row["partners"])
        for row in read_table(finished.results / "matched/reach.csv")
        if row["phase"] == phase
    }
    assert reach == counts


def test_counts_never_fall_along_the_ladder(finished):
    last = {}
    for row in read_table(finished.results / "matched/ladder.csv"):
        key, miles, partners = (row["phase"], row["urn"]), float(row["radius_miles"]), int(row["partners"])
        before = last.get(key, (0, 0))
        assert miles > before[0] and partners >= before[1]
        last[key] = (miles, partners)
    assert last
