"""A scan that takes days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.horizontal_scan import WEB_PORTS
from lynceus.detect.score import (
    duration_text,
    plural,
    port_text,
    saturating,
    severity,
    share,
    span_s,
    techniques,
)
from lynceus.features.scan import FAILED_HOSTS_7D, FAILED_PORTS_7D, FAILURES_7D, HOSTS_7D
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_KEYS = ["window_start_ns", "window_end_ns", "site", "orig_h", "proto"]


@dataclass(frozen=True)
class SlowScan:
    """One host tries many hosts or many ports, a few a day.

    Detects: distinct hosts that one originator tried on one port without a conversation, and
    distinct ports that it tried of one host, over a week and on at least two days of it, where no
    day held what `horizontal_scan` and `vertical_scan` ask for. Each of them must have been tried
    a few times only: who asks the same dead hosts every hour is not searching.

    Why: scans that take days are made so in order not to be seen; an ordinary client that fails
    does so at the same few hosts.

    Blind spots: a scan that begins at the end of one week (they begin on Thursdays, UTC) and ends
    at the start of the next may stay below in both; input of one day or less; fewer hosts a week
    than the threshold.

    False positives: programs that work through a list of outside hosts of which many are gone
    (crawlers, mail servers, mirrors): web ports outside are left to `horizontal_scan`, other ports
    outside are low unless they ask for a login. Peer-to-peer clients fail on as many ports as
    hosts and are left out.

    ATT&CK: T1046 Network Service Discovery, T1018 Remote System Discovery; T1595.001 Scanning IP
    Blocks from outside.
    """

    reads: ClassVar[tuple[Table, ...]] = (FAILED_HOSTS_7D, HOSTS_7D, FAILURES_7D, FAILED_PORTS_7D)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1046", "T1018")

    hosts: int = 30
    """Failed hosts on one port in a week."""
    ports: int = 30
    """Failed ports of one host in a week."""
    days: int = 2
    """Days on which it was active."""
    hosts_a_day: int = 40
    """Failed hosts for each active day from which on `horizontal_scan` has spoken."""
    ports_a_day: int = 30
    """Failed ports for each active day from which on `vertical_scan` has spoken."""
    a_burst: float = 8.0
    """Failed hosts or ports for each active five minutes that are no slow scan."""
    tries: float = 5.0
    """Most attempts for each host or port."""
    failed_share: float = 0.5
    """Least share of failed hosts among all hosts tried on that port."""
    spread_ports: float = 0.5
    """Failed ports for each failed host, over all ports, from which on it is peer-to-peer."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts on one port, then ports of one host."""
        failed, tried, of_host, ports = tables
        return pl.concat(
            [self._hosts(failed, tried, of_host), self._ports(ports)], how="diagonal_relaxed"
        )

    def _slow(self, what: str, least: int, a_day: int) -> pl.Expr:
        number = pl.col(what)
        return (
            (number >= least)
            & (pl.col("active_days") >= self.days)
            & (number < a_day * pl.col("active_days"))
            & (number < self.a_burst * pl.col("active_slots"))
        )

    def _hosts(
        self, failed: pl.LazyFrame, tried: pl.LazyFrame, of_host: pl.LazyFrame
    ) -> pl.LazyFrame:
        peer_to_peer = (
            pl.col("all_failed_ports") >= self.spread_ports * pl.col("all_failed_hosts")
        ) & (pl.col("failed_hosts") < 0.5 * pl.col("all_failed_hosts"))
        abroad = ~pl.col("resp_in").fill_null(True)
        scans = (
            failed.filter(
                self._slow("failed_hosts", self.hosts, self.hosts_a_day)
                & (pl.col("failed_attempts") <= self.tries * pl.col("failed_hosts"))
                & (pl.col("dead_hosts") >= 0.5 * pl.col("failed_hosts"))
                & ~(abroad & pl.col("resp_p").is_in(WEB_PORTS))
            )
            .join(tried, on=[*_KEYS, "resp_p"], how="left", nulls_equal=True)
            .join(of_host, on=_KEYS, how="left", nulls_equal=True)
            .with_columns(failed_share=share("failed_hosts", "hosts"))
            .filter((pl.col("failed_share") >= self.failed_share) & ~peer_to_peer.fill_null(False))
        )
        datagrams = pl.col("proto") != "tcp"
        return self._said(
            scans,
            "failed_hosts",
            self.hosts,
            severity((pl.col("orig_in") & ~abroad & ~datagrams, "medium"), otherwise="low"),
            sentence(
                "{orig_h} tried {port} of {failed_hosts} without a conversation over "
                "{span}, on {active_days}, never more than a few at a time.",
                port=port_text(),
                failed_hosts=plural("failed_hosts", "host"),
                span=duration_text(span_s()),
                active_days=plural("active_days", "day"),
            ),
        ).select(*_SAID, "resp_p", "failed_hosts", "hosts_sample", "failed_share")

    def _ports(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        scans = pairs.filter(
            self._slow("ports", self.ports, self.ports_a_day)
            & (pl.col("attempts") <= self.tries * pl.col("ports"))
        )
        return self._said(
            scans,
            "ports",
            self.ports,
            severity((pl.col("orig_in") & (pl.col("proto") == "tcp"), "medium"), otherwise="low"),
            sentence(
                "{orig_h} tried {ports} of {resp_h} without a conversation over {span}, "
                "on {active_days}, never more than a few at a time.",
                ports=plural("ports", "port"),
                span=duration_text(span_s()),
                active_days=plural("active_days", "day"),
            ),
        ).select(*_SAID, "resp_h", "ports", "ports_sample")

    @staticmethod
    def _said(
        scans: pl.LazyFrame, what: str, half: int, level: pl.Expr, words: pl.Expr
    ) -> pl.LazyFrame:
        inside = pl.col("orig_in").fill_null(True)
        return scans.with_columns(
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=level,
            score=saturating(what, half),
            confidence=0.4 + 0.4 * saturating(what, 2 * half),
            span_s=span_s(),
            techniques=pl.when(inside)
            .then(techniques("T1046", "T1018"))
            .otherwise(techniques("T1595.001", "T1046")),
            tactic=pl.when(inside).then(pl.lit("discovery")).otherwise(pl.lit("reconnaissance")),
            because=words,
        )


_SAID = (
    *_KEYS, "orig_role", "resp_role", "severity", "score", "confidence", "techniques", "tactic",
    "because", "first_seen_ns", "last_seen_ns", "span_s", "active_days", "active_hours",
)  # fmt: skip
