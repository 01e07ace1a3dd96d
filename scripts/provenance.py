"""State what a run was made of and what it left: sources, settings, versions, code, and every file with its sha256.

Inputs: all that the other steps left of a run and its release, raw/manifest.json, requirements.lock, pyproject.toml,
the project's files that decide a result, and what Snakemake knows of its rules.
Outputs: audit/dictionary.csv (scripts/dictionary.py); audit/provenance.json, its paths as seen from the folder of the
run; ro-crate-metadata.json, which says the same as other tools read it (scripts/crate.py).
Nothing in it depends on the machine: versions are those of the lock, and paths of the user are left out.
"""

import hashlib
import importlib.metadata
import json
import re
import subprocess
import tomllib
from pathlib import Path

import crate
import dictionary
from crate import NO_STEP, OWN_FILE
from lib import run_step, tables
from lib.files import sha256, write_json
from lib.run_step import UserError

CRATE = "ro-crate-metadata.json"
OF_RELEASE = ("raw", "clean")  # folders beside that of the run, which all runs of the release share
PROJECT = Path(__file__).resolve().parent.parent
LEFT_OUT = {
    OWN_FILE: "this file; the RO-Crate states its sum",
    CRATE: "made from this file, and states the same sums",
}
# One line of requirements.lock: name, extras, version, and the condition under which it is installed.
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$")


def provenance(manifest, parameters, versions, code, steps, files):
    """Return the provenance of a run.

    `manifest`: raw/manifest.json. `parameters`: the settings in effect. `versions`: as `versions` gives them.
    `code`: {commit, clean, files: {path: sha256}}. `steps`: list of {step, description, script, inputs, makes}, `makes`
    being its outputs, all paths from the folder of the run. `files`: {path: {size, sha256}} of all
    that lies in that folder, without this file and the crate.
    """
    made_by = {path: one["step"] for one in steps for path in one["makes"]}
    outputs, left_out = [], dict(LEFT_OUT)
    for path, found in sorted(files.items()):
        if path in made_by:
            outputs.append({"file": path, "step": made_by[path], **found})
        else:
            left_out[path] = NO_STEP
    made = {one["step"]: [output["file"] for output in outputs if output["step"] == one["step"]] for one in steps}
    return {
        "release": manifest["release"],
        "synthetic": manifest["synthetic"],
        "inputs": manifest["files"],
        "absent": manifest["absent"],
        "parameters": parameters,
        "versions": versions,
        "commit": code["commit"],
        "clean": code["clean"],
        "code": [{"file": path, "sha256": digest} for path, digest in sorted(code["files"].items())],
        "steps": [
            {
                "step": one["step"],
                "description": one["description"],
                "script": one["script"],
                "inputs": one["inputs"],
                "outputs": [OWN_FILE] if OWN_FILE in one["makes"] else made[one["step"]],
            }
            for one in steps
        ],
        "outputs": outputs,
        "left_out": [{"file": path, "reason": reason} for path, reason in left_out.items()],
    }


def listed(folder, without=tuple(LEFT_OUT)):
    """Return {path: {size, sha256}} of all files of a run, hidden ones included, but for `without`.

    `folder`: of the run. The raw and cleaned files of its release lie beside it, and their paths begin with `../`.
    """
    folder = Path(folder)
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for part in OF_RELEASE:
        release = folder.parent
        paths |= {
            f"../{path.relative_to(release).as_posix()}": path for path in (release / part).rglob("*") if path.is_file()
        }
    return {
        name: {"size": path.stat().st_size, "sha256": sha256(path)}
        for name, path in sorted(paths.items())
        if name not in without
    }


def versions(project, lock, installed=None):
    """Return the versions that the run is bound to: Python's, and of each package that the lock pins.

    `project`: text of pyproject.toml. `lock`: text of requirements.lock. `installed`: {package: version} of this
    environment; what it has in another version than the lock is listed under `not_as_locked`, which is empty unless
    the environment was built otherwise. Raises UserError when the lock pins nothing.
    """
    pinned = {}
    for line in lock.splitlines():
        if found := PINNED.match(line):
            name, version, condition = found.groups()
            pinned.setdefault(name, []).append((version, condition))
    if not pinned:
        raise UserError("requirements.lock: it pins no package. Restore it, or write it anew with `make lock`.")
    stated = tomllib.loads(project)["project"]
    other = {
        name: installed[name]
        for name, pins in pinned.items()
        if name in (installed or {}) and installed[name] not in [version for version, _ in pins]
    }
    return {
        "project": {"name": stated["name"], "version": stated["version"]},
        "python": stated["requires-python"],
        "lock_sha256": hashlib.sha256(lock.encode("utf-8")).hexdigest(),
        "packages": {
            name: ", ".join(f"{version} ({condition})" if condition else version for version, condition in pins)
            for name, pins in pinned.items()
        },
        "not_as_locked": other,
        "note": "The versions that requirements.lock pins. Neither the machine nor the Python in use is recorded: no "
        "result may depend on them.",
    }


def installed_versions():
    """Return {package: version} of the environment that runs this, names as in a lock."""
    found = {}
    for package in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"] or "").lower()
        found.setdefault(name, package.version)  # the first one found is the one that is imported
    return found


def state_of_code(folder, files):
    """Return (commit, clean) of `files` (paths below `folder`) in the git repository whose top level is `folder`.

    `commit`: the last one that changed any of them. `clean`: whether none differs from what is committed. (None, None)
    where git cannot say.
    """

    def git(*arguments):
        command = ["git", "-C", str(folder), "--no-optional-locks", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
        return done.stdout.strip() if done.returncode == 0 else None

    try:
        top = git("rev-parse", "--show-toplevel")
        # A copy of the project inside another repository says nothing about the commit of the project.
        if not top or Path(top).resolve() != Path(folder).resolve():
            return None, None
        commit, changes = git("log", "-1", "--format=%H", "--", *files), git("status", "--porcelain", "--", *files)
    except OSError:  # there is no git
        return None, None
    return commit or None, None if not commit or changes is None else changes == ""


def main(snakemake):
    params, files, out = snakemake.params, snakemake.input, snakemake.output
    manifest = json.loads(Path(files.manifest).read_text(encoding="utf-8"))
    project, lock = (Path(files[name]).read_text(encoding="utf-8") for name in ("project", "lock"))
    made_by = {path: one["step"] for one in params.steps for path in one["makes"]}
    described = {path.removeprefix("../"): file for path, file in zip(params.tables, files.tables, strict=True)}
    labels = {name: criterion["label"] for name, criterion in params.labels.items()}
    steps_by_table = {path.removeprefix("../"): step for path, step in made_by.items()}
    table = dictionary.of_run(described, params.sources, labels, steps_by_table)
    tables.write(table, dictionary.DICTIONARY, csv=out.dictionary)

    commit, clean = state_of_code(PROJECT, params.code)
    code = {"commit": commit, "clean": clean, "files": {path: sha256(PROJECT / path) for path in params.code}}
    folder = Path(out.crate).parent
    software = versions(project, lock, installed_versions())
    content = provenance(manifest, params.parameters, software, code, params.steps, listed(folder))
    write_json(content, out.provenance)
    own_sum = {"size": Path(out.provenance).stat().st_size, "sha256": sha256(out.provenance)}
    write_json(crate.crate(content, own_sum), out.crate)


if "snakemake" in globals():
    run_step.run(main, snakemake)
