"""Cleaning the register and its links: what is kept in our words, what is set aside or left out, what stops."""

import pytest

import clean_register
from lib import schemas, tables
from small_files import PLAIN, assert_conserved, reasons, refusal, source_of, write_source


def register(folder, *rows, **options):
    source = source_of("register")
    path = write_source(folder, source, rows, **options)
    out, rejected, aside = clean_register.clean_register(path, source, "register")
    assert_conserved(path, source, out["row"], rejected)
    return out.set_index("urn"), rejected, aside


def test_register_in_our_words(tmp_path):
    out, _, _ = register(
        tmp_path,
        {"urn": 100000, "open_date": "01-09-2012", "close_date": "31-08-2016", "statutory_low_age": "4"},
        {"urn": 100001, "establishment_type": "Academy - Converter mainstream", "phase_of_education": "All through"},
        {"urn": 100002, "establishment_type": "Academy converter", "phase_of_education": "All-through"},
    )
    assert out.loc[100000, ["open_date", "close_date", "statutory_low_age"]].tolist() == ["2012-09-01", "2016-08-31", 4]
    assert out.loc[100000, ["establishment_type", "region", "la_name"]].tolist() == ["community", "London", "Camden"]
    assert out.loc[[100001, 100002], "establishment_type"].tolist() == ["academy_converter"] * 2
    assert out.loc[[100001, 100002], "phase_of_education"].tolist() == ["all_through"] * 2
    assert out.loc[100001, ["open_date", "constituency"]].isna().all()
    tables.conform(out.reset_index(), schemas.ESTABLISHMENTS)


def test_register_without_optional_columns(tmp_path):
    optional = ["constituency", "urban_rural", "statutory_low_age", "statutory_high_age", "establishment_number"]
    out, _, _ = register(tmp_path, {"urn": 100000}, without=optional)
    assert out[optional].isna().all(axis=None)
    tables.conform(out.reset_index(), schemas.ESTABLISHMENTS)


@pytest.mark.parametrize(("cell", "metres"), [("530000", 530000), ("530000.4", 530000), ("0", None), ("", None)])
def test_coordinate(tmp_path, cell, metres):
    northing = "180000" if metres else cell
    out, _, aside = register(tmp_path, {"urn": 100000, "easting": cell, "northing": northing})
    assert out["easting"].dtype == "Int64" and aside.empty
    assert out["easting"].isna().all() if metres is None else out["easting"].tolist() == [metres]


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("easting", "79999", "outside the extent stated for this file (80,000 to 660,000 m)"),
        ("easting", "5300000", "outside the extent"),
        ("northing", "660001", "outside the extent stated for this file (5,000 to 660,000 m)"),
        ("northing", "-5", "outside the extent"),
        ("northing", "SU1234", "not a number"),
    ],
)
def test_coordinate_outside_england_is_set_aside_and_listed(tmp_path, column, cell, why):
    out, rejected, aside = register(tmp_path, {"urn": 100000}, {"urn": 100001, column: cell})
    assert out.loc[100001, ["easting", "northing"]].isna().all() and rejected.empty
    assert out.loc[100000, "easting"] == 530000
    tables.conform(aside, schemas.SET_ASIDE)
    assert set(aside["row"]) == {3} and set(aside["urn"]) == {100001}
    lines = aside.set_index("column")
    assert lines.loc[column, "value"] == cell and why in lines.loc[column, "reason"]
    (other,) = {"easting", "northing"} - {column}
    assert (
        lines.loc[other, "value"] == PLAIN["register"][other] and "the other coordinate" in lines.loc[other, "reason"]
    )


def test_edges_of_england_count_as_inside(tmp_path):
    out, _, aside = register(
        tmp_path,
        {"urn": 100000, "easting": "80000", "northing": "5000"},
        {"urn": 100001, "easting": "660000", "northing": "660000"},
    )
    assert out[["easting", "northing"]].notna().all(axis=None) and aside.empty


def test_one_coordinate_without_the_other_is_listed_too(tmp_path):
    out, _, aside = register(tmp_path, {"urn": 100000, "northing": "0"})
    assert out.loc[100000, ["easting", "northing"]].isna().all()
    assert aside["column"].tolist() == ["easting"] and aside["value"].tolist() == ["530000"]


def test_register_row_that_stands_twice_alike_is_left_out_once(tmp_path):
    out, rejected, _ = register(tmp_path, {"urn": 100000}, {"urn": 100001}, {"urn": 100000})
    assert out.index.tolist() == [100000, 100001]
    assert reasons(rejected) == {4: "repeats an earlier row with the same URN"}


def test_urn_twice_in_the_register_with_different_content(tmp_path):
    message = refusal(register, tmp_path, {"urn": 100001}, {"urn": 100000}, {"urn": 100000, "name": "Another"})
    assert "edubasealldata20170331.csv" in message and "URN 100000" in message and "rows 3 and 4" in message
    assert "Remove all but one of the rows" in message


def test_row_without_urn_is_left_out(tmp_path):
    out, rejected, _ = register(tmp_path, {"urn": 100000}, {"urn": ""}, {"urn": "n/a"})
    assert out.index.tolist() == [100000] and set(reasons(rejected)) == {3, 4}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("establishment_type", "Comunity school"),
        ("phase_of_education", "Secundary"),
        ("establishment_status", "Closd"),
        ("region", "Londn"),
    ],
)
def test_unlisted_name_in_the_register_stops(tmp_path, column, cell):
    message = refusal(register, tmp_path, {"urn": 100000}, {"urn": 100001, column: cell})
    assert "edubasealldata20170331.csv, row 3, column" in message and f"'{cell}'" in message
    assert f"values.{column} in workflow/layouts/gias.yaml" in message and "Did you mean" in message


def test_lowest_age_of_nought_is_an_age(tmp_path):
    out, _, _ = register(tmp_path, {"urn": 100000, "statutory_low_age": "0"})
    assert out.loc[100000, "statutory_low_age"] == 0


# --- Links -----------------------------------------------------------------------------------------------------


def links(folder, *rows):
    source = source_of("links")
    path = write_source(folder, source, rows)
    out, rejected = clean_register.clean_links(path, source, "links")
    assert_conserved(path, source, out["row"], rejected)
    tables.conform(out, schemas.LINKS)
    return out, rejected


def test_successor_links_are_turned_round_and_repeats_dropped(tmp_path):
    out, rejected = links(
        tmp_path,
        {"urn": 100001, "link_urn": 100000, "link_type": "Predecessor"},
        {"urn": 100000, "link_urn": 100001, "link_type": "Successor"},
        {"urn": 100002, "link_urn": 100003, "link_type": "Successor"},
    )
    assert list(zip(out["urn"], out["predecessor_urn"], strict=True)) == [(100001, 100000), (100003, 100002)]
    assert reasons(rejected) == {3: "the same link stands in an earlier row"}


def test_left_out_link_carries_the_urn_of_its_row(tmp_path):
    _, rejected = links(
        tmp_path,
        {"urn": 100001, "link_urn": 100000, "link_type": "Predecessor"},
        {"urn": 100000, "link_urn": 100001, "link_type": "Successor"},
    )
    assert rejected["urn"].tolist() == ["100000"]


def test_links_that_name_no_single_predecessor(tmp_path):
    out, rejected = links(
        tmp_path,
        {"urn": 100001, "link_urn": 100000, "link_type": "Predecessor - merged"},
        {"urn": 100001, "link_urn": 100002, "link_type": "Sixth Form Centre Link"},
        {"urn": 100001, "link_urn": "", "link_type": "Predecessor"},
        {"urn": "", "link_urn": 100001, "link_type": "Predecessor"},
    )
    assert out.empty
    why = reasons(rejected)
    assert "merger or split" in why[2] and "another kind" in why[3] and "blank" in why[4] and "URN" in why[5]


def test_unlisted_link_type_stops(tmp_path):
    message = refusal(links, tmp_path, {"urn": 100001, "link_urn": 100000, "link_type": "Predecesor"})
    assert "row 2, column LinkType: 'Predecesor'" in message and "Did you mean 'Predecessor'?" in message
