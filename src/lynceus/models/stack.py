"""Several models under one: weights over the logarithms of the shares that each gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.models.linear import Linear
from lynceus.models.manifest import Member
from lynceus.models.occlusion import occluded
from lynceus.models.payload import Payload, linked

LEAST = 1e-6
"""Smallest share that a logarithm is taken of."""


class Stack:
    """Members and the `weights.npz` above them, whose inputs are the logarithms of their shares,
    member by member."""

    def __init__(
        self, members: Sequence[tuple[Member, Payload]], top: Linear, usual: NDArray[Any]
    ) -> None:
        self._members, self._top, self._usual = members, top, usual

    def scores(self, numbers: pl.DataFrame) -> NDArray[Any]:
        """Raw scores, rows x outputs."""
        shares = [
            linked(payload.scores(numbers), member.link, member.scale, member.outputs)
            for member, payload in self._members
        ]
        told = np.log(np.clip(np.column_stack(shares), LEAST, 1))
        names = [f"share_{place}" for place in range(told.shape[1])]
        return self._top.scores(pl.DataFrame(told, schema=names))

    def contributions(self, numbers: pl.DataFrame, output: int) -> NDArray[Any]:
        """How the score of one output falls when an input takes its usual value."""
        return occluded(self.scores, numbers, self._usual, output)
