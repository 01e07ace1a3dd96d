"""The map in a real browser: areas and schools that are pointed at and chosen, keyboard and touch, speed."""

import math

import pytest

import map_plot
from lib import palette
from map_browser import (
    address,
    area_place,
    choose,
    click,
    colours_at,
    drawn,
    figures,
    focused,
    go,
    names,
    painted,
    phase_data,
    picture,
    place,
    point,
    seen,
    table,
    view,
)
from test_map import two_places

pytestmark = pytest.mark.browser
pytest_plugins = ("map_pages",)


# ---------------------------------------------------------------- areas and schools


def test_pointing_at_an_area_shows_its_figures(opened):
    page = opened()
    point(page, area_place(page, "region", "London"))
    words = page.locator("#tip").inner_text()
    assert words.startswith("London")
    assert "High-performing schools per school in need" in words
    assert page.locator("#ring").is_visible()
    page.mouse.move(1, 1)
    page.wait_for_selector("#tip", state="hidden")


def test_the_table_has_the_figures_that_the_map_shows(opened):
    page = opened()
    row = table(page).locator("tbody tr", has_text="London")
    row.locator("button").focus()
    shown = page.locator("#tip").inner_text()
    schools, in_need, ratio, share_high, share_in_need, partners, without = figures(row.locator("td"))
    for words in (schools, f"{in_need} ({share_in_need})", f"({share_high})", ratio, partners, f"({without})"):
        assert words in shown


def test_choosing_an_area_on_the_map_zooms_to_it_and_shows_its_schools(opened):
    page = opened("#by=local_authority")
    data = phase_data(page)
    before = view(page)
    click(page, area_place(page, "local_authority", "370"))
    left, bottom, right, top = view(page)
    assert right - left < (before[2] - before[0]) / 2
    assert "area=370" in address(page)
    assert table(page).locator("[aria-current]").inner_text() == "Barnsley"
    inside = data["levels"]["local_authority"]["key"].index("370")
    schools = data["schools"]
    own = [i for i, area in enumerate(schools["local_authority"]) if area == inside]
    assert all(left < schools["x"][i] < right and bottom < schools["y"][i] < top for i in own)
    page.wait_for_timeout(200)
    at = {i: (schools["x"][i], schools["y"][i]) for i in own}
    alone = [i for i in own if min(math.dist(at[i], at[j]) for j in own if j != i) > 900]
    fills = {2: palette.colour("high_performing").lower(), 3: palette.colour("in_need").lower()}
    of_group = [next(i for i in alone if schools["group"][i] == group) for group in fills]
    shown = colours_at(page, [place(page, *at[i]) for i in of_group])
    for colour, fill in zip(shown, fills.values(), strict=True):
        assert math.dist(rgb(colour), rgb(fill)) < 25
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert "area" not in address(page)
    assert view(page) == before


def rgb(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_a_chosen_area_has_its_name_on_the_map_and_no_circles_among_its_schools(opened):
    page = opened("#by=local_authority&measure=share_in_need")
    assert page.locator("#where").is_hidden()
    faint = palette.scale("light", "in-need")[:3]
    assert sum(painted(page)[fill] for fill in faint) > 2000
    table(page).locator("button", has_text="Barnsley").click()
    assert page.locator("#where strong").inner_text() == "Barnsley"
    page.wait_for_timeout(200)
    assert sum(painted(page)[fill] for fill in faint) < 50
    assert page.locator("#legend").inner_text().split("\n") == ["In need", "High-performing", "Other schools"]
    page.click("[data-school]")
    assert page.locator("#where strong").inner_text() == "Barnsley, school in need 1"
    assert "Within 5 miles" in page.locator("#legend").inner_text()
    page.click("#where button")
    page.click("#where button")
    assert "area" not in address(page)
    page.wait_for_timeout(200)
    assert sum(painted(page)[fill] for fill in faint) > 2000
    assert focused(page)[0] == "map"


def test_on_a_wide_page_the_panel_comes_into_view_and_back_leads_to_the_row(opened):
    page = opened("#by=local_authority", width=1366, height=768)
    row = table(page).locator("button", has_text="York").last
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
    click(page, area_place(page, "local_authority", "370"))
    assert "area=370" in address(page)
    assert seen(page, "#panel", 200)


def test_on_a_phone_a_chosen_school_is_seen_on_the_map_with_its_panel_beneath(opened):
    page = opened("#by=local_authority", width=360, height=800)
    table(page).locator("button", has_text="York").last.click()
    assert seen(page, "#panel", 200)
    page.locator("#panel [data-school]").last.click()
    assert seen(page, "#map")
    assert seen(page, "#panel", 100)


def test_a_finger_chooses_an_area_and_scrolls_the_page_past_a_map_as_wide_as_the_page(browser_page, england_file):
    page = browser_page(england_file, width=360, has_touch=True)
    drawn(page)
    box = page.locator("#map").bounding_box()
    actions = page.locator("#plot").evaluate(
        """(plot) => {
            const all = (root) =>
                [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
            return all(plot).map((each) => getComputedStyle(each).touchAction);
        }"""
    )
    assert "pan-y" in actions and "none" not in actions
    page.locator("#map").scroll_into_view_if_needed()
    page.touchscreen.tap(*area_place(page, "region", "South West"))
    page.wait_for_function("document.getElementById('panel-heading').textContent === 'South West'")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_timeout(100)
    assert page.locator("#map").bounding_box()["width"] > 2 * box["width"]


def test_choosing_a_school_shows_its_radius_and_its_partners_with_distances(opened, two_file):
    page = opened(file=two_file)
    table(page).locator("button", has_text="North East").click()
    page.click("[data-school]")
    page.wait_for_timeout(200)
    words = page.locator("#panel").inner_text()
    assert "1 partner within 5 miles; the nearest is 3.1 miles away" in words
    assert "Northshire, high-performing school" in words
    left, _, right, _ = view(page)
    assert left < 400_000 - 8047 < 400_000 + 8047 < right
    schools = [(400_000, 500_000), (403_000, 504_000)]
    about_the_rim = [(400_000 - metres, 500_000) for metres in (7600, 8500)]
    places = [*schools, *about_the_rim, (401_500, 502_000)]
    need, high, inside, outside, line = colours_at(page, [place(page, *at) for at in places])
    assert (need, high) == (palette.colour("in_need").lower(), palette.colour("high_performing").lower())
    assert inside != outside == palette.MAP["light"]["sea"]
    assert line not in (inside, outside)


def test_a_school_without_a_partner_says_how_far_the_nearest_is(opened, two_file):
    page = opened(file=two_file)
    table(page).locator("button", has_text="South West").click()
    page.click("[data-school]")
    words = page.inner_text("#panel")
    assert "No partner within 5 miles; the nearest high-performing school is 268.4 miles away." in words
    assert page.locator("[data-pair]").count() == 0


def test_single_schools_can_be_pointed_at_and_chosen_on_the_map(opened, two_file):
    page = opened("#by=school", two_file)
    point(page, place(page, 408_000, 500_000))
    assert page.locator("#tip").inner_text() == "Northshire, school in neither group"
    click(page, place(page, 250_000, 100_000))
    assert "school=202-1" in address(page)
    assert page.locator("#panel-heading").inner_text() == "Southshire, school in need 1"
    assert table(page).locator("[aria-current]").inner_text() == "Southshire, school in need 1"
    page.go_back()
    page.wait_for_function("document.getElementById('panel-heading').textContent === 'England, primary'")
    go(page, "#by=school&school=201-1")
    point(page, place(page, 403_000, 504_000))
    assert page.locator("#tip").inner_text().split("\n")[-1] == "Partner, 3.1 miles away"


def test_pointing_at_a_listed_school_shows_it_on_the_map(opened, two_file):
    page = opened("#by=region&area=North East".replace(" ", "+"), two_file)
    page.hover("[data-school]")
    assert page.locator("#tip").inner_text().startswith("Northshire, school in need 1")
    ring, at = page.locator("#ring").bounding_box(), place(page, 400_000, 500_000)
    assert ring["x"] + ring["width"] / 2 == pytest.approx(at[0], abs=1)
    page.click("[data-school]")
    page.hover("[data-pair]")
    assert page.locator("#tip").inner_text().startswith("Northshire, high-performing school")


def test_a_named_school_is_shown_as_text(opened, map_file):
    rows = two_places()
    rows.loc[rows["urn"] == 100001, "name"] = "<img src=x onerror=alert(1)>"
    page = opened(file=map_file("named", rows, named=True))
    choose(page, by="school")
    assert names(page)[0] == "<img src=x onerror=alert(1)> (100001)"
    table(page).locator("tbody button").first.click()
    assert page.locator("#panel-heading").inner_text() == "<img src=x onerror=alert(1)> (100001)"
    assert "School 100002 (100002), Northshire" in page.inner_text("#panel")
    assert page.locator("main img").count() == 0
    assert page.problems == []


def test_boundaries_are_drawn_as_shapes_that_can_be_pointed_at_and_chosen(opened, map_file):
    def square(name, x, y):
        ring = [[x, y], [x + 90_000, y], [x + 90_000, y + 90_000], [x, y + 90_000], [x, y]]
        return {"properties": {"RGN": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    squares = {"features": [square("north east", 360_000, 460_000), square("South West", 200_000, 60_000)]}
    file = map_file("shapes", two_places(), collections={"regions.geojson": squares}, boundary_names=["RGN"])
    page = opened(file=file)
    scale = palette.scale("light", "ratio")
    corner = place(page, 365_000, 465_000)
    within, beside = colours_at(page, [corner, place(page, 350_000, 465_000)])
    assert within == scale[3]
    assert beside not in scale
    point(page, corner)
    assert page.locator("#tip").inner_text().startswith("North East")
    click(page, corner)
    assert page.locator("#panel-heading").inner_text() == "North East"
    choose(page, by="local_authority")
    page.wait_for_timeout(200)
    assert sum(painted(page)[fill] for fill in scale) > 200
    assert page.problems == []


# ---------------------------------------------------------------- keyboard and moving


def test_every_control_is_reached_by_the_tab_key_in_the_order_of_the_page(opened):
    page = opened()
    page.focus(".skip")
    stops = [focused(page)]
    for _ in range(99):
        page.keyboard.press("Tab")
        if focused(page) == stops[0]:  # round again
            break
        stops.append(focused(page))
    found = [name for name, _ in stops]
    expected = ["phase", "by", "measure", "map", "in", "out", "home", "up", "left", "right", "down"]
    expected.append("filter-primary-region")
    assert [name for name in found if name in expected] == expected
    assert ["BUTTON", "South West"] in stops
    assert found.count("BODY") <= 1
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
    assert "measure=share_high_performing" in address(page)
    table(page).locator("input").focus()
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
    for _ in range(3):
        page.keyboard.press("Escape")
    assert address(page) == "#phase=secondary&by=local_authority&measure=share_high_performing"
    assert focused(page)[1] == "Barnsley"


def test_the_map_moves_with_arrow_keys_and_buttons(opened):
    page = opened()
    home = view(page)
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    assert view(page)[0] > home[0]
    page.keyboard.press("+")
    assert view(page)[2] - view(page)[0] < home[2] - home[0]
    page.keyboard.press("0")
    assert view(page) == home
    for way in ("in", "out", "up", "down", "left", "right"):
        before = view(page)
        page.click(f"[data-move={way}]")
        assert view(page) != before
    page.click("[data-move=home]")
    assert view(page) == home


def test_zooming_by_button_keeps_england_in_view(opened):
    page = opened("#by=local_authority")
    for _ in range(4):
        page.click("[data-move=in]")
    left, _, right, _ = view(page)
    schools = [x for x in phase_data(page)["schools"]["x"] if x is not None]
    assert min(schools) + 100_000 < left < right < max(schools)


def test_dragging_and_the_wheel_move_the_map_and_keep_the_proportions(opened):
    page = opened()
    home = view(page)
    box = page.locator("#map").bounding_box()
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*at)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(200)
    closer = view(page)
    assert closer[2] - closer[0] < home[2] - home[0]
    page.mouse.down()
    page.mouse.move(at[0] + 60, at[1] + 40, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    left, bottom, right, top = view(page)
    assert left < closer[0] and top > closer[3]
    assert (right - left) / (top - bottom) == pytest.approx(box["width"] / box["height"], rel=0.01)


def test_the_wheel_is_left_to_the_page_where_the_map_fills_its_width(opened):
    page = opened(width=700)
    home = view(page)
    page.locator("#map").hover()
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(200)
    assert view(page) == home
    assert page.evaluate("scrollY") > 0


# ---------------------------------------------------------------- speed

TIMED = """async ({selector, name, value}) => {
    const element = [...document.querySelectorAll(selector)].find((each) => each.offsetParent);
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
    "pairing of schools": ("#by=school", "#measure", "pairing-1"),
    "a helper of a school": ("#by=school&school=370-1", "#panel [data-helper]", None),
    "an area": ("#by=local_authority", "tbody button", None),
    "a school": ("#by=school", "tbody button", None),
    "zoom among schools": ("#by=school", "[data-move=in]", None),
    "sorting": ("#by=constituency", "thead th:nth-child(2) button", None),
}
# Milliseconds. Where all schools of England are on the map, a graphics card draws them at once; without one, as here,
# the processor takes a moment.
# A tenth of a second on an ordinary machine, half a second for all schools; a slow one of CI takes up to twice as long.
BUDGET, BUDGET_OF_ALL_SCHOOLS = 200, 500


@pytest.mark.slow
def test_each_interaction_on_england_answers_in_time(opened):
    # From the choice to the page painted, or the time that the page's main thread was running in it, if that is less:
    # where other work keeps the machine busy, the page waits for a processor. The best of up to ten tries counts.
    page = opened()
    inspector = page.context.new_cdp_session(page)
    inspector.send("Performance.enable", {"timeDomain": "threadTicks"})

    def running():
        metrics = inspector.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    slow = {}
    for name, (before, selector, value) in WAYS.items():
        budget = BUDGET_OF_ALL_SCHOOLS if "school" in name else BUDGET
        took = math.inf
        for _ in range(10):
            go(page, before)
            begun = running()
            waited = page.evaluate(TIMED, {"selector": selector, "value": value})
            took = min(waited, running() - begun, took)
            if took < budget:
                break
        if took >= budget:
            slow[name] = round(took)
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


@pytest.mark.parametrize("webgl", [True, False])
def test_all_schools_are_drawn_with_and_without_webgl(browser_page, england_file, webgl):
    page = browser_page()
    if not webgl:
        page.add_init_script(
            """const own = HTMLCanvasElement.prototype.getContext;
            HTMLCanvasElement.prototype.getContext = function (kind, ...others) {
                return kind.startsWith("webgl") ? null : own.call(this, kind, ...others);
            };"""
        )
    page.goto(england_file.as_uri() + "#by=school&measure=share_in_need")
    drawn(page)
    page.wait_for_timeout(500)
    shown = painted(page)
    assert shown[palette.colour("in_need").lower()] > 400
    assert shown[palette.MAP["light"]["land"]] > 10_000
    assert not [problem for problem in page.problems if "GL Driver Message" not in problem]


def test_the_scale_bar_is_as_long_as_one_of_its_steps(opened):
    page = opened()
    for _ in range(3):
        pixels = picture(page)
        row = max(range(20), key=lambda y: sum(of_bar(pixels, x, y) for x in range(pixels.width // 2)))
        length = sum(of_bar(pixels, x, row) for x in range(pixels.width // 2))
        left, _, right, _ = view(page)
        miles = length * (right - left) / page.locator("#map").bounding_box()["width"] / 1609.344
        assert min(abs(miles / step - 1) for step in (5, 10, 20, 50, 100)) < 0.03
        page.click("[data-move=in]")
        page.wait_for_timeout(200)


def of_bar(pixels, x, y):
    """Whether a pixel is of the scale bar."""
    return math.dist(pixels.getpixel((x, y)), rgb(map_plot.SCALE_BAR)) < 40
