"""
Steps: list the steps of the workflow and draw how they hang together, for the report.

REQUIRED INPUTS: none; what Snakemake knows of its rules.
OUTPUTS: audit/steps.csv, figures/steps.svg.
"""


rule steps:
    """The rules of the workflow, what each does, needs and makes."""
    input:
        code=imports("steps"),
    output:
        table="results/{release}/audit/steps.csv",
        drawing="results/{release}/figures/steps.svg",
    log:
        "logs/{release}/steps.log",
    benchmark:
        "benchmarks/{release}/steps.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        rules=lambda w: graph_of(w.release),
    message:
        "{wildcards.release}: listing the steps"
    script:
        "../../scripts/steps.py"
