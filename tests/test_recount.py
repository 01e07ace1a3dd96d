"""The recount of tests/recount.py against the run: every school, criterion, pair and aggregate.

Both releases in full, the real one under two methods, from the source files to the headline, with how far the unknown
reaches; then the comparison, which must notice whatever differs.
What differs is listed by file, key and column. tests/test_recount_by_hand.py holds the recount against cases small
enough to be worked out by hand.
"""

import csv
import itertools
import json
import operator
from pathlib import Path

import pytest

import recount
import recount_clean

# Columns that the recount does not work out: names that are carried along, and sentences. Of establishments that are
# no mainstream schools it knows no more than that.
NOT_RECOUNTED = {
    "classified/schools.csv": {"name"},
    "clean/establishments.csv": {"establishment_type", "phase_of_education"},
    "classified/thresholds.csv": {"id", "label", "basis", "source", "reason"},
    "population/schools.csv": {"phase_of_education", "open_on_reference_date"},
}
CLEAN_KEYS = {
    "clean/establishments.csv": ["urn"],
    "clean/links.csv": ["urn", "predecessor_urn"],
    "clean/links_of_results.csv": ["urn", "predecessor_urn", "source"],
    "clean/results.csv": ["urn", "phase"],
    "clean/inspections.csv": ["urn"],
    "clean/designations.csv": ["urn", "row"],
    "population/schools.csv": ["urn", "phase"],
}
KEYS = recount.KEYS | CLEAN_KEYS
# Distances are printed to 0.1 m; a median of distances is taken of printed ones and printed to 0.1 m again.
TOLERANCE = {f"{name}{end}": 0.05 for name in ("nearest_m", "median_nearest_m") for end in ("", "_lower", "_upper")}
TOLERANCE["distance_m"] = 0.05
FACTS = {"release", "method", "synthetic", "reference_date"}
KEEPING = {"kind", "counted_in"}  # columns of the recount's own
SCHOOL, CONDITION = ("urn", "phase"), ("criterion", "place")  # what a row of classified/conditions.csv is of


# Comparison.


def differences(name, expected, rows):
    """List how the rows of a CSV file differ from the recount.

    `name`: the file below the folder of the run or release; `expected`: {key: {column: value}}; `rows`: dicts of text.
    """
    found = []
    seen = {}
    not_recounted = NOT_RECOUNTED.get(name, set())
    header = set().union(*rows) - set(KEYS[name]) - not_recounted
    for row in rows:
        key = tuple(float(row[c]) if c == "radius_miles" else row[c] for c in KEYS[name])
        if key in seen:
            found.append(f"{name} {key}: appears twice")
        seen[key] = row
    found += [f"{name} {key}: missing" for key in expected if key not in seen]
    for key, row in seen.items():
        if key not in expected:
            found.append(f"{name} {key}: not in the recount")
            continue
        values = expected[key]
        if not header <= values.keys():
            extra = (header & row.keys()) - values.keys()
            found += [f"{name}: column {column} is not recounted" for column in extra]
        for column, value in values.items():
            cell = row.get(column)
            if (cell is not None and cell == value) or column in KEEPING or column in not_recounted:
                continue
            if not same(cell, value, TOLERANCE.get(column, 1e-9)):
                found.append(f"{name} {key} {column}: {cell!r}, recount {value!r}")
    return found


def same(cell, value, tolerance):
    """Whether a cell's text says what the recount says; blank is None and nothing else."""
    if value is None or value == "" or not cell:
        return cell == "" and (value is None or value == "")
    if isinstance(value, bool):
        return cell == ("true" if value else "false")
    if isinstance(value, str):
        return cell == value
    return abs(float(cell) - value) <= tolerance + 1e-9


def summary_differences(expected, found, path="summary.json"):
    """List how summary.json differs from the recount; shares are printed to six decimals."""
    if isinstance(expected, dict) and isinstance(found, dict):
        both = [key for key in expected if key in found]
        return [f"{path}: {key} is on one side only" for key in sorted(expected.keys() ^ found.keys())] + [
            line for key in both for line in summary_differences(expected[key], found[key], f"{path} {key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for i, (e, f) in pairs for line in summary_differences(e, f, f"{path}[{i}]")]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (expected, found))
    if abs(expected - found) <= 5.1e-7 if numbers else expected == found:
        return []
    return [f"{path}: {found!r}, recount {expected!r}"]


def agree(name, results, recounted):
    """Fail with the first differences where a file of the run says something else than the recount."""
    if name == "summary.json":
        found = json.loads((results / name).read_text(encoding="utf-8"))
        lines = summary_differences(recounted[name], {k: v for k, v in found.items() if k not in FACTS})
    else:
        lines = differences(name, recounted[name], recount.read_rows(results / name))
    assert not lines, f"{len(lines)} differences:\n" + "\n".join(lines[:20])


def clean_tables(release, date, made={}):  # noqa: B006 (kept from call to call)
    """The recount of clean/; made once of the same source files, however many runs are made of them."""
    key = (release / "raw/manifest.json").read_bytes(), date
    if key not in made:
        made.clear()
        made[key] = recount_clean.recount_clean(release, date)
    return made[key]


class Recounted:
    """A run worked out anew: from its source files to the population, and from there to the headline."""

    @recount.no_search_for_rubbish()
    def __init__(self, run):
        self.run = run
        facts = json.loads((run / "summary.json").read_text(encoding="utf-8"))
        date, method = facts["reference_date"], facts["method"]
        self.clean = clean_tables(run.parent, date)
        self.population, self.left_out = recount_clean.population(self.clean, date, method == "nfer-2017")
        self.tables = recount.recount(run, method)

    def of(self, name):
        """Return {key: row} of a table of clean/ or population/."""
        table = self.population if name.startswith("population") else self.clean[Path(name).stem]
        return {key if isinstance(key, tuple) else (key,): row for key, row in table.items()}


OTHER_METHODS = ("nfer-2017-literal", "nfer-2017-april")
OF_BOTH = ("aggregated/pairing.csv", "summary.json")


@pytest.fixture(scope="module")
def other_methods(project_2016, project_copy, school_data):
    """A copy of the real release in which the tables of the other methods were made as well."""
    copy = project_copy(project_2016)
    config = {"releases": ["2016"], "raw_dir": str(school_data), "method": list(OTHER_METHODS)}
    files = {
        OTHER_METHODS[0]: ["audit/ledger.csv", "classified/conditions.csv", "compared/published.csv"],
        OTHER_METHODS[1]: ["classified/unknown.csv"],
    }
    targets = [f"results/2016/{method}/{name}" for method, names in files.items() for name in (*names, *OF_BOTH)]
    done = copy.run("--cores", "2", *targets, config=config)
    assert done.returncode == 0, done.stderr[-2000:]
    return copy


RUNS = {"demo": "demo_run", "2016": "run_2016", "2016-literal": "other_methods"}


@pytest.fixture(scope="module", params=[pytest.param(run, marks=pytest.mark.slow) for run in RUNS])
def recounted(request):
    made = request.getfixturevalue(RUNS[request.param])
    return Recounted(made if isinstance(made, Path) else made.results_of_run("2016", "nfer-2017-literal"))


@pytest.mark.parametrize("name", CLEAN_KEYS)
def test_cleaning_and_population_agree_with_the_recount_of_the_source_files(name, recounted):
    folder = recounted.run if name.startswith("population") else recounted.run.parent
    lines = differences(name, recounted.of(name), recount.read_rows(folder / name))
    assert not lines, f"{len(lines)} differences:\n" + "\n".join(lines[:20])


def test_every_establishment_is_left_out_of_the_population_for_the_reason_that_the_recount_finds(recounted):
    rows = recount.read_rows(recounted.run / "population/left_out.csv")
    assert {row["urn"]: row["reason"].split(":")[0] for row in rows} == recounted.left_out and len(rows) == len(
        recounted.left_out
    )


def test_ledger_has_the_totals_of_the_recount_and_each_is_explained(recounted):
    """Rows in are rows out and rows left out for a reason, and every rejected row is listed once."""
    tables = recounted.tables
    schools = {
        (urn, phase): (row["group"], (phase, urn) in tables["matched/reach.csv"])
        for (urn, phase), row in tables["classified/schools.csv"].items()
    }
    expected = recount.ledger_totals(recounted.clean, recounted.population, schools)
    totals, reasons = {}, {}
    for row in recount.read_rows(recounted.run / "audit/ledger.csv"):
        key = row["step"], row["source"]
        if row["reason"]:
            reasons[key] = reasons.get(key, 0) + int(row["rows_left_out"])
        else:
            totals[key] = int(row["rows_in"]), int(row["rows_out"])
    assert totals == expected
    assert {key: reasons.get(key, 0) for key in totals} == {key: came - went for key, (came, went) in totals.items()}
    listed = [(row["source"], row["row"]) for row in recount.read_rows(recounted.run.parent / "clean/rejected.csv")]
    assert len(listed) == len(set(listed)) == sum(n for (step, _), n in reasons.items() if step == "clean")


@pytest.mark.parametrize("name", [*recount.KEYS, "summary.json"])
def test_run_agrees_with_the_recount(name, recounted):
    agree(name, recounted.run, recounted.tables)


def test_each_condition_of_each_school_agrees_with_the_recount(recounted):
    expected, found, seen = recounted.tables["classified/conditions.csv"], [], 0
    with open(recounted.run / "classified/conditions.csv", encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        at = {column: place for place, column in enumerate(next(lines))}
        school, condition = (operator.itemgetter(*(at[c] for c in key)) for key in (SCHOOL, CONDITION))
        for key, rows in itertools.groupby(lines, school):
            of_school, seen = expected[key], seen + 1
            listed = {condition(row): row for row in rows}
            if listed.keys() != of_school.keys():
                found.append(f"{key}: {listed.keys() ^ of_school.keys()} on one side only")
                continue
            for stated, values in of_school.items():
                for column, value in values.items():
                    cell = listed[stated][at[column]]
                    if cell != value and not same(cell, value, 5e-7):
                        found.append(f"{key} {stated} {column}: {cell!r}, recount {value!r}")
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:20])
    assert seen == len(list(expected))  # each school once


@pytest.mark.slow
def test_method_of_april_agrees_with_the_recount_and_has_the_need_of_the_literal_one(other_methods):
    """It has no high-performing schools, so nobody has a partner; what it says of need is another method's."""
    run, literal = (other_methods.results_of_run("2016", name) for name in reversed(OTHER_METHODS))
    recounted = recount.recount(run, "nfer-2017-april")
    for name in ("classified/schools.csv", "classified/unknown.csv", "aggregated/england.csv", "summary.json"):
        agree(name, run, recounted)
    need, need_of_literal = (
        {(row["urn"], row["phase"]): row["in_need"] for row in recount.read_rows(folder / "classified/schools.csv")}
        for folder in (run, literal)
    )
    assert need == need_of_literal
    assert not recount.read_rows(run / "matched/partners.csv")


@pytest.mark.parametrize("recounted", [pytest.param("demo", marks=pytest.mark.slow)], indirect=True)
def test_demo_has_every_outcome_of_every_criterion(recounted):
    """Agreement on demo is worth something only if each criterion is met, not met and not assessable somewhere."""
    lacking = [
        (phase, criterion, outcome)
        for (phase, criterion), counts in recounted.tables["aggregated/criteria.csv"].items()
        for outcome in recount.OUTCOME.values()
        if counts[outcome] == 0 and (criterion, outcome) != ("designated", "not_assessable")
    ]
    assert lacking == []


# The comparison notices what differs.

REACH = {("primary", "1"): {"partners": 0, "nearest_m": None}, ("primary", "2"): {"partners": 3, "nearest_m": 812.34}}
ROW_1 = {"phase": "primary", "urn": "1", "partners": "0", "nearest_m": ""}
ROW_2 = {"phase": "primary", "urn": "2", "partners": "3", "nearest_m": "812.3"}


@pytest.mark.parametrize(
    "rows, line",
    [
        ([ROW_1, ROW_2 | {"partners": "4"}], "('primary', '2') partners: '4', recount 3"),
        ([ROW_1, ROW_2 | {"nearest_m": "812.2"}], "('primary', '2') nearest_m: '812.2', recount 812.34"),
        ([ROW_1, ROW_2 | {"nearest_m": ""}], "('primary', '2') nearest_m: '', recount 812.34"),
        ([ROW_1 | {"nearest_m": "0"}, ROW_2], "('primary', '1') nearest_m: '0', recount None"),
        ([ROW_1 | {"partners": ""}, ROW_2], "('primary', '1') partners: '', recount 0"),
        ([ROW_1], "('primary', '2'): missing"),
        ([ROW_1, ROW_2, ROW_2], "('primary', '2'): appears twice"),
        ([ROW_1, ROW_2, ROW_2 | {"urn": "3"}], "('primary', '3'): not in the recount"),
    ],
)
def test_comparison_names_what_differs(rows, line):
    assert differences("matched/reach.csv", REACH, rows) == [f"matched/reach.csv {line}"]


def test_comparison_passes_equal_tables_and_names_a_new_column():
    assert differences("matched/reach.csv", REACH, [ROW_1, ROW_2]) == []
    extra = [ROW_1, ROW_2 | {"mean_m": "9"}]
    assert differences("matched/reach.csv", REACH, extra) == ["matched/reach.csv: column mean_m is not recounted"]


@pytest.mark.parametrize("cell, value, equal", [("true", True, True), ("false", True, False), ("", False, False)])
def test_comparison_tells_false_from_unknown(cell, value, equal):
    assert same(cell, value, 0) is equal


def test_comparison_of_the_summary_names_the_place():
    expected = {"phases": {"primary": {"schools": 3, "share": 1 / 3}}, "regions": [{"median": None}]}
    good = {"phases": {"primary": {"schools": 3, "share": 0.333333}}, "regions": [{"median": None}]}
    assert summary_differences(expected, good) == []
    bad = {"phases": {"primary": {"schools": 4, "share": 0.33333}}, "regions": [{"median": 0}]}
    assert [line.split(":")[0] for line in summary_differences(expected, bad)] == [
        "summary.json phases primary schools",
        "summary.json phases primary share",
        "summary.json regions[0] median",
    ]
    assert summary_differences(expected, {"phases": {}, "extra": 1, "regions": []}) != []


@pytest.mark.slow
def test_the_literal_method_cannot_give_the_published_share_of_secondaries_in_need(other_methods):
    literal = other_methods.results_of_run("2016", "nfer-2017-literal")
    published = {row["id"]: row for row in recount.read_rows(literal / "compared/published.csv")}
    row = published["secondary_in_need"]
    assert row["inside"] == "false" and float(row["lower"]) >= 22
    claims = ["primary_supply_exceeds_need_in_every_region", "secondary_supply_exceeds_need_in_most_regions"]
    assert [published[claim]["agrees"] for claim in claims] == ["false", "false"]
