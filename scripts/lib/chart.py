"""The sheet that figures are drawn on: words and shapes, laid out in points from its top left corner.

A sheet is WIDTH points wide and grows downwards: `y` is where the next part begins. Later marks lie over earlier ones.
Colours are names: the tones and groups of `palette`. Bands at the top say what must be known before a number.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

WIDTH = 400  # points; on a phone of 360 pixels letters come out at 9 pixels, on a wide page like those of its text
BODY, SMALL = 11, 10.5  # points
ROW = 19  # from one row of a table or chart to the next
EDGE = 2  # points, of an open dot
HATCH, WHISKER = 4.5, 1  # points from one line of a hatched part to the next; across a whisker

Points = Sequence[tuple[float, float]]


@functools.cache
def font(size: float, bold: bool) -> FontProperties:
    """Return DejaVu Sans as matplotlib brings it, so that every machine lays out alike; wide, so that others fit."""
    name = f"DejaVuSans{'-Bold' if bold else ''}.ttf"
    return FontProperties(fname=Path(matplotlib.get_data_path(), "fonts", "ttf", name), size=size)


@functools.cache
def text_width(words: str, size: float, bold: bool = False) -> float:
    """Return the width of a line in points."""
    return text_to_path.get_text_width_height_descent(words, font(size, bold), ismath=False)[0] if words else 0


def wrapped(words: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Return the words as lines of at most `width` points; a word that is wider has a line of its own."""
    lines = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@dataclass(frozen=True)
class Words:
    """One line of text; `y` is its baseline, `anchor` the part of it that stands at `x`: start, middle or end."""

    x: float
    y: float
    text: str
    size: float = BODY
    bold: bool = False
    colour: str = "ink"
    anchor: str = "start"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        width = text_width(self.text, self.size, self.bold)
        left = self.x - width * {"start": 0, "middle": 0.5, "end": 1}[self.anchor]
        return left, self.y - 0.76 * self.size, left + width, self.y + 0.24 * self.size


@dataclass(frozen=True)
class Shape:
    """Straight lines from point to point: a stroke of `width` points, or what they enclose where that is 0."""

    points: Points
    colour: str
    width: float = 0
    dashed: bool = False
    opacity: float = 1


@dataclass(frozen=True)
class Dots:
    """Round or square marks, `size` points across, at the rows of `points` (n × 2), drawn as one."""

    points: np.ndarray
    colour: str
    size: float
    square: bool = False


@dataclass
class Sheet:
    """What is drawn, and how far down it reaches. `bands`: each is lines over the whole width, the first one bold."""

    bands: Iterable[Sequence[str]] = ()
    y: float = 0
    marks: list[Words | Shape | Dots] = field(default_factory=list)

    def __post_init__(self):
        for first, *others in self.bands:
            top = self.y
            self.y += 3
            self.paragraph(first, WIDTH / 2, bold=True, anchor="middle")
            for words in others:
                self.paragraph(words, WIDTH / 2, WIDTH - 16, size=SMALL, anchor="middle")
            self.marks.insert(0, Shape([(0, top), (WIDTH, top), (WIDTH, self.y + 3), (0, self.y + 3)], "tint"))
            self.y += 9
        self._top = self.y

    @property
    def height(self) -> float:
        """Height in points, down to the last part and the last line of text."""
        return max([self.y, *(mark.box[3] for mark in self.marks if isinstance(mark, Words))])

    def text(self, x: float, y: float, words: str, **style) -> None:
        """Write one line; `style` as of `Words`."""
        if words:
            self.marks.append(Words(x, y, words, **style))

    def paragraph(self, words: str, x: float = 0, width: float = WIDTH, pitch: float = 14, **style) -> None:
        """Write words below what there is, in lines of at most `width` points, `pitch` from one to the next."""
        for line in wrapped(words, width, style.get("size", BODY), style.get("bold", False)):
            self.y += pitch
            self.text(x, self.y - 3, line, **style)

    def heading(self, words: str, aside: str = "", **style) -> None:
        """Begin a part of the figure, below what there is; `aside` stands at the right end, in its own `style`."""
        self.y += 18 if self.y > self._top else 0
        self.text(0, self.y + 14, words, size=12.5, bold=True)
        self.text(WIDTH, self.y + 14, aside, anchor="end", **style)
        self.y += 22

    def line(self, points: Points, colour: str = "ink", width: float = 1, dashed=False, under: bool = False) -> None:
        """Draw a line from point to point, over what there is or under it."""
        self.marks.insert(0 if under else len(self.marks), Shape(points, colour, width, dashed))

    def area(self, points: Points, colour: str, opacity: float = 1) -> None:
        """Fill what points enclose."""
        self.marks.append(Shape(points, colour, opacity=opacity))

    def bar(self, x: float, middle: float, width: float, height: float, colour: str, label: str = "", **style) -> None:
        """Draw a bar from `x` to the right, `middle` its middle line, with a label after its end."""
        top, foot, end = middle - height / 2, middle + height / 2, x + width
        if width:
            self.area([(x, top), (end, top), (end, foot), (x, foot)], colour)
        self.text(end + 5, middle + 4, label, **style)

    def bounded_bar(self, x: float, middle: float, ends: Sequence[float], height: float, colour: str) -> None:
        """Draw a bar of which only a part is certain. `ends`: where it ends at the least, as counted and at the most.

        Solid up to the least, hatched from there to the most, and faintly filled up to what is counted.
        """
        least, counted, most = (x + end for end in ends)
        top, foot = middle - height / 2, middle + height / 2
        self.bar(x, middle, least - x, height, colour)
        if most - least < 0.1:
            return
        self.area([(least, top), (counted, top), (counted, foot), (least, foot)], colour, opacity=0.4)
        for start in np.arange(least - height + 2, most, HATCH):
            low, high = max(start, least), min(start + height, most)
            if low < high:
                self.line([(low, foot - (low - start)), (high, foot - (high - start))], colour, 0.9)
        self.line([(least, top), (most, top), (most, foot), (least, foot)], colour, 0.9)

    def whisker(self, low: Points, high: Points, colour: str = "muted") -> None:
        """Draw a thin line between two points, with a cross stroke at each end: between which a figure lies."""
        (x, y), (to_x, to_y) = low, high
        upright = abs(to_x - x) < abs(to_y - y)
        self.line([low, high], colour, WHISKER)
        for at, down in (low, high):
            across = [(at - 3, down), (at + 3, down)] if upright else [(at, down - 2.5), (at, down + 2.5)]
            self.line(across, colour, WHISKER)

    def dot(self, x: float, y: float, colour: str, size: float, filled: bool = True, square: bool = False) -> None:
        """Draw a mark, `size` points across with its edge; an open one shows the page through."""
        if filled:
            return self.dots(np.array([(x, y)], dtype=float), colour, size, square)
        turns = np.arange(6 if square else 34) * 2 * np.pi / (4 if square else 32) + np.pi / 4
        radius = (size - EDGE) / 2 * (math.sqrt(2) if square else 1)
        self.line([(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns], colour, EDGE)

    def dots(self, points: np.ndarray, colour: str, size: float, square: bool = False) -> None:
        """Draw many marks; see `Dots`."""
        if len(points):
            self.marks.append(Dots(points, colour, size, square))

    def area_rows(self, rows, pitch: float = ROW):
        """Write the name of each area, England's set off at the foot; yield each row and the middle of its line.

        `rows`: of one phase, with columns `area` and `level`.
        """
        for row in rows.to_dict("records"):
            country = row["level"] == "country"
            self.y += 8.5 * country
            self.text(0, self.y + pitch / 2 + 4, row["area"], bold=country)
            yield row, self.y + pitch / 2
            self.y += pitch


def room_for(names: Iterable[str], size: float = BODY, bold: bool = False) -> float:
    """Return the width in points of a column of texts; 0 without any."""
    return max((text_width(name, size, bold) for name in names), default=0)


def scale(bars: Iterable[tuple[float, float]]) -> float:
    """Return the points to one at which every bar keeps within its room: `bars` are (value, room in points)."""
    return min((room / value for value, room in bars if value > 0), default=0)


def root_ticks(longest: float, unit: float) -> list[tuple[int, float]]:
    """Return the round ticks of a square-root axis and their places in points, none too near another.

    The axis runs from 0 to `longest`, which is a root, with `unit` points to one.
    """
    ticks = [(0, 0.0)]
    for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        if math.sqrt(tick) <= longest and math.sqrt(tick) * unit - ticks[-1][1] >= 22:
            ticks.append((tick, math.sqrt(tick) * unit))
    return ticks
