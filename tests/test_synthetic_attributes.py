"""What the register of the synthetic release says of schools: plausible, of one piece, drawn apart from all else."""

import numpy as np
import pandas as pd
import pytest

import synthetic_schools
from synthetic_attributes import COLUMNS, at_percentiles, neighbours
from synthetic_draws import load_facts

ATTRIBUTES = [*COLUMNS, "trust_code"]
ACADEMIES = {"academy_converter", "academy_sponsor_led", "free_school", "university_technical_college", "studio_school"}


def england(facts, share=0.3):
    return synthetic_schools.draw(1, share, facts, 2016, "2017-03-31")


@pytest.fixture(scope="module")
def facts():
    return load_facts()


@pytest.fixture(scope="module")
def drawn(facts):
    return england(facts)


@pytest.fixture(scope="module")
def schools(drawn):
    """The schools alone, with figures as numbers: `roll` and `fsm`."""
    found = drawn.establishments[drawn.establishments["role"] == "school"]
    figures = {"roll": found["pupils_on_roll"].replace("0", ""), "fsm": found["fsm_pct"]}
    return found.assign(**{name: pd.to_numeric(texts, errors="coerce") for name, texts in figures.items()})


def test_attributes_leave_all_else_as_it_was(facts, drawn):
    changed = load_facts()
    changed.model["attributes"]["genders"]["secondary"] = {"Mixed": 0.5, "Girls": 0.5}
    changed.model["attributes"]["trusts"]["near"] = 5
    after = england(changed)
    others = drawn.establishments.columns.difference(["gender", "trust", "trust_code"])
    pd.testing.assert_frame_equal(drawn.establishments[others], after.establishments[others])
    assert (drawn.establishments["gender"] != after.establishments["gender"]).any()
    assert (drawn.establishments["trust"] != after.establishments["trust"]).any()
    pd.testing.assert_frame_equal(drawn.inspections, after.inspections)


def test_a_school_has_room_for_its_year_groups(drawn, schools):
    """The pupils of one year group, which the results tell, are a part of all pupils."""
    for phase, least in (("primary", 3), ("secondary", 1.8)):
        rows = drawn.results[phase, 0]
        rows = rows[(rows["level"] == "school") & rows["at"].isin(schools.index) & (rows["pupils"] > 5)]
        roll, cohort = schools["roll"].reindex(rows["at"]).to_numpy(), rows["pupils"].to_numpy()
        known = ~np.isnan(roll)
        assert known.sum() > 500 and (roll[known] >= least * cohort[known]).all()


def test_sizes_are_those_of_england(schools):
    means = schools["roll"].groupby(schools["kind"]).mean()
    assert 230 <= means["primary"] <= 300 and 880 <= means["secondary"] <= 1020 < means["all_through"]
    assert 0.005 < (schools["pupils_on_roll"] == "0").mean() < 0.015, "as the register has it of new and closed ones"
    assert schools["roll"].isna().mean() == pytest.approx(0.02, abs=0.005)


def test_free_school_meals_have_the_stated_percentiles_and_follow_place_and_results(facts, schools):
    primary = schools["kind"] == "primary"
    for phase, own in (("primary", primary), ("secondary", ~primary)):
        stated = facts.model["attributes"]["meals"]["percentiles"][phase]
        assert schools.loc[own, "fsm"].between(stated[0], stated[100]).eq(schools.loc[own, "fsm"].notna()).all()
        assert schools.loc[own, "fsm"].median() == pytest.approx(stated[50], abs=1.5)
    rural = schools["urban_rural"].str.contains("Rural")
    town, country = schools["fsm"][primary & ~rural].mean(), schools["fsm"][primary & rural].mean()
    assert country + 3 < town
    assert (schools["fsm"] - schools["fsm"].mean()).std() > 10, "and yet they differ within both"


def test_selective_schools_are_secondaries_of_a_few_authorities(schools):
    selective = schools["admissions"] == "Selective"
    secondary = schools["kind"] == "secondary"
    assert (schools["kind"][selective] == "secondary").all() and (schools["word"][selective] == "secondary").all()
    assert 0.02 < selective[secondary].mean() < 0.09
    assert schools["la"][selective].nunique() < schools["la"].nunique() / 2
    assert schools["fsm"][selective].mean() < schools["fsm"][secondary & ~selective].mean() / 2
    assert (schools["gender"][selective] != "Mixed").mean() > 0.5 > (schools["gender"][secondary] != "Mixed").mean()
    assert (schools["admissions"][schools["kind"] == "primary"] == "Not applicable").mean() > 0.9


def test_faith_goes_by_type_and_place(schools):
    faith = schools["religious_character"]
    assert set(faith[schools["type"] == "community"]) <= {"Does not apply", ""}
    assert not (faith[schools["type"] == "voluntary_aided"] == "Does not apply").any()
    primary = schools["kind"] == "primary"
    some = ~faith[primary].isin(["Does not apply", ""])
    assert 0.3 < some.mean() < 0.45
    rural = schools["urban_rural"].str.contains("Rural")[primary]
    of_church = faith[primary] == "Church of England"
    assert of_church[rural].mean() > 1.3 * of_church[~rural].mean()


def test_a_sixth_form_is_where_the_ages_go_beyond_16(schools):
    with_one, without = (schools["sixth_form"] == word for word in ("Has a sixth form", "Does not have a sixth form"))
    assert (schools["high_age"][with_one] > 16).all() and (schools["high_age"][without] <= 16).all()
    assert with_one[schools["kind"] == "secondary"].mean() == pytest.approx(0.59, abs=0.03)


def test_trusts_are_of_academies_and_of_some_foundation_schools(schools):
    stated = schools["trust"] != ""
    assert set(schools["type"][stated]) == ACADEMIES | {"foundation"}
    assert (schools["trust_code"] != "").eq(stated).all()
    pairs = schools.loc[stated, ["trust", "trust_code"]].drop_duplicates()
    assert pairs["trust"].is_unique and pairs["trust_code"].is_unique
    academies = schools[schools["type"].isin(ACADEMIES)]
    sizes = academies[academies["trust"] != ""].groupby("trust")["urn"].transform("size")
    assert sizes.max() <= 30 and len(sizes) / len(academies) == pytest.approx(0.97, abs=0.001)
    assert (sizes > 1).sum() / len(academies) == pytest.approx(0.66, abs=0.01)
    of_foundation = schools[schools["type"] == "foundation"]
    assert (of_foundation["trust"] != "").mean() == pytest.approx(0.42, abs=0.01)
    assert not set(of_foundation["trust"]) & set(academies["trust"]) - {""}


def test_schools_of_a_trust_lie_near_each_other(schools):
    shared = schools[
        schools["type"].isin(ACADEMIES) & schools.duplicated("trust", keep=False) & (schools["trust"] != "")
    ]
    centre = shared.groupby("trust")[["easting", "northing"]].transform("median")
    away = np.hypot(shared["easting"] - centre["easting"], shared["northing"] - centre["northing"]) / 1000
    assert away.median() < 10 < 40 > away.quantile(0.75)


def test_others_have_what_their_school_has_or_nothing(drawn):
    everyone = drawn.establishments
    before = everyone[everyone["role"].isin(["predecessor", "replaced"])]
    of = everyone.loc[before["of"]]
    for column in ("admissions", "gender", "religious_character"):
        assert (before[column].to_numpy() == of[column].to_numpy()).all()
    assert (before[["pupils_on_roll", "fsm_pct", "trust", "trust_code", "sixth_form"]] == "").all(axis=None)
    assert (everyone.loc[everyone["role"].isin(["closed", "other"]), ATTRIBUTES] == "").all(axis=None)


def test_values_lie_on_straight_lines_between_percentiles():
    lines = {0: 0.0, 50: 10.0, 100: 30.0}
    assert at_percentiles(np.array([0, 25, 50, 75, 100]), lines).tolist() == [0, 5, 10, 20, 30]


def test_neighbours_are_grouped_and_none_is_left():
    """Three schools here, three 100 km away: of groups of three, drawn from the nearest two, each is of one place."""
    place = np.array([[0, 0], [100_000, 0], [10, 0], [100_010, 0], [0, 10], [100_000, 10], [5, 5]])
    for seed in range(5):
        rng = np.random.default_rng(seed)
        groups = neighbours(rng, np.arange(6), place, [[3, 3, 1]], near=1)
        assert sorted(map(sorted, groups)) == [[0, 2, 4], [1, 3, 5]]
        of_two = neighbours(rng, np.arange(7), place, [[2, 2, 1]], near=2)
        assert sorted(np.concatenate(of_two)) == list(range(7)) and sorted(map(len, of_two)) == [1, 2, 2, 2]
