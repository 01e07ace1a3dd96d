"""The figure of the answer: how many schools are of which group, beside the published shares."""

from collections.abc import Iterator

import pandas as pd

from lib import palette
from lib.chart import BODY, SMALL, WIDTH, Sheet, room_for, scale, text_width
from lib.domain import CRITERION_GROUPS, GROUPS
from lib.words import capital, known, listing, percent
from sections.figure import Facts, Figure, Run, count_noun

PITCH = 42  # points from one group to the next


def shares_table(run: Run) -> pd.DataFrame:
    """Return phase, group, schools, of, share, published_share: parts that add up; a grey group only if not empty."""
    published = run.published[run.published["kind"] == "share"].set_index(["phase", "statistic"])["published"]
    rows = []
    for row in run.england.to_dict("records"):
        for group in GROUPS:
            if group in CRITERION_GROUPS or row[group]:
                share = row.get(f"share_{group}", round(row[group] / row["schools"], 6))
                beside = float(published.get((row["phase"], f"share_{group}"), "nan")) / 100
                rows.append((row["phase"], group, row[group], row["schools"], share, beside))
    return pd.DataFrame(rows, columns=["phase", "group", "schools", "of", "share", "published_share"])


def shares_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a bar a group and phase, with the published share as an upright mark."""
    counts = [count_noun(count, "school") for count in frame["schools"]]
    left = 10 + max(room_for(map(palette.name, frame["group"]), bold=True), room_for(counts, SMALL))
    room = WIDTH - left - 8
    bars = [(share, room - text_width(percent(share), BODY)) for share in frame["share"]]
    unit = scale(bars + [(share, room - text_width(_published(share), SMALL)) for share in frame["published_share"]])
    for phase, rows in frame.groupby("phase"):
        sheet.heading(f"{capital(phase)}: {count_noun(rows['of'].iloc[0], 'school')}")
        for row in rows.to_dict("records"):
            y, end, words = sheet.y, left + unit * row["share"], percent(row["share"])
            sheet.text(0, y + 14, palette.name(row["group"]), bold=True)
            sheet.text(0, y + 28, count_noun(row["schools"], "school"), size=SMALL, colour="muted")
            sheet.bar(left, y + 15, unit * row["share"], 20, row["group"])
            if known(row["published_share"]):
                mark = left + unit * row["published_share"]
                sheet.line([(mark, y + 2), (mark, y + 38)], width=2)
                sheet.text(mark + 4, y + 38, _published(row["published_share"]), size=SMALL, colour="muted")
                if end <= mark <= end + 9 + text_width(words, BODY):  # the mark stands where the share would
                    end = mark
            sheet.text(end + 6, y + 19, words)
            sheet.y += PITCH
        sheet.y -= 8


def _published(share):
    return f"published {percent(share)}"


def shares_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say which shares are drawn, and the published ones."""
    for phase, rows in frame.groupby("phase"):
        parts = [
            f"{percent(row['share'])} are {facts.known_to_be(phase, row['group'])}"
            + (f" ({_published(row['published_share'])})" if known(row["published_share"]) else "")
            for row in rows.to_dict("records")
        ]
        yield f"Of {count_noun(rows['of'].iloc[0], f'{phase} school')} {listing(parts)}."


SHARES = "How many schools could give support, and how many need it?"
FIGURES = [Figure("shares", SHARES, shares_table, shares_drawing, shares_alt)]
