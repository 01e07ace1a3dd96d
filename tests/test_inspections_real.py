"""Real inspections of 2013 to 2026 against the READMEs beside them. Needs SCHOOL_DATA, with 2025/ and samples/."""

import csv

import pandas as pd
import pytest

import clean_inspections
from lib import domain, schemas, tables
from lib.releases import partial_aspects
from recount_clean import records
from recount_inspections import File, recount_inspections
from small_files import of_layout

MI = "Management_information_-_state-funded_schools_-_latest_inspections_as_at_{}.csv"
LISTED = "ofsted_headline_grades_28_Feb_2026_not_an_official_layout.csv"
UNFILLED = ["inspection_date", "leadership", "quality_of_education", "report_card_date", *domain.CARD_WORDS]
FEBRUARY = {"as_at": "2026-02-28", "partial": True, "not_filled": [*UNFILLED, "category_of_concern", "judged_urn"]}
AUGUST = {"as_at": "2026-08-31", "partial": True, "not_filled": ["category_of_concern"]}
FILES = {
    "february": (MI.format("28_Feb_2026"), "ofsted-latest-2026", FEBRUARY),
    "august": (MI.format("31_Aug_2026"), "ofsted-latest-2026", AUGUST),
    "headline": (LISTED, "ofsted-headline-grades", {"as_at": "2026-02-28"}),
}
SAMPLES = {
    "2013": ("2013-2015-ofsted-mi/MI_2013-04-30_provider_level.csv", "ofsted-latest-2013", "2013-04-30"),
    "2015": ("2013-2015-ofsted-mi/MI_2015-05-31_provider_level.csv", "ofsted-latest-2013", "2015-05-31"),
    "2022": ("2022-school-information/2021-2022_england_school_information.csv", "school-information", "2022-12-31"),
}
HEADERS = {
    "mi_latest_2025-03-31": "ofsted-latest-2025",
    "mi_latest_2026-02-28": "ofsted-latest-2026",
    "mi_latest_mid-2026_ods_D2": "ofsted-latest-2026",
    "mi_all_inspections_since_2025-11-10": "ofsted-report-cards",
}
DAY = "2026-08-31"


@pytest.fixture(scope="module")
def stood(school_data):
    """stood(names of files) gives clean/inspections by URN, held against the plain recount and row by row."""
    folder = school_data / "2025"
    if not folder.is_dir():
        pytest.skip("SCHOOL_DATA has no 2025/")

    def made(*names):
        read, sources, rejected, plain = [], {}, 0, []
        for name in names:
            file, layout, stated = FILES[name]
            sources[name] = of_layout(layout, **stated | {"file": file})
            found, left_out = clean_inspections.clean_inspections(folder / file, sources[name], name)
            read.append((found, sources[name]))
            rejected += len(left_out)
            plain.append(File(name, records(folder / file), stated))
        out, left_out = clean_inspections.assemble(read, DAY, partial_aspects(sources, DAY))
        out = tables.conform(out, schemas.INSPECTIONS).set_index("urn")
        used = {
            pair
            for of in out
            if of.endswith("source")
            for pair in zip(out[of], out[f"{of.removesuffix('source')}row"], strict=True)
            if isinstance(pair[0], str)
        }
        assert len(used) + len(left_out) == sum(len(rows) for rows, _ in read)
        recounted = recount_inspections(plain, DAY)
        assert {str(urn) for urn in out.index} == recounted.keys()
        for column in out:
            values = out[column].astype("object").where(out[column].notna(), None)
            assert values.to_dict() == {int(urn): row[column] for urn, row in recounted.items()}, column
        return out

    return made


def test_schools_graded_three_or_four_in_february_and_five_of_the_ten_official_rows(stood):
    found = stood("february")
    assert found["overall_effectiveness"].value_counts().to_dict() == {3: 1057, 4: 190, 2: 3, 1: 2}
    assert found["overall_effectiveness_status"].value_counts().to_dict() == {"ok": 1252, "missing": 5}
    assert set(found["has_report_card_status"]) == {"missing"} and set(found["category_of_concern_status"]) == {
        "missing"
    }


def test_schools_in_and_around_cheltenham_in_august(stood):
    found = stood("august")
    status = found["overall_effectiveness_status"].value_counts().to_dict()
    assert status == {"ok": 32, "not_judged": 9, "missing": 20}
    assert int(found["no_overall_grade"].sum()) == 9 and int(found["has_report_card"].sum()) == 5
    assert found["leadership"].notna().sum() == 41 and found["judged_urn"].notna().sum() == 4
    assert found["card_achievement"].value_counts().to_dict() == {"expected_standard": 5}


def test_headline_grades_are_no_overall_effectiveness(stood):
    found = stood("headline")
    counts = {"good": 14282, "outstanding": 1857, "requires_improvement": 1057, "inadequate": 190}
    assert found["headline_grade"].value_counts().to_dict() == counts
    assert set(found["overall_effectiveness_status"]) == {"not_in_release"}


def test_no_school_gets_a_grade_that_its_row_does_not_state(stood, school_data):
    found = stood(*FILES)
    stated = {}
    for name in ("february", "august"):
        lines = (school_data / "2025" / FILES[name][0]).read_text(encoding="cp1252").splitlines()
        header = next(i for i, line in enumerate(lines) if line.startswith("Web Link"))
        for row in csv.DictReader(lines[header:]):
            stated.setdefault(int(row["URN"]), set()).add(row["Latest OEIF overall effectiveness"])
    graded = found["overall_effectiveness"].dropna()
    assert len(graded) == 1282
    assert all(stated[urn] - {"NULL"} == {str(int(grade))} for urn, grade in graded.items())


@pytest.mark.parametrize("header", HEADERS)
def test_each_column_of_a_layout_is_in_the_official_header(school_data, header):
    path = school_data / "samples" / "2025-2026-ofsted-mi" / f"{header}.header.csv"
    if not path.is_file():
        pytest.skip("SCHOOL_DATA has no samples/")
    with path.open(encoding="utf-8-sig", newline="") as file:
        columns = next(csv.reader(file))
    source = of_layout(HEADERS[header], **({} if "all" in header else {"as_at": "2026-01-01"}))
    for name, spec in source["columns"].items():
        named = [spec["column"]] if isinstance(spec["column"], str) else spec["column"]
        assert {*columns} & {*named}, name


@pytest.mark.parametrize("sample", SAMPLES)
def test_each_row_of_a_sample_is_used_and_says_what_the_file_says(school_data, sample):
    file, layout, day = SAMPLES[sample]
    path = school_data / "samples" / file
    if not path.is_file():
        pytest.skip("SCHOOL_DATA has no samples/")
    source = of_layout(layout, as_at=day, file=path.name)
    found, rejected = clean_inspections.clean_inspections(path, source, sample)
    out, not_used = clean_inspections.assemble([(found, source)], day)
    out = tables.conform(out, schemas.INSPECTIONS).set_index("urn")
    assert rejected.empty and not_used.empty and len(out) == len(records(path))
    plain = recount_inspections([File(sample, records(path), {"as_at": day})], day)
    for urn, row in plain.items():
        assert {name: None if pd.isna(value) else value for name, value in out.loc[int(urn)].items()} == row
    for record, _ in records(path):
        row = out.loc[int(record.get("URN") or record["urn"])]
        if "OFSTEDRATING" in record:
            inadequate = record["OFSTEDRATING"] in ("Special Measures", "Serious Weaknesses", "Inadequate")
            assert (row["headline_grade"] == "inadequate") == inadequate
            assert row["overall_effectiveness_status"] == "not_in_release"
        else:
            assert row["overall_effectiveness"] == float(record["Overall effectiveness: how good is the school"])
            assert (row["category_of_concern"] == "special_measures") == record["Category"].startswith("SM")
