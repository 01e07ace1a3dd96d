"""The sections of the report: their sentences stay right when the numbers change: one and many, ties, gaps, none."""

import math
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from sections.answer import page as answer
from sections.audit import page as audit
from sections.data import page as data
from sections.partners import page as partners
from sections.regions import page as regions
from sections.uncertainty import page as uncertainty
from small_run import REGIONS

SECTIONS = {"answer": answer, "audit": audit, "data": data, "partners": partners, "regions": regions}
SECTIONS["uncertainty"] = uncertainty
CURVE = {1: 0, 2: 1, 3: 3, 4: 5, 5: 5, 6: 6, 7: 8, 8: 10}
SENTENCES = yaml.safe_load((Path(__file__).parent / "section_sentences.yaml").read_text(encoding="utf-8"))


def phase_facts(schools=100, high=20, need=10, placed=None, without=1, median=3.0):
    """A phase of summary.json. `placed`: schools in need with coordinates, all where not given."""
    placed = need if placed is None else placed
    return {
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
    """Rows of regions: {column: values}."""
    return [
        dict(zip(["area", *columns], values, strict=True)) for values in zip(REGIONS, *columns.values(), strict=False)
    ]


def argument(value, function):
    """An argument as the function takes it, from how the file of sentences has it."""
    if value == "both":
        return {"high_performing", "in_need"}
    if value == "curve":
        return CURVE
    if not isinstance(value, (dict, list)) or function in ("definition", "evidence", "register", "population"):
        return value
    if function in ("groups", "partners") and isinstance(value, dict):
        return phase_facts(**value)
    if function == "official_count":
        return {where: {"met": met, "not_met": no, "not_assessable": 3} for where, (met, no) in value.items()}
    if function == "cleaned":
        return [dict(zip(("rows_in", "rows_out", "rows_left_out"), row, strict=True)) for row in value]
    return by_region(value) if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [(name, arguments, sentence) for name, cases in SENTENCES.items() for arguments, sentence in cases],
)
def test_a_section_says(name, arguments, sentence):
    section, function = name.split(".")
    given = [argument(value, function) for value in arguments]
    assert getattr(SECTIONS[section], function)(*given) == sentence


# The comparison with a published figure: published value, what is said of it, whether it may be set beside


def published(kind="share", value="27", reproduced="27.4", agrees=True, evidence="full"):
    return {"kind": kind, "published": value, "reproduced": reproduced, "agrees": agrees, "evidence": evidence}


HIGHER = published(value="17", reproduced="19.2", agrees=False, evidence="partial")


@pytest.mark.parametrize(
    ("row", "missing", "relaxed", "said"),
    [
        (None, 0, False, ("No published figure", "", "open")),
        (published(), 0, False, ("Published: 27%", "agrees", "agrees")),
        (published(reproduced="14.711", agrees=False), 0, False, ("Published: 27%", "12 points lower here", "differs")),
        (published(reproduced="28.4", agrees=False), 0, False, ("Published: 27%", "1 point higher here", "differs")),
        (published("median", "9", "8.5", False), 0, False, ("Published: 9", "0.5 lower here", "differs")),
        (published("count", "5677", "2941", False), 0, False, ("Published: 5,677", "2,736 lower here", "differs")),
        (published("claim", "true", "false", False), 0, False, ("Published: holds", "differs", "differs")),
        (published(reproduced=None, agrees=pd.NA), 0, False, ("Published: 27%", "cannot be compared", "open")),
        (published(evidence="none"), 0, False, ("Published: 27%", "same figure; no evidence", "open")),
        (
            published(reproduced="14.711", agrees=False, evidence="none"),
            *(0, False, ("Published: 27%", "12 points lower here; no evidence", "open")),
        ),
        (
            published(reproduced="14.711", agrees=False, evidence="partial"),
            *(1, True, ("Published: 27%", "12 points lower here, but not like for like", "open")),
        ),
        (published(evidence="partial"), 1, False, ("Published: 27%", "agrees, but not like for like", "open")),
        # A missing criterion can only lower the count, a condition left out only raise it.
        (HIGHER, 1, False, ("Published: 17%", "2 points higher here, although a criterion is missing", "open")),
        (HIGHER, 2, False, ("Published: 17%", "2 points higher here, although criteria are missing", "open")),
        (
            HIGHER,
            *(0, True, ("Published: 17%", "2 points higher here; a criterion is tested without a condition", "open")),
        ),
    ],
)
def test_comparison_with_a_published_figure(row, missing, relaxed, said):
    assert answer.compared(row, missing, relaxed) == said


# What an assumption weighs


def alternatives(*shares, met=10, not_assessable=0):
    return [
        {"used": i == 1, "criterion_met": met, "criterion_not_assessable": not_assessable, "share": share}
        for i, share in enumerate(shares)
    ]


UNMET = {"met": 0, "not_assessable": 90}


@pytest.mark.parametrize(
    ("phases", "sentences", "moves"),
    [
        (
            {"primary": alternatives(0.31, 0.28), "secondary": alternatives(0.2, 0.2)},
            [
                "Depending on the choice, between 28.0% and 31.0% of primary schools are in need; in this run 28.0%.",
                "Whichever is chosen, 20.0% of secondary schools are in need.",
            ],
            True,
        ),
        (
            {"primary": alternatives(0.28, 0.28), "secondary": alternatives(0.2, 0.2)},
            ["Whichever is chosen, 28.0% of primary schools and 20.0% of secondary schools are in need."],
            False,
        ),
        (
            {"primary": alternatives(0.1, 0.1, **UNMET), "secondary": alternatives(0.1, 0.1, **UNMET)},
            ["Changes nothing here: whichever is chosen, no school is known to meet the criterion."],
            False,
        ),
        ({"primary": alternatives(None, None)}, [], False),
        ({"primary": []}, [], False),
    ],
)
def test_what_an_assumption_weighs(phases, sentences, moves):
    assert uncertainty.sensitivity(phases, "share", "in need") == (sentences, moves)


def test_no_sentence_prints_what_is_not_there():
    """Whatever is missing, no sentence shows the machine's word for it."""
    rows = 2 * [dict.fromkeys(("high_performing", "in_need", "in_need_with_coordinates", "in_need_without_partner"), 0)]
    rows = [{**row, "area": "London", "median_partners": math.nan, "share": pd.NA} for row in rows]
    empty = phase_facts(5, 0, 0, without=0, median=None)
    said = [
        answer.groups("secondary", empty),
        answer.partners("secondary", empty, 4),
        regions.supply("secondary", rows),
        regions.region_shares("secondary", rows, "share", "in need"),
        partners.region_partners("secondary", rows),
        partners.without_partner_by_region("secondary", rows),
        partners.spread("secondary", pd.NA, math.nan, 4),
        *answer.compared(published(reproduced=pd.NA, agrees=pd.NA)),
    ]
    assert not re.search(r"nan|None|<NA>|null", " ".join(said))
