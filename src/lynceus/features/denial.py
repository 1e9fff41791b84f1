"""Windows over what wears a service out without much traffic of the attacker's own."""

from __future__ import annotations

import polars as pl

from lynceus.features.rate import per_minute
from lynceus.features.window import Count, Max, Measure, Min, Sum, Window

WEB_PORTS = [80, 443, 8000, 8080, 8443]

LEAST_OPEN_S = 30
"""Shorter connections keep no place of a server busy."""

LEAST_SLOW = 10
"""Fewer slow connections are no attack, whatever a threshold says."""

SLOW_BYTES = 10_000
"""A request that was ever finished in less than this is finished within seconds."""

SLOW_BYTES_PER_S = 50
"""Nobody's line is so slow today."""

ANSWERED_BYTES = 1_000
"""An error page at most: the server still waits for the request."""

_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "end_ns"))

_web = pl.col("resp_p").is_in(WEB_PORTS) | (pl.col("service") == "http").fill_null(False)
_sent = pl.col("orig_data_bytes")

SLOW_CONNECTIONS = Window(
    "slow_connections_5m",
    "flows",
    ("orig_h", "resp_h", "resp_p"),
    (
        Count("slow_connections"),
        Sum("orig_bytes", "orig_data_bytes"),
        Sum("open_s", pl.col("duration_s").round(0)),
        Max("longest_s", "duration_s"),
        *_SEEN,
    ),
    "5m",
    (pl.col("proto") == "tcp")
    & (pl.col("duration_s") >= LEAST_OPEN_S)
    & (_sent > 0)
    & (_sent <= SLOW_BYTES)
    & (_sent <= SLOW_BYTES_PER_S * pl.col("duration_s"))
    & (pl.col("resp_data_bytes").fill_null(0) <= ANSWERED_BYTES)
    & pl.col("unicast")
    & _web,
    worth=pl.col("slow_connections") >= LEAST_SLOW,
).widened("1h")
"""Web connections of one source that lived long and never finished their request."""

AMPLIFIERS: dict[int, str] = {
    7: "echo", 17: "qotd", 19: "chargen", 53: "dns", 69: "tftp", 111: "portmap", 123: "ntp",
    137: "netbios", 161: "snmp", 177: "xdmcp", 389: "cldap", 427: "slp", 500: "ike",
    520: "rip", 1194: "openvpn", 1434: "mssql browser", 1900: "ssdp", 3283: "apple remote desktop",
    3389: "rdp", 3478: "stun", 3702: "ws-discovery", 5060: "sip", 5093: "sentinel",
    5351: "nat-pmp", 5353: "mdns", 5683: "coap", 10001: "ubiquiti discovery", 10074: "mitel",
    11211: "memcached", 27015: "source engine", 27960: "quake", 30120: "citizenfx",
    32414: "plex", 37810: "dahua dvr",
}  # fmt: skip
"""UDP services that answer with more than they are asked (CISA alert TA14-017A and later ones)."""

_ports = list(AMPLIFIERS)
_answer = pl.col("orig_p").is_in(_ports) & ~pl.col("resp_p").is_in(_ports)
"""The answer alone was seen, so whoever answers stands as the originator."""


def _turned(answering: str, asking: str) -> pl.Expr:
    return pl.when(_answer).then(pl.col(answering)).otherwise(pl.col(asking))


ANSWERS_60S = Window(
    "amplified_answers_60s",
    "flows",
    ("asker_h", "answerer_h", "service_p"),
    (
        Sum("answer_bytes", _turned("orig_rate_bytes", "resp_rate_bytes")),
        Sum("asked_bytes", _turned("resp_rate_bytes", "orig_rate_bytes")),
        Sum("asked_packets", _turned("resp_packets", "orig_packets")),
        Sum(
            "unasked_bytes",
            pl.when(_turned("resp_packets", "orig_packets").fill_null(1) == 0)
            .then(_turned("orig_rate_bytes", "resp_rate_bytes"))
            .otherwise(0),
        ),
        Count("flows"),
        Max("asker_in", _turned("resp_in", "orig_in")),
        Max("answerer_in", _turned("orig_in", "resp_in")),
        *_SEEN,
    ),
    "60s",
    derive={
        "orig_rate_bytes": per_minute("orig_data_bytes"),
        "resp_rate_bytes": per_minute("resp_data_bytes"),
        "asker_h": _turned("resp_h", "orig_h"),
        "answerer_h": _turned("orig_h", "resp_h"),
        "service_p": _turned("orig_p", "resp_p"),
    },
    only=(pl.col("proto") == "udp")
    & pl.col("unicast")
    & (_answer | pl.col("resp_p").is_in(_ports)),
    worth=pl.col("answer_bytes") >= 20_000,
)
"""What UDP services that may amplify answered to one asker in a minute, and what was asked."""
