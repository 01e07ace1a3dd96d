"""Words: numbers, dates, places and lists as people read them."""

import math

import pandas as pd
import pytest

from lib import words as say
from small_run import REGIONS as NINE

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
    assert (say.reach(4.5), say.reach(1, 1), say.reach(4.5, 20)) == (
        "4.5 miles",
        "1 minute’s travel (1 mile where no time is given)",
        "20 minutes’ travel (4.5 miles where no time is given)",
    )
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


def test_how_many_of_how_many():
    assert say.out_of(0, 9, "regions") == "none of nine regions"
    assert say.out_of(2, 16, "criteria") == "two of 16 criteria"
    assert say.with_value(["London"], 4) == "London (4)" and say.with_value(NINE, "5") == "nine regions (5 each)"


def test_quantiles():
    words = {0.5: "the median", 0.4: "the 40th percentile", 0.01: "the 1st percentile", 0.11: "the 11th percentile",
             0.22: "the 22nd percentile", 0.93: "the 93rd percentile"}  # fmt: skip
    assert {share: say.quantile(share) for share in words} == words


def test_schools_are_only_counted_as_of_a_group_where_what_is_unknown_may_change_it():
    assert [say.high_performing_schools("primary", n) for n in (1, 2)] == [
        "high-performing primary school",
        "high-performing primary schools",
    ]
    assert say.counted_as("in_need", {"in_need"}) == "counted as " and say.counted_as("in_need", set()) == ""


def test_bounds_are_printed_where_they_differ_from_the_figure():
    assert say.bounds("27%", "21%", "47%") == "21–47%" and say.bounds("27%", "21%", "47%", " to ") == "21% to 47%"
    assert say.bounds("9", "2", say.NOTHING) == "2 or more" and say.bounds("9", "9", "9") == ""
    assert say.bounds(*3 * [say.NOTHING]) == "" and say.bounds("1", "1", "2") == "1–2"
