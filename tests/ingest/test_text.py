from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lynceus.ingest.inputs import Input, ReadOptions
from lynceus.ingest.text import Text
from lynceus.records import FLOW_TIER

LIST = """Flow Records (last 5 minutes):
- Source: 192.0.2.45, Dest: 198.51.100.47, Port: 443, Protocol: TCP, Bytes: 2.3MB,\
 Packets: 1847, Duration: 4m 32s
- Source: 192.0.2.45, Dest: Multiple IPs (127 unique), Port: 22, Protocol: TCP, Bytes: 3.2KB,\
 Packets: 2341, Duration: 4m 58s
- Source: 192.0.2.67, Dest: 192.0.2.89, Port: 445, Protocol: TCP, Bytes: 8.9GB,\
 Bytes: 234567, Duration: 4m 45s
"""


def test_a_list_as_people_paste_it(whole: Any) -> None:
    batch, account = whole(LIST)
    first, several, doubled = batch.flows.to_dicts()
    assert (first["orig_h"], first["resp_h"], first["resp_p"]) == (
        "192.0.2.45",
        "198.51.100.47",
        443,
    )
    assert (first["total_bytes"], first["total_packets"]) == (2_300_000, 1847)
    assert (first["duration_s"], first["proto"], first["source"]) == (272.0, "tcp", "text")
    assert (several["resp_h"], several["resp_hosts"]) == (None, 127)
    assert (doubled["total_bytes"], doubled["total_packets"]) == (8_900_000_000, 234_567)
    assert account.notes["doubled_bytes"] == 1
    assert account.notes["doubled_bytes_taken_as_packets"] == 1
    assert account.notes["lines_that_are_no_flow"] == 1
    assert account.received == account.kept == 3


def test_what_is_not_said_is_null(whole: Any) -> None:
    batch, _ = whole(LIST)
    unsaid = {"ts_ns", "end_ns", "orig_p", "orig_bytes", "resp_packets", "conn_state", "service"}
    for column in unsaid & set(FLOW_TIER) | {"ts_ns", "end_ns"}:
        assert batch.flows[column].null_count() == batch.flows.height


LINES = {
    "SRC=10.0.0.1, DST=10.0.0.2:443 proto=tcp bytes=1,847 pkts=12 duration=00:04:32": (
        "10.0.0.1", "10.0.0.2", 443, "tcp", 1847, 12, 272.0,
    ),
    "10.0.0.1:5555 -> 10.0.0.2:443 TCP 2.3 MB 120 packets 4m 32s": (
        "10.0.0.1", "10.0.0.2", 443, "tcp", 2_300_000, 120, 272.0,
    ),
    "• packets: 7, DESTINATION: 2001:DB8:0::2, dst port: 22/tcp, Source IP: FE80::1%eth0": (
        "fe80::1", "2001:db8::2", 22, None, None, 7, None,
    ),
    "[2001:db8::1]:5 => [2001:db8::2]:53 udp 100 bytes": (
        "2001:db8::1", "2001:db8::2", 53, "udp", 100, None, None,
    ),
    '{"src_ip": "192.0.2.1", "dst_ip": "192.0.2.2", "dst_port": 80, "bytes": 100}': (
        "192.0.2.1", "192.0.2.2", 80, None, 100, None, None,
    ),
    "| Source: 192.0.2.1 | Dest: 192.0.2.2 | Port: 80 | Flags: SA | Size: 1 KiB |": (
        "192.0.2.1", "192.0.2.2", 80, None, 1024, None, None,
    ),
    "Source: 192.0.2.1 (LAPTOP-7), Dest: 192.0.2.2, Port: 22, 23, Protocol: 6": (
        "192.0.2.1", "192.0.2.2", None, "tcp", None, None, None,
    ),
    "Source: 192.0.2.1, Dest: 192.0.2.0/24, Port: 99999": (
        "192.0.2.1", None, None, None, None, None, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_other_spellings(whole: Any, line: str) -> None:
    flow = whole(line)[0].flows.row(0, named=True)
    columns = ("orig_h", "resp_h", "resp_p", "proto", "total_bytes", "total_packets", "duration_s")
    assert tuple(flow[column] for column in columns) == LINES[line]


def test_a_doubled_packets_key_with_a_unit_is_the_bytes(whole: Any) -> None:
    batch, account = whole("Source: 192.0.2.1, Dest: 192.0.2.2, Packets: 1847, Packets: 2.3MB")
    assert batch.flows.select("total_packets", "total_bytes").row(0) == (1847, 2_300_000)
    assert account.notes["doubled_packets_taken_as_bytes"] == 1


def test_of_a_doubled_key_that_explains_nothing_the_first_counts(whole: Any) -> None:
    batch, account = whole("Source: 192.0.2.1, Dest: 192.0.2.2, Bytes: 10, Bytes: 20, Packets: 1")
    assert batch.flows.select("total_packets", "total_bytes").row(0) == (1, 10)
    assert account.notes["doubled_bytes"] == 1


def test_missing_and_unreadable_keys_are_noted(whole: Any) -> None:
    _, account = whole("Source: 192.0.2.1, Dest: 192.0.2.2, Port: https, Bytes: many")
    assert account.notes["missing_packets"] == account.notes["missing_protocol"] == 1
    assert account.notes["unreadable_port"] == account.notes["unreadable_bytes"] == 1


def test_a_line_without_any_address_is_dropped(whole: Any) -> None:
    batch, account = whole("Source: a, Dest: b, Port: 1\nSource: 192.0.2.1, Dest: 192.0.2.2")
    assert batch.flows.height == 1
    assert account.dropped == {"unreadable_address": 1}


def test_a_date_is_read_where_there_is_one(whole: Any) -> None:
    line = "Source: 192.0.2.1, Dest: 192.0.2.2, Time: 2024-01-02 03:04:05, Duration: 2s"
    flow = whole(line)[0].flows.row(0, named=True)
    assert flow["ts_ns"] == 1_704_164_645_000_000_000
    assert flow["end_ns"] - flow["ts_ns"] == 2_000_000_000


def test_equal_lines_are_flows_of_their_own(whole: Any) -> None:
    line = "Source: 192.0.2.1, Dest: 192.0.2.2, Port: 80\n"
    assert whole(line * 3)[0].flows.height == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet="Source: Dest,->10.=\n#[]()kMB%µ\x1e\x1f\t", max_size=120))
def test_any_text_gives_flows_or_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list"
    path.write_text(text + "\nSource: 192.0.2.1, Dest: 192.0.2.2\n", encoding="utf-8")
    source = Text.open(Input.of(path), ReadOptions())
    (batch,) = source.batches()
    assert batch.flows.height >= 1
    assert source.account.balanced


def test_the_shared_list(shared_data: Path, whole: Any) -> None:
    batch, account = whole(shared_data / "prompt" / "flows.txt")
    assert batch.flows["total_packets"].to_list() == [1847, 892, 2341, 234567]
    assert batch.flows["resp_hosts"].to_list() == [None, None, 127, None]
    assert account.notes["doubled_bytes_taken_as_packets"] == 1
