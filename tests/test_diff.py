"""Two finished runs beside each other: `make diff`."""

import json
import shutil

import pandas as pd
import pytest

import diff
from lib.run_step import UserError


@pytest.fixture(scope="module")
def copied_run(demo_run, tmp_path_factory):
    """A copy of the run of `demo` and of its release."""
    folder = tmp_path_factory.mktemp("copied") / "demo"
    shutil.copytree(demo_run.parent, folder)
    return folder / demo_run.name


def test_a_run_and_its_copy_do_not_differ(demo_run, copied_run, tmp_path, capsys):
    assert diff.main([str(demo_run), str(copied_run), "--to", str(tmp_path)]) == 0
    assert "no cell differs" in capsys.readouterr().out
    tables = {path.name: pd.read_csv(path) for path in tmp_path.glob("*.csv")}
    assert all(tables[f"{name}.csv"].empty for name in ("criteria", "conditions", "partners", "reasons", "differences"))
    assert set(tables["schools.csv"]["change"]) == {"same"}
    stated = json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))
    assert stated["from"]["inputs"] == stated["to"]["inputs"]
    assert {entry["file"] for entry in stated["outputs"]} == {path.name for path in tmp_path.iterdir()} - {
        "provenance.json"
    }
    assert not [entry["file"] for entry in stated["code"] if entry["file"].startswith(("/", ".venv"))]


def test_one_altered_cell_is_named_and_no_other(demo_run, copied_run, tmp_path, capsys):
    path = copied_run / "../clean/establishments.parquet"
    register = pd.read_parquet(path)
    urn = int(register["urn"].iloc[17])
    register.assign(name=register["name"].mask(register["urn"] == urn, "Another Name")).to_parquet(path)
    assert diff.main([str(demo_run), str(copied_run), "--to", str(tmp_path)]) == 0
    cells = pd.read_csv(tmp_path / "differences.csv")
    assert cells[["table", "urn", "column", "value_to"]].to_numpy().tolist() == [
        ["clean/establishments.csv", urn, "name", "Another Name"]
    ]
    assert f"clean/establishments.csv {urn} name" in capsys.readouterr().out


def test_a_folder_that_is_no_run_stops_with_the_way_out(tmp_path, capsys):
    assert diff.main([str(tmp_path), str(tmp_path)]) == 2
    assert "no finished run" in capsys.readouterr().out


def test_a_run_that_lacks_a_table_stops(demo_run, tmp_path):
    (tmp_path / "audit").mkdir()
    shutil.copy(demo_run / "audit/provenance.json", tmp_path / "audit")
    with pytest.raises(UserError, match="lacks classified/schools.parquet"):
        diff.finished(tmp_path)
