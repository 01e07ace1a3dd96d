"""A small release for the tests: schools written out one by one, and what the steps from matching on make of them.

A school is a tuple `(phase, region, authority, group, x, y)`, optionally followed by a dict of further columns of
classified/schools. `x`, `y`: whole metres on the British National Grid, None where the register gives no place.
`group`: as in classified/schools, or `both`, which is in need and high-performing. Of the criteria of its group a
school meets the one in `MEETS`; what the dict says of a criterion wins.

    run = example([
        ("primary", "London", "Camden", "in_need", 530_000, 180_000),
        ("primary", "London", "Camden", "high_performing", 530_500, 180_000, {"constituency": None}),
    ])
    run.summary["phases"]["primary"]["median_partners"]
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

import aggregate
import caveats
import compare
import match
import pair_tables
from lib import areas, bounds, domain, schemas, settings, tables
from lib import criteria as criteria_module
from lib.measures import Measures
from lib.methods import iter_conditions

METHOD = settings.method_of_year(settings.load_method("nfer-2017-literal"), "2015/16")
CRITERIA = {name: {key: c[key] for key in ("group", "label")} for name, c in METHOD["criteria"].items()}
RADIUS_MILES = {"primary": 5, "secondary": 4}
METHOD["radius_miles"] = {p: {**METHOD["radius_miles"][p], "value": miles} for p, miles in RADIUS_MILES.items()}
CURVE_MILES = (1, 2, 3, 5, 10, 20)
MEETS = {"high_performing": "outstanding", "in_need": "less_than_good"}
AREAS = areas.LEVELS | {"england_missing_here": areas.LEVELS["england"]}


@dataclass(frozen=True)
class Example:
    """The tables of a run, as its steps make them, and summary.json; each is worked out when it is first asked for."""

    schools: pd.DataFrame
    partners: pd.DataFrame
    reach: pd.DataFrame
    extent: pd.DataFrame
    extent_missing_here: pd.DataFrame
    radius_counts: pd.DataFrame
    criteria_stated: Mapping[str, Mapping]
    radius_miles: Mapping[str, float]
    lacking: tuple[str, ...]
    synthetic: bool
    curve_miles: tuple[float, ...]

    @functools.cached_property
    def areas(self) -> dict[str, pd.DataFrame]:
        """{level: schemas.areas_of}."""
        found = levels(self.schools, self.reach, self.extent)
        gaps = bounds.missing_here(self.schools)
        found["england_missing_here"] = aggregate.by_level(gaps, self.reach, self.extent_missing_here, "england")
        made = {level: schemas.areas_of(word) for level, word in AREAS.items()}
        return {level: tables.conform(found[level][list(schema.columns)], schema) for level, schema in made.items()}

    @functools.cached_property
    def radius_curve(self) -> pd.DataFrame:
        return aggregate.radius_curve(self.schools, self.radius_counts)

    @functools.cached_property
    def paired(self) -> dict[str, pd.DataFrame]:
        """{name as in pair_tables.SCHEMAS: what the step `pair` makes}."""
        stated, radius = "partners" in self.schools, dict(self.radius_miles)
        partners = pair_tables.stated_partners(self.schools) if stated else self.partners
        made = pair_tables.pair_tables(self.schools, partners, METHOD, radius, self.curve_miles)
        return pair_tables.as_stated(made, self.schools, self.curve_miles) if stated else made

    @functools.cached_property
    def criteria(self) -> pd.DataFrame:
        """schemas.CRITERIA_COUNTS."""
        group_of = {name: criterion["group"] for name, criterion in self.criteria_stated.items()}
        return aggregate.criteria_counts(self.schools, group_of)

    @functools.cached_property
    def summary(self) -> dict:
        facts = {"release": "example", "method": METHOD["id"], "synthetic": self.synthetic}
        facts |= {"reference_date": "2017-03-31", "radius_miles": dict(self.radius_miles)}
        return aggregate.summary(self.areas["england"], self.areas["regions"], self.criteria, facts)

    @functools.cached_property
    def thresholds(self) -> pd.DataFrame:
        return thresholds_table(self.lacking)

    @functools.cached_property
    def unknown(self) -> pd.DataFrame:
        return unknown_table(self.schools, self.criteria_stated, self.lacking)

    @functools.cached_property
    def results_files(self) -> pd.DataFrame:
        return results_files_table(self.summary)

    @functools.cached_property
    def published(self) -> pd.DataFrame:
        """The published figures beside those of the release."""
        published, recipes = _facts()
        levels = ("england", "england_missing_here", "regions")
        run = compare.Run(
            self.synthetic,
            "2015/16",
            *(self.areas[level] for level in levels),
            self.criteria,
            self.results_files,
            self.unknown,
            dict(self.criteria_stated),
        )
        return tables.conform(compare.compare(run, published, recipes, METHOD["compared_with"]), schemas.PUBLISHED)

    @functools.cached_property
    def caveats(self) -> pd.DataFrame:
        """What a reader must know before a number of the release."""
        run = caveats.Run(
            synthetic=self.synthetic,
            phases={row["phase"]: row for row in self.areas["england"].to_dict("records")},
            unknown=self.unknown,
            regions=self.areas["regions"],
            criteria=dict(self.criteria_stated),
            measures=_measures(),
            alike=METHOD["alike"],
            likeness=self.paired["likeness"],
        )
        return tables.conform(caveats.caveats(run), schemas.CAVEATS)

    def england(self, phase="primary") -> dict:
        """Return the figures of England in a phase."""
        return self.area("england", "England", phase)

    def area(self, level: str, area: str, phase="primary") -> dict:
        """Return the figures of one area in a phase."""
        table = self.areas[level]
        return table[(table["area"] == area) & (table["phase"] == phase)].iloc[0].to_dict()


def levels(schools: pd.DataFrame, reach: pd.DataFrame, extent: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return {level: schemas.areas_of} of every level."""
    return {level: aggregate.by_level(schools, reach, extent, level) for level in areas.LEVELS}


def schools_table(
    rows: Iterable[tuple], criteria: Mapping[str, Mapping] = CRITERIA, absent: Iterable[str] = ()
) -> pd.DataFrame:
    """Return schemas.classified_schools of schools as tuples (see above); URNs from 100000 in their order.

    `absent`: criteria that the release has no data for, assessable for no school. An authority has the number of its
    place among the authorities, from 201, and its name followed by a compass point is each school's constituency.
    """
    rows, absent = list(rows), set(absent)
    codes = {name: str(201 + i) for i, name in enumerate(dict.fromkeys(row[2] for row in rows))}
    listed = []
    for number, (phase, region, authority, group, x, y, *more) in enumerate(rows):
        known = group != "not_assessable"
        school = {"urn": 100_000 + number, "phase": phase, "name": f"School {number + 1}", "type": "community"}
        school |= {"la_code": codes[authority], "la_name": authority, "region": region}
        school |= {"constituency": f"{authority} South", "easting": x, "northing": y, "setting": "urban"}
        for of in domain.CRITERION_GROUPS:
            school[of] = group in (of, "both") if known else None
            school[f"{of}_missing_here"] = False
        school |= {"both": group == "both" if known else None, "group": "in_need" if group == "both" else group}
        for name, criterion in criteria.items():
            of = criterion["group"]
            met = school[of] and name == MEETS.get(of)
            outcome = "met" if met else "not_met" if known else "not_assessable"
            school[name] = "not_assessable" if name in absent else outcome
        school |= more[0] if more else {}
        unknown = [name for name in criteria if school[name] == "not_assessable"]
        listed.append({"not_assessable_criteria": ";".join(unknown) or None} | school)
    schema = schemas.classified_schools({name: criterion["label"] for name, criterion in criteria.items()})
    types = {name: str(column.dtype) for name, column in schema.columns.items()}
    if not listed:
        return tables.empty(schema)
    frame = pd.DataFrame(listed).astype({name: kind for name, kind in types.items() if kind != "str"})
    stated = frame.columns.difference(list(types))  # partners, nearest_m
    return tables.conform(frame.drop(columns=stated), schema).join(frame[stated])


def matched(schools: pd.DataFrame, radius_miles=RADIUS_MILES, curve_miles=CURVE_MILES) -> tuple:
    """Return schemas.PARTNERS, REACH, RADIUS_COUNTS, and REACH_BOUNDS twice, of both phases; see match.main."""
    curve = {miles: miles * domain.METRES_PER_MILE for miles in curve_miles}
    parts = []
    for phase in domain.PHASES:
        radius_m = radius_miles[phase] * domain.METRES_PER_MILE
        of_phase = schools[schools["phase"] == phase]
        extent = (match.reach_bounds(which, radius_m) for which in (of_phase, bounds.missing_here(of_phase)))
        parts.append([table.assign(phase=phase) for table in (*match.match(of_phase, radius_m, curve), *extent)])
    made = (schemas.PARTNERS, schemas.REACH, schemas.RADIUS_COUNTS, schemas.REACH_BOUNDS, schemas.REACH_BOUNDS)
    return tuple(
        tables.conform(pd.concat(tables_of, ignore_index=True), schema)
        for tables_of, schema in zip(zip(*parts, strict=True), made, strict=True)
    )


def stated_reach(schools: pd.DataFrame) -> pd.DataFrame:
    """Return schemas.REACH as the schools themselves state it, in `partners` and `nearest_m`."""
    reached = schools.dropna(subset=["partners"])
    if "nearest_m" not in reached:
        reached = reached.assign(nearest_m=np.where(reached["partners"] == 0, 9000.0, 1000.0))
    return tables.conform(reached[["phase", "urn", "partners", "nearest_m"]], schemas.REACH)


def stated_extent(schools: pd.DataFrame, reach: pd.DataFrame) -> pd.DataFrame:
    """Return schemas.REACH_BOUNDS where partners are stated: as they are of a school known to be in need; of one that
    may be, from none to as many as any has.
    """
    need = bounds.possible(schools)
    placed = need["in_need_upper"] & schools["easting"].notna()
    table = schools.loc[placed, ["urn", "phase"]].assign(in_need=need.loc[placed, "in_need_lower"])
    table = table.merge(reach[["urn", "phase", "partners", "nearest_m"]], on=["urn", "phase"], how="left")
    table["partners_lower"] = table["partners"].fillna(0)
    table["partners_upper"] = table["partners"].fillna(reach["partners"].max() if len(reach) else 0)
    table = table.assign(nearest_m_lower=table["nearest_m"], nearest_m_upper=table["nearest_m"])
    return tables.conform(table[list(schemas.REACH_BOUNDS.columns)], schemas.REACH_BOUNDS)


def example(
    rows: Iterable[tuple],
    criteria: Mapping[str, Mapping] = CRITERIA,
    radius_miles: Mapping[str, float] = RADIUS_MILES,
    curve_miles: Iterable[int] = CURVE_MILES,
    lacking: Iterable[str] = (),
    synthetic: bool = False,
) -> Example:
    """Match, sum up, compare and write the caveats of schools as tuples (see above).

    Where a school's dict states `partners` (and `nearest_m`), nothing is matched: the reach is as stated, and the same
    at each radius. `lacking`: measures that the release lacks, by the beginning of their names; a criterion of the
    method that cannot do without one is assessable for no school.
    """
    lacking = tuple(lacking)
    absent = {name for name, measure in lacking_of(lacking) if measure} if lacking else ()
    schools = schools_table(rows, criteria, absent)
    if "partners" in schools:
        partners, reach = tables.empty(schemas.PARTNERS), stated_reach(schools)
        counts = pd.concat([reach.assign(radius_miles=float(miles)) for miles in curve_miles], ignore_index=True)
        extents = (stated_extent(schools, reach), stated_extent(bounds.missing_here(schools), reach))
    else:
        partners, reach, counts, *extents = matched(schools, radius_miles, curve_miles)
    return Example(
        schools, partners, reach, *extents, counts, criteria, radius_miles, lacking, synthetic, tuple(curve_miles)
    )


def thresholds_table(lacking: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return schemas.THRESHOLDS of the method, in a release that lacks measures with these beginnings."""
    rows, places = [], {}
    for phase in domain.PHASES:
        stated = {str(pair): pair for pair in iter_conditions(METHOD, phase)}  # each once
        for criterion, condition in stated.values():
            available = not condition["measure"].startswith(lacking or "-")
            places[phase, criterion] = places.get((phase, criterion), 0) + 1
            quantile = condition.get("quantile")
            known = quantile is not None and available
            row = {key: condition.get(key) for key in ("id", "measure", "is", "if_absent", "basis", "source", "reason")}
            row |= {"criterion": criterion, "phase": phase, "place": places[phase, criterion], "available": available}
            row |= {"schools_true": 1000, "schools_false": 200 if available else 0, "schools_unknown": 34}
            row |= {"quantile": quantile, "schools_with_value": 1234 if known else None}
            row |= {"label": condition["measure"], "threshold_least": None, "threshold_most": None}
            row["threshold"] = (
                criteria_module.show(condition["value"]) if quantile is None else "55.5" if known else None
            )
            rows.append(row)
    return tables.conform(pd.DataFrame(rows), schemas.THRESHOLDS)


def lacking_of(lacking: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (criterion, measure) of the conditions of the method that a release lacks and cannot do without."""
    needed = [(name, c["measure"]) for name, c in iter_conditions(METHOD) if c.get("if_absent") != "ignore"]
    return list(dict.fromkeys((name, measure) for name, measure in needed if measure.startswith(lacking or "-")))


def unknown_table(schools: pd.DataFrame, criteria: Mapping[str, Mapping], lacking: tuple[str, ...]) -> pd.DataFrame:
    """Return schemas.UNKNOWN: for lack of the measures that the release lacks; else of an inspection."""
    rows = []
    for phase, of_phase in schools.groupby("phase"):
        stated = {(name, c["measure"]): c for name, c in iter_conditions(METHOD, phase)}
        for name in criteria:
            count = int((of_phase[name] == "not_assessable").sum())
            missing = [key[1] for key in stated if key[0] == name and key in lacking_of(lacking)]
            key = {"phase": phase, "criterion": name, "schools": count, "missing_here": count if missing else 0}
            reasons = [(measure, "not_in_release") for measure in missing] or [
                ("overall_effectiveness", "no_inspection")
            ]
            if count:
                rows += [key | {"measure": m, "status": s} for m, s in ((None, None), *reasons)]
            for of, measure in stated:
                ignored = stated[of, measure].get("if_absent") == "ignore" and measure.startswith(lacking or "-")
                if of == name and ignored:
                    rows.append(key | {"schools": 3, "missing_here": 0, "measure": measure, "status": "ignored"})
    return tables.conform(pd.DataFrame(rows, columns=list(schemas.UNKNOWN.columns)), schemas.UNKNOWN)


def results_files_table(summary: Mapping) -> pd.DataFrame:
    """Return schemas.RESULTS_FILES of the floor standard: 670 rows of which 600 belong to a school of the release."""
    met = {"all_rows": 670, "in_population": 600, "not_in_register": 70, "type_unknown": 5}
    rows = [
        {"phase": phase, "criterion": "below_floor", "where": where, "met": n, "not_met": 9000, "not_assessable": 12}
        for phase in summary["phases"]
        for where, n in met.items()
    ]
    return tables.conform(pd.DataFrame(rows, columns=list(schemas.RESULTS_FILES.columns)), schemas.RESULTS_FILES)


@functools.cache
def _facts():
    """The published figures, and how each is worked out from a run."""
    facts = settings.WORKFLOW / "facts"
    return tuple(settings.read_yaml(facts / f"{name}.yaml") for name in ("published", "comparisons"))


@functools.cache
def _measures():
    """What the files of a release call their measures."""
    sources = settings.load_release("2016")["sources"].values()
    layouts = [{"phase": source.get("phase"), "columns": source["columns"]} for source in sources]
    return Measures(layouts, METHOD["derived"])
