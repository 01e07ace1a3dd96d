"""The real release 2017: counts of the results of 2016/17 beside the official ones, as far as the copy allows.

It has no results of earlier years of its own; those of 2015/16, of the release before, may be laid beside them.
"""

import pandas as pd
import pytest

import recount
import recount_pairing
from test_recount import agree

OFFICIAL = {
    "primary_below_floor_2017": 511,
    "secondary_below_floor_2017": 365,
    "primary_coasting_2017": 524,
    "secondary_coasting_2017": 271,
    "secondary_below_floor_and_coasting_2017": 169,
}


def compared(run):
    return pd.read_csv(run / "compared/published.csv").set_index("id")


def test_it_is_set_beside_the_official_counts_of_its_own_year_alone(run_2017):
    assert compared(run_2017)["published"].to_dict() == OFFICIAL


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_schools_below_the_floor_standard_over_all_rows_are_within_a_tenth_of_the_official_count(run_2017, phase):
    row = compared(run_2017).loc[f"{phase}_below_floor_2017"]
    assert abs(row["reproduced"] - row["published"]) <= 0.1 * row["published"]


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_without_results_of_earlier_years_coasting_schools_are_known_within_bounds(run_2017, phase):
    row = compared(run_2017).loc[f"{phase}_coasting_2017"]
    assert row["lower"] == 0 and row["inside"]


@pytest.fixture(scope="module")
def beside_2016(run_2017, school_data, project_copy, tmp_path_factory):
    """A run to the comparison with the results of 2015/16 in the folder of the release as well."""
    folder = tmp_path_factory.mktemp("raw")
    (folder / "2017").mkdir()
    for file in [*school_data.glob("2017/*.csv"), *school_data.glob("2016/2015-2016_england_ks*.csv")]:
        (folder / "2017" / file.name).symlink_to(file)
    copy = project_copy()
    done = copy.run("--cores", "2", "--until", "compare", config={"releases": ["2017"], "raw_dir": str(folder)})
    assert done.returncode == 0, done.stderr[-2000:]
    return copy.results_of_run("2017")


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_results_of_the_year_before_narrow_the_bounds_of_coasting_schools(run_2017, beside_2016, phase):
    without, with_ = (compared(run).loc[f"{phase}_coasting_2017"] for run in (run_2017, beside_2016))
    assert with_["upper"] < 0.75 * without["upper"] and with_["inside"]


@pytest.fixture(scope="module")
def recounted(run_2017):
    return recount.recount(run_2017, "nfer-2017")


@pytest.mark.parametrize("name", recount_pairing.KEYS)
def test_pairing_agrees_with_the_recount(run_2017, recounted, name):
    agree(name, run_2017, recounted)


@pytest.mark.parametrize("name", ["schools", "thresholds", "unknown", "results_files"])
def test_the_rules_of_the_year_agree_with_the_recount(run_2017, recounted, name):
    agree(f"classified/{name}.csv", run_2017, recounted)
