"""Windows over the local link: who asks for whom by ARP, who claims what, who wants a lease."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.window import Count, Distinct, Max, Measure, Min, Sum, Values, Window

BROADCAST = "ff:ff:ff:ff:ff:ff"

VIRTUAL_MACS = r"^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:05:73:a0:0)"
"""Prefixes of VRRP, HSRP and GLBP: one router speaks for another on purpose."""

_REQUEST = pl.col("operation") == "request"
_REPLY = pl.col("operation") == "reply"
_OWN = pl.col("orig_h") == pl.col("resp_h")
_SEEN: tuple[Measure, ...] = (
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
    *BEHIND,
)


ARP_TARGETS = Window(
    "arp_targets_5m",
    "arp",
    ("orig_h",),
    (
        Distinct("targets", "resp_h", ~_OWN),
        Values("targets_sample", "resp_h", ~_OWN, k=5),
        Values("macs", "src_mac", k=3),
        Count("requests"),
        *_SEEN,
    ),
    "5m",
    _REQUEST & (pl.col("orig_h") != "0.0.0.0"),  # noqa: S104 - probes of hosts that start up
).widened("1h")
"""Addresses that one host asked for by ARP."""

ARP_SLOTS = Window(
    "arp_slots_1h",
    "arp",
    ("orig_h", "slot"),
    (Distinct("targets", "resp_h", ~_OWN),),
    "1h",
    _REQUEST,
    derive={"slot": pl.col("ts_ns") // (300 * 10**9)},
)
"""Addresses that one host asked for in each five minutes of the hour: tells fast from slow."""

ARP_ANSWERS = Window(
    "arp_answers_5m",
    "arp",
    ("resp_h",),
    (Distinct("answering", "orig_h"),),
    "5m",
    _REPLY & ~_OWN,
).widened("1h")
"""Hosts that answered one asker."""

_forged = (pl.col("orig_mac") != pl.col("src_mac")) & ~pl.col("orig_mac").str.contains(VIRTUAL_MACS)
_pushed = _REPLY & (pl.col("dst_mac") == BROADCAST) & ~_OWN
_foreign = pl.col("orig_class").is_in(["private", "link_local"]) & (
    pl.col("resp_class") == "public"
)

ARP_ODDITIES = Window(
    "arp_oddities_1h",
    "arp",
    ("orig_h",),
    (
        Values("src_macs", "src_mac", k=3),
        Count("forged_sender", _forged),
        Count("pushed_replies", _pushed),
        Count("foreign_targets", _foreign),
        Count("messages"),
        Values("claimed_macs", "orig_mac", k=3),
        Values("targets_sample", "resp_h", k=5),
        *_SEEN,
    ),
    "1h",
    (_forged | _pushed | _foreign).fill_null(False),
)
"""ARP messages that no ordinary stack sends, by sender."""

ARP_CLAIMS = Window(
    "arp_claims_5m",
    "arp",
    ("orig_h",),
    (
        Distinct("macs", "orig_mac"),
        Values("macs_sample", "orig_mac", k=5),
        Count("claims"),
        Count("replies", _REPLY),
        *_SEEN,
    ),
    "5m",
    ~pl.col("orig_h").is_in(["0.0.0.0"])  # noqa: S104 - the unspecified sender of a probe
    & ~pl.col("orig_mac").str.contains(VIRTUAL_MACS),
)
"""Hardware addresses that claimed one network address."""

ARP_SPEAKERS = Window(
    "arp_speakers_1h",
    "arp",
    ("orig_mac",),
    (
        Distinct("addresses", "orig_h"),
        Values("addresses_sample", "orig_h", k=8),
        Values("told", "resp_h", _REPLY, k=8),
        Count("replies", _REPLY),
        Count("claims"),
        *_SEEN,
    ),
    "1h",
    ~pl.col("orig_h").is_in(["0.0.0.0"])  # noqa: S104 - the unspecified sender of a probe
    & ~pl.col("orig_mac").str.contains(VIRTUAL_MACS)
    & ~pl.col("orig_class").is_in(["link_local"]).fill_null(False),
)
"""Network addresses that one hardware address claimed."""

_types = pl.col("msg_types").list
_asking = (
    _types.contains("DISCOVER")
    | _types.contains("REQUEST")
    | pl.col("requested_addr").is_not_null()
)
_tries = pl.max_horizontal(
    _types.count_matches("DISCOVER"), _types.count_matches("REQUEST"), pl.lit(1)
)
"""How often a client asked in one exchange."""


DHCP_CLIENTS = Window(
    "dhcp_clients_60s",
    "dhcp",
    (),
    (
        Distinct("clients", "mac"),
        Distinct("requested_addresses", "requested_addr"),
        Distinct("served_clients", "mac", _types.contains("ACK")),
        Sum("tries", _tries),
        Values("macs_sample", "mac", k=5),
        Values("servers", "server_addr", k=3),
        Count("messages"),
        *_SEEN,
    ),
    "60s",
    _asking.fill_null(False),
).widened("1h")
"""Clients that asked for a lease, all together."""

DHCP_MINUTES = Window(
    "dhcp_minutes_1h",
    "dhcp",
    ("minute",),
    (Distinct("clients", "mac"),),
    "1h",
    _asking.fill_null(False),
    derive={"minute": pl.col("ts_ns") // (60 * 10**9)},
)
"""Clients that asked for a lease in each minute of the hour: tells fast from slow."""

DHCP_REQUESTS = Window(
    "dhcp_requests_1h",
    "dhcp",
    ("mac",),
    (
        Distinct("requested_addresses", "requested_addr"),
        Values("requested_sample", "requested_addr", k=10),
        Max("assigned_addr", "assigned_addr"),
        Count("messages"),
        *_SEEN,
    ),
    "1h",
    (_asking & pl.col("mac").is_not_null()).fill_null(False),
)
"""Addresses that one client asked for."""

_serving = _types.contains("OFFER") | _types.contains("ACK")

DHCP_SERVERS = Window(
    "dhcp_servers_1d",
    "dhcp",
    ("server_addr",),
    (
        Distinct("clients", "mac"),
        Count("answers"),
        Values("domains", "domain", k=3),
        Values("assigned_sample", "assigned_addr", k=5),
        *_SEEN,
    ),
    "1d",
    (_serving & pl.col("server_addr").is_not_null()).fill_null(False),
)
"""Who answered clients that asked for a lease."""

DHCP_LEASES = Window(
    "dhcp_leases_1d",
    "dhcp",
    ("assigned_addr", "server_addr"),
    (Values("macs", "mac", k=3), Count("leases"), Min("leased_ns", "ts_ns")),
    "1d",
    (_types.contains("ACK") & pl.col("assigned_addr").is_not_null()).fill_null(False),
)
"""Addresses that were leased, and by whom."""
