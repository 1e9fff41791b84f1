"""Windows over attempts: who tried which hosts and ports, and how much of it led nowhere."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Measure, Min, Sum, Values, Window

ATTEMPT = pl.col("proto").is_in(["tcp", "udp", "sctp"]) & pl.col("unicast") & ~pl.col("reply_like")
"""Rows that began a conversation with a host, or tried to."""

SLOT_S = 300
"""Width of the slots by which a slow scan is told from a fast one."""

WIDTHS = ("5m", "1h", "1d")
"""A fast scan shows in five minutes, a slow one in an hour or a day."""

_TIMES: tuple[Measure, ...] = (
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "end_ns"),
    Max("orig_in", "orig_in"),
    Max("resp_in", "resp_in"),
    Distinct("active_slots", pl.col("end_ns") // (SLOT_S * 10**9), k=512),
    Distinct("active_hours", pl.col("end_ns") // (3600 * 10**9), k=64),
)


def _ports_of_pair(every: str) -> Window:
    return Window(
        f"failed_ports_of_pair_{every}",
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
            *_TIMES,
        ),
        every,
        ATTEMPT & pl.col("failed") & pl.col("resp_h").is_not_null(),
    )


def _failed_hosts_of_port(every: str) -> Window:
    return Window(
        f"failed_hosts_of_port_{every}",
        "flows",
        ("orig_h", "resp_p", "proto"),
        (
            Distinct("failed_hosts", "resp_h"),
            Distinct("dead_hosts", "resp_h", pl.col("silent") | pl.col("refused")),
            Values("hosts_sample", "resp_h", k=5),
            Count("failed_attempts"),
            Max("service_seen", "service"),
            *_TIMES,
        ),
        every,
        ATTEMPT & pl.col("failed") & pl.col("resp_h").is_not_null(),
    )


def _hosts_of_port(every: str) -> Window:
    return Window(
        f"hosts_of_port_{every}",
        "flows",
        ("orig_h", "resp_p", "proto"),
        (Distinct("hosts", "resp_h"), Count("attempts")),
        every,
        ATTEMPT & pl.col("resp_h").is_not_null(),
    )


def _failures_of_host(every: str) -> Window:
    return Window(
        f"failures_of_host_{every}",
        "flows",
        ("orig_h", "proto"),
        (Distinct("all_failed_hosts", "resp_h"), Distinct("all_failed_ports", "resp_p")),
        every,
        ATTEMPT & pl.col("failed"),
    )


def _sources_on_host(every: str) -> Window:
    return Window(
        f"sources_on_host_{every}",
        "flows",
        ("resp_h", "proto"),
        (
            Distinct("sources", "orig_h"),
            Distinct("ports", "resp_p"),
            Values("sources_sample", "orig_h", k=5),
            Count("attempts"),
            Count("refused_attempts", pl.col("refused")),
            Count("inside_attempts", pl.col("orig_in")),
            *_TIMES,
        ),
        every,
        ATTEMPT & pl.col("failed") & pl.col("resp_h").is_not_null(),
    )


def _pinged_hosts(every: str) -> Window:
    kind = pl.col("orig_p").cast(pl.Int64)
    six = pl.col("proto") == "icmp6"
    request = (
        pl.when(six & (kind == 128))
        .then(pl.lit("echo"))
        .when(~six)
        .then(
            kind.replace_strict(
                [8, 13, 15, 17], ["echo", "timestamp", "information", "address mask"], default=None
            )
        )
    )
    return Window(
        f"pinged_hosts_{every}",
        "flows",
        ("orig_h", "proto", "request"),
        (
            Distinct("hosts", "resp_h"),
            Distinct("answering_hosts", "resp_h", ~pl.col("silent")),
            Values("hosts_sample", "resp_h", k=5),
            Count("attempts"),
            Sum("orig_packets", "orig_packets"),
            *_TIMES,
        ),
        every,
        pl.col("request").is_not_null() & pl.col("unicast"),
        derive={"request": request},
        only=pl.col("proto").is_in(["icmp", "icmp6"]),
    )


FAILED_PORTS_OF_PAIR = tuple(_ports_of_pair(every) for every in WIDTHS)
"""Ports that one host tried of another without a conversation."""

FAILED_HOSTS_OF_PORT = tuple(_failed_hosts_of_port(every) for every in WIDTHS)
"""Hosts that one host tried on one port without a conversation."""

HOSTS_OF_PORT = tuple(_hosts_of_port(every) for every in WIDTHS)
"""Hosts that one host tried on one port."""

FAILURES_OF_HOST = tuple(_failures_of_host(every) for every in WIDTHS)
"""All hosts and ports that one host tried in vain: over many ports alike, that is peer-to-peer."""

SOURCES_ON_HOST = tuple(_sources_on_host(every) for every in ("1h", "1d"))
"""Who tried ports of one host without a conversation."""

PINGED_HOSTS = tuple(_pinged_hosts(every) for every in WIDTHS)
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
        *_TIMES[:4],
    ),
    "1h",
    ATTEMPT & pl.col("failed") & pl.col("orig_in") & pl.col("resp_in"),
)
"""Inside hosts tried in vain on one port by inside hosts together."""

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
        *_TIMES[:4],
    ),
    "5m",
    pl.col("resp_hosts") > 1,
)
"""Rows that stand for several responders, as the source told their number."""
