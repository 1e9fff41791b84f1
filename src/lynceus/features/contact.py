"""Windows over contacts with the outside: when, how much, under which name, by how many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import polars as pl

from lynceus.features.vouched import POPULAR_MET, SERVICE_MET
from lynceus.features.window import (
    Active,
    Constant,
    Count,
    Max,
    Measure,
    Min,
    Sequence,
    Sum,
    Values,
    Window,
)

_T = TypeVar("_T", Sequence, Window)

LEAST_BEATS = 12
"""Fewest contacts in a window that show a rhythm."""

LEAST_LOOKUPS = 200
"""Fewest look-ups in an hour that are worth a word."""

BEATS = 4000
"""Most contacts kept of one pair and window: one in 22 s over a day, or one a second for an hour;
what comes later than these is not needed to see a rhythm."""

_TCP_OPENED = ["S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "SH"]

OPENED = (
    (pl.col("part").fill_null(0) == 0)
    & pl.col("unicast")
    & ~pl.col("reply_like")
    & (
        (pl.col("proto") != "tcp")
        | pl.coalesce(
            pl.col("history").str.contains("S", literal=True),
            pl.col("conn_state").is_in(_TCP_OPENED),
            pl.lit(True),
        )
    )
)
"""Rows in which a conversation begins; not the parts of one that goes on."""

OUTWARD = pl.col("orig_in") & ~pl.col("resp_in")

CONTENT_SOURCES = ["capture", "zeek", "suricata"]
"""Sources that tell the service by its content, and the names that were asked for."""

SMALL_BYTES = 2_000
"""Less sent than this is a question."""

PROXIED = (
    (pl.col("method") == "CONNECT") | pl.col("uri").str.contains(r"^(?i)https?://")
).fill_null(False)
"""Requests to a proxy: the host is not the responder."""

HOST_NAME = pl.col("host").str.replace(r":\d{1,5}$", "")
"""The host without its port."""

CLOCKWORK = [
    *("ntp", "dns", "dhcp", "mdns", "llmnr", "ssdp", "stun"),
    *("netbios", "netbios-ns", "netbios-dgm"),
]
"""Services that are regular by design."""

CLOCK_BYTES = 128
"""No more than this is in a packet that asks for the time or tells it, extensions included."""


def _no_more(end: str) -> pl.Expr:
    """Whether the packets of one end are small enough to be about the time, as far as is known."""
    return (
        pl.col(f"{end}_data_bytes") <= CLOCK_BYTES * pl.col(f"{end}_packets").cast(pl.Int64)
    ).fill_null(True)


_by_port = (pl.col("resp_p") == 53) | (
    (pl.col("resp_p") == 123) & _no_more("orig") & _no_more("resp")
)
_clock = pl.col("service").is_in(CLOCKWORK) | (
    pl.col("service").is_null() & (pl.col("proto") == "udp") & _by_port
)

_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "ts_ns"))


def _by_width(families: Iterable[tuple[_T, ...]]) -> tuple[_T, ...]:
    """The tables of several families in one row: all of the narrow width, then all of the wide."""
    return tuple(table for width in zip(*families, strict=True) for table in width)


def _rhythm_of_name(table: str, column: str) -> tuple[Sequence, Sequence]:
    if table == "http":
        body = pl.col("request_body_bytes").fill_null(0).cast(pl.Int64)
        sent = body + pl.col("uri").str.len_bytes().cast(pl.Int64)
        name, proxied = HOST_NAME, PROXIED
    else:
        sent = pl.lit(None, pl.Int64)
        name, proxied = pl.col(column), pl.lit(False)
    return Sequence(
        f"rhythm_of_name_{table}_1h",
        table,
        ("orig_h", "domain"),
        {
            "ts_ns": pl.col("ts_ns"),
            "orig_bytes": sent,
            "uid": pl.col("uid"),
            "resp_h": pl.col("resp_h"),
            "resp_p": pl.col("resp_p"),
            "popular": POPULAR_MET,
            "known_service": SERVICE_MET,
            "resp_network": pl.col("resp_network"),
            "resp_network_kind": pl.col("resp_network_kind"),
            "proxy": pl.when(proxied).then("resp_h"),
        },
        "1h",
        LEAST_BEATS,
        BEATS,
        (
            (OUTWARD | (proxied & pl.col("orig_in")))
            & pl.col(column).is_not_null()
            & pl.col("ts_ns").is_not_null()
        ).fill_null(False),
        derive={"domain": name},
    ).widened("1d")


def _names_of_pair(table: str, column: str) -> tuple[Window, ...]:
    return Window(
        f"names_of_pair_{table}_1h",
        table,
        ("orig_h", "resp_h"),
        (
            Values("names", column, k=5),
            Max("popular", POPULAR_MET),
            Max("claims_popular", "domain_popular"),
            Max("known_service", SERVICE_MET),
            Max("domain", "domain"),
        ),
        "1h",
        (OUTWARD & pl.col(column).is_not_null()).fill_null(False),
    ).widened("1d")


NAMED = (("tls", "server_name"), ("quic", "server_name"), ("http", "host"))
"""Event tables that carry the name of the far end, and the column."""

RHYTHM_OF_PAIR = Sequence(
    "rhythm_of_pair_1h",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto"),
    {
        "ts_ns": pl.col("ts_ns"),
        "orig_bytes": pl.col("orig_bytes").cast(pl.Int64),
        "failed": pl.col("failed"),
        "orig_p": pl.col("orig_p"),
        "service": pl.col("service"),
        "tells_names": pl.col("source").is_in(CONTENT_SOURCES),
        "resp_network": pl.col("resp_network"),
        "resp_network_kind": pl.col("resp_network_kind"),
    },
    "1h",
    LEAST_BEATS,
    BEATS,
    (OUTWARD & OPENED & ~_clock.fill_null(False) & pl.col("ts_ns").is_not_null()).fill_null(False),
).widened("1d")
"""Contacts of one inside host with one service outside, by address."""

LOOKUPS_OF_PAIR = Sequence(
    "lookups_of_pair_1h",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto"),
    {"ts_ns": pl.col("ts_ns"), "orig_bytes": pl.col("orig_bytes").cast(pl.Int64)},
    "1h",
    LEAST_LOOKUPS,
    BEATS,
    (OUTWARD & OPENED & pl.col("ts_ns").is_not_null()).fill_null(False)
    & ((pl.col("service") == "dns") | (pl.col("service").is_null() & (pl.col("resp_p") == 53)))
    & (pl.col("proto") == "udp"),
)
"""Look-ups that one inside host sent to one resolver outside, of those that sent many."""

RHYTHM_OF_NAME = _by_width(_rhythm_of_name(*named) for named in NAMED)
"""Contacts of one inside host with one name outside, wherever it is hosted."""

NAMES_OF_PAIR = _by_width(_names_of_pair(*named) for named in NAMED)
"""Names under which one inside host met one address outside."""

LEAST_SENT_BYTES = 500
"""Flows that sent less carry questions, not files."""


_total = pl.coalesce("orig_bytes", "total_bytes").cast(pl.Int64)

VOLUME_OF_PAIR = Window(
    "volume_of_pair_1h",
    "flows",
    ("orig_h", "resp_h"),
    (
        Sum("sent_bytes", _total),
        Sum("received_bytes", "resp_bytes"),
        Sum("login_bytes", pl.when(pl.col("login").is_not_null()).then(_total).otherwise(0)),
        Count("connections"),
        Max("resp_p", "resp_p"),
        Max("longest_s", "duration_s"),
        Count("directed_flows", pl.col("orig_bytes").is_not_null()),
        Active("active_hours", "1h"),
        Constant("resp_network", "resp_network"),
        Constant("resp_network_kind", "resp_network_kind"),
        Constant("resp_country", "resp_country"),
        Constant("resp_asn", "resp_asn"),
        Constant("resp_as_name", "resp_as_name"),
        *_SEEN,
    ),
    "1h",
    OUTWARD & pl.col("unicast") & ~pl.col("reply_like") & (_total >= LEAST_SENT_BYTES),
).widened("1d")
"""Bytes that one inside host sent to one address outside, and got back."""

LEAST_CONNECTIONS = 500
"""Fewer connections of one pair in an hour are no strobe, whatever a threshold says."""

CONNECTIONS_OF_PAIR = Window(
    "connections_of_pair_1h",
    "flows",
    ("orig_h", "resp_h"),
    (
        Count("connections"),
        Count("failed_connections", pl.col("failed")),
        Count("small_connections", pl.col("orig_data_bytes").fill_null(0) <= SMALL_BYTES),
        Sum("sent_bytes", "orig_bytes"),
        Sum("received_bytes", "resp_bytes"),
        Values("ports", "resp_p", k=5),
        Max("proto", "proto"),
        Max("service", "service"),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Constant("resp_network", "resp_network"),
        Constant("resp_network_kind", "resp_network_kind"),
        Active("active_hours", "1h"),
        *_SEEN,
    ),
    "1h",
    (OPENED & ~_clock.fill_null(False) & pl.col("proto").is_in(["tcp", "udp", "sctp"])).fill_null(
        False
    ),
    worth=pl.col("connections") >= LEAST_CONNECTIONS,
).widened("1d")
"""How often one host connected to another, whatever the service."""
