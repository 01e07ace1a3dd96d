"""A small contrived run, as scripts/report.py reads it: the tables of example_release, with a frame of sources around.

`small_run` takes the schools of the run as `(phase, region, authority, group, partners, nearest_m)`; all that the
report shows is counted from them. `partners` is None for a school that is not in need, or has no coordinates.
"""

import copy
import csv
import dataclasses
import functools
import io
import json
from pathlib import Path

import pandas as pd
import yaml

import caveats
from example_release import METHOD, example
from lib import schemas, settings, tables
from lib.caveats import Caveats
from lib.domain import PHASES
from lib.measures import Measures
from lib.report_run import ReportRun

REGIONS = (
    "East Midlands",
    "East of England",
    "London",
    "North East",
    "North West",
    "South East",
    "South West",
    "West Midlands",
    "Yorkshire and the Humber",
)
PROJECT = Path(__file__).resolve().parent.parent
# A small run tries no readings.
FIGURES = sorted({path.stem for path in (PROJECT / "report" / "captions").glob("*.rst")} - {"readings"})
LAYOUTS = [
    {"phase": "primary", "columns": {"rwm_expected_pct": {"label": "Expected standard", "unit": "% of pupils"}}},
    {"phase": "secondary", "columns": {"progress8": {"label": "Progress 8", "unit": "grades"}}},
]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 432 200" role="img" aria-label="{alt}" fill="currentColor">'
    '<text x="0" y="20" font-size="12">{name}</text></svg>'
)
# Where each table of a run lies.
PATHS = {
    **{
        name: f"aggregated/{name}.csv"
        for name in (
            *("england", "regions", "local_authorities", "urban_rural", "radius_curve", "criteria"),
            *("pairing", "support", "likeness", "trusts"),
        )
    },
    "load": "matched/load.csv",
    **{name: f"classified/{name}.csv" for name in ("thresholds", "results_files")},
    **{name: f"clean/{name}.csv" for name in ("set_aside", "results_summary")},
    "published": "compared/published.csv",
    "ledger": "audit/ledger.csv",
    "population": "population/schools.csv",
}


def england(regions=REGIONS, phases=PHASES, need=True):
    """Return schools of every group in each region and phase; `need`: whether any is in need."""
    schools = []
    for phase in phases:
        for place, region in enumerate(regions):
            for authority in (f"{region} A", f"{region} B"):
                schools += [(phase, region, authority, "high_performing", None, None)] * (4 + place % 3)
                schools += [(phase, region, authority, "neither", None, None)] * 9
                schools += [(phase, region, authority, "not_assessable", None, None)] * 2
                for partners in range(place, place + 3) if need else ():
                    schools.append((phase, region, authority, "in_need", partners % 5, 900.0 + 400 * partners))
        if need:
            schools.append((phase, regions[0], f"{regions[0]} A", "both", None, None))
    return schools


def small_run(schools=None, **options):
    """Return a run as `report.read` does; `options`: those of `small_run_with_schools`."""
    return small_run_with_schools(schools, **options)[0]


def small_run_with_schools(
    schools=None, lacking=(), synthetic=False, name_schools=False, name="A School", published=True
):
    """Return (a run as `report.read` does, classified/schools, matched/reach), the caller's own to change.

    `lacking`: measures that the release lacks, so that their criteria are not assessable. `name`: of every school.
    """
    schools = tuple(england() if schools is None else schools)
    return copy.deepcopy(_made(schools, tuple(lacking), synthetic, name_schools, name, published))


@functools.cache
def _made(schools, lacking, synthetic, name_schools, name, published):
    """The run of these options, made once, as it takes long: not to be changed."""
    of = _example(tuple((*school, name) for school in schools), lacking, synthetic)
    release, facts = copy.deepcopy(_stated())
    found = {level: of.areas[level] for level in ("england", "regions", "local_authorities", "urban_rural")}
    shown = {name: of.paired[name] for name in ("load", "pairing", "support", "likeness", "trusts")}
    run = ReportRun(
        release={key: release[key] for key in ("title", "results_year", "licence", "reference_date")}
        | {"id": "small", "synthetic": synthetic},
        method=settings.method_of_run(copy.deepcopy(METHOD)),
        measures=Measures(LAYOUTS),
        summary=of.summary,
        manifest=_manifest(release, synthetic),
        facts=facts,
        caveats=None,
        **found,
        **shown,
        radius_curve=of.radius_curve,
        criteria=of.criteria,
        published=of.published if published else of.published.iloc[:0],
        thresholds=of.thresholds,
        results_files=of.results_files,
        set_aside=table("source,row,urn,column,value,reason", "register,7,100001,easting,1,outside England's extent"),
        results_summary=table("source,row,level,phase,pupils,pupils_status", "ks2,9,england_all,primary,580000,ok"),
        population=table(
            "urn,phase,coordinates_from,la_code,la_name,register_la_code,la_doubt",
            "100000,primary,register,201,City of London,201,",
            "100001,primary,,201,City of London,201,",
        ),
        ledger=table(
            "step,source,reason,rows_in,rows_out,rows_left_out",
            "clean,register,,12,10,2",
            "clean,register,type out of scope: sixteen_plus,,,2",
            "population,register,,10,9,1",
            "match,primary,,5,5,0",
        ),
        named=named(of.schools.drop(columns=["partners", "nearest_m"]), of.reach) if name_schools else None,
        figures=[
            {
                **{"name": figure, "section": "regions", "csv": f"{figure}.csv", "alt": f"It shows {figure}."},
                **{"title": f"What does {figure} show?", "caption": f"How to read {figure}."},
                "svg": SVG.format(name=figure, alt=f"It shows {figure}."),
                "csv_content": f"figure,value\n{figure},1\n".encode(),
            }
            for figure in FIGURES
        ],
        software=[("snakemake", "9.27.1"), ("pandas", "3.1.1")],
    )
    saved = ("england", "regions", "local_authorities", "urban_rural", "criteria", "published", "ledger")
    saved += ("pairing", "support", "likeness", "trusts")
    files = {PATHS[name]: getattr(run, name).to_csv(index=False).encode() for name in saved}
    schools = of.schools.drop(columns=["partners", "nearest_m"])
    told = caveats_of(run, of.unknown)
    files["caveats/caveats.csv"] = told.to_csv(index=False).encode()
    return changed(run, files=files, caveats=Caveats(told)), schools, of.reach


@functools.cache
def _example(schools, lacking, synthetic):
    rows = [_school(*school) for school in schools]
    return example(rows, lacking=lacking, synthetic=synthetic, curve_miles=range(1, 11))


def changed(run, **changes):
    """Return a run with other tables; the caveats stay."""
    return dataclasses.replace(run, **changes)


def caveats_of(run, unknown):
    """Return what the step `caveats` makes of a run. `unknown`: classified/unknown."""
    of_run = caveats.Run(
        synthetic=run.summary["synthetic"],
        phases={row["phase"]: row for row in run.england.to_dict("records") if row["schools"]},
        unknown=unknown,
        criteria=run.method["criteria"],
        regions=run.regions,
        measures=run.measures,
        alike=run.method["alike"],
        likeness=run.likeness,
    )
    return tables.conform(caveats.caveats(of_run), schemas.CAVEATS)


def _school(phase, region, authority, group, partners, nearest_m, name):
    place = (None, None) if group in ("in_need", "both") and partners is None else (400_000, 300_000)
    return (phase, region, authority, group, *place, {"name": name, "partners": partners, "nearest_m": nearest_m})


@functools.cache
def _stated():
    """The release whose sources are taken, and the published figures."""
    return settings.load_release("2016"), settings.read_yaml(settings.WORKFLOW / "facts" / "published.yaml")


def named(schools, reach):
    """Return what report.named_schools does, without calling it."""
    without = reach[reach["partners"] == 0]
    return without.merge(schools[["urn", "phase", "name", "la_name", "region"]], on=["urn", "phase"])


def table(header, *lines):
    """Return a data frame of CSV lines."""
    rows = list(csv.reader(io.StringIO("\n".join((header, *lines)))))
    frame = pd.DataFrame([[None if cell == "" else cell for cell in row] for row in rows[1:]], columns=rows[0])
    return frame.apply(
        lambda column: pd.to_numeric(column) if column.astype(str).str.fullmatch(r"\d+|None").all() else column
    )


def _manifest(release, synthetic):
    file = {
        **{"source": "register", "file": "register.csv", "title": "Register of schools", "publisher": "Department"},
        **{"origin": "generated by this project" if synthetic else "supplied", "supplied_as": None},
        **{"landing_page": None if synthetic else "https://example.org/register", "size": 5_749_546},
        **{"sha256": "ab" * 32, "retrieved": None if synthetic else "2026-01-02T03:04:05Z"},
        "licence": release["licence"],
    }
    absent = {
        **{
            "source": "designations",
            "file": "designations.csv",
            "title": "Designations",
            "note": "No longer published.",
        },
        **{"why": "optional, and not supplied", "landing_page": None},
    }
    return {"release": "small", "synthetic": synthetic, "files": [file], "absent": [] if synthetic else [absent]}


def write_small_run(run, folder):
    """Write a run to `folder` as the rule finds it. Returns (inputs by name, params) of the rule."""
    texts = {
        "summary": ("summary.json", json.dumps(run.summary)),
        "manifest": ("raw/manifest.json", json.dumps(run.manifest)),
        "figures": ("figures/index.json", json.dumps([_listed(figure) for figure in run.figures])),
        "facts": ("published.yaml", yaml.safe_dump(run.facts)),
        "requirements": ("requirements.in", "snakemake\npandas>=3\n"),
        "lock": ("requirements.lock", "snakemake==9.27.1 \\\npandas==3.1.1 \\\n"),
        "caveats": ("caveats/caveats.csv", run.files["caveats/caveats.csv"].decode()),
    }
    texts |= {name: (path, getattr(run, name).to_csv(index=False)) for name, path in PATHS.items()}
    drawn = [(f"figures/{figure['name']}.svg", figure["svg"]) for figure in run.figures]
    for path, content in [*texts.values(), *drawn]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    for figure in run.figures:
        (folder / "figures" / figure["csv"]).write_bytes(figure["csv_content"])
    inputs = {name: str(folder / path) for name, (path, _) in texts.items()}
    return inputs, {"release": run.release, "method": run.method, "layouts": LAYOUTS, "name_schools": False}


def _listed(figure):
    return {key: value for key, value in figure.items() if key not in ("svg", "csv_content")}
