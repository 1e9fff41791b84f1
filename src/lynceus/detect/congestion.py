"""Packets are lost, or answers come late."""

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
)
from lynceus.features.health import SERVICE_HOURS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_SERVICE = ["window_start_ns", "window_end_ns", "site", "resp_h", "resp_p"]


@dataclass(frozen=True)
class Congestion:
    """A service loses packets, closes its window, or answers much later than it used to.

    Detects: of each TCP service and hour, the share of packets that were sent again, packets that
    closed the window, and the mean time of the handshake and of the first answer against the median
    of the hours before in that day.

    Why: users call it slow; the numbers tell whether it is the path (packets sent again, late
    handshakes), the receiver (closed windows) or the server (late answers). It is about health, not
    an attack.

    Blind spots: sources other than captures, which do not tell these numbers; QUIC; the first
    hours of a day (UTC) have no history; a path that is always bad.

    False positives: a sensor that sees packets twice makes them look sent again: from a share on
    at which no connection could live nothing is said.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = (SERVICE_HOURS,)
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    flows: int = 10
    """Flows of an hour, below which one bad line decides."""
    packets: int = 1_000
    """Packets of an hour, below which a few losses make a large share."""
    lost_share: float = 0.05
    """Share of packets sent again: TCP slows to a crawl above some percent."""
    doubled_share: float = 0.4
    """From here on the sensor sees packets twice."""
    zero_windows: int = 100
    """Packets that closed the window in an hour."""
    hours_before: int = 3
    """Hours of the day that are a history."""
    slower: float = 5.0
    """Ratio to the median of the hours before that is much."""
    slower_by_s: float = 0.2
    """Seconds more than before that a person notices."""
    many_clients: int = 5
    """Clients from which on it is low: it concerns more than one of them."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a service and day, for its worst hour."""
        hours = (
            tables[0]
            .filter(pl.col("hour").is_not_null())
            .sort(*_SERVICE, "hour")
            .with_columns(
                lost_share=share("retransmitted_packets", "packets"),
                handshake_s=_mean_s("handshake_us", "timed_handshakes"),
                response_s=_mean_s("response_us", "timed_responses"),
            )
            .with_columns(
                handshake_before_s=self._before("handshake_s"),
                response_before_s=self._before("response_s"),
            )
        )
        lossy = (
            pl.col("lost_share").is_between(self.lost_share, self.doubled_share, closed="left")
            & (pl.col("packets") >= self.packets)
        ).fill_null(value=False)
        closed = (pl.col("zero_window_packets") >= self.zero_windows).fill_null(value=False)
        late = self._late("handshake_s"), self._late("response_s")
        return self._said(
            hours.with_columns(lossy=lossy, closed=closed, far=late[0], late=late[1]).filter(
                (pl.col("flows") >= self.flows)
                & pl.any_horizontal("lossy", "closed", "far", "late")
            )
        )

    def _before(self, column: str) -> pl.Expr:
        """Median of at least so many hours before; null where there are fewer."""
        return (
            pl.col(column)
            .shift(1)
            .rolling_median(window_size=24, min_samples=self.hours_before)
            .over(_SERVICE)
        )

    def _late(self, column: str) -> pl.Expr:
        now, before = pl.col(column), pl.col(column.replace("_s", "_before_s"))
        return ((now >= self.slower * before) & (now - before >= self.slower_by_s)).fill_null(
            value=False
        )

    def _said(self, hours: pl.LazyFrame) -> pl.LazyFrame:
        signs = pl.sum_horizontal("lossy", "closed", "far", "late")

        def part(sign: str, words: pl.Expr) -> pl.Expr:
            return pl.when(sign).then(words)

        parts = pl.concat_str(
            part(
                "lossy",
                sentence(
                    "{lost_share} of its packets were sent again",
                    lost_share=percent_text("lost_share"),
                ),
            ),
            part(
                "closed",
                sentence(
                    "{zero_window_packets} closed the window",
                    zero_window_packets=plural("zero_window_packets", "packet"),
                ),
            ),
            part(
                "far",
                sentence(
                    "handshakes took {now} ms on average, {before} ms before",
                    now=_ms("handshake_s"),
                    before=_ms("handshake_before_s"),
                ),
            ),
            part(
                "late",
                sentence(
                    "first answers took {now} ms on average, {before} ms before",
                    now=_ms("response_s"),
                    before=_ms("response_before_s"),
                ),
            ),
            separator="; ",
            ignore_nulls=True,
        )
        worst = (
            hours.with_columns(signs=signs, parts=parts)
            .sort("signs", "lost_share", "hour", descending=[True, True, False])
            .group_by(_SERVICE, maintain_order=True)
            .agg(pl.all().first(), bad_hours=pl.len().cast(pl.Int64))
        )
        return worst.select(
            *_SERVICE,
            *("first_seen_ns", "last_seen_ns", "flows", "clients", "packets", "lost_share"),
            *("retransmitted_packets", "zero_window_packets", "handshake_s", "handshake_before_s"),
            *("response_s", "response_before_s", "bad_hours"),
            proto=pl.lit("tcp"),
            resp_role=pl.lit("server"),
            severity=severity((pl.col("clients") >= self.many_clients, "low"), otherwise="info"),
            score=0.3 * saturating("flows", 10.0 * self.flows),
            confidence=pl.lit(0.5),
            because=sentence(
                "Of {resp_h} on {port}, used by {clients}, in its worst hour: {parts}.",
                port=port_text(),
                clients=plural("clients", "client"),
            ),
        )


def _mean_s(total_us: str, number: str) -> pl.Expr:
    return pl.when(pl.col(number) > 0).then(pl.col(total_us) / 1e6 / pl.col(number))


def _ms(seconds: str) -> pl.Expr:
    return number_text(pl.col(seconds) * 1e3)
