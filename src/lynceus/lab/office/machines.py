"""What machines do by themselves: monitoring, backup, time, discovery, telemetry, updates."""

from __future__ import annotations

from lynceus.lab import datagrams, der, ssh, web
from lynceus.lab.hello import BROWSERS, GO, PYTHON, SCHANNEL, WINDOWS_11
from lynceus.lab.hosts import MACOS, WINDOWS, Host
from lynceus.lab.office.day import every, plain, secure
from lynceus.lab.scene import Scene
from lynceus.lab.smb import Smb
from lynceus.lab.tcp import ORIG, RESP, Tcp
from lynceus.lab.tls import Server, Tls

_POLL_S = 60.0
_TELEMETRY = (
    "v10.events.data.microsoft.com",
    "self.events.data.microsoft.com",
    "settings-win.data.microsoft.com",
)


def run_machines(scene: Scene) -> None:
    """Everything that runs without people."""
    network = scene.network
    for host in network.hosts:
        _small_talk(scene.fork("talk", host.name), host)
    for host in network.clients:
        _telemetry(scene.fork("telemetry", host.name), host)
    if network.has("monitor"):
        _monitor(scene.fork("monitor"))
        _dead_server(scene.fork("dead"))
        _agents(scene.fork("agents"))
    if network.has("backup_server"):
        _backup(scene.fork("backup"))
    _visitors(scene.fork("visitors"))


def _small_talk(scene: Scene, host: Host) -> None:
    """Time, ARP, discovery."""
    dice, network = scene.dice, scene.network
    clock = (
        scene.directory["time"].host if host.role == "dns_server" else network.role("dns_server")
    )
    period = dice.pick((512.0, 1024.0, 1024.0, 2048.0))
    for t in every(scene, period, 2.0):
        if host.role != "client" or scene.day_start_s <= t < scene.day_end_s:
            datagrams.ntp(scene, t, host, clock)
    peers = [network.gateway, *(h for h in network.servers if h is not host)]
    for t in every(scene, 900.0 if scene.small else 1500.0, 300.0):
        if host.role != "client" or scene.day_start_s <= t < scene.day_end_s:
            datagrams.ask_arp(scene, t, host, dice.pick(peers))
    if host.role == "printer":
        for t in every(scene, 600.0 if scene.small else 3600.0, 5.0):
            datagrams.mdns(scene, t, host, "_ipp._tcp", True)
    elif host.stack is MACOS:
        for t in every(scene, 2700.0, 600.0):
            datagrams.mdns(scene, t, host, "_airplay._tcp", False)
    elif host.stack is WINDOWS and host.role == "client":
        for t in every(scene, 7200.0, 1200.0):
            datagrams.ssdp(scene, t, host)
        if not scene.small:
            datagrams.lease(scene, 14_400 + dice.uniform(0, 7000), host, renew=True)


def _telemetry(scene: Scene, host: Host) -> None:
    """Software that reports home regularly, and certificate checks over HTTP."""
    dice = scene.dice
    profile = WINDOWS_11 if host.stack is WINDOWS else BROWSERS[host.stack.name]
    if host.stack is WINDOWS:
        name, period = dice.pick(_TELEMETRY), dice.pick((300.0, 600.0, 900.0, 1800.0))
    elif host.stack is MACOS:
        name, period = "gateway.icloud.com", dice.pick((900.0, 1800.0))
    else:
        name, period = "incoming.telemetry.mozilla.org", 1800.0
    for t in every(scene, period * scene.pace, 3.0):
        if scene.small and dice.chance(0.6):
            continue
        if scene.day_start_s <= t < scene.day_end_s:
            tls = secure(scene, host, profile, name, t, resumed=dice.chance(0.7))
            tls.send(ORIG, dice.whole(500, 2600), 0.001)
            tls.send(RESP, dice.whole(150, 480), dice.uniform(0.02, 0.08))
            tls.close()
    for t in every(scene, 5400.0 * scene.pace, 900.0):
        if scene.day_start_s <= t < scene.day_end_s:
            _certificate_check(scene, host, t)


def _certificate_check(scene: Scene, host: Host, t: float) -> None:
    dice = scene.dice
    tcp = plain(scene, host, "ocsp.digicert.com", t)
    serial = dice.octets(16)
    request = web.Request(
        "ocsp.digicert.com", "/", "POST",
        {"User-Agent": SCHANNEL.user_agent, "Content-Type": "application/ocsp-request"},
        der.ocsp_request(serial),
    )  # fmt: skip
    body = der.ocsp_response(dice, serial, scene.tape.start_ns)
    answer = web.Answer(200, "application/ocsp-response", body, "ECAcc (ama/8A5C)")
    web.exchange(tcp, request, answer, 0.004)
    tcp.close(ORIG, 2.0)


def _monitor(scene: Scene) -> None:
    """Pings, SNMP and polls of several servers every minute."""
    dice, network = scene.dice, scene.network
    monitor = network.role("monitor")
    watched = [*network.servers, network.role("printer"), network.gateway]
    ident, boot = dice.whole(1, 0xFFFF), dice.uniform(1e5, 4e6)
    for number, t in enumerate(every(scene, _POLL_S, 0.4)):
        for i, host in enumerate(watched):
            datagrams.ping(scene, t + 0.01 * i, monitor, host, (ident, number & 0xFFFF))
        datagrams.snmp(scene, t + 0.2, monitor, network.role("printer"), boot + t)
        for i, (host, port) in enumerate(
            ((network.role("web_server"), 80), (network.role("file_server"), 445),
             (network.role("code_server"), 22))
        ):  # fmt: skip
            _poll(scene, t + 0.5 + 0.1 * i, host, port)


def _poll(scene: Scene, t: float, host: Host, port: int) -> None:
    tcp = Tcp(scene, scene.network.role("monitor"), host, port, t).open()
    if port == 80:
        ask = web.Request(host.name, "/health", headers={"User-Agent": "check_http/2.3.5"})
        web.exchange(tcp, ask, web.Answer(200, "text/plain", b"OK\n"), 0.002)
    elif port == 22:
        tcp.send(RESP, ssh.SERVER.banner.encode() + b"\r\n", 0.004)
        tcp.send(ORIG, b"SSH-2.0-check_ssh_2.3.5\r\n")
    tcp.close()


def _dead_server(scene: Scene) -> None:
    """A service still calls a branch server that was switched off, and one that refuses."""
    dice, network = scene.dice, scene.network
    caller = network.role("web_server")
    dead = network.branch_host(dice.whole(5, 250))
    refusing = network.role("backup_server")
    for t in every(scene, 1800.0, 20.0):
        Tcp(scene, caller, dead, 5432, t).unanswered()
        Tcp(scene, caller, refusing, 5432, t + 25).refused()
    gone = network.unused(dice, 1)[0]
    for t in every(scene, 1200.0, 40.0):
        datagrams.ask_arp_in_vain(scene, t, caller, gone)


def _agents(scene: Scene) -> None:
    """Servers' own jobs: package lists, a script that reads a web service every ten minutes."""
    network, dice = scene.network, scene.dice
    for host, profile, name, period in (
        (network.role("code_server"), GO, "github.com", 600.0),
        (network.role("web_server"), PYTHON, "content.dropboxapi.com", 900.0),
    ):
        for t in every(scene, period, 2.0):
            tls = secure(scene, host, profile, name, t)
            tls.send(ORIG, dice.whole(180, 420))
            tls.send(RESP, dice.whole(700, 5200), 0.06)
            tls.close()
    for host in (network.role("code_server"), network.role("monitor")):
        tcp = plain(scene, host, "security.ubuntu.com", dice.uniform(600, 3000))
        agent = {"User-Agent": "Debian APT-HTTP/1.3 (2.7.14)"}
        for path, size in (("InRelease", 90_000), ("main/binary-amd64/by-hash", 300_000)):
            ask = web.Request("security.ubuntu.com", f"/ubuntu/dists/noble-security/{path}",
                              headers=agent)  # fmt: skip
            answer = web.Answer(200, "application/x-xz", dice.noise(size), "Apache/2.4.52")
            web.exchange(tcp, ask, answer, 0.02)
        tcp.close()


def _backup(scene: Scene) -> None:
    """Before people come, servers save a large file each; every hour a small one follows."""
    dice, network = scene.dice, scene.network
    backup = network.role("backup_server")
    sources = [h for h in network.servers if h is not backup]
    for i, host in enumerate(sources):
        size = int(dice.uniform(0.7e6, 1.2e6) * scene.scale)
        _save(scene, host, backup, 300.0 + 600 * i + dice.uniform(0, 20), size)
        for t in every(scene, 3600.0, 10.0):
            if t > 3600:
                _save(scene, host, backup, t, int(dice.uniform(2e4, 9e4) * scene.scale))


def _save(scene: Scene, host: Host, backup: Host, t: float, size: int) -> None:
    smb = Smb(Tcp(scene, host, backup, 445, t).open(), "svc-backup", scene.network.domain)
    smb.negotiate().login().connect("backups")
    handle = smb.open(f"{host.name}-{int(t)}.bak", True)
    smb.write(handle, scene.dice.noise(size))
    smb.close(handle)
    smb.leave(0.2)


def _visitors(scene: Scene) -> None:
    """People outside who look at the company's own web server."""
    dice, network = scene.dice, scene.network
    server = network.role("web_server")
    shown = Server(f"www.{network.domain}", "Let's Encrypt", organisation=None)
    for number, t in enumerate(every(scene, 300.0 * scene.pace if scene.small else 420.0, 200.0)):
        visitor = scene.directory.visitor(number % 40, dice)
        tls = Tls(
            Tcp(scene, visitor, server, 443, t).open(), BROWSERS["windows"], shown, shown.name
        ).handshake(dice.chance(0.3))
        for _ in range(1 if scene.small else dice.whole(1, 4)):
            tls.send(ORIG, dice.whole(300, 700), dice.exponential(0.5))
            tls.send(RESP, int(min(dice.lognormal(2500, 0.9), 60_000)), 0.01)
        tls.close()
