"""The files behind the page: what each holds, its checksum, and those that the page itself holds."""

from changes_sections.comparison import Comparison
from lib import words
from lib.change_schemas import SIDES

TITLE = "Files and audit"
# What each file of a comparison says; the page holds those that name no school.
FILES = {
    "schools.csv": "each school of either release in one row: how it is followed, groups before and after, reasons",
    "criteria.csv": "the criteria whose outcome is another, of each school that is followed",
    "conditions.csv": "the conditions of these that are another, with both values and thresholds",
    "partners.csv": "each pair of a school in need and a partner that was gained or lost, and why",
    "flows.csv": "how many went from which group to which, in England, regions and local authorities",
    "reasons.csv": "how many came and left for which reason, likewise",
    "areas.csv": "how many came, left and stayed, with bounds, likewise",
    "published.csv": "official counts of both years beside the runs’ own",
    "differences.csv": "cells that differ, where both runs are of one release",
    "summary.json": "the headline",
    "dictionary.csv": "what each column of these tables means",
}
ON_PAGE = (
    "flows.csv",
    "reasons.csv",
    "areas.csv",
    "published.csv",
    "differences.csv",
    "dictionary.csv",
    "summary.json",
)


def view(comparison: Comparison) -> dict:
    """Return what the section's template shows."""
    sums = {output["file"]: output for output in comparison.provenance["outputs"]}
    return {
        "files": [
            {
                "name": name,
                "says": says,
                "link": comparison.link(name),
                "size": words.file_size(sums[name]["size"]),
                "sha256": sums[name]["sha256"],
            }
            for name, says in FILES.items()
            if name in sums
        ],
        "inputs": {
            side: {
                "title": comparison.summary[side]["title"],
                "folder": f"results/{comparison.summary[side]['release']}/{comparison.summary[side]['run']}",
                "files": comparison.provenance[side]["inputs"],
            }
            for side in SIDES
        },
        "code": len(comparison.provenance["code"]),
        "explain": [
            f"make explain URN=… RELEASE={comparison.summary[side]['release']} METHOD={comparison.summary[side]['run']}"
            for side in SIDES
        ],
    }
