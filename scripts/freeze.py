"""Write what the last run fetched into the release file: address, sha256 and what it was found by, source by source.

Usage: python scripts/freeze.py RELEASE [--source NAME …] [--results results]
Reads raw/manifest.json of the release. Changes workflow/releases/{release}.yaml: the keys url, sha256 and found of each
source that was downloaded; every other line, and every comment, stays. The next run then takes the same files.
Exit code 0: done; 1: a source could not be frozen, and was left as it is; 2: nothing was changed.
"""

import argparse
import contextlib
import copy
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from check_sources import last_records
from lib import settings
from lib.run_step import UserError
from lib.settings.models import Release, check
from lib.yaml_files import parse_yaml, shown

BEHIND = ("url", "find", "file")  # the keys behind which a new one is put, if they are there


def facts(source: Mapping, record: Mapping) -> dict:
    """Return the keys of a source that freeze its file: `record`, that of the file in raw/manifest.json."""
    stated = {"url": record["origin"]} if record["origin"] not in (source.get("url"), source.get("archived")) else {}
    found = {"found": record["found"]} if "found" in record else {}
    return {**stated, "sha256": record["sha256"], **found}


def frozen(text: str, source: str, keys: Mapping) -> str:
    """Return the text of a release file in which `source` has `keys`, and all else is as it was.

    Raises UserError where its block cannot be changed without another one changing too.
    """
    expected = copy.deepcopy(parse_yaml(text))
    expected["sources"][source] |= keys
    with contextlib.suppress(ValueError, yaml.YAMLError):
        made = _written(text, source, keys)
        if parse_yaml(made) == expected:
            return made
    raise UserError(
        f"sources.{source}: its block cannot be changed by itself: it is written in one line, or another source takes "
        f"its keys over (<<). Write both out, or add by hand: {json.dumps(dict(keys), ensure_ascii=False)}"
    )


def _written(text, source, keys):
    block = _entry(_entry(yaml.compose(text), "sources")[1], source)[1]
    own, edits = {key.value: (key, value) for key, value in block.value}, []
    behind = next((own[name] for name in BEHIND if name in own), None)
    if block.flow_style or behind is None:
        raise ValueError
    indent, new_line = " " * block.start_mark.column, "\r\n" if "\r\n" in text else "\n"
    place = text.find("\n", _end(behind[1])) + 1 or len(text)
    added = "" if text[:place].endswith("\n") else new_line
    for name, value in keys.items():
        lines = _lines(name, value)
        if name not in own:
            added += "".join(f"{indent}{line}{new_line}" for line in lines)
        else:
            key, old = own[name]
            edits.append((key.start_mark.index, _end(old), f"{new_line}{indent}".join(lines)))
    for start, end, new in sorted([*edits, (place, place, added)], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _entry(mapping, name):
    return next((key, value) for key, value in mapping.value if key.value == name)


def _end(node):
    """Where the last value in a node ends: the node itself ends only where the next thing begins."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return node.end_mark.index


def _lines(name, value):
    if isinstance(value, Mapping):
        # As texts in quotation marks, since a title may hold what means something in YAML, and a version is no number.
        parts = {key: part if key == "date" else json.dumps(part, ensure_ascii=False) for key, part in value.items()}
        return [f"{name}:", *(f"  {key}: {part}" for key, part in parts.items())]
    return [f"{name}: {value}"]


def freeze(path: Path, records: Mapping[str, Mapping]) -> tuple[list[str], list[str]]:
    """Freeze, in the release file at `path`, the sources that have a record; return (what was done, what could not)."""
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    sources, done, left = parse_yaml(text)["sources"], [], []
    for name, record in records.items():
        keys = facts(sources[name], record)
        try:
            text = frozen(text, name, keys)
            done.append(f"{name}: {', '.join(keys)}")
        except UserError as error:
            left.append(str(error))
    check(Release, parse_yaml(text), shown(path))
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="")
    os.replace(part, path)
    return done, left


def main(arguments: list[str] | None = None) -> int:
    """Freeze the sources of a release from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="release, e.g. 2016")
    parser.add_argument("--source", nargs="*", help="sources to freeze (default: all that were downloaded)")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    given = parser.parse_args(arguments)
    try:
        stated = settings.load_release(given.release)["sources"]
        records = last_records(given.results, given.release)
        downloaded = {n: r for n, r in records.items() if "://" in r["origin"] and n in (given.source or stated)}
        if unknown := [name for name in given.source or [] if name not in downloaded]:
            raise UserError(f"{', '.join(unknown)}: the last run of release {given.release} downloaded no such source.")
        if not downloaded:
            raise UserError(
                f"The last run of release {given.release} downloaded nothing, or there was none. Run it first: its "
                f"files are listed in {given.results}/{given.release}/raw/manifest.json."
            )
        path = settings.WORKFLOW / "releases" / f"{given.release}.yaml"
        done, left = freeze(path, downloaded)
    except UserError as error:
        print(error)
        return 2
    print("\n".join(f"{shown(path)}: {line}" for line in [*done, *left]))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
