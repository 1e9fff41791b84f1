"""What learns to tell classes apart: a tree, a forest, boosted trees, a neural network.

All take a matrix of numbers with NaN where unknown, whole numbers as classes and a weight for each
row, and give probabilities. Each has a seed and gives the same twice; nothing here draws without
it. What is stacked of them stands in `stack.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lynceus.learn.extras import extra

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Classes = NDArray[np.intp]
Settings = Mapping[str, float]

FURTHEST, THOUSANDTHS = 8.0, 1e3
"""Of a `Scale`: how many spreads from the mean an input may lie, and what it is multiplied by
before its logarithm is taken."""


class Fitted(Protocol):
    """What was learned."""

    def probabilities(self, numbers: Matrix) -> Floats:
        """Rows x classes; each row sums to 1."""
        ...


class Learner(Protocol):
    """A way to learn, with its settings."""

    @property
    def name(self) -> str:
        """As the command line and the manifest name it."""
        ...

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        """Learns from rows whose classes are 0, 1, ... without a gap."""
        ...


@dataclass(frozen=True)
class Estimated:
    """An estimator of scikit-learn or LightGBM, and what its inputs have to go through."""

    estimator: Any
    scale: Scale | None = None

    @property
    def trees(self) -> Any:
        """What the trees can be read from."""
        return self.estimator.model if isinstance(self.estimator, _Booster) else self.estimator

    def probabilities(self, numbers: Matrix) -> Floats:
        """As the estimator gives them."""
        ready = numbers if self.scale is None else self.scale.scaled(numbers)
        told: Floats = np.asarray(self.estimator.predict_proba(ready), np.float64)
        return told


@dataclass(frozen=True)
class DecisionTree:
    """One tree that a person can read."""

    name: str = "decision_tree"
    settings: Settings = field(default_factory=lambda: {"max_depth": 12, "min_samples_leaf": 3})

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        """Gini splits; an unknown value goes where it fits better."""
        tree = extra("sklearn.tree").DecisionTreeClassifier(
            **_whole(self.settings, "max_depth", "min_samples_leaf"), random_state=seed
        )
        return Estimated(tree.fit(numbers, classes, sample_weight=weights))


@dataclass(frozen=True)
class RandomForest:
    """Many trees over drawn rows and drawn inputs."""

    name: str = "random_forest"
    settings: Settings = field(default_factory=lambda: {"n_estimators": 100, "min_samples_leaf": 1})

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        """As Breiman 2001; an unknown value goes where it fits better."""
        forest = extra("sklearn.ensemble").RandomForestClassifier(
            **_whole(self.settings, "n_estimators", "min_samples_leaf"),
            random_state=seed,
            n_jobs=_threads(),
        )
        return Estimated(forest.fit(numbers, classes, sample_weight=weights))


@dataclass(frozen=True)
class Boosting:
    """Gradient boosted trees of LightGBM."""

    name: str = "boosting"
    settings: Settings = field(
        default_factory=lambda: {
            "n_estimators": 100,
            "num_leaves": 31,
            "learning_rate": 0.1,
            "min_child_samples": 10,
        }
    )

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        """Deterministic. Leaves need some weight: without it rare classes make it diverge."""
        boosted = extra("lightgbm").LGBMClassifier(
            **_whole(self.settings, "n_estimators", "num_leaves", "min_child_samples"),
            min_child_weight=0.1,
            reg_lambda=1.0,
            random_state=seed,
            deterministic=True,
            force_row_wise=True,
            n_jobs=_threads(),
            verbose=-1,
        )
        return Estimated(_Booster(boosted.fit(numbers, classes, sample_weight=weights)))


@dataclass(frozen=True)
class _Booster:
    """LightGBM's estimator without its warnings about names of columns."""

    model: Any

    def predict_proba(self, numbers: Matrix) -> Any:
        told = self.model.booster_.predict(numbers)
        return np.column_stack([1 - told, told]) if told.ndim == 1 else told


@dataclass(frozen=True)
class NeuralNetwork:
    """Two hidden layers over logarithms of the numbers."""

    name: str = "neural_network"
    settings: Settings = field(
        default_factory=lambda: {"hidden": 64, "max_iter": 40, "alpha": 1e-4}
    )

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        """Adam, stopped when a part held back gets no better. Rare rows are drawn more often,
        since the network takes no weights."""
        scale = Scale.of(numbers)
        chance = np.random.default_rng(seed)
        drawn = chance.choice(len(classes), len(classes), p=weights / weights.sum())
        rows = np.unique(np.concatenate([drawn, np.unique(classes, return_index=True)[1]]))
        rows = np.concatenate([drawn, rows])
        hidden = int(self.settings["hidden"])
        network = extra("sklearn.neural_network").MLPClassifier(
            hidden_layer_sizes=(hidden, hidden // 2),
            alpha=self.settings["alpha"],
            max_iter=int(self.settings["max_iter"]),
            batch_size=256,
            learning_rate_init=2e-3,
            n_iter_no_change=5,
            tol=1e-4,
            random_state=seed,
        )
        warnings = extra("warnings")
        with warnings.catch_warnings():
            # It says so when it stops at `max_iter`, which is meant.
            warnings.simplefilter("ignore")
            network.fit(scale.scaled(numbers[rows]), classes[rows])
        return Estimated(network, scale)


@dataclass(frozen=True)
class Scale:
    """Signed logarithms, centred and spread by the training rows; beside each input that is
    sometimes unknown a 1 where it is."""

    mean: Floats
    spread: Floats
    gaps: NDArray[np.bool_]

    @staticmethod
    def of(numbers: Matrix) -> Scale:
        """The scale of these rows."""
        logs = _logs(numbers)
        known = np.isfinite(logs)
        count = np.maximum(known.sum(0), 1)
        mean = np.where(known, logs, 0).sum(0) / count
        spread = np.sqrt(np.where(known, (logs - mean) ** 2, 0).sum(0) / count)
        gaps: NDArray[np.bool_] = ~np.all(known, axis=0)
        return Scale(mean, spread + 0.05, gaps)

    def scaled(self, numbers: Matrix) -> Floats:
        """Inputs within -8..8; an unknown one counts as the mean."""
        told = (_logs(numbers) - self.mean) / self.spread
        unknown = ~np.isfinite(told)
        filled = np.clip(np.where(unknown, 0.0, told), -FURTHEST, FURTHEST)
        return np.hstack([filled, unknown[:, self.gaps].astype(np.float64)])


def _logs(numbers: Matrix) -> Floats:
    """Signed logarithms that tell thousandths apart, as of seconds."""
    told: Floats = np.sign(numbers) * np.log1p(np.abs(numbers.astype(np.float64)) * THOUSANDTHS)
    return told


Alone = DecisionTree | RandomForest | Boosting | NeuralNetwork
"""Learners that are no stack."""

BASE: tuple[type[Alone], ...] = (
    DecisionTree,
    RandomForest,
    Boosting,
    NeuralNetwork,
)
"""What can be trained by name, and what a stack is made of."""


def weights_of(classes: Classes) -> Floats:
    """Weights that go with one over the root of a class's rows, 1 on average.

    Between all rows alike, by which rare classes are never named, and all classes alike, by which
    they are named too often.
    """
    counts = np.bincount(classes)
    told = 1 / np.sqrt(counts[classes])
    weights: Floats = told / told.mean()
    return weights


def _whole(settings: Settings, *names: str) -> dict[str, float]:
    """Settings with those of these names as whole numbers."""
    return {name: int(value) if name in names else value for name, value in settings.items()}


def _threads() -> int:
    """As many as OMP_NUM_THREADS says, else as there are processors for this program."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() and int(told) else len(os.sched_getaffinity(0))
