"""Following schools through their URNs: who is one school, and who is not."""

import pandas as pd
import pytest

from lib import lineage
from lib.lineage import AMBIGUOUS, CLOSED, CONVERTED, MERGED, OPENED, SAME, SPLIT, Fate

# (successor, predecessor) each.
CASES = {
    "it keeps its URN": ([1], [1], [], {1: Fate(SAME)}, {1: Fate(SAME)}),
    "one conversion": (
        [1],
        [2],
        [(2, 1)],
        {1: Fate(CONVERTED, (2,), 1, "link")},
        {2: Fate(CONVERTED, (1,), 1, "link")},
    ),
    "a chain of two conversions": (
        [1],
        [3],
        [(2, 1), (3, 2)],
        {1: Fate(CONVERTED, (3,), 2, "link")},
        {3: Fate(CONVERTED, (1,), 2, "link")},
    ),
    "two become one": (
        [1, 2],
        [3],
        [(3, 1), (3, 2)],
        {1: Fate(MERGED, (3,), 1, "link"), 2: Fate(MERGED, (3,), 1, "link")},
        {3: Fate(MERGED, (1, 2), 1, "link")},
    ),
    "one joins another that stays": (
        [1, 2],
        [2],
        [(2, 1)],
        {1: Fate(MERGED, (2,), 1, "link"), 2: Fate(SAME)},
        {2: Fate(SAME, (1,), by="link")},
    ),
    "one becomes two": (
        [1],
        [2, 3],
        [(2, 1), (3, 1)],
        {1: Fate(SPLIT, (2, 3), 1, "link")},
        {2: Fate(SPLIT, (1,), 1, "link"), 3: Fate(SPLIT, (1,), 1, "link")},
    ),
    "one comes out of another that stays": (
        [1],
        [1, 2],
        [(2, 1)],
        {1: Fate(SAME, (2,), by="link")},
        {1: Fate(SAME), 2: Fate(SPLIT, (1,), 1, "link")},
    ),
    "two become two": (
        [1, 2],
        [3, 4],
        [(3, 1), (4, 1), (4, 2)],
        {1: Fate(AMBIGUOUS, (3, 4), 1, "link"), 2: Fate(MERGED, (4,), 1, "link")},
        {3: Fate(SPLIT, (1,), 1, "link"), 4: Fate(AMBIGUOUS, (1, 2), 1, "link")},
    ),
    "closed without successor, opened new": ([1], [2], [], {1: Fate(CLOSED)}, {2: Fate(OPENED)}),
    "its successor had closed again": ([1], [], [(2, 1)], {1: Fate(CLOSED)}, {}),
    "a loop of links": ([1], [4], [(2, 1), (1, 2)], {1: Fate(CLOSED)}, {4: Fate(OPENED)}),
    "a predecessor that had closed before": ([2], [3], [(3, 2), (2, 1)], {2: Fate(CONVERTED, (3,), 1, "link")}, {}),
}


@pytest.mark.parametrize("before, after, links, onward, back", CASES.values(), ids=CASES)
def test_what_became_of_a_school(before, after, links, onward, back):
    fates_before, fates_after = lineage.follow(before, after, links)
    assert fates_before == onward
    assert {urn: fates_after[urn] for urn in back} == back
    # The order of the links says nothing.
    assert lineage.follow(before, after, links[::-1]) == (fates_before, fates_after)


def followed(fates):
    """{URN: its URN on the other day} of the schools that are one school on both days."""
    of_school = {urn: fate for urn, fate in fates.items() if fate.how in lineage.FOLLOWED}
    return {urn: urn if fate.how == lineage.SAME else fate.others[0] for urn, fate in of_school.items()}


def test_a_link_that_says_merger_is_never_one_to_one():
    onward, back = lineage.follow([1], [2], [], mergers=[(2, 1)])
    assert (onward[1].how, back[2].how) == (MERGED, MERGED)
    assert followed(onward) == {}


def test_who_is_one_school():
    onward, back = lineage.follow([1, 2, 5, 6], [1, 4, 7], [(3, 2), (4, 3), (7, 5), (7, 6)])
    assert followed(onward) == {1: 1, 2: 4}
    assert followed(back) == {1: 1, 4: 2}


def test_who_stands_on_a_day():
    rows = [
        (1, "open", None, None),
        (2, "open", "2017-04-01", None),  # opens the day after
        (3, "closed", None, "2017-03-31"),  # its first day without pupils
        (4, "closed", None, "2017-04-01"),
        (5, "closed", None, None),  # closed, nobody knows when
        (6, "proposed", None, None),
        (7, "created_in_error", None, None),
        (8, "open", "2017-03-31", None),
    ]
    columns = ["urn", "establishment_status", "open_date", "close_date"]
    assert lineage.standing(pd.DataFrame(rows, columns=columns), "2017-03-31") == {1, 4, 8}


def register(*rows):
    columns = ["urn", "la_code", "establishment_number", "phase_of_education", "postcode", "open_date", "close_date"]
    return pd.DataFrame(rows, columns=columns)


def unlinked(before, after, *rows, links=()):
    return lineage.follow_unlinked(*lineage.follow(before, after, links), register(*rows), links)


# The days looked between are 31 March of 2017 and 2018.
OLD = (1, "201", "2000", "primary", "AB1 2CD", None, "2017-08-31")
NEW = (2, "201", "2000", "primary", "AB1 2CD", "2017-09-01", None)


def test_a_conversion_that_no_link_states_is_known_by_the_number_or_the_place():
    onward, back = unlinked([1], [2], OLD, NEW)
    assert (onward[1], back[2]) == (Fate(CONVERTED, (2,), 0, "number"), Fate(CONVERTED, (1,), 0, "number"))
    onward, back = unlinked([1], [2], OLD, (2, "201", "4000", *NEW[3:]))
    assert (onward[1], back[2]) == (Fate(CONVERTED, (2,), 0, "place"), Fate(CONVERTED, (1,), 0, "place"))


@pytest.mark.parametrize(
    "new",
    [
        (2, "201", "2000", "secondary", "AB1 2CD", "2017-09-01", None),  # another phase
        (2, "202", "2000", "primary", "AB1 2CE", "2017-09-01", None),  # the number of another authority
        (2, "201", "2000", "primary", "AB1 2CD", "2017-10-02", None),  # a month and a day later
        (2, "201", "2000", "primary", "AB1 2CD", "2017-08-30", None),  # before the other closed
        (2, "201", "2000", "primary", "AB1 2CD", None, None),  # nobody knows when
    ],
)
def test_another_school_is_not_taken_for_it(new):
    onward, back = unlinked([1], [2], OLD, new)
    assert (onward[1], back[2]) == (Fate(CLOSED), Fate(OPENED))


def test_two_that_could_be_it_are_neither():
    onward, back = unlinked([1, 3], [2], OLD, (3, *OLD[1:]), NEW)
    assert (onward[1].how, onward[3].how, back[2].how) == (CLOSED, CLOSED, OPENED)


@pytest.mark.parametrize("links, by", [([(2, 1)], "link"), ([], "number")])
def test_between_two_urns_on_the_reference_date(links, by):
    """It closed on the day, and opens on the next: it is under no URN, and has not closed for good."""
    old, new = (*OLD[:6], "2018-03-31"), (*NEW[:5], "2018-04-01", None)
    onward, _ = unlinked([1], [], old, new, links=links)
    assert onward[1] == Fate(lineage.BETWEEN, (2,), 0, by)
    _, back = unlinked([], [2], old, new, links=links)
    assert back[2] == Fate(lineage.BETWEEN, (1,), 0, by)
