"""Clean the results files (key stages 2 and 4, also of earlier years) into one wide table.

Inputs: every results file of the release.
Outputs: clean/results.csv (one row a URN and phase: each measure and its `_status`), clean/results_summary.csv
(authority and England rows, an outside check), links to predecessors that the files state (URN_AC), rows left out.
Measures of an earlier year carry the suffix `_1y_before`, `_2y_before`.
"""

import functools
from pathlib import Path

import pandas as pd

from lib import domain, run_step, schemas, source_files, tables
from lib.releases import HAVE_VALUE, measure_suffix
from lib.run_step import UserError


def clean_results(
    path: str | Path, source: dict, source_id: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (schools, summary, links, rejected) of one results file.

    `schools`: one row a URN: `source`, `row`, `school_type` (if the layout has it), each measure with its `_status`.
    `summary`: the authority and England rows with their level. `links`: schemas.LINKS. `rejected`: schemas.REJECTED.
    Raises UserError for an unlisted record type, an unknown code, a URN that stands twice, or no school at all.
    """
    suffix = measure_suffix(source)
    records, rejected = source_files.read(path, source, source_id)
    level = _levels(records, path, source)
    figures = pd.DataFrame(index=records.index)
    for name, spec in source["columns"].items():
        if spec["type"] in HAVE_VALUE and name in records:
            both = [f"{name}{suffix}", f"{name}{suffix}_status"]
            figures[both[0]], figures[both[1]] = source_files.parse_figures(records, name, path, source)

    is_summary = ~level.isin(["school", "special_school"])
    summary = pd.DataFrame({"source": source_id, "row": records["row"], "level": level, "phase": source["phase"]})
    summary = summary.join(figures)[is_summary]

    left_out = level.map(lambda v: "special school" if v == "special_school" else f"summary row: {v}")
    schools, out_of_scope = source_files.reject(records, level != "school", source_id, left_out)
    _stop_without_schools(schools, level, path, source)
    schools, no_urn = source_files.parse_urn(schools, path, source, source_id)
    source_files.stop_at_repeats(schools, path)
    cleaned = schools[["urn"]].assign(**{f"source{suffix}": source_id, f"row{suffix}": schools["row"]}).join(figures)
    if "school_type" in schools:
        cleaned[f"school_type{suffix}"] = source_files.parse_codes(schools, "school_type", path, source)
    rejected = pd.concat([rejected, out_of_scope, no_urn], ignore_index=True)
    return cleaned, summary, _links(schools, path, source, source_id), rejected


def widen(cleaned: dict[str, pd.DataFrame], phases: dict[str, str]) -> pd.DataFrame:
    """Join cleaned files into one row a (urn, phase). `cleaned`: {source id: table}; `phases`: {source id: phase}.

    A school that is in one year's file and not in another's has the status `no_row` for the other's measures.
    """
    parts = []
    for phase in domain.PHASES:
        frames = [frame for name, frame in cleaned.items() if phases[name] == phase]
        if frames:
            wide = functools.reduce(lambda wide, frame: wide.merge(frame, on="urn", how="outer"), frames)
            statuses = wide.columns[wide.columns.str.endswith("_status")]
            rows = wide.columns[wide.columns.str.startswith("row")]
            wide = wide.fillna(dict.fromkeys(statuses, "no_row")).astype(dict.fromkeys(rows, "Int64"))
            parts.append(wide.sort_values("urn").assign(phase=phase))
    return pd.concat(parts, ignore_index=True)


def measures_of(sources: dict[str, dict]) -> dict[str, tuple]:
    """Return {measure: (label, unit, source as id: column)}; of a measure of several files, such as `pupils`, all."""
    measures = {}
    for source_id, source in sources.items():
        years = source.get("years_before", 0)
        ago = f", {years} year{'s' if years > 1 else ''} before" if years else ""
        for name, spec in source["columns"].items():
            if spec["type"] in HAVE_VALUE:
                origin = f"{source_id}: {source_files.header_name(source, name)}"
                of_name = measures.setdefault(f"{name}{measure_suffix(source)}", ({}, {}, {}))
                for seen, words in zip(of_name, (spec["label"] + ago, spec.get("unit"), origin), strict=True):
                    seen[words] = None
    return {name: tuple("; ".join(filter(None, seen)) or None for seen in words) for name, words in measures.items()}


def _levels(records, path, source):
    level = records["record_type"].map(source["record_type"]["values"])
    if level.isna().any():
        at, column = level.isna().idxmax(), source["record_type"]["column"]
        raise UserError(
            f"{Path(path).name}, row {records['row'][at]}, column {column}: '{records['record_type'][at]}' is not a "
            f"listed record type. If it is a new one, add it under record_type.values in "
            f"workflow/layouts/{source['layout']}.yaml."
        )
    return level


def _stop_without_schools(schools, level, path, source):
    if schools.empty:
        found = ", ".join(f"{rows} of {name.replace('_', ' ')}" for name, rows in level.value_counts().items())
        raise UserError(
            f"{Path(path).name}: no row is a mainstream school's; there are {found}. Fetch the file again, or check "
            f"record_type in workflow/layouts/{source['layout']}.yaml."
        )


def _links(schools, path, source, source_id):
    if "successor_urn" not in schools:
        return tables.empty(schemas.LINKS)
    successor = source_files.parse_integers(schools, "successor_urn", path, source)
    links = schools[["row"]].assign(source=source_id, urn=successor, predecessor_urn=schools["urn"])
    return links[successor.notna() & (successor != schools["urn"])].astype({"urn": "int64"})


def main(snakemake):
    sources = snakemake.params.sources
    cleaned, others = {}, []
    for (name, source), path in zip(sources.items(), snakemake.input.raw, strict=True):
        cleaned[name], *other = clean_results(path, source, name)
        others.append(other)
    summary, links, rejected = (pd.concat(parts, ignore_index=True) for parts in zip(*others, strict=True))
    results = widen(cleaned, {name: source["phase"] for name, source in sources.items()})
    measures = {name: words for name, words in measures_of(sources).items() if name in results}
    out = snakemake.output
    tables.write(results, schemas.results(measures), csv=out.results, parquet=out.results_parquet)
    tables.write(summary, schemas.results_summary(measures), csv=out.summary)
    tables.write(links, schemas.LINKS, csv=out.links, parquet=out.links_parquet)
    tables.write(rejected, schemas.REJECTED, csv=out.rejected)


if "snakemake" in globals():
    run_step.run(main, snakemake)
