"""Cleaning: register, links, results, inspections, designations and the population on the reference date."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import clean_inspections
import clean_register
import clean_results
import population
from lib import schemas, settings, source_files, tables
from lib.run_step import UserError
from small_files import PLAIN, source_of, text_of, write_source

DAY = "2017-03-31"
RULES = settings.load_method("nfer-2017")["population"]


def refusal(call, *arguments):
    with pytest.raises(UserError) as stopped:
        call(*arguments)
    return str(stopped.value)


def reasons(rejected):
    """{row: reason} of a table of rejections."""
    return dict(zip(rejected["row"], rejected["reason"], strict=True))


def assert_conserved(path, source, kept, rejected):
    """Every record of the file is either kept or left out, and none is both."""
    rows = [*kept, *rejected["row"]]
    assert len(rows) == len(set(rows)) == source_files.count_records(path, source)[0]


# --- Register -------------------------------------------------------------------------------------------------


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
    assert "Remove one of the rows" in message


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


# --- Links ----------------------------------------------------------------------------------------------------


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


# --- Results --------------------------------------------------------------------------------------------------


def results(folder, name, *rows, **options):
    source = source_of(name)
    path = write_source(folder, source, rows, **options)
    schools, summary, linked, rejected = clean_results.clean_results(path, source, name)
    assert_conserved(path, source, schools[f"row{settings.measure_suffix(source)}"], rejected)
    return schools.set_index("urn"), summary, linked, rejected


def test_results_special_schools_and_summary_rows_are_told_apart(tmp_path):
    schools, summary, _, rejected = results(
        tmp_path,
        "ks2",
        {"urn": 100000, "pupils": "28", "rwm_expected_pct": "61%", "reading_progress": "-1.5"},
        {"urn": 100001, "record_type": "2", "school_type": "CYS", "pupils": "5", "rwm_expected_pct": "SUPP"},
        {"urn": "", "record_type": "3", "rwm_expected_pct": "66%", "school_type": " "},
        {"urn": "", "record_type": "4", "rwm_expected_pct": "60%", "school_type": " "},
        {"urn": "", "record_type": "5", "rwm_expected_pct": "61%", "school_type": " "},
    )
    assert schools.index.tolist() == [100000]
    assert schools.loc[100000, ["pupils", "rwm_expected_pct", "reading_progress"]].tolist() == [28, 61, -1.5]
    assert summary["level"].tolist() == ["local_authority", "england_all", "england_state_funded"]
    assert summary["rwm_expected_pct"].tolist() == [66, 60, 61]
    assert reasons(rejected)[3] == "special school" and reasons(rejected)[4] == "summary row: local_authority"


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("SUPP", "suppressed"),
        ("NE", "no_entries"),
        ("NA", "not_applicable"),
        ("NP", "not_published"),
        ("LOWCOV", "low_coverage"),
        ("NEW", "new_school"),
        ("SP", "small_percentage"),
        ("RE", "redacted"),
        (" ", "missing"),
        ("", "missing"),
        ("x", "not_available"),
        ("c", "suppressed"),
        ("z", "not_applicable"),
        (":", "not_available"),
        ("low", "small_percentage"),
    ],
)
def test_every_code_is_kept_as_a_status(tmp_path, cell, status):
    schools, _, _, _ = results(tmp_path, "ks4", {"urn": 100000, "progress8": cell, "attainment8": "50.1"})
    assert pd.isna(schools.loc[100000, "progress8"]) and schools.loc[100000, "progress8_status"] == status
    assert schools.loc[100000, "attainment8_status"] == "ok"


def test_unlisted_record_type_stops(tmp_path):
    message = refusal(results, tmp_path, "ks4", {"urn": 100000, "record_type": "9"})
    assert "row 2, column RECTYPE: '9'" in message and "record_type.values in workflow/layouts/ks4-2016.yaml" in message


def test_urn_twice_in_the_results(tmp_path):
    message = refusal(results, tmp_path, "ks2", {"urn": 100001}, {"urn": 100000}, {"urn": 100000})
    assert "2015-2016_england_ks2final.csv" in message and "URN 100000 stands in rows 3 and 4" in message
    assert "Remove" in message


def test_results_without_a_single_school(tmp_path):
    summary = {"urn": "", "record_type": "4"}
    message = refusal(results, tmp_path, "ks4", summary, summary, {"urn": 100001, "record_type": "2"})
    assert "2015-2016_england_ks4final.csv: no row is a mainstream school's" in message
    assert "2 of local authority, 1 of special school" in message and "workflow/layouts/ks4-2016.yaml" in message


def test_successor_of_the_results_file_is_a_link(tmp_path):
    _, _, linked, _ = results(
        tmp_path,
        "ks2",
        {"urn": 100000, "successor_urn": 140000},
        {"urn": 100001},
        {"urn": 100002, "successor_urn": 100002},
    )
    assert list(zip(linked["urn"], linked["predecessor_urn"], strict=True)) == [(140000, 100000)]
    tables.conform(linked, schemas.LINKS)


def test_figures_of_an_earlier_year_carry_its_suffix(tmp_path):
    schools, summary, _, _ = results(tmp_path, "ks2_2014", {"urn": 100000, "rwm_level4_pct": "80%"})
    assert schools.loc[100000, "rwm_level4_pct_2y_before"] == 80
    assert {"row_2y_before", "rwm_level4_pct_2y_before_status"} <= set(schools)
    assert "rwm_level4_pct" not in schools and "rwm_level4_pct_2y_before" in summary


def test_files_without_their_optional_columns(tmp_path):
    schools, _, linked, _ = results(
        tmp_path, "ks2", {"urn": 100000}, without=["school_type", "successor_urn", "reading_progress_upper"]
    )
    assert "reading_progress_upper" not in schools and "school_type" not in schools and linked.empty


def test_widen_joins_years_and_keeps_phases_apart(tmp_path):
    names = ["ks2", "ks2_2015", "ks4"]
    cleaned = {
        "ks2": results(tmp_path, "ks2", {"urn": 100001, "pupils": "9"}, {"urn": 100000, "pupils": "8"})[0],
        "ks2_2015": results(tmp_path, "ks2_2015", {"urn": 100000, "rwm_level4_pct": "80"}, {"urn": 100002})[0],
        "ks4": results(tmp_path, "ks4", {"urn": 100000, "pupils": "150"})[0],
    }
    sources = {name: source_of(name) for name in names}
    wide = clean_results.widen(
        {name: frame.reset_index() for name, frame in cleaned.items()}, {n: s["phase"] for n, s in sources.items()}
    )
    tables.conform(wide, schemas.results({m: w for m, w in clean_results.measures_of(sources).items() if m in wide}))
    wide = wide.set_index(["phase", "urn"])
    assert wide.index.tolist() == [("primary", u) for u in (100000, 100001, 100002)] + [("secondary", 100000)]
    assert wide.loc[("primary", 100000), ["pupils", "rwm_level4_pct_1y_before"]].tolist() == [8, 80]
    assert wide.loc[("primary", 100001), "rwm_level4_pct_1y_before_status"] == "no_row"
    assert wide.loc[("primary", 100002), "pupils_status"] == "no_row" and pd.isna(wide.loc[("primary", 100002), "row"])
    assert wide.loc[("secondary", 100000), "pupils"] == 150
    assert pd.isna(wide.loc[("secondary", 100000), "rwm_level4_pct_1y_before_status"])


def test_same_layout_for_this_year_and_an_earlier_one(tmp_path):
    """What a release of 2017 or later has: both files with a column of school types."""
    now, before = source_of("ks2"), source_of("ks2") | {"years_before": 1, "file": "earlier.csv"}
    frames = {}
    for name, source in {"now": now, "before": before}.items():
        path = write_source(tmp_path, source, [{"urn": 100000, "pupils": "20"}])
        frames[name] = clean_results.clean_results(path, source, name)[0]
    wide = clean_results.widen(frames, {"now": "primary", "before": "primary"})
    assert wide["pupils"].tolist() == [20] and wide["pupils_1y_before"].tolist() == [20]
    assert wide["school_type"].tolist() == ["community"]
    measures = {name: words for name, words in clean_results.measures_of({"now": now, "before": before}).items()}
    tables.conform(wide, schemas.results({name: words for name, words in measures.items() if name in wide}))


def test_labels_of_measures_say_how_long_before():
    measures = clean_results.measures_of(
        {"a": source_of("ks2_2015"), "b": source_of("ks2_2014"), "c": source_of("ks2")}
    )
    assert measures["rwm_level4_pct_1y_before"][0].endswith(", 1 year before")
    assert measures["rwm_level4_pct_2y_before"][0].endswith(", 2 years before")
    assert measures["reading_progress"][:2] == ("Reading progress", "scaled score points")


def test_a_column_that_two_files_fill_names_both():
    measures = clean_results.measures_of({"ks2": source_of("ks2"), "ks4": source_of("ks4")})
    label, unit, source = measures["pupils"]
    assert label == "Eligible pupils; Pupils at the end of key stage 4"
    assert (unit, source) == ("pupils", "ks2: TELIG; ks4: TPUP")


# --- Inspections and designations -----------------------------------------------------------------------------


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


# --- Population -----------------------------------------------------------------------------------------------


# Pandas warns where no school of the population has a date; see test_register_without_a_single_date.
DATED = {"urn": 199999, "row": 99, "open_date": "2000-01-01", "close_date": "2030-01-01"}


def establishments(*rows):
    plain = {
        "establishment_type": "community",
        "establishment_status": "open",
        "phase_of_education": "primary",
        "region": "London",
        "open_date": None,
        "close_date": None,
    }
    frame = pd.DataFrame([plain | {"urn": 100000 + i, "row": i + 2} | row for i, row in enumerate(rows)])
    return frame.astype({"open_date": "str", "close_date": "str"})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, None),
        ({"open_date": DAY}, None),
        ({"open_date": "2017-04-01"}, "opened after the reference date"),
        ({"close_date": DAY}, "closed on or before the reference date"),
        ({"close_date": "2017-04-01", "establishment_status": "closed"}, None),
        ({"close_date": "2016-08-31", "establishment_status": "closed"}, "closed on or before the reference date"),
        ({"establishment_status": "closed"}, "closed, on an unknown date"),
        ({"establishment_status": "proposed"}, "proposed to open"),
        ({"establishment_status": "created_in_error"}, "created in error"),
        ({"establishment_type": "independent"}, "type out of scope: independent"),
        ({"establishment_type": "special"}, "type out of scope: special"),
        ({"region": "outside_england"}, "outside England's nine regions"),
        ({"phase_of_education": "nursery"}, "phase out of scope: nursery"),
        ({"phase_of_education": "middle_deemed_secondary"}, None),
        ({"establishment_type": "studio_school", "phase_of_education": "secondary"}, None),
    ],
)
def test_population_on_the_reference_date(row, reason):
    members, rejected = population.population(establishments(row, DATED), RULES, DAY, "register")
    assert (len(members), len(rejected)) == ((2, 0) if reason is None else (1, 1))
    assert reason is None or rejected["reason"].tolist() == [reason]


def test_register_without_a_single_date():
    members, _ = population.population(establishments({}, {}), RULES, DAY, "register")
    assert len(members) == 2


def test_population_says_why_a_school_counts_as_open():
    members, _ = population.population(
        establishments({}, {"open_date": "2012-09-01", "close_date": "2018-08-31"}), RULES, DAY, "register"
    )
    first, second = members["open_on_reference_date"]
    assert "no opening date" in first and "2012-09-01" in second and "2018-08-31" in second


states = st.fixed_dictionaries(
    {
        "establishment_type": st.sampled_from(["community", "special", "free_school"]),
        "establishment_status": st.sampled_from(["open", "closed", "proposed"]),
        "phase_of_education": st.sampled_from(["primary", "all_through", "nursery"]),
        "open_date": st.sampled_from([None, "2010-01-01", DAY, "2018-01-01"]),
        "close_date": st.sampled_from([None, "2012-01-01", DAY, "2018-01-01"]),
    }
)


@examples(max_examples=20)
@given(rows=st.lists(states, min_size=1, max_size=12))
def test_population_leaves_no_establishment_unaccounted_for(rows):
    frame = establishments(*rows, DATED)
    members, rejected = population.population(frame, RULES, DAY, "register")
    assert sorted([*members["row"], *rejected["row"]]) == frame["row"].tolist()
    schools = population.in_phases(members, RULES["phases"])
    all_through = (members["phase_of_education"] == "all_through").sum()
    assert len(schools) == len(members) + all_through and not schools.duplicated(["urn", "phase"]).any()


def test_all_through_school_stands_in_both_phases_and_a_middle_school_in_one():
    members, _ = population.population(
        establishments({"phase_of_education": "all_through"}, DATED | {"phase_of_education": "middle_deemed_primary"}),
        RULES,
        DAY,
        "register",
    )
    schools = population.in_phases(members, RULES["phases"])
    assert list(zip(schools["urn"], schools["phase"], strict=True)) == [
        (100000, "primary"),
        (100000, "secondary"),
        (199999, "primary"),
    ]


# --- Predecessors ---------------------------------------------------------------------------------------------


def inherit(schools, available, links, types=None, may_inherit="all"):
    """{(urn, phase): (from_urn, via, steps)}, all primary where only URNs are given; see `inherit_and_stops`."""
    return inherit_and_stops(schools, available, links, types, may_inherit)[0]


def inherit_and_stops(schools, available, links, types=None, may_inherit="all"):
    """As `inherit`, and the set of (urn, from_urn, steps) at which the search stopped at a school still open."""
    with_phase = [(s, "primary") if isinstance(s, int) else s for s in schools]
    data = [(a, "primary") if isinstance(a, int) else a for a in available]
    found, still_open = population.inherit(
        pd.DataFrame(with_phase, columns=["urn", "phase"]),
        pd.DataFrame(data, columns=["urn", "phase"]).astype({"urn": "int64"}),
        pd.DataFrame(links, columns=["urn", "predecessor_urn"]).astype("int64"),
        None if types is None else pd.Series(types),
        may_inherit,
    )
    assert list(zip(found["urn"], found["phase"], strict=True)) == with_phase
    sources = {
        (row["urn"], row["phase"]): (None if pd.isna(row["from_urn"]) else row["from_urn"], row["via"], row["steps"])
        for row in found.to_dict("records")
    }
    return sources, set(zip(still_open["urn"], still_open["from_urn"], still_open["steps"], strict=True))


@pytest.mark.parametrize(
    ("available", "links", "expected"),
    [
        ([1], [(1, 2)], (1, "own", 0)),
        ([2], [(1, 2)], (2, "predecessor", 1)),
        ([3], [(1, 2), (2, 3)], (3, "predecessor", 2)),
        ([2, 3], [(1, 2), (2, 3)], (2, "predecessor", 1)),
        ([2, 3], [(1, 2), (1, 3)], (None, "ambiguous", 1)),
        ([3], [(1, 2), (1, 3)], (3, "predecessor", 1)),
        ([4], [(1, 2), (1, 3), (2, 4), (3, 4)], (4, "predecessor", 2)),
        ([2], [(1, 2), (1, 2)], (2, "predecessor", 1)),
        ([2], [(2, 1)], (None, "none", 0)),
        ([9], [(1, 2)], (None, "none", 0)),
        ([], [], (None, "none", 0)),
        ([9], [(1, 2), (2, 1)], (None, "none", 0)),
        ([9], [(1, 1)], (None, "none", 0)),
    ],
)
def test_nearest_predecessor(available, links, expected):
    assert inherit([1], available, links) == {(1, "primary"): expected}


def test_results_are_inherited_within_the_phase():
    found = inherit([(1, "primary"), (1, "secondary")], [(2, "secondary")], [(1, 2)])
    assert found == {(1, "primary"): (None, "none", 0), (1, "secondary"): (2, "predecessor", 1)}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ({1: "academy_converter", 2: "community"}, (2, "predecessor", 1)),
        ({1: "academy_sponsor_led", 2: "community"}, (None, "none", 0)),
        ({1: "academy_converter"}, (2, "predecessor", 1)),
        ({}, (None, "none", 0)),
    ],
)
def test_inspection_is_inherited_by_converters_only(types, expected):
    found = inherit([1], [2], [(1, 2)], types, RULES["inherits"]["inspection"])
    assert found == {(1, "primary"): expected}


@pytest.mark.parametrize(
    ("official", "expected"),
    [
        ("Academy converter", (2, "predecessor", 1)),
        ("Academy - Converter mainstream", (2, "predecessor", 1)),
        ("Academy sponsor led", (None, "none", 0)),
        ("Academy sponsor led mainstream", (None, "none", 0)),
        ("Academy - Sponsor led mainstream", (None, "none", 0)),
        ("Free schools", (None, "none", 0)),
        ("Community school", (None, "none", 0)),
    ],
)
def test_inspection_is_inherited_by_what_the_register_calls_a_converter(tmp_path, official, expected):
    out, _, _ = register(tmp_path, {"urn": 100000, "establishment_type": official})
    types = {1: out.loc[100000, "establishment_type"], 2: "community"}
    assert inherit([1], [2], [(1, 2)], types, RULES["inherits"]["inspection"]) == {(1, "primary"): expected}


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("academy_converter", (3, "predecessor", 2)),
        ("academy_sponsor_led", (None, "none", 0)),
        ("community", (None, "none", 0)),
    ],
)
def test_chain_of_predecessors_breaks_at_one_that_starts_anew(between, expected):
    types = {1: "academy_converter", 2: between, 3: "community"}
    assert inherit([1], [3], [(1, 2), (2, 3)], types, ["academy_converter"])[(1, "primary")] == expected


@pytest.mark.parametrize(
    ("schools", "available", "links", "expected", "stops"),
    [
        ([1, 2], [2], [(1, 2)], (None, "none", 0), {(1, 2, 1)}),
        ([1, 2], [2, 3], [(1, 2), (1, 3)], (3, "predecessor", 1), {(1, 2, 1)}),
        ([1, 2], [3], [(1, 2), (2, 3)], (None, "none", 0), {(1, 2, 1)}),
        ([1, 3], [3], [(1, 2), (2, 3)], (None, "none", 0), {(1, 3, 2)}),
        ([1, 2], [1, 2], [(1, 2)], (1, "own", 0), set()),
        ([1, 2], [], [(1, 2), (2, 1), (1, 1)], (None, "none", 0), {(1, 2, 1), (2, 1, 1)}),
    ],
)
def test_predecessor_that_is_a_school_itself_keeps_its_data(schools, available, links, expected, stops):
    """Otherwise they would be counted twice: for itself, and for a school that split off from it."""
    found, still_open = inherit_and_stops(schools, available, links)
    assert found[1, "primary"] == expected and still_open == stops


worlds = st.tuples(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=8),
    st.sets(st.integers(1, 6)),
    st.sets(st.integers(1, 6)),
)


@examples(max_examples=3)
@given(found=st.lists(worlds, min_size=20, max_size=20))
def test_inheritance_equals_a_plain_search(found):
    """Breadth first over predecessors that are no schools themselves; those of a distance are looked at together.

    Each world has URNs of its own.
    """
    links, available, expected = [], [], {}
    for number, (some_links, has_data, schools) in enumerate(found):
        shift = 10 * number
        links += [(shift + urn, shift + predecessor) for urn, predecessor in some_links]
        available += [shift + urn for urn in sorted(has_data)]
        for urn in sorted(schools):
            level, via = {urn}, (shift + urn, "own", 0) if urn in has_data else None
            for distance in range(1, population.MOST_STEPS + 1):
                level = {p for at in level for s, p in some_links if s == at} - schools
                here = level & has_data
                if via is None and here:
                    via = (shift + min(here), "predecessor", distance)
                    via = via if len(here) == 1 else (None, "ambiguous", distance)
            expected[shift + urn, "primary"] = via or (None, "none", 0)
    assert inherit([urn for urn, _ in expected], available, links) == expected


def attached(schools, result_rows, links, types=None):
    """results_urn and results_via of each school, with results of one measure given as {urn: status}."""
    rows = pd.DataFrame(
        [(u, "primary", u, 1.0 if s == "ok" else np.nan, s) for u, s in result_rows.items()],
        columns=["urn", "phase", "row", "progress8", "progress8_status"],
    )
    frame, inherited = population.attach_results(
        pd.DataFrame({"urn": schools, "phase": "primary"}),
        rows,
        pd.DataFrame(links, columns=["urn", "predecessor_urn"]).astype("int64"),
        {"": ["progress8"]},
        "all",
        pd.Series(types or {}, dtype="str"),
    )
    tables.conform(inherited.assign(urn=100000, from_urn=100000), schemas.INHERITED)
    return [(None if pd.isna(u) else u, via) for u, via in zip(frame["results_urn"], frame["results_via"], strict=True)]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("ok", (1, "own")),
        ("suppressed", (1, "own")),
        ("low_coverage", (1, "own")),
        ("no_entries", (1, "own")),
        ("missing", (2, "predecessor")),
        ("new_school", (2, "predecessor")),
        ("not_published", (2, "predecessor")),
        ("no_row", (2, "predecessor")),
    ],
)
def test_own_row_without_results_yet_gives_way_to_the_predecessor(own, expected):
    assert attached([1], {1: own, 2: "ok"}, [(1, 2)]) == [expected]


def test_successors_that_share_a_predecessor_are_marked_each_with_the_others():
    found, still_open = population.inherit(
        pd.DataFrame({"urn": [100001, 100002, 100003, 100004], "phase": "primary"}),
        pd.DataFrame({"urn": [99999, 99998, 100004], "phase": "primary"}),
        pd.DataFrame(
            [(100001, 99999), (100002, 99999), (100003, 99998), (100003, 100004)], columns=["urn", "predecessor_urn"]
        ),
    )
    table = tables.conform(population._inherited(found, still_open, "results"), schemas.INHERITED)
    rows = {(row["urn"], row["outcome"]): row for row in table.to_dict("records")}
    assert rows[100001, "inherited"]["shared_with"] == "100002"
    assert rows[100002, "inherited"]["shared_with"] == "100001"
    assert pd.isna(rows[100003, "inherited"]["shared_with"])
    assert rows[100003, "predecessor_still_open"]["from_urn"] == 100004 and len(rows) == 4


def test_own_row_without_results_stays_where_nobody_has_any():
    assert attached([1, 3], {1: "new_school"}, [(1, 2)]) == [(1, "own"), (None, "none")]


# --- The ledger of the cleaning -------------------------------------------------------------------------------


def rejected_rows(*sources):
    frame = pd.DataFrame(
        [(s, i, "", f"reason {i % 2}") for i, s in enumerate(sources)], columns=["source", "row", "urn", "reason"]
    )
    return frame.astype({"source": "str", "reason": "str"})


def test_ledger_adds_up_by_source_and_reason():
    ledger = population.ledger_of_cleaning(
        {"ks2": (5, 0), "ks4": (3, 1)}, rejected_rows("ks2", "ks2", "ks2"), {"ks2": 2, "ks4": 3}
    )
    tables.conform(ledger, schemas.LEDGER)
    totals = ledger[ledger["reason"].isna()].set_index("source")
    assert totals.loc["ks2", ["rows_in", "rows_out", "rows_left_out"]].tolist() == [5, 2, 3]
    assert totals.loc["ks4", ["rows_in", "rows_out", "rows_left_out"]].tolist() == [3, 3, 0]
    assert totals["rows_ending_early"].to_dict() == {"ks2": 0, "ks4": 1}
    by_reason = ledger[ledger["reason"].notna()]
    assert dict(zip(by_reason["reason"], by_reason["rows_left_out"], strict=True)) == {"reason 0": 2, "reason 1": 1}


@pytest.mark.parametrize("kept", [1, 3])
def test_row_that_is_lost_or_counted_twice_stops_the_run(kept):
    message = refusal(population.ledger_of_cleaning, {"ks2": (5, 0)}, rejected_rows("ks2", "ks2", "ks2"), {"ks2": kept})
    assert "ks2: 5 rows came in" in message and f"{kept} went on" in message and "3 were left out" in message


# --- Conservation on ragged files -----------------------------------------------------------------------------

cells = st.sampled_from(["", "100000", "100001", "100002", "x", " "])
KINDS = {"register": "register", "links": "links", "ks2": "results", "inspections": "inspections"}


@examples(max_examples=20)
@given(
    name=st.sampled_from(sorted(KINDS)),
    urns=st.lists(cells, min_size=1, max_size=8),
    cuts=st.lists(st.integers(-4, 3), max_size=8),
    record_types=st.lists(st.sampled_from("12345"), min_size=8, max_size=8),
)
def test_rows_in_are_rows_out_and_rows_left_out(tmp_path_factory, name, urns, cuts, record_types):
    """Cells are cut off or added at the end of some rows; URNs are blank, wrong or repeated."""
    source = source_of(name)
    if name == "ks2":  # a URN that stands twice in the results stops the run
        urns = [urn for i, urn in enumerate(urns) if not urn.isdigit() or urn not in urns[:i]]
    rows = [
        {"urn": urn, "link_urn": "100009", "record_type": record_types[i % 8]} if name != "register" else {"urn": urn}
        for i, urn in enumerate(urns)
    ]
    # The first record is whole, so that there is one.
    whole = PLAIN[source["kind"]] | {"urn": "100008", "link_urn": "100009"}
    lines = text_of(source, [whole, *rows]).splitlines()
    for at, cut in enumerate(cuts[: len(rows)], start=2):
        lines[at] = lines[at].rsplit(",", -cut)[0] if cut < 0 else lines[at] + ",spill" * cut
    path = tmp_path_factory.mktemp("ragged") / source["file"]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")

    clean = {
        "register": clean_register.clean_register,
        "links": clean_register.clean_links,
        "ks2": clean_results.clean_results,
        "inspections": clean_inspections.clean_inspections,
    }[name]
    try:
        kept, *_, rejected = clean(path, source, name) if name != "register" else clean(path, source, name)[:2]
    except UserError as error:
        # Cells that moved into the wrong column, or a URN that stands twice with different content.
        assert source["file"] in str(error)
        return
    assert_conserved(path, source, kept["row"], rejected)
    tables.conform(rejected, schemas.REJECTED)
