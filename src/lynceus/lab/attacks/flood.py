"""So many packets that the victim has no time for others."""

from __future__ import annotations

from lynceus.lab.attacks.kind import Attack, insiders, outsiders, schedule
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed
from lynceus.lab.wire import ACK, SYN, Lane

_MOST_DATA = 1472
"""What fits into one datagram of an Ethernet frame."""
_BACKLOG = 96
"""Half-open connections the victim still answers."""


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """SYN, UDP or ICMP packets from one machine or many to one server."""
    dice = scene.dice
    styles = ("syn", "udp", "icmp")
    style = choose("style", evasions.style, styles, dice.pick(("syn", "syn", "udp")))
    origin = evasions.origin or dice.pick(("outside", "outside", "inside"))
    many = dice.whole(8, 40) if dice.chance(0.5) else 1
    sources = evasions.sources or (many if origin == "outside" else 1)
    attackers = outsiders(scene, sources) if origin == "outside" else insiders(scene, sources)
    target = scene.network.role("web_server")
    port = evasions.port or (dice.pick((80, 443)) if style == "syn" else dice.whole(1, 65_535))
    packets = evasions.tries or (
        (850 if style == "syn" else 600) if scene.small else dice.whole(5000, 12_000)
    )
    gap = (evasions.interval or 1 / dice.uniform(250, 900)) * evasions.slow
    times = schedule(scene, packets, gap, evasions.jitter)
    packets = len(times)
    lanes = [(Lane(h, target), Lane(target, h)) for h in attackers]
    size = dice.whole(18, 40 if scene.small else 320)
    for i, t in enumerate(times):
        there, back = lanes[dice.whole(0, len(lanes) - 1)]
        sport = dice.whole(1024, 65_535)
        if style == "syn":
            seq = dice.whole(0, 0xFFFFFFFF)
            scene.tape.put(t, there.tcp((sport, port), seq, 0, SYN, dice.pick((512, 1024, 64240))))
            if i < _BACKLOG:
                _answer(scene, t, (port, sport), back, seq)
        elif style == "udp":
            data = dice.noise(min(size + dice.whole(0, evasions.padding), _MOST_DATA))
            scene.tape.put(t, there.udp((sport, port), data))
        else:
            _echo(scene, t, (there, back), i, size)
    roles = {h.ip: "attacker" for h in attackers} | {target.ip: "victim"}
    return Deed(
        [h.ip for h in attackers], [target.ip], "icmp" if style == "icmp" else
        ("udp" if style == "udp" else "tcp"),
        f"{len(attackers)} host(s) send {packets} packets to {target.ip} ({style})",
        ("T1498.001", "T1499.001"), roles, [] if style == "icmp" else [port],
        used=evasions.used(style=style, origin=origin, sources=len(attackers), tries=packets,
                           interval=round(gap, 6)),
    )  # fmt: skip


def _answer(scene: Scene, t: float, ports: tuple[int, int], back: Lane, seq: int) -> None:
    mine = scene.dice.whole(0, 0xFFFFFFFF)
    segment = back.tcp(ports, mine, (seq + 1) & 0xFFFFFFFF, SYN | ACK, 64240, b"\x02\x04\x05\xb4")
    for after in (2e-4, 1.0):
        scene.tape.put(t + after, segment)


def _echo(scene: Scene, t: float, lanes: tuple[Lane, Lane], number: int, size: int) -> None:
    rest = b"\x00\x07" + (number & 0xFFFF).to_bytes(2, "big")
    data = bytes(size)
    scene.tape.put(t, lanes[0].icmp(8, 0, rest, data))
    if number % 3 == 0:
        scene.tape.put(t + 3e-4, lanes[1].icmp(0, 0, rest, data))


ATTACK = Attack(
    "flood",
    ("slow", "sources", "tries", "style", "origin", "port", "padding", "interval", "jitter"),
    stage,
)
