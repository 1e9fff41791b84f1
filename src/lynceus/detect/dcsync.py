"""The passwords of a domain, asked for by one that is no domain controller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    as_text,
    first_of,
    plural,
    saturating,
    severity,
    span_s,
)
from lynceus.features.procedure import DIRECTORY_SERVERS, REPLICATION, RPC_CALLS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

CONTROLLER = r"(?i)domain controller|\bdc\b|directory|azure ad|entra|\bad ?connect"
"""Roles of assets that replicate a directory for their work."""


@dataclass(frozen=True)
class Dcsync:
    """A host that is no domain controller has the directory replicated to itself.

    Detects: replication of the directory (DRSGetNCChanges) asked for by a host that nobody turns
    to as a domain controller in that hour: neither for Kerberos tickets nor for a directory nor
    for the procedures of one.

    Why: replication hands out the password hashes of every account. Only domain controllers need
    it, and whoever else asks has the rights of one and takes them all.

    Blind spots: a domain controller that was taken over; replication asked for from a host that
    also serves a directory.

    False positives: two domain controllers of which only the traffic between them is seen, and
    services that copy a directory to a cloud (medium where they ask all the time): name those hosts
    as assets with such a role.

    ATT&CK: T1003.006 DCSync.
    """

    reads: ClassVar[tuple[Table, ...]] = (RPC_CALLS, *DIRECTORY_SERVERS)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1003.006",)

    half_calls: int = 1
    """So many requests make half of the highest score: one is enough to take an account."""
    steady_requests: int = 10
    """From so many in an hour, spread over half of it, on it is medium: a service that copies the
    directory all the time does so, who takes passwords comes once."""
    steady_s: float = 1800.0
    """Seconds from the first to the last request that are spread."""

    def findings(self, calls: pl.LazyFrame, *servers: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs in which one that serves no directory has it replicated."""
        keys = [*WINDOW_KEYS, "orig_h"]
        known = pl.concat(
            [table.select(*WINDOW_KEYS, orig_h="resp_h") for table in servers]
        ).unique()
        asked = calls.filter(pl.col("operation").is_in(REPLICATION)).join(
            known, on=keys, how="anti", nulls_equal=True
        )
        role = pl.col("orig_role_of_asset").str.contains(CONTROLLER).fill_null(False)
        refused = pl.col("refused_calls") >= pl.col("calls")
        steady = (pl.col("requests") >= self.steady_requests) & (span_s() >= self.steady_s)
        return (
            asked.group_by(*keys, "resp_h")
            .agg(
                requests=pl.col("calls").sum(),
                refused_calls=pl.col("refused_calls").sum(),
                calls=pl.col("calls").sum(),
                users=pl.col("users").explode(empty_as_null=False).drop_nulls().unique().sort(),
                resp_p=first_of("rpc_port"),
                orig_role_of_asset=pl.col("orig_role_of_asset").max(),
                first_seen_ns=pl.col("first_seen_ns").min(),
                last_seen_ns=pl.col("last_seen_ns").max(),
            )
            .with_columns(
                service=pl.lit("dce_rpc"),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                severity=severity((role | refused, "low"), (steady, "medium"), otherwise="high"),
                score=saturating("requests", self.half_calls),
                confidence=pl.when(role)
                .then(0.25)
                .when(refused | steady)
                .then(0.45)
                .otherwise(0.75),
                because=sentence(
                    "{orig_h} had the directory of {resp_h} replicated to itself{as_users} "
                    "({requests}), but no host turns to it as a domain controller.",
                    as_users=as_text("users"),
                    requests=plural("requests", "request"),
                ),
            )
            .drop("calls", "orig_role_of_asset")
        )
