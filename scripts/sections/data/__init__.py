"""Section `data` of the report: sources, and what was not used of them."""
