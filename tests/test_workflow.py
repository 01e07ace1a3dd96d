"""The workflow as a whole: what reruns after a change, runs side by side, the same results however it runs.

Slow. What does not depend on where the files come from is tested on the synthetic release alone.
"""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from conftest import RUN, ProjectCopy, clean_environment

pytestmark = pytest.mark.slow

ACQUIRING = {"acquire", "manifest"}
CLEANING = {"clean_register", "clean_results", "clean_inspections", "rejected"}
OF_RELEASE = ACQUIRING | CLEANING
BEFORE_MATCHING = OF_RELEASE | {"population", "classify"}
SMALL = {"demo_scale": 0.1}
METHODS = "workflow/methods"


class Finished:
    """A project copy with the results of one release, and the config that it was run with."""

    def __init__(self, project, release, raw_dir=None):
        self.project, self.release = project, release
        self.config = {"releases": [release]} | ({} if raw_dir is None else {"raw_dir": str(raw_dir)})

    def listed(self, *options, **config):
        """What Snakemake says it would do now."""
        done = self.project.run("-n", "--cores", "1", *options, config=self.config | config)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def jobs(self, *options, **config):
        """The names of the jobs that a run would do now, generating counted as `acquire`."""
        text = self.listed(*options, **config)
        stats = re.search(r"^Job stats:\n.*?\n-+.*?\n(.*?)^total ", text, re.DOTALL | re.MULTILINE)
        names = set() if stats is None else {line.split()[0] for line in stats[1].splitlines() if line.strip()}
        assert names or "Nothing to be done" in text
        return {"acquire" if name.startswith("generate") else name for name in names} - {"all"}

    def jobs_of_their_own(self, **config):
        """Those of them that do not run only because another one does."""
        reasons = re.search(r"^Reasons:\n(.*)", self.listed(**config), re.DOTALL | re.MULTILINE)
        if reasons is None:
            return set()
        told = re.findall(r"^    (\S[^\n]*):\n        (\S[^\n]*)", reasons[1], re.MULTILINE)
        names = {name.strip() for why, jobs in told if "by another job" not in why for name in jobs.split(",")}
        return {"acquire" if name.startswith("generate") else name for name in names} - {"all"}


@pytest.fixture(scope="module")
def changeable(demo_project, project_copy):
    """A copy of the finished run of `demo` whose files may be changed, if they are put back."""
    return Finished(project_copy(demo_project), "demo")


@pytest.fixture(scope="module")
def changeable_2016(project_2016, project_copy, school_data):
    """The same of 2016, whose files were not generated."""
    return Finished(project_copy(project_2016), "2016", school_data)


@pytest.fixture
def change():
    """change(finished, file, old, new), undone after the test with the file's date."""
    kept = []

    def make(finished, name, old, new):
        path = finished.project.path / name
        kept.append((path, path.read_bytes(), path.stat()))
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r} to change"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    yield make
    for path, content, stat in reversed(kept):
        path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


# --- What reruns ----------------------------------------------------------------------------------------------


def test_copied_run_finds_nothing_to_do(changeable):
    """Otherwise the tests below would prove nothing."""
    assert changeable.jobs() == set()


def test_copied_run_of_supplied_files_finds_nothing_to_do(changeable_2016):
    assert changeable_2016.jobs() == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "first", "not_before"),
    [
        (
            "nfer-2017-literal",
            'expected_pct, is: "<", value: 65',
            'expected_pct, is: "<", value: 64',
            "classify",
            "population",
        ),
        (
            "nfer-2017-literal",
            'y_before, is: "<", quantile: 0.5',
            'y_before, is: "<", quantile: 0.6',
            "classify",
            "population",
        ),
        ("nfer-2017", "value: 53\n", "value: 54\n", "classify", "population"),
        ("nfer-2017", "    value: 4\n", "    value: 5\n", "match", "classify"),
        ("nfer-2017-literal", ", studio_school]", "]", "population", "rejected"),
    ],
    ids=["threshold that it takes over", "quantile", "threshold", "radius", "population"],
)
def test_a_changed_method_starts_at_the_step_that_it_concerns(changeable, change, file, old, new, first, not_before):
    change(changeable, f"{METHODS}/{file}.yaml", old, new)
    jobs = changeable.jobs()
    assert {first, "aggregate", "report"} <= jobs and not jobs & (OF_RELEASE | {not_before})


def test_naming_schools_reruns_no_step_before_the_report(changeable):
    jobs = changeable.jobs(name_schools=True)
    assert {"report", "map"} <= jobs and not jobs & (BEFORE_MATCHING | {"match", "aggregate", "compare", "figures"})


@pytest.mark.parametrize(
    ("file", "old", "new", "own"),
    [
        ("scripts/sections/regions/page.py", '"""', '""" ', {"report"}),
        ("report/templates/report.html.j2", "<p>{% if synthetic %}", "<p> {% if synthetic %}", {"report"}),
        ("scripts/match.py", '"""', '""" ', {"match"}),
        ("scripts/lib/criteria.py", '"""', '""" ', {"classify"}),
        ("scripts/lib/download.py", "Sites answer", "Servers answer", set()),
    ],
    ids=["sentence", "template", "step", "shared code", "download message"],
)
def test_changed_code_reruns_what_depends_on_it(changeable, change, file, old, new, own):
    """Beside the provenance, which states the code. What was generated does not depend on the downloader."""
    change(changeable, file, old, new)
    jobs = changeable.jobs_of_their_own()
    assert own <= jobs <= own | {"provenance", "conditions", "compare", "caveats", "readings"}


def test_a_changed_download_message_concerns_the_download_alone(changeable_2016, change):
    change(changeable_2016, "scripts/lib/download.py", "Sites answer", "Servers answer")
    assert changeable_2016.jobs_of_their_own() - {"provenance"} == {"acquire"}


def test_a_new_untracked_file_reruns_nothing(changeable):
    stray = changeable.project.path / "notes.txt"
    stray.write_text("mine", encoding="utf-8")
    assert changeable.jobs() == set()
    stray.unlink()


def test_new_code_in_a_layout_reruns_the_cleaning_and_fetches_nothing_again(changeable_2016, change):
    change(changeable_2016, "workflow/layouts/results-codes.yaml", "  SUPP: suppressed\n", "  SUPP: missing\n")
    jobs = changeable_2016.jobs()
    assert "clean_results" in jobs and not jobs & {"acquire", "clean_register", "clean_inspections"}


@pytest.mark.parametrize("words", ["title: ", "    title: ", "    note: "], ids=["release", "source", "note"])
def test_words_in_a_release_file_fetch_and_read_nothing_again(changeable_2016, change, words):
    change(changeable_2016, "workflow/releases/2016.yaml", words, f"{words}New ")
    assert not changeable_2016.jobs() & (CLEANING | {"acquire", "population", "classify", "match", "aggregate"})


# --- Runs side by side ----------------------------------------------------------------------------------------


def files_below(folder):
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def contents(folder):
    return {name: path.read_bytes() for name, path in files_below(folder).items()}


def test_a_comparison_finishes_both_runs_in_the_order_of_their_dates(project_copy):
    """The page leads to the reports of both, and `make explain` asks for finished runs."""
    text = Finished(project_copy(), "demo").listed("compared", releases=["demo-2017", "demo"])
    for release in ("demo", "demo-2017"):
        for path in ("report/index.html", "report/map.html", "ro-crate-metadata.json"):
            assert f"results/{release}/{RUN}/{path}" in text
    assert f"results/changes/demo-demo-2017/{RUN}/report/changes.html" in text
    assert re.search(r"order of their dates, not as named: demo \([\d-]+\), then demo-2017 \(", text)
    text = Finished(project_copy(), "demo").listed("compared", releases=["demo", "demo-2017"])
    assert "order of their dates" not in text


@pytest.fixture(scope="module")
def small(project_copy):
    """A project copy with a finished run of a tenth of England, up to its headline."""
    return finish(project_copy(), f"results/demo/{RUN}/summary.json", config=SMALL)


def finish(project, *arguments, **given):
    done = project.run("--cores", "2", *arguments, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_methods_and_radii_lie_side_by_side_and_fetch_and_clean_once(small, project_copy):
    project = project_copy(small)
    before = contents(project.results("demo"))
    dates = {name: path.stat().st_mtime_ns for name, path in files_below(project.results("demo")).items()}
    (project.path / METHODS / "strict.yaml").write_text("id: strict\ntitle: The same\nextends: nfer-2017\n")
    other = "results/demo/strict/summary.json"
    finish(project, f"results/demo/{RUN}/summary.json", other, config=SMALL | {"method": [RUN, "strict"]})
    finish(project, f"results/demo/{RUN}-radius-3/summary.json", config=SMALL | {"radius_miles": 3})
    after = contents(project.results("demo"))
    assert {name: after[name] for name in before} == before
    assert {
        name: path.stat().st_mtime_ns for name, path in files_below(project.results("demo")).items() if name in before
    } == dates
    for name in ("population/schools.csv", "classified/schools.csv", "matched/partners.csv"):
        assert after[f"strict/{name}"] == before[f"{RUN}/{name}"]
    assert after[f"{RUN}-radius-3/classified/schools.csv"] == before[f"{RUN}/classified/schools.csv"]
    assert len(after[f"{RUN}-radius-3/matched/partners.csv"]) < len(before[f"{RUN}/matched/partners.csv"])


# --- The same results everywhere ------------------------------------------------------------------------------


def foreign_locale():
    """A locale with other decimal and list signs where the machine has it, else the plainest."""
    try:
        there = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        there = []
    return next((name for name in there if name.lower() in ("de_de.utf-8", "de_de.utf8")), "C")


def test_killed_and_taken_up_again_in_another_folder_zone_and_order_a_run_gives_the_same_bytes(
    demo_project, project_copy
):
    """One run for all of it, since it is a whole one."""
    other = project_copy()
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": foreign_locale(), "PYTHONHASHSEED": "7"}
    run = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2"],
        cwd=other.path,
        env=clean_environment() | elsewhere,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    cleaned, until = other.results("demo") / "clean/results.csv", time.monotonic() + 120
    while not cleaned.exists() and run.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert cleaned.exists() and not (other.results_of_run("demo") / "summary.json").exists()
    assert other.run("--unlock").returncode == 0
    done = other.run("--cores", "1", config={"releases": ["demo"]}, env=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    here, there = contents(demo_project.results("demo")), contents(other.results("demo"))
    assert set(here) == set(there) and here
    assert [name for name in here if here[name] != there[name]] == []


def test_no_result_holds_a_path_of_this_machine(demo_project):
    needle = str(demo_project.path).encode()
    assert [name for name, content in contents(demo_project.results("demo")).items() if needle in content] == []


def test_run_in_a_directory_and_with_a_config_of_its_own(small, tmp_path):
    """The project lies elsewhere; config.yaml is that of the directory, and --configfile comes on top of it."""
    (tmp_path / "config.yaml").write_text("releases: [demo]\nradius_miles: 3\ndemo_scale: 0.1\n", encoding="utf-8")
    (tmp_path / "more.yaml").write_text("radius_miles: null\n", encoding="utf-8")
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", small.path / "Snakefile", "--cores", "2"]
    done = ProjectCopy(tmp_path).call(
        *snakemake, "--directory", tmp_path, "--configfile", "more.yaml", "--", f"results/demo/{RUN}/summary.json"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(tmp_path / "results") == contents(small.path / "results")


def test_use_as_a_module_of_another_workflow(small, tmp_path):
    (tmp_path / "Snakefile").write_text(
        f"""
module support:
    snakefile: "{small.path}/Snakefile"
    config: {{"releases": ["demo"], "demo_scale": 0.1}}

use rule * from support as support_*

rule headline:
    input: "results/demo/{RUN}/summary.json"
    output: "headline.json"
    default_target: True
    shell: "cp {{input}} {{output}}"
""",
        encoding="utf-8",
    )
    done = ProjectCopy(tmp_path).call(sys.executable, "-m", "snakemake", "--cores", "2", "headline.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"demo, {RUN}, support_match: Find the high-performing schools" in done.stdout + done.stderr
    assert contents(tmp_path / "results") == contents(small.path / "results")
