"""Matching: pairs within the radius, against a plain double loop over whole metres."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import match
from lib import schemas, tables
from lib.domain import METRES_PER_MILE

# Whole-number triangles, scaled: points that lie exactly on a circle.
TRIANGLES = [(3, 4, 5), (5, 12, 13), (8, 15, 17), (20, 21, 29), (119, 120, 169)]

points = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (400_000 + 500 * p[0], 300_000 + 500 * p[1]))
groups = st.sampled_from(["in_need", "high_performing", "neither", "not_assessable"])
places = st.lists(st.tuples(groups, st.one_of(st.none(), points)), max_size=25)
radii = st.sampled_from([500, 1000, 2500, 5000, 6500, 13000, 5 * METRES_PER_MILE])


def schools_at(rows):
    """Schools from (group, (easting, northing) or None) pairs; URNs from 100000 in the order given."""
    frame = pd.DataFrame(
        {
            "urn": range(100_000, 100_000 + len(rows)),
            "group": [group for group, _ in rows],
            "easting": [None if at is None else at[0] for _, at in rows],
            "northing": [None if at is None else at[1] for _, at in rows],
        }
    )
    return frame.astype({"group": "str", "easting": "Int64", "northing": "Int64"})


def double_loop(rows, radius_m):
    """{(urn, partner urn): distance} by looking at every pair."""
    found = {}
    for i, (group, at) in enumerate(rows):
        for j, (other, there) in enumerate(rows):
            if group == "in_need" and other == "high_performing" and at and there:
                squared = (at[0] - there[0]) ** 2 + (at[1] - there[1]) ** 2
                if squared <= radius_m**2:
                    found[100_000 + i, 100_000 + j] = squared**0.5
    return found


def pairs_of(partners):
    return set(zip(partners["urn"].tolist(), partners["partner_urn"].tolist(), strict=True))


@examples(max_examples=25)
@given(rows=places, radius_m=radii)
def test_matching_equals_a_double_loop(rows, radius_m):
    partners, reach, _ = match.match(schools_at(rows), radius_m, {1: METRES_PER_MILE})
    expected = double_loop(rows, radius_m)
    assert pairs_of(partners) == set(expected) and len(partners) == len(expected)
    for row in partners.to_dict("records"):
        assert row["distance_m"] == pytest.approx(expected[row["urn"], row["partner_urn"]], abs=0.05)
    placed = {100_000 + i for i, (group, at) in enumerate(rows) if group == "in_need" and at}
    assert set(reach["urn"]) == placed and len(reach) == len(placed)
    for row in reach.to_dict("records"):
        assert row["partners"] == sum(urn == row["urn"] for urn, _ in expected)


@examples(max_examples=25)
@given(rows=places, radius_m=radii)
def test_nearest_is_nearest_however_far(rows, radius_m):
    _, reach, _ = match.match(schools_at(rows), radius_m, {1: METRES_PER_MILE})
    everywhere = double_loop(rows, 10**7)
    for urn, nearest in zip(reach["urn"], reach["nearest_m"], strict=True):
        distances = [d for (u, _), d in everywhere.items() if u == urn]
        assert np.isnan(nearest) if not distances else nearest == pytest.approx(min(distances), abs=0.05)


@examples(max_examples=25)
@given(rows=places, radius_m=radii)
def test_distance_is_the_same_from_both_ends(rows, radius_m):
    turned = {"in_need": "high_performing", "high_performing": "in_need"}
    back = [(turned.get(group, group), at) for group, at in rows]
    there, _, _ = match.match(schools_at(rows), radius_m, {1: METRES_PER_MILE})
    here, _, _ = match.match(schools_at(back), radius_m, {1: METRES_PER_MILE})
    forwards = {(u, p): d for u, p, d in there[["urn", "partner_urn", "distance_m"]].itertuples(index=False)}
    backwards = {(p, u): d for u, p, d in here[["urn", "partner_urn", "distance_m"]].itertuples(index=False)}
    assert forwards == backwards


@examples(max_examples=25)
@given(rows=places, shift=st.tuples(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000)), radius_m=radii)
def test_moving_every_school_alike_changes_nothing(rows, shift, radius_m):
    moved = [(group, at and (at[0] + shift[0], at[1] + shift[1])) for group, at in rows]
    ladder = {1: METRES_PER_MILE, 3: 3 * METRES_PER_MILE}
    for before, after in zip(
        match.match(schools_at(rows), radius_m, ladder), match.match(schools_at(moved), radius_m, ladder), strict=True
    ):
        pd.testing.assert_frame_equal(before, after)


@examples(max_examples=25)
@given(rows=places, order=st.randoms(use_true_random=False), radius_m=radii)
def test_order_of_the_rows_does_not_matter(rows, order, radius_m):
    schools = schools_at(rows)
    shuffled = schools.iloc[order.sample(range(len(schools)), len(schools))]
    ladder = {2: 2 * METRES_PER_MILE, 1: METRES_PER_MILE}
    for before, after in zip(
        match.match(schools, radius_m, ladder), match.match(shuffled, radius_m, ladder), strict=True
    ):
        pd.testing.assert_frame_equal(before.reset_index(drop=True), after.reset_index(drop=True))


@examples(max_examples=15)
@given(rows=places)
def test_counts_never_fall_as_the_radius_grows(rows):
    ladder_m = {miles: miles * METRES_PER_MILE for miles in (1, 2, 3, 5, 8, 13, 20)}
    _, reach, ladder = match.match(schools_at(rows), 5 * METRES_PER_MILE, ladder_m)
    assert len(ladder) == len(reach) * len(ladder_m)
    for urn, rungs in ladder.groupby("urn"):
        assert rungs["radius_miles"].is_monotonic_increasing and rungs["partners"].is_monotonic_increasing
        (at_radius,) = rungs.loc[rungs["radius_miles"] == 5, "partners"]
        assert at_radius == reach.set_index("urn")["partners"][urn]
    for miles, rung in ladder.groupby("radius_miles"):
        by_itself, _, _ = match.match(schools_at(rows), miles * METRES_PER_MILE, {1: METRES_PER_MILE})
        assert rung["partners"].sum() == len(by_itself)


@examples(max_examples=30)
@given(
    triangle=st.sampled_from(TRIANGLES),
    scale=st.integers(1, 400),
    sides=st.tuples(st.sampled_from([1, -1]), st.sampled_from([1, -1]), st.booleans()),
)
def test_partner_exactly_on_the_circle_counts_and_one_just_outside_does_not(triangle, scale, sides):
    a, b, c = (side * scale for side in triangle)
    a, b = (b, a) if sides[2] else (a, b)
    rows = [("in_need", (400_000, 300_000)), ("high_performing", (400_000 + sides[0] * a, 300_000 + sides[1] * b))]
    partners, reach, ladder = match.match(schools_at(rows), float(c), {1: float(c)})
    assert len(partners) == 1 and reach["partners"].tolist() == [1] and ladder["partners"].tolist() == [1]
    outside, _, lower = match.match(schools_at(rows), np.nextafter(float(c), 0), {1: np.nextafter(float(c), 0)})
    assert outside.empty and lower["partners"].tolist() == [0]


def test_partner_exactly_on_the_circle_counts_beside_a_wider_ladder():
    rows = [
        ("in_need", (400_000, 300_000)),
        ("high_performing", (403_000, 304_000)),
        ("high_performing", (403_001, 304_000)),
    ]
    partners, _, ladder = match.match(schools_at(rows), 5000.0, {1: 5000.0, 2: 5001.0})
    assert partners["partner_urn"].tolist() == [100_001] and partners["distance_m"].tolist() == [5000.0]
    assert ladder["partners"].tolist() == [1, 2]


def test_schools_at_one_address_are_partners_at_no_distance():
    partners, reach, _ = match.match(
        schools_at([("in_need", (400_000, 300_000)), ("high_performing", (400_000, 300_000))]), 1.0, {1: 1.0}
    )
    assert partners["distance_m"].tolist() == [0.0] and reach["nearest_m"].tolist() == [0.0]


def test_partners_come_nearest_first_and_alike_ones_by_urn():
    rows = [("in_need", (400_000, 300_000))]
    rows += [("high_performing", (400_000 + d, 300_000)) for d in (3000, -1000, 1000, 2000)]
    partners, _, _ = match.match(schools_at(rows), 5000, {1: METRES_PER_MILE})
    assert partners["partner_urn"].tolist() == [100_002, 100_003, 100_004, 100_001]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("neither", (400_000, 300_000))],
        [("in_need", (400_000, 300_000))],
        [("high_performing", (400_000, 300_000))],
        [("in_need", None), ("high_performing", None)],
        [("in_need", (400_000, 300_000)), ("high_performing", None)],
    ],
)
def test_tables_hold_their_schema_where_there_is_nothing_to_match(rows):
    partners, reach, ladder = match.match(schools_at(rows), 5000, {1: 1609.344, 2: 3218.688})
    assert partners.empty
    placed = sum(group == "in_need" and at is not None for group, at in rows)
    assert len(reach) == placed and len(ladder) == 2 * placed and reach["nearest_m"].isna().all()
    for table, schema in ((partners, schemas.PARTNERS), (reach, schemas.REACH), (ladder, schemas.LADDER)):
        tables.conform(table.assign(phase="primary"), schema)


# --- The step: phases and miles -------------------------------------------------------------------------------


def test_a_mile_is_the_international_one():
    assert (5 * METRES_PER_MILE, 4 * METRES_PER_MILE) == (8046.72, 6437.376)


def matched(folder, rows, **params):
    """What match.main makes of schools (urn, phase, group, easting): the three tables by name."""
    schools = pd.DataFrame(rows, columns=["urn", "phase", "group", "easting"]).assign(northing=300_000)
    schools.to_csv(folder / "schools.csv", index=False)
    names = [f"{table}{twin}" for table in ("partners", "reach", "ladder") for twin in ("", "_parquet")]
    output = {name: folder / f"{name}.{'parquet' if 'parquet' in name else 'csv'}" for name in names}
    files = SimpleNamespace(schools=folder / "schools.csv")
    match.main(SimpleNamespace(input=files, params=SimpleNamespace(**params), output=output))
    return {name: pd.read_csv(output[name]) for name in ("partners", "reach", "ladder")}


def test_each_phase_is_matched_by_itself_and_within_its_own_radius(tmp_path):
    """Five miles are 8,046.72 m, four are 6,437.376 m; a place is in whole metres."""
    both_phases = [
        (urn, phase, group, easting)
        for phase in ("primary", "secondary")
        for urn, group, easting in [
            (100_000, "in_need", 400_000),
            (100_001, "high_performing", 408_046),
            (100_002, "high_performing", 408_047),
            (100_003, "high_performing", 393_563),
            (100_004, "high_performing", 393_562),
        ]
    ]
    only_secondary = [(100_005, "secondary", "high_performing", 400_001)]
    found = matched(
        tmp_path, both_phases + only_secondary, radius_miles={"primary": 5, "secondary": 4}, ladder_miles=[4, 5]
    )
    assert found["partners"][["phase", "partner_urn", "distance_m"]].to_numpy().tolist() == [
        ["primary", 100_003, 6437],
        ["primary", 100_004, 6438],
        ["primary", 100_001, 8046],
        ["secondary", 100_005, 1],
        ["secondary", 100_003, 6437],
    ]
    assert found["reach"][["phase", "partners", "nearest_m"]].to_numpy().tolist() == [
        ["primary", 3, 6437],
        ["secondary", 2, 1],
    ]
    assert found["ladder"][["phase", "radius_miles", "partners"]].to_numpy().tolist() == [
        ["primary", 4, 1],
        ["primary", 5, 3],
        ["secondary", 4, 2],
        ["secondary", 5, 4],
    ]
