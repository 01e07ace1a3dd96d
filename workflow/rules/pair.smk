rule pair:
    """Pair schools in need with helpers that are not taken yet, and say which partners are alike, and of which trust."""
    input:
        population=rules.population.output.schools_parquet,
        schools=rules.classify.output.schools_parquet,
        partners=rules.match.output.partners_parquet,
        travel=of_travel("travel_parquet"),
        code=imports("pair"),
    output:
        load="results/{release}/{method}/matched/load.csv",
        likeness="results/{release}/{method}/matched/likeness.csv",
        likeness_parquet="results/{release}/{method}/matched/likeness.parquet",
        support="results/{release}/{method}/matched/support.csv",
        support_parquet="results/{release}/{method}/matched/support.parquet",
        pairing="results/{release}/{method}/matched/pairing.csv",
        pairing_parquet="results/{release}/{method}/matched/pairing.parquet",
        pairing_curve="results/{release}/{method}/aggregated/pairing_curve.csv",
        pairing_of_areas="results/{release}/{method}/aggregated/pairing.csv",
        support_of_areas="results/{release}/{method}/aggregated/support.csv",
        likeness_parts="results/{release}/{method}/aggregated/likeness.csv",
        trusts="results/{release}/{method}/aggregated/trusts.csv",
    log:
        "logs/{release}/{method}/pair.log",
    benchmark:
        "benchmarks/{release}/{method}/pair.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        radius_miles=of_method("radius_used_miles"),
        travel_minutes=of_method("travel_used_minutes"),
        curve_miles=of_method("radius_curve_miles"),
        most_per_helper=lambda w: METHODS[w.release, w.method]["most_per_helper"]["value"],
        alike=alike_parts,
    script:
        "../../scripts/pair.py"
