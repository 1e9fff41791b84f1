from __future__ import annotations

import numpy as np
import polars as pl

from learn.made_rows import labelled
from lynceus.learn.dataset import Dataset
from lynceus.learn.numbers import Numbers


def with_own() -> Dataset:
    made = labelled(100)
    rows = made.rows.with_columns(
        own_state=pl.lit("FIN"),
        own_hops=pl.Series([None, *range(99)], dtype=pl.Int64),
        own_rate=pl.lit(float("inf")),
        own_sttl=pl.lit(64),
        own_nothing=pl.lit(None, pl.Float64),
    )
    return made.with_rows(rows)


def test_own_columns_are_taken_only_where_asked_for_and_never_those_left_out() -> None:
    made = with_own()
    assert Numbers.of(made, "flow").own == ()
    assert Numbers.of(made, "flow", own=True, without={"sttl"}).own == ("own_hops", "own_rate")


def test_the_matrix_has_gaps_where_values_are_unknown() -> None:
    made = with_own()
    numbers = Numbers.of(made, "flow", own=True, without={"sttl"})
    told = numbers.matrix(made)
    assert told.shape == (100, len(numbers.inputs)) and told.dtype == np.float32
    hops = told[:, numbers.inputs.index("own_hops")]
    assert np.isnan(hops[0]) and hops[1:].tolist() == list(range(99))
    assert np.isnan(told[:, numbers.inputs.index("own_rate")]).all()
    assert np.isnan(numbers.matrix(labelled(10))[:, -2:]).all()
