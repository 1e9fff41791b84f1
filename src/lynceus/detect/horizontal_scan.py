"""One port tried on many hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    in_time,
    percent_text,
    port_text,
    saturating,
    severity,
    share,
    span_s,
    techniques,
)
from lynceus.features import ports
from lynceus.features.scan import (
    FAILED_HOSTS_OF_PORT,
    FAILURES_OF_HOST,
    HOSTS_OF_PORT,
    TOLD_HOSTS,
)
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

WEB_PORTS = (53, 80, 123, 443)
"""Ports on which every host fails at once when the way to the Internet is broken."""


@dataclass(frozen=True)
class HorizontalScan:
    """One host tries the same port of many hosts.

    Detects: distinct hosts that one originator tried on one port without a conversation, and
    their share of all hosts it tried there, in five minutes, an hour and a day; and rows of a
    source that say themselves for how many hosts they stand. A slow window speaks only where the
    scan was too thin for the faster ones.

    Why: a client knows its servers, so nearly all its first contacts succeed; a scanner guesses,
    so most of its do not (Jung, Portscan 2004, sets the two at 80 % and 20 %). It is how worms
    spread and how an intruder looks for the next host.

    Blind spots: scans with a list of hosts that are known to answer; many ports of few hosts (see
    `vertical_scan`); a source that spreads its hosts over days (see `slow_scan`), or over many
    addresses of its own (see `distributed_scan`).

    False positives: inventory, backup and monitoring systems that call hosts which are switched
    off; a broken route, when every web server is silent at once (low while few and none answers);
    mail servers with dead recipients; devices and games that ask around by UDP (low while few).
    Peer-to-peer clients fail on many hosts too, but on as many ports: that is told apart and left
    out.

    ATT&CK: T1046 Network Service Discovery, T1018 Remote System Discovery; T1595.001 Scanning IP
    Blocks from outside; T1110 Brute Force where sessions of a login service carried almost nothing.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *FAILED_HOSTS_OF_PORT,
        *HOSTS_OF_PORT,
        *FAILURES_OF_HOST,
        TOLD_HOSTS,
    )
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1046", "T1018")

    hosts_5m: int = 10
    """Failed hosts on one port in five minutes (Zeek's scan policy says 25, Slips 5)."""
    hosts_1h: int = 20
    """The same in an hour, where no five minutes held enough."""
    hosts_1d: int = 40
    """The same in a day, where no hour held enough."""
    failed_share: float = 0.3
    """Least share of failed hosts among all hosts tried on that port."""
    many_hosts: int = 25
    """From here on it is no accident: one severity more."""
    spread_ports: float = 0.5
    """Failed ports for each failed host, over all ports, from which on it is peer-to-peer."""
    empty_bytes: int = 1000
    """Where a row stands for many hosts: bytes a host below which nothing was exchanged."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Scans by width, then rows that stand for many hosts."""
        failed, tried, of_host, (told,) = tables[:3], tables[3:6], tables[6:9], tables[9:]
        thin = pl.col("failed_hosts") / pl.col("active_slots").clip(lower_bound=1) < self.hosts_5m
        thinner = pl.col("failed_hosts") / pl.col("active_hours").clip(lower_bound=1)
        enough = (
            pl.col("failed_hosts") >= self.hosts_5m,
            (pl.col("failed_hosts") >= self.hosts_1h) & thin,
            (pl.col("failed_hosts") >= self.hosts_1d) & thin & (thinner < self.hosts_1h),
        )
        return pl.concat(
            [
                *(
                    self._scans(failed[width].filter(enough[width]), tried[width], of_host[width])
                    for width in range(3)
                ),
                self._told(told),
            ],
            how="diagonal_relaxed",
        )

    def _scans(
        self, scans: pl.LazyFrame, tried: pl.LazyFrame, failures: pl.LazyFrame
    ) -> pl.LazyFrame:
        failed = share("failed_hosts", "hosts")
        keys = ["window_start_ns", "window_end_ns", "site", "orig_h", "proto"]
        on_this_port = pl.col("failed_hosts") / pl.col("all_failed_hosts")
        peer_to_peer = (
            pl.col("all_failed_ports") >= self.spread_ports * pl.col("all_failed_hosts")
        ) & (on_this_port < 0.5)
        return self._said(
            scans.join(tried, on=[*keys, "resp_p"], how="left", nulls_equal=True)
            .filter(failed >= self.failed_share)
            .join(failures, on=keys, how="left", nulls_equal=True)
            .filter(~peer_to_peer.fill_null(False))
            .with_columns(failed_share=failed, span_s=span_s())
        )

    def _said(self, scans: pl.LazyFrame) -> pl.LazyFrame:
        many = pl.col("failed_hosts") >= self.many_hosts
        none_answers = pl.col("failed_hosts") == pl.col("hosts")
        outage = pl.col("resp_p").is_in(WEB_PORTS) & none_answers & ~many & ~pl.col("resp_in")
        all_open = pl.col("dead_hosts") == 0
        asking_around = (pl.col("proto") == "udp") & ~many
        level = severity(
            (outage | all_open | asking_around, "low"),
            (pl.col("orig_in") & pl.col("resp_in") & many, "high"),
            (pl.col("orig_in") & many & pl.col("resp_p").is_in(list(ports.LOGIN)), "high"),
            (pl.col("orig_in"), "medium"),
            (many, "medium"),
            otherwise="low",
        )
        return scans.with_columns(
            severity=level,
            score=saturating("failed_hosts", self.hosts_5m) * (0.5 + 0.5 * pl.col("failed_share")),
            confidence=0.5 + 0.45 * saturating("failed_hosts", self.many_hosts),
            service=pl.col("service_seen"),
            because=sentence(
                "{orig_h} tried {port} of {hosts} hosts{in_time}; {failed_hosts} of them "
                "({failed_share}) were refused, silent or left empty.",
                port=port_text(),
                in_time=in_time(pl.col("span_s")),
                failed_share=percent_text("failed_share"),
            ),
            **_common(),
        ).select(*_COLUMNS, "failed_hosts", "dead_hosts", "failed_share", "hosts_sample", "span_s")

    def _told(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        each = pl.col("total_bytes") / pl.col("hosts")
        login = ports.named(ports.LOGIN)
        guessing = (
            pl.when(login.is_null())
            .then(pl.lit(""))
            .otherwise(
                clause("({login} scanning or password guessing)", login=login.str.to_uppercase())
            )
        )
        many = pl.col("hosts") >= self.many_hosts
        tried = rows.filter((pl.col("hosts") >= self.hosts_5m) & (each <= self.empty_bytes))
        return tried.with_columns(
            bytes_a_host=each,
            span_s=pl.col("duration_s"),
            severity=severity((pl.col("orig_in") & many, "high"), otherwise="medium"),
            score=saturating("hosts", self.hosts_5m),
            confidence=pl.lit(0.8),
            service=pl.coalesce("service_seen", login),
            because=sentence(
                "{orig_h} tried {port} of {hosts} hosts{in_time} with {total_bytes} in "
                "{total_packets} packets: too little for a single conversation{guessing}.",
                port=port_text(),
                in_time=in_time(pl.col("duration_s")),
                total_bytes=bytes_text("total_bytes"),
                total_packets=pl.col("total_packets")
                .cast(pl.String)
                .fill_null(sentence("an unknown number of")),
                guessing=guessing,
            ),
            **_common(login.is_not_null()),
        ).select(*_COLUMNS, "bytes_a_host", "span_s", "total_bytes", "total_packets")


_COLUMNS = (
    "window_start_ns", "window_end_ns", "site", "orig_h", "resp_p", "proto", "service",
    "orig_role", "resp_role", "severity", "score", "confidence", "techniques", "tactic", "because",
    "first_seen_ns", "last_seen_ns", "hosts", "attempts",
)  # fmt: skip


def _common(guessing: pl.Expr | None = None) -> dict[str, pl.Expr]:
    inside = pl.col("orig_in").fill_null(True)
    searched, guessed = techniques("T1046", "T1018"), techniques("T1046", "T1110")
    own = searched if guessing is None else pl.when(guessing).then(guessed).otherwise(searched)
    return {
        "orig_role": pl.lit("attacker"),
        "resp_role": pl.lit("victim"),
        "techniques": pl.when(inside).then(own).otherwise(techniques("T1595.001", "T1046")),
        "tactic": pl.when(inside).then(pl.lit("discovery")).otherwise(pl.lit("reconnaissance")),
    }
