"""Independent recount: classification, matching and the sums once more, in plain loops.

For reviewers. It is written from the published wording of the methods, each criterion by hand, and shares no code with
the scripts of the workflow: standard library only, no data frames, no reading of the method files. It starts from
clean/ and population/, which tests/recount_clean.py works out from the source files, and works out what classified/,
matched/, aggregated/, summary.json and the totals of the ledger should hold; the criteria are in
tests/recount_criteria.py, the sums by area in tests/recount_areas.py, what comes of pairing schools in
tests/recount_pairing.py. tests/test_recount.py sets the two side by side.

An answer to a question about a school is True, False or None, which stands for unknown.
"""

import bisect
import contextlib
import csv
import gc
import math

import recount_pairing
from recount_areas import (
    CURVE_MILES,
    GROUP_OF,
    OUTCOME,
    PHASES,
    RADIUS_MILES,
    areas_by_level,
    criteria_counts,
    radius_curve,
    summary,
)
from recount_criteria import SUBJECTS, YEARS_BEFORE, ConditionsOf, Judge, results_files, thresholds, unknown

MILLIMETRES_A_MILE = 1_609_344
GRADES = ("overall_effectiveness", "leadership", "quality_of_education", "no_overall_grade")
GRADES = (*GRADES, *(f"previous_{name}" for name in GRADES))
CARDS = ("has_report_card", *(f"card_{area}" for area in ("achievement", "leadership", "inclusion", "curriculum")))
CARDS = (*CARDS, "card_attendance", "card_development", "card_safeguarding")
OF_INSPECTIONS = (*GRADES, *CARDS, "category_of_concern", "headline_grade")
# Types of schools that take over what was judged under another URN.
INHERIT = dict.fromkeys(("nfer-2017-literal", "nfer-2017-april", "nfer-graded", "rise-2025"), ("academy_converter",))
DESIGNATIONS = ("teaching_school", "national_support_school")

# The types of state-funded mainstream schools.
MAINSTREAM = (
    "community",
    "voluntary_aided",
    "voluntary_controlled",
    "foundation",
    "city_technology_college",
    "academy_converter",
    "academy_sponsor_led",
    "free_school",
    "university_technical_college",
    "studio_school",
)

# Reading the clean tables.


def read_rows(path):
    """The rows of a CSV file as dicts of text."""
    with open(path, encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        header = next(lines)
        return [dict(zip(header, cells, strict=True)) for cells in lines]


@contextlib.contextmanager
def no_search_for_rubbish():
    """Python looks through all that there is for what nobody needs any more, again and again; here all is needed."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def number(text):
    """The number in a cell; None for an empty one or a missing column."""
    return float(text) if text else None


def read(text):
    """What a cell says: true or false, a number, a word; None for an empty one."""
    if text in ("true", "false"):
        return text == "true"
    return text or None if not text or text[-1].isalpha() else float(text)


def read_clean(run, method="", partial=()):
    """Return the schools of results/{release}/{method}, each a dict with its measures, and the measures released.

    A school: urn (text), phase, type, la_code, la_name, region, constituency, easting, northing (whole metres or
    None), each measure by its name (a number or None) and under `status` {measure: ok, or why there is no figure}.
    The measures: {phase: set of names}. `partial`: of what (graded, card; primary, secondary) the files lack rows.
    """
    clean = run.parent / "clean"
    population = read_rows(run / "population" / "schools.csv")
    results_rows = read_rows(clean / "results.csv")
    inspection_rows = read_rows(clean / "inspections.csv")
    designated = {(row["urn"], row["designation"]) for row in read_rows(clean / "designations.csv")}

    released = {phase: {"establishment_type"} for phase in PHASES}
    for row in results_rows:
        for column in row:
            # A row of the other phase has no status in the column.
            if column.endswith("_status") and row[column]:
                released[row["phase"]].add(column.removesuffix("_status"))
    of_results = {phase: measures - {"establishment_type"} for phase, measures in released.items()}
    known = [m for m in OF_INSPECTIONS if f"{m}_status" in inspection_rows[0]] if inspection_rows else []
    judged = [m for m in known if any(row[f"{m}_status"] != "not_in_release" for row in inspection_rows)]
    for phase in PHASES:
        # A list that names no school of a kind is no list of that kind.
        released[phase] |= {*judged, *(kind for _, kind in designated)}
        if all(f"{subject}_progress" in released[phase] for subject in SUBJECTS):
            released[phase].add("progress_mean")

    results_of = {(row["urn"], row["phase"]): row for row in results_rows}
    inspection_of = {row["urn"]: row for row in inspection_rows}
    schools = []
    for row in population:
        school = {"urn": row["urn"], "phase": row["phase"], "type": row["type"], "establishment_type": row["type"]}
        for column in ("la_code", "la_name", "region", "constituency", *recount_pairing.OF_SCHOOLS):
            school[column] = row[column]
        for column in ("easting", "northing"):
            school[column] = int(row[column]) if row[column] else None
        school["status"] = dict.fromkeys(("establishment_type", *DESIGNATIONS), "ok")
        for kind in DESIGNATIONS:
            school[kind] = (row["urn"], kind) in designated
        for measure in of_results[row["phase"]]:
            year = "".join(f"_{years}" for years in YEARS_BEFORE if measure.endswith(f"_{years}"))
            found = results_of.get((row[f"results_urn{year}"], row["phase"]))
            absent = "missing" if row["phase"] in partial and not year else "no_row"
            look_up(school, measure, found, row.get(f"results_via{year}"), absent)
        for measure in judged:
            aspect = "card" if measure in (*CARDS, "category_of_concern") and "card_urn" in row else "inspection"
            without = "missing" if aspect.replace("inspection", "graded") in partial else "no_inspection"
            found = inspection_of.get(row["urn" if measure == "headline_grade" else f"{aspect}_urn"])
            look_up(school, measure, found, row.get(f"{aspect}_via"), without)
            if measure == "headline_grade" and not found:
                school[measure], school["status"][measure] = "not_listed", "ok"
            of = {"category_of_concern": "category_", "headline_grade": "headline_"}.get(measure)
            of = of or next(side for side in ("previous_", "card_", "") if measure.startswith(side))
            of = "card_" if measure == "has_report_card" else of
            another = found and found.get(f"{of}judged_urn") not in (None, "", row["urn"])
            heir, status = row["type"] in INHERIT.get(method, ()), school["status"][measure]
            if (
                found
                and of != "headline_"
                and (heir and status == "another_urn" or not heir and found.get(f"{of}judged_urn_open") == "true")
            ):
                school[measure], school["status"][measure] = None, "missing"
            if another and not heir:
                school[measure], school["status"][measure] = None, "another_urn"
        schools.append(school)
    return schools, released


def look_up(school, measure, row, via, without):
    """Give a school a measure, and its status, of the row where its data are found; `without`: why there is none."""
    school[measure] = read(row.get(measure)) if row else None
    why = "ambiguous_predecessor" if via == "ambiguous" else without
    school["status"][measure] = row.get(f"{measure}_status") if row else why


def add_progress_mean(schools):
    """Give each primary school the mean of its three progress scores, to six decimals; None if one is unknown."""
    for school in schools:
        scores = [school.get(f"{subject}_progress") for subject in SUBJECTS]  # unknown in a release without them
        school["progress_mean"] = None if None in scores else round(sum(scores) / 3, 6)
        whys = [school["status"].get(f"{subject}_progress") for subject in SUBJECTS]
        school["status"]["progress_mean"] = next((why for why in whys if why != "ok"), "ok")


# Matching.


def squared_radius(miles):
    """The largest whole squared distance in square metres that lies within so many miles."""
    return int(miles * MILLIMETRES_A_MILE) ** 2 // 1_000_000


class Places:
    """Some schools with coordinates, in squares of the map, and what lies near a school."""

    SIDE_M = 5_000  # of a square

    def __init__(self, schools):
        self.schools = list(filter(has_coordinates, schools))
        self.squares = {}
        for school in self.schools:
            at = school["easting"] // self.SIDE_M, school["northing"] // self.SIDE_M
            self.squares.setdefault(at, []).append((school["easting"], school["northing"], school["urn"]))
        self.ends = [(min(of), max(of)) for of in zip(*self.squares, strict=True)] or [(0, -1)] * 2

    def near(self, school, square):
        """[(squared distance, URN)] of the others no further off than the root of `square`, whole square metres."""
        east, north, urn, reach = school["easting"], school["northing"], school["urn"], math.isqrt(square)
        found = []
        columns, rows = (
            range(max(least, (at - reach) // self.SIDE_M), min(most, (at + reach) // self.SIDE_M) + 1)
            for at, (least, most) in zip((east, north), self.ends, strict=True)
        )
        for column in columns:
            for row in rows:
                for easting, northing, other in self.squares.get((column, row), ()):
                    apart = (easting - east) ** 2 + (northing - north) ** 2
                    if apart <= square and other != urn:
                        found.append((apart, other))
        return found

    def nearest_m(self, school):
        """Metres to the nearest of the others; None where there is none. It is looked for further and further off."""
        for reach_m in (1_000, 4_000, 16_000, 64_000, 256_000, 2_000_000):
            if found := self.near(school, reach_m**2):
                return math.sqrt(min(found)[0])
        return None


class Travel:
    """The travel times of a release, from its raw file, and within how many minutes partners are, {phase: minutes}.

    Without minutes nothing has a time. What stands in the file as no two different URNs and a number says nothing.
    """

    def __init__(self, run, most):
        self.most, self.times = most, {}
        for row in read_rows(run.parent / "raw" / "travel.csv") if most else ():
            urn, other = row["urn"], row["partner_urn"]
            if urn.isdigit() and (other or "").isdigit() and urn != other and row["minutes"]:
                self.times.setdefault((urn, other), float(row["minutes"]))

    def minutes(self, school, urn):
        """Minutes from a school to another or, where that way has none, back; None where neither has."""
        return self.times.get((school["urn"], urn), self.times.get((urn, school["urn"])))

    def near(self, places, school, square):
        """[(squared distance, URN, minutes or None)] of the others that are near enough to a school: by their time
        where they have one, else as `Places.near` has it."""
        if not self.times:
            return [(apart, urn, None) for apart, urn in places.near(school, square)]
        found = []
        for other in places.schools:
            if other is not school:
                apart = (other["easting"] - school["easting"]) ** 2 + (other["northing"] - school["northing"]) ** 2
                minutes = self.minutes(school, other["urn"])
                if apart <= square if minutes is None else minutes <= self.most[school["phase"]]:
                    found.append((apart, other["urn"], minutes))
        return found


NO_TIMES = Travel(None, None)


def match(schools, radius_miles, travel=NO_TIMES):
    """Give each school in need with coordinates its `reach`; return {(phase, urn, partner's urn): {column: value}}.

    `reach`: partners within the phase's radius or travel time, of whom a time decided, nearest_m (None where the phase
    has no high-performing school), `within`, {miles: partners}, and `near`, as Places.near has them within all these
    radii. Coordinates are whole metres, so squared distances are compared without rounding.
    """
    pairs = {}
    for phase in PHASES:
        of_phase = [school for school in schools if school["phase"] == phase]
        partners = Places(school for school in of_phase if school["group"] == "high_performing")
        radius = squared_radius(radius_miles[phase])
        curve = {miles: squared_radius(miles) for miles in CURVE_MILES}
        for school in filter(has_coordinates, of_phase):
            if school["group"] != "in_need":
                continue
            near = partners.near(school, max(radius, *curve.values()))
            squares = sorted(square for square, _ in near)
            within = travel.near(partners, school, radius)
            for square, urn, minutes in within:
                pairs[phase, school["urn"], urn] = {"distance_m": math.sqrt(square)}
                if travel.most:
                    pairs[phase, school["urn"], urn]["minutes"] = minutes
            school["reach"] = {
                "partners": len(within),
                "partners_by_time": sum(minutes is not None for _, _, minutes in within),
                "nearest_m": partners.nearest_m(school),
                "within": {miles: bisect.bisect(squares, limit) for miles, limit in curve.items()},
                "near": near,
            }
    return pairs


def match_in_doubt(schools, radius_miles, travel, here=False):
    """Give each school with coordinates that is or may be in need `extent`: {here: how few and how many partners}.

    `here`: only what these files lack is unknown; if not, `able` is their URNs. No school is its own partner.
    """

    def groups(school):
        return {group for group, _ in (school["here"] if here else school)["may_be"]}

    for phase in PHASES:
        of_phase = [school for school in schools if school["phase"] == phase]
        sure = Places(school for school in of_phase if groups(school) == {"high_performing"})
        possible = Places(school for school in of_phase if "high_performing" in groups(school))
        ends = {"sure": sure, "possible": possible}
        radius = squared_radius(radius_miles[phase])
        for school in filter(has_coordinates, of_phase):
            if "in_need" in groups(school):
                able = {end: [urn for _, urn, _ in travel.near(of, school, radius)] for end, of in ends.items()}
                if not here:
                    school["able"] = able
                school.setdefault("extent", {})[here] = {
                    "in_need": groups(school) == {"in_need"},
                    "partners_lower": len(able["sure"]),
                    "partners_upper": len(able["possible"]),
                    "nearest_m_lower": possible.nearest_m(school),
                    "nearest_m_upper": sure.nearest_m(school),
                }


def has_coordinates(school):
    """Whether the register gives a place for the school."""
    return school["easting"] is not None and school["northing"] is not None


# The rows of the results files.


def rows_of_results(run, released):
    """Yield (type of school, school with its measures) of each row of this year's results files."""
    for row in read_rows(run.parent / "clean" / "results.csv"):
        if row["row"]:  # else a school of an earlier year's file only
            school = {"urn": row["urn"], "phase": row["phase"], "status": {}}
            for measure in released[row["phase"]] - {"establishment_type", *DESIGNATIONS, *OF_INSPECTIONS}:
                school[measure] = number(row.get(measure))
            add_progress_mean([school])
            yield row.get("school_type") or "unspecified", school


# The whole.


@no_search_for_rubbish()
def recount(run, method, partial=(), minutes=None):
    """Work a run out anew from clean/ and population/: {file below the run's folder: {key: {column: value}}}.

    `run`: the folder results/{release}/{method}, a Path. Keys are the columns that name a row, as in KEYS. summary.json
    is a nested dict; conditions are {(URN, phase): {(criterion, place): {column: value}}}, made one by one. `partial`:
    as of read_clean. `minutes`: within how many partners are, {phase: minutes}, of a run with travel times.
    """
    schools, released = read_clean(run, method, partial)
    add_progress_mean(schools)
    judge = Judge(method, released, schools, run.parent.name)
    for school in schools:
        judge.classify(school)
    radius_miles = RADIUS_MILES[method]
    travel = Travel(run, minutes)
    pairs = match(schools, radius_miles, travel)
    match_in_doubt(schools, radius_miles, travel)
    match_in_doubt(schools, radius_miles, travel, here=True)
    register = {row["urn"] for row in read_rows(run.parent / "clean" / "establishments.csv")}
    used = {(row["results_urn"], row["phase"]) for row in read_rows(run / "population" / "schools.csv")}
    rows = rows_of_results(run, released)
    tables = {
        "classified/schools.csv": {},
        "classified/criteria.csv": {},
        "classified/thresholds.csv": thresholds(judge, schools),
        "classified/results_files.csv": results_files(rows, register, used, MAINSTREAM, judge),
        "classified/unknown.csv": unknown(schools, judge),
        "matched/partners.csv": pairs,
        "matched/reach.csv": {},
        "matched/radius_curve.csv": {},
        "matched/bounds.csv": {},
        "matched/bounds_missing_here.csv": {},
        "aggregated/radius_curve.csv": radius_curve(schools),
        "aggregated/criteria.csv": criteria_counts(schools),
    }
    levels = areas_by_level(schools)
    tables["summary.json"] = summary(schools, method, levels, tables["aggregated/criteria.csv"], minutes)
    for school in schools:
        urn, phase = school["urn"], school["phase"]
        carried = ("type", "la_code", "la_name", "region", "constituency", "easting", "northing", "setting")
        tables["classified/schools.csv"][urn, phase] = {
            **{column: school[column] for column in carried},
            **{column: school[column] for column in ("high_performing", "in_need", "both", "group")},
            **{f"{group}_missing_here": school[f"{group}_missing_here"] for group in ("high_performing", "in_need")},
            **{criterion: OUTCOME[answer] for criterion, answer in school["answers"].items()},
            "not_assessable_criteria": ";".join(c for c, answer in school["answers"].items() if answer is None),
        }
        for criterion, answer in school["answers"].items():
            tables["classified/criteria.csv"][urn, phase, criterion] = {
                "group": GROUP_OF[criterion],
                "outcome": OUTCOME[answer],
            }
        if "reach" in school:
            reach = school["reach"]
            tables["matched/reach.csv"][phase, urn] = {
                k: reach[k] for k in ("partners", "nearest_m", *(("partners_by_time",) if minutes else ()))
            }
            for miles, partners in reach["within"].items():
                tables["matched/radius_curve.csv"][phase, urn, miles] = {"partners": partners}
        for here, extent in school.get("extent", {}).items():
            tables[f"matched/bounds{'_missing_here' if here else ''}.csv"][phase, urn] = extent
    tables |= {f"aggregated/{level}.csv": areas for level, areas in levels.items()}
    made = read_rows(run / "matched/pairing.csv")
    tables |= recount_pairing.tables(schools, tables["matched/partners.csv"], made)
    tables["classified/conditions.csv"] = ConditionsOf(schools, judge)
    return tables


def ledger_totals(clean, population, schools):
    """{(step, source): (rows in, rows out)} of audit/ledger.csv.

    `clean`, `population`: as recount_clean.recount_clean and recount_clean.population give them; `schools`: as
    `recount` gives classified/schools.csv and matched/reach.csv, as {(URN, phase): (group, whether it was matched)}.
    """
    members = {urn for urn, _ in population}
    kept = {"register": len(clean["establishments"]), "designations": len(clean["designations"])}
    used = {"designations": sum(urn in members for urn, _ in clean["designations"])}
    kept["links"] = len(clean["links"])
    whose = {school[urn] for school in population.values() for urn in ("inspection_urn", "card_urn") if urn in school}
    known = whose | (members if any("headline_row" in row for row in clean["inspections"].values()) else set())
    for source in {row[of] for row in clean["inspections"].values() for of in row if of.endswith("source")} - {None}:
        rows = {
            (urn, row[f"{of}row"])
            for urn, row in clean["inspections"].items()
            for of in (column.removesuffix("source") for column in row if column.endswith("source"))
            if row[f"{of}source"] == source
        }
        kept[source], used[source] = len(rows), sum(urn in known for urn, _ in rows)
    for row in clean["results"].values():
        for column, source in row.items():
            if column.startswith("source") and source:
                kept[source] = kept.get(source, 0) + 1
        if row.get("row_of_ks4_provisional"):
            kept["ks4_provisional"] = kept.get("ks4_provisional", 0) + 1
    held_by = {
        column.removeprefix("results_urn"): {(school[column], phase) for (_, phase), school in population.items()}
        for column in next(iter(population.values()))
        if column.startswith("results_urn")
    }
    for key, row in clean["results"].items():
        for suffix, keys in held_by.items():
            source = row[f"source{suffix}"]
            if source:
                used[source] = used.get(source, 0) + (key in keys)
        if row.get("row_of_ks4_provisional"):
            used["ks4_provisional"] = used.get("ks4_provisional", 0) + (key in held_by[""])
    totals = {("clean", source): (rows, kept.get(source, 0)) for source, rows in clean["read"].items()}
    totals["population", "register"] = (kept["register"], len(members))
    for source in clean["read"]:
        if source in used:
            totals["use", source] = (kept.get(source, 0), used[source])
    for phase in PHASES:
        of_phase = [school for (_, p), school in schools.items() if p == phase]
        need = [was_matched for group, was_matched in of_phase if group == "in_need"]
        totals["population", phase] = (len(members), sum(p == phase for _, p in population))
        totals["classify", phase] = (totals["population", phase][1], len(of_phase))
        totals["match", phase] = (len(need), sum(need))
    return totals


KEYS = {
    "classified/schools.csv": ["urn", "phase"],
    "classified/criteria.csv": ["urn", "phase", "criterion"],
    "classified/thresholds.csv": ["criterion", "phase", "place"],
    "classified/results_files.csv": ["phase", "criterion", "where"],
    "classified/unknown.csv": ["phase", "criterion", "measure", "status"],
    "matched/partners.csv": ["phase", "urn", "partner_urn"],
    "matched/reach.csv": ["phase", "urn"],
    "matched/radius_curve.csv": ["phase", "urn", "radius_miles"],
    "matched/bounds.csv": ["phase", "urn"],
    "matched/bounds_missing_here.csv": ["phase", "urn"],
    "aggregated/england.csv": ["area_code", "area", "region", "phase"],
    "aggregated/england_missing_here.csv": ["area_code", "area", "region", "phase"],
    "aggregated/regions.csv": ["area_code", "area", "region", "phase"],
    "aggregated/local_authorities.csv": ["area_code", "area", "region", "phase"],
    "aggregated/constituencies.csv": ["area_code", "area", "region", "phase"],
    "aggregated/urban_rural.csv": ["area_code", "area", "region", "phase"],
    "aggregated/radius_curve.csv": ["area", "phase", "radius_miles"],
    "aggregated/criteria.csv": ["phase", "criterion"],
    **recount_pairing.KEYS,
}
