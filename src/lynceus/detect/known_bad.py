"""A meeting with somebody on a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, plural, port_text, saturating, severity, techniques
from lynceus.features.listed import LISTED_FINGERPRINTS, LISTED_NAMES, LISTED_PAIRS
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity

SHARED_KINDS = ("cdn", "cloud", "saas", "resolver", "vpn")
"""Networks in which one address serves many: an indicator for it accuses the innocent too."""

_KEYS = ("window_start_ns", "window_end_ns", "site")


@dataclass(frozen=True)
class KnownBad:
    """A host meets an address, a name or a TLS client fingerprint that a list knows.

    Detects: flows with an end on the indicator lists of the user or at a Tor node; names on the
    lists, asked for by DNS or called by TLS, QUIC or HTTP; TLS clients whose JA3 is listed.

    Why: who is on a list was caught somewhere else. What counts is the direction: an inside host
    that reaches a listed place has a reason to, and it is rarely a good one; a listed host that
    knocks from outside and is not let in is the weather.

    Blind spots: whatever no list knows, which is most; lists age, and addresses change hands.

    False positives: shared infrastructure (one address of a content network or cloud serves
    thousands: such hits are medium and less sure), JA3 values that ordinary programs share,
    sinkholed names, researchers. Tor is legitimate where the policy allows it.

    ATT&CK: T1071 Application Layer Protocol, T1090.003 Multi-hop Proxy for Tor, T1595 Active
    Scanning from outside.
    """

    reads: ClassVar[tuple[Table, ...]] = (LISTED_PAIRS, *LISTED_NAMES, *LISTED_FINGERPRINTS)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071",)

    confidence_unknown: float = 0.7
    """Confidence of an indicator whose list states none."""
    shared_factor: float = 0.5
    """What is left of the confidence where one address serves many."""
    ja3_factor: float = 0.6
    """What is left of the confidence for a fingerprint, which different programs may share."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Addresses, then names, then fingerprints."""
        pairs, names, prints = tables[0], tables[1:5], tables[5:]
        events = ("dns", "tls", "quic", "http")
        return pl.concat(
            [
                self._plain(self._reached(pairs)),
                self._plain(self._knocked(pairs)),
                *(self._named(t, of) for t, of in zip(names, events, strict=True)),
                *(self._fingerprinted(t) for t in prints),
            ],
            how="diagonal_relaxed",
        )

    def _reached(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """An inside host goes to a listed place."""
        tor = pl.col("resp_network_kind").is_in(["tor_exit", "tor_relay"]).fill_null(False)
        listed = pl.col("resp_indicator").is_not_null()
        met = pl.col("connections") > pl.col("failed_connections")
        shared = pl.col("resp_network_kind").is_in(SHARED_KINDS).fill_null(False)
        sure = pl.when(listed).then(self._sure("resp_indicator_confidence")).otherwise(0.8)
        return self._flows(pairs.filter(listed | tor).filter(~_inbound()), "resp").with_columns(
            orig_role=pl.when(listed & met).then(pl.lit("infected")).otherwise(pl.lit("unknown")),
            resp_role=pl.when(listed).then(pl.lit("attacker")).otherwise(pl.lit("service")),
            severity=severity(
                (listed & met & ~shared, "high"), (listed | met, "medium"), otherwise="low"
            ),
            confidence=sure * pl.when(shared & listed).then(self.shared_factor).otherwise(1.0),
            techniques=pl.when(tor).then(techniques("T1090.003")).otherwise(techniques("T1071")),
            because=pl.format(
                "{} {} {}, {}, on {} {}{}.",
                "orig_h",
                pl.when(met).then(pl.lit("reached")).otherwise(pl.lit("tried to reach")),
                "resp_h",
                _what("resp"),
                port_text(),
                plural("connections", "time"),
                pl.when(pl.col("all_bytes") > 0)
                .then(pl.format(" ({})", bytes_text("all_bytes")))
                .otherwise(pl.lit("")),
            ),
        )

    def _knocked(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """A listed host comes from outside."""
        tor = pl.col("orig_network_kind").is_in(["tor_exit", "tor_relay"]).fill_null(False)
        listed = pl.col("orig_indicator").is_not_null()
        met = pl.col("connections") > pl.col("failed_connections")
        sure = pl.when(listed).then(self._sure("orig_indicator_confidence")).otherwise(0.8)
        return self._flows(pairs.filter(listed | tor).filter(_inbound()), "orig").with_columns(
            orig_role=pl.when(listed | ~met).then(pl.lit("attacker")).otherwise(pl.lit("unknown")),
            resp_role=pl.lit("victim"),
            severity=severity((listed & met, "medium"), otherwise="low"),
            confidence=sure * pl.when(met).then(1.0).otherwise(0.6),
            techniques=techniques("T1595"),
            tactic=pl.lit("reconnaissance"),
            because=pl.format(
                "{}, {}, contacted {} on {} {}; {}.",
                "orig_h",
                _what("orig"),
                "resp_h",
                port_text(),
                plural("connections", "time"),
                pl.when(met)
                .then(
                    pl.format(
                        "{} were answered", pl.col("connections") - pl.col("failed_connections")
                    )
                )
                .otherwise(pl.lit("it was never let in")),
            ),
        )

    @staticmethod
    def _plain(said: pl.LazyFrame) -> pl.LazyFrame:
        """Without the columns that only helped to say it."""
        helpers = (
            "network_kind",
            "indicator",
            "in",
            "network",
            "indicator_confidence",
            "indicator_name",
        )
        return said.drop(f"{end}_{column}" for end in ("orig", "resp") for column in helpers)

    def _flows(self, pairs: pl.LazyFrame, end: str) -> pl.LazyFrame:
        facts = ("indicator", "indicator_name", "indicator_source", "network", "network_kind")
        return pairs.select(
            *_KEYS,
            *("orig_h", "resp_h", "resp_p", "proto", "service", "first_seen_ns", "last_seen_ns"),
            *("connections", "failed_connections", "orig_bytes", "resp_bytes", "all_bytes"),
            *("longest_s",),
            *(pl.col(f"{end}_{fact}").alias(fact) for fact in facts),
            *(f"{e}_{c}" for e in ("orig", "resp") for c in ("network_kind", "indicator", "in")),
            *(f"{e}_{c}" for e in ("orig", "resp") for c in ("network", "indicator_confidence")),
            *(f"{e}_indicator_name" for e in ("orig", "resp")),
            score=0.5 + 0.5 * saturating("connections", 5.0),
        )

    def _named(self, names: pl.LazyFrame, of: str) -> pl.LazyFrame:
        asked = of == "dns"
        verb = "asked the DNS for" if asked else "called"
        return names.filter(pl.col("orig_in").fill_null(True)).select(
            *_KEYS,
            *("orig_h", "first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
            *("indicator", "indicator_name", "indicator_source", "events", "answered_events"),
            domain="name",
            registered_domain="domain",
            resp_h=pl.lit(None, pl.String) if asked else pl.col("resp_h"),
            resp_p="resp_p",
            service=pl.lit(of),
            orig_role=pl.lit("infected"),
            resp_role=pl.lit("domain" if asked else "attacker"),
            severity=severity((pl.lit(not asked), "high"), otherwise="medium"),
            score=0.5 + 0.5 * saturating("events", 5.0),
            confidence=self._sure("indicator_confidence") * (0.8 if asked else 1.0),
            techniques=techniques("T1071.004" if asked else "T1071.001"),
            because=pl.format(
                f"{{}} {verb} {{}} {{}}, known as {{}} ({{}}).",
                "orig_h",
                "name",
                plural("events", "time"),
                _named_as("indicator_name", "indicator"),
                pl.col("indicator_source").fill_null("list of indicators"),
            ),
        )

    def _fingerprinted(self, prints: pl.LazyFrame) -> pl.LazyFrame:
        return prints.select(
            *_KEYS,
            *("orig_h", "resp_h", "resp_p", "first_seen_ns", "last_seen_ns", "ja3"),
            *("flow_uids", "flows_total"),
            *("server_name", "indicator", "indicator_name", "indicator_source", "events"),
            service=pl.lit("tls"),
            orig_role=pl.when(pl.col("orig_in").fill_null(True))
            .then(pl.lit("infected"))
            .otherwise(pl.lit("attacker")),
            resp_role=pl.when(pl.col("orig_in").fill_null(True))
            .then(pl.lit("unknown"))
            .otherwise(pl.lit("victim")),
            severity=pl.lit("medium"),
            score=0.5 + 0.5 * saturating("events", 5.0),
            confidence=self._sure("indicator_confidence") * self.ja3_factor,
            techniques=techniques("T1071.001", "T1573"),
            because=pl.format(
                "{} called {} with a TLS client known as {} ({}), {}.",
                "orig_h",
                pl.coalesce("server_name", "resp_h"),
                _named_as("indicator_name", "indicator"),
                pl.col("indicator_source").fill_null("list of indicators"),
                plural("events", "time"),
            ),
        )

    def _sure(self, column: str) -> pl.Expr:
        return pl.col(column).fill_null(self.confidence_unknown)


def _inbound() -> pl.Expr:
    return (~pl.col("orig_in") & pl.col("resp_in")).fill_null(False)


def _named_as(name: str, indicator: str) -> pl.Expr:
    return pl.coalesce(name, indicator)


def _what(end: str) -> pl.Expr:
    """`a known Tor exit`, `listed as X`."""
    kind = pl.col(f"{end}_network_kind")
    return (
        pl.when(pl.col(f"{end}_indicator").is_not_null())
        .then(pl.format("known as {}", _named_as(f"{end}_indicator_name", f"{end}_indicator")))
        .when(kind == "tor_exit")
        .then(pl.lit("a known Tor exit"))
        .otherwise(pl.lit("a known Tor relay"))
    )
