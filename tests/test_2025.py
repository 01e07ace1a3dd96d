"""The real release 2025 under rise-2025: nothing is known that its files do not say, and the report says so first."""

import json
import re

import pandas as pd
import pytest

import recount
import recount_pairing
from lib import tables
from test_recount import agree

PHASES = ("primary", "secondary")
# Of which the copy lacks rows: inspections, report cards, results.
PARTIAL = ("graded", "card", *PHASES)


@pytest.fixture(scope="module")
def inspections(run_2025):
    return pd.read_csv(run_2025.parent / "clean/inspections.csv", low_memory=False)


@pytest.fixture(scope="module")
def summary(run_2025):
    return json.loads((run_2025 / "summary.json").read_text(encoding="utf-8"))["phases"]


def test_headline_grades_are_those_of_the_list_and_no_overall_effectiveness(inspections):
    listed = inspections["headline_grade"].value_counts().to_dict()
    listed.pop("not_listed", None)
    assert listed == {"good": 14_282, "outstanding": 1_857, "requires_improvement": 1_057, "inadequate": 190}
    graded = inspections["overall_effectiveness"].value_counts().to_dict()
    assert graded[3] <= 1_057 + 61 and graded[4] <= 190 + 61 and graded.get(1, 0) + graded.get(2, 0) <= 61


def test_a_school_without_an_overall_grade_has_none_and_is_neither_outstanding_nor_known_not_to_be(
    run_2025, inspections
):
    ungraded = inspections[inspections["no_overall_grade"].eq(True)]
    assert len(ungraded) and ungraded["overall_effectiveness"].isna().all()
    schools = tables.read(run_2025 / "classified/schools.csv")
    conditions = pd.read_csv(run_2025 / "classified/conditions.csv", low_memory=False)
    grade = conditions[conditions["measure"] == "overall_effectiveness"]
    found = grade[grade["urn"].isin(set(schools["urn"]) & set(ungraded["urn"]))]
    assert len(found) and set(found["outcome"]) == {"unknown"}


@pytest.mark.parametrize("phase", PHASES)
def test_a_criterion_is_assessable_only_as_far_as_the_files_go(summary, phase):
    criteria = summary[phase]["criteria"]
    schools = summary[phase]["schools"]
    for name in ("category_of_concern", "high_disadvantaged_attainment"):
        assert criteria[name] == {"met": 0, "not_met": 0, "not_assessable": schools}
    assert criteria["stuck"]["not_met"] > 0.6 * schools and criteria["low_attainment"]["not_met"] > 0.6 * schools


@pytest.mark.parametrize("phase", PHASES)
def test_the_half_of_low_attainment_that_the_files_have_is_shown_by_itself(run_2025, phase):
    rows = pd.read_csv(run_2025 / "classified/thresholds.csv")
    rows = rows[(rows["criterion"] == "low_attainment") & (rows["phase"] == phase)].set_index("place")
    counts = rows[["schools_true", "schools_false", "schools_unknown"]]
    # A quarter of those with a figure, between those surely below and those that may be: the copy lacks schools.
    with_value = rows.loc[1, "schools_with_value"]
    surely, perhaps = counts.loc[1, "schools_true"], with_value - counts.loc[1, "schools_false"]
    assert 0.1 * with_value < surely < 0.25 * with_value < perhaps < 0.4 * with_value
    assert rows.loc[1, "threshold_least"] < float(rows.loc[1, "threshold"]) < rows.loc[1, "threshold_most"]
    assert counts.loc[2, "schools_unknown"] == counts.loc[2].sum()


def test_the_published_counts_of_rise_lie_within_the_bounds(run_2025):
    rows = pd.read_csv(run_2025 / "compared/published.csv").set_index("id")
    assert rows.loc[["primary_stuck_2025_06_30", "secondary_stuck_2025_06_30"], "published"].tolist() == [372, 235]
    known = rows[rows["lower"].notna()]
    assert len(known) >= 4 and known["inside"].all() and (rows["evidence"] == "partial").all()


def test_the_report_begins_with_what_is_not_known_and_speaks_of_no_old_standard(run_2025):
    page = (run_2025 / "report/index.html").read_text(encoding="utf-8")
    lede = re.search(r'<div class="lede">(.*?)</div>', page, re.DOTALL)[1]
    assert lede.count("it is not known whether they are high-performing or in need of support") == 2
    assert "No primary school is known to be in need, so there is nothing to match." in lede
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert not re.search(r"below the floor|is coasting|Coasting|The study: “|No published figure", text)


@pytest.mark.parametrize("name", ["classified/schools.csv", "classified/thresholds.csv", "classified/unknown.csv",
    "classified/results_files.csv", "aggregated/england.csv", "aggregated/criteria.csv", "aggregated/urban_rural.csv",
    *recount_pairing.KEYS, "summary.json"])  # fmt: skip
def test_it_agrees_with_the_recount(run_2025, recounted, name):
    agree(name, run_2025, recounted)


@pytest.fixture(scope="module")
def recounted(run_2025):
    return recount.recount(run_2025, "rise-2025", PARTIAL)
