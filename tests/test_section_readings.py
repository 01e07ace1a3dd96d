"""The section on readings and its figure, from the tables of a small set of readings under the project's own file."""

import dataclasses
import re

import pandas as pd
import pytest

import report
from drawn_figures import facts_with, run_with, texts_of, words_of
from lib import chart, readings, settings
from lib.report_run import TriedReadings
from sections.readings import figures, page
from small_run import small_run

STATED = settings.load_readings("nfer-2017", settings.load_method("nfer-2017"))
PUBLISHED = pd.DataFrame({"id": ["primary_high_performing", "secondary_high_performing"], "published": ["27", "33"]})
ENDS = ("lower", "estimate", "upper")
SECTIONS = ("answer", "readings")


def row(number, group, shares, misfit, possible, marked=None, **options):
    """A row of readings.csv. `shares`: {group: (lower, estimate, upper)}, alike in both phases."""
    out = dict.fromkeys(readings.dimensions(STATED)) | options
    for name, values in shares.items():
        for end, value in zip(ENDS, values, strict=True):
            out |= {f"{name}_{phase}_{end}": value for phase in ("primary", "secondary")}
            out[f"{name}_all_{end}"] = 200 * value
    claims = dict.fromkeys(STATED["published"]["claims"], group == "joint")
    place = {"radius_from": 4.5, "radius_to": 4.5, "primary_schools": 100, "secondary_schools": 100}
    return {
        "id": number,
        "group": group,
        **out,
        **claims,
        **place,
        "misfit": misfit,
        "possible": possible,
        "marked": marked,
    }


HIGH = {"third_way": "good_both", "high": "national_each", "urns": "own", "denominator": "all"}
LITERAL = {"third_way": "good_leadership_both", "high": "top_half", "urns": "method", "denominator": "all"}
NEED = {"combination": "any", "grades": "three_and_four", "who": "not_sponsor_led", "floor": "point_estimate", **HIGH}
NEED |= {"third_way": None, "high": None}
ROWS = [
    row("H1", "high_performing", {"high_performing": (0.27, 0.27, 0.27)}, 1.0, False, "chosen", **HIGH),
    row("H2", "high_performing", {"high_performing": (0.19, 0.2, 0.33)}, 13.6, True, "literal", **LITERAL),
    row("H3", "high_performing", {"high_performing": (0.4, 0.4, 0.4)}, 20, True, **LITERAL | {"denominator": "judged"}),
    row("N1", "in_need", {"in_need": (0.1, 0.12, 0.2)}, 0.7, True, "chosen", **NEED),
    row("N2", "in_need", {"in_need": (0.2, 0.2, 0.2)}, 9, False, "literal;april", **NEED | {"who": "any"}),
    row(
        *("J1", "joint", {"high_performing": (0.27, 0.27, 0.27), "in_need": (0.1, 0.12, 0.2)}, 1.2, False, "chosen"),
        **{**NEED, **HIGH, "overlap": "left_out"},
    ),
]
TABLE = pd.DataFrame(ROWS).sort_values(["group", "misfit"], kind="stable")


@pytest.fixture(scope="module")
def run():
    tried = pd.DataFrame({"group": ["high_performing", "in_need", "joint"], "tried": [3, 2, 12], "possible": [2, 1, 0]})
    columns = {
        "third_way": "good_both",
        "urns": "own",
        "phase": "primary",
        "top": 35,
        "share": 0.27,
        "least": 0.2,
        "most": 0.6,
    }
    never = columns | {"phase": "secondary", "top": None, "share": None}
    quantiles = pd.DataFrame([columns, never]).astype({"top": "Int64"})
    return dataclasses.replace(small_run(), readings=TriedReadings(STATED, TABLE, tried, quantiles))


def test_a_run_without_readings_has_no_such_section(run):
    assert 'id="section-readings"' not in report.render(small_run())
    text = report.render(run)
    assert 'id="section-readings"' in text and f">{page.TITLE}<" in text
    assert (
        text.index('id="section-uncertainty"') < text.index('id="section-readings"') < text.index('id="section-method"')
    )


def test_the_section_says_what_is_ruled_out_what_fits_and_what_could_settle_it(run):
    view = page.view(run)
    assert view["ruled_out"] == ["below floor, graded so or coasting; requires improvement or inadequate; any school"]
    assert view["forms"] == ["good, with high attainment and high progress"]
    assert [text.split(":")[0] for text in view["literal"]] == [
        "High-performing, the words taken literally",
        "In need, the words taken literally",
    ]
    assert view["best"].rows[0][:2] == ["1.2", "good, with high attainment and high progress"]
    assert "12.0 (10.0–20.0)" in view["best"].rows[0] and "24 (20–40)" in view["best"].rows[0]
    assert view["best"].rows[0][-1] == "the reading that the method nfer-2017 takes"
    (april,) = view["checks"]
    assert "904 secondaries" in april and "20 primary schools or 20.0%" in april and "40 or 20.0% of all" in april
    assert view["quantiles"].rows == [
        ["good, with high attainment and high progress", "its own", "top 35% (27.0%)", "never (20.0% to 60.0%)"]
    ]
    assert [bool(source["url"]) for source in view["sources"]] == [True, True]
    assert view["synthetic"] == ""


@pytest.mark.parametrize(("possible", "told"), [(False, True), (True, False)])
def test_the_answer_points_to_the_narrower_bounds_where_these_rule_the_reading_out(run, possible, told):
    rows = TABLE.assign(possible=TABLE["possible"].mask(TABLE["group"] == "joint", possible))
    text = report.render(dataclasses.replace(run, readings=dataclasses.replace(run.readings, rows=rows)))
    answer, section = (text[text.index(f'id="section-{name}"') :].split("</section>")[0] for name in SECTIONS)
    assert ("this reading is ruled out" in answer) is told and ('<a href="#readings">' in answer) is told
    assert "Bounds here are narrower than in the rest of the report" in section
    assert "is ruled out" not in report.render(small_run())


def test_the_synthetic_run_says_so_first(run):
    invented = small_run(synthetic=True)
    text = report.render(dataclasses.replace(invented, readings=run.readings))
    section = text[text.index('id="section-readings"') :]
    assert section.index("The data are synthetic") < section.index("readings of high-performing")
    assert not re.search(r"\bnan\b", section[: section.index("</section>")], re.IGNORECASE)


def drawn(table=TABLE, stated=STATED):
    facts = facts_with(readings=stated)
    frame = figures.readings_table(run_with(facts, readings=table, published=PUBLISHED))
    (figure,) = figures.FIGURES
    return frame, *figure.draw(frame, facts)


def test_the_figure_orders_readings_by_share_and_marks_two():
    frame, sheet, alt = drawn()
    primary = frame[frame["phase"] == "primary"]
    assert list(primary["id"]) == ["H2", "H1"] and list(primary["place"]) == [1, 2]  # of all schools alone
    assert list(primary["published"]) == [0.27, 0.27] and list(primary["high"]) == ["top half", "national, each"]
    assert "2 readings make between 20.0% and 27.0% high-performing; the published 27% lies within" in alt
    assert "the words taken literally: 20.0%" in alt
    texts = words_of(sheet)
    assert {"published 27%", "published 33%", "What “high” means", "top half"} <= set(texts)
    for mark in texts_of(sheet):
        left, top, right, bottom = mark.box
        assert left > -0.5 and top > -0.5 and right < chart.WIDTH + 0.5 and bottom < sheet.height + 0.5


def test_without_readings_the_figure_says_so():
    frame, sheet, alt = drawn(None, None)
    assert frame.empty and words_of(sheet) == ["No readings are tried in this run"] and alt.endswith("in this run.")
