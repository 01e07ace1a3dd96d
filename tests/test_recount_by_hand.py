"""The recount of tests/recount.py itself, on cases small enough to be worked out by hand."""

import ast
import itertools
import math
from pathlib import Path

import pytest

import recount
import recount_areas
import recount_clean
import recount_criteria
import recount_inspections
import recount_pairing


def test_recount_shares_no_code_with_the_run():
    imported = set()
    for module in (recount, recount_areas, recount_clean, recount_criteria, recount_inspections, recount_pairing):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    own = {"recount_areas", "recount_criteria", "recount_inspections", "recount_pairing"}
    standard = {"bisect", "collections", "contextlib", "csv", "decimal", "gc", "io", "itertools", "json", "math", "re"}
    assert imported == own | standard


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
    assert recount_areas.quantile(values, share) == expected


@pytest.mark.parametrize(
    "cases, least, most",
    [
        ([(1, 2, True), (3, 4, True)], 2, 3),  # nobody in doubt: the medians of the least and of the most
        ([(5, 5, True), (1, 1, False), (9, 9, False)], 3, 7),  # one alone may come
        ([(2, 4, False)], 2, 4),
        ([(0, 0, True), (10, 10, True), (4, 4, False), (4, 4, False)], 4, 5),
        ([(7, math.inf, True)], 7, None),
        ([(7, 7, True), (8, math.inf, False)], 7, None),
        ([], None, None),
    ],
)
def test_bounds_of_a_median(cases, least, most):
    assert recount_areas.bounds(cases, lambda values: recount_areas.of_sorted(values, 0.5)) == (least, most)


def test_bounds_of_a_quartile_are_those_of_every_choice_of_who_counts():
    """Of all sets that the doubtful can make, beside those that count for certain: 2, 3 and 50 for certain here."""
    certain, doubtful = [2, 3, 50], [1, 4, 39, 39, 60]
    cases = [(value, value, True) for value in certain] + [(value, value, False) for value in doubtful]
    sets = [certain + [*some] for n in range(6) for some in itertools.combinations(doubtful, n)]
    for part in (0.25, 0.5, 0.75):
        every = [recount_areas.quantile(values, part) for values in sets]
        found = recount_areas.bounds(cases, lambda values, part=part: recount_areas.of_sorted(values, part))
        assert found == (min(every), max(every))


def test_ends_of_a_quantile_are_those_with_every_missing_figure_at_its_least_and_most_or_none():
    known = [{"phase": "primary", "m": value, "status": {"m": "ok"}} for value in (10, 20, 30, 40)]
    here, nobody = ({"phase": "primary", "m": None, "status": {"m": why}} for why in ("missing", "suppressed"))
    assert recount_criteria.ends_of([*known, nobody], "primary", "m", 0.5) == (25, 25)
    assert recount_criteria.ends_of([*known, here, nobody], "primary", "m", 0.5) == (20, 30)
    assert recount_criteria.ends_of([*known, here, here], "primary", "m", 0.5) == (15, 35)
    assert recount_criteria.ends_of([*known, here], "primary", "m", 0.25) == (10, 20)  # 17.5 without it
    assert recount_criteria.ends_of([*known, *[here] * 4], "primary", "m", 0.5) == (-math.inf, math.inf)


def judge(method="nfer-2017-literal", without=()):
    """A judge for a release that has every measure but some, and for medians a school of each value of MEDIANS."""
    measures = {measure for conditions in recount_criteria.LITERAL.values() for measure, *_ in conditions}
    measures |= {measure for conditions in recount_criteria.STRONG_RESULTS.values() for measure, *_ in conditions}
    schools = [{"phase": phase, **dict.fromkeys(measures, 50)} for phase in recount_areas.PHASES]
    return recount_criteria.Judge(
        method, dict.fromkeys(recount_areas.PHASES, {*measures, "establishment_type"} - {*without}), schools
    )


PRIMARY = {
    "urn": "1",
    "phase": "primary",
    "establishment_type": "community",
    "pupils": 11,
    "rwm_expected_pct": 64,
    "reading_progress": -5.1,
    "writing_progress": -7,
    "maths_progress": -5,
    "reading_progress_upper": -0.1,
    "writing_progress_upper": 3,
    "maths_progress_upper": 3,
}
LIMITS = {f"{subject}_progress_upper" for subject in recount.SUBJECTS}


def says(criterion, school, method="nfer-2017-literal", without=()):
    """The answer of a criterion to a school."""
    of = judge(method, without)
    return of.says(criterion, school["phase"], of.answers(school, criterion))


@pytest.mark.parametrize(
    "change, without, expected",
    [
        ({}, (), True),
        ({"pupils": 10}, (), False),
        ({"pupils": None}, (), None),
        ({"rwm_expected_pct": 65}, (), False),
        ({"reading_progress": -5}, (), False),
        ({"reading_progress_upper": 0}, (), False),
        ({"reading_progress_upper": 0}, LIMITS, True),
        ({"reading_progress_upper": 0, "maths_progress": -5.1}, (), True),
        ({"reading_progress_upper": 0, "writing_progress": -7.1}, (), True),
        ({"reading_progress_upper": None}, (), None),
        ({"reading_progress_upper": 0, "maths_progress": None}, (), None),
        ({"reading_progress": -5, "maths_progress": None}, (), False),  # alone under, but its limit is over 0
        ({"reading_progress": -5, "maths_progress": None}, LIMITS, None),
        ({"pupils": 10, "rwm_expected_pct": None, "reading_progress": None}, (), False),
        ({"rwm_expected_pct": 65}, {"reading_progress", "pupils"}, False),  # what the release lacks could not help
        ({}, {"pupils"}, None),
    ],
)
def test_primary_floor(change, without, expected):
    assert says("below_floor", PRIMARY | change, without=without) is expected


def test_an_answer_is_unknown_exactly_where_the_unknowns_decide():
    """Floor of primaries: all 6,561 cases, each with every way in which its unknowns may turn out."""
    measures = [measure for measure, *_ in recount_criteria.LITERAL["below_floor", "primary"]]
    floor = recount_criteria.below_floor_primary
    for answers in itertools.product((True, False, None), repeat=len(measures)):
        ways = itertools.product(*((True, False) if answer is None else (answer,) for answer in answers))
        found = {floor(dict(zip(measures, way, strict=True))) for way in ways}
        expected = found.pop() if len(found) == 1 else None
        assert recount_criteria.three_valued(floor, dict(zip(measures, answers, strict=True))) is expected


SECONDARY = {"phase": "secondary", "pupils": 6, "progress8": -0.51, "progress8_upper": -0.01}


@pytest.mark.parametrize(
    "change, without, expected",
    [
        ({}, (), True),
        ({"pupils": 5}, (), False),
        ({"progress8": -0.5}, (), False),
        ({"progress8_upper": 0}, (), False),
        ({"progress8_upper": 0}, {"progress8_upper"}, True),
        ({"progress8_upper": None}, (), None),
        ({"progress8": None}, {"progress8_upper"}, None),
        ({"establishment_type": "studio_school"}, (), True),
    ],
)
def test_secondary_floor(change, without, expected):
    assert says("below_floor", SECONDARY | change, without=without) is expected


def one_by_one(criterion, school, limits, method="nfer-2017-literal"):
    """Check that a school meets a criterion, at the limit of each measure does not, and with it unknown is unknown."""
    assert says(criterion, school, method) is True
    for measure, limit in limits.items():
        assert says(criterion, school | {measure: limit}, method) is False, measure
        assert says(criterion, school | {measure: None}, method) is None, measure
        assert says(criterion, {"phase": school["phase"], measure: limit}, method) is False, measure


def test_primary_coasting():
    limits = {"pupils": 10, "rwm_expected_pct": 85}
    for years in ("1y_before", "2y_before"):
        limits[f"rwm_level4_pct_{years}"] = 85
        for subject in recount.SUBJECTS:
            limits[f"{subject}_expected_progress_pct_{years}"] = 50
    progress = {"reading_progress": -2.5, "writing_progress": -3.5, "maths_progress": -2.5}
    school = {measure: limit - 0.1 for measure, limit in limits.items()} | progress
    school |= {"phase": "primary", "pupils": 11}
    assert says("coasting", school) is False
    for measure, limit in progress.items():
        one_by_one("coasting", school | {measure: limit - 0.1}, limits)
        assert says("coasting", school | {measure: None}) is None
    assert says("coasting", {"phase": "primary", **progress}) is False  # whatever the years before were


def test_secondary_coasting():
    limits = {"pupils": 5, "progress8": -0.25}
    for years in ("1y_before", "2y_before"):
        limits[f"five_good_gcses_pct_{years}"] = 60
        for subject in ("english", "maths"):
            limits[f"{subject}_expected_progress_pct_{years}"] = 50
    school = {measure: limit - 0.1 for measure, limit in limits.items()} | {"phase": "secondary", "pupils": 6}
    one_by_one("coasting", school, limits)


@pytest.mark.parametrize(
    "method, phase, met, limits",
    [
        ("nfer-2017-literal", "primary", (2, 1, 50, 50), (1, 2, 49.9, 49.9)),
        ("nfer-2017-literal", "secondary", (2, 1, 50, 50), (1, 2, 49.9, 49.9)),
        ("nfer-2017", "primary", (2, 53, 0.1, 0.1, 0.1), (1, 52.9, 0, 0, 0)),
        ("nfer-2017", "secondary", (2, 50.1, 0.01), (3, 50, 0)),
    ],
)
def test_good_with_strong_results(method, phase, met, limits):
    measures = [measure for measure, *_ in recount_criteria.METHODS[method]["good_with_strong_results", phase]]
    school = {"phase": phase, **dict(zip(measures, met, strict=True))}
    one_by_one("good_with_strong_results", school, dict(zip(measures, limits, strict=True)), method)


@pytest.mark.parametrize(
    "grade, best, weak", [(1, True, False), (2, False, False), (3, False, True), (4, False, True), (None, None, None)]
)
def test_judgements(grade, best, weak):
    school = {"phase": "primary", "overall_effectiveness": grade}
    assert (says("outstanding", school), says("less_than_good", school)) == (best, weak)


@pytest.mark.parametrize(
    "teaching, support, without, expected",
    [
        (True, False, (), True),
        (False, True, (), True),
        (False, False, (), False),
        (False, False, {"national_support_school"}, False),  # the list has none of them: not asked for
        (False, True, {"teaching_school"}, True),
        (False, False, {"teaching_school"}, None),
        (False, False, {"teaching_school", "national_support_school"}, None),
    ],
)
def test_designated(teaching, support, without, expected):
    school = {"phase": "primary", "teaching_school": teaching, "national_support_school": support}
    assert says("designated", school, without=without) is expected


def test_sponsor_led_academies_are_not_in_need_under_one_method():
    school = {"phase": "primary", "establishment_type": "academy_sponsor_led", "overall_effectiveness": 4}
    assert says("less_than_good", school) is True
    assert says("less_than_good", school, "nfer-2017") is False
    assert says("less_than_good", school | {"overall_effectiveness": None}, "nfer-2017") is False
    assert says("less_than_good", school | {"establishment_type": "free_school"}, "nfer-2017") is True


@pytest.mark.parametrize(
    "grade, status, missing_here, may_be",
    [
        (None, "no_inspection", False, {"high_performing", "in_need", "neither"}),
        (None, "ambiguous", True, {"high_performing", "in_need", "neither"}),
        (3, "ok", False, {"in_need"}),
    ],
)
def test_what_these_files_lack_is_told_from_what_nobody_knows(grade, status, missing_here, may_be):
    """A school below no standard and above none: only the judgement can place it."""
    school = dict.fromkeys(judge().released["primary"], 100) | {"phase": "primary", "overall_effectiveness": grade}
    school |= {"teaching_school": False, "national_support_school": False, "leadership": 1}
    school["status"] = {"overall_effectiveness": status}
    judge().classify(school)
    assert (school["high_performing_missing_here"], school["in_need_missing_here"]) == (missing_here, missing_here)
    assert {group for group, _ in school["may_be"]} == may_be
    assert {group for group, _ in school["here"]["may_be"]} == (may_be if missing_here or grade else {"neither"})


def test_radius_is_inclusive_and_exact():
    assert recount.squared_radius(4.5) == int(7_242.048**2)
    # 125 miles are 201,168 m exactly; 5 miles are 8,046.72 m, so that 8,046 m is within and 8,047 m is not.
    assert recount.squared_radius(125) == 201_168**2
    assert 8_046**2 <= recount.squared_radius(5) < 8_047**2


def place(urn, group, easting, northing=0, phase="primary"):
    return {"urn": urn, "phase": phase, "group": group, "easting": easting, "northing": northing}


MILES = dict.fromkeys(recount_areas.PHASES, 4.5)


def test_matching_by_hand():
    schools = [
        place("1", "in_need", 0),
        place("2", "in_need", 20_000),
        place("3", "in_need", None, None),
        place("4", "high_performing", 3_000, 4_000),
        place("5", "high_performing", 7_242),
        place("6", "high_performing", 7_243),
        place("7", "high_performing", None, None),
        place("8", "not_assessable", 1),
        place("9", "high_performing", 1, phase="secondary"),
        place("10", "in_need", 7_243, phase="secondary"),
        place("11", "in_need", 7_244, phase="secondary"),
    ]
    pairs = recount.match(schools, MILES)
    assert pairs == {
        ("primary", "1", "4"): {"distance_m": 5_000},
        ("primary", "1", "5"): {"distance_m": 7_242},
        ("secondary", "10", "9"): {"distance_m": 7_242},
    }
    reach = {school["urn"]: school["reach"] for school in schools if "reach" in school}
    assert {urn: (r["partners"], r["nearest_m"]) for urn, r in reach.items()} == {
        "1": (2, 5_000),
        "2": (0, 12_757),
        "10": (1, 7_242),
        "11": (0, 7_243),
    }
    # 5,000 m are 3.1 miles, 7,242 m a little under four and a half.
    assert [reach["1"]["within"][miles] for miles in (1, 3, 4, 4.5, 5, 20)] == [0, 0, 1, 2, 3, 3]


def test_nobody_to_match_with():
    school = place("1", "in_need", 0)
    assert recount.match([school], MILES) == {}
    assert (school["reach"]["partners"], school["reach"]["nearest_m"]) == (0, None)


def test_travel_times_by_hand(tmp_path):
    """Twenty minutes, else four and a half miles: one is near but slow, one far but quick, two have no time."""
    (tmp_path / "raw").mkdir()
    lines = ["urn,partner_urn,minutes", "1,2,21", "2,1,3", "3,1,20", "1,1,0", "1,4,", "x,4,3"]
    (tmp_path / "raw/travel.csv").write_text("\n".join(lines), encoding="utf-8")
    travel = recount.Travel(tmp_path / "run", {"primary": 20, "secondary": 0})
    places = [("1", "in_need", 0), ("2", "high_performing", 1), ("3", "high_performing", 90_000)]
    schools = [place(*of) for of in (*places, ("4", "high_performing", 5_000), ("5", "high_performing", 8_000))]
    assert recount.match(schools, MILES, travel) == {
        ("primary", "1", "3"): {"distance_m": 90_000, "minutes": 20},
        ("primary", "1", "4"): {"distance_m": 5_000, "minutes": None},
    }
    reach = schools[0]["reach"]
    assert (reach["partners"], reach["partners_by_time"], reach["nearest_m"], reach["within"][1]) == (2, 1, 1, 1)


# A whole release by hand: five primaries and a secondary, without earlier years, leadership and designations.

SCHOOLS = """\
urn,phase,type,la_code,la_name,region,constituency,easting,northing,results_urn,inspection_urn,setting,pupils_on_roll,fsm_pct,admissions,trust,trust_code
100001,primary,community,201,Alder,North,Alder East,0,0,100001,100001,urban,200,25.3,,,
100002,primary,academy_converter,201,Alder,North,Alder East,3000,4000,900002,900002,urban,400,15.3,,ALDER TRUST,7
100003,primary,community,201,Alder,North,,0,7000,100003,100003,urban,401,15.3,,,
100004,primary,community,202,Birch,South,Birch,,,,100004,rural,,,,,
100005,primary,community,202,Birch,South,Birch,500,500,100005,,,100,30.0,,,
100001,secondary,studio_school,201,Alder,North,Alder East,0,0,100001,100001,urban,300,,not_applicable,ALDER TRUST,7
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
# The run has chosen the farther one of two partners, each of them as good for the number of pairs.
PAIRED = "phase,most_per_helper,urn,outcome,partner_urn,distance_m\nprimary,1,100001,paired,100003,7000.0\n"
REGISTER = "urn\n" + "".join(f"{urn}\n" for urn in (100001, 100002, 100003, 100004, 100005, 100009))


@pytest.fixture
def tiny(tmp_path):
    """The folder of a run; beside it lie the clean tables of its release."""
    run = tmp_path / "method"
    for folder in (tmp_path / "clean", run / "population"):
        folder.mkdir(parents=True)
    for name, text in {
        "results": RESULTS,
        "inspections": INSPECTIONS,
        "designations": "urn,designation\n",
        "establishments": REGISTER,
    }.items():
        (tmp_path / "clean" / f"{name}.csv").write_text(text, encoding="utf-8")
    (run / "population/schools.csv").write_text(SCHOOLS, encoding="utf-8")
    (run / "matched").mkdir()
    (run / "matched/pairing.csv").write_text(PAIRED, encoding="utf-8")
    return run


LITERAL = "nfer-2017-literal"


def test_tiny_release_by_hand(tiny):
    tables = recount.recount(tiny, LITERAL)
    schools = tables["classified/schools.csv"]
    assert {key: (row["group"], row["high_performing"], row["in_need"]) for key, row in schools.items()} == {
        ("100001", "primary"): ("in_need", None, True),  # below the floor; the list of designations is lacking
        ("100002", "primary"): ("high_performing", True, False),  # by its predecessor's judgement
        ("100003", "primary"): ("high_performing", True, None),
        ("100004", "primary"): ("in_need", None, True),  # requires improvement
        ("100005", "primary"): ("not_assessable", None, None),  # eight pupils, no inspection
        ("100001", "secondary"): ("in_need", None, True),  # below the floor
    }
    lacking = {key: (row["high_performing_missing_here"], row["in_need_missing_here"]) for key, row in schools.items()}
    assert lacking == {
        ("100001", "primary"): (True, False),
        ("100002", "primary"): (False, False),
        ("100003", "primary"): (False, False),  # its reading is suppressed
        ("100004", "primary"): (True, False),
        ("100005", "primary"): (True, False),  # nobody has inspected it, but designated it may be
        ("100001", "secondary"): (True, False),
    }
    criteria = tables["classified/criteria.csv"]
    assert {key[0]: row["outcome"] for key, row in criteria.items() if key[1:] == ("primary", "below_floor")} == {
        "100001": "met",
        "100002": "not_met",
        "100003": "not_assessable",
        "100004": "not_assessable",
        "100005": "not_met",
    }
    assert schools["100003", "primary"]["not_assessable_criteria"] == "designated;below_floor;coasting"
    floor = {key[2:]: row for key, row in tables["classified/unknown.csv"].items() if key[1] == "below_floor"}
    assert floor == {
        ("", ""): {"schools": 2, "missing_here": 0},
        **{(m, "no_row"): {"schools": 1, "missing_here": 0} for m in ("pupils", "rwm_expected_pct")},
        **{(f"{s}_progress", "no_row"): {"schools": 1, "missing_here": 0} for s in recount.SUBJECTS},
        ("reading_progress", "suppressed"): {"schools": 1, "missing_here": 0},
        ("reading_progress_upper", "ignored"): {"schools": 1, "missing_here": 0},  # 100001, in this subject alone
        ("progress8_upper", "ignored"): {"schools": 1, "missing_here": 0},
    }
    # Medians over the population: 40, 50, 50, 70; the means -5.5/3, 5/3 and -9.
    thresholds = {
        row["measure"]: (row["threshold"], row["schools_with_value"])
        for key, row in tables["classified/thresholds.csv"].items()
        if key[:2] == ("good_with_strong_results", "primary")
    }
    assert thresholds["rwm_expected_pct"] == (50, 4) and thresholds["progress_mean"] == (-1.833333, 3)
    assert tables["matched/partners.csv"] == {
        ("primary", "100001", "100002"): {"distance_m": 5_000},
        ("primary", "100001", "100003"): {"distance_m": 7_000},
    }
    # 100002 alone is high-performing for certain; 100003 and 100005 may be, or may be in need.
    reach = {key[1]: tuple(row.values()) for key, row in tables["matched/bounds.csv"].items() if key[0] == "primary"}
    assert reach == {
        "100001": (True, 1, 3, math.hypot(500, 500), 5_000),
        "100003": (False, 1, 2, math.hypot(3_000, 3_000), math.hypot(3_000, 3_000)),
        "100005": (False, 1, 2, math.hypot(2_500, 3_500), math.hypot(2_500, 3_500)),
    }
    figures = {
        "high_performing": (2, 1, 3),
        "in_need": (2, 2, 4),
        "both": (0, 0, 4),
        "neither": (0, 0, 1),
        "share_high_performing": (0.4, 0.2, 0.6),
        "share_in_need": (0.4, 0.4, 0.8),
        "high_performing_per_in_need": (1, 0.25, 1.5),
        "in_need_with_coordinates": (1, 1, 3),
        "in_need_without_coordinates": (1, 1, 1),
        "high_performing_without_coordinates": (0, 0, 0),
        "median_partners": (2, 1, 3),
        "lower_quartile_partners": (2, 1, 3),
        "upper_quartile_partners": (2, 1, 3),
        "in_need_without_partner": (0, 0, 0),
        "share_in_need_without_partner": (0, 0, 0),
        "median_nearest_m": (5_000, math.hypot(500, 500), 5_000),
    }
    expected = {"schools": 5, "not_assessable": 1, "share_not_assessable": 0.2}
    for name, values in figures.items():
        expected |= dict(zip((name, f"{name}_lower", f"{name}_upper"), values, strict=True))
    assert tables["aggregated/england.csv"]["", "England", "", "primary"] == expected
    here = tables["aggregated/england_missing_here.csv"]["", "England", "", "primary"]
    assert [here[f"{name}_{end}"] for name in ("high_performing", "in_need") for end in ("lower", "upper")] == [
        2,
        3,
        2,
        2,
    ]
    birch = tables["aggregated/local_authorities.csv"]["202", "Birch", "South", "primary"]
    assert (birch["median_partners"], birch["share_in_need_without_partner"], birch["median_nearest_m"]) == (None,) * 3
    assert (birch["median_partners_lower"], birch["median_partners_upper"]) == (1, 2)  # should 100005 be in need
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
        "met": 1,
        "not_met": 0,
        "not_assessable": 0,
    }
    assert [(r["region"], r["phase"]) for r in tables["summary.json"]["regions"]] == [
        ("North", "primary"),
        ("South", "primary"),
        ("North", "secondary"),
    ]


def test_pairs_of_the_tiny_release_by_hand(tiny):
    """Two in need, one without coordinates; of the two partners the nearer one has twice its pupils, and is alike."""
    tables = recount.recount(tiny, LITERAL)
    likeness = {key[2]: row for key, row in tables["matched/likeness.csv"].items()}
    assert likeness == {
        "100002": {
            "same_admissions": None,
            "same_setting": True,
            "similar_size": True,
            "similar_intake": True,
            "alike": True,
            "partner_trust": "another_trust",
        },
        "100003": {
            "same_admissions": None,
            "same_setting": True,
            "similar_size": False,
            "similar_intake": True,
            "alike": False,
            "partner_trust": "maintained",
        },
    }
    assert tables["matched/load.csv"] == {
        ("primary", "100002"): {"schools_in_need": 1, "only_partner_of": 0},
        ("primary", "100003"): {"schools_in_need": 1, "only_partner_of": 0},
    }
    support = tables["matched/support.csv"]
    assert support["primary", "100001"] == {
        **{"partners": 2, "alike_partners": 1, "alike_partners_upper": 1, "pupils": 200, "trust": None},
        **{"partners_same_trust": 0, "partners_another_trust": 1, "partners_maintained": 1, "partners_unknown": 0},
        **{"trust_code": None, "own_trust_has_helper": None},
    }
    assert support["primary", "100004"]["partners"] is support["primary", "100004"]["pupils"] is None
    assert support["secondary", "100001"]["own_trust_has_helper"] is False  # of the phase
    outcomes = {key[1:]: row["outcome"] for key, row in tables["matched/pairing.csv"].items() if key[0] == "primary"}
    assert outcomes["1", "100001"] == "paired" and outcomes["2", "100001"] == "helpers_taken"  # as the run has it
    assert outcomes["1", "100004"] == "without_coordinates"
    england = tables["aggregated/pairing.csv"]["england", "", "England", "", "primary", "1"]
    assert england == {
        **{"in_need": 2, "paired": 1, "helpers_taken": 0, "no_helper_near": 0, "without_coordinates": 1},
        **{"share_paired": 1, "median_distance_m": 7000},
        # 100001 and 100002 for certain. Should 100003 and 100005 be in need, each has a partner: for the most, that
        # they may help as well is not ruled out.
        **{"paired_lower": 1, "paired_upper": 3, "left_over_lower": 0, "left_over_upper": 2},
    }
    curve = tables["aggregated/pairing_curve.csv"]
    assert [curve["primary", "1", miles]["with_partner"] for miles in (3, 4, 5)] == [0, 1, 1]
    assert tables["aggregated/likeness.csv"]["primary", "similar_size"] == {
        **{"alike": 1, "not_alike": 1, "not_known": 0, "schools": 4, "schools_known": 3}
    }
    assert tables["aggregated/likeness.csv"]["secondary", "same_admissions"]["schools_known"] == 0  # they do not apply
    assert tables["aggregated/trusts.csv"] == {
        ("7", "ALDER TRUST", phase): {"schools": 1, "high_performing": high, "in_need": need, "same_trust_near": 0}
        for phase, high, need in (("primary", 1, 0), ("secondary", 0, 1))
    }
    settings = {
        key[1]: row["in_need"] for key, row in tables["aggregated/urban_rural.csv"].items() if key[3] == "primary"
    }
    assert settings == {"Urban": 1, "Rural": 1, recount_areas.NOT_STATED: 0}


def test_an_area_lies_where_most_of_its_schools_do(tiny):
    """Both phases count: of Alder's four rows one is moved. Birch has one in each: the first by name."""
    schools = SCHOOLS.replace("100003,primary,community,201,Alder,North", "100003,primary,community,201,Alder,South")
    schools = schools.replace("100004,primary,community,202,Birch,South", "100004,primary,community,202,Birch,East")
    (tiny / "population" / "schools.csv").write_text(schools, encoding="utf-8")
    tables = recount.recount(tiny, LITERAL)
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
    assert recount.recount(tiny, LITERAL)["aggregated/constituencies.csv"] == {}


def test_a_region_without_a_school_to_match_has_no_radius_curve(tiny):
    """100004 in the South is in need, but the register gives no place for it."""
    curve = recount.recount(tiny, LITERAL)["aggregated/radius_curve.csv"]
    assert {(area, phase) for area, phase, _ in curve if phase == "primary"} == {
        ("England", "primary"),
        ("North", "primary"),
    }


def test_criteria_over_the_rows_of_the_results_files(tiny):
    """Also rows that are used for no school; 900002 is not in the register, and 100005 is not a state school's row."""
    only_earlier = "900009,primary,,,,,,,,,,,,,,,,\n"
    (tiny.parent / "clean" / "results.csv").write_text(RESULTS + only_earlier, encoding="utf-8")
    counts = recount.recount(tiny, LITERAL)["classified/results_files.csv"]
    assert {key: tuple(row.values()) for key, row in counts.items() if key[1] == "below_floor"} == {
        ("primary", "below_floor", "all_rows"): (1, 2, 1),
        ("primary", "below_floor", "in_population"): (1, 2, 1),
        ("primary", "below_floor", "not_in_register"): (0, 1, 0),
        ("primary", "below_floor", "type_unknown"): (0, 1, 1),
        ("secondary", "below_floor", "all_rows"): (1, 0, 0),
        ("secondary", "below_floor", "in_population"): (1, 0, 0),
        ("secondary", "below_floor", "not_in_register"): (0, 0, 0),
        ("secondary", "below_floor", "type_unknown"): (0, 0, 0),
    }
    # Coasting needs earlier years, which the release lacks, but where this one is too good.
    for criterion in ("coasting", "below_floor+coasting"):
        assert tuple(counts["primary", criterion, "all_rows"].values()) == (0, 2, 2)


def test_a_school_that_meets_both_is_in_need_and_no_partner(tiny):
    inspections = INSPECTIONS.replace("100001,2", "100001,1")
    (tiny.parent / "clean" / "inspections.csv").write_text(inspections, encoding="utf-8")
    tables = recount.recount(tiny, LITERAL)
    both = tables["classified/schools.csv"]["100001", "primary"]
    assert (both["group"], both["both"]) == ("in_need", True)
    assert tables["aggregated/england.csv"]["", "England", "", "primary"]["both"] == 1
    assert "100001" not in {partner for _, _, partner in tables["matched/partners.csv"]}


def test_designations_count_only_where_the_release_has_the_list(tiny):
    assert (
        recount.recount(tiny, LITERAL)["classified/schools.csv"]["100005", "primary"]["designated"] == "not_assessable"
    )
    designated = "urn,designation\n100005,teaching_school\n"
    (tiny.parent / "clean" / "designations.csv").write_text(designated, encoding="utf-8")
    schools = recount.recount(tiny, LITERAL)["classified/schools.csv"]
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
    assert recount_criteria.quantile_of(read, "primary", column, 0.5) == (77.5, 2)
