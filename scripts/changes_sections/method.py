"""How a school is followed from one release to the other, and how the reason of a change is found."""

from changes_sections.comparison import Comparison
from changes_sections.wording import SHORT_ORIGINS
from lib import words
from lib.change_schemas import FOLLOWED, ORIGINS, REASONS
from lib.lineage import MOST_DAYS
from lib.report_table import Column, Table, count, table

TITLE = "Method"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    return {
        "days": MOST_DAYS,
        "followed": followed_table(comparison),
        "reasons": reasons_table(),
        "origins": [(SHORT_ORIGINS[origin], label) for origin, label in ORIGINS.items()],
    }


def followed_table(comparison: Comparison) -> Table:
    """Return how many schools are found in the other release in which way, or are not counted there and why."""
    phases = comparison.summary["phases"]
    rows = [
        {"label": label, **{phase: phases[phase]["followed"].get(word, 0) for phase in comparison.phases}}
        for word, label in FOLLOWED.items()
    ]
    rows = [row for row in rows if any(row[phase] for phase in comparison.phases)]
    foot = [
        {"label": "All schools of either", **{phase: sum(row[phase] for row in rows) for phase in comparison.phases}}
    ]
    columns = [
        Column("How it is found in the other release, or why it is not counted there", "label", kind="wide"),
        *(count(words.capital(phase), phase) for phase in comparison.phases),
    ]
    return table("followed", "How each school is followed", columns, rows, foot)


def reasons_table() -> Table:
    """Return the closed list of reasons, in their order."""
    rows = [
        {"number": number, "label": label, "origin": SHORT_ORIGINS[origin], "word": word}
        for number, (word, (origin, label)) in enumerate(REASONS.items(), start=1)
    ]
    columns = [
        count("Order", "number"),
        Column("Reason", "label", kind="wide"),
        Column("Lies with", "origin"),
        Column("In the tables", "word", kind="code"),
    ]
    return table(
        "closed-list", "Every reason that there can be, in the order in which it is the main one", columns, rows
    )
