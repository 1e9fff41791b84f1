"""How well what was said agrees with what is true, as sums over rows that can be drawn again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lynceus.learn.bootstrap import Interval, interval
from lynceus.learn.evaluate.figures import Floats, Names


def macro_f1(truth: Names, said: Names, classes: Sequence[str], groups: Names) -> Interval:
    """The mean F1 of the classes of which there are rows."""
    names = np.asarray(classes, object)
    true, told = truth[:, None] == names, said[:, None] == names
    counts = np.hstack([true & told, true, told]).astype(np.float64)

    def mean(sums: Floats) -> float:
        hits, rows, called = sums.reshape(3, -1)
        there = rows > 0
        return float((2 * hits[there] / (rows + called)[there]).mean()) if there.any() else np.nan

    return interval(mean, counts, list(groups))


def accuracy(truth: Names, said: Names, groups: Names) -> Interval:
    """The share of rows that were called what they are."""
    right = np.asarray(truth == said, bool)
    counts = np.column_stack([right, np.ones(len(right))])
    return interval(lambda sums: float(sums[0] / sums[1]), counts, list(groups))


def correlation(truth: Names, said: Names, groups: Names) -> Interval:
    """Matthews' correlation of two yes-or-no answers, -1 to 1; 0 is chance."""
    true, told = np.asarray(truth, bool), np.asarray(said, bool)
    counts = np.column_stack([true & told, ~true & ~told, ~true & told, true & ~told])

    def phi(sums: Floats) -> float:
        hits, passed, alarms, misses = sums
        under = (hits + alarms) * (hits + misses) * (passed + alarms) * (passed + misses)
        return float((hits * passed - alarms * misses) / np.sqrt(under)) if under else np.nan

    return interval(phi, counts, list(groups))


def auroc(scores: Floats, wanted: Names) -> float:
    """The chance that a row that is wanted scores above one that is not; ties count half."""
    wanted = np.asarray(wanted, bool)
    yes, no = int(wanted.sum()), int((~wanted).sum())
    if not yes or not no:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[place][wanted].sum() - yes * (yes + 1) / 2) / (yes * no))
