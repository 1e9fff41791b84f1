"""TLS over a TCP connection: real handshakes, then records of random bytes in real sizes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lynceus.lab import der, hello
from lynceus.lab.hello import Profile
from lynceus.lab.tcp import ORIG, RESP, Side, Tcp

_HANDSHAKE, _ALERT, _CCS, _DATA = 22, 21, 20, 23
_YEAR_NS = 365 * 86_400 * 1_000_000_000
_CHAIN_BYTES = 1100
_MAX_RECORD = 16_384
_RSA_SUITES_12 = {0x002F: 0x002F, 0x0035: 0x0035}


@dataclass(frozen=True)
class Server:
    """What a server shows: its names, who signed them, and what it can."""

    name: str
    issuer: str = "Let's Encrypt"
    tls13: bool = True
    chain: int = 1
    """Certificates sent beyond its own."""
    valid_days: int = 90
    organisation: str | None = None


class Tls:
    """A TLS session inside an open connection."""

    def __init__(self, tcp: Tcp, profile: Profile, server: Server, sni: str | None) -> None:
        self.tcp, self.profile, self.server, self.sni = tcp, profile, server, sni
        self._dice = tcp.scene.dice
        self.tls13 = profile.tls13 and server.tls13
        self._overhead = 17 if self.tls13 else 24

    def handshake(self, resumed: bool = False) -> Tls:
        """Hellos, keys and finished; a resumed one shows no certificate."""
        sent = hello.client_hello(self._dice, self.profile, self.sni)
        self.tcp.send(ORIG, _record(_HANDSHAKE, sent, 0x0301), self._dice.uniform(1e-4, 6e-4))
        if self.tls13:
            self._rest_13(sent, resumed)
        else:
            self._rest_12(resumed)
        return self

    def send(self, side: Side, size: int, after: float = 0.0) -> float:
        """`side` sends so many bytes of application data; returns the time."""
        records, left = [], size
        while True:
            part = min(left, _MAX_RECORD)
            records.append(self._data(part))
            left -= part
            if left <= 0:
                return self.tcp.send(side, b"".join(records), after)

    def close(self, side: Side = ORIG, after: float = 0.0) -> float:
        """close_notify, then FIN."""
        if self.tls13:
            self.tcp.send(side, self._data(2), after)
        else:
            self.tcp.send(side, _record(_ALERT, self._dice.noise(26)), after)
        return self.tcp.close(side)

    def _data(self, size: int) -> bytes:
        return _record(_DATA, self._dice.noise(size + self._overhead))

    def _rest_13(self, sent: bytes, resumed: bool) -> None:
        dice, tcp = self._dice, self.tcp
        cipher = next(c for c in self.profile.ciphers if c in (0x1301, 0x1302, 0x1303))
        group = 0x11EC if 0x11EC in self.profile.shares and dice.chance(0.6) else 0x001D
        key = dice.octets(1120 if group == 0x11EC else 32)
        share = struct.pack("!HHHH", 51, len(key) + 4, group, len(key)) + key
        extensions = share + struct.pack("!HHH", 43, 2, 0x0304)
        if resumed:
            extensions += struct.pack("!HHH", 41, 2, 0)
        reply = _hello_message(dice.octets(32), _session_id(sent), cipher, extensions)
        hidden = 60 if resumed else 60 + self._certificates_bytes() + 110
        flight = _record(_HANDSHAKE, reply) + _record(_CCS, b"\x01")
        flight += self._data(hidden)
        tcp.send(RESP, flight, dice.uniform(0.0006, 0.004))
        finished = self._data(52 if cipher == 0x1302 else 36)
        tcp.send(ORIG, _record(_CCS, b"\x01") + finished, dice.uniform(2e-4, 1.5e-3))

    def _rest_12(self, resumed: bool) -> None:
        dice, tcp = self._dice, self.tcp
        cipher = _choose_12(self.profile.ciphers)
        extensions = struct.pack("!HHB", 0xFF01, 1, 0)
        if hello.EMS in self.profile.extensions:
            extensions += struct.pack("!HH", 23, 0)
        session = dice.octets(32)
        reply = _hello_message(dice.octets(32), session, cipher, extensions)
        done = _record(_CCS, b"\x01") + _record(_HANDSHAKE, dice.noise(40))
        if resumed:
            tcp.send(RESP, _record(_HANDSHAKE, reply) + done, dice.uniform(0.0004, 0.003))
            tcp.send(ORIG, done, dice.uniform(2e-4, 1e-3))
            return
        certs = b"".join(len(c).to_bytes(3, "big") + c for c in self._certificates())
        chain = _message(11, len(certs).to_bytes(3, "big") + certs)
        ephemeral = cipher not in _RSA_SUITES_12
        point = b"\x04" + dice.octets(64)
        proof = der.signature(dice)
        exchange = struct.pack("!BHB", 3, 0x0017, len(point)) + point
        exchange += struct.pack("!HH", 0x0403, len(proof)) + proof
        flight = reply + chain + (_message(12, exchange) if ephemeral else b"") + _message(14, b"")
        tcp.send(RESP, _record(_HANDSHAKE, flight), dice.uniform(0.001, 0.006))
        mine = b"\x41\x04" + dice.octets(64) if ephemeral else b"\x01\x00" + dice.octets(256)
        tcp.send(ORIG, _record(_HANDSHAKE, _message(16, mine)) + done, dice.uniform(5e-4, 3e-3))
        tcp.send(RESP, done, dice.uniform(2e-4, 1.5e-3))

    def _certificates(self) -> list[bytes]:
        """The same chain whenever the same server is met."""
        scene = self.tcp.scene
        if self.server.name in scene.chains:
            return scene.chains[self.server.name]
        dice = scene.root.fork("certificate", self.server.name)
        start = scene.tape.start_ns - dice.whole(5, 60) * 86_400_000_000_000
        end = start + self.server.valid_days * 86_400_000_000_000
        names = (self.server.name, f"alt.{self.server.name}")
        issuer = self.server.issuer
        leaf = der.Subject(self.server.name, issuer, names, start, end, self.server.organisation)
        chain = [der.certificate(dice, leaf)]
        if self.server.chain:
            above = der.Subject(
                f"{issuer} CA",
                f"{issuer} Root",
                (),
                start - 3 * _YEAR_NS,
                end + 5 * _YEAR_NS,
                issuer,
            )
            chain.append(der.certificate(dice, above))
        scene.chains[self.server.name] = chain
        return chain

    def _certificates_bytes(self) -> int:
        return 520 + (_CHAIN_BYTES if self.server.chain else 0) + 7 * len(self.server.name)


def _record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    parts = [
        struct.pack("!BHH", kind, version, len(body[i : i + _MAX_RECORD + 256]))
        + body[i : i + _MAX_RECORD + 256]
        for i in range(0, len(body), _MAX_RECORD + 256)
    ]
    return b"".join(parts)


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def _hello_message(random: bytes, session: bytes, cipher: int, extensions: bytes) -> bytes:
    body = b"\x03\x03" + random + bytes((len(session),)) + session
    body += struct.pack("!HBH", cipher, 0, len(extensions)) + extensions
    return _message(2, body)


def _session_id(sent: bytes) -> bytes:
    size = sent[38]
    return sent[39 : 39 + size]


def _choose_12(offered: tuple[int, ...]) -> int:
    wanted = (0xC02B, 0xC02C, 0xC02F, 0xC030, 0xC009, 0xC00A, 0xC013, 0xC014)
    return next(c for c in wanted if c in offered)
