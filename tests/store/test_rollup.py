"""`store/rollup.py`: hand-counted minutes, hours and days."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from lynceus.records import Batch
from lynceus.store.lake import Lake, read
from lynceus.store.rollup import ROLLUPS, WIDTHS_NS, roll_up, table_of
from store.stored import DAY_NS, at

A, B = "10.0.0.5", "10.0.0.80"
EACH = {"orig_h": A, "resp_h": B, "orig_packets": 2, "resp_packets": 3, "orig_bytes": 20,
        "resp_bytes": 30}  # fmt: skip


def rows(lake: Lake, table: str) -> pl.DataFrame:
    files = [path for hour in lake.hours(table) for path in lake.files(table, hour)]
    return read(table, files).collect()


def test_hosts_pairs_and_services_are_counted_by_minute_hour_and_day(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.add(Batch(at(0.001, 0.002, 0.5, 1.5, **EACH)))
    assert roll_up(lake) == 2
    minutes = rows(lake, "host_minute").filter(pl.col("host") == A)
    assert minutes["window_start_ns"].to_list() == [
        DAY_NS, DAY_NS + 30 * 60 * 10**9, DAY_NS + 90 * 60 * 10**9,
    ]  # fmt: skip
    assert minutes["flows"].to_list() == [2, 1, 1]
    assert minutes["sent_bytes"].to_list() == [40, 20, 20]
    [served] = rows(lake, "host_day").filter(pl.col("host") == B).to_dicts()
    assert (served["flows"], served["sent_bytes"], served["received_packets"]) == (4, 120, 8)
    assert (served["first_seen_ns"], served["last_seen_ns"]) == (
        int(DAY_NS + 3.6e9) - 10**9, DAY_NS + 5_400 * 10**9,
    )  # fmt: skip
    [pair] = rows(lake, "pair_day").to_dicts()
    assert (pair["orig_h"], pair["resp_h"], pair["flows"]) == (A, B, 4)
    assert rows(lake, "service_hour").select("resp_p", "flows").rows() == [(443, 3), (443, 1)]


def test_bytes_are_those_of_packets_where_they_are_told(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    told = at(0.1, **EACH, orig_ip_bytes=100)
    lake.add(Batch(told))
    roll_up(lake)
    [pair] = rows(lake, "pair_hour").to_dicts()
    assert (pair["sent_bytes"], pair["received_bytes"]) == (100, 30)


def test_sampled_flows_are_counted_apart(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.add(Batch(pl.concat([at(0.1, **EACH), at(0.2, **EACH, sampling_rate=100)])))
    roll_up(lake)
    assert rows(lake, "pair_day").select("sampling_rate", "flows").rows() == [(100, 1), (None, 1)]


def test_only_what_changed_is_counted_anew(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.add(Batch(at(0.1, 1.1, **EACH)))
    assert (roll_up(lake), roll_up(lake)) == (2, 0)
    lake.add(Batch(at(1.2, **EACH)))
    assert roll_up(lake) == 1
    [day] = rows(lake, "pair_day").to_dicts()
    assert day["flows"] == 3


def test_parts_in_any_cut_give_the_same(tmp_path: Path) -> None:
    flows = at(*(n / 7 for n in range(40)), **EACH)
    whole, cut = Lake(tmp_path / "whole"), Lake(tmp_path / "cut")
    whole.add(Batch(flows))
    for n in range(0, 40, 3):
        cut.add(Batch(flows[n : n + 3]))
    for lake in (whole, cut):
        roll_up(lake)
    for rollup in ROLLUPS:
        for width in WIDTHS_NS:
            table = table_of(rollup, width)
            assert_frame_equal(rows(whole, table), rows(cut, table))
