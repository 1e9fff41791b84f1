"""Windows over long conversations and over administration of one inside host from another."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Min, Sum, Window

LEAST_PART_S = 60
"""Rows shorter than this are no part of a long conversation."""

_closed = pl.when(pl.col("proto") == "tcp").then(
    pl.coalesce(
        pl.col("history").str.contains("[FfRr]"),
        ~pl.col("conn_state").is_in(["S1", "OTH"]),
    )
)
"""Whether a TCP conversation was seen to end; null where nothing tells, as with datagrams."""

_goes_on = (
    (pl.col("proto") == "tcp")
    & pl.col("conn_state").is_in(["S1", "OTH"])
    & (pl.col("orig_packets") > 0)
    & (pl.col("resp_packets") > 0)
).fill_null(False)
"""A part of a TCP conversation that has another before or behind it: one that pauses for longer
than whoever made the rows waits is told in short ones, a beat each."""

_opened = pl.col("history").str.starts_with("S").fill_null(False)

LONG_CONVERSATIONS = Window(
    "long_conversations_1d",
    "flows",
    ("orig_h", "orig_p", "resp_h", "resp_p", "proto"),
    (
        Sum(
            "connected_ns",
            pl.coalesce(
                pl.col("end_ns") - pl.col("ts_ns"), (pl.col("duration_s") * 1e9).cast(pl.Int64)
            ),
        ),
        Count("parts"),
        Count("going_on", _goes_on & (pl.col("duration_s") < LEAST_PART_S)),
        Count("openings", _opened),
        Sum("orig_bytes", "orig_bytes"),
        Sum("resp_bytes", "resp_bytes"),
        Sum("orig_packets", "orig_packets"),
        Sum("resp_packets", "resp_packets"),
        Max("service", "service"),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Max("resp_network", "resp_network"),
        Max("resp_network_kind", "resp_network_kind"),
        Max("orig_network_kind", "orig_network_kind"),
        Max("closed", _closed),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "end_ns"),
    ),
    "1d",
    ((pl.col("duration_s") >= LEAST_PART_S) | _goes_on)
    & pl.col("unicast")
    & pl.col("proto").is_in(["tcp", "udp", "sctp"]),
)
"""Conversations by their five-tuple, parts cut at the active or the idle timeout together."""

VOUCHED_BY_ITSELF = Window(
    "vouched_by_itself_1d",
    "tls",
    ("orig_h", "resp_h"),
    (Count("self_signed"), Max("subject", "subject")),
    "1d",
    (pl.col("subject") == pl.col("issuer")).fill_null(False),
)
"""TLS connections in which the far end showed a certificate of its own making."""

SYN_BYTES = 60
"""Whole packets of no more than this on the average knock and carry nothing."""

_knocks = pl.col("total_packets").cast(pl.Int64) * SYN_BYTES
_conversed = pl.any_horizontal(
    pl.col("resp_packets") > 0,
    pl.col("resp_bytes") > 0,
    pl.col("total_bytes").cast(pl.Int64) > _knocks.fill_null(0),
    pl.col("conn_state").is_in(["SF", "S1", "S2", "S3", "RSTO", "RSTR"]),
).fill_null(False)
"""A row that tells neither answer nor amount is no proof of a conversation."""

_INSIDE_ADMIN = _conversed & (
    pl.col("admin").is_not_null()
    & pl.col("orig_in")
    & pl.col("resp_in")
    & ~pl.col("failed")
    & ~pl.col("reply_like")
    & (pl.col("orig_h") != pl.col("resp_h"))
)


CLIENTS_OF_SITE = Window(
    "clients_of_site_1h",
    "flows",
    (),
    (Distinct("inside_clients", "orig_h"),),
    "1h",
    pl.col("orig_in") & pl.col("resp_in") & ~pl.col("failed") & pl.col("unicast"),
).widened("1d")
"""How many inside hosts were seen to turn to others: with few, nobody is known as a server."""

_pushed = pl.col("orig_bytes") > pl.col("resp_bytes")
"""A session that brought more than it fetched."""

ADMIN_OF_PAIR = Window(
    "admin_of_pair_1h",
    "flows",
    ("orig_h", "resp_h", "admin"),
    (
        Count("sessions"),
        Sum("sent_bytes", "orig_bytes"),
        Sum("received_bytes", "resp_bytes"),
        Sum("all_bytes", "total_bytes"),
        Sum("all_packets", "total_packets"),
        Max("pushed_bytes", pl.when(_pushed).then(pl.col("orig_bytes").cast(pl.Int64))),
        Max("longest_s", "duration_s"),
        Max("resp_p", "resp_p"),
        Max("proto", "proto"),
        Max("resp_role_of_asset", "resp_asset_role"),
        Max("orig_role_of_asset", "orig_asset_role"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "end_ns"),
    ),
    "1h",
    _INSIDE_ADMIN,
).widened("1d")
"""Sessions of remote administration between two inside hosts, by protocol."""

ADMIN_PATHS = ADMIN_OF_PAIR[-1].widened("7d")[-1]
"""The same over a week: what tells a path that was not there before."""

CLIENTS_OF_HOST = Window(
    "clients_of_host_1h",
    "flows",
    ("resp_h",),
    (Distinct("clients", "orig_h"),),
    "1h",
    pl.col("orig_in")
    & pl.col("resp_in")
    & ~pl.col("failed")
    & ~pl.col("reply_like")
    & pl.col("unicast"),
).widened("1d")
"""How many inside hosts an inside host serves, whatever the service: what tells a server."""
