"""One host pings many others to learn who is there."""

from __future__ import annotations

from lynceus.lab import datagrams
from lynceus.lab.attacks.horizontal_scan import targets_of
from lynceus.lab.attacks.kind import Attack, insiders, schedule
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hosts import Host
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """Echo requests through the own network, a neighbouring one, or the Internet."""
    dice, network = scene.dice, scene.network
    styles = ("lan", "branch", "internet")
    style = choose("style", evasions.style, styles, dice.pick(("lan", "branch", "branch")))
    count = evasions.targets or (dice.whole(100, 200) if scene.small else dice.whole(200, 254))
    sources = insiders(scene, evasions.sources or 1)
    own = {s.ip for s in sources}
    gap = (evasions.interval or dice.lognormal(0.08, 0.7)) * evasions.slow
    targets = [x for x in targets_of(scene, style, count)
               if not isinstance(x, Host) or x.ip not in own]  # fmt: skip
    times = schedule(scene, len(targets), gap, evasions.jitter)
    targets = targets[: len(times)]
    ident = dice.whole(1, 0xFFFF)
    reached = []
    for i, (t, target) in enumerate(zip(times, targets, strict=True)):
        source = sources[i % len(sources)]
        if isinstance(target, str):
            datagrams.ask_arp_in_vain(scene, t, source, target, dice.whole(1, 2))
        else:
            if style == "lan" and target.ip != network.gateway.ip:
                datagrams.ask_arp(scene, t - 0.001, source, target)
            there = style == "lan" or not target.filtered
            datagrams.ping(scene, t, source, target if there else target.ip, (ident, i & 0xFFFF))
            reached.append(target.ip)
    return Deed(
        [h.ip for h in sources], reached, "icmp",
        f"{len(sources)} host(s) ping {len(targets)} addresses ({style})", ("T1018",),
        {h.ip: "attacker" for h in sources},
        also=["arp_scan"] if style == "lan" else [],
        used=evasions.used(style=style, sources=len(sources), targets=len(targets),
                           interval=round(gap, 4)),
    )  # fmt: skip


ATTACK = Attack("icmp_sweep", ("slow", "sources", "targets", "style", "interval", "jitter"), stage)
