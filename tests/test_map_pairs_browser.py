"""The map in a real browser: a school's shortlist, the schools that a helper could help, likeness and the pairing."""

import pandas as pd
import pytest

from lib import palette
from map_browser import (
    address,
    choose,
    click,
    colour_at,
    colours_at,
    focused,
    go,
    map_violations,
    painted,
    place,
    point,
    table,
)
from test_map import shared, two_places

pytestmark = pytest.mark.browser
pytest_plugins = ("map_pages",)

# The places of test_map.SHARED.
ONE, OTHER = (400_000, 500_000), (404_000, 500_000)
ALIKE, UNLIKE = (402_000, 500_000), (399_000, 500_000)


@pytest.fixture
def shared_file(map_file):
    """One school in need with an alike and a nearer unlike partner, one with the alike one alone, one without."""
    return map_file("shared", shared())


def listed(page):
    """The shortlist in the panel: (name, why, distance) each."""
    rows = page.locator("#panel [data-pair]")
    return [
        tuple(row.locator(part).inner_text() for part in ("button", "small", "b"))
        for row in rows.all()
        if row.is_visible()
    ]


def test_a_school_has_its_shortlist_in_the_method_s_order_with_why(opened, shared_file):
    page = opened("#by=school&school=201-1", shared_file)
    assert listed(page) == [
        ("Northshire, high-performing school 1", "alike · looked to by 2 · in no trust", "1.2 miles"),
        (
            "Northshire, high-performing school 2",
            "unlike: pupils within a factor of two · looked to by 2 · in no trust · paired if helpers take 1, 2 or 3",
            "0.6 miles",
        ),
    ]
    assert "Alike before not known to be alike before unlike; nearer first" in page.inner_text("#panel")
    page.hover("[data-pair]")
    assert page.locator("#tip").inner_text().split("\n") == [
        *("Northshire, high-performing school 1", "alike", "Partner, 1.2 miles away")
    ]


def test_partners_are_painted_by_their_likeness_and_the_choice_leaves_the_others_out(opened, shared_file):
    page = opened("#by=school&school=201-1", shared_file)
    page.wait_for_timeout(200)
    filled, hollow = palette.colour("high_performing").lower(), palette.MAP["light"]["land"]
    assert colours_at(page, [place(page, *at) for at in (ALIKE, UNLIKE)]) == [filled, hollow]
    page.select_option("#near", "alike")
    assert len(listed(page)) == 1
    assert "1 of 2 is known to be alike." in page.inner_text("#panel")
    assert focused(page)[0] == "near"
    assert "near=alike" in address(page)
    page.wait_for_timeout(200)
    assert colour_at(page, place(page, *ALIKE)) == filled
    line = "Bokeh.documents[0].get_model_by_name('links').data_source.data.x1"
    assert page.evaluate(line) == [ALIKE[0]]
    page.go_back()
    page.wait_for_function("document.getElementById('near').value === 'all'")
    assert len(page.evaluate(line)) == 2


def test_where_no_partner_is_of_the_chosen_kind_the_panel_says_so(opened, map_file):
    sizes = {100011: None, 100012: 500}
    page = opened("#by=school&school=201-1&near=alike", map_file("unknown size", shared(pupils_on_roll=sizes)))
    assert listed(page) == []
    assert "None of 2 are known to be alike." in page.inner_text("#panel")
    page.select_option("#near", "possible")
    ((_, why, _),) = listed(page)
    assert why.startswith("not known to be alike: pupils within a factor of two · ")


def test_what_is_known_of_no_partner_is_said_once(opened, map_file):
    unknown = dict.fromkeys((100001, 100002, 100003, 100011, 100012))
    page = opened("#by=school&school=201-1", map_file("unknown settings", shared(setting=unknown)))
    assert "Not known of any of them: both urban or both rural." in page.inner_text("#panel")
    assert [why.split(" · ")[0] for _, why, _ in listed(page)] == [
        *("not known to be alike", "unlike: pupils within a factor of two")
    ]


def test_more_than_ten_partners_are_folded_away(opened, map_file):
    rows = two_places()
    more = [rows[rows["urn"] == 100002].assign(urn=100100 + i, easting=403_000 + i) for i in range(12)]
    page = opened("#by=school&school=201-1", map_file("many", pd.concat([rows, *more], ignore_index=True)))
    assert len(listed(page)) == 10
    page.click("#panel summary")
    assert len(listed(page)) == 13


def test_a_helper_is_chosen_from_a_list_or_on_the_map_and_leads_back(opened, shared_file):
    page = opened("#by=school&school=201-1", shared_file)
    page.click("[data-helper]")
    assert page.inner_text("#panel-heading") == "Northshire, high-performing school 1"
    assert focused(page)[0] == "panel-heading"
    assert "2 schools in need look to it within 5 miles." in page.inner_text("#panel")
    assert [name for name, _, _ in listed(page)] == ["Northshire, school in need 1", "Northshire, school in need 2"]
    assert listed(page)[1][1] == "alike · looks to 2 partners · paired if helpers take 1, 2 or 3"
    page.mouse.move(1, 1)
    page.wait_for_timeout(200)
    need = palette.colour("in_need").lower()
    assert colours_at(page, [place(page, *at) for at in (ONE, OTHER)]) == [need, need]
    point(page, place(page, *OTHER))
    assert "Could be helped, 1.2 miles away" in page.inner_text("#tip")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.inner_text("#panel-heading") == "Northshire, school in need 1"
    assert focused(page) == ["BUTTON", "Northshire, high-performing school 1"]
    go(page, "#by=local_authority&area=201")
    click(page, place(page, *UNLIKE))
    assert "helper=201-2" in address(page)
    page.wait_for_timeout(400)  # two clicks at once would be one double click
    click(page, place(page, *ONE))
    assert "school=201-1" in address(page) and "helper" not in address(page)
    page.wait_for_timeout(400)
    click(page, place(page, *ALIKE))
    assert "helper=201-1" in address(page)
    assert page.problems == []


def test_helpers_of_an_area_are_listed_for_the_keyboard(opened, shared_file):
    page = opened("#by=local_authority&area=201", shared_file)
    page.focus("#panel summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == ["BUTTON", "Northshire, high-performing school 1"]
    page.keyboard.press("Enter")
    assert address(page).endswith("area=201&helper=201-1")
    assert page.inner_text("#panel [data-back]") == "← Back to Northshire"


def test_a_helper_without_schools_in_need_or_coordinates_says_so(opened, map_file):
    page = opened("#by=school&helper=202-1", map_file("far", shared(**far_helper())))
    assert "No school in need within 5 miles." in page.inner_text("#panel")
    rows = two_places()
    rows.loc[rows["urn"] == 100002, ["easting", "northing"]] = None
    page = opened("#by=school&helper=201-1", map_file("unplaced helper", rows))
    assert "Without coordinates, so it can be nobody’s partner here." in page.inner_text("#panel")
    assert page.problems == []


def far_helper():
    """What puts the second helper of SHARED far from all schools in need."""
    return {"easting": {100012: 300_000}, "northing": {100012: 300_000}, "la_code": {100012: "202"}}


def test_the_pairing_is_a_choice_of_measure_and_shows_who_is_left_over(opened, map_file):
    rows = shared(group={100012: "neither"}, high_performing={100012: False})
    page = opened("#by=region", map_file("taken", rows))
    choose(page, measure="pairing-1")
    assert address(page) == "#phase=primary&by=school&measure=high_performing_per_in_need&pairing=1"
    assert "Paired\n1" in page.inner_text("#panel") and "Left over\n2" in page.inner_text("#panel")
    assert "Left over: its partners are taken" in page.inner_text("#legend")
    data = "Bokeh.documents[0].get_model_by_name('{}').data_source.data.{}"
    assert page.evaluate(data.format("links", "x1")) == [ALIKE[0]]
    fills = [fill.lower() for fill in page.evaluate(data.format("need", "fill"))]
    assert sorted(fills) == sorted([palette.scale("light", "in-need")[0], palette.colour("in_need").lower(), "#1a1d21"])
    paired = fills.index(palette.scale("light", "in-need")[0])
    assert paired == 0, "beneath those left over"
    point(page, place(page, 250_000, 100_000))
    assert page.inner_text("#tip").split("\n")[-1] == "Left over: no partner is near."
    choose(page, measure="pairing-2")
    assert "Left over\n1" in page.inner_text("#panel")
    assert len(page.evaluate(data.format("links", "x1"))) == 2
    choose(page, measure="share_in_need")
    assert page.evaluate(data.format("links", "x1")) == []
    assert "pairing" not in address(page)


def test_the_pairing_is_restored_from_an_address_and_ends_with_the_view_of_single_schools(opened, shared_file):
    page = opened("#by=school&pairing=3", shared_file)
    assert page.input_value("#measure") == "pairing-3"
    assert "Paired, each helper taking at most 3" in page.text_content("#status")
    choose(page, by="region")
    assert page.input_value("#measure") == "high_performing_per_in_need"
    go(page, "#by=region&pairing=3")
    assert "“3”" in page.inner_text("#strange")
    go(page, "#by=school&pairing=9&helper=201-9&near=far")
    assert "“201-9”, “9”, “far”" in page.inner_text("#strange")


def test_a_school_left_over_says_so(opened, map_file):
    rows = shared(group={100012: "neither"}, high_performing={100012: False})
    page = opened("#by=school", map_file("taken", rows))
    left = [row for row in table(page).locator("tbody tr").all() if row.locator("td").last.inner_text() == "2, 3"]
    left[0].locator("button").click()
    assert "Left over where helpers take at most 1: its partners are taken." in page.inner_text("#panel")


def test_named_helpers_are_called_by_name_and_others_by_number_alone(opened, map_file):
    page = opened("#by=school&helper=201-1", map_file("named pairs", shared(), named=True))
    assert page.inner_text("#panel-heading") == "School 100011 (100011)"
    assert listed(page)[0][0] == "School 100001 (100001)"


def test_england_s_pairing_is_drawn(opened):
    page = opened("#by=school&pairing=1")
    page.wait_for_timeout(300)
    assert painted(page)["#1a1d21"] + painted(page)[palette.colour("in_need").lower()] > 100
    lines = page.evaluate("Bokeh.documents[0].get_model_by_name('links').data_source.data.x0.length")
    said = page.locator("#panel dd").first.inner_text().split("\n")[0]
    assert f"{lines:,}" == said
    assert page.problems == []


@pytest.mark.parametrize("at", ["#by=school&school=201-1", "#by=school&helper=201-1", "#by=school&pairing=1"])
def test_axe_finds_no_violation(opened, shared_file, at):
    assert map_violations(opened(at, shared_file)) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_no_width_scrolls_sideways(opened, width):
    page = opened(width=width)
    for at in ("#by=school&helper=370-1", "#by=school&school=370-1", "#by=school&pairing=2"):
        go(page, at)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
