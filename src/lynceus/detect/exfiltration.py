"""Much goes out and little comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    network_text,
    percent_text,
    port_text,
    saturating,
    severity,
    share,
    techniques,
)
from lynceus.features.contact import (
    NAMED,
    NAMES_OF_PAIR,
    VOLUME_OF_PAIR,
)
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity

KNOWN_KINDS = ("saas", "cloud", "cdn")

_KEYS = ["window_start_ns", "window_end_ns", "site", "orig_h"]
_TABLES = len(NAMED)


@dataclass(frozen=True)
class Exfiltration:
    """An inside host sends much more to one place outside than it gets back.

    Detects: bytes that one inside host sent to one outside address in an hour or in a day, where
    they are many, several times what came back, and a large share of all that the host sent.
    Where a source tells only the sum of both directions, far more is needed. A slow window speaks
    only where the average hour was too thin for the faster one.

    Why: people and programs mostly fetch; who uploads in bulk to a place that few others here
    know is sending something away.

    Blind spots: little valuable data; slices below the threshold to many places; data hidden in
    fetched traffic's acknowledgements or in DNS (see `dns_tunnel`); a drop on a popular service.

    False positives: backups, file synchronisation, uploads of pictures and films, video
    conferences on one leg. Destinations of well-known providers and popular names are low, not
    silent: data is stolen through them as well. Places that many hosts here use are less sure.

    ATT&CK: T1048 Exfiltration Over Alternative Protocol, T1041 Exfiltration Over C2 Channel;
    T1567.002 Exfiltration to Cloud Storage for known providers.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *VOLUME_OF_PAIR,
        *NAMES_OF_PAIR,
    )
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "exfiltration"
    techniques: ClassVar[tuple[str, ...]] = ("T1048", "T1041")

    bytes_1h: int = 25_000_000
    """Bytes sent to one address in an hour."""
    bytes_1d: int = 40_000_000
    """The same in a day, where the average hour held less."""
    many_bytes: int = 500_000_000
    """From here on it is high (the fixed limit of Slips)."""
    outward: float = 10.0
    """Least ratio of bytes sent to bytes received: an upload gets but receipts back."""
    own_share: float = 0.3
    """Least share of the pair in all that the host sent outside."""
    undirected_bytes: int = 2_000_000_000
    """Bytes in both directions together, where the source does not tell them apart."""
    common_hosts: int = 10
    """A destination that so many inside hosts use is common here: less sure."""
    spread_bytes: int = 1_000_000
    """Bytes to a place from which on it counts where data is spread over several."""
    known_bytes: int = 200_000_000
    """Bytes to a well-known provider below which nothing is said."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs of the hour, then of the day."""
        volumes, names = tables[:2], tables[2:]
        found = []
        for width, least in ((0, self.bytes_1h), (1, self.bytes_1d)):
            volume = volumes[width]
            pairs = volume.filter(pl.col("sent_bytes") >= self.spread_bytes)
            enough = pl.col("sent_bytes") >= least
            if width == 1:
                thin = pl.col("sent_bytes") / pl.col("active_hours").clip(lower_bound=1)
                enough = enough & (thin < self.bytes_1h).fill_null(False)
            own = volume.group_by(_KEYS).agg(
                all_sent_bytes=pl.col("sent_bytes").sum(),
                destinations=pl.len().cast(pl.Int64),
            )
            users = volume.group_by(*_KEYS[:3], "resp_h").agg(inside_hosts=pl.len().cast(pl.Int64))
            named = (
                pl.concat(names[width * _TABLES : (width + 1) * _TABLES])
                .group_by(*_KEYS, "resp_h")
                .agg(pl.col("popular", "known_service", "domain").max())
            )
            found.append(
                pairs.with_columns(enough=enough, least=pl.lit(least))
                .join(own, on=_KEYS, how="left", nulls_equal=True)
                .join(named, on=[*_KEYS, "resp_h"], how="left", nulls_equal=True)
                .join(users, on=[*_KEYS[:3], "resp_h"], how="left", nulls_equal=True)
            )
        pairs = pl.concat(found)
        return pl.concat(
            [self._said(pairs.filter(pl.col("enough"))), self._spread(pairs)],
            how="diagonal_relaxed",
        )

    def _spread(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """Several places that each stay below, together above."""
        ratio = pl.col("sent_bytes") / pl.col("received_bytes").fill_null(0).clip(lower_bound=1)
        one_way = (pl.col("directed_flows") > 0) & (ratio >= self.outward) & ~_known()
        return (
            pairs.filter(one_way)
            .group_by(_KEYS)
            .agg(
                pl.len().cast(pl.Int64).alias("places"),
                pl.col("resp_h").sort().head(10).alias("places_sample"),
                pl.col("sent_bytes").sum(),
                pl.col("received_bytes").sum(),
                pl.col("all_sent_bytes", "least").max(),
                pl.col("enough").any(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
            .filter(
                ~pl.col("enough")
                & (pl.col("places") >= 2)
                & (pl.col("sent_bytes") >= pl.col("least"))
                & (share("sent_bytes", "all_sent_bytes") >= self.own_share)
            )
            .with_columns(
                orig_role=pl.lit("infected"),
                severity=pl.lit("medium"),
                score=saturating("sent_bytes", self.bytes_1h * 2.0),
                confidence=pl.lit(0.5),
                own_share=share("sent_bytes", "all_sent_bytes"),
                because=pl.format(
                    "{} sent {} to {} places outside that no list knows and got {} back.",
                    "orig_h",
                    bytes_text("sent_bytes"),
                    "places",
                    bytes_text("received_bytes"),
                ),
            )
            .drop("least", "enough")
        )

    def _said(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        told = pl.col("directed_flows") > 0
        ratio = pl.col("sent_bytes") / pl.col("received_bytes").fill_null(0).clip(lower_bound=1)
        known = _known()
        common = pl.col("inside_hosts").fill_null(1) >= self.common_hosts
        many = pl.col("sent_bytes") >= self.many_bytes
        own = share("sent_bytes", "all_sent_bytes")
        enough = (
            pl.when(told)
            .then((ratio >= self.outward) & (own >= self.own_share))
            .otherwise(pl.col("sent_bytes") >= self.undirected_bytes)
        )
        place = (
            pl.when(pl.col("domain").is_null())
            .then(pl.format("{}{}", "resp_h", network_text()))
            .otherwise(pl.format("{} ({})", "domain", "resp_h"))
        )
        return pairs.filter(enough & (~known | (pl.col("sent_bytes") >= self.known_bytes))).select(
            *_KEYS,
            *("resp_h", "domain", "first_seen_ns", "last_seen_ns", "sent_bytes"),
            *("received_bytes", "all_sent_bytes", "destinations", "inside_hosts", "connections"),
            *("longest_s", "resp_network", "known_service"),
            own_share=own,
            sent_to_received=pl.when(told).then(ratio),
            orig_role=pl.when(known).then(pl.lit("unknown")).otherwise(pl.lit("infected")),
            resp_role=pl.when(known).then(pl.lit("service")).otherwise(pl.lit("unknown")),
            severity=severity((known, "low"), (many & ~common, "high"), otherwise="medium"),
            score=saturating("sent_bytes", self.bytes_1h * 2.0)
            * pl.when(known).then(0.6).otherwise(1.0),
            confidence=pl.when(known)
            .then(0.25)
            .when(common | ~told)
            .then(0.4)
            .otherwise(0.5 + 0.35 * saturating("sent_bytes", self.many_bytes)),
            techniques=pl.when(known)
            .then(techniques("T1567.002"))
            .otherwise(techniques("T1048", "T1041")),
            because=pl.when(told)
            .then(
                pl.format(
                    "{} sent {} to {} on {} and got {} back: {} of all it sent outside.{}",
                    "orig_h",
                    bytes_text("sent_bytes"),
                    place,
                    port_text(),
                    bytes_text(pl.col("received_bytes").fill_null(0)),
                    percent_text(own),
                    pl.when(known)
                    .then(pl.lit(" The place is a well-known provider: backup or synchronisation?"))
                    .otherwise(pl.lit("")),
                )
            )
            .otherwise(
                pl.format(
                    "{} exchanged {} with {} on {}; the source does not tell the directions apart.",
                    "orig_h",
                    bytes_text("sent_bytes"),
                    place,
                    port_text(),
                )
            ),
        )


def _known() -> pl.Expr:
    """Whether the place belongs to a well-known provider or bears a popular name."""
    return (
        pl.col("resp_network_kind").is_in(KNOWN_KINDS).fill_null(False)
        | pl.col("popular").fill_null(False)
        | pl.col("known_service").is_not_null()
    )
