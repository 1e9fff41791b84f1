"""Export datagrams and captures of them, made byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import ip_address

START_S = 1_700_000_000
UPTIME_MS = 3_600_000

Fields = Sequence[tuple[int, int] | tuple[int, int, int]]

FLOW: Fields = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4), (22, 4), (21, 4))
"""Ends, protocol, flags, counts, start and end since boot."""


def flow(
    src: str = "192.0.2.1",
    dst: str = "198.51.100.7",
    *,
    src_p: int = 50_000,
    dst_p: int = 443,
    proto: int = 6,
    flags: int = 0x1B,
    packets: int = 5,
    octets: int = 700,
    begin_ms: int = 1_000,
    end_ms: int = 3_500,
) -> bytes:
    """A record of `FLOW`; times in ms after `START_S`."""
    ends = ip_address(src).packed + ip_address(dst).packed
    rest = struct.pack("!HHBBIIII", src_p, dst_p, proto, flags, packets, octets,
                       UPTIME_MS + begin_ms, UPTIME_MS + end_ms)  # fmt: skip
    return ends + rest


def netflow5(*records: bytes, sequence: int = 0, sampling: int = 0) -> bytes:
    """A NetFlow 5 datagram of records as `flow` gives them."""
    body = b"".join(
        struct.pack("!8s4xHHIIIIHHxBBBHHBBxx", r[:8], 1, 2, *struct.unpack("!II", r[14:22]),
                    *struct.unpack("!II", r[22:30]), *struct.unpack("!HH", r[8:12]), r[13], r[12],
                    0, 0, 0, 0, 0)
        for r in records
    )  # fmt: skip
    head = struct.pack("!HHIIIIBBH", 5, len(records), UPTIME_MS + 10_000, START_S + 10, 0, sequence,
                       0, 0, sampling)  # fmt: skip
    return head + body


def template(number: int, fields: Fields, scopes: int | None = None, *, v9: bool = False) -> bytes:
    """A set with one template, of options where it has `scopes`."""
    told = b"".join(
        struct.pack("!HHI", f[0] | 0x8000, f[1], f[2]) if len(f) == 3 else struct.pack("!HH", *f)
        for f in fields
    )
    if scopes is None:
        return part(0 if v9 else 2, struct.pack("!HH", number, len(fields)) + told)
    counts = (4 * scopes, 4 * (len(fields) - scopes)) if v9 else (len(fields), scopes)
    return part(1 if v9 else 3, struct.pack("!HHH", number, *counts) + told)


def part(number: int, content: bytes) -> bytes:
    """A set, filled up to four bytes."""
    content += bytes(-len(content) % 4)
    return struct.pack("!HH", number, len(content) + 4) + content


def netflow9(*sets: bytes, sequence: int = 0, domain: int = 1) -> bytes:
    """A NetFlow 9 datagram, sent 10 s after `START_S`."""
    return struct.pack("!HHIIII", 9, len(sets), UPTIME_MS + 10_000, START_S + 10, sequence,
                       domain) + b"".join(sets)  # fmt: skip


def ipfix(*sets: bytes, sequence: int = 0, domain: int = 1) -> bytes:
    """An IPFIX message, sent 10 s after `START_S`."""
    body = b"".join(sets)
    return struct.pack("!HHIII", 10, 16 + len(body), START_S + 10, sequence, domain) + body


def packet(src: str, dst: str, payload: bytes, *, src_p: int = 40_000, dst_p: int = 2055) -> bytes:
    """An Ethernet frame with a UDP datagram."""
    a, b = ip_address(src), ip_address(dst)
    udp = struct.pack("!HHHH", src_p, dst_p, 8 + len(payload), 0) + payload
    if a.version == 4:
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, a.packed,
                         b.packed)  # fmt: skip
    else:
        ip = struct.pack("!IHBB16s16s", 6 << 28, len(udp), 17, 64, a.packed, b.packed)
    kind = b"\x08\x00" if a.version == 4 else b"\x86\xdd"
    return bytes.fromhex("020000000002020000000001") + kind + ip + udp


def pcap(*frames: tuple[float, bytes]) -> bytes:
    """A capture of frames, each with its time in seconds after `START_S`."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(
        struct.pack("<IIII", START_S + int(at), round(at % 1 * 1e6), len(f), len(f)) + f
        for at, f in frames
    )


def exports(*datagrams: bytes, exporter: str = "203.0.113.1") -> bytes:
    """A capture of datagrams of one exporter."""
    return pcap(*((10.0 + i, packet(exporter, "203.0.113.250", d))
                  for i, d in enumerate(datagrams)))  # fmt: skip


def flow_sample(frame: bytes, rate: int = 512, *, expanded: bool = False) -> bytes:
    """An sFlow sample of a packet."""
    padded = frame + bytes(-len(frame) % 4)
    record = struct.pack("!IIIIII", 1, 16 + len(padded), 1, len(frame) + 4, 4, len(frame)) + padded
    if expanded:
        body = struct.pack("!IIIIIIIIIII", 1, 0, 3, rate, 9, 0, 0, 3, 0, 4, 1) + record
    else:
        body = struct.pack("!IIIIIIII", 1, 3, rate, 9, 0, 3, 4, 1) + record
    return struct.pack("!II", 3 if expanded else 1, len(body)) + body


def counter_sample() -> bytes:
    """An sFlow sample of counters."""
    return struct.pack("!IIIII", 2, 12, 1, 3, 0)


def sflow(*samples: bytes, sequence: int = 1, agent: str = "203.0.113.9") -> bytes:
    """An sFlow 5 datagram."""
    packed = ip_address(agent).packed
    return (
        struct.pack("!II", 5, 1 if len(packed) == 4 else 2) + packed
        + struct.pack("!IIII", 0, sequence, 5000, len(samples)) + b"".join(samples)
    )  # fmt: skip
