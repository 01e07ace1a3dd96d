"""The data dictionary: every column of every table of a run, described by the schemas that the run enforces."""

import csv

import pytest

import dictionary
from lib import domain, schemas, settings, tables
from lib.run_step import UserError

LABELS = {"outstanding": "Outstanding", "below_floor": "Below the floor standard"}
SMALL = schemas.table(
    {
        "urn": schemas.urn(),
        "phase": schemas.choice(domain.PHASES, "Phase"),
        "closed": schemas.date("Date closed"),
        "partners": schemas.count("Partners", missing=True),
        "share": schemas.share("Share of schools"),
        "good": schemas.col("boolean", "Whether it is good", missing=True),
        "note": schemas.text("Note"),
    },
    more=True,
)


def described(header, schema=SMALL, path="a/small.csv", origins=None):
    table = dictionary.dictionary({path: schema}, {path: header}, origins or {}, {path: "make_small"})
    return tables.conform(table, dictionary.DICTIONARY).set_index("column")


def test_a_column_is_described_by_its_schema():
    table = described(list(SMALL.columns))
    assert table["type"].to_dict() == {
        "urn": "whole number",
        "phase": "text",
        "closed": "date",
        "partners": "whole number",
        "share": "number",
        "good": "true or false",
        "note": "text",
    }
    assert table["allowed"].dropna().to_dict() == {
        "urn": "10000 to 9999999",
        "phase": "primary; secondary",
        "closed": "YYYY-MM-DD",
        "partners": "0 or more",
        "share": "0 to 1",
    }
    assert table["unit"].dropna().to_dict() == {"closed": "ISO date", "partners": "schools", "share": "share, 0 to 1"}
    assert table.index[~table["missing"]].tolist() == ["urn", "phase"]
    assert set(table["source"]) == {"step make_small"}
    assert table.loc["good", "meaning"] == "Whether it is good"


def test_a_source_column_names_the_column_of_the_file():
    table = described(list(SMALL.columns), origins={("a/small.csv", "urn"): "register: URN"})
    assert table.loc["urn", "source"] == "register: URN"
    assert table.loc["phase", "source"] == "step make_small"


def test_a_column_of_an_earlier_year_is_described_as_such():
    table = described([*SMALL.columns, "partners_1y_before", "partners_2y_before"])
    assert table.loc["partners_1y_before", "meaning"] == "Partners, 1 year before"
    assert table.loc["partners_2y_before", "meaning"] == "Partners, 2 years before"
    assert table.loc["partners_2y_before", "type"] == "whole number"


@pytest.mark.parametrize("column", ["colour", "colour_1y_before"])
def test_a_column_that_no_schema_describes_stops_the_step(column):
    with pytest.raises(UserError, match=f"a/small.csv: no schema describes the column '{column}'"):
        described([*SMALL.columns, column])


def test_a_column_that_the_table_lacks_stops_the_step():
    with pytest.raises(UserError, match="a/small.csv: lacks the column 'note'"):
        described([column for column in SMALL.columns if column != "note"])


def test_a_table_without_a_schema_stops_the_step():
    headers = {"a/small.csv": list(SMALL.columns)}
    schema_of = {"a/small.csv": SMALL}
    made_by = {"a/small.csv": "step", "a/new.csv": "step"}
    assert set(dictionary.dictionary(schema_of, headers, {}, made_by)["table"]) == {"a/small.csv"}
    with pytest.raises(UserError, match="a/new.csv: no schema describes the table"):
        dictionary.dictionary(schema_of, headers | {"a/new.csv": ["x"]}, {}, made_by)
    with pytest.raises(UserError, match="a/gone.csv: no step makes the table"):
        dictionary.dictionary(schema_of | {"a/gone.csv": SMALL}, headers, {}, made_by)


@pytest.fixture(scope="module", params=["2016", "demo"])
def sources(request):
    return settings.load_release(request.param)["sources"]


def test_every_column_of_every_schema_can_be_described(sources):
    contract = dictionary.contract(sources, LABELS, alike={"same_setting": "Both urban or both rural"})
    headers = {path: list(schema.columns) for path, schema in contract.items()}
    table = dictionary.dictionary(contract, headers, dictionary.origins(sources), dict.fromkeys(contract, "step"))
    table = tables.conform(table, dictionary.DICTIONARY)
    assert (table["meaning"].str.len() > 2).all()
    of = table.set_index(["table", "column"])
    assert of.loc[("clean/results.csv", "rwm_expected_pct"), "source"] == "ks2: PTRWM_EXP"
    assert of.loc[("clean/results.csv", "rwm_level4_pct_2y_before"), "meaning"].endswith("2 years before")
    for path in ("clean/establishments.csv", "population/schools.csv", "classified/schools.csv"):
        assert of.loc[(path, "la_code"), "source"] == "register: LA (code)"
        column = "establishment_type" if path.startswith("clean/") else "type"
        assert of.loc[(path, column), "source"] == "register: TypeOfEstablishment (name)"
    assert of.loc[("clean/inspections.csv", "leadership"), "unit"] == "grade, 1 (outstanding) to 4 (inadequate)"
    assert "Below the floor standard" in of.loc[("classified/schools.csv", "below_floor"), "meaning"]
    assert of.loc[("classified/schools.csv", "below_floor"), "allowed"] == "met; not_met; not_assessable"
    part = of.loc[("matched/likeness.csv", "same_setting")]
    assert part["meaning"].startswith("Both urban or both rural") and part["type"] == "true or false"
    assert ("audit/dictionary.csv", "allowed") in of.index


def test_a_measure_that_the_release_lacks_is_left_out(sources):
    contract = dictionary.contract(sources, LABELS)
    headers = {path: list(schema.columns) for path, schema in contract.items()}
    path = "clean/results.csv"
    headers[path] = [c for c in headers[path] if not c.startswith("reading_progress_upper")]
    table = dictionary.dictionary(contract, headers, {}, dict.fromkeys(contract, "step"))
    columns = table.loc[table["table"] == path, "column"]
    assert list(columns) == headers[path]


def check_run(folder):
    """Every table of a run and its release has exactly the columns listed, but for source files and data of figures."""
    with open(folder / "audit/dictionary.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {}
    for row in rows:
        assert row["meaning"] and row["type"] and row["source"], row
        columns.setdefault(row["table"], []).append(row["column"])
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.csv")}
    found |= {path.relative_to(folder.parent).as_posix(): path for path in (folder.parent / "clean").glob("*.csv")}
    found = {name: path for name, path in found.items() if not name.startswith("figures/")}
    assert set(found) == set(columns)
    for name, path in found.items():
        with open(path, encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == columns[name], name


def test_the_dictionary_of_the_synthetic_release_has_every_column(demo_run):
    check_run(demo_run)


def test_the_dictionary_of_the_real_release_has_every_column(run_2016):
    check_run(run_2016)
