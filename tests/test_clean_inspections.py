"""Cleaning inspections and designations: what stood on the reference date."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import clean_inspections
from lib import schemas, tables
from small_files import assert_conserved, reasons, refusal, source_of, write_source

DAY = "2017-03-31"


def inspections(folder, *rows, **options):
    source = source_of("inspections")
    path = write_source(folder, source, rows, **options)
    out, rejected = clean_inspections.clean_inspections(path, source, "inspections")
    assert_conserved(path, source, out["row"], rejected)
    return out, rejected


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
    out, _ = inspections(tmp_path, {"urn": 100000}, without=["leadership"])
    assert out["leadership"].isna().all() and out["leadership_status"].tolist() == ["not_in_release"]
    tables.conform(clean_inspections.latest(out, DAY)[0], schemas.INSPECTIONS)


def test_latest_inspection_on_or_before_the_reference_date(tmp_path):
    out, rejected = inspections(
        tmp_path,
        {"urn": 100000, "inspection_date": "31/03/2017", "overall_effectiveness": "1"},
        {"urn": 100000, "inspection_date": "01/04/2017", "overall_effectiveness": "4"},
        {"urn": 100000, "inspection_date": "30/12/2016", "overall_effectiveness": "3"},
        {"urn": 100001, "inspection_date": "01/04/2017"},
    )
    latest, others = clean_inspections.latest(out, DAY)
    assert latest[["urn", "row", "overall_effectiveness"]].to_numpy().tolist() == [[100000, 2, 1]]
    why = reasons(others)
    assert why[3] == why[5] == "after the reference date" and "later" in why[4]
    assert len(latest) + len(others) + len(rejected) == 4


@pytest.mark.parametrize(
    ("grades", "expected", "reason"),
    [
        ([("1", "1"), ("4", "1")], [None, "ambiguous", 1, "ok"], "another grade, so neither is taken"),
        ([("2", "1"), ("2", "2")], [2, "ok", None, "ambiguous"], "another grade, so neither is taken"),
        ([("2", "1"), ("2", "1")], [2, "ok", 1, "ok"], "the same grades"),
        ([("2", "NULL"), ("2", "1")], [2, "ok", 1, "ok"], "the same grades"),
        ([("2", "NULL"), ("2", "Not judged")], [2, "ok", None, "missing"], "the same grades"),
    ],
)
def test_inspections_on_one_day_count_where_they_agree_in_any_order(tmp_path, grades, expected, reason):
    rows = [{"urn": 100000, "overall_effectiveness": overall, "leadership": led} for overall, led in grades]
    earlier = {"urn": 100000, "inspection_date": "01/01/2015", "overall_effectiveness": "3"}
    columns = ["overall_effectiveness", "overall_effectiveness_status", "leadership", "leadership_status"]
    for order in (rows, rows[::-1]):
        out, _ = inspections(tmp_path, *order, earlier)
        latest, others = clean_inspections.latest(out, DAY)
        tables.conform(latest, schemas.INSPECTIONS)
        assert [None if pd.isna(value) else value for value in latest.loc[0, columns]] == expected
        said = others["reason"].tolist()
        assert "is later" in said[0] and said[1] == f"another inspection of the same day has {reason}"


inspection_rows = st.lists(
    st.tuples(
        st.integers(100000, 100002), st.sampled_from(["2016-01-01", DAY, "2017-04-01"]), st.sampled_from([1, 2, 4])
    ),
    max_size=15,
)


@examples(max_examples=25)
@given(rows=inspection_rows)
def test_latest_equals_a_plain_search(rows):
    frame = pd.DataFrame(rows, columns=["urn", "inspection_date", "overall_effectiveness"])
    frame = frame.assign(source="s", row=range(2, len(rows) + 2), overall_effectiveness_status="ok", leadership=np.nan)
    frame = frame.assign(leadership_status="missing").astype({"overall_effectiveness": "float64", "urn": "int64"})
    latest, others = clean_inspections.latest(frame, DAY)
    expected = {}
    for urn, date, grade in rows:
        if date <= DAY:
            last, grades = expected.get(urn, ("", set()))
            expected[urn] = max((last, grades), (date, set()), key=lambda one: one[0])
            if expected[urn][0] == date:
                expected[urn][1].add(grade)
    found = {row["urn"]: (row["inspection_date"], row["overall_effectiveness"]) for row in latest.to_dict("records")}
    assert found.keys() == expected.keys()
    for urn, (date, grades) in expected.items():
        assert found[urn][0] == date
        assert found[urn][1] == min(grades) if len(grades) == 1 else pd.isna(found[urn][1])
    assert sorted([*latest["row"], *others["row"]]) == list(range(2, len(rows) + 2))


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
