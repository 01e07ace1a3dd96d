"""Where every number comes from: the ledger, the files in the page, the software."""

from lib import words
from lib.domain import PHASES
from lib.report_run import ReportRun
from lib.report_table import Column, Table, count, table

TITLE = "Audit: where every number comes from"
# Files of the run that the page lets the reader save.
FILES = {
    "summary.json": "The headline",
    "aggregated/england.csv": "England, by phase",
    "aggregated/england_missing_here.csv": "England, where only what these files lack counts as unknown",
    "aggregated/regions.csv": "Regions, by phase",
    "aggregated/local_authorities.csv": "Local authorities, by phase",
    "aggregated/constituencies.csv": "Parliamentary constituencies, by phase",
    "aggregated/urban_rural.csv": "Urban and rural schools, by phase",
    "aggregated/radius_curve.csv": "Partners within each radius of the curve",
    "aggregated/criteria.csv": "Each criterion, by phase",
    "aggregated/pairing.csv": "Schools in need, paired and left over, by area",
    "aggregated/pairing_curve.csv": "How many can be paired within each radius of the curve",
    "aggregated/support.csv": "Partners near and alike, their trusts, pupils, by area",
    "aggregated/likeness.csv": "Each part of likeness, by phase",
    "aggregated/trusts.csv": "Trusts, by phase",
    "compared/published.csv": "Published figures beside the run’s own",
    "caveats/caveats.csv": "What there is to know before a number",
    "classified/thresholds.csv": "Every threshold, with its basis and source",
    "readings/readings.csv": "Readings of the study",
    "readings/tried.csv": "How many readings were tried",
    "readings/quantiles.csv": "At which quantile each form gives the published share",
    "classified/unknown.csv": "For lack of what criteria could not be assessed",
    "classified/results_files.csv": "Criteria counted over the results files",
    "clean/set_aside.csv": "Values that the run did not use",
    "clean/results_summary.csv": "Summary rows of the results files",
    "audit/ledger.csv": "Rows in, out and left out",
    "raw/manifest.json": "Source files, where they came from, checksums",
}


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    totals = run.ledger[run.ledger["reason"].isna()]
    counted = totals[(totals["step"] == "population") & ~totals["source"].isin(PHASES)]
    return {
        "rows": cleaned(totals[totals["step"] == "clean"].to_dict("records")),
        "establishments": [population(row) for row in counted.to_dict("records")],
        "ledger": ledger(run),
        "files": [(says, run.link(path)) for path, says in FILES.items() if path in run.files],
        "software": run.software,
    }


def cleaned(rows: list[dict]) -> str:
    """What became of the rows of the source files. `rows`: lines of totals of cleaning: {rows_in, rows_out, …}."""
    if not rows:
        return ""
    into, out, left = (sum(int(row[key]) for row in rows) for key in ("rows_in", "rows_out", "rows_left_out"))
    files = f"{words.in_words(len(rows))} {words.plural(len(rows), 'file')}"
    gone = f" and {words.number(left)} {words.plural(left, 'was', 'were')} left out, each with a reason" if left else ""
    return f"{words.number(into)} rows of {files} came in; {words.number(out)} went on{gone}."


def population(row: dict) -> str:
    """How many establishments of the register belong to the population. `row`: the line of totals of that step."""
    count, total, left = (words.number(row[key]) for key in ("rows_out", "rows_in", "rows_left_out"))
    return f"Of the {total} establishments of the register, {count} count here and {left} do not."


def ledger(run: ReportRun) -> Table:
    """Return the ledger; lines of totals are set apart."""
    rows = run.ledger.to_dict("records")
    totals = frozenset(place for place, row in enumerate(rows) if not words.known(row["reason"]))

    def number(row, key):
        return "" if words.known(row["reason"]) and not words.known(row[key]) else words.number(row[key])

    columns = (
        Column("Step", "step"),
        Column("Source", "source"),
        Column("Rows", "reason", lambda reason: words.spelt(reason) if words.known(reason) else "all", "wide"),
        Column("In", lambda row: number(row, "rows_in"), kind="number"),
        Column("Out", lambda row: number(row, "rows_out"), kind="number"),
        count("Left out", "rows_left_out"),
    )
    return table(
        "ledger",
        "Rows in, rows out, and rows left out by reason, step by step",
        columns,
        rows,
        totals=totals,
        note="In every line of totals, in = out + left out; the run stops where it is not so.",
        download=run.link("audit/ledger.csv"),
    )
