"""One host asks for every address of its network."""

from __future__ import annotations

from lynceus.lab import datagrams
from lynceus.lab.attacks.kind import Attack, insiders, schedule
from lynceus.lab.evasions import Evasions
from lynceus.lab.hosts import LINUX
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """ARP requests in order or shuffled, from a known machine or one just plugged in."""
    dice, network = scene.dice, scene.network
    if evasions.sources or dice.chance(0.6):
        sources = insiders(scene, evasions.sources or 1)
    else:
        sources = [network.newcomer(dice, LINUX)]
    own = {s.ip for s in sources}
    addresses = [str(a) for a in network.lan.hosts() if str(a) not in own]
    count = evasions.targets or len(addresses)
    if count < len(addresses) or dice.chance(0.4):
        addresses = dice.sample(addresses, count)
    gap = (evasions.interval or dice.lognormal(0.02, 0.8)) * evasions.slow
    times = schedule(scene, len(addresses), gap, evasions.jitter)
    addresses = addresses[: len(times)]
    for i, (t, address) in enumerate(zip(times, addresses, strict=True)):
        source, there = sources[i % len(sources)], network.at(address)
        if there is None:
            datagrams.ask_arp_in_vain(scene, t, source, address, 1)
        else:
            datagrams.ask_arp(scene, t, source, there)
    return Deed(
        [h.ip for h in sources], addresses, "arp",
        f"{len(sources)} host(s) ask for {len(addresses)} addresses by ARP", ("T1018",),
        {h.ip: "attacker" for h in sources},
        used=evasions.used(sources=len(sources), targets=len(addresses), interval=round(gap, 4)),
    )  # fmt: skip


ATTACK = Attack("arp_scan", ("slow", "sources", "targets", "interval", "jitter"), stage)
