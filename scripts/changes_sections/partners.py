"""Partners gained and lost, and why."""

from changes_sections.comparison import Comparison
from lib import words
from lib.change_schemas import PARTNER_REASONS
from lib.report_table import Column, Table, count, table

TITLE = "Partners gained and lost"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    return {
        "sentences": [sentence(comparison, phase) for phase in comparison.phases],
        "tables": [reasons_table(comparison, phase) for phase in comparison.phases],
    }


def sentence(comparison: Comparison, phase: str) -> str:
    """Return how many pairs there were and are, and how many were kept, gained and lost."""
    of = comparison.summary["phases"][phase]["partners"]
    before, after = of["kept"] + of["lost"], of["kept"] + of["gained"]
    pairs = words.plural(after, "pair")
    out = (
        f"There {'is' if after == 1 else 'are'} {words.number(after)} {pairs} of a {phase} school in need and a partner "
        f"{comparison.at('to')}, and {'were' if comparison.over_time else 'there are'} {words.number(before)} "
        f"{comparison.at('from')}"
    )
    if not of["gained"] and not of["lost"]:
        return f"{out}: the same ones."
    return f"{out}: {words.number(of['kept'])} are in both, {words.number(of['gained'])} were gained and {words.number(of['lost'])} lost."


def reasons_table(comparison: Comparison, phase: str) -> Table:
    """Return the table of why pairs were gained or lost, in the order in which a reason is looked for."""
    of = comparison.summary["phases"][phase]["partners"]
    gained, lost = (dict(of[f"{change}_reasons"]) for change in ("gained", "lost"))
    rows = [
        {"label": label, "gained": gained.get(word, 0), "lost": lost.get(word, 0)}
        for word, label in PARTNER_REASONS.items()
        if word in gained or word in lost
    ]
    foot = [{"label": "All", "gained": of["gained"], "lost": of["lost"]}]
    columns = [Column("Why", "label", kind="wide"), count("Pairs gained", "gained"), count("Pairs lost", "lost")]
    return table(
        f"partners-{phase}",
        f"Why pairs of a {phase} school in need and a partner were gained and lost",
        columns,
        rows,
        foot if rows else [],
        note="Of several reasons the first that applies, from top to bottom.",
    )
