"""Beginning a release: files find their sources, what changed is said, and nothing is decided in silence."""

import shutil

import pytest
import yaml

import new_release
from lib import settings
from lib.run_step import UserError
from lib.settings import load
from small_files import source_of, text_of

LAST = """
id: "2017"
title: Results of 2016/17
results_year: 2016/17
method: nfer-2017
reference_date: 2018-03-31
synthetic: false
licence: {name: OGL, url: https://example.org/licence}
sources:
  register: {layout: gias, title: Register, publisher: DfE, file: edubasealldata20180331.csv, page: https://example.org/gias}
  ks2: {layout: ks2-2016, title: "Key stage 2, 2016/17", publisher: DfE, file: 2016-2017_england_ks2final.csv,
    url: "https://example.org/?year=2016-2017", sha256: "%s", expect: {rows: [2, 9]}}
  ks4_provisional: {layout: ks4-provisional, title: Provisional, publisher: DfE, optional: true,
    supplies: [progress8_lower], file: 2016-2017_england_ks4provisional.csv}
  ks4: {layout: ks4-2016, title: "Key stage 4, 2016/17", publisher: DfE, file: 2016-2017_england_ks4final.csv}
  ks2_2016: {layout: ks2-2016, title: "Key stage 2, 2015/16", publisher: DfE, years_before: 1, optional: true,
    file: 2015-2016_england_ks2final.csv}
  inspections: {layout: ofsted-mi, title: All inspections, publisher: Ofsted, file: inspections.csv,
    note: It begins in 2015., also_named: [Management.csv]}
  postcodes: {layout: code-point-open, title: Code-Point Open, publisher: OS, file: codepo_gb.csv, optional: true}
""" % ("0" * 64)


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """The user's folder, beside a workflow/ with the project's layouts and methods and one release, 2017."""
    for part in ("layouts", "methods", "facts", "readings"):
        shutil.copytree(load.WORKFLOW / part, tmp_path / "workflow" / part)
    (tmp_path / "workflow/releases").mkdir()
    (tmp_path / "workflow/releases/2017.yaml").write_text(LAST, encoding="utf-8")
    source_of("register")  # of the project's own release, which it keeps
    monkeypatch.setattr(load, "WORKFLOW", tmp_path / "workflow")
    (tmp_path / "raw/2018").mkdir(parents=True)
    return tmp_path / "raw"


def put(folder, name, kind, *rows, without=(), text=lambda text: text):
    """Write a file in the layout that release 2016 has for a source, named as given; three schools without rows."""
    rows = rows or [{"urn": urn} for urn in (100000, 100001, 100002)]
    content = text(text_of(source_of(kind), rows, without))
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")


def put_all(raw, year="2018"):
    folder, years = raw / year, f"{int(year) - 1}-{year}"
    put(folder, f"edubasealldata{int(year) + 1}0401.csv", "register")
    put(folder, f"{years}_england_ks2final.csv", "ks2")
    put(folder, f"{years}_england_ks4final.csv", "ks4")
    put(folder, f"{years}_england_ks4provisional.csv", "ks4_provisional")
    put(folder, "MI.csv", "inspections")


def begin(raw, name="2018", last="2017", **options):
    """(the release as it was written, the lines that were printed as one text)."""
    path, lines = new_release.new_release(name, last, str(raw) if raw else None, **options)
    return yaml.safe_load(path.read_text(encoding="utf-8")), "\n".join(lines)


def change_last(raw, old, new):
    path = raw / "../workflow/releases/2017.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def undecided(printed):
    return printed.partition("\nUndecided:\n")[2]


def test_the_files_of_a_folder_become_a_release_that_loads(raw):
    put_all(raw)
    release, printed = begin(raw)
    assert release["id"] == "2018" and release["title"] == "Results of 2017/18" and release["results_year"] == "2017/18"
    assert release["method"] == "nfer-2017" and release["reference_date"] == "2019-04-01"
    sources = release["sources"]
    assert {name: source["file"] for name, source in sources.items()} == {
        "register": "edubasealldata20190401.csv",
        "ks2": "2017-2018_england_ks2final.csv",
        "ks4_provisional": "2017-2018_england_ks4provisional.csv",
        "ks4": "2017-2018_england_ks4final.csv",
        "ks2_2017": "2016-2017_england_ks2final.csv",
        "inspections": "MI.csv",
        "postcodes": "codepo_gb.csv",
    }
    assert sources["ks2"]["title"] == "Key stage 2, 2017/18"
    assert sources["ks2"]["url"] == "https://example.org/?year=2017-2018"
    assert "sha256" not in sources["ks2"] and "note" not in sources["inspections"]
    assert settings.load_release("2018")["sources"]["ks2"]["phase"] == "primary"
    assert "source ks2, layout ks2-2016; 3 rows" in printed
    said = "note: left out, see whether it holds for the new file: It begins in 2015."
    assert undecided(printed).strip() == f"inspections: {said}"
    assert f"  # Undecided: {said}\n  inspections:" in (raw / "../workflow/releases/2018.yaml").read_text()


def test_where_nothing_is_undecided_that_is_said(raw):
    change_last(raw, "note: It begins in 2015., ", "")
    put_all(raw)
    assert "Nothing is undecided." in begin(raw)[1]
    assert "Undecided" not in (raw / "../workflow/releases/2018.yaml").read_text()


def test_the_same_files_give_the_same_bytes(raw):
    put_all(raw)
    texts = []
    for _ in range(2):
        path, lines = new_release.new_release("2018", "2017", str(raw), overwrite=True)
        texts.append((path.read_bytes(), lines))
    assert texts[0] == texts[1] and str(raw) not in texts[0][0].decode() + "".join(texts[0][1])


def test_a_release_that_is_there_is_not_overwritten_unless_told(raw):
    there = raw.parent / "workflow/releases/2018.yaml"
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is there already, and nothing was written"):
        begin(raw)
    assert there.read_text(encoding="utf-8") == "mine"
    assert begin(raw, overwrite=True)[0]["id"] == "2018"


@pytest.mark.parametrize("folder", [True, False])
def test_without_files_names_and_day_are_moved_on_and_what_is_lacking_is_said(raw, folder):
    release, printed = begin(raw if folder else None)
    assert release["sources"]["register"]["file"] == "edubasealldata20190331.csv"
    assert release["reference_date"] == "2019-03-31"
    assert "ks2: it will be fetched, as 2017-2018_england_ks2final.csv." in printed
    assert "postcodes: optional; it would be codepo_gb.csv." in printed
    said = undecided(printed)
    assert "reference_date: no file says its day" in said and "ks2:" not in said
    assert "register: there is no file, nor an address: fetch it from https://example.org/gias" in said
    assert "ks4: there is no file, nor an address: fetch it and save it as 2017-2018_england_ks4final.csv." in said
    text = (raw.parent / "workflow/releases/2018.yaml").read_text(encoding="utf-8")
    assert "  # Undecided: there is no file, nor an address" in text


def test_a_file_that_fits_nothing_is_named_with_what_it_lacks(raw):
    put(raw / "2018", "2017-2018_ks2.csv", "ks2", text=lambda text: text.replace("PTRWM_EXP,", "PTRWM_NEW,"))
    (raw / "2018/notes.txt").write_text("what I did\n", encoding="utf-8")
    (raw / "2018/empty.csv").write_bytes(b"")
    printed = " ".join(begin(raw)[1].split())
    assert "2017-2018_ks2.csv: no layout fits it. Nearest is ks2-2016, which also needs 'PTRWM_EXP'." in printed
    assert "notes.txt: no layout fits it." in printed and "empty.csv: " in printed


def test_a_name_that_no_layout_has_is_said_with_its_rows_and_the_place_to_add_it(raw):
    rows = [{"urn": 100000 + n, "establishment_type": "Academy of a new kind"} for n in range(2)]
    put(raw / "2018", "edubasealldata20190401.csv", "register", *rows, {"urn": 100009})
    said = " ".join(undecided(begin(raw)[1]).split())
    assert "register: TypeOfEstablishment (name): 'Academy of a new kind' (2 rows) is not in the layout." in said
    assert "Add under values.establishment_type in workflow/layouts/gias.yaml." in said


def test_a_code_that_no_layout_has_is_said_of_schools_alone(raw):
    rows = [{"urn": 100000, "pupils": "HUSH"}, {"urn": 100001, "pupils": "SUPP"}]
    rows.append({"urn": "", "record_type": "4", "pupils": "OTHER"})
    put(raw / "2018", "2017-2018_england_ks2final.csv", "ks2", *rows)
    said = " ".join(undecided(begin(raw)[1]).split())
    assert "ks2: TELIG: 'HUSH' (1 rows) is not in the layout. Add under codes in" in said and "OTHER" not in said


def test_what_else_would_stop_the_run_is_said(raw):
    put(raw / "2018", "MI.csv", "inspections", {"urn": 100000, "inspection_date": "2016-02-01"})
    said = " ".join(undecided(begin(raw)[1]).split())
    assert "inspections: MI.csv, row 2, column Inspection start date: '2016-02-01' is not a date of the form" in said


def test_of_two_files_the_one_of_the_expected_name_is_taken_and_else_the_larger(raw):
    many = [{"urn": 100000 + n} for n in range(5)]
    put(raw / "2018", "2017-2018_england_ks2final.csv", "ks2")
    put(raw / "2018", "2017-2018_850_ks2final.csv", "ks2", *many)
    put(raw / "2018", "2017-2018_a_ks4final.csv", "ks4")
    put(raw / "2018", "2017-2018_b_ks4final.csv", "ks4", *many)
    release, printed = begin(raw)
    assert release["sources"]["ks2"]["file"] == "2017-2018_england_ks2final.csv"
    assert release["sources"]["ks4"]["file"] == "2017-2018_b_ks4final.csv"
    printed = " ".join(printed.split())
    assert "2017-2018_850_ks2final.csv: fits ks2 as well as 2017-2018_england_ks2final.csv, which is taken." in printed


def test_results_of_an_earlier_year_go_to_that_years_source_and_of_another_to_none(raw):
    put(raw / "2018", "2016-2017_england_ks2final.csv", "ks2")
    put(raw / "2018", "2018-2019_england_ks2final.csv", "ks2")
    release, printed = begin(raw)
    assert "source ks2_2017, layout ks2-2016" in printed
    assert release["sources"]["ks2_2017"]["years_before"] == 1
    assert "results of 2018/19, which no source of a release of 2017/18 is." in printed


def test_fewer_rows_than_expected_make_it_a_part_and_more_are_said(raw):
    put(raw / "2018", "2017-2018_england_ks2final.csv", "ks2", {"urn": 100000})
    release, printed = begin(raw)
    assert release["sources"]["ks2"]["partial"] is True
    assert "ks2: it has 1 rows, where 2 to 9 are expected. Taken as a part" in printed
    put(raw / "2018", "2017-2018_england_ks2final.csv", "ks2", *[{"urn": 100000 + n} for n in range(10)])
    release, printed = begin(raw, overwrite=True)
    assert "partial" not in release["sources"]["ks2"] and "See what is in it, and correct expect." in printed


def test_a_part_is_not_what_the_next_file_is_held_against(raw):
    change_last(raw, "title: All inspections,", "title: All inspections, partial: true,")
    put(raw / "2017", "inspections.csv", "inspections", {"urn": 100000})
    put(raw / "2018", "MI.csv", "inspections", *[{"urn": 100000 + n} for n in range(9)])
    release, printed = begin(raw)
    said = " ".join(undecided(printed).split())
    assert "inspections: partial: the file of release 2017 was a part of the official one" in said
    assert "counts as whole, and no expect says how many rows the official one has." in said
    assert "inspections: it has 9 rows" not in said and "partial" not in release["sources"]["inspections"]


def test_fewer_authorities_than_expected_make_it_a_part(raw):
    change_last(raw, "expect: {rows: [2, 9]}", "expect: {rows: [2, 9], authorities: [150, 154]}")
    put(raw / "2018", "2017-2018_england_ks2final.csv", "ks2", *[{"urn": 100000 + n, "la_code": 201} for n in range(3)])
    release, printed = begin(raw)
    assert release["sources"]["ks2"]["partial"] is True
    assert "ks2: it has 1 authorities, where 150 to 154 are expected. Taken as a part" in " ".join(printed.split())


def test_a_name_without_a_year_is_said(raw):
    put(raw / "2018", "england_ks2final.csv", "ks2")
    release, printed = begin(raw)
    assert release["sources"]["ks2"]["file"] == "england_ks2final.csv"
    said = " ".join(undecided(printed).split())
    assert "ks2: neither the name nor the content of england_ks2final.csv says that it is of 2017/18." in said


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        (("Final", "Final"), None),
        (("Final", ""), "version: blank in 1 of 2 rows, so they may be provisional results"),
        ((None, None), "version: blank in 2 of 2 rows"),
        (("Final", "Provisional"), "version: 1 row of another version than Final or Revised are left out"),
        (("Provisional", "Provisional"), "no row has the version Final or Revised or blank; there are: 'Provisional'."),
    ],
)
def test_results_that_are_not_said_to_be_final_are_said(raw, versions, said):
    columns = ["time_period", "geographic_level", "breakdown_topic", "breakdown", "school_urn", "attainment8_average"]
    columns += ["progress8_average"] + ["version"] * (versions[0] is not None)
    rows = [f"202425,School,Total,Total,{100000 + n},45.1,z,{word}" for n, word in enumerate(versions)]
    (raw / "2025").mkdir()
    text = "\n".join([",".join(columns), *(row.removesuffix(",None") for row in rows)])
    (raw / "2025/202425_schools.csv").write_text(text + "\n", encoding="utf-8")
    printed = " ".join(begin(raw, name="2025")[1].split())
    assert said in printed if said else "version:" not in printed and "no row has" not in printed


def test_what_was_gained_and_lost_against_the_last_releases_file_is_said(raw):
    put_all(raw)
    put(raw / "2017", "edubasealldata20180331.csv", "register", without=["trust"])
    put(
        raw / "2017",
        "2016-2017_england_ks2final.csv",
        "ks2",
        *[{"urn": 100000 + n, "pupils": "SUPP"} for n in range(9)],
    )
    printed = " ".join(begin(raw)[1].split())
    assert "columns that the file of 2017 does not have: Trusts (name)" in printed
    assert "TELIG, codes of the file of 2017 that it does not have: SUPP" in printed
    assert "ks2: it has 3 rows, where" not in printed  # the release states how many are expected


def latest(rows=1, name="latest inspections as at 31 March 2019.csv", folder=None):
    source = load.with_layout({"layout": "ofsted-latest-2026"}, "test")
    names = {column: spec["column"] for column, spec in source["columns"].items()}
    cells = {"urn": "100000", "overall_effectiveness": "2", "inspection_date": "01/02/2023"}
    header = ",".join(f'"{name if isinstance(name, str) else name[0]}"' for name in names.values())
    row = ",".join(cells.get(column, "") for column in names)
    folder.joinpath(name).write_text("\n".join([header, *[row] * rows]) + "\n", encoding="utf-8")


def test_a_file_of_one_day_says_its_day_by_its_name_and_what_it_leaves_blank(raw):
    latest(folder=raw / "2018")
    release, printed = begin(raw)
    inspections = release["sources"]["inspections"]
    assert inspections["layout"] == "ofsted-latest-2026" and inspections["as_at"] == "2019-03-31"
    assert {"leadership", "category_of_concern"} <= set(inspections["not_filled"])
    assert "overall_effectiveness" not in inspections["not_filled"] and "url" not in inspections
    assert release["reference_date"] == "2019-03-31" and "by the file name of its inspections" in printed
    said = undecided(printed)
    assert "layout: it was ofsted-mi" in said and "not_filled: blank in nearly all rows" in said


def test_a_file_of_one_day_whose_name_does_not_say_it_leaves_that_undecided(raw):
    latest(name="inspections.csv", folder=raw / "2018")
    release, printed = begin(raw)
    assert "as_at" not in release["sources"]["inspections"]
    assert "as_at is missing" in undecided(printed)


def test_a_second_file_of_inspections_becomes_a_source_of_its_own(raw):
    latest(folder=raw / "2018")
    latest(name="latest inspections as at 30 September 2018.csv", folder=raw / "2018")
    release, printed = begin(raw)
    assert release["sources"]["inspections"]["as_at"] == "2019-03-31"
    more = release["sources"]["inspections_2018_09_30"]
    assert more["as_at"] == "2018-09-30" and more["optional"] and more["publisher"] == "Ofsted"
    assert more["layout"] == "ofsted-latest-2026" and "expect" not in more


def test_a_file_of_another_kind_than_the_last_release_had_is_to_be_described(raw):
    latest(folder=raw / "2018")
    (raw / "2018/headline grades 30 Sep 2018.csv").write_text("urn,headline_grade\n100000,2\n", encoding="utf-8")
    release, printed = begin(raw)
    assert release["sources"]["ofsted_headline_grades_2018_09_30"]["as_at"] == "2018-09-30"
    assert "ofsted_headline_grades_2018_09_30: the last release has no such source" in undecided(printed)


def test_a_register_without_areas_counts_them_as_unknown(raw):
    rows = [{"urn": 100000}, {"urn": 100001, "la_code": "", "la_name": "", "region": ""}]
    put(raw / "2018", "edubasealldata20190401.csv", "register", *rows)
    release, printed = begin(raw)
    assert release["sources"]["register"]["not_filled"] == ["la_code", "la_name", "region"]
    assert "register: not_filled: blank in many rows" in printed


def test_a_file_without_a_header_line_is_known_by_its_name(raw):
    (raw / "2018/codepo_gb.csv").write_text("AB1 0AA,10,385386,801193,,,,,,\n", encoding="utf-8")
    printed = begin(raw)[1]
    assert "source postcodes, layout code-point-open, by its name" in printed and "no layout fits" not in printed


def test_a_method_that_does_not_hold_gives_way_to_one_that_does(raw):
    (raw / "2025").mkdir()
    release, printed = begin(raw, name="2025")
    assert release["method"] == "rise-2025"
    assert "method: nfer-2017 does not hold for results of 2024/25; rise-2025 is taken." in undecided(printed)
    assert "ks2_2024" not in release["sources"]  # optional, no file, and no layout of it holds any more


def test_what_a_release_says_of_how_files_are_found_is_kept_and_of_one_file_is_not():
    find = {"ees": "https://example.org/v1", "data_set": "x", "version": "1.0"}
    of_one = {"sha256": "0" * 64, "found": {"version": "1.0"}, "partial": True, "not_filled": ["pupils"], "note": "So."}
    of_one["url"] = "https://example.org/frozen.csv"
    source = {"layout": "ks2-2016", "title": "KS2", "publisher": "DfE", "file": "2016-2017.csv", "find": find, **of_one}
    (slot,) = new_release.slots_from({"results_year": "2016/17", "sources": {"ks2": source}}, "2018/19", 2)
    assert slot.stated == {**{key: source[key] for key in source if key not in of_one}, "file": "2018-2019.csv"}


def test_from_the_command_line(raw, capsys, monkeypatch):
    put_all(raw)
    monkeypatch.chdir(raw.parent)
    assert new_release.main(["2018", "--config", f"raw_dir={raw}", "name_schools=true"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Release 2018 from 2017: results of 2017/18") and "RELEASE=2018" in printed
    assert new_release.main(["2018", "--config", f"raw_dir={raw}"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert new_release.main(["spring"]) == 2
    assert "named after the year" in capsys.readouterr().err


@pytest.mark.slow
def test_the_walk_through_has_what_the_command_prints_and_its_release_loads(school_data, tmp_path, monkeypatch, capsys):
    if not (school_data / "2025").is_dir():
        pytest.skip("needs the real files of 2025")
    page = (load.WORKFLOW.parent / "docs/first-new-release.md").read_text(encoding="utf-8")
    shutil.copytree(load.WORKFLOW, tmp_path / "workflow")
    monkeypatch.setattr(load, "WORKFLOW", tmp_path / "workflow")
    shutil.copytree(school_data / "2025", tmp_path / "raw/2025-new")
    assert new_release.main(["2025-new", "--last", "2024", "--config", f"raw_dir={tmp_path / 'raw'}"]) == 0
    assert capsys.readouterr().out.partition("\nWritten:")[0] in page
    assert load.load_release("2025-new")["method"] == "rise-2025"
