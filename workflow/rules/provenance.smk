"""
Provenance: what the run was made of and what it left, and every column of every table.

What is stated is asked of Snakemake here; nothing is kept by hand, so a new rule is in it at once. A rule is called
`one` below, since Snakemake's linter takes its proper name before a colon for a definition.
"""

from snakemake.io import strip_wildcard_constraints
from snakemake.iocontainers import Wildcards

# The folders whose tables the data dictionary describes. The data of a figure are columns of these.
TABLE_FOLDERS = (
    "../clean/",
    "population/",
    "classified/",
    "matched/",
    "aggregated/",
    "compared/",
    "audit/",
    "caveats/",
)
# Files of the project that decide a result, beside the release, the method and the layouts in use.
CODE = ("scripts/**/*.py", "workflow/rules/*.smk", "workflow/facts/*.[cjy]*", "report/**/*.*")


def in_run(path, release, method):
    """A path as it stands in the run's folder: the release's own files lie beside it. None for another release's."""
    path = str(path)
    run, beside = f"results/{release}/{method}/", f"results/{release}/"
    return (
        path.removeprefix(run)
        if path.startswith(run)
        else f"../{path.removeprefix(beside)}" if path.startswith(beside) else None
    )


def outputs_of(one, release, method):
    """A rule's outputs in a run, but for those with a wildcard of their own."""
    if one.name == "acquire" and release in GENERATED:
        return []
    patterns = (strip_wildcard_constraints(str(path)) for path in one.output)
    paths = (path.replace("{release}", release).replace("{method}", method) for path in patterns)
    return [path for path in (in_run(path, release, method) for path in paths) if path and "{" not in path]


def made_by(release, method):
    """What the rules leave of a run: {path: rule}."""
    made = {path: one.name for one in workflow.rules for path in outputs_of(one, release, method)}
    if release in FETCHED:
        for source in present(release).values():
            made |= {f"../raw/{source['file']}": "acquire", f"../raw/.origin/{source['file']}.json": "acquire"}
    return made


def before_provenance(wildcards):
    """What all other rules leave, as paths of the run."""
    made = made_by(wildcards.release, wildcards.method)
    return [path for path in made if made[path] != "provenance"]


def tables_of(wildcards):
    """The tables that the data dictionary describes, but for itself."""
    return [
        path
        for path in before_provenance(wildcards)
        if path.startswith(TABLE_FOLDERS) and path.endswith(".csv") and "/parts/" not in path
    ]


def below_run(paths):
    """An input function: paths of the run as they lie."""
    return lambda wildcards: [
        os.path.normpath(f"results/{wildcards.release}/{wildcards.method}/{path}") for path in paths(wildcards)
    ]


def code_of(wildcards):
    """The project's files that decide what the run's results are, from the top of the project."""
    found = [path.relative_to(PROJECT).as_posix() for kind in CODE for path in PROJECT.glob(kind) if path.is_file()]
    layouts = {source["layout"] for source in RELEASE_FILES[wildcards.release]["sources"].values()}
    layouts |= {part for name in layouts for part in settings.read_yaml(PROJECT / layout_file(name)).get("include", [])}
    own = [
        f"workflow/releases/{wildcards.release}.yaml",
        f"workflow/methods/{METHODS[wildcards.method]['id']}.yaml",
    ]
    return sorted([*found, *own, *map(layout_file, layouts), "Snakefile", "requirements.lock"])


def layout_file(name):
    return f"workflow/layouts/{name}.yaml"


def steps_of(wildcards):
    """The rules that make a run: what each does and with which script, its inputs, and its outputs."""
    release, method = wildcards.release, wildcards.method
    of_run, made = Wildcards(fromdict={"release": release, "method": method}), made_by(release, method)
    steps = []
    for one in workflow.rules:
        makes = [path for path in made if made[path] == one.name]
        if not makes:
            continue
        # A rule with a wildcard of its own is run for one source file at a time; the last one reads all there is.
        reads = one.wildcard_names <= {"release", "method"} and one.name != "provenance"
        inputs = one.expand_input(of_run)[0] if reads else []
        steps.append(
            {
                "step": one.name,
                "description": one.docstring.strip() if one.docstring else f"{str(one.message).capitalize()}.",
                "script": str(one.script).removeprefix("../../") if one.script else None,
                "inputs": [path for path in (in_run(path, release, method) for path in inputs) if path],
                "makes": makes,
            }
        )
    return steps


def parameters_of(wildcards):
    """The settings in effect. Without paths of the user, and without what other runs are made beside this one."""
    release, method = RELEASE_FILES[wildcards.release], METHODS[wildcards.method]
    excluded = ("releases", "method", "raw_dir", "radius_miles", "demo_seed", "demo_scale")
    return {
        **{key: release[key] for key in ("title", "results_year", "reference_date")},
        "generator": release.get("generator"),
        "method": method["id"],
        "radius_miles": method["radius_used_miles"],
        **{key: value for key, value in CONFIG.items() if key not in excluded},
    }


rule provenance:
    """Sources, settings, versions, commit and every file with its sum, also as an RO-Crate; the data dictionary."""
    input:
        made=below_run(before_provenance),
        tables=below_run(tables_of),
        manifest=rules.manifest.output[0],
        project=here("pyproject.toml"),
        lock=here("requirements.lock"),
        code=lambda w: [here(path) for path in code_of(w)],
    output:
        dictionary="results/{release}/{method}/audit/dictionary.csv",
        provenance="results/{release}/{method}/audit/provenance.json",
        crate="results/{release}/{method}/ro-crate-metadata.json",
    log:
        "logs/{release}/{method}/provenance.log",
    benchmark:
        "benchmarks/{release}/{method}/provenance.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of,
        parameters=parameters_of,
        steps=steps_of,
        tables=tables_of,
        sources=sources(),
        labels=criteria_labels,
    message:
        "{wildcards.release}, {wildcards.method}: stating what the run was made of"
    script:
        "../../scripts/provenance.py"
