"""Pairing: the matching against brute force and a second solver, small tables to be checked by eye, and its laws."""

import functools
import itertools
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

import pair
import pair_areas
from lib import pairing, tables
from lib.domain import METRES_PER_MILE, PAIRED, PARTNER_TRUSTS, PHASES
from match import match

SEEDS = range(6)
MOST = [1, 2, 3]
RADIUS_MILES = 5
CURVE_MILES = (1, 2, 5, 10)
PARTS = [
    {"id": "same_setting", "attribute": "setting", "is": "same"},
    {"id": "similar_size", "attribute": "pupils_on_roll", "is": "within_factor", "value": 2},
    {"id": "similar_intake", "attribute": "fsm_pct", "is": "within", "value": 10},
]

# The matching.


def random_pairs(rng, needing, helpers, share, farthest=50):
    """(needing, helper, distance) of some of all pairs that could be, in the order of the first two."""
    i, j = np.nonzero(rng.random((needing, helpers)) < share)
    return i, j, rng.integers(0, farthest, len(i))


def best_by_trying(i, j, distance, most):
    """(most pairs, least total distance) over every choice of a helper, or none, for each in need."""
    metres = dict(zip(zip(i.tolist(), j.tolist(), strict=True), distance.tolist(), strict=True))
    choices = [[None, *(helper for one, helper in metres if one == need)] for need in range(max(i, default=-1) + 1)]
    best = 0, 0
    for chosen in itertools.product(*choices):
        pairs = [(need, helper) for need, helper in enumerate(chosen) if helper is not None]
        helpers = [helper for _, helper in pairs]
        if all(helpers.count(helper) <= most for helper in set(helpers)):
            best = max(best, (len(pairs), -sum(metres[one] for one in pairs)))
    return best[0], -best[1]


def best_by_assignment(i, j, distance, most):
    """The same by SciPy's solver of dense assignments: a price beyond all distances for each that stays alone."""
    needing, price = max(i) + 1, distance.sum() + 1
    cost = np.full((needing, (max(j) + 1) * most + needing), price, dtype=float)
    for place in range(most):
        cost[i, j * most + place] = distance
    chosen = cost[linear_sum_assignment(cost)]
    return int((chosen < price).sum()), int(chosen[chosen < price].sum())


def made_of(i, j, distance, most):
    """(pairs, total distance) that `nearest_pairs` makes; fails where they are not allowed."""
    made = pairing.nearest_pairs(i, j, distance, most)
    assert (np.diff(made) > 0).all()
    assert len(np.unique(i[made])) == len(made) and np.bincount(j[made]).max(initial=0) <= most
    return len(made), int(distance[made].sum())


@pytest.mark.parametrize("most", MOST)
def test_pairs_are_as_many_and_as_near_as_trying_every_choice_finds(most):
    rng = np.random.default_rng(most)
    for _ in range(150):
        needing, helpers = rng.integers(1, 6, 2)
        i, j, distance = random_pairs(rng, needing, helpers, rng.choice([0.2, 0.5, 0.9]), rng.choice([1, 3, 50]))
        best = best_by_trying(i, j, distance, most)
        assert made_of(i, j, distance, most) == best
        assert pairing.most_pairs(i, j, most) == best[0]


@pytest.mark.parametrize("most", MOST)
@pytest.mark.parametrize("shape", [(120, 60, 0.03), (60, 120, 0.05), (200, 40, 0.2), (90, 90, 1)])
def test_pairs_are_those_of_a_second_solver(shape, most):
    i, j, distance = random_pairs(np.random.default_rng(most), *shape, 70_000)
    best = best_by_assignment(i, j, distance, most)
    assert made_of(i, j, distance, most) == best
    assert pairing.most_pairs(i, j, most) == best[0]


def test_no_pairs_and_pairs_without_any_distance():
    none = np.empty(0, dtype=np.int64)
    assert made_of(none, none, none, 2) == (0, 0) and pairing.most_pairs(none, none, 2) == 0
    i, j = (np.array(end) for end in ([0, 0, 1, 2], [0, 1, 0, 1]))
    assert made_of(i, j, np.zeros(4, dtype=np.int64), 1) == (2, 0)


def test_size_goes_by_the_pairs_in_whatever_order_they_stand_and_whoever_has_none():
    """The third of four in need has no helper, nor has the helper between the two others anyone."""
    i, j = np.array([3, 0, 1, 0]), np.array([2, 0, 0, 2])
    assert [pairing.most_pairs(i, j, most) for most in MOST] == [2, 3, 3]
    assert pairing.nearest_pairs(i, j, np.array([5, 5, 4, 1]), 1).tolist() == [2, 3]


def schools_at_random(rng, count, width_m):
    return rng.integers(0, width_m, (count, 2))


def test_size_of_england_is_paired_in_a_moment():
    """5,000 in need and as many helpers, where each has some twenty of the others near; twice, the same pairs."""
    rng = np.random.default_rng(1)
    needing, helpers = schools_at_random(rng, 5_000, 200_000), schools_at_random(rng, 5_000, 200_000)
    i, j, distance = pair.pairs_within(needing, helpers, RADIUS_MILES * METRES_PER_MILE)
    tenths = (distance * 10).round().astype("int64")
    began = time.perf_counter()
    made = [pairing.nearest_pairs(i, j, tenths, most) for most in MOST]
    assert time.perf_counter() - began < 20
    assert [len(pairs) for pairs in made] == [pairing.most_pairs(i, j, most) for most in MOST]
    assert (made[1] == pairing.nearest_pairs(i, j, tenths, 2)).all()


def test_size_is_found_in_a_moment_where_every_school_may_be_on_either_side():
    """As in a release in which no school's need is known: 16,000 on both sides, of whom none is its own partner."""
    points = schools_at_random(np.random.default_rng(2), 16_000, 300_000)
    i, j, _ = pair.pairs_within(points, points, RADIUS_MILES * METRES_PER_MILE)
    i, j = i[i != j], j[i != j]
    began = time.perf_counter()
    found = [pairing.most_pairs(i, j, most) for most in MOST]
    assert time.perf_counter() - began < 20
    assert found[0] <= found[1] <= found[2] == len(np.unique(i))


# By eye. Along one road, in metres; the radius is 1,000:
#   A 0    X 300    B 500    C 1,000    Y 1,400        D 9,000; E is somewhere
# So A has X (300 off); B has X (200) and Y (900); C has X (700) and Y (400).

A, B, C, D, E, X, Y = range(101, 108)
NEEDING = pd.DataFrame({"urn": [A, B, C, D, E], "easting": pd.array([0, 500, 1000, 9000, None], dtype="Int64")})
NEAR = pd.DataFrame(
    [(A, X, 300.0), (B, X, 200.0), (B, Y, 900.0), (C, Y, 400.0), (C, X, 700.0)],
    columns=["urn", "partner_urn", "distance_m"],
)


def test_load_by_eye():
    found = pair.load(pd.DataFrame({"urn": [X, Y, 108]}), NEAR)
    assert found.to_dict("list") == {"urn": [X, Y, 108], "schools_in_need": [3, 2, 0], "only_partner_of": [1, 0, 0]}


def test_pairs_by_eye():
    """Each takes one: B and C are 600 from theirs in all, A and C 700, A and B 1,200. Each takes two: all three."""
    one, two = (pair.pair_up(NEEDING, NEAR, most).set_index("urn") for most in (1, 2))
    left = ["no_helper_near", "without_coordinates"]
    assert one["outcome"].tolist() == ["helpers_taken", "paired", "paired", *left]
    assert one["partner_urn"].dropna().to_dict() == {B: X, C: Y}
    assert one["distance_m"].dropna().to_dict() == {B: 200, C: 400}
    assert two["outcome"].tolist() == ["paired"] * 3 + left
    assert two["partner_urn"].dropna().to_dict() == {A: X, B: X, C: Y}
    assert (one["most_per_helper"] == 1).all() and (two["most_per_helper"] == 2).all()


def test_as_many_as_can_be_comes_before_near():
    """Q is next to X, but P has no other: Q goes to the farther one."""
    near = pd.DataFrame({"urn": [1, 2, 2], "partner_urn": [8, 8, 9], "distance_m": [900.0, 0.1, 999.9]})
    found = pair.pair_up(pd.DataFrame({"urn": [1, 2], "easting": [0, 0]}), near, 1)
    assert found["partner_urn"].tolist() == [8, 9]


def test_distances_are_told_apart_to_the_tenth_of_a_metre():
    near = pd.DataFrame({"urn": [1, 1, 2, 2], "partner_urn": [8, 9, 8, 9], "distance_m": [5.1, 5.0, 5.0, 5.0]})
    found = pair.pair_up(pd.DataFrame({"urn": [1, 2], "easting": [0, 0]}), near, 1)
    assert found["partner_urn"].tolist() == [9, 8]


def test_curve_by_eye():
    """Within a mile C reaches X and Y, as B does; half a mile (805 m) is too short for B to Y. D and E have nobody."""
    needing, helpers = (np.array([[x, 0] for x in of]) for of in ([0, 500, 1000, 9000], [300, 1400]))
    radii = {miles: miles * METRES_PER_MILE for miles in (0.1, 0.15, 0.5, 1)}
    found = pair.curve(needing, helpers, radii, [1, 2]).set_index(["radius_miles", "most_per_helper"])
    assert found["with_partner"].to_dict() == {
        **dict.fromkeys([(0.1, 1), (0.1, 2)], 0),
        **dict.fromkeys([(0.15, 1), (0.15, 2)], 1),
        **dict.fromkeys([(0.5, 1), (0.5, 2), (1, 1), (1, 2)], 3),
    }
    assert found.xs(1, level="most_per_helper")["paired"].tolist() == [0, 1, 2, 2]
    assert found.xs(2, level="most_per_helper")["paired"].tolist() == [0, 1, 3, 3]
    assert (found["in_need"] == 4).all()


def test_bounds_by_eye():
    """A is in need; X helps. B may be in need, and Y may be either or both; all within the radius."""
    schools = pd.DataFrame(
        {
            "urn": [A, X, B, Y],
            "high_performing": pd.array([False, True, False, None], dtype="boolean"),
            "in_need": pd.array([True, False, None, None], dtype="boolean"),
            "easting": pd.array([0, 300, 500, 900], dtype="Int64"),
            "northing": pd.array([0, 0, 0, 0], dtype="Int64"),
        }
    )
    found = pair.pairing_bounds(schools, 1000, [1, 2]).set_index("most_per_helper")
    # At least A with X. At most A, B and Y are in need, and X and Y help.
    assert found["paired_lower"].to_dict() == {1: 1, 2: 1}
    assert found["paired_upper"].to_dict() == {1: 2, 2: 3}
    # Should B and Y be in need, X is alone.
    assert found["left_over_lower"].to_dict() == {1: 0, 2: 0}
    assert found["left_over_upper"].to_dict() == {1: 2, 2: 1}
    without = schools.assign(easting=pd.array([0, None, 500, None], dtype="Int64"))
    rows = pair.pairing_bounds(without, 1000, [1]).iloc[0].to_dict()
    nobody = {"paired_lower": 0, "paired_upper": 0, "left_over_lower": 1, "left_over_upper": 2}
    assert rows == {"most_per_helper": 1} | nobody


def school(urn, group, x, **stated):
    """A school along the road with what `of_phase` reads; in no trust, urban, of 200 pupils unless stated."""
    of_school = {"urn": urn, "phase": "primary", "group": group, "type": "community", "trust": None, "trust_code": None}
    of_school |= {"setting": "urban", "pupils_on_roll": 200, "fsm_pct": 20.0, "easting": x, "northing": 0}
    of_school |= {"la_code": "201", "la_name": "Alder", "region": "North", "constituency": None}
    known = group != "not_assessable"
    of_school |= {name: group == name if known else None for name in ("high_performing", "in_need")}
    return of_school | ({"northing": None} if x is None else {}) | stated


TYPES = dict.fromkeys(("easting", "northing", "pupils_on_roll"), "Int64") | {"fsm_pct": "float64"}
TYPES |= dict.fromkeys(("high_performing", "in_need"), "boolean")
TYPES |= dict.fromkeys(("type", "trust", "trust_code", "setting", "region", "la_code", "la_name"), "str")


def frame(rows):
    return pd.DataFrame(rows).astype(TYPES)


TRUST = {"type": "academy_converter", "trust": "Trust One", "trust_code": "1"}
OTHER = {"type": "free_school", "trust": "Trust Two", "trust_code": "2"}
ROAD = [
    school(A, "in_need", 0, **TRUST),
    school(B, "in_need", 500, pupils_on_roll=50),
    school(C, "in_need", 1000, type="academy_sponsor_led", pupils_on_roll=None, fsm_pct=None),
    school(D, "in_need", 9000, setting="rural", region="South", la_code="202", la_name="Birch", **OTHER),
    school(E, "in_need", None, **TRUST),
    school(X, "high_performing", 300, pupils_on_roll=300, **TRUST),
    school(Y, "high_performing", 1400, setting="rural", **OTHER),
    school(109, "high_performing", None, **OTHER),
]


def road_tables():
    schools = frame(ROAD)
    needing, helpers = (schools[schools["group"] == group] for group in ("in_need", "high_performing"))
    pairs = pair.pairs_alike(schools, NEAR, PARTS)
    return schools, pairs, pair.support(needing, helpers, pairs)


def test_likeness_of_pairs_by_eye():
    """C's size is not known; that Y is rural is, and that settles it."""
    _, pairs, _ = road_tables()
    found = {(row["urn"], row["partner_urn"]): (row["alike"], row["partner_trust"]) for row in pairs.to_dict("records")}
    assert found == {
        (A, X): (True, "same_trust"),
        (B, X): (False, "another_trust"),  # six times as many pupils
        (B, Y): (False, "another_trust"),
        (C, Y): (False, "unknown"),
        (C, X): (None, "unknown"),
    }


def test_support_by_eye():
    _, _, found = road_tables()
    found = found.set_index("urn")
    counts = {name: found[name].tolist() for name in ("partners", "alike_partners", "alike_partners_upper")}
    assert counts == {
        "partners": [1, 2, 2, 0, pd.NA],
        "alike_partners": [1, 0, 0, 0, pd.NA],
        "alike_partners_upper": [1, 0, 1, 0, pd.NA],
    }
    assert found["partners_same_trust"].tolist() == [1, 0, 0, 0, pd.NA]
    assert found["partners_unknown"].tolist() == [0, 0, 2, 0, pd.NA]
    assert found["pupils"].tolist() == [200, 50, pd.NA, 200, 200]
    # D's trust has one without coordinates and one far off, E's has X; C's trust is not stated, and B is in none.
    assert found["own_trust_has_helper"].tolist() == [True, pd.NA, pd.NA, True, True]
    assert found["trust_code"].fillna("none").tolist() == ["1", "none", "none", "2", "1"]


def test_a_trust_without_a_known_helper_may_have_one_of_unknown_trust():
    needing = frame([school(A, "in_need", 0, **TRUST), school(B, "in_need", 0, **OTHER)])
    pairs = pd.DataFrame({"urn": [], "alike": pd.array([], dtype="boolean"), "partner_trust": []})
    able = [school(X, "high_performing", 9000, **OTHER), school(Y, "high_performing", 9000)]
    found = pair.support(needing, frame(able), pairs)
    assert found["own_trust_has_helper"].tolist() == [False, True]  # Y is in no trust
    able.append(school(109, "high_performing", 9000, type="free_school"))
    found = pair.support(needing, frame(able), pairs).assign(partners=0)
    assert found["own_trust_has_helper"].tolist() == [pd.NA, True]
    rows = pair_areas.support(pair_areas.areas_of(needing), found).set_index("level")
    assert rows.loc["england", ["academies", "same_trust_anywhere"]].tolist() == [2, 1]


def test_sums_by_eye():
    schools, pairs, of_need = road_tables()
    areas = pair_areas.areas_of(schools)
    rows = pair_areas.support(areas, of_need).set_index(["level", "area"]).sort_index()
    assert len(rows) == 1 + 2 + 2 + 2
    england = rows.loc[("england", "England")]
    expected = {
        **{"in_need": 4, "without_partner": 1, "without_alike_lower": 2, "without_alike_upper": 3},
        **{"median_partners": 1.5, "median_alike_lower": 0, "median_alike_upper": 0.5},
        **{"academies": 2, "same_trust_near": 1, "same_trust_anywhere": 2},
        **{"pupils": 450, "pupils_without_partner": 200, "pupils_unknown": 1},
        **{"pupils_without_alike_lower": 250, "pupils_without_alike_upper": 250},
    }
    assert england[list(expected)].to_dict() == expected
    assert rows.loc[("urban_rural", "Rural"), "without_partner"] == 1
    assert rows.loc[("local_authorities", "Birch"), ["area_code", "region", "in_need"]].tolist() == ["202", "South", 1]

    paired = pd.concat([pair.pair_up(frame(ROAD[:5]), NEAR, most) for most in (1, 2)])
    extent = pair.pairing_bounds(schools, 1000, [1, 2])
    rows = pair_areas.pairing(areas, paired, extent)
    rows = rows.set_index(["level", "area", "most_per_helper"]).sort_index()
    one = rows.loc[("england", "England", 1)]
    outcomes = {"paired": 2, "helpers_taken": 1, "no_helper_near": 1, "without_coordinates": 1}
    assert one[list(PAIRED)].to_dict() == outcomes and one["in_need"] == 5
    assert (one["share_paired"], one["median_distance_m"]) == (0.5, 300)
    assert (one["paired_lower"], one["paired_upper"], one["left_over_upper"]) == (2, 2, 2)
    assert rows.loc[("regions", "South", 1), ["in_need", "no_helper_near", "share_paired"]].tolist() == [1, 1, 0]
    assert rows.loc["regions", "paired_lower"].isna().all()

    parts = pair_areas.likeness_parts(schools, pairs, PARTS).set_index("part")
    counts = ["alike", "not_alike", "not_known", "schools", "schools_known"]
    assert parts[counts].T.to_dict("list") == {
        "same_setting": [3, 2, 0, 8, 8],
        "similar_size": [1, 2, 2, 8, 7],
        "similar_intake": [3, 0, 2, 8, 7],
        "alike": [1, 3, 1, 8, 7],
    }

    trusts = pair_areas.trusts(schools, of_need).set_index("trust_code")
    assert trusts["trust"].to_dict() == {"1": "Trust One", "2": "Trust Two"}
    counts = ["schools", "high_performing", "in_need", "same_trust_near"]
    assert trusts[counts].T.to_dict("list") == {"1": [3, 1, 2, 1], "2": [3, 2, 1, 0]}


def test_an_area_lies_where_most_of_its_schools_do_whether_in_need_or_not():
    """The one in need is in the North by the register, its authority's others in the South."""
    schools = frame(
        [school(1, "in_need", 0), *(school(urn, "neither", 0, region="South", phase="secondary") for urn in (2, 3))]
    )
    areas = pair_areas.areas_of(schools)["local_authorities"]
    assert areas["region"].tolist() == ["South"] * 3


def test_a_trust_that_the_register_names_in_two_ways_is_one_by_its_code():
    rows = [school(1, "in_need", 0, **TRUST), school(2, "neither", 0, **TRUST | {"trust": "TRUST ONE"})]
    rows += [school(urn, "neither", 0, type="free_school", trust="Trust Three") for urn in (3, 4)]
    rows += [school(5, "neither", 0, type="foundation", trust="Trust One", trust_code="1")]
    schools = frame(rows)
    of_need = pair.support(schools[:1], schools[:0], pair.pairs_alike(schools, NEAR[:0], PARTS))
    found = pair_areas.trusts(schools, of_need)
    assert found["trust"].tolist() == ["Trust One", "Trust Three"]
    assert found["schools"].tolist() == [2, 2] and found["trust_code"].isna().tolist() == [False, True]


# The whole step.

OF_TABLE = pair.outputs({"primary": PARTS})


def step(schools, radius_miles=RADIUS_MILES):
    """{table: its rows} of one phase, each held against its schema, and the pairs within the radius."""
    [phase] = schools["phase"].unique()
    radius_m = radius_miles * METRES_PER_MILE
    partners, *_ = match(schools, radius_m, {1: METRES_PER_MILE})
    params = SimpleNamespace(
        most_per_helper=MOST, alike={phase: PARTS}, curve_miles=CURVE_MILES, radius_miles={phase: radius_miles}
    )
    found = pair.of_phase(schools, partners, pair_areas.areas_of(schools), None, params)
    conformed = {name: tables.conform(table.assign(phase=phase), OF_TABLE[name], name) for name, table in found}
    assert conformed.keys() == OF_TABLE.keys()
    return conformed, partners


def random_schools(seed, count=90, phase="primary"):
    """Schools of every group in some regions; a tenth without coordinates, and of each attribute some not known."""
    rng = np.random.default_rng(seed)
    unknown = rng.choice([0.0, 0.3, 1.0], p=[0.3, 0.5, 0.2])

    def maybe(value):
        return None if rng.random() < unknown else value

    rows = []
    for urn in range(100_000, 100_000 + count):
        group = rng.choice(["in_need", "high_performing", "neither", "not_assessable"], p=[0.35, 0.3, 0.15, 0.2])
        placed, region = rng.random() < 0.9, int(rng.integers(0, 3))
        row = school(urn, str(group), int(rng.integers(0, 40_000)) if placed else None, phase=phase)
        row |= {"northing": int(rng.integers(0, 40_000)) if placed else None}
        row |= {"la_code": f"{200 + region}", "la_name": f"Area {region}", "region": f"Region {region}"}
        row |= {
            "setting": maybe(str(rng.choice(["urban", "rural"]))),
            "pupils_on_roll": maybe(int(rng.integers(50, 400))),
        }
        row |= {"fsm_pct": maybe(float(rng.integers(0, 400)) / 10)}
        code = int(rng.integers(0, 6))
        row |= {"type": str(rng.choice(["community", "foundation", "academy_converter", "free_school"]))}
        row |= {"trust_code": str(code) if code else None, "trust": f"Trust {code}" if code else None}
        if group == "not_assessable":  # in one, the other, or both respects
            either = int(rng.integers(0, 3))
            row |= {"high_performing": None if either else False, "in_need": None if either != 1 else False}
        rows.append(row)
    return frame(rows)


@functools.cache
def step_of(seed):
    return step(random_schools(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_helper_takes_more_than_it_may_and_each_in_need_is_paired_once_with_a_partner(seed):
    schools = random_schools(seed)
    found, partners = step_of(seed)
    within = set(partners[["urn", "partner_urn"]].itertuples(index=False, name=None))
    need = set(schools.loc[schools["group"] == "in_need", "urn"])
    for most, of_most in found["pairing"].groupby("most_per_helper"):
        assert of_most["urn"].is_unique and set(of_most["urn"]) == need
        made = of_most[of_most["outcome"] == "paired"]
        assert set(made[["urn", "partner_urn"]].itertuples(index=False, name=None)) <= within
        assert made["partner_urn"].value_counts().max() <= most
        assert of_most["partner_urn"].notna().sum() == len(made)
        without = set(of_most.loc[of_most["outcome"] == "no_helper_near", "urn"])
        assert without.isdisjoint(urn for urn, _ in within)
        assert set(of_most.loc[of_most["outcome"] == "helpers_taken", "urn"]) <= {urn for urn, _ in within}


@pytest.mark.parametrize("seed", SEEDS)
def test_size_never_falls_with_what_a_helper_takes_or_the_radius_and_exceeds_neither_side(seed):
    found, _ = step_of(seed)
    sizes = found["pairing_curve"].pivot(index="radius_miles", columns="most_per_helper", values="paired").to_numpy()
    assert (np.diff(sizes, axis=0) >= 0).all() and (np.diff(sizes, axis=1) >= 0).all()
    helpers = len(found["load"])
    assert (sizes <= np.array(MOST) * helpers).all()
    assert (found["pairing_curve"]["paired"] <= found["pairing_curve"]["with_partner"]).all()
    assert (found["pairing_curve"]["with_partner"] <= found["pairing_curve"]["in_need"]).all()
    # The radius of the run is one of the curve's: the same number, by the other way of pairing.
    paired = found["pairing"].eq("paired").groupby(found["pairing"]["most_per_helper"])["outcome"].sum()
    assert sizes[CURVE_MILES.index(RADIUS_MILES)].tolist() == paired.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_alike_are_never_more_than_near_and_loads_and_trusts_sum_to_the_pairs(seed):
    found, partners = step_of(seed)
    support = found["support"].dropna(subset="partners")
    assert (support["alike_partners"] <= support["alike_partners_upper"]).all()
    assert (support["alike_partners_upper"] <= support["partners"]).all()
    assert (
        support["partners"].sum() == found["load"]["schools_in_need"].sum() == len(partners) == len(found["likeness"])
    )
    assert found["load"]["only_partner_of"].sum() == (support["partners"] == 1).sum()
    assert (support[[f"partners_{whose}" for whose in PARTNER_TRUSTS]].sum(axis=1) == support["partners"]).all()
    parts = found["likeness_parts"]
    assert (parts[["alike", "not_alike", "not_known"]].sum(axis=1) == len(partners)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_outcomes_sum_to_those_in_need_and_areas_to_england(seed):
    found, _ = step_of(seed)
    pairs, support = found["pairing_of_areas"], found["support_of_areas"]
    assert (pairs[list(PAIRED)].sum(axis=1) == pairs["in_need"]).all()
    sums = pairs.groupby(["level", "most_per_helper"])[["in_need", *PAIRED]].sum()
    added = [name for name in support if str(support[name].dtype) in ("int64", "Int64")]
    assert "pupils_without_alike_upper" in added and "in_need" in added
    of_support = support.groupby("level")[added].sum()
    for level in pair_areas.LEVELS:
        assert sums.loc[level].equals(sums.loc["england"])
        assert of_support.loc[level].equals(of_support.loc["england"])
    assert (support["without_partner"] <= support["without_alike_lower"]).all()
    assert (support["without_alike_lower"] <= support["without_alike_upper"]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_hold_however_unknown_groups_turn_out(seed):
    schools, rng = random_schools(seed), np.random.default_rng(seed)
    radius_m = RADIUS_MILES * METRES_PER_MILE
    bounds = pair.pairing_bounds(schools, radius_m, MOST).set_index("most_per_helper")
    assert schools["in_need"].isna().any() and schools["high_performing"].isna().any()
    for _ in range(12):
        chance = rng.choice([0.0, 0.2, 0.5, 0.8, 1.0], 2)
        filled = {
            name: schools[name].fillna(pd.Series(pd.array(rng.random(len(schools)) < likely, dtype="boolean")))
            for name, likely in zip(("high_performing", "in_need"), chance, strict=True)
        }
        high, need = (filled[name].to_numpy(dtype=bool) for name in filled)
        known = schools.assign(group=np.where(need, "in_need", np.where(high, "high_performing", "neither")))
        partners, *_ = match(known, radius_m, {1: METRES_PER_MILE})
        for most in MOST:
            outcomes = pair.pair_up(known[need], partners, most)["outcome"].value_counts()
            left = outcomes.get("helpers_taken", 0) + outcomes.get("no_helper_near", 0)
            row = bounds.loc[most]
            assert row["paired_lower"] <= outcomes.get("paired", 0) <= row["paired_upper"]
            assert row["left_over_lower"] <= left <= row["left_over_upper"]


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_hold_however_unknown_attributes_turn_out(seed):
    schools, rng = random_schools(seed), np.random.default_rng(seed)
    partners, *_ = match(schools, RADIUS_MILES * METRES_PER_MILE, {1: METRES_PER_MILE})

    def alike(schools):
        needing, helpers = (schools[schools["group"] == group] for group in ("in_need", "high_performing"))
        found = pair.support(needing, helpers, pair.pairs_alike(schools, partners, PARTS)).dropna(subset="partners")
        return found["alike_partners"], found["alike_partners_upper"]

    least, most = alike(schools)
    for _ in range(10):
        drawn = {
            "setting": rng.choice(["urban", "rural"], len(schools)),
            "pupils_on_roll": rng.integers(50, 400, len(schools)),
            "fsm_pct": rng.integers(0, 400, len(schools)) / 10,
        }
        filled = {name: schools[name].fillna(pd.Series(values)) for name, values in drawn.items()}
        known, possible = alike(schools.assign(**filled).astype(TYPES))
        assert known.equals(possible) and known.between(least, most).all()


def test_order_of_the_schools_makes_no_difference():
    schools = random_schools(3)
    again, _ = step(schools.sample(frac=1, random_state=1))
    for name, table in step(schools)[0].items():
        key = list(OF_TABLE[name].key)
        pd.testing.assert_frame_equal(
            table.sort_values(key, ignore_index=True), again[name].sort_values(key, ignore_index=True)
        )


@pytest.mark.parametrize(
    "rows, outcomes",
    [
        ([school(10001, "neither", 0)], {}),
        ([school(10001, "high_performing", 0)], {}),
        ([school(10001, "not_assessable", 0), school(10002, "not_assessable", 500)], {}),
        ([school(10001, "in_need", 0)], {"no_helper_near": 1}),
        ([school(10001, "in_need", None)], {"without_coordinates": 1}),
        ([school(10001, "in_need", None), school(10002, "high_performing", None)], {"without_coordinates": 1}),
        ([school(10001, "in_need", 0), school(10002, "high_performing", 90_000)], {"no_helper_near": 1}),
        ([school(10001, "in_need", 0, setting=None, region=None), school(10002, "high_performing", 0)], {"paired": 1}),
    ],
)
def test_tables_hold_their_schema_where_there_is_nothing_to_pair(rows, outcomes):
    found, _ = step(frame(rows))
    assert found["pairing"].query("most_per_helper == 1")["outcome"].value_counts().to_dict() == outcomes
    england = found["pairing_of_areas"].query("level == 'england'")
    assert england["most_per_helper"].tolist() == MOST  # also where nobody is in need
    assert (england["in_need"] == sum(outcomes.values())).all()
    assert (found["pairing_curve"].groupby("most_per_helper").size() == len(CURVE_MILES)).all()
    for name, table in found.items():
        assert tables.conform(table, OF_TABLE[name]).equals(table)


@pytest.mark.parametrize("phases", [PHASES, PHASES[:1]])
def test_main_writes_both_phases_and_a_part_that_one_of_them_is_not_asked(tmp_path, phases):
    schools = pd.concat([random_schools(3, phase=phase) for phase in phases], ignore_index=True)
    groups = ["group", "high_performing", "in_need"]
    partners = [
        match(of, 5 * METRES_PER_MILE, {1: 1.0})[0].assign(phase=phase) for phase, of in schools.groupby("phase")
    ]
    files = {
        "population": schools.drop(columns=groups),
        "schools": schools[["urn", "phase", *groups]],
        "partners": pd.concat(partners),
    }
    for name, table in files.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)

    class Paths(dict):
        __getattr__ = dict.__getitem__

    out = Paths({name: str(tmp_path / f"{name}.csv") for name in OF_TABLE})
    out |= {f"{name}_parquet": str(tmp_path / f"{name}-made.parquet") for name in ("likeness", "support", "pairing")}
    params = SimpleNamespace(
        most_per_helper=MOST,
        alike={"primary": PARTS[:1], "secondary": PARTS},
        curve_miles=CURVE_MILES,
        radius_miles=dict.fromkeys(PHASES, 5),
    )
    inputs = Paths({name: str(tmp_path / f"{name}.parquet") for name in files}, travel=[])
    pair.main(SimpleNamespace(input=inputs, params=params, output=out))
    found = tables.read(out["likeness"])
    asked = found.groupby("phase")["similar_size"].apply(lambda answers: answers.notna().any())
    assert asked.to_dict() == {"primary": False, **({"secondary": True} if len(phases) > 1 else {})}
    assert len(tables.read(out["pairing_parquet"])) == len(tables.read(out["pairing"]))
