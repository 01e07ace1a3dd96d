rule match:
    """Find the high-performing schools within the radius of each school in need, and count them by radius."""
    input:
        schools=rules.classify.output.schools_parquet,
        code=imports("match"),
    output:
        partners="results/{release}/{method}/matched/partners.csv",
        partners_parquet="results/{release}/{method}/matched/partners.parquet",
        reach="results/{release}/{method}/matched/reach.csv",
        reach_parquet="results/{release}/{method}/matched/reach.parquet",
        bounds="results/{release}/{method}/matched/bounds.csv",
        bounds_parquet="results/{release}/{method}/matched/bounds.parquet",
        bounds_missing_here="results/{release}/{method}/matched/bounds_missing_here.csv",
        bounds_missing_here_parquet="results/{release}/{method}/matched/bounds_missing_here.parquet",
        radius_curve="results/{release}/{method}/matched/radius_curve.csv",
        radius_curve_parquet="results/{release}/{method}/matched/radius_curve.parquet",
    log:
        "logs/{release}/{method}/match.log",
    benchmark:
        "benchmarks/{release}/{method}/match.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        radius_miles=of_method("radius_used_miles"),
        curve_miles=of_method("radius_curve_miles"),
    script:
        "../../scripts/match.py"
