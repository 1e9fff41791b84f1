"""From scores to probabilities that mean what they say: knots per class, plain numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lynceus.models.manifest import Knots

Floats = NDArray[np.float64]


def calibrated(scores: NDArray[Any], classes: Sequence[str], knots: Mapping[str, Knots]) -> Floats:
    """Probabilities of the classes, one row a flow; each row sums to 1.

    `scores` (rows x classes) are 0..1. A class without knots keeps its score. Of two classes with
    knots for one alone, the other one takes what is left.
    """
    told = np.array(scores, np.float64)
    if not knots:
        return told
    for place, name in enumerate(classes):
        if name in knots:
            told[:, place] = np.interp(told[:, place], knots[name].x, knots[name].y)
    if len(classes) == 2 and len(knots) == 1:
        known = 0 if classes[0] in knots else 1
        told[:, 1 - known] = 1 - told[:, known]
        return told
    total = told.sum(1, keepdims=True)
    shares: Floats = np.divide(
        told, total, out=np.full_like(told, 1 / len(classes)), where=total > 0
    )
    return shares
