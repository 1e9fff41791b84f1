"""Too many leases wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import in_time, plural, saturating, severity, share, span_s
from lynceus.features.link import DHCP_CLIENTS, DHCP_MINUTES, DHCP_REQUESTS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_SITE = ["window_start_ns", "window_end_ns", "site"]


@dataclass(frozen=True)
class DhcpScan:
    """Many clients, or one client for many addresses, ask for a DHCP lease.

    Detects: distinct client hardware addresses that asked for a lease within one minute at one
    site, or, where no minute held enough, within an hour without taking one; and distinct
    addresses that one client asked for within an hour.

    Why: a starvation attack invents clients until the pool is empty, often to put a rogue server
    in place of the true one; and a client that asks for one address after another searches for a
    free or a useful one. Real clients ask for one address, the last they had, and ask again and
    again where nobody answers (RFC 2131 wants four retries within a minute); an invented client
    asks once and is never seen again.

    Blind spots: inventing clients more slowly than they really arrive, or letting each of them
    ask several times; a rogue server that simply answers faster.

    False positives: power coming back to a building, a wireless controller restarting, a class of
    pupils opening their lids: most of them take a lease, so it is no more than medium. A server
    that is down, with clients that repeat themselves, is low. A laptop that visits many networks
    asks for its old addresses.

    ATT&CK: T1557.003 DHCP Spoofing, T1499 Endpoint Denial of Service.
    """

    reads: ClassVar[tuple[Table, ...]] = (*DHCP_CLIENTS, DHCP_MINUTES, DHCP_REQUESTS)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1557.003", "T1499")

    clients_60s: int = 30
    """Distinct clients asking for a lease in one minute."""
    many_clients_60s: int = 100
    """So many in one minute, of which few take a lease, are a flood."""
    unserved_1h: int = 20
    """Clients in an hour that asked and never took a lease: invented ones do not go on."""
    unserved_share: float = 0.7
    """Least share of them among all clients of that hour."""
    many_unserved_1h: int = 250
    """So many of them in an hour are a flood: more than a network of 254 addresses has room for."""
    repeats: float = 2.5
    """Requests a client from which on they are clients that ask again: the server is down."""
    addresses_1h: int = 5
    """Distinct addresses one client asks for in an hour."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Starvation first, then single clients."""
        clients, clients_1h, minutes, requests = tables
        unserved = pl.col("clients") - pl.col("served_clients")
        mostly = unserved >= self.unserved_share * pl.col("clients")
        fast = clients.filter(pl.col("clients") >= self.clients_60s)
        busy = minutes.filter(pl.col("clients") >= self.clients_60s)
        slow = clients_1h.join(busy, on=_SITE, how="anti", nulls_equal=True).filter(
            (unserved >= self.unserved_1h) & mostly
        )
        starving = pl.concat(
            [
                self._starving(fast, pl.col("clients") >= self.many_clients_60s),
                self._starving(slow, unserved >= self.many_unserved_1h),
            ]
        )
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
            because=sentence(
                "Client {mac} asked for {requested_addresses} within an hour.",
                requested_addresses=plural(
                    "requested_addresses", "different DHCP address", "different DHCP addresses"
                ),
            ),
        )
        return pl.concat([starving, asking], how="diagonal_relaxed")

    def _starving(self, clients: pl.LazyFrame, flood: pl.Expr) -> pl.LazyFrame:
        served = pl.col("served_clients") > self.unserved_share * pl.col("clients")
        repeats = share("tries", "clients")
        down = (pl.col("requests_a_client") >= self.repeats) & ~served
        return clients.with_columns(requests_a_client=repeats).with_columns(
            resp_h=pl.col("servers").list.first(),
            resp_role=pl.lit("victim"),
            proto=pl.lit("udp"),
            service=pl.lit("dhcp"),
            span_s=span_s(),
            severity=severity((down, "low"), (flood & ~served, "high"), otherwise="medium"),
            score=saturating("clients", self.clients_60s),
            confidence=pl.when(down).then(0.4).when(flood & ~served).then(0.85).otherwise(0.6),
            because=sentence(
                "{clients} asked for a DHCP lease{in_time}, {served_clients} of them took"
                " one: {guess}.",
                clients=plural("clients", "client"),
                in_time=in_time(span_s()),
                guess=pl.when(down)
                .then(sentence("they ask again and again, as clients of a server that is down do"))
                .otherwise(sentence("somebody may be inventing clients")),
            ),
        )
