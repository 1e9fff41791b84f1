"""A machine's login to a domain controller, tried over and over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    first_of,
    in_time,
    saturating,
    severity,
    span_s,
)
from lynceus.features.procedure import MACHINE_LOGIN, MACHINE_PASSWORD, RPC_CALLS
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class Zerologon:
    """A host tries the login of a machine at a domain controller until an empty proof is taken.

    Detects: many logins of a machine account (NetrServerAuthenticate, 2 or 3) from one host to one
    domain controller at a pace no machine has; critical where the password of the machine is set
    thereafter.

    Why: with the flaw CVE-2020-1472 one login of 256 with a proof of zeros is accepted, on
    average. Who gets through sets the controller's own password empty and owns the domain.

    Blind spots: an attempt that is lucky within the first few, and one stretched over hours.

    False positives: a machine whose account is broken tries again every few minutes, not every
    few seconds; a scanner for the flaw looks like the attack, for it is the same traffic.

    ATT&CK: T1210 Exploitation of Remote Services.
    """

    reads: ClassVar[tuple[Table, ...]] = (RPC_CALLS,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "lateral-movement"
    techniques: ClassVar[tuple[str, ...]] = ("T1210",)

    logins: int = 20
    """Logins of a machine in an hour; each is one a start or one in many hours otherwise."""
    pace_s: float = 10.0
    """Most seconds between two of them on average: a broken machine waits longer."""

    def findings(self, calls: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs of hosts with too many logins of machines."""
        login, set_password = (
            pl.col("operation").is_in(MACHINE_LOGIN),
            pl.col("operation").is_in(MACHINE_PASSWORD),
        )
        pairs = (
            calls.filter(login | set_password)
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h")
            .agg(
                machine_logins=pl.col("calls").filter(login).sum(),
                passwords_set=pl.col("calls").filter(set_password).sum(),
                first_seen_ns=pl.col("first_seen_ns").filter(login).min(),
                last_seen_ns=pl.col("last_seen_ns").filter(login).max(),
                resp_p=first_of("rpc_port"),
            )
        )
        pace = span_s() / pl.col("machine_logins")
        return pairs.filter(
            (pl.col("machine_logins") >= self.logins) & (pace <= self.pace_s).fill_null(True)
        ).with_columns(
            span_s=span_s(),
            service=pl.lit("dce_rpc"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity((pl.col("passwords_set") > 0, "critical"), otherwise="high"),
            score=saturating("machine_logins", self.logins),
            confidence=pl.when(pl.col("passwords_set") > 0).then(0.95).otherwise(0.8),
            because=sentence(
                "{orig_h} tried the login of a machine at {resp_h} {machine_logins} "
                "times{in_time}{then}: that is how the flaw Zerologon is used.",
                in_time=in_time(span_s()),
                then=pl.when(pl.col("passwords_set") > 0)
                .then(clause("and then set a machine's password"))
                .otherwise(pl.lit("")),
            ),
        )
