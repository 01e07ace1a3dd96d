# Each figure has a caption, by which the rule knows its name; scripts/figures.py draws them all, since starting is slow.
FIGURES = sorted(path.stem for path in (PROJECT / "report" / "captions").glob("*.rst"))


rule figures:
    """Draw what the report shows, each figure with its numbers, title, caption and alt text."""
    input:
        schools=rules.classify.output.schools_parquet,
        reach=rules.match.output.reach_parquet,
        england=rules.aggregate.output.england,
        regions=rules.aggregate.output.regions,
        radius_curve=rules.aggregate.output.radius_curve,
        pairing=rules.pair.output.pairing_of_areas,
        pairing_curve=rules.pair.output.pairing_curve,
        support=rules.pair.output.support_of_areas,
        published=rules.compare.output[0],
        caveats=rules.caveats.output[0],
        ledger=rules.ledger.output.ledger,
        summary=rules.aggregate.output.summary,
        readings=lambda w: readings_of(w.release, w.method).get("readings", []),
        captions=[here(f"report/captions/{name}.rst") for name in FIGURES],
        code=imports("figures"),
    output:
        [
            report(
                f"results/{{release}}/{{method}}/figures/{name}.svg",
                caption=f"../../report/captions/{name}.rst",
                category="Figures",
                labels={"figure": name.replace("_", " ")},
            )
            for name in FIGURES
        ],
        [f"results/{{release}}/{{method}}/figures/{name}.{ending}" for name in FIGURES for ending in ("png", "csv")],
        index="results/{release}/{method}/figures/index.json",
    log:
        "logs/{release}/{method}/figures.log",
    benchmark:
        "benchmarks/{release}/{method}/figures.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        criteria=criteria_labels,
        sources=lambda w: {
            source_id: {key: source[key] for key in ("kind", "title", "publisher")}
            for source_id, source in present(w.release).items()
        },
        release=of_release("title", "licence"),
        readings=lambda w: READINGS[w.method] if readings_of(w.release, w.method) else None,
    script:
        "../../scripts/figures.py"
