"""
Figures: draw what the report shows, each figure with the numbers that it draws.

REQUIRED INPUTS: classified/, matched/, aggregated/, compared/, audit/ledger.csv and summary.json of the release;
workflow/facts/published.yaml, which tells the study's figures from official counts; report/captions/.
OUTPUTS: figures/{name}.svg, .png and .csv of each figure, figures/index.json.
"""

# In the order of the report; scripts/figures.py draws them in one process, since starting to draw is dear.
FIGURES = [
    "shares",
    "regions",
    "map",
    "partners",
    "without_partner",
    "criteria",
    "radius",
    "comparison",
    "flow",
]


rule figures:
    """All figures of a release, and the list of them with title, caption and alt text."""
    input:
        schools=rules.classify.output.schools_parquet,
        reach=rules.match.output.reach_parquet,
        england=rules.aggregate.output.england,
        regions=rules.aggregate.output.regions,
        radius_curve=rules.aggregate.output.radius_curve,
        published=rules.compare.output[0],
        ledger="results/{release}/audit/ledger.csv",
        summary=rules.aggregate.output.summary,
        statistics="workflow/facts/published.yaml",
        captions=[f"report/captions/{name}.rst" for name in FIGURES],
        code=imports("figures"),
    output:
        [
            report(
                f"results/{{release}}/figures/{name}.svg",
                caption=f"../../report/captions/{name}.rst",
                category="Figures",
                labels={"figure": name.replace("_", " ")},
            )
            for name in FIGURES
        ],
        [f"results/{{release}}/figures/{name}.{ending}" for name in FIGURES for ending in ("png", "csv")],
        index="results/{release}/figures/index.json",
    log:
        "logs/{release}/figures.log",
    benchmark:
        "benchmarks/{release}/figures.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=CRITERIA,
        sources=lambda w: {
            source_id: {key: source[key] for key in ("kind", "title", "publisher")}
            for source_id, source in present(w.release).items()
        },
        release=lambda w: {key: RELEASE_FILES[w.release][key] for key in ("title", "licence")},
    message:
        "{wildcards.release}: drawing figures"
    script:
        "../../scripts/figures.py"
