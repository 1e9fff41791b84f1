"""Names of accounts, tried to learn which exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, in_time, plural, saturating, severity, span_s
from lynceus.features.outcome import OUTCOMES
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class AccountEnumeration:
    """A host tries user names one after another and learns which of them exist.

    Detects: many different user names that a server says it does not know, asked from one host
    within an hour: by Kerberos (unknown principal), NTLM (no such user) and LDAP (user not found).

    Why: a list of valid names is what password spraying begins with. Kerberos tells whether a name
    exists without counting a failed login, so that nobody is locked out and nothing is logged.

    Blind spots: lists in which nearly every name exists; protocols that give one answer for a
    wrong name and a wrong password.

    False positives: gateways (mail, VPN, web) that pass on what their own clients type.

    ATT&CK: T1087.002 Domain Account.
    """

    reads: ClassVar[tuple[Table, ...]] = OUTCOMES[:3]
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1087.002",)

    names: int = 6
    """Unknown names in an hour: a person mistypes one or two, a program with a gone account one."""
    many_names: int = 20
    """From here on it is medium."""

    def findings(self, *outcomes: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts that asked for many names that do not exist."""
        unknown = pl.concat(outcomes, how="diagonal_relaxed").filter(
            (pl.col("unknown_users") > 0) & ~pl.col("user").str.ends_with("$")
        )
        return (
            unknown.group_by(*WINDOW_KEYS, "orig_h", "resp_h", "login")
            .agg(
                unknown_names=pl.col("user").n_unique().cast(pl.Int64),
                names_sample=pl.col("user").unique().sort().head(8),
                attempts=pl.col("unknown_users").sum(),
                resp_p=pl.col("login_port").max(),
                first_seen_ns=pl.col("first_refused_ns").min(),
                last_seen_ns=pl.col("last_refused_ns").max(),
            )
            .filter(pl.col("unknown_names") >= self.names)
            .with_columns(
                service="login",
                span_s=span_s(),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                severity=severity(
                    (pl.col("unknown_names") >= self.many_names, "medium"), otherwise="low"
                ),
                score=saturating("unknown_names", self.many_names),
                confidence=0.45 + 0.4 * saturating("unknown_names", self.many_names),
                because=sentence(
                    "{orig_h} tried {unknown_names} that {resp_h} does not know by "
                    "{login}{in_time}: it learns which accounts exist.",
                    unknown_names=plural("unknown_names", "user name"),
                    in_time=in_time(span_s()),
                ),
            )
            .drop("login")
        )
