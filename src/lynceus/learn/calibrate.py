"""From the scores of a model to probabilities that mean what they say.

A calibration is a rising line through a few points ("knots") for each class, which serving
interpolates. Many examples of a class give an isotonic line (pool adjacent violators), few a
logistic one (Platt 1999), since steps between few examples would be chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEW = 200
"""Below so many examples of a class its line is logistic."""
MOST_KNOTS = 40
BINS = 15
"""Of equally many rows each, over which the calibration error is averaged."""


@dataclass(frozen=True)
class Line:
    """Knots of one class: scores `x` and probabilities `y`, neither of which falls."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def at(self, scores: NDArray[Any]) -> Floats:
        """Probabilities of these scores."""
        told: Floats = np.interp(scores, self.x, self.y)
        return told


def line(scores: NDArray[Any], is_class: NDArray[np.bool_]) -> Line:
    """The line from scores (0..1) of held-out rows and whether each row is of the class."""
    scores = np.asarray(scores, np.float64)
    wanted = np.asarray(is_class, bool)
    if min(wanted.sum(), (~wanted).sum()) < FEW:
        return _logistic(scores, wanted)
    return _isotonic(scores, wanted)


def lines(probabilities: Floats, classes: Sequence[str], truth: NDArray[Any]) -> dict[str, Line]:
    """A line for each class, one against the rest, from probabilities of held-out rows."""
    return {
        name: line(probabilities[:, place], truth == name)
        for place, name in enumerate(classes)
        if 0 < (truth == name).sum() < len(truth)
    }


def calibrated(probabilities: Floats, classes: Sequence[str], known: dict[str, Line]) -> Floats:
    """Probabilities by these lines; each row sums to 1."""
    told = np.array(probabilities, np.float64)
    for place, name in enumerate(classes):
        if name in known:
            told[:, place] = known[name].at(told[:, place])
    total = told.sum(1, keepdims=True)
    even = np.full_like(told, 1 / len(classes))
    shares: Floats = np.divide(told, total, out=even, where=total > 0)
    return shares


def error(probabilities: Floats, classes: Sequence[str], truth: NDArray[Any]) -> float:
    """Expected calibration error of the likeliest class, 0..1, over bins of equally many rows."""
    sure = probabilities.max(1)
    right = np.asarray(classes, dtype=object)[probabilities.argmax(1)] == truth
    order = np.argsort(sure, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    return float(
        sum(abs(sure[part].mean() - right[part].mean()) * len(part) for part in bins)
    ) / max(1, len(order))


def _isotonic(scores: Floats, wanted: NDArray[np.bool_]) -> Line:
    order = np.argsort(scores, kind="stable")
    values, starts = np.unique(scores[order], return_index=True)
    hits = np.add.reduceat(wanted[order].astype(np.float64), starts)
    rows = np.diff(np.append(starts, len(scores))).astype(np.float64)
    blocks: list[list[float]] = []
    for value, hit, count in zip(values, hits, rows, strict=True):
        blocks.append([hit, count, value, value])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            hit_above, count_above, _, last = blocks.pop()
            blocks[-1] = [
                blocks[-1][0] + hit_above,
                blocks[-1][1] + count_above,
                blocks[-1][2],
                last,
            ]
    x, y = [], []
    for hit, count, first, last in _fewer(blocks):
        # Half an example more of either kind: nothing seen is never certain.
        share = (hit + 0.5) / (count + 1)
        x += [first] if first == last else [first, last]
        y += [share] if first == last else [share, share]
    return Line(tuple(map(float, x)), tuple(map(float, np.maximum.accumulate(y))))


def _fewer(blocks: list[list[float]]) -> list[list[float]]:
    """At most `MOST_KNOTS / 2` blocks, neighbours with the fewest rows put together."""
    while len(blocks) > MOST_KNOTS // 2:
        at = min(range(len(blocks) - 1), key=lambda i: blocks[i][1] + blocks[i + 1][1])
        (hit, count, first, _), (more, rows, _, last) = blocks[at], blocks[at + 1]
        blocks[at : at + 2] = [[hit + more, count + rows, first, last]]
    return blocks


def _logistic(scores: Floats, wanted: NDArray[np.bool_]) -> Line:
    """Platt's line with his smoothed targets, by Newton steps, drawn at even scores."""
    hits, misses = wanted.sum(), (~wanted).sum()
    target = np.where(wanted, (hits + 1) / (hits + 2), 1 / (misses + 2))
    slope, offset = 1.0, float(np.log((hits + 1) / (misses + 1)))
    for _ in range(60):
        told = 1 / (1 + np.exp(-np.clip(slope * scores + offset, -30, 30)))
        weight = told * (1 - told) + 1e-9
        gradient = np.array([((told - target) * scores).sum(), (told - target).sum()])
        curve = np.array(
            [
                [(weight * scores * scores).sum() + 1e-3, (weight * scores).sum()],
                [(weight * scores).sum(), weight.sum() + 1e-3],
            ]
        )
        step = np.linalg.solve(curve, gradient)
        slope, offset = (
            slope - float(np.clip(step[0], -5, 5)),
            offset - float(np.clip(step[1], -5, 5)),
        )
        if abs(step).max() < 1e-7:
            break
    x = np.linspace(0, 1, MOST_KNOTS // 2)
    y = 1 / (1 + np.exp(-np.clip(max(slope, 0.0) * x + offset, -30, 30)))
    return Line(tuple(map(float, x)), tuple(map(float, y)))
