"""The real release 2016 against the official figures. Slow; needs SCHOOL_DATA."""

import csv
import json

import pandas as pd
import pytest

from lib import tables

PHASES = ("primary", "secondary")
DFE_BELOW_FLOOR = {"primary": 665, "secondary": 282}
# By plain arithmetic over the source files, without any code of the project.
POPULATION = {"primary": 16_834, "secondary": 3_373}
WITH_COORDINATES = {"primary": 16_806, "secondary": 3_355}
WITH_JUDGEMENT = {"primary": 14_606, "secondary": 2_726}  # of their own URN
WITH_LEADERSHIP = {"primary": 8_617, "secondary": 1_296}  # known, of that inspection
WITH_TRUST = {"primary": 3_600, "secondary": 2_021}
WITH_PUPILS_ON_ROLL = {"primary": 15892, "secondary": 3164}
# 163 grammar schools; the copy says nothing of most primaries.
ADMISSIONS = {
    "primary": {"non_selective": 359, "not_applicable": 7},
    "secondary": {"non_selective": 2920, "selective": 163},
}
IN_NEED = {"primary": (0.09, 0.15), "secondary": (0.14, 0.24)}
OUTSTANDING = {"primary": (0.16, 0.20), "secondary": (0.16, 0.23)}


@pytest.fixture(scope="module")
def summary(run_2016):
    return json.loads((run_2016 / "summary.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def below_floor(run_2016):
    """Outcomes of below_floor counted over the results files: table by (phase, where)."""
    counts = tables.read(run_2016 / "classified/results_files.csv")
    return counts[counts["criterion"] == "below_floor"].set_index(["phase", "where"])


@pytest.mark.parametrize("phase", PHASES)
def test_below_floor_over_all_mainstream_rows_is_near_the_official_count(below_floor, phase, record_property):
    met = below_floor["met"]
    counts = {where: int(met[phase, where]) for where in ("all_rows", "in_population", "not_in_register")}
    record_property("below_floor", counts)
    print(f"\n{phase} below floor: {counts}; Department for Education: {DFE_BELOW_FLOOR[phase]}")
    assert abs(counts["all_rows"] - DFE_BELOW_FLOOR[phase]) <= 0.1 * DFE_BELOW_FLOOR[phase]


@pytest.mark.parametrize("phase", PHASES)
def test_both_counts_of_below_floor_fit_together(below_floor, summary, phase):
    """Schools of the files that are not in the population are counted in the files alone."""
    rows, population = below_floor.loc[phase, "all_rows"], below_floor.loc[phase, "in_population"]
    gone = below_floor.loc[phase, "not_in_register"]
    assert 0 < population["met"] <= rows["met"] and gone["met"] == 0  # the register has every school of the files
    # The method leaves sponsor-led academies out of need.
    assert 0 < summary["phases"][phase]["criteria"]["below_floor"]["met"] < population["met"]


def test_below_floor_in_the_population_equals_plain_arithmetic(below_floor):
    assert below_floor.loc[("primary", "in_population"), "met"] == 598
    assert below_floor.loc[("secondary", "in_population"), "met"] == 256  # upper limits of the provisional file


@pytest.mark.parametrize("phase", PHASES)
def test_population(summary, phase):
    assert summary["phases"][phase]["schools"] == POPULATION[phase]


@pytest.mark.parametrize("phase", PHASES)
def test_what_is_known_of_the_population(run_2016, release_2016, phase):
    schools = tables.read(run_2016 / "population/schools.csv")
    schools = schools[schools["phase"] == phase]
    inspections = tables.read(release_2016 / "clean/inspections.csv").set_index("urn")
    assert (schools["coordinates_from"] == "register").sum() == WITH_COORDINATES[phase]
    assert schools["easting"].notna().sum() == WITH_COORDINATES[phase]
    assert schools["inspection_urn"].notna().sum() == WITH_JUDGEMENT[phase]
    assert schools["inspection_urn"].map(inspections["leadership"]).notna().sum() == WITH_LEADERSHIP[phase]
    assert schools["trust"].notna().sum() == WITH_TRUST[phase]
    assert schools["trust_code"].notna().equals(schools["trust"].notna())
    assert schools["pupils_on_roll"].notna().sum() == WITH_PUPILS_ON_ROLL[phase]
    assert schools["admissions"].value_counts().to_dict() == ADMISSIONS[phase]
    assert schools["gender"].notna().all() and schools["statutory_low_age"].notna().all()
    assert schools[["setting", "fsm_pct"]].isna().all(axis=None), "the copy has neither"


def test_provisional_results_give_the_limits_and_every_row_of_them_is_accounted_for(
    run_2016, release_2016, school_data
):
    """4,203 schools are in the provisional file; 12 of them, all independent, are not in the final one."""
    with (school_data / "2016/2015-2016_england_ks4provisional.csv").open(encoding="utf-8-sig", newline="") as file:
        provisional = {row["URN"]: row for row in csv.DictReader(file) if row["RECTYPE"] == "1"}
    with (school_data / "2016/2015-2016_england_ks4final.csv").open(encoding="utf-8-sig", newline="") as file:
        final = {row["URN"]: row for row in csv.DictReader(file) if row["RECTYPE"] == "1"}
    rejected = tables.read(release_2016 / "clean/rejected.csv")
    rejected = rejected[(rejected["source"] == "ks4_provisional") & rejected["reason"].str.contains("adds to")]
    assert set(rejected["urn"].astype(int).astype(str)) == provisional.keys() - final.keys() and len(rejected) == 12
    results = tables.read(release_2016 / "clean/results.csv")
    results = results[results["phase"] == "secondary"].astype({"urn": "str"}).set_index("urn")
    assert set(results.index) == final.keys()
    for urn, stated in provisional.items():
        if urn not in final:
            continue
        row, limit = results.loc[urn], stated["P8CIUPP"]
        assert row["progress8_upper_status"] != "no_row" and row["row_of_ks4_provisional"] > 1
        assert (pd.isna(row["progress8_upper"]) and not limit[-1:].isdigit()) or row["progress8_upper"] == float(limit)
        assert final[urn]["P8MEA"] == "" or row["progress8"] == float(final[urn]["P8MEA"])
    alone = results.loc[sorted(final.keys() - provisional.keys())]
    assert len(alone) == 6 and set(alone["progress8_upper_status"]) == {"no_row"}
    ledger = pd.read_csv(run_2016 / "audit/ledger.csv")
    totals = ledger[(ledger["source"] == "ks4_provisional") & ledger["reason"].isna()].set_index("step")
    assert totals.loc["clean", ["rows_in", "rows_out"]].tolist() == [5498, 4203 - 12]


def test_every_designation_of_the_undated_list_counts(release_2016):
    designations = tables.read(release_2016 / "clean/designations.csv")
    assert designations["designation"].value_counts().to_dict() == {"teaching_school": 808}


@pytest.mark.parametrize("phase", PHASES)
def test_share_in_need(summary, phase):
    low, high = IN_NEED[phase]
    assert low <= summary["phases"][phase]["share_in_need"] <= high


@pytest.mark.parametrize("phase", PHASES)
def test_share_outstanding_of_those_with_a_judgement(summary, phase):
    counts = summary["phases"][phase]["criteria"]["outstanding"]
    low, high = OUTSTANDING[phase]
    assert low <= counts["met"] / (counts["met"] + counts["not_met"]) <= high


@pytest.mark.parametrize("phase", PHASES)
def test_without_results_of_earlier_years_no_school_is_known_to_be_coasting_and_many_are_known_not_to_be(
    summary, phase
):
    counts = summary["phases"][phase]["criteria"]["coasting"]
    assert counts["met"] == 0 and counts["not_met"] > counts["not_assessable"] > 0


def test_published_figures_lie_within_the_bounds_or_near_and_the_claims_hold(run_2016):
    published = pd.read_csv(run_2016 / "compared/published.csv").set_index("id")
    for name, row in published.iterrows():
        if row["kind"] in ("share", "count") and isinstance(row["statistic"], str):
            near = 1 if row["kind"] == "share" else 0.04 * float(row["published"])
            assert row["inside"] or abs(row["difference"]) <= near, name
        if row["kind"] == "claim":
            assert row["agrees"], name
    assert published.loc[["primary_partners_nearby", "secondary_partners_nearby"], "agrees"].all()


def test_inspections_are_those_up_to_the_reference_date(release_2016):
    inspections = tables.read(release_2016 / "clean/inspections.csv")
    assert inspections["inspection_date"].max() <= "2017-03-31" and inspections["urn"].is_unique


def test_every_source_row_is_kept_or_left_out_with_a_reason(run_2016, release_2016):
    """Rows in, counted here from the raw files, are rows out plus the lines of rejected.csv, source by source."""
    manifest = json.loads((release_2016 / "raw/manifest.json").read_text(encoding="utf-8"))
    ledger = pd.read_csv(run_2016 / "audit/ledger.csv")
    totals = ledger[(ledger["step"] == "clean") & ledger["reason"].isna()].set_index("source")
    rejected = tables.read(release_2016 / "clean/rejected.csv")
    assert not rejected.duplicated(["source", "row"]).any()
    assert rejected["reason"].notna().all()
    for entry in manifest["files"]:
        path = release_2016 / "raw" / entry["file"]
        with path.open(encoding="latin-1", newline="") as file:
            records = list(csv.reader(file))
        header = next(i for i, cells in enumerate(records) if any(cell.upper().endswith("URN") for cell in cells))
        row = totals.loc[entry["source"]]
        assert row["rows_in"] == len(records) - header - 1
        assert row["rows_in"] == row["rows_out"] + (rejected["source"] == entry["source"]).sum()


def test_no_school_of_the_population_was_closed_or_not_yet_open(run_2016):
    schools = tables.read(run_2016 / "population/schools.csv")
    assert (schools["open_date"].dropna().astype(str) <= "2017-03-31").all()
    assert (schools["close_date"].dropna().astype(str) > "2017-03-31").all()
