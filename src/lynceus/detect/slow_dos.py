"""Connections kept open so that nobody else gets one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, number_text, plural, port_text, saturating
from lynceus.features.denial import SLOW_CONNECTIONS
from lynceus.features.window import Table, width_ns
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_KEYS = ["window_start_ns", "window_end_ns", "site"]
_SERVICE = [*_KEYS, "resp_h", "resp_p"]


@dataclass(frozen=True)
class SlowDos:
    """A web server's places are held by requests that never end.

    Detects: TCP connections to a web service that lived for half a minute or more while the
    client said little and slowly and the server had nothing to answer (slowloris, slow post):
    their number by source in five minutes, and how many were open on average over an hour. Several
    sources that each do so are one finding on the server.

    Why: a server has room for so many requests at once. Who never finishes one needs no bandwidth
    to keep the others out.

    Blind spots: slow reading (the request is complete, the answer is taken byte by byte) looks like
    a slow download here; sources with few connections each; input without dates or durations;
    inside TLS the handshake counts as an answer, so only attacks before it are seen.

    False positives: old long polling, where the server answers nothing until there is news, from
    many users behind one address; broken load balancers that open spare connections.

    ATT&CK: T1499.002 Service Exhaustion Flood.
    """

    reads: ClassVar[tuple[Table, ...]] = SLOW_CONNECTIONS
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "impact"
    techniques: ClassVar[tuple[str, ...]] = ("T1499.002",)

    connections_5m: int = 100
    """Slow connections with one service in five minutes (a slowloris tool opens 150 or more)."""
    open_1h: float = 50.0
    """Slow connections open on average over an hour, where no five minutes held enough."""
    each: int = 20
    """Slow connections of a source below which it may be a visitor with a bad line."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Attacks of five minutes, then those that only the hour shows."""
        fast, hour = (
            self._services(table.filter(pl.col("window_start_ns").is_not_null()), width)
            for table, width in zip(tables, ("5m", "1h"), strict=True)
        )
        loud = pl.col("slow_connections") >= self.connections_5m
        thin = pl.col("slow_connections") < 12 * self.connections_5m
        return pl.concat(
            [
                self._said(fast.filter(loud)),
                self._said(hour.filter(thin & loud & (pl.col("open_on_average") >= self.open_1h))),
            ]
        )

    def _services(self, slow: pl.LazyFrame, width: str) -> pl.LazyFrame:
        return (
            slow.filter(pl.col("slow_connections") >= self.each)
            .group_by(_SERVICE)
            .agg(
                pl.len().cast(pl.Int64).alias("sources"),
                pl.col("orig_h").sort().head(10).alias("sources_sample"),
                pl.col("slow_connections", "orig_bytes", "open_s").sum(),
                pl.col("longest_s").max(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
            .with_columns(open_on_average=pl.col("open_s") * 1e9 / width_ns(width))
        )

    def _said(self, services: pl.LazyFrame) -> pl.LazyFrame:
        single = pl.col("sources") == 1
        who = (
            pl.when(single)
            .then(pl.col("sources_sample").list.first())
            .otherwise(plural("sources", "source"))
        )
        return services.select(
            *_SERVICE,
            *("first_seen_ns", "last_seen_ns", "slow_connections", "open_on_average", "sources"),
            *("sources_sample", "longest_s"),
            sent_bytes="orig_bytes",
            proto=pl.lit("tcp"),
            orig_h=pl.when(single).then(pl.col("sources_sample").list.first()),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            score=saturating("slow_connections", self.connections_5m),
            confidence=pl.lit(0.75),
            because=sentence(
                "{who} kept {slow_connections} to {resp_h} on {port} open and said "
                "{orig_bytes} in all of them, the longest for {longest_s} s: a slow "
                "attack on the web server.",
                who=who,
                slow_connections=plural("slow_connections", "connection"),
                port=port_text(),
                orig_bytes=bytes_text("orig_bytes"),
                longest_s=number_text("longest_s"),
            ),
        )
