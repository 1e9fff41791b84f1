"""Too many leases wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import in_time, plural, saturating, severity, span_s
from lynceus.features.link import DHCP_CLIENTS, DHCP_REQUESTS
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class DhcpScan:
    """Many clients, or one client for many addresses, ask for a DHCP lease.

    Detects: distinct client hardware addresses that asked for a lease within one minute at one
    site, or within an hour without taking one; and distinct addresses that one
    client asked for within an hour.

    Why: a starvation attack invents clients until the pool is empty, often to put a rogue server
    in place of the true one; and a client that asks for one address after another searches for a
    free or a useful one. Real clients ask for one address, the last they had.

    Blind spots: inventing clients more slowly than they really arrive; a rogue server that simply
    answers faster.

    False positives: power coming back to a building, a wireless controller restarting, a class of
    pupils opening their lids; a laptop that visits many networks asks for its old addresses.

    ATT&CK: T1557.003 DHCP Spoofing, T1499 Endpoint Denial of Service.
    """

    reads: ClassVar[tuple[Table, ...]] = (*DHCP_CLIENTS, DHCP_REQUESTS)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1557.003", "T1499")

    clients_60s: int = 30
    """Distinct clients asking for a lease in one minute."""
    many_clients_60s: int = 100
    """So many in one minute are a flood."""
    unserved_1h: int = 20
    """Clients in an hour that asked and never took a lease: invented ones do not go on."""
    unserved_share: float = 0.7
    """Least share of them among all clients of that hour."""
    addresses_1h: int = 5
    """Distinct addresses one client asks for in an hour."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Starvation first, then single clients."""
        clients, clients_1h, requests = tables
        unserved = pl.col("clients") - pl.col("served_clients")
        fast = pl.col("clients") >= self.clients_60s
        slow = (unserved >= self.unserved_1h) & (
            unserved >= self.unserved_share * pl.col("clients")
        )
        starving = pl.concat([self._starving(clients, fast), self._starving(clients_1h, slow)])
        asking = requests.filter(pl.col("requested_addresses") >= self.addresses_1h).with_columns(
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

    def _starving(self, clients: pl.LazyFrame, when: pl.Expr) -> pl.LazyFrame:
        flood = pl.col("clients") >= self.many_clients_60s
        return clients.filter(when).with_columns(
            resp_h=pl.col("servers").list.first(),
            resp_role=pl.lit("victim"),
            proto=pl.lit("udp"),
            service=pl.lit("dhcp"),
            span_s=span_s(),
            severity=severity((flood, "high"), otherwise="medium"),
            score=saturating("clients", self.clients_60s),
            confidence=pl.when(flood).then(0.85).otherwise(0.6),
            because=pl.format(
                "{} asked for a DHCP lease{}, {} of them took one: somebody may be inventing "
                "clients.",
                plural("clients", "client"),
                in_time(span_s()),
                "served_clients",
            ),
        )
