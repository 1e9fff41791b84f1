"""A DHCP server that should not be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating, severity
from lynceus.features.link import DHCP_LEASES, DHCP_SERVERS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_SITE = ["window_start_ns", "window_end_ns", "site"]


@dataclass(frozen=True)
class RogueDhcp:
    """A second host answers clients that ask for an address.

    Detects: in a day, a DHCP server that itself holds a lease of another server (a workstation
    that hands out addresses); and one that began to answer an hour or more after the server of
    most clients, tells another domain than that one, and serves few.

    Why: with the address a client takes the gateway and the name servers, so whoever leases it
    can lead its traffic past himself. A real server has a fixed address.

    Blind spots: a rogue server with a fixed address that copies the domain of the true one; input
    in which nobody but the rogue server answers; offers that clients do not take are seen only
    where the source tells of them.

    False positives: a router plugged in the wrong way round is found as well, and should be; a
    second server put into service that day is low.

    ATT&CK: T1557.003 DHCP Spoofing.
    """

    reads: ClassVar[tuple[Table, ...]] = (DHCP_SERVERS, DHCP_LEASES)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1557.003",)

    later_s: float = 3_600.0
    """Seconds after the main server from which on a server is new."""
    most_share: float = 0.3
    """Most clients of a new server, for each client of the main one."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a server that should not be one."""
        servers, leases = tables
        order = ["clients", "answers", "server_addr"]
        main = (
            servers.sort(*order, descending=True)
            .group_by(_SITE, maintain_order=True)
            .agg(
                pl.col("server_addr").first().alias("main_server"),
                pl.col("clients").first().alias("main_clients"),
                pl.col("domains").first().alias("main_domains"),
                pl.col("first_seen_ns").first().alias("main_first_ns"),
                pl.len().cast(pl.Int64).alias("servers"),
            )
        )
        leased = leases.select(
            *_SITE,
            server_addr="assigned_addr",
            leased_by="server_addr",
        ).filter(pl.col("leased_by").is_null() | (pl.col("leased_by") != pl.col("server_addr")))
        later = (pl.col("first_seen_ns") - pl.col("main_first_ns")) / 1e9
        other = pl.col("server_addr") != pl.col("main_server")
        few = pl.col("clients") <= self.most_share * pl.col("main_clients")
        told = pl.col("domains").list.len() > 0
        differs = told & (pl.col("domains").list.set_intersection("main_domains").list.len() == 0)
        new = other & few & differs & (later >= self.later_s)
        return self._said(
            servers.join(main, on=_SITE, how="left", nulls_equal=True)
            .join(
                leased.group_by(*_SITE, "server_addr").agg(
                    pl.col("leased_by").min(), leased=pl.lit(True)
                ),
                on=[*_SITE, "server_addr"],
                how="left",
                nulls_equal=True,
            )
            .with_columns(pl.col("leased").fill_null(False), later_s=later)
            .filter(pl.col("leased") | new)
        )

    @staticmethod
    def _said(servers: pl.LazyFrame) -> pl.LazyFrame:
        leased = pl.col("leased")
        return servers.select(
            *_SITE,
            *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total", "clients", "answers"),
            *("domains", "assigned_sample", "main_server", "main_clients", "servers", "leased"),
            "later_s",
            orig_h="server_addr",
            orig_role=pl.when(leased).then(pl.lit("attacker")).otherwise(pl.lit("unknown")),
            proto=pl.lit("udp"),
            service=pl.lit("dhcp"),
            severity=severity((leased, "medium"), otherwise="low"),
            score=saturating("clients", 2.0),
            confidence=pl.when(leased).then(0.75).otherwise(0.4),
            because=pl.when(leased)
            .then(
                sentence(
                    "{server_addr} answered {clients} as a DHCP server, although its own "
                    "address is leased from {leased_by}.",
                    clients=plural("clients", "client"),
                    leased_by=pl.col("leased_by").fill_null(sentence("another server")),
                )
            )
            .otherwise(
                sentence(
                    "{server_addr} began to answer as a DHCP server ({clients}, domain "
                    "{domains}) beside {main_server}, which serves {main_clients} with "
                    "another domain.",
                    clients=plural("clients", "client"),
                    domains=pl.col("domains").list.join(", "),
                    main_clients=plural("main_clients", "client"),
                )
            ),
        )
