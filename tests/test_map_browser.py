"""The map in a real browser: what the reader can choose, see, reach by keyboard and share by address."""

import math
import re

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

import map_release
import school_map
from lib import words as sentences
from test_map import SOUTH, school, two_places

pytestmark = pytest.mark.browser

PLOT = "Bokeh.documents[0].get_model_by_name('{}')"
MEASURES = [measure["id"] for measure in school_map.MEASURES]
LEVELS = list(school_map.LEVELS)


@pytest.fixture(scope="session")
def map_file(tmp_path_factory):
    """Factory: the page of a release as a file, made once for each name."""
    made = {}

    def make(name, schools, **options):
        if name not in made:
            made[name] = tmp_path_factory.mktemp("map") / f"{name}.html"
            made[name].write_text(map_release.page(schools, **options), encoding="utf-8")
        return made[name]

    return make


@pytest.fixture(scope="session")
def england_file(map_file):
    return map_file("england", map_release.england(), synthetic=True)


@pytest.fixture(scope="session")
def partial_file(map_file):
    blind = {"coasting": {"met": 0, "not_met": 0, "not_assessable": 5}}
    met = {"outstanding": {"met": 1, "not_met": 0, "not_assessable": 4}}
    return map_file("partial", two_places(), criteria=dict.fromkeys(("primary", "secondary"), met | blind))


@pytest.fixture
def opened(browser_page, england_file):
    """Factory: the map of England, or of another file, open and drawn, at an address."""

    def make(address="", file=None, **options):
        page = browser_page(**options)
        page.goto((file or england_file).as_uri() + address)
        drawn(page)
        return page

    return make


def drawn(page):
    page.wait_for_selector("html[data-ready]", state="attached")


def go(page, at):
    """Follow an address on the open page."""
    page.evaluate("(address) => { location.hash = address }", at)
    page.wait_for_timeout(200)


def columns(page, layer):
    """The columns that a layer of the plot draws, as lists."""
    source = PLOT.format(layer) + ".data_source.data"
    script = f"Object.fromEntries(Object.entries({source}).map(([name, values]) => [name, Array.from(values)]))"
    return page.evaluate(script)


def x_range(page):
    return page.evaluate(f"(({{start, end}}) => [start, end])({PLOT.format('x_range')})")


def choose(page, **choices):
    for name, value in choices.items():
        if name == "measure":
            page.select_option("#measure", value)
        else:
            page.check(f"input[name={name}][value={value}]", force=True)


def address(page):
    return page.evaluate("location.hash")


def rows(page):
    """The names in the table's first column, England left out."""
    return page.locator("#table tbody button").all_inner_texts()


def click_bubble(page, index, button=True):
    """Point at, or click, the bubble at a position of the areas' layer."""
    at = page.evaluate(
        """(index) => {
            const plot = Bokeh.documents[0].get_model_by_name("map");
            const data = Bokeh.documents[0].get_model_by_name("areas").data_source.data;
            const box = document.getElementById("map").getBoundingClientRect();
            const part = (value, range) => (value - range.start) / (range.end - range.start);
            return [
                box.left + part(data.x[index], plot.x_range) * box.width,
                box.bottom - part(data.y[index], plot.y_range) * box.height,
            ];
        }""",
        index,
    )
    page.mouse.move(at[0] - 1, at[1])
    page.mouse.move(*at)
    if button:
        page.mouse.click(*at)


# ---------------------------------------------------------------- the whole page


def test_england_is_drawn_without_error_or_request_in_every_view(opened, england_file):
    page = opened()
    for phase in ("primary", "secondary"):
        for by in (*LEVELS, "school"):
            choose(page, phase=phase, by=by)
            for measure in MEASURES:
                choose(page, measure=measure)
                assert page.locator("#legend").inner_text().strip()
    assert page.problems == []
    assert england_file.stat().st_size < 12e6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(opened, scheme):
    axe = Axe()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    page = opened("#by=region", color_scheme=scheme)
    for at in ("#by=region&area=London", "#by=school&school=370-1", ""):
        page.fill("#find", "on")  # a shorter table, since axe looks at every cell
        found = axe.run(page, options={"runOnly": tags})
        assert found.violations_count == 0, found.generate_report()
        go(page, at)


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


def test_without_javascript_the_reader_is_sent_to_the_report(browser_page, england_file):
    page = browser_page(england_file, java_script_enabled=False)
    assert page.locator("body > noscript a").get_attribute("href") == "index.html"
    assert not page.locator("#controls").is_visible()
    assert page.locator("aside").is_visible()
    left = page.locator("h1").bounding_box()["x"]
    assert page.locator("body > noscript p").bounding_box()["x"] == left


def test_without_javascript_what_is_known_in_part_is_said_of_each_phase(browser_page, partial_file):
    page = browser_page(partial_file, java_script_enabled=False)
    assert page.locator("[data-notice]:visible").count() == 2


def test_a_synthetic_release_says_so_above_the_page_and_in_the_plot(opened):
    page = opened()
    assert "Synthetic data." in page.locator("aside").inner_text()
    assert page.evaluate(PLOT.format("banner") + ".text") == "Synthetic data: no evidence about schools"


def test_the_colours_follow_the_scheme(opened):
    page = opened("#measure=share_in_need")
    fill = PLOT.format("areas") + ".data_source.data.fill[0]"
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        scale = school_map.colours()[scheme]["scales"]["in_need"]
        page.wait_for_function(f"scale => scale.includes({fill})", arg=scale)
        assert set(columns(page, "areas")["fill"]) <= set(scale)


# ---------------------------------------------------------------- choices and address


@pytest.mark.parametrize("by", LEVELS)
def test_each_level_shows_its_areas_on_the_map_and_in_the_table(opened, by):
    page = opened("#by=school")
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent).phases.primary.levels")
    choose(page, by=by)
    assert sorted(columns(page, "areas")["area"]) == list(range(len(data[by]["x"])))
    names = data[by]["name"][:160]
    page.wait_for_function("n => document.querySelectorAll('#table tbody button').length === n", arg=len(names))
    assert rows(page) == sorted(names, key=str.lower)
    assert f"by={by}" in address(page)


def test_phase_and_measure_change_the_figures_and_the_address(opened):
    page = opened("#by=local_authority")
    first = columns(page, "areas")
    choose(page, phase="secondary")
    second = columns(page, "areas")
    assert first["size"] != second["size"]
    assert "secondary" in page.locator("#panel-heading").inner_text()
    choose(page, measure="median_partners")
    assert columns(page, "areas")["fill"] != second["fill"]
    assert address(page) == "#phase=secondary&by=local_authority&measure=median_partners"
    assert page.locator(".legend-title").first.inner_text() == "Median number of partners"
    assert "good" in page.locator("#legend .said").inner_text()


def test_bubbles_are_sized_by_the_number_in_need(opened):
    page = opened()
    shown = dict(zip(columns(page, "areas")["size"], columns(page, "areas")["area"], strict=True))
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent).phases.primary.levels.region")
    sizes = sorted(shown, reverse=True)
    assert [data["in_need"][shown[size]] for size in sizes] == sorted(data["in_need"], reverse=True)
    assert sizes[-1] / sizes[0] == pytest.approx((min(data["in_need"]) / max(data["in_need"])) ** 0.5, rel=1e-6)


def test_the_ratio_is_orange_below_one_and_blue_above(browser_page, map_file):
    table = map_release.schools_table(
        [school(100001 + i, "in_need") for i in range(3)]
        + [school(100010, "high_performing"), school(100011, "in_need", SOUTH, x=250_000)]
        + [school(100020 + i, "high_performing", SOUTH, x=250_000) for i in range(5)]
    )
    page = browser_page(map_file("two_ratios", table))
    drawn(page)
    shown = columns(page, "areas")
    scale = school_map.colours()["light"]["scales"]["ratio"]
    fills = dict(zip(shown["x"], shown["fill"], strict=True))
    assert scale.index(fills[400_000]) < 3 <= scale.index(fills[250_000])


def covering(page):
    """Pairs of bubbles of which one covers a part of the other, and how far (in px) each stands from its own place."""
    return page.evaluate(
        """() => {
            const plot = Bokeh.documents[0].get_model_by_name("map");
            const {x, y, size, area} = Bokeh.documents[0].get_model_by_name("areas").data_source.data;
            const data = JSON.parse(document.getElementById("data").textContent).phases.primary.levels;
            const own = data[document.querySelector("input[name=by]:checked").value];
            const metres = (plot.x_range.end - plot.x_range.start) / document.getElementById("map").clientWidth;
            const pairs = [];
            for (let i = 0; i < x.length; i++)
                for (let j = 0; j < i; j++)
                    if (Math.hypot(x[i] - x[j], y[i] - y[j]) / metres < (size[i] + size[j]) / 2 - 1) pairs.push([i, j]);
            return [pairs, area.map((a, i) => Math.hypot(own.x[a] - x[i], own.y[a] - y[i]) / metres)];
        }"""
    )


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("by", ["region", "local_authority"])
def test_no_area_covers_another_and_none_is_far_from_its_place(opened, by, width):
    page = opened(f"#by={by}", width=width)
    pairs, moved = covering(page)
    assert pairs == []
    assert 0 < max(moved) < 60
    if by == "local_authority":
        for _ in range(6):
            page.click("[data-move=in]")
        assert max(covering(page)[1]) < max(moved) / 2
    assert page.problems == []


@pytest.mark.parametrize("width", [360, 1440])
def test_each_region_has_its_name_and_its_figure_on_the_map(opened, width):
    page = opened(width=width)
    labels, values = columns(page, "labels"), columns(page, "values")
    assert len(labels["text"]) == 9
    outside = [text for text in labels["text"] if re.search(r" [\d.]+$", text)]
    assert len(outside) + len(values["text"]) == 9


def in_authorities(*counts):
    """Schools of one authority a count (high-performing, in need, neither), each 100 km from the next."""
    rows, urn = [], 100_000
    for n, groups in enumerate(counts):
        place = (str(201 + n), f"Shire {n}", "North East", "Town")
        for group, count in zip(("high_performing", "in_need", "neither"), groups, strict=True):
            for _ in range(count):
                urn += 1
                rows.append(school(urn, group, place, x=300_000 + 100_000 * n))
    return map_release.schools_table(rows)


def test_what_is_printed_alike_has_one_colour(opened, map_file):
    shares = map_file("shares", in_authorities((0, 10, 41), (0, 10, 39), (0, 10, 51)))  # 19.6%, 20.4%, 16.4%
    page = opened("#by=local_authority&measure=share_in_need", file=shares)
    assert page.locator("td.c-share_in_need").all_inner_texts()[1:] == ["20%", "20%", "16%"]
    shown = columns(page, "areas")
    first, second, third = (shown["fill"][shown["area"].index(i)] for i in range(3))
    assert first == second != third


def test_ratios_are_written_as_in_the_report_and_coloured_as_written(opened, map_file):
    groups = [(99, 100), (399, 400), (1, 3), (31, 1), (1, 1), (0, 1), (1, 0), (29, 20), (1, 8)]
    page = opened("#by=local_authority", file=map_file("ratios", in_authorities(*((*pair, 0) for pair in groups))))
    cells = page.locator("td.c-high_performing_per_in_need").all_inner_texts()[1:]
    assert cells == [sentences.ratio(high / need if need else None) for high, need in groups]
    assert cells[:2] == ["0.99", "1.0"]
    shown = columns(page, "areas")
    scale = school_map.colours()["light"]["scales"]["ratio"]
    assert [scale.index(shown["fill"][shown["area"].index(i)]) for i in (0, 1)] == [2, 3]


def test_a_release_known_in_part_opens_on_the_share_in_need_unless_the_address_says_otherwise(opened, partial_file):
    page = opened(file=partial_file)
    assert page.input_value("#measure") == "share_in_need"
    assert page.evaluate(f"[{PLOT.format('band')}.visible, {PLOT.format('band')}.text]") == [
        True,
        "Partial: not all schools in need are known",
    ]
    assert "Known to be in need" in page.inner_text("#panel")
    assert "Known to be high-performing" not in page.inner_text("#panel")
    page = opened("#measure=high_performing_per_in_need", file=partial_file)
    words = page.locator("#legend .said").inner_text()
    assert words.startswith("Not a fair balance: the one criterion for schools in need could not be assessed")
    assert "good" not in words


def test_schools_that_can_be_nobodys_partner_are_counted_in_the_panel(browser_page, map_file):
    table = two_places()
    table.loc[table["urn"] == 100002, ["easting", "northing"]] = None
    page = browser_page(map_file("unplaced", table))
    drawn(page)
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
    assert page.locator("#table [aria-current]").inner_text() == "Barnsley"
    assert len(columns(page, "circle")["x"]) == 1


def test_an_address_typed_in_is_followed(opened):
    page = opened()
    page.evaluate("location.hash = '#by=region&area=London'")
    page.wait_for_function("document.getElementById('panel-heading').textContent === 'London'")


def test_an_address_that_the_release_does_not_have_is_said_to_be_so(opened):
    page = opened("#phase=tertiary&by=local_authority&area=999&measure=constructor&school=x")
    assert page.is_checked("input[value=primary]")
    words = page.locator("#strange").inner_text()
    assert "“tertiary”, “constructor”, “999”, “x”" in words
    go(page, "#by=toString")
    assert "toString" in page.locator("#strange").inner_text()
    go(page, "#by=region")
    assert page.locator("#strange").is_hidden()
    assert page.problems == []


# ---------------------------------------------------------------- areas and schools


def test_pointing_at_an_area_shows_its_figures(opened):
    page = opened()
    click_bubble(page, 0, button=False)
    words = page.locator("#tip").inner_text()
    assert "High-performing schools per school in need" in words
    assert page.locator("#ring").is_visible()
    page.mouse.move(1, 1)
    page.wait_for_selector("#tip", state="hidden")


def test_the_table_has_the_figures_that_the_map_shows(opened):
    page = opened()
    page.locator("#table tbody button", has_text="London").focus()
    shown = page.locator("#tip").inner_text()
    cells = page.locator("#table tbody tr", has_text="London").locator("td").all_inner_texts()
    schools, in_need, ratio, share_in_need, share_high, partners, without = cells
    for words in (schools, f"{in_need} ({share_in_need})", f"({share_high})", ratio, partners, without.split()[0]):
        assert words in shown


def test_choosing_an_area_on_the_map_zooms_to_it_and_shows_its_schools(opened):
    page = opened("#by=local_authority")
    before = x_range(page)
    click_bubble(page, 0)
    left, right = x_range(page)
    assert right - left < (before[1] - before[0]) / 2
    key = re.search(r"area=(\d+)", address(page))[1]
    shown = [x for layer in ("others", "need", "high") for x in columns(page, layer)["x"]]
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent).phases.primary")
    at = data["levels"]["local_authority"]["key"].index(key)
    assert sorted(shown) == sorted(
        x for x, area in zip(data["schools"]["x"], data["schools"]["local_authority"], strict=True) if area == at
    )
    assert left < min(shown) <= max(shown) < right
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert "area" not in address(page)
    assert x_range(page) == pytest.approx(before)


def test_a_chosen_area_has_its_name_on_the_map_and_no_bubbles_among_its_schools(opened):
    page = opened("#by=local_authority")
    assert page.locator("#where").is_hidden()
    page.click("#table button:has-text('Barnsley')")
    assert page.locator("#where strong").inner_text() == "Barnsley"
    assert columns(page, "areas")["x"] == []
    assert page.locator("#legend").inner_text().split("\n") == ["In need", "High-performing", "Other schools"]
    page.click("[data-school]")
    assert page.locator("#where strong").inner_text() == "Barnsley, school in need 1"
    assert "Within 5 miles" in page.locator("#legend").inner_text()
    page.click("#where button")
    page.click("#where button")
    assert "area" not in address(page)
    assert len(columns(page, "areas")["x"]) > 100
    assert focused(page)[0] == "map"


def seen(page, selector, height=None):
    """Whether an element, or as much of its top as `height`, is within the window."""
    script = """(element, height) => {
        const {top, bottom} = element.getBoundingClientRect();
        return top >= -1 && (height === null ? bottom : top + height) <= innerHeight + 1;  // fractions of a pixel
    }"""
    return page.locator(selector).evaluate(script, height)


def test_on_a_wide_page_the_panel_comes_into_view_and_back_leads_to_the_row(opened):
    page = opened("#by=local_authority", width=1366, height=768)
    row = page.locator("#table button", has_text="York").last
    row.click()
    assert seen(page, "#panel", 200)
    assert seen(page, "#map")
    last = page.locator("#panel [data-school]").last
    last.scroll_into_view_if_needed()
    name = last.inner_text()
    last.click()
    assert page.locator("#panel-heading").inner_text() == name
    assert seen(page, "#panel", 100)
    assert seen(page, "#map")
    page.keyboard.press("Escape")
    assert focused(page) == ["BUTTON", name]
    assert seen(page, f"#panel button:text-is('{name}')")
    page.click("#panel [data-back]")
    assert focused(page)[1].startswith("York")
    assert row.evaluate("each => each === document.activeElement")
    assert seen(page, "tr:focus-within")


def test_an_area_chosen_on_the_map_beside_a_scrolled_table_brings_its_figures_into_view(opened):
    page = opened("#by=local_authority", width=1366, height=768)
    page.evaluate("scrollTo(0, 3000)")
    click_bubble(page, 0)
    assert "area=" in address(page)
    assert seen(page, "#panel", 200)


def test_on_a_phone_a_chosen_school_is_seen_on_the_map_with_its_panel_beneath(opened):
    page = opened("#by=local_authority", width=360, height=800)
    page.locator("#table button", has_text="York").last.click()
    assert seen(page, "#panel", 200)
    page.locator("#panel [data-school]").last.click()
    assert seen(page, "#map")
    assert seen(page, "#panel", 100)


def test_a_finger_scrolls_the_page_past_the_map_where_the_map_fills_the_width(opened):
    action = """() => {
        const all = (root) =>
            [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
        return getComputedStyle(all(document).find((e) => e.classList.contains("bk-events"))).touchAction;
    }"""
    assert opened(width=360, has_touch=True).evaluate(action) == "pan-y"
    assert opened(width=1440, has_touch=True).evaluate(action) == "none"


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1440, 900)])
def test_on_a_wide_page_map_and_legend_are_seen_without_scrolling(opened, partial_file, width, height):
    for file in (None, partial_file):
        page = opened("#by=local_authority&measure=high_performing_per_in_need", file=file, width=width, height=height)
        assert seen(page, "#map")
        assert seen(page, "#legend")
        inside = """() => {
            const [map, legend] = ["map", "legend"].map((id) => document.getElementById(id).getBoundingClientRect());
            return legend.top >= map.top && legend.bottom <= map.bottom - 40;  // the band stands beneath
        }"""
        assert page.evaluate(inside)


def test_choosing_a_school_shows_its_radius_and_its_partners_with_distances(browser_page, map_file):
    page = browser_page(map_file("two", two_places()))
    drawn(page)
    page.click("#table button:has-text('North East')")
    page.click("[data-school]")
    assert columns(page, "circle")["radius"] == [pytest.approx(8046.72)]
    assert (columns(page, "partners")["x"], columns(page, "partners")["y"]) == ([403_000], [504_000])
    assert len(columns(page, "links")["x0"]) == 1
    words = page.locator("#panel").inner_text()
    assert "1 partner within 5 miles; the nearest is 3.1 miles away" in words.replace("One", "1")
    assert "Northshire, high-performing school" in words
    left, right = x_range(page)
    assert left < 400_000 - 8047 < 400_000 + 8047 < right


def test_a_school_without_a_partner_says_how_far_the_nearest_is(browser_page, map_file):
    page = browser_page(map_file("two", two_places()))
    drawn(page)
    page.click("#table button:has-text('South West')")
    page.click("[data-school]")
    assert "No partner within 5 miles; the nearest high-performing school is 268.4 miles away." in page.inner_text(
        "#panel"
    )
    assert columns(page, "partners")["x"] == []


def test_single_schools_can_be_chosen_on_the_map(browser_page, map_file):
    page = browser_page(map_file("two", two_places()))
    drawn(page)
    choose(page, by="school")
    page.click("#table button:has-text('Southshire')")
    box = page.locator("#map").bounding_box()
    page.click("[data-move=home]")
    page.keyboard.press("Escape")
    page.click("#table button:has-text('Northshire')")
    page.go_back()
    page.mouse.move(1, 1)
    page.evaluate("location.hash = '#by=school&school=201-1'")
    page.wait_for_function("document.getElementById('panel-heading').textContent.startsWith('Northshire')")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator("#tip").inner_text().startswith("Northshire, school in need 1")


def test_a_named_school_is_shown_as_text(browser_page, map_file):
    table = two_places()
    table.loc[table["urn"] == 100001, "name"] = "<img src=x onerror=alert(1)>"
    page = browser_page(map_file("named", table, named=True))
    drawn(page)
    choose(page, by="school")
    assert rows(page)[0] == "<img src=x onerror=alert(1)> (100001)"
    page.click("#table tbody button")
    assert page.locator("#panel-heading").inner_text() == "<img src=x onerror=alert(1)> (100001)"
    assert "School 100002 (100002), Northshire" in page.inner_text("#panel")
    assert page.locator("main img").count() == 0
    assert page.problems == []


def test_boundaries_are_drawn_as_shapes_that_can_be_pointed_at_and_chosen(browser_page, map_file):
    def square(name, x, y):
        ring = [[x, y], [x + 90_000, y], [x + 90_000, y + 90_000], [x, y + 90_000], [x, y]]
        return {"properties": {"RGN": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    squares = {"features": [square("north east", 360_000, 460_000), square("South West", 200_000, 60_000)]}
    file = map_file("shapes", two_places(), collections={"regions.geojson": squares}, boundary_names=["RGN"])
    page = browser_page(file)
    drawn(page)
    assert len(columns(page, "shapes")["fill"]) == 2
    assert columns(page, "areas")["x"] == []
    box = page.locator("#map").bounding_box()
    page.click("#table button:has-text('North East')")
    page.locator("#table button:has-text('South West')").evaluate("each => each.blur()")
    page.mouse.move(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 60)
    page.mouse.move(box["x"] + box["width"] / 2 - 61, box["y"] + box["height"] / 2 - 60)
    assert page.locator("#tip").inner_text().startswith("North East")
    choose(page, by="local_authority")
    assert len(columns(page, "areas")["x"]) == 2
    assert page.problems == []


# ---------------------------------------------------------------- keyboard


def focused(page):
    """What has the focus: name or id, value or words."""
    return page.evaluate(
        """() => {
            const e = document.activeElement;
            const words = e.type === "radio" ? e.value : e.getAttribute("aria-label") || e.textContent.trim();
            return [e.name || e.id || e.dataset.sort || e.dataset.move || e.tagName, words];
        }"""
    )


def test_every_control_is_reached_by_the_tab_key_in_the_order_of_the_page(opened):
    page = opened()
    page.keyboard.press("Tab")
    stops = [focused(page)]
    for _ in range(99):
        page.keyboard.press("Tab")
        if focused(page) == stops[0]:  # round again
            break
        stops.append(focused(page))
    names = [name for name, _ in stops]
    expected = ["phase", "by", "measure", "map", "in", "out", "home", "up", "left", "right", "down", "find", "name"]
    assert [name for name in names if name in expected] == expected
    assert ["BUTTON", "South West"] in stops
    assert names.count("BODY") <= 1
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0


def test_all_can_be_chosen_with_the_keyboard_alone(opened):
    page = opened()
    page.focus("input[name=phase]:checked")
    page.keyboard.press("ArrowRight")
    assert "phase=secondary" in address(page)
    page.focus("input[name=by]:checked")
    page.keyboard.press("ArrowRight")
    assert "by=local_authority" in address(page)
    page.focus("#measure")
    page.keyboard.press("ArrowDown")
    assert "measure=share_in_need" in address(page)
    page.focus("#find")
    page.keyboard.type("barns")
    page.keyboard.press("Tab")
    while focused(page) != ["BUTTON", "Barnsley"]:
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "area=370" in address(page)
    assert focused(page) == ["panel-heading", "Barnsley"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "school=370-1" in address(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert address(page) == "#phase=secondary&by=local_authority&measure=share_in_need"
    assert focused(page)[1] == "Barnsley"


def test_the_map_moves_with_arrow_keys_and_buttons(opened):
    page = opened()
    left, right = x_range(page)
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    assert x_range(page)[0] > left
    page.keyboard.press("+")
    assert x_range(page)[1] - x_range(page)[0] < right - left
    page.keyboard.press("0")
    assert x_range(page) == pytest.approx([left, right])
    for way in ("in", "out", "up", "down", "left", "right"):
        before = page.evaluate(f"[{PLOT.format('x_range')}.start, {PLOT.format('y_range')}.start]")
        page.click(f"[data-move={way}]")
        assert page.evaluate(f"[{PLOT.format('x_range')}.start, {PLOT.format('y_range')}.start]") != before
    page.click("[data-move=home]")
    assert x_range(page) == pytest.approx([left, right])


def test_zooming_by_button_keeps_england_in_view(opened):
    page = opened("#by=local_authority")
    for _ in range(4):
        page.click("[data-move=in]")
    left, right = x_range(page)
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent).phases.primary.schools.x")
    assert min(data) + 100_000 < left < right < max(data)


def test_dragging_and_the_wheel_keep_the_proportions(opened):
    page = opened()
    box = page.locator("#map").bounding_box()
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*at)
    page.mouse.wheel(0, -300)
    page.mouse.down()
    page.mouse.move(at[0] + 60, at[1] + 40, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    spans = page.evaluate(f"[{PLOT.format('x_range')}, {PLOT.format('y_range')}].map(({{start, end}}) => end - start)")
    assert spans[0] / spans[1] == pytest.approx(box["width"] / box["height"], rel=0.01)


# ---------------------------------------------------------------- table


def test_the_table_sorts_by_each_column_with_unknown_figures_last(opened):
    page = opened("#by=local_authority")
    page.wait_for_function("document.querySelectorAll('#table tbody button').length > 140")
    for column in ("schools", *MEASURES):
        page.click(f"[data-sort={column}]")
        assert page.get_attribute(f"th.c-{column}", "aria-sort") == "descending"
        page.wait_for_function("document.querySelectorAll('#table tbody button').length > 140")
        cells = page.locator(f"tbody tr[data-row] td.c-{column}").all_inner_texts()
        values = [None if cell == "–" else float(re.sub(r"^.*\(|[%,)<>]", "", cell)) for cell in cells]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=True)
        assert values[len(known) :] == [None] * (len(values) - len(known))


def test_heads_are_short_and_the_ratio_says_what_it_is(opened):
    page = opened("#by=local_authority")
    assert page.locator("#table thead").bounding_box()["height"] < 5 * 1.3 * 13
    name = "Ratio (High-performing schools per school in need)"
    assert page.get_by_role("button", name=name).count() == 1
    assert page.locator("caption").inner_text() == "Ratio: high-performing schools per school in need."


def test_finding_narrows_the_table_and_says_when_nothing_is_found(opened):
    page = opened("#by=local_authority")
    page.fill("#find", "BARN")
    assert rows(page) == ["Barnet", "Barnsley"]
    page.fill("#find", "zzz")
    assert rows(page) == []
    assert "None of the local authorities is found" in page.inner_text("#shown")


def test_a_long_table_is_shown_in_parts(opened):
    page = opened("#by=school")
    page.wait_for_function("document.querySelectorAll('#table tbody button').length === 160")
    assert re.match(r"160 of 1,\d{3} shown", page.inner_text("#shown"))
    page.click("#more")
    page.wait_for_function("document.querySelectorAll('#table tbody button').length === 320")


# ---------------------------------------------------------------- releases that lack something


def lacking(name):
    table = two_places()
    if name == "no secondary":
        return table[table["phase"] == "primary"].reset_index(drop=True)
    if name == "no need":
        return table.assign(group="neither")
    if name == "no high-performing":
        return table.assign(group="in_need")
    if name == "one region":
        return table[table["region"] == "North East"].reset_index(drop=True)
    if name == "no coordinates":
        table[["easting", "northing"]] = pd.NA
    if name == "no constituencies":
        table["constituency"] = pd.Series([None] * len(table), dtype="str")
    if name == "one school":
        return table.iloc[:1].copy()
    return table


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
def test_a_release_that_lacks_something_is_drawn_without_error_or_nonsense(browser_page, map_file, name):
    page = browser_page(map_file(name, lacking(name)))
    drawn(page)
    for phase in ("primary", "secondary"):
        if not page.is_enabled(f"input[value={phase}]"):
            continue
        choose(page, phase=phase)
        for by in (*LEVELS, "school"):
            if not page.is_enabled(f"input[value={by}]"):
                continue
            choose(page, by=by)
            for measure in MEASURES:
                choose(page, measure=measure)
                words = page.inner_text("main")
                assert not re.search(r"NaN|undefined|null|Infinity|-0\b|\b1 schools", words), words
            if page.locator("#table tbody button").count():
                page.locator("#table tbody button").first.click()
                assert not re.search(r"NaN|undefined|null|Infinity", page.inner_text("#panel"))
    assert page.problems == []


def test_what_a_release_lacks_is_said(browser_page, map_file):
    page = browser_page(map_file("no secondary", lacking("no secondary")))
    drawn(page)
    assert not page.is_enabled("input[value=secondary]")
    assert "this release has no secondary school" in page.inner_text("#controls")
    page = browser_page(map_file("no coordinates", lacking("no coordinates")))
    drawn(page)
    assert "No primary school has coordinates" in page.inner_text("#empty")
    page = browser_page(map_file("no need", lacking("no need")))
    drawn(page)
    assert "No figure: no school in need" in page.inner_text("#legend")
    choose(page, by="school")
    assert page.inner_text("#shown") == "There is no school in need."
    page = browser_page(map_file("one region", lacking("one region")))
    drawn(page)
    assert page.inner_text("#panel-heading") == "North East, primary"
    assert page.locator("tr.england").count() == 0


# ---------------------------------------------------------------- speed


TIMED = """async ({selector, name, value}) => {
    const element = document.querySelector(selector);
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    await painted();
    const begun = performance.now();
    if (element.tagName === "SELECT") {
        element.value = value;
        element.dispatchEvent(new Event("change", {bubbles: true}));
    } else element.click();
    await painted();
    return performance.now() - begun;
}"""
WAYS = {
    "local authorities": ("#by=region", "input[value=local_authority]", None),
    "constituencies": ("#by=region", "input[value=constituency]", None),
    "single schools": ("#by=region", "input[value=school]", None),
    "phase": ("#by=constituency", "input[value=secondary]", None),
    "measure of constituencies": ("#by=constituency", "#measure", "median_partners"),
    "measure of schools": ("#by=school", "#measure", "median_partners"),
    "an area": ("#by=local_authority", "#table tbody button", None),
    "a school": ("#by=school", "#table tbody button", None),
    "zoom among schools": ("#by=school", "[data-move=in]", None),
    "sorting": ("#by=constituency", "[data-sort=schools]", None),
}


@pytest.mark.slow
def test_each_interaction_on_england_answers_within_a_tenth_of_a_second(opened):
    # From the choice to the page painted, or the time that the page's main thread was running in it, if that is less:
    # where other work keeps the machine busy, the page waits for a processor. The best of up to ten tries counts.
    page = opened()
    inspector = page.context.new_cdp_session(page)
    inspector.send("Performance.enable", {"timeDomain": "threadTicks"})

    def running():
        metrics = inspector.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    took = {}
    for name, (before, selector, value) in WAYS.items():
        for _ in range(10):
            go(page, before)
            begun = running()
            waited = page.evaluate(TIMED, {"selector": selector, "value": value})
            took[name] = min(waited, running() - begun, took.get(name, math.inf))
            if took[name] < 100:
                break
    slow = {name: round(ms) for name, ms in took.items() if ms >= 100}
    assert not slow, f"ms from the choice to the page painted: {slow}"


def test_pointing_among_all_schools_answers_within_a_tenth_of_a_second(opened):
    page = opened("#by=school")
    page.evaluate(
        """() => {
            window.waits = [];
            let moved = 0;
            document.getElementById("map").addEventListener("pointermove", () => (moved = performance.now()), true);
            new MutationObserver(() => window.waits.push(performance.now() - moved))
                .observe(document.getElementById("tip"), {childList: true});
        }"""
    )
    box = page.locator("#map").bounding_box()
    for step in range(30):
        page.mouse.move(box["x"] + box["width"] * 0.66 + step, box["y"] + box["height"] * 0.55 + step)
    waits = page.evaluate("window.waits")
    assert len(waits) > 5
    assert sorted(waits)[len(waits) // 2] < 100


def test_with_webgl_bokeh_draws_all_schools_itself(browser_page, england_file):
    page = browser_page()
    # The test's machine has WebGL worked out by the processor, which the page would pass over.
    page.add_init_script(
        """const own = WebGLRenderingContext.prototype.getParameter;
        WebGLRenderingContext.prototype.getParameter = function (name) {
            return name === 0x9246 ? "A graphics card" : own.call(this, name);
        };"""
    )
    page.goto(england_file.as_uri() + "#by=school")
    drawn(page)
    if page.evaluate(PLOT.format("map") + ".output_backend") != "webgl":
        pytest.skip("this browser has no WebGL at all")
    shown = sum(len(columns(page, layer)["x"]) for layer in ("others", "need", "high"))
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent).phases.primary.schools.x.length")
    assert shown == data
    assert page.locator("#dots").is_hidden()
    assert not [problem for problem in page.problems if "GL Driver Message" not in problem]


def test_without_webgl_all_schools_are_stamped(opened):
    page = opened("#by=school")
    assert page.locator("#dots").is_visible()
    painted = page.evaluate(
        """() => {
            const canvas = document.getElementById("dots");
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let painted = 0;
            for (let i = 3; i < data.length; i += 4) painted += data[i] > 0;
            return painted;
        }"""
    )
    assert painted > 10_000


def test_the_page_of_the_demo_release_is_drawn(browser_page, demo_run):
    page = browser_page(demo_run / "report" / "map.html")
    drawn(page)
    assert "Synthetic data." in page.inner_text("aside")
    assert page.problems == []


def test_the_page_of_2016_says_what_could_not_be_assessed(browser_page, run_2016):
    page = browser_page(run_2016 / "report" / "map.html")
    drawn(page)
    assert "“Coasting”" in page.locator("[data-notice=primary]").inner_text()
    assert page.problems == []
