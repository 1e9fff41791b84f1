"""From how strange on a person is told: solved for so many anomalies a day, and kept under drift.

The user says how many a day he wants. With so many hours to judge a day (`rows_per_day`) the chance
that one may be told by is `wanted / rows_per_day`; the tail turns it into a threshold. When traffic
drifts the tail of the past no longer holds, so the chance is steered by what was really told each
day, as in adaptive conformal inference (Gibbs and Candes 2021): after a day with more than wanted
it falls, after a quieter one it recovers. The steering is bounded both ways: nobody can silence the
site by being loud, and no quiet month makes it cry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

WANTED_PER_DAY = 3.0
"""Anomalies a day that are told where nobody said how many."""

STEP = 0.4
"""How strongly one day steers, on the logarithm of the chance, for each anomaly wanted."""

LEAST, MOST = 0.05, 1.0
"""Bounds of the steering, as a factor on the chance."""


@dataclass(frozen=True)
class Budget:
    """How many of one subject may be told a day, and how that is kept."""

    per_day: float
    """Anomalies a day that are wanted."""
    pace: float = 1.0
    """The factor on the chance that the last days have asked for."""

    def chance(self, rows_per_day: float) -> float:
        """The probability at or below which an hour is told."""
        return min(0.05, self.pace * self.per_day / max(rows_per_day, 1.0))

    def after(self, told: int) -> Budget:
        """The budget after a day on which so many were told."""
        error = min(told - self.per_day, 5.0 * max(self.per_day, 0.2)) / max(self.per_day, 0.2)
        pace = self.pace * math.exp(-STEP * error)
        return replace(self, pace=min(MOST, max(LEAST, pace)))
