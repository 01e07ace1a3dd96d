"""Recompute the sums of a finished run and say what differs.

Usage: python scripts/verify.py RELEASE [--method METHOD] [--results results] [--raw-dir FOLDER]
Reads audit/provenance.json and ro-crate-metadata.json of the run, raw/manifest.json of its release, and every file.
With --raw-dir (else the raw_dir of config.yaml, where there is one) the user's own source files are compared with
those that the run was made from. Exit code 0: all is as stated; 1: something differs, is missing or is not listed;
2: there is no finished run to verify.
"""

import argparse
import json
import sys
from pathlib import Path
from urllib.parse import unquote

import yaml

from crate import OWN_FILE
from crate import crate as crate_of
from lib.files import sha256
from lib.run_step import UserError, finished_run
from provenance import CRATE, LEFT_OUT, listed

PROJECT = Path(__file__).resolve().parent.parent
MANIFEST = "../raw/manifest.json"


def verify(folder, raw_dir=None):
    """Return (problems, counts) of the results folder of a release.

    `problems`: list of texts, each naming a file; empty when all is as stated. `counts`: {what: files compared}.
    `raw_dir`: the folder that holds one folder of source files per release, or None.
    Raises UserError where provenance, manifest or crate is not there or cannot be read.
    """
    folder = Path(folder)
    provenance = _read(folder / OWN_FILE, "outputs", "left_out", "steps", "parameters", "code")
    manifest, crate = _read(folder / MANIFEST, "files"), _read(folder / CRATE, "@graph")
    found = listed(folder, without=())
    problems = _differences(provenance, found)
    listed_files = {entry["file"] for part in ("outputs", "left_out") for entry in provenance[part]} | set(LEFT_OUT)
    problems += [
        f"{path}: not listed: it has come since, or does not belong to the run"
        for path in found
        if path not in listed_files
    ]
    raw = {f"../raw/{entry['file']}": entry["sha256"] for entry in manifest["files"]}
    problems += _unequal(raw, found, "raw/manifest.json")
    stated = {
        unquote(entity["@id"]): entity["sha256"]
        for entity in crate["@graph"]
        if entity["@type"] == "File" and "sha256" in entity
    }
    problems += _unequal(stated, found, CRATE)
    # Where the crate is of this provenance, it must say all that this provenance makes a crate say.
    if stated.get(OWN_FILE, found[OWN_FILE]["sha256"]) == found[OWN_FILE]["sha256"]:
        if crate != json.loads(json.dumps(crate_of(provenance, found[OWN_FILE]))):
            problems.append(f"{CRATE}: differs from what {OWN_FILE} makes it")
    counts = {"files of the run": len(provenance["outputs"]), "source files": len(raw)}
    if raw_dir:
        more, compared = _supplied(manifest, Path(raw_dir).expanduser() / provenance["release"])
        problems += more
        counts["source files of yours"] = compared
    return _once(problems), counts


def _differences(provenance, found):
    problems = []
    for output in provenance["outputs"]:
        path, step = output["file"], output["step"]
        if path not in found:
            problems.append(f"{path}: missing: step {step} made it")
        elif found[path]["sha256"] != output["sha256"]:
            problems.append(
                f"{path}: differs: step {step} made {output['size']} bytes, sha256 {output['sha256']}; there are "
                f"{found[path]['size']} bytes, sha256 {found[path]['sha256']}"
            )
    return problems


def _unequal(stated, found, where):
    return [
        f"{path}: {'differs from' if path in found else 'missing, though it stands in'} {where}"
        for path, digest in stated.items()
        if path not in found or found[path]["sha256"] != digest
    ]


def _supplied(manifest, folder):
    """(problems, number of files compared): the user's own source files, under the names that the run found them by."""
    problems, compared = [], 0
    for entry in manifest["files"]:
        if entry["supplied_as"] is None:
            continue
        path = folder / entry["supplied_as"]
        compared += 1
        if not path.is_file():
            problems.append(f"{path}: missing: the run took the source {entry['source']} from it")
        elif (digest := sha256(path)) != entry["sha256"]:
            problems.append(
                f"{path}: differs: source {entry['source']}; the run took sha256 {entry['sha256']}; it is now {digest}"
            )
    return problems, compared


def _once(problems):
    """The problems without those of a file that an earlier one has told already."""
    told = {}
    for problem in problems:
        told.setdefault(problem.split(": ")[0], problem)
    return list(told.values())


def changed_code(provenance, project=PROJECT):
    """Return the files of the project, of those that decide results, that are not as they were at the run."""
    stated = {entry["file"]: entry["sha256"] for entry in provenance["code"]}
    return [
        name for name, digest in stated.items() if not (project / name).is_file() or sha256(project / name) != digest
    ]


def _read(path, *keys):
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not content.keys() >= set(keys):
            raise ValueError
        return content
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file: the run is not finished. Run it to its end first.") from None
    except ValueError:
        raise UserError(
            f"{path}: not the JSON that a run writes: the file is damaged. Delete it and run again."
        ) from None


def _raw_dir_of_config():
    path = PROJECT / "config.yaml"
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("raw_dir") if path.is_file() else None


def main(arguments=None):
    """Verify a release from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Recompute the sums of a finished run and say what differs.")
    parser.add_argument("release", nargs="?", help="release, e.g. 2016")
    parser.add_argument("--release", dest="named", help="the same")
    parser.add_argument("--method", help="run of the release, where there are several, e.g. nfer-2017")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    parser.add_argument("--raw-dir", help="folder of your source files (default: raw_dir of config.yaml)")
    given = parser.parse_args(arguments)
    release = given.release or given.named
    if release is None:
        parser.error("which release? For example: python scripts/verify.py demo")
    try:
        folder = finished_run(given.results, release, given.method, OWN_FILE)
        problems, counts = verify(folder, given.raw_dir or _raw_dir_of_config())
    except UserError as error:
        print(error)
        return 2
    for problem in problems:
        print(problem)
    compared = ", ".join(f"{number} {what}" for what, number in counts.items())
    if problems:
        print(f"Release {release}: {len(problems)} of the files are not as stated ({compared} compared).")
        return 1
    print(f"Release {release}: all is as stated ({compared}).")
    print(f"sha256 of {OWN_FILE}, which states all other sums: {sha256(folder / OWN_FILE)}")
    if changed := changed_code(_read(folder / OWN_FILE)):
        print(f"The project has changed since the run: {', '.join(changed[:5])}{', …' if changed[5:] else ''}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
