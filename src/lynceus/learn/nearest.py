"""Attacks of a kind never seen: flows that lie nearer to attacks of other kinds than to anything
benign.

An attack resembles other attacks more often than it is far from everything: tools are made by
people who want the same. So the score is the logarithm of the distance to the nearest benign row
over that to the nearest attack, as a mean over two spaces: logarithms of the numbers, and those
turned so that benign rows are equally wide in every direction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lynceus.learn.extras import extra
from lynceus.learn.learners import Floats, Matrix, Scale
from lynceus.learn.stack import blocks_of

BLOCKS = 4
"""Successive parts of the benign rows, each judged by the others to set the limit."""
KEPT = 0.98
"""Share of the variance of benign rows that the turned space keeps."""
WIDEST = 8.0
"""No coordinate of the turned space counts for more, in standard deviations."""
LEAST = 0.1
"""Added to both distances: nearer than this is the same."""

Space = Callable[[Matrix], Floats]


@dataclass(frozen=True)
class Nearest:
    """What is benign, what is not, and the score from which on a row is neither known benign."""

    spaces: tuple[tuple[Space, Any, Any], ...]
    """Of each space the way into it, and what finds the nearest benign row and the nearest
    attack there."""
    most: float = np.inf

    @staticmethod
    def of(benign: Matrix, attacks: Matrix, alarms: float) -> Nearest:
        """Learned from benign rows in time order and from attacks; lets the share `alarms` of
        benign rows through, blocks of which were judged by the others."""
        block = blocks_of(np.zeros(len(benign), np.intp), BLOCKS)
        scores = np.concatenate(
            [
                _learned(benign[block != held], attacks).scores(benign[block == held])
                for held in range(BLOCKS)
            ]
        )
        return Nearest(_learned(benign, attacks).spaces, float(np.quantile(scores, 1 - alarms)))

    def scores(self, rows: Matrix) -> Floats:
        """Above 0 nearer to attacks, below to benign rows."""
        told = np.zeros(len(rows))
        for space, ordinary, bad in self.spaces:
            there = space(rows)
            told += np.log(_distance(ordinary, there) + LEAST)
            told -= np.log(_distance(bad, there) + LEAST)
        return told / len(self.spaces)

    def found(self, rows: Matrix) -> NDArray[np.bool_]:
        """Whether each row is called unknown."""
        told: NDArray[np.bool_] = self.scores(rows) > self.most
        return told


def _learned(benign: Matrix, attacks: Matrix) -> Nearest:
    scale = Scale.of(benign)
    turned = extra("sklearn.decomposition").PCA(KEPT, whiten=True, svd_solver="full")
    turned.fit(scale.scaled(benign))

    def as_wide(rows: Matrix) -> Floats:
        told: Floats = np.clip(turned.transform(scale.scaled(rows)), -WIDEST, WIDEST)
        return told

    ways: tuple[Space, ...] = (scale.scaled, as_wide)
    return Nearest(
        tuple((way, _neighbours(way(benign)), _neighbours(way(attacks))) for way in ways)
    )


def _neighbours(rows: Floats) -> Any:
    return extra("sklearn.neighbors").NearestNeighbors(n_neighbors=1, algorithm="brute").fit(rows)


def _distance(neighbours: Any, rows: Floats) -> Floats:
    told: Floats = neighbours.kneighbors(rows)[0][:, 0]
    return told
