"""How the map prints its measures, and the classes and legends of their scales."""

import bisect
import math

import numpy as np

from lib import words
from lib.area_columns import COLUMNS, AreaColumn, printed_bounds

FIRST_MEASURE = "high_performing_per_in_need"
MEASURES = sorted((column for column in COLUMNS if column.on_map), key=lambda column: column.key != FIRST_MEASURE)
# Where it is not known of which group England has more, the map opens on a measure of one group.
FIRST_MEASURE_IN_PART = "share_in_need"
IN_PART = "Coloured by what is known; figures in small print are the bounds."
RATIO_LIMITS = [0.25, 0.5, 1, 2, 4]  # as many below 1 as above, each twice the one before
BOUNDS = "In small print: the least and the most that a figure can be, whatever is unknown."
CLASSES = 5  # of a sequential scale


def printed(column: AreaColumn, value: object) -> str:
    """Return a figure as the map prints it, everywhere alike; a share has no decimals and a % sign."""
    if column.unit == "share":
        return words.percent(value).replace("under ", "<").replace("over ", ">")
    return words.ratio(value) if column.unit == "ratio" else words.number(value, 1)


def bounds_of(column: AreaColumn, row: dict, between: str = "–") -> str:
    """Return the bounds of a figure as the map prints them; blank where both are printed like the figure."""
    return printed_bounds(column, row, lambda value: printed(column, value), between)


def first_measure(measures: list[AreaColumn], englands: list[dict]) -> str:
    """Return the measure on which the map opens. `englands`: the rows of England, one a phase."""
    keys, key = [column.key for column in measures], FIRST_MEASURE
    ends = [(row[f"{key}_lower"], row[f"{key}_upper"]) for row in englands]
    sure = all(low >= 1 or high < 1 or low == high or not words.known(low) for low, high in ends)
    return key if sure and key in keys else FIRST_MEASURE_IN_PART if FIRST_MEASURE_IN_PART in keys else keys[0]


def class_of(column: AreaColumn, value: object, limits: list[float]) -> int | None:
    """Return the class of a figure as printed, 0 for the lowest: alike in words, alike in colour. None if unknown."""
    if not words.known(value):
        return None
    if column.unit == "ratio":
        shown = float(words.ratio(value).replace(",", ""))
    else:
        shown = float(words.rounded(value, 2 if column.unit == "share" else 1))
    return bisect.bisect_right(limits, shown)


def share_limits(shares: list[float]) -> list[float]:
    """Return the upper limits of all classes but the last, which is open.

    Equal steps of 1, 2, 2.5 or 5 times a power of ten, such that nineteen areas in twenty lie within five steps: one
    far-off area does not take up the scale.
    """
    top = max(float(np.quantile(shares, 0.95)), max(shares) / 4) if shares else 0
    top = top or 1.0
    power = 10.0 ** math.floor(math.log10(top / CLASSES))
    width = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * CLASSES >= top * (1 - 1e-9))
    return [round(width * i, 6) for i in range(1, CLASSES)]


def number_limits(numbers: list[float]) -> list[int]:
    """Return limits as `share_limits` does, for numbers of partners, which are far from evenly spread.

    Four in a row of 1, 2, 5, 10, 20, 50 …, the last not above what nine areas in ten stay below, but 10 at least.
    """
    top = float(np.quantile(numbers, 0.9)) if numbers else 0
    row = [factor * 10**power for power in range(6) for factor in (1, 2, 5)]
    last = max(3, sum(number <= top for number in row) - 1)
    return row[last - CLASSES + 2 : last + 1]


def scale_limits(measures: list[AreaColumn], authorities: list[dict]) -> dict[str, list]:
    """Return {measure: class limits}. Shares and numbers take theirs from local authorities, whatever the level."""
    limits_of = {"ratio": lambda _: RATIO_LIMITS, "share": share_limits, "number": number_limits}
    limits = {}
    for column in measures:
        values = [row[column.key] for row in authorities]
        limits[column.key] = limits_of[column.on_map.kind]([value for value in values if words.known(value)])
    return limits


def legend(column: AreaColumn, limits: list[float], counted_as: dict[str, str], in_part: bool) -> dict:
    """Return what the legend says of a measure: scale, limits, what is good by area and by school, and size.

    `counted_as`: {known_high_performing, known_in_need: "" or "counted as "}. `in_part`: whether an area's
    figure depends on what is unknown: then which group it has more of says more about the files than about schools, and
    is not called good.
    """
    measure = column.on_map
    high, need = counted_as["known_high_performing"], counted_as["known_in_need"]
    high = f"schools {high}high-performing" if high else "high-performing schools"
    names = {"high_performing": high, "in_need": f"schools {need}in need"}
    names |= {words.capital(group): words.capital(text) for group, text in names.items()}
    fractions = {0.25: "¼", 0.5: "½"} if measure.kind == "ratio" else {}
    factor, sign = (100, "%") if measure.kind == "share" else (1, "")
    said = [] if in_part and measure.kind == "ratio" else [measure.areas.format(**names)]
    said += [IN_PART] if in_part else []
    return {
        "scale": scale_name(column),
        "limits": [fractions.get(limit, f"{words.number(limit * factor, 4)}{sign}") for limit in limits],
        "areas": " ".join(said),
        "schools": measure.schools.format(**names),
        "size": names["in_need"],
    }


def scale_name(column: AreaColumn) -> str:
    """Return the name of a measure's scale among palette.SCALES."""
    return "ratio" if column.on_map.kind == "ratio" else column.on_map.hue.replace("_", "-")
