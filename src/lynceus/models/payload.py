"""The numbers of a model, whatever computes with them."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray


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
