# From a release of official school data to a report on which schools could support which.
# What a researcher edits is config.yaml; releases, methods and layouts lie in workflow/.
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/config.smk"


configfile: "config.yaml"


report: "report/workflow.rst"


include: "workflow/rules/common.smk"


rule all:
    input:
        expand("results/{release}/report/index.html", release=RELEASES),
        expand("results/{release}/report/map.html", release=RELEASES),
        expand("results/{release}/ro-crate-metadata.json", release=RELEASES),


onsuccess:
    for release in RELEASES:
        if Path(f"results/{release}/report/index.html").is_file():
            print(f"To read, open results/{release}/report/index.html")


include: "workflow/rules/acquire.smk"
include: "workflow/rules/clean.smk"
include: "workflow/rules/classify.smk"
include: "workflow/rules/match.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/caveats.smk"
include: "workflow/rules/publish.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/steps.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/map.smk"
include: "workflow/rules/audit.smk"
