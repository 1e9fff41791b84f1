"""`cross_data`: what a foreign row weighs is chosen by the few rows of the target alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from lynceus.learn.evaluate import cross_data
from lynceus.learn.evaluate.cross_data import FOREIGN, _chosen, _weights
from lynceus.learn.learners import Classes, Floats, Matrix


class ByWeight:
    """Calls a row malicious by which class weighs more, whatever the row is."""

    def __init__(self, settings: Mapping[str, float]) -> None:
        self.bad = 0.0

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> ByWeight:
        self.bad = float(weights[classes == 1].sum() / weights.sum())
        return self

    def probabilities(self, numbers: Matrix) -> Floats:
        return np.tile([1 - self.bad, self.bad], (len(numbers), 1))


@pytest.mark.parametrize(("foreign_bad", "weight"), [(True, max(FOREIGN)), (False, min(FOREIGN))])
def test_the_weight_that_tells_the_own_rows_best_is_taken(
    monkeypatch: pytest.MonkeyPatch, foreign_bad: bool, weight: float
) -> None:
    monkeypatch.setattr(cross_data, "RandomForest", ByWeight)
    # Most own rows are malicious; among all rows they are called so where foreign ones say it too.
    bad_here = np.arange(90) % 5 != 0
    bad_there = np.full(3000, foreign_bad)
    bad_there[0] = not foreign_bad
    nothing = np.zeros((3000, 1), np.float32)
    assert _chosen(nothing, bad_there, nothing[:90], bad_here) == weight


def test_only_foreign_rows_weigh_less() -> None:
    told = _weights(np.array([0, 1, 0, 1]), 2, 0.1)
    assert told.tolist() == pytest.approx([0.1, 0.1, 1, 1])
