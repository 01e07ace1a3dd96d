"""The layouts of each era, on a few lines of its kind: names that changed, columns that came and went, what blanks say.

What the real files hold: test_real_files.py. Layouts of inspections: test_clean_inspections.py.
"""

import pytest

import clean_register
import clean_results
from lib import settings
from lib.layout_match import matching_layouts
from lib.run_step import UserError
from lib.settings.load import with_layout
from small_files import reasons, refusal, source_of, write_cells, write_source


def of_year(layout, year, **keys):
    return with_layout({"layout": layout, "file": f"{layout}.csv"} | keys, "test", year)


def results(tmp_path, layout, year, header, *lines, **keys):
    source = of_year(layout, year, **keys)
    path = write_cells(tmp_path / source["file"], header.split(","), *lines)
    return clean_results.clean_results(path, source, "results")[0].set_index("urn")


def test_key_stage_2_of_2011_12_has_progress_in_english(tmp_path):
    header = "RECTYPE,LEA,URN,PTREADWRITTAMATX,PT2ENG12,PT2MATH12"
    schools = results(tmp_path, "ks2-2012", "2011/12", header, [1, 201, 100000, "80%", "90%", "SUPP"])
    names = ["rwm_level4_pct", "english_expected_progress_pct", "maths_expected_progress_pct_status"]
    assert schools.loc[100000, names].tolist() == [80, 90, "suppressed"]


def test_key_stage_2_of_2014_15_cannot_be_read_without_its_progress(tmp_path):
    header = "RECTYPE,URN,PTREADWRITTAMATX,PT2MATH,PT2READS,PT2WRITTA"
    message = refusal(lambda: results(tmp_path, "ks2-2014", "2014/15", header, [1, 100000, 80, 90, 90, 90]))
    assert "'PT2READ' (Expected progress in reading) is missing. Did you mean 'PT2READS'?" in message


@pytest.mark.parametrize("ending", ["_PTQ", "_PTQ_EE", ""])
def test_key_stage_4_before_2016_under_the_names_of_each_year(tmp_path, ending):
    """The list of 2014/15 writes PT24EngPrg_PTQ_EE."""
    header = f"RECTYPE,URN,TPUP,PTAC5EM{ending},PT24EngPrg{ending},PT24MathPrg{ending}"
    schools = results(tmp_path, "ks4-2014", "2014/15", header, [1, 100000, 90, "60%", "70%", "80%"])
    expected = ["five_good_gcses_pct", "english_expected_progress_pct", "maths_expected_progress_pct"]
    assert schools.loc[100000, expected].tolist() == [60, 70, 80]


@pytest.mark.parametrize(
    ("layout", "disadvantaged", "header"),
    [
        ("ks2-2016", "rwm_expected_disadvantaged_pct", "PTRWM_EXP,READPROG,WRITPROG,MATPROG,PTRWM_EXP_FSM6CLA1A"),
        ("ks4-2016", "attainment8_disadvantaged", "ATT8SCR,P8MEA,P8CILOW,P8CIUPP,ATT8SCR_FSM6CLA1A"),
    ],
)
def test_disadvantaged_pupils_and_a_file_without_the_number_of_pupils(tmp_path, layout, disadvantaged, header):
    schools = results(tmp_path, layout, "2016/17", f"RECTYPE,URN,{header}", [1, 100000, 50, 1, 0, 2, 40])
    assert schools.loc[100000, disadvantaged] == 40 and "pupils" not in schools


@pytest.mark.parametrize("header", ["READPROG,WRITPROG,MATPROG,READPROG_LOWER", "ALPHAIND,A,B,C"])
def test_progress_that_nobody_measured_is_not_applicable_and_not_missing(tmp_path, header):
    """From 2023/24 on its columns are blank or absent."""
    header = f"RECTYPE,URN,PTRWM_EXP,{header}"
    schools = results(tmp_path, "ks2-2024", "2024/25", header, [1, 100000, "80%", "", "", "", ""])
    statuses = ["reading_progress_status", "maths_progress_status", "reading_progress_lower_status"]
    assert schools.loc[100000, statuses].tolist() == ["not_applicable"] * 3
    assert schools.loc[100000, "rwm_expected_pct"] == 80


def test_a_blank_that_the_copy_does_not_fill_is_missing(tmp_path):
    header, lines = "RECTYPE,URN,TPUP,ATT8SCR,P8MEA", [1, 100000, 148, 39.2, ""]
    for keys, status in (({}, "not_applicable"), ({"not_filled": ["progress8"]}, "missing")):
        schools = results(tmp_path, "ks4-2025", "2024/25", header, lines, **keys)
        assert schools.loc[100000, "progress8_status"] == status


def test_a_release_may_say_what_a_blank_means(tmp_path):
    header, line = "time_period,geographic_level,school_urn,breakdown_topic,breakdown,attainment8_average", [202425]
    line += ["School", 100000, "Total", "Total", "", ""]
    keys = {"columns": {"progress8": {"if_blank": "not_applicable"}}}
    schools = results(tmp_path, "ees-ks4-2025", "2024/25", f"{header},progress8_average", line, **keys)
    assert schools.loc[100000, ["attainment8_status", "progress8_status"]].tolist() == ["missing", "not_applicable"]


def test_a_school_that_a_partial_copy_lacks_is_missing_and_not_without_a_row(tmp_path):
    whole, partial = of_year("ks4-2025", "2024/25"), of_year("ks4-2016", "2023/24", years_before=1, partial=True)
    header = ["RECTYPE", "URN", "ATT8SCR", "P8MEA"]
    first = write_cells(tmp_path / "a.csv", header, [1, 100000, 50, "NA"])
    second = write_cells(tmp_path / "b.csv", header, [1, 100001, 50, 1])
    cleaned = {
        "ks4": clean_results.clean_results(first, whole, "ks4")[0],
        "ks4_2024": clean_results.clean_results(second, partial, "ks4_2024")[0],
    }
    wide = clean_results.widen(cleaned, {"ks4": whole, "ks4_2024": partial})[0].set_index("urn")
    assert wide.loc[100000, "attainment8_1y_before_status"] == "missing"
    assert wide.loc[100001, "attainment8_status"] == "no_row"


# --- Register and links ---------------------------------------------------------------------------------------


def test_register_of_the_academies_of_2016(tmp_path):
    """Title Case, no closing dates, no coordinates."""
    source = source_of("register")
    rows = [
        {"urn": 100000, "establishment_type": "Academy Sponsor Led", "phase_of_education": "Middle Deemed Primary"},
        {"urn": 100001, "establishment_type": "Free Schools - 16-19", "phase_of_education": "16 Plus"},
        {"urn": 100002, "establishment_type": "Studio Schools", "phase_of_education": "All Through"},
    ]
    path = write_source(tmp_path, source, rows, without=["close_date", "easting", "northing", "trust"])
    found, *_ = clean_register.clean_register(path, source, "register")
    assert found["establishment_type"].tolist() == ["academy_sponsor_led", "sixteen_plus", "studio_school"]
    assert found["phase_of_education"].tolist() == ["middle_deemed_primary", "sixteen_plus", "all_through"]
    assert found[["close_date", "easting", "coordinates_from", "trust"]].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["Children's centre", "Children's centre linked site"])
def test_childrens_centres_are_read_and_are_no_schools(tmp_path, kind):
    source = source_of("register")
    path = write_source(tmp_path, source, [{"urn": 20123, "establishment_type": kind}])
    found, *_ = clean_register.clean_register(path, source, "register")
    assert found[["urn", "establishment_type"]].to_numpy().tolist() == [[20123, "early_years"]]


def test_register_whose_copy_does_not_fill_authority_and_region(tmp_path):
    blank = {"la_code": "", "la_name": "", "region": ""}
    source = source_of("register") | {"not_filled": ["la_code", "la_name", "region"]}
    rows = [{"urn": 100000} | blank, {"urn": 400000, "establishment_type": "Welsh establishment"} | blank]
    found, *_ = clean_register.clean_register(write_source(tmp_path, source, rows), source, "register")
    assert found.loc[0, ["la_code", "la_name", "region"]].isna().all(), "in England, it is not known where"
    assert found.loc[1, "region"] == "outside_england"


def test_blank_authority_stops_unless_the_release_says_that_it_is_meant(tmp_path):
    source = source_of("register")
    path = write_source(tmp_path, source, [{"urn": 100000, "la_code": ""}])
    message = refusal(clean_register.clean_register, path, source, "register")
    assert "row 2, column LA (code): it is blank" in message and "list la_code under not_filled" in message
    assert len(clean_register.clean_register(path, source | {"not_filled": ["la_code"]}, "register")[0]) == 1


@pytest.mark.parametrize(
    ("kind", "kept", "reason"),
    [
        ("Parent", 1, None),
        ("For Academy", 1, None),
        ("Child", 1, None),
        ("Child - Split School", 0, "merger or split: no single predecessor"),
        ("Sixth Form Centre School ", 0, "link of another kind"),
    ],
)
def test_links_of_every_era(tmp_path, kind, kept, reason):
    source = source_of("links")
    path = write_source(tmp_path, source, [{"urn": 100000, "link_urn": 100001, "link_type": kind}])
    links, _, rejected = clean_register.clean_links(path, source, "links")
    assert (len(links), list(reasons(rejected).values())) == (kept, [reason] if reason else [])
    if kind == "Child":
        assert links[["urn", "predecessor_urn"]].iloc[0].tolist() == [100001, 100000]


# --- How much a file should hold ------------------------------------------------------------------------------


def schools(count, authorities=1):
    return [[1, 201 + n % authorities, 100000 + n, 50, 1] for n in range(count)]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (schools(4, 2), "it has 4 rows, where 6 to 12 are expected"),
        (schools(13, 2), "it has 13 rows, where 6 to 12 are expected"),
        (schools(8, 1), "it has 1 authorities, where 2 to 3 are expected"),
        (schools(8, 2), None),
    ],
)
def test_file_that_holds_another_number_than_expected_stops(tmp_path, lines, words):
    """A file of one authority under England's name, or one cut in half."""
    keys = {"expect": {"rows": [6, 12], "authorities": [2, 3]}}
    given = (tmp_path, "ks4-2016", "2015/16", "RECTYPE,LEA,URN,ATT8SCR,P8MEA", *lines)
    assert len(results(*given, **keys, partial=True)) == len(lines)
    if words is None:
        assert len(results(*given, **keys)) == len(lines)
        return
    message = refusal(lambda: results(*given, **keys))
    assert message.startswith(f"ks4-2016.csv: {words}")
    assert "say `partial: true` in sources.results of the release file" in message


def test_expectation_that_the_file_gives_no_answer_to(tmp_path):
    given = (tmp_path, "ks4-2016", "2015/16", "RECTYPE,URN,ATT8SCR,P8MEA", [1, 100000, 50, 1])
    message = refusal(lambda: results(*given, expect={"authorities": [1, 3]}))
    assert "it has no column that tells the authorities" in message


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"expect": {"rows": [5, 4]}}, "expect.rows: 5 to 4 is not a range"),
        ({"layout": "ons-postcodes", "expect": {"authorities": [1, 4]}}, "no column that tells them"),
        ({"not_filled": ["progress9"]}, "the layout has no column 'progress9'. Did you mean 'progress8'?"),
    ],
)
def test_mistakes_in_what_a_source_says_of_its_copy(keys, words):
    assert words in refusal(with_layout, {"layout": "ks4-2016"} | keys, "sources.ks4")


# --- Layouts and years ----------------------------------------------------------------------------------------


def test_a_layout_is_not_taken_for_a_year_in_which_it_does_not_hold():
    sources = {"ks4": of_year("ks4-2016", "2024/25"), "ks2": of_year("ees-ks2-2023", "2024/25")}
    (said,) = settings.load._source_faults(sources, "2024/25")
    assert said == "sources.ks4.layout: 'ks4-2016' is of results of 2015/16 to 2023/24, not of 2024/25."
    (said,) = settings.load._source_faults({"ks2": of_year("ees-ks2-2023", "2021/22")}, "2021/22")
    assert said.endswith("is of results of 2022/23 on, not of 2021/22.")


def test_a_layout_that_changes_a_column_of_one_that_it_includes_keeps_the_rest():
    whole, changed = (of_year(name, "2024/25")["columns"]["maths_progress"] for name in ("ks2-2016", "ks2-2024"))
    assert changed == whole | {"optional": True, "if_blank": "not_applicable"}


def test_layouts_that_a_file_fits_are_found_the_best_first(tmp_path):
    header = "RECTYPE,LEA,URN,NFTYPE,ICLOSE,TPUP,ATT8SCR,P8MEA,P8CILOW,P8CIUPP".split(",")
    path = write_cells(tmp_path / "any.csv", ["October 2016"], [], header, [1, 201, 100000, "CY", 0, 9, 50, 0, 0, 0])
    assert [match.layout for match in matching_layouts(path, "2015/16")] == ["ks4-provisional", "ks4-2016"]
    assert [match.layout for match in matching_layouts(path, "2024/25")] == ["ks4-2025"]
    best = matching_layouts(path)[0]
    assert (best.kind, best.phase, best.header) == ("results", "secondary", tuple(header))
    assert best.found["attainment8"] == "ATT8SCR" and best.lacking == ()
    links = write_cells(tmp_path / "links.csv", ["URN", "LinkURN", "LinkType"])
    assert matching_layouts(links)[0].layout == "gias-links"
    assert matching_layouts(write_cells(tmp_path / "none.csv", ["a", "b"])) == []


def test_a_file_that_no_layout_could_be_read_from_says_why(tmp_path):
    path = tmp_path / "any.csv"
    path.write_bytes(b"%PDF" + bytes(300))
    with pytest.raises(UserError, match="no text at all"):
        matching_layouts(path)
