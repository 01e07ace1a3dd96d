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
    schema = schemas.table({"flag": schemas.col("boolean", "Flag", missing=True), "sure": schemas.col("bool", "Sure")})
    flags = pd.DataFrame({"flag": pd.array([True, False, None], dtype="boolean"), "sure": [True, False, True]})
    tables.write(flags, schema, csv=tmp_path / "flags.csv")
    assert (tmp_path / "flags.csv").read_text() == "flag,sure\ntrue,true\nfalse,false\n,true\n"


def test_a_value_that_the_schema_does_not_allow_is_not_written(tmp_path):
    with pytest.raises(Exception, match="urn"):
        tables.write(frame("a").assign(urn=5), SCHEMA, csv=tmp_path / "table.csv")
    assert not (tmp_path / "table.csv").exists()
