"""Windows over attempts: who tried which hosts and ports, and how much of it led nowhere."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import (
    Active,
    Count,
    Distinct,
    Max,
    Measure,
    Min,
    Sum,
    Values,
    Window,
)

ATTEMPT = pl.col("proto").is_in(["tcp", "udp", "sctp"]) & pl.col("unicast") & ~pl.col("reply_like")
"""Rows that began a conversation with a host, or tried to."""

LEAST = 2
"""Distinct hosts or ports that anything can be called a scan of, whatever a threshold says."""

LEAST_CONVERSED_BYTES = 5_000
"""Less than this in an hour is asking who is there, whatever a threshold says."""

_SEEN: tuple[Measure, ...] = (
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "end_ns"),
    Max("orig_in", "orig_in"),
    Max("resp_in", "resp_in"),
)
_ACTIVE: tuple[Measure, ...] = (
    Active("active_slots", "5m"),
    Active("active_hours", "1h"),
    Active("active_days", "1d"),
)
"""A fast scan shows in five minutes, a slow one in an hour, a day or a week: when it was active
tells."""

FAILED_PORTS_OF_PAIR = Window(
    "failed_ports_of_pair_5m",
    "flows",
    ("orig_h", "resp_h", "proto"),
    (
        Distinct("ports", "resp_p"),
        Values("ports_sample", "resp_p"),
        Min("lowest_port", "resp_p"),
        Max("highest_port", "resp_p"),
        Count("attempts"),
        Count("refused_attempts", pl.col("refused")),
        Count("silent_attempts", pl.col("silent")),
        Sum("orig_packets", "orig_packets"),
        *_SEEN,
        *_ACTIVE,
    ),
    "5m",
    ATTEMPT & pl.col("failed") & pl.col("resp_h").is_not_null(),
    worth=pl.col("ports") >= LEAST,
).widened("1h", "1d")
"""Ports that one host tried of another without a conversation."""

CONVERSATIONS_FROM_OUTSIDE = Window(
    "conversations_from_outside_1h",
    "flows",
    ("orig_h", "resp_h", "proto"),
    (
        Count("conversations"),
        Sum("conversation_bytes", pl.col("orig_data_bytes") + pl.col("resp_data_bytes")),
        Values("open_ports", "resp_p", k=10),
        Max("last_conversation_ns", "ts_ns"),
    ),
    "1h",
    ATTEMPT
    & ~pl.col("orig_in")
    & pl.col("resp_in")
    & ~pl.col("failed")
    & (pl.col("orig_data_bytes") > 0)
    & (pl.col("resp_data_bytes") > 0),
    worth=pl.col("conversation_bytes") >= LEAST_CONVERSED_BYTES,
)
"""What an outside host exchanged with an inside one."""

FAILED_HOSTS_OF_PORT = Window(
    "failed_hosts_of_port_5m",
    "flows",
    ("orig_h", "resp_p", "proto"),
    (
        Distinct("failed_hosts", "resp_h"),
        Distinct("dead_hosts", "resp_h", pl.col("silent") | pl.col("refused")),
        Values("hosts_sample", "resp_h", k=5),
        Count("failed_attempts"),
        Max("service_seen", "service"),
        *_SEEN,
        *_ACTIVE,
    ),
    "5m",
    ATTEMPT & pl.col("failed") & pl.col("resp_h").is_not_null(),
    worth=pl.col("failed_hosts") >= LEAST,
).widened("1h", "1d")
"""Hosts that one host tried on one port without a conversation."""

HOSTS_OF_PORT = Window(
    "hosts_of_port_5m",
    "flows",
    ("orig_h", "resp_p", "proto"),
    (Distinct("hosts", "resp_h"), Count("attempts")),
    "5m",
    ATTEMPT & pl.col("resp_h").is_not_null(),
    worth=pl.col("hosts") >= LEAST,
).widened("1h", "1d")
"""Hosts that one host tried on one port."""

FAILURES_OF_HOST = Window(
    "failures_of_host_5m",
    "flows",
    ("orig_h", "proto"),
    (Distinct("all_failed_hosts", "resp_h"), Distinct("all_failed_ports", "resp_p")),
    "5m",
    ATTEMPT & pl.col("failed"),
    worth=pl.col("all_failed_hosts") >= LEAST,
).widened("1h", "1d")
"""All hosts and ports that one host tried in vain: over many ports alike, that is peer-to-peer."""

SOURCES_ON_HOST = Window(
    "sources_on_host_1h",
    "flows",
    ("resp_h", "proto"),
    (
        Distinct("sources", "orig_h"),
        Distinct("ports", "resp_p"),
        Values("sources_sample", "orig_h", k=5),
        Count("attempts"),
        Count("refused_attempts", pl.col("refused")),
        Count("inside_attempts", pl.col("orig_in")),
        *_SEEN,
    ),
    "1h",
    ATTEMPT & pl.col("failed") & pl.col("resp_h").is_not_null(),
    worth=(pl.col("sources") >= LEAST) & (pl.col("ports") >= LEAST),
).widened("1d")
"""Who tried ports of one host without a conversation."""

_kind = pl.col("orig_p").cast(pl.Int64)
_six = pl.col("proto") == "icmp6"
_request = (
    pl.when(_six & (_kind == 128))
    .then(pl.lit("echo"))
    .when(~_six)
    .then(
        _kind.replace_strict(
            [8, 13, 15, 17], ["echo", "timestamp", "information", "address mask"], default=None
        )
    )
)

PINGED_HOSTS = Window(
    "pinged_hosts_5m",
    "flows",
    ("orig_h", "proto", "request"),
    (
        Distinct("hosts", "resp_h"),
        Distinct("answering_hosts", "resp_h", ~pl.col("silent")),
        Values("hosts_sample", "resp_h", k=5),
        Count("attempts"),
        Sum("orig_packets", "orig_packets"),
        *_SEEN,
        *_ACTIVE,
    ),
    "5m",
    pl.col("request").is_not_null() & pl.col("unicast"),
    derive={"request": _request},
    only=pl.col("proto").is_in(["icmp", "icmp6"]),
    worth=pl.col("hosts") >= LEAST,
).widened("1h", "1d")
"""Hosts asked by ICMP, by kind of request."""

PORT_OF_SITE = Window(
    "port_of_site_1h",
    "flows",
    ("resp_p", "proto"),
    (
        Distinct("failed_hosts", "resp_h"),
        Distinct("sources", "orig_h"),
        Values("sources_sample", "orig_h", k=10),
        Values("hosts_sample", "resp_h", k=5),
        Count("attempts"),
        Active("active_hours", "1h"),
        *_SEEN,
    ),
    "1h",
    ATTEMPT & pl.col("failed") & pl.col("orig_in") & pl.col("resp_in"),
    worth=pl.col("failed_hosts") >= LEAST,
).widened("1d")
"""Inside hosts tried in vain on one port by inside hosts together."""

_ADDRESS_V4 = r"^\d+\.\d+\.\d+\."

NEIGHBOURS_OF_PORT = Window(
    "neighbours_of_port_1h",
    "flows",
    ("orig_net", "resp_p", "proto"),
    (
        Distinct("sources", "orig_h"),
        Values("sources_sample", "orig_h", k=10),
        Distinct("failed_hosts", "resp_h"),
        Values("hosts_sample", "resp_h", k=5),
        Distinct("pairs", pl.struct("orig_h", "resp_h")),
        Count("attempts"),
        *_ACTIVE[1:],
        *_SEEN,
    ),
    "1h",
    derive={"orig_net": pl.col("orig_h").str.extract(f"({_ADDRESS_V4})", 1)},
    only=ATTEMPT & pl.col("failed") & ~pl.col("orig_in") & pl.col("resp_in"),
    where=pl.col("orig_net").is_not_null(),
    worth=(pl.col("failed_hosts") >= LEAST) & (pl.col("sources") >= LEAST),
).widened("1d", "7d")
"""Inside hosts tried in vain on one port by outside hosts of one network of 256 addresses."""

FAILED_HOSTS_7D = FAILED_HOSTS_OF_PORT[-1].widened("7d")[1]
HOSTS_7D = HOSTS_OF_PORT[-1].widened("7d")[1]
FAILURES_7D = FAILURES_OF_HOST[-1].widened("7d")[1]
FAILED_PORTS_7D = FAILED_PORTS_OF_PAIR[-1].widened("7d")[1]
"""The same over a week, for who has time."""

TOLD_HOSTS = Window(
    "told_hosts_5m",
    "flows",
    ("orig_h", "resp_p", "proto"),
    (
        Max("hosts", "resp_hosts"),
        Count("attempts"),
        Sum("total_packets", "total_packets"),
        Sum("total_bytes", "total_bytes"),
        Max("duration_s", "duration_s"),
        Max("service_seen", "service"),
        *_SEEN,
    ),
    "5m",
    pl.col("resp_hosts") > 1,
)
"""Rows that stand for several responders, as the source told their number."""
