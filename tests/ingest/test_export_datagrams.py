"""Where datagrams lie: `export_datagrams`, `capture_frames`, `wire_bytes`."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from lynceus.ingest.capture_frames import frames
from lynceus.ingest.export_datagrams import carries_exports, form, length, read, split
from lynceus.ingest.wire_bytes import fronts, gathered, numbers, padded, spread, u32

from .exporters import (
    FLOW,
    START_S,
    exports,
    flow,
    flow_sample,
    ipfix,
    netflow5,
    netflow9,
    packet,
    part,
    sflow,
    template,
)

V9 = netflow9(template(256, FLOW, v9=True), part(256, flow()))
KINDS = {
    5: netflow5(flow()),
    9: V9,
    10: ipfix(template(256, FLOW)),
    -5: sflow(flow_sample(b"x" * 60)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_known_by_content(kind: int) -> None:
    content = KINDS[kind]
    assert form(content, 0, len(content)) == kind
    assert length(content, 0, len(content)) == len(content)
    # NetFlow 9 tells no length: there a datagram is what whole sets there are.
    whole_sets = len(content) - len(part(256, flow())) if kind == 9 else None
    assert length(content[:-5], 0, len(content) - 5) == whole_sets
    assert form(b"GET / HTTP/1.1\r\nHost: x\r\n", 0, 24) == 0


def test_datagrams_one_behind_the_other() -> None:
    content = list(KINDS.values()) * 2
    starts, ends, skipped = split(b"".join(content))
    assert [e - s for s, e in zip(starts, ends, strict=True)] == [len(c) for c in content]
    assert skipped == 0


def test_zeros_that_fill_a_datagram_up_belong_to_it() -> None:
    starts, ends, _ = split(V9 + bytes(900))
    assert (starts.tolist(), ends.tolist()) == ([0], [len(V9) + 900])


def test_broken_ones_reach_to_the_next_sound_one() -> None:
    broken = bytearray(KINDS[10])
    broken[18:20] = b"\0\2"
    starts, _, skipped = split(bytes(broken) + V9 + b"\xff" * 9)
    assert (starts.tolist(), skipped) == ([0, len(broken)], 9)


def test_time_and_exporter_of_a_capture() -> None:
    found = read(exports(V9, KINDS[5], exporter="2001:db8::1"), "d")
    assert found.exporters == ("2001:db8::1",) * 2
    assert found.arrived_ns.tolist() == [(START_S + 10) * 10**9, (START_S + 11) * 10**9]
    assert found.data[found.start[0] : found.end[0]].tobytes() == V9


def test_a_capture_cut_short_keeps_what_came_before() -> None:
    found = read(exports(V9, V9)[:-3], "d")
    assert (found.start.size, found.cut_short) == (1, True)
    assert carries_exports(exports(V9, V9)[:-3])
    assert not carries_exports(exports(b"x" * 200, V9))


def _pcapng(order: str, resolution: int) -> bytes:
    frame = packet("192.0.2.1", "192.0.2.2", V9)
    options = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = len(body) + 12
        return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)

    ticks = START_S * 10**resolution
    return (
        block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
        + block(1, struct.pack(order + "HHI", 1, 0, 0) + options)
        + block(5, bytes(8))
        + block(6, struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame),
                               len(frame)) + frame)
        + block(3, struct.pack(order + "I", len(frame)) + frame)
    )  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [6, 9])
def test_pcapng(order: str, resolution: int) -> None:
    found = read(_pcapng(order, resolution), "d")
    assert found.start.size == 2
    assert found.arrived_ns[0] == START_S * 10**9


@pytest.mark.parametrize(("magic", "order", "scale"), [
    (0xA1B2C3D4, "<", 1000), (0xA1B2C3D4, ">", 1000), (0xA1B23C4D, "<", 1), (0xA1B23C4D, ">", 1),
])  # fmt: skip
def test_pcap_of_both_orders_and_clocks(magic: int, order: str, scale: int) -> None:
    content = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    content += struct.pack(order + "IIII", 7, 9, 4, 4) + b"abcd"
    found = frames(content)
    assert (found.start.tolist(), found.end.tolist()) == ([40], [44])
    assert found.time_ns.tolist() == [7 * 10**9 + 9 * scale]
    assert frames(content[:-1]).cut_short and not found.cut_short


def test_numbers_behind_the_end_are_zero() -> None:
    data = padded(b"\1\2\3\4")
    assert u32(data, np.array([0, 1, 40])).tolist() == [0x01020304, 0x02030400, 0]
    assert gathered(data, np.array([3, 100]), 2).tolist() == [[4, 0], [0, 0]]
    assert numbers(np.array([[0xFF] * 8], np.uint8)).tolist() == [(1 << 64) - 1]
    assert [part.tolist() for part in spread(np.array([2, 0, 1]))] == [[0, 0, 2], [0, 1, 0]]


def test_chains_are_walked_side_by_side() -> None:
    steps = []
    for owner, at, _ in fronts(np.array([0, 10]), np.array([5, 13]), 1):
        steps.append((owner.tolist(), at.tolist()))
        at[:] = at + 2
    assert steps == [([0, 1], [0, 10]), ([0, 1], [2, 12]), ([0], [4])]
