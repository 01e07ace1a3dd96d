"""The sections of the report, a package each: page.py (sentences and tables) and figures.py (drawings)."""
