from __future__ import annotations

from typing import Any

import pytest

from ingest.eve_records import CLIENT, SERVER, eve, flow, only, record


def test_a_flow_with_all_it_tells(whole: Any) -> None:
    batch, account = whole(eve(flow()))
    row = only(batch.flows)
    assert row["ts_ns"] == 1_714_557_600_000_000_000
    assert row["end_ns"] - row["ts_ns"] == 2_500_000_000
    assert (row["duration_s"], row["conn_state"], row["service"]) == (2.5, "SF", "tls")
    assert (row["orig_packets"], row["resp_packets"], row["total_bytes"]) == (6, 5, 4700)
    assert (row["bytes_are_ip"], row["vlan"], row["source_uid"]) == (True, 7, "77")
    assert row["history"] is None and row["missed_bytes"] is None
    assert (account.received, account.kept) == (1, 1)


@pytest.mark.parametrize(
    ("orig", "resp", "word", "expected"),
    [
        ("02", "00", "new", "S0"),
        ("02", "14", "closed", "REJ"),
        ("1a", "12", "established", "S1"),
        ("1f", "1b", "closed", "RSTO"),
        ("1b", "1f", "closed", "RSTR"),
        ("00", "00", "established", "S1"),
        ("zz", None, "closed", "SF"),
    ],
)
def test_states_of_flags(whole: Any, orig: str, resp: str | None, word: str, expected: str) -> None:
    tcp = {"tcp_flags_ts": orig, "tcp_flags_tc": resp}
    told = flow(tcp=tcp)
    told["flow"]["state"] = word
    assert only(whole(eve(told))[0].flows)["conn_state"] == expected


def test_icmp_has_type_and_code_as_ports(whole: Any) -> None:
    ping = flow(proto="IPv6-ICMP", src_ip="2001:0db8::0001", dest_ip="ff02::2", icmp_type=133,
        icmp_code=0, app_proto="failed")  # fmt: skip
    del ping["src_port"], ping["dest_port"]
    row = only(whole(eve(ping))[0].flows)
    assert (row["orig_h"], row["orig_p"], row["resp_p"]) == ("2001:db8::1", 133, 0)
    assert (row["proto"], row["conn_state"], row["service"]) == ("icmp6", "OTH", None)


def netflow(packets: int, *, back: bool = False, **more: Any) -> dict[str, Any]:
    span = {"start": "2024-05-01T12:00:00.0+0200", "end": "2024-05-01T12:00:05.0+0200"}
    told = {"pkts": packets, "bytes": packets * 100, **span}
    flags = {"tcp_flags": "12" if back else "02"}
    return record("netflow", 30.0, back=back, netflow=told, tcp=flags, **more)


def test_netflow_records_are_stitched(whole: Any) -> None:
    alone: dict[str, Any] = {"flow_id": 78, "src_port": 50001, "proto": "UDP"}
    batch, account = whole(eve(netflow(4), netflow(3, back=True), netflow(2, **alone)))
    both, single = batch.flows.sort("source_uid").to_dicts()
    assert (both["orig_h"], both["resp_h"], both["resp_p"]) == (CLIENT, SERVER, 443)
    assert (both["orig_packets"], both["resp_packets"], both["total_bytes"]) == (4, 3, 700)
    assert both["conn_state"] == "S1"
    assert (single["orig_packets"], single["resp_packets"], single["conn_state"]) == (2, 0, "S0")
    assert account.notes == {"netflow_records_stitched": 2, "netflow_records_alone": 1}
    assert account.kept == 3


def test_netflow_records_of_a_known_flow_tell_nothing_new(whole: Any) -> None:
    batch, account = whole(eve(flow(), netflow(6), netflow(5, back=True)))
    assert only(batch.flows)["orig_packets"] == 6
    assert account.dropped == {"duplicate": 2}
