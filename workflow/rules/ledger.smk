rule ledger:
    """Count the rows of every source file anew and follow them to the groups; stop when they do not add up."""
    input:
        raw=raw_files("register", "links", "results", "inspections", "designations", "travel"),
        rejected=rules.rejected.output[0],
        left_out=rules.population.output.left_out,
        establishments=rules.clean_register.output.establishments_parquet,
        links=rules.clean_register.output.links_parquet,
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        designations=rules.clean_inspections.output.designations_parquet,
        travel=of_travel("travel_parquet"),
        schools=rules.population.output.schools_parquet,
        classified=rules.classify.output.schools_parquet,
        reach=rules.match.output.reach_parquet,
        code=imports("ledger"),
    output:
        ledger="results/{release}/{method}/audit/ledger.csv",
        unused="results/{release}/{method}/audit/unused.csv",
    log:
        "logs/{release}/{method}/ledger.log",
    benchmark:
        "benchmarks/{release}/{method}/ledger.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("register", "links", "results", "inspections", "designations", "travel"),
        phases=lambda w: METHODS[w.release, w.method]["population"]["phases"],
    script:
        "../../scripts/ledger.py"
