"""The ledger: rows in = rows out + rows left out, or the run stops; and every cleaned row that no school uses."""

import pandas as pd
import pytest

import ledger
from lib import schemas, tables
from small_files import refusal

# --- The cleaning, by source ----------------------------------------------------------------------------------


def rejected_rows(*sources):
    frame = pd.DataFrame(
        [(s, i, "", f"reason {i % 2}") for i, s in enumerate(sources)], columns=["source", "row", "urn", "reason"]
    )
    return frame.astype({"source": "str", "reason": "str"})


def test_rows_add_up_by_source_and_reason():
    table = ledger.ledger_of_cleaning(
        {"ks2": (5, 0), "ks4": (3, 1)}, rejected_rows("ks2", "ks2", "ks2"), {"ks2": 2, "ks4": 3}
    )
    tables.conform(table, schemas.LEDGER)
    totals = table[table["reason"].isna()].set_index("source")
    assert totals.loc["ks2", ["rows_in", "rows_out", "rows_left_out"]].tolist() == [5, 2, 3]
    assert totals.loc["ks4", ["rows_in", "rows_out", "rows_left_out"]].tolist() == [3, 3, 0]
    assert totals["rows_ending_early"].to_dict() == {"ks2": 0, "ks4": 1}
    by_reason = table[table["reason"].notna()]
    assert dict(zip(by_reason["reason"], by_reason["rows_left_out"], strict=True)) == {"reason 0": 2, "reason 1": 1}


@pytest.mark.parametrize("kept", [1, 3])
def test_row_that_is_lost_or_counted_twice_stops_the_run(kept):
    table = ledger.ledger_of_cleaning({"ks2": (5, 0)}, rejected_rows("ks2", "ks2", "ks2"), {"ks2": kept})
    message = refusal(ledger.check, table)
    assert "ks2: 5 rows came in" in message and f"{kept} went on" in message and "3 were left out" in message


def test_rows_kept_are_counted_in_the_cleaned_tables():
    sources = {
        "register": {"kind": "register"},
        "links": {"kind": "links"},
        "more_links": {"kind": "links"},
        "ks2": {"kind": "results", "phase": "primary"},
        "ks2_2015": {"kind": "results", "phase": "primary", "years_before": 1},
        "ks2_limits": {"kind": "results", "phase": "primary", "supplies": ["reading_progress_upper"]},
        "ks4": {"kind": "results", "phase": "secondary"},
        "inspections": {"kind": "inspections"},
        "designations": {"kind": "designations"},
    }
    results = pd.DataFrame(
        {
            "urn": [100_000, 100_001, 100_002, 100_000],
            "phase": [*["primary"] * 3, "secondary"],
            "source": ["ks2", "ks2", None, "ks4"],
            "row": [2, 3, None, 2],
            "source_1y_before": ["ks2_2015", *[None] * 3],
            "row_1y_before": [2, *[None] * 3],
            "row_of_ks2_limits": [2, *[None] * 3],
        }
    )
    kept = ledger.rows_kept(
        sources,
        26,
        pd.DataFrame({"source": ["links", "links", "more_links"]}),
        results,
        pd.DataFrame({"source": "inspections", "row": range(2, 6), "urn": range(100_000, 100_004)}),
        pd.DataFrame({"source": pd.Series(dtype="str")}),
    )
    assert kept == {
        "register": 26,
        "links": 2,
        "more_links": 1,
        "ks2": 2,
        "ks2_2015": 1,
        "ks2_limits": 1,
        "ks4": 1,
        "inspections": 4,
        "designations": 0,
    }


# --- Step by step ---------------------------------------------------------------------------------------------

CLEANING = pd.DataFrame(
    [("clean", "register", None, 5, 5, 0, 1), ("clean", "ks2", None, 9, 9, 0, 0)], columns=list(schemas.LEDGER.columns)
)
USED = {"ks2": 9}
UNUSED = pd.DataFrame(columns=["source", "row", "urn", "reason"])
LEFT_OUT = pd.DataFrame({"reason": ["proposed to open", "closed, on an unknown date"]})
# Three establishments; 11 is an all-through school and appears in both phases.
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


def drawn_up(used=USED, unused=UNUSED, left_out=LEFT_OUT, schools=SCHOOLS, classified=CLASSIFIED, reach=REACH):
    return ledger.ledger(CLEANING, used, unused, left_out, schools, classified, reach, PHASES)


def line(table, step, source):
    """Rows in, out and left out."""
    (found,) = table[(table["step"] == step) & (table["source"] == source) & table["reason"].isna()].to_dict("records")
    return found["rows_in"], found["rows_out"], found["rows_left_out"]


def reasons(table, step, source):
    lines = table[(table["step"] == step) & (table["source"] == source) & table["reason"].notna()]
    return dict(zip(lines["reason"], lines["rows_left_out"], strict=True))


def test_every_step_adds_up_and_an_all_through_school_is_counted_in_both_phases():
    table = tables.conform(drawn_up(), schemas.LEDGER)
    assert line(table, "population", "register") == (5, 3, 2)
    assert reasons(table, "population", "register") == {"closed, on an unknown date": 1, "proposed to open": 1}
    assert line(table, "population", "primary") == line(table, "population", "secondary") == (3, 2, 1)
    assert line(table, "use", "ks2") == (9, 9, 0)
    assert line(table, "classify", "secondary") == (2, 2, 0)
    assert line(table, "match", "primary") == (2, 1, 1) and line(table, "match", "secondary") == (0, 0, 0)
    assert reasons(table, "match", "primary") == {"in need, without coordinates": 1}
    of_files = table["rows_ending_early"].notna()
    assert table.loc[of_files, "rows_ending_early"].tolist() == [1, 0] and set(table["step"][of_files]) == {"clean"}


def test_rows_that_no_school_uses_are_listed_with_their_reasons():
    why = ["its URN is not in the register"] * 2 + ["its establishment is no school of the population"]
    table = drawn_up({"ks2": 6}, pd.DataFrame({"source": "ks2", "row": [2, 3, 4], "urn": 20, "reason": why}))
    assert line(table, "use", "ks2") == (9, 6, 3) and reasons(table, "use", "ks2") == {why[0]: 2, why[2]: 1}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"used": {"ks2": 8}}, "use, ks2: 9 rows came in, but 8 went on and 0 were left out"),
        ({"left_out": LEFT_OUT.iloc[:1]}, "population, register: 5 rows came in, but 3 went on and 1 were left out"),
        (
            {"schools": SCHOOLS[SCHOOLS["urn"] != 12], "classified": CLASSIFIED[CLASSIFIED["urn"] != 12]},
            "population, register: 5 rows came in, but 2 went on and 2 were left out",
        ),
        (
            {"schools": SCHOOLS.drop(index=2), "classified": CLASSIFIED.drop(index=2)},
            "population, secondary: 3 rows came in, but 1 went on and 1 were left out",
        ),
        ({"classified": CLASSIFIED.drop(index=2)}, "classify, secondary: 2 rows came in, but 1 went on"),
        ({"reach": REACH.iloc[:0]}, "match, primary: 2 rows came in, but 0 went on and 1 were left out"),
    ],
    ids=["a row of a file", "left out unlisted", "an establishment", "a phase", "in classification", "in matching"],
)
def test_what_gets_lost_stops_the_run_and_is_named(changed, words):
    assert words in refusal(lambda: drawn_up(**changed))


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
    assert words in refusal(ledger.check_groups, wrong)


def test_rows_left_out_without_a_reason_stop_the_run():
    unexplained = CLEANING.iloc[:1].assign(rows_out=3, rows_left_out=2)
    assert "clean, register: 5 rows came in, but 3 went on and 0 were left out" in refusal(ledger.check, unexplained)


# --- Cleaned rows and the schools that use them ---------------------------------------------------------------

# 10 has its own data; 11 is an all-through school; 12 takes its data from the predecessor 9, which is closed.
USERS = pd.DataFrame(
    {
        "urn": [100_010, 100_011, 100_011, 100_012],
        "phase": ["primary", "primary", "secondary", "secondary"],
        "results_urn": pd.array([100_010, None, 100_011, 100_009], dtype="Int64"),
        "results_urn_1y_before": pd.array([None] * 4, dtype="Int64"),
        "inspection_urn": pd.array([100_010, 100_011, 100_011, 100_009], dtype="Int64"),
    }
)
REGISTER = pd.Series([100_009, 100_010, 100_011, 100_012, 100_013])


def results_of(*rows):
    """Results from (urn, phase, row) or (urn, phase, row, row one year before) tuples."""
    frame = pd.DataFrame(rows).reindex(columns=range(4)).set_axis(["urn", "phase", "row", "row_1y_before"], axis=1)
    frame[["row", "row_1y_before"]] = frame[["row", "row_1y_before"]].astype("Int64")
    frame["source"] = frame["row"].map(lambda row: "results", na_action="ignore")
    frame["source_1y_before"] = frame["row_1y_before"].map(lambda row: "earlier", na_action="ignore")
    return frame


NONE = pd.DataFrame(columns=["source", "row", "urn"])


def cleaned(results, inspections=NONE, designations=NONE, schools=USERS):
    return list(ledger.cleaned_rows(results, inspections, designations, schools))


def unused_of(*rows):
    """{(source, row): reason} of results."""
    years = [pair for pair in cleaned(results_of(*rows)) if "phase" in pair[0]]
    return why(pd.concat([ledger.unused(*pair, USERS, REGISTER) for pair in years], ignore_index=True))


def why(table):
    tables.conform(table, schemas.UNUSED)
    return {(source, row): reason for source, row, reason in table[["source", "row", "reason"]].itertuples(index=False)}


def test_rows_that_schools_use_are_not_listed_also_those_of_a_predecessor():
    assert unused_of((100_010, "primary", 2), (100_011, "secondary", 3), (100_009, "secondary", 4)) == {}


def test_each_other_row_has_the_first_reason_that_applies():
    assert unused_of(
        (100_099, "primary", 2), (100_013, "primary", 3), (100_010, "secondary", 4), (100_012, "secondary", 5)
    ) == {
        ("results", 2): "its URN is not in the register",
        ("results", 3): "its establishment is no school of the population",
        ("results", 4): "its school is not of the population in this phase",
        ("results", 5): "its school's data stand under another URN",
    }


def test_each_year_is_counted_by_itself():
    assert unused_of((100_010, "primary", 2, 7)) == {("earlier", 7): "its school's data stand under another URN"}


def test_inspections_count_for_both_phases_of_a_school():
    rows = pd.DataFrame({"source": "inspections", "row": [2, 3, 4, 5], "urn": [100_010, 100_011, 100_009, 100_013]})
    (of_inspections,) = [pair for pair in cleaned(NONE[["urn"]], rows) if len(pair[0])]
    assert why(ledger.unused(*of_inspections, USERS, REGISTER)) == {
        ("inspections", 5): "its establishment is no school of the population"
    }


def test_used_rows_are_counted_once_for_each_file_and_year():
    schools = USERS.assign(results_urn_1y_before=pd.array([100_010, None, None, None], "Int64"))
    results = pd.DataFrame(
        [
            (100_010, "primary", "ks2", "ks2_2015"),
            (100_011, "primary", "ks2", "ks2_2015"),
            (100_011, "secondary", "ks4", None),
            (100_009, "secondary", "ks4", None),
            (100_008, "secondary", "ks4", None),
        ],
        columns=["urn", "phase", "source", "source_1y_before"],
    )
    # A file that adds to key stage 4 has two of its schools, of which one's results are used.
    results = results.assign(row=2, row_1y_before=2, row_of_ks4_limits=[None, None, 7, None, 8])
    inspections = pd.DataFrame({"urn": [100_009, 100_010, 100_011, 100_012], "source": "inspections", "row": 2})
    designations = pd.DataFrame({"urn": [100_012, 100_013], "source": "designations", "row": 2})
    pairs = cleaned(results, inspections, designations, schools)
    assert {source: rows for pair in pairs for source, rows in ledger.rows_used(*pair).items()} == {
        "ks2": 1,
        "ks4": 2,
        "ks4_limits": 1,
        "ks2_2015": 1,
        "inspections": 3,
        "designations": 1,
    }
