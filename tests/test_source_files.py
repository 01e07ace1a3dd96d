"""Reading a source file by its layout: every record is kept or listed, and what is wrong is said plainly."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lib import source_files
from lib.run_step import UserError
from small_files import names_of, source_of, text_of, write_cells, write_source

SOURCE = {
    "layout": "plain",
    "file": "plain.csv",
    "encoding": ["utf-8-sig", "cp1252", "latin-1"],
    "columns": {
        "urn": {"column": "URN", "type": "integer", "label": "Unique reference number"},
        "pupils": {"column": ["TELIG", "ELIGPUPS"], "type": "number", "label": "Eligible pupils"},
        "share_pct": {"column": "SHARE", "type": "percent", "label": "A share", "optional": True},
        "opened": {"column": "Opened", "type": "date", "format": "%d-%m-%Y", "label": "Date opened", "optional": True},
        "kind": {"column": "Kind", "type": "code", "label": "Kind of school", "optional": True},
    },
    "codes": {"SUPP": "suppressed", "NE": "no_entries", "": "missing", "9": "not_applicable"},
    "values": {"kind": {"Community school": "community", "Foundation school": "foundation", "": "none"}},
    "range": {"pupils": [0, 500]},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plain.csv"


def read(path, source=SOURCE):
    return source_files.read(path, source, "plain")


def read_text(path, text, source=SOURCE, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return read(path, source)


def refusal(call, *arguments):
    with pytest.raises(UserError) as stopped:
        call(*arguments)
    return str(stopped.value)


def column_of(name, *texts, first_row=2):
    return pd.DataFrame({"row": range(first_row, first_row + len(texts)), name: pd.Series(texts, dtype="str")})


# --- The file as a whole --------------------------------------------------------------------------------------


def test_records_carry_the_line_where_they_begin(path):
    records, rejected = read_text(path, 'Title\r\n\r\nURN,TELIG\r\n100000,1\r\n100001,"2\r\n3"\r\n100002,4\r\n')
    assert records["row"].tolist() == [4, 5, 7]
    assert records["pupils"].tolist() == ["1", "2\r\n3", "4"]
    assert rejected.empty and list(rejected.columns) == ["source", "row", "urn", "reason"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "bom"), [("utf-8", ""), ("utf-8", "\ufeff"), ("cp1252", ""), ("latin-1", ""), ("cp1252", "ï»¿")]
)
def test_encodings_byte_order_marks_and_line_ends(path, end, encoding, bom):
    name = "Ste Anne\u2019s" if encoding == "cp1252" else "Sté Anne"
    records, _ = read_text(path, f"{bom}URN,TELIG,Kind{end}100000,1,{name}{end}", encoding=encoding)
    assert records["urn"].tolist() == ["100000"] and records["kind"].tolist() == [name]


def test_header_is_found_below_title_lines_and_columns_in_any_order(path):
    records, _ = read_text(path, "Inspections\nAs at,31 March 2017\nELIGPUPS,Other, URN \n7,x, 100000 \n")
    assert records.loc[0, ["row", "urn", "pupils"]].tolist() == [4, "100000", "7"]


def test_optional_column_may_be_absent(path):
    records, _ = read_text(path, "URN,TELIG\n100000,1\n")
    assert list(records.columns) == ["row", "urn", "pupils"]


def test_header_without_records(path):
    message = refusal(read_text, path, "URN,TELIG\n")
    assert "plain.csv" in message and "no records" in message and "Fetch" in message


def test_missing_column_names_file_column_neighbour_and_both_ways_out(path):
    message = refusal(read_text, path, "URN,TELIGS\n100000,1\n")
    assert "plain.csv" in message and "'TELIG' (Eligible pupils) is missing" in message
    assert "Did you mean 'TELIGS'?" in message
    assert "sources.plain.columns.pupils.column" in message and "workflow/layouts/plain.yaml" in message


def test_missing_column_of_a_wide_file_is_not_answered_with_all_its_columns(path):
    """The official files have some 300 columns."""
    message = refusal(read_text, path, "URN," + ",".join(f"A{i:03}" for i in range(300)) + "\n100000" + "," * 300)
    assert "'TELIG'" in message and "A250" not in message


def test_missing_record_type_points_to_where_it_is_set(tmp_path):
    source = source_of("ks2")
    path = write_source(tmp_path, source, [{"urn": 100000}], without=["record_type"])
    message = refusal(read, path, source)
    assert "'RECTYPE'" in message and "record_type.column in workflow/layouts/ks2-2016.yaml" in message
    assert "columns.record_type" not in message


def test_no_header_at_all(path):
    message = refusal(read_text, path, "UKPRN,TELIG\n100000,1\n")
    assert "plain.csv" in message and "'URN'" in message and "columns.urn.column" in message


def test_column_that_appears_twice(path):
    message = refusal(read_text, path, "URN,TELIG,TELIG\n100000,1,2\n")
    assert "plain.csv" in message and "'TELIG' appears twice" in message


def test_both_names_of_a_column_at_once(path):
    """Which of the two holds the figures is not known; taking the first in silence may take the wrong one."""
    message = refusal(read_text, path, "URN,TELIG,ELIGPUPS\n100000,,2\n")
    assert "TELIG" in message and "ELIGPUPS" in message


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_stray_byte_in_a_utf_8_file_is_named_instead_of_garbling_the_other_names(path, bom, end):
    lines = [b"URN,TELIG,Kind", "100000,1,Sté Anne".encode(), b"100001,2,St\xe9 Jude", "100002,3,Zoë".encode()]
    path.write_bytes(bom + end.join(lines) + end)
    message = refusal(read, path)
    assert "plain.csv, row 3: the byte 0xE9 after '100001,2,St'" in message and "Correct that character" in message


def test_stray_byte_at_the_very_beginning(path):
    path.write_bytes(b"\xa0URN,TELIG,Kind\n" + "100000,1,Sté Anne\n".encode())
    assert "plain.csv, row 1: the byte 0xA0 after ''" in refusal(read, path)


def test_file_in_cp1252_may_hold_two_bytes_that_would_be_utf_8(path):
    """\u00c9 and an apostrophe are C9 92, one letter in UTF-8; the other letters tell."""
    records, _ = read_text(
        path, "URN,TELIG,Kind\n100000,1,ST ANDR\u00c9\u2019S\n1,2,\u00e9t\u00e9\n", encoding="cp1252"
    )
    assert records["kind"].tolist() == ["ST ANDR\u00c9\u2019S", "\u00e9t\u00e9"]


@pytest.mark.parametrize("byte", [b"\0", b"\x0b", b"\x1a", b"\x7f"])
def test_control_character_inside_a_text_is_named_with_its_row(path, byte):
    path.write_bytes(b"URN,TELIG,Kind\r\n100000,1,St Anne\r\n100001,2,St" + byte + b"Jude\r\n")
    message = refusal(read, path)
    assert f"plain.csv, row 3: the byte 0x{byte[0]:02X} after '100001,2,St'" in message and "Remove it" in message


def test_names_of_columns_are_the_same_in_capital_and_small_letters(path):
    """The list of 2014/15 writes PT24EngPrg_PTQ_EE; but where both spellings are there, the exact one counts."""
    records, _ = read_text(path, "urn,Telig,kind\n100000,1,x\n")
    assert records.loc[0, ["urn", "pupils", "kind"]].tolist() == ["100000", "1", "x"]
    records, _ = read_text(path, "urn,URN,TELIG\n,100000,1\n")
    assert records["urn"].tolist() == ["100000"]


def test_first_of_several_names_where_the_layout_says_that_they_are_the_same(path):
    source = SOURCE | {"columns": SOURCE["columns"] | {"pupils": SOURCE["columns"]["pupils"] | {"first_of": True}}}
    records, _ = read_text(path, "URN,ELIGPUPS,TELIG\n100000,1,2\n", source)
    assert records["pupils"].tolist() == ["2"]


def test_file_without_a_header_line_has_that_of_its_layout(path):
    source = SOURCE | {"header": ["TELIG", "Other", "URN"]}
    records, rejected = read_text(path, "1,x,100000\n2,y,100001,z\n", source)
    assert records[["row", "urn", "pupils"]].to_numpy().tolist() == [[1, "100000", "1"]]
    assert rejected[["row", "urn"]].to_numpy().tolist() == [[2, "100001"]]
    assert source_files.count_records(path, source) == (2, 0)


def test_file_in_utf_16_is_told_by_name(path):
    message = refusal(read_text, path, "URN,TELIG\n100000,1\n", SOURCE, "utf-16")
    assert "UTF-8" in message


# --- Ragged rows ----------------------------------------------------------------------------------------------


def test_longer_row_is_left_out_with_row_urn_and_reason(path):
    records, rejected = read_text(path, "URN,TELIG\n100000,1\n100001,2,3\n\n100002,4\n")
    assert records["urn"].tolist() == ["100000", "100002"]
    assert rejected.to_dict("records") == [
        {"source": "plain", "row": 3, "urn": "100001", "reason": "3 cells where the header has 2"},
        {"source": "plain", "row": 4, "urn": "", "reason": "empty line"},
    ]


def test_row_without_its_last_cells_keeps_the_others(path):
    """The official files leave out blank cells at the end of a row: 8 of Hampshire's 313 mainstream schools."""
    records, rejected = read_text(path, "URN,TELIG,SHARE\n100000,1,50%\n100001,2\n100002\n")
    assert rejected.empty
    assert records["urn"].tolist() == ["100000", "100001", "100002"]
    assert records["pupils"].tolist() == ["1", "2", ""] and records["share_pct"].tolist() == ["50%", "", ""]


def test_rows_that_end_early_are_counted_and_empty_lines_are_none_of_them(path):
    read_text(path, "Title\nURN,TELIG,SHARE\n100000,1\n\n,\n100001,1,2\n100002\n")
    assert source_files.count_records(path, SOURCE) == (5, 2)


def test_last_column_may_spill_where_the_layout_says_so(path):
    records, rejected = read_text(path, "URN,TELIG,Links\n100000,1,a, b, c\n", SOURCE | {"last_column_spills": True})
    assert records["pupils"].tolist() == ["1"] and rejected.empty


def test_row_of_nothing_but_commas_is_an_empty_line(tmp_path):
    """Spreadsheets leave such rows at the end."""
    source = source_of("ks2")
    text = text_of(source, [{"urn": 100000}])
    path = tmp_path / source["file"]
    path.write_text(text + "," * text.splitlines()[0].count(",") + "\r\n", encoding="utf-8", newline="")
    records, rejected = read(path, source)
    assert len(records) == 1 and rejected["reason"].tolist() == ["empty line"]


@pytest.mark.parametrize("after", [2, 99])
@pytest.mark.parametrize("later", ["", '100500,"5"\n', '100500,"5, 6"\n100501,"7"\n'])
def test_quotation_mark_that_is_never_closed_swallows_no_school(path, after, later):
    lines = "".join(f"{urn},1\n" for urn in range(100001, 100001 + after))
    message = refusal(read_text, path, 'URN,TELIG\n100000,"1\n' + lines + later)
    assert "plain.csv, row 2" in message and "fetch the file again" in message.lower()


ragged_rows = st.lists(
    st.lists(st.sampled_from(["", "100000", "a, b", "x", " ", '"', "two\nlines", "SUPP"]), max_size=6), min_size=1
)


@examples(max_examples=30)
@given(rows=ragged_rows, spills=st.booleans())
def test_every_record_is_kept_or_listed(tmp_path_factory, rows, spills):
    path = tmp_path_factory.mktemp("ragged") / "plain.csv"
    rows = [["100000", "1", "2"], *rows]
    out = io.StringIO()
    csv.writer(out).writerows([["URN", "TELIG", "SHARE"], *rows])
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    source = SOURCE | {"last_column_spills": spills}
    records, rejected = read(path, source)
    lines = [*records["row"], *rejected["row"]]
    assert len(lines) == len(set(lines)) == len(rows) == source_files.count_records(path, source)[0]
    # The line says where to look: there the record begins.
    at = dict(zip(_begins(out.getvalue()), rows, strict=True))
    for row, urn in zip(records["row"], records["urn"], strict=True):
        assert at[row][0].strip() == urn


def _begins(text):
    """The line at which each record below the header begins: records end in CR LF, cells break in LF."""
    lines, line = [], 1
    for record in text.split("\r\n")[:-1]:
        lines.append(line)
        line += 1 + record.count("\n")
    return lines[1:]


# --- Rejecting ------------------------------------------------------------------------------------------------


def test_reject_splits_and_gives_each_row_its_reason():
    records = pd.DataFrame({"row": [2, 3, 4], "urn": ["100000", "100001", "100002"]}, index=[7, 8, 9])
    reason = pd.Series(["a", "b", "c"], index=records.index)
    kept, out = source_files.reject(records, records["row"] > 2, "plain", reason)
    assert kept["urn"].tolist() == ["100000"]
    assert list(zip(out["row"], out["urn"], out["reason"], strict=True)) == [(3, "100001", "b"), (4, "100002", "c")]


@pytest.mark.parametrize(
    ("urn", "good"),
    [
        ("100000", True),
        ("10000", True),
        ("1000000", True),
        ("", False),
        ("NULL", False),
        ("100000.0", False),
        ("-100000", False),
        ("1234", False),
        ("12345678", False),
        ("1e5", False),
    ],
)
def test_urn(path, urn, good):
    kept, rejected = source_files.parse_urn(column_of("urn", "100009", urn), path, SOURCE, "plain")
    assert (len(kept), len(rejected)) == ((2, 0) if good else (1, 1))
    if good:
        assert kept["urn"].dtype == "int64" and kept["urn"].tolist() == [100009, int(urn)]
    else:
        assert rejected["urn"].tolist() == [urn] and "URN" in rejected["reason"][0]


def test_urn_of_another_school(path):
    """Blank and 0 name none; a number of which figures were lost would name another school."""
    urns = source_files.parse_urns(column_of("urn", "100001", "", "0"), "urn", path, SOURCE)
    assert urns[0] == 100001 and urns[1:].isna().all()
    message = refusal(source_files.parse_urns, column_of("urn", "100001", "1000"), "urn", path, SOURCE)
    assert "plain.csv, row 3, column URN: '1000' is not a URN" in message


def test_file_none_of_whose_rows_has_a_urn(path):
    """A spreadsheet has turned 100000 into 100000.0: a fault of the file, not of each of its rows."""
    records = column_of("urn", "100000.0", "100001.0")
    message = refusal(source_files.parse_urn, records, path, SOURCE, "plain")
    assert "plain.csv, row 2, column URN: '100000.0'" in message and "Fetch it again" in message


# --- Cells ----------------------------------------------------------------------------------------------------


def figures(column, *texts, path="plain.csv"):
    return source_files.parse_figures(column_of(column, *texts), column, path, SOURCE)


@pytest.mark.parametrize(
    ("text", "figure"),
    [("12", 12), ("12.5", 12.5), ("0", 0), (".5", 0.5), ("5.", 5), ("+3", 3), ("-0", 0), ("007", 7)],
)
def test_figure(text, figure):
    values, status = figures("pupils", text)
    assert values.tolist() == [figure] and status.tolist() == ["ok"] and values.dtype == "float64"


@pytest.mark.parametrize("text", ["61%", "61", "61.0%"])
def test_percent_sign_is_taken_off(text):
    values, status = figures("share_pct", text)
    assert values.tolist() == [61.0] and status.tolist() == ["ok"]


FRACTIONS = [f"0.{share}" for share in range(10, 30)]


@pytest.mark.parametrize("texts", [FRACTIONS, [*FRACTIONS, "SUPP", "", "1", "0"]])
def test_column_of_percentages_written_as_fractions(texts):
    """65% read as 0.65 would be under every threshold."""
    message = refusal(source_files.parse_figures, column_of("share_pct", *texts), "share_pct", "plain.csv", SOURCE)
    assert "plain.csv, column SHARE: all 2" in message and "fractions" in message and "100" in message


@pytest.mark.parametrize("texts", [FRACTIONS[1:], [*FRACTIONS, "2"], ["0"] * 20, [f"{share}%" for share in FRACTIONS]])
def test_small_percentages_are_no_fractions(texts):
    """Too few to tell, one above 1, all nought, or with the sign."""
    figures, _ = source_files.parse_figures(column_of("share_pct", *texts), "share_pct", "plain.csv", SOURCE)
    assert figures.notna().all()


def test_column_of_small_numbers_is_no_column_of_percentages():
    figures, _ = source_files.parse_figures(column_of("pupils", *FRACTIONS), "pupils", "plain.csv", SOURCE)
    assert figures.notna().all()


def test_code_becomes_the_status_and_no_figure():
    values, status = figures("pupils", "SUPP", "NE", "", "9", "10")
    assert status.tolist() == ["suppressed", "no_entries", "missing", "not_applicable", "ok"]
    assert values.isna().tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("text", ["XX", "supp", "1,234", "12a", "1e3", "nan", "inf", "--", "5%", "1 2", "½", "٣"])
def test_cell_that_is_no_figure_and_no_known_code(text):
    message = refusal(figures, "pupils", "1", text, "2")
    assert message.startswith(f"plain.csv, row 3, column TELIG: '{text}' is neither a figure nor a known code")
    assert "SUPP" in message and "codes in workflow/layouts/plain.yaml" in message


def test_unknown_code_in_many_rows_says_how_many():
    assert "(3 rows are like it)" in refusal(figures, "pupils", "1", "XX", "XX", "YY")


@pytest.mark.parametrize(
    ("column", "text", "range_"),
    [("share_pct", "101%", "0 to 100"), ("share_pct", "-1", "0 to 100"), ("pupils", "501", "0 to 500")],
)
def test_figure_out_of_range(column, text, range_):
    message = refusal(figures, column, "1", text)
    assert "plain.csv, row 3" in message and f"'{text}' lies outside {range_}" in message and "correct" in message


def test_every_code_of_the_shared_list_has_a_status():
    source = source_of("ks4")
    expected = {"SUPP", "NE", "NA", "NP", "LOWCOV", "NEW", "SP", "RE", "", "x", "c", "z", ":", "low"}
    assert expected <= set(source["codes"])
    records = column_of("attainment8", *sorted(expected))
    values, status = source_files.parse_figures(records, "attainment8", "ks4.csv", source)
    assert values.isna().all() and "ok" not in set(status)


def test_dates():
    records = column_of("opened", "31-03-2017", "", "29-02-2016")
    dates = source_files.parse_dates(records, "opened", "plain.csv", SOURCE)
    assert dates.iloc[[0, 2]].tolist() == ["2017-03-31", "2016-02-29"] and pd.isna(dates[1])


@pytest.mark.parametrize(
    "text", ["2017-03-31", "31/03/2017", "30-02-2017", "31-03-17", "March", "0", "31-03-2017 00:00"]
)
def test_date_of_another_form(text):
    message = refusal(source_files.parse_dates, column_of("opened", "", text), "opened", "plain.csv", SOURCE)
    assert message.startswith("plain.csv, row 3, column Opened: ") and f"'{text}' is not a date" in message


def test_date_message_says_what_to_do():
    message = refusal(source_files.parse_dates, column_of("opened", "31/03/2017"), "opened", "plain.csv", SOURCE)
    assert "dd-mm-yyyy" in message or "columns.opened.format" in message


def test_names_in_our_words():
    records = column_of("kind", "Community school", "", "Foundation school")
    codes = source_files.parse_codes(records, "kind", "plain.csv", SOURCE)
    assert codes.tolist() == ["community", "none", "foundation"]


def test_unlisted_name_gives_neighbour_and_way_out():
    records = column_of("kind", "Community school", "Comunity school")
    message = refusal(source_files.parse_codes, records, "kind", "plain.csv", SOURCE)
    assert message.startswith("plain.csv, row 3, column Kind: 'Comunity school'")
    assert "Did you mean 'Community school'?" in message and "values.kind in workflow/layouts/plain.yaml" in message


def test_neighbour_is_that_of_the_name_in_the_message():
    records = column_of("kind", "Zoo", "Comunity school")
    message = refusal(source_files.parse_codes, records, "kind", "plain.csv", SOURCE)
    assert "'Zoo'" in message and "Did you mean 'Community school'?" not in message


@pytest.mark.parametrize(("text", "number"), [("", None), ("0", None), ("-1", None), ("11", 11)])
def test_whole_numbers(text, number):
    numbers = source_files.parse_integers(column_of("urn", text), "urn", "plain.csv", SOURCE)
    assert numbers.dtype == "Int64" and (numbers[0] is pd.NA if number is None else numbers[0] == number)


@pytest.mark.parametrize("text", ["1.5", "abc", "inf"])
def test_what_is_no_whole_number(text):
    message = refusal(source_files.parse_integers, column_of("urn", "1", text), "urn", "plain.csv", SOURCE)
    assert message.startswith(f"plain.csv, row 3, column URN: '{text}' is not a whole number")


def test_names_in_the_file():
    names = names_of(source_of("ks2"))
    assert names["record_type"] == "RECTYPE" and names["rwm_expected_pct"] == "PTRWM_EXP"


def test_row_is_found_again_in_the_file(tmp_path):
    source = source_of("ks2")
    path = write_cells(tmp_path / source["file"], ["RECTYPE", "URN", "TELIG"], ["1", "100000", "28"])
    message = refusal(read, path, source)
    assert "'PTRWM_EXP'" in message
