"""Roll-ups: what hosts, pairs and services exchanged in a minute, an hour, a day.

A minute is counted from flows, an hour from its minutes, a day from its hours: sums and extremes
only, so that parts merge to equal results. Counts stay as measured: rows of different
`sampling_rate` are counted apart. `bytes` are those of IP packets where the source tells them,
else of payload.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lynceus.moments import NS
from lynceus.store.lake import ROLLUP_TABLES, Hour, Lake, read

WIDTHS_NS = {"minute": 60 * NS, "hour": 3_600 * NS, "day": 86_400 * NS}

EXCHANGED = ("sent_bytes", "received_bytes", "sent_packets", "received_packets")
"""What is summed beside the flows: sent by the host, by the originator of a pair, by the clients of
a service."""


@dataclass(frozen=True)
class Rollup:
    """One kind of roll-up: what a row stands for."""

    name: str
    key: tuple[str, ...]

    def counted(self, flows: pl.LazyFrame) -> pl.LazyFrame:
        """Minutes of flows."""
        width = WIDTHS_NS["minute"]
        end = pl.coalesce("end_ns", "ts_ns")
        return self._summed(
            self._rows(flows.with_columns(window_start_ns=end // width * width)),
            first=pl.col("ts_ns").min(),
            last=end.max(),
            counts={"flows": pl.len(), **{name: pl.col(name).sum() for name in EXCHANGED}},
        )

    def widened(self, rows: pl.LazyFrame, width: str) -> pl.LazyFrame:
        """Wider windows of narrower ones, or of parts of the same."""
        size = WIDTHS_NS[width]
        return self._summed(
            rows.with_columns(pl.col("window_start_ns") // size * size),
            first=pl.col("first_seen_ns").min(),
            last=pl.col("last_seen_ns").max(),
            counts={name: pl.col(name).sum() for name in ("flows", *EXCHANGED)},
        )

    def _summed(
        self, rows: pl.LazyFrame, *, first: pl.Expr, last: pl.Expr, counts: dict[str, pl.Expr]
    ) -> pl.LazyFrame:
        by = ["window_start_ns", "site", *self.key, "sampling_rate"]
        sums = {name: expr.cast(pl.UInt64) for name, expr in counts.items()}
        found = rows.group_by(by).agg(**sums, first_seen_ns=first, last_seen_ns=last)
        return found.sort(by, nulls_last=True)

    def _rows(self, flows: pl.LazyFrame) -> pl.LazyFrame:
        """A row for each time a flow counts: a host counts at both ends."""
        sides = (
            [("orig", "resp"), ("resp", "orig")] if self.key == ("host",) else [("orig", "resp")]
        )
        return pl.concat(
            flows.with_columns(
                host=pl.col(f"{one}_h"),
                sent_bytes=_bytes(one),
                received_bytes=_bytes(other),
                sent_packets=pl.col(f"{one}_packets"),
                received_packets=pl.col(f"{other}_packets"),
            )
            for one, other in sides
        )


ROLLUPS = (
    Rollup("host", ("host",)),
    Rollup("pair", ("orig_h", "resp_h")),
    Rollup("service", ("proto", "resp_p", "service")),
)


def _bytes(end: str) -> pl.Expr:
    return pl.coalesce(f"{end}_ip_bytes", f"{end}_bytes")


def table_of(rollup: Rollup, width: str) -> str:
    """The name of its table, one of `ROLLUP_TABLES`."""
    return f"{rollup.name}_{width}"


def roll_up(lake: Lake, emptied: Collection[Hour] = ()) -> int:
    """Counts anew what changed since it was counted last; gives the number of hours.

    `emptied` are partitions whose flows were all erased: their sums go too. Flows that are only
    too old to be kept leave their sums behind.
    """
    for table, hour in ((t, h) for h in emptied for t in ROLLUP_TABLES if not t.endswith("_day")):
        if lake.files(table, hour):
            lake.rewrite(table, hour, ())
    changed = [hour for hour in lake.hours("flows") if hour.start_ns is not None]
    changed = [hour for hour in changed if _counted(lake, hour)]
    for day in sorted({hour.day for hour in (*changed, *emptied)}):
        for rollup in ROLLUPS:
            _of_day(lake, rollup, day)
    return len(changed)


def _counted(lake: Lake, hour: Hour) -> bool:
    """Counts the minutes and the hour of a partition; False where they are as its files are."""
    files = lake.files("flows", hour)
    name = lake.state("flows", hour)
    if lake.files(table_of(ROLLUPS[-1], "hour"), hour) == [_place(lake, "hour", hour, name)]:
        return False
    for rollup in ROLLUPS:
        parts = [rollup.counted(read("flows", [path])).collect() for path in files]
        minutes = rollup.widened(pl.concat(parts).lazy(), "minute").collect()
        hours = rollup.widened(minutes.lazy(), "hour").collect()
        for width, rows in (("minute", minutes), ("hour", hours)):
            lake.replace(table_of(rollup, width), hour, rows, name)
    return True


def _of_day(lake: Lake, rollup: Rollup, day: str) -> None:
    table = table_of(rollup, "hour")
    files = [f for h in lake.hours(table) if h.day == day for f in lake.files(table, h)]
    place = table_of(rollup, "day"), Hour(day, 0)
    if files:
        lake.replace(*place, rollup.widened(read(table, files), "day").collect(), "day")
    elif lake.files(*place):
        lake.rewrite(*place, ())


def _place(lake: Lake, width: str, hour: Hour, name: str) -> Path:
    return lake.folder(table_of(ROLLUPS[-1], width)) / hour.path / f"{name}.parquet"
