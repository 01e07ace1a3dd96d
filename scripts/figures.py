"""Draw the figures of the report: each as SVG for the page, as PNG, and as a CSV of just what it shows.

Inputs: classified/schools, matched/reach, aggregated/{england,regions,radius_curve}, compared/published,
audit/ledger, summary.json; the captions in report/captions/.
Outputs: figures/{name}.svg, .png, .csv of each figure in FIGURES, and figures/index.json, which lists them in the
order of the report: name, section, title (the question that the figure answers), alt (the finding in words),
caption (how to read it), csv, synthetic.

A figure is three functions: its table (the CSV), its drawing, which sees nothing but the table, and its alt text.
Drawings are WIDTH points wide and follow the afcharts style (Government Analysis Function). The SVG has no
background, its text and rules take the colour of the page (`currentColor`), and its groups carry the classes of
`palette`, so that a page may restyle them. Same tables, same bytes.
"""

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path as File

import numpy as np
import pandas as pd
from matplotlib.patches import PathPatch
from matplotlib.path import Path

import palette
import schemas
import sentences
import step
import tables
from figure_files import DOTS_ID, page_svg, png
from figure_sheet import (
    HEADING,
    INK,
    MUTED,
    RULE,
    SMALL,
    SOLID,
    SYNTHETIC,
    WIDTH,
    Sheet,
    bar,
    dot,
    fitted,
    height_of_rows,
    house_style,
    line,
    region_axes,
    text_width,
    wrapped,
)
from sentences import capital, listing, miles, percent

WORDS = {"primary": "Primary", "secondary": "Secondary"}
GROUPS_OF_CRITERIA = ("high_performing", "in_need")
MOST_COMBINATIONS = 8
OTHERS = "others"
MOST_REASONS = 5
EMPTY = 60  # height of a panel without anything to draw


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
    """Return phase, group, schools, of, share, published_share: the groups that speak, and the not assessable."""
    known = published[published["kind"] == "share"].set_index("id")["published"]
    rows = []
    for row in england.to_dict("records"):
        for group in ("high_performing", "in_need", "not_assessable"):
            if group == "not_assessable" and not row[group]:
                continue
            told = float(known.get(f"{row['phase']}_{group}", "nan")) / 100
            rows.append((row["phase"], group, row[group], row["schools"], row[f"share_{group}"], told))
    columns = ["phase", "group", "schools", "of", "share", "published_share"]
    return pd.DataFrame(rows, columns=columns)


def shares_drawing(frame, facts):
    """Draw a bar a group and phase, with the published share as an upright mark."""
    phases = phases_of(frame)
    pitch, left, bar_height = 40, 122, 22
    sheet = Sheet(sum(30 + pitch * (frame["phase"] == phase).sum() for phase in phases), facts["synthetic"])
    ax = sheet.canvas()
    rooms = [
        (WIDTH - left - 10 - text_width(_beside(row))) / row[name]
        for row in frame.to_dict("records")
        for name in ("share", "published_share")
        if row[name] > 0
    ]
    unit = min(rooms, default=0)
    y = 0
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, f"{WORDS[phase]}: {of(rows['of'].iloc[0], 'school')}")
        y += 24
        for row in rows.to_dict("records"):
            sheet.text(0, y + 12, palette.name(row["group"]), weight="bold")
            sheet.text(0, y + 27, of(row["schools"], "school"), color=MUTED)
            end, told = left + unit * row["share"], left + unit * row["published_share"]
            bar(ax, left, y + 6, end - left, bar_height, palette.colour(row["group"]))
            if not math.isnan(told):
                line(ax, [told, told], [y + 1, y + 11 + bar_height], linewidth=2.5)
                end = max(end, told)
            sheet.text(end + 7, y + 21, _beside(row))
            y += pitch
        line(ax, [left, left], [y - pitch * len(rows) + 2, y - 8], color=RULE)
        y += 6
    return sheet.figure


def _beside(row):
    """The share in words, with the published one where there is one."""
    told = "" if math.isnan(row["published_share"]) else f", published {percent(row['published_share'])}"
    return f"{percent(row['share'])}{told}"


def shares_alt(frame, facts):
    """Say which shares are drawn, and the published ones."""
    sentences = []
    for phase in phases_of(frame):
        rows = frame[frame["phase"] == phase].set_index("group")
        told = {g: f" (published {percent(p)})" for g, p in rows["published_share"].items() if not math.isnan(p)}
        parts = [
            f"{percent(rows.loc[group, 'share'])} are {words}{told.get(group, '')}"
            for group, words in (
                ("high_performing", "high-performing"),
                ("in_need", "in need"),
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
    sheet = Sheet(sum(heights.values()) + 70 * len(phases) - 8, facts["synthetic"])
    longest = max(frame[["share_high_performing", "share_in_need"]].max().max(), 0.01)
    y = 0
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, WORDS[phase])
        ax, places = region_axes(sheet, y + 40, list(rows["area"]))
        width = ax.get_position().width * WIDTH
        low, high = 36, width - 40  # room for the labels of the outermost dots
        unit = longest / (high - low)
        ax.set_xlim(-low * unit, longest + 40 * unit)
        ax.set_xticks([0], ["0%"], color=MUTED, size=SMALL)  # every dot has its value beside it
        for place, row in zip(places, rows.to_dict("records"), strict=True):
            dumbbell(ax, place, {group: row[f"share_{group}"] for group in GROUPS_OF_CRITERIA})
        first = rows.iloc[0]
        label_first_row(sheet, y + 36, ax, {group: first[f"share_{group}"] for group in GROUPS_OF_CRITERIA})
        y += heights[phase] + 70
    return sheet.figure


def dumbbell(ax, place, shares):
    """Draw one row: a dot a group, joined, the values on the outer sides."""
    ends = sorted(shares.items(), key=lambda item: (item[1], item[0] == "high_performing"))
    ax.plot([end for _, end in ends], [place, place], color=RULE, linewidth=3, solid_capstyle="butt", zorder=1)
    for (group, share), side in zip(ends, (-1, 1), strict=True):
        dot(ax, share, place, palette.colour(group), size=9, marker="os"[group == "in_need"], clip_on=False)
        align = "right" if side < 0 else "left"
        style = {"ha": align, "va": "center_baseline", "size": SMALL, "annotation_clip": False}
        ax.annotate(percent(share), (share, place), (side * 8, 0), textcoords="offset points", **style)


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
        if len(rows) == 1:
            row = rows.iloc[0]
            high, need = percent(row["share_high_performing"]), percent(row["share_in_need"])
            sentences.append(f"{WORDS[phase]}, {row['area']}: {high} are high-performing, {need} in need.")
            continue
        more, count = int((rows["difference"] > 0).sum()), len(rows)
        where = f"in all {count} regions" if more == count else f"in {more or 'none'} of {count} regions"
        sentences.append(
            f"{WORDS[phase]}: the share of high-performing schools is above the share in need {where}; by the "
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
DOT = {"not_assessable": 1.1, "neither": 1.1, "high_performing": 1.7, "in_need": 1.6}  # points
SLICES = 8  # the two groups are drawn in turns, so that neither hides the other where schools stand close


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
    """Draw a map a phase, a dot a school, with the counts of each group as its key."""
    phases = phases_of(frame)
    groups = [group for group in reversed(DRAWN) if (frame["group"] == group).any()]
    gap = 18
    width = (WIDTH - gap) / 2 if len(phases) == 2 else 300
    nowhere = frame["easting"].isna()
    if nowhere.all():
        sheet = Sheet(60, facts["synthetic"])
        sheet.text(0, 34, "No school has coordinates", color=MUTED)
        return sheet.figure
    low, high = frame[["easting", "northing"]].min(), frame[["easting", "northing"]].max()
    middle, span = (low + high) / 2, (high - low).clip(lower=20_000) * 1.02
    height = min(max(width * span["northing"] / span["easting"], 120), 340)
    unit = max(span["easting"] / width, span["northing"] / height)  # metres to a point
    key = 15 * (len(groups) + nowhere.any())
    sheet = Sheet(28 + key + height, facts["synthetic"])
    canvas = sheet.canvas()
    for i, phase in enumerate(phases):
        left, rows = i * (width + gap), frame[frame["phase"] == phase]
        sheet.text(left, 14, WORDS[phase], weight="bold", size=HEADING)
        for k, group in enumerate(groups):
            marker = {"marker": "s" if group == "in_need" else "o", "markeredgewidth": 0}
            y = 32 + 15 * k
            dot(canvas, left + 5, y - 3.5, palette.colour(group), size=8, **marker)
            sheet.text(left + 16, y, f"{palette.name(group)}: {number((rows['group'] == group).sum())}", size=SMALL)
        if nowhere[rows.index].any():
            words = f"Not drawn, no coordinates: {number(nowhere[rows.index].sum())}"
            sheet.text(left + 16, 32 + 15 * len(groups), words, size=SMALL, color=MUTED)
        rows = rows[rows["easting"].notna()]
        ax = sheet.axes(left, 28 + key, width, height)
        ax.set_axis_off()
        for name, size, axis in (("easting", width, ax.set_xlim), ("northing", height, ax.set_ylim)):
            axis(middle[name] - unit * size / 2, middle[name] + unit * size / 2)
        for turn in range(SLICES + 1):
            for group in DRAWN:
                own = (rows["urn"] % SLICES == turn - 1) if group in GROUPS_OF_CRITERIA else turn == 0
                dots(ax, rows.loc[own & (rows["group"] == group), ["easting", "northing"]], group, unit)
    return sheet.figure


def dots(ax, places, group, unit):
    """Draw many dots as one path of steps too short to see, which both PNG and SVG show as the pen's round tip."""
    if places.empty:
        return
    points = places.to_numpy(dtype=float)
    vertices = np.repeat(points, 2, axis=0)
    vertices[1::2, 0] += unit / 1000
    codes = np.tile([Path.MOVETO, Path.LINETO], len(points)).astype(Path.code_type)
    tip = "projecting" if group == "in_need" else "round"
    style = {"facecolor": "none", "edgecolor": palette.colour(group), "linewidth": DOT[group], "capstyle": tip}
    patch = PathPatch(Path(vertices, codes), snap=False, clip_on=False, **style)
    patch.set_gid(f"{DOTS_ID}-{group}")
    ax.add_artist(patch)  # add_patch would look for the limits of every dot, which takes seconds


def map_alt(frame, facts):
    """Say how many schools of the two groups are on the map, and which region has most."""
    placed = frame[frame["easting"].notna()]
    if placed.empty:
        return "No school has coordinates, so the map is empty."
    sentences = []
    for phase in phases_of(placed):
        rows, parts = placed[placed["phase"] == phase], []
        for group, words in (("high_performing", "high-performing"), ("in_need", "in need")):
            regions = rows.loc[rows["group"] == group, "region"].value_counts().rename_axis("region").reset_index()
            if regions.empty:
                parts.append(f"none {words}")
                continue
            where, most = extreme(regions.sort_values("region"), "count", "region")
            total = int(regions["count"].sum())
            most = f", the largest number in {where} ({number(most)})" if len(regions) > 1 else f", in {where}"
            parts.append(f"{number(total)} {words}{most}")
        without = int((frame["phase"] == phase).sum()) - len(rows)
        if without:
            parts.append(f"{number(without)} more without coordinates {'is' if without == 1 else 'are'} not drawn")
        sentences.append(f"{of(len(rows), f'{phase} school')} on a map of England: {'; '.join(parts)}.")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Partners within the radius, by region


FIVE = ("percentile_10", "lower_quartile", "median", "upper_quartile", "percentile_90")


def partners_table(england, regions, schools, reach):
    """Return areas with in_need, schools_in_need (those with coordinates) and percentiles 10, 25, 50, 75, 90 of their
    partners.
    """
    placed = reach.merge(schools[["urn", "phase", "region"]], on=["urn", "phase"])
    both = pd.concat([placed.assign(area="England"), placed.assign(area=placed["region"])], ignore_index=True)
    grouped = both.groupby(["area", "phase"])["partners"]
    names = dict(zip((0.1, 0.25, 0.5, 0.75, 0.9), FIVE, strict=True))
    found = pd.DataFrame({"schools_in_need": grouped.size()} | {name: grouped.quantile(q) for q, name in names.items()})
    frame = areas(england, regions, ["in_need"]).merge(found.reset_index(), on=["area", "phase"], how="left")
    frame["schools_in_need"] = frame["schools_in_need"].fillna(0).astype("int64")
    for name in names.values():
        frame[name] = frame[name].astype("float64")
    return by_phase(frame, {"median": False, "upper_quartile": False})


def partners_drawing(frame, facts):
    """Draw a row a region: percentiles 10, 25, 50, 75 and 90 of the partners of its schools in need."""
    phases = phases_of(frame)
    heights = {phase: height_or_empty(frame[frame["phase"] == phase], 52) for phase in phases}
    sheet = Sheet(24 + sum(heights.values()) - 6, facts["synthetic"])
    canvas, right = sheet.canvas(), 46
    spread(canvas, 8, (0, 9, 20, 33, 48))
    sheet.text(58, 12, "Line: eight in ten schools in need; box: half; dot: median", size=SMALL)
    longest = max(np.sqrt(frame["percentile_90"].max()) if frame["percentile_90"].notna().any() else 1, 1)
    y = 24
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, f"{WORDS[phase]}: partners within {miles(facts['radius_miles'][phase])}")
        if not rows["schools_in_need"].any():
            sheet.text(0, y + 36, capital(nothing(rows["in_need"].any())), color=MUTED)
            y += heights[phase]
            continue
        sheet.text(WIDTH, y + 14, "median", ha="right", weight="bold")
        ax, places = region_axes(sheet, y + 22, list(rows["area"]), right=right)
        ax.set_xlim(0, longest * 1.02)
        root_ticks(ax.xaxis, longest, WIDTH - 158 - right)
        for place, row in zip(places, rows.to_dict("records"), strict=True):
            down = y + 22 + height_of_rows(rows) * (place + 0.5) / (places[-1] + 1)
            if row["schools_in_need"] == 0:
                style = {"textcoords": "offset points", "va": "center_baseline"}
                ax.annotate(capital(nothing(row["in_need"])), (0, place), (5, 0), color=MUTED, **style)
                continue
            spread(ax, place, [math.sqrt(row[name]) for name in FIVE])
            weight = "bold" if row["area"] == "England" else "normal"
            sheet.text(WIDTH, down + 4, number(row["median"]), ha="right", weight=weight)
        y += heights[phase]
    return sheet.figure


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
        rows = frame[(frame["phase"] == phase) & (frame["schools_in_need"] > 0)]
        country, regions = rows[rows["level"] == "country"], rows[rows["level"] == "region"]
        if rows.empty:
            sentences.append(f"{WORDS[phase]}: {nothing(facts['in_need'][phase])}, so there are no partners to count.")
            continue
        words = (
            f"{WORDS[phase]}: the median school in need has {of(country['median'].iloc[0], 'partner')} within "
            f"{miles(facts['radius_miles'][phase])}"
        )
        if len(regions) > 1:
            (best, most), (worst, least) = (extreme(regions, "median", "area", high) for high in (True, False))
            if most == least:
                words += "; the median is the same in every region"
            else:
                words += f"; by region the median runs from {number(least)} ({worst}) to {number(most)} ({best})"
        sentences.append(f"{words}.")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Schools in need without a partner


def without_partner_table(england, regions):
    """Return areas with in_need, schools_in_need (those with coordinates), those without_partner, and their share."""
    names = {
        "in_need": "in_need",
        "in_need_with_coordinates": "schools_in_need",
        "in_need_without_partner": "without_partner",
        "share_in_need_without_partner": "share",
    }
    frame = areas(england, regions, list(names)).rename(columns=names)
    return by_phase(frame, {"share": False, "without_partner": False})


def without_partner_drawing(frame, facts):
    """Draw a bar a region: the share of its schools in need that have no partner."""
    phases = phases_of(frame)
    heights = {phase: height_or_empty(frame[frame["phase"] == phase], 42) for phase in phases}
    sheet = Sheet(sum(heights.values()) - 10, facts["synthetic"])
    longest = frame["share"].max()
    label_width = 8 + max(text_width(_share_of(row), bold=True) for row in frame.to_dict("records"))
    y = 0
    for phase in phases:
        rows = frame[frame["phase"] == phase]
        sheet.heading(y + 14, f"{WORDS[phase]}: in need, no partner within {miles(facts['radius_miles'][phase])}")
        if not rows["schools_in_need"].any():
            sheet.text(0, y + 36, capital(nothing(rows["in_need"].any())), color=MUTED)
            y += heights[phase]
            continue
        ax, places = region_axes(sheet, y + 22, list(rows["area"]))
        ax.set_xticks([])
        room = WIDTH - 158
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
        y += heights[phase]
    return sheet.figure


def _share_of(row):
    if row["schools_in_need"] == 0:
        return capital(nothing(row["in_need"]))
    return f"{percent(row['share'])} ({number(row['without_partner'])} of {number(row['schools_in_need'])})"


def without_partner_alt(frame, facts):
    """Say how many schools in need have no partner, and where the share is highest and lowest."""
    sentences = []
    for phase in phases_of(frame):
        rows = frame[(frame["phase"] == phase) & (frame["schools_in_need"] > 0)]
        country, regions = rows[rows["level"] == "country"], rows[rows["level"] == "region"]
        if rows.empty:
            sentences.append(f"{WORDS[phase]}: {nothing(facts['in_need'][phase])}.")
            continue
        row, within = country.iloc[0], f"within {miles(facts['radius_miles'][phase])}"
        if row["without_partner"] == 0:
            words = f"{WORDS[phase]}: each of {of(row['schools_in_need'], 'school')} in need has a partner {within}"
        else:
            have = "has" if row["without_partner"] == 1 else "have"
            counts = f"{number(row['without_partner'])} of {of(row['schools_in_need'], 'school')} in need"
            words = f"{WORDS[phase]}: {counts} ({percent(row['share'])}) {have} no partner {within}"
        if row["without_partner"] and len(regions) > 1:
            (worst, most), (best, least) = (extreme(regions, "share", "area", high) for high in (True, False))
            if most > least:
                words += f"; the share is highest in {worst} ({percent(most)}) and lowest in {best} ({percent(least)})"
        sentences.append(f"{words}.")
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
    sheet = Sheet(sum(heights) - 14, facts["synthetic"])
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
        ax.set_xticks(ticks, [miles(ticks[0]), *(f"{tick:g}" for tick in ticks[1:])], color=MUTED, size=SMALL)
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
    """Draw a row a combination of criteria: which they are, and how many schools of each phase meet just those."""
    phases = [phase for phase in schemas.PHASE if phase in facts["phases"]]
    parts = {group: _combinations(frame[frame["group"] == group], phases) for group in GROUPS_OF_CRITERIA}
    labels = {group: facts["criteria"][group] for group in GROUPS_OF_CRITERIA}
    texts = {group: _labels(frame[frame["group"] == group], labels[group], phases) for group in GROUPS_OF_CRITERIA}
    pitch, head = 19, 26
    heads = {group: head + sum(4 + 13 * len(lines) for lines, _ in texts[group].values()) for group in texts}
    heights = {group: heads[group] + 22 + pitch * max(len(parts[group][0]), 1) + 22 for group in parts}
    sheet = Sheet(sum(heights.values()) - 18, facts["synthetic"])
    ax = sheet.canvas()
    y = 0
    for group in GROUPS_OF_CRITERIA:
        combinations, counts = parts[group]
        sheet.heading(y + 14, palette.name(group))
        names = list(labels[group])
        columns = {name: 10 + 20 * i for i, name in enumerate(names)}
        first = y + heads[group] + 22  # top of the first row
        base = y + head + 10
        for name, (lines, known) in texts[group].items():
            foot = first + 3 if combinations else base + 8
            line(ax, [columns[name]] * 2, [base - 4, foot], color=RULE, linewidth=1.2)
            line(ax, [columns[name], 20 * len(names)], [base - 4] * 2, color=RULE, linewidth=1.2)
            for words in lines:
                sheet.text(20 * len(names) + 6, base, words, color=INK if known else MUTED)
                base += 13
            base += 4
        left = 20 * len(names) + 6
        room = (WIDTH - left) / len(phases)
        for i, phase in enumerate(phases):
            sheet.text(left + i * room, first - 5, WORDS[phase], weight="bold")
        unit = {p: (room - 46) / max([*counts[p].values(), 1]) for p in phases}
        for k, combination in enumerate(combinations):
            middle = first + pitch * k + pitch / 2
            matrix(ax, middle, columns, combination, palette.colour(group))
            others = " in others" if combination == OTHERS else ""
            for i, phase in enumerate(phases):
                count = counts[phase].get(combination, 0)
                start, width = left + i * room, unit[phase] * count
                bar(ax, start, middle - 6.5, width, 13, palette.colour(group))
                sheet.text(start + width + 4, middle + 4, f"{number(count)}{others}", size=SMALL)
        if not combinations:
            sheet.text(left, first + 14, "No school meets a criterion of this group", color=MUTED)
        y += heights[group]
    return sheet.figure


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


def matrix(ax, middle, columns, combination, colour):
    """Draw one row of dots: filled for the criteria of the combination, joined."""
    members = [] if combination == OTHERS else [columns[name] for name in combination.split(";")]
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
    for (name, source), lines in ledger.groupby(["step", "source"], sort=False):
        total = lines[lines["reason"].isna()].iloc[0]
        reasons = lines[lines["reason"].notna()].sort_values(["rows_left_out", "reason"], ascending=[False, True])
        left_out = [(row["reason"].replace("_", " "), int(row["rows_left_out"])) for row in reasons.to_dict("records")]
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
        label = {"clean": "Rows that went on", "population": title, "match": "of these with coordinates"}[name]
        rows.append((name, source, label, "out", int(total["rows_out"]), 0))
    return pd.DataFrame(rows, columns=["step", "source", "label", "kind", "rows", "start"])


def flow_drawing(frame, facts):
    """Draw the register's rows down to the schools matched, and below a bar for each other source file."""
    register = facts["register"]
    chain = frame[(frame["source"] == register) | (frame["step"] != "clean")]
    chain = chain[~((chain["step"] == "match") & (chain["kind"] == "left_out"))]
    files = frame[(frame["step"] == "clean") & (frame["source"] != register)]
    shown = [(lines, _left_out(lines)) for _, lines in files.groupby("source", sort=False)]
    pitch, left, head = 19, 216, 24
    below = 32 + sum(40 + 13 * len(words) for _, words in shown) if shown else 0
    sheet = Sheet(head + pitch * len(chain) + below, facts["synthetic"])
    ax = sheet.canvas()
    sheet.heading(14, "From the rows of the register to schools")
    most = max(chain["rows"].max(), 1)
    unit = (WIDTH - left - 8 - text_width(number(most), SMALL)) / most
    for k, row in enumerate(chain.to_dict("records")):
        middle = head + pitch * (k + 0.5)
        words, strong, colour = _flow_row(row)
        style = {"weight": "bold" if strong else "normal", "color": MUTED if row["kind"] == "left_out" else INK}
        sheet.text(left - 8, middle + 4, fitted(words, left - 8), ha="right", **style)
        bar(ax, left + unit * row["start"], middle - 6.5, unit * row["rows"], 13, colour)
        sheet.text(left + unit * (row["start"] + row["rows"]) + 5, middle + 4, number(row["rows"]), size=SMALL)
    y = head + pitch * len(chain) + 32
    if shown:
        sheet.heading(y - 8, "The other files: rows that went on")
    for lines, words in shown:
        draw_file(sheet, ax, y, lines, words)
        y += 40 + 13 * len(words)
    return sheet.figure


def _flow_row(row):
    """Words, weight and colour of one bar of the register's way."""
    if row["step"] == "clean":
        words = {"in": "Rows of the file", "out": "Establishments in scope"}.get(row["kind"])
        words = words or capital(row["label"])
        return words, row["kind"] != "left_out", RULE if row["kind"] == "left_out" else SOLID
    if row["step"] == "population":
        return row["label"], True, SOLID
    return row["label"], False, palette.colour("in_need")


FILE_BAR = 120  # points


def _left_out(lines):
    """Why rows of a file did not go on, as lines of text beside its bar."""
    reasons = lines[lines["kind"] == "left_out"]
    words = "; ".join(f"{row['label']} ({number(row['rows'])})" for row in reasons.to_dict("records"))
    return wrapped(f"left out: {words}", WIDTH - FILE_BAR - 10, SMALL, lines=3) if words else []


def draw_file(sheet, ax, y, lines, left_out):
    """Draw one source file: title, a bar of what went on, and why the rest did not."""
    kinds = lines.drop_duplicates("kind").set_index("kind")
    rows_in, rows_out = int(kinds.loc["in", "rows"]), int(kinds.loc["out", "rows"])
    sheet.text(0, y + 11, fitted(kinds.loc["in", "label"], WIDTH))
    bar(ax, 0, y + 18, FILE_BAR, 9, RULE)
    bar(ax, 0, y + 18, FILE_BAR * rows_out / rows_in if rows_in else 0, 9, SOLID)
    sheet.text(FILE_BAR + 10, y + 26, f"{number(rows_out)} of {of(rows_in, 'row')}", size=SMALL)
    for k, words in enumerate(left_out):
        sheet.text(FILE_BAR + 10, y + 39 + 13 * k, words, size=SMALL, color=MUTED)


def flow_alt(frame, facts):
    """Say how many rows of each file went on, and the commonest reason of the register's that did not."""
    own = frame[(frame["source"] == facts["register"]) & (frame["step"] == "clean")]
    sentences = []
    if len(own):
        rows_in, rows_out = (int(own.loc[own["kind"] == kind, "rows"].iloc[0]) for kind in ("in", "out"))
        reasons = own[own["kind"] == "left_out"]
        words = f"Of {of(rows_in, 'row')} of the register {number(rows_out)} went on"
        if len(reasons):
            largest = reasons.iloc[0]
            words += f" and {number(rows_in - rows_out)} were left out, "
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
        words = f"{number(kinds.loc['out', 'rows'])} of {number(kinds.loc['in', 'rows'])}"
        sentences.append(f"{facts['sources'][source]['title']}: {words} rows went on.")
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------------------
# Beside the published figures


def comparison_table(published):
    """Return the published figures with `ratio`, the run's value over the published one (blank for claims)."""
    frame = published[["id", "label", "kind", "phase", "published", "reproduced", "agrees", "evidence"]].copy()
    numeric = frame["kind"] != "claim"
    told, own = (pd.to_numeric(frame[name].where(numeric), errors="coerce") for name in ("published", "reproduced"))
    frame["ratio"] = (own / told).where(told != 0).astype("float64")
    return frame


def comparison_drawing(frame, facts):
    """Draw a lane a published figure: how far the run's value lies from it, and whether they agree."""
    rows = frame.to_dict("records")
    labels = [wrapped(row["label"], WIDTH) for row in rows]
    notes = [(mark, words) for worth, (mark, words) in WORTH.items() if (frame["evidence"] == worth).any()]
    height = sum(26 + 15 * len(lines) for lines in labels)
    sheet = Sheet(24 + height + 16 * len(notes), facts["synthetic"])
    ax = sheet.canvas()
    if not rows:
        sheet.text(0, 14, "No published figure to compare with", color=MUTED)
        return sheet.figure
    for at, words in ((LANE[0], "0%"), (sum(LANE) / 2, "published = 100%"), (LANE[1], "200%")):
        sheet.text(at, 12, words, ha="center", size=SMALL, color=MUTED)
    y = 20
    for row, lines in zip(rows, labels, strict=True):
        for words in lines:
            y += 15
            sheet.text(0, y - 1, words)
        words, verdict = verdict_of(row)
        sheet.text(0, y + 15, words, size=SMALL, color=MUTED)
        sheet.text(WIDTH, y + 15, verdict, size=SMALL, ha="right", weight="bold")
        if not math.isnan(row["ratio"]):
            lane(ax, y + 11, row["ratio"], bool(row["agrees"]))
        y += 26
    for mark, words in notes:
        sheet.text(0, y + 12, f"{mark} {words}", size=SMALL, color=MUTED)
        y += 16
    return sheet.figure


WORTH = {
    "partial": ("†", "some criteria behind it are not assessable in this release"),
    "none": ("‡", "no evidence: synthetic data, or published for another year"),
}
LANE = (176, 360)  # from nothing to twice the published value, in points


def lane(ax, y, ratio, agrees):
    """Draw one comparison: the published value as an upright, the run's as a dot, filled where they agree."""
    start, end = LANE
    middle, at = (start + end) / 2, start + (end - start) * min(ratio / 2, 1)
    for low, high in ((start, at - 5), (at + 5, end)):  # an open mark shows the page through
        if high > low:
            line(ax, [low, high], [y, y], color=RULE)
    line(ax, [middle, middle], [y - 8, y + 8], linewidth=1.5)
    if abs(at - middle) > 5:
        line(ax, [middle, at - math.copysign(5, at - middle)], [y, y], linewidth=2)
    dot(ax, at, y, INK, size=9, filled=agrees, marker=">" if ratio > 2 else "o", markeredgewidth=2, zorder=3)


def verdict_of(row):
    """Return both values in words, and whether they agree, marked where the comparison is not worth much."""
    unknown = pd.isna(row["reproduced"])
    if row["kind"] == "claim":
        words = "cannot be told from this run" if unknown else "holds" if row["agrees"] else "does not hold"
        words = f"a statement of the study: {words}"
    else:
        values = [float(row[name]) for name in ("published", "reproduced") if not pd.isna(row[name])]
        shown = [percent(value / 100) if row["kind"] == "share" else number(value) for value in values]
        words = ", ".join(f"{what} {value}" for what, value in zip(("published", "here"), shown, strict=False))
    verdict = "not known" if unknown else "agrees" if row["agrees"] else "differs"
    mark, _ = WORTH.get(row["evidence"], ("", ""))
    return words, f"{verdict} {mark}".strip()


def comparison_alt(frame, facts):
    """Say how many published figures agree, which is furthest off, and what the comparison is worth."""
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
        values, _ = verdict_of(row)
        words += f"; the furthest off is “{row['label']}” ({values})"
    counts = frame["evidence"].value_counts()
    for worth, (_, note) in WORTH.items():
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
        "sure", "How near does the run come to the published figures?", comparison_drawing, comparison_alt
    ),
    "flow": Kind("audit", "What became of the rows of the source files?", flow_drawing, flow_alt),
}


def figure_tables(run, criteria, sources):
    """Return {name: table} for FIGURES. `run`: the tables of the run by name, and `radius_miles` by phase."""
    england, regions, published = run["england"], run["regions"], run["published"]
    return {
        "shares": shares_table(england, published),
        "regions": regions_table(england, regions),
        "map": map_table(run["schools"]),
        "partners": partners_table(england, regions, run["schools"], run["reach"]),
        "without_partner": without_partner_table(england, regions),
        "radius": radius_table(england, run["radius_curve"], published, run["radius_miles"]),
        "comparison": comparison_table(published),
        "criteria": criteria_table(run["schools"], criteria),
        "flow": flow_table(run["ledger"], sources),
    }


def facts_of(summary, criteria, sources):
    """Return what drawings need beside their table: synthetic, radius_miles, phases, labels of criteria, sources."""
    (register,) = (name for name, source in sources.items() if source["kind"] == "register")
    return {
        "synthetic": summary["synthetic"],
        "radius_miles": summary["radius_miles"],
        "phases": [phase for phase in schemas.PHASE if phase in summary["phases"]],
        "in_need": {phase: counts["in_need"] for phase, counts in summary["phases"].items()},
        "criteria": {
            group: {name: c["label"] for name, c in criteria.items() if c["group"] == group}
            for group in GROUPS_OF_CRITERIA
        },
        "sources": sources,
        "register": register,
    }


def draw(name, frame, facts):
    """Return (figure, alt) of one figure. The alt text of a synthetic release begins by saying so."""
    with house_style():
        figure = FIGURES[name].drawing(frame, facts)
    alt = FIGURES[name].alt(frame, facts)
    return figure, f"{SYNTHETIC}. {alt}" if facts["synthetic"] else alt


# ---------------------------------------------------------------------------------------------------------------
# Writing


def caption_of(path):
    """Return a caption file's text as one line."""
    return " ".join(File(path).read_text(encoding="utf-8").split())


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    names = ("schools", "reach", "england", "regions", "radius_curve", "published", "ledger")
    run = {name: tables.read(files[name]) for name in names}
    run["published"]["agrees"] = run["published"]["agrees"].astype("boolean")
    with open(files.summary, encoding="utf-8") as file:
        summary = json.load(file)
    facts = facts_of(summary, params.criteria, params.sources)
    frames = figure_tables(run | {"radius_miles": summary["radius_miles"]}, params.criteria, params.sources)
    captions = {File(path).stem: caption_of(path) for path in files.captions}
    folder = File(snakemake.output.index).parent
    index = []
    for name, kind in FIGURES.items():
        figure, alt = draw(name, frames[name], facts)
        (folder / f"{name}.svg").write_text(page_svg(figure, name, alt), encoding="utf-8", newline="\n")
        (folder / f"{name}.png").write_bytes(png(figure))
        frames[name].to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
        entry = {"name": name, "section": kind.section, "title": kind.title, "alt": alt}
        index.append({**entry, "caption": captions[name], "csv": f"{name}.csv", "synthetic": facts["synthetic"]})
    with open(snakemake.output.index, "w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(index, indent=1, ensure_ascii=False) + "\n")


if "snakemake" in globals():
    step.run(main, snakemake)
