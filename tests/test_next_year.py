"""Releases that follow the synthetic one: the moves that are stated, no others, and a comparison that finds just these.

The rules of the coasting measure differ by year, so that under nfer-2017 it changes where no school does. A method
without it, made here, shows the moves alone.
"""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest

import generate
from conftest import fault
from lib import settings
from lib.settings import load
from synthetic_draws import load_facts
from synthetic_next import put_off

NAMES = ("demo", "demo-2017", "demo-2018")
PAIRS = (("demo", "demo-2017"), ("demo-2017", "demo-2018"))
SEED, SCALE = 8, 0.1
STUDY, ALONE = "nfer-2017", "nfer-2017-without-coasting"
METHOD = f"""id: {ALONE}
title: nfer-2017 without the coasting measure, whose rules differ by year
extends: nfer-2017
readings: null
criteria:
  coasting: null
"""
# What each move brings about: how the school is followed, its group before and after, the main reason.
EXPECTED = {
    "worse_into_need": ("same_urn", "neither", "in_need", "inspected"),
    "worse_again": ("same_urn", "neither", "in_need", "inspected"),
    "high_performing_into_need": ("same_urn", "high_performing", "in_need", "inspected"),
    "better_out_of_need": ("same_urn", "in_need", "neither", "inspected"),
    "better_into_high_performing": ("same_urn", "in_need", "high_performing", "inspected"),
    "outstanding_now": ("same_urn", "neither", "high_performing", "inspected"),
    "no_longer_outstanding": ("same_urn", "high_performing", "neither", "inspected"),
    "results_rose": ("same_urn", "neither", "high_performing", "result_crossed"),
    "results_fell": ("same_urn", "high_performing", "neither", "result_crossed"),
    "fell_below_floor": ("same_urn", "neither", "in_need", "result_crossed"),
    "rose_above_floor": ("same_urn", "in_need", "neither", "result_crossed"),
    "recovered": ("same_urn", "in_need", "neither", "result_crossed"),
    "published": ("same_urn", "not_assessable", "neither", "became_known"),
    "withheld": ("same_urn", "neither", "not_assessable", "became_unknown"),
}
CONVERTED = ("converted", "converted_again", "sponsored")
UNLIKE = ("merged", "split", "closed", "opened")  # kinds of which no school is followed: the kind is the reason


def floor(row, phase):
    """Whether a row of a results file is below the floor standard of 2016 to 2018."""

    def figure(name):
        try:
            return float(row[name].rstrip("%"))
        except ValueError:
            return None

    if phase == "secondary":
        progress, upper = figure("P8MEA"), figure("P8CIUPP")
        return progress is not None and progress < -0.5 and upper < 0
    scores = [
        (figure(f"{s}PROG"), figure(f"{s}PROG_UPPER"), least) for s, least in (("READ", -5), ("WRIT", -7), ("MAT", -5))
    ]
    attained = figure("PTRWM_EXP")
    if attained is None or attained >= 65 or figure("TELIG") < 11 or any(score is None for score, _, _ in scores):
        return False
    under = [upper for score, upper, least in scores if score < least]
    return len(under) >= 2 or any(upper < 0 for upper in under)


@pytest.fixture(scope="module")
def releases():
    return [settings.load_release(name) for name in NAMES]


@pytest.fixture(scope="module")
def facts():
    return load_facts()


@pytest.fixture(scope="module")
def made(releases, facts):
    """What is drawn of each release, and its moves."""
    return generate.years(SEED, SCALE, releases, facts)


@pytest.fixture(scope="module")
def files(releases, facts):
    """{file name: content} of each release."""
    return [
        generate.generate(SEED, SCALE, release, facts, release["generator"].get("earlier", ())) for release in releases
    ]


def rows_of(content, key="URN"):
    """The rows of a file by URN (lists, since a URN may have several)."""
    text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp1252")
    lines = text.splitlines(keepends=True)
    if key not in lines[0].strip().split(","):
        lines = lines[1:]  # the title line of Ofsted's file
    found = {}
    for row in csv.DictReader(io.StringIO("".join(lines))):
        found.setdefault(row[key], []).append(row)
    return found


def iso(text):
    """A day of a file, such as 31-03-2017 or 31/03/2017, as 2017-03-31."""
    parts = re.split("[-/]", text)
    return "-".join(parts if len(parts[0]) == 4 else reversed(parts))


def urns_of(moves, *kinds):
    """All URNs of the moves, of some kinds or all."""
    own = moves[moves["kind"].isin(kinds)] if kinds else moves
    return set(own["urn_from"].dropna()) | set(own["urn_to"].dropna())


# --- the moves ---------------------------------------------------------------------------------------------------


def test_moves_are_as_many_as_stated(made, facts):
    schools = made[0][0].establishments.query("role == 'school'")
    here = len(schools) + (schools["kind"] == "all_through").sum()
    share = here / facts.authorities[["primary", "secondary"]].sum().sum()
    rows = {"merged": 3, "split": 3}  # two schools that became one, one that became two
    for number, (_, moves) in enumerate(made[1:]):
        counts = moves.groupby(["kind", "phase"]).size()
        for move in facts.model["next_year"]["moves"]:
            possible = number > 0 or "moved" not in move["of"]  # in the first year none was moved before
            for phase in ("primary", "secondary"):
                stated = move.get(phase, 0)
                wanted = max(1, int(stated * share + 0.5)) if stated and possible else 0
                assert counts.get((move["kind"], phase), 0) == wanted * rows.get(move["kind"], 1), (move["kind"], phase)
        assert set(moves["kind"]) - {move["kind"] for move in facts.model["next_year"]["moves"]} == {"own_results"}


def test_a_school_is_moved_once_a_year(made):
    for _, moves in made[1:]:
        own = moves[moves["kind"] != "own_results"]
        for side in ("urn_from", "urn_to"):
            assert own[side].dropna().is_unique


def test_every_kind_of_move_has_an_expectation_here(facts):
    kinds = {move["kind"] for move in facts.model["next_year"]["moves"]}
    assert kinds == {*EXPECTED, *CONVERTED, *UNLIKE}


def test_same_seed_gives_the_same_bytes(files, releases, facts):
    earlier = releases[2]["generator"]["earlier"]
    assert generate.generate(SEED, SCALE, releases[2], facts, earlier) == files[2]
    other = generate.generate(SEED + 1, SCALE, releases[2], facts, earlier)
    assert all(other[name] != content for name, content in files[2].items())


def test_results_of_earlier_years_are_the_files_of_the_earlier_releases(files):
    for earlier, later in ((0, 1), (0, 2), (1, 2)):
        shared = [name for name in files[later] if name in files[earlier] and "england_ks" in name]
        assert len(shared) == 4 if later - earlier == 1 else 2
        assert all(files[later][name] == files[earlier][name] for name in shared)


def test_nobody_can_take_a_school_for_a_real_one(files, releases):
    for release, of_release in zip(releases[1:], files[1:], strict=True):
        assert release["synthetic"] and release["title"].startswith("Synthetic")
        assert all(source["title"].startswith("Synthetic") for source in release["sources"].values())
        for urn, (row,) in rows_of(of_release[release["sources"]["register"]["file"]]).items():
            assert int(urn) > 900_000 and row["EstablishmentName"].startswith("Synthetic")


# --- all else stays ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 2)])
def test_a_school_that_is_not_moved_has_the_same_rows_but_for_dates_to_come(files, releases, made, before, after):
    moved = urns_of(made[after][1])
    day = releases[before]["reference_date"]
    told = {}
    for source in ("register", "ks2", "ks4", "inspections", "designations"):
        key = "urn" if source == "designations" else "URN"
        told[source] = [rows_of(files[n][releases[n]["sources"][source]["file"]], key) for n in (before, after)]

    compared = 0
    for old, new in told.values():
        for urn in old.keys() & new.keys():
            if urn == "" or int(urn) in moved:
                continue
            assert len(old[urn]) == len(new[urn])
            for one, other in zip(old[urn], new[urn], strict=True):
                for column, value in one.items():
                    if column.endswith("_AC") or column == "Publication date":
                        continue  # the successor, of one that is to convert; four weeks after the inspection
                    if "date" in column.lower() or column in ("from", "to"):
                        put_later = bool(value) and iso(value) > day
                        assert (other[column] != value) == put_later, (urn, column)
                        put_off_by = (
                            np.datetime64(iso(other[column])) - np.datetime64(iso(value)) if put_later else None
                        )
                        assert put_off_by in (None, 364, 365, 366)  # an inspection stays on its day of the week
                    else:
                        assert other[column] == value, (urn, column)
                    compared += 1
    assert compared > 100_000
    closed = {urn for urn, (row,) in told["register"][0].items() if row["EstablishmentStatus (name)"] == "Closed"}
    for source, (old, new) in told.items():
        allowed = {str(urn) for urn in moved}
        if source in ("ks2", "ks4"):  # the rows of who had closed, and of who was new the year before
            allowed |= closed | predecessors_without_register(made[after][0]) | set(map(str, urns_of(made[before][1])))
        assert old.keys() ^ new.keys() <= allowed, source


def predecessors_without_register(drawn):
    """Replaced schools that the register has lost: their results stood under their URN until their successors' did."""
    e = drawn.establishments
    return {str(urn) for urn in e.loc[~e["in_register"], "urn"]}


def test_days_after_the_reference_date_are_put_off_by_a_year():
    days = np.array(["2017-03-31", "2017-04-01", "2017-08-31", "2020-02-29", "NaT"], dtype="datetime64[D]")
    later = put_off(days, np.datetime64("2017-03-31", "D"))
    assert later.astype(str).tolist() == ["2017-03-31", "2018-04-01", "2018-08-31", "2021-03-01", "NaT"]


# --- settings ----------------------------------------------------------------------------------------------------


def test_seed_and_scale_are_those_of_the_release_that_is_followed():
    config = {"demo_seed": 7, "demo_scale": 0.2}
    generator = settings.load_release("demo-2018", config)["generator"]
    assert generator == {
        "follows": "demo-2017",
        "seed": 7,
        "scale": 0.2,
        "earlier": [
            {"results_year": "2015/16", "reference_date": "2017-03-31"},
            {"results_year": "2016/17", "reference_date": "2018-03-31"},
        ],
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{follows: demo}", "{follows: dmo}", "there is no release 'dmo'. Did you mean 'demo'?"),
        ("{follows: demo}", "{follows: '2016'}", "generator.follows: 2016 is not synthetic"),
        ("{follows: demo}", "{follows: demo-2018}", "comes round to itself"),
        ("{follows: demo}", "{follows: demo, seed: 3}", "seed: those of the release that it follows are taken"),
        ("{follows: demo}", "{seed: 3}", "the key 'scale' is missing"),
        ("results_year: 2016/17", "results_year: 2017/18", "is not a year after that of demo, which is 2015/16"),
        ("reference_date: 2018", "reference_date: 2019", "is not a year after that of demo, which is 2017-03-31"),
    ],
)
def test_a_release_that_cannot_follow_says_why(tmp_path, monkeypatch, old, new, said):
    for folder in ("layouts", "methods", "readings"):
        (tmp_path / folder).symlink_to(load.WORKFLOW / folder)
    (tmp_path / "releases").mkdir()
    for path in (load.WORKFLOW / "releases").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace(old, new) if path.stem == "demo-2017" else text
        (tmp_path / "releases" / path.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(load, "WORKFLOW", tmp_path)
    assert said in fault(settings.load_release, "demo-2017")


# --- a comparison finds these moves, and no others -----------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(project_copy):
    """A project copy in which the three releases are compared, a tenth of England, under both methods."""
    project = project_copy()
    (project.path / "workflow" / "methods" / f"{ALONE}.yaml").write_text(METHOD, encoding="utf-8")
    targets = [f"results/changes/{one}-{other}/{m}/schools.csv" for one, other in PAIRS for m in (STUDY, ALONE)]
    targets.append(f"results/changes/over_years/{ALONE}/schools.csv")
    config = {"releases": list(NAMES), "method": [STUDY, ALONE], "demo_scale": SCALE, "demo_seed": SEED}
    done = project.run("--cores", "2", *targets, config=config, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return project.path / "results"


def changes_of(compared, number, method, name="schools"):
    one, other = PAIRS[number]
    return pd.read_csv(
        compared / "changes" / f"{one}-{other}" / method / f"{name}.csv",
        dtype={"urn_from": "Int64", "urn_to": "Int64", "others": "str"},
    )


def keyed(table):
    """{(urn before or None, urn after or None, phase): row}."""
    return {
        tuple(None if pd.isna(row[name]) else row[name] for name in ("urn_from", "urn_to", "phase")): row
        for row in table.to_dict("records")
    }


def group_without_a_judgement(row, group_before, phase, sponsored):
    """The group of a school of which no judgement is known under its own URN, by its row of results (None: no row)."""
    if row is not None and floor(row, phase) and not sponsored:
        return "in_need"
    return group_before


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("method", [ALONE, STUDY])
def test_the_moves_are_found_with_their_reasons(compared, made, files, releases, number, method):
    found = keyed(changes_of(compared, number, method))
    later = releases[number + 1]["sources"]
    rows = {
        phase: rows_of(files[number + 1][later[ks]["file"]]) for phase, ks in (("primary", "ks2"), ("secondary", "ks4"))
    }
    moves = made[number + 1][1]
    assert len(moves) > 250
    for key, move in keyed(moves).items():
        kind, phase, row = move["kind"], move["phase"], found[key]
        told = tuple(None if pd.isna(row[n]) else row[n] for n in ("followed", "group_from", "group_to", "reason"))
        if kind in EXPECTED:
            followed, before, after, reason = EXPECTED[kind]
            assert told[:3] == (followed, before, after), (kind, key)
            # Under the study's rules the coasting measure may be another for another reason too.
            assert reason in str(row["reasons"]).split(";") and (method == STUDY or told[3] == reason), (kind, key)
        elif kind in UNLIKE:
            assert told[0] == told[3] == kind, key
            assert (told[1] is None) != (told[2] is None)
        else:
            own = rows[phase].get(str(key[1]), [None])[0]
            sponsored = row["type"] == "academy_sponsor_led"
            before = "not_assessable" if kind in CONVERTED else told[1]
            assert told[2] == group_without_a_judgement(own, before, phase, sponsored), (kind, key)
            assert told[0] == ("converted" if kind in CONVERTED else "same_urn")
            if kind in CONVERTED:
                assert (row["steps"], row["found_by"]) == (1, "link") and row["others"] == str(key[1])
            if told[1] != told[2]:
                # Where the earlier year's data cannot say it under the later rules, these are said to be the reason.
                reason = "converted" if kind in CONVERTED else "became_known"
                assert reason in str(row["reasons"]).split(";") and (method == STUDY or told[3] == reason), (kind, key)


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
def test_no_other_school_changes(compared, made, number):
    moved = keyed(made[number + 1][1])
    alone = {key: row for key, row in keyed(changes_of(compared, number, ALONE)).items() if key not in moved}
    assert len(alone) > 1500
    assert {row["change"] for row in alone.values()} == {"same"}
    assert {row["followed"] for row in alone.values()} == {"same_urn"}
    # Under the study's rules, others change by the coasting measure alone, whose rules differ by year.
    study = {key: row for key, row in keyed(changes_of(compared, number, STUDY)).items() if key not in moved}
    by_rules = {key for key, row in study.items() if row["change"] != "same"}
    assert study.keys() == alone.keys() and by_rules
    # The years that coasting looks back on move on as well, and a figure may then be known or unknown.
    of_years = {"rule_changed", "threshold_moved", "became_known", "became_unknown"}
    assert {study[key]["reason"] for key in by_rules} <= of_years
    criteria = changes_of(compared, number, STUDY, "criteria")
    named = list(zip(criteria["urn_from"], criteria["urn_to"], criteria["phase"], strict=True))
    assert set(criteria["criterion"][[key not in moved for key in named]]) == {"coasting"}


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
def test_pairs_come_and_go_with_the_schools_alone(compared, number):
    reasons = set(changes_of(compared, number, ALONE, "partners")["reason"])
    assert {"school_came", "school_left", "partner_came", "partner_left"} <= reasons
    assert not reasons & {"moved", "radius"}


@pytest.mark.slow
def test_a_school_that_converted_twice_is_one_school_over_the_years(compared, made):
    years = pd.read_csv(compared / "changes" / "over_years" / ALONE / "schools.csv")
    first, second = made[1][1], made[2][1]
    again = second[second["kind"] == "converted_again"]
    became = first[first["kind"] == "converted"].set_index("urn_to")["urn_from"]
    assert len(again) >= 3 and again["urn_from"].isin(became.index).all()
    for move in again.to_dict("records"):
        urns = [became[move["urn_from"]], move["urn_from"], move["urn_to"]]
        (row,) = years[years["urns"].str.contains(str(move["urn_to"]))].to_dict("records")
        assert row["urns"] == ";".join(map(str, urns)) and row["years"] == 3


@pytest.mark.slow
def test_years_in_need_are_those_that_the_moves_make(compared, made):
    years = pd.read_csv(compared / "changes" / "over_years" / ALONE / "schools.csv").set_index("urns")
    first, second = (
        moves[moves["kind"] != "own_results"].dropna(subset="urn_from").set_index("urn_from")["kind"]
        for _, moves in (made[1], made[2])
    )
    counted = {
        "worse_again": ("in_need;neither;in_need", 2, True),
        "recovered": ("neither;in_need;neither", 1, False),
    }
    for kind, (groups, in_need, returning) in counted.items():
        urns = second.index[second == kind].astype(str)
        assert len(urns) and (years.loc[urns, "groups"] == groups).all()
        assert (years.loc[urns, "years_in_need"] == in_need).all() and (years.loc[urns, "returning"] == returning).all()
    # None returns but by a move.
    assert set(years.index[years["returning"]]) == set(second.index[second == "worse_again"].astype(str))
    # In need once, the last year, or twice, the last two: those that came, and stayed.
    came = ["worse_into_need", "high_performing_into_need", "fell_below_floor"]
    then = first.index[first.isin(came)].difference(second.index).astype(str)
    now = second.index[second.isin(came)].difference(first.index).astype(str)
    assert (years.loc[then, "years_in_need"] == 2).all() and (years.loc[now, "years_in_need"] == 1).all()
    # A school that no year moves is in need throughout, or never.
    moved = urns_of(made[1][1]) | urns_of(made[2][1])
    still = years[[not moved & set(map(int, urns.split(";"))) for urns in years.index]]
    assert set(still["years_in_need"]) == {0, 3} and (still["years"] == 3).all()
    assert still["in_need_throughout"].eq(True).sum() == (still["years_in_need"] == 3).sum()
