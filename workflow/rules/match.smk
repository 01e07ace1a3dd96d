"""
Match: find the high-performing schools within the radius of each school in need.

REQUIRED INPUTS: classified/schools of the release.
OUTPUTS: matched/partners.csv, reach.csv, ladder.csv.
"""


rule match:
    """Pairs of the same phase within the radius, and the counts for a ladder of radii."""
    input:
        schools=rules.classify.output.schools_parquet,
        code=imports("match"),
    output:
        partners="results/{release}/matched/partners.csv",
        partners_parquet="results/{release}/matched/partners.parquet",
        reach="results/{release}/matched/reach.csv",
        reach_parquet="results/{release}/matched/reach.parquet",
        ladder="results/{release}/matched/ladder.csv",
        ladder_parquet="results/{release}/matched/ladder.parquet",
    log:
        "logs/{release}/match.log",
    benchmark:
        "benchmarks/{release}/match.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        radius_miles=settings.radius_miles(METHOD, CONFIG["radius_miles"]),
        ladder_miles=METHOD["radius_ladder_miles"],
    message:
        "{wildcards.release}: matching schools"
    script:
        "../../scripts/match.py"
