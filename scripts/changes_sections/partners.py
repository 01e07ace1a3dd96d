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
    end, start = comparison.at("to"), comparison.at("from")
    pairs = f"{words.plural(after, 'pair')} of a {phase} school in need and a partner"
    out = f"{end} there {'is' if after == 1 else 'are'} {words.number(after)} {pairs}, {start} {words.number(before)}"
    if not of["gained"] and not of["lost"]:
        return f"{words.capital(out)}: the same ones."
    kept, gained, lost = (words.number(of[key]) for key in ("kept", "gained", "lost"))
    return f"{words.capital(out)}: {kept} are in both, {gained} were gained and {lost} lost."


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
