"""Sums by area: shares with their denominators, partners, the radius curve and the headline."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

import aggregate
from example_release import AREAS, example, levels, schools_table, stated_extent, stated_reach
from lib import areas, bounds, domain, schemas, tables
from lib.area_columns import NOT_STATED

COUNTS = ["schools", "high_performing", "in_need", "both", "neither", "not_assessable"]
MATCHED = [
    "in_need_with_coordinates",
    "in_need_without_coordinates",
    "in_need_without_partner",
    "high_performing_without_coordinates",
]
HERE = (530_000, 180_000)
QUARTILES = ["lower_quartile_partners", "median_partners", "upper_quartile_partners"]


def school(group, region="London", phase="primary", **stated):
    """A school of the region's one authority; one in need whose partners are stated to be None has no coordinates."""
    unplaced = group in ("in_need", "both") and stated.get("partners", 0) is None
    return (phase, region, f"Council of {region}", group, *((None, None) if unplaced else HERE), stated)


rows = st.lists(
    st.tuples(
        st.sampled_from([*domain.GROUPS, "both"]),
        st.sampled_from(["London", "North East", "South West"]),
        st.sampled_from(["primary", "secondary"]),
        st.one_of(st.none(), st.integers(0, 12)),  # partners; None for a school without coordinates
    ),
    min_size=1,
    max_size=25,
)


@examples(max_examples=8, phases=[Phase.generate])  # to seek the smallest failing example would take minutes
@given(rows=rows)
def test_areas_sum_to_england_and_hold_their_schema(rows):
    schools = schools_table(
        school(group, region, phase, partners=partners if group in ("in_need", "both") else None)
        for group, region, phase, partners in rows
    )
    reach = stated_reach(schools)
    extent = stated_extent(schools, reach)
    found = levels(schools, reach, extent)
    found["england_missing_here"] = aggregate.by_level(bounds.missing_here(schools), reach, extent, "england")
    columns = [*COUNTS, *MATCHED]
    england = found["england"].set_index("phase")[columns]
    for level, word in AREAS.items():
        schema = schemas.areas_of(word)
        table = tables.conform(found[level][list(schema.columns)], schema)
        # What nobody could assess counts as neither, where only what is missing here is unknown.
        placed_anew = ["neither", "not_assessable"] if level == "england_missing_here" else []
        same = [column for column in columns if column not in placed_anew]
        assert (table.groupby("phase")[same].sum() == england[same]).all(axis=None)
    for phase, of_phase in schools.groupby("phase"):
        row = found["england"].set_index("phase").loc[phase]
        assert row["schools"] == len(of_phase)
        assert row["high_performing"] == (of_phase["group"] == "high_performing").sum()
        assert row[["high_performing", "in_need", "neither", "not_assessable"]].sum() == row["schools"]
        assert row["share_in_need"] == pytest.approx(row["in_need"] / row["schools"])
        here = reach[reach["phase"] == phase]["partners"]
        assert row["in_need_with_coordinates"] == len(here)
        assert row["in_need_without_partner"] == (here == 0).sum()
        assert row["in_need_with_coordinates"] + row["in_need_without_coordinates"] == row["in_need"]
        if len(here):
            assert row["median_partners"] == pytest.approx(np.median(here))
            assert row["upper_quartile_partners"] == pytest.approx(np.percentile(here, 75))
            assert row["share_in_need_without_partner"] == pytest.approx((here == 0).mean())
        else:
            assert pd.isna(row["median_partners"]) and pd.isna(row["share_in_need_without_partner"])


def test_england_where_no_school_is_in_need():
    run = example([school("neither"), school("high_performing")])
    for level, table in run.areas.items():
        (row,) = table.to_dict("records")
        assert (row["in_need"], row["in_need_without_partner"], row["share_in_need"]) == (0, 0, 0), level
        assert pd.isna(row["median_partners"]) and pd.isna(row["high_performing_per_in_need"])
    assert tables.conform(run.radius_curve, schemas.RADIUS_CURVE).empty


def test_shares_count_the_not_assessable_in_the_denominator():
    row = example([school(group) for group in ("both", "high_performing", "not_assessable", "neither")]).england()
    assert (row["share_in_need"], row["share_high_performing"], row["share_not_assessable"]) == (0.25, 0.25, 0.25)
    assert row["both"] == 1 and row["high_performing_per_in_need"] == 1


def test_partners_of_five_schools_and_one_without_coordinates():
    reached = zip([0, 1, 2, 4, 8, None], [9000.0, 800.0, 700.0, 600.0, 500.0, None], strict=True)
    run = example([school("in_need", partners=partners, nearest_m=nearest) for partners, nearest in reached])
    row = run.england()
    assert [row[quartile] for quartile in QUARTILES] == [1, 2, 4]
    assert row["median_nearest_m"] == 700
    assert (row["in_need"], row["in_need_with_coordinates"], row["in_need_without_partner"]) == (6, 5, 1)
    assert row["share_in_need_without_partner"] == 0.2  # of the five that could be matched
    for curve in run.radius_curve.to_dict("records"):
        assert ([curve[q] for q in QUARTILES], curve["share_without_partner"]) == ([1, 2, 4], 0.2), curve["area"]


def test_high_performing_schools_without_coordinates_are_counted():
    nowhere = {"easting": None, "northing": None}
    row = example(
        [school("high_performing"), *[school("high_performing", **nowhere)] * 2, school("neither", **nowhere)]
    ).england()
    assert (row["high_performing"], row["high_performing_without_coordinates"]) == (3, 2)


def test_partners_of_the_other_phase_of_an_all_through_school_are_counted_there():
    counts = {"primary": 2, "secondary": 7}
    run = example([school("in_need", phase=phase, urn=100_000, partners=n) for phase, n in counts.items()])
    assert {phase: run.england(phase)["median_partners"] for phase in counts} == counts


def test_school_without_a_constituency_is_not_lost_from_the_sum():
    unstated = {"constituency": None}
    run = example(
        [
            *(school("in_need", partners=n, **of) for n, of in ((1, {}), (2, unstated), (3, {}))),
            school("neither", "North East", **unstated),
        ]
    )
    table = run.areas["constituencies"].set_index("area")
    assert table["schools"].to_dict() == {"Council of London South": 2, NOT_STATED: 2}
    assert table["median_partners"].to_dict() == {"Council of London South": 2, NOT_STATED: 2}
    assert pd.isna(table.loc[NOT_STATED, "region"])  # its schools lie in no one region


def test_urban_and_rural_schools_are_summed_up_and_those_of_unknown_setting_beside_them():
    settings = ["urban", "rural", "rural", None]
    run = example([school("in_need", partners=n, setting=setting) for n, setting in enumerate(settings)])
    table = run.areas["urban_rural"].set_index("area")
    assert table["in_need"].to_dict() == {"Urban": 1, "Rural": 2, NOT_STATED: 1}
    assert table["median_partners"].to_dict() == {"Urban": 0, "Rural": 1.5, NOT_STATED: 3}
    assert table["region"].isna().all()


def test_register_without_constituencies_gives_a_table_without_rows():
    assert example([school("neither", constituency=None)]).areas["constituencies"].empty


@pytest.mark.parametrize("level", ["local_authorities", "constituencies"])
def test_area_with_a_school_that_the_register_puts_in_another_region_is_one_row(level):
    run = example(
        ("primary", region, authority, "neither", *HERE)
        for region, authority in [("London", "A"), ("South West", "A"), ("London", "A"), ("North East", "B")]
    )
    table = run.areas[level]
    assert table["schools"].tolist() == [3, 1] and table["region"].tolist() == ["London", "North East"]
    # The region's own sum goes by the school, not by the area.
    regions = run.areas["regions"].set_index("area")["schools"].to_dict()
    assert regions == {"London": 2, "South West": 1, "North East": 1}


@pytest.mark.parametrize(
    ("regions", "home"),
    [
        (["South West", "London", "London"], "London"),
        (["London", "South West", "South West"], "South West"),
        (["South West", "London"], "London"),  # as many in each: the first by name
    ],
)
def test_home_of_an_area_is_the_region_of_most_of_its_schools(regions, home):
    schools = schools_table(("primary", region, "Camden", "neither", *HERE) for region in regions)
    assert areas.with_home_region(schools, "la_code").tolist() == [home] * len(regions)


# --- Radius curve and criteria --------------------------------------------------------------------------------


def test_radius_curve_for_england_and_regions():
    schools = schools_table([school("in_need"), school("in_need"), school("in_need", "North East")])
    counts = pd.DataFrame({"urn": [100_000, 100_001, 100_002] * 2, "phase": "primary", "partners": [0, 4, 1, 3, 5, 1]})
    curve = aggregate.radius_curve(schools, counts.assign(radius_miles=[1.0] * 3 + [2.0] * 3))
    tables.conform(curve, schemas.RADIUS_CURVE)
    curve = curve.set_index(["area", "radius_miles"])
    assert curve.loc[("England", 1), ["schools_in_need", "median_partners"]].tolist() == [3, 1]
    assert curve.loc[("England", 1), "share_without_partner"] == pytest.approx(1 / 3)
    assert curve.loc[("London", 1), "median_partners"] == 2 and curve.loc[("London", 2), "median_partners"] == 4


def test_criteria_counts_say_how_many_meet_one_alone():
    schools = pd.DataFrame(
        {
            "phase": "primary",
            "a": ["met", "met", "not_met", "not_assessable"],
            "b": ["met", "not_met", "met", "not_met"],
            "c": ["met", "not_assessable", "not_met", "not_met"],
            "d": [None] * 4,
        }
    )
    counts = aggregate.criteria_counts(
        schools, {"a": "in_need", "b": "in_need", "c": "high_performing", "d": "in_need"}
    )
    tables.conform(counts, schemas.CRITERIA_COUNTS)
    counts = counts.set_index("criterion")
    assert "d" not in counts.index
    assert counts.loc["a", ["met", "not_met", "not_assessable", "met_alone"]].tolist() == [2, 1, 1, 1]
    assert counts.loc["b", "met_alone"] == 1 and counts.loc["c", "met_alone"] == 1


# --- Headline -------------------------------------------------------------------------------------------------


def test_summary_as_the_contract_has_it():
    criteria = {"c": {"group": "in_need", "label": "C"}}
    rows = [
        school("both", easting=None, northing=None, c="met"),
        school("neither", "North East"),
    ]
    headline = example(rows, criteria, synthetic=True).summary
    assert headline["synthetic"] is True and list(headline["phases"]) == ["primary"]
    primary = headline["phases"]["primary"]
    assert (primary["schools"], primary["in_need"], primary["both"], primary["share_in_need"]) == (2, 1, 1, 0.5)
    assert primary["median_partners"] is None and primary["in_need_without_coordinates"] == 1
    assert primary["criteria"] == {"c": {"met": 1, "not_met": 1, "not_assessable": 0}}
    assert [r["region"] for r in headline["regions"]] == ["London", "North East"]
    assert isinstance(headline["regions"][0]["schools"], int)
