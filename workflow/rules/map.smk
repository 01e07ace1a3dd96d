rule map:
    """Put schools, partners and areas on an interactive page that opens from disk."""
    input:
        boundaries=raw_files("boundaries"),
        schools=rules.classify.output.schools_parquet,
        partners=rules.match.output.partners_parquet,
        reach=rules.match.output.reach_parquet,
        bounds=rules.match.output.bounds_parquet,
        likeness=rules.pair.output.likeness_parquet,
        pairing=rules.pair.output.pairing_parquet,
        pairing_of_areas=rules.pair.output.pairing_of_areas,
        england=rules.aggregate.output.england,
        region=rules.aggregate.output.regions,
        local_authority=rules.aggregate.output.local_authorities,
        constituency=rules.aggregate.output.constituencies,
        summary=rules.aggregate.output.summary,
        caveats=rules.caveats.output[0],
        page=[
            *(here(f"report/{name}") for name in ("house.css", "map.css")),
            *(here(f"report/{name}") for name in ("tables.js", "map_pairs.js", "map_view.js", "map.js")),
            *(here(f"report/templates/{name}.html.j2") for name in ("base", "map")),
        ],
        code=imports("school_map"),
    output:
        "results/{release}/{method}/report/map.html",
    log:
        "logs/{release}/{method}/map.log",
    benchmark:
        "benchmarks/{release}/{method}/map.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        title=of_release("title"),
        method=of_method("title"),
        groups=criteria_groups,
        alike=alike_words,
        ranks=of_method("rank_partners_by"),
        name_schools=CONFIG["name_schools"],
        boundaries=sources("boundaries"),
    script:
        "../../scripts/school_map.py"
