"""Sentences stay right when the numbers change: one and many, none and all, ties, gaps, missing phases."""

import math
import re

import pandas as pd
import pytest

from lib import words as say

NINE = (
    "East Midlands",
    "East of England",
    "London",
    "North East",
    "North West",
    "South East",
    "South West",
    "West Midlands",
    "Yorkshire and the Humber",
)
LABELS = {"outstanding": "Outstanding", "designated": "Designated", "coasting": "Coasting"}
ASSESSED = {"met": 10, "not_met": 80, "not_assessable": 10}
UNASSESSED = {"met": 0, "not_met": 0, "not_assessable": 100}


def phase_facts(
    schools=100, high=20, need=10, placed=None, without=1, median=3.0, unplaced=0, criteria=None, unlocated=0
):
    """A phase of summary.json. `placed`: schools in need with coordinates, all where not given."""
    placed = need if placed is None else placed
    return {
        "schools": schools,
        "high_performing": high,
        "in_need": need,
        "share_high_performing": high / schools if schools else None,
        "share_in_need": need / schools if schools else None,
        "median_partners": median if placed else None,
        "in_need_without_partner": without,
        "in_need_without_coordinates": need - placed,
        "high_performing_without_coordinates": unlocated,
        "not_assessable": unplaced,
        "criteria": criteria or {"outstanding": ASSESSED},
    }


def regions(**values):
    """Rows of nine regions: {column: nine values}."""
    return [{"area": area, **{key: column[i] for key, column in values.items()}} for i, area in enumerate(NINE)]


# Figures


@pytest.mark.parametrize(
    ("share", "whole", "tenth"),
    [
        (0.147, "15%", "14.7%"),
        (0.125, "13%", "12.5%"),  # halves go up, as printed statistics do
        (0.285, "29%", "28.5%"),  # a float a hair under the half
        (0, "0%", "0.0%"),
        (1, "100%", "100.0%"),
        (0.0004, "under 1%", "under 0.1%"),
        (0.9999, "over 99%", "over 99.9%"),
        (None, "–", "–"),
        (math.nan, "–", "–"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(share, whole, tenth):
    assert (say.percent(share), say.percent(share, 1)) == (whole, tenth)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (16831, 0, "16,831"),
        (4.0, 1, "4"),
        (8.5, 1, "8.5"),
        (2.5, 0, "3"),
        (-1234.5, 1, "−1,234.5"),
        (-0.0, 1, "0"),
        (None, 0, "–"),
        (pd.NA, 1, "–"),
    ],
)
def test_numbers_have_separators_and_no_needless_decimals(value, decimals, text):
    assert say.number(value, decimals) == text


def test_table_shares_have_no_percent_sign():
    assert [say.tenths(share) for share in (0.147, 0.0001, None, 1)] == ["14.7", "<0.1", "–", "100.0"]


def test_signed_differences():
    assert [say.signed(value, 1) for value in (3, -12.3, 0, None, 0.04)] == ["+3.0", "−12.3", "0.0", "–", "0.0"]
    assert [say.signed(value) for value in (41, -2736, -0.4)] == ["+41", "−2,736", "0"]


def test_figures_of_a_column_have_the_same_decimals():
    assert [say.fixed(value, 1) for value in (4, 0.5, -1234.56, -0.01, None)] == ["4.0", "0.5", "−1,234.6", "0.0", "–"]
    assert [say.ratio(value) for value in (2, 1, 0.996, 0.86, 12.34, None)] == [
        "2.0",
        "1.0",
        "1.0",
        "0.86",
        "12.3",
        "–",
    ]
    assert [say.span(*ends) for ends in ((4.0, 13.0), (0.0, 1.25), (4, 4.01), (None, math.nan))] == [
        "4–13",
        "0–1.3",
        "4",
        "–",
    ]


def test_shares_are_spoken_as_simple_fractions_only_where_these_are_near():
    assert [say.fraction(share) for share in (0.7466, 0.6694, 0.5, 0.2, 0.264, 0.01, 0, 1)] == [
        "three in four",
        "two in three",
        "one in two",
        "one in five",
        "",
        "",
        "",
        "",
    ]


def test_there_are_no_parts_of_partners():
    assert [say.about(count) for count in (0, 0.5, 1.0, 2.5, 1200)] == [
        "no",
        "fewer than one",
        "1",
        "between 2 and 3",
        "1,200",
    ]


def test_units_go_with_their_numbers():
    assert [say.miles(value) for value in (1, 1.0, 3.5, 5)] == ["1 mile", "1 mile", "3.5 miles", "5 miles"]
    assert say.metres_in_miles(8046.72) == "5.0"
    assert [say.file_size(size) for size in (1, 731, 26_700, 999_600, 5_749_546)] == [
        "1 byte",
        "731 bytes",
        "27 kB",
        "1 MB",
        "5.7 MB",
    ]
    assert say.date("2017-03-31") == "31 March 2017" and say.date("2026-11-03T18:30:32Z") == "3 November 2026"
    assert say.date("unknown") == "unknown"


def test_lists_and_places():
    assert [say.listing(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert say.places(["South West", "London", "Yorkshire and the Humber"]) == (
        "London, the South West and Yorkshire and the Humber"
    )


@pytest.mark.parametrize(
    ("names", "total", "text"),
    [
        ([], 9, "no region"),
        (["London"], 9, "1 of 9 regions (London)"),
        (["West Midlands", "London"], 9, "2 of 9 regions (London and the West Midlands)"),
        (list(NINE[:5]), 9, "5 of 9 regions"),
        (list(NINE), 9, "all nine regions"),
        (["London", "North East"], 2, "both regions"),
        (["North East"], 1, "the North East, the only region here"),
    ],
)
def test_share_of_regions(names, total, text):
    assert say.share_of_regions(names, total) == text


# The answer


@pytest.mark.parametrize(
    ("facts", "incomplete", "text"),
    [
        (
            phase_facts(16831, 2476, 1789),
            ("high_performing", "in_need"),
            "Of 16,831 primary schools, 2,476 (15%) are known to be high-performing and 1,789 (11%) are known to be in "
            "need of support.",
        ),
        (
            phase_facts(100, 1, 2),
            (),
            "Of 100 primary schools, 1 (1%) is high-performing and 2 (2%) are in need of support.",
        ),
        (phase_facts(100, 0, 0), (), "Of 100 primary schools, none is high-performing and none is in need of support."),
        (
            phase_facts(1, 1, 0),
            (),
            "Of the one primary school, 1 (100%) is high-performing and none is in need of support.",
        ),
        (
            phase_facts(1000, 1, 999),
            ("in_need",),
            "Of 1,000 primary schools, 1 (under 1%) is high-performing and 999 (over 99%) are known to be in "
            "need of support.",
        ),
        (None, (), "This release has no primary schools."),
        (phase_facts(0, 0, 0), (), "This release has no primary schools."),
    ],
)
def test_groups(facts, incomplete, text):
    assert say.groups("primary", facts, incomplete) == text


@pytest.mark.parametrize(
    ("facts", "radius", "text"),
    [
        (
            phase_facts(need=1789, placed=1717, without=203, median=4.0),
            5,
            "The median primary school in need has 4 high-performing primary schools within 5 miles; 203 of "
            "1,717 (12%) "
            "have none.",
        ),
        (
            phase_facts(need=5, without=1, median=1.0),
            1,
            "The median primary school in need has 1 high-performing primary school within 1 mile; 1 of 5 (20%) "
            "has none.",
        ),
        (
            phase_facts(need=6, without=2, median=2.5),
            4,
            "The median primary school in need has between 2 and 3 high-performing primary schools within 4 miles; 2 "
            "of 6 (33%) have none.",
        ),
        (
            phase_facts(need=6, without=3, median=0.5),
            4,
            "Half of the primary schools in need (3 of 6) have no high-performing primary school within 4 miles.",
        ),
        (
            phase_facts(need=5, without=3, median=0.0),
            4,
            "The median primary school in need has no high-performing primary school within 4 miles; 3 of 5 "
            "(60%) have none.",
        ),
        (
            phase_facts(need=5, without=0, median=7.0),
            4,
            "The median primary school in need has 7 high-performing primary schools within 4 miles; every one "
            "has at least one.",
        ),
        (
            phase_facts(need=5, without=5, median=0.0),
            4,
            "No primary school in need has a high-performing primary school within 4 miles.",
        ),
        (
            phase_facts(need=1, without=0, median=2.0),
            4,
            "The one primary school in need has 2 high-performing primary schools within 4 miles.",
        ),
        (
            phase_facts(need=3, placed=1, without=1, median=0.0),
            4,
            "The one primary school in need with coordinates has no high-performing primary school within 4 miles.",
        ),
        (
            phase_facts(need=3, placed=0, without=0),
            4,
            "None of the 3 primary schools in need has coordinates in the register, so partners could not be "
            "looked for.",
        ),
        (
            phase_facts(need=1, placed=0, without=0),
            4,
            "The one primary school in need has no coordinates in the register, so partners could not be looked for.",
        ),
        (phase_facts(need=0, without=0), 4, "With no primary school in need, there is nothing to match."),
        (None, 4, ""),
    ],
)
def test_partners(facts, radius, text):
    assert say.partners("primary", facts, radius) == text


def test_partners_are_only_known_to_be_high_performing_where_a_criterion_is_missing():
    text = say.partners("primary", phase_facts(median=1.0), 5, ("high_performing",))
    assert text.startswith("The median primary school in need has 1 primary school known to be high-performing within")


def test_schools_without_coordinates_are_told():
    assert say.without_coordinates("primary", phase_facts(need=9)) == "" == say.without_coordinates("primary", None)
    assert say.without_coordinates("primary", phase_facts(need=9, placed=8)) == (
        "1 primary school in need has no coordinates in the register and is left out of matching."
    )
    assert say.without_coordinates("primary", phase_facts(need=90, placed=18)).startswith(
        "72 primary schools in need have"
    )


@pytest.mark.parametrize(
    ("facts", "incomplete", "text"),
    [
        (
            phase_facts(high=2476, unlocated=331),
            ("high_performing",),
            "331 of the 2,476 primary schools known to be high-performing (13%) have no coordinates, so they cannot be "
            "counted as anyone’s partner: the numbers of partners here are if anything too low, and those without a "
            "partner too high, most of all in the South East (106 of 392).",
        ),
        (
            phase_facts(need=9, placed=8, high=2476, unlocated=1),
            (),
            "1 primary school in need has no coordinates in the register and is left out of matching. 1 of the 2,476 "
            "high-performing primary schools (under 1%) has no coordinates either, so it cannot be counted as "
            "anyone’s partner: the numbers of partners here are if anything too low, and those without a partner "
            "too high.",
        ),
        (
            phase_facts(high=1, unlocated=1),
            (),
            "The one high-performing primary school has no coordinates, so it cannot be counted as anyone’s partner: "
            "the numbers of partners here are if anything too low, and those without a partner too high, most of all "
            "in the South East (106 of 392).",
        ),
    ],
)
def test_high_performing_schools_without_coordinates_are_nobodys_partner(facts, incomplete, text):
    rows = regions(
        high_performing=[100] * 5 + [392] + [100, 0, 100],
        high_performing_without_coordinates=[20] * 5 + [106] + [20, 0, 20],
    )
    assert say.without_coordinates("primary", facts, rows, incomplete) == text
    tied = regions(high_performing=[100] * 9, high_performing_without_coordinates=[20] * 9)
    assert "most of all" not in say.without_coordinates("primary", facts, tied, incomplete)


def test_the_headline_mentions_missing_coordinates_only_where_they_are_many():
    few, many = phase_facts(high=1000, unlocated=49), phase_facts(high=1000, unlocated=50)
    assert say.unlocated({"primary": few, "secondary": few}) == ""
    assert say.unlocated({"primary": phase_facts(high=0)}) == ""
    assert say.unlocated({"primary": many, "secondary": few}) == (
        "Of those counted as high-performing, 50 of the 1,000 primary schools (5%) have no coordinates, so they cannot "
        "be counted as anyone’s partner: the numbers of partners are if anything too low."
    )


def test_what_could_not_be_assessed_is_said_once_where_both_phases_lack_the_same():
    criteria = {"outstanding": ASSESSED, "designated": UNASSESSED, "coasting": UNASSESSED}
    phases = {phase: phase_facts(100, unplaced=75, criteria=criteria) for phase in ("primary", "secondary")}
    lacks = {
        ("primary", "designated"): ["designations", "judgements of leadership and management"],
        ("primary", "coasting"): ["results of earlier years"],
        ("secondary", "coasting"): ["results of earlier years"],
    }
    assert say.not_assessed(phases, LABELS, lacks) == [
        "These files cannot reproduce the study. They lack designations, judgements of leadership and management, and "
        "results of earlier years, so two of the three criteria could not be assessed. The figures below count only "
        "schools known from the other one; three in four primary schools (75%) and three in four secondary schools "
        "(75%) could not be placed in a group.",
        "They count in the total, but not as high-performing or in need. Not assessed: “Designated” and “Coasting”.",
    ]
    assert say.shortfall(phases) == (
        "These files cannot reproduce the study: two of the three criteria could not be assessed."
    )


def test_what_could_not_be_assessed_is_said_by_phase_where_they_differ():
    lacking, whole = {"outstanding": ASSESSED, "coasting": UNASSESSED}, {"outstanding": ASSESSED}
    phases = {"primary": phase_facts(criteria=lacking, unplaced=1), "secondary": phase_facts(criteria=whole)}
    assert say.not_assessed(phases, LABELS) == [
        "These files cannot reproduce the study. One of the two criteria could not be assessed for primary schools. "
        "The figures below count only schools known from the other one; 1 of 100 primary schools (1%) could not be "
        "placed in a group.",
        "They count in the total, but not as high-performing or in need. Not assessed: “Coasting”.",
    ]
    phases["secondary"] = phase_facts(criteria={"coasting": UNASSESSED})
    assert say.shortfall(phases) == (
        "These files cannot reproduce the study: one of the two criteria could not be assessed for primary schools and "
        "the one criterion could not be assessed for secondary schools."
    )


def test_where_no_criterion_could_be_assessed_no_other_is_left():
    nothing = {"designated": UNASSESSED, "coasting": UNASSESSED}
    assert say.not_assessed({"primary": phase_facts(criteria=nothing, unplaced=100)}, LABELS) == [
        "These files cannot reproduce the study. None of the two criteria could be assessed.",
        "Not assessed: “Designated” and “Coasting”.",
    ]


def test_where_all_could_be_assessed_that_is_said():
    assert say.shortfall({"primary": phase_facts(unplaced=3)}) == "" == say.shortfall({})
    assert say.not_assessed({"primary": phase_facts()}, LABELS) == ["Every school could be placed in a group."]
    assert say.not_assessed({}, LABELS) == [] and say.not_assessed({"primary": phase_facts(0, 0, 0)}, LABELS) == []
    (sentence,) = say.not_assessed({"primary": phase_facts(unplaced=3)}, LABELS)
    assert sentence == (
        "3 of 100 primary schools (3%) could not be placed in a group, because their results or inspection are missing "
        "in part. They count in the total, but not as high-performing or in need."
    )


@pytest.mark.parametrize(
    ("without", "shares", "text"),
    [
        (
            ["Progress 8, limit"],
            {},
            "These files lack “Progress 8, limit”: “Floor” is tested without, so more schools may meet it than should.",
        ),
        (
            ["a", "b", "c", "d"],
            {"primary": (0.106, 0.082), "secondary": (0.192, 0.172)},
            "These files lack “a” and three more: “Floor” is tested without, so more schools may meet it than "
            "should. Without this criterion, 8.2% of primary schools, not 10.6%, and 17.2% of secondary schools, not "
            "19.2%, would be in need.",
        ),
    ],
)
def test_a_criterion_tested_without_a_condition_is_told_with_what_it_weighs(without, shares, text):
    assert say.loosened("Floor", without, "in need", shares) == text


def test_groups_that_lack_unequal_parts_of_their_criteria_are_not_to_be_compared():
    group_of = {"outstanding": "high_performing", "designated": "high_performing", "coasting": "in_need"}
    whole = phase_facts(criteria=dict.fromkeys(group_of, ASSESSED))
    lacking = phase_facts(criteria=dict.fromkeys(group_of, ASSESSED) | {"designated": UNASSESSED})
    blind = phase_facts(criteria=dict.fromkeys(group_of, UNASSESSED))
    assert say.lopsided({"primary": whole, "secondary": blind}, group_of) == ""
    assert say.lopsided({"primary": lacking, "secondary": lacking}, group_of) == (
        "Comparing the two groups is lopsided: one of the two criteria of high performance could not be assessed, but "
        "all of need could."
    )
    of_need = phase_facts(criteria=dict.fromkeys(group_of, ASSESSED) | {"coasting": UNASSESSED})
    assert say.lopsided({"primary": lacking, "secondary": of_need}, group_of) == (
        "Comparing the two groups is lopsided: for primary schools one of the two criteria of high performance could "
        "not be assessed, but all of need could; for secondary schools the one criterion of need could not be "
        "assessed."
    )
    three = dict.fromkeys(("a", "b", "c"), "high_performing") | dict.fromkeys(("d", "e", "f"), "in_need")
    some = phase_facts(criteria=dict.fromkeys(three, ASSESSED) | dict.fromkeys(("a", "b", "f"), UNASSESSED))
    assert "two of the three criteria of high performance could not be assessed, but one of the three of need." in (
        say.lopsided({"primary": some}, three)
    )


def test_the_groups_are_defined_by_the_labels_of_their_criteria():
    criteria = {"high_performing": ["Outstanding", "Designated"], "in_need": ["Coasting"]}
    assert say.definition(criteria, {"primary": 20, "secondary": 0}) == (
        "A school is high-performing if it meets any of the criteria “Outstanding” or “Designated”. It is in need of "
        "support if it meets the criterion “Coasting”. A school that is both counts as in need (20 primary schools)."
    )
    assert say.definition(criteria, {}).endswith("A school that is both counts as in need.")


def test_what_a_figure_rests_on():
    assert say.rests_on({"outstanding": ASSESSED}, LABELS) == ""
    some = {"outstanding": ASSESSED, "designated": UNASSESSED}
    assert say.rests_on(some, LABELS) == "Based on one of two criteria: “Outstanding”."
    assert say.rests_on(some, LABELS, named=False) == "Based on one of two criteria."
    assert say.rests_on({"designated": UNASSESSED, "coasting": UNASSESSED}, LABELS) == (
        "None of its two criteria could be assessed."
    )


def published(kind="share", value="27", reproduced="27.4", difference=0.4, agrees=True, evidence="full"):
    return {
        "kind": kind,
        "published": value,
        "reproduced": reproduced,
        "difference": difference,
        "agrees": agrees,
        "evidence": evidence,
    }


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (None, ("No published figure", "", "open")),
        (published(), ("Published: 27%", "agrees", "agrees")),
        (published(reproduced="14.711", agrees=False), ("Published: 27%", "12 points lower here", "differs")),
        (published(reproduced="28.4", agrees=False), ("Published: 27%", "1 point higher here", "differs")),
        (
            published(reproduced="14.711", agrees=False, evidence="partial"),
            ("Published: 27%", "12 points lower here, but not like for like", "open"),
        ),
        (published(evidence="partial"), ("Published: 27%", "agrees, but not like for like", "open")),
        (published("median", "9", "8.5", -0.5, False), ("Published: 9", "0.5 lower here", "differs")),
        (published("count", "5677", "2941", -2736.0, False), ("Published: 5,677", "2,736 lower here", "differs")),
        (published("claim", "true", "false", None, False), ("Published: holds", "differs", "differs")),
        (
            published(reproduced=None, difference=math.nan, agrees=pd.NA),
            ("Published: 27%", "cannot be compared", "open"),
        ),
    ],
)
def test_comparison_with_a_published_figure(row, told):
    assert say.compared(row) == told


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (published(evidence="none"), "same figure; no evidence"),
        (published(reproduced="14.711", agrees=False, evidence="none"), "12 points lower here; no evidence"),
    ],
)
def test_without_evidence_nothing_agrees_or_differs(row, verdict):
    assert say.compared(row) == ("Published: 27%", verdict, "open")


@pytest.mark.parametrize(
    ("missing", "loosened", "verdict"),
    [
        (1, False, "2 points higher here, although a criterion is missing"),
        (2, False, "2 points higher here, although criteria are missing"),
        (1, True, "2 points higher here, although a criterion is missing; another is tested without a condition"),
        (0, True, "2 points higher here; a criterion is tested without a condition"),
    ],
)
def test_a_figure_higher_though_criteria_are_missing_is_told_so(missing, loosened, verdict):
    row = published(value="17", reproduced="19.2", agrees=False, evidence="partial")
    assert say.compared(row, missing, loosened) == ("Published: 17%", verdict, "open")
    lower = published(value="27", reproduced="19.2", agrees=False, evidence="partial")
    assert say.compared(lower, missing, loosened)[1] == "8 points lower here, but not like for like"


@pytest.mark.parametrize(
    ("evidence", "synthetic", "text"),
    [
        ([], False, "No published figure is available to compare with."),
        (["none"] * 3, True, "The data are synthetic: neither agreement nor difference says anything about schools."),
        (["full"], False, "The one comparison sets like beside like."),
        (["none", "none"], False, "Both comparisons are no evidence."),
        (
            ["full", "partial", "partial"],
            False,
            "Of three comparisons, one sets like beside like and two lack a criterion or a condition that could not be "
            "tested here.",
        ),
    ],
)
def test_worth_of_the_comparisons(evidence, synthetic, text):
    assert say.worth(evidence, synthetic) == text


# Regions and partners


@pytest.mark.parametrize(
    ("high", "need", "text"),
    [
        ([5] * 9, [1] * 9, "High-performing primary schools outnumber those in need in all nine regions."),
        (
            [1] * 9,
            [5] * 9,
            "High-performing primary schools outnumber those in need in no region; there are fewer of them in "
            "all nine regions.",
        ),
        (
            [5, 5, 9, 5, 5, 5, 5, 5, 5],
            [6, 6, 1, 6, 6, 6, 6, 6, 6],
            "High-performing primary schools outnumber those in need in 1 of 9 regions (London); there are "
            "fewer of them in the other eight.",
        ),
        (
            [5, 5, 9, 5, 5, 5, 5, 5, 5],
            [4, 4, 1, 5, 4, 4, 6, 4, 4],
            "High-performing primary schools outnumber those in need in 7 of 9 regions; there are fewer of them "
            "in the South West; there are as many of one as of the other in the North East.",
        ),
        (
            [2] * 9,
            [2] * 9,
            "High-performing primary schools outnumber those in need in no region; there are as many of one as "
            "of the other in all nine regions.",
        ),
        ([0] * 9, [0] * 9, ""),
    ],
)
def test_supply_by_region(high, need, text):
    assert say.supply("primary", regions(high_performing=high, in_need=need)) == text


def test_where_a_criterion_is_missing_regions_are_compared_by_what_is_known():
    both = ("high_performing", "in_need")
    assert say.supply("primary", regions(high_performing=[5] * 9, in_need=[1] * 9), both) == (
        "Primary schools known to be high-performing outnumber those known to be in need in all nine regions."
    )
    assert say.spread("primary", 2, 13, 5, both) == (
        "The middle half of primary schools known to be in need have between 2 and 13 known partners within 5 miles."
    )
    assert say.region_partners("primary", regions(median_partners=[3] * 8 + [0]), ("in_need",)) == (
        "The median primary school known to be in need has 3 possible partners in eight regions, but none in Yorkshire "
        "and the Humber."
    )
    rows = regions(in_need_without_partner=[0, 0, 0, 4, 4, 4, 4, 4, 5], in_need_with_coordinates=[9] * 9)
    assert say.without_partner_by_region("primary", rows, both) == (
        "Of the 25 primary schools known to be in need without a known partner, the largest number is in Yorkshire and "
        "the Humber (5); in the East Midlands, the East of England and London every one has a known partner."
    )


@pytest.mark.parametrize(
    ("high", "need", "words"),
    [
        (8, 7, "outnumber those in need (8 to 7)"),
        (7, 8, "are outnumbered by those in need (7 to 8)"),
        (7, 7, "are as many as those in need (7 to 7)"),
    ],
)
def test_supply_in_one_region_only(high, need, words):
    rows = [{"area": "North East", "high_performing": high, "in_need": need}]
    assert say.supply("secondary", rows) == f"In the North East, high-performing secondary schools {words}."


def test_region_shares_name_the_first_and_the_last():
    rows = regions(share=[0.12, 0.1, 0.06, 0.09, 0.1, 0.11, 0.1, 0.11, 0.14])
    assert say.region_shares("primary", rows, "share", "in need") == (
        "The share of primary schools that are in need is highest in Yorkshire and the Humber (14.0%) and "
        "lowest in London "
        "(6.0%)."
    )


def test_region_shares_name_ties_together_by_what_is_printed():
    rows = regions(share=[0.14, 0.1, 0.1001, 0.12, 0.1004, 0.13, 0.10049, 0.1, 0.14])
    assert say.region_shares("primary", rows, "share", "in need") == (
        "The share of primary schools that are in need is highest in the East Midlands and Yorkshire and the "
        "Humber (14.0% "
        "each) and lowest in five regions (10.0% each)."
    )


def test_region_shares_without_a_first_and_a_last():
    same = say.region_shares("primary", regions(share=[0.1] * 9), "share", "in need")
    assert same == "The share of primary schools that are in need is 10.0% in all nine regions."
    for rows in ([], regions(share=[0.1] * 9)[:1], regions(share=[None] * 9), regions(share=[0.0] * 9)):
        assert say.region_shares("primary", rows, "share", "in need") == ""


@pytest.mark.parametrize(
    ("medians", "text"),
    [
        (
            [3, 3, 67, 8, 14, 3, 1, 6, 4],
            "The median primary school in need has 67 possible partners in London, but 1 in the South West.",
        ),
        (
            [1, 0, 10, 1, 1, 1, 0, 1, 1],
            "The median primary school in need has 10 possible partners in London, but none in the "
            "East of England and the South West.",
        ),
        (
            [1, 0, 1, 0, 0, 0, 0, 0, 0],
            "The median primary school in need has 1 possible partner in the East Midlands and "
            "London, but none in seven regions.",
        ),
        ([2.5] * 9, "The median primary school in need has between 2 and 3 possible partners in all nine regions."),
        ([0] * 9, "The median primary school in need has no possible partner in any region."),
        (
            [0.5] * 8 + [4],
            "The median primary school in need has 4 possible partners in Yorkshire and the Humber, but fewer than one "
            "in eight regions.",
        ),
        (
            [None, 4, 9, 4, 4, 4, 4, 4, 5],
            "The median primary school in need has 9 possible partners in London, but 4 in six "
            "regions. In the East Midlands there is no primary school in need to match.",
        ),
        ([None] * 8 + [3], ""),
        ([None] * 9, ""),
    ],
)
def test_region_partners(medians, text):
    assert say.region_partners("primary", regions(median_partners=medians)) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (
            2.0,
            13.0,
            "The middle half of primary schools in need have between 2 and 13 possible partners within 5 miles.",
        ),
        (
            0.25,
            13.3,
            "The middle half of primary schools in need have between 0 and 13 possible partners within 5 miles.",
        ),
        (1.0, 1.0, "The middle half of primary schools in need all have 1 possible partner within 5 miles."),
        (0.0, 0.0, "The middle half of primary schools in need all have no possible partner within 5 miles."),
        (None, None, ""),
    ],
)
def test_spread(low, high, text):
    assert say.spread("primary", low, high, 5) == text


@pytest.mark.parametrize(
    ("without", "placed", "text"),
    [
        (
            [34, 39, 0, 7, 6, 44, 40, 13, 20],
            [99] * 9,
            "Of the 203 primary schools in need without a partner, the largest "
            "number is in the South East (44); in London every one has a partner.",
        ),
        (
            [2, 2, 1, 1, 1, 1, 1, 1, 1],
            [9] * 9,
            "Of the 11 primary schools in need without a partner, the largest numbers are "
            "in the East Midlands and the East of England (2 each).",
        ),
        (
            [0, 0, 0, 0, 0, 0, 1, 0, 0],
            [9] * 9,
            "The one primary school in need without a partner is in the South West.",
        ),
        (
            [0, 0, 0, 0, 0, 0, 5, 0, 0],
            [9] * 9,
            "All 5 primary schools in need without a partner are in the South West.",
        ),
        ([0] * 9, [9] * 9, "In every region where a primary school is in need, each has a partner."),
        ([0] * 9, [0] * 9, ""),
    ],
)
def test_without_partner_by_region(without, placed, text):
    rows = regions(in_need_without_partner=without, in_need_with_coordinates=placed)
    assert say.without_partner_by_region("primary", rows) == text


# How sure we are


@pytest.mark.parametrize(
    ("published_median", "ending"),
    [
        (6, " The published median, 6, comes out at 6 miles."),
        (5, " The published median, 5, comes out at 4 and 5 miles."),
        (7, " The published median, 7, comes out at no radius that was tried: from 7 miles on the median is higher."),
        (99, " The published median, 99, is not reached within 8 miles."),
        (None, ""),
    ],
)
def test_radius(published_median, ending):
    curve = [(1, 0), (2, 1), (3, 3), (4, 5), (5, 5), (6, 6), (7, 8), (8, 10)]
    assert say.radius("primary", curve, 5, 5.0, published_median) == (
        "For primary schools the median at 5 miles, the radius of this run, is 5; at 4 miles it is 5 and at 6 "
        "miles it is 6." + ending
    )


def test_radius_without_a_median_says_nothing():
    assert say.radius("primary", [(1, None), (2, math.nan)], 5, None, 9) == ""


def alternatives(*shares, met=10, not_assessable=0):
    return [
        {"used": i == 1, "criterion_met": met, "criterion_not_assessable": not_assessable, "share": share}
        for i, share in enumerate(shares)
    ]


UNMET = {"met": 0, "not_assessable": 90}


@pytest.mark.parametrize(
    ("phases", "told"),
    [
        (
            {"primary": alternatives(0.31, 0.28, 0.25)},
            (
                ["Depending on the choice, between 25.0% and 31.0% of primary schools are in need; in this run 28.0%."],
                True,
            ),
        ),
        (
            {"primary": alternatives(0.31, 0.28), "secondary": alternatives(0.2, 0.2)},
            (
                [
                    "Depending on the choice, between 28.0% and 31.0% of primary schools are in need; in this run "
                    "28.0%.",
                    "Whichever is chosen, 20.0% of secondary schools are in need.",
                ],
                True,
            ),
        ),
        (
            {"primary": alternatives(0.28, 0.28), "secondary": alternatives(0.2, 0.2)},
            (["Whichever is chosen, 28.0% of primary schools and 20.0% of secondary schools are in need."], False),
        ),
        (
            {"primary": alternatives(0.1, 0.1, **UNMET), "secondary": alternatives(0.1, 0.1, **UNMET)},
            (["Changes nothing here: whichever is chosen, no school is known to meet the criterion."], False),
        ),
        ({"primary": alternatives(None, None)}, ([], False)),
        ({"primary": []}, ([], False)),
    ],
)
def test_sensitivity(phases, told):
    assert say.sensitivity(phases, "share", "in need") == told


def counted(met, not_met=100):
    return {"met": met, "not_met": not_met, "not_assessable": 3}


@pytest.mark.parametrize(
    ("rows", "official", "text"),
    [
        (
            {"all_rows": counted(706), "in_population": counted(550), "not_in_register": counted(1)},
            665,
            "706 primary schools of the results file meet “Below floor”; the official count is 665 (6% more "
            "here). Of these, 550 "
            "belong to a school counted here, and 1 is not in the register.",
        ),
        (
            {"all_rows": counted(1)},
            2,
            "1 primary school of the results file meets “Below floor”; the official count is 2 (50% fewer here).",
        ),
        ({"all_rows": counted(0)}, None, "No primary school of the results file meets “Below floor”."),
        (
            {"all_rows": counted(5)},
            5,
            "5 primary schools of the results file meet “Below floor”; the official count is 5, the same.",
        ),
        (
            {"all_rows": counted(0, 0)},
            477,
            "“Below floor” could not be assessed for any primary school of the results file. "
            "The official count is 477.",
        ),
        ({}, 477, ""),
    ],
)
def test_official_counts(rows, official, text):
    assert say.official_count("Below floor", "primary", rows, official) == text


def test_quantiles():
    words = {0.5: "the median", 0.4: "the 40th percentile", 0.01: "the 1st percentile", 0.11: "the 11th percentile",
             0.22: "the 22nd percentile", 0.93: "the 93rd percentile"}  # fmt: skip
    assert {share: say.quantile(share) for share in words} == words


def test_conditions():
    assert say.condition("Reading progress", "<", "−5 points") == "Reading progress: under −5 points"
    assert say.condition("Overall effectiveness", "==", "grade 1") == "Overall effectiveness: grade 1"
    assert say.condition("Type", "not in", "a or b") == "Type: not a or b"


def test_sources_and_rows():
    assert say.absent([]) == "Every source of the release was available."
    assert say.absent(["a"]) == "One optional source was not available."
    assert say.absent(["a"] * 5) == "Five optional sources were not available."
    row = {"rows_in": 1500, "rows_out": 1499, "rows_left_out": 1}
    assert say.ledger([row]) == ("1,500 rows of one file came in; 1,499 went on and 1 was left out, with a reason.")
    assert (
        say.ledger([row | {"rows_in": 1499, "rows_left_out": 0}] * 2)
        == "2,998 rows of two files came in; 2,998 went on."
    )
    assert say.ledger([]) == ""


def test_a_register_of_another_date_is_told():
    assert say.register("31 March 2017", 0, {"primary": (0, 100)}) == ""
    assert say.register("31 March 2017", 1889, {"primary": (1492, 15511), "secondary": (382, 3398)}) == (
        "The register is an extract later than 31 March 2017: 1,889 of its schools opened after that date. 1,492 of "
        "15,511 primary and 382 of 3,398 secondary schools of the results files are not in the register."
    )
    assert say.register("31 March 2017", 1, {"primary": (1, 9), "secondary": (0, 9)}) == (
        "The register is an extract later than 31 March 2017: 1 of its schools opened after that date. 1 of 9 primary "
        "schools of the results files is not in the register."
    )


def test_no_sentence_prints_what_is_not_there():
    """Whatever is missing, no sentence shows the machine's word for it."""
    nothing = {"area": "London", "median_partners": math.nan, "share": pd.NA, "in_need_without_partner": 0,
               "in_need_with_coordinates": 0, "high_performing": 0, "in_need": 0,
               "high_performing_without_coordinates": 0}  # fmt: skip
    empty = phase_facts(5, 0, 0, without=0, median=None)
    told = [
        say.groups("secondary", empty),
        say.partners("secondary", empty, 4),
        say.supply("secondary", [nothing, nothing]),
        say.region_shares("secondary", [nothing, nothing], "share", "in need"),
        say.region_partners("secondary", [nothing, nothing]),
        say.without_partner_by_region("secondary", [nothing, nothing]),
        say.spread("secondary", pd.NA, math.nan, 4),
        say.without_coordinates("secondary", empty, [nothing, nothing]),
        say.metres_in_miles(math.nan),
        *say.compared(published(reproduced=pd.NA, agrees=pd.NA, difference=math.nan)),
    ]
    assert not re.search(r"nan|None|<NA>|null", " ".join(told))
