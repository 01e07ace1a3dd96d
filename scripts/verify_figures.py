"""Count a finished run's figures anew, in plain loops of their own, and say which are not as stated: part of verify.

Of every area: counts, shares, ratios, medians, and the least and the most that each can be. Quartiles are left out.
"""

import csv
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from lib.area_columns import NOT_STATED
from lib.domain import CRITERION_GROUPS, GROUPS

# Of each table of areas, the column of classified/schools by which a school belongs, and its own column of that.
LEVELS = {
    "england": (None, "area"),
    "regions": ("region", "area"),
    "local_authorities": ("la_code", "area_code"),
    "constituencies": ("constituency", "area"),
}
CERTAIN = {"true": (True, True), "false": (False, False)}  # whether it is so for certain, whether possibly
NEAR = 1e-9


def wrong_figures(folder: Path) -> tuple[list[str], int]:
    """Return (problems, how many figures were compared) of a run; none where it has no tables of areas.

    A problem is a text that begins with the path of a table.
    """
    problems, compared = [], 0
    if not (folder / "aggregated").is_dir():
        return problems, compared
    schools = list(_rows(folder / "classified/schools.csv"))
    reach, extent = (
        {(row["phase"], row["urn"]): row for row in _rows(folder / f"matched/{name}.csv")}
        for name in ("reach", "bounds")
    )
    for level, (of_school, of_area) in LEVELS.items():
        inside = {}
        for school in schools:
            area = "England" if of_school is None else school[of_school]
            inside.setdefault((area or (NOT_STATED if of_area == "area" else ""), school["phase"]), []).append(school)
        stated = {(row[of_area], row["phase"]): row for row in _rows(folder / f"aggregated/{level}.csv")}
        if not stated:
            continue  # the register does not have them
        path = f"aggregated/{level}.csv"
        problems += [f"{path}: {', '.join(key)}: has no row" for key in inside if key not in stated]
        problems += [f"{path}: {', '.join(key)}: has no school" for key in stated if key not in inside]
        for key in [key for key in inside if key in stated]:
            for column, figure in figures(inside[key], reach, extent).items():
                compared += 1
                given = stated[key][column]
                same = (
                    given == "" if figure is None else given != "" and abs(float(given) - figure) <= NEAR * abs(figure)
                )
                if not same:
                    told = "blank" if figure is None else figure
                    problems.append(f"{path}: {', '.join(key)}: {column} is {given or 'blank'}; counted anew, {told}")
    return problems, compared


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def figures(schools: list[dict], reach: dict, extent: dict) -> dict[str, float | None]:
    """Return {column of aggregated/*.csv: figure} of an area's schools, None where there is none.

    `schools`: rows of classified/schools.csv of one phase. `reach`, `extent`: {(phase, urn): row} of matched/reach.csv
    and bounds.csv. All as texts.
    """
    n = Counter(dict.fromkeys(("both", *GROUPS), 0))
    for school in schools:
        high, need = (CERTAIN.get(school[group], (False, True)) for group in CRITERION_GROUPS)
        n["schools"] += 1
        n[school["group"]] += 1
        n["both"] += school["both"] == "true"
        ends = {
            "high_performing": (high[0] and not need[1], high[1] and not need[0]),
            "in_need": need,
            "both": (high[0] and need[0], high[1] and need[1]),
            "neither": (not high[1] and not need[1], not high[0] and not need[0]),
        }
        for name, (least, most) in ends.items():
            n[f"{name}_lower"] += least
            n[f"{name}_upper"] += most
        for name, within in {group: (school["group"] == group, *ends[group]) for group in CRITERION_GROUPS}.items():
            placed = "with" if school["easting"] else "without"
            for end, counts in zip(("", "_lower", "_upper"), within, strict=True):
                n[f"{name}_{placed}_coordinates{end}"] += counts
    found = {name: n[name] for name in n if not name.startswith("high_performing_with_")}
    for end, other in (("", ""), ("_lower", "_upper"), ("_upper", "_lower")):
        for group in CRITERION_GROUPS:
            found[f"share_{group}{end}"] = n[f"{group}{end}"] / n["schools"]
        found[f"high_performing_per_in_need{end}"] = _ratio(n[f"high_performing{end}"], n[f"in_need{other}"])
    found["share_not_assessable"] = n["not_assessable"] / n["schools"]
    keys = [(school["phase"], school["urn"]) for school in schools]
    return found | _of_partners([reach[key] for key in keys if key in reach], [extent[k] for k in keys if k in extent])


def _of_partners(reach: list[dict], extent: list[dict]) -> dict[str, float | None]:
    partners = [int(row["partners"]) for row in reach]
    found = {"in_need_without_partner": partners.count(0)}
    found["share_in_need_without_partner"] = _ratio(partners.count(0), len(partners))
    found["median_partners"] = least_median(partners, [])
    found["median_nearest_m"] = least_median([float(row["nearest_m"]) for row in reach if row["nearest_m"]], [])
    of = {True: [], False: []}
    for row in extent:
        of[row["in_need"] == "true"].append(row)
    for name, column in (("median_partners", "partners"), ("median_nearest_m", "nearest_m")):
        for end, sign in (("_lower", 1), ("_upper", -1)):
            certain, maybe = (
                [sign * float(row[column + end] or "inf") for row in of[is_so]] for is_so in (True, False)
            )
            least = least_median(certain, maybe)
            found[name + end] = None if least is None else sign * least
    never, perhaps = ({k: sum(int(r[f"partners_{end}"]) == 0 for r in of[k]) for k in of} for end in ("upper", "lower"))
    found["in_need_without_partner_lower"] = never[True]
    found["in_need_without_partner_upper"] = perhaps[True] + perhaps[False]
    # Least, where all come to be in need that have a partner for certain; most, where all that may have none.
    share = "share_in_need_without_partner"
    least = _ratio(never[True], len(of[True]) + len(of[False]) - never[False])
    most = _ratio(perhaps[True] + perhaps[False], len(of[True]) + perhaps[False])
    if extent:  # of none that is surely in need, all others may be without a partner, or none of them
        found[f"{share}_lower"], found[f"{share}_upper"] = 1 if least is None else least, 0 if most is None else most
    return found


def least_median(certain: Iterable[float], maybe: Iterable[float]) -> float | None:
    """Return the least that a median can be of `certain`, to which any of `maybe` may come; None for none.

    The least of `maybe` come one after the other, and each median is looked at.
    """
    values, least = sorted(certain), float("inf")
    for value in [None, *sorted(maybe)]:
        if value is not None:
            insort(values, value)
        if values:
            least = min(least, (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2)
    return None if least in (float("inf"), float("-inf")) else least


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
