"""Groups from criteria: a school's measures, the group it comes into, and the tables that say why."""

import itertools

import numpy as np
import pandas as pd
import pytest

import classify
import conditions
from lib import criteria, domain, schemas, settings, tables
from lib.measures import Measures

NA = None
METHOD = settings.method_of_year(settings.load_method("nfer-2017-literal"), "2015/16")
NO_LABELS = Measures([])
GROUP_OF = {name: c["group"] for name, c in METHOD["criteria"].items()}


def conditions_of(phase):
    return {name: c["test"][phase] for name, c in METHOD["criteria"].items()}


def a_school(urn=100000, **more):
    return {
        "urn": urn,
        "phase": "primary",
        "name": "A School",
        "type": "community",
        "results_urn": urn,
        "results_via": "own",
        "inspection_urn": urn,
        "inspection_via": "own",
    } | more


def schools_of(*rows):
    frame = pd.DataFrame([a_school(100000 + i) | row for i, row in enumerate(rows)])
    keys = {c: "Int64" for c in frame if c.startswith(("results_urn", "inspection_urn"))}
    return frame.astype(keys)


def results_of(*rows):
    """Rows of clean/results: measures as given, None with the status `suppressed`."""
    frame = pd.DataFrame(
        [{"urn": 100000 + i, "row": i + 2, "school_type": "community"} | row for i, row in enumerate(rows)]
    )
    for name in [c for c in frame if c not in ("urn", "school_type") and not c.startswith("row") and "status" not in c]:
        frame[name] = frame[name].astype("float64")
        if f"{name}_status" not in frame:
            frame[f"{name}_status"] = np.where(frame[name].isna(), "suppressed", "ok")
    return frame


def inspections_of(grades, leadership=None):
    frame = pd.DataFrame({"urn": list(grades), "overall_effectiveness": [float(g) for g in grades.values()]})
    frame["overall_effectiveness_status"] = "ok"
    frame["leadership"] = np.nan if leadership is None else [float(g) for g in leadership]
    frame["leadership_status"] = "not_in_release" if leadership is None else "ok"
    return frame


# --- Measures of a school -------------------------------------------------------------------------------------


def test_measures_come_from_where_the_data_stand():
    schools = schools_of(
        {},
        {"results_urn": 99999, "results_via": "predecessor", "inspection_urn": 99999, "inspection_via": "predecessor"},
        {"results_urn": None, "results_via": "none", "inspection_urn": None, "inspection_via": "none"},
        {"results_urn": None, "results_via": "ambiguous", "inspection_urn": None, "inspection_via": "ambiguous"},
    )
    results = results_of({"pupils": 20}, {"pupils": None}, {"urn": 99999, "pupils": 30})
    found = classify.measures(schools, results, inspections_of({100000: 2, 99999: 1}), NONE, {})
    assert found["urn"].tolist() == schools["urn"].tolist()
    assert found["pupils"].tolist()[:2] == [20, 30] and found["pupils"].isna().tolist()[2:] == [True, True]
    assert found["pupils_status"].tolist() == ["ok", "ok", "no_row", "ambiguous_predecessor"]
    assert found["overall_effectiveness"].tolist()[:2] == [2, 1]
    assert found["overall_effectiveness_status"].tolist()[2:] == ["no_inspection", "ambiguous_predecessor"]
    assert "leadership" not in found and "teaching_school" not in found


def test_no_column_of_the_school_may_have_the_name_of_a_measure():
    """Pupils on roll are not the pupils of the results: under one name neither would be found, and nothing said."""
    with pytest.raises(ValueError, match="pupils"):
        classify.measures(
            schools_of({"pupils": 300}), results_of({"pupils": 30}), inspections_of({100000: 2}), NONE, {}
        )


def test_measures_of_earlier_years_come_from_their_own_urn():
    schools = schools_of({"results_urn_1y_before": 99999, "results_via_1y_before": "predecessor"})
    schools = schools.astype({"results_urn_1y_before": "Int64"})
    this_year = {"pupils": 20, "row_1y_before": np.nan}
    before = {"urn": 99999, "row": np.nan, "row_1y_before": 5, "rwm_level4_pct_1y_before": 80}
    results = results_of(this_year, before)
    results["rwm_level4_pct_1y_before_status"] = ["no_row", "ok"]
    found = classify.measures(schools, results, inspections_of({100000: 2}), NONE, {})
    assert found[["pupils", "rwm_level4_pct_1y_before"]].to_numpy().tolist() == [[20, 80]]


def designations_of(**urns):
    rows = [(urn, kind) for kind, of_kind in urns.items() for urn in of_kind]
    return pd.DataFrame(rows, columns=["urn", "designation"])


NONE = designations_of()


def test_designation_is_known_to_be_absent_where_there_is_a_list_of_its_kind():
    listed = designations_of(teaching_school=[100001])
    found = classify.measures(schools_of({}, {}), results_of({"pupils": 1}), inspections_of({100000: 2}), listed, {})
    assert found["teaching_school"].tolist() == [False, True]
    assert "national_support_school" not in found


def test_leadership_is_a_measure_where_the_release_has_it():
    found = classify.measures(schools_of({}, {}), results_of({"pupils": 1}), inspections_of({100000: 2}, [1]), NONE, {})
    assert found["leadership"].tolist()[0] == 1 and found["leadership_status"].tolist() == ["ok", "no_inspection"]


def of_an_era(*rows):
    """Rows of clean/inspections with grades, report cards and headline grades."""
    plain = {
        **{"overall_effectiveness": 2.0, "overall_effectiveness_status": "ok", "judged_urn": None},
        **{"previous_overall_effectiveness": 3.0, "previous_overall_effectiveness_status": "ok"},
        **{"previous_judged_urn": None, "card_judged_urn": None, "card_achievement": None},
        **{"has_report_card": False, "has_report_card_status": "ok", "card_achievement_status": "no_report_card"},
        **{"headline_grade": "good", "headline_grade_status": "ok"},
    }
    frame = pd.DataFrame([plain | {"urn": 100000 + i} | row for i, row in enumerate(rows)])
    urns = [column for column in frame if column.endswith("judged_urn")]
    return frame.astype({"has_report_card": "boolean", "card_achievement": "str"} | dict.fromkeys(urns, "Int64"))


def test_what_was_judged_under_another_urn_counts_for_types_that_inherit():
    schools = schools_of({}, {"type": "academy_converter"}, {"type": "academy_sponsor_led"}, {})
    judged = {"judged_urn": 99999, "previous_judged_urn": 99999}
    inspections = of_an_era({}, judged, judged, {"previous_judged_urn": 99999})
    none = results_of({}).iloc[:0]
    found = classify.measures(schools, none, inspections, NONE, {}, ["academy_converter"])
    assert found["overall_effectiveness_status"].tolist() == ["ok", "ok", "another_urn", "ok"]
    assert found["previous_overall_effectiveness_status"].tolist() == ["ok", "ok", "another_urn", "another_urn"]
    assert found["overall_effectiveness"].isna().tolist() == [False, False, True, False]
    assert "another_urn" in domain.NOBODY_KNOWS and "no_report_card" in domain.NOBODY_KNOWS
    everybody = classify.measures(schools, none, inspections, NONE, {}, "all")
    assert set(everybody["overall_effectiveness_status"]) == {"ok"}


def test_a_grade_is_missing_where_it_is_not_said_whose_it_was():
    """Not said at all, it counts for types that inherit; said to be another's, unnamed, it is none of theirs."""
    schools = schools_of({"type": "academy_converter"}, {}, {"type": "academy_converter"}, {})
    another = {"overall_effectiveness": None, "overall_effectiveness_status": "another_urn", "judged_urn_open": False}
    inspections = of_an_era({"judged_urn_open": True}, {"judged_urn_open": True}, another, another)
    found = classify.measures(schools, results_of({}).iloc[:0], inspections, NONE, {}, ["academy_converter"])
    assert found["overall_effectiveness_status"].tolist() == ["ok", "missing", "missing", "another_urn"]
    assert found["overall_effectiveness"].notna().tolist() == [True, False, False, False]
    assert "judged_urn_open" not in found


@pytest.mark.parametrize(
    ("partial", "status", "headline"),
    [
        ([], "no_inspection", ["good", "not_listed"]),
        (["graded", "card"], "missing", ["good", "not_listed"]),
        (["headline"], "no_inspection", ["good", None]),
    ],
)
def test_school_that_no_file_has_is_missing_where_a_file_is_partial(partial, status, headline):
    schools = schools_of({}, {"inspection_urn": None, "inspection_via": "none"})
    found = classify.measures(schools, results_of({}).iloc[:0], of_an_era({}), NONE, {}, "all", partial)
    assert found["overall_effectiveness_status"].tolist() == ["ok", status]
    assert found["has_report_card_status"].tolist() == ["ok", status]
    assert [None if pd.isna(word) else word for word in found["headline_grade"]] == headline


def test_words_and_flags_are_compared_and_told_in_the_conditions():
    inspections = of_an_era(
        {"has_report_card": True, "card_achievement": "strong_standard", "card_achievement_status": "ok"}, {}
    )
    found = classify.measures(schools_of({}, {}), results_of({}).iloc[:0], inspections, NONE, {})
    strong = {"measure": "card_achievement", "is": "in", "value": ["strong_standard", "exceptional"]}
    without = {"measure": "has_report_card", "is": "==", "value": False}
    evaluated = classify.classify(found, {"strong": strong, "without": without})
    assert [list(outcome) for outcome, _ in evaluated.values()] == [[1, -1], [0, 1]]
    told = conditions.conditions_table(found, evaluated)[["threshold", "value", "status", "outcome"]]
    assert told.astype("object").where(told.notna(), None).to_numpy().tolist() == [
        ["strong_standard|exceptional", "strong_standard", "ok", "true"],
        ["false", "true", "ok", "false"],
        ["strong_standard|exceptional", None, "no_report_card", "unknown"],
        ["false", "false", "ok", "true"],
    ]


def test_column_without_a_single_figure_keeps_its_reasons():
    """The file has the column, with a code in each row: that is another thing than no such column."""
    results = results_of({"pupils": 20, "reading_progress": None}, {"pupils": 30, "reading_progress": None})
    found = classify.measures(schools_of({}, {}), results, inspections_of({100000: 2}), NONE, {})
    evaluated = classify.classify(found, {"c": {"measure": "reading_progress", "is": "<", "value": 0}})
    table = conditions.conditions_table(found, evaluated)
    assert table[["status", "outcome"]].to_numpy().tolist() == [["suppressed", "unknown"]] * 2


def test_phase_without_any_results_has_no_measure_of_results():
    """The release brings no file of the phase: the table holds the other phase's columns, and no rows."""
    none = results_of({"pupils": 20, "reading_progress": 1}).iloc[:0]
    found = classify.measures(schools_of({}, {}), none, inspections_of({100000: 2}), NONE, {})
    assert len(found) == 2 and not {"pupils", "reading_progress"} & set(found)
    tests = {"c": {"measure": "pupils", "is": "<", "value": 20}}
    assert classify.classify(found, tests)["c"][0].tolist() == [criteria.UNKNOWN] * 2
    counted = conditions.results_files(none, tests, found, "primary", ["community"], {100000}, set(), {})
    assert counted.empty


def test_for_lack_of_what_a_criterion_is_not_assessable_and_whether_only_these_files_lack_it():
    schools = schools_of(
        {"pupils": 15.0, "pupils_status": "ok", "score": 1.0, "score_status": "ok"},
        {"pupils": None, "pupils_status": "suppressed", "score": 1.0, "score_status": "ok"},
        {"pupils": None, "pupils_status": "missing", "score": None, "score_status": "no_row"},
        {"pupils": None, "pupils_status": "missing", "score": 1.0, "score_status": "ok"},
        {"pupils": 25.0, "pupils_status": "ok", "score": None, "score_status": "missing"},
    ).astype({"pupils": "float64", "score": "float64"})
    few = {"measure": "pupils", "is": "<", "value": 20}
    test = {
        "all": [
            few,
            {"measure": "score", "is": ">", "value": 0},
            {"measure": "limit", "is": "<", "value": 0} | OPTIONAL,
        ]
    }
    of = classify.OfPhase("primary", schools, None, {"c": test}, {}, classify.classify(schools, {"c": test}))
    found = conditions.unknown(of).astype(object)
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["primary", "c", None, None, 3, 1],  # the second and third are known to nobody
        ["primary", "c", "pupils", "missing", 2, 1],
        ["primary", "c", "pupils", "suppressed", 1, 0],
        ["primary", "c", "score", "no_row", 1, 0],
        ["primary", "c", "limit", "ignored", 1, 0],  # the first would not be assessable
    ]


def test_what_is_missing_of_others_leaves_a_school_beside_the_threshold_unknown_by_these_files_alone():
    figures = [(1.0, "ok"), (2.0, "ok"), (3.0, "ok"), (None, "missing"), (None, "suppressed")]
    schools = schools_of(*({"score": score, "score_status": status} for score, status in figures))
    schools = schools.astype({"score": "float64"})
    test = {"c": {"measure": "score", "is": ">=", "quantile": 0.5}}
    of = classify.OfPhase("primary", schools, None, test, {}, classify.classify(schools, test))
    assert of.evaluated["c"][0].tolist() == [0, -1, 1, -1, -1]
    assert of.but_for_the_copy("c").tolist() == [0, -1, 1, -1, 0]
    (row,) = conditions.thresholds_table(schools, of.evaluated, "primary", NO_LABELS).to_dict("records")
    assert (row["threshold"], row["threshold_least"], row["threshold_most"]) == ("2", "1.5", "2.5")
    found = conditions.conditions_table(schools, of.evaluated)[["value", "status", "outcome"]].to_numpy().tolist()
    assert found[1] == ["2", "ok", "unknown"]
    found = conditions.unknown(of).astype(object)
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["primary", "c", None, None, 3, 2],
        ["primary", "c", "score", "missing", 1, 1],
        ["primary", "c", "score", "suppressed", 1, 0],
        ["primary", "c", "score", "threshold", 1, 1],
    ]


OPTIONAL = {"if_absent": "ignore"}


# --- Groups ---------------------------------------------------------------------------------------------------


def expected_group(high, need):
    if need == criteria.TRUE:
        return "in_need"
    if high == criteria.TRUE:
        return "high_performing"
    return "neither" if high == need == criteria.FALSE else "not_assessable"


def test_group_of_every_combination_of_outcomes():
    cases = list(itertools.product([1, 0, -1], repeat=4))
    names = {"h1": "high_performing", "h2": "high_performing", "n1": "in_need", "n2": "in_need"}
    outcomes = {name: np.array([case[i] for case in cases], dtype=np.int8) for i, name in enumerate(names)}
    found = classify.groups(outcomes, names)

    def any_of(a, b):
        return 1 if 1 in (a, b) else -1 if -1 in (a, b) else 0

    words = {1: True, 0: False, -1: NA}
    for case, row in zip(cases, found.to_dict("records"), strict=True):
        high, need = any_of(*case[:2]), any_of(*case[2:])
        both = 1 if high == need == 1 else 0 if 0 in (high, need) else -1
        got = tuple(NA if pd.isna(row[c]) else row[c] for c in ("high_performing", "in_need", "both"))
        assert got == (words[high], words[need], words[both])
        assert row["group"] == expected_group(high, need)


def test_group_without_a_criterion_for_the_phase_is_not_met():
    found = classify.groups({"n": np.array([1, 0, -1], dtype=np.int8)}, {"n": "in_need"})
    assert found["high_performing"].tolist() == [False, False, False]
    assert found["group"].tolist() == ["in_need", "neither", "not_assessable"]


# --- The method on whole schools ------------------------------------------------------------------------------


def classified_primary(results, grades, leadership=None, designated=NONE):
    schools = schools_of(*[{} for _ in results])
    measured = classify.measures(
        schools,
        results_of(*results),
        inspections_of(grades, leadership),
        designated,
        METHOD["derived"],
    )
    evaluated = classify.classify(measured, conditions_of("primary"))
    return measured, evaluated


GOOD = {"pupils": 30, "rwm_expected_pct": 70, "reading_progress": 1, "writing_progress": 1, "maths_progress": 1}
POOR = {"pupils": 30, "rwm_expected_pct": 30, "reading_progress": -6, "writing_progress": -8, "maths_progress": -6}


def test_release_without_designations_leadership_or_earlier_years_says_so_of_every_school():
    _, evaluated = classified_primary([GOOD, POOR, GOOD], {100000: 1, 100001: 4, 100002: 2})
    outcomes = {name: outcome.tolist() for name, (outcome, _) in evaluated.items()}
    assert outcomes["outstanding"] == [1, 0, 0] and outcomes["less_than_good"] == [0, 1, 0]
    assert outcomes["below_floor"] == [0, 1, 0]
    # What these lack decides only where nothing else does.
    assert outcomes["designated"] == [-1, -1, -1]
    assert outcomes["good_with_strong_results"] == [0, 0, -1] and outcomes["coasting"] == [0, -1, 0]
    groups = classify.groups({name: outcome for name, (outcome, _) in evaluated.items()}, GROUP_OF)
    assert groups["group"].tolist() == ["high_performing", "in_need", "not_assessable"]


def test_good_school_with_strong_results_and_leadership_is_high_performing():
    weaker = GOOD | {"rwm_expected_pct": 60}
    slower = GOOD | {"maths_progress": -2}
    _, evaluated = classified_primary(
        [GOOD, GOOD, weaker, slower, GOOD], {100000 + i: 2 for i in range(5)}, [1, 2, 1, 1, 1]
    )
    outcome, _ = evaluated["good_with_strong_results"]
    assert outcome.tolist() == [1, 0, 0, 0, 1]


def test_criteria_table_has_a_row_for_each_school_and_criterion():
    measured, evaluated = classified_primary(
        [GOOD, POOR], {100000: 1, 100001: 4}, designated=designations_of(teaching_school=[1])
    )
    table = conditions.criteria_table(measured, evaluated, GROUP_OF)
    tables.conform(table, schemas.CRITERIA)
    assert len(table) == 2 * len(GROUP_OF)
    outcomes = table.set_index(["urn", "criterion"])["outcome"]
    assert outcomes[100000, "outstanding"] == "met" and outcomes[100001, "below_floor"] == "met"
    assert outcomes[100001, "designated"] == "not_met" and outcomes[100001, "coasting"] == "not_assessable"


def test_conditions_table_has_each_condition_of_each_school_as_columns():
    """A value, or why there is none; ignored where the release lacks the measure and the method leaves it out."""
    measured, evaluated = classified_primary([GOOD, POOR | {"maths_progress": None}], {100000: 1, 100001: 4})
    table = tables.conform(conditions.conditions_table(measured, evaluated), schemas.CONDITIONS)
    thresholds = conditions.thresholds_table(measured, evaluated, "primary", NO_LABELS)
    assert len(table) == 2 * len(thresholds) and table["urn"].tolist() == sorted(table["urn"])
    of_school = table[table["urn"] == 100001]
    where = ["criterion", "place", "measure", "is", "threshold"]
    assert of_school[where].fillna("").to_numpy().tolist() == thresholds[where].fillna("").to_numpy().tolist()
    of_floor = of_school[of_school["criterion"] == "below_floor"].fillna("")
    found = {tuple(row) for row in of_floor[["measure", "threshold", "value", "status", "outcome"]].to_numpy()}
    assert found >= {
        ("pupils", "11", "30", "ok", "true"),
        ("rwm_expected_pct", "65", "30", "ok", "true"),
        ("writing_progress", "-7", "-8", "ok", "true"),
        ("maths_progress", "-5", "", "suppressed", "unknown"),
        ("reading_progress_upper", "0", "", "not_in_release", "ignored"),
    }
    led = of_school[of_school["measure"] == "leadership"].iloc[0]
    assert led[["status", "outcome"]].tolist() == ["not_in_release", "unknown"]


def test_conditions_in_parts_are_the_table_as_a_whole(monkeypatch):
    measured, evaluated = classified_primary([GOOD, POOR, GOOD, POOR, GOOD], {100000: 1, 100001: 4})
    monkeypatch.setattr(conditions, "SCHOOLS_AT_ONCE", 2)
    parts = list(conditions.conditions_in_parts(measured, evaluated))
    assert [part["urn"].nunique() for part in parts] == [2, 2, 1]
    whole = conditions.conditions_table(measured, evaluated)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_thresholds_table_says_what_was_used_and_on_how_many_schools():
    measured, evaluated = classified_primary([GOOD, POOR, GOOD | {"rwm_expected_pct": None}], {100000: 1})
    table = conditions.thresholds_table(measured, evaluated, "primary", NO_LABELS)
    tables.conform(table, schemas.THRESHOLDS)
    median = table[table["id"] == "high_attainment_ks2"].iloc[0]
    assert (median["threshold"], median["schools_with_value"], median["basis"]) == ("50", 2, "reconstructed")
    assert median["reason"]
    led = table[table["measure"] == "leadership"].iloc[0]
    assert not led["available"]


def test_thresholds_table_calls_measures_as_the_layouts_do_also_one_of_an_earlier_year_that_no_file_has():
    measured, evaluated = classified_primary([GOOD], {100000: 1})
    measures = Measures([{"phase": "primary", "columns": {"rwm_level4_pct": {"label": "Level 4 in all three"}}}])
    table = conditions.thresholds_table(measured, evaluated, "primary", measures)
    labels = table.set_index("measure")["label"]
    assert labels["rwm_level4_pct_2y_before"] == "Level 4 in all three, two years before"


def test_a_median_of_no_figure_at_all_is_blank():
    measured, evaluated = classified_primary([GOOD | {"rwm_expected_pct": None}], {100000: 2})
    table = conditions.thresholds_table(measured, evaluated, "primary", NO_LABELS)
    median = table[table["id"] == "high_attainment_ks2"].iloc[0]
    assert median["available"] and pd.isna(median["threshold"]) and median["schools_with_value"] == 0


# --- Every threshold of the method file, by hand --------------------------------------------------------------

# Eleven schools whose measures are 0, 1, ... 10. Beside them a school of 5 makes the median 5 and is not below it,
# a school of 4 makes it 4.5 and is below.
BALLAST = range(11)

# (phase, criterion): a school that meets it by a hair, its type, and changes to it with the outcome of each.
HAND_MADE = {
    ("primary", "outstanding"): (
        {"overall_effectiveness": 1},
        [({}, True), ({"overall_effectiveness": 2}, False), ({"overall_effectiveness": 4}, False)],
    ),
    ("primary", "less_than_good"): (
        {"overall_effectiveness": 3},
        [
            ({}, True),
            ({"overall_effectiveness": 4}, True),
            ({"overall_effectiveness": 2}, False),
            ({"overall_effectiveness": 1}, False),
        ],
    ),
    ("primary", "designated"): (
        {"designated": "teaching_school"},
        [({}, True), ({"designated": "national_support_school"}, True), ({"designated": None}, False)],
    ),
    ("primary", "good_with_strong_results"): (
        {
            "overall_effectiveness": 2,
            "leadership": 1,
            "rwm_expected_pct": 5,
            "reading_progress": 5,
            "writing_progress": 5,
            "maths_progress": 5,
        },
        [
            ({}, True),
            ({"overall_effectiveness": 1}, False),
            ({"overall_effectiveness": 3}, False),
            ({"leadership": 2}, False),
            ({"rwm_expected_pct": 4}, False),
            ({"reading_progress": 4, "writing_progress": 6}, True),  # the mean of the three counts
            ({"reading_progress": 4, "writing_progress": 4, "maths_progress": 4}, False),
        ],
    ),
    ("secondary", "good_with_strong_results"): (
        {"overall_effectiveness": 2, "leadership": 1, "attainment8": 5, "progress8": 5},
        [
            ({}, True),
            ({"overall_effectiveness": 1}, False),
            ({"overall_effectiveness": 3}, False),
            ({"leadership": 2}, False),
            ({"attainment8": 4}, False),
            ({"progress8": 4}, False),
        ],
    ),
    # Here the school stands on each subject's threshold, and below none of them.
    ("primary", "below_floor"): (
        {
            "pupils": 11,
            "rwm_expected_pct": 64,
            "reading_progress": -5,
            "writing_progress": -7,
            "maths_progress": -5,
            "reading_progress_upper": -0.1,
            "writing_progress_upper": -0.1,
            "maths_progress_upper": -0.1,
        },
        [
            ({}, False),
            ({"reading_progress": -5.1}, True),
            ({"reading_progress": -5.1, "reading_progress_upper": 0}, False),
            ({"writing_progress": -7.1}, True),
            ({"writing_progress": -7.1, "writing_progress_upper": 0}, False),
            ({"maths_progress": -5.1}, True),
            ({"maths_progress": -5.1, "maths_progress_upper": 0}, False),
            # Below in two subjects: no limit is asked for.
            (
                {
                    "reading_progress": -5.1,
                    "reading_progress_upper": 0,
                    "writing_progress": -7.1,
                    "writing_progress_upper": 0,
                },
                True,
            ),
            (
                {
                    "writing_progress": -7.1,
                    "writing_progress_upper": 0,
                    "maths_progress": -5.1,
                    "maths_progress_upper": 0,
                },
                True,
            ),
            ({"reading_progress": -5.1, "pupils": 10}, False),
            ({"reading_progress": -5.1, "rwm_expected_pct": 65}, False),
        ],
    ),
    ("secondary", "below_floor"): (
        {"pupils": 6, "progress8": -0.51, "progress8_upper": -0.01},
        [
            ({}, True),
            ({"pupils": 5}, False),
            ({"progress8": -0.5}, False),
            ({"progress8_upper": 0}, False),
        ],
    ),
    # Here, too, the school stands on each subject's threshold of progress.
    ("primary", "coasting"): (
        {
            "pupils": 11,
            "rwm_level4_pct_2y_before": 84,
            "reading_expected_progress_pct_2y_before": 4,
            "writing_expected_progress_pct_2y_before": 4,
            "maths_expected_progress_pct_2y_before": 4,
            "rwm_level4_pct_1y_before": 84,
            "reading_expected_progress_pct_1y_before": 4,
            "writing_expected_progress_pct_1y_before": 4,
            "maths_expected_progress_pct_1y_before": 4,
            "rwm_expected_pct": 84,
            "reading_progress": -2.5,
            "writing_progress": -3.5,
            "maths_progress": -2.5,
        },
        [
            ({}, False),
            ({"reading_progress": -2.6}, True),
            ({"writing_progress": -3.6}, True),
            ({"maths_progress": -2.6}, True),
            ({"reading_progress": -2.6, "pupils": 10}, False),
            ({"reading_progress": -2.6, "rwm_level4_pct_2y_before": 85}, False),
            ({"reading_progress": -2.6, "reading_expected_progress_pct_2y_before": 5}, False),
            ({"reading_progress": -2.6, "writing_expected_progress_pct_2y_before": 5}, False),
            ({"reading_progress": -2.6, "maths_expected_progress_pct_2y_before": 5}, False),
            ({"reading_progress": -2.6, "rwm_level4_pct_1y_before": 85}, False),
            ({"reading_progress": -2.6, "reading_expected_progress_pct_1y_before": 5}, False),
            ({"reading_progress": -2.6, "writing_expected_progress_pct_1y_before": 5}, False),
            ({"reading_progress": -2.6, "maths_expected_progress_pct_1y_before": 5}, False),
            ({"reading_progress": -2.6, "rwm_expected_pct": 85}, False),
        ],
    ),
    ("secondary", "coasting"): (
        {
            "pupils": 6,
            "five_good_gcses_pct_2y_before": 59,
            "english_expected_progress_pct_2y_before": 4,
            "maths_expected_progress_pct_2y_before": 4,
            "five_good_gcses_pct_1y_before": 59,
            "english_expected_progress_pct_1y_before": 4,
            "maths_expected_progress_pct_1y_before": 4,
            "progress8": -0.26,
        },
        [
            ({}, True),
            ({"pupils": 5}, False),
            ({"five_good_gcses_pct_2y_before": 60}, False),
            ({"english_expected_progress_pct_2y_before": 5}, False),
            ({"maths_expected_progress_pct_2y_before": 5}, False),
            ({"five_good_gcses_pct_1y_before": 60}, False),
            ({"english_expected_progress_pct_1y_before": 5}, False),
            ({"maths_expected_progress_pct_1y_before": 5}, False),
            ({"progress8": -0.25}, False),
        ],
    ),
}
for name in ("outstanding", "designated", "less_than_good"):
    HAND_MADE["secondary", name] = HAND_MADE["primary", name]


@pytest.mark.parametrize(
    ("phase", "criterion", "school", "met"),
    [
        pytest.param(
            phase,
            criterion,
            base | change,
            met,
            id="-".join([phase, criterion, *(f"{measure}={value}" for measure, value in change.items())]),
        )
        for (phase, criterion), (base, changes) in HAND_MADE.items()
        for change, met in changes
    ],
)
def test_school_on_a_threshold_of_the_method_and_one_just_beyond(phase, criterion, school, met):
    figures = dict(school)
    kind, designated = figures.pop("type", "community"), figures.pop("designated", None)
    grades = [figures.pop("overall_effectiveness", 2), *[2] * len(BALLAST)]
    leadership = [figures.pop("leadership", 2), *[2] * len(BALLAST)]
    figures = figures or {"pupils": 30}
    rows = [figures, *({measure: value for measure in figures} for value in BALLAST)]
    years = {f"results_{what}{suffix}" for what in ("urn", "via") for suffix in ("_1y_before", "_2y_before")}
    schools = schools_of(
        *[{"type": kind, **{y: 100000 + i if "urn" in y else "own" for y in years}} for i, _ in enumerate(rows)]
    )
    results = results_of(*[row | {"row_1y_before": i + 2, "row_2y_before": i + 2} for i, row in enumerate(rows)])
    measured = classify.measures(
        schools,
        results,
        inspections_of({100000 + i: grade for i, grade in enumerate(grades)}, leadership),
        designations_of(**{name: [1, *([100000] if name == designated else [])] for name in domain.DESIGNATIONS}),
        classify.rules_of(phase, METHOD["criteria"], METHOD["derived"])[1],
    )
    outcome, _ = classify.classify(measured, conditions_of(phase))[criterion]
    assert outcome[0] == (criteria.TRUE if met else criteria.FALSE)


def test_every_criterion_of_the_method_is_tried_by_hand():
    stated = {(phase, name) for name, criterion in METHOD["criteria"].items() for phase in criterion["test"]}
    assert set(HAND_MADE) == stated


# --- Counted over the results files ---------------------------------------------------------------------------


def counted(results, in_register=(), used=()):
    table = conditions.results_files(
        results_of(*results),
        conditions_of("primary"),
        classify.measures(schools_of({}), results_of(GOOD), inspections_of({100000: 2}), NONE, METHOD["derived"]),
        "primary",
        METHOD["population"]["establishment_types"],
        set(in_register),
        set(used),
        METHOD["derived"],
    )
    tables.conform(table, schemas.RESULTS_FILES)
    return table.set_index(["criterion", "where"])


def test_below_floor_over_the_rows_of_the_file_also_those_the_register_lacks():
    table = counted(
        [
            POOR,
            POOR | {"school_type": None},
            POOR | {"school_type": "independent"},
            GOOD,
            POOR | {"rwm_expected_pct": None},
        ],
        in_register=[100000, 100003, 100004],
        used=[100000, 100003],
    )
    assert set(table.index.get_level_values("criterion")) == {"below_floor", "coasting", "below_floor+coasting"}
    met = table.loc["below_floor", "met"].to_dict()
    assert met == {"all_rows": 2, "in_population": 1, "not_in_register": 1, "type_unknown": 1}
    assert table.loc[("below_floor", "all_rows"), ["not_met", "not_assessable"]].tolist() == [1, 1]
    assert table.loc[("coasting", "all_rows"), ["not_met", "not_assessable"]].tolist() == [1, 3]
    assert table.loc[("below_floor+coasting", "all_rows"), ["met", "not_met", "not_assessable"]].tolist() == [0, 1, 3]


def test_every_counted_row_is_in_one_outcome():
    table = counted([POOR, GOOD, GOOD | {"pupils": None}, {"row": np.nan}])
    assert table.loc["below_floor"][["met", "not_met", "not_assessable"]].sum(axis=1)["all_rows"] == 3


@pytest.mark.parametrize("flags", [[], ["a"], ["a", "b"]])
def test_criteria_that_could_not_be_assessed_are_named(flags):
    frame = pd.DataFrame({name: [name in flags] for name in ("a", "b")})
    (named,) = classify._named(frame)
    assert (None if pd.isna(named) else named) == (";".join(flags) or None)
