"""Say in words why a school is where it is: from the rows of the source files to its group and its partners.

Usage: python scripts/explain.py URN --release RELEASE [--results FOLDER]
Reads the results of a finished run, and computes nothing anew. Exit 0: the URN was found; 1: it was not; 2: no run.
"""

import argparse
import csv
import json
import sys
import textwrap
from pathlib import Path

import pyarrow.parquet as pq

from lib.run_step import UserError, finished_run
from lib.settings import METRES_PER_MILE
from lib.words import listing, plural

COMPARISONS = {
    "<": "under",
    "<=": "at most",
    "==": "exactly",
    ">=": "at least",
    ">": "over",
    "in": "one of",
    "not in": "none of",
}
OUTCOMES = {"met": "MET", "not_met": "not met", "not_assessable": "NOT ASSESSABLE"}
GROUPS = {
    "in_need": "in need of support",
    "high_performing": "high-performing",
    "neither": "neither high-performing nor in need",
    "not_assessable": "not assessable: it meets no criterion, but not all could be assessed",
}
SUFFIXES = {"": "", "_1y_before": ", one year before", "_2y_before": ", two years before"}
LINKS = ("clean/links.parquet", "clean/links_of_results.parquet")
OF_RELEASE = ("raw/", "clean/")  # beside the folder of the run
MOST_PARTNERS = 40


class Run:
    """The results of one run, read row by row. `folder`: results/{release}/{method}."""

    def __init__(self, folder):
        self.folder = Path(folder)
        manifest = json.loads(self.path("raw/manifest.json").read_text(encoding="utf-8"))
        self.files = {entry["source"]: entry["file"] for entry in manifest["files"]}
        self.summary = json.loads(self.path("summary.json").read_text(encoding="utf-8"))

    def path(self, name):
        """Where a file of the run, or of its release, lies."""
        return (self.folder.parent if name.startswith(OF_RELEASE) else self.folder) / name

    def rows(self, path, **where):
        """Rows of a Parquet table as dicts, filtered by equality."""
        return pq.read_table(self.path(path), filters=[(k, "=", v) for k, v in where.items()]).to_pylist()

    def lines(self, path, **where):
        """Rows of a CSV table as dicts of text, filtered by equality."""
        with open(self.path(path), encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if all(row[k] == str(v) for k, v in where.items())]


def explain(run, urn):
    """Return (lines of text, whether the URN was found)."""
    schools = run.rows("population/schools.parquet", urn=urn)
    if not schools:
        return _left_out(run, urn)
    lines = [f"URN {urn}, {schools[0]['name']}" if schools[0]["name"] else f"URN {urn}"]
    if run.summary["synthetic"]:
        lines.append("This is an invented school of a synthetic release.")
    for school in schools:
        lines += ["", f"== {school['phase'].capitalize()}, release {run.summary['release']} =="]
        lines += _register(run, school) + _data(run, school) + _criteria(run, school) + _group(run, school)
    unused = run.lines("clean/rejected.csv", urn=urn) + run.lines("audit/unused.csv", urn=urn)
    if unused:
        lines += ["", "Rows under this URN that are not used:"]
        lines += [f"  {row['reason']} ({_at(run, row)})." for row in unused]
    return lines, True


def _left_out(run, urn):
    rejected = run.lines("clean/rejected.csv", urn=urn) + run.lines("population/left_out.csv", urn=urn)
    of_register = [row for row in rejected if row["source"] == "register"]
    elsewhere = [f"  Not used: {row['reason']} ({_at(run, row)})." for row in run.lines("audit/unused.csv", urn=urn)]
    for row in run.lines("population/inherited.csv", from_urn=urn):
        elsewhere.append(f"  Predecessor of URN {row['urn']}, {_words(row['outcome'])}: {_thing(row['what'])}.")
    for column, words in (("urn", "predecessor URN"), ("predecessor_urn", "successor URN")):
        for row in _links(run, **{column: urn}):
            other = row["predecessor_urn" if column == "urn" else "urn"]
            elsewhere.append(f"  Linked: {words} {other} ({_at(run, row)}).")
    if not rejected and not elsewhere:
        files = ", ".join(run.files.values())
        return [f"URN {urn} stands in no row of the source files of release {run.summary['release']}: {files}."], False
    lines = [f"URN {urn} is not in the population of release {run.summary['release']}."]
    for row in of_register:
        lines.append(f"  Left out: {row['reason']} ({_at(run, row)}).")
    if not of_register:
        lines.append("  The register does not have it.")
    others = [row for row in rejected if row["source"] != "register"]
    lines += [f"  Also left out: {row['reason']} ({_at(run, row)})." for row in others]
    return lines + elsewhere, True


def _at(run, row):
    """Where a row stands: file and line."""
    return f"{run.files[row['source']]}, row {row['row']}"


def _links(run, **where):
    """Rows that state that `urn` succeeds `predecessor_urn`, of the links files and of the results files."""
    return [row for path in LINKS for row in run.rows(path, **where)]


def _chain(run, urn, from_urn, steps):
    """The rows of links by which a school comes to its predecessor in so many steps."""
    rows = []
    for row in _links(run, urn=urn):
        onward = [] if steps == 1 else _chain(run, row["predecessor_urn"], from_urn, steps - 1)
        if onward or (steps == 1 and row["predecessor_urn"] == from_urn):
            rows += [row, *onward]
    return rows


def _register(run, school):
    register = run.files["register"]
    lines = [
        f"Register: {register}, row {school['register_row']}.",
        f"  {_words(school['type'])}; phase of education: {_words(school['phase_of_education'])}; "
        f"{school['la_name']}, {school['region']}.",
        f"  On {run.summary['reference_date']}: {school['open_on_reference_date']}.",
    ]
    if school["easting"] is None:
        lines.append("  No coordinates, so it cannot be matched.")
        aside = run.lines("clean/set_aside.csv", urn=school["urn"])
        lines += [
            f"  {row['column']} {row['value']} was set aside: {row['reason']} ({register}, row {row['row']})."
            for row in aside
        ]
    else:
        lines.append(f"  Easting {school['easting']}, northing {school['northing']}.")
    return lines


def _data(run, school):
    lines = ["Data:"]
    inherited = run.lines("population/inherited.csv", urn=school["urn"], phase=school["phase"])
    for suffix in SUFFIXES:
        if f"results_urn{suffix}" not in school:
            continue
        what, held_by = f"results{suffix}", school[f"results_urn{suffix}"]
        words, lineage = _lineage(run, school, what, held_by, school[f"results_via{suffix}"], inherited)
        if held_by is not None:
            (row,) = run.rows("clean/results.parquet", urn=held_by, phase=school["phase"])
            words += f" ({run.files[row[f'source{suffix}']]}, row {row[f'row{suffix}']})."
        lines.append(f"  {_thing(what).capitalize()}: {words}")
        lines += [line for line in lineage if line not in lines]
    what, held_by = "inspection", school["inspection_urn"]
    words, lineage = _lineage(run, school, what, held_by, school["inspection_via"], inherited)
    if held_by is None:
        lines.append(f"  Inspection: {words}")
    else:
        (row,) = run.rows("clean/inspections.parquet", urn=held_by)
        lines.append(f"  Inspection of {row['inspection_date']}: {words} ({_at(run, row)}).")
    lines += [line for line in lineage if line not in lines]
    for row in run.rows("clean/designations.parquet", urn=school["urn"]):
        lines.append(f"  {_words(row['designation'])} on the reference date ({_at(run, row)}).")
    return lines


def _lineage(run, school, what, held_by, via, inherited):
    """Whose results or inspection a school has, in words, and lines on the predecessors they came or did not come from.

    `inherited`: the lines of clean/inherited.csv on the school.
    """
    lines = []
    for row in (row for row in inherited if row["what"] == what and row["from_urn"]):
        from_urn = int(row["from_urn"])
        links = "; ".join(_at(run, link) for link in _chain(run, school["urn"], from_urn, int(row["steps"])))
        if row["outcome"] == "inherited":
            lines.append(f"    Linked to predecessor {from_urn} by {links}.")
            if row["shared_with"]:
                lines.append(f"    Its {_thing(what)}: inherited also by URN {listing(row['shared_with'].split(';'))}.")
        elif row["outcome"] == "predecessor_still_open":
            lines.append(f"    Predecessor {from_urn} ({links}), itself in the population, keeps its {_thing(what)}.")
        else:
            raise ValueError(f"population/inherited.csv: no words for the outcome {row['outcome']}")
    words = {
        "own": "its own",
        "predecessor": f"inherited from predecessor {held_by}",
        "ambiguous": "none taken: several predecessors at the same distance have one (population/inherited.csv).",
        "none": "none under its own URN, nor under that of a predecessor from which it inherits.",
    }
    return words[via], lines


def _criteria(run, school):
    lines = ["Criteria:"]
    described = run.lines("audit/dictionary.csv", table="clean/results.csv")
    # A column that both phases' files fill has a meaning for each.
    meanings = {row["column"]: row["meaning"] for row in described if ";" not in row["meaning"]}
    for row in run.rows("classified/criteria.parquet", urn=school["urn"], phase=school["phase"]):
        lines.append(f"  {_words(row['criterion'])} ({_words(row['group'])}): {OUTCOMES[row['outcome']]}")
        stated = run.lines("classified/thresholds.csv", phase=school["phase"], criterion=row["criterion"])
        lines += _lacking(stated, meanings)
        basis = {int(condition["place"]): condition for condition in stated}
        key = {"urn": school["urn"], "phase": school["phase"], "criterion": row["criterion"]}
        for condition in run.rows("classified/conditions.parquet", **key):
            lines += _wrapped(_condition(condition, basis[condition["place"]], meanings), "    - ", "      ")
    return lines


def _lacking(conditions, meanings):
    """A line that the release lacks what the test of a criterion needs, where it does."""
    absent = [stated for stated in conditions if stated["available"] == "false"]
    needed = [stated for stated in absent if stated["if_absent"] != "ignore"]
    if len(absent) == len(conditions):
        needed = absent  # with every condition ignored there is no test left
    if not needed:
        return []
    lacks = list(dict.fromkeys(_called(stated["measure"], meanings) for stated in needed))
    measures = f"{plural(len(lacks), 'the measure')} {listing(lacks)}"
    return _wrapped(f"The release lacks {measures}, so this criterion is assessed for no school.", "    ", "    ")


def _condition(condition, stated, meanings):
    """A condition in words: the school's value, what is asked, the answer and where the threshold comes from.

    `condition`: of classified/conditions. `stated`: of classified/thresholds.
    """
    outcome = condition["outcome"]
    if outcome == "ignored":
        outcome = "ignored, since the release lacks it"
    note = f"{stated['basis']}, {stated['source']}"
    if stated["quantile"]:
        note += f", quantile {stated['quantile']} of {stated['schools_with_value'] or 'no'} schools"
    asked = f"{COMPARISONS[condition['is']]} {_words(condition['threshold'] or 'a value not known')}?"
    value = condition["status"] if condition["value"] is None else condition["value"]
    return f"{_called(condition['measure'], meanings)}: {_words(value)}; {asked} {outcome} [{note}]"


def _group(run, school):
    (row,) = run.rows("classified/schools.parquet", urn=school["urn"], phase=school["phase"])
    lines = [f"Group: {GROUPS[row['group']]}{', and high-performing as well' if row['both'] else ''}."]
    if row["not_assessable_criteria"]:
        lines.append(f"  Not assessable: {', '.join(map(_words, row['not_assessable_criteria'].split(';')))}.")
    radius = run.summary["radius_miles"][school["phase"]]
    if row["group"] == "in_need":
        pairs = run.rows("matched/partners.parquet", urn=school["urn"], phase=school["phase"])
        reach = run.rows("matched/reach.parquet", urn=school["urn"], phase=school["phase"])
        if not reach:
            lines.append("Partners: not known, since the school has no coordinates.")
        else:
            nearest = reach[0]["nearest_m"]
            lines.append(f"Partners within {radius:g} miles: {reach[0]['partners']}.")
            if nearest is None:
                lines.append("  No high-performing school of the phase has coordinates, so there is no nearest one.")
            else:
                lines.append(f"  The nearest high-performing school of the phase, however far: {_distance(nearest)}.")
        lines += _pairs(pairs, "partner_urn")
    elif row["group"] == "high_performing":
        pairs = run.rows("matched/partners.parquet", partner_urn=school["urn"], phase=school["phase"])
        placed = school["easting"] is not None
        told = len(pairs) if placed else "not known, since the school has no coordinates"
        lines.append(f"Schools in need of the same phase within {radius:g} miles: {told}.")
        lines += _pairs(pairs, "urn")
    return lines


def _pairs(pairs, other):
    pairs = sorted(pairs, key=lambda pair: (pair["distance_m"], pair[other]))
    lines = [f"  URN {pair[other]}, {_distance(pair['distance_m'])}" for pair in pairs[:MOST_PARTNERS]]
    if len(pairs) > MOST_PARTNERS:
        lines.append(f"  and {len(pairs) - MOST_PARTNERS} more (matched/partners.csv)")
    return lines


def _distance(metres):
    """A distance in the unit of the tables and in that of the radius."""
    return f"{metres:,.0f} m ({metres / METRES_PER_MILE:.2f} miles)"


def _thing(what):
    """What is inherited, in words: inspection, results, or results of an earlier year."""
    name, mark, year = what.partition("_")
    return name + SUFFIXES[mark + year]


def _called(measure, meanings):
    return meanings.get(measure) or _words(measure)


def _wrapped(text, first, further):
    return textwrap.wrap(text, 110, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def _words(name):
    return str(name).replace("_", " ").replace("|", " or ")


def main():
    parser = argparse.ArgumentParser(description="Say why a school is in its group.")
    parser.add_argument("urn", help="unique reference number of the school")
    parser.add_argument("--release", required=True, help="release, e.g. 2016")
    parser.add_argument("--method", help="run of the release, where there are several, e.g. nfer-2017")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    arguments = parser.parse_args()
    try:
        folder = finished_run(arguments.results, arguments.release, arguments.method, "summary.json")
    except UserError as error:
        print(error)
        return 2
    if not arguments.urn.isdigit():
        print(f"'{arguments.urn}' is no URN: it should be a whole number, such as 100000.")
        return 1
    lines, found = explain(Run(folder), int(arguments.urn))
    print("\n".join(lines))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
