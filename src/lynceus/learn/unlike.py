"""What is unlike all training data: an isolation forest over the rows that were learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lynceus.learn.extras import extra
from lynceus.learn.learners import Classes, Floats, Matrix
from lynceus.learn.stack import blocks_of

TREES, SAMPLE = 100, 256
UNLIKE = 0.002
"""Share of training rows that may be called unlike."""
UNKNOWN_VALUE = -1.0
"""What stands for an unknown value: no number of ours that counts or measures is below 0."""


@dataclass(frozen=True)
class Unlike:
    """The forest and the score from which on a row is unlike."""

    forest: Any
    most: float

    @staticmethod
    def of(matrix: Matrix, classes: Classes, seed: int) -> Unlike:
        """The limit is the score that few rows reach of a block the forest has not seen."""
        block = blocks_of(classes, 2)
        halves = [_score(_forest(matrix[block != n], seed), matrix[block == n]) for n in range(2)]
        most = float(np.quantile(np.concatenate(halves), 1 - UNLIKE))
        return Unlike(_forest(matrix, seed), most)

    def scores(self, matrix: Matrix) -> Floats:
        """0..1, higher is more unlike (Liu 2008)."""
        return _score(self.forest, matrix)

    def found(self, matrix: Matrix) -> NDArray[np.bool_]:
        """Whether each row is unlike."""
        told: NDArray[np.bool_] = self.scores(matrix) > self.most
        return told


def _forest(matrix: Matrix, seed: int) -> Any:
    forest = extra("sklearn.ensemble").IsolationForest(
        n_estimators=TREES, max_samples=min(SAMPLE, len(matrix)), random_state=seed
    )
    return forest.fit(_filled(matrix))


def _score(forest: Any, matrix: Matrix) -> Floats:
    told: Floats = -np.asarray(forest.score_samples(_filled(matrix)), np.float64)
    return told


def _filled(matrix: Matrix) -> Matrix:
    return np.where(np.isfinite(matrix), matrix, np.float32(UNKNOWN_VALUE))
