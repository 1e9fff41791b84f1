"""Windows over the rate at which one service is hit."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Measure, Min, Sum, Values, Window

_minutes = (pl.col("duration_s").fill_null(0) / 60).clip(lower_bound=1)

_SEEN: tuple[Measure, ...] = (
    Max("orig_in", "orig_in"),
    Max("resp_in", "resp_in"),
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "end_ns"),
)


def per_minute(column: str) -> pl.Expr:
    """A count of a flow as the count of its average minute; of a short one the whole."""
    return (pl.col(column).cast(pl.Int64) / _minutes).round(0).cast(pl.Int64)


LEAST_FLOWS = 10
LEAST_PACKETS = 100
"""Fewer flows and packets in a minute are no flood, whatever a threshold says."""

_BROADCAST = pl.col("resp_h").str.ends_with(".255")
"""Most likely the broadcast address of a home network; the netmask is not known."""

_SMALL = pl.col("orig_data_bytes").fill_null(0) <= 4000

_icmp = pl.col("proto").is_in(["icmp", "icmp6"])
_report = _icmp & pl.col("orig_p").is_in([0, 1, 2, 3, 4, 11, 12])
"""ICMP replies and errors, which answer something."""
_one_way = (pl.col("proto") == "udp") & (
    pl.col("resp_packets").fill_null(0) * 10 <= pl.col("orig_packets")
)
_hit = pl.col("unicast") & ~pl.col("reply_like")

HITS_60S = Window(
    "hits_on_service_60s",
    "flows",
    ("resp_h", "resp_p", "proto"),
    (
        Count("empty_flows", pl.col("failed")),
        Distinct("sources", "orig_h"),
        Values("sources_sample", "orig_h", k=10),
        Sum("orig_packets", per_minute("orig_packets")),
        Sum("resp_packets", per_minute("resp_packets")),
        Sum("orig_bytes", per_minute("orig_bytes")),
        Max("service", "service"),
        *_SEEN,
    ),
    "60s",
    _hit
    & ((pl.col("failed") | _one_way) & pl.col("proto").is_in(["tcp", "udp", "sctp"]) | _icmp)
    & ~_report.fill_null(False)
    & ~((pl.col("proto") == "udp") & pl.col("resp_in") & _BROADCAST).fill_null(False),
    worth=(pl.col("empty_flows") >= LEAST_FLOWS) | (pl.col("orig_packets") >= LEAST_PACKETS),
)
"""Flows without a conversation, one-way packets and ICMP requests, by service and minute."""

SESSIONS_60S = Window(
    "sessions_60s",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto"),
    (
        Count("flows"),
        Count("small_flows", _SMALL),
        *_SEEN,
    ),
    "60s",
    _hit & pl.col("proto").is_in(["tcp", "udp", "sctp"]),
)
"""All flows of one source with one service in a minute."""
