"""The recount of tests/recount_pairing.py itself, by hand; then the pairs that the runs made, held against it.

Which pairs a run makes is its own choice among several that are as good, so they cannot be set side by side with the
recount's. It is asked whether they are allowed, as many as can be, and as near as so many can be.
"""

import pytest

import recount
import recount_pairing


@pytest.mark.parametrize(
    "able, most, expected",
    [
        ({}, 1, 0),
        ({"a": []}, 1, 0),
        ({"a": ["x"], "b": ["x"]}, 1, 1),
        ({"a": ["x"], "b": ["x"]}, 2, 2),
        ({"a": ["x", "y"], "b": ["x"]}, 1, 2),  # a moves over
        ({"a": ["x", "y"], "b": ["x", "y"], "c": ["y", "z"], "d": ["x"]}, 1, 3),
        ({"a": ["x"], "b": ["x"], "c": ["x", "y"], "d": ["x", "y"], "e": ["y"], "f": ["y"]}, 2, 4),
    ],
)
def test_most_pairs_by_moving_over(able, most, expected):
    assert recount_pairing.most_pairs(able, most) == expected


AT_X_AND_Y = {("a", "x"): 10, ("a", "y"): 30, ("b", "x"): 30, ("b", "y"): 60, ("c", "y"): 20}


@pytest.mark.parametrize(
    "made, most, nearer",
    [
        ({"a": "x", "c": "y"}, 1, False),
        ({"b": "x", "c": "y"}, 1, True),  # a in place of b
        ({"a": "y", "b": "x"}, 1, True),  # c in place of a, a in place of b
        ({"a": "x", "b": "x", "c": "y"}, 2, False),
        ({"a": "x", "b": "y", "c": "y"}, 2, True),  # b where a place is free
        ({"a": "y", "b": "x", "c": "y"}, 2, True),
    ],
)
def test_pairs_that_could_be_nearer_are_found(made, most, nearer):
    assert recount_pairing.could_be_nearer(AT_X_AND_Y, made, most) is nearer


def made_of(*pairs, most=1):
    """Rows of matched/pairing.csv of (school in need, helper), and rows of partners for AT_X_AND_Y."""
    metres = {pair: f"{tenths / 10}" for pair, tenths in AT_X_AND_Y.items()}
    rows = [
        {"most_per_helper": f"{most}", "urn": urn, "partner_urn": helper, "distance_m": metres.get((urn, helper), "")}
        for urn, helper in pairs
    ]
    partners = [{"urn": urn, "partner_urn": helper, "distance_m": m} for (urn, helper), m in metres.items()]
    return rows, partners, {"a", "b", "c"}


@pytest.mark.parametrize(
    "pairs, most, fault",
    [
        ([("a", "x"), ("b", ""), ("c", "y")], 1, None),
        ([("a", "x"), ("b", "x"), ("c", "y")], 2, None),
        ([("a", "x"), ("b", "x"), ("c", "y")], 1, "x: more than 1"),
        ([("a", "x"), ("b", ""), ("c", "")], 1, "1 pairs, of 2 that can be"),
        ([("a", "x"), ("b", ""), ("c", "x")], 1, "c, x: no partner of it"),
        ([("a", "x"), ("b", "")], 1, "c: on one side only"),
        ([("a", "x"), ("a", "y"), ("b", ""), ("c", "")], 1, "a: not once"),
        ([("a", ""), ("b", "x"), ("c", "y")], 1, "as many pairs can be made nearer"),
    ],
)
def test_faults_of_a_pairing_are_named(pairs, most, fault):
    found = recount_pairing.pairing_faults(*made_of(*pairs, most=most))
    assert found == [] if fault is None else fault in found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo_run", "run_2016", "run_2017"])
def test_pairs_of_a_run_are_as_many_and_as_near_as_can_be(name, request):
    run = request.getfixturevalue(name)
    tables = ("matched/pairing.csv", "matched/partners.csv", "classified/schools.csv")
    paired, partners, schools = (recount.read_rows(run / table) for table in tables)
    for phase in recount_pairing.PHASES:
        need = {row["urn"] for row in schools if row["phase"] == phase and row["group"] == "in_need"}
        of_phase = [row for row in partners if row["phase"] == phase]
        assert need and of_phase
        for most in map(str, recount_pairing.MOST_PER_HELPER):
            made = [row for row in paired if (row["phase"], row["most_per_helper"]) == (phase, most)]
            assert recount_pairing.pairing_faults(made, of_phase, need) == []
