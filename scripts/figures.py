"""Draw the figures of the report: each as SVG for the page, as PNG, and as a CSV of just what it shows.

Inputs: classified/schools, matched/reach, aggregated/{england,regions,radius_curve}, compared/published,
audit/ledger, summary.json; workflow/facts/published.yaml; the captions in report/captions/.
Outputs: figures/{name}.svg, .png, .csv of each figure in FIGURES, and figures/index.json, which lists them in the
order of the report: name, section, title (the question that the figure answers), alt (the finding in words),
caption (how to read it), csv, synthetic.

A figure is three functions: its table (the CSV), its drawing, which sees nothing but the table, and its alt text.
Drawings are WIDTH points wide and follow the afcharts style (Government Analysis Function). What must be known first,
that the data are synthetic or a group lacks a criterion, stands in bands at the top and begins the alt text. The SVG
has neither title nor background, its text and rules take the colour of the page (`currentColor`), and its groups
carry the classes of `palette`, so that a page may restyle them. The PNG has title and source, since it is used alone.
Same tables, same bytes.
"""

import dataclasses
import json
import math
import re
from collections.abc import Callable
from pathlib import Path as File

import numpy as np
import pandas as pd
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from lib import palette, run_step, schemas, tables
from lib import words as sentences
from lib.figure_files import DOTS_ID, page_svg, png
from lib.figure_sheet import (
    BODY,
    INK,
    MUTED,
    ROW,
    RULE,
    SMALL,
    SOLID,
    TINT,
    WIDTH,
    Sheet,
    bar,
    dot,
    height_of_rows,
    house_style,
    line,
    region_axes,
    room_for,
    text_width,
    wrapped,
)
from lib.settings import read_yaml
from lib.words import SYNTHETIC, capital, listing, miles, percent

WORDS = {"primary": "Primary", "secondary": "Secondary"}
GROUPS_OF_CRITERIA = ("high_performing", "in_need")
MOST_COMBINATIONS = 8
OTHERS = "others"
MOST_REASONS = 5
EMPTY = 60  # height of a panel without anything to draw
PARTIAL = "Partial: not every criterion could be assessed"


# ---------------------------------------------------------------------------------------------------------------
# Words and numbers


def number(value):
    """Return a number with thousands separators and at most one decimal: 1,789; 4.5."""
    return sentences.number(value, 1)


def of(count, noun):
    """Return a number with its noun: '1 school', '1,789 schools'."""
    return f"{number(count)} {noun if count == 1 else noun + 's'}"


def extreme(frame, by, name, highest=True):
    """Return the names of the rows with the highest (or lowest) value of `by`, ties joined, and that value."""
    best = frame[by].max() if highest else frame[by].min()
    return listing(list(frame.loc[frame[by] == best, name])), best


def nothing(in_need):
    """Return why there is nothing to show of schools in need; `in_need`: whether there are any."""
    return "no school in need has coordinates" if in_need else "no school is in need"


def phases_of(frame):
    """Return the phases of a table, in their order."""
    return [phase for phase in schemas.PHASE if (frame["phase"] == phase).any()]


def height_or_empty(frame, around):
    """Height in points of a panel of regions, with `around` for what stands round its rows."""
    return height_of_rows(frame) + around if frame["schools_in_need"].any() else EMPTY


def known_to_be(facts, phase, group):
    """Return what is said before a group's name where a criterion of it could be assessed for no school."""
    return sentences.known_to_be(group, facts["incomplete"].get(phase, ()))


def in_need_of(facts, phase):
    """Return 'in need', or 'known to be in need'."""
    return f"{known_to_be(facts, phase, 'in_need')}in need"


def partial_lines(summary, criteria):
    """Return a line a group of which a criterion could be assessed for no school: on which criteria it rests.

    `summary`: summary.json. `criteria`: {name: {"group", "label"}}. Phases that are alike share a line.
    """
    phases = {phase: counts for phase, counts in summary["phases"].items() if counts["schools"]}
    out = []
    for group in GROUPS_OF_CRITERIA:
        labels = {name: f"“{c['label']}”" for name, c in criteria.items() if c["group"] == group}
        told = {}
        for phase, counts in phases.items():
            lacking = [name for name in sentences.lacking(counts["criteria"]) if name in labels]
            told.setdefault(_rests_on(labels, lacking), []).append(phase)
        for words, which in told.items():
            where = "" if len(which) == len(phases) else f", {listing(which)}"
            out += [f"{palette.name(group)}{where}: {words}"] if words else []
    return out


def _rests_on(labels, lacking):
    """On which criteria a group rests where not on all: those it has or those it lacks, whichever are fewer."""
    used, count = [name for name in labels if name not in lacking], len(labels)
    if not lacking:
        return ""
    if not used:
        return f"none of its {count} criteria assessable" if count > 1 else "its one criterion not assessable"
    only = f"{listing(labels[name] for name in used)} only"
    without = f"without {listing(labels[name] for name in lacking)}"
    return f"{without if len(lacking) < len(used) else only}, {len(lacking)} of {count} criteria not assessable"


def unplaced(row):
    """Return what high-performing schools without coordinates mean for partners; empty where there are none.

    `row`: of England, with `high_performing_without_coordinates`.
    """
    lost = row["high_performing_without_coordinates"]
    if not lost:
        return ""
    words = "without coordinates is" if lost == 1 else "without coordinates are"
    return f"{number(lost)} high-performing school{'' if lost == 1 else 's'} {words} nobody’s partner"


def unplaced_lines(rows):
    """Return that as lines of a drawing; `rows`: of one phase, England's among them."""
    words = [unplaced(row) for row in rows[rows["level"] == "country"].to_dict("records")]
    return [part for line_ in words for part in wrapped(line_, WIDTH, SMALL)]


def unplaced_sentence(rows):
    """Return that as a sentence to go on with; `rows`: as of `unplaced_lines`."""
    return "".join(
        f" {words}." for row in rows[rows["level"] == "country"].to_dict("records") if (words := unplaced(row))
    )


def england_last(frame, order):
    """Return a table of areas sorted by `order` ({column: ascending}), ties by name, England at the foot."""
    columns = ["_england", *order, "area"]
    frame = frame.assign(_england=frame["level"] == "country")
    frame = frame.sort_values(columns, ascending=[True, *order.values(), True], na_position="last", kind="stable")
    return frame.drop(columns="_england")


def areas(england, regions, columns):
    """Return the rows of England and of the regions under one another: phase, level, area and `columns`."""
    both = pd.concat([regions.assign(level="region"), england.assign(level="country")], ignore_index=True)
    return both[["phase", "level", "area", *columns]]


def by_phase(frame, order):
    """Sort the areas of each phase; see england_last."""
    parts = [england_last(frame[frame["phase"] == phase], order) for phase in phases_of(frame)]
    return pd.concat(parts, ignore_index=True) if parts else frame


# ---------------------------------------------------------------------------------------------------------------
# Shares by phase


def shares_table(england, published):
    """Return phase, group, schools, of, share, published_share: parts that add up; a grey group only if not empty."""
    known = published[published["kind"] == "share"].set_index("id")["published"]
    rows = []
    for row in england.to_dict("records"):
        for group in (*GROUPS_OF_CRITERIA, "neither", "not_assessable"):
            if group not in GROUPS_OF_CRITERIA and not row[group]:
                continue
            told = float(known.get(f"{row['phase']}_{group}", "nan")) / 100
            share = row.get(f"share_{group}", round(row[group] / row["schools"], 6))
            rows.append((row["phase"], group, row[group], row["schools"], share, told))
    columns = ["phase", "group", "schools", "of", "share", "published_share"]
    return pd.DataFrame(rows, columns=columns)


def shares_drawing(frame, facts):
    """Draw a bar a group and phase, with the published share as an upright mark."""
    phases = phases_of(frame)
    pitch, left, bar_height = 42, room_for_groups(frame), 20
    sheet = Sheet(sum(32 + pitch * (frame["phase"] == phase).sum() for phase in phases) - 8, facts["bands"])
    ax = sheet.canvas()
    rooms = [
        (WIDTH - left - 8 - text_width(words, size)) / share
        for row in frame.to_dict("records")
        for share, words, size in (
            (row["share"], percent(row["share"]), BODY),
            (row["published_share"], _published(row), SMALL),
        )
        if share > 0
    ]
    unit = min(rooms, default=0)
    y = 0
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, f"{WORDS[phase]}: {of(rows['of'].iloc[0], 'school')}")
        y += 24
        for row in rows.to_dict("records"):
            sheet.text(0, y + 12, palette.name(row["group"]), weight="bold")
            sheet.text(0, y + 26, of(row["schools"], "school"), color=MUTED, size=SMALL)
            end, told = left + unit * row["share"], left + unit * row["published_share"]
            bar(ax, left, y + 3, end - left, bar_height, palette.colour(row["group"]))
            words = percent(row["share"])
            if not math.isnan(told):
                line(ax, [told, told], [y, y + 36], linewidth=2)
                sheet.text(told + 4, y + 36, _published(row), size=SMALL, color=MUTED)
                if end <= told <= end + 9 + text_width(words):  # the mark stands where the share would
                    end = told
            sheet.text(end + 6, y + 17, words)
            y += pitch
        line(ax, [left, left], [y - pitch * len(rows), y - pitch + 26], color=RULE)
        y += 8
    return sheet.figure


def room_for_groups(frame):
    """Width in points of a column of groups and their counts, with the space beside it."""
    names = [text_width(palette.name(group), bold=True) for group in frame["group"]]
    return max(names + [text_width(of(count, "school"), SMALL) for count in frame["schools"]], default=0) + 10


def _published(row):
    """The published share in words."""
    return f"published {percent(row['published_share'])}"


def shares_alt(frame, facts):
    """Say which shares are drawn, and the published ones."""
    sentences = []
    for phase in phases_of(frame):
        rows = frame[frame["phase"] == phase].set_index("group")
        told = {g: f" (published {percent(p)})" for g, p in rows["published_share"].items() if not math.isnan(p)}
        parts = [
            f"{percent(rows.loc[group, 'share'])} are {known_to_be(facts, phase, group)}{words}{told.get(group, '')}"
            for group, words in (
                ("high_performing", "high-performing"),
                ("in_need", "in need"),
                ("neither", "neither"),
                ("not_assessable", "not assessable"),
            )
            if group in rows.index
        ]
        sentences.append(f"Of {of(rows['of'].iloc[0], f'{phase} school')} {listing(parts)}.")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Regions: high-performing against in need


def regions_table(england, regions):
    """Return areas with share_high_performing and share_in_need, in the order of the difference."""
    columns = ["schools", "high_performing", "in_need", "share_high_performing", "share_in_need"]
    frame = areas(england, regions, columns)
    frame["difference"] = frame["share_high_performing"] - frame["share_in_need"]
    return by_phase(frame, {"difference": False})


def regions_drawing(frame, facts):
    """Draw a row a region: the share in need and the share of high-performing schools, joined."""
    phases = phases_of(frame)
    heights = {phase: height_of_rows(frame[frame["phase"] == phase]) for phase in phases}
    sheet = Sheet(sum(heights.values()) + 62 * len(phases) - 16, facts["bands"])
    shares = frame[[f"share_{group}" for group in GROUPS_OF_CRITERIA]]
    left, beside = room_for(frame["area"]), 12 + text_width("00%", SMALL)
    width = WIDTH - left
    low, unit = scale(shares.min().min(), max(shares.max().max(), 0.01), beside, width - beside)
    y = 0
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, WORDS[phase])
        ax, places = region_axes(sheet, y + 40, list(rows["area"]), left)
        ax.set_xlim(-low / unit, (width - low) / unit)
        ax.set_xticks([])  # every mark has its value beside it
        for place, row in zip(places, rows.to_dict("records"), strict=True):
            dumbbell(ax, place, {group: row[f"share_{group}"] for group in GROUPS_OF_CRITERIA}, unit)
        first = rows.iloc[0]
        label_first_row(sheet, y + 36, ax, {group: first[f"share_{group}"] for group in GROUPS_OF_CRITERIA})
        y += heights[phase] + 62
    return sheet.figure


def scale(least, most, low, high):
    """Return (place of zero, points to one), which put `most` at `high` and `least` no further left than `low`."""
    unit = high / most
    if least * unit >= low:
        return 0, unit
    unit = (high - low) / (most - least) if most > least else 1
    return low - least * unit, unit


MARK = 9  # points across a mark of the dumbbell


def dumbbell(ax, place, shares, unit):
    """Draw one row: a mark a group, joined, the values on the outer sides; marks that would coincide stand apart.

    `unit`: points to a share of one. High-performing is a filled dot, in need an open square.
    """
    ends = sorted(shares.items(), key=lambda item: (item[1], item[0] == "high_performing"))
    (_, start), (_, end) = ends
    near = (end - start) * unit < MARK + 1
    if not near:
        inset = MARK / 2 / unit
        ax.plot([start + inset, end - inset], [place] * 2, color=RULE, linewidth=3, solid_capstyle="butt", zorder=1)
    for (group, share), side in zip(ends, (-1, 1), strict=True):
        colour, need = palette.colour(group), group == "in_need"
        at = place + (0.22 if need else -0.22) * near
        size = (MARK - 2) * (0.85 if near else 1)
        style = {"marker": "s"} if need else {"marker": "o", "markeredgewidth": 2}
        style["markeredgewidth"] = 2
        dot(ax, share, at, colour, size=size, filled=not need, clip_on=False, **style)
        text = {"ha": "right" if side < 0 else "left", "va": "center_baseline", "size": SMALL}
        ax.annotate(
            percent(share), (share, place), (side * 8, 0), textcoords="offset points", annotation_clip=False, **text
        )


def label_first_row(sheet, y, ax, shares):
    """Name the groups above the dots of the first row, moved apart where they would touch."""
    left, width = ax.get_position().x0 * WIDTH, ax.get_position().width * WIDTH
    start, end = ax.get_xlim()
    names = sorted(shares, key=lambda group: (shares[group], group == "high_performing"))
    halves = [text_width(palette.name(group), bold=True) / 2 for group in names]
    middles = [left + (shares[group] - start) / (end - start) * width for group in names]
    middles[1] = min(middles[1], WIDTH - halves[1] - 1)
    middles[0] = min(middles[0], middles[1] - halves[1] - halves[0] - 10)
    for group, middle in zip(names, middles, strict=True):
        sheet.text(middle, y, palette.name(group), ha="center", weight="bold")


def regions_alt(frame, facts):
    """Say where supply exceeds need, and where the difference is greatest and least; ties are all named."""
    sentences = []
    for phase in phases_of(frame):
        rows = frame[(frame["phase"] == phase) & (frame["level"] == "region")]
        partly, need = known_to_be(facts, phase, "high_performing"), in_need_of(facts, phase)
        if len(rows) == 1:
            row = rows.iloc[0]
            shares = [percent(row[f"share_{group}"]) for group in GROUPS_OF_CRITERIA]
            sentences.append(
                f"{WORDS[phase]}, {row['area']}: {shares[0]} are {partly}high-performing, {shares[1]} {need}."
            )
            continue
        high = f"schools {partly}high-performing" if partly else "high-performing schools"
        more, count = int((rows["difference"] > 0).sum()), len(rows)
        where = f"in all {count} regions" if more == count else f"in {more or 'none'} of {count} regions"
        sentences.append(
            f"{WORDS[phase]}: the share of {high} is above the share {need} {where}; by the "
            f"difference the regions run from {_with_shares(rows, True)} to {_with_shares(rows, False)}."
        )
    return " ".join(sentences)


def _with_shares(rows, highest):
    best = rows["difference"].max() if highest else rows["difference"].min()
    return listing(
        [
            f"{row['area']} ({percent(row['share_high_performing'])} against {percent(row['share_in_need'])})"
            for row in rows[rows["difference"] == best].to_dict("records")
        ]
    )


# ---------------------------------------------------------------------------------------------------------------
# Map

DRAWN = ("not_assessable", "neither", "high_performing", "in_need")
DOT = {"high_performing": 1.8, "in_need": 1.7}  # points


CELL_M, LAND_M = 6_000, 15_000  # land: a disc of LAND_M across about each cell of a grid in which a school lies


MAP_GAP = 16  # points between two maps


def map_table(schools):
    """Return phase, group, urn, region, easting, northing in the order drawn; schools without coordinates last."""
    placed = schools[["phase", "group", "urn", "region", "easting", "northing"]].reset_index(drop=True)
    nowhere = placed["easting"].isna() | placed["northing"].isna()
    placed.loc[nowhere, ["easting", "northing"]] = pd.NA
    rank = placed["phase"].map(schemas.PHASE.index) * 10 + placed["group"].map(DRAWN.index)
    # Within a group from tile to tile, which keeps the SVG's steps from dot to dot short.
    tile = placed["northing"] // 20_000
    order = placed[["urn", "easting"]].assign(nowhere=nowhere, rank=rank, tile=tile)
    order = order.sort_values(["nowhere", "rank", "tile", "easting", "urn"])
    return placed.loc[order.index].reset_index(drop=True)


def map_drawing(frame, facts):
    """Draw a map a phase and group, a dot a school, on land that is shaded where there are schools of any kind."""
    phases = phases_of(frame)
    placed = frame[frame["easting"].notna()]
    if placed.empty:
        sheet = Sheet(60, facts["bands"])
        sheet.text(0, 34, "No school has coordinates", color=MUTED)
        return sheet.figure
    width = (WIDTH - MAP_GAP) / len(GROUPS_OF_CRITERIA)
    low, high = placed[["easting", "northing"]].min(), placed[["easting", "northing"]].max()
    middle, span = (low + high) / 2, (high - low).clip(lower=20_000) + LAND_M
    height = min(max(width * span["northing"] / span["easting"], 90), 240)
    unit = max(span["easting"] / width, span["northing"] / height)  # metres to a point
    lost = {phase: frame["easting"].isna() & (frame["phase"] == phase) for phase in phases}
    heads = {phase: 52 + 14 * any(lost[phase] & frame["group"].isin(GROUPS_OF_CRITERIA)) for phase in phases}
    sheet = Sheet(sum(heads.values()) + (height + 16) * len(phases) - 16, facts["bands"])
    canvas = sheet.canvas()
    cells = (placed[["easting", "northing"]] // CELL_M).drop_duplicates() * CELL_M + CELL_M // 2
    y = 0
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, WORDS[phase])
        others = [(group, (rows["group"] == group).sum()) for group in ("neither", "not_assessable")]
        words = listing(f"{number(count)} {palette.name(group).lower()}" for group, count in others if count)
        if words:
            sheet.text(WIDTH, y + 14, f"not drawn: {words}", size=SMALL, color=MUTED, ha="right")
        for i, group in enumerate(GROUPS_OF_CRITERIA):
            left, own = i * (width + MAP_GAP), rows[rows["group"] == group]
            marker = {"marker": "s" if group == "in_need" else "o", "markeredgewidth": 0}
            dot(canvas, left + 5, y + 32.5, palette.colour(group), size=8, **marker)
            sheet.text(left + 16, y + 36, f"{palette.name(group)}: {number(len(own))}")
            nowhere = int(own["easting"].isna().sum())
            if nowhere:
                sheet.text(left + 16, y + 50, f"without coordinates: {number(nowhere)}", size=SMALL, color=MUTED)
            ax = sheet.axes(left, y + heads[phase] - 8, width, height)
            ax.set_axis_off()
            for name, size, axis in (("easting", width, ax.set_xlim), ("northing", height, ax.set_ylim)):
                axis(middle[name] - unit * size / 2, middle[name] + unit * size / 2)
            dots(ax, cells, "land", TINT, LAND_M / unit, "round", unit)
            tip = "projecting" if group == "in_need" else "round"
            places = own.loc[own["easting"].notna(), ["easting", "northing"]]
            dots(ax, places, group, palette.colour(group), DOT[group], tip, unit)
        y += heads[phase] + height + 16
    return sheet.figure


def dots(ax, places, name, colour, size, tip, unit):
    """Draw many dots as one path of steps too short to see, which both PNG and SVG show as the pen's tip.

    `size` in points. `tip`: round or projecting (square). `unit`: metres to a point.
    """
    if places.empty:
        return
    points = places.to_numpy(dtype=float)
    vertices = np.repeat(points, 2, axis=0)
    vertices[1::2, 0] += unit / 1000
    codes = np.tile([Path.MOVETO, Path.LINETO], len(points)).astype(Path.code_type)
    style = {"facecolor": "none", "edgecolor": colour, "linewidth": size, "capstyle": tip}
    patch = PathPatch(Path(vertices, codes), snap=False, clip_on=False, **style)
    patch.set_gid(f"{DOTS_ID}-{name}")
    ax.add_artist(patch)  # add_patch would look for the limits of every dot, which takes seconds


def map_alt(frame, facts):
    """Say how many schools of the two groups are on the map, and which region has most."""
    if frame["easting"].isna().all():
        return "No school has coordinates, so the map is empty."
    sentences = []
    for phase in phases_of(frame):
        parts = []
        for group, words in (("high_performing", "high-performing"), ("in_need", "in need")):
            words = f"{known_to_be(facts, phase, group)}{words}"
            own = frame[(frame["phase"] == phase) & (frame["group"] == group)]
            regions = own.loc[own["easting"].notna(), "region"].value_counts().rename_axis("region").reset_index()
            lost = int(own["easting"].isna().sum())
            more = (
                f" ({number(lost)} more without coordinates {'is' if lost == 1 else 'are'} not drawn)" if lost else ""
            )
            if regions.empty:
                parts.append(f"none {words}{more}")
                continue
            where, most = extreme(regions.sort_values("region"), "count", "region")
            total = int(regions["count"].sum())
            most = f", the largest number in {where} ({number(most)})" if len(regions) > 1 else f", in {where}"
            parts.append(f"{number(total)} {words}{most}{more}")
        sentences.append(f"{WORDS[phase]} schools on maps of England: {'; '.join(parts)}.")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Partners within the radius, by region


FIVE = ("percentile_10", "lower_quartile", "median", "upper_quartile", "percentile_90")


def partners_table(england, regions, schools, reach):
    """Return areas with in_need, schools_in_need (those with coordinates), percentiles 10, 25, 50, 75, 90 of their
    partners, and high_performing_without_coordinates, which are among nobody's partners.
    """
    placed = reach.merge(schools[["urn", "phase", "region"]], on=["urn", "phase"])
    both = pd.concat([placed.assign(area="England"), placed.assign(area=placed["region"])], ignore_index=True)
    grouped = both.groupby(["area", "phase"])["partners"]
    names = dict(zip((0.1, 0.25, 0.5, 0.75, 0.9), FIVE, strict=True))
    found = pd.DataFrame({"schools_in_need": grouped.size()} | {name: grouped.quantile(q) for q, name in names.items()})
    frame = areas(england, regions, ["in_need", "high_performing_without_coordinates"])
    frame = frame.merge(found.reset_index(), on=["area", "phase"], how="left")
    frame["schools_in_need"] = frame["schools_in_need"].fillna(0).astype("int64")
    for name in names.values():
        frame[name] = frame[name].astype("float64")
    return by_phase(frame, {"median": False, "upper_quartile": False})


def partners_drawing(frame, facts):
    """Draw a row a region: percentiles 10, 25, 50, 75 and 90 of the partners of its schools in need."""
    phases = phases_of(frame)
    notes = {phase: unplaced_lines(frame[frame["phase"] == phase]) for phase in phases}
    heights = {phase: height_or_empty(frame[frame["phase"] == phase], 54) for phase in phases}
    sheet = Sheet(24 + sum(heights.values()) + 14 * sum(map(len, notes.values())) - 6, facts["bands"])
    canvas, left, right = sheet.canvas(), room_for(frame["area"]), 46
    spread(canvas, 8, (0, 9, 20, 33, 48))
    sheet.text(56, 12, "line: eight in ten schools in need; box: half; dot: median", size=SMALL)
    longest = max(np.sqrt(frame["percentile_90"].max()) if frame["percentile_90"].notna().any() else 1, 1)
    y = 24
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, f"{WORDS[phase]}: partners within {miles(facts['radius_miles'][phase])}")
        if not rows["schools_in_need"].any():
            sheet.text(0, y + 36, capital(nothing(rows["in_need"].any())), color=MUTED)
            y = write_note(sheet, y + heights[phase], notes[phase])
            continue
        sheet.text(WIDTH, y + 14, "median", ha="right", weight="bold")
        ax, places = region_axes(sheet, y + 22, list(rows["area"]), left, right)
        ax.set_xlim(0, longest * 1.02)
        root_ticks(ax.xaxis, longest, WIDTH - left - right)
        for place, row in zip(places, rows.to_dict("records"), strict=True):
            down = y + 22 + height_of_rows(rows) * (place + 0.5) / (places[-1] + 1)
            if row["schools_in_need"] == 0:
                style = {"textcoords": "offset points", "va": "center_baseline"}
                ax.annotate(capital(nothing(row["in_need"])), (0, place), (5, 0), color=MUTED, **style)
                continue
            spread(ax, place, [math.sqrt(row[name]) for name in FIVE])
            weight = "bold" if row["area"] == "England" else "normal"
            sheet.text(WIDTH, down + 4, number(row["median"]), ha="right", weight=weight)
        y = write_note(sheet, y + heights[phase], notes[phase])
    return sheet.figure


def write_note(sheet, y, lines):
    """Write lines of small print at the foot of a panel that ends at `y`, and return the end of these."""
    for words in lines:
        sheet.text(0, y + 2, words, size=SMALL, color=MUTED)
        y += 14
    return y


def spread(ax, place, five):
    """Draw a line, a box and a dot in the colour of schools in need: percentiles 10, 25, 50, 75 and 90."""
    colour = palette.colour("in_need")
    line(ax, [five[0], five[4]], [place, place], color=colour, linewidth=2)
    line(ax, [five[1], five[3]], [place, place], color=colour, linewidth=9)
    dot(ax, five[2], place, INK, size=6.5, clip_on=False, zorder=3)


def root_ticks(axis, longest, length):
    """Set round ticks, none too near another, on an axis of square roots: `length` points, from 0 to `longest`."""
    ticks, last = [], -math.inf
    for tick in (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        at = math.sqrt(tick) / longest * length
        if math.sqrt(tick) <= longest and at - last >= 22:
            ticks.append(tick)
            last = at
    axis.set_ticks([math.sqrt(tick) for tick in ticks], [number(tick) for tick in ticks], color=MUTED, size=SMALL)


def partners_alt(frame, facts):
    """Say England's median, and the regions with the lowest and the highest."""
    sentences = []
    for phase in phases_of(frame):
        whole = frame[frame["phase"] == phase]
        rows = whole[whole["schools_in_need"] > 0]
        country, regions = rows[rows["level"] == "country"], rows[rows["level"] == "region"]
        if rows.empty:
            sentences.append(f"{WORDS[phase]}: {nothing(facts['in_need'][phase])}, so there are no partners to count.")
            continue
        words = (
            f"{WORDS[phase]}: the median school {in_need_of(facts, phase)} has "
            f"{of(country['median'].iloc[0], 'partner')} within {miles(facts['radius_miles'][phase])}"
        )
        if len(regions) > 1:
            (best, most), (worst, least) = (extreme(regions, "median", "area", high) for high in (True, False))
            if most == least:
                words += "; the median is the same in every region"
            else:
                words += f"; by region the median runs from {number(least)} ({worst}) to {number(most)} ({best})"
        sentences.append(f"{words}.{unplaced_sentence(whole)}")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Schools in need without a partner


def without_partner_table(england, regions):
    """Return areas with in_need, schools_in_need (those with coordinates), those without_partner, their share, and
    high_performing_without_coordinates, which are nobody's partner.
    """
    names = {
        "in_need": "in_need",
        "in_need_with_coordinates": "schools_in_need",
        "in_need_without_partner": "without_partner",
        "share_in_need_without_partner": "share",
        "high_performing_without_coordinates": "high_performing_without_coordinates",
    }
    frame = areas(england, regions, list(names)).rename(columns=names)
    return by_phase(frame, {"share": False, "without_partner": False})


def without_partner_drawing(frame, facts):
    """Draw a bar a region: the share of its schools in need that have no partner."""
    phases = phases_of(frame)
    notes = {phase: unplaced_lines(frame[frame["phase"] == phase]) for phase in phases}
    heights = {phase: height_or_empty(frame[frame["phase"] == phase], 44) for phase in phases}
    sheet = Sheet(sum(heights.values()) + 14 * sum(map(len, notes.values())) - 10, facts["bands"])
    longest, left = frame["share"].max(), room_for(frame["area"])
    label_width = 8 + max(text_width(_share_of(row), bold=True) for row in frame.to_dict("records"))
    y = 0
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, f"{WORDS[phase]}: in need, no partner within {miles(facts['radius_miles'][phase])}")
        if not rows["schools_in_need"].any():
            sheet.text(0, y + 36, capital(nothing(rows["in_need"].any())), color=MUTED)
            y = write_note(sheet, y + heights[phase], notes[phase])
            continue
        ax, places = region_axes(sheet, y + 22, list(rows["area"]), left)
        ax.set_xticks([])
        room = WIDTH - left
        ax.set_xlim(0, (longest if longest > 0 else 1) * room / (room - label_width))
        ax.axvline(0, color=RULE, linewidth=1)
        for place, row in zip(places, rows.to_dict("records"), strict=True):
            whole = row["area"] == "England"
            if row["without_partner"]:
                width = row["share"]
                ax.barh(place, width, height=0.68, color=palette.colour("in_need"))
            ax.annotate(
                _share_of(row),
                (row["share"] if row["without_partner"] else 0, place),
                (5, 0),
                textcoords="offset points",
                va="center_baseline",
                weight="bold" if whole else "normal",
                color=INK if row["schools_in_need"] else MUTED,
            )
        y = write_note(sheet, y + heights[phase], notes[phase])
    return sheet.figure


def _share_of(row):
    if row["schools_in_need"] == 0:
        return capital(nothing(row["in_need"]))
    return f"{percent(row['share'])} ({number(row['without_partner'])} of {number(row['schools_in_need'])})"


def without_partner_alt(frame, facts):
    """Say how many schools in need have no partner, and where the share is highest and lowest."""
    sentences = []
    for phase in phases_of(frame):
        whole = frame[frame["phase"] == phase]
        rows = whole[whole["schools_in_need"] > 0]
        country, regions = rows[rows["level"] == "country"], rows[rows["level"] == "region"]
        if rows.empty:
            sentences.append(f"{WORDS[phase]}: {nothing(facts['in_need'][phase])}.")
            continue
        row, within = country.iloc[0], f"within {miles(facts['radius_miles'][phase])}"
        need = f"{of(row['schools_in_need'], 'school')} {in_need_of(facts, phase)}"
        if row["without_partner"] == 0:
            words = f"{WORDS[phase]}: each of {need} has a partner {within}"
        else:
            have = "has" if row["without_partner"] == 1 else "have"
            counts = f"{number(row['without_partner'])} of {need}"
            words = f"{WORDS[phase]}: {counts} ({percent(row['share'])}) {have} no partner {within}"
        if row["without_partner"] and len(regions) > 1:
            (worst, most), (best, least) = (extreme(regions, "share", "area", high) for high in (True, False))
            if most > least:
                words += f"; the share is highest in {worst} ({percent(most)}) and lowest in {best} ({percent(least)})"
        sentences.append(f"{words}.{unplaced_sentence(whole)}")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# The radius curve


def radius_table(england, radius_curve, published, radius_miles):
    """Return England's curve by phase, with the run's own radius among its points (run_radius 1), and published_median.

    Columns besides: radius_miles, schools_in_need, and lower quartile, median and upper quartile of their partners.
    """
    known = published[published["kind"] == "median"].set_index("id")["published"]
    columns = ["lower_quartile_partners", "median_partners", "upper_quartile_partners"]
    own = england.rename(columns={"in_need_with_coordinates": "schools_in_need"})
    own = own[own["schools_in_need"] > 0].assign(radius_miles=lambda f: f["phase"].map(radius_miles).astype(float))
    curve = radius_curve[radius_curve["area"] == "England"]
    # A radius of the ladder stands in the curve already, with the same counts.
    others = curve[curve["radius_miles"] != curve["phase"].map(radius_miles)]
    keys = ["phase", "radius_miles", "schools_in_need", *columns]
    frame = pd.concat([others[keys].assign(run_radius=0), own[keys].assign(run_radius=1)], ignore_index=True)
    frame["published_median"] = [float(known.get(f"{phase}_partners_nearby", "nan")) for phase in frame["phase"]]
    return frame.sort_values(["phase", "radius_miles"]).reset_index(drop=True)


def radius_drawing(frame, facts):
    """Draw the median and the quartiles of partners against the radius, with this run's radius marked."""
    phases = [phase for phase in schemas.PHASE if phase in facts["phases"]]
    height, left, right = 150, 34, 122
    heights = [height + 62 if (frame["phase"] == phase).any() else EMPTY for phase in phases]
    sheet = Sheet(sum(heights) - 14, facts["bands"])
    y = 0
    tallest = math.sqrt(max(frame[["upper_quartile_partners", "published_median"]].max().max(), 1)) if len(frame) else 1
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, f"{WORDS[phase]}: partners of a school in need")
        if rows.empty:
            sheet.text(0, y + 36, capital(nothing(facts["in_need"][phase])), color=MUTED)
            y += EMPTY
            continue
        ax = sheet.axes(left, y + 26, WIDTH - left - right, height)
        curve(ax, rows, tallest, height)
        widest = rows["radius_miles"].max()
        ax.set_xlim(0, widest)
        ticks = [tick for tick in (1, *range(5, 101, 5)) if tick <= widest] or [widest]
        ax.set_xticks(ticks, [*(f"{tick:g}" for tick in ticks[:-1]), miles(ticks[-1])], color=MUTED, size=SMALL)
        own = rows[rows["run_radius"] == 1].iloc[0]
        label_curve(ax, rows.iloc[-1], own, tallest, height)
        y += height + 62
    return sheet.figure


def curve(ax, rows, tallest, height):
    """Draw the band between the quartiles and the median, on a square-root scale."""
    colour, radii = palette.colour("in_need"), rows["radius_miles"]
    low, middle, high = (np.sqrt(rows[f"{name}_partners"]) for name in ("lower_quartile", "median", "upper_quartile"))
    ax.fill_between(radii, low, high, color=colour, alpha=0.3, linewidth=0)
    ax.plot(radii, middle, color=colour, linewidth=2.5, solid_joinstyle="round")
    ax.set_ylim(0, tallest * 1.22)  # room above the curve for the label of the radius
    root_ticks(ax.yaxis, tallest, height / 1.22)
    ax.tick_params(length=0)
    ax.grid(True, axis="y")
    ax.set_axisbelow(True)


def label_curve(ax, last, own, tallest, height):
    """Name the curve's parts at its right end, the radius of the run at its top, and the published median."""
    style = {"textcoords": "offset points", "size": SMALL, "annotation_clip": False}
    told, widest, unit = own["published_median"], last["radius_miles"], height / (tallest * 1.22)
    names = ("lower quartile", "median", "upper quartile")
    ends = [(last[f"{name.replace(' ', '_')}_partners"], name) for name in names]
    if not math.isnan(told):
        line(ax, [0, widest], [math.sqrt(told)] * 2, linestyle=(0, (4, 3)), linewidth=1.2)
        ends.append((told, "published median"))
    ends.sort(key=lambda end: end[0])
    places = apart([max(math.sqrt(value) * unit - 4, 0) for value, _ in ends], 13, ceiling=height - 8)
    for (value, name), place in zip(ends, places, strict=True):
        weight = "bold" if name == "median" else "normal"
        ax.annotate(f"{name} {number(value)}", (widest, 0), (5, place), weight=weight, **style)
    radius = own["radius_miles"]
    line(ax, [radius] * 2, [0, tallest * 1.2], linewidth=1.2)
    dot(ax, radius, math.sqrt(own["median_partners"]), INK, size=7, clip_on=False)
    label = f"{miles(radius)}: median {number(own['median_partners'])}"
    side = "left" if radius < widest * 0.55 else "right"
    offset = (5 if side == "left" else -5, -9)
    ax.annotate(label, (radius, tallest * 1.2), offset, ha=side, weight="bold", **style)


def apart(places, gap, ceiling):
    """Return sorted places moved up so that each is `gap` above the one below, then down from the ceiling."""
    out = list(places)
    for i in range(1, len(out)):
        out[i] = max(out[i], out[i - 1] + gap)
    out[-1] = min(out[-1], ceiling)
    for i in range(len(out) - 2, -1, -1):
        out[i] = min(out[i], out[i + 1] - gap)
    return out


def radius_alt(frame, facts):
    """Say how the median rises with the radius, and what it is at this run's."""
    sentences = []
    for phase in facts["phases"]:
        rows = frame[frame["phase"] == phase]
        if rows.empty:
            sentences.append(f"{WORDS[phase]}: {nothing(facts['in_need'][phase])}.")
            continue
        own, told = rows[rows["run_radius"] == 1].iloc[0], rows["published_median"].iloc[0]
        beside = "" if math.isnan(told) else f" (published: {number(told)})"
        ends = [(number(row["median_partners"]), miles(row["radius_miles"])) for row in rows.to_dict("records")]
        if rows["median_partners"].nunique() > 1:
            words = f"the median rises from {ends[0][0]} within {ends[0][1]} to {ends[-1][0]} within {ends[-1][1]}; "
        else:
            words = f"the median is {ends[0][0]} at every radius up to {ends[-1][1]}; "
        words += f"within the radius of this run, {miles(own['radius_miles'])}, it is {number(own['median_partners'])}"
        sentences.append(f"{WORDS[phase]}: {words}{beside}.")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Criteria, alone and together


def criteria_table(schools, criteria):
    """Return group, phase, criteria (met, separated by ;), labels, schools: the combinations that schools meet.

    `criteria`: {name: {"group", "label"}}. Only combinations that at least one school meets; the largest first.
    A criterion without a finding for any school of the phase has a row of its own: criteria is its name, schools blank.
    """
    rows = []
    for group in GROUPS_OF_CRITERIA:
        names = [name for name, criterion in criteria.items() if criterion["group"] == group]
        for phase in phases_of(schools):
            outcome = schools.loc[schools["phase"] == phase, names]
            met = outcome == "met"
            counts = met[met.any(axis=1)].value_counts()
            found = {tuple(n for n, one in zip(names, key, strict=True) if one): int(c) for key, c in counts.items()}
            for combination, count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
                label = " + ".join(criteria[name]["label"] for name in combination)
                rows.append((group, phase, ";".join(combination), label, "met", count))
            for name in names:
                known = outcome[name].dropna()
                if len(known) and (known == "not_assessable").all():
                    rows.append((group, phase, name, criteria[name]["label"], "not assessable for any school", None))
    frame = pd.DataFrame(rows, columns=["group", "phase", "criteria", "labels", "finding", "schools"])
    frame["schools"] = frame["schools"].astype("Int64")
    return _largest(frame)


def _largest(frame):
    """Put all but the largest combinations of each group (both phases together) into one row a phase."""
    total = frame[frame["schools"].notna()].groupby(["group", "criteria"])["schools"].sum().reset_index()
    total = total.sort_values(["schools", "criteria"], ascending=[False, True])
    kept = total.groupby("group").head(MOST_COMBINATIONS)[["group", "criteria"]]
    keep = frame["schools"].isna() | pd.MultiIndex.from_frame(frame[["group", "criteria"]]).isin(
        pd.MultiIndex.from_frame(kept)
    )
    if keep.all():
        return frame
    rest = frame[~keep].groupby(["group", "phase"], as_index=False)["schools"].sum()
    rest = rest.assign(criteria=OTHERS, labels="other combinations", finding="met")
    return pd.concat([frame[keep], rest[frame.columns]], ignore_index=True)


def criteria_drawing(frame, facts):
    """Draw a row a combination of criteria: which they are, and how many schools of each phase meet just those.

    Bars are shares of the phase's schools that meet a criterion of the group, on one scale.
    """
    phases = [phase for phase in schemas.PHASE if phase in facts["phases"]]
    parts = {group: _combinations(frame[frame["group"] == group], phases) for group in GROUPS_OF_CRITERIA}
    labels = {group: facts["criteria"][group] for group in GROUPS_OF_CRITERIA}
    texts = {group: _labels(frame[frame["group"] == group], labels[group], phases) for group in GROUPS_OF_CRITERIA}
    pitch, head = ROW, 26
    heads = {group: head + sum(4 + 13 * len(lines) for lines, _ in texts[group].values()) for group in texts}
    heights = {group: heads[group] + 22 + pitch * max(len(parts[group][0]), 1) + 22 for group in parts}
    sheet = Sheet(sum(heights.values()) - 18, facts["bands"])
    ax = sheet.canvas()
    lefts = {group: 20 * len(labels[group]) + 6 for group in parts}
    rooms = {group: (WIDTH - lefts[group]) / len(phases) for group in parts}
    totals = {(group, p): sum(own.values()) for group, (_, counts) in parts.items() for p, own in counts.items()}
    bars = [
        (rooms[group], count / totals[group, phase], _count_of(count, totals[group, phase]))
        for group, (_, counts) in parts.items()
        for phase, own in counts.items()
        for count in own.values()
    ]
    unit = min(((room - 14 - text_width(words, SMALL)) / share for room, share, words in bars if share), default=0)
    y = 0
    for group in GROUPS_OF_CRITERIA:
        combinations, counts = parts[group]
        sheet.heading(y + 14, palette.name(group))
        left, room = lefts[group], rooms[group]
        columns = {name: 10 + 20 * i for i, name in enumerate(labels[group])}
        first = y + heads[group] + 22  # top of the first row
        base = y + head + 10
        for name, (lines, known) in texts[group].items():
            foot = first + 3 if combinations else base + 8
            line(ax, [columns[name]] * 2, [base - 4, foot], color=RULE, linewidth=1.2)
            line(ax, [columns[name], left - 6], [base - 4] * 2, color=RULE, linewidth=1.2)
            for words in lines:
                sheet.text(left, base, words, color=INK if known else MUTED)
                base += 13
            base += 4
        for i, phase in enumerate(phases):
            words = f"{WORDS[phase]}: {number(totals[group, phase])}"
            sheet.text(left + i * room, first - 5, words, weight="bold")
        for k, combination in enumerate(combinations):
            middle = first + pitch * k + pitch / 2
            matrix(sheet, ax, middle, columns, combination, palette.colour(group))
            for i, phase in enumerate(phases):
                count, start = counts[phase].get(combination, 0), left + i * room
                width = unit * count / max(totals[group, phase], 1)
                bar(ax, start, middle - 6.5, width, 13, palette.colour(group))
                words = _count_of(count, totals[group, phase])
                sheet.text(start + width + 4, middle + 4, words, size=SMALL)
        if not combinations:
            sheet.text(left, first + 14, "No school meets a criterion of this group", color=MUTED)
        y += heights[group]
    return sheet.figure


def _count_of(count, total):
    """A count with its share of the total, where there is any: 1,073 (54%); 0."""
    return f"{number(count)} ({percent(count / total)})" if count else "0"


def _labels(rows, labels, phases):
    """Each criterion's label as lines, with the phases in which it is not assessable, and whether it is in any."""
    out = {}
    for name, label in labels.items():
        lacking = list(rows.loc[rows["schools"].isna() & (rows["criteria"] == name), "phase"])
        if lacking:
            label += ": not assessable" if len(lacking) == len(phases) else f": {listing(lacking)} not assessable"
        out[name] = (wrapped(label, WIDTH - 20 * len(labels) - 6), len(lacking) < len(phases))
    return out


def _combinations(rows, phases):
    """The combinations of one group, the largest first, and the counts of each phase."""
    met = rows[rows["schools"].notna()]
    total = met.groupby("criteria")["schools"].sum()
    order = sorted(total.index, key=lambda name: (name == OTHERS, -total[name], name))
    counts = {p: dict(met.loc[met["phase"] == p, ["criteria", "schools"]].itertuples(index=False)) for p in phases}
    return order, counts


def matrix(sheet, ax, middle, columns, combination, colour):
    """Draw one row of dots: filled for the criteria of the combination, joined; the rest of combinations in words."""
    if combination == OTHERS:
        sheet.text(0, middle + 4, "others", size=SMALL, color=MUTED)
        return
    members = [columns[name] for name in combination.split(";")]
    for at in columns.values():
        dot(ax, at, middle, colour if at in members else RULE, size=9 if at in members else 5, markeredgewidth=0)
    if len(members) > 1:
        line(ax, [min(members), max(members)], [middle, middle], color=colour, linewidth=3)


def criteria_alt(frame, facts):
    """Say which combinations bring in most schools, and which criteria are not assessable."""
    sentences = []
    for group, words in (("high_performing", "High-performing"), ("in_need", "In need")):
        for phase in facts["phases"]:
            rows = frame[(frame["group"] == group) & (frame["phase"] == phase)]
            met, lacking = rows[rows["schools"].notna()], list(rows.loc[rows["schools"].isna(), "labels"])
            sentence = f"{words}, {phase}: "
            if met.empty:
                sentence += "no school meets a criterion"
            elif len(met) == 1:
                sentence += f"{of(met['schools'].iloc[0], 'school')}, by {_criteria(met.iloc[0])}"
            else:
                largest = [f"{number(row['schools'])} by {_criteria(row)}" for row in met.head(3).to_dict("records")]
                sentence += f"{of(met['schools'].sum(), 'school')}, of which {'; '.join(largest)}"
            if lacking:
                sentence += f"; not assessable: {listing([f'“{label}”' for label in lacking])}"
            sentences.append(f"{sentence}.")
    return " ".join(sentences)


def _criteria(row):
    """A combination in words: “Outstanding” alone, or all of it."""
    if row["criteria"] == OTHERS:
        return row["labels"]
    names = [f"“{label}”" for label in row["labels"].split(" + ")]
    return listing(names) if len(names) > 1 else f"{names[0]} alone"


# ---------------------------------------------------------------------------------------------------------------
# From source rows to the population


def flow_table(ledger, sources):
    """Return step, source, label, kind (in, left_out, out), rows, start: the bars from source files to matched schools.

    `sources`: {source id: {"kind", "title"}}. `start` is where the bar begins, in rows. Of the register the reasons
    but the largest are put together; of another file all reasons stand.
    """
    rows = []
    for (name, source), lines in _register_as_one(ledger).groupby(["step", "source"], sort=False):
        total = lines[lines["reason"].isna()].iloc[0]
        reasons = lines[lines["reason"].notna()].sort_values(["rows_left_out", "reason"], ascending=[False, True])
        left_out = [(_in_words(row["reason"]), int(row["rows_left_out"])) for row in reasons.to_dict("records")]
        if name not in ("clean", "population", "match"):  # where no row is left out there is nothing to see
            continue
        title = sources[source]["title"] if name == "clean" else f"{WORDS[source]} schools"
        if name == "clean" and sources[source]["kind"] == "register" and len(left_out) > MOST_REASONS + 1:
            others = left_out[MOST_REASONS:]
            left_out = left_out[:MOST_REASONS] + [(f"{len(others)} other reasons", sum(count for _, count in others))]
        if name == "match":
            title = f"{title} in need"
        if name != "population":
            rows.append((name, source, title, "in", int(total["rows_in"]), 0))
            at = int(total["rows_in"])
            for reason, count in left_out:
                at -= count
                rows.append((name, source, reason, "left_out", count, at))
        label = {"clean": "Rows used", "population": title, "match": "of these with coordinates"}[name]
        rows.append((name, source, label, "out", int(total["rows_out"]), 0))
    return pd.DataFrame(rows, columns=["step", "source", "label", "kind", "rows", "start"])


def _register_as_one(ledger):
    """The ledger with the register's lines of cleaning and of the population as those of one step."""
    of_register = ledger["source"] == "register"
    population = ledger[of_register & (ledger["step"] == "population")]
    table = ledger.drop(population.index)
    total = of_register & (ledger["step"] == "clean") & ledger["reason"].isna()
    table.loc[total, "rows_out"] = population.loc[population["reason"].isna(), "rows_out"].to_numpy()
    place = table.index[of_register.reindex(table.index)].max() + 1
    reasons = population[population["reason"].notna()].assign(step="clean")
    return pd.concat([table.loc[: place - 1], reasons, table.loc[place:]], ignore_index=True)


def _in_words(reason):
    """A reason of the ledger as it stands in a sentence; codes of the files are all lower case."""
    return re.sub(r"\bengland\b", "England", reason.replace("_", " "))


def flow_drawing(frame, facts):
    """Draw the register's rows down to the schools matched, and below a row for each other source file."""
    register = facts["register"]
    chain = frame[(frame["source"] == register) | (frame["step"] != "clean")]
    chain = chain[~((chain["step"] == "match") & (chain["kind"] == "left_out"))].to_dict("records")
    files = frame[(frame["step"] == "clean") & (frame["source"] != register)]
    files = [lines.drop_duplicates("kind").set_index("kind") for _, lines in files.groupby("source", sort=False)]
    left, head = 210, 24
    told = [_flow_row(row, facts) for row in chain]
    texts = [wrapped(words, left - 8 - indent, bold=strong, lines=4) for words, strong, _, indent in told]
    titles = [wrapped(kinds.loc["in", "label"], left - 8, lines=4) for kinds in files]
    heights = [sum(map(_row_height, part)) for part in (texts, titles)]
    sheet = Sheet(head + heights[0] + (34 + heights[1] if files else 0), facts["bands"])
    ax = sheet.canvas()
    sheet.heading(14, "From the rows of the register to schools")
    most = max([row["rows"] for row in chain] + [1])
    unit = (WIDTH - left - 8 - text_width(number(most), SMALL)) / most
    y = head
    for row, lines, (_, strong, colour, indent) in zip(chain, texts, told, strict=True):
        style = {"weight": "bold" if strong else "normal", "color": MUTED if row["kind"] == "left_out" else INK}
        middle = _write_lines(sheet, y, lines, indent, **style)
        bar(ax, left + unit * row["start"], middle - 6.5, unit * row["rows"], 13, colour)
        sheet.text(left + unit * (row["start"] + row["rows"]) + 5, middle + 4, number(row["rows"]), size=SMALL)
        y += _row_height(lines)
    if not files:
        return sheet.figure
    sheet.heading(y + 24, "The other files: rows used")
    y += 34
    counts = [[int(kinds.loc[kind, "rows"]) for kind in ("out", "in")] for kinds in files]
    words = [f"{number(out)} of {number(rows)}" for out, rows in counts]
    whole = WIDTH - left - 8 - max(text_width(text, SMALL) for text in words)
    for lines, (used, rows), text in zip(titles, counts, words, strict=True):
        middle = _write_lines(sheet, y, lines)
        bar(ax, left, middle - 4.5, whole, 9, RULE)
        bar(ax, left, middle - 4.5, whole * used / rows if rows else 0, 9, SOLID)
        sheet.text(WIDTH, middle + 4, text, size=SMALL, ha="right")
        y += _row_height(lines)
    return sheet.figure


def _row_height(lines):
    """Height in points of a row of the flow with a label of so many lines."""
    return ROW + 13 * (len(lines) - 1) + 3 * (len(lines) > 1)


def _write_lines(sheet, y, lines, indent=0, **style):
    """Write a row's label from its top, and return the row's middle."""
    middle = y + _row_height(lines) / 2
    for k, words in enumerate(lines):
        sheet.text(indent, middle + 4 + 13 * (k - (len(lines) - 1) / 2), words, **style)
    return middle


def _flow_row(row, facts):
    """Words, whether bold, colour and indent of one bar of the register's way."""
    if row["step"] == "clean":
        words = {"in": "Rows of the file", "out": "Establishments in scope"}.get(row["kind"])
        left_out = row["kind"] == "left_out"
        return words or capital(row["label"]), not left_out, RULE if left_out else SOLID, 10 * left_out
    if row["step"] == "population":
        return row["label"], True, SOLID, 0
    words = f"{WORDS[row['source']]} schools {in_need_of(facts, row['source'])}"
    first = row["kind"] == "in"
    return words if first else row["label"], False, palette.colour("in_need"), 0 if first else 10


def flow_alt(frame, facts):
    """Say how many rows of each file were used, and the commonest reason of the register's that were not."""
    own = frame[(frame["source"] == facts["register"]) & (frame["step"] == "clean")]
    sentences = []
    if len(own):
        rows_in, rows_out = (int(own.loc[own["kind"] == kind, "rows"].iloc[0]) for kind in ("in", "out"))
        reasons = own[own["kind"] == "left_out"]
        words = f"Of {of(rows_in, 'row')} of the register {number(rows_out)} {'was' if rows_out == 1 else 'were'} used"
        if len(reasons):
            largest, lost = reasons.iloc[0], rows_in - rows_out
            words += f" and {number(lost)} {'was' if lost == 1 else 'were'} left out, "
            words += "the most for this reason: " if len(reasons) > 1 else "for this reason: "
            words += f"{largest['label']} ({number(largest['rows'])})"
        sentences.append(f"{words}.")
    members = frame[frame["step"] == "population"]
    if len(members):
        counts = [of(row["rows"], f"{row['source']} school") for row in members.to_dict("records")]
        sentences.append(f"They make {listing(counts)}.")
    others = frame[(frame["step"] == "clean") & (frame["source"] != facts["register"])]
    for source, lines in others.groupby("source", sort=False):
        kinds = lines.drop_duplicates("kind").set_index("kind")
        words = f"{number(kinds.loc['out', 'rows'])} of {of(kinds.loc['in', 'rows'], 'row')}"
        sentences.append(f"{facts['sources'][source]['title']}: {words} used.")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Beside the published figures


def comparison_table(published, official):
    """Return the published figures with their `part` of PARTS, and `ratio`, the run's value over the published one,
    both as they are printed (blank for claims).

    `official`: ids of the official counts; the rest is the study's.
    """
    frame = published[["id", "label", "kind", "phase", "published", "reproduced", "agrees", "evidence"]].copy()
    part = np.where(frame["kind"] == "claim", "statement", np.where(frame["id"].isin(official), "official", "study"))
    frame.insert(0, "part", part)
    frame["ratio"] = pd.Series([_ratio(row) for row in frame.to_dict("records")], frame.index, dtype="float64")
    return frame.sort_values("part", key=lambda parts: parts.map(list(PARTS).index), kind="stable", ignore_index=True)


def printed(row, name):
    """Return a value at the precision in which the published one is printed, as Decimal; None where there is none."""
    if row["kind"] == "claim" or not sentences.known(row[name]):
        return None
    return sentences.rounded(row[name], 1 if row["kind"] == "median" else 0)


def _ratio(row):
    told, own = printed(row, "published"), printed(row, "reproduced")
    return float(own / told) if told and own is not None else math.nan


PARTS = {"study": "Figures of the study", "statement": "Statements of the study", "official": "Official counts"}


def comparison_drawing(frame, facts):
    """Draw a lane a published figure: how far the run's value lies from it, and whether they are the same."""
    notes = [(mark, words) for worth, (mark, words) in marks(facts).items() if (frame["evidence"] == worth).any()]
    notes = [part for mark, words in notes for part in wrapped(f"{mark} {words}", WIDTH, SMALL)]
    rows = [(row, wrapped(row["label"], WIDTH, lines=3)) for row in frame.to_dict("records")]
    parts = {part: [pair for pair in rows if pair[0]["part"] == part] for part in PARTS}
    parts = {part: own for part, own in parts.items() if own}
    heads = {part: 40 if _has_lane(own) else 22 for part, own in parts.items()}
    height = sum(heads.values()) + sum(24 + 15 * len(lines) for _, lines in rows) + 8 * len(parts)
    sheet = Sheet(max(height + 14 * len(notes), 24), facts["bands"])
    ax = sheet.canvas()
    if not rows:
        sheet.text(0, 14, "No published figure to compare with", color=MUTED)
        return sheet.figure
    widest = (frame["ratio"] - 1).abs().max()
    y = 0
    for part, own in parts.items():
        sheet.heading(y + 14, PARTS[part])
        if _has_lane(own):
            ends = [(LANE[0], f"{sentences.MINUS}{_small(widest)}"), (LANE[1], f"+{_small(widest)}")]
            for at, words in [*(ends if widest else []), (sum(LANE) / 2, "published")]:
                sheet.text(at, y + 34, words, ha="center", size=SMALL, color=MUTED)
        y += heads[part]
        for row, lines in own:
            for words in lines:
                y += 15
                sheet.text(0, y - 1, words)
            words, verdict = verdict_of(row, facts)
            sheet.text(0, y + 15, words, size=SMALL, color=MUTED)
            weight = "bold" if row["agrees"] is True else "normal"
            sheet.text(WIDTH, y + 15, verdict, size=SMALL, ha="right", weight=weight)
            if not math.isnan(row["ratio"]):
                lane(ax, y + 11, (row["ratio"] - 1) / widest if widest else 0, bool(row["agrees"]))
            y += 24
        y += 8
    for words in notes:
        sheet.text(0, y + 10, words, size=SMALL, color=MUTED)
        y += 14
    return sheet.figure


def _has_lane(rows):
    return any(not math.isnan(row["ratio"]) for row, _ in rows)


LANE = (184, 288)  # from the largest gap below to the largest above, in points


def marks(facts):
    """Return {evidence: (mark, note)} of comparisons that are not worth much; of synthetic data a band says so."""
    none = ("‡", "no evidence: published for another year, or the method lacks its criterion")
    partial = ("†", "some criteria behind it are not fully assessable in this release")
    return {} if facts["synthetic"] else {"partial": partial, "none": none}


def lane(ax, y, gap, agrees):
    """Draw one comparison: the published value as an upright, the run's as a dot, filled where they are the same.

    `gap`: from the published value, from -1 to 1 over the lane.
    """
    start, end = LANE
    middle = (start + end) / 2
    at = middle + (end - start) / 2 * gap
    for low, high in ((start, at - 5), (at + 5, end)):  # an open mark shows the page through
        if high > low:
            line(ax, [low, high], [y, y], color=RULE)
    for low, high in ((y - 8, y - 5), (y + 5, y + 8)) if abs(at - middle) < 5 else ((y - 8, y + 8),):
        line(ax, [middle, middle], [low, high], linewidth=1.5)
    if abs(at - middle) > 5:
        line(ax, [middle, at - math.copysign(5, at - middle)], [y, y], linewidth=2)
    dot(ax, at, y, INK, size=8, filled=agrees, markeredgewidth=2, zorder=3)


def verdict_of(row, facts):
    """Return both values in words, and the gap between them, marked where the comparison is not worth much."""
    unknown = not sentences.known(row["reproduced"])
    told, own = (sentences.statistic(row["kind"], row[name]) for name in ("published", "reproduced"))
    if row["kind"] == "claim":
        words = f"study: {told}; here: {'cannot be told' if unknown else own}"
    else:
        words = f"published {told}" + ("" if unknown else f", here {own}")
    mark, _ = marks(facts).get(row["evidence"], ("", ""))
    return words, f"{_gap(row)} {mark}".strip()


def _gap(row):
    """How far the run's value lies from the published one, of both as they are printed."""
    if not sentences.known(row["agrees"]):
        return "not known"
    if row["agrees"]:
        return "the same"
    if row["kind"] == "claim":
        return "differs"
    told, own = printed(row, "published"), printed(row, "reproduced")
    gap = f"{'+' if own > told else ''}{number(own - told)}"
    if row["kind"] == "share":
        return f"{gap} {'point' if abs(own - told) == 1 else 'points'}"
    return f"{gap} ({_small(abs(own - told) / told)})" if told else gap


def _small(share):
    """A share in percent, with a decimal where it would come out at none."""
    return percent(share, 1 if share < 0.005 else 0)


def comparison_alt(frame, facts):
    """Say how many published figures are the same, which is furthest off, and what the comparison is worth."""
    if frame.empty:
        return "There is no published figure to compare with."
    known = frame[frame["agrees"].notna()]
    agree = int(known["agrees"].sum())
    words = f"Of {of(len(frame), 'published figure')} {number(agree)} {'agrees' if agree == 1 else 'agree'}, "
    words += f"{number(len(known) - agree)} {'differs' if len(known) - agree == 1 else 'differ'}"
    if len(frame) > len(known):
        words += f", {number(len(frame) - len(known))} cannot be worked out"
    far = frame.assign(distance=(frame["ratio"] - 1).abs())
    far = far[far["distance"] > 0]
    if len(far):
        row = far.loc[far["distance"].idxmax()].to_dict()
        values, _ = verdict_of(row, facts)
        words += f"; the furthest off is “{row['label']}” ({values})"
    counts = frame["evidence"].value_counts()
    for worth, (_, note) in marks(facts).items():
        words += f". For {number(counts[worth])} of them: {note}" if worth in counts else ""
    return f"{words}."


# ---------------------------------------------------------------------------------------------------------------
# Figures in the order of the report


@dataclasses.dataclass(frozen=True)
class Kind:
    """A figure: its part of the report, the question it answers, and how to draw it and to say what it shows."""

    section: str
    title: str
    drawing: Callable
    alt: Callable
    of_groups: bool = True  # whether it shows the groups without saying by itself what they rest on


FIGURES = {
    "shares": Kind("answer", "How many schools could give support, and how many need it?", shares_drawing, shares_alt),
    "regions": Kind(
        "regions", "In which regions do high-performing schools outnumber those in need?", regions_drawing, regions_alt
    ),
    "map": Kind("regions", "Where are the high-performing schools, and where those in need?", map_drawing, map_alt),
    "partners": Kind(
        "partners", "How many partners do schools in need have within reach?", partners_drawing, partners_alt
    ),
    "without_partner": Kind(
        "partners", "Where do schools in need have no partner at all?", without_partner_drawing, without_partner_alt
    ),
    "criteria": Kind(
        "sure", "Which criteria put schools in their group, alone and together?", criteria_drawing, criteria_alt
    ),
    "radius": Kind("sure", "How much hangs on the radius?", radius_drawing, radius_alt),
    "comparison": Kind(
        "sure", "How near does the run come to the published figures?", comparison_drawing, comparison_alt, False
    ),
    "flow": Kind("audit", "What became of the rows of the source files?", flow_drawing, flow_alt, False),
}


def figure_tables(run, criteria, sources, official):
    """Return {name: table} for FIGURES. `run`: the tables of the run by name, and `radius_miles` by phase."""
    england, regions, published = run["england"], run["regions"], run["published"]
    return {
        "shares": shares_table(england, published),
        "regions": regions_table(england, regions),
        "map": map_table(run["schools"]),
        "partners": partners_table(england, regions, run["schools"], run["reach"]),
        "without_partner": without_partner_table(england, regions),
        "radius": radius_table(england, run["radius_curve"], published, run["radius_miles"]),
        "comparison": comparison_table(published, official),
        "criteria": criteria_table(run["schools"], criteria),
        "flow": flow_table(run["ledger"], sources),
    }


def facts_of(summary, criteria, sources):
    """Return what drawings need beside their table: synthetic, radius_miles, phases, labels of criteria, sources, and
    the groups of a phase that are incomplete, with what is said of them.
    """
    (register,) = (name for name, source in sources.items() if source["kind"] == "register")
    group_of = {name: criterion["group"] for name, criterion in criteria.items()}
    return {
        "synthetic": summary["synthetic"],
        "radius_miles": summary["radius_miles"],
        "phases": [phase for phase in schemas.PHASE if phase in summary["phases"]],
        "in_need": {phase: counts["in_need"] for phase, counts in summary["phases"].items()},
        "incomplete": {
            phase: sentences.incomplete(counts["criteria"], group_of) for phase, counts in summary["phases"].items()
        },
        "partial": partial_lines(summary, criteria),
        "criteria": {
            group: {name: c["label"] for name, c in criteria.items() if c["group"] == group}
            for group in GROUPS_OF_CRITERIA
        },
        "sources": sources,
        "register": register,
    }


def draw(name, frame, facts):
    """Return (figure, alt) of one figure. Both begin with what must be known first: synthetic, partial."""
    kind = FIGURES[name]
    bands = [(SYNTHETIC,)] if facts["synthetic"] else []
    bands += [(PARTIAL, *facts["partial"])] if kind.of_groups and facts["partial"] else []
    with house_style():
        figure = kind.drawing(frame, facts | {"bands": bands})
    first = [f"{words}." for band in bands for words in band]
    return figure, " ".join([*first, kind.alt(frame, facts)])


# ---------------------------------------------------------------------------------------------------------------
# Writing


def caption_of(path):
    """Return a caption file's text as one line."""
    return " ".join(File(path).read_text(encoding="utf-8").split())


def source_line(summary, release, sources):
    """Return where a figure comes from, in words. `release`: title and licence. `sources`: each with its publisher."""
    publishers = dict.fromkeys(source["publisher"] for source in sources.values())
    as_at = sentences.date(summary["reference_date"])
    return (
        f"{release['title']}, as at {as_at}; method {summary['method']}. "
        f"Source: {listing(publishers)}. Licence: {release['licence']['name']}."
    )


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    names = ("schools", "reach", "england", "regions", "radius_curve", "published", "ledger")
    run = {name: tables.read(files[name]) for name in names}
    run["published"]["agrees"] = run["published"]["agrees"].astype("boolean")
    with open(files.summary, encoding="utf-8") as file:
        summary = json.load(file)
    official = {statistic["id"] for statistic in read_yaml(files.statistics)["official_benchmarks"]}
    facts = facts_of(summary, params.criteria, params.sources)
    run["radius_miles"] = summary["radius_miles"]
    frames = figure_tables(run, params.criteria, params.sources, official)
    captions = {File(path).stem: caption_of(path) for path in files.captions}
    source = source_line(summary, params.release, params.sources)
    folder = File(snakemake.output.index).parent
    index = []
    for name, kind in FIGURES.items():
        figure, alt = draw(name, frames[name], facts)
        (folder / f"{name}.svg").write_text(page_svg(figure, name, alt), encoding="utf-8", newline="\n")
        (folder / f"{name}.png").write_bytes(png(figure, kind.title, source))
        frames[name].to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
        entry = {"name": name, "section": kind.section, "title": kind.title, "alt": alt}
        index.append({**entry, "caption": captions[name], "csv": f"{name}.csv", "synthetic": facts["synthetic"]})
    with open(snakemake.output.index, "w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(index, indent=1, ensure_ascii=False) + "\n")


if "snakemake" in globals():
    run_step.run(main, snakemake)
