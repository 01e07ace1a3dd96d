"""
Changes: one run against another: who came into need, who left it, who stayed, and why.

REQUIRED INPUTS: the tables of two runs, clean/ to matched/. The folder of a comparison is named after both releases and
the run, or after both runs (nfer-2017--nfer-2017-literal) where they are not the same.
"""


def sides_of(wildcards):
    """The two runs of a comparison, each (release, run)."""
    first, _, second = wildcards.runs.partition(BETWEEN_RUNS)
    return (wildcards.earlier, first), (wildcards.later, second or first)


def tables_compared(side):
    """An input function: the tables of one of the two runs that are compared."""

    def paths(wildcards):
        release, run = sides_of(wildcards)[side]
        return [os.path.normpath(f"results/{release}/{run}/{path}") for path in COMPARED_TABLES]

    return paths


def compared_runs(wildcards):
    """A params function: what each of the two runs is, as scripts/compared_runs.py knows it."""
    told = []
    for release, run in sides_of(wildcards):
        stated = RELEASE_FILES[release]
        partial = [*settings.partial_aspects(present(release), stated["reference_date"])]
        partial += settings.partial_results(present(release))
        keys = ("title", "results_year", "reference_date", "synthetic")
        told.append(
            {
                "release": release,
                **{key: stated[key] for key in keys},
                "method": METHODS[release, run],
                "partial": partial,
            }
        )
    return told


def code_of_comparison(wildcards):
    """A params function: the project's files that decide a comparison of two finished runs, from the top of it."""
    code = {"scripts/changes.py", *(path.removeprefix(f"{PROJECT}/") for path in imports("changes"))}
    code |= {f"workflow/facts/{name}" for name in ("authorities.csv", "comparisons.yaml", "published.yaml")}
    for release, run in sides_of(wildcards):
        code |= {f"workflow/releases/{release}.yaml", *method_files(METHODS[release, run]["id"])}
    return sorted(code)


rule changes:
    """What became of each school, of its group and its partners from one run to another, and why."""
    input:
        earlier=tables_compared(0),
        later=tables_compared(1),
        authorities=here("workflow/facts/authorities.csv"),
        published=here("workflow/facts/published.yaml"),
        how=here("workflow/facts/comparisons.yaml"),
        code=imports("changes"),
    output:
        multiext(
            "results/changes/{earlier}-{later}/{runs}/",
            schools="schools.csv",
            criteria="criteria.csv",
            conditions="conditions.csv",
            partners="partners.csv",
            flows="flows.csv",
            reasons="reasons.csv",
            areas="areas.csv",
            published="published.csv",
            differences="differences.csv",
            summary="summary.json",
            dictionary="dictionary.csv",
            provenance="provenance.json",
        ),
    log:
        "logs/changes/{earlier}-{later}/{runs}/changes.log",
    benchmark:
        "benchmarks/changes/{earlier}-{later}/{runs}/changes.tsv"
    wildcard_constraints:
        earlier="|".join(map(re.escape, RELEASE_FILES)),
        later="|".join(map(re.escape, RELEASE_FILES)),
        runs=rf"({'|'.join(map(re.escape, {run for _, run in RUNS}))}|{BETWEEN_RUNS})+",
    conda:
        "../envs/environment.yaml"
    params:
        runs=compared_runs,
        code=code_of_comparison,
    script:
        "../../scripts/changes.py"


rule compared:
    """Of the releases and methods of the config, each run against the one before it."""
    input:
        [f"{folder_of(*pair)}/summary.json" for pair in [*OVER_TIME, *ON_REQUEST]],
