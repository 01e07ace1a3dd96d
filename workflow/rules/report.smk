"""
Report: write the page that people read.
"""


rule report:
    """One HTML page with figures, tables and their data inside."""
    input:
        summary=rules.aggregate.output.summary,
        england=rules.aggregate.output.england,
        regions=rules.aggregate.output.regions,
        local_authorities=rules.aggregate.output.local_authorities,
        constituencies=rules.aggregate.output.constituencies,
        radius_curve=rules.aggregate.output.radius_curve,
        criteria=rules.aggregate.output.criteria,
        published=rules.compare.output[0],
        thresholds=rules.classify.output.thresholds,
        sensitivity=rules.classify.output.sensitivity,
        results_files=rules.classify.output.results_files,
        schools=rules.classify.output.schools_parquet if CONFIG["name_schools"] else [],
        reach=rules.match.output.reach_parquet if CONFIG["name_schools"] else [],
        set_aside=rules.clean_register.output.set_aside,
        results_summary=rules.clean_results.output.summary,
        manifest=rules.manifest.output[0],
        ledger=rules.ledger.output.ledger,
        figures=rules.figures.output.index,
        drawn=[path for path in rules.figures.output if path.endswith((".svg", ".csv"))],
        facts=here("workflow/facts/published.yaml"),
        requirements=here("requirements.in"),
        lock=here("requirements.lock"),
        page=[
            here("report/house.css"),
            here("report/report.css"),
            here("report/report.js"),
            *(
                here(f"report/templates/{name}.html.j2")
                for name in (
                    "report",
                    "parts",
                    "answer",
                    "regions",
                    "partners",
                    "sure",
                    "method",
                    "data",
                    "audit",
                )
            ),
        ],
        code=imports("report"),
    output:
        "results/{release}/{method}/report/index.html",
    log:
        "logs/{release}/{method}/report.log",
    benchmark:
        "benchmarks/{release}/{method}/report.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        release=lambda w: {
            key: RELEASE_FILES[w.release][key]
            for key in (
                "id",
                "title",
                "results_year",
                "licence",
                "synthetic",
                "reference_date",
            )
        },
        method=lambda w: METHODS[w.method],
        # Of all sources, also of optional ones that are absent: what is missing has a name too.
        layouts=lambda w: [
            {"phase": source.get("phase"), "columns": source["columns"]}
            for source in RELEASE_FILES[w.release]["sources"].values()
        ],
        name_schools=CONFIG["name_schools"],
    message:
        "{wildcards.release}, {wildcards.method}: writing the report"
    script:
        "../../scripts/report.py"
