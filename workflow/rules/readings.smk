"""
Readings: try every defensible reading of the study where its words are open, beside the run itself.

REQUIRED INPUTS: clean/ tables; the published figures, which no other step reads to choose anything.
OUTPUTS: readings/, for a method that names its readings and a release of the year that they are of.
"""


rule readings:
    """Hold every reading of the study's words against its published numbers."""
    input:
        establishments=rules.clean_register.output.establishments_parquet,
        links=[rules.clean_register.output.links_parquet, rules.clean_results.output.links_parquet],
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        designations=rules.clean_inspections.output.designations_parquet,
        published=here("workflow/facts/published.yaml"),
        code=imports("readings"),
    output:
        readings="results/{release}/{method}/readings/readings.csv",
        tried="results/{release}/{method}/readings/tried.csv",
        quantiles="results/{release}/{method}/readings/quantiles.csv",
    log:
        "logs/{release}/{method}/readings.log",
    benchmark:
        "benchmarks/{release}/{method}/readings.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        readings=lambda w: READINGS[w.method],
        population=of_method("population"),
        derived=of_method("derived", {}),
        reference_date=of_release("reference_date"),
        measures_by_year=lambda w: settings.measures_by_year(present(w.release, "results")),
    script:
        "../../scripts/readings.py"
