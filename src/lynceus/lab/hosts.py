"""Who is on the network: an address, a card, an operating system's habits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stack:
    """What an operating system's TCP/IP shows on the wire."""

    name: str
    ttl: int
    window: int
    """Receive window of the SYN, bytes."""
    wscale: int | None
    timestamps: bool
    ephemeral: tuple[int, int] = (49152, 65535)
    """Range of ports it calls from."""


WINDOWS = Stack("windows", 128, 64240, 8, False)
LINUX = Stack("linux", 64, 64240, 7, True, (32768, 60999))
MACOS = Stack("macos", 64, 65535, 6, True)
EMBEDDED = Stack("embedded", 64, 5840, None, False, (1025, 5000))
BSD = Stack("bsd", 64, 65228, 6, True, (10000, 65535))


@dataclass(frozen=True)
class Host:
    """One machine as the capture sees it. `mac` of an outside host is the gateway's."""

    name: str
    ip: str
    mac: bytes
    stack: Stack
    role: str = "client"
    ip6: str | None = None
    inside: bool = True
    hops: int = 0
    """Routers between it and the capture point."""
    rtt_s: float = 0.0
    """Time from the capture point to it and back."""
    open_ports: frozenset[int] = frozenset()
    filtered: bool = False
    """Whether its firewall drops what is not open, instead of refusing it."""
    owner: str = ""
    criticality: str = "low"
    packed: bytes = field(init=False, repr=False)
    packed6: bytes | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", ipaddress.IPv4Address(self.ip).packed)
        six = ipaddress.IPv6Address(self.ip6).packed if self.ip6 else None
        object.__setattr__(self, "packed6", six)

    @property
    def ttl(self) -> int:
        """Time to live as it arrives at the capture point."""
        return self.stack.ttl - self.hops


def mac_text(mac: bytes) -> str:
    """`aa:bb:cc:dd:ee:ff`."""
    return mac.hex(":")
