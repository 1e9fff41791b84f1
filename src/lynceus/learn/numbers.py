"""The numbers of a data set as a matrix: ours, and for tasks inside one set its own columns too.

Our numbers come from `features.vector`, as in serving.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from lynceus.features import vector
from lynceus.learn.dataset import OWN, Dataset
from lynceus.learn.learners import Matrix


@dataclass(frozen=True)
class Numbers:
    """Which numbers are read, learned from training rows alone."""

    names: tuple[str, ...]
    """Of `features.vector`."""
    own: tuple[str, ...] = ()
    """Columns of the set's own."""

    @staticmethod
    def of(
        dataset: Dataset, tier: vector.Tier, *, own: bool = False, without: Collection[str] = ()
    ) -> Numbers:
        """Those that some row of the set knows; `own` takes its own columns too, but for those
        whose names (without the prefix) are in `without`."""
        ours = dataset.known_names(tier)
        if not own:
            return Numbers(ours)
        rows = dataset.rows
        left = [c for c in dataset.own if c.removeprefix(OWN) not in without]
        left = [c for c in left if rows.schema[c].is_numeric() or rows.schema[c] == pl.Boolean]
        return Numbers(ours, tuple(c for c in left if rows[c].null_count() < rows.height))

    @property
    def inputs(self) -> tuple[str, ...]:
        """A name for each column of the matrix."""
        return (*self.names, *self.own)

    def matrix(self, dataset: Dataset) -> Matrix:
        """Rows x inputs, NaN where unknown; what the set does not have is unknown."""
        rows = dataset.rows
        has = set(rows.columns)
        columns = [
            (pl.col(c) if c in has else pl.lit(None)).cast(pl.Float32, strict=False).alias(c)
            for c in self.own
        ]
        own = rows.with_columns(columns).select(self.own)
        frame = vector.chosen_vectors(rows, self.names).with_columns(own)
        told: Matrix = np.array(frame.fill_null(np.nan).to_numpy(), np.float32)
        told[~np.isfinite(told)] = np.nan
        return told
