"""
Changes: one run against another: who came into need, who left it, who stayed, and why.

REQUIRED INPUTS: the tables of two runs, clean/ to matched/. The folder of a comparison is named after both releases and
the run, or after both runs (nfer-2017--nfer-2017-literal) where they are not the same.
"""


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
        **OF_A_COMPARISON,
    conda:
        "../envs/environment.yaml"
    params:
        runs=compared_runs,
        code=code_of_comparison,
    script:
        "../../scripts/changes.py"


rule compared:
    """Of the releases and methods of the config, each run against the one before it, and the runs themselves."""
    input:
        compared_paths,
        finished_runs(),  # the page of a comparison leads to their reports, and to what needs a finished run


rule over_years:
    """Under a method of three releases or more: in how many a school is in need, of those that can say."""
    input:
        classified=lambda w: [f"results/{release}/{w.run}/classified/schools.parquet" for release in of_run(w.run)],
        changes=lambda w: [
            f"{folder_of((earlier, w.run), (later, w.run))}/schools.csv" for earlier, later in pairwise(of_run(w.run))
        ],
        code=imports("over_years"),
    output:
        schools="results/changes/over_years/{run}/schools.csv",
        years="results/changes/over_years/{run}/years.csv",
    log:
        "logs/changes/over_years/{run}.log",
    benchmark:
        "benchmarks/changes/over_years/{run}.tsv"
    wildcard_constraints:
        run="|".join(map(re.escape, {run for _, run in RUNS})),
    conda:
        "../envs/environment.yaml"
    params:
        releases=lambda w: of_run(w.run),
    script:
        "../../scripts/over_years.py"
