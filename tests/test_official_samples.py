"""The official samples go through the cleaning without a lost row. Needs SCHOOL_DATA."""

import csv

import pandas as pd
import pytest

import clean_register
import clean_results
import population
from lib import schemas, settings, tables
from small_files import names_of, source_of

REGISTER = "gias_search_results_20220420.csv"
AUTHORITIES = {"850": "Hampshire", "936": "Surrey"}
NATIONAL = ["england_state_funded", "england_all"]


@pytest.fixture
def samples(school_data):
    return school_data / "official-samples"


def raw_rows(path, encoding="utf-8-sig"):
    """(header, records) of a file, read without any code of ours."""
    with path.open(encoding=encoding, newline="") as file:
        header, *records = csv.reader(file)
    return header, records


@pytest.fixture(params=AUTHORITIES, ids=AUTHORITIES.get)
def key_stage_2(request, samples):
    path, source = samples / f"2016-2017_{request.param}_ks2final.csv", source_of("ks2")
    header, records = raw_rows(path)
    return header, records, clean_results.clean_results(path, source, "ks2")


def test_key_stage_2_rows_in_are_rows_out_and_rows_left_out(key_stage_2):
    _, records, (schools, _, _, rejected) = key_stage_2
    rows = sorted([*schools["row"], *rejected["row"]])
    assert rows == list(range(2, len(records) + 2))
    tables.conform(rejected, schemas.REJECTED)


def test_key_stage_2_keeps_every_mainstream_school(key_stage_2):
    """Rows end early where their last cells are blank: 8 of Hampshire's 313 mainstream rows, 14 of Surrey's 219."""
    header, records, (schools, _, _, _) = key_stage_2
    kind, urn = header.index("RECTYPE"), header.index("URN")
    assert set(schools["urn"]) == {int(record[urn]) for record in records if record[kind] == "1"}


def test_key_stage_2_leaves_out_special_schools_and_summary_rows_only(key_stage_2):
    header, records, (_, _, _, rejected) = key_stage_2
    special = sum(record[header.index("RECTYPE")] == "2" for record in records)
    assert rejected["reason"].value_counts().to_dict() == {
        "special school": special,
        "summary row: local_authority": 1,
        "summary row: england_all": 1,
        "summary row: england_state_funded": 1,
    }


def test_key_stage_2_england_is_at_the_published_61_percent(key_stage_2):
    _, _, (_, summary, _, _) = key_stage_2
    england = summary[summary["level"].isin(NATIONAL)]
    assert sorted(england["level"]) == sorted(NATIONAL)
    assert england["rwm_expected_pct"].tolist() == [61, 61]


def test_key_stage_2_figures_and_codes_are_those_of_the_file(key_stage_2):
    header, records, (schools, _, _, _) = key_stage_2
    blank = [""] * len(header)
    by_urn = {record[header.index("URN")]: (record + blank)[: len(header)] for record in records}
    source = source_of("ks2")
    for measure in ("pupils", "rwm_expected_pct", "reading_progress", "writing_progress_upper", "maths_coverage_pct"):
        column = header.index(names_of(source)[measure])
        for urn, value, status in schools[["urn", measure, f"{measure}_status"]].itertuples(index=False):
            cell = by_urn[str(urn)][column].strip()
            if status == "ok":
                assert float(cell.removesuffix("%")) == value
            else:
                assert pd.isna(value) and source["codes"][cell] == status


def test_key_stage_2_names_the_academy_that_a_school_became(key_stage_2):
    header, records, (schools, _, links, _) = key_stage_2
    kind, urn, became = header.index("RECTYPE"), header.index("URN"), header.index("URN_AC")
    stated = {(int(r[became]), int(r[urn])) for r in records if r[kind] == "1" and r[became] != "0"}
    assert stated and set(zip(links["urn"], links["predecessor_urn"], strict=True)) == stated


def test_layouts_name_columns_of_the_official_field_lists(samples):
    ks2 = {row[1].upper() for row in raw_rows(samples / "2016-2017_ks2_meta.csv", "cp1252")[1]}
    ks4 = {row[1].upper() for row in raw_rows(samples / "2018-2019_ks4_final_meta.csv", "cp1252")[1]}
    for name, fields in (("ks2", ks2), ("ks4", ks4)):
        # URN_AC is in the lists of some years only.
        assert {column for ours, column in names_of(source_of(name)).items() if ours != "successor_urn"} <= fields


# --- Register -------------------------------------------------------------------------------------------------


@pytest.fixture
def register(samples):
    path = samples / REGISTER
    header, records = raw_rows(path)
    return header, records, clean_register.clean_register(path, source_of("register"), "register")


def test_register_loses_no_row_not_the_69_that_spill_over_either(register):
    header, records, (establishments, rejected, _) = register
    spilled = [record for record in records if len(record) > len(header)]
    assert len(spilled) == 69
    assert rejected.empty and len(establishments) == len(records) == 1096
    assert {int(record[0]) for record in spilled} <= set(establishments["urn"])
    tables.conform(establishments, schemas.ESTABLISHMENTS)


def test_register_values_are_those_of_the_file_also_in_rows_that_spill_over(register):
    header, records, (establishments, _, _) = register
    at = {name: header.index(name) for name in ("EstablishmentName", "Easting", "OpenDate", "LA (code)")}
    out = establishments.set_index("urn")
    for record in records:
        row = out.loc[int(record[0])]
        assert row["name"] == record[at["EstablishmentName"]].strip() and row["la_code"] == record[at["LA (code)"]]
        easting, opened = record[at["Easting"]], record[at["OpenDate"]]
        assert pd.isna(row["easting"]) if easting in ("", "0") else row["easting"] == int(easting)
        assert pd.isna(row["open_date"]) if not opened else row["open_date"] == "-".join(reversed(opened.split("-")))


def test_register_lies_in_the_south_east(register):
    _, _, (establishments, _, aside) = register
    assert set(establishments["region"]) == {"South East"} and aside.empty
    assert set(establishments["la_name"]) == set(AUTHORITIES.values())


def test_register_gives_a_population_on_its_own_day(register):
    _, _, (establishments, _, _) = register
    rules = settings.load_method("nfer-2017")["population"]
    members, rejected = population.population(establishments, rules, "2022-04-20", "register")
    assert len(members) + len(rejected) == len(establishments) and len(members) > 0
    # Every one of them has a place and an authority, so that it can be matched and summed up.
    assert members[["easting", "northing", "la_code", "la_name", "open_on_reference_date"]].notna().all(axis=None)
    assert (members["establishment_status"] == "open").all()
