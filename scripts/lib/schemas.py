"""The tables of a run, column by column: type, what may be missing, allowed values, meaning, unit.

The run enforces these schemas when it writes a table, and the data dictionary is made from them, so neither can
drift from the other. `TABLES` maps a table's path below the folder of the run, or of the release (clean/), to its
schema; the tables of results and criteria, whose measures depend on release and method, are built by functions.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lib import area_columns, areas, domain
from lib.releases import added_row, measure_suffix, parts_of

STATUS_NOTE = "ok, or why there is no figure"
DATE = r"\d{4}-\d{2}-\d{2}"
TABLES = {}


@dataclass(frozen=True)
class Column:
    """A column: pandas type, meaning, unit, whether it may be blank, source, and what its values must be, if anything:
    one of some, within a range with its ends (None: no end), or of a pattern.
    """

    dtype: str
    label: str
    unit: str | None = None
    missing: bool = False
    source: str | None = None
    allowed: Collection[str] | None = None
    within: tuple[float | None, float | None] | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Table:
    """A table: its columns in order, those that name a row, whether it may have further columns, and those that it has
    only where the files of the release bring them.
    """

    columns: Mapping[str, Column]
    key: Collection[str] = ()
    more: bool = False
    optional: Collection[str] = ()


col = Column  # short, since a table is a list of them


def urn(label="Unique reference number", missing=False):
    return col("Int64" if missing else "int64", label, within=(10_000, 9_999_999), missing=missing)


def choice(values, label, missing=False):
    return col("str", label, allowed=values, missing=missing)


def date(label, missing=True):
    return col("str", label, pattern=DATE, unit="ISO date", missing=missing)


def text(label, missing=True):
    return col("str", label, missing=missing)


def count(label, missing=False, unit="schools"):
    return col("Int64" if missing else "int64", label, within=(0, None), unit=unit, missing=missing)


def share(label):
    return col("float64", label, within=(0, 1), unit="share, 0 to 1", missing=True)


def number(label, unit, missing=True, minimum=None, source=None):
    within = None if minimum is None else (minimum, None)
    return col("float64", label, within=within, unit=unit, missing=missing, source=source)


def table(shared=None, key=(), more=False, optional=(), **columns):
    """A table's schema. `key`: columns that name a row. `more`: further columns are allowed (wide tables). `optional`:
    columns that only some releases have."""
    return Table({**(shared or {}), **columns}, tuple(key), more, tuple(optional))


# Columns that several tables have.
SOURCE = text("Source id in the release file", missing=False)
IN_FILE = {"source": SOURCE, "row": count("Line of the source file", unit="line")}
LEFT_OUT = {"source": SOURCE, "row": count("Line of the source file where the row begins, from 1", unit="line")}
IN_REGISTER = count("Line of the register file", unit="line")
PHASE = {"phase": choice(domain.PHASES, "Phase")}
SCHOOL = {"urn": urn(), **PHASE}
IN_NEED = {**PHASE, "urn": urn("School in need, with coordinates")}
NAME = text("Name")
TYPE = text("Type of establishment, in our words", missing=False)
PHASE_OF_EDUCATION = text("Phase of education in the register, in our words", missing=False)
CRITERION = {"criterion": text("Criterion of the method", missing=False)}
CRITERION_GROUP = {**CRITERION, "group": choice(domain.CRITERION_GROUPS, "Group that the criterion speaks for")}
CONDITION = {
    "measure": text("Measure that the condition looks at", missing=False),
    "is": text("Comparison", missing=False),
}
GEOGRAPHY = {
    "la_code": text("Local authority code; blank where the register does not give it"),
    "la_name": text("Local authority; blank where the register does not give it"),
    "region": text("Region of England; blank where the register does not give it"),
    "constituency": text("Parliamentary constituency; blank where the register does not give it"),
    "easting": col("Int64", "Easting on the British National Grid (EPSG:27700)", unit="metres", missing=True),
    "northing": col("Int64", "Northing on the British National Grid (EPSG:27700)", unit="metres", missing=True),
}
COORDINATES_FROM = choice(
    ("register", "postcode"),
    "Source of the coordinates: the register, or a file of postcodes where the register has none; blank without any",
    True,
)
OF_REGISTER = {
    "urban_rural": text("Urban or rural area; blank where the register does not give it"),
    "setting": choice(
        domain.OF_SCHOOLS["urban_rural"],
        "Urban or rural, by urban_rural; blank where that says neither",
        True,
    ),
    "trust": text(
        "Trust: of an academy its academy trust; of a foundation school the charitable trust that supports it, "
        "which is no academy trust. Blank where the school has none, or the register does not give it"
    ),
    "trust_code": text("Code of the trust in the register; blank where the school has none, or it is not given"),
    "statutory_low_age": col("Int64", "Lowest statutory age", unit="years", missing=True),
    "statutory_high_age": col("Int64", "Highest statutory age", unit="years", missing=True),
    "pupils_on_roll": count("Pupils on roll; blank where the register gives none, or nought", True, "pupils"),
    "fsm_pct": col(
        "float64",
        "Pupils eligible for free school meals; blank where the register does not give it",
        unit="% of pupils",
        within=(0, 100),
        missing=True,
    ),
    "admissions": choice(domain.OF_SCHOOLS["admissions"], "Admissions policy; blank where it is not recorded", True),
    "gender": choice(domain.OF_SCHOOLS["gender"], "Gender of entry; blank where it is not stated", True),
    "sixth_form": col(
        "boolean", "Whether it has an official sixth form; blank where not stated or not applicable", missing=True
    ),
    "religious_character": text("Religious character in the register's words, or none; blank where it is not stated"),
}

REJECTED = TABLES["clean/rejected.csv"] = TABLES["population/left_out.csv"] = table(
    **LEFT_OUT, urn=text("URN as the row has it"), reason=text("Why the row was left out", missing=False)
)

UNUSED = TABLES["audit/unused.csv"] = table(
    **LEFT_OUT, urn=urn(), reason=text("Why no school of the population uses the row", missing=False)
)

SET_ASIDE = TABLES["clean/set_aside.csv"] = table(
    **IN_FILE,
    urn=urn(),
    column=text("Column of ours that is blank because of it", missing=False),
    value=text("Value in the file"),
    reason=text("Why the value is not used", missing=False),
)

LEDGER = TABLES["audit/ledger.csv"] = table(
    step=text("Step of the run", missing=False),
    source=text("Source id in the release file, or what the step counts", missing=False),
    reason=text("Blank on the line of totals; on the lines below it, why rows were left out"),
    rows_in=count("Rows that came in", missing=True, unit="rows"),
    rows_out=count("Rows that went on", missing=True, unit="rows"),
    rows_left_out=count("Rows left out", unit="rows"),
    rows_ending_early=count(
        "Of the rows that came in, those with fewer cells than the header; what they lack counts as blank",
        missing=True,
        unit="rows",
    ),
)

ESTABLISHMENTS = TABLES["clean/establishments.csv"] = table(
    row=IN_REGISTER,
    urn=urn(),
    name=NAME,
    establishment_type=TYPE,
    establishment_status=choice(domain.ESTABLISHMENT_STATUSES, "Status in the register"),
    phase_of_education=PHASE_OF_EDUCATION,
    open_date=date("Date opened"),
    close_date=date("Date closed"),
    **GEOGRAPHY,
    **OF_REGISTER,
    establishment_number=text("Number of the establishment within its authority"),
    postcode=text("Postcode"),
    coordinates_from=COORDINATES_FROM,
    key=["urn"],
)

LINKS = TABLES["clean/links.csv"] = TABLES["clean/links_of_results.csv"] = table(
    **IN_FILE, urn=urn("URN of the successor"), predecessor_urn=urn("URN of the predecessor")
)

TRAVEL = table(  # clean/travel.csv, of a release that has travel times
    **IN_FILE,
    urn=urn("School"),
    partner_urn=urn("Other school"),
    minutes=number("Travel time from the school to the other", "minutes", missing=False, minimum=0),
    key=["urn", "partner_urn"],
)

MERGERS_AND_SPLITS = TABLES["clean/mergers_and_splits.csv"] = table(
    **IN_FILE,
    urn=urn("URN of one of the two"),
    linked_urn=urn("URN of the other"),
    stated=text("Kind of link, as the file has it", missing=False),
)

VIA = ("own", "predecessor", "none", "ambiguous")
SCHOOLS = TABLES["population/schools.csv"] = table(
    urn=urn(),
    phase=choice(domain.PHASES, "Phase; an all-through school stands in both"),
    name=NAME,
    type=TYPE,
    **GEOGRAPHY,
    register_la_code=text("Local authority code as the register has it; la_code is that of the reference date"),
    la_doubt=choice(
        domain.AUTHORITY_DOUBTS,
        "Why the authority of the reference date is not known, and the register's is kept: it did not exist then, and "
        "one of several did; or workflow/facts/authorities.csv does not list it. Blank where it is known",
        True,
    ),
    open_date=date("Date opened; blank where the register does not give it"),
    close_date=date("Date closed; blank for a school still open in the register"),
    results_urn=urn("URN under which the results stand that are used for the school", missing=True),
    inspection_urn=urn("URN under which the inspection stands that is used for the school", missing=True),
    results_via=choice(VIA, "Whose results are used"),
    inspection_via=choice(VIA, "Whose inspection is used"),
    card_urn=urn("URN under which the report card stands, or the word that there is none", missing=True),
    card_via=choice(VIA, "Whose report card is used"),
    phase_of_education=PHASE_OF_EDUCATION,
    **OF_REGISTER,
    coordinates_from=COORDINATES_FROM,
    register_row=IN_REGISTER,
    open_on_reference_date=text("Why the school counts as open on the reference date", missing=False),
    key=["urn", "phase"],
    more=True,
    optional=["card_urn", "card_via"],
)

INHERITED = TABLES["population/inherited.csv"] = table(
    **SCHOOL,
    what=text("What is inherited: results (also of earlier years), inspection or report card", missing=False),
    from_urn=urn("Predecessor under whose URN it stands", missing=True),
    steps=count("How many links lie between the two", unit="links"),
    outcome=choice(
        ("inherited", "ambiguous", "predecessor_still_open"),
        "Ambiguous: several predecessors have one, so none is taken. Predecessor still open: it is itself a school "
        "of the population, so its data are its own and none are taken from it",
    ),
    shared_with=text("URNs of other schools that inherit the same from the same predecessor, separated by ;"),
)


def _judged_urn(of, what):
    return {
        f"{of}judged_urn": urn(f"URN under which {what} was made, where it is another", missing=True),
        f"{of}judged_urn_open": col("boolean", f"Whether the copy lacks under which URN {what} was made", missing=True),
    }


def _in_file(of, what):
    """Where an aspect of a school's inspections is taken from; blank where no row says anything of it."""
    return {
        **_judged_urn(of, what),
        f"{of}source": text(f"Source id in the release file: {what}"),
        f"{of}row": count(f"Line of the source file: {what}", missing=True, unit="line"),
    }


def _judgements(labels, of="", what=""):
    """Columns of an inspection's grades, the latest or another (`of`, in words `what`), each with its status."""
    for name, label in labels.items():
        if name == "no_overall_grade":
            yield f"{of}{name}", col("boolean", f"Whether the inspection gives no overall grade{what}", missing=True)
        else:
            yield f"{of}{name}", number(f"{label}{what}", "grade, 1 (outstanding) to 4 (inadequate)")
        yield f"{of}{name}_status", text(f"{label}{what}: {STATUS_NOTE}", missing=False)


def _words(labels):
    """Columns of measures in words, each with its status."""
    for name, label in labels.items():
        yield name, choice(domain.INSPECTION_WORDS[name], label, missing=True)
        yield f"{name}_status", text(f"{label}: {STATUS_NOTE}", missing=False)


LATEST, BEFORE = "the latest graded inspection", "the graded inspection before the latest"
GRADES = {
    "overall_effectiveness": "Overall effectiveness",
    "leadership": "Leadership and management",
    "quality_of_education": "Quality of education",
    "no_overall_grade": "No overall grade",
}
CARD = {word: f"Report card: {word.removeprefix('card_')}" for word in domain.CARD_WORDS}
OF_EVERY_RELEASE = {
    "urn": urn(),
    "inspection_date": date(f"First day of {LATEST} on or before the reference date; blank where no file states it"),
    **dict(_judgements({name: GRADES[name] for name in ("overall_effectiveness", "leadership")})),
    "source": text(f"Source id in the release file: {LATEST}"),
    "row": count(f"Line of the source file: {LATEST}", missing=True, unit="line"),
}
OF_SOME_RELEASES = dict(
    **dict(_judgements({name: GRADES[name] for name in ("quality_of_education", "no_overall_grade")})),
    **_judged_urn("", LATEST),
    previous_inspection_date=date(f"First day of {BEFORE}, of those that the files have"),
    **dict(_judgements(GRADES, domain.PREVIOUS, ", at the graded inspection before the latest")),
    **_in_file(domain.PREVIOUS, BEFORE),
    report_card_date=date("First day of the inspection of the latest report card on or before the reference date"),
    has_report_card=col("boolean", "Whether there is a report card", missing=True),
    has_report_card_status=text(f"Whether there is a report card: {STATUS_NOTE}", missing=False),
    **dict(_words(CARD)),
    **_in_file("card_", "the report card"),
    **dict(_words({"category_of_concern": "Category of concern"})),
    **_in_file("category_", "the category of concern"),
    **dict(_words({"headline_grade": "Headline grade, of graded and ungraded inspections; no overall effectiveness"})),
    headline_date=date("Date of the inspection that the headline grade goes by"),
    headline_source=text("Source id in the release file: the headline grade"),
    headline_row=count("Line of the source file: the headline grade", missing=True, unit="line"),
)
INSPECTIONS = TABLES["clean/inspections.csv"] = table(
    OF_EVERY_RELEASE | OF_SOME_RELEASES, key=["urn"], optional=OF_SOME_RELEASES
)


DESIGNATIONS = TABLES["clean/designations.csv"] = table(
    urn=urn(), designation=choice(domain.DESIGNATIONS, "Designation held on the reference date"), **IN_FILE
)


def _of_measures(measures, note=""):
    columns = {}
    for name, (label, unit, source) in measures.items():
        columns[name] = number(label, unit, source=source)
        columns[f"{name}_status"] = text(f"{label}: {STATUS_NOTE}{note}")
    return columns


def results(measures, sources):
    """Schema of clean/results.csv. `measures`: {column: (label, unit, source)}; each has a `_status` beside it."""
    note = "Line of the file of source {}, which adds to it; blank where that file does not have the school"
    added = {added_row(name, source): note.format(name) for name, source in sources.items() if "supplies" in source}
    part = "Line of the file of source {} from which its columns of {} are; blank where the school has no such row"
    for name, source in sources.items():
        row = added_row(name, source) if "supplies" in source else f"row{measure_suffix(source)}"
        added |= {f"{row}_part_{of}": part.format(name, of.replace("_", " ")) for of in parts_of(source)}
    columns = {
        **SCHOOL,
        "source": text("Source id in the release file; blank for a school that only earlier years' files have"),
        "row": count("Line of the source file", missing=True, unit="line"),
        **_of_measures(measures, "; blank in rows of the other phase"),
        "school_type": text("Type of school in the results file, in our words"),
        "closed_flag": text("Whether the school had closed, in the results file: open, closed or unspecified"),
        **{column: count(label, missing=True, unit="line") for column, label in added.items()},
    }
    return table(columns, key=["urn", "phase"], more=True)


def results_summary(measures):
    """Schema of clean/results_summary.csv: the summary rows of the results files, an outside check."""
    level = text("Level of the summary row", missing=False)
    return table({**IN_FILE, "level": level, **PHASE, **_of_measures(measures)}, more=True)


MISSING_HERE = col(
    "bool",
    "Whether the group is unknown only because the files at hand lack what was published, not because nobody knows",
)


def classified_schools(criteria):
    """Schema of classified/schools.csv. `criteria`: {name: label}, one column of outcomes each."""
    known = "true, false, or blank where it is not assessable"
    outcome = "Outcome of the criterion: {}; blank where it has no test for the phase"
    columns = {
        **SCHOOL,
        "name": NAME,
        "type": TYPE,
        **GEOGRAPHY,
        "setting": OF_REGISTER["setting"],
        "high_performing": col("boolean", f"Meets a criterion of high performance: {known}", missing=True),
        "in_need": col("boolean", f"Meets a criterion of need: {known}", missing=True),
        "both": col("boolean", f"Meets one of each: {known}", missing=True),
        **{f"{group}_missing_here": MISSING_HERE for group in domain.CRITERION_GROUPS},
        "group": choice(domain.GROUPS, "Group: in_need includes both; high_performing is not known to be in need"),
        **{name: choice(domain.OUTCOMES, outcome.format(label), True) for name, label in criteria.items()},
        "not_assessable_criteria": text("Criteria that could not be assessed for the school, separated by ;"),
    }
    return table(columns, key=["urn", "phase"])


CRITERIA = TABLES["classified/criteria.csv"] = table(
    **SCHOOL, **CRITERION_GROUP, outcome=choice(domain.OUTCOMES, "Outcome"), key=["urn", "phase", "criterion"]
)

CONDITIONS = TABLES["classified/conditions.csv"] = table(
    **SCHOOL,
    **CRITERION,
    place=count("Place of the condition in the criterion's test, as in thresholds.csv", unit="from 1"),
    **CONDITION,
    threshold=text("Value compared with; blank where there is none"),
    value=text("The school's value; blank where there is none"),
    status=text(f"{STATUS_NOTE}, or not_in_release where the files lack the measure", missing=False),
    outcome=choice(
        ("true", "false", "unknown", "ignored"),
        "Whether the condition holds; ignored where the files lack the measure and the method leaves it out",
    ),
)

THRESHOLDS = TABLES["classified/thresholds.csv"] = table(
    **CRITERION,
    **PHASE,
    place=count("Place of the condition in the criterion's test", unit="from 1"),
    id=text("Id of a reconstructed condition"),
    **CONDITION,
    label=text("Measure, as the files' layouts or the method call it", missing=False),
    threshold=text("Value compared with; blank for a quantile of a measure of which the release has no figure"),
    threshold_least=text("Least that a quantile can be; blank where nothing missing here moves it; -inf: has no end"),
    threshold_most=text("Most that a quantile can be; blank where nothing missing here moves it; inf: has no end"),
    quantile=share("Quantile of the population from which the value was worked out"),
    schools_with_value=count("Schools with a value, on which the quantile rests", missing=True),
    available=col("bool", "Whether the release has the measure"),
    schools_true=count("Schools of which the condition holds"),
    schools_false=count("Schools of which it does not"),
    schools_unknown=count("Schools of which it is not known"),
    if_absent=text("What becomes of the condition in a release without the measure: blank, or ignore"),
    basis=choice(domain.BASES, "Where the threshold comes from"),
    source=text("Source of the threshold", missing=False),
    reason=text("Why this value, where it is reconstructed"),
)

RESULTS_FILES = TABLES["classified/results_files.csv"] = table(
    **PHASE,
    **CRITERION,
    where=choice(
        ("all_rows", "in_population", "not_in_register", "type_unknown"),
        "Rows counted: all mainstream state schools of the results file, and rows whose type it leaves blank; of "
        "these, those used for a school of the population, those that the register does not have, and those "
        "whose type is blank",
    ),
    met=count("Rows that meet the criterion"),
    not_met=count("Rows that do not"),
    not_assessable=count("Rows that cannot be assessed"),
)

UNKNOWN = TABLES["classified/unknown.csv"] = table(
    **PHASE,
    **CRITERION,
    measure=text("Measure that is lacking; blank on the criterion's line of totals"),
    status=text(
        "Why there is no figure; threshold where there is one, which lies between the least and the most that the "
        "threshold can be; ignored where the files lack the measure and the method leaves its condition out"
    ),
    schools=count(
        "Schools for which the criterion is not assessable and that lack the measure so; of an ignored one, those that "
        "would not be assessable if it were required"
    ),
    missing_here=count("Of these, schools unknown only because the files at hand lack what was published"),
)

PARTNERS = TABLES["matched/partners.csv"] = table(
    **PHASE,
    urn=urn("School in need"),
    partner_urn=urn("High-performing school of the same phase within the radius, or near enough by its travel time"),
    distance_m=number("Distance in a straight line on the national grid", "metres", missing=False, minimum=0),
    minutes=number("Travel time; blank where there is none and the straight line decided", "minutes", minimum=0),
    key=["phase", "urn", "partner_urn"],
    optional=["minutes"],
)

NEAREST = "Distance to the nearest high-performing school of the phase, however far"
REACH = TABLES["matched/reach.csv"] = table(
    {**IN_NEED, "partners": count("Partners within the radius"), "nearest_m": number(NEAREST, "metres", minimum=0)},
    partners_by_time=count("Partners of whom a travel time decided; of the others the straight line"),
    key=["phase", "urn"],
    optional=["partners_by_time"],
)

REACH_BOUNDS = TABLES["matched/bounds.csv"] = TABLES["matched/bounds_missing_here.csv"] = table(
    **PHASE,
    urn=urn("School in need, or possibly so, with coordinates"),
    in_need=col("bool", "Whether it is known to be in need"),
    partners_lower=count("Partners within the radius that are known to be high-performing and not in need"),
    partners_upper=count("Schools within the radius that are possibly high-performing, and not known to be in need"),
    nearest_m_lower=number("Distance to the nearest school that is possibly high-performing", "metres", minimum=0),
    nearest_m_upper=number("Distance to the nearest that is known to be", "metres", minimum=0),
    key=["phase", "urn"],
)

RADIUS_COUNTS = TABLES["matched/radius_curve.csv"] = table(
    **IN_NEED,
    radius_miles=number("Radius", "miles", missing=False, minimum=0),
    partners=count("High-performing schools of the phase within that radius"),
    key=["phase", "urn", "radius_miles"],
)


def _of_areas(column):
    """The columns of a column of areas: itself and its bounds."""
    for end, words in area_columns.ENDS.items() if column.bounded else [("", "")]:
        label = f"{column.label}{words}"
        if column.unit in ("count", "share"):
            made = (count if column.unit == "count" else share)(label)
        else:
            made = number(label, "metres" if column.unit == "metres" else "schools", minimum=0)
        yield f"{column.key}{end}", made


def areas_of(level):
    """Schema of the aggregated tables: one row an area of `level` and phase."""
    return table(
        area_code=text(f"Code of the {level}; blank where it has none"),
        area=text(f"Name of the {level}", missing=False),
        region=text("Region the area lies in; blank for England"),
        **PHASE,
        **{name: made for column in area_columns.COLUMNS for name, made in _of_areas(column)},
        key=["area_code", "area", "phase"] if level == "local authority" else ["area", "phase"],
    )


TABLES |= {f"aggregated/{name}.csv": areas_of(level) for name, level in areas.LEVELS.items()}
TABLES["aggregated/england_missing_here.csv"] = areas_of(areas.LEVELS["england"])

RADIUS_CURVE = TABLES["aggregated/radius_curve.csv"] = table(
    area=text("England or region", missing=False),
    **PHASE,
    radius_miles=number("Radius", "miles", missing=False),
    schools_in_need=count("Schools in need with coordinates"),
    median_partners=number("Median of partners within that radius", "schools"),
    lower_quartile_partners=number("Lower quartile", "schools"),
    upper_quartile_partners=number("Upper quartile", "schools"),
    share_without_partner=share("Schools in need without a partner within that radius"),
)

CRITERIA_COUNTS = TABLES["aggregated/criteria.csv"] = table(
    **PHASE,
    **CRITERION_GROUP,
    met=count("Schools that meet it"),
    not_met=count("Schools that do not"),
    not_assessable=count("Schools that cannot be assessed"),
    met_alone=count("Schools that meet it and no other criterion of its group"),
)

READING_GROUP = {"group": choice((*domain.CRITERION_GROUPS, "joint"), "Group that is read; joint: both")}


def readings(dimensions, claims):
    """Schema of readings/readings.csv. `dimensions`: each has a column with the option taken; `claims`: the study's."""
    ends = {"lower": "known", "estimate": "best estimate", "upper": "known or possible"}
    of_groups = {}
    for group, name in {"high_performing": "High-performing", "in_need": "In need"}.items():
        for end, words in ends.items():
            for phase in domain.PHASES:
                of_groups[f"{group}_{phase}_{end}"] = share(f"{name}, of the {phase} schools counted: {words}")
            of_groups[f"{group}_all_{end}"] = number(f"{name}, both phases: {words}", "schools", minimum=0)
    by_phase = {}
    for phase in domain.PHASES:
        more = f"Regions with more {phase} schools that are high-performing than in need"
        by_phase[f"{phase}_regions"] = count(more, True, "regions")
    for phase in (*(f"{phase}_" for phase in domain.PHASES), ""):
        for end, words in {"from": "Least", "to": "Greatest"}.items():
            radius = f"{words} of the radii tried at which the median of partners is the published one"
            by_phase[f"{phase}radius_{end}"] = number(radius + ("" if phase else ", in both phases"), "miles")
    return table(
        id=text("Number of the reading: H high-performing, N in need, J joint", missing=False),
        **READING_GROUP,
        **{name: text("Option taken; blank where it makes no difference to the reading") for name in dimensions},
        **{f"{p}_schools": count(f"{p.capitalize()} schools of which the share is", True) for p in domain.PHASES},
        **of_groups,
        misfit=number(
            "Root of the sum of squares of what the best estimates miss: shares in points, totals in % of all schools",
            "points",
            missing=False,
            minimum=0,
        ),
        possible=col("bool", "Whether every published figure, as rounded, lies within the bounds"),
        marked=text("What the reading is known as: literal, chosen, or the name of a check; separated by ;"),
        **{
            name: col("boolean", "Whether the study’s claim holds; joint readings alone", missing=True)
            for name in claims
        },
        **by_phase,
        key=["id"],
    )


READINGS_TRIED = table(
    **READING_GROUP,
    tried=count("Readings tried", unit="readings"),
    possible=count("Of these, those within whose bounds every published figure lies", unit="readings"),
    key=["group"],
)

READING_QUANTILES = table(
    third_way=text("How leadership and results combine", missing=False),
    urns=text("Under which URN a school’s data stand", missing=False),
    **PHASE,
    top=count(
        "Top of attainment and progress at which the share is nearest to the published one; blank: none", True, "%"
    ),
    share=share("Share of all schools that are high-performing there, best estimate"),
    least=share("The share with the smallest top tried"),
    most=share("The share with the greatest top tried"),
)


def of_readings(dimensions, claims):
    """Return {path: schema} of the tables of a run that tries readings; see `readings`."""
    tables = {"readings": readings(dimensions, claims), "tried": READINGS_TRIED, "quantiles": READING_QUANTILES}
    return {f"readings/{name}.csv": schema for name, schema in tables.items()}


PUBLISHED = TABLES["compared/published.csv"] = table(
    id=text("Id of the published statistic", missing=False),
    kind=choice(("share", "count", "median", "claim"), "What it is"),
    phase=choice((*domain.PHASES, "both"), "Phase"),
    statistic=text("Entry of summary.json that it is set beside, or the statement that it tests"),
    criterion=text("Criterion that an official count is of; a+b: both at once, over the results files"),
    published=text("Value as printed; shares in percent", missing=False),
    reproduced=text("The run's own value, unrounded; blank where it cannot be worked out"),
    lower=text("The least that it can be, whatever is unknown; of a claim, whether it is known to hold"),
    upper=text("The most that it can be; of a claim, whether it possibly holds"),
    upper_missing_here=text("The same where only what these files lack is unknown, not what nobody could assess"),
    inside=col("boolean", "Whether the published value, as printed, lies within the bounds", missing=True),
    difference=number("Reproduced less published, in the unit of the statistic", "as published"),
    agrees=col("boolean", "Whether both are the same at the precision of the published one", missing=True),
    evidence=choice(("full", "partial", "none"), "What the comparison is worth: none for a synthetic release"),
    note=text("What stands between the two"),
    source=text("Where the value was published", missing=False),
    label=text("The statistic in words", missing=False),
    key=["id"],
)

CAVEAT = (
    *("synthetic", "bounds", "criterion_unknown", "condition_relaxed", "without_coordinates", "not_assessable"),
    *("register_lacks", "authority_unknown", "likeness_unknown"),
)
CAVEATS = TABLES["caveats/caveats.csv"] = table(
    kind=choice(
        CAVEAT,
        "What there is to know: the data are synthetic; a group is known in part, and lies between bounds; a criterion "
        "could not be assessed for some schools, and why; a condition left out because the files lack its measure; "
        "schools without coordinates; schools that could not be placed in a group; dates that the register does not "
        "state; schools without authority or region; pairs that are not known to be alike, nor to be unlike",
    ),
    phase=choice(domain.PHASES, "Phase; blank for the release as a whole", missing=True),
    group=choice(domain.CRITERION_GROUPS, "Group of schools that it concerns", missing=True),
    criterion=text("Criterion of the method that it concerns"),
    measure=text("Measure that the files lack"),
    count=count(
        "How many schools it concerns; of bounds, how many may be in the group beside those known to be; "
        "of likeness, how many pairs",
        True,
    ),
    of=count("Of how many", True),
    text=text("In a sentence", missing=False),
    short=text("In a phrase, for a band on a figure or a cell of a table", missing=False),
)
