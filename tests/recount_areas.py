"""Independent recount, last part: sums by area, how far the unknown reaches, the radius curve and the headline.

For reviewers, beside tests/recount.py, whose schools it takes. Plain loops, standard library only, no code of the
project. The bounds of a quantile are found by trying: each school that may come to count is let in, one after another.
"""

import bisect
import math
from collections import Counter

PHASES = ("primary", "secondary")
RADIUS_MILES = {
    "nfer-2017": {"primary": 4.5, "secondary": 4},
    "nfer-2017-literal": {"primary": 4.5, "secondary": 4.5},
    "nfer-2017-april": {"primary": 4.5, "secondary": 4.5},
    "nfer-graded": {"primary": 4.5, "secondary": 4.5},
    "rise-2025": {"primary": 4.5, "secondary": 4.5},
}
CURVE_MILES = sorted([*range(1, 21), 4.5])
GROUP_OF = {
    "outstanding": "high_performing",
    "designated": "high_performing",
    "good_with_strong_results": "high_performing",
    "below_floor": "in_need",
    "coasting": "in_need",
    "less_than_good": "in_need",
    "stuck": "in_need",
    "category_of_concern": "in_need",
    "low_attainment": "in_need",
    "high_disadvantaged_attainment": "high_performing",
    "strong_report_card": "high_performing",
    "outstanding_graded": "high_performing",
}
NOT_STATED = "Not stated in the register"
OUTCOME = {True: "met", False: "not_met", None: "not_assessable"}


QUARTILES = {"median_partners": 0.5, "lower_quartile_partners": 0.25, "upper_quartile_partners": 0.75}


def quantile(values, share):
    """The value below which a share of the values lie, by linear interpolation; None where there are none."""
    return of_sorted(sorted(values), share)


def of_sorted(ordered, share):
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    lower, upper = ordered[math.floor(place)], ordered[math.ceil(place)]
    if -math.inf in (lower, upper):
        return -math.inf
    return upper if upper in (lower, math.inf) else lower + (upper - lower) * (place % 1)


def share(part, whole):
    """part / whole; None where there is no whole."""
    return part / whole if whole else None


def bounds(cases, of):
    """Return (least, most) of a statistic; None where it has no value at all, or no end.

    `cases`: (least, most, whether it counts for certain) of each value. `of`: the statistic, from values in order.
    Each value that may come to count is let in, the smallest first for the least, the largest first for the most, and
    the statistic is looked at each time.
    """
    ends = []
    for place, best in ((0, min), (1, max)):
        values = sorted(case[place] for case in cases if case[2])
        others = sorted((case[place] for case in cases if not case[2]), reverse=best is max)
        found = [of(values)] if values else []
        for value in others:
            bisect.insort(values, value)
            found.append(of(values))
        end = best(found) if found else None
        ends.append(None if end in (math.inf, -math.inf) else end)
    return tuple(ends)


def mean_bounds(cases):
    """As `bounds`, of the mean, whose sum grows by each value that is let in."""
    ends = []
    for place, best in ((0, min), (1, max)):
        values = [case[place] for case in cases if case[2]]
        others = sorted((case[place] for case in cases if not case[2]), reverse=best is max)
        total, number = sum(values), len(values)
        found = [total / number] if values else []
        for value in others:
            total, number = total + value, number + 1
            found.append(total / number)
        ends.append(best(found) if found else None)
    return tuple(ends)


def area_figures(schools, here=False):
    """The figures of one area and phase, from its schools, each with the least and the most that it can be.

    `here`: only what these files lack is unknown; what nobody could assess counts as not met.
    """
    views = ((school["easting"] is None, school["here"] if here else school) for school in schools)
    counted = Counter((lost, view["group"], view["both"], frozenset(view["may_be"])) for lost, view in views)
    sets = ("high_performing", "in_need", "both", "neither")
    count = dict.fromkeys((*sets, "not_assessable"), (0, 0, 0))
    places = dict.fromkeys(("in_need with", "in_need without", "high_performing without"), (0, 0, 0))
    for (lost, group, both, worlds), schools_alike in counted.items():
        placed = "without" if lost else "with"
        for name in count:
            if name == "both":
                is_it, may_be = both is True, [both for _, both in worlds]
            else:
                is_it, may_be = group == name, [group == name for group, _ in worlds]
            more = [schools_alike * holds for holds in (is_it, all(may_be), any(may_be))]
            count[name] = tuple(map(sum, zip(count[name], more, strict=True)))
            if f"{name} {placed}" in places:
                key = f"{name} {placed}"
                places[key] = tuple(map(sum, zip(places[key], more, strict=True)))
    matched = [school["reach"] for school in schools if "reach" in school]
    partners = [reach["partners"] for reach in matched]
    nearest = [reach["nearest_m"] for reach in matched if reach["nearest_m"] is not None]
    extent = [school["extent"][here] for school in schools if here in school.get("extent", ())]
    reached = [(e["partners_lower"], e["partners_upper"], e["in_need"]) for e in extent]
    distances = [(*map(endless, (e["nearest_m_lower"], e["nearest_m_upper"])), e["in_need"]) for e in extent]
    none = [(most == 0, least == 0, certain) for least, most, certain in reached]
    figures = {"schools": len(schools), "not_assessable": count["not_assessable"][0]}
    figures["share_not_assessable"] = share(count["not_assessable"][0], len(schools))
    for name in sets:
        put(figures, name, *count[name])
    for name in ("high_performing", "in_need"):
        put(figures, f"share_{name}", *(share(n, len(schools)) for n in count[name]))
    (high, fewest_high, most_high), (need, least_need, most_need) = count["high_performing"], count["in_need"]
    ratios = share(high, need), share(fewest_high, most_need), share(most_high, least_need)
    put(figures, "high_performing_per_in_need", *ratios)
    put(figures, "in_need_with_coordinates", *places["in_need with"])
    put(figures, "in_need_without_coordinates", *places["in_need without"])
    put(figures, "high_performing_without_coordinates", *places["high_performing without"])
    for name, part in QUARTILES.items():
        put(figures, name, quantile(partners, part), *bounds(reached, lambda v, part=part: of_sorted(v, part)))
    without = sum(n == 0 for n in partners)
    surely, possibly = sum(least and certain for least, _, certain in none), sum(most for _, most, _ in none)
    put(figures, "in_need_without_partner", without, surely, possibly)
    put(figures, "share_in_need_without_partner", share(without, len(partners)), *mean_bounds(none))
    put(figures, "median_nearest_m", quantile(nearest, 0.5), *bounds(distances, lambda v: of_sorted(v, 0.5)))
    return figures


def put(figures, name, value, least, most):
    figures |= {name: value, f"{name}_lower": least, f"{name}_upper": most}


def endless(distance):
    """A distance to no school at all is without end."""
    return math.inf if distance is None else distance


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


def setting_of(school):
    return ("", {"urban": "Urban", "rural": "Rural"}.get(school["setting"], NOT_STATED), "")


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
    "urban_rural": setting_of,
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
    of_england = by_area(schools, england_of)
    levels["england_missing_here"] = {key: area_figures(members, here=True) for key, members in of_england.items()}
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
        of_phase = Counter(tuple(school["answers"].items()) for school in schools if school["phase"] == phase)
        for criterion, group in GROUP_OF.items():
            if not any(criterion in school["answers"] for school in schools):
                continue  # not of the method
            figures = {"group": group, "met": 0, "not_met": 0, "not_assessable": 0, "met_alone": 0}
            for answers, schools_alike in of_phase.items():
                figures[OUTCOME[dict(answers)[criterion]]] += schools_alike
                met = [c for c, holds in answers if holds and GROUP_OF[c] == group]
                figures["met_alone"] += schools_alike * (met == [criterion])
            counts[phase, criterion] = figures
    return counts


def summary(schools, method, levels, counts, minutes=None):
    """What summary.json should say under radius_miles, phases and regions, and of travel times where there are any.

    `levels`, `counts`: as areas_by_level and criteria_counts give them.
    """
    phases = {}
    regions = []
    for phase in PHASES:
        figures = levels["england"].get(("", "England", "", phase)) or area_figures([])
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
            "bounds": {
                name: [figures[f"{key}_lower"], figures[f"{key}_upper"]]
                for name, key in (
                    ("high_performing", "share_high_performing"),
                    ("in_need", "share_in_need"),
                    ("median_partners", "median_partners"),
                    ("in_need_without_partner", "in_need_without_partner"),
                )
            },
            "criteria": {
                criterion: {outcome: figures[outcome] for outcome in OUTCOME.values()}
                for (of_phase, criterion), figures in counts.items()
                if of_phase == phase
            },
        }
        in_phase = {
            area or NOT_STATED: of for (_, area, _, of_phase), of in levels["regions"].items() if of_phase == phase
        }
        for name, figures in sorted(in_phase.items()):
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
    found = {"radius_miles": RADIUS_MILES[method], "phases": phases, "regions": regions}
    if minutes:
        judged = {}
        for phase in PHASES:
            reached = [school["reach"] for school in schools if school["phase"] == phase and "reach" in school]
            by_time = sum(reach["partners_by_time"] for reach in reached)
            judged[phase] = {"by_time": by_time, "by_line": sum(reach["partners"] for reach in reached) - by_time}
        found |= {"travel_minutes": minutes, "pairs_judged": judged}
    return found
