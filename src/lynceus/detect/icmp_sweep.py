"""Many hosts asked by ICMP whether they are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    in_time,
    percent_text,
    saturating,
    severity,
    share,
    span_s,
    techniques,
)
from lynceus.features.scan import PINGED_HOSTS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class IcmpSweep:
    """One host pings many hosts, or asks them for their clock or netmask.

    Detects: distinct hosts that one originator sent ICMP echo, timestamp, information or address
    mask requests (ICMPv6: echo requests), in five minutes, an hour and a day, with the share that
    answered. A slow window speaks only where the sweep was too thin for the faster ones.

    Why: the first step of most scans is to ask who is there. Timestamp and mask requests have no
    use today but to learn of hosts that do not answer pings; three of them suffice.

    Blind spots: sources that report no ICMP; sweeps by ARP or TCP (see `arp_scan`,
    `horizontal_scan`); fewer hosts in a day than the slow threshold.

    False positives: monitoring that pings a fleet: its hosts answer, which keeps it low. Path and
    latency measurement (smokeping, content networks choosing a near server).

    ATT&CK: T1018 Remote System Discovery; T1595.001 Scanning IP Blocks from outside.
    """

    reads: ClassVar[tuple[Table, ...]] = PINGED_HOSTS
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1018",)

    hosts_5m: int = 10
    """Distinct hosts pinged in five minutes."""
    hosts_1h: int = 25
    """The same in an hour, where no five minutes held enough."""
    hosts_1d: int = 60
    """The same in a day, where no hour held enough."""
    odd_hosts: int = 3
    """Distinct hosts asked for clock or netmask, in any window."""
    silent_share: float = 0.25
    """Share of inside hosts without an answer from which on it is searching, not monitoring."""
    silent_share_outside: float = 0.5
    """The same for hosts outside, where a ping gets lost or filtered more often."""
    whole_network: int = 100
    """So many inside hosts in one window are a sweep whoever answers."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Sweeps by width."""
        fast, hour, day = tables
        odd = pl.col("request") != "echo"
        per_slot = pl.col("hosts") / pl.col("active_slots").clip(lower_bound=1)
        per_hour = pl.col("hosts") / pl.col("active_hours").clip(lower_bound=1)

        def thin(rate: pl.Expr, limit: int) -> pl.Expr:
            return rate < pl.when(odd).then(self.odd_hosts).otherwise(limit)

        def enough(limit: int) -> pl.Expr:
            return pl.col("hosts") >= pl.when(odd).then(self.odd_hosts).otherwise(limit)

        slow = thin(per_slot, self.hosts_5m)
        return pl.concat(
            self._said(sweeps)
            for sweeps in (
                fast.filter(enough(self.hosts_5m)),
                hour.filter(enough(self.hosts_1h) & slow),
                day.filter(enough(self.hosts_1d) & slow & thin(per_hour, self.hosts_1h)),
            )
        )

    def _said(self, sweeps: pl.LazyFrame) -> pl.LazyFrame:
        odd = pl.col("request") != "echo"
        silent = pl.when("resp_in").then(self.silent_share).otherwise(self.silent_share_outside)
        searching = (pl.col("silent_share") >= silent) | (
            pl.col("resp_in") & (pl.col("hosts") >= self.whole_network)
        )
        inside = pl.col("orig_in").fill_null(True)
        return sweeps.with_columns(
            silent_share=share(pl.col("hosts") - pl.col("answering_hosts"), "hosts"),
            span_s=span_s(),
        ).select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "proto"),
            *("first_seen_ns", "last_seen_ns", "request", "hosts", "answering_hosts"),
            *("silent_share", "hosts_sample", "attempts", "span_s"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity(
                (odd, "medium"),
                (~inside & (pl.col("hosts") < 5 * self.hosts_5m), "low"),
                (searching, "medium"),
                otherwise="low",
            ),
            score=saturating("hosts", self.hosts_5m) * (0.5 + 0.5 * pl.col("silent_share")),
            confidence=pl.when(searching | odd).then(0.85).otherwise(0.5),
            techniques=pl.when(inside)
            .then(techniques("T1018"))
            .otherwise(techniques("T1595.001", "T1018")),
            tactic=pl.when(inside).then(pl.lit("discovery")).otherwise(pl.lit("reconnaissance")),
            because=sentence(
                "{orig_h} sent ICMP {request} requests to {hosts} hosts{in_time}; "
                "{silent_share} did not answer.",
                in_time=in_time(pl.col("span_s")),
                silent_share=percent_text("silent_share"),
            ),
        )
