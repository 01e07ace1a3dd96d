"""Section `answer` of the report: the headline."""
