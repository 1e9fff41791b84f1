"""Windows of a week and of a day, by the hour: what a host did before, and in which order."""

from __future__ import annotations

import polars as pl

from lynceus.features.contact import LEAST_SENT_BYTES, OUTWARD
from lynceus.features.window import (
    Active,
    Constant,
    Count,
    Distinct,
    Max,
    Measure,
    Min,
    Sum,
    Values,
    Window,
    end_of_row,
)

HOUR_NS = 3_600 * 10**9

LISTED_KINDS = ["saas", "cloud", "cdn"]
"""Networks of well-known providers."""

LEAST_PLACE_BYTES = 1_000_000
"""A place that got less in one flow is not worth naming."""

LEAST_TAKEN_BYTES = 100_000
"""Less in an hour is no gathering, whatever a threshold says."""

_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "end_ns"))

_hour = {"hour": end_of_row(["end_ns"]).floordiv(HOUR_NS)}
"""Hours since 1970 in which a row ended."""

_sent = pl.col("orig_bytes").cast(pl.Int64)
_listed = pl.col("resp_network_kind").is_in(LISTED_KINDS).fill_null(False)

UPLOADS_BY_HOUR = Window(
    "uploads_by_hour_7d",
    "flows",
    ("orig_h", "hour"),
    (
        Sum("sent_bytes", _sent),
        Sum("received_bytes", "resp_bytes"),
        Sum("unlisted_bytes", pl.when(_listed).then(0).otherwise(_sent)),
        Values("places", pl.when(_sent >= LEAST_PLACE_BYTES).then("resp_h"), k=5),
        *_SEEN,
    ),
    "7d",
    OUTWARD & pl.col("unicast") & ~pl.col("reply_like") & (_sent >= LEAST_SENT_BYTES),
    derive=_hour,
)
"""Bytes that one inside host sent outside in each hour of the week."""

SENT_BY_HOUR = Window(
    "sent_by_hour_1d",
    "flows",
    ("orig_h", "resp_h", "hour"),
    (
        Sum("sent_bytes", _sent),
        Sum("received_bytes", "resp_bytes"),
        Max("resp_p", "resp_p"),
        Max("proto", "proto"),
        Constant("resp_network", "resp_network"),
        Constant("resp_network_kind", "resp_network_kind"),
        *_SEEN,
    ),
    "1d",
    OUTWARD & pl.col("unicast") & ~pl.col("reply_like") & (_sent >= LEAST_SENT_BYTES),
    derive=_hour,
    worth=pl.col("sent_bytes") >= LEAST_TAKEN_BYTES,
)
"""Bytes that one inside host sent to one place outside in each hour of the day."""

_fetched = pl.col("resp_bytes") >= pl.col("orig_bytes")

TAKEN_BY_HOUR = Window(
    "taken_by_hour_1d",
    "flows",
    ("taker_h", "hour"),
    (
        Sum("taken_bytes", pl.when(_fetched).then("resp_bytes").otherwise("orig_bytes")),
        Distinct("givers", "giver_h"),
        Values("givers_sample", "giver_h", k=5),
        Min("first_taken_ns", "ts_ns"),
    ),
    "1d",
    derive={
        **_hour,
        "taker_h": pl.when(_fetched).then("orig_h").otherwise("resp_h"),
        "giver_h": pl.when(_fetched).then("resp_h").otherwise("orig_h"),
    },
    only=pl.col("orig_in")
    & pl.col("resp_in")
    & pl.col("unicast")
    & ~pl.col("reply_like")
    & (pl.col("orig_h") != pl.col("resp_h"))
    & (pl.max_horizontal("orig_bytes", "resp_bytes") >= LEAST_SENT_BYTES),
    worth=pl.col("taken_bytes") >= LEAST_TAKEN_BYTES,
)
"""Bytes that one inside host took in from others inside in each hour, fetched or brought."""

SPEAKERS = Window(
    "speakers_1h",
    "flows",
    ("orig_h",),
    (
        Active("active_hours", "1h"),
        Active("active_days", "1d"),
        Count("flows"),
        Values("macs", "orig_l2_addr", k=2),
        *_SEEN,
    ),
    "1h",
    pl.col("orig_in") & ~pl.col("reply_like") & pl.col("ts_ns").is_not_null(),
).widened("1d", "7d")
"""Inside hosts that began something, and in how many hours they did."""

_answered = (
    ~pl.col("failed") & ~pl.col("reply_like") & pl.col("unicast") & (pl.col("resp_data_bytes") > 0)
)

SERVED = Window(
    "served_7d",
    "flows",
    ("resp_h", "resp_p", "proto"),
    (
        Distinct("clients", "orig_h"),
        Values("clients_sample", "orig_h", k=5),
        Count("outside_sessions", ~pl.col("orig_in")),
        Count("sessions"),
        Max("service", "service"),
        *_SEEN,
    ),
    "7d",
    pl.col("resp_in")
    & pl.col("proto").is_in(["tcp", "sctp"])
    & _answered
    & pl.col("ts_ns").is_not_null(),
)
"""Services that inside hosts answered on."""

COUNTRIES = Window(
    "countries_7d",
    "flows",
    ("resp_country",),
    (
        Distinct("hosts", "orig_h"),
        Values("hosts_sample", "orig_h", k=5),
        Count("connections"),
        Sum("sent_bytes", "orig_bytes"),
        Max("country_from", "resp_country_from"),
        *_SEEN,
    ),
    "7d",
    OUTWARD & pl.col("resp_country").is_not_null() & _answered & pl.col("ts_ns").is_not_null(),
)
"""Countries that inside hosts got answers from; none where no file tells countries."""

WEEK = ["window_start_ns", "window_end_ns", "site"]
"""What tells the rows of a site's week apart from those of another."""


def since_learned(speakers: pl.LazyFrame, learning_s: float, least: int) -> pl.LazyFrame:
    """The hosts of a week with what was learned of their site.

    `site_first_ns` is the first sign of the site, `since_s` the seconds from it to that of the
    host, `learned_hosts` how many hosts showed within `learning_s` of it. Sites with fewer than
    `least` of these are left out: nothing was learned there.
    """
    site = speakers.group_by(WEEK).agg(site_first_ns=pl.col("first_seen_ns").min())
    since = (pl.col("first_seen_ns") - pl.col("site_first_ns")) / 1e9
    aged = speakers.join(site, on=WEEK, how="left", nulls_equal=True).with_columns(since_s=since)
    learned = (
        aged.filter(pl.col("since_s") < learning_s)
        .group_by(WEEK)
        .agg(learned_hosts=pl.len().cast(pl.Int64))
        .filter(pl.col("learned_hosts") >= least)
    )
    return aged.join(learned, on=WEEK, how="inner", nulls_equal=True)
