"""Rows that an indicator list or a list of anonymisers names, and rows of undated lists."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.window import Count, Max, Min, Sum, Window

ANONYMISERS = ["tor_exit", "tor_relay"]

_listed = (
    pl.col("orig_indicator").is_not_null()
    | pl.col("resp_indicator").is_not_null()
    | pl.col("orig_network_kind").is_in(ANONYMISERS).fill_null(False)
    | pl.col("resp_network_kind").is_in(ANONYMISERS).fill_null(False)
)
_ends = [
    Max(f"{end}_{fact}", f"{end}_{fact}")
    for end in ("orig", "resp")
    for fact in (
        "indicator",
        "indicator_name",
        "indicator_source",
        "indicator_confidence",
        "network",
        "network_kind",
        "in",
    )
]

LISTED_PAIRS = Window(
    "listed_pairs_1h",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto"),
    (
        Count("connections"),
        Count("failed_connections", pl.col("failed")),
        Sum("orig_bytes", "orig_bytes"),
        Sum("resp_bytes", "resp_bytes"),
        Sum("all_bytes", "total_bytes"),
        Max("service", "service"),
        Max("longest_s", "duration_s"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "end_ns"),
        *_ends,
    ),
    "1h",
    _listed & pl.col("unicast"),
)
"""Pairs of which an end stands on an indicator list or is a Tor node."""


def _listed_names(table: str, column: str, answered: pl.Expr) -> Window:
    return Window(
        f"listed_names_{table}_1h",
        table,
        ("orig_h", "name"),
        (
            Count("events"),
            Count("answered_events", answered),
            Max("domain", "domain"),
            Max("indicator", "domain_indicator"),
            Max("indicator_name", "domain_indicator_name"),
            Max("indicator_source", "domain_indicator_source"),
            Max("indicator_confidence", "domain_indicator_confidence"),
            Max("resp_h", "resp_h"),
            Max("resp_p", "resp_p"),
            Max("orig_in", "orig_in"),
            *BEHIND,
            Min("first_seen_ns", "ts_ns"),
            Max("last_seen_ns", "ts_ns"),
        ),
        "1h",
        pl.col("domain_indicator").is_not_null(),
        derive={"name": pl.col(column)},
    )


LISTED_NAMES = (
    _listed_names("dns", "query", pl.col("answers").list.len() > 0),
    _listed_names("tls", "server_name", pl.col("established").fill_null(True)),
    _listed_names("quic", "server_name", pl.lit(True)),
    _listed_names("http", "host", pl.col("status_code").is_not_null()),
)
"""Names on an indicator list, by who asked for them or called them."""


def _listed_fingerprints(table: str) -> Window:
    return Window(
        f"listed_fingerprints_{table}_1h",
        table,
        ("orig_h", "resp_h", "ja3"),
        (
            Count("events"),
            Max("indicator", "ja3_indicator"),
            Max("indicator_name", "ja3_indicator_name"),
            Max("indicator_source", "ja3_indicator_source"),
            Max("indicator_confidence", "ja3_indicator_confidence"),
            Max("resp_p", "resp_p"),
            Max("server_name", "server_name"),
            Max("orig_in", "orig_in"),
            *BEHIND,
            Min("first_seen_ns", "ts_ns"),
            Max("last_seen_ns", "ts_ns"),
        ),
        "1h",
        pl.col("ja3_indicator").is_not_null(),
    )


LISTED_FINGERPRINTS = (_listed_fingerprints("tls"), _listed_fingerprints("quic"))
"""TLS clients on an indicator list."""

TOLD_FLOWS = Window(
    "told_flows_5m",
    "flows",
    ("orig_h", "resp_h", "resp_hosts", "resp_p", "proto"),
    (
        Count("rows"),
        Sum("all_bytes", "total_bytes"),
        Sum("all_packets", "total_packets"),
        Max("duration_s", "duration_s"),
        Max("service", "service"),
        Max("admin", "admin"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "end_ns"),
        *_ends,
    ),
    "5m",
    pl.col("source") == "text",
)
"""Flows of lists that people paste, each of which wants an assessment."""
