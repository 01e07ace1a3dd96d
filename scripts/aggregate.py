"""Sum up by England, region, local authority, constituency and kind of place, and write the headline.

Inputs: classified/schools, matched/reach, bounds, bounds_missing_here and radius_curve.
Outputs: aggregated/*.csv (one row an area and phase; shares with numerator and denominator, and the bounds of
each), england_missing_here.csv (where only what the files at hand lack is unknown),
aggregated/radius_curve.csv, aggregated/criteria.csv, summary.json.
Quartiles are interpolated linearly, as numpy does by default.
"""

import numpy as np
import pandas as pd
from pandas.api.typing import SeriesGroupBy

from lib import bounds, domain, run_step, schemas, tables
from lib.area_columns import ENDS
from lib.areas import AREA, LEVELS, placed
from lib.files import write_json

# The columns of aggregated/england.csv that summary.json has for each phase.
HEADLINE = (
    *("schools", *domain.CRITERION_GROUPS, "both", "neither", "not_assessable"),
    *("share_high_performing", "share_in_need", "median_partners"),
    *("in_need_without_partner", "in_need_without_coordinates", "high_performing_without_coordinates"),
)


QUARTILES = {"median": 0.5, "lower_quartile": 0.25, "upper_quartile": 0.75}
BOTH = ("_lower", "_upper")
PARTNER_BOUNDS = [
    f"{name}{end}"
    for name in (
        *(f"{name}_partners" for name in QUARTILES),
        *("median_nearest_m", "in_need_without_partner", "share_in_need_without_partner"),
    )
    for end in BOTH
]
# The bounds of the headline: its shares, and the median.
HEADLINE_BOUNDS = {
    **{group: f"share_{group}" for group in domain.CRITERION_GROUPS},
    **{name: name for name in ("median_partners", "in_need_without_partner")},
}


def areas(schools: pd.DataFrame, reach: pd.DataFrame, extent: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return one row an area and phase: counts, shares, partners, and the bounds of each.

    `reach`, `extent`: matched/reach and bounds. `by`: the columns that name an area.
    """
    keys = [*by, "phase"]
    located = schools["easting"].notna()
    flags = schools[keys].assign(schools=1, both=schools["both"].fillna(False))
    for group in domain.GROUPS:
        flags[group] = schools["group"] == group
    flags = flags.join(bounds.possible(schools))
    for end in ENDS:
        flags[f"high_performing_without_coordinates{end}"] = flags[f"high_performing{end}"] & ~located
        flags[f"in_need_with_coordinates{end}"] = flags[f"in_need{end}"] & located
        flags[f"in_need_without_coordinates{end}"] = flags[f"in_need{end}"] & ~located
    table = flags.groupby(keys, dropna=False).sum().astype("int64")
    table["share_not_assessable"] = table["not_assessable"] / table["schools"]
    other = {"": "", "_lower": "_upper", "_upper": "_lower"}
    for end in ENDS:
        for group in domain.CRITERION_GROUPS:
            table[f"share_{group}{end}"] = table[f"{group}{end}"] / table["schools"]
        need = table[f"in_need{other[end]}"]
        table[f"high_performing_per_in_need{end}"] = (table[f"high_performing{end}"] / need).where(need > 0)
    reached = schools[["urn", *keys]].merge(reach, on=["urn", "phase"]).assign(alone=lambda r: r["partners"] == 0)
    grouped = reached.groupby(keys, dropna=False)
    matched = quartiles(grouped["partners"]).assign(
        in_need_without_partner=grouped["alone"].sum(),
        median_nearest_m=grouped["nearest_m"].median(),
    )
    table = table.join(matched).join(partner_bounds(schools[["urn", *keys]], extent, keys))
    for end in ENDS:
        without = table[f"in_need_without_partner{end}"].fillna(0).astype("int64")
        table[f"in_need_without_partner{end}"] = without
    of = table["in_need_with_coordinates"]
    table["share_in_need_without_partner"] = (table["in_need_without_partner"] / of).where(of > 0)
    return table.reset_index()


def partner_bounds(schools: pd.DataFrame, extent: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the bounds of what is said of partners, indexed by `keys`; no row where no school may be in need.

    A school that is possibly in need may or may not be among those of which a median is taken.
    """
    reached = schools.merge(extent, on=["urn", "phase"])
    named = ("in_need", "partners_lower", "partners_upper", *(f"nearest_m{end}" for end in BOTH))
    values = [reached[name].to_numpy() for name in named]
    grouped = reached.groupby(keys, dropna=False)
    sizes = grouped.size()
    places = np.split(np.argsort(grouped.ngroup(), kind="stable"), sizes.cumsum()[:-1])
    rows = [_partner_bounds(*(column[of_area] for column in values)) for of_area in places if len(of_area)]
    return pd.DataFrame(rows, index=sizes.index, columns=PARTNER_BOUNDS, dtype=float)


def _partner_bounds(certain, few, many, near, far):
    found = bounds.quantile_bounds(few, many, certain, list(QUARTILES.values()))
    near, far = (np.where(np.isnan(metres), np.inf, metres) for metres in (near, far))
    found += bounds.quantile_bounds(near, far, certain, [0.5])
    none, maybe_none = many == 0, few == 0
    least, most = int((certain & none).sum()), int(maybe_none.sum())
    # The share is least when all that have a partner come to be in need, most when all that have none do. With nobody
    # in the sum, those who may be in need are all alike: none of them can have a partner, or each has one.
    total, other = certain.sum() + (~certain & ~none).sum(), certain.sum() + (~certain & maybe_none).sum()
    found += [(least, most), (least / total if total else 1.0, most / other if other else 0.0)]
    return [value for ends in found for value in ends]


def quartiles(partners: SeriesGroupBy) -> pd.DataFrame:
    """Return median_partners, lower_quartile_partners and upper_quartile_partners, a row a group of schools in need."""
    return pd.DataFrame({f"{name}_partners": partners.quantile(part) for name, part in QUARTILES.items()})


def by_level(schools: pd.DataFrame, reach: pd.DataFrame, extent: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return schemas.areas of a level, sorted by phase and area; arguments as of `areas`."""
    return areas(placed(schools, level), reach, extent, AREA).sort_values(["phase", "area"], ignore_index=True)


def radius_curve(schools: pd.DataFrame, counts_by_radius: pd.DataFrame) -> pd.DataFrame:
    """Return schemas.RADIUS_CURVE: for England and each region, partners within each radius of the curve."""
    reached = counts_by_radius.merge(schools[["urn", "phase", "region"]], on=["urn", "phase"])
    both = pd.concat([reached.assign(area="England"), reached.assign(area=reached["region"])], ignore_index=True)
    grouped = both.assign(alone=both["partners"] == 0).groupby(["area", "phase", "radius_miles"])
    table = quartiles(grouped["partners"]).assign(
        schools_in_need=grouped.size(), share_without_partner=grouped["alone"].mean()
    )
    return table.reset_index()


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


def pairs_judged(reach: pd.DataFrame) -> dict[str, dict[str, dict[str, int]]]:
    """Return {"pairs_judged": {phase: {by_time, by_line}}}: of how many pairs within reach a travel time decided,
    of how many the straight line; nothing of a run without travel times. `reach`: matched/reach."""
    if "partners_by_time" not in reach:
        return {}
    sums = reach.groupby("phase")[["partners", "partners_by_time"]].sum()
    return {"pairs_judged": {phase: {"by_time": int(n), "by_line": int(of - n)} for phase, of, n in sums.itertuples()}}


def summary(england: pd.DataFrame, regions: pd.DataFrame, counts: pd.DataFrame, facts: dict) -> dict:
    """Return the headline as the contract has it. `facts`: release, method, synthetic, reference_date, radius_miles; of
    a run with travel times also travel_minutes and pairs_judged."""
    phases = {}
    for row in england.to_dict("records"):
        of_phase = counts[counts["phase"] == row["phase"]].set_index("criterion")
        outcomes = {name: {k: int(of_phase[k][name]) for k in domain.OUTCOMES} for name in of_phase.index}
        extent = {name: [_plain(row[f"{key}{end}"]) for end in BOTH] for name, key in HEADLINE_BOUNDS.items()}
        phases[row["phase"]] = {key: _plain(row[key]) for key in HEADLINE} | {"bounds": extent, "criteria": outcomes}
    keys = ("region", "phase", "schools", "high_performing", "in_need", "median_partners")
    listed = [
        {key: _plain(row[key]) for key in keys} for row in regions.assign(region=regions["area"]).to_dict("records")
    ]
    return {**facts, "phases": phases, "regions": listed}


def _plain(value):
    """A value as JSON has it: unknown as null, whole numbers as such, shares to six decimals."""
    if pd.isna(value) or isinstance(value, str):
        return None if pd.isna(value) else value
    return int(value) if isinstance(value, (int, np.integer)) else round(float(value), 6)


def main(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    names = ("schools", "reach", "bounds", "bounds_missing_here", "radius_curve")
    schools, reach, extent, extent_missing_here, counts_by_radius = (tables.read(files[name]) for name in names)
    schools["both"] = schools["both"].astype("boolean")
    tabled = {level: by_level(schools, reach, extent, level) for level in LEVELS}
    here = bounds.missing_here(schools), reach, extent_missing_here
    tabled["england_missing_here"] = by_level(*here, "england")
    for level, table in tabled.items():
        schema = schemas.TABLES[f"aggregated/{level}.csv"]
        tables.write(table[list(schema.columns)], schema, csv=out[level])
    counts = criteria_counts(schools, {name: criterion["group"] for name, criterion in params.criteria.items()})
    tables.write(counts, schemas.CRITERIA_COUNTS, csv=out.criteria)
    tables.write(radius_curve(schools, counts_by_radius), schemas.RADIUS_CURVE, csv=out.radius_curve)
    facts = params.facts | pairs_judged(reach)
    headline = summary(tabled["england"], tabled["regions"], counts, facts)
    write_json(headline, out.summary)


if "snakemake" in globals():
    run_step.run(main, snakemake)
