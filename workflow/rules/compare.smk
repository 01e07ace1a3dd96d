"""
Compare: set each published statistic beside the run's own.

REQUIRED INPUTS: summary.json, classified/{results_files,thresholds}.csv of the release; workflow/facts/.
OUTPUTS: compared/published.csv.
"""


rule compare:
    """Published value, the run's own, the difference, whether they agree, and what that is worth."""
    input:
        summary=rules.aggregate.output.summary,
        results_files=rules.classify.output.results_files,
        thresholds=rules.classify.output.thresholds,
        published="workflow/facts/published.yaml",
        how="workflow/facts/comparisons.yaml",
        code=imports("compare"),
    output:
        "results/{release}/compared/published.csv",
    log:
        "logs/{release}/compare.log",
    benchmark:
        "benchmarks/{release}/compare.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=CRITERIA,
        results_year=of_release("results_year"),
    message:
        "{wildcards.release}: comparing with the published figures"
    script:
        "../../scripts/compare.py"
