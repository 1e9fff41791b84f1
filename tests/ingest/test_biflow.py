from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.ingest.biflow import STITCH_TIMEOUT_S, aggregated, counted_once, stitched
from lynceus.ingest.export_records import RECORD_SCHEMA, REVERSED

S = 1_000_000_000
A, B = ("192.0.2.1", 50_000), ("198.51.100.7", 443)


def record(begin_s: float | None = 0.0, lasted_s: float = 1.0, *, back: bool = False,
           **fields: Any) -> dict[str, Any]:  # fmt: skip
    """A record from A to B, or back."""
    (src_h, src_p), (dst_h, dst_p) = (B, A) if back else (A, B)
    usual = {
        "exporter": "203.0.113.1", "src_h": src_h, "dst_h": dst_h, "src_p": src_p, "dst_p": dst_p,
        "proto": "tcp", "packets": 7 if back else 5, "bytes": 900 if back else 500,
        "tcp_flags": 0x1B, "both_ways": False, "bytes_are_ip": True,
        "ts_ns": None if begin_s is None else int(begin_s * S),
        "end_ns": None if begin_s is None else int((begin_s + lasted_s) * S),
    }  # fmt: skip
    return usual | fields


def records(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=RECORD_SCHEMA)


def flows(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return stitched(records(*rows)).to_dicts()


def test_both_directions_become_one_flow() -> None:
    (flow,) = flows(record(10.0, 2.0), record(10.1, 2.5, back=True))
    assert (flow["orig_h"], flow["orig_p"], flow["resp_h"], flow["resp_p"]) == (*A, *B)
    assert (flow["orig_packets"], flow["resp_packets"]) == (5, 7)
    assert (flow["orig_bytes"], flow["resp_bytes"], flow["orig_ip_bytes"]) == (500, 900, 500)
    assert (flow["ts_ns"], flow["end_ns"]) == (10 * S, int(12.6 * S))
    assert flow["duration_s"] == pytest.approx(2.6)
    assert (flow["conn_state"], flow["orig_by"]) == ("SF", "port")


def test_the_order_of_the_records_does_not_matter() -> None:
    there, back = record(10.0, 2.0), record(10.1, 2.5, back=True)
    assert flows(there, back) == flows(back, there)


def test_what_stays_one_sided_is_null_on_the_other_side() -> None:
    (flow,) = flows(record(back=True))
    assert (flow["orig_h"], flow["resp_h"]) == (A[0], B[0])
    assert (flow["orig_packets"], flow["orig_bytes"], flow["orig_ip_bytes"]) == (None, None, None)
    assert (flow["resp_packets"], flow["resp_bytes"]) == (7, 900)
    assert flow["conn_state"] is None


def test_a_lone_syn_is_an_attempt() -> None:
    (flow,) = flows(record(tcp_flags=2))
    assert (flow["conn_state"], flow["orig_by"], flow["resp_packets"]) == ("S0", "handshake", None)
    (flow,) = flows(record(tcp_flags=2), record(0.1, tcp_flags=0x14, back=True))
    assert flow["conn_state"] == "REJ"


def test_the_timeout_parts_conversations() -> None:
    near = STITCH_TIMEOUT_S + 0.9
    assert len(flows(record(0, 1.0), record(near, back=True))) == 1
    assert len(flows(record(0, 1.0), record(near + 0.2, back=True))) == 2


def test_parts_of_a_long_flow_find_their_own_answers() -> None:
    parts = [record(60.0 * i, 59.0, packets=i + 1) for i in range(4)]
    answers = [record(60.0 * i + 0.2, 59.0, back=True, packets=10 + i) for i in range(1, 4)]
    found = flows(*parts, *answers)
    assert [(f["orig_packets"], f["resp_packets"]) for f in found] == [
        (1, None), (2, 11), (3, 12), (4, 13),
    ]  # fmt: skip


def test_equal_distances_pair_in_order() -> None:
    rows = [record(float(i), 0.0, back=bool(i % 2), packets=i + 1) for i in range(200)]
    found = flows(*rows)
    assert len(found) == 100
    assert all(f["resp_packets"] == f["orig_packets"] + 1 for f in found)


def test_pings_go_with_their_answers_and_other_icmp_stays_alone() -> None:
    ping = {"proto": "icmp", "src_p": 8, "dst_p": 0, "tcp_flags": None}
    pong = ping | {"src_p": 0}
    (flow,) = flows(record(0.5, back=True, **pong), record(0.5, **ping))
    assert (flow["orig_h"], flow["orig_p"], flow["resp_p"]) == (A[0], 8, 0)
    assert (flow["orig_packets"], flow["resp_packets"], flow["conn_state"]) == (5, 7, "OTH")
    unreachable = ping | {"src_p": 3, "dst_p": 3}
    assert len(flows(record(0, **unreachable), record(0, back=True, **unreachable))) == 2


def test_an_answer_alone_belongs_to_who_asked() -> None:
    (flow,) = flows(record(back=True, proto="icmp", src_p=0, dst_p=0, tcp_flags=None))
    assert (flow["orig_h"], flow["orig_p"]) == (A[0], 8)
    assert (flow["orig_packets"], flow["resp_packets"]) == (None, 7)


def test_records_of_both_ways_stay_alone() -> None:
    both = {"both_ways": True, "reverse_packets": 3, "reverse_bytes": 90, "reverse_tcp_flags": 0x1B}
    found = flows(record(0, **both), record(0.1, back=True, **both))
    assert len(found) == 2 and {f["conn_state"] for f in found} == {"SF"}
    (told,) = flows(record(0, back=True, orig_by="source", **both))
    assert (told["orig_h"], told["orig_by"]) == (B[0], "source")
    (turned,) = flows(record(0, orig_by=REVERSED, **both))
    assert (turned["orig_h"], turned["orig_packets"], turned["orig_by"]) == (B[0], 3, "source")
    (silent,) = flows(record(0, **both | {"packets": 0, "bytes": 0}, dst_p=50_001))
    assert (silent["orig_h"], silent["orig_packets"]) == (B[0], 3)


def test_without_a_time_nothing_is_joined() -> None:
    assert len(flows(record(None), record(None, back=True))) == 2


def test_sampling_stands_beside_raw_counts() -> None:
    (flow,) = flows(record(sampling_rate=100), record(0.1, back=True, sampling_rate=100))
    assert (flow["orig_packets"], flow["sampling_rate"]) == (5, 100)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9), st.booleans(), st.integers(1, 2)),
                max_size=40))  # fmt: skip
def test_every_record_is_in_one_flow(rows: list[tuple[int, int, bool, int]]) -> None:
    given = records(*(record(float(at), float(lasted), back=back, src_h=f"10.0.0.{host}",
                             dst_h=f"10.0.0.{3 - host}", src_p=7, dst_p=7)
                      for at, lasted, back, host in rows))  # fmt: skip
    found = stitched(given)
    for name in ("packets", "bytes"):
        there = found[f"orig_{name}"].sum() + found[f"resp_{name}"].sum()
        assert there == given[name].sum()


def test_of_several_exporters_the_one_that_saw_most_counts() -> None:
    rows = [record(exporter="r1", packets=5), record(0.2, exporter="r2", packets=6),
            record(0.1, exporter="r3", packets=6, bytes=400), record(90, exporter="r1"),
            record(0.2, exporter="r2", dst_p=80)]  # fmt: skip
    kept, again = counted_once(records(*rows))
    assert again == 2
    assert kept.select("exporter", "dst_p").rows() == [("r2", 443), ("r1", 443), ("r2", 80)]


def test_of_sampled_exporters_the_traffic_counts_that_they_stand_for() -> None:
    rows = [record(exporter="r1", packets=90), record(exporter="r2", packets=1, sampling_rate=100)]
    assert counted_once(records(*rows))[0]["exporter"].to_list() == ["r2"]


def test_parts_told_by_one_exporter_all_count() -> None:
    rows = [record(30.0 * i, 29.0, exporter="r1") for i in range(3)]
    rows += [record(30.0 * i + 0.1, 29.0, exporter=None, packets=4) for i in range(3)]
    kept, again = counted_once(records(*rows))
    assert (kept["exporter"].to_list(), again) == (["r1"] * 3, 3)
    assert counted_once(records(*rows[:3]))[1] == 0


def test_sampled_packets_become_records() -> None:
    rows = [record(float(at), 0.0, packets=1, bytes=100, tcp_flags=flag, sampling_rate=10)
            for at, flag in ((0, 2), (5, 16), (100, 16), (110, 1))]  # fmt: skip
    summed = aggregated(records(*rows), 1800.0).sort("ts_ns")
    assert summed.select("packets", "bytes", "tcp_flags", "end_ns").rows() == [
        (2, 200, 18, 5 * S), (2, 200, 17, 110 * S),
    ]  # fmt: skip
    assert aggregated(records(*rows), 4.0).height == 4
