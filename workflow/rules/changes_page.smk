"""
The page of a comparison: report/changes.html in its folder.

REQUIRED INPUTS: what the rule `changes` leaves; of a run with three releases, what it counts over the years.
"""

CHANGES_SECTIONS = sorted(path.stem for path in (PROJECT / "report" / "templates" / "changes").glob("*.j2"))


rule changes_page:
    """Write the page of a comparison: who came into need, who left it and who stayed, and why."""
    input:
        **rules.changes.output,
        over_years=over_years_of,
        facts=here("workflow/facts/published.yaml"),
        page=[
            *(here(f"report/{name}") for name in ("house.css", "report.css", "tables.js", "report.js")),
            *(here(f"report/templates/{name}.html.j2") for name in ("base", "sections", "changes", "parts")),
            *(here(f"report/templates/changes/{name}.j2") for name in CHANGES_SECTIONS),
        ],
        code=imports("changes_page"),
    output:
        "results/changes/{earlier}-{later}/{runs}/report/changes.html",
    log:
        "logs/changes/{earlier}-{later}/{runs}/changes_page.log",
    benchmark:
        "benchmarks/changes/{earlier}-{later}/{runs}/changes_page.tsv"
    wildcard_constraints:
        **OF_A_COMPARISON,
    conda:
        "../envs/environment.yaml"
    params:
        groups=groups_compared,
        name_schools=CONFIG["name_schools"],
        name=lambda w: f"{w.earlier}-{w.later}-{w.runs}",
        licence=lambda w: RELEASE_FILES[w.later]["licence"],
        over_years=titles_over_years,
    script:
        "../../scripts/changes_page.py"
