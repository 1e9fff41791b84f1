"""A connection held open for hours to somebody unknown, with a trickle on it."""

from __future__ import annotations

from lynceus.lab.attacks.kind import Attack, begin, insiders
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hello import IMPLANT_STATIC
from lynceus.lab.names import rogue_service
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import ORIG, RESP, Tcp
from lynceus.lab.tls import Server, Tls
from lynceus.lab.truth import Deed


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """A reverse tunnel or remote shell: keep-alives and now and then a few commands."""
    dice = scene.dice
    service = choose("service", evasions.service, ("tls", "raw"), dice.pick(("tls", "raw")))
    host = insiders(scene, 1)[0]
    far = rogue_service(scene.directory, dice)
    port = evasions.port or dice.pick((443, 443, 8443, 4444, 1194, dice.whole(2000, 60_000)))
    seconds = (evasions.hours or dice.uniform(3, 7)) * 3600
    beat = (
        evasions.interval or dice.uniform(*((60, 90) if scene.small else (20, 55)))
    ) * evasions.slow
    start = begin(scene, seconds)
    named = dice.chance(0.5)
    if named:
        start, _ = scene.resolver.resolve(scene, host, far.name, start)
    tcp = Tcp(scene, host, far.host, port, start + 1e-3).open()
    end = min(start + seconds, scene.length_s - 1)
    tls = None
    if service == "tls":
        shown = Server(far.name, far.name, tls13=False, chain=0)
        tls = Tls(tcp, IMPLANT_STATIC, shown, far.name if named else None).handshake()
    while tcp.t < end - 1.6 * beat:
        pause = beat * dice.uniform(0.85, 1.15)
        if dice.chance(0.06):
            _say(tcp, tls, RESP, dice.whole(20, 120), pause)
            _say(tcp, tls, ORIG, dice.whole(80, 1300), dice.uniform(0.05, 0.6))
        else:
            _say(tcp, tls, ORIG, 24 + dice.whole(0, evasions.padding), pause)
            _say(tcp, tls, RESP, 24, 5e-3)
    tcp.close(ORIG, beat)
    roles = {host.ip: "infected", far.host.ip: "attacker"}
    if named:
        roles[far.name] = "domain"
    return Deed(
        [host.ip], [far.host.ip], "tcp",
        f"{host.ip} holds {service} to {far.host.ip}:{port} open for {(end - start) / 3600:.1f} h",
        ("T1571", "T1572") if port != 443 else ("T1572", "T1071.001"), roles, [port],
        "tls" if tls else None, [far.name] if named else [],
        via=[scene.network.role("dns_server").ip],
        used=evasions.used(service=service, hours=round(seconds / 3600, 2),
                           interval=round(beat, 1), port=port),
    )  # fmt: skip


def _say(tcp: Tcp, tls: Tls | None, side: int, size: int, after: float) -> None:
    where = ORIG if side == ORIG else RESP
    if tls:
        tls.send(where, size, after)
    else:
        tcp.send(where, tcp.scene.dice.noise(size), after)


ATTACK = Attack(
    "long_connection", ("slow", "hours", "interval", "padding", "service", "port"), stage
)
