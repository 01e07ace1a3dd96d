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


KEYS = ("high_performing", "in_need", "share_high_performing", "share_in_need", "median_partners")


def england(**bounds):
    """A row of aggregated/england a phase; figures that are their own bounds, but for those in `bounds`."""
    rows = []
    for phase in ("primary", "secondary"):
        figures = dict(zip(KEYS, (3 if phase == "primary" else 4, 2, 0.3, 0.2, 2.0), strict=True))
        ends = {f"{key}{end}": value for key, value in figures.items() for end in ("", "_lower", "_upper")}
        rows.append({"phase": phase, "schools": 10, **ends, **bounds})
    return pd.DataFrame(rows)


def regions(*rows, **bounds):
    """Rows of aggregated/regions: name, high-performing, in need, median of partners; known but for `bounds`."""
    named = {"high_performing": 1, "in_need": 2, "median_partners": 3}
    columns = [{"area": row[0], "phase": "primary"} for row in rows]
    for column, row in zip(columns, rows, strict=True):
        column |= {f"{key}{end}": row[at] for key, at in named.items() for end in ("", "_lower", "_upper")} | bounds
    return pd.DataFrame(columns, columns=list(columns[0]) if rows else ["area", "phase"])


def unknown(*rows):
    return pd.DataFrame(rows, columns=["phase", "criterion", "measure", "status", "schools", "missing_here"])


FILES = pd.DataFrame(
    [("primary", "below_floor", "all_rows", 7, 90, 3)],
    columns=["phase", "criterion", "where", "met", "not_met", "not_assessable"],
)
COUNTS = pd.DataFrame(
    [("primary", "stuck", 3, 5, 4), ("secondary", "stuck", 1, 9, 0), ("primary", "outstanding", 2, 10, 0)],
    columns=["phase", "criterion", "met", "not_met", "not_assessable"],
)
PLACES = ("all_rows", "in_population", "not_in_register", "type_unknown")


def a_run(**parts):
    england_ = parts.pop("england", england())
    whole = {
        "synthetic": False,
        "results_year": "2015/16",
        "england": england_,
        "england_missing_here": england_,
        "regions": regions(),
        "counts": COUNTS,
        "files": FILES,
        "unknown": unknown(),
        "criteria": CRITERIA,
    }
    return compare.Run(**whole | parts)


def statistic(kind, value, phase="primary"):
    return {"id": "x", "kind": kind, "value": value, "phase": phase, "source": "s"}


def worked_out(stated, way, run=None):
    return compare.worked_out(stated, way, run or a_run())


def test_a_share_is_compared_in_percent_with_its_bounds():
    wide = england(share_high_performing_lower=0.25, share_high_performing_upper=0.5)
    here = england(share_high_performing_upper=0.4)
    found = worked_out(
        statistic("share", 27), {"of": "share_high_performing"}, a_run(england=wide, england_missing_here=here)
    )
    assert found == pytest.approx((30, 25, 50, 40))


def test_a_count_of_both_phases_is_their_sum():
    assert worked_out(statistic("count", 5, "both"), {"of": "high_performing"}) == (7, 7, 7, 7)


def test_a_phase_that_the_run_does_not_have_gives_no_value():
    primary_alone = a_run(england=england().iloc[:1])
    found = worked_out(statistic("median", 2, "secondary"), {"of": "median_partners"}, primary_alone)
    assert found == (None, None, None, None)


def test_an_official_count_comes_from_the_results_file_and_may_have_its_unknown_rows():
    assert worked_out(statistic("count", 665), {"results_file": "below_floor"}) == (7, 7, 10, None)


def test_an_official_count_of_a_criterion_that_no_row_could_be_assessed_on_is_unknown_not_zero():
    run = a_run(files=FILES.assign(met=0, not_met=0, not_assessable=100))
    assert worked_out(statistic("count", 665), {"results_file": "below_floor"}, run)[0] is None


@pytest.mark.parametrize(
    ("kind", "published", "lower", "upper", "within"),
    [
        ("share", 27, 20, 26.5, True),
        ("share", 27, 20, 26.4, False),
        ("share", 27, 27.5, 30, True),
        ("share", 27, 27.6, 30, False),
        ("count", 904, 787, 904, True),
        ("count", 904, 905, 1000, False),
        ("median", 9, 9, 9, True),
        ("claim", True, False, True, True),
        ("claim", True, False, False, False),
    ],
)
def test_a_published_value_lies_inside_the_bounds_at_the_precision_in_which_it_is_printed(
    kind, published, lower, upper, within
):
    assert compare.inside(kind, published, lower, upper) is within


@pytest.mark.parametrize(("value", "same"), [(26.5, True), (27.4999, True), (27.5, False), (26.4999, False)])
def test_shares_agree_when_they_round_to_the_printed_percent(value, same):
    assert compare.agrees("share", 27, value) is same


def test_counts_and_medians_agree_only_when_equal():
    assert compare.agrees("count", 5677, 5677)
    assert not compare.agrees("count", 5677, 5676)
    assert not compare.agrees("median", 9, 9.5)


def supply(regions_, which):
    return compare.supply_exceeds_need(a_run(regions=regions_), ["primary"], {"regions": which})


def choice(regions_):
    return compare.greatest_choice(a_run(regions=regions_), ["primary"], {"regions": "London"})


def test_supply_exceeds_need_in_every_region_only_if_strictly_more_in_each():
    assert supply(regions(("A", 3, 2, 1), ("B", 5, 1, 1)), "every") == (True, True, True)
    assert supply(regions(("A", 3, 2, 1), ("B", 2, 2, 1)), "every") == (False, False, False)


def test_most_regions_is_more_than_half():
    two_of_four = regions(("A", 3, 2, 1), ("B", 3, 2, 1), ("C", 1, 2, 1), ("D", 1, 2, 1))
    assert supply(two_of_four, "most")[0] is False
    assert supply(regions(("A", 3, 2, 1), ("B", 3, 2, 1), ("C", 1, 2, 1)), "most")[0] is True


def test_a_claim_holds_for_certain_possibly_or_not_at_all():
    """By the figures it does not hold; by the most of one side and the least of the other it might."""
    open_ = regions(("A", 2, 3, 1), high_performing_upper=9)
    assert supply(open_, "every") == (False, False, True)
    assert supply(regions(("A", 4, 3, 1), in_need_upper=4), "every") == (True, False, True)


def test_a_claim_about_regions_is_unknown_without_any():
    assert supply(regions(), "every") == choice(regions()) == (None, None, None)


def test_greatest_choice_is_not_a_tie():
    assert choice(regions(("London", 1, 1, 9), ("B", 1, 1, 4)))[0] is True
    assert choice(regions(("London", 1, 1, 9), ("B", 1, 1, 9)))[0] is False


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [(2, 2, (True, True, True)), (2, 5, (True, False, True)), (1, 2, (True, False, True))],
)
def test_a_share_in_words_lies_between_two_figures(least, most, expected):
    """Two of ten in each phase: 20%."""
    run = a_run(england=england(in_need_lower=least, in_need_upper=most))
    way = {"of": "in_need", "between": [18, 22]}
    assert compare.between(run, ["primary", "secondary"], way) == expected
    assert compare.between(run, ["primary"], way | {"between": [21, 22]})[0] is False


def evidence(stated, way, certain=True, **parts):
    return compare.evidence_level(stated, way, a_run(**parts), certain)


def test_a_comparison_with_synthetic_data_is_no_evidence():
    worth, note = evidence(statistic("share", 27), {"group": "high_performing"}, synthetic=True)
    assert worth == "none" and "Synthetic" in note


@pytest.mark.parametrize(
    ("results_year", "compared"), [("2015/16", ["of_2016"]), ("2016/17", ["of_2017"]), ("2017/18", [])]
)
def test_a_figure_is_compared_only_with_a_release_of_its_results_year(results_year, compared):
    ids = ("of_2016", "of_2017", "unknown")
    published = {"statistics": [statistic("count", 5) | {"id": name} for name in ids]}
    way = {"of": "in_need", "group": "in_need", "label": "In need"}
    how = {"results_year": "2015/16", "statistics": {"of_2016": way, "of_2017": way | {"results_year": "2016/17"}}}
    table = compare.compare(a_run(results_year=results_year), published, how, ["statistics"])
    assert table["id"].tolist() == compared


def test_a_count_of_a_criterion_comes_from_the_population_and_may_have_what_is_unknown():
    lacks = unknown(
        ("primary", "stuck", None, None, 4, 3),
        ("primary", "stuck", "leadership", "missing", 4, 3),
    )
    run = a_run(unknown=lacks)
    assert worked_out(statistic("count", 372), {"criterion": "stuck"}, run) == (3, 3, 7, 6)
    assert worked_out(statistic("count", 639, "both"), {"criterion": "stuck"}, run) == (4, 4, 8, 7)
    assert worked_out(statistic("count", 372), {"criterion": "coasting"}, run) == (None,) * 4


def test_a_count_that_was_made_otherwise_is_partial_evidence_and_says_how():
    way = {"criterion": "outstanding", "differs": "Counted a year before."}
    assert evidence(statistic("count", 372), way) == ("partial", "Counted a year before.")


def test_a_figure_that_depends_on_what_is_unknown_is_partial_evidence_and_says_on_what():
    lacks = unknown(
        ("primary", "designated", None, None, 1200, 1200),
        ("primary", "designated", "teaching_school", "not_in_release", 1200, 1200),
        ("secondary", "designated", None, None, 5, 5),
    )
    way = {"group": "high_performing"}
    worth = evidence(statistic("share", 27), way, certain=False, unknown=lacks)
    assert worth == ("partial", "Not assessable for some: Teaching School (1,200 schools).")
    assert evidence(statistic("share", 12), {"group": "in_need"}, unknown=lacks) == ("full", "")


def test_a_criterion_tested_without_a_condition_makes_the_evidence_partial_and_is_named():
    relaxed = unknown(("primary", "less_than_good", "limit", "ignored", 7, 0))
    worth, note = evidence(statistic("share", 12), {"group": "in_need"}, unknown=relaxed)
    assert (worth, note) == ("partial", "Tested without a condition whose measure this release lacks: Less than good.")
    of_secondaries = statistic("share", 17, "secondary")
    assert evidence(of_secondaries, {"group": "in_need"}, unknown=relaxed) == ("full", "")


def test_an_official_count_says_which_rows_it_is_of():
    criteria = {"below_floor": {"group": "in_need", "label": "Below the floor standard"}}
    files = pd.DataFrame(
        [("primary", "below_floor", where, met, 0, 0) for where, met in zip(PLACES, (7, 5, 2, 1), strict=True)],
        columns=FILES.columns,
    )
    worth, note = evidence(statistic("count", 665), {"results_file": "below_floor"}, criteria=criteria, files=files)
    assert worth == "full"
    assert "type it leaves blank (1 of those counted); 5 of them belong to a school counted here, 2 are" in note


@pytest.mark.parametrize("way", [{"results_file": "coasting"}, {"group": "high_performing"}])
def test_a_method_without_the_criterion_has_nothing_to_compare(way):
    criteria = {"less_than_good": CRITERIA["less_than_good"]}
    found = evidence(statistic("count", 477), way, criteria=criteria)
    assert found == ("none", "The method has no criterion for this figure.")


def test_each_published_figure_appears_once_beside_the_run_s_own():
    """The run has no secondary schools; its one region has no other to be compared with."""
    here = ("primary", "London", "Camden")
    run = example([(*here, "in_need", 0, 0), (*here, "high_performing", 0, 100), (*here, "high_performing", 0, 200)])
    published = read_yaml(WORKFLOW / "facts" / "published.yaml")
    how = read_yaml(WORKFLOW / "facts" / "comparisons.yaml")
    parts = ("statistics", "official_benchmarks")
    of_year = {name for part in parts for name, recipe in how[part].items() if "results_year" not in recipe}
    listed = [statistic["id"] for part in parts for statistic in published[part] if statistic["id"] in of_year]
    assert run.published["id"].tolist() == listed
    table = run.published.astype(object).where(run.published.notna(), None).set_index("id")
    columns = ["statistic", "criterion", "reproduced", "agrees", "evidence"]
    assert table.loc["primary_partners_nearby", columns].tolist() == ["median_partners", None, "2", False, "full"]
    assert table.loc["primary_below_floor_2016", columns].tolist() == [None, "below_floor", "670", False, "partial"]
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
    run = example([("primary", "London", "Camden", "neither", 0, 0)], lacking=lacking)
    assert run.published.set_index("id").loc["primary_in_need", "evidence"] == evidence
