"""Whether the high-performing schools go round: how many look to each, how many can be paired, who is left over."""

import statistics

from lib import words
from lib.area_columns import NOT_STATED
from lib.report_areas import highest_and_lowest
from lib.report_run import ReportRun, of_level, of_phase
from lib.report_table import Column, Table, count, table

TITLE = "Enough to go round?"
TAKEN = "helpers_taken"


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    most = run.method["most_per_helper"]
    return {
        "most": {**most, "numbers": [words.in_words(number) for number in most["value"]]},
        "phases": {
            phase: {
                "paragraphs": paragraphs(run, phase),
                "regions": pairing_table(run, "regions", phase),
                "authorities": pairing_table(run, "local_authorities", phase),
                "in_authorities": in_authorities(run, phase),
            }
            for phase in run.phases
            if not nothing(run, phase)
        },
        "nothing": [said for phase in run.phases if (said := nothing(run, phase))],
    }


def in_authorities(run: ReportRun, phase: str) -> int:
    """Return in how many local authorities there are schools in need: the others have no row in the table."""
    return len({row["area_code"] for row in of_level(run.pairing, "local_authorities", phase)} - {None})


def nothing(run: ReportRun, phase: str) -> str:
    """Why nobody of a phase can be paired; blank where somebody could."""
    facts = run.phases[phase]
    placed = facts["in_need"] - facts["in_need_without_coordinates"]
    return words.nothing_to_match(phase, facts["in_need"], placed)


def paragraphs(run: ReportRun, phase: str) -> list[list[str]]:
    """Return what is to be said of a phase that has schools in need with coordinates, in sentences."""
    within = run.within(phase)
    england = of_level(run.pairing, "england", phase)
    fewest = england[0]["most_per_helper"]
    regions = [row for row in of_level(run.pairing, "regions", phase) if row["most_per_helper"] == fewest]
    (support,) = of_level(run.support, "england", phase)
    places = [row for row in regions if row["area"] != NOT_STATED]
    return [
        [
            shared(phase, of_phase(run.load, phase), within),
            paired(phase, england, run.in_need_extent(phase)),
            left_over(england, within),
        ],
        [left_by_region(phase, places), pupils(phase, support, within)],
    ]


def shared(phase: str, rows: list[dict], within: str) -> str:
    """How many schools in need look to one high-performing school. `rows`: of matched/load.csv."""
    if not rows:
        return f"No high-performing {phase} school has coordinates, so nobody can be paired."
    looked_to = [row["schools_in_need"] for row in rows]
    middle, idle = statistics.median(looked_to), looked_to.count(0)
    sole = [row["only_partner_of"] for row in rows if row["only_partner_of"]]
    schools = words.plural(1 if middle <= 1 else middle, "school")
    said = (
        f"Partners are shared: the median high-performing {phase} school has {words.about(middle)} {schools} in need "
        f"{within}"
    )
    none = f"{words.number(idle)} of {words.number(len(rows))} {words.plural(idle, 'has', 'have')} none"
    only = f"{words.number(len(sole))} {words.plural(len(sole), 'is', 'are')} the only partner of at least one"
    only += f" school in need ({words.number(sum(sole))} such {words.plural(sum(sole), 'school')} in all)"
    return f"{'; '.join([said, *([none] if idle else []), *([only] if sole else [])])}."


def takes(row: dict) -> str:
    """If each takes two."""
    return f"if each takes {words.in_words(row['most_per_helper'])}"


def could(row: dict, key: str) -> str:
    """The bounds of a count of England, to 6,487; blank where they are as the figure."""
    return words.bounds(*(words.number(row[f"{key}{end}"]) for end in ("", "_lower", "_upper")), " to ")


def paired(phase: str, rows: list[dict], in_need: str) -> str:
    """How many schools in need can be paired. `rows`: of England, one for each number that a helper takes.

    `in_need`: how few and how many of them there can be; blank where it is known.
    """
    first, *others = rows
    placed = first["in_need"] - first["without_coordinates"]
    share, extent = words.percent(first["paired"] / placed), could(first, "paired")
    of_all = f"{words.or_none(first['paired'])} of {words.schools(placed, phase, 'in need')} ({share})"
    of_need = f" of {in_need} in need" if in_need else ""
    extent = f"; with others that may be in need or able to help it could be {extent}{of_need}" if extent else ""
    more = "".join(f"; {takes(row)}, {words.or_none(row['paired'])}" for row in others)
    return f"{words.capital(takes(first))}, {of_all} can be paired{extent}{more}."


def left_over(rows: list[dict], within: str) -> str:
    """How many are left over, and why. `rows`: of England, one for each number that a helper takes."""
    first, last = rows[0], rows[-1]
    none, taken, still = first["no_helper_near"], first[TAKEN], last[TAKEN]
    number = none + taken
    extent = could({**first, "left_over": number}, "left_over")
    extent = f" ({'it' if number < 2 else 'they'} could be {extent})" if extent else ""
    if not number:
        return f"None is left over {takes(first)}{extent}."
    said = f"{words.number(number)} {words.plural(number, 'is', 'are')} left over {takes(first)}{extent}"
    if not taken:
        return f"{said}: {words.plural(number, 'it has no', 'none has a')} partner {within}."
    why = [f"{words.number(none)} {words.plural(none, 'has', 'have')} no partner {within}"] if none else []
    why += [f"{words.number(taken)} {words.plural(taken, 'has', 'have')} partners, but all are taken"]
    after = f"{words.or_none(still)} {words.plural(still or 1, 'is', 'are')} left over"
    more = f"; {takes(last)}, {after} for that reason" if last is not first else ""
    return f"{said}: {words.listing(why)}{more}."


def left_by_region(phase: str, rows: list[dict]) -> str:
    """Where the share that is left over is highest and where lowest. `rows`: of regions, of one number."""
    shares = {row["area"]: 1 - row["share_paired"] for row in rows if words.known(row["share_paired"])}
    head = f"The share of {phase} schools in need that is left over {takes(rows[0])} is" if rows else ""
    return highest_and_lowest(head, shares)


def pupils(phase: str, row: dict, within: str) -> str:
    """How many pupils are in schools in need that have no partner. `row`: of England in aggregated/support.csv."""
    schools, unknown = row["in_need"], row["pupils_unknown"]
    if unknown == schools:
        return f"The register does not say how many pupils the {phase} schools in need have."
    without, total = row["pupils_without_partner"], words.number(row["pupils"])
    are = words.plural(without or 2, "pupil is", "pupils are")
    said = (
        f"{words.number(without) if without else 'No'} {are} in {phase} schools in need that have no partner {within}, "
        f"of {total} in all those in need with coordinates ({words.percent(without / row['pupils'])})"
    )
    of = f"{words.number(unknown)} of these {words.number(schools)} schools"
    return f"{said}; of {of} the register gives no number of pupils." if unknown else f"{said}."


def pairing_table(run: ReportRun, level: str, phase: str) -> Table:
    """Return the table of who is paired and who is left over, by region (with England) or local authority."""
    of_regions = level == "regions"
    rows, foot = (by_area(of_level(run.pairing, each, phase)) for each in (level, "england"))
    name = "Region" if of_regions else "Local authority"
    most = sorted({k for row in foot for k in row["of"]})
    columns = [
        Column(name, "area"),
        *([] if of_regions else [Column("Region", "region", kind="name")]),
        count("In need", "in_need"),
        count("Not matched: no coordi\N{SOFT HYPHEN}nates", "without_coordinates"),
    ]
    for k in most:
        above = "Paired, if each takes"
        columns.append(Column(words.in_words(k), counted("paired", k), kind="number", above=above))
    columns += [
        Column(
            f"{words.in_words(k)}, %",
            lambda row, k=k: row["of"][k]["share_paired"],
            words.tenths,
            "number",
            above=above,
        )
        for k in most[:1]
    ]
    columns.append(count("no partner near", "no_helper_near", above="Left over"))
    columns += [
        Column(f"all taken, if each takes {words.in_words(k)}", counted(TAKEN, k), kind="number", above="Left over")
        for k in most
    ]
    is_open = run.incomplete(phase) and of_regions
    return table(
        f"pairing-{level.replace('_', '-')}-{phase}",
        f"{words.capital(phase)} schools in need, paired and left over, by {name.lower()}",
        columns,
        rows,
        foot if of_regions else [],
        note="Beneath a figure: the least and the most that it can be, with what is not known." if is_open else "",
        filters=(("Rows:", f"phase == '{phase}' and level == '{level}'"),),
        download=run.link("aggregated/pairing.csv") if of_regions else None,
        sort=True,
        filter_label="" if of_regions else "Show only rows that contain",
    )


def by_area(rows: list[dict]) -> list[dict]:
    """Return a row an area; `of` has its rows by the number that a helper takes."""
    areas = {}
    for row in rows:
        key = (row["area"], row["area_code"] if words.known(row["area_code"]) else "")
        areas.setdefault(key, {**row, "of": {}})["of"][row["most_per_helper"]] = row
    return list(areas.values())


def counted(key: str, most: int):
    """A count of an area if each helper takes so many, with its bounds on a second line."""

    def text(row):
        one = row["of"][most]
        figure = words.number(one[key])
        ends = (words.number(one[end]) if end in one else words.NOTHING for end in (f"{key}_lower", f"{key}_upper"))
        return words.above(figure, words.bounds(figure, *ends))

    return text
