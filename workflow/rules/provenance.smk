include: "inventory.smk"


rule provenance:
    """State what the run was made of and each file with its sum, also as an RO-Crate; the data dictionary. Runs last."""
    input:
        made=below_run(before_provenance),
        tables=below_run(tables_of),
        manifest=rules.manifest.output[0],
        project=here("pyproject.toml"),
        lock=here("requirements.lock"),
        imports=imports("provenance"),
        code=lambda w: [here(path) for path in code_of(w.release, w.method)],
        commit=git_log(),  # written when a commit is made, where there is git
    output:
        dictionary="results/{release}/{method}/audit/dictionary.csv",
        provenance="results/{release}/{method}/audit/provenance.json",
        crate="results/{release}/{method}/ro-crate-metadata.json",
    log:
        "logs/{release}/{method}/provenance.log",
    benchmark:
        "benchmarks/{release}/{method}/provenance.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        code=lambda w: code_of(w.release, w.method),
        parameters=parameters_of,
        steps=lambda w: steps_of(w.release, w.method),
        tables=lambda w: tables_of(w.release, w.method),
        sources=sources(),
        labels=criteria_labels,
        alike=alike_labels,
        readings=lambda w: reading_columns(READINGS[w.method]) if readings_of(w.release, w.method) else None,
    script:
        "../../scripts/provenance.py"
