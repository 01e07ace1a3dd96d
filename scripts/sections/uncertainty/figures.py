"""The figures of the uncertainty: the criteria and the radius; the third is in comparison_figure.py."""

import itertools
import math
from collections.abc import Iterator

import pandas as pd

from lib import palette
from lib.chart import ROW, SMALL, WIDTH, Sheet, root_ticks, scale, text_width
from lib.domain import CRITERION_GROUPS
from lib.words import capital, known, listing, miles, percent
from sections.figure import Facts, Figure, Run, count_noun, nothing, number
from sections.uncertainty import comparison_figure

# ---------------------------------------------------------------- criteria, alone and together


def criteria_table(run: Run) -> pd.DataFrame:
    """Return group, phase, criteria (separated by ;), labels, finding, schools: how many schools meet just these.

    The largest first. A criterion that could be assessed for no school of the phase has a row too, schools blank.
    """
    rows = []
    for group in CRITERION_GROUPS:
        labels = run.facts.of_group(group)
        for phase, schools in run.schools.groupby("phase"):
            met = schools[list(labels)] == "met"
            found = met[met.any(axis=1)].value_counts().items()
            found = [
                (-count, [name for name, is_met in zip(labels, key, strict=True) if is_met]) for key, count in found
            ]
            for count, names in sorted(found):
                rows.append((group, phase, ";".join(names), " + ".join(map(labels.get, names)), "met", -count))
            for row in run.facts.caveats.rows("criterion_not_assessable", phase=phase, group=group):
                name = row["criterion"]
                rows.append((group, phase, name, labels[name], "not assessable for any school", None))
    frame = pd.DataFrame(rows, columns=["group", "phase", "criteria", "labels", "finding", "schools"])
    return frame.astype({"schools": "Int64"})


def criteria_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw a row a combination of criteria: which they are, and how many schools of each phase meet just those.

    Bars are shares of the phase's schools that meet a criterion of the group, on one scale.
    """
    met = frame[frame["schools"].notna()].astype({"schools": "int64"})
    of = met.groupby(["group", "phase"])["schools"].transform("sum")
    met = met.assign(share=met["schools"] / of)
    met["label"] = [
        f"{number(count)} ({percent(share)})" for count, share in zip(met["schools"], met["share"], strict=True)
    ]
    # The bars of a phase begin right of the dots, and have an equal part of the rest.
    lefts = {group: 20 * len(facts.of_group(group)) + 6 for group in CRITERION_GROUPS}
    rooms = {group: (WIDTH - left) / len(facts.in_need) for group, left in lefts.items()}
    bars = met.to_dict("records")
    unit = scale((row["share"], rooms[row["group"]] - 14 - text_width(row["label"], SMALL)) for row in bars)
    for group in CRITERION_GROUPS:
        sheet.heading(palette.name(group))
        rows, left = met[met["group"] == group], lefts[group]
        columns = {name: 10 + 20 * i for i, name in enumerate(facts.of_group(group))}
        _name_columns(sheet, frame[(frame["group"] == group) & frame["schools"].isna()], facts, columns, left)
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
            sheet.paragraph("No school meets a criterion of this group", colour="muted")


def _name_columns(sheet, missing, facts, columns, left):
    """Write each criterion's label, with the phases in which it is not assessable, and lead it to its column."""
    elbows = []
    for name in columns:
        where = missing.loc[missing["criteria"] == name, "phase"]
        label = facts.criteria[name]["label"] + (f": not assessable ({listing(where)})" if len(where) else "")
        elbows.append(sheet.y + 6)
        sheet.paragraph(label, left, WIDTH - left, pitch=13, colour="muted" if len(where) else "ink")
        sheet.y += 4
    sheet.y += 8
    for at, elbow in zip(columns.values(), elbows, strict=True):
        sheet.line([(at, sheet.y + 22), (at, elbow), (left - 6, elbow)], "rule", width=1.2, under=True)


def criteria_alt(frame: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """Say which combinations bring in most schools, and which criteria are not assessable."""
    for group in CRITERION_GROUPS:
        for phase in facts.in_need:
            rows = frame[(frame["group"] == group) & (frame["phase"] == phase)]
            met, missing = rows[rows["schools"].notna()], rows.loc[rows["schools"].isna(), "labels"]
            words = [count_noun(met["schools"].sum(), "school")]
            for row in met.head(3).to_dict("records"):
                names = [f"“{label}”" for label in row["labels"].split(" + ")]
                words.append(f"{number(row['schools'])} by {listing(names)}{' alone' if len(names) == 1 else ''}")
            if len(missing):
                words.append(f"not assessable: {listing(f'“{label}”' for label in missing)}")
            yield f"{palette.name(group)}, {phase}: {'; '.join(words)}."


# ---------------------------------------------------------------- the radius

LEFT, RIGHT, TALL = 34, WIDTH - 122, 130  # points: the sides of the plot, and its height
QUARTILES = {name: f"{name.replace(' ', '_')}_partners" for name in ("lower quartile", "median", "upper quartile")}


def radius_table(run: Run) -> pd.DataFrame:
    """Return England's curve by phase, with the run's own radius among its points (run_radius 1), and published_median.

    Columns besides: radius_miles, schools_in_need, and lower quartile, median and upper quartile of their partners.
    """
    published = run.published[run.published["statistic"] == "median_partners"].set_index("phase")["published"]
    of_run = run.england.rename(columns={"in_need_with_coordinates": "schools_in_need"})
    of_run = of_run.assign(radius_miles=of_run["phase"].map(run.facts.radius_miles).astype(float))
    of_run = of_run[of_run["schools_in_need"] > 0]
    # The curve may have a point at the run's radius already, with the same counts.
    curve = run.radius_curve[run.radius_curve["area"] == "England"]
    others = curve[curve["radius_miles"] != curve["phase"].map(run.facts.radius_miles)]
    columns = ["phase", "radius_miles", "schools_in_need", *QUARTILES.values()]
    frame = pd.concat([others[columns].assign(run_radius=0), of_run[columns].assign(run_radius=1)], ignore_index=True)
    frame["published_median"] = frame["phase"].map(published).astype("float64")
    return frame.sort_values(["phase", "radius_miles"], ignore_index=True)


def radius_drawing(sheet: Sheet, frame: pd.DataFrame, facts: Facts) -> None:
    """Draw the median and the quartiles of partners against the radius, with this run's radius marked."""
    tallest = math.sqrt(max(frame[["upper_quartile_partners", "published_median"]].max().max(), 1))
    for phase, in_need in facts.in_need.items():
        rows = frame[frame["phase"] == phase]
        if rows.empty:
            sheet.heading(f"{capital(phase)}: partners by radius")
            sheet.paragraph(capital(nothing(in_need)), colour="muted")
        else:
            of_run = rows[rows["run_radius"] == 1].iloc[0]
            aside = f"{_within(of_run)}: median {number(of_run['median_partners'])}"
            sheet.heading(f"{capital(phase)}: partners by radius", aside, size=SMALL, bold=True)
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
        words += number(of_run["median_partners"]) + (f" (published: {number(published)})" if known(published) else "")
        yield f"{capital(phase)}: {words}."


def _within(row):
    return f"within {miles(row['radius_miles'])}"


CRITERIA = "Which criteria put schools in their group, alone and together?"
RADIUS = "How much depends on the radius?"
FIGURES = [
    Figure("criteria", CRITERIA, criteria_table, criteria_drawing, criteria_alt),
    Figure("radius", RADIUS, radius_table, radius_drawing, radius_alt),
    comparison_figure.FIGURE,
]
