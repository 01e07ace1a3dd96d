"""Independent recount, second part: the criteria of each method, school by school, in plain loops.

For reviewers, beside tests/recount.py, whose schools it takes. Written from the published wording, each criterion by
hand: standard library only, no code of the project, no reading of its method files.

What is unknown is dealt with as the words have it: no criterion is lost by a condition's coming true. So each is asked
twice in plain yes and no, once as if all that is unknown did not hold and once as if it did; where both say the same,
that is the answer, else there is none (None). That is Kleene's logic, with none of its tables.
"""

from recount_areas import GROUP_OF, OUTCOME, PHASES, quantile

SUBJECTS = ("reading", "writing", "maths")
YEARS_BEFORE = ("1y_before", "2y_before")
GRADE = "overall_effectiveness"
# Why there is no figure, where nobody has one; for any other reason it is these files that lack it.
NOBODY = {"suppressed", "redacted", "no_entries", "not_applicable", "not_published", "low_coverage", "new_school"}
NOBODY |= {"small_percentage", "not_available", "not_judged", "no_row", "no_inspection"}

# The conditions of each criterion, in the order of its words: measure, comparison, and what the value is held against;
# MEDIAN is the measure's own, over the schools of the population.
MEDIAN = "median"
# Dropped in a release without the measure. A release that lacks another one has its condition unknown for all schools.
OPTIONAL = {"national_support_school", "progress8_upper", *(f"{subject}_progress_upper" for subject in SUBJECTS)}
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
METHODS = {
    "nfer-2017-literal": LITERAL,
    "nfer-2017": LITERAL | STRONG_RESULTS,
    "nfer-2017-april": {key: stated for key, stated in LITERAL.items() if GROUP_OF[key[0]] == "in_need"},
}
IS = {
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
    before = all(holds for measure, holds in yes.items() if measure.endswith(YEARS_BEFORE))
    progress = any(yes[f"{subject}_progress"] for subject in SUBJECTS)
    return yes["pupils"] and before and yes["rwm_expected_pct"] and progress


def every_one(yes):
    """All the conditions. What is dropped is not asked for."""
    return all(yes.values())


JUDGED_BY = {
    ("designated", "primary"): designated,
    ("designated", "secondary"): designated,
    ("below_floor", "primary"): below_floor_primary,
    ("coasting", "primary"): coasting_primary,
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

    `released`: {phase: measures that the release has}. `schools`: of the population, from which medians are taken. A
    school is a dict with each measure (a number, text, true or false, or None) and `status` {measure: why}.
    """

    def __init__(self, method, released, schools):
        self.method = method
        self.released = released
        self.names = [name for name in GROUP_OF if any(name == stated for stated, _ in METHODS[method])]
        self.stated = {(name, phase): self._stated(name, phase) for name in self.names for phase in PHASES}
        self.medians = {}
        for (_, phase), conditions in self.stated.items():
            for measure, _, against in conditions:
                if against == MEDIAN:
                    self.medians[phase, measure] = median_of(schools, phase, measure)

    def _stated(self, name, phase):
        of_method = METHODS[self.method]
        conditions = of_method.get((name, phase)) or of_method[name, "both"]
        alone = self.method == "nfer-2017" and GROUP_OF[name] == "in_need"
        return [NOT_SPONSOR_LED, *conditions] if alone else conditions

    def threshold(self, phase, measure, against):
        return self.medians[phase, measure][0] if against == MEDIAN else against

    def dropped(self, phase, measure):
        return measure in OPTIONAL and measure not in self.released[phase]

    def holds(self, school, measure, comparison, against):
        """Whether a condition holds of a school; None where it is unknown."""
        phase = school["phase"]
        value, threshold = school.get(measure), self.threshold(phase, measure, against)
        if measure not in self.released[phase] or value is None or threshold is None:
            return None
        return IS[comparison](value, threshold)

    def answers(self, school, name, required=None):
        """{measure: answer} of the conditions of a criterion; `required`: one that is not dropped after all."""
        phase = school["phase"]
        return {
            measure: self.holds(school, measure, comparison, against)
            for measure, comparison, against in self.stated[name, phase]
            if measure == required or not self.dropped(phase, measure)
        }

    def says(self, name, phase, answers, unrestricted=False):
        """A criterion's answer from those of its conditions. `unrestricted`: sponsor-led academies are in as well."""
        answers = dict(answers)
        asked_first = answers.pop("establishment_type", True)
        answer = three_valued(JUDGED_BY.get((name, phase), every_one), answers)
        return answer if unrestricted else both_hold(asked_first, answer)

    def as_published(self, school, name, answers):
        """A criterion's answer where a condition that nobody could assess counts as not holding."""
        known = {
            measure: False
            if answer is None and measure in self.released[school["phase"]] and school["status"].get(measure) in NOBODY
            else answer
            for measure, answer in answers.items()
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


def median_of(schools, phase, measure):
    """(median to six decimals or None, schools with a value) over the population."""
    values = [s[measure] for s in schools if s["phase"] == phase and s.get(measure) is not None]
    return (round(quantile(values, 0.5), 6) if values else None), len(values)


# What the tables say of the conditions.


def thresholds(judge):
    """{(criterion, phase, place): row} of classified/thresholds.csv."""
    rows = {}
    for (name, phase), conditions in judge.stated.items():
        for place, (measure, comparison, against) in enumerate(conditions, start=1):
            of_median = against == MEDIAN
            rows[name, phase, str(place)] = {
                "measure": measure,
                "is": comparison,
                "threshold": shown(judge.threshold(phase, measure, against)),
                "quantile": 0.5 if of_median else None,
                "schools_with_value": (judge.medians[phase, measure][1] or None) if of_median else None,
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
            for place, stated in enumerate(self.judge.stated[name, school["phase"]], start=1):
                found[name, str(place)] = self.found(school, *stated)
        return found

    def found(self, school, measure, comparison, against):
        phase, judge = school["phase"], self.judge
        row = {"measure": measure, "is": comparison, "threshold": shown(judge.threshold(phase, measure, against))}
        if measure not in judge.released[phase]:
            outcome = "ignored" if judge.dropped(phase, measure) else "unknown"
            return row | {"value": None, "status": "not_in_release", "outcome": outcome}
        answer = judge.holds(school, measure, comparison, against)
        outcome = "unknown" if answer is None else str(answer).lower()
        return row | {"value": shown(school[measure]), "status": school["status"][measure], "outcome": outcome}


def shown(value):
    """A value as the tables print it: a number as it is, true and false in lower case, a list with | between."""
    if isinstance(value, bool):
        return str(value).lower()
    return "|".join(str(one) for one in value) if isinstance(value, tuple) else value


def unknown(schools, judge):
    """{(phase, criterion, measure, status): schools, missing_here} of classified/unknown.csv."""
    counts = {}

    def add(school, name, measure="", status=""):
        figures = counts.setdefault((school["phase"], name, measure, status), {"schools": 0, "missing_here": 0})
        figures["schools"] += 1
        figures["missing_here"] += school["published"][name] is None

    for school in schools:
        phase = school["phase"]
        for name, answer in school["answers"].items():
            if answer is None:
                add(school, name)
            for measure, *_ in judge.stated[name, phase]:
                if judge.dropped(phase, measure):
                    needed = judge.says(name, phase, judge.answers(school, name, required=measure))
                    if answer is not None and needed is None:
                        add(school, name, measure, "ignored")
                elif answer is None and school["conditions"][name][measure] is None:
                    has = measure in judge.released[phase]
                    add(school, name, measure, school["status"][measure] if has else "not_in_release")
    return counts


def results_files(rows, register, used, mainstream, judge):
    """{(phase, criterion, where): met, not_met, not_assessable}, counted over rows of the results files of this year.

    Only the floor, coasting and both at once, which need nothing but results, and only where the files have this year's
    measures; sponsor-led academies are counted too. `rows`: (type, school) of clean/results. `where`: all_rows, of
    mainstream state schools and of a type left blank; of these not_in_register; in_population, whose results are
    used for a school; type_unknown, whose type is blank. Medians are those of the population.
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
        for name in ("below_floor", "coasting"):
            needed = {measure for measure, *_ in judge.stated[name, phase]} - OPTIONAL - {"establishment_type"}
            if all(m.endswith(YEARS_BEFORE) or m in judge.released[phase] for m in needed):
                outcomes[name] = judge.says(name, phase, judge.answers(school, name), unrestricted=True)
        if len(outcomes) == 2:
            outcomes["below_floor+coasting"] = both_hold(*outcomes.values())
        for name, answer in outcomes.items():
            for where, holds in counted.items():
                figures = counts.setdefault((phase, name, where), dict.fromkeys(OUTCOME.values(), 0))
                figures[OUTCOME[answer]] += holds
    return counts
