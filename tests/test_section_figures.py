"""The figures of each section: tables that hold just what is drawn, marks and alt texts that are right."""

import dataclasses
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import aggregate
from drawn_figures import (
    COUNTS,
    CRITERIA,
    FIGURES,
    SVG,
    SYNTHETIC_ROW,
    WHOLE,
    drawn,
    drawn_in,
    facts_with,
    full_run,
    run_of,
    run_with,
    said,
    schools_of,
    shapes_of,
    texts_of,
    words_of,
)
from lib import chart, chart_files
from lib.domain import GROUPS
from lib.words import SYNTHETIC
from sections.figure import number
from sections.partners.figures import without_partner_alt
from sections.regions.figures import map_table, regions_alt
from sections.uncertainty import figures as uncertainty


def test_shares_show_the_schools_that_are_not_assessable():
    table, sheet, alt = drawn_in("full")["shares"]
    england = full_run().england.set_index("phase")
    for row in table.to_dict("records"):
        assert row["schools"] == england.loc[row["phase"], row["group"]]
        assert row["share"] == pytest.approx(row["schools"] / england.loc[row["phase"], "schools"], abs=1e-6)
    assert list(table.loc[table["group"] == "in_need", "published_share"]) == [0.12, 0.17]
    # 11, 7, 10 and 2 of 30 primaries
    assert (
        "Of 30 primary schools 37% are counted as high-performing (could be 37% to 43%; published 27%), 23% are "
        "counted as in need (could be 23% to 30%; published 12%), 33% are neither (could be 33% to 40%) and 7% are not "
        "assessable."
    ) in alt
    assert {"37% (37–43%)", "published 27%", "Neither", "33% (33–40%)", "7%"} <= set(words_of(sheet))
    for _, rows in table.groupby("phase"):
        assert rows["share"].sum() == pytest.approx(1)
    assert "Neither" not in words_of(drawn_in("all not assessable")["shares"][1])


def test_a_published_share_stands_beside_the_share_also_where_the_two_are_close():
    schools = schools_of({"primary": ((13, 10, 77, 0),)})
    _, sheet, _ = drawn(run_of(schools)[0], "shares")["shares"]  # 13% and 10%; published 27% and 12%
    lines = shapes_of(sheet, "ink", filled=False)
    assert len(lines) == 2
    for mark in texts_of(sheet):
        if mark.text in ("13%", "10%"):
            left, top, right, bottom = mark.box
            for (x, high), (_, low) in lines:
                assert not (left < x < right and high < bottom and top < low)


def test_regions_stand_by_difference_and_england_last():
    table, _, alt = drawn_in("full")["regions"]
    primary = table[table["phase"] == "primary"]
    assert list(primary["area"]) == ["London", "Yorkshire and the Humber", "South West", "England"]
    regions = full_run().regions.set_index(["phase", "area"])
    for row in table[table["level"] == "region"].to_dict("records"):
        for name in ("share_high_performing", "share_in_need", "in_need"):
            assert row[name] == regions.loc[(row["phase"], row["area"]), name]
    assert (
        "Primary: the share that is counted as high-performing is above the share counted as in need in 2 of 3 regions"
        in alt
    )
    assert (
        "is highest in London (50% against 10%) and lowest in South West (20% against 40%). Of all in England, with "
        "what is not known, 37% to 43% high-performing and 23% to 30% in need could be."
    ) in alt


def test_regions_alt_names_ties_and_every_region():
    rows = [("A", 0.3, 0.1, 0.2), ("B", 0.3, 0.1, 0.2), ("C", 0.3, 0.2, 0.1)]
    frame = pd.DataFrame(rows, columns=["area", "share_high_performing", "share_in_need", "difference"])
    frame = frame.assign(phase="primary", level="region")
    assert said(regions_alt, frame) == (
        "Primary: the share that is high-performing is above the share in need in 3 of 3 regions; "
        "the difference is highest in A (30% against 10%) and B (30% against 10%) and lowest in C (30% against 20%)."
    )
    less = said(regions_alt, frame.assign(difference=-0.1).tail(1))
    assert less == "Primary: the share that is high-performing is above the share in need in 0 of 1 region."


def test_marks_that_would_coincide_stand_one_above_the_other():
    _, sheet, _ = drawn_in("a tie in every region")["regions"]
    dots = [mark for mark in sheet.marks if isinstance(mark, chart.Dots)][1:]  # the first one is of the legend
    squares = [
        np.array(mark.points) for mark in sheet.marks if isinstance(mark, chart.Shape) and mark.colour == "in_need"
    ][1:]
    assert len(dots) == len(squares) == 4  # three regions and England
    for dot, square in zip(dots, squares, strict=True):
        low, high = square.min(axis=0), square.max(axis=0)
        x, y = dot.points[0]
        assert x == pytest.approx((low[0] + high[0]) / 2) and y + dot.size / 2 < low[1] + 4


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
        "11 counted as high-performing, the largest number in London (5); 6 counted as in need, the largest number in "
        "South West (4)"
    ) in alt
    assert "(1 more, without coordinates, not drawn)" in alt


def test_the_map_of_england_is_small_and_marks_each_school():
    rng, count = np.random.default_rng(1), 20_000
    places = {"easting": rng.integers(90_000, 650_000, count), "northing": rng.integers(10_000, 650_000, count)}
    groups = rng.choice(GROUPS, count, p=(0.27, 0.13, 0.5, 0.1))
    schools = pd.DataFrame({"urn": np.arange(count), "phase": "primary", "group": groups, "region": "London"} | places)
    table = map_table(run_with(schools=schools.astype({"easting": "Int64", "northing": "Int64"})))
    svg = chart_files.svg(FIGURES["map"].draw(table, WHOLE)[0], "map", "")
    assert len(svg) < 400_000
    paths = [path for path in ET.fromstring(svg).iter(f"{{{SVG}}}path") if path.get("d", "").count("h0") > 1]
    dots = sum(path.get("d").count("h0") for path in paths if "class" in path.attrib)
    assert dots == table["group"].isin(("high_performing", "in_need")).sum()  # one dot a school


def test_partners_table_holds_the_aggregated_quartiles():
    table, sheet, alt = drawn_in("full")["partners"]
    areas = pd.concat([full_run().regions, full_run().england]).set_index(["phase", "area"])
    for row in table.to_dict("records"):
        for name in ("lower_quartile", "median", "upper_quartile"):
            assert row[name] == areas.loc[(row["phase"], row["area"]), f"{name}_partners"]
        assert row["percentile_10"] <= row["lower_quartile"] and row["upper_quartile"] <= row["percentile_90"]
    median = number(areas.loc[("primary", "England"), "median_partners"])
    assert (
        f"Primary: the median school counted as in need has {median} partners (could be 2 to 3) within 5 miles" in alt
    )
    assert "highest in London (5) and lowest in South West" in alt
    assert f"{median} (2–3)" in words_of(sheet)


def test_without_partner_alt_is_right_for_some_one_and_none():
    def alt(*rows):
        frame = pd.DataFrame(rows, columns=["area", "schools_in_need", "without_partner", "share"])
        frame = frame.assign(
            share_lower=frame["share"],
            share_upper=frame["share"],
            phase="primary",
            level=frame["area"].map({"England": "country"}).fillna("region"),
        )
        return said(without_partner_alt, frame, facts_with(in_need={"primary": 9}))

    assert alt(("A", 4, 2, 0.5), ("B", 5, 0, 0.0), ("England", 9, 2, 2 / 9)) == (
        "Primary: 2 of 9 schools in need (22%) have no partner within 5 miles; the share is highest in A (50%) and "
        "lowest in B (0%)."
    )
    one = "Primary: 1 of 9 schools in need (11%) has no partner within 5 miles."
    assert alt(("England", 9, 1, 1 / 9)) == one
    assert alt(("England", 9, 0, 0.0)) == "Primary: 0 of 9 schools in need (0%) have no partner within 5 miles."
    assert alt(("England", 0, 0, np.nan)) == "Primary: no school in need has coordinates."


def test_high_performing_schools_without_coordinates_are_told_of_where_partners_are_counted():
    state, told = drawn_in("high-performing schools without coordinates"), "without coordinates are nobody’s partner"
    for name in ("partners", "without_partner"):
        table, sheet, alt = state[name]
        assert f"11 high-performing schools {told}" in words_of(sheet) and f"11 high-performing schools {told}" in alt
        whole = table[table["level"] == "country"].set_index("phase")["high_performing_without_coordinates"]
        assert dict(whole) == {"primary": 11, "secondary": 6}
        assert told not in " ".join([drawn_in("full")[name][2], *words_of(drawn_in("full")[name][1])])


def test_those_left_over_are_those_of_the_pairing_and_fall_with_the_radius():
    table, sheet, alt = drawn_in("full")["enough"]
    pairing = full_run().pairing
    england = pairing[pairing["level"] == "england"].set_index(["phase", "most_per_helper"])
    for row in table[table["of_run"] == 1].to_dict("records"):
        of_run = england.loc[(row["phase"], row["most_per_helper"])]
        assert row["without_partner"] == of_run["no_helper_near"]
        assert row["left_over"] == of_run["no_helper_near"] + of_run["helpers_taken"]
        assert (row["left_over_lower"], row["left_over_upper"]) == tuple(of_run[["left_over_lower", "left_over_upper"]])
    for _, rows in table.groupby(["phase", "most_per_helper"]):
        assert rows["radius_miles"].is_monotonic_increasing and rows["radius_miles"].is_unique
        assert rows["left_over"].is_monotonic_decreasing and (rows["left_over"] >= rows["without_partner"]).all()
    # Of 7 primary schools in need, in rows of 1.5 km: those of the South West, four of them, have two helpers.
    assert "of 7 schools counted as in need (could be 7 to 9) 2 are left over if each takes one (could be" in alt
    assert "Within 20 miles 2 are left over if each takes one, 0 are left over if each takes two and 0" in alt
    assert {"Primary: left over of 7 (7–9), by radius", "Within 5 miles", "if each takes three"} <= set(words_of(sheet))


def test_of_a_run_with_travel_times_the_curves_are_of_straight_lines_alone():
    facts = dataclasses.replace(full_run().facts, travel_minutes={"primary": 20, "secondary": 30})
    run = dataclasses.replace(full_run(), facts=facts)
    table, sheet, alt = drawn(run, "enough")["enough"]
    assert table.loc[table["of_run"] == 1, "radius_miles"].isna().all()
    assert len(table[table["of_run"] == 0]) == len(run.pairing_curve)
    assert {"Within 20 minutes", "Curves: in straight lines alone, without the travel times"} <= set(words_of(sheet))
    assert "In straight lines alone, within 20 miles" in alt


def test_partners_alike_stand_beside_those_near_from_the_known_to_the_possible():
    run = full_run()
    table, sheet, alt = drawn(run, "alike")["alike"]
    areas = run.support.set_index(["phase", "area"])
    for row in table.to_dict("records"):
        of_area = areas.loc[(row["phase"], row["area"])]
        assert row["near"] == of_area["median_partners"] == row["alike_upper"]  # all are alike
    primary = run.support["phase"] == "primary"
    unlike = run.support.assign(
        median_partners=run.support["median_partners"].mask(primary & (run.support["area"] == "England"), 9.0),
        median_alike_lower=0.0,
        median_alike_upper=run.support["median_alike_upper"].mask(primary & (run.support["area"] == "England"), 6.5),
    )
    table, sheet, alt = drawn(dataclasses.replace(run, support=unlike), "alike")["alike"]
    assert "0–6.5 of 9" in words_of(sheet)
    assert "has 9 partners within 5 miles, and 0 known to be alike and 6.5 that may be" in alt
    assert list(table.loc[table["phase"] == "primary", "area"])[-1] == "England"


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
        assert f"within {radius} miles, the radius of this run, it is {number(own['median_partners'].item())}" in alt
        assert "published: 9)" in alt
        assert "published median 9" in words_of(sheet)


def test_criteria_count_combinations_that_add_up_to_what_each_brings_in():
    table, _, alt = drawn_in("full")["criteria"]
    schools = full_run().schools
    counts = aggregate.criteria_counts(schools, {name: its["group"] for name, its in CRITERIA.items()})
    for row in counts.to_dict("records"):
        name, of_phase = row["criterion"], schools[schools["phase"] == row["phase"]]
        rows = table[(table["phase"] == row["phase"]) & (table["finding"] == "met")]
        holds = [name in names.split(";") for names in rows["criteria"]]
        assert rows.loc[holds, "schools"].sum() == (of_phase[name] == "met").sum()
        assert rows.loc[rows["criteria"] == name, "schools"].sum() == row["met_alone"]
    assert "by “Outstanding” and “Teaching School or National Support School”" in alt


def test_bars_of_criteria_are_shares_of_the_phase_on_one_scale():
    _, sheet, _ = drawn_in("full")["criteria"]
    words = words_of(sheet)
    # 6 of 11 high-performing primaries meet both criteria, 5 are outstanding alone; 4 and 2 of 6 secondaries.
    assert {"Primary: 11", "6 (55%)", "5 (45%)", "Secondary: 6", "4 (67%)", "2 (33%)"} <= set(words)
    corners = [points[:, 0] for points in shapes_of(sheet, "high_performing", filled=True)]
    high = sorted(x.max() - x.min() for x in corners)  # the group drawn first, row by row
    assert high[-1] / high[0] == pytest.approx((4 / 6) / (2 / 6))


def test_schools_of_which_a_criterion_is_not_assessable_are_counted_beside_its_name():
    table, sheet, alt = drawn(run_of(schools_of(COUNTS).assign(designated="not_assessable"))[0], "criteria")["criteria"]
    lacking = table[(table["finding"] == "not assessable") & (table["criteria"] == "designated")]
    assert list(zip(lacking["phase"], lacking["schools"], strict=True)) == [("primary", 30), ("secondary", 16)]
    assert "11 schools; 11 by “Outstanding” alone; not assessable: “Outstanding” for 2 and “Teaching School" in alt
    assert "not assessable: 30 primary and 16 secondary" in words_of(sheet)


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
    assert "Register of schools: 46 of 100 rows used." in alt
    assert "The reason that leaves out most rows of the register: reason 0 (10)." in alt
    assert "The rows of the register make 30 primary schools and 16 secondary schools." in alt
    assert "School performance tables, key stage 2: 38 of 40 rows used." in alt
    assert "4 other reasons" in words_of(sheet)
    assert "38 of 40" in words_of(sheet)


def test_flow_writes_england_with_a_capital_and_the_whole_of_a_long_reason():
    reasons = {"summary_row: england_state_funded": 3, "stands in a file of another year and of another place": 2}
    _, sheet, _ = drawn(run_of(schools_of(COUNTS), reasons=reasons)[0], "flow")["flow"]
    together = " ".join(words_of(sheet))
    assert "Summary row: England state funded" in together
    assert "Stands in a file of another year and of another place" in together


def comparison(*rows, **bounds):
    columns = ["id", "label", "kind", "phase", "criterion", "published", "reproduced", "agrees", "evidence"]
    frame = pd.DataFrame(rows, columns=columns)
    ends = {"lower": frame["reproduced"], "upper": frame["reproduced"], "inside": frame["agrees"]} | bounds
    published = frame.assign(**ends).astype({"agrees": "boolean", "inside": "boolean"})
    return uncertainty.comparison_table(run_with(published=published))


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
    assert (
        "For 2 of them: it was counted otherwise, or a criterion is tested without" in alt
        and "For 1 of them: no evidence" in alt
    )
    words = words_of(sheet)
    for expected in ("published 27%, here 27%", "the same", "published 2,511, here 2,434", "−77 (3%) †", "not known ‡"):
        assert expected in words
    assert "study: holds, here does not hold" in words
    assert "−56%" in words and "+56%" in words  # the largest gap is as far as a lane reaches


def test_gaps_are_between_the_figures_as_they_are_printed():
    def gap(kind, told, own):
        row = {"kind": kind, "published": told, "reproduced": own, "agrees": False, "evidence": "full"}
        return uncertainty._gap(row)

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
    start, end = uncertainty.LANE
    assert [mark.points[0, 0] for mark in sheet.marks if isinstance(mark, chart.Dots)] == [(start + end) / 2]
    rings = [np.array(mark.points)[:, 0] for mark in sheet.marks if len(getattr(mark, "points", ())) > 4]
    assert [(x.min() + x.max()) / 2 for x in rings] == pytest.approx([start, start + (end - start) * 0.75])


def test_bounds_are_drawn_and_said_whether_the_published_figure_lies_inside():
    rows = [("a", "A", "share", "primary", None, "17", "23.3", False, "partial")]
    rows += [("b", "B", "count", "both", None, "100", "98", False, "partial")]
    rows += [("c", "C", "claim", "both", None, "true", "false", False, "partial")]
    ends = {"lower": ["23.3", "50", "false"], "upper": ["40.8", "900", "true"], "inside": [False, True, True]}
    table = comparison(*rows, **ends)
    sheet, alt = FIGURES["comparison"].draw(table, WHOLE)
    assert {"23–41%: outside", "50–900: inside", "possible", "−100%", "+100%"} <= set(words_of(sheet))
    assert "Of the 3 that depend on what is not known 2 lie within the bounds; outside: “A” (23–41%: outside)." in alt
    assert not any("†" in words for words in words_of(sheet))
    start, end = uncertainty.LANE
    lines = [np.array(mark.points) for mark in sheet.marks if isinstance(mark, chart.Shape) and len(mark.points) == 2]
    assert any(line[:, 0].tolist() == [start + (end - start) / 4, end] for line in lines)  # half of it, and far beyond


def test_of_synthetic_data_the_band_says_that_no_comparison_is_evidence():
    table = comparison(("a", "A", "count", "both", None, "100", "98", False, "none"))
    sheet, _ = FIGURES["comparison"].draw(table, facts_with(caveats=[SYNTHETIC_ROW]))
    assert "−2 (2%)" in words_of(sheet) and SYNTHETIC in words_of(sheet)
    assert not any("‡" in words for words in words_of(sheet))
