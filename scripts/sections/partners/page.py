"""Who has partners nearby, and who has none: by region, by local authority and, if the config says so, by name."""

from lib import words
from lib.area_columns import stated
from lib.report_areas import areas_table
from lib.report_run import ReportRun, of_phase
from lib.report_table import Column, Table, table

TITLE = "Who has partners nearby, and who has none"
QUARTILES = ("lower_quartile_partners", "upper_quartile_partners")
MIDDLE_HALF = (*QUARTILES, f"{QUARTILES[0]}_lower", f"{QUARTILES[1]}_upper")


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    return {
        phase: {
            "sentences": sentences(run, phase),
            "authorities": areas_table(run, "local_authorities", phase),
            "in_authorities": len(of_phase(stated(run.local_authorities), phase)),
            "named": named_table(run, phase),
        }
        for phase in run.phases
    }


def sentences(run: ReportRun, phase: str) -> list[str]:
    """Return what is to be said of the partners of a phase."""
    rows = of_phase(stated(run.regions), phase)
    out = [spread(phase, *(row[end] for end in MIDDLE_HALF), run.within(phase)) for row in of_phase(run.england, phase)]
    out += [region_partners(phase, rows), without_partner_by_region(phase, rows)]
    return [sentence for sentence in (*out, *run.caveats.texts("without_coordinates", phase)) if sentence]


def spread(phase: str, low, high, least, most, within: str) -> str:
    """Between which numbers of partners the middle half of the schools in need lies. `low`, `high`: quartiles.

    `least`, `most`: the least that the lower one, the most that the upper one can be. `within`: within 5 miles.
    """
    if not words.known(low) or not words.known(high):
        return ""
    # Quartiles fall between schools; in a sentence there are no parts of partners.
    low, high = int(words.rounded(low)), int(words.rounded(high))
    ends = [words.number(words.rounded(end)) if words.known(end) else words.NOTHING for end in (least, most)]
    could = "" if ends == list(map(words.number, (low, high))) else words.bounds("", *ends)
    could = f", and could have {could} with what is not known" if could else ""
    whose = f"The middle half of {phase} schools in need"
    if low == high:
        return f"{whose} all have {_partners(low)} {within}{could}."
    return f"{whose} have between {words.number(low)} and {words.number(high)} partners {within}{could}."


def region_partners(phase: str, rows: list[dict]) -> str:
    """Where the median number of partners is highest and lowest. `rows`: [{area, median_partners}]."""
    medians = {row["area"]: row["median_partners"] for row in rows if words.known(row["median_partners"])}
    none = [row["area"] for row in rows if not words.known(row["median_partners"])]
    if len(medians) < 2:
        return ""
    head = f"The median {phase} school in need has"
    most, least = max(medians.values()), min(medians.values())
    tail = f" In {words.named(none)} there is no {phase} school in need to match." if none else ""
    top = words.named([area for area, median in medians.items() if median == most])
    low = words.named([area for area, median in medians.items() if median == least])
    fewest = f", but {words.about(least) if least else 'none'} in {low}" if least < most else ""
    return f"{head} {_partners(most)} in {top}{fewest}.{tail}"


def without_partner_by_region(phase: str, rows: list[dict]) -> str:
    """Where the schools in need that have no partner are, and where every one has one.

    `rows`: [{area, in_need_without_partner, in_need_with_coordinates}].
    """
    placed = [row for row in rows if row["in_need_with_coordinates"]]
    without = {row["area"]: row["in_need_without_partner"] for row in placed if row["in_need_without_partner"]}
    if len(placed) < 2:
        return ""
    if not without:
        return f"In every region where a {phase} school is in need, each has a partner."
    total, most = sum(without.values()), max(without.values())
    top = [area for area, count in without.items() if count == most]
    largest = words.plural(len(top), "the largest number is", "the largest numbers are")
    free = [row["area"] for row in placed if row["area"] not in without]
    tail = f"; in {words.named(free)} every one has a partner" if free else ""
    where = words.with_value(top, words.number(most))
    return f"Of the {words.number(total)} {phase} schools in need without a partner, {largest} in {where}{tail}."


def _partners(count):
    """Partners in a sentence: no partner, 4 partners, between 2 and 3 partners."""
    return f"{words.about(count)} {'partner' if count <= 1 else 'partners'}"


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
