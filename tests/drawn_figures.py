"""A small run, the states in which it may be, and what its figures show, for the tests of the figures."""

import functools
import itertools
from pathlib import Path

import numpy as np
import pandas as pd

import aggregate
import caveats
import example_release
import figures
import match
import pair_tables
from lib import chart
from lib.caveats import Caveats
from lib.domain import CRITERION_GROUPS, GROUPS, METRES_PER_MILE
from lib.measures import Measures
from lib.words import SYNTHETIC
from sections.figure import Facts, Run

SVG = "http://www.w3.org/2000/svg"
PROJECT = Path(__file__).resolve().parent.parent
REGIONS = {
    "London": (530_000, 180_000),
    "South West": (290_000, 90_000),
    "Yorkshire and the Humber": (430_000, 440_000),
}
CRITERIA = {
    "outstanding": {"group": "high_performing", "label": "Outstanding"},
    "designated": {"group": "high_performing", "label": "Teaching School or National Support School"},
    "below_floor": {"group": "in_need", "label": "Below the floor standard"},
    "less_than_good": {"group": "in_need", "label": "Requires improvement or inadequate"},
}
SOURCES = {
    "register": {"kind": "register", "title": "Register of schools", "publisher": "Department for Education"},
    "ks2": {"kind": "results", "title": "School performance tables, key stage 2", "publisher": "Ofsted"},
}
RELEASE = {"title": "Results of 2015/16", "licence": {"name": "Open Government Licence v3.0"}}
RADIUS = {"primary": 5, "secondary": 4}
# high-performing, in need, neither, not assessable in each region, in the order of REGIONS
COUNTS = {
    "primary": ((5, 1, 3, 1), (2, 4, 3, 1), (4, 2, 4, 0)),
    "secondary": ((3, 1, 1, 0), (1, 2, 2, 0), (2, 2, 1, 1)),
}
FIGURES = {figure.name: figure for section in figures.SECTIONS.values() for figure in section}


def schools_of(counts, spacing=1500, placed=True):
    """Classified schools, in a row `spacing` metres apart in each region; partners lie among the schools in need."""
    rows, urns = [], itertools.count(100_000)
    for phase, regions in counts.items():
        for (region, (easting, northing)), numbers in zip(REGIONS.items(), regions, strict=False):
            groups = [group for group, number in zip(GROUPS, numbers, strict=True) for _ in range(number)]
            for i, group in enumerate(groups):
                place = (easting + spacing * i, northing) if placed else (pd.NA, pd.NA)
                rows.append((next(urns), phase, region, *place, group, i))
    frame = pd.DataFrame(rows, columns=["urn", "phase", "region", "easting", "northing", "group", "i"])
    frame[["easting", "northing"]] = frame[["easting", "northing"]].astype("Int64")
    frame["both"] = pd.Series(False, index=frame.index, dtype="boolean")
    known = frame["group"] != "not_assessable"
    for group in CRITERION_GROUPS:
        frame[group] = (frame["group"] == group).astype("boolean").where(known)
        frame[f"{group}_missing_here"] = False
    for name, criterion in CRITERIA.items():
        met = (frame["group"] == criterion["group"]) & ((frame["i"] % 2 == 0) | name.startswith(("out", "less")))
        frame[name] = np.where(met, "met", np.where(frame["group"] == "not_assessable", "not_assessable", "not_met"))
    return frame.drop(columns="i")


def published_of(*rows):
    """Published figures from (kind, phase, statistic, value), each reproduced as it was published."""
    frame = pd.DataFrame(rows, columns=["kind", "phase", "statistic", "published"]).astype({"published": "str"})
    frame = frame.assign(id=frame["phase"] + frame["statistic"], label=frame["statistic"], criterion=None)
    return frame.assign(
        reproduced=frame["published"],
        lower=frame["published"],
        upper=frame["published"],
        agrees=True,
        inside=True,
        evidence="full",
    ).astype({"agrees": "boolean", "inside": "boolean"})


PUBLISHED = published_of(
    *(("share", "primary", "share_high_performing", 27), ("share", "primary", "share_in_need", 12)),
    *(("share", "secondary", "share_high_performing", 33), ("share", "secondary", "share_in_need", 17)),
    *(("median", "primary", "median_partners", 9), ("median", "secondary", "median_partners", 2)),
)


def ledger_of(schools, reasons):
    kept = len(schools)
    rows_in = kept + sum(reasons.values())
    rows = [("clean", "register", None, rows_in, rows_in, 0), ("clean", "ks2", None, 40, 38, 2)]
    rows += [("clean", "ks2", "special school", None, None, 2)]
    rows += [("population", "register", None, rows_in, kept, rows_in - kept)]
    rows += [("population", "register", reason, None, None, count) for reason, count in reasons.items()]
    rows += [("use", "ks2", None, 38, 30, 8)]
    for phase, of_phase in schools.groupby("phase"):
        rows.append(("population", phase, None, kept, len(of_phase), kept - len(of_phase)))
        rows.append(("classify", phase, None, len(of_phase), len(of_phase), 0))
        need = of_phase[of_phase["group"] == "in_need"]
        placed = int(need["easting"].notna().sum())
        rows.append(("match", phase, None, len(need), placed, len(need) - placed))
    return pd.DataFrame(rows, columns=["step", "source", "reason", "rows_in", "rows_out", "rows_left_out"])


def run_of(schools, published=PUBLISHED, reasons=None, synthetic=True, radius=RADIUS):
    """The tables of a run, made by its own steps, and summary.json."""
    radii = {miles: miles * METRES_PER_MILE for miles in (1, 2, 5, 10, 20)}
    matched = {
        phase: match.match(rows, radius[phase] * METRES_PER_MILE, radii) for phase, rows in schools.groupby("phase")
    }
    partners, reach, counts = (
        pd.concat([tables[i].assign(phase=phase) for phase, tables in matched.items()], ignore_index=True)
        for i in range(3)
    )
    named = schools.assign(la_code="1", la_name="Area", constituency="Area", setting="urban", type="community")
    extent = [
        match.reach_bounds(rows, radius[phase] * METRES_PER_MILE).assign(phase=phase)
        for phase, rows in schools.groupby("phase")
    ]
    levels = example_release.levels(named, reach, pd.concat(extent, ignore_index=True))
    group_of = {name: criterion["group"] for name, criterion in CRITERIA.items()}
    stated = {"synthetic": synthetic, "radius_miles": radius, "reference_date": "2017-03-31", "method": "nfer-2017"}
    outcomes = aggregate.criteria_counts(schools, group_of)
    summary = aggregate.summary(levels["england"], levels["regions"], outcomes, stated)
    made = pair_tables.pair_tables(named, partners, example_release.METHOD, {**RADIUS, **radius}, radii)
    run = Run(
        schools=schools,
        reach=reach,
        pairing=made["pairing"],
        pairing_curve=made["pairing_curve"],
        support=made["support"],
        england=levels["england"],
        regions=levels["regions"],
        radius_curve=aggregate.radius_curve(named, counts),
        published=published,
        ledger=ledger_of(schools, {"closed": 7, "type out of scope: special": 3} if reasons is None else reasons),
        facts=figures.facts_of(summary, caveats_of(summary, levels, schools), CRITERIA, SOURCES),
    )
    return run, summary


def caveats_of(summary, levels, schools):
    """The caveats of a run whose files have every measure, as their own step finds them. `levels`: its areas."""
    phases = {row["phase"]: row for row in levels["england"].to_dict("records")}
    counted = schools.groupby("phase")[list(CRITERIA)].agg(lambda outcomes: (outcomes == "not_assessable").sum())
    rows = [(phase, name, counted.loc[phase, name]) for phase in counted.index for name in CRITERIA]
    unknown = pd.DataFrame([row for row in rows if row[2]], columns=["phase", "criterion", "schools"])
    unknown = unknown.assign(measure=None, status=None, missing_here=0)
    known = caveats.Run(summary["synthetic"], phases, unknown, levels["regions"], CRITERIA, Measures([]))
    return caveats.caveats(known)


def drawn(run, *names):
    """Return {name: (table, sheet, alt)} of some figures, or of all."""
    frames = {name: FIGURES[name].table(run) for name in names or FIGURES}
    return {name: (frame, *FIGURES[name].draw(frame, run.facts)) for name, frame in frames.items()}


def facts_with(**stated):
    """Facts of a release of which all is known, unless stated otherwise."""
    columns = ["kind", "phase", "group", "short"]
    known = Caveats(pd.DataFrame(stated.pop("caveats", []), columns=columns))
    whole = {"caveats": known, "in_need": {}, "radius_miles": RADIUS, "criteria": CRITERIA, "sources": {}}
    return Facts(**whole | stated)


def run_with(facts=None, **tables):
    """A run of which only some tables are asked for."""
    return Run(**{name: tables.get(name) for name in Run.__dataclass_fields__ if name != "facts"}, facts=facts or WHOLE)


WHOLE = facts_with()
SYNTHETIC_ROW = {"kind": "synthetic", "short": SYNTHETIC}


def said(alt, frame, facts=WHOLE):
    """The sentences of an alt text."""
    return " ".join(alt(frame, facts))


@functools.cache
def drawn_in(state):
    return drawn(full_run() if state == "full" else run_of(**states()[state])[0])


@functools.cache
def full_run():
    return run_of(**states()["full"])[0]


def without(*criteria, phase=None):
    """Schools of which no criterion of these is assessable, in one phase or in both."""
    schools = schools_of(COUNTS)
    rows = (schools["phase"] == phase) | (phase is None)
    for name in criteria:
        schools[name] = schools[name].mask(rows, "not_assessable")
    return schools


def without_coordinates(group):
    """Schools of which those of a group have no coordinates."""
    schools = schools_of(COUNTS)
    schools.loc[schools["group"] == group, ["easting", "northing"]] = pd.NA
    return schools


def words_of(sheet):
    """Every text that is drawn."""
    return [mark.text for mark in texts_of(sheet)]


def texts_of(sheet):
    return [mark for mark in sheet.marks if isinstance(mark, chart.Words)]


def shapes_of(sheet, colour, filled):
    """The corners of the areas or of the lines of a colour."""
    shapes = [mark for mark in sheet.marks if isinstance(mark, chart.Shape) and mark.colour == colour]
    return [np.array(mark.points) for mark in shapes if filled == (not mark.width)]


@functools.cache
def states():
    known = {p: tuple((*row[:3], 0) for row in rows) for p, rows in COUNTS.items()}
    without_need = {p: tuple((high, 0, rest, na) for high, _, rest, na in rows) for p, rows in COUNTS.items()}
    unknown = {p: tuple((0, 0, 0, sum(row)) for row in rows) for p, rows in COUNTS.items()}
    some_without = {"primary": ((5, 2, 2, 0), (3, 0, 2, 0), (0, 3, 2, 0))}
    return {
        "full": {"schools": schools_of(COUNTS)},
        "complete": {"schools": schools_of(known), "synthetic": False},
        "no school in need": {"schools": schools_of(without_need)},
        "no coordinates": {"schools": schools_of(COUNTS, placed=False)},
        "one region": {"schools": schools_of({p: rows[:1] for p, rows in COUNTS.items()})},
        "no secondary school": {"schools": schools_of({"primary": COUNTS["primary"]})},
        "a region without need, one without partners": {
            "schools": schools_of(some_without),
            "radius": {"primary": 2.5},
        },
        "all not assessable": {"schools": schools_of(unknown)},
        "nothing published": {"schools": schools_of(COUNTS), "published": PUBLISHED.iloc[:0]},
        "a criterion not assessable": {"schools": without("designated"), "synthetic": False},
        "a criterion not assessable in one phase": {"schools": without("below_floor", phase="primary")},
        "no criterion assessable": {"schools": without(*CRITERIA)},
        "a tie in every region": {"schools": schools_of({"primary": ((2, 2, 1, 0),) * 3}), "synthetic": False},
        "high-performing schools without coordinates": {"schools": without_coordinates("high_performing")},
        "no row left out": {"schools": schools_of(COUNTS), "reasons": {}},
    }
