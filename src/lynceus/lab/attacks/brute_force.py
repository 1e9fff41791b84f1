"""Passwords tried one after another against SSH, RDP, SMB or FTP."""

from __future__ import annotations

from lynceus.lab import rdp, ssh
from lynceus.lab.attacks.kind import Attack, insiders, outsiders, schedule
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hello import IMPLANT_STATIC
from lynceus.lab.hosts import LINUX, WINDOWS, Host
from lynceus.lab.scene import Scene
from lynceus.lab.smb import Smb
from lynceus.lab.tcp import ORIG, RESP, Tcp
from lynceus.lab.truth import Deed

_PORTS = {"ssh": 22, "rdp": 3389, "smb": 445, "ftp": 21}
_USERS = ("root", "admin", "administrator", "test", "user", "oracle", "backup", "guest", "support")


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """Tools that open a connection for each try or few; sometimes the last password is right."""
    dice = scene.dice
    service = choose("service", evasions.service, tuple(_PORTS), dice.pick(("ssh", "rdp", "smb")))
    origin = evasions.origin or dice.pick(("inside", "outside"))
    sources = evasions.sources or 1
    attackers = outsiders(scene, sources) if origin == "outside" else insiders(scene, sources)
    target = _victim(scene, service, attackers)
    port = evasions.port or _PORTS[service]
    tries = evasions.tries or (dice.whole(24, 27) if scene.small else dice.whole(80, 260))
    gap = (evasions.interval or dice.lognormal(1.3, 0.5)) * evasions.slow
    tool = dice.pick(ssh.TOOLS)
    won = dice.chance(0.3)
    times = schedule(scene, tries, gap, evasions.jitter)
    won = won and len(times) == tries
    tries = len(times)
    for i, t in enumerate(times):
        tcp = Tcp(scene, attackers[i % sources], target, port, t).open()
        good = won and i == tries - 1
        if service == "ssh":
            _try_ssh(tcp, tool, good)
        elif service == "rdp":
            _try_rdp(tcp, dice.pick(_USERS), good)
        elif service == "smb":
            _try_smb(tcp, scene, good)
        else:
            _try_ftp(tcp, dice.pick(_USERS), good)
    roles = {h.ip: "attacker" for h in attackers} | {target.ip: "victim"}
    return Deed(
        [h.ip for h in attackers], [target.ip], "tcp",
        f"{len(attackers)} host(s) try {tries} logins on {target.ip}:{port} ({service})"
        + (", the last succeeds" if won else ""),
        ("T1110.001", "T1110"), roles, [port], service,
        used=evasions.used(service=service, origin=origin, sources=len(attackers), tries=tries,
                           interval=round(gap, 3), success=won),
    )  # fmt: skip


def _victim(scene: Scene, service: str, attackers: list[Host]) -> Host:
    ips = {h.ip for h in attackers}
    stack = WINDOWS if service in ("rdp", "smb") else LINUX
    hosts = [h for h in scene.network.hosts if h.ip not in ips and h.stack is stack]
    servers = [h for h in hosts if h.role.endswith("server")]
    return scene.dice.pick(servers or hosts)


def _try_ssh(tcp: Tcp, tool: ssh.Program, good: bool) -> None:
    session = ssh.Ssh(tcp, tool).handshake()
    if good:
        session.login()
        session.close(1.0)
        return
    session.fail()
    tcp.close(ORIG, 1e-3)


def _try_rdp(tcp: Tcp, user: str, good: bool) -> None:
    tls = rdp.connect(tcp, IMPLANT_STATIC, user)
    if good:
        rdp.login(tls, 0.05 if tcp.scene.small else 2)
    else:
        rdp.fail(tls)


def _try_smb(tcp: Tcp, scene: Scene, good: bool) -> None:
    smb = Smb(tcp, scene.dice.pick(_USERS), scene.network.domain).negotiate().login(good)
    if good:
        smb.connect("IPC$")
        smb.leave(0.1)
    else:
        tcp.close(ORIG, 1e-3)


def _try_ftp(tcp: Tcp, user: str, good: bool) -> None:
    dice = tcp.scene.dice
    tcp.send(RESP, b"220 (vsFTPd 3.0.5)\r\n", 2e-3)
    tcp.send(ORIG, f"USER {user}\r\n".encode(), 1e-3)
    tcp.send(RESP, b"331 Please specify the password.\r\n", 1e-3)
    tcp.send(ORIG, f"PASS {dice.word('abcdefghijkmnopqrstuvwxyz0123456789', 8)}\r\n".encode(), 1e-3)
    if good:
        tcp.send(RESP, b"230 Login successful.\r\n", 0.1)
    else:
        tcp.send(RESP, b"530 Login incorrect.\r\n", dice.uniform(1.5, 3))
    tcp.send(ORIG, b"QUIT\r\n", 1e-3)
    tcp.send(RESP, b"221 Goodbye.\r\n", 1e-3)
    tcp.close(RESP)


ATTACK = Attack(
    "brute_force",
    ("slow", "sources", "tries", "service", "origin", "port", "interval", "jitter"),
    stage,
)
