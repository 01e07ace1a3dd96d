"""Independent recount, third part: sums by area, the radius curve and the headline, in plain loops.

For reviewers, beside tests/recount.py, whose schools it takes. Standard library only, no code of the project.
"""

import math

PHASES = ("primary", "secondary")
RADIUS_MILES = {"primary": 5, "secondary": 4}
CURVE_MILES = range(1, 21)
GROUP_OF = {
    "outstanding": "high_performing",
    "designated": "high_performing",
    "good_with_strong_results": "high_performing",
    "below_floor": "in_need",
    "coasting": "in_need",
    "less_than_good": "in_need",
}
NOT_STATED = "Not stated in the register"
OUTCOME = {True: "met", False: "not_met", None: "not_assessable"}


def quantile(values, share):
    """The value below which a share of the values lie, by linear interpolation; None where there are none."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    lower = math.floor(place)
    upper = math.ceil(place)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (place - lower)


def share(part, whole):
    """part / whole; None where there is no whole."""
    return part / whole if whole else None


def area_figures(schools):
    """The figures of one area and phase, from its schools."""
    count = {"high_performing": 0, "in_need": 0, "neither": 0, "not_assessable": 0}
    both = 0
    without_place = 0
    partners = []
    nearest = []
    for school in schools:
        count[school["group"]] += 1
        if school["high_performing"] and school["in_need"]:
            both += 1
        if school["group"] == "high_performing" and school["easting"] is None:
            without_place += 1
        if "reach" in school:
            partners.append(school["reach"]["partners"])
            if school["reach"]["nearest_m"] is not None:
                nearest.append(school["reach"]["nearest_m"])
    without_partner = sum(n == 0 for n in partners)
    return {
        "schools": len(schools),
        "high_performing": count["high_performing"],
        "in_need": count["in_need"],
        "both": both,
        "neither": count["neither"],
        "not_assessable": count["not_assessable"],
        "share_high_performing": share(count["high_performing"], len(schools)),
        "share_in_need": share(count["in_need"], len(schools)),
        "share_not_assessable": share(count["not_assessable"], len(schools)),
        "high_performing_per_in_need": share(count["high_performing"], count["in_need"]),
        "in_need_with_coordinates": len(partners),
        "in_need_without_coordinates": count["in_need"] - len(partners),
        "high_performing_without_coordinates": without_place,
        "median_partners": quantile(partners, 0.5),
        "lower_quartile_partners": quantile(partners, 0.25),
        "upper_quartile_partners": quantile(partners, 0.75),
        "in_need_without_partner": without_partner,
        "share_in_need_without_partner": share(without_partner, len(partners)),
        "median_nearest_m": quantile(nearest, 0.5),
    }


def by_area(schools, name_of):
    """{(area_code, area, region, phase): its schools}. `name_of`: school to (area_code, area, region), or None."""
    areas = {}
    for school in schools:
        name = name_of(school)
        if name is not None:
            areas.setdefault((*name, school["phase"]), []).append(school)
    return areas


def region_of(school):
    return ("", school["region"], school["region"])


def england_of(school):
    return ("", "England", "")


def home_regions(schools, column):
    """{area: the region where most of its schools lie; of several with as many, the first by name}.

    `column`: where a school names its area. Both phases count: an all-through school counts in each.
    """
    count = {}
    for school in schools:
        regions = count.setdefault(school[column], {})
        regions[school["region"]] = regions.get(school["region"], 0) + 1
    home = {}
    for area, regions in count.items():
        most = max(regions.values())
        home[area] = min(region for region in regions if regions[region] == most)
    return home


def authority_of(school):
    return (school["la_code"], school["la_name"], school["home_by_authority"])


def constituency_of(school):
    """Schools without one are counted together, in no region."""
    if not school["constituency"]:
        return ("", NOT_STATED, "")
    return ("", school["constituency"], school["home_by_constituency"])


def add_home_regions(schools):
    """Give each school the region in which its authority, and its constituency, is counted."""
    by_authority = home_regions(schools, "la_code")
    by_constituency = home_regions(schools, "constituency")
    for school in schools:
        school["home_by_authority"] = by_authority[school["la_code"]]
        school["home_by_constituency"] = by_constituency[school["constituency"]]


AREAS = {
    "england": england_of,
    "regions": region_of,
    "local_authorities": authority_of,
    "constituencies": constituency_of,
}


def areas_by_level(schools):
    """{level: {(area_code, area, region, phase): figures}}."""
    add_home_regions(schools)
    levels = {level: {} for level in AREAS}
    for level, name_of in AREAS.items():
        if level == "constituencies" and not any(school["constituency"] for school in schools):
            continue  # the register does not have them
        for key, members in by_area(schools, name_of).items():
            levels[level][key] = area_figures(members)
    return levels


def radius_curve(schools):
    """{(area, phase, miles): figures} for England and each region."""
    curve = {}
    for name_of in (england_of, region_of):
        for (_, area, _, phase), members in by_area(schools, name_of).items():
            matched = [school for school in members if "reach" in school]
            if not matched:
                continue
            for miles in CURVE_MILES:
                partners = [school["reach"]["within"][miles] for school in matched]
                curve[area, phase, miles] = {
                    "schools_in_need": len(matched),
                    "median_partners": quantile(partners, 0.5),
                    "lower_quartile_partners": quantile(partners, 0.25),
                    "upper_quartile_partners": quantile(partners, 0.75),
                    "share_without_partner": share(sum(n == 0 for n in partners), len(partners)),
                }
    return curve


def criteria_counts(schools):
    """{(phase, criterion): met, not_met, not_assessable, met_alone (no other criterion of the group is met)}."""
    counts = {}
    for phase in PHASES:
        for criterion, group in GROUP_OF.items():
            figures = {"group": group, "met": 0, "not_met": 0, "not_assessable": 0, "met_alone": 0}
            for school in schools:
                if school["phase"] != phase:
                    continue
                answer = school["answers"][criterion]
                figures[OUTCOME[answer]] += 1
                met = [c for c in GROUP_OF if GROUP_OF[c] == group and school["answers"][c]]
                figures["met_alone"] += met == [criterion]
            counts[phase, criterion] = figures
    return counts


def summary(schools):
    """What summary.json should say under radius_miles, phases and regions."""
    phases = {}
    regions = []
    counts = criteria_counts(schools)
    for phase in PHASES:
        figures = area_figures([school for school in schools if school["phase"] == phase])
        phases[phase] = {
            "schools": figures["schools"],
            "high_performing": figures["high_performing"],
            "in_need": figures["in_need"],
            "both": figures["both"],
            "neither": figures["neither"],
            "not_assessable": figures["not_assessable"],
            "share_high_performing": figures["share_high_performing"],
            "share_in_need": figures["share_in_need"],
            "median_partners": figures["median_partners"],
            "in_need_without_partner": figures["in_need_without_partner"],
            "in_need_without_coordinates": figures["in_need_without_coordinates"],
            "high_performing_without_coordinates": figures["high_performing_without_coordinates"],
            "criteria": {
                criterion: {outcome: counts[phase, criterion][outcome] for outcome in OUTCOME.values()}
                for criterion in GROUP_OF
            },
        }
        in_phase = [school for school in schools if school["phase"] == phase]
        for name in sorted({school["region"] for school in in_phase}):
            figures = area_figures([school for school in in_phase if school["region"] == name])
            regions.append(
                {
                    "region": name,
                    "phase": phase,
                    "schools": figures["schools"],
                    "high_performing": figures["high_performing"],
                    "in_need": figures["in_need"],
                    "median_partners": figures["median_partners"],
                }
            )
    return {"radius_miles": dict(RADIUS_MILES), "phases": phases, "regions": regions}
