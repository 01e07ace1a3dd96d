"""How sure the results are: what they rest on, what assumptions weigh, and how they compare with published figures."""

from lib import words
from lib.methods import iter_conditions
from lib.report_run import ReportRun, of_phase
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
        "ranges": [assumed(run, phase) for phase in run.phases],
        "assumptions": assumptions_table(run),
        "radius": [radius_sentence(run, phase) for phase in run.phases],
        "evidence": evidence(list(run.published["evidence"]), run.summary["synthetic"]),
        "published": published_table(run),
        "official": official_table(run),
    }


def criteria_counts(run: ReportRun) -> Table:
    """Return the table of the criteria: how many schools meet each, do not, or cannot be assessed, and why not."""

    def share_not_assessable(row):
        total = row["met"] + row["not_met"] + row["not_assessable"]
        return row["not_assessable"] / total if total else None

    def why(row):
        lacking = run.caveats.shorts("measure_missing", row["phase"], criterion=row["criterion"])
        return f"The files lack {words.listing(lacking)}" if lacking else ""

    columns = (
        Column("Criterion", lambda row: run.label(row["criterion"]), kind="wide"),
        Column("Phase", "phase", words.capital),
        Column("Group", "group", words.GROUPS.get),
        count("schools", "met", above="Met"),
        count("only this criterion", "met_alone", above="Met"),
        count("Not met", "not_met"),
        count("schools", "not_assessable", above="Not assessable"),
        Column("%", share_not_assessable, words.tenths, "number", above="Not assessable"),
        Column("Why not assessable", why, kind="wide", optional=True),
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


def assumed(run: ReportRun, phase: str) -> str:
    """Return between which shares each group of a phase lies when one assumption at a time takes another value."""
    lies = []
    for group in words.GROUPS:
        shares = [row[f"share_{group}"] for row in of_phase(run.sensitivity, phase)]
        shares = [share for share in shares if words.known(share)]
        if shares:
            low, high = words.percent(min(shares), 1), words.percent(max(shares), 1)
            between = f"between {low} and {high}" if low != high else low
            lies.append(f"{between} are {run.group(group, phase)}")
    return f"Of {phase} schools, {words.listing(lies)}." if lies else ""


def assumptions_table(run: ReportRun) -> Table:
    """Return the results under each value of each assumption."""
    stated = {condition["id"]: condition for _, condition in iter_conditions(run.method) if "id" in condition}

    def title(row):
        if row["id"] in stated:
            return f"What counts as high: {run.measures.label(row['phase'], stated[row['id']]['measure'])}"
        return f"“{run.label(row['criterion'])}” where the files lack a figure"

    columns = (
        Column("Assumption", title, kind="wide"),
        Column("Phase", "phase", words.capital),
        Column("Value taken", value_taken),
        Column("In this run", "used", lambda used: "yes" if used else ""),
        count("Schools that meet the criterion", "criterion_met"),
        Column("High-performing, %", "share_high_performing", words.tenths, "number"),
        Column("In need, %", "share_in_need", words.tenths, "number"),
    )
    return table(
        "assumptions",
        "The results under each value of our assumptions",
        columns,
        run.sensitivity.to_dict("records"),
        download=run.link("classified/sensitivity.csv"),
    )


def value_taken(row: dict) -> str:
    """Return the value of a row of sensitivity.csv as a reader writes it."""
    if row["kind"] == "quantile":
        return words.capital(words.quantile(float(row["value"])))
    return {"ignored": "Condition left out", "required": "Condition required"}.get(row["value"], str(row["value"]))


def radius_sentence(run: ReportRun, phase: str) -> str:
    """Return how the median of partners of a phase depends on the radius."""
    curve = run.radius_curve
    curve = curve[(curve["area"] == "England") & (curve["phase"] == phase)].set_index("radius_miles")["median_partners"]
    row = run.published_row(phase, statistic="median_partners")
    published = float(row["published"]) if row else None
    return radius(phase, curve.dropna().to_dict(), run.radius(phase), run.phases[phase]["median_partners"], published)


def radius(phase: str, curve: dict, radius_miles: float, median: float | None, published: float | None) -> str:
    """How the median number of partners depends on the radius.

    `curve`: {miles: median} of England. `median`: of this run at `radius_miles`. `published`: the published median.
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
        return "No published figure is available to compare with."
    if synthetic:
        return "The data are synthetic: neither agreement nor difference says anything about schools."
    counts = words.listing(f"{level} in {words.in_words(levels.count(level))}" for level in dict.fromkeys(levels))
    return f"Of {words.in_words(len(levels))} {words.plural(len(levels), 'comparison')}, the evidence is {counts}."


def published_table(run: ReportRun) -> Table:
    """Return the table of every published figure beside the run's own; what all rows share is said once below."""
    rows = run.published.to_dict("records")

    def difference(row):
        if not words.known(row["difference"]):
            return words.NOTHING
        points = " points" if row["kind"] == "share" else ""
        return words.signed(row["difference"], 0 if row["kind"] == "count" else 1) + points

    def published_by(row):
        source = run.facts["sources"].get(row["source"], {})
        named = [source.get("publisher", row["source"]), *([words.date(source["date"])] if "date" in source else [])]
        return ", ".join(named)

    def agrees(value):
        return ("yes" if value else "no") if words.known(value) else words.NOTHING

    note = (
        "Agrees: the same at the precision in which the figure was published. Evidence: partial where a criterion that "
        "the figure depends on could not be assessed, or only without a condition; none for synthetic data and figures "
        "of another year."
    )
    shared = {key: text(rows[0][key]) for key in ("evidence", "note") if len({text(row[key]) for row in rows}) == 1}
    evidence_of_all = f"Evidence of all rows: {shared['evidence']}." if "evidence" in shared else ""
    columns = (
        Column("Statistic", "label", kind="wide"),
        Column("Published", lambda row: words.statistic(row["kind"], row["published"]), kind="number"),
        Column("This run", lambda row: words.statistic(row["kind"], row["reproduced"], 1), kind="number"),
        Column("Difference", difference, kind="number"),
        Column("Agrees", "agrees", agrees),
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


def official_table(run: ReportRun) -> Table:
    """Return the table of single criteria counted over the rows of the results files, beside the official counts."""

    def official(row):
        published = run.published_row(row["phase"], criterion=row["criterion"]) if row["where"] == "all_rows" else None
        return words.statistic("count", published["published"]) if published else ""

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
        run.results_files.to_dict("records"),
        download=run.link("classified/results_files.csv"),
    )
