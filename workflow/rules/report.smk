SECTIONS = sorted(path.parent.name for path in (PROJECT / "scripts" / "sections").glob("*/page.py"))


rule report:
    """Write the page that people read: figures, tables and their data in one HTML file."""
    input:
        **rules.aggregate.output,
        load=rules.pair.output.load,
        pairing=rules.pair.output.pairing_of_areas,
        pairing_curve=rules.pair.output.pairing_curve,
        support=rules.pair.output.support_of_areas,
        likeness=rules.pair.output.likeness_parts,
        trusts=rules.pair.output.trusts,
        published=rules.compare.output[0],
        thresholds=rules.conditions.output.thresholds,
        unknown=rules.conditions.output.unknown,
        results_files=rules.conditions.output.results_files,
        schools=rules.classify.output.schools_parquet if CONFIG["name_schools"] else [],
        reach=rules.match.output.reach_parquet if CONFIG["name_schools"] else [],
        population=rules.population.output.schools_parquet,
        set_aside=rules.clean_register.output.set_aside,
        results_summary=rules.clean_results.output.summary,
        manifest=rules.manifest.output[0],
        ledger=rules.ledger.output.ledger,
        caveats=rules.caveats.output[0],
        readings=lambda w: readings_of(w.release, w.method).get("readings", []),
        readings_tried=lambda w: readings_of(w.release, w.method).get("tried", []),
        reading_quantiles=lambda w: readings_of(w.release, w.method).get("quantiles", []),
        figures=rules.figures.output.index,
        drawn=[path for path in rules.figures.output if path.endswith((".svg", ".csv"))],
        facts=here("workflow/facts/published.yaml"),
        requirements=here("requirements.in"),
        lock=here("requirements.lock"),
        page=[
            *(here(f"report/{name}") for name in ("house.css", "report.css", "tables.js", "report.js")),
            *(here(f"report/templates/{name}.html.j2") for name in ("base", "sections", "report", "parts", *SECTIONS)),
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
        release=of_release("id", "title", "results_year", "licence", "synthetic", "reference_date"),
        method=lambda w: METHODS[w.release, w.method],
        layouts=measure_layouts,
        name_schools=CONFIG["name_schools"],
        readings=lambda w: READINGS[w.method] if readings_of(w.release, w.method) else None,
    script:
        "../../scripts/report.py"
