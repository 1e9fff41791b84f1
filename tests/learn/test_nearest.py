"""`nearest`: what lies nearer to attacks of other kinds than to anything benign."""

from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn.learners import Matrix
from lynceus.learn.nearest import Nearest

pytest.importorskip("sklearn", reason="scikit-learn is not installed: lynceus[train]")


def cloud(middle: float, rows: int, seed: int) -> Matrix:
    """Rows of three numbers about a middle, one of them sometimes unknown."""
    told = np.random.default_rng(seed).lognormal(middle, 0.3, (rows, 3)).astype(np.float32)
    told[::7, 2] = np.nan
    return told


def test_an_attack_like_known_ones_is_found_and_benign_rows_are_let_through() -> None:
    benign, attacks = cloud(1.0, 400, 1), cloud(4.0, 200, 2)
    nearest = Nearest.of(benign, attacks, 0.02)
    assert nearest.found(cloud(3.7, 100, 3)).mean() > 0.95
    assert nearest.found(cloud(1.0, 2000, 4)).mean() < 0.05
    assert np.array_equal(nearest.scores(benign), Nearest.of(benign, attacks, 0.02).scores(benign))
