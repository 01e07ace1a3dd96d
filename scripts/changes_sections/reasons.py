"""Why schools came and left: each reason with its number, where it lies, and what the later rules alone would do."""

from changes_sections.comparison import CAME, LEFT, Comparison
from changes_sections.wording import SHORT_ORIGINS
from lib import words
from lib.change_schemas import REASONS
from lib.report_table import Column, Table, count, table

TITLE = "Why they came and left"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    return {
        "rules": [sentence for phase in comparison.phases if (sentence := under_later_rules(comparison, phase))],
        "tables": [reasons_table(comparison, phase) for phase in comparison.phases],
    }


def under_later_rules(comparison: Comparison, phase: str) -> str:
    """Return how many of the earlier release would be in need by the later rules, and with the later thresholds too.

    Nothing of two runs of one release: there the later rules on the same data are the second run.
    """
    if not comparison.over_time:
        return ""
    schools = comparison.schools
    schools = schools[(schools["phase"] == phase) & schools["urn_from"].notna()]
    was, by_rules, by_thresholds = (
        int((schools[column] == "in_need").sum())
        for column in ("group_from", "group_from_later_rules", "group_from_later_thresholds")
    )
    moved = schools["group_from"] != schools["group_from_later_rules"]
    from_ = comparison.at("from")
    if was == by_rules == by_thresholds and not moved.any():
        return (
            f"By the later rules, as far as the data of the earlier release tell, no {phase} school would have been in "
            f"another group {from_}."
        )
    groups = f"{words.schools(int(moved.sum()), phase)} would have been in another group"
    need = f"{words.number(by_rules)} in need in place of {words.number(was)}"
    need = "the number in need the same" if by_rules == was else need
    out = f"By the later rules, as far as the data of the earlier release tell, {groups} {from_}, {need}"
    if by_thresholds != by_rules:
        out += f"; with the later thresholds too, {words.number(by_thresholds)}"
    return f"{out}."


def reasons_table(comparison: Comparison, phase: str) -> Table:
    """Return the table of reasons of a phase, those of most schools first, with a total."""
    frame = comparison.england("reasons", phase)
    counts = frame.groupby(["reason", "group", "direction"])["schools"].sum()
    rows = []
    for reason, (origin, label) in REASONS.items():
        found = {
            f"{group} {direction}": int(counts.get((reason, group, direction), 0))
            for group in comparison.groups
            for direction in (CAME, LEFT)
        }
        if any(found.values()):
            rows.append({"label": label, "origin": SHORT_ORIGINS[origin], **found})
    keys = [f"{group} {direction}" for group in reversed(comparison.groups) for direction in (CAME, LEFT)]
    rows.sort(key=lambda row: -sum(row[key] for key in keys if key.startswith("in_need")))
    foot = [{"label": "All", "origin": "", **{key: sum(row[key] for row in rows) for key in keys}}]
    columns = [
        Column("Main reason", "label", kind="wide"),
        Column("Lies with", "origin"),
        *(count(words.capital(key.split()[1]), key, above=words.capital(words.GROUPS[key.split()[0]])) for key in keys),
    ]
    return table(
        f"reasons-{phase}",
        f"Why {phase} schools came into a group or left it",
        columns,
        rows,
        foot if rows else [],
        note="Each school has one main reason; schools.csv lists all that apply.",
        download=comparison.link("reasons.csv"),
    )
