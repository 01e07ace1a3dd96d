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
UNKNOWN = {"phase": "primary", "criterion": "floor", "measure": None, "status": None, "schools": 9, "missing_here": 0}


def facts(**numbers):
    """A row of aggregated/england; bounds that are not given are the figures."""
    counts = {"schools": 100, "high_performing": 20, "in_need": 10, "not_assessable": 0}
    counts |= {"in_need_without_coordinates": 0, "high_performing_without_coordinates": 0} | numbers
    ends = {f"{group}{end}": counts[group] for group in ("high_performing", "in_need") for end in ("_lower", "_upper")}
    return ends | counts


def unknown(**more):
    """A row of classified/unknown."""
    return UNKNOWN | more


def found(unknown=(), regions=(), synthetic=False, criteria=CRITERIA, **phases):
    """Return the caveats of a run."""
    columns = ["phase", "area", "high_performing", "high_performing_without_coordinates"]
    run = caveats.Run(
        synthetic=synthetic,
        phases=phases or {"primary": facts()},
        unknown=pd.DataFrame(list(unknown), columns=list(UNKNOWN)),
        regions=pd.DataFrame(regions, columns=columns),
        criteria=criteria,
        measures=Measures(LAYOUTS, {"mean": {"phase": "primary", "label": "Mean progress"}}),
    )
    return Caveats(tables.conform(caveats.caveats(run), schemas.CAVEATS))


def all_rows(told):
    return [row for kind in schemas.CAVEAT for row in told.rows(kind)]


def test_complete_data_have_no_caveats():
    assert all_rows(found(primary=facts(), secondary=facts())) == []


PARTS = {"primary": [{"id": "size", "attribute": "pupils_on_roll"}, {"id": "place", "attribute": "setting"}]}


def likeness(known, **pairs):
    """The caveats of likeness: of 9 schools so many are `known` by size and place; `pairs`: of all parts together."""
    rows = [
        {"phase": "primary", "part": part, "schools": 9, "schools_known": known.get(part, 0), **counts}
        for part, counts in {**dict.fromkeys(known, {}), "alike": pairs}.items()
    ]
    run = caveats.Run(
        *(False, {"primary": facts()}, pd.DataFrame(columns=list(UNKNOWN)), pd.DataFrame(), CRITERIA, Measures([])),
        alike=PARTS | {"secondary": PARTS["primary"]},
        likeness=pd.DataFrame(rows),
    )
    return Caveats(tables.conform(caveats.caveats(run), schemas.CAVEATS)).rows("likeness_unknown")


def test_an_attribute_that_no_school_has_is_said_to_leave_no_pair_known_to_be_alike():
    (row,) = likeness({"size": 8, "place": 0}, alike=0, not_alike=1200, not_known=3000)
    assert (row["phase"], row["count"], row["of"]) == ("primary", 3000, 4200)
    assert row["text"] == (
        "None of the 4,200 pairs of a primary school in need and a partner is known to be alike: the files do not say "
        "of any of these schools whether it is urban or rural. 1,200 of the pairs are unlike by what is known; the "
        "other 3,000 may be alike."
    )
    (row,) = likeness({"size": 0, "place": 0}, alike=0, not_alike=0, not_known=1)
    assert row["text"].endswith(
        "how many pupils it has, nor whether it is urban or rural. Nothing that is known rules any of them out."
    )


def test_an_attribute_that_some_schools_lack_is_named_with_the_pairs_that_it_leaves_open():
    (row,) = likeness({"size": 8, "place": 9}, alike=10, not_alike=20, not_known=5)
    assert row["text"] == (
        "Of 5 of the 35 pairs of a primary school in need and a partner it is not known whether they are alike: the "
        "files do not say of every school how many pupils it has."
    )
    assert likeness({"size": 8, "place": 9}, alike=10, not_alike=25, not_known=0) == []


def test_a_phase_without_schools_has_no_caveats():
    run = caveats.Run(False, {}, pd.DataFrame([UNKNOWN]), pd.DataFrame(), CRITERIA, Measures([]))
    assert caveats.caveats(run).empty


def test_nothing_is_said_of_a_phase_that_the_release_does_not_have():
    rows = [unknown(phase="secondary"), unknown(phase="secondary", measure="progress8_upper", status="ignored")]
    assert all_rows(found(rows, primary=facts())) == []


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
        "1 of 100 secondary schools (1%) could not be placed in a group, because results or inspections are "
        "missing in part."
    ]


# What is unknown


def test_a_group_whose_number_depends_on_what_is_unknown_is_told_with_its_bounds():
    told = found(primary=facts(high_performing_lower=15, high_performing_upper=47), secondary=facts())
    (row,) = all_rows(told)
    assert (row["kind"], row["phase"], row["group"]) == ("bounds", "primary", "high_performing")
    assert (row["count"], row["of"]) == (27, 20)
    assert row["text"] == (
        "20 primary schools count as high-performing; whatever is unknown, at least 15 and at most 47 are (15.0% to "
        "47.0%)."
    )
    assert row["short"] == "High-performing, primary: 15.0% to 47.0%"
    assert told.incomplete("primary") == {"high_performing"} and told.incomplete("secondary") == set()
    assert told.counted_as("high_performing", "primary", "secondary") == "counted as "
    assert told.counted_as("high_performing", "secondary") == "" == told.counted_as("in_need", "primary")


def test_why_a_criterion_could_not_be_assessed_adds_up_to_the_schools():
    rows = [
        unknown(schools=40, missing_here=30),
        unknown(schools=35, measure="reading_1y_before", status="not_in_release", missing_here=30),
        unknown(schools=12, measure="reading", status="missing", missing_here=12),
        unknown(schools=10, measure="reading", status="no_row"),
    ]
    (row,) = all_rows(found(rows))
    assert (row["kind"], row["criterion"], row["count"], row["of"]) == ("criterion_unknown", "floor", 40, 100)
    assert row["text"] == (
        "“Floor” could not be assessed for 40 of 100 primary schools (40%): these files lack results of earlier years "
        "for 30 and 10 had no published result or judgement."
    )
    assert row["short"] == (
        "These files lack results of earlier years for 30 and 10 had no published result or judgement"
    )


def test_that_a_threshold_is_in_doubt_is_said_with_what_the_files_lack():
    rows = [
        unknown(schools=9, missing_here=9),
        unknown(schools=4, measure="reading", status="missing", missing_here=4),
        unknown(schools=5, measure="reading", status="threshold", missing_here=5),
    ]
    assert found(rows).shorts("criterion_unknown") == [
        "These files lack figures for “Reading progress” (their own, or so many that the threshold is in doubt) for 9"
    ]


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("reading_1y_before", "results of earlier years"),
        ("leadership", "judgements of leadership"),
        ("reading", "figures for “Reading progress”"),
        ("mean", "figures for “Mean progress”"),
        ("unknown", "figures for “unknown”"),
        ("teaching_school", "the list of Teaching Schools"),
    ],
)
def test_what_the_files_lack_is_in_words(measure, words):
    told = found([unknown(missing_here=9), unknown(measure=measure, status="not_in_release", missing_here=9)])
    assert told.shorts("criterion_unknown") == [f"These files lack {words} for 9"]


def test_a_condition_left_out_is_told_with_the_schools_that_it_decides():
    told = found([unknown(measure="reading_upper", status="ignored", schools=3)])
    (row,) = all_rows(told)
    assert (row["kind"], row["criterion"], row["group"], row["count"]) == ("condition_relaxed", "floor", "in_need", 3)
    assert row["text"] == (
        "These files lack figures for “Reading, upper limit”, so “Floor” is tested without; 3 primary schools might "
        "come out otherwise if they were at hand."
    )


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
    ("high", "without", "regions", "text", "short"),
    [
        (
            2476,
            331,
            REGIONS,
            "331 of the 2,476 high-performing primary schools (13%) have no coordinates, so they cannot be "
            "counted as anyone’s partner: the numbers of partners are if anything too low, and those without a "
            "partner too high, most of all in the South East (106 of 392).",
            "331 high-performing schools without coordinates are nobody’s partner",
        ),
        (
            2476,
            1,
            REGIONS,
            "1 of the 2,476 high-performing primary schools (under 1%) has no coordinates, so it cannot be counted as "
            "anyone’s partner: the numbers of partners are if anything too low, and those without a partner too high.",
            "1 high-performing school without coordinates is nobody’s partner",
        ),
        (
            1,
            1,
            [("primary", "London", 1, 1), ("primary", "South East", 1, 1)],
            "1 of the 1 high-performing primary school (100%) has no coordinates, so it cannot be counted as anyone’s "
            "partner: the numbers of partners are if anything too low, and those without a partner too high.",
            "1 high-performing school without coordinates is nobody’s partner",
        ),
    ],
)
def test_high_performing_schools_without_coordinates_are_nobodys_partner(high, without, regions, text, short):
    phase = facts(schools=9999, high_performing=high, high_performing_without_coordinates=without)
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
