"""Splits: nothing of the test part is older than, or related to, what was trained on."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.learn.dataset import Dataset, DatasetError, conformed
from lynceus.learn.splits import by_time, in_file_order, leave_one_out


def dataset(**columns: object) -> Dataset:
    return Dataset("made", conformed(pl.DataFrame(columns)), "time")


@given(st.lists(st.integers(0, 50), min_size=2, max_size=60), st.floats(0.05, 0.95))
def test_no_row_of_the_test_part_ended_before_one_of_training(
    times: list[int], share: float
) -> None:
    whole = dataset(ts_ns=[0] * len(times), end_ns=times, label=["x"] * len(times))
    ((train, test),) = by_time(whole, share)
    assert train.rows.height + test.rows.height == len(times)
    assert train.rows.height >= 1
    if test.rows.height:
        assert train.rows["end_ns"].max() < test.rows["end_ns"].min()  # type: ignore[operator]


def test_each_label_is_cut_on_its_own_when_asked() -> None:
    whole = dataset(
        end_ns=[1, 2, 3, 4, 11, 12, 13, 14], label=["a"] * 4 + ["b"] * 4, n=list(range(8))
    )
    ((train, test),) = by_time(whole, 0.5, within="label")
    assert train.rows["n"].to_list() == [0, 1, 4, 5]
    assert test.rows["n"].to_list() == [2, 3, 6, 7]


def test_file_order_is_the_order_of_the_rows() -> None:
    whole = dataset(n=[5, 4, 3, 2, 1, 0], family=["a", "b"] * 3)
    ((train, test),) = in_file_order(whole, 2 / 3)
    assert (train.rows["n"].to_list(), test.rows["n"].to_list()) == ([5, 4, 3, 2], [1, 0])
    ((train, test),) = in_file_order(whole, 2 / 3, within="family")
    assert test.rows["n"].to_list() == [1, 0]
    assert sorted(test.rows["family"]) == ["a", "b"]


@pytest.mark.parametrize("by", ["capture", "host", "family"])
def test_what_is_held_out_is_nowhere_in_training(by: str) -> None:
    whole = dataset(**{by: ["p", "q", None, "p", "r"], "n": list(range(5))})
    held = []
    for train, test in leave_one_out(whole, by):  # type: ignore[arg-type]
        (value,) = test.rows[by].unique()
        held.append(value)
        assert value not in train.rows[by].to_list()
        assert train.rows.height + test.rows.height == 5
        assert 2 in train.rows["n"]
    assert held == ["p", "q", "r"]


def test_what_cannot_be_split_is_said() -> None:
    whole = dataset(end_ns=[1, None], capture=["a", "a"])
    with pytest.raises(DatasetError, match="1 rows have no time"):
        next(by_time(whole, 0.5))
    with pytest.raises(DatasetError, match="no column 'ts_ns'"):
        next(by_time(dataset(capture=["a"]), 0.5))
    with pytest.raises(DatasetError, match="column 'capture' has 1 values"):
        next(leave_one_out(whole))
    with pytest.raises(DatasetError, match="expected 0 to 1"):
        next(in_file_order(whole, 1.0))
