"""Settings found by a search that is small and written down: every combination of `GRIDS`.

Each is fitted on blocks of time and judged on the block left out by its logarithmic loss; the
least one wins, of equal ones the first. What was tried goes into the manifest of the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

import numpy as np

from lynceus.learn.learners import Alone, Classes, Floats, Matrix
from lynceus.learn.stack import LEAST, held_out
from lynceus.learn.steps import Steps

Tuned = TypeVar("Tuned", bound=Alone)

GRIDS: Mapping[str, Mapping[str, Sequence[float]]] = {
    "decision_tree": {"max_depth": (8, 12, 20)},
    "random_forest": {"min_samples_leaf": (1, 3)},
    "boosting": {"num_leaves": (15, 31), "n_estimators": (30, 60)},
    "neural_network": {"hidden": (64, 128)},
}
"""What is tried, by learner."""

MOST_ROWS = 20_000
"""Rows that a search looks at: of more, every so many-th."""


@dataclass(frozen=True)
class Tried:
    """One combination and how it did."""

    settings: Mapping[str, float]
    loss: float
    """Mean of minus the logarithm of the probability given to the true class; less is better."""


def searched(
    learner: Tuned, numbers: Matrix, classes: Classes, *, seed: int, steps: Steps | None = None
) -> tuple[Tuned, list[Tried]]:
    """The learner with the settings that did best, and all that was tried; rows in time order."""
    grid = GRIDS.get(learner.name, {})
    if not grid:
        return learner, []
    every = -(-len(classes) // MOST_ROWS)
    numbers, known = numbers[::every], np.unique(classes[::every], return_inverse=True)[1]
    tried = []
    for values in product(*grid.values()):
        settings = {**learner.settings, **dict(zip(grid, values, strict=True))}
        candidate = replace(learner, settings=settings)
        told = held_out(candidate, numbers, known, seed=seed, steps=steps)
        tried.append(Tried(settings, log_loss(told, known)))
    best = min(tried, key=lambda one: one.loss)
    return replace(learner, settings=best.settings), tried


def log_loss(probabilities: Floats, classes: Classes) -> float:
    """Mean of minus the logarithm of the probability given to the true class."""
    given = probabilities[np.arange(len(classes)), classes]
    return float(-np.log(np.clip(given, LEAST, 1)).mean())
