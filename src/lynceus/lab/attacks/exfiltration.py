"""Much more goes out to a place nobody talks to than this machine ever sends."""

from __future__ import annotations

from lynceus.lab import ssh, web
from lynceus.lab.attacks.kind import Attack, begin, insiders
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hello import CURL, GO, PYTHON
from lynceus.lab.hosts import Host
from lynceus.lab.names import Service, rogue_service
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import ORIG, RESP, Tcp
from lynceus.lab.tls import Server, Tls
from lynceus.lab.truth import Deed

_PORTS = {"tls": 443, "http": 80, "ssh": 22}
_PART = 400_000
"""Bytes sent before the next wait, so that slow transfers are slow all along."""


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """Archives sent by HTTPS, HTTP or SFTP, in one go or in several connections."""
    dice = scene.dice
    services = tuple(_PORTS)
    service = choose(
        "service", evasions.service, services, dice.pick(("tls", "tls", "http", "ssh"))
    )
    host = insiders(scene, 1)[0]
    places = [rogue_service(scene.directory, dice) for _ in range(evasions.sources or 1)]
    amount = evasions.megabytes or dice.uniform(44, 52)
    port = evasions.port or _PORTS[service]
    pieces = max(len(places), dice.whole(1, 5))
    pause = dice.uniform(5, 120) * evasions.slow
    part_wait = dice.uniform(0.02, 0.4) * evasions.slow
    total = int(amount * 1e6)
    t = begin(scene, pieces * pause + total / _PART * (part_wait + 1.5))
    for i in range(pieces):
        size = total // pieces + dice.whole(0, evasions.padding)
        t = _send(scene, host, places[i % len(places)], (service, port), (t, size, part_wait))
        t += pause
    roles = {host.ip: "infected"}
    for place in places:
        roles[place.host.ip] = "attacker"
        roles[place.name] = "domain"
    return Deed(
        [host.ip], [p.host.ip for p in places], "tcp",
        f"{host.ip} sends {amount:.1f} MB to {', '.join(p.name for p in places)} ({service})",
        ("T1048", "T1041"), roles, [port], service, [p.name for p in places],
        via=[scene.network.role("dns_server").ip],
        used=evasions.used(service=service, megabytes=round(amount, 1), pieces=pieces, port=port),
    )  # fmt: skip


def _send(
    scene: Scene, host: Host, place: Service, how: tuple[str, int], what: tuple[float, int, float]
) -> float:
    """One connection that carries `what` = (begin, bytes, wait between parts)."""
    (service, port), (t, size, pause), dice = how, what, scene.dice
    t, _ = scene.resolver.resolve(scene, host, place.name, t)
    tcp = Tcp(scene, host, place.host, port, t + 1e-3).open()
    parts = [min(_PART, size - start) for start in range(0, size, _PART)]
    if service == "tls":
        profile = dice.pick((CURL, PYTHON, GO))
        tls = Tls(tcp, profile, Server(place.name, place.issuer), place.name).handshake()
        tls.send(ORIG, 340)
        for part in parts:
            tls.send(ORIG, part, pause)
        tls.send(RESP, 180, 0.2)
        return tls.close()
    if service == "ssh":
        session = ssh.Ssh(tcp).handshake()
        session.login()
        for part in parts:
            session.transfer(ORIG, part, pause)
        return session.close(0.2)
    head = {"User-Agent": PYTHON.user_agent, "Content-Type": "application/octet-stream"}
    for part in parts:
        request = web.Request(place.name, f"/u/{dice.hex(12)}", "POST", head, dice.noise(part))
        web.exchange(tcp, request, web.Answer(204), 0.05, pause)
    return tcp.close()


ATTACK = Attack(
    "exfiltration", ("slow", "sources", "megabytes", "padding", "service", "port"), stage
)
