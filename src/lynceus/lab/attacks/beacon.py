"""An infected machine asks its master for orders, again and again."""

from __future__ import annotations

from lynceus.lab import web
from lynceus.lab.attacks.kind import Attack, begin, insiders
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hello import GO, IMPLANT, IMPLANT_STATIC, PYTHON
from lynceus.lab.hosts import Host
from lynceus.lab.names import Service, rogue_service
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import ORIG, RESP, Tcp
from lynceus.lab.tls import Server, Tls
from lynceus.lab.truth import Deed

_PATHS = ("/submit.php", "/api/v1/status", "/pixel.gif", "/jquery-3.3.1.min.js", "/news/feed", "/g")


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """Short TLS or HTTP sessions at an interval with jitter; now and then there is an order."""
    dice = scene.dice
    service = choose(
        "service", evasions.service, ("tls", "http"), dice.pick(("tls", "tls", "http"))
    )
    style = choose(
        "style", evasions.style, ("name", "address"), dice.pick(("name", "name", "address"))
    )
    hosts = insiders(scene, evasions.sources or 1)
    master = rogue_service(scene.directory, dice)
    interval = evasions.interval or (
        dice.uniform(60, 85) if scene.small else dice.lognormal(120, 0.7)
    )
    interval *= evasions.slow
    jitter = dice.pick((0.0, 0.05, 0.1, 0.2)) if evasions.jitter is None else evasions.jitter
    duration = evasions.hours * 3600 if evasions.hours else (
        0.85 * scene.length_s if scene.small else dice.uniform(3, 6) * 3600
    )  # fmt: skip
    port = evasions.port or (443 if service == "tls" else 80)
    caller = _Caller(scene, master, port, style == "name", evasions.padding)
    beats = 0
    for host in hosts:
        t = begin(scene, duration) if not scene.small else 20.0 + dice.uniform(0, 20)
        end = min(t + duration, scene.length_s)
        while t < end:
            caller.beat(host, t, service)
            beats += 1
            t += interval * (1 + jitter * dice.uniform(-1, 1))
    roles = {h.ip: "infected" for h in hosts} | {master.host.ip: "attacker"}
    if style == "name":
        roles[master.name] = "domain"
    return Deed(
        [h.ip for h in hosts], [master.host.ip], "tcp",
        f"{len(hosts)} host(s) call {master.name} every {interval:.0f} s ({service}, {beats}x)",
        ("T1071.001", "T1573"), roles, [port], service,
        [master.name] if style == "name" else [], via=_via(scene),
        used=evasions.used(service=service, style=style, sources=len(hosts), jitter=jitter,
                           interval=round(interval, 1), beats=beats, padding=evasions.padding),
    )  # fmt: skip


class _Caller:
    """The implant: one of a few programs, with habits of its own."""

    def __init__(self, scene: Scene, master: Service, port: int, named: bool, padding: int) -> None:
        dice = scene.dice
        self.scene, self.master, self.port, self.named = scene, master, port, named
        self.padding = padding
        self.profile = dice.pick((IMPLANT, IMPLANT_STATIC, GO, PYTHON))
        self.path, self.size = dice.pick(_PATHS), dice.whole(80, 400)
        self.certificate = Server(
            dice.pick((master.name, "localhost", "DESKTOP-" + dice.hex(6).upper())),
            dice.pick(("Let's Encrypt", master.name)), dice.chance(0.4), chain=0,
        )  # fmt: skip

    def beat(self, host: Host, t: float, service: str) -> None:
        """One call with its answer."""
        scene, dice = self.scene, self.scene.dice
        if self.named:
            t, _ = scene.resolver.resolve(scene, host, self.master.name, t)
        tcp = Tcp(scene, host, self.master.host, self.port, t + 1e-3).open()
        up = self.size + dice.whole(0, self.padding)
        task = dice.chance(0.03)
        down = dice.whole(900, 6000) if task else 60 + dice.whole(0, self.padding)
        if service == "tls":
            name = self.master.name if self.named else None
            tls = Tls(tcp, self.profile, self.certificate, name).handshake()
            tls.send(ORIG, up, 1e-3)
            tls.send(RESP, down, dice.uniform(2e-3, 2e-2))
            if task:
                tls.send(ORIG, dice.whole(300, 4000), dice.uniform(0.2, 2))
            tls.close()
            return
        where = self.master.name if self.named else self.master.host.ip
        cookie = {"User-Agent": self.profile.user_agent, "Accept": "*/*",
                  "Cookie": f"SID={dice.hex(min(up, 2000))}"}  # fmt: skip
        answer = web.Answer(200, "application/octet-stream", dice.noise(down), "Apache")
        web.exchange(tcp, web.Request(where, self.path, headers=cookie), answer, 0.01)
        tcp.close(RESP)


def _via(scene: Scene) -> list[str]:
    return [scene.network.role("dns_server").ip]


ATTACK = Attack(
    "beacon",
    ("slow", "sources", "interval", "jitter", "padding", "hours", "service", "style", "port"),
    stage,
)
