"""How the page words reasons, origins and places in a sentence; in tables they are worded by lib/change_schemas.py."""

# A reason as it follows "is" or "are": a new inspection (413).
REASONS = {
    "closed": "closure",
    "opened": "opening",
    "merged": "a merger",
    "split": "a split",
    "ambiguous": "a reorganisation of several schools at once",
    "between_urns": "a conversion under way on the other date",
    "other_phase": "a change of phase",
    "not_counted": "a place outside the population in one of the two",
    "not_in_register": "a place in one register alone",
    "rule_changed": "a change of rules",
    "threshold_moved": "a threshold that moved with all schools",
    "converted": "conversion, with which what was known before no longer counts",
    "inspected": "a new inspection",
    "designated": "a designation made or ended",
    "result_crossed": "a result that crossed a threshold",
    "became_known": "results or a judgement where there were none",
    "became_unknown": "the lack of results or a judgement that there were before",
    "other_file": "a difference between the files at hand",
}
# Where changes lie, as it follows "due to".
ORIGINS = {
    "schools": "the schools themselves (results, inspections, openings, closures)",
    "known": "what is known of them, which began or ended (conversions, first or last figures)",
    "data": "the files at hand, which have, lack or state something otherwise",
    "population": "thresholds that are worked out from all schools and have moved",
    "rules": "a change of rules",
}
SHORT_ORIGINS = {
    "schools": "Schools",
    "known": "Known or not",
    "data": "Files",
    "population": "Thresholds",
    "rules": "Rules",
}
# Why a school is not counted in a release, in short: labels of a figure and of a table.
PLACES = {
    "high_performing": "High-performing",
    "in_need": "In need",
    "neither": "Neither",
    "not_assessable": "Not assessable",
    "opened": "Opened since",
    "closed": "Closed",
    "merged": "Merged",
    "split": "Split",
    "ambiguous": "Reorganised",
    "between_urns": "Mid-conversion",
    "other_phase": "In the other phase",
    "not_counted": "Left out",
    "not_in_register": "Not in the register",
}
