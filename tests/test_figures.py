"""Figures: tables that hold just what is drawn, drawings with nothing cut or overlapping, alt texts that are right."""

import functools
import itertools
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import aggregate
import figures
import match
from lib import palette
from lib.settings import METRES_PER_MILE, read_yaml

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
OFFICIAL = {"official"}
RADIUS = {"primary": 5, "secondary": 4}
# high-performing, in need, neither, not assessable in each region, in the order of REGIONS
COUNTS = {
    "primary": ((5, 1, 3, 1), (2, 4, 3, 1), (4, 2, 4, 0)),
    "secondary": ((3, 1, 1, 0), (1, 2, 2, 0), (2, 2, 1, 1)),
}
GROUPS = ("high_performing", "in_need", "neither", "not_assessable")


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
    kinds = {"high_performing": "share", "in_need": "share", "nearby": "median"}
    rows = [
        (name, name.replace("_", " "), next(kind for end, kind in kinds.items() if name.endswith(end)), str(value))
        for name, value in values.items()
    ]
    frame = pd.DataFrame(rows, columns=["id", "label", "kind", "published"])
    return frame.assign(
        phase=frame["id"].str.split("_").str[0],
        reproduced=frame["published"],
        agrees=pd.Series(True, index=frame.index, dtype="boolean"),
        evidence="full",
    )


PUBLISHED = published_of(
    primary_high_performing=27,
    primary_in_need=12,
    secondary_high_performing=33,
    secondary_in_need=17,
    primary_partners_nearby=9,
    secondary_partners_nearby=2,
)


def ledger_of(schools, reasons):
    kept = len(schools)
    rows = [("clean", "register", None, kept + sum(reasons.values()), kept, sum(reasons.values()))]
    rows += [("clean", "register", reason, None, None, count) for reason, count in reasons.items()]
    rows += [("clean", "ks2", None, 40, 40, 0)]
    for phase, of_phase in schools.groupby("phase"):
        rows.append(("population", phase, None, kept, len(of_phase), kept - len(of_phase)))
        rows.append(("classify", phase, None, len(of_phase), len(of_phase), 0))
        need = of_phase[of_phase["group"] == "in_need"]
        placed = int(need["easting"].notna().sum())
        rows.append(("match", phase, None, len(need), placed, len(need) - placed))
    return pd.DataFrame(rows, columns=["step", "source", "reason", "rows_in", "rows_out", "rows_left_out"])


def run_of(schools, published=PUBLISHED, reasons=None, synthetic=True, radius=RADIUS):
    """The tables of a run, made by its own steps, and summary.json."""
    ladder = {miles: miles * METRES_PER_MILE for miles in (1, 2, 5, 10, 20)}
    parts = [[], []]
    for phase, of_phase in schools.groupby("phase"):
        _, reach, rungs = match.match(of_phase, radius[phase] * METRES_PER_MILE, ladder)
        for part, table in zip(parts, (reach, rungs), strict=True):
            part.append(table.assign(phase=phase))
    reach, rungs = (pd.concat(part, ignore_index=True) for part in parts)
    named = schools.assign(la_code=1, la_name="Area", constituency=None)
    england = aggregate._name(aggregate.areas(named, reach, []), None)
    regions = aggregate._name(aggregate.areas(named, reach, ["region"]), "region", region="region")
    group_of = {name: criterion["group"] for name, criterion in CRITERIA.items()}
    facts = {"synthetic": synthetic, "radius_miles": radius, "reference_date": "2017-03-31", "method": "nfer-2017"}
    run = {
        "schools": schools,
        "reach": reach,
        "england": england,
        "regions": regions,
        "radius_curve": aggregate.radius_curve(named, rungs),
        "published": published,
        "ledger": ledger_of(schools, {"closed": 7, "type out of scope: special": 3} if reasons is None else reasons),
        "radius_miles": radius,
    }
    return run, aggregate.summary(england, regions, aggregate.criteria_counts(schools, group_of), facts)


def drawn(run, summary, *names):
    """Return {name: (table, figure, alt)} of some figures, or of all."""
    facts = figures.facts_of(summary, CRITERIA, SOURCES)
    frames = figures.figure_tables(run, CRITERIA, SOURCES, OFFICIAL)
    return {name: (frames[name], *figures.draw(name, frames[name], facts)) for name in names or frames}


# States in which only some figures differ from the full one.
ONLY = {
    "nothing published": ("shares", "radius", "comparison"),
    "no row left out": ("flow",),
    "a criterion not assessable in one phase": ("shares", "criteria"),
    "no criterion assessable": ("regions", "criteria"),
    "a tie in every region": ("regions",),
    "high-performing schools without coordinates": ("map", "partners", "without_partner"),
}
WHOLE = {"incomplete": {}, "synthetic": False, "bands": []}  # a release of which every criterion could be assessed


@functools.cache
def drawn_in(state):
    return drawn(*run_of(**states()[state]), *ONLY.get(state, ()))


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


def words_of(figure):
    """Every text that is drawn."""
    return [text.get_text() for text in texts_of(figure)]


def texts_of(figure):
    found = list(figure.texts)
    for ax in figure.axes:
        found += ax.texts
        if ax.axison:
            found += [label for label in (*ax.get_xticklabels(), *ax.get_yticklabels()) if label.get_visible()]
    return [text for text in found if text.get_text()]


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
    for name, (_, figure, alt) in drawn_in(state).items():
        renderer = figure.canvas.get_renderer()
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts_of(figure)]
        width, height = figure.bbox.width, figure.bbox.height
        for words, box in boxes:
            inside = box.x0 > -1 and box.y0 > -1 and box.x1 < width + 1 and box.y1 < height + 1
            assert inside, f"{name}: '{words}' reaches beyond the figure"
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 2.5 or b.y1 <= a.y0 + 2.5
            assert apart, f"{name}: '{one}' and '{other}' overlap"
        assert "nan" not in " ".join([alt, *words_of(figure)]).lower().split()
        assert not any("…" in words for words in words_of(figure)), f"{name}: words are cut off"


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
    table, figure, alt = full_drawn["shares"]
    england = full[0]["england"].set_index("phase")
    for row in table.to_dict("records"):
        assert row["schools"] == england.loc[row["phase"], row["group"]]
        assert row["share"] == pytest.approx(row["schools"] / england.loc[row["phase"], "schools"], abs=1e-6)
    assert list(table.loc[table["group"] == "in_need", "published_share"]) == [0.12, 0.17]
    # 11, 7, 10 and 2 of 30 primaries
    assert "Of 30 primary schools 37% are high-performing (published 27%), 23% are in need (published 12%), " in alt
    assert "33% are neither and 7% are not assessable." in alt
    assert {"37%", "published 27%", "Neither", "33%"} <= set(words_of(figure))
    for _, rows in table.groupby("phase"):
        assert rows["share"].sum() == pytest.approx(1)
    assert "Neither" not in words_of(drawn_in("all not assessable")["shares"][1])


def test_a_published_share_stands_beside_the_share_also_where_the_two_are_close():
    schools = schools_of({"primary": ((13, 10, 77, 0),)})
    _, figure, _ = drawn(*run_of(schools), "shares")["shares"]  # 13% and 10%; published 27% and 12%
    renderer, marks = figure.canvas.get_renderer(), figure.axes[0].lines
    for text in texts_of(figure):
        if text.get_text() in ("13%", "10%"):
            box = text.get_window_extent(renderer)
            assert not any(mark.get_window_extent(renderer).overlaps(box) for mark in marks)


def test_a_share_is_rounded_half_up_as_in_the_comparison():
    assert [figures.percent(share) for share in (0.125, 0.145, 0.0, 0.004, 0.996)] == [
        "13%",
        "15%",
        "0%",
        "under 1%",
        "over 99%",
    ]


def test_regions_stand_by_difference_and_england_last(full, full_drawn):
    table, _, alt = full_drawn["regions"]
    primary = table[table["phase"] == "primary"]
    assert list(primary["area"]) == ["London", "Yorkshire and the Humber", "South West", "England"]
    regions = full[0]["regions"].set_index(["phase", "area"])
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
    alt = figures.regions_alt(frame, WHOLE)
    assert "in all 3 regions" in alt
    assert "from A (30% against 10%) and B (30% against 10%) to C (30% against 20%)." in alt
    reversed_shares = {"share_high_performing": "share_in_need", "share_in_need": "share_high_performing"}
    assert "in none of 3 regions" in figures.regions_alt(
        frame.rename(columns=reversed_shares).assign(difference=-frame["difference"]), WHOLE
    )
    alone = figures.regions_alt(frame.tail(1), WHOLE)
    assert alone == "Primary, C: 30% are high-performing, 20% in need."


def test_marks_that_would_coincide_stand_one_above_the_other():
    _, figure, _ = drawn_in("a tie in every region")["regions"]
    dots, squares = ([m for ax in figure.axes for m in ax.lines if m.get_marker() == kind] for kind in "os")
    assert len(dots) == len(squares) == 4  # three regions and England
    for dot, square in zip(dots, squares, strict=True):
        assert dot.get_xdata()[0] == square.get_xdata()[0]
        above, below = (mark.get_window_extent(figure.canvas.get_renderer()) for mark in (dot, square))
        assert above.y0 > below.y0 + below.height / 2
        assert square.get_markerfacecolor() == "none" != dot.get_markerfacecolor()


def test_the_map_holds_every_school_and_counts_those_it_cannot_place():
    schools = schools_of(COUNTS)
    schools.loc[(schools["group"] == "in_need") & (schools["region"] == "London"), ["easting", "northing"]] = pd.NA
    run, summary = run_of(schools)
    table, figure, alt = drawn(run, summary, "map")["map"]
    assert sorted(zip(table["urn"], table["phase"], strict=True)) == sorted(
        zip(schools["urn"], schools["phase"], strict=True)
    )
    places = table.merge(schools, on=["urn", "phase"], suffixes=("", "_in"))
    assert places["easting"].equals(places["easting_in"])
    words = words_of(figure)
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
    table = figures.map_table(schools)
    figure, alt = figures.draw("map", table, WHOLE | {"partial": []})
    svg = figures.page_svg(figure, "map", alt)
    assert len(svg) < 400_000
    paths = [path for path in ET.fromstring(svg).iter(f"{{{SVG}}}path") if path.get("d", "").count("h0") > 1]
    drawn_dots = sum(path.get("d").count("h0") for path in paths if "stroke-opacity" not in path.attrib)
    assert drawn_dots == table["group"].isin(("high_performing", "in_need")).sum()  # one dot a school


def test_partners_table_holds_the_aggregated_quartiles(full, full_drawn):
    table, figure, alt = full_drawn["partners"]
    areas = pd.concat([full[0]["regions"], full[0]["england"]]).set_index(["phase", "area"])
    known = {
        "median": "median_partners",
        "lower_quartile": "lower_quartile_partners",
        "upper_quartile": "upper_quartile_partners",
    }
    for row in table.to_dict("records"):
        for name, aggregated in known.items():
            assert row[name] == areas.loc[(row["phase"], row["area"]), aggregated]
        assert row["percentile_10"] <= row["lower_quartile"] and row["upper_quartile"] <= row["percentile_90"]
    median = figures.number(areas.loc[("primary", "England"), "median_partners"])
    assert f"Primary: the median school in need has {median} partners within 5 miles" in alt
    assert "(South West) to 5 (London)" in alt
    assert median in words_of(figure)


def test_without_partner_alt_is_right_for_some_one_and_none():
    columns = ["phase", "level", "area", "in_need", "schools_in_need", "without_partner", "share"]
    facts = WHOLE | {"radius_miles": RADIUS, "in_need": {"primary": 9}}

    def alt(*rows, lost=0):
        frame = pd.DataFrame(rows, columns=columns).assign(high_performing_without_coordinates=lost)
        return figures.without_partner_alt(frame, facts)

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
    several = alt(("primary", "country", "England", 9, 9, 0, 0.0), lost=1200)
    assert several.endswith(". 1,200 high-performing schools without coordinates are nobody’s partner.")
    single = alt(("primary", "country", "England", 9, 9, 0, 0.0), lost=1)
    assert single.endswith(". 1 high-performing school without coordinates is nobody’s partner.")


def test_high_performing_schools_without_coordinates_are_told_of_where_partners_are_counted():
    state, told = drawn_in("high-performing schools without coordinates"), "without coordinates are nobody’s partner"
    for name in ("partners", "without_partner"):
        table, figure, alt = state[name]
        assert f"11 high-performing schools {told}" in words_of(figure) and f"11 high-performing schools {told}" in alt
        whole = table[table["level"] == "country"].set_index("phase")["high_performing_without_coordinates"]
        assert dict(whole) == {"primary": 11, "secondary": 6}
        assert told not in " ".join([drawn_in("full")[name][2], *words_of(drawn_in("full")[name][1])])


def test_the_curve_passes_through_the_radius_of_the_run_also_off_the_ladder():
    schools = schools_of(COUNTS)
    for radius in (5, 3.5):
        run, summary = run_of(schools, radius={"primary": radius, "secondary": 4})
        table, figure, alt = drawn(run, summary, "radius")["radius"]
        primary = table[table["phase"] == "primary"]
        own = primary[primary["run_radius"] == 1]
        assert list(own["radius_miles"]) == [radius]
        england = run["england"].set_index("phase")
        assert own["median_partners"].item() == england.loc["primary", "median_partners"]
        assert primary["radius_miles"].is_monotonic_increasing and primary["radius_miles"].is_unique
        assert (
            f"within the radius of this run, {radius} miles, it is {figures.number(own['median_partners'].item())}"
            in alt
        )
        assert "(published: 9)" in alt
        assert "published median 9" in words_of(figure)


def test_criteria_count_combinations_that_add_up_to_what_each_brings_in(full, full_drawn):
    table, _, alt = full_drawn["criteria"]
    schools = full[0]["schools"]
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
    _, figure, _ = full_drawn["criteria"]
    words = words_of(figure)
    # 6 of 11 high-performing primaries meet both criteria, 5 are outstanding alone; 4 and 2 of 6 secondaries.
    assert {"Primary: 11", "6 (55%)", "5 (45%)", "Secondary: 6", "4 (67%)", "2 (33%)"} <= set(words)
    bars = [patch.get_width() for ax in figure.axes for patch in ax.patches if patch.get_width()]
    high = sorted(bars[:4])  # the group drawn first, row by row
    assert high[-1] / high[0] == pytest.approx((4 / 6) / (2 / 6))


def test_a_criterion_that_is_nowhere_assessable_is_named_and_brings_in_none():
    schools = schools_of(COUNTS).assign(designated="not_assessable")
    run, summary = run_of(schools)
    table, figure, alt = drawn(run, summary, "criteria")["criteria"]
    lacking = table[table["schools"].isna()]
    assert list(lacking["criteria"]) == ["designated", "designated"]
    assert "High-performing, primary: 11 schools, by “Outstanding” alone; not assessable: “Teaching School" in alt
    assert "Teaching School or National Support School: not assessable" in words_of(figure)


def test_more_combinations_than_fit_are_put_together():
    names = [f"criterion_{i}" for i in range(4)]
    criteria = {name: {"group": "in_need", "label": name} for name in names}
    every = [p for p in itertools.product(("met", "not_met"), repeat=4) if "met" in p]
    schools = pd.DataFrame(every * 2 + every[:1], columns=names).assign(phase="primary")
    table = figures.criteria_table(schools, criteria)
    assert len(table) == figures.MOST_COMBINATIONS + 1
    assert table["schools"].sum() == len(schools)
    assert table.loc[table["criteria"] == figures.OTHERS, "schools"].item() == 2 * (15 - figures.MOST_COMBINATIONS)


def test_flow_follows_the_ledger_and_puts_small_reasons_together():
    reasons = {f"reason {i}": 10 - i for i in range(9)}
    run, summary = run_of(schools_of(COUNTS), reasons=reasons)
    table, figure, alt = drawn(run, summary, "flow")["flow"]
    register = table[(table["source"] == "register")].set_index("kind")
    left_out = register.loc["left_out"]
    assert register.loc["in", "rows"] == register.loc["out", "rows"] + left_out["rows"].sum()
    assert list(left_out["label"])[-1] == "4 other reasons" and list(left_out["rows"])[-1] == 5 + 4 + 3 + 2
    # Each bar begins where the one below it ends, down to what went on.
    assert list(left_out["start"] + left_out["rows"]) == [register.loc["in", "rows"], *left_out["start"][:-1]]
    assert list(left_out["start"])[-1] == register.loc["out", "rows"]
    assert "and 54 were left out, the most for this reason: reason 0 (10)." in alt
    assert "They make 30 primary schools and 16 secondary schools." in alt
    assert "School performance tables, key stage 2: 40 of 40 rows used." in alt
    assert "4 other reasons" in words_of(figure)
    assert "40 of 40" in words_of(figure)


def test_flow_writes_england_with_a_capital_and_the_whole_of_a_long_reason():
    reasons = {"summary_row: england_state_funded": 3, "stands in a file of another year and of another place": 2}
    table, figure, _ = drawn(*run_of(schools_of(COUNTS), reasons=reasons), "flow")["flow"]
    assert "summary row: England state funded" in list(table["label"])
    together = " ".join(words_of(figure))
    assert "Summary row: England state funded" in together
    assert "Stands in a file of another year and of another place" in together


def comparison(*rows):
    columns = ["id", "label", "kind", "phase", "published", "reproduced", "agrees", "evidence"]
    frame = pd.DataFrame(rows, columns=columns)
    return figures.comparison_table(frame.assign(agrees=frame["agrees"].astype("boolean")), OFFICIAL)


FACTS = WHOLE | {"partial": []}


def test_comparison_says_what_agrees_what_is_furthest_off_and_what_it_is_worth():
    table = comparison(
        ("official", "Coasting", "count", "primary", "477", None, None, "none"),
        ("a", "High-performing primaries", "share", "primary", "27", "26.6", True, "full"),
        ("b", "Partners", "median", "primary", "9", "4", False, "partial"),
        ("c", "Schools in need", "count", "both", "2511", "2434", False, "partial"),
        ("d", "More supply than need", "claim", "both", "true", "false", False, "full"),
    )
    assert list(table["part"]) == ["study", "study", "study", "statement", "official"]
    assert list(table["ratio"].round(3).dropna()) == [1, 0.444, 0.969]
    figure, alt = figures.draw("comparison", table, FACTS)
    assert alt.startswith(
        "Of 5 published figures 1 agrees, 3 differ, 1 cannot be worked out; the furthest off is “Partners” "
    )
    assert "For 2 of them: some criteria behind it are not fully" in alt and "For 1 of them: no evidence" in alt
    words = words_of(figure)
    for expected in ("published 27%, here 27%", "the same", "published 2,511, here 2,434", "−77 (3%) †", "not known ‡"):
        assert expected in words
    assert "study: holds; here: does not hold" in words
    assert [words.index(title) for title in figures.PARTS.values()] == sorted(map(words.index, figures.PARTS.values()))
    assert "−56%" in words and "+56%" in words  # the largest gap is as far as a lane reaches
    assert figures.comparison_alt(comparison(), FACTS) == "There is no published figure to compare with."


def test_gaps_are_between_the_figures_as_they_are_printed():
    def gap(kind, told, own):
        row = {"kind": kind, "published": told, "reproduced": own, "agrees": False, "evidence": "full"}
        return figures.verdict_of(row, FACTS)[1]

    assert gap("count", "5677", "5671") == "−6 (0.1%)"
    assert gap("count", "282", "310") == "+28 (10%)"
    assert gap("share", "27", "14.711") == "−12 points"
    assert gap("share", "12", "12.6") == "+1 point"
    assert gap("median", "2", "2.5") == "+0.5 (25%)"
    assert gap("count", "0", "3") == "+3"
    assert gap("claim", "true", "false") == "differs"


def test_a_mark_stands_at_its_gap_filled_where_nothing_differs():
    table = comparison(
        ("a", "A", "count", "both", "100", "100", True, "full"),
        ("b", "B", "count", "both", "100", "98", False, "full"),
        ("c", "C", "count", "both", "100", "101", False, "full"),
    )
    figure, _ = figures.draw("comparison", table, FACTS)
    marks = [mark for ax in figure.axes for mark in ax.lines if mark.get_marker() == "o"]
    start, end = figures.LANE
    assert [mark.get_xdata()[0] for mark in marks] == [(start + end) / 2, start, start + (end - start) * 0.75]
    assert [mark.get_markerfacecolor() == "none" for mark in marks] == [False, True, True]


def test_of_synthetic_data_the_band_says_that_no_comparison_is_evidence():
    table = comparison(("a", "A", "count", "both", "100", "98", False, "none"))
    figure, alt = figures.draw("comparison", table, FACTS | {"synthetic": True})
    assert "−2 (2%)" in words_of(figure) and figures.SYNTHETIC in words_of(figure)
    assert not any("‡" in words for words in words_of(figure))


def test_a_group_that_lacks_a_criterion_is_told_first_and_only_known_to_be_so():
    state = drawn_in("a criterion not assessable")
    told = "High-performing: “Outstanding” only, 1 of 2 criteria not assessable"
    for name, (_, figure, alt) in state.items():
        shown = figures.FIGURES[name].of_groups
        assert (figures.PARTIAL in words_of(figure)) == (told in words_of(figure)) == shown, name
        assert alt.startswith(f"{figures.PARTIAL}. {told}. ") == shown, name
    assert "37% are known to be high-performing" in state["shares"][2]
    assert "23% are in need" in state["shares"][2]
    assert "the share of schools known to be high-performing is above the share in need" in state["regions"][2]
    assert "11 known to be high-performing" in state["map"][2]
    assert not any(figures.PARTIAL in [*words_of(figure), alt] for _, figure, alt in drawn_in("full").values())


def test_what_a_group_rests_on_is_said_by_the_fewer_criteria_and_by_phase_where_phases_differ():
    criteria = {name: {"group": "in_need", "label": name} for name in "abc"}

    def lines(**lacking):
        def counts(missing):
            return {name: {"met": 0, "not_met": int(name not in missing), "not_assessable": 1} for name in "abc"}

        phases = {phase: {"schools": 1, "criteria": counts(missing)} for phase, missing in lacking.items()}
        return figures.partial_lines({"phases": phases}, criteria)

    assert lines(primary="", secondary="") == []
    assert lines(primary="a", secondary="a") == ["In need: without “a”, 1 of 3 criteria not assessable"]
    assert lines(primary="ab") == ["In need: “c” only, 2 of 3 criteria not assessable"]
    assert lines(primary="abc", secondary="") == ["In need, primary: none of its 3 criteria assessable"]
    assert lines(primary="b", secondary="ab") == [
        "In need, primary: without “b”, 1 of 3 criteria not assessable",
        "In need, secondary: “c” only, 2 of 3 criteria not assessable",
    ]
    del criteria["b"], criteria["c"]
    assert lines(primary="a") == ["In need: its one criterion not assessable"]


def test_synthetic_data_are_marked_in_every_figure_and_alt_text(full, full_drawn):
    for name, (_, figure, alt) in full_drawn.items():
        assert figures.SYNTHETIC in words_of(figure), name
        assert alt.startswith(figures.SYNTHETIC)
    run, summary = full
    for _, figure, alt in drawn(run, summary | {"synthetic": False}, "shares", "map").values():
        assert figures.SYNTHETIC not in words_of(figure)
        assert not alt.startswith(figures.SYNTHETIC)


def test_drawing_twice_gives_the_same_bytes(full, full_drawn):
    again = drawn(*full)
    for name, (_, figure, alt) in full_drawn.items():
        _, second, second_alt = again[name]
        assert alt == second_alt
        assert figures.page_svg(figure, name, alt) == figures.page_svg(second, name, alt)
        if name in ("shares", "map"):
            assert figures.png(figure, "Title?", "Source") == figures.png(second, "Title?", "Source")


def test_svgs_stand_together_in_one_page_and_take_its_colours(full_drawn):
    page, coloured = [], ("fill", "stroke")
    for name, (_, figure, alt) in full_drawn.items():
        svg = figures.page_svg(figure, name, alt)
        root = ET.fromstring(svg)
        assert root.get("role") == "img" and root.get("aria-label") == alt
        ids = [element.get("id") for element in root.iter() if element.get("id") is not None]
        assert all(identity.startswith(f"{name}-") for identity in ids)
        page += ids
        for reference in re.findall(r'(?:href="|url\()#([^")]+)', svg):
            assert reference in ids
        for element in root.iter():
            assert not element.tag.endswith(("metadata", "style", "image")) and "style" not in element.attrib
            colours = {element.get(part) for part in coloured} - {None, "none", "currentColor"}
            classes = element.get("class", "")
            for colour in colours:
                # Nothing keeps a colour that the page cannot change.
                assert any(palette.colour(group).lower() == colour and group in classes for group in GROUPS), (
                    name,
                    colour,
                )
    assert len(page) == len(set(page))


def test_png_says_nothing_of_when_and_with_what_it_was_made(full_drawn):
    content = figures.png(full_drawn["shares"][1], "Title?", "Source")
    assert content.startswith(b"\x89PNG")
    for mark in (b"tEXt", b"iTXt", b"tIME"):
        assert mark not in content


def test_png_has_its_title_and_source_and_the_page_has_not(full_drawn):
    _, figure, alt = full_drawn["shares"]
    before, size = figures.page_svg(figure, "shares", alt), figure.get_size_inches().tolist()
    heights = [
        int.from_bytes(figures.png(figure, title, "Source")[20:24], "big") for title in ("", "Short?", "Long " * 30)
    ]
    assert heights == sorted(set(heights))  # room for the title, and for each of its lines
    assert figures.page_svg(figure, "shares", alt) == before and figure.get_size_inches().tolist() == size
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


def test_rule_and_captions_name_the_figures_that_are_drawn():
    rule = (PROJECT / "workflow/rules/figures.smk").read_text(encoding="utf-8")
    listed = re.findall(r'"(\w+)"', rule.split("FIGURES = [")[1].split("]")[0])
    assert listed == list(figures.FIGURES)
    captions = {path.stem for path in (PROJECT / "report/captions").glob("*.rst")}
    assert captions == set(figures.FIGURES)


def official_counts():
    """Ids of the official counts among the published figures."""
    facts = read_yaml(PROJECT / "workflow/facts/published.yaml")
    return {count["id"] for count in facts["official_benchmarks"]}


class Named(dict):
    __getattr__ = dict.__getitem__


def test_main_writes_every_figure_and_the_list_of_them(full, tmp_path):
    run, summary = full
    captions = sorted((PROJECT / "report/captions").glob("*.rst"))
    statistics = PROJECT / "workflow/facts/published.yaml"
    files = Named(summary=tmp_path / "summary.json", captions=captions, statistics=statistics)
    files["summary"].write_text(json.dumps(summary), encoding="utf-8")
    for name in ("schools", "reach"):
        files[name] = tmp_path / f"{name}.parquet"
        run[name].to_parquet(files[name])
    for name in ("england", "regions", "radius_curve", "published", "ledger"):
        files[name] = tmp_path / f"{name}.csv"
        run[name].to_csv(files[name], index=False)
    folder = tmp_path / "figures"
    folder.mkdir()
    params = Named(criteria=CRITERIA, sources=SOURCES, release=RELEASE)
    figures.main(Named(input=files, params=params, output=Named(index=folder / "index.json")))
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in index] == list(figures.FIGURES)
    for entry in index:
        assert entry["title"].endswith("?") and entry["alt"] and entry["caption"] and entry["synthetic"] is True
        assert (folder / f"{entry['name']}.svg").stat().st_size and (folder / f"{entry['name']}.png").stat().st_size
    expected = figures.figure_tables(run, CRITERIA, SOURCES, official_counts())
    for name, frame in expected.items():
        written = (folder / f"{name}.csv").read_text(encoding="utf-8")
        assert written == frame.to_csv(index=False, lineterminator="\n"), name
