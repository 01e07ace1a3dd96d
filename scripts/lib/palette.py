"""The colours of the figures, and the name of each group of schools: the same in the report and on the map.

High-performing and in need take the two colours of the Government Analysis Function's palette for two categories,
which colour-blind readers can tell apart; the two groups without a finding are greys. Each has a second value for
dark backgrounds. Figures carry the classes `fill-{group}` and `stroke-{group}`, so that a page restyles them. All
else is drawn in tones of the page's own text colour.
"""

from typing import NamedTuple

from afcharts.af_colours import get_af_colours

BLUE, ORANGE = get_af_colours("duo")
LIGHT_BLUE = get_af_colours("sequential")[3]
GREY = get_af_colours("focus")[1]

# group: (name in words, colour on a light background, colour on a dark one)
GROUPS = {
    "high_performing": ("High-performing", BLUE, LIGHT_BLUE),
    "in_need": ("In need", ORANGE, ORANGE),
    "neither": ("Neither", GREY, "#5C6166"),
    "not_assessable": ("Not assessable", "#8A8A8A", "#9EA3A8"),
}


class Tone(NamedTuple):
    """A grey: as hex on a white page, and as the opacity of the page's text colour."""

    on_white: str
    opacity: float


TONES = {
    "ink": Tone("#1a1a1a", 1),
    "muted": Tone("#595959", 0.75),
    "rule": Tone("#cccccc", 0.3),
    "tint": Tone("#ebebeb", 0.1),
    "solid": Tone("#6b6b6b", 0.6),  # bars that stand for no group
}


def name(group: str) -> str:
    """Return a group's name in words, e.g. 'In need'."""
    return GROUPS[group][0]


def colour(name: str) -> str:
    """Return the colour of a group or tone on a light background, as hex."""
    return GROUPS[name][1] if name in GROUPS else TONES[name].on_white


def css() -> str:
    """Return the style rules that give the figures' groups their colours on a light and a dark background."""
    light = "".join(f"--{_id(group)}:{light};" for group, (_, light, _) in GROUPS.items())
    dark = "".join(f"--{_id(group)}:{dark};" for group, (_, _, dark) in GROUPS.items())
    rules = "".join(f".{part}-{group}{{{part}:var(--{_id(group)})}}" for group in GROUPS for part in ("fill", "stroke"))
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{rules}\n"


def _id(group):
    return group.replace("_", "-")
