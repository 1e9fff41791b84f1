"""A second reading of what the lab writes, sharing no code with it."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Packet:
    """One frame of a capture."""

    ts_ns: int
    data: bytes
    wire_bytes: int

    @property
    def ethertype(self) -> int:
        return int.from_bytes(self.data[12:14], "big")

    @property
    def proto(self) -> int | None:
        return self.data[23] if self.ethertype == 0x0800 else None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Network addresses named in the frame."""
        data = self.data
        if self.ethertype == 0x0800:
            return _text(data[26:30]), _text(data[30:34])
        if self.ethertype == 0x86DD:
            return _text(data[22:38]), _text(data[38:54])
        return _text(data[28:32]), _text(data[38:42])

    @property
    def ports(self) -> tuple[int, int]:
        sport, dport = struct.unpack("!HH", self.data[34:38])
        return sport, dport

    @property
    def flags(self) -> int:
        return self.data[47]

    @property
    def seq_ack(self) -> tuple[int, int]:
        seq, ack = struct.unpack("!II", self.data[38:46])
        return seq, ack

    @property
    def payload(self) -> bytes:
        """What a TCP segment over IPv4 carries."""
        end = 14 + int.from_bytes(self.data[16:18], "big")
        return self.data[34 + (self.data[46] >> 4) * 4 : end]


def read_pcap(path: Path) -> list[Packet]:
    """All packets of a little-endian nanosecond pcap; fails on anything else."""
    data = path.read_bytes()
    magic, major, minor, _, _, _, link = struct.unpack("<IHHiIII", data[:24])
    assert (magic, major, minor, link) == (0xA1B23C4D, 2, 4, 1)
    packets, at = [], 24
    while at < len(data):
        seconds, ns, kept, wire = struct.unpack("<IIII", data[at : at + 16])
        assert ns < 1_000_000_000
        assert kept <= wire
        frame = data[at + 16 : at + 16 + kept]
        assert len(frame) == kept
        packets.append(Packet(seconds * 1_000_000_000 + ns, frame, wire))
        at += 16 + kept
    return packets


def rfc1071(data: bytes) -> int:
    """The one's complement sum over 16-bit words, word by word."""
    total = 0
    for i in range(0, len(data), 2):
        total += int.from_bytes(data[i : i + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total


def right_checksums(frame: bytes) -> bool:
    """Whether the IPv4 header and the TCP, UDP or ICMP checksum of a frame are right."""
    header, body = frame[14:34], frame[34 : 14 + int.from_bytes(frame[16:18], "big")]
    if rfc1071(header) != 0xFFFF:
        return False
    if header[9] == 1:
        return rfc1071(body) == 0xFFFF
    pseudo = header[12:20] + bytes((0, header[9])) + len(body).to_bytes(2, "big")
    return rfc1071(pseudo + body) == 0xFFFF


def _text(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))
