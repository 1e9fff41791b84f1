"""Data in the names of DNS queries and in their answers, as iodine and dnscat2 carry it."""

from __future__ import annotations

import base64

from lynceus.lab import dns
from lynceus.lab.attacks.kind import Attack, insiders, outsiders, schedule
from lynceus.lab.dns import Record
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hosts import Host
from lynceus.lab.names import rogue_domain
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed

_TYPES = {"null": "NULL", "txt": "TXT", "cname": "CNAME", "mx": "MX"}
_LABEL = 60
_MOST_NAME = 200


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """Queries through the own resolver, or past it with `--origin outside`."""
    dice, network = scene.dice, scene.network
    styles = (*_TYPES, "mixed")
    style = choose("style", evasions.style, styles, dice.pick(styles))
    host = insiders(scene, 1)[0]
    domain = f"{dice.pick(('t', 'ns', 'd', 'z1'))}.{rogue_domain(dice)}"
    tries = evasions.tries or (dice.whole(90, 120) if scene.small else dice.whole(1500, 4000))
    gap = (evasions.interval or dice.lognormal(0.4, 0.6)) * evasions.slow
    jitter = 0.9 if evasions.jitter is None else evasions.jitter
    direct = evasions.origin == "outside" or (evasions.origin is None and scene.small)
    far = outsiders(scene, 1)[0] if direct else None
    load = dice.whole(45, 60 if scene.small else 100)
    short = max(4, load - evasions.padding)
    times = schedule(scene, tries, gap, jitter)
    tries = len(times)
    for number, t in enumerate(times):
        kind = _TYPES[dice.pick(("txt", "cname", "mx")) if style == "mixed" else style]
        idle = dice.chance(0.3)
        up = dice.octets(8 if idle else short) + number.to_bytes(3, "big")
        name = _name(up, domain)
        asked = dns.query(dice.whole(0, 0xFFFF), name, kind, edns=kind in ("NULL", "TXT"))
        record = _carry(
            dice.octets(6 if idle else dice.whole(short // 2, 2 * short)), name, kind, domain
        )
        if far:
            _direct(scene, host, far, (asked, record), t)
        else:
            scene.resolver.relay(scene, host, asked, [record], t)
    server = far or network.role("dns_server")
    roles = {host.ip: "infected", domain: "domain"}
    if far:
        roles[far.ip] = "attacker"
    return Deed(
        [host.ip], [server.ip], "udp",
        f"{host.ip} tunnels through {tries} DNS queries below {domain} ({style})",
        ("T1071.004", "T1572"), roles, [53], "dns", [domain],
        via=[] if far else [server.ip, network.upstream.ip],
        used=evasions.used(style=style, tries=tries, interval=round(gap, 3), jitter=jitter,
                           query_bytes=short, direct=bool(far)),
    )  # fmt: skip


def _name(data: bytes, domain: str) -> str:
    text = base64.b32encode(data).decode().rstrip("=").lower()[: _MOST_NAME - len(domain)]
    labels = [text[i : i + _LABEL] for i in range(0, len(text), _LABEL)]
    return ".".join((*labels, domain))


def _carry(data: bytes, name: str, kind: str, domain: str) -> Record:
    if kind == "NULL":
        return Record(name, kind, 0, data)
    if kind == "TXT":
        return Record(name, kind, 0, base64.b64encode(data))
    return Record(name, kind, 0, _name(data, domain))


def _direct(scene: Scene, host: Host, far: Host, talk: tuple[bytes, Record], t: float) -> None:
    ports = (scene.source_port(host), 53)
    scene.udp(t, host, far, ports, talk[0])
    reply = dns.answer(talk[0], [talk[1]])
    scene.udp(t + scene.turn_s(far), far, host, ports[::-1], reply)


ATTACK = Attack(
    "dns_tunnel", ("slow", "tries", "interval", "jitter", "padding", "style", "origin"), stage
)
