"""The figure that sets the run beside the published figures."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib import words as say
from lib.chart import SMALL, WIDTH, Sheet
from lib.words import known, percent
from sections.figure import Facts, Figure, Run, count_noun, number

PARTS = {"study": "Figures of the study", "statement": "Statements of the study", "official": "Official counts"}
LANE = (184, 288)  # from the largest gap below to the largest above, in points
MARKS = {  # {evidence: (mark, note)} of comparisons that say less
    "partial": ("†", "some criteria behind it are not fully assessable in this release"),
    "none": ("‡", "no evidence: published for another year, or the method lacks its criterion"),
}


def comparison_table(run: Run) -> pd.DataFrame:
    """Return the published figures with their `part` of PARTS, and `ratio`, the run's value over the published one,
    both as they are printed (blank for claims).
    """
    published = run.published
    official = np.where(published["criterion"].notna(), "official", "study")
    frame = published[["id", "label", "kind", "phase", "published", "reproduced", "agrees", "evidence"]].copy()
    frame.insert(0, "part", np.where(published["kind"] == "claim", "statement", official))
    printed = [_printed(row) for row in frame.to_dict("records")]
    frame["ratio"] = [float(here / published) if published else math.nan for published, here in printed]
    frame["ratio"] = frame["ratio"].astype("float64")
    return frame.sort_values("part", key=lambda parts: parts.map(list(PARTS).index), kind="stable", ignore_index=True)


def _printed(row):
    """The published and the run's value at the precision in which the former is printed; (None, None) of claims."""
    if row["kind"] == "claim" or not known(row["published"]) or not known(row["reproduced"]):
        return None, None
    return [say.rounded(row[name], 1 if row["kind"] == "median" else 0) for name in ("published", "reproduced")]


def comparison_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a lane a published figure: how far the run's value lies from it, and whether they are the same."""
    if frame.empty:
        sheet.paragraph("No published figure to compare with", colour="muted")
    marks, widest = _marks(facts), (frame["ratio"] - 1).abs().max() or 1
    for part, rows in frame.groupby("part", sort=False):
        sheet.heading(PARTS[part])
        if rows["ratio"].notna().any():
            ends = [f"{say.MINUS}{_small(widest)}", "published", f"+{_small(widest)}"]
            for at, words in zip((LANE[0], sum(LANE) / 2, LANE[1]), ends, strict=True):
                sheet.text(at, sheet.y + 12, words, size=SMALL, colour="muted", anchor="middle")
            sheet.y += 17
        for row in rows.to_dict("records"):
            sheet.paragraph(row["label"])
            verdict = f"{_gap(row)} {marks.get(row['evidence'], ' ')[0]}".strip()
            sheet.text(0, sheet.y + 15, _values(row), size=SMALL, colour="muted")
            sheet.text(WIDTH, sheet.y + 15, verdict, size=SMALL, anchor="end", bold=row["agrees"] is True)
            if known(row["ratio"]):
                _lane(sheet, sheet.y + 11, (row["ratio"] - 1) / widest, bool(row["agrees"]))
            sheet.y += 24
    for level, (mark, words) in marks.items():
        if (frame["evidence"] == level).any():
            sheet.paragraph(f"{mark} {words}", size=SMALL, colour="muted")


def _marks(facts):
    """MARKS; none for synthetic data, of which a band says that nothing is evidence."""
    return {} if facts.caveats.rows("synthetic") else MARKS


def _lane(sheet, y, gap, agrees):
    """Draw one comparison: the published value as an upright, the run's as a dot, filled where they are the same.

    `gap`: from the published value, from -1 to 1 over the lane.
    """
    start, end = LANE
    middle = (start + end) / 2
    at = middle + (end - start) / 2 * gap
    sheet.line([(start, y), (end, y)], "rule")
    # An open mark shows the page through.
    for low, high in ((y - 8, y - 5), (y + 5, y + 8)) if abs(at - middle) < 5 else ((y - 8, y + 8),):
        sheet.line([(middle, low), (middle, high)], width=1.5)
    if abs(at - middle) > 5:
        sheet.line([(middle, y), (at - math.copysign(5, gap), y)], width=2)
    sheet.dot(at, y, "ink", size=10, filled=agrees)


def _values(row):
    """Both values in words."""
    published, here = (say.statistic(row["kind"], row[name]) for name in ("published", "reproduced"))
    return f"{'study:' if row['kind'] == 'claim' else 'published'} {published}, here {here}"


def _gap(row):
    """How far the run's value lies from the published one, of both as they are printed."""
    if not known(row["agrees"]):
        return "not known"
    if row["agrees"] or row["kind"] == "claim":
        return "the same" if row["agrees"] else "differs"
    published, reproduced = _printed(row)
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
    agree, differ = (int((frame["agrees"] == same).sum()) for same in (True, False))
    words = f"Of {count_noun(len(frame), 'published figure')} {number(agree)} {say.plural(agree, 'agrees', 'agree')}, "
    words += f"{number(differ)} {say.plural(differ, 'differs', 'differ')}"
    if len(frame) > agree + differ:
        words += f", {number(len(frame) - agree - differ)} cannot be worked out"
    gaps = (frame["ratio"] - 1).abs()
    if gaps.max() > 0:
        row = frame.loc[gaps.idxmax()]
        words += f"; the furthest off is “{row['label']}” ({_values(row)})"
    for level, (_, note) in _marks(facts).items():
        count = int((frame["evidence"] == level).sum())
        words += f". For {number(count)} of them: {note}" if count else ""
    yield f"{words}."


TITLE = "How near does the run come to the published figures?"
FIGURE = Figure("comparison", TITLE, comparison_table, comparison_drawing, comparison_alt, of_groups=False)
