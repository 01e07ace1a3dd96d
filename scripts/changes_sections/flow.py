"""Where the schools of a group went, and where those came from that are in it now; every group before and after."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from changes_sections.comparison import NOT_COUNTED, Comparison, simple
from changes_sections.figure import LEAVING, Figure
from changes_sections.wording import PLACES
from lib import words
from lib.change_schemas import PLACES as ORDER
from lib.chart import BODY, SMALL, WIDTH, Sheet, room_for, wrapped
from lib.domain import GROUPS
from lib.report_table import Column, Table, count, table

TITLE = "Where the schools went, and came from"
TALL = 190  # points: the longer of the two sides, without the gaps
BLOCK = 9  # points across a block
ASIDE = 5  # points between a block and its words
PITCH, GAP = 15, 5  # points: the least from one line of words to the next; between two blocks
FAINT = 0.35  # opacity of a band, so that words on it can be read
FLOWS = {"in_need": "flow_in_need", "high_performing": "flow_high_performing"}


def flow_table(comparison: Comparison, group: str) -> pd.DataFrame:
    """Return phase, before, after, schools: the flows of England into the group, out of it and within."""
    parts = [comparison.england("flows", phase) for phase in comparison.phases]
    frame = pd.concat(parts)[["phase", "before", "after", "schools"]]
    frame = frame[(frame["before"] == group) | (frame["after"] == group)]
    order = frame.assign(**{side: frame[side].map(ORDER.index) for side in ("before", "after")})
    phases = frame["phase"].map(comparison.phases.index)
    return frame.loc[order.assign(phase=phases).sort_values(["phase", "before", "after"]).index].reset_index(drop=True)


@dataclass(frozen=True)
class Block:
    """A block of a column: its words, how many schools, and where it begins and ends on the sheet."""

    word: str
    schools: int
    top: float
    foot: float


def stacked(parts: list[tuple[str, int]], unit: float, top: float) -> list[Block]:
    """Return blocks one below the other, `unit` points a school, no nearer than their words need."""
    blocks = []
    for word, schools in parts:
        tall = unit * schools
        begins = top + max((PITCH - tall) / 2, 0) if tall < PITCH else top
        blocks.append(Block(word, schools, begins, begins + tall))
        top += max(tall, PITCH) + GAP
    return blocks


def flow_drawing(sheet: Sheet, frame: pd.DataFrame, comparison: Comparison, group: str) -> None:
    """Draw a phase below the other: at the left the group before, at the right after, bands between them.

    Who came stands above the group at the left and joins it at its top; who left leaves it at its foot and stands below
    it at the right, so that no band crosses another. One scale for both phases would leave the smaller unreadable.
    """
    edge = _edge(frame)
    for phase in comparison.phases:
        rows = frame[frame["phase"] == phase]
        stayed = int(rows.loc[(rows["before"] == group) & (rows["after"] == group), "schools"].sum())
        came = list(rows.loc[rows["before"] != group, ["before", "schools"]].itertuples(index=False, name=None))
        left = list(rows.loc[rows["after"] != group, ["after", "schools"]].itertuples(index=False, name=None))
        sheet.heading(words.capital(phase))
        if rows.empty:
            sheet.paragraph(f"No school is {words.GROUPS[group]} in either", colour="muted")
            continue
        for x, side, anchor in ((0, "from", "start"), (WIDTH, "to", "end")):
            sheet.text(x, sheet.y + 10, comparison.label(side), size=SMALL, colour="muted", anchor=anchor)
        sheet.y += 20
        unit = TALL / (stayed + sum(schools for _, schools in [*came, *left]))
        arriving = stacked(came, unit, sheet.y)
        before = sum(schools for _, schools in left) + stayed
        (was,) = stacked([(group, before)], unit, (sheet.y if not came else _below(arriving)))
        (is_,) = stacked([(group, sum(schools for _, schools in came) + stayed)], unit, sheet.y)
        leaving = stacked(left, unit, _below([is_]))
        at = is_.top
        for block in arriving:
            _band(sheet, edge, block.top, at, unit * block.schools, group)
            at += unit * block.schools
        _band(sheet, edge, was.top, at, unit * stayed, group, 2 * FAINT)
        middle = (was.top + at + unit * stayed) / 2
        at = was.top + unit * stayed
        for block in leaving:
            _band(sheet, edge, at, block.top, unit * block.schools, LEAVING)
            at += unit * block.schools
        if stayed:
            lines = wrapped(f"{words.number(stayed)} stayed", WIDTH - 2 * (edge + BLOCK), BODY, bold=True)
            for number, line in enumerate(lines):
                y = middle + 4 + PITCH * (number - (len(lines) - 1) / 2)
                sheet.text(WIDTH / 2, y, line, bold=True, anchor="middle")
        for blocks, at_left in (([*arriving, was], True), ([is_, *leaving], False)):
            for block in blocks:
                _block(sheet, edge, block, at_left)
        sheet.y = max(block.foot for block in (*arriving, was, is_, *leaving)) + 10


def _edge(frame):
    """How far a block is from the margin: as the longest of the words of all blocks asks for."""
    sides = [frame.groupby(["phase", side])["schools"].sum() for side in ("before", "after")]
    return ASIDE + room_for((_said(word, schools) for side in sides for (_, word), schools in side.items()), SMALL)


def _below(blocks):
    """Where the next block may begin."""
    return blocks[-1].top + max(blocks[-1].foot - blocks[-1].top, PITCH) + GAP


def _band(sheet, edge, start, end, thick, colour, opacity=FAINT):
    """A band from the column at the left to that at the right, which sets out and arrives level."""
    if not thick:
        return
    along = np.linspace(0, 1, 17)
    xs = edge + BLOCK + along * (WIDTH - 2 * (edge + BLOCK))
    ys = start + (end - start) * along**2 * (3 - 2 * along)
    outline = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
    sheet.area([*outline, *((x, y + thick) for x, y in reversed(outline))], colour, opacity)


def _block(sheet, edge, block, at_left):
    """A block and its words, outside of it."""
    colour = block.word if block.word in GROUPS else LEAVING
    x = edge if at_left else WIDTH - edge - BLOCK
    foot = max(block.foot, block.top + 0.8)
    sheet.area([(x, block.top), (x + BLOCK, block.top), (x + BLOCK, foot), (x, foot)], colour)
    x = x - ASIDE if at_left else x + BLOCK + ASIDE
    anchor = "end" if at_left else "start"
    sheet.text(x, (block.top + block.foot) / 2 + 4, _said(block.word, block.schools), size=SMALL, anchor=anchor)


def _said(word, schools):
    """The words of a block."""
    return f"{PLACES[word]}: {words.number(schools)}"


def flow_alt(frame: pd.DataFrame, comparison: Comparison, group: str) -> Iterator[str]:
    """Say how many stayed, from where the others came and where they went."""
    for phase in comparison.phases:
        rows = frame[frame["phase"] == phase]
        stayed = rows.loc[(rows["before"] == group) & (rows["after"] == group), "schools"].sum()
        parts = [f"{words.number(stayed)} {words.GROUPS[group]} in both"]
        for side, said in (("before", "came from"), ("after", "went to")):
            found = rows[rows[side] != group]
            listed = words.listing(
                f"{PLACES[row[side]].lower()} {words.number(row['schools'])}" for row in found.to_dict("records")
            )
            parts.append(
                f"{words.number(found['schools'].sum())} {said} other places{f' ({listed})' if listed else ''}"
            )
        yield f"{words.capital(phase)}: {'; '.join(parts)}."


def figure(group: str, over_time: bool) -> Figure:
    """Return the figure of a group. `over_time`: whether the two runs are of two releases."""
    what = {"in_need": "in need", "high_performing": "that were high-performing"}[group]
    now = {"in_need": "in need", "high_performing": "high-performing"}[group]
    title = f"Where did the schools {what} go, and where did those now {now} come from?"
    return Figure(
        FLOWS[group],
        title if over_time else f"Where do schools that are {now} by one run stand by the other?",
        "At the left the first of the two, at the right the second. A band is as thick as its number of schools: one "
        "that joins the group at the right came, one that parts from it at the left has left. Each phase has its own "
        "scale. Why a school is not counted, in words such as “closed”, is explained under Method.",
        lambda comparison: flow_table(comparison, group),
        lambda sheet, frame, comparison: flow_drawing(sheet, frame, comparison, group),
        lambda frame, comparison: flow_alt(frame, comparison, group),
        (group,),
    )


def matrix(comparison: Comparison, phase: str) -> Table:
    """Return the table of every group before, in rows, and after, in columns, each school of either in one cell."""
    flows = comparison.england("flows", phase)
    counts = flows.assign(before=flows["before"].map(simple), after=flows["after"].map(simple))
    counts = counts.groupby(["before", "after"])["schools"].sum()
    places = [*GROUPS, NOT_COUNTED]
    # Also one that is empty after and was not before, or the other way round: that it is empty is a finding.
    used = [place for place in places if any(place in pair for pair in counts.index)]
    names = PLACES | {NOT_COUNTED: "Not counted"}

    def cells(row, before):
        found = {after: int(counts.get((before, after), 0)) for after in used}
        return {"name": row, **found, "all": sum(found.values())}

    rows = [cells(names[place], place) for place in used]
    foot = {key: sum(row[key] for row in rows) for key in (*used, "all")} | {"name": "All"}
    one_sided = any(NOT_COUNTED in pair for pair in counts.index)
    columns = [
        Column(f"Group {comparison.at('from')}", "name"),
        *(count(names[place], place, above=f"Group {comparison.at('to')}") for place in used),
        count("All", "all"),
    ]
    return table(
        f"matrix-{phase}",
        f"{words.capital(phase)} schools by their group before and after",
        columns,
        rows,
        [foot],
        note="Why some are not counted stands under Method." if one_sided else "",
        download=comparison.link("flows.csv"),
    )


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    return {"matrices": [matrix(comparison, phase) for phase in comparison.phases]}
