"""The readings of the real release 2016 against plain arithmetic on its files, done once outside the project.

Shares agree to 0.4 points, counts to 1%, misfits to 0.2: the arithmetic gave fewer sponsor-led academies results of a
predecessor (120 primaries, 21 secondaries), and a few more schools a designation. Slow; needs SCHOOL_DATA.
"""

import pandas as pd
import pytest

from lib import tables

ENDS = ("estimate", "lower", "upper")
POINTS, PERCENT, MISFIT = 0.4, 1, 0.2
HIGH = {  # (third way, high, URNs, denominator): misfit; of primaries, secondaries: best estimate, bounds; in all
    ("good_both", "national_each", "own", "all"): (1.0, (26.9, 26.9, 26.9), (34.0, 34.0, 34.0), 5683),
    ("good_both", "national_each", "own_and_results", "all"): (1.0, (26.9, 26.9, 26.9), (34.0, 34.0, 34.0), 5683),
    ("good_leadership_or_any_both", "top_fifth", "method", "judged"): (
        1.2,
        (27.8, 26.6, 51.9),
        (32.8, 29.9, 54.0),
        5517,
    ),
    ("good_leadership_or_both", "top_fifth", "method", "judged"): (1.2, (27.6, 26.3, 51.6), (32.7, 29.8, 53.8), 5471),
    ("good_leadership_or_any_both", "top_fifth", "any", "judged"): (1.7, (27.2, 25.9, 50.5), (31.5, 28.7, 51.8), 5539),
    ("good_leadership_or_both", "top_quarter", "method", "all"): (2.4, (28.6, 27.4, 50.7), (31.4, 28.8, 50.1), 5869),
    ("good_leadership_both", "top_half", "method", "all"): (None, (19.7, 19.2, 27.0), (24.4, 23.2, 31.4), None),
    ("good_leadership", None, "method", "all"): (None, (21.8, None, None), (28.1, None, None), None),
}
NEED = {  # (combination, grades, who, URNs): the same
    ("any", "three_and_four", "not_sponsor_led", "own"): (0.7, (11.8, 10.3, 22.5), (17.6, 15.6, 20.0), 2586),
    ("any", "three", "not_sponsor_led", "method"): (0.9, (12.1, 10.3, 23.7), (16.2, 13.6, 19.4), 2577),
    ("floor_or_grades", "three_and_four", "not_sponsor_led", "method"): (
        1.1,
        (11.3, 11.3, 11.3),
        (16.3, 16.3, 16.3),
        2448,
    ),
    ("any", "three_and_four", "not_sponsor_led", "own_and_results"): (
        1.2,
        (12.1, 10.4, 23.7),
        (17.9, 15.8, 20.6),
        2649,
    ),
    ("floor_or_grades", "three", "any", "own"): (2.5, (10.6, 10.6, 10.6), (19.0, 19.0, 19.0), 2422),
    ("grades", "three_and_four", "any", "method"): (3.9, (10.0, 10.0, 10.0), (20.2, 20.2, 20.2), 2371),
    ("any", "three_and_four", "any", "method"): (None, (14.6, 12.8, 26.8), (26.2, 23.4, 29.6), 3338),  # April
}
RULED_OUT = {  # (combination, grades, who), under no URNs and no denominator possible
    *(("any", grades, "any") for grades in ("three_and_four", "three")),
    *(
        (combination, grades, who)
        for combination in ("floor_or_grades", "grades")
        for grades in ("three_and_four", "three")
        for who in ("any", "not_sponsor_led")
    ),
    *(
        (combination, "three_and_four", who)
        for combination in ("grades_and_other", "two_of_three")
        for who in ("any", "not_sponsor_led")
    ),
    ("floor_or_coasting", None, "not_sponsor_led"),
    *(("floor", None, who) for who in ("any", "not_sponsor_led")),
}
TOPS = {  # (third way, URNs): the top that gives 27% of primaries, 33% of secondaries
    ("good_leadership_both", "method"): (None, None),
    ("good_leadership_or_both", "own"): (29, 42),
    ("good_leadership_or_both", "method"): (21, 29),
    ("good_both", "own"): (35, 50),
    ("good_progress", "method"): (16, 27),
    ("good_leadership_or_any_both", "method"): (20, 29),
    ("any_both", "own"): (32, 41),
}


@pytest.fixture(scope="module")
def readings(run_2016, school_data):
    if not (school_data / "2016" / "designations.csv").is_file():
        pytest.skip("these files of 2016 have no designations")
    table = tables.read(run_2016 / "readings/readings.csv").astype({"third_way": "object"})
    return table.where(table.notna(), None)


def found(rows, group, options, floor=True):
    for name, option in options.items():
        rows = rows[rows[name].isna() if option is None else rows[name] == option]
    if floor and group == "in_need":
        rows = rows[rows["floor"].isin([None, "point_estimate"]) | rows["floor"].isna()]
    (row,) = rows[rows["group"] == group].to_dict("records")
    return row


def holds(row, group, misfit, primary, secondary, total):
    for phase, shares in (("primary", primary), ("secondary", secondary)):
        for end, share in zip(ENDS, shares, strict=True):
            if share is not None:
                assert 100 * row[f"{group}_{phase}_{end}"] == pytest.approx(share, abs=POINTS), (phase, end)
    assert total is None or row[f"{group}_all_estimate"] == pytest.approx(total, rel=PERCENT / 100)
    assert misfit is None or row["misfit"] == pytest.approx(misfit, abs=MISFIT)


@pytest.mark.parametrize(("options", "figures"), HIGH.items())
def test_high_performing(readings, options, figures):
    names = ("third_way", "high", "urns", "denominator")
    holds(found(readings, "high_performing", dict(zip(names, options, strict=True))), "high_performing", *figures)


@pytest.mark.parametrize(("options", "figures"), NEED.items())
def test_in_need(readings, options, figures):
    taken = dict(zip(("combination", "grades", "who", "urns"), options, strict=True)) | {"denominator": "all"}
    holds(found(readings, "in_need", taken), "in_need", *figures)


def test_what_is_ruled_out_for_in_need(readings):
    need = readings[readings["group"] == "in_need"].fillna({"grades": ""})
    possible = need.groupby(["combination", "grades", "who"])["possible"].any()
    ruled_out = {(c, g or None, w) for (c, g, w), some in possible.items() if not some}
    assert ruled_out >= RULED_OUT
    assert ("grades_or_coasting", "three", "any") not in ruled_out
    assert ("any", "three_and_four", "not_sponsor_led") not in ruled_out


@pytest.mark.parametrize(("options", "tops"), TOPS.items())
def test_at_which_quantile_a_form_gives_the_published_share(readings, run_2016, options, tops):
    table = pd.read_csv(run_2016 / "readings/quantiles.csv").set_index(["third_way", "urns", "phase"])["top"]
    for phase, top in zip(("primary", "secondary"), tops, strict=True):
        here = table[(*options, phase)]
        assert pd.isna(here) if top is None else abs(here - top) <= 1, phase


def test_the_best_readings_meet_the_claims_that_did_not_choose_them(readings):
    joint = readings[readings["group"] == "joint"].reset_index(drop=True)
    taken = joint[[("chosen" in str(marked)) for marked in joint["marked"]]].iloc[0]
    assert taken.name < 10 and taken["misfit"] == pytest.approx(1.2, abs=MISFIT)
    assert (taken["primary_regions"], taken["secondary_regions"]) == (9, 7)
    assert (
        taken["primary_radius_from"] == 4.5
        and 3.5 <= taken["secondary_radius_from"] <= taken["secondary_radius_to"] <= 4.5
    )
    literal = joint[[("literal" in str(marked)) for marked in joint["marked"]]].iloc[0]
    assert (literal["primary_regions"], literal["secondary_regions"]) == (7, 3)
    assert literal["primary_radius_from"] == 5.5 and not literal["possible"]


def test_enough_readings_are_tried(run_2016, readings):
    tried = pd.read_csv(run_2016 / "readings/tried.csv").set_index("group")["tried"]
    assert tried["high_performing"] >= 2000 and tried["in_need"] >= 384 and tried["joint"] > 100_000


def test_the_method_is_the_nearest_reading_that_puts_a_school_of_both_groups_in_need(readings):
    """As the project does; the method file says that some which count it in both groups come nearer."""
    joint = readings[readings["group"] == "joint"]
    taken = joint[joint["marked"].fillna("").str.contains("chosen")].iloc[0]
    left_out = joint[joint["overlap"] == "left_out"]
    assert taken["overlap"] == "left_out" and taken["misfit"] == left_out["misfit"].min()
    assert set(joint.loc[joint["misfit"] < taken["misfit"], "overlap"]) == {"kept"}
