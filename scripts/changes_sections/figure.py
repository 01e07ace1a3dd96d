"""What the figures of the page share: their record, and bars of who came and who left."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from changes_sections.comparison import Comparison
from lib import chart_files, words
from lib.chart import ROW, SMALL, WIDTH, Sheet, room_for, scale, text_width
from lib.report_table import data_link
from sections.figure import COUNTED

BAR = 12  # points, the height of a bar
GAP = 12  # points, between a name and the bars, and between the bars and the last column
LEAVING = "solid"  # the tone of those that left; those that came have the colour of their group


@dataclass(frozen=True)
class Figure:
    """A figure: the question that it answers, how to read it, its table, its drawing, and its finding in words.

    The table holds just what is drawn; drawing and finding see nothing else but the comparison's words.
    """

    name: str
    title: str
    caption: str
    table: Callable[[Comparison], pd.DataFrame]
    drawing: Callable[[Sheet, pd.DataFrame, Comparison], None]
    alt: Callable[[pd.DataFrame, Comparison], Iterable[str]]
    groups: tuple[str, ...]

    def draw(self, comparison: Comparison) -> tuple[pd.DataFrame, Sheet, str]:
        """Return table, drawing and finding. What must be known first stands above: synthetic, as counted."""
        bands = [(words.SYNTHETIC,)] if comparison.synthetic else []
        bands += [(COUNTED,)] if comparison.is_open(*self.groups) else []
        frame, sheet = self.table(comparison), Sheet(bands)
        self.drawing(sheet, frame, comparison)
        return frame, sheet, " ".join([*(f"{line}." for band in bands for line in band), *self.alt(frame, comparison)])

    def view(self, comparison: Comparison) -> dict:
        """Return the figure for the template (parts.figure): its drawing as markup, and the CSV that it draws."""
        frame, sheet, alt = self.draw(comparison)
        content = frame.to_csv(index=False, lineterminator="\n").encode()
        return {
            **{"name": self.name, "title": self.title, "caption": self.caption},
            "svg": Markup(chart_files.svg(sheet, self.name, alt).strip()),
            "download": data_link(comparison.file_name(f"figure-{self.name}.csv"), content, ""),
        }


def came_and_left(sheet: Sheet, frame: pd.DataFrame, group: str) -> None:
    """Draw a row a name: those that left to the left, those that came to the right, and the net change at the end.

    `frame`: phase, name, came, left, net; a part of the figure for each phase, on one scale.
    """
    names, nets = room_for(frame["name"]), room_for(map(words.signed, frame["net"]), bold=True)
    nets = max(nets, text_width("Net", SMALL, True))
    # Of figures beside their bars, and of what stands above them also where there is no bar.
    heads = {"left": "Left", "came": "Came"}
    rooms = {
        side: max(room_for(map(words.number, frame[side]), SMALL), text_width(head, SMALL, True)) + 5
        for side, head in heads.items()
    }
    free = WIDTH - names - nets - 2 * GAP - sum(rooms.values())
    longest = frame[["left", "came"]].max()
    unit = scale([(longest.sum(), free)])
    zero = names + GAP + rooms["left"] + unit * longest["left"]
    for phase, rows in frame.groupby("phase", sort=False):
        sheet.heading(words.capital(phase))
        sheet.text(zero - 5, sheet.y + 12, heads["left"], size=SMALL, bold=True, anchor="end")
        sheet.text(zero + 5, sheet.y + 12, heads["came"], size=SMALL, bold=True)
        sheet.text(WIDTH, sheet.y + 12, "Net", size=SMALL, bold=True, anchor="end")
        sheet.y += ROW
        top = sheet.y
        for row in rows.to_dict("records"):
            middle = sheet.y + ROW / 2
            sheet.text(0, middle + 4, row["name"])
            sheet.bar(zero, middle, unit * row["came"], BAR, group, words.number(row["came"]), size=SMALL)
            sheet.bar(zero - unit * row["left"], middle, unit * row["left"], BAR, LEAVING)
            end = zero - unit * row["left"] - 5
            sheet.text(end, middle + 4, words.number(row["left"]), size=SMALL, anchor="end")
            sheet.text(WIDTH, middle + 4, words.signed(row["net"]), bold=True, anchor="end")
            sheet.y += ROW
        sheet.line([(zero, top), (zero, sheet.y)], "ink", 0.8)
