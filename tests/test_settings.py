"""Method, release and layout files: what a run takes from them, and what stops it before the first job."""

import pickle
import shutil
import subprocess
import sys

import pytest

from conftest import fault
from lib import domain, schemas, settings
from lib.settings import load
from lib.yaml_files import nearest

METHOD = "methods/nfer-2017-literal.yaml"
RELEASE = "releases/2016.yaml"
GRADE_1 = 'measure: overall_effectiveness, is: "==", value: 1'


@pytest.fixture
def edit(tmp_path, monkeypatch):
    """Change a file in a copy of workflow/ that `settings` then reads: edit(file, old, new)."""
    copy = tmp_path / "workflow"
    for folder in ("methods", "releases", "layouts", "readings", "facts"):
        shutil.copytree(settings.WORKFLOW / folder, copy / folder)
    monkeypatch.setattr(load, "WORKFLOW", copy)

    def change(file, old, new):
        text = (copy / file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r} to change"
        (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def load_whole_method(name="nfer-2017-literal"):
    method = settings.load_method(name)
    settings.check_measures(method)
    return method


# --- What is shipped ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((settings.WORKFLOW / "releases").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_release_of_the_project_loads(path):
    release = settings.load_release(path.stem)
    for source in release["sources"].values():
        assert {"kind", "encoding", "columns", "file"} <= source.keys()


@pytest.mark.parametrize("path", sorted((settings.WORKFLOW / "methods").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_method_of_the_project_loads(path):
    assert load_whole_method(path.stem)["criteria"]


@pytest.mark.parametrize("path", sorted((settings.WORKFLOW / "layouts").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_code_and_name_of_a_layout_is_text(path):
    """YAML reads NO, 9 or null as something else than the text that stands in the file."""
    layout = settings.read_yaml(path)
    for mapping in [layout.get("codes", {}), *layout.get("values", {}).values()]:
        assert all(isinstance(part, str) for pair in mapping.items() for part in pair)


@pytest.mark.parametrize(
    ("name", "reconstructed"),
    [
        ("nfer-2017-literal", {"good_with_strong_results"}),
        ("nfer-2017", {"good_with_strong_results", "below_floor", "coasting", "less_than_good"}),
        ("nfer-2017-april", set()),
    ],
)
def test_every_reconstructed_threshold_of_the_method_says_why(name, reconstructed):
    stated = list(settings.iter_conditions(settings.load_method(name)))
    ours = [(criterion, condition) for criterion, condition in stated if condition["basis"] == "reconstructed"]
    assert {criterion for criterion, _ in ours} == reconstructed
    assert all(condition["reason"] for _, condition in ours)


# --- Method ---------------------------------------------------------------------------------------------------


def test_a_method_takes_over_what_it_does_not_state_anew_and_nothing_stands_for_none():
    base, need = settings.load_method("nfer-2017-literal"), settings.load_method("nfer-2017-april")
    assert list(need["criteria"]) == ["below_floor", "coasting", "less_than_good"]
    assert need["criteria"]["coasting"] == base["criteria"]["coasting"] and "derived" not in need
    assert need["population"] == base["population"] and need["id"] == "nfer-2017-april"


def test_what_a_method_asks_of_all_schools_of_a_group_becomes_part_of_each_of_its_tests():
    method, base = settings.load_method("nfer-2017"), settings.load_method("nfer-2017-literal")
    asked = method["only_if"]["in_need"]
    for name, criterion in method["criteria"].items():
        if criterion["group"] == "in_need":
            assert criterion["unrestricted"] == base["criteria"][name]["test"]
            assert criterion["test"]["primary"] == {"all": [asked, criterion["unrestricted"]["primary"]]}
        else:
            assert "unrestricted" not in criterion


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("nfer-2017-literal", "extends: 'nfer-2017-literal' comes round to itself"),
        ("nfer-2017-april", "extends: 'nfer-2017-literal' comes round to itself"),
        ("nfer-2017-literl", "no method 'nfer-2017-literl'. Did you mean 'nfer-2017-literal'?"),
    ],
)
def test_a_method_that_extends_itself_or_nothing_is_refused(edit, base, words):
    edit(METHOD, "title: ", f"extends: {base}\ntitle: ")
    assert words in fault(settings.load_method, "nfer-2017-literal")


def test_how_a_method_was_chosen_is_said_of_no_other(edit):
    assert settings.load_method("nfer-2017")["fitted"].startswith("Of the readings that were tried")
    edit("methods/nfer-2017-april.yaml", "extends: nfer-2017-literal", "extends: nfer-2017")
    assert "fitted" not in settings.load_method("nfer-2017-april")
    edit(METHOD, "title: ", "fitted: {method: nfer-2017, words: It came nearest.}\ntitle: ")
    assert "fitted: it is said of 'nfer-2017', not of this method" in fault(settings.load_method, "nfer-2017-literal")


def test_unknown_method_names_the_nearest_and_the_folder():
    message = fault(settings.load_method, "nfer-2016")
    assert "workflow/methods/nfer-2016.yaml" in message
    assert "Did you mean 'nfer-2017'?" in message and "workflow/methods/" in message


@pytest.mark.parametrize("more", ["-radius-3", "-radius-primary-3-secondary-4.5", "-travel-20"])
def test_a_run_named_as_a_method_is_told_how_runs_are_compared(more):
    message = fault(settings.load_method, f"nfer-2017{more}")
    assert f"'nfer-2017{more}' is a run of the method nfer-2017" in message and "make diff OLD=" in message
    assert "there is no such file" in fault(settings.load_method, f"nfer-2016{more}")


def test_bad_yaml_names_file_line_and_way_out(edit):
    edit(METHOD, 'title: "Capacity', 'title: "Capacity" "')
    message = fault(settings.load_method, "nfer-2017-literal")
    assert (
        "workflow/methods/nfer-2017-literal.yaml, line " in message
        and "not valid YAML" in message
        and "Correct" in message
    )


@pytest.mark.parametrize("text", ["a: {{x}}\n", "? [a]\n: b\n"])
def test_key_that_is_no_word(tmp_path, text):
    """As a template's {{…}} that was never filled in."""
    path = tmp_path / "method.yaml"
    path.write_text(text, encoding="utf-8")
    assert "not valid YAML" in fault(settings.read_yaml, path)


def test_file_that_is_no_text(edit):
    path = load.WORKFLOW / METHOD
    path.write_bytes(b"\xff\xfe\x00\x01")
    message = fault(settings.load_method, "nfer-2017-literal")
    assert "workflow/methods/nfer-2017-literal.yaml" in message


@pytest.mark.parametrize("key", ["id", "title", "sources", "population", "radius_miles", "radius_curve_miles"])
def test_mistyped_top_level_key_of_a_method(edit, key):
    edit(METHOD, f"\n{key}:", f"\n{key}x:")
    message = fault(settings.load_method, "nfer-2017-literal")
    assert f"unknown key '{key}x'. Did you mean '{key}'?" in message and f"the key '{key}' is missing" in message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    group: in_need", "    group: in_ned", "criteria.below_floor.group: 'in_ned' is not allowed"),
        ("    group: in_need", "    gruop: in_need", "Did you mean 'group'?"),
        ("basis: official", "basis: offical", "Did you mean 'official'?"),
        ('is: "<", value: 65', 'is: "=<", value: 65', "'=<' is not allowed"),
        ("quantile: 0.5", "quantile: 50", "quantile: 50"),
        ("measure: pupils", "measure: pupls", "Did you mean 'pupils'?"),
        ("    primary:\n        all:", "    primry:\n        all:", "Did you mean 'primary'?"),
        ("inherits:", "inherit:", "Did you mean 'inherits'?"),
        ("mean_of:", "meanof:", "Did you mean 'mean_of'?"),
        ("basis: published, source: nfer_map}", "basis: published, source: nfer}", "source 'nfer' is not among"),
        ("is: in, value: [3, 4]", "is: in, value: 3", "needs a list"),
        ("at_least: 2", "atleastt: 2", "the key 'at_least' is missing"),
        ("at_least: 2", "at_least: 4", "at_least 4 of 3 can never hold"),
        ("id: nfer-2017-literal", "id: nfer-2018", "id is 'nfer-2018', but the file is named 'nfer-2017-literal.yaml'"),
        # YAML takes the last of two; the first criterion would be gone without a trace.
        ("  below_floor:\n    group", "  outstanding:\n    group", "the key 'outstanding' appears twice"),
        (
            "label: Outstanding\n    source: nfer_map",
            "label: Outstanding\n    source: nfer_mapp",
            "criteria.outstanding: source 'nfer_mapp' is not among the file's sources. Did you mean 'nfer_map'?",
        ),
        (
            '    reason: "The study says',
            '    why: "The study says',
            "radius_miles.primary: the key 'reason' is missing",
        ),
        (
            "id: high_progress_ks2",
            "id: high_attainment_ks2",
            "criteria.good_with_strong_results.test.primary: two conditions have the id 'high_attainment_ks2', "
            "rwm_expected_pct and progress_mean",
        ),
        # Otherwise the release would be said to lack it. The anchor brings the condition into both phases.
        (
            GRADE_1,
            'measure: progress8, is: "<", value: 0',
            "criteria.outstanding.test.primary: no layout has the primary measure 'progress8'",
        ),
        (
            "    phase: primary\n    mean_of",
            "    phase: secondary\n    mean_of",
            "derived.progress_mean: no layout has the secondary measure 'reading_progress'",
        ),
        ("mean_of: [reading_progress,", "mean_of: [reading_progres,", "Did you mean 'reading_progress'?"),
        # measures() of classify.py looks one and two years back.
        ("measure: rwm_level4_pct_2y_before", "measure: rwm_level4_pct_3y_before", "rwm_level4_pct_3y_before"),
        ('is: "<", value: 65', 'is: "<"', "rwm_expected_pct: a condition has a value or a quantile"),
        (
            "quantile: 0.5",
            "quantile: 0.5\n            value: 3",
            "rwm_expected_pct: a condition has a value or a quantile",
        ),
        ("quantile: 0.5\n            basis: reconstructed\n", "quantile: 0.5\n", "the key 'basis' is missing"),
        ('reason: "The study asks', 'note: "The study asks', "all.2: the key 'reason' is missing"),
        ("sources:\n", "sources:\n  x: [1]\n", "sources.x: [1] should be a valid string"),
    ],
)
def test_mistake_in_a_method_is_named(edit, old, new, words):
    edit(METHOD, old, new)
    message = fault(load_whole_method)
    assert words in message and "workflow/methods/nfer-2017-literal.yaml" in message


@pytest.mark.parametrize(
    ("old", "new", "typo", "meant"),
    [
        ("measure: pupils", "measur: pupils", "measur", "measure"),
        ('is: "<", value: 65', 'is: "<", valu: 65', "valu", "value"),
        ("if_absent: ignore", "ifabsent: ignore", "ifabsent", "if_absent"),
        ("at_least: 2", "atleast: 2", "atleast", "at_least"),
    ],
)
def test_mistyped_key_in_a_condition_names_that_key_alone(edit, old, new, typo, meant):
    edit(METHOD, old, new)
    message = fault(settings.load_method, "nfer-2017-literal")
    assert f"unknown key '{typo}'. Did you mean '{meant}'?" in message
    assert "unknown key 'source'" not in message and "unknown key 'of'" not in message


@pytest.mark.parametrize(
    ("old", "new", "typo"),
    [
        ("[community,", "[comunity,", "comunity"),
        ("primary: [primary,", "primary: [primry,", "primry"),
        ("inspection: [academy_converter]", "inspection: [academy_convertor]", "academy_convertor"),
    ],
)
def test_name_that_no_layout_knows_stops_the_run(edit, old, new, typo):
    """Otherwise all community schools would leave the population without a word."""
    edit(METHOD, old, new)
    assert typo in fault(load_whole_method)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('is: "<", value: 65', 'is: "<", value: "65"'),
        ('is: "<", value: 65', 'is: "<", value: [65]'),
        ('measure: overall_effectiveness, is: "==", value: 1', 'measure: overall_effectiveness, is: "==", value: "1"'),
        ("is: in, value: [3, 4]", 'is: in, value: ["3", "4"]'),
        ('measure: teaching_school, is: "==", value: true', 'measure: teaching_school, is: "==", value: "yes"'),
    ],
)
def test_value_of_another_type_than_its_measure_stops_the_run(edit, old, new):
    """A comparison of a number with a text is false for every school, or ends in Python's own words."""
    edit(METHOD, old, new)
    assert "value" in fault(load_whole_method)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ('measure: establishment_type, is: "<", quantile: 0.5', "it is a text, of which there are no quantiles"),
        ('measure: teaching_school, is: ">=", quantile: 0.5', "it is true or false, of which there are no quantiles"),
        ('measure: overall_effectiveness, is: "==", quantile: 0.5', "a quantile is one value"),
        ('measure: establishment_type, is: "<", value: community', "which has no order"),
        ('measure: teaching_school, is: ">", value: false', "which has no order"),
        ('measure: overall_effectiveness, is: "==", value: .nan', "nan should be a finite number"),
        ('measure: overall_effectiveness, is: "<", value: .inf', "inf should be a finite number"),
    ],
)
def test_condition_that_would_hold_for_no_school_or_crash(edit, new, words):
    edit(METHOD, GRADE_1, new)
    message = fault(load_whole_method)
    assert words in message and "criteria.outstanding" in message


@pytest.mark.parametrize("name", ["rwm_expected_pct", "establishment_type", "easting"])
def test_derived_measure_may_not_overwrite_another(edit, name):
    edit(METHOD, "  progress_mean:", f"  {name}:")
    assert f"derived.{name}: there is a '{name}' already" in fault(load_whole_method)


@pytest.mark.parametrize(
    ("radii", "words"),
    [
        ("[1, 1, 2", "wider than the one before"),
        ("[2, 1, 3", "wider than the one before"),
        ("[1, 200", "less than or equal to 100"),
    ],
)
def test_radius_curve_rises(edit, radii, words):
    edit(METHOD, "radius_curve_miles: [1, 2", f"radius_curve_miles: {radii}")
    message = fault(load_whole_method)
    assert "radius_curve_miles" in message and words in message


@pytest.mark.parametrize("name", ["group", "in_need", "both", "urn", "name", "region", "type", "partners"])
def test_criterion_may_not_overwrite_a_column_of_the_results(edit, name):
    edit(METHOD, "  outstanding:\n    group", f"  {name}:\n    group")
    message = fault(load_whole_method)
    assert f"criteria.{name}: the results have a column '{name}'" in message and "another name" in message


def test_no_column_beside_the_criteria_is_free_for_a_criterion():
    tables = (schemas.classified_schools({}), schemas.REACH)
    assert {name for table in tables for name in table.columns} == set(domain.SCHOOL_COLUMNS)


def test_every_fault_of_a_file_is_named_at_once(edit):
    edit(METHOD, "    group: in_need", "    group: in_ned")
    edit(METHOD, "\ntitle:", "\ntitel:")
    edit(METHOD, "at_least: 2", "at_least: 4")
    lines = fault(settings.load_method, "nfer-2017-literal").split("\n")
    assert all(line.startswith("workflow/methods/nfer-2017-literal.yaml: ") or METHOD in line for line in lines)
    faults = ("'in_ned' is not", "unknown key 'titel'", "the key 'title' is missing", "at_least 4 of 3 can never hold")
    assert len(lines) == len(faults) and all(sum(words in line for line in lines) == 1 for words in faults)


@pytest.mark.parametrize(
    "name", ["nfer-2017-radius-3", "a-radius-primary-1-secondary-2", "a-travel-20", "raw", "clean", "a/b"]
)
def test_id_of_a_method_that_could_be_mistaken(edit, name):
    """A run's id names its folder, which lies beside raw/ and clean/ of the release."""
    edit(METHOD, "id: nfer-2017-literal", f"id: {name}")
    assert f"id: '{name}'" in fault(load_whole_method)


def test_conditions_are_listed_through_all_levels():
    leaf = {"measure": "pupils", "is": ">", "value": 1}
    test = {"all": [leaf, {"any": [leaf, {"at_least": 1, "of": [leaf | {"measure": "x"}]}]}]}
    method = {"criteria": {"c": {"test": {"primary": test, "secondary": leaf}}}}
    assert [c["measure"] for _, c in settings.iter_conditions(method, "primary")] == ["pupils", "pupils", "x"]
    assert len(list(settings.iter_conditions(method))) == 4


# --- Release and layout ---------------------------------------------------------------------------------------


def test_unknown_release_names_the_folder():
    message = fault(settings.load_release, "20166")
    assert "workflow/releases/20166.yaml" in message and "workflow/releases/" in message and "2016" in message


@pytest.mark.parametrize("name", ["changes", "diff", "Diff"])
def test_id_of_a_release_that_is_a_folder_of_comparisons(edit, name):
    edit(RELEASE, 'id: "2016"', f"id: {name}")
    (load.WORKFLOW / RELEASE).rename(load.WORKFLOW / "releases" / f"{name}.yaml")
    assert "Give the release another id" in fault(settings.load_release, name)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id: "2016"', 'id: "2017"', "id is '2017', but the file is named '2016.yaml'"),
        ("licence:\n", "license:\n", "Did you mean 'licence'?"),
        ("    layout: gias\n", "    layuot: gias\n", "sources.register: unknown key 'layuot'. Did you mean 'layout'?"),
        ("    layout: gias\n", "    layout: gais\n", "Did you mean 'gias'?"),
        ("  register:\n", "  registr:\n", "the key 'register' is missing"),
        ("file: 2015-2016_england_ks4final.csv", "file: 2015-2016_england_ks2final.csv", "share the file name"),
        ("reference_date: 2017-03-31", "reference_date: 31/03/2017", "reference_date: '31/03/2017'"),
        ("reference_date: 2017-03-31", 'reference_date: "2017-02-30"', "reference_date: '2017-02-30'"),
        ("synthetic: false", "synthetic: true", "synthetic"),
        ("url: https://ea-edubase", "url: ea-edubase", "sources.register.url"),
        ("years_before: 1", "years_before: 0", "years_before"),
        ("years_before: 2", "years_before: 3", "years_before: 3 should be less than or equal to 2"),
        ("reference_date: 2017-03-31", "reference_date: 2017-02-30", "'2017-02-30' is not a date of the calendar"),
        # Upper and lower case name one file on some systems.
        ("file: edubasealldata20170331.csv", "file: links_edubasealldata20170331.CSV", "two sources share the file"),
        ("    layout: gias\n", "    layout: ks2-2016\n", "sources.register: the layout 'ks2-2016' is of results"),
        ("layout: ks4-2016", "layout: ks2-2016", "sources.ks4 and sources.ks2 hold the primary results of the same"),
        ("\nmethod: nfer-2017\n", "\n", "the key 'method' is missing"),
        ("\nmethod: nfer-2017\n", "\nmethod: nfer-2016\n", "no method 'nfer-2016'. Did you mean 'nfer-2017'?"),
        ("  designations:\n", "  Designated:\n", "sources: 'Designated' is not a name"),
    ],
)
def test_mistake_in_a_release_is_named(edit, old, new, words):
    edit(RELEASE, old, new)
    message = fault(settings.load_release, "2016")
    assert words in message and "workflow/releases/2016.yaml" in message


@pytest.mark.parametrize("name", ["manifest.json", ".origin", "..", "a{b}.csv", "a*.csv", "x/y.csv"])
def test_file_name_that_the_folder_of_raw_files_cannot_hold(edit, name):
    edit(RELEASE, "file: edubasealldata20170331.csv", f'file: "{name}"')
    assert f"sources.register.file: '{name}' is not a plain file name" in fault(settings.load_release, "2016")


def test_release_may_rename_one_column_and_keeps_the_rest_of_it(edit):
    edit(RELEASE, "    layout: ks2-2016\n", "    layout: ks2-2016\n    columns: {pupils: {column: ELIGPUPS}}\n")
    columns = settings.load_release("2016")["sources"]["ks2"]["columns"]
    assert columns["pupils"]["column"] == "ELIGPUPS" and columns["pupils"]["type"] == "number"
    assert columns["rwm_expected_pct"]["column"] == "PTRWM_EXP"
    other = settings.load_release("demo")["sources"]["ks2"]["columns"]
    assert other["pupils"]["column"] == "TELIG"


@pytest.mark.parametrize("override", ["{pupls: {column: X}}", "{pupils: {colum: X}}", "{pupils: X}"])
def test_mistyped_override_of_a_column(edit, override):
    edit(RELEASE, "    layout: ks2-2016\n", f"    layout: ks2-2016\n    columns: {override}\n")
    message = fault(settings.load_release, "2016")
    assert "workflow/releases/2016.yaml" in message and "ks2" in message


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("layouts/ks2-2016.yaml", "type: percent", "type: percentage", "Did you mean 'percent'?"),
        ("layouts/ks2-2016.yaml", "record_type:", "recordtype:", "Did you mean 'record_type'?"),
        ("layouts/ks2-2016.yaml", '{"1": school', '{"1": schol', "'schol' is not allowed"),
        ("layouts/ks2-2016.yaml", "[results-codes]", "[result-codes]", "Did you mean 'results-codes'?"),
        ("layouts/gias.yaml", "range: {", "rang: {", "Did you mean 'range'?"),
        ("layouts/gias.yaml", "label: Name}", "lable: Name}", "Did you mean 'label'?"),
    ],
)
def test_mistake_in_a_layout_is_named(edit, file, old, new, words):
    edit(file, old, new)
    message = fault(settings.load_release, "2016")
    assert words in message and "workflow/layouts/" in message


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("layouts/results-codes.yaml", "codes:", "code:"),
        ("layouts/ks2-2016.yaml", "include: [results-codes]\n", ""),
        ("layouts/ks2-2016.yaml", "phase: primary\n", ""),
        ("layouts/gias.yaml", "encoding: [utf-8-sig, cp1252, latin-1]\n", ""),
        ("layouts/gias.yaml", 'format: "%d-%m-%Y", ', ""),
        ("layouts/gias.yaml", "  urn: {", "  uurn: {"),
    ],
)
def test_layout_that_lacks_what_the_reading_needs(edit, file, old, new):
    edit(file, old, new)
    assert "layouts" in fault(settings.load_release, "2016")


REGISTER, LINKS, KS2 = "  register:\n", "  links:\n", "  ks2:\n"
INSPECTIONS, DESIGNATIONS = "  inspections:\n", "  designations:\n"


@pytest.mark.parametrize("source", [REGISTER, INSPECTIONS])
def test_source_that_no_run_can_do_without_is_not_optional(edit, source):
    edit(RELEASE, source, f"{source}    optional: true\n")
    message = fault(settings.load_release, "2016")
    assert f"sources.{source.strip()} no run can do without it" in message


def test_one_phase_of_results_may_be_optional_but_not_both(edit):
    edit(RELEASE, KS2, f"{KS2}    optional: true\n")
    assert settings.load_release("2016")["sources"]["ks2"]["optional"]
    edit(RELEASE, "  ks4:\n", "  ks4:\n    optional: true\n")
    assert "all results of the release's own year are optional" in fault(settings.load_release, "2016")


SUPPLIES = "supplies: [progress8_lower, progress8_upper, school_type, closed_flag]"


def test_of_a_source_that_adds_to_another_only_what_it_supplies_is_read():
    source = settings.load_release("2016")["sources"]["ks4_provisional"]
    assert list(source["columns"]) == ["urn", "school_type", "closed_flag", "progress8_lower", "progress8_upper"]
    assert settings.added_to(source, settings.load_release("2016")["sources"]) == "ks4"


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("supplies: [progress8_uper]", "the layout has no column 'progress8_uper'. Did you mean 'progress8_upper'?"),
        ("supplies: [urn]", "supplies: the layout has no column 'urn'"),
        ("supplies: []", "sources.ks4_provisional.supplies"),
        (f"years_before: 3\n    {SUPPLIES}", "years_before"),
        ("years_before: 1", "hold the secondary results of the same year"),
        ("title_: x", "unknown key 'title_'"),
    ],
)
def test_faults_of_a_source_that_adds_to_another(edit, new, words):
    edit(RELEASE, SUPPLIES, new)
    assert words in fault(settings.load_release, "2016")


def test_a_source_adds_only_to_one_that_is_there(edit):
    edit(RELEASE, "  ks4:\n    layout: ks4-2016\n", "  ks4:\n    layout: ks4-2016\n    years_before: 1\n")
    edit(
        RELEASE,
        "  ks4_2015: &earlier_ks4\n    layout: ks4-2014\n    years_before: 1\n",
        "  ks4_2015: &earlier_ks4\n    layout: ks4-2014\n    years_before: 2\n",
    )
    message = fault(settings.load_release, "2016")
    assert "sources.ks4_provisional.supplies: there are no other results of the phase and year" in message


@pytest.mark.parametrize("place", ["layout", "release"])
def test_column_that_the_reading_needs_is_not_optional(edit, place):
    if place == "layout":
        edit("layouts/gias.yaml", "{column: EstablishmentName, ", "{column: EstablishmentName, optional: true, ")
    else:
        edit(RELEASE, "    layout: gias\n", "    layout: gias\n    columns: {name: {optional: true}}\n")
    message = fault(settings.load_release, "2016")
    assert "columns.name: no file of register can be read without it" in message


def test_change_of_a_column_is_held_against_what_the_reading_needs(edit):
    edit(RELEASE, "    layout: gias\n", "    layout: gias\n    columns: {name: {type: date}}\n")
    assert "sources.register: 'columns.name.format' missing" in fault(settings.load_release, "2016")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (REGISTER, "    range: {eastingx: [1, 2]}\n", "range.eastingx: the layout has no such column"),
        (REGISTER, "    range: {name: [1, 2]}\n", "range.name: the layout has no such column of figures"),
        (REGISTER, "    range: {easting: [660000, 80000]}\n", "the lower bound comes first"),
        (INSPECTIONS, "    years_before: 1\n", "sources.inspections: only results have years_before"),
        (KS2, "    columns: {pupils: {blank: ['0']}}\n", "columns.pupils.blank: only figures of the register"),
    ],
)
def test_key_of_a_source_that_nothing_reads(edit, old, new, words):
    edit(RELEASE, old, old + new)
    message = fault(settings.load_release, "2016")
    assert words in message and "workflow/releases/2016.yaml" in message


def test_range_of_a_release_leaves_other_columns_as_the_layout_has_them(edit):
    before = settings.load_release("2016")["sources"]["register"]["range"]
    edit(RELEASE, REGISTER, f"{REGISTER}    range: {{easting: [1, 2]}}\n")
    after = settings.load_release("2016")["sources"]["register"]["range"]
    assert after == before | {"easting": [1, 2]} and before["northing"] == [5000, 660000]


@pytest.mark.parametrize(
    ("key", "value"),
    [("url", "https://example.org/x.csv"), ("sha256", "0" * 64), ("also_named", "[x.csv]"), ("optional", "true")],
)
def test_generated_source_has_no_origin(edit, key, value):
    edit(
        "releases/demo.yaml",
        "  links: {",
        f"  links: {{{key}: '{value}', " if key == "sha256" else f"  links: {{{key}: {value}, ",
    )
    message = fault(settings.load_release, "demo")
    assert f"sources.links: its file is generated, so {key} would mean nothing" in message


@pytest.mark.parametrize(
    ("file", "old", "new", "typo", "meant"),
    [
        ("layouts/gias-links.yaml", "Predecessor: predecessor", "Predecessor: predecesor", "predecesor", "predecessor"),
        ("layouts/gias-links.yaml", "    Expansion: other", "    Expansion: othre", "othre", "other"),
        ("layouts/gias.yaml", "    Closed: closed", "    Closed: closd", "closd", "closed"),
        ("layouts/designations.yaml", "School: teaching_school", "School: teaching", "teaching", "teaching_school"),
    ],
)
def test_word_of_a_layout_that_no_step_knows(edit, file, old, new, typo, meant):
    edit(file, old, new)
    message = fault(settings.load_release, "2016")
    assert f"'{typo}', which no step knows. Did you mean '{meant}'?" in message and file in message


def test_values_of_a_column_that_a_layout_does_not_have(edit):
    edit("layouts/gias.yaml", "  region:\n    East", "  regoin:\n    East")
    assert "region" in fault(settings.load_release, "2016")
    edit("layouts/gias.yaml", "values:\n", "values:\n  region: {}\n")
    assert "values.regoin: the layout has no such column. Did you mean 'region'?" in fault(
        settings.load_release, "2016"
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("layout: ofsted-mi\n", "layout: ofsted-latest-2026\n", "as_at is missing, the day of which the file says"),
        ("layout: ofsted-mi\n", "layout: ofsted-mi\n    as_at: 2017-03-31\n", "so as_at would mean nothing"),
        ("layout: ofsted-mi\n", "layout: ofsted-mi\n    as_at: 2017-02-30\n", "is not a date of the calendar"),
        ("layout: ofsted-mi\n", "layout: ofsted-mi\n    not_filled: [leader]\n", "Did you mean 'leadership'?"),
    ],
)
def test_what_a_release_says_of_its_copy_of_the_inspections(edit, old, new, words):
    edit(RELEASE, old, new)
    assert words in fault(settings.load_release, "2016")


@pytest.mark.parametrize(
    ("layout", "column", "why"),
    [
        ("ofsted-mi", "overall_effectiveness", "a file of inspections needs the column 'overall_effectiveness'"),
        ("ofsted-report-cards", "report_card_date", "a file of inspections needs the column 'report_card_date'"),
        ("ofsted-headline-grades", "urn", "a file of inspections needs the column 'urn'"),
    ],
)
def test_file_of_inspections_is_about_grades_report_cards_or_headlines(edit, layout, column, why):
    edit(f"layouts/{layout}.yaml", f"  {column}: ", f"  {column}_of_old: ")
    given = {"layout": layout, "file": "x.csv", "title": "x", "publisher": "x"}
    assert why in fault(load.with_layout, given, "the test")


@pytest.mark.parametrize(
    ("old", "typo", "meant"),
    [("SM: special_measures", "special_measure", "special_measures"), ("Met: met", "mett", "met")],
)
def test_word_of_an_inspection_that_no_step_knows(edit, old, typo, meant):
    edit("layouts/ofsted-words.yaml", old, f"{old.split(':')[0]}: {typo}")
    given = {"layout": "ofsted-latest-2026", "file": "x.csv", "title": "x", "publisher": "x"}
    message = fault(load.with_layout, given, "the test")
    assert f"'{typo}', which no step knows. Did you mean '{meant}'?" in message


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("measure: category_of_concern, is: in, value: [special_measures, none]", None),
        ("measure: has_report_card, is: '==', value: true", None),
        ("measure: previous_quality_of_education, is: in, value: [3, 4]", None),
        ("measure: category_of_concern, is: in, value: [special]", "no layout has the word of category_of_concern"),
        ("measure: card_achievement, is: '==', value: good", "no layout has the word of card_achievement 'good'"),
        ("measure: headline_grade, is: '==', value: 1", "the value 1 should be a text"),
        ("measure: headline_grade, is: '<', value: good", "which has no order"),
        ("measure: no_overall_grade, is: '==', value: 1", "should be true or false"),
    ],
)
def test_condition_on_words_of_an_inspection(edit, new, words):
    edit(METHOD, GRADE_1, new)
    if words is None:
        load_whole_method()
    else:
        assert words in fault(load_whole_method)


@pytest.mark.parametrize("name", ["items", "keys", "get", "code", "rejected", "template"])
def test_any_name_will_do_for_a_source(edit, name):
    edit(RELEASE, DESIGNATIONS, f"  {name}:\n")
    assert settings.load_release("2016")["sources"][name]["kind"] == "designations"


def test_a_source_named_after_a_kind_is_of_it(edit):
    edit(RELEASE, DESIGNATIONS, "  results:\n")
    assert "sources.results: the layout 'designations' is of designations" in fault(settings.load_release, "2016")


def test_loading_twice_gives_the_same_parameters():
    """Snakemake compares them as text, and hands them to the jobs pickled."""
    once, twice = settings.load_release("2016"), settings.load_release("2016")
    assert repr(once) == repr(twice) and pickle.loads(pickle.dumps(once)) == once


def test_settings_need_nothing_that_is_slow_to_import():
    """The Snakefile imports them at every start, also in each job."""
    code = "import sys, lib.settings; print(*sorted({'pandas', 'numpy', 'pandera', 'jsonschema'} & set(sys.modules)))"
    top = settings.WORKFLOW.parent / "scripts"
    done = subprocess.run([sys.executable, "-c", code], cwd=top, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_measures_by_year():
    sources = settings.load_release("2016")["sources"]
    by_year = settings.measures_by_year({name: s for name, s in sources.items() if s["kind"] == "results"})
    assert set(by_year) == {"", "_1y_before", "_2y_before"}
    assert "progress8" in by_year[""] and "rwm_level4_pct_2y_before" in by_year["_2y_before"]
    assert not any(name.startswith("pupils") for names in by_year.values() for name in names)


def test_address_and_title_do_not_decide_how_a_file_is_read():
    source = settings.load_release("2016")["sources"]["ks2"]
    layout = settings.layout_of(source)
    assert "url" not in layout and "title" not in layout and layout["columns"] == source["columns"]


@pytest.mark.parametrize(
    ("word", "candidates", "said"),
    [
        ("pupls", ["urn", "pupils"], " Did you mean 'pupils'?"),
        ("zzz", ["urn", "pupils"], " Valid: urn, pupils."),
        ("zzz", [], ""),
    ],
)
def test_nearest(word, candidates, said):
    assert nearest(word, candidates) == said
