"""Who has partners nearby, and who has none: by region, by local authority and, if the config says so, by name."""

from collections.abc import Set

from lib import words
from lib.report_areas import areas_table
from lib.report_run import ReportRun, of_phase
from lib.report_table import Column, Table, table

TITLE = "Who has partners nearby, and who has none"


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    return {
        phase: {
            "sentences": sentences(run, phase),
            "authorities": areas_table(run, "local_authorities", phase),
            "named": named_table(run, phase),
        }
        for phase in run.phases
    }


def sentences(run: ReportRun, phase: str) -> list[str]:
    """Return what is to be said of the partners of a phase."""
    rows, incomplete = of_phase(run.regions, phase), run.incomplete(phase)
    out = [
        spread(phase, row["lower_quartile_partners"], row["upper_quartile_partners"], run.radius(phase), incomplete)
        for row in of_phase(run.england, phase)
    ]
    out += [region_partners(phase, rows, incomplete), without_partner_by_region(phase, rows, incomplete)]
    return [sentence for sentence in (*out, *run.caveats.texts("without_coordinates", phase)) if sentence]


def spread(phase: str, low, high, radius_miles: float, incomplete: Set[str] = frozenset()) -> str:
    """Between which numbers of partners the middle half of the schools in need lies. `low`, `high`: quartiles.

    `incomplete`: groups of which a criterion could be assessed for no school, here and below.
    """
    if not words.known(low) or not words.known(high):
        return ""
    within = f"within {words.miles(radius_miles)}"
    # Quartiles fall between schools; in a sentence there are no parts of partners.
    low, high = int(words.rounded(low)), int(words.rounded(high))
    whose = f"The middle half of {phase} schools {words.known_to_be('in_need', incomplete)}in need"
    if low == high:
        return f"{whose} all have {_partners(low, incomplete)} {within}."
    return f"{whose} have between {words.number(low)} and {words.number(high)} {_kind(incomplete)} partners {within}."


def region_partners(phase: str, rows: list[dict], incomplete: Set[str] = frozenset()) -> str:
    """Where the median number of partners is highest and lowest. `rows`: [{area, median_partners}]."""
    medians = {row["area"]: row["median_partners"] for row in rows if words.known(row["median_partners"])}
    none = [row["area"] for row in rows if not words.known(row["median_partners"])]
    if len(medians) < 2:
        return ""
    head = f"The median {phase} school {words.known_to_be('in_need', incomplete)}in need has"
    most, least = max(medians.values()), min(medians.values())
    tail = f" In {words.named(none)} there is no {phase} school in need to match." if none else ""
    top = words.named([area for area, median in medians.items() if median == most])
    low = words.named([area for area, median in medians.items() if median == least])
    fewest = f", but {words.about(least) if least else 'none'} in {low}" if least < most else ""
    return f"{head} {_partners(most, incomplete)} in {top}{fewest}.{tail}"


def without_partner_by_region(phase: str, rows: list[dict], incomplete: Set[str] = frozenset()) -> str:
    """Where the schools in need that have no partner are, and where every one has one.

    `rows`: [{area, in_need_without_partner, in_need_with_coordinates}].
    """
    placed = [row for row in rows if row["in_need_with_coordinates"]]
    without = {row["area"]: row["in_need_without_partner"] for row in placed if row["in_need_without_partner"]}
    if len(placed) < 2:
        return ""
    partner = f"{'known ' if 'high_performing' in incomplete else ''}partner"
    need = f"{words.known_to_be('in_need', incomplete)}in need"
    if not without:
        return f"In every region where a {phase} school is {need}, each has a {partner}."
    total, most = sum(without.values()), max(without.values())
    top = [area for area, count in without.items() if count == most]
    largest = words.plural(len(top), "the largest number is", "the largest numbers are")
    free = [row["area"] for row in placed if row["area"] not in without]
    tail = f"; in {words.named(free)} every one has a {partner}" if free else ""
    where = words.with_value(top, words.number(most))
    return f"Of the {words.number(total)} {phase} schools {need} without a {partner}, {largest} in {where}{tail}."


def _partners(count, incomplete):
    """Partners in a sentence: no possible partner, 4 known partners, between 2 and 3 possible partners."""
    return f"{words.about(count)} {_kind(incomplete)} {'partner' if count <= 1 else 'partners'}"


def _kind(incomplete):
    return "known" if "high_performing" in incomplete else "possible"


def named_table(run: ReportRun, phase: str) -> Table | None:
    """Return the schools in need without a partner, by name; None unless the config has schools named."""
    rows = of_phase(run.named, phase) if run.named is not None else []
    if not rows:
        return None
    columns = (
        Column("School", "name"),
        Column("URN", "urn"),
        Column("Local authority", "la_name"),
        Column("Region", "region"),
        Column("Nearest high-performing, miles", "nearest_m", words.metres_in_miles, "number"),
    )
    return table(
        f"named-{phase}",
        f"{words.capital(phase)} schools in need without a partner {run.within(phase)}",
        columns,
        rows,
        note=f"From matched/reach.csv, filter: phase == '{phase}' and partners == 0; names from "
        "classified/schools.csv.",
        sort=True,
        filter_label="Show only rows that contain",
    )
