"""Files of readings: the one that is shipped loads, and each fault is named with its place and the way out."""

import pytest

from conftest import fault
from lib import settings
from test_settings import edit, load_whole_method  # noqa: F401

FILE = "readings/nfer-2017.yaml"


def test_every_file_of_readings_of_the_project_loads():
    for path in (settings.WORKFLOW / "readings").glob("*.yaml"):
        assert settings.load_readings(path.stem, load_whole_method())["dimensions"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "all: [good, leadership, attainment, progress]",
            "all: [god, leadership]",
            "no part is named 'god'. Did you mean 'good'?",
        ),
        (
            "measure: leadership,",
            "measure: leadersip,",
            "no layout has the measure 'leadersip'. Did you mean 'leadership'?",
        ),
        ("gaps: [leadership]", "gaps: [ledership]", "gaps: no layout has the measure 'ledership'."),
        ("id: top_third\n", "id: top_half\n", "high: two options have the id 'top_half'. Rename one."),
        (
            "options: {third_way: good_leadership_both,",
            "options: {third_way: nothing,",
            "there is no option 'nothing'.",
        ),
        ("all: high_performing_schools", "all: high_schools", "published.yaml has no 'high_schools'."),
        ("option: top_half, tops", "option: top_hat, tops", "there is no option 'top_hat' of a dimension 'high'"),
        ("define: {need: {at_least: 2,", "define: {need: {at_least: 4,", "at_least 4 of 3 can never hold."),
        (
            "words: coasting\n        define: {need: coasting}",
            "words: coasting\n        define: {needs: coasting}",
            "must define the same parts",
        ),
        ("[secondary], regions: most}", "[secondary]}", "a claim is of regions (every, most) or of the one with"),
        ('is: "==", value: 2}', 'is: "=", value: 2}', "'=' is not allowed."),
    ],
)
def test_a_fault_is_named(edit, old, new, told):  # noqa: F811
    edit(FILE, old, new)
    assert told in fault(settings.load_readings, "nfer-2017", load_whole_method())


def test_a_method_that_names_no_file_says_where_they_lie():
    assert "workflow/readings" in fault(settings.load_readings, "nfer-2071", load_whole_method())
