"""The population on the reference date, and under which URN the data of each school are found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import clean_register
import population
from lib import schemas, settings, tables
from small_files import source_of, write_source

DAY = "2017-03-31"
RULES = settings.load_method("nfer-2017-literal")["population"]

# Pandas warns where no school of the population has a date; see test_register_without_a_single_date.
DATED = {"urn": 199999, "row": 99, "open_date": "2000-01-01", "close_date": "2030-01-01"}


def establishments(*rows):
    plain = {
        "establishment_type": "community",
        "establishment_status": "open",
        "phase_of_education": "primary",
        "region": "London",
        "open_date": None,
        "close_date": None,
    }
    frame = pd.DataFrame([plain | {"urn": 100000 + i, "row": i + 2} | row for i, row in enumerate(rows)])
    return frame.astype({"open_date": "str", "close_date": "str"})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, None),
        ({"open_date": DAY}, None),
        ({"open_date": "2017-04-01"}, "opened after the reference date"),
        ({"close_date": DAY}, "closed on or before the reference date"),
        ({"close_date": "2017-04-01", "establishment_status": "closed"}, None),
        ({"close_date": "2016-08-31", "establishment_status": "closed"}, "closed on or before the reference date"),
        ({"establishment_status": "closed"}, "closed, on an unknown date"),
        ({"establishment_status": "proposed"}, "proposed to open"),
        ({"establishment_status": "created_in_error"}, "created in error"),
        ({"establishment_type": "independent"}, "type out of scope: independent"),
        ({"establishment_type": "special"}, "type out of scope: special"),
        ({"region": "outside_england"}, "outside England's nine regions"),
        ({"phase_of_education": "nursery"}, "phase out of scope: nursery"),
        ({"phase_of_education": "middle_deemed_secondary"}, None),
        ({"establishment_type": "studio_school", "phase_of_education": "secondary"}, None),
    ],
)
def test_population_on_the_reference_date(row, reason):
    members, rejected = population.population(establishments(row, DATED), RULES, DAY, "register")
    assert (len(members), len(rejected)) == ((2, 0) if reason is None else (1, 1))
    assert reason is None or rejected["reason"].tolist() == [reason]


def test_register_without_a_single_date():
    members, _ = population.population(establishments({}, {}), RULES, DAY, "register")
    assert len(members) == 2


def test_population_says_why_a_school_counts_as_open():
    members, _ = population.population(
        establishments({}, {"open_date": "2012-09-01", "close_date": "2018-08-31"}), RULES, DAY, "register"
    )
    first, second = members["open_on_reference_date"]
    assert "no opening date" in first and "2012-09-01" in second and "2018-08-31" in second


states = st.fixed_dictionaries(
    {
        "establishment_type": st.sampled_from(["community", "special", "free_school"]),
        "establishment_status": st.sampled_from(["open", "closed", "proposed"]),
        "phase_of_education": st.sampled_from(["primary", "all_through", "nursery"]),
        "open_date": st.sampled_from([None, "2010-01-01", DAY, "2018-01-01"]),
        "close_date": st.sampled_from([None, "2012-01-01", DAY, "2018-01-01"]),
    }
)


@examples(max_examples=20)
@given(rows=st.lists(states, min_size=1, max_size=12))
def test_population_leaves_no_establishment_unaccounted_for(rows):
    frame = establishments(*rows, DATED)
    members, rejected = population.population(frame, RULES, DAY, "register")
    assert sorted([*members["row"], *rejected["row"]]) == frame["row"].tolist()
    schools = population.in_phases(members, RULES["phases"])
    all_through = (members["phase_of_education"] == "all_through").sum()
    assert len(schools) == len(members) + all_through and not schools.duplicated(["urn", "phase"]).any()


def test_all_through_school_stands_in_both_phases_and_a_middle_school_in_one():
    members, _ = population.population(
        establishments({"phase_of_education": "all_through"}, DATED | {"phase_of_education": "middle_deemed_primary"}),
        RULES,
        DAY,
        "register",
    )
    schools = population.in_phases(members, RULES["phases"])
    assert list(zip(schools["urn"], schools["phase"], strict=True)) == [
        (100000, "primary"),
        (100000, "secondary"),
        (199999, "primary"),
    ]


# --- Predecessors ----------------------------------------------------------------------------------------------


def inherit(schools, available, links, types=None, may_inherit="all"):
    """{(urn, phase): (from_urn, via, steps)}, all primary where only URNs are given; see `inherit_and_stops`."""
    return inherit_and_stops(schools, available, links, types, may_inherit)[0]


def inherit_and_stops(schools, available, links, types=None, may_inherit="all"):
    """As `inherit`, and the set of (urn, from_urn, steps) at which the search stopped at a school still open."""
    with_phase = [(s, "primary") if isinstance(s, int) else s for s in schools]
    data = [(a, "primary") if isinstance(a, int) else a for a in available]
    found, still_open = population.inherit(
        pd.DataFrame(with_phase, columns=["urn", "phase"]),
        pd.DataFrame(data, columns=["urn", "phase"]).astype({"urn": "int64"}),
        pd.DataFrame(links, columns=["urn", "predecessor_urn"]).astype("int64"),
        None if types is None else pd.Series(types),
        may_inherit,
    )
    assert list(zip(found["urn"], found["phase"], strict=True)) == with_phase
    sources = {
        (row["urn"], row["phase"]): (None if pd.isna(row["from_urn"]) else row["from_urn"], row["via"], row["steps"])
        for row in found.to_dict("records")
    }
    return sources, set(zip(still_open["urn"], still_open["from_urn"], still_open["steps"], strict=True))


@pytest.mark.parametrize(
    ("available", "links", "expected"),
    [
        ([1], [(1, 2)], (1, "own", 0)),
        ([2], [(1, 2)], (2, "predecessor", 1)),
        ([3], [(1, 2), (2, 3)], (3, "predecessor", 2)),
        ([2, 3], [(1, 2), (2, 3)], (2, "predecessor", 1)),
        ([2, 3], [(1, 2), (1, 3)], (None, "ambiguous", 1)),
        ([3], [(1, 2), (1, 3)], (3, "predecessor", 1)),
        ([4], [(1, 2), (1, 3), (2, 4), (3, 4)], (4, "predecessor", 2)),
        ([2], [(1, 2), (1, 2)], (2, "predecessor", 1)),
        ([2], [(2, 1)], (None, "none", 0)),
        ([9], [(1, 2)], (None, "none", 0)),
        ([], [], (None, "none", 0)),
        ([9], [(1, 2), (2, 1)], (None, "none", 0)),
        ([9], [(1, 1)], (None, "none", 0)),
    ],
)
def test_nearest_predecessor(available, links, expected):
    assert inherit([1], available, links) == {(1, "primary"): expected}


def test_results_are_inherited_within_the_phase():
    found = inherit([(1, "primary"), (1, "secondary")], [(2, "secondary")], [(1, 2)])
    assert found == {(1, "primary"): (None, "none", 0), (1, "secondary"): (2, "predecessor", 1)}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ({1: "academy_converter", 2: "community"}, (2, "predecessor", 1)),
        ({1: "academy_sponsor_led", 2: "community"}, (None, "none", 0)),
        ({1: "academy_converter"}, (2, "predecessor", 1)),
        ({}, (None, "none", 0)),
    ],
)
def test_inspection_is_inherited_by_converters_only(types, expected):
    found = inherit([1], [2], [(1, 2)], types, RULES["inherits"]["inspection"])
    assert found == {(1, "primary"): expected}


@pytest.mark.parametrize(
    ("official", "expected"),
    [
        ("Academy converter", (2, "predecessor", 1)),
        ("Academy - Converter mainstream", (2, "predecessor", 1)),
        ("Academy sponsor led", (None, "none", 0)),
        ("Academy sponsor led mainstream", (None, "none", 0)),
        ("Academy - Sponsor led mainstream", (None, "none", 0)),
        ("Free schools", (None, "none", 0)),
        ("Community school", (None, "none", 0)),
    ],
)
def test_inspection_is_inherited_by_what_the_register_calls_a_converter(tmp_path, official, expected):
    source = source_of("register")
    path = write_source(tmp_path, source, [{"urn": 100000, "establishment_type": official}])
    out, _, _ = clean_register.clean_register(path, source, "register")
    types = {1: out["establishment_type"][0], 2: "community"}
    assert inherit([1], [2], [(1, 2)], types, RULES["inherits"]["inspection"]) == {(1, "primary"): expected}


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("academy_converter", (3, "predecessor", 2)),
        ("academy_sponsor_led", (None, "none", 0)),
        ("community", (None, "none", 0)),
    ],
)
def test_chain_of_predecessors_breaks_at_one_that_starts_anew(between, expected):
    types = {1: "academy_converter", 2: between, 3: "community"}
    assert inherit([1], [3], [(1, 2), (2, 3)], types, ["academy_converter"])[(1, "primary")] == expected


@pytest.mark.parametrize(
    ("schools", "available", "links", "expected", "stops"),
    [
        ([1, 2], [2], [(1, 2)], (None, "none", 0), {(1, 2, 1)}),
        ([1, 2], [2, 3], [(1, 2), (1, 3)], (3, "predecessor", 1), {(1, 2, 1)}),
        ([1, 2], [3], [(1, 2), (2, 3)], (None, "none", 0), {(1, 2, 1)}),
        ([1, 3], [3], [(1, 2), (2, 3)], (None, "none", 0), {(1, 3, 2)}),
        ([1, 2], [1, 2], [(1, 2)], (1, "own", 0), set()),
        ([1, 2], [], [(1, 2), (2, 1), (1, 1)], (None, "none", 0), {(1, 2, 1), (2, 1, 1)}),
    ],
)
def test_predecessor_that_is_a_school_itself_keeps_its_data(schools, available, links, expected, stops):
    """Otherwise they would be counted twice: for itself, and for a school that split off from it."""
    found, still_open = inherit_and_stops(schools, available, links)
    assert found[1, "primary"] == expected and still_open == stops


worlds = st.tuples(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=8),
    st.sets(st.integers(1, 6)),
    st.sets(st.integers(1, 6)),
)


@examples(max_examples=3)
@given(found=st.lists(worlds, min_size=20, max_size=20))
def test_inheritance_equals_a_plain_search(found):
    """Breadth first over predecessors that are no schools themselves; those of a distance are looked at together.

    Each world has URNs of its own.
    """
    links, available, expected = [], [], {}
    for number, (some_links, has_data, schools) in enumerate(found):
        shift = 10 * number
        links += [(shift + urn, shift + predecessor) for urn, predecessor in some_links]
        available += [shift + urn for urn in sorted(has_data)]
        for urn in sorted(schools):
            level, via = {urn}, (shift + urn, "own", 0) if urn in has_data else None
            for distance in range(1, population.MOST_STEPS + 1):
                level = {p for at in level for s, p in some_links if s == at} - schools
                here = level & has_data
                if via is None and here:
                    via = (shift + min(here), "predecessor", distance)
                    via = via if len(here) == 1 else (None, "ambiguous", distance)
            expected[shift + urn, "primary"] = via or (None, "none", 0)
    assert inherit([urn for urn, _ in expected], available, links) == expected


def attached(schools, result_rows, links, types=None):
    """results_urn and results_via of each school, with results of one measure given as {urn: status}."""
    rows = pd.DataFrame(
        [(u, "primary", u, 1.0 if s == "ok" else np.nan, s) for u, s in result_rows.items()],
        columns=["urn", "phase", "row", "progress8", "progress8_status"],
    )
    frame, inherited = population.attach_results(
        pd.DataFrame({"urn": schools, "phase": "primary"}),
        rows,
        pd.DataFrame(links, columns=["urn", "predecessor_urn"]).astype("int64"),
        {"": ["progress8"]},
        "all",
        pd.Series(types or {}, dtype="str"),
    )
    tables.conform(inherited.assign(urn=100000, from_urn=100000), schemas.INHERITED)
    return [(None if pd.isna(u) else u, via) for u, via in zip(frame["results_urn"], frame["results_via"], strict=True)]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("ok", (1, "own")),
        ("suppressed", (1, "own")),
        ("low_coverage", (1, "own")),
        ("no_entries", (1, "own")),
        ("missing", (2, "predecessor")),
        ("new_school", (2, "predecessor")),
        ("not_published", (2, "predecessor")),
        ("no_row", (2, "predecessor")),
    ],
)
def test_own_row_without_results_yet_gives_way_to_the_predecessor(own, expected):
    assert attached([1], {1: own, 2: "ok"}, [(1, 2)]) == [expected]


def test_successors_that_share_a_predecessor_are_marked_each_with_the_others():
    found, still_open = population.inherit(
        pd.DataFrame({"urn": [100001, 100002, 100003, 100004], "phase": "primary"}),
        pd.DataFrame({"urn": [99999, 99998, 100004], "phase": "primary"}),
        pd.DataFrame(
            [(100001, 99999), (100002, 99999), (100003, 99998), (100003, 100004)], columns=["urn", "predecessor_urn"]
        ),
    )
    table = tables.conform(population._inherited(found, still_open, "results"), schemas.INHERITED)
    rows = {(row["urn"], row["outcome"]): row for row in table.to_dict("records")}
    assert rows[100001, "inherited"]["shared_with"] == "100002"
    assert rows[100002, "inherited"]["shared_with"] == "100001"
    assert pd.isna(rows[100003, "inherited"]["shared_with"])
    assert rows[100003, "predecessor_still_open"]["from_urn"] == 100004 and len(rows) == 4


def inspections_attached(rows, types, may_inherit=("academy_converter",)):
    """{school: (inspection_urn, via, card_urn, via)}, with 1 and 2 after the predecessors 11 and 12."""
    columns = ["urn", "overall_effectiveness_status", "has_report_card_status"]
    links = pd.DataFrame([(1, 11), (2, 12)], columns=["urn", "predecessor_urn"])
    schools, _ = population.attach_inspections(
        pd.DataFrame({"urn": [1, 2], "phase": "primary"}),
        pd.DataFrame(rows, columns=columns),
        links,
        ["primary"],
        list(may_inherit),
        pd.Series(types),
    )
    columns = ["inspection_urn", "inspection_via", "card_urn", "card_via"]
    return {row["urn"]: tuple(None if pd.isna(row[c]) else row[c] for c in columns) for _, row in schools.iterrows()}


def test_grades_and_report_card_may_stand_under_different_urns():
    """A converter's grades are its predecessor's; that it has no report card stands in its own row."""
    rows = [(1, "no_inspection", "ok"), (11, "ok", "missing"), (2, "missing", "missing"), (12, "ok", "ok")]
    found = inspections_attached(rows, {1: "academy_converter", 2: "academy_sponsor_led"})
    assert found == {1: (11, "predecessor", 1, "own"), 2: (2, "own", 2, "own")}


def test_inspection_without_an_overall_grade_is_a_school_s_own():
    found = inspections_attached([(1, "not_judged", "ok"), (11, "ok", "ok")], {1: "academy_converter"})
    assert found[1] == (1, "own", 1, "own") and found[2] == (None, "none", None, "none")


def test_own_row_without_results_stays_where_nobody_has_any():
    assert attached([1, 3], {1: "new_school"}, [(1, 2)]) == [(1, "own"), (None, "none")]
