"""
Inventory: which rule leaves which file of a release, from what, and with which code and settings.

What the audit states is asked of Snakemake here; nothing is kept by hand, so a new rule is in it at once.
A rule is called `one` below, since Snakemake's linter takes its proper name before a colon for a definition.
"""

from functools import lru_cache
from pathlib import Path

from snakemake.io import strip_wildcard_constraints
from snakemake.iocontainers import Wildcards

from provenance import state_of_code

# The folders whose tables the data dictionary describes. The data of a figure are columns of these.
TABLE_FOLDERS = ("clean/", "classified/", "matched/", "aggregated/", "compared/", "caveats/", "audit/")
# Made from what all other rules leave.
LAST = ("provenance", "crate")
# Files of the project that decide a result, beside the release, the method and the layouts in use.
CODE = ("scripts/**/*.py", "workflow/rules/*.smk", "workflow/facts/*.[cjy]*", "report/**/*.*")


def patterns_of(one, release):
    """The patterns of a rule's outputs, below the folder of the release; none if only other releases need the rule."""
    if one.name == "acquire" and release in GENERATED:
        return []
    folder = f"results/{release}/"
    paths = [strip_wildcard_constraints(str(path)).replace("{release}", release) for path in one.output]
    return [path.removeprefix(folder) for path in paths if path.startswith(folder)]


def made_by(release):
    """What the rules leave of a release: {path below its folder: rule}, but for provenance and crate."""
    made = {}
    for one in workflow.rules:
        if one.name not in LAST:
            made |= {path: one.name for path in patterns_of(one, release) if "{" not in path}
    if release in FETCHED:
        for source in present(release).values():
            made |= {f"raw/{source['file']}": "acquire", f"raw/.origin/{source['file']}.json": "acquire"}
    return made


def tables_of(release):
    """The tables that the data dictionary describes, below the folder of the release."""
    return [
        path
        for path in made_by(release)
        if path.startswith(TABLE_FOLDERS) and path.endswith(".csv") and path != "audit/dictionary.csv"
    ]


def code_of(release):
    """The project's files that decide what a release's results are."""
    top = Path(workflow.basedir)
    found = [path.relative_to(top).as_posix() for kind in CODE for path in top.glob(kind) if path.is_file()]
    layouts = {source["layout"] for source in RELEASE_FILES[release]["sources"].values()}
    layouts |= {part for name in layouts for part in settings.read_yaml(top / layout_file(name)).get("include", [])}
    own = [f"workflow/releases/{release}.yaml", f"workflow/methods/{METHOD['id']}.yaml"]
    return sorted([*found, *own, *map(layout_file, layouts), "Snakefile", "requirements.lock"])


def layout_file(name):
    return f"workflow/layouts/{name}.yaml"


def steps_with_files(release):
    """The rules that make a release: what each does and with which script, its inputs, and its outputs."""
    here = Wildcards(fromdict={"release": release})
    folder = f"results/{release}/"
    made = made_by(release)
    steps = []
    for one in workflow.rules:
        makes = patterns_of(one, release) if one.name in LAST else [path for path in made if made[path] == one.name]
        if not makes or one.name == "crate":
            continue
        # A rule with a wildcard of its own is run for one source file at a time, and reads none of the run's files.
        inputs = one.expand_input(here)[0] if one.wildcard_names <= {"release"} else []
        steps.append(
            {
                "step": one.name,
                "description": (one.docstring or f"{str(one.message).split(': ')[-1].capitalize()}.").strip(),
                "script": str(one.script).removeprefix("../../") if one.script else None,
                "inputs": [str(path).removeprefix(folder) for path in inputs if str(path).startswith(folder)],
                "makes": makes,
            }
        )
    return steps


def graph_of(release):
    """The rules that make a release, and for each which others make what it reads."""
    made = made_by(release)
    return [
        {
            "name": one["step"],
            "description": one["description"].split("\n")[0],
            "script": one["script"] or "",
            "needs": list(dict.fromkeys(made[path] for path in one["inputs"] if path in made)),
            "makes": one["makes"],
        }
        for one in steps_with_files(release)
    ]


def parameters_of(release):
    """The settings in effect. Without paths of the user, and without what other releases are run beside this one."""
    stated = RELEASE_FILES[release]
    apart = ("releases", "method", "raw_dir", "radius_miles", "demo_seed", "demo_scale")
    return {
        **{key: stated[key] for key in ("title", "results_year", "reference_date")},
        "generator": stated.get("generator"),
        "method": METHOD["id"],
        "radius_miles": settings.radius_miles(METHOD, CONFIG["radius_miles"]),
        **{key: value for key, value in CONFIG.items() if key not in apart},
    }


@lru_cache
def commit_and_clean():
    """The commit of the project, and whether the tree was clean; asked once, and only where a job needs it."""
    return state_of_code(workflow.basedir)
