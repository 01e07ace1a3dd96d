"""Over the years: the same school in three releases, and in how many of them it is in need."""

import pandas as pd

import over_years
from lib import change_schemas, tables
from small_comparison import a_run, a_school, compared

YEARS = [("2015/16", "2017-03-31"), ("2016/17", "2018-03-31"), ("2017/18", "2019-03-31")]
HIGH = [a_school(n, grade=1) for n in range(11, 20)]


def told(tmp_path, *years, links=()):
    """Run three releases, compare each with the next, and count over them: change_schemas.OVER_YEARS by first URN."""
    runs = [
        a_run(tmp_path / str(n), [*schools, *HIGH], links, year=year, date=date)
        for n, (schools, (year, date)) in enumerate(zip(years, YEARS, strict=True))
    ]
    classified = [run.schools for run in runs]
    changes = [compared(one, other)[0]["schools.csv"] for one, other in zip(runs, runs[1:], strict=False)]
    followed = over_years.lineages(classified, changes)
    of_years = over_years.years(followed, ["2016", "2017", "2018"], classified)
    tables.conform(of_years[list(change_schemas.YEARS.columns)], change_schemas.YEARS)
    table = tables.conform(over_years.over_years(of_years, len(runs)), change_schemas.OVER_YEARS)
    assert sum(table["years"]) == sum(map(len, classified))
    return table.assign(first=table["urns"].str.split(";").str[0].astype(int) - 100_000).set_index("first")


def three(number, *grades):
    return [[a_school(number, grade=grade, result=50, inspected=f"201{n}-01-01")] for n, grade in enumerate(grades, 4)]


def beside(*schools):
    return [sum(of_year, []) for of_year in zip(*schools, strict=True)]


def test_years_in_need_of_those_that_can_say(tmp_path):
    table = told(
        tmp_path,
        *beside(
            three(1, 4, 4, 4),
            three(2, 4, 2, 3),
            three(3, 4, None, 4),
            three(4, 2, 2, 4),
            three(5, 1, 1, 1),
            three(6, None, 1, 1),
        ),
    )
    columns = ["years", "years_assessable", "years_in_need", "in_need_throughout", "returning", "groups"]
    rows = table.loc[1:6, columns].astype("object").where(table.loc[1:6, columns].notna(), None).to_numpy().tolist()
    assert rows == [
        [3, 3, 3, True, False, "in_need;in_need;in_need"],
        [3, 3, 2, False, True, "in_need;neither;in_need"],
        [3, 2, 2, None, False, "in_need;not_assessable;in_need"],
        [3, 3, 1, False, False, "neither;neither;in_need"],
        [3, 3, 0, False, False, "high_performing;high_performing;high_performing"],
        [3, 2, 0, False, False, "not_assessable;high_performing;high_performing"],
    ]
    throughout = table.loc[1:6, "high_performing_throughout"]
    assert throughout.astype("object").fillna("unknown").astype("str").tolist() == ["False"] * 4 + ["True", "unknown"]


def test_a_chain_of_conversions_is_one_school_and_a_year_away_does_not_end_it(tmp_path):
    closed = {"status": "closed", "closed": "2017-08-31"}
    # 1 becomes 6 and then 7; 2 is no school of the population in the second year; 3 is between its two URNs then.
    first = [a_school(1), a_school(2), a_school(3), a_school(4)]
    six, eight = a_school(6, opened="2017-09-01"), a_school(8, opened="2018-04-01")
    gone = [a_school(1, **closed), a_school(3, status="closed", closed="2018-03-31")]
    second = [six, a_school(2, type="special"), eight, *gone]
    third = [
        {**six, "status": "closed", "closed": "2018-08-31"},
        a_school(7, opened="2018-09-01"),
        a_school(2),
        eight,
        *gone,
    ]
    table = told(tmp_path, first, second, third, links=[(6, 1), (7, 6), (8, 3)])
    assert table["urns"].loc[[1, 2, 3, 4]].tolist() == ["100001;100006;100007", "100002", "100003;100008", "100004"]
    assert table["years"].loc[[1, 2, 3, 4]].tolist() == [3, 2, 2, 1]
    assert table["groups"].loc[2].split(";")[1] == "–"
    assert len(table) == 4 + len(HIGH)


def test_numbers_begin_with_one_and_do_not_depend_on_the_order_of_rows(tmp_path):
    runs = [pd.DataFrame({"urn": [5, 3], "phase": "primary"}), pd.DataFrame({"urn": [3, 5], "phase": "primary"})]
    columns = {"phase": "primary", "followed": "same_urn", "others": None}
    change = pd.DataFrame({"urn_from": [5, 3], "urn_to": [5, 3], **columns})
    table = over_years.lineages(runs, [change])
    again = over_years.lineages([run.iloc[::-1] for run in runs], [change.iloc[::-1]])
    assert (
        table.to_numpy().tolist()
        == again.to_numpy().tolist()
        == [
            [1, "primary", 0, 3],
            [1, "primary", 1, 3],
            [2, "primary", 0, 5],
            [2, "primary", 1, 5],
        ]
    )
