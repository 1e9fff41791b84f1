"""A small site in the hours of its hosts: clients of an office and a server, day by day."""

from __future__ import annotations

import numpy as np
import polars as pl

from lynceus.baseline.season import DAY_NS, HOUR_NS
from lynceus.baseline.subject import HOST, SEEN, segment

MONDAY_NS = 1_699_833_600 * 10**9
"""2023-11-13 00:00 UTC."""


def hours(
    hosts: int, days: int, seed: int, first_day: int = 0, busier: float = 1.0
) -> pl.DataFrame:
    """Hours of hosts 10.0.0.1 and on; every tenth is a web server, the others are people's.

    `busier` multiplies the traffic of every further day.
    """
    rng = np.random.default_rng(seed)
    hour = np.tile(np.arange(first_day * 24, (first_day + days) * 24), hosts)
    host = np.repeat(np.arange(hosts), days * 24)
    clock, weekday, server = hour % 24, hour // 24 % 7, host % 10 == 0
    at_work = (clock >= 8) & (clock < 18) & (weekday < 5)
    busy = np.where(server, 0.6, np.where(at_work, 1.0, 0.05))
    there = rng.random(hour.size) < np.where(server, 1.0, np.where(at_work, 0.9, 0.15))
    taste = np.exp(np.random.default_rng(7).normal(0, 0.8, hosts))[host]
    grown = busier ** (hour // 24 - first_day)
    lively = taste * busy * grown * np.exp(rng.normal(0, 0.5, hour.size))
    flows = rng.poisson(60 * lively)
    served = np.where(server, rng.poisson(200 * lively), 0)
    web = rng.binomial(flows, 0.7)
    told = {
        "flows": flows,
        "failed_flows": rng.binomial(flows, 0.02),
        "used_web_flows": web,
        "used_dns_flows": rng.binomial(flows - web, 0.8),
        "outside_sent_bytes": flows * np.exp(rng.normal(8, 1.0, hour.size)),
        "outside_received_bytes": flows * np.exp(rng.normal(10, 1.2, hour.size)),
        "inside_sent_bytes": flows * np.exp(rng.normal(5, 1.0, hour.size)),
        "inside_received_bytes": flows * np.exp(rng.normal(5, 1.0, hour.size)),
        "outside_hosts": rng.binomial(flows, 0.3),
        "inside_hosts": np.minimum(flows, rng.poisson(3, hour.size)),
        "ports": np.minimum(flows, 2 + rng.poisson(2, hour.size)),
        "longest_s": flows * rng.exponential(20, hour.size),
        "served_flows": served,
        "served_web_flows": served,
        "clients": np.minimum(served, rng.poisson(20, hour.size)),
        "served_sent_bytes": served * np.exp(rng.normal(9, 1.0, hour.size)),
        "served_received_bytes": served * 800.0,
    }
    numbers = {name: told.get(name, np.zeros(hour.size)).astype(float) for name in HOST.names}
    frame = pl.DataFrame(
        {
            "site": "default",
            "window_start_ns": MONDAY_NS + hour * HOUR_NS,
            "host": [f"10.0.0.{1 + n}" for n in host],
            **numbers,
        }
    ).filter(pl.Series(there) & (pl.col("flows") + pl.col("served_flows") > 0))
    return (
        frame.with_columns(
            segment=segment("host"),
            first_seen_ns=pl.col("window_start_ns"),
            last_seen_ns=pl.col("window_start_ns") + HOUR_NS,
        )
        .select("site", "window_start_ns", "host", "segment", *HOST.names, *SEEN)
        .sort("window_start_ns", "host")
    )


def at(rows: pl.DataFrame, clock: int) -> pl.DataFrame:
    """The rows of one hour of the day."""
    return rows.filter(pl.col("window_start_ns") % DAY_NS == clock * HOUR_NS)


def by_day(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of each day."""
    return rows.with_columns(day=pl.col("window_start_ns") // DAY_NS).partition_by(
        "day", maintain_order=True, include_key=False
    )
