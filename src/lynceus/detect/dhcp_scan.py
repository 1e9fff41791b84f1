"""Too many leases wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating, severity
from lynceus.features.link import DHCP_CLIENTS, DHCP_REQUESTS
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class DhcpScan:
    """Many clients, or one client for many addresses, ask for a DHCP lease.

    Detects: distinct client hardware addresses that asked for a lease within one minute at one
    site; and distinct addresses that one client asked for within an hour.

    Why: a starvation attack invents clients until the pool is empty, often to put a rogue server
    in place of the true one; and a client that asks for one address after another searches for a
    free or a useful one. Real clients ask for one address, the last they had.

    Blind spots: inventing clients more slowly than they really arrive; a rogue server that simply
    answers faster.

    False positives: power coming back to a building, a wireless controller restarting, a class of
    pupils opening their lids; a laptop that visits many networks asks for its old addresses.

    ATT&CK: T1557.003 DHCP Spoofing, T1499 Endpoint Denial of Service.
    """

    reads: ClassVar[tuple[Table, ...]] = (DHCP_CLIENTS, DHCP_REQUESTS)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1557.003", "T1499")

    clients_60s: int = 30
    """Distinct clients asking for a lease in one minute."""
    many_clients_60s: int = 100
    """So many in one minute are a flood."""
    addresses_1h: int = 5
    """Distinct addresses one client asks for in an hour."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Starvation first, then single clients."""
        clients, requests = tables
        flood = pl.col("clients") >= self.many_clients_60s
        starving = clients.filter(pl.col("clients") >= self.clients_60s).with_columns(
            resp_h=pl.col("servers").list.first(),
            resp_role=pl.lit("victim"),
            proto=pl.lit("udp"),
            service=pl.lit("dhcp"),
            severity=severity((flood, "high"), otherwise="medium"),
            score=saturating("clients", self.clients_60s),
            confidence=pl.when(flood).then(0.85).otherwise(0.6),
            because=pl.format(
                "{} asked for a DHCP lease within one minute, {} of them got one: somebody may be "
                "inventing clients.",
                plural("clients", "client"),
                "served_clients",
            ),
        )
        asking = requests.filter(
            pl.col("requested_addresses") >= self.addresses_1h
        ).with_columns(
            orig_h=pl.coalesce("assigned_addr", "mac"),
            orig_role=pl.lit("attacker"),
            proto=pl.lit("udp"),
            service=pl.lit("dhcp"),
            severity=severity(
                (pl.col("requested_addresses") >= 4 * self.addresses_1h, "medium"),
                otherwise="low",
            ),
            score=saturating("requested_addresses", 2 * self.addresses_1h),
            confidence=pl.lit(0.6),
            because=pl.format(
                "Client {} asked for {} within an hour.",
                "mac",
                plural("requested_addresses", "different DHCP address", "different DHCP addresses"),
            ),
        )
        return pl.concat([starving, asking], how="diagonal_relaxed")
