"""Learners stacked: a judge weighs what each of them says, learned from what they said of rows
that they had not seen.

What was not seen is a block of time: the rows of each class are cut into `BLOCKS` successive
blocks, and each block is judged by learners fitted on the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lynceus.learn.extras import extra
from lynceus.learn.learners import BASE, Classes, Fitted, Floats, Learner, Matrix, weights_of
from lynceus.learn.steps import Steps, digest

BLOCKS = 3
LEAST = 1e-6
"""Smallest probability that a logarithm is taken of."""


def blocks_of(classes: Classes, count: int = BLOCKS) -> NDArray[np.intp]:
    """The block of each row: rows of each class, in their order, cut into `count` equal parts."""
    told = np.zeros(len(classes), np.intp)
    for name in np.unique(classes):
        (rows,) = np.nonzero(classes == name)
        told[rows] = np.arange(len(rows)) * count // len(rows)
    return told


def held_out(
    learner: Learner, numbers: Matrix, classes: Classes, *, seed: int, steps: Steps | None = None
) -> Floats:
    """Probabilities of each row by a learner that did not see its block; rows are in time order.

    A class of which a block holds all rows is never seen by the learner of that block and gets
    probability 0 there.
    """
    block, steps = blocks_of(classes), steps or Steps()
    made_from = digest(numbers, classes, seed, learner) if steps.keeps else ""
    probabilities = np.zeros((len(classes), int(classes.max()) + 1))
    for number in range(BLOCKS):

        def judged(without: NDArray[np.bool_] = block != number) -> Floats:
            names, known = np.unique(classes[without], return_inverse=True)
            fitted = learner.fit(numbers[without], known, weights_of(known), seed)
            told = np.zeros((int((~without).sum()), probabilities.shape[1]))
            told[:, names] = fitted.probabilities(numbers[~without])
            return told

        name = f"{learner.name} block {number + 1}"
        probabilities[block == number] = steps.array(name, made_from, judged)
    return probabilities


@dataclass(frozen=True)
class Stacked:
    """Fitted learners and their judge."""

    parts: Mapping[str, Fitted]
    judge: Judge

    def probabilities(self, numbers: Matrix) -> Floats:
        """What the judge makes of what each part says."""
        return self.judge.probabilities([p.probabilities(numbers) for p in self.parts.values()])


@dataclass(frozen=True)
class Judge:
    """Multinomial logistic regression over logarithms of probabilities."""

    model: Any

    @staticmethod
    def of(said: Sequence[Floats], classes: Classes, weights: Floats) -> Judge:
        """Learned from what each part said of rows that it had not seen."""
        model = extra("sklearn.linear_model").LogisticRegression(C=0.1, max_iter=400)
        return Judge(model.fit(_logs(said), classes, sample_weight=weights))

    def probabilities(self, said: Sequence[Floats]) -> Floats:
        """Rows x classes."""
        told: Floats = self.model.predict_proba(_logs(said))
        return told


@dataclass(frozen=True)
class Stack:
    """All learners of `BASE` under a judge."""

    name: str = "stack"
    parts: tuple[Learner, ...] = field(default_factory=lambda: tuple(cls() for cls in BASE))
    steps: Steps = field(default_factory=Steps)

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        """The judge learns from held-out blocks; the parts from all rows."""
        return self.fit_with_held_out(numbers, classes, weights, seed)[0]

    def fit_with_held_out(
        self, numbers: Matrix, classes: Classes, weights: Floats, seed: int
    ) -> tuple[Stacked, Floats]:
        """The stack, and what it says of each row unseen.

        What the parts said of held-out blocks serves both: a block is judged by a judge who
        learned from the other blocks, so that no part has to be fitted again for it.
        """
        said = [
            held_out(part, numbers, classes, seed=seed, steps=self.steps) for part in self.parts
        ]
        fitted = {}
        for part in self.parts:
            fitted[part.name] = part.fit(numbers, classes, weights, seed)
            self.steps.done(f"{part.name} all rows")
        block, unseen = blocks_of(classes), np.zeros_like(said[0])
        for number in range(BLOCKS):
            held = block == number
            names, known = np.unique(classes[~held], return_inverse=True)
            judge = Judge.of([part[~held] for part in said], known, weights[~held])
            unseen[np.ix_(held, names)] = judge.probabilities([part[held] for part in said])
        return Stacked(fitted, Judge.of(said, classes, weights)), unseen


def fit_with_held_out(
    learner: Learner, numbers: Matrix, classes: Classes, *, seed: int, steps: Steps
) -> tuple[Fitted, Floats]:
    """What was learned from all rows, and what is said of each row by what had not seen it."""
    if isinstance(learner, Stack):
        whole = replace(learner, steps=steps)
        return whole.fit_with_held_out(numbers, classes, weights_of(classes), seed)
    unseen = held_out(learner, numbers, classes, seed=seed, steps=steps)
    fitted = learner.fit(numbers, classes, weights_of(classes), seed)
    steps.done(f"{learner.name} all rows")
    return fitted, unseen


def _logs(said: Sequence[Floats]) -> Matrix:
    return np.hstack([np.log(np.clip(part, LEAST, 1)) for part in said]).astype(np.float32)
