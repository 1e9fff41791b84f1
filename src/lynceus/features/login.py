"""Windows over login services: short sessions, refused attempts, who and on whom."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Active, Count, Distinct, Max, Measure, Min, Sum, Values, Window

SHORT_S = 30.0
"""A session that took longer is no single password try (OpenSSH gives up after 6 tries)."""

SHORT_BYTES = 30_000
"""A session that carried more did some work."""

SPOKEN_BYTES = {"ssh": 500}
"""Least payload of the originator that can hold a login: an SSH key exchange alone is longer than
this, a banner check shorter. Other services: `LEAST_SPOKEN_BYTES`."""

LEAST_SPOKEN_BYTES = 10

# A source that tells only the bytes of both ends together still tells that nothing was said.
_data = pl.coalesce(
    pl.sum_horizontal("orig_data_bytes", "resp_data_bytes", ignore_nulls=False),
    "orig_data_bytes",
    "resp_data_bytes",
    pl.col("total_bytes").cast(pl.Int64),
    0,
)
_spoke = pl.coalesce(
    "orig_data_bytes", pl.col("total_bytes").cast(pl.Int64), LEAST_SPOKEN_BYTES
) >= (pl.when(pl.col("login") == "ssh").then(SPOKEN_BYTES["ssh"]).otherwise(LEAST_SPOKEN_BYTES))
_session = ~pl.col("failed") & _spoke
_measured = pl.col("duration_s").is_not_null() & (
    pl.col("orig_bytes").is_not_null() | pl.col("total_bytes").is_not_null()
)
"""Only what was measured is short: a log of logins alone tells of no length."""
_short = _session & _measured & (pl.col("duration_s") <= SHORT_S) & (_data <= SHORT_BYTES)
_long = _session & _measured & ~_short
_row = pl.col("login").is_not_null() & pl.col("unicast") & ~pl.col("reply_like")
_clipped = pl.col("resp_data_bytes").cast(pl.Int64).clip(0, SHORT_BYTES)

_SEEN: tuple[Measure, ...] = (
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "end_ns"),
    Max("orig_in", "orig_in"),
    Max("resp_in", "resp_in"),
)
_COUNTS: tuple[Measure, ...] = (
    Count("short_sessions", _short),
    Count("long_sessions", _long),
    Count("failed_attempts", pl.col("failed")),
    *_SEEN,
)


LOGINS_OF_PAIR = Window(
    "logins_of_pair_1h",
    "flows",
    ("orig_h", "resp_h", "login"),
    (
        *_COUNTS,
        Count("measured_sessions", ~pl.col("failed") & pl.col("orig_data_bytes").is_not_null()),
        Sum("short_resp_bytes", _clipped, _short),
        Sum("short_resp_bytes_squared", _clipped**2, _short),
        Max("most_short_resp_bytes", pl.when(_short).then(_clipped)),
        Max("resp_p", "resp_p"),
        Min("first_short_ns", pl.when(_short).then("ts_ns")),
        Max("last_long_ns", pl.when(_long).then("ts_ns")),
        Max("longest_session_bytes", pl.when(_long).then(_data)),
        Max("longest_session_s", pl.when(_long).then("duration_s")),
        Active("active_hours", "1h"),
        Max("resp_network", "resp_network"),
    ),
    "1h",
    _row & pl.col("resp_h").is_not_null(),
).widened("1d")
"""Sessions of one host with one login service of another."""


def _spread(key: str, other: str, name: str) -> tuple[Window, ...]:
    return Window(
        f"logins_{name}_1h",
        "flows",
        (key, "login"),
        (
            *_COUNTS,
            Distinct("peers", other, _short),
            Values("peers_sample", other, _short, k=5),
            Sum("short_resp_bytes", _clipped, _short),
            Sum("short_resp_bytes_squared", _clipped**2, _short),
            Max("most_short_resp_bytes", pl.when(_short).then(_clipped)),
            Distinct("outside_peers", other, _short & ~pl.col(other.replace("_h", "_in"))),
        ),
        "1h",
        _row & pl.col("resp_h").is_not_null(),
    ).widened("1d")


LOGINS_OF_SOURCE = _spread("orig_h", "resp_h", "of_source")
"""Sessions of one host with one kind of login service, wherever."""

LOGINS_ON_TARGET = _spread("resp_h", "orig_h", "on_target")
"""Sessions of all hosts with one login service of one host."""

SSH_LOGINS = Window(
    "ssh_logins_1h",
    "ssh",
    ("orig_h", "resp_h"),
    (
        Count(
            "ssh_sessions",
            pl.col("client").is_not_null() | pl.col("auth_success").is_not_null(),
        ),
        Count(
            "keyed_sessions",
            pl.col("hassh").is_not_null() | pl.col("auth_success").is_not_null(),
        ),
        Count("accepted_logins", pl.col("auth_success")),
        Count("rejected_sessions", ~pl.col("auth_success")),
        Sum("login_attempts", "auth_attempts"),
        Distinct("client_banners", "client"),
        Values("client_banners_sample", "client", k=5),
        Max("ssh_port", "resp_p"),
        Min("ssh_first_ns", "ts_ns"),
        Max("ssh_last_ns", "ts_ns"),
        Max("ssh_orig_in", "orig_in"),
        Max("ssh_resp_in", "resp_in"),
        Active("ssh_active_hours", "1h"),
    ),
    "1h",
    pl.col("resp_h").is_not_null(),
).widened("1d")
"""What the SSH analyser inferred of the logins of one pair."""
