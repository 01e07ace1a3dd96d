"""Section `alike` of the report: which partners are alike, and whose they are."""
