"""One host tries many ports of another."""

from __future__ import annotations

from lynceus.lab.attacks.kind import Attack, insiders, outsiders, schedule, victim
from lynceus.lab.attacks.probing import Prober
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed

_WELL_KNOWN = (
    20, 21, 22, 23, 25, 53, 79, 80, 88, 106, 110, 111, 113, 119, 135, 139, 143, 144, 179, 199, 389,
    427, 443, 444, 445, 465, 513, 514, 515, 543, 548, 554, 587, 631, 636, 646, 873, 990, 993, 995,
    1025, 1080, 1110, 1433, 1521, 1720, 1723, 1755, 1900, 2000, 2049, 2121, 2375, 3000, 3128, 3306,
    3389, 3986, 4899, 5000, 5060, 5357, 5432, 5601, 5666, 5800, 5900, 5985, 6000, 6379, 7070, 8000,
    8008, 8080, 8081, 8443, 8888, 9000, 9090, 9100, 9200, 9999, 10000, 11211, 27017, 32768, 49152,
)  # fmt: skip


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """SYN, connect or UDP probes of drawn ports in drawn order."""
    dice = scene.dice
    style = choose("style", evasions.style, ("syn", "connect", "udp"),
                   dice.pick(("syn", "syn", "connect")))  # fmt: skip
    origin = evasions.origin or dice.pick(("inside", "inside", "inside", "outside"))
    sources = evasions.sources or 1
    attackers = outsiders(scene, sources) if origin == "outside" else insiders(scene, sources)
    target = victim(scene, attackers, origin == "outside")
    count = evasions.ports or (dice.whole(110, 180) if scene.small else dice.whole(300, 1000))
    ports = dice.sample(_WELL_KNOWN, count)
    if len(ports) < count:
        others = [p for p in range(1, 65_536) if p not in _WELL_KNOWN]
        ports += dice.sample(others, count - len(ports))
    ports = dice.sample(ports, len(ports))
    gap = evasions.interval or dice.lognormal(0.03, 0.8)
    gap *= evasions.slow
    times = schedule(scene, count, gap, evasions.jitter)
    count, ports = len(times), ports[: len(times)]
    probers = [Prober(scene, host, style) for host in attackers]
    for i, (t, port) in enumerate(zip(times, ports, strict=True)):
        probers[i % len(probers)].probe(target, port, t)
    return Deed(
        [h.ip for h in attackers], [target.ip], "udp" if style == "udp" else "tcp",
        f"{len(attackers)} host(s) try {count} ports of {target.ip} ({style})", ("T1046",),
        {**{h.ip: "attacker" for h in attackers}, target.ip: "victim"}, sorted(ports),
        used=evasions.used(style=style, origin=origin, sources=len(attackers), ports=count,
                           interval=round(gap, 4)),
    )  # fmt: skip


ATTACK = Attack(
    "vertical_scan",
    ("slow", "sources", "ports", "style", "origin", "interval", "jitter"),
    stage,
)
