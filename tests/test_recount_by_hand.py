"""The recount of tests/recount.py itself, on cases small enough to be worked out by hand."""

import ast
import itertools
import json
from pathlib import Path

import pytest

import recount
import recount_areas
import recount_clean


def test_recount_shares_no_code_with_the_run():
    imported = set()
    for module in (recount, recount_areas, recount_clean):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    assert imported == {"csv", "io", "json", "math", "re", "recount_areas"}


@pytest.mark.parametrize(
    "values, share, expected",
    [
        ([4, 1, 3, 2], 0.5, 2.5),
        ([4, 1, 3, 2], 0.25, 1.75),
        ([4, 1, 3, 2], 0.75, 3.25),
        ([5, 0, 1], 0.5, 1),
        ([7], 0.25, 7),
        ([], 0.5, None),
    ],
)
def test_quantile_interpolates_linearly(values, share, expected):
    assert recount.quantile(values, share) == expected


def test_three_answers():
    answers = (True, None, False)
    conjunction = {pair: recount.all_hold(pair) for pair in itertools.product(answers, repeat=2)}
    disjunction = {pair: recount.one_holds(pair) for pair in itertools.product(answers, repeat=2)}
    assert [conjunction[pair] for pair in conjunction] == [True, None, False, None, None, False, False, False, False]
    assert [disjunction[pair] for pair in disjunction] == [True, True, True, True, None, None, True, None, False]
    assert recount.below(1, None) is None and recount.at_least(None, 1) is None
    assert recount.below(1, 1) is False and recount.at_least(1, 1) is True


PRIMARY = {
    "urn": "1",
    "phase": "primary",
    "type": "community",
    "pupils": 11,
    "rwm_expected_pct": 64,
    "reading_progress": -5.1,
    "writing_progress": -7,
    "maths_progress": -5,
    "reading_progress_upper": -0.1,
    "writing_progress_upper": 3,
    "maths_progress_upper": 3,
}
LIMITS = {"reading", "writing", "maths"}


@pytest.mark.parametrize(
    "change, limits, expected",
    [
        ({}, LIMITS, True),
        ({"pupils": 10}, LIMITS, False),
        ({"pupils": None}, LIMITS, None),
        ({"rwm_expected_pct": 65}, LIMITS, False),
        ({"reading_progress": -5}, LIMITS, False),
        ({"reading_progress_upper": 0}, LIMITS, False),
        ({"reading_progress_upper": 0}, set(), True),
        ({"reading_progress_upper": 0, "maths_progress": -5.1}, LIMITS, True),
        ({"reading_progress_upper": 0, "writing_progress": -7.1}, LIMITS, True),
        ({"reading_progress_upper": None}, LIMITS, None),
        ({"reading_progress_upper": 0, "maths_progress": None}, LIMITS, None),
        ({"reading_progress": -5, "maths_progress": None}, LIMITS, False),  # alone under, but its limit is over 0
        ({"reading_progress": -5, "maths_progress": None}, set(), None),
        ({"pupils": 10, "rwm_expected_pct": None, "reading_progress": None}, LIMITS, False),
    ],
)
def test_primary_floor(change, limits, expected):
    assert recount.below_floor_primary(PRIMARY | change, limits) is expected


def test_primary_floor_is_unknown_exactly_where_the_unknowns_decide():
    """All 6,561 cases against the definition in two lines, with every unknown taken for better and for worse."""

    def definition(pupils, attainment, reading, writing, maths, *limits):
        alone = any(under and limit for under, limit in zip((reading, writing, maths), limits, strict=True))
        return pupils and attainment and (reading + writing + maths >= 2 or alone)

    meets = [("pupils", 11, 10), ("rwm_expected_pct", 64, 65), ("reading_progress", -6, 0)]
    meets += [("writing_progress", -8, 0), ("maths_progress", -6, 0)]
    meets += [(f"{subject}_progress_upper", -1, 1) for subject in recount.SUBJECTS]
    for answers in itertools.product((True, False, None), repeat=len(meets)):
        school = {
            measure: None if answer is None else (under if answer else over)
            for (measure, under, over), answer in zip(meets, answers, strict=True)
        }
        worst, best = (definition(*[unknown if a is None else a for a in answers]) for unknown in (True, False))
        assert recount.below_floor_primary(school, LIMITS) is (worst if worst == best else None), school


SECONDARY = {"phase": "secondary", "type": "community", "pupils": 6, "progress8": -0.51, "progress8_upper": -0.01}


@pytest.mark.parametrize(
    "change, limits, expected",
    [
        ({}, {"progress8"}, True),
        ({"pupils": 5}, {"progress8"}, False),
        ({"progress8": -0.5}, {"progress8"}, False),
        ({"progress8_upper": 0}, {"progress8"}, False),
        ({"progress8_upper": 0}, set(), True),
        ({"progress8_upper": None}, {"progress8"}, None),
        ({"progress8": None}, set(), None),
        ({"type": "university_technical_college", "progress8": None}, set(), False),
        ({"type": "studio_school"}, set(), False),
    ],
)
def test_secondary_floor(change, limits, expected):
    assert recount.below_floor_secondary(SECONDARY | change, limits) is expected


def one_by_one(judge, school, limits):
    """Check that a school meets a criterion, at the limit of each measure does not, and with it unknown is unknown."""
    assert judge(school) is True
    for measure, limit in limits.items():
        assert judge(school | {measure: limit}) is False, measure
        assert judge(school | {measure: None}) is None, measure
    nothing_known = dict.fromkeys(school | limits)
    for measure, limit in limits.items():
        assert judge(school | nothing_known | {measure: limit}) is False, measure


def test_primary_coasting():
    limits = {"pupils": 10, "rwm_expected_pct": 85, "reading_progress": -2.5}
    for years in ("1y_before", "2y_before"):
        limits[f"rwm_level4_pct_{years}"] = 85
        for subject in recount.SUBJECTS:
            limits[f"{subject}_expected_progress_pct_{years}"] = 90
    medians = {("primary", measure): (90, 5) for measure in limits if "_expected_progress_" in measure}
    school = {measure: limit - 0.1 for measure, limit in limits.items()}
    school |= {"pupils": 11, "writing_progress": -3.5, "maths_progress": -2.5}

    def judge(school):
        return recount.coasting_primary(school, medians)

    all_scores = {"writing_progress": -3.5, "maths_progress": -2.5}
    assert judge(school | {"reading_progress": -2.5, "writing_progress": -3.6}) is True
    assert judge(school | {"reading_progress": -2.5, "maths_progress": -2.6}) is True
    assert judge(school | {"reading_progress": -2.5, "maths_progress": None}) is None
    one_by_one(lambda s: judge(s | all_scores), school, limits)


def test_secondary_coasting():
    limits = {"pupils": 5, "progress8": -0.25}
    for years in ("1y_before", "2y_before"):
        limits[f"five_good_gcses_pct_{years}"] = 60
        for subject in ("english", "maths"):
            limits[f"{subject}_expected_progress_pct_{years}"] = 70
    medians = {("secondary", measure): (70, 5) for measure in limits if "_expected_progress_" in measure}
    school = {measure: limit - 0.1 for measure, limit in limits.items()} | {"pupils": 6}
    one_by_one(lambda s: recount.coasting_secondary(s, medians), school, limits)


@pytest.mark.parametrize(
    "phase, attainment, progress",
    [("primary", "rwm_expected_pct", "progress_mean"), ("secondary", "attainment8", "progress8")],
)
def test_good_with_strong_results(phase, attainment, progress):
    medians = {(phase, attainment): (55, 9), (phase, progress): (0.1, 9)}
    school = {"phase": phase, "overall_effectiveness": 2, "leadership": 1, attainment: 55, progress: 0.1}
    limits = {"overall_effectiveness": 1, "leadership": 2, attainment: 54.9, progress: 0.09}
    one_by_one(lambda s: recount.good_with_strong_results(s | {"phase": phase}, medians), school, limits)


@pytest.mark.parametrize("grade, best, weak", [(1, True, False), (2, False, False), (3, False, True), (4, False, True)])
def test_judgements(grade, best, weak):
    school = {"overall_effectiveness": grade}
    assert (recount.outstanding(school), recount.less_than_good(school)) == (best, weak)


def test_no_judgement_is_unknown():
    school = {"overall_effectiveness": None}
    assert (recount.outstanding(school), recount.less_than_good(school)) == (None, None)


def test_radius_is_inclusive_and_exact():
    # 125 miles are 201,168 m exactly; 5 miles are 8,046.72 m, so that 8,046 m is within and 8,047 m is not.
    assert recount.squared_radius(125) == 201_168**2
    assert 8_046**2 <= recount.squared_radius(5) < 8_047**2


def place(urn, group, easting, northing=0, phase="primary"):
    return {"urn": urn, "phase": phase, "group": group, "easting": easting, "northing": northing}


def test_matching_by_hand():
    schools = [
        place("1", "in_need", 0),
        place("2", "in_need", 20_000),
        place("3", "in_need", None, None),
        place("4", "high_performing", 3_000, 4_000),
        place("5", "high_performing", 8_046),
        place("6", "high_performing", 8_047),
        place("7", "high_performing", None, None),
        place("8", "not_assessable", 1),
        place("9", "high_performing", 1, phase="secondary"),
        place("10", "in_need", 6_438, phase="secondary"),
        place("11", "in_need", 6_439, phase="secondary"),
    ]
    pairs = recount.match(schools)
    assert pairs == {
        ("primary", "1", "4"): 5_000,
        ("primary", "1", "5"): 8_046,
        ("secondary", "10", "9"): 6_437,
    }
    reach = {school["urn"]: school["reach"] for school in schools if "reach" in school}
    assert {urn: (r["partners"], r["nearest_m"]) for urn, r in reach.items()} == {
        "1": (2, 5_000),
        "2": (0, 11_953),
        "10": (1, 6_437),
        "11": (0, 6_438),
    }
    # 5,000 m are 3.1 miles, 8,047 m a little over five.
    assert [reach["1"]["within"][miles] for miles in (1, 3, 4, 5, 6, 20)] == [0, 0, 1, 2, 3, 3]


def test_nobody_to_match_with():
    school = place("1", "in_need", 0)
    assert recount.match([school]) == {}
    assert (school["reach"]["partners"], school["reach"]["nearest_m"]) == (0, None)


# A whole release by hand: five primaries and a secondary, without earlier years, leadership and designations.

SCHOOLS = """urn,phase,type,la_code,la_name,region,constituency,easting,northing,results_urn,inspection_urn
100001,primary,community,201,Alder,North,Alder East,0,0,100001,100001
100002,primary,academy_converter,201,Alder,North,Alder East,3000,4000,900002,900002
100003,primary,community,201,Alder,North,,0,7000,100003,100003
100004,primary,community,202,Birch,South,Birch,,,,100004
100005,primary,community,202,Birch,South,Birch,500,500,100005,
100001,secondary,studio_school,201,Alder,North,Alder East,0,0,100001,100001
"""
RESULTS = """urn,phase,row,school_type,pupils,pupils_status,rwm_expected_pct,rwm_expected_pct_status,reading_progress,\
reading_progress_status,writing_progress,writing_progress_status,maths_progress,maths_progress_status,attainment8,\
attainment8_status,progress8,progress8_status
100001,primary,2,community,30,ok,40,ok,-6,ok,0,ok,0.5,ok,,,,
900002,primary,3,community,30,ok,70,ok,1,ok,2,ok,2,ok,,,,
100003,primary,4,,30,ok,50,ok,,suppressed,0,ok,0,ok,,,,
100005,primary,5,independent,8,ok,50,ok,-9,ok,-9,ok,-9,ok,,,,
100002,primary,6,unspecified,30,ok,99,ok,9,ok,9,ok,9,ok,,,,
100001,secondary,2,studio_school,90,ok,,,,,,,,,40,ok,-1,ok
"""
INSPECTIONS = """urn,overall_effectiveness,overall_effectiveness_status,leadership,leadership_status
100001,2,ok,,not_in_release
900002,1,ok,,not_in_release
100003,1,ok,,not_in_release
100004,3,ok,,not_in_release
"""
REGISTER = "urn\n" + "".join(f"{urn}\n" for urn in (100001, 100002, 100003, 100004, 100005, 100009))


@pytest.fixture
def tiny(tmp_path):
    """The folder of a run; beside it lie the clean tables of its release."""
    run = tmp_path / "method"
    for folder in (tmp_path / "clean", tmp_path / "raw", run / "population"):
        folder.mkdir(parents=True)
    for name, text in {
        "results": RESULTS,
        "inspections": INSPECTIONS,
        "designations": "urn,designation\n",
        "establishments": REGISTER,
    }.items():
        (tmp_path / "clean" / f"{name}.csv").write_text(text, encoding="utf-8")
    (run / "population/schools.csv").write_text(SCHOOLS, encoding="utf-8")
    manifest = {"files": [{"source": "ks2"}], "absent": [{"source": "designations"}]}
    (tmp_path / "raw" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return run


def test_tiny_release_by_hand(tiny):
    tables = recount.recount(tiny)
    schools = tables["classified/schools.csv"]
    assert {key: (row["group"], row["high_performing"], row["in_need"]) for key, row in schools.items()} == {
        ("100001", "primary"): ("in_need", None, True),  # below the floor
        ("100002", "primary"): ("high_performing", True, None),  # by its predecessor's judgement
        ("100003", "primary"): ("high_performing", True, None),
        ("100004", "primary"): ("in_need", None, True),  # requires improvement
        ("100005", "primary"): ("not_assessable", None, None),  # eight pupils, no inspection
        ("100001", "secondary"): ("not_assessable", None, None),  # a studio school is not below the floor
    }
    criteria = tables["classified/criteria.csv"]
    assert {key[0]: row["outcome"] for key, row in criteria.items() if key[1:] == ("primary", "below_floor")} == {
        "100001": "met",
        "100002": "not_met",
        "100003": "not_assessable",
        "100004": "not_assessable",
        "100005": "not_met",
    }
    not_assessable = schools["100003", "primary"]["not_assessable_criteria"]
    assert not_assessable == "designated;good_with_strong_results;below_floor;coasting"
    # Medians over the population: 40, 50, 50, 70; the means -5.5/3, 5/3 and -9.
    assert tables["classified/thresholds.csv"]["primary", "rwm_expected_pct"] == {
        "threshold": 50,
        "schools_with_value": 4,
    }
    assert tables["classified/thresholds.csv"]["primary", "progress_mean"] == {
        "threshold": -1.833333,
        "schools_with_value": 3,
    }
    assert tables["matched/partners.csv"] == {
        ("primary", "100001", "100002"): {"distance_m": 5_000},
        ("primary", "100001", "100003"): {"distance_m": 7_000},
    }
    england = tables["aggregated/england.csv"]["", "England", "", "primary"]
    assert england == {
        "schools": 5,
        "high_performing": 2,
        "in_need": 2,
        "both": 0,
        "neither": 0,
        "not_assessable": 1,
        "share_high_performing": 0.4,
        "share_in_need": 0.4,
        "share_not_assessable": 0.2,
        "high_performing_per_in_need": 1,
        "in_need_with_coordinates": 1,
        "in_need_without_coordinates": 1,
        "high_performing_without_coordinates": 0,
        "median_partners": 2,
        "lower_quartile_partners": 2,
        "upper_quartile_partners": 2,
        "in_need_without_partner": 0,
        "share_in_need_without_partner": 0,
        "median_nearest_m": 5_000,
    }
    birch = tables["aggregated/local_authorities.csv"]["202", "Birch", "South", "primary"]
    assert (birch["median_partners"], birch["share_in_need_without_partner"], birch["median_nearest_m"]) == (None,) * 3
    assert {key[1:]: row["schools"] for key, row in tables["aggregated/constituencies.csv"].items()} == {
        ("Alder East", "North", "primary"): 2,
        ("Alder East", "North", "secondary"): 1,
        ("Birch", "South", "primary"): 2,
        (recount_areas.NOT_STATED, "", "primary"): 1,
    }
    assert tables["aggregated/criteria.csv"]["primary", "below_floor"] == {
        "group": "in_need",
        "met": 1,
        "not_met": 2,
        "not_assessable": 2,
        "met_alone": 1,
    }
    assert tables["aggregated/radius_curve.csv"]["North", "primary", 4]["median_partners"] == 1
    assert tables["summary.json"]["phases"]["secondary"]["criteria"]["below_floor"] == {
        "met": 0,
        "not_met": 1,
        "not_assessable": 0,
    }
    assert [(r["region"], r["phase"]) for r in tables["summary.json"]["regions"]] == [
        ("North", "primary"),
        ("South", "primary"),
        ("North", "secondary"),
    ]


def test_an_area_lies_where_most_of_its_schools_do(tiny):
    """Both phases count: of Alder's four rows one is moved. Birch has one in each: the first by name."""
    schools = SCHOOLS.replace("100003,primary,community,201,Alder,North", "100003,primary,community,201,Alder,South")
    schools = schools.replace("100004,primary,community,202,Birch,South", "100004,primary,community,202,Birch,East")
    (tiny / "population" / "schools.csv").write_text(schools, encoding="utf-8")
    tables = recount.recount(tiny)
    assert {key: row["schools"] for key, row in tables["aggregated/local_authorities.csv"].items()} == {
        ("201", "Alder", "North", "primary"): 3,
        ("202", "Birch", "East", "primary"): 2,
        ("201", "Alder", "North", "secondary"): 1,
    }
    # The region's own sum goes by the school.
    primary = {key[1]: row["schools"] for key, row in tables["aggregated/regions.csv"].items() if key[3] == "primary"}
    assert primary == {"North": 2, "South": 2, "East": 1}


def test_a_register_without_constituencies_has_no_row_of_them(tiny):
    schools = SCHOOLS.replace("Alder East", "").replace(",Birch,,", ",,,").replace(",Birch,500", ",,500")
    (tiny / "population" / "schools.csv").write_text(schools, encoding="utf-8")
    assert recount.recount(tiny)["aggregated/constituencies.csv"] == {}


def test_a_region_without_a_school_to_match_has_no_radius_curve(tiny):
    """100004 in the South is in need, but the register gives no place for it."""
    curve = recount.recount(tiny)["aggregated/radius_curve.csv"]
    assert {(area, phase) for area, phase, _ in curve} == {("England", "primary"), ("North", "primary")}


def test_criteria_over_the_rows_of_the_results_files(tiny):
    """Also rows that are used for no school; 900002 is not in the register, and 100005 is not a state school's row."""
    only_earlier = "900009,primary,,,,,,,,,,,,,,,,\n"
    (tiny.parent / "clean" / "results.csv").write_text(RESULTS + only_earlier, encoding="utf-8")
    counts = recount.recount(tiny)["classified/results_files.csv"]
    assert {key: tuple(row.values()) for key, row in counts.items() if key[1] == "below_floor"} == {
        ("primary", "below_floor", "all_rows"): (1, 2, 1),
        ("primary", "below_floor", "in_population"): (1, 2, 1),
        ("primary", "below_floor", "not_in_register"): (0, 1, 0),
        ("primary", "below_floor", "type_unknown"): (0, 1, 1),
        ("secondary", "below_floor", "all_rows"): (0, 1, 0),
        ("secondary", "below_floor", "in_population"): (0, 1, 0),
        ("secondary", "below_floor", "not_in_register"): (0, 0, 0),
        ("secondary", "below_floor", "type_unknown"): (0, 0, 0),
    }
    # Coasting needs earlier years, which the release lacks.
    assert tuple(counts["primary", "coasting", "all_rows"].values()) == (0, 0, 4)


def test_a_school_that_meets_both_is_in_need_and_no_partner(tiny):
    inspections = INSPECTIONS.replace("100001,2", "100001,1")
    (tiny.parent / "clean" / "inspections.csv").write_text(inspections, encoding="utf-8")
    tables = recount.recount(tiny)
    both = tables["classified/schools.csv"]["100001", "primary"]
    assert (both["group"], both["both"]) == ("in_need", True)
    assert tables["aggregated/england.csv"]["", "England", "", "primary"]["both"] == 1
    assert "100001" not in {partner for _, _, partner in tables["matched/partners.csv"]}


def test_designations_count_only_where_the_release_has_the_list(tiny):
    designated = "urn,designation\n100005,teaching_school\n"
    (tiny.parent / "clean" / "designations.csv").write_text(designated, encoding="utf-8")
    assert recount.recount(tiny)["classified/schools.csv"]["100005", "primary"]["designated"] == "not_assessable"
    (tiny.parent / "raw" / "manifest.json").write_text('{"files": [{"source": "designations"}]}', encoding="utf-8")
    schools = recount.recount(tiny)["classified/schools.csv"]
    assert schools["100005", "primary"]["designated"] == "met"
    assert schools["100005", "primary"]["group"] == "high_performing"
    assert schools["100004", "primary"]["designated"] == "not_met"


def test_earlier_years_stand_under_their_own_urn(tiny):
    """A school's row of last year may stand under another URN than this year's; the median is that of the schools."""
    column = "reading_expected_progress_pct_1y_before"
    lines = RESULTS.splitlines()
    values = {"100001,primary": "70", "900002,primary": "80", "100003,primary": "75"}
    for i, line in enumerate(lines[1:], start=1):
        value = values.get(",".join(line.split(",")[:2]), "")
        lines[i] = f"{line},{value},{'ok' if value else ''}"
    lines[0] += f",{column},{column}_status"
    (tiny.parent / "clean" / "results.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    urns = ["results_urn_1y_before", "100003", "900002", "", "", "", "100001"]
    schools = [f"{line},{urn}" for line, urn in zip(SCHOOLS.splitlines(), urns, strict=True)]
    (tiny / "population" / "schools.csv").write_text("\n".join(schools) + "\n", encoding="utf-8")
    read, released = recount.read_clean(tiny)
    assert column in released["primary"] and column not in released["secondary"]
    assert [school.get(column) for school in read] == [75, 80, None, None, None, None]
    assert recount.national_medians(read)["primary", column] == (77.5, 2)
