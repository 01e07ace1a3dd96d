rule workbook:
    """Write the aggregated tables as an accessible workbook: cover, contents, notes, a sheet for each."""
    input:
        **{name: path for name, path in rules.aggregate.output.items() if name != "summary"},
        published=rules.compare.output[0],
        caveats=rules.caveats.output[0],
        manifest=rules.manifest.output[0],
        facts=here("workflow/facts/published.yaml"),
        code=imports("workbook"),
    output:
        "results/{release}/{method}/publication/tables.xlsx",
    log:
        "logs/{release}/{method}/workbook.log",
    benchmark:
        "benchmarks/{release}/{method}/workbook.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        release=lambda w: {
            **of_release("title", "reference_date")(w),
            "method": METHODS[w.release, w.method]["title"],
            "radius_miles": METHODS[w.release, w.method]["radius_used_miles"],
            **minutes_of(w),
        },
        groups=criteria_groups,
        labels=lambda w: {name: criterion["label"] for name, criterion in criteria_labels(w).items()},
    script:
        "../../scripts/workbook.py"
