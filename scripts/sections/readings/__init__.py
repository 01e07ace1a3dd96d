"""Section `readings` of the report: what the study most likely counted."""
