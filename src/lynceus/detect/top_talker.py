"""One host takes most of the link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, number_text, percent_text, saturating, share
from lynceus.features.health import CARRIED
from lynceus.features.window import Table, width_ns
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_SITE = ["window_start_ns", "window_end_ns", "site"]


@dataclass(frozen=True)
class TopTalker:
    """One inside host takes most of what passes between the inside and the outside.

    Detects: bytes that one inside host exchanged with the outside in an hour, both ways, where they
    are much and at least half of what all inside hosts exchanged together.

    Why: a link that one host fills is slow for everybody else. It is about health, not an attack:
    what leaves in one direction is for `exfiltration`.

    Blind spots: bursts within the hour; links inside; what the link could carry is not known, so
    a fast one may be far from full. A flow counts in the hour of its end.

    False positives: a wanted backup or update; a network with few hosts.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = (CARRIED,)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    bytes_1h: int = 5_000_000_000
    """Bytes in an hour: 11 Mbit/s all the time, a third of a slow office line."""
    own_share: float = 0.5
    """Least share of all that inside hosts exchanged with the outside."""
    hosts: int = 3
    """Inside hosts that used the link: with fewer there is nobody to be crowded out."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host and hour."""
        carried = tables[0].filter(pl.col("window_start_ns").is_not_null())
        site = carried.group_by(_SITE).agg(
            site_bytes=pl.col("carried_bytes").sum(), hosts=pl.len().cast(pl.Int64)
        )
        own = share("carried_bytes", "site_bytes")
        rate = pl.col("carried_bytes") * 8e3 / width_ns("1h")
        return (
            carried.filter(pl.col("carried_bytes") >= self.bytes_1h)
            .join(site, on=_SITE, how="left", nulls_equal=True)
            .filter((own >= self.own_share) & (pl.col("hosts") >= self.hosts))
            .select(
                *_SITE,
                *("first_seen_ns", "last_seen_ns", "carried_bytes", "sent_bytes", "flows"),
                *("far_sample", "site_bytes"),
                orig_h="inside_h",
                users_of_link="hosts",
                own_share=own,
                rate_mbit_per_s=rate,
                orig_role=pl.lit("user"),
                score=0.3 * saturating("carried_bytes", 4 * self.bytes_1h),
                confidence=pl.lit(0.8),
                because=sentence(
                    "{inside_h} exchanged {carried_bytes} with the outside within an hour "
                    "({rate} Mbit/s on average), {own} of what {hosts} inside hosts did "
                    "together.",
                    carried_bytes=bytes_text("carried_bytes"),
                    rate=number_text(rate, 1),
                    own=percent_text(own),
                ),
            )
        )
