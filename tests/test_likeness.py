"""Parts of likeness and trusts of pairs of schools: small tables to be checked by eye."""

import numpy as np
import pandas as pd
import pytest

from lib import domain, likeness

TYPES = {
    "setting": "str",
    "admissions": "str",
    "religious_character": "str",
    "pupils_on_roll": "Int64",
    "fsm_pct": "float64",
    "statutory_low_age": "Int64",
    "sixth_form": "boolean",
}


def holds(attribute, one, other, how="same", value=None):
    """Whether a part holds between two values of an attribute: True, False, or None where that is not known."""
    part = {"id": "part", "attribute": attribute, "is": how} | ({} if value is None else {"value": value})
    sides = (pd.DataFrame({attribute: pd.array([side], dtype=TYPES[attribute])}, index=[7]) for side in (one, other))
    [found] = likeness.parts_of_pairs(*sides, [part])["part"]
    return None if found is pd.NA else bool(found)


@pytest.mark.parametrize(
    "attribute, one, other, expected",
    [
        ("setting", "urban", "urban", True),
        ("setting", "urban", "rural", False),
        ("setting", "urban", None, None),
        ("setting", None, None, None),  # of two that are not known, it is not known that they are the same
        ("sixth_form", True, True, True),
        ("sixth_form", False, False, True),
        ("sixth_form", True, False, False),
        ("sixth_form", None, False, None),
        ("statutory_low_age", 4, 4, True),
        ("statutory_low_age", 4, 5, False),
        ("statutory_low_age", None, 5, None),
        ("religious_character", "none", "none", True),
        ("admissions", "selective", "non_selective", False),
        ("admissions", "not_applicable", "non_selective", None),  # says nothing of whether pupils are chosen
        ("admissions", "not_applicable", "not_applicable", None),
    ],
)
def test_same(attribute, one, other, expected):
    assert holds(attribute, one, other) is holds(attribute, other, one) is expected


@pytest.mark.parametrize(
    "one, other, expected",
    [
        (16.1, 6.1, True),  # in binary fractions a little over ten apart
        (16.2, 6.1, False),
        (35.1, 25.1, True),
        (10.0, 0.0, True),
        (0.0, 0.0, True),
        (10.1, 0.0, False),
        (None, 15.3, None),
        (None, None, None),
    ],
)
def test_within_ten_points_inclusive(one, other, expected):
    assert holds("fsm_pct", one, other, "within", 10) is holds("fsm_pct", other, one, "within", 10) is expected


@pytest.mark.parametrize(
    "one, other, factor, expected",
    [
        (200, 400, 2, True),
        (200, 401, 2, False),
        (300, 300, 2, True),
        (100, 115, 1.15, True),  # 100 times 1.15 is a little under 115 in binary fractions
        (100, 116, 1.15, False),
        (None, 300, 2, None),
    ],
)
def test_within_a_factor_inclusive(one, other, factor, expected):
    for sides in ((one, other), (other, one)):
        assert holds("pupils_on_roll", *sides, "within_factor", factor) is expected


def test_a_part_that_does_not_hold_wins_over_one_that_is_not_known():
    parts = [
        {"id": "same_setting", "attribute": "setting", "is": "same"},
        {"id": "similar_size", "attribute": "pupils_on_roll", "is": "within_factor", "value": 2},
    ]
    one = pd.DataFrame({"setting": ["urban", "urban", "urban", None, None, None], "pupils_on_roll": [100] * 6})
    sizes = pd.array([200, 201, None, 200, 201, None], dtype="Int64")
    other = pd.DataFrame({"setting": ["urban"] * 6, "pupils_on_roll": sizes})
    found = likeness.parts_of_pairs(one.astype({"pupils_on_roll": "Int64"}), other, parts)
    assert found["same_setting"].tolist() == [True, True, True, pd.NA, pd.NA, pd.NA]
    assert found["similar_size"].tolist() == [True, False, pd.NA, True, False, pd.NA]
    assert found["alike"].tolist() == [True, False, pd.NA, pd.NA, False, pd.NA]
    assert all(str(kind) == "boolean" for kind in found.dtypes)


def test_rows_go_by_their_place_and_not_by_their_label():
    """The same school stands in many pairs, so labels repeat."""
    parts = [{"id": "same_setting", "attribute": "setting", "is": "same"}]
    one = pd.DataFrame({"setting": ["urban", "rural"]}, index=[5, 5])
    other = pd.DataFrame({"setting": ["urban", "urban"]}, index=[9, 8])
    assert likeness.parts_of_pairs(one, other, parts)["alike"].tolist() == [True, False]


def test_no_pairs_have_every_column():
    parts = [{"id": "same_setting", "attribute": "setting", "is": "same"}]
    none = pd.DataFrame({"setting": pd.array([], dtype="str")})
    found = likeness.parts_of_pairs(none, none, parts)
    assert found.empty and list(found) == ["same_setting", "alike"]


SCHOOLS = pd.DataFrame(
    [
        ("community", None, None),
        ("foundation", "A charitable trust", "90"),  # which runs no schools
        ("academy_converter", "Trust One", "1"),
        ("academy_sponsor_led", "TRUST ONE", "1"),  # one trust by its code
        ("free_school", "Trust Two", "2"),
        ("studio_school", None, None),  # an academy whose trust is not stated
        ("academy_converter", "Trust Three", None),
        ("free_school", "Trust Three", None),
        ("city_technology_college", "Trust One", "1"),  # an independent school with an agreement of its own
    ],
    columns=["type", "trust", "trust_code"],
).astype("str")


def test_trust_of_academies_alone():
    trusts = [None if pd.isna(trust) else trust for trust in likeness.trust_of(SCHOOLS)]
    assert trusts == [None, None, "1", "1", "2", None, "Trust Three", "Trust Three", None]


@pytest.mark.parametrize(
    "one, other, whose",
    [
        (0, 1, "maintained"),
        (1, 0, "maintained"),
        (1, 1, "maintained"),
        (2, 0, "maintained"),
        (5, 0, "maintained"),
        (2, 8, "maintained"),
        (2, 3, "same_trust"),
        (6, 7, "same_trust"),
        (2, 4, "another_trust"),
        (0, 2, "another_trust"),
        (1, 2, "another_trust"),
        (8, 2, "another_trust"),
        (0, 5, "another_trust"),  # whichever trust it is: the school in need is in none
        (2, 5, "unknown"),
        (5, 2, "unknown"),
        (5, 5, "unknown"),
    ],
)
def test_whose_the_partner_is(one, other, whose):
    assert likeness.partner_trusts(SCHOOLS.iloc[[one]], SCHOOLS.iloc[[other]]).tolist() == [whose]


def test_register_without_trusts_leaves_the_trusts_of_pairs_of_academies_unknown():
    schools = SCHOOLS.assign(trust=pd.array([None] * len(SCHOOLS), dtype="str"), trust_code=None)
    academies = schools["type"].isin(domain.ACADEMIES).to_numpy()
    i, j = (grid.ravel() for grid in np.meshgrid(range(len(schools)), range(len(schools))))
    found = likeness.partner_trusts(schools.iloc[i], schools.iloc[j])
    expected = np.where(~academies[j], "maintained", np.where(academies[i], "unknown", "another_trust"))
    assert (found == expected).all()
