"""
Map: put schools, partners and areas on an interactive page that opens from disk.

REQUIRED INPUTS: classified/, matched/, aggregated/, caveats/ and summary.json of the release; raw/ files of kind
`boundaries` where the release has any.
OUTPUTS: report/map.html.
"""


rule map:
    """One page: choose phase, level and measure; an area shows its schools, a school in need its partners."""
    input:
        unpack(raw_files("boundaries")),
        schools=rules.classify.output.schools_parquet,
        partners=rules.match.output.partners_parquet,
        reach=rules.match.output.reach_parquet,
        england=rules.aggregate.output.england,
        region=rules.aggregate.output.regions,
        local_authority=rules.aggregate.output.local_authorities,
        constituency=rules.aggregate.output.constituencies,
        summary=rules.aggregate.output.summary,
        caveats=rules.caveats.output[0],
        template="report/templates/map.html.j2",
        house="report/house.css",
        style="report/map.css",
        script_table="report/map_table.js",
        script_view="report/map_view.js",
        script="report/map.js",
        code=imports("school_map"),
    output:
        "results/{release}/report/map.html",
    log:
        "logs/{release}/map.log",
    benchmark:
        "benchmarks/{release}/map.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        title=of_release("title"),
        name_schools=CONFIG["name_schools"],
        boundaries=sources("boundaries"),
    message:
        "{wildcards.release}: drawing the map"
    script:
        "../../scripts/school_map.py"
