"""Back-test: the headline of the synthetic release is the one that was last accepted.

A change in any figure of it fails here. It may be right; then it is accepted deliberately, and the changelog says why.
"""

import json
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent / "expected" / "demo_summary.json"
ACCEPT = "If this is meant: make accept, and say in CHANGELOG.md what changed and why."


def differences(expected, found, path=""):
    """Yield a line for every figure that differs, naming it."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected | found:
            yield from differences(expected.get(key), found.get(key), f"{path}.{key}" if path else key)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif expected != found:
        yield f"{path}: expected {expected}, found {found}"


@pytest.mark.slow
def test_headline_of_demo_is_the_accepted_one(demo_run):
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    found = json.loads((demo_run / "summary.json").read_text(encoding="utf-8"))
    changed = list(differences(expected, found))
    assert not changed, "\n".join([*changed, ACCEPT])


def test_a_change_is_named_where_it_is():
    expected = {"phases": {"primary": {"in_need": 5}}, "regions": [{"median": 2.0}, {"median": None}]}
    found = {"phases": {"primary": {"in_need": 6}}, "regions": [{"median": 2.0}, {"median": 1.0}]}
    assert list(differences(expected, found)) == [
        "phases.primary.in_need: expected 5, found 6",
        "regions[1].median: expected None, found 1.0",
    ]
