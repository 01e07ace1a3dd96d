"""Cleaning of travel times: what is left out, with its reason, and what stops the run."""

import pandas as pd
import pytest

import clean_travel
from lib import schemas, tables
from small_files import assert_conserved, of_layout, reasons, refusal, write_cells

REGISTER = pd.Series([100_000, 100_001, 100_002])
HEADER = ["urn", "partner_urn", "minutes"]


def cleaned(folder, *lines, name="travel"):
    source = of_layout("travel")
    path = write_cells(folder / source["file"], HEADER, *lines)
    travel, rejected = clean_travel.clean_travel(path, source, name, REGISTER)
    return path, source, travel, rejected


def test_pairs_go_on_in_their_direction_and_others_are_left_out_with_the_reason(tmp_path):
    path, source, travel, rejected = cleaned(
        tmp_path,
        [100_000, 100_001, 12.5],
        [100_001, 100_000, 0],
        [100_000, 100_002, ""],
        [100_000, "", 3],
        [100_000, 100_000, 0],
        [123_456, 100_000, 3],
        [100_000, 123_456, 3],
        ["x", 100_000, 3],
        [],
    )
    assert travel[HEADER].to_numpy().tolist() == [[100_000, 100_001, 12.5], [100_001, 100_000, 0]]
    assert reasons(rejected) == {
        4: "no minutes are given",
        5: "the other URN is blank",
        6: "a school and itself",
        7: "its URN is not in the register",
        8: "the other URN is not in the register",
        9: "the URN is not a whole number of 5 to 7 digits",
        10: "empty line",
    }
    assert_conserved(path, source, travel["row"], rejected)
    tables.conform(travel, schemas.TRAVEL)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([100_000, 100_001, "-3"], "row 2, column minutes: '-3' lies outside 0 to 1440"),
        ([100_000, 100_001, "1:20"], "row 2, column minutes: '1:20' is neither a figure nor a known code"),
        ([100_000, 123, 3], "row 2, column partner_urn: '123' is not a URN"),
        ([100_000, "A School", 3], "row 2, column partner_urn: 'A School' is not a whole number"),
    ],
)
def test_what_is_no_time_or_no_school_stops_the_run(tmp_path, cells, words):
    assert words in refusal(cleaned, tmp_path, cells)


def test_a_pair_that_is_there_again_is_left_out_where_it_says_the_same_also_in_another_file(tmp_path):
    files = [cleaned(tmp_path, [100_000, 100_001, 5], [100_000, 100_001, "5.0"], name="one")[2]]
    files.append(cleaned(tmp_path, [100_001, 100_000, 6], [100_000, 100_001, 5], name="two")[2])
    kept, rejected = clean_travel.without_repeats(pd.concat(files, ignore_index=True), {"one": "a.csv", "two": "b.csv"})
    assert kept[["source", *HEADER]].to_numpy().tolist() == [
        ["one", 100_000, 100_001, 5],
        ["two", 100_001, 100_000, 6],
    ]
    assert rejected[["source", "row"]].to_numpy().tolist() == [["one", 3], ["two", 3]]
    assert set(rejected["reason"]) == {"repeats an earlier row of the pair"}


def test_a_pair_with_two_travel_times_stops_the_run_and_names_both_rows(tmp_path):
    *_, travel, _ = cleaned(tmp_path, [100_002, 100_001, 5], [100_000, 100_001, 5], [100_000, 100_001, 7])
    message = refusal(clean_travel.without_repeats, travel, {"travel": "travel.csv"})
    assert "travel.csv, row 3 (5 minutes) and travel.csv, row 4 (7 minutes): the pair of 100000 and 100001" in message


def test_a_file_without_any_pair_that_can_be_used_is_read(tmp_path):
    *_, travel, rejected = cleaned(tmp_path, [123_456, 100_000, 3])
    kept, repeats = clean_travel.without_repeats(travel, {"travel": "travel.csv"})
    assert tables.conform(kept, schemas.TRAVEL).empty and repeats.empty and len(rejected) == 1
