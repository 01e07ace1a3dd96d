"""Pair schools in need with helpers: the most pairs that there can be, and of those the least total distance.

Both are exact, by the graph routines of SciPy: Hopcroft and Karp's maximum matching, and the shortest augmenting paths
of Jonker and Volgenant. A helper that takes k schools stands k times.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching, min_weight_full_bipartite_matching


def most_pairs(needing: np.ndarray, helper: np.ndarray, most_per_helper: int) -> int:
    """Return how many of those in need can be paired at most.

    `needing`, `helper`: the two ends of each possible pair, each pair once, as numbers from 0.
    """
    if not len(needing):
        return 0
    order = np.argsort(needing, kind="stable")
    columns = (helper[order, None] * most_per_helper + np.arange(most_per_helper)).ravel()
    row_ends = np.cumsum(np.bincount(needing)) * most_per_helper
    shape = len(row_ends), int(helper.max() + 1) * most_per_helper
    # Given as it lies in memory: to sort the pairs again would take longer than to match them.
    graph = csr_array((np.ones(len(columns), dtype=np.int8), columns, np.append(0, row_ends)), shape=shape)
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


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
