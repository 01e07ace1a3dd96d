"""Cleaning the register and its links: what is kept in our words, what is set aside or left out, what stops."""

import pytest

import clean_register
import population
from lib import schemas, settings, tables
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
    optional = [name for name, spec in source_of("register")["columns"].items() if spec.get("optional")]
    assert {"open_date", "close_date", "easting", "northing", "postcode", "constituency"} <= set(optional)
    out, _, aside = register(tmp_path, {"urn": 100000}, without=optional)
    assert out[optional].isna().all(axis=None) and out["coordinates_from"].isna().all() and aside.empty
    tables.conform(out.reset_index(), schemas.ESTABLISHMENTS)


def test_without_dates_of_closing_the_status_says_who_is_closed(tmp_path):
    out, _, _ = register(
        tmp_path, {"urn": 100000}, {"urn": 100001, "establishment_status": "Closed"}, without=["close_date"]
    )
    rules = settings.load_method("nfer-2017")["population"]
    members, left_out = population.population(out.reset_index(), rules, "2017-03-31")
    assert members["urn"].tolist() == [100000]
    assert members["open_on_reference_date"].tolist() == ["no opening date, so taken as open; no closing date"]
    assert left_out["reason"].tolist() == ["closed, on an unknown date"]


def test_names_are_the_same_in_capital_and_small_letters(tmp_path):
    """To January 2017 the register wrote "Academy Converter", "All Through"."""
    out, _, _ = register(
        tmp_path, {"urn": 100000, "establishment_type": "Academy Converter", "phase_of_education": "All Through"}
    )
    assert out.loc[100000, ["establishment_type", "phase_of_education"]].tolist() == [
        "academy_converter",
        "all_through",
    ]


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
        ("urban_rural", "Urban: Nearer to a mayor town or city"),
        ("admissions", "Non-selectiv"),
        ("gender", "Mixt"),
        ("sixth_form", "Has no sixth form"),
    ],
)
def test_unlisted_name_in_the_register_stops(tmp_path, column, cell):
    message = refusal(register, tmp_path, {"urn": 100000}, {"urn": 100001, column: cell})
    assert "edubasealldata20170331.csv, row 3, column" in message and f"'{cell}'" in message
    assert f"values.{column} in workflow/layouts/gias.yaml" in message and "Did you mean" in message


def test_lowest_age_of_nought_is_an_age(tmp_path):
    out, _, _ = register(tmp_path, {"urn": 100000, "statutory_low_age": "0"})
    assert out.loc[100000, "statutory_low_age"] == 0


# --- What makes schools alike ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell", "word"),
    [
        *[("admissions", name, "selective") for name in ("Selective", "Selective (grammar)")],
        *[("admissions", name, "non_selective") for name in ("Non-selective", "Non selective", "Comprehensive")],
        *[("admissions", name, "non_selective") for name in ("Comprehensive (secondary)", "Modern")],
        ("admissions", "Not applicable", "not_applicable"),
        *[("admissions", name, None) for name in ("Not recorded", "Not collected", "Unknown ", "Unknown", "")],
        ("gender", "Mixed", "mixed"),
        ("gender", "Girls", "girls"),
        ("gender", "Boys", "boys"),
        *[("gender", name, None) for name in ("Not applicable", "")],
        ("sixth_form", "Has a sixth form", True),
        ("sixth_form", "Does not have a sixth form", False),
        *[("sixth_form", name, None) for name in ("Not applicable", "")],
        ("religious_character", "Church of England/Methodist", "Church of England/Methodist"),
        *[("religious_character", name, "none") for name in ("Does not apply", "does not apply", "None")],
        *[("religious_character", name, None) for name in ("Unknown", "")],
        ("trust_code", "4782", "4782"),
        ("trust_code", "", None),
    ],
)
def test_attribute_in_our_words(tmp_path, column, cell, word):
    out, _, aside = register(tmp_path, {"urn": 100000, column: cell})
    found = tables.conform(out.reset_index(), schemas.ESTABLISHMENTS)[column]
    assert found.isna().all() if word is None else found.tolist() == [word]
    assert aside.empty


@pytest.mark.parametrize(
    ("area", "setting"),
    [
        ("(England/Wales) Urban major conurbation", "urban"),
        ("(England/Wales) Urban city and town in a sparse setting", "urban"),
        ("(England/Wales) Rural town and fringe", "rural"),
        ("(England/Wales) Rural hamlet and isolated dwellings", "rural"),
        ("Urban: Further from a major town or city", "urban"),
        ("Larger rural: Nearer to a major town or city", "rural"),
        ("Smaller Rural: Further from a major town or city", "rural"),
        ("Urban > 10k - less sparse", "urban"),
        ("Village - sparse", "rural"),
        ("(Scotland) Remote Small Town", "rural"),
        ("(pseudo) Channel Islands/Isle of Man", None),
        ("", None),
    ],
)
def test_urban_or_rural_by_every_classification_beside_the_name(tmp_path, area, setting):
    out, _, _ = register(tmp_path, {"urn": 100000, "urban_rural": area})
    assert out.loc[100000, "urban_rural"] == area if area else out["urban_rural"].isna().all()
    assert out.loc[100000, "setting"] == setting if setting else out["setting"].isna().all()


@pytest.mark.parametrize(
    ("column", "cell", "figure"),
    [
        ("pupils_on_roll", "276", 276),
        ("pupils_on_roll", "0", None),  # closed, or not begun on the day of the census
        ("pupils_on_roll", "", None),
        ("fsm_pct", "23.30", 23.3),
        ("fsm_pct", "0", 0),
        ("fsm_pct", "100", 100),
        ("fsm_pct", "", None),
    ],
)
def test_figure_of_a_school(tmp_path, column, cell, figure):
    out, _, aside = register(tmp_path, {"urn": 100000, column: cell})
    found = tables.conform(out.reset_index(), schemas.ESTABLISHMENTS)[column]
    assert (found.isna().all() if figure is None else found.tolist() == [figure]) and aside.empty


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("pupils_on_roll", "-1", "outside the range stated for this file (1 to 10,000)"),
        ("pupils_on_roll", "27.5", "not a whole number"),
        ("pupils_on_roll", "many", "not a whole number"),
        ("fsm_pct", "100.1", "outside the range stated for this file (0 to 100)"),
        ("fsm_pct", "-0.1", "outside the range"),
        ("fsm_pct", "SUPP", "not a number"),
    ],
)
def test_figure_that_no_school_can_have_is_set_aside_and_listed(tmp_path, column, cell, why):
    rows = {"urn": 100000, "pupils_on_roll": "210", "fsm_pct": "12.5"}, {"urn": 100001, column: cell}
    out, rejected, aside = register(tmp_path, *rows)
    tables.conform(aside, schemas.SET_ASIDE)
    assert rejected.empty and out[column].notna().tolist() == [True, False]
    assert aside[["row", "urn", "column", "value"]].to_numpy().tolist() == [[3, 100001, column, cell]]
    assert why in aside["reason"].item()
    assert out["easting"].tolist() == [530000, 530000]


# --- Places by postcode ---------------------------------------------------------------------------------------

NOWHERE = {"easting": "", "northing": "0"}


def placed(folder, layout, content, *rows):
    """(establishments by URN, set_aside) of a register, placed by the lines of a file of postcodes."""
    out, _, _ = register(folder, *rows)
    path = folder / "postcodes.csv"
    path.write_text(content, encoding="utf-8")
    source = settings.load.with_layout({"layout": layout, "file": path.name}, "test")
    out, aside = clean_register.place_by_postcode(out.reset_index(), path, source, "postcodes")
    tables.conform(out, schemas.ESTABLISHMENTS)
    tables.conform(aside, schemas.SET_ASIDE)
    return out.set_index("urn"), aside


CODE_POINT = (
    '"NW1 1AA",10,529000,183000,"E92000001","","","","E09000007","E05000001"\n"NW1 1AB",90,0,0,"","","","","",""\n'
)
ONS = (
    "pcd,pcd2,pcds,dointr,oseast1m,osnrth1m\n"
    "NW1 1AA,NW1  1AA,NW1 1AA,198001,529000,0183000\nNW1 1AB,NW1  1AB,NW1 1AB,198001,,\n"
)


@pytest.mark.parametrize(("layout", "content"), [("code-point-open", CODE_POINT), ("ons-postcodes", ONS)])
def test_school_without_coordinates_is_placed_by_its_postcode(tmp_path, layout, content):
    out, aside = placed(
        *(tmp_path, layout, content),
        {"urn": 100000, "postcode": "NW1 1AA"},
        NOWHERE | {"urn": 100001, "postcode": "nw11aa"},
        NOWHERE | {"urn": 100002, "postcode": "NW1 1AB"},
        NOWHERE | {"urn": 100003, "postcode": "NW1 1ZZ"},
        NOWHERE | {"urn": 100004, "postcode": ""},
        NOWHERE | {"urn": 100005, "postcode": "NW1 1AA"},
    )
    assert out.loc[100000, ["easting", "northing", "coordinates_from"]].tolist() == [530000, 180000, "register"]
    for urn in (100001, 100005):
        assert out.loc[urn, ["easting", "northing", "coordinates_from"]].tolist() == [529000, 183000, "postcode"]
    assert out.loc[[100002, 100003, 100004], ["easting", "northing", "coordinates_from"]].isna().all(axis=None)
    assert aside.empty


def test_coordinates_of_a_postcode_outside_england_are_set_aside_for_the_school(tmp_path):
    content = '"JE1 1AA",10,1000,2000,"","","","","",""\n'
    out, aside = placed(tmp_path, "code-point-open", content, NOWHERE | {"urn": 100000, "postcode": "JE1 1AA"})
    assert out["easting"].isna().all() and aside["value"].tolist() == ["1000", "2000"]
    assert set(aside["source"]) == {"postcodes"} and set(aside["urn"]) == {100000} and set(aside["row"]) == {1}


def test_postcode_at_two_places_stops_only_where_a_school_needs_it(tmp_path):
    other = CODE_POINT.replace("529000", "529500").splitlines(keepends=True)[0]
    wanted = NOWHERE | {"urn": 100000, "postcode": "NW1 1AA"}
    message = refusal(placed, tmp_path, "code-point-open", CODE_POINT + other, wanted)
    assert "postcodes.csv: the postcode NW11AA appears in rows 1 and 3" in message
    placed(tmp_path, "code-point-open", CODE_POINT + other, wanted | {"postcode": "NW1 1AB"})
    out, _ = placed(tmp_path, "code-point-open", CODE_POINT + CODE_POINT, wanted)  # the same file twice
    assert out.loc[100000, "easting"] == 529000


# --- Links -----------------------------------------------------------------------------------------------------


def links(folder, *rows):
    source = source_of("links")
    path = write_source(folder, source, rows)
    out, _, rejected = clean_register.clean_links(path, source, "links")
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


def test_links_in_the_words_of_the_register_to_january_2017(tmp_path):
    out, rejected = links(
        tmp_path,
        {"urn": 100000, "link_urn": 100001, "link_type": "Child"},
        {"urn": 100003, "link_urn": 100002, "link_type": "Parent"},
        {"urn": 100005, "link_urn": 100004, "link_type": "For Academy"},
        {"urn": 100007, "link_urn": 100006, "link_type": "Parent - merged"},
        {"urn": 100006, "link_urn": 100007, "link_type": "Child - Split School"},
    )
    pairs = list(zip(out["urn"], out["predecessor_urn"], strict=True))
    assert pairs == [(100001, 100000), (100003, 100002), (100005, 100004)]
    assert set(rejected["reason"]) == {"merger or split: no single predecessor"}


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
