"""Flows of the lake by time and host, an hour at a time; only hours that can hold them are read."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from lynceus.store.lake import HOUR_NS, Hour, Lake, read


def flows_between(
    lake: Lake,
    first_ns: int | None = None,
    last_ns: int | None = None,
    *,
    host: str | None = None,
) -> Iterator[pl.DataFrame]:
    """Flows that end from `first_ns` on and before `last_ns`, of a host at either end.

    One frame a partition, in `FLOW_SCHEMA`, by their end. Rows without a time come last, and only
    where no time is asked for.
    """
    end = pl.coalesce("end_ns", "ts_ns")
    wanted = pl.lit(value=True)
    if first_ns is not None:
        wanted &= end >= first_ns
    if last_ns is not None:
        wanted &= end < last_ns
    if host is not None:
        wanted &= (pl.col("orig_h") == host).fill_null(value=False) | (
            pl.col("resp_h") == host
        ).fill_null(value=False)
    for hour in _hours(lake, first_ns, last_ns, host):
        rows = read("flows", lake.files("flows", hour)).filter(wanted)
        found = rows.sort("end_ns", "ts_ns", "uid", nulls_last=True).collect()
        if found.height:
            yield found


def _hours(
    lake: Lake, first_ns: int | None, last_ns: int | None, host: str | None
) -> Iterator[Hour]:
    """The partitions that may hold such flows; roll-ups tell the hours in which a host spoke."""
    for hour in lake.hours("flows"):
        start = hour.start_ns
        if start is None:
            if first_ns is None and last_ns is None:
                yield hour
            continue
        before = last_ns is not None and start >= last_ns
        after = first_ns is not None and start + HOUR_NS <= first_ns
        if not before and not after and (host is None or _spoke(lake, hour, host)):
            yield hour


def _spoke(lake: Lake, hour: Hour, host: str) -> bool:
    """Whether the roll-up of an hour knows a host; an hour without a fresh one may hold it."""
    fresh = lake.state("flows", hour)
    files = [path for path in lake.files("host_hour", hour) if path.stem == fresh]
    if not files:
        return True
    known = read("host_hour", files).filter(pl.col("host") == host)
    return bool(known.select(pl.len()).collect().item())
