"""Pair schools in need with helpers: the most pairs that there can be, and of those the least total distance.

Both are exact, by the graph routines of SciPy: Dinic's maximum flow, and the shortest augmenting paths of Jonker and
Volgenant, for which a helper that takes k schools stands k times. (SciPy's own maximum matching does not end within
minutes where thousands of schools stand on both sides, as they do in a release that knows of no school's need.)
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow, min_weight_full_bipartite_matching


def most_pairs(needing: np.ndarray, helper: np.ndarray, most_per_helper: int) -> int:
    """Return how many of those in need can be paired at most.

    `needing`, `helper`: the two ends of each possible pair, each pair once, as numbers from 0; sorted by both, it takes
    half as long.
    """
    if not len(needing):
        return 0
    needs, helpers = int(needing.max()) + 1, int(helper.max()) + 1
    # One unit flows from the source to each in need, on to a helper, and up to so many from each helper to the sink.
    source, sink = needs + helpers, needs + helpers + 1
    targets = np.concatenate(
        [needs + helper[np.argsort(needing, kind="stable")], np.full(helpers, sink), np.arange(needs)]
    )
    capacity = np.ones(len(targets), dtype=np.int32)
    capacity[len(needing) :][:helpers] = most_per_helper
    of_each = np.concatenate([np.bincount(needing), np.ones(helpers, dtype=np.int64), [needs, 0]])
    # Given as it lies in memory: to sort the pairs again would take longer than to match them.
    row_ends = np.append(0, np.cumsum(of_each)).astype(np.int32)
    graph = csr_array((capacity, targets.astype(np.int32), row_ends), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink, method="dinic").flow_value)


def nearest_pairs(needing: np.ndarray, helper: np.ndarray, distance: np.ndarray, most_per_helper: int) -> np.ndarray:
    """Return which of the possible pairs are made: as many as can be and, of all such choices, least total distance.

    `distance`: whole numbers from 0. Returns positions in `needing`, ascending. Where several choices are equally
    near, one of them, the same for the same pairs in the same order.
    """
    if not len(needing):
        return np.empty(0, dtype=np.int64)
    number, places = int(needing.max()) + 1, int(helper.max() + 1) * most_per_helper
    rows = np.tile(needing, most_per_helper)
    columns = np.concatenate([helper * most_per_helper + place for place in range(most_per_helper)])
    # Each may also stay alone, at a price above that of all that could be gained by it.
    alone = np.arange(number)
    cost = np.tile(distance.astype(np.float64) + 1, most_per_helper)  # a weight of 0 would be no pair
    price = np.full(number, cost.max() * (number + 1))
    graph = csr_array(
        (np.concatenate([cost, price]), (np.concatenate([rows, alone]), np.concatenate([columns, places + alone]))),
        shape=(number, places + number),
    )
    row, column = min_weight_full_bipartite_matching(graph)
    made = {(i, j // most_per_helper) for i, j in zip(row.tolist(), column.tolist(), strict=True) if j < places}
    taken = [pair in made for pair in zip(needing.tolist(), helper.tolist(), strict=True)]
    return np.flatnonzero(taken)
