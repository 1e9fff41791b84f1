"""Supervised classifiers: attack families, or malicious or not, with probabilities and a way out.

    learned(dataset, learner)      learn, calibrate, and learn what is unlike the training data
    Classifier.probabilities       calibrated, rows x classes
    Classifier.named               the class of each row, or `unknown`

Rows are taken in the order in which they ended (`in_turn`). Calibration and the limits of
`unknown` come from rows that the learner had not seen: blocks of time, each judged by a learner of
the others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.features.vector import Tier
from lynceus.learn import calibrate
from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.families import FAMILIES
from lynceus.learn.learners import Classes, Fitted, Floats, Learner, Matrix
from lynceus.learn.numbers import Numbers
from lynceus.learn.stack import fit_with_held_out
from lynceus.learn.steps import Steps
from lynceus.learn.unlike import Unlike
from lynceus.models import UNKNOWN

Target = Literal["family", "malicious"]

LEAST_ROWS = 30
"""A class with fewer rows is not learned: nobody could say how well."""
REJECTED = 0.005
"""Share of known rows that may be called unknown because no class is probable enough."""
ORDINARY = "benign"


@dataclass(frozen=True)
class Classifier:
    """What was learned."""

    target: Target
    tier: Tier
    classes: tuple[str, ...]
    """The first one is ordinary traffic, where it was learned."""
    numbers: Numbers
    fitted: Fitted
    lines: dict[str, calibrate.Line]
    least_probability: float
    unlike: Unlike
    rows: dict[str, int]
    """Training rows by class."""
    left_out: dict[str, int]
    """Rows of classes that were too rare to learn."""
    held_out_probabilities: Floats
    """Of the training rows, by learners that had not seen them; calibrated."""
    held_out_truth: NDArray[Any]

    def probabilities(self, dataset: Dataset) -> Floats:
        """Calibrated probabilities of the rows, rows x classes."""
        return self.probabilities_of(self.numbers.matrix(dataset))

    def probabilities_of(self, matrix: Matrix) -> Floats:
        """The same of a matrix of `numbers`."""
        if not len(matrix):
            return np.zeros((0, len(self.classes)))
        return calibrate.calibrated(self.fitted.probabilities(matrix), self.classes, self.lines)

    def named(self, dataset: Dataset) -> NDArray[Any]:
        """The likeliest class of each row; `unknown` where none is likely enough or the row is
        unlike all training rows."""
        matrix = self.numbers.matrix(dataset)
        told = self.probabilities_of(matrix)
        names = np.asarray(self.classes, object)[told.argmax(1)]
        names[(told.max(1) < self.least_probability) | self.unlike.found(matrix)] = UNKNOWN
        return np.asarray(names, object)


def learned(  # noqa: PLR0913 - each is one thing a training may differ in
    dataset: Dataset,
    learner: Learner,
    *,
    target: Target = "family",
    numbers: Numbers,
    tier: Tier = "flow",
    within: Literal["label"] | None = None,
    seed: int = 0,
    steps: Steps | None = None,
) -> Classifier:
    """A classifier of the rows whose class is known; `within` is as the split was cut.

    Raises `DatasetError` where fewer than two classes have `LEAST_ROWS` rows or no number is known.
    """
    dataset, left_out = learnable(dataset, target, within)
    if not numbers.inputs:
        raise DatasetError(f"{dataset.name}: every feature is null in every row")
    truth = names_of(dataset, target)
    classes = tuple(sorted(set(truth), key=lambda name: (name != ORDINARY, name)))
    matrix = numbers.matrix(dataset)
    place = {name: number for number, name in enumerate(classes)}
    known: Classes = np.array([place[name] for name in truth], np.intp)
    fitted, unseen = fit_with_held_out(learner, matrix, known, seed=seed, steps=steps or Steps())
    lines = calibrate.lines(unseen, classes, truth)
    unseen = calibrate.calibrated(unseen, classes, lines)
    return Classifier(
        target, tier, classes, numbers, fitted, lines,
        least_probability=float(np.quantile(unseen.max(1), REJECTED)),
        unlike=Unlike.of(matrix, known, seed),
        rows=dict(sorted(Counter(truth.tolist()).items())),
        left_out=left_out,
        held_out_probabilities=unseen,
        held_out_truth=truth,
    )  # fmt: skip


def names_of(dataset: Dataset, target: Target) -> NDArray[Any]:
    """The class of each row as text; None where it is not known."""
    return dataset.rows.select(_class(target)).to_series().to_numpy().astype(object)


def in_turn(dataset: Dataset, within: Literal["label"] | None = None) -> Dataset:
    """The set with its rows as they ended (in the file, where it has no times), or, with `within`,
    by how far each is, from 0 to 1, between the first and the last one of its label.

    Then a third of the rows is a third of every label and, where sets were joined, of every set.
    Simply by time it would be the attacks that were made first, or one of the sets.
    """
    timed = dataset.order == "time"
    order = pl.coalesce("end_ns", "ts_ns") if timed else pl.int_range(pl.len())
    if within is not None:
        order = order.rank("ordinal").over(within) / pl.len().over(within)
    return dataset.with_rows(dataset.rows.sort(order, maintain_order=True))


def _class(target: Target) -> pl.Expr:
    if target == "family":
        return pl.col("family")
    words = pl.when("malicious").then(pl.lit("malicious")).otherwise(pl.lit(ORDINARY))
    return pl.when(pl.col("malicious").is_not_null()).then(words)


def learnable(
    dataset: Dataset, target: Target, within: Literal["label"] | None = None
) -> tuple[Dataset, dict[str, int]]:
    """Rows of classes that can be learned, in turn, and the rows of others by class.

    Raises `DatasetError` where fewer than two classes have `LEAST_ROWS` rows.
    """
    rows = in_turn(dataset, within).rows.with_columns(_class=_class(target))
    rows = rows.filter(pl.col("_class").is_not_null())
    if target == "family" and (odd := sorted(set(rows["family"].unique()) - set(FAMILIES))):
        raise DatasetError(f"{dataset.name}: label {odd[0]!r} in column 'family' is not known")
    counts = dict(rows["_class"].value_counts().sort("_class").iter_rows())
    rare = {name: n for name, n in counts.items() if n < LEAST_ROWS}
    enough = sorted(set(counts) - set(rare))
    if len(enough) < 2:
        told = ", ".join(f"{name!r} ({n} rows)" for name, n in counts.items()) or "no rows at all"
        raise DatasetError(
            f"{dataset.name}: column {target!r} has {told}; expected two classes with "
            f"{LEAST_ROWS} rows or more"
        )
    return dataset.with_rows(rows.filter(pl.col("_class").is_in(enough)).drop("_class")), rare
