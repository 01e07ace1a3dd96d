"""What the tests of the map in a browser do and see on an open page (from the fixtures of map_pages).

Places are looked up in the page's data (areas by key, schools by position) and turned into pixels by the view that the
map states (`data-view`, in metres), so that tests point and click as a reader does and look at colours on the screen.
"""

import collections
import io
import itertools
import json

from PIL import Image

import map_release
from accessibility import WCAG, violations

TURN = itertools.count()
READ = {}  # the data of each file and phase, read once

# What stands in a part of the page in each view that it offers, and in the panel where a table's first row is chosen.
EVERY_VIEW = """async ([measures, part, rows]) => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    const choices = (name) => [...document.querySelectorAll(`input[name=${name}]`)].filter((each) => !each.disabled);
    const measure = document.getElementById("measure");
    const views = [];
    const see = async (selector) => {
        await painted();
        const chosen = ["phase", "by"].map((name) => document.querySelector(`input[name=${name}]:checked`).value);
        views.push([...chosen, measure.value, document.querySelector(selector).innerText]);
    };
    for (const phase of choices("phase")) {
        phase.click();
        for (const by of choices("by")) {
            by.click();
            for (const value of measures) {
                measure.value = value;
                measure.dispatchEvent(new Event("change", {bubbles: true}));
                await see(part);
            }
            const row = document.querySelector("[data-table]:not([hidden]) tbody:last-child button");
            if (rows && row) {
                row.click();
                await see("#panel");
            }
        }
    }
    return views;
}"""


def drawn(page):
    page.wait_for_selector("html[data-ready]", state="attached")


def go(page, at):
    """Follow an address on the open page; what it does not name is as on opening."""
    words = f"#n={next(TURN)}&{at.lstrip('#')}"
    page.evaluate(
        """(words) => {
            history.replaceState(null, "", words);
            dispatchEvent(new HashChangeEvent("hashchange"));
        }""",
        words,
    )
    page.wait_for_timeout(100)  # Bokeh paints a frame later


def every_view(page, measures, part, rows=False):
    """[(phase, by, measure, words of a part of the page)] of each view that can be chosen, each drawn.

    `rows`: with each phase and level also the words of the panel when the table's first row is chosen.
    """
    return [tuple(view) for view in page.evaluate(EVERY_VIEW, [measures, part, rows])]


def address(page):
    return page.evaluate("location.hash")


def choose(page, **choices):
    for name, value in choices.items():
        if name == "measure":
            page.select_option("#measure", value)
        else:
            page.check(f"input[name={name}][value={value}]", force=True)


def map_violations(page):
    """What axe-core finds in what is shown, by WCAG 2.2 AA and by what it holds to be good practice."""
    return violations(page, [*WCAG, "best-practice"], unseen="[data-table][hidden], .legend[hidden]")


def table(page):
    """The table that is shown."""
    return page.locator("[data-table]:not([hidden])")


def names(page):
    """The names in the table's first column, the total left out, rows out of sight too."""
    return table(page).locator("tbody:last-child tr:not([hidden]) th").all_inner_texts()


def cells(page, column):
    """The figures of a column (from 2), without bounds, in the order of the rows, the total left out."""
    return figures(table(page).locator(f"tbody:last-child td:nth-child({column})"))


def figures(cells):
    """The figures in cells, without their bounds."""
    return cells.evaluate_all("(cells) => cells.map((cell) => cell.firstChild.textContent.trim())")


def phase_data(page, phase="primary"):
    """The data of a phase in the page. Read them; do not change them."""
    file = page.url.partition("#")[0]
    if (file, phase) not in READ:
        found = json.loads(page.locator("#data").text_content())["phases"][phase]
        for part in ("schools", "need"):
            found[part] = {name: map_release.unpacked(column) for name, column in found[part].items()}
        READ[file, phase] = found
    return READ[file, phase]


def view(page):
    """What the map shows: left, bottom, right, top, in metres."""
    return [int(edge) for edge in page.get_attribute("#map", "data-view").split()]


def place(page, x, y):
    """Where a place in metres is in the window, in px."""
    left, bottom, right, top = view(page)
    box = page.locator("#map").bounding_box()
    return (
        box["x"] + (x - left) / (right - left) * box["width"],
        box["y"] + (top - y) / (top - bottom) * box["height"],
    )


def area_place(page, level, key, phase="primary"):
    """Where the middle of an area's circle is in the window."""
    areas = phase_data(page, phase)["levels"][level]
    i = areas["key"].index(key)
    return place(page, areas["x"][i], areas["y"][i])


def point(page, at):
    page.mouse.move(at[0] - 2, at[1])
    page.mouse.move(*at)


def click(page, at):
    point(page, at)
    page.mouse.click(*at)
    page.wait_for_timeout(100)


def picture(page):
    """The map as an image, once it has come to rest."""
    before = None
    for _ in range(20):
        shot = page.locator("#map").screenshot()
        if shot == before:
            break
        before = shot
        page.wait_for_timeout(50)
    return Image.open(io.BytesIO(shot)).convert("RGB")


def painted(page):
    """{#rrggbb: pixels} of the map."""
    shown = picture(page)
    counts = shown.getcolors(shown.width * shown.height)
    return collections.Counter({f"#{r:02x}{g:02x}{b:02x}": count for count, (r, g, b) in counts})


def colours_at(page, places):
    """The colours at places in the window, as #rrggbb, all from one picture."""
    box, shown = page.locator("#map").bounding_box(), picture(page)
    return [
        "#{:02x}{:02x}{:02x}".format(*shown.getpixel((round(x - box["x"]), round(y - box["y"])))) for x, y in places
    ]


def colour_at(page, at):
    """The colour at a place in the window, as #rrggbb."""
    return colours_at(page, [at])[0]


def focused(page):
    """What has the focus: name or id, value or words."""
    return page.evaluate(
        """() => {
            const e = document.activeElement;
            const words = e.type === "radio" ? e.value : e.getAttribute("aria-label") || e.textContent.trim();
            return [e.name || e.id || e.dataset.move || e.tagName, words];
        }"""
    )


def seen(page, selector, height=None):
    """Whether an element, or as much of its top as `height`, is within the window."""
    script = """(element, height) => {
        const {top, bottom} = element.getBoundingClientRect();
        return top >= -1 && (height === null ? bottom : top + height) <= innerHeight + 1;  // fractions of a pixel
    }"""
    return page.locator(selector).evaluate(script, height)
