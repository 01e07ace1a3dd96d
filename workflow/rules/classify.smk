"""
Classify: put every school in its group by the criteria of the method, and say what decided it.
"""


rule classify:
    """Say of each school which criteria it meets, and put it in its group."""
    input:
        schools=rules.population.output.schools_parquet,
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        designations=rules.clean_inspections.output.designations_parquet,
        code=imports("classify"),
    output:
        schools="results/{release}/{method}/classified/schools.csv",
        schools_parquet="results/{release}/{method}/classified/schools.parquet",
    log:
        "logs/{release}/{method}/classify.log",
    benchmark:
        "benchmarks/{release}/{method}/classify.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=of_method("criteria"),
        derived=of_method("derived", {}),
        population=of_method("population"),
        partial=partial_sources,
    script:
        "../../scripts/classify.py"


# A rule of its own, so that the matching need not wait for it.
rule conditions:
    """Say what decided each outcome, with which thresholds, and what left it unknown."""
    input:
        schools=rules.population.output.schools_parquet,
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        designations=rules.clean_inspections.output.designations_parquet,
        establishments=rules.clean_register.output.establishments_parquet,
        code=imports("conditions"),
    output:
        criteria="results/{release}/{method}/classified/criteria.csv",
        criteria_parquet="results/{release}/{method}/classified/criteria.parquet",
        conditions="results/{release}/{method}/classified/conditions.csv",
        conditions_parquet="results/{release}/{method}/classified/conditions.parquet",
        thresholds="results/{release}/{method}/classified/thresholds.csv",
        results_files="results/{release}/{method}/classified/results_files.csv",
        unknown="results/{release}/{method}/classified/unknown.csv",
    log:
        "logs/{release}/{method}/conditions.log",
    benchmark:
        "benchmarks/{release}/{method}/conditions.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=of_method("criteria"),
        derived=of_method("derived", {}),
        population=of_method("population"),
        partial=partial_sources,
        layouts=measure_layouts,
        mainstream=lambda w: METHODS[w.release, w.method]["population"]["establishment_types"],
    script:
        "../../scripts/conditions.py"
