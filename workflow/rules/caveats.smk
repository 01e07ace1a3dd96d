rule caveats:
    """Write down once what a reader must know before a number: what is missing, left out or relaxed."""
    input:
        regions=rules.aggregate.output.regions,
        england=rules.aggregate.output.england,
        unknown=rules.conditions.output.unknown,
        schools=rules.population.output.schools_parquet,
        likeness=rules.pair.output.likeness_parts,
        establishments=rules.clean_register.output.establishments_parquet,
        code=imports("caveats"),
    output:
        "results/{release}/{method}/caveats/caveats.csv",
    log:
        "logs/{release}/{method}/caveats.log",
    benchmark:
        "benchmarks/{release}/{method}/caveats.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=criteria_labels,
        alike=alike_parts,
        derived=of_method("derived", {}),
        layouts=measure_layouts,
        synthetic=of_release("synthetic"),
    script:
        "../../scripts/caveats.py"
