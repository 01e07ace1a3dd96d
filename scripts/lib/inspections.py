"""What clean/inspections.csv holds of a school: its aspects, each traced to a row of a source file.

The aspects are the latest graded inspection, the graded one before it, the report card, the category of concern and
the headline grade. Of each there are `source` and `row`, the prefix of the aspect before them.
"""

from collections.abc import Collection

import pandas as pd

from lib import domain

HEADLINE = "headline_grade"
CARD = ("has_report_card", *domain.CARD_WORDS)
OF_GRADES = ("no_overall_grade", *domain.GRADES)


def without_row(aspect: str, partial: Collection[str]) -> str:
    """Return the status of a school that no file has a row of."""
    return "missing" if aspect in partial else "no_inspection"


def rows_behind(inspections: pd.DataFrame) -> pd.DataFrame:
    """Return source, row, urn of each row of a file that clean/inspections uses, once."""
    sides = [column.removesuffix("source") for column in inspections if column.endswith("source")]
    parts = [
        inspections[[f"{side}source", f"{side}row", "urn"]].set_axis(["source", "row", "urn"], axis=1) for side in sides
    ]
    return pd.concat(parts).dropna().drop_duplicates().astype({"row": "int64"}).reset_index(drop=True)
