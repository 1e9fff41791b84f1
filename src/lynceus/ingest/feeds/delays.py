"""How long after their end flows are told of, learnt from those that came.

What is fastest shows how an exporter's clock stands to ours, what is slower how long windows have
to wait: a flow that was reset is told of at once, one that fell silent after a time-out. All of it
is a function of what was seen and when, so what is read again leads to the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from lynceus.moments import NS

BIN_S = 0.25
"""Delays are told apart so finely."""
MINUTE_NS = 60 * NS
MINUTES = 10
"""The fastest of so many minutes counts as the fastest."""
FADES = 0.95
"""What a delay of a minute ago weighs beside one of now."""
MISSED = 1e-5
"""The largest share of flows that may come later than what is waited for."""
ENOUGH_FLOWS = 3 / MISSED
"""Of so many flows one at least is slower than what is waited for, nineteen times in twenty, where
more than `MISSED` are: there is nothing more to learn."""
ENOUGH_S = 30.0
"""And so long must be seen, for an exporter that has just begun tells of no flow that fell silent
before its time-out."""
AHEAD_NS = 300 * NS
"""Ends further ahead of the clock than this are a clock fault and teach nothing."""


class Delays:
    """What was seen of delays, and how long to wait because of it."""

    def __init__(self, most_s: float) -> None:
        """`most_s`: never waits for longer, and for so long until as much time was seen, or enough
        flows were."""
        self._most_s = most_s
        self._counts = np.zeros(math.ceil(most_s / BIN_S) + 1)
        self._fastest: dict[int, int] = {}
        """By minute the least delay, ns; below 0 where a clock is ahead."""
        self._since_ns: int | None = None
        self._faded = 0
        """The minute to which the counts were faded."""

    def saw(self, ends_ns: pl.Series, now_ns: int) -> None:
        """Flows that ended then are told of now."""
        ends = ends_ns.drop_nulls().to_numpy()
        delays = now_ns - ends[ends <= now_ns + AHEAD_NS]
        if not delays.size:
            return
        minute = now_ns // MINUTE_NS
        self._since_ns = self._since_ns or now_ns
        least = int(delays.min())
        self._fastest[minute] = min(least, self._fastest.get(minute, least))
        self._fastest = {m: ns for m, ns in self._fastest.items() if m > minute - MINUTES}
        if minute > self._faded:
            self._counts *= FADES ** (minute - self._faded)
            self._faded = minute
        bins = (delays - self._least_ns()) // int(BIN_S * NS)
        self._counts += np.bincount(bins[bins < self._counts.size], minlength=self._counts.size)

    def _least_ns(self) -> int:
        return min(self._fastest.values())

    @property
    def waited_s(self) -> float:
        """How long is waited for what is slower than the fastest."""
        passed = np.cumsum(self._counts)
        if not passed[-1]:
            return self._most_s
        enough = int(np.searchsorted(passed, passed[-1] * (1 - MISSED)))
        return min((enough + 1) * BIN_S, self._most_s)

    def past_ns(self, now_ns: int) -> int | None:
        """What comes from now on ends after this, but for a share of `MISSED`; None at first."""
        if self._since_ns is None or not self._fastest:
            return None
        waited_s = self.waited_s
        if not self._is_enough((now_ns - self._since_ns) / NS, waited_s):
            waited_s = self._most_s
        return now_ns - self._least_ns() - int(waited_s * NS)

    def _is_enough(self, seen_s: float, waited_s: float) -> bool:
        """Whether what was seen in so many seconds tells how long to wait."""
        many = float(self._counts.sum()) >= ENOUGH_FLOWS
        return seen_s >= self._most_s or (many and seen_s >= max(ENOUGH_S, 2 * waited_s))

    def told(self) -> dict[str, Any]:
        """What was learnt, as JSON has it."""
        filled = np.flatnonzero(self._counts)
        return {
            "counts": [[int(n), float(self._counts[n])] for n in filled],
            "fastest": [[minute, ns] for minute, ns in self._fastest.items()],
            "since_ns": self._since_ns, "faded": self._faded,
        }  # fmt: skip

    @staticmethod
    def of(told: dict[str, Any], most_s: float) -> Delays:
        """What was learnt before; other bounds than then are kept to."""
        delays = Delays(most_s)
        for number, count in told["counts"]:
            if number < delays._counts.size:
                delays._counts[number] = count
        delays._fastest = dict(told["fastest"])
        delays._since_ns, delays._faded = told["since_ns"], told["faded"]
        return delays
