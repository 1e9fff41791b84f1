"""Where the frames of a capture lie, for sources that read what datagrams carry.

Flows of a capture itself are the meter's work; here only places are told, of pcap in both byte
orders and clocks and of pcapng.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from lynceus.ingest.wire_bytes import Places

LONGEST_FRAME = 1 << 20
NS = 1_000_000_000
SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 3, 6
END_OF_OPTIONS, TIME_RESOLUTION, TIME_OFFSET = 0, 9, 14


@dataclass(frozen=True)
class Frames:
    """Start, end, time (ns since 1970) and link type of every frame."""

    start: Places
    end: Places
    time_ns: Places
    link: Places
    cut_short: bool
    """The capture breaks off inside a frame or says something that cannot be."""


def frames(data: bytes, most: int | None = None) -> Frames:
    """The frames of a capture, the first `most` of them where that is given."""
    rows: list[tuple[int, int, int, int]] = []
    cut = _pcapng(data, most, rows) if data[:4] == b"\n\r\r\n" else _pcap(data, most, rows)
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Frames(table[:, 0], table[:, 1], table[:, 2], table[:, 3], cut)


def _pcap(data: bytes, most: int | None, rows: list[tuple[int, int, int, int]]) -> bool:
    order = ">" if data[:2] == b"\xa1\xb2" else "<"
    fraction_ns = 1 if b"\x3c" in data[1:3] else 1000
    if len(data) < 24:
        return True
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    record = struct.Struct(order + "IIII")
    at, end = 24, len(data)
    while at + 16 <= end and len(rows) != most:
        seconds, fraction, kept, _ = record.unpack_from(data, at)
        at += 16
        if kept > LONGEST_FRAME or at + kept > end:
            return True
        rows.append((at, at + kept, seconds * NS + fraction * fraction_ns, link))
        at += kept
    return at < end and len(rows) != most


def _pcapng(data: bytes, most: int | None, rows: list[tuple[int, int, int, int]]) -> bool:
    order, at, end = "<", 0, len(data)
    interfaces: list[tuple[int, int, int]] = []
    while at + 12 <= end and len(rows) != most:
        if data[at : at + 4] == b"\n\r\r\n":
            order = ">" if data[at + 8 : at + 12] == b"\x1a\x2b\x3c\x4d" else "<"
            interfaces = []
        kind, size = struct.unpack_from(order + "II", data, at)
        if size < 12 or at + size > end:
            return True
        body, stop = at + 8, at + size - 4
        if kind == INTERFACE and body + 8 <= stop:
            link = struct.unpack_from(order + "H", data, body)[0]
            interfaces.append((link, *_clock(data, order, body + 8, stop)))
        elif kind == ENHANCED and body + 20 <= stop:
            number, high, low, kept = struct.unpack_from(order + "IIII", data, body)
            if number < len(interfaces) and body + 20 + kept <= stop:
                link, ticks, offset_s = interfaces[number]
                time_ns = (high << 32 | low) * NS // ticks + offset_s * NS
                if time_ns < 1 << 62:
                    rows.append((body + 20, body + 20 + kept, time_ns, link))
        elif kind == SIMPLE and interfaces and body + 4 <= stop:
            rows.append((body + 4, stop, np.iinfo(np.int64).min, interfaces[0][0]))
        at += size
    return at < end and len(rows) != most


def _clock(data: bytes, order: str, at: int, stop: int) -> tuple[int, int]:
    """Ticks a second and offset in seconds of an interface, of its options."""
    ticks, offset_s = 1_000_000, 0
    while at + 4 <= stop:
        code, size = struct.unpack_from(order + "HH", data, at)
        at += 4
        if code == END_OF_OPTIONS or at + size > stop:
            break
        if code == TIME_RESOLUTION and size == 1:
            power = data[at] & 0x7F
            ticks = 1 << min(power, 62) if data[at] & 0x80 else 10 ** min(power, 18)
        elif code == TIME_OFFSET and size == 8:
            offset_s = struct.unpack_from(order + "q", data, at)[0]
            offset_s = offset_s if abs(offset_s) < 1 << 32 else 0
        at += size + -size % 4
    return ticks, offset_s
