"""A host that mines coins for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    duration_text,
    plural,
    port_text,
    saturating,
    severity,
    share,
)
from lynceus.features.asked import POOL_NAMES
from lynceus.features.spoken import POOL_SHAPES
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_KEYS = ("window_start_ns", "window_end_ns", "site")


@dataclass(frozen=True)
class CryptoMining:
    """An inside host works for a pool that mines cryptocurrency.

    Detects: stratum (the language of pools) by content; names of mining pools in look-ups, TLS
    and HTTP; and connections of the shape of mining on the ports that pools publish: open for
    long, with small messages now and then in both directions.

    Why: mining by strangers is the most common way to make money of a host that was broken into;
    where it works, something worse can follow. It also burns power.

    Blind spots: pools on port 443 in TLS without a name, private pools and proxies to them.

    False positives: people who mine on purpose, research, price sites of pools. A look-up that
    nobody follows up is medium; the shape alone is low.

    ATT&CK: T1496 Resource Hijacking.
    """

    reads: ClassVar[tuple[Table, ...]] = (POOL_SHAPES, *POOL_NAMES)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "impact"
    techniques: ClassVar[tuple[str, ...]] = ("T1496",)

    connected_s: int = 900
    """Less than a quarter of an hour on such a port is no work."""
    most_packet_bytes: float = 400.0
    """Most mean bytes a packet: jobs and shares are short texts."""
    least_packets: int = 20
    """Least packets each way in that time: a pool gives a job every minute or so."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """By content and shape, then by name."""
        shapes, *names = tables
        return pl.concat(
            [self._shaped(shapes), *(self._named(rows) for rows in names)], how="diagonal_relaxed"
        )

    def _shaped(self, shapes: pl.LazyFrame) -> pl.LazyFrame:
        carried = pl.sum_horizontal("orig_bytes", "resp_bytes")
        packets = pl.sum_horizontal("orig_packets", "resp_packets")
        provider = pl.col("resp_network_kind").is_in(["saas", "cdn", "resolver"]).fill_null(False)
        told = pl.col("told_stratum") > 0
        slow = (
            (pl.col("connected_s") >= self.connected_s)
            & (share(carried, packets) <= self.most_packet_bytes)
            & (pl.col("orig_packets") >= self.least_packets)
            & (pl.col("resp_packets") >= self.least_packets)
            & (pl.col("orig_packets") * 4 >= pl.col("resp_packets"))
            & ~provider
        )
        return (
            shapes.with_columns(carried_bytes=carried)
            .filter(told | slow)
            .select(
                *(*_KEYS, "orig_h", "resp_h", "resp_p", "first_seen_ns", "last_seen_ns"),
                *("connections", "connected_s", "carried_bytes", "told_stratum", "resp_network"),
                service=pl.when(told).then(pl.lit("stratum")),
                proto=pl.lit("tcp"),
                orig_role=pl.when(told).then(pl.lit("infected")).otherwise(pl.lit("unknown")),
                resp_role=pl.lit("service"),
                severity=severity((told, "medium"), otherwise="low"),
                score=pl.when(told).then(0.8).otherwise(0.4),
                confidence=pl.when(told).then(0.9).otherwise(0.3),
                because=sentence(
                    "{orig_h} was connected to {resp_h} on {port} for {connected_s} in "
                    "{connections} and exchanged {carried_bytes}{how}.",
                    port=port_text(),
                    connected_s=duration_text("connected_s"),
                    connections=plural("connections", "connection"),
                    carried_bytes=bytes_text("carried_bytes"),
                    how=pl.when(told)
                    .then(sentence(", in the language of mining pools"))
                    .otherwise(clause("in small messages, as miners and their pools do")),
                ),
            )
        )

    @staticmethod
    def _named(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.select(
            *(*_KEYS, "orig_h", "domain", "first_seen_ns", "last_seen_ns"),
            *("flow_uids", "flows_total", "requests", "names"),
            orig_role=pl.lit("infected"),
            resp_role=pl.lit("domain"),
            score=saturating("requests", 3.0),
            confidence=pl.lit(0.7),
            because=sentence(
                "{orig_h} asked {requests} for {names}, which is a pool that mines coins.",
                requests=plural("requests", "time"),
                names=pl.col("names").list.join(", ", ignore_nulls=True),
            ),
        )
