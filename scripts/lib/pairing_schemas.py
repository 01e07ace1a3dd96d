"""The tables of the step `pair`, as lib/schemas.py states those of the other steps."""

from collections.abc import Mapping

from lib import areas, domain
from lib.schemas import PHASE, Table, choice, col, count, number, share, table, text, urn

IN_NEED = {**PHASE, "urn": urn("School in need")}
MOST = {"most_per_helper": count("How many schools in need one high-performing school takes at most")}
AREA = {
    "level": choice(areas.LEVELS, "Level of the area"),
    "area_code": text("Code of a local authority; blank elsewhere"),
    "area": text("Name of the area", missing=False),
    "region": text("Region that the area lies in; blank where it lies in none, or in several"),
    **PHASE,
}
AREA_KEY = ("level", "area_code", "area", "phase")
TRUST = {"trust_code": text("Code of the trust"), "trust": text("Name of the trust, which is no school")}
PAIRS = "pairs of a school in need and a partner"

WHOSE = {
    "same_trust": "academies of the same trust",
    "another_trust": "academies of another trust than the school, which may be in none",
    "maintained": "schools of no trust",
    "unknown": "academies that may be of the same trust: the register does not state both trusts",
}

TABLES: dict[str, Table] = {}

LOAD = TABLES["matched/load.csv"] = table(
    **PHASE,
    urn=urn("High-performing school, with coordinates"),
    schools_in_need=count("Schools in need that have it within their radius"),
    only_partner_of=count("Of these, schools that have no other partner"),
    key=["phase", "urn"],
)

SUPPORT = TABLES["matched/support.csv"] = table(
    **IN_NEED,
    pupils=count("Pupils; blank where the register does not give them", missing=True, unit="pupils"),
    **TRUST,
    partners=count("Partners within the radius; blank without coordinates", missing=True),
    alike_partners=count("Of these, schools known to be alike", missing=True),
    alike_partners_upper=count("Of these, schools not known to be unlike", missing=True),
    **{f"partners_{whose}": count(f"Of the partners, {words}", missing=True) for whose, words in WHOSE.items()},
    own_trust_has_helper=col(
        "boolean",
        "Whether the school's trust has a high-performing school of the phase anywhere; blank where its trust is not "
        "known, or a high-performing academy of an unknown trust may be of it",
        missing=True,
    ),
    key=["phase", "urn"],
)

PAIRING = TABLES["matched/pairing.csv"] = table(
    **PHASE,
    **MOST,
    urn=urn("School in need"),
    outcome=choice(
        domain.PAIRED,
        "Paired; or why not: the partners near it are taken, by schools that could not all be paired otherwise; it has "
        "no partner within the radius; or the register does not say where it lies",
    ),
    partner_urn=urn("The high-performing school that it is paired with; blank where it is not", missing=True),
    distance_m=number("Distance between the two in a straight line", "metres", minimum=0),
    key=["phase", "most_per_helper", "urn"],
)

PAIRING_OF_AREAS = TABLES["aggregated/pairing.csv"] = table(
    **AREA,
    **MOST,
    in_need=count("Schools in need: the sum of the four that follow"),
    paired=count("Paired, of the most pairs that England can have, those with the least total distance"),
    helpers_taken=count("Left over: the partners near them are taken"),
    no_helper_near=count("Left over: no partner within the radius"),
    without_coordinates=count("Could not be paired: without coordinates"),
    share_paired=share("Paired, of the schools in need with coordinates"),
    paired_lower=count("The least that can be paired, however what is unknown turns out; England alone", missing=True),
    paired_upper=count("The most that can be paired; England alone", missing=True),
    left_over_lower=count("The fewest left over, of schools with coordinates; England alone", missing=True),
    left_over_upper=count("The most left over, of schools with coordinates; England alone", missing=True),
    median_distance_m=number("Median distance of the pairs", "metres", minimum=0),
    key=(*AREA_KEY, "most_per_helper"),
)

PAIRING_CURVE = TABLES["aggregated/pairing_curve.csv"] = table(
    **PHASE,
    **MOST,
    radius_miles=number("Radius, in a straight line", "miles", missing=False, minimum=0),
    in_need=count("Schools in need with coordinates"),
    with_partner=count("Of these, schools with a partner within that radius"),
    paired=count("Of these, how many can be paired at most"),
    key=["phase", "most_per_helper", "radius_miles"],
)

SUPPORT_OF_AREAS = TABLES["aggregated/support.csv"] = table(
    **AREA,
    in_need=count("Schools in need with coordinates"),
    median_partners=number("Median of partners", "schools", minimum=0),
    without_partner=count("Schools in need without a partner"),
    median_alike_lower=number("Median of partners known to be alike", "schools", minimum=0),
    median_alike_upper=number("Median of partners not known to be unlike", "schools", minimum=0),
    without_alike_lower=count("Schools in need without any partner that may be alike"),
    without_alike_upper=count("Schools in need without a partner that is known to be alike"),
    academies=count("Schools in need that are academies of a known trust"),
    same_trust_near=count("Of these, schools with a partner that is known to be of the same trust"),
    same_trust_anywhere=count(
        "Of these, schools whose trust is known to have a high-performing school of the phase anywhere"
    ),
    **{f"pairs_{whose}": count(f"Pairs whose partners are {words}", unit=PAIRS) for whose, words in WHOSE.items()},
    pupils=count("Pupils in schools in need, of which the number is known", unit="pupils"),
    pupils_without_partner=count("Of these, pupils in schools without a partner", unit="pupils"),
    pupils_without_alike_lower=count("Of these, pupils in schools without any that may be alike", unit="pupils"),
    pupils_without_alike_upper=count("Of these, pupils in schools without one known to be alike", unit="pupils"),
    pupils_unknown=count("Schools in need of which the number of pupils is not known"),
    key=AREA_KEY,
)

LIKENESS_PARTS = TABLES["aggregated/likeness.csv"] = table(
    **PHASE,
    part=text("Id of a part of likeness in the method; alike: all of them together", missing=False),
    alike=count("Pairs of which it is known to hold", unit=PAIRS),
    not_alike=count("Pairs of which it is known not to", unit=PAIRS),
    not_known=count("Pairs that are not known to be alike, nor to be unlike", unit=PAIRS),
    schools=count("Schools in need and high-performing schools"),
    schools_known=count("Of these, schools of which the attribute is known; of alike, all the attributes"),
    key=["phase", "part"],
)

TRUSTS = TABLES["aggregated/trusts.csv"] = table(
    **TRUST,
    **PHASE,
    schools=count("Academies of the trust in the population"),
    high_performing=count("Of these, high-performing schools"),
    in_need=count("Of these, schools in need"),
    same_trust_near=count(
        "Of those in need, schools with one known high-performing school of the trust or more within the radius"
    ),
    key=["trust_code", "trust", "phase"],
)


def likeness(parts: Mapping[str, str]) -> Table:
    """Schema of matched/likeness.csv. `parts`: {id: label} of the method, one column each."""
    unknown = "blank where it is not known, or not asked of the phase"
    return table(
        **PHASE,
        urn=urn("School in need"),
        partner_urn=urn("Its partner"),
        alike=col("boolean", "Whether the two are alike: all parts hold; blank where that is not known", missing=True),
        partner_trust=choice(domain.PARTNER_TRUSTS, "Whose the partner is, seen from the school in need"),
        **{name: col("boolean", f"{label}: {unknown}", missing=True) for name, label in parts.items()},
        key=["phase", "urn", "partner_urn"],
    )
