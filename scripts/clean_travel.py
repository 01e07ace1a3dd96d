"""Clean the travel times between schools that a researcher brings along.

Inputs: the files of travel times of the release; clean/establishments. Outputs: clean/travel (a pair of schools a row,
from the first to the second, in minutes), and the rows left out. What is near enough is decided by the step match.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lib import run_step, schemas, source_files, tables
from lib.run_step import UserError

PAIR = ["urn", "partner_urn"]


def clean_travel(
    path: str | Path, source: dict, source_id: str, in_register: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (travel, rejected) of a file; schemas.TRAVEL, REJECTED. `in_register`: the URNs of the register.

    Raises UserError for minutes that are no number or outside the layout's range, and for a second URN that is none.
    """
    records, rejected = source_files.read(path, source, source_id)
    records, no_urn = source_files.parse_urn(records, path, source, source_id)
    partner = source_files.parse_urns(records, "partner_urn", path, source)
    minutes, _ = source_files.parse_figures(records, "minutes", path, source)
    reasons = {
        "the other URN is blank": partner.isna(),
        "a school and itself": (records["urn"] == partner).fillna(False),
        "its URN is not in the register": ~records["urn"].isin(in_register),
        "the other URN is not in the register": ~partner.isin(in_register),
        "no minutes are given": minutes.isna(),
    }
    masks = [which.to_numpy(dtype=bool) for which in reasons.values()]
    kept = ~np.logical_or.reduce(masks)
    out = records[~kept]
    why = pd.Series(np.select([mask[~kept] for mask in masks], list(reasons), ""), index=out.index)
    others = _rejected(out, source_id, why)
    travel = records.loc[kept, ["row", "urn"]].assign(
        source=source_id, partner_urn=partner[kept].astype("int64"), minutes=minutes[kept]
    )
    return travel, pd.concat([rejected, no_urn, others], ignore_index=True)


def without_repeats(travel: pd.DataFrame, files: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (travel, rejected): of rows that say the same of a pair the first is kept. `files`: {source id: name}.

    Raises UserError where two rows give a pair, in the same direction, different minutes.
    """
    unlike = travel.drop_duplicates([*PAIR, "minutes"]).duplicated(PAIR)
    if unlike.any():
        other = travel.loc[unlike.idxmax()]
        first = travel[(travel[PAIR] == other[PAIR]).all(axis=1)].iloc[0]
        named = [f"{files[row['source']]}, row {row['row']} ({row['minutes']:g} minutes)" for row in (first, other)]
        raise UserError(
            f"{' and '.join(named)}: the pair of {other['urn']} and {other['partner_urn']} has two travel times, so it "
            f"is not known which of them is right ({unlike.sum():,} rows are so). Keep one row a pair and direction."
        )
    again = travel.duplicated(PAIR)
    by_source = travel[again].groupby("source", sort=False)
    repeats = [_rejected(rows, name, "repeats an earlier row of the pair") for name, rows in by_source]
    return travel[~again], pd.concat([tables.empty(schemas.REJECTED), *repeats], ignore_index=True)


def _rejected(rows, source_id, reason):
    return source_files.reject(rows, pd.Series(True, index=rows.index), source_id, reason)[1]


def main(snakemake):
    in_register = tables.read(snakemake.input.establishments)["urn"]
    travel, rejected, sources = [], [], snakemake.params.sources
    for (name, source), path in zip(sources.items(), snakemake.input.raw, strict=True):
        cleaned, left_out = clean_travel(path, source, name, in_register)
        travel.append(cleaned)
        rejected.append(left_out)
    files = {name: source["file"] for name, source in sources.items()}
    travel, repeats = without_repeats(pd.concat(travel, ignore_index=True), files)
    out = snakemake.output
    tables.write(travel, schemas.TRAVEL, csv=out.travel, parquet=out.travel_parquet)
    tables.write(pd.concat([*rejected, repeats], ignore_index=True), schemas.REJECTED, csv=out.rejected)


if "snakemake" in globals():
    run_step.run(main, snakemake)
