"""Sums by area: shares with their denominators, partners, the radius curve and the headline."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

import aggregate
from lib import domain, schemas, tables

COUNTS = ["schools", "high_performing", "in_need", "both", "neither", "not_assessable"]
MATCHED = [
    "in_need_with_coordinates",
    "in_need_without_coordinates",
    "in_need_without_partner",
    "high_performing_without_coordinates",
]
REGIONS = ["London", "North East", "South West"]


def schools_of(rows):
    """Schools from (region, phase, group, both) rows."""
    frame = pd.DataFrame(rows, columns=["region", "phase", "group", "both"])
    frame["urn"] = range(100_000, 100_000 + len(frame))
    frame["la_code"], frame["la_name"] = frame["region"].str[:2], "Council of " + frame["region"]
    frame["constituency"] = frame["region"] + " South"
    frame["easting"] = pd.array([530_000] * len(frame), dtype="Int64")
    return frame.astype({"both": "boolean", "region": "str", "phase": "str", "group": "str"})


def reach_of(schools, partners):
    """Partners of the schools in need, in their order; None for one without coordinates."""
    need = schools.loc[schools["group"] == "in_need", ["urn", "phase"]].assign(partners=list(partners)).dropna()
    nearest = np.where(need["partners"] == 0, 9000.0, 1000.0)
    return need.assign(nearest_m=nearest).astype({"partners": "int64"})


rows = st.lists(
    st.tuples(
        st.sampled_from(REGIONS),
        st.sampled_from(["primary", "secondary"]),
        st.sampled_from(domain.GROUPS),
        st.sampled_from([True, False, None]),
    ),
    min_size=1,
    max_size=25,
)
partner_counts = st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=25, max_size=25)


@examples(max_examples=8, phases=[Phase.generate])  # to seek the smallest failing example would take minutes
@given(rows=rows, partners=partner_counts)
def test_areas_sum_to_england_and_hold_their_schema(rows, partners):
    schools = schools_of(rows)
    reach = reach_of(schools, partners[: (schools["group"] == "in_need").sum()])
    found = aggregate.levels(schools, reach)
    columns = [*COUNTS, *MATCHED]
    england = found["england"].set_index("phase")[columns]
    words = {"regions": "region", "local_authorities": "local authority", "constituencies": "constituency"}
    for level, word in words.items():
        schema = schemas.areas(word)
        table = tables.conform(found[level][list(schema.columns)], schema)
        assert (table.groupby("phase")[columns].sum() == england).all(axis=None)
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
    schools = schools_of([("London", "primary", "neither", False), ("London", "primary", "high_performing", False)])
    reach = reach_of(schools, []).astype({"partners": "int64", "nearest_m": "float64"})
    for level, table in aggregate.levels(schools, reach).items():
        (row,) = table.to_dict("records")
        assert (row["in_need"], row["in_need_without_partner"], row["share_in_need"]) == (0, 0, 0), level
        assert pd.isna(row["median_partners"]) and pd.isna(row["high_performing_per_in_need"])
    curve = aggregate.radius_curve(schools, reach.assign(radius_miles=1.0))
    tables.conform(curve, schemas.RADIUS_CURVE)


def test_shares_count_the_not_assessable_in_the_denominator():
    schools = schools_of(
        [
            ("London", "primary", g, b)
            for g, b in [("in_need", True), ("high_performing", False), ("not_assessable", None), ("neither", False)]
        ]
    )
    (row,) = aggregate.levels(schools, reach_of(schools, [3]))["england"].to_dict("records")
    assert (row["share_in_need"], row["share_high_performing"], row["share_not_assessable"]) == (0.25, 0.25, 0.25)
    assert row["both"] == 1 and row["high_performing_per_in_need"] == 1


def test_partners_of_five_schools_and_one_without_coordinates():
    schools = schools_of([("London", "primary", "in_need", False)] * 6)
    reach = pd.DataFrame(
        {
            "urn": range(100_000, 100_005),
            "phase": "primary",
            "partners": [0, 1, 2, 4, 8],
            "nearest_m": [9000.0, 800.0, 700.0, 600.0, 500.0],
        }
    )
    (row,) = aggregate.areas(schools, reach, []).to_dict("records")
    assert (row["lower_quartile_partners"], row["median_partners"], row["upper_quartile_partners"]) == (1, 2, 4)
    assert row["median_nearest_m"] == 700
    assert (row["in_need"], row["in_need_with_coordinates"], row["in_need_without_partner"]) == (6, 5, 1)
    assert row["share_in_need_without_partner"] == 0.2  # of the five that could be matched


def test_high_performing_schools_without_coordinates_are_counted():
    schools = schools_of([("London", "primary", group, False) for group in ("high_performing",) * 3 + ("neither",)])
    schools["easting"] = pd.array([530_000, None, None, None], dtype="Int64")
    reach = reach_of(schools, []).astype({"partners": "int64", "nearest_m": "float64"})
    (row,) = aggregate.areas(schools, reach, []).to_dict("records")
    assert (row["high_performing"], row["high_performing_without_coordinates"]) == (3, 2)


def test_partners_of_the_other_phase_of_an_all_through_school_stay_apart():
    schools = schools_of([("London", "primary", "in_need", False), ("London", "secondary", "in_need", False)])
    schools["urn"] = 100_000
    reach = pd.DataFrame(
        {"urn": [100_000] * 2, "phase": ["primary", "secondary"], "partners": [2, 7], "nearest_m": [1.0, 2.0]}
    )
    england = aggregate.areas(schools, reach, []).set_index("phase")
    assert england["median_partners"].to_dict() == {"primary": 2, "secondary": 7}


def test_school_without_a_constituency_is_not_lost_from_the_sum():
    schools = schools_of([("London", "primary", "in_need", False)] * 3 + [("North East", "primary", "neither", False)])
    schools.loc[[1, 3], "constituency"] = None
    table = aggregate.levels(schools, reach_of(schools, [1, 2, 3]))["constituencies"].set_index("area")
    assert table["schools"].to_dict() == {"London South": 2, aggregate.NOT_STATED: 2}
    assert table["median_partners"].to_dict() == {"London South": 2, aggregate.NOT_STATED: 2}


def test_schools_without_a_constituency_lie_in_no_one_region():
    schools = schools_of([("London", "primary", "neither", False)] * 3 + [("North East", "primary", "neither", False)])
    schools.loc[[1, 2, 3], "constituency"] = None
    table = aggregate.levels(schools, reach_of(schools, []))["constituencies"].set_index("area")
    assert pd.isna(table.loc[aggregate.NOT_STATED, "region"])


def test_register_without_constituencies_gives_a_table_without_rows():
    schools = schools_of([("London", "primary", "neither", False)])
    schools["constituency"] = pd.Series([None], dtype="str")
    table = aggregate.levels(schools, reach_of(schools, []))["constituencies"]
    schema = schemas.areas("constituency")
    assert tables.conform(table[list(schema.columns)], schema).empty


@pytest.mark.parametrize("level", ["local_authorities", "constituencies"])
def test_area_with_a_school_that_the_register_puts_in_another_region_is_one_row(level):
    schools = schools_of([("London", "primary", "neither", False)] * 3 + [("North East", "primary", "neither", False)])
    schools.loc[1, "region"] = "South West"
    found = aggregate.levels(schools, reach_of(schools, []))
    schema = schemas.areas("local authority" if level == "local_authorities" else "constituency")
    table = tables.conform(found[level][list(schema.columns)], schema)
    assert table["schools"].tolist() == [3, 1] and table["region"].tolist() == ["London", "North East"]
    # The region's own sum goes by the school, not by the area.
    assert found["regions"].set_index("area")["schools"].to_dict() == {"London": 2, "South West": 1, "North East": 1}


@pytest.mark.parametrize(
    ("regions", "home"),
    [
        (["South West", "London", "London"], "London"),
        (["London", "South West", "South West"], "South West"),
        (["South West", "London"], "London"),  # as many in each: the first by name
    ],
)
def test_home_of_an_area_is_the_region_of_most_of_its_schools(regions, home):
    schools = schools_of([(region, "primary", "neither", False) for region in regions]).assign(la_code="201")
    assert aggregate.with_home_region(schools, "la_code")["region"].tolist() == [home] * len(regions)


# --- Radius curve and criteria --------------------------------------------------------------------------------


def test_radius_curve_for_england_and_regions():
    schools = schools_of([("London", "primary", "in_need", False)] * 2 + [("North East", "primary", "in_need", False)])
    ladder = pd.DataFrame(
        [
            (u, "primary", r, p)
            for u, r, p in [
                (100_000, 1, 0),
                (100_001, 1, 4),
                (100_002, 1, 1),
                (100_000, 2, 3),
                (100_001, 2, 5),
                (100_002, 2, 1),
            ]
        ],
        columns=["urn", "phase", "radius_miles", "partners"],
    ).astype({"radius_miles": "float64"})
    curve = aggregate.radius_curve(schools, ladder)
    tables.conform(curve, schemas.RADIUS_CURVE)
    curve = curve.set_index(["area", "radius_miles"])
    assert curve.loc[("England", 1), ["schools_in_need", "median_partners"]].tolist() == [3, 1]
    assert curve.loc[("England", 1), "share_without_partner"] == pytest.approx(1 / 3)
    assert curve.loc[("London", 1), "median_partners"] == 2 and curve.loc[("London", 2), "median_partners"] == 4


def test_radius_curve_of_five_schools():
    schools = schools_of([("London", "primary", "in_need", False)] * 5)
    ladder = pd.DataFrame({"urn": schools["urn"], "phase": "primary", "radius_miles": 1.0, "partners": [0, 1, 2, 4, 8]})
    quartiles = ["lower_quartile_partners", "median_partners", "upper_quartile_partners"]
    for row in aggregate.radius_curve(schools, ladder).to_dict("records"):
        assert ([row[q] for q in quartiles], row["share_without_partner"]) == ([1, 2, 4], 0.2), row["area"]


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
    schools = schools_of([("London", "primary", "in_need", True), ("North East", "primary", "neither", False)])
    schools["c"] = ["met", "not_met"]
    found = aggregate.levels(schools, reach_of(schools, [None]))
    counts = aggregate.criteria_counts(schools, {"c": "in_need"})
    facts = {"release": "demo", "method": "m", "synthetic": True, "reference_date": "2017-03-31", "radius_miles": {}}
    headline = aggregate.summary(found["england"], found["regions"], counts, facts)
    assert headline["synthetic"] is True and list(headline["phases"]) == ["primary"]
    primary = headline["phases"]["primary"]
    assert (primary["schools"], primary["in_need"], primary["both"], primary["share_in_need"]) == (2, 1, 1, 0.5)
    assert primary["median_partners"] is None and primary["in_need_without_coordinates"] == 1
    assert primary["criteria"] == {"c": {"met": 1, "not_met": 1, "not_assessable": 0}}
    assert [r["region"] for r in headline["regions"]] == ["London", "North East"]
    assert isinstance(headline["regions"][0]["schools"], int)
