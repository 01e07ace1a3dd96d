"""Tables for people, each column told once: its header, where its texts come from, how they are printed.

Free of HTML: the report renders a Table with the macro `data_table`.
"""

import base64
import io
import itertools
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lib import words

ZIP_FROM = 200_000  # octets; a larger file is packed, so that the page stays light


def text(value) -> str:
    """Return a value as text; blank where there is none."""
    return str(value) if words.known(value) else ""


@dataclass(frozen=True)
class Column:
    """A column: its header, the key of its value in a row (or a function of the row), and how it is printed.

    `kind`: `number` (set right), `code`, `wide` (text that needs room) or `name` (kept on one line). `above`: the
    heading that it shares with its neighbours. `optional`: left out where it is blank in every row. `together`: prints
    a column from all rows, in place of key and format. A text may have a second line, after a line break: small print
    below a figure.
    """

    header: str
    key: str | Callable[[dict], object] = ""
    format: Callable[[object], str] = text
    kind: str = ""
    above: str = ""
    optional: bool = False
    together: Callable[[list[dict]], list[str]] | None = None

    def texts(self, rows: list[dict]) -> list[str]:
        """Return the column's texts, one a row."""
        if self.together:
            return self.together(rows)
        return [self.format(self.key(row) if callable(self.key) else row[self.key]) for row in rows]


def count(header: str, key: str | Callable[[dict], object], **more) -> Column:
    """Return a column of whole numbers."""
    return Column(header, key, words.number, "number", **more)


@dataclass(frozen=True)
class DataLink:
    """A file as a link that works from disk and without scripts."""

    name: str
    href: str
    size: str
    path: str


def data_link(name: str, content: bytes, path: str) -> DataLink:
    """Return a file as a link that holds it. A large one is packed, with a fixed date, so that its bytes stay alike."""
    kind = "application/json" if name.endswith(".json") else "text/csv;charset=utf-8"
    if len(content) > ZIP_FROM:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
        name, kind, content = f"{name}.zip", "application/zip", packed.getvalue()
    href = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return DataLink(name, href, words.file_size(len(content)), path)


@dataclass(frozen=True)
class Table:
    """A table as it is shown: texts only.

    `rows`, `foot`: cells; those of `foot` stay in their place when rows are sorted. `totals`: the places of rows that
    are totals. `note`: below it. `filters`: how its rows come about, (for which rows, filter). `download`: the file
    behind it. `sort`: whether the reader may sort. `filter_label`: of the field that filters rows, blank for none.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: list[list[str]]
    foot: list[list[str]]
    totals: frozenset[int] = frozenset()
    note: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    download: DataLink | None = None
    sort: bool = False
    filter_label: str = ""

    @property
    def above(self) -> list[tuple[str, int]]:
        """The headings above the columns, with how many columns each spans; empty where no column has one."""
        runs = [(label, len(list(same))) for label, same in itertools.groupby(self.columns, lambda c: c.above)]
        return runs if any(label for label, _ in runs) else []


def table(
    id: str, caption: str, columns: Iterable[Column], rows: list[dict], foot: list[dict] | None = None, **more
) -> Table:
    """Return the table of `rows` and `foot` (records) as `columns` print them; `more`: further fields of Table."""
    foot = foot or []
    printed = [(column, column.texts([*rows, *foot])) for column in columns]
    printed = [(column, texts) for column, texts in printed if not column.optional or any(texts)]
    cells = [list(row) for row in zip(*(texts for _, texts in printed), strict=True)]
    return Table(id, caption, tuple(column for column, _ in printed), cells[: len(rows)], cells[len(rows) :], **more)
