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
    Active,
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
    return table.finish(table.merge(states)).sort("window_start_ns", "host")


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
    state = TABLE.merge([TABLE.partial(data.lazy()).collect()])
    assert state["numbers"].list.len().max() == 1024
    assert state["rough"].list.len().max() == 4
    assert state["words"].list.len().max() == 3


SLOTS = (Active("minutes", "60s"), Active("quarters", "15m"))
WIDE = Window("t_60s", "flows", ("host",), (*MEASURES, *SLOTS), "60s").widened("15m", "1h")


def rolled_up(pieces: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Features of each width, every one made of the closed windows of the one before."""
    fine, *wider = WIDE
    states = [fine.merge([fine.partial(piece.lazy()).collect() for piece in pieces])]
    for table in wider:
        states.append(table.rolled(states[-1]))
    return [
        table.finish(state).sort("window_start_ns", "host")
        for table, state in zip(WIDE, states, strict=True)
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(0, 7000)),
            st.integers(0, 2),
            st.one_of(st.none(), st.integers(0, 12)),
        ),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 60),
)
def test_wide_windows_made_of_narrow_ones_are_those_made_of_rows(
    values: list[tuple[int | None, int, int | None]], at: int
) -> None:
    data = rows(values)
    whole = rolled_up([data])
    for made, of_narrow in zip(whole, rolled_up([data[:at], data[at:]]), strict=True):
        assert made.equals(of_narrow)
    for every, made in zip(("60s", "15m", "1h"), whole, strict=True):
        direct = finished(Window("t", "flows", ("host",), MEASURES, every), [data])
        assert made.drop("minutes", "quarters").equals(direct)


def test_active_counts_the_narrow_windows_in_a_wide_one() -> None:
    data = rows([(1, 1, 0), (2, 1, 0), (61, 1, 0), (1900, 1, 0), (None, 1, 0)])
    minute, quarter, hour = (
        frame.select("window_start_ns", "minutes", "quarters").rows() for frame in rolled_up([data])
    )
    second = 10**9
    assert minute == [(None, 0, 0), (0, 1, 1), (60 * second, 1, 1), (1860 * second, 1, 1)]
    assert quarter == [(None, 0, 0), (0, 2, 1), (1800 * second, 1, 1)]
    assert hour == [(None, 0, 0), (0, 3, 2)]


def test_widths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="windows of 90s are not made of whole windows of 60s"):
        TABLE.widened("90s")
    with pytest.raises(ValueError, match="windows of 60s are not made of whole windows of 5m"):
        Window("t", "flows", ("host",), (Active("minutes", "60s"),), "5m")


def test_only_what_is_worth_it_is_handed_on_and_what_is_not_still_counts_in_wider_windows() -> None:
    narrow, wide = Window(
        "t_60s", "flows", ("host",), MEASURES, "60s", worth=pl.col("numbers") >= 2
    ).widened("1h")
    data = rows([(1, 1, 0), (2, 1, 1), (1, 2, 0), (61, 2, 1), (1, 3, 0)])
    state = narrow.partial(data.lazy()).collect()
    assert narrow.finish(narrow.merge([state]))["host"].to_list() == ["h1"]
    assert wide.finish(wide.rolled(state))["host"].sort().to_list() == ["h1", "h2"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 7000), st.integers(0, 4), st.integers(0, 12)),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 40),
)
def test_what_ends_early_would_not_have_been_handed_on_in_any_window(
    values: list[tuple[int | None, int, int | None]], at: int
) -> None:
    data = rows(values)
    tables = Window(
        "t_60s", "flows", ("host",), (*MEASURES, *SLOTS), "60s", worth=pl.col("numbers") >= 2
    ).widened("15m", "1h")
    pieces = [tables[0].partial(piece.lazy()).collect() for piece in (data[:at], data[at:])]
    merged, settled = tables[0].merge(pieces), tables[0].settled(pieces)
    for table, wider in itertools.zip_longest(tables, tables[1:]):
        whole = table.finish(merged).sort("window_start_ns", "host")
        assert table.finish(settled).sort("window_start_ns", "host").equals(whole)
        if wider:
            merged, settled = wider.rolled(merged), wider.settled([wider.rolled(settled)])


def test_sequence_keeps_groups_with_enough_rows_and_the_earliest_of_each() -> None:
    table = Sequence("s", "flows", ("host",), {"ts_ns": pl.col("ts_ns"), "n": pl.col("n")},
                     "1h", least=3, most=5)  # fmt: skip
    order = np.random.default_rng(4).permutation(40)
    data = rows([(int(t), 1, int(t)) for t in order] + [(1, 2, 0), (2, 2, 0)])
    states = [table.partial(data.slice(a, 14).lazy()).collect() for a in (0, 14, 28)]
    merged = table.merge([table.merge(states[:2]), states[2]])
    assert merged.filter(pl.col("host") == "h1").height == 5
    kept = table.finish(merged)
    assert kept["host"].unique().to_list() == ["h1"]
    assert kept["n"].to_list() == [0, 1, 2, 3, 4]


def test_a_wide_sequence_is_made_of_the_narrow_one() -> None:
    narrow, wide = Sequence("s_60s", "flows", ("host",), {"ts_ns": pl.col("ts_ns")},
                            "60s", least=3, most=5).widened("1h")  # fmt: skip
    data = rows([(t, 1, 0) for t in (1, 2, 70, 80)] + [(1, 2, 0), (100, 2, 0)])
    state = narrow.merge([narrow.partial(data.lazy()).collect()])
    assert narrow.finish(state).is_empty()
    kept = wide.finish(wide.merge([wide.rolled(state)]))
    assert kept["host"].to_list() == ["h1"] * 4
    assert kept["window_end_ns"].to_list() == [3600 * 10**9] * 4


def test_rows_are_handed_on_in_one_order() -> None:
    table = Rows("flows", "60s", ("site", "host", "n"), pl.col("n") > 1)
    data = rows([(3, 1, 9), (1, 2, 4), (2, 1, 1)])
    one = table.finish(table.merge([table.partial(data.lazy()).collect()]))
    back = table.finish(table.merge([table.partial(data.reverse().lazy()).collect()]))
    assert one.equals(back) and one.height == 2


@pytest.mark.parametrize("every", ["", "5", "0s", "5x", "m", "-1s"])
def test_widths_that_are_none(every: str) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        width_ns(every)


def test_widths() -> None:
    assert [width_ns(w) for w in ("60s", "5m", "1h", "1d")] == [
        60 * 10**9, 300 * 10**9, 3600 * 10**9, 86400 * 10**9,
    ]  # fmt: skip
