rule population:
    """Find the schools of the method's population, what each inherits from a predecessor, and what is left out."""
    input:
        establishments=rules.clean_register.output.establishments_parquet,
        links=[rules.clean_register.output.links_parquet, rules.clean_results.output.links_parquet],
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        authorities=here("workflow/facts/authorities.csv"),
        code=imports("population"),
    output:
        schools="results/{release}/{method}/population/schools.csv",
        schools_parquet="results/{release}/{method}/population/schools.parquet",
        inherited="results/{release}/{method}/population/inherited.csv",
        left_out="results/{release}/{method}/population/left_out.csv",
    log:
        "logs/{release}/{method}/population.log",
    benchmark:
        "benchmarks/{release}/{method}/population.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        population=of_method("population"),
        reference_date=of_release("reference_date"),
        measures_by_year=lambda w: settings.measures_by_year(present(w.release, "results")),
    script:
        "../../scripts/population.py"
