"""Local authorities on the reference date: a later register serves an earlier year."""

import pandas as pd
import pytest

from lib import authorities

LISTED = authorities.read()
COLUMNS = ["la_code", "la_name"]


def on(day, *rows, listed=LISTED):
    """{position: (code, name, code in the register, doubt)} of establishments, each a (code, name) of the register."""
    table = authorities.on_day(pd.DataFrame(list(rows), columns=COLUMNS, dtype="str"), listed, day)
    order = [*COLUMNS, "register_la_code", "la_doubt"]
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in table[order].itertuples(index=False)]


def test_every_authority_has_a_day_before_it_and_one_after():
    day = pd.Timedelta(days=1)
    for code, row in LISTED.iterrows():
        heirs = row["successor"].split(";") if row["successor"] else []
        assert bool(row["to"]) == bool(heirs), code
        for heir in heirs:
            assert pd.Timestamp(LISTED.loc[heir, "from"]) == pd.Timestamp(row["to"]) + day, (code, heir)
    inherited = {heir for named in LISTED["successor"] for heir in named.split(";") if heir}
    assert inherited == set(LISTED.index[LISTED["from"] != ""])
    assert LISTED.index.is_unique and list(LISTED.index) == sorted(LISTED.index)


@pytest.mark.parametrize(
    ("day", "authorities_in_england"),
    [("2009-03-31", 150), ("2009-04-01", 152), ("2017-03-31", 152), ("2019-04-01", 151), ("2021-04-01", 152)],
)
def test_as_many_authorities_as_there_were(day, authorities_in_england):
    after, before = LISTED["from"] <= day, (LISTED["to"] == "") | (LISTED["to"] >= day)
    assert (after & before).sum() == authorities_in_england
    assert ((LISTED["to"] == "") & (LISTED["from"] <= "2026-08-31")).sum() == 153


def test_a_register_of_the_reference_date_stays_as_it_is():
    rows = [("202", "Camden"), ("909", "Cumbria"), ("835", "Dorset")]
    assert on("2017-03-31", *rows) == [(*row, row[0], None) for row in rows]


@pytest.mark.parametrize(
    ("day", "code", "name", "then", "called"),
    [
        ("2023-03-31", "942", "Cumberland", "909", "Cumbria"),
        ("2023-03-31", "943", "Westmorland and Furness", "909", "Cumbria"),
        ("2023-04-01", "942", "Cumberland", "942", "Cumberland"),
        ("2021-03-31", "941", "West Northamptonshire", "928", "Northamptonshire"),
        ("2019-03-31", "838", "Dorset", "835", "Dorset"),
        ("2009-03-31", "896", "Cheshire West and Chester", "875", "Cheshire"),
        ("2017-03-31", "928", "Pre-LGR 2021 Northamptonshire", "928", "Northamptonshire"),
        ("2017-03-31", "815", "North Yorkshire", "815", "North Yorkshire"),
    ],
)
def test_a_school_stands_in_the_authority_that_held_on_the_day(day, code, name, then, called):
    assert on(day, (code, name)) == [(then, called, code, None)]


def test_an_older_register_is_brought_forward_where_there_is_one_successor():
    assert on("2020-09-01", ("836", "Poole")) == [("839", "Bournemouth, Christchurch and Poole", "836", None)]
    assert on("2024-09-01", ("909", "Cumbria")) == [("909", "Cumbria", "909", "several_possible")]


def test_an_authority_that_came_out_of_several_is_kept_and_marked():
    name = "Bournemouth, Christchurch and Poole"
    assert on("2017-03-31", ("839", name)) == [("839", name, "839", "several_possible")]


def test_a_code_that_is_not_listed_is_kept_and_marked_and_a_blank_stays_blank():
    assert on("2017-03-31", ("999", "Nowhere"), (None, None)) == [
        ("999", "Nowhere", "999", "unlisted"),
        (None, None, None, None),
    ]


def test_an_authority_has_one_name():
    """The register of 2017 writes "Bristol City of" in three of its rows."""
    rows = [("801", "Bristol City of"), ("801", "Bristol, City of"), ("801", "Bristol, City of")]
    assert {row[1] for row in on("2017-03-31", *rows)} == {"Bristol, City of"}
    closed_and_open = on("2017-03-31", ("909", "Pre-LGR 2023 Cumbria"), ("942", "Cumberland"))
    assert {row[:2] for row in closed_and_open} == {("909", "Cumbria")}
