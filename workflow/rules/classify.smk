"""
Classify: put every school in its group by the criteria of the method.

REQUIRED INPUTS: clean/ of the release.
OUTPUTS: classified/schools.csv, criteria.csv, thresholds.csv, results_files.csv, sensitivity.csv.
"""


rule classify:
    """Each criterion for each school, met, not met or not assessable; groups; the weight of each assumption."""
    input:
        schools=rules.clean_population.output.schools_parquet,
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        designations=rules.clean_inspections.output.designations_parquet,
        establishments=rules.clean_register.output.establishments,
        code=imports("classify"),
    output:
        schools="results/{release}/classified/schools.csv",
        schools_parquet="results/{release}/classified/schools.parquet",
        criteria="results/{release}/classified/criteria.csv",
        criteria_parquet="results/{release}/classified/criteria.parquet",
        thresholds="results/{release}/classified/thresholds.csv",
        results_files="results/{release}/classified/results_files.csv",
        sensitivity="results/{release}/classified/sensitivity.csv",
    log:
        "logs/{release}/classify.log",
    benchmark:
        "benchmarks/{release}/classify.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=METHOD["criteria"],
        derived=METHOD.get("derived", {}),
        mainstream=METHOD["population"]["establishment_types"],
        has_designations=lambda w: bool(present(w.release, "designations")),
    message:
        "{wildcards.release}: classifying schools"
    script:
        "../../scripts/classify.py"
