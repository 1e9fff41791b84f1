"""Much is gathered inside, and then it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, network_text, plural, saturating, severity, techniques
from lynceus.features.contact import NAMED, NAMES_OF_PAIR
from lynceus.features.history import HOUR_NS, LISTED_KINDS, SENT_BY_HOUR, TAKEN_BY_HOUR
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_DAY = ["window_start_ns", "window_end_ns", "site"]
_HOST = [*_DAY, "orig_h"]
_PAIR = [*_HOST, "resp_h"]


@dataclass(frozen=True)
class Staging:
    """A host takes in much from others inside, then sends much of it to one place outside.

    Detects: bytes that one inside host took in from others inside, fetched or brought, and bytes
    that it sent to one outside address in the same or a later hour of the day, where the one is of
    the size of the other (packed, or sent twice) and little came back.

    Why: whoever steals in bulk gathers the files on one host first, for that is where the way out
    is. Neither half is odd by itself; the order and the sizes are.

    Blind spots: days of pause between the two; gathering by a host whose inside traffic the sensor
    does not see; slices to many places.

    False positives: backup, mirror and publishing servers do this every day: name them as assets
    or suppress them. Well-known providers and popular names are low; so is a place that several
    inside hosts send to.

    ATT&CK: T1074.002 Remote Data Staging, T1048 Exfiltration Over Alternative Protocol.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        TAKEN_BY_HOUR,
        SENT_BY_HOUR,
        *NAMES_OF_PAIR[len(NAMED) :],
    )
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "exfiltration"
    techniques: ClassVar[tuple[str, ...]] = ("T1074.002", "T1048")

    taken_bytes: int = 50_000_000
    """Bytes gathered: less is a day's work with documents."""
    sent_bytes: int = 20_000_000
    """Bytes sent out afterwards."""
    least_share: float = 0.1
    """Bytes sent for a byte taken in: text packs to a tenth."""
    most_share: float = 2.5
    """The same, where it is sent twice; more comes from elsewhere."""
    outward: float = 5.0
    """Least ratio of bytes sent to bytes received."""
    other_senders: int = 2
    """Other inside hosts that sent as much to the place make it a common one."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host and place."""
        taken, sent, *names = tables
        gathered = (
            taken.filter(pl.col("hour").is_not_null())
            .rename({"taker_h": "orig_h"})
            .sort("hour", "orig_h")
            .with_columns(
                taken_bytes=pl.col("taken_bytes").cum_sum().over(_HOST),
                givers=pl.col("givers").cum_max().over(_HOST),
                first_taken_ns=pl.col("first_taken_ns").cum_min().over(_HOST),
            )
        )
        out = sent.filter(pl.col("hour").is_not_null()).sort("hour", "orig_h", "resp_h")
        after = (
            out.join_asof(
                gathered, on="hour", by=_HOST, strategy="backward", check_sortedness=False
            )
            .filter(
                (pl.col("taken_bytes") >= self.taken_bytes)
                & (pl.col("last_seen_ns") >= pl.col("first_taken_ns"))
            )
            .group_by(_PAIR)
            .agg(
                pl.col("sent_bytes", "received_bytes").sum(),
                pl.col("taken_bytes", "givers").max(),
                pl.col("givers_sample").first(),
                pl.col("resp_p", "proto", "resp_network", "resp_network_kind").max(),
                pl.col("first_taken_ns").min().alias("first_seen_ns"),
                pl.col("last_seen_ns").max(),
                pl.col("hour").min(),
            )
        )
        named = (
            pl.concat(names).group_by(_PAIR).agg(pl.col("popular", "known_service", "domain").max())
        )
        users = (
            sent.group_by(*_DAY, "resp_h", "orig_h")
            .agg(pl.col("sent_bytes").sum())
            .filter(pl.col("sent_bytes") >= self.sent_bytes / 10)
            .group_by(*_DAY, "resp_h")
            .agg(senders=pl.len().cast(pl.Int64))
        )
        portion = pl.col("sent_bytes") / pl.col("taken_bytes")
        back = pl.col("received_bytes").fill_null(0)
        return self._said(
            after.filter(
                (pl.col("sent_bytes") >= self.sent_bytes)
                & portion.is_between(self.least_share, self.most_share)
                & (pl.col("sent_bytes") >= self.outward * back)
            )
            .join(named, on=_PAIR, how="left", nulls_equal=True)
            .join(users, on=[*_DAY, "resp_h"], how="left", nulls_equal=True)
        )

    def _said(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        known = (
            pl.col("popular").fill_null(False)
            | pl.col("known_service").is_not_null()
            | pl.col("resp_network_kind").is_in(LISTED_KINDS).fill_null(False)
        )
        common = pl.col("senders").fill_null(1) > self.other_senders
        place = (
            pl.when(pl.col("domain").is_null())
            .then(pl.format("{}{}", "resp_h", network_text()))
            .otherwise(pl.format("{} ({})", "domain", "resp_h"))
        )
        return pairs.select(
            *_PAIR,
            *("resp_p", "proto", "domain", "first_seen_ns", "last_seen_ns", "taken_bytes"),
            *("givers", "givers_sample", "sent_bytes", "received_bytes", "senders"),
            sent_from_ns=pl.col("hour") * HOUR_NS,
            orig_role=pl.when(known | common).then(pl.lit("unknown")).otherwise(pl.lit("infected")),
            resp_role=pl.when(known).then(pl.lit("service")).otherwise(pl.lit("unknown")),
            severity=severity((known | common, "low"), otherwise="medium"),
            score=saturating("sent_bytes", 4.0 * self.sent_bytes),
            confidence=pl.when(known | common).then(0.3).otherwise(0.55),
            techniques=pl.when(known)
            .then(techniques("T1074.002", "T1567.002"))
            .otherwise(techniques("T1074.002", "T1048")),
            because=sentence(
                "{orig_h} took in {taken_bytes} from {givers} inside and then sent "
                "{sent_bytes} to {place}, which sent {received_bytes} back.",
                taken_bytes=bytes_text("taken_bytes"),
                givers=plural("givers", "host"),
                sent_bytes=bytes_text("sent_bytes"),
                place=place,
                received_bytes=bytes_text(pl.col("received_bytes").fill_null(0)),
            ),
        )
