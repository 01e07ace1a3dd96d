"""The method in words: which schools are counted, the radius, and every condition of every criterion with its basis."""

import json
import math

from lib import words
from lib.criteria import show
from lib.domain import METRES_PER_MILE
from lib.measures import with_unit
from lib.methods import iter_conditions
from lib.report_run import ReportRun
from lib.report_table import Column, Table, count, table

TITLE = "Method"
COMPARISONS = {sign: f"{word} " for sign, word in words.COMPARISONS.items()} | {"==": "", "in": "", "not in": "not "}

HOLDS = {"true": "holds", "false": "does not", "unknown": "not known"}  # by schools_… of thresholds.csv


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    return {
        "study": run.study,
        "about": run.method.get("about") or f"{run.method['title']}.",
        "definitions": run.facts["definitions"] if run.study else {},
        "population": population(run.method["population"]),
        "radius": [radius(run, phase) for phase in run.phases] if run.partnered else [],
        "travel": [travel(run, phase) for phase in run.phases if run.partnered and "travel_minutes" in run.summary],
        "fitted": run.method.get("fitted", ""),
        "criteria": criteria(run),
        "conditions": conditions(run),
        "thresholds": run.link("classified/thresholds.csv"),
    }


def population(stated: dict) -> dict:
    """Return the population in words: types, phases of education, what is taken from predecessors."""

    def names(listed, last="or"):
        return words.listing([words.spelt(name) for name in listed], last)

    return {
        "types": names(stated["establishment_types"], "and"),
        "phases": {phase: names(listed) for phase, listed in stated["phases"].items()},
        "inherits": [inherited(what, types) for what, types in stated["inherits"].items()],
    }


def inherited(what: str, types: str | list[str]) -> str:
    """Return for which successors results, or an inspection, under a predecessor's number count. `types`: of these."""
    subject, one = ("An inspection", True) if what == "inspection" else ("Results", False)
    made = f"{subject} made under a predecessor’s number {'counts' if one else 'count'} for"
    if types == "all":
        return f"{made} its successor."
    if not types:
        return f"{made} no successor: each school stands by its own number alone."
    return f"{made} a successor that is an {words.listing(map(words.spelt, types), 'or')}; any other starts without."


def radius(run: ReportRun, phase: str) -> dict:
    """Return the radius of a phase, its basis and the reason; one that the config sets is said to be so."""
    stated, used = run.method["radius_miles"][phase], run.radius(phase)
    by_method, own = used == stated["value"], words.miles(stated["value"])
    return {
        "phase": phase,
        "miles": words.miles(used),
        "metres": words.number(used * METRES_PER_MILE),
        "basis": stated["basis"] if by_method else "set in config.yaml",
        "reason": stated.get("reason", "") if by_method else f"The method’s own radius is {own}.",
    }


def travel(run: ReportRun, phase: str) -> dict:
    """Return of a phase within how many minutes partners are, basis and reason, and of how many a time decided."""
    stated, used = run.method.get("travel_minutes", {}).get(phase), run.travel_minutes(phase)
    pairs = run.summary["pairs_judged"].get(phase, {"by_time": 0, "by_line": 0})
    by_method = stated is not None and used == stated["value"]
    return {
        "phase": phase,
        "minutes": words.minutes(used),
        "basis": stated["basis"] if by_method else "set in config.yaml",
        "reason": stated.get("reason", "") if by_method else "",
        "by_time": words.number(pairs["by_time"]),
        "pairs": words.number(sum(pairs.values())),
    }


def _against(stated):
    """What a condition compares with: as thresholds.csv has it of a value, or the quantile."""
    return stated["quantile"] if "quantile" in stated else show(stated["value"])


def criteria(run: ReportRun) -> dict[str, list[dict]]:
    """Return the criteria by group: label, tests as trees of conditions in words, and what they are taken from."""
    used = {}
    for row in run.thresholds.to_dict("records"):
        against = row["quantile"] if words.known(row["quantile"]) else row["threshold"]
        used[row["criterion"], row["phase"], row["measure"], row["is"], against] = row
    out = {group: [] for group in run.groups}
    for name, criterion in run.method["criteria"].items():
        tests = {}
        for phase, test in criterion["test"].items():
            given = set()  # reasons given so far; each is given once

            def in_words(stated, name=name, phase=phase, given=given):
                row = used.get((name, phase, stated["measure"], stated["is"], _against(stated)), {})
                return condition(run, phase, stated, row, given)

            tests[f"{words.capital(phase)} schools"] = tree(test, in_words)
        if len(tests) > 1 and len({json.dumps(test) for test in tests.values()}) == 1:
            tests = {"Both phases": next(iter(tests.values()))}
        cited = dict.fromkeys((c["basis"], c["source"]) for n, c in iter_conditions(run.method) if n == name)
        stated, linked = run.method["sources"], run.facts["sources"]
        sources = [
            {"basis": basis, "text": stated[source], "url": linked.get(source, {}).get("url")}
            for basis, source in cited
        ]
        named = {"name": name, "label": criterion["label"], "note": criterion.get("note")}
        out[criterion["group"]].append({**named, "tests": tests, "sources": sources})
    return out


def conditions(run: ReportRun) -> Table:
    """Return the table of all conditions: of how many schools each holds, does not, or is not known."""
    stated = {}
    for phase in run.phases:
        for name, one in iter_conditions(run.method, phase):
            stated[name, phase, one["measure"], one["is"], _against(one)] = one

    def text(row):
        key = (row["criterion"], row["phase"], row["measure"], row["is"])
        against = row["quantile"] if words.known(row["quantile"]) else row["threshold"]
        return condition(run, row["phase"], stated[*key, against], {}, set())["text"]

    columns = (
        Column("Criterion", lambda row: run.label(row["criterion"])),
        Column("Phase", "phase", words.capital),
        Column("Condition", text, kind="wide"),
        *(count(says, f"schools_{word}", above="Schools") for word, says in HOLDS.items()),
    )
    rows = run.thresholds[run.thresholds["phase"].isin(list(run.phases))].to_dict("records")
    caption, file = "Of how many schools each condition holds", run.link("classified/thresholds.csv")
    return table("conditions", caption, columns, rows, download=file)


def tree(test: dict, in_words) -> dict:
    """Return a test as nested dicts: {head, parts}, or what `in_words` makes of a condition."""
    if "measure" in test:
        return in_words(test)
    if "at_least" in test:
        head, parts = f"At least {words.in_words(test['at_least'])} of:", test["of"]
    else:
        head, parts = ("All of:", test["all"]) if "all" in test else ("Any of:", test["any"])
    return {"head": head, "parts": [tree(part, in_words) for part in parts]}


def condition(run: ReportRun, phase: str, stated: dict, used: dict, given: set) -> dict:
    """Return a condition: its text, basis, reason where it has one, and what there is to say of it in this release.

    `stated`: of the method. `used`: its row of thresholds.csv. `given`: reasons given so far, to which it adds.
    """
    value, notes = stated.get("value"), []
    label, unit = run.measures.label(phase, stated["measure"]), run.measures.unit(phase, stated["measure"])
    available = bool(used.get("available", True))
    compared = f"{label}: {COMPARISONS[stated['is']]}"
    if "quantile" in stated:
        text = f"{compared}{words.quantile(stated['quantile'])} of the population"
        if available and words.known(used.get("threshold")):
            counted = words.number(used["schools_with_value"])
            here = with_unit(float(used["threshold"]), unit, 2) + extent(used)
            notes.append(f"here {here}, from {counted} schools with a figure")
    elif isinstance(value, bool):
        text = label if value else f"Not: {label[:1].lower()}{label[1:]}"
    else:
        values = [with_unit(one, "") for one in (value if isinstance(value, list) else [value])]
        text = f"{compared}{with_unit(words.listing(values, 'or'), unit)}"
    if not available:
        left_out = stated.get("if_absent") == "ignore"
        notes.append("this release lacks it: " + ("left out of the test" if left_out else "not assessable"))
    reason = None if stated.get("reason") in given else stated.get("reason")
    given.add(reason)
    return {"text": text, "basis": stated["basis"], "reason": reason, "notes": notes}


def extent(used: dict) -> str:
    """Return the least and the most that a threshold can be, ` (48 to 56, with what is missing)`; blank where alike."""
    if not words.known(used["threshold_least"]):
        return ""
    ends = [float(used[f"threshold{end}"]) for end in ("", "_least", "_most")]
    figure, least, most = (words.number(end, 2) if math.isfinite(end) else words.NOTHING for end in ends)
    if least == words.NOTHING:
        said = "any value" if most == least else f"{most} or less"
    else:
        said = words.bounds(figure, least, most, " to ")
    return f" ({said}, with what is missing)" if said else ""
