"""Official counts of both years beside the runs' own: does the change agree?"""

from changes_sections.comparison import Comparison
from lib import words
from lib.report_table import Column, Table, table

TITLE = "Published changes beside ours"


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    rows = comparison.published.to_dict("records")
    return {
        "sentences": [sentence(comparison, row) for row in rows if row["criterion"] == "below_floor"],
        "table": published_table(comparison) if rows else None,
        "why": ""
        if rows
        else (
            "Nothing was published of synthetic schools."
            if comparison.synthetic
            else "Both are of one year, so that there is no change to compare with."
            if comparison.summary["from"]["results_year"] == comparison.summary["to"]["results_year"]
            else "No official count of the same criterion is known for both years."
        ),
    }


def sentence(comparison: Comparison, row: dict) -> str:
    """Return the published change of a count, and our own with the least and the most that it can be."""
    out = (
        f"{row['label']}: from {words.number(row['published_from'])} to {words.number(row['published_to'])} "
        f"({words.signed(row['published_change'])}) as published"
    )
    if not words.known(row["own_change"]):
        return f"{out}; these files do not have what it takes to count them."
    could = words.bounds(
        *(words.signed(row[key]) for key in ("own_change", "own_change_lower", "own_change_upper")), " to "
    )
    own = f"from {words.number(row['own_from'])} to {words.number(row['own_to'])} ({words.signed(row['own_change'])})"
    return f"{out}, {own} by our count{f', which could be anything from {could}' if could else ''}."


def published_table(comparison: Comparison) -> Table:
    """Return every official count of both years beside ours, with the publications."""
    sources = comparison.facts["sources"]

    def source(key):
        def cell(row):
            stated = sources.get(row[key], {})
            return ", ".join(filter(None, (stated.get("publisher", row[key]), stated.get("title"))))

        return cell

    def own(row):
        texts = [words.signed(row[key]) for key in ("own_change", "own_change_lower", "own_change_upper")]
        return words.above(texts[0], words.bounds(*texts, " to "))

    labels = {side: words.capital(comparison.summary[side]["results_year"]) for side in ("from", "to")}
    columns = [
        Column("Statistic", "label", kind="wide"),
        *(
            Column(header, key, kind="number", above=above, format=printed)
            for above, of in (("Published", "published"), ("These runs, as far as known", "own"))
            for header, key, printed in (
                (labels["from"], f"{of}_from", words.number),
                (labels["to"], f"{of}_to", words.number),
                ("Change", f"{of}_change" if of == "published" else own, words.signed if of == "published" else str),
            )
        ),
        Column("Published in", source("source_from"), kind="wide", above="Publication"),
        Column("and in", source("source_to"), kind="wide", above="Publication"),
    ]
    return table(
        "published-changes",
        "Official counts of both years, beside those of these runs",
        columns,
        comparison.published.to_dict("records"),
        note="Own counts are over the rows of the results files, as the official ones are. Beneath a change: the least "
        "and the most that it can be, where figures of a school are missing; the published counts had them.",
        download=comparison.link("published.csv"),
    )
