"""A host that calls home like a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.rhythm import Floor, scored, steady
from lynceus.detect.score import (
    bytes_text,
    duration_text,
    network_text,
    percent_text,
    port_text,
    severity,
    share,
)
from lynceus.features.contact import (
    LOOKUPS_OF_PAIR,
    NAMED,
    NAMES_OF_PAIR,
    RHYTHM_OF_NAME,
    RHYTHM_OF_PAIR,
    VOLUME_OF_PAIR,
)
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

KNOWN_KINDS = ("saas", "cdn", "resolver", "crawler")
"""Networks whose customers are many and watched: regular calls there are mostly software."""

PUSH_PORTS = (5222, 5223, 5228, 5229, 5230, 8883, 1883)
"""Ports of push and message services, which keep calling by design."""

SETTLED_SHARE = 0.8
"""A name that meets one address so often is told by that address."""

_KEYS = ["window_start_ns", "window_end_ns", "site", "orig_h"]
_PAIR = [*_KEYS, "resp_h", "resp_p", "proto"]
_NAME = [*_KEYS, "domain"]
_TABLES = len(NAMED)

_FACTS = (
    pl.len().cast(pl.Int64).alias("connections"),
    pl.col("ts_ns").min().alias("first_seen_ns"),
    pl.col("ts_ns").max().alias("last_seen_ns"),
    pl.col("resp_network").max(),
    pl.col("resp_network_kind").max(),
)
_FACTS_OF_PAIR = (
    *_FACTS,
    pl.col("failed").fill_null(False).sum().cast(pl.Int64).alias("failed_connections"),
    pl.col("service", "tells_names").max(),
    pl.col("orig_p").n_unique().cast(pl.Int64).alias("orig_ports"),
)
_FACTS_OF_NAME = (
    *_FACTS,
    pl.col("resp_h").n_unique().cast(pl.Int64).alias("addresses"),
    pl.col("resp_h").mode().min(),
    pl.col("resp_h").unique_counts().max().alias("at_main"),
    pl.col("resp_p", "popular", "known_service", "proxy").max(),
    pl.col("uid").drop_nulls().unique().sort().head(100).implode().alias("flow_uids"),
    pl.col("uid").drop_nulls().n_unique().cast(pl.UInt64).alias("flows_total"),
)


@dataclass(frozen=True)
class Beacon:
    """An inside host contacts the same place outside at regular intervals.

    Detects: the rhythm of new connections of one inside host to one service outside, by address
    (`resp_h`, port, protocol) and by name (TLS and QUIC server name, HTTP host), over an hour
    where the interval is at most 30 s and over a day otherwise. Score, each part 0..1:

        score    = 0.45 timing + 0.25 coverage + 0.15 size + 0.15 count
        timing   = (1 - |skew|) / 2 + max(0, 1 - 2 jitter) / 2
        jitter   = median absolute deviation of the intervals / median interval
        skew     = Bowley skew of the intervals (Q1 + Q3 - 2 Q2) / (Q3 - Q1), 0 where the middle
                   half spreads less than 5 % of the median
        coverage = beats seen / beats that fit into the span at the median interval
        size     = 1 - median absolute deviation / median of the bytes sent; left out if unknown
        count    = beats / 24, at most 1

    Behind a proxy the host name of the request or of the CONNECT counts, for the client that sent
    it; what the proxy itself then does in its name is not told again. Contacts with a known
    service behind a proxy, and look-ups at an outside resolver, that go on for the hour without a
    rhythm are told as info with RITA's four parts (timing, size, duration, evenness).

    Contacts within 1 s of the one before are one beat; within 20 s in a second reading, of which
    the better counts. Medians and quartiles bear up to a quarter of missed or added beats; jitter
    of 30 % either way costs 0.07.

    Why: an implant asks its controller for work again and again; people do not keep time. RITA's
    score has the same roots (median deviation and skew of intervals and sizes); coverage keeps
    out the short rhythm inside a page load that RITA leaves in.

    Blind spots: intervals above two hours (fewer than 12 beats a day); jitter beyond 50 %; one
    connection kept open (see `long_connection`) or beats hidden inside it; controllers that hide
    behind a popular service; inside hosts steered through another inside host; DNS (see
    `dns_tunnel`).

    False positives: software that asks for updates, mail or messages. Calls to popular names,
    known services and the networks of large providers are low and say so (those to machines that
    a provider rents out only where the source tells no names), and so are datagrams that keep
    one session alive; time and name services are left out. A dynamic DNS name or a
    shortener excuses nothing, nor does a large service's name on a rented machine. A new full
    connection every few seconds is no such habit and stays medium.

    ATT&CK: T1071.001 Web Protocols, T1071 Application Layer Protocol, T1573 Encrypted Channel.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *RHYTHM_OF_PAIR,
        *RHYTHM_OF_NAME,
        *NAMES_OF_PAIR,
        *VOLUME_OF_PAIR,
        LOOKUPS_OF_PAIR,
    )
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071.001", "T1573")

    beats: int = 12
    """Least beats in a window."""
    least_score: float = 0.75
    """Least score that is a finding."""
    least_timing: float = 0.6
    """Least timing part: without it the rest proves nothing."""
    least_coverage: float = 0.4
    """Least coverage part: below it there is no rhythm but a short burst of one."""
    hourly_interval_s: float = 30.0
    """Up to this median interval an hour is judged, above it the day."""
    least_span_s: float = 300.0
    """Least time from the first to the last beat."""
    urgent_interval_s: float = 5.0
    """New connections at least this often are no polling, whoever is called."""
    urgent_beats: int = 100
    """So many of them at least."""
    steady_contacts: int = 40
    """Contacts in an hour with a known service behind a proxy, or five times as many look-ups,
    that are told as info where they go on steadily without a rhythm."""
    steady_score: float = 0.6
    """Least mean of the four parts of such contacts: where RITA speaks of a candidate."""
    common_hosts: int = 10
    """A destination that so many inside hosts meet is common here: less sure."""
    common_named_hosts: int = 5
    """The same where they meet it under a popular name, though on a machine that is for rent: one
    host may lie about a name, several are sent there by their resolver."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """By address and by name, for the hour and for the day."""
        pairs, names = tables[:2], tables[2 : 2 + 2 * _TABLES]
        known, volumes = tables[2 + 2 * _TABLES : 2 + 4 * _TABLES], tables[2 + 4 * _TABLES : -1]
        found = [self._steady(_together(names[:_TABLES]), tables[-1])]
        for width in (0, 1):
            part = slice(width * _TABLES, (width + 1) * _TABLES)
            by_address = (
                self._regular(pairs[width], _PAIR, width)
                .join(_names(known[part]), on=[*_KEYS, "resp_h"], how="left", nulls_equal=True)
                .join(
                    volumes[width]
                    .group_by(*_KEYS[:3], "resp_h")
                    .agg(inside_hosts=pl.len().cast(pl.Int64)),
                    on=[*_KEYS[:3], "resp_h"],
                    how="left",
                    nulls_equal=True,
                )
            )
            by_name = self._regular(_together(names[part]), _NAME, width)
            found.append(self._said(_without_proxies(by_address, by_name)))
            found.append(self._said(_without_proxies(_apart(by_name, pairs[width]), by_name)))
        return pl.concat(found, how="diagonal_relaxed")

    def _regular(self, contacts: pl.LazyFrame, key: list[str], width: int) -> pl.LazyFrame:
        hourly = pl.col("interval_s") <= self.hourly_interval_s
        rows = contacts.collect(engine="in-memory")
        floor = Floor(self.beats, self.least_timing, self.least_coverage)
        regular = scored(rows, key, floor).filter(
            (hourly if width == 0 else ~hourly)
            & (pl.col("beacon_score") >= self.least_score)
            & (pl.col("interval_s") * pl.col("beats") >= self.least_span_s)
        )
        facts = _FACTS_OF_PAIR if key is _PAIR else _FACTS_OF_NAME
        theirs = rows.lazy().join(regular.lazy(), on=key, how="semi", nulls_equal=True)
        told = theirs.group_by(key).agg(facts)
        return regular.lazy().join(told, on=key, how="inner", nulls_equal=True)

    def _steady(self, names: pl.LazyFrame, lookups: pl.LazyFrame) -> pl.LazyFrame:
        """Contacts that go on without a rhythm, with those of whom that is expected."""
        behind = pl.col("proxy").is_not_null() & pl.col("known_service").is_not_null()
        named = names.filter(behind).collect(engine="in-memory")
        facts = named.lazy().group_by(_NAME).agg(pl.col("proxy", "known_service").max())
        candidates = pl.concat(
            [
                steady(named, _NAME).join(facts, on=_NAME, how="left", nulls_equal=True),
                steady(lookups.collect(engine="in-memory"), _PAIR).with_columns(
                    service=pl.lit("dns")
                ),
            ],
            how="diagonal_relaxed",
        )
        known = pl.col("known_service").fill_null(sentence("known"))
        place = pl.coalesce(sentence("{domain} through the proxy {proxy}"), "resp_h")
        return candidates.filter(
            (pl.col("contacts") >= self.steady_contacts)
            & (pl.col("steady_score") >= self.steady_score)
        ).select(
            *(*_KEYS, "resp_h", "resp_p", "proto", "service", "domain", "first_seen_ns"),
            *("last_seen_ns", "contacts", "beats", "interval_s", "jitter", "skew"),
            "orig_bytes_median",
            *("timing_part", "size_part", "duration_part", "evenness_part", "proxy"),
            "known_service",
            orig_role=pl.lit("unknown"),
            resp_role=pl.lit("service"),
            severity=pl.lit("info"),
            score=pl.col("steady_score") * 0.5,
            steady_score="steady_score",
            confidence=pl.lit(0.1),
            because=sentence(
                "{orig_h} contacted {place} {contacts} times through the hour, without a "
                "rhythm; {excuse}.",
                place=place,
                excuse=pl.when(pl.col("service") == "dns")
                .then(sentence("these are look-ups"))
                .otherwise(sentence("that is {known}", known=known)),
            ),
        )

    def _said(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        columns = rows.collect_schema().names()
        service = pl.col("known_service").is_not_null()
        popular = pl.col("popular").fill_null(False)
        provider = pl.col("resp_network_kind").is_in(KNOWN_KINDS).fill_null(False) & (
            pl.col("names").is_null()
        )
        if "tells_names" in columns:
            cloud = (pl.col("resp_network_kind") == "cloud").fill_null(False)
            provider |= cloud & ~pl.col("tells_names").fill_null(True) & pl.col("names").is_null()
        known = popular | service | provider | pl.col("resp_p").is_in(PUSH_PORTS)
        urgent = (pl.col("interval_s") <= self.urgent_interval_s) & (
            pl.col("beats") >= self.urgent_beats
        )
        hosted = pl.col("resp_network_kind").is_in(["cloud", "cdn", "saas"]).fill_null(False)
        least = pl.when("claims_popular").then(self.common_named_hosts).otherwise(self.common_hosts)
        common = (
            pl.col("inside_hosts").fill_null(1) >= least
            if "inside_hosts" in columns
            else pl.lit(False)
        )
        name = pl.col("names").list.first()
        place = (
            pl.when(name.is_null() | (name == pl.col("resp_h")))
            .then(pl.format("{}{}", pl.col("resp_h"), network_text()))
            .when(pl.col("resp_h").is_null())
            .then(sentence("{name} (at several addresses)", name=name))
            .otherwise(pl.format("{} ({})", name, "resp_h"))
        )
        place = sentence("{place} on {port}", place=place, port=port_text())
        if "proxy" in columns:
            place = pl.coalesce(sentence("{name} through the proxy {proxy}", name=name), place)
        kept_alive = (
            (pl.col("proto") == "udp") & (pl.col("orig_ports") <= 2)
            if "orig_ports" in columns
            else pl.lit(False)
        )
        optional = [
            c
            for c in ("failed_connections", "inside_hosts", "addresses", "orig_ports", "proxy")
            if c in columns
        ]
        failed = (
            pl.when(share("failed_connections", "connections") >= 0.9)
            .then(clause("None of them led to a conversation."))
            .otherwise(pl.lit(""))
            if "failed_connections" in columns
            else pl.lit("")
        )
        return rows.select(
            *_KEYS,
            *("resp_h", "resp_p", "domain", "first_seen_ns", "last_seen_ns"),
            *("beats", "interval_s", "jitter", "skew", "orig_bytes_median", "timing_part"),
            *("coverage_part", "size_part", "count_part", "connections", *optional),
            *(c for c in ("proto", "service", "flow_uids", "flows_total") if c in columns),
            names="names",
            known_service="known_service",
            popular_name=popular,
            network="resp_network",
            orig_role=pl.when(known & ~urgent)
            .then(pl.lit("unknown"))
            .otherwise(pl.lit("infected")),
            resp_role=pl.when(known & ~urgent)
            .then(pl.lit("service"))
            .otherwise(pl.lit("attacker")),
            severity=severity(
                (urgent, "medium"),
                (service, "info"),
                (known | common | kept_alive, "low"),
                otherwise="medium",
            ),
            score=pl.col("beacon_score"),
            confidence=pl.when(urgent)
            .then(0.75)
            .when(known)
            .then(0.2)
            .when(common | kept_alive)
            .then(0.35)
            .when(hosted)
            .then(0.5)
            .otherwise(0.75)
            * pl.col("beacon_score"),
            because=sentence(
                "{orig_h} contacted {place} {beats} times, every {interval_s} (jitter "
                "{jitter}){sending}.{failed}{excuse}",
                place=place,
                interval_s=duration_text("interval_s"),
                jitter=percent_text("jitter"),
                sending=pl.when(pl.col("orig_bytes_median") > 0)
                .then(sentence(", sending {sent} each time", sent=bytes_text("orig_bytes_median")))
                .otherwise(pl.lit("")),
                failed=failed,
                excuse=_excuse(urgent, service, popular, provider),
            ),
        )


def _together(tables: tuple[pl.LazyFrame, ...]) -> pl.LazyFrame:
    """Contacts under one name, whichever protocol told it."""
    contacts = pl.concat([table.drop("group") for table in tables])
    numbers = contacts.select(_NAME).unique().with_row_index("group")
    return contacts.join(numbers, on=_NAME, how="inner", nulls_equal=True).sort(
        "group", "ts_ns", "orig_bytes"
    )


def _apart(names: pl.LazyFrame, pairs: pl.LazyFrame) -> pl.LazyFrame:
    """Names that move between addresses, or whose own contacts are too few to be judged."""
    settled = pl.col("at_main") >= SETTLED_SHARE * pl.col("connections")
    alone = names.filter(settled).join(
        pairs.select(*_KEYS, "resp_h").unique(),
        on=[*_KEYS, "resp_h"],
        how="anti",
        nulls_equal=True,
    )
    return (
        pl.concat([names.filter(~settled), alone])
        .with_columns(
            names=pl.concat_list("domain"),
            resp_h=pl.when(settled & pl.col("proxy").is_null()).then("resp_h"),
            resp_p=pl.when(pl.col("proxy").is_null()).then("resp_p"),
        )
        .drop("at_main")
    )


def _without_proxies(found: pl.LazyFrame, by_name: pl.LazyFrame) -> pl.LazyFrame:
    """Leaves out what a proxy does in the name of a client that is told itself."""
    theirs = by_name.filter(pl.col("proxy").is_not_null()).select(
        *_KEYS[:3], orig_h="proxy", first_name="domain"
    )
    return (
        found.with_columns(first_name=pl.col("names").list.first())
        .join(theirs, on=[*_KEYS, "first_name"], how="anti")
        .drop("first_name")
    )


def _names(tables: tuple[pl.LazyFrame, ...]) -> pl.LazyFrame:
    """Names of pairs from all tables that carry one."""
    return (
        pl.concat(tables)
        .group_by(*_KEYS, "resp_h")
        .agg(
            pl.col("names").explode(empty_as_null=False).unique().sort().head(5).implode(),
            pl.col("popular", "claims_popular", "known_service", "domain").max(),
        )
    )


def _excuse(urgent: pl.Expr, service: pl.Expr, popular: pl.Expr, provider: pl.Expr) -> pl.Expr:
    return (
        pl.when(urgent)
        .then(clause("Ordinary software does not open new connections that often."))
        .when(service)
        .then(clause("That name belongs to {known_service}, which polls by design."))
        .when(popular)
        .then(clause("The name is a popular one: most likely ordinary software."))
        .when(provider)
        .then(clause("The network is that of a large provider: most likely ordinary software."))
        .otherwise(pl.lit(""))
    )
