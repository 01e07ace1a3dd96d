"""The sections of the report: their sentences stay right when the numbers change: one and many, ties, gaps, none."""

import dataclasses
import math
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from sections.alike import page as alike
from sections.alike import trusts
from sections.answer import page as answer
from sections.audit import page as audit
from sections.data import page as data
from sections.enough import page as enough
from sections.method import page as method
from sections.partners import page as partners
from sections.readings import page as readings
from sections.regions import page as regions
from sections.uncertainty import page as uncertainty
from small_run import REGIONS, small_run

SECTIONS = {"answer": answer, "audit": audit, "data": data, "partners": partners, "regions": regions}
SECTIONS |= {"uncertainty": uncertainty, "readings": readings, "enough": enough, "alike": alike, "trusts": trusts}
CURVE = {1: 0, 2: 1, 3: 3, 4: 5, 5: 5, 6: 6, 7: 8, 8: 10}
SENTENCES = yaml.safe_load((Path(__file__).parent / "section_sentences.yaml").read_text(encoding="utf-8"))


def phase_facts(schools=100, high=20, need=10, placed=None, without=1, median=3.0, bounds=None):
    """A phase of summary.json. `placed`: schools in need with coordinates, all where not given. `bounds`: those that
    differ from the figure.
    """
    placed = need if placed is None else placed
    figures = {"high_performing": high / schools, "in_need": need / schools, "median_partners": median}
    figures |= {"in_need_without_partner": without}
    return {
        "bounds": {name: [figure, figure] for name, figure in figures.items()} | (bounds or {}),
        "schools": schools,
        "high_performing": high,
        "in_need": need,
        "share_high_performing": high / schools,
        "share_in_need": need / schools,
        "median_partners": median if placed else None,
        "in_need_without_partner": without,
        "in_need_without_coordinates": need - placed,
    }


def by_region(columns):
    """Rows of regions: {column: values}; bounds that are not given are the figures."""
    for group in {"high_performing", "in_need"} & columns.keys():
        columns = {f"{group}{end}": columns[group] for end in ("_lower", "_upper")} | columns
    return [
        dict(zip(["area", *columns], values, strict=True)) for values in zip(REGIONS, *columns.values(), strict=False)
    ]


PAIRED = {("enough", "paired"), ("enough", "left_over"), ("enough", "left_by_region"), ("answer", "paired")}


def pairing_row(most, paired, taken, none, bounds=(), area="England", phase="primary", nowhere=0):
    """A row of aggregated/pairing.csv. `bounds`: of paired and of left over; the figures themselves where not given."""
    placed = paired + taken + none
    least, most_paired, fewest, most_left = bounds or (paired, paired, taken + none, taken + none)
    row = {"most_per_helper": most, "paired": paired, "helpers_taken": taken, "no_helper_near": none}
    row |= {"paired_lower": least, "paired_upper": most_paired, "area": area, "phase": phase}
    row |= {"left_over_lower": fewest, "left_over_upper": most_left, "in_need": placed + nowhere}
    return row | {"without_coordinates": nowhere, "share_paired": paired / placed if placed else math.nan}


TAKEN_AS_THEY_ARE = ("definition", "lacking", "evidence", "register", "authorities", "population", "coordinates")
TAKEN_AS_THEY_ARE += ("found_as", "pupils", "no_school_meets")


def argument(value, section, function):
    """An argument as the function takes it, from how the file of sentences has it."""
    if section in ("readings", "alike", "trusts"):
        return value
    if function == "fewer":
        return {phase: phase_facts(**facts) for phase, facts in value.items()} if isinstance(value, dict) else value
    if (section, function) in PAIRED and isinstance(value, dict):
        return value
    if (section, function) in PAIRED and isinstance(value, list):
        return [pairing_row(*row) for row in value]
    if value == "curve":
        return CURVE
    if not isinstance(value, (dict, list)) or function in TAKEN_AS_THEY_ARE:
        return value
    if function in ("groups", "partners") and isinstance(value, dict):
        return phase_facts(**value)
    if function == "cleaned":
        return [dict(zip(("rows_in", "rows_out", "rows_left_out"), row, strict=True)) for row in value]
    return by_region(value) if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [(name, arguments, sentence) for name, cases in SENTENCES.items() for arguments, sentence in cases],
)
def test_a_section_says(name, arguments, sentence):
    section, function = name.split(".")
    given = [argument(value, section, function) for value in arguments]
    assert getattr(SECTIONS[section], function)(*given) == sentence


# The comparison with a published figure: published value, what is said of it, whether it may be set beside


def published(kind="share", value="27", reproduced="27.4", agrees=True, evidence="full", bounds=None, **more):
    """A row of compared/published.csv. `bounds`: (least, most), those of the figure itself where not given."""
    ends = dict(zip(("lower", "upper"), bounds or (reproduced, reproduced), strict=True))
    row = {"kind": kind, "published": value, "reproduced": reproduced, "agrees": agrees, "evidence": evidence}
    return {**row, **ends, "inside": True, "upper_missing_here": None, "label": "Figure", "criterion": None, **more}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (None, ("No published figure", "", "open")),
        (published(), ("Published: 27%", "agrees", "agrees")),
        (published(reproduced="14.711", agrees=False), ("Published: 27%", "12 points lower here", "differs")),
        (published(reproduced="28.4", agrees=False), ("Published: 27%", "1 point higher here", "differs")),
        (published("median", "9", "8.5", False), ("Published: 9", "0.5 lower here", "differs")),
        (published("count", "5677", "2941", False), ("Published: 5,677", "2,736 lower here", "differs")),
        (published("claim", "true", "false", False), ("Published: holds", "differs", "differs")),
        (published(reproduced=None, agrees=pd.NA), ("Published: 27%", "cannot be compared", "open")),
        (published(evidence="none"), ("Published: 27%", "same figure; no evidence", "open")),
        (
            published(reproduced="14.711", agrees=False, evidence="none"),
            ("Published: 27%", "12 points lower here; no evidence", "open"),
        ),
        (
            published(reproduced="14.711", agrees=False, evidence="partial"),
            ("Published: 27%", "12 points lower here, but not like for like", "open"),
        ),
        (published(evidence="partial"), ("Published: 27%", "agrees, but not like for like", "open")),
        (
            published(value="17", reproduced="19.2", agrees=False, evidence="partial"),
            ("Published: 17%", "2 points higher here, but not like for like", "open"),
        ),
    ],
)
def test_comparison_with_a_published_figure(row, said):
    assert answer.compared(row) == said


def test_a_figure_that_depends_on_what_is_unknown_is_compared_by_its_bounds():
    def verdict(value, bounds, inside, agrees=False, **more):
        return answer.compared(published(value=value, agrees=agrees, bounds=bounds, inside=inside, **more))[1:]

    possible = "differs, but possible with what is not known"
    assert verdict("12", ("10.2", "41.3"), True) == (possible, "open")
    assert verdict("27", ("21.4", "47.1"), True, True) == ("agrees as counted", "open")
    assert verdict("17", ("23.3", "40.8"), False) == ("outside the bounds", "differs")
    assert verdict("17", ("23.3", "40.8"), False, evidence="none") == ("outside the bounds; no evidence", "open")
    only = "differs, but possible only with schools that nobody could assess"
    assert verdict("33", ("21.7", "39.8"), True, upper_missing_here="31.99") == (only, "open")
    assert verdict("32", ("21.7", "39.8"), True, upper_missing_here="31.99") == (possible, "open")


def test_which_figures_are_outside_the_bounds_and_which_statements_fail_is_said():
    def claim(so):
        return published("claim", "true", str(so).lower(), so, bounds=("false", "true"), label=f"It {so}")

    inside = published(agrees=False, bounds=("21", "47"))
    outside = published(value="17", bounds=("23.3", "40.8"), inside=False, label="Secondaries in need")
    official = published("count", "665", "687", False, bounds=("687", "1222"), inside=False, criterion="below_floor")
    assert answer.beside([inside, outside, official]) == [
        "Of the two published figures, one lies outside the bounds: Secondaries in need (published 17%, here at least "
        "23%)."
    ]
    assert answer.beside([inside, claim(True)]) == [
        "The one published figure lies within the bounds.",
        "By what is counted, the one statement holds; with what is not known it could be otherwise.",
    ]
    assert answer.beside([claim(True), claim(False)]) == [
        "By what is counted, one of two statements holds; not so “It False”, though with what is not known it could be."
    ]
    assert answer.beside([]) == []


def test_a_criterion_that_no_school_meets_for_want_of_a_measure_is_named_beside_the_definition():
    lacking = small_run(lacking=("leadership",))
    said = answer.met_by_none(lacking)
    strong = lacking.label("good_with_strong_results")
    assert (
        said == f"No school is known to meet “{strong}” (these files lack figures for “leadership”), though some may."
    )
    # By chance no school meets some others, though all that is asked is in the files: that is no gap.
    assert (small_run().criteria["met"] == 0).any() and answer.met_by_none(small_run()) == ""
    counts = lacking.criteria.assign(met=lacking.criteria["met"].mask(lacking.criteria["phase"] == "primary", 1))
    assert "(secondary; these files" in answer.met_by_none(dataclasses.replace(lacking, criteria=counts))


def test_no_sentence_prints_what_is_not_there():
    """Whatever is missing, no sentence shows the machine's word for it."""
    rows = 2 * [dict.fromkeys(("high_performing", "in_need", "in_need_with_coordinates", "in_need_without_partner"), 0)]
    bounds = ("high_performing_lower", "high_performing_upper", "in_need_lower", "in_need_upper")
    rows = [
        {**row, **dict.fromkeys(bounds, 0), "area": "London", "median_partners": math.nan, "share": pd.NA}
        for row in rows
    ]
    empty = phase_facts(5, 0, 0, without=0, median=None)
    said = [
        answer.groups("secondary", empty),
        answer.partners("secondary", empty, "within 4 miles"),
        regions.supply("secondary", rows),
        regions.region_shares("secondary", rows, "share", "in need"),
        partners.region_partners("secondary", rows),
        partners.without_partner_by_region("secondary", rows),
        partners.spread("secondary", pd.NA, math.nan, pd.NA, math.nan, "within 4 miles"),
        *answer.compared(published(reproduced=pd.NA, agrees=pd.NA)),
    ]
    assert not re.search(r"nan|None|<NA>|null", " ".join(said))


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (None, None, ""),
        ("48", "56", " (48 to 56, with what is missing)"),
        ("-inf", "56", " (56 or less, with what is missing)"),
        ("48", "inf", " (48 or more, with what is missing)"),
        ("-inf", "inf", " (any value, with what is missing)"),
        ("53.999", "54.001", ""),  # printed alike
    ],
)
def test_how_far_a_threshold_is_open_stands_beside_it(least, most, words):
    assert method.extent({"threshold": "54", "threshold_least": least, "threshold_most": most}) == words


def support(partners, least, most, few, many, none, in_need=100):
    """A row of aggregated/support.csv: medians of partners near and alike; schools in need without any."""
    row = {"median_partners": partners, "median_alike_lower": least, "median_alike_upper": most, "in_need": in_need}
    return row | {"without_alike_lower": few, "without_alike_upper": many, "without_partner": none}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            support(9.0, 0.0, 6.0, 18, 100, 6),
            "The median primary school in need has 9 partners within 5 miles; none is known to be alike, and 6 may be. "
            "18 of 100 primary schools in need (18%) have none that may be alike; 6 of these have no partner at all. "
            "None has one that is known to be.",
        ),
        (
            support(9.0, 1.0, 2.5, 18, 30, 1),
            "The median primary school in need has 9 partners within 5 miles; 1 is known to be alike, and between 2 "
            "and 3 may be. 18 of 100 primary schools in need (18%) have none that may be alike; 1 of these has no "
            "partner at all. 30 (30%) have none that is known to be.",
        ),
        (
            support(9.0, 4.0, 4.0, 18, 18, 0),
            "The median primary school in need has 9 partners within 5 miles; 4 are alike. 18 of 100 primary schools "
            "in need (18%) have none that is alike.",
        ),
        (
            support(0.0, 0.0, 0.0, 1, 1, 1, in_need=1),
            "The median primary school in need has no partner within 5 miles; none is alike. 1 of 1 primary school in "
            "need (100%) has none that is alike; 1 of these has no partner at all.",
        ),
    ],
)
def test_unknown_likeness_is_said_from_what_is_known_to_what_may_be(row, said):
    assert " ".join(alike.medians("primary", row, "within 5 miles")) == said


def test_each_part_of_likeness_is_told_once_with_the_phases_that_are_asked():
    size = {"id": "size", "label": "Of a size", "attribute": "pupils_on_roll", "basis": "reconstructed"}
    admissions = {"id": "admissions", "label": "Both selective", "attribute": "admissions", "basis": "reconstructed"}
    told = alike.parts({"primary": [size], "secondary": [admissions, size]})
    assert [(part["label"], part["only"]) for part in told] == [("Of a size", ""), ("Both selective", "secondary")]
