"""Config: what a run takes from it, what stops it before the first job, and the radius."""

import pytest
import yaml

from conftest import fault
from lib import settings

CONFIG = {
    "releases": ["demo"],
    "method": "nfer-2017",
    "raw_dir": None,
    "radius_miles": None,
    "travel_minutes": None,
    "name_schools": False,
    "demo_seed": None,
    "demo_scale": None,
}


def test_config_as_shipped_is_valid_and_releases_become_text():
    shipped = yaml.safe_load((settings.WORKFLOW.parent / "config.yaml").read_text(encoding="utf-8"))
    assert settings.load_config(shipped)["releases"] == ["demo"]
    assert settings.load_config(CONFIG | {"releases": [2016, "demo"]})["releases"] == ["2016", "demo"]


def test_one_method_or_several():
    given = {name: settings.load_config(CONFIG | {"method": name})["method"] for name in (None, "a", "null", "[a, b]")}
    assert given == {None: None, "a": ["a"], "null": None, "[a, b]": ["a", "b"]}


def test_mistake_in_the_config_is_said_to_stand_in_one_of_the_files_that_were_read():
    message = fault(settings.load_config, CONFIG | {"demo_seed": -1}, ["config.yaml", "other.yaml"])
    assert message.startswith(
        "config.yaml, other.yaml (or --config): demo_seed: -1 should be greater than or equal to 0"
    )


@pytest.mark.parametrize("key", CONFIG)
def test_mistyped_config_key_is_named_with_its_neighbour(key):
    typo = key[:-1]
    message = fault(settings.load_config, CONFIG | {typo: 5})
    assert f"unknown key '{typo}'" in message and f"Did you mean '{key}'?" in message and "config.yaml" in message


def test_config_key_like_no_other_gets_the_list_of_valid_ones():
    message = fault(settings.load_config, CONFIG | {"zzqq": 5})
    assert "'zzqq'" in message and all(key in message for key in CONFIG)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("releases", [], "releases"),
        ("releases", "2016", "releases: "),
        ("method", [], "method: "),
        ("method", 2017, "method: 2017 should be null, the name of a method or a list of names"),
        ("method", ["nfer-2017", "nfer-2017"], "method: nfer-2017 is listed twice"),
        ("raw_dir", [1], "raw_dir: "),
        ("name_schools", "perhaps", "name_schools: 'perhaps'"),
        ("radius_miles", "five", "radius_miles: 'five'"),
        ("radius_miles", 0, "radius_miles: 0"),
        ("radius_miles", -1, "radius_miles: -1"),
        ("radius_miles", True, "radius_miles: True"),
        ("radius_miles", {"primary": 0}, "radius_miles.primary: 0"),
        ("radius_miles", {"primry": 5}, "unknown key 'primry'. Did you mean 'primary'?"),
        ("travel_minutes", 0, "travel_minutes: 0"),
        ("travel_minutes", {"primry": 5}, "unknown key 'primry'. Did you mean 'primary'?"),
        ("demo_scale", 0.01, "demo_scale: 0.01"),
        ("demo_seed", 1.5, "demo_seed: 1.5"),
    ],
)
def test_wrong_config_value_is_named_with_its_key(key, value, words):
    message = fault(settings.load_config, CONFIG | {key: value})
    assert words in message and "config.yaml" in message


def test_wrong_radius_is_not_said_to_have_to_be_null():
    message = fault(settings.load_config, CONFIG | {"radius_miles": "five"})
    assert "number" in message and "primary" in message


def test_values_of_the_command_line_are_read_as_yaml():
    given = CONFIG | {"radius_miles": "{primary: 3}", "raw_dir": "null", "demo_scale": "0.5"}
    config = settings.load_config(given)
    assert config["radius_miles"] == {"primary": 3} and config["raw_dir"] is None and config["demo_scale"] == 0.5


def test_release_listed_twice():
    assert "2016 is listed twice" in fault(settings.load_config, CONFIG | {"releases": ["2016", 2016]})


def test_radius_that_is_no_number_at_all():
    message = fault(settings.load_config, CONFIG | {"radius_miles": {"primary": float("nan")}})
    assert "radius_miles.primary: nan should be a finite number" in message


@pytest.mark.parametrize("radius", [-3, 0, 101, {"primary": -3}])
def test_radius_out_of_bounds_names_them(radius):
    message = fault(settings.load_config, CONFIG | {"radius_miles": radius})
    bound = "less than or equal to 100" if radius == 101 else "greater than 0"
    assert f"should be {bound}" in message and "null" not in message


def test_optional_config_keys_may_be_left_out():
    config = settings.load_config({})
    assert config["releases"] == ["demo"] and config["method"] is None
    assert config["raw_dir"] is None and config["radius_miles"] is None


def test_folder_whose_name_is_a_number_stays_text():
    assert settings.load_config(CONFIG | {"raw_dir": "2016"})["raw_dir"] == "2016"


def test_seed_and_scale_of_the_config_reach_a_synthetic_release_only():
    config = CONFIG | {"demo_seed": 7, "demo_scale": 0.2}
    assert settings.load_release("demo", config)["generator"] == {"seed": 7, "scale": 0.2}
    assert settings.load_release("demo", CONFIG)["generator"] == settings.load_release("demo")["generator"]
    assert "generator" not in settings.load_release("2016", config)


# --- Radius ---------------------------------------------------------------------------------------------------

METHOD = {"id": "nfer-2017", "radius_miles": {"primary": {"value": 5}, "secondary": {"value": 4}}}


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (None, {"primary": 5, "secondary": 4}),
        (3, {"primary": 3, "secondary": 3}),
        ({"secondary": 2.5}, {"primary": 5, "secondary": 2.5}),
        ({"primary": 1, "secondary": 2}, {"primary": 1, "secondary": 2}),
    ],
)
def test_radius_of_the_config_wins_phase_by_phase(override, expected):
    assert settings.radius_miles(METHOD, override) == expected


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (None, "nfer-2017"),
        ({"primary": 5.0, "secondary": 4}, "nfer-2017"),
        (3, "nfer-2017-radius-3"),
        ({"primary": 4}, "nfer-2017-radius-4"),
        ({"primary": 3, "secondary": 4.5}, "nfer-2017-radius-primary-3-secondary-4.5"),
        ({"secondary": 4.5}, "nfer-2017-radius-primary-5-secondary-4.5"),
        (3.14159265, "nfer-2017-radius-3.14159265"),
    ],
)
def test_run_is_named_after_its_method_and_another_radius_than_the_methods(override, expected):
    of_run = settings.method_of_run(METHOD, override)
    assert of_run["run"] == expected
    assert of_run["radius_used_miles"] == settings.radius_miles(METHOD, override)
    assert of_run["radius_miles"] == METHOD["radius_miles"] and "run" not in METHOD


def test_the_same_radius_is_the_same_parameter_however_it_is_written():
    assert repr(settings.method_of_run(METHOD, 3.0)) == repr(
        settings.method_of_run(METHOD, {"primary": 3, "secondary": 3})
    )


# --- Travel times ---------------------------------------------------------------------------------------------

BOTH = {"primary": 15, "secondary": 30}
TIMED = METHOD | {"travel_minutes": {phase: {"value": minutes} for phase, minutes in BOTH.items()}}


@pytest.mark.parametrize(
    ("method", "radius", "minutes", "run", "used"),
    [
        (METHOD, None, 20, "nfer-2017-travel-20", {"primary": 20, "secondary": 20}),
        (METHOD, 3, BOTH, "nfer-2017-radius-3-travel-primary-15-secondary-30", BOTH),
        (TIMED, None, None, "nfer-2017", BOTH),
        (TIMED, None, {"primary": 15.0}, "nfer-2017", BOTH),
        (TIMED, None, {"primary": 20}, "nfer-2017-travel-primary-20-secondary-30", {"primary": 20, "secondary": 30}),
    ],
)
def test_minutes_of_the_config_go_before_those_of_the_method_and_name_the_run(method, radius, minutes, run, used):
    of_run = settings.method_of_run(method, radius, minutes)
    assert of_run["run"] == run
    assert settings.with_travel(of_run, "2016", ["travel.csv"], minutes)["travel_used_minutes"] == used


def test_minutes_of_a_method_wait_for_a_release_that_has_travel_times():
    assert settings.with_travel(TIMED, "2016", []) == TIMED and settings.with_travel(METHOD, "2016", []) == METHOD


@pytest.mark.parametrize(("minutes", "of"), [(None, "primary and secondary"), ({"primary": 15}, "secondary")])
def test_travel_times_without_minutes_stop_with_the_way_out(minutes, of):
    message = fault(settings.with_travel, METHOD, "2016", ["travel.csv"], minutes)
    assert f"(travel.csv), but nothing says how many minutes are near enough for {of} schools" in message
    assert "Set travel_minutes, such as 20" in message and "take the file out of raw_dir/2016" in message


def test_minutes_without_travel_times_stop_with_the_way_out():
    message = fault(settings.with_travel, METHOD, "2016", [], 20)
    assert "release 2016 has no travel times" in message and "set travel_minutes to null" in message
