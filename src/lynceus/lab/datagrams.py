"""Small talk of every network: ARP, ping, NTP, DHCP leases, discovery, SNMP, STUN and media."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import replace

from lynceus.lab import der, dhcp, dns
from lynceus.lab.dns import Record
from lynceus.lab.hosts import LINUX, Host
from lynceus.lab.scene import Scene
from lynceus.lab.wire import BROADCAST, Lane, arp

_NTP_1970 = 2_208_988_800
_MDNS_MAC = bytes.fromhex("01005e0000fb")
_SSDP_MAC = bytes.fromhex("01005e7ffffa")
_LLMNR_MAC = bytes.fromhex("01005e0000fc")
_NO_ADDRESS = "0.0.0.0"  # noqa: S104 - the address of a host that has none


def group(address: str, mac: bytes) -> Host:
    """A multicast group or the broadcast address as a destination."""
    return Host("group", address, mac, LINUX, "group")


def ask_arp(scene: Scene, t: float, asker: Host, target: Host) -> float:
    """Who has `target`? With its answer."""
    scene.tape.put(t, arp(1, asker, target.packed, None))
    t += scene.dice.uniform(5e-5, 6e-4)
    scene.tape.put(t, arp(2, target, asker.packed, asker.mac))
    return t


def ask_arp_in_vain(scene: Scene, t: float, asker: Host, address: str, tries: int = 3) -> float:
    """Who has an address that nobody has? Asked a few times, a second apart."""
    packed = ipaddress.IPv4Address(address).packed
    for i in range(tries):
        scene.tape.put(t + i * 1.0, arp(1, asker, packed, None))
    return t + tries - 1


def ping(scene: Scene, t: float, orig: Host, resp: Host | str, echo: tuple[int, int]) -> None:
    """An echo request of (id, sequence), answered when `resp` is a host and not just an address."""
    there = isinstance(resp, Host)
    to = resp if isinstance(resp, Host) else Host("silent", resp, scene.network.gateway.mac, LINUX)
    windows = orig.stack.name == "windows"
    data = b"abcdefghijklmnopqrstuvwabcdefghi" if windows else bytes(range(8, 64))
    rest = struct.pack("!HH", *echo)
    scene.tape.put(t, Lane(orig, to).icmp(8, 0, rest, data))
    if there:
        scene.tape.put(t + scene.turn_s(to), Lane(to, orig).icmp(0, 0, rest, data))


def ntp(scene: Scene, t: float, client: Host, server: Host) -> None:
    """A time request and its answer."""
    port = 123 if client.stack.name != "linux" else scene.source_port(client)
    asked = struct.pack("!BBbbIII", 0x23, 0, 6, -20, 0, 0, 0) + bytes(24) + _ntp_time(scene, t)
    there = t + scene.turn_s(server)
    stamp = _ntp_time(scene, there)
    told = struct.pack("!BBbbII", 0x24, 2, 6, -23, 0x00000B2A, 0x0000035D)
    told += ipaddress.IPv4Address("192.53.103.108").packed + _ntp_time(scene, t - 300)
    told += asked[40:48] + stamp + stamp
    scene.udp(t, client, server, (port, 123), asked)
    scene.udp(there, server, client, (123, port), told)


def lease(scene: Scene, t: float, host: Host, renew: bool = False) -> None:
    """DISCOVER, OFFER, REQUEST, ACK; or the REQUEST and ACK of a renewal."""
    net, dice = scene.network, scene.dice
    server = net.role("dns_server")
    xid = dice.whole(0, 0xFFFFFFFF)
    vendor = "MSFT 5.0" if host.stack.name == "windows" else None
    base = dhcp.Message(
        dhcp.DISCOVER, xid, host.mac, host_name=host.name, vendor=vendor, requested=host.ip
    )
    terms = dhcp.lease_options(net.lan, net.gateway.ip, server.ip, net.domain)
    given = replace(base, kind=dhcp.ACK, yiaddr=host.ip, server=server.ip, lease=terms,
                    requested=None, host_name=None, vendor=None)  # fmt: skip
    everybody = group("255.255.255.255", BROADCAST)
    up, down = (dhcp.CLIENT_PORT, dhcp.SERVER_PORT), (dhcp.SERVER_PORT, dhcp.CLIENT_PORT)
    if renew:
        ask = replace(base, kind=dhcp.REQUEST, ciaddr=host.ip, requested=None)
        scene.udp(t, host, server, up, ask.encode())
        told = replace(given, ciaddr=host.ip).encode()
        scene.udp(t + scene.turn_s(server) + 1e-3, server, host, down, told)
        return
    nobody = replace(host, ip=_NO_ADDRESS)
    scene.udp(t, nobody, everybody, up, base.encode())
    t += dice.uniform(2e-3, 2e-2)
    scene.udp(t, server, host, down, replace(given, kind=dhcp.OFFER).encode())
    t += dice.uniform(1e-3, 4e-3)
    chosen = replace(base, kind=dhcp.REQUEST, server=server.ip)
    scene.udp(t, nobody, everybody, up, chosen.encode())
    t += dice.uniform(2e-3, 9e-3)
    scene.udp(t, server, host, down, given.encode())


def mdns(scene: Scene, t: float, host: Host, service: str, answered: bool) -> None:
    """A multicast question for a service, or the announcement of one's own."""
    to = group("224.0.0.251", _MDNS_MAC)
    if not answered:
        data = dns.message(0, 0, [(f"{service}.local", "PTR")])
    else:
        own = f"{host.name}.{service}.local"
        records = [
            Record(f"{service}.local", "PTR", 4500, own),
            Record(own, "SRV", 120, f"631 {host.name}.local"),
            Record(f"{host.name}.local", "A", 120, host.ip),
        ]
        data = dns.message(0, 0x8400, [], records)
    scene.udp(t, replace(host, stack=replace(host.stack, ttl=255)), to, (5353, 5353), data)


def ssdp(scene: Scene, t: float, host: Host) -> None:
    """A search for devices."""
    text = (
        'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n'
        "MX: 1\r\nST: urn:dial-multiscreen-org:service:dial:1\r\n\r\n"
    )
    near = replace(host, stack=replace(host.stack, ttl=4))
    ports = (scene.source_port(host), 1900)
    for i in range(4):
        to = group("239.255.255.250", _SSDP_MAC)
        scene.udp(t + i * 1.0, near, to, ports, text.encode())


def llmnr(scene: Scene, t: float, host: Host, name: str) -> None:
    """A Windows host asks its neighbours for a name no server knew."""
    near = replace(host, stack=replace(host.stack, ttl=1))
    ports = (scene.source_port(host), 5355)
    for kind in ("A", "AAAA"):
        data = dns.message(scene.dice.whole(0, 0xFFFF), 0, [(name, kind)])
        for wait in (0.0, 0.41):
            scene.udp(t + wait, near, group("224.0.0.252", _LLMNR_MAC), ports, data)


def snmp(scene: Scene, t: float, monitor: Host, device: Host, uptime_s: float) -> None:
    """A monitor reads a device's uptime and name."""
    number = scene.dice.whole(1, 0x7FFFFFFF)
    names = ("1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0")
    ticks = int(uptime_s * 100)
    values = (der.tlv(0x43, ticks.to_bytes(4, "big")), der.tlv(4, device.name.encode()))
    ports = (scene.source_port(monitor), 161)
    scene.udp(t, monitor, device, ports, der.snmp(number, names, None))
    back = t + scene.turn_s(device) + 2e-3
    scene.udp(back, device, monitor, ports[::-1], der.snmp(number, names, values))


def call(scene: Scene, t: float, host: Host, relay: Host, minutes: float) -> None:
    """A video call through a relay: STUN, then media both ways at a moderated rate."""
    dice = scene.dice
    ports = (scene.source_port(host), 3478)
    up, down = Lane(host, relay), Lane(relay, host)
    stun = struct.pack("!HHI", 1, 0, 0x2112A442)
    mapped = struct.pack("!HHBBH4s", 0x20, 8, 0, 1, ports[0] ^ 0x2112, _xor(host.packed))
    for i in range(3):
        transaction = dice.octets(12)
        at = t + 0.1 * i
        scene.tape.put(at, up.udp(ports, stun + transaction))
        reply = struct.pack("!HHI", 0x0101, 12, 0x2112A442) + transaction + mapped
        scene.tape.put(at + scene.turn_s(relay), down.udp(ports[::-1], reply))
    end, at = t + minutes * 60, t + 0.5
    step, number = 1.1 / max(scene.scale, 0.1), 0
    ids = (dice.whole(0, 0xFFFFFFFF), dice.whole(0, 0xFFFFFFFF))
    while at < end:
        number += 1
        for lane, pair, source in ((up, ports, 0), (down, ports[::-1], 1)):
            head = struct.pack("!BBHII", 0x80, 96, number & 0xFFFF, int(at * 9e4) & 0xFFFFFFFF,
                               ids[source])  # fmt: skip
            size = int(min(1150, max(60, dice.lognormal(420, 0.6))))
            scene.tape.put(at + dice.uniform(0, 0.02), lane.udp(pair, head + dice.noise(size)))
        at += step


def neighbour(scene: Scene, t: float, host: Host) -> None:
    """IPv6 neighbour discovery: a host asks for the gateway's link address."""
    router = scene.network.gateway
    if host.packed6 is None or router.packed6 is None:
        return
    solicited = ipaddress.IPv6Address(
        int.from_bytes(bytes.fromhex("ff0200000000000000000001ff000000"), "big")
        | int.from_bytes(router.packed6[-3:], "big")
    )
    to = replace(group("224.0.0.1", b"\x33\x33\xff" + router.packed6[-3:]), ip6=str(solicited))
    ask = router.packed6 + b"\x01\x01" + host.mac
    scene.tape.put(t, Lane(host, to, v6=True).icmp6(135, bytes(4), ask))
    tell = router.packed6 + b"\x02\x01" + router.mac
    t += scene.dice.uniform(1e-4, 1e-3)
    scene.tape.put(t, Lane(router, host, v6=True).icmp6(136, b"\xe0\x00\x00\x00", tell))


def _ntp_time(scene: Scene, t: float) -> bytes:
    seconds, ns = divmod(scene.tape.start_ns + int(t * 1e9), 1_000_000_000)
    return struct.pack("!II", seconds + _NTP_1970, (ns << 32) // 1_000_000_000)


def _xor(address: bytes) -> bytes:
    return (int.from_bytes(address, "big") ^ 0x2112A442).to_bytes(4, "big")
