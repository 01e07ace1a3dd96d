"""Cleaned rows that no school uses: each is named with its reason."""

import pandas as pd
import unused

from lib import schemas, tables

# 10 has its own data; 11 is an all-through school; 12 takes its data from the predecessor 9, which is closed.
SCHOOLS = pd.DataFrame(
    {
        "urn": [10, 11, 11, 12],
        "phase": ["primary", "primary", "secondary", "secondary"],
        "results_urn": pd.array([10, None, 11, 9], dtype="Int64"),
        "inspection_urn": pd.array([10, 11, 11, 9], dtype="Int64"),
    }
)
SCHOOLS["urn"] += 100_000
SCHOOLS[["results_urn", "inspection_urn"]] += 100_000
REGISTER = pd.Series([100_009, 100_010, 100_011, 100_012, 100_013])


def results_of(*rows):
    """Results from (urn, phase, row) or (urn, phase, row, row one year before) tuples."""
    frame = pd.DataFrame(rows).reindex(columns=range(4)).set_axis(["urn", "phase", "row", "row_1y_before"], axis=1)
    frame[["row", "row_1y_before"]] = frame[["row", "row_1y_before"]].astype("Int64")
    frame["source"] = frame["row"].map(lambda row: "results", na_action="ignore")
    frame["source_1y_before"] = frame["row_1y_before"].map(lambda row: "earlier", na_action="ignore")
    return frame


def reasons(table):
    tables.conform(table, schemas.UNUSED)
    return {(source, row): reason for source, row, reason in table[["source", "row", "reason"]].itertuples(index=False)}


def test_rows_that_schools_use_are_not_listed_also_those_of_a_predecessor():
    rows = results_of((100_010, "primary", 2), (100_011, "secondary", 3), (100_009, "secondary", 4))
    assert reasons(unused.of_results(rows, SCHOOLS.assign(results_urn_1y_before=None), REGISTER)) == {}


def test_each_other_row_has_the_first_reason_that_applies():
    rows = results_of(
        (100_099, "primary", 2), (100_013, "primary", 3), (100_010, "secondary", 4), (100_012, "secondary", 5)
    )
    assert reasons(unused.of_results(rows, SCHOOLS.assign(results_urn_1y_before=None), REGISTER)) == {
        ("results", 2): "its URN is not in the register",
        ("results", 3): "its establishment is no school of the population",
        ("results", 4): "its school is not of the population in this phase",
        ("results", 5): "its school's data stand under another URN",
    }


def test_years_are_told_apart():
    schools = SCHOOLS.assign(results_urn_1y_before=pd.array([None] * 4, dtype="Int64"))
    found = reasons(unused.of_results(results_of((100_010, "primary", 2, 7)), schools, REGISTER))
    assert found == {("earlier", 7): "its school's data stand under another URN"}


def test_inspections_count_for_both_phases_of_a_school():
    rows = pd.DataFrame({"source": "inspections", "row": [2, 3, 4, 5], "urn": [100_010, 100_011, 100_009, 100_013]})
    assert reasons(unused.of_inspections(rows, SCHOOLS, REGISTER)) == {
        ("inspections", 5): "its establishment is no school of the population"
    }
