"""Frames as bytes, with right checksums, and the tape that records them.

A `Lane` is one direction between two hosts with all that does not change precomputed. A checksum
is the remainder of the bytes, read as one big number, by 65535 (RFC 1071 in integer form).
Times are seconds since the start of the capture.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lynceus.lab.hosts import Host

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

_ICMP, _TCP, _UDP, _ICMP6 = 1, 6, 17, 58
_IP_TCP = struct.Struct("!BBHHHBBH8s HHIIHHHH")
_IP = struct.Struct("!BBHHHBBH8s")
_TCP_HEADER = struct.Struct("!HHIIHHHH")
_PCAP = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_PCAP_NS_MAGIC = 0xA1B23C4D
_ETHERNET = 1
BROADCAST = b"\xff" * 6
MAX_FRAME_BYTES = 262_144


def remainder(data: bytes) -> int:
    """The bytes as 16-bit words, added in one's complement (modulo 65535)."""
    value = int.from_bytes(data, "big") % 65535
    return (value << 8) % 65535 if len(data) & 1 else value


def _complement(total: int) -> int:
    """The checksum field for a sum: 0xffff is written as 0, its equal."""
    return 65535 - (total % 65535 or 65535)


class Lane:
    """One direction between two hosts: builds whole Ethernet frames."""

    __slots__ = ("_eth", "_ident", "_ip_sum", "_pair", "_pseudo", "_ttl", "v6")

    def __init__(self, orig: Host, resp: Host, v6: bool = False, mac: bytes | None = None) -> None:
        self.v6 = v6
        self._eth = (mac or resp.mac) + orig.mac + (b"\x86\xdd" if v6 else b"\x08\x00")
        if v6:
            if orig.packed6 is None or resp.packed6 is None:
                raise ValueError(f"{orig.name} or {resp.name} has no IPv6 address")
            self._pair = orig.packed6 + resp.packed6
        else:
            self._pair = orig.packed + resp.packed
        self._ttl = orig.ttl
        self._pseudo = remainder(self._pair)
        self._ip_sum = 0x4500 + 0x4000 + (self._ttl << 8) + self._pseudo
        # A counter of its own a direction, begun at a value that looks arbitrary.
        self._ident = (self._pseudo * 40503) & 0xFFFF

    def tcp(  # noqa: PLR0913, PLR0917 - the fields of the header
        self,
        ports: tuple[int, int],
        seq: int,
        ack: int,
        flags: int,
        window: int,
        options: bytes = b"",
        payload: bytes = b"",
    ) -> bytes:
        """One TCP segment; `options` is padded to whole words by the caller."""
        length = 20 + len(options) + len(payload)
        head = ((5 + len(options) // 4) << 12) | flags
        total = self._pseudo + _TCP + length + ports[0] + ports[1] + seq + ack + head + window
        if options:
            total += remainder(options)
        if payload:
            total += remainder(payload)
        check = _complement(total)
        if self.v6:
            header = _TCP_HEADER.pack(*ports, seq, ack, head, window, check, 0)
            return self._ip6(_TCP, length) + header + options + payload
        size = length + 20
        self._ident = ident = (self._ident + 1) & 0xFFFF
        ip_check = _complement(self._ip_sum + size + ident + _TCP)
        return (
            self._eth
            + _IP_TCP.pack(
                0x45, 0, size, ident, 0x4000, self._ttl, _TCP, ip_check, self._pair,
                ports[0], ports[1], seq, ack, head, window, check, 0,
            )
            + options
            + payload
        )  # fmt: skip

    def udp(self, ports: tuple[int, int], payload: bytes) -> bytes:
        """One UDP datagram."""
        length = 8 + len(payload)
        total = self._pseudo + _UDP + 2 * length + ports[0] + ports[1] + remainder(payload)
        header = struct.pack("!HHHH", *ports, length, _complement(total) or 0xFFFF)
        return self._ip(_UDP, length) + header + payload

    def icmp(self, kind: int, code: int, rest: bytes, payload: bytes) -> bytes:
        """One ICMP message; `rest` is the second word of its header."""
        total = (kind << 8) + code + remainder(rest) + remainder(payload)
        head = struct.pack("!BBH", kind, code, _complement(total))
        return self._ip(_ICMP, 8 + len(payload)) + head + rest + payload

    def icmp6(self, kind: int, rest: bytes, payload: bytes) -> bytes:
        """One ICMPv6 message, checksum over the pseudo header."""
        length = 8 + len(payload)
        total = self._pseudo + length + _ICMP6 + (kind << 8) + remainder(rest) + remainder(payload)
        head = struct.pack("!BBH", kind, 0, _complement(total))
        return self._ip6(_ICMP6, length, 255) + head + rest + payload

    def ip_head(self, frame: bytes) -> bytes:
        """IP header and first 8 bytes of what it carries: what an ICMP error quotes."""
        return frame[14:42]

    def _ip(self, proto: int, length: int) -> bytes:
        if self.v6:
            return self._ip6(proto, length)
        size = length + 20
        self._ident = ident = (self._ident + 1) & 0xFFFF
        check = _complement(self._ip_sum + size + ident + proto)
        return self._eth + _IP.pack(
            0x45, 0, size, ident, 0x4000, self._ttl, proto, check, self._pair
        )

    def _ip6(self, proto: int, length: int, hop_limit: int | None = None) -> bytes:
        limit = hop_limit or self._ttl
        return self._eth + struct.pack("!IHBB32s", 6 << 28, length, proto, limit, self._pair)


def arp(operation: int, sender: Host, target_ip: bytes, target_mac: bytes | None) -> bytes:
    """ARP for IPv4 over Ethernet: 1 request (broadcast), 2 reply; padded to 60 bytes."""
    to = BROADCAST if operation == 1 else target_mac or BROADCAST
    body = struct.pack(
        "!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation,
        sender.mac, sender.packed, target_mac or bytes(6), target_ip,
    )  # fmt: skip
    return to + sender.mac + b"\x08\x06" + body + bytes(18)


@dataclass
class Span:
    """First and last time of what was recorded while it was open; None when nothing was."""

    first_s: float | None = None
    last_s: float | None = None


@dataclass
class Tape:
    """All frames of a capture, in any order until written."""

    start_ns: int
    """Time of second 0, ns since 1970 UTC."""
    length_s: float
    """Frames at or after this are not in the capture."""
    frames: list[tuple[float, bytes]] = field(default_factory=list)

    def put(self, t: float, frame: bytes) -> None:
        """Records one frame seen `t` seconds after the start."""
        self.frames.append((t, frame))

    @contextmanager
    def span(self) -> Iterator[Span]:
        """Tells when the frames recorded inside it were seen."""
        mark, span = len(self.frames), Span()
        yield span
        times = [t for t, _ in self.frames[mark:] if 0 <= t < self.length_s]
        if times:
            span.first_s, span.last_s = min(times), max(times)

    def write(self, path: Path, snaplen: int | None = None) -> tuple[int, int]:
        """Writes a nanosecond pcap in time order; returns (packets, bytes of the file)."""
        limit = snaplen or MAX_FRAME_BYTES
        kept = [f for f in self.frames if 0 <= f[0] < self.length_s]
        kept.sort(key=lambda frame: frame[0])
        parts = [_PCAP.pack(_PCAP_NS_MAGIC, 2, 4, 0, 0, limit, _ETHERNET)]
        for t, frame in kept:
            seconds, ns = divmod(self.start_ns + int(t * 1e9), 1_000_000_000)
            cut = frame[:limit]
            parts += (_RECORD.pack(seconds, ns, len(cut), len(frame)), cut)
        data = b"".join(parts)
        path.write_bytes(data)
        return len(kept), len(data)
