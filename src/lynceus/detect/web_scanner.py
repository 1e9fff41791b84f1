"""A program that looks through a web server for weak spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import percent_text, plural, saturating, severity, share
from lynceus.features.web import WEB_MISSES
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class WebScanner:
    """One client asks a web server for many pages that are not there, or says it is a scanner.

    Detects: per client and server, in five minutes and in an hour: different targets answered
    with 400, 403, 404, 405, 410 or 501, and their share of all requests; user agents of known
    scanners (Nikto, sqlmap, Nmap, gobuster, Nuclei ...).

    Why: before an attack on a web application somebody looks for forgotten pages, backups and
    known weak programs; most of what is guessed is not there.

    Blind spots: HTTPS; servers that answer every request with 200; slow scans of fewer pages;
    scanners that name themselves like a browser and guess well.

    False positives: crawlers after a site has moved, monitoring of many pages, agreed tests. Few
    misses and misses of a popular site outside are not told; those of inside hosts are medium.

    ATT&CK: T1595.002 Vulnerability Scanning, T1595.003 Wordlist Scanning, T1046 from inside.
    """

    reads: ClassVar[tuple[Table, ...]] = WEB_MISSES
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "reconnaissance"
    techniques: ClassVar[tuple[str, ...]] = ("T1595.002", "T1595.003")

    missed_5m: int = 40
    """Different pages that were not there in five minutes: no person clicks that."""
    missed_1h: int = 100
    """The same in an hour, where no five minutes held so many."""
    missed_share: float = 0.5
    """Least share of misses among the requests: a crawler mostly follows links that lead on."""
    agent_requests: int = 3
    """So many requests under the name of a scanner are no single test of a page."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Scans of five minutes, then slower ones of the hour."""
        fast, slow = tables
        thin = pl.col("missed_targets") / pl.col("active_slots").clip(lower_bound=1)
        quick = self._scans(fast, self.missed_5m, self.agent_requests)
        patient = self._scans(slow.filter(thin < self.missed_5m), self.missed_1h, None)
        return pl.concat([self._said(quick), self._said(patient)])

    def _scans(self, rows: pl.LazyFrame, missed: int, named: int | None) -> pl.LazyFrame:
        rate = share("misses", "requests")
        guessed = (pl.col("missed_targets") >= missed) & (rate >= self.missed_share)
        foreign = pl.col("popular").fill_null(False) & ~pl.col("resp_in").fill_null(False)
        by_name = pl.lit(False) if named is None else pl.col("scanner_requests") >= named
        return rows.with_columns(missed_share=rate, guessed=guessed).filter(
            (guessed | by_name) & ~foreign
        )

    def _said(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        inside = pl.col("orig_in").fill_null(False)
        missed = sentence(
            "{missed_targets} different pages that were not there ({missed_share} of its requests)",
            missed_share=percent_text("missed_share"),
        )
        agent = sentence(
            "with the name of a scanner ({scanner_agent})",
            scanner_agent=pl.col("scanner_agent").str.slice(0, 80),
        )
        return rows.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "resp_p"),
            *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
            *("requests", "targets", "misses", "missed_targets", "missed_share"),
            *("scanner_requests", "scanner_agent", "missed_sample", "hosts"),
            service=pl.lit("http"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity((inside | pl.col("guessed"), "medium"), otherwise="low"),
            tactic=pl.when(inside).then(pl.lit("discovery")).otherwise(pl.lit("reconnaissance")),
            score=pl.max_horizontal(
                saturating("missed_targets", 60.0),
                pl.when(pl.col("scanner_requests") > 0).then(0.6).otherwise(0.0),
            ),
            confidence=pl.when(pl.col("scanner_requests") > 0)
            .then(0.9)
            .otherwise(0.5 + 0.4 * saturating("missed_targets", 200.0)),
            because=sentence(
                "{orig_h} asked {resp_h} for {asked}.",
                resp_h=pl.col("resp_h").fill_null(sentence("an unknown server")),
                asked=pl.when(pl.col("scanner_agent").is_null())
                .then(missed)
                .when(pl.col("missed_targets") == 0)
                .then(pl.format("{} {}", plural("requests", "page"), agent))
                .otherwise(pl.format("{}, {}", missed, agent)),
            ),
        )
