"""Cleaning inspections and designations: what stood on the reference date."""

import csv

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import clean_inspections
from lib import schemas, tables
from lib.releases import partial_aspects
from recount_inspections import File, recount_inspections
from small_files import assert_conserved, of_layout, reasons, refusal, source_of, text_of, write_source

DAY = "2017-03-31"
NOW = "2026-08-31"
LATEST = {"as_at": "2026-08-31"}
# A row of the file of 2026 with nothing in it.
NOTHING = {"inspection_date": "NULL", "overall_effectiveness": "NULL"}
CARD = {"report_card_date": "06/01/2026", "card_achievement": "Strong standard", "card_leadership": "Needs attention"}


def inspections(folder, *rows, **options):
    source = source_of("inspections")
    path = write_source(folder, source, rows, **options)
    out, rejected = clean_inspections.clean_inspections(path, source, "inspections")
    assert_conserved(path, source, out["row"], rejected)
    return out, rejected


def assembled(folder, day, *files):
    """Return (what stood on `day` by URN, {(source, row): why it is not used}) of files (layout, stated, rows).

    Every row of every file is used or left out, once, and the plain recount comes to the same.
    """
    read, sources, left_out, recounted = [], {}, [], []
    for number, (layout, stated, rows) in enumerate(files):
        name = f"file{number}"
        source = sources[name] = of_layout(layout, **stated)
        path = folder / f"{name}.csv"
        path.write_text(text_of(source, rows), encoding="utf-8", newline="")
        out, rejected = clean_inspections.clean_inspections(path, source, name)
        assert_conserved(path, source, out["row"], rejected)
        read.append((out, source))
        left_out.append(rejected)
        with path.open(encoding="utf-8", newline="") as file:
            recounted.append(
                File(name, [(row, line) for line, row in enumerate(csv.DictReader(file), start=2)], stated)
            )
    out, rejected = clean_inspections.assemble(read, day, partial_aspects(sources, day))
    left_out = pd.concat([*left_out, rejected])
    out = tables.conform(out, schemas.INSPECTIONS).set_index("urn")
    used = {(s, r) for of in out if of.endswith("source") for s, r in zip(out[of], out[of[:-6] + "row"], strict=True)}
    used = {pair for pair in used if pd.notna(pair[0])}
    not_used = dict(zip(zip(left_out["source"], left_out["row"], strict=True), left_out["reason"], strict=True))
    every = {
        (source, row)
        for rows, source in ((out, out["source"]) for out, _ in read)
        for source, row in zip(source, rows["row"], strict=True)
    }
    assert used | not_used.keys() >= every and not used & not_used.keys() and left_out["reason"].notna().all()
    plain = recount_inspections(recounted, day)
    assert {str(urn) for urn in out.index} == plain.keys()
    for urn, row in plain.items():
        found = {name: None if pd.isna(value) else value for name, value in out.loc[int(urn)].items()}
        assert found == row
    return out, not_used


def test_inspections_without_an_overall_grade_are_left_out_with_the_reason(tmp_path):
    out, rejected = inspections(
        tmp_path,
        {"urn": 100000, "overall_effectiveness": "1", "leadership": "NULL"},
        {"urn": 100001, "overall_effectiveness": "9"},
        {"urn": 100002, "overall_effectiveness": "NULL"},
        {"urn": 100003, "overall_effectiveness": "Not judged"},
        {"urn": 100004, "inspection_date": ""},
    )
    assert out["urn"].tolist() == [100000] and out["leadership_status"].tolist() == ["missing"]
    why = reasons(rejected)
    assert "not_applicable" in why[3] and "missing" in why[4] and "not_judged" in why[5] and "date" in why[6]


@pytest.mark.parametrize("grade", ["5", "0", "2.5"])
def test_grade_that_there_is_not(tmp_path, grade):
    message = refusal(inspections, tmp_path, {"urn": 100000, "overall_effectiveness": grade})
    assert "row 2, column Overall effectiveness" in message and f"'{grade}'" in message


def test_release_without_the_leadership_judgement(tmp_path):
    out, _ = clean_inspections.assemble([(inspections(tmp_path, {"urn": 100000}, without=["leadership"])[0], {})], DAY)
    assert out["leadership"].isna().all() and out["leadership_status"].tolist() == ["not_in_release"]
    tables.conform(out, schemas.INSPECTIONS)


def test_latest_inspection_on_or_before_the_reference_date_and_the_one_before_it(tmp_path):
    found, not_used = assembled(
        tmp_path,
        DAY,
        (
            "ofsted-mi",
            {},
            [
                {"urn": 100000, "inspection_date": "31/03/2017", "overall_effectiveness": "1"},
                {"urn": 100000, "inspection_date": "01/04/2017", "overall_effectiveness": "4"},
                {"urn": 100000, "inspection_date": "30/12/2016", "overall_effectiveness": "3", "leadership": "2"},
                {"urn": 100000, "inspection_date": "30/12/2010", "overall_effectiveness": "2"},
                {"urn": 100001, "inspection_date": "01/04/2017"},
                {"urn": 100002, "inspection_date": "01/02/2016"},
            ],
        ),
    )
    one = found.loc[100000]
    assert (one["overall_effectiveness"], one["inspection_date"], one["row"]) == (1, "2017-03-31", 2)
    assert (one["previous_overall_effectiveness"], one["previous_inspection_date"], one["previous_row"]) == (
        (3, "2016-12-30", 4)
    )
    assert one["previous_leadership"] == 2
    # The file may not reach back far enough, so that there may have been one.
    assert found.loc[100002, "previous_overall_effectiveness_status"] == "missing"
    assert not_used["file0", 3] == not_used["file0", 6] == "after the reference date"
    assert not_used["file0", 5] == "two graded inspections on or before the reference date are later"


@pytest.mark.parametrize(
    ("grades", "expected", "reason"),
    [
        (
            [("1", "1"), ("4", "1")],
            [None, "ambiguous", 1, "ok"],
            "another inspection of the same day has another grade",
        ),
        (
            [("2", "1"), ("2", "2")],
            [2, "ok", None, "ambiguous"],
            "another inspection of the same day has another grade",
        ),
        ([("2", "1"), ("2", "1")], [2, "ok", 1, "ok"], "another inspection of the same day has the same grades"),
        ([("2", "NULL"), ("2", "1")], [2, "ok", 1, "ok"], "another inspection of the same day has the same grades"),
    ],
)
def test_inspections_on_one_day_count_where_they_agree_in_any_order(tmp_path, grades, expected, reason):
    rows = [{"urn": 100000, "overall_effectiveness": overall, "leadership": led} for overall, led in grades]
    columns = ["overall_effectiveness", "overall_effectiveness_status", "leadership", "leadership_status"]
    for order in (rows, rows[::-1]):
        found, not_used = assembled(tmp_path, DAY, ("ofsted-mi", {}, order))
        assert [None if pd.isna(value) else value for value in found.loc[100000, columns]] == expected
        (said,) = not_used.values()
        assert said.startswith(reason)


def test_same_inspection_in_two_files_is_one_and_what_either_states_is_known(tmp_path):
    found, not_used = assembled(
        tmp_path,
        DAY,
        ("ofsted-mi", {}, [{"urn": 100000, "leadership": "NULL"}, {"urn": 100001, "quality_of_education": "3"}]),
        ("ofsted-mi", {}, [{"urn": 100000, "leadership": "1"}, {"urn": 100001, "leadership": "1"}]),
    )
    assert found["leadership"].tolist() == [1, 1] and found["quality_of_education"].tolist()[1] == 3
    assert found["source"].tolist() == ["file1", "file1"] and "previous_row" not in found
    assert not_used["file0", 2] == "another file has the same inspection"
    assert "what this one alone states is taken" in not_used["file0", 3]


inspection_rows = st.lists(
    st.tuples(
        st.sampled_from(["100000", "100001"]),
        st.sampled_from(["01/01/2015", "01/01/2016", "31/03/2017", "01/04/2017"]),
        st.sampled_from(["1", "2", "4", "NULL"]),
        st.sampled_from(["1", "3", "NULL"]),
        st.sampled_from(["", "SM"]),
    ),
    min_size=1,
    max_size=12,
)


@examples(max_examples=30)
@given(rows=inspection_rows, cut=st.integers(0, 12))
def test_several_files_equal_a_plain_search(tmp_path_factory, rows, cut):
    """`assembled` holds what comes out against the recount, and every row against what becomes of it."""
    names = ("urn", "inspection_date", "overall_effectiveness", "leadership", "category_of_concern")
    records = [dict(zip(names, row, strict=True)) for row in rows]
    files = [part for part in (records[:cut], records[cut:]) if part]
    files = [("ofsted-mi", {}, [*part, {"urn": "100009"}]) for part in files]
    found, _ = assembled(tmp_path_factory.mktemp("files"), DAY, *files)
    assert 100009 in found.index


# --- Files of one day -------------------------------------------------------------------------------------------------


def test_row_of_a_day_may_hold_a_grade_a_card_both_or_nothing(tmp_path):
    found, not_used = assembled(
        tmp_path,
        NOW,
        (
            "ofsted-latest-2026",
            LATEST,
            [
                NOTHING
                | {"urn": 100000, "inspection_date": "21/05/2024", "overall_effectiveness": "2", "leadership": "1"},
                NOTHING | CARD | {"urn": 100001, "card_safeguarding": "Not met", "category_of_concern": "RSI"},
                NOTHING | {"urn": 100002},
                NOTHING
                | {
                    "urn": 100003,
                    "inspection_date": "14/01/2025",
                    "overall_effectiveness": "Not judged",
                    "leadership": "3",
                },
                NOTHING | CARD | {"urn": 100004, "inspection_date": "21/05/2022", "overall_effectiveness": "3"},
            ],
        ),
    )
    assert not not_used
    assert found["overall_effectiveness_status"].tolist() == [
        "ok",
        *["missing"] * 2,  # the grades of before September 2019 are not in this file
        "not_judged",
        "ok",
    ]
    assert found["no_overall_grade"].tolist() == [False, pd.NA, pd.NA, True, False]
    assert found.loc[100003, "leadership"] == 3 and found.loc[100002, "leadership_status"] == "missing"
    assert found["has_report_card"].tolist() == [False, True, False, False, True]
    assert found["card_achievement_status"].tolist() == [*(["no_report_card", "ok"]), *["no_report_card"] * 2, "ok"]
    one = found.loc[100001]
    assert (one["card_achievement"], one["card_leadership"], one["card_safeguarding"]) == (
        ("strong_standard", "needs_attention", "not_met")
    )
    assert one["card_inclusion_status"] == "not_judged" and one["report_card_date"] == "2026-01-06"
    assert found["category_of_concern"].tolist() == ["none", "requires_significant_improvement", *["none"] * 3]
    # An old grade and a report card stay what they are.
    assert found.loc[100004, "overall_effectiveness"] == 3 and found.loc[100004, "inspection_date"] == "2022-05-21"


def test_an_ungraded_outcome_is_no_grade(tmp_path):
    """As in the official file: an ungraded inspection without a graded one beside it."""
    source = of_layout("ofsted-latest-2026", **LATEST)
    text = text_of(source, [NOTHING | {"urn": 100000}]).splitlines()
    path = tmp_path / "latest.csv"
    lines = [f"{text[0]},Ungraded inspection overall outcome", f"{text[1]},School remains Good"]
    path.write_text("\r\n".join(["Two lines", "above the header", *lines, ""]), encoding="utf-8", newline="")
    read = clean_inspections.clean_inspections(path, source, "latest")[0], source
    found, _ = clean_inspections.assemble([read], NOW)
    assert found["overall_effectiveness"].isna().all() and found["row"].tolist() == [4]
    assert found["overall_effectiveness_status"].tolist() == ["missing"]


def test_report_card_after_a_grade_and_a_later_card(tmp_path):
    cards = [
        CARD | {"urn": 100000, "report_card_date": "02/02/2026", "card_achievement": "Exceptional"},
        CARD | {"urn": 100000, "report_card_date": "02/12/2025"},
        {"urn": 100000, "report_card_date": "05/05/2026", "card_achievement": ""},
        CARD | {"urn": 100000, "report_card_date": "02/09/2026"},
    ]
    graded = {"urn": 100000, "inspection_date": "21/05/2024", "overall_effectiveness": "4", "category_of_concern": "SM"}
    found, not_used = assembled(
        tmp_path, NOW, ("ofsted-mi", {}, [graded, {"urn": 100001}]), ("ofsted-report-cards", {}, cards)
    )
    one = found.loc[100000]
    assert (one["card_achievement"], one["card_row"], one["report_card_date"]) == ("exceptional", 2, "2026-02-02")
    assert one["overall_effectiveness"] == 4
    assert one["category_of_concern"] == "none"  # by the report card, which is the later
    assert "report card on or before the reference date is later" in not_used["file1", 3]
    assert not_used["file1", 4] == "no report card" and not_used["file1", 5] == "after the reference date"
    assert found.loc[100001, ["has_report_card_status", "card_achievement_status"]].tolist() == ["no_inspection"] * 2


def test_inspection_without_a_date_was_there_on_the_day_of_the_file(tmp_path):
    undated = {"inspection_date": "", "overall_effectiveness": "3"}
    rows = [undated | {"urn": 100000}]
    found, not_used = assembled(tmp_path, NOW, ("ofsted-latest-2026", {"as_at": "2026-02-28"}, rows))
    assert found["overall_effectiveness"].tolist() == [3] and found["inspection_date"].isna().all() and not not_used
    later = ("ofsted-latest-2026", {"as_at": "2026-02-28"}, rows)
    known = ("ofsted-mi", {}, [{"urn": 100001}])
    found, not_used = assembled(tmp_path, "2025-12-31", later, known)
    # It says of no school how things stood two months before, but that there was no report card.
    assert found.loc[100000, "overall_effectiveness_status"] == "missing" and not not_used
    assert not found.loc[100000, "has_report_card"]


def test_undated_inspection_is_that_which_a_later_file_dates(tmp_path):
    february = ("ofsted-latest-2026", {"as_at": "2026-02-28"}, [
        {"urn": 100000, "inspection_date": "", "overall_effectiveness": "3"},
        {"urn": 100001, "inspection_date": "", "overall_effectiveness": "3"},
        {"urn": 100002, "inspection_date": "", "overall_effectiveness": "3"},
    ])  # fmt: skip
    august = ("ofsted-latest-2026", LATEST, [
        {"urn": 100000, "inspection_date": "21/05/2024", "overall_effectiveness": "3", "leadership": "2"},
        {"urn": 100001, "inspection_date": "21/05/2026", "overall_effectiveness": "2"},
    ])  # fmt: skip
    history = ("ofsted-mi", {}, [{"urn": 100002, "inspection_date": "01/02/2016", "overall_effectiveness": "3"}])
    found, not_used = assembled(tmp_path, NOW, february, august, history)
    one, two, three = (found.loc[urn] for urn in (100000, 100001, 100002))
    assert (one["overall_effectiveness"], one["leadership"], one["source"]) == (3, 2, "file1")
    # There may have been another between those of February and August, and that of February may be that of 2016.
    assert two["overall_effectiveness"] == 2 and three["overall_effectiveness"] == 3
    assert "previous_overall_effectiveness" not in found
    assert "another may lie between them, or they may be the same" in not_used["file0", 3] == not_used["file2", 2]


def test_the_inspection_before_by_the_columns_of_one_row(tmp_path):
    rows = [
        {"urn": 100000, "previous_inspection_date": "01/02/2012", "previous_overall_effectiveness": "3"},
        {"urn": 100001, "previous_inspection_date": "NULL", "previous_overall_effectiveness": "NULL"},
        # The latest is of after the reference date: then that before it was the latest.
        {"urn": 100002, "inspection_date": "01/06/2017", "previous_inspection_date": "01/02/2012"}
        | {"previous_overall_effectiveness": "4"},
    ]
    found, _ = assembled(tmp_path, DAY, ("ofsted-latest-2025", {"as_at": "2017-08-31"}, rows))
    assert found["overall_effectiveness"].tolist() == [2, 2, 4]
    assert found["previous_overall_effectiveness_status"].tolist() == ["ok", "no_inspection", "missing"]
    assert found.loc[100000, "previous_overall_effectiveness"] == 3 and found["previous_row"].tolist()[0] == 2


def test_judgement_made_under_another_urn(tmp_path):
    rows = [
        {"urn": 100000, "judged_urn": "100000"},
        {"urn": 100001, "judged_urn": "100009"},
        {"urn": 100002, "judged_urn": "100009", "judged_under": "No"},
        {"urn": 100003, "judged_urn": "100009", "judged_under": "Yes"},
        {"urn": 100004, "judged_urn": "NULL", "judged_under": "No"},
    ]
    found, _ = assembled(tmp_path, NOW, ("ofsted-latest-2026", LATEST, rows))
    assert found["judged_urn"].tolist() == [pd.NA, 100009, 100009, pd.NA, pd.NA]
    assert found["overall_effectiveness_status"].tolist() == ["ok"] * 4 + ["another_urn"]


def test_what_this_copy_leaves_blank_is_missing_and_not_none(tmp_path):
    stated = LATEST | {"not_filled": ["leadership", "category_of_concern", "card_achievement", "card_leadership"]}
    rows = [{"urn": 100000, "leadership": ""}, NOTHING | {"urn": 100001}]
    found, _ = assembled(tmp_path, NOW, ("ofsted-latest-2026", stated, rows))
    assert found["leadership_status"].tolist() == ["missing"] * 2
    assert found["has_report_card"].isna().all() and set(found["has_report_card_status"]) == {"missing"}
    assert set(found["card_achievement_status"]) == set(found["category_of_concern_status"]) == {"missing"}


INADEQUATE = NOTHING | {"inspection_date": "01/10/2024", "overall_effectiveness": "Not judged"}
URGENT = CARD | {"card_attendance": "Urgent improvement"}


def test_inadequate_school_without_a_category_is_a_gap_of_the_copy(tmp_path):
    rows = [
        {"urn": 100000, "overall_effectiveness": "4"},
        {"urn": 100001, "overall_effectiveness": "3", "leadership": "4"},
        INADEQUATE | {"urn": 100002, "quality_of_education": "4"},
        INADEQUATE | {"urn": 100003, "leadership": "4"},
        INADEQUATE | {"urn": 100004, "leadership": "4", "category_of_concern": "SM"},
        INADEQUATE | URGENT | {"urn": 100005},
        INADEQUATE | CARD | {"urn": 100006, "leadership": "4"},
    ]
    found, _ = assembled(tmp_path, NOW, ("ofsted-latest-2026", LATEST, rows))
    gap = [None, "none", None, None, "special_measures", None, "none"]
    assert [None if pd.isna(word) else word for word in found["category_of_concern"]] == gap
    assert found["category_of_concern_status"].tolist() == ["ok" if word else "missing" for word in gap]


# --- What no file says of the reference date --------------------------------------------------------------------------

GRADED = {"inspection_date": "21/05/2024", "overall_effectiveness": "3"}


def test_the_inspection_before_is_known_only_from_a_file_that_has_both(tmp_path):
    history = [
        {"urn": 100000, "inspection_date": "01/02/2016"},
        {"urn": 100001, "inspection_date": "01/02/2016", "overall_effectiveness": "4"},
        {"urn": 100001, "inspection_date": "01/02/2019"},
        {"urn": 100002, "inspection_date": "01/02/2018"},
        {"urn": 100002, "inspection_date": "01/02/2016", "overall_effectiveness": "4"},
    ]
    rows = [GRADED | {"urn": 100000}, GRADED | {"urn": 100001, "inspection_date": "01/02/2019"}]
    for partial in (False, True):
        files = ("ofsted-mi", {"partial": partial}, history), ("ofsted-latest-2026", LATEST, rows)
        found, not_used = assembled(tmp_path, NOW, *files)
        assert "another may lie between them" in not_used["file0", 2]
        if partial:
            assert "previous_overall_effectiveness" not in found
        else:
            assert found["previous_overall_effectiveness_status"].tolist() == ["missing", "ok", "ok"]
            assert found["previous_overall_effectiveness"].tolist()[1:] == [4, 4]


def test_no_inspection_before_is_not_known_where_another_file_has_one(tmp_path):
    none = {"previous_overall_effectiveness": "NULL", "previous_inspection_date": "NULL"}
    stated = {"previous_overall_effectiveness": "3", "previous_inspection_date": "01/02/2014"}
    rows = [none | {"urn": 100000}, none | {"urn": 100001}, stated | {"urn": 100002}]
    history = ("ofsted-mi", {}, [{"urn": 100000, "inspection_date": "01/02/2012"}])
    found, _ = assembled(tmp_path, DAY, ("ofsted-latest-2025", {"as_at": DAY}, rows), history)
    assert found["previous_overall_effectiveness_status"].tolist() == ["missing", "no_inspection", "ok"]


def test_a_file_of_before_the_reference_date_does_not_say_that_nothing_came_since(tmp_path):
    concern = {"category_of_concern": "SM"}
    rows = [GRADED | {"urn": 100000}, NOTHING | {"urn": 100001}, GRADED | CARD | concern | {"urn": 100002}]
    found, _ = assembled(tmp_path, NOW, ("ofsted-latest-2026", {"as_at": "2026-02-28"}, rows))
    assert found["overall_effectiveness_status"].tolist() == ["ok", "missing", "ok"]
    assert found["has_report_card_status"].tolist() == ["missing", "missing", "ok"]
    assert set(found["category_of_concern_status"]) == {"missing"}
    # On its own day it does; and before there were report cards, no school had one.
    found, _ = assembled(tmp_path, "2026-02-28", ("ofsted-latest-2026", {"as_at": "2026-02-28"}, rows))
    assert found["has_report_card"].tolist() == [False, False, True]
    assert found["category_of_concern"].tolist() == ["none", "none", "special_measures"]
    found, _ = assembled(tmp_path, "2025-11-09", ("ofsted-latest-2026", {"as_at": "2025-10-31"}, rows[:2]))
    assert found["has_report_card"].tolist() == [False, False]
    earlier = [{"urn": 100003, "overall_effectiveness": "NULL", "inspection_date": "NULL"}]
    found, _ = assembled(tmp_path, "2017-04-30", ("ofsted-latest-2025", {"as_at": DAY}, earlier))
    assert found["overall_effectiveness_status"].tolist() == ["missing"]


def test_a_school_in_no_row_of_files_of_before_the_reference_date_is_missing():
    sources = {"latest": of_layout("ofsted-latest-2026", as_at="2026-02-28")}
    assert partial_aspects(sources, NOW) == ["graded", "card"] and partial_aspects(sources, "2026-02-28") == []
    assert partial_aspects(sources | {"august": of_layout("ofsted-latest-2026", **LATEST)}, NOW) == []


def test_category_by_a_file_of_all_inspections_is_known_as_far_as_the_file_goes(tmp_path):
    rows = [{"urn": 100000, "category_of_concern": "SM"}, {"urn": 100001, "inspection_date": "01/03/2017"}]
    for day, status in (("2017-03-01", "ok"), ("2017-03-02", "missing")):
        found, _ = assembled(tmp_path, day, ("ofsted-mi", {}, rows))
        assert set(found["category_of_concern_status"]) == {status}


def test_what_is_of_after_the_reference_date_leaves_open_what_stood_before(tmp_path):
    rows = [
        GRADED | {"urn": 100000, "inspection_date": "01/03/2026"},
        GRADED | CARD | {"urn": 100001, "category_of_concern": "SM"},
        NOTHING | {"urn": 100002},
    ]
    found, not_used = assembled(tmp_path, "2025-12-31", ("ofsted-latest-2026", LATEST, rows))
    assert not not_used and found["overall_effectiveness_status"].tolist() == ["missing", "ok", "missing"]
    assert found["has_report_card_status"].tolist() == ["ok", "missing", "ok"]
    assert found["category_of_concern_status"].tolist() == ["missing"] * 3
    found, _ = assembled(tmp_path, "2025-10-31", ("ofsted-latest-2026", LATEST, rows))
    assert found["has_report_card"].tolist() == [False] * 3  # there were none yet
    none = {"previous_overall_effectiveness": "NULL", "previous_inspection_date": "NULL"}
    first = [none | {"urn": 100003, "inspection_date": "01/06/2017"}]
    found, _ = assembled(tmp_path, DAY, ("ofsted-latest-2025", {"as_at": "2017-08-31"}, first))
    assert found["overall_effectiveness_status"].tolist() == ["no_inspection"]  # the row says that there was none


def test_not_judged_in_one_file_and_a_grade_in_another_is_ambiguous(tmp_path):
    one = {"inspection_date": "01/10/2024", "leadership": "3"}
    mi = ("ofsted-mi", {}, [one | {"urn": 100000, "overall_effectiveness": "Not judged"}])
    latest = ("ofsted-latest-2026", LATEST, [one | {"urn": 100000, "overall_effectiveness": "2"}])
    for files in ((mi, latest), (latest, mi)):
        row = assembled(tmp_path, NOW, *files)[0].loc[100000]
        assert row["overall_effectiveness_status"] == row["no_overall_grade_status"] == "ambiguous"
        assert pd.isna(row["overall_effectiveness"]) and pd.isna(row["no_overall_grade"]) and row["leadership"] == 3


def test_whose_judgement_it_was_is_open_where_the_copy_does_not_say(tmp_path):
    stated = LATEST | {"not_filled": ["judged_under", "judged_urn"]}
    rows = [{"urn": 100000}, {"urn": 100001, "judged_under": "Yes"}, {"urn": 100002, "judged_urn": "100009"}]
    rows.append(NOTHING | {"urn": 100003})
    copy = ("ofsted-latest-2026", stated, rows)
    found, _ = assembled(tmp_path, NOW, copy)
    assert found["judged_urn_open"].tolist() == [True, False, False, False]
    assert found["category_judged_urn_open"].tolist() == [True, False, False, False]
    # Another file says it of the same inspection.
    found, _ = assembled(tmp_path, NOW, copy, ("ofsted-latest-2026", LATEST, [{"urn": 100000, "judged_under": "Yes"}]))
    assert not found["judged_urn_open"].any()


@pytest.mark.parametrize(("partial", "status"), [(True, "missing"), (False, "no_inspection")])
def test_school_in_no_row_of_a_partial_file_may_have_been_inspected(tmp_path, partial, status):
    graded = ("ofsted-latest-2026", LATEST | {"partial": partial}, [{"urn": 100000}])
    listed = ("ofsted-headline-grades", LATEST, [{"urn": 100001, "headline_grade": "2"}])
    found, _ = assembled(tmp_path, NOW, graded, listed)
    columns = ["overall_effectiveness_status", "has_report_card_status", "category_of_concern_status"]
    assert found.loc[100001, columns].tolist() == [status] * 3
    assert found["headline_grade"].tolist() == ["not_listed", "good"]


def test_words_of_school_information_are_headline_grades_and_no_overall_effectiveness(tmp_path):
    said = ["Outstanding", "Good", "Requires improvement", "Special Measures", "Serious Weaknesses", "Inadequate"]
    said += ["Insufficient evidence", ""]
    rows = [{"urn": 100000 + n, "headline_grade": word, "headline_date": "19-04-2013"} for n, word in enumerate(said)]
    rows.append({"urn": 100008, "headline_grade": "Good", "headline_date": "19-04-2023"})
    found, _ = assembled(tmp_path, "2022-09-01", ("school-information", {"as_at": "2022-09-01"}, rows))
    expected = ["outstanding", "good", "requires_improvement", *["inadequate"] * 3, *["not_listed"] * 2]
    assert found["headline_grade"].tolist()[:8] == expected
    assert found.loc[100008, "headline_grade_status"] == "missing"  # of a day after the reference date
    assert set(found["overall_effectiveness_status"]) == {"not_in_release"}


def test_columns_and_grades_of_2013(tmp_path):
    rows = [
        {"urn": 100000, "leadership": "9", "category_of_concern": "SM ", "previous_overall_effectiveness": "-"},
        {"urn": 100001, "leadership": "8", "category_of_concern": "NTI", "previous_overall_effectiveness": "3"},
        {"urn": 100002, "leadership": "3", "category_of_concern": "SWK", "previous_overall_effectiveness": "9"},
    ]
    dates = {"inspection_date": "20/03/2013", "previous_inspection_date": "-"}
    found, _ = assembled(
        tmp_path, "2013-04-30", ("ofsted-latest-2013", {"as_at": "2013-04-30"}, [row | dates for row in rows])
    )
    assert found["leadership_status"].tolist() == ["not_applicable", "not_applicable", "ok"]
    assert found["category_of_concern"].tolist() == ["special_measures", "notice_to_improve", "serious_weaknesses"]
    assert found["previous_overall_effectiveness_status"].tolist() == ["no_inspection", "ok", "no_inspection"]


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("card_achievement", "Strong", "is none of the listed words (Exceptional, Strong standard"),
        ("category_of_concern", "XX", "add it under values.category_of_concern in workflow/layouts/ofsted-words.yaml"),
        ("overall_effectiveness", "Good", "is neither a figure nor a known code"),
    ],
)
def test_word_that_the_layout_does_not_know(tmp_path, column, text, said):
    message = refusal(assembled, tmp_path, NOW, ("ofsted-latest-2026", LATEST, [{"urn": 100000, column: text}]))
    assert said in message and "file0.csv, row 2" in message and f"'{text}'" in message


def test_school_stands_once_in_a_file_of_one_day(tmp_path):
    message = refusal(assembled, tmp_path, NOW, ("ofsted-latest-2026", LATEST, [{"urn": 100000}, {"urn": 100000}]))
    assert "URN 100000 appears in rows 2 and 3" in message


# --- Designations -----------------------------------------------------------------------------------------------------


def test_designations_held_on_the_reference_date(tmp_path):
    source = source_of("designations")
    rows = [
        {"urn": 100000, "from": "2017-03-31", "to": ""},
        {"urn": 100001, "from": "2017-04-01", "to": ""},
        {"urn": 100002, "from": "2012-01-01", "to": "2017-03-30"},
        {"urn": 100003, "from": "", "to": "2017-03-31", "designation": "National Support School"},
    ]
    path = write_source(tmp_path, source, rows)
    out, rejected = clean_inspections.clean_designations(path, source, "designations", DAY)
    assert_conserved(path, source, out["row"], rejected)
    assert out["urn"].tolist() == [100000, 100003]
    assert out["designation"].tolist() == ["teaching_school", "national_support_school"]
    assert "begins after" in reasons(rejected)[3] and "ended before" in reasons(rejected)[4]
    tables.conform(out, schemas.DESIGNATIONS)
