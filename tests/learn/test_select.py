"""Selection: what tells is kept, what repeats it or tells nothing is not, twice the same."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from lynceus.learn.dataset import Dataset, DatasetError, conformed
from lynceus.learn.select import SCHEMA, select

pytest.importorskip("sklearn")

NAMES = ("duration_s", "orig_packets", "total_packets", "resp_packets", "orig_ip_bytes")


def made(rows: int = 600) -> Dataset:
    """`duration_s` tells the class, both counts of packets say the same, bytes are chance."""
    dice = np.random.default_rng(5)
    attack = np.arange(rows) % 2 == 1
    sent = dice.integers(1, 400, rows) + 300 * attack
    frame = pl.DataFrame(
        {
            "duration_s": np.where(attack, 5.0, 1.0) + dice.random(rows),
            "orig_packets": sent,
            "resp_packets": np.zeros(rows, np.int64),
            "orig_ip_bytes": dice.integers(40, 90_000, rows),
            "ts_ns": np.arange(rows),
            "end_ns": np.arange(rows),
            "family": np.where(attack, "dos", "benign"),
            "label": np.where(attack, "Hulk", "BENIGN"),
        }
    )
    return Dataset("made", conformed(frame), "time")


def test_each_number_is_judged_by_what_it_tells() -> None:
    found = select(made(), (*NAMES, "gap_s_mean"))
    assert found.numbers.schema == SCHEMA
    told = {row["number"]: row for row in found.numbers.iter_rows(named=True)}
    assert found.numbers["number"][0] == "duration_s"
    assert told["duration_s"]["information_bits"] == pytest.approx(1.0, abs=0.05)
    assert told["duration_s"]["importance"] > 0.1
    assert told["duration_s"]["stability"] > 0.9
    assert told["total_packets"]["like"] == "orig_packets"
    assert told["orig_ip_bytes"]["why"] == "tells nothing of the class"
    assert told["resp_packets"]["information_bits"] == 0
    assert (told["gap_s_mean"]["known"], told["gap_s_mean"]["kept"]) == (0, False)
    assert set(found.kept) == {"duration_s", "orig_packets"}
    assert found.recall_of_kept > 0.95


def test_twice_the_same() -> None:
    first, second = (select(made(), NAMES, seed=3) for _ in range(2))
    assert first.numbers.equals(second.numbers)
    assert (first.recall, first.kept) == (second.recall, second.kept)


def test_what_cannot_be_judged_is_said() -> None:
    benign = made().with_rows(made().rows.filter(family="benign"))
    with pytest.raises(DatasetError, match="column 'family' holds only 'benign'"):
        select(benign, NAMES)
    with pytest.raises(DatasetError, match="feature 'gap_s_mean' is null in every row"):
        select(made(), ["gap_s_mean"])
