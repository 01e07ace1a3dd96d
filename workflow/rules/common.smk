"""
What every part shares: config, releases and method, read and checked before any job starts.

Settings reach the steps as parameters, section by section, so that a changed setting reruns only the steps that
depend on it: a column reruns the cleaning, a threshold the classification, the radius the matching.
"""

import ast
from functools import lru_cache
from pathlib import Path

from acquire import check_not_forgotten, find_supplied
from lib import settings
from lib.run_step import UserError

try:
    CONFIG = settings.load_config(config)
    METHOD = settings.load_method(CONFIG["method"])
    RELEASE_FILES = {name: settings.load_release(name, CONFIG) for name in CONFIG["releases"]}
    settings.check_measures(METHOD)
    for name in RELEASE_FILES:
        check_not_forgotten(CONFIG["raw_dir"], name, f"results/{name}/raw")
    SUPPLIED = {
        (name, source_id): find_supplied(CONFIG["raw_dir"], name, source, release["synthetic"])
        for name, release in RELEASE_FILES.items()
        for source_id, source in release["sources"].items()
    }
except UserError as error:
    raise WorkflowError(f"\n\n{error}\n") from None

CRITERIA = {name: {"group": c["group"], "label": c["label"]} for name, c in METHOD["criteria"].items()}
NOT_MANIFEST = r"(?!manifest\.json$)"  # a raw file, but not the list of them
RELEASES = list(RELEASE_FILES)
GENERATED = [name for name in RELEASES if "generator" in RELEASE_FILES[name]]
FETCHED = [name for name in RELEASES if name not in GENERATED]


wildcard_constraints:
    release="|".join(RELEASES),


@lru_cache
def imports(script):
    """The project's own modules that a script imports, and those that they import: a change in one reruns the rule.

    The script itself is not among them: Snakemake watches it.
    """
    top = Path(workflow.basedir) / "scripts"
    found, left = {}, [top / f"{script}.py"]
    while left:
        path = left.pop()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module, *(f"{node.module}.{part.name}" for part in node.names)]
            elif isinstance(node, ast.Import):
                names = [part.name for part in node.names]
            else:
                continue
            for name in names:
                below = top / name.replace(".", "/")
                for module in (below.with_suffix(".py"), below / "__init__.py"):
                    if module.is_file() and module not in found and module != top / f"{script}.py":
                        found[module] = None
                        left.append(module)
    return [path.relative_to(workflow.basedir).as_posix() for path in sorted(found)]


def present(release, *kinds):
    """The release's sources, of some kinds, that this run has: an optional one only where there is a file to be had."""
    return {
        source_id: source
        for source_id, source in RELEASE_FILES[release]["sources"].items()
        if (not kinds or source["kind"] in kinds)
        and (not source.get("optional") or "url" in source or release in GENERATED or SUPPLIED[release, source_id])
    }


def raw_files(*kinds):
    """An input function: the raw files of the release's sources of some kinds, by source id."""

    def files(wildcards):
        return {
            source_id: f"results/{wildcards.release}/raw/{source['file']}"
            for source_id, source in present(wildcards.release, *kinds).items()
        }

    return files


def sources(*kinds):
    """A params function: how the sources of some kinds are laid out."""
    return lambda wildcards: {
        source_id: settings.layout_of(source) for source_id, source in present(wildcards.release, *kinds).items()
    }


def of_release(key):
    """A params function: one entry of the release file."""
    return lambda wildcards: RELEASE_FILES[wildcards.release][key]


def source_of_file(wildcards):
    """The id of the source that a raw file belongs to."""
    named = {s["file"]: name for name, s in present(wildcards.release).items()}
    return named[wildcards.file]


def supplied(wildcards):
    """The user's own file for a source, where there is one."""
    return SUPPLIED[wildcards.release, source_of_file(wildcards)] or []
