"""Clean the results files (key stages 2 and 4, also of earlier years) into one wide table.

Inputs: every results file of the release.
Outputs: clean/results.csv (one row a URN and phase: each measure and its `_status`), clean/results_summary.csv
(authority and England rows, an outside check), links to predecessors that the files state (URN_AC), rows left out.
Measures of an earlier year carry the suffix `_1y_before`, `_2y_before`.
"""

import functools
from pathlib import Path

import pandas as pd

from lib import domain, run_step, schemas, source_files, source_text, tables
from lib.releases import HAVE_VALUE, ROW, added_row, added_to, measure_suffix, parts_of
from lib.run_step import UserError

IN_WORDS = ("school_type", "closed_flag")  # what a file says of a school beside its figures
NOT_STATED = ("missing", "unspecified")  # what a blank cell is in our words, of figures and of names


def clean_results(
    path: str | Path, source: dict, source_id: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (schools, summary, links, rejected) of one results file.

    `schools`: one row a URN: `source`, `row` (of a long file also those of further rows, `row_part_{name}`), what the
    file says in words (`school_type`), each measure with `_status`.
    `summary`: the authority and England rows with their level. `links`: schemas.LINKS. `rejected`: schemas.REJECTED.
    Raises UserError for an unlisted record type, an unknown code, a URN that stands twice, or no school at all.
    """
    suffix = measure_suffix(source)
    records, rejected = source_files.read(path, source, source_id)
    level = _levels(records, path, source)
    figures = pd.DataFrame(index=records.index)
    for name, spec in source["columns"].items():
        both = [f"{name}{suffix}", f"{name}{suffix}_status"]
        if spec["type"] in HAVE_VALUE and name in records:
            figures[both[0]], figures[both[1]] = source_files.parse_figures(records, name, path, source)
        elif "if_blank" in spec:  # the file lacks what was not published
            figures[both[0]], figures[both[1]] = float("nan"), spec["if_blank"]

    is_summary = ~level.isin(["school", "special_school"])
    summary = pd.DataFrame({"source": source_id, "row": records["row"], "level": level, "phase": source["phase"]})
    summary = summary.join(figures)[is_summary]

    left_out = level.map(lambda v: "special school" if v == "special_school" else f"summary row: {v}")
    schools, out_of_scope = source_files.reject(records, level != "school", source_id, left_out)
    _stop_without_schools(schools, level, path, source)
    schools, no_urn = source_files.parse_urn(schools, path, source, source_id)
    source_files.stop_at_repeats(schools, path)
    rows = dict.fromkeys(f"row{suffix}_part_{part}" for part in parts_of(source))  # of which the file may have none
    rows |= {f"row{suffix}{column.removeprefix('row')}": schools[column] for column in schools if ROW.fullmatch(column)}
    cleaned = schools[["urn"]].assign(**{f"source{suffix}": source_id}, **rows).join(figures)
    for name, spec in source["columns"].items():
        if spec["type"] == "code" and name in schools:
            cleaned[f"{name}{suffix}"] = source_files.parse_codes(schools, name, path, source)
    rejected = pd.concat([rejected, out_of_scope, no_urn], ignore_index=True)
    return cleaned, summary, _links(schools, path, source, source_id), rejected


def widen(cleaned: dict[str, pd.DataFrame], sources: dict[str, dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (results, rejected): cleaned files joined into one row a (urn, phase); `cleaned`: {source id: table}.

    A school that is in one file and not in another has the status `no_row` for the other's measures, or `missing` where
    the copy of the other is `partial`. What a source `supplies` is added to the file of the same phase and year: see
    `add`.
    """
    frames = {name: frame for name, frame in cleaned.items() if "supplies" not in sources[name]}
    parts, rejected = [], [tables.empty(schemas.REJECTED)]
    for name in (name for name in cleaned if "supplies" in sources[name]):
        to, suffix = added_to(sources[name], sources), measure_suffix(sources[name])
        main = frames.get(to, cleaned[name].iloc[:0][["urn"]])
        main, left_out = add(cleaned[name], main, name, suffix, added_row(name, sources[name]))
        frames |= {to: main} if to in frames else {}
        rejected.append(left_out)
    for phase in domain.PHASES:
        of_phase = {name: frame for name, frame in frames.items() if sources[name]["phase"] == phase}
        if of_phase:
            wide = functools.reduce(lambda wide, frame: wide.merge(frame, on="urn", how="outer"), of_phase.values())
            for name, frame in of_phase.items():
                absent = "missing" if sources[name].get("partial") else "no_row"
                wide = wide.fillna(dict.fromkeys(frame.columns[frame.columns.str.endswith("_status")], absent))
            wide = wide.astype(dict.fromkeys(filter(ROW.fullmatch, wide), "Int64"))
            parts.append(wide.sort_values("urn").assign(phase=phase))
    results = pd.concat(parts, ignore_index=True)
    return results.assign(**{c: None for c in IN_WORDS if c not in results}), pd.concat(rejected, ignore_index=True)


def add(
    cleaned: pd.DataFrame, main: pd.DataFrame, source_id: str, suffix: str, row: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (`main` with what another file of the same phase and year supplies, rejected).

    What `main` states stands, a code as well as a figure; what is blank there, and columns that it lacks, come from
    `cleaned`. Its rows of schools that `main` lacks are left out. `row`: the column that takes the others' lines.
    """
    rows = {column: f"row{column.removeprefix(f'row{suffix}')}" for column in cleaned if ROW.fullmatch(column)}
    cleaned = cleaned.rename(columns=rows).drop(columns=f"source{suffix}", errors="ignore")
    absent = ~cleaned["urn"].isin(main["urn"])
    added, rejected = source_files.reject(cleaned, absent, source_id, domain.NOTHING_TO_ADD_TO)
    rows = {column: f"{row}{column.removeprefix('row')}" for column in rows.values()}
    added = added.set_index("urn").reindex(main["urn"]).rename(columns=rows).set_index(main.index)
    out = main.copy()
    for column in added:
        words = f"{column}_status" if f"{column}_status" in added else column
        if column.endswith("_status") and column.removesuffix("_status") in added:
            continue
        stated = ~main[words].isin(NOT_STATED) if words in main else pd.Series(False, index=main.index)
        kept = stated | added[words].isna()
        for part in dict.fromkeys((column, words)):
            out[part] = main[part].where(kept, added[part]) if part in main else added[part]
    return out, rejected


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
    words = {source_text.same_name(name): word for name, word in source["record_type"]["values"].items()}
    level = records["record_type"].map(
        {text: words.get(source_text.same_name(text)) for text in records["record_type"].unique()}
    )
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
    successor = source_files.parse_urns(schools, "successor_urn", path, source)
    links = schools[["row"]].assign(source=source_id, urn=successor, predecessor_urn=schools["urn"])
    return links[successor.notna() & (successor != schools["urn"])].astype({"urn": "int64"})


def main(snakemake):
    sources = snakemake.params.sources
    cleaned, others = {}, []
    for (name, source), path in zip(sources.items(), snakemake.input.raw, strict=True):
        cleaned[name], *other = clean_results(path, source, name)
        others.append(other)
    summary, links, rejected = (pd.concat(parts, ignore_index=True) for parts in zip(*others, strict=True))
    results, nothing_to_add_to = widen(cleaned, sources)
    rejected = pd.concat([rejected, nothing_to_add_to], ignore_index=True)
    measures = {name: words for name, words in measures_of(sources).items() if name in results}
    out = snakemake.output
    tables.write(results, schemas.results(measures, sources), csv=out.results, parquet=out.results_parquet)
    tables.write(summary, schemas.results_summary(measures), csv=out.summary)
    tables.write(links, schemas.LINKS, csv=out.links, parquet=out.links_parquet)
    tables.write(rejected, schemas.REJECTED, csv=out.rejected)


if "snakemake" in globals():
    run_step.run(main, snakemake)
