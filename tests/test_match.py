"""Matching: pairs within the radius, against a plain double loop over whole metres."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import match
from example_release import matched, schools_table
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
    return schools_table([("primary", "London", "Camden", group, *(at or (None, None))) for group, at in rows])


def squared_distances(rows):
    """{(urn, partner urn): squared distance} by looking at every pair of a school in need and a high-performing one."""
    return {
        (100_000 + i, 100_000 + j): (at[0] - there[0]) ** 2 + (at[1] - there[1]) ** 2
        for i, (group, at) in enumerate(rows)
        for j, (other, there) in enumerate(rows)
        if group == "in_need" and other == "high_performing" and at and there
    }


@examples(max_examples=50)
@given(rows=places, radius_m=radii, order=st.randoms(use_true_random=False))
def test_matching_equals_a_double_loop_in_any_order_of_the_schools(rows, radius_m, order):
    """Pairs and distances; the nearest, however far; and the count within each radius of the curve."""
    schools = schools_at(rows)
    schools = schools.iloc[order.sample(range(len(schools)), len(schools))]
    curve_m = {miles: miles * METRES_PER_MILE for miles in (1, 2, 5, 13)}
    partners, reach, curve = match.match(schools, radius_m, curve_m)
    squared = squared_distances(rows)
    within = {pair: d**0.5 for pair, d in squared.items() if d <= radius_m**2}
    found = dict(zip(zip(partners["urn"], partners["partner_urn"], strict=True), partners["distance_m"], strict=True))
    assert len(partners) == len(found) and found == pytest.approx(within, abs=0.05)
    assert list(found) == sorted(within, key=lambda pair: (pair[0], within[pair], pair[1]))
    placed = [100_000 + i for i, (group, at) in enumerate(rows) if group == "in_need" and at]
    assert reach["urn"].tolist() == placed
    for row in reach.to_dict("records"):
        distances = [d**0.5 for (urn, _), d in squared.items() if urn == row["urn"]]
        assert row["partners"] == sum(urn == row["urn"] for urn, _ in within)
        assert row["nearest_m"] == pytest.approx(min(distances, default=np.nan), abs=0.05, nan_ok=True)
    counts = {(urn, miles): n for urn, miles, n in curve.itertuples(index=False)}
    assert len(curve) == len(counts)
    assert counts == {
        (urn, miles): sum(u == urn and d <= metres**2 for (u, _), d in squared.items())
        for urn in placed
        for miles, metres in curve_m.items()
    }


@examples(max_examples=30)
@given(
    triangle=st.sampled_from(TRIANGLES),
    scale=st.integers(1, 400),
    sides=st.tuples(st.sampled_from([1, -1]), st.sampled_from([1, -1]), st.booleans()),
)
def test_partner_exactly_on_the_circle_counts_and_one_just_outside_does_not(triangle, scale, sides):
    a, b, c = (side * scale for side in triangle)
    a, b = (b, a) if sides[2] else (a, b)
    need, partner = np.array([[400_000, 300_000]]), np.array([[400_000 + sides[0] * a, 300_000 + sides[1] * b]])
    assert [found.tolist() for found in match.pairs_within(need, partner, float(c))] == [[0], [0], [c]]
    assert all(len(found) == 0 for found in match.pairs_within(need, partner, np.nextafter(float(c), 0)))


def test_partner_exactly_on_the_circle_counts_beside_a_wider_curve():
    rows = [
        ("in_need", (400_000, 300_000)),
        ("high_performing", (403_000, 304_000)),
        ("high_performing", (403_001, 304_000)),
    ]
    partners, _, curve = match.match(schools_at(rows), 5000.0, {1: 5000.0, 2: 5001.0})
    assert partners["partner_urn"].tolist() == [100_001] and partners["distance_m"].tolist() == [5000.0]
    assert curve["partners"].tolist() == [1, 2]


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
    partners, reach, curve = match.match(schools_at(rows), 5000, {1: 1609.344, 2: 3218.688})
    assert partners.empty
    placed = sum(group == "in_need" and at is not None for group, at in rows)
    assert len(reach) == placed and len(curve) == 2 * placed and reach["nearest_m"].isna().all()
    for table, schema in ((partners, schemas.PARTNERS), (reach, schemas.REACH), (curve, schemas.RADIUS_COUNTS)):
        tables.conform(table.assign(phase="primary"), schema)


# --- The step: phases and miles -------------------------------------------------------------------------------


def test_a_mile_is_the_international_one():
    assert (5 * METRES_PER_MILE, 4 * METRES_PER_MILE) == (8046.72, 6437.376)


def written(folder, schools, **params):
    """What match.main makes of classified/schools: the tables by name."""
    schools.to_csv(folder / "schools.csv", index=False)
    names = [f"{table}{twin}" for table in match.OUTPUTS for twin in ("", "_parquet")]
    output = {name: folder / f"{name}.{'parquet' if 'parquet' in name else 'csv'}" for name in names}
    travel = params.pop("travel", None)
    if travel is not None:
        travel.to_csv(folder / "travel.csv", index=False)
    files = SimpleNamespace(schools=folder / "schools.csv", travel=[] if travel is None else [folder / "travel.csv"])
    match.main(SimpleNamespace(input=files, params=SimpleNamespace(**params), output=output))
    return {name: pd.read_csv(output[name]) for name in match.OUTPUTS}


def test_each_phase_is_matched_by_itself_and_within_its_own_radius(tmp_path):
    """Five miles are 8,046.72 m, four are 6,437.376 m; a place is in whole metres."""
    schools = schools_table(
        ("secondary" if is_secondary else "primary", "London", "Camden", group, easting, 300_000, {"urn": urn})
        for is_secondary in (False, True)
        for urn, group, easting in [
            (100_000, "in_need", 400_000),
            (100_001, "high_performing", 408_046),
            (100_002, "high_performing", 408_047),
            (100_003, "high_performing", 393_563),
            (100_004, "high_performing", 393_562),
            *([(100_005, "high_performing", 400_001)] if is_secondary else []),
        ]
    )
    radius_miles = {"primary": 5, "secondary": 4}
    found = written(tmp_path, schools, radius_miles=radius_miles, curve_miles=[4, 5])
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
    assert found["radius_curve"][["phase", "radius_miles", "partners"]].to_numpy().tolist() == [
        ["primary", 4, 1],
        ["primary", 5, 3],
        ["secondary", 4, 2],
        ["secondary", 5, 4],
    ]
    as_the_other_tests_get_it = matched(schools, radius_miles, [4, 5])
    for name, table in zip(match.OUTPUTS, as_the_other_tests_get_it, strict=True):
        pd.testing.assert_frame_equal(table[found[name].columns], found[name], check_dtype=False)


def test_the_fewest_and_the_most_partners_of_schools_that_are_or_may_be_in_need():
    """On a line, 1 km apart, within 2.5 km: known in need, high-performing, maybe both, unknown need, known neither."""
    flags = [(False, True), (True, False), (None, None), (True, None), (False, False)]
    schools = pd.DataFrame({"urn": range(100_000, 100_005), "easting": range(400_000, 405_000, 1000)})
    schools = schools.assign(
        northing=300_000,
        high_performing=pd.array([high for high, _ in flags], dtype="boolean"),
        in_need=pd.array([need for _, need in flags], dtype="boolean"),
    )
    found = match.reach_bounds(schools, 2500.0)
    assert found.to_numpy().tolist() == [
        # URN, known, fewest, most, nearest at best and at worst: 100003 may be in need, so no certain partner
        [100_000, True, 1, 2, 1000, 1000],
        [100_002, False, 1, 2, 1000, 1000],  # 100001 and 100003
        [100_003, False, 1, 2, 1000, 2000],
    ]
    nobody = match.reach_bounds(schools.iloc[[0]], 2500.0)
    assert nobody[["partners_lower", "partners_upper"]].to_numpy().tolist() == [[0, 0]]
    assert nobody[["nearest_m_lower", "nearest_m_upper"]].isna().all(axis=None)


# --- Travel times ---------------------------------------------------------------------------------------------


def times(*rows):
    """Travel times, as clean/travel has them, from (urn, other urn, minutes)."""
    return pd.DataFrame(rows, columns=["urn", "partner_urn", "minutes"]).astype({"minutes": "float64"})


# On a line, in km: 100000 is in need, the others could be its partners; the radius is 5 km, 20 minutes are near enough.
ON_A_LINE = [("in_need", (400_000, 300_000))]
ON_A_LINE += [("high_performing", (400_000 + 1000 * km, 300_000)) for km in (1, 2, 3, 4, 40, 41, 42)]
TIMES = times(
    (100_000, 100_001, 20),  # as long as may be
    (100_000, 100_002, 20.1),  # near, but too long
    (100_003, 100_000, 25),  # only the way back has a time
    (100_000, 100_005, 19),  # far, but quick
    (100_006, 100_000, 19),  # the same by the way back
    (100_000, 100_007, 21),
    (100_007, 100_000, 3),  # the way there has a time, so the way back does not count
    (100_004, 100_005, 1),  # no pair of a school in need and a partner
    (100_000, 999_999, 1),  # no school of the phase
)  # 100004 has none: the straight line decides


def test_a_travel_time_decides_where_there_is_one_and_the_straight_line_elsewhere():
    travel = match.Travel(TIMES, 20)
    partners, reach, curve = match.match(schools_at(ON_A_LINE), 5000, {1: 1609.344, 3: 4828.032}, travel)
    assert partners[["partner_urn", "distance_m"]].to_numpy().tolist() == [
        [100_001, 1000],
        [100_004, 4000],
        [100_005, 40_000],
        [100_006, 41_000],
    ]
    assert partners["minutes"].fillna(-1).tolist() == [20, -1, 19, 19]
    assert reach[["partners", "partners_by_time", "nearest_m"]].to_numpy().tolist() == [[4, 3, 1000]]
    assert curve["partners"].tolist() == [1, 4]  # of straight lines alone


def test_bounds_are_judged_by_travel_times_too():
    """100000 is in need; 100001 is high-performing, 100002 and 100003 may be; 100003 may also be in need."""
    schools = pd.DataFrame(
        {"urn": range(100_000, 100_004), "easting": range(400_000, 404_000, 1000), "northing": 300_000}
    )
    schools["high_performing"] = pd.array([False, True, None, None], dtype="boolean")
    schools["in_need"] = pd.array([True, False, False, None], dtype="boolean")
    travel = times((100_000, 100_001, 21), (100_000, 100_003, 5), (100_002, 100_003, 21))
    found = match.reach_bounds(schools, 2500.0, match.Travel(travel, 20)).set_index("urn")
    assert found[["partners_lower", "partners_upper"]].to_numpy().tolist() == [
        [0, 2],  # not 100001, which takes too long; maybe 100002, by the straight line, and 100003, by its time
        [1, 1],  # 100003: 100001 by the straight line, not 100002
    ]


@examples(max_examples=50)
@given(rows=places, radius_m=radii)
def test_without_a_time_for_any_pair_all_is_as_without_travel_times(rows, radius_m):
    schools, curve = schools_at(rows), {1: 1609.344, 5: 8046.72}
    plain = match.match(schools, radius_m, curve)
    partners, reach, counts = match.match(schools, radius_m, curve, match.Travel(times((1, 2, 3)), 20))
    assert partners.pop("minutes").isna().all() and (reach.pop("partners_by_time") == 0).all()
    for found, expected in zip((partners, reach, counts), plain, strict=True):
        pd.testing.assert_frame_equal(found, expected, check_index_type=False)


@examples(max_examples=50)
@given(rows=places, radius_m=radii, way=st.booleans(), some=st.randoms(use_true_random=False))
def test_times_at_one_speed_along_straight_lines_change_no_partner(rows, radius_m, way, some):
    """Whichever pairs have a time, and in whichever direction: a metre a minute, and as many minutes as the radius."""
    pairs = [(*(pair if way else pair[::-1]), d**0.5) for pair, d in squared_distances(rows).items()]
    travel = times(*some.sample(pairs, some.randint(0, len(pairs))))
    schools = schools_at(rows)
    plain, _, _ = match.match(schools, radius_m, {1: 1609.344})
    found, reach, _ = match.match(schools, radius_m, {1: 1609.344}, match.Travel(travel, radius_m))
    pd.testing.assert_frame_equal(found[plain.columns], plain, check_dtype=False, check_index_type=False)
    assert reach["partners_by_time"].sum() == found["minutes"].notna().sum() == (travel["minutes"] <= radius_m).sum()


def test_each_phase_has_its_own_minutes_and_its_radius_is_a_point_of_the_curve(tmp_path):
    schools = schools_table(
        (phase, "London", "Camden", group, easting, 300_000, {"urn": urn})
        for phase in ("primary", "secondary")
        for urn, group, easting in [(100_000, "in_need", 400_000), (100_001, "high_performing", 401_000)]
    )
    given = {"radius_miles": {"primary": 5, "secondary": 4.5}, "curve_miles": [4, 5]}
    minutes = {"primary": 10, "secondary": 9}
    found = written(tmp_path, schools, **given, travel=times((100_000, 100_001, 10)), travel_minutes=minutes)
    assert found["partners"][["phase", "minutes"]].to_numpy().tolist() == [["primary", 10]]
    assert found["reach"]["partners"].tolist() == found["bounds"]["partners_upper"].tolist() == [1, 0]
    assert found["radius_curve"][["radius_miles", "partners"]].to_numpy().tolist() == [
        *([4, 1], [5, 1]),  # primary
        *([4, 1], [4.5, 1], [5, 1]),
    ]
    plain = written(tmp_path, schools, **given)
    assert "minutes" not in plain["partners"] and "partners_by_time" not in plain["reach"]
