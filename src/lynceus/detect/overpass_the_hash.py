"""A Kerberos login with the hash of a password instead of the password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, plural, saturating, severity
from lynceus.features.ticket import LOGIN_TICKETS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class OverpassTheHash:
    """A user logs in to Kerberos with weak encryption alone, where the domain does better.

    Detects: a login that offers nothing but RC4 or DES, proves itself with it, and is given a
    ticket under AES: the domain knows strong keys, the one who logs in has only the weak one. Low
    where all the weak types of an old system are offered, and not RC4 alone or a list with gaps.

    Why: whoever stole the hash of a password has just that weak key, not the password of which the
    strong keys are made. Windows itself offers the strong types first.

    Blind spots: hashes of which the AES keys were stolen too; sources that do not tell the types
    that were offered (Zeek's logs).

    False positives: old systems and keytab files with RC4 alone: they do it every day, for the
    same account.

    ATT&CK: T1550.002 Pass the Hash, T1558 Steal or Forge Kerberos Tickets.
    """

    reads: ClassVar[tuple[Table, ...]] = (LOGIN_TICKETS,)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1550.002", "T1558")

    accounts: int = 1
    """Accounts in an hour: half of the highest score."""
    many_accounts: int = 3
    """From here on it is high: an old system has an account of its own, not several."""

    def findings(self, tickets: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts that log in with weak encryption alone."""
        machine = pl.col("client").str.ends_with("$") | pl.col("client").str.contains("/")
        return (
            tickets.filter((pl.col("weak_only_tickets") > 0) & ~machine)
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h")
            .agg(
                accounts=pl.col("client").n_unique().cast(pl.Int64),
                accounts_sample=pl.col("client").unique().sort().head(8),
                weak_only_tickets=pl.col("weak_only_tickets").sum(),
                narrow_tickets=pl.col("narrow_tickets").sum(),
                ticket_cipher=pl.col("ticket_cipher").max(),
                resp_p=pl.col("kdc_port").max(),
                first_seen_ns=pl.col("first_seen_ns").min(),
                last_seen_ns=pl.col("last_seen_ns").max(),
            )
            .with_columns(
                service=pl.lit("kerberos"),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("server"),
                severity=severity(
                    (pl.col("narrow_tickets") == 0, "low"),
                    (pl.col("accounts") >= self.many_accounts, "high"),
                    otherwise="medium",
                ),
                score=saturating("accounts", self.accounts),
                confidence=pl.when(pl.col("narrow_tickets") > 0).then(0.55).otherwise(0.3),
                because=sentence(
                    "{orig_h} logged in at {resp_h} as {accounts_sample} with weak encryption"
                    " alone and was given {weak_only_tickets} under {ticket_cipher}: that is "
                    "how the hash of a password is used instead of the password.",
                    accounts_sample=pl.col("accounts_sample").list.join(", "),
                    weak_only_tickets=plural("weak_only_tickets", "ticket"),
                ),
            )
        )
