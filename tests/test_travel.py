"""Travel times through the whole workflow: a release of files that a researcher has, with some times among them.

Slow. Its files are those of a tenth of the synthetic release. How a pair is judged: test_match.py; how the file is
read: test_clean_travel.py.
"""

import csv
import json

import pytest
import yaml

import explain
import generate
import recount
import verify
from lib import settings
from report_page import Page
from test_recount import agree

pytestmark = pytest.mark.slow

MINUTES = {"primary": 20, "secondary": 30}
RUN = "nfer-2017-travel-primary-20-secondary-30"


@pytest.fixture(scope="module")
def project(project_copy):
    """A project copy with a release `mine`, whose files lie in raw_dir/, without travel times."""
    project = project_copy()
    releases, folder = project.path / "workflow/releases", project.path / "raw_dir/mine"
    release, real = (yaml.safe_load((releases / f"{name}.yaml").read_text("utf-8")) for name in ("demo", "2016"))
    del release["generator"]
    release |= {"id": "mine", "title": "Invented", "synthetic": False}
    folder.mkdir(parents=True)
    demo = settings.load_release("demo")
    for name, content in generate.generate(demo["generator"]["seed"], 0.1, demo).items():
        (folder / name).write_bytes(content)
    release["sources"]["travel"] = real["sources"]["travel"]
    (releases / "mine.yaml").write_text(yaml.safe_dump(release, sort_keys=False), encoding="utf-8")
    return project


def run(project, *arguments, **config):
    given = {"releases": ["mine"], "raw_dir": str(project.path / "raw_dir"), **config}
    return project.run("--cores", "2", *arguments, config=given)


def made(project, *arguments, **config):
    done = run(project, *arguments, **config)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def plain(project):
    """The folder of the run in straight lines alone, up to its headline and the list of its files."""
    made(project, "results/mine/nfer-2017/summary.json", "results/mine/raw/manifest.json")
    return project.results_of_run("mine", "nfer-2017")


@pytest.fixture(scope="module")
def timed(project, plain):
    """The folder of the run with times for every other pair, near or far and in either direction, by their URNs."""
    schools = recount.read_rows(plain / "classified/schools.csv")
    need = [row for row in schools if row["group"] == "in_need"]
    high = [row for row in schools if row["group"] == "high_performing"]
    with open(project.path / "raw_dir/mine/travel.csv", "w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["urn", "partner_urn", "minutes"])
        pairs = {(n["urn"], h["urn"]) for n in need for h in high if n["phase"] == h["phase"]}  # of both phases once
        for pair in sorted(pairs):
            mix = int(pair[0]) * 31 + int(pair[1]) * 17
            if mix % 2 and (mix % 4 == 1 or pair[::-1] not in pairs):
                lines.writerow([*(pair if mix % 4 == 1 else pair[::-1]), mix % 500 / 4])
        lines.writerow([need[0]["urn"], need[0]["urn"], 0])
    made(project, travel_minutes=MINUTES)
    return project.results_of_run("mine", RUN)


def test_a_release_may_have_none_and_then_says_nothing_of_them(plain):
    manifest = (plain.parent / "raw/manifest.json").read_text(encoding="utf-8")
    headline = json.loads((plain / "summary.json").read_text(encoding="utf-8"))
    assert "travel" not in manifest and not {"travel_minutes", "pairs_judged"} & headline.keys()
    assert not (plain.parent / "clean/travel.csv").exists()
    assert "minutes" not in recount.read_rows(plain / "matched/partners.csv")[0]


def test_run_with_travel_times_agrees_with_the_recount(timed):
    tables = recount.recount(timed, "nfer-2017", minutes=MINUTES)
    for name in [*recount.KEYS, "summary.json"]:
        agree(name, timed, tables)
    judged = tables["summary.json"]["pairs_judged"]
    assert all(judged[phase][by] for phase in MINUTES for by in ("by_time", "by_line"))


def test_each_row_of_the_file_is_accounted_for(timed):
    ledger = [row for row in recount.read_rows(timed / "audit/ledger.csv") if row["source"] == "travel"]
    (total, left_out), rows = ledger, len(recount.read_rows(timed.parent / "clean/travel.csv"))
    assert (total["rows_in"], total["rows_out"], total["rows_left_out"]) == (str(rows + 1), str(rows), "1")
    assert left_out["reason"] == "a school and itself"
    assert verify.verify(timed)[0] == []


def test_report_and_explanation_say_that_minutes_decided_and_for_how_many_pairs(timed):
    page = Page((timed / "report/index.html").read_text(encoding="utf-8"))
    judged = json.loads((timed / "summary.json").read_text(encoding="utf-8"))["pairs_judged"]["primary"]
    method, answer = page.text("section-method"), page.text("section-answer")
    assert "Primary schools: 20 minutes set in config.yaml" in method
    pairs = f"{sum(judged.values()):,} pairs within reach, {judged['by_time']:,} are so by their travel time"
    assert f"Of {pairs}, the others by the radius." in method
    assert "within 20 minutes’ travel (4.5 miles where no time is given)" in answer
    assert "The radius was chosen to give the published figure" not in answer
    assert "In straight lines alone, for primary schools the median at 4.5 miles" in page.text("section-uncertainty")
    assert "within 20 minutes’ travel" in (timed / "report/map.html").read_text(encoding="utf-8")
    row = next(row for row in recount.read_rows(timed / "matched/partners.csv") if row["minutes"])
    lines = "\n".join(explain.explain(explain.Run(timed), int(row["urn"]))[0])
    assert f"Partners within {MINUTES[row['phase']]} minutes’ travel (4" in lines and " minutes\n" in f"{lines}\n"


def test_a_file_without_minutes_and_minutes_without_a_file_stop_before_any_job(project, timed):
    done = run(project, "-n")
    assert done.returncode != 0 and "nothing says how many minutes are near enough" in done.stdout + done.stderr
    done = project.run("-n", config={"travel_minutes": 20})
    assert done.returncode != 0 and "release demo has no travel times" in done.stdout + done.stderr
