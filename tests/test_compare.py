"""Compare: the run's own value beside the published one, and what the comparison is worth."""

import pandas as pd
import pytest

import compare
from example_release import example
from lib.settings import WORKFLOW, read_yaml

CRITERIA = {
    "outstanding": {"group": "high_performing", "label": "Outstanding"},
    "designated": {"group": "high_performing", "label": "Teaching School"},
    "less_than_good": {"group": "in_need", "label": "Less than good"},
}


def summary(synthetic=False, **designated):
    outcome = {"met": 1, "not_met": 9, "not_assessable": 0}
    phase = {
        "schools": 10,
        "high_performing": 3,
        "in_need": 2,
        "share_high_performing": 0.3,
        "share_in_need": 0.2,
        "median_partners": 2.0,
        "criteria": {"outstanding": outcome, "designated": outcome | designated, "less_than_good": outcome},
    }
    return {
        "synthetic": synthetic,
        "phases": {"primary": phase, "secondary": phase | {"high_performing": 4}},
        "regions": [],
    }


def statistic(kind, value, phase="primary"):
    return {"id": "x", "kind": kind, "value": value, "phase": phase, "source": "s"}


FILES = pd.DataFrame(
    [("primary", "below_floor", "all_rows", 7, 90, 3)],
    columns=["phase", "criterion", "where", "met", "not_met", "not_assessable"],
)
PLACES = ("all_rows", "in_population", "not_in_register", "type_unknown")


def test_a_share_is_compared_in_percent():
    way = {"of": "share_high_performing"}
    assert compare.worked_out(statistic("share", 27), way, summary(), FILES) == pytest.approx(30)


def test_a_count_of_both_phases_is_their_sum():
    assert compare.worked_out(statistic("count", 5, "both"), {"of": "high_performing"}, summary(), FILES) == 7


def test_a_phase_that_the_run_does_not_have_gives_no_value():
    headline = summary()
    del headline["phases"]["secondary"]
    assert compare.worked_out(statistic("median", 2, "secondary"), {"of": "median_partners"}, headline, FILES) is None


def test_an_official_count_comes_from_the_results_file_not_from_the_population():
    assert compare.worked_out(statistic("count", 665), {"results_file": "below_floor"}, summary(), FILES) == 7


def test_an_official_count_of_a_criterion_that_no_row_could_be_assessed_on_is_unknown_not_zero():
    files = FILES.assign(met=0, not_met=0, not_assessable=100)
    assert compare.worked_out(statistic("count", 665), {"results_file": "below_floor"}, summary(), files) is None


@pytest.mark.parametrize(("value", "same"), [(26.5, True), (27.4999, True), (27.5, False), (26.4999, False)])
def test_shares_agree_when_they_round_to_the_printed_percent(value, same):
    assert compare.agrees("share", 27, value) is same


def test_counts_and_medians_agree_only_when_equal():
    assert compare.agrees("count", 5677, 5677)
    assert not compare.agrees("count", 5677, 5676)
    assert not compare.agrees("median", 9, 9.5)


def regions(*rows):
    return {
        "regions": [
            {"region": name, "phase": "primary", "high_performing": high, "in_need": need, "median_partners": median}
            for name, high, need, median in rows
        ]
    }


def test_supply_exceeds_need_in_every_region_only_if_strictly_more_in_each():
    assert compare.supply_exceeds_need(regions(("A", 3, 2, 1), ("B", 5, 1, 1)), ["primary"], "every") is True
    assert compare.supply_exceeds_need(regions(("A", 3, 2, 1), ("B", 2, 2, 1)), ["primary"], "every") is False


def test_most_regions_is_more_than_half():
    two_of_four = regions(("A", 3, 2, 1), ("B", 3, 2, 1), ("C", 1, 2, 1), ("D", 1, 2, 1))
    assert compare.supply_exceeds_need(two_of_four, ["primary"], "most") is False
    assert compare.supply_exceeds_need(regions(("A", 3, 2, 1), ("B", 3, 2, 1), ("C", 1, 2, 1)), ["primary"], "most")


def test_a_claim_about_regions_is_unknown_without_any():
    assert compare.supply_exceeds_need({"regions": []}, ["primary"], "every") is None
    assert compare.greatest_choice({"regions": []}, ["primary"], "London") is None


def test_greatest_choice_is_not_a_tie():
    assert compare.greatest_choice(regions(("London", 1, 1, 9), ("B", 1, 1, 4)), ["primary"], "London") is True
    assert compare.greatest_choice(regions(("London", 1, 1, 9), ("B", 1, 1, 9)), ["primary"], "London") is False


def test_a_comparison_with_synthetic_data_is_no_evidence():
    evidence, note = compare.evidence_level(
        statistic("share", 27), {"group": "high_performing"}, summary(synthetic=True), FILES, set(), CRITERIA, True
    )
    assert evidence == "none"
    assert "Synthetic" in note


def test_a_criterion_that_no_school_could_be_assessed_on_makes_the_evidence_partial_and_is_named():
    headline = summary(met=0, not_met=0, not_assessable=10)
    way = {"group": "high_performing"}
    evidence, note = compare.evidence_level(statistic("share", 27), way, headline, FILES, set(), CRITERIA, True)
    assert evidence == "partial"
    assert note == "Not assessable in this release: Teaching School."
    assert compare.evidence_level(
        statistic("share", 12), {"group": "in_need"}, headline, FILES, set(), CRITERIA, True
    ) == (
        "full",
        "",
    )


def test_a_release_of_another_year_is_no_evidence():
    evidence, note = compare.evidence_level(
        statistic("share", 27), {"group": "in_need"}, summary(), FILES, set(), CRITERIA, False
    )
    assert evidence == "none"
    assert "another year" in note


def test_a_criterion_tested_without_a_condition_makes_the_evidence_partial_and_is_named():
    way, ignored = {"group": "in_need"}, {("primary", "less_than_good")}
    evidence, note = compare.evidence_level(statistic("share", 12), way, summary(), FILES, ignored, CRITERIA, True)
    assert evidence == "partial"
    assert note == "Tested without a condition whose measure this release lacks: Less than good."
    of_secondaries = statistic("share", 17, "secondary")
    assert compare.evidence_level(of_secondaries, way, summary(), FILES, ignored, CRITERIA, True) == ("full", "")


def test_conditions_are_left_out_only_where_their_measure_is_absent_and_the_method_says_so():
    thresholds = pd.DataFrame(
        [
            ("primary", "floor", True, "ignore"),
            ("primary", "coasting", False, None),
            ("secondary", "floor", True, None),
            ("secondary", "floor", False, "ignore"),
        ],
        columns=["phase", "criterion", "available", "if_absent"],
    )
    assert compare.relaxed_criteria(thresholds) == {("secondary", "floor")}


def test_an_official_count_says_which_rows_it_is_of():
    criteria = {"below_floor": {"group": "in_need", "label": "Below the floor standard"}}
    headline = summary()
    headline["phases"]["primary"]["criteria"] = {"below_floor": {"met": 5, "not_met": 5, "not_assessable": 0}}
    files = pd.DataFrame(
        [("primary", "below_floor", where, met, 0, 0) for where, met in zip(PLACES, (7, 5, 2, 1), strict=True)],
        columns=FILES.columns,
    )
    way = {"results_file": "below_floor"}
    evidence, note = compare.evidence_level(statistic("count", 665), way, headline, files, set(), criteria, True)
    assert evidence == "full"
    assert "type it leaves blank (1 of those counted); 5 of them belong to a school counted here, 2 are" in note


@pytest.mark.parametrize("way", [{"results_file": "coasting"}, {"group": "high_performing"}])
def test_a_method_without_the_criterion_has_nothing_to_compare(way):
    criteria = {"less_than_good": CRITERIA["less_than_good"]}
    evidence, note = compare.evidence_level(statistic("count", 477), way, summary(), FILES, set(), criteria, True)
    assert (evidence, note) == ("none", "The method has no criterion for this figure.")


def test_a_phase_without_schools_has_nothing_to_compare():
    headline = summary()
    del headline["phases"]["primary"]
    way = {"results_file": "less_than_good"}
    evidence, _ = compare.evidence_level(statistic("count", 665), way, headline, FILES.iloc[:0], set(), CRITERIA, True)
    assert evidence == "none"


def test_each_published_figure_appears_once_beside_the_run_s_own():
    """The run has no secondary schools; its one region has no other to be compared with."""
    here = ("primary", "London", "Camden")
    run = example([(*here, "in_need", 0, 0), (*here, "high_performing", 0, 100), (*here, "high_performing", 0, 200)])
    published = read_yaml(WORKFLOW / "facts" / "published.yaml")
    listed = [statistic["id"] for part in ("statistics", "official_benchmarks") for statistic in published[part]]
    assert run.published["id"].tolist() == listed
    table = run.published.astype(object).where(run.published.notna(), None).set_index("id")
    columns = ["statistic", "criterion", "reproduced", "agrees", "evidence"]
    assert table.loc["primary_partners_nearby", columns].tolist() == ["median_partners", None, "2", False, "full"]
    assert table.loc["primary_below_floor_2016", columns].tolist() == [None, "below_floor", "670", False, "full"]
    assert table.loc["secondary_in_need", columns].tolist() == ["share_in_need", None, None, None, "none"]
    assert table.loc["primary_supply_exceeds_need_in_every_region", columns].tolist() == [
        "supply_exceeds_need",
        None,
        "true",
        True,
        "full",
    ]
    assert table.loc["london_has_the_greatest_choice", "reproduced"] is None


@pytest.mark.parametrize(("lacking", "evidence"), [((), "full"), (("progress8", "reading_progress"), "partial")])
def test_evidence_is_partial_where_the_release_lacks_a_measure(lacking, evidence):
    run = example([("primary", "London", "Camden", "in_need", 0, 0)], lacking=lacking)
    assert run.published.set_index("id").loc["primary_in_need", "evidence"] == evidence
