"""The headline: how many schools and partners within what bounds, four numbers a phase, what is not known."""

import decimal
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lib import words
from lib.caveats import NOTABLE
from lib.domain import PHASES
from lib.report_run import ReportRun, mostly_unknown
from lib.report_table import Column, Table, table

TITLE = "In short"
PARTNERS = ("median_partners", "in_need_without_partner")
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
        group: [c["label"] for c in run.method["criteria"].values() if c["group"] == group] for group in run.groups
    }
    told = beside(run.published.to_dict("records")) if run.published["evidence"].ne("none").any() else []
    return {
        "definition": definition(by_group, {phase: facts["both"] for phase, facts in run.phases.items()}),
        "met_by_none": met_by_none(run),
        "partnered": run.partnered,
        "timed": "travel_minutes" in run.summary,
        "lede": [*(lede(run, phase) for phase in PHASES), *one_each(run)],
        "numbers": {phase: numbers(run, phase) for phase in run.phases},
        "beside": [*told, run.method.get("fitted", "")] if told else [],
        "ruled_out": bool(told) and taken_is_ruled_out(run),
        "fewer": fewer(run.phases, run.groups),
        "missing_here": any(number.missing_here for phase in run.phases for number in numbers(run, phase)),
        "bounds": any(run.incomplete(phase) for phase in run.phases),
        "unplaced": run.caveats.shorts("not_assessable"),
        "unknown": unknown(run),
        "relaxed": relaxed(run),
        "nobodys": nobodys(run),
        "study": run.study,
        "published": not run.published.empty,
        "beside_study": run.published["statistic"].notna().any(),  # not official counts of single criteria alone
        "origins": origins(run),
    }


def unknown(run: ReportRun) -> Table | None:
    """Return the table of the criteria that could not be assessed for some schools, and why; None where all could."""
    columns = (
        Column("Criterion", lambda row: run.label(row["criterion"]), kind="wide"),
        Column("Phase", "phase", words.capital),
        Column("Schools", "count", words.number, "number"),
        Column("%", lambda row: row["count"] / row["of"], words.tenths, "number"),
        Column("Why not", "short", kind="wide"),
    )
    rows = run.caveats.rows("criterion_unknown")
    caption = "Schools of which a criterion could not be assessed"
    return table("unknown", caption, columns, rows, download=run.link("classified/unknown.csv")) if rows else None


def relaxed(run: ReportRun) -> list[str]:
    """Return a sentence a criterion that is tested without a condition, since the files lack its measure."""
    out = []
    by_criterion = itertools.groupby(
        sorted(run.caveats.rows("condition_relaxed"), key=lambda row: row["criterion"]), lambda row: row["criterion"]
    )
    for criterion, rows in by_criterion:
        rows, most = list(rows), {}
        lacking = dict.fromkeys(run.measures.what_is_lacking(row["phase"], row["measure"]) for row in rows)
        for row in rows:
            most[row["phase"]] = most.get(row["phase"], 0) + row["count"]
        counted = words.listing(words.schools(count, phase) for phase, count in most.items())
        # Figures for “a”, figures for “b”: said once.
        first, *more = lacking
        named = words.listing([first, *(what.removeprefix("figures for ") for what in more)])
        out.append(
            f"“{run.label(criterion)}” is tested without {named}: {counted} at most might come out otherwise with them."
        )
    return out


def nobodys(run: ReportRun) -> list[str]:
    """Return what is to be said of high-performing schools without coordinates, where they are many."""
    rows = run.caveats.rows("without_coordinates", group="high_performing")
    return [row["text"] for row in rows if row["count"] / row["of"] >= NOTABLE]


def definition(criteria: dict[str, list[str]], both: dict[str, int]) -> str:
    """When a school is of which group. `criteria`: {group: labels}. `both`: {phase: schools that are of both}."""

    def any_of(group):
        quoted = words.listing([f"“{label}”" for label in criteria[group]], "or")
        return f"{'the criterion' if len(criteria[group]) == 1 else 'any of the criteria'} {quoted}"

    counted = words.listing(words.schools(count, phase) for phase, count in both.items() if count)
    said = [f"is {name} if it meets {any_of(group)}." for group, name in _in_full(criteria).items()]
    said = [f"{whose} {what}" for whose, what in zip(("A school", "It"), said, strict=False)]
    if len(said) > 1:
        said.append(f"A school that is both counts as in need{f' ({counted})' if counted else ''}.")
    return " ".join(said)


def _in_full(groups):
    return {group: name for group, name in words.GROUPS_IN_FULL.items() if group in groups}


def met_by_none(run: ReportRun) -> str:
    """Which criteria no school is known to meet for want of a measure, or of any school that could be assessed.

    Blank where there is none. What the answer says already of a phase, see `assessed_of_none`, is not told again.
    """
    lacked = run.thresholds[~run.thresholds["available"] & run.thresholds["if_absent"].isna()]
    found = {}
    for row in run.criteria.to_dict("records"):
        phase, label = row["phase"], run.label(row["criterion"])
        measures = lacked.loc[(lacked["criterion"] == row["criterion"]) & (lacked["phase"] == phase), "measure"]
        unmet = not row["met"] and row["not_assessable"] and (len(measures) or not row["not_met"])
        if unmet and f"“{label}”" not in assessed_of_none(run, phase):
            lacking = [run.measures.what_is_lacking(phase, measure) for measure in measures]
            found.setdefault(label, {})[phase] = lacking
    return no_school_meets(
        [
            (label, [] if len(of) == len(run.phases) else list(of), list(dict.fromkeys(sum(of.values(), []))))
            for label, of in found.items()
        ]
    )


def no_school_meets(criteria: list[tuple[str, list[str], list[str]]]) -> str:
    """Say which criteria no school is known to meet. Of each: label, phases, none for all, and what the files lack."""
    parts = []
    for label, phases, lacking in criteria:
        notes = [words.listing(phases)] if phases else []
        notes += [f"these files lack {words.listing(lacking)}"] if lacking else []
        parts.append(f"“{label}” ({'; '.join(notes)})" if notes else f"“{label}”")
    return f"No school is known to meet {words.listing(parts, 'or')}, though some may." if parts else ""


def fewer(phases: dict[str, dict], of: Iterable[str]) -> str:
    """Why fewer schools may be high-performing than are counted; blank where that cannot be."""
    could = [facts["bounds"]["high_performing"][0] < facts["share_high_performing"] for facts in phases.values()]
    if len(list(of)) < len(words.GROUPS) or not any(could):
        return ""
    return (
        "Fewer schools may be high-performing than are counted: of some of these it is not known whether they are in "
        "need as well, and a school that is both counts as in need."
    )


def taken_is_ruled_out(run: ReportRun) -> bool:
    """Whether the section on readings, by its own bounds, rules out the reading that the method takes."""
    if run.readings is None:
        return False
    rows = run.readings.rows
    taken = rows[(rows["group"] == "joint") & rows["marked"].fillna("").str.split(";").map(lambda m: "chosen" in m)]
    return bool(len(taken)) and not taken["possible"].any()


def lede(run: ReportRun, phase: str) -> str:
    """Return the answer for a phase: how many schools are in each group, how many partners those in need have."""
    facts = run.phases.get(phase)
    if not facts or not facts["schools"]:
        return f"This release has no {phase} schools."
    said = f"{groups(phase, facts, run.groups)}{assessed_of_none(run, phase)}"
    return f"{said} {partners(phase, facts, run.within(phase))}" if run.partnered else said


def assessed_of_none(run: ReportRun, phase: str) -> str:
    """Which criteria could be assessed for no school of a phase of which most is unknown; blank where there is none."""
    rows = run.caveats.rows("criterion_unknown", phase=phase)
    without = [f"“{run.label(row['criterion'])}”" for row in rows if row["count"] == row["of"]]
    if not without or not mostly_unknown(run.phases[phase], run.groups):
        return ""
    named = words.listing(without, "or")
    return f" No {phase} school could be assessed on {named}."


def one_each(run: ReportRun) -> list[str]:
    """Return in one sentence how many schools in need can have a partner of their own; none where nobody is matched."""
    if not run.partnered:
        return []
    england = run.pairing[run.pairing["level"] == "england"]
    rows = england[england["most_per_helper"] == england["most_per_helper"].min()].to_dict("records")
    extents = {row["phase"]: run.in_need_extent(row["phase"]) for row in rows}
    return [said] if (said := paired(rows, extents)) else []


def paired(rows: list[dict], extents: dict[str, str]) -> str:
    """How many schools in need can be paired, if each partner takes the fewest schools that the method states.

    `rows`: of England in aggregated/pairing.csv, one a phase; blank where no school in need has coordinates.
    `extents`: {phase: how few and how many of them there can be}, blank where it is known.
    """
    parts, could = [], []
    for row in rows:
        placed, count = row["in_need"] - row["without_coordinates"], row["paired"]
        if placed:
            figure = words.or_none(count)
            share = words.percent(count / placed)
            parts.append(f"{figure} of {words.schools(placed, row['phase'], 'in need')} ({share})")
            if end := bounds(count, (row["paired_lower"], row["paired_upper"]), words.number):
                extent = extents[row["phase"]]
                could.append(f"{end} of {extent} in need" if extent else end)
    if not parts:
        return ""
    most = words.in_words(rows[0]["most_per_helper"])
    said = f"If each partner takes no more than {most}, {words.listing(parts)} can have one with room for them"
    return f"{said}; with what is not known it could be {words.listing(could)}." if could else f"{said}."


def groups(phase: str, facts: dict, of: Iterable[str] = words.GROUPS) -> str:
    """How many schools of a phase are high-performing, how many in need, and within what bounds.

    `facts`: the phase in summary.json, with schools. `of`: the groups that the method has criteria of.
    """
    counted, could = [], []
    for group, name in _in_full(of).items():
        count, bounds = facts[group], share_bounds(facts, group)
        figure = f"{words.number(count)} ({words.percent(facts[f'share_{group}'])})" if count else "none"
        is_one = "is" if count < 2 else "are"
        counted.append(f"{figure} {is_one} {'counted as ' if bounds else ''}{name}")
        could += [bounds] if bounds else []
    schools = words.schools(facts["schools"], phase)
    said = f"Of {schools}, {words.listing(counted)}"
    if open_ := mostly_unknown(facts, of):
        whether = words.listing((words.GROUPS_IN_FULL[group] for group in open_), "or")
        said = f"Of most of {schools} it is not known whether they are {whether}: {words.listing(counted)}"
    could = [f"{could[0]} of each"] if len(could) > 1 and len(set(could)) == 1 else could
    return f"{said}; with what is not known it could be {words.listing(could)}." if could else f"{said}."


def share_bounds(facts: dict, group: str) -> str:
    """Return between which shares a group lies: 21% to 47%; blank where that is the figure. `facts`: of a phase."""
    return bounds(facts[f"share_{group}"], facts["bounds"][group], words.percent)


def bounds(value, ends: Iterable, printed: Callable) -> str:
    """Return the bounds of a figure as `printed` prints them, blank where both are as the figure."""
    return words.bounds(*map(printed, (value, *ends)), " to ")


def partners(phase: str, facts: dict, within: str) -> str:
    """How many partners the schools in need of a phase have, how many have none, and within what bounds.

    `within`: how near, in words: within 5 miles.
    """
    placed, median = facts["in_need"] - facts["in_need_without_coordinates"], facts["median_partners"]
    without = facts["in_need_without_partner"]
    if nothing := words.nothing_to_match(phase, facts["in_need"], placed):
        return nothing
    of = f"{words.number(without)} of {words.number(placed)} ({words.percent(without / placed)})"
    could = {key: bounds(facts[key], facts["bounds"][key], partners_printed) for key in PARTNERS}
    could = {key: f", but it could be {text}" if text else "" for key, text in could.items()}
    return (
        f"The median {phase} school in need has {words.about(median)} "
        f"{words.high_performing_schools(phase, median)} {within}{could['median_partners']}; {of} "
        f"{words.plural(without, 'has', 'have')} none{could['in_need_without_partner']}."
    )


def partners_printed(value) -> str:
    """A number of partners, or of schools without, with its decimal where it has one."""
    return words.number(value, 1)


@dataclass(frozen=True)
class Number:
    """One of the four numbers of a phase, in words: bounds, denominator, published counterpart, and what it rests on.

    `group`: that the number is of, blank for both. `bounds`, `missing_here`: blank where there is nothing unknown, or
    nothing that nobody could assess. `sign`: `agrees`, `differs` or `open`, see `compared`.
    """

    group: str
    value: str
    label: str
    bounds: str
    missing_here: str
    of: str
    published: str
    verdict: str
    sign: str
    rests_on: str


def numbers(run: ReportRun, phase: str) -> list[Number]:
    """Return the numbers of a phase: the share of each group, the median of partners, those without a partner."""
    facts, within = run.phases[phase], run.within(phase)
    placed, without = facts["in_need"] - facts["in_need_without_coordinates"], facts["in_need_without_partner"]
    of_all = words.schools(facts["schools"], phase)
    of_placed = words.schools(placed, phase, f"{'' if facts['in_need'] else 'known to be '}in need with coordinates")
    out = []

    def add(row, text, value, ends, label, of, group="", rests_on=""):
        could = bounds(value, ends, text)
        upper = row["upper_missing_here"] if row and could and row["kind"] != "count" else None
        upper = text(float(upper) / (100 if row["kind"] == "share" else 1)) if words.known(upper) else text(ends[1])
        here = f"at most {upper}, leaving aside schools that nobody could assess" if upper != text(ends[1]) else ""
        out.append(Number(group, text(value), label, could and f"could be {could}", here, of, *compared(row), rests_on))

    for group, name in _in_full(run.groups).items():
        row = run.published_row(phase, statistic=f"share_{group}") or run.published_row(phase, statistic=group)
        label = f"are {run.caveats.counted_as(group, phase)}{name}"
        of = f"{words.number(facts[group])} of {of_all}"
        add(row, words.percent, facts[f"share_{group}"], facts["bounds"][group], label, of, group)
    if not run.partnered:
        return out
    row, median = run.published_row(phase, statistic="median_partners"), facts["median_partners"]
    chosen = "The radius was chosen to give the published figure." if row and run.radius_is_reconstructed(phase) else ""
    ends, label = facts["bounds"]["median_partners"], f"{words.plural(median, 'partner')} {within}"
    add(row, partners_printed, median, ends, label, f"the median of {of_placed}", rests_on=chosen)
    row = run.published_row(phase, statistic="in_need_without_partner")
    ends, label = (
        facts["bounds"]["in_need_without_partner"],
        f"in need {words.plural(without, 'has', 'have')} no partner {within}",
    )
    of = f"{words.percent(without / placed)} of {of_placed}" if placed else f"of {of_placed}"
    add(row, partners_printed, without, ends, label, of)
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
    worth = {"none": "; no evidence", "partial": ", but not like for like"}.get(row["evidence"], "")
    if depends(row):
        return published, *within_bounds(row)
    sign = "agrees" if row["agrees"] else "differs"
    verdict = "same figure" if row["agrees"] and row["evidence"] == "none" else sign
    if not row["agrees"] and row["kind"] != "claim":
        # Of the figures as they are printed, so that the reader can subtract.
        printed = words.rounded(row["reproduced"], 1 if row["kind"] == "median" else 0)
        gap = printed - decimal.Decimal(str(row["published"]))
        unit = f" {words.plural(abs(gap), 'point')}" if row["kind"] == "share" else ""
        verdict = f"{words.number(abs(gap), 1)}{unit} {'higher' if gap > 0 else 'lower'} here"
    return published, f"{verdict}{worth}", "open" if worth else sign


def depends(row: dict) -> bool:
    """Whether the run's figure depends on what is unknown. `row`: of compared/published.csv."""
    return bool(words.known(row["inside"]) and row["lower"] != row["upper"])


def within_bounds(row: dict) -> tuple[str, str]:
    """What a comparison says of a figure that depends on what is unknown: (verdict, sign)."""
    if not row["inside"]:
        verdict = "outside the bounds"
    elif row["agrees"]:
        verdict = "same figure" if row["evidence"] == "none" else "agrees as counted"
    else:
        with_what = (
            "only with schools that nobody could assess" if beyond_these_files(row) else "with what is not known"
        )
        verdict = f"differs, but possible {with_what}"
    no_evidence = row["evidence"] == "none"
    return f"{verdict}{'; no evidence' * no_evidence}", "open" if row["inside"] or no_evidence else "differs"


def beyond_these_files(row: dict) -> bool:
    """Whether a published figure is above what would come out if all that only these files lack were met."""
    upper = row["upper_missing_here"]
    return words.known(upper) and float(row["published"]) > float(upper) + (0.5 if row["kind"] == "share" else 0)


def beside(rows: list[dict]) -> list[str]:
    """Which figures of the study lie outside the bounds, and which of its statements do not hold.

    `rows`: of compared/published.csv. Official counts of single criteria are not told here.
    """
    rows = [row for row in rows if not words.known(row["criterion"]) and words.known(row["reproduced"])]
    claims = [row for row in rows if row["kind"] == "claim"]
    figures = [row for row in rows if row["kind"] != "claim" and depends(row)]
    out = []
    if figures:
        outside = [row for row in figures if not row["inside"]]
        n = f"{words.in_words(len(figures))} published {words.plural(len(figures), 'figure')}"
        lie = "lies" if len(figures) == 1 else "all lie"
        named = words.listing(f"{row['label']} ({_against(row)})" for row in outside)
        some = f"{words.in_words(len(outside))} {words.plural(len(outside), 'lies', 'lie')} outside the bounds"
        told = f"Of the {n}, {some}: {named}."
        out.append(told if outside else f"The {n} {lie} within the bounds.")
    failed = [row for row in claims if not row["agrees"]]
    if failed:
        named = words.listing(f"“{row['label']}”" for row in failed)
        could = all(str(row["upper"]).lower() == "true" for row in failed)
        hold = len(claims) - len(failed)
        how = words.out_of(hold, len(claims), words.plural(len(claims), "statement"))
        fail = f"By what is counted, {how} {words.plural(max(hold, 1), 'holds', 'hold')}; not so {named}"
        out.append(f"{fail}{', though with what is not known it could be' if could else ''}.")
    elif claims:
        sure = all(str(row["lower"]).lower() == "true" for row in claims)
        how = f"{words.in_words(len(claims))} {words.plural(len(claims), 'statement holds', 'statements hold')}"
        out.append(f"By what is counted, the {how}{'' if sure else '; with what is not known it could be otherwise'}.")
    return out


def _against(row):
    """The published figure and the bounds that it lies outside of."""
    most, least = (words.statistic(row["kind"], row[end]) for end in ("upper", "lower"))
    below = float(row["published"]) < float(row["lower"])
    limit = f"at least {least}" if below else f"at most {most}"
    return f"published {words.statistic(row['kind'], row['published'])}, here {limit}"


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
        if run.partnered or key in ("schools", "in_need", "high_performing", "not_assessable")
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
