"""
Inventory: what a run is made of and what its rules leave, for the step `provenance`. Functions only.

What is stated is asked of Snakemake here; nothing is kept by hand, so a new rule is in it at once. A rule is called
`step` below, since Snakemake's linter takes its proper name before a colon for a definition.
"""

from snakemake.io import strip_wildcard_constraints
from snakemake.iocontainers import Wildcards


def in_run(paths, release, method):
    """Paths as seen from the run's folder: the release's own files are beside it. Without what is of no release."""
    of_release = [str(path) for path in paths if str(path).startswith(f"results/{release}/")]
    return [os.path.relpath(path, f"results/{release}/{method}") for path in of_release]


def filled(patterns, release, method):
    """The paths that patterns stand for in a run, without those that have a further wildcard."""
    paths = (str(path).replace("{release}", release).replace("{method}", method) for path in patterns)
    return [path for path in paths if "{" not in path]


@lru_cache
def made_by(release, method):
    """The rules that make a run: {rule: what it leaves}."""
    made = {}
    for step in workflow.rules:
        patterns = map(strip_wildcard_constraints, map(str, step.output))
        if not readings_of(release, method) and step is rules.readings.rule:
            continue
        if not present(release, "travel") and step is rules.clean_travel.rule:
            continue
        if release in FETCHED and step is rules.acquire.rule:  # is run for one file at a time
            files = [source["file"] for source in present(release).values()]
            patterns = [path.replace("{file}", file) for path in patterns for file in files]
        paths = filled(patterns, release, method)
        if found := in_run(paths, release, method):
            made[step] = found
    return made


def before_provenance(release, method):
    """What all other rules leave, as paths of the run."""
    made = made_by(release, method)
    return [path for step, paths in made.items() if step is not rules.provenance.rule for path in paths]


def tables_of(release, method):
    """The tables that the data dictionary describes, but for itself. The data of a figure are columns of these."""
    tables = [path for path in before_provenance(release, method) if path.endswith(".csv")]
    return [path for path in tables if not path.startswith(("../raw/", "../clean/parts/", "figures/"))]


def below_run(paths):
    """An input function: paths of the run as they lie."""
    return lambda w: [os.path.normpath(f"results/{w.release}/{w.method}/{path}") for path in paths(w.release, w.method)]


@lru_cache
def inputs_of(step, release, method):
    """What a step reads in a run. Of one that is run for one file at a time, and of provenance: what it always reads."""
    if step.wildcard_names <= {"release", "method"} and step is not rules.provenance.rule:
        return step.expand_input(Wildcards(fromdict={"release": release, "method": method}))[0]
    return filled([path for path in step.input if isinstance(path, str)], release, method)


def script_of(step):
    """A rule's script from the top of the project; None where it has none."""
    return str(step.script).removeprefix("../../") if step.script else None


def method_files(name):
    """The files of a method: its own, and those of the methods that it extends."""
    path = f"workflow/methods/{name}.yaml"
    extended = settings.read_yaml(PROJECT / path).get("extends")
    return [path, *(method_files(extended) if extended else ())]


@lru_cache
def code_of(release, method):
    """The project's files that decide what a run's results are, from the top of the project.

    They are what its rules read and run: a file that no rule names, such as notes beside a script, is none of them.
    """
    steps = made_by(release, method)
    read = [path for step in steps for path in inputs_of(step, release, method)]
    read += [file.get_path_or_uri(secret_free=True) for file in workflow.included]
    paths = {str(path).removeprefix(f"{PROJECT}/") for path in read}
    code = {path for path in paths if path.startswith(("scripts/", "workflow/", "report/"))}
    code |= {"Snakefile", "pyproject.toml", "requirements.in", "requirements.lock"}
    code |= set(filter(None, map(script_of, steps)))
    code |= {f"workflow/releases/{release}.yaml", *method_files(METHODS[release, method]["id"])}
    for source in RELEASE_FILES[release]["sources"].values():
        code |= {f"workflow/layouts/{name}.yaml" for name in (source["layout"], *source.get("include", []))}
    if readings_of(release, method):
        code.add(f"workflow/readings/{READINGS[method]['id']}.yaml")
    return sorted(code)


def git_log():
    """Git's log of this checkout, which every commit adds to, as a list; empty where there is none."""
    folder = PROJECT / ".git"
    if folder.is_file():  # in a worktree: a line that says where the folder is
        folder = PROJECT / folder.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    log = folder / "logs" / "HEAD"
    return [str(log)] if log.is_file() else []


def steps_of(release, method):
    """The rules that make a run: what each does and with which script, its inputs, and its outputs."""
    # What a workflow that uses this one as a module puts before the name of a rule.
    prefix = rules.provenance.rule.name.removesuffix("provenance")
    return [
        {
            "step": step.name.removeprefix(prefix),
            "description": (step.docstring or "").strip(),
            "script": script_of(step),
            "inputs": in_run(inputs_of(step, release, method), release, method),
            "outputs": outputs,
        }
        for step, outputs in made_by(release, method).items()
    ]


def parameters_of(wildcards):
    """The settings in effect. Without paths of the user, and without what other runs are made beside this one."""
    release, method = RELEASE_FILES[wildcards.release], METHODS[wildcards.release, wildcards.method]
    excluded = ("releases", "method", "raw_dir", "radius_miles", "travel_minutes", "demo_seed", "demo_scale")
    return {
        **{key: release[key] for key in ("title", "results_year", "reference_date")},
        "generator": release.get("generator"),
        "method": method["id"],
        "radius_miles": method["radius_used_miles"],
        **minutes_of(wildcards),
        **{key: value for key, value in CONFIG.items() if key not in excluded},
    }
