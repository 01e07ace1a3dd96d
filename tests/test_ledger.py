"""The ledger: rows in = rows out + rows left out, or the run stops."""

import pandas as pd
import pytest

import ledger
from lib import schemas, tables
from lib.run_step import UserError

CLEANING = pd.DataFrame(
    [("clean", "register", None, 5, 3, 2, 1), ("clean", "register", "proposed to open", None, None, 2, None)],
    columns=list(schemas.LEDGER.columns),
)
UNUSED = pd.DataFrame(columns=["source", "row", "urn", "reason"])
# Three establishments; 11 is an all-through school and stands in both phases.
SCHOOLS = pd.DataFrame({"urn": [10, 11, 11, 12], "phase": ["primary", "primary", "secondary", "secondary"]})
SCHOOLS["phase_of_education"] = ["primary", "all_through", "all_through", "secondary"]
PHASES = {"primary": ["primary", "all_through"], "secondary": ["secondary", "all_through"]}
CLASSIFIED = SCHOOLS.assign(
    group=["in_need", "in_need", "neither", "high_performing"],
    high_performing=pd.array([True, False, False, True], "boolean"),
    in_need=pd.array([True, True, False, None], "boolean"),
    easting=[1, None, None, 4],
    northing=[1, None, None, 4],
)
REACH = pd.DataFrame({"urn": [10], "phase": ["primary"]})


def drawn_up(cleaning=CLEANING, used=None, unused=UNUSED, schools=SCHOOLS, classified=CLASSIFIED, reach=REACH):
    return ledger.ledger(cleaning, used or {}, unused, schools, classified, reach, PHASES)


def line(table, step, source):
    return table[(table["step"] == step) & (table["source"] == source) & table["reason"].isna()].iloc[0]


def test_every_step_adds_up_and_an_all_through_school_is_counted_in_both_phases():
    table = drawn_up()
    primary = line(table, "population", "primary")
    assert (primary["rows_in"], primary["rows_out"], primary["rows_left_out"]) == (3, 2, 1)
    assert line(table, "classify", "secondary")["rows_out"] == 2


def test_rows_that_no_school_uses_stand_with_their_reasons():
    ks2 = pd.DataFrame([("clean", "ks2", None, 9, 9, 0, 0)], columns=CLEANING.columns)
    reasons = ["its URN is not in the register"] * 2 + ["its establishment is no school of the population"]
    unused = pd.DataFrame({"source": "ks2", "row": [2, 3, 4], "urn": [20, 21, 22], "reason": reasons})
    table = drawn_up(pd.concat([CLEANING, ks2]), {"ks2": 6}, unused)
    used = line(table, "use", "ks2")
    assert (used["rows_in"], used["rows_out"], used["rows_left_out"]) == (9, 6, 3)
    of_reasons = table[(table["step"] == "use") & table["reason"].notna()].set_index("reason")["rows_left_out"]
    assert of_reasons.to_dict() == {reasons[0]: 2, reasons[2]: 1}


def test_a_row_neither_used_nor_listed_as_unused_stops_the_run():
    ks2 = pd.DataFrame([("clean", "ks2", None, 9, 9, 0, 0)], columns=CLEANING.columns)
    with pytest.raises(UserError, match="use, ks2: 9 rows came in, but 8 went on and 0 were left out"):
        drawn_up(pd.concat([CLEANING, ks2]), {"ks2": 8})


def test_used_rows_are_counted_once_for_each_file_and_year():
    schools = SCHOOLS.assign(
        results_urn=pd.array([10, 11, 11, 9], "Int64"),  # 12 has the data of its predecessor 9
        results_urn_1y_before=pd.array([10, None, None, None], "Int64"),
        inspection_urn=pd.array([10, 11, 11, None], "Int64"),
    )
    results = pd.DataFrame(
        [
            (10, "primary", "ks2", "ks2_2015"),
            (11, "primary", "ks2", "ks2_2015"),
            (11, "secondary", "ks4", None),
            (9, "secondary", "ks4", None),
            (8, "secondary", "ks4", None),
        ],
        columns=["urn", "phase", "source", "source_1y_before"],
    )
    inspections = pd.DataFrame({"urn": [10, 11, 12], "source": "inspections"})
    designations = pd.DataFrame({"urn": [12, 13], "source": "designations"})
    assert ledger.rows_used(schools, results, inspections, designations) == {
        "ks2": 2,
        "ks4": 2,
        "ks2_2015": 1,
        "inspections": 2,
        "designations": 1,
    }


def test_an_all_through_school_that_lost_a_phase_stops_the_run():
    with pytest.raises(UserError, match="population, secondary: 3 rows came in, but 1 went on and 1 were left out"):
        drawn_up(schools=SCHOOLS.drop(index=2), classified=CLASSIFIED.drop(index=2))


def test_schools_in_need_without_coordinates_are_left_out_of_matching_with_that_reason():
    table = drawn_up()
    primary = line(table, "match", "primary")
    assert (primary["rows_in"], primary["rows_out"], primary["rows_left_out"]) == (2, 1, 1)
    assert "in need, without coordinates" in set(table["reason"].dropna())


def test_a_school_lost_in_classification_stops_the_run_and_names_the_step():
    with pytest.raises(UserError, match="classify, secondary: 2 rows came in, but 1 went on"):
        drawn_up(classified=CLASSIFIED.drop(index=2))


def test_a_school_lost_in_matching_stops_the_run():
    with pytest.raises(UserError, match="match, primary"):
        drawn_up(reach=REACH.iloc[:0])


def test_an_establishment_lost_before_the_population_stops_the_run():
    fewer = SCHOOLS[SCHOOLS["urn"] != 12]
    with pytest.raises(UserError, match="3 establishments"):
        drawn_up(schools=fewer, classified=CLASSIFIED[CLASSIFIED["urn"] != 12])


def test_ledger_is_a_table_of_its_schema_and_carries_the_rows_that_end_early():
    table = tables.conform(drawn_up(), schemas.LEDGER)
    assert line(table, "clean", "register")["rows_ending_early"] == 1
    assert table.loc[table["step"] != "clean", "rows_ending_early"].isna().all()


@pytest.mark.parametrize(
    ("at", "group", "words"),
    [
        (0, "high_performing", "classify, primary: 1 of 2 schools are in the group in_need, but by their criteria"),
        (2, "not_assessable", "classify, secondary: 0 of 2 schools are in the group neither"),
        (3, "met", "classify, secondary: 0 of 2 schools are in the group high_performing"),
    ],
)
def test_groups_that_are_not_what_the_outcomes_make_them_stop_the_run(at, group, words):
    wrong = CLASSIFIED.copy()
    wrong.loc[at, "group"] = group
    with pytest.raises(UserError, match=words):
        ledger.check_groups(wrong)


def test_rows_left_out_without_a_reason_stop_the_run():
    with pytest.raises(UserError, match="clean, register: 5 rows came in, but 3 went on and 0 were left out"):
        ledger.check(CLEANING.iloc[:1])
