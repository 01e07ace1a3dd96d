"""The sections of the page of changes, a module each: its sentences, its tables and its figures."""
