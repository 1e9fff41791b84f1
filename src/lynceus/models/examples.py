"""Rows that a model learned from, kept beside it: which of them a row is nearest to."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.models.payload import PayloadError

EXAMPLES = "examples.parquet"
"""Columns `label` and `dataset`, then the inputs in their order."""
TOLD = 3
"""So many labels are told, the nearest first."""
PIECE = 256
"""Rows compared at once: bounds what is needed in between."""


class Examples:
    """How far rows are from examples: the mean difference of the inputs that both know, in signed
    logarithms over their spread among the examples."""

    def __init__(self, content: bytes, inputs: Sequence[str]) -> None:
        try:
            table = pl.read_parquet(BytesIO(content))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
            raise PayloadError(f"{EXAMPLES}: is no Parquet file, or a damaged one") from None
        wanted = {"label": pl.String, "dataset": pl.String, **dict.fromkeys(inputs, pl.Float32)}
        if table.schema != pl.Schema(wanted) or table.is_empty():
            raise PayloadError(f"{EXAMPLES}: expected rows of {', '.join(wanted)}")
        table = table.sort("dataset", "label", maintain_order=True)
        self._logs = _logs(table.select(inputs))
        with np.errstate(invalid="ignore"):
            spread = np.nanmean(np.abs(self._logs - np.nanmedian(self._logs, axis=0)), axis=0)
        self._spread = np.nan_to_num(spread) + 0.05
        first = table.select(pl.struct("dataset", "label").is_first_distinct()).to_series()
        self._starts = np.flatnonzero(first.to_numpy())
        self._names = table.select("label", "dataset")[self._starts]

    def nearest(self, numbers: pl.DataFrame) -> pl.Series:
        """Of each row the labels of the nearest examples and how far they are:
        lists of structs (label, dataset, distance), the nearest first."""
        logs = _logs(numbers)
        pieces = [self._far(logs[at : at + PIECE]) for at in range(0, len(logs), PIECE)]
        far = np.concatenate([np.zeros((0, len(self._starts))), *pieces])
        order = np.argsort(far, axis=1, kind="stable")[:, :TOLD]
        told = self._names[order.ravel()].with_columns(
            distance=pl.Series(np.take_along_axis(far, order, 1).ravel()).round(3),
            row=pl.Series(np.repeat(np.arange(len(far)), order.shape[1])),
        )
        one = pl.struct("label", "dataset", "distance").alias("nearest")
        return told.group_by("row", maintain_order=True).agg(one)["nearest"]

    def _far(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows x labels: the distance to the nearest example of each."""
        apart = np.abs(logs[:, None, :] - self._logs[None]) / self._spread
        known = np.isfinite(apart)
        far = np.where(known, apart, 0.0).sum(2) / np.maximum(known.sum(2), 1)
        told: NDArray[np.float64] = np.minimum.reduceat(far, self._starts, axis=1)
        return told


def content_of(examples: pl.DataFrame) -> bytes:
    """Examples as the bytes of the file."""
    told = BytesIO()
    examples.write_parquet(told, compression="zstd")
    return told.getvalue()


def _logs(numbers: pl.DataFrame) -> NDArray[np.float64]:
    values = numbers.to_numpy().astype(np.float64)
    logs: NDArray[np.float64] = np.sign(values) * np.log1p(np.abs(values) * 1e3)
    return logs
