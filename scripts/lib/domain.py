"""The words and constants of the field that every part of the project shares. Needs nothing but Python.

A set is stated here once; how a page or a figure words its members is told where it is written.
"""

PHASES = ("primary", "secondary")
CRITERION_GROUPS = ("high_performing", "in_need")  # what a criterion can speak for
GROUPS = (*CRITERION_GROUPS, "neither", "not_assessable")  # where a school can end up
OUTCOMES = ("met", "not_met", "not_assessable")  # of a criterion
# Statuses of a figure that nobody has: a published count leaves such a school out. Any other reason why there is no
# figure is a gap of the files at hand.
NOBODY_KNOWS = (
    *("suppressed", "redacted", "no_entries", "not_applicable", "not_published", "low_coverage", "new_school"),
    *("small_percentage", "not_available", "not_judged", "no_row", "no_inspection"),
    *("another_urn", "no_report_card"),  # judged under another URN, from which the method lets nobody inherit
)
# Of a graded inspection, 1 (outstanding) to 4 (inadequate); each also of the graded inspection before it.
GRADES = ("overall_effectiveness", "leadership", "quality_of_education")
PREVIOUS = "previous_"
# Statuses of the overall grade of an inspection that was graded; any other says why there is none.
GRADED = ("ok", "not_judged", "ambiguous", "another_urn")
CARD_GRADES = ("exceptional", "strong_standard", "expected_standard", "needs_attention", "urgent_improvement")
CARD_AREAS = ("achievement", "leadership", "inclusion", "curriculum", "attendance", "development")
CATEGORIES = ("none", "special_measures", "serious_weaknesses", "requires_significant_improvement", "notice_to_improve")
# Measures of an inspection that are words, with what each may say.
CARD_WORDS = {f"card_{area}": CARD_GRADES for area in CARD_AREAS} | {"card_safeguarding": ("met", "not_met")}
INSPECTION_WORDS = CARD_WORDS | {
    "category_of_concern": CATEGORIES,
    "headline_grade": ("outstanding", "good", "requires_improvement", "inadequate", "not_listed"),
}
# What a file of inspections may be about, by the column that tells, and what else it then needs.
ASPECTS = {
    "graded": ("overall_effectiveness", "inspection_date"),
    "card": ("card_achievement", "report_card_date"),
    "headline": ("headline_grade",),
}
JUDGED_UNDER = tuple(f"{of}judged_under" for of in ("", PREVIOUS, "card_"))  # the files' own flag: own or another URN
INSPECTION_FLAGS = ("no_overall_grade", f"{PREVIOUS}no_overall_grade", "has_report_card")
# Measures that no file of results has.
NOT_OF_RESULTS = {*GRADES, *(f"{PREVIOUS}{grade}" for grade in GRADES), *INSPECTION_WORDS, *INSPECTION_FLAGS}
BASES = ("published", "official", "reconstructed")  # what a threshold rests on
ORDERED_COMPARISONS = ("<", "<=", ">=", ">")  # need an order, which only numbers have
LIST_COMPARISONS = ("in", "not in")  # need a list as their value
COMPARISONS = (*ORDERED_COMPARISONS, "==", *LIST_COMPARISONS)
MOST_YEARS_BEFORE = 2  # as far back as results are looked at, for the coasting measure
METRES_PER_MILE = 1609.344  # the international mile, exact

# What two schools can be alike in, by the register; of these, numbers.
NUMBERS_OF_SCHOOLS = ("pupils_on_roll", "fsm_pct", "statutory_low_age", "statutory_high_age")
ATTRIBUTES = (*NUMBERS_OF_SCHOOLS, "setting", "admissions", "religious_character", "gender", "sixth_form")
# How: the same, no further apart than a value, or at most so many times as large.
LIKENESSES = ("same", "within", "within_factor")
RANKS = ("alike", "distance", "load", "trust")  # what the candidates of a shortlist can be put in order by
PAIR_COLUMNS = ("phase", "urn", "partner_urn", "alike", "partner_trust")  # beside a column for each part of likeness
# Types of schools that belong to a trust. A foundation school's trust is another thing: it runs no schools.
ACADEMIES = (
    *("academy_converter", "academy_sponsor_led", "free_school"),
    *("university_technical_college", "studio_school"),
)
# Whose a partner is, seen from the school in need; unknown: one of the two is an academy whose trust is not stated.
PARTNER_TRUSTS = ("same_trust", "another_trust", "maintained", "unknown")
# What becomes of a school in need when schools are paired.
PAIRED = ("paired", "helpers_taken", "no_helper_near", "without_coordinates")

# What the steps know a layout's words by.
ESTABLISHMENT_STATUSES = ("open", "closed", "proposed", "created_in_error")
NOT_STATED = "not_stated"  # in a layout of the register: blank in clean/
OF_SCHOOLS = {  # attributes of schools that the register has in words, with ours for them
    "urban_rural": ("urban", "rural"),
    "admissions": ("selective", "non_selective", "not_applicable"),
    "gender": ("mixed", "boys", "girls"),
}
SIXTH_FORM = {"with": True, "without": False}
LINK_TYPES = ("predecessor", "successor", "merger_or_split", "other")
DESIGNATIONS = ("teaching_school", "national_support_school")
NOT_OF_RESULTS |= {*DESIGNATIONS}

# Why an establishment is left out; by this reason a later extract of the register is known.
OPENED_LATER = "opened after the reference date"
# Why it is not known which local authority held a school on the reference date.
AUTHORITY_DOUBTS = ("several_possible", "unlisted")
# Why a row of results that adds to those of another file is left out.
NOTHING_TO_ADD_TO = "the file that it adds to has no row of the school"

# The columns of classified/schools and matched/reach, beside which each criterion of a method has one of its own.
SCHOOL_COLUMNS = (
    *("urn", "phase", "name", "type", "la_code", "la_name", "region", "constituency", "easting", "northing"),
    *("setting", "high_performing", "in_need", "both", "group", "not_assessable_criteria", "partners", "nearest_m"),
    "partners_by_time",
    *(f"{group}_missing_here" for group in CRITERION_GROUPS),
)
