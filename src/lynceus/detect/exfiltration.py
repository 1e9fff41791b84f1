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
from lynceus.language.columns import clause, sentence
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
    Less suffices in an hour for a place that no other inside host uses, and is low, or medium
    where it is nearly all that the host sent and far above its other uploads. Where files tell the
    networks and countries of addresses, a place in a network (AS) that others here use too is not
    such a place, and one in a country that nobody else sends to is surer. Where a source
    tells only the sum of both directions, far more is needed. A slow window speaks only where the
    average hour was too thin for the faster one.

    Why: people and programs mostly fetch; who uploads in bulk to a place that few others here
    know is sending something away.

    Blind spots: little valuable data; slices below the threshold to many places; data hidden in
    fetched traffic's acknowledgements or in DNS (see `dns_tunnel`); a drop on a popular service.

    False positives: backups, file synchronisation, uploads of pictures and films, video
    conferences on one leg. Destinations of well-known providers and popular names are low, not
    silent: data is stolen through them as well; but a login service (SSH, FTP and the like) in the
    network of a provider is a machine that anybody may rent. Places that many hosts here use are
    less sure.

    ATT&CK: T1048 Exfiltration Over Alternative Protocol, T1041 Exfiltration Over C2 Channel;
    T1567.002 Exfiltration to Cloud Storage for known providers.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *VOLUME_OF_PAIR,
        *NAMES_OF_PAIR,
    )
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "exfiltration"
    techniques: ClassVar[tuple[str, ...]] = ("T1048", "T1041")

    bytes_1h: int = 25_000_000
    """Bytes sent to one address in an hour."""
    bytes_1d: int = 40_000_000
    """The same in a day, where the average hour held less."""
    rare_bytes: int = 10_000_000
    """Bytes sent in an hour to a place that no other inside host uses (the usual limit of a mail
    or of a form on a page)."""
    rare_bytes_medium: int = 20_000_000
    """From here on it is medium, if nearly all that the host sent and far above its other uploads:
    twice that limit is sent by a tool."""
    nearly_all: float = 0.9
    """Share of all that the host sent outside that is nearly all."""
    far_above: float = 10.0
    """Ratio to the largest upload of the host to any other place that is far above."""
    rare_country: float = 0.1
    """Confidence that is added where no other inside host sends to the country."""
    other_hosts: int = 1
    """Other inside hosts that were seen to send outside; without any no place is known as rare."""
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
    """Bytes to a well-known provider below which nothing is said, unless nobody else goes there."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs of the hour, then of the day; places that nobody else uses; spread over several."""
        volumes, names = tables[:2], tables[2:]
        found = []
        for width, least in ((0, self.bytes_1h), (1, self.bytes_1d)):
            named = names[width * _TABLES : (width + 1) * _TABLES]
            enough = pl.col("sent_bytes") >= least
            if width == 1:
                thin = pl.col("sent_bytes") / pl.col("active_hours").clip(lower_bound=1)
                enough = enough & (thin < self.bytes_1h).fill_null(False)
            found.append(
                self._pairs(volumes[width], named).with_columns(enough=enough, least=pl.lit(least))
            )
        pairs = pl.concat(found)
        told = pl.col("enough") & (~_known() | (pl.col("sent_bytes") >= self.known_bytes))
        return pl.concat(
            [
                self._said(pairs.filter("enough"), self.known_bytes),
                self._rare(found[0].filter(~told)),
                self._spread(pairs),
            ],
            how="diagonal_relaxed",
        )

    def _pairs(self, volume: pl.LazyFrame, names: tuple[pl.LazyFrame, ...]) -> pl.LazyFrame:
        """Pairs that sent much, with what else the host sent and who else uses the place."""
        sent = pl.col("sent_bytes")
        own = volume.group_by(_KEYS).agg(
            all_sent_bytes=sent.sum(),
            next_bytes=sent.top_k(2).min(),
            destinations=pl.len().cast(pl.Int64),
        )
        users = volume.group_by(*_KEYS[:3], "resp_h").agg(inside_hosts=pl.len().cast(pl.Int64))
        site = volume.group_by(_KEYS[:3]).agg(
            sending_hosts=pl.col("orig_h").n_unique().cast(pl.Int64)
        )
        system, country = (
            volume.drop_nulls(of)
            .group_by(*_KEYS[:3], of)
            .agg(pl.col("orig_h").n_unique().cast(pl.Int64).alias(name))
            for of, name in (("resp_asn", "as_hosts"), ("resp_country", "country_hosts"))
        )
        named = (
            pl.concat(names)
            .group_by(*_KEYS, "resp_h")
            .agg(pl.col("popular", "known_service", "domain").max())
        )
        return (
            volume.filter(sent >= self.spread_bytes)
            .join(own, on=_KEYS, how="left", nulls_equal=True)
            .join(named, on=[*_KEYS, "resp_h"], how="left", nulls_equal=True)
            .join(users, on=[*_KEYS[:3], "resp_h"], how="left", nulls_equal=True)
            .join(site, on=_KEYS[:3], how="left", nulls_equal=True)
            .join(system, on=[*_KEYS[:3], "resp_asn"], how="left")
            .join(country, on=[*_KEYS[:3], "resp_country"], how="left")
        )

    def _rare(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """Less than elsewhere suffices where nobody else goes, the more so if it stands out."""
        others = pl.col("sending_hosts") - 1 >= self.other_hosts
        alone_there = (pl.col("inside_hosts") == 1) & (pl.col("as_hosts").fill_null(1) == 1)
        only = alone_there & ~_famous() & (pl.col("directed_flows") > 0)
        alone = pl.when(pl.col("destinations") > 1).then("next_bytes").otherwise(0)
        stands_out = (
            others
            & ~_known()
            & (share("sent_bytes", "all_sent_bytes") >= self.nearly_all)
            & (pl.col("sent_bytes") >= self.far_above * alone)
            & (pl.col("sent_bytes") >= self.rare_bytes_medium)
        )
        rare = pairs.filter(only & (pl.col("sent_bytes") >= self.rare_bytes))
        return self._said(rare.with_columns(stands_out=stands_out), self.rare_bytes).with_columns(
            severity=severity((pl.col("stands_out"), "medium"), otherwise="low"),
            confidence=pl.when("stands_out").then(0.45).otherwise(0.3)
            + pl.when(pl.col("country_hosts") == 1).then(self.rare_country).otherwise(0.0),
            because=sentence(
                "{because} No other inside host used that place{whereabouts} in that hour.",
                whereabouts=_whereabouts(),
            ),
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
                because=sentence(
                    "{orig_h} sent {sent_bytes} to {places} places outside that no list knows"
                    " and got {received_bytes} back.",
                    sent_bytes=bytes_text("sent_bytes"),
                    received_bytes=bytes_text("received_bytes"),
                ),
            )
            .drop("least", "enough")
        )

    def _said(self, pairs: pl.LazyFrame, known_bytes: int) -> pl.LazyFrame:
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
        return pairs.filter(enough & (~known | (pl.col("sent_bytes") >= known_bytes))).select(
            *_KEYS,
            *("resp_h", "domain", "first_seen_ns", "last_seen_ns", "sent_bytes"),
            *("received_bytes", "all_sent_bytes", "destinations", "inside_hosts", "connections"),
            *("longest_s", "resp_network", "known_service", "sending_hosts"),
            *("resp_country", "resp_asn", "resp_as_name", "as_hosts", "country_hosts"),
            *(c for c in ("stands_out",) if c in pairs.collect_schema().names()),
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
                sentence(
                    "{orig_h} sent {sent_bytes} to {place} on {port} and got {received_bytes}"
                    " back: {own} of all it sent outside.{excuse}",
                    sent_bytes=bytes_text("sent_bytes"),
                    place=place,
                    port=port_text(),
                    received_bytes=bytes_text(pl.col("received_bytes").fill_null(0)),
                    own=percent_text(own),
                    excuse=pl.when(known)
                    .then(clause("The place is a well-known provider: backup or synchronisation?"))
                    .otherwise(pl.lit("")),
                )
            )
            .otherwise(
                sentence(
                    "{orig_h} exchanged {sent_bytes} with {place} on {port}; the source does "
                    "not tell the directions apart.",
                    sent_bytes=bytes_text("sent_bytes"),
                    place=place,
                    port=port_text(),
                )
            ),
        )


def _famous() -> pl.Expr:
    """Whether the place bears a popular name."""
    return pl.col("popular").fill_null(False) | pl.col("known_service").is_not_null()


def _whereabouts() -> pl.Expr:
    """`, its network (AS 64500, Example), its country (XX)`, where they are as lonely."""
    name = pl.when(pl.col("resp_as_name").is_null()).then(pl.lit(""))
    told = name.otherwise(pl.format(", {}", "resp_as_name"))
    network = sentence(", its network (AS {resp_asn}{told})", told=told)
    country = sentence(", its country ({resp_country})")
    return pl.concat_str(
        pl.when(pl.col("as_hosts") == 1).then(network).otherwise(pl.lit("")),
        pl.when(pl.col("country_hosts") == 1).then(country).otherwise(pl.lit("")),
    )


def _known() -> pl.Expr:
    """The same, or whether it is a service in the network of a well-known provider."""
    logged_in = share("login_bytes", "sent_bytes") >= 0.5
    return _famous() | (
        pl.col("resp_network_kind").is_in(KNOWN_KINDS).fill_null(False) & ~logged_in
    )
