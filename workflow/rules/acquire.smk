"""Acquire: bring the source files of a release to results/{release}/raw/, byte for byte."""


rule acquire:
    """One source file: from raw_dir if it is there, else from its official address, stated or found."""
    input:
        supplied=supplied,
        # What decides which file it is stands among the params: changed words fetch nothing again.
        release=ancient(here("workflow/releases/{release}.yaml")),
        code=imports("acquire"),
    output:
        file="results/{release}/raw/{file}",
        origin="results/{release}/raw/.origin/{file}.json",
    log:
        "logs/{release}/acquire/{file}.log",
    benchmark:
        "benchmarks/{release}/acquire/{file}.tsv"
    wildcard_constraints:
        release="|".join(FETCHED) or "none",
        file=r"(?!manifest\.json$)[^/]+",  # a raw file, but not the list of them
    conda:
        "../envs/environment.yaml"
    params:
        source=fetched,
        asked=asked,
        urn_columns=urn_columns,
        # A file that another one took the place of may be older than what was made of it.
        supplied_as_it_is=lambda w: (
            [supplied(w).stat().st_size, supplied(w).stat().st_mtime_ns] if supplied(w) else None
        ),
    script:
        "../../scripts/acquire.py"


FACTS = """authorities.csv schools_by_authority.csv school_density_5km.csv ofsted_grade_shares.csv results_model.json
synthetic_model.yaml"""

for generated in GENERATED:

    rule:
        """A synthetic release: all its source files."""
        name:
            f"generate_{generated}"
        input:
            code=imports("generate"),
            facts=[here(f"workflow/facts/{name}") for name in FACTS.split()],
        output:
            [
                f"results/{generated}/raw/{folder}{source['file']}{ending}"
                for folder, ending in (("", ""), (".origin/", ".json"))
                for source in RELEASE_FILES[generated]["sources"].values()
            ],
        log:
            f"logs/{generated}/acquire/generate.log",
        benchmark:
            f"benchmarks/{generated}/acquire/generate.tsv"
        conda:
            "../envs/environment.yaml"
        params:
            release=generated_release(RELEASE_FILES[generated]),
            seed=RELEASE_FILES[generated]["generator"]["seed"],
            scale=RELEASE_FILES[generated]["generator"]["scale"],
            earlier=RELEASE_FILES[generated]["generator"].get("earlier", []),
        script:
            "../../scripts/generate.py"


rule manifest:
    """What every source file is and where it came from."""
    input:
        code=imports("manifest"),
        origins=lambda w: [
            f"results/{w.release}/raw/.origin/{source['file']}.json" for source in present(w.release).values()
        ],
    output:
        "results/{release}/raw/manifest.json",
    log:
        "logs/{release}/acquire/manifest.log",
    benchmark:
        "benchmarks/{release}/acquire/manifest.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        release=described,
    script:
        "../../scripts/manifest.py"
