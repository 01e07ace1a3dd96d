"""
Audit: what came in and what became of it, and what the run was made with.

REQUIRED INPUTS: all that a run of the release leaves.
OUTPUTS: audit/ledger.csv.
"""


rule ledger:
    """Rows in, out and left out of every step; stops the run when they do not add up."""
    input:
        cleaning=rules.clean_population.output.ledger,
        schools=rules.clean_population.output.schools_parquet,
        classified=rules.classify.output.schools_parquet,
        reach=rules.match.output.reach_parquet,
        code=script_of(),
    output:
        "results/{release}/audit/ledger.csv",
    log:
        "logs/{release}/audit/ledger.log",
    benchmark:
        "benchmarks/{release}/audit/ledger.tsv"
    conda:
        "../envs/environment.yaml"
    message:
        "{wildcards.release}: drawing up the ledger"
    script:
        "../../scripts/ledger.py"
