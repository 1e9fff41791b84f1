"""Hours of a host, a pair, a service and its flows: the numbers in which their behaviour is told.

They are what baselines are made of, and of what any source gives: who was met, how much went where,
which kinds of service were used and given. Sums and sketches, so that any cut merges to the same.
"""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Measure, Min, Sum, Window

KINDS: dict[str, tuple[int, ...]] = {
    "dns": (53, 853, 5353, 5355),
    "web": (80, 443, 3128, 8000, 8080, 8443),
    "file": (20, 21, 111, 139, 445, 548, 873, 990, 2049),
    "mail": (25, 110, 143, 465, 587, 993, 995),
    "print": (515, 631, 9100),
    "login": (22, 23, 512, 513, 3389, 5900, 5901, 5985, 5986),
    "data": (389, 636, 1433, 1521, 3306, 5432, 6379, 9200, 27017),
}
"""Kinds of service by port: what a host is used for shows in the mix."""

SKETCH = 256
"""Size of the sketches of distinct values: 6 % error above it, which a baseline does not feel."""

LEAST_PAIR_BYTES = 100_000
LEAST_PAIR_FLOWS = 20
"""Pairs with less in an hour are counted in the hours of their hosts only."""

LEAST_SERVICE_FLOWS = 5
"""Answered flows in an hour from which on a port of a host is a service."""

LEAST_FLOW_BYTES = 10_000
LEAST_FLOW_S = 10.0
"""Hours in which no flow to a service was larger or longer are not worth comparing."""

_dated = pl.col("ts_ns").is_not_null()
_begun = ~pl.col("reply_like") & _dated
_sent = pl.col("orig_bytes").cast(pl.Int64)
_received = pl.col("resp_bytes").cast(pl.Int64)
_spoke = _begun & ~pl.col("failed")

_SEEN: tuple[Measure, ...] = (Min("first_seen_ns", "ts_ns"), Max("last_seen_ns", "end_ns"))


def _kinds(prefix: str) -> tuple[Count, ...]:
    """Flows of each kind of service."""
    return tuple(
        Count(f"{prefix}_{kind}_flows", pl.col("resp_p").is_in(list(numbers)) & ~pl.col("failed"))
        for kind, numbers in KINDS.items()
    )


PROFILE_OF_ORIGINATOR = Window(
    "profile_of_originator_1h",
    "flows",
    ("orig_h",),
    (
        Count("flows"),
        Count("failed_flows", pl.col("failed")),
        Sum("outside_sent_bytes", _sent, ~pl.col("resp_in")),
        Sum("outside_received_bytes", _received, ~pl.col("resp_in")),
        Sum("inside_sent_bytes", _sent, pl.col("resp_in")),
        Sum("inside_received_bytes", _received, pl.col("resp_in")),
        Distinct("outside_hosts", "resp_h", ~pl.col("resp_in"), SKETCH),
        Distinct("inside_hosts", "resp_h", pl.col("resp_in"), SKETCH),
        Distinct("ports", "resp_p", k=SKETCH),
        Max("longest_s", "duration_s"),
        *_kinds("used"),
        *_SEEN,
    ),
    "1h",
    (pl.col("orig_in") & _begun).fill_null(False),
)
"""What an inside host began in an hour."""

PROFILE_OF_RESPONDER = Window(
    "profile_of_responder_1h",
    "flows",
    ("resp_h",),
    (
        Count("served_flows", ~pl.col("failed")),
        Count("refused_flows", pl.col("failed")),
        Distinct("clients", "orig_h", k=SKETCH),
        Count("served_outside_flows", ~pl.col("orig_in") & ~pl.col("failed")),
        Sum("served_sent_bytes", _received),
        Sum("served_received_bytes", _sent),
        Distinct("asked_ports", "resp_p", k=SKETCH),
        *_kinds("served"),
        *_SEEN,
    ),
    "1h",
    (pl.col("resp_in") & pl.col("unicast") & _begun).fill_null(False),
)
"""What an inside host was asked for in an hour."""

PROFILE_OF_PAIR = Window(
    "profile_of_pair_1h",
    "flows",
    ("orig_h", "resp_h"),
    (
        Count("flows"),
        Count("failed_flows", pl.col("failed")),
        Sum("sent_bytes", _sent),
        Sum("received_bytes", _received),
        Distinct("ports", "resp_p", k=64),
        Max("longest_s", "duration_s"),
        *_SEEN,
    ),
    "1h",
    (pl.col("orig_in") & pl.col("unicast") & _begun).fill_null(False),
    worth=(pl.col("flows") >= LEAST_PAIR_FLOWS)
    | (pl.col("sent_bytes") >= LEAST_PAIR_BYTES)
    | (pl.col("received_bytes") >= LEAST_PAIR_BYTES),
)
"""What one inside host and another host had to do with each other in an hour."""

PROFILE_OF_SERVICE = Window(
    "profile_of_service_1h",
    "flows",
    ("resp_h", "resp_p", "proto"),
    (
        Count("served_flows"),
        Distinct("clients", "orig_h", k=SKETCH),
        Count("served_outside_flows", ~pl.col("orig_in")),
        Sum("served_sent_bytes", _received),
        Sum("served_received_bytes", _sent),
        Max("longest_s", "duration_s"),
        *_SEEN,
    ),
    "1h",
    (pl.col("resp_in") & pl.col("unicast") & _spoke).fill_null(False),
    worth=pl.col("served_flows") >= LEAST_SERVICE_FLOWS,
)
"""How one service of an inside host was used in an hour."""

PROFILE_OF_FLOWS = Window(
    "profile_of_flows_1h",
    "flows",
    ("orig_h", "resp_p", "proto"),
    (
        Count("flows"),
        Max("longest_s", "duration_s"),
        Max("most_packets", pl.col("total_packets").cast(pl.Int64)),
        Max("most_sent_bytes", _sent),
        Max("most_received_bytes", _received),
        *_SEEN,
    ),
    "1h",
    (pl.col("orig_in") & pl.col("unicast") & _spoke).fill_null(False),
    worth=(pl.col("longest_s") >= LEAST_FLOW_S)
    | (pl.col("most_sent_bytes") >= LEAST_FLOW_BYTES)
    | (pl.col("most_received_bytes") >= LEAST_FLOW_BYTES),
)
"""The greatest single flows of one inside host to one service, whoever gives it, in an hour."""

PROFILES = (
    PROFILE_OF_ORIGINATOR,
    PROFILE_OF_RESPONDER,
    PROFILE_OF_PAIR,
    PROFILE_OF_SERVICE,
    PROFILE_OF_FLOWS,
)
"""All tables that baselines are made of."""
