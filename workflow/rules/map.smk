"""
Map: put schools, partners and areas on an interactive page that opens from disk.
"""


rule map:
    """One page: choose phase, level and measure; an area shows its schools, a school in need its partners."""
    input:
        boundaries=raw_files("boundaries"),
        schools=rules.classify.output.schools_parquet,
        partners=rules.match.output.partners_parquet,
        reach=rules.match.output.reach_parquet,
        region=rules.aggregate.output.regions,
        local_authority=rules.aggregate.output.local_authorities,
        constituency=rules.aggregate.output.constituencies,
        summary=rules.aggregate.output.summary,
        template=here("report/templates/map.html.j2"),
        house=here("report/house.css"),
        style=here("report/map.css"),
        script=here("report/map.js"),
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
        name_schools=CONFIG["name_schools"],
        criteria=criteria_labels,
        boundaries=sources("boundaries"),
    message:
        "{wildcards.release}, {wildcards.method}: drawing the map"
    script:
        "../../scripts/school_map.py"
