"""Criteria as data: three-valued logic against a plain enumeration, thresholds, absent measures, conditions."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lib import criteria, methods, settings
from lib.criteria import FALSE, TRUE, UNKNOWN

STATED = {"basis": "official", "source": "method"}


def condition(measure, is_="<", value=0, **more):
    stated = {"measure": measure, "is": is_, **STATED, **more}
    return stated if "quantile" in more else stated | {"value": value}


def frame(**columns):
    """Schools with measures; a missing figure has the status `suppressed`."""
    schools = pd.DataFrame(columns)
    for name in columns:
        schools[f"{name}_status"] = np.where(schools[name].isna(), "suppressed", "ok")
    return schools.astype({f"{name}_status": "str" for name in columns})


def outcome_of(test, schools, reference=None):
    outcome, _ = criteria.evaluate(test, schools, schools if reference is None else reference)
    assert outcome.dtype == np.int8 and len(outcome) == len(schools)
    return outcome.tolist()


def completions(values):
    """Every way in which the unknowns among `values` could turn out."""
    return itertools.product(*[(0, 1) if value == UNKNOWN else (value,) for value in values])


def verdict(possible):
    """True or false when all that is possible agrees, else unknown."""
    possible = set(possible)
    return UNKNOWN if len(possible) == 2 else int(possible.pop())


# --- Three-valued logic ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_at_least_equals_an_enumeration_of_the_unknowns(size):
    cases = np.array(list(itertools.product([TRUE, FALSE, UNKNOWN], repeat=size)), dtype=np.int8)
    for number in range(1, size + 2):
        found = criteria.at_least(list(cases.T), number)
        expected = [verdict(sum(c) >= number for c in completions(case)) for case in cases]
        assert found.tolist() == expected and found.dtype == np.int8


MEASURES = ["m0", "m1", "m2", "m3"]
ALL_CASES = list(itertools.product([TRUE, FALSE, UNKNOWN], repeat=len(MEASURES)))
ALL_SCHOOLS = frame(
    **{m: [np.nan if c[i] == UNKNOWN else float(c[i]) for c in ALL_CASES] for i, m in enumerate(MEASURES)}
)

leaves = st.sampled_from([condition(m, ">=", 1) for m in MEASURES])


def branches(parts):
    lists = st.lists(parts, min_size=1, max_size=3)
    counted = lists.flatmap(lambda p: st.integers(1, len(p)).map(lambda n: {"at_least": n, "of": p}))
    return st.one_of(lists.map(lambda p: {"all": p}), lists.map(lambda p: {"any": p}), counted)


trees = st.recursive(leaves, branches, max_leaves=8)


def holds(test, values):
    """Two-valued truth of a tree, `values` by measure."""
    if "measure" in test:
        return bool(values[test["measure"]])
    if "all" in test:
        return all(holds(part, values) for part in test["all"])
    if "any" in test:
        return any(holds(part, values) for part in test["any"])
    return sum(holds(part, values) for part in test["of"]) >= test["at_least"]


@examples(max_examples=60)
@given(test=trees)
def test_tree_equals_an_enumeration_of_the_unknowns(test):
    """Such trees only ever gain by a further truth, so Kleene's logic decides all that can be decided."""
    expected = [
        verdict(holds(test, dict(zip(MEASURES, c, strict=True))) for c in completions(case)) for case in ALL_CASES
    ]
    assert outcome_of(test, ALL_SCHOOLS) == expected


@examples(max_examples=25)
@given(parts=st.lists(trees, min_size=2, max_size=4), order=st.randoms(use_true_random=False))
def test_order_of_the_parts_does_not_matter(parts, order):
    shuffled = list(parts)
    order.shuffle(shuffled)
    for key in ("all", "any"):
        assert outcome_of({key: parts}, ALL_SCHOOLS) == outcome_of({key: shuffled}, ALL_SCHOOLS)


# --- Conditions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("is_", "value", "expected"),
    [
        ("<", 2, [TRUE, FALSE, FALSE, UNKNOWN]),
        ("<=", 2, [TRUE, TRUE, FALSE, UNKNOWN]),
        ("==", 2, [FALSE, TRUE, FALSE, UNKNOWN]),
        (">=", 2, [FALSE, TRUE, TRUE, UNKNOWN]),
        (">", 2, [FALSE, FALSE, TRUE, UNKNOWN]),
        ("in", [1, 3], [TRUE, FALSE, TRUE, UNKNOWN]),
        ("not in", [1, 3], [FALSE, TRUE, FALSE, UNKNOWN]),
    ],
)
def test_comparisons_at_the_threshold_and_without_a_figure(is_, value, expected):
    assert outcome_of(condition("m", is_, value), frame(m=[1.0, 2.0, 3.0, np.nan])) == expected


def test_true_and_false_and_names():
    schools = frame(designated=pd.array([True, False, None], dtype="boolean"), kind=["studio", "primary", None])
    assert outcome_of(condition("designated", "==", True), schools) == [TRUE, FALSE, UNKNOWN]
    assert outcome_of(condition("kind", "not in", ["studio"]), schools) == [FALSE, TRUE, UNKNOWN]


def test_quantile_is_taken_from_the_reference_and_without_the_unknown():
    schools, reference = frame(m=[1.0, 2.0, 9.0, np.nan]), frame(m=[1.0, 2.0, 3.0, np.nan])
    assert outcome_of(condition("m", ">=", quantile=0.5), schools, reference) == [FALSE, TRUE, TRUE, UNKNOWN]
    outcome, (leaf,) = criteria.evaluate(condition("m", ">=", quantile=0.5), schools, reference)
    assert leaf.threshold == 2


@pytest.mark.parametrize(
    ("status", "extent", "outcome"),
    [
        (["missing", "missing"], (15, 35), [FALSE, UNKNOWN, UNKNOWN, TRUE]),  # -, -, 10, 20, ...; 10, 20, 30, 40, -, -
        (["missing", "suppressed"], (20, 30), [FALSE, UNKNOWN, TRUE, TRUE]),
        (["suppressed", "no_row"], None, [FALSE, FALSE, TRUE, TRUE]),
        (["missing"] * 4, (None, None), [UNKNOWN] * 4),
    ],
)
def test_a_quantile_is_as_open_as_what_is_missing_here_makes_it(status, extent, outcome):
    """What nobody has never enters it; a best estimate takes it as known."""
    schools = frame(m=[10.0, 20, 30, 40] + [np.nan] * len(status))
    schools["m_status"] = ["ok"] * 4 + status
    found, (leaf,) = criteria.evaluate(condition("m", ">=", quantile=0.5), schools, schools)
    ends = (-np.inf, np.inf) if extent == (None, None) else extent
    assert (leaf.threshold, leaf.extent) == (25, ends)
    assert found.tolist() == outcome + [UNKNOWN] * len(status)
    estimated, (leaf,) = criteria.evaluate(leaf.stated, schools, schools, as_known=True)
    assert estimated.tolist() == [FALSE, FALSE, TRUE, TRUE] + [UNKNOWN] * len(status) and leaf.extent is None


def test_quantile_of_nothing_is_unknown_for_all():
    schools, reference = frame(m=[1.0, 2.0]), frame(m=[np.nan, np.nan])
    assert outcome_of(condition("m", "<", quantile=0.5), schools, reference) == [UNKNOWN, UNKNOWN]


@examples(max_examples=40)
@given(values=st.lists(st.one_of(st.none(), st.integers(-300, 300).map(lambda v: v / 10)), min_size=1, max_size=25))
def test_at_least_half_of_the_known_reach_the_median(values):
    schools = frame(m=pd.Series(values, dtype="float64"))
    outcome = np.array(outcome_of(condition("m", ">=", quantile=0.5), schools))
    known = schools["m"].notna().to_numpy()
    assert (outcome[~known] == UNKNOWN).all()
    assert known.sum() == 0 or (outcome == TRUE).sum() * 2 >= known.sum()


def test_schools_that_are_the_median_reach_it():
    """The threshold is rounded to six decimals, the figure is not: 66.666666667 stands below 66.666667."""
    schools = frame(m=[200 / 3, 200 / 3, 200 / 3])
    assert outcome_of(condition("m", ">=", quantile=0.5), schools) == [TRUE, TRUE, TRUE]


def test_derived_mean_that_is_the_median_reaches_it():
    """The order in which three figures are added up must not decide."""
    schools = frame(a=[0.1, 0.3], b=[0.2, 0.2], c=[0.3, 0.1])
    derived = criteria.derive(schools, {"mean": {"mean_of": ["a", "b", "c"]}})
    assert outcome_of(condition("mean", ">=", quantile=0.5), derived) == [TRUE, TRUE]


# --- Measures that a release does not have --------------------------------------------------------------------


@pytest.mark.parametrize(("key", "expected"), [("all", [UNKNOWN, FALSE]), ("any", [TRUE, UNKNOWN])])
def test_measure_that_is_not_there_is_unknown_and_may_be_outweighed(key, expected):
    schools = frame(m=[-1.0, 1.0])
    assert outcome_of({key: [condition("m"), condition("absent")]}, schools) == expected
    assert outcome_of(condition("absent"), schools) == [UNKNOWN, UNKNOWN]


def test_what_nobody_could_assess_counts_as_not_met_and_what_the_files_lack_stays_unknown():
    schools = frame(m=[1.0, np.nan, np.nan, 1.0, np.nan], n=[1.0, 1.0, 1.0, np.nan, 0.0])
    schools["m_status"] = ["ok", "suppressed", "missing", "ok", "missing"]
    schools["n_status"] = ["ok", "ok", "ok", "no_row", "ok"]
    test = {"all": [condition("m", ">=", 1), condition("n", ">=", 1)]}
    outcome, conditions = criteria.evaluate(test, schools, schools)
    assert outcome.tolist() == [TRUE, UNKNOWN, UNKNOWN, UNKNOWN, FALSE]
    assert criteria.but_for_the_copy(test, conditions, schools).tolist() == [TRUE, FALSE, UNKNOWN, FALSE, FALSE]
    either = {"any": [condition("m", ">=", 1), condition("absent")]}
    outcome, conditions = criteria.evaluate(either, schools, schools)
    assert criteria.but_for_the_copy(either, conditions, schools).tolist() == [TRUE, UNKNOWN, UNKNOWN, TRUE, UNKNOWN]


optional = condition("absent", if_absent="ignore")
required = condition("m0", ">=", 1)


@pytest.mark.parametrize(
    ("test", "same_as"),
    [
        ({"all": [required, optional]}, required),
        ({"any": [required, optional]}, required),
        ({"any": [{"all": [optional]}, required]}, required),
        ({"all": [{"any": [optional, optional]}, {"all": [required, optional]}]}, required),
        ({"at_least": 1, "of": [required, optional]}, required),
    ],
)
def test_optional_measure_that_is_not_there_drops_out(test, same_as):
    assert outcome_of(test, ALL_SCHOOLS) == outcome_of(same_as, ALL_SCHOOLS)


def test_at_least_of_fewer_parts_than_its_number_is_unknown():
    known = condition("m0", ">=", 1)
    assert set(outcome_of({"at_least": 2, "of": [known, optional]}, ALL_SCHOOLS)) == {UNKNOWN}
    of_three = {"at_least": 2, "of": [known, condition("m1", ">=", 1), optional]}
    assert outcome_of(of_three, ALL_SCHOOLS) == outcome_of({"all": of_three["of"][:2]}, ALL_SCHOOLS)
    by_year = {"at_least": 2, "of": [known, {"by_year": {"2018/19": known, "2023/24": None}}]}
    assert set(outcome_of(methods.in_year(by_year, "2023/24"), ALL_SCHOOLS)) == {UNKNOWN}


def test_test_of_nothing_but_what_is_ignored_is_unknown():
    assert set(outcome_of({"any": [optional]}, ALL_SCHOOLS)) == {UNKNOWN}


def test_optional_measure_that_is_there_counts_also_when_a_school_lacks_it():
    schools = frame(m=[1.0, 1.0, 1.0], upper=[-1.0, 1.0, np.nan])
    test = {"all": [condition("m", ">=", 1), condition("upper", if_absent="ignore")]}
    assert outcome_of(test, schools) == [TRUE, FALSE, UNKNOWN]


def test_same_condition_required_in_one_place_and_optional_in_another():
    test = {"all": [condition("m0", ">=", 1), {"any": [optional, condition("m1", ">=", 1)]}, condition("absent")]}
    known = {"all": [condition("m0", ">=", 1), condition("m1", ">=", 1)]}
    expected = [FALSE if outcome == FALSE else UNKNOWN for outcome in outcome_of(known, ALL_SCHOOLS)]
    assert outcome_of(test, ALL_SCHOOLS) == expected


def test_below_floor_without_published_limits_goes_by_the_point_estimate():
    """The primary test of the method file, on figures that are under in none, one and two subjects."""
    test = settings.load_method("nfer-2017-literal")["criteria"]["below_floor"]["test"]["primary"]
    figures = {
        "pupils": [30.0] * 6 + [10.0],
        "rwm_expected_pct": [64.0, 64.0, 64.0, 65.0, 64.0, np.nan, 40.0],
        "reading_progress": [-5.0, -5.1, -5.1, -9.0, 0.0, -9.0, -9.0],
        "writing_progress": [-7.0, 0.0, -7.1, -9.0, 0.0, -9.0, -9.0],
        "maths_progress": [-5.0, 0.0, 0.0, -9.0, np.nan, -9.0, -9.0],
    }
    assert outcome_of(test, frame(**figures)) == [FALSE, TRUE, TRUE, FALSE, UNKNOWN, UNKNOWN, FALSE]
    limits = {
        "reading_progress_upper": [0.0, 0.1, 0.1, -1.0, 2.0, -1.0, -1.0],
        "writing_progress_upper": [0.0, 2.0, 0.1, -1.0, 2.0, -1.0, -1.0],
        "maths_progress_upper": [0.0, 2.0, 2.0, -1.0, np.nan, -1.0, -1.0],
    }
    assert outcome_of(test, frame(**figures, **limits)) == [FALSE, FALSE, TRUE, FALSE, UNKNOWN, UNKNOWN, FALSE]


# --- Derived measures -----------------------------------------------------------------------------------------


def test_mean_is_unknown_when_a_part_is_and_says_the_first_reason():
    schools = frame(a=[1.0, np.nan, 1.0], b=[2.0, 2.0, np.nan], c=[3.0, np.nan, 3.0])
    schools["a_status"], schools["c_status"] = ["ok", "suppressed", "ok"], ["ok", "no_entries", "ok"]
    schools["b_status"] = ["ok", "ok", "missing"]
    derived = criteria.derive(schools, {"mean": {"mean_of": ["a", "b", "c"]}})
    assert derived["mean"].tolist()[0] == 2 and derived["mean"].isna().tolist() == [False, True, True]
    assert derived["mean_status"].tolist() == ["ok", "suppressed", "missing"]


def test_mean_of_a_measure_that_is_not_there_is_not_made_up():
    assert "mean" not in criteria.derive(frame(a=[1.0]), {"mean": {"mean_of": ["a", "absent"]}})


# --- What each condition found --------------------------------------------------------------------------------


def found_by(test, schools):
    """(value, status, outcome) of each condition of a test, school by school; None where there is no value."""
    _, conditions = criteria.evaluate(test, schools, schools)
    found = [criteria.found_by(condition, schools) for condition in conditions]
    return [
        list(zip(*([words[at] for at in places] for words, places in columns.values()), strict=True))
        for columns in found
    ]


def test_condition_has_a_value_or_the_reason_why_not_and_its_outcome():
    schools = frame(m=[-1.5, np.nan], kind=["studio", "primary"])
    test = {"all": [condition("m"), condition("kind", "not in", ["studio", "technical"]), optional, condition("gone")]}
    assert found_by(test, schools) == [
        [("-1.5", "ok", "true"), (None, "suppressed", "unknown")],
        [("studio", "ok", "false"), ("primary", "ok", "true")],
        [(None, "not_in_release", "ignored")] * 2,
        [(None, "not_in_release", "unknown")] * 2,
    ]


def test_what_a_condition_found_stays_with_its_school():
    schools = frame(m=[3.0, 1.0, 2.0])
    schools.index = [9, 5, 7]
    assert found_by(condition("m", "<", 2), schools) == [
        [("3", "ok", "false"), ("1", "ok", "true"), ("2", "ok", "false")]
    ]


def test_condition_that_stands_in_two_places_is_shown_once():
    leaf = condition("m")
    _, conditions = criteria.evaluate({"any": [leaf, {"all": [leaf, condition("n")]}]}, frame(m=[1.0], n=[1.0]), None)
    assert [c.stated["measure"] for c in conditions] == ["m", "n"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (-0.5, "-0.5"),
        (1 / 3, "0.333333"),
        (True, "true"),
        (False, "false"),
        ([3, 4], "3|4"),
        (float("nan"), "unknown"),
        ("studio", "studio"),
        (np.float64(2), "2"),
    ],
)
def test_values_as_text(value, text):
    assert criteria.show(value) == text
