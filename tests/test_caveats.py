"""Caveats: what a reader must know before a number is written down once, and nothing where the data are complete."""

import pandas as pd
import pytest

import caveats
from lib import schemas, tables
from lib.caveats import Caveats
from lib.measures import Measures

CRITERIA = {
    "outstanding": {"group": "high_performing", "label": "Outstanding"},
    "designated": {"group": "high_performing", "label": "Teaching School"},
    "floor": {"group": "in_need", "label": "Floor"},
    "coasting": {"group": "in_need", "label": "Coasting"},
}
ASSESSED = {"met": 10, "not_met": 80, "not_assessable": 10}
UNASSESSED = {"met": 0, "not_met": 0, "not_assessable": 100}
LAYOUTS = [
    {
        "phase": "primary",
        "columns": {
            "reading": {"label": "Reading progress", "unit": "points"},
            "reading_upper": {"label": "Reading, upper limit"},
        },
    },
    {"phase": "secondary", "columns": {"progress8": {"label": "Progress 8", "unit": "points"}}},
    {"phase": None, "columns": {"leadership": {"label": "Leadership", "unit": "grade, 1 to 4"}}},
]
CONDITION = {"criterion": "floor", "phase": "primary", "measure": "reading", "available": True, "if_absent": None}


def facts(missing=(), names=CRITERIA, **numbers):
    """A phase of summary.json. `missing`: criteria that could be assessed for no school."""
    counts = {name: UNASSESSED if name in missing else ASSESSED for name in names}
    whole = {
        "schools": 100,
        "high_performing": 20,
        "in_need": 10,
        "not_assessable": 0,
        "in_need_without_coordinates": 0,
        "high_performing_without_coordinates": 0,
    }
    return {**whole, **numbers, "criteria": counts}


def found(conditions=({},), weights=(), regions=(), synthetic=False, criteria=CRITERIA, **phases):
    """Return the caveats of a run. `conditions`: of thresholds.csv. `weights`: (phase, in need if required)."""
    run = caveats.Run(
        synthetic=synthetic,
        phases=phases or {"primary": facts()},
        thresholds=pd.DataFrame([{**CONDITION, **condition} for condition in conditions]),
        sensitivity=pd.DataFrame(
            [(phase, "floor", "required", need) for phase, need in weights],
            columns=["phase", "criterion", "value", "in_need"],
        ),
        regions=pd.DataFrame(
            regions, columns=["phase", "area", "high_performing", "high_performing_without_coordinates"]
        ),
        criteria=criteria,
        measures=Measures(LAYOUTS, {"mean": {"phase": "primary", "label": "Mean progress"}}),
    )
    return Caveats(tables.conform(caveats.caveats(run), schemas.CAVEATS))


def all_rows(told):
    return [row for kind in schemas.CAVEAT for row in told.rows(kind)]


def test_complete_data_have_no_caveats():
    assert all_rows(found(primary=facts(), secondary=facts())) == []


def test_a_phase_without_schools_has_no_caveats():
    run = caveats.Run(False, {}, pd.DataFrame([CONDITION]), pd.DataFrame(), pd.DataFrame(), CRITERIA, Measures([]))
    assert caveats.caveats(run).empty


def test_nothing_is_said_of_a_phase_that_the_release_does_not_have():
    conditions = [lacking("designated", "designated", "secondary"), {}, left_out("progress8", "secondary")]
    assert all_rows(found(conditions, primary=facts())) == []


def test_synthetic_data_are_told_of_the_release_as_a_whole():
    (row,) = all_rows(found(synthetic=True))
    assert (row["kind"], row["phase"]) == ("synthetic", None)
    assert row["short"] == "Synthetic data: no evidence about schools"
    assert row["text"].endswith("are no evidence about schools.")


def test_schools_that_could_not_be_placed_are_counted():
    told = found(primary=facts(schools=16831, not_assessable=12566), secondary=facts(not_assessable=1))
    assert told.rows("not_assessable", phase="primary")[0]["count"] == 12566
    assert told.shorts("not_assessable") == [
        "12,566 of 16,831 primary schools (75%)",
        "1 of 100 secondary schools (1%)",
    ]
    assert told.texts("not_assessable", "secondary") == [
        "1 of 100 secondary schools (1%) could not be placed in a group, because their results or inspection are "
        "missing in part."
    ]


# What could be assessed for no school


def lacking(criterion, measure, phase="primary", **more):
    return {"criterion": criterion, "measure": measure, "phase": phase, "available": False, **more}


def test_a_missing_criterion_is_told_of_release_phase_group_criterion_and_measure():
    told = found([{}, lacking("designated", "designated")], primary=facts(["designated"], not_assessable=75))
    assert [row["kind"] for row in all_rows(told)] == [
        "shortfall",
        "groups_unequal",
        "phase_incomplete",
        "group_incomplete",
        "criterion_not_assessable",
        "measure_missing",
        "not_assessable",
    ]
    assert told.texts("shortfall") == [
        "These files cannot reproduce the study. They lack designations of Teaching Schools and National Support "
        "Schools, so one of the four criteria could not be assessed. The figures count only schools known from the "
        "other three."
    ]
    assert told.shorts("shortfall") == [
        "These files cannot reproduce the study: one of the four criteria could not be assessed."
    ]
    assert told.texts("phase_incomplete", "primary") == [
        "The criterion “Teaching School” could not be assessed for any primary school; the groups rest on the other "
        "three alone."
    ]
    assert told.shorts("phase_incomplete") == ["Based on three of four criteria"]
    assert told.texts("group_incomplete") == [
        "High-performing primary schools are known from one of two criteria only: “Outstanding”."
    ]
    assert told.shorts("group_incomplete") == ["High-performing: “Outstanding” only, 1 of 2 criteria not assessable"]
    (row,) = told.rows("group_incomplete")
    assert (row["phase"], row["group"], row["count"], row["of"]) == ("primary", "high_performing", 1, 2)
    (row,) = told.rows("criterion_not_assessable")
    assert (row["criterion"], row["count"], row["of"], row["short"]) == ("designated", 100, 100, "“Teaching School”")
    assert row["text"] == "“Teaching School” could not be assessed for any primary school."
    (row,) = told.rows("measure_missing")
    assert (row["criterion"], row["measure"]) == ("designated", "designated")
    assert row["short"] == "designations of Teaching Schools and National Support Schools"


def test_groups_that_are_incomplete_are_only_known_to_be_so():
    told = found(primary=facts(["coasting"]), secondary=facts())
    assert told.incomplete("primary") == {"in_need"} and told.incomplete("secondary") == set()
    assert (
        told.known_to_be("in_need", "primary") == "known to be " == told.known_to_be("in_need", "primary", "secondary")
    )
    assert told.known_to_be("in_need", "secondary") == "" == told.known_to_be("high_performing", "primary")


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("reading_1y_before", "results of earlier years"),
        ("leadership", "judgements of leadership"),
        ("reading", "figures for “Reading progress”"),
        ("mean", "figures for “Mean progress”"),
        ("unknown", "figures for “unknown”"),
    ],
)
def test_what_the_files_lack_is_in_words(measure, words):
    told = found([lacking("coasting", measure)], primary=facts(["coasting"]))
    assert told.texts("measure_missing") == [
        f"These files lack {words}, so “Coasting” could not be assessed for any primary school."
    ]


def test_phases_that_lack_the_same_are_told_as_one():
    conditions = [
        lacking(criterion, measure, phase)
        for phase in ("primary", "secondary")
        for criterion, measure in (
            ("designated", "designated"),
            ("coasting", "leadership"),
            ("coasting", "reading_1y_before"),
            ("coasting", "reading_2y_before"),
        )
    ]
    missing = facts(["designated", "coasting"])
    told = found(conditions, primary=missing, secondary=missing)
    assert told.texts("shortfall") == [
        "These files cannot reproduce the study. They lack designations of Teaching Schools and National Support "
        "Schools, judgements of leadership, and results of earlier years, so two of the four criteria could not be "
        "assessed. The figures count only schools known from the other two."
    ]
    assert told.shorts("measure_missing", criterion="coasting") == [
        "judgements of leadership",
        "results of earlier years",
    ]
    assert told.shorts("group_incomplete") == [
        "High-performing: “Outstanding” only, 1 of 2 criteria not assessable",
        "In need: “Floor” only, 1 of 2 criteria not assessable",
    ]
    assert told.shorts("criterion_not_assessable") == ["“Teaching School”", "“Coasting”"]
    assert told.rows("groups_unequal") == []


def test_phases_that_differ_are_told_apart():
    told = found(primary=facts(["coasting"]), secondary=facts(["floor", "coasting"]))
    assert told.shorts("shortfall") == [
        "These files cannot reproduce the study: one of the four criteria could not be assessed for primary schools; "
        "two of the four criteria could not be assessed for secondary schools."
    ]
    assert told.texts("shortfall")[0].endswith("The figures count only schools known from the others.")
    assert told.shorts("group_incomplete") == [
        "In need, primary: “Floor” only, 1 of 2 criteria not assessable",
        "In need, secondary: no criterion assessable",
    ]
    assert told.texts("group_incomplete", "secondary") == [
        "Two of the two criteria for secondary schools in need could not be assessed."
    ]


def test_a_group_that_lacks_few_of_many_criteria_names_those():
    criteria = {name: {"group": "in_need", "label": name.upper()} for name in "abc"}
    told = found(criteria=criteria, primary=facts("b", names=criteria))
    assert told.shorts("group_incomplete") == ["In need: without “B”, 1 of 3 criteria not assessable"]


def test_where_no_criterion_could_be_assessed_no_other_is_left():
    told = found(primary=facts(CRITERIA))
    assert told.texts("shortfall") == [
        "These files cannot reproduce the study. Four of the four criteria could not be assessed."
    ]
    assert told.texts("phase_incomplete")[0].endswith(
        "could not be assessed for any primary school; there is no other."
    )
    alone = found(primary=facts(["outstanding"], names=["outstanding"]))
    assert alone.shorts("shortfall") == [
        "These files cannot reproduce the study: one of the one criterion could not be assessed."
    ]
    assert alone.texts("group_incomplete") == [
        "One of the one criterion for high-performing primary schools could not be assessed."
    ]
    assert alone.shorts("group_incomplete") == ["High-performing: no criterion assessable"]


@pytest.mark.parametrize(
    ("primary", "secondary", "text"),
    [
        ((), CRITERIA, None),
        (
            ["designated"],
            ["designated"],
            "one of two criteria of high performance could be assessed, but two of two criteria of need.",
        ),
        (
            ["outstanding", "designated", "floor"],
            None,
            "none of two criteria of high performance could be assessed, but one of two criteria of need.",
        ),
        (
            ["designated", *list(CRITERIA)[2:]],
            None,
            "one of two criteria of high performance could be assessed, but none of two criteria of need.",
        ),
        (
            ["designated"],
            ["coasting"],
            "one of two criteria of high performance could be assessed for primary schools, but two of two criteria of "
            "need; two of two criteria of high performance could be assessed for secondary schools, but one of two "
            "criteria of need.",
        ),
    ],
)
def test_groups_that_lack_unequal_parts_of_their_criteria_are_not_known_equally_well(primary, secondary, text):
    phases = {"primary": primary, "secondary": secondary}
    told = found(**{phase: facts(missing) for phase, missing in phases.items() if missing is not None})
    if text is None:
        assert told.rows("groups_unequal") == []
    else:
        assert told.texts("groups_unequal")[0].startswith("The two groups are not known equally well: ")
        assert text in told.texts("groups_unequal")[0]


# Conditions left out


def left_out(measure, phase="primary"):
    return lacking("floor", measure, phase, if_absent="ignore")


def test_a_condition_left_out_is_told_with_what_it_weighs_the_same_for_both_phases():
    conditions = [{}, *map(left_out, ("reading_upper", "writing_upper"))]
    conditions += [{"phase": "secondary"}, left_out("progress8", "secondary")]
    phases = {"primary": facts(in_need=11), "secondary": facts(["coasting"], in_need=19)}
    told = found(conditions, weights=[("primary", 8), ("secondary", 17)], **phases)
    assert told.texts("condition_relaxed") == [
        "These files lack “Reading, upper limit” and two more: “Floor” is tested without, so more schools may meet it "
        "than should. Without this criterion, 8.0% of primary schools, not 11.0%, and 17.0% of secondary schools, not "
        "19.0%, would be known to be in need."
    ]
    (row,) = told.rows("condition_relaxed", measure="reading_upper")
    assert (row["criterion"], row["group"], row["phase"]) == ("floor", "in_need", "primary")
    assert (row["count"], row["of"]) == (3, 11)
    assert row["short"] == "“Floor” is tested without “Reading, upper limit”"


def test_what_a_condition_weighs_is_told_only_where_it_is_known_and_lowers_the_group():
    for weights in ([], [("primary", 10)]):
        told = found([{}, left_out("reading_upper")], weights=weights)
        assert told.texts("condition_relaxed") == [
            "These files lack “Reading, upper limit”: “Floor” is tested without, so more schools may meet it than "
            "should."
        ]
        assert told.rows("condition_relaxed")[0]["count"] is None


def test_with_every_condition_left_out_there_is_no_test_and_the_measures_are_missing():
    told = found([left_out("reading_upper"), left_out("reading")], primary=facts(["floor"]))
    assert told.rows("condition_relaxed") == []
    assert [row["measure"] for row in told.rows("measure_missing")] == ["reading_upper", "reading"]


# Schools without coordinates


def test_schools_without_coordinates_are_told():
    told = found(primary=facts(in_need_without_coordinates=1), secondary=facts(in_need_without_coordinates=72))
    assert told.texts("without_coordinates") == [
        "1 primary school in need has no coordinates in the register and is left out of matching.",
        "72 secondary schools in need have no coordinates in the register and are left out of matching.",
    ]
    assert told.shorts("without_coordinates", "secondary") == [
        "72 schools in need without coordinates are left out of matching"
    ]


REGIONS = [("primary", "London", 100, 20), ("primary", "South East", 392, 106), ("primary", "South West", 0, 0)]


@pytest.mark.parametrize(
    ("high", "without", "missing", "regions", "text", "short"),
    [
        (
            2476,
            331,
            ["designated"],
            REGIONS,
            "331 of the 2,476 primary schools known to be high-performing (13%) have no coordinates, so they cannot be "
            "counted as anyone’s partner: the numbers of partners are if anything too low, and those without a "
            "partner too high, most of all in the South East (106 of 392).",
            "331 high-performing schools without coordinates are nobody’s partner",
        ),
        (
            2476,
            1,
            (),
            REGIONS,
            "1 of the 2,476 high-performing primary schools (under 1%) has no coordinates, so it cannot be counted as "
            "anyone’s partner: the numbers of partners are if anything too low, and those without a partner too high.",
            "1 high-performing school without coordinates is nobody’s partner",
        ),
        (
            1,
            1,
            (),
            [("primary", "London", 1, 1), ("primary", "South East", 1, 1)],
            "1 of the 1 high-performing primary school (100%) has no coordinates, so it cannot be counted as anyone’s "
            "partner: the numbers of partners are if anything too low, and those without a partner too high.",
            "1 high-performing school without coordinates is nobody’s partner",
        ),
    ],
)
def test_high_performing_schools_without_coordinates_are_nobodys_partner(high, without, missing, regions, text, short):
    phase = facts(missing, high_performing=high, high_performing_without_coordinates=without)
    told = found(regions=regions, primary=phase)
    assert told.texts("without_coordinates", group="high_performing") == [text]
    assert told.shorts("without_coordinates", group="high_performing") == [short]
    (row,) = told.rows("without_coordinates")
    assert (row["count"], row["of"]) == (without, high)


# The names of measures


def test_measures_are_named_by_phase_first_label_first():
    layouts = [
        {"phase": "primary", "columns": {"pupils": {"label": "Eligible pupils", "unit": "pupils"}}},
        {"phase": "primary", "columns": {"pupils": {"label": "Pupils of the year before"}}},
        {"phase": "secondary", "columns": {"pupils": {"label": "Pupils at the end of key stage 4"}}},
    ]
    measures = Measures([*layouts, LAYOUTS[2]], {"mean": {"phase": "primary", "label": "Mean", "unit": "points"}})
    assert measures.of_phase("primary")["pupils"] == {"label": "Eligible pupils", "unit": "pupils"}
    assert measures.of_phase("secondary")["pupils"] == {"label": "Pupils at the end of key stage 4", "unit": None}
    assert measures.of_phase("primary")["leadership"] == measures.of_phase("secondary")["leadership"]
    assert "mean" in measures.of_phase("primary") and "mean" not in measures.of_phase("secondary")
    assert measures.label("primary", "pupils_2y_before") == "Eligible pupils, two years before"
    assert measures.unit("primary", "pupils") == ""  # its label says it already
