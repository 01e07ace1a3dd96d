"""The sheet that figures are drawn on: laid out in points from its top left corner, in the house style.

A sheet is WIDTH points wide and follows the afcharts style (Government Analysis Function). A sheet of synthetic data
carries a band that says so.
"""

import matplotlib.style
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

WIDTH = 432  # points; on a page as wide as a phone, letters of 11 points come out at about 8 pixels
HEADING, BODY, SMALL = 12.5, 11, 10.5  # points
BAND = 26  # height of the band that marks synthetic data
SYNTHETIC = "Synthetic data: no evidence about schools"

# Tones that follow the page: hex in the drawing, opacity of the text colour in the SVG.
INK, MUTED, RULE, TINT = "#1a1a1a", "#595959", "#cccccc", "#ebebeb"
SOLID = "#6b6b6b"  # bars that stand for no group

FONT = "DejaVu Sans"  # comes with matplotlib, so that every machine lays out alike; wide, so others fit in its place
STYLE = {
    "font.family": [FONT],
    "font.size": BODY,
    "axes.edgecolor": RULE,
    "axes.labelcolor": INK,
    "grid.color": RULE,
    "text.color": INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "path.simplify": False,  # it would drop dots of the map
    "svg.fonttype": "none",
    "svg.hashsalt": "figures",
}


def house_style():
    """The afcharts style with what WIDTH asks of letters, as a context."""
    return matplotlib.style.context(["afcharts.afcharts", STYLE])


class Sheet:
    """A matplotlib figure laid out in points from its top left corner, below the band that marks synthetic data."""

    def __init__(self, height, synthetic):
        self.top = BAND if synthetic else 0
        self.height = height + self.top
        self.figure = Figure(figsize=(WIDTH / 72, self.height / 72))
        FigureCanvasAgg(self.figure)
        if synthetic:
            down = (BAND - 6) / self.height
            style = {"transform": self.figure.transFigure, "facecolor": TINT, "edgecolor": "none"}
            self.figure.add_artist(Rectangle((0, 1 - down), 1, down, **style))
            y = 1 - (BAND - 6) * 0.68 / self.height
            self.figure.text(0.5, y, SYNTHETIC, ha="center", va="baseline", weight="bold", size=BODY)

    def axes(self, left, top, width, height):
        """Return axes at a place in points."""
        bottom = self.height - self.top - top - height
        return self.figure.add_axes([left / WIDTH, bottom / self.height, width / WIDTH, height / self.height])

    def canvas(self):
        """Return axes over the whole sheet, in points, downwards, without anything drawn."""
        height = self.height - self.top
        ax = self.axes(0, 0, WIDTH, height)
        ax.set(xlim=(0, WIDTH), ylim=(height, 0))
        ax.set_axis_off()
        return ax

    def text(self, x, y, words, **style):
        """Write one line; `y` is its baseline."""
        style = {"va": "baseline", "size": BODY} | style
        return self.figure.text(x / WIDTH, 1 - (self.top + y) / self.height, words, **style)

    def heading(self, y, words):
        self.text(0, y, words, weight="bold", size=HEADING)


def bar(ax, x, y, width, height, colour):
    """Draw a bar on a canvas: left end, top, width, height."""
    ax.add_patch(Rectangle((x, y), width, height, facecolor=colour, edgecolor="none"))


def line(ax, x, y, **style):
    ax.plot(x, y, **{"color": INK, "linewidth": 1, "solid_capstyle": "butt", "clip_on": False} | style)


def dot(ax, x, y, colour, size=8, filled=True, **style):
    face = colour if filled else "none"
    colours = {"color": colour, "markerfacecolor": face, "markeredgecolor": colour}
    ax.plot([x], [y], **{"marker": "o", "markersize": size, "linestyle": "none"} | colours | style)


def text_width(words, size=BODY, bold=False):
    """Return the width of a line in points, in the font that lays out."""
    properties = font_manager.FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    font = font_manager.get_font(font_manager.findfont(properties))
    font.set_size(size, 72)
    font.set_text(words, 0.0)
    return font.get_width_height()[0] / 64


def fitted(words, width, size=BODY):
    """Return the line, cut off with an ellipsis where it is wider than `width` points."""
    if text_width(words, size) <= width:
        return words
    while words and text_width(f"{words}…", size) > width:
        words = words[:-1]
    return f"{words.rstrip(' ,;')}…"


def wrapped(words, width, size=BODY, lines=2):
    """Return the words as at most `lines` lines of `width` points, the last one cut off where it must be."""
    out, rest = [], words.split()
    while rest and len(out) < lines - 1:
        count = 1
        while count < len(rest) and text_width(" ".join(rest[: count + 1]), size) <= width:
            count += 1
        out.append(" ".join(rest[:count]))
        rest = rest[count:]
    return [*out, fitted(" ".join(rest), width, size)] if rest else out


def region_axes(sheet, top, names, left=158, right=0, pitch=19):
    """Return axes with one row a region, England set off at the foot, and the rows' places."""
    places = [i + 0.45 * (name == "England") for i, name in enumerate(names)]
    height = pitch * (places[-1] + 1)
    ax = sheet.axes(left, top, WIDTH - left - right, height)
    ax.set_ylim(places[-1] + 0.5, -0.5)
    ax.set_yticks(places, names)
    ax.tick_params(axis="both", length=0)
    ax.tick_params(axis="y", pad=6)
    for label in ax.get_yticklabels():
        label.set_weight("bold" if label.get_text() == "England" else "normal")
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")
    ax.spines[:].set_visible(False)
    return ax, places


def height_of_rows(frame, pitch=19):
    """Height in points of the rows of one phase, as `region_axes` lays them out."""
    return pitch * (len(frame) + 0.45)
