"""Read what a reader must know before a number, as the step `caveats` wrote it down."""

from lib.words import counted_as, known

NOTABLE = 0.05  # the share of a group's schools without coordinates from which the headline is to mention them


class Caveats:
    """The rows of caveats/caveats.csv. A text that several rows share, as those of both phases, comes once."""

    def __init__(self, frame):
        self._rows = [
            {name: value if known(value) else None for name, value in row.items()} for row in frame.to_dict("records")
        ]

    def rows(self, kind: str, **where) -> list[dict]:
        """Return the rows of a kind, blanks as None. `where`: columns that must have a value, as phase="primary"."""
        return [row for row in self._rows if all(row[key] == value for key, value in {"kind": kind, **where}.items())]

    def texts(self, kind: str, phase: str | None = None, **where) -> list[str]:
        """Return the full sentences of a kind, of one phase or of all."""
        return self._column("text", kind, phase, where)

    def shorts(self, kind: str, phase: str | None = None, **where) -> list[str]:
        """Return the phrases of a kind for a band or a table cell, of one phase or of all."""
        return self._column("short", kind, phase, where)

    def incomplete(self, phase: str) -> set[str]:
        """Return the groups of a phase whose number of schools depends on what is unknown."""
        return {row["group"] for row in self.rows("bounds", phase=phase)}

    def counted_as(self, group: str, *phases: str) -> str:
        """Return what stands before a group's name where it is incomplete in one of the phases; else nothing."""
        return counted_as(group, set().union(*map(self.incomplete, phases)))

    def _column(self, column, kind, phase, where):
        rows = self.rows(kind, **where, **({} if phase is None else {"phase": phase}))
        return list(dict.fromkeys(row[column] for row in rows if row[column]))
