"""A small contrived run, as scripts/report.py reads it, for the tests of the report.

`small_run` takes the schools of the run as `(phase, region, authority, group, partners, nearest_m)`; all that the
report shows is counted from them. `partners` is None for a school that is not in need, or has no coordinates.
"""

import copy
import csv
import dataclasses
import functools
import io
import json

import pandas as pd
import yaml

import aggregate
import caveats
from lib import schemas, settings, tables
from lib.caveats import Caveats
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
PHASES = ("primary", "secondary")
FIGURES = ("shares", "regions", "map", "partners", "without_partner", "criteria", "radius", "comparison", "flow")
LAYOUTS = [
    {"phase": "primary", "columns": {"rwm_expected_pct": {"label": "Expected standard", "unit": "% of pupils"}}},
    {"phase": "secondary", "columns": {"progress8": {"label": "Progress 8", "unit": "grades"}}},
]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 432 200" role="img" aria-label="{alt}" fill="currentColor">'
    '<text x="0" y="20" font-size="12">{name}</text></svg>'
)


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
    """Return (a run as `report.read` does, classified/schools, matched/reach).

    `lacking`: measures that the release lacks, so that their criteria are not assessable. `name`: of every school.
    """
    method, release, figures = copy.deepcopy(_settings())
    group_of = {criterion: stated["group"] for criterion, stated in method["criteria"].items()}
    absent = {
        criterion
        for criterion, condition in settings.iter_conditions(method)
        if lacking and condition["measure"].startswith(tuple(lacking)) and condition.get("if_absent") != "ignore"
    }
    frame, reach = _schools(england() if schools is None else schools, group_of, absent, name)
    ladder = pd.concat(
        [
            reach[["phase", "urn"]].assign(radius_miles=float(m), partners=reach["partners"] * m // 4)
            for m in range(1, 11)
        ],
        ignore_index=True,
    )
    levels = aggregate.levels(frame, reach)
    counts = aggregate.criteria_counts(frame, group_of)
    facts = {"release": "small", "method": method["id"], "synthetic": synthetic, "reference_date": "2017-03-31"}
    facts["radius_miles"] = settings.radius_miles(method)
    summary = aggregate.summary(levels["england"], levels["regions"], counts, facts)
    comparison = _published(summary, synthetic, bool(lacking))
    paths = {
        "aggregated/england.csv": levels["england"],
        "aggregated/regions.csv": levels["regions"],
        "aggregated/local_authorities.csv": levels["local_authorities"],
        "aggregated/criteria.csv": counts,
        "compared/published.csv": comparison,
        "audit/ledger.csv": LEDGER,
    }
    run = ReportRun(
        release={key: release[key] for key in ("title", "results_year", "licence", "reference_date")}
        | {"id": "small", "synthetic": synthetic},
        method=method,
        measures=Measures(LAYOUTS),
        summary=summary,
        manifest=_manifest(release, synthetic),
        facts=figures,
        caveats=None,
        **{level: levels[level] for level in ("england", "regions", "local_authorities")},
        radius_curve=aggregate.radius_curve(frame, ladder),
        criteria=counts,
        published=comparison if published else comparison.iloc[:0],
        thresholds=_thresholds(method, lacking),
        sensitivity=_sensitivity(summary),
        results_files=_results_files(summary),
        set_aside=table("source,row,urn,column,value,reason", "register,7,100001,easting,1,outside England's extent"),
        results_summary=table("source,row,level,phase,pupils,pupils_status", "ks2,9,england_all,primary,580000,ok"),
        ledger=LEDGER,
        named=named(frame, reach) if name_schools else None,
        figures=[
            {
                "name": figure,
                "section": "regions",
                "title": f"What does {figure} show?",
                "alt": f"It shows {figure}.",
                "caption": f"How to read {figure}.",
                "csv": f"{figure}.csv",
                "svg": SVG.format(name=figure, alt=f"It shows {figure}."),
                "csv_content": f"figure,value\n{figure},1\n".encode(),
            }
            for figure in FIGURES
        ],
        software=[("snakemake", "9.27.1"), ("pandas", "3.1.1")],
        files={path: content.to_csv(index=False).encode() for path, content in paths.items()},
    )
    return changed(run), frame, reach


def changed(run, **changes):
    """Return a run with other tables, and the caveats that follow from them."""
    run = dataclasses.replace(run, **changes)
    return dataclasses.replace(run, caveats=Caveats(tables.conform(caveats.caveats(_facts_of(run)), schemas.CAVEATS)))


def _facts_of(run):
    """What the step `caveats` reads of a run."""
    return caveats.Run(
        synthetic=run.summary["synthetic"],
        phases={phase: facts for phase, facts in run.summary["phases"].items() if facts["schools"]},
        criteria=run.method["criteria"],
        **{name: getattr(run, name) for name in ("thresholds", "sensitivity", "regions", "measures")},
    )


@functools.cache
def _settings():
    """The method, the release whose sources are taken, and the published figures."""
    facts = settings.read_yaml(settings.WORKFLOW / "facts" / "published.yaml")
    method = settings.method_of_run(settings.load_method("nfer-2017"))
    return method, settings.load_release("2016"), facts


def named(frame, reach):
    """Return what report.named_schools does, without calling it."""
    without = reach[reach["partners"] == 0]
    return without.merge(frame[["urn", "phase", "name", "la_name", "region"]], on=["urn", "phase"])


def table(header, *lines):
    """Return a data frame of CSV lines."""
    rows = list(csv.reader(io.StringIO("\n".join((header, *lines)))))
    frame = pd.DataFrame([[None if cell == "" else cell for cell in row] for row in rows[1:]], columns=rows[0])
    return frame.apply(
        lambda column: pd.to_numeric(column) if column.astype(str).str.fullmatch(r"\d+|None").all() else column
    )


LEDGER = table(
    "step,source,reason,rows_in,rows_out,rows_left_out",
    "clean,register,,12,10,2",
    "clean,register,type out of scope: sixteen_plus,,,2",
    "match,primary,,5,5,0",
)


def _schools(listed, group_of, absent, name):
    authorities = {authority: str(801 + i) for i, authority in enumerate(dict.fromkeys(row[2] for row in listed))}
    rows, reach = [], []
    for urn, (phase, region, authority, group, partners, nearest) in enumerate(listed, start=100_000):
        row = {"urn": urn, "phase": phase, "name": name, "region": region, "la_name": authority, "constituency": region}
        row |= {"la_code": authorities[authority], "group": "in_need" if group == "both" else group}
        row["easting"] = None if group in ("in_need", "both") and partners is None else 400_000
        known = group != "not_assessable"
        row["high_performing"] = group in ("high_performing", "both") if known else None
        row["in_need"] = group in ("in_need", "both") if known else None
        row["both"] = group == "both" if known else None
        for criterion, of in group_of.items():
            met = row[of] and criterion in ("outstanding", "less_than_good")
            row[criterion] = "met" if met else "not_met" if known else "not_assessable"
            row[criterion] = "not_assessable" if criterion in absent else row[criterion]
        rows.append(row)
        if partners is not None:
            reach.append({"phase": phase, "urn": urn, "partners": partners, "nearest_m": nearest})
    columns = {"phase": "str", "urn": "int64", "partners": "int64", "nearest_m": "float64"}
    frame = pd.DataFrame(rows).astype({"both": "boolean", "easting": "Int64"})
    return frame, pd.DataFrame(reach, columns=list(columns)).astype(columns)


def _published(summary, synthetic, lacking):
    """Published figures of which, for schools as `england` gives them, some agree, some differ, one cannot be had."""
    evidence = "none" if synthetic else "partial" if lacking else "full"
    rows = []
    for phase, facts in summary["phases"].items():
        for group in ("high_performing", "in_need"):
            value = facts[f"share_{group}"] * 100
            rows.append((f"{phase}_{group}", "share", phase, "27", f"{value:.6g}", value - 27, round(value) == 27))
        median = facts["median_partners"]
        reproduced = (None, None, None) if median is None else (f"{median:g}", median - 2, median == 2)
        rows.append((f"{phase}_partners_nearby", "median", phase, "2", *reproduced))
        rows.append((f"{phase}_below_floor_2016", "count", phase, "665", "670", 5.0, False))
    rows.append(("supply", "claim", "both", "true", "true", None, True))
    columns = ["id", "kind", "phase", "published", "reproduced", "difference", "agrees"]
    table = pd.DataFrame(rows, columns=columns).astype({"agrees": "boolean", "difference": "float64"})
    note = "Not assessable in this release: designated." if lacking else None
    source = table["id"].map(lambda name: "dfe_sfr62_2016" if "floor" in name else "nfer_press_release")
    return table.assign(evidence=evidence, note=note, source=source, label="Statistic " + table["id"])


def _thresholds(method, lacking):
    rows = []
    for phase in PHASES:
        for criterion, condition in settings.iter_conditions(method, phase):
            available = not condition["measure"].startswith(tuple(lacking)) if lacking else True
            quantile = condition.get("quantile")
            rows.append(
                {
                    "criterion": criterion,
                    "phase": phase,
                    "measure": condition["measure"],
                    "is": condition["is"],
                    "threshold": (55.5 if available else None) if quantile else condition["value"],
                    "quantile": quantile,
                    "schools_with_value": 1234 if quantile and available else None,
                    "available": available,
                    "if_absent": condition.get("if_absent"),
                }
            )
    return pd.DataFrame(rows)


def _sensitivity(summary):
    rows = []
    for phase, facts in summary["phases"].items():
        for place, value in enumerate(("0.4", "0.5", "0.6")):
            shares = {key: facts[f"share_{key}"] * (1.2 - 0.1 * place) for key in ("high_performing", "in_need")}
            rows.append(
                {
                    "id": "high_attainment_ks2" if phase == "primary" else "high_attainment_ks4",
                    "phase": phase,
                    "criterion": "good_with_strong_results",
                    "kind": "quantile",
                    "value": value,
                    "used": value == "0.5",
                    "criterion_met": 10 - place,
                    "criterion_not_assessable": 0,
                    **{key: round(share * facts["schools"]) for key, share in shares.items()},
                    **{f"share_{key}": share for key, share in shares.items()},
                }
            )
    return pd.DataFrame(rows)


def _results_files(summary):
    rows = []
    for phase in summary["phases"]:
        for where, met in (("all_rows", 670), ("in_population", 600), ("not_in_register", 70)):
            counts = {"met": met, "not_met": 9000, "not_assessable": 12}
            rows.append({"phase": phase, "criterion": "below_floor", "where": where, **counts})
    return pd.DataFrame(rows, columns=["phase", "criterion", "where", "met", "not_met", "not_assessable"])


def _manifest(release, synthetic):
    licence = release["licence"]
    file = {"source": "register", "file": "register.csv", "title": "Register of schools", "publisher": "Department"}
    file |= {
        "origin": "generated by this project" if synthetic else "supplied",
        "supplied_as": None,
        "licence": licence,
    }
    file |= {"landing_page": None if synthetic else "https://example.org/register", "size": 5_749_546}
    file |= {"sha256": "ab" * 32, "retrieved": None if synthetic else "2026-01-02T03:04:05Z"}
    absent = {
        "source": "designations",
        "file": "designations.csv",
        "title": "Designations",
        "note": "No longer published.",
    }
    absent |= {"why": "optional, and not supplied", "landing_page": None}
    return {"release": "small", "synthetic": synthetic, "files": [file], "absent": [] if synthetic else [absent]}


def write_small_run(run, folder):
    """Write a run to `folder` as the rule finds it. Returns (inputs by name, params) of the rule."""
    frames = {
        "aggregated": ("england", "regions", "local_authorities", "radius_curve", "criteria"),
        "compared": ("published",),
        "classified": ("thresholds", "sensitivity", "results_files"),
        "clean": ("set_aside", "results_summary"),
        "audit": ("ledger",),
    }
    texts = {
        "summary": ("summary.json", json.dumps(run.summary)),
        "manifest": ("raw/manifest.json", json.dumps(run.manifest)),
        "figures": ("figures/index.json", json.dumps([_listed(figure) for figure in run.figures])),
        "facts": ("published.yaml", yaml.safe_dump(run.facts)),
        "requirements": ("requirements.in", "snakemake\npandas>=3\n"),
        "lock": ("requirements.lock", "snakemake==9.27.1 \\\npandas==3.1.1 \\\n"),
        "caveats": ("caveats/caveats.csv", caveats.caveats(_facts_of(run)).to_csv(index=False)),
    }
    for step, names in frames.items():
        texts |= {name: (f"{step}/{name}.csv", getattr(run, name).to_csv(index=False)) for name in names}
    drawn = [(f"figures/{figure['name']}.svg", figure["svg"]) for figure in run.figures]
    for path, content in [*texts.values(), *drawn]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    for figure in run.figures:
        (folder / "figures" / figure["csv"]).write_bytes(figure["csv_content"])
    inputs = {name: str(folder / path) for name, (path, _) in texts.items()}
    params = {"release": run.release, "method": run.method, "layouts": LAYOUTS, "name_schools": False}
    return inputs, params


def _listed(figure):
    return {key: value for key, value in figure.items() if key not in ("svg", "csv_content")}
