"""Explain how a school was classified: from the rows of the source files to its group and its partners.

Usage: python scripts/explain.py URN --release RELEASE [--method METHOD] [--results FOLDER]
Reads the results of a finished run, and computes nothing anew. Exit 0: the URN was found; 1: it was not; 2: no run.
"""

import argparse
import sys
import textwrap

from lib import words as say
from lib.domain import CRITERION_GROUPS, GRADED, METRES_PER_MILE, NOBODY_KNOWS
from lib.releases import ROW
from lib.run_files import finished_run
from lib.run_rows import Row, Run
from lib.run_step import UserError

COMPARISONS = say.COMPARISONS | {"==": "exactly", "in": "one of", "not in": "none of"}
OUTCOMES = {"met": "MET", "not_met": "not met", "not_assessable": "NOT ASSESSABLE"}
GROUPS = say.GROUPS_IN_FULL | say.NEITHER
SUFFIXES = {"": "", "_1y_before": ", one year before", "_2y_before": ", two years before"}
VIA = {
    "own": "its own",
    "predecessor": "inherited from predecessor {urn}",
    "ambiguous": "none taken: several predecessors at the same distance have one (population/inherited.csv).",
    "none": "none under its own URN, nor under that of a predecessor from which it inherits.",
}
UNDATED = "a day not stated"
JUDGED = {"": "The inspection", "previous_": "The one before it", "card_": "The report card"}
UNUSED = ("population/left_out.csv", "clean/rejected.csv", "audit/unused.csv")
MOST_PARTNERS = 40


def explain(run: Run, urn: int) -> tuple[list[str], bool]:
    """Return (lines of text, whether the URN was found)."""
    release, schools = run.summary["release"], run.rows("population/schools.parquet", urn=urn)
    unused = [row for name in UNUSED for row in run.lines(name, urn=urn)]
    if schools:
        lines = [f"URN {urn}, {schools[0]['name']}" if schools[0]["name"] else f"URN {urn}"]
        if run.summary["synthetic"]:
            lines.append("This is an invented school of a synthetic release.")
        for school in schools:
            lines += ["", f"== {school['phase'].capitalize()}, release {release} =="]
            lines += _register(run, school) + _data(run, school) + _criteria(run, school) + _group(run, school)
    else:
        lines = [f"URN {urn} is not in the population of release {release}."]
        if not any(row["source"] == "register" for row in unused):
            lines.append("  The register does not have it.")
        for row in run.lines("population/inherited.csv", from_urn=urn):
            lines.append(f"  Predecessor of URN {row['urn']}, {_words(row['outcome'])}: {_thing(row['what'])}.")
        lines += [f"  Linked: predecessor URN {row['predecessor_urn']} ({run.at(row)})." for row in run.links(urn=urn)]
        lines += [f"  Linked: successor URN {row['urn']} ({run.at(row)})." for row in run.links(predecessor_urn=urn)]
        if not unused and len(lines) == 2:
            files = ", ".join(run.files.values())
            return [f"URN {urn} is in no row of the source files of release {release}: {files}."], False
    if unused:
        lines += ["", "Rows under this URN that are not used:"]
        lines += [f"  {row['reason']} ({run.at(row)})." for row in unused]
    return lines, True


def _register(run: Run, school: Row) -> list[str]:
    register = run.files["register"]
    lines = [
        f"Register: {register}, row {school['register_row']}.",
        f"  {_words(school['type'])}; phase of education: {_words(school['phase_of_education'])}; "
        f"{school['la_name'] or 'no local authority stated'}, {school['region'] or 'no region stated'}.",
        f"  On {run.summary['reference_date']}: {school['open_on_reference_date']}.",
    ]
    if school["easting"] is not None:
        by = ", by its postcode" if school["coordinates_from"] == "postcode" else ""
        return [*lines, f"  Easting {school['easting']}, northing {school['northing']}{by}."]
    lines.append("  No coordinates, so it cannot be matched.")
    for row in run.lines("clean/set_aside.csv", urn=school["urn"]):
        lines.append(f"  {row['column']} {row['value']} was set aside: {row['reason']} ({register}, row {row['row']}).")
    return lines


def _data(run: Run, school: Row) -> list[str]:
    """Whose results and inspection the school has, and the rows that they and its designations are in."""
    lines = ["Data:"]
    inherited = run.lines("population/inherited.csv", urn=school["urn"], phase=school["phase"])
    for kind, suffix in (*(("results", suffix) for suffix in SUFFIXES), ("inspection", "")):
        if f"{kind}_urn{suffix}" not in school:
            continue  # the release has no results of that year
        held_by, head = school[f"{kind}_urn{suffix}"], _thing(f"{kind}{suffix}").capitalize()
        words = VIA[school[f"{kind}_via{suffix}"]].format(urn=held_by)
        if held_by is not None:
            where = {"urn": held_by} | ({"phase": school["phase"]} if kind == "results" else {})
            (row,) = run.rows(f"clean/{kind.removesuffix('s')}s.parquet", **where)
            at = "; ".join(filter(None, [_at(run, row, after=suffix), *_added(run, row, suffix)]))
            if kind == "inspection" and row["overall_effectiveness_status"] not in GRADED:
                words = "none that was graded"
            elif kind == "inspection":
                head += f" of {row['inspection_date'] or UNDATED}"
            words += f" ({at})." if at else "."
        lines.append(f"  {head}: {words}")
        lines += [line for line in _lineage(run, school, f"{kind}{suffix}", inherited) if line not in lines]
    lines += _beside(run, school)
    for row in run.rows("clean/designations.parquet", urn=school["urn"]):
        lines.append(f"  {_words(row['designation'])} on the reference date ({run.at(row)}).")
    return lines


def _at(run: Run, row: Row, of: str = "", after: str = "") -> str:
    """Where a row of clean/ is taken from; blank where nothing is. `of`, `after`: of the columns' names."""
    source = row.get(f"{of}source{after}")
    return "" if source is None else f"{run.files[source]}, row {row[f'{of}row{after}']}"


def _beside(run: Run, school: Row) -> list[str]:
    """What stands in clean/inspections beside the latest graded inspection, and the row that it is taken from."""
    graded, card = school["inspection_urn"], school.get("card_urn", school["inspection_urn"])
    rows = {urn: row for urn in {school["urn"], graded, card} for row in run.rows("clean/inspections.parquet", urn=urn)}
    of_grades, of_card, own = (rows.get(urn, {}) for urn in (graded, card, school["urn"]))
    card_words = {True: f"Report card of {of_card.get('report_card_date') or UNDATED}", False: "No report card"}
    told = [
        (of_grades, "", "Graded without an overall grade" if of_grades.get("no_overall_grade") else None),
        (
            of_grades,
            "previous_",
            f"Graded inspection before it, of {of_grades.get('previous_inspection_date') or UNDATED}",
        ),
        (of_card, "card_", card_words.get(of_card.get("has_report_card"))),
        (
            of_card,
            "category_",
            of_card.get("category_of_concern") and f"Category of concern: {of_card['category_of_concern']}",
        ),
        (own, "headline_", own.get("headline_grade") and f"Headline grade: {own['headline_grade']}"),
    ]
    judged = [(row, of, row.get(f"{of}judged_urn")) for row, of, _ in told]
    told += [
        (row, of, f"{JUDGED[of]}, judged under URN {urn}")
        for row, of, urn in judged
        if urn is not None and of in JUDGED
    ]
    return [f"  {_words(words)} ({at})." for row, of, words in told if words and (at := _at(run, row, of))]


def _added(run: Run, row: Row, suffix: str) -> list[str]:
    """Where the rows are that add to a row of the results of a year, of another file or of the same one, a long one."""
    words = []
    for column in row:
        if (named := ROW.fullmatch(column)) and named[1] == suffix and named[0] != f"row{suffix}":
            if row[column] is not None:
                file = f"{run.files[named[2]]}, " if named[2] else ""
                part = f" ({_words(named[3])})" if named[3] else ""
                words.append(f"with {file}row {row[column]}{part}")
    return words


def _lineage(run: Run, school: Row, what: str, inherited: list[Row]) -> list[str]:
    """The predecessors from which a school's results or inspection came or did not come, and the links to them.

    `inherited`: the rows of population/inherited.csv on the school.
    """
    lines = []
    for row in (row for row in inherited if row["what"] == what and row["from_urn"]):
        from_urn = int(row["from_urn"])
        links = "; ".join(run.at(link) for link in _chain(run, school["urn"], from_urn, int(row["steps"])))
        if row["outcome"] == "inherited":
            lines.append(f"    Linked to predecessor {from_urn} by {links}.")
            if row["shared_with"]:
                lines.append(
                    f"    Its {_thing(what)}: inherited also by URN {say.listing(row['shared_with'].split(';'))}."
                )
        else:  # predecessor_still_open
            lines.append(f"    Predecessor {from_urn} ({links}), itself in the population, keeps its {_thing(what)}.")
    return lines


def _chain(run: Run, urn: int, from_urn: int, steps: int) -> list[Row]:
    """The rows of links by which a school comes to its predecessor in so many steps."""
    rows = []
    for row in run.links(urn=urn):
        onward = [] if steps == 1 else _chain(run, row["predecessor_urn"], from_urn, steps - 1)
        if onward or (steps == 1 and row["predecessor_urn"] == from_urn):
            rows += [row, *onward]
    return rows


def _criteria(run: Run, school: Row) -> list[str]:
    """The outcome of each criterion, with its conditions."""
    lines, phase = ["Criteria:"], school["phase"]
    of_school = {"urn": school["urn"], "phase": phase}
    conditions = run.rows("classified/conditions.parquet", **of_school)
    thresholds = run.lines("classified/thresholds.csv", phase=phase)
    basis = {(stated["criterion"], int(stated["place"])): stated for stated in thresholds}
    criteria = run.rows("classified/criteria.parquet", **of_school)
    for row in criteria:
        name = row["criterion"]
        lines.append(f"  {_words(name)} ({_words(row['group'])}): {OUTCOMES[row['outcome']]}")
        of_group = [other["criterion"] for other in criteria if other["group"] == row["group"]]
        told = {}  # {what is said of a condition: the measures of which it is}
        for condition in (condition for condition in conditions if condition["criterion"] == name):
            of = basis[name, condition["place"]]
            said = _condition(condition, of, _of_all(of, of_group, thresholds))
            # Alike lines on measures that the files lack are one; where there is a value, each measure has its own.
            once = (said, "" if condition["status"] == "not_in_release" else condition["place"])
            told.setdefault(once, {})[of.get("label", of["measure"])] = None  # a run made before has no labels
        for (said, _), labels in told.items():
            lines += _wrapped(f"{'; '.join(labels)}: {said}", "    - ", "      ")
    return lines


def _of_all(stated: Row, of_group: list[str], thresholds: list[Row]) -> bool:
    """Whether each criterion of a group asks this, as a method has it that restricts the group (`only_if`)."""
    asked_by = {row["criterion"] for row in thresholds if row["id"] and row["id"] == stated["id"]}
    return len(of_group) > 1 and asked_by == set(of_group)


def _condition(condition: Row, stated: Row, of_all: bool) -> str:
    """What is said of a condition's measure: the school's value, what is asked, the answer, whence the threshold is.

    `condition`: of classified/conditions. `stated`: of classified/thresholds. `of_all`: whether each criterion of the
    group asks it.
    """
    outcome, status = condition["outcome"], condition["status"]
    if outcome == "ignored":
        outcome = "left out of the test, since these files lack the measure"
    elif outcome == "unknown" and status == "ok":
        ends = f"{stated['threshold_least']} to {stated['threshold_most']}"
        outcome += f" here: the threshold may lie anywhere from {ends}, since these files lack figures of other schools"
    elif outcome == "unknown":
        here = ": these files lack the measure" if status == "not_in_release" else " here: missing in these files"
        outcome += ": nobody could assess it" if status in NOBODY_KNOWS else here
    note = f"{stated['basis']}, {stated['source']}"
    note += ", asked by every criterion of the group" if of_all else ""
    threshold = condition["threshold"]
    if stated["quantile"] and threshold is not None:
        note += f", quantile {stated['quantile']} of {stated['schools_with_value']} schools"
    elif stated["quantile"]:
        threshold = f"{say.quantile(float(stated['quantile']))}, not known here"
    asked = f"{COMPARISONS[condition['is']]} {_words(threshold)}?"
    value = status if condition["value"] is None else condition["value"]
    return f"{_words(value)}; {asked} {outcome} [{note}]"


def _group(run: Run, school: Row) -> list[str]:
    """The school's group, and its partners or the schools whose partner it could be."""
    phase, of_school = school["phase"], {"urn": school["urn"], "phase": school["phase"]}
    (row,) = run.rows("classified/schools.parquet", **of_school)
    lines = [f"Group: {GROUPS[row['group']]}{', and high-performing as well' if row['both'] else ''}."]
    if row["not_assessable_criteria"]:
        lines.append(f"  Not assessable: {', '.join(map(_words, row['not_assessable_criteria'].split(';')))}.")
    for group in CRITERION_GROUPS:
        # A school in need counts as such, whatever else it may be.
        if row[group] is None and row["group"] != "in_need":
            lines.append(f"  {say.not_known(group, row[f'{group}_missing_here'])}")
    placed, minutes = school["easting"] is not None, run.summary.get("travel_minutes", {}).get(phase)
    near = say.reach(run.summary["radius_miles"][phase], minutes)
    if not run.has_partners(**of_school):
        return [*lines, say.NO_PARTNERS]
    extents = run.rows("matched/bounds.parquet", **of_school)
    if row["group"] == "in_need":
        lines += [] if placed else ["Partners: not known, since the school has no coordinates."]
        for reach in run.rows("matched/reach.parquet", **of_school):
            lines.append(f"Partners within {near}: {reach['partners']}{_extent(extents, reach['partners'])}.")
            nearest = "none has coordinates" if reach["nearest_m"] is None else _distance(reach["nearest_m"])
            lines.append(f"  The nearest high-performing school of the phase, however far: {nearest}.")
        lines += _pairs(run.rows("matched/partners.parquet", **of_school), "partner_urn")
    elif row["group"] == "high_performing":
        pairs = run.rows("matched/partners.parquet", partner_urn=school["urn"], phase=phase)
        number = len(pairs) if placed else "not known, since the school has no coordinates"
        lines += [f"Schools in need of the same phase within {near}: {number}.", *_pairs(pairs, "urn")]
    if row["group"] != "in_need" and extents:
        lines.append(f"If it is in need, its partners within {near}: {_extent(extents)[2:]}.")
    return lines


def _extent(extents: list[Row], partners: int | None = None) -> str:
    """How few and how many partners a school can have, if not just so many. `extents`: its row of matched/bounds."""
    ends = [row[f"partners_{end}"] for row in extents for end in ("lower", "upper")]
    return f", at least {ends[0]} and at most {ends[1]}, whatever is unknown" if {*ends} - {partners} else ""


def _pairs(pairs: list[Row], other: str) -> list[str]:
    pairs = sorted(pairs, key=lambda pair: (pair["distance_m"], pair[other]))
    lines = [f"  URN {pair[other]}, {_distance(pair['distance_m'])}{_time(pair)}" for pair in pairs[:MOST_PARTNERS]]
    more = len(pairs) - MOST_PARTNERS
    return [*lines, f"  and {more} more (matched/partners.csv)"] if more > 0 else lines


def _time(pair: Row) -> str:
    """The travel time of a pair, in a run with travel times, or that it has none."""
    if "minutes" not in pair:
        return ""
    return ", no travel time" if pair["minutes"] is None else f", {say.number(pair['minutes'], 1)} minutes"


def _distance(metres: float) -> str:
    """A distance in the unit of the tables and in that of the radius."""
    return f"{metres:,.0f} m ({metres / METRES_PER_MILE:.2f} miles)"


def _thing(what: str) -> str:
    """What is inherited, in words: inspection, results, or results of an earlier year."""
    name, mark, year = what.partition("_")
    return name + SUFFIXES[mark + year]


def _wrapped(text: str, first: str, further: str) -> list[str]:
    return textwrap.wrap(text, 110, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def _words(name: object) -> str:
    return str(name).replace("_", " ").replace("|", " or ")


def main(arguments: list[str] | None = None) -> int:
    """Explain a school from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Explain how a school was classified.")
    parser.add_argument("urn", type=int, help="unique reference number of the school, such as 100000")
    parser.add_argument("--release", required=True, help="release, e.g. 2016")
    parser.add_argument("--method", help="run of the release, where there are several, e.g. nfer-2017")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    given = parser.parse_args(arguments)
    try:
        folder = finished_run(given.results, given.release, given.method)
    except UserError as error:
        print(error)
        return 2
    lines, found = explain(Run(folder), given.urn)
    print("\n".join(lines))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
