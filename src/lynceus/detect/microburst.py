"""The link is full for milliseconds, and the average does not show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    bytes_text,
    number_text,
    percent_text,
    plural,
    saturating,
    severity,
    share,
)
from lynceus.features.health import LINK_LOSSES, LINK_SECONDS, PEAKS
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_BINS = 100
"""Bins of ten milliseconds in a second."""


@dataclass(frozen=True)
class Microburst:
    """The link is full for milliseconds, again and again, while its average tells of room.

    Detects: of each hour of a capture, the seconds whose fullest ten milliseconds carried about as
    much as any ten milliseconds of that hour, though the second as a whole carried little. What
    the link can carry is not asked for: that many bursts end at one height tells where its ceiling
    is. The pair of hosts with the fullest burst of its own is named.

    Why: a queue that overflows for ten milliseconds drops packets, and telephony stutters, on a
    link whose graph shows a few percent. It is about health, not an attack.

    Blind spots: sources other than captures; a ceiling that moves; bursts on a link that the
    sensor does not see; hours in which no pair of hosts burst by itself (40 Mbit/s at least), as a
    conversation counts in the hour of its end.

    False positives: video and updates that arrive in pieces at the full speed of a slow line; it
    is low only where packets were sent again too.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = (LINK_SECONDS, LINK_LOSSES, PEAKS)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    peak_bytes: int = 100_000
    """Least bytes in the fullest ten milliseconds of the hour (80 Mbit/s)."""
    at_ceiling: float = 0.9
    """Share of that from which on a second reached the ceiling too."""
    average: float = 0.2
    """Most of the ceiling that the second, and the hour, used on average."""
    seconds: int = 60
    """Such seconds in the hour: fewer happen to be alike."""
    lost_share: float = 0.01
    """Share of packets of the hour sent again from which on it is low."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a site and hour."""
        seconds, losses, pairs = tables
        ceiling = pl.col("peak_10ms_wire_bytes").max().over("window_start_ns", "site")
        hidden = pl.col("wire_bytes") <= self.average * _BINS * pl.col("ceiling_bytes")
        full = pl.col("peak_10ms_wire_bytes") >= self.at_ceiling * pl.col("ceiling_bytes")
        hours = (
            seconds.with_columns(ceiling_bytes=ceiling)
            .group_by(WINDOW_KEYS)
            .agg(
                pl.col("ceiling_bytes").first().cast(pl.Int64),
                full_seconds=(full & hidden).sum().cast(pl.Int64),
                link_bytes=pl.col("wire_bytes").sum().cast(pl.Int64),
                first_seen_ns=pl.col("ts_ns").filter(full & hidden).min(),
                last_seen_ns=pl.col("ts_ns").filter(full & hidden).max(),
                span_s=(pl.col("ts_ns").max() - pl.col("ts_ns").min()) / 1e9 + 1,
            )
            .with_columns(
                average_share=share(
                    "link_bytes", pl.col("ceiling_bytes") * _BINS * pl.col("span_s")
                )
            )
            .filter(
                (pl.col("ceiling_bytes") >= self.peak_bytes)
                & (pl.col("full_seconds") >= self.seconds)
                & (pl.col("average_share") <= self.average)
            )
        )
        return self._said(
            hours.join(_fullest(pairs), on=WINDOW_KEYS, how="inner", nulls_equal=True)
            .join(losses, on=WINDOW_KEYS, how="left", nulls_equal=True)
            .with_columns(lost_share=share("retransmitted_packets", "packets"))
        )

    def _said(self, hours: pl.LazyFrame) -> pl.LazyFrame:
        lost = (pl.col("lost_share") >= self.lost_share).fill_null(value=False)
        again = pl.when(lost).then(
            clause(
                "{lost_share} of the packets were sent again.",
                lost_share=percent_text("lost_share"),
            )
        )
        return hours.select(
            *WINDOW_KEYS,
            *("first_seen_ns", "last_seen_ns", "full_seconds", "ceiling_bytes", "average_share"),
            *("lost_share", "pair_peak_bytes", "orig_h", "resp_h"),
            orig_role=pl.lit("user"),
            resp_role=pl.lit("server"),
            severity=severity((lost, "low"), otherwise="info"),
            score=0.3 * saturating("full_seconds", 5.0 * self.seconds),
            confidence=pl.lit(0.5),
            because=sentence(
                "Within ten milliseconds the link carried up to {ceiling_bytes} "
                "({ceiling_rate} Mbit/s), and reached that in {full_seconds} of an hour "
                "that used {average_share} of it on average; {orig_h} and {resp_h} alone "
                "filled {pair_peak_bytes}.{again}",
                ceiling_bytes=bytes_text("ceiling_bytes"),
                ceiling_rate=number_text(pl.col("ceiling_bytes") * 8 * _BINS / 1e6),
                full_seconds=plural("full_seconds", "second"),
                average_share=percent_text("average_share"),
                pair_peak_bytes=bytes_text("pair_peak_bytes"),
                again=again.fill_null(""),
            ),
        )


def _fullest(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """Of each site and hour the pair with the fullest burst."""
    ends = ["orig_h", "resp_h"]
    return (
        pairs.sort("pair_peak_bytes", *ends, descending=[True, False, False])
        .group_by(WINDOW_KEYS, maintain_order=True)
        .agg(pl.col(*ends, "pair_peak_bytes").first())
    )
