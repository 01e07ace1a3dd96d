"""The sheet that figures are drawn on: laid out in points from its top left corner, in the house style.

A sheet is WIDTH points wide and follows the afcharts style (Government Analysis Function). Bands at its top say what it
is worth: that its data are synthetic, or that not every criterion could be assessed.
"""

import functools

import matplotlib.style
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

WIDTH = 400  # points; on a phone of 360 pixels letters come out at 9 pixels, on a wide page like those of its text
HEADING, BODY, SMALL = 12.5, 11, 10.5  # points
ROW = 19  # from one row of a table or chart to the next

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
    """A matplotlib figure laid out in points from its top left corner, below the bands that say what it is worth."""

    def __init__(self, height, bands=()):
        """`bands`: each is lines of text over the whole width, the first one bold."""
        lines = [
            [band[0], *(part for words in band[1:] for part in wrapped(words, WIDTH - 16, SMALL, 9))] for band in bands
        ]
        heights = [20 + 14 * (len(band) - 1) for band in lines]
        self.top = sum(heights) + 6 * len(heights)
        self.height = height + self.top
        self.figure = Figure(figsize=(WIDTH / 72, self.height / 72))
        FigureCanvasAgg(self.figure)
        style = {"transform": self.figure.transFigure, "facecolor": TINT, "edgecolor": "none"}
        y = 0
        for band, down in zip(lines, heights, strict=True):
            place = (0, 1 - (y + down) / self.height)
            self.figure.add_artist(Rectangle(place, 1, down / self.height, **style))
            for k, words in enumerate(band):
                weight = {"size": SMALL} if k else {"size": BODY, "weight": "bold"}
                self.text(WIDTH / 2, y + 14 + 14 * k - self.top, words, ha="center", **weight)
            y += down + 6

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


@functools.cache  # words are measured again and again where lines are broken
def text_width(words, size=BODY, bold=False):
    """Return the width of a line in points, in the font that lays out."""
    properties = font_manager.FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    font = font_manager.get_font(font_manager.findfont(properties))
    font.set_size(size, 72)
    font.set_text(words, 0.0)
    return font.get_width_height()[0] / 64


def fitted(words, width, size=BODY, bold=False):
    """Return the line, cut off with an ellipsis where it is wider than `width` points."""
    if text_width(words, size, bold) <= width:
        return words
    while words and text_width(f"{words}…", size, bold) > width:
        words = words[:-1]
    return f"{words.rstrip(' ,;')}…"


def wrapped(words, width, size=BODY, lines=2, bold=False):
    """Return the words as at most `lines` lines of `width` points, the last one cut off where it must be."""
    out, rest = [], words.split()
    while rest and len(out) < lines - 1:
        count = 1
        while count < len(rest) and text_width(" ".join(rest[: count + 1]), size, bold) <= width:
            count += 1
        out.append(" ".join(rest[:count]))
        rest = rest[count:]
    return [*out, fitted(" ".join(rest), width, size, bold)] if rest else out


def region_axes(sheet, top, names, left, right=0, pitch=ROW):
    """Return axes with one row a region, England set off at the foot, and the rows' places; names from the left."""
    places = [i + 0.45 * (name == "England") for i, name in enumerate(names)]
    height = pitch * (places[-1] + 1)
    ax = sheet.axes(left, top, WIDTH - left - right, height)
    ax.set_ylim(places[-1] + 0.5, -0.5)
    ax.set_yticks(places, names)
    ax.tick_params(axis="both", length=0)
    ax.tick_params(axis="y", pad=left)
    for label in ax.get_yticklabels():
        label.set(weight="bold" if label.get_text() == "England" else "normal", ha="left")
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")
    ax.spines[:].set_visible(False)
    return ax, places


def room_for(names):
    """Width in points of a column of names, with the space beside it."""
    return max((text_width(name, bold=name == "England") for name in names), default=0) + 12


def height_of_rows(frame, pitch=ROW):
    """Height in points of the rows of one phase, as `region_axes` lays them out."""
    return pitch * (len(frame) + 0.45)
