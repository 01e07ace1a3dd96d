"""The colours of the figures, and the name of each group of schools: the same in the report and on the map.

High-performing and in need take the two colours of the Government Analysis Function's palette for two categories,
which colour-blind readers can tell apart; the two groups without a finding are greys. Each has a second value for
dark backgrounds. Figures carry the classes `fill-{group}` and `stroke-{group}`, so that a page restyles them. All
else is drawn in tones of the page's own text colour.
"""

from typing import NamedTuple

from afcharts.af_colours import get_af_colours

from lib import words

BLUE, ORANGE = get_af_colours("duo")
LIGHT_BLUE = get_af_colours("sequential")[3]
GREY = get_af_colours("focus")[1]

# group: (colour on a light background, colour on a dark one)
GROUPS = {
    "high_performing": (BLUE, LIGHT_BLUE),
    "in_need": (ORANGE, ORANGE),
    "neither": (GREY, "#5C6166"),
    "not_assessable": ("#8A8A8A", "#9EA3A8"),
}

# The map, by scheme. What lies beneath its schools and areas, and what is written or drawn on that.
NAMES = ("sea", "land", "border", "edge-high-performing", "edge-in-need")
MAP = {
    "light": dict(zip(NAMES, ("#eef1f4", "#ffffff", "#b4bdc6", "#163e61", "#b9582e"), strict=True)),
    "dark": dict(zip(NAMES, ("#12161b", "#20262d", "#4d5863", "#80b7e9", "#f79065"), strict=True)),
}
# Its scales, from little to much, mixed in Oklab from the land and the groups' colours in steps that look equal; the
# ratio runs from one group to the other.
SCALES = {
    "light": {
        "high-performing": "d7dfe7 a7b8ca 7690ab 466a8d 12436d",
        "in-need": "ffe9df ffccb7 ffae8d fb8e60 f46a25",
        "ratio": "f46a25 fea986 ffdccd c1cdda 6f8ba7 12436d",
    },
    "dark": {
        "high-performing": "2c3947 3a536a 4a6f91 5a8cb9 6bace6",
        "in-need": "403231 684135 944f35 c25d31 f46a25",
        "ratio": "f46a25 9a5135 523933 324456 4c7396 6bace6",
    },
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
    return words.capital(words.ALL_GROUPS[group])


def colour(name: str) -> str:
    """Return the colour of a group or tone on a light background, as hex."""
    return GROUPS[name][0] if name in GROUPS else TONES[name].on_white


def _by_scheme(light, dark):
    """Properties with one value on a light background and another on a dark one."""
    texts = ["".join(f"--{name.replace('_', '-')}:{value};" for name, value in its.items()) for its in (light, dark)]
    return f":root{{{texts[0]}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{texts[1]}}}}}\n"


def css() -> str:
    """Return the style rules that give the figures' groups their colours on a light and a dark background."""
    names = {group: group.replace("_", "-") for group in GROUPS}
    rules = [f".{part}-{group}{{{part}:var(--{names[group]})}}" for group in GROUPS for part in ("fill", "stroke")]
    return _by_scheme(*({group: its[k] for group, its in GROUPS.items()} for k in (0, 1))) + "".join(rules) + "\n"


def scale(scheme: str, name: str) -> list[str]:
    """Return the colours of a scale of the map as hex, from little to much."""
    return [f"#{colour}" for colour in SCALES[scheme][name].split()]


def map_css() -> str:
    """Return the colours of the map as properties: its own, and `--{scale}-{class}`, from 0."""
    schemes = []
    for scheme, colours in MAP.items():
        steps = {f"{name}-{i}": fill for name in SCALES[scheme] for i, fill in enumerate(scale(scheme, name))}
        schemes.append(colours | steps)
    return _by_scheme(*schemes)
