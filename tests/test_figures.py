"""Figures: nothing cut or overlapping in any state, caveats first, the same bytes, colours that a page may change."""

import dataclasses
import itertools
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import figures
from drawn_figures import (
    COUNTS,
    CRITERIA,
    FIGURES,
    PROJECT,
    RELEASE,
    SOURCES,
    WHOLE,
    caveats_of,
    drawn,
    drawn_in,
    full_run,
    run_of,
    schools_of,
    states,
    texts_of,
    without,
    words_of,
)
from lib import chart, chart_files, palette
from lib.domain import GROUPS
from lib.words import SYNTHETIC
from sections.figure import UNPARTNERED


@pytest.mark.parametrize("state", states())
def test_each_figure_is_drawn_whole_in_every_state(state):
    for name, (_, sheet, alt) in drawn_in(state).items():
        for mark in texts_of(sheet):
            left, top, right, bottom = mark.box
            inside = left > -0.5 and top > -0.5 and right < chart.WIDTH + 0.5 and bottom < sheet.height + 0.5
            assert inside, f"{name}: '{mark.text}' reaches beyond the figure"
        for one, other in itertools.combinations(texts_of(sheet), 2):
            a, b = one.box, other.box
            apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 1.5 or b[3] <= a[1] + 1.5
            assert apart, f"{name}: '{one.text}' and '{other.text}' overlap"
        for mark in sheet.marks:
            if isinstance(mark, chart.Shape):
                x, y = np.array(mark.points).T
                assert 0 <= x.min() <= x.max() <= chart.WIDTH and 0 <= y.min() <= y.max() <= sheet.height, name
        assert "nan" not in " ".join([alt, *words_of(sheet)]).lower().split()


def test_what_is_missing_is_said_in_words():
    none, nowhere = drawn_in("no school in need"), drawn_in("no coordinates")
    for name in ("partners", "without_partner", "enough", "alike", "radius"):
        assert "No school is known to be in need" in words_of(none[name][1])
        assert "no school is known to be in need" in none[name][2]
        assert "No school in need has coordinates" in words_of(nowhere[name][1])
    assert "No school is known to meet a criterion of this group" in words_of(none["criteria"][1])
    assert "No school has coordinates" in words_of(nowhere["map"][1])
    assert "0 counted as in need (7 more, without coordinates, not drawn)." in nowhere["map"][2]
    assert not any("Secondary" in words for words in words_of(drawn_in("no secondary school")["shares"][1]))


def test_what_is_possible_is_told_first_and_drawn_beside_what_is_counted():
    state = drawn(run_of(schools_of(COUNTS), synthetic=False)[0])
    for name, (_, sheet, alt) in state.items():
        told = FIGURES[name].possible
        assert not told or (told in words_of(sheet) and alt.startswith(f"{told}. ")), name
    assert (
        sum(not FIGURES[name].possible for name in state if name != "readings") == 2
    )  # what criteria and ledger count
    assert "37% are counted as high-performing (could be 37% to 43%; published 27%)" in state["shares"][2]
    assert "37% (37–43%)" in words_of(state["shares"][1])
    assert "the share that is counted as high-performing is above the share counted as in need" in state["regions"][2]
    assert "High-performing, primary: 36.7% to 43.3%" in words_of(state["map"][1])


def test_of_complete_data_no_figure_shows_bounds():
    for name, (table, sheet, alt) in drawn_in("complete").items():
        assert not FIGURES[name].possible or FIGURES[name].possible not in words_of(sheet)
        assert not re.search("could be|counted as|possible|not known", " ".join([alt, *words_of(sheet)])), name
        for column in [column for column in table if column.endswith("_lower")]:
            stem = column.removesuffix("_lower")
            filled = table.dropna(subset=[column])
            assert (filled[column] == filled[f"{stem}_upper"]).all(), (name, column)


def test_a_method_of_one_group_has_no_figures_of_two():
    facts = dataclasses.replace(
        WHOLE,
        sources=SOURCES,
        criteria={"less_than_good": CRITERIA["less_than_good"]},
        in_need={"primary": 7, "secondary": 5},
    )
    run = dataclasses.replace(full_run(), facts=facts)
    for name, (_, sheet, _) in drawn(run).items():
        assert (UNPARTNERED in " ".join(words_of(sheet))) == FIGURES[name].of_both, name
    assert set(drawn(run, "shares")["shares"][0]["group"]) == {"in_need", "neither", "not_assessable"}
    assert "Not in need" in words_of(drawn(run, "shares")["shares"][1])


def test_synthetic_data_are_marked_in_every_figure_and_alt_text():
    for name, (_, sheet, alt) in drawn_in("full").items():
        assert SYNTHETIC in words_of(sheet), name
        assert alt.startswith(SYNTHETIC)
    real, _ = run_of(schools_of(COUNTS), synthetic=False)
    for _, sheet, alt in drawn(real, "shares", "map").values():
        assert SYNTHETIC not in words_of(sheet)
        assert not alt.startswith(SYNTHETIC)


def test_drawing_twice_gives_the_same_bytes():
    again = drawn(full_run())
    for name, (_, sheet, alt) in drawn_in("full").items():
        _, second, second_alt = again[name]
        assert chart_files.svg(sheet, name, alt) == chart_files.svg(second, name, second_alt)
        assert chart_files.png(sheet, "Title?", "Source") == chart_files.png(second, "Title?", "Source")


def test_svgs_stand_together_in_one_page_and_take_its_colours():
    for name, (_, sheet, alt) in drawn_in("full").items():
        root = ET.fromstring(chart_files.svg(sheet, name, alt))
        assert root.get("role") == "img" and root.get("aria-label") == alt
        assert root.get("viewBox") == f"0 0 400 {float(root.get('height').removesuffix('pt')):g}"
        for element in root.iter():
            assert not {"id", "style", "href", "clip-path"} & set(element.attrib)
            colours = {element.get(part) for part in ("fill", "stroke")} - {None, "none", "currentColor"}
            classes = element.get("class", "")
            for colour in colours:
                # Nothing keeps a colour that the page cannot change.
                changeable = any(palette.colour(group).lower() == colour and group in classes for group in GROUPS)
                assert changeable, (name, colour)


def test_png_has_its_title_and_source_and_the_page_has_not():
    _, sheet, alt = drawn_in("full")["shares"]
    before = chart_files.svg(sheet, "shares", alt)
    pictures = [chart_files.png(sheet, title, "Source") for title in ("", "Short?", "Long " * 30)]
    heights = [int.from_bytes(picture[20:24], "big") for picture in pictures]
    assert heights == sorted(set(heights))  # room for the title, and for each of its lines
    assert chart_files.svg(sheet, "shares", alt) == before
    summary = {"reference_date": "2017-03-31", "method": "nfer-2017"}
    assert figures.source_line(summary, RELEASE, SOURCES | {"again": SOURCES["ks2"]}) == (
        "Results of 2015/16, as at 31 March 2017; method nfer-2017. "
        "Source: Department for Education and Ofsted. Licence: Open Government Licence v3.0."
    )


def test_every_figure_has_a_caption_from_which_the_rule_knows_it():
    captions = {path.stem for path in (PROJECT / "report/captions").glob("*.rst")}
    assert captions == set(FIGURES)


class Named(dict):
    __getattr__ = dict.__getitem__


def test_main_writes_every_figure_and_the_list_of_them(tmp_path):
    schools = without("designated")
    run, summary = run_of(schools)
    told = caveats_of(summary, {"england": run.england, "regions": run.regions}, schools)
    files = Named(summary=tmp_path / "summary.json", captions=sorted((PROJECT / "report/captions").glob("*.rst")))
    files["summary"].write_text(json.dumps(summary), encoding="utf-8")
    for name in ("schools", "reach"):
        files[name] = tmp_path / f"{name}.parquet"
        getattr(run, name).to_parquet(files[name])
    shown = ("england", "regions", "radius_curve", "pairing", "pairing_curve", "support", "published", "ledger")
    for name in (*shown, "caveats"):
        files[name] = tmp_path / f"{name}.csv"
        frame = told if name == "caveats" else getattr(run, name)
        frame.to_csv(files[name], index=False)
    folder = tmp_path / "figures"
    folder.mkdir()
    params = Named(criteria=CRITERIA, sources=SOURCES, release=RELEASE, readings=None)
    figures.main(Named(input=files, params=params, output=Named(index=folder / "index.json")))
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in index] == list(FIGURES)
    expected = drawn(run)
    for entry in index:
        name = entry["name"]
        table, sheet, alt = expected[name]
        caption = (PROJECT / f"report/captions/{name}.rst").read_text(encoding="utf-8")
        assert entry["title"] == FIGURES[name].title and entry["caption"] == " ".join(caption.split())
        assert entry["alt"] == alt and entry["csv"] == f"{name}.csv" and entry["synthetic"] is True
        assert FIGURES[name] in figures.SECTIONS[entry["section"]]
        assert (folder / f"{name}.svg").read_text(encoding="utf-8") == chart_files.svg(sheet, name, alt)
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.csv").read_text(encoding="utf-8") == table.to_csv(index=False, lineterminator="\n")
