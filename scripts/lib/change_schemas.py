"""The tables of a comparison of two runs, column by column, and the words that they may hold.

As lib/schemas.py for the tables of a run: the comparison enforces these schemas, and its data dictionary is made from
them. `TABLES` maps a table's name in the folder of the comparison to its schema.
"""

from lib import domain
from lib.lineage import FATES, FOUND_BY
from lib.schemas import CONDITION, CRITERION_GROUP, PHASE, Table, choice, col, count, number, table, text, urn

# How a school of one release is found in the other: by links, or why it is not counted there.
FOLLOWED = {
    "same_urn": "It has the same URN in both",
    "converted": "It became another URN, one to one, over one or several links",
    "merged": "It became one school with others, or came of several",
    "split": "It became several schools, or came out of one that became several",
    "ambiguous": "Several schools became several: none is one other",
    "closed": "It had closed, without successor",
    "opened": "It opened between the two, without predecessor",
    "between_urns": "On the other reference date it had closed, and its successor not opened yet",
    "other_phase": "It counts in the other phase alone",
    "not_counted": "It stands in the register, but is no school of the population",
    "not_in_register": "The other register does not have it",
}
assert set(FATES) <= set(FOLLOWED)
# Where a change comes from, by its reason.
ORIGINS = {
    "rules": "The rules are others, of the year or of the method",
    "population": "A threshold that is worked out from all schools has moved",
    "schools": "The schools are others, or have other results or judgements",
    "known": "What is known of the school began or ended: it converted, or has figures now and had none, or had",
    "data": "The files at hand have, lack or state something otherwise",
}
# Why a school's group is another, or why it is counted once only, in order: of several that apply, the first is the
# main one, unless another alone brings the change about (scripts/change_reasons.py).
REASONS = {
    "closed": ("schools", "Closed"),
    "opened": ("schools", "Opened"),
    "merged": ("schools", "Merged"),
    "split": ("schools", "Split"),
    "ambiguous": ("schools", "Reorganised: several schools became several"),
    "between_urns": ("data", "Converting on the other reference date: under no URN then"),
    "other_phase": ("schools", "Counted in the other phase"),
    "not_counted": ("schools", "Outside the population in one of the two"),
    "not_in_register": ("data", "One register does not have it"),
    "rule_changed": ("rules", "Another rule, of the year or the method"),
    "threshold_moved": ("population", "A threshold moved with the population"),
    "converted": ("known", "Converted: what was known under the earlier URN no longer counts, or another type"),
    "inspected": ("schools", "A new inspection"),
    "designated": ("schools", "Designated, or no longer"),
    "result_crossed": ("schools", "A result crossed a threshold"),
    "became_known": ("known", "Became known: results or a judgement where there were none"),
    "became_unknown": ("known", "Became unknown: no results or judgement any more"),
    "other_file": ("data", "The files at hand have, lack or state it otherwise"),
}
ORIGIN_OF = {word: origin for word, (origin, _) in REASONS.items()}
PLACE_OF = {word: place for place, word in enumerate(REASONS)}  # in the order of precedence
CHANGES = ("same", "changed", "gone", "new")
# Why a pair of a school in need and a partner is there in one of two runs only, in order: the first that applies.
PARTNER_REASONS = {
    "school_appeared": "The school in need is counted in the later alone",
    "school_disappeared": "The school in need is counted in the earlier alone",
    "school_came": "The school came into need",
    "school_left": "The school is no longer in need",
    "partner_appeared": "The partner is counted in the later alone",
    "partner_disappeared": "The partner is counted in the earlier alone",
    "partner_came": "The partner became high-performing",
    "partner_left": "The partner is no longer high-performing",
    "radius": "The radius is another",
    "moved": "One of the two is placed elsewhere, or was or is without coordinates",
    "travel": "As far apart as before: the travel times, or the minutes that are near enough, are others",
}
LEVELS = ("england", "region", "local_authority")
DIRECTIONS = ("came", "left")
GROUP = {"group": choice(domain.CRITERION_GROUPS, "Group")}
OUTCOME = "Outcome of the criterion, {}; blank where the rules have no such criterion for the phase"
ABSENT = "; blank where it is not counted there"


def _sides(name, make, label, **words):
    """A column of each of the two releases."""
    return {f"{name}_{side}": make(f"{label}, {side_words}", **words) for side, side_words in SIDES.items()}


SIDES = {"from": "earlier", "to": "later"}
LINE = {
    "urn_from": urn("URN in the earlier release" + ABSENT, missing=True),
    "urn_to": urn("URN in the later release" + ABSENT, missing=True),
    **PHASE,
}
AREA = {
    "level": choice(LEVELS, "Level of the area"),
    "area_code": text("Code of the local authority; blank for the others, and where there is none"),
    "area": text("Name of the area", missing=False),
    "region": text("Region the area lies in; blank for England, and where it is not stated"),
    **PHASE,
}
KEY_OF_AREA = ("level", "area_code", "area", "region", "phase")


def _known(label):
    return col("boolean", f"{label}; blank where it is not assessable, or not counted there", missing=True)


def _text(label):
    return text(label)


def _metres(label):
    return number(label, "metres", minimum=0)


def _group(label, missing=True):
    return choice(domain.GROUPS, label + ABSENT, missing)


SCHOOLS = table(
    **LINE,
    name=text("Name, of the later release where it is counted there"),
    type=text("Type of establishment, likewise"),
    la_code=text("Local authority code on the later reference date"),
    la_name=text("Local authority on the later reference date"),
    region=text("Region, of the later release where it is counted there"),
    easting=col("Int64", "Easting on the British National Grid (EPSG:27700), likewise", unit="metres", missing=True),
    northing=col("Int64", "Northing, likewise", unit="metres", missing=True),
    followed=choice(tuple(FOLLOWED), "How it is found in the other release, or why it is not counted there"),
    steps=count("Links between its two URNs; of one that is not one to one, the longest chain", unit="links"),
    found_by=choice(
        FOUND_BY,
        "What tells that two URNs belong together: a link, the same number of the establishment in its authority, or "
        "the same postcode and phase; blank for a school that keeps its URN",
        True,
    ),
    others=text("URNs of other schools that it became, came of, joined or was joined by, separated by ;"),
    why=text("Why it is outside the population of the other release"),
    **_sides("group", _group, "Group"),
    **_sides("high_performing", _known, "Whether it meets a criterion of high performance"),
    **_sides("in_need", _known, "Whether it meets a criterion of need"),
    group_from_later_rules=_group("Group that the earlier release gives under the rules of the later"),
    group_from_later_thresholds=_group("The same, with every quantile as it is in the later release"),
    change=choice(CHANGES, "Same or changed group; gone or new where it is counted in one release alone"),
    reason=choice(tuple(REASONS), "Main reason; blank where nothing changed", True),
    reasons=text("All reasons that apply, separated by ;"),
)
CRITERIA = table(
    **LINE,
    **CRITERION_GROUP,
    outcome_from=choice(domain.OUTCOMES, OUTCOME.format("earlier"), True),
    outcome_later_rules=choice(domain.OUTCOMES, OUTCOME.format("the earlier release under the later rules"), True),
    outcome_to=choice(domain.OUTCOMES, OUTCOME.format("later"), True),
    key=["urn_from", "urn_to", "phase", "criterion"],
)
CONDITIONS = table(
    **LINE,
    criterion=CRITERION_GROUP["criterion"],
    **CONDITION,
    **_sides("threshold", _text, "Value compared with"),
    **_sides("value", _text, "The school’s value"),
    **_sides("status", _text, "ok, or why there is no figure; blank where the rules have no such condition"),
    **_sides("outcome", _text, "Whether the condition holds: true, false, unknown or ignored"),
    reason=choice(tuple(REASONS), "Why the condition is another"),
)
PARTNERS = table(
    **{name: column for name, column in LINE.items() if name != "phase"},
    partner_from=urn("URN of the partner in the earlier release" + ABSENT, missing=True),
    partner_to=urn("URN of the partner in the later release" + ABSENT, missing=True),
    **PHASE,
    change=choice(("gained", "lost"), "Whether the pair is one of the later release alone, or of the earlier"),
    **_sides("distance_m", _metres, "Distance in a straight line; blank where one has no coordinates"),
    reason=choice(tuple(PARTNER_REASONS), "Why the pair is one of the one release alone"),
    key=["urn_from", "urn_to", "partner_from", "partner_to", "phase"],
)
PLACES = (*domain.GROUPS, *(word for word in FOLLOWED if word not in ("same_urn", "converted")))
FLOWS = table(
    **AREA,
    before=choice(PLACES, "Group in the earlier release, or why it is not counted there"),
    after=choice(PLACES, "Group in the later release, or why it is not counted there"),
    schools=count("Schools"),
    key=[*KEY_OF_AREA, "before", "after"],
)
REASON_COUNTS = table(
    **AREA,
    **GROUP,
    direction=choice(DIRECTIONS, "Whether they came into the group or left it"),
    reason=choice(tuple(REASONS), "Main reason"),
    origin=choice(tuple(ORIGINS), "Where the reason lies"),
    schools=count("Schools"),
    key=[*KEY_OF_AREA, "group", "direction", "reason"],
)


def _ends(name, label, make=count):
    words = {"": "", "_lower": ": the least that it can be", "_upper": ": the most that it can be"}
    return {f"{name}{end}": make(f"{label}{said}") for end, said in words.items()}


def _net(label):
    return col("int64", label, unit="schools")


AREAS = table(
    **AREA,
    **GROUP,
    **_ends("schools_from", "Schools in the group, earlier"),
    **_ends("schools_to", "Schools in the group, later"),
    **_ends("stayed", "Schools in the group in both"),
    **_ends("came", "Schools in the group in the later alone"),
    **_ends("left", "Schools in the group in the earlier alone"),
    **_ends("net", "Net change: came less left", _net),
    churn=col(
        "float64",
        "Schools that came or left, of those that are in the group in either",
        unit="share, 0 to 1",
        within=(0, 1),
        missing=True,
    ),
    key=[*KEY_OF_AREA, "group"],
)


def _official(label):
    return count(label, unit="schools", missing=True)


PUBLISHED = table(
    **PHASE,
    criterion=text("Criterion counted over the results files; a+b: both at once", missing=False),
    label=text("The statistic in words", missing=False),
    published_from=count("Published count, earlier"),
    published_to=count("Published count, later"),
    published_change=col("int64", "Change of the published count", unit="schools"),
    own_from=_official("Own count, earlier; blank where it cannot be worked out"),
    own_to=_official("Own count, later; blank where it cannot be worked out"),
    own_change=col("Int64", "Change of the own count", unit="schools", missing=True),
    own_change_lower=col("Int64", "The least that it can be, whatever is unknown", unit="schools", missing=True),
    own_change_upper=col("Int64", "The most that it can be", unit="schools", missing=True),
    source_from=text("Where the earlier was published", missing=False),
    source_to=text("Where the later was published", missing=False),
    key=["phase", "criterion"],
)
DIFFERENCES = table(
    table=text("Table of both runs", missing=False),
    urn=urn("URN of the row", missing=True),
    of=text("What else names the row: phase, criterion, partner; separated by ;"),
    column=text("Column; blank where the row is in one of the two alone"),
    value_from=text("Value in the earlier; of a row, whether it is there"),
    value_to=text("Value in the later; of a row, whether it is there"),
)
YEARS = table(
    lineage=count("Number of the school, as in schools.csv", unit="from 1"),
    **PHASE,
    release=text("Release", missing=False),
    urn=urn(),
    **{
        name: col("boolean", f"{label}; blank: not assessable", missing=True)
        for name, label in (
            ("high_performing", "Whether it meets a criterion of high performance"),
            ("in_need", "Whether it meets a criterion of need"),
        )
    },
    group=choice(domain.GROUPS, "Group"),
    key=["lineage", "phase", "release"],
)
OVER_YEARS = table(
    lineage=count("Number of the school and phase, followed over the releases", unit="from 1"),
    **PHASE,
    urns=text("Its URNs, from the first to the last, separated by ;", missing=False),
    name=text("Name, of the last release that counts it"),
    la_code=text("Local authority code, of the last release that counts it"),
    la_name=text("Local authority, likewise"),
    region=text("Region, likewise"),
    years=count("Releases that count it", unit="releases"),
    years_assessable=count("Of these, releases of which it is known whether it is in need", unit="releases"),
    years_in_need=count("Of these, releases in which it is in need", unit="releases"),
    in_need_throughout=col(
        "boolean",
        "Whether it is in need in every release; blank where some do not say, and none says otherwise",
        missing=True,
    ),
    returning=col("bool", "Whether it was known not to be in need in a release between two in which it was"),
    high_performing_throughout=col(
        "boolean",
        "Whether its group is high-performing in every release; blank where some do not say, and none says otherwise",
        missing=True,
    ),
    groups=text("Its group in each release, in order, separated by ;, – where it is not counted", missing=False),
    key=["lineage"],
)
TABLES: dict[str, Table] = {
    "schools.csv": SCHOOLS,
    "criteria.csv": CRITERIA,
    "conditions.csv": CONDITIONS,
    "partners.csv": PARTNERS,
    "flows.csv": FLOWS,
    "reasons.csv": REASON_COUNTS,
    "areas.csv": AREAS,
    "published.csv": PUBLISHED,
    "differences.csv": DIFFERENCES,
}
OF_YEARS: dict[str, Table] = {"schools.csv": OVER_YEARS, "years.csv": YEARS}
