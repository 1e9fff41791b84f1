"""One pair, connection after connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    duration_text,
    network_text,
    plural,
    saturating,
    severity,
    share,
    span_s,
)
from lynceus.features.contact import CONNECTIONS_OF_PAIR, NAMED, NAMES_OF_PAIR
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

KNOWN_KINDS = ("saas", "cdn", "cloud", "resolver")
_KEYS = ["window_start_ns", "window_end_ns", "site", "orig_h", "resp_h"]


@dataclass(frozen=True)
class Strobe:
    """One host opens connections to another without pause.

    Detects: connections of one pair of hosts in an hour and in a day, whatever their ports, of
    which most were answered. Name look-ups, time and other services that ask with a packet each
    are left out; connections that fail are for `refused_loop`, `flood` and the scans.

    Why: a program that connects every second for hours is broken, or polls a controller so often
    that it does not show as a beacon.

    Blind spots: one connection with many requests in it; input that counts several connections as
    one flow; who stays below one in two seconds.

    False positives: applications that open a connection for every query (inside that is info),
    proxies and load balancers, monitoring. Outside it is low, and medium only where the place
    bears no popular name, is no network of a well-known provider, and nearly all the connections
    carried no more than a question.

    ATT&CK: T1071 Application Layer Protocol.
    """

    reads: ClassVar[tuple[Table, ...]] = (*CONNECTIONS_OF_PAIR, *NAMES_OF_PAIR)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071",)

    connections_1h: int = 7_200
    """Connections in an hour: two a second."""
    connections_1d: int = 43_200
    """Connections in a day, where the average hour held less: one in two seconds (RITA calls a
    pair a strobe from one a second on)."""
    failed_share: float = 0.5
    """Most share of failed connections."""
    small_share: float = 0.9
    """Share of connections that carried no more than a question that is nearly all."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Strobes of an hour, then those that only the day shows."""
        hour, day = tables[:2]
        names = tables[2 : 2 + len(NAMED)], tables[2 + len(NAMED) :]
        rate = pl.col("connections") / pl.col("active_hours").clip(lower_bound=1)
        thin = rate < self.connections_1h
        return pl.concat(
            [
                self._said(hour.filter(pl.col("connections") >= self.connections_1h), names[0]),
                self._said(
                    day.filter((pl.col("connections") >= self.connections_1d) & thin), names[1]
                ),
            ]
        )

    def _said(self, pairs: pl.LazyFrame, names: tuple[pl.LazyFrame, ...]) -> pl.LazyFrame:
        named = (
            pl.concat(names).group_by(_KEYS).agg(pl.col("popular", "known_service", "domain").max())
        )
        outward = (pl.col("orig_in") & ~pl.col("resp_in")).fill_null(False)
        known = (
            pl.col("popular").fill_null(False)
            | pl.col("known_service").is_not_null()
            | pl.col("resp_network_kind").is_in(KNOWN_KINDS).fill_null(False)
        )
        small = share("small_connections", "connections")
        dated = pl.col("window_start_ns").is_not_null()
        return (
            pairs.filter(dated & (share("failed_connections", "connections") <= self.failed_share))
            .join(named, on=_KEYS, how="left", nulls_equal=True)
            .select(
                *_KEYS,
                *("proto", "service", "first_seen_ns", "last_seen_ns", "connections", "ports"),
                *("failed_connections", "sent_bytes", "received_bytes", "resp_network"),
                "known_service",
                domain=pl.col("domain"),
                small_share=small,
                orig_role=pl.lit("unknown"),
                resp_role=pl.when(known).then(pl.lit("service")).otherwise(pl.lit("unknown")),
                severity=severity(
                    (~outward, "info"),
                    (known | (small < self.small_share), "low"),
                    otherwise="medium",
                ),
                score=saturating("connections", 2.0 * self.connections_1h),
                confidence=pl.when(known | ~outward).then(0.3).otherwise(0.4),
                because=sentence(
                    "{orig_h} opened {connections} to {resp_h}{network} within {span}, one in"
                    " {gap} s on average; it sent {sent} in all.",
                    connections=plural("connections", "connection"),
                    network=network_text(),
                    span=duration_text(span_s()),
                    gap=(span_s() / pl.col("connections")).round(2),
                    sent=pl.when(pl.col("sent_bytes").is_null())
                    .then(sentence("an unknown amount"))
                    .otherwise(bytes_text(pl.col("sent_bytes").fill_null(0))),
                ),
            )
        )
