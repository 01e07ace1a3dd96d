"""State what a run was made of and what it left: sources, settings, versions, code, and every file with its sha256.

Inputs: all that the other steps left of a run and its release, raw/manifest.json, requirements.lock, pyproject.toml,
the project's files that decide a result, and what Snakemake knows of its rules.
Outputs: audit/dictionary.csv (scripts/dictionary.py); audit/provenance.json (its shape: scripts/lib/run_files.py);
ro-crate-metadata.json, which says the same as other tools read it (scripts/crate.py).
Nothing in it depends on the machine: versions are those of the lock, and paths of the user are left out.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import crate
import dictionary
from lib import run_step, tables
from lib.files import sha256, write_json
from lib.run_files import NOT_LISTED, STRAY, Provenance, Step, Sum, sum_of, sums
from lib.run_step import UserError

PROJECT = Path(__file__).resolve().parent.parent
# One line of requirements.lock: name, extras, version, and the condition under which it is installed.
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$")


def provenance(
    manifest: Mapping[str, Any],
    parameters: dict[str, Any],
    versions: dict[str, Any],
    code: Mapping[str, str],
    state: tuple[str | None, bool | None],
    steps: list[Step],
    files: Mapping[str, Sum],
) -> Provenance:
    """Return the provenance of a run.

    `manifest`: raw/manifest.json. `parameters`: the settings in effect. `versions`: as `versions` gives them.
    `code`: {path: sha256} of the project's files that decide a result, `state` theirs as `state_in_git` gives it.
    `files`: all that lies in the folders of the run and its release, as `sums` gives it.
    """
    made_by = {path: step["step"] for step in steps for path in step["outputs"]}
    listed = {path: found for path, found in files.items() if path not in NOT_LISTED}
    left_out = {**NOT_LISTED, **{path: STRAY for path in listed if path not in made_by}}
    return {
        "release": manifest["release"],
        "synthetic": manifest["synthetic"],
        "inputs": manifest["files"],
        "absent": manifest["absent"],
        "parameters": parameters,
        "versions": versions,
        "commit": state[0],
        "clean": state[1],
        "code": [{"file": path, "sha256": digest} for path, digest in sorted(code.items())],
        "steps": steps,
        "outputs": [{"file": path, "step": made_by[path], **listed[path]} for path in listed if path in made_by],
        "left_out": [{"file": path, "reason": reason} for path, reason in left_out.items()],
    }


def versions(project: str, lock: str, installed: Mapping[str, str]) -> dict[str, Any]:
    """Return the versions that the run is bound to: Python's, and of each package that the lock pins.

    `project`: text of pyproject.toml. `lock`: text of requirements.lock. `installed`: {package: version} of this
    environment; what it has in another version than the lock is listed under `not_as_locked`, which is empty unless
    the environment was built otherwise. Raises UserError when the lock pins nothing.
    """
    pinned: dict[str, dict[str, str]] = {}  # {package: {version: condition}}
    for line in lock.splitlines():
        if found := PINNED.match(line):
            name, version, condition = found.groups()
            pinned.setdefault(name, {})[version] = f" ({condition})" if condition else ""
    if not pinned:
        raise UserError("requirements.lock: it pins no package. Restore it, or write it anew with `make lock`.")
    stated = tomllib.loads(project)["project"]
    return {
        "project": {"name": stated["name"], "version": stated["version"]},
        "python": stated["requires-python"],
        "lock_sha256": hashlib.sha256(lock.encode("utf-8")).hexdigest(),
        "packages": {name: ", ".join(map("".join, pins.items())) for name, pins in pinned.items()},
        "not_as_locked": {
            name: installed[name] for name, pins in pinned.items() if name in installed and installed[name] not in pins
        },
    }


def installed_versions() -> dict[str, str]:
    """Return {package: version} of the environment that runs this, names as in a lock."""
    # By the names of the folders, which are stated so: to read the metadata takes longer than all else of the step.
    folders = [folder.stem for entry in sys.path for folder in sorted(Path(entry).glob("*.dist-info"))]
    packages = [folder.rpartition("-")[::2] for folder in folders[::-1]]  # of two, the first one found is imported
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in packages}


def state_in_git(folder: Path, files: Iterable[str]) -> tuple[str | None, bool | None]:
    """Return (commit, clean) of `files` (paths below `folder`) in the git repository whose top level is `folder`.

    `commit`: the last one that changed any of them. `clean`: whether all are as they are committed. (None, None) where
    git cannot say.
    """

    def git(*arguments):
        command = ["git", "-C", str(folder), "--no-optional-locks", "--literal-pathspecs", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
        return done.stdout.strip() if done.returncode == 0 else None

    try:
        top = git("rev-parse", "--show-toplevel")
        # A copy of the project inside another repository says nothing about the commit of the project.
        if not top or Path(top).resolve() != folder.resolve():
            return None, None
        commit = git("log", "-1", "--format=%H", "--", *files)
        changes = git("status", "--porcelain", "--untracked-files=all", "--", *files)
    except OSError:  # there is no git
        return None, None
    return (commit, changes == "") if commit and changes is not None else (None, None)


def main(snakemake):
    params, files, out = snakemake.params, snakemake.input, snakemake.output
    step_of = {path.removeprefix("../"): step["step"] for step in params.steps for path in step["outputs"]}
    csv_files = {path.removeprefix("../"): file for path, file in zip(params.tables, files.tables, strict=True)}
    labels = {name: criterion["label"] for name, criterion in params.labels.items()}
    described = dictionary.of_run(csv_files, params.sources, labels, step_of, params.readings, params.alike)
    tables.write(described, dictionary.DICTIONARY, csv=out.dictionary)

    manifest, project, lock = (Path(path).read_text("utf-8") for path in (files.manifest, files.project, files.lock))
    software = versions(project, lock, installed_versions())
    code, state = {path: sha256(PROJECT / path) for path in params.code}, state_in_git(PROJECT, params.code)
    found = sums(Path(out.crate).parent)
    stated = provenance(json.loads(manifest), params.parameters, software, code, state, params.steps, found)
    write_json(stated, out.provenance)
    write_json(crate.crate(stated, sum_of(out.provenance)), out.crate)


if "snakemake" in globals():
    run_step.run(main, snakemake)
