"""Section `regions` of the report: how the regions compare."""
