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
    """The data of a phase in the page."""
    found = json.loads(page.locator("#data").text_content())["phases"][phase]
    for part in ("schools", "need"):
        found[part] = {name: map_release.unpacked(column) for name, column in found[part].items()}
    return found


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
    counts = collections.Counter(picture(page).get_flattened_data())
    return collections.Counter({f"#{r:02x}{g:02x}{b:02x}": count for (r, g, b), count in counts.items()})


def colour_at(page, at):
    """The colour at a place in the window, as #rrggbb."""
    box = page.locator("#map").bounding_box()
    return "#{:02x}{:02x}{:02x}".format(*picture(page).getpixel((round(at[0] - box["x"]), round(at[1] - box["y"]))))


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
