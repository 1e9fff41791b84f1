"""A workstation goes from machine to machine with an administrator's password."""

from __future__ import annotations

from lynceus.lab import ntlm, rdp
from lynceus.lab.attacks.kind import Attack, insiders, schedule, windows_hosts
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hello import SCHANNEL
from lynceus.lab.hosts import WINDOWS, Host
from lynceus.lab.scene import Scene
from lynceus.lab.smb import Smb
from lynceus.lab.tcp import Tcp
from lynceus.lab.truth import Deed


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """`service`: a program copied to ADMIN$ and started as a service; `desktop`: RDP sessions."""
    dice = scene.dice
    styles = ("service", "desktop")
    style = choose("style", evasions.style, styles, dice.pick(("service", "service", "desktop")))
    source = insiders(scene, 1, WINDOWS)[0]
    reachable = windows_hosts(scene, [source])
    count = evasions.targets or (dice.whole(3, 4) if scene.small else dice.whole(5, 8))
    targets = reachable[:count]
    gap = (evasions.interval or dice.lognormal(18 if scene.small else 45, 0.4)) * evasions.slow
    admin = dice.pick(("adm-svc", "administrator", "sccm-push", "helpdesk"))
    size = dice.whole(4_000, 7_000) if scene.small else dice.whole(60_000, 180_000)
    times = schedule(scene, len(targets), gap, evasions.jitter)
    targets = targets[: len(times)]
    denied = dice.whole(0, len(targets) - 1) if len(targets) > 3 and dice.chance(0.5) else -1
    for i, (t, target) in enumerate(zip(times, targets, strict=True)):
        if style == "service":
            _install(scene, (source, target), (admin, size), t, i == denied)
        else:
            tls = rdp.connect(Tcp(scene, source, target, 3389, t).open(), SCHANNEL, admin)
            if i == denied:
                rdp.fail(tls)
            else:
                rdp.login(tls, 0.05 if scene.small else dice.uniform(1, 4))
    port = 445 if style == "service" else 3389
    service = "smb" if style == "service" else "rdp"
    roles = {source.ip: "attacker"} | {h.ip: "victim" for h in targets}
    return Deed(
        [source.ip], [h.ip for h in targets], "tcp",
        f"{source.ip} logs in to {len(targets)} machines as {admin} ({style})",
        ("T1021.002", "T1569.002") if style == "service" else ("T1021.001",), roles, [port],
        service,
        used=evasions.used(style=style, targets=len(targets), interval=round(gap, 1)),
    )  # fmt: skip


def _install(
    scene: Scene, ends: tuple[Host, Host], who: tuple[str, int], t: float, denied: bool
) -> None:
    """Copies a program to the administrative share and starts it as a service."""
    dice, (source, target) = scene.dice, ends
    name = dice.word("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 8)
    smb = Smb(Tcp(scene, source, target, 445, t).open(), who[0], scene.network.domain)
    smb.negotiate().login()
    smb.connect("IPC$")
    smb.connect("ADMIN$", good=not denied)
    if denied:
        smb.leave(0.05)
        return
    handle = smb.open(f"{name}.exe", True)
    smb.write(handle, b"MZ\x90\x00" + dice.noise(who[1]))
    smb.close(handle)
    smb.connect("IPC$")
    pipe = smb.open("svcctl", True)
    smb.pipe(pipe, *ntlm.bind())
    command = f"%systemroot%\\{name}.exe"
    for ask, tell in ntlm.service_calls(dice, target.name, name[:4], command):
        smb.pipe(pipe, ask, tell)
    smb.close(pipe)
    smb.leave(dice.uniform(2, 20))


ATTACK = Attack("lateral_movement", ("slow", "targets", "interval", "jitter", "style"), stage)
