"""Over all releases of the method: in how many of them a school is in need, and who is so throughout."""

from changes_sections.comparison import Comparison
from lib import words
from lib.report_table import Table, count, table

TITLE = "Over the years"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    of = comparison.over_years
    return {
        "releases": words.listing(of.titles),
        "number": words.in_words(len(of.titles)),
        "sentences": [said for phase in comparison.phases for said in sentences(comparison, phase)],
        "table": years_table(comparison),
    }


def sentences(comparison: Comparison, phase: str) -> list[str]:
    """Return how many schools are in need in every release, came back, and are high-performing throughout."""
    of = comparison.over_years
    rows, number = of.schools[of.schools["phase"] == phase], len(of.titles)

    def held(column):
        yes, maybe = int(rows[column].fillna(False).sum()), int(rows[column].isna().sum())
        return words.number(yes) + (f" (could be {words.number(yes)} to {words.number(yes + maybe)})" if maybe else "")

    every = words.in_words(number)
    again = f"{words.number(int(rows['returning'].sum()))} were, then were known not to be, then were again"
    counted = words.capital(words.schools(len(rows), phase))
    in_all = words.number(int((rows["years"] == number).sum()))
    out = [
        f"{counted} are counted in at least one of the releases, {in_all} in all {every}. "
        f"{held('in_need_throughout')} are in need in all {every}; {again}."
    ]
    if "high_performing" in comparison.groups:
        out.append(f"{held('high_performing_throughout')} are high-performing in all {every}.")
    return out


def years_table(comparison: Comparison) -> Table:
    """Return in how many releases schools are in need, of those whose need is known in every one."""
    of = comparison.over_years
    number = len(of.titles)
    known = of.schools[of.schools["years_assessable"] == number]
    counts = known.groupby(["years_in_need", "phase"]).size()
    rows = [
        {"years": years, **{phase: int(counts.get((years, phase), 0)) for phase in comparison.phases}}
        for years in range(number, -1, -1)
    ]
    foot = {"years": None, **{phase: sum(row[phase] for row in rows) for phase in comparison.phases}}
    columns = [
        count("Releases in need", "years"),
        *(count(f"{words.capital(phase)} schools", phase) for phase in comparison.phases),
    ]
    rest = words.number(len(of.schools) - len(known))
    note = (
        f"Only schools of which all {words.in_words(number)} releases tell whether they are in need; of {rest} some do "
        "not, or do not count them. Last line: all of the table."
    )
    return table("over-years", "In how many releases schools are in need", columns, rows, [foot], note=note)
