"""Read YAML files so that a fault is named with its line, and name what a user may have meant."""

import difflib
from collections.abc import Iterable
from pathlib import Path

import yaml

from lib.run_step import UserError

PROJECT = Path(__file__).resolve().parents[2]
MOST_NAMED = 80  # candidates that a message lists; a long list, such as the header of an official file, would bury it


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which a key that appears twice is a fault: plain YAML would take the last without a word."""


def _mapping_without_repeats(loader, node):
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key is not a word", key.start_mark)
        if key.value in seen and key.value != "<<":
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' appears twice", key.start_mark)
        seen.add(key.value)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def read_yaml(path: str | Path) -> object:
    """Return the content of a YAML file; dates come back as the text that they are.

    Raises UserError when the file is missing (naming the nearest existing one), is not YAML or has a key twice.
    """
    path = Path(path)
    if not path.is_file():
        near = nearest(path.stem, sorted(p.stem for p in path.parent.glob("*.yaml")))
        raise UserError(f"{shown(path)}: there is no such file.{near} Files of this kind lie in {shown(path.parent)}/.")
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise UserError(f"{shown(path)}{where}: not valid YAML: {problem}. Correct that line and run again.") from None


def parse_yaml(text: str) -> object:
    """Return the content of a YAML text as `read_yaml` does. Raises yaml.YAMLError."""
    return yaml.load(text, _Loader)


def nearest(word: object, candidates: Iterable) -> str:
    """Return ' Did you mean …?' with the candidate nearest to `word`, or the candidates when none is near."""
    candidates = [str(candidate) for candidate in candidates]
    close = difflib.get_close_matches(str(word), candidates, n=1, cutoff=0.5)
    if close:
        return f" Did you mean '{close[0]}'?"
    return f" Valid: {', '.join(candidates)}." if 0 < len(candidates) <= MOST_NAMED else ""


def shown(path: str | Path) -> str:
    """Return a path as the user knows it: from the project's top level where it lies inside."""
    path = Path(path)
    try:
        return path.resolve().relative_to(PROJECT).as_posix()
    except ValueError:
        return path.as_posix()
