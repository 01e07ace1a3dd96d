"""Years and days in the names of files: read, moved and replaced, written as before."""

import pytest

from lib import dated_names


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("2024-2025_england_ks2final.csv", "2024/25"),
        ("202425_performance_tables_schools_final.csv", "2024/25"),
        ("Results of 2009/10", "2009/10"),
        ("1999-2000 and 2099/00", "2099/00"),
        ("edubasealldata20260831.csv", None),
        ("2015 to 2019, 2015-2019", None),
        ("england_ks4final.csv", None),
    ],
)
def test_school_year_in_a_name(name, year):
    assert dated_names.school_year_in(name) == year


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("2015-2016_england_ks2final.csv", "2017-2018_england_ks2final.csv"),
        ("202324_performance_tables_schools_final.csv", "202526_performance_tables_schools_final.csv"),
        ("Key stage 2, 2098/99", "Key stage 2, 2100/01"),
        ("edubasealldata20170331.csv", "edubasealldata20170331.csv"),
    ],
)
def test_school_years_are_moved_and_nothing_else(name, later):
    assert dated_names.with_years_moved(name, 2) == later


def test_the_year_in_the_name_of_a_source_is_moved():
    assert dated_names.with_year_moved("ks4_2015_provisional", 3) == "ks4_2018_provisional"
    assert dated_names.with_year_moved("ks4", 3) == "ks4"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("edubasealldata20260831.csv", "2026-08-31"),
        ("latest_inspections_as_at_31_Aug_2026.csv", "2026-08-31"),
        ("latest inspections as at 1 September 2026", "2026-09-01"),
        ("1_September_2015_to_31_August_2019.csv", "2019-08-31"),
        ("31_Jun_2026.csv", None),
        ("20261331.csv", None),
        ("3_Quarter_2026", None),
    ],
)
def test_day_in_a_name(name, day):
    assert dated_names.day_in(name) == day


@pytest.mark.parametrize(
    ("name", "another"),
    [
        ("links_edubasealldata20260831.csv", "links_edubasealldata20270501.csv"),
        ("as_at_31_Aug_2026.csv", "as_at_1_May_2027.csv"),
        ("as at 28 February 2026", "as at 1 May 2027"),
        ("12_Monkeys_2026", "12_Monkeys_2026"),
        ("Results of 2024/25", "Results of 2024/25"),
    ],
)
def test_a_day_takes_the_place_of_another_in_its_form(name, another):
    assert dated_names.with_day(name, "2027-05-01") == another
