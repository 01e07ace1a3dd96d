"""The figure of the answer: how many schools are of which group, beside the published shares."""

from collections.abc import Iterator

import pandas as pd

from lib import palette
from lib.area_columns import ENDS
from lib.chart import BODY, SMALL, WIDTH, Sheet, room_for, scale, text_width
from lib.domain import CRITERION_GROUPS, GROUPS
from lib.words import capital, known, listing, percent
from sections.figure import HATCHED, Facts, Figure, Run, could_be, count_noun, with_ends

PITCH = 42  # points from one group to the next


def shares_table(run: Run) -> pd.DataFrame:
    """Return phase, group, schools, of, share with its bounds, published_share: parts that add up.

    A grey group stands there only if it is not empty, one of the others if the method has criteria of it.
    """
    published = run.published[run.published["kind"] == "share"].set_index(["phase", "statistic"])["published"]
    rows = []
    for row in run.england.to_dict("records"):
        for group in GROUPS:
            if group in run.facts.groups or (group not in CRITERION_GROUPS and row[group]):
                # Not assessable is what is unknown itself: it has no bounds.
                shares = (row.get(f"{group}{end}", row[group]) / row["schools"] for end in ENDS)
                beside = float(published.get((row["phase"], f"share_{group}"), "nan")) / 100
                rows.append((row["phase"], group, row[group], row["schools"], *shares, beside))
    return pd.DataFrame(rows, columns=["phase", "group", "schools", "of", *with_ends("share"), "published_share"])


def shares_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a bar a group and phase, with the published share as an upright mark."""
    counts = [count_noun(count, "school") for count in frame["schools"]]
    names = {group: _name(group, facts) for group in frame["group"]}
    left = 10 + max(room_for(names.values(), bold=True), room_for(counts, SMALL))
    room = WIDTH - left - 8
    bars = [(row["share_upper"], room - text_width(_share(row), BODY)) for row in frame.to_dict("records")]
    unit = scale(bars + [(share, room - text_width(_published(share), SMALL)) for share in frame["published_share"]])
    for phase, rows in frame.groupby("phase"):
        sheet.heading(f"{capital(phase)}: {count_noun(rows['of'].iloc[0], 'school')}")
        for row in rows.to_dict("records"):
            y, end, words = sheet.y, left + unit * row["share_upper"], _share(row)
            sheet.text(0, y + 14, names[row["group"]], bold=True)
            sheet.text(0, y + 28, count_noun(row["schools"], "school"), size=SMALL, colour="muted")
            ends = [unit * row[name] for name in ("share_lower", "share", "share_upper")]
            sheet.bounded_bar(left, y + 15, ends, 20, row["group"])
            if known(row["published_share"]):
                mark = left + unit * row["published_share"]
                sheet.line([(mark, y + 2), (mark, y + 38)], width=2)
                sheet.text(mark + 4, y + 38, _published(row["published_share"]), size=SMALL, colour="muted")
                if end <= mark <= end + 9 + text_width(words, BODY):  # the mark stands where the share would
                    end = mark
            sheet.text(end + 6, y + 19, words)
            sheet.y += PITCH
        sheet.y -= 8


def _name(group, facts):
    """A group's name; of a method that has criteria of one alone, the others are not of it."""
    one = len(facts.groups) < len(CRITERION_GROUPS)
    return f"Not {palette.name(facts.groups[0]).lower()}" if one and group == "neither" else palette.name(group)


def _share(row):
    """A share and its bounds: 27% (21–47%)."""
    bounds = could_be(row, "share", percent)
    return f"{percent(row['share'])} ({bounds})" if bounds else percent(row["share"])


def _published(share):
    return f"published {percent(share)}"


def shares_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say which shares are drawn, and the published ones."""
    for phase, rows in frame.groupby("phase"):
        parts = [f"{percent(row['share'])} are {_counted(row, facts)}{_beside(row)}" for row in rows.to_dict("records")]
        yield f"Of {count_noun(rows['of'].iloc[0], f'{phase} school')} {listing(parts)}."


def _counted(row, facts):
    name = _name(row["group"], facts).lower()
    return facts.counted_as(row["phase"], row["group"]) if row["group"] in CRITERION_GROUPS else name


def _beside(row):
    """What stands in brackets after a share: its bounds, and the published one."""
    bounds = could_be(row, "share", percent, " to ")
    beside = _published(row["published_share"]) if known(row["published_share"]) else ""
    told = "; ".join(filter(None, (bounds and f"could be {bounds}", beside)))
    return f" ({told})" if told else ""


SHARES = "How many schools are in each group?"
FIGURES = [Figure("shares", SHARES, shares_table, shares_drawing, shares_alt, HATCHED)]
