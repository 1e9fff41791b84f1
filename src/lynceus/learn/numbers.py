"""The numbers of a data set as a matrix: ours, and for tasks inside one set its own columns too.

Our numbers come from `features.vector`, as in serving. Of a set's own columns those of numbers are
taken as they are, those of text as a 0 or 1 for each value that is not rare.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from lynceus.features import vector
from lynceus.learn.dataset import OWN, Dataset
from lynceus.learn.learners import Matrix

RARE = 20
"""A text value in fewer rows has no input of its own."""
MOST_VALUES = 40
"""So many values of one text column have an input, the most frequent ones."""


@dataclass(frozen=True)
class Numbers:
    """Which numbers are read, learned from training rows alone."""

    names: tuple[str, ...]
    """Of `features.vector`."""
    own: tuple[str, ...] = ()
    """Columns of numbers of the set's own."""
    values: tuple[tuple[str, str], ...] = ()
    """Text columns of the set's own, each with one of its values."""

    @staticmethod
    def of(
        dataset: Dataset, tier: vector.Tier, *, own: bool = False, without: Collection[str] = ()
    ) -> Numbers:
        """Those that some row of the set knows; `own` takes its own columns too, but for those
        whose names (without the prefix) are in `without`."""
        if not own:
            return Numbers(dataset.known_names(tier))
        left = [c for c in dataset.own if c.removeprefix(OWN) not in without]
        rows = dataset.rows.select(left)
        told = [c for c in left if rows[c].null_count() < rows.height]
        texts = [c for c in told if rows.schema[c] == pl.String]
        values = [(c, v) for c in texts for v in _frequent(rows[c])]
        plain = tuple(c for c in told if c not in texts)
        return Numbers(dataset.known_names(tier), plain, tuple(values))

    @property
    def inputs(self) -> tuple[str, ...]:
        """A name for each column of the matrix."""
        return (*self.names, *self.own, *(f"{c}={v}" for c, v in self.values))

    def matrix(self, dataset: Dataset) -> Matrix:
        """Rows x inputs, NaN where unknown; what the set does not have is unknown."""
        rows = dataset.rows
        ours = vector.chosen_vectors(rows, self.names)
        has = set(rows.columns)
        columns = [
            (pl.col(c) if c in has else pl.lit(None)).cast(pl.Float32, strict=False).alias(c)
            for c in self.own
        ]
        columns += [
            (pl.col(c) == v if c in has else pl.lit(None)).cast(pl.Float32).alias(f"{c}={v}")
            for c, v in self.values
        ]
        frame = ours.with_columns(rows.with_columns(columns).select(self.inputs[len(self.names) :]))
        told: Matrix = frame.fill_null(np.nan).to_numpy().astype(np.float32, copy=False)
        told[~np.isfinite(told)] = np.nan
        return told


def _frequent(column: pl.Series) -> list[str]:
    counts = column.drop_nulls().value_counts(name="n")
    often = counts.filter(pl.col("n") >= RARE).sort("n", column.name, descending=[True, False])
    told: list[str] = often[column.name].head(MOST_VALUES).to_list()
    return told
