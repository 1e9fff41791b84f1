"""Windows and measures (`window.py`, `measure.py`): any cut of the rows merges to the same."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.features.window import (
    Constant,
    Count,
    Distinct,
    Max,
    Min,
    Rows,
    Sequence,
    Sum,
    Values,
    Window,
    width_ns,
)

MEASURES = (
    Count("rows"),
    Count("small", pl.col("n") < 3),
    Sum("total", "n"),
    Sum("odd", "n", pl.col("n") % 2 == 1),
    Min("least", "n"),
    Max("most", "word"),
    Constant("fact", "fact"),
    Distinct("numbers", "n"),
    Distinct("few", "n", pl.col("n") > 5),
    Distinct("rough", "n", k=4),
    Values("words", "word", k=3),
)
TABLE = Window("t", "flows", ("host",), MEASURES, "60s")


def rows(values: list[tuple[int | None, int, int | None]]) -> pl.DataFrame:
    """Rows of (second, host, number)."""
    return pl.DataFrame(
        {
            "site": ["s"] * len(values),
            "end_ns": [None if t is None else t * 10**9 for t, _, _ in values],
            "ts_ns": [None if t is None else t * 10**9 for t, _, _ in values],
            "host": [f"h{h}" for _, h, _ in values],
            "fact": [f"fact of h{h}" for _, h, _ in values],
            "n": [n for _, _, n in values],
            "word": [None if n is None else f"w{n}" for _, _, n in values],
        },
        schema={
            "site": pl.String, "end_ns": pl.Int64, "ts_ns": pl.Int64, "host": pl.String,
            "fact": pl.String, "n": pl.Int64, "word": pl.String,
        },
    )  # fmt: skip


def finished(table: Window, pieces: list[pl.DataFrame]) -> pl.DataFrame:
    states = [table.partial(piece.lazy()).collect() for piece in pieces]
    return table.finish(table.merge(states)).collect().sort("window_start_ns", "host")


def test_features_by_hand() -> None:
    data = rows([(1, 1, 2), (2, 1, 7), (3, 1, 7), (61, 1, 9), (5, 2, None), (None, 1, 1)])
    first = finished(TABLE, [data]).filter(pl.col("host") == "h1").to_dicts()
    undated, early, late = first
    assert (early["window_start_ns"], early["window_end_ns"]) == (0, 60 * 10**9)
    assert (early["rows"], early["small"], early["total"], early["odd"]) == (3, 1, 16, 14)
    assert (early["least"], early["most"], early["fact"]) == (2, "w7", "fact of h1")
    assert (early["numbers"], early["few"], early["words"]) == (2, 1, ["w2", "w7"])
    assert late["window_start_ns"] == 60 * 10**9
    assert undated["window_start_ns"] is None and undated["window_end_ns"] is None
    assert undated["rows"] == 1


def test_unknown_stays_unknown() -> None:
    (row,) = finished(TABLE, [rows([(5, 2, None)])]).to_dicts()
    assert row["total"] is None and row["least"] is None
    assert row["numbers"] == 0 and row["words"] == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(0, 150)),
            st.integers(0, 3),
            st.one_of(st.none(), st.integers(0, 12)),
        ),
        min_size=1,
        max_size=60,
    ),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_any_split_merges_to_the_same(
    values: list[tuple[int | None, int, int | None]], at: list[int]
) -> None:
    data = rows(values)
    edges = [0, *sorted(min(a, len(values)) for a in at), len(values)]
    pieces = [data.slice(a, b - a) for a, b in itertools.pairwise(edges)]
    whole = finished(TABLE, [data])
    assert finished(TABLE, pieces).equals(whole)
    assert finished(TABLE, pieces[::-1]).equals(whole)


def test_distinct_is_exact_below_k_and_near_above() -> None:
    table = Window("d", "flows", ("host",), (Distinct("numbers", "n", k=256),), "60s")
    few, many = 255, 50_000
    for count in (few, many):
        data = rows([(1, 1, n) for n in range(count)])
        (row,) = finished(table, [data, data]).to_dicts()
        error = 0 if count == few else 4 / math.sqrt(254)
        assert row["numbers"] == pytest.approx(count, rel=error)


def test_states_are_bounded() -> None:
    data = rows([(1, 1, n) for n in range(5000)])
    state = TABLE.partial(data.lazy()).collect()
    assert state["numbers"].list.len().max() == 1024
    assert state["rough"].list.len().max() == 4
    assert state["words"].list.len().max() == 3


def test_sequence_keeps_groups_with_enough_rows_and_the_earliest_of_each() -> None:
    table = Sequence("s", "flows", ("host",), {"ts_ns": pl.col("ts_ns"), "n": pl.col("n")},
                     "1h", least=3, most=5)  # fmt: skip
    order = np.random.default_rng(4).permutation(40)
    data = rows([(int(t), 1, int(t)) for t in order] + [(1, 2, 0), (2, 2, 0)])
    states = [table.partial(data.slice(a, 14).lazy()).collect() for a in (0, 14, 28)]
    merged = table.merge([table.merge(states[:2]), states[2]])
    assert merged.filter(pl.col("host") == "h1").height == 5
    kept = table.finish(merged).collect()
    assert kept["host"].unique().to_list() == ["h1"]
    assert kept["n"].to_list() == [0, 1, 2, 3, 4]


def test_rows_are_handed_on_in_one_order() -> None:
    table = Rows("flows", "60s", ("site", "host", "n"), pl.col("n") > 1)
    data = rows([(3, 1, 9), (1, 2, 4), (2, 1, 1)])
    one = table.finish(table.merge([table.partial(data.lazy()).collect()])).collect()
    back = table.finish(table.merge([table.partial(data.reverse().lazy()).collect()])).collect()
    assert one.equals(back) and one.height == 2


@pytest.mark.parametrize("every", ["", "5", "0s", "5x", "m", "-1s"])
def test_widths_that_are_none(every: str) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        width_ns(every)


def test_widths() -> None:
    assert [width_ns(w) for w in ("60s", "5m", "1h", "1d")] == [
        60 * 10**9, 300 * 10**9, 3600 * 10**9, 86400 * 10**9,
    ]  # fmt: skip
