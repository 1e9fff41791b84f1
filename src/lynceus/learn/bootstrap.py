"""Confidence intervals by drawing whole hosts or captures again, never single flows.

Flows of one host resemble each other: drawing them one by one would call a figure far surer than
it is. Where there are fewer groups than `FEWEST`, an interval says little, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 500
FEWEST = 5
"""Groups from which on an interval over groups is worth printing."""

Counts = NDArray[np.float64]
Figure = Callable[[Counts], float]


@dataclass(frozen=True)
class Interval:
    """A figure and the middle 95 % of what it was when its groups were drawn again."""

    value: float
    low: float | None
    high: float | None
    groups: int
    """How many groups were drawn from."""

    def text(self, unit: str = "") -> str:
        """`0.994 (0.990 to 0.998)`, or without the bounds where there are none."""
        if self.low is None or self.high is None:
            return f"{_short(self.value)}{unit}"
        return f"{_short(self.value)}{unit} ({_short(self.low)} to {_short(self.high)})"


def interval(
    figure: Figure, counts: NDArray[Any], groups: Sequence[Any] | NDArray[Any], *, seed: int = 0
) -> Interval:
    """The figure of the summed counts, with its bounds.

    `counts` has one row a flow (whatever sums: hits, misses, alarms), `groups` the host or capture
    of each row; `figure` is worked out from the sums of a draw. A draw for which it is not a number
    is left out.
    """
    names, place = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    summed = np.zeros((len(names), counts.shape[1]))
    np.add.at(summed, place, np.asarray(counts, np.float64))
    value = figure(summed.sum(0))
    if len(names) < FEWEST:
        return Interval(value, None, None, len(names))
    chance = np.random.default_rng(seed)
    drawn = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    told = np.array([figure(row) for row in drawn @ summed])
    told = told[np.isfinite(told)]
    if not len(told):
        return Interval(value, None, None, len(names))
    low, high = np.quantile(told, [0.025, 0.975])
    return Interval(value, float(low), float(high), len(names))


def highest_share(events: int, of: int, sure: float = 0.95) -> float:
    """The largest share that still makes so few events among `of` likely (Clopper-Pearson).

    The one-sided upper bound of a rate: 0 events of 1,000 give 0.003.
    """
    if of <= 0 or events >= of:
        return 1.0
    low, high = events / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(events, of, middle) > 1 - sure:
            low = middle
        else:
            high = middle
    return high


def _at_most(events: int, of: int, share: float) -> float:
    """Probability of at most so many events."""
    if share in (0.0, 1.0):
        return float(share == 0.0 or events >= of)
    if of <= 1000:
        return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(events + 1))
    term = log_sum = of * np.log1p(-share)
    for k in range(1, events + 1):
        term += np.log((of - k + 1) / k) + np.log(share) - np.log1p(-share)
        log_sum = np.logaddexp(log_sum, term)
    return float(np.exp(log_sum))


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if np.isfinite(value) else "none"
