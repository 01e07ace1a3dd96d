"""The report: the page says what the tables say, honestly, escaped, complete, and the same every time."""

import base64
import functools
import io
import json
import re
import types
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import report
from lib import domain, report_table, schemas, settings, words
from lib.caveats import Caveats
from report_page import Page
from small_run import FIGURES, PHASES, caveats_of, changed, england, small_run, small_run_with_schools, write_small_run

LACKING = ("leadership", "rwm_level4", "five_good")
NOT_KNOWN = re.compile(r"could be|counted as|not known|bounds|[Pp]ossible|hatched", re.IGNORECASE)
CONTRIVED = {
    "whole": {},
    "no secondary": {"schools": england(phases=("primary",))},
    "no primary": {"schools": england(phases=("secondary",))},
    "no school in need": {"schools": england(need=False)},
    "one region": {"schools": england(regions=("London",))},
    "one school": {"schools": [("primary", "North East", "Durham", "in_need", 0, None)]},
    "no school assessable": {"schools": [("primary", "London", "Camden", "not_assessable", None, None)] * 3},
    "nobody high-performing": {"schools": [row for row in england() if row[3] != "high_performing"]},
    "criteria lacking": {"lacking": LACKING},
    "nothing published": {"published": False},
    "complete": {"schools": [row for row in england() if row[3] != "not_assessable"]},
    "synthetic": {"synthetic": True},
    "named": {"name_schools": True},
}
PARTNERED = ("section-partners", "section-enough", "section-alike", "radius", "distance")  # parts of the page, by id


@functools.cache
def page_of(case="whole"):
    """The page of a contrived run. Read it; do not change it."""
    return Page(report.render(small_run(**CONTRIVED[case])))


@pytest.fixture(scope="module", params=CONTRIVED)
def contrived(request):
    return page_of(request.param)


# Whatever the numbers


def test_the_page_is_well_formed_and_in_order(contrived):
    assert contrived.html.startswith("<!DOCTYPE html>")
    (root,) = contrived.all("html")
    assert root["attrs"]["lang"] == "en-GB"
    levels = [int(e["tag"][1]) for e in contrived.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= level + 1 for level, later in zip(levels, levels[1:], strict=False))
    ids = [e["attrs"]["id"] for e in contrived.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))


def test_no_figure_is_printed_as_the_machine_writes_it(contrived):
    (main,) = contrived.all("main")
    for element in contrived.all("p", "dd", "dt", "th", "td", "caption", "li", "h3", "h4", within=main):
        text = " ".join(element["text"].split())
        if "==" in text:
            continue  # a filter
        assert not re.search(r"\b(nan|NaN|None(?! of)|NA|null|inf|True|False|undefined)\b|[{}]|<NA>", text), text
        assert not re.search(
            r"(?<![.,\d])1 (schools|partners|points|rows|regions)\b|\b0 schools\b|\(\)|\.\.| [,;.]", text
        ), text


def test_links_within_the_page_lead_somewhere(contrived):
    ids = {e["attrs"]["id"] for e in contrived.elements if "id" in e["attrs"]}
    inner = [e["attrs"]["href"][1:] for e in contrived.all("a") if e["attrs"]["href"].startswith("#")]
    assert inner and set(inner) <= ids
    named = {word for e in contrived.elements for word in e["attrs"].get("aria-labelledby", "").split()}
    assert named <= ids


def test_nothing_is_fetched(contrived):
    assert not [e for e in contrived.elements if "src" in e["attrs"] or "srcset" in e["attrs"]]
    assert [e["attrs"]["href"] for e in contrived.all("link")] == ["data:,"]
    assert not contrived.all("iframe", "object", "embed", "img", "form")
    (style,) = contrived.all("style")
    assert "url(" not in style["text"] and "@import" not in style["text"]
    outward = [e["attrs"]["href"] for e in contrived.all("a") if not e["attrs"]["href"].startswith(("#", "data:"))]
    assert all(href == "map.html" or href.startswith("https://") for href in outward)


def test_tables_have_captions_and_scoped_headers_and_can_be_reached_by_keyboard(contrived):
    for table in contrived.all("table"):
        assert len(contrived.all("caption", within=table)) == 1
        assert all(e["attrs"]["scope"] in ("col", "row", "colgroup") for e in contrived.all("th", within=table))
        region = table["parents"][-1]["attrs"]
        assert (region["role"], region["tabindex"]) == ("region", "0") and region["aria-labelledby"]
        (head,) = contrived.all("thead", within=table)
        width = len(contrived.all("th", within=contrived.all("tr", within=head)[-1]))
        for row in contrived.all("tr", within=table):
            cells = contrived.all("th", "td", within=row)
            assert sum(int(cell["attrs"].get("colspan", 1)) for cell in cells) == width


def test_each_phase_has_four_numbers_with_denominators_and_published_counterparts(contrived):
    cards = [e for e in contrived.all("div") if "card" in e["attrs"].get("class", "").split()]
    phases = [e for e in contrived.all("h3") if e["attrs"].get("id", "").startswith("answer-")]
    assert len(cards) == 4 * len(phases)
    for card in cards:
        kinds = [e["attrs"]["class"] for e in contrived.all("dd", within=card) if e["attrs"]["class"] != "bounds"]
        told = "Published: " in card["text"] or "No published figure" in card["text"]
        assert kinds[:3] == (["value", "of", "published"] if told else ["value", "of"]) and "of " in card["text"]


def test_every_figure_stands_in_the_page_once_with_its_words_and_its_data(contrived):
    nobody = 'id="figure-enough"' not in contrived.html
    if nobody:  # no school in need: said in words, and no empty figure is drawn
        for section in ("enough", "alike"):
            assert "so there is nothing to match." in contrived.text(f"section-{section}")
            assert not contrived.all("figure", within=contrived.one(f"section-{section}"))
    for name in [name for name in FIGURES if not (nobody and name in ("enough", "alike"))]:
        figure = contrived.one(f"figure-{name}")
        assert [e["text"] for e in contrived.all("h3", "h4", within=figure)] == [f"What does {name} show?"]
        (drawing,) = contrived.all("svg", within=figure)
        assert drawing["attrs"]["aria-label"] == f"It shows {name}."
        (link,) = [e for e in contrived.all("a", within=figure) if "download" in e["attrs"]]
        assert link["attrs"]["download"] == f"small-nfer-2017-literal-figure-{name}.csv"
        assert saved(link) == f"figure,value\n{name},1\n".encode()


def saved(link):
    """What a data link saves."""
    head, _, content = link["attrs"]["href"].partition(",")
    assert head.endswith(";base64")
    return base64.b64decode(content)


# The headline


def test_headline_of_a_whole_release():
    page = page_of()
    answer = page.text("section-answer")
    assert answer.startswith(
        "In short Of 343 primary schools, 90 (26%) are counted as high-performing and 55 (16%) are"
    )
    assert "with what is not known it could be 26% to 37% and 16% to 27%." in answer
    assert "10 of 54 (19%) have none, but it could be " in answer
    assert answer.index("it could be") < answer.index("A school is high-performing if it meets any of")
    assert "A school that is both counts as in need (1 primary school and 1 secondary school)." in answer
    card = next(e for e in page.all("div") if "high_performing" in e["attrs"].get("class", ""))
    assert " ".join(card["text"].split()) == (
        "are counted as high-performing 26% could be 26% to 37% 90 of 343 primary schools Published: 27% (differs, but "
        "possible only with schools that nobody could assess) at most 26%, leaving aside schools that nobody could "
        "assess"
    )
    assert answer.index("Published: ") < answer.index("What is not known") < answer.index("36 of 343 primary schools")


def test_of_complete_data_nothing_of_bounds_is_to_be_seen():
    run = small_run(**CONTRIVED["complete"])
    run = changed(run, published=run.published[run.published["criterion"].isna()])  # official counts are of all rows
    page = Page(report.render(run))
    text = " ".join(page.one(f"section-{name}")["text"] for name in ("answer", "regions", "partners", "uncertainty"))
    assert not NOT_KNOWN.search(text), NOT_KNOWN.search(text)
    assert not page.all("small")
    assert NOT_KNOWN.search(page_of().text("section-answer")) and page_of().all("small")


def test_what_is_lacking_is_said_by_criterion_with_the_reason():
    page = page_of("criteria lacking")
    header, rows = page.table("table-unknown")
    coasting = next(row for row in rows if row[:2] == ["Coasting", "Primary"])
    assert coasting[2:] == ["343", "100.0", "These files lack results of earlier years for 343"]
    _, rows = page_of().table("table-unknown")
    assert {row[-1] for row in rows if row[1] == "Primary"} == {"36 had no published result or judgement"}


def test_bounds_stand_below_the_figures_of_every_table_of_areas():
    run = small_run()
    page = Page(report.render(run))
    for level in ("regions", "local-authorities"):
        header, rows = page.table(f"table-{level}-primary")
        place = header.index("High-performing, %")
        for cells in rows:
            area = getattr(run, level.replace("-", "_")) if cells[0] != "England" else run.england
            row = area[(area["area"] == cells[0]) & (area["phase"] == "primary")].iloc[0]
            least, most = (words.tenths(row[f"share_high_performing_{end}"]) for end in ("lower", "upper"))
            assert cells[place] == f"{words.tenths(row['share_high_performing'])} {least}–{most}"
    assert "Beneath a figure" in page.one("table-regions-primary")["text"]


def test_a_method_chosen_by_fit_says_so_beside_the_comparison():
    assert "was brought about by the choice" not in page_of().html
    run = small_run()
    run.method["fitted"] = "That they agree was brought about by the choice."
    page = Page(report.render(run))
    assert all(run.method["fitted"] in page.text(f"section-{name}") for name in ("answer", "uncertainty", "method"))


def test_a_method_that_counts_need_alone_says_nothing_of_partners():
    run = small_run()
    criteria = {name: stated for name, stated in run.method["criteria"].items() if stated["group"] == "in_need"}
    run = changed(run, method={**run.method, "criteria": criteria, "compared_with": ["other_studies"]})
    run.figures[:] = [
        figure for figure in run.figures if figure["name"] in ("shares", "criteria", "comparison", "flow")
    ]
    rows, thresholds = (t[t["criterion"].isin(criteria)] for t in (run.criteria, run.thresholds))
    told = pd.read_csv(io.BytesIO(run.files["caveats/caveats.csv"]))
    told = Caveats(told[told["group"] != "high_performing"])
    run = changed(run, criteria=rows, thresholds=thresholds, published=run.published.iloc[:0], caveats=told)
    page = Page(report.render(run))
    assert page.all("h1")[0]["text"] == "Which schools need support?"
    assert not [e for e in page.elements if e["attrs"].get("id") in PARTNERED]
    for name in ("answer", "regions", "uncertainty"):
        text = page.one(f"section-{name}")["text"].lower()
        assert not re.search(r"partner|per school in need|high-performing", text.split("where these numbers")[0]), name
    header, _ = page.table("table-regions-primary")
    assert header == ["Region", "Schools", "In need, schools", "In need, %", header[-1]]


def test_who_can_be_paired_is_told_in_the_headline_and_area_by_area_as_the_file_has_it():
    page = page_of()
    in_both = (
        "44 of 54 primary schools in need (81%) and 44 of 54 secondary schools in need (81%) can have one with room"
    )
    assert f"If each partner takes no more than one, {in_both} for them; with what is not known" in page.text(
        "section-answer"
    )
    text = page.text("section-enough")
    assert (
        "35 of 90 have none; 10 are the only partner of at least one school in need (10 such schools in all)." in text
    )
    assert "3,000 pupils are in primary schools in need that have no partner within 5 miles, of 16,200" in text
    for level in ("regions", "local-authorities"):
        header, rows = page.table(f"table-pairing-{level}-primary")
        (link,) = [
            e for e in page.all("a", within=page.one("table-pairing-regions-primary")) if "download" in e["attrs"]
        ]
        box = page.one(f"table-pairing-{level}-primary")
        (filtered,) = [e["text"] for e in page.all("code", within=box) if "filter" in e["attrs"].get("class", "")]
        file = pd.read_csv(io.BytesIO(saved(link)))
        of_level = file.query(filtered).set_index(["area", "most_per_helper"])
        counts = {"Paired, if each takes, two": "paired", "Left over, all taken, if each takes two": "helpers_taken"}
        counts |= {"Left over, no partner near": "no_helper_near", "In need": "in_need"}
        places = [cells for cells in rows if cells[0] != "England"]
        assert {cells[0] for cells in places} == set(of_level.index.get_level_values("area"))
        for cells in places:
            row = dict(zip(header, cells, strict=True))
            for name, column in counts.items():
                assert int(row[name]) == of_level.loc[(cells[0], 2), column], (level, cells[0], name)


def test_an_attribute_that_no_school_has_is_the_first_that_is_said_of_likeness():
    run = small_run()
    setting = run.likeness["part"].isin(["same_setting", "alike"])
    pairs = run.likeness["alike"].mask(setting, 0)
    known = run.likeness["schools_known"].mask(setting, 0)
    lacking = run.likeness.assign(alike=pairs, not_known=run.likeness["alike"] - pairs, schools_known=known)
    run = changed(run, likeness=lacking, urban_rural=run.urban_rural.assign(area="Not stated in the register"))
    told = caveats_of(run, pd.DataFrame(columns=list(schemas.UNKNOWN.columns)))
    page = Page(report.render(changed(run, caveats=Caveats(told))))
    text = page.text("section-alike")
    first = "pairs of a primary school in need and a partner is known to be alike: the files do not say of any"
    assert first in text and text.index(first) < text.index("The median primary school in need has")
    assert "The register at hand does not say of any school whether it is urban or rural." in text
    assert "Kind of place" not in text
    _, rows = page.table("table-likeness")
    assert rows[0] == ["Primary", "Both urban or both rural", "0", "0", "110", "0", "145"]


def test_the_trusts_with_most_schools_in_need_are_shown_by_name_the_first_twenty():
    run = small_run()
    trusts = [(f"Trust {number:02}", number % 7) for number in range(40)]
    rows = pd.DataFrame(trusts, columns=["trust", "in_need"])
    run = changed(
        run, trusts=rows.assign(trust_code="1", phase="primary", schools=9, high_performing=1, same_trust_near=0)
    )
    page = Page(report.render(run))
    _, shown = page.table("table-trusts")
    expected = sorted(((-need, name) for name, need in trusts if need))[:20]
    assert [(-int(cells[4]), cells[0]) for cells in shown] == expected
    assert "The first 20 of 34 rows with schools in need" in page.text("table-trusts")
    assert not [e for e in page_of().elements if e["attrs"].get("id") == "table-trusts"]


def test_a_condition_left_out_is_named_in_the_headline_with_what_it_weighs():
    text = Page(report.render(small_run(lacking=("progress8_upper",)))).text("section-answer")
    assert "The bounds do not reckon with conditions that are left out" in text
    assert re.search(r"“Below the floor standard” is tested without figures for “[^”]*”: 3 secondary schools at", text)
    assert "is tested without" not in page_of().html


def test_schools_without_coordinates_are_told_with_the_partners_and_where_many_in_the_headline():
    run = small_run()
    run.england["high_performing_without_coordinates"] = run.england["phase"].map({"primary": 90, "secondary": 1})
    told = caveats_of(run, pd.DataFrame(columns=list(schemas.UNKNOWN.columns)))
    page = Page(report.render(changed(run, caveats=Caveats(told))))
    many, few = "90 of the 90 high-performing primary schools (100%) have no", "1 of the 90 high-performing secondary"
    assert many in page.text("section-partners") and few in page.text("section-partners")
    assert many in page.text("section-answer") and few not in page.text("section-answer")
    assert "anyone’s partner" not in page_of().html


def test_the_radius_is_said_to_be_chosen_only_where_it_is_the_methods_reconstruction():
    words = "The radius was chosen to give the published figure."
    assert page_of().text("section-answer").count(words) == 2
    run = small_run()
    run.summary["radius_miles"] = {"primary": 3, "secondary": 4}
    assert Page(report.render(run)).text("section-answer").count(words) == 1
    run.method["radius_miles"]["secondary"]["basis"] = "published"
    assert words not in report.render(run)


def test_synthetic_data_are_marked_at_the_top_in_the_numbers_and_on_paper():
    page = page_of("synthetic")
    first = page.all("aside")[0]
    assert "Synthetic data" in first["text"] and "no evidence" in first["text"]
    assert page.html.index('class="banner"') < page.html.index("<h1>")
    assert "@top-center" in page.all("style")[0]["text"]
    assert page.text("section-answer").count("no evidence") >= 4
    assert not [e for e in page.all("span") if e["attrs"].get("class") in ("agrees", "differs")]
    assert page.html.count("calibrated to its national shares") == 1
    assert "neither agreement nor difference says anything" in page.text("section-uncertainty")
    real = page_of()
    assert not real.all("aside") and "@top-center" not in real.html


def test_a_phase_without_schools_is_named_once_and_has_no_numbers():
    page = page_of("no secondary")
    assert "This release has no secondary schools." in page.text("section-answer")
    assert page.html.count("no secondary schools") == 2  # in the answer, and in the description of the page
    assert not [e for e in page.elements if e["attrs"].get("id") in ("answer-secondary", "table-regions-secondary")]


# Where the numbers come from


def test_every_row_of_an_area_comes_out_of_the_filter_below_the_table(tmp_path):
    run, schools, reach = small_run_with_schools()
    assert_filters_hold(Page(report.render(run)), schools, reach, tmp_path, run.summary["radius_miles"])


def assert_filters_hold(page, schools, reach, folder, miles):
    """Apply the filter below a table, with the area's name or code in it, to the table as a reader reads it."""
    schools.to_csv(folder / "schools.csv", index=False)
    schools = pd.read_csv(folder / "schools.csv").merge(reach, on=["urn", "phase"], how="left", validate="one_to_one")
    checked = 0
    for level in ("regions", "local-authorities"):
        for phase in PHASES:
            header, rows = page.table(f"table-{level}-{phase}")
            box = page.one(f"table-{level}-{phase}")
            printed = [e["text"] for e in page.all("code", within=box) if "filter" in e["attrs"].get("class", "")]
            within = f"Partners within {miles[phase]} miles"
            for cells in rows:
                row = dict(zip(header, cells, strict=True))
                filtered = filter_of(cells[0], level, printed)
                found = schools.query(filtered)
                reached = found["partners"].dropna()
                row = {name: text.split(" ")[0] for name, text in row.items()}
                assert row["Schools"] == f"{len(found):,}", filtered
                assert row["High-performing, schools"] == f"{(found['group'] == 'high_performing').sum():,}"
                assert row["In need, schools"] == f"{(found['group'] == 'in_need').sum():,}"
                assert row["In need, no partner, schools"] == f"{(reached == 0).sum():,}"
                if len(reached):
                    assert float(row[f"{within}, median"].replace(",", "")) == reached.median()
                    low, high = (words.number(reached.quantile(q), 1) for q in (0.25, 0.75))
                    assert row[f"{within}, middle half"] == (low if low == high else f"{low}–{high}")
                else:
                    assert row[f"{within}, median"] == row[f"{within}, middle half"] == "–"
                checked += 1
    assert checked > 40


def filter_of(head, level, printed):
    """The filter of a row: the first below the table, with the area's name in it; else England's, or that by code."""
    coded = re.fullmatch(r".*\((\w+)\)", head)
    if head == "England" and level == "regions":
        return printed[1]
    if coded and len(printed) > 1:
        return printed[1].replace("…", coded[1])
    return printed[0].replace("'…'", repr(head))


def test_areas_that_share_a_name_are_named_with_their_code():
    run = small_run()
    areas = run.local_authorities
    areas["area"] = areas["area"].replace("London B", "London A")
    page = Page(report.render(run))
    heads = [row[0] for row in page.table("table-local-authorities-primary")[1]]
    codes = areas.loc[(areas["area"] == "London A") & (areas["phase"] == "primary"), "area_code"]
    assert [head for head in heads if head.startswith("London")] == [f"London A ({code})" for code in codes]
    note = page.one("table-local-authorities-primary")["text"]
    assert "where a code follows the name: phase == 'primary' and la_code == …" in note
    assert "la_code" not in page_of().one("table-local-authorities-primary")["text"]


def test_the_filters_of_the_headline_hold():
    run, schools, reach = small_run_with_schools()
    _, rows = Page(report.render(run)).table("table-origins")
    tables = {"classified/schools.csv": schools, "matched/reach.csv": reach}
    assert {row[3] for row in rows} == set(tables)
    for name, value, entry, table, filtered in rows:
        found = tables[table].query(filtered)
        if "median" in name:
            assert float(value) == found["partners"].median()
        else:
            assert value == str(len(found))
        _, phase, key = entry.split(".")
        assert float(value) == run.summary["phases"][phase][key]


def test_the_data_behind_each_table_are_in_the_page():
    run = small_run()
    page = Page(report.render(run))
    links = {e["attrs"]["download"]: saved(e) for e in page.all("a") if "download" in e["attrs"]}
    for path, content in run.files.items():
        assert links[f"small-nfer-2017-literal-{Path(path).name}"] == content
    for table in ("regions-primary", "local-authorities-secondary", "published", "ledger"):
        assert [e for e in page.all("a", within=page.one(f"table-{table}")) if "download" in e["attrs"]], table


def test_a_large_file_is_packed_and_always_alike():
    content = b"a,b\n" + b"1,2\n" * report_table.ZIP_FROM
    link, again = (report_table.data_link("x.csv", content, "figures/x.csv") for _ in range(2))
    assert link == again and link.name == "x.csv.zip"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(link.href.partition(",")[2]))) as archive:
        assert archive.namelist() == ["x.csv"] and archive.read("x.csv") == content


# Names and markup


def test_schools_are_named_only_where_the_config_says_so():
    assert "Hogwarts" not in report.render(small_run(name="Hogwarts"))
    page = Page(report.render(small_run(name="Hogwarts", name_schools=True)))
    header, rows = page.table("table-named-primary")
    assert header[0] == "School" and len(rows) == 10 and {row[0] for row in rows} == {"Hogwarts"}


def test_a_name_with_markup_is_text():
    page = Page(report.render(small_run(name="<script>alert('x')</script>", name_schools=True)))
    assert len(page.all("script")) == 1 and "<script>alert" not in page.html
    assert page.table("table-named-primary")[1][0][0] == "<script>alert('x')</script>"


def test_words_from_outside_are_text():
    run = small_run()
    run.figures[0] |= {"title": "<b>a</b>", "caption": "c & <i>d</i>"}
    run.manifest["files"][0] |= {"title": "<img src=x>", "publisher": '"><b>'}
    areas = run.local_authorities
    areas["area"] = areas["area"].replace(areas["area"].iloc[0], "<u>Camden</u>")
    page = Page(report.render(run))
    assert not page.all("b", "i", "img", "u")
    assert page.table("table-local-authorities-primary")[1][0][0] == "<u>Camden</u>"


# How sure we are, method, data, audit


def test_every_assumption_has_its_reason():
    assert "gives no figure; the national median of the population is the plainest" in page_of().text("section-method")


def test_criteria_counted_over_the_results_files_stand_beside_the_official_counts():
    header, rows = page_of().table("table-results-files")
    assert header[2:5] == ["Rows counted", "Met", "Official count of met"]
    floor = [row[2:5] for row in rows if row[:2] == ["Below the floor standard", "Primary"]]
    assert floor[0] == ["All mainstream state schools of the results file", "670", "665"]
    assert all(official == "" for _, _, official in floor[1:])


def test_what_is_the_same_in_every_row_is_said_once_below_the_table():
    run = small_run(lacking=LACKING)
    run = changed(run, published=run.published.assign(note="The same.", evidence="partial"))
    page = Page(report.render(run))
    note = page.text("table-published")
    assert note.count("The same.") == 1 and "Evidence of all rows: partial." in note
    header, _ = page.table("table-published")
    assert "Evidence" not in header and "What stands between the two" not in header
    run.published.loc[0, "note"] = "Another."
    header, rows = Page(report.render(run)).table("table-published")
    assert rows[0][header.index("What stands between the two")] == "Another."


def test_absent_sources_of_one_note_are_told_together():
    run = small_run()
    own = run.manifest["absent"][0]
    for title in ("Results of 2015", "Results of 2014"):
        run.manifest["absent"].append(own | {"title": title, "note": "Only coasting needs it."})
    text = Page(report.render(run)).text("section-data")
    assert "Three optional sources were not available." in text
    assert text.count("Only coasting needs it.") == 1
    assert "Results of 2015 (designations.csv); Results of 2014 (designations.csv): optional, and not supplied." in text


def test_the_register_is_called_later_only_where_it_lists_later_schools():
    text = page_of().text("section-data")
    assert "is an extract later" not in text
    assert "9,082 of 9,682 primary and 9,082 of 9,682 secondary schools of the results files are not in the" in text
    run = small_run()
    late = {"step": "clean", "source": "register", "reason": "opened after the reference date", "rows_left_out": 7}
    run = changed(run, ledger=pd.concat([run.ledger, pd.DataFrame([late])], ignore_index=True))
    assert "The register is an extract later than 31 March 2017: 7 of its schools opened after that date." in (
        Page(report.render(run)).text("section-data")
    )


def test_every_published_figure_stands_beside_the_runs_own():
    _, rows = page_of().table("table-published")
    by_name = {row[0]: row[1:6] for row in rows}
    assert by_name["High-performing primaries"] == ["27%", "26.2% 26.2–36.7%", "−0.8 points", "no", "yes"]
    floor = by_name["Primaries below the floor standard, Department for Education"]
    assert floor == ["665", "670 670–682", "+5", "no", "no"]
    most = "More high-performing secondaries than secondaries in need in most regions"
    assert by_name[most][:4] == ["holds", "holds could fail", "–", "yes"]
    _, rows = page_of("no school in need").table("table-published")
    median = "Partners within the radius of a primary in need, median"
    assert {row[0]: row[1:5] for row in rows}[median] == ["9", "– 0", "–", "–"]


def test_every_condition_of_the_method_is_there_with_its_basis():
    method = settings.method_of_year(settings.load_method("nfer-2017-literal"), "2015/16")
    page = page_of()
    text = page.text("section-method")
    for basis in ("published", "official", "reconstructed"):
        assert basis in {e["text"] for e in page.all("span") if e["attrs"].get("class") == "basis"}
    for _, condition in settings.iter_conditions(method):
        for value in [condition["value"]] if isinstance(condition.get("value"), (int, float)) else []:
            assert words.number(value, 4) in text
        assert method["sources"][condition["source"]] in text
    assert "At least two of:" in text and "Any of:" in text and "All of:" in text
    assert "Progress 8: under −0.5 grades" in text and "Overall effectiveness" not in text.replace("overall_effect", "")


def test_a_threshold_drawn_from_the_population_is_given_for_this_release():
    assert (
        "Expected standard: at least the median of the population reconstructed (here 55.5% of pupils, from 1,234"
        in (page_of().text("section-method"))
    )


def test_a_condition_that_the_release_cannot_test_says_so():
    lacking = ("leadership", "reading_progress_upper")
    text = Page(report.render(small_run(lacking=lacking))).text("section-method")
    assert "(this release lacks it: not assessable)" in text and "(this release lacks it: left out of the test)" in text
    assert "this release lacks it" not in page_of().text("section-method")


def test_a_radius_that_the_user_set_is_not_called_the_methods():
    run = small_run()
    assert "5 miles (8,047 metres), in a straight line on the national grid reconstructed" in (
        Page(report.render(run)).text("section-method")
    )
    run.summary["radius_miles"] = {"primary": 3, "secondary": 4}
    text = Page(report.render(run)).text("section-method")
    assert "3 miles (4,828 metres), in a straight line on the national grid set in config.yaml" in text
    assert "The method’s own radius is 5 miles." in text


def test_sources_have_licence_checksum_and_date_and_absent_ones_are_listed():
    text = page_of().text("section-data")
    assert "ab" * 32 in text and "register.csv, 5.7 MB; supplied Licence" in text
    run = small_run()
    run.manifest["files"][0]["origin"] = "https://example.org/register.csv"
    assert "register.csv, 5.7 MB; downloaded on 2 January 2026" in Page(report.render(run)).text("section-data")
    assert "Contains public sector information licensed under the Open Government Licence v3.0." in text
    assert "One optional source was not available." in text and "No longer published." in text
    synthetic = page_of("synthetic").text("section-data")
    assert "invented" in synthetic and "Every source of the release was available." in synthetic


def test_the_ledger_and_the_values_set_aside_are_shown():
    page = page_of()
    assert "12 rows of one file came in; 10 went on and 2 were left out, each with a reason." in page.text(
        "section-audit"
    )
    assert "Of the 10 establishments of the register, 9 count here and 1 do not." in page.text("section-audit")
    _, rows = page.table("table-ledger")
    assert rows[0] == ["clean", "register", "all", "12", "10", "2"]
    assert rows[1] == ["clean", "register", "type out of scope: sixteen plus", "", "", "2"]
    assert page.table("table-set-aside")[1] == [["register", "easting", "outside England's extent", "1"]]


def test_software_is_named_as_the_lock_pins_it():
    wanted = "# comment\n\nsnakemake\npandas>=3\npandera[pandas]\nabsent\n"
    lock = "pandas==3.1.1 \\\n    --hash=sha256:00\nsnakemake==9.27.1 \\\n# via x\npandera==0.35.0\nnumpy==2.4.6\n"
    assert report.software(wanted, lock) == [("snakemake", "9.27.1"), ("pandas", "3.1.1"), ("pandera", "0.35.0")]


def test_schools_without_a_partner_are_listed_from_the_farthest():
    schools = pd.DataFrame(
        {"urn": [1, 2, 3], "phase": "primary", "name": ["a", "b", "c"], "la_name": "x", "region": "London", "type": "y"}
    )
    reach = pd.DataFrame(
        {"phase": "primary", "urn": [1, 2, 3], "partners": [0, 2, 0], "nearest_m": [9000.0, 10.0, 12000.0]}
    )
    assert list(report.named_schools(schools, reach)["name"]) == ["c", "a"]


# The step


def test_the_step_reads_what_a_run_left_and_writes_the_same_page_twice(tmp_path):
    run = small_run()
    files, params = write_small_run(run, tmp_path)
    pages = []
    for name in ("a.html", "b.html"):
        snakemake = types.SimpleNamespace(input=files, params=params, output=[tmp_path / name])
        report.main(snakemake)
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
    page, direct = Page(pages[0].decode()), Page(report.render(run))
    for table in ("regions-primary", "published", "criteria-counts", "ledger", "origins"):
        assert page.table(f"table-{table}") == direct.table(f"table-{table}")
    assert str(tmp_path) not in page.html


def test_tables_of_schools_are_read_only_to_name_schools(tmp_path):
    files, params = write_small_run(small_run(), tmp_path)
    assert report.read(files, params).named is None
    files = files | {name: str(tmp_path / "absent.parquet") for name in ("schools", "reach")}
    with pytest.raises(FileNotFoundError):
        report.read(files, params | {"name_schools": True})


# Whole runs


def test_report_of_demo(demo_run, tmp_path):
    assert_whole(demo_run, tmp_path, synthetic=True)


def test_report_of_2016(run_2016, tmp_path):
    page = assert_whole(run_2016, tmp_path, synthetic=False)
    answer = page.text("section-answer")
    assert answer.index("with what is not known it could be 21% to 47%") < answer.index("Primary schools")
    assert (
        answer.index("all lie within the bounds") < answer.index("confirms nothing") < answer.index("Primary schools")
    )
    assert page.table("table-unknown")[1]


def long_names_in(html, names, least=21):
    """The names of at least so many letters that stand in a page; all that begins alike is looked up at once."""
    text = re.sub(r"base64,[^\"]*", "", html)
    beginnings = {text[at : at + least] for at in range(len(text))}
    return [name for name in names if len(name) >= least and name[:least] in beginnings and name in text]


def test_a_long_name_in_a_page_is_found():
    names = {f"Saint {saint} and All Saints School" for saint in ("Agatha", "Bede")}
    assert long_names_in("<p>At Saint Bede and All Saints School.</p>", names) == ["Saint Bede and All Saints School"]


def assert_whole(results, folder, synthetic):
    html = (results / "report" / "index.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 4_000_000
    page = Page(html)
    assert bool(page.all("aside")) == synthetic
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    for phase, facts in summary["phases"].items():
        assert f"Of {facts['schools']:,} {phase} schools" in page.text("section-answer")
    schools = pd.read_csv(results / "classified" / "schools.csv")
    schools_read = schools[["urn", "phase", "region", "la_code", "la_name", "group"]]
    assert_filters_hold(
        page, schools_read, pd.read_csv(results / "matched" / "reach.csv"), folder, summary["radius_miles"]
    )
    assert not long_names_in(html, set(schools["name"]))
    with_data = [e["attrs"]["download"] for e in page.all("a") if "download" in e["attrs"]]
    assert len(with_data) > 20 and domain.PHASES == PHASES
    return page
