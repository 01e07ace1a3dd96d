# From a release of official school data to a report on which schools could support which.
# What a researcher edits is config.yaml; releases, methods and layouts lie in workflow/.
import gc
import threading
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


report: "report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/comparisons.smk"


rule all:
    input:
        finished_runs(),
        [page_of(*pair) for pair in OVER_TIME],
        [f"results/changes/over_years/{run}/schools.csv" for run in OVER_YEARS],


onsuccess:
    # Snakemake would wait another second for a timer that was to start more jobs, though there are none left.
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()
    on_request = ON_REQUEST if "compared" in workflow.dag_settings.targets else []
    for page in [*rules.all.input, *(page_of(*pair) for pair in on_request)]:
        if page.endswith(("index.html", "changes.html")) and Path(page).is_file():
            print(f"To read, open {page}")


include: "workflow/rules/acquire.smk"
include: "workflow/rules/clean.smk"
include: "workflow/rules/readings.smk"
include: "workflow/rules/population.smk"
include: "workflow/rules/classify.smk"
include: "workflow/rules/match.smk"
include: "workflow/rules/pair.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/ledger.smk"
include: "workflow/rules/caveats.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/map.smk"
include: "workflow/rules/publish.smk"
include: "workflow/rules/changes.smk"
include: "workflow/rules/changes_page.smk"
include: "workflow/rules/provenance.smk"


# What a job is doing, as the screen shows it: what its rule says of itself.
for step in workflow.rules:
    if step.docstring and not step.message and str(PROJECT) in str(step.snakefile):
        of = [f"{{wildcards.{name}}}, " for name in ("release", "method", "file") if name in step.wildcard_names]
        step.message = f"{''.join(of)}{step.name}: {step.docstring.strip()}"


# All that is loaded by now stays to the end: at the end, Python would look through it for half a second.
gc.freeze()
