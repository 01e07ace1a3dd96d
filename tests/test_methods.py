"""Methods by era: for which results years they hold, the rules of each year, and what each release lets them assess."""

import itertools

import numpy as np
import pandas as pd
import pytest

from conftest import fault
from lib import criteria, domain, settings

RELEASES = sorted(path.stem for path in (settings.WORKFLOW / "releases").glob("*.yaml"))
METHODS = sorted(path.stem for path in (settings.WORKFLOW / "methods").glob("*.yaml"))
WORDS = {1: "met", 0: "not met", -1: "not assessable"}


def method(name, results_year):
    return settings.method_of_year(settings.load_method(name), results_year)


def years(name):
    """The results years in which a method holds, of 2015/16 to 2026/27."""
    of = settings.load_method(name)["results_years"]
    listed = [f"{first}/{first % 100 + 1}" for first in range(2015, 2027)]
    return [year for year in listed if of[0] <= year and (len(of) == 1 or year <= of[1])]


def outcomes(name, results_year, criterion, phase, *schools, none="missing"):
    """The outcome of a criterion for schools as {measure: value}; what one does not state is unknown, of status `none`.

    A measure that no school states is not in the release.
    """
    frame = pd.DataFrame(index=range(len(schools)))
    for measure in sorted(set().union(*schools)):
        values = [school.get(measure) for school in schools]
        kind = type(next(value for value in values if value is not None))
        frame[measure] = pd.array(values, dtype={bool: "boolean", str: "str"}.get(kind, "float64"))
        frame[f"{measure}_status"] = np.where(frame[measure].isna(), none, "ok")
    test = method(name, results_year)["criteria"][criterion]["test"][phase]
    return [WORDS[outcome] for outcome in criteria.evaluate(test, frame, frame)[0]]


# --- The years of a method --------------------------------------------------------------------------------------


def test_each_year_from_the_study_s_on_has_a_method_and_none_has_two_kinds():
    held = {year: {name.rsplit("-", 1)[0] for name in METHODS if year in years(name)} for year in years("nfer-2017")}
    assert set(map(len, held.values())) <= {1, 2} and all(held.values())
    assert [y for name in ("nfer-2017", "nfer-graded", "rise-2025") for y in years(name)] == [
        f"{first}/{first % 100 + 1}" for first in range(2015, 2027)
    ]


@pytest.mark.parametrize(
    ("name", "results_year", "holds", "instead"),
    [
        ("nfer-2017", "2014/15", "2015/16 to 2017/18", "No method in workflow/methods/"),
        ("nfer-2017", "2018/19", "2015/16 to 2017/18", "there is nfer-graded"),
        ("nfer-graded", "2024/25", "2018/19 to 2023/24", "there is rise-2025"),
        ("rise-2025", "2016/17", "2024/25 on", "there is nfer-2017 or nfer-2017-april or nfer-2017-literal"),
    ],
)
def test_outside_its_years_a_method_stops_and_names_those_that_hold(name, results_year, holds, instead):
    message = fault(method, name, results_year)
    assert f"workflow/methods/{name}.yaml: it holds for results of {holds}, not of {results_year}" in message
    assert instead in message


def test_a_year_of_a_method_without_results_of_schools_stops_and_says_which_rule_is_missing():
    assert "criteria.designated: it has no rule for results of 2019/20" in fault(method, "nfer-graded", "2019/20")


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_s_own_method_holds_for_it(release):
    stated = settings.load_release(release)
    assert method(stated["method"], stated["results_year"])["criteria"]


# --- Rules that differ by year ----------------------------------------------------------------------------------

COASTS = {"pupils": 30, "rwm_expected_pct": 60, "reading_progress": -3, "writing_progress": 0, "maths_progress": 0}
# A year by the rules until 2015: the school's own figure below the median, which the two others make.
LEVELS = [
    {"rwm_level4_pct": share, **{f"{s}_expected_progress_pct": share for s in ("reading", "writing", "maths")}}
    for share in (70, 95, 95)
]


def before(years_before, *measures):
    """Measures of an earlier year, as the method names them."""
    return [{f"{name}_{years_before}y_before": v for name, v in of.items() if name != "pupils"} for of in measures]


def primaries(*earlier):
    """Three schools alike in the last year, with what they had in each earlier one."""
    return [COASTS | one | other for one, other in zip(*earlier, strict=True)]


@pytest.mark.parametrize(
    ("results_year", "one", "two"),
    [
        ("2015/16", before(1, *LEVELS), before(2, *LEVELS)),
        ("2016/17", before(1, COASTS, COASTS | {"rwm_expected_pct": 85}, COASTS), before(2, *LEVELS)),
        (
            "2017/18",
            before(1, COASTS, COASTS, COASTS | {"reading_progress": -2.5}),
            before(2, COASTS, COASTS | {"rwm_expected_pct": 90}, COASTS),
        ),
    ],
)
def test_a_primary_coasts_by_the_rule_that_each_of_its_three_years_had(results_year, one, two):
    found = outcomes("nfer-2017-literal", results_year, "coasting", "primary", *primaries(one, two))
    assert found == ["met", "not met", "not met"]


SECONDARY = {"pupils": 100, "progress8": -0.3, "progress8_upper": -0.1}
OLD = {
    "five_good_gcses_pct_2y_before": 50,
    "english_expected_progress_pct_2y_before": 72,
    "maths_expected_progress_pct_2y_before": 67,
}
NEW = {f"progress8_{years}y_before": -0.3 for years in (1, 2)}
SURELY = {f"progress8_upper_{years}y_before": -0.1 for years in (1, 2)}


def test_a_secondary_coasts_in_2017_by_the_published_medians_of_2015_and_by_progress_8_with_its_limit():
    school = SECONDARY | OLD | {"progress8_1y_before": -0.3, "progress8_upper_1y_before": -0.1}
    others = [school | change for change in (
        {"english_expected_progress_pct_2y_before": 73},
        {"maths_expected_progress_pct_2y_before": 68},
        {"progress8_upper": 0},
        {"progress8_upper_1y_before": 0.05},
        {"progress8_1y_before": -0.25},
    )]  # fmt: skip
    assert outcomes("nfer-2017-literal", "2016/17", "coasting", "secondary", school, *others) == [
        "met", *["not met"] * 5
    ]  # fmt: skip


def test_a_secondary_coasts_in_2018_by_progress_8_of_three_years():
    school = SECONDARY | NEW | SURELY
    found = outcomes(
        "nfer-2017-literal", "2017/18", "coasting", "secondary", school, school | {"progress8_upper_2y_before": 0.1}
    )
    assert found == ["met", "not met"]


def test_without_results_of_earlier_years_only_what_the_last_year_rules_out_is_known():
    schools = (SECONDARY, SECONDARY | {"progress8": 0.1})
    assert outcomes("nfer-2017-literal", "2016/17", "coasting", "secondary", *schools) == ["not assessable", "not met"]


@pytest.mark.parametrize("phase", domain.PHASES)
def test_the_floor_is_the_same_in_each_year_of_the_standards(phase):
    tests = [method("nfer-2017", year)["criteria"]["below_floor"]["test"][phase] for year in years("nfer-2017")]
    assert len(tests) == 3 and tests[0] == tests[1] == tests[2]


def test_a_criterion_of_which_nothing_is_asked_in_a_year_is_not_among_its_criteria():
    assert "designated" in method("nfer-graded", "2018/19")["criteria"]
    assert "designated" not in method("nfer-graded", "2022/23")["criteria"]


# --- nfer-graded ------------------------------------------------------------------------------------------------

STRONG = {"overall_effectiveness": 2, "rwm_expected_pct": 70, "reading_progress": 1, "writing_progress": 1}
STRONG |= {"maths_progress": 1}
WEAK = {"overall_effectiveness": 3, "rwm_expected_pct": 60, "reading_progress": -1, "writing_progress": 1}
WEAK |= {"maths_progress": 1}


def test_a_good_primary_is_high_performing_by_progress_in_the_years_that_measured_it():
    schools = (STRONG, STRONG | {"writing_progress": -0.1}, WEAK)
    at = [outcomes("nfer-graded", y, "good_with_strong_results", "primary", *schools) for y in ("2022/23", "2023/24")]
    assert at == [["met", "not met", "not met"], ["met", "met", "not met"]]


@pytest.mark.parametrize(("criterion", "graded"), [("outstanding", 1), ("less_than_good", 3)])
def test_not_judged_and_a_report_card_are_neither_good_nor_bad_under_a_graded_criterion(criterion, graded):
    schools = (
        {"overall_effectiveness": graded},
        {"no_overall_grade": True, "quality_of_education": graded, "leadership": graded},
        {"has_report_card": True, "card_leadership": "urgent_improvement", "card_achievement": "exceptional"},
        {"headline_grade": "requires_improvement"},
    )
    found = outcomes("nfer-graded", "2023/24", criterion, "primary", *schools, none="not_judged")
    assert found == ["met", *["not assessable"] * 3]


# --- rise-2025 --------------------------------------------------------------------------------------------------

GRADED_3 = {"no_overall_grade": False, "overall_effectiveness": 3}
GRADED_2 = {"no_overall_grade": False, "overall_effectiveness": 2, "quality_of_education": 3}
NO_GRADE = {"no_overall_grade": True, "quality_of_education": 2, "leadership": 3}
NO_CARD = {"has_report_card": False}
BAD_CARD = {"has_report_card": True, "card_leadership": "needs_attention"}
BETTER_CARD = {"has_report_card": True, "card_leadership": "expected_standard"}


def previous(school):
    return {f"previous_{name}": value for name, value in school.items()}


@pytest.mark.parametrize(
    ("school", "expected"),
    [
        (NO_CARD | GRADED_3 | previous(GRADED_3), "met"),
        (NO_CARD | GRADED_3 | previous(GRADED_2), "not met"),
        (NO_CARD | GRADED_2 | previous(GRADED_3), "not met"),
        (NO_CARD | NO_GRADE | previous(GRADED_3), "met"),
        (NO_CARD | GRADED_3 | previous(NO_GRADE), "met"),
        (NO_CARD | NO_GRADE | {"leadership": 2} | previous(GRADED_3), "not met"),
        (NO_CARD | GRADED_3, "not assessable"),
        (NO_CARD | GRADED_2, "not met"),
        (BAD_CARD | GRADED_3, "met"),
        (BAD_CARD | NO_GRADE, "met"),
        (BAD_CARD | GRADED_2 | previous(GRADED_3), "not met"),
        (BETTER_CARD | GRADED_3 | previous(GRADED_3), "not met"),
        (GRADED_3 | previous(GRADED_3), "not assessable"),
        (BAD_CARD, "not assessable"),
        ({"headline_grade": "good"}, "not met"),
        ({"headline_grade": "requires_improvement"}, "not assessable"),
        ({"headline_grade": "not_listed"} | NO_CARD | NO_GRADE | previous(GRADED_3), "met"),
    ],
)
def test_a_school_is_stuck_when_below_good_twice_in_a_row_or_after_a_report_card(school, expected):
    other = {"headline_grade": "not_listed"} | BAD_CARD | NO_GRADE | previous(NO_GRADE | {"overall_effectiveness": 1})
    school = {"headline_grade": "not_listed"} | school
    assert outcomes("rise-2025", "2024/25", "stuck", "primary", school, other)[0] == expected


def test_without_a_list_of_headline_grades_a_school_is_stuck_by_its_inspections_alone():
    school = NO_CARD | GRADED_3 | previous(GRADED_3)
    other = BAD_CARD | NO_GRADE | previous(NO_GRADE)
    assert outcomes("rise-2025", "2024/25", "stuck", "primary", school, other) == ["met", "met"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("none", "not met"), ("notice_to_improve", "not met")]
    + [(word, "met") for word in domain.CATEGORIES if word not in ("none", "notice_to_improve")],
)
def test_a_school_is_in_a_category_of_concern(word, expected):
    schools = ({"category_of_concern": word}, {"overall_effectiveness": 4})
    assert outcomes("rise-2025", "2024/25", "category_of_concern", "secondary", *schools) == [
        expected, "not assessable"
    ]  # fmt: skip


def quarters(measure):
    """Five schools from low to high, and one without a figure; the first is the bottom quarter with the second."""
    return [{measure: value} for value in (10, 20, 30, 40, 50)] + [{}]


def test_low_attainment_is_the_bottom_quarter_of_all_pupils_and_of_disadvantaged_ones():
    both = zip((10, 10, 30, 40, 50, 60, 70, 10, None), (10, 50, 10, 40, 50, 60, 70, None, 10), strict=True)
    schools = [{"attainment8": one, "attainment8_disadvantaged": other} for one, other in both]
    found = outcomes("rise-2025", "2024/25", "low_attainment", "secondary", *schools)
    assert found == ["met", *["not met"] * 6, "not assessable", "not assessable"]


def test_without_figures_of_disadvantaged_pupils_low_attainment_is_ruled_out_or_not_assessable():
    found = outcomes("rise-2025", "2024/25", "low_attainment", "primary", *quarters("rwm_expected_pct"))
    assert found == ["not assessable", "not assessable", "not met", "not met", "not met", "not assessable"]


def test_high_attainment_of_disadvantaged_pupils_is_the_top_quarter():
    schools = quarters("rwm_expected_disadvantaged_pct")
    found = outcomes("rise-2025", "2024/25", "high_disadvantaged_attainment", "primary", *schools)
    # The figure that is missing may put the top quarter anywhere from 37.5 to 47.5.
    assert found == [*["not met"] * 3, "not assessable", "met", "not assessable"]


def test_a_strong_report_card_is_strong_in_achievement_and_in_leadership_and_an_old_grade_is_none():
    card = {"has_report_card": True, "card_achievement": "strong_standard", "card_leadership": "exceptional"}
    schools = (card, card | {"card_leadership": "expected_standard"}, NO_CARD, {"overall_effectiveness": 1})
    found = outcomes("rise-2025", "2024/25", "strong_report_card", "primary", *schools)
    assert found == ["met", "not met", "not met", "not assessable"]


def test_outstanding_at_the_last_graded_inspection_is_never_taken_from_a_headline_grade():
    listed = [{"overall_effectiveness": 1, "headline_grade": "outstanding"}, {"overall_effectiveness": 2}]
    listed += [{"headline_grade": grade} for grade in ("outstanding", "good", "not_listed")]
    found = outcomes("rise-2025", "2024/25", "outstanding_graded", "primary", *listed)
    assert found == ["met", "not met", "not assessable", "not met", "not assessable"]


# --- What a release lets a method assess ------------------------------------------------------------------------

PREVIOUS = ["previous_no_overall_grade", "previous_overall_effectiveness", "previous_quality_of_education"]
PREVIOUS += ["previous_leadership"]
# {(release, method): {criterion: measures that no source of the release has}}, of both phases; without an entry: none.
LACKING = {
    ("2025", "rise-2025"): {"stuck": PREVIOUS, "category_of_concern": ["category_of_concern"]},
}


def measures_of(release, phase):
    """The measures that the sources of a release can have of a phase, by the columns of their layouts."""
    found = {"establishment_type"}
    for source in release["sources"].values():
        columns = set(source["columns"]) - set(source.get("not_filled", ()))
        if source["kind"] == "designations":
            found |= set(domain.DESIGNATIONS)
        elif source["kind"] == "inspections":
            found |= columns
            if "overall_effectiveness" in columns:
                found.add("no_overall_grade")
            if "overall_effectiveness" in columns and not source.get("snapshot"):  # it has the one before as well
                found |= {
                    f"previous_{name}"
                    for name in ("no_overall_grade", *domain.GRADES)
                    if name in (*columns, "no_overall_grade")
                }
            if "previous_overall_effectiveness" in columns:
                found.add("previous_no_overall_grade")
            if "card_achievement" in columns:
                found.add("has_report_card")
        elif source["kind"] == "results" and source["phase"] == phase:
            found |= {f"{name}{settings.measure_suffix(source)}" for name in columns}
    return found


def lacking(release, of_method):
    """{criterion: measures that it needs and the release cannot have}, without those that it may leave out."""
    found = {}
    for phase in domain.PHASES:
        have = measures_of(release, phase)
        derived = of_method.get("derived", {})
        have |= {name for name, rule in derived.items() if rule["phase"] == phase and set(rule["mean_of"]) <= have}
        for name, condition in settings.iter_conditions(of_method, phase):
            if condition["measure"] not in have and condition.get("if_absent") != "ignore":
                found.setdefault(name, {})[condition["measure"]] = None
    return {name: list(measures) for name, measures in found.items()}


def held():
    for release, name in itertools.product(RELEASES, METHODS):
        results_year = settings.read_yaml(settings.WORKFLOW / "releases" / f"{release}.yaml")["results_year"]
        if results_year in years(name):
            yield release, name


@pytest.mark.parametrize(("release", "name"), list(held()))
def test_which_criteria_of_a_method_a_release_can_assess(release, name):
    """By all the files that the release file states; that a file is not at hand, `classified/unknown.csv` says."""
    stated = settings.load_release(release)
    assert lacking(stated, method(name, stated["results_year"])) == LACKING.get((release, name), {})
