"""Windows over contacts with the outside: when, how much, under which name, by how many."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Measure, Min, Series, Sum, Values, Window

WIDTHS = ("1h", "1d")

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

CLOCKWORK = ["ntp", "dns", "dhcp", "mdns", "ssdp", "netbios", "stun"]
"""Services that are regular by design."""

_clock = pl.col("service").is_in(CLOCKWORK) | (
    pl.col("service").is_null() & (pl.col("proto") == "udp") & pl.col("resp_p").is_in([53, 123])
)

_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "ts_ns"))


def _rhythm(every: str) -> Window:
    return Window(
        f"rhythm_of_pair_{every}",
        "flows",
        ("orig_h", "resp_h", "resp_p", "proto"),
        (
            Series(
                "beats",
                {
                    "ts_ns": pl.col("ts_ns"),
                    "orig_bytes": pl.col("orig_bytes").cast(pl.Int64),
                    "resp_bytes": pl.col("resp_bytes").cast(pl.Int64),
                },
                k=BEATS,
            ),
            Count("connections"),
            Count("failed_connections", pl.col("failed")),
            Max("service", "service"),
            Max("resp_network", "resp_network"),
            Max("resp_network_kind", "resp_network_kind"),
            *_SEEN,
        ),
        every,
        OUTWARD & OPENED & ~_clock.fill_null(False),
    )


def _rhythm_of_name(table: str, column: str, every: str) -> Window:
    http = table == "http"
    return Window(
        f"rhythm_of_name_{table}_{every}",
        table,
        ("orig_h", "name"),
        (
            Series(
                "beats",
                {
                    "ts_ns": pl.col("ts_ns"),
                    "orig_bytes": (
                        pl.col("request_body_bytes").cast(pl.Int64)
                        + pl.col("uri").str.len_bytes().cast(pl.Int64)
                        if http
                        else pl.lit(None, pl.Int64)
                    ),
                    "resp_bytes": (
                        pl.col("response_body_bytes").cast(pl.Int64)
                        if http
                        else pl.lit(None, pl.Int64)
                    ),
                },
                k=BEATS,
            ),
            Count("connections"),
            Distinct("addresses", "resp_h"),
            Values("addresses_sample", "resp_h", k=10),
            Max("resp_h", "resp_h"),
            Max("resp_p", "resp_p"),
            Max("domain", "domain"),
            Max("popular", "domain_popular"),
            Max("known_service", "domain_known_service"),
            Max("resp_network", "resp_network"),
            Max("resp_network_kind", "resp_network_kind"),
            Values("flow_uids", "uid", k=100),
            *_SEEN,
        ),
        every,
        (OUTWARD & pl.col("name").is_not_null()).fill_null(False),
        derive={"name": pl.col(column)},
    )


def _names_of_pair(table: str, column: str, every: str) -> Window:
    return Window(
        f"names_of_pair_{table}_{every}",
        table,
        ("orig_h", "resp_h"),
        (
            Values("names", column, k=5),
            Max("popular", "domain_popular"),
            Max("known_service", "domain_known_service"),
            Max("domain", "domain"),
        ),
        every,
        (OUTWARD & pl.col(column).is_not_null()).fill_null(False),
    )


def _hosts_of_destination(every: str) -> Window:
    return Window(
        f"hosts_of_destination_{every}",
        "flows",
        ("resp_h",),
        (Distinct("inside_hosts", "orig_h"),),
        every,
        OUTWARD & pl.col("unicast"),
    )


NAMED = (("tls", "server_name"), ("quic", "server_name"), ("http", "host"))
"""Event tables that carry the name of the far end, and the column."""

RHYTHM_OF_PAIR = tuple(_rhythm(every) for every in WIDTHS)
"""Contacts of one inside host with one service outside, by address."""

RHYTHM_OF_NAME = tuple(_rhythm_of_name(*named, every) for every in WIDTHS for named in NAMED)
"""Contacts of one inside host with one name outside, wherever it is hosted."""

NAMES_OF_PAIR = tuple(_names_of_pair(*named, every) for every in WIDTHS for named in NAMED)
"""Names under which one inside host met one address outside."""

HOSTS_OF_DESTINATION = tuple(_hosts_of_destination(every) for every in WIDTHS)
"""How many inside hosts met one address outside."""


def _volume(every: str) -> Window:
    total = pl.coalesce("orig_bytes", "total_bytes").cast(pl.Int64)
    return Window(
        f"volume_of_pair_{every}",
        "flows",
        ("orig_h", "resp_h"),
        (
            Sum("sent_bytes", total),
            Sum("received_bytes", "resp_bytes"),
            Count("connections"),
            Max("resp_p", "resp_p"),
            Max("service", "service"),
            Max("longest_s", "duration_s"),
            Max("orig_in", "orig_in"),
            Max("resp_in", "resp_in"),
            Max("resp_network", "resp_network"),
            Max("resp_network_kind", "resp_network_kind"),
            Max("directions_known", pl.col("orig_bytes").is_not_null()),
            Distinct("active_hours", pl.col("end_ns") // (3600 * 10**9), k=64),
            *_SEEN,
        ),
        every,
        OUTWARD & pl.col("unicast") & ~pl.col("reply_like"),
    )


VOLUME_OF_PAIR = tuple(_volume(every) for every in WIDTHS)
"""Bytes that one inside host sent to one address outside, and got back."""


def _sent_of_host(every: str) -> Window:
    total = pl.coalesce("orig_bytes", "total_bytes").cast(pl.Int64)
    return Window(
        f"sent_of_host_{every}",
        "flows",
        ("orig_h",),
        (
            Sum("all_sent_bytes", total),
            Sum("all_received_bytes", "resp_bytes"),
            Distinct("destinations", "resp_h"),
        ),
        every,
        OUTWARD & pl.col("unicast") & ~pl.col("reply_like"),
    )


SENT_OF_HOST = tuple(_sent_of_host(every) for every in WIDTHS)
"""Bytes that one inside host sent outside altogether."""
