"""
Clean: from source files to the tables of schools, results and inspections; every row left out is written down.

REQUIRED INPUTS: raw/ of the release.
OUTPUTS: clean/schools.csv, results.csv, results_summary.csv, inspections.csv, designations.csv, inherited.csv,
set_aside.csv, rejected.csv; the ledger of the cleaning. Files in clean/parts/ pass from one rule to the next.
"""


rule clean_register:
    """Establishments and the links between them."""
    input:
        unpack(raw_files("register", "links")),
        code=imports("clean_register"),
    output:
        establishments="results/{release}/clean/parts/establishments.parquet",
        links="results/{release}/clean/parts/links.parquet",
        rejected="results/{release}/clean/parts/rejected_register.parquet",
        set_aside="results/{release}/clean/set_aside.csv",
    log:
        "logs/{release}/clean/register.log",
    benchmark:
        "benchmarks/{release}/clean/register.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("register", "links"),
    message:
        "{wildcards.release}: cleaning the register"
    script:
        "../../scripts/clean_register.py"


rule clean_results:
    """Results of key stages 2 and 4, also of earlier years."""
    input:
        unpack(raw_files("results")),
        code=imports("clean_results"),
    output:
        results="results/{release}/clean/results.csv",
        results_parquet="results/{release}/clean/results.parquet",
        summary="results/{release}/clean/results_summary.csv",
        links="results/{release}/clean/parts/links_results.parquet",
        rejected="results/{release}/clean/parts/rejected_results.parquet",
    log:
        "logs/{release}/clean/results.log",
    benchmark:
        "benchmarks/{release}/clean/results.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("results"),
    message:
        "{wildcards.release}: cleaning results"
    script:
        "../../scripts/clean_results.py"


rule clean_inspections:
    """Inspections and designations as they stood on the reference date."""
    input:
        unpack(raw_files("inspections", "designations")),
        code=imports("clean_inspections"),
    output:
        inspections="results/{release}/clean/inspections.csv",
        inspections_parquet="results/{release}/clean/inspections.parquet",
        designations="results/{release}/clean/designations.csv",
        designations_parquet="results/{release}/clean/designations.parquet",
        rejected="results/{release}/clean/parts/rejected_inspections.parquet",
    log:
        "logs/{release}/clean/inspections.log",
    benchmark:
        "benchmarks/{release}/clean/inspections.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("inspections", "designations"),
        reference_date=of_release("reference_date"),
    message:
        "{wildcards.release}: cleaning inspections"
    script:
        "../../scripts/clean_inspections.py"


rule clean_population:
    """Which establishments are schools of the population, and under which URN their data stand."""
    input:
        unpack(raw_files("register", "links", "results", "inspections", "designations")),
        cleaned_establishments=rules.clean_register.output.establishments,
        cleaned_links=rules.clean_register.output.links,
        cleaned_results=rules.clean_results.output.results_parquet,
        cleaned_results_links=rules.clean_results.output.links,
        cleaned_inspections=rules.clean_inspections.output.inspections_parquet,
        cleaned_designations=rules.clean_inspections.output.designations_parquet,
        rejected=[
            rules.clean_register.output.rejected,
            rules.clean_results.output.rejected,
            rules.clean_inspections.output.rejected,
        ],
        code=imports("population"),
    output:
        schools="results/{release}/clean/schools.csv",
        schools_parquet="results/{release}/clean/schools.parquet",
        inherited="results/{release}/clean/inherited.csv",
        rejected="results/{release}/clean/rejected.csv",
        ledger="results/{release}/clean/parts/ledger.parquet",
    log:
        "logs/{release}/clean/population.log",
    benchmark:
        "benchmarks/{release}/clean/population.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("register", "links", "results", "inspections", "designations"),
        reference_date=of_release("reference_date"),
        population=METHOD["population"],
        measures_by_year=lambda w: settings.measures_by_year(present(w.release, "results")),
    message:
        "{wildcards.release}: finding the population"
    script:
        "../../scripts/population.py"
