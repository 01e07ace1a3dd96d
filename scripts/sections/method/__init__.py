"""Section `method` of the report: population, criteria and thresholds."""
