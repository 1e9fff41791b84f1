"""DHCP messages as bytes (RFC 2131)."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, field

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
CLIENT_PORT, SERVER_PORT = 68, 67
_ZERO = "0.0.0.0"  # noqa: S104 - the address of a host that has none
_WANTED = bytes((1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252))
_MESSAGE_TYPE, _REQUESTED, _LEASE, _SERVER, _CLIENT_ID = 53, 50, 51, 54, 61
_HOST_NAME, _VENDOR, _PARAMETERS, _MASK, _ROUTER, _DNS, _DOMAIN = 12, 60, 55, 1, 3, 6, 15


@dataclass(frozen=True)
class Message:
    """One DHCP message; addresses in text, `0.0.0.0` where there is none."""

    kind: int
    trans_id: int
    mac: bytes
    ciaddr: str = _ZERO
    yiaddr: str = _ZERO
    requested: str | None = None
    server: str | None = None
    host_name: str | None = None
    vendor: str | None = None
    lease: dict[int, bytes] = field(default_factory=dict)
    """Further options of an offer or acknowledgement."""

    def encode(self) -> bytes:
        """The message as a UDP payload."""
        replies = self.kind in (OFFER, ACK, NAK)
        head = struct.pack(
            "!BBBBIHH4s4s4s4s16s64s128sI", 2 if replies else 1, 1, 6, 0, self.trans_id, 0, 0,
            _packed(self.ciaddr), _packed(self.yiaddr),
            _packed(self.server or _ZERO) if replies else bytes(4), bytes(4),
            self.mac, b"", b"", 0x63825363,
        )  # fmt: skip
        options = [_option(_MESSAGE_TYPE, bytes((self.kind,)))]
        if not replies:
            options.append(_option(_CLIENT_ID, b"\x01" + self.mac))
        if self.requested:
            options.append(_option(_REQUESTED, _packed(self.requested)))
        if self.server:
            options.append(_option(_SERVER, _packed(self.server)))
        if self.host_name:
            options.append(_option(_HOST_NAME, self.host_name.encode()))
        if self.vendor:
            options.append(_option(_VENDOR, self.vendor.encode()))
        options += [_option(k, v) for k, v in self.lease.items()]
        if self.kind in (DISCOVER, REQUEST, INFORM):
            options.append(_option(_PARAMETERS, _WANTED))
        data = head + b"".join(options) + b"\xff"
        return data + bytes(max(0, 300 - len(data)))


def lease_options(
    lan: ipaddress.IPv4Network, router: str, dns: str, domain: str
) -> dict[int, bytes]:
    """What a server tells with a lease of eight hours."""
    return {
        _LEASE: struct.pack("!I", 28_800),
        _MASK: lan.netmask.packed,
        _ROUTER: _packed(router),
        _DNS: _packed(dns),
        _DOMAIN: domain.encode(),
    }


def _packed(address: str) -> bytes:
    return ipaddress.IPv4Address(address).packed


def _option(code: int, data: bytes) -> bytes:
    return bytes((code, len(data))) + data
