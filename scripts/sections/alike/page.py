"""Which partners are alike by the method's parts of likeness, of urban and of rural schools too, and whose they are."""

from lib import likeness, words
from lib.area_columns import NOT_STATED
from lib.report_areas import areas_table
from lib.report_run import ReportRun, of_level, of_phase
from lib.report_table import Column, Table, count, table
from sections.alike import trusts

TITLE = "Alike?"


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    matched = [phase for phase in run.phases if not words.nothing_to_match(phase, *need(run, phase))]
    said = [words.nothing_to_match(phase, *need(run, phase)) for phase in run.phases]
    settings = stated_settings(run)
    return {
        "parts": parts(run.method["alike"]),
        "nothing": [sentence for sentence in said if sentence],
        "phases": {
            phase: {"sentences": sentences(run, phase), "regions": alike_table(run, phase)} for phase in matched
        },
        "incomplete": any(run.incomplete(phase) for phase in matched),
        "counts": parts_table(run, matched) if matched else None,
        "settings": {phase: areas_table(run, "urban_rural", phase) for phase in run.phases} if settings else {},
        "between": [between(phase, of_phase(run.urban_rural, phase), run.within(phase)) for phase in run.phases],
        "trusts": [trusts.sentences(run, phase) for phase in matched],
        "by_trust": trusts.largest(run),
    }


def need(run: ReportRun, phase: str) -> tuple[int, int]:
    """Return how many schools of a phase are in need, and how many of these have coordinates."""
    facts = run.phases[phase]
    return facts["in_need"], facts["in_need"] - facts["in_need_without_coordinates"]


def stated_settings(run: ReportRun) -> bool:
    """Whether the register says of any school whether it is urban or rural."""
    return bool(run.urban_rural["area"].ne(NOT_STATED).any())


def parts(stated: dict[str, list[dict]]) -> list[dict]:
    """Return the parts of likeness, each once: label, basis, reason, and of which phase it is asked, blank for both.

    `stated`: of the method, {phase: parts}.
    """
    asked = {}
    for phase, listed in stated.items():
        for part in listed:
            asked.setdefault(part["label"], {**part, "phases": []})["phases"].append(phase)
    return [
        {**part, "only": words.listing(part["phases"]) if set(part["phases"]) < set(stated) else ""}
        for part in sorted(asked.values(), key=lambda part: len(part["phases"]), reverse=True)
    ]


def sentences(run: ReportRun, phase: str) -> list[str]:
    """Return what is to be said of the likeness of a phase; first what cannot be known."""
    (row,) = of_level(run.support, "england", phase)
    return [*run.caveats.texts("likeness_unknown", phase), *medians(phase, row, run.within(phase))]


def medians(phase: str, row: dict, within: str) -> list[str]:
    """How many partners are near and how many alike, and how many schools in need have none that is alike.

    `row`: of England in aggregated/support.csv. Where it is not known, from those known to be to those that may be.
    """
    least, most = row["median_alike_lower"], row["median_alike_upper"]
    near = f"{words.about(row['median_partners'])} {words.plural(max(row['median_partners'], 1), 'partner')}"
    said = f"The median {phase} school in need has {near} {within}; {_are(least)}"
    said += f" known to be alike, and {words.about(most)} may be." if most > least else " alike."
    few, many, none = row["without_alike_lower"], row["without_alike_upper"], row["without_partner"]
    of = words.schools(row["in_need"], phase, "in need")
    beside = f"; {words.number(none)} of these {words.plural(none, 'has', 'have')} no partner at all" if none else ""

    def have(count):
        return f"({words.percent(count / row['in_need'])}) {words.plural(count, 'has', 'have')} none that"

    if few == many:
        return [said, f"{words.number(few)} of {of} {have(few)} is alike{beside if few else ''}."]
    possible = f"{words.number(few)} of {of} {have(few)} may be alike{beside if few else ''}."
    if many == row["in_need"]:
        return [said, possible, "None has one that is known to be."]
    return [said, possible, f"{words.number(many)} {have(many)} is known to be."]


def _are(count):
    return f"{words.about(count) if count else 'none'} {'is' if count <= 1 else 'are'}"


def span(row: dict, key: str) -> str:
    """The least and the most of a column, printed as one."""
    return words.span(row[f"{key}_lower"], row[f"{key}_upper"])


def alike_table(run: ReportRun, phase: str) -> Table:
    """Return the table of partners near and alike by region; below it urban and rural schools, and England."""
    regions = of_level(run.support, "regions", phase)
    settings = [row for row in of_level(run.support, "urban_rural", phase) if row["area"] != NOT_STATED]
    near, alike = f"Partners {run.within(phase)}, median", "In need, without a partner"
    columns = (
        Column("Region", "area"),
        count("In need, with coordinates", "in_need"),
        Column("near", "median_partners", lambda value: words.number(value, 1), "number", above=near),
        Column("alike", lambda row: span(row, "median_alike"), kind="number", above=near),
        count("near", "without_partner", above=alike),
        Column("alike", lambda row: span(row, "without_alike"), kind="number", above=alike),
    )
    return table(
        f"alike-{phase}",
        f"Partners of {phase} schools in need, near and alike, by region",
        columns,
        regions,
        [*settings, *of_level(run.support, "england", phase)],
        note="Two figures of what is alike: of those known to be, and of those that may be, where it is not known.",
        filters=(("Rows:", f"phase == '{phase}' and level in ('regions', 'urban_rural', 'england')"),),
        download=run.link("aggregated/support.csv"),
        sort=True,
    )


def parts_table(run: ReportRun, phases: list[str]) -> Table:
    """Return the table of the parts: pairs that are alike, not alike, not known; schools of which it is known."""
    labels = {part["id"]: part["label"] for listed in run.method["alike"].values() for part in listed}
    rows = [row for phase in phases for row in of_phase(run.likeness, phase)]
    columns = (
        Column("Phase", "phase", words.capital),
        Column("Part", lambda row: labels.get(row["part"], likeness.ALL_PARTS), kind="wide"),
        count("alike", "alike", above="Pairs"),
        count("not alike", "not_alike", above="Pairs"),
        count("not known", "not_known", above="Pairs"),
        count("known", "schools_known", above="Schools of which the attribute is"),
        count(
            "not known", lambda row: row["schools"] - row["schools_known"], above="Schools of which the attribute is"
        ),
    )
    totals = frozenset(place for place, row in enumerate(rows) if row["part"] == likeness.ALL)
    caption = "Pairs of a school in need and a partner, by each part of likeness"
    return table(
        "likeness",
        caption,
        columns,
        rows,
        totals=totals,
        note="Schools: in need or high-performing. A pair of which one part is known not to hold is not alike, "
        "whatever is not known of it.",
        download=run.link("aggregated/likeness.csv"),
    )


def between(phase: str, rows: list[dict], within: str) -> str:
    """How the median of partners differs between urban and rural schools; blank where there are not both.

    `rows`: of aggregated/urban_rural.csv.
    """
    medians = {row["area"]: row["median_partners"] for row in rows if words.known(row["median_partners"])}
    medians.pop(NOT_STATED, None)
    if len(medians) < 2:
        return ""
    (one, few), (other, many) = medians.items()
    few = f"{words.about(few)} {words.plural(max(few, 1), 'partner')}"
    many = words.about(many) if many else "none"
    return f"The median {one.lower()} {phase} school in need has {few} {within}, the median {other.lower()} one {many}."
