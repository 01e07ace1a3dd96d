"""How the regions compare: where high-performing schools outnumber those in need, and where shares are highest."""

from lib import words
from lib.area_columns import stated
from lib.report_areas import areas_table, highest_and_lowest
from lib.report_run import ReportRun, mostly_unknown, of_phase

TITLE = "How the regions compare"


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    return {
        phase: {"sentences": sentences(run, phase), "table": areas_table(run, "regions", phase)} for phase in run.phases
    }


def sentences(run: ReportRun, phase: str) -> list[str]:
    """Return what the regions of a phase show."""
    rows, open_ = of_phase(stated(run.regions), phase), mostly_unknown(run.phases[phase], run.groups)
    out = [supply(phase, rows, bool(open_))] if run.partnered else []
    shown = [group for group in reversed(run.groups) if group not in open_]
    out += [region_shares(phase, rows, f"share_{group}", words.GROUPS[group]) for group in shown]
    return [sentence for sentence in out if sentence]


def supply(phase: str, rows: list[dict], little_known: bool = False) -> str:
    """In how many regions high-performing schools outnumber schools in need.

    `rows`: [{area, high_performing, in_need, and the bounds of both}], one a region. `little_known`: whether it is not
    known of most schools whether they are of one of the groups.
    """
    if not any(row["high_performing"] or row["in_need"] for row in rows):
        return ""
    gaps = {row["area"]: row["high_performing"] - row["in_need"] for row in rows}
    more = [area for area, gap in gaps.items() if gap > 0]
    fewer = [area for area, gap in gaps.items() if gap < 0]
    level = [area for area, gap in gaps.items() if gap == 0]
    high = words.high_performing_schools(phase, 2)
    which = words.out_of(len(more), len(rows), words.plural(len(rows), "region"))
    out = f"{words.capital(high)} outnumber those in need in {which}"
    out += f" ({words.places(more)})" if 0 < len(more) <= 3 else ""
    out += f"; there are fewer of them in {words.named(fewer)}" if fewer else ""
    out += f"; there are as many of one as of the other in {words.named(level)}" if level else ""
    sure, possible = (
        sum(row[f"high_performing{one}"] > row[f"in_need{other}"] for row in rows)
        for one, other in (("_lower", "_upper"), ("_upper", "_lower"))
    )
    if sure == len(more) == possible:
        return f"{out}."
    if little_known and possible - sure == len(rows):
        return f"In no region is it known whether {high} outnumber those in need."
    could = " to ".join(dict.fromkeys(words.in_words(count) if count else "none" for count in (sure, possible)))
    return f"{out}. With what is not known it could be {could}."


def region_shares(phase: str, rows: list[dict], key: str, what: str) -> str:
    """Where the share of schools of a group is highest and where lowest, ties named together.

    `rows`: [{area, key}]. `what`: `in need` or `high-performing`. Shares that are printed alike count as tied.
    """
    return highest_and_lowest(
        f"The share of {phase} schools that are {what} is", {row["area"]: row[key] for row in rows}
    )
