"""The event log of another host, emptied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, as_text, first_of, plural, saturating, severity
from lynceus.features.procedure import LOG_CLEARING, RPC_CALLS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class LogClearing:
    """A host has the event log of another one cleared.

    Detects: the procedure calls that clear an event log of Windows on another host, old
    (eventlog) and new (eventlog6). Clearing with a handle that was never opened, which crashes
    the service, is the same call.

    Why: an emptied log hides what was done before. There is hardly a reason to do it over the
    network.

    Blind spots: logs cleared on the host itself; SMB 3 sessions that are encrypted as a whole.

    False positives: an administrator who starts a test afresh. What was refused is low.

    ATT&CK: T1070.001 Clear Windows Event Logs.
    """

    reads: ClassVar[tuple[Table, ...]] = (RPC_CALLS,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "defense-evasion"
    techniques: ClassVar[tuple[str, ...]] = ("T1070.001",)

    half_calls: int = 1
    """So many requests make half of the highest score."""

    def findings(self, calls: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs of hosts of which one clears the other's log."""
        return (
            calls.filter(pl.col("operation").is_in(LOG_CLEARING))
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h")
            .agg(
                requests=pl.col("calls").sum(),
                refused_requests=pl.col("refused_calls").sum(),
                users=pl.col("users").explode(empty_as_null=False).drop_nulls().unique().sort(),
                resp_p=first_of("rpc_port"),
                first_seen_ns=pl.col("first_seen_ns").min(),
                last_seen_ns=pl.col("last_seen_ns").max(),
            )
            .with_columns(
                service=pl.lit("dce_rpc"),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                severity=severity(
                    (pl.col("refused_requests") >= pl.col("requests"), "low"), otherwise="medium"
                ),
                score=saturating("requests", self.half_calls),
                confidence=pl.lit(0.7),
                because=sentence(
                    "{orig_h} asked {resp_h} to clear an event log{as_users}: {requests}, "
                    "{refused_requests} of them refused.",
                    as_users=as_text("users"),
                    requests=plural("requests", "request"),
                ),
            )
        )
