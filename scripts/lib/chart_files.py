"""Sheets as files: SVG for a page, which gives it a title, and PNG for use alone. Same sheet, same bytes."""

import io
from html import escape

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from lib import palette
from lib.chart import WIDTH, Dots, Shape, Sheet, Words, font, wrapped

FONTS_ON_PAGE = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"  # those of the page
PIXELS = 2  # to a point, in the PNG
TITLE, SOURCE = 14, 9.5  # points, of what stands only in the PNG
MARGIN = 10.8  # points of white round a PNG; the SVG stands flush with the text of the page


def svg(sheet: Sheet, name: str, alt: str) -> str:
    """Return a sheet as an SVG element for a page: without a background, in the colours of the page.

    Tones are the page's own colour (`currentColor`) at some opacity. Groups carry the classes of `palette`, and there
    are attributes in place of styles, so that the page's style sheet has the last word.
    """
    words = {"class": f"figure figure-{name}", "role": "img", "aria-label": alt, "font-family": FONTS_ON_PAGE}
    # A wider font than the one that laid out may reach past the edge.
    style = {"stroke-linejoin": "round", "overflow": "visible"}
    height = _short(sheet.height)
    frame = {"xmlns": "http://www.w3.org/2000/svg", "width": f"{WIDTH}pt", "height": f"{height}pt"}
    frame["viewBox"] = f"0 0 {WIDTH} {height}"
    return _tag("svg", frame | words | style, "\n".join(["", *map(_element, sheet.marks), ""])) + "\n"


def _element(mark):
    match mark:
        case Words():
            style = {"font-size": mark.size, "font-weight": 700 if mark.bold else 400, "text-anchor": mark.anchor}
            place = {"x": mark.x, "y": mark.y}
            return _tag("text", place | style | _paint("fill", mark.colour), escape(mark.text, False))
        case Shape():
            path = {"d": "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in mark.points) + "z" * (not mark.width)}
            dash = {"stroke-dasharray": f"{_short(4 * mark.width)} {_short(3 * mark.width)}"} if mark.dashed else {}
            part = "stroke" if mark.width else "fill"
            return _tag("path", path | _paint(part, mark.colour, mark.opacity, mark.width) | dash)
        case Dots():
            # Steps of no length, in whole tenths of a point from one to the next, show as the pen's tip.
            steps = np.diff(np.round(mark.points * 10).astype(int), axis=0, prepend=[[0, 0]])
            path = {"d": "".join(f"m{x}{'' if y < 0 else ' '}{y}h0" for x, y in steps), "transform": "scale(.1)"}
            cap = {"stroke-linecap": "square" if mark.square else "round"}
            return _tag("path", path | _paint("stroke", mark.colour, width=mark.size * 10) | cap)


def _paint(part, colour, opacity=1.0, width=1.0):
    """Attributes of a fill, or of a stroke so wide, in a colour of the palette."""
    pen = {"fill": "none", "stroke-width": width} if part == "stroke" else {}
    if colour in palette.GROUPS:
        own = {part: palette.colour(colour).lower(), "class": f"{part}-{colour}"}
    else:
        own, opacity = {part: "currentColor"}, opacity * palette.TONES[colour].opacity
    return pen | own | ({} if opacity == 1 else {f"{part}-opacity": opacity})


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
    top = -8 - 18 * len(wrapped(title, WIDTH, TITLE, bold=True))
    whole = Sheet(marks=list(sheet.marks), y=top)
    whole.paragraph(title, pitch=18, size=TITLE, bold=True)
    whole.y = sheet.height + 10
    whole.paragraph(source, pitch=13, size=SOURCE, colour="muted")
    size = (WIDTH + 2 * MARGIN) / 72, (whole.y - top + 2 * MARGIN) / 72
    figure = Figure(size, dpi=72 * PIXELS)
    to_pixels = Affine2D().translate(MARGIN, -whole.y - MARGIN).scale(PIXELS, -PIXELS)
    for place, mark in enumerate(whole.marks):
        figure.add_artist(_artist(mark, zorder=place, transform=to_pixels))
    out = io.BytesIO()
    # Level 3 makes smaller files of these than the usual 6, and sooner.
    with rc_context({"text.hinting": "none"}):  # at two pixels a point it takes time, and is not seen
        figure.savefig(out, metadata={"Software": None}, pil_kwargs={"compress_level": 3})
    return out.getvalue()


def _artist(mark, **style):
    """What matplotlib draws of a mark."""
    match mark:
        case Words():
            style |= {"ha": {"start": "left", "middle": "center", "end": "right"}[mark.anchor], "parse_math": False}
            style |= {"fontproperties": font(mark.size, mark.bold), "color": palette.colour(mark.colour)}
            return Text(mark.x, mark.y, mark.text, **style)
        case Shape():
            colours = ("none", palette.colour(mark.colour)) if mark.width else (palette.colour(mark.colour), "none")
            style |= dict(zip(("fc", "ec"), colours, strict=True)) | {"lw": mark.width, "alpha": mark.opacity}
            style |= {"ls": (0, (4, 3)) if mark.dashed else "-", "joinstyle": "round"}
            return Polygon(mark.points, closed=not mark.width, **style)
        case Dots():
            style |= {"ms": mark.size, "mew": 0, "color": palette.colour(mark.colour), "ls": "none"}
            return Line2D(*mark.points.T, marker="s" if mark.square else "o", **style)
