"""The sheet: words as wide as they are set, and the same marks in SVG and PNG."""

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from drawn_figures import SVG
from lib import chart, chart_files, palette


def test_lines_are_as_wide_as_they_may_be_and_drawn_as_wide_as_they_are_held_to_be():
    words = "Yorkshire: 1,717 (“under 1%”), −77… $5 and $6"
    lines = chart.wrapped(words, 120, 11)
    assert " ".join(lines) == words and len(lines) > 2
    assert max(chart.text_width(line, 11) for line in lines) <= 120
    sheet = chart.Sheet()
    sheet.text(0, 50, words, bold=True)
    dark = np.argwhere(pixels(chart_files.png(sheet, "", "")).min(axis=2) < 128)[:, 1] / 2 - 10.8
    assert dark.min() == pytest.approx(0, abs=1) and dark.max() == pytest.approx(sheet.marks[0].box[2], abs=2)


def test_text_of_the_data_is_escaped_in_the_svg():
    sheet = chart.Sheet([("A & B",)])
    sheet.text(0, 10, "<b>Smith & Sons</b>")
    root = ET.fromstring(chart_files.svg(sheet, "x", 'under "5" & over'))
    texts = [element.text for element in root.iter(f"{{{SVG}}}text")]
    assert texts == ["A & B", "<b>Smith & Sons</b>"] and root.get("aria-label") == 'under "5" & over'


def pixels(content):
    """A PNG as rows of red, green and blue."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_the_png_shows_what_the_svg_says():
    sheet = chart.Sheet()
    sheet.bar(100, 50, 200, 20, "in_need")
    sheet.line([(0, 100), (400, 100)], "ink", width=4)
    sheet.dot(50, 150, "high_performing", size=20)
    sheet.dot(150, 150, "high_performing", size=20, filled=False)
    sheet.dots(np.array([[250.0, 150.0], [350.0, 150.0]]), "in_need", size=10, square=True)
    sheet.y = 200
    content = chart_files.png(sheet, "", "")
    assert not any(mark in content for mark in (b"tEXt", b"iTXt", b"tIME"))  # nothing of when and with what
    picture = pixels(content)
    head = picture.shape[0] - 2 * 200

    def colour_at(x, y):
        red, green, blue = picture[round(2 * (y + 10.8 + 8)), round(2 * (x + 10.8))]
        return f"#{red:02x}{green:02x}{blue:02x}".upper()

    orange, blue = palette.colour("in_need").upper(), palette.colour("high_performing").upper()
    assert head < 100
    seen = {(110, 50): orange, (290, 45): orange, (90, 50): "#FFFFFF", (200, 99): palette.colour("ink").upper()}
    seen |= {(50, 150): blue, (150, 150): "#FFFFFF", (159, 150): blue, (253, 153): orange, (354, 146): orange}
    assert {place: colour_at(*place) for place in seen} == seen


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_two_groups_stand_out_and_differ_in_lightness():
    light_high, dark_high = palette.GROUPS["high_performing"]
    light_need, dark_need = palette.GROUPS["in_need"]
    # WCAG 2.2, 1.4.11; told apart by lightness, so also without any colour vision.
    assert min(contrast(light_high, "#ffffff"), contrast(light_need, "#ffffff")) >= 3
    assert min(contrast(dark_high, "#1a1a1a"), contrast(dark_need, "#1a1a1a")) >= 3
    assert contrast(light_high, light_need) >= 3
    for group, (light, dark) in palette.GROUPS.items():
        assert f".fill-{group}{{" in palette.css() and light in palette.css() and dark in palette.css()
