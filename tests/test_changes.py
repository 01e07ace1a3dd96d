"""One run against another: every school once, what became of it, and why."""

import numpy as np
import pandas as pd
import pytest

import recount_changes
from compared_runs import Run
from lib import change_schemas
from lib.domain import CRITERION_GROUPS
from lib.run_step import UserError
from lib.yaml_files import PROJECT
from small_comparison import LATER, RESULT, a_method, a_run, a_school, compared, criterion, row_of

# Eleven schools that stay as they are, so that the median of results lies from 55 to 65 whatever becomes of one.
OTHERS = [a_school(n, result=65 if n % 2 else 55) for n in range(11, 22)]


def told(tmp_path, before, after, earlier=None, later=None):
    """Compare two releases: the schools in question, beside the others."""
    one = a_run(tmp_path / "before", [*before, *OTHERS], **(earlier or {}))
    other = a_run(tmp_path / "after", [*after, *OTHERS], **(LATER | (later or {})))
    return compared(one, other)


def groups(row):
    return row["group_from"], row["group_to"]


# --- One reason at a time -------------------------------------------------------------------------------------

RULES = a_method(low=40)
MEDIAN_OF_LATER = [a_school(n, result=75) for n in range(31, 46)]
REASONS = {
    "a result crossed a threshold": (
        ({"result": 55}, {"result": 45}),
        {},
        ("neither", "in_need", "result_crossed"),
    ),
    "a new inspection": (
        ({"result": 55}, {"result": 55, "grade": 4, "inspected": "2017-06-01"}),
        {},
        ("neither", "in_need", "inspected"),
    ),
    "another grade of the same inspection: the files differ": (
        ({"result": 55}, {"result": 55, "grade": 4}),
        {},
        ("neither", "in_need", "other_file"),
    ),
    "designated": (
        ({"result": 55}, {"result": 55, "teaching": True}),
        {},
        ("neither", "high_performing", "designated"),
    ),
    "results that are suppressed no longer": (
        ({"result": None}, {"result": 45}),
        {},
        ("not_assessable", "in_need", "became_known"),
    ),
    "results that are suppressed": (
        ({"result": 45}, {"result": None}),
        {},
        ("in_need", "not_assessable", "became_unknown"),
    ),
    "a list of designations that one release lacks": (
        ({"result": 55}, {"result": 55}),
        {"later": {"designations": False}},
        ("neither", "not_assessable", "other_file"),
    ),
    "another rule": (
        ({"result": 45}, {"result": 45}),
        {"later": {"method": RULES}},
        ("in_need", "neither", "rule_changed"),
    ),
}


@pytest.mark.parametrize("sides, given, expected", REASONS.values(), ids=REASONS)
def test_the_reason_of_a_change(tmp_path, sides, given, expected):
    before, after = sides
    made, _ = told(tmp_path, [a_school(1, **before)], [a_school(1, **after)], **given)
    row = row_of(made, 1)
    assert (*groups(row), row["reason"]) == expected
    assert row["reason"] in row["reasons"].split(";")


def test_a_threshold_that_moved_with_the_population(tmp_path):
    made, _ = told(tmp_path, [a_school(1, result=66)], [a_school(1, result=66), *MEDIAN_OF_LATER])
    row = row_of(made, 1)
    assert (*groups(row), row["reason"]) == ("high_performing", "neither", "threshold_moved")
    assert (row["group_from_later_rules"], row["group_from_later_thresholds"]) == ("high_performing", "neither")
    conditions = made["conditions.csv"]
    (condition,) = conditions[conditions["urn_to"] == 100_001].to_dict("records")
    assert (condition["measure"], condition["value_from"], condition["value_to"]) == (RESULT, "66", "66")
    assert (condition["threshold_from"], condition["threshold_to"]) == ("65", "75")
    assert condition["reason"] == "threshold_moved"


def test_a_conversion_that_leaves_the_judgement_behind(tmp_path):
    old = a_school(1, grade=4, result=55)
    gone = {**old, "closed": "2017-08-31", "status": "closed", "grade": "none", "result": "none"}
    new = a_school(2, type="academy_converter", opened="2017-09-01", grade="none", result=55)
    made, _ = told(tmp_path, [old], [gone, new], later={"links": [(2, 1)]})
    row = row_of(made, 2)
    assert (row["urn_from"], row["followed"], row["steps"], row["found_by"]) == (100_001, "converted", 1, "link")
    assert (*groups(row), row["reason"]) == ("in_need", "not_assessable", "converted")


def test_of_several_reasons_the_one_that_suffices_is_the_main_one_and_all_are_listed(tmp_path):
    """It came into need by its results; that its new grade is good again changes nothing of that."""
    before = a_school(1, result=55, grade=1)
    after = a_school(1, result=45, grade=2, inspected="2017-06-01")
    made, _ = told(tmp_path, [before], [after])
    row = row_of(made, 1)
    assert (*groups(row), row["reason"]) == ("high_performing", "in_need", "result_crossed")
    assert row["reasons"] == "inspected;result_crossed"


def test_of_two_that_suffice_the_first_in_order_is_the_main_one(tmp_path):
    made, _ = told(tmp_path, [a_school(1, result=55)], [a_school(1, result=45, grade=3, inspected="2017-06-01")])
    row = row_of(made, 1)
    assert (row["reason"], row["reasons"]) == ("inspected", "inspected;result_crossed")


def test_of_two_of_which_neither_suffices_the_first_that_is_needed_is(tmp_path):
    """In need until both its grade and its results are good enough."""
    before = a_school(1, result=45, grade=4)
    made, _ = told(tmp_path, [before], [a_school(1, result=70, grade=2, inspected="2017-06-01")])
    row = row_of(made, 1)
    assert (*groups(row), row["reason"]) == ("in_need", "high_performing", "inspected")


def coasting(measure):
    """Return criteria of which one needs a low result in two years, the earlier of which the release does not have."""
    low = {"measure": RESULT, "is": "<", "value": 60}
    return {"coasting": criterion("in_need", {"all": [low, {"measure": measure, "is": "<", "value": 60}]})}


def test_a_rule_of_one_year_alone_that_decides_nothing_is_no_reason(tmp_path):
    """Its result decides: of the year before, which either year's rules ask for in their own way, nothing is known."""
    given = {
        "earlier": {"method": a_method(**coasting("maths_1y_before"))},
        "later": {"method": a_method(**coasting("reading_1y_before"))},
    }
    made, _ = told(tmp_path, [a_school(1, result=55)], [a_school(1, result=70)], **given)
    row = row_of(made, 1)
    assert (*groups(row), row["group_from_later_rules"]) == ("not_assessable", "high_performing", "not_assessable")
    assert (row["reason"], row["reasons"]) == ("result_crossed", "result_crossed")
    conditions = made["conditions.csv"]
    assert "rule_changed" in set(conditions.loc[conditions["urn_to"] == 100_001, "reason"])  # it stays in the table


def test_a_rule_without_which_the_data_would_change_nothing_is_the_reason(tmp_path):
    """55 falls to 45: neither the rule, which asks for 50 instead of 40, nor the result makes the change alone."""
    given = {"earlier": {"method": a_method(low=40)}, "later": {"method": a_method(low=50)}}
    made, _ = told(tmp_path, [a_school(1, result=55)], [a_school(1, result=45)], **given)
    row = row_of(made, 1)
    assert (*groups(row), row["group_from_later_rules"]) == ("neither", "in_need", "neither")
    assert (row["reason"], row["reasons"]) == ("rule_changed", "rule_changed")


# --- Schools that are in one release only ---------------------------------------------------------------------


def closed(number, on="2017-08-31", **more):
    return a_school(number, status="closed", closed=on, **more)


def opened(number, on="2017-09-01", **more):
    return a_school(number, opened=on, **more)


def test_merged_split_closed_opened_and_a_chain_of_two_conversions(tmp_path):
    before = [a_school(n) for n in range(1, 6)]
    after = [closed(n) for n in range(1, 6)]
    after += [closed(6, "2017-12-31", opened="2017-09-01"), opened(7, "2018-01-01")]  # 1 became 6, and 6 became 7
    after += [opened(8), opened(9), opened(30), opened(31)]
    links = [(6, 1), (7, 6), (8, 2), (8, 3), (9, 4), (30, 4)]
    made, summary = told(tmp_path, before, after, later={"links": links})
    assert {n: row_of(made, n, "from")["followed"] for n in range(1, 6)} == {
        1: "converted",
        2: "merged",
        3: "merged",
        4: "split",
        5: "closed",
    }
    assert {n: row_of(made, n)["followed"] for n in (7, 8, 9, 30, 31)} == {
        7: "converted",
        8: "merged",
        9: "split",
        30: "split",
        31: "opened",
    }
    assert (row_of(made, 7)["urn_from"], row_of(made, 7)["steps"]) == (100_001, 2)
    assert row_of(made, 8)["others"] == "100002;100003"
    assert all(row_of(made, n)["reason"] == row_of(made, n)["followed"] for n in (8, 9, 30, 31))
    assert summary["phases"]["primary"]["change"] == {"same": 12, "gone": 4, "new": 4}


def test_outside_the_population_in_another_phase_or_not_in_the_register(tmp_path):
    before = [a_school(1), a_school(2), a_school(3), a_school(4, phase="all_through")]
    after = [a_school(1, type="special"), a_school(2, phase="secondary"), a_school(4, phase="secondary")]
    made, _ = told(tmp_path, before, after)
    gone = {n: row_of(made, n, "from") for n in (1, 2, 3, 4)}
    assert {n: row["followed"] for n, row in gone.items()} == {
        1: "not_counted",
        2: "other_phase",
        3: "not_in_register",
        4: "other_phase",
    }
    assert gone[1]["why"] == "type out of scope: special"
    assert row_of(made, 4, phase="secondary")["followed"] == "same_urn"
    assert row_of(made, 2, phase="secondary")["followed"] == "other_phase"


def test_a_school_of_an_authority_that_has_gone_lies_in_its_successor(tmp_path):
    """Bournemouth (837) and Dorset (835) ended on 31 March 2019; a school that closed before is counted in the new."""
    one = a_run(tmp_path / "a", [a_school(1, la=("837", "Bournemouth")), *OTHERS], year="2017/18", date="2018-12-31")
    after = [closed(1, "2018-12-31", la=("837", "Bournemouth")), *OTHERS]
    later = a_run(tmp_path / "b", after, year="2018/19", date="2019-12-31")
    made, _ = compared(one, later)
    assert row_of(made, 1, "from")["la_code"] == "839"


# --- What must add up -----------------------------------------------------------------------------------------


def random_release(draw, numbers):
    """Schools drawn at random: some closed, some opened, some with nothing known."""
    return [
        a_school(
            n,
            grade=draw.choice([1, 2, 3, 4, None]),
            result=draw.choice([30, 45, 55, 65, 80, None]),
            teaching=draw.random() < 0.1,
            inspected=str(draw.choice(["2015-01-01", "2016-05-05"])),
            phase=str(draw.choice(["primary", "secondary", "all_through"])),
            la=[("202", "Camden"), ("203", "Greenwich"), ("301", "Barking and Dagenham")][n % 3],
            region=["London", "South East"][n % 2],
            x=None if draw.random() < 0.1 else int(530_000 + draw.integers(0, 20_000)),
        )
        for n in numbers
    ]


def plain(values):
    """Schools as the steps take them: numbers of Python, None where nothing is known."""
    for school in values:
        for name in ("grade", "result"):
            school[name] = None if school[name] is None else int(school[name])
    return values


@pytest.fixture(scope="module", params=range(4))
def at_random(request, tmp_path_factory):
    draw = np.random.default_rng(request.param)
    before = plain(random_release(draw, range(1, 61)))
    kept = [n for n in range(1, 61) if draw.random() > 0.15]
    after = plain(random_release(draw, [*kept, *range(61, 71)]))
    gone = sorted(set(range(1, 61)) - set(kept))
    links = [(60 + i, n) for i, n in enumerate(gone[:6], start=1)]  # some of the new ones are conversions
    links += [(61, gone[6])] if len(gone) > 6 else []  # and one is a merger
    after += [{**a_school(n), "status": "closed", "closed": "2017-08-31"} for n in gone]
    for school in after:
        if school["urn"] > 100_060 and school["status"] == "open":
            school["opened"] = "2017-09-01"
    folder = tmp_path_factory.mktemp("at_random")
    one = a_run(folder / "one", before)
    other = a_run(folder / "two", after, links, **LATER)
    return one, other, *compared(one, other)


def test_every_school_of_either_is_in_one_row_and_has_a_reason_where_it_changed(at_random):
    one, other, made, _ = at_random
    rows = made["schools.csv"]
    for side, run in (("from", one), ("to", other)):
        there = rows[rows[f"urn_{side}"].notna()]
        keys = list(zip(there[f"urn_{side}"], there["phase"], strict=True))
        assert sorted(keys) == sorted(zip(run.schools["urn"], run.schools["phase"], strict=True))
    changed = rows["change"] != "same"
    assert rows.loc[changed, "reason"].notna().all() and rows.loc[~changed, "reason"].isna().all()
    assert {"gone", "new", "changed", "same"} == set(rows["change"])


def test_flows_add_up_to_both_releases(at_random):
    one, other, made, summary = at_random
    flows = made["flows.csv"]
    for level in change_schemas.LEVELS:
        of_level = flows[flows["level"] == level]
        for side, run in (("before", one), ("after", other)):
            counts = of_level.groupby(["phase", side])["schools"].sum().to_dict()
            for key, number in run.schools.groupby(["phase", "group"]).size().items():
                assert counts[key] == number
    for phase, found in summary["phases"].items():
        for group, of in found["groups"].items():
            assert of["stayed"] + of["left"] == of["from"] and of["stayed"] + of["came"] == of["to"]
            assert of["net"] == of["to"] - of["from"]
            for direction in ("came", "left"):
                assert sum(number for _, number in of[f"{direction}_reasons"]) == of[direction], (phase, group)


def test_it_agrees_with_the_recount(at_random):
    one, other, made, _ = at_random
    agrees_with_the_recount((one.folder, other.folder), (one.reference_date, other.reference_date), made)


def agrees_with_the_recount(folders, dates, made):
    """Hold who is followed, the flows and the counts of areas against the recount, each cell."""
    found = recount_changes.recount(folders, dates, PROJECT / "workflow/facts/authorities.csv")
    text = {name: table.astype("str").fillna("") for name, table in made.items()}
    rows = text["schools.csv"]
    keys = zip(rows["urn_from"], rows["urn_to"], rows["phase"], strict=True)
    assert dict(zip(keys, rows["followed"], strict=True)) == found["schools"]
    flows, areas = text["flows.csv"], text["areas.csv"]
    for table in (flows, areas):
        table["place"] = table["area_code"].where(table["level"] == "local_authority", table["area"])
    columns = ["level", "place", "region", "phase", "before", "after"]
    keys = list(zip(*(flows[c] for c in columns), strict=True))
    assert dict(zip(keys, made["flows.csv"]["schools"], strict=True)) == found["flows"]
    assert len(areas) == len(found["areas"])
    for row in areas.to_dict("records"):
        of = found["areas"][tuple(row[c] for c in ("level", "place", "region", "phase", "group"))]
        assert [int(row[c]) for c in ("schools_from", "schools_to")] == [of["from"], of["to"]]
        assert [int(row[c]) for c in ("stayed", "came", "left")] == [of["stayed"], of["came"], of["left"]]


def test_what_is_unknown_cannot_leave_its_bounds(at_random):
    """However the unknown turns out in each release by itself, what is counted lies within the bounds."""
    *_, made, _ = at_random
    rows, areas = made["schools.csv"], made["areas.csv"]
    england = areas[areas["level"] == "england"].set_index(["phase", "group"])
    draw = np.random.default_rng(1)
    for _ in range(200):
        filled = {}
        for side in ("from", "to"):
            flags = {}
            for group in CRITERION_GROUPS:
                values = rows[f"{group}_{side}"].astype("boolean")
                guess = pd.Series(draw.random(len(rows)) < draw.random(), index=rows.index)
                flags[group] = values.fillna(guess).astype(bool) & rows[f"urn_{side}"].notna()
            filled["in_need", side] = flags["in_need"]
            filled["high_performing", side] = flags["high_performing"] & ~flags["in_need"]
        for (phase, group), bounds in england.iterrows():
            was, is_ = (filled[group, side][rows["phase"] == phase] for side in ("from", "to"))
            counts = {"schools_from": was.sum(), "schools_to": is_.sum(), "stayed": (was & is_).sum()}
            counts |= {"came": (~was & is_).sum(), "left": (was & ~is_).sum(), "net": is_.sum() - was.sum()}
            for name, number in counts.items():
                assert bounds[f"{name}_lower"] <= number <= bounds[f"{name}_upper"], name


def test_pairs_gained_and_lost_lead_from_the_earlier_to_the_later(at_random):
    one, other, made, summary = at_random
    pairs = made["partners.csv"]
    for phase, found in summary["phases"].items():
        before, after = ((run.read("matched/partners.parquet")["phase"] == phase).sum() for run in (one, other))
        assert found["partners"]["kept"] + found["partners"]["lost"] == before
        assert found["partners"]["kept"] + found["partners"]["gained"] == after
    assert len(pairs) and pairs["reason"].notna().all()


# --- Partners -------------------------------------------------------------------------------------------------

NEED, HIGH = {"grade": 4, "result": 55}, {"grade": 1}
NEW = {"inspected": "2017-06-01"}
PARTNERS = {
    "the school came into need": (({"result": 50}, HIGH), (NEED | NEW, HIGH), ("gained", "school_came")),
    "the school left need": ((NEED, HIGH), ({"result": 50} | NEW, HIGH), ("lost", "school_left")),
    "the partner came": ((NEED, {"result": 50}), (NEED, HIGH | NEW), ("gained", "partner_came")),
    "the partner left": ((NEED, HIGH), (NEED, {"result": 50} | NEW), ("lost", "partner_left")),
    "the partner moved": ((NEED, HIGH), (NEED, HIGH | {"x": 600_000}), ("lost", "moved")),
    "the partner closed": ((NEED, HIGH), (NEED, HIGH | {"closed": "2018-01-01"}), ("lost", "partner_disappeared")),
    "the school opened": (
        (NEED | {"opened": "2018-01-01"}, HIGH),
        (NEED | {"opened": "2018-01-01"}, HIGH),
        ("gained", "school_appeared"),
    ),
}


CASES = list(enumerate((expected for *_, expected in PARTNERS.values()), start=1))


@pytest.fixture(scope="module")
def pairs_of_each(tmp_path_factory):
    """The pairs that changed, of all these schools in one comparison: far enough apart that each has its own."""
    sides = [], []
    for number, (*of_case, _) in enumerate(PARTNERS.values(), start=1):
        for schools, case in zip(sides, of_case, strict=True):
            for n, more in enumerate(case, start=1):
                place = {"x": 530_000 + 1_000 * n, "y": 200_000 + 20_000 * number}
                schools.append(a_school(100 * number + n, **(place | more)))
    made, _ = told(tmp_path_factory.mktemp("pairs"), *sides)
    return made["partners.csv"]


@pytest.mark.parametrize("number, expected", CASES, ids=PARTNERS)
def test_why_a_pair_is_gained_or_lost(pairs_of_each, number, expected):
    urn, pairs = 100_000 + 100 * number, pairs_of_each
    at_hand = pairs[pairs[["urn_from", "urn_to"]].isin([urn + 1]).any(axis=1)]
    at_hand = at_hand[at_hand[["partner_from", "partner_to"]].isin([urn + 2]).any(axis=1)]
    assert list(zip(at_hand["change"], at_hand["reason"], strict=True)) == [expected]


def test_a_pair_as_far_apart_as_before_is_not_said_to_have_moved(tmp_path):
    """Where travel times decide, a pair goes with the journey; its schools stand where they stood."""
    schools = [a_school(1, grade=4), a_school(2, grade=1)]
    one, other = a_run(tmp_path / "a", schools), a_run(tmp_path / "b", schools, **LATER)
    path = other.folder / "matched/partners.parquet"
    pd.read_parquet(path).iloc[:0].to_parquet(path)
    made, _ = compared(one, other)
    (pair,) = made["partners.csv"].to_dict("records")
    assert (pair["change"], pair["reason"]) == ("lost", "travel")
    assert pair["distance_m_from"] == pair["distance_m_to"] == 1000


def test_another_radius_gains_the_pairs_between(tmp_path):
    schools = [a_school(1, **NEED), a_school(2, **HIGH), a_school(9, **HIGH)]  # 1 km and 8 km away
    one = a_run(tmp_path / "same", schools, method=a_method(radius=3))
    other = a_run(tmp_path / "same", schools, method=a_method("tiny-radius-6", radius=6))
    made, summary = compared(one, other)
    (pair,) = made["partners.csv"].to_dict("records")
    assert (pair["partner_to"], pair["reason"], pair["distance_m_to"]) == (100_009, "radius", 8000.0)
    assert pair["distance_m_from"] == 8000.0
    assert summary["phases"]["primary"]["partners"]["kept"] == 1
    assert (made["schools.csv"]["change"] == "same").all()


# --- One release with itself, and with one cell altered -------------------------------------------------------


def nothing_but_same(made):
    empty = ("criteria", "conditions", "partners", "reasons", "published", "differences")
    return (made["schools.csv"]["change"] == "same").all() and all(made[f"{name}.csv"].empty for name in empty)


def test_a_release_compared_with_itself_shows_nothing(tmp_path):
    run = a_run(tmp_path / "a", [a_school(1, grade=4), *OTHERS])
    made, summary = compared(run, run)
    assert nothing_but_same(made) and summary["differences"] == 0
    again = a_run(tmp_path / "b", [a_school(1, grade=4), *OTHERS])
    made, _ = compared(run, again)
    assert nothing_but_same(made)


@pytest.mark.parametrize(
    "cell, table, column",
    [
        ({"grade": 1}, "clean/inspections.csv", "overall_effectiveness"),
        ({"result": 40}, "clean/results.csv", RESULT),
        ({"result": 56}, "clean/results.csv", RESULT),
        ({"postcode": "NW9 9ZZ"}, "clean/establishments.csv", "postcode"),
    ],
)
def test_with_one_cell_altered_it_shows_that_school_alone(tmp_path, cell, table, column):
    one = a_run(tmp_path / "a", [a_school(1, result=55), *OTHERS])
    other = a_run(tmp_path / "b", [a_school(1, **{"result": 55, **cell}), *OTHERS])
    made, _ = compared(one, other)
    rows, cells = made["schools.csv"], made["differences.csv"]
    moved = rows[rows["change"] != "same"]
    assert set(cells["urn"]) == {100_001} and set(moved["urn_to"]) <= {100_001}
    assert len(cells[(cells["table"] == table) & (cells["column"] == column)]) == 1
    assert set(moved["reason"]) <= {"other_file"}


def test_two_methods_of_one_release_differ_by_their_rules(tmp_path):
    schools = [a_school(1, result=45), *OTHERS]
    one = a_run(tmp_path / "a", schools)
    other = a_run(tmp_path / "a", schools, method=a_method("other", low=40))
    made, _ = compared(one, other)
    changed = made["schools.csv"][made["schools.csv"]["change"] != "same"]
    assert changed[["urn_to", "group_from", "group_to", "reason"]].to_numpy().tolist() == [
        [100_001, "in_need", "neither", "rule_changed"]
    ]


# --- What stops, and what is set beside the published counts --------------------------------------------------


def test_the_wrong_way_round_stops_with_the_way_out(tmp_path):
    one, other = a_run(tmp_path / "a", OTHERS), a_run(tmp_path / "b", OTHERS, **LATER)
    with pytest.raises(UserError, match="exchange FROM and TO"):
        compared(other, one)


def test_a_synthetic_release_is_not_set_beside_a_real_one(tmp_path):
    one, other = a_run(tmp_path / "a", OTHERS), a_run(tmp_path / "b", OTHERS, **LATER)
    invented = Run(**{name: vars(other)[name] for name in Run.__dataclass_fields__} | {"synthetic": True})
    for pair in ((one, invented), (invented, one)):
        with pytest.raises(UserError, match="both real, or both synthetic"):
            compared(*pair)


def test_tables_of_other_rules_stop(tmp_path):
    run = a_run(tmp_path / "a", [a_school(1, result=45), *OTHERS])
    told = {**vars(run), "method": a_method(low=40)}
    stale = Run(**{name: told[name] for name in Run.__dataclass_fields__})
    with pytest.raises(UserError, match="do not give the groups"):
        compared(stale, a_run(tmp_path / "b", OTHERS, **LATER))


def test_the_change_of_an_official_count_stands_beside_the_published_one(tmp_path):
    """665 and 511 primaries below the floor standard: of ours, two and one; one more is not known."""
    floor = {"below_floor": a_method(low=50)["criteria"]["low"]}
    low = [a_school(1, result=45), a_school(2, result=45), a_school(3, result=None)]
    later = [a_school(1, result=45), a_school(2, result=55), a_school(3, result=None)]
    made, _ = told(tmp_path, low, later, earlier={"method": a_method(**floor)}, later={"method": a_method(**floor)})
    (row,) = made["published.csv"].query("phase == 'primary' and criterion == 'below_floor'").to_dict("records")
    assert (row["published_from"], row["published_to"], row["published_change"]) == (665, 511, -154)
    assert (row["own_from"], row["own_to"], row["own_change"]) == (2, 1, -1)
    assert (row["own_change_lower"], row["own_change_upper"]) == (-2, 0)
