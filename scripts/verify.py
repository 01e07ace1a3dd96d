"""Recompute the sums of a finished run and count its figures anew; say what differs.

Usage: python scripts/verify.py RELEASE [--method METHOD] [--results results]
Reads audit/provenance.json and ro-crate-metadata.json of the run, raw/manifest.json of its release, and every file.
Exit code 0: all is as stated; 1: something differs, is missing or is not listed; 2: there is no finished run to verify.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from crate import crate as crate_of
from lib.files import sha256
from lib.run_files import CRATE, NOT_LISTED, PROVENANCE, RAW, Provenance, Sum, finished_run, sums
from lib.run_step import UserError
from verify_figures import wrong_figures

PROJECT = Path(__file__).resolve().parent.parent


def verify(folder: str | Path) -> tuple[list[str], str]:
    """Return (problems, what was compared) of the run in `folder`.

    A problem is a text that begins with the path of a file; none when all is as stated.
    Raises UserError where provenance, manifest or crate is not there or cannot be read.
    """
    folder = Path(folder)
    provenance = _read(folder / PROVENANCE, Provenance.__required_keys__)
    manifest, crate = _read(folder / f"{RAW}manifest.json", ("files",)), _read(folder / CRATE, ("@graph",))
    found = sums(folder)
    in_crate = {
        unquote(entity["@id"]): entity["sha256"]
        for entity in crate["@graph"]
        if entity["@type"] == "File" and "sha256" in entity
    }
    stated = [(entry["file"], entry["sha256"], f"step {entry['step']} made it") for entry in provenance["outputs"]]
    stated += [(f"{RAW}{entry['file']}", entry["sha256"], "raw/manifest.json lists it") for entry in manifest["files"]]
    stated += [(path, digest, f"{CRATE} lists it") for path, digest in in_crate.items()]
    expected = {entry["file"] for part in ("outputs", "left_out") for entry in provenance[part]} | set(NOT_LISTED)
    new = [f"{path}: not listed: it is new, or does not belong to the run" for path in found if path not in expected]
    compared = f"{len(provenance['outputs'])} files of the run, {len(manifest['files'])} source files"
    # A crate of this provenance must say all that the provenance makes a crate say; another one is named in any case.
    of_this = in_crate.get(PROVENANCE, found[PROVENANCE]["sha256"]) == found[PROVENANCE]["sha256"]
    if of_this and crate != json.loads(json.dumps(crate_of(provenance, found[PROVENANCE]))):
        new.append(f"{CRATE}: differs from what {PROVENANCE} makes it")
    problems = [*_unequal(stated, found), *new]
    if not problems:
        problems, figures = wrong_figures(folder)
        compared += f", {figures:,} figures counted anew" if figures else ""
    first: dict[str, str] = {}  # one problem a file: the first says most
    for problem in problems:
        first.setdefault(problem.split(": ")[0], problem)
    return list(first.values()), compared


def _unequal(stated: Iterable[tuple[str, str, str]], found: Mapping[str, Sum]) -> Iterable[str]:
    """What is missing or differs. `stated`: (path, sha256, who states it) each."""
    for path, digest, who in stated:
        if path not in found:
            yield f"{path}: missing: {who}"
        elif (now := found[path]["sha256"]) != digest:
            yield f"{path}: differs: {who} with sha256 {digest}; now {now}"


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


def main(arguments: list[str] | None = None) -> int:
    """Verify a run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="release, e.g. 2016")
    parser.add_argument("--method", help="run of the release, where there are several, e.g. nfer-2017")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    given = parser.parse_args(arguments)
    try:
        folder = finished_run(given.results, given.release, given.method)
        problems, compared = verify(folder)
    except UserError as error:
        print(error)
        return 2
    run = f"Release {given.release}, {folder.name}"
    if problems:
        print("\n".join(problems))
        print(f"{run}: {len(problems)} of the files are not as stated ({compared} compared).")
        return 1
    print(f"{run}: all is as stated ({compared}).")
    print(f"sha256 of {PROVENANCE}, which states all other sums: {sha256(folder / PROVENANCE)}")
    if changed := changed_code(_read(folder / PROVENANCE, ("code",))):
        print(f"The project has changed since the run: {', '.join(changed[:5])}{', …' if changed[5:] else ''}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
