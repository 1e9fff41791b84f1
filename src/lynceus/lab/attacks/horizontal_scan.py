"""One host tries one port on many others."""

from __future__ import annotations

from dataclasses import replace

from lynceus.lab import datagrams
from lynceus.lab.attacks.kind import Attack, insiders, schedule
from lynceus.lab.attacks.probing import Prober
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hosts import LINUX, Host
from lynceus.lab.names import public_address
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed

_PORTS = (
    22,
    23,
    80,
    135,
    445,
    445,
    1433,
    2323,
    3306,
    3389,
    5432,
    5555,
    5900,
    5985,
    6379,
    8080,
    9200,
)


def targets_of(scene: Scene, style: str, count: int) -> list[Host | str]:
    """Who is tried, in order: hosts that exist, and plain addresses where nobody is."""
    dice, network = scene.dice, scene.network
    found: list[Host | str]
    if style == "lan":
        addresses = [str(a) for a in network.lan.hosts()]
        found = [network.at(a) or a for a in addresses]
    elif style == "branch":
        found = [_somebody(scene, network.branch_host(n)) for n in range(1, 255)]
    else:
        hosts = (network.outside("far", public_address(dice), dice.uniform(0.02, 0.25))
                 for _ in range(count))  # fmt: skip
        found = [_somebody(scene, h) for h in hosts]
    if count < len(found):
        first = dice.whole(0, len(found) - count)
        found = found[first : first + count]
    return found if dice.chance(0.5) else dice.sample(found, len(found))


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """SYN or connect probes of the own network, a neighbouring one, or the Internet."""
    dice, network = scene.dice, scene.network
    styles = ("lan", "branch", "internet")
    style = choose("style", evasions.style, styles, dice.pick(styles))
    count = evasions.targets or (dice.whole(100, 180) if scene.small else dice.whole(200, 254))
    sources = insiders(scene, evasions.sources or 1)
    port = evasions.port or dice.pick(_PORTS)
    method = dice.pick(("syn", "connect"))
    gap = (evasions.interval or dice.lognormal(0.06, 0.8)) * evasions.slow
    targets = [x for x in targets_of(scene, style, count)
               if not isinstance(x, Host) or x.ip not in {s.ip for s in sources}]  # fmt: skip
    times = schedule(scene, len(targets), gap, evasions.jitter)
    targets = targets[: len(times)]
    probers = [Prober(scene, host, method) for host in sources]
    for i, (t, target) in enumerate(zip(times, targets, strict=True)):
        prober = probers[i % len(probers)]
        if isinstance(target, str):
            datagrams.ask_arp_in_vain(scene, t, prober.orig, target, dice.whole(1, 3))
        else:
            if style == "lan" and target.ip != network.gateway.ip:
                datagrams.ask_arp(scene, t - 0.001, prober.orig, target)
            prober.probe(target, port, t)
    reached = [x.ip for x in targets if isinstance(x, Host)]
    return Deed(
        [h.ip for h in sources], reached, "tcp",
        f"{len(sources)} host(s) try port {port} on {len(targets)} addresses ({style})", ("T1046",),
        {h.ip: "attacker" for h in sources}, [port],
        also=["arp_scan"] if style == "lan" else [],
        used=evasions.used(style=style, sources=len(sources), targets=len(targets), port=port,
                           interval=round(gap, 4)),
    )  # fmt: skip


def _somebody(scene: Scene, host: Host) -> Host:
    """Most addresses are silent; some refuse; a few have the common ports open."""
    draw = scene.dice.unit()
    if draw < 0.75:
        return replace(host, open_ports=frozenset(), filtered=True)
    if draw < 0.9:
        return replace(host, open_ports=frozenset(), filtered=False)
    return replace(host, stack=LINUX, open_ports=frozenset(_PORTS), filtered=False)


ATTACK = Attack(
    "horizontal_scan",
    ("slow", "sources", "targets", "style", "port", "interval", "jitter"),
    stage,
)
