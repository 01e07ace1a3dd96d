"""The figures of the uncertainty: the criteria, the radius, and the published figures beside those of the run."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib import palette
from lib import words as say
from lib.chart import ROW, SMALL, WIDTH, Sheet, root_ticks, scale, text_width
from lib.words import capital, known, listing, miles, percent
from sections.figure import WHISKERS, Facts, Figure, Run, could_be, count_noun, nothing, number

# ---------------------------------------------------------------- criteria, alone and together


def criteria_table(run: Run) -> pd.DataFrame:
    """Return group, phase, criteria (separated by ;), labels, finding, schools: how many schools meet just these.

    The largest first. A criterion that could not be assessed for some schools of the phase has a row of these too.
    """
    rows = []
    for group in run.facts.groups:
        labels = run.facts.of_group(group)
        for phase, schools in run.schools.groupby("phase"):
            met = schools[list(labels)] == "met"
            found = met[met.any(axis=1)].value_counts().items()
            found = [
                (-count, [name for name, is_met in zip(labels, key, strict=True) if is_met]) for key, count in found
            ]
            for count, names in sorted(found):
                rows.append((group, phase, ";".join(names), " + ".join(map(labels.get, names)), "met", -count))
            for row in run.facts.caveats.rows("criterion_unknown", phase=phase, group=group):
                name = row["criterion"]
                rows.append((group, phase, name, labels[name], "not assessable", int(row["count"])))
    return pd.DataFrame(rows, columns=["group", "phase", "criteria", "labels", "finding", "schools"])


def criteria_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a row a combination of criteria: which they are, and how many schools of each phase meet just those.

    Bars are shares of the phase's schools that meet a criterion of the group, on one scale.
    """
    met = frame[frame["finding"] == "met"]
    of = met.groupby(["group", "phase"])["schools"].transform("sum")
    met = met.assign(share=met["schools"] / of)
    met["label"] = [
        f"{number(count)} ({percent(share)})" for count, share in zip(met["schools"], met["share"], strict=True)
    ]
    # The bars of a phase begin right of the dots, and have an equal part of the rest.
    lefts = {group: 20 * len(facts.of_group(group)) + 6 for group in facts.groups}
    rooms = {group: (WIDTH - left) / len(facts.in_need) for group, left in lefts.items()}
    bars = met.to_dict("records")
    unit = scale((row["share"], rooms[row["group"]] - 14 - text_width(row["label"], SMALL)) for row in bars)
    for group in facts.groups:
        sheet.heading(palette.name(group))
        rows, left = met[met["group"] == group], lefts[group]
        columns = {name: 10 + 20 * i for i, name in enumerate(facts.of_group(group))}
        _name_columns(sheet, frame[(frame["group"] == group) & (frame["finding"] != "met")], facts, columns, left)
        starts = {phase: left + i * rooms[group] for i, phase in enumerate(facts.in_need)}
        for phase, start in starts.items():
            count = rows.loc[rows["phase"] == phase, "schools"].sum()
            sheet.text(start, sheet.y + 14, f"{capital(phase)}: {number(count)}", bold=True)
        sheet.y += 19
        for combination in rows.groupby("criteria")["schools"].sum().sort_values(ascending=False, kind="stable").index:
            middle = sheet.y + ROW / 2
            members = [columns[name] for name in combination.split(";")]
            for at in columns.values():
                sheet.dot(at, middle, *((group, 9) if at in members else ("rule", 5)))
            sheet.line([(min(members), middle), (max(members), middle)], group, width=3)
            for row in rows[rows["criteria"] == combination].to_dict("records"):
                sheet.bar(starts[row["phase"]], middle, unit * row["share"], 13, group, row["label"], size=SMALL)
            sheet.y += ROW
        if rows.empty:
            sheet.y += 12
            sheet.paragraph("No school is known to meet a criterion of this group", colour="muted")


def _name_columns(sheet, missing, facts, columns, left):
    """Write each criterion's label, and for how many schools it is not assessable, and lead it to its column."""
    elbows = []
    for name in columns:
        where = missing[missing["criteria"] == name].to_dict("records")
        elbows.append(sheet.y + 6)
        sheet.paragraph(facts.criteria[name]["label"], left, WIDTH - left, pitch=13)
        if counted := listing(f"{number(row['schools'])} {row['phase']}" for row in where):
            sheet.paragraph(f"not assessable: {counted}", left, WIDTH - left, pitch=13, size=SMALL, colour="muted")
        sheet.y += 4
    sheet.y += 8
    for at, elbow in zip(columns.values(), elbows, strict=True):
        sheet.line([(at, sheet.y + 22), (at, elbow), (left - 6, elbow)], "rule", width=1.2, under=True)


def criteria_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say which combinations bring in most schools, and which criteria are not assessable."""
    for group in facts.groups:
        for phase in facts.in_need:
            rows = frame[(frame["group"] == group) & (frame["phase"] == phase)]
            met, missing = rows[rows["finding"] == "met"], rows[rows["finding"] != "met"].to_dict("records")
            words = [count_noun(met["schools"].sum(), "school")]
            for row in met.head(3).to_dict("records"):
                names = [f"“{label}”" for label in row["labels"].split(" + ")]
                words.append(f"{number(row['schools'])} by {listing(names)}{' alone' if len(names) == 1 else ''}")
            if missing:
                told = listing(f"“{row['labels']}” for {number(row['schools'])}" for row in missing)
                words.append(f"not assessable: {told}")
            yield f"{palette.name(group)}, {phase}: {'; '.join(words)}."


# ---------------------------------------------------------------- the radius

BOUNDS = ["median_partners_lower", "median_partners_upper"]

LEFT, RIGHT, TALL = 34, WIDTH - 122, 130  # points: the sides of the plot, and its height
QUARTILES = {name: f"{name.replace(' ', '_')}_partners" for name in ("lower quartile", "median", "upper quartile")}


def radius_table(run: Run) -> pd.DataFrame:
    """Return England's curve by phase, with the run's own radius among its points (run_radius 1), and published_median.

    Columns besides: radius_miles, schools_in_need, lower quartile, median and upper quartile of their partners, and at
    the run's own radius the bounds of the median. Of a run with travel times that radius, too, is of the curve: what
    straight lines alone would give.
    """
    published = run.published[run.published["statistic"] == "median_partners"].set_index("phase")["published"]
    of_run = run.england.rename(columns={"in_need_with_coordinates": "schools_in_need"})
    of_run = of_run.assign(radius_miles=of_run["phase"].map(run.facts.radius_miles).astype(float))
    of_run = of_run[of_run["schools_in_need"] > 0]
    # The curve may have a point at the run's radius already, with the same counts.
    curve = run.radius_curve[run.radius_curve["area"] == "England"]
    others = curve[curve["radius_miles"] != curve["phase"].map(run.facts.radius_miles)]
    columns = ["phase", "radius_miles", "schools_in_need", *QUARTILES.values()]
    if run.facts.travel_minutes:
        of_run = curve.drop(others.index).reindex(columns=[*columns, *BOUNDS])
    own = of_run[[*columns, *BOUNDS]].assign(run_radius=1)
    frame = pd.concat([others[columns].assign(run_radius=0), own], ignore_index=True)
    frame["published_median"] = frame["phase"].map(published).astype("float64")
    return frame.sort_values(["phase", "radius_miles"], ignore_index=True)


def radius_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw the median and the quartiles of partners against the radius, with this run's radius marked."""
    tallest = math.sqrt(max(frame[["upper_quartile_partners", "published_median", BOUNDS[1]]].max().max(), 1))
    for phase, in_need in facts.in_need.items():
        rows = frame[frame["phase"] == phase]
        if rows.empty:
            sheet.heading(f"{capital(phase)}: partners by radius")
            sheet.paragraph(capital(nothing(in_need)), colour="muted")
        else:
            of_run = rows[rows["run_radius"] == 1].iloc[0]
            bounds = could_be(of_run, "median_partners", number)
            aside = f"{_within(of_run)}: {number(of_run['median_partners'])}{f' ({bounds})' if bounds else ''}"
            sheet.heading(f"{capital(phase)}: partners by radius", aside, size=SMALL, bold=True)
            if facts.travel_minutes:
                sheet.paragraph("In straight lines alone, as if there were no travel times", size=SMALL, colour="muted")
            _curve(sheet, rows, of_run, tallest)


def _curve(sheet, rows, of_run, tallest):
    """Draw the curve of one phase on a square-root scale."""
    foot, widest, unit = sheet.y + 8 + TALL, rows["radius_miles"].max(), TALL / tallest
    published = of_run["published_median"]

    def point(radius, partners):
        return LEFT + (RIGHT - LEFT) * radius / widest, foot - unit * math.sqrt(partners)

    for tick, at in root_ticks(tallest, unit):
        sheet.line([(LEFT, foot - at), (RIGHT, foot - at)], "rule", width=0.6)
        sheet.text(LEFT - 5, foot - at + 4, number(tick), size=SMALL, colour="muted", anchor="end")
    for tick in [tick for tick in (1, *range(5, 101, 5)) if tick < widest - 2] + [widest]:
        words = miles(tick) if tick == widest else number(tick)
        sheet.text(point(tick, 0)[0], foot + 13, words, size=SMALL, colour="muted", anchor="middle")
    low, middle, high = (list(map(point, rows["radius_miles"], rows[column])) for column in QUARTILES.values())
    sheet.area([*low, *reversed(high)], "in_need", opacity=0.3)
    sheet.line(middle, "in_need", width=2.5)
    ends = {name: rows.iloc[-1][column] for name, column in QUARTILES.items()}
    if known(published):
        ends["published median"] = published
        sheet.line([point(0, published), point(widest, published)], width=1.2, dashed=True)
    x, y = point(of_run["radius_miles"], of_run["median_partners"])
    sheet.line([(x, foot), (x, foot - TALL)], width=1.2)
    least, most = of_run[BOUNDS]
    if known(least) and known(most) and least < most:
        sheet.whisker(*((x + 6, point(0, end)[1]) for end in (least, most)), "ink")
    sheet.dot(x, y, "ink", size=8)
    # Each label stands at its line's end, moved up so that none overlaps the one below, and all keep below the top.
    names = sorted(ends, key=ends.get)
    places = (max(unit * math.sqrt(ends[name]) - 4, 0) for name in names)
    places = itertools.accumulate(places, lambda below, place: max(below + 13, place))
    for above, name, place in zip(range(len(names) - 1, -1, -1), names, places, strict=True):
        y = foot - min(place, TALL - 4 - 13 * above)
        sheet.text(RIGHT + 5, y, f"{name} {number(ends[name])}", size=SMALL, bold=name == "median")
    sheet.y = foot + 16


def radius_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say how the median rises with the radius, and what it is at this run's."""
    for phase, in_need in facts.in_need.items():
        rows = frame[frame["phase"] == phase]
        if rows.empty:
            yield f"{capital(phase)}: {nothing(in_need)}."
            continue
        low, high = (f"{number(row['median_partners'])} {_within(row)}" for _, row in rows.iloc[[0, -1]].iterrows())
        of_run = rows[rows["run_radius"] == 1].iloc[0]
        words = f"the median rises from {low} to {high}; {_within(of_run)}, the radius of this run, it is "
        published = of_run["published_median"]
        bounds = could_be(of_run, "median_partners", number, " to ")
        told = (bounds and f"could be {bounds}", f"published: {number(published)}" if known(published) else "")
        told = "; ".join(filter(None, told))
        words += number(of_run["median_partners"]) + (f" ({told})" if told else "")
        yield f"{capital(phase)}{', in straight lines alone' if facts.travel_minutes else ''}: {words}."


def _within(row):
    return f"within {miles(row['radius_miles'])}"


# ---------------------------------------------------------------- the published figures

PARTS = {"study": "Figures of the study", "statement": "Statements of the study", "official": "Official counts"}
LANE = (168, 280)  # from the largest gap below to the largest above, in points; never more than the published value
VALUES, RATIOS = ("reproduced", "lower", "upper"), ("ratio", "ratio_lower", "ratio_upper")
MARKS = {  # {evidence: (mark, note)} of comparisons that say less
    "partial": (
        "†",
        "it was counted otherwise, or a criterion is tested without a condition whose figures are lacking",
    ),
    "none": ("‡", "no evidence: the method lacks its criterion"),
}


def comparison_table(run: Run) -> pd.DataFrame:
    """Return the published figures with their `part` of PARTS, and `ratio`, the run's value over the published one,
    both as they are printed, with its bounds (blank for claims).
    """
    published = run.published
    official = np.where(published["criterion"].notna(), "official", "study")
    frame = published[["id", "label", "kind", "phase", "published", *VALUES, "agrees", "inside", "evidence"]].copy()
    frame.insert(0, "part", np.where(published["kind"] == "claim", "statement", official))
    for name, ratio in zip(VALUES, RATIOS, strict=True):
        printed = [_printed(row, name) for row in frame.to_dict("records")]
        frame[ratio] = [float(here / published) if published else math.nan for published, here in printed]
        frame[ratio] = frame[ratio].astype("float64")
    return frame.sort_values("part", key=lambda parts: parts.map(list(PARTS).index), kind="stable", ignore_index=True)


def _printed(row, which="reproduced"):
    """The published and the run's value at the precision in which the former is printed; (None, None) of claims."""
    if row["kind"] == "claim" or not known(row["published"]) or not known(row[which]):
        return None, None
    return [say.rounded(row[name], 1 if row["kind"] == "median" else 0) for name in ("published", which)]


def comparison_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a lane a published figure: how far the run's value lies from it, and whether they are the same."""
    if frame.empty:
        sheet.paragraph("No published figure to compare with", colour="muted")
    marks, widest = _marks(facts), min((frame[list(RATIOS)] - 1).abs().max().max(), 1) or 1
    for part, rows in frame.groupby("part", sort=False):
        sheet.heading(PARTS[part])
        if rows["ratio"].notna().any():
            ends = [f"{say.MINUS}{_small(widest)}", "published", f"+{_small(widest)}"]
            for at, words in zip((LANE[0], sum(LANE) / 2, LANE[1]), ends, strict=True):
                sheet.text(at, sheet.y + 12, words, size=SMALL, colour="muted", anchor="middle")
            sheet.y += 17
        for row in rows.to_dict("records"):
            sheet.paragraph(row["label"])
            verdict = f"{_verdict(row)} {marks.get(_worth(row), ' ')[0]}".strip()
            sheet.text(0, sheet.y + 15, _values(row), size=SMALL, colour="muted")
            sheet.text(WIDTH, sheet.y + 15, verdict, size=SMALL, anchor="end", bold=row["agrees"] is True)
            if known(row["ratio"]):
                gaps = ((row[name] - 1) / widest for name in RATIOS)
                _lane(sheet, sheet.y + 11, *(min(max(gap, -1), 1) for gap in gaps), bool(row["agrees"]))
            sheet.y += 27
    for level, (mark, words) in marks.items():
        if level in map(_worth, frame.to_dict("records")):
            sheet.paragraph(f"{mark} {words}", size=SMALL, colour="muted")


def _marks(facts):
    """MARKS; none for synthetic data, of which a band says that nothing is evidence."""
    return {} if facts.caveats.rows("synthetic") else MARKS


def _worth(row):
    """The evidence of a comparison, where its bounds do not say by themselves what it is worth."""
    return "" if row["evidence"] == "partial" and _open(row) else row["evidence"]


def _open(row):
    return known(row["inside"]) and row["lower"] != row["upper"]


def _lane(sheet, y, gap, lower, upper, agrees):
    """Draw one comparison: the published value as an upright, the run's as a dot, filled where they are the same.

    `gap`, `lower`, `upper`: of the run's value and its bounds from the published value, from -1 to 1 over the lane.
    """
    start, end = LANE
    middle = (start + end) / 2
    at = middle + (end - start) / 2 * gap
    sheet.line([(start, y), (end, y)], "rule")
    # An open mark shows the page through.
    for low, high in ((y - 8, y - 5), (y + 5, y + 8)) if abs(at - middle) < 5 else ((y - 8, y + 8),):
        sheet.line([(middle, low), (middle, high)], width=1.5)
    if upper > lower:
        sheet.whisker(*((middle + (end - start) / 2 * bound, y) for bound in (lower, upper)), "ink")
    elif abs(at - middle) > 5:
        sheet.line([(middle, y), (at - math.copysign(5, gap), y)], width=2)
    sheet.dot(at, y, "ink", size=10, filled=agrees)


def _values(row):
    """Both values in words."""
    published, here = (say.statistic(row["kind"], row[name]) for name in ("published", "reproduced"))
    return f"{'study:' if row['kind'] == 'claim' else 'published'} {published}, here {here}"


def _verdict(row):
    """The bounds of the run's value and whether the published one lies between; without bounds, the gap."""
    if not _open(row):
        return _gap(row)
    if row["kind"] == "claim":
        return "possible" if row["inside"] else "not possible"
    low, high = (say.statistic(row["kind"], row[end]) for end in ("lower", "upper"))
    return f"{say.bounds('', low, high)}: {'inside' if row['inside'] else 'outside'}"


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
    bounded = [row for row in frame.to_dict("records") if _open(row)]
    if bounded:
        inside = sum(bool(row["inside"]) for row in bounded)
        words += f". Of the {number(len(bounded))} that depend on what is not known {number(inside)} "
        words += f"{say.plural(inside, 'lies', 'lie')} within the bounds"
        outside = listing(f"“{row['label']}” ({_verdict(row)})" for row in bounded if not row["inside"])
        words += f"; outside: {outside}" if outside else ""
    worth = list(map(_worth, frame.to_dict("records")))
    for level, (_, note) in _marks(facts).items():
        count = worth.count(level)
        words += f". For {number(count)} of them: {note}" if count else ""
    yield f"{words}."


CRITERIA = "Which criteria put schools in their group, alone and together?"
RADIUS = "How much depends on the radius?"
COMPARISON = "How near does the run come to the published figures?"
FIGURES = [
    Figure("criteria", CRITERIA, criteria_table, criteria_drawing, criteria_alt),
    Figure("radius", RADIUS, radius_table, radius_drawing, radius_alt, WHISKERS, of_both=True),
    Figure("comparison", COMPARISON, comparison_table, comparison_drawing, comparison_alt, WHISKERS),
]
