"""Independent recount: classification, matching and aggregation a second time, in plain loops.

For reviewers. It is written from the published wording of the method `nfer-2017`, each criterion by hand, and shares
no code with the scripts of the workflow: standard library only, no data frames, no reading of the method file. It
starts from results/{release}/clean/ (and raw/manifest.json, which lists the sources) and works out what
classified/, matched/, aggregated/ and summary.json should hold. tests/test_recount.py sets the two side by side.

An answer to a question about a school is True, False or None, which stands for unknown.
"""

import csv
import json
import math

PHASES = ("primary", "secondary")
SUBJECTS = ("reading", "writing", "maths")
YEARS_BEFORE = ("1y_before", "2y_before")
RADIUS_MILES = {"primary": 5, "secondary": 4}
LADDER_MILES = range(1, 21)
MILLIMETRES_A_MILE = 1_609_344

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

# What a criterion cannot do without: in a release that lacks one of them it is assessable for no school.
NEEDS = {
    ("outstanding", "primary"): ["overall_effectiveness"],
    ("outstanding", "secondary"): ["overall_effectiveness"],
    ("designated", "primary"): ["designated"],
    ("designated", "secondary"): ["designated"],
    ("good_with_strong_results", "primary"): [
        "overall_effectiveness",
        "leadership",
        "rwm_expected_pct",
        "reading_progress",
        "writing_progress",
        "maths_progress",
    ],
    ("good_with_strong_results", "secondary"): ["overall_effectiveness", "leadership", "attainment8", "progress8"],
    ("below_floor", "primary"): [
        "pupils",
        "rwm_expected_pct",
        "reading_progress",
        "writing_progress",
        "maths_progress",
    ],
    ("below_floor", "secondary"): ["pupils", "progress8"],
    ("coasting", "primary"): [
        "pupils",
        "rwm_level4_pct_2y_before",
        "reading_expected_progress_pct_2y_before",
        "writing_expected_progress_pct_2y_before",
        "maths_expected_progress_pct_2y_before",
        "rwm_level4_pct_1y_before",
        "reading_expected_progress_pct_1y_before",
        "writing_expected_progress_pct_1y_before",
        "maths_expected_progress_pct_1y_before",
        "rwm_expected_pct",
        "reading_progress",
        "writing_progress",
        "maths_progress",
    ],
    ("coasting", "secondary"): [
        "pupils",
        "five_good_gcses_pct_2y_before",
        "english_expected_progress_pct_2y_before",
        "maths_expected_progress_pct_2y_before",
        "five_good_gcses_pct_1y_before",
        "english_expected_progress_pct_1y_before",
        "maths_expected_progress_pct_1y_before",
        "progress8",
    ],
    ("less_than_good", "primary"): ["overall_effectiveness"],
    ("less_than_good", "secondary"): ["overall_effectiveness"],
}

# The measures that are held against their own median over the schools of the population.
MEDIANS_OF = {
    "primary": [
        "rwm_expected_pct",
        "progress_mean",
        "reading_expected_progress_pct_1y_before",
        "reading_expected_progress_pct_2y_before",
        "writing_expected_progress_pct_1y_before",
        "writing_expected_progress_pct_2y_before",
        "maths_expected_progress_pct_1y_before",
        "maths_expected_progress_pct_2y_before",
    ],
    "secondary": [
        "attainment8",
        "progress8",
        "english_expected_progress_pct_1y_before",
        "english_expected_progress_pct_2y_before",
        "maths_expected_progress_pct_1y_before",
        "maths_expected_progress_pct_2y_before",
    ],
}


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


def read_clean(results):
    """Return the schools of results/{release}, each a dict with its measures, and the measures that the release has.

    A school: urn (text), phase, type, la_code, la_name, region, constituency, easting, northing (whole metres or
    None) and each measure by its name (a number or None). The measures: {phase: set of names}.
    """
    register = read_rows(results / "clean" / "schools.csv")
    results_rows = read_rows(results / "clean" / "results.csv")
    inspection_rows = read_rows(results / "clean" / "inspections.csv")
    designated = {row["urn"] for row in read_rows(results / "clean" / "designations.csv")}
    manifest = json.loads((results / "raw" / "manifest.json").read_text(encoding="utf-8"))

    released = {"primary": set(), "secondary": set()}
    for row in results_rows:
        for column in row:
            # A row of the other phase has no status in the column.
            if column.endswith("_status") and row[column]:
                released[row["phase"]].add(column.removesuffix("_status"))
    for measure in ("overall_effectiveness", "leadership"):
        if any(row[f"{measure}_status"] != "not_in_release" for row in inspection_rows):
            released["primary"].add(measure)
            released["secondary"].add(measure)
    if any(file["source"] == "designations" for file in manifest["files"]):
        released["primary"].add("designated")
        released["secondary"].add("designated")

    results_of = {(row["urn"], row["phase"]): row for row in results_rows}
    inspection_of = {row["urn"]: row for row in inspection_rows}
    schools = []
    for row in register:
        school = {"urn": row["urn"], "phase": row["phase"], "type": row["type"]}
        for column in ("la_code", "la_name", "region", "constituency"):
            school[column] = row[column]
        for column in ("easting", "northing"):
            school[column] = int(row[column]) if row[column] else None
        for measure in released[row["phase"]] - {"overall_effectiveness", "leadership", "designated"}:
            stands_under = "results_urn"
            for years in YEARS_BEFORE:
                if measure.endswith(f"_{years}"):
                    stands_under = f"results_urn_{years}"
            found = results_of.get((row[stands_under], row["phase"]), {})
            school[measure] = number(found.get(measure))
        inspection = inspection_of.get(row["inspection_urn"], {})
        school["overall_effectiveness"] = number(inspection.get("overall_effectiveness"))
        school["leadership"] = number(inspection.get("leadership"))
        school["designated"] = row["urn"] in designated
        schools.append(school)
    return schools, released


def add_progress_mean(schools):
    """Give each primary school the mean of its three progress scores, to six decimals; None if one is unknown."""
    for school in schools:
        scores = [school.get(f"{subject}_progress") for subject in SUBJECTS]  # unknown in a release without them
        school["progress_mean"] = None if None in scores else round(sum(scores) / 3, 6)


# Medians and quartiles.


def quantile(values, share):
    """The value below which a share of the values lie, by linear interpolation; None where there are none."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    lower = math.floor(place)
    upper = math.ceil(place)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (place - lower)


def national_medians(schools):
    """{(phase, measure): (median to six decimals or None, schools with a value)} over the population."""
    medians = {}
    for phase in PHASES:
        for measure in MEDIANS_OF[phase]:
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
    for measure in NEEDS[criterion, phase]:
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


# Matching.


def squared_radius(miles):
    """The largest whole squared distance in square metres that lies within so many miles. `miles`: a whole number."""
    return (miles * MILLIMETRES_A_MILE) ** 2 // 1_000_000


def match(schools):
    """Give each school in need with coordinates its `reach`; return {(phase, urn, partner's urn): metres}.

    `reach`: partners within the phase's radius, nearest_m (None where the phase has no high-performing school), and
    ladder, {miles: partners}. Coordinates are whole metres, so squared distances are compared without rounding.
    """
    pairs = {}
    for phase in PHASES:
        partners = []
        for school in schools:
            if school["phase"] == phase and school["group"] == "high_performing" and has_coordinates(school):
                partners.append((school["easting"], school["northing"], school["urn"]))
        radius = squared_radius(RADIUS_MILES[phase])
        ladder = [squared_radius(miles) for miles in LADDER_MILES]
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
                "ladder": {},
            }
            far = max(ladder)
            squares = [square for square in squares if square <= far]
            for miles, limit in zip(LADDER_MILES, ladder, strict=True):
                school["reach"]["ladder"][miles] = sum(square <= limit for square in squares)
    return pairs


def has_coordinates(school):
    """Whether the register gives a place for the school."""
    return school["easting"] is not None and school["northing"] is not None


# Aggregation.


def share(part, whole):
    """part / whole; None where there is no whole."""
    return part / whole if whole else None


def area_figures(schools):
    """The figures of one area and phase, from its schools."""
    count = {"high_performing": 0, "in_need": 0, "neither": 0, "not_assessable": 0}
    both = 0
    unplaced = 0
    partners = []
    nearest = []
    for school in schools:
        count[school["group"]] += 1
        if school["high_performing"] and school["in_need"]:
            both += 1
        if school["group"] == "high_performing" and school["easting"] is None:
            unplaced += 1
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
        "high_performing_without_coordinates": unplaced,
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


def radius_curve(schools):
    """{(area, phase, miles): figures} for England and each region."""
    curve = {}
    for name_of in (england_of, region_of):
        for (_, area, _, phase), members in by_area(schools, name_of).items():
            matched = [school for school in members if "reach" in school]
            if not matched:
                continue
            for miles in LADDER_MILES:
                partners = [school["reach"]["ladder"][miles] for school in matched]
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


# The criteria over the rows of the results files.


def results_files(results, schools, released, medians):
    """{(phase, criterion, where): met, not_met, not_assessable}, counted over rows of the results files of this year.

    Only the floor and coasting, which need nothing but results, and only where the files have this year's measures.
    `where`: all_rows, of mainstream state schools and of a type left blank; of these not_in_register; in_population,
    whose results are used for a school; type_unknown, whose type is blank. Medians are those of the population.
    """
    # Every row of the register is a school of the population or was left out of it.
    register = {school["urn"] for school in schools}
    for row in read_rows(results / "clean" / "rejected.csv"):
        if row["source"] == "register":
            register.add(row["urn"])
    used = {(row["results_urn"], row["phase"]) for row in read_rows(results / "clean" / "schools.csv")}
    counts = {}
    for row in read_rows(results / "clean" / "results.csv"):
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
        school = {"phase": phase, "type": kind}
        for measure in measures:
            school[measure] = number(row.get(measure))
        for criterion in ("below_floor", "coasting"):
            this_year = [measure for measure in NEEDS[criterion, phase] if not measure.endswith(YEARS_BEFORE)]
            if not all(measure in measures for measure in this_year):
                continue
            answer = criterion_met(criterion, school, medians, measures)
            for where, holds in counted.items():
                figures = counts.setdefault((phase, criterion, where), dict.fromkeys(OUTCOME.values(), 0))
                figures[OUTCOME[answer]] += holds
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


# The whole.


def recount(results):
    """Work a release out anew from results/{release}/clean: {file below the folder: {key: {column: value}}}.

    `results`: the folder, a Path. Keys are the columns that name a row, as in KEYS. summary.json is a nested dict.
    """
    schools, released = read_clean(results)
    medians = classify(schools, released)
    pairs = match(schools)
    tables = {
        "classified/schools.csv": {},
        "classified/criteria.csv": {},
        "classified/thresholds.csv": {},
        "classified/results_files.csv": results_files(results, schools, released, medians),
        "matched/partners.csv": {key: {"distance_m": metres} for key, metres in pairs.items()},
        "matched/reach.csv": {},
        "matched/ladder.csv": {},
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
            for miles, partners in reach["ladder"].items():
                tables["matched/ladder.csv"][phase, urn, miles] = {"partners": partners}
    for (phase, measure), (median, with_value) in medians.items():
        tables["classified/thresholds.csv"][phase, measure] = {
            "threshold": median,
            "schools_with_value": with_value or None,
        }
    add_home_regions(schools)
    for level, name_of in AREAS.items():
        if level == "constituencies" and not any(school["constituency"] for school in schools):
            tables["aggregated/constituencies.csv"] = {}  # the register does not have them
            continue
        tables[f"aggregated/{level}.csv"] = {
            (code, area, region, phase): area_figures(members)
            for (code, area, region, phase), members in by_area(schools, name_of).items()
        }
    return tables


KEYS = {
    "classified/schools.csv": ["urn", "phase"],
    "classified/criteria.csv": ["urn", "phase", "criterion"],
    "classified/thresholds.csv": ["phase", "measure"],
    "classified/results_files.csv": ["phase", "criterion", "where"],
    "matched/partners.csv": ["phase", "urn", "partner_urn"],
    "matched/reach.csv": ["phase", "urn"],
    "matched/ladder.csv": ["phase", "urn", "radius_miles"],
    "aggregated/england.csv": ["area_code", "area", "region", "phase"],
    "aggregated/regions.csv": ["area_code", "area", "region", "phase"],
    "aggregated/local_authorities.csv": ["area_code", "area", "region", "phase"],
    "aggregated/constituencies.csv": ["area_code", "area", "region", "phase"],
    "aggregated/radius_curve.csv": ["area", "phase", "radius_miles"],
    "aggregated/criteria.csv": ["phase", "criterion"],
}
