from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn.bootstrap import highest_share, interval


def share(sums: np.ndarray) -> float:
    return float(sums[0] / sums[1]) if sums[1] else float("nan")


def test_flows_of_one_host_say_less_than_as_many_of_their_own() -> None:
    hit = np.repeat([1, 1, 1, 0, 1, 0, 1, 1, 0, 1], 50)
    counts = np.column_stack([hit, np.ones(500)])
    by_host = interval(share, counts, np.repeat(np.arange(10), 50))
    by_flow = interval(share, counts, np.arange(500))
    assert by_host.value == by_flow.value == 0.7
    assert by_host.low is not None and by_host.high is not None
    assert by_flow.low is not None and by_flow.high is not None
    assert by_host.low < by_flow.low < 0.7 < by_flow.high < by_host.high
    assert by_host.groups == 10


def test_few_groups_have_no_interval_and_a_seed_gives_the_same_one() -> None:
    counts = np.ones((4, 2))
    told = interval(share, counts, ["a", "b", "c", "d"])
    assert (told.low, told.high, told.text(" a day")) == (None, None, "1 a day")
    rows = np.column_stack([np.arange(40) % 3 == 0, np.ones(40)])
    assert interval(share, rows, np.arange(40), seed=3) == interval(
        share, rows, np.arange(40), seed=3
    )


def test_draws_without_a_figure_are_left_out() -> None:
    counts = np.array([[1.0, 1.0], *([[0.0, 0.0]] * 9)])
    told = interval(share, counts, np.arange(10))
    assert told.value == 1.0 and told.low == 1.0 and told.high == 1.0


@pytest.mark.parametrize(
    ("events", "of", "expected"),
    [(0, 1000, 0.00299), (0, 5000, 0.000599), (1, 1665, 0.00285), (3, 100, 0.0757), (5, 5, 1.0)],
)
def test_the_upper_bound_of_a_rate(events: int, of: int, expected: float) -> None:
    """Clopper-Pearson bounds as the beta distribution gives them."""
    assert highest_share(events, of) == pytest.approx(expected, rel=5e-3)
