"""The letters of the figures: how wide they are, and their outlines.

DejaVu Sans comes with matplotlib, so that every machine lays out alike; it is wide, so that others fit in its place.
"""

import functools
from pathlib import Path as File

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path

READ_AT = 100  # points, the size at which outlines are read


@functools.cache
def _font(bold):
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(str(File(matplotlib.get_data_path(), "fonts", "ttf", name)))
    font.set_size(READ_AT, 72)
    return font


@functools.cache
def _glyph(letter, bold):
    """Advance, vertices (upwards) and path codes of a letter that is one point high."""
    glyph = _font(bold).load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    vertices, codes = _font(bold).get_path()
    return glyph.linearHoriAdvance / 65536 / READ_AT, vertices / READ_AT, codes


def text_width(words: str, size: float, bold: bool = False) -> float:
    """Return the width of a line in points."""
    return size * sum(_glyph(letter, bold)[0] for letter in words)


def outline(words: str, size: float, bold: bool = False) -> Path:
    """Return a line of text as a path in points, which begins at (0, 0) on the baseline; y runs downwards."""
    vertices, codes, x = [], [], 0.0
    for letter in words:
        advance, corners, kinds = _glyph(letter, bold)
        vertices.append((corners + (x, 0)) * (size, -size))
        codes.append(kinds)
        x += advance
    return Path(np.concatenate(vertices), np.concatenate(codes))


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
