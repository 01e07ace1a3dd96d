"""
Aggregate: sum up by England, region, local authority and constituency, and write the headline.

REQUIRED INPUTS: classified/ and matched/ of the release.
OUTPUTS: aggregated/*.csv, summary.json.
"""


rule aggregate:
    """Counts, shares and partners of every area, the radius curve, and summary.json."""
    input:
        schools=rules.classify.output.schools_parquet,
        reach=rules.match.output.reach_parquet,
        ladder=rules.match.output.ladder_parquet,
        code=imports("aggregate"),
    output:
        england="results/{release}/aggregated/england.csv",
        regions="results/{release}/aggregated/regions.csv",
        local_authorities="results/{release}/aggregated/local_authorities.csv",
        constituencies="results/{release}/aggregated/constituencies.csv",
        radius_curve="results/{release}/aggregated/radius_curve.csv",
        criteria="results/{release}/aggregated/criteria.csv",
        summary="results/{release}/summary.json",
    log:
        "logs/{release}/aggregate.log",
    benchmark:
        "benchmarks/{release}/aggregate.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        group_of={name: c["group"] for name, c in METHOD["criteria"].items()},
        facts=lambda w: {
            "release": w.release,
            "method": METHOD["id"],
            "synthetic": RELEASE_FILES[w.release]["synthetic"],
            "reference_date": RELEASE_FILES[w.release]["reference_date"],
            "radius_miles": settings.radius_miles(METHOD, CONFIG["radius_miles"]),
        },
    message:
        "{wildcards.release}: summing up by area"
    script:
        "../../scripts/aggregate.py"
