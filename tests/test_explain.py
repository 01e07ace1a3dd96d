"""Explain: a school's rows, conditions, group and partners, in words, from the results alone."""

import csv
import json
import math
import random
import re
import resource
import shutil
import subprocess
import sys

import pandas as pd
import pytest

import explain
from lib import domain

YEARS = ("", "_1y_before", "_2y_before")
FILES_OF_YEARS = ("", "_2015", "_2014")
KEY_STAGE = {"primary": "ks2", "secondary": "ks4"}


def school(urn, phase="primary", results=None, via=("own", "own", "own"), **other):
    """A row of population/schools; `results` gives the URNs of the three years' results where they are not its own."""
    row = {
        "urn": urn,
        "phase": phase,
        "name": "A School",
        "type": "community",
        "phase_of_education": phase,
        "la_name": "Town",
        "region": "London",
        "easting": 530000,
        "coordinates_from": "register",
        "northing": 180000,
        "register_row": 2,
        "open_on_reference_date": "no opening date, so taken as open; no closing date",
        "inspection_urn": urn,
        "inspection_via": "own",
    }
    for suffix, held_by, how in zip(YEARS, results or (urn, urn, urn), via, strict=True):
        row |= {f"results_urn{suffix}": held_by, f"results_via{suffix}": how}
    return row | other


NOWHERE = {"easting": None, "northing": None}
NONE = ("none", "none", "none")
SCHOOLS = [
    school(10),
    school(
        11,
        results=(9, 7, None),
        via=("predecessor", "predecessor", "ambiguous"),
        inspection_urn=9,
        inspection_via="predecessor",
    ),
    school(12, **NOWHERE),
    school(13, **NOWHERE),
    school(14),
    school(14, phase="secondary"),
    school(16, results=(9, 9, 9), via=("predecessor",) * 3, inspection_urn=None, inspection_via="none"),
    school(15, results=(None, None, None), via=NONE, inspection_urn=None, inspection_via="none"),
]
# What stands beside the graded inspection of one of them.
BESIDE = {
    **{"previous_inspection_date": "2011-05-06", "previous_source": "inspections", "previous_row": 114},
    **{"judged_urn": 9, "has_report_card": True, "report_card_date": "2026-01-06", "card_source": "inspections"},
    **{"card_row": 115, "category_of_concern": "special_measures", "category_source": "inspections"},
    **{"category_row": 116, "headline_grade": "requires_improvement", "headline_source": "inspections"},
    "headline_row": 117,
}
# Of each URN's results: the row of its file in each of the three years.
RESULTS = [(9, "primary", 7), (7, "primary", 5), (10, "primary", 8), (12, "primary", 9), (13, "primary", 3)]
RESULTS += [(14, "primary", 4), (14, "secondary", 6)]
GROUPS = [
    (10, "primary", "in_need", True),
    (11, "primary", "high_performing", False),
    (12, "primary", "in_need", False),
]
GROUPS += [(13, "primary", "high_performing", False), (14, "primary", "in_need", False)]
GROUPS += [(14, "secondary", "in_need", False), (15, "primary", "not_assessable", False)]
GROUPS += [(16, "primary", "not_assessable", False)]
# Of each group: whether a school is high-performing, and in need.
KNOWN = {"in_need": (None, True), "high_performing": (True, False), "not_assessable": (None, None)}
# Of a criterion: the conditions of its test, as in thresholds.csv from the measure on.
TESTS = {
    ("below_floor", "primary"): [
        "pupils,>=,11,,,true,,official,dfe,everyone",
        "rwm_expected_pct,<,65,,,true,,official,dfe",
        "rwm_expected_pct,<,40,,,true,,reconstructed,method",
        "progress_upper,<,0,,,false,ignore,official,dfe",
    ],
    ("good", "primary"): [
        "grade,==,2,,,true,,published,study",
        "leadership,==,1,,,false,,published,study",
        "progress,>=,0.5,0.5,120,true,,reconstructed,method",
        "medians,>=,,0.5,,false,,reconstructed,method",
        "early,<,85,,,false,,official,dfe",
        "earlier,<,85,,,false,,official,dfe",
        "progress,<,9,,,true,,official,dfe",
        "pupils,<,9,,,true,,official,dfe",
    ],
    ("designated", "primary"): ["listed,==,true,,,false,ignore,published,study"],
    ("unseen", "primary"): ["grade,==,4,,,true,,published,study,everyone"],
    ("below_floor", "secondary"): ["pupils,>=,6,,,true,,official,dfe"],
}
# What the files call a measure; here the others have no name of their own.
LABELS = {"rwm_expected_pct": "Reading and maths at the expected standard", "progress_upper": "Progress, upper limit"}
LABELS |= {"early": "Level 4, two years before", "earlier": "Level 5, two years before"}
# What a school's conditions found: value or, where it begins with ?, the status; outcome.
FLOOR = [("30", "true"), ("50", "true"), ("50", "false"), ("?not_in_release", "ignored")]
GOOD = [("1", "false"), ("?not_in_release", "unknown"), ("3", "true"), ("?not_in_release", "unknown")]
GOOD += [("?not_in_release", "unknown"), ("?not_in_release", "unknown"), ("3", "true"), ("3", "true")]
ASSESSED = [
    (10, "below_floor", "in_need", "met", FLOOR),
    (10, "good", "high_performing", "not_assessable", GOOD),
    (10, "designated", "high_performing", "not_assessable", [("?not_in_release", "ignored")]),
    (10, "unseen", "in_need", "not_assessable", [("?missing", "unknown")]),
    (11, "below_floor", "in_need", "not_assessable", [("?suppressed", "unknown"), *FLOOR[1:]]),
    (12, "below_floor", "in_need", "met", FLOOR),
]


def conditions():
    """Rows of classified/conditions of the schools in ASSESSED."""
    for urn, criterion, _, _, found in ASSESSED:
        tests = [line.split(",")[:8] for line in TESTS[criterion, "primary"]]
        for place, ((value, outcome), (measure, how, threshold, *_)) in enumerate(zip(found, tests, strict=True), 1):
            row = {"urn": urn, "phase": "primary", "criterion": criterion, "place": place, "measure": measure}
            row |= {"is": how, "threshold": threshold or None, "outcome": outcome}
            known = not value.startswith("?")
            yield row | {"value": value if known else None, "status": "ok" if known else value[1:]}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    release = tmp_path_factory.mktemp("results") / "tiny"
    folder = release / "nfer-2017"
    for name in ("raw", "clean"):
        (release / name).mkdir(parents=True)
    for name in ("population", "classified", "matched", "audit"):
        (folder / name).mkdir(parents=True)
    kinds = ("register", "links", "inspections", "designations")
    kinds += tuple(key_stage + year for key_stage in KEY_STAGE.values() for year in FILES_OF_YEARS)
    files = [{"source": source, "file": f"{source}.csv"} for source in (*kinds, "more")]
    (release / "raw/manifest.json").write_text(json.dumps({"files": files}))
    (folder / "audit/provenance.json").write_text("{}")  # the sign that the run is finished
    radius = {"primary": 5, "secondary": 4}
    summary = {"release": "tiny", "synthetic": False, "reference_date": "2017-03-31", "radius_miles": radius}
    (folder / "summary.json").write_text(json.dumps(summary))

    def parquet(path, rows):
        below = release if path.startswith("clean/") else folder
        pd.DataFrame(rows).convert_dtypes().to_parquet(below / path)

    parquet("population/schools.parquet", SCHOOLS)
    results = []
    for urn, phase, row in RESULTS:
        results.append({"urn": urn, "phase": phase})
        for number, suffix in enumerate(YEARS):
            results[-1][f"source{suffix}"] = KEY_STAGE[phase] + FILES_OF_YEARS[number]
            results[-1][f"row{suffix}"] = row + 100 * number
        results[-1]["row_1y_before_of_more"] = 70 if row == 108 - 100 else None
    parquet("clean/results.parquet", results)
    inspected = (9, 10, 11, 12, 13, 14)
    inspections = [
        {"urn": u, "inspection_date": f"20{u:02}-01-02", "source": "inspections", "row": u}
        | {"overall_effectiveness_status": "ok"}
        | (BESIDE if u == 14 else {})
        for u in inspected
    ]
    parquet("clean/inspections.parquet", inspections)
    held = {"urn": 11, "designation": "teaching_school", "source": "designations", "row": 3}
    parquet("clean/designations.parquet", [held])
    columns = ["urn", "criterion", "group", "outcome"]
    outcomes = [dict(zip(columns, row[:4], strict=True)) | {"phase": "primary"} for row in ASSESSED]
    # Each school has a criterion of each group, as the criteria of a method are of all schools of a phase.
    for urn, phase, *_ in GROUPS:
        for group in domain.CRITERION_GROUPS:
            row = {"urn": urn, "phase": phase, "group": group}
            if not any(row.items() <= other.items() for other in outcomes):
                outcomes.append(row | {"criterion": f"other_{group}", "outcome": "not_met"})
    parquet("classified/criteria.parquet", outcomes)
    parquet("classified/conditions.parquet", list(conditions()))
    parquet(
        "classified/schools.parquet",
        [
            {
                **{"urn": urn, "phase": phase, "group": group, "both": both, "not_assessable_criteria": None},
                **{name: KNOWN[group][at] for at, name in enumerate(domain.CRITERION_GROUPS)},
                **{"high_performing_missing_here": urn == 15, "in_need_missing_here": True},
            }
            for urn, phase, group, both in GROUPS
        ],
    )
    extents = [("primary", 10, 1, 3), ("primary", 12, 0, 0), ("primary", 14, 1, 1), ("primary", 15, 0, 2)]
    columns = ["phase", "urn", "partners_lower", "partners_upper"]
    parquet("matched/bounds.parquet", [dict(zip(columns, row, strict=True)) for row in extents])
    pairs = [("primary", 10, 11, 1234.5), ("primary", 10, 16, 2000.0), ("primary", 14, 11, 300.0)]
    pairs += [("secondary", 14, 17, 500.0), ("secondary", 18, 11, 700.0)]
    columns = ["phase", "urn", "partner_urn", "distance_m"]
    parquet("matched/partners.parquet", [dict(zip(columns, pair, strict=True)) for pair in pairs])
    reach = [("primary", 10, 2, 1234.5), ("primary", 14, 1, 300.0), ("secondary", 14, 1, None)]
    columns = ["phase", "urn", "partners", "nearest_m"]
    parquet("matched/reach.parquet", [dict(zip(columns, row, strict=True)) for row in reach])
    (folder / "classified/thresholds.csv").write_text(
        "criterion,phase,place,label,measure,is,threshold,quantile,schools_with_value,available,if_absent,basis,source,id\n"
        + "".join(
            f'{criterion},{phase},{place},"{LABELS.get(measure, measure)}",{stated}{end}\n'
            for (criterion, phase), test in TESTS.items()
            for place, stated in enumerate(test, start=1)
            for measure, end in [(stated.split(",")[0], "" if stated.endswith("everyone") else ",")]
        )
    )
    (release / "clean/set_aside.csv").write_text(
        "source,row,urn,column,value,reason\nregister,4,12,easting,1,outside England\n"
    )
    (release / "clean/rejected.csv").write_text(
        "source,row,urn,reason\nks2,6,20,special school\nks2,7,21,special school\ninspections,8,10,a later one\n"
    )
    (folder / "population/left_out.csv").write_text("source,row,urn,reason\nregister,5,20,type out of scope: special\n")
    (folder / "population/inherited.csv").write_text(
        "urn,phase,what,from_urn,steps,outcome,shared_with\n"
        "11,primary,results,9,1,inherited,\n"
        "11,primary,results_1y_before,7,2,inherited,30;31\n"
        "11,primary,results_2y_before,,1,ambiguous,\n"
        "11,primary,inspection,9,1,inherited,\n"
        "14,secondary,results,13,1,predecessor_still_open,\n"
        + "".join(f"16,primary,results{suffix},9,1,inherited,\n" for suffix in YEARS)
        + "15,primary,results,14,1,predecessor_still_open,\n"
    )
    links = [(2, 11, 9), (3, 11, 8), (4, 8, 7), (5, 8, 6), (6, 15, 14), (7, 14, 13), (8, 16, 9)]
    columns = ["source", "row", "urn", "predecessor_urn"]
    parquet("clean/links.parquet", [dict(zip(columns, ("links", *link), strict=True)) for link in links])
    parquet("clean/links_of_results.parquet", [dict(zip(columns, ("ks2", 7, 11, 9), strict=True))])
    (folder / "audit/unused.csv").write_text(
        "source,row,urn,reason\nks2,11,22,its URN is not in the register\n"
        "inspections,12,22,its URN is not in the register\n"
        "ks2,13,11,its school's data stand under another URN\n"
    )
    return explain.Run(folder)


def told(run, urn):
    lines, found = explain.explain(run, urn)
    return "\n".join(lines), found


def flat(text):
    """Text without the breaks of its lines."""
    return re.sub(r"\s+", " ", text)


def test_a_school_in_need_is_traced_to_rows_conditions_and_partners(run):
    text, found = told(run, 10)
    assert found
    assert "register.csv, row 2" in text
    assert "  Results: its own (ks2.csv, row 8)." in text
    assert "Inspection of 2010-01-02: its own (inspections.csv, row 10)" in text
    assert "below floor (in need): MET" in text
    assert "Partners within 5 miles: 2, at least 1 and at most 3" in text
    assert "URN 11, 1,234 m (0.77 miles)" in text and "URN 16, 2,000 m (1.24 miles)" in text
    assert "invented" not in text


def test_results_of_earlier_years_are_told_with_their_own_files_and_rows(run):
    text, _ = told(run, 10)
    assert "  Results, one year before: its own (ks2_2015.csv, row 108; with more.csv, row 70)." in text
    assert "  Results, two years before: its own (ks2_2014.csv, row 208)." in text


def test_every_condition_has_its_own_threshold_and_basis(run):
    """Also where two conditions ask the same of the same measure but for the value."""
    text = flat(told(run, 10)[0])
    assert "pupils: 30; at least 11? true [official, dfe" in text
    assert "Reading and maths at the expected standard: 50; under 65? true [official, dfe]" in text
    assert "Reading and maths at the expected standard: 50; under 40? false [reconstructed, method]" in text
    assert "progress: 3; at least 0.5? true [reconstructed, method, quantile 0.5 of 120 schools]" in text


def test_a_condition_that_is_unknown_says_to_whom(run):
    text = flat(told(run, 10)[0])
    lacking = "leadership: not in release; exactly 1? unknown: these files lack the measure [published, study]"
    assert f"good (high performing): NOT ASSESSABLE - grade: 1; exactly 2? false [published, study] - {lacking}" in text
    assert "medians: not in release; at least the median, not known here? unknown: these files lack the measure" in text
    assert "grade: missing; exactly 4? unknown here: missing in these files [" in text
    assert "pupils: suppressed; at least 11? unknown: nobody could assess it [" in flat(told(run, 11)[0])


def test_a_condition_that_a_quantile_leaves_open_says_why():
    found = {"outcome": "unknown", "status": "ok", "is": ">=", "threshold": "54", "value": "53", "measure": "progress"}
    stated = {"basis": "official", "source": "dfe", "quantile": "0.5", "schools_with_value": "9"}
    stated |= {"threshold_least": "48", "threshold_most": "56"}
    assert explain._condition(found, stated, False) == (
        "53; at least 54? unknown here: the threshold may lie anywhere from 48 to 56, since these files lack "
        "figures of other schools [official, dfe, quantile 0.5 of 9 schools]"
    )


def test_alike_conditions_on_measures_that_the_files_lack_are_one_line_those_with_a_value_are_not(run):
    text = flat(told(run, 10)[0])
    lacking = "not in release; under 85? unknown: these files lack the measure [official, dfe]"
    assert f"- Level 4, two years before; Level 5, two years before: {lacking} - progress: 3; under 9? true" in text
    assert "- pupils: 3; under 9? true" in text


def test_a_condition_that_is_ignored_leaves_the_criterion_assessed(run):
    text = flat(told(run, 10)[0])
    left_out = "left out of the test, since these files lack the measure"
    assert f"Progress, upper limit: not in release; under 0? {left_out} [official, dfe]" in text
    assert "below floor (in need): MET - pupils" in text
    assert f"listed: not in release; exactly true? {left_out}" in text


def test_what_every_criterion_of_a_group_asks_is_said_to_be_so(run):
    text = flat(told(run, 10)[0])
    assert "pupils: 30; at least 11? true [official, dfe, asked by every criterion of the group]" in text
    assert "grade: missing; exactly 4? unknown here: missing in these files [published, study, asked by every" in text
    assert text.count("asked by every") == 2
    assert "asked by every" not in told(run, 12)[0], "of a group with one criterion there is nothing to tell"


def test_a_group_that_is_not_known_says_to_whom(run):
    nobody = "Whether it is high-performing is known to nobody: it lacks a published result or an inspection."
    here = "Whether it is {} is not known here: these files lack what was published."
    assert nobody in told(run, 16)[0] and here.format("in need") in told(run, 16)[0]
    assert here.format("high-performing") in told(run, 15)[0]
    assert "Whether it is" not in told(run, 12)[0], "a school in need counts as such, whatever else it may be"


def test_partners_have_bounds_where_they_are_not_certain(run):
    assert "Partners within 5 miles: 2, at least 1 and at most 3, whatever is unknown." in told(run, 10)[0]
    assert "Partners within 5 miles: 1.\n" in told(run, 14)[0]
    possible = "If it is in need, its partners within 5 miles: at least 0 and at most 2, whatever is unknown."
    assert possible in told(run, 15)[0]
    assert "If it is in need" not in told(run, 11)[0]


def test_a_method_with_criteria_of_one_group_has_no_partners_to_tell(run, tmp_path):
    shutil.copytree(run.folder.parent, tmp_path / "tiny")
    folder = tmp_path / "tiny/nfer-2017"
    criteria = pd.read_parquet(folder / "classified/criteria.parquet")
    criteria[criteria["group"] == "in_need"].to_parquet(folder / "classified/criteria.parquet")
    text = told(explain.Run(folder), 10)[0]
    assert "no school has partners" in text and "Partners within" not in text


def test_every_comparison_outcome_and_group_has_words():
    assert set(explain.COMPARISONS) == set(domain.COMPARISONS)
    assert set(explain.OUTCOMES) == set(domain.OUTCOMES)
    assert set(explain.GROUPS) == set(domain.GROUPS)


def test_a_school_that_is_both_is_called_both(run):
    assert "Group: in need of support, and high-performing as well." in told(run, 10)[0]
    assert "Group: in need of support." in told(run, 12)[0]


def test_what_came_from_a_predecessor_is_said_with_the_rows_of_the_links(run):
    text, _ = told(run, 11)
    assert "  Results: inherited from predecessor 9 (ks2.csv, row 7)." in text
    # Once, though it is by the same links that the inspection was found.
    assert text.count("    Linked to predecessor 9 by links.csv, row 2; ks2.csv, row 7.") == 1
    assert "teaching school on the reference date (designations.csv, row 3)" in text


def test_links_that_serve_several_years_are_told_once(run):
    assert told(run, 16)[0].count("    Linked to predecessor 9 by links.csv, row 8.") == 1


def test_a_chain_of_links_is_told_link_by_link(run):
    text, _ = told(run, 11)
    assert "  Results, one year before: inherited from predecessor 7 (ks2_2015.csv, row 105)." in text
    assert "    Linked to predecessor 7 by links.csv, row 3; links.csv, row 4." in text
    assert "    Its results, one year before: inherited also by URN 30 and 31." in text
    assert text.count("inherited also") == 1


def test_what_stands_beside_the_graded_inspection_is_told_with_its_row(run):
    text, _ = told(run, 14)
    for line in (
        "Graded inspection before it, of 2011-05-06 (inspections.csv, row 114).",
        "Report card of 2026-01-06 (inspections.csv, row 115).",
        "Category of concern: special measures (inspections.csv, row 116).",
        "Headline grade: requires improvement (inspections.csv, row 117).",
        "The inspection, judged under URN 9 (inspections.csv, row 14).",
    ):
        assert f"  {line}\n" in text
    assert "eport card" not in told(run, 10)[0]


def test_an_inherited_inspection_is_the_predecessor_s_row(run):
    """The school has a row of its own in the file, so that the wrong one could be told."""
    assert "Inspection of 2009-01-02: inherited from predecessor 9 (inspections.csv, row 9)." in told(run, 11)[0]


def test_ambiguous_predecessors_are_not_told_as_none(run):
    text, _ = told(run, 11)
    assert "Results, two years before: none taken: several predecessors at the same distance have one" in text


def test_no_results_and_no_inspection_are_told_as_none(run):
    text, _ = told(run, 15)
    for what in ("Results", "Results, one year before", "Results, two years before", "Inspection"):
        assert f"  {what}: none under its own URN, nor under that of a predecessor" in text


def test_a_predecessor_that_is_still_open_is_named_as_keeping_its_results(run):
    text, _ = told(run, 15)
    assert text.count("Predecessor 14 (links.csv, row 6), itself in the population, keeps its results.") == 1


def test_rows_under_the_urn_of_a_school_that_are_not_used_are_named(run):
    heading = "Rows under this URN that are not used:"
    assert f"{heading}\n  its school's data stand under another URN (ks2.csv, row 13)." in told(run, 11)[0]
    assert f"{heading}\n  a later one (inspections.csv, row 8)." in told(run, 10)[0]
    assert heading not in told(run, 12)[0]


def test_a_condition_without_a_value_gives_the_reason(run):
    text, _ = told(run, 11)
    assert "NOT ASSESSABLE" in text
    assert "pupils: suppressed; at least 11? unknown" in text


def test_a_high_performing_school_lists_the_schools_in_need_of_the_phase_around_it(run):
    text, _ = told(run, 11)
    assert "Schools in need of the same phase within 5 miles: 2.\n  URN 14, 300 m (0.19 miles)\n  URN 10, 1,234" in text
    assert "URN 18" not in text  # of the other phase


def test_a_school_of_two_phases_is_told_in_both_with_the_partners_of_each(run):
    text, _ = told(run, 14)
    primary, secondary = text.split("== Secondary, release tiny ==")
    assert "== Primary, release tiny ==" in primary
    assert "(ks2.csv, row 4)" in primary and "(ks4.csv, row 6)" in secondary
    assert "Partners within 5 miles: 1." in primary and "Partners within 4 miles: 1." in secondary
    assert "URN 11, 300 m" in primary and "URN 17" not in primary
    assert "URN 17, 500 m" in secondary and "URN 11" not in secondary
    assert "Predecessor 13" in secondary and "Predecessor 13" not in primary


def test_the_nearest_is_told_or_that_there_is_none(run):
    assert "The nearest high-performing school of the phase, however far: 1,234 m (0.77 miles)." in told(run, 10)[0]
    secondary = told(run, 14)[0].split("== Secondary")[1]
    assert "The nearest high-performing school of the phase, however far: none has coordinates." in secondary


def test_partners_beyond_the_most_that_are_listed_are_counted(run, monkeypatch):
    assert "more (matched" not in told(run, 10)[0]
    monkeypatch.setattr(explain, "MOST_PARTNERS", 1)
    text, _ = told(run, 10)
    assert "URN 16" not in text
    assert "  URN 11, 1,234 m (0.77 miles)\n  and 1 more (matched/partners.csv)" in text


def test_a_school_of_a_synthetic_release_is_called_invented(run):
    synthetic = explain.Run(run.folder)
    synthetic.summary["synthetic"] = True
    assert "This is an invented school of a synthetic release." in told(synthetic, 10)[0]


def test_a_school_without_coordinates_says_why_it_has_no_partners(run):
    text, _ = told(run, 12)
    assert "easting 1 was set aside: outside England (register.csv, row 4)" in text
    assert "Partners: not known, since the school has no coordinates." in text


def test_coordinates_of_a_postcode_are_called_so(run):
    school = SCHOOLS[0] | {"register_row": 2, "open_on_reference_date": "opened", "coordinates_from": "postcode"}
    assert explain._register(run, school)[-1] == "  Easting 530000, northing 180000, by its postcode."


def test_a_high_performing_school_without_coordinates_does_not_have_zero_around_it(run):
    text, _ = told(run, 13)
    within = "Schools in need of the same phase within 5 miles"
    assert f"{within}: not known, since the school has no coordinates." in text


def test_a_school_left_out_names_the_rule_and_the_row(run):
    text, found = told(run, 20)
    assert found
    assert "not used:\n  type out of scope: special (register.csv, row 5).\n  special school (ks2.csv, row 6)." in text
    assert "The register does not" not in text


def test_a_urn_that_only_another_file_has_is_not_in_the_register(run):
    text, _ = told(run, 21)
    assert "The register does not have it." in text


def test_rows_that_no_school_uses_are_named_with_the_reason(run):
    text, found = told(run, 22)
    assert found
    assert "URN 22 is not in the population" in text and "The register does not have it." in text
    assert "  its URN is not in the register (ks2.csv, row 11)." in text
    assert "  its URN is not in the register (inspections.csv, row 12)." in text


def test_a_predecessor_names_the_school_that_has_its_data(run):
    text, found = told(run, 9)
    assert found
    assert "Predecessor of URN 11, inherited: results." in text
    assert "Predecessor of URN 11, inherited: inspection." in text
    assert "Linked: successor URN 11 (links.csv, row 2)." in text
    assert "Linked: successor URN 11 (ks2.csv, row 7)." in text
    assert "Predecessor of URN 11, inherited: results, one year before." in told(run, 7)[0]


def test_a_urn_that_no_file_has_is_not_found(run):
    text, found = told(run, 99)
    assert not found
    assert "is in no row of the source files of release tiny" in text


def test_the_command_says_which_runs_there_are(run, capsys, tmp_path):
    results = run.folder.parent.parent
    assert explain.main(["10", "--release", "tiny", "--results", str(results)]) == 0
    assert "URN 10, A School" in capsys.readouterr().out
    assert explain.main(["10", "--release", "2099", "--results", str(results)]) == 2
    assert "There: tiny/nfer-2017." in capsys.readouterr().out
    for name in ("nfer-2017", "another"):
        shutil.copytree(run.folder, tmp_path / "tiny" / name)
    shutil.copytree(run.folder.parent / "raw", tmp_path / "tiny/raw")
    shutil.copytree(run.folder.parent / "clean", tmp_path / "tiny/clean")
    several = ["10", "--release", "tiny", "--results", str(tmp_path)]
    assert explain.main(several) == 2
    assert "several runs: another, nfer-2017" in capsys.readouterr().out
    summary = {**run.summary, "radius_miles": {"primary": 3, "secondary": 3}}
    (tmp_path / "tiny/another/summary.json").write_text(json.dumps(summary))
    assert explain.main([*several, "--method", "another"]) == 0
    assert "Partners within 3 miles: 2, at least 1" in capsys.readouterr().out


def test_the_command_refuses_what_is_not_a_urn(run, capsys):
    with pytest.raises(SystemExit):
        explain.main(["abc", "--release", "tiny", "--results", str(run.folder.parent.parent)])
    assert "urn: invalid int value: 'abc'" in capsys.readouterr().err


KS2 = {"Eligible pupils": "TELIG", "Expected standard in reading, writing and maths": "PTRWM_EXP"}
KS2 |= {"Reading progress": "READPROG", "Writing progress": "WRITPROG", "Maths progress": "MATPROG"}
KS4 = {"Pupils at the end of key stage 4": "TPUP", "Attainment 8": "ATT8SCR", "Progress 8": "P8MEA"}
NO_FIGURE = {"": "missing", "SUPP": "suppressed", "LOWCOV": "low coverage", "NE": "no entries", "NP": "not published"}
# Numbers are those of the study and the Department, written out here again.
MILES = {"primary": 4.5, "secondary": 4}
METRES = 1609.344


class Raw:
    """The source files of 2016 looked up by plain csv, without any code of the project."""

    def __init__(self, folder):
        self.ks = {"primary": "2015-2016_england_ks2final.csv", "secondary": "2015-2016_england_ks4final.csv"}
        self.register_file = "edubasealldata20170331.csv"
        self.inspections_file = "Management_information_-_state-funded_schools_-_all_inspections.csv"
        self.register = {record["URN"]: (line, record) for line, record in self._records(folder / self.register_file)}
        self.results = {
            phase: {r["URN"]: (line, r) for line, r in self._records(folder / file) if r["RECTYPE"] == "1"}
            for phase, file in self.ks.items()
        }
        self.provisional_file = "2015-2016_england_ks4provisional.csv"
        provisional = self._records(folder / self.provisional_file)
        self.provisional, self.limits = {}, {}
        for line, r in provisional:
            if r["RECTYPE"] == "1":
                self.provisional[r["URN"]], self.limits[r["URN"]] = line, r["P8CIUPP"]
        self.designated = {record["urn"] for _, record in self._records(folder / "designations.csv", "urn")}
        self.inspections = {}
        for line, record in self._records(folder / self.inspections_file):
            date = "-".join(reversed(record["Inspection start date"].split("/")))
            if self.inspections.get(record["URN"], ("",))[0] <= date <= "2017-03-31":
                self.inspections[record["URN"]] = (date, line, record["Overall effectiveness"])

    def _records(self, path, urn="URN"):
        """(line where it begins, record as a dict) of a file, from the line of column names on."""
        with path.open(encoding="utf-8-sig" if "_ks" in path.name else "cp1252", newline="") as file:
            reader = csv.reader(file)
            header = next(cells for cells in reader if urn in cells)
            begins = reader.line_num + 1
            for cells in reader:
                yield begins, dict(zip(header, cells, strict=False))
                begins = reader.line_num + 1

    def figure(self, urn, phase, column):
        try:
            return float(self.results[phase][urn][1][column].rstrip("%"))
        except (KeyError, ValueError):
            return None

    def place(self, urn):
        record = self.register[urn][1]
        return (int(record["Easting"]), int(record["Northing"])) if record["Easting"] else None

    def group(self, urn, phase):
        """By nfer-2017, each school by its own URN; None where it is in neither, or not for want of a grade."""
        grade, figure = self.inspections.get(urn, ("", 0, ""))[2], lambda column: self.figure(urn, phase, column)
        if phase == "primary":
            limits = [("PTRWM_EXP", 65), ("READPROG", -5), ("WRITPROG", -7), ("MATPROG", -5)]
            low = [figure(c) is not None and figure(c) < limit for c, limit in limits]
            below = (figure("TELIG") or 0) >= 11 and low[0] and any(low[1:])
            high = [("PTRWM_EXP", 53 - 1e-9), ("READPROG", 0), ("WRITPROG", 0), ("MATPROG", 0)]
        else:
            limit = self.limits.get(urn, "")
            significant = limit[-1:].isdigit() and float(limit) < 0
            below = (
                (figure("TPUP") or 0) >= 6 and figure("P8MEA") is not None and figure("P8MEA") < -0.5 and significant
            )
            high = [("ATT8SCR", 50.1 - 1e-9), ("P8MEA", 0)]
        strong = grade == "2" and all(figure(c) is not None and figure(c) > limit for c, limit in high)
        sponsored = self.register[urn][1]["TypeOfEstablishment (name)"] == "Academy sponsor led mainstream"
        if (below or grade in ("3", "4")) and not sponsored:
            return "in_need"
        if grade == "1" or urn in self.designated or strong:
            return "high_performing"
        return None if grade or sponsored else "not_assessable"


def expected(raw, urn, phase, groups):
    """What explain must say of a school, from the source files alone; `groups`: {(urn, phase): group}."""
    line, record = raw.register[urn]
    yield f"Register: {raw.register_file}, row {line}."
    yield record["LA (name)"]
    place = raw.place(urn)
    yield f"Easting {place[0]}, northing {place[1]}." if place else "No coordinates, so it cannot be matched."
    if urn in raw.results[phase]:
        line, record = raw.results[phase][urn]
        more = f"; with {raw.provisional_file}, row {raw.provisional.get(urn)}" if phase == "secondary" else ""
        yield f"Results: its own ({raw.ks[phase]}, row {line}{more})."
        for label, column in (KS2 if phase == "primary" else KS4).items():
            value = raw.figure(urn, phase, column)
            yield f"- {label}: {NO_FIGURE[record[column]] if value is None else f'{value:.10g}'};"
    else:
        yield "Results: none under its own URN"
    if urn in raw.inspections:
        date, line, grade = raw.inspections[urn]
        yield f"Inspection of {date}: its own ({raw.inspections_file}, row {line})."
        yield f"- Overall effectiveness: {grade};"
    else:
        yield "Inspection: none under its own URN"
    group = groups[urn, phase]
    yield f"Group: {explain.GROUPS[group]}"
    other = {"in_need": "high_performing", "high_performing": "in_need"}.get(group)
    if other and place:
        candidates = [u for (u, p), g in groups.items() if p == phase and g == other and raw.place(u)]
        distances = sorted((math.dist(place, raw.place(u)), u) for u in candidates)
        near = [(d, u) for d, u in distances if d <= MILES[phase] * METRES]
        what = "Partners" if group == "in_need" else "Schools in need of the same phase"
        yield f"{what} within {MILES[phase]} miles: {len(near)}."
        if group == "in_need":
            yield f"however far: {round(distances[0][0], 1):,.0f} m"
        for distance, u in near[: explain.MOST_PARTNERS]:
            yield f"URN {u}, {round(distance, 1):,.0f} m ({distance / METRES:.2f} miles)"


@pytest.mark.slow
def test_ten_schools_of_2016_are_told_as_the_source_files_have_them(run_2016, school_data):
    raw = Raw(school_data / "2016")
    with (run_2016 / "population/schools.csv").open(encoding="utf-8", newline="") as file:
        population = [(row["urn"], row["phase"]) for row in csv.DictReader(file)]
    groups = {key: raw.group(*key) for key in population}
    draw = random.Random(2016)
    chosen = []
    for group, number in (("in_need", 4), ("high_performing", 4), ("not_assessable", 2)):
        for phase in MILES:
            of_group = sorted(key for key, g in groups.items() if g == group and key[1] == phase)
            chosen += draw.sample(of_group, number // 2)
    run = explain.Run(run_2016)
    assert len(chosen) == 10
    for urn, phase in chosen:
        text, found = told(run, int(urn))
        assert found
        # An all-through school is told in both phases, each under its heading.
        head, *parts = re.split(r"^== ", text, flags=re.MULTILINE)
        (part,) = [part for part in parts if part.startswith(phase.capitalize())]
        part = re.sub(r", at least [\d,]+ and at most [\d,]+, whatever is unknown", "", flat(part))
        assert [words for words in expected(raw, urn, phase, groups) if flat(words) not in part] == []


@pytest.mark.slow
def test_an_answer_takes_less_than_two_seconds_of_processor_time(project_2016):
    """The better of two, since a busy machine adds to the time of each."""
    seconds = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "scripts/explain.py", "100000", "--release", "2016"]
        subprocess.run(command, cwd=project_2016.path, check=True, capture_output=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 2
