"""The axes of figures that show how schools, or their partners, change with the radius."""

import math
from collections.abc import Callable

from lib.chart import SMALL, WIDTH, Sheet, root_ticks
from lib.words import miles
from sections.figure import number

LEFT, RIGHT, TALL = 34, WIDTH - 122, 130  # points: the sides of the plot, and its height


def root_axes(sheet: Sheet, tallest: float, widest: float) -> tuple[float, Callable]:
    """Draw both axes below what there is, the upright one a square-root scale.

    `tallest`: the root of the largest figure. `widest`: the widest radius in miles. Returns the foot of the plot, and
    the function (radius, figure) -> place in points.
    """
    foot, unit = sheet.y + 8 + TALL, TALL / tallest

    def point(radius, figure):
        return LEFT + (RIGHT - LEFT) * radius / widest, foot - unit * math.sqrt(figure)

    for tick, at in root_ticks(tallest, unit):
        sheet.line([(LEFT, foot - at), (RIGHT, foot - at)], "rule", width=0.6)
        sheet.text(LEFT - 5, foot - at + 4, number(tick), size=SMALL, colour="muted", anchor="end")
    for tick in [tick for tick in (1, *range(5, 101, 5)) if tick < widest - 2] + [widest]:
        words = miles(tick) if tick == widest else number(tick)
        sheet.text(point(tick, 0)[0], foot + 13, words, size=SMALL, colour="muted", anchor="middle")
    return foot, point
