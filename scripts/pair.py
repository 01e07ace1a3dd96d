"""Ask whether the high-performing schools go round: pair them with schools in need, and say which partners are alike.

Inputs: population/schools, classified/schools, matched/partners. Outputs: matched/load.csv (how many schools in need
look to each high-performing school), matched/likeness.csv (of every pair, whether the two are alike, and whose the
partner is), matched/support.csv (one row a school in need), matched/pairing.csv (with whom it is paired, or why not,
for each number that a helper may take), and the sums of these by area, trust and radius in aggregated/.
Which pairs are made is decided for England as a whole, so that a school may have another's nearest partner.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

import pair_areas
from lib import likeness, pairing, run_step, tables
from lib import pairing_schemas as schemas
from lib.domain import ACADEMIES, METRES_PER_MILE, PARTNER_TRUSTS, PHASES
from lib.schemas import Table
from match import Travel, pairs_within, possible_pairs, possible_sets

TENTHS = 10  # distances are compared in the tenths of a metre that partners.csv states


def load(helpers: pd.DataFrame, partners: pd.DataFrame) -> pd.DataFrame:
    """Return schemas.LOAD of one phase, without `phase`. `helpers`: urn; `partners`: urn, partner_urn."""
    only = partners.drop_duplicates("urn", keep=False)["partner_urn"].value_counts()
    of_each = {"schools_in_need": partners["partner_urn"].value_counts(), "only_partner_of": only}
    counted = {name: helpers["urn"].map(number).fillna(0).astype("int64") for name, number in of_each.items()}
    return helpers[["urn"]].assign(**counted)


def pairs_alike(schools: pd.DataFrame, partners: pd.DataFrame, parts: Sequence[dict]) -> pd.DataFrame:
    """Return schemas.likeness of one phase, without `phase`: a row a pair.

    `schools`: urn, type, trust, trust_code and the attributes. `parts`: of the method, for the phase.
    """
    of_urn = schools.set_index("urn")
    one, other = (of_urn.loc[partners[end]] for end in ("urn", "partner_urn"))
    pairs = partners[["urn", "partner_urn"]].reset_index(drop=True)
    found = likeness.parts_of_pairs(one, other, parts)
    return pairs.assign(partner_trust=likeness.partner_trusts(one, other)).join(found)


def support(needing: pd.DataFrame, helpers: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return schemas.SUPPORT of one phase, without `phase`: a row a school in need.

    `needing`, `helpers`: the schools of the two groups: urn, type, trust, trust_code, pupils_on_roll, easting. `pairs`:
    as of `pairs_alike`.
    """
    counted = {
        "partners": pairs["urn"],
        "alike_partners": pairs["urn"][pairs["alike"].fillna(False)],
        "alike_partners_upper": pairs["urn"][pairs["alike"].fillna(True)],
        **{f"partners_{whose}": pairs["urn"][pairs["partner_trust"] == whose] for whose in PARTNER_TRUSTS},
    }
    out = needing[["urn", "pupils_on_roll"]].rename(columns={"pupils_on_roll": "pupils"})
    trust = likeness.trust_of(needing)
    for name in ("trust_code", "trust"):
        out[name] = needing[name].where(trust.notna(), None)
    for name, urns in counted.items():
        number = needing["urn"].map(urns.value_counts()).fillna(0).astype("Int64")
        out[name] = number.where(needing["easting"].notna(), pd.NA)
    of_helpers = likeness.trust_of(helpers)
    own = trust.isin(of_helpers.dropna()).astype("boolean")
    # An academy of which the register does not state the trust may be of any.
    all_known = of_helpers[helpers["type"].isin(ACADEMIES)].notna().all()
    return out.assign(own_trust_has_helper=own.where(trust.notna() & (own | all_known), pd.NA))


def pair_up(needing: pd.DataFrame, partners: pd.DataFrame, most_per_helper: int) -> pd.DataFrame:
    """Return schemas.PAIRING of one phase, without `phase`, where a helper takes at most so many.

    `needing`: urn, easting of all schools in need. `partners`: urn, partner_urn, distance_m.
    """
    one, urns = pd.factorize(partners["urn"], sort=True)
    other, helpers = pd.factorize(partners["partner_urn"], sort=True)
    distance = (partners["distance_m"].to_numpy() * TENTHS).round().astype("int64")
    made = partners.iloc[pairing.nearest_pairs(one, other, distance, most_per_helper)]
    out = needing[["urn"]].merge(made[["urn", "partner_urn", "distance_m"]], on="urn", how="left", validate="1:1")
    why = [out["partner_urn"].notna(), needing["easting"].isna().to_numpy(), ~out["urn"].isin(urns)]
    outcome = np.select(why, ["paired", "without_coordinates", "no_helper_near"], "helpers_taken")
    return out.assign(most_per_helper=most_per_helper, outcome=outcome)


def curve(needing: np.ndarray, helpers: np.ndarray, radii_m: dict[float, float], most: Sequence[int]) -> pd.DataFrame:
    """Return schemas.PAIRING_CURVE of one phase, without `phase`. `needing`, `helpers`: whole metres, shape (n, 2)."""
    i, j, distance = pairs_within(needing, helpers, max(radii_m.values()))
    order = np.lexsort((j, i))  # not by distance
    i, j, distance = i[order], j[order], distance[order]
    rows = []
    for miles, metres in radii_m.items():
        one, other = i[within := distance <= metres], j[within]
        of_radius = {"radius_miles": miles, "with_partner": len(np.unique(one))}
        rows += [of_radius | {"most_per_helper": k, "paired": pairing.most_pairs(one, other, k)} for k in most]
    return pd.DataFrame(rows).assign(in_need=len(needing)).astype({"radius_miles": "float64"})


def pairing_bounds(
    schools: pd.DataFrame, radius_m: float, most: Sequence[int], travel: Travel | None = None
) -> pd.DataFrame:
    """Return how few and how many can be paired, and left over, however what is unknown turns out; a row a number of
    schools that a helper takes.

    `schools`: of one phase: urn, high_performing, in_need (with NA), easting, northing. More in need, or more helpers,
    never make fewer pairs; one more in need leaves at most one more over, one more helper never does.
    """
    located, sets = possible_sets(schools)
    need, able = (np.flatnonzero(sets[f"{name}_upper"]) for name in ("in_need", "high_performing"))
    i, j = possible_pairs(located, need, able, radius_m, travel)
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    in_need, helper = (sets[f"{name}_lower"].to_numpy() for name in ("in_need", "high_performing"))
    rows = []
    for k in most:
        paired = {
            (sure_need, sure_help): pairing.most_pairs(*_numbered(i[keep], j[keep]), k)
            for sure_need in (True, False)
            for sure_help in (True, False)
            for keep in [(in_need[i] | (not sure_need)) & (helper[j] | (not sure_help))]
        }
        rows.append(
            {
                "most_per_helper": k,
                "paired_lower": paired[True, True],
                "paired_upper": paired[False, False],
                "left_over_lower": int(in_need.sum()) - paired[True, False],
                "left_over_upper": len(need) - paired[False, True],
            }
        )
    return pd.DataFrame(rows)


def _numbered(*ends):
    """Each end of the pairs, numbered anew from 0."""
    return [np.unique(end, return_inverse=True)[1] for end in ends]


def of_phase(
    schools: pd.DataFrame, partners: pd.DataFrame, areas: dict[str, pd.DataFrame], times: pd.DataFrame | None, params
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (table, its rows) of one phase.

    `schools`: population and classified; `partners`: matched/partners; `areas`: as of pair_areas.areas_of; `times`:
    clean/travel, where there is any.
    """
    phase, most = schools["phase"].iat[0], params.most_per_helper
    in_group = {name: schools[schools["group"] == name] for name in ("in_need", "high_performing")}
    needing, helpers = (group.sort_values("urn", ignore_index=True) for group in in_group.values())
    placed = [group.dropna(subset=["easting", "northing"]) for group in (needing, helpers)]
    points = [group[["easting", "northing"]].to_numpy(dtype=np.int64) for group in placed]
    parts = params.alike[phase]
    pairs = pairs_alike(schools, partners, parts)
    of_need = support(needing, helpers, pairs)
    paired = pd.concat([pair_up(needing, partners, k) for k in most], ignore_index=True)
    radii = {miles: miles * METRES_PER_MILE for miles in params.curve_miles}
    travel = None if times is None else Travel(times, params.travel_minutes[phase])
    extent = pairing_bounds(schools, params.radius_miles[phase] * METRES_PER_MILE, most, travel)
    yield "load", load(placed[1], partners)
    yield "likeness", pairs
    yield "support", of_need
    yield "pairing", paired
    yield "pairing_curve", curve(*points, radii, most)
    yield "pairing_of_areas", pair_areas.pairing(areas, paired, extent)
    yield "support_of_areas", pair_areas.support(areas, of_need)
    yield "likeness_parts", pair_areas.likeness_parts(schools, pairs, parts)
    yield "trusts", pair_areas.trusts(schools, of_need)


def outputs(alike: Mapping[str, Sequence[dict]]) -> dict[str, Table]:
    """Return the schema of each table of the step. `alike`: {phase: parts of likeness} of the method."""
    ids = [part["id"] for parts in alike.values() for part in parts]
    return {
        "load": schemas.LOAD,
        "likeness": schemas.likeness(dict.fromkeys(ids, "")),
        "support": schemas.SUPPORT,
        "pairing": schemas.PAIRING,
        "pairing_curve": schemas.PAIRING_CURVE,
        "pairing_of_areas": schemas.PAIRING_OF_AREAS,
        "support_of_areas": schemas.SUPPORT_OF_AREAS,
        "likeness_parts": schemas.LIKENESS_PARTS,
        "trusts": schemas.TRUSTS,
    }


def of_phases(
    schools: pd.DataFrame, partners: pd.DataFrame, times: pd.DataFrame | None, params
) -> dict[str, pd.DataFrame]:
    """Return {table: its rows} of both phases, with the columns of `outputs`; arguments as of `of_phase`."""
    areas = pair_areas.areas_of(schools)
    stated = outputs(params.alike)
    made = {name: [] for name in stated}
    for phase in PHASES:
        in_phase = schools[schools["phase"] == phase]
        if len(in_phase):
            made_here = of_phase(in_phase, partners[partners["phase"] == phase], areas, times, params)
            for name, table in made_here:
                made[name].append(table.assign(phase=phase))
    return {
        name: pd.concat(parts, ignore_index=True).reindex(columns=list(stated[name].columns))
        if parts
        else tables.empty(stated[name])
        for name, parts in made.items()
    }


def main(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    population, classified, partners = (tables.read(files[name]) for name in ("population", "schools", "partners"))
    times = tables.read(files.travel[0]) if files.travel else None
    of_groups = classified[["urn", "phase", "group", "high_performing", "in_need"]]
    schools = population.merge(of_groups, on=["urn", "phase"], validate="1:1")
    made, stated = of_phases(schools, partners, times, params), outputs(params.alike)
    for name, table in made.items():
        tables.write(table, stated[name], csv=out[name], parquet=out.get(f"{name}_parquet"))


if "snakemake" in globals():
    run_step.run(main, snakemake)
