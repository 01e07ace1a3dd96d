"""Verify: whatever is altered, lost or added after a run is named."""

import json
import sys

import pytest

import verify
from lib.run_step import UserError
from test_provenance import write_run

RUN = "2016/nfer-2017"


@pytest.fixture
def results(tmp_path):
    """A folder of results with one small finished run, 2016/nfer-2017."""
    write_run(tmp_path / "results" / RUN)
    return tmp_path / "results"


def problems(results, run=RUN):
    return verify.verify(results / run)[0]


def alter(path):
    """Change one character of a file, and not its size."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("1", "2", 1), encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") != text


def test_a_run_as_it_was_left_has_no_problems(results):
    assert verify.verify(results / RUN) == ([], "5 files of the run, 1 source files")


@pytest.mark.parametrize(
    "name", ["matched/reach.csv", "../clean/establishments.csv", "../raw/a register.csv", "../raw/manifest.json"]
)
def test_an_altered_file_is_named_once(results, name):
    alter(results / RUN / name)
    found = problems(results)
    assert [problem.split(": ")[:2] for problem in found if problem.startswith(name)] == [[name, "differs"]]
    # The manifest states the sum of the source file, which no longer holds when that was the character altered.
    assert [problem for problem in found if not problem.startswith((name, "../raw/a register.csv"))] == []


@pytest.mark.parametrize("name, step", [("matched/reach.csv", "match"), ("../clean/establishments.csv", "clean")])
def test_a_lost_file_is_named_with_the_step_that_made_it(results, name, step):
    (results / RUN / name).unlink()
    assert problems(results) == [f"{name}: missing: step {step} made it"]


@pytest.mark.parametrize("name", ["matched/.hidden.csv", "new.csv", "../clean/.hidden.csv", "../raw/new.csv"])
def test_a_file_that_is_new_is_named(results, name):
    (results / RUN / name).write_text("urn\n", encoding="utf-8")
    (found,) = problems(results)
    assert found.startswith(f"{name}: not listed")


def test_two_runs_of_a_release_are_verified_each_by_itself(results, capsys):
    other = "2016/nfer-2017-3-miles"
    write_run(results / other)
    assert problems(results) == problems(results, run=other) == []
    alter(results / other / "matched/reach.csv")
    (results / other / "new.csv").write_text("urn\n", encoding="utf-8")
    assert problems(results) == []
    assert [found.split(": ")[0] for found in problems(results, run=other)] == ["matched/reach.csv", "new.csv"]
    alter(results / "2016/clean/establishments.csv")
    for run in (RUN, other):
        assert [f for f in problems(results, run=run) if f.startswith("../clean/establishments.csv: differs")]
    arguments = ["2016", "--results", str(results)]
    assert verify.main(arguments) == 2
    assert "several runs: nfer-2017, nfer-2017-3-miles" in capsys.readouterr().out
    assert verify.main([*arguments, "--method", "nfer-2017"]) == 1
    assert "Release 2016, nfer-2017: 1 of the files" in capsys.readouterr().out


def test_provenance_made_to_fit_an_altered_file_is_found_out_by_the_crate(results):
    folder = results / RUN
    alter(folder / "matched/reach.csv")
    stated = json.loads((folder / "audit/provenance.json").read_text(encoding="utf-8"))
    for output in stated["outputs"]:
        if output["file"] == "matched/reach.csv":
            output["sha256"] = verify.sha256(folder / "matched/reach.csv")
    (folder / "audit/provenance.json").write_text(json.dumps(stated), encoding="utf-8")
    assert {problem.split(": ")[0] for problem in problems(results)} == {"matched/reach.csv", "audit/provenance.json"}


def without_a_file(graph):
    return [entity for entity in graph if entity["@id"] != "../clean/establishments.csv"]


def with_another_radius(graph):
    return [entity | {"value": "3"} if "radius" in entity["@id"] else entity for entity in graph]


def with_files_alone(graph):
    return [entity for entity in graph if entity["@type"] == "File"]


@pytest.mark.parametrize("change", [lambda graph: [], without_a_file, with_another_radius, with_files_alone])
def test_a_crate_that_was_changed_is_named(results, change):
    path = results / RUN / "ro-crate-metadata.json"
    crate = json.loads(path.read_text(encoding="utf-8"))
    changed = change(crate["@graph"])
    assert changed != crate["@graph"]
    path.write_text(json.dumps(crate | {"@graph": changed}), encoding="utf-8")
    assert [problem.split(": ")[0] for problem in problems(results)] == ["ro-crate-metadata.json"]


@pytest.mark.parametrize("name", ["ro-crate-metadata.json", "../raw/manifest.json", "audit/provenance.json"])
@pytest.mark.parametrize("content", ["[]", "{}", "{"])
def test_a_damaged_statement_is_told_as_such(results, name, content):
    (results / RUN / name).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="damaged"):
        problems(results)


def test_changed_code_is_told(tmp_path):
    (tmp_path / "same.py").write_text("1")
    (tmp_path / "other.py").write_text("2")
    sums = {name: verify.sha256(tmp_path / name) for name in ("same.py", "other.py")}
    (tmp_path / "other.py").write_text("3")
    provenance = {"code": [{"file": name, "sha256": digest} for name, digest in {**sums, "gone.py": "0"}.items()]}
    assert verify.changed_code(provenance, tmp_path) == ["other.py", "gone.py"]


def test_the_command_tells_by_its_exit_code(results, capsys):
    arguments = ["2016", "--results", str(results)]
    assert verify.main(arguments) == 0
    assert "all is as stated" in capsys.readouterr().out
    alter(results / "2016/clean/establishments.csv")
    assert verify.main(arguments) == 1
    assert "../clean/establishments.csv: differs" in capsys.readouterr().out


def test_a_release_that_was_not_run_is_said_to_be_missing(results, capsys):
    assert verify.main(["2017", "--results", str(results)]) == 2
    assert "No finished run of 2017" in (said := capsys.readouterr().out) and RUN in said
    (results / RUN / "audit/provenance.json").unlink()
    assert verify.main(["2016", "--results", str(results)]) == 2
    assert "No finished run of 2016" in capsys.readouterr().out
    write_run(results / RUN)
    (results / RUN / "ro-crate-metadata.json").unlink()
    assert verify.main(["2016", "--results", str(results)]) == 2
    assert "ro-crate-metadata.json: there is no such file" in capsys.readouterr().out


def test_a_whole_run_verifies_and_an_altered_source_is_named(demo_project, project_copy):
    done = demo_project.call(sys.executable, "scripts/verify.py", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    project = project_copy(demo_project)
    source = next(path for path in sorted((project.results("demo") / "raw").glob("*.csv")))
    alter(source)
    done = project.call(sys.executable, "scripts/verify.py", "demo")
    assert done.returncode == 1
    assert f"raw/{source.name}: differs" in done.stdout
