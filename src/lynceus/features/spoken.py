"""Windows over what is spoken where: protocols on odd ports, tunnels, peers, mining, echoes."""

from __future__ import annotations

import polars as pl

from lynceus.features.contact import CONTENT_SOURCES, OUTWARD
from lynceus.features.window import (
    Active,
    Count,
    Distinct,
    Max,
    Measure,
    Min,
    Sum,
    Values,
    Window,
)

_SEEN: tuple[Measure, ...] = (
    Max("orig_in", "orig_in"),
    Max("resp_in", "resp_in"),
    Max("resp_network", "resp_network"),
    Max("resp_network_kind", "resp_network_kind"),
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "end_ns"),
)
_VOLUME: tuple[Measure, ...] = (
    Count("connections"),
    Sum("orig_bytes", "orig_bytes"),
    Sum("resp_bytes", "resp_bytes"),
    Max("longest_s", "duration_s"),
)

USUAL_PORTS: dict[str, tuple[int, ...]] = {
    "ssh": (22, 222, 830, 2022, 2200, 2222, 22000, 22022, 22222),
    "telnet": (23, 992, 2323),
    "rdp": (3389, 3388, 3390),
    "smb": (139, 445),
    "ftp": (20, 21, 990, 2121),
    "smtp": (25, 26, 465, 587, 2525),
    "pop3": (110, 995),
    "imap": (143, 993),
    "dns": (53, 5353, 5354, 5355, 137, 853),
    "ldap": (389, 636, 3268, 3269),
    "kerberos": (88, 464),
    "snmp": (161, 162),
    "ntp": (123,),
    "irc": (194, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6670, 6697, 7000),
}
"""Where these are spoken; elsewhere somebody has moved them on purpose."""

_WEB = (
    pl.col("resp_p").is_between(80, 89)
    | pl.col("resp_p").is_between(3000, 3999)
    | pl.col("resp_p").is_between(5000, 5999)
    | pl.col("resp_p").is_between(7000, 10_000)
    | pl.col("resp_p").is_in([443, 591, 593, 631, 1080, 2080, 2082, 2083, 2086, 2087, 2095, 2096])
)
_WRAPPED = _WEB | pl.col("resp_p").is_in(
    [
        *(261, 448, 465, 563, 587, 614, 636, 853, 989, 990, 992, 993, 994, 995, 1194, 1433),
        *(2376, 2484, 3269, 3389, 4031, 4433, 4443, 4444, 4500, 6443, 6514, 6697, 10443),
        *(21, 25, 110, 143, 389, 5223, 16_993, 44_818, 17_778, 20_000),
    ]
)

_spoken = (
    pl.col("unicast")
    & ~pl.col("failed")
    & ~pl.col("reply_like")
    & (pl.col("resp_packets").fill_null(1) > 0)
)

_moved = pl.any_horizontal(
    *(
        (pl.col("service") == service) & ~pl.col("resp_p").is_in(list(ports))
        for service, ports in USUAL_PORTS.items()
    ),
    (pl.col("service") == "http") & OUTWARD & ~_WEB,
    (pl.col("service") == "tls") & (pl.col("proto") == "tcp") & OUTWARD & ~_WRAPPED,
)

ODD_PORTS = Window(
    "odd_ports_1h",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto", "service"),
    (*_VOLUME, *_SEEN),
    "1h",
    (
        _moved
        & _spoken
        & pl.col("source").is_in(CONTENT_SOURCES)
        & (pl.col("orig_p") >= 1024)
        & (pl.col("orig_data_bytes") > 0)
        & (pl.col("resp_data_bytes") > 0)
    ).fill_null(False),
    only=pl.col("service").is_in([*USUAL_PORTS, "http", "tls"]),
)
"""Protocols told by content on ports where they are not at home."""

KNOWN_PORTS: dict[int, str] = {
    22: "ssh", 25: "smtp", 53: "dns", 80: "http", 443: "tls", 445: "smb", 3389: "rdp",
}  # fmt: skip
"""Ports on which one protocol is expected."""

UNKNOWN_SPOKEN = Window(
    "unknown_spoken_1h",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto"),
    (*_VOLUME, *_SEEN),
    "1h",
    (
        _spoken
        & pl.col("source").is_in(CONTENT_SOURCES)
        & (pl.col("proto") == "tcp")
        & (pl.col("part").fill_null(0) == 0)
        & pl.col("history").str.contains(r"^Sh")
        & ~pl.col("history").str.contains("[gG]")
        & (pl.col("missed_bytes").fill_null(0) == 0)
        & (pl.col("orig_data_bytes") >= 64)
        & (pl.col("resp_data_bytes") >= 64)
        & ((pl.col("resp_p") != 53) | (pl.col("orig_packets") > 4))
    ).fill_null(False),
    only=pl.col("service").is_null() & pl.col("resp_p").is_in(list(KNOWN_PORTS)),
)
"""Whole conversations on well-known ports in which the expected protocol was not spoken."""

HIDING: dict[str, str] = {
    "openvpn": "OpenVPN", "wireguard": "WireGuard", "ipsec": "IPsec", "tor": "Tor",
    "socks": "SOCKS", "pptp": "PPTP", "l2tp": "L2TP",
}  # fmt: skip
"""Services that hide what they carry, as sources name them, and their words."""

USUAL_HIDING = [443, 500, 1080, 1194, 1195, 1196, 1197, 1198, 1701, 1723, 4500, 9001, 51820]
"""Ports on which they are at home."""

ANONYMOUS = Window(
    "anonymous_1d",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto", "service"),
    (*_VOLUME, *_SEEN),
    "1d",
    (_spoken & OUTWARD).fill_null(False),
    only=pl.col("service").is_in(list(HIDING)),
)
"""Conversations with the outside that hide what they carry."""

PEER_SERVICES: dict[str, str] = {
    "bittorrent": "BitTorrent", "edonkey": "eDonkey", "gnutella": "Gnutella", "kad": "Kademlia",
    "soulseek": "Soulseek", "directconnect": "Direct Connect",
}  # fmt: skip

_NO_PEERS = [
    *(1194, 1935, 3074, 3478, 3479, 4500, 5060, 5061, 5222, 5223, 5228, 5353, 8080, 8443),
    *(19_302, 19_305),
]
"""High ports of services that are no peers."""

_between_peers = (
    pl.col("proto").is_in(["tcp", "udp"])
    & (pl.col("resp_p") >= 1024)
    & (pl.col("orig_p") >= 1024)
    & ~pl.col("resp_p").is_in(_NO_PEERS)
)

PEERS = Window(
    "peers_1h",
    "flows",
    ("orig_h",),
    (
        Distinct("peers", "resp_h"),
        Distinct("peer_ports", "resp_p"),
        Distinct("own_ports", "orig_p", pl.col("proto") == "udp"),
        Distinct("silent_peers", "resp_h", pl.col("silent")),
        Distinct("told_peers", "resp_h", pl.col("service").is_in(list(PEER_SERVICES))),
        Max("peer_service", pl.when(pl.col("service").is_in(list(PEER_SERVICES))).then("service")),
        Count("connections"),
        Count("udp_connections", pl.col("proto") == "udp"),
        Sum("orig_bytes", "orig_bytes"),
        Sum("resp_bytes", "resp_bytes"),
        Values("peers_sample", "resp_h", k=5),
        Active("active_hours", "1h"),
        *_SEEN,
    ),
    "1h",
    (
        OUTWARD
        & pl.col("unicast")
        & ~pl.col("reply_like")
        & (
            pl.col("service").is_in(list(PEER_SERVICES))
            | (pl.col("service").is_null() & _between_peers)
        )
    ).fill_null(False),
    worth=(pl.col("peers") >= 20) | (pl.col("told_peers") >= 1),
)
"""Outside hosts without a name of a service that one inside host met from port to port."""

POOL_PORTS = [3333, 4444, 5555, 6666, 7777, 9999, 14_433, 14_444, 45_560, 45_700]
"""Ports on which pools publish their stratum service."""

POOL_SHAPES = Window(
    "pool_shapes_1d",
    "flows",
    ("orig_h", "resp_h", "resp_p"),
    (
        *_VOLUME,
        Sum("orig_packets", "orig_packets"),
        Sum("resp_packets", "resp_packets"),
        Sum("connected_s", pl.col("duration_s").round(0).cast(pl.Int64)),
        Count("told_stratum", pl.col("service") == "stratum"),
        *_SEEN,
    ),
    "1d",
    (OUTWARD & _spoken & (pl.col("orig_data_bytes") > 0)).fill_null(False),
    only=(
        (pl.col("service") == "stratum")
        | (
            pl.col("resp_p").is_in(POOL_PORTS)
            & (pl.col("proto") == "tcp")
            & (pl.col("service").is_null() | pl.col("service").is_in(["tls", "json"]))
        )
    ).fill_null(False),
)
"""Conversations that are stratum by content, or on its ports."""

_type = pl.col("orig_p")
_mean_bytes = (pl.col("orig_data_bytes") // pl.col("orig_packets")).cast(pl.Int64)

ECHOES = Window(
    "echoes_1h",
    "flows",
    ("orig_h", "resp_h", "proto"),
    (
        Count("flows"),
        Sum("orig_packets", "orig_packets"),
        Sum("resp_packets", "resp_packets"),
        Sum("orig_bytes", "orig_data_bytes"),
        Sum("resp_bytes", "resp_data_bytes"),
        Max("largest_mean_bytes", _mean_bytes),
        Min("smallest_mean_bytes", _mean_bytes),
        *_SEEN,
    ),
    "1h",
    (pl.col("unicast") & (pl.col("orig_packets") > 0)).fill_null(False),
    only=(
        ((pl.col("proto") == "icmp") & _type.is_in([0, 8]))
        | ((pl.col("proto") == "icmp6") & _type.is_in([128, 129]))
    ).fill_null(False),
    worth=(pl.col("orig_bytes") + pl.col("resp_bytes").fill_null(0)) >= 5_000,
)
"""Echo requests and answers between two hosts, and what they carry."""
