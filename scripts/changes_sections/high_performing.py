"""High-performing schools: who came and left, by region, reason and authority."""

from changes_sections import answer, where
from changes_sections.comparison import Comparison

TITLE = "High-performing schools"
GROUP = "high_performing"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    return {
        "phases": {
            phase: [answer.lead(comparison, phase, GROUP), *answer.sentences(comparison, phase, GROUP)]
            for phase in comparison.phases
        },
        **where.of_group(comparison, GROUP),
    }
