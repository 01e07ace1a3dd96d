"""Section `partners` of the report: who has partners nearby, and who has none."""
