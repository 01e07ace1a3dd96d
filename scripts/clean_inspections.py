"""Clean inspections and designations: what stood on the reference date.

Inputs: every inspections and designations file of the release.
Outputs: clean/inspections.csv (per URN the latest graded inspection on or before the reference date),
clean/designations.csv (Teaching Schools and National Support Schools on that date; without rows where the release
has no list), rows left out.
"""

from pathlib import Path

import pandas as pd

from lib import run_step, schemas, source_files, tables
from lib.domain import GRADES
from lib.run_step import UserError


def clean_inspections(path: str | Path, source: dict, source_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (inspections, rejected) of one file: every graded inspection with `row`, dates, grades and statuses."""
    records, rejected = source_files.read(path, source, source_id)
    records, no_urn = source_files.parse_urn(records, path, source, source_id)
    out = records[["row", "urn"]].assign(source=source_id)
    out["inspection_date"] = source_files.parse_dates(records, "inspection_date", path, source)
    for grade in GRADES:
        if grade in records:
            out[grade], out[f"{grade}_status"] = source_files.parse_figures(records, grade, path, source)
        else:
            out[grade], out[f"{grade}_status"] = float("nan"), "not_in_release"
    why = "no overall grade: " + out["overall_effectiveness_status"]
    out, ungraded = source_files.reject(out, out["overall_effectiveness"].isna(), source_id, why)
    out, undated = source_files.reject(out, out["inspection_date"].isna(), source_id, "no inspection date")
    return out, pd.concat([rejected, no_urn, ungraded, undated], ignore_index=True)


def latest(inspections: pd.DataFrame, reference_date: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (latest, rejected): per URN the latest inspection on or before `reference_date` (ISO text).

    Of several on the same day one row is kept: with a grade that they agree on, or, where they do not, without one and
    the status `ambiguous`. Every other inspection is in `rejected`, with why.
    """
    after = inspections["inspection_date"] > reference_date
    rejected = [inspections[after].assign(reason="after the reference date")]
    before = inspections[~after]
    last = before["inspection_date"] == before.groupby("urn")["inspection_date"].transform("max")
    rejected.append(before[~last].assign(reason="an inspection on or before the reference date is later"))
    # By content, so that the order of rows and files decides nothing.
    last = before[last].sort_values(["urn", *GRADES, *(f"{grade}_status" for grade in GRADES)], kind="stable")
    unlike = pd.Series(False, index=last.index)
    for grade in GRADES:
        stated = last.groupby("urn")[grade]
        grades = stated.transform("nunique")
        last[grade] = stated.transform("first").where(grades < 2)  # one that another leaves open is known
        last[f"{grade}_status"] = last[f"{grade}_status"].where(grades == 0, "ok").where(grades < 2, "ambiguous")
        unlike |= grades > 1
    again = last.duplicated("urn", keep="first")
    reason = unlike.map({True: "another inspection of the same day has another grade, so neither is taken"})
    last["reason"] = reason.fillna("another inspection of the same day has the same grades")
    rejected = pd.concat([*rejected, last[again]])[["source", "row", "urn", "reason"]].astype({"urn": "str"})
    return last[~again].drop(columns="reason").reset_index(drop=True), rejected


def clean_designations(
    path: str | Path, source: dict, source_id: str, reference_date: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (designations, rejected) of a list: those held on `reference_date`; schemas.DESIGNATIONS."""
    records, rejected = source_files.read(path, source, source_id)
    records, no_urn = source_files.parse_urn(records, path, source, source_id)
    out = records[["row", "urn"]].assign(source=source_id)
    out["designation"] = source_files.parse_codes(records, "designation", path, source)
    start, end = (source_files.parse_dates(records, column, path, source) for column in ("from", "to"))
    later = start.fillna("") > reference_date
    over = end.fillna("9999") < reference_date
    reason = later.map({True: "begins after the reference date", False: "ended before the reference date"})
    out, rejected_dates = source_files.reject(out, later | over, source_id, reason)
    return out, pd.concat([rejected, no_urn, rejected_dates], ignore_index=True)


def main(snakemake):
    sources, reference_date = snakemake.params.sources, snakemake.params.reference_date
    inspections, designations, rejected = [], [tables.empty(schemas.DESIGNATIONS)], []
    for (name, source), path in zip(sources.items(), snakemake.input.raw, strict=True):
        if source["kind"] == "inspections":
            cleaned, left_out = clean_inspections(path, source, name)
            inspections.append(cleaned)
        else:
            cleaned, left_out = clean_designations(path, source, name, reference_date)
            designations.append(cleaned)
        rejected.append(left_out)
    inspections, not_latest = latest(pd.concat(inspections, ignore_index=True), reference_date)
    if inspections.empty:
        files = ", ".join(sorted(str(s["file"]) for s in sources.values() if s["kind"] == "inspections"))
        raise UserError(
            f"{files}: no graded inspection on or before the reference date {reference_date}. Check "
            f"reference_date in the release file, or supply a file that reaches further back."
        )
    rejected.append(not_latest)
    out = snakemake.output
    tables.write(inspections, schemas.INSPECTIONS, csv=out.inspections, parquet=out.inspections_parquet)
    designations = pd.concat(designations, ignore_index=True)
    tables.write(designations, schemas.DESIGNATIONS, csv=out.designations, parquet=out.designations_parquet)
    tables.write(pd.concat(rejected, ignore_index=True), schemas.REJECTED, csv=out.rejected)


if "snakemake" in globals():
    run_step.run(main, snakemake)
