"""The sections of the report, a package each: page.py (sentences, tables); figures.py where the section has figures."""
