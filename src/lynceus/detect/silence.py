"""Who used to speak and no longer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import duration_text, saturating, severity
from lynceus.features.history import SERVED, SPEAKERS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_WEEK = ["window_start_ns", "window_end_ns", "site"]


@dataclass(frozen=True)
class Silence:
    """A host that spoke in every hour, or a whole site, falls silent while others go on.

    Detects: an inside host that began something in nearly every hour of at least a day and then
    nothing for hours, while other hosts of its site that spoke as steadily went on; and a site
    (where several sensors feed one input) with such a host of which nothing comes any more while
    others go on.

    Why: a sensor or exporter that fails makes everything behind it look peaceful, and an intruder
    may switch it off; a server that falls silent has failed or was cut off.

    Blind spots: hosts that are switched off at night or speak now and then; input that ends with
    the silence; the only host or site; a silence across the border of two weeks (they begin on
    Thursdays, UTC).

    False positives: maintenance, a host taken out of service: it is info, and low for a host that
    served others or for a site.

    ATT&CK: none: it is about health.
    """

    reads: ClassVar[tuple[Table, ...]] = (SPEAKERS[-1], SERVED)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    steady_s: float = 86_400.0
    """Seconds over which it must have spoken: a whole day and night."""
    steady_share: float = 0.95
    """Share of the hours of that time in which it spoke."""
    silent_s: float = 14_400.0
    """Seconds of silence: longer than an update or a change of hardware takes."""
    others: int = 2
    """Other steady hosts that went on; with fewer it may be the sensor or the input that ended."""
    clients: int = 3
    """Clients from which on a host is a server that is missed."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts, then sites."""
        speakers, served = tables
        span = (pl.col("last_seen_ns") - pl.col("first_seen_ns")) / 1e9
        steady = speakers.with_columns(span_s=span).filter(
            (pl.col("span_s") >= self.steady_s)
            & (pl.col("active_hours") >= self.steady_share * pl.col("span_s") / 3600)
        )
        return pl.concat(
            [self._hosts(steady, served), self._sites(speakers)], how="diagonal_relaxed"
        )

    def _hosts(self, steady: pl.LazyFrame, served: pl.LazyFrame) -> pl.LazyFrame:
        ends = steady.group_by(_WEEK).agg(
            until_ns=pl.col("last_seen_ns").max(),
            going_on_ns=pl.col("last_seen_ns").top_k(self.others).min(),
            steady_hosts=pl.len().cast(pl.Int64),
        )
        clients = served.group_by(*_WEEK, "resp_h").agg(pl.col("clients").max())
        quiet = (pl.col("until_ns") - pl.col("last_seen_ns")) / 1e9
        missed = (pl.col("clients") >= self.clients).fill_null(False)
        return (
            steady.join(ends, on=_WEEK, how="left", nulls_equal=True)
            .join(
                clients,
                left_on=[*_WEEK, "orig_h"],
                right_on=[*_WEEK, "resp_h"],
                how="left",
                nulls_equal=True,
            )
            .filter(
                (pl.col("steady_hosts") > self.others)
                & (pl.col("going_on_ns") >= pl.col("last_seen_ns") + int(self.silent_s * 1e9))
            )
            .select(
                *_WEEK,
                *("orig_h", "first_seen_ns", "last_seen_ns", "active_hours", "flows", "clients"),
                silent_s=quiet,
                steady_hosts="steady_hosts",
                orig_role=pl.when(missed).then(pl.lit("server")).otherwise(pl.lit("unknown")),
                severity=severity((missed, "low"), otherwise="info"),
                score=0.5 * saturating(quiet, 4 * self.silent_s),
                confidence=pl.lit(0.5),
                because=sentence(
                    "{orig_h} spoke in {active_hours} of {span_s} h and then fell silent for "
                    "{quiet}, while others as steady went on.",
                    span_s=(pl.col("span_s") / 3600).ceil().cast(pl.Int64),
                    quiet=duration_text(quiet),
                ),
            )
        )

    def _sites(self, speakers: pl.LazyFrame) -> pl.LazyFrame:
        """Sites are few: one row each."""
        sites = speakers.group_by(_WEEK).agg(
            pl.col("first_seen_ns").min(),
            pl.col("last_seen_ns").max(),
            pl.col("active_hours").max(),
            pl.col("flows").sum(),
            pl.len().cast(pl.Int64).alias("hosts"),
        )
        until = sites.group_by("window_start_ns").agg(
            until_ns=pl.col("last_seen_ns").max(), sites=pl.len().cast(pl.Int64)
        )
        span = (pl.col("last_seen_ns") - pl.col("first_seen_ns")) / 1e9
        quiet = (pl.col("until_ns") - pl.col("last_seen_ns")) / 1e9
        return (
            sites.join(until, on="window_start_ns", how="left", nulls_equal=True)
            .filter(
                (span >= self.steady_s)
                & (pl.col("active_hours") >= self.steady_share * span / 3600)
                & (quiet >= self.silent_s)
            )
            .select(
                *_WEEK,
                *("first_seen_ns", "last_seen_ns", "flows", "hosts", "sites"),
                silent_s=quiet,
                orig_h="site",
                orig_role=pl.lit("unknown"),
                severity=pl.lit("low"),
                score=saturating(quiet, 4 * self.silent_s),
                confidence=pl.lit(0.7),
                because=sentence(
                    "Nothing has come from the sensor of {site} for {quiet}, while others went on.",
                    quiet=duration_text(quiet),
                ),
            )
        )
