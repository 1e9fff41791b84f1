"""A host asks the DHCP server for one address after another, as itself or under false cards."""

from __future__ import annotations

from dataclasses import replace

from lynceus.lab import datagrams, dhcp
from lynceus.lab.attacks.kind import Attack, insiders, schedule
from lynceus.lab.evasions import Evasions, choose
from lynceus.lab.hosts import Host, mac_text
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed
from lynceus.lab.wire import BROADCAST

_NO_ADDRESS = "0.0.0.0"  # noqa: S104 - the address of a host that has none
_EVERYBODY = "255.255.255.255"


def stage(scene: Scene, evasions: Evasions) -> Deed:
    """`requests`: one host tries addresses from its own; `starvation`: false hardware addresses."""
    dice, network = scene.dice, scene.network
    styles = ("requests", "starvation")
    style = choose("style", evasions.style, styles, dice.pick(styles))
    attacker = insiders(scene, 1)[0]
    server = network.role("dns_server")
    tries = evasions.tries or (dice.whole(36, 60) if scene.small else dice.whole(60, 200))
    gap = (evasions.interval or dice.lognormal(0.35, 0.6)) * evasions.slow
    low, high = network.dhcp_range
    base = str(network.lan.network_address).rsplit(".", 1)[0]
    times = schedule(scene, tries, gap, evasions.jitter)
    tries = len(times)
    for i, t in enumerate(times):
        wanted = f"{base}.{low + (i * 7 + 3) % (high - low + 1)}"
        if style == "requests":
            _request(scene, t, attacker, server, wanted)
        else:
            _starve(scene, t, attacker, server, wanted)
    orig = attacker.ip if style == "requests" else _NO_ADDRESS
    return Deed(
        [orig], [server.ip] if style == "requests" else [server.ip, _EVERYBODY], "udp",
        f"{mac_text(attacker.mac)} ({attacker.ip}) asks for {tries} addresses ({style})",
        ("T1557.003",) if style == "requests" else ("T1499",),
        {orig: "attacker", mac_text(attacker.mac): "attacker", server.ip: "victim"}, [67], "dhcp",
        used=evasions.used(style=style, tries=tries, interval=round(gap, 4),
                           mac=mac_text(attacker.mac)),
    )  # fmt: skip


def _request(scene: Scene, t: float, host: Host, server: Host, wanted: str) -> None:
    """A request for somebody's address from one's own: refused."""
    xid = scene.dice.whole(0, 0xFFFFFFFF)
    ask = dhcp.Message(dhcp.REQUEST, xid, host.mac, requested=wanted, server=server.ip,
                       host_name=host.name)  # fmt: skip
    scene.udp(t, host, server, (68, 67), ask.encode())
    no = dhcp.Message(dhcp.NAK, xid, host.mac, server=server.ip)
    scene.udp(t + scene.turn_s(server) + 1e-3, server, host, (67, 68), no.encode())


def _starve(scene: Scene, t: float, host: Host, server: Host, wanted: str) -> None:
    """A discovery under a false card, the frame sent from the real one; the server offers."""
    dice = scene.dice
    mac = bytes((dice.whole(0, 63) * 4,)) + dice.octets(5)
    xid = dice.whole(0, 0xFFFFFFFF)
    nobody = replace(host, ip=_NO_ADDRESS)
    everybody = datagrams.group(_EVERYBODY, BROADCAST)
    ask = dhcp.Message(dhcp.DISCOVER, xid, mac, host_name=dice.word("abcdefghij", 7))
    scene.udp(t, nobody, everybody, (68, 67), ask.encode())
    terms = dhcp.lease_options(
        scene.network.lan, scene.network.gateway.ip, server.ip, scene.network.domain
    )
    offer = dhcp.Message(dhcp.OFFER, xid, mac, yiaddr=wanted, server=server.ip, lease=terms)
    scene.udp(t + 4e-3, server, everybody, (67, 68), offer.encode())


ATTACK = Attack("dhcp_scan", ("slow", "tries", "style", "interval", "jitter"), stage)
