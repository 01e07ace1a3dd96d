"""Independent recount, what comes of pairing: load, likeness, trusts, who can be paired, and the sums of these.

For reviewers, beside tests/recount.py, whose schools it takes. Plain loops, standard library only, no code of the
project. The most pairs are found one by one, each along a chain of schools that move over (after Kuhn and Berge). Which
pairs a run made cannot be known beforehand, as several choices may be as good: `pairing_faults` says whether its own
are allowed, as many as can be, and could not be changed for a lesser total distance.
"""

import itertools
from decimal import Decimal

from recount_areas import CURVE_MILES, PHASES, authority_of, by_area, england_of, quantile, region_of, setting_of, share

MILLIMETRES_A_MILE = 1_609_344
MOST_PER_HELPER = (1, 2, 3)
# What a school is like, as population/schools.csv has it.
OF_SCHOOLS = ("setting", "admissions", "pupils_on_roll", "fsm_pct", "trust", "trust_code")
IN_TRUSTS = ("academy_converter", "academy_sponsor_led", "free_school", "university_technical_college", "studio_school")
PARTS = {  # of likeness; admissions are asked of secondary schools alone
    "same_admissions": ("admissions", lambda one, other: one == other),
    "same_setting": ("setting", lambda one, other: one == other),
    "similar_size": ("pupils_on_roll", lambda one, other: Decimal(one) <= 2 * Decimal(other)),
    "similar_intake": ("fsm_pct", lambda one, other: Decimal(one) - Decimal(other) <= 10),
}
WHOSE = ("same_trust", "another_trust", "maintained", "unknown")
OUTCOMES = ("paired", "helpers_taken", "no_helper_near", "without_coordinates")
LEVELS = {
    "england": england_of,
    "regions": region_of,
    "local_authorities": authority_of,
    "urban_rural": setting_of,
}


# Two schools.


def parts_asked(phase):
    return [name for name in PARTS if name != "same_admissions" or phase == "secondary"]


def likeness(one, other):
    """{part, and `alike`: True, False, or None where it is not known or not asked} of two schools."""
    found = dict.fromkeys(PARTS)
    for name in parts_asked(one["phase"]):
        attribute, near = PARTS[name]
        values = known(one, attribute), known(other, attribute)
        if all(values):
            found[name] = near(*values) and near(*reversed(values))
    answers = [found[name] for name in parts_asked(one["phase"])]
    found["alike"] = False if False in answers else None if None in answers else True
    return found


def known(school, attribute):
    """What the register says; blank where it says nothing, or that it does not apply."""
    return school[attribute].replace("not_applicable", "")


def trust_of(school):
    """An academy's trust by its code, or else its name; blank where it is not given, and of a school that is none."""
    return (school["trust_code"] or school["trust"]) if school["type"] in IN_TRUSTS else ""


def whose(one, other):
    """Whose the partner `other` is, seen from `one`."""
    if other["type"] not in IN_TRUSTS:
        return "maintained"
    if one["type"] not in IN_TRUSTS:
        return "another_trust"  # whichever it is: this school is in none
    if not trust_of(one) or not trust_of(other):
        return "unknown"
    return "same_trust" if trust_of(one) == trust_of(other) else "another_trust"


# Pairing.


def most_pairs(able, most):
    """How many schools can be paired at most. `able`: {school: the helpers it could have}; `most`: a helper takes.

    Each school looks for a free place, and where all that it could have are full asks those in them to move over. From
    helpers that one has looked through in vain no way leads to a free place, for those after it neither.
    """
    taken, place_of, in_vain = {}, {}, set()
    for school in able:
        reached_from, asking, free = {}, [school], None
        for one in asking:  # which grows
            for helper in able[one]:
                if helper not in reached_from and helper not in in_vain:
                    reached_from[helper] = one
                    if len(taken.get(helper, ())) < most:
                        free = helper
                        break
                    asking += taken[helper]
            if free is not None:
                break
        if free is None:
            in_vain |= reached_from.keys()
        while free is not None:
            one = reached_from[free]
            left = place_of.get(one)
            place_of[one] = free
            taken.setdefault(free, []).append(one)
            if left is not None:
                taken[left].remove(one)
            free = left
    return len(place_of)


def could_be_nearer(tenths, made, most):
    """Whether as many pairs with a lesser total distance could be made; by the method of Bellman and Ford.

    `tenths`: {(school, helper): distance} of all possible pairs; `made`: {school: helper}. A step is a change that
    leaves the number of pairs as it is once the steps come round to where they began: a pair made or undone, a school
    paired in another's stead, a place taken in another's stead. Steps that come round and shorten the whole are sought.
    """
    load = {}
    for helper in made.values():
        load[helper] = load.get(helper, 0) + 1
    steps = []
    for (school, helper), distance in tenths.items():
        one, other = ("school", school), ("helper", helper)
        steps.append((other, one, -distance) if made.get(school) == helper else (one, other, distance))
    for school in {school for school, _ in tenths}:
        one = ("school", school)
        steps.append((one, "left over", 0) if school in made else ("left over", one, 0))
    for helper in {helper for _, helper in tenths}:
        other = ("helper", helper)
        steps += [(other, "place", 0)] if load.get(helper, 0) < most else []
        steps += [("place", other, 0)] if load.get(helper, 0) else []
    total = {end: 0 for start, end, _ in steps} | {start: 0 for start, end, _ in steps}
    before, changed = {}, True
    while changed:
        changed = False
        for start, end, length in steps:
            if total[start] + length < total[end]:
                total[end], before[end], changed = total[start] + length, start, True
        if comes_round(before):
            return True
    return False


def comes_round(before):
    """Whether one who goes back from somewhere, {here: where from}, comes to the same place again."""
    done = set()
    for at in before:
        path = set()
        while at in before and at not in done:
            if at in path:
                return True
            path.add(at)
            at = before[at]
        done |= path
    return False


def tenths_of(metres):
    """A distance as the tables state it, in tenths of a metre."""
    return int(Decimal(metres) * 10)


def pairing_faults(made, partners, need):
    """List what is wrong with the pairs that a run made, of one phase and number that a helper takes.

    `made`: rows of matched/pairing.csv, `partners`: rows of matched/partners.csv, `need`: URNs of schools in need; all
    of the phase.
    """
    most = int(made[0]["most_per_helper"]) if made else 0
    metres = {(row["urn"], row["partner_urn"]): row["distance_m"] for row in partners}
    able = {}
    for urn, partner in metres:
        able.setdefault(urn, []).append(partner)
    pairs = {row["urn"]: row["partner_urn"] for row in made if row["partner_urn"]}
    helpers = list(pairs.values())
    listed = sorted(row["urn"] for row in made)
    found = [f"{one}: not once" for one, other in zip(listed, listed[1:], strict=False) if one == other]
    found += [f"{urn}: on one side only" for urn in need ^ {row["urn"] for row in made}]
    found += [f"{urn}, {helper}: no partner of it" for urn, helper in pairs.items() if (urn, helper) not in metres]
    found += [f"{helper}: more than {most}" for helper in sorted(set(helpers)) if helpers.count(helper) > most]
    for row in made:
        if row["distance_m"] != metres.get((row["urn"], row["partner_urn"]), ""):
            found.append(f"{row['urn']}: another distance")
    if len(pairs) != most_pairs(able, most):
        found.append(f"{len(pairs)} pairs, of {most_pairs(able, most)} that can be")
    elif not found and could_be_nearer({pair: tenths_of(m) for pair, m in metres.items()}, pairs, most):
        found.append("as many pairs can be made nearer")
    return found


# The tables.


def tables(schools, pairs, made):
    """{file: {key: {column: value}}} of the step `pair`.

    `schools`, `pairs`: as recount.recount has them. `made`: rows of the run's matched/pairing.csv, whose choice of
    pairs is taken as it is.
    """
    found = {name: {} for name in KEYS}
    for phase in PHASES:
        of_phase = {school["urn"]: school for school in schools if school["phase"] == phase}
        if not of_phase:
            continue
        near = {}
        for of, urn, partner in pairs:
            if of == phase:
                near.setdefault(urn, []).append(partner)
        choice = {(row["most_per_helper"], row["urn"]): row for row in made if row["phase"] == phase}
        put_load(found, phase, of_phase, near)
        alike = put_likeness(found, phase, of_phase, near)
        put_support(found, phase, of_phase, near, alike)
        put_pairing(found, phase, of_phase, near, choice)
        put_curve(found, phase, of_phase)
        put_trusts(found, phase, of_phase, near)
        put_areas(found, phase, of_phase, choice)
    return found


def placed(school):
    return school["easting"] is not None and school["northing"] is not None


def of_group(schools, group):
    return {urn: school for urn, school in schools.items() if school["group"] == group}


def put_load(found, phase, schools, near):
    for urn, school in of_group(schools, "high_performing").items():
        if placed(school):
            found["matched/load.csv"][phase, urn] = {"schools_in_need": 0, "only_partner_of": 0}
    for partners in near.values():
        for partner in partners:
            row = found["matched/load.csv"][phase, partner]
            row["schools_in_need"] += 1
            row["only_partner_of"] += len(partners) == 1


def put_likeness(found, phase, schools, near):
    """Also returns {URN: [(alike, whose) of each partner]}."""
    alike = {}
    counts = {part: {True: 0, False: 0, None: 0} for part in (*parts_asked(phase), "alike")}
    for urn, partners in near.items():
        for partner in partners:
            one, other = schools[urn], schools[partner]
            row = likeness(one, other) | {"partner_trust": whose(one, other)}
            found["matched/likeness.csv"][phase, urn, partner] = row
            alike.setdefault(urn, []).append((row["alike"], row["partner_trust"]))
            for part, count in counts.items():
                count[row[part]] += 1
    either = [school for school in schools.values() if school["group"] in ("in_need", "high_performing")]
    for part, count in counts.items():
        attributes = [PARTS[name][0] for name in parts_asked(phase) if part in (name, "alike")]
        found["aggregated/likeness.csv"][phase, part] = {
            "alike": count[True],
            "not_alike": count[False],
            "not_known": count[None],
            "schools": len(either),
            "schools_known": sum(all(known(school, a) for a in attributes) for school in either),
        }
    return alike


def put_support(found, phase, schools, near, alike):
    helpers = of_group(schools, "high_performing").values()
    able = {trust_of(school) for school in helpers} - {""}
    all_known = all(trust_of(school) for school in helpers if school["type"] in IN_TRUSTS)
    for urn, school in of_group(schools, "in_need").items():
        of_school, trust = alike.get(urn, []), trust_of(school)
        row = {
            "partners": len(near.get(urn, [])),
            "alike_partners": sum(is_alike is True for is_alike, _ in of_school),
            "alike_partners_upper": sum(is_alike is not False for is_alike, _ in of_school),
            **{f"partners_{name}": sum(of == name for _, of in of_school) for name in WHOSE},
        }
        if not placed(school):
            row = dict.fromkeys(row)
        row["pupils"] = int(school["pupils_on_roll"]) if school["pupils_on_roll"] else None
        row |= {name: school[name] if trust else None for name in ("trust", "trust_code")}
        row["own_trust_has_helper"] = (trust in able or (False if all_known else None)) if trust else None
        found["matched/support.csv"][phase, urn] = row


def put_pairing(found, phase, schools, near, choice):
    for urn, school in of_group(schools, "in_need").items():
        for most in map(str, MOST_PER_HELPER):
            chosen = choice.get((most, urn), {"partner_urn": "", "distance_m": ""})
            without = "helpers_taken" if near.get(urn) else "no_helper_near" if placed(school) else OUTCOMES[-1]
            found["matched/pairing.csv"][phase, most, urn] = {
                "outcome": "paired" if chosen["partner_urn"] else without,
                "partner_urn": chosen["partner_urn"],
                "distance_m": float(chosen["distance_m"]) if chosen["distance_m"] else None,
            }


def put_curve(found, phase, schools):
    needing = {urn: sorted(school["reach"]["near"]) for urn, school in schools.items() if "reach" in school}
    for miles in CURVE_MILES:
        limit = int(miles * MILLIMETRES_A_MILE) ** 2 // 1_000_000
        able = {}
        for urn, near in needing.items():
            within = itertools.takewhile(lambda one, limit=limit: one[0] <= limit, near)
            able[urn] = [helper for _, helper in within]
        for most in MOST_PER_HELPER:
            found["aggregated/pairing_curve.csv"][phase, str(most), float(miles)] = {
                "in_need": len(needing),
                "with_partner": sum(bool(helpers) for helpers in able.values()),
                "paired": most_pairs(able, most),
            }


def put_trusts(found, phase, schools, near):
    names = {}
    for urn in sorted(schools):
        school = schools[urn]
        if trust_of(school):
            name = names.setdefault(school["trust_code"], school["trust"]) if school["trust_code"] else school["trust"]
            row = found["aggregated/trusts.csv"].setdefault(
                (school["trust_code"], name, phase),
                dict.fromkeys(("schools", "high_performing", "in_need", "same_trust_near"), 0),
            )
            row["schools"] += 1
            if school["group"] in row:
                row[school["group"]] += 1
            row["same_trust_near"] += any(whose(school, schools[other]) == "same_trust" for other in near.get(urn, []))


def put_areas(found, phase, schools, choice):
    extent = pairing_bounds(schools)
    need = list(of_group(schools, "in_need").values())
    for level, name_of in LEVELS.items():
        areas = by_area(need, name_of)
        if level == "england":
            areas.setdefault(("", "England", "", phase), [])
        for (*area, _), members in areas.items():
            key = (level, *area, phase)
            if members:
                rows = [found["matched/support.csv"][phase, school["urn"]] for school in members]
                if any(row["partners"] is not None for row in rows):
                    found["aggregated/support.csv"][key] = support_of(rows)
            for most in MOST_PER_HELPER:
                rows = [found["matched/pairing.csv"][phase, str(most), school["urn"]] for school in members]
                row = {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in OUTCOMES}
                row["in_need"] = len(rows)
                row["share_paired"] = share(row["paired"], len(rows) - row["without_coordinates"])
                row["median_distance_m"] = quantile([r["distance_m"] for r in rows if r["partner_urn"]], 0.5)
                row |= extent[most] if level == "england" else dict.fromkeys(extent[most])
                found["aggregated/pairing.csv"][*key, str(most)] = row


def support_of(rows):
    """The sums of matched/support.csv over an area."""
    rows = [row for row in rows if row["partners"] is not None]
    academies = [row for row in rows if row["trust"] or row["trust_code"]]
    figures = {
        "in_need": len(rows),
        "academies": len(academies),
        "same_trust_near": sum(row["partners_same_trust"] > 0 for row in academies),
        "same_trust_anywhere": sum(row["own_trust_has_helper"] is True for row in academies),
        **{f"pairs_{name}": sum(row[f"partners_{name}"] for row in rows) for name in WHOSE},
        "pupils": sum(row["pupils"] or 0 for row in rows),
        "pupils_unknown": sum(row["pupils"] is None for row in rows),
    }
    columns = {"partner": "partners", "alike_lower": "alike_partners_upper", "alike_upper": "alike_partners"}
    for name, column in columns.items():
        without = [row for row in rows if not row[column]]
        figures[f"without_{name}"] = len(without)
        figures[f"pupils_without_{name}"] = sum(row["pupils"] or 0 for row in without)
    medians = {"partners": "partners", "alike_lower": "alike_partners", "alike_upper": "alike_partners_upper"}
    for name, column in medians.items():
        figures[f"median_{name}"] = quantile([row[column] for row in rows], 0.5)
    return figures


def pairing_bounds(schools):
    """{a helper takes: how few and how many can be paired, and left over}, however what is unknown turns out."""
    ends = {}
    for need in ("sure", "possible"):
        needing = [s for s in schools.values() if "able" in s and (need == "possible" or s["extent"][False]["in_need"])]
        for help_ in ("sure", "possible"):
            able = {school["urn"]: school["able"][help_] for school in needing}
            for most in MOST_PER_HELPER:
                paired = most_pairs(able, most)
                ends[need, help_, most] = paired, len(needing) - paired
    return {
        most: {
            "paired_lower": ends["sure", "sure", most][0],
            "paired_upper": ends["possible", "possible", most][0],
            "left_over_lower": ends["sure", "possible", most][1],
            "left_over_upper": ends["possible", "sure", most][1],
        }
        for most in MOST_PER_HELPER
    }


KEYS = {
    "matched/load.csv": ["phase", "urn"],
    "matched/likeness.csv": ["phase", "urn", "partner_urn"],
    "matched/support.csv": ["phase", "urn"],
    "matched/pairing.csv": ["phase", "most_per_helper", "urn"],
    "aggregated/pairing.csv": ["level", "area_code", "area", "region", "phase", "most_per_helper"],
    "aggregated/pairing_curve.csv": ["phase", "most_per_helper", "radius_miles"],
    "aggregated/support.csv": ["level", "area_code", "area", "region", "phase"],
    "aggregated/likeness.csv": ["phase", "part"],
    "aggregated/trusts.csv": ["trust_code", "trust", "phase"],
}
