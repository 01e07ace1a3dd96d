"""Bounds hold: however what is unknown of some small schools turns out, every figure lies within its bounds.

The schools are filled in at random, matched and summed up like any; so are the same schools as they are.
"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import aggregate
import classify
import match
from classify import groups
from lib import bounds, criteria
from lib.area_columns import COLUMNS

RADIUS_M = 3_000
BOUNDED = [column.key for column in COLUMNS if column.bounded]
ENDLESS = {"high_performing_per_in_need", "median_nearest_m"}  # no school may be in need, none high-performing

known = st.sampled_from([True, False, None, None])
place = st.one_of(st.none(), st.tuples(st.integers(0, 8), st.integers(0, 8)))
school = st.tuples(known, known, st.booleans(), st.booleans(), place, st.sampled_from(["North", "South"]))
schools_in_doubt = st.lists(school, min_size=1, max_size=12)


def table(rows):
    """Schools of classified/schools: high_performing, in_need, whether each lacks here, (x, y) in km, region."""
    frame = pd.DataFrame(rows, columns=["high_performing", "in_need", "high_here", "need_here", "at", "region"])
    out = pd.DataFrame({"urn": 100_000 + np.arange(len(frame)), "phase": "primary", "region": frame["region"]})
    for axis, name in enumerate(("easting", "northing")):
        values = [at and 400_000 + 1_000 * at[axis] for at in frame["at"]]
        out[name] = pd.array(values, dtype="Int64")
    for group, here in (("high_performing", "high_here"), ("in_need", "need_here")):
        out[group] = pd.array(frame[group], dtype="boolean")
        out[f"{group}_missing_here"] = frame[here] & out[group].isna()
    return grouped(out)


def grouped(schools):
    """The schools with `both` and `group` as the classification gives them."""
    codes = {name: schools[name].astype("Int8").fillna(-1).to_numpy() for name in ("high_performing", "in_need")}
    made = groups(codes, {name: name for name in codes})
    return schools.assign(both=made["both"], group=made["group"])


def summed(schools, in_doubt=None):
    """One row a region. `in_doubt`: the schools whose bounds they are, if not the same."""
    return summed_each([(schools, schools if in_doubt is None else in_doubt)])[0]


def summed_each(worlds):
    """The same of several (schools, schools whose bounds they are), each matched alone; summed up in one go, for speed:
    each has regions and URNs of its own meanwhile."""
    parts = []
    for number, (schools, of) in enumerate(worlds):
        _, reach, _ = match.match(schools, RADIUS_M, {2: RADIUS_M})
        extent = match.reach_bounds(of, RADIUS_M)
        reach, extent = (made.assign(phase="primary") for made in (reach, extent))
        own = of.assign(region=f"{number} " + of["region"])
        parts.append([made.assign(urn=made["urn"] + 1000 * number) for made in (own, reach, extent)])
    of, reach, extent = (pd.concat(made, ignore_index=True) for made in zip(*parts, strict=True))
    figures = aggregate.areas(of, reach, extent, ["region"])
    figures[["world", "region"]] = figures["region"].str.split(" ", expand=True).to_numpy()
    by_world = figures.set_index("region").groupby("world")
    return [by_world.get_group(str(number)).drop(columns="world") for number in range(len(worlds))]


def outside(figures, extent):
    """List the figures that lie outside their bounds, or have one where the bounds say that there can be none."""
    found = []
    for area in figures.index:
        for name in BOUNDED:
            value, lower, upper = figures[name][area], extent[f"{name}_lower"][area], extent[f"{name}_upper"][area]
            if pd.isna(value):
                continue
            endless = pd.isna(upper) and name in ENDLESS
            if not (lower - 1e-9 <= value and (endless or value <= upper + 1e-9)):
                found.append((area, name, lower, value, upper))
    return found


@examples(max_examples=40)
@given(rows=schools_in_doubt, draw=st.randoms(use_true_random=False))
def test_whatever_the_unknown_turns_out_to_be_every_figure_lies_within_its_bounds(rows, draw):
    """And so do the figures as they are, in which what is unknown counts for neither group."""
    worlds = [rows]
    for _ in range(4):
        often = draw.random()
        worlds.append(
            [
                (*(draw.random() < often if flag is None else flag for flag in (high, need)), *more)
                for high, need, *more in rows
            ]
        )
    extent, *filled = summed_each([(table(world),) * 2 for world in worlds])
    assert outside(extent, extent) == []
    assert [found for figures in filled for found in outside(figures, extent)] == []


@examples(max_examples=30)
@given(rows=schools_in_doubt)
def test_with_nothing_unknown_the_bounds_are_the_figures(rows):
    found = summed(table([(bool(high), bool(need), *more) for high, need, *more in rows]))
    for name in BOUNDED:
        for end in ("_lower", "_upper"):
            pd.testing.assert_series_equal(
                found[f"{name}{end}"].astype(float), found[name].astype(float), check_names=False, obj=f"{name}{end}"
            )


@examples(max_examples=40)
@given(rows=schools_in_doubt)
def test_bounds_of_what_is_missing_here_lie_within_the_others(rows):
    schools = table(rows)
    extent, here = summed_each([(schools, schools), (schools, bounds.missing_here(schools))])
    for end in ("_lower", "_upper"):
        figures = here[[f"{name}{end}" for name in BOUNDED]].set_axis(BOUNDED, axis=1)
        assert outside(figures, extent) == []
    assert outside(here, here) == []
    reach, reach_here = (
        match.reach_bounds(of, RADIUS_M).set_index("urn") for of in (schools, bounds.missing_here(schools))
    )
    wider = reach.loc[reach_here.index]
    assert (wider["partners_lower"] <= reach_here["partners_lower"]).all()
    assert (wider["partners_upper"] >= reach_here["partners_upper"]).all()


@examples(max_examples=300)
@given(
    cases=st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from([0, 3, math.inf]), st.booleans()), min_size=1, max_size=9
    ),
    part=st.sampled_from([0.25, 0.5, 0.75]),
)
def test_bounds_of_a_quantile_are_those_of_every_choice_of_who_counts(cases, part):
    """Every set that the doubtful can make beside the certain, each value at its least, and at its most."""
    lower = np.array([value for value, *_ in cases], dtype=float)
    upper, certain = lower + [more for _, more, _ in cases], np.array([sure for *_, sure in cases])
    every = {0: [], 1: []}
    for chosen in range(2 ** int((~certain).sum())):
        counts = certain.copy()
        counts[~certain] = [chosen >> place & 1 for place in range((~certain).sum())]
        for end, values in enumerate((lower, upper)):
            if counts.any():
                every[end].append(between(sorted(values[counts]), part))
    [(least, most)] = bounds.quantile_bounds(lower, upper, certain, [part])
    assert least == pytest.approx(min(every[0]))
    assert most == pytest.approx(max(every[1])) if max(every[1]) < math.inf else math.isnan(most)


figure = st.one_of(st.integers(0, 5), st.sampled_from(["missing", "missing", "suppressed"]))
schools_with_gaps = st.lists(
    st.tuples(figure, figure, place, st.sampled_from(["North", "South"])), min_size=1, max_size=12
)
BY_QUANTILE = {
    "high": {"any": [{"measure": name, "is": ">=", "quantile": 0.75} for name in ("m", "n")]},
    "low": {"all": [{"measure": "m", "is": "<=", "quantile": 0.25}, {"measure": "n", "is": "<", "quantile": 0.5}]},
}


def classified(rows):
    """Schools of classified/schools, and the evaluated tests. A figure is a number, or the status of one unknown."""
    out = table([(None, None, False, False, *where) for _, _, *where in rows]).drop(columns="group")
    for at, name in enumerate(("m", "n")):
        figures = pd.Series([row[at] for row in rows], dtype=object)
        out[name] = pd.to_numeric(figures, errors="coerce").astype("float64")
        out[f"{name}_status"] = figures.where(out[name].isna(), "ok")
    of = classify.OfPhase("primary", out, None, BY_QUANTILE, {}, classify.classify(out, BY_QUANTILE))
    made = classify.group_table(of, {"high": "high_performing", "low": "in_need"})
    return pd.concat([out.drop(columns=made.columns, errors="ignore"), made], axis=1), of.evaluated


@examples(max_examples=25)
@given(rows=schools_with_gaps, draw=st.randoms(use_true_random=False))
def test_whatever_is_missing_here_turns_out_to_be_what_is_known_by_a_quantile_stays(rows, draw):
    """Each missing figure may be any, or be had by nobody: it moves the quantile for every other school."""
    schools, evaluated = classified(rows)
    worlds = [(schools, schools), (schools, bounds.missing_here(schools))]
    for _ in range(4):
        low, high = draw.choice([(0, 5), (-50, 0), (5, 50), (-50, 50)])
        often = draw.random()

        def filled(one, low=low, high=high, often=often):
            return one if one != "missing" else draw.randint(low, high) if draw.random() < often else "no_row"

        turned_out, of_these = classified([(filled(m), filled(n), *where) for m, n, *where in rows])
        for name, (outcome, leaves) in evaluated.items():
            others, of_leaves = of_these[name]
            of_conditions = ((a.outcome, b.outcome) for a, b in zip(leaves, of_leaves, strict=True))
            for before, after in [(outcome, others), *of_conditions]:
                assert (before == after)[before != criteria.UNKNOWN].all()
        worlds += [(one, one) for one in (turned_out, bounds.missing_here(turned_out))]
    extent, here, *found = summed_each(worlds)
    for turned_out, turned_out_here in zip(found[::2], found[1::2], strict=True):
        assert outside(turned_out, extent) == []
        assert outside(turned_out_here, here) == []


def between(values, part):
    """A quantile of sorted values, interpolated linearly; without end where it lies beyond the last that has one."""
    place = part * (len(values) - 1)
    low, high = values[math.floor(place)], values[math.ceil(place)]
    return high if math.isinf(high) else low + (high - low) * (place % 1)


@pytest.mark.parametrize(
    "certain, doubtful, part, least",
    [
        ([0, 100], [30], 0.25, 15),  # over the quartile of 25, and draws it down
        ([0, 0, 100], [49], 0.75, 50),  # under the quartile of 50, and would lift it
        ([0, 0, 100], [49, 49], 0.75, 49),  # two of them do not
    ],
)
def test_a_quartile_s_place_moves_with_how_many_count(certain, doubtful, part, least):
    assert bounds.least_quantiles(np.array(certain), np.array(doubtful), [part]).tolist() == [least]
