"""What the study most likely counted: which readings of its words its numbers rule out, and which they fit."""

import itertools

from lib import words
from lib.domain import CRITERION_GROUPS
from lib.readings import dimensions
from lib.report_run import ReportRun, TriedReadings
from lib.report_table import Column, Table, table

TITLE = "What did the study most likely count?"
BEST = 10  # readings in the table
TO_SETTLE = {
    "nfer_publication_page": "Appendix A of the study, with its thresholds",
    "nfer_press_release": "notes 2 to 4 of the press release",
}
OF_NEED = ("combination", "grades", "who")


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    tried, published = run.readings, statistics(run.facts)
    joint = tried.rows[tried.rows["group"] == "joint"].to_dict("records")
    # The marked readings stand in the table whether they are among the best or not.
    best, phases = joint[: tried.stated["best"]], list(run.phases)
    values = {
        group: {key: published[i]["value"] for key, i in tried.stated["published"][group].items()}
        for group in CRITERION_GROUPS
    }
    of_group = {group: tried.rows[tried.rows["group"] == group].to_dict("records") for group in CRITERION_GROUPS}
    return {
        "synthetic": synthetic(run.summary["synthetic"]),
        "tried": how_many(tried.tried.to_dict("records")),
        "open": list(dimensions(tried.stated).values()),
        "literal": [
            marked(group, row, values[group], phases)
            for group, rows in of_group.items()
            for row in rows
            if "literal" in marks(row)
        ],
        "ruled_out": ruled_out(of_group["in_need"], tried.stated),
        "forms": forms_ruled_out(of_group["high_performing"], tried.stated),
        "best": best_table(tried, best[:BEST], run),
        "chance": chance(best, tried.tried.to_dict("records")),
        "chosen": chosen(joint, tried.tried.to_dict("records")),
        "claims": claims(best, list(tried.stated["published"]["claims"])),
        "radius": radius(best, {p: published[i]["value"] for p, i in tried.stated["published"]["partners"].items()}),
        "checks": [
            check(one, name, of_group["in_need"], published, run, phases)
            for name, one in tried.stated.get("checks", {}).items()
        ],
        "quantiles": quantile_table(tried, run),
        "estimates": [estimate["words"] for estimate in tried.stated["estimates"]],
        "sources": [
            {"text": f"{says} ({run.facts['sources'][name]['title']})", "url": run.facts["sources"][name].get("url")}
            for name, says in TO_SETTLE.items()
        ],
    }


def statistics(facts: dict) -> dict[str, dict]:
    """Return {id: statistic} of the file of published figures."""
    return {one["id"]: one for part in facts.values() if isinstance(part, list) for one in part}


def marks(row: dict) -> list[str]:
    """Return what a row is known as."""
    return str(row["marked"]).split(";") if words.known(row["marked"]) else []


def synthetic(is_synthetic: bool) -> str:
    """Return that nothing here speaks of the study, of a run on invented data."""
    return "The data are synthetic: which readings fit them says nothing about the study." if is_synthetic else ""


def how_many(tried: list[dict]) -> str:
    """Return how many readings were tried. `tried`: rows of readings/tried.csv."""
    said = {"high_performing": "of high-performing", "in_need": "of in need", "joint": "of both together"}
    counts = [f"{words.number(row['tried'])} readings {said[row['group']]}" for row in tried]
    return f"{words.listing(counts)} were tried."


def marked(group: str, row: dict, published: dict, phases: list[str]) -> str:
    """Return what a reading of a group gives beside what was published, and whether that lies within its bounds.

    `published`: {all, primary, secondary: value}, shares in percent.
    """
    parts = []
    for phase in phases:
        low, estimate, high = (row[f"{group}_{phase}_{end}"] for end in ("lower", "estimate", "upper"))
        parts.append(
            f"{words.percent(estimate, 1)}{between(low, high)} of {phase} schools (published: {published[phase]}%)"
        )
    total = f"{words.number(row[f'{group}_all_estimate'])} schools in all (published: {words.number(published['all'])})"
    verdict = "That cannot be ruled out" if row["possible"] else "That is ruled out"
    return (
        f"{words.capital(words.GROUPS[group])}, the words taken literally: {words.listing([*parts, total])}. {verdict}."
    )


def between(low: float, high: float) -> str:
    """Return the bounds of a share where they are printed apart: , between 19.2% and 27.0%,"""
    low, high = words.percent(low, 1), words.percent(high, 1)
    return "" if low == high else f", between {low} and {high},"


def ruled_out(rows: list[dict], stated: dict) -> list[str]:
    """Return the readings of in need that are possible under no URNs, denominator and floor, in words."""
    return none_possible(rows, OF_NEED, stated)


def forms_ruled_out(rows: list[dict], stated: dict) -> list[str]:
    """Return the ways in which leadership and results may combine that are possible under no other option."""
    return none_possible(rows, ("third_way",), stated)


def none_possible(rows: list[dict], names: tuple[str, ...], stated: dict) -> list[str]:
    """Return, in words, what options of some dimensions no possible reading takes."""
    option = option_words(stated)
    found = {}
    for row in rows:
        taken = tuple(row[name] if words.known(row[name]) else None for name in names)
        found[taken] = found.get(taken, False) or bool(row["possible"])
    out = [taken for taken, possible in found.items() if not possible]
    order = {name: list(option[name]) for name in names}
    out.sort(key=lambda taken: [order[n].index(t) if t else -1 for n, t in zip(names, taken, strict=True)])
    return ["; ".join(option[n][t] for n, t in zip(names, taken, strict=True) if t) for taken in out]


def option_words(stated: dict) -> dict[str, dict[str, str]]:
    """Return {dimension: {option: words}}."""
    return {name: {o["id"]: o["words"] for o in d["options"]} for name, d in dimensions(stated).items()}


def best_table(tried: TriedReadings, rows: list[dict], run: ReportRun) -> Table:
    """Return the table of the best readings of both groups."""
    option = option_words(tried.stated)
    short = {
        "third_way": "Third way to be high-performing",
        "high": "High",
        "combination": "In need",
        "grades": "Graded so",
    }
    short |= {
        "who": "Who",
        "floor": "Floor",
        "overlap": "A school that meets both",
        "urns": "URNs",
        "denominator": "Of",
    }
    varied = [name for name in option if len({row[name] for row in rows}) > 1 or name not in ("floor",)]

    def share(group, phase):
        ends = [f"{group}_{phase}_{end}" for end in ("estimate", "lower", "upper")]
        return lambda row: with_bounds(*(words.tenths(row[end]) for end in ends))

    def total(group):
        ends = [f"{group}_all_{end}" for end in ("estimate", "lower", "upper")]
        return lambda row: with_bounds(*(words.number(row[end]) for end in ends))

    columns = [Column("Misfit", "misfit", lambda value: words.fixed(value, 1), "number")]
    columns += [
        Column(short.get(name, name), name, lambda value, name=name: option[name].get(value, ""), "wide", optional=True)
        for name in varied
    ]
    for group, above in {"high_performing": "High-performing", "in_need": "In need"}.items():
        columns += [Column(f"{phase}, %", share(group, phase), kind="number", above=above) for phase in run.phases]
        columns.append(Column("schools", total(group), kind="number", above=above))
    columns += [
        Column("Possible", "possible", lambda value: "yes" if value else "no"),
        Column(
            "Also",
            lambda row: words.listing(tried.stated["marked"][m]["words"] for m in marks(row)),
            kind="wide",
            optional=True,
        ),
    ]
    return table(
        "readings",
        f"The {words.in_words(len(rows)) if len(rows) < 10 else len(rows)} readings nearest to the published numbers",
        columns,
        rows,
        note="Best estimate, and in brackets the bounds where they differ from it. Misfit: root of the sum of squares "
        "of what the best estimates miss of the published numbers, shares in points, totals in percent of all schools.",
        download=run.link("readings/readings.csv"),
    )


def with_bounds(estimate: str, low: str, high: str) -> str:
    """Return a figure with its bounds in brackets: 11.8 (10.3–22.5); without them where all are printed alike."""
    return estimate if low == high == estimate else f"{estimate} ({low}–{high})"


def chance(best: list[dict], tried: list[dict]) -> str:
    """Return how many come near among how many tried. `best`: joint rows, the nearest first."""
    if not best:
        return ""
    of_both = next(row for row in tried if row["group"] == "joint")
    possible = f"{words.number(of_both['possible']) if of_both['possible'] else 'none'}"
    are = words.plural(of_both["possible"], "is", "are")
    nearest, last = (words.fixed(row["misfit"], 1) for row in (best[0], best[-1]))
    return (
        f"Of {words.number(of_both['tried'])} readings of both groups, {possible} {are} possible, and the nearest "
        f"{words.number(len(best))} have a misfit between {nearest} and {last}: among so many, some come near by "
        "chance. Nearness is no proof."
    )


def chosen(joint: list[dict], tried: list[dict]) -> str:
    """Return which place the reading that is taken has among all, by nearness. `joint`: rows, the nearest first."""
    found = next((row for row in joint if "chosen" in marks(row)), None)
    if found is None:
        return ""
    nearer = sum(row["misfit"] < found["misfit"] for row in joint)
    misfit = f"whose misfit is {words.fixed(found['misfit'], 1)}"
    if not found.get("possible", True):
        misfit += ", and which strictly is ruled out too: it misses what was published by little, not by nothing"
    total = words.number(next(row["tried"] for row in tried if row["group"] == "joint"))
    if not nearer:
        return f"None of the {total} comes nearer than the reading that the method takes, {misfit}."
    if nearer == len(joint) - 1:
        return f"The reading that the method takes, {misfit}, is not among these."
    come = words.plural(nearer, "comes", "come")
    return f"{words.capital(words.in_words(nearer))} of the {total} {come} nearer than the reading taken, {misfit}."


def claims(best: list[dict], names: list[str]) -> str:
    """Return how many of the best readings meet the study's claims on regions, which did not choose them."""
    if not best:
        return ""
    met = sum(all(bool(row[name]) for name in names) for row in best)
    of = f"of the nearest {words.number(len(best))} readings"
    count = "each" if met == len(best) else words.number(met) if met else "none"
    meet = "meet" if 1 < met < len(best) else "meets"
    return (
        f"What the study says of regions and of London was not used to choose: {of}, {count} {meet} all "
        f"{words.in_words(len(names))} statements."
    )


def radius(best: list[dict], medians: dict[str, int]) -> str:
    """Return for how many of the best readings one radius gives the published medians in both phases, and which."""
    if not best:
        return ""
    fit = [row for row in best if words.known(row["radius_from"])]
    wanted = words.listing(f"{value} ({phase})" for phase, value in medians.items())
    if not fit:
        return f"Nor was the radius: by none of them does one radius give the published medians of partners, {wanted}."
    low, high = min(row["radius_from"] for row in fit), max(row["radius_to"] for row in fit)
    at = f"of {words.miles(low)}" if low == high else f"between {words.number(low, 1)} and {words.miles(high)}"
    return (
        f"Nor was the radius: by {words.number(len(fit))} of them a single radius {at} gives the published medians of "
        f"partners, {wanted}."
    )


def check(stated: dict, name: str, rows: list[dict], published: dict, run: ReportRun, phases: list[str]) -> str:
    """Return what another study counted by the same words, and what comes of them here."""
    row = next((row for row in rows if name in marks(row)), None)
    if row is None:
        return ""
    source = run.facts["sources"][stated["source"]]
    said = words.listing(in_words(published[i]) for i in stated["published"])
    here = words.listing(counted(row, phases))
    return f"{stated['words']} (“{source['title']}”): {said}. Here: {here}. Nothing was fitted to it."


def in_words(statistic: dict) -> str:
    """Return a published statistic as a sentence names it: 904 secondaries; one in seven primaries."""
    if statistic["kind"] == "count":
        named = {"primary": "primaries", "secondary": "secondaries"}.get(statistic["phase"], "schools")
        return f"{words.number(statistic['value'])} {named}"
    return str(statistic["value"])


def counted(row: dict, phases: list[str]) -> list[str]:
    """Return what a reading of in need counts, a phase each and in all: 14.7% of primary schools, …"""
    out = []
    for phase in phases:
        low, estimate, high = (row[f"in_need_{phase}_{end}"] for end in ("lower", "estimate", "upper"))
        count = words.number(estimate * row[f"{phase}_schools"])
        out.append(f"{count} {phase} schools or {words.percent(estimate, 1)}{between(low, high)}")
    everyone = sum(row[f"{phase}_schools"] for phase in phases)
    total = row["in_need_all_estimate"]
    return [
        *(part.rstrip(",") for part in out),
        f"{words.number(total)} or {words.percent(total / everyone, 1)} of all",
    ]


def quantile_table(tried: TriedReadings, run: ReportRun) -> Table:
    """Return at which quantile of attainment and progress each form comes to the published share."""
    option = option_words(tried.stated)
    wide = {}
    for row in tried.quantiles.to_dict("records"):
        wide.setdefault((row["third_way"], row["urns"]), {"third_way": row["third_way"], "urns": row["urns"]})[
            row["phase"]
        ] = row

    def at(phase):
        def text(row):
            found = row.get(phase)
            if found is None:
                return ""
            if words.known(found["top"]):
                return f"top {words.number(found['top'])}% ({words.percent(found['share'], 1)})"
            return f"never ({words.percent(found['least'], 1)} to {words.percent(found['most'], 1)})"

        return text

    columns = [
        Column("Third way to be high-performing", "third_way", option["third_way"].get, "wide"),
        Column("URNs", "urns", option["urns"].get, "wide"),
        *(Column(words.capital(phase), at(phase)) for phase in run.phases),
    ]
    order = list(itertools.product(option["third_way"], option["urns"]))
    rows = [wide[key] for key in sorted(wide, key=order.index)]
    return table(
        "reading-quantiles",
        "Which top of attainment and progress gives the published share of high-performing schools",
        columns,
        rows,
        note="Of all schools; best estimate in brackets. Never: what the smallest and the greatest top tried give.",
        download=run.link("readings/quantiles.csv"),
    )
