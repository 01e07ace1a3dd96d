"""
Clean: from source files to tables of establishments, links, results and inspections.

Every row that the cleaning leaves out is written down in clean/rejected.csv. Files in clean/parts/ pass from one rule to the next.
"""


rule clean_register:
    """Establishments and the links between them; where they are, also by postcode."""
    input:
        raw=raw_files("register", "links", "postcodes"),
        code=imports("clean_register"),
    output:
        establishments="results/{release}/clean/establishments.csv",
        establishments_parquet="results/{release}/clean/establishments.parquet",
        links="results/{release}/clean/links.csv",
        links_parquet="results/{release}/clean/links.parquet",
        mergers="results/{release}/clean/mergers_and_splits.csv",
        set_aside="results/{release}/clean/set_aside.csv",
        rejected="results/{release}/clean/parts/rejected_register.csv",
    log:
        "logs/{release}/clean/register.log",
    benchmark:
        "benchmarks/{release}/clean/register.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("register", "links", "postcodes"),
    script:
        "../../scripts/clean_register.py"


rule clean_results:
    """Results of key stages 2 and 4, also of earlier years, and the successors that the files name."""
    input:
        raw=raw_files("results"),
        code=imports("clean_results"),
    output:
        results="results/{release}/clean/results.csv",
        results_parquet="results/{release}/clean/results.parquet",
        summary="results/{release}/clean/results_summary.csv",
        links="results/{release}/clean/links_of_results.csv",
        links_parquet="results/{release}/clean/links_of_results.parquet",
        rejected="results/{release}/clean/parts/rejected_results.csv",
    log:
        "logs/{release}/clean/results.log",
    benchmark:
        "benchmarks/{release}/clean/results.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("results"),
    script:
        "../../scripts/clean_results.py"


rule clean_inspections:
    """Inspections and designations as they stood on the reference date."""
    input:
        raw=raw_files("inspections", "designations"),
        code=imports("clean_inspections"),
    output:
        inspections="results/{release}/clean/inspections.csv",
        inspections_parquet="results/{release}/clean/inspections.parquet",
        designations="results/{release}/clean/designations.csv",
        designations_parquet="results/{release}/clean/designations.parquet",
        rejected="results/{release}/clean/parts/rejected_inspections.csv",
    log:
        "logs/{release}/clean/inspections.log",
    benchmark:
        "benchmarks/{release}/clean/inspections.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("inspections", "designations"),
        reference_date=of_release("reference_date"),
    script:
        "../../scripts/clean_inspections.py"


rule clean_travel:
    """Travel times between schools, of a release that has any."""
    input:
        raw=raw_files("travel"),
        establishments=rules.clean_register.output.establishments_parquet,
        code=imports("clean_travel"),
    output:
        travel="results/{release}/clean/travel.csv",
        travel_parquet="results/{release}/clean/travel.parquet",
        rejected="results/{release}/clean/parts/rejected_travel.csv",
    log:
        "logs/{release}/clean/travel.log",
    benchmark:
        "benchmarks/{release}/clean/travel.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        sources=sources("travel"),
    script:
        "../../scripts/clean_travel.py"


rule rejected:
    """Every source row that the cleaning left out, in the order of the sources and their rows."""
    input:
        parts=[
            rules.clean_register.output.rejected,
            rules.clean_results.output.rejected,
            rules.clean_inspections.output.rejected,
        ],
        travel=of_travel("rejected"),
        code=imports("rejected"),
    output:
        "results/{release}/clean/rejected.csv",
    log:
        "logs/{release}/clean/rejected.log",
    benchmark:
        "benchmarks/{release}/clean/rejected.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        order=lambda w: list(present(w.release)),
    script:
        "../../scripts/rejected.py"
