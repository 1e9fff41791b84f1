"""Surprise as a probability, by what was seen at the site: ranks below, extreme values above.

Above a high quantile the exceedances of almost any distribution follow a generalised Pareto one
(Pickands 1975); it is fitted by probability-weighted moments (Hosking and Wallis 1987), which need
no iteration. The shape is kept within 0 and 0.5: a tail that is never taken to end, as nothing is
impossible, nor to be heavier than one that has a variance. Only of scores that do end, however
strange the hour, it may be down to -0.5: taken for endless, their highest would never be rare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 30
"""Scores without which nothing is said of probability."""

SHARE = 0.1
"""Share of the scores that the tail is fitted to."""

LEAST_EXCEEDANCES = 10


@dataclass(frozen=True)
class Tail:
    """The distribution of scores of the past."""

    ranks: tuple[float, ...]
    """The quantiles 0, 1/64, ... 1 of the scores below the threshold."""
    threshold: float
    share: float
    """Share of the scores above the threshold."""
    scale: float
    shape: float
    count: int
    """Scores it was learned from."""

    def probability(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """How probable a score as high or higher was, 0..1; NaN for NaN."""
        grid = np.linspace(1.0, self.share, len(self.ranks))
        body = np.interp(scores, self.ranks, grid)
        over = np.maximum(scores - self.threshold, 0.0) / self.scale
        if abs(self.shape) > 1e-6:
            beyond = np.maximum(1.0 + self.shape * over, 0.0) ** (-1.0 / self.shape)
        else:
            beyond = np.exp(-over)
        chance = np.where(scores > self.threshold, self.share * beyond, body)
        return np.where(np.isnan(scores), np.nan, np.clip(chance, 1e-12, 1.0))

    def score_at(self, probability: float) -> float:
        """The score that is exceeded with this probability."""
        if probability >= self.share:
            grid = np.linspace(1.0, self.share, len(self.ranks))
            return float(np.interp(-probability, -grid, self.ranks))
        ratio = max(probability, 1e-12) / self.share
        if abs(self.shape) > 1e-6:
            return float(self.threshold + self.scale / self.shape * (ratio**-self.shape - 1.0))
        return self.threshold - self.scale * float(np.log(ratio))


def fit(scores: NDArray[np.float64], *, ends: bool = False) -> Tail | None:
    """The tail of these scores; None of too few. `ends`: there is a score that none exceeds."""
    known = np.sort(scores[np.isfinite(scores)])
    if known.size < FEWEST:
        return None
    above = max(LEAST_EXCEEDANCES, int(known.size * SHARE))
    threshold = float(known[-above - 1])
    body, over = known[:-above], known[-above:] - threshold
    share = above / (known.size + 1.0)
    scale, shape = _moments(over, -0.5 if ends else 0.0)
    ranks = np.maximum.accumulate(np.quantile(body, np.linspace(0, 1, 65)))
    return Tail(tuple(map(float, ranks)), threshold, share, scale, shape, int(known.size))


def _moments(over: NDArray[np.float64], least: float) -> tuple[float, float]:
    """Scale and shape of the generalised Pareto distribution of sorted exceedances."""
    mean = float(over.mean())
    if mean <= 0:
        return 1e-6, 0.0
    places = (np.arange(over.size) + 0.65) / over.size
    weighted = float((over * (1.0 - places)).mean())
    shape = 2.0 - mean / (mean - 2.0 * weighted) if mean != 2.0 * weighted else 0.0
    shape = min(max(shape, least), 0.5)
    return mean * (1.0 - shape), shape
