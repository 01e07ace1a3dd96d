"""Name the cleaned rows that no school of the population uses, each with the reason.

Inputs: clean/schools, results, inspections, designations; the cleaned register; the ledger of the cleaning.
Output: audit/unused.csv. With clean/rejected.csv it tells of every row of these sources that enters no result.
"""

import numpy as np
import pandas as pd

from lib import run_step, schemas, tables

REASONS = (
    "its URN is not in the register",
    "its establishment is no school of the population",
    "its school is not of the population in this phase",
    "its school's data stand under another URN",
)


def unused(rows, used, schools, in_register):
    """Return schemas.UNUSED: the rows that no school uses.

    `rows`: source, row, urn and, of results, phase. `used`: the urn (and phase) of the rows that schools use.
    `schools`: urn, phase of the population. `in_register`: URNs of the register.
    """
    key = ["urn", "phase"] if "phase" in rows else ["urn"]

    def among(others):
        return pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(others[key]))

    tests = [~rows["urn"].isin(in_register), ~rows["urn"].isin(schools["urn"]), ~among(schools)]
    reason = np.select(tests, REASONS[:-1], REASONS[-1])
    out = rows[["source", "row", "urn"]].assign(reason=reason)
    return out[~among(used)].astype({"row": "int64", "urn": "int64"})


def of_results(results, schools, in_register):
    """Return schemas.UNUSED of the results files of all years."""
    parts = []
    for column in results:
        if column == "source" or column.startswith("source_"):
            suffix = column.removeprefix("source")
            own = [column, f"row{suffix}", "urn", "phase"]
            rows = results.loc[results[column].notna(), own].set_axis(["source", "row", "urn", "phase"], axis=1)
            held_by = f"results_urn{suffix}"
            used = schools[[held_by, "phase"]].dropna().rename(columns={held_by: "urn"})
            parts.append(unused(rows, used, schools, in_register))
    return pd.concat(parts, ignore_index=True)


def of_inspections(inspections, schools, in_register):
    """Return schemas.UNUSED of the inspections."""
    used = schools[["inspection_urn"]].dropna().rename(columns={"inspection_urn": "urn"})
    return unused(inspections, used, schools, in_register)


def main(snakemake):
    files = snakemake.input
    names = ("schools", "results", "inspections", "designations")
    schools, results, inspections, designations = (tables.read(files[name]) for name in names)
    in_register = tables.read(files.establishments)["urn"]
    parts = [
        of_results(results, schools, in_register),
        of_inspections(inspections, schools, in_register),
        unused(designations, schools, schools, in_register),
    ]
    tables.write(pd.concat(parts, ignore_index=True), schemas.UNUSED, csv=snakemake.output[0])


if "snakemake" in globals():
    run_step.run(main, snakemake)
