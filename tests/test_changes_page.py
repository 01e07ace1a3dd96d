"""The page of changes: what it says of small releases, figures that hold every school, and the page in a browser."""

import base64
import itertools
import re

import pandas as pd
import pytest

import small_changes
from accessibility import violations
from changes_page import figures_of
from changes_sections import answer, flow, method, over_years, partners, published, reasons, schools, where, wording
from changes_sections.comparison import OverYears
from lib import change_schemas, chart, domain
from report_page import Page
from small_changes import BEFORE, HIGH
from small_comparison import a_method
from test_report_browser import OPEN_ALL, assert_figures_fit

EMPTY_CELL = re.compile(r"\b(nan|None|NaT|<NA>)\b")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Factory: a small comparison by name, made once."""
    runs, known = {}, {}

    def runs_of(name, folder):
        return {
            "over time": lambda: small_changes.pair(folder),
            "synthetic": lambda: small_changes.pair(folder, synthetic=True),
            "nothing changed": lambda: small_changes.pair(folder, after=[*BEFORE, *HIGH]),
            "one release": lambda: small_changes.of_one_release(folder),
            "nobody in need": lambda: small_changes.pair(folder, HIGH, HIGH),
            "no list": lambda: small_changes.pair(folder, method=small_changes.labelled(), designations=False),
        }[name]()

    def make(name="over time"):
        if name not in known:
            folder = tmp_path_factory.mktemp("changes")
            compared = "over time" if name == "named" else name
            if compared not in runs:
                runs[compared] = runs_of(compared, folder)
            known[name] = small_changes.read(folder / "changes", *runs[compared], named=name == "named")
        return known[name]

    return make


CASES = ("over time", "named", "synthetic", "nothing changed", "one release", "nobody in need", "no list")


@pytest.fixture(scope="module", params=CASES)
def page(request, made):
    return Page(small_changes.page(made(request.param)))


# Sentences


def test_the_answer_comes_first(made):
    shown = answer.view(made())
    assert shown["lede"] == [
        "6 primary schools are counted as in need on 31 March 2018, 1 more than the 5 on 31 March 2017: 4 came, 3 left "
        "and 2 stayed. They came mainly because of a new inspection (2) and opening (1); they left mainly because of "
        "closure (1) and a new inspection (1).",
        "1 secondary school is in need on 31 March 2018, the same as on 31 March 2017.",
    ]
    assert [card["value"] for card in shown["phases"]["primary"]["cards"]] == ["4", "3", "2", "+1"]
    assert shown["phases"]["secondary"]["sentences"] == []


def test_what_lies_with_the_schools(made):
    assert answer.origins(made(), "primary", "in_need") == (
        "Of the 7 that came or left, 5 (71%) are due to the schools themselves (results, inspections, openings, "
        "closures) and 2 (29%) to what is known of them, which began or ended (conversions, first or last figures); "
        "none to the files at hand, to thresholds that moved with all schools or to a change of rules; these are the "
        "main reasons of all that are so counted, also where it is not certain that they changed."
    )


def test_where_all_changes_are_certain_nothing_is_said_of_others(made):
    said = answer.origins(made("one release"), "primary", "in_need")
    assert said.startswith("Of the 3 that came or left") and "not certain" not in said


def test_where_they_were_and_are(made):
    assert answer.whence(made(), "primary", "in_need") == (
        "Of the 4 that came, 1 was high-performing, 1 was in neither group, 1 was not assessable and 1 was not "
        "counted on 31 March 2017; of the 3 that left, 1 is in neither group, 1 is not assessable and 1 is not "
        "counted on 31 March 2018."
    )


def test_of_how_many_it_is_known(made):
    """Of 5 it was not known before, of 4 it is not known now; 2, 7 and 9 came for certain, 1 and 6 left for certain."""
    assert answer.certain(made(), "primary", "in_need") == (
        "Of the 4 that came it is known of 3 that they were not in need on 31 March 2017, or not counted there; of "
        "the 3 that left it is known of 2 that they are no longer in need on 31 March 2018, or not counted there; of "
        "the others it is not known. With all that is not known, 3 to 4 came and 2 to 3 left, and the net change is "
        "anywhere from 0 to +2."
    )
    assert answer.view(made())["notice"] == (
        "Of the 7 primary schools counted as having come into need or left it, it is known of 5 that they did. Of the "
        "others, one of the two does not tell whether they are in need."
    )


def test_what_one_release_tells_of_no_school_is_said_with_its_consequence(made):
    """Of the later release the list of designations is not there: 1, in neither group with it, is not assessable."""
    said = (
        "On 31 March 2018 the files tell of no primary or secondary school whether it meets “Teaching School”, as they "
        "do on 31 March 2017: one that meets no other criterion is then not assessable, none is in neither group, and "
        "what changes by this alone is put down to the files at hand. Not assessable are 1 primary and 0 secondary "
        "schools on 31 March 2017 and 2 primary and 0 secondary on 31 March 2018."
    )
    assert answer.view(made("no list"))["notice"].endswith(said)
    assert not any(answer.untold(made(case), side) for case in CASES[:-1] for side in ("from", "to"))


def test_two_runs_of_one_release_are_no_course_of_time(made):
    comparison = made("one release")
    assert answer.headline(comparison, "primary", "in_need") == (
        "5 primary schools are counted as in need by low50, 3 more than the 2 by low40: 3 came, none left and 2 stayed."
    )
    assert "nothing happened to them between the two" in answer.view(comparison)["defined"]
    text = Page(small_changes.page(comparison)).all("main")[0]["text"]
    assert "100%) are due to a change of rules" in " ".join(text.split())
    assert not re.search(r"\b(was|were) (not )?(in need|high-performing|counted)", text)


def test_where_nothing_changed_it_says_so(made):
    comparison = made("nothing changed")
    assert answer.headline(comparison, "primary", "in_need") == (
        "5 primary schools are counted as in need on 31 March 2018, the same as on 31 March 2017."
    )
    assert answer.reasons(comparison, "primary", "in_need") == answer.origins(comparison, "primary", "in_need") == ""
    assert partners.sentence(comparison, "secondary").endswith(": the same ones.")
    nobody = made("nobody in need")
    assert answer.headline(nobody, "primary", "in_need") == (
        "No primary school is in need on 31 March 2018, and none on 31 March 2017."
    )


def test_regions_with_the_most_and_the_least(made):
    assert where.sentence(made(), "primary", "in_need") == (
        "Among primary schools more came than left in one of two regions. The net change is highest in the North "
        "West (+1) and lowest in London (0)."
    )


def test_the_later_rules_on_the_earlier_data(made, tmp_path):
    assert reasons.under_later_rules(made(), "primary") == (
        "By the later rules, as far as the data of the earlier release tell, no primary school would have been in "
        "another group on 31 March 2017."
    )
    runs = small_changes.pair(tmp_path, method=a_method("low40", low=40))
    other = small_changes.read(tmp_path / "changes", *runs)
    assert reasons.under_later_rules(other, "primary") == (  # 3, 4 and 10 have 45%
        "By the later rules, as far as the data of the earlier release tell, 3 primary schools would have been in "
        "another group on 31 March 2017, 2 in need in place of 5."
    )
    assert reasons.under_later_rules(made("one release"), "primary") == ""


def test_a_published_change_stands_beside_ours(made):
    row = {
        **{"label": "Below", "published_from": 665, "published_to": 511, "published_change": -154},
        **{"own_from": 687, "own_to": 553, "own_change": -134, "own_change_lower": -669, "own_change_upper": 510},
    }
    assert published.sentence(made(), row) == (
        "Below: from 665 to 511 (−154) as published, from 687 to 553 (−134) by our count, which could be anything from "
        "−669 to +510."
    )
    sure = {**row, "own_change_lower": -134, "own_change_upper": -134}
    assert published.sentence(made(), sure).endswith("from 687 to 553 (−134) by our count.")
    unknown = {**row, "own_change": pd.NA}
    assert published.sentence(made(), unknown).endswith("these files do not have what it takes to count them.")


def test_over_the_years_only_schools_that_can_be_told_are_in_the_table(made):
    frame = pd.DataFrame(
        [
            ("primary", 3, 3, 3, True, False, False),
            ("primary", 3, 3, 2, False, True, False),
            ("primary", 3, 2, 2, None, False, False),
            ("primary", 2, 2, 0, False, False, False),
        ],
        columns=[
            *("phase", "years", "years_assessable", "years_in_need"),
            *("in_need_throughout", "returning", "high_performing_throughout"),
        ],
    ).astype({"in_need_throughout": "boolean", "high_performing_throughout": "boolean"})
    comparison = made()
    counted = small_changes.dataclasses.replace(comparison, over_years=OverYears(["A", "B", "C"], frame))
    first, high = over_years.sentences(counted, "primary")
    assert first == (
        "4 primary schools are counted in at least one of the releases, 3 in all three. 1 (could be 1 to 2) are in "
        "need in all three; 1 were, then were known not to be, then were again."
    )
    assert high == "0 are high-performing in all three."
    table = over_years.years_table(counted)
    assert table.rows == [["3", "1", "0"], ["2", "1", "0"], ["1", "0", "0"], ["0", "0", "0"]]
    assert "of 2 some do not" in table.note
    assert "Over the years" in small_changes.page(counted) and "Over the years" not in small_changes.page(comparison)


def test_every_word_of_the_tables_is_worded():
    assert wording.REASONS.keys() == change_schemas.REASONS.keys()
    assert wording.ORIGINS.keys() == wording.SHORT_ORIGINS.keys() == answer.NONE.keys() == change_schemas.ORIGINS.keys()
    assert wording.PLACES.keys() == set(change_schemas.PLACES)


# Tables and figures


def test_every_school_is_in_one_cell_before_and_after(made):
    table = flow.matrix(made(), "primary")
    heads = [column.header for column in table.columns]
    assert heads[1:] == ["High-performing", "In need", "Neither", "Not assessable", "Not counted", "All"]
    cells = {row[0]: dict(zip(heads[1:], map(int, row[1:]), strict=True)) for row in [*table.rows, *table.foot]}
    assert cells["In need"] == dict(zip(heads[1:], (0, 2, 1, 1, 1, 5), strict=True))
    assert cells["Not counted"]["In need"] == 1
    assert cells["All"]["All"] == 18 and cells["All"]["In need"] == 6  # 1 to 7, 9, 10 and the nine others


def test_a_group_that_is_empty_after_keeps_its_column(made):
    table = flow.matrix(made("no list"), "primary")
    heads = [column.header for column in table.columns]
    assert [row[heads.index("Neither")] for row in [*table.rows, *table.foot]] == ["0"] * 6
    assert "Neither" in [row[0] for row in table.rows]


def test_the_reasons_of_the_table_add_up(made):
    table = reasons.reasons_table(made(), "primary")
    heads = [(column.above, column.header) for column in table.columns]
    came, left = heads.index(("In need", "Came")), heads.index(("In need", "Left"))
    assert (table.foot[0][came], table.foot[0][left]) == ("4", "3")
    assert sum(int(row[came]) for row in table.rows) == 4
    assert table.rows[0][:2] == ["A new inspection", "Schools"]


def test_the_closed_list_stands_in_its_order():
    assert [row[3] for row in method.reasons_table().rows] == list(change_schemas.REASONS)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("group", domain.CRITERION_GROUPS)
def test_figures_hold_every_school_that_came_left_or_stayed(made, case, group):
    comparison = made(case)
    for phase in comparison.phases:
        of = comparison.of(phase, group)
        flows = flow.flow_table(comparison, group)
        flows = flows[flows["phase"] == phase]
        assert flows.loc[flows["before"] == group, "schools"].sum() == of["from"]
        assert flows.loc[flows["after"] == group, "schools"].sum() == of["to"]
        regions = where.regions_table(comparison, group)
        regions = regions[regions["phase"] == phase]
        assert (regions["came"].sum(), regions["left"].sum(), regions["net"].sum()) == (
            of["came"],
            of["left"],
            of["net"],
        )
        on_map = where.map_table(comparison, group)
        counts = on_map.loc[on_map["phase"] == phase, "change"].value_counts()
        assert {key: counts.get(key, 0) for key in ("came", "left", "stayed")} == {
            key: of[key] for key in ("came", "left", "stayed")
        }


def test_bands_that_come_and_go_add_up_to_their_blocks(made):
    """Blocks are as tall as their schools, and no band crosses another: ends are in the order of beginnings."""
    (figure,) = (figure for figure in figures_of(made()) if figure.name == "flow_in_need")
    _, sheet, alt = figure.draw(made())
    texts = [mark.text for mark in sheet.marks if hasattr(mark, "text")]
    assert {"In need: 5", "In need: 6", "2 stayed", "Opened since: 1", "Closed: 1"} <= set(texts)
    bands = [mark.points for mark in sheet.marks if len(getattr(mark, "points", ())) > 30]
    primary = bands[: 4 + 1 + 3]
    starts, ends = ([points[at][1] for points in primary] for at in (0, 16))
    assert starts == sorted(starts) and ends == sorted(ends)
    assert "2 in need in both; 4 came from other places" in alt


@pytest.mark.parametrize("case", CASES)
def test_no_words_leave_a_figure_or_lie_on_others(made, case):
    """Nor where there are as many schools as in England, and more."""
    comparison = made(case)
    many = [
        small_changes.dataclasses.replace(comparison, flows=comparison.flows.assign(schools=schools))
        for schools in (comparison.flows["schools"] * times for times in (1234, 12_345))
    ]
    drawn = [(figure, comparison) for figure in figures_of(comparison)]
    drawn += [(figure, of) for of in many for figure in figures_of(of) if figure.name.startswith("flow")]
    for figure, of in drawn:
        _, sheet, _ = figure.draw(of)
        words = [mark for mark in sheet.marks if isinstance(mark, chart.Words)]
        for mark in words:
            left, top, right, bottom = mark.box
            inside = left > -0.5 and top > -0.5 and right < chart.WIDTH + 0.5 and bottom < sheet.height + 0.5
            assert inside, f"{figure.name}: '{mark.text}' reaches beyond the figure"
        for (a, one), (b, other) in itertools.combinations(((mark.box, mark.text) for mark in words), 2):
            apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 1.5 or b[3] <= a[1] + 1.5
            assert apart, f"{figure.name}: '{one}' and '{other}' overlap"


def test_a_school_without_coordinates_is_counted_beside_the_map(made):
    (figure,) = (figure for figure in figures_of(made()) if figure.name == "map_in_need")
    _, sheet, alt = figure.draw(made())
    assert "not placed: 1" in [mark.text for mark in sheet.marks if hasattr(mark, "text")]
    assert "(1 more, without coordinates, not drawn)" in alt


# The page as it is


def test_the_page_is_well_formed_and_in_order(page):
    assert page.html.startswith("<!DOCTYPE html>")
    levels = [int(e["tag"][1]) for e in page.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= level + 1 for level, later in zip(levels, levels[1:], strict=False))
    ids = [e["attrs"]["id"] for e in page.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    targets = [e["attrs"]["href"][1:] for e in page.all("a") if e["attrs"].get("href", "").startswith("#")]
    assert set(targets) <= set(ids)


def test_no_blank_is_printed_as_the_machine_writes_it(page):
    (main,) = page.all("main")
    assert not EMPTY_CELL.search(main["text"])


def test_schools_are_named_only_where_they_are_to_be(made):
    named, plain = (small_changes.page(made(case)) for case in ("named", "over time"))
    assert "School 100002" in named and "School 100002" not in plain
    rows = schools.schools_table(made("named"), "primary").rows
    assert [row[3] for row in rows].count("came") == 4 and [row[3] for row in rows].count("left") == 3
    for link in Page(plain).all("a"):
        if "download" in link["attrs"]:
            held = base64.b64decode(link["attrs"]["href"].split("base64,")[1])
            assert b"School 1" not in held


def test_synthetic_is_said_on_the_page_and_on_every_figure(made):
    page = Page(small_changes.page(made("synthetic")))
    assert any("Every school on this page is invented" in e["text"] for e in page.all("aside"))
    figures = [e["attrs"]["aria-label"] for e in page.all("svg")]
    assert len(figures) == 5 and all(label.startswith("Synthetic data") for label in figures)
    assert "Synthetic data" not in small_changes.page(made())


def test_the_page_is_the_same_every_time(made):
    assert small_changes.page(made()) == small_changes.page(made())


def test_a_page_of_one_group_speaks_of_no_other(made):
    comparison = small_changes.dataclasses.replace(made(), groups=["in_need"])
    page = Page(small_changes.page(comparison))
    ids = {e["attrs"].get("id") for e in page.elements}
    assert "high_performing" not in ids and "partners" not in ids and "figure-flow_in_need" in ids


# In a browser


@pytest.fixture(scope="module")
def page_file(made, tmp_path_factory):
    """Factory: the page of a case as a file, made once."""
    written = {}

    def make(case):
        if case not in written:
            written[case] = tmp_path_factory.mktemp("changes-page") / "changes.html"
            written[case].write_text(small_changes.page(made(case)), encoding="utf-8")
        return written[case]

    return make


@pytest.fixture
def opened(tabs, page_file):
    """Factory: the page of a case in a browser, with all details open; `own`: to sort and filter it."""

    def make(case="named", width=1440, color_scheme="light", **options):
        page = tabs(page_file(case), **options)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="screen", color_scheme=color_scheme)
        if options.get("scripts", True):
            page.evaluate(OPEN_ALL)
        return page

    return make


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_it_is_accessible_and_asks_for_nothing(opened, scheme, width):
    page = opened("synthetic", width=width, color_scheme=scheme)
    assert violations(page) == [] and page.problems == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_it_never_scrolls_sideways(opened, width):
    assert opened(width=width).evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.browser
def test_it_prints_whole_and_no_figure_is_cut(opened):
    page = opened(scripts=False)
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert page.problems == []
    assert_figures_fit(opened())


@pytest.mark.browser
def test_a_table_sorts_and_filters(opened):
    page = opened(own=True)
    table = page.locator("#table-schools-primary")
    table.get_by_label("Show only rows that contain").fill("liverpool")
    assert table.locator("output").text_content() == "1 of 7 shown"
    page.locator("#table-region-primary-in-need thead th", has_text="Net").get_by_role("button").click()
    assert page.locator("#table-region-primary-in-need tbody th").first.text_content() == "North West"
