"""Figures: tables that hold just what is drawn, drawings with nothing cut or overlapping, alt texts that are right."""

import functools
import io
import itertools
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.ft2font import FT2Font
from PIL import Image

import aggregate
import caveats
import figures
import match
from lib import chart, chart_files, palette, typeface
from lib.caveats import Caveats
from lib.domain import GROUPS, METRES_PER_MILE
from lib.measures import Measures
from lib.words import SYNTHETIC
from sections.figure import PARTIAL, Facts, Run, number
from sections.partners.figures import without_partner_alt
from sections.regions.figures import map_table, regions_alt
from sections.uncertainty import comparison_figure
from sections.uncertainty.figures import MOST_COMBINATIONS, OTHERS, criteria_table

SVG = "http://www.w3.org/2000/svg"
PROJECT = Path(__file__).resolve().parent.parent
REGIONS = {
    "London": (530_000, 180_000),
    "South West": (290_000, 90_000),
    "Yorkshire and the Humber": (430_000, 440_000),
}
CRITERIA = {
    "outstanding": {"group": "high_performing", "label": "Outstanding"},
    "designated": {"group": "high_performing", "label": "Teaching School or National Support School"},
    "below_floor": {"group": "in_need", "label": "Below the floor standard"},
    "less_than_good": {"group": "in_need", "label": "Requires improvement or inadequate"},
}
SOURCES = {
    "register": {"kind": "register", "title": "Register of schools", "publisher": "Department for Education"},
    "ks2": {"kind": "results", "title": "School performance tables, key stage 2", "publisher": "Ofsted"},
}
RELEASE = {"title": "Results of 2015/16", "licence": {"name": "Open Government Licence v3.0"}}
RADIUS = {"primary": 5, "secondary": 4}
# high-performing, in need, neither, not assessable in each region, in the order of REGIONS
COUNTS = {
    "primary": ((5, 1, 3, 1), (2, 4, 3, 1), (4, 2, 4, 0)),
    "secondary": ((3, 1, 1, 0), (1, 2, 2, 0), (2, 2, 1, 1)),
}
FIGURES = {figure.name: figure for section in figures.SECTIONS.values() for figure in section}


def schools_of(counts, spacing=1500, placed=True):
    """Classified schools, in a row `spacing` metres apart in each region; partners lie among the schools in need."""
    rows, urns = [], itertools.count(100_000)
    for phase, regions in counts.items():
        for (region, (easting, northing)), numbers in zip(REGIONS.items(), regions, strict=False):
            groups = [group for group, number in zip(GROUPS, numbers, strict=True) for _ in range(number)]
            for i, group in enumerate(groups):
                place = (easting + spacing * i, northing) if placed else (pd.NA, pd.NA)
                rows.append((next(urns), phase, region, *place, group, i))
    frame = pd.DataFrame(rows, columns=["urn", "phase", "region", "easting", "northing", "group", "i"])
    frame[["easting", "northing"]] = frame[["easting", "northing"]].astype("Int64")
    frame["both"] = pd.Series(False, index=frame.index, dtype="boolean")
    for name, criterion in CRITERIA.items():
        met = (frame["group"] == criterion["group"]) & ((frame["i"] % 2 == 0) | name.startswith(("out", "less")))
        frame[name] = np.where(met, "met", np.where(frame["group"] == "not_assessable", "not_assessable", "not_met"))
    return frame.drop(columns="i")


def published_of(**values):
    """Published figures; the names say the phase and what it is."""
    statistics = {
        "high_performing": ("share", "share_high_performing"),
        "in_need": ("share", "share_in_need"),
        "partners": ("median", "median_partners"),
    }
    rows = []
    for name, value in values.items():
        phase, what = name.split("_", 1)
        rows.append((name, what, *statistics[what], phase, None, str(value), str(value), "full"))
    columns = ["id", "label", "kind", "statistic", "phase", "criterion", "published", "reproduced", "evidence"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(agrees=pd.Series(True, index=frame.index, dtype="boolean"))


PUBLISHED = published_of(
    primary_high_performing=27,
    primary_in_need=12,
    secondary_high_performing=33,
    secondary_in_need=17,
    primary_partners=9,
    secondary_partners=2,
)


def ledger_of(schools, reasons):
    kept = len(schools)
    rows_in = kept + sum(reasons.values())
    rows = [("clean", "register", None, rows_in, rows_in, 0), ("clean", "ks2", None, 40, 38, 2)]
    rows += [("clean", "ks2", "special school", None, None, 2)]
    rows += [("population", "register", None, rows_in, kept, rows_in - kept)]
    rows += [("population", "register", reason, None, None, count) for reason, count in reasons.items()]
    rows += [("use", "ks2", None, 38, 30, 8)]
    for phase, of_phase in schools.groupby("phase"):
        rows.append(("population", phase, None, kept, len(of_phase), kept - len(of_phase)))
        rows.append(("classify", phase, None, len(of_phase), len(of_phase), 0))
        need = of_phase[of_phase["group"] == "in_need"]
        placed = int(need["easting"].notna().sum())
        rows.append(("match", phase, None, len(need), placed, len(need) - placed))
    return pd.DataFrame(rows, columns=["step", "source", "reason", "rows_in", "rows_out", "rows_left_out"])


def run_of(schools, published=PUBLISHED, reasons=None, synthetic=True, radius=RADIUS):
    """The tables of a run, made by its own steps, and summary.json."""
    radii = {miles: miles * METRES_PER_MILE for miles in (1, 2, 5, 10, 20)}
    matched = {
        phase: match.match(rows, radius[phase] * METRES_PER_MILE, radii) for phase, rows in schools.groupby("phase")
    }
    _, reach, counts = (
        pd.concat([tables[i].assign(phase=phase) for phase, tables in matched.items()], ignore_index=True)
        for i in range(3)
    )
    named = schools.assign(la_code=1, la_name="Area", constituency="Area")
    levels = aggregate.levels(named, reach)
    group_of = {name: criterion["group"] for name, criterion in CRITERIA.items()}
    stated = {"synthetic": synthetic, "radius_miles": radius, "reference_date": "2017-03-31", "method": "nfer-2017"}
    outcomes = aggregate.criteria_counts(schools, group_of)
    summary = aggregate.summary(levels["england"], levels["regions"], outcomes, stated)
    run = Run(
        schools=schools,
        reach=reach,
        england=levels["england"],
        regions=levels["regions"],
        radius_curve=aggregate.radius_curve(named, counts),
        published=published,
        ledger=ledger_of(schools, {"closed": 7, "type out of scope: special": 3} if reasons is None else reasons),
        facts=figures.facts_of(summary, caveats_of(summary, levels["regions"]), CRITERIA, SOURCES),
    )
    return run, summary


def caveats_of(summary, regions):
    """The caveats of a run whose files have every measure, as their own step finds them."""
    none = pd.DataFrame(columns=["phase", "criterion", "measure", "available", "if_absent"])
    known = caveats.Run(summary["synthetic"], summary["phases"], none, none, regions, CRITERIA, Measures([]))
    return caveats.caveats(known)


def drawn(run, *names):
    """Return {name: (table, sheet, alt)} of some figures, or of all."""
    frames = {name: FIGURES[name].table(run) for name in names or FIGURES}
    return {name: (frame, *FIGURES[name].draw(frame, run.facts)) for name, frame in frames.items()}


def facts_with(**stated):
    """Facts of a release of which every criterion could be assessed, unless stated otherwise."""
    columns = ["kind", "phase", "group", "short"]
    known = Caveats(pd.DataFrame(stated.pop("caveats", []), columns=columns))
    return Facts(**{"caveats": known, "in_need": {}, "radius_miles": RADIUS, "criteria": {}, "sources": {}, **stated})


def run_with(facts=None, **tables):
    """A run of which only some tables are asked for."""
    return Run(**{name: tables.get(name) for name in Run.__dataclass_fields__ if name != "facts"}, facts=facts or WHOLE)


WHOLE = facts_with()
SYNTHETIC_ROW = {"kind": "synthetic", "short": SYNTHETIC}


def said(alt, frame, facts=WHOLE):
    """The sentences of an alt text."""
    return " ".join(alt(frame, facts))


# States in which only some figures differ from the full one.
ONLY = {
    "nothing published": ("shares", "radius", "comparison"),
    "no row left out": ("flow",),
    "a criterion not assessable in one phase": ("shares", "criteria"),
    "no criterion assessable": ("regions", "criteria"),
    "a tie in every region": ("regions",),
    "high-performing schools without coordinates": ("map", "partners", "without_partner"),
}


@functools.cache
def drawn_in(state):
    return drawn(run_of(**states()[state])[0], *ONLY.get(state, ()))


@pytest.fixture(scope="module")
def full():
    return run_of(schools_of(COUNTS))


@pytest.fixture(scope="module")
def full_drawn():
    return drawn_in("full")


def without(*criteria, phase=None):
    """Schools of which no criterion of these is assessable, in one phase or in both."""
    schools = schools_of(COUNTS)
    rows = (schools["phase"] == phase) | (phase is None)
    for name in criteria:
        schools[name] = schools[name].mask(rows, "not_assessable")
    return schools


def unplaced(group):
    """Schools of which those of a group have no coordinates."""
    schools = schools_of(COUNTS)
    schools.loc[schools["group"] == group, ["easting", "northing"]] = pd.NA
    return schools


def words_of(sheet):
    """Every text that is drawn."""
    return [mark.text for mark in texts_of(sheet)]


def texts_of(sheet):
    return [mark for mark in sheet.marks if isinstance(mark, chart.Words)]


@functools.cache
def states():
    without_need = {p: tuple((high, 0, rest, na) for high, _, rest, na in rows) for p, rows in COUNTS.items()}
    unknown = {p: tuple((0, 0, 0, sum(row)) for row in rows) for p, rows in COUNTS.items()}
    some_without = {"primary": ((5, 2, 2, 0), (3, 0, 2, 0), (0, 3, 2, 0))}
    return {
        "full": {"schools": schools_of(COUNTS)},
        "no school in need": {"schools": schools_of(without_need)},
        "no coordinates": {"schools": schools_of(COUNTS, placed=False)},
        "one region": {"schools": schools_of({p: rows[:1] for p, rows in COUNTS.items()})},
        "no secondary school": {"schools": schools_of({"primary": COUNTS["primary"]})},
        "a region without need, one without partners": {
            "schools": schools_of(some_without),
            "radius": {"primary": 2.5},
        },
        "all not assessable": {"schools": schools_of(unknown)},
        "nothing published": {"schools": schools_of(COUNTS), "published": PUBLISHED.iloc[:0]},
        "a criterion not assessable": {"schools": without("designated"), "synthetic": False},
        "a criterion not assessable in one phase": {"schools": without("below_floor", phase="primary")},
        "no criterion assessable": {"schools": without(*CRITERIA)},
        "a tie in every region": {"schools": schools_of({"primary": ((2, 2, 1, 0),) * 3}), "synthetic": False},
        "high-performing schools without coordinates": {"schools": unplaced("high_performing")},
        "no row left out": {"schools": schools_of(COUNTS), "reasons": {}},
    }


@pytest.mark.parametrize("state", states())
def test_each_figure_is_drawn_whole_in_every_state(state):
    for name, (_, sheet, alt) in drawn_in(state).items():
        for mark in texts_of(sheet):
            left, top, right, bottom = mark.box
            inside = left > -0.5 and top > -0.5 and right < chart.WIDTH + 0.5 and bottom < sheet.height + 0.5
            assert inside, f"{name}: '{mark.text}' reaches beyond the figure"
        for one, other in itertools.combinations(texts_of(sheet), 2):
            a, b = one.box, other.box
            apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 1.5 or b[3] <= a[1] + 1.5
            assert apart, f"{name}: '{one.text}' and '{other.text}' overlap"
        for mark in sheet.marks:
            if isinstance(mark, chart.Shape):
                x, y = np.array(mark.points).T
                assert 0 <= x.min() <= x.max() <= chart.WIDTH and 0 <= y.min() <= y.max() <= sheet.height, name
        assert "nan" not in " ".join([alt, *words_of(sheet)]).lower().split()


@pytest.mark.parametrize("bold", [False, True])
def test_a_line_is_as_wide_as_the_font_sets_it(bold):
    words = "Yorkshire and the Humber: 1,717 (“under 1%”), −77…"
    font = FT2Font(typeface._font(bold).fname)
    font.set_size(100, 72)
    font.set_text(words, 0.0)
    assert typeface.text_width(words, 100, bold) == pytest.approx(font.get_width_height()[0] / 64, rel=0.02)
    assert typeface.outline(words, 100, bold).vertices[:, 0].max() < typeface.text_width(words, 100, bold)


def test_what_is_missing_is_said_in_words():
    none, nowhere = drawn_in("no school in need"), drawn_in("no coordinates")
    for name in ("partners", "without_partner", "radius"):
        assert "No school is in need" in words_of(none[name][1])
        assert "no school is in need" in none[name][2]
        assert "No school in need has coordinates" in words_of(nowhere[name][1])
    assert "No school meets a criterion of this group" in words_of(none["criteria"][1])
    assert "No school has coordinates" in words_of(nowhere["map"][1])
    assert nowhere["map"][2].endswith("No school has coordinates, so the map is empty.")
    assert not any("Secondary" in words for words in words_of(drawn_in("no secondary school")["shares"][1]))


def test_shares_show_the_schools_that_are_not_assessable(full, full_drawn):
    table, sheet, alt = full_drawn["shares"]
    england = full[0].england.set_index("phase")
    for row in table.to_dict("records"):
        assert row["schools"] == england.loc[row["phase"], row["group"]]
        assert row["share"] == pytest.approx(row["schools"] / england.loc[row["phase"], "schools"], abs=1e-6)
    assert list(table.loc[table["group"] == "in_need", "published_share"]) == [0.12, 0.17]
    # 11, 7, 10 and 2 of 30 primaries
    assert "Of 30 primary schools 37% are high-performing (published 27%), 23% are in need (published 12%), " in alt
    assert "33% are neither and 7% are not assessable." in alt
    assert {"37%", "published 27%", "Neither", "33%"} <= set(words_of(sheet))
    for _, rows in table.groupby("phase"):
        assert rows["share"].sum() == pytest.approx(1)
    assert "Neither" not in words_of(drawn_in("all not assessable")["shares"][1])


def test_a_published_share_stands_beside_the_share_also_where_the_two_are_close():
    schools = schools_of({"primary": ((13, 10, 77, 0),)})
    _, sheet, _ = drawn(run_of(schools)[0], "shares")["shares"]  # 13% and 10%; published 27% and 12%
    lines = [np.array(mark.points) for mark in sheet.marks if isinstance(mark, chart.Shape) and mark.stroke == "ink"]
    assert len(lines) == 2
    for mark in texts_of(sheet):
        if mark.text in ("13%", "10%"):
            left, top, right, bottom = mark.box
            for (x, high), (_, low) in lines:
                assert not (left < x < right and high < bottom and top < low)


def test_regions_stand_by_difference_and_england_last(full, full_drawn):
    table, _, alt = full_drawn["regions"]
    primary = table[table["phase"] == "primary"]
    assert list(primary["area"]) == ["London", "Yorkshire and the Humber", "South West", "England"]
    regions = full[0].regions.set_index(["phase", "area"])
    for row in table[table["level"] == "region"].to_dict("records"):
        for name in ("share_high_performing", "share_in_need", "in_need"):
            assert row[name] == regions.loc[(row["phase"], row["area"]), name]
    assert "Primary: the share of high-performing schools is above the share in need in 2 of 3 regions" in alt
    assert "run from London (50% against 10%) to South West (20% against 40%)." in alt


def test_regions_alt_names_ties_and_every_region():
    rows = [("primary", "region", area, 0.3, 0.1, 0.2) for area in ("A", "B")] + [
        ("primary", "region", "C", 0.3, 0.2, 0.1)
    ]
    columns = ["phase", "level", "area", "share_high_performing", "share_in_need", "difference"]
    frame = pd.DataFrame(rows, columns=columns)
    alt = said(regions_alt, frame)
    assert "in all 3 regions" in alt
    assert "from A (30% against 10%) and B (30% against 10%) to C (30% against 20%)." in alt
    reversed_shares = {"share_high_performing": "share_in_need", "share_in_need": "share_high_performing"}
    turned = frame.rename(columns=reversed_shares).assign(difference=-frame["difference"])
    assert "in none of 3 regions" in said(regions_alt, turned)
    alone = said(regions_alt, frame.tail(1))
    assert alone == "Primary, C: 30% are high-performing, 20% in need."


def test_marks_that_would_coincide_stand_one_above_the_other():
    _, sheet, _ = drawn_in("a tie in every region")["regions"]
    marks = [mark for mark in sheet.marks if isinstance(mark, chart.Dot)]
    dots, squares = ([mark for mark in marks if mark.square is square] for square in (False, True))
    assert len(dots) == len(squares) == 4  # three regions and England
    for dot, square in zip(dots, squares, strict=True):
        assert dot.x == square.x and dot.y + dot.size / 2 < square.y
        assert dot.filled and not square.filled


def test_the_map_holds_every_school_and_counts_those_it_cannot_place():
    schools = schools_of(COUNTS)
    schools.loc[(schools["group"] == "in_need") & (schools["region"] == "London"), ["easting", "northing"]] = pd.NA
    run, _ = run_of(schools)
    table, sheet, alt = drawn(run, "map")["map"]
    assert sorted(zip(table["urn"], table["phase"], strict=True)) == sorted(
        zip(schools["urn"], schools["phase"], strict=True)
    )
    places = table.merge(schools, on=["urn", "phase"], suffixes=("", "_in"))
    assert places["easting"].equals(places["easting_in"])
    words = words_of(sheet)
    assert "In need: 7" in words and "without coordinates: 1" in words
    assert "not drawn: 10 neither and 2 not assessable" in words
    assert (
        "11 high-performing, the largest number in London (5); 6 in need, the largest number in South West (4)" in alt
    )
    assert "(1 more without coordinates is not drawn)" in alt


def test_the_map_of_england_is_small_and_marks_each_school():
    rng, count = np.random.default_rng(1), 20_000
    schools = pd.DataFrame(
        {
            "urn": 100_000 + np.arange(count),
            "phase": np.where(np.arange(count) % 5, "primary", "secondary"),
            "group": rng.choice(GROUPS, count, p=(0.27, 0.13, 0.5, 0.1)),
            "region": "London",
            "easting": pd.array(rng.integers(90_000, 650_000, count), dtype="Int64"),
            "northing": pd.array(rng.integers(10_000, 650_000, count), dtype="Int64"),
        }
    )
    table = map_table(run_with(schools=schools))
    sheet, alt = FIGURES["map"].draw(table, WHOLE)
    svg = chart_files.svg(sheet, "map", alt)
    assert len(svg) < 400_000
    paths = [path for path in ET.fromstring(svg).iter(f"{{{SVG}}}path") if path.get("d", "").count("h0") > 1]
    drawn_dots = sum(path.get("d").count("h0") for path in paths if "stroke-opacity" not in path.attrib)
    assert drawn_dots == table["group"].isin(("high_performing", "in_need")).sum()  # one dot a school


def test_partners_table_holds_the_aggregated_quartiles(full, full_drawn):
    table, sheet, alt = full_drawn["partners"]
    areas = pd.concat([full[0].regions, full[0].england]).set_index(["phase", "area"])
    known = {
        "median": "median_partners",
        "lower_quartile": "lower_quartile_partners",
        "upper_quartile": "upper_quartile_partners",
    }
    for row in table.to_dict("records"):
        for name, aggregated in known.items():
            assert row[name] == areas.loc[(row["phase"], row["area"]), aggregated]
        assert row["percentile_10"] <= row["lower_quartile"] and row["upper_quartile"] <= row["percentile_90"]
    median = number(areas.loc[("primary", "England"), "median_partners"])
    assert f"Primary: the median school in need has {median} partners within 5 miles" in alt
    assert "(South West) to 5 (London)" in alt
    assert median in words_of(sheet)


def test_without_partner_alt_is_right_for_some_one_and_none():
    columns = ["phase", "level", "area", "in_need", "schools_in_need", "without_partner", "share"]

    def alt(*rows):
        return said(without_partner_alt, pd.DataFrame(rows, columns=columns), facts_with(in_need={"primary": 9}))

    some = alt(
        ("primary", "region", "A", 4, 4, 2, 0.5),
        ("primary", "region", "B", 5, 5, 0, 0.0),
        ("primary", "country", "England", 9, 9, 2, 2 / 9),
    )
    assert some == (
        "Primary: 2 of 9 schools in need (22%) have no partner within 5 miles; the share is highest in A (50%) and "
        "lowest in B (0%)."
    )
    one = alt(("primary", "country", "England", 9, 9, 1, 1 / 9))
    assert one == "Primary: 1 of 9 schools in need (11%) has no partner within 5 miles."
    none = alt(("primary", "country", "England", 9, 9, 0, 0.0))
    assert none == "Primary: each of 9 schools in need has a partner within 5 miles."
    assert alt(("primary", "country", "England", 9, 0, 0, np.nan)) == "Primary: no school in need has coordinates."


def test_high_performing_schools_without_coordinates_are_told_of_where_partners_are_counted():
    state, told = drawn_in("high-performing schools without coordinates"), "without coordinates are nobody’s partner"
    for name in ("partners", "without_partner"):
        table, sheet, alt = state[name]
        assert f"11 high-performing schools {told}" in words_of(sheet) and f"11 high-performing schools {told}" in alt
        whole = table[table["level"] == "country"].set_index("phase")["high_performing_without_coordinates"]
        assert dict(whole) == {"primary": 11, "secondary": 6}
        assert told not in " ".join([drawn_in("full")[name][2], *words_of(drawn_in("full")[name][1])])


def test_the_curve_passes_through_the_radius_of_the_run_also_between_its_points():
    schools = schools_of(COUNTS)
    for radius in (5, 3.5):
        run, _ = run_of(schools, radius={"primary": radius, "secondary": 4})
        table, sheet, alt = drawn(run, "radius")["radius"]
        primary = table[table["phase"] == "primary"]
        own = primary[primary["run_radius"] == 1]
        assert list(own["radius_miles"]) == [radius]
        england = run.england.set_index("phase")
        assert own["median_partners"].item() == england.loc["primary", "median_partners"]
        assert primary["radius_miles"].is_monotonic_increasing and primary["radius_miles"].is_unique
        assert f"within the radius of this run, {radius} miles, it is {number(own['median_partners'].item())}" in alt
        assert "(published: 9)" in alt
        assert "published median 9" in words_of(sheet)


def test_criteria_count_combinations_that_add_up_to_what_each_brings_in(full, full_drawn):
    table, _, alt = full_drawn["criteria"]
    schools = full[0].schools
    for (group, phase), rows in table.groupby(["group", "phase"]):
        of_phase = schools[schools["phase"] == phase]
        for name in (name for name, criterion in CRITERIA.items() if criterion["group"] == group):
            holds = rows["criteria"].str.split(";").apply(lambda names, name=name: name in names)
            assert rows.loc[holds, "schools"].sum() == (of_phase[name] == "met").sum()
            alone = (rows["criteria"] == name) & (rows["finding"] == "met")
            counts = aggregate.criteria_counts(schools, {n: c["group"] for n, c in CRITERIA.items()})
            counts = counts.set_index(["phase", "criterion"])
            assert rows.loc[alone, "schools"].sum() == counts.loc[(phase, name), "met_alone"]
    assert "by “Outstanding” and “Teaching School or National Support School”" in alt


def test_bars_of_criteria_are_shares_of_the_phase_on_one_scale(full_drawn):
    _, sheet, _ = full_drawn["criteria"]
    words = words_of(sheet)
    # 6 of 11 high-performing primaries meet both criteria, 5 are outstanding alone; 4 and 2 of 6 secondaries.
    assert {"Primary: 11", "6 (55%)", "5 (45%)", "Secondary: 6", "4 (67%)", "2 (33%)"} <= set(words)
    corners = [np.array(mark.points)[:, 0] for mark in sheet.marks if getattr(mark, "fill", "") == "high_performing"]
    high = sorted(x.max() - x.min() for x in corners)  # the group drawn first, row by row
    assert high[-1] / high[0] == pytest.approx((4 / 6) / (2 / 6))


def test_a_criterion_that_is_nowhere_assessable_is_named_and_brings_in_none():
    schools = schools_of(COUNTS).assign(designated="not_assessable")
    run, _ = run_of(schools)
    table, sheet, alt = drawn(run, "criteria")["criteria"]
    lacking = table[table["schools"].isna()]
    assert list(lacking["criteria"]) == ["designated", "designated"]
    assert "High-performing, primary: 11 schools, by “Outstanding” alone; not assessable: “Teaching School" in alt
    assert "Teaching School or National Support School: not assessable" in words_of(sheet)


def test_more_combinations_than_fit_are_put_together():
    names = [f"criterion_{i}" for i in range(4)]
    criteria = {name: {"group": "in_need", "label": name} for name in names}
    every = [p for p in itertools.product(("met", "not_met"), repeat=4) if "met" in p]
    schools = pd.DataFrame(every * 2 + every[:1], columns=names).assign(phase="primary")
    table = criteria_table(run_with(facts_with(criteria=criteria), schools=schools))
    assert len(table) == MOST_COMBINATIONS + 1
    assert table["schools"].sum() == len(schools)
    assert table.loc[table["criteria"] == OTHERS, "schools"].item() == 2 * (15 - MOST_COMBINATIONS)


def test_flow_follows_the_ledger_and_puts_small_reasons_together():
    reasons = {f"reason {i}": 10 - i for i in range(9)}
    run, _ = run_of(schools_of(COUNTS), reasons=reasons)
    table, sheet, alt = drawn(run, "flow")["flow"]
    register = table[(table["source"] == "register")].set_index("kind")
    left_out = register.loc["left_out"]
    assert register.loc["in", "rows"] == register.loc["out", "rows"] + left_out["rows"].sum()
    assert list(left_out["label"])[-1] == "4 other reasons" and list(left_out["rows"])[-1] == 5 + 4 + 3 + 2
    # Each bar begins where the one below it ends, down to what went on.
    assert list(left_out["start"] + left_out["rows"]) == [register.loc["in", "rows"], *left_out["start"][:-1]]
    assert list(left_out["start"])[-1] == register.loc["out", "rows"]
    assert "and 54 were left out, the most for this reason: reason 0 (10)." in alt
    assert "They make 30 primary schools and 16 secondary schools." in alt
    assert "School performance tables, key stage 2: 38 of 40 rows used." in alt
    assert "4 other reasons" in words_of(sheet)
    assert "38 of 40" in words_of(sheet)


def test_flow_writes_england_with_a_capital_and_the_whole_of_a_long_reason():
    reasons = {"summary_row: england_state_funded": 3, "stands in a file of another year and of another place": 2}
    table, sheet, _ = drawn(run_of(schools_of(COUNTS), reasons=reasons)[0], "flow")["flow"]
    assert "summary row: England state funded" in list(table["label"])
    together = " ".join(words_of(sheet))
    assert "Summary row: England state funded" in together
    assert "Stands in a file of another year and of another place" in together


def comparison(*rows):
    columns = ["id", "label", "kind", "phase", "criterion", "published", "reproduced", "agrees", "evidence"]
    frame = pd.DataFrame(rows, columns=columns)
    published = frame.assign(agrees=frame["agrees"].astype("boolean"))
    return comparison_figure.comparison_table(run_with(published=published))


def test_comparison_says_what_agrees_what_is_furthest_off_and_what_it_is_worth():
    table = comparison(
        ("official", "Coasting", "count", "primary", "coasting", "477", None, None, "none"),
        ("a", "High-performing primaries", "share", "primary", None, "27", "26.6", True, "full"),
        ("b", "Partners", "median", "primary", None, "9", "4", False, "partial"),
        ("c", "Schools in need", "count", "both", None, "2511", "2434", False, "partial"),
        ("d", "More supply than need", "claim", "both", None, "true", "false", False, "full"),
    )
    assert list(table["part"]) == ["study", "study", "study", "statement", "official"]
    assert list(table["ratio"].round(3).dropna()) == [1, 0.444, 0.969]
    sheet, alt = FIGURES["comparison"].draw(table, WHOLE)
    assert alt.startswith(
        "Of 5 published figures 1 agrees, 3 differ, 1 cannot be worked out; the furthest off is “Partners” "
    )
    assert "For 2 of them: some criteria behind it are not fully" in alt and "For 1 of them: no evidence" in alt
    words = words_of(sheet)
    for expected in ("published 27%, here 27%", "the same", "published 2,511, here 2,434", "−77 (3%) †", "not known ‡"):
        assert expected in words
    assert "study: holds; here: does not hold" in words
    assert [words.index(title) for title in comparison_figure.PARTS.values()] == sorted(
        map(words.index, comparison_figure.PARTS.values())
    )
    assert "−56%" in words and "+56%" in words  # the largest gap is as far as a lane reaches
    assert said(comparison_figure.comparison_alt, comparison()) == "There is no published figure to compare with."


def test_gaps_are_between_the_figures_as_they_are_printed():
    def gap(kind, told, own):
        row = {"kind": kind, "published": told, "reproduced": own, "agrees": False, "evidence": "full"}
        return comparison_figure._verdict(row, WHOLE)[1]

    assert gap("count", "5677", "5671") == "−6 (0.1%)"
    assert gap("count", "282", "310") == "+28 (10%)"
    assert gap("share", "27", "14.711") == "−12 points"
    assert gap("share", "12", "12.6") == "+1 point"
    assert gap("median", "2", "2.5") == "+0.5 (25%)"
    assert gap("count", "0", "3") == "+3"
    assert gap("claim", "true", "false") == "differs"


def test_a_mark_stands_at_its_gap_filled_where_nothing_differs():
    table = comparison(
        ("a", "A", "count", "both", None, "100", "100", True, "full"),
        ("b", "B", "count", "both", None, "100", "98", False, "full"),
        ("c", "C", "count", "both", None, "100", "101", False, "full"),
    )
    sheet, _ = FIGURES["comparison"].draw(table, WHOLE)
    marks = [mark for mark in sheet.marks if isinstance(mark, chart.Dot)]
    start, end = comparison_figure.LANE
    assert [mark.x for mark in marks] == [(start + end) / 2, start, start + (end - start) * 0.75]
    assert [mark.filled for mark in marks] == [True, False, False]


def test_of_synthetic_data_the_band_says_that_no_comparison_is_evidence():
    table = comparison(("a", "A", "count", "both", None, "100", "98", False, "none"))
    sheet, _ = FIGURES["comparison"].draw(table, facts_with(caveats=[SYNTHETIC_ROW]))
    assert "−2 (2%)" in words_of(sheet) and SYNTHETIC in words_of(sheet)
    assert not any("‡" in words for words in words_of(sheet))


def test_a_group_that_lacks_a_criterion_is_told_first_and_only_known_to_be_so():
    state = drawn_in("a criterion not assessable")
    told = "High-performing: “Outstanding” only, 1 of 2 criteria not assessable"
    for name, (_, sheet, alt) in state.items():
        shown = FIGURES[name].of_groups
        assert (PARTIAL in words_of(sheet)) == (told in words_of(sheet)) == shown, name
        assert alt.startswith(f"{PARTIAL}. {told}. ") == shown, name
    assert "37% are known to be high-performing" in state["shares"][2]
    assert "23% are in need" in state["shares"][2]
    assert "the share of schools known to be high-performing is above the share in need" in state["regions"][2]
    assert "11 known to be high-performing" in state["map"][2]
    assert not any(PARTIAL in [*words_of(sheet), alt] for _, sheet, alt in drawn_in("full").values())


def test_synthetic_data_are_marked_in_every_figure_and_alt_text(full, full_drawn):
    for name, (_, sheet, alt) in full_drawn.items():
        assert SYNTHETIC in words_of(sheet), name
        assert alt.startswith(SYNTHETIC)
    real, _ = run_of(schools_of(COUNTS), synthetic=False)
    for _, sheet, alt in drawn(real, "shares", "map").values():
        assert SYNTHETIC not in words_of(sheet)
        assert not alt.startswith(SYNTHETIC)


def test_drawing_twice_gives_the_same_bytes(full, full_drawn):
    again = drawn(full[0])
    for name, (_, sheet, alt) in full_drawn.items():
        _, second, second_alt = again[name]
        assert chart_files.svg(sheet, name, alt) == chart_files.svg(second, name, second_alt)
        assert chart_files.png(sheet, "Title?", "Source") == chart_files.png(second, "Title?", "Source")


def test_svgs_stand_together_in_one_page_and_take_its_colours(full_drawn):
    for name, (_, sheet, alt) in full_drawn.items():
        root = ET.fromstring(chart_files.svg(sheet, name, alt))
        assert root.get("role") == "img" and root.get("aria-label") == alt
        assert root.get("viewBox") == f"0 0 400 {float(root.get('height').removesuffix('pt')):g}"
        for element in root.iter():
            assert not {"id", "style", "href", "clip-path"} & set(element.attrib)
            colours = {element.get(part) for part in ("fill", "stroke")} - {None, "none", "currentColor"}
            classes = element.get("class", "")
            for colour in colours:
                # Nothing keeps a colour that the page cannot change.
                changeable = any(palette.colour(group).lower() == colour and group in classes for group in GROUPS)
                assert changeable, (name, colour)


def test_text_of_the_data_is_escaped_in_the_svg():
    sheet = chart.Sheet([("A & B",)])
    sheet.text(0, 10, "<b>Smith & Sons</b>")
    root = ET.fromstring(chart_files.svg(sheet, "x", 'under "5" & over'))
    texts = [element.text for element in root.iter(f"{{{SVG}}}text")]
    assert texts == ["A & B", "<b>Smith & Sons</b>"] and root.get("aria-label") == 'under "5" & over'


def pixels(content):
    """A PNG as rows of red, green and blue."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_the_png_shows_what_the_svg_says():
    sheet = chart.Sheet()
    sheet.bar(100, 50, 200, 20, "in_need")
    sheet.line([(0, 100), (400, 100)], "ink", width=4)
    sheet.dot(50, 150, "high_performing", size=20)
    sheet.dot(150, 150, "high_performing", size=20, filled=False)
    sheet.dots(np.array([[250.0, 150.0], [350.0, 150.0]]), "in_need", size=10, square=True)
    sheet.y = 200
    picture = pixels(chart_files.png(sheet, "", ""))
    head = picture.shape[0] - 2 * 200

    def colour_at(x, y):
        red, green, blue = picture[round(2 * (y + 10.8 + 8)), round(2 * (x + 10.8))]
        return f"#{red:02x}{green:02x}{blue:02x}".upper()

    orange, blue = palette.colour("in_need").upper(), palette.colour("high_performing").upper()
    assert head < 100
    seen = {(110, 50): orange, (290, 45): orange, (90, 50): "#FFFFFF", (200, 99): palette.colour("ink").upper()}
    seen |= {(50, 150): blue, (150, 150): "#FFFFFF", (159, 150): blue, (253, 153): orange, (354, 146): orange}
    assert {place: colour_at(*place) for place in seen} == seen


def test_png_says_nothing_of_when_and_with_what_it_was_made(full_drawn):
    content = chart_files.png(full_drawn["shares"][1], "Title?", "Source")
    assert content.startswith(b"\x89PNG")
    for mark in (b"tEXt", b"iTXt", b"tIME"):
        assert mark not in content


def test_png_has_its_title_and_source_and_the_page_has_not(full_drawn):
    _, sheet, alt = full_drawn["shares"]
    before = chart_files.svg(sheet, "shares", alt)
    heights = [len(pixels(chart_files.png(sheet, title, "Source"))) for title in ("", "Short?", "Long " * 30)]
    assert heights == sorted(set(heights))  # room for the title, and for each of its lines
    assert chart_files.svg(sheet, "shares", alt) == before
    summary = {"reference_date": "2017-03-31", "method": "nfer-2017"}
    assert figures.source_line(summary, RELEASE, SOURCES | {"again": SOURCES["ks2"]}) == (
        "Results of 2015/16, as at 31 March 2017; method nfer-2017. "
        "Source: Department for Education and Ofsted. Licence: Open Government Licence v3.0."
    )


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_two_groups_stand_out_and_differ_in_lightness():
    _, light_high, dark_high = palette.GROUPS["high_performing"]
    _, light_need, dark_need = palette.GROUPS["in_need"]
    # WCAG 2.2, 1.4.11; told apart by lightness, so also without any colour vision.
    assert min(contrast(light_high, "#ffffff"), contrast(light_need, "#ffffff")) >= 3
    assert min(contrast(dark_high, "#1a1a1a"), contrast(dark_need, "#1a1a1a")) >= 3
    assert contrast(light_high, light_need) >= 3
    for group, (_, light, dark) in palette.GROUPS.items():
        assert f".fill-{group}{{" in palette.css() and light in palette.css() and dark in palette.css()


def test_every_figure_has_a_caption_from_which_the_rule_knows_it():
    captions = {path.stem for path in (PROJECT / "report/captions").glob("*.rst")}
    assert captions == set(FIGURES)


class Named(dict):
    __getattr__ = dict.__getitem__


def test_main_writes_every_figure_and_the_list_of_them(tmp_path):
    run, summary = run_of(without("designated"))
    files = Named(summary=tmp_path / "summary.json", captions=sorted((PROJECT / "report/captions").glob("*.rst")))
    files["summary"].write_text(json.dumps(summary), encoding="utf-8")
    for name in ("schools", "reach"):
        files[name] = tmp_path / f"{name}.parquet"
        getattr(run, name).to_parquet(files[name])
    for name in ("england", "regions", "radius_curve", "published", "ledger", "caveats"):
        files[name] = tmp_path / f"{name}.csv"
        (caveats_of(summary, run.regions) if name == "caveats" else getattr(run, name)).to_csv(files[name], index=False)
    folder = tmp_path / "figures"
    folder.mkdir()
    params = Named(criteria=CRITERIA, sources=SOURCES, release=RELEASE)
    figures.main(Named(input=files, params=params, output=Named(index=folder / "index.json")))
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in index] == list(FIGURES)
    expected = drawn(run)
    for entry in index:
        name = entry["name"]
        table, sheet, alt = expected[name]
        caption = (PROJECT / f"report/captions/{name}.rst").read_text(encoding="utf-8")
        assert entry["title"] == FIGURES[name].title and entry["caption"] == " ".join(caption.split())
        assert entry["alt"] == alt and entry["csv"] == f"{name}.csv" and entry["synthetic"] is True
        assert FIGURES[name] in figures.SECTIONS[entry["section"]]
        assert (folder / f"{name}.svg").read_text(encoding="utf-8") == chart_files.svg(sheet, name, alt)
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.csv").read_text(encoding="utf-8") == table.to_csv(index=False, lineterminator="\n")
