"""Section `enough` of the report: whether the high-performing schools go round."""
