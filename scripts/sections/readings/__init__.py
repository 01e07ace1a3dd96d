"""Section `audit` of the report: where every number comes from."""
