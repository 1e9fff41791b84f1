"""The source as a whole: from datagrams, captures and several inputs to flows and the account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lynceus.ingest import open_input, open_inputs
from lynceus.ingest.flow_export import FlowExport
from lynceus.ingest.inputs import Input, ReadOptions
from lynceus.records import Batch

from .exporters import (
    FLOW,
    START_S,
    counter_sample,
    exports,
    flow,
    flow_sample,
    ipfix,
    netflow5,
    netflow9,
    packet,
    part,
    pcap,
    sflow,
    template,
)

BACK = flow("198.51.100.7", "192.0.2.1", src_p=443, dst_p=50_000, packets=7, octets=9000,
            begin_ms=1_040, end_ms=3_600)  # fmt: skip
V9 = (template(256, FLOW, v9=True), part(256, flow() + BACK))
EXPECTED = {
    "orig_h": "192.0.2.1", "orig_p": 50_000, "resp_h": "198.51.100.7", "resp_p": 443,
    "proto": "tcp", "ts_ns": (START_S + 1) * 10**9, "end_ns": START_S * 10**9 + 3_600_000_000,
    "orig_packets": 5, "resp_packets": 7, "orig_bytes": 700, "resp_bytes": 9000,
    "bytes_are_ip": True, "conn_state": "SF", "source": "flow_export", "sampling_rate": None,
}  # fmt: skip


def only(batch: Batch) -> dict[str, Any]:
    (row,) = batch.flows.to_dicts()
    return {name: row[name] for name in EXPECTED}


@pytest.mark.parametrize(
    "content",
    [
        netflow5(flow(), BACK),
        netflow9(*V9),
        exports(netflow9(*V9)),
        exports(netflow5(flow()), netflow5(BACK, sequence=1), exporter="2001:db8::1"),
    ],
    ids=["v5", "v9", "v9 capture", "v5 capture"],
)
def test_one_flow(whole: Any, content: bytes) -> None:
    batch, account = whole(content)
    assert only(batch) == EXPECTED
    assert (account.received, account.kept) == (2, 2)
    assert account.notes == {"records_stitched_to_another": 1}


def test_other_kinds_of_capture_stay_captures(tmp_path: Path) -> None:
    other = packet("192.0.2.5", "192.0.2.6", b"x" * 100, dst_p=7777)
    export = packet("192.0.2.5", "192.0.2.6", netflow9(*V9))
    kinds = {}
    for name, frames in (("few", [export] + [other] * 3), ("most", [export] * 3 + [other])):
        path = tmp_path / name
        path.write_bytes(pcap(*((float(i), frame) for i, frame in enumerate(frames))))
        kinds[name] = type(open_input(path)).__name__
    assert kinds == {"few": "Capture", "most": "FlowExport"}
    source = open_inputs([tmp_path / "most"])
    list(source.batches())
    assert source.account.dropped["not_a_flow_export"] == 1


def test_templates_of_one_file_serve_another_in_any_order(whole: Any) -> None:
    told, data = netflow9(V9[0]), netflow9(V9[1], sequence=1)
    for inputs in ((told, data), (data, told)):
        batch, account = whole(*inputs)
        assert only(batch) == EXPECTED
        assert account.notes.get("data_before_its_template", 0) == (inputs[0] is data)


def test_templates_belong_to_exporter_and_domain(whole: Any) -> None:
    told, data = netflow9(V9[0]), netflow9(V9[1], sequence=1)
    other = exports(data, exporter="203.0.113.2")
    _, account = whole(exports(told), other)
    assert account.dropped == {"template_never_came": 1}
    _, account = whole(netflow9(V9[0]), netflow9(V9[1], domain=2))
    assert account.dropped == {"template_never_came": 1}


def test_a_template_holds_until_the_next_of_its_number(whole: Any) -> None:
    swapped = [FLOW[1], FLOW[0], *FLOW[2:]]
    again = template(256, swapped, v9=True)
    data = part(256, flow(src_p=40_000, dst_p=2000))
    batch, _ = whole(exports(netflow9(V9[0], data), netflow9(again, part(256, flow(dst_p=2000)))))
    ends = batch.flows.sort("orig_p").select("orig_h", "resp_h").rows()
    assert ends == [("192.0.2.1", "198.51.100.7"), ("198.51.100.7", "192.0.2.1")]


def test_several_exporters_count_a_flow_once(whole: Any) -> None:
    near = exports(netflow5(flow(packets=6, octets=800), BACK), exporter="203.0.113.1")
    far = exports(netflow5(flow(), BACK), exporter="203.0.113.2")
    batch, account = whole(near, far)
    row = batch.flows.row(0, named=True)
    assert (batch.flows.height, row["orig_packets"], row["resp_packets"]) == (1, 6, 7)
    assert account.dropped == {"duplicate": 2}
    assert account.notes["records_seen_by_several_exporters"] == 2
    assert account.loss_share == 0


@pytest.mark.parametrize(
    ("fields", "values", "named"),
    [
        (((302, 4), (309, 4), (310, 4)), (9, 2, 512), True),
        (((302, 4), (305, 4), (306, 4)), (9, 1, 255), True),
        (((48, 4), (50, 4)), (9, 256), True),
        (((149, 4), (34, 4)), (1, 256), False),
        (((302, 4), (310, 4), (309, 4)), (9, 256, 1), False),
        (((10, 4), (34, 4)), (5, 256), False),
    ],
)
def test_sampling_of_options(whole: Any, fields: Any, values: tuple[int, ...], named: bool) -> None:
    options = template(300, fields, 1), part(300, b"".join(v.to_bytes(4, "big") for v in values))
    data = (*FLOW, (302, 2), (10, 2)) if named else (*FLOW, (10, 2))
    tail = b"\0\x09\0\x05" if named else b"\0\x05"
    batch, account = whole(ipfix(template(256, data), part(256, flow() + tail)), ipfix(*options))
    assert batch.flows["sampling_rate"].to_list() == [256]
    assert batch.flows["orig_packets"].to_list() == [5]
    assert account.notes["sampled_records"] == account.notes["option_records"] == 1
    _, account = whole(ipfix(template(256, data), part(256, flow() + tail)),
                       ipfix(*options, domain=2))  # fmt: skip
    assert "sampled_records" not in account.notes


def test_sampling_of_netflow5(whole: Any) -> None:
    batch, _ = whole(netflow5(flow(), sampling=1 << 14 | 100))
    assert batch.flows["sampling_rate"].to_list() == [100]


def test_gaps_are_told_by_exporter(whole: Any) -> None:
    v5 = [netflow5(flow(src_p=p), sequence=s) for p, s in ((1, 10), (2, 11), (3, 15), (4, 13))]
    v9 = [netflow9(V9[0], sequence=7), netflow9(V9[1], sequence=11)]
    far = [netflow5(flow(src_p=9), sequence=s) for s in (1, 4_000_000_000)]
    _, account = whole(exports(*v5), exports(*v9, exporter="2001:db8::9"),
                       exports(*far, exporter="203.0.113.3"))  # fmt: skip
    assert account.notes["datagrams_lost_from_2001:db8::9"] == 3
    assert account.notes["exporter_restarts"] == 1
    _, account = whole(exports(*v5[:3]))
    assert account.notes["records_lost_from_203.0.113.1"] == 3
    assert account.unseen == {"export_records": (3, 3)}
    _, account = whole(exports(*v5[:2]))
    assert not account.notes


def test_broken_datagrams_are_counted_and_the_rest_is_read(whole: Any) -> None:
    cut = netflow9(*V9, sequence=1)[:-7]
    told = [netflow9(V9[0])] * 3
    batch, account = whole(exports(netflow9(*V9), *told, cut, b"\0\x09", b"no export, but long"))
    assert only(batch) == EXPECTED
    assert account.dropped == {"datagram_broken": 1, "not_a_flow_export": 2}
    short = bytearray(netflow5(flow(), BACK))
    short[3] = 4
    batch, account = whole(bytes(short))
    assert only(batch) == EXPECTED
    assert account.dropped == {"record_cut_short": 2}


def test_bytes_between_datagrams_are_skipped(whole: Any) -> None:
    batch, account = whole(netflow5(flow()) + b"\xff" * 31 + netflow9(V9[0], part(256, BACK)))
    assert only(batch) == EXPECTED
    assert account.notes["bytes_skipped"] == 31


def test_sampled_packets(whole: Any) -> None:
    there = packet("192.0.2.1", "198.51.100.7", b"q" * 60, src_p=50_000, dst_p=53)
    back = packet("198.51.100.7", "192.0.2.1", b"a" * 400, src_p=53, dst_p=50_000)
    tagged = there[:12] + bytes.fromhex("81000009") + there[12:]
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    datagrams = (
        sflow(flow_sample(there), counter_sample(), flow_sample(back[:90], expanded=True)),
        sflow(flow_sample(there), flow_sample(arp), flow_sample(tagged), sequence=4),
    )
    batch, account = whole(exports(*datagrams))
    flows = batch.flows.sort("vlan", nulls_last=False)
    assert flows.height == 1
    row = flows.row(0, named=True)
    assert (row["orig_h"], row["resp_p"], row["sampling_rate"]) == ("192.0.2.1", 53, 512)
    assert (row["orig_packets"], row["resp_packets"]) == (3, 1)
    assert (row["orig_ip_bytes"], row["resp_ip_bytes"]) == (3 * 88, 428)
    assert (row["ts_ns"], row["end_ns"]) == ((START_S + 10) * 10**9, (START_S + 11) * 10**9)
    assert (account.received, account.dropped) == (6, {"not_ip": 1})
    assert account.notes["counter_samples_skipped"] == 1
    assert account.notes["datagrams_lost_from_203.0.113.9"] == 2
    assert account.unseen == {"export_datagrams": (2, 2)}


def test_sflow_without_a_capture_has_no_time(whole: Any) -> None:
    frame = packet("192.0.2.1", "198.51.100.7", b"q", dst_p=53)
    batch, account = whole(sflow(flow_sample(frame)) + sflow(flow_sample(frame), sequence=2))
    assert batch.flows["ts_ns"].to_list() == [None]
    assert batch.flows["total_packets"].to_list() == [2]
    assert account.received == 2
    lying = sflow(flow_sample(frame))[:-20]
    assert whole(lying)[1].dropped == {"datagram_broken": 1}


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 3), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255))), st.data())
def test_any_damage_is_counted(
    tmp_path: Path, which: int, damage: list[tuple[int, int]], data: st.DataObject
) -> None:
    frame = packet("192.0.2.1", "198.51.100.7", b"q" * 20, dst_p=53)
    message = ipfix(template(256, (*FLOW, (82, 65535), (1, 65535, 9))), template(300, FLOW[:3], 1),
                    part(256, (flow() + b"\3eth\0") * 3), part(300, bytes(12)))  # fmt: skip
    content = bytearray(
        (netflow5(flow(), BACK), netflow9(*V9), message,
         sflow(flow_sample(frame), counter_sample()))[which]
    )  # fmt: skip
    for at, value in damage:
        content[at % len(content)] = value
    cut = data.draw(st.integers(0, len(content)))
    path = tmp_path / "input"
    path.write_bytes(exports(bytes(content)) + bytes(content[:cut]))
    for given_input in (path, _plain(tmp_path, bytes(content) + bytes(content[:cut]))):
        source = FlowExport.open(Input.of(given_input), ReadOptions())
        flows = Batch.concat(list(source.batches())).flows
        assert source.account.balanced
        assert flows["uid"].is_unique().all()


def _plain(folder: Path, content: bytes) -> Path:
    path = folder / "plain"
    path.write_bytes(content)
    return path
