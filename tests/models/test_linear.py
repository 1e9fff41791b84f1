"""Weights over scaled inputs, by hand."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.models.linear import Linear
from lynceus.models.payload import PayloadError
from models.small_model import npz

TWO = {"weights": [[2, 3]], "bias": [1], "mean": [10, 0], "spread": [2, 1]}


def test_scores_are_the_sum_of_the_bias_and_the_contributions() -> None:
    linear = Linear(npz(**TWO), inputs=2, outputs=1)
    rows = pl.DataFrame({"a": [12.0, None], "b": [1.0, 4.0]})
    assert linear.scores(rows).tolist() == [[1 + 2 * 1 + 3 * 1], [1 + 0 + 3 * 4]]
    assert linear.contributions(rows, 0).tolist() == [[2, 3], [0, 12]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"spread": [0, 1]}, "above 0"),
        ({"mean": [1]}, "expected numbers of shape"),
        ({"bias": [float("nan")]}, "not finite"),
    ],
)
def test_damaged_weights_are_refused(change: dict[str, list[float]], reason: str) -> None:
    with pytest.raises(PayloadError, match=reason):
        Linear(npz(**(TWO | change)), inputs=2, outputs=1)
