"""
What every part shares: config, releases and method, read and checked before any job starts.

Settings reach the steps as parameters, section by section, so that a changed setting reruns only the steps that
depend on it: a column reruns the cleaning, a threshold the classification, the radius the matching.
"""

import settings
from acquire import AcquireError, check_not_forgotten, find_supplied

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
except (settings.SettingsError, AcquireError) as error:
    raise WorkflowError(f"\n\n{error}\n") from None

CRITERIA = {name: {"group": c["group"], "label": c["label"]} for name, c in METHOD["criteria"].items()}
NOT_MANIFEST = r"(?!manifest\.json$)"  # a raw file, but not the list of them
RELEASES = list(RELEASE_FILES)
GENERATED = [name for name in RELEASES if "generator" in RELEASE_FILES[name]]
FETCHED = [name for name in RELEASES if name not in GENERATED]


wildcard_constraints:
    release="|".join(RELEASES),


def script_of(*names):
    """The scripts that a rule's script imports: declared as inputs, so that a change in one reruns the rule."""
    return [
        f"scripts/{name}.py"
        for name in dict.fromkeys((*names, "settings", "step", "tables", "schemas", "source_files", "acquire"))
    ]


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
