"""What inputs add to a score where no structure tells: one after the other is set to its usual
value, and the score falls by what it added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


def occluded(
    scores: Callable[[pl.DataFrame], NDArray[Any]],
    numbers: pl.DataFrame,
    usual: NDArray[Any],
    output: int,
) -> NDArray[np.float64]:
    """By how much the score of `output` falls when each input is `usual`, rows x inputs."""
    whole = scores(numbers)[:, output]
    told = np.zeros((numbers.height, numbers.width))
    for place, (name, value) in enumerate(zip(numbers.columns, usual, strict=True)):
        without = numbers.with_columns(pl.lit(float(value), pl.Float32).alias(name))
        told[:, place] = whole - scores(without)[:, output]
    return told
