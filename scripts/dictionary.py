"""Describe every column of every table of a run and its release: the data dictionary, part of the step `provenance`.

Inputs: the tables, of which only the header lines are read.
Output: audit/dictionary.csv, one row a column. It is made from the schemas that the run enforces when it writes the
tables (lib/schemas.py); a column that no schema describes stops the step, so the two cannot drift apart.
Where a column is taken from a source file unchanged in meaning, `source` names the column of that file, as the layout
(workflow/layouts/) states it.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from clean_results import measures_of
from lib import pairing_schemas, schemas, source_files, tables
from lib.measures import EARLIER_YEAR
from lib.run_step import UserError

TYPES = {"int64": "whole number", "float64": "number", "str": "text"}
TYPES |= dict.fromkeys(("bool", "boolean"), "true or false")
AS_DATE = "YYYY-MM-DD"
# The tables that hold a source's columns, by the kind of the source, and the column that is renamed on the way.
TAKEN_INTO = {
    "register": ("clean/establishments.csv", "population/schools.csv", "classified/schools.csv"),
    "inspections": ("clean/inspections.csv",),
    "designations": ("clean/designations.csv",),
}
RENAMED = {"establishment_type": "type"}  # but in clean/

DICTIONARY = schemas.table(
    {
        "table": schemas.text(
            "Path of the table: clean/ in the folder of the release, others in that of the run", missing=False
        ),
        "column": schemas.text("Column", missing=False),
        "meaning": schemas.text("What it says", missing=False),
        "type": schemas.choice((*dict.fromkeys(TYPES.values()), "date"), "Type of its values"),
        "unit": schemas.text("Unit; blank where there is none"),
        "allowed": schemas.text("Values that the run lets through; blank where any of the type"),
        "missing": schemas.col("bool", "Whether a value may be blank"),
        "source": schemas.text(
            "Source id and column of the source file; else the step that works it out or carries it", missing=False
        ),
    },
    key=["table", "column"],
)
OWN_TABLE = "audit/dictionary.csv"


def of_run(
    files: Mapping[str, str],
    sources: Mapping[str, dict],
    labels: Mapping[str, str],
    made_by: Mapping[str, str],
    readings: tuple[list[str], list[str]] | None = None,
    alike: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the data dictionary of a run; DICTIONARY.

    `files`: {path of a table: where it is}. `sources`: the release's, with their layouts. `labels`: {criterion: label}
    of the method. `made_by`: {path: step}. `readings`: their dimensions and claims, None for a run that tries none.
    `alike`: {id: label} of the method's parts of likeness.
    """
    headers = {path: tables.header(file) for path, file in files.items()}
    headers[OWN_TABLE] = list(DICTIONARY.columns)
    return dictionary(contract(sources, labels, readings, alike), headers, origins(sources), made_by)


def contract(
    sources: Mapping[str, dict],
    labels: Mapping[str, str],
    readings: tuple[list[str], list[str]] | None = None,
    alike: Mapping[str, str] | None = None,
) -> dict[str, schemas.Table]:
    """Return {path: schema} of every table of a run."""
    of_results = {name: source for name, source in sources.items() if source["kind"] == "results"}
    measures = measures_of(of_results)
    return {
        **schemas.TABLES,
        "clean/results.csv": schemas.results(measures, of_results),
        "clean/results_summary.csv": schemas.results_summary(measures),
        "classified/schools.csv": schemas.classified_schools(labels),
        **pairing_schemas.TABLES,
        "matched/likeness.csv": pairing_schemas.likeness(alike or {}),
        **(schemas.of_readings(*readings) if readings else {}),
        **({"clean/travel.csv": schemas.TRAVEL} if any(s["kind"] == "travel" for s in sources.values()) else {}),
        OWN_TABLE: DICTIONARY,
    }


def dictionary(
    schema_of: Mapping[str, schemas.Table],
    headers: Mapping[str, Sequence[str]],
    origins: Mapping[tuple[str, str], str],
    made_by: Mapping[str, str],
) -> pd.DataFrame:
    """Return DICTIONARY: one row for each column that a table of the run has, in the order of `headers`.

    `headers`: {path: columns of the file}. `origins`: {(path, column): source id and column}. `made_by`: {path: step}.
    Raises UserError for a table or column without a schema, and for one of a schema that the run lacks (unless it is
    of a measure: the release's files may not have it).
    """
    faults = [f"{path}: no schema describes the table: add it to" for path in headers if path not in schema_of]
    faults += [f"{path}: no step makes the table: take it out of" for path in schema_of if path not in headers]
    if faults:
        raise UserError("\n".join(f"{fault} TABLES in lib/schemas.py." for fault in faults))
    rows = []
    for path, header in headers.items():
        schema = schema_of[path]
        for column in schema.columns:
            # A table of results has a measure, with its status, only where a file of the release has it.
            measure = path.startswith("clean/results") and f"{column.removesuffix('_status')}_status" in schema.columns
            if column not in header and not measure and column not in schema.optional:
                raise UserError(f"{path}: lacks the column '{column}' of lib/schemas.py. Delete it and run again.")
        for column in header:
            stated, ago = _describe(schema, column, path)
            rows.append(
                {
                    "table": path,
                    "column": column,
                    "meaning": stated.label + ago,
                    "type": _type(stated),
                    "unit": stated.unit,
                    "allowed": _allowed(stated),
                    "missing": stated.missing,
                    "source": stated.source or origins.get((path, column)) or f"step {made_by[path]}",
                }
            )
    return pd.DataFrame(rows)


def _type(column: schemas.Column) -> str:
    return "date" if column.pattern == schemas.DATE else TYPES[column.dtype.lower()]


def _allowed(column: schemas.Column) -> str | None:
    if column.allowed is not None:
        return "; ".join(column.allowed)
    if column.pattern:
        return AS_DATE if column.pattern == schemas.DATE else f"matches {column.pattern}"
    if column.within:
        low, high = column.within
        return f"{low} to {high}" if high is not None else f"{low} or more"
    return None


def origins(sources: Mapping[str, dict]) -> dict[tuple[str, str], str]:
    """Return {(path, column): "source id: column of the file"} of the columns that sources hand on."""
    found = {}
    for source_id, source in sources.items():
        for path in TAKEN_INTO.get(source["kind"], ()):
            for name in source["columns"]:
                key = (path, name if path.startswith("clean/") else RENAMED.get(name, name))
                found.setdefault(key, []).append(f"{source_id}: {source_files.header_name(source, name)}")
    return {key: "; ".join(named) for key, named in found.items()}


def _describe(schema: schemas.Table, column: str, path: str) -> tuple[schemas.Column, str]:
    """The schema's column, and what is to be added to its meaning: a wide table repeats columns for earlier years."""
    if column in schema.columns:
        return schema.columns[column], ""
    base, *years = EARLIER_YEAR.split(column)
    if years and base in schema.columns:
        return schema.columns[base], f", {years[0]} year{'s' if years[0] != '1' else ''} before"
    raise UserError(f"{path}: no schema describes the column '{column}': add it in lib/schemas.py.")
