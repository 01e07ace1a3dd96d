"""Write the report: one HTML page with figures, tables and their CSV files inside, which opens from disk.

Inputs: summary.json; aggregated/; matched/load.csv; compared/published.csv; caveats/caveats.csv;
classified/{thresholds,unknown,results_files}.csv; population/schools; classified/schools and matched/reach (read only
where schools are to be named); readings/ of a run that tries them; clean/{set_aside,results_summary}.csv;
audit/ledger.csv; raw/manifest.json; figures/; workflow/facts/published.yaml; requirements.in and .lock;
report/{templates/,house.css,report.css,tables.js,report.js}.
Output: report/index.html. Same inputs, same bytes.

Each section (sections/*/page.py) turns the run into what its template shows. Nothing but our own figures goes into the
page as markup; all other text is escaped.
"""

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from lib import html_page, run_step, tables, words
from lib.caveats import Caveats
from lib.measures import Measures
from lib.report_run import ReportRun, TriedReadings
from lib.report_table import data_link
from lib.yaml_files import read_yaml
from sections.alike import page as alike
from sections.answer import page as answer
from sections.audit import page as audit
from sections.data import page as data
from sections.enough import page as enough
from sections.method import page as method
from sections.partners import page as partners
from sections.readings import page as readings
from sections.regions import page as regions
from sections.uncertainty import page as uncertainty

PAGES = (answer, regions, partners, enough, alike, uncertainty, readings, method, data, audit)
SECTIONS = {page.__name__.split(".")[1]: page for page in PAGES}
FRAMES = [field.name for field in dataclasses.fields(ReportRun) if field.type is pd.DataFrame]


def render(run: ReportRun) -> str:
    """Return the page as HTML."""
    script = html_page.text("tables.js", "report.js")
    without = {"readings": not run.readings}
    without |= dict.fromkeys(("partners", "enough", "alike"), not run.partnered)
    sections = {name: page for name, page in SECTIONS.items() if not without.get(name)}
    context = {
        "sections": {name: section.view(run) for name, section in sections.items()},
        "titles": {name: section.TITLE for name, section in sections.items()},
        "figures": {figure["name"]: figure_view(figure, run) for figure in run.figures},
        "release": run.release,
        "synthetic": run.release["synthetic"],
        "method": run.method,
        "folder": f"results/{run.release['id']}/{run.method['run']}",
        "heading": "Which schools could support which?" if run.partnered else "Which schools need support?",
        "partnered": run.partnered,
        "words": words,
        "style": html_page.style("report.css"),
        "script": script,
        "script_hash": html_page.sha256_of(script),
    }
    return html_page.environment().get_template("report.html.j2").render(context)


def figure_view(figure: dict, run: ReportRun) -> dict:
    """Return a figure for the template: its drawing as markup, which our own code made, and the CSV that it draws."""
    name, path = figure["name"], f"figures/{figure['csv']}"
    return {
        **{key: figure[key] for key in ("name", "title", "caption")},
        "svg": Markup(figure["svg"].strip()),
        "download": data_link(run.file_name(f"figure-{name}.csv"), figure["csv_content"], path),
    }


def read(files: dict[str, str], params) -> ReportRun:
    """Return a run. `files`: {name: path} as the rule names its inputs.

    `params`: release, method, layouts (as lib.measures.Measures takes them), name_schools; readings, if any are tried.
    """

    def text(name):
        return Path(files[name]).read_text(encoding="utf-8")

    named, tried = None, None
    if params.get("readings"):
        frames = (tables.read(files[name]) for name in ("readings", "readings_tried", "reading_quantiles"))
        tried = TriedReadings(params["readings"], *frames)
    if params["name_schools"]:
        named = named_schools(tables.read(files["schools"]), tables.read(files["reach"]))
    saved = {path: file for path in audit.FILES for file in files.values() if file.endswith(f"/{path}")}
    return ReportRun(
        release=params["release"],
        method=params["method"],
        measures=Measures(params["layouts"], params["method"].get("derived")),
        summary=json.loads(text("summary")),
        manifest=json.loads(text("manifest")),
        facts=read_yaml(files["facts"]),
        caveats=Caveats(tables.read(files["caveats"])),
        **{name: tables.read(files[name]) for name in FRAMES},
        named=named,
        readings=tried,
        figures=figures(Path(files["figures"])),
        software=software(text("requirements"), text("lock")),
        files={path: Path(file).read_bytes() for path, file in saved.items()},
    )


def figures(index: Path) -> list[dict]:
    """Return the figures that index.json lists, each with its drawing and the CSV that it draws."""
    return [
        {
            **figure,
            "svg": (index.parent / f"{figure['name']}.svg").read_text(encoding="utf-8"),
            "csv_content": (index.parent / figure["csv"]).read_bytes(),
        }
        for figure in json.loads(index.read_text(encoding="utf-8"))
    ]


def named_schools(schools, reach):
    """Return the schools in need without a partner: phase, urn, name, la_name, region, nearest_m; farthest first."""
    names = schools[["urn", "phase", "name", "la_name", "region"]]
    frame = reach[reach["partners"] == 0].merge(names, on=["urn", "phase"])
    return frame.sort_values(["phase", "nearest_m", "urn"], ascending=[True, False, True], na_position="first")


def software(wanted: str, lock: str) -> list[tuple[str, str]]:
    """Return (package, version) of what requirements.in names, as the lock pins it."""
    names = [re.split(r"[\[<>=;\s]", line)[0].lower() for line in wanted.splitlines() if line and line[0] != "#"]
    versions = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", lock, flags=re.MULTILINE))
    return [(name, versions[name]) for name in names if name in versions]


def main(snakemake):
    files = {name: path for name, path in snakemake.input.items() if isinstance(path, str)}
    run = read(files, snakemake.params)
    with open(snakemake.output[0], "w", encoding="utf-8", newline="\n") as file:
        file.write(render(run))


if "snakemake" in globals():
    run_step.run(main, snakemake)
