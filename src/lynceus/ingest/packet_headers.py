"""Headers of many packets at once: from the link to the ports, for exports and sampled packets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lynceus.ingest.wire_bytes import Bytes, Flags, Places, gathered, u8, u16

IPV4, IPV6 = 4, 6
TCP, UDP, SCTP, ICMP, ICMP6 = 6, 17, 132, 1, 58
PORTED = (TCP, UDP, SCTP)

VLAN_TYPES = (0x8100, 0x88A8, 0x9100)
ETHER_TYPES = {0x0800: IPV4, 0x86DD: IPV6}
NULL_FAMILIES = {2: IPV4, 24: IPV6, 28: IPV6, 30: IPV6}

EXTENSION_HEADERS = (0, 43, 60, 135, 139, 140)
"""IPv6 headers that stand before the transport and tell their length in eighths less one."""

FRAGMENT_HEADER = 44
MOST_EXTENSIONS = 6

LINKS = (0, 1, 12, 14, 101, 108, 113, 228, 229, 276)
"""Link types (pcap numbers) that are read: null, Ethernet, raw IP, loop, Linux cooked."""


@dataclass(frozen=True)
class Headers:
    """What the headers of packets say; rows are packets, `ip` is 0 where none was found."""

    ip: Places
    src: Bytes
    dst: Bytes
    proto: Places
    src_p: Places
    dst_p: Places
    """Ports, or type and code of ICMP; -1 where there are none or they are not in the packet."""
    tcp_flags: Places
    ip_bytes: Places
    """Length of the IP packet as its header tells."""
    fragment: Flags
    """A part of a packet; later parts have no ports."""
    payload: Places
    """Where the payload behind a UDP header begins."""
    payload_end: Places
    """Where it ends, by the UDP length; beyond the end of what was captured if that is cut."""
    src_mac: Bytes
    dst_mac: Bytes
    has_mac: Flags
    vlan: Places


def headers(data: Bytes, start: Places, end: Places, link: Places) -> Headers:
    """The headers of the packets from `start` to `end`, each of its link type."""
    ip_at, version, vlan, has_mac = _network(data, start, link)
    first = u8(data, ip_at) >> 4
    v4 = (version == IPV4) & (first == 4) & (ip_at + 20 <= end)
    v6 = (version == IPV6) & (first == 6) & (ip_at + 40 <= end)
    header = np.where(v4, (u8(data, ip_at) & 15) * 4, 40)
    v4 &= header >= 20
    proto = np.where(v4, u8(data, ip_at + 9), np.where(v6, u8(data, ip_at + 6), 0))
    total = np.where(v4, u16(data, ip_at + 2), u16(data, ip_at + 4) + 40)
    offset = np.where(v4, u16(data, ip_at + 6) & 0x3FFF, 0)
    proto, at, offset = _behind_extensions(data, end, v6, proto, ip_at + header, offset)
    inside = (v4 | v6) & ((offset & 0x1FFF) == 0)
    ported = inside & np.isin(proto, PORTED) & (at + 4 <= end)
    icmp = inside & np.isin(proto, (ICMP, ICMP6)) & (at + 2 <= end)
    flags = inside & (proto == TCP) & (at + 14 <= end)
    udp = ported & (proto == UDP) & (at + 8 <= end)
    src = gathered(data, ip_at + np.where(v4, 12, 8), 16)
    dst = gathered(data, ip_at + np.where(v4, 16, 24), 16)
    src[v4, 4:] = 0
    dst[v4, 4:] = 0
    return Headers(
        ip=np.where(v4, IPV4, np.where(v6, IPV6, 0)),
        src=src,
        dst=dst,
        proto=proto,
        src_p=np.where(ported, u16(data, at), np.where(icmp, u8(data, at), -1)),
        dst_p=np.where(ported, u16(data, at + 2), np.where(icmp, u8(data, at + 1), -1)),
        tcp_flags=np.where(flags, u8(data, at + 13), -1),
        ip_bytes=total,
        fragment=offset != 0,
        payload=np.where(udp, at + 8, end),
        payload_end=np.where(udp, at + np.maximum(u16(data, at + 4), 8), end),
        src_mac=gathered(data, start + 6, 6),
        dst_mac=gathered(data, start, 6),
        has_mac=has_mac,
        vlan=vlan,
    )


def _network(data: Bytes, start: Places, link: Places) -> tuple[Places, Places, Places, Flags]:
    """Where the IP header begins, its version by the link, the VLAN and who has MAC addresses."""
    ether = link == 1
    cooked, cooked2 = link == 113, link == 276
    at = start + np.select([ether, cooked, cooked2], [12, 14, 0], 0)
    kind = u16(data, at)
    vlan = np.full(start.size, -1, np.int64)
    for _ in range(3):
        tagged = (ether | cooked) & np.isin(kind, VLAN_TYPES)
        if not tagged.any():
            break
        vlan = np.where(tagged & (vlan < 0), u16(data, at + 2) & 0x0FFF, vlan)
        at = np.where(tagged, at + 4, at)
        kind = np.where(tagged, u16(data, at), kind)
    version = np.zeros(start.size, np.int64)
    for word, means in ETHER_TYPES.items():
        version[(ether | cooked | cooked2) & (kind == word)] = means
    raw = np.isin(link, (12, 14, 101, 228, 229))
    version = np.where(raw, u8(data, start) >> 4, version)
    loop = np.isin(link, (0, 108))
    family = np.maximum(u8(data, start), u8(data, start + 3))
    for word, means in NULL_FAMILIES.items():
        version[loop & (family == word)] = means
    behind = np.select([ether | cooked, cooked2, loop], [at + 2, start + 20, start + 4], start)
    return behind, version, vlan, ether


def _behind_extensions(
    data: Bytes, end: Places, v6: Flags, proto: Places, at: Places, offset: Places
) -> tuple[Places, Places, Places]:
    """Transport, its place and the fragment offset behind the extension headers of IPv6."""
    for _ in range(MOST_EXTENSIONS):
        extended = v6 & np.isin(proto, EXTENSION_HEADERS) & (at + 8 <= end)
        fragment = v6 & (proto == FRAGMENT_HEADER) & (at + 8 <= end)
        if not (extended | fragment).any():
            break
        part = u16(data, at + 2)
        offset = np.where(fragment, part >> 3 | (part & 1) << 13, offset)
        proto_next = u8(data, at)
        step = np.where(extended, (u8(data, at + 1) + 1) * 8, np.where(fragment, 8, 0))
        proto = np.where(extended | fragment, proto_next, proto)
        at = at + step
    return proto, at, offset
