"""A meeting with somebody on a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.decay import LIFETIME_DAYS, kept
from lynceus.detect.score import bytes_text, plural, port_text, saturating, severity, techniques
from lynceus.features.listed import INDICATOR, LISTED_FINGERPRINTS, LISTED_NAMES, LISTED_PAIRS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

SHARED_KINDS = ("cdn", "cloud", "saas", "resolver", "vpn", "sinkhole", "parking")
"""Networks in which one address serves many, or nobody: an indicator for it accuses the innocent
too."""

NTP = 123
OLD_CLOCKS = (13, 37)
"""Ports of the older protocols of time (RFC 867, RFC 868): a short answer to whoever connects."""
CLOCK_BYTES = 100
"""More than this in a conversation is no telling of the time."""
INSISTED = 3
"""A name that nobody answered for was asked for in vain, unless it was asked for so often."""

_KEYS = ("window_start_ns", "window_end_ns", "site")
_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True)
class KnownBad:
    """A host meets an address, a name, a page, a TLS client or a certificate that a list knows.

    Detects: flows with an end on the indicator lists of the user or at a Tor node; names on the
    lists, asked for by DNS or called by TLS, QUIC or HTTP; pages asked for by HTTP; TLS clients
    whose JA3 or JA4 is listed, and servers whose certificate is.

    Why: who is on a list was caught somewhere else. What counts is the direction: an inside host
    that reaches a listed place has a reason to, and it is rarely a good one; a listed host that
    knocks from outside and is not let in is the weather.

    How sure: as sure as the list says, less with the time since it last said so (`lynceus.decay`),
    and less where many share the place. The severity follows: high from 0.6 on, medium from 0.4 on.
    A name that was asked for once or twice and that nobody answered for is of low severity.

    Blind spots: whatever no list knows, which is most; lists age, and addresses change hands.

    False positives: shared infrastructure (one address of a content network or cloud serves
    thousands: such hits are low and less sure), popular names, time servers, JA3 values that
    ordinary programs share (low where such a client calls popular places), sinkholes. Tor is
    legitimate where the policy allows it.

    ATT&CK: T1071 Application Layer Protocol, T1090.003 Multi-hop Proxy for Tor, T1595 Active
    Scanning from outside.
    """

    reads: ClassVar[tuple[Table, ...]] = (LISTED_PAIRS, *LISTED_NAMES, *LISTED_FINGERPRINTS)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071",)

    confidence_unknown: float = 0.7
    """Confidence of an indicator whose list states none."""
    confidence_high: float = 0.6
    """From this confidence on a met indicator is of high severity."""
    confidence_medium: float = 0.4
    """From this confidence on it is of medium severity, below it of low."""
    shared_factor: float = 0.5
    """What is left of the confidence where one address or name serves many."""
    ja3_factor: float = 0.6
    """What is left of the confidence for a fingerprint, which different programs may share."""
    address_days: float = LIFETIME_DAYS["address"]
    """Days after which an address that no list has said again counts for next to nothing."""
    domain_days: float = LIFETIME_DAYS["domain"]
    """The same of a name."""
    page_days: float = LIFETIME_DAYS["url"]
    """The same of the address of a page."""
    fingerprint_days: float = LIFETIME_DAYS["ja3"]
    """The same of a fingerprint or a certificate."""

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
        shared, why = _shared_network("resp")
        sure = self._sure("resp_", self.address_days) * _factor(shared, self.shared_factor)
        sure = pl.when(listed).then(sure).otherwise(0.8)
        is_high = met & ~shared & (sure >= self.confidence_high)
        is_medium = ~shared & (sure >= self.confidence_medium)
        return self._flows(pairs.filter(listed | tor).filter(~_inbound()), "resp").with_columns(
            orig_role=pl.when(listed & met & is_medium)
            .then(pl.lit("infected"))
            .otherwise(pl.lit("unknown")),
            resp_role=pl.when(listed).then(pl.lit("attacker")).otherwise(pl.lit("service")),
            severity=severity(
                (listed & is_high, "high"),
                ((listed & is_medium) | (~listed & met), "medium"),
                otherwise="low",
            ),
            confidence=sure,
            techniques=pl.when(tor).then(techniques("T1090.003")).otherwise(techniques("T1071")),
            because=sentence(
                "{did}, {what}, on {port} {connections}{amount}{remark}.",
                did=pl.when(met)
                .then(sentence("{orig_h} reached {resp_h}"))
                .otherwise(sentence("{orig_h} tried to reach {resp_h}")),
                what=_what("resp"),
                port=port_text(),
                connections=plural("connections", "time"),
                amount=pl.when(pl.col("all_bytes") > 0)
                .then(pl.format(" ({})", bytes_text("all_bytes")))
                .otherwise(pl.lit("")),
                remark=_remark("resp_", listed, shared, why),
            ),
        )

    def _knocked(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """A listed host comes from outside."""
        tor = pl.col("orig_network_kind").is_in(["tor_exit", "tor_relay"]).fill_null(False)
        listed = pl.col("orig_indicator").is_not_null()
        met = pl.col("connections") > pl.col("failed_connections")
        shared, why = _shared_network("orig")
        sure = self._sure("orig_", self.address_days) * _factor(shared, self.shared_factor)
        sure = pl.when(listed).then(sure).otherwise(0.8)
        is_medium = listed & met & ~shared & (sure >= self.confidence_medium)
        return self._flows(pairs.filter(listed | tor).filter(_inbound()), "orig").with_columns(
            orig_role=pl.when(listed | ~met).then(pl.lit("attacker")).otherwise(pl.lit("unknown")),
            resp_role=pl.lit("victim"),
            severity=severity((is_medium, "medium"), otherwise="low"),
            confidence=sure * pl.when(met).then(1.0).otherwise(0.6),
            techniques=techniques("T1595"),
            tactic=pl.lit("reconnaissance"),
            because=sentence(
                "{orig_h}, {what}, contacted {resp_h} on {port} {connections}; {answered}{remark}.",
                what=_what("orig"),
                port=port_text(),
                connections=plural("connections", "time"),
                answered=pl.when(met)
                .then(
                    sentence(
                        "{connections} were answered",
                        connections=pl.col("connections") - pl.col("failed_connections"),
                    )
                )
                .otherwise(sentence("it was never let in")),
                remark=_remark("orig_", listed, shared, why),
            ),
        )

    @staticmethod
    def _plain(said: pl.LazyFrame) -> pl.LazyFrame:
        """Without the columns that only helped to say it."""
        helpers = (*INDICATOR, "network_kind", "in", "network")
        return said.drop(f"{end}_{column}" for end in ("orig", "resp") for column in helpers)

    def _flows(self, pairs: pl.LazyFrame, end: str) -> pl.LazyFrame:
        facts = ("indicator", "indicator_name", "indicator_source", "network", "network_kind")
        helpers = (*INDICATOR, "network_kind", "in", "network")
        return pairs.select(
            *_KEYS,
            *("orig_h", "resp_h", "resp_p", "proto", "service", "first_seen_ns", "last_seen_ns"),
            *("connections", "failed_connections", "orig_bytes", "resp_bytes", "all_bytes"),
            *("longest_s",),
            *(pl.col(f"{end}_{fact}").alias(fact) for fact in facts),
            *_evidence(f"{end}_"),
            *(f"{e}_{c}" for e in ("orig", "resp") for c in helpers),
            score=0.5 + 0.5 * saturating("connections", 5.0),
        )

    def _named(self, names: pl.LazyFrame, of: str) -> pl.LazyFrame:
        asked = of == "dns"
        page = pl.col("is_page").fill_null(False)
        form = "{orig_h} asked the DNS for {name}" if asked else "{orig_h} called {name}"
        did = (
            pl.when(page)
            .then(sentence("{orig_h} asked for the page {name}"))
            .otherwise(sentence(form))
        )
        popular = pl.col("popular").fill_null(False)
        by_list = pl.col("indicator_shared")
        known = pl.col("known_service")
        shared = ~page & (popular | known.is_not_null() | by_list.is_not_null())
        why = pl.coalesce(by_list, known, sentence("{domain} is a popular name"))
        days = pl.when(page).then(self._sure("", self.page_days))
        sure = days.otherwise(self._sure("", self.domain_days)) * (0.8 if asked else 1.0)
        sure = sure * _factor(shared, self.shared_factor)
        high, medium = self.confidence_high, self.confidence_medium
        in_vain = (pl.col("answered_events") == 0) & (pl.col("events") < INSISTED)
        in_vain = in_vain if asked else pl.lit(value=False)
        return names.filter(pl.col("orig_in").fill_null(True)).select(
            *_KEYS,
            *("orig_h", "first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
            *("indicator", "indicator_name", "indicator_source", "events", "answered_events"),
            *_evidence(""),
            domain="name",
            registered_domain="domain",
            resp_h=pl.lit(None, pl.String) if asked else pl.col("resp_h"),
            resp_p="resp_p",
            service=pl.lit(of),
            orig_role=pl.when(~shared & ~in_vain & (sure >= medium))
            .then(pl.lit("infected"))
            .otherwise(pl.lit("unknown")),
            resp_role=pl.lit("domain" if asked else "attacker"),
            severity=severity(
                (pl.lit(not asked) & ~shared & (sure >= high), "high"),
                (~shared & ~in_vain & (sure >= medium), "medium"),
                otherwise="low",
            ),
            score=0.5 + 0.5 * saturating("events", 5.0),
            confidence=sure,
            techniques=techniques("T1071.004" if asked else "T1071.001"),
            because=sentence(
                "{did} {events}, known as {named_as} ({indicator_source}){remark}.",
                did=did,
                events=plural("events", "time"),
                named_as=_named_as("indicator_name", "indicator"),
                indicator_source=pl.col("indicator_source").fill_null(
                    sentence("list of indicators")
                ),
                remark=_remark("", pl.lit(True), shared, why),
            ),
        )

    def _fingerprinted(self, prints: pl.LazyFrame) -> pl.LazyFrame:
        inside = pl.col("orig_in").fill_null(True)
        certificate = pl.col("print_kind").is_in(["certificate", "certificate_sha1"])
        sure = self._sure("", self.fingerprint_days)
        sure = sure * pl.when(certificate).then(1.0).otherwise(self.ja3_factor)
        by_list = pl.col("indicator_shared")
        ordinary = ~certificate & ~pl.col("elsewhere").fill_null(True)
        shared = ordinary | by_list.is_not_null()
        why = pl.coalesce(by_list, sentence("it called nothing but a popular place"))
        sure = sure * _factor(shared, self.shared_factor)
        high, medium = self.confidence_high, self.confidence_medium
        kinds = {
            "ja3": "ja3", "ja4": "ja4", "cert_sha256": "certificate",
            "cert_sha1": "certificate_sha1",
        }  # fmt: skip
        return prints.select(
            *_KEYS,
            *("orig_h", "resp_h", "resp_p", "first_seen_ns", "last_seen_ns"),
            *("flow_uids", "flows_total"),
            *("server_name", "indicator", "indicator_name", "indicator_source", "events"),
            *_evidence(""),
            **{
                name: pl.when(pl.col("print_kind") == kind).then("print")
                for name, kind in kinds.items()
            },
            service=pl.lit("tls"),
            orig_role=pl.when(inside).then(pl.lit("infected")).otherwise(pl.lit("attacker")),
            resp_role=pl.when(certificate & inside)
            .then(pl.lit("attacker"))
            .when(inside)
            .then(pl.lit("unknown"))
            .otherwise(pl.lit("victim")),
            severity=severity(
                (certificate & ~shared & (sure >= high), "high"),
                (~shared & (sure >= medium), "medium"),
                otherwise="low",
            ),
            score=0.5 + 0.5 * saturating("events", 5.0),
            confidence=sure,
            techniques=techniques("T1071.001", "T1573"),
            because=sentence(
                "{orig_h} called {server_name} with {print} known as {named_as} "
                "({indicator_source}), {events}{remark}.",
                server_name=pl.coalesce("server_name", "resp_h"),
                print=pl.when(certificate)
                .then(sentence("a TLS certificate"))
                .otherwise(sentence("a TLS client")),
                named_as=_named_as("indicator_name", "indicator"),
                indicator_source=pl.col("indicator_source").fill_null(
                    sentence("list of indicators")
                ),
                events=plural("events", "time"),
                remark=_remark("", pl.lit(True), shared, why),
            ),
        )

    def _sure(self, prefix: str, lifetime_days: float) -> pl.Expr:
        """How sure a list is of it at the time it was met."""
        told = pl.col(f"{prefix}indicator_confidence").fill_null(self.confidence_unknown)
        seen, until = f"{prefix}indicator_seen_ns", f"{prefix}indicator_until_ns"
        at = pl.col("first_seen_ns")
        return told * kept(at, pl.col(seen), pl.col(until), lifetime_days)


def _factor(shared: pl.Expr, factor: float) -> pl.Expr:
    return pl.when(shared).then(factor).otherwise(1.0)


def _shared_network(end: str) -> tuple[pl.Expr, pl.Expr]:
    """Whether many share an address, and which network or list says so."""
    by_list = pl.col(f"{end}_indicator_shared")
    kind = pl.col(f"{end}_network_kind")
    crowded = kind.is_in(SHARED_KINDS).fill_null(False)
    short = pl.col("all_bytes").fill_null(0) <= CLOCK_BYTES * pl.col("connections")
    by_port = ((pl.col("proto") == "udp") & (pl.col("resp_p") == NTP)) | (
        pl.col("resp_p").is_in(OLD_CLOCKS) & short
    )
    clock = (by_port if end == "resp" else pl.lit(value=False)).fill_null(False)
    network = pl.format("{}: {}", pl.col(f"{end}_network").fill_null("?"), kind)
    why = pl.coalesce(
        by_list, pl.when(crowded).then(network), sentence("it tells the time to whoever asks")
    )
    return crowded | clock | by_list.is_not_null(), why


def _evidence(prefix: str) -> list[pl.Expr]:
    """How old the indicator is where its list tells, and what else is known of it."""
    age = (pl.col("first_seen_ns") - pl.col(f"{prefix}indicator_seen_ns")) / _DAY_NS
    return [
        age.round(1).alias("indicator_age_days"),
        pl.col(f"{prefix}indicator_note").alias("indicator_note"),
        pl.col(f"{prefix}indicator_shared").alias("indicator_shared"),
    ]


def _remark(prefix: str, listed: pl.Expr, shared: pl.Expr, why: pl.Expr) -> pl.Expr:
    """What makes the list less sure than it says: its age, its neighbours, other lists."""
    days = ((pl.col("first_seen_ns") - pl.col(f"{prefix}indicator_seen_ns")) / _DAY_NS).floor()
    until = pl.col(f"{prefix}indicator_until_ns")
    note = pl.col(f"{prefix}indicator_note")
    parts = (
        (pl.col("first_seen_ns") > until, sentence("the entry had run out")),
        (days >= 1, sentence("last listed {days} before", days=plural(days.cast(pl.Int64), "day"))),
        (note.is_not_null(), note),
        (shared, sentence("others share it: {why}", why=why)),
    )
    return pl.concat_str(
        pl.when((listed & said).fill_null(False))
        .then(pl.format("; {}", text))
        .otherwise(pl.lit(""))
        for said, text in parts
    )


def _inbound() -> pl.Expr:
    return (~pl.col("orig_in") & pl.col("resp_in")).fill_null(False)


def _named_as(name: str, indicator: str) -> pl.Expr:
    return pl.coalesce(name, indicator)


def _what(end: str) -> pl.Expr:
    """`a known Tor exit`, `listed as X`."""
    kind = pl.col(f"{end}_network_kind")
    return (
        pl.when(pl.col(f"{end}_indicator").is_not_null())
        .then(
            sentence(
                "known as {named_as}",
                named_as=_named_as(f"{end}_indicator_name", f"{end}_indicator"),
            )
        )
        .when(kind == "tor_exit")
        .then(sentence("a known Tor exit"))
        .otherwise(sentence("a known Tor relay"))
    )
