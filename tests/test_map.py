"""The map's page: figures, positions, outlines, class limits, colours, and what it must not tell."""

import os
import re
import subprocess
import sys
from html import unescape

import numpy as np
import pandas as pd
import pytest

import map_pairs
import map_plot
import map_release
import map_scales
import map_shapes
import school_map
from lib import domain, palette, words
from lib.area_columns import COLUMNS
from lib.run_step import UserError

NORTH = ("201", "Northshire", "North East", "Northtown")
SOUTH = ("202", "Southshire", "South West", "Southtown")


def school(urn, group, place=NORTH, x=400_000, y=500_000, phase="primary"):
    la_code, la_name, region, constituency = place
    return (urn, phase, group, la_code, la_name, region, constituency, x, y)


def two_places(known=None):
    """Three schools in the north, one of them in need with one partner; two in the south, far off, one in need.

    `known`: of map_release.schools_table.
    """
    return map_release.schools_table(
        [
            school(100001, "in_need"),
            school(100002, "high_performing", x=403_000, y=504_000),
            school(100003, "neither", x=408_000),
            school(100004, "in_need", SOUTH, x=250_000, y=100_000),
            school(100005, "neither", SOUTH, x=260_000, y=100_000),
            school(100001, "in_need", phase="secondary"),
        ],
        known,
    )


def phase_data(schools, phase="primary", **options):
    return map_release.data(schools, **options)["phases"][phase]


def table_in(html, which):
    """A table in the page, as rows of texts, heads left out. `which`: phase and level."""
    body = html.split(f'data-table="{which}"')[1].split("</thead>")[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[unescape(text) for text in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def panel(found, level, i):
    """The figures of an area in words, as the panel shows them."""
    return dict(zip(found["labels"], found["levels"][level]["figures"][i], strict=True))


# ---------------------------------------------------------------- figures and schools


def test_an_area_stands_at_the_mean_of_its_schools():
    regions = phase_data(two_places())["levels"]["region"]
    assert regions["key"] == ["North East", "South West"]
    assert (regions["x"], regions["y"]) == ([403_667, 255_000], [501_333, 100_000])


def test_schools_without_coordinates_do_not_move_their_area_and_one_with_none_stands_nowhere():
    rows = two_places()
    rows.loc[rows["urn"] == 100003, ["easting", "northing"]] = None
    rows.loc[rows["region"] == "South West", ["easting", "northing"]] = None
    regions = phase_data(rows)["levels"]["region"]
    assert (regions["x"], regions["y"]) == ([401_500, None], [502_000, None])


def test_the_page_has_the_tables_before_any_script_runs():
    html = map_release.page(two_places())
    england = ["England", "5", "2", "0.50", "20%", "40%", "0.5", "50%"]
    north = ["Northshire", "3", "1", "1.0", "33%", "33%", "1", "0%"]
    south = ["Southshire", "2", "1", "0.00", "0%", "50%", "0", "100%"]
    assert table_in(html, "primary local_authority") == [england, north, south]
    assert table_in(html, "secondary region") == [["North East", "1", "1", "0.00", "0%", "100%", "0", "100%"]]
    assert table_in(html, "primary school") == [
        ["Northshire, school in need 1", "1", "3.1", "1", "1, 2, 3"],
        ["Southshire, school in need 1", "0", "268.4", "0", "none near"],
    ]


def test_the_panel_has_the_figures_of_an_area_in_words():
    assert panel(phase_data(two_places()), "local_authority", 0) == {
        "Schools": "3",
        "High-performing": "1 (33%)",
        "In need": "1 (33%)",
        "Could not be placed in a group": "0 of 3",
        "High-performing schools per school in need": "1.0",
        "In need, without coordinates: not matched": "",
        "High-performing, without coordinates: nobody’s partner here": "",
        "Median partners": "1",
        "In need without a partner": "0 (0%)",
    }


def test_a_measure_of_the_table_of_columns_is_chosen_listed_and_drawn():
    html = map_release.page(two_places())
    data = map_release.data(two_places())
    for column in (column for column in COLUMNS if column.on_map):
        assert f'<option value="{column.key}">{column.on_map.label}</option>' in html
        assert f'data-legend="primary region {column.key}"' in html
        assert f'[data-on="{column.key}"]' in html
        assert column.key in data["measures"]
        assert len(data["phases"]["primary"]["levels"]["region"]["classes"][column.key]) == 2
        assert column.panel or column.key in " ".join(other.panel[1] for other in COLUMNS if other.panel)


def test_high_performing_schools_without_coordinates_are_counted():
    rows = two_places()
    rows.loc[rows["urn"] == 100002, ["easting", "northing"]] = None
    line = "High-performing, without coordinates: nobody’s partner here"
    assert [panel(phase_data(rows), "local_authority", i)[line] for i in (0, 1)] == ["1", ""]


def test_an_area_without_a_school_in_need_has_no_ratio():
    rows = two_places({100004: (False, False)})
    found = phase_data(rows)
    assert found["levels"]["local_authority"]["classes"]["high_performing_per_in_need"] == [3, None]
    assert table_in(map_release.page(rows), "primary local_authority")[2] == [
        *("Southshire", "2", "0", "–", "0%", "0%", "–", "–")
    ]


def test_partners_alike_are_listed_for_each_school_in_need_nearest_first():
    rows = [school(100010, "in_need"), school(100011, "in_need", SOUTH, x=100_000, y=100_000)]
    rows += [school(100012, "high_performing", x=403_000, y=504_000), school(100013, "high_performing", x=400_100)]
    found = phase_data(map_release.schools_table(rows))
    need, x = found["need"], found["schools"]["x"]
    assert need["start"] == [0, 2, 2]
    assert [x[i] for i in need["partner"]] == [400_100, 403_000]


def test_a_school_in_need_without_coordinates_is_listed_and_not_placed():
    rows = two_places()
    rows.loc[rows["urn"] == 100001, ["easting", "northing"]] = None
    need = phase_data(rows)["need"]
    assert need["placed"] == [0, 1]
    assert need["start"] == [0, 0, 0]
    assert table_in(map_release.page(rows), "primary school")[0] == [
        *("Northshire, school in need 1", "–", "–", "–", "–")
    ]


# Two schools in need with one partner between them and another one, unlike, of the first; a third has none near.
SHARED = [
    school(100001, "in_need"),
    school(100002, "in_need", x=404_000),
    school(100003, "in_need", SOUTH, x=250_000, y=100_000),
    school(100011, "high_performing", x=402_000),
    school(100012, "high_performing", x=399_000),
]


def shared(**changes):
    """The schools of SHARED; `changes`: {column: {urn: value}}."""
    rows = map_release.schools_table(SHARED)
    rows.loc[rows["urn"] == 100012, "pupils_on_roll"] = 500
    for column, values in changes.items():
        for urn, value in values.items():
            rows.loc[rows["urn"] == urn, column] = value
    return rows


def listed(found, n):
    """The partners of a school in need in the page's order: (position, likeness of each part, position in WHOSE)."""
    need = found["need"]
    trusts = len(domain.PARTNER_TRUSTS)
    return [
        (
            need["partner"][pair],
            [need["traits"][pair] // trusts // 3**at % 3 for at in (0, 1)],
            need["traits"][pair] % trusts,
        )
        for pair in range(need["start"][n], need["start"][n + 1])
    ]


def test_alike_partners_come_before_nearer_unlike_ones_and_say_in_what():
    assert listed(phase_data(shared()), 0) == [(3, [2, 2], 2), (4, [2, 0], 2)]
    unknown = shared(pupils_on_roll={100011: None}, setting={100012: "rural"})
    assert listed(phase_data(unknown), 0) == [(3, [2, 1], 2), (4, [0, 0], 2)]
    assert phase_data(shared())["parts"] == list(map_release.LABELS.values())


def test_a_helper_has_its_own_order_of_the_schools_that_look_to_it():
    need = phase_data(shared(easting={100002: 403_000}))["need"]
    turns = dict(zip(zip(need["partner"], need["turn"], strict=True), need["traits"], strict=True))
    assert sorted(turns) == [(3, 0), (3, 1), (4, 0), (4, 1)]
    assert [at for at, turn in zip(need["partner"], need["turn"], strict=True)] == [3, 4, 3, 4]
    assert need["turn"] == [1, 0, 0, 1], "the second is nearer to the first helper, and farther from the other"


def test_whose_a_partner_is_is_told():
    academy = dict.fromkeys((100001, 100011), "academy_converter")
    same = shared(type=academy, trust_code=dict.fromkeys(academy, "T1"))
    assert [domain.PARTNER_TRUSTS[whose] for _, _, whose in listed(phase_data(same), 0)] == ["same_trust", "maintained"]


def test_the_pairing_is_told_of_each_school_and_of_england():
    found = phase_data(shared())
    need = found["need"]
    # By one each, the nearest for all together: the first takes the unlike one, so that the other has its only partner.
    assert [need[f"paired_{most}"] for most in (1, 2, 3)] == [[1, 0, None]] * 3
    assert found["pairing"]["1"] == ["2", "1", "0", "1", ""]
    rows = [row[-2:] for row in table_in(map_release.page(shared()), "primary school")]
    assert rows == [["1", "1, 2, 3"], ["1", "1, 2, 3"], ["0", "none near"]]


def test_who_is_left_over_because_helpers_are_taken_is_told():
    rows = shared(group={100012: "neither"}, high_performing={100012: False})
    found = phase_data(rows)
    assert sorted(map(str, found["need"]["paired_1"])) == ["0", "None", "None"]
    assert found["need"]["paired_2"] == [0, 0, None]
    assert found["pairing"]["1"] == ["1", "2", "1", "1", ""]
    table = table_in(map_release.page(rows), "primary school")
    assert sorted(row[-1] for row in table) == ["1, 2, 3", "2, 3", "none near"]


def test_figures_of_the_pairing_have_bounds_where_groups_are_unknown():
    found = phase_data(shared(high_performing={100012: None}, group={100012: "not_assessable"}))
    assert found["pairing"]["1"][:2] == ["1\n1 to 2", "2\n1 to 2"]


def test_schools_whose_likeness_is_not_known_are_counted_in_the_bounds_of_the_table():
    rows = shared(pupils_on_roll={100011: None})
    assert table_in(map_release.page(rows), "primary school")[0][3] == "0 <small>0–1</small>"


def test_schools_whose_constituency_is_not_stated_are_counted_and_stand_nowhere():
    rows = two_places()
    rows.loc[rows["urn"] == 100005, "constituency"] = None
    found = phase_data(rows)
    constituencies = found["levels"]["constituency"]
    assert constituencies["key"] == ["Northtown", "Not stated in the register", "Southtown"]
    assert (constituencies["x"][1], panel(found, "constituency", 1)["Schools"]) == (None, "1")
    assert found["schools"]["constituency"] == [0, 0, 0, 2, 1]


def test_schools_in_need_are_numbered_within_their_authority_and_stand_in_the_order_of_their_names():
    rows = [school(100020 + i, "in_need", SOUTH if i == 0 else NORTH) for i in range(12)]
    names = [row[0] for row in table_in(map_release.page(map_release.schools_table(rows)), "primary school")]
    assert names == [f"Northshire, school in need {i}" for i in range(1, 12)] + ["Southshire, school in need 1"]


@pytest.mark.parametrize(
    "values", [[], [0, 127], [None, 128], [40_000, None, 0], [655_000, None], [9_000_000, None, 1]]
)
def test_packed_numbers_come_back_as_they_were(values):
    assert map_release.unpacked(map_pairs.packed(values)) == values


# ---------------------------------------------------------------- names


def test_the_page_names_no_school_and_gives_no_urn():
    html = map_release.page(two_places())
    assert "School 10000" not in html
    assert not re.search(r"\b10000[1-5]\b", html)


def test_named_schools_cannot_break_out_of_the_page():
    rows = two_places()
    rows.loc[rows["urn"] == 100001, "name"] = "</script><script>alert('St Mary & Co')</script><!--"
    html = map_release.page(rows, named=True)
    assert "</script><script>alert" not in html
    assert "<!--" not in html.split("<body")[1].split("<script")[0]
    data = map_release.data(rows, named=True)["phases"]["primary"]["schools"]
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
        ([0.0], [0.2, 0.4, 0.6, 0.8]),
        ([], [0.2, 0.4, 0.6, 0.8]),
    ],
)
def test_limits_of_shares(shares, limits):
    assert map_scales.share_limits(shares) == limits


@pytest.mark.parametrize(
    "numbers, limits",
    [([0, 1, 2, 3], [1, 2, 5, 10]), ([5, 10, 25, 40, 60], [5, 10, 20, 50]), ([], [1, 2, 5, 10])],
)
def test_limits_of_numbers_of_partners(numbers, limits):
    assert map_scales.number_limits(numbers) == limits


def test_the_ratio_has_as_many_classes_below_one_as_above():
    limits = map_scales.RATIO_LIMITS
    assert [1 / limit for limit in reversed(limits)] == limits
    assert limits[len(limits) // 2] == 1
    assert len(palette.scale("light", "ratio")) == len(limits) + 1


@pytest.mark.parametrize(
    "key, value, text, at",
    [
        ("share_in_need", 10 / 51, "20%", 2),  # 19.6%
        ("share_in_need", 10 / 49, "20%", 2),  # 20.4%
        ("share_in_need", 10 / 61, "16%", 1),
        ("share_in_need", 0.0004, "<1%", 0),
        ("share_in_need", 0.9999, ">99%", 2),
        ("high_performing_per_in_need", 99 / 100, "0.99", 2),
        ("high_performing_per_in_need", 399 / 400, "1.0", 3),
        ("high_performing_per_in_need", None, "–", None),
        ("median_partners", 4.5, "4.5", 2),
    ],
)
def test_what_is_printed_alike_has_one_colour(key, value, text, at):
    column = next(column for column in COLUMNS if column.key == key)
    limits = {"share_in_need": [0.1, 0.2], "median_partners": [1, 2, 5]}.get(key, map_scales.RATIO_LIMITS)
    assert map_scales.printed(column, value) == text
    assert map_scales.class_of(column, value, limits) == at


def test_ratios_are_printed_as_in_the_report():
    column = next(column for column in COLUMNS if column.unit == "ratio")
    for value in (0.99, 399 / 400, 1 / 3, 31, 0, None, 1.45, 0.125):
        assert map_scales.printed(column, value) == words.ratio(value)


def luminance(colour):
    """The relative luminance of #rrggbb, 0 to 1, as WCAG 2 defines it."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_what_lies_beneath(scheme):
    own = palette.MAP[scheme]
    ink = {"light": "#1a1d21", "dark": "#e6e8ea"}[scheme]  # of house.css
    for ground in ("land", "sea"):
        for edge in ("edge-high-performing", "edge-in-need"):
            assert contrast(own[edge], own[ground]) >= 3  # WCAG 2.2, 1.4.11
        assert contrast(ink, own[ground]) >= 4.5  # 1.4.3
        assert contrast(map_plot.SCALE_BAR, own[ground]) >= 3


@pytest.mark.parametrize("scheme, at", [("light", 0), ("dark", 1)])
def test_scales_end_at_the_groups_colours_and_darken_step_by_step(scheme, at):
    colours = {group: its[at].lower() for group, its in palette.GROUPS.items()}
    high, need = (palette.scale(scheme, name) for name in ("high-performing", "in-need"))
    ratio = palette.scale(scheme, "ratio")
    assert high[-1] == ratio[-1] == colours["high_performing"]
    assert need[-1] == ratio[0] == colours["in_need"]
    land = palette.MAP[scheme]["land"]
    for fills in (high, need, ratio[3:], ratio[2::-1]):
        steps = [contrast(fill, land) for fill in fills]
        assert steps == sorted(steps)
    assert len(high) == len(need) == map_scales.CLASSES


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
    land, regions = map_shapes.outlines(schools)
    for row in schools.itertuples():
        found = [name for name, polygons in regions.items() if inside(row.easting + 7, row.northing + 7, polygons)]
        assert found == [row.region]
        assert inside(row.easting + 7, row.northing + 7, land)


def test_outlines_of_one_region_of_one_school_and_of_none():
    one = map_release.schools_table([school(100100, "neither")])
    assert inside(400_007, 500_007, map_shapes.outlines(one)[1]["North East"])
    one[["easting", "northing"]] = None
    assert map_shapes.outlines(one) == ([], {})


def test_circles_moved_apart_cover_none_and_stay_near_their_places():
    places = np.array([[0, 0], [0, 0], [9_000, 0], [400_000, 0]])
    radii = np.array([10_000, 5_000, 8_000, 9_000])
    moved = map_shapes.moved_apart(places, radii)
    for i in range(3):
        for j in range(i):
            assert np.hypot(*(moved[i] - moved[j])) >= radii[i] + radii[j]
    assert moved[3].tolist() == [400_000, 0]
    assert np.hypot(*(moved - places).T).max() < 30_000


def test_no_area_of_england_covers_another_and_the_largest_has_most_schools_in_need():
    for found in phase_data(map_release.england())["levels"].values():
        points, radii = np.array([found["x"], found["y"]], dtype=float).T, np.array(found["radius"])
        between = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) - radii[:, None] - radii[None]
        np.fill_diagonal(between, np.inf)
        assert between.min() > -1000  # less than a pixel of the whole map
        assert found["in_need"][radii.argmax()] == max(found["in_need"])


SQUARE = [[[0, 0], [100_000, 0], [100_000, 100_020], [0, 100_000], [0, 0]]]


def feature(name, coordinates=SQUARE, kind="Polygon"):
    return {"type": "Feature", "properties": {"CTYUA": name}, "geometry": {"type": kind, "coordinates": coordinates}}


AREAS = {"region": {"North East": "North East"}, "local_authority": {"201": "Bath and North East Somerset", "202": "B"}}


def shapes_of(*features, names=("CTYUA",)):
    return map_shapes.boundary_shapes({"b.geojson": {"features": list(features)}}, list(names), AREAS)


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
        map_shapes.boundary_shapes({"b.geojson": wrong}, ["CTYUA"], AREAS)


def test_a_boundaries_file_that_is_no_json_is_named(tmp_path):
    (tmp_path / "b.geojson").write_text("<html>")
    with pytest.raises(UserError, match="b.geojson: not GeoJSON"):
        school_map.read_boundaries(tmp_path / "b.geojson")


# ---------------------------------------------------------------- the page


def test_the_same_release_gives_the_same_bytes():
    script = "import sys, map_release, test_map; sys.stdout.write(map_release.page(test_map.two_places()))"
    folders = os.pathsep.join(str(map_release.PROJECT / folder) for folder in ("tests", "scripts"))

    def made(seed):
        environment = os.environ | {"PYTHONPATH": folders, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout

    first = made("1")
    assert b"England" in first
    assert made("2") == first


def test_the_page_asks_the_network_for_nothing():
    html = map_release.page(two_places())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)', html)


def test_a_synthetic_release_says_so_above_the_page_and_on_the_map():
    synthetic, real = (map_release.page(two_places(), synthetic=is_so) for is_so in (True, False))
    assert "<strong>Synthetic data.</strong>" in synthetic
    assert "<p>Synthetic data</p>" in synthetic.split('class="bands"')[1].split("</div>")[0]
    assert "ynthetic data" not in real.split("<script")[0]


def test_a_choice_that_the_release_does_not_have_is_off_and_says_why():
    rows = two_places()
    rows = rows[rows["phase"] == "primary"].copy()
    rows["constituency"] = pd.Series([None] * len(rows), dtype="str")
    html = map_release.page(rows)
    assert re.search(r'value="secondary" disabled aria-describedby="no-secondary"', html)
    assert "this release has no secondary school" in html
    assert re.search(r'value="constituency" disabled aria-describedby="no-constituency"', html)
    assert "the register of this release does not give them" in html


# ---------------------------------------------------------------- what is unknown

# Of the north's three schools the third may be in need; so may the second, which then is high-performing no more.
IN_PART = {100002: (True, None), 100003: (False, None)}


def in_part(more=()):
    """two_places, of which it is unknown whether two primary schools are in need: of the first, to everybody.

    `more`: further schools, as IN_PART.
    """
    rows = two_places({**IN_PART, **dict(more)})
    return rows.assign(in_need_missing_here=rows["urn"] == 100003)


def test_the_bounds_of_a_figure_stand_beneath_it_in_panel_and_table():
    assert panel(phase_data(in_part()), "local_authority", 0) == {
        "Schools": "3",
        "Counted as high-performing": "1 (33%)\n0 to 1 (0% to 33%)",
        "Counted as in need": "1 (33%)\n1 to 3 (33% to 100%)",
        "Could not be placed in a group": "1 of 3",
        "High-performing schools per school in need": "1.0\n0.00 to 1.0",
        "In need, without coordinates: not matched": "",
        "High-performing, without coordinates: nobody’s partner here": "",
        "Median partners": "1\n0 to 1",
        "In need without a partner": "0 (0%)\n0 to 3 (0% to 100%)",
    }
    north = table_in(map_release.page(in_part()), "primary local_authority")[1]
    small = [re.search("<small>(.*)</small>", cell) for cell in north]
    assert [found and found[1] for found in small] == [
        None,
        None,
        "1–3",
        "0.00–1.0",
        "0–33%",
        "33–100%",
        "0–1",
        "0–100%",
    ]


def test_a_figure_whose_bounds_are_printed_alike_has_none():
    south, whole = (panel(phase_data(rows), "local_authority", 1) for rows in (in_part(), two_places()))
    assert list(south.values()) == list(whole.values())
    assert "<small>" not in map_release.page(two_places()).split("<script")[0]
    assert map_scales.BOUNDS not in map_release.page(two_places()).split("<script")[0]


def test_a_ratio_without_end_says_so():
    rows = two_places({100001: (False, None)})
    assert (
        panel(phase_data(rows), "local_authority", 0)["High-performing schools per school in need"] == "–\n1.0 or more"
    )


def test_the_partners_of_a_school_in_need_have_bounds():
    assert table_in(map_release.page(in_part()), "primary school")[0] == [
        *("Northshire, school in need 1", "1 <small>0–1</small>", "3.1 <small>3.1 or more</small>", "1", "1, 2, 3")
    ]


def test_a_school_whose_group_is_not_known_says_to_whom():
    found = phase_data(in_part())
    said = [found["unknown"][at] for at in found["schools"]["open"]]
    assert said[1] == words.not_known("in_need", missing_here=False)
    assert said[2] == words.not_known("in_need", missing_here=True)
    assert [said[i] for i in (0, 3, 4)] == ["", "", ""]
    assert phase_data(two_places({100001: (None, True)}))["unknown"] == [""], "in need, whatever else it may be"


def test_what_the_caveats_say_of_a_phase_is_a_notice_and_a_band_on_the_map():
    html = map_release.page(in_part())
    head, body = html.split("<main")[0], html.split("<main")[1]
    assert re.findall(r'data-phase="(\w+)"', head) == ["primary"]
    assert "Not all primary of in_need are known." in head
    assert re.search(r'<p data-phase="primary" hidden>in_need in part</p>', body)
    assert 'class="notice" data-phase' not in map_release.page(two_places())


def test_what_is_known_in_part_is_called_so_in_the_legend():
    html = map_release.page(two_places({100003: (False, None)}))
    assert "A fainter colour is good: a smaller share of schools counted as in need. Coloured by what is known" in html
    assert "Schools counted as in need stand out." in html
    assert "High-performing schools stand out." in html
    assert "Coloured by what is known" not in map_release.page(two_places())


def test_where_groups_are_known_in_part_the_ratio_is_not_called_good():
    def said(html, phase):
        return html.split(f'data-legend="{phase} region high_performing_per_in_need"')[1].split('class="sizes"')[0]

    html = map_release.page(in_part())
    assert "Coloured by what is known" in said(html, "primary")
    assert "good" not in said(html, "primary")
    assert "Blue is good: at least as many high-performing schools as schools in need." in said(html, "secondary")


@pytest.mark.parametrize(
    "known, opening",
    [
        ({}, "high_performing_per_in_need"),
        ({100005: (None, False)}, "share_in_need"),  # 1 or 2 for 2 in need: it may be fewer, or as many
        ({100003: (False, None)}, "high_performing_per_in_need"),  # fewer in any case
    ],
)
def test_where_it_is_unknown_of_which_group_england_has_more_the_map_opens_on_one_group(known, opening):
    assert map_release.data(two_places(known))["first_measure"] == opening
    assert f'data-on="{opening}"' in map_release.page(two_places(known))


NEED_ONLY = {100002: (False, False)}


def test_a_method_of_need_alone_offers_nothing_of_partners_and_high_performing_schools():
    html = map_release.page(two_places(NEED_ONLY), groups=["in_need"])
    data = map_release.data(two_places(NEED_ONLY), groups=["in_need"])
    assert list(data["measures"]) == ["share_in_need"] == [data["first_measure"]]
    assert panel(data["phases"]["primary"], "local_authority", 0) == {
        **{"Schools": "3", "In need": "1 (33%)", "Could not be placed in a group": "0 of 3"},
        "In need, without coordinates: not matched": "",
    }
    assert table_in(html, "primary local_authority")[1] == ["Northshire", "3", "1", "33%"]
    assert table_in(html, "primary school")[0] == ["Northshire, school in need 1"]
    shown = html.split("<script")[0]
    assert not re.search("partner|high-performing|could help", shown.split("<body")[1], re.IGNORECASE)


def test_each_column_rests_on_the_groups_that_it_names():
    rests_on = {column.key: column.rests_on for column in COLUMNS}
    assert rests_on["share_high_performing"] == ("high_performing",)
    assert rests_on["in_need_with_coordinates"] == ("in_need",)
    both = ("high_performing", "in_need")
    partnered = ("high_performing_per_in_need", "both", "upper_quartile_partners", "median_nearest_m")
    assert all(rests_on[key] == both for key in (*partnered, "share_in_need_without_partner"))
    assert rests_on["schools"] == rests_on["not_assessable"] == ()


# ---------------------------------------------------------------- what a release lacks


def test_radii_are_given_for_each_phase_where_they_differ():
    assert "within 5 miles (primary) or 4 miles (secondary)" in map_release.page(two_places())
    only = two_places()
    assert "within 5 miles," in map_release.page(only[only["phase"] == "primary"])


@pytest.mark.parametrize("group", ["neither", "in_need", "high_performing", "not_assessable"])
def test_a_release_of_one_group_only_is_drawn(group):
    rows = two_places()
    rows["group"] = group
    assert phase_data(rows)["schools"]["group"] == [school_map.GROUP_CODES[group]] * 5


def test_a_release_without_schools_says_so():
    arguments = map_release.arguments(two_places())
    arguments["schools"] = arguments["schools"].iloc[:0]
    html = school_map.page(**arguments)
    assert "This release has no school of either phase" in html
    assert '"phases":{"primary":null,"secondary":null}' in html


def test_without_javascript_the_page_points_to_the_report_and_shows_all_tables():
    html = map_release.page(two_places())
    assert 'href="index.html"' in re.search(r"<noscript>(.*?)</noscript>", html.split("<body")[1], re.DOTALL)[1]
    assert ".table[hidden] { display: block !important; }" in html.split("<noscript>")[1].split("</noscript>")[0]
