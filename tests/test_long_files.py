"""Long files: the rows of the wanted year are chosen, further rows of a school are set beside its main one, and every
other row is left out with the reason. Each row is counted once."""

import pandas as pd
import pytest

import clean_results
import explain
import ledger
from lib import schemas, source_files, tables
from lib.settings.load import with_layout
from small_files import assert_conserved, reasons, refusal, write_cells

HEADER = [
    *("time_period", "geographic_level", "school_urn", "school_laestab", "breakdown_topic", "breakdown", "subject"),
    *("expected_standard_pupil_percent", "progress_measure_score"),
    *("progress_measure_lower_conf_interval", "progress_measure_upper_conf_interval"),
]
RWM, ALL, POOR = "Reading, writing and maths", ("All pupils", "Total"), ("Disadvantaged status", "Disadvantaged")
THREE_YEARS = ("Average (2023 to 2025)", "3 year average")


def line(urn, subject=RWM, figure="", progress="", year="202425", of=ALL, level="School", laestab="2013614"):
    return [year, level, urn, laestab, *of, subject, figure, *([progress] * 3)]


def source(year="2024/25", layout="ees-ks2-2023", **keys):
    return with_layout({"layout": layout, "file": "ks2.csv"} | keys, "test", year)


def clean(tmp_path, *lines, header=HEADER, **keys):
    """(schools, rejected) of a file with `lines`; every one of them is one or the other."""
    of = source(**keys)
    path = write_cells(tmp_path / of["file"], header, *lines)
    schools, _, _, rejected = clean_results.clean_results(path, of, "ks2")
    suffix = "_1y_before" if keys.get("years_before") else ""
    rows = [schools[column].dropna().tolist() for column in schools if column.startswith(f"row{suffix}")]
    assert_conserved(path, of, sum(rows, []), rejected)
    return schools.set_index("urn"), reasons(rejected)


def test_one_row_a_school_comes_out_and_each_measure_is_traced_to_its_line(tmp_path):
    schools, rejected = clean(
        tmp_path,
        line(100000, figure="77"),
        line(100000, "Maths", "80", "1.5"),
        line(100000, figure="50", of=POOR),
        line(100001, figure="c"),
        line(100000, "Reading", "81", "-0.5"),
        year="2022/23",
        rows={"time_period": "202425"},
    )
    assert rejected == {} and schools.index.tolist() == [100000, 100001]
    first = schools.loc[100000]
    assert first[["rwm_expected_pct", "rwm_expected_disadvantaged_pct"]].tolist() == [77, 50]
    assert first[["maths_progress", "maths_progress_upper", "reading_progress"]].tolist() == [1.5, 1.5, -0.5]
    lines = ["row", "row_part_maths", "row_part_disadvantaged", "row_part_reading"]
    assert first[lines].tolist() == [2, 3, 4, 6] and first["row_part_writing"] is None
    second = schools.loc[100001]
    assert second["rwm_expected_pct_status"] == "suppressed"
    assert second["maths_progress_status"] == "missing", "it has no such row"
    assert "writing_progress" not in schools, "no school has such a row"


def test_other_rows_are_left_out_with_the_reason(tmp_path):
    _, rejected = clean(
        tmp_path,
        line(100000, figure="77"),
        line(100000, figure="70", year="202324"),
        line(100000, figure="71", of=THREE_YEARS),
        line("", figure="62", level="National"),
        line(100000, "Grammar, punctuation and spelling", "80"),
        line(100000, "Reading", "50", of=POOR),
        line(100009, "Maths", "80"),
        line("x", figure="77"),
        line("x", "Maths", "77"),
        [],
    )
    assert rejected == {
        3: "another time_period than is read",
        4: "another breakdown_topic than is read",
        5: "another geographic_level than is read",
        6: "another subject than is read",
        7: "each of time_period, geographic_level, breakdown_topic, breakdown, subject is read, but not together",
        8: "a row of maths of a school without a row that it would stand beside",
        9: "the URN is not a whole number of 5 to 7 digits",
        10: "the URN is not a whole number of 5 to 7 digits",
        11: "empty line",
    }


def test_the_year_is_that_of_the_release_less_the_years_before(tmp_path):
    lines = [line(100000, figure="77"), line(100000, figure="70", year="202324")]
    assert clean(tmp_path, *lines)[0]["rwm_expected_pct"].tolist() == [77]
    before, _ = clean(tmp_path, *lines, years_before=1)
    assert before[["rwm_expected_pct_1y_before", "row_1y_before"]].to_numpy().tolist() == [[70, 3]]


def test_file_without_the_wanted_year_stops_with_the_years_that_it_has(tmp_path):
    lines = [line(100000, figure="77"), line(100000, year="202324")]
    message = refusal(lambda: clean(tmp_path, *lines, year="2025/26"))
    assert message.startswith("ks2.csv: no row has the time_period 202526; there are: '202324', '202425'.")
    assert "sources.ks2.rows in the release file" in message


def test_file_without_the_main_subject_stops_with_those_that_it_has(tmp_path):
    message = refusal(lambda: clean(tmp_path, line(100000, "Reading", "77")))
    assert "no row has the subject Reading, writing and maths; there are: 'Reading'" in message


def test_provisional_results_are_not_read_and_a_blank_version_is(tmp_path):
    header = [*HEADER, "version"]
    lines = [[*line(100000 + n, figure=str(70 + n)), word] for n, word in enumerate(("Final", "", "revised"))]
    again = [*line(100000, figure="60"), "Provisional"]
    schools, rejected = clean(tmp_path, *lines, again, [*line(100003, figure="61"), "Provisional"], header=header)
    assert schools["rwm_expected_pct"].tolist() == [70, 71, 72]
    assert rejected == {5: "another version than is read", 6: "another version than is read"}
    message = refusal(lambda: clean(tmp_path, again, header=header))
    assert "no row has the version Final or Revised or blank; there are: 'Provisional'." in message
    assert "set sources.ks2.rows in the release file" in message
    wanted = clean(tmp_path, *lines, again, header=header, rows={"version": "Provisional"})[0]
    assert wanted["rwm_expected_pct"].tolist() == [60]


def test_file_none_of_whose_rows_is_all_of_what_is_wanted(tmp_path):
    lines = [line(100000, "Reading"), line(100000, of=THREE_YEARS)]
    assert "no row has together time_period" in refusal(lambda: clean(tmp_path, *lines))


def test_two_rows_of_a_school_and_subject_stop_with_both_lines(tmp_path):
    """A file may hold two versions of the same results."""
    message = refusal(lambda: clean(tmp_path, line(100000, figure="77"), line(100000, figure="78")))
    assert "URN 100000 appears in rows 2 and 3" in message
    lines = [line(100000, figure="77"), line(100000, "Maths"), line(100000, "Maths")]
    assert "URN 100000 appears in rows 3 and 4" in refusal(lambda: clean(tmp_path, *lines))


def test_lack_of_a_column_by_which_rows_are_chosen_is_named(tmp_path):
    header = [name.replace("breakdown_topic", "breakdown_topics") for name in HEADER]
    message = refusal(lambda: clean(tmp_path, line(100000), header=header))
    assert "the column 'breakdown_topic', by which rows are chosen, is missing. Did you mean" in message
    assert "workflow/layouts/ees-ks2-2023.yaml" in message


def test_rows_may_be_chosen_otherwise_by_the_release(tmp_path):
    schools, _ = clean(
        tmp_path,
        line(100000, figure="77"),
        line(100000, figure="71", of=THREE_YEARS),
        rows={"breakdown_topic": "Average (2023 to 2025)", "breakdown": ["3 year average"]},
    )
    assert schools["rwm_expected_pct"].tolist() == [71]


def test_a_rejected_row_takes_with_it_those_that_stand_beside_it():
    records = pd.DataFrame({"row": [2, 3], "urn": ["1", "100000"], "row_part_maths": pd.array([4, None], "Int64")})
    kept, rejected = source_files.reject(records, records["urn"] == "1", "ks2", "no URN")
    assert kept["row"].tolist() == [3] and rejected["row"].tolist() == [2, 4]


def test_the_ledger_counts_a_row_that_stands_beside_another_as_one_that_went_on(tmp_path):
    of, path = source(), tmp_path / "ks2.csv"
    lines = line(100000, figure="77"), line(100000, "Maths", "80"), line(100001, figure="5"), line(100001, year="2")
    write_cells(path, HEADER, *lines)
    schools, _, _, rejected = clean_results.clean_results(path, of, "ks2")
    results, _ = clean_results.widen({"ks2": schools}, {"ks2": of})
    measures = {name: words for name, words in clean_results.measures_of({"ks2": of}).items() if name in results}
    results = tables.conform(results, schemas.results(measures, {"ks2": of}))
    nothing = pd.DataFrame({"source": [], "row": [], "urn": []})
    kept = ledger.rows_kept({"ks2": of}, 0, nothing, results, nothing, nothing)
    cleaning = ledger.ledger_of_cleaning({"ks2": source_files.count_records(path, of)}, rejected, kept)
    ledger.check(cleaning)
    assert cleaning.loc[0, ["rows_in", "rows_out", "rows_left_out"]].tolist() == [4, 3, 1]
    in_phase = pd.DataFrame({"urn": [100000], "phase": ["primary"], "results_urn": [100000], "inspection_urn": [None]})
    rows, used = next(ledger.cleaned_rows(results, nothing, nothing, in_phase))
    assert ledger.rows_used(rows, used) == {"ks2": 2}
    unused = ledger.unused(rows, used, in_phase, pd.Series([100000]))
    assert unused[["row", "reason"]].to_numpy().tolist() == [[4, "its URN is not in the register"]]


def test_what_a_long_file_adds_to_another_keeps_its_lines(tmp_path):
    main = source("2022/23", "ks2-2016")
    main["columns"] = {name: main["columns"][name] for name in ("urn", "rwm_expected_pct")}
    other = source(supplies=["maths_progress"], file="more.csv")
    first = write_cells(tmp_path / "a.csv", ["RECTYPE", "URN", "PTRWM_EXP"], [1, 100000, "70%"], [1, 100001, "60%"])
    lines = line(100000), line(100000, "Maths", progress="1"), line(100009), line(100009, "Maths")
    more = write_cells(tmp_path / "more.csv", HEADER, *lines)
    sources = {"ks2": main, "more": other}
    cleaned = {"ks2": clean_results.clean_results(first, main, "ks2")[0]}
    cleaned["more"], _, _, rejected = clean_results.clean_results(more, other, "more")
    wide, nothing_to_add_to = clean_results.widen(cleaned, sources)
    assert wide[["maths_progress", "row_of_more", "row_of_more_part_maths"]].iloc[0].tolist() == [1, 2, 3]
    assert len(rejected) == 0 and reasons(nothing_to_add_to).keys() == {4, 5}
    assert {len(part) for _, part in ledger._rows_of(tables.conform(wide, schemas.results({}, sources)))} == {4}


def test_explain_names_the_lines_that_stand_beside_the_main_one():
    row = {"row": 2, "row_part_maths": 3, "row_part_writing": None, "row_of_more": 9, "row_of_more_part_reading": 8}
    run = type("Run", (), {"files": {"more": "more.csv"}})
    assert explain._added(run, row, "") == [
        "with row 3 (maths)",
        "with more.csv, row 9",
        "with more.csv, row 8 (reading)",
    ]


@pytest.mark.parametrize("layout", ["ees-ks4-2024", "ees-ks4-2025"])
def test_key_stage_4_under_the_names_of_both_years(tmp_path, layout):
    names = {
        "ees-ks4-2024": ("t_pupils", "avg_att8", "avg_p8score", "Disadvantage status"),
        "ees-ks4-2025": ("pupil_count", "attainment8_average", "progress8_average", "Disadvantage status"),
    }[layout]
    header = ["time_period", "geographic_level", "school_urn", "old_la_code", "breakdown_topic", "breakdown"]
    header += ["establishment_type_group", *names[:3]]
    lines = [
        ["202324", "School", 100003, "201", "Total", "Total", "Independent schools", 148, "39.2", "z"],
        ["202324", "School", 100003, "201", "Sex", "Boys", "Independent schools", 148, "39.2", "z"],
        ["202324", "School", 100003, "201", names[3], "Disadvantaged", "Independent schools", 3, "30.5", "z"],
    ]
    schools, rejected = clean(tmp_path, *lines, header=header, layout=layout, year="2023/24", file="ks4.csv")
    school = schools.loc[100003]
    assert school[["pupils", "attainment8", "attainment8_disadvantaged"]].tolist() == [148, 39.2, 30.5]
    assert school[["progress8_status", "school_type"]].tolist() == ["not_applicable", "independent"]
    assert rejected == {3: "another breakdown_topic than is read"}
