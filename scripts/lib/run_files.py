"""The files of a run with their sums, and the shape of audit/provenance.json, which states them.

Paths are as seen from the run's folder, results/{release}/{method}: those of the release's files begin with `../`.
"""

from pathlib import Path
from typing import Any, TypedDict

from lib.files import sha256
from lib.run_step import UserError

PROVENANCE = "audit/provenance.json"
CRATE = "ro-crate-metadata.json"
RAW = "../raw/"
OF_RELEASE = ("raw", "clean")  # folders beside that of the run, which all runs of the release share
BESIDE_RELEASES = ("changes", "diff")  # folders of results/ that are no release: comparisons of runs
STRAY = "made by no step of the workflow: it does not belong to the run"
NOT_LISTED = {PROVENANCE: "this file; the RO-Crate states its sum", CRATE: "made from it, with the same sums"}

# The tables that a comparison of two runs reads.
COMPARED_TABLES = (
    *("classified/schools.parquet", "classified/criteria.parquet", "classified/conditions.parquet"),
    *("classified/thresholds.csv", "classified/results_files.csv", "matched/partners.parquet"),
    *("population/schools.parquet", "population/left_out.csv", "../clean/establishments.parquet"),
    *("../clean/links.parquet", "../clean/links_of_results.parquet", "../clean/mergers_and_splits.csv"),
    *("../clean/results.parquet", "../clean/inspections.parquet", "../clean/designations.parquet"),
)


class Sum(TypedDict):
    """Size in bytes and sha256 as hexadecimal digits."""

    size: int
    sha256: str


class Step(TypedDict):
    """A rule of the workflow: its script, None where it has none, and the files of the run that it reads and makes."""

    step: str
    description: str
    script: str | None
    inputs: list[str]
    outputs: list[str]


class Provenance(TypedDict):
    """audit/provenance.json. `inputs` and `absent`: of raw/manifest.json. `code`: the project's files that decide a
    result, {file, sha256} each, with `commit` and `clean` of them in git. `outputs`: a Sum each, its file and step.
    """

    release: str
    synthetic: bool
    inputs: list[dict]
    absent: list[dict]
    parameters: dict[str, Any]
    versions: dict[str, Any]
    commit: str | None
    clean: bool | None
    code: list[dict[str, str]]
    steps: list[Step]
    outputs: list[dict[str, Any]]
    left_out: list[dict[str, str]]


def sums(folder: str | Path) -> dict[str, Sum]:
    """Return {path: its sum} of all files of a run and its release, hidden ones included, sorted by path."""
    folder = Path(folder)
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    for part in OF_RELEASE:
        beside = (folder.parent / part).rglob("*")
        paths |= {f"../{path.relative_to(folder.parent).as_posix()}": path for path in beside}
    return {name: sum_of(path) for name, path in sorted(paths.items()) if path.is_file()}


def sum_of(path: str | Path) -> Sum:
    """Return the sum of one file."""
    return {"size": Path(path).stat().st_size, "sha256": sha256(path)}


def finished_run(results: str | Path, release: str, method: str | None) -> Path:
    """Return the folder of a release's finished run, which has its provenance: that of `method`, or the only one.

    Raises UserError, naming the runs there are, where it is not clear which.
    """
    there = sorted(path.parents[1] for path in Path(results).glob(f"*/*/{PROVENANCE}"))
    found = [folder for folder in there if folder.parent.name == release and method in (None, folder.name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(folder.name for folder in found)
        raise UserError(f"Release {release} has several runs: {names}. Say which: METHOD=…, or --method.")
    listed = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in there) or "none"
    wanted = release if method is None else f"{release}/{method}"
    raise UserError(f"No finished run of {wanted} in {results}/. There: {listed}.")
