"""
Audit: what came in and what became of it, and what the run was made with.

REQUIRED INPUTS: all that a run of the release leaves.
OUTPUTS: audit/ledger.csv, audit/unused.csv, audit/dictionary.csv; last of all audit/provenance.json and
ro-crate-metadata.json.
"""


include: "inventory.smk"


rule unused:
    """Which cleaned rows of results, inspections and designations no school of the population uses, and why."""
    input:
        establishments=rules.clean_register.output.establishments,
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        designations=rules.clean_inspections.output.designations_parquet,
        schools=rules.clean_population.output.schools_parquet,
        code=imports("unused"),
    output:
        "results/{release}/audit/unused.csv",
    log:
        "logs/{release}/audit/unused.log",
    benchmark:
        "benchmarks/{release}/audit/unused.tsv"
    conda:
        "../envs/environment.yaml"
    message:
        "{wildcards.release}: listing the rows that no school uses"
    script:
        "../../scripts/unused.py"


rule ledger:
    """Rows in, out and left out of every step; stops the run when they do not add up."""
    input:
        cleaning=rules.clean_population.output.ledger,
        unused="results/{release}/audit/unused.csv",
        results=rules.clean_results.output.results_parquet,
        inspections=rules.clean_inspections.output.inspections_parquet,
        designations=rules.clean_inspections.output.designations_parquet,
        schools=rules.clean_population.output.schools_parquet,
        classified=rules.classify.output.schools_parquet,
        reach=rules.match.output.reach_parquet,
        code=imports("ledger"),
    output:
        "results/{release}/audit/ledger.csv",
    log:
        "logs/{release}/audit/ledger.log",
    benchmark:
        "benchmarks/{release}/audit/ledger.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        phases=METHOD["population"]["phases"],
    message:
        "{wildcards.release}: drawing up the ledger"
    script:
        "../../scripts/ledger.py"


rule dictionary:
    """Every column of every table: meaning, type, unit, allowed values, where it comes from."""
    input:
        tables=lambda w: [f"results/{w.release}/{path}" for path in tables_of(w.release)],
        code=imports("dictionary"),
    output:
        "results/{release}/audit/dictionary.csv",
    log:
        "logs/{release}/audit/dictionary.log",
    benchmark:
        "benchmarks/{release}/audit/dictionary.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        tables=lambda w: tables_of(w.release),
        made_by=lambda w: {path: made_by(w.release)[path] for path in [*tables_of(w.release), "audit/dictionary.csv"]},
        sources=sources(),
        labels={name: criterion["label"] for name, criterion in METHOD["criteria"].items()},
    message:
        "{wildcards.release}: writing the data dictionary"
    script:
        "../../scripts/dictionary.py"


rule provenance:
    """What the run was made of and what it left: sources, settings, versions, commit, every file with its sum."""
    input:
        made=lambda w: [f"results/{w.release}/{path}" for path in made_by(w.release)],
        manifest=rules.manifest.output[0],
        project="pyproject.toml",
        lock="requirements.lock",
        code=lambda w: code_of(w.release),
    output:
        "results/{release}/audit/provenance.json",
    log:
        "logs/{release}/audit/provenance.log",
    benchmark:
        "benchmarks/{release}/audit/provenance.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        parameters=lambda w: parameters_of(w.release),
        steps=lambda w: steps_with_files(w.release),
        commit=lambda w: commit_and_clean()[0],
        clean=lambda w: commit_and_clean()[1],
    message:
        "{wildcards.release}: stating what the run was made of"
    script:
        "../../scripts/provenance.py"


rule crate:
    """The same as an RO-Crate, which other tools read."""
    input:
        provenance=rules.provenance.output[0],
        code=imports("crate"),
    output:
        "results/{release}/ro-crate-metadata.json",
    log:
        "logs/{release}/audit/crate.log",
    benchmark:
        "benchmarks/{release}/audit/crate.tsv"
    conda:
        "../envs/environment.yaml"
    message:
        "{wildcards.release}: packing the RO-Crate"
    script:
        "../../scripts/crate.py"
