"""What stops a run, and the words it is stopped with: file, row, column and the way out.

On files in the official layouts, then through Snakemake itself. The reading of files as such: test_source_files.py.
"""

import re
import shutil
from types import SimpleNamespace

import pytest

import acquire
import clean_inspections
import clean_register
import clean_results
import population
from lib import schemas, settings, tables
from lib.run_step import UserError
from small_files import source_of, text_of, write_source

KS2, KS4 = "2015-2016_england_ks2final.csv", "2015-2016_england_ks4final.csv"


def refusal(call, *arguments, kind=UserError):
    with pytest.raises(kind) as stopped:
        call(*arguments)
    return str(stopped.value)


def clean_ks2(path):
    return clean_results.clean_results(path, source_of("ks2"), "ks2")


def test_missing_file_names_page_and_place(tmp_path):
    """An optional address apart, a source that is nowhere says where to get it and where to put it."""
    source = {key: value for key, value in source_of("ks2").items() if key != "url"}
    wanted = acquire.Source("2016", "ks2", source["file"])
    with pytest.raises(acquire.Fault) as stopped:
        acquire.acquire(wanted, tmp_path / KS2, tmp_path / "origin.json")
    message = acquire.explain(stopped.value, wanted, source, None, None)
    assert "release 2016, source ks2" in message and source["page"] in message
    assert f"raw_dir/2016/{KS2}" in message and "config.yaml" in message
    assert list(tmp_path.iterdir()) == []


def test_renamed_column_names_what_it_may_be_called_now(tmp_path):
    path = write_source(tmp_path, source_of("ks2"), [{"urn": 100000}])
    path.write_bytes(path.read_bytes().replace(b"PTRWM_EXP", b"PTRWM_EXPECTED"))
    message = refusal(clean_ks2, path)
    assert "'PTRWM_EXP'" in message and "Did you mean 'PTRWM_EXPECTED'?" in message and "new name, set" in message


def test_renamed_column_is_read_once_the_release_says_so(tmp_path):
    source = source_of("ks2")
    path = write_source(tmp_path, source, [{"urn": 100000, "rwm_expected_pct": "61%"}])
    path.write_bytes(path.read_bytes().replace(b"PTRWM_EXP", b"PTRWM_EXPECTED"))
    source["columns"]["rwm_expected_pct"]["column"] = "PTRWM_EXPECTED"
    schools, *_ = clean_results.clean_results(path, source, "ks2")
    assert schools["rwm_expected_pct"].tolist() == [61]


@pytest.mark.parametrize(
    ("name", "measure", "column", "cell"),
    [
        ("ks2", "rwm_expected_pct", "PTRWM_EXP", "SUPPR"),
        ("ks2", "pupils", "TELIG", "twelve"),
        ("ks4", "progress8", "P8MEA", "-0.5*"),
        ("inspections", "overall_effectiveness", "Overall effectiveness", "Good"),
    ],
)
def test_figure_with_an_unknown_code(tmp_path, name, measure, column, cell):
    source = source_of(name)
    path = write_source(tmp_path, source, [{"urn": 100000}, {"urn": 100001, measure: cell}])
    clean = clean_inspections.clean_inspections if name == "inspections" else clean_results.clean_results
    message = refusal(clean, path, source, name)
    assert message.startswith(
        f"{source['file']}, row 3, column {column}: '{cell}' is neither a figure nor a known code"
    )
    # Where the codes stand: the layouts of results include them.
    stated_in = "ofsted-mi" if name == "inspections" else "results-codes"
    assert f"add it under codes in workflow/layouts/{stated_in}.yaml" in message


def test_row_is_that_of_the_file_below_title_lines_and_broken_cells(tmp_path):
    source = source_of("inspections")
    rows = [
        {"urn": 100000, "inspection_type": "Section 5\nreinspection"},
        {"urn": 100001, "overall_effectiveness": "A"},
    ]
    path = tmp_path / source["file"]
    path.write_text("Management information\r\n\r\n" + text_of(source, rows), encoding="utf-8", newline="")
    message = refusal(clean_inspections.clean_inspections, path, source, "inspections")
    assert "row 6, column Overall effectiveness: 'A'" in message
    assert path.read_text(encoding="utf-8").splitlines()[5].startswith("100001")


@pytest.mark.parametrize("name", ["ks2", "inspections"])
def test_file_cut_in_its_last_row_is_not_acquired(tmp_path, name):
    """As the rule acquire hands a source on; a title line stands above the header of the inspections."""
    source = source_of(name)
    text = "Management information\r\n" * (name == "inspections") + text_of(source, [{"urn": 100000}, {"urn": 100001}])
    path = tmp_path / source["file"]
    path.write_text(text[: text.rindex("100001") + 6], encoding="utf-8", newline="")
    given = (acquire.Source("2016", name, source["file"]), tmp_path / "out.csv", tmp_path / "origin.json", path)
    assert "truncated" in refusal(acquire.acquire, *given, kind=acquire.Fault)


def test_reference_date_without_inspections(tmp_path):
    source = source_of("inspections")
    path = write_source(tmp_path, source, [{"urn": 100000, "inspection_date": "01/04/2017"}])
    step = SimpleNamespace(
        params=SimpleNamespace(sources={"inspections": source}, reference_date="2017-03-31"),
        input=SimpleNamespace(raw=[path]),
        output=None,
    )
    message = refusal(clean_inspections.main, step)
    assert source["file"] in message and "2017-03-31" in message
    assert "Check reference_date in the release file" in message and "supply a file" in message


def test_establishment_without_an_authority_speaks_to_the_user(tmp_path):
    """A school of the population without a local authority must not end in the words of a schema library."""
    source = source_of("register")
    path = write_source(
        tmp_path, source, [{"urn": 100000, "la_code": "", "la_name": ""}, {"urn": 100001, "close_date": "01-01-2030"}]
    )

    def clean():
        found, *_ = clean_register.clean_register(path, source, "register")
        rules = settings.load_method("nfer-2017")["population"]
        members, _ = population.population(found, rules, "2017-03-31", "register")
        schools = population.in_phases(members, rules["phases"])
        keys = [name for name in schemas.GEOGRAPHY if name in schools]
        return tables.conform(schools[keys], schemas.table({name: schemas.GEOGRAPHY[name] for name in keys}))

    message = refusal(clean)
    assert "row 2" in message and "LA (code)" in message


# --- Through Snakemake ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(project_copy):
    """A copy in which the files of 2016 may be as small as those below."""
    project = project_copy()
    path = project.path / "workflow/releases/2016.yaml"
    path.write_text(re.sub("    expect: .*\n", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    return project


def tiny_release(folder, **changed):
    """Source files of 2016 with two schools, in folder/2016; `changed`: rows of a source in place of the plain ones."""
    raw = folder / "2016"
    raw.mkdir(parents=True)
    rows = {
        "register": [{"urn": 100000}, {"urn": 100001, "phase_of_education": "Secondary", "close_date": "01-09-2020"}],
        "links": [{"urn": 100000, "link_urn": 99999}],
        "ks2": [{"urn": 100000, "pupils": "30"}],
        "ks4": [{"urn": 100001, "pupils": "150"}],
        "inspections": [{"urn": 100000}, {"urn": 100001}],
    }
    for name, plain in rows.items():
        write_source(raw, source_of(name), changed.get(name, plain))
    return folder


def stopped(project, *arguments, **config):
    """Run to a stop; return what a user sees, which must hold no Python trace."""
    done = project.run("--cores", "1", *arguments, config=config)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    return said


def test_mistyped_config_key_stops_before_any_job(project):
    said = stopped(project, "-n", radius_mile=5)
    assert "unknown key 'radius_mile'. Did you mean 'radius_miles'?" in said
    assert not (project.path / "results").exists()


def test_unknown_method_stops_before_any_job(project):
    said = stopped(project, "-n", method="nfer-2016")
    assert "workflow/methods/nfer-2016.yaml" in said and "Did you mean 'nfer-2017'?" in said


def test_unknown_release_stops_before_any_job(project):
    said = stopped(project, "-n", releases=["20166"])
    assert "workflow/releases/20166.yaml" in said and "Did you mean '2016'?" in said


def test_bad_yaml_stops_before_any_job(project_copy):
    project = project_copy()
    path = project.path / "workflow/methods/nfer-2017.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("population:", "population: [", 1), encoding="utf-8")
    said = stopped(project, "-n")
    assert "workflow/methods/nfer-2017.yaml, line " in said and "not valid YAML" in said


def test_bad_yaml_in_the_config_names_file_and_line(project_copy):
    project = project_copy()
    path = project.path / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nreleases: [demo\n", encoding="utf-8")
    said = stopped(project, "-n")
    assert "config.yaml" in said and "line " in said


def test_config_without_its_optional_keys(project_copy):
    project = project_copy()
    (project.path / "config.yaml").write_text("releases: [demo]\nmethod: nfer-2017\n", encoding="utf-8")
    done = project.run("-n", "--cores", "1", "results/demo/clean/establishments.csv")
    assert done.returncode == 0, done.stderr


def test_mistyped_raw_dir_stops_before_any_job(project, tmp_path):
    said = stopped(project, "-n", releases=["2016"], raw_dir=str(tmp_path / "no"))
    assert "raw_dir" in said and "there is no folder" in said


def test_web_page_in_the_users_folder_leaves_nothing_behind(project, tmp_path):
    raw_dir = tiny_release(tmp_path)
    (raw_dir / "2016" / KS2).write_text("<!DOCTYPE html><html></html>", encoding="utf-8")
    said = stopped(project, f"results/2016/raw/{KS2}", releases=["2016"], raw_dir=str(raw_dir))
    assert "release 2016, source ks2" in said and "HTML page" in said and "What to do" in said
    raw = project.results("2016") / "raw"
    assert not [path for path in raw.rglob("*") if path.is_file()]


def test_unknown_code_ends_the_job_with_its_message_alone(project, tmp_path):
    raw_dir = tiny_release(tmp_path, ks4=[{"urn": 100001, "progress8": "QQ"}])
    said = stopped(project, "results/2016/clean/results.csv", releases=["2016"], raw_dir=str(raw_dir))
    words = f"{KS4}, row 2, column P8MEA: 'QQ' is neither a figure nor a known code"
    assert words in said and "workflow/layouts/results-codes.yaml" in said
    log = project.path / "logs/2016/clean/results.log"
    assert words in log.read_text(encoding="utf-8")
    assert not list((project.results("2016") / "clean").glob("results*"))
    shutil.rmtree(project.path / "results")


def test_reference_date_without_inspections_through_the_workflow(project, tmp_path):
    raw_dir = tiny_release(tmp_path, inspections=[{"urn": 100000, "inspection_date": "01/04/2017"}])
    said = stopped(project, "results/2016/clean/inspections.csv", releases=["2016"], raw_dir=str(raw_dir))
    assert "no graded inspection on or before the reference date 2017-03-31" in said
    shutil.rmtree(project.path / "results")
