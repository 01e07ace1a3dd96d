"""The figure of the readings: what each of them makes of the share of high-performing schools."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib import readings
from lib.chart import SMALL, WIDTH, Sheet, room_for
from lib.domain import PHASES
from lib.words import capital, known, number, percent
from sections.figure import Facts, Figure, Run

GROUP = "high_performing"
TALL, GAP, PITCH = 130, 14, 14  # points: height of a curve, between the two phases, from one option to the next
MARKED = ("chosen", "literal")
COLUMNS = ["phase", "place", "id", "marked", "share", "lower", "upper", "published"]


def readings_table(run: Run) -> pd.DataFrame:
    """Return the readings of high-performing, of all schools, by phase and share: `place` from 1, share and bounds.

    Besides `published`, and a column for each dimension in which they differ, with the option's short name.
    """
    stated = run.facts.readings
    if run.readings is None or stated is None:
        return pd.DataFrame(columns=COLUMNS)
    first = stated["denominator"]["options"][0]["id"]
    rows = run.readings[(run.readings["group"] == GROUP) & (run.readings["denominator"] == first)]
    published = run.published.set_index("id")["published"].astype(str)
    parts = []
    for phase in PHASES:
        if rows[f"{GROUP}_{phase}_estimate"].isna().all():
            continue
        part = pd.DataFrame({"phase": phase, "id": rows["id"], "marked": rows["marked"]})
        for name, column in {"share": "estimate", "lower": "lower", "upper": "upper"}.items():
            part[name] = rows[f"{GROUP}_{phase}_{column}"]
        part["published"] = float(published.get(stated["published"][GROUP][phase], "nan")) / 100
        for name, options in shown(stated).items():
            part[name] = rows[name].map(options)
        part = part.sort_values(["share", "id"], ignore_index=True)
        part.insert(1, "place", np.arange(1, len(part) + 1))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def shown(stated: dict) -> dict[str, dict[str, str]]:
    """Return {dimension: {option: its short name}} of those in which the figure's readings differ."""
    return {
        name: {option["id"]: option.get("short", option["words"]) for option in dimension["options"]}
        for name, dimension in readings.dimensions(stated).items()
        if name == "urns" or dimension.get("group") == GROUP
    }


def readings_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a curve a phase, the readings from the least share to the greatest, and below it which options they take."""
    if frame.empty:
        sheet.paragraph("No readings are tried in this run", colour="muted")
        return
    phases, options = list(dict.fromkeys(frame["phase"])), shown(facts.readings)
    left = room_for((name for names in options.values() for name in names.values()), SMALL) + 8
    width = (WIDTH - left - GAP * (len(phases) - 1)) / len(phases)
    starts = {phase: left + i * (width + GAP) for i, phase in enumerate(phases)}
    places = {phase: _places(frame[frame["phase"] == phase], starts[phase], width) for phase in phases}
    top = sheet.y
    for phase in phases:
        sheet.text(starts[phase], top + 12, capital(phase), bold=True)
        published = frame.loc[frame["phase"] == phase, "published"].iloc[0]
        words = f"published {percent(published)}" if known(published) else ""
        sheet.text(starts[phase], top + 26, words, size=SMALL, colour="muted")
    foot = top + 36 + TALL
    unit = TALL / max(np.ceil(frame["upper"].max() * 10) / 10, 0.1)
    for tick in np.arange(0, TALL / unit + 0.01, 0.2):
        sheet.text(left - 6, foot - unit * tick + 4, percent(tick), size=SMALL, colour="muted", anchor="end")
        for phase in phases:
            sheet.line([(starts[phase], foot - unit * tick), (starts[phase] + width, foot - unit * tick)], "rule", 0.6)
    for phase in phases:
        _curve(sheet, frame[frame["phase"] == phase], places[phase], foot, unit)
    sheet.y = foot + 6
    for name, names in options.items():
        sheet.y += 18
        sheet.text(0, sheet.y, readings.dimensions(facts.readings)[name]["label"], size=SMALL, bold=True)
        sheet.y += 3
        for short in names.values():
            middle = sheet.y + PITCH / 2
            sheet.text(left - 8, middle + 4, short, size=SMALL, anchor="end")
            for phase in phases:
                sheet.line([(starts[phase], middle), (starts[phase] + width, middle)], "rule", 0.4)
                taken = places[phase][(frame.loc[frame["phase"] == phase, name] == short).to_numpy()]
                sheet.dots(np.column_stack([taken, np.full(len(taken), middle)]), "ink", 2.6, square=True)
            sheet.y += PITCH
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        for place, marked in zip(places[phase], rows["marked"], strict=True):
            if set(str(marked).split(";")) & set(MARKED):
                sheet.line([(place, foot - TALL), (place, sheet.y)], "rule", 1.2, under=True)
    sheet.y += 8
    for mark in MARKED:
        sheet.y += 15
        sheet.dot(6, sheet.y - 7, "ink", 9, filled=mark == "chosen")
        words = f"{facts.readings['marked'][mark]['words']}: {', '.join(_told(frame, mark))}"
        sheet.y -= 14
        sheet.paragraph(words, 16, WIDTH - 16, size=SMALL)
    sheet.y += 4


def _places(rows, start, width):
    return start + width * (rows["place"].to_numpy(dtype=float) - 0.5) / max(len(rows), 1)


def _curve(sheet, rows, places, foot, unit):
    """Draw the shares of a phase with their bounds, the published one and the readings that are marked."""
    half = (places[1] - places[0]) / 2 if len(places) > 1 else 1
    low, high = (foot - unit * rows[name].to_numpy() for name in ("lower", "upper"))
    edge = [(x + side, y) for x, y in zip(places, high, strict=True) for side in (-half, half)]
    edge += [(x + side, y) for x, y in zip(places[::-1], low[::-1], strict=True) for side in (half, -half)]
    sheet.area(edge, GROUP, opacity=0.3)
    sheet.dots(np.column_stack([places, foot - unit * rows["share"].to_numpy()]), GROUP, 2.6)
    published = rows["published"].iloc[0]
    if known(published):
        y = foot - unit * published
        sheet.line([(places[0], y), (places[-1], y)], width=1.2, dashed=True)
    for row, place in zip(rows.to_dict("records"), places, strict=True):
        marks = set(str(row["marked"]).split(";")) & set(MARKED)
        if marks:
            sheet.dot(place, foot - unit * row["share"], "ink", 9, filled="chosen" in marks)


def _told(frame, mark):
    """The share that a marked reading gives in each phase."""
    marked = frame[[mark in str(names).split(";") for names in frame["marked"]]]
    return [f"{row['phase']} {percent(row['share'], 1)}" for row in marked.to_dict("records")]


def readings_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how far the readings reach, how many hold the published share in their bounds, and where the marked lie."""
    if frame.empty:
        yield "No readings are tried in this run."
    for phase, rows in frame.groupby("phase"):
        low, high, published = rows["share"].min(), rows["share"].max(), rows["published"].iloc[0]
        words = f"{number(len(rows))} readings make between {percent(low, 1)} and {percent(high, 1)} high-performing"
        if known(published):
            within = ((rows["lower"] < published + 0.005) & (rows["upper"] >= published - 0.005)).sum()
            words += f"; the published {percent(published)} lies within the bounds of {number(within)}"
        for mark in MARKED:
            name = facts.readings["marked"][mark]["words"]
            words += "".join(f"; {name}: {told.split()[-1]}" for told in _told(rows, mark))
        yield f"{capital(phase)}: {words}."


TITLE = "What would each reading of the study make of it?"
FIGURES = [Figure("readings", TITLE, readings_table, readings_drawing, readings_alt)]
