"""The measures that criteria are tested on, in words: label, unit, and what files without them lack."""

import re
from collections.abc import Iterable, Mapping

from lib.domain import CARD_WORDS, DESIGNATIONS, PHASES, PREVIOUS
from lib.words import in_words, number, plural, spelt

WORDS_FOR = {  # what files without a measure of inspections lack
    **dict.fromkeys(("has_report_card", *CARD_WORDS), "report cards"),
    "no_overall_grade": "the latest graded inspection",
    "category_of_concern": "categories of concern",
    "headline_grade": "headline grades",
}
EARLIER_YEAR = re.compile(r"_(\d+)y_before$")
FIXED = {  # measures that no layout labels
    "teaching_school": "A Teaching School on the reference date",
    "national_support_school": "A National Support School on the reference date",
    "establishment_type": "Type of establishment",
    "no_overall_grade": "Graded without an overall grade",
    "has_report_card": "A report card",
}


class Measures:
    """What the files of a release and its method call their measures.

    `layouts`: [{phase, columns: {measure: {label, unit}}}] of the release's sources; one without a phase is of both.
    `derived`: measures of the method, {measure: {phase, label, unit}}. The first label of a measure counts.
    """

    def __init__(self, layouts: Iterable[Mapping], derived: Mapping[str, Mapping] | None = None):
        self._stated = {phase: {} for phase in PHASES}
        for layout in layouts:
            for phase in [layout["phase"]] if layout["phase"] else PHASES:
                for name, column in layout["columns"].items():
                    self._stated[phase].setdefault(name, {"label": column["label"], "unit": column.get("unit")})
        for name, rule in (derived or {}).items():
            self._stated[rule["phase"]][name] = {"label": rule["label"], "unit": rule.get("unit")}

    def of_phase(self, phase: str) -> dict[str, dict]:
        """Return {measure: {label, unit}} of a phase."""
        return self._stated[phase]

    def label(self, phase: str, measure: str) -> str:
        """Return a measure in words; one of an earlier year says how many years before."""
        earlier = EARLIER_YEAR.search(measure)
        if earlier:
            years = int(earlier[1])
            return f"{self.label(phase, measure[: earlier.start()])}, {in_words(years)} {plural(years, 'year')} before"
        if measure.startswith(PREVIOUS):
            return f"{self.label(phase, measure.removeprefix(PREVIOUS))}, at the graded inspection before the latest"
        return self._stated[phase].get(measure, {}).get("label") or FIXED.get(measure, measure)

    def unit(self, phase: str, measure: str) -> str:
        """Return the unit of a measure; blank where it has none, or where its label says it already."""
        found = self._stated[phase].get(EARLIER_YEAR.sub("", measure).removeprefix(PREVIOUS), {})
        unit = found.get("unit") or ""
        return "" if unit and unit in found["label"].lower().split() else unit

    def what_is_lacking(self, phase: str, measure: str) -> str:
        """Return what files without a measure lack: results of earlier years; figures for “Progress 8”."""
        if measure.startswith(PREVIOUS):
            return "the graded inspection before the latest"
        if measure in WORDS_FOR:
            return WORDS_FOR[measure]
        label = self.label(phase, measure)
        if measure in DESIGNATIONS:
            return f"the list of {label.split(maxsplit=1)[1].split(' on ')[0]}s"
        if EARLIER_YEAR.search(measure):
            return "results of earlier years"
        if self.unit(phase, measure).startswith("grade,"):
            return f"judgements of {label[:1].lower()}{label[1:]}"
        return f"figures for “{label}”"


def with_unit(value: float | str, unit: str, decimals: int = 4) -> str:
    """Return a value (a figure or a text) with its unit: 65% of pupils; grade 3 or 4; −0.5 grades."""
    value = spelt(value) if isinstance(value, str) else number(value, decimals)
    if unit.startswith("%"):
        return f"{value}{unit}"
    return f"grade {value}" if unit.startswith("grade,") else f"{value} {unit}".strip()
