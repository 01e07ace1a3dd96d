"""In short: how many came into need, left it and stayed, why, how sure it is, and what is compared with what."""

from changes_sections.comparison import CAME, LEFT, STAYED, Comparison, could_be, simple
from changes_sections.wording import ORIGINS, REASONS
from lib import words
from lib.change_schemas import ORIGIN_OF, SIDES
from lib.domain import GROUPS
from lib.report_table import Column, Table, table

TITLE = "In short"
MAIN = 2  # reasons that are named
ENOUGH = 0.9  # the share of those that came and left, known to have done so, below which a notice says it
# Where changes lie, where none do: as it follows "to".
NONE = {
    "schools": "the schools themselves",
    "known": "what is known of them",
    "data": "the files at hand",
    "population": "thresholds that moved with all schools",
    "rules": "a change of rules",
}


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    phases = comparison.phases
    return {
        "lede": [lead(comparison, phase, "in_need") for phase in phases],
        "defined": defined(comparison),
        "phases": {
            phase: {"cards": cards(comparison, phase), "sentences": sentences(comparison, phase, "in_need")}
            for phase in phases
        },
        "high_performing": [
            lead(comparison, phase, "high_performing") for phase in phases if "high_performing" in comparison.groups
        ],
        "compared": compared(comparison),
        "notice": notice(comparison),
    }


def defined(comparison: Comparison) -> str:
    """Return what came, left and stayed mean."""
    start, end = comparison.at("from"), comparison.at("to")
    if comparison.over_time:
        return (
            f"A school came into need if it is counted as in need {end} and was not {start}; it left if it was and is "
            "not; it stayed if it is in both. A school that became an academy, or got another number for another "
            "reason, is one school where it can be followed one to one."
        )
    return (
        f"Both runs are of the same schools, and nothing happened to them between the two. A school came into need if "
        f"it is counted as in need {end} and not {start}; it left if the reverse holds; it stayed if it is in both."
    )


def lead(comparison: Comparison, phase: str, group: str) -> str:
    """Return the headline with the main reasons."""
    return " ".join(filter(None, (headline(comparison, phase, group), reasons(comparison, phase, group))))


def headline(comparison: Comparison, phase: str, group: str) -> str:
    """Return how many are in a group now, how many more or fewer than before, and how many came, left and stayed."""
    of, what = comparison.of(phase, group), words.GROUPS[group]
    counted = comparison.counted_as(phase, group)
    noun = words.schools(of["to"], phase)
    now = words.capital(f"{noun} {'is' if of['to'] < 2 else 'are'} {counted}{what} {comparison.at('to')}")
    if not of["from"] and not of["to"]:
        return f"{now}, and none {comparison.at('from')}."
    if not of[CAME] and not of[LEFT]:
        return f"{now}, the same as {comparison.at('from')}."
    before = f"the {words.number(of['from'])} {comparison.at('from')}" if of["from"] else f"{comparison.at('from')}"
    more = f"{words.number(abs(of['net']))} {'more' if of['net'] > 0 else 'fewer'} than {before}"
    if not of["net"]:
        more = f"as many as {comparison.at('from')}"
    moves = words.listing(f"{words.number(of[key]) if of[key] else 'none'} {key}" for key in (CAME, LEFT, STAYED))
    return f"{now}, {more}: {moves}."


def reasons(comparison: Comparison, phase: str, group: str) -> str:
    """Return the two main reasons of those that came and of those that left."""
    of, parts = comparison.of(phase, group), []
    for direction in (CAME, LEFT):
        found = of[f"{direction}_reasons"]
        if found:
            named = words.listing(f"{REASONS[reason]} ({words.number(schools)})" for reason, schools in found[:MAIN])
            parts.append(f"they {direction}{' mainly' if len(found) > MAIN else ''} because of {named}")
    return f"{words.capital('; '.join(parts))}." if parts else ""


def origins(comparison: Comparison, phase: str, group: str) -> str:
    """Return how many of the changes lie with the schools, with a change of rules, of thresholds or of files."""
    of, counts = comparison.of(phase, group), dict.fromkeys(ORIGINS, 0)
    for direction in (CAME, LEFT):
        for reason, schools in of[f"{direction}_reasons"]:
            counts[ORIGIN_OF[reason]] += schools
    total = sum(counts.values())
    if not total:
        return ""
    largest = sorted((pair for pair in counts.items() if pair[1]), key=lambda pair: -pair[1])
    listed = words.listing(
        f"{words.number(schools)} ({words.percent(schools / total)}) "
        f"{'' if number else 'is due ' if schools == 1 else 'are due '}to {ORIGINS[origin]}"
        for number, (origin, schools) in enumerate(largest)
    )
    none = words.listing((f"to {NONE[origin]}" for origin, schools in counts.items() if not schools), "or")
    out = f"Of the {words.number(total)} that came or left, {listed}{f'; none {none}' if none else ''}"
    if known_to_move(comparison, phase, group) < total:
        out += "; these are the main reasons of all that are so counted, also where it is not certain that they changed"
    return f"{out}."


def known_to_move(comparison: Comparison, phase: str, group: str) -> int:
    """Return of how many it is known that they came or left."""
    return sum(comparison.of(phase, group)["bounds"][direction][0] for direction in (CAME, LEFT))


def whence(comparison: Comparison, phase: str, group: str) -> str:
    """Return which group those that came were in, and which group those that left are in."""
    flows, parts = comparison.england("flows", phase), []
    for direction, own, other, side in ((CAME, "after", "before", "from"), (LEFT, "before", "after", "to")):
        rows = flows[(flows[own] == group) & (flows[other] != group)]
        counts = rows.groupby(rows[other].map(simple))["schools"].sum().sort_values(ascending=False, kind="stable")
        if len(counts):
            said = words.listing(
                f"{words.number(schools)} {comparison.be(side, schools)} {place(word)}"
                for word, schools in counts.items()
            )
            parts.append(f"of the {words.number(counts.sum())} that {direction}, {said} {comparison.at(side)}")
    return f"{words.capital('; '.join(parts))}." if parts else ""


def place(word: str) -> str:
    """Return a group, or that a school is not counted, after a verb."""
    if word not in GROUPS:
        return "not counted"
    return {"neither": "in neither group", "not_assessable": "not assessable"}.get(word, words.GROUPS.get(word, word))


def certain(comparison: Comparison, phase: str, group: str) -> str:
    """Return of how many it is known that they came or left, and how many could have with what is not known."""
    of, parts = comparison.of(phase, group), []
    ends = of["bounds"]
    what = words.GROUPS[group]
    for direction, side, still in ((CAME, "from", "not"), (LEFT, "to", "no longer" if comparison.over_time else "not")):
        least = ends[direction][0]
        if of[direction] and least < of[direction]:
            of_these = words.number(least) if least else "none"
            parts.append(
                f"of the {words.number(of[direction])} that {direction} it is known of {of_these} that they "
                f"{comparison.be(side, 2)} {still} {what} {comparison.at(side)}, or not counted there"
            )
    could = [
        f"{bounds} {direction}"
        for direction in (CAME, LEFT)
        if (bounds := could_be(of[direction], ends[direction], between=" to "))
    ]
    net = could_be(of["net"], ends["net"], words.signed, " to ")
    out = f"{words.capital('; '.join(parts))}; of the others it is not known. " if parts else ""
    if could:
        out += f"With all that is not known, {words.listing(could)}"
        out += f", and the net change is anywhere from {net}." if net else "."
    return out.strip()


def sentences(comparison: Comparison, phase: str, group: str) -> list[str]:
    """Return what is said of a group below its headline and reasons."""
    told = (origins, whence, certain)
    return [sentence for tell in told if (sentence := tell(comparison, phase, group))]


def cards(comparison: Comparison, phase: str) -> list[dict]:
    """Return the numbers that stand out: came, left, stayed and net change of the schools in need."""
    of, shown = comparison.of(phase, "in_need"), []
    labels = {CAME: "Came into need", LEFT: "Left need", STAYED: "Stayed in need", "net": "Net change"}
    for key, label in labels.items():
        printed = words.signed if key == "net" else words.number
        could = could_be(of[key], of["bounds"][key], printed, " to ")
        of_all = f"{words.number(of['from'])}, then {words.number(of['to'])} in need"
        if key == STAYED and of["from"]:
            share = words.percent(of[STAYED] / of["from"])
            of_all = f"{share} of the {words.number(of['from'])} in need {comparison.at('from')}"
        elif key in (CAME, LEFT):
            found = of[f"{key}_reasons"][:MAIN]
            of_all = "; ".join(f"{words.number(schools)}: {REASONS[reason]}" for reason, schools in found)
        shown.append({"label": label, "value": printed(of[key]), "bounds": could and f"could be {could}", "of": of_all})
    return shown


def notice(comparison: Comparison) -> str:
    """Return what the two do not tell: of how many it is known that they came or left, where that is less than nine
    tenths of those counted, and which criteria one of the two can say nothing of.
    """
    told = []
    for phase in comparison.phases:
        of, least = comparison.of(phase, "in_need"), known_to_move(comparison, phase, "in_need")
        if least < ENOUGH * (counted := of[CAME] + of[LEFT]):
            known = words.number(least) if least else "none"
            moved = f"{words.number(counted)} {phase} schools counted as having come into need or left it"
            told.append(f"of the {moved}, it is known of {known} that they did")
    others = "Of the others, one of the two does not tell whether they are in need."
    known = f"{words.capital('; '.join(told))}. {others}" if told else ""
    return " ".join(filter(None, (known, *(untold(comparison, side) for side in SIDES))))


def untold(comparison: Comparison, side: str) -> str:
    """Return which criteria the files of one release tell of no school, and what comes of it."""
    of_phase = {phase: comparison.summary["phases"][phase]["untold"][side] for phase in comparison.phases}
    phases = [phase for phase, labels in of_phase.items() if labels]
    labels = dict.fromkeys(f"“{label}”" for phase in phases for label in of_phase[phase])
    if not labels:
        return ""
    other = "to" if side == "from" else "from"
    counts = {
        at: words.listing(f"{words.number(not_assessable(comparison, phase, at))} {phase}" for phase in phases)
        for at in SIDES
    }
    of_all = words.listing(phases, "or")
    return (
        f"{words.capital(comparison.at(side))} the files tell of no {of_all} school whether it meets "
        f"{words.listing(labels, 'or')}, as they do {comparison.at(other)}: one that meets no other criterion is then "
        f"not assessable, none is in neither group, and what changes by this alone is put down to the files at hand. "
        f"Not assessable are {counts['from']} schools "
        f"{comparison.at('from')} and {counts['to']} {comparison.at('to')}."
    )


def not_assessable(comparison: Comparison, phase: str, side: str) -> int:
    """Return how many schools of a phase are not assessable in a release."""
    column = {"from": "before", "to": "after"}[side]
    return int(comparison.england("flows", phase, **{column: "not_assessable"})["schools"].sum())


def compared(comparison: Comparison) -> Table:
    """Return what is compared with what: release, dates, method, radius and schools of both."""
    sides = {side: comparison.summary[side] for side in SIDES}

    def row(name, told):
        return {"name": name, **{side: told(side, stated) for side, stated in sides.items()}}

    def radius(_, stated):
        return "; ".join(f"{phase} {words.miles(miles)}" for phase, miles in stated["radius_miles"].items())

    rows = [
        row("Release", lambda _, s: f"{s['title']}{' (synthetic)' if s['synthetic'] else ''}"),
        row("Schools and inspections as at", lambda _, s: words.date(s["reference_date"])),
        row("Method", lambda _, s: f"{s['method_title']} ({s['run']})"),
        row("Radius", radius),
        *(
            row(
                f"{words.capital(phase)} schools",
                lambda side, _, phase=phase: words.number(comparison.summary["phases"][phase]["schools"][side]),
            )
            for phase in comparison.phases
        ),
    ]
    columns = [
        Column("", "name"),
        Column("Earlier" if comparison.over_time else "First", "from", kind="wide"),
        Column("Later" if comparison.over_time else "Second", "to", kind="wide"),
    ]
    return table("compared", "What is compared with what", columns, rows)
