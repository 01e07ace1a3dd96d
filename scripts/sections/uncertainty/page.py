"""How sure the results are: what they rest on, what the radius weighs, and how they compare with published figures."""

from lib import words
from lib.report_run import ReportRun
from lib.report_table import Column, Table, count, table, text

TITLE = "How sure we are"
ROWS_COUNTED = {
    "all_rows": "All mainstream state schools of the results file",
    "in_population": "of these, belonging to a school counted here",
    "not_in_register": "of these, not in the register",
    "type_unknown": "of these, of a type that the file leaves blank",
}


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    return {
        "criteria": criteria_counts(run),
        "partnered": run.partnered,
        "radius": [radius_sentence(run, phase) for phase in run.phases],
        "fitted": run.method.get("fitted", ""),
        "evidence": evidence(list(run.published["evidence"]), run.summary["synthetic"]),
        "published": published_table(run),
        "official": official_table(run),
    }


def criteria_counts(run: ReportRun) -> Table:
    """Return the table of the criteria: how many schools meet each, do not, or cannot be assessed."""

    def share_not_assessable(row):
        total = row["met"] + row["not_met"] + row["not_assessable"]
        return row["not_assessable"] / total if total else None

    columns = (
        Column("Criterion", lambda row: run.label(row["criterion"]), kind="wide"),
        Column("Phase", "phase", words.capital),
        Column("Group", "group", words.GROUPS.get),
        count("schools", "met", above="Met"),
        count("only this criterion", "met_alone", above="Met"),
        count("Not met", "not_met"),
        count("schools", "not_assessable", above="Not assessable"),
        Column("%", share_not_assessable, words.tenths, "number", above="Not assessable"),
    )
    return table(
        "criteria-counts",
        "Schools that meet each criterion, do not, or cannot be assessed",
        columns,
        run.criteria.to_dict("records"),
        note="Each row counts the values of the criterion’s column in classified/schools.csv. Only this criterion: no "
        "other of its group is met.",
        download=run.link("aggregated/criteria.csv"),
        sort=True,
    )


def radius_sentence(run: ReportRun, phase: str) -> str:
    """Return how the median of partners of a phase depends on the radius."""
    curve = run.radius_curve
    curve = curve[(curve["area"] == "England") & (curve["phase"] == phase)].set_index("radius_miles")["median_partners"]
    row = run.published_row(phase, statistic="median_partners")
    published, curve, at = float(row["published"]) if row else None, curve.dropna().to_dict(), run.radius(phase)
    if run.travel_minutes(phase) is not None:
        said = radius(phase, curve, at, curve.get(at), published)
        return said.replace("For", "In straight lines alone, for", 1)
    return radius(phase, curve, at, run.phases[phase]["median_partners"], published)


def radius(phase: str, curve: dict, radius_miles: float, median: float | None, published: float | None) -> str:
    """How the median number of partners depends on the radius.

    `curve`: {miles: median} of England. `median`: at `radius_miles`. `published`: the published median.
    """
    if not curve or not words.known(median):
        return ""
    near = [
        f"at {words.miles(at)} it is {words.number(curve[at], 1)}"
        for at in sorted(curve)
        if at != radius_miles and abs(at - radius_miles) <= 1
    ]
    at_radius = f"at {words.miles(radius_miles)}, the radius of this run, is {words.number(median, 1)}"
    out = f"For {phase} schools the median {at_radius}{'; ' if near else ''}{words.listing(near)}."
    if not words.known(published):
        return out
    same = [words.miles(at) for at in sorted(curve) if curve[at] == published]
    above = [words.miles(at) for at in sorted(curve) if curve[at] > published]
    where = f"is first exceeded at {above[0]}" if above else f"is not reached within {words.miles(max(curve))}"
    where = f"comes out at {words.listing(same)}" if same else where
    return f"{out} The published median, {words.number(published, 1)}, {where}."


def evidence(levels: list[str], synthetic: bool) -> str:
    """What the comparisons as a whole are evidence of. `levels`: the column `evidence` of compared/published.csv."""
    if not levels:
        return "No figure was published for the same results that this method could be compared with."
    if synthetic:
        return "The data are synthetic: neither agreement nor difference says anything about schools."
    counts = words.listing(f"{level} in {words.in_words(levels.count(level))}" for level in dict.fromkeys(levels))
    return f"Of {words.in_words(len(levels))} {words.plural(len(levels), 'comparison')}, the evidence is {counts}."


def published_table(run: ReportRun) -> Table:
    """Return the table of every published figure beside the run's own; what all rows share is said once below."""
    rows = run.published.to_dict("records")

    def this_run(row):
        figure, *ends = (words.statistic(row["kind"], row[name], 1) for name in ("reproduced", "lower", "upper"))
        claim = "could hold" if figure == ends[0] else "could fail"
        could = words.bounds(figure, *ends)
        return words.above(figure, claim if could and row["kind"] == "claim" else could)

    def difference(row):
        if not words.known(row["difference"]):
            return words.NOTHING
        points = " points" if row["kind"] == "share" else ""
        return words.signed(row["difference"], 0 if row["kind"] == "count" else 1) + points

    def published_by(row):
        source = run.facts["sources"].get(row["source"], {})
        named = [source.get("publisher", row["source"]), *([words.date(source["date"])] if "date" in source else [])]
        return ", ".join(named)

    def yes(value):
        return ("yes" if value else "no") if words.known(value) else words.NOTHING

    is_open = any(words.known(row["inside"]) and row["lower"] != row["upper"] for row in rows)
    note = (
        "Agrees: the same at the precision in which the figure was published. Evidence: partial where the figure "
        "depends on what could not be assessed, on a criterion tested without a condition, or on what the published "
        "count has otherwise; none for synthetic data and where the method has no criterion for it."
    )
    note += " Beneath a figure: the least and the most that it can be, with what is not known." if is_open else ""
    shared = {key: text(rows[0][key]) for key in ("evidence", "note") if len({text(row[key]) for row in rows}) == 1}
    evidence_of_all = f"Evidence of all rows: {shared['evidence']}." if "evidence" in shared else ""
    columns = (
        Column("Statistic", "label", kind="wide"),
        Column("Published", lambda row: words.statistic(row["kind"], row["published"]), kind="number"),
        Column("This run", this_run, kind="number"),
        Column("Difference", difference, kind="number"),
        Column("Agrees", "agrees", yes),
        *([Column("Within the bounds", "inside", yes)] if is_open else []),
        Column("Evidence", "evidence"),
        Column("What stands between the two", "note", kind="wide"),
        Column("Published by", published_by),
    )
    return table(
        "published",
        "Published figures beside those of this run",
        [column for column in columns if column.key not in shared],
        rows,
        note=" ".join(filter(None, (shared.get("note"), evidence_of_all, note))),
        download=run.link("compared/published.csv"),
    )


def official_table(run: ReportRun) -> Table | None:
    """Return the table of single criteria counted over the rows of the results files, beside the official counts.

    None where there is no official count of any.
    """

    def official(row):
        published = run.published_row(row["phase"], criterion=row["criterion"]) if row["where"] == "all_rows" else None
        return words.statistic("count", published["published"]) if published else ""

    rows = run.results_files.to_dict("records")
    if not any(map(official, rows)):
        return None
    columns = (
        Column("Criterion", lambda row: run.label(row["criterion"])),
        Column("Phase", "phase", words.capital),
        Column("Rows counted", "where", ROWS_COUNTED.get, "wide"),
        count("Met", "met"),
        Column("Official count of met", official, kind="number"),
        count("Not met", "not_met"),
        count("Not assessable", "not_assessable"),
    )
    return table(
        "results-files",
        "Criteria counted over the rows of the results files",
        columns,
        rows,
        download=run.link("classified/results_files.csv"),
    )
