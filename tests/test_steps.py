"""Steps: the list and drawing of the workflow's rules."""

from xml.etree import ElementTree

import steps


def rule(name, *needs):
    return {"name": name, "description": f"Does {name}.", "script": "", "needs": list(needs), "makes": [f"{name}.csv"]}


CHAIN = [rule("acquire"), rule("clean", "acquire"), rule("classify", "acquire", "clean"), rule("report", "classify")]


def test_a_rule_stands_below_all_that_it_needs():
    assert steps.layers(CHAIN) == {"acquire": 0, "clean": 1, "classify": 2, "report": 3}


def test_a_need_that_goes_through_another_rule_is_not_drawn():
    assert steps.direct_needs(CHAIN)["classify"] == ["clean"]


def test_the_drawing_is_sound_svg_with_every_rule_and_escapes_names():
    svg = steps.drawing([*CHAIN, rule("a<b")])
    texts = [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["acquire", "clean", "classify", "report", "a<b"]
    assert svg.count("<path") == 3


def test_the_table_has_one_row_a_rule():
    table = steps.steps_table(CHAIN)
    assert list(table["step"]) == ["acquire", "clean", "classify", "report"]
    assert list(table["needs"])[2] == "acquire;clean"
