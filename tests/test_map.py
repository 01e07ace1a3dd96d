"""The map's page: figures, positions, outlines, class limits, colours, and what it must not tell."""

import json
import re

import pandas as pd
import pytest
from bokeh.models import Range1d

import map_release
import school_map
from lib import palette
from lib.run_step import UserError

NORTH = ("201", "Northshire", "North East", "Northtown")
SOUTH = ("202", "Southshire", "South West", "Southtown")


def school(urn, group, place=NORTH, x=400_000, y=500_000, phase="primary"):
    la_code, la_name, region, constituency = place
    return (urn, phase, group, la_code, la_name, region, constituency, x, y)


def two_places():
    """Three schools in the north, one of them in need with one partner; two in the south, far off, one in need."""
    return map_release.schools_table(
        [
            school(100001, "in_need"),
            school(100002, "high_performing", x=403_000, y=504_000),
            school(100003, "neither", x=408_000),
            school(100004, "in_need", SOUTH, x=250_000, y=100_000),
            school(100005, "neither", SOUTH, x=260_000, y=100_000),
            school(100001, "in_need", phase="secondary"),
        ]
    )


def data_of(html):
    """The data in a page."""
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', html, re.DOTALL)[1])


def phase_data(schools, phase="primary"):
    return map_release.data(schools)["phases"][phase]


# ---------------------------------------------------------------- figures and schools


def test_an_area_stands_at_the_mean_of_its_schools():
    regions = phase_data(two_places())["levels"]["region"]
    assert regions["name"] == ["North East", "South West"]
    assert (regions["x"], regions["y"]) == ([403_667, 255_000], [501_333, 100_000])


def test_schools_without_coordinates_do_not_move_their_area_and_one_with_none_stands_nowhere():
    rows = two_places()
    rows.loc[rows["urn"] == 100003, ["easting", "northing"]] = None
    rows.loc[rows["region"] == "South West", ["easting", "northing"]] = None
    regions = phase_data(rows)["levels"]["region"]
    assert (regions["x"], regions["y"]) == ([401_500, None], [502_000, None])


def test_figures_of_areas_are_those_of_the_aggregated_tables():
    authorities = phase_data(two_places())["levels"]["local_authority"]
    assert authorities["key"] == ["201", "202"]
    assert authorities["schools"] == [3, 2]
    assert authorities["high_performing_per_in_need"] == [1, 0]
    assert authorities["median_partners"] == [1, 0]
    assert authorities["in_need_without_partner"] == [0, 1]


def test_figures_of_england_follow_from_the_summary():
    england = phase_data(two_places())["england"]
    assert england["high_performing_per_in_need"] == 0.5
    assert england["in_need_with_coordinates"] == 2
    assert england["share_in_need_without_partner"] == 0.5


def test_high_performing_schools_without_coordinates_are_counted():
    rows = two_places()
    rows.loc[rows["urn"] == 100002, ["easting", "northing"]] = None
    found = phase_data(rows)
    assert found["levels"]["local_authority"]["high_performing_without_coordinates"] == [1, 0]
    assert found["england"]["high_performing_without_coordinates"] == 1


def test_an_area_without_a_school_in_need_has_no_ratio():
    rows = two_places()
    rows.loc[rows["urn"] == 100004, "group"] = "neither"
    authorities = phase_data(rows)["levels"]["local_authority"]
    assert authorities["high_performing_per_in_need"] == [1, None]
    assert authorities["share_in_need_without_partner"] == [0, None]


def test_partners_are_listed_for_each_school_in_need_nearest_first():
    rows = [school(100010, "in_need"), school(100011, "in_need", SOUTH, x=100_000, y=100_000)]
    rows += [school(100012, "high_performing", x=403_000, y=504_000), school(100013, "high_performing", x=400_100)]
    found = phase_data(map_release.schools_table(rows))
    need, x = found["need"], found["schools"]["x"]
    assert need["start"] == [0, 2, 2]
    assert [x[i] for i in need["partner"]] == [400_100, 403_000]
    assert need["distance"] == [100, 5000]
    assert need["nearest"][0] == 100


def test_a_school_in_need_without_coordinates_is_listed_and_not_placed():
    rows = two_places()
    rows.loc[rows["urn"] == 100001, ["easting", "northing"]] = None
    need = phase_data(rows)["need"]
    assert need["placed"] == [0, 1]
    assert need["start"] == [0, 0, 0]


def test_schools_whose_constituency_is_not_stated_are_counted_and_stand_nowhere():
    rows = two_places()
    rows.loc[rows["urn"] == 100005, "constituency"] = None
    found = phase_data(rows)
    constituencies = found["levels"]["constituency"]
    assert constituencies["name"] == ["Northtown", "Not stated in the register", "Southtown"]
    assert (constituencies["x"][1], constituencies["schools"][1]) == (None, 1)
    assert found["schools"]["constituency"] == [0, 0, 0, 2, 1]


def test_schools_in_need_are_numbered_within_their_authority():
    rows = [school(100020 + i, "in_need", SOUTH if i == 1 else NORTH) for i in range(3)]
    assert phase_data(map_release.schools_table(rows))["need"]["number"] == [1, 1, 2]


# ---------------------------------------------------------------- names


def test_the_page_names_no_school_and_gives_no_urn():
    html = map_release.page(two_places())
    assert "School 10000" not in html
    assert not re.search(r"\b10000[1-5]\b", html)


def test_named_schools_cannot_break_out_of_the_page():
    rows = two_places()
    rows.loc[rows["urn"] == 100001, "name"] = "</script><script>alert('St Mary & Co')</script><!--"
    html = map_release.page(rows, named=True)
    assert "alert('St Mary" not in html.replace("\\u0026", "&").split('id="data"')[0]
    assert "</script><script>alert" not in html
    data = data_of(html)["phases"]["primary"]["schools"]
    assert data["name"][0] == "</script><script>alert('St Mary & Co')</script><!--"
    assert data["urn"][0] == 100001


def test_an_authority_whose_name_is_markup_stays_text():
    rows = two_places()
    rows["la_name"] = rows["la_name"].replace("Northshire", "<b>Northshire</b>")
    assert "<b>Northshire" not in map_release.page(rows)


# ---------------------------------------------------------------- scales and colours


@pytest.mark.parametrize(
    "shares, limits",
    [
        ([0.02, 0.06, 0.1, 0.12, 0.19], [0.05, 0.1, 0.15, 0.2]),
        ([0.4] * 19 + [1.0], [0.1, 0.2, 0.3, 0.4]),
        ([None, 0.0], [0.2, 0.4, 0.6, 0.8]),
        ([], [0.2, 0.4, 0.6, 0.8]),
    ],
)
def test_limits_of_shares(shares, limits):
    assert school_map.share_limits(shares) == limits


@pytest.mark.parametrize(
    "numbers, limits",
    [([0, 1, 2, 3], [1, 2, 5, 10]), ([5, 10, 25, 40, 60], [5, 10, 20, 50]), ([None], [1, 2, 5, 10])],
)
def test_limits_of_numbers_of_partners(numbers, limits):
    assert school_map.number_limits(numbers) == limits


def test_the_ratio_has_as_many_classes_below_one_as_above():
    limits = school_map.RATIO_LIMITS
    assert [1 / limit for limit in reversed(limits)] == limits
    assert limits[len(limits) // 2] == 1


def test_mixing_begins_at_the_ground_and_ends_at_the_colour():
    assert school_map.mix("#f46a25", "#ffffff", 0) == "#ffffff"
    assert school_map.mix("#f46a25", "#ffffff", 1) == "#f46a25"


def contrast(one, other):
    low, high = sorted((school_map.luminance(one), school_map.luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_what_lies_beneath(scheme):
    found = school_map.colours()
    own = found[scheme]
    for ground in ("land", "sea"):
        for edge in own["edges"].values():
            assert contrast(edge, own[ground]) >= 3  # WCAG 2.2, 1.4.11
        assert contrast(own["ink"], own[ground]) >= 4.5  # 1.4.3
    for scale in own["scales"].values():
        for fill in scale:
            assert contrast(found["on"][fill], fill) >= 4.5


def test_groups_have_the_colours_that_they_have_everywhere():
    light = school_map.colours()["light"]
    assert light["in_need"] == palette.colour("in_need").lower()
    assert light["scales"]["in_need"][-1] == light["in_need"]
    assert light["scales"]["ratio"][-1] == light["high_performing"]


# ---------------------------------------------------------------- outlines and boundaries


def inside(x, y, polygons):
    """Whether a point lies in polygons with holes, by the number of edges to its right."""
    crossings = 0
    for ring in (ring for polygon in polygons for ring in polygon):
        for (xa, ya), (xb, yb) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (ya > y) != (yb > y) and x < (xb - xa) * (y - ya) / (yb - ya) + xa:
                crossings += 1
    return crossings % 2 == 1


def test_each_school_lies_within_the_outline_of_its_region_and_of_no_other():
    rows = [school(100100 + i, "neither", NORTH, x=400_000 + 9000 * i) for i in range(4)]
    rows += [school(100200 + i, "neither", SOUTH, x=400_000 + 9000 * i, y=470_000) for i in range(4)]
    schools = map_release.schools_table(rows)
    land, regions = school_map.outlines(schools)
    for row in schools.itertuples():
        found = [name for name, polygons in regions.items() if inside(row.easting + 7, row.northing + 7, polygons)]
        assert found == [row.region]
        assert inside(row.easting + 7, row.northing + 7, land)


def test_outlines_of_one_region_of_one_school_and_of_none():
    one = map_release.schools_table([school(100100, "neither")])
    assert inside(400_007, 500_007, school_map.outlines(one)[1]["North East"])
    one[["easting", "northing"]] = None
    assert school_map.outlines(one) == ([], {})


SQUARE = [[[0, 0], [100_000, 0], [100_000, 100_020], [0, 100_000], [0, 0]]]


def feature(name, coordinates=SQUARE, kind="Polygon"):
    return {"type": "Feature", "properties": {"CTYUA": name}, "geometry": {"type": kind, "coordinates": coordinates}}


AREAS = {"region": {"North East": "North East"}, "local_authority": {"201": "Bath and North East Somerset", "202": "B"}}


def shapes_of(*features, names=("CTYUA",)):
    return school_map.boundary_shapes({"b.geojson": {"features": list(features)}}, list(names), AREAS)


def test_boundaries_belong_to_the_level_whose_names_they_bear():
    found = shapes_of(feature("BATH & NORTH EAST SOMERSET"), feature("Cardiff"))
    assert list(found) == ["local_authority"]
    assert found["local_authority"]["201"] == [[[[0, 0], [100_000, 0], [100_000, 100_000], [0, 100_000], [0, 0]]]]


def test_several_features_of_an_area_make_one_shape():
    found = shapes_of(feature("B"), feature("B", [SQUARE, SQUARE], "MultiPolygon"))
    assert len(found["local_authority"]["202"]) == 3


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"features": []}, "FeatureCollection"),
        ({"type": "Topology"}, "FeatureCollection"),
        ({"features": [feature("B", [[[-1.5, 53.1], [-1.4, 53.1], [-1.4, 53.2]]])]}, "EPSG:27700"),
        ({"features": [feature("B", [0, 0], "Point")]}, "Polygon"),
        ({"features": [feature("Cardiff")]}, "CTYUA"),
    ],
)
def test_boundaries_that_cannot_be_used_are_refused_with_a_way_out(wrong, message):
    with pytest.raises(UserError, match=f"b.geojson.*{message}"):
        school_map.boundary_shapes({"b.geojson": wrong}, ["CTYUA"], AREAS)


def test_a_boundaries_file_that_is_no_json_is_named(tmp_path):
    (tmp_path / "b.geojson").write_text("<html>")
    with pytest.raises(UserError, match="b.geojson: not GeoJSON"):
        school_map.read_boundaries(tmp_path / "b.geojson")


# ---------------------------------------------------------------- the page


def test_the_same_release_gives_the_same_bytes():
    first = map_release.page(two_places())
    Range1d()  # Bokeh numbers models from the start of the process
    assert map_release.page(two_places()) == first


def test_the_page_asks_the_network_for_nothing():
    html = map_release.page(two_places())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)', html)


def test_a_synthetic_release_says_so_on_the_page_and_in_the_plot():
    synthetic, real = (map_release.page(two_places(), synthetic=is_so) for is_so in (True, False))
    assert "<strong>Synthetic data.</strong>" in synthetic
    assert "Synthetic data: no evidence about schools" in synthetic.split('id="plot-item"')[1].split("</script>")[0]
    assert "ynthetic data" not in real.split("<script")[0]
    assert "Synthetic data:" not in real


def test_a_choice_that_the_release_does_not_have_is_off_and_says_why():
    rows = two_places()
    rows = rows[rows["phase"] == "primary"].copy()
    rows["constituency"] = pd.Series([None] * len(rows), dtype="str")
    html = map_release.page(rows)
    assert re.search(r'value="secondary" disabled aria-describedby="no-secondary"', html)
    assert "this release has no secondary school" in html
    assert re.search(r'value="constituency" disabled aria-describedby="no-constituency"', html)
    assert "the register of this release does not give them" in html


def test_criteria_that_could_not_be_assessed_are_named_with_what_that_does():
    criteria = {"primary": counts(below_floor=True, coasting=False), "secondary": counts(coasting=True)}
    html = map_release.page(two_places(), criteria=criteria)
    assert re.findall(r'data-notice="(\w+)"', html) == ["primary"]
    assert "The criterion “Coasting” could not be assessed for any primary school" in html
    assert "The groups rest on the other criteria alone" in html


def counts(**assessable):
    """Counts of criteria, each either assessable for some school (True) or for none."""
    return {name: {"met": int(some), "not_met": 0, "not_assessable": 5} for name, some in assessable.items()}


GROUP_OF = {"outstanding": "high_performing", "below_floor": "in_need", "coasting": "in_need"}


@pytest.mark.parametrize(
    "assessable, incomplete, band, balance",
    [
        ((True, True, True), [], "", "Blue is good: at least as many high-performing schools as schools in need."),
        (
            (True, True, False),
            ["in_need"],
            "Partial: not all schools in need are known",
            "Not a fair balance: one of the two criteria for schools in need could not be assessed for any primary",
        ),
        (
            (False, True, False),
            ["high_performing", "in_need"],
            "Partial: not all high-performing schools\nand schools in need are known",
            "Not a fair balance: the one criterion for high-performing schools and one of the two criteria for schools",
        ),
        (
            (True, False, False),
            ["in_need"],
            "Partial: not all schools in need are known",
            "Not a fair balance: both criteria for schools in need could not be assessed for any primary school.",
        ),
    ],
)
def test_the_map_says_which_group_is_known_in_part_and_that_the_balance_is_not_fair(
    assessable, incomplete, band, balance
):
    found = school_map.incomplete_words("primary", counts(**dict(zip(GROUP_OF, assessable, strict=True))), GROUP_OF)
    assert (found["incomplete"], found["band"]) == (incomplete, band)
    assert found["legend"]["high_performing_per_in_need"]["areas"].startswith(balance)


def test_what_is_known_in_part_is_called_so_in_the_legend():
    found = school_map.incomplete_words("primary", counts(outstanding=True, coasting=False), GROUP_OF)["legend"]
    assert (
        found["share_in_need"]["areas"] == "A fainter colour is good: a smaller share of schools known to be in need."
    )
    assert found["share_in_need"]["schools"] == "Schools known to be in need stand out."
    assert found["share_high_performing"]["schools"] == "High-performing schools stand out."


@pytest.mark.parametrize("known, opening", [(True, "high_performing_per_in_need"), (False, "share_in_need")])
def test_a_release_that_is_known_in_part_opens_on_a_measure_of_one_group(known, opening):
    html = map_release.page(two_places(), criteria={"secondary": counts(outstanding=known)})
    assert data_of(html)["first_measure"] == opening
    assert ('"name":"band"' in html) is not known


def test_where_no_criterion_could_be_assessed_none_is_said_to_be_left():
    html = map_release.page(two_places(), criteria={"primary": counts(coasting=False)})
    assert "There is no other: 0 of 5 primary schools could not be placed in a group." in html


def test_radii_are_given_for_each_phase_where_they_differ():
    assert "within 5 miles (primary) or 4 miles (secondary)" in map_release.page(two_places())
    only = two_places()
    assert "within 5 miles," in map_release.page(only[only["phase"] == "primary"])


@pytest.mark.parametrize("group", ["neither", "in_need", "high_performing", "not_assessable"])
def test_a_release_of_one_group_only_is_drawn(group):
    rows = two_places()
    rows["group"] = group
    assert (
        data_of(map_release.page(rows))["phases"]["primary"]["schools"]["group"] == [school_map.GROUP_CODES[group]] * 5
    )


def test_without_javascript_the_page_points_to_the_report():
    html = map_release.page(two_places())
    assert 'href="index.html"' in re.search(r"<noscript>(.*?)</noscript>", html.split("<body")[1], re.DOTALL)[1]
    assert '<main id="app" hidden>' in html
