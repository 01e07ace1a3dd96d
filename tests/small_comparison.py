"""Small releases for the tests of comparisons: schools written out one by one, run by the steps themselves.

    before = a_run(tmp_path / "a", [a_school(1, grade=2), a_school(2, grade=4)])
    after = a_run(tmp_path / "b", [a_school(1, grade=3), a_school(2, grade=4)], **LATER)
    made, summary = compared(before, after)

A school has a URN from 100000 on (1 is 100001), and good results and a good grade where nothing else is said of it.
"""

from pathlib import Path

import pandas as pd

import changes
import classify
import conditions
import match
import population
from compared_runs import Run
from lib import authorities, schemas, tables
from lib.yaml_files import PROJECT, read_yaml

LATER = {"year": "2016/17", "date": "2018-03-31"}
KNOWN = authorities.read()
FACTS = [read_yaml(PROJECT / "workflow" / "facts" / f"{name}.yaml") for name in ("published", "comparisons")]
GRADE, RESULT = "overall_effectiveness", "rwm_expected_pct"


def criterion(group, test):
    return {"group": group, "label": "-", "source": "-", "test": {"primary": test, "secondary": test}}


def a_method(name="tiny", strong=None, low=50, radius=4.5, **more):
    """Return a method: in need below `low`% or less than good; high-performing when outstanding, designated, or good
    with results as `strong` asks, the median of the population or more. `more`: further criteria.
    """
    stated = {
        "outstanding": criterion("high_performing", {"measure": GRADE, "is": "==", "value": 1}),
        "strong": criterion(
            "high_performing",
            {
                "all": [
                    {"measure": GRADE, "is": "==", "value": 2},
                    strong or {"measure": RESULT, "is": ">=", "quantile": 0.5},
                ]
            },
        ),
        "designated": criterion("high_performing", {"measure": "teaching_school", "is": "==", "value": True}),
        "low": criterion("in_need", {"measure": RESULT, "is": "<", "value": low}),
        "less_than_good": criterion("in_need", {"measure": GRADE, "is": "in", "value": [3, 4]}),
        **more,
    }
    for test in stated.values():
        for leaf in _leaves(test["test"]["primary"]):
            leaf |= {"basis": "official", "source": "-"}
    return {
        "id": name,
        "title": f"The method {name}",
        "population": {
            "establishment_types": ["community", "academy_converter", "academy_sponsor_led"],
            "phases": {"primary": ["primary", "all_through"], "secondary": ["secondary", "all_through"]},
            "inherits": {"results": [], "inspection": []},
        },
        "derived": {},
        "criteria": stated,
        "radius_used_miles": {"primary": radius, "secondary": radius},
    }


def _leaves(test):
    return [leaf for part in test.get("all", [test]) for leaf in ([part] if "measure" in part else _leaves(part))]


def a_school(number, **more):
    """Return a school. Of it may be said: phase (of education), type, status, opened, closed, la, region, x, y,
    postcode, number, grade and result (None: suppressed; "none": no row), inspected (date), teaching (school).
    """
    plain = {"phase": "primary", "type": "community", "status": "open", "opened": None, "closed": None}
    plain |= {"la": ("202", "Camden"), "region": "London", "x": 530_000 + 1000 * number, "y": 180_000}
    plain |= {"postcode": f"NW{number} 1AA", "number": str(2000 + number)}
    plain |= {"grade": 2, "result": 60, "inspected": "2015-01-01", "teaching": False}
    assert more.keys() <= plain.keys()
    return {"urn": 100_000 + number, **plain, **more}


class Given(dict):
    """A mapping whose entries are attributes too, as Snakemake's inputs are."""

    __getattr__ = dict.__getitem__


def a_run(folder, schools, links=(), mergers=(), year="2015/16", date="2017-03-31", method=None, designations=True):
    """Write a release of `schools` and run it to the matching; return the Run.

    `links`: (number of the successor, of the predecessor). `designations`: whether the release has a list of them.
    """
    release, method = Path(folder), method or a_method()
    run = release / method["id"]
    for path in (release / "clean", *(run / name for name in ("population", "classified", "matched"))):
        path.mkdir(parents=True, exist_ok=True)
    _write_clean(release / "clean", schools, links, mergers, designations)
    _run_steps(release / "clean", run, method, date)
    return Run(run, release.name, f"Results of {year}", year, date, False, method)


def _write_clean(clean, schools, links, mergers, designations):
    rows = pd.DataFrame(schools)
    establishments = pd.DataFrame(
        {
            "row": range(2, len(rows) + 2),
            "urn": rows["urn"],
            "name": "School " + rows["urn"].astype("str"),
            "establishment_type": rows["type"],
            "establishment_status": rows["status"],
            "phase_of_education": rows["phase"],
            "open_date": rows["opened"],
            "close_date": rows["closed"],
            "la_code": [code for code, _ in rows["la"]],
            "la_name": [name for _, name in rows["la"]],
            "region": rows["region"],
            "constituency": None,
            "easting": rows["x"],
            "northing": rows["y"],
            "urban_rural": None,
            "trust": None,
            "statutory_low_age": None,
            "statutory_high_age": None,
            "establishment_number": rows["number"],
            "postcode": rows["postcode"],
            "coordinates_from": rows["x"].notna().map({True: "register", False: None}),
        }
    )
    establishments = establishments.reindex(columns=list(schemas.ESTABLISHMENTS.columns))  # the others: not stated
    _write(establishments, schemas.ESTABLISHMENTS, clean / "establishments.parquet")
    urns = [(100_000 + urn, 100_000 + predecessor) for urn, predecessor in links]
    told = pd.DataFrame(urns, columns=["urn", "predecessor_urn"]).assign(source="links", row=2)
    _write(told, schemas.LINKS, clean / "links.parquet")
    _write(told.iloc[:0], schemas.LINKS, clean / "links_of_results.parquet")
    told = pd.DataFrame([(100_000 + one, 100_000 + other) for one, other in mergers], columns=["urn", "linked_urn"])
    told = told.assign(source="links", row=2, stated="Merged")
    tables.write(told, schemas.MERGERS_AND_SPLITS, csv=clean / "mergers_and_splits.csv")
    parts = []
    for phase in ("primary", "secondary"):
        of = rows[rows["phase"].isin([phase, "all_through"]) & (rows["result"] != "none")]
        part = pd.DataFrame({"urn": of["urn"], "phase": phase, "source": "ks", "row": range(2, len(of) + 2)})
        part[RESULT] = pd.to_numeric(of["result"]).astype("float64")
        parts.append(part.assign(school_type=of["type"], closed_flag="open"))
    results = pd.concat(parts, ignore_index=True)
    results[f"{RESULT}_status"] = results[RESULT].notna().map({True: "ok", False: "suppressed"}).astype("str")
    results.astype({"row": "Int64"}).to_parquet(clean / "results.parquet")
    of = rows[rows["grade"] != "none"]
    inspections = pd.DataFrame({"urn": of["urn"], "inspection_date": of["inspected"]})
    inspections[GRADE] = pd.to_numeric(of["grade"]).astype("float64")
    inspections[f"{GRADE}_status"] = inspections[GRADE].notna().map({True: "ok", False: "not_judged"}).astype("str")
    inspections = inspections.assign(leadership=None, leadership_status="not_in_release", source="ofsted", row=2)
    inspections = inspections[list(schemas.OF_EVERY_RELEASE)].astype({"leadership": "float64"})
    inspections.to_parquet(clean / "inspections.parquet")
    designated = rows.loc[rows["teaching"], ["urn"]].assign(designation="teaching_school", source="list", row=2)
    if designations:  # the list has a school outside the population as well, so that it is a list
        more = pd.DataFrame([{"urn": 199_999, "designation": "teaching_school", "source": "list", "row": 3}])
        designated = pd.concat([designated, more], ignore_index=True)
    _write(designated, schemas.DESIGNATIONS, clean / "designations.parquet")


def _write(table, schema, path):
    table = table.astype({c: "str" for c in table if schema.columns[c].dtype == "str"})
    tables.write(table, schema, csv=path.with_suffix(".csv"), parquet=path)


def _run_steps(clean, run, method, date):
    of_clean = {path.stem: path for path in clean.glob("*.parquet")}
    schools = run / "population" / "schools.parquet"
    files = Given(of_clean, links=[of_clean["links"], of_clean["links_of_results"]], schools=schools)
    files["authorities"] = PROJECT / authorities.FILE
    out = Given(schools=run / "population/schools.csv", schools_parquet=schools)
    out |= {name: run / f"population/{name}.csv" for name in ("inherited", "left_out")}
    rules = method["population"]
    given = Given(population=rules, reference_date=date, measures_by_year={"": [RESULT]})
    population.main(Given(input=files, params=given, output=out))
    given = Given(criteria=method["criteria"], derived={}, population=rules, partial=[], layouts=[])
    given["mainstream"] = rules["establishment_types"]
    classified = run / "classified"
    out = Given(schools=classified / "schools.csv", schools_parquet=classified / "schools.parquet")
    classify.main(Given(input=files, params=given, output=out))
    names = ("criteria", "conditions", "thresholds", "results_files", "unknown")
    out = Given({name: classified / f"{name}.csv" for name in names})
    out |= {f"{name}_parquet": classified / f"{name}.parquet" for name in ("criteria", "conditions")}
    conditions.main(Given(input=files, params=given, output=out))
    out = Given({name: run / f"matched/{name}.csv" for name in match.OUTPUTS})
    out |= {f"{name}_parquet": run / f"matched/{name}.parquet" for name in match.OUTPUTS}
    given = Given(radius_miles=method["radius_used_miles"], curve_miles=[1])
    match.main(Given(input=Given(schools=classified / "schools.parquet", travel=[]), params=given, output=out))


def compared(earlier, later):
    """Return ({file: table}, summary) of a comparison."""
    return changes.compare(earlier, later, KNOWN, *FACTS)


def row_of(made, number, side="to", phase="primary"):
    """Return the row of a school, by its number in one release."""
    rows = made["schools.csv"]
    (row,) = rows[(rows[f"urn_{side}"] == 100_000 + number) & (rows["phase"] == phase)].to_dict("records")
    return row
