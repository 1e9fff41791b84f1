"""Windows over logins as servers and gateways write them in their own logs."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.window import Active, Distinct, Max, Measure, Min, Sum, Values, Window

_failed = (~pl.col("success")).fill_null(value=False)
_worked = pl.col("success").fill_null(value=False)
_times = pl.col("attempts").fill_null(1).cast(pl.Int64)
_interactive = pl.col("logon_type").is_null() | ~pl.col("logon_type").is_in([4, 5, 7])
"""Batch jobs, services and screens that are unlocked log in by themselves or at the machine."""

_DERIVED = {
    "login": pl.coalesce("service", "product"),
    "target": pl.coalesce("resp_h", "hostname"),
    "source": pl.coalesce("orig_h", "orig_hostname"),
}
_COUNTS: tuple[Measure, ...] = (
    Sum("failed_logins", _times, _failed),
    Sum("accepted_logins", _times, _worked),
    Distinct("usernames", "username", _failed),
    Values("usernames_sample", "username", _failed, k=5),
    Distinct("unknown_users", "username", _failed & ~pl.col("user_exists").fill_null(value=True)),
    Min("first_failed_ns", pl.when(_failed).then("ts_ns")),
    Max("last_accepted_ns", pl.when(_worked).then("ts_ns")),
    Max("resp_h", "resp_h"),
    Max("resp_p", "resp_p"),
    Max("proto", "proto"),
    Max("orig_in", "orig_in"),
    Max("product", "product"),
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
    Active("active_hours", "1h"),
    *BEHIND,
)
FEWEST = 5
"""Fewer failures than this in a window are a person who mistypes."""

LOGGED_OF_PAIR = Window(
    "logged_of_pair_1h",
    "login",
    ("source", "target", "login"),
    (*_COUNTS, Max("orig_h", "orig_h")),
    "1h",
    _interactive & pl.coalesce("orig_h", "orig_hostname").is_not_null(),
    derive=_DERIVED,
    worth=pl.col("failed_logins") >= FEWEST,
).widened("1d")
"""Logins of one source to one service of one host."""

LOGGED_ON_TARGET = Window(
    "logged_on_target_1h",
    "login",
    ("target", "login"),
    (*_COUNTS, Distinct("sources", "source", _failed), Values("sources_sample", "source", _failed)),
    "1h",
    _interactive & pl.coalesce("orig_h", "orig_hostname").is_not_null(),
    derive=_DERIVED,
    worth=pl.col("failed_logins") >= FEWEST,
).widened("1d")
"""Logins of all sources to one service of one host."""
