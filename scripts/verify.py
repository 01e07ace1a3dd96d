"""Recompute the sums of a finished run and say what differs.

Usage: python scripts/verify.py RELEASE [--method METHOD] [--results results] [--raw-dir FOLDER]
Reads audit/provenance.json and ro-crate-metadata.json of the run, raw/manifest.json of its release, and every file.
With --raw-dir (else the raw_dir of config.yaml, where it has one) the user's own source files are compared with
those that the run was made from. Exit code 0: all is as stated; 1: something differs, is missing or is not listed;
2: there is no finished run to verify.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from crate import crate as crate_of
from lib.files import sha256
from lib.run_files import CRATE, NOT_LISTED, PROVENANCE, RAW, Provenance, Sum, sums
from lib.run_step import UserError, finished_run

PROJECT = Path(__file__).resolve().parent.parent
MANIFEST = f"{RAW}manifest.json"


def verify(folder: str | Path, raw_dir: str | Path | None = None) -> tuple[list[str], dict[str, int]]:
    """Return (problems, counts) of a run.

    `problems`: texts that each begin with the path of a file; empty when all is as stated. `counts`: {what: files
    compared}. `folder`: of the run. `raw_dir`: the folder that holds one folder of source files per release.
    Raises UserError where provenance, manifest or crate is not there or cannot be read.
    """
    folder = Path(folder)
    provenance = _read(folder / PROVENANCE, Provenance.__required_keys__)
    manifest, crate = _read(folder / MANIFEST, ("files",)), _read(folder / CRATE, ("@graph",))
    found = sums(folder)
    expected = {entry["file"] for part in ("outputs", "left_out") for entry in provenance[part]} | set(NOT_LISTED)
    raw = {f"{RAW}{entry['file']}": entry["sha256"] for entry in manifest["files"]}
    in_crate = {
        unquote(entity["@id"]): entity["sha256"]
        for entity in crate["@graph"]
        if entity["@type"] == "File" and "sha256" in entity
    }
    problems = [
        *_altered(provenance, found),
        *(f"{path}: not listed: it is new, or does not belong to the run" for path in found if path not in expected),
        *_unequal(raw, found, "raw/manifest.json"),
        *_unequal(in_crate, found, CRATE),
    ]
    # A crate of this provenance must say all that the provenance makes a crate say; another one has been named above.
    of_this = in_crate.get(PROVENANCE, found[PROVENANCE]["sha256"]) == found[PROVENANCE]["sha256"]
    if of_this and crate != json.loads(json.dumps(crate_of(provenance, found[PROVENANCE]))):
        problems.append(f"{CRATE}: differs from what {PROVENANCE} makes it")
    counts = {"files of the run": len(provenance["outputs"]), "source files": len(raw)}
    if raw_dir:
        supplied = [entry for entry in manifest["files"] if entry["supplied_as"] is not None]
        problems += _supplied(supplied, Path(raw_dir).expanduser() / provenance["release"])
        counts["source files of yours"] = len(supplied)
    first: dict[str, str] = {}  # one problem a file: the first says most
    for problem in problems:
        first.setdefault(problem.split(": ")[0], problem)
    return list(first.values()), counts


def _altered(provenance: Provenance, found: Mapping[str, Sum]) -> Iterable[str]:
    for output in provenance["outputs"]:
        path, step = output["file"], output["step"]
        if path not in found:
            yield f"{path}: missing: step {step} made it"
        elif found[path]["sha256"] != output["sha256"]:
            made, now = (f"{one['size']} bytes, sha256 {one['sha256']}" for one in (output, found[path]))
            yield f"{path}: differs: step {step} made {made}; now {now}"


def _unequal(stated: Mapping[str, str], found: Mapping[str, Sum], where: str) -> Iterable[str]:
    for path, digest in stated.items():
        if path not in found:
            yield f"{path}: missing, though {where} lists it"
        elif found[path]["sha256"] != digest:
            yield f"{path}: differs from {where}"


def _supplied(entries: Iterable[Mapping[str, Any]], folder: Path) -> Iterable[str]:
    """What differs in the user's own source files, under the names that the run found them by."""
    for entry in entries:
        path = folder / entry["supplied_as"]
        if not path.is_file():
            yield f"{path}: missing: the run took the source {entry['source']} from it"
        elif (digest := sha256(path)) != entry["sha256"]:
            yield f"{path}: differs: source {entry['source']}; the run took sha256 {entry['sha256']}; now {digest}"


def changed_code(provenance: Provenance, project: Path = PROJECT) -> list[str]:
    """Return the files of the project, of those that decide results, that are not as they were at the run."""
    stated = {code["file"]: (project / code["file"], code["sha256"]) for code in provenance["code"]}
    return [name for name, (path, digest) in stated.items() if not path.is_file() or sha256(path) != digest]


def _read(path: Path, keys: Iterable[str]) -> Any:
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


def _raw_dir_of_config() -> str | None:
    path = Path("config.yaml")
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("raw_dir") if path.is_file() else None


def main(arguments: list[str] | None = None) -> int:
    """Verify a run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Recompute the sums of a finished run and say what differs.")
    parser.add_argument("release", help="release, e.g. 2016")
    parser.add_argument("--method", help="run of the release, where there are several, e.g. nfer-2017")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    parser.add_argument("--raw-dir", help="folder of your source files (default: raw_dir of config.yaml)")
    given = parser.parse_args(arguments)
    try:
        folder = finished_run(given.results, given.release, given.method, PROVENANCE)
        problems, counts = verify(folder, given.raw_dir or _raw_dir_of_config())
    except UserError as error:
        print(error)
        return 2
    for problem in problems:
        print(problem)
    run = f"Release {given.release}, {folder.name}"
    compared = ", ".join(f"{number} {what}" for what, number in counts.items())
    if problems:
        print(f"{run}: {len(problems)} of the files are not as stated ({compared} compared).")
        return 1
    print(f"{run}: all is as stated ({compared}).")
    print(f"sha256 of {PROVENANCE}, which states all other sums: {sha256(folder / PROVENANCE)}")
    if changed := changed_code(_read(folder / PROVENANCE, ("code",))):
        print(f"The project has changed since the run: {', '.join(changed[:5])}{', …' if changed[5:] else ''}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
