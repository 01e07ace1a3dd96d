"""Independent recount, second part: the criteria of each method, school by school, in plain loops.

For reviewers, beside tests/recount.py, whose schools it takes. Written from the published wording, each criterion by
hand: standard library only, no code of the project, no reading of its method files.

What is unknown is dealt with as the words have it: no criterion is lost by a condition's coming true. So each is asked
twice in plain yes and no, once as if all that is unknown did not hold and once as if it did; where both say the same,
that is the answer, else there is none (None). That is Kleene's logic, with none of its tables.
"""

import itertools
import math

from recount_areas import GROUP_OF, OUTCOME, PHASES, bounds, of_sorted, quantile

SUBJECTS = ("reading", "writing", "maths")
YEARS_BEFORE = ("1y_before", "2y_before")
BY_RESULTS = ("below_floor", "coasting", "low_attainment", "high_disadvantaged_attainment")  # alone
GRADE = "overall_effectiveness"
# Why there is no figure, where nobody has one; for any other reason it is these files that lack it.
NOBODY = {"suppressed", "redacted", "no_entries", "not_applicable", "not_published", "low_coverage", "new_school"}
NOBODY |= {"small_percentage", "not_available", "not_judged", "no_row", "no_inspection", "another_urn"}
NOBODY |= {"no_report_card"}

# The conditions of each criterion, in the order of its words: measure, comparison, what the value is held against, and
# a name where a measure stands in two conditions. MEDIAN and quarters are the measure's own, over the population.
MEDIAN, BOTTOM_QUARTER, TOP_QUARTER = "median", "bottom quarter", "top quarter"
QUANTILES = {MEDIAN: 0.5, BOTTOM_QUARTER: 0.25, TOP_QUARTER: 0.75}
# Dropped in a release without the measure. A release that lacks another one has its condition unknown for all schools.
OPTIONAL = {"national_support_school", *(f"{subject}_progress_upper" for subject in SUBJECTS), "headline_grade"}
OPTIONAL |= {"progress8_upper", "progress8_upper_1y_before", "progress8_upper_2y_before"}
NOT_SPONSOR_LED = ("establishment_type", "not in", ("academy_sponsor_led",))
LITERAL = {
    ("outstanding", "both"): [(GRADE, "==", 1)],
    ("designated", "both"): [("teaching_school", "==", True), ("national_support_school", "==", True)],
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
        ("reading_progress", "<", -5),
        ("writing_progress", "<", -7),
        ("maths_progress", "<", -5),
        *((f"{subject}_progress_upper", "<", 0) for subject in SUBJECTS),
    ],
    ("below_floor", "secondary"): [("pupils", ">=", 6), ("progress8", "<", -0.5), ("progress8_upper", "<", 0)],
    ("coasting", "primary"): [
        ("pupils", ">=", 11),
        ("rwm_level4_pct_2y_before", "<", 85),
        *((f"{subject}_expected_progress_pct_2y_before", "<", MEDIAN) for subject in SUBJECTS),
        ("rwm_level4_pct_1y_before", "<", 85),
        *((f"{subject}_expected_progress_pct_1y_before", "<", MEDIAN) for subject in SUBJECTS),
        ("rwm_expected_pct", "<", 85),
        ("reading_progress", "<", -2.5),
        ("writing_progress", "<", -3.5),
        ("maths_progress", "<", -2.5),
    ],
    ("coasting", "secondary"): [
        ("pupils", ">=", 6),
        ("five_good_gcses_pct_2y_before", "<", 60),
        *((f"{subject}_expected_progress_pct_2y_before", "<", MEDIAN) for subject in ("english", "maths")),
        ("five_good_gcses_pct_1y_before", "<", 60),
        *((f"{subject}_expected_progress_pct_1y_before", "<", MEDIAN) for subject in ("english", "maths")),
        ("progress8", "<", -0.25),
    ],
    ("less_than_good", "both"): [(GRADE, "in", (3, 4))],
}
STRONG_RESULTS = {
    ("good_with_strong_results", "primary"): [
        (GRADE, "==", 2),
        ("rwm_expected_pct", ">=", 53),
        *((f"{subject}_progress", ">", 0) for subject in SUBJECTS),
    ],
    ("good_with_strong_results", "secondary"): [(GRADE, "==", 2), ("attainment8", ">=", 50.1), ("progress8", ">", 0)],
}
BELOW_GOOD = [("quality_of_education", "in", (3, 4)), ("leadership", "in", (3, 4))]
STRONG_STANDARD = ("strong_standard", "exceptional")
RISE = {
    ("stuck", "both"): [
        ("no_overall_grade", "==", False, "graded"),
        ("overall_effectiveness", "in", (3, 4)),
        ("no_overall_grade", "==", True, "not graded"),
        *BELOW_GOOD,
        ("has_report_card", "==", True, "card"),
        ("card_leadership", "in", ("needs_attention", "urgent_improvement")),
        ("has_report_card", "==", False, "no card"),
        ("previous_no_overall_grade", "==", False, "previous graded"),
        ("previous_overall_effectiveness", "in", (3, 4)),
        ("previous_no_overall_grade", "==", True, "previous not graded"),
        *((f"previous_{measure}", *rest) for measure, *rest in BELOW_GOOD),
        ("headline_grade", "not in", ("good", "outstanding")),
    ],
    ("category_of_concern", "both"): [
        (
            "category_of_concern",
            "in",
            ("special_measures", "serious_weaknesses", "requires_significant_improvement"),
        )
    ],
    ("low_attainment", "primary"): [
        ("rwm_expected_pct", "<=", BOTTOM_QUARTER),
        ("rwm_expected_disadvantaged_pct", "<=", BOTTOM_QUARTER),
    ],
    ("low_attainment", "secondary"): [
        ("attainment8", "<=", BOTTOM_QUARTER),
        ("attainment8_disadvantaged", "<=", BOTTOM_QUARTER),
    ],
    ("high_disadvantaged_attainment", "primary"): [("rwm_expected_disadvantaged_pct", ">=", TOP_QUARTER)],
    ("high_disadvantaged_attainment", "secondary"): [("attainment8_disadvantaged", ">=", TOP_QUARTER)],
    ("strong_report_card", "both"): [
        ("has_report_card", "==", True),
        ("card_achievement", "in", STRONG_STANDARD),
        ("card_leadership", "in", STRONG_STANDARD),
    ],
    ("outstanding_graded", "both"): [(GRADE, "==", 1), ("headline_grade", "in", ("outstanding", "not_listed"))],
}
GRADED = {key: stated for key, stated in LITERAL.items() if key[0] in ("outstanding", "designated", "less_than_good")}
GRADED |= {
    ("good_with_strong_results", "primary"): [
        (GRADE, "==", 2),
        ("rwm_expected_pct", ">=", MEDIAN),
        *((f"{subject}_progress", ">", 0) for subject in SUBJECTS),
    ],
    ("good_with_strong_results", "secondary"): [
        (GRADE, "==", 2),
        ("attainment8", ">=", MEDIAN),
        ("progress8", ">", 0),
    ],
}
METHODS = {
    "rise-2025": RISE,
    "nfer-graded": GRADED,  # of 2018/19
    "nfer-2017-literal": LITERAL,
    "nfer-2017": LITERAL | STRONG_RESULTS,
    "nfer-2017-april": {key: stated for key, stated in LITERAL.items() if GROUP_OF[key[0]] == "in_need"},
}
# What a release has otherwise than its method: in 2017 coasting is 2015 by the old rules, two years by the new ones.
OF_RELEASE = {
    "2017": {
        ("coasting", "primary"): [
            ("pupils", ">=", 11),
            ("rwm_level4_pct_2y_before", "<", 85),
            *((f"{subject}_expected_progress_pct_2y_before", "<", MEDIAN) for subject in SUBJECTS),
            ("rwm_expected_pct_1y_before", "<", 85),
            ("reading_progress_1y_before", "<", -2.5),
            ("writing_progress_1y_before", "<", -3.5),
            ("maths_progress_1y_before", "<", -2.5),
            ("rwm_expected_pct", "<", 85),
            ("reading_progress", "<", -2.5),
            ("writing_progress", "<", -3.5),
            ("maths_progress", "<", -2.5),
        ],
        ("coasting", "secondary"): [
            ("pupils", ">=", 6),
            ("five_good_gcses_pct_2y_before", "<", 60),
            ("english_expected_progress_pct_2y_before", "<", 73),
            ("maths_expected_progress_pct_2y_before", "<", 68),
            ("progress8_1y_before", "<", -0.25),
            ("progress8_upper_1y_before", "<", 0),
            ("progress8_upper", "<", 0),
            ("progress8", "<", -0.25),
        ],
    }
}
IS = {
    "<=": lambda value, against: value <= against,
    "==": lambda value, against: value == against,
    "<": lambda value, against: value < against,
    ">": lambda value, against: value > against,
    ">=": lambda value, against: value >= against,
    "in": lambda value, against: value in against,
    "not in": lambda value, against: value not in against,
}


# The criteria, in yes and no. `yes`: {measure: whether its condition holds}, without those that are dropped.


def designated(yes):
    """A Teaching School or a National Support School."""
    return yes["teaching_school"] or yes.get("national_support_school", False)


def below_floor_primary(yes):
    """Too few at the expected standard, and too little progress in two subjects, or in one and surely so."""
    under = [yes[f"{subject}_progress"] for subject in SUBJECTS]
    surely = [yes[f"{subject}_progress"] and yes.get(f"{subject}_progress_upper", True) for subject in SUBJECTS]
    return yes["pupils"] and yes["rwm_expected_pct"] and (sum(under) >= 2 or any(surely))


def coasting_primary(yes):
    """All three years: too low before, and this year too low with too little progress in a subject."""
    new = {year: [f"{subject}_progress{year}" for subject in SUBJECTS] for year in ("", "_1y_before")}
    new = {year: names for year, names in new.items() if names[0] in yes}
    progress = all(any(yes[name] for name in names) for names in new.values())
    others = all(holds for name, holds in yes.items() if not any(name in names for names in new.values()))
    return others and progress


def below_good(yes, of=""):
    """At an inspection: by the overall grade, or where there is none by quality of education or leadership."""
    areas = yes[f"{of}quality_of_education"] or yes[f"{of}leadership"]
    graded, not_graded = (yes[f"{of.replace('_', ' ')}{word}graded"] for word in ("", "not "))
    return (graded and yes[f"{of}overall_effectiveness"]) or (not_graded and areas)


def stuck(yes):
    """Below good, and either a report card with weak leadership since, or no report card and below good before."""
    since = (yes["card"] and yes["card_leadership"]) or (yes["no card"] and below_good(yes, "previous_"))
    return below_good(yes) and since and yes.get("headline_grade", True)


def every_one(yes):
    """All the conditions. What is dropped is not asked for."""
    return all(yes.values())


JUDGED_BY = {
    ("designated", "primary"): designated,
    ("designated", "secondary"): designated,
    ("below_floor", "primary"): below_floor_primary,
    ("coasting", "primary"): coasting_primary,
    ("stuck", "primary"): stuck,
    ("stuck", "secondary"): stuck,
}


def three_valued(judge, answers):
    """True, False or None: what `judge` says whatever the unknown turns out to be. `answers`: as `yes`, with None."""
    if None not in answers.values():
        return judge(answers)
    worst = judge({measure: answer is True for measure, answer in answers.items()})
    best = judge({measure: answer is not False for measure, answer in answers.items()})
    return worst if worst == best else None


def one_holds(answers):
    """True where one does, else None where one may, else False."""
    return True if True in answers else None if None in answers else False


def both_hold(one, other):
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


class Judge:
    """A method, with what a release has: asks each criterion of each school.

    `released`: {phase: measures that the release has}. `schools`: of the population, from which quantiles are taken.
    `release`: its id. A school is a dict with each measure (a number, text, true or false, or None) and `status`
    {measure: why}.
    """

    def __init__(self, method, released, schools, release=""):
        self.method, self.release = method, release
        self.released = released
        self.names = [name for name in GROUP_OF if any(name == stated for stated, _ in METHODS[method])]
        self.stated = {(name, phase): self._stated(name, phase) for name in self.names for phase in PHASES}
        self.quantiles, self.ends, self.said = {}, {}, {}
        for (_, phase), conditions in self.stated.items():
            for _, measure, _, against in conditions:
                if against in QUANTILES:
                    share = QUANTILES[against]
                    self.quantiles[phase, measure, against] = quantile_of(schools, phase, measure, share)
                    self.ends[phase, measure, against] = ends_of(schools, phase, measure, share)

    def _stated(self, name, phase):
        """[(name, measure, comparison, against)] of a criterion."""
        of_method = METHODS[self.method] | OF_RELEASE.get(self.release, {})
        conditions = of_method.get((name, phase)) or of_method[name, "both"]
        alone = self.method == "nfer-2017" and GROUP_OF[name] == "in_need"
        conditions = [NOT_SPONSOR_LED, *conditions] if alone else conditions
        return [((*named, measure)[0], measure, how, against) for measure, how, against, *named in conditions]

    def threshold(self, phase, measure, against):
        return self.quantiles[phase, measure, against][0] if against in QUANTILES else against

    def doubt(self, phase, measure, against):
        """{least, most} of a quantile, as the table has them; None where what is missing here does not move it."""
        least, most = self.ends.get((phase, measure, against), (None, None))
        open_ = least != most and self.threshold(phase, measure, against) is not None
        return {"least": least if open_ else None, "most": most if open_ else None}

    def dropped(self, phase, measure):
        return measure in OPTIONAL and measure not in self.released[phase]

    def holds(self, school, measure, comparison, against):
        """Whether a condition holds of a school; None where it is unknown."""
        phase = school["phase"]
        value = school.get(measure)
        if value is None or measure not in self.released[phase]:
            return None
        if against not in QUANTILES:
            return IS[comparison](value, against)
        if self.threshold(phase, measure, against) is None:
            return None
        least, most = (IS[comparison](value, end) for end in self.ends[phase, measure, against])
        return least if least == most else None

    def answers(self, school, name, required=None):
        """{name: answer} of the conditions of a criterion; `required`: a measure that is not dropped after all."""
        phase = school["phase"]
        return {
            named: self.holds(school, measure, comparison, against)
            for named, measure, comparison, against in self.stated[name, phase]
            if measure == required or not self.dropped(phase, measure)
        }

    def says(self, name, phase, answers, unrestricted=False):
        """A criterion's answer from those of its conditions. `unrestricted`: sponsor-led academies are in as well.

        Many schools have the same answers, so what was said of them is kept.
        """
        key = name, phase, unrestricted, *answers.items()
        if key not in self.said:
            answers = dict(answers)
            asked_first = answers.pop("establishment_type", True)
            answer = three_valued(JUDGED_BY.get((name, phase), every_one), answers)
            self.said[key] = answer if unrestricted else both_hold(asked_first, answer)
        return self.said[key]

    def as_published(self, school, name, answers):
        """A criterion's answer where a condition that nobody could assess counts as not holding."""
        measures = {named: measure for named, measure, *_ in self.stated[name, school["phase"]]}
        nobody = {
            measure
            for measure in measures.values()
            if measure in self.released[school["phase"]] and school["status"].get(measure) in NOBODY
        }
        known = {
            named: False if answer is None and measures[named] in nobody else answer
            for named, answer in answers.items()
        }
        return self.says(name, school["phase"], known)

    def classify(self, school):
        """Give a school `conditions`, `answers`, `published` ({criterion: answer}), its groups and what it may be."""
        conditions = {name: self.answers(school, name) for name in self.names}
        school["conditions"] = conditions
        school["answers"] = {name: self.says(name, school["phase"], a) for name, a in conditions.items()}
        school["published"] = {
            name: answer if answer is not None else self.as_published(school, name, conditions[name])
            for name, answer in school["answers"].items()
        }
        here = {}
        for group in ("high_performing", "in_need"):
            own = [name for name in self.names if GROUP_OF[name] == group]
            school[group] = one_holds([school["answers"][name] for name in own])
            published = one_holds([school["published"][name] for name in own])
            school[f"{group}_missing_here"] = published is None
            here[group] = False if school[group] is None and published is not None else school[group]
        high, need = school["high_performing"], school["in_need"]
        school["both"] = both_hold(high, need)
        school["group"] = group_of(high, need)
        school["may_be"] = worlds(high, need)
        school["here"] = {"group": group_of(**here), "both": both_hold(*here.values()), "may_be": worlds(**here)}


def group_of(high_performing, in_need):
    if in_need:
        return "in_need"
    if high_performing:
        return "high_performing"
    return "neither" if high_performing is False and in_need is False else "not_assessable"


def worlds(high_performing, in_need):
    """All that a school can turn out to be: pairs (high-performing and not in need, or in need, or neither; both)."""
    return {
        (group_of(high, need), high and need)
        for high in ((True, False) if high_performing is None else (high_performing,))
        for need in ((True, False) if in_need is None else (in_need,))
    }


def quantile_of(schools, phase, measure, share):
    """(quantile to six decimals or None, schools with a value) over the population."""
    values = [s[measure] for s in schools if s["phase"] == phase and s.get(measure) is not None]
    return (round(quantile(values, share), 6) if values else None), len(values)


def ends_of(schools, phase, measure, share):
    """The least and the most that the quantile can be, each of those missing here having any value or none."""
    cases = []
    for school in schools:
        if school["phase"] == phase and school.get(measure) is not None:
            cases.append((school[measure], school[measure], True))
        elif school["phase"] == phase and school["status"].get(measure) not in NOBODY:
            cases.append((-math.inf, math.inf, False))
    least, most = bounds(cases, lambda ordered: of_sorted(ordered, share))
    return -math.inf if least is None else round(least, 6), math.inf if most is None else round(most, 6)


# What the tables say of the conditions.


def thresholds(judge, schools):
    """{(criterion, phase, place): row} of classified/thresholds.csv."""
    rows = {}
    for (name, phase), conditions in judge.stated.items():
        of_phase = [school["conditions"][name] for school in schools if school["phase"] == phase]
        for place, (named, measure, comparison, against) in enumerate(conditions, start=1):
            share = QUANTILES.get(against) if isinstance(against, str) else None
            answers = [answers.get(named) for answers in of_phase]  # of one that is dropped there is none
            rows[name, phase, str(place)] = {
                "measure": measure,
                "is": comparison,
                "threshold": shown(judge.threshold(phase, measure, against)),
                **{f"threshold_{end}": value for end, value in judge.doubt(phase, measure, against).items()},
                "quantile": share,
                "schools_with_value": (judge.quantiles[phase, measure, against][1] or None) if share else None,
                "schools_true": answers.count(True),
                "schools_false": answers.count(False),
                "schools_unknown": answers.count(None),
                "available": measure in judge.released[phase],
                "if_absent": "ignore" if measure in OPTIONAL else None,
            }
    return rows


class ConditionsOf:
    """What each condition found of each school, worded when it is asked for, since there are half a million."""

    def __init__(self, schools, judge):
        self.schools = {(school["urn"], school["phase"]): school for school in schools}
        self.judge = judge

    def __iter__(self):
        return iter(self.schools)

    def __getitem__(self, key):
        """{(criterion, place): measure, is, threshold, value, status, outcome} of the school (URN, phase)."""
        school = self.schools[key]
        found = {}
        for name in self.judge.names:
            for place, (named, *stated) in enumerate(self.judge.stated[name, school["phase"]], start=1):
                found[name, str(place)] = self.found(school, school["conditions"][name].get(named), *stated)
        return found

    def found(self, school, answer, measure, comparison, against):
        phase, judge = school["phase"], self.judge
        row = {"measure": measure, "is": comparison, "threshold": shown(judge.threshold(phase, measure, against))}
        if measure not in judge.released[phase]:
            outcome = "ignored" if judge.dropped(phase, measure) else "unknown"
            return row | {"value": None, "status": "not_in_release", "outcome": outcome}
        outcome = "unknown" if answer is None else str(answer).lower()
        return row | {"value": shown(school[measure]), "status": school["status"][measure], "outcome": outcome}


def shown(value):
    """A value as the tables print it: a number as it is, true and false in lower case, a list with | between."""
    if isinstance(value, bool):
        return str(value).lower()
    return "|".join(str(one) for one in value) if isinstance(value, tuple) else value


def unknown(schools, judge):
    """{(phase, criterion, measure, status): schools, missing_here} of classified/unknown.csv."""
    counts, conditions_on = {}, {}
    for key, conditions in judge.stated.items():
        conditions_on[key] = {}
        for condition, measure, *_ in conditions:
            conditions_on[key].setdefault(measure, []).append(condition)

    def add(school, name, measure="", status=""):
        figures = counts.setdefault((school["phase"], name, measure, status), {"schools": 0, "missing_here": 0})
        figures["schools"] += 1
        figures["missing_here"] += school["published"][name] is None

    for school in schools:
        phase = school["phase"]
        for name, answer in school["answers"].items():
            if answer is None:
                add(school, name)
            for measure, conditions in conditions_on[name, phase].items():
                if judge.dropped(phase, measure):
                    if answer is None:
                        continue
                    if judge.says(name, phase, judge.answers(school, name, required=measure)) is None:
                        add(school, name, measure, "ignored")
                elif answer is None and any(school["conditions"][name][one] is None for one in conditions):
                    has = measure in judge.released[phase]
                    status = school["status"][measure] if has else "not_in_release"
                    add(school, name, measure, "threshold" if status == "ok" else status)
    return counts


def results_files(rows, register, used, mainstream, judge):
    """{(phase, criterion, where): met, not_met, not_assessable}, counted over rows of the results files of this year.

    Only criteria that need nothing but results, and each two of them at once; sponsor-led academies are counted too.
    `rows`: (type, school) of clean/results. `where`: all_rows, of
    mainstream state schools and of a type left blank; of these not_in_register; in_population, whose results are
    used for a school; type_unknown, whose type is blank. Quantiles are those of the population.
    """
    counts = {}
    for kind, school in rows:
        phase, urn = school["phase"], school["urn"]
        counted = {
            "all_rows": kind in mainstream or kind == "unspecified",
            "in_population": (urn, phase) in used,
            "not_in_register": (kind in mainstream or kind == "unspecified") and urn not in register,
            "type_unknown": kind == "unspecified",
        }
        outcomes = {}
        for name in (name for name in judge.names if name in BY_RESULTS):
            outcomes[name] = judge.says(name, phase, judge.answers(school, name), unrestricted=True)
        for one, other in itertools.combinations(list(outcomes), 2):
            outcomes[f"{one}+{other}"] = both_hold(outcomes[one], outcomes[other])
        for name, answer in outcomes.items():
            for where, holds in counted.items():
                figures = counts.setdefault((phase, name, where), dict.fromkeys(OUTCOME.values(), 0))
                figures[OUTCOME[answer]] += holds
    return counts
