"""RDP: connection request with the user's cookie, then TLS with the host's own certificate."""

from __future__ import annotations

import struct

from lynceus.lab.hello import Profile
from lynceus.lab.tcp import ORIG, RESP, Tcp
from lynceus.lab.tls import Server, Tls

_TLS_AND_NLA = 3


def connect(tcp: Tcp, profile: Profile, user: str) -> Tls:
    """X.224 request and confirm, then the TLS handshake."""
    cookie = f"Cookie: mstshash={user[:9]}\r\n".encode()
    wanted = struct.pack("<BBHI", 1, 0, 8, _TLS_AND_NLA)
    tcp.send(ORIG, _tpkt(0xE0, cookie + wanted), 3e-4)
    tcp.send(RESP, _tpkt(0xD0, struct.pack("<BBHI", 2, 0x1F, 8, 2)), 1e-3)
    name = tcp.hosts[1].name
    server = Server(name, name, tls13=False, chain=0, valid_days=183)
    return Tls(tcp, profile, server, None).handshake()


def fail(tls: Tls, tries: int = 1) -> float:
    """CredSSP with a wrong password: negotiate, challenge, authenticate, and the line is cut."""
    dice = tls.tcp.scene.dice
    for _ in range(tries):
        tls.send(ORIG, 57)
        tls.send(RESP, dice.whole(190, 230), dice.uniform(1e-3, 4e-3))
        tls.send(ORIG, dice.whole(560, 640), dice.uniform(1e-3, 3e-3))
        tls.send(RESP, 46, dice.uniform(0.01, 0.06))
    return tls.tcp.reset(RESP, 1e-3)


def login(tls: Tls, minutes: float) -> float:
    """CredSSP accepted, then a desktop for a while: small input, large pictures."""
    dice, tcp = tls.tcp.scene.dice, tls.tcp
    tls.send(ORIG, 57)
    tls.send(RESP, dice.whole(190, 230), 2e-3)
    tls.send(ORIG, dice.whole(560, 640), 2e-3)
    tls.send(RESP, 110, 8e-3)
    tls.send(ORIG, 80, 2e-3)
    for _ in range(4):
        tls.send(ORIG, dice.whole(90, 480), 4e-3)
        tls.send(RESP, dice.whole(120, 1400), 6e-3)
    end = tcp.t + minutes * 60
    while tcp.t < end:
        for _ in range(dice.whole(1, 4)):
            tls.send(ORIG, dice.whole(16, 60), dice.exponential(0.3))
        tls.send(RESP, int(dice.lognormal(2500, 1.0)), dice.uniform(0.02, 0.1))
        tcp.wait(dice.exponential(12))
    return tls.close()


def _tpkt(kind: int, data: bytes) -> bytes:
    source = (0, 0) if kind == 0xE0 else (0, 0x1234)
    x224 = struct.pack("!BBHHB", 6 + len(data), kind, *source, 0) + data
    return struct.pack("!BBH", 3, 0, 4 + len(x224)) + x224
