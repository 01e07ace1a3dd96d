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

from settings import METRES_PER_MILE

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
MOST_PARTNERS = 40


class Run:
    """The results of one release, read row by row."""

    def __init__(self, folder):
        self.folder = Path(folder)
        manifest = json.loads((self.folder / "raw/manifest.json").read_text(encoding="utf-8"))
        self.files = {entry["source"]: entry["file"] for entry in manifest["files"]}
        self.summary = json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))

    def rows(self, path, **where):
        """Rows of a Parquet table as dicts, filtered by equality."""
        return pq.read_table(self.folder / path, filters=[(k, "=", v) for k, v in where.items()]).to_pylist()

    def lines(self, path, **where):
        """Rows of a CSV table as dicts of text, filtered by equality."""
        with open(self.folder / path, encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if all(row[k] == str(v) for k, v in where.items())]


def explain(run, urn):
    """Return (lines of text, whether the URN was found)."""
    schools = run.rows("clean/schools.parquet", urn=urn)
    if not schools:
        return _left_out(run, urn)
    lines = [f"URN {urn}, {schools[0]['name']}" if schools[0]["name"] else f"URN {urn}"]
    if run.summary["synthetic"]:
        lines.append("This is an invented school of a synthetic release.")
    for school in schools:
        lines += ["", f"== {school['phase'].capitalize()}, release {run.summary['release']} =="]
        lines += _register(run, school) + _data(run, school) + _criteria(run, school) + _group(run, school)
    return lines, True


def _left_out(run, urn):
    rejected = run.lines("clean/rejected.csv", urn=urn)
    of_register = [row for row in rejected if row["source"] == "register"]
    elsewhere = [f"  Not used: {row['reason']} ({_at(run, row)})." for row in run.lines("audit/unused.csv", urn=urn)]
    for row in run.lines("clean/inherited.csv", from_urn=urn):
        elsewhere.append(f"  Predecessor of URN {row['urn']}: {_words(row['what'])} {_words(row['outcome'])}.")
    for column, words in (("urn", "predecessor URN"), ("predecessor_urn", "successor URN")):
        for row in run.rows("clean/parts/links.parquet", **{column: urn}):
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
    for suffix, ago in SUFFIXES.items():
        if f"results_urn{suffix}" not in school:
            continue
        held_by = school[f"results_urn{suffix}"]
        if held_by is None:
            lines.append(f"  Results{ago}: {_none(school[f'results_via{suffix}'])}")
            continue
        row = run.rows("clean/results.parquet", urn=held_by, phase=school["phase"])[0]
        where = f"{run.files[row[f'source{suffix}']]}, row {row[f'row{suffix}']}"
        lines.append(f"  Results{ago}: {_whose(school, held_by, school[f'results_via{suffix}'])} ({where}).")
    if school["inspection_urn"] is None:
        lines.append(f"  Inspection: {_none(school['inspection_via'])}")
    else:
        row = run.rows("clean/inspections.parquet", urn=school["inspection_urn"])[0]
        whose = _whose(school, school["inspection_urn"], school["inspection_via"])
        lines.append(
            f"  Inspection of {row['inspection_date']}: {whose} ({run.files[row['source']]}, row {row['row']})."
        )
    for row in run.rows("clean/designations.parquet", urn=school["urn"]):
        lines.append(
            f"  {_words(row['designation'])} on the reference date ({run.files[row['source']]}, row {row['row']})."
        )
    return lines


def _criteria(run, school):
    lines = ["Criteria:"]
    described = run.lines("audit/dictionary.csv", table="clean/results.csv")
    # A column that both phases' files fill has a meaning for each.
    meanings = {row["column"]: row["meaning"] for row in described if ";" not in row["meaning"]}
    thresholds = run.lines("classified/thresholds.csv", phase=school["phase"])
    basis = {(t["criterion"], t["measure"], t["is"]): t for t in thresholds if not t["quantile"]}
    quantiles = {(t["criterion"], t["measure"], t["is"]): t for t in thresholds if t["quantile"]}
    for row in run.rows("classified/criteria.parquet", urn=school["urn"], phase=school["phase"]):
        lines.append(f"  {_words(row['criterion'])} ({_words(row['group'])}): {OUTCOMES[row['outcome']]}")
        for item in row["evidence"].split("; "):
            measure, value, rest = item.split(" ", 2)
            comparison, threshold, outcome = rest.rsplit(" ", 2)
            key = (row["criterion"], measure, comparison)
            stated = basis.get(key) or quantiles.get(key)
            note = f"{stated['basis']}, {stated['source']}"
            if stated["quantile"]:
                note += f", quantile {stated['quantile']} of {stated['schools_with_value'] or 'no'} schools"
            called = meanings.get(measure) or _words(measure)
            asked = f"{COMPARISONS[comparison]} {_words(threshold)}? {outcome} [{note}]"
            said = f"{called}: {_words(value)}; {asked}"
            lines += textwrap.wrap(said, 110, initial_indent="    - ", subsequent_indent="      ")
    return lines


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
            if nearest is not None:
                lines.append(f"  The nearest high-performing school of the phase, however far: {_distance(nearest)}.")
        lines += _pairs(pairs, "partner_urn")
    elif row["group"] == "high_performing":
        pairs = run.rows("matched/partners.parquet", partner_urn=school["urn"], phase=school["phase"])
        lines.append(f"Schools in need of the same phase within {radius:g} miles: {len(pairs)}.")
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


def _whose(school, held_by, via):
    return (
        "its own"
        if via == "own"
        else f"inherited from predecessor {held_by}"
        if held_by != school["urn"]
        else "its own row"
    )


def _none(via):
    return {
        "ambiguous": "none taken: several predecessors at the same distance have one (clean/inherited.csv).",
        "none": "none under its own URN, nor under that of a predecessor from which it inherits.",
    }[via]


def _words(name):
    return str(name).replace("_", " ").replace("|", " or ")


def main():
    parser = argparse.ArgumentParser(description="Say why a school is in its group.")
    parser.add_argument("urn", help="unique reference number of the school")
    parser.add_argument("--release", required=True, help="release, e.g. 2016")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    arguments = parser.parse_args()
    folder = Path(arguments.results) / arguments.release
    if not (folder / "summary.json").is_file():
        there = sorted(p.parent.name for p in Path(arguments.results).glob("*/summary.json"))
        print(f"No finished run of {arguments.release} in {arguments.results}/. There: {', '.join(there) or 'none'}.")
        return 2
    if not arguments.urn.isdigit():
        print(f"'{arguments.urn}' is no URN: it should be a whole number, such as 100000.")
        return 1
    lines, found = explain(Run(folder), int(arguments.urn))
    print("\n".join(lines))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
