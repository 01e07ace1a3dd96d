rule aggregate:
    """Sum up by England, region, local authority and constituency: counts, shares, partners; write summary.json."""
    input:
        schools=rules.classify.output.schools_parquet,
        reach=rules.match.output.reach_parquet,
        bounds=rules.match.output.bounds_parquet,
        bounds_missing_here=rules.match.output.bounds_missing_here_parquet,
        radius_curve=rules.match.output.radius_curve_parquet,
        code=imports("aggregate"),
    output:
        england="results/{release}/{method}/aggregated/england.csv",
        england_missing_here="results/{release}/{method}/aggregated/england_missing_here.csv",
        regions="results/{release}/{method}/aggregated/regions.csv",
        local_authorities="results/{release}/{method}/aggregated/local_authorities.csv",
        constituencies="results/{release}/{method}/aggregated/constituencies.csv",
        urban_rural="results/{release}/{method}/aggregated/urban_rural.csv",
        radius_curve="results/{release}/{method}/aggregated/radius_curve.csv",
        criteria="results/{release}/{method}/aggregated/criteria.csv",
        summary="results/{release}/{method}/summary.json",
    log:
        "logs/{release}/{method}/aggregate.log",
    benchmark:
        "benchmarks/{release}/{method}/aggregate.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=criteria_labels,
        facts=lambda w: {
            "release": w.release,
            "method": METHODS[w.release, w.method]["id"],
            **of_release("synthetic", "reference_date")(w),
            "radius_miles": METHODS[w.release, w.method]["radius_used_miles"],
            **minutes_of(w),
        },
    script:
        "../../scripts/aggregate.py"
