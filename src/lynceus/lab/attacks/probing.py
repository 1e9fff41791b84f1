"""One probe of a scan, and the answer a host gives by its open ports and its firewall."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from lynceus.lab.hosts import Host
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import Tcp
from lynceus.lab.wire import ACK, RST, SYN, Lane

_SCANNER_WINDOW = 1024


@dataclass
class Prober:
    """A scanner: keeps its source port as scanners do, and the lanes it has used."""

    scene: Scene
    orig: Host
    style: str
    """`syn`, `connect` or `udp`."""
    _lanes: dict[str, tuple[Lane, Lane]] = field(default_factory=dict)
    _port: int = 0

    def probe(self, resp: Host, port: int, t: float) -> None:
        """Tries one port of one host."""
        if self.style == "connect":
            self._connect(resp, port, t)
        elif self.style == "udp":
            self._udp(resp, port, t)
        else:
            self._syn(resp, port, t)

    def _connect(self, resp: Host, port: int, t: float) -> None:
        tcp = Tcp(self.scene, self.orig, resp, port, t)
        if port in resp.open_ports:
            tcp.open().reset(after=1e-3)
        elif resp.filtered:
            tcp.unanswered(2)
        else:
            tcp.refused()

    def _syn(self, resp: Host, port: int, t: float) -> None:
        scene = self.scene
        there, back = self._pair(resp)
        self._port = self._port or scene.dice.whole(33_000, 64_000)
        ports, seq = (self._port, port), scene.dice.whole(0, 0xFFFFFFFF)
        options = b"\x02\x04\x05\xb4"
        scene.tape.put(t, there.tcp(ports, seq, 0, SYN, _SCANNER_WINDOW, options))
        at = t + scene.turn_s(resp)
        if port in resp.open_ports:
            theirs = scene.dice.whole(0, 0xFFFFFFFF)
            flags = SYN | ACK
            scene.tape.put(at, back.tcp(ports[::-1], theirs, _next(seq), flags, 64240, options))
            at += scene.turn_s(self.orig)
            scene.tape.put(at, there.tcp(ports, _next(seq), 0, RST, 0))
        elif not resp.filtered:
            scene.tape.put(at, back.tcp(ports[::-1], 0, _next(seq), RST | ACK, 0))
        else:
            again = (self._port + 1, port)
            scene.tape.put(t + 1.1, there.tcp(again, seq, 0, SYN, _SCANNER_WINDOW, options))

    def _udp(self, resp: Host, port: int, t: float) -> None:
        scene = self.scene
        there, back = self._pair(resp)
        self._port = self._port or scene.dice.whole(33_000, 64_000)
        asked = there.udp((self._port, port), b"")
        scene.tape.put(t, asked)
        if not resp.filtered and port not in resp.open_ports:
            told = back.icmp(3, 3, struct.pack("!I", 0), there.ip_head(asked))
            scene.tape.put(t + scene.turn_s(resp), told)

    def _pair(self, resp: Host) -> tuple[Lane, Lane]:
        if resp.ip not in self._lanes:
            self._lanes[resp.ip] = (Lane(self.orig, resp), Lane(resp, self.orig))
        return self._lanes[resp.ip]


def _next(seq: int) -> int:
    return (seq + 1) & 0xFFFFFFFF
