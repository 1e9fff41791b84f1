"""Learners stacked: a judge weighs what each of them says, learned from what they said of rows
that they had not seen.

What was not seen is a block of time: the rows of each class are cut into `BLOCKS` successive
blocks, and each block is judged by learners fitted on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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

    parts: tuple[Fitted, ...]
    judge: Fitted

    def probabilities(self, numbers: Matrix) -> Floats:
        """What the judge makes of what each part says."""
        return self.judge.probabilities(_said([p.probabilities(numbers) for p in self.parts]))


@dataclass(frozen=True)
class _Judge:
    """Multinomial logistic regression over logarithms of probabilities."""

    model: object

    def probabilities(self, numbers: Matrix) -> Floats:
        told: Floats = self.model.predict_proba(numbers)  # type: ignore[attr-defined]
        return told


@dataclass(frozen=True)
class Stack:
    """All learners of `BASE` under a judge."""

    name: str = "stack"
    parts: tuple[Learner, ...] = field(default_factory=lambda: tuple(cls() for cls in BASE))
    steps: Steps = field(default_factory=Steps)

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        """The judge learns from held-out blocks; the parts from all rows."""
        said = [
            held_out(part, numbers, classes, seed=seed, steps=self.steps) for part in self.parts
        ]
        fitted = []
        for part in self.parts:
            fitted.append(part.fit(numbers, classes, weights, seed))
            self.steps.done(f"{part.name} all rows")
        judge = extra("sklearn.linear_model").LogisticRegression(C=0.1, max_iter=400)
        judge.fit(_said(said), classes, sample_weight=weights)
        return Stacked(tuple(fitted), _Judge(judge))


def _said(told: Sequence[Floats]) -> Matrix:
    return np.hstack([np.log(np.clip(part, LEAST, 1)) for part in told]).astype(np.float32)
