"""Tables: the same CSV whichever way it is written, and read back as it was."""

import pandas as pd
import pytest

from lib import schemas, tables

SCHEMA = schemas.table(
    {"urn": schemas.urn(), "words": schemas.text("Words"), "size": schemas.count("Size", missing=True)}
)


def frame(*words):
    return pd.DataFrame({"urn": range(100000, 100000 + len(words)), "words": words, "size": [7, None][: len(words)]})


@pytest.mark.parametrize("words", [("plain", None), ("a, b", 'say "c"'), ("two\nlines", " led "), ("é – ’", "x")])
def test_csv_is_what_pandas_writes_and_reads_back(tmp_path, words):
    path = tmp_path / "table.csv"
    written = tables.write(frame(*words), SCHEMA, csv=path)
    assert path.read_bytes() == written.to_csv(index=False, lineterminator="\n").encode()
    assert [None if pd.isna(word) else word for word in tables.read(path)["words"]] == list(words)


def test_truth_is_written_in_lower_case_and_unknown_blank(tmp_path):
    schema = schemas.table(
        {"flag": schemas.col("boolean", "Flag", missing=True), "known": schemas.col("bool", "Known")}
    )
    flags = pd.DataFrame({"flag": pd.array([True, False, None], dtype="boolean"), "known": [True, False, True]})
    tables.write(flags, schema, csv=tmp_path / "flags.csv")
    assert (tmp_path / "flags.csv").read_text() == "flag,known\ntrue,true\nfalse,false\n,true\n"


@pytest.mark.parametrize("word", ["plain", 'with, "marks"'])
def test_csv_is_the_same_beside_a_column_of_decimals_which_pandas_writes(tmp_path, word):
    """Arrow writes what it writes as pandas does, so that a further column changes no other."""
    columns = {"urn": schemas.urn(), "word": schemas.text("Word"), "flag": schemas.col("boolean", "Flag", missing=True)}
    flags = pd.DataFrame({"urn": 100000, "word": [word, None, "x"], "flag": pd.array([None, True, False], "boolean")})
    tables.write(flags, schemas.table(columns), csv=tmp_path / "arrow.csv")
    with_decimals = columns | {"share": schemas.share("Share")}
    tables.write(flags.assign(share=0.5), schemas.table(with_decimals), csv=tmp_path / "pandas.csv")
    pandas_lines = (tmp_path / "pandas.csv").read_text().replace(",share\n", "\n").replace(",0.5\n", "\n")
    assert (tmp_path / "arrow.csv").read_text() == pandas_lines


SMALL = schemas.table(
    {
        "urn": schemas.urn(),
        "phase": schemas.choice(["primary", "secondary"], "Phase"),
        "closed": schemas.date("Date closed"),
        "share": schemas.share("Share"),
        "good": schemas.col("bool", "Whether it is good"),
        "partners": schemas.count("Partners", missing=True),
    },
    key=["urn", "phase"],
)


def small(**changed):
    columns = {
        "urn": [100000, 100001],
        "phase": ["primary", "primary"],
        "closed": ["2017-03-31", None],
        "share": [0.5, None],
        "good": [True, False],
        "partners": [3, None],
    }
    return pd.DataFrame(columns | changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"urn": [100000, 5]}, "urn: outside 10000 to 9999999 in 1 row(s), the first at 2: 5"),
        ({"urn": [100000, None]}, "urn: blank in 1 row(s), the first at 2"),
        ({"urn": [100000, 100001.5]}, "urn: not all values are int64"),
        ({"phase": ["primary", "nursery"]}, "phase: 'nursery' is not allowed, in 1 row(s), the first at 2"),
        ({"closed": ["2017-03-31", "31 March"]}, "closed: '31 March' is not allowed"),
        ({"share": [-0.1, 1.1]}, "share: outside 0 to 1 in 2 row(s), the first at 1: -0.1"),
        ({"share": ["a", "b"]}, "share: not all values are float64"),
        ({"good": [True, None]}, "good: blank in 1 row(s), the first at 2"),
        ({"partners": [-1, None]}, "partners: outside 0 to inf in 1 row(s), the first at 1: -1"),
        ({"urn": [100000, 100000]}, "urn, phase: 1 row(s), the first at 2 with a key that another has"),
        ({"more": ["x", "y"]}, "more: no such column is stated"),
    ],
)
def test_a_table_that_is_not_as_its_schema_states_is_not_written(tmp_path, changed, said):
    with pytest.raises(tables.TableError) as error:
        tables.write(small(**changed), SMALL, csv=tmp_path / "table.csv")
    assert said in str(error.value) and "table.csv" in str(error.value)
    assert not (tmp_path / "table.csv").exists()


def test_a_missing_column_and_every_other_fault_are_named_at_once():
    with pytest.raises(tables.TableError) as error:
        tables.conform(small(urn=[1, 2]).drop(columns="good"), SMALL)
    assert "good: the column is missing" in str(error.value) and "urn: outside" in str(error.value)


def test_a_table_as_stated_takes_the_types_and_the_order_of_its_schema():
    written = tables.conform(small()[[*reversed(SMALL.columns)]], SMALL)
    assert written.dtypes.astype(str).to_dict() == {name: column.dtype for name, column in SMALL.columns.items()}
    assert list(written) == list(SMALL.columns)


def test_table_in_parts_is_the_table_as_a_whole(tmp_path):
    schema = schemas.table({"urn": schemas.urn(), "words": schemas.text("Words")})
    whole = pd.DataFrame({"urn": [100000, 100001, 100002], "words": ["plain", None, 'with, "marks"']})
    tables.write(whole, schema, csv=tmp_path / "whole.csv", parquet=tmp_path / "whole.parquet")
    parts = (whole.iloc[start : start + 2] for start in (0, 2))
    tables.write_parts(parts, schema, csv=tmp_path / "parts.csv", parquet=tmp_path / "parts.parquet")
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    pd.testing.assert_frame_equal(*(tables.read(tmp_path / f"{name}.parquet") for name in ("whole", "parts")))


@pytest.mark.parametrize("words", [["a", "b"], ['a "b"', "c, d", "e\nf", None]], ids=["plain", "to be quoted"])
def test_csv_is_what_pandas_writes(tmp_path, words):
    """Also of a table that was filtered and put together, and of more rows than Arrow writes at a time."""
    frame = pd.DataFrame({"urn": range(5000), "word": pd.array((words * 2500)[:5000], dtype="str")})
    frame = pd.concat([frame[frame["urn"] % 3 > 0], frame[frame["urn"] % 3 == 0]], ignore_index=True)
    schema = schemas.table(urn=schemas.count("n"), word=schemas.text("w"))
    tables.write(frame, schema, csv=tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == frame.to_csv(index=False, lineterminator="\n")
