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
INDICATOR = (
    *("indicator", "indicator_name", "indicator_source", "indicator_confidence"),
    *("indicator_seen_ns", "indicator_until_ns", "indicator_note", "indicator_shared"),
)
"""What is known of an indicator that was met."""

_ends = [
    Max(f"{end}_{fact}", f"{end}_{fact}")
    for end in ("orig", "resp")
    for fact in (*INDICATOR, "network", "network_kind", "in")
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
    page = pl.col("url_indicator").is_not_null() if table == "http" else pl.lit(False)
    name = pl.when(page).then("url_indicator").otherwise(column) if table == "http" else column
    facts = {
        fact: pl.when(page).then(f"url_{fact}").otherwise(f"domain_{fact}")
        if table == "http"
        else pl.col(f"domain_{fact}")
        for fact in INDICATOR
    }
    return Window(
        f"listed_names_{table}_1h",
        table,
        ("orig_h", "name"),
        (
            Count("events"),
            Count("answered_events", answered),
            Max("domain", "domain"),
            *(Max(fact, fact) for fact in INDICATOR),
            Max("is_page", "is_page"),
            Max("popular", "domain_popular"),
            Max("known_service", "known_service"),
            Max("resp_h", "resp_h"),
            Max("resp_p", "resp_p"),
            Max("orig_in", "orig_in"),
            *BEHIND,
            Min("first_seen_ns", "ts_ns"),
            Max("last_seen_ns", "ts_ns"),
        ),
        "1h",
        only=pl.col("domain_indicator").is_not_null() | page,
        derive={
            "name": pl.col(name) if isinstance(name, str) else name,
            "is_page": page,
            "known_service": pl.when(pl.col("domain_known_service_kind") != "dynamic_dns").then(
                "domain_known_service"
            ),
            **facts,
        },
    )


LISTED_NAMES = (
    _listed_names("dns", "query", (pl.col("answers").list.len() > 0).fill_null(True)),
    _listed_names("tls", "server_name", pl.col("established").fill_null(True)),
    _listed_names("quic", "server_name", pl.lit(True)),
    _listed_names("http", "host", pl.col("status_code").is_not_null()),
)
"""Names and pages on an indicator list, by who asked for them or called them."""

PRINTS = {"tls": ("ja3", "ja4", "certificate", "certificate_sha1"), "quic": ("ja3", "ja4")}
"""What tells a TLS client or server by, by table; of several that are listed the first counts."""
_VALUE = {
    "ja3": "ja3", "ja4": "ja4", "certificate": "cert_sha256", "certificate_sha1": "cert_sha1",
}  # fmt: skip


def _first_listed(kinds: tuple[str, ...], value: dict[str, pl.Expr]) -> pl.Expr:
    chosen: pl.Expr = pl.lit(None)
    for kind in reversed(kinds):
        listed = pl.col(f"{kind}_indicator").is_not_null()
        chosen = pl.when(listed).then(value[kind]).otherwise(chosen)
    return chosen


def _listed_fingerprints(table: str) -> Window:
    kinds = PRINTS[table]
    listed = (pl.col(f"{kind}_indicator").is_not_null() for kind in kinds)
    return Window(
        f"listed_fingerprints_{table}_1h",
        table,
        ("orig_h", "resp_h", "print_kind", "print"),
        (
            Count("events"),
            *(Max(fact, fact) for fact in INDICATOR),
            Max("resp_p", "resp_p"),
            Max("server_name", "server_name"),
            Max("elsewhere", "elsewhere"),
            Max("orig_in", "orig_in"),
            *BEHIND,
            Min("first_seen_ns", "ts_ns"),
            Max("last_seen_ns", "ts_ns"),
        ),
        "1h",
        only=pl.any_horizontal(*listed),
        derive={
            "elsewhere": ~(
                pl.col("domain_popular") | pl.col("domain_known_service").is_not_null()
            ).fill_null(False),
            "print_kind": _first_listed(kinds, {kind: pl.lit(kind) for kind in kinds}),
            "print": _first_listed(kinds, {kind: pl.col(_VALUE[kind]) for kind in kinds}),
            **{
                fact: _first_listed(kinds, {kind: pl.col(f"{kind}_{fact}") for kind in kinds})
                for fact in INDICATOR
            },
        },
    )


LISTED_FINGERPRINTS = (_listed_fingerprints("tls"), _listed_fingerprints("quic"))
"""TLS clients, and servers by their certificate, on an indicator list."""

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
