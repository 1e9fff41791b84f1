"""What people do: browse, read mail, chat, save files, print, log in and mistype."""

from __future__ import annotations

from lynceus.lab import datagrams, ssh, web
from lynceus.lab.hello import BROWSERS, SCHANNEL, WINDOWS_11
from lynceus.lab.hosts import WINDOWS, Host
from lynceus.lab.names import THIRD_PARTIES
from lynceus.lab.office.day import moments, secure
from lynceus.lab.scene import Scene
from lynceus.lab.smb import Smb
from lynceus.lab.tcp import ORIG, RESP, Tcp

_VISIT_GAP_S = 1300.0
_MOST_ANSWERS = 8


def run_people(scene: Scene) -> None:
    """A working day of everybody."""
    for host in scene.network.clients:
        _arrive(scene.fork("arrive", host.name), host)
        _browse(scene.fork("browse", host.name), host)
        _mail(scene.fork("mail", host.name), host)
        _files(scene.fork("files", host.name), host)
        _mistype(scene.fork("typos", host.name), host)
        if not scene.small:
            _chat(scene.fork("chat", host.name), host)
    if not scene.small:
        _develop(scene.fork("develop"))


def _arrive(scene: Scene, host: Host) -> None:
    """A machine wakes up: lease, gateway, domain controller."""
    t = max(1.0, scene.day_start_s + scene.dice.gauss() * (5 if scene.small else 900))
    datagrams.lease(scene, t, host)
    datagrams.ask_arp(scene, t + 0.2, host, scene.network.gateway)
    datagrams.ask_arp(scene, t + 0.25, host, scene.network.role("dns_server"))
    if host.stack is WINDOWS:
        domain = scene.network.domain
        scene.resolver.ask(scene, host, f"_ldap._tcp.dc._msdcs.{domain}", "SRV", t + 0.5)
    if host.ip6:
        datagrams.neighbour(scene, t + 0.3, host)


def _browse(scene: Scene, host: Host) -> None:
    """Visits by popularity (Zipf); each loads from the site and from third parties."""
    dice, sites = scene.dice, scene.directory.sites
    favourites = dice.sample(sites, 12)
    profile = BROWSERS[host.stack.name]
    for t in moments(scene, (700.0 * scene.pace if scene.small else _VISIT_GAP_S) / scene.scale):
        if dice.chance(0.45):
            site = dice.pick(favourites)
        else:
            site = sites[min(len(sites) - 1, int(len(sites) ** dice.unit()) - 1)]
        _load(scene, host, site, t, main=True)
        for name, _ in dice.sample(
            THIRD_PARTIES, dice.whole(0, 1) if scene.small else dice.whole(1, 5)
        ):
            _load(scene, host, name, t + dice.uniform(0.15, 0.9), main=False)
    if profile.tls13 and not scene.small:
        secure(scene, host, profile, "update.googleapis.com", scene.day_start_s + 600).close()


def _load(scene: Scene, host: Host, name: str, t: float, main: bool) -> None:
    dice = scene.dice
    tls = secure(scene, host, BROWSERS[host.stack.name], name, t, resumed=dice.chance(0.35))
    size = (1.0 if main else 0.45) * (0.2 if scene.small else 1.0)
    for i in range(dice.whole(1, 2 if scene.small else _MOST_ANSWERS if main else 3)):
        tls.send(ORIG, int(dice.lognormal(420, 0.4)), dice.exponential(0.08))
        answer = dice.lognormal(6_000 if i == 0 and main else 2_500, 0.9)
        tls.send(RESP, int(min(answer * size, 250_000)), dice.exponential(0.04))
    idle = dice.pick((5.0, 15.0, 30.0, 60.0)) * dice.uniform(0.9, 1.1)
    if dice.chance(0.75):
        tls.close(ORIG, idle)
    else:
        tls.tcp.reset(ORIG, idle)


def _mail(scene: Scene, host: Host) -> None:
    """A mail program asks every few minutes; sometimes something came, sometimes one writes."""
    dice = scene.dice
    name = "imap.gmail.com" if host.stack.name == "linux" else "outlook.office365.com"
    port = 993 if host.stack.name == "linux" else 443
    period = dice.pick((600.0, 900.0, 1800.0)) * scene.pace
    profile = WINDOWS_11 if host.stack is WINDOWS else BROWSERS[host.stack.name]
    t = scene.day_start_s + dice.uniform(0, period)
    while t < scene.day_end_s and not (scene.small and dice.chance(0.7)):
        tls = secure(scene, host, profile, name, t, port=port, resumed=dice.chance(0.8))
        for _ in range(dice.whole(2, 4)):
            tls.send(ORIG, dice.whole(60, 380), dice.uniform(0.001, 0.02))
            tls.send(RESP, dice.whole(120, 900), dice.uniform(0.005, 0.06))
        if dice.chance(0.25) and not scene.small:
            tls.send(RESP, int(min(dice.lognormal(3500, 1.0), 80_000)), 0.05)
        if dice.chance(0.04) and not scene.small:
            tls.send(ORIG, int(min(dice.lognormal(12_000, 1.2), 200_000)), 0.4)
            tls.send(RESP, 220, 0.1)
        tls.close(ORIG, 0.3)
        t += period + dice.uniform(0, 4)


def _files(scene: Scene, host: Host) -> None:
    """Documents read from and saved to the file server; once in a while a print job."""
    dice, network = scene.dice, scene.network
    if host.stack is not WINDOWS:
        return
    for t in moments(scene, 400.0 * scene.pace if scene.small else 3000.0 / scene.scale):
        server = network.role("file_server")
        scene.resolver.ask(scene, host, f"{server.name}.{network.domain}", "A", t)
        smb = Smb(Tcp(scene, host, server, 445, t + 0.004).open(), host.owner, network.domain)
        smb.negotiate()
        if dice.chance(0.02):
            smb.login(good=False)
            smb.tcp.wait(dice.uniform(3, 9))
        smb.login().connect("Documents")
        for _ in range(1 if scene.small else dice.whole(1, 4)):
            size = int(min(dice.lognormal(900 if scene.small else 11_000, 0.9), 200_000))
            saving = dice.chance(0.35)
            handle = smb.open(f"team\\report-{dice.whole(1, 400)}.docx", saving, size)
            if saving:
                smb.write(handle, dice.noise(size))
            else:
                smb.read(handle, size)
            smb.close(handle)
            smb.tcp.wait(dice.exponential(2.0 if scene.small else 20.0))
        smb.leave(dice.uniform(1, 12))
        if dice.chance(0.15) and not scene.small:
            printer = network.role("printer")
            job = Tcp(scene, host, printer, 9100, t + 30).open()
            job.send(ORIG, b"\x1b%-12345X@PJL JOB\r\n" + dice.noise(dice.whole(20_000, 90_000)))
            job.close(ORIG, 0.5)


def _mistype(scene: Scene, host: Host) -> None:
    """Names that do not exist, asked with the search domain too."""
    dice = scene.dice
    for t in moments(scene, 500.0 * scene.pace if scene.small else 6000.0):
        name = dice.pick(scene.directory.sites)
        spot = dice.whole(1, len(name) - 5)
        wrong = name[:spot] + dice.word("abcdefghijklmnopqrstuvwxyz", 2) + name[spot + 1 :]
        scene.resolver.ask(scene, host, wrong, "A", t)
        scene.resolver.ask(scene, host, f"{wrong}.{scene.network.domain}", "A", t + 0.05)
        if host.stack is WINDOWS:
            datagrams.llmnr(scene, t + 0.1, host, wrong.split(".")[0])


def _chat(scene: Scene, host: Host) -> None:
    """A chat program holds one connection for hours and says it is alive."""
    dice = scene.dice
    if not dice.chance(0.4):
        return
    start = scene.day_start_s + dice.uniform(300, 3000)
    end = min(scene.day_end_s, start + dice.uniform(3, 8) * 3600)
    tls = secure(scene, host, BROWSERS[host.stack.name], "wss-primary.slack.com", start)
    while tls.tcp.t < end:
        tls.send(ORIG, 36, dice.uniform(25, 32))
        tls.send(RESP, 36, 0.01)
        if dice.chance(0.12):
            tls.send(RESP, dice.whole(200, 4000), dice.uniform(1, 8))
    tls.close()


def _develop(scene: Scene) -> None:
    """The developer: a long terminal session, git to the inside and to a well-known host."""
    dice, network = scene.dice, scene.network
    host, git = network.role("developer"), network.role("code_server")
    start = scene.day_start_s + dice.uniform(600, 5400)
    session = ssh.Ssh(Tcp(scene, host, git, 22, start).open()).handshake()
    session.fail(dice.uniform(2, 6))
    session.fail(dice.uniform(2, 6))
    session.login(dice.uniform(2, 6))
    end = start + dice.uniform(1.5, 3) * 3600
    while session.tcp.t < end:
        session.type(dice.whole(8, 40))
        session.tcp.wait(dice.exponential(240))
    session.close()
    for t in moments(scene, 2400.0):
        inside = dice.chance(0.6)
        at, server = t, git
        if not inside:
            at, service = scene.resolver.resolve(scene, host, "github.com", t)
            server = service.host
        program = ssh.SERVER if inside else ssh.GIT_SERVER
        push = ssh.Ssh(Tcp(scene, host, server, 22, at + 0.002).open(), server=program).handshake()
        push.login(0.01)
        side = RESP if dice.chance(0.7) else ORIG
        push.transfer(side, int(min(dice.lognormal(20_000, 1.3), 600_000)), 0.2)
        push.close(0.05)
    for t in moments(scene, 5000.0):
        page = web.Request(
            git.name, f"/builds/{dice.whole(1, 900)}", headers={"User-Agent": "curl/8.5.0"}
        )
        tcp = Tcp(scene, host, git, 8080, t).open()
        web.exchange(tcp, page, web.Answer(body=web.page(dice, 1800)), 0.03)
        tcp.close()
    windows = [h for h in network.clients if h.stack is WINDOWS]
    for host in windows[:2]:
        tls = secure(scene, host, SCHANNEL, "definitions.symantec.com", scene.day_start_s + 1800)
        tls.send(ORIG, 600)
        tls.send(RESP, 260_000, 0.1)
        tls.close()
