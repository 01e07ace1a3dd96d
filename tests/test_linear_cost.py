"""The cost of classification and matching grows with the number of schools, and no faster."""

import pytest

from benchmarks import linear_cost
from benchmarks.linear_cost import Cost


@pytest.mark.slow
def test_four_englands_cost_four_times_one():
    costs = [linear_cost.measured(englands) for englands in (1, 4)]
    assert costs[1].schools == 4 * costs[0].schools and costs[1].pairs == 4 * costs[0].pairs > 0
    assert linear_cost.faults(costs, factor=1.6, most_gb=2) == []


def test_what_grows_faster_or_takes_too_much_memory_is_named():
    def cost(englands, seconds, peak_mb=500):
        return Cost(englands, 20_000 * englands, 500_000 * englands, 6000 * englands, seconds, peak_mb)

    assert linear_cost.faults([cost(1, 1), cost(10, 15)], 1.6, 8) == []
    assert linear_cost.faults([cost(1, 1), cost(10, 8), cost(100, 140, 8192)], 1.6, 8) == [
        "100 Englands take 1.40 s each, 1.75 times as long as fewer",
        "100 Englands take 8.0 GB, of at most 8",
    ]
