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
    caveats, out = run.caveats, run.caveats.texts("shortfall")
    missing, schools = caveats.shorts("criterion_not_assessable"), words.listing(caveats.shorts("not_assessable"))
    placed = f"{schools} could not be placed in a group" if schools else ""
    if placed:
        why = "" if missing else ", because their results or inspection are missing in part"
        placed += f"{why}. They count in the total, but not as high-performing or in need."
    elif not missing and any(facts["schools"] for facts in run.phases.values()):
        placed = "Every school could be placed in a group."
    not_assessed = f"Not assessed: {words.listing(missing)}." if missing else ""
    out.append(" ".join(filter(None, (placed, not_assessed))))
    out += caveats.texts("condition_relaxed")
    for row in caveats.rows("without_coordinates", group="high_performing"):
        out += [row["text"]] if row["count"] / row["of"] >= NOTABLE else []
    return [paragraph for paragraph in out if paragraph]


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
    head = f"Of {words.number(facts['schools'])} {phase} schools"
    counted = []
    for group, name in (("high_performing", "high-performing"), ("in_need", "in need of support")):
        count = facts[group]
        figure = f"{words.number(count)} ({words.percent(facts[f'share_{group}'])})" if count else "none"
        counted.append(f"{figure} {'is' if count < 2 else 'are'} {words.known_to_be(group, incomplete)}{name}")
    return f"{head if facts['schools'] > 1 else f'Of the one {phase} school'}, {counted[0]} and {counted[1]}."


def partners(phase: str, facts: dict, radius_miles: float, incomplete: Set[str] = frozenset()) -> str:
    """How many partners the schools in need of a phase have, and how many have none. Arguments as of `groups`."""
    need, lost, without = facts["in_need"], facts["in_need_without_coordinates"], facts["in_need_without_partner"]
    placed, within, median = need - lost, f"within {words.miles(radius_miles)}", facts["median_partners"]

    def high_performing(count):
        return words.high_performing_schools(phase, count, "high_performing" in incomplete)

    if need == 0:
        return f"With no {phase} school in need, there is nothing to match."
    if placed == 0:
        return f"No {phase} school in need has coordinates in the register, so partners could not be looked for."
    if without == placed:
        return f"No {phase} school in need has a {high_performing(1)} {within}."
    first = f"The median {phase} school in need has {words.about(median)} {high_performing(median)} {within}"
    if without == 0:
        return f"{first}; every one has at least one."
    of = f"{words.number(without)} of {words.number(placed)} ({words.percent(without / placed)})"
    return f"{first}; {of} {words.plural(without, 'has', 'have')} none."


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
    """Return the four numbers of a phase."""
    facts, within = run.phases[phase], run.within(phase)
    placed, without = facts["in_need"] - facts["in_need_without_coordinates"], facts["in_need_without_partner"]
    of_all = words.schools(facts["schools"], phase)
    of_placed = words.schools(placed, phase, "in need with coordinates")
    known = "known " if "high_performing" in run.incomplete(phase) else ""
    partner = words.plural(facts["median_partners"], "partner")
    out = []
    for group, name in (("high_performing", "high-performing"), ("in_need", "in need of support")):
        value = words.percent(facts[f"share_{group}"])
        label = f"are {run.caveats.known_to_be(group, phase)}{name}"
        of = f"{words.number(facts[group])} of {of_all}"
        out.append(number(run, phase, f"share_{group}", (group,), value, label, of))
    value, label = words.number(facts["median_partners"], 1), f"{known or 'possible '}{partner} {within}"
    out.append(number(run, phase, "median_partners", tuple(words.GROUPS), value, label, f"the median of {of_placed}"))
    label = f"in need {words.plural(without, 'has', 'have')} no {known}partner {within}"
    of = f"{words.percent(without / placed)} of {of_placed}" if placed else f"of {of_placed}"
    out.append(number(run, phase, "in_need_without_partner", tuple(words.GROUPS), words.number(without), label, of))
    return out


def number(run: ReportRun, phase: str, entry: str, groups: tuple[str, ...], value: str, label: str, of: str) -> Number:
    """Return a number with its published counterpart. `entry`: of summary.json. `groups`: that it depends on."""
    published = run.published_row(entry, phase)
    missing = sum(row["count"] for row in run.caveats.rows("group_incomplete", phase=phase) if row["group"] in groups)
    relaxed = any(row["group"] in groups for row in run.caveats.rows("condition_relaxed", phase=phase))
    rests_on = run.caveats.texts("group_incomplete", phase, group=groups[0])
    if len(groups) > 1:
        rests_on = [f"{short}." for short in run.caveats.shorts("phase_incomplete", phase)]
    if published and published["kind"] == "median" and run.radius_is_reconstructed(phase):
        rests_on.append("The radius was chosen to give the published figure.")
    group = groups[0] if len(groups) == 1 else ""
    return Number(group, value, label, of, *compared(published, missing, relaxed), rests_on)


def compared(row: dict | None, missing: int = 0, relaxed: bool = False) -> tuple[str, str, str]:
    """What the comparison with a published figure says: (published value, verdict, sign), in words.

    `row`: of compared/published.csv, or None where nothing was published. `missing`: how many of the criteria of the
    figure could be assessed for no school. `relaxed`: whether one is tested without a condition. The sign is `agrees`,
    `differs`, or `open` where the two cannot be set against each other like for like.
    """
    if row is None:
        return "No published figure", "", "open"
    published = f"Published: {words.statistic(row['kind'], row['published'])}"
    if not words.known(row["reproduced"]) or not words.known(row["agrees"]):
        return published, "cannot be compared", "open"
    gap = 0
    if row["agrees"]:
        verdict, sign = "agrees", "agrees"
    elif row["kind"] == "claim":
        verdict, sign = "differs", "differs"
    else:
        # Of the figures as they are printed, so that the reader can subtract.
        printed = words.rounded(row["reproduced"], 1 if row["kind"] == "median" else 0)
        gap = printed - decimal.Decimal(str(row["published"]))
        unit = f" {words.plural(abs(gap), 'point')}" if row["kind"] == "share" else ""
        verdict, sign = f"{words.number(abs(gap), 1)}{unit} {'higher' if gap > 0 else 'lower'} here", "differs"
    if row["evidence"] == "none":
        return published, f"{'same figure' if row['agrees'] else verdict}; no evidence", "open"
    if row["evidence"] != "partial":
        return published, verdict, sign
    # A missing criterion can only lower the count of its group, a missing condition only raise it.
    if gap > 0 and row["kind"] in ("share", "count") and (missing or relaxed):
        although = f", although {words.plural(missing, 'a criterion is', 'criteria are')} missing" if missing else ""
        which = "another" if missing else "a criterion"
        tested = f"; {which} is tested without a condition" if relaxed else ""
        return published, f"{verdict}{although}{tested}", "open"
    return published, f"{verdict}, but not like for like", "open"


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
