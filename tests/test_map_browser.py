"""The map in a real browser: what the reader can choose, see and share by address; its tables."""

import itertools
import re

import pandas as pd
import pytest

import map_release
import map_scales
import school_map
from lib import palette, words
from map_browser import (
    address,
    area_place,
    cells,
    choose,
    colours_at,
    drawn,
    every_view,
    go,
    map_violations,
    names,
    painted,
    phase_data,
    place,
    point,
    table,
)
from test_map import NEED_ONLY, SOUTH, school, two_places

pytestmark = pytest.mark.browser
pytest_plugins = ("map_pages",)

MEASURES = [column.key for column in school_map.MEASURES]
LEVELS = list(school_map.LEVELS)


# ---------------------------------------------------------------- the whole page


def test_england_is_drawn_without_error_or_request_in_every_view(opened, england_file):
    page = opened()
    views = every_view(page, MEASURES, "#legend")
    assert {view[:3] for view in views} == set(
        itertools.product(("primary", "secondary"), (*LEVELS, "school"), MEASURES)
    )
    for *view, legend in views:
        assert legend.strip(), view
    assert page.problems == []
    assert england_file.stat().st_size < 3e6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(opened, scheme):
    page = opened("#by=region", color_scheme=scheme)
    for at in ("#by=region&area=London", "#by=school&school=370-1", ""):
        assert map_violations(page) == []
        go(page, at)
        table(page).locator("input").fill("on")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_width_scrolls_sideways(opened, width):
    page = opened(width=width)
    for at in ("#by=constituency", "#by=local_authority&area=370&school=370-1", "#by=school", "#by=region"):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter((each) => {
                const {left, right, width} = each.getBoundingClientRect();
                return width > 1 && (right > innerWidth + 1 || left < -1) && !each.closest(".map");
            }).map((each) => each.outerHTML.slice(0, 80))"""
        )
        assert outside == []
        go(page, at)


def test_without_javascript_the_reader_has_the_tables_and_the_way_to_the_report(tabs, england_file):
    page = tabs(england_file, scripts=False)
    notice = page.locator("body > noscript")
    assert notice.locator("a").get_attribute("href") == "index.html"
    assert not page.locator("#controls").is_visible()
    assert not page.locator("#map").is_visible()
    assert page.locator("aside").is_visible()
    assert notice.locator("p").bounding_box()["x"] == page.locator("h1").bounding_box()["x"]
    assert page.locator("[data-table]:visible").count() == 8
    assert page.locator("[data-table='secondary region'] tr", has_text="London").is_visible()


def test_without_javascript_what_is_known_in_part_is_said_of_its_phase(tabs, partial_file):
    page = tabs(partial_file, scripts=False)
    assert page.locator(".notice[data-phase]:visible").count() == 1


def test_a_synthetic_release_says_so_above_the_page_and_on_the_map(opened):
    page = opened()
    assert "Synthetic data." in page.locator("aside").inner_text()
    assert page.locator(".bands p:visible").all_inner_texts()[-1] == "Synthetic data"
    box, map_box = page.locator(".bands").bounding_box(), page.locator("#map").bounding_box()
    assert box["y"] > map_box["y"] and box["y"] + box["height"] < map_box["y"] + map_box["height"]


def test_the_colours_follow_the_scheme(opened):
    page = opened("#measure=share_in_need")
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(200)
        seen = painted(page)
        assert seen[palette.MAP[scheme]["land"]] > 20_000
        assert sum(seen[fill] for fill in palette.scale(scheme, "in-need")) > 5000
    assert page.problems == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1440, 900)])
def test_on_a_wide_page_map_and_legend_are_seen_without_scrolling(opened, partial_file, width, height):
    for file in (None, partial_file):
        page = opened("#by=local_authority&measure=high_performing_per_in_need", file, width, height)
        legend, box = page.locator("#legend").bounding_box(), page.locator("#map").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
        assert legend["y"] >= box["y"]
        assert legend["y"] + legend["height"] <= page.locator(".bands").bounding_box()["y"]


def test_the_page_prints_its_table_and_leaves_out_what_cannot_be_used_on_paper(opened):
    page = opened("#by=region")
    page.emulate_media(media="print")
    try:
        assert table(page).is_visible()
        assert not page.locator("#controls").is_visible()
        assert not page.locator(".tools").is_visible()
    finally:
        page.emulate_media(media="screen")


# ---------------------------------------------------------------- choices and address


@pytest.mark.parametrize("by", LEVELS)
def test_each_level_shows_its_areas_on_the_map_and_in_the_table(opened, by):
    page = opened("#by=school")
    choose(page, by=by)
    areas = phase_data(page)["levels"][by]
    assert len(names(page)) == min(len(areas["key"]), 160)
    assert names(page) == sorted(names(page), key=str.lower)
    assert f"by={by}" in address(page)
    page.wait_for_timeout(200)
    fills = set(palette.scale("light", "ratio"))
    largest = sorted(range(len(areas["key"])), key=lambda i: -areas["radius"][i])[:5]
    beside = [(areas["x"][i], areas["y"][i] + areas["radius"][i] * 0.7) for i in largest]  # a region's figure
    assert set(colours_at(page, [place(page, *at) for at in beside])) <= fills


def test_phase_and_measure_change_what_is_drawn_the_figures_and_the_address(opened):
    page = opened("#by=local_authority")
    first, figures = painted(page), cells(page, 3)
    choose(page, phase="secondary")
    page.wait_for_timeout(200)
    second = painted(page)
    assert first != second and figures != cells(page, 3)
    assert "secondary" in page.locator("#panel-heading").inner_text()
    choose(page, measure="median_partners")
    page.wait_for_timeout(200)
    assert painted(page) != second
    assert address(page) == "#phase=secondary&by=local_authority&measure=median_partners"
    assert page.locator(".legend-title:visible").first.inner_text() == "Median number of partners"
    assert "good" in page.locator("#legend .said:visible").inner_text()


def test_the_ratio_is_orange_below_one_and_blue_above(opened, map_file):
    rows = map_release.schools_table(
        [school(100001 + i, "in_need") for i in range(3)]
        + [school(100010, "high_performing"), school(100011, "in_need", SOUTH, x=250_000)]
        + [school(100020 + i, "high_performing", SOUTH, x=250_000) for i in range(5)]
    )
    page = opened(file=map_file("two_ratios", rows))
    scale = palette.scale("light", "ratio")
    radius = dict(zip(("North East", "South West"), phase_data(page)["levels"]["region"]["radius"], strict=True))
    below = {"North East": 400_000, "South West": 250_000}
    places = [place(page, x, 500_000 - 0.6 * radius[region]) for region, x in below.items()]
    north, south = (scale.index(colour) for colour in colours_at(page, places))
    assert north < 3 <= south


@pytest.mark.parametrize("width", [360, 1440])
def test_the_legend_says_how_large_a_circle_is_for_how_many_schools(opened, width):
    page = opened(width=width)
    areas = phase_data(page)["levels"]["region"]
    for _ in range(2):
        left, _, right, _ = (int(edge) for edge in page.get_attribute("#map", "data-view").split())
        metres = (right - left) / page.locator("#map").bounding_box()["width"]
        largest = 2 * max(areas["radius"]) / metres
        for circle in page.locator(".sizes:visible span").all():
            count = int(circle.inner_text().replace(",", ""))
            across = circle.locator("i").bounding_box()["width"]
            assert across == pytest.approx(largest * (count / max(areas["in_need"])) ** 0.5, abs=0.6)
            assert across < 49
        assert page.locator(".sizes:visible span").count() >= 2
        page.click("[data-move=in]")  # the legend follows the zoom


@pytest.mark.parametrize("width", [360, 1440])
def test_each_region_has_its_figure_in_the_table_and_something_written_at_its_circle(opened, width):
    page = opened("#measure=share_in_need", width=width)
    assert names(page) == sorted(phase_data(page)["levels"]["region"]["key"])
    ink = "#1a1d21"
    for region in names(page):
        x, y = area_place(page, "region", region)
        box = page.locator("#map").bounding_box()
        assert box["x"] < x < box["x"] + box["width"] and box["y"] < y < box["y"] + box["height"]
    assert painted(page)[ink] > 100  # the names


def test_a_release_known_in_part_opens_on_the_share_in_need_unless_the_address_says_otherwise(opened, partial_file):
    page = opened(file=partial_file)
    assert page.input_value("#measure") == "share_in_need"
    assert page.locator(".bands p:visible").all_inner_texts() == ["high_performing in part", "in_need in part"]
    assert "Not all primary of in_need are known." in page.locator(".notice[data-phase]:visible").inner_text()
    assert "Counted as in need" in page.inner_text("#panel")
    page = opened("#measure=high_performing_per_in_need", partial_file)
    assert page.locator("#legend .said:visible").inner_text() == map_scales.IN_PART


def test_bounds_stand_beneath_the_figures_in_the_panel_and_are_explained_there(opened, partial_file, two_file):
    page = opened("#by=local_authority&area=201", partial_file)
    line = page.locator("#panel dl div", has_text="Counted as in need")
    assert line.locator("dd").inner_text() == "1 (33%)\n1 to 3 (33% to 100%)"
    assert map_scales.BOUNDS in page.inner_text("#panel")
    page = opened("#by=local_authority&area=201", two_file)
    assert page.locator("small:visible").count() == 0
    assert map_scales.BOUNDS not in page.inner_text("#panel")


def test_bounds_do_not_stand_on_the_map_nor_in_the_way_of_sorting(opened, partial_file):
    page = opened("#by=region", partial_file)
    shown = page.evaluate("Bokeh.documents[0].get_model_by_name('labels').data_source.data.text")
    assert shown == ["North East 33%", "South West\n50%"]
    table(page).locator("thead th:nth-child(3) button").click()
    assert cells(page, 3) == ["1", "1"]


def test_a_school_of_which_the_group_is_unknown_says_to_whom(opened, partial_file):
    page = opened("#by=school", partial_file)
    point(page, place(page, 408_000, 500_000))
    assert page.locator("#tip").inner_text().split("\n")[-1] == words.not_known("in_need", missing_here=True)
    go(page, "#by=school&school=201-1")
    assert "1 partner within 5 miles (0–1, with what is unknown); the nearest is 3.1 miles" in page.inner_text("#panel")
    point(page, place(page, 403_000, 504_000))
    assert page.locator("#tip").inner_text().split("\n")[-1] == words.not_known("in_need", missing_here=False)


def test_a_method_of_need_alone_has_no_circle_and_no_partners(opened, map_file):
    page = opened(
        "#by=local_authority&area=201&school=201-1", map_file("need", two_places(NEED_ONLY), groups=["in_need"])
    )
    assert page.locator("#measure option").count() == 1
    assert page.evaluate("Bokeh.documents[0].get_model_by_name('circle').data_source.data.x.length") == 0
    assert not re.search("partner|high-performing", page.locator("main").inner_text(), re.IGNORECASE)
    assert page.problems == []


def test_schools_that_can_be_nobodys_partner_are_counted_in_the_panel(opened, map_file):
    rows = two_places()
    rows.loc[rows["urn"] == 100002, ["easting", "northing"]] = None
    page = opened(file=map_file("unplaced", rows))
    line = page.locator("#panel dl div", has_text="nobody’s partner here")
    assert line.locator("dd").inner_text() == "1"
    choose(page, phase="secondary")
    assert line.count() == 0


def test_back_undoes_a_choice(opened):
    page = opened("#by=local_authority")
    choose(page, measure="share_in_need")
    choose(page, by="constituency")
    page.go_back()
    page.wait_for_function("document.querySelector('input[value=local_authority]').checked")
    assert page.input_value("#measure") == "share_in_need"
    page.go_back()
    page.wait_for_function("document.getElementById('measure').value === 'high_performing_per_in_need'")
    assert page.problems == []


def test_an_address_restores_all_that_was_chosen(opened):
    page = opened("#phase=secondary&by=local_authority&measure=median_partners&area=370&school=370-1")
    assert page.is_checked("input[value=secondary]")
    assert page.is_checked("input[value=local_authority]")
    assert page.input_value("#measure") == "median_partners"
    assert page.locator("#panel-heading").inner_text() == "Barnsley, school in need 1"
    assert table(page).locator("[aria-current]").inner_text() == "Barnsley"
    assert "Within 4 miles" in page.locator("#legend").inner_text()


def test_a_shared_address_opens_the_page_as_it_was_left(tabs, england_file):
    page = tabs(england_file, own=True)
    page.goto("about:blank")
    page.goto(england_file.as_uri() + "#phase=secondary&by=region&measure=share_in_need&area=London")
    drawn(page)
    assert page.locator("#panel-heading").inner_text() == "London"
    assert table(page).locator("h2").inner_text() == "Regions, secondary"
    assert page.problems == []


def test_an_address_typed_in_is_followed(opened):
    page = opened()
    page.evaluate("location.hash = '#by=region&area=London'")
    page.wait_for_function("document.getElementById('panel-heading').textContent === 'London'")


def test_an_address_that_the_release_does_not_have_is_said_to_be_so(opened):
    page = opened("#phase=tertiary&by=local_authority&area=999&measure=constructor&school=x")
    assert page.is_checked("input[value=primary]")
    assert "“tertiary”, “constructor”, “999”, “x”" in page.locator("#strange").inner_text()
    go(page, "#by=toString")
    assert "toString" in page.locator("#strange").inner_text()
    go(page, "#by=region")
    assert page.locator("#strange").is_hidden()
    assert page.problems == []


# ---------------------------------------------------------------- table


def test_the_table_sorts_by_each_column_with_unknown_figures_last(opened, map_file):
    rows = map_release.england()
    rows = rows[rows["region"].isin(["London", "Yorkshire and the Humber"])].reset_index(drop=True)
    needing = rows["la_code"].isin(["201", "371"]) & (rows["group"] == "in_need")
    rows.loc[needing, ["group", "in_need"]] = ["neither", False]
    page = opened("#by=local_authority", map_file("some unknown", rows))
    for column in range(2, 9):
        head = table(page).locator(f"thead th:nth-child({column})")
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        texts = cells(page, column)
        values = [None if text == "–" else float(re.sub(r"[%,<>]", "", text)) for text in texts]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=True)
        assert values[len(known) :] == [None] * (len(values) - len(known))
    assert texts.count("–") >= 2
    table(page).locator("thead th button").first.click()
    assert names(page) == sorted(names(page), key=str.lower)
    assert table(page).locator("tbody").first.inner_text().startswith("England")


def test_heads_are_short_and_the_ratio_says_what_it_is(opened):
    page = opened("#by=local_authority")
    assert table(page).locator("thead").bounding_box()["height"] < 5 * 1.3 * 13
    name = "Ratio (High-performing schools per school in need)"
    assert page.get_by_role("button", name=name).count() == 1
    assert table(page).locator(".ratio").inner_text() == "Ratio: high-performing schools per school in need."


def test_the_chosen_measure_stands_out_in_the_table_and_stays_where_there_is_no_room(opened):
    page = opened("#measure=median_partners")
    heads = table(page).locator("thead th")
    weights = (
        table(page)
        .locator("tbody:last-child tr:first-child td")
        .evaluate_all("all => all.map((each) => getComputedStyle(each).fontWeight)")
    )
    assert [i for i, weight in enumerate(weights) if weight == "600"] == [MEASURES.index("median_partners") + 2]
    assert heads.locator("visible=true").count() == 8
    page = opened("#measure=median_partners", width=360)
    shown = [re.sub(r"\s+", " ", text) for text in heads.locator("visible=true").all_inner_texts()]
    assert [text.split(" (")[0] for text in shown] == ["Region", "Schools in need", "Median partners"]


def test_finding_narrows_the_table_and_says_when_nothing_is_found(opened):
    page = opened("#by=local_authority")
    table(page).locator("input").fill("BARN")
    assert names(page) == ["Barnet", "Barnsley"]
    table(page).locator("input").fill("zzz")
    assert names(page) == []
    assert "0 of 151 shown" in table(page).inner_text()


def test_a_long_table_is_shown_in_part_until_all_is_asked_for(opened):
    page = opened("#by=school")
    rows = table(page).locator("tbody:last-child tr:visible")
    assert rows.count() == 160
    assert re.search(r"160 of 1,\d{3} shown", table(page).inner_text())
    table(page).locator("button", has_text="Show all 1,").click()
    assert rows.count() > 1000
    assert page.evaluate("document.activeElement.closest('tr').matches(':nth-child(161)')")


# ---------------------------------------------------------------- releases that lack something


def lacking(name):
    rows = two_places()
    if name == "no secondary":
        return rows[rows["phase"] == "primary"].reset_index(drop=True)
    if name == "no need":
        return rows.assign(group="neither")
    if name == "no high-performing":
        return rows.assign(group="in_need")
    if name == "one region":
        return rows[rows["region"] == "North East"].reset_index(drop=True)
    if name == "no coordinates":
        rows[["easting", "northing"]] = pd.NA
    if name == "no constituencies":
        rows["constituency"] = pd.Series([None] * len(rows), dtype="str")
    return rows.iloc[:1].copy() if name == "one school" else rows


LACKS = (
    "no secondary",
    "no need",
    "no high-performing",
    "one region",
    "no coordinates",
    "no constituencies",
    "one school",
)


@pytest.mark.parametrize("name", LACKS)
def test_a_release_that_lacks_something_is_drawn_without_error_or_nonsense(opened, map_file, name):
    page = opened(file=map_file(name, lacking(name)), width=360)  # a small map, which is drawn in half the time
    views = every_view(page, MEASURES, "main", rows=True)
    assert {view[2] for view in views} == set(MEASURES)
    for *view, shown in views:
        assert not re.search(r"NaN|undefined|null|None,|Infinity|-0\b|\b1 schools", shown), (view, shown)
    assert page.problems == []


def test_what_a_release_lacks_is_said(opened, map_file):
    page = opened(file=map_file("no secondary", lacking("no secondary")))
    assert not page.is_enabled("input[value=secondary]")
    assert "this release has no secondary school" in page.inner_text("#controls")
    page = opened(file=map_file("no coordinates", lacking("no coordinates")))
    assert "No primary school has coordinates" in page.inner_text("#empty")
    assert "In the table only, having no place on the map: North East, South West." in page.inner_text("#unplaced")
    page = opened(file=map_file("no need", lacking("no need")))
    assert "No figure: no school in need" in page.inner_text("#legend")
    choose(page, by="school")
    assert "0 of 0 shown" in table(page).inner_text()
    page = opened(file=map_file("one region", lacking("one region")))
    assert page.inner_text("#panel-heading") == "North East, primary"
    assert table(page).locator("tbody.total").count() == 0


def test_the_page_of_the_demo_release_is_drawn(opened, demo_run):
    page = opened(file=demo_run / "report" / "map.html")
    assert "Synthetic data." in page.inner_text("aside")
    assert "Synthetic data" in page.inner_text(".bands")
    assert [problem for problem in page.problems if "GL Driver Message" not in problem] == []


def test_the_page_of_2016_says_what_could_not_be_assessed(opened, run_2016):
    page = opened(file=run_2016 / "report" / "map.html")
    assert (
        "Known in part. 4,516 primary schools count as high-performing"
        in page.locator(".notice[data-phase=primary]").inner_text()
    )
    assert [problem for problem in page.problems if "GL Driver Message" not in problem] == []
