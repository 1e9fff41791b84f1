from __future__ import annotations

import base64
import hashlib
import ipaddress
import struct
from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.ingest.identity import identified


def rows(**columns: Any) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    usual: dict[str, list[object]] = {
        "orig_h": ["192.0.2.1"] * height, "resp_h": ["192.0.2.2"] * height,
        "orig_p": [5000] * height, "resp_p": [443] * height, "proto": ["tcp"] * height,
        "ts_ns": [7] * height, "input_digest": ["00ff"] * height,
    }  # fmt: skip
    return pl.DataFrame(usual | columns)


def named(frame: pl.DataFrame) -> tuple[pl.DataFrame, Account]:
    account = Account(received=frame.height, kept=frame.height)
    return identified(frame, site="lab", source="table", account=account), account


def test_uid_and_community_id_are_those_of_the_definition() -> None:
    ends = [ipaddress.ip_address(a).packed for a in ("192.0.2.1", "192.0.2.2")]
    message = struct.pack("!H4s4sBBHH", 0, *ends, 6, 0, 5000, 443)
    community = "1:" + base64.b64encode(hashlib.sha1(message).digest()).decode()  # noqa: S324
    uid = hashlib.sha256(f"lab|{community}|7|0".encode()).hexdigest()[:24]
    flow = named(rows(part=[None]))[0].row(0, named=True)
    assert (flow["community_id"], flow["uid"], flow["site"]) == (community, uid, "lab")


def test_both_directions_share_the_community_id() -> None:
    back = rows(orig_h=["192.0.2.2"], resp_h=["192.0.2.1"], orig_p=[443], resp_p=[5000])
    assert named(back)[0]["community_id"][0] == named(rows(part=[0]))[0]["community_id"][0]


def test_a_record_that_stands_twice_counts_once() -> None:
    flows, account = named(rows(total_packets=[3, 3, 3]))
    assert flows.height == 1
    assert account.dropped == {"duplicate": 2}
    assert account.balanced


def test_differing_rows_of_one_start_are_parts() -> None:
    flows, account = named(rows(total_packets=[3, 4, 3]))
    assert flows["part"].to_list() == [0, 1]
    assert flows["uid"].n_unique() == 2
    assert account.notes == {"flows_told_in_parts": 1}


def test_without_a_time_or_a_port_every_row_is_a_flow_of_its_own() -> None:
    for frame in (rows(ts_ns=[None] * 3), rows(orig_p=[None] * 3), rows(resp_h=[None] * 3)):
        flows, account = named(frame)
        assert flows["uid"].n_unique() == 3
        assert not account.dropped
        assert named(frame)[0].equals(flows)


def test_a_time_that_is_unknown_makes_no_copies_of_other_inputs() -> None:
    one, other = rows(ts_ns=[None]), rows(ts_ns=[None], input_digest=["11ff"])
    assert named(one)[0]["uid"][0] != named(other)[0]["uid"][0]


def test_numbers_that_measure_nothing_are_null_and_counted() -> None:
    lasted = [1.5, float("nan"), float("inf"), -1.0, 1e300, None]
    height = len(lasted)
    flows, account = named(
        rows(
            orig_p=[*range(height)],
            duration_s=lasted,
            end_ns=[9, None, None, None, None, 8],
            orig_bytes=pl.Series([2**64 - 1, 5, 5, 5, 5, 5], dtype=pl.UInt64),
        )
    )
    assert flows["duration_s"].to_list() == [1.5, None, None, None, None, None]
    assert flows["end_ns"].to_list() == [9, 7, 7, 7, 7, 8]
    assert flows["orig_bytes"].to_list() == [None, 5, 5, 5, 5, 5]
    assert account.notes["unreadable_numbers"] == 5
