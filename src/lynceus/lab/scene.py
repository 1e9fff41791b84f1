"""The scene: what every actor of a scenario shares, with a stream of chance of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lynceus.lab.dice import Dice
from lynceus.lab.hosts import Host
from lynceus.lab.wire import Lane, Tape

if TYPE_CHECKING:
    from lynceus.lab.names import Directory
    from lynceus.lab.network import Network
    from lynceus.lab.resolver import Resolver

_LAN_BPS = 400e6
_WAN_BPS = 80e6


@dataclass
class Scene:
    """Network, names and tape, seen by one actor. Made by `fork`, never shared between actors."""

    tape: Tape
    network: Network
    directory: Directory
    resolver: Resolver
    root: Dice
    """Chance that all actors share: what must look alike to all of them."""
    dice: Dice
    small: bool = False
    """Whether the capture must stay small: attacks then do less of the same."""
    scale: float = 1.0
    """Multiplies how much benign traffic there is."""
    merged_bytes: int = 0
    """Segments merged into frames of up to so many bytes, as cards with receive offload do."""
    loss: float = 0.0004
    """Share of segments lost on the way outside."""
    day_start_s: float = 5400.0
    """When people come, seconds after the start of the capture."""
    day_end_s: float = 36000.0
    """When people leave."""
    chains: dict[str, list[bytes]] = field(default_factory=dict)
    """Certificates of the servers met so far, by name; shared."""
    indicators: list[tuple[str, str, str]] = field(default_factory=list)
    """What the list of indicators will know: value, type, description; shared."""
    _port: dict[str, int] = field(default_factory=dict)

    def fork(self, *names: str) -> Scene:
        """The same scene with an independent stream of chance."""
        return replace(self, dice=self.dice.fork(*names), _port={})

    @property
    def length_s(self) -> float:
        """Length of the capture."""
        return self.tape.length_s

    @property
    def pace(self) -> float:
        """By how much longer people wait in a small capture, so that it stays small."""
        return max(1.0, self.tape.length_s / 600) if self.small else 1.0

    def source_port(self, host: Host) -> int:
        """The next port the host calls from: counted up from an arbitrary one."""
        low, high = host.stack.ephemeral
        last = self._port.get(host.ip)
        nxt = self.dice.whole(low, high) if last is None else last + self.dice.whole(1, 3)
        if nxt > high:
            nxt = low + nxt % 7
        self._port[host.ip] = nxt
        return nxt

    def speaks_ip6(self, orig: Host, resp: Host) -> bool:
        """Whether the two talk IPv6: when both have it and one of them is outside."""
        return bool(orig.ip6 and resp.ip6 and not (orig.inside and resp.inside))

    def rate_bps(self, orig: Host, resp: Host) -> float:
        """Speed between two hosts."""
        return _LAN_BPS if orig.inside and resp.inside else _WAN_BPS

    def lost(self) -> bool:
        """Whether a segment is lost."""
        return self.dice.unit() < self.loss

    def udp(self, t: float, orig: Host, resp: Host, ports: tuple[int, int], data: bytes) -> None:
        """Records one UDP datagram."""
        self.tape.put(t, Lane(orig, resp).udp(ports, data))

    def turn_s(self, host: Host) -> float:
        """Time from a packet to the host's answer, as the capture point sees it."""
        return host.rtt_s + self.dice.uniform(3e-5, 2.5e-4)
