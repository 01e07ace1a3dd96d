"""Sum up by England, region, local authority and constituency, and write the headline.

Inputs: classified/schools and criteria, matched/reach and radius_curve.
Outputs: aggregated/*.csv (one row an area and phase; shares with numerator and denominator beside them),
aggregated/radius_curve.csv, aggregated/criteria.csv, summary.json.
Quartiles are interpolated linearly, as numpy does by default.
"""

import json

import numpy as np
import pandas as pd

from lib import domain, run_step, schemas, tables
from lib.area_columns import NOT_STATED


def areas(schools: pd.DataFrame, reach: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return one row an area and phase: counts, shares, partners. `by`: the columns that name an area."""
    keys = [*by, "phase"]
    flags = schools[keys].assign(schools=1, both=schools["both"].fillna(False))
    for group in domain.GROUPS:
        flags[group] = schools["group"] == group
    flags["high_performing_without_coordinates"] = flags["high_performing"] & schools["easting"].isna()
    counts = flags.groupby(keys, dropna=False).sum().astype("int64")
    for group in ("high_performing", "in_need", "not_assessable"):
        counts[f"share_{group}"] = counts[group] / counts["schools"]
    need = counts["in_need"]
    counts["high_performing_per_in_need"] = (counts["high_performing"] / need).where(need > 0)
    reached = schools[["urn", *keys]].merge(reach, on=["urn", "phase"])
    grouped = reached.groupby(keys, dropna=False)
    partners = grouped["partners"]
    matched = pd.DataFrame(
        {
            "in_need_with_coordinates": partners.size(),
            "median_partners": partners.median(),
            "lower_quartile_partners": partners.quantile(0.25),
            "upper_quartile_partners": partners.quantile(0.75),
            "in_need_without_partner": partners.agg(lambda p: int((p == 0).sum())),
            "median_nearest_m": grouped["nearest_m"].median(),
        }
    )
    table = counts.join(matched)
    for column in ("in_need_with_coordinates", "in_need_without_partner"):
        table[column] = table[column].fillna(0).astype("int64")
    table["in_need_without_coordinates"] = table["in_need"] - table["in_need_with_coordinates"]
    placed = table["in_need_with_coordinates"]
    table["share_in_need_without_partner"] = (table["in_need_without_partner"] / placed).where(placed > 0)
    return table.reset_index()


def with_home_region(schools: pd.DataFrame, by: str) -> pd.DataFrame:
    """Give all schools of an area (`by`) the region where most of them lie: an area is counted once.

    Of several regions with as many, the first by name. Schools whose area is not stated lie in no one region.
    """
    region = schools.groupby(by, dropna=False)["region"].agg(lambda regions: regions.mode().iloc[0]).rename("home")
    schools = (
        schools.merge(region, left_on=by, right_index=True).drop(columns="region").rename(columns={"home": "region"})
    )
    return schools.assign(region=schools["region"].where(schools[by].notna(), None))


def levels(schools: pd.DataFrame, reach: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return {level: table} of England, regions, local authorities and constituencies; schemas.areas."""
    by_authority, by_constituency = with_home_region(schools, "la_code"), with_home_region(schools, "constituency")
    if schools["constituency"].isna().all():  # the register does not have them
        by_constituency = by_constituency.iloc[:0]
    return {
        "england": _name(areas(schools, reach, []), None),
        "regions": _name(areas(schools, reach, ["region"]), "region", region="region"),
        "local_authorities": _name(
            areas(by_authority, reach, ["la_code", "la_name", "region"]), "la_name", "la_code", "region"
        ),
        "constituencies": _name(
            areas(by_constituency, reach, ["constituency", "region"]), "constituency", region="region"
        ),
    }


def radius_curve(schools: pd.DataFrame, counts_by_radius: pd.DataFrame) -> pd.DataFrame:
    """Return schemas.RADIUS_CURVE: for England and each region, partners within each radius of the curve."""
    placed = counts_by_radius.merge(schools[["urn", "phase", "region"]], on=["urn", "phase"])
    both = pd.concat([placed.assign(area="England"), placed.assign(area=placed["region"])], ignore_index=True)
    grouped = both.groupby(["area", "phase", "radius_miles"])["partners"]
    return pd.DataFrame(
        {
            "schools_in_need": grouped.size(),
            "median_partners": grouped.median(),
            "lower_quartile_partners": grouped.quantile(0.25),
            "upper_quartile_partners": grouped.quantile(0.75),
            "share_without_partner": grouped.agg(lambda p: float((p == 0).mean())),
        }
    ).reset_index()


def criteria_counts(schools: pd.DataFrame, group_of: dict[str, str]) -> pd.DataFrame:
    """Return schemas.CRITERIA_COUNTS: per phase and criterion how many schools have each outcome."""
    rows = []
    for phase, of_phase in schools.groupby("phase"):
        for name, group in group_of.items():
            outcome = of_phase[name].dropna()
            if outcome.empty:
                continue
            others = [other for other, g in group_of.items() if g == group and other != name]
            alone = (of_phase[name] == "met") & ~(of_phase[others] == "met").any(axis=1)
            counts = {words: int((outcome == words).sum()) for words in domain.OUTCOMES}
            rows.append({"phase": phase, "criterion": name, "group": group, **counts, "met_alone": int(alone.sum())})
    return pd.DataFrame(rows)


def summary(england: pd.DataFrame, regions: pd.DataFrame, counts: pd.DataFrame, facts: dict) -> dict:
    """Return the headline as the contract has it. `facts`: release, method, synthetic, reference_date, radius_miles."""
    phases = {}
    for row in england.to_dict("records"):
        of_phase = counts[counts["phase"] == row["phase"]].set_index("criterion")
        phases[row["phase"]] = {
            key: _plain(row[key])
            for key in (
                "schools",
                "high_performing",
                "in_need",
                "both",
                "neither",
                "not_assessable",
                "share_high_performing",
                "share_in_need",
                "median_partners",
                "in_need_without_partner",
                "in_need_without_coordinates",
                "high_performing_without_coordinates",
            )
        } | {"criteria": {name: {k: int(of_phase[k][name]) for k in domain.OUTCOMES} for name in of_phase.index}}
    keys = ("region", "phase", "schools", "high_performing", "in_need", "median_partners")
    listed = [
        {key: _plain(row[key]) for key in keys} for row in regions.assign(region=regions["area"]).to_dict("records")
    ]
    return {**facts, "phases": phases, "regions": listed}


def _plain(value):
    """A value as JSON has it: unknown as null, whole numbers as such, shares to six decimals."""
    if pd.isna(value):
        return None
    if isinstance(value, (int, np.integer, str)):
        return value if isinstance(value, str) else int(value)
    return round(float(value), 6)


def _name(table, area, code=None, region=None):
    """Give a table of areas the columns area_code, area, region; `area` None means England as a whole."""
    table = table.assign(
        area="England" if area is None else table[area].fillna(NOT_STATED),
        area_code=None if code is None else table[code],
        region=None if region is None else table[region],
    )
    return table.sort_values(["phase", "area"]).reset_index(drop=True)


def main(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    schools, reach, counts_by_radius = (tables.read(files[name]) for name in ("schools", "reach", "radius_curve"))
    schools["both"] = schools["both"].astype("boolean")
    tabled = levels(schools, reach)
    words = {
        "england": "country",
        "regions": "region",
        "local_authorities": "local authority",
        "constituencies": "constituency",
    }
    for level, table in tabled.items():
        schema = schemas.areas(words[level])
        tables.write(table[list(schema.columns)], schema, csv=out[level])
    counts = criteria_counts(schools, {name: criterion["group"] for name, criterion in params.criteria.items()})
    tables.write(counts, schemas.CRITERIA_COUNTS, csv=out.criteria)
    tables.write(radius_curve(schools, counts_by_radius), schemas.RADIUS_CURVE, csv=out.radius_curve)
    headline = summary(tabled["england"], tabled["regions"], counts, params.facts)
    with open(out.summary, "w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(headline, indent=1, ensure_ascii=False) + "\n")


if "snakemake" in globals():
    run_step.run(main, snakemake)
