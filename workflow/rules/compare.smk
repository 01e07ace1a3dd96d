rule compare:
    """Set each published statistic beside the run's own: the difference, whether they agree, what that is worth."""
    input:
        results_files=rules.conditions.output.results_files,
        unknown=rules.conditions.output.unknown,
        england=rules.aggregate.output.england,
        england_missing_here=rules.aggregate.output.england_missing_here,
        regions=rules.aggregate.output.regions,
        counts=rules.aggregate.output.criteria,
        published=here("workflow/facts/published.yaml"),
        how=here("workflow/facts/comparisons.yaml"),
        code=imports("compare"),
    output:
        "results/{release}/{method}/compared/published.csv",
    log:
        "logs/{release}/{method}/compare.log",
    benchmark:
        "benchmarks/{release}/{method}/compare.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=criteria_labels,
        compared_with=of_method("compared_with", []),
        results_year=of_release("results_year"),
        synthetic=of_release("synthetic"),
    script:
        "../../scripts/compare.py"
