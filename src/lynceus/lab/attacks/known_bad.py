"""A machine talks to an address or a name that a list of indicators knows."""

from __future__ import annotations

from lynceus.lab import web
from lynceus.lab.attacks.kind import Attack, begin, insiders
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hello import BROWSERS
from lynceus.lab.names import rogue_service
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import ORIG, RESP, Tcp
from lynceus.lab.tls import Server, Tls
from lynceus.lab.truth import Deed


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """A few connections; what the list knows is the address, or the name, or its domain."""
    dice = scene.dice
    style = choose("style", evasions.style, ("address", "domain"), dice.pick(("address", "domain")))
    service = choose("service", evasions.service, ("tls", "http"), dice.pick(("tls", "http")))
    hosts = insiders(scene, evasions.sources or 1)
    bad = rogue_service(scene.directory, dice)
    count = evasions.tries or dice.whole(1, 4)
    gap = dice.uniform(20, 400 if not scene.small else 60) * evasions.slow
    port = evasions.port or (443 if service == "tls" else 80)
    t = begin(scene, gap * count)
    for i in range(count * len(hosts)):
        host = hosts[i % len(hosts)]
        at, _ = scene.resolver.resolve(scene, host, bad.name, t)
        tcp = Tcp(scene, host, bad.host, port, at + 1e-3).open()
        if service == "tls":
            shown = Server(bad.name, bad.issuer, bad.tls13, 0)
            tls = Tls(tcp, BROWSERS[host.stack.name], shown, bad.name).handshake()
            tls.send(ORIG, dice.whole(200, 700))
            tls.send(RESP, dice.whole(900, 9000), 0.02)
            tls.close()
        else:
            head = {"User-Agent": BROWSERS[host.stack.name].user_agent}
            ask = web.Request(bad.name, f"/{dice.hex(6)}/invoice.zip", headers=head)
            body = web.Answer(
                200, "application/zip", b"PK\x03\x04" + dice.noise(dice.whole(2000, 9000))
            )
            web.exchange(tcp, ask, body, 0.02)
            tcp.close()
        t += gap * dice.uniform(0.7, 1.3)
    domain = bad.name.split(".", 1)[1]
    if style == "address":
        scene.indicators.append((bad.host.ip, "ip", "malware delivery host"))
    else:
        listed = bad.name if dice.chance(0.5) else domain
        scene.indicators.append((listed, "domain", "malware delivery domain"))
    roles = {h.ip: "infected" for h in hosts} | {bad.host.ip: "attacker", bad.name: "domain"}
    return Deed(
        [h.ip for h in hosts], [bad.host.ip], "tcp",
        f"{len(hosts)} host(s) talk to {bad.name} ({bad.host.ip}), known by {style}",
        ("T1071.001", "T1105"), roles, [port], service, [bad.name],
        via=[scene.network.role("dns_server").ip, scene.network.upstream.ip],
        used=evasions.used(style=style, service=service, tries=count, sources=len(hosts)),
    )  # fmt: skip


ATTACK = Attack("known_bad", ("slow", "sources", "tries", "style", "service", "port"), stage)
