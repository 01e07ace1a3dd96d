"""The sections of the report: a package each, with its page and its figures."""
