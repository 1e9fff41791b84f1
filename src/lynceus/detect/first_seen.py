"""What was not there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, port_text, saturating, severity, techniques
from lynceus.features import ports
from lynceus.features.history import COUNTRIES, SERVED, SPEAKERS, WEEK, since_learned
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class FirstSeen:
    """A device, a service or a country appears that was not there while the network was learned.

    Detects: after a day of learning inside the week, an inside address that begins to speak; and a
    TCP service that an inside host begins to answer on although it was known, and busy, before;
    and, where files tell the countries of addresses, one that nobody inside had an answer from
    before. Many new devices in a week are told together.

    Why: new things are rare and mostly harmless, but what an intruder brings is new as well: it
    is worth a line when something else happens.

    Blind spots: the first day of every week (they begin on Thursdays, UTC), and what was there
    before; devices that only answer; addresses stand for devices, so a lease that changes hands
    looks new and a device that takes an old address does not.

    False positives: visitors, leases, new colleagues: it is info, and low only for a login or
    administration service that is new on a known host and used from outside.

    ATT&CK: T1200 Hardware Additions, T1133 External Remote Services.
    """

    reads: ClassVar[tuple[Table, ...]] = (SPEAKERS[-1], SERVED, COUNTRIES)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = "initial-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1200",)

    learning_s: float = 86_400.0
    """Seconds from the first sign of a site in the week in which everything is new: a day has seen
    everybody who comes daily."""
    learned_hosts: int = 3
    """Hosts that must have been seen in that time: with fewer nothing was learned."""
    flows: int = 5
    """Flows of a new device: fewer may be a mistyped or forged address."""
    connections: int = 3
    """Connections to a new country: fewer are a page that was called by the way."""
    together: int = 3
    """More new devices than this in a week are one finding."""
    sessions: int = 3
    """Answered sessions of a new service: fewer may be an answer on a passing port."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Devices, then services."""
        speakers, served, countries = tables
        known = since_learned(speakers, self.learning_s, self.learned_hosts)
        return pl.concat(
            [
                self._devices(known),
                self._services(known, served),
                self._countries(known, countries),
            ],
            how="diagonal_relaxed",
        )

    def _devices(self, known: pl.LazyFrame) -> pl.LazyFrame:
        new = known.filter(
            (pl.col("since_s") >= self.learning_s) & (pl.col("flows") >= self.flows)
        ).sort("first_seen_ns", "orig_h")
        all_new = new.group_by(WEEK).agg(
            devices=pl.len().cast(pl.Int64),
            devices_sample=pl.col("orig_h").sort_by("first_seen_ns", "orig_h").head(10),
        )
        many = pl.col("devices") > self.together
        first = pl.col("orig_h") == pl.col("devices_sample").list.first()
        return (
            new.join(all_new, on=WEEK, how="left", nulls_equal=True)
            .filter(~many | first)
            .select(
                *WEEK,
                *("orig_h", "first_seen_ns", "last_seen_ns", "flows", "macs", "devices"),
                *("devices_sample", "learned_hosts", "since_s"),
                orig_role=pl.lit("unknown"),
                score=0.3 * saturating("flows", 100.0),
                confidence=pl.lit(0.5),
                because=pl.when(many)
                .then(
                    sentence(
                        "{orig_h} and {devices} spoke for the first time, a day or more after the"
                        " {learned_hosts} that were there before.",
                        devices=plural(pl.col("devices") - 1, "more device"),
                        learned_hosts=plural("learned_hosts", "host"),
                    )
                )
                .otherwise(
                    sentence(
                        "{orig_h} spoke for the first time, {since_s} h after the first of the "
                        "{learned_hosts} that were there before.",
                        since_s=(pl.col("since_s") // 3600).cast(pl.Int64),
                        learned_hosts=plural("learned_hosts", "host"),
                    )
                ),
            )
        )

    def _services(self, known: pl.LazyFrame, served: pl.LazyFrame) -> pl.LazyFrame:
        busy = known.filter(pl.col("since_s") < self.learning_s).select(
            *WEEK, "site_first_ns", "learned_hosts", resp_h="orig_h", host_first_ns="first_seen_ns"
        )
        since = (pl.col("first_seen_ns") - pl.col("host_first_ns")) / 1e9
        login = ports.named({**ports.LOGIN, **ports.ADMIN}).is_not_null()
        abroad = pl.col("outside_sessions") > 0
        return (
            served.filter(pl.col("sessions") >= self.sessions)
            .join(busy, on=[*WEEK, "resp_h"], how="inner", nulls_equal=True)
            .filter((since >= self.learning_s) & (login | (pl.col("resp_p") < 1024)))
            .select(
                *WEEK,
                *("resp_h", "resp_p", "proto", "service", "first_seen_ns", "last_seen_ns"),
                *("clients", "clients_sample", "sessions", "outside_sessions"),
                since_s=since,
                resp_role=pl.lit("server"),
                severity=severity((login & abroad, "low"), otherwise="info"),
                score=0.5 * saturating("sessions", 50.0),
                confidence=pl.lit(0.5),
                techniques=techniques("T1133"),
                because=sentence(
                    "{resp_h} answered on {port} for the first time, {since} h after it was "
                    "first seen; {clients} used it{from_outside}.",
                    port=port_text(),
                    since=(since // 3600).cast(pl.Int64),
                    clients=plural("clients", "client"),
                    from_outside=pl.when(abroad)
                    .then(
                        sentence(
                            ", {outside_sessions} from outside",
                            outside_sessions=plural("outside_sessions", "session"),
                        )
                    )
                    .otherwise(pl.lit("")),
                ),
            )
        )

    def _countries(self, known: pl.LazyFrame, countries: pl.LazyFrame) -> pl.LazyFrame:
        site = known.select(*WEEK, "site_first_ns", "learned_hosts").unique(WEEK)
        since = (pl.col("first_seen_ns") - pl.col("site_first_ns")) / 1e9
        more = pl.col("hosts") - 1
        return (
            countries.join(site, on=WEEK, how="inner", nulls_equal=True)
            .filter((since >= self.learning_s) & (pl.col("connections") >= self.connections))
            .select(
                *WEEK,
                *("first_seen_ns", "last_seen_ns", "hosts", "hosts_sample", "connections"),
                *("sent_bytes", "country_from", "learned_hosts"),
                orig_h=pl.col("hosts_sample").list.first(),
                country="resp_country",
                rule=pl.format("country {}", "resp_country"),
                since_s=since,
                orig_role=pl.lit("unknown"),
                score=0.3 * saturating("connections", 50.0),
                confidence=pl.when(pl.col("country_from") == "mmdb").then(0.5).otherwise(0.3),
                techniques=pl.lit([], dtype=pl.List(pl.String)),
                tactic=pl.lit("command-and-control"),
                because=sentence(
                    "{hosts_sample}{others} had answers from the country {resp_country} for "
                    "the first time, {since} h after the first of the {learned_hosts} that "
                    "were there before.",
                    hosts_sample=pl.col("hosts_sample").list.first(),
                    others=pl.when(more > 0)
                    .then(clause("and {others}", others=plural(more, "more host")))
                    .otherwise(pl.lit("")),
                    since=(since // 3600).cast(pl.Int64),
                    learned_hosts=plural("learned_hosts", "host"),
                ),
            )
        )
