"""Sets and templates: `netflow`, `netflow_templates`, `export_elements`, `export_records`."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from lynceus.ingest.export_elements import ELEMENTS, REVERSE_PEN, TEXT_UNITS, WIDTHS
from lynceus.ingest.export_records import RECORD_SCHEMA
from lynceus.ingest.netflow_templates import Field, Layout, Templates

from .exporters import FLOW, START_S, flow, ipfix, netflow9, part, template

ENDS = FLOW[:6]
S = 10**9
MS = START_S * 1000


def ends(**fields: Any) -> bytes:
    """The ends, protocol and flags of a flow."""
    return flow(**fields)[:14]


def one(whole: Any, fields: Any, *values: tuple[int, int], **ends_of: Any) -> dict[str, Any]:
    """The flow of an IPFIX record of its ends and further fields, each value with its bytes."""
    content = ends(**ends_of) + b"".join(v.to_bytes(size, "big") for v, size in values)
    batch, account = whole(ipfix(template(256, (*ENDS, *fields)), part(256, content)))
    assert not account.dropped
    (row,) = batch.flows.to_dicts()
    return dict(row)


def test_every_element_is_named_once_and_has_a_column_of_its_own() -> None:
    for names in ([e.id for e in ELEMENTS], [e.name for e in ELEMENTS],
                  [e.column for e in ELEMENTS]):  # fmt: skip
        assert len(set(names)) == len(names)
    assert set(WIDTHS) == set(TEXT_UNITS)
    assert "sampling_rate" in RECORD_SCHEMA


TIMES = {
    "seconds": (((150, 4), (151, 4)), ((START_S + 1, 4), (START_S + 3, 4))),
    "milliseconds": (((152, 8), (153, 8)), ((MS + 1000, 8), (MS + 3000, 8))),
    "ntp": (((154, 8), (155, 8)), (((START_S + 1 + 2_208_988_800) << 32, 8),
                                   ((START_S + 3 + 2_208_988_800) << 32, 8))),
    "no ntp": (((156, 8), (157, 8)), (((START_S + 1) * S, 8), ((START_S + 3) * S, 8))),
    "before export": (((158, 4), (159, 4)), ((9_000_000, 4), (7_000_000, 4))),
    "since start": (((160, 8), (22, 4), (21, 4)), ((MS - 5000, 8), (6000, 4), (8000, 4))),
    "wrapped": (((160, 8), (22, 4), (21, 4)), ((MS - (1 << 32) + 500, 8), (500, 4),
                                               (2500, 4))),
    "duration": (((152, 8), (161, 4)), ((MS + 1000, 8), (2000, 4))),
    "reversed": (((150, 4), (151, 4)), ((START_S + 3, 4), (START_S + 1, 4))),
}  # fmt: skip


@pytest.mark.parametrize("case", TIMES)
def test_times(whole: Any, case: str) -> None:
    row = one(whole, TIMES[case][0], *TIMES[case][1])
    assert (row["ts_ns"], row["end_ns"]) == ((START_S + 1) * S, (START_S + 3) * S)
    assert row["duration_s"] == 2.0


def test_without_a_time_the_export_tells_the_end(whole: Any) -> None:
    content = ends()
    batch, account = whole(ipfix(template(256, ENDS), part(256, content)))
    assert batch.flows["end_ns"].to_list() == [(START_S + 10) * S]
    assert account.notes == {"records_timed_by_their_export": 1}
    row = one(whole, ((22, 4), (21, 4)), (1000, 4), (4000, 4))
    assert (row["end_ns"], row["duration_s"]) == ((START_S + 10) * S, 3.0)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8, 12])
def test_counts_of_any_length(whole: Any, size: int) -> None:
    assert one(whole, ((1, size), (150, 4)), (200, size), (9, 4))["orig_bytes"] == 200


def test_fields_of_enterprises_are_skipped_by_their_length(whole: Any) -> None:
    row = one(whole, ((1, 8, 9), (2, 4), (4, 1, 15397)), (77, 8), (5, 4), (1, 1))
    assert (row["orig_packets"], row["orig_bytes"], row["proto"]) == (5, None, "tcp")


def test_both_ways_in_one_record(whole: Any) -> None:
    fields = ((2, 4), (1, 4), (2, 4, REVERSE_PEN), (1, 4, REVERSE_PEN), (6, 1, REVERSE_PEN))
    row = one(whole, fields, (5, 4), (500, 4), (7, 4), (900, 4), (0x1B, 1))
    assert (row["orig_packets"], row["resp_packets"]) == (5, 7)
    assert (row["orig_ip_bytes"], row["resp_ip_bytes"], row["conn_state"]) == (500, 900, "SF")
    turned = one(whole, (*fields, (239, 1)), (5, 4), (500, 4), (7, 4), (900, 4), (0x1B, 1), (2, 1))
    assert (turned["orig_h"], turned["orig_packets"]) == ("198.51.100.7", 7)
    assert turned["orig_by"] == "source"


def test_initiator_and_responder_count_payload(whole: Any) -> None:
    row = one(whole, ((231, 4), (232, 4), (298, 4), (299, 4)), (500, 4), (900, 4), (5, 4), (7, 4))
    assert (row["orig_bytes"], row["resp_bytes"], row["bytes_are_ip"]) == (500, 900, False)
    assert (row["orig_ip_bytes"], row["resp_packets"], row["orig_by"]) == (None, 7, "source")


def test_a_firewall_tells_a_flow_when_it_ends(whole: Any) -> None:
    told = template(256, (*ENDS, (233, 1), (1, 4)))
    records = b"".join(ends() + struct.pack("!BI", event, octets)
                       for event, octets in ((1, 0), (2, 640)))  # fmt: skip
    batch, account = whole(ipfix(told, part(256, records)))
    assert batch.flows["orig_bytes"].to_list() == [640]
    assert account.notes["firewall_begins_skipped"] == 1


def test_the_inner_header_counts_in_a_tunnel(whole: Any) -> None:
    row = one(whole, ((7, 2), (11, 2), (4, 1)), (4000, 2), (53, 2), (17, 1), proto=4)
    assert (row["proto"], row["orig_p"], row["resp_p"]) == ("udp", 4000, 53)


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        (((32, 2),), ((8 << 8 | 0, 2),)),
        (((176, 1), (177, 1)), ((8, 1), (0, 1))),
        ((), ()),
    ],
)
def test_icmp(whole: Any, fields: Any, values: Any) -> None:
    row = one(whole, fields, *values, proto=1, src_p=0, dst_p=8 << 8)
    assert (row["orig_p"], row["resp_p"], row["conn_state"]) == (8, 0, "OTH")


def test_templates_with_room_for_both_versions(whole: Any) -> None:
    fields = ((8, 4), (27, 16), (12, 4), (28, 16), (4, 1))
    told = template(256, fields)
    six = bytes(4) + b"\x20\1" + bytes(13) + b"\1" + bytes(4) + b"\x20\1" + bytes(13) + b"\2\x3a"
    four = bytes([192, 0, 2, 1]) + bytes(16) + bytes([192, 0, 2, 2]) + bytes(16) + b"\x2f"
    flows = whole(ipfix(told, part(256, six + four)))[0].flows.sort("proto")
    assert flows.select("orig_h", "resp_h", "proto").rows() == [
        ("192.0.2.1", "192.0.2.2", "47"), ("2001::1", "2001::2", "icmp6"),
    ]  # fmt: skip


def test_records_of_varying_length(whole: Any) -> None:
    told = template(256, ((82, 65535), *FLOW, (371, 65535)))
    long = b"\xff" + (300).to_bytes(2, "big") + bytes(300)
    records = [b"\4eth0" + flow(src_p=1) + b"\0", long + flow(src_p=2) + b"\1x",
               b"\0" + flow(src_p=3) + long]  # fmt: skip
    batch, account = whole(ipfix(told, part(256, b"".join(records)), part(256, records[0][:20])))
    ports = {row["orig_p"] for row in batch.flows.to_dicts()}
    assert ports == {1, 2, 3}
    assert account.dropped == {}
    lying = b"\xfe" + flow()
    assert whole(ipfix(told, part(256, lying)))[1].dropped == {"record_cut_short": 1}


def test_templates_that_cannot_be() -> None:
    templates = Templates()
    good = template(256, FLOW)[4:]
    templates.add(good, 10, 2, 0, 0)
    templates.add(good[:-2], 10, 2, 0, 1)
    templates.add(struct.pack("!HHHH", 257, 1, 1, 0), 10, 2, 0, 2)
    templates.add(struct.pack("!HH", 258, 0), 10, 2, 0, 3)
    assert (templates.number, templates.broken) == ([256], 2)
    assert templates.layouts[1] == Layout(tuple(Field(e, 0, n) for e, n in FLOW))


def test_scopes_of_netflow9_are_no_elements(whole: Any) -> None:
    options = template(300, ((2, 4), (34, 4)), 1, v9=True), part(300, b"\0\0\0\5\0\0\0\x64")
    data = template(256, (*FLOW, (10, 4)), v9=True), part(256, flow() + b"\0\0\0\5")
    batch, _ = whole(netflow9(*options, *data))
    assert batch.flows["sampling_rate"].to_list() == [100]
