"""Things that happen once or twice a day: a call, an upload, a remote desktop, a slip."""

from __future__ import annotations

from lynceus.lab import datagrams, rdp, ssh
from lynceus.lab.hello import BROWSERS, SCHANNEL
from lynceus.lab.hosts import WINDOWS
from lynceus.lab.office.day import secure
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import ORIG, RESP, Tcp


def run_errands(scene: Scene) -> None:
    """The day's larger single events; a small scenario has none of them."""
    if scene.small:
        return
    _calls(scene.fork("calls"))
    _uploads(scene.fork("uploads"))
    _remote_desktop(scene.fork("desktop"))
    _slips(scene.fork("slips"))


def _within_day(scene: Scene, share_low: float, share_high: float) -> float:
    length = scene.day_end_s - scene.day_start_s
    return scene.day_start_s + length * scene.dice.uniform(share_low, share_high)


def _calls(scene: Scene) -> None:
    """Video calls of half an hour to an hour."""
    dice = scene.dice
    relay = scene.directory["turn.teams.microsoft.com"].host
    for host in dice.sample(scene.network.clients, 2):
        t = _within_day(scene, 0.1, 0.8)
        t, _ = scene.resolver.resolve(scene, host, "turn.teams.microsoft.com", t)
        datagrams.call(scene, t, host, relay, dice.uniform(20, 45))


def _uploads(scene: Scene) -> None:
    """Somebody puts a few files into the company's cloud storage."""
    dice = scene.dice
    names = ("content.dropboxapi.com", "contoso-my.sharepoint.com")
    for host in dice.sample(scene.network.clients, 3):
        tls = secure(scene, host, BROWSERS[host.stack.name], dice.pick(names),
                     _within_day(scene, 0.1, 0.9))  # fmt: skip
        for _ in range(dice.whole(1, 4)):
            tls.send(ORIG, int(dice.uniform(2e5, 6e5) * scene.scale), dice.uniform(0.2, 4))
            tls.send(RESP, dice.whole(250, 700), 0.12)
        tls.close(ORIG, 5.0)


def _remote_desktop(scene: Scene) -> None:
    """An administrator looks after the file server; the first password is wrong."""
    dice, network = scene.dice, scene.network
    people = [h for h in network.clients if h.stack is WINDOWS]
    if not people:
        return
    host, server = dice.pick(people), network.role("file_server")
    t = _within_day(scene, 0.2, 0.7)
    wrong = rdp.connect(Tcp(scene, host, server, 3389, t).open(), SCHANNEL, f"adm-{host.owner}")
    t = rdp.fail(wrong)
    right = rdp.connect(
        Tcp(scene, host, server, 3389, t + dice.uniform(5, 15)).open(),
        SCHANNEL,
        f"adm-{host.owner}",
    )
    rdp.login(right, dice.uniform(4, 12))


def _slips(scene: Scene) -> None:
    """Somebody mistypes a password a few times over SSH, then remembers it."""
    dice, network = scene.dice, scene.network
    host, server = dice.pick(network.clients), network.role("web_server")
    tcp = Tcp(scene, host, server, 22, _within_day(scene, 0.2, 0.9)).open()
    session = ssh.Ssh(tcp, ssh.OPENSSH_WINDOWS if host.stack is WINDOWS else ssh.OPENSSH)
    session.handshake()
    for _ in range(3):
        session.fail(dice.uniform(2, 7))
    t = tcp.close(ORIG, 0.1)
    tcp = Tcp(scene, host, server, 22, t + dice.uniform(4, 20)).open()
    session = ssh.Ssh(tcp, session.client).handshake()
    session.login(dice.uniform(2, 6))
    session.type(30)
    session.close(5.0)
    gone = Tcp(scene, host, network.role("printer"), 3389, t + 300)
    gone.refused()
    silent = Tcp(scene, host, scene.network.branch_host(251), 445, t + 400)
    silent.unanswered()
