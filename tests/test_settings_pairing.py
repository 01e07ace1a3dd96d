"""What a method says of pairing and likeness: what is shipped loads, and each fault is named with its place."""

import pytest

from conftest import fault
from lib import domain, pairing_schemas, settings
from test_settings import METHOD, edit, load_whole_method  # noqa: F401

SIZE = "attribute: pupils_on_roll, is: within_factor, value: 2"
SETTING = "attribute: setting, is: same"
MOST = "value: [1, 2, 3]"


@pytest.mark.parametrize("path", sorted((settings.WORKFLOW / "methods").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_method_says_what_is_alike_in_each_phase_and_how_many_a_helper_takes(path):
    method = settings.load_method(path.stem)
    assert method["most_per_helper"]["value"] == [1, 2, 3] and method["rank_partners_by"]
    parts = {phase: [part["id"] for part in method["alike"][phase]] for phase in domain.PHASES}
    assert {*parts["primary"]} < {*parts["secondary"]}  # no primary school may select
    labels = {part["id"]: part["label"] for of_phase in method["alike"].values() for part in of_phase}
    assert {*labels} <= pairing_schemas.likeness(labels).columns.keys()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (MOST, "value: []", "most_per_helper.value"),
        (MOST, "value: [2, 1]", "most_per_helper: value: each number must be larger than the one before it"),
        (MOST, "value: [1, 1]", "each number must be larger than the one before it"),
        (MOST, "value: [0, 1]", "0 should be greater than or equal to 1"),
        (MOST, "value: [1, 21]", "21 should be less than or equal to 20"),
        (MOST, "value: [1.5]", "1.5"),
        (MOST, "value: 3", "most_per_helper.value: 3"),
        ('  reason: "Nobody publishes how many', '  why: "Nobody', "most_per_helper: the key 'reason' is missing"),
        ("most_per_helper:\n", "most_per_helpers:\n", "the key 'most_per_helper' is missing"),
        (SETTING, "attribute: settin, is: same", "Did you mean 'setting'?"),
        (SETTING, "attribute: setting, is: alike", "'alike'"),
        (
            SETTING,
            "attribute: setting, is: within, value: 1",
            "setting: it is no number, so 'is: within' means nothing",
        ),
        (SETTING, "attribute: setting, is: same, value: 1", "setting: 'is: same' takes no value"),
        (SIZE, "attribute: pupils_on_roll, is: within_factor", "pupils_on_roll: 'is: within_factor' needs a value"),
        (SIZE, "attribute: pupils_on_roll, is: within", "pupils_on_roll: 'is: within' needs a value"),
        (SIZE, "attribute: pupils_on_roll, is: within_factor, value: 0", "greater than 0"),
        ("id: similar_size", "id: same_setting", "alike.primary: the id same_setting is taken"),
        ("id: same_setting", "id: alike", "alike.primary: the id alike is taken"),
        ("id: similar_size", "id: partner_trust", "the id partner_trust is taken"),
        ("    - *same_setting\n", "    - *similar_size\n", "alike.secondary: the id similar_size is taken"),
        (f"{SIZE}, basis: reconstructed, source: method", f"{SIZE}, basis: reconstructed, source: methode", "methode"),
        ("alike:\n  primary:", "alike:\n  primry:", "primry"),
        ("rank_partners_by: [alike,", "rank_partners_by: [alik,", "Did you mean 'alike'?"),
    ],
)
def test_fault_is_named_with_its_place(edit, old, new, told):  # noqa: F811
    edit(METHOD, old, new)
    message = fault(load_whole_method)
    assert told in message and "nfer-2017-literal.yaml" in message


def test_a_phase_without_any_part_would_have_all_alike(edit):  # noqa: F811
    edit(METHOD, "  secondary:\n    - {id: same_admissions", "  secondary: []\n  other:\n    - {id: same_admissions")
    assert "alike.secondary" in fault(load_whole_method)
