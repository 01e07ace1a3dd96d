"""The real releases 2016 and 2017 beside each other, school by school, against the recount and what explains each."""

import json
import random

import pandas as pd
import pytest

import explain
from lib import change_schemas, tables
from test_changes import agrees_with_the_recount

RELEASES = {"2016": "2017-03-31", "2017": "2018-03-31"}
GROUPS = {
    "in_need": "in need",
    "high_performing": "high-performing",
    "neither": "neither",
    "not_assessable": "not assess",
}


@pytest.fixture(scope="module")
def folder(project_2017):
    return project_2017.path / "results/changes/2016-2017/nfer-2017"


@pytest.fixture(scope="module")
def made(folder):
    """The tables of the comparison, in the types of their schemas."""
    found = {}
    for name, schema in change_schemas.TABLES.items():
        text = {column: "str" for column, stated in schema.columns.items() if stated.dtype == "str"}
        found[name] = tables.conform(pd.read_csv(folder / name, dtype=text), schema, name)
    return found


def test_it_agrees_with_the_recount(project_2017, made):
    folders = [project_2017.results_of_run(release) for release in RELEASES]
    agrees_with_the_recount(folders, list(RELEASES.values()), made)


def test_every_school_of_either_is_in_one_row_and_each_change_has_a_reason(project_2017, made):
    rows = made["schools.csv"]
    for side, release in zip(("from", "to"), RELEASES, strict=True):
        schools = pd.read_csv(
            project_2017.results_of_run(release) / "classified/schools.csv", usecols=["urn", "phase", "group"]
        )
        there = rows[rows[f"urn_{side}"].notna()]
        found = there[[f"urn_{side}", "phase", f"group_{side}"]].astype("str").agg(" ".join, axis=1)
        assert sorted(found) == sorted(schools.astype("str").agg(" ".join, axis=1))
    assert (rows["reason"].isna() == (rows["change"] == "same")).all()


def test_nearly_every_conversion_is_followed(made):
    """A year has some hundred closures and openings; an extract without the links of a year would show a thousand."""
    rows = made["schools.csv"]
    assert rows["followed"].isin(["closed", "opened"]).sum() < 120
    assert (rows["followed"] == "converted").sum() > 800


def test_the_change_of_the_floor_stands_beside_the_published_one(made):
    rows = made["published.csv"].set_index(["phase", "criterion"])
    assert rows.loc[("primary", "below_floor"), ["published_from", "published_to"]].tolist() == [665, 511]
    assert rows.loc[("secondary", "below_floor"), ["published_from", "published_to"]].tolist() == [282, 365]
    for phase in ("primary", "secondary"):
        row = rows.loc[(phase, "below_floor")]
        assert row["own_change"] * row["published_change"] > 0  # the same way
        assert row["own_change_lower"] <= row["published_change"] <= row["own_change_upper"]


def test_make_explain_of_both_years_agrees_for_twenty_schools(project_2017, made, capsys):
    rows = made["schools.csv"]
    changed = rows[(rows["change"] == "changed") & (rows["reason"] != "other_file")].reset_index(drop=True)
    for at in random.Random(12).sample(range(len(changed)), 20):
        row = changed.loc[at]
        for side, release in zip(("from", "to"), RELEASES, strict=True):
            results = str(project_2017.path / "results")
            assert explain.main([str(row[f"urn_{side}"]), "--release", release, "--results", results]) == 0
            said = capsys.readouterr().out
            assert GROUPS[row[f"group_{side}"]] in said.lower(), (row.to_dict(), said)


def test_the_summary_and_the_provenance_say_what_was_compared(project_2017, folder, made):
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    england = made["areas.csv"].query("level == 'england'").set_index(["phase", "group"])
    for phase, found in summary["phases"].items():
        for group, of in found["groups"].items():
            assert [of["came"], of["left"], of["net"]] == england.loc[(phase, group), ["came", "left", "net"]].tolist()
    stated = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert [stated[side]["release"] for side in ("from", "to")] == list(RELEASES)
    assert str(project_2017.path) not in json.dumps(stated)
