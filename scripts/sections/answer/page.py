"""The headline: what cannot be known, what the groups are, how many schools and partners, four numbers a phase."""

import decimal
from collections.abc import Set
from dataclasses import dataclass

from lib import words
from lib.caveats import NOTABLE
from lib.domain import PHASES
from lib.report_run import ReportRun
from lib.report_table import Column, Table, table

TITLE = "In short"
SCHOOLS, REACH = "classified/schools.csv", "matched/reach.csv"
# Where the headline comes from: entry of summary.json, what it counts, table, filter beyond the phase.
ORIGINS = (
    ("schools", "schools", SCHOOLS, ""),
    ("high_performing", "high-performing", SCHOOLS, " and group == 'high_performing'"),
    ("in_need", "in need", SCHOOLS, " and group == 'in_need'"),
    ("both", "in need and high-performing", SCHOOLS, " and both == True"),
    ("not_assessable", "not assessable", SCHOOLS, " and group == 'not_assessable'"),
    ("median_partners", "median of the column partners", REACH, ""),
    ("in_need_without_partner", "in need, no partner", REACH, " and partners == 0"),
)


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    by_group = {
        group: [c["label"] for c in run.method["criteria"].values() if c["group"] == group] for group in words.GROUPS
    }
    return {
        "caution": bool(run.caveats.rows("shortfall")),
        "left_out": left_out(run),
        "definition": definition(by_group, {phase: facts["both"] for phase, facts in run.phases.items()}),
        "lede": [lede(run, phase) for phase in PHASES],
        "numbers": {phase: numbers(run, phase) for phase in run.phases},
        "study": run.facts["study"],
        "origins": origins(run),
    }


def left_out(run: ReportRun) -> list[str]:
    """Return paragraphs on what the figures leave out, those that must be read before the first number in front."""
    caveats, placed = run.caveats, []
    missing, schools = caveats.shorts("criterion_not_assessable"), words.listing(caveats.shorts("not_assessable"))
    if schools:
        why = "" if missing else ", because their results or inspection are missing in part"
        placed.append(f"{schools} could not be placed in a group{why}.")
        placed.append("They count in the total, but not as high-performing or in need.")
    elif not missing:
        placed.append("Every school could be placed in a group.")
    if missing:
        placed.append(f"Not assessed: {words.listing(missing)}.")
    rows = caveats.rows("without_coordinates", group="high_performing")
    nobodys = [row["text"] for row in rows if row["count"] / row["of"] >= NOTABLE]
    return [*caveats.texts("shortfall"), " ".join(placed), *caveats.texts("condition_relaxed"), *nobodys]


def definition(criteria: dict[str, list[str]], both: dict[str, int]) -> str:
    """When a school is of which group. `criteria`: {group: labels}. `both`: {phase: schools that are of both}."""

    def any_of(group):
        quoted = words.listing([f"“{label}”" for label in criteria[group]], "or")
        return f"{'the criterion' if len(criteria[group]) == 1 else 'any of the criteria'} {quoted}"

    counted = words.listing(words.schools(count, phase) for phase, count in both.items() if count)
    return (
        f"A school is high-performing if it meets {any_of('high_performing')}. It is in need of support if it meets "
        f"{any_of('in_need')}. A school that is both counts as in need{f' ({counted})' if counted else ''}."
    )


def lede(run: ReportRun, phase: str) -> str:
    """Return the answer for a phase: how many schools are in each group, how many partners those in need have."""
    facts = run.phases.get(phase)
    if not facts or not facts["schools"]:
        return f"This release has no {phase} schools."
    incomplete = run.incomplete(phase)
    return f"{groups(phase, facts, incomplete)} {partners(phase, facts, run.radius(phase), incomplete)}"


def groups(phase: str, facts: dict, incomplete: Set[str] = frozenset()) -> str:
    """How many schools of a phase are high-performing, and how many are in need.

    `facts`: the phase in summary.json, with schools. `incomplete`: the groups of which a criterion could be assessed
    for no school; these are only `known to be` what they are.
    """
    counted = []
    for group, name in words.GROUPS_IN_FULL.items():
        count = facts[group]
        figure = f"{words.number(count)} ({words.percent(facts[f'share_{group}'])})" if count else "none"
        counted.append(f"{figure} {'is' if count < 2 else 'are'} {words.known_to_be(group, incomplete)}{name}")
    return f"Of {words.schools(facts['schools'], phase)}, {words.listing(counted)}."


def partners(phase: str, facts: dict, radius_miles: float, incomplete: Set[str] = frozenset()) -> str:
    """How many partners the schools in need of a phase have, and how many have none. Arguments as of `groups`."""
    placed, median = facts["in_need"] - facts["in_need_without_coordinates"], facts["median_partners"]
    without, within = facts["in_need_without_partner"], f"within {words.miles(radius_miles)}"
    if placed == 0:
        return f"No {phase} school in need has coordinates in the register, so there is nothing to match."
    partner = words.high_performing_schools(phase, median, "high_performing" in incomplete)
    of = f"{words.number(without)} of {words.number(placed)} ({words.percent(without / placed)})"
    return (
        f"The median {phase} school in need has {words.about(median)} {partner} {within}; {of} "
        f"{words.plural(without, 'has', 'have')} none."
    )


@dataclass(frozen=True)
class Number:
    """One of the four numbers of a phase, in words: denominator, published counterpart, and what it rests on.

    `group`: that the number is of, blank for both. `sign`: `agrees`, `differs` or `open`, see `compared`.
    """

    group: str
    value: str
    label: str
    of: str
    published: str
    verdict: str
    sign: str
    rests_on: list[str]


def numbers(run: ReportRun, phase: str) -> list[Number]:
    """Return the four numbers of a phase: the share of each group, the median of partners, those without a partner."""
    facts, within, caveats = run.phases[phase], run.within(phase), run.caveats
    placed, without = facts["in_need"] - facts["in_need_without_coordinates"], facts["in_need_without_partner"]
    of_all = words.schools(facts["schools"], phase)
    of_placed = words.schools(placed, phase, "in need with coordinates")
    known = "known " if "high_performing" in run.incomplete(phase) else ""
    partner = words.plural(facts["median_partners"], "partner")
    out = []

    def add(entry, value, label, of, rests_on, group=""):
        out.append(Number(group, value, label, of, *compared(run.published_row(phase, statistic=entry)), rests_on))

    for group, name in words.GROUPS_IN_FULL.items():
        share, label = words.percent(facts[f"share_{group}"]), f"are {caveats.known_to_be(group, phase)}{name}"
        rests_on = caveats.texts("group_incomplete", phase, group=group)
        add(f"share_{group}", share, label, f"{words.number(facts[group])} of {of_all}", rests_on, group)
    rests_on = [f"{short}." for short in caveats.shorts("phase_incomplete", phase)]
    median, label = words.number(facts["median_partners"], 1), f"{known or 'possible '}{partner} {within}"
    chosen = run.published_row(phase, statistic="median_partners") and run.radius_is_reconstructed(phase)
    why = [*rests_on, "The radius was chosen to give the published figure."] if chosen else rests_on
    add("median_partners", median, label, f"the median of {of_placed}", why)
    label = f"in need {words.plural(without, 'has', 'have')} no {known}partner {within}"
    of = f"{words.percent(without / placed)} of {of_placed}" if placed else f"of {of_placed}"
    add("in_need_without_partner", words.number(without), label, of, rests_on)
    return out


def compared(row: dict | None) -> tuple[str, str, str]:
    """What the comparison with a published figure says: (published value, verdict, sign), in words.

    `row`: of compared/published.csv, or None where nothing was published. The sign is `agrees`, `differs`, or `open`
    where the two cannot be set against each other like for like.
    """
    if row is None:
        return "No published figure", "", "open"
    published = f"Published: {words.statistic(row['kind'], row['published'])}"
    if not words.known(row["reproduced"]) or not words.known(row["agrees"]):
        return published, "cannot be compared", "open"
    sign = "agrees" if row["agrees"] else "differs"
    verdict = "same figure" if row["agrees"] and row["evidence"] == "none" else sign
    if not row["agrees"] and row["kind"] != "claim":
        # Of the figures as they are printed, so that the reader can subtract.
        printed = words.rounded(row["reproduced"], 1 if row["kind"] == "median" else 0)
        gap = printed - decimal.Decimal(str(row["published"]))
        unit = f" {words.plural(abs(gap), 'point')}" if row["kind"] == "share" else ""
        verdict = f"{words.number(abs(gap), 1)}{unit} {'higher' if gap > 0 else 'lower'} here"
    worth = {"none": "; no evidence", "partial": ", but not like for like"}.get(row["evidence"], "")
    return published, f"{verdict}{worth}", "open" if worth else sign


def origins(run: ReportRun) -> Table:
    """Return the table of where the numbers of the headline come from: entry, table, filter."""
    rows = [
        {
            "what": f"{words.capital(phase)}: {what}",
            "value": facts[key],
            "entry": f"phases.{phase}.{key}",
            "table": file,
            "filter": f"phase == '{phase}'{beyond}",
        }
        for phase, facts in run.phases.items()
        for key, what, file, beyond in ORIGINS
    ]
    columns = (
        Column("What", "what", kind="name"),
        Column("Value", "value", lambda value: words.number(value, 1), "number"),
        Column("Entry of summary.json", "entry", kind="code"),
        Column("Table", "table", kind="code"),
        Column("Filter", "filter", kind="code"),
    )
    note = "A share is the count divided by the schools of the phase. The filters are as pandas’ query takes them."
    caption = "Where the headline comes from"
    return table("origins", caption, columns, rows, note=note, download=run.link("summary.json"))
