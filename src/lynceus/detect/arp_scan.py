"""ARP used to search the local network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import in_time, percent_text, plural, saturating, share, span_s
from lynceus.features.link import ARP_ANSWERS, ARP_SLOTS, ARP_TARGETS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_HOST = ["window_start_ns", "window_end_ns", "site", "orig_h"]


@dataclass(frozen=True)
class ArpScan:
    """One host asks for many addresses by ARP.

    Detects: distinct addresses that one host asked for, with the share that nobody answered, in
    five minutes and in an hour.

    Why: on its own link a scanner asks by ARP first, whatever it scans with.

    Blind spots: what does not reach the sensor: unicast ARP on other switch ports, other VLANs;
    fewer addresses in an hour than the slow threshold.

    False positives: routers under a scan from outside ask for every address tried; network
    inventory.

    ATT&CK: T1018 Remote System Discovery.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *ARP_TARGETS,
        *ARP_ANSWERS,
        ARP_SLOTS,
    )
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1018",)

    targets_5m: int = 15
    """Distinct addresses asked for in five minutes."""
    targets_1h: int = 60
    """The same in an hour, of which no five minutes held enough."""
    unanswered_share: float = 0.3
    """Least share of them that nobody answered."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Fast scans, then those that only the hour shows."""
        asked, asked_1h, answered, answered_1h, slots = tables
        fast = slots.filter(pl.col("targets") >= self.targets_5m)
        slow = asked_1h.join(fast, on=_HOST, how="anti", nulls_equal=True)
        return pl.concat(
            [
                self._scans(asked.filter(pl.col("targets") >= self.targets_5m), answered),
                self._scans(slow.filter(pl.col("targets") >= self.targets_1h), answered_1h),
            ]
        )

    def _scans(self, asked: pl.LazyFrame, answered: pl.LazyFrame) -> pl.LazyFrame:
        keys = ["window_start_ns", "window_end_ns", "site"]
        unanswered = share(
            (pl.col("targets") - pl.col("answering").fill_null(0)).clip(lower_bound=0), "targets"
        )
        return (
            asked.join(
                answered,
                left_on=[*keys, "orig_h"],
                right_on=[*keys, "resp_h"],
                how="left",
                nulls_equal=True,
            )
            .with_columns(unanswered_share=unanswered, span_s=span_s())
            .filter(pl.col("unanswered_share") >= self.unanswered_share)
            .with_columns(
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                severity=pl.lit("medium"),
                score=saturating("targets", self.targets_5m),
                confidence=pl.lit(0.8),
                because=sentence(
                    "{orig_h} asked by ARP for {targets}{in_time}; {unanswered_share} of them"
                    " did not answer.",
                    targets=plural("targets", "address", "addresses"),
                    in_time=in_time(pl.col("span_s")),
                    unanswered_share=percent_text("unanswered_share"),
                ),
            )
            .drop("answering")
        )
