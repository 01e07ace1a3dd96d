"""
Publish: the tables of the release as an accessible workbook.

REQUIRED INPUTS: aggregated/ and compared/ of the release, raw/manifest.json.
OUTPUTS: publication/tables.xlsx.
"""


rule workbook:
    """Cover, contents, notes, and each aggregated table on a sheet of its own."""
    input:
        england=rules.aggregate.output.england,
        regions=rules.aggregate.output.regions,
        local_authorities=rules.aggregate.output.local_authorities,
        constituencies=rules.aggregate.output.constituencies,
        radius_curve=rules.aggregate.output.radius_curve,
        criteria=rules.aggregate.output.criteria,
        published=rules.compare.output[0],
        manifest=rules.manifest.output[0],
        facts="workflow/facts/published.yaml",
        code=imports("workbook"),
    output:
        "results/{release}/publication/tables.xlsx",
    log:
        "logs/{release}/workbook.log",
    benchmark:
        "benchmarks/{release}/workbook.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        release=lambda w: {
            "title": RELEASE_FILES[w.release]["title"],
            "reference_date": RELEASE_FILES[w.release]["reference_date"],
            "synthetic": RELEASE_FILES[w.release]["synthetic"],
            "method": METHOD["title"],
            "radius_miles": settings.radius_miles(METHOD, CONFIG["radius_miles"]),
        },
        labels={name: criterion["label"] for name, criterion in METHOD["criteria"].items()},
    message:
        "{wildcards.release}: writing the publication tables"
    script:
        "../../scripts/workbook.py"
