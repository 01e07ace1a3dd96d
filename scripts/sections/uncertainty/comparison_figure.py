"""The figure that sets the run beside the published figures."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib import words as say
from lib.chart import BODY, SMALL, WIDTH, Sheet
from lib.typeface import wrapped
from lib.words import known, percent
from sections.figure import Facts, Figure, Run, count_noun, number

PARTS = {"study": "Figures of the study", "statement": "Statements of the study", "official": "Official counts"}
LANE = (184, 288)  # from the largest gap below to the largest above, in points


def comparison_table(run: Run) -> pd.DataFrame:
    """Return the published figures with their `part` of PARTS, and `ratio`, the run's value over the published one,
    both as they are printed (blank for claims).
    """
    published = run.published
    official = np.where(published["criterion"].notna(), "official", "study")
    frame = published[["id", "label", "kind", "phase", "published", "reproduced", "agrees", "evidence"]].copy()
    frame.insert(0, "part", np.where(published["kind"] == "claim", "statement", official))
    frame["ratio"] = pd.Series([_ratio(row) for row in frame.to_dict("records")], frame.index, dtype="float64")
    return frame.sort_values("part", key=lambda parts: parts.map(list(PARTS).index), kind="stable", ignore_index=True)


def _printed(row, name):
    """A value at the precision in which the published one is printed, as Decimal; None where there is none."""
    if row["kind"] == "claim" or not known(row[name]):
        return None
    return say.rounded(row[name], 1 if row["kind"] == "median" else 0)


def _ratio(row):
    published, reproduced = _printed(row, "published"), _printed(row, "reproduced")
    return float(reproduced / published) if published and reproduced is not None else math.nan


def comparison_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a lane a published figure: how far the run's value lies from it, and whether they are the same."""
    if frame.empty:
        sheet.instead("No published figure to compare with")
    widest = (frame["ratio"] - 1).abs().max()
    for part, rows in [(part, frame[frame["part"] == part]) for part in PARTS if (frame["part"] == part).any()]:
        sheet.heading(PARTS[part])
        if rows["ratio"].notna().any():
            ends = (
                [f"{say.MINUS}{_small(widest)}", "published", f"+{_small(widest)}"] if widest else ["", "published", ""]
            )
            for at, words in zip((LANE[0], sum(LANE) / 2, LANE[1]), ends, strict=True):
                sheet.text(at, sheet.y + 12, words, size=SMALL, colour="muted", anchor="middle")
            sheet.y += 17
        for row in rows.to_dict("records"):
            lines = wrapped(row["label"], WIDTH, BODY)
            sheet.lines(0, sheet.y + 14, lines, pitch=15)
            sheet.y += 15 * len(lines)
            values, verdict = _verdict(row, facts)
            sheet.text(0, sheet.y + 15, values, size=SMALL, colour="muted")
            sheet.text(WIDTH, sheet.y + 15, verdict, size=SMALL, anchor="end", bold=row["agrees"] is True)
            if known(row["ratio"]):
                _lane(sheet, sheet.y + 11, (row["ratio"] - 1) / widest if widest else 0, bool(row["agrees"]))
            sheet.y += 24
    for level, (mark, words) in _marks(facts).items():
        if (frame["evidence"] == level).any():
            sheet.note(f"{mark} {words}")


def _marks(facts):
    """{evidence: (mark, note)} of comparisons that say less; of synthetic data a band says so."""
    partial = ("†", "some criteria behind it are not fully assessable in this release")
    none = ("‡", "no evidence: published for another year, or the method lacks its criterion")
    return {} if facts.caveats.rows("synthetic") else {"partial": partial, "none": none}


def _lane(sheet, y, gap, agrees):
    """Draw one comparison: the published value as an upright, the run's as a dot, filled where they are the same.

    `gap`: from the published value, from -1 to 1 over the lane.
    """
    start, end = LANE
    middle = (start + end) / 2
    at = middle + (end - start) / 2 * gap
    for low, high in ((start, at - 5), (at + 5, end)):  # an open mark shows the page through
        if high > low:
            sheet.line([(low, y), (high, y)], "rule")
    for low, high in ((y - 8, y - 5), (y + 5, y + 8)) if abs(at - middle) < 5 else ((y - 8, y + 8),):
        sheet.line([(middle, low), (middle, high)], width=1.5)
    if abs(at - middle) > 5:
        sheet.line([(middle, y), (at - math.copysign(5, at - middle), y)], width=2)
    sheet.dot(at, y, "ink", size=10, filled=agrees)


def _verdict(row, facts):
    """Both values in words, and the gap between them, marked where the comparison is worth less."""
    published, reproduced = (say.statistic(row["kind"], row[name]) for name in ("published", "reproduced"))
    if row["kind"] == "claim":
        values = f"study: {published}; here: {reproduced if known(row['reproduced']) else 'cannot be told'}"
    else:
        values = f"published {published}" + (f", here {reproduced}" if known(row["reproduced"]) else "")
    mark, _ = _marks(facts).get(row["evidence"], ("", ""))
    return values, f"{_gap(row)} {mark}".strip()


def _gap(row):
    """How far the run's value lies from the published one, of both as they are printed."""
    if not known(row["agrees"]):
        return "not known"
    if row["agrees"]:
        return "the same"
    if row["kind"] == "claim":
        return "differs"
    published, reproduced = _printed(row, "published"), _printed(row, "reproduced")
    gap = reproduced - published
    words = f"{'+' if gap > 0 else ''}{number(gap)}"
    if row["kind"] == "share":
        return f"{words} {say.plural(abs(gap), 'point')}"
    return f"{words} ({_small(abs(gap) / published)})" if published else words


def _small(share):
    """A share in percent, with a decimal where it would come out at none."""
    return percent(share, 1 if share < 0.005 else 0)


def comparison_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how many published figures are the same, which is furthest off, and what the comparison is worth."""
    if frame.empty:
        yield "There is no published figure to compare with."
        return
    agree, differ = (int((frame["agrees"] == same).sum()) for same in (True, False))
    words = f"Of {count_noun(len(frame), 'published figure')} {number(agree)} {say.plural(agree, 'agrees', 'agree')}, "
    words += f"{number(differ)} {say.plural(differ, 'differs', 'differ')}"
    if len(frame) > agree + differ:
        words += f", {number(len(frame) - agree - differ)} cannot be worked out"
    gaps = (frame["ratio"] - 1).abs()
    if gaps.max() > 0:
        row = frame.loc[gaps.idxmax()].to_dict()
        words += f"; the furthest off is “{row['label']}” ({_verdict(row, facts)[0]})"
    for level, (_, note) in _marks(facts).items():
        count = int((frame["evidence"] == level).sum())
        words += f". For {number(count)} of them: {note}" if count else ""
    yield f"{words}."


TITLE = "How near does the run come to the published figures?"
FIGURE = Figure("comparison", TITLE, comparison_table, comparison_drawing, comparison_alt, of_groups=False)
