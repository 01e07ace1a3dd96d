"""Explain: a school's rows, conditions, group and partners, in words, from the results alone."""

import json

import pandas as pd
import pytest

import explain

OWN = {"results_urn": 10, "results_via": "own", "inspection_urn": 10, "inspection_via": "own"}
SCHOOL = {
    "urn": 10,
    "phase": "primary",
    "name": "A School",
    "type": "community",
    "phase_of_education": "primary",
    "la_name": "Town",
    "region": "London",
    "easting": 530000,
    "northing": 180000,
    "register_row": 2,
    "open_on_reference_date": "no opening date, so taken as open; no closing date",
    **OWN,
}
NO_INSPECTION = {"inspection_urn": None, "inspection_via": "none"}
HEIR = SCHOOL | {"urn": 11, "results_urn": 9, "results_via": "predecessor"} | NO_INSPECTION
NOWHERE = SCHOOL | {"urn": 12, "easting": None, "northing": None}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "tiny"
    for name in ("raw", "clean/parts", "classified", "matched", "audit"):
        (folder / name).mkdir(parents=True)
    kinds = ("register", "links", "ks2", "inspections", "designations")
    files = [{"source": source, "file": f"{source}.csv"} for source in kinds]
    (folder / "raw/manifest.json").write_text(json.dumps({"files": files}))
    summary = {"release": "tiny", "synthetic": False, "reference_date": "2017-03-31", "radius_miles": {"primary": 5}}
    (folder / "summary.json").write_text(json.dumps(summary))

    def parquet(path, rows):
        pd.DataFrame(rows).convert_dtypes().to_parquet(folder / path)

    parquet("clean/schools.parquet", [SCHOOL, HEIR, NOWHERE])
    results = [{"urn": urn, "phase": "primary", "source": "ks2", "row": row} for urn, row in ((9, 7), (10, 8), (12, 9))]
    parquet("clean/results.parquet", results)
    inspections = [{"urn": u, "inspection_date": "2015-01-02", "source": "inspections", "row": u} for u in (10, 12)]
    parquet("clean/inspections.parquet", inspections)
    held = {"urn": 11, "designation": "teaching_school", "source": "designations", "row": 3}
    parquet("clean/designations.parquet", [held])
    floor = {"criterion": "below_floor", "phase": "primary", "group": "in_need"}
    parquet(
        "classified/criteria.parquet",
        [
            floor | {"urn": 10, "outcome": "met", "evidence": "pupils 30 >= 11 true; rwm_expected_pct 50 < 65 true"},
            floor | {"urn": 11, "outcome": "not_assessable", "evidence": "pupils suppressed >= 11 unknown"},
            floor | {"urn": 12, "outcome": "met", "evidence": "pupils 30 >= 11 true"},
        ],
    )
    group = {"phase": "primary", "both": False, "not_assessable_criteria": None}
    parquet(
        "classified/schools.parquet",
        [group | {"urn": urn, "group": g} for urn, g in ((10, "in_need"), (11, "high_performing"), (12, "in_need"))],
    )
    pair = {"phase": "primary", "urn": 10, "partner_urn": 11, "distance_m": 1234.5}
    parquet("matched/partners.parquet", [pair])
    parquet("matched/reach.parquet", [{"phase": "primary", "urn": 10, "partners": 1, "nearest_m": 1234.5}])
    (folder / "classified/thresholds.csv").write_text(
        "criterion,phase,measure,is,threshold,quantile,schools_with_value,basis,source\n"
        "below_floor,primary,pupils,>=,11,,,official,dfe\n"
        "below_floor,primary,rwm_expected_pct,<,65,,,official,dfe\n"
    )
    (folder / "clean/set_aside.csv").write_text(
        "source,row,urn,column,value,reason\nregister,4,12,easting,1,outside England\n"
    )
    (folder / "clean/rejected.csv").write_text(
        "source,row,urn,reason\nregister,5,20,type out of scope: special\n"
        "ks2,6,20,special school\nks2,7,21,special school\n"
    )
    (folder / "clean/inherited.csv").write_text(
        "urn,phase,what,from_urn,steps,outcome\n11,primary,results,9,1,inherited\n"
    )
    parquet("clean/parts/links.parquet", [{"source": "links", "row": 2, "urn": 11, "predecessor_urn": 9}])
    (folder / "audit/unused.csv").write_text(
        "source,row,urn,reason\nks2,11,22,its URN is not in the register\n"
        "inspections,12,22,its URN is not in the register\n"
    )
    (folder / "audit/dictionary.csv").write_text(
        "table,column,meaning\nclean/results.csv,rwm_expected_pct,Reading and maths at the expected standard\n"
    )
    return explain.Run(folder)


def told(run, urn):
    lines, found = explain.explain(run, urn)
    return "\n".join(lines), found


def test_a_school_in_need_is_traced_to_rows_conditions_and_partners(run):
    text, found = told(run, 10)
    assert found
    assert "register.csv, row 2" in text
    assert "its own (ks2.csv, row 8)" in text
    assert "Inspection of 2015-01-02: its own (inspections.csv, row 10)" in text
    assert "below floor (in need): MET" in text
    assert "Reading and maths at the expected standard: 50; under 65? true [official, dfe]" in text
    assert "Group: in need of support." in text
    assert "Partners within 5 miles: 1." in text
    assert "URN 11, 1,234 m (0.77 miles)" in text


def test_what_came_from_a_predecessor_is_said(run):
    text, _ = told(run, 11)
    assert "inherited from predecessor 9 (ks2.csv, row 7)" in text
    assert "Inspection: none under its own URN" in text
    assert "teaching school on the reference date (designations.csv, row 3)" in text


def test_a_condition_without_a_value_gives_the_reason(run):
    text, _ = told(run, 11)
    assert "NOT ASSESSABLE" in text
    assert "pupils: suppressed; at least 11? unknown" in text


def test_a_high_performing_school_lists_the_schools_in_need_around_it(run):
    text, _ = told(run, 11)
    assert "Schools in need of the same phase within 5 miles: 1." in text
    assert "URN 10, 1,234 m (0.77 miles)" in text


def test_a_school_without_coordinates_says_why_it_has_no_partners(run):
    text, _ = told(run, 12)
    assert "easting 1 was set aside: outside England (register.csv, row 4)" in text
    assert "Partners: not known, since the school has no coordinates." in text


def test_a_school_left_out_names_the_rule_and_the_row(run):
    text, found = told(run, 20)
    assert found
    assert "Left out: type out of scope: special (register.csv, row 5)." in text
    assert "Also left out: special school (ks2.csv, row 6)." in text


def test_a_urn_that_only_another_file_has_is_not_in_the_register(run):
    text, _ = told(run, 21)
    assert "The register does not have it." in text


def test_rows_that_no_school_uses_are_named_with_the_reason(run):
    text, found = told(run, 22)
    assert found
    assert "URN 22 is not in the population" in text and "The register does not have it." in text
    assert "Not used: its URN is not in the register (ks2.csv, row 11)." in text
    assert "Not used: its URN is not in the register (inspections.csv, row 12)." in text


def test_a_predecessor_names_the_school_that_has_its_data(run):
    text, found = told(run, 9)
    assert found
    assert "Predecessor of URN 11: results inherited." in text
    assert "Linked: successor URN 11 (links.csv, row 2)." in text


def test_a_urn_that_no_file_has_is_not_found(run):
    text, found = told(run, 99)
    assert not found
    assert "stands in no row of the source files of release tiny" in text


def test_the_command_says_which_runs_there_are(run, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["explain.py", "10", "--release", "2099", "--results", str(run.folder.parent)])
    assert explain.main() == 2
    assert "There: tiny." in capsys.readouterr().out


def test_the_command_refuses_what_is_no_urn(run, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["explain.py", "abc", "--release", "tiny", "--results", str(run.folder.parent)])
    assert explain.main() == 1
    assert "is no URN" in capsys.readouterr().out
