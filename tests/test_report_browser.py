"""The report in a real browser: read, sorted, filtered, saved, printed, with and without scripts, in both schemes."""

import json
import re

import pytest

import report
from accessibility import violations
from small_run import england, small_run

pytestmark = pytest.mark.browser

FOCUSABLE = "a[href], button, input, summary, [tabindex='0']"
OPEN_ALL = "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
FEW = {"schools": england(regions=("London", "North East")), "synthetic": True}
A4 = {"width": 673, "height": 986}  # what the margins leave of the page, in CSS pixels


@pytest.fixture(scope="session")
def report_file(tmp_path_factory):
    """Factory: the report of a small run as a file, made once for each set of options."""
    made = {}

    def make(**options):
        key = json.dumps(options)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("report") / "index.html"
            made[key].write_text(report.render(small_run(**options)), encoding="utf-8")
        return made[key]

    return make


@pytest.fixture
def opened(tabs, report_file):
    """Factory: the report of England, as wide and as coloured as asked for, with all details open.

    `own`: it may be sorted, filtered and walked about in; otherwise it is to be looked at.
    """

    def make(file=None, width=1440, color_scheme="light", **options):
        page = tabs(file or report_file(), **options)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="screen", color_scheme=color_scheme)
        if options.get("scripts", True):
            page.evaluate(OPEN_ALL)
            page.evaluate("scrollTo(0, 0)")
        return page

    return make


def column_of(page, table, name):
    """The texts of a column of a table's body, in the order in which they stand, without hidden rows."""
    return page.evaluate(
        """([table, name]) => {
          const box = document.getElementById(table);
          const heads = [...box.querySelector("thead").lastElementChild.cells];
          const at = heads.findIndex((head) => head.textContent.trim() === name);
          const rows = [...box.querySelectorAll("tbody tr")].filter((row) => !row.hidden);
          return rows.map((row) => row.cells[at].textContent.trim());
        }""",
        [table, name],
    )


# The page as it is


@pytest.mark.parametrize("options", [{}, FEW, {"schools": england(regions=("London",))}])
def test_it_opens_from_disk_without_an_error_and_asks_for_nothing(opened, report_file, options):
    page = opened(report_file(**options))
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_timeout(100)
    assert page.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_it_is_accessible(opened, report_file, scheme, width):
    page = opened(report_file(**FEW), width=width, color_scheme=scheme)
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_it_never_scrolls_sideways(opened, width):
    page = opened(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    wide = "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length"
    assert page.evaluate(wide) > 0  # tables do, each in its own frame


def test_dark_scheme_is_dark(opened):
    background = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert min(opened(color_scheme="light").evaluate(background)) > 240
    assert max(opened(color_scheme="dark").evaluate(background)) < 40


def test_all_controls_are_reached_and_seen_by_keyboard(opened):
    page = opened(own=True)
    expected = page.evaluate(
        """(focusable) => {
          window.stops = [];
          addEventListener("focusin", ({target}) => {
            stops.push([target.dataset.stop, getComputedStyle(target).outlineStyle]);
          });
          return [...document.querySelectorAll(focusable)].map((e, i) => { e.dataset.stop = i; return String(i); });
        }""",
        FOCUSABLE,
    )
    for _ in range(len(expected) + 5):
        page.keyboard.press("Tab")
    stops = [(stop, outlined) for stop, outlined in page.evaluate("stops") if stop is not None]
    assert {outlined for _, outlined in stops} == {"solid"}
    assert {stop for stop, _ in stops} == set(expected)


def test_the_first_stop_leads_past_the_contents(opened):
    page = opened(own=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.wait_for_url("**#answer")


def test_the_contents_follow_the_reader(opened):
    page = opened()
    for section in ("regions", "uncertainty", "audit"):
        page.evaluate(f"document.getElementById('{section}').scrollIntoView()")
        page.locator(f".contents a[aria-current][href='#{section}']").wait_for()
    assert page.locator(".contents a[aria-current]").count() == 1


def test_a_link_into_details_opens_them(tabs, report_file):
    page = tabs(report_file(), own=True)
    page.goto("about:blank")
    page.goto(f"{report_file().as_uri()}#table-local-authorities-secondary")
    assert page.locator("#table-local-authorities-secondary").is_visible()
    assert not page.locator("#table-local-authorities-primary").is_visible()
    page.evaluate("location.hash = '#table-local-authorities-primary'")
    page.locator("#table-local-authorities-primary").wait_for(state="visible")


# Sort, filter, save


def test_a_table_sorts_by_figures_largest_first_and_back(opened):
    page = opened(own=True)
    table, name = "table-regions-primary", "In need, %"
    head = page.locator(f"#{table} thead tr:last-child th", has_text=name)

    def shown():
        return [float(text.split()[0]) for text in column_of(page, table, name)]  # bounds stand below the figure

    figures = shown()
    assert figures != sorted(figures, reverse=True)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert shown() == sorted(figures, reverse=True)
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert shown() == sorted(figures)
    assert page.locator(f"#{table} tfoot th").text_content() == "England"
    assert page.locator(f"#{table} [aria-sort]").count() == 1


def test_a_table_sorts_by_words_and_keeps_its_rows_whole(opened):
    page = opened(own=True)
    table = "table-local-authorities-primary"
    pairs = dict(zip(column_of(page, table, "Local authority"), column_of(page, table, "Region"), strict=True))
    page.locator(f"#{table} thead th", has_text="Schools").get_by_role("button").first.click()
    button = page.locator(f"#{table} thead th", has_text="Local authority").get_by_role("button")
    button.click()
    names = column_of(page, table, "Local authority")
    assert names == sorted(pairs)
    button.click()
    assert column_of(page, table, "Local authority") == names[::-1]
    assert pairs == dict(zip(names[::-1], column_of(page, table, "Region"), strict=True))


def test_what_has_no_figure_comes_last_in_both_directions(opened, report_file):
    without_need = [row for row in england() if not (row[1] == "London" and row[3] == "in_need")]
    page = opened(report_file(schools=without_need), own=True)
    table, name = "table-regions-primary", "Partners within 5 miles, median"
    button = page.locator(f"#{table} thead th", has_text=name).get_by_role("button")
    for _ in range(2):
        button.click()
        texts = [text.split()[0] for text in column_of(page, table, name)]
        assert texts[-1] == "–" and "–" not in texts[:-1]


def test_a_filter_shows_what_it_says(opened):
    page = opened(own=True)
    table = page.locator("#table-local-authorities-primary")
    field, count = table.get_by_label("Show only rows that contain"), table.locator("output")
    assert count.text_content() == "18 of 18 shown"
    field.fill("north WEST")
    assert column_of(page, "table-local-authorities-primary", "Local authority") == ["North West A", "North West B"]
    assert count.text_content() == "2 of 18 shown"
    field.fill("nowhere")
    assert count.text_content() == "0 of 18 shown"
    field.fill("")
    assert count.text_content() == "18 of 18 shown"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_table_is_saved_from_the_page_itself(opened, scripts):
    page = opened(scripts=scripts)
    link = page.locator("#table-regions-primary a[download]")
    with page.expect_download() as waiting:
        link.click()
    download = waiting.value
    assert download.suggested_filename == "small-nfer-2017-literal-regions.csv"
    with open(download.path(), "rb") as file:
        assert file.read() == small_run().files["aggregated/regions.csv"]
    assert page.problems == []


def test_every_data_link_holds_what_it_names(opened):
    page = opened()
    links = page.evaluate("[...document.querySelectorAll('a[download]')].map((a) => [a.download, a.href])")
    assert len(links) > 15
    for name, href in links:
        kind = {"csv": "text/csv;charset=utf-8", "json": "application/json", "zip": "application/zip"}
        assert href.startswith(f"data:{kind[name.rsplit('.', 1)[1]]};base64,")


# Without scripts, and on paper


def test_without_scripts_only_sorting_and_filtering_are_lost(opened):
    bare, whole = opened(scripts=False), opened()
    assert bare.locator("main input, main button").count() == 0
    controls = whole.locator(".filter").all_text_contents()
    text = whole.locator("main").text_content()
    for control in controls:
        text = text.replace(control, "", 1)
    assert re.sub(r"\s+", "", bare.locator("main").text_content()) == re.sub(r"\s+", "", text)
    bare.locator("summary", has_text=re.compile(r"^\s*Primary schools in \d")).click()
    assert bare.locator("#table-local-authorities-primary table").is_visible()
    assert bare.problems == []


@pytest.mark.parametrize("scripts", [True, False])
def test_it_prints_whole(opened, tmp_path, scripts):
    page = opened(scripts=scripts, color_scheme="dark")
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(595, 842)}


def test_what_is_not_printed_says_where_it_is(opened):
    page = opened()
    page.emulate_media(media="print")
    for table, path in (
        ("local-authorities-primary", "aggregated/local_authorities.csv"),
        ("ledger", "audit/ledger.csv"),
    ):
        assert not page.locator(f"#table-{table}").is_visible()
        assert page.locator(".on-paper", has_text=path).is_visible()
    for table in ("regions-secondary", "criteria-counts", "published", "results-files", "unknown"):
        assert page.locator(f"#table-{table}").is_visible()


def test_the_main_tables_are_not_cut(opened, report_file):
    tables = ("regions-primary", "regions-secondary", "criteria-counts", "published")
    page = opened(report_file(lacking=["leadership", "rwm_level4", "five_good"]), width=1440)
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    cut = "(box) => box.firstElementChild.scrollWidth > box.clientWidth"
    assert not [name for name in tables if page.locator(f"#table-{name} .scroll").evaluate(cut)]
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert not [name for name in tables if page.locator(f"#table-{name} .scroll").evaluate(cut)]


def test_a_caption_stays_on_the_screen_of_a_phone(opened):
    page = opened(width=360)
    for name in ("regions-primary", "published"):
        box, words = page.locator(f"#table-{name} .scroll"), page.locator(f"#caption-{name} span")
        assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")
        box.evaluate("(box) => { box.scrollLeft = box.scrollWidth; }")
        left, right = words.evaluate("(e) => [e.getBoundingClientRect().left, e.getBoundingClientRect().right]")
        assert 0 <= left and right <= 360


def test_no_figure_is_cut_on_paper(opened):
    assert_figures_fit(opened())


def assert_figures_fit(page):
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    figures = page.evaluate(
        """[...document.querySelectorAll("figure")].map((figure) => {
          const box = figure.getBoundingClientRect();
          return [figure.id, box.width, box.height, getComputedStyle(figure).breakInside];
        })"""
    )
    assert figures
    for name, width, height, inside in figures:
        assert (inside, width <= A4["width"], height <= A4["height"]) == ("avoid", True, True), name


def test_on_paper_links_are_shown_and_controls_are_not(opened):
    page = opened(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".contents").is_visible() and not page.locator(".filter").first.is_visible()
    shown = "getComputedStyle(document.querySelector('#method ~ .note a, main .note a[href^=http]'), '::after').content"
    assert "https://" in page.evaluate(shown)
    background = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert min(page.evaluate(background)) > 240


# Whole runs


def test_demo_in_the_browser(tabs, demo_run):
    assert_whole(tabs, demo_run, ("light", "dark"))


def test_2016_in_the_browser(tabs, run_2016):
    assert_whole(tabs, run_2016, ("light",))


def assert_whole(tabs, results, schemes):
    """Hold a finished release's report against what a small one is held against, as far as time allows."""
    page = tabs(results / "report" / "index.html", own=True)
    page.set_viewport_size({"width": 1440, "height": 900})
    for scheme in schemes:
        page.emulate_media(media="screen", color_scheme=scheme)
        assert violations(page) == [] and page.problems == []
    page.evaluate(OPEN_ALL)
    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert_figures_fit(page)
