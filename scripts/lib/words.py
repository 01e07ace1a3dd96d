"""Numbers, names and small words as people read them, for every text that the project writes.

Figures in, English out, as plain text and never as HTML. A figure that is missing is None, NaN or NA. Shares run from 0
to 1. `phase` is `primary` or `secondary`.
"""

import datetime
import decimal
import functools
import math

import pandas as pd

from lib.domain import METRES_PER_MILE

SYNTHETIC = "Synthetic data: no evidence about schools"  # the band on every figure and on the map
# The groups in a sentence: short; in full, where a sentence says what a school is.
GROUPS = {"high_performing": "high-performing", "in_need": "in need"}
GROUPS_IN_FULL = GROUPS | {"in_need": "in need of support"}
ALL_GROUPS = GROUPS | {"neither": "neither", "not_assessable": "not assessable"}
# What a school is that is in neither of the two groups, in a sentence of its own.
NEITHER = {
    "neither": "neither high-performing nor in need",
    "not_assessable": "not assessable: it meets no criterion, but not all could be assessed",
}
NO_PARTNERS = "The method has criteria of one group alone, so that no school has partners."
COMPARISONS = {"<": "under", "<=": "at most", ">=": "at least", ">": "over"}
# What is said of a school by each attribute in which two can be alike, where it is not said.
ATTRIBUTES = {
    "pupils_on_roll": "how many pupils it has",
    "fsm_pct": "what share of its pupils is eligible for free school meals",
    "statutory_low_age": "from which age it takes pupils",
    "statutory_high_age": "up to which age it takes pupils",
    "setting": "whether it is urban or rural",
    "admissions": "whether it selects its pupils",
    "religious_character": "what its religious character is",
    "gender": "whether it is for boys, girls or both",
    "sixth_form": "whether it has a sixth form",
}
NOTHING = "–"  # what stands in place of a figure that is not there
MINUS = "−"
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WITH_ARTICLE = ("North", "South", "East", "West")  # "the North East", but "London"


def known(value):
    """Whether there is a figure (or a text): not None, NaN or pandas' NA."""
    return not pd.isna(value)


@functools.cache  # pages print the same figures over and over
def rounded(value, decimals=0):
    """Return a figure as Decimal, halves away from zero, as printed statistics are rounded."""
    step = decimal.Decimal(1).scaleb(-decimals)
    # Six decimals first: 0.285 * 100 is a hair under 28.5.
    return decimal.Decimal(repr(round(float(value), 6))).quantize(step, rounding=decimal.ROUND_HALF_UP)


@functools.cache
def fixed(value, decimals):
    """Return a figure with just so many decimals, so that those of a column stand below each other: 4.0; −1,234.5."""
    if not known(value):
        return NOTHING
    figure = rounded(value, decimals)
    return f"{figure or abs(figure):,f}".replace("-", MINUS)


def number(value, decimals=0):
    """Return a figure with thousands separators and at most `decimals` decimals: 16,831; 8.5; –."""
    text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


@functools.cache
def percent(share, decimals=0):
    """Return a share as a percentage; what rounds to 0% or 100% without being it is said to be under or over."""
    if not known(share):
        return NOTHING
    least = decimal.Decimal(1).scaleb(-decimals)
    value = rounded(share * 100, decimals)
    if value == 0 and share > 0:
        return f"under {least}%"
    if value == 100 and share < 1:
        return f"over {100 - least}%"
    return f"{value:f}%"


def tenths(share):
    """Return a share in percent with one decimal, for a column whose header has the percent sign."""
    return percent(share, 1).replace("under ", "<").replace("over ", ">").removesuffix("%")


@functools.cache
def ratio(value):
    """Return a ratio to two figures or so, the same number of decimals for all above one and all below: 3.5; 0.86."""
    return fixed(value, 1 if known(value) and rounded(value, 2) >= 1 else 2)


def span(low, high):
    """Return two figures as a range: 4–13; 0–1.3; 4 where both are printed alike."""
    if not known(low) or not known(high):
        return NOTHING
    low, high = number(low, 1), number(high, 1)
    return low if low == high else f"{low}–{high}"


def bounds(figure, low, high, between="–"):
    """Return printed bounds as a range, 21–47%; blank where there are none, or both are printed like the figure."""
    if low == NOTHING or figure == low == high:
        return ""
    if high == NOTHING:
        return f"{low} or more"
    least = low.removesuffix("%") if between == "–" else low
    return low if low == high else f"{least}{between}{high}"


def above(figure: str, below: str) -> str:
    """Return a figure of a table with small print on a second line, such as its bounds; alone where that is blank."""
    return f"{figure}\n{below}" if below else figure


def signed(value, decimals=0):
    """Return a difference with its sign and just so many decimals: +3.0, −12.3, 0.0."""
    text = fixed(value, decimals)
    return f"+{text}" if known(value) and rounded(value, decimals) > 0 else text


def miles(value):
    """Return a distance in miles: 1 mile, 3.5 miles."""
    text = number(value, 2)
    return f"{text} mile" if text == "1" else f"{text} miles"


def minutes(value):
    """Return a travel time: 1 minute, 12.5 minutes."""
    text = number(value, 2)
    return f"{text} minute" if text == "1" else f"{text} minutes"


def reach(radius_miles, most_minutes=None):
    """Return how near a partner must be: 5 miles; where there are travel times, 20 minutes’ travel and the radius of
    pairs without."""
    if most_minutes is None:
        return miles(radius_miles)
    time = minutes(most_minutes)
    return f"{time}{'’' if time.endswith('s') else '’s'} travel ({miles(radius_miles)} where no time is given)"


def metres_in_miles(metres):
    """Return a distance given in metres as miles with one decimal, without the unit."""
    return fixed(metres / METRES_PER_MILE, 1) if known(metres) else NOTHING


def file_size(octets):
    """Return a file's size: 731 bytes, 27 kB, 5.7 MB."""
    if octets < 1000:
        return f"{octets} {plural(octets, 'byte')}"
    return f"{number(octets / 1000)} kB" if octets < 999_500 else f"{number(octets / 1_000_000, 1)} MB"


def date(iso):
    """Return an ISO date (or the date of an ISO time) in words: 31 March 2017. Anything else comes back as it is."""
    try:
        day = datetime.date.fromisoformat(str(iso)[:10])
    except ValueError:
        return str(iso)
    return f"{day.day} {day:%B %Y}"


def statistic(kind, value, decimals=0):
    """Return a published or reproduced value as it is printed: 27%, 5,677, 9, holds. Shares are given in percent."""
    if not known(value):
        return NOTHING
    if kind == "claim":
        return {"true": "holds", "false": "does not hold"}.get(str(value).lower(), str(value))
    if kind == "share":
        return percent(float(value) / 100, decimals)
    return number(float(value), 0 if kind == "count" else 1)


def in_words(count):
    """Return a count as a word below ten, else in figures."""
    return WORDS[count] if 0 <= count < len(WORDS) else number(count)


def or_none(count):
    """Return a count in figures, or none in its place."""
    return number(count) if count else "none"


def out_of(count, total, things):
    """Return how many of how many: two of nine regions; none of six criteria."""
    return f"{in_words(count) if count else 'none'} of {in_words(total)} {things}"


def about(count):
    """Return a number of partners in a sentence: no, 4; between halves: fewer than one, between 2 and 3."""
    if count == int(count):
        return "no" if count == 0 else number(count)
    return "fewer than one" if count < 1 else f"between {number(math.floor(count))} and {number(math.ceil(count))}"


def listing(items, last="and"):
    """Return items as a list in a sentence: a; a and b; a, b and c."""
    items = [str(item) for item in items]
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)


def plural(count, one, many=None):
    """Return the word that goes with a count."""
    return one if count == 1 else many or f"{one}s"


def capital(text):
    """Return text with a capital first letter."""
    return text[:1].upper() + text[1:]


def schools(count, phase, kind=""):
    """Return a number of schools: no primary school, 1 secondary school in need, 16,831 primary schools."""
    figure = "no" if count == 0 else number(count)
    return f"{figure} {phase} school{'' if count in (0, 1) else 's'}{f' {kind}' if kind else ''}"


def nothing_to_match(phase, in_need, placed):
    """Return why nobody of a phase is matched; blank where some are. `placed`: those in need with coordinates."""
    if placed:
        return ""
    none = "in need has coordinates in the register" if in_need else "is known to be in need"
    return f"No {phase} school {none}, so there is nothing to match."


def high_performing_schools(phase, count):
    """Return the high-performing schools of a phase, without their number."""
    return f"high-performing {phase} school{'' if count <= 1 else 's'}"


def counted_as(group, incomplete):
    """Return what stands before a group's name where it is one of the groups that are incomplete; else nothing."""
    return "counted as " if group in incomplete else ""


def not_known(group, missing_here):
    """Return that it is not known whether a school is of a group, and for want of what."""
    if missing_here:
        return f"Whether it is {GROUPS[group]} is not known here: these files lack what was published."
    return f"Whether it is {GROUPS[group]} is known to nobody: it lacks a published result or an inspection."


def quantile(share):
    """A quantile in words: the median, the 40th percentile."""
    if share == 0.5:
        return "the median"
    whole = int(rounded(share * 100))
    ending = "th" if 10 <= whole % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"the {whole}{ending} percentile"


def spelt(name):
    """Return a name of the method file as a reader writes it: voluntary aided."""
    return name.replace("_", " ")


def place(region):
    """Return a region's name as it stands in a sentence: the North East, London."""
    return f"the {region}" if region.split()[0] in WITH_ARTICLE else region


def places(regions):
    """Return regions as a list in a sentence, in the order of the alphabet."""
    return listing(place(region) for region in sorted(regions))


def named(areas):
    """Return regions by name, or their number where they are many."""
    return places(areas) if len(areas) <= 3 else f"{in_words(len(areas))} regions"


def with_value(areas, value):
    """Return regions with the value that they share: London (4); the North East and London (4 each)."""
    return f"{named(areas)} ({value}{' each' if len(areas) > 1 else ''})"
