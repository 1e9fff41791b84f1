"""Weights over scaled inputs: the simplest model, and the top of a stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.models.payload import PayloadError, arrays


class Linear:
    """`weights.npz`: `weights` (outputs x inputs), `bias` (outputs), and `mean`, `spread` (inputs),
    by which the inputs are scaled. An unknown value counts as the mean."""

    def __init__(self, content: bytes, inputs: int, outputs: int) -> None:
        told = arrays(content, "weights.npz")
        wanted = {
            "weights": (outputs, inputs),
            "bias": (outputs,),
            "mean": (inputs,),
            "spread": (inputs,),
        }
        for name, shape in wanted.items():
            if name not in told or told[name].shape != shape:
                raise PayloadError(f"weights.npz: {name}: expected numbers of shape {shape}")
        if not (told["spread"] > 0).all():
            raise PayloadError("weights.npz: spread: expected numbers above 0")
        self._weights, self._bias = told["weights"], told["bias"]
        self._mean, self._spread = told["mean"], told["spread"]

    def scores(self, numbers: pl.DataFrame) -> NDArray[Any]:
        """Raw scores, rows x outputs."""
        told: NDArray[Any] = self._scaled(numbers) @ self._weights.T + self._bias
        return told

    def contributions(self, numbers: pl.DataFrame, output: int) -> NDArray[Any]:
        """What each input adds to the raw score of one output, rows x inputs."""
        told: NDArray[Any] = self._scaled(numbers) * self._weights[output]
        return told

    def _scaled(self, numbers: pl.DataFrame) -> NDArray[Any]:
        values = numbers.to_numpy().astype(np.float64)
        scaled = (values - self._mean) / self._spread
        return np.where(np.isfinite(scaled), scaled, 0.0)
