"""`store/scan.py`: flows by time and host, and that only hours which can hold them are read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.records import Batch
from lynceus.store import scan
from lynceus.store.lake import HOUR_NS, Lake
from lynceus.store.rollup import roll_up
from lynceus.store.scan import flows_between
from store.stored import DAY_NS, at

A, B = "10.0.0.5", "10.0.0.6"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path)
    untimed = at(0.0).with_columns(ts_ns=pl.lit(None, pl.Int64), end_ns=pl.lit(None, pl.Int64))
    made.add(Batch(pl.concat([at(0.5, 2.0, 2.5, orig_h=A), at(1.5, resp_h=B), untimed])))
    return made


def hours(lake: Lake, *span: float | None, host: str | None = None) -> list[float | None]:
    first, last = (None if at is None else int(DAY_NS + at * HOUR_NS) for at in span)
    found = pl.concat([at(0.0).clear(), *flows_between(lake, first, last, host=host)])
    return [None if end is None else (end - DAY_NS) / HOUR_NS for end in found["end_ns"]]


def test_by_time(lake: Lake) -> None:
    assert hours(lake, None, None) == [0.5, 1.5, 2.0, 2.5, None]
    assert hours(lake, 0.6, 2.0) == [1.5]
    assert hours(lake, 2.0, None) == [2.0, 2.5]
    assert hours(lake, None, 0.5) == []


def test_by_host_at_either_end(lake: Lake) -> None:
    assert hours(lake, 0, 9, host=B) == [1.5]
    assert hours(lake, 0, 9, host="192.0.2.1") == []


def test_roll_ups_spare_the_hours_in_which_a_host_was_silent(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll_up(lake)
    read = scan.read
    opened: list[str] = []

    def reading(table: str, files: list[Path]) -> pl.LazyFrame:
        opened.extend([table] * (table == "flows"))
        return read(table, files)

    monkeypatch.setattr(scan, "read", reading)
    assert hours(lake, 0, 9, host=B) == [1.5]
    assert len(opened) == 1
    lake.add(Batch(at(2.7, resp_h=B)))
    assert hours(lake, 0, 9, host=B) == [1.5, 2.7], "a roll-up that is not fresh spares nothing"
