"""Independent recount, second part: classification, matching and the sums once more, in plain loops.

For reviewers. It is written from the published wording of the method `nfer-2017`, each criterion by hand, and shares
no code with the scripts of the workflow: standard library only, no data frames, no reading of the method file. It
starts from clean/ (and raw/manifest.json, which lists the sources) and population/, which tests/recount_clean.py works
out from the source files, and works out what classified/, matched/, aggregated/, summary.json and the totals of the
ledger should hold. tests/test_recount.py sets the two side by side.

An answer to a question about a school is True, False or None, which stands for unknown.
"""

import csv
import json
import math

from recount_areas import (
    CURVE_MILES,
    GROUP_OF,
    OUTCOME,
    PHASES,
    RADIUS_MILES,
    areas_by_level,
    criteria_counts,
    quantile,
    radius_curve,
    summary,
)

SUBJECTS = ("reading", "writing", "maths")
YEARS_BEFORE = ("1y_before", "2y_before")
MILLIMETRES_A_MILE = 1_609_344
GRADES = ("overall_effectiveness", "leadership")

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

# The conditions of each criterion: measure, comparison, and what the value is held against; MEDIAN is the measure's
# own, over the schools of the population. LIMIT: dropped in a release without the measure, and under nought otherwise.
# A release that lacks another measure of a criterion has it assessable for no school.
MEDIAN, LIMIT = "median", "limit"
OFF_FLOOR = ("university_technical_college", "studio_school", "further_education")
FLOOR = {"reading": -5, "writing": -7, "maths": -5}
COASTING = {"reading": -2.5, "writing": -3.5, "maths": -2.5}
GRADE = "overall_effectiveness"
CONDITIONS = {
    ("outstanding", "primary"): [(GRADE, "==", 1)],
    ("designated", "primary"): [("designated", "==", True)],
    ("less_than_good", "primary"): [(GRADE, "in", (3, 4))],
    ("good_with_strong_results", "primary"): [
        (GRADE, "==", 2),
        ("leadership", "==", 1),
        ("rwm_expected_pct", ">=", MEDIAN),
        ("progress_mean", ">=", MEDIAN),
    ],
    ("good_with_strong_results", "secondary"): [
        (GRADE, "==", 2),
        ("leadership", "==", 1),
        ("attainment8", ">=", MEDIAN),
        ("progress8", ">=", MEDIAN),
    ],
    ("below_floor", "primary"): [
        ("pupils", ">=", 11),
        ("rwm_expected_pct", "<", 65),
        *((f"{subject}_progress", "<", threshold) for subject, threshold in FLOOR.items()),
        *((f"{subject}_progress_upper", "<", LIMIT) for subject in SUBJECTS),
    ],
    ("below_floor", "secondary"): [
        ("establishment_type", "not in", OFF_FLOOR),
        ("pupils", ">=", 6),
        ("progress8", "<", -0.5),
        ("progress8_upper", "<", LIMIT),
    ],
    ("coasting", "primary"): [
        ("pupils", ">=", 11),
        ("rwm_expected_pct", "<", 85),
        *((f"rwm_level4_pct_{years}", "<", 85) for years in YEARS_BEFORE),
        *((f"{s}_expected_progress_pct_{years}", "<", MEDIAN) for s in SUBJECTS for years in YEARS_BEFORE),
        *((f"{subject}_progress", "<", threshold) for subject, threshold in COASTING.items()),
    ],
    ("coasting", "secondary"): [
        ("pupils", ">=", 6),
        ("progress8", "<", -0.25),
        *((f"five_good_gcses_pct_{years}", "<", 60) for years in YEARS_BEFORE),
        *((f"{s}_expected_progress_pct_{years}", "<", MEDIAN) for s in ("english", "maths") for years in YEARS_BEFORE),
    ],
}
for name in ("outstanding", "designated", "less_than_good"):
    CONDITIONS[name, "secondary"] = CONDITIONS[name, "primary"]


def needs(criterion, phase):
    """The measures that a criterion cannot do without."""
    measures = [measure for measure, _, against in CONDITIONS[criterion, phase] if against != LIMIT]
    if "progress_mean" in measures:
        measures += [f"{subject}_progress" for subject in SUBJECTS]
    return [measure for measure in measures if measure not in ("progress_mean", "establishment_type")]


def medians_of(phase):
    """The measures that are held against their own median."""
    of_phase = [conditions for (_, p), conditions in CONDITIONS.items() if p == phase]
    return [measure for conditions in of_phase for measure, _, against in conditions if against == MEDIAN]


# Three answers.


def below(value, threshold):
    """Whether value < threshold; None where either is unknown."""
    if value is None or threshold is None:
        return None
    return value < threshold


def at_least(value, threshold):
    """Whether value >= threshold; None where either is unknown."""
    if value is None or threshold is None:
        return None
    return value >= threshold


def all_hold(answers):
    """Kleene's conjunction: one False settles it, then one None leaves it open."""
    unknown = False
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            unknown = True
    return None if unknown else True


def one_holds(answers):
    """Kleene's disjunction: one True settles it, then one None leaves it open."""
    unknown = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            unknown = True
    return None if unknown else False


# Reading the clean tables.


def read_rows(path):
    """The rows of a CSV file as dicts of text."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text):
    """The number in a cell; None for an empty one or a missing column."""
    return float(text) if text else None


def read_clean(run):
    """Return the schools of results/{release}/{method}, each a dict with its measures, and the measures released.

    A school: urn (text), phase, type, la_code, la_name, region, constituency, easting, northing (whole metres or
    None), each measure by its name (a number or None) and under `status` {measure: ok, or why there is no figure}.
    The measures: {phase: set of names}.
    """
    clean = run.parent / "clean"
    population = read_rows(run / "population" / "schools.csv")
    results_rows = read_rows(clean / "results.csv")
    inspection_rows = read_rows(clean / "inspections.csv")
    designated = {row["urn"] for row in read_rows(clean / "designations.csv")}
    manifest = json.loads((run.parent / "raw" / "manifest.json").read_text(encoding="utf-8"))

    released = {phase: {"establishment_type"} for phase in PHASES}
    for row in results_rows:
        for column in row:
            # A row of the other phase has no status in the column.
            if column.endswith("_status") and row[column]:
                released[row["phase"]].add(column.removesuffix("_status"))
    of_results = {phase: measures - {"establishment_type"} for phase, measures in released.items()}
    grades = [g for g in GRADES if any(row[f"{g}_status"] != "not_in_release" for row in inspection_rows)]
    has_list = any(file["source"] == "designations" for file in manifest["files"])
    for phase in PHASES:
        released[phase] |= {*grades, *(["designated"] if has_list else [])}
        if all(f"{subject}_progress" in released[phase] for subject in SUBJECTS):
            released[phase].add("progress_mean")

    results_of = {(row["urn"], row["phase"]): row for row in results_rows}
    inspection_of = {row["urn"]: row for row in inspection_rows}
    schools = []
    for row in population:
        school = {"urn": row["urn"], "phase": row["phase"], "type": row["type"], "establishment_type": row["type"]}
        for column in ("la_code", "la_name", "region", "constituency"):
            school[column] = row[column]
        for column in ("easting", "northing"):
            school[column] = int(row[column]) if row[column] else None
        school["status"] = {"designated": "ok", "establishment_type": "ok"}
        school["designated"] = row["urn"] in designated
        for measure in of_results[row["phase"]]:
            year = "".join(f"_{years}" for years in YEARS_BEFORE if measure.endswith(f"_{years}"))
            found = results_of.get((row[f"results_urn{year}"], row["phase"]))
            look_up(school, measure, found, row.get(f"results_via{year}"), "no_row")
        for grade in GRADES:
            look_up(school, grade, inspection_of.get(row["inspection_urn"]), row.get("inspection_via"), "no_inspection")
        schools.append(school)
    return schools, released


def look_up(school, measure, row, via, without):
    """Give a school a measure, and its status, of the row where its data are found; `without`: why there is none."""
    school[measure] = number(row.get(measure)) if row else None
    why = "ambiguous_predecessor" if via == "ambiguous" else without
    school["status"][measure] = row.get(f"{measure}_status") if row else why


def add_progress_mean(schools):
    """Give each primary school the mean of its three progress scores, to six decimals; None if one is unknown."""
    for school in schools:
        scores = [school.get(f"{subject}_progress") for subject in SUBJECTS]  # unknown in a release without them
        school["progress_mean"] = None if None in scores else round(sum(scores) / 3, 6)
        whys = [school["status"].get(f"{subject}_progress") for subject in SUBJECTS]
        school["status"]["progress_mean"] = next((why for why in whys if why != "ok"), "ok")


# Medians and quartiles.


def national_medians(schools):
    """{(phase, measure): (median to six decimals or None, schools with a value)} over the population."""
    medians = {}
    for phase in PHASES:
        for measure in medians_of(phase):
            values = []
            for school in schools:
                if school["phase"] == phase and school.get(measure) is not None:
                    values.append(school[measure])
            medians[phase, measure] = (round(quantile(values, 0.5), 6) if values else None, len(values))
    return medians


# The criteria, one by one.


def outstanding(school):
    """Overall effectiveness 1."""
    grade = school["overall_effectiveness"]
    return None if grade is None else grade == 1


def designated(school):
    """Teaching School or National Support School on the reference date."""
    return school["designated"]


def less_than_good(school):
    """Overall effectiveness 3 or 4."""
    grade = school["overall_effectiveness"]
    return None if grade is None else grade == 3 or grade == 4


def good_with_strong_results(school, medians):
    """Overall effectiveness 2, leadership and management 1, attainment and progress at or above the median."""
    grade = school["overall_effectiveness"]
    leadership = school["leadership"]
    if school["phase"] == "primary":
        attainment, progress = "rwm_expected_pct", "progress_mean"
    else:
        attainment, progress = "attainment8", "progress8"
    return all_hold(
        [
            None if grade is None else grade == 2,
            None if leadership is None else leadership == 1,
            at_least(school[attainment], medians[school["phase"], attainment][0]),
            at_least(school[progress], medians[school["phase"], progress][0]),
        ]
    )


def below_floor_primary(school, limits):
    """Key stage 2 floor. `limits`: the subjects for which the release has the upper confidence limit.

    At least 11 pupils; under 65% at the expected standard; reading progress under -5, or writing under -7, or maths
    under -5. Under in one subject only: then its upper limit must be under 0, where the release has limits.
    """
    under = {
        "reading": below(school["reading_progress"], -5),
        "writing": below(school["writing_progress"], -7),
        "maths": below(school["maths_progress"], -5),
    }
    surely = sum(answer is True for answer in under.values())
    possibly = sum(answer is not False for answer in under.values())
    if surely >= 2:
        too_little_progress = True
    elif possibly == 0:
        too_little_progress = False
    else:
        alone = []
        for subject, answer in under.items():
            if subject in limits:
                answer = all_hold([answer, below(school[f"{subject}_progress_upper"], 0)])
            alone.append(answer)
        too_little_progress = one_holds(alone)
        # Two subjects may be under after all, which would need no limit.
        if too_little_progress is False and possibly >= 2:
            too_little_progress = None
    return all_hold([at_least(school["pupils"], 11), below(school["rwm_expected_pct"], 65), too_little_progress])


def below_floor_secondary(school, limits):
    """Key stage 4 floor. `limits`: holds "progress8" where the release has its upper confidence limit.

    Not a university technical college, studio school or further education college; at least 6 pupils; Progress 8
    under -0.5 with an upper limit under 0, where the release has limits.
    """
    if school["type"] in ("university_technical_college", "studio_school", "further_education"):
        return False
    answers = [at_least(school["pupils"], 6), below(school["progress8"], -0.5)]
    if "progress8" in limits:
        answers.append(below(school["progress8_upper"], 0))
    return all_hold(answers)


def coasting_primary(school, medians):
    """Key stage 2 coasting, all three years, at least 11 pupils.

    Two years and one year before: under 85% at level 4, and under the median of expected progress in each subject.
    This year: under 85% at the expected standard, and reading under -2.5, or writing under -3.5, or maths under -2.5.
    """
    answers = [at_least(school["pupils"], 11)]
    for years in YEARS_BEFORE:
        answers.append(below(school[f"rwm_level4_pct_{years}"], 85))
        for subject in SUBJECTS:
            measure = f"{subject}_expected_progress_pct_{years}"
            answers.append(below(school[measure], medians["primary", measure][0]))
    answers.append(below(school["rwm_expected_pct"], 85))
    answers.append(
        one_holds(
            [
                below(school["reading_progress"], -2.5),
                below(school["writing_progress"], -3.5),
                below(school["maths_progress"], -2.5),
            ]
        )
    )
    return all_hold(answers)


def coasting_secondary(school, medians):
    """Key stage 4 coasting, all three years, at least 6 pupils.

    Two years and one year before: under 60% with five A*-C with English and maths, and under the medians of expected
    progress in English and in maths. This year: Progress 8 under -0.25.
    """
    answers = [at_least(school["pupils"], 6)]
    for years in YEARS_BEFORE:
        answers.append(below(school[f"five_good_gcses_pct_{years}"], 60))
        for subject in ("english", "maths"):
            measure = f"{subject}_expected_progress_pct_{years}"
            answers.append(below(school[measure], medians["secondary", measure][0]))
    answers.append(below(school["progress8"], -0.25))
    return all_hold(answers)


def limits_released(measures):
    """The subjects (or "progress8") for which a release with these measures has the upper confidence limit."""
    limits = set()
    for subject in SUBJECTS:
        if f"{subject}_progress_upper" in measures:
            limits.add(subject)
    if "progress8_upper" in measures:
        limits.add("progress8")
    return limits


def criterion_met(criterion, school, medians, measures):
    """One school's answer to one criterion: True, False or None (not assessable).

    `medians` as national_medians gives them; `measures`: what the release has for the school's phase.
    """
    phase = school["phase"]
    for measure in needs(criterion, phase):
        if measure not in measures:
            return None
    if criterion == "outstanding":
        return outstanding(school)
    if criterion == "designated":
        return designated(school)
    if criterion == "less_than_good":
        return less_than_good(school)
    if criterion == "good_with_strong_results":
        return good_with_strong_results(school, medians)
    if criterion == "below_floor" and phase == "primary":
        return below_floor_primary(school, limits_released(measures))
    if criterion == "below_floor":
        return below_floor_secondary(school, limits_released(measures))
    if criterion == "coasting" and phase == "primary":
        return coasting_primary(school, medians)
    return coasting_secondary(school, medians)


def classify(schools, released):
    """Give each school `answers` ({criterion: answer}), high_performing, in_need, both and group.

    `released`: {phase: measures that the release has}. Return the medians, as national_medians gives them.
    """
    add_progress_mean(schools)
    medians = national_medians(schools)
    for school in schools:
        measures = released[school["phase"]]
        answers = {criterion: criterion_met(criterion, school, medians, measures) for criterion in GROUP_OF}
        school["answers"] = answers
        for group in ("high_performing", "in_need"):
            school[group] = one_holds([answers[criterion] for criterion in answers if GROUP_OF[criterion] == group])
        school["both"] = all_hold([school["high_performing"], school["in_need"]])
        if school["in_need"]:
            school["group"] = "in_need"
        elif school["high_performing"]:
            school["group"] = "high_performing"
        elif school["in_need"] is False and school["high_performing"] is False:
            school["group"] = "neither"
        else:
            school["group"] = "not_assessable"
    return medians


# The conditions, each by itself.

IS = {
    "==": lambda value, against: value == against,
    "<": lambda value, against: value < against,
    ">=": lambda value, against: value >= against,
    "in": lambda value, against: value in against,
    "not in": lambda value, against: value not in against,
}


class ConditionsOf:
    """What each condition found of each school, worked out when it is asked for, since there are half a million."""

    def __init__(self, schools, released, medians):
        self.schools = {(school["urn"], school["phase"]): school for school in schools}
        self.released = released
        self.medians = medians

    def __iter__(self):
        return iter(self.schools)

    def __getitem__(self, key):
        """{(criterion, measure): is, threshold, value, status, outcome} of the school (URN, phase)."""
        school = self.schools[key]
        found = {}
        for criterion in GROUP_OF:
            for measure, comparison, against in CONDITIONS[criterion, school["phase"]]:
                found[criterion, measure] = self.found(school, measure, comparison, against)
        return found

    def found(self, school, measure, comparison, against):
        phase = school["phase"]
        threshold = {LIMIT: 0, MEDIAN: self.medians.get((phase, measure), (None, 0))[0]}.get(against, against)
        stated = {"is": comparison, "threshold": shown(threshold)}
        if measure not in self.released[phase]:
            outcome = "ignored" if against == LIMIT else "unknown"
            return {**stated, "value": None, "status": "not_in_release", "outcome": outcome}
        value = school[measure]
        known = value is not None and threshold is not None
        outcome = str(IS[comparison](value, threshold)).lower() if known else "unknown"
        return {**stated, "value": shown(value), "status": school["status"][measure], "outcome": outcome}


def shown(value):
    """A value as the tables print it: a number as it is, true and false in lower case, a list with | between."""
    if isinstance(value, bool):
        return str(value).lower()
    return "|".join(str(one) for one in value) if isinstance(value, tuple) else value


# Matching.


def squared_radius(miles):
    """The largest whole squared distance in square metres that lies within so many miles. `miles`: a whole number."""
    return (miles * MILLIMETRES_A_MILE) ** 2 // 1_000_000


def match(schools):
    """Give each school in need with coordinates its `reach`; return {(phase, urn, partner's urn): metres}.

    `reach`: partners within the phase's radius, nearest_m (None where the phase has no high-performing school), and
    `within`, {miles: partners}. Coordinates are whole metres, so squared distances are compared without rounding.
    """
    pairs = {}
    for phase in PHASES:
        partners = []
        for school in schools:
            if school["phase"] == phase and school["group"] == "high_performing" and has_coordinates(school):
                partners.append((school["easting"], school["northing"], school["urn"]))
        radius = squared_radius(RADIUS_MILES[phase])
        curve = [squared_radius(miles) for miles in CURVE_MILES]
        for school in schools:
            if school["phase"] != phase or school["group"] != "in_need" or not has_coordinates(school):
                continue
            east, north = school["easting"], school["northing"]
            within = 0
            squares = []
            for easting, northing, urn in partners:
                square = (easting - east) ** 2 + (northing - north) ** 2
                squares.append(square)
                if square <= radius:
                    within += 1
                    pairs[phase, school["urn"], urn] = math.sqrt(square)
            school["reach"] = {
                "partners": within,
                "nearest_m": math.sqrt(min(squares)) if squares else None,
                "within": {},
            }
            far = max(curve)
            squares = [square for square in squares if square <= far]
            for miles, limit in zip(CURVE_MILES, curve, strict=True):
                school["reach"]["within"][miles] = sum(square <= limit for square in squares)
    return pairs


def has_coordinates(school):
    """Whether the register gives a place for the school."""
    return school["easting"] is not None and school["northing"] is not None


# The criteria over the rows of the results files.


def results_files(run, schools, released, medians):
    """{(phase, criterion, where): met, not_met, not_assessable}, counted over rows of the results files of this year.

    Only the floor and coasting, which need nothing but results, and only where the files have this year's measures.
    `where`: all_rows, of mainstream state schools and of a type left blank; of these not_in_register; in_population,
    whose results are used for a school; type_unknown, whose type is blank. Medians are those of the population.
    """
    register = {row["urn"] for row in read_rows(run.parent / "clean" / "establishments.csv")}
    used = {(row["results_urn"], row["phase"]) for row in read_rows(run / "population" / "schools.csv")}
    counts = {}
    for row in read_rows(run.parent / "clean" / "results.csv"):
        phase, measures = row["phase"], released[row["phase"]]
        if not row["row"]:
            continue  # a school of an earlier year's file only
        kind = row.get("school_type") or "unspecified"
        mainstream = kind in MAINSTREAM or kind == "unspecified"
        counted = {
            "all_rows": mainstream,
            "in_population": (row["urn"], phase) in used,
            "not_in_register": mainstream and row["urn"] not in register,
            "type_unknown": kind == "unspecified",
        }
        school = {"phase": phase, "type": kind, "status": {}}
        for measure in measures - {"establishment_type", "progress_mean", "designated", *GRADES}:
            school[measure] = number(row.get(measure))
        for criterion in ("below_floor", "coasting"):
            this_year = [measure for measure in needs(criterion, phase) if not measure.endswith(YEARS_BEFORE)]
            if not all(measure in measures for measure in this_year):
                continue
            answer = criterion_met(criterion, school, medians, measures)
            for where, holds in counted.items():
                figures = counts.setdefault((phase, criterion, where), dict.fromkeys(OUTCOME.values(), 0))
                figures[OUTCOME[answer]] += holds
    return counts


# The whole.


def recount(run):
    """Work a run out anew from clean/ and population/: {file below the run's folder: {key: {column: value}}}.

    `run`: the folder results/{release}/{method}, a Path. Keys are the columns that name a row, as in KEYS. summary.json
    is a nested dict; conditions are {(URN, phase): {(criterion, measure): {column: value}}}, made one by one.
    """
    schools, released = read_clean(run)
    medians = classify(schools, released)
    pairs = match(schools)
    tables = {
        "classified/schools.csv": {},
        "classified/criteria.csv": {},
        "classified/thresholds.csv": {},
        "classified/results_files.csv": results_files(run, schools, released, medians),
        "matched/partners.csv": {key: {"distance_m": metres} for key, metres in pairs.items()},
        "matched/reach.csv": {},
        "matched/radius_curve.csv": {},
        "aggregated/radius_curve.csv": radius_curve(schools),
        "aggregated/criteria.csv": criteria_counts(schools),
        "summary.json": summary(schools),
    }
    for school in schools:
        urn, phase = school["urn"], school["phase"]
        carried = ("type", "la_code", "la_name", "region", "constituency", "easting", "northing")
        tables["classified/schools.csv"][urn, phase] = {
            **{column: school[column] for column in carried},
            **{column: school[column] for column in ("high_performing", "in_need", "both", "group")},
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
            tables["matched/reach.csv"][phase, urn] = {k: reach[k] for k in ("partners", "nearest_m")}
            for miles, partners in reach["within"].items():
                tables["matched/radius_curve.csv"][phase, urn, miles] = {"partners": partners}
    for (phase, measure), (median, with_value) in medians.items():
        tables["classified/thresholds.csv"][phase, measure] = {
            "threshold": median,
            "schools_with_value": with_value or None,
        }
    tables |= {f"aggregated/{level}.csv": areas for level, areas in areas_by_level(schools).items()}
    tables["classified/conditions.csv"] = ConditionsOf(schools, released, medians)
    return tables


def ledger_totals(clean, population, schools):
    """{(step, source): (rows in, rows out)} of audit/ledger.csv.

    `clean`, `population`: as recount_clean.recount_clean and recount_clean.population give them; `schools`: as
    `recount` gives classified/schools.csv and matched/reach.csv, as {(URN, phase): (group, whether it was matched)}.
    """
    kept = {"register": len(clean["establishments"]), "designations": len(clean["designations"])}
    used = {"designations": sum(urn in {u for u, _ in population} for urn, _ in clean["designations"])}
    kept["links"] = len(clean["links"])
    kept["inspections"] = len(clean["inspections"])
    used["inspections"] = len({school["inspection_urn"] for school in population.values()} - {None})
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
    members = len({urn for urn, _ in population})
    totals = {("clean", source): (rows, kept.get(source, 0)) for source, rows in clean["read"].items()}
    totals["population", "register"] = (kept["register"], members)
    for source in clean["read"]:
        if source in used:
            totals["use", source] = (kept.get(source, 0), used[source])
    for phase in PHASES:
        of_phase = [school for (_, p), school in schools.items() if p == phase]
        need = [was_matched for group, was_matched in of_phase if group == "in_need"]
        totals["population", phase] = (members, sum(p == phase for _, p in population))
        totals["classify", phase] = (totals["population", phase][1], len(of_phase))
        totals["match", phase] = (len(need), sum(need))
    return totals


KEYS = {
    "classified/schools.csv": ["urn", "phase"],
    "classified/criteria.csv": ["urn", "phase", "criterion"],
    "classified/thresholds.csv": ["phase", "measure"],
    "classified/results_files.csv": ["phase", "criterion", "where"],
    "matched/partners.csv": ["phase", "urn", "partner_urn"],
    "matched/reach.csv": ["phase", "urn"],
    "matched/radius_curve.csv": ["phase", "urn", "radius_miles"],
    "aggregated/england.csv": ["area_code", "area", "region", "phase"],
    "aggregated/regions.csv": ["area_code", "area", "region", "phase"],
    "aggregated/local_authorities.csv": ["area_code", "area", "region", "phase"],
    "aggregated/constituencies.csv": ["area_code", "area", "region", "phase"],
    "aggregated/radius_curve.csv": ["area", "phase", "radius_miles"],
    "aggregated/criteria.csv": ["phase", "criterion"],
}
