"""A host sends far more than it ever did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, plural, saturating, severity, share
from lynceus.features.history import HOUR_NS, UPLOADS_BY_HOUR
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_WEEK = ["window_start_ns", "window_end_ns", "site"]
_HOST = [*_WEEK, "orig_h"]


@dataclass(frozen=True)
class UploadSurge:
    """An inside host sends much more outside in a day than on any day before, or by night.

    Detects: bytes that one inside host sent outside in a day, to all places together, against the
    most that it sent on any earlier day of the week; and bytes sent in hours of the day at which it
    never sent anything on earlier days. Both need three earlier days on which it was active.

    Why: what is much differs from host to host: a fixed limit (see `exfiltration`) overlooks the
    quiet host that suddenly uploads, and the hour tells whether somebody was at work.

    Blind spots: input of less than four days; hosts that upload every day; weeks begin on Thursdays
    (UTC), and what lies in the week before is not remembered; a theft spread evenly.

    False positives: the first backup, a new synchronisation, a film of the holidays: it is low
    unless most of it went where no well-known provider is, and it is large or came by night.

    ATT&CK: T1048 Exfiltration Over Alternative Protocol, T1020 Automated Exfiltration.
    """

    reads: ClassVar[tuple[Table, ...]] = (UPLOADS_BY_HOUR,)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "exfiltration"
    techniques: ClassVar[tuple[str, ...]] = ("T1048", "T1020")

    bytes_1d: int = 50_000_000
    """Bytes sent in a day: less is an album of pictures."""
    above: float = 10.0
    """Ratio to the most of any earlier day."""
    bytes_odd_hours: int = 20_000_000
    """Bytes sent in hours at which the host used to be silent."""
    earlier_days: int = 3
    """Earlier days on which the host was active: fewer are no history."""
    many_bytes: int = 200_000_000
    """From here on it is medium where most of it went to no well-known provider."""
    outward: float = 3.0
    """Least ratio of bytes sent to bytes received in that day."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host and day that surpasses the days before."""
        hours = tables[0].filter(pl.col("hour").is_not_null()).sort(*_HOST, "hour")
        days = (
            self._with_odd_hours(hours.with_columns(day=pl.col("hour") // 24))
            .group_by(*_HOST, "day", maintain_order=True)
            .agg(
                pl.col("sent_bytes", "received_bytes", "unlisted_bytes", "odd_bytes").sum(),
                pl.col("places").explode(empty_as_null=False).drop_nulls().unique().sort().head(5),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
            .sort(*_HOST, "day")
            .with_columns(
                most_before_bytes=pl.col("sent_bytes").cum_max().shift(1).over(_HOST),
                days_before=pl.int_range(pl.len()).over(_HOST),
            )
        )
        known = pl.col("days_before") >= self.earlier_days
        before = pl.col("most_before_bytes").clip(lower_bound=1)
        surge = (pl.col("sent_bytes") >= self.bytes_1d) & (
            pl.col("sent_bytes") >= self.above * before
        )
        odd = (pl.col("odd_bytes") >= self.bytes_odd_hours) & (
            pl.col("odd_bytes") >= before.cast(pl.Float64)
        )
        one_way = pl.col("sent_bytes") >= self.outward * pl.col("received_bytes").fill_null(0)
        return self._said(
            days.with_columns(surge=surge, odd=odd).filter(
                known & one_way & (pl.col("surge") | pl.col("odd"))
            )
        )

    @staticmethod
    def _with_odd_hours(hours: pl.LazyFrame) -> pl.LazyFrame:
        """`odd_bytes`: those sent in hours of the day at which the host was silent before."""
        of_day = hours.with_columns(of_day=pl.col("hour") % 24)
        first = of_day.group_by(*_HOST, "of_day").agg(first_day=pl.col("day").min())
        near = pl.concat(
            first.with_columns(of_day=(pl.col("of_day") + shift) % 24) for shift in (23, 0, 1)
        )
        since = near.group_by(*_HOST, "of_day").agg(pl.col("first_day").min())
        return of_day.join(since, on=[*_HOST, "of_day"], how="left", nulls_equal=True).with_columns(
            odd_bytes=pl.when(pl.col("first_day") == pl.col("day"))
            .then(pl.col("sent_bytes"))
            .otherwise(0)
        )

    def _said(self, days: pl.LazyFrame) -> pl.LazyFrame:
        unlisted = share("unlisted_bytes", "sent_bytes") >= 0.5
        serious = unlisted & ((pl.col("sent_bytes") >= self.many_bytes) | pl.col("odd"))
        single = pl.col("places").list.len() == 1
        return days.select(
            *_HOST,
            *("first_seen_ns", "last_seen_ns", "sent_bytes", "received_bytes", "odd_bytes"),
            *("unlisted_bytes", "most_before_bytes", "days_before", "places"),
            day_start_ns=pl.col("day") * 24 * HOUR_NS,
            resp_h=pl.when(single).then(pl.col("places").list.first()),
            orig_role=pl.when(serious & pl.col("surge"))
            .then(pl.lit("infected"))
            .otherwise(pl.lit("unknown")),
            resp_role=pl.lit("unknown"),
            severity=severity((serious & pl.col("surge"), "medium"), otherwise="low"),
            score=saturating("sent_bytes", 4.0 * self.bytes_1d),
            confidence=pl.when(pl.col("surge") & pl.col("odd")).then(0.5).otherwise(0.35),
            because=sentence(
                "{orig_h} sent {sent_bytes} outside within a day; the most on any of "
                "{days_before} before was {most_before_bytes}{odd_hours}.",
                sent_bytes=bytes_text("sent_bytes"),
                days_before=plural("days_before", "day"),
                most_before_bytes=bytes_text("most_before_bytes"),
                odd_hours=pl.when("odd")
                .then(
                    sentence(
                        "; {odd_bytes} of it went at hours at which it had been silent",
                        odd_bytes=bytes_text("odd_bytes"),
                    )
                )
                .otherwise(pl.lit("")),
            ),
        )
