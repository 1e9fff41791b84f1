"""Windows over how much an application carries, by what a conversation says that it is."""

from __future__ import annotations

import polars as pl

from lynceus.features.contact import OPENED
from lynceus.features.window import Constant, Count, Max, Measure, Min, Sum, Window

BOTH = ("sent", "received")

BOUNDED: dict[str, tuple[str, ...]] = {
    "dns": BOTH, "ntp": BOTH, "mdns": BOTH, "llmnr": BOTH, "ssdp": BOTH, "dhcp": BOTH,
    "netbios-ns": BOTH, "snmp": BOTH, "kerberos": BOTH, "radius": BOTH, "ftp": BOTH,
    "ldap": ("sent",), "syslog": ("received",), "smtp": ("received",), "pop3": ("sent",),
}  # fmt: skip
"""Applications that carry questions, answers or commands this way, and never a file: a mailbox may
be fetched over POP3, but what its client sends are a few words."""

BY_PORT: dict[int, str] = {
    21: "ftp", 25: "smtp", 53: "dns", 67: "dhcp", 88: "kerberos", 110: "pop3", 123: "ntp",
    137: "netbios-ns", 161: "snmp", 389: "ldap", 465: "smtp", 514: "syslog", 587: "smtp",
    636: "ldap", 853: "dns", 995: "pop3", 1812: "radius", 1813: "radius", 1900: "ssdp",
    5353: "mdns", 5355: "llmnr",
}  # fmt: skip
"""What a conversation on a port claims to be where its content tells nothing, or only TLS."""

LEAST_BYTES = 500_000
"""Less either way in an hour is near enough to any application, whatever a threshold says."""

CLAIMED = (
    pl.when(pl.col("service").is_null() | pl.col("service").is_in(["tls", "dtls", "quic"]))
    .then(
        pl.col("resp_p").replace_strict(
            list(BY_PORT), list(BY_PORT.values()), default=None,
            return_dtype=pl.String,
        )
    )
    .otherwise("service")
)  # fmt: skip
"""The application that a flow claims: what its content says, else what its port is for."""

_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "end_ns"))

VOLUME_OF_APPLICATION = Window(
    "volume_of_application_1h",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto", "application"),
    (
        Sum("sent_bytes", "orig_data_bytes"),
        Sum("received_bytes", "resp_data_bytes"),
        Count("connections", OPENED),
        Count("recognised", pl.col("service").is_not_null()),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Constant("resp_network", "resp_network"),
        *_SEEN,
    ),
    "1h",
    pl.col("application").is_in(list(BOUNDED)) & ~pl.col("reply_like"),
    derive={"application": CLAIMED},
    only=(pl.col("unicast") & pl.col("proto").is_in(["tcp", "udp"])).fill_null(False),
    worth=(pl.col("sent_bytes") >= LEAST_BYTES) | (pl.col("received_bytes") >= LEAST_BYTES),
)
"""Payload that two hosts exchanged in an hour, by the application that they claim to speak."""
