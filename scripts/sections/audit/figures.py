"""The figure of the audit: from the rows of the source files to the schools that are matched."""

import re
from collections.abc import Iterator

import pandas as pd

from lib.chart import SMALL, WIDTH, Sheet, room_for, text_width
from lib.words import capital, listing
from sections.figure import Facts, Figure, Run, count_noun, number

MOST_REASONS = 5
LEFT = 210  # points to the bars
NAMES = {"clean": "Rows used", "match": "of these with coordinates"}  # of what goes on


def flow_table(run: Run) -> pd.DataFrame:
    """Return step, source, label, kind (in, left_out, out), rows, start: the bars from source files to matched schools.

    `start` is where the bar begins, in rows. Of the register the reasons but the largest are put together; of another
    file all reasons stand.
    """
    rows, register = [], run.facts.register
    # The rows of the register go on through the choice of the population; what both steps leave out is told together.
    ledger = run.ledger.assign(step=run.ledger["step"].where(run.ledger["source"] != register, "clean"))
    for (step, source), lines in ledger.groupby(["step", "source"], sort=False):
        if step not in ("clean", "population", "match"):  # where no row is left out there is nothing to see
            continue
        totals = lines[lines["reason"].isna()]
        title = run.facts.sources[source]["title"] if step == "clean" else f"{capital(source)} schools"
        if step != "population":
            at = int(totals["rows_in"].iloc[0])
            rows.append((step, source, f"{title} in need" if step == "match" else title, "in", at, 0))
            for reason, count in _reasons(lines, step == "clean" and source == register):
                at -= count
                rows.append((step, source, reason, "left_out", count, at))
        rows.append((step, source, NAMES.get(step, title), "out", int(totals["rows_out"].iloc[-1]), 0))
    return pd.DataFrame(rows, columns=["step", "source", "label", "kind", "rows", "start"])


def _reasons(lines, few):
    """Why rows were left out and how many, the commonest first; `few`: the rest of many reasons in one."""
    lines = lines[lines["reason"].notna()].sort_values(["rows_left_out", "reason"], ascending=[False, True])
    # Codes of the files are all lower case.
    words = [re.sub(r"\bengland\b", "England", reason.replace("_", " ")) for reason in lines["reason"]]
    reasons = list(zip(words, lines["rows_left_out"].astype(int), strict=True))
    if few and len(reasons) > MOST_REASONS + 1:
        others = reasons[MOST_REASONS:]
        reasons[MOST_REASONS:] = [(f"{len(others)} other reasons", sum(count for _, count in others))]
    return reasons


def flow_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw the register's rows down to the schools matched, and below a row for each other source file."""
    other_file = (frame["step"] == "clean") & (frame["source"] != facts.register)
    chain = frame[~other_file & ~((frame["step"] == "match") & (frame["kind"] == "left_out"))]
    sheet.heading("From the rows of the register to schools")
    most = max([*chain["rows"], 1])
    unit = (WIDTH - LEFT - 8 - text_width(number(most), SMALL)) / most
    for row in chain.to_dict("records"):
        left_out, need = row["kind"] == "left_out", row["step"] == "match"
        words, indent = capital(row["label"]), 10 * (left_out or row["label"] == NAMES["match"])
        if need:
            words = row["label"].replace("in need", facts.counted_as(row["source"], "in_need"))
        middle = _label(sheet, words, indent, bold=not (left_out or need), colour="muted" if left_out else "ink")
        colour = "in_need" if need else "rule" if left_out else "solid"
        start, width = LEFT + unit * row["start"], unit * row["rows"]
        sheet.bar(start, middle, width, 13, colour, number(row["rows"]), size=SMALL)
    sheet.heading("The other files: rows used")
    files = _files(frame[other_file])
    words = [f"{number(row['out'])} of {number(row['in'])}" for row in files]
    whole = WIDTH - LEFT - 8 - room_for(words, SMALL)
    for row, counts in zip(files, words, strict=True):
        middle = _label(sheet, row["label"])
        sheet.bar(LEFT, middle, whole, 9, "rule")
        sheet.bar(LEFT, middle, whole * row["out"] / max(row["in"], 1), 9, "solid")
        sheet.text(WIDTH, middle + 4, counts, size=SMALL, anchor="end")


def _files(frame):
    """[{label, in, out}] of the source files of some rows: the numbers of their rows, read and used."""
    lines = frame[frame["kind"] != "left_out"].groupby("source", sort=False)
    return [{"label": rows["label"].iloc[0], **rows.set_index("kind")["rows"]} for _, rows in lines]


def _label(sheet, words, indent=0, **style):
    """Write the label of the next row, and return the row's middle."""
    top = sheet.y
    sheet.paragraph(words, indent, LEFT - 8 - indent, **style)
    sheet.y += 5
    return (top + sheet.y - 5) / 2


def flow_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how many rows of each file were used, and the commonest reason of the register's that were not."""
    for row in _files(frame[frame["step"] == "clean"]):
        yield f"{row['label']}: {number(row['out'])} of {count_noun(row['in'], 'row')} used."
    reasons = frame[(frame["source"] == facts.register) & (frame["kind"] == "left_out")]
    for row in reasons.head(1).to_dict("records"):
        yield f"The reason that leaves out most rows of the register: {row['label']} ({number(row['rows'])})."
    members = frame[frame["step"] == "population"].to_dict("records")
    counts = [count_noun(row["rows"], f"{row['source']} school") for row in members]
    yield f"The rows of the register make {listing(counts)}."


FLOW = "What became of the rows of the source files?"
FIGURES = [Figure("flow", FLOW, flow_table, flow_drawing, flow_alt)]
