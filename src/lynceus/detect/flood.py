"""So much at once that a service drowns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    number_text,
    percent_text,
    plural,
    port_text,
    saturating,
    severity,
    share,
    techniques,
)
from lynceus.features.rate import HITS_60S, SESSIONS_60S
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_SERVICE = ["window_start_ns", "window_end_ns", "site", "resp_h", "resp_p", "proto"]


@dataclass(frozen=True)
class Flood:
    """One service is hit far more often than it answers, by one source or by many.

    Detects: per service (`resp_h`, port, protocol) and minute, connections and datagrams that get
    no conversation (SYN and UDP floods); ICMP requests; one-way UDP packets; very many small
    sessions (request floods). Packets of a long flow count with its average minute.

    Why: denial of service needs only rate. Where the answers keep up it is use; where they do not,
    or where each request is as empty as the next, it is not.

    Blind spots: input without dates, for a rate needs time; floods of requests that look like
    use, from many sources below the threshold; sampled sources tell fewer packets than there
    were; spoofed sources name nobody. Slow attacks are for `slow_dos`, reflected answers for
    `amplification`.

    False positives: load tests, backups to a dead server, proxies and health checks in front of a
    service (answered, so low), cameras and phones that stream one way, a shop on its best day.

    ATT&CK: T1498.001 Direct Network Flood, T1499.001 OS Exhaustion Flood, T1499.002 Service
    Exhaustion Flood.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        HITS_60S,
        SESSIONS_60S,
    )
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "impact"
    techniques: ClassVar[tuple[str, ...]] = ("T1498.001", "T1499.001")

    empty_flows_60s: int = 300
    """Connections or datagrams without a conversation at one service in a minute."""
    failed_share: float = 0.8
    """Least share of them among all flows to that service."""
    icmp_packets_60s: int = 500
    """ICMP requests to one host in a minute."""
    udp_packets_60s: int = 60_000
    """One-way UDP packets to one service in a minute (1,000 a second)."""
    answered_share: float = 0.1
    """Most packets that come back for one sent, in a one-way stream."""
    requests_60s: int = 3000
    """Small sessions of one source with one service in a minute, answered or not."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Hits without a conversation, then small sessions by the thousand."""
        dated = pl.col("window_start_ns").is_not_null()
        hits, sessions = (table.filter(dated) for table in tables)
        return pl.concat(
            [
                self._hits(hits, sessions),
                self._requests(sessions),
            ],
            how="diagonal_relaxed",
        )

    def _hits(self, hits: pl.LazyFrame, sessions: pl.LazyFrame) -> pl.LazyFrame:
        icmp = pl.col("proto").is_in(["icmp", "icmp6"])
        empty = ~icmp & (pl.col("empty_flows") >= self.empty_flows_60s)
        pinged = icmp & (pl.col("orig_packets") >= self.icmp_packets_60s)
        streamed = (
            (pl.col("proto") == "udp")
            & (pl.col("orig_packets") >= self.udp_packets_60s)
            & (pl.col("resp_packets").fill_null(0) <= self.answered_share * pl.col("orig_packets"))
        )
        found = hits.with_columns(
            kind=pl.when(empty.fill_null(False))
            .then(pl.lit("empty"))
            .when(pinged.fill_null(False))
            .then(pl.lit("pings"))
            .when(streamed.fill_null(False))
            .then(pl.lit("stream"))
        ).filter(pl.col("kind").is_not_null())
        all_flows = (
            sessions.join(found, on=_SERVICE, how="semi", nulls_equal=True)
            .group_by(_SERVICE)
            .agg(pl.col("flows").sum())
        )
        measured = found.join(all_flows, on=_SERVICE, how="left", nulls_equal=True).with_columns(
            failed_share=share("empty_flows", "flows")
        )
        return self._told(
            measured.filter(
                (pl.col("kind") != "empty") | (pl.col("failed_share") >= self.failed_share)
            )
        )

    def _told(self, hits: pl.LazyFrame) -> pl.LazyFrame:
        stream, pings = pl.col("kind") == "stream", pl.col("kind") == "pings"
        half = (
            pl.when(pings)
            .then(self.icmp_packets_60s)
            .when(stream)
            .then(self.udp_packets_60s)
            .otherwise(self.empty_flows_60s)
        )
        rate = pl.when(pings | stream).then("orig_packets").otherwise("empty_flows")
        single = (pl.col("sources") == 1).fill_null(False)
        return hits.with_columns(
            orig_h=pl.when(single).then(pl.col("sources_sample").list.first()),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity((stream, "low"), (pings, "medium"), otherwise="high"),
            score=rate.cast(pl.Float64) / (rate.cast(pl.Float64) + half),
            confidence=pl.when(stream).then(0.4).otherwise(0.85),
            techniques=pl.when(pings | stream)
            .then(techniques("T1498.001"))
            .otherwise(techniques("T1498.001", "T1499.001")),
            because=_words(),
        ).drop("orig_in", "resp_in")

    def _requests(self, sessions: pl.LazyFrame) -> pl.LazyFrame:
        quiet = pl.col("orig_in") & pl.col("resp_in")
        small = share("small_flows", "flows") >= self.failed_share
        return (
            sessions.filter(
                (pl.col("proto") == "tcp") & (pl.col("small_flows") >= self.requests_60s) & small
            )
            .with_columns(
                kind=pl.lit("requests"),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                severity=severity((quiet, "low"), otherwise="medium"),
                score=saturating("small_flows", self.requests_60s),
                confidence=pl.lit(0.5),
                techniques=techniques("T1499.002"),
                because=sentence(
                    "{orig_h} opened {small_flows} with {resp_h} on {port} within a minute.",
                    small_flows=plural("small_flows", "small session"),
                    port=port_text(),
                ),
            )
            .drop("orig_in", "resp_in")
        )


def _words() -> pl.Expr:
    who = (
        pl.when(pl.col("sources") == 1)
        .then(pl.col("sources_sample").list.first())
        .otherwise(plural("sources", "source"))
    )
    target = (
        pl.when(pl.col("proto").is_in(["icmp", "icmp6"]))
        .then("resp_h")
        .otherwise(sentence("{resp_h} on {port}", port=port_text()))
    )
    packets = sentence(
        "{orig_packets} packets", orig_packets=number_text(pl.col("orig_packets").fill_null(0))
    )
    came = number_text(pl.col("resp_packets").fill_null(0))
    return (
        pl.when(pl.col("kind") == "empty")
        .then(
            sentence(
                "{who} sent {empty_flows} without a conversation to {target} within a "
                "minute, {failed_share} of all there ({packets}).",
                who=who,
                empty_flows=plural(
                    "empty_flows", "connection or datagram", "connections or datagrams"
                ),
                target=target,
                failed_share=percent_text("failed_share"),
                packets=packets,
            )
        )
        .otherwise(
            sentence(
                "{who} sent {packets} to {target} within a minute; {came} came back.",
                who=who,
                packets=packets,
                target=target,
                came=came,
            )
        )
    )
