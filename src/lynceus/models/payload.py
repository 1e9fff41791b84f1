"""The numbers of a model, whatever computes with them."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.models.manifest import Link


class PayloadError(ValueError):
    """A payload that does not hold what its manifest says; the text names the file."""


class Payload(Protocol):
    """Inputs in, raw scores out."""

    def scores(self, numbers: pl.DataFrame) -> NDArray[Any]:
        """Raw scores, rows x outputs; inputs are Float32 columns in the order of the manifest."""
        ...

    def contributions(self, numbers: pl.DataFrame, output: int) -> NDArray[Any]:
        """What each input adds to the raw score of one output, rows x inputs."""
        ...


def arrays(content: bytes, name: str) -> dict[str, NDArray[Any]]:
    """The finite Float64 arrays of an npz file. Raises PayloadError."""
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            told = {key: stored[key].astype(np.float64) for key in stored.files}
    except Exception as error:  # noqa: BLE001 - numpy and zip fail in many ways on damaged files
        raise PayloadError(f"{name}: cannot be read: {type(error).__name__}") from None
    for key, array in told.items():
        if not np.isfinite(array).all():
            raise PayloadError(f"{name}: {key}: holds a number that is not finite")
    return told


def linked(raw: NDArray[Any], link: Link, scale: float, classes: int) -> NDArray[np.float64]:
    """Raw scores as shares 0..1, rows x classes; of two classes that share one score both.

    Raises PayloadError where the widths differ.
    """
    told = np.asarray(raw, np.float64).reshape(len(raw), -1)
    match link:
        case "softmax":
            told = np.exp(told - told.max(1, keepdims=True))
            told /= told.sum(1, keepdims=True)
        case "logistic":
            told = 1 / (1 + np.exp(-np.clip(told, -500, 500)))
        case "isolation":
            told = 2.0 ** (-told / scale)
        case "mean":
            told = told / scale
        case "identity":
            pass
    if told.shape[1] == 1 and classes == 2:
        told = np.column_stack([1 - told[:, 0], told[:, 0]])
    if told.shape[1] != classes:
        raise PayloadError(f"{told.shape[1]} scores for {classes} classes")
    return told
