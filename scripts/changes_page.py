"""Write the page of a comparison: who came into need, who left it, who stayed, and why.

Inputs: the files of results/changes/{earlier}-{later}/{runs}/ as scripts/changes.py leaves them; over_years/{run}/
schools.csv of a run that has three releases; workflow/facts/published.yaml; report/{templates/,house.css,report.css,
tables.js,report.js}.
Output: report/changes.html in the folder of the comparison. Same inputs, same bytes.

Each section is a module of changes_sections/; its template stands under its name in report/templates/changes/.
"""

import dataclasses
import json
from pathlib import Path

import pandas as pd

from changes_sections import (
    answer,
    audit,
    differences,
    flow,
    high_performing,
    method,
    over_years,
    partners,
    published,
    reasons,
    schools,
    where,
)
from changes_sections.comparison import Comparison, OverYears
from lib import change_schemas, html_page, run_step, tables, words
from lib.domain import CRITERION_GROUPS
from lib.yaml_files import read_yaml

PAGES = (
    answer,
    flow,
    reasons,
    where,
    high_performing,
    partners,
    published,
    differences,
    over_years,
    schools,
    method,
    audit,
)
SECTIONS = {page.__name__.split(".")[1]: page for page in PAGES}
HEADINGS = {
    True: "Which schools came into need, and which left it?",  # over time
    False: "Which schools are in need by one run, and not by the other?",
}


def sections_of(comparison: Comparison) -> dict:
    """Return the sections that a comparison has, {name: module}."""
    partnered = set(comparison.groups) == set(CRITERION_GROUPS)
    without = {
        "high_performing": "high_performing" not in comparison.groups,
        "partners": not partnered,
        "differences": comparison.over_time,
        "over_years": comparison.over_years is None,
        "schools": not comparison.name_schools,
    }
    return {name: page for name, page in SECTIONS.items() if not without.get(name)}


def figures_of(comparison: Comparison) -> list:
    """Return the figures that a comparison has."""
    return [
        figure
        for group in reversed(comparison.groups)
        for figure in (flow.figure(group, comparison.over_time), *where.figures(group))
    ]


def render(comparison: Comparison, licence: dict) -> str:
    """Return the page as HTML. `licence`: name and url, of the later release."""
    script = html_page.text("tables.js", "report.js")
    pages = sections_of(comparison)
    context = {
        "sections": {name: page.view(comparison) for name, page in pages.items()},
        "titles": {name: page.TITLE for name, page in pages.items()},
        "figures": {figure.name: figure.view(comparison) for figure in figures_of(comparison)},
        "within": "changes/",
        "summary": comparison.summary,
        "over_time": comparison.over_time,
        "named": comparison.name_schools,
        "synthetic": comparison.synthetic,
        "heading": HEADINGS[comparison.over_time],
        "licence": licence,
        "words": words,
        "style": html_page.style("report.css"),
        "script": script,
        "script_hash": html_page.sha256_of(script),
    }
    return html_page.environment().get_template("changes.html.j2").render(context)


def read(files: dict[str, str], params) -> Comparison:
    """Return a comparison. `files`: {name: path} as the rule names its inputs. `params`: groups, name_schools, name,
    over_years (titles of the releases, empty for none).
    """
    frames = [field.name for field in dataclasses.fields(Comparison) if field.type is pd.DataFrame]
    wanted = {Path(files[name]).name: Path(files[name]) for name in (*frames, "summary", "dictionary")}
    on_page = [name for name in audit.ON_PAGE if name != "differences.csv" or len(wanted[name].read_bytes()) > 100]
    on_page += ["schools.csv"] if params["name_schools"] else []
    years = None
    if files.get("over_years"):
        years = OverYears(list(params["over_years"]), table(files["over_years"], change_schemas.OVER_YEARS))
    return Comparison(
        summary=json.loads(Path(files["summary"]).read_text(encoding="utf-8")),
        provenance=json.loads(Path(files["provenance"]).read_text(encoding="utf-8")),
        facts=read_yaml(files["facts"]),
        **{name: table(files[name]) for name in frames},
        groups=list(params["groups"]),
        name_schools=params["name_schools"],
        over_years=years,
        files={name: wanted[name].read_bytes() for name in on_page},
        name=params["name"],
    )


def table(path: str, schema=None) -> pd.DataFrame:
    """Return a table of the comparison in the types of its schema: that of its name, unless another is given."""
    return tables.conform(tables.read(path), schema or change_schemas.TABLES[Path(path).name], path)


def main(snakemake):
    files = {name: path for name, path in snakemake.input.items() if isinstance(path, str)}
    page = render(read(files, snakemake.params), snakemake.params["licence"])
    with open(snakemake.output[0], "w", encoding="utf-8", newline="\n") as file:
        file.write(page)


if "snakemake" in globals():
    run_step.run(main, snakemake)
