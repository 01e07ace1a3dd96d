"""Draw the figures of the report: each as SVG for the page, as PNG, and as a CSV of just what it shows.

Inputs: classified/schools, matched/reach, aggregated/{england,regions,radius_curve}, compared/published,
caveats/caveats, audit/ledger, summary.json; the captions in report/captions/.
Outputs: figures/{name}.svg, .png, .csv of each figure of SECTIONS, and figures/index.json, which lists them in the
order of the report: name, section, title (the question that the figure answers), alt (the finding in words),
caption (how to read it), csv, synthetic.

The PNG has title and source, since it is used alone; the page gives both to the SVG. Same tables, same bytes.
"""

import dataclasses
import json
from pathlib import Path

import pandas as pd

from lib import chart_files, run_step, tables
from lib.caveats import Caveats
from lib.files import write_json
from lib.words import date, listing
from sections.answer.figures import FIGURES as ANSWER
from sections.audit.figures import FIGURES as AUDIT
from sections.figure import Facts, Run
from sections.partners.figures import FIGURES as PARTNERS
from sections.readings.figures import FIGURES as READINGS
from sections.regions.figures import FIGURES as REGIONS
from sections.uncertainty.figures import FIGURES as UNCERTAINTY

SECTIONS = {"answer": ANSWER, "regions": REGIONS, "partners": PARTNERS, "uncertainty": UNCERTAINTY}
SECTIONS |= {"readings": READINGS, "audit": AUDIT}


def facts_of(
    summary: dict, caveats: pd.DataFrame, criteria: dict, sources: dict, readings: dict | None = None
) -> Facts:
    """Return what drawings need beside their tables. `summary`: summary.json. `readings`: their file."""
    in_need = {phase: counts["in_need"] for phase, counts in summary["phases"].items()}
    distances = summary["radius_miles"], summary.get("travel_minutes")
    return Facts(Caveats(caveats), in_need, distances[0], criteria, sources, readings, distances[1])


def source_line(summary: dict, release: dict, sources: dict) -> str:
    """Return where a figure comes from, in words. `release`: title and licence. `sources`: each with its publisher."""
    publishers = dict.fromkeys(source["publisher"] for source in sources.values())
    return (
        f"{release['title']}, as at {date(summary['reference_date'])}; method {summary['method']}. "
        f"Source: {listing(publishers)}. Licence: {release['licence']['name']}."
    )


def main(snakemake):
    files, params = snakemake.input, snakemake.params
    summary = json.loads(Path(files.summary).read_text(encoding="utf-8"))
    facts = facts_of(summary, tables.read(files.caveats), params.criteria, params.sources, params.readings)
    names = [field.name for field in dataclasses.fields(Run) if field.name != "facts"]
    # A run without readings has no file of them.
    read = {name: tables.read(files[name]) if files.get(name) else None for name in names}
    run = Run(**read, facts=facts)
    captions = {Path(path).stem: " ".join(Path(path).read_text(encoding="utf-8").split()) for path in files.captions}
    source = source_line(summary, params.release, params.sources)
    folder = Path(snakemake.output.index).parent
    index = []
    for section, figures in SECTIONS.items():
        for figure in figures:
            name, frame = figure.name, figure.table(run)
            sheet, alt = figure.draw(frame, facts)
            (folder / f"{name}.svg").write_text(chart_files.svg(sheet, name, alt), encoding="utf-8", newline="\n")
            (folder / f"{name}.png").write_bytes(chart_files.png(sheet, figure.title, source))
            frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
            entry = {"name": name, "section": section, "title": figure.title, "alt": alt, "caption": captions[name]}
            if figure.of_both and len(facts.groups) < 2:
                continue
            index.append({**entry, "csv": f"{name}.csv", "synthetic": summary["synthetic"]})
    write_json(index, snakemake.output.index)


if "snakemake" in globals():
    run_step.run(main, snakemake)
