"""The schools that came into need and left it, by name: only where schools are to be named."""

from changes_sections.comparison import CAME, LEFT, Comparison
from changes_sections.wording import PLACES
from lib import words
from lib.change_schemas import REASONS
from lib.report_table import Column, Table, table

TITLE = "The schools, by name"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    return {"tables": {phase: schools_table(comparison, phase) for phase in comparison.phases}}


def schools_table(comparison: Comparison, phase: str) -> Table:
    """Return the schools of a phase that came into need or left it, by authority and name."""
    schools = comparison.schools[comparison.schools["phase"] == phase]
    was, is_ = (schools[f"group_{side}"].eq("in_need").fillna(False) for side in ("from", "to"))
    rows = schools[was != is_].sort_values(["la_name", "name", "urn_to", "urn_from"])

    def urn(row):
        return str(row["urn_to"] if words.known(row["urn_to"]) else row["urn_from"])

    columns = [
        Column("School", "name"),
        Column("URN", urn, kind="code"),
        Column("Local authority", "la_name"),
        Column("Came or left", lambda row: CAME if row["group_to"] == "in_need" else LEFT),
        Column("Group before", lambda row: PLACES[_place(row, "from")]),
        Column("Group after", lambda row: PLACES[_place(row, "to")]),
        Column("Main reason", lambda row: REASONS[row["reason"]][1], kind="wide"),
    ]
    return table(
        f"schools-{phase}",
        f"{words.capital(phase)} schools that came into need or left it",
        columns,
        rows.to_dict("records"),
        download=comparison.link("schools.csv"),
        sort=True,
        filter_label="Show only rows that contain",
    )


def _place(row, side):
    return row[f"group_{side}"] if words.known(row[f"group_{side}"]) else row["followed"]
