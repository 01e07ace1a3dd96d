"""Sheets as files: SVG for a page, which gives it a title, and PNG for use alone. Same sheet, same bytes."""

import io
from html import escape

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D
from PIL import Image

from lib import palette
from lib.chart import BODY, WIDTH, Dots, Shape, Sheet, Words, font, wrapped

FONTS_ON_PAGE = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"  # those of the page
PIXELS = 2  # to a point, in the PNG
TITLE, SOURCE = 14, 9.5  # points, of what stands only in the PNG
MARGIN = 10.8  # points of white round a PNG; the SVG stands flush with the text of the page


def svg(sheet: Sheet, name: str, alt: str) -> str:
    """Return a sheet as an SVG element for a page: without a background, in the colours of the page.

    Tones are the page's own colour (`currentColor`) at some opacity. Groups carry the classes of `palette`, and there
    are attributes in place of styles, so that the page's style sheet has the last word.
    """
    size = {"width": f"{WIDTH}pt", "height": f"{_short(sheet.height)}pt"}
    words = {"class": f"figure figure-{name}", "role": "img", "aria-label": alt, "font-family": FONTS_ON_PAGE}
    # A wider font than the one that laid out may reach past the edge.
    style = {"font-size": BODY, "stroke-linejoin": "round", "overflow": "visible", "fill": "currentColor"}
    frame = {"xmlns": "http://www.w3.org/2000/svg", **size, "viewBox": f"0 0 {WIDTH} {_short(sheet.height)}"}
    return _tag("svg", frame | words | style, "\n".join(["", *map(_element, sheet.marks), ""])) + "\n"


def _element(mark):
    match mark:
        case Words():
            style = {} if mark.size == BODY else {"font-size": mark.size}
            style |= {"font-weight": 700} if mark.bold else {}
            style |= {} if mark.anchor == "start" else {"text-anchor": mark.anchor}
            style |= _paint("fill", mark.colour)
            return _tag("text", {"x": mark.x, "y": mark.y} | style, escape(mark.text, False))
        case Shape():
            path = {"d": "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in mark.points) + "z" * bool(mark.fill)}
            if mark.fill:
                return _tag("path", path | _paint("fill", mark.fill, mark.opacity))
            dash = {"stroke-dasharray": " ".join(map(_short, mark.dash))} if mark.dash else {}
            return _tag("path", path | _paint("stroke", mark.stroke, width=mark.width) | dash)
        case Dots():
            # Steps of no length, in whole tenths of a point from one to the next, show as the pen's tip.
            steps = np.diff(np.round(mark.points * 10).astype(int), axis=0, prepend=[[0, 0]])
            path = {"d": "".join(f"m{x}{'' if y < 0 else ' '}{y}h0" for x, y in steps), "transform": "scale(.1)"}
            cap = {"stroke-linecap": "square" if mark.square else "round"}
            return _tag("path", path | _paint("stroke", mark.colour, width=mark.size * 10) | cap)


def _paint(part, colour, opacity=1.0, width=1.0):
    """Attributes of a fill, or of a stroke so wide, in a colour of the palette."""
    attributes = {} if part == "fill" else {"fill": "none"}
    if colour in palette.GROUPS:
        attributes |= {part: palette.colour(colour).lower(), "class": f"{part}-{colour}"}
    else:
        opacity *= palette.TONES[colour].opacity
        attributes |= {} if part == "fill" else {part: "currentColor"}  # the fill of the whole
    attributes |= {} if opacity == 1 else {f"{part}-opacity": opacity}
    return attributes | ({} if width == 1 else {"stroke-width": width})


def _tag(name, attributes, content=""):
    texts = {key: value if isinstance(value, str) else _short(value) for key, value in attributes.items()}
    start = " ".join([name, *(f'{key}="{escape(value)}"' for key, value in texts.items())])
    return f"<{start}>{content}</{name}>" if content else f"<{start}/>"


def _short(number):
    """A number to a hundredth, without needless digits."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def png(sheet: Sheet, title: str, source: str) -> bytes:
    """Return a sheet as PNG on white, without time or software, with title and source, since it is used alone."""
    above, below = wrapped(title, WIDTH, TITLE, bold=True), wrapped(source, WIDTH, SOURCE)
    head, foot = len(above) * TITLE * 1.3 + 8, len(below) * SOURCE * 1.4 + 10
    edges = Sheet()
    edges.lines(0, TITLE - head, above, TITLE * 1.3, size=TITLE, bold=True)
    edges.lines(0, sheet.height + 10 + SOURCE, below, SOURCE * 1.4, size=SOURCE, colour="muted")
    width = int((WIDTH + 2 * MARGIN) * PIXELS)
    height = int((sheet.height + head + foot + 2 * MARGIN) * PIXELS)
    renderer = RendererAgg(width, height, 72 * PIXELS)
    pixels = np.asarray(renderer.buffer_rgba())
    pixels[:] = 255  # white
    onto = Affine2D().translate(MARGIN, MARGIN + head).scale(PIXELS, -PIXELS).translate(0, height)
    for mark in edges.marks + sheet.marks:
        _draw(renderer, mark, onto)
    out = io.BytesIO()
    # Level 3 makes smaller files of these than the usual 6, and sooner.
    Image.fromarray(pixels).convert("RGB").save(out, format="png", compress_level=3)
    return out.getvalue()


def _draw(renderer, mark, onto):
    """Draw a mark as one path. `onto`: from points of the sheet to pixels."""
    pen, width = renderer.new_gc(), 0
    match mark:
        case Words():
            size, colour = mark.size, mark.colour
            path = Path(*text_to_path.get_text_path(font(size, mark.bold), mark.text))
            # The path is of letters FONT_SCALE high, upwards.
            high = size / text_to_path.FONT_SCALE
            onto = Affine2D().scale(high, -high).translate(mark.box[0], mark.y) + onto
        case Shape():
            path, colour, width = Path(np.array(mark.points)), mark.fill or mark.stroke, 0 if mark.fill else mark.width
            pen.set_alpha(mark.opacity)
            pen.set_dashes(0, mark.dash)
        case Dots():
            colour, width = mark.colour, mark.size
            vertices = np.repeat(mark.points, 2, axis=0)
            vertices[1::2, 0] += 0.001  # a step too short to see shows as the pen's tip
            path = Path(vertices, np.tile([Path.MOVETO, Path.LINETO], len(mark.points)).astype(Path.code_type))
            pen.set_capstyle("projecting" if mark.square else "round")
            pen.set_snap(False)
    pen.set_foreground(palette.colour(colour))
    pen.set_linewidth(width)  # in points
    pen.set_joinstyle("round")
    renderer.draw_path(pen, path, onto, None if width else pen.get_rgb())
