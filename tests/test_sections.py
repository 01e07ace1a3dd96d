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
from sections.readings import page as readings
from sections.regions import page as regions
from sections.uncertainty import page as uncertainty
from small_run import REGIONS

SECTIONS = {"answer": answer, "audit": audit, "data": data, "partners": partners, "regions": regions}
SECTIONS |= {"uncertainty": uncertainty, "readings": readings}
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


TAKEN_AS_THEY_ARE = ("definition", "evidence", "register", "population", "coordinates")


def argument(value, section, function):
    """An argument as the function takes it, from how the file of sentences has it."""
    if section == "readings":
        return value
    if value == "both":
        return {"high_performing", "in_need"}
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


def published(kind="share", value="27", reproduced="27.4", agrees=True, evidence="full"):
    return {"kind": kind, "published": value, "reproduced": reproduced, "agrees": agrees, "evidence": evidence}


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
