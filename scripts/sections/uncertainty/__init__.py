"""Section `uncertainty` of the report: how sure the results are."""
