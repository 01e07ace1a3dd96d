"""
What every part shares: config, releases and methods, read and checked before any job starts.

Settings reach the steps as parameters, section by section, so that a changed setting reruns only the steps that
depend on it: a column reruns the cleaning, a threshold the classification, the radius the matching.

A run is a release under a method. The wildcard `method` is the run's id: the method's, and the radius, or the minutes of
travel, where the config sets others than the method's own.
"""

import os
import re
import sys
from functools import lru_cache
from pathlib import Path

# Of this file, not of the main Snakefile: another workflow may use this one as a module.
PROJECT = Path(str(workflow.current_basedir)).resolve().parents[1]
sys.path.insert(0, f"{PROJECT}/scripts")

from lib import settings
from lib.readings import columns as reading_columns
from lib.origins import as_asked, check_not_forgotten, find_supplied
from lib.run_files import COMPARED_TABLES
from lib.run_step import UserError, one_thread_each

one_thread_each()

# The project's own config, or that of the folder in which the run is made (--directory).
CONFIG_FILE = Path("config.yaml") if Path("config.yaml").is_file() else PROJECT / "config.yaml"
CONFIG_FILES = [CONFIG_FILE, *workflow.overwrite_configfiles]

try:
    # Snakemake takes the last of two equal keys without a word, and names no line.
    for file in CONFIG_FILES:
        settings.read_yaml(file)
except UserError as error:
    raise WorkflowError(f"\n\n{error}\n") from None


configfile: str(CONFIG_FILE)


try:
    CONFIG = settings.load_config(config, CONFIG_FILES)
    RELEASE_FILES = {name: settings.load_release(name, CONFIG) for name in CONFIG["releases"]}
    METHODS, READINGS = {}, {}  # the method as it is in the release's year, by release and run; its readings, by run
    STATED = dict.fromkeys(CONFIG["method"] or [release["method"] for release in RELEASE_FILES.values()])
    for method_name in STATED:
        STATED[method_name] = settings.method_of_run(
            settings.load_method(method_name), CONFIG["radius_miles"], CONFIG["travel_minutes"]
        )
        settings.check_measures(STATED[method_name])
        if "readings" in STATED[method_name]:
            run = STATED[method_name]["run"]
            READINGS[run] = settings.load_readings(STATED[method_name]["readings"], STATED[method_name])
    for name, release in RELEASE_FILES.items():
        for method_name in CONFIG["method"] or [release["method"]]:
            method = settings.method_of_year(STATED[method_name], release["results_year"])
            METHODS[name, method["run"]] = method
    RUNS = list(METHODS)
    for name in RELEASE_FILES:
        check_not_forgotten(CONFIG["raw_dir"], name, f"results/{name}/raw")
    SUPPLIED = {
        (name, source_id): find_supplied(CONFIG["raw_dir"], name, source, release["synthetic"])
        for name, release in RELEASE_FILES.items()
        for source_id, source in release["sources"].items()
    }
except UserError as error:
    raise WorkflowError(f"\n\n{error}\n") from None

GENERATED = [name for name, release in RELEASE_FILES.items() if "generator" in release]
FETCHED = [name for name in RELEASE_FILES if name not in GENERATED]
IMPORT = re.compile(r"^ *(?:from ([a-z_][\w.]*) )?import (\([^)]*\)|.+)", re.MULTILINE)


wildcard_constraints:
    release="|".join(map(re.escape, RELEASE_FILES)),
    method="|".join(map(re.escape, {run for _, run in RUNS})),


def here(path):
    """A file of the project as a rule's input: from the working directory where that is the project's own."""
    return path if PROJECT == Path.cwd().resolve() else str(PROJECT / path)


@lru_cache
def imported_by(path):
    """The project's own modules that a Python file imports itself, at its top or further in."""
    names = set()
    # To parse the files would take as long as all else of the Snakefile.
    for module, parts in IMPORT.findall(path.read_text(encoding="utf-8")):
        parts = re.findall(r"[A-Za-z_][\w.]*", parts)
        names |= {module, *(f"{module}.{part}" for part in parts)} if module else set(parts)
    parents = {name.rsplit(".", depth)[0] for name in names for depth in range(name.count(".") + 1)}
    below = [PROJECT / "scripts" / name.replace(".", "/") for name in parents]
    return {file for path in below for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()}


@lru_cache
def imports(script):
    """The project's own modules that a script imports, and those that they import: a change in one reruns the rule.

    The script itself is not among them: Snakemake watches it.
    """
    own = PROJECT / "scripts" / f"{script}.py"
    found, unread = set(), {own}
    while unread:
        new = imported_by(unread.pop()) - found - {own}
        found |= new
        unread |= new
    return [here(path.relative_to(PROJECT).as_posix()) for path in sorted(found)]


def present(release, *kinds):
    """The release's sources, of some kinds, that this run has: an optional one only where there is a file to be had."""
    return {
        source_id: source
        for source_id, source in RELEASE_FILES[release]["sources"].items()
        if (not kinds or source["kind"] in kinds)
        and (
            not source.get("optional")
            or {"url", "find", "archived"} & source.keys()
            or release in GENERATED
            or SUPPLIED[release, source_id]
        )
    }


try:
    for release, run in RUNS:
        timed = [source["file"] for source in present(release, "travel").values()]
        METHODS[release, run] = settings.with_travel(METHODS[release, run], release, timed, CONFIG["travel_minutes"])
except UserError as error:
    raise WorkflowError(f"\n\n{error}\n") from None


def raw_files(*kinds):
    """An input function: the raw files of the release's sources of some kinds, in the order of `sources`."""
    return lambda wildcards: [
        f"results/{wildcards.release}/raw/{source['file']}" for source in present(wildcards.release, *kinds).values()
    ]


def sources(*kinds):
    """A params function: how the sources of some kinds are laid out."""
    return lambda wildcards: {
        source_id: settings.layout_of(source) for source_id, source in present(wildcards.release, *kinds).items()
    }


def of_release(*keys):
    """A params function: one entry of the release file, or several as a mapping."""
    if len(keys) == 1:
        return lambda wildcards: RELEASE_FILES[wildcards.release][keys[0]]
    return lambda wildcards: {key: RELEASE_FILES[wildcards.release][key] for key in keys}


def of_method(key, default=None):
    """A params function: one section of the run's method."""
    return lambda wildcards: METHODS[wildcards.release, wildcards.method].get(key, default)


def of_travel(output):
    """An input function: what clean_travel leaves of a release that has travel times; nothing of others."""

    def files(wildcards):
        path = rules.clean_travel.output[output].replace("{release}", wildcards.release)
        return [path] if present(wildcards.release, "travel") else []

    return files


def minutes_of(wildcards):
    """A part of params: the minutes of travel of a run that has travel times; nothing of others."""
    used = of_method("travel_used_minutes")(wildcards)
    return {"travel_minutes": used} if used else {}


def criteria_labels(wildcards):
    """A params function: {criterion: {group, label}} of the run's method, without its tests."""
    criteria = of_method("criteria")(wildcards).items()
    return {name: {"group": criterion["group"], "label": criterion["label"]} for name, criterion in criteria}


def alike_parts(wildcards):
    """A params function: {phase: parts} of what makes two schools alike, without their words and reasons."""
    keys = ("id", "attribute", "is", "value")
    parts = of_method("alike")(wildcards).items()
    return {phase: [{key: part[key] for key in keys if key in part} for part in stated] for phase, stated in parts}


def alike_labels(wildcards):
    """A params function: {id: label} of the parts of likeness."""
    return {name: label for parts in alike_words(wildcards).values() for name, label in parts.items()}


def alike_words(wildcards):
    """A params function: {phase: {id: label}} of the parts of likeness."""
    parts = of_method("alike")(wildcards).items()
    return {phase: {part["id"]: part["label"] for part in stated} for phase, stated in parts}


def criteria_groups(wildcards):
    """A params function: the groups of which the run's method has criteria, sorted."""
    return sorted({criterion["group"] for criterion in of_method("criteria")(wildcards).values()})


def readings_of(release, method):
    """What the step leaves of a run, {name: path}; nothing of one that tries no readings."""
    stated = READINGS.get(method)
    if stated is None or stated["results_year"] != RELEASE_FILES[release]["results_year"]:
        return {}
    paths = rules.readings.output.items()
    return {name: path.replace("{release}", release).replace("{method}", method) for name, path in paths}


def measure_layouts(wildcards):
    """The columns of all sources, also of optional ones that are absent: what is missing has a name too."""
    sources = RELEASE_FILES[wildcards.release]["sources"].values()
    return [{"phase": source.get("phase"), "columns": source["columns"]} for source in sources]


def partial_sources(wildcards):
    """A params function: of which aspects of inspections, and results of which phase, a file lacks rows."""
    return settings.partial_data(present(wildcards.release), RELEASE_FILES[wildcards.release]["reference_date"])


def fetched(wildcards):
    """The id of the source that a raw file is."""
    (source_id,) = (name for name, s in present(wildcards.release).items() if s["file"] == wildcards.file)
    return source_id


def asked(wildcards):
    """A params function: what decides which file a source is. Its title and notes do not."""
    release, source_id = RELEASE_FILES[wildcards.release], fetched(wildcards)
    stated = settings.origin_of(release["sources"][source_id], release["reference_date"])
    return as_asked(f"results/{wildcards.release}/raw/.origin/{wildcards.file}.json", stated)


def urn_columns(wildcards):
    """A params function: the names that the column of URNs may have in a raw file."""
    names = RELEASE_FILES[wildcards.release]["sources"][fetched(wildcards)].get("columns", {}).get("urn", {})
    names = names.get("column", [])
    return [names] if isinstance(names, str) else names


def supplied(wildcards):
    """The user's own file for a source, where there is one."""
    return SUPPLIED[wildcards.release, fetched(wildcards)] or []


def generated_release(release):
    """What decides the files of a generated release: its titles do not."""
    dated = {key: release[key] for key in ("results_year", "reference_date")}
    return dated | {"sources": {name: settings.layout_of(source) for name, source in release["sources"].items()}}


def described(wildcards):
    """What a release file says of its sources as files, and not of how they are read."""
    release = RELEASE_FILES[wildcards.release]
    keys = ("file", "title", "publisher", "page", "licence", "note", "optional", "partial", "not_filled")
    stated = {
        name: source
        for name, source in release["sources"].items()
        # Travel times are nobody's publication, of which a report could say that it was not available.
        if source["kind"] != "travel" or name in present(wildcards.release)
    }
    sources = {name: {key: source[key] for key in keys if key in source} for name, source in stated.items()}
    for name, source in stated.items():
        if "supplies" in source:
            labels = [source["columns"][column]["label"] for column in source["supplies"]]
            sources[name] |= {"supplies": labels, "adds_to": settings.added_to(source, stated)}
    return {key: release[key] for key in ("id", "synthetic", "licence")} | {"sources": sources}
