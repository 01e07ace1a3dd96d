"""Figures of a run counted anew: whatever of a table of areas does not follow from the schools is named."""

import csv

import pandas as pd
import pytest

import verify_figures
from example_release import levels
from lib import schemas, tables
from map_release import RADIUS_MILES, matched, schools_table

LONDON = ("201", "Camden", "London", "Holborn")
KENT = ("886", "Kent", "South East", None)
# urn, whether high-performing and in need, (authority …), x; a mile is 1,609 m.
SCHOOLS = [
    (100001, None, True, LONDON, 0),
    (100002, True, None, LONDON, 1000),
    (100003, True, False, LONDON, 2000),
    (100004, None, None, KENT, 3000),
    (100005, False, False, KENT, None),
    (100006, True, True, KENT, 9_000),
]


@pytest.fixture
def run(tmp_path):
    """A run of six schools, as the steps leave it."""
    rows = [(urn, "primary", "neither", *place, x, x and 0 * x) for urn, _, _, place, x in SCHOOLS]
    known = {urn: (high, need) for urn, high, need, *_ in SCHOOLS}
    schools = schools_table(rows, known=known).assign(setting="urban")
    partners, reach, extent = matched(schools)
    for name in ("classified", "matched", "aggregated"):
        (tmp_path / name).mkdir()
    written = schools.copy()
    for name in ("high_performing", "in_need", "both"):
        written[name] = written[name].map({True: "true", False: "false"})
    written.to_csv(tmp_path / "classified/schools.csv", index=False)
    tables.write(reach, schemas.REACH, csv=tmp_path / "matched/reach.csv")
    tables.write(extent, schemas.REACH_BOUNDS, csv=tmp_path / "matched/bounds.csv")
    for level, table in levels(schools, reach, extent).items():
        table.to_csv(tmp_path / f"aggregated/{level}.csv", index=False)
    assert RADIUS_MILES["primary"] == 5
    return tmp_path


def test_a_run_as_it_was_left_is_counted_alike(run):
    problems, compared = verify_figures.wrong_figures(run)
    assert problems == []
    assert compared > 7 * 40  # England, and two areas of each other level


def test_figures_are_those_that_plain_counting_gives(run):
    schools, *matching = (
        list(csv.DictReader((run / f"{name}.csv").read_text().splitlines()))
        for name in ("classified/schools", "matched/reach", "matched/bounds")
    )
    reach, extent = ({(row["phase"], row["urn"]): row for row in rows} for rows in matching)
    found = verify_figures.figures(schools, reach, extent)
    ends = ("", "_lower", "_upper")
    assert [found[f"high_performing{end}"] for end in ends] == [2, 1, 3]
    assert [found[f"in_need{end}"] for end in ends] == [2, 2, 4]
    assert [found[f"both{end}"] for end in ends] == [1, 1, 4]
    assert [found[f"neither{end}"] for end in ends] == [1, 1, 2]
    assert [found[f"high_performing_per_in_need{end}"] for end in ends] == [1, 1 / 4, 3 / 2]
    # In need: 100001 has two partners, of which one may be in need itself, and perhaps a third; 100006 has one, two
    # or three: 100002 is 8,000 m away, 100003 7,000 m, 100004 6,000 m.
    assert found["median_partners"] == 2.0
    assert found["in_need_without_partner"] == 0


@pytest.mark.parametrize(
    "level, column, row",
    [
        ("england", "in_need_upper", 0),
        ("regions", "share_high_performing_lower", 1),
        ("local_authorities", "high_performing_per_in_need_upper", 0),
        ("constituencies", "schools", 0),
        ("england", "median_partners_lower", 0),
        ("england", "median_nearest_m_upper", 0),
        ("regions", "share_in_need_without_partner_upper", 0),
    ],
)
def test_a_figure_that_does_not_follow_is_named(run, level, column, row):
    path = run / f"aggregated/{level}.csv"
    table = pd.read_csv(path, dtype={"area_code": "str"})
    table.loc[row, column] = 7 if pd.isna(table.loc[row, column]) else table.loc[row, column] + 1
    table.to_csv(path, index=False)
    (problem,) = verify_figures.wrong_figures(run)[0]
    assert problem.startswith(
        f"aggregated/{level}.csv: {table.loc[row, ['area', 'area_code'][level == 'local_authorities']]}"
    )
    assert f"{column} is " in problem


def test_an_area_too_many_or_too_few_is_named(run):
    path = run / "aggregated/regions.csv"
    table = pd.read_csv(path)
    table.replace("London", "Londinium").to_csv(path, index=False)
    problems = verify_figures.wrong_figures(run)[0]
    assert [problem.split(": ")[1:] for problem in problems] == [
        ["London, primary", "has no row"],
        ["Londinium, primary", "has no school"],
    ]


@pytest.mark.parametrize(
    "certain, maybe, least",
    [
        ([5], [], 5),
        ([5], [1], 3),
        ([5], [9], 5),
        ([], [4, 2], 2),
        ([5, 7], [0, 6], 5),
        ([], [], None),
        ([9, 9], [1, 2], 5.5),
    ],
)
def test_the_least_median_of_what_may_come(certain, maybe, least):
    assert verify_figures.least_median(certain, maybe) == least
