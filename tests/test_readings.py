"""Readings: parts combined as they should, bounds that hold whatever is missing, misfit and possibility by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reading_claims
import reading_schools
import readings as step
from conftest import fault
from lib import readings
from lib.reading_answers import EXPECTED, KNOWN, POSSIBLE, Schools

GRADE = {"measure": "overall_effectiveness", "is": "=="}
LED = {"measure": "leadership", "is": "==", "value": 1}
STATED = {
    "published": {
        "high_performing": {"all": "a", "primary": "b", "secondary": "c"},
        "in_need": {"all": "d", "primary": "e", "secondary": "f"},
    },
    "parts": {
        "high_performing": {"any": [{**GRADE, "value": 1}, "third_way"]},
        "good": {**GRADE, "value": 2},
        "led": LED,
        "coasting": {"measure": "not_there", "is": "<", "value": 0},
        "judged": {**GRADE, "is": ">=", "value": 1},
    },
    "dimensions": {
        "third_way": {
            "group": "high_performing",
            "options": [
                {"id": "led", "define": {"third_way": {"all": ["good", "led"]}}},
                {"id": "both", "define": {"third_way": {"all": ["good", "led", "high"]}}},
                {"id": "any", "define": {"third_way": {"all": ["good", {"any": ["led", "high"]}]}}},
            ],
        },
        "high": {
            "group": "high_performing",
            "options": [
                {"id": "ten", "define": {"high": {"measure": "score", "is": ">=", "value": 10}}},
                {"id": "median", "define": {"high": {"measure": "score", "is": ">=", "quantile": 0.5}}},
            ],
        },
        "combination": {
            "group": "in_need",
            "options": [
                {"id": "grades", "define": {"in_need": {**GRADE, "is": "in", "value": [3, 4]}}},
                {"id": "two", "define": {"in_need": {"at_least": 2, "of": ["good", "led", "coasting"]}}},
            ],
        },
    },
    "overlap": {"options": [{"id": "left_out", "left_out": True}, {"id": "kept", "left_out": False}]},
    "urns": {"options": [{"id": "own"}]},
    "denominator": {"options": [{"id": "all"}, {"id": "judged", "counts": "judged"}]},
    "best": 3,
}
NAN = np.nan


def measured(overall, leadership, score):
    frame = pd.DataFrame({"overall_effectiveness": overall, "leadership": leadership, "score": score}, dtype=float)
    return frame.assign(**{f"{name}_status": "ok" for name in frame})


def ask(schools, test):
    (answer,) = schools.ask([readings.resolved(test, STATED["parts"], "primary")[0]])
    return answer.tolist()


def tried(group):
    return readings.readings_of(STATED, group, readings.options_of(STATED, group, set()))


def test_a_blank_is_unknown_only_where_it_may_hide_what_was_published():
    schools = Schools(measured([2, 2, NAN], [1, NAN, NAN], [5, NAN, 20]), gaps=["leadership"])
    assert ask(schools, "led") == [[1, 0, 0], [1, 1, 1], [1, 0, 0]]
    assert ask(schools, "good") == [[1, 1, 0]] * 3  # nobody has judged the third
    assert ask(schools, {"measure": "score", "is": ">=", "value": 5}) == [[1, 0, 1]] * 3
    assert ask(schools, "coasting") == [[0, 0, 0], [1, 1, 1], [0, 0, 0]]  # no file has the measure
    ignored = {"measure": "not_there", "is": "<", "value": 0, "if_absent": "ignore"}
    assert ask(schools, {"all": ["good", ignored]}) == [[1, 1, 0]] * 3
    assert ask(schools, {"at_least": 2, "of": ["good", ignored]}) == [[0, 0, 0], [1, 1, 1], [0, 0, 0]]


def test_parts_combine_by_kleene_and_their_chances_as_of_independent_ones():
    schools = Schools(measured([2, 2, 3], [1, NAN, NAN], [5, 5, 5]), gaps=["leadership"])
    led, coasting = (readings.resolved(name, STATED["parts"], "primary")[0] for name in ("led", "coasting"))
    schools.expected = {led: np.array([1, 0.5, 0.5]), coasting: np.full(3, 0.2)}
    assert ask(schools, {"all": ["good", "led"]}) == [[1, 0, 0], [1, 1, 0], [1, 0.5, 0]]
    known, possible, expected = ask(schools, {"any": ["led", "coasting"]})
    assert (known, possible) == ([1, 0, 0], [1, 1, 1]) and expected == pytest.approx([1, 0.6, 0.6])
    known, possible, expected = ask(schools, {"at_least": 2, "of": ["good", "led", "coasting"]})
    assert (known, possible) == ([1, 0, 0], [1, 1, 1])
    assert expected == pytest.approx([1, 0.5 + 0.5 * 0.2, 0.5 * 0.2])


def test_readings_that_differ_only_in_what_they_do_not_use_are_one():
    found = [tuple(reading.options.values()) for reading in tried("high_performing")]
    assert found == [("led", None), ("both", "ten"), ("both", "median"), ("any", "ten"), ("any", "median")]


def test_an_option_that_needs_measures_is_tried_where_the_release_has_one_of_them():
    option = {"id": "limits", "needs": ["x_upper", "y_upper"], "define": {"high": {}}}
    stated = {"dimensions": {"floor": {"group": "in_need", "options": [option]}}}
    assert readings.options_of(stated, "in_need", {"x"}) == {"floor": []}
    assert readings.options_of(stated, "in_need", {"y_upper"}) == {"floor": [option]}


def test_a_part_that_comes_round_to_itself_stops():
    parts = {"a": {"all": ["b"]}, "b": {"any": ["a"]}}
    assert "the part 'a' comes round to itself, by a, b" in fault(readings.resolved, "a", parts, "primary")


def count_of(schools):
    both = {group: tried(group) for group in ("high_performing", "in_need")}
    return step.count({"primary": [schools]}, both, STATED["denominator"]["options"], STATED["parts"]), both


def test_counts_by_hand():
    schools = Schools(measured([1, 2, 2, 3, NAN], [NAN, 1, NAN, NAN, NAN], [0, 0, 10, 0, 99]), gaps=["leadership"])
    counts, both = count_of(schools)
    led, ten = 0, 1
    assert counts.of["primary"].tolist() == [[5, 4]] and counts.population == 5
    found = counts.groups["high_performing"]["primary"][0]
    assert found[led, KNOWN].tolist() == [2, 2] and found[led, POSSIBLE].tolist() == [3, 3]
    assert found[ten, KNOWN].tolist() == [1, 1] and found[ten, POSSIBLE].tolist() == [2, 2]  # good, led and high
    two = 1  # of good, led and coasting: the second is known to be in need, the others but the fifth may be
    without = counts.left_out["primary"][0][led, two]
    assert without[KNOWN].tolist() == [0, 0] and without[POSSIBLE].tolist() == [2, 2]
    grades = counts.left_out["primary"][0][led, 0]
    assert grades[KNOWN].tolist() == [2, 2] and grades[POSSIBLE].tolist() == [3, 3]


grade = st.sampled_from([1.0, 2.0, 3.0, 4.0, NAN])


@given(st.lists(st.tuples(grade, grade, st.floats(0, 20)), min_size=1, max_size=12), st.data())
def test_the_bounds_hold_whatever_the_missing_grades_are(rows, data):
    overall, leadership, score = zip(*rows, strict=True)
    filled = [data.draw(st.sampled_from([1.0, 2.0, 3.0])) if np.isnan(grade) else grade for grade in leadership]
    missing = data.draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=len(rows), max_size=len(rows)))
    counts, both = count_of(Schools(measured(overall, leadership, score), ["leadership"]))
    whole = measured(overall, filled, score).assign(not_there=missing, not_there_status="ok")
    actual, _ = count_of(Schools(whole, ["leadership"]))
    pairs = [(counts.groups[group]["primary"], actual.groups[group]["primary"], 2) for group in both]
    for bounds, true, axis in [*pairs, (counts.left_out["primary"], actual.left_out["primary"], 3)]:
        low, high, truth = (
            np.take(array, row, axis) for array, row in ((bounds, KNOWN), (bounds, POSSIBLE), (true, KNOWN))
        )
        assert (low <= truth).all() and (truth <= high).all()
        assert (np.take(true, POSSIBLE, axis) == truth).all()  # nothing is unknown any more
        assert (low <= np.take(bounds, EXPECTED, axis)).all()


def test_misfit_and_possibility_by_hand():
    """27% and 33% of 200 and 100 schools, 87 in all: 27.5 would be printed as 28."""
    published = {"primary": 27, "secondary": 33, "all": 87}
    counts = {
        "primary": np.array([[54, 54, 54], [55, 55, 55], [50, 60, 52]]),  # known, possible, expected
        "secondary": np.array([[33, 33, 33], [33, 33, 33], [30, 40, 34]]),
    }
    told = step.figures(counts, {"primary": 200, "secondary": 100}, published, 300)
    assert told["possible"].tolist() == [True, False, True]
    assert np.sqrt(told["squares"]) == pytest.approx([0, np.hypot(0.5, 1 / 3), np.sqrt(1 + 1 + (1 / 3) ** 2)])
    assert told["all_lower"].tolist() == [87, 88, 80] and told["primary_upper"].tolist() == [0.27, 0.275, 0.3]


def test_the_best_of_both_are_the_least_misfits_and_a_marked_one_stands_with_them():
    overall = [1, 1, 2, 2, 2, 3, 3, 4]
    schools = Schools(measured(overall, [1] * 8, [0, 0, 0, 10, 20, 0, 0, 0]).assign(not_there=1.0), ["leadership"])
    counts, both = count_of(schools)
    published = {
        group: {"primary": value, "all": value * 8 / 100}
        for group, value in (("high_performing", 25), ("in_need", 37.5))
    }
    far = {
        "third_way": "led",
        "combination": "two",
        "overlap": "kept",
        "urns": "own",
        "denominator": "judged",
        "high": "ten",
    }
    rows, tried_of_all = step.joint_rows(counts, both, STATED, published, [far])
    assert tried_of_all["tried"] == 2 * 5 * 2 * 2 and len(rows) == 4
    rows = step.mark(rows, {"far": far}, list(readings.dimensions(STATED)))
    assert rows["misfit"].is_monotonic_increasing and list(rows["marked"].dropna()) == ["far"]
    assert rows["marked"].iloc[-1] == "far" and rows.iloc[0][["misfit", "overlap"]].tolist() == [0, "left_out"]
    # Of eight schools three are good and led. Kept, they make five high-performing; left out, being in need, two.
    assert rows["misfit"].iloc[-1] == pytest.approx(np.hypot(37.5, 37.5), abs=1e-3)


def test_unknown_leadership_counts_at_the_rate_of_schools_with_like_results():
    """Of good schools with high scores, two of four known are led; of others, none of one. The rest are not good."""
    overall = [2, 2, 2, 2, 2, 2, 2, 1]
    leadership = [1, 1, 2, 2, NAN, 3, NAN, 1]
    schools = Schools(measured(overall, leadership, [9, 9, 9, 9, 9, 0, 0, 0]), gaps=["leadership"])
    stated = STATED | {"estimates": [{"part": "led", "among": "good", "alike": "high"}]}
    stated["parts"] = stated["parts"] | {"high": {"measure": "score", "is": ">=", "value": 5}}
    reading_schools.expect(schools, stated, "primary", schools, {})
    assert ask(schools, "led")[EXPECTED] == [1, 1, 0, 0, 0.5, 0, 0, 1]


def test_coasting_counts_at_the_rate_that_gives_the_official_count():
    """The results file has four rows, one known to be coasting and two that may be; officially there are two."""
    files = Schools(measured([1, 2, 2, 3], [1, NAN, NAN, 2], [0] * 4), gaps=["leadership"])
    schools = Schools(measured([1, 2], [NAN, 1], [0, 0]), gaps=["leadership"])
    stated = STATED | {"estimates": [{"part": "led", "official": {"primary": "count"}}]}
    reading_schools.expect(schools, stated, "primary", files, {"count": {"value": 2}})
    assert ask(schools, "led")[EXPECTED] == [0.5, 1]


@pytest.mark.parametrize(("wanted", "top"), [(0.31, 3), (0.34, 3), (0.38, 4), (0.05, None), (0.9, None)])
def test_the_top_nearest_to_a_share(wanted, top):
    found = step.nearest_top(lambda t: t / 10 + 0.02, 1, 8, wanted)
    assert found["top"] == top and (found["least"], found["most"]) == (0.12, 0.82)


# --- Claims and radius ---------------------------------------------------------------------------------------


def test_the_radius_at_which_the_median_of_partners_is_the_published_one():
    """Two schools in need; partners 1 and 2 miles from the first, 1 and 3 from the second."""
    mile = 1609.344
    points = np.array([[0, 0], [100 * mile, 0], [mile, 0], [2 * mile, 0], [101 * mile, 0], [103 * mile, 0]])
    need, high = (np.array(column, dtype=float)[:, None] for column in ([1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]))
    place = np.array([0, 1, 0, 0, 1, 1])
    low, upper, medians = reading_claims.fitting(points, high, need, place, np.arange(0.5, 4.1, 0.5), 2)
    assert (low[0], upper[0]) == (2, 4)  # at 2 miles half of them have two
    assert medians.tolist() == [[2, 1]]
    alone = np.array([1.0, 0, 0, 0, 0, 0])[:, None]
    low, _, _ = reading_claims.fitting(points, alone, alone, place, np.array([1.0]), 1)
    assert np.isnan(low[0])  # a school of both groups is not its own partner


def test_schools_count_as_much_as_they_are_expected_to_be_partners():
    points = np.array([[0.0, 0], [10, 0], [20, 0], [np.nan, np.nan]])
    need, high = np.array([[1.0], [0], [0], [1]]), np.array([[0], [0.5], [0.5], [1]])
    low, _, _ = reading_claims.fitting(points, high, need, np.zeros(4, dtype=int), np.array([1.0]), 1)
    assert low[0] == 1


@pytest.mark.parametrize(
    ("values", "weight", "median"), [([1, 2, 3], [1, 1, 1], 2), ([1, 5], [1, 3], 5), ([4], [0], NAN)]
)
def test_the_weighted_median(values, weight, median):
    found = reading_claims.weighted_median(np.array(values, dtype=float), np.array(weight, dtype=float))
    assert found == median or (np.isnan(found) and np.isnan(median))
