"""Cleaning the results: schools, summary rows, codes, links to successors, and the years side by side."""

import pandas as pd
import pytest

import clean_results
from lib import schemas, settings, tables
from small_files import assert_conserved, reasons, refusal, source_of, write_source


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
    assert "2015-2016_england_ks2final.csv" in message and "URN 100000 appears in rows 3 and 4" in message
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
    wide, rejected = clean_results.widen({name: frame.reset_index() for name, frame in cleaned.items()}, sources)
    conform(wide, sources)
    assert rejected.empty
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
    wide, _ = clean_results.widen(frames, {"now": now, "before": before})
    assert wide["pupils"].tolist() == [20] and wide["pupils_1y_before"].tolist() == [20]
    assert wide["school_type"].tolist() == ["community"]
    conform(wide, {"now": now, "before": before})


# --- A file that adds to another ------------------------------------------------------------------------------

ADDS = ("progress8_upper", "school_type", "closed_flag")


def conform(wide, sources):
    measures = {m: words for m, words in clean_results.measures_of(sources).items() if m in wide}
    return tables.conform(wide, schemas.results(measures, sources))


def added(folder, final, provisional, without=(), supplies=ADDS):
    """(results by URN, rejected) of a final file and one that adds to it."""
    other = source_of("ks4_provisional")
    read = {"urn", *supplies}
    sources = {"ks4": source_of("ks4"), "more": other | {"supplies": list(supplies)}}
    sources["more"]["columns"] = {name: spec for name, spec in other["columns"].items() if name in read}
    cleaned = {}
    for name, rows in {"ks4": final, "more": provisional}.items():
        path = write_source(folder, sources[name], rows, without=without if name == "ks4" else ())
        cleaned[name] = clean_results.clean_results(path, sources[name], name)[0]
    wide, rejected = clean_results.widen(cleaned, sources)
    conform(wide, sources)
    tables.conform(rejected, schemas.REJECTED)
    assert len(wide) == len(cleaned["ks4"])
    assert wide["row_of_more"].notna().sum() + len(rejected) == len(cleaned["more"])
    return wide.set_index("urn"), rejected


def test_a_file_gives_the_columns_that_the_other_lacks_and_nothing_else(tmp_path):
    final = [{"urn": 100000, "progress8": "0.1"}, {"urn": 100001, "progress8": "0.2"}]
    limits = [{"urn": 100001, "progress8": "9", "progress8_upper": "0.5", "closed_flag": "1"}]
    out, rejected = added(tmp_path, final, limits, without=["progress8_upper", "school_type", "closed_flag"])
    assert rejected.empty and out["progress8"].tolist() == [0.1, 0.2]
    assert out.loc[100001, ["progress8_upper", "progress8_upper_status", "row_of_more"]].tolist() == [0.5, "ok", 2]
    assert out.loc[100001, ["school_type", "closed_flag"]].tolist() == ["community", "closed"]
    assert out.loc[100000, "progress8_upper_status"] == "no_row"
    assert out.loc[100000, ["progress8_upper", "school_type", "closed_flag", "row_of_more"]].isna().all()


@pytest.mark.parametrize(
    ("stated", "other", "taken"),
    [
        ("0.3", "0.5", (0.3, "ok")),
        ("", "0.5", (0.5, "ok")),
        ("", "SUPP", (None, "suppressed")),
        ("NE", "0.5", (None, "no_entries")),
        ("0.3", "", (0.3, "ok")),
        ("", "", (None, "missing")),
    ],
)
def test_what_the_first_file_states_stands_and_a_blank_is_filled(tmp_path, stated, other, taken):
    out, _ = added(tmp_path, [{"urn": 100000, "progress8_upper": stated}], [{"urn": 100000, "progress8_upper": other}])
    value, status = out.loc[100000, ["progress8_upper", "progress8_upper_status"]]
    assert (None if pd.isna(value) else value, status) == taken


@pytest.mark.parametrize(("stated", "taken"), [("F", "free_school"), ("", "studio_school")])
def test_type_of_school_is_filled_where_the_first_file_leaves_it_blank(tmp_path, stated, taken):
    out, _ = added(tmp_path, [{"urn": 100000, "school_type": stated}], [{"urn": 100000, "school_type": "FSS"}])
    assert out.loc[100000, "school_type"] == taken


def test_row_of_a_school_that_the_first_file_lacks_is_left_out_with_the_reason(tmp_path):
    _, rejected = added(tmp_path, [{"urn": 100000}], [{"urn": 100001}, {"urn": 100000}])
    assert rejected.to_dict("records") == [
        {"source": "more", "row": 2, "urn": "100001", "reason": "the file that it adds to has no row of the school"}
    ]


def test_a_file_adds_to_an_earlier_year_too(tmp_path):
    other = source_of("ks2") | {"years_before": 1, "supplies": ["pupils"], "file": "more.csv"}
    other["columns"] = {name: spec for name, spec in other["columns"].items() if name in ("urn", "pupils")}
    sources = {"ks2": source_of("ks2"), "ks2_2015": source_of("ks2_2015"), "more": other}
    rows = {"ks2": {"pupils": "9"}, "ks2_2015": {"rwm_level4_pct": "80"}, "more": {"pupils": "8"}}
    cleaned = {
        name: clean_results.clean_results(write_source(tmp_path, s, [{"urn": 100000} | rows[name]]), s, name)[0]
        for name, s in sources.items()
    }
    wide, _ = clean_results.widen(cleaned, sources)
    assert wide[["pupils", "pupils_1y_before", "row_1y_before_of_more"]].to_numpy().tolist() == [[9, 8, 2]]


def test_without_the_file_that_it_adds_to_no_row_is_used(tmp_path):
    """An earlier year's results are optional; what adds to them may be there alone."""
    other = source_of("ks2_2015") | {"supplies": ["rwm_level4_pct"], "file": "more.csv"}
    sources = {"ks2": source_of("ks2"), "ks2_2015": source_of("ks2_2015"), "more": other}
    cleaned = {
        name: clean_results.clean_results(
            write_source(tmp_path, sources[name], [{"urn": 100000}]), sources[name], name
        )[0]
        for name in ("ks2", "more")
    }
    wide, rejected = clean_results.widen(cleaned, {name: sources[name] for name in ("ks2", "more")})
    assert reasons(rejected) == {2: "the file that it adds to has no row of the school"}
    assert not any("1y_before" in column for column in wide)


def test_results_without_the_optional_columns(tmp_path):
    source = source_of("ks2")
    optional = [name for name, spec in source["columns"].items() if spec.get("optional")]
    path = write_source(tmp_path, source, [{"urn": 100000}], without=optional)
    wide, _ = clean_results.widen({"ks2": clean_results.clean_results(path, source, "ks2")[0]}, {"ks2": source})
    assert conform(wide, {"ks2": source})[["school_type", "closed_flag"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("abbreviation", "kind"),
    [
        ("FSS", "studio_school"),
        ("FUTC", "university_technical_college"),
        ("FESI", "further_education"),
        ("FS", "special"),
        ("F", "free_school"),
    ],
)
def test_abbreviations_of_the_types_of_free_schools_and_colleges(tmp_path, abbreviation, kind):
    schools, *_ = results(tmp_path, "ks4", {"urn": 100000, "school_type": abbreviation})
    assert schools["school_type"].tolist() == [kind]


# --- Labels ---------------------------------------------------------------------------------------------------


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
