"""How sure the results are: what they rest on, what assumptions weigh, and how they compare with published figures."""

from lib import words
from lib.methods import iter_conditions
from lib.report_run import ReportRun
from lib.report_table import Column, Table, count, table

TITLE = "How sure we are"
EVIDENCE = {  # what one comparison does, what several do
    "full": ("sets", "set", "like beside like"),
    "partial": ("lacks", "lack", "a criterion or a condition that could not be tested here"),
    "none": ("is", "are", "no evidence"),
}
ROWS_COUNTED = {
    "all_rows": "All mainstream state schools of the results file",
    "in_population": "of these, belonging to a school counted here",
    "not_in_register": "of these, not in the register",
    "type_unknown": "of these, of a type that the file leaves blank",
}


def view(run: ReportRun) -> dict:
    """Return what the section's template shows."""
    radii = (radius_sentence(run, phase) for phase in run.phases)
    return {
        "criteria": criteria_counts(run),
        "assumptions": assumptions(run),
        "assumptions_table": assumptions_table(run),
        "radius": [sentence for sentence in radii if sentence],
        "evidence": evidence(list(run.published["evidence"]), run.summary["synthetic"]),
        "published": published_table(run),
        "official": official_counts(run),
        "official_table": official_table(run),
    }


# What the groups are based on


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


# What if we had chosen differently


def assumptions(run: ReportRun) -> list[dict]:
    """Return our assumptions, each with its reason and what it weighs; one that moves nothing is told in a sentence.

    Those that a criterion's tests of the two phases make at the same place are told as one.
    """
    stated = _reconstructed(run)
    found, place = {}, {}
    for (name, phase), rows in run.sensitivity.groupby(["id", "phase"], sort=False):
        criterion = rows["criterion"].iloc[0]
        place[criterion, phase] = place.get((criterion, phase), -1) + 1
        alike = found.setdefault((criterion, place[criterion, phase], name in stated), {})
        alike[phase] = (name, rows.to_dict("records"))
    out = []
    for (criterion, _, is_threshold), phases in found.items():
        group = run.method["criteria"][criterion]["group"]
        rows = {phase: rows for phase, (_, rows) in phases.items()}
        sentences, moves = sensitivity(rows, f"share_{group}", run.group(group, *phases))
        if is_threshold:
            measures = {
                phase: run.measures.label(phase, stated[name]["measure"]) for phase, (name, _) in phases.items()
            }
            named = dict.fromkeys(measures.values())
            if len(named) > 1:
                named = [f"{measure} ({phase})" for phase, measure in measures.items()]
            title = f"What counts as high: {words.listing(named)}"
            reasons = list(dict.fromkeys(stated[name]["reason"] for name, _ in phases.values()))
        else:
            title, reasons = _title_if_absent(run, criterion), [_reason_if_absent(run, criterion)]
        out.append({"title": title, "sentences": [*reasons, *sentences] if moves else sentences})
    return out


def assumptions_table(run: ReportRun) -> Table:
    """Return the results under each value of each assumption."""
    stated = _reconstructed(run)

    def title(row):
        if row["id"] in stated:
            return f"What counts as high: {run.measures.label(row['phase'], stated[row['id']]['measure'])}"
        return _title_if_absent(run, row["criterion"])

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


def _reconstructed(run):
    """The reconstructed conditions of the method by their ids."""
    return {condition["id"]: condition for _, condition in iter_conditions(run.method) if "id" in condition}


def _title_if_absent(run, criterion):
    return f"“{run.label(criterion)}” where the files lack a figure"


def _reason_if_absent(run, criterion):
    """Why a condition that a release may lack is an assumption, and whether this release has its figures."""
    reason = (
        "The definition asks for a figure that not every release has. Where it is missing, the method leaves that "
        "condition out; the other reading is that the criterion cannot be assessed."
    )
    lacks = run.caveats.rows("condition_relaxed", criterion=criterion)
    return reason if lacks else f"{reason} This release has the figure."


def value_taken(row: dict) -> str:
    """Return the value of a row of sensitivity.csv as a reader writes it."""
    if row["kind"] == "quantile":
        return words.capital(words.quantile(float(row["value"])))
    return {"ignored": "Condition left out", "required": "Condition required"}.get(row["value"], str(row["value"]))


def sensitivity(phases: dict[str, list[dict]], key: str, group: str) -> tuple[list[str], bool]:
    """What an assumption weighs: how the share of a group moves with the value taken. One sentence a phase at most.

    `phases`: {phase: rows of classified/sensitivity.csv of one assumption}. `key`: the column of the share. `group`:
    the group in words. Returns (sentences, whether any result moves).
    """
    moved, still, never_met = [], [], True
    for phase, rows in phases.items():
        used = next((row for row in rows if row["used"]), None)
        if used is None or len(rows) < 2 or not all(words.known(row[key]) for row in rows):
            continue
        met = any(row["criterion_met"] for row in rows)
        never_met = never_met and not met and bool(used["criterion_not_assessable"])
        low, high = (words.percent(least(row[key] for row in rows), 1) for least in (min, max))
        if low == high:
            still.append(f"{low} of {phase} schools")
        else:
            moved.append(
                f"Depending on the choice, between {low} and {high} of {phase} schools are {group}; in this run "
                f"{words.percent(used[key], 1)}."
            )
    if not moved and not still:
        return [], False
    if never_met:
        return ["Changes nothing here: whichever is chosen, no school is known to meet the criterion."], False
    if still:
        moved.append(f"Whichever is chosen, {words.listing(still)} are {group}.")
    return moved, len(moved) > bool(still)


# How much the radius matters


def radius_sentence(run: ReportRun, phase: str) -> str:
    """Return how the median of partners of a phase depends on the radius."""
    curve = run.radius_curve
    curve = curve[(curve["area"] == "England") & (curve["phase"] == phase)].set_index("radius_miles")["median_partners"]
    row = run.published_row("median_partners", phase)
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
    same = [at for at in sorted(curve) if curve[at] == published]
    higher = [at for at in sorted(curve) if curve[at] > published]
    if same:
        where = f"comes out at {words.listing([*(words.number(at, 2) for at in same[:-1]), words.miles(same[-1])])}"
    elif higher:
        where = f"comes out at no radius that was tried: from {words.miles(higher[0])} on the median is higher"
    else:
        where = f"is not reached within {words.miles(max(curve))}"
    return f"{out} The published median, {words.number(published, 1)}, {where}."


# Compared with published figures


def evidence(levels: list[str], synthetic: bool) -> str:
    """What the comparisons as a whole are evidence of. `levels`: the column `evidence` of compared/published.csv."""
    if not levels:
        return "No published figure is available to compare with."
    if synthetic:
        return "The data are synthetic: neither agreement nor difference says anything about schools."
    counts = {level: levels.count(level) for level in EVIDENCE if level in levels}
    does = {level: words.plural(n, *EVIDENCE[level][:2]) for level, n in counts.items()}
    comparisons = f"{words.in_words(len(levels))} {words.plural(len(levels), 'comparison')}"
    if len(counts) == 1:
        which = {1: "The one comparison", 2: "Both comparisons"}.get(len(levels), f"All {comparisons}")
        return f"{which} {does[levels[0]]} {EVIDENCE[levels[0]][2]}."
    parts = (f"{words.in_words(n)} {does[level]} {EVIDENCE[level][2]}" for level, n in counts.items())
    return f"Of {comparisons}, {words.listing(parts)}."


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
    shared = {}
    for key in ("evidence", "note"):
        values = {row[key] if words.known(row[key]) else "" for row in rows}
        if len(values) == 1:
            shared[key] = values.pop()
    if shared.get("evidence"):
        note = f"Evidence of all rows: {shared['evidence']}. {note}"
    if shared.get("note"):
        note = f"{shared['note']} {note}"
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
        note=note,
        download=run.link("compared/published.csv"),
    )


# Compared with official counts of single criteria


def official_counts(run: ReportRun) -> list[str]:
    """Return a sentence for each criterion counted over the results files, beside the official count."""
    out = []
    for (phase, criterion), rows in run.results_files.groupby(["phase", "criterion"], sort=False):
        counts = rows.set_index("where")[["met", "not_met", "not_assessable"]].to_dict("index")
        out.append(official_count(run.label(criterion), phase, counts, run.official_count(phase, criterion)))
    return [sentence for sentence in out if sentence]


def official_table(run: ReportRun) -> Table:
    """Return the table of single criteria counted over the rows of the results files."""
    columns = (
        Column("Criterion", lambda row: run.label(row["criterion"])),
        Column("Phase", "phase", words.capital),
        Column("Rows counted", "where", ROWS_COUNTED.get, "wide"),
        count("Met", "met"),
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


def official_count(label: str, phase: str, rows: dict[str, dict], official: float | None) -> str:
    """A criterion counted over the results files, beside the official count.

    `rows`: {where: {met, not_met, not_assessable}} of classified/results_files.csv. `official`: a count, or None.
    """
    if "all_rows" not in rows:
        return ""
    counted = rows["all_rows"]
    if not counted["met"] + counted["not_met"]:
        count_of = f" The official count is {words.number(official)}." if words.known(official) else ""
        return f"“{label}” could not be assessed for any {phase} school of the results file.{count_of}"
    met = counted["met"]
    out = f"{words.capital(words.schools(met, phase))} of the results file {'meets' if met < 2 else 'meet'} “{label}”"
    if words.known(official):
        gap = met - int(official)
        more = f"{'more' if gap > 0 else 'fewer'} here"
        share = f" ({words.percent(abs(gap) / official)} {more})" if gap and official else ""
        out += f"; the official count is {words.number(official)}{share or ', the same'}"
    inside, outside = rows.get("in_population"), rows.get("not_in_register")
    if met and inside and outside:
        belong = words.plural(inside["met"], "belongs", "belong")
        out += f". Of these, {words.number(inside['met'])} {belong} to a school counted here, and "
        out += f"{words.number(outside['met'])} {words.plural(outside['met'], 'is', 'are')} not in the register"
    return f"{out}."
