"""A scan that many share, so that none of them stands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    in_time,
    percent_text,
    plural,
    port_text,
    saturating,
    severity,
    share,
    span_s,
    techniques,
)
from lynceus.features.scan import NEIGHBOURS_OF_PORT, PORT_OF_SITE, SOURCES_ON_HOST
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class DistributedScan:
    """Several hosts together try many hosts or many ports, each of them only a few.

    Detects: inside hosts that one port was tried on in vain by several inside hosts, in an hour and
    in a day; ports of one host tried in vain by several sources in an hour, and by hundreds in a
    day; and one port of many inside hosts tried in vain by several outside hosts of one network of
    256 addresses, in an hour, a day and a week. Each source must stay below what `horizontal_scan`
    and `vertical_scan` notice.

    Why: hosts that share out a search are steered by one hand; nobody else has a reason to divide
    addresses among them.

    Blind spots: sources from all over the Internet that each take one host look like its usual
    noise; sources of one provider but of different networks; IPv6 sources; searches whose every
    question is answered.

    False positives: several inventory systems; a service that was moved, so that all its clients
    fail (then there are many sources); research projects that scan the Internet from a network of
    their own. A host on the Internet is probed by hundreds of sources every day: that is one low
    finding a day.

    ATT&CK: T1046 Network Service Discovery; T1595.001 Scanning IP Blocks from outside.
    """

    reads: ClassVar[tuple[Table, ...]] = (*PORT_OF_SITE, *SOURCES_ON_HOST, *NEIGHBOURS_OF_PORT)
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1046",)

    hosts_1h: int = 40
    """Inside hosts failed on one port in an hour by several inside hosts together."""
    hosts_1d: int = 60
    """The same in a day, over more than two hours of which the average one held less."""
    each_least: int = 3
    """Hosts for each source below which everybody misses the same few hosts."""
    each_most: int = 20
    """Hosts for each source from which on `horizontal_scan` speaks of it alone."""
    inside_sources: int = 30
    """More inside sources than this are no party but a service that everybody misses."""
    ports: int = 50
    """Distinct ports of one host, tried in an hour by several sources."""
    outside_sources: int = 50
    """More sources of one host than this are no party but the usual noise of the Internet."""
    noise_ports: int = 200
    """Distinct ports of one host tried from outside in a day that are worth one low finding."""
    neighbours: int = 4
    """Outside hosts of one network that share a search: more than a server and its spare."""
    neighbour_hosts: int = 25
    """Inside hosts that they tried together (what Zeek's scan policy asks of one source)."""
    neighbour_hosts_wide: int = 60
    """The same in a day or a week, where the average hour or day held less."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Inside parties, ports of one host, networks outside."""
        site, site_day, ports, ports_day, near, near_day, near_week = tables
        hours = pl.col("active_hours").clip(lower_bound=1)
        days = pl.col("active_days").clip(lower_bound=1)
        found = pl.col("failed_hosts")
        thin = (found / hours < self.hosts_1h) & (hours > 2)
        near_thin = (found / hours < self.neighbour_hosts) & (hours > 2)
        wide = found >= self.neighbour_hosts_wide
        return pl.concat(
            [
                self._inside(site.filter(found >= self.hosts_1h)),
                self._inside(site_day.filter((found >= self.hosts_1d) & thin)),
                self._by_several(ports),
                self._noise(ports_day),
                self._neighbours(near.filter(found >= self.neighbour_hosts)),
                self._neighbours(near_day.filter(wide & near_thin)),
                self._neighbours(
                    near_week.filter(wide & near_thin & (found / days < self.neighbour_hosts_wide))
                ),
            ],
            how="diagonal_relaxed",
        )

    def _inside(self, party: pl.LazyFrame) -> pl.LazyFrame:
        each = pl.col("failed_hosts") / pl.col("sources")
        return self._led(
            party.filter(
                pl.col("sources").is_between(2, self.inside_sources)
                & each.is_between(self.each_least, self.each_most, closed="left")
            ),
            sentence(
                "{orig_h} and {others} together tried {port} of {failed_hosts} inside "
                "hosts{in_time} and got no conversation with any.",
                others=plural(_others(), "more inside host"),
                **_when_and_where(),
            ),
        ).with_columns(severity=pl.lit("medium"), confidence=pl.lit(0.5))

    def _neighbours(self, party: pl.LazyFrame) -> pl.LazyFrame:
        each = pl.col("pairs") / pl.col("sources")
        return self._led(
            party.filter((pl.col("sources") >= self.neighbours) & (each < self.each_most)),
            sentence(
                "{orig_h} and {others} of {orig_net}0/24 together tried {port} of {failed_hosts} "
                "inside hosts{in_time} and got no conversation with any.",
                others=plural(_others(), "more host"),
                **_when_and_where(),
            ),
        ).with_columns(
            severity=pl.lit("low"),
            confidence=pl.lit(0.6),
            techniques=techniques("T1595.001", "T1046"),
            tactic=pl.lit("reconnaissance"),
        )

    def _led(self, party: pl.LazyFrame, because: pl.Expr) -> pl.LazyFrame:
        """What a party did, under the name of the first of them."""
        named = party.with_columns(orig_h=pl.col("sources_sample").list.first())
        return named.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_p", "proto"),
            *("first_seen_ns", "last_seen_ns", "sources", "sources_sample", "failed_hosts"),
            *("hosts_sample", "attempts"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            score=saturating("failed_hosts", 2.0 * self.each_most),
            span_s=span_s(),
            because=because,
        )

    def _by_several(self, hosts: pl.LazyFrame) -> pl.LazyFrame:
        each = pl.col("ports") / pl.col("sources")
        party = hosts.filter(
            pl.col("sources").is_between(2, self.outside_sources)
            & (pl.col("ports") >= self.ports)
            & (each < self.each_most)
        )
        return self._on_host(party).with_columns(
            severity=severity((pl.col("inside_attempts") > 0, "high"), otherwise="medium"),
            score=saturating("ports", self.ports),
            confidence=pl.lit(0.6),
        )

    def _noise(self, hosts: pl.LazyFrame) -> pl.LazyFrame:
        noise = hosts.filter(
            (pl.col("sources") > self.outside_sources) & (pl.col("ports") >= self.noise_ports)
        )
        return self._on_host(noise).with_columns(
            severity=pl.lit("low"),
            score=0.5 * saturating("ports", self.noise_ports),
            confidence=pl.lit(0.8),
        )

    def _on_host(self, hosts: pl.LazyFrame) -> pl.LazyFrame:
        inside = pl.col("orig_in").fill_null(True)
        return hosts.select(
            *("window_start_ns", "window_end_ns", "site", "resp_h", "proto", "first_seen_ns"),
            *("last_seen_ns", "ports", "sources", "sources_sample", "attempts"),
            *("refused_attempts", "inside_attempts"),
            techniques=pl.when(inside)
            .then(techniques("T1046"))
            .otherwise(techniques("T1595.001", "T1046")),
            tactic=pl.when(inside).then(pl.lit("discovery")).otherwise(pl.lit("reconnaissance")),
            resp_role=pl.lit("victim"),
            span_s=span_s(),
            because=sentence(
                "{ports} of {resp_h} were tried by {sources}{in_time}; no single one "
                "stands out ({refused_attempts_share} of the attempts were refused).",
                ports=plural("ports", "port"),
                sources=plural("sources", "source"),
                in_time=in_time(span_s()),
                refused_attempts_share=percent_text(share("refused_attempts", "attempts")),
            ),
        )


def _when_and_where() -> dict[str, pl.Expr]:
    """What both ways to tell of a party are filled with."""
    return {"port": port_text(), "in_time": in_time(span_s())}


def _others() -> pl.Expr:
    return pl.col("sources") - 1
