"""Windows over what is wrong without being an attack: refusals, lost packets, crowded links."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import (
    Active,
    Count,
    Distinct,
    Max,
    Measure,
    Min,
    Rows,
    Sum,
    Values,
    Window,
    end_of_row,
)

LEAST_REFUSED = 10
"""Fewer refusals of a pair and port are no loop, whatever a threshold says."""

LEAST_CARRIED_BYTES = 100_000_000
"""Less in an hour crowds no link, whatever a threshold says."""

LEAST_PEAK_BYTES = 50_000
"""Fewer in ten milliseconds (40 Mbit/s) are no burst, whatever a threshold says."""

_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "end_ns"))

REFUSALS = Window(
    "refusals_5m",
    "flows",
    ("orig_h", "resp_h", "resp_p"),
    (Count("refused_attempts"), Active("active_slots", "5m"), Max("orig_in", "orig_in"), *_SEEN),
    "5m",
    only=pl.col("refused") & pl.col("orig_in") & pl.col("unicast") & ~pl.col("reply_like"),
    worth=pl.col("refused_attempts") >= LEAST_REFUSED,
).widened("1h")
"""Connections of an inside host that one service refused."""

_too_big = ((pl.col("proto") == "icmp") & (pl.col("orig_p") == 3) & (pl.col("resp_p") == 4)) | (
    (pl.col("proto") == "icmp6") & (pl.col("orig_p") == 2)
)

TOO_BIG = Window(
    "too_big_5m",
    "flows",
    ("resp_h",),
    (
        Sum("notices", pl.col("orig_packets").fill_null(1)),
        Distinct("routers", "orig_h"),
        Values("routers_sample", "orig_h", k=5),
        Active("active_slots", "5m"),
        *_SEEN,
    ),
    "5m",
    only=_too_big,
).widened("1h")
"""Notices that packets of a host were too large for the path."""

TIME_ASKED = Window(
    "time_asked_1h",
    "flows",
    ("orig_h",),
    (
        Count("requests"),
        Count("silent_requests", pl.col("silent")),
        Distinct("servers", "resp_h"),
        Values("servers_sample", "resp_h", k=5),
        Active("active_hours", "1h"),
        *_SEEN,
    ),
    "1h",
    only=(pl.col("proto") == "udp")
    & (pl.col("resp_p") == 123)
    & pl.col("orig_in")
    & pl.col("unicast"),
).widened("1d")
"""Requests of an inside host for the time."""

_own = pl.col("orig_in") & ~pl.col("resp_in")

CARRIED = Window(
    "carried_1h",
    "flows",
    ("inside_h",),
    (
        Sum("carried_bytes", "total_bytes"),
        Sum("sent_bytes", pl.when(_own).then("orig_bytes").otherwise("resp_bytes")),
        Count("flows"),
        Values("far_sample", pl.when(pl.col("total_bytes") >= LEAST_CARRIED_BYTES).then("far_h")),
        *_SEEN,
    ),
    "1h",
    derive={
        "inside_h": pl.when(_own).then("orig_h").otherwise("resp_h"),
        "far_h": pl.when(_own).then("resp_h").otherwise("orig_h"),
    },
    only=(pl.col("orig_in") != pl.col("resp_in")) & pl.col("unicast"),
)
"""Bytes that each inside host exchanged with the outside."""


def _us(column: str) -> pl.Expr:
    """Seconds as whole microseconds, so that sums are equal however they are cut."""
    return (pl.col(column).cast(pl.Float64) * 1e6).round(0).cast(pl.Int64)


def _both(what: str) -> pl.Expr:
    return pl.sum_horizontal(pl.col(f"{end}_{what}").cast(pl.Int64) for end in ("orig", "resp"))


_metered = pl.col("orig_retransmitted_packets").is_not_null()

SERVICE_HOURS = Window(
    "service_hours_1d",
    "flows",
    ("resp_h", "resp_p", "hour"),
    (
        Count("flows"),
        Distinct("clients", "orig_h"),
        Sum("packets", "total_packets"),
        Sum("retransmitted_packets", _both("retransmitted_packets")),
        Sum("zero_window_packets", _both("zero_window_packets")),
        Count("timed_handshakes", pl.col("syn_synack_s").is_not_null()),
        Sum("handshake_us", _us("syn_synack_s")),
        Count("timed_responses", pl.col("first_response_s").is_not_null()),
        Sum("response_us", _us("first_response_s")),
        *_SEEN,
    ),
    "1d",
    derive={"hour": end_of_row(["end_ns"]).floordiv(3_600 * 10**9)},
    only=(pl.col("proto") == "tcp") & _metered & ~pl.col("failed") & pl.col("unicast"),
)
"""How well each service did in each hour of the day, as the meter saw it."""

LINK_SECONDS = Rows(
    "link_load",
    "1h",
    ("site", "ts_ns", "wire_bytes", "peak_10ms_wire_bytes"),
)
"""What the link carried, second by second, as the meter saw it."""

LINK_LOSSES = Window(
    "link_losses_1h",
    "flows",
    (),
    (
        Sum("packets", "total_packets"),
        Sum("retransmitted_packets", _both("retransmitted_packets")),
    ),
    "1h",
    only=_metered,
)
"""Packets of TCP on the whole link, and those that were sent again, as the meter saw them."""

PEAKS = Window(
    "peaks_1h",
    "flows",
    ("orig_h", "resp_h"),
    (Max("pair_peak_bytes", "peak_10ms_wire_bytes"), *_SEEN),
    "1h",
    only=pl.col("peak_10ms_wire_bytes") >= LEAST_PEAK_BYTES,
)
"""The most that one flow of a pair carried within ten milliseconds."""
