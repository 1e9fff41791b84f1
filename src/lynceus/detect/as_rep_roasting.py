"""Login tickets given without proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, plural, saturating, severity
from lynceus.features.ticket import LOGIN_TICKETS, WEAK
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class AsRepRoasting:
    """A host is given login tickets of accounts that need not prove who they are.

    Detects: ticket-granting tickets given to requests without pre-authentication: for several
    accounts, or under a weak key that the request alone asked for; as a low finding, for one
    account under a strong key.

    Why: the answer to such a request holds a text encrypted with the user's password, for anybody
    who asks. Who collects these guesses the passwords away from the network.

    Blind spots: sources that do not tell whether a request carried proof (Zeek's logs).

    False positives: an old program whose account has pre-authentication turned off and which logs
    in this way every day: one account, from its own host.

    ATT&CK: T1558.004 AS-REP Roasting.
    """

    reads: ClassVar[tuple[Table, ...]] = (LOGIN_TICKETS,)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1558.004",)

    accounts: int = 2
    """Accounts in an hour from which on it is medium: a program has one of its own."""
    many_accounts: int = 4
    """From here on it is high."""

    def findings(self, tickets: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts with tickets that were given without proof."""
        weak = pl.col("reply_cipher").is_in(WEAK) & pl.col("offered_weak_only")
        hosts = (
            tickets.filter(pl.col("unproven_tickets") > 0)
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h")
            .agg(
                accounts=pl.col("client").n_unique().cast(pl.Int64),
                accounts_sample=pl.col("client").unique().sort().head(8),
                unproven_tickets=pl.col("unproven_tickets").sum(),
                weak_accounts=weak.fill_null(False).sum().cast(pl.Int64),
                resp_p=pl.col("kdc_port").max(),
                first_seen_ns=pl.col("first_seen_ns").min(),
                last_seen_ns=pl.col("last_seen_ns").max(),
            )
        )
        accounts, weak_ones = pl.col("accounts"), pl.col("weak_accounts")
        return hosts.with_columns(
            service=pl.lit("kerberos"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("server"),
            severity=severity(
                (accounts >= self.many_accounts, "high"),
                ((accounts >= self.accounts) | (weak_ones > 0), "medium"),
                otherwise="low",
            ),
            score=saturating(accounts + weak_ones, self.accounts),
            confidence=pl.when((accounts >= self.accounts) | (weak_ones > 0))
            .then(0.7)
            .otherwise(0.35),
            because=sentence(
                "{orig_h} was given login tickets of {accounts} by {resp_h} without any "
                "proof of who asks, {weak_accounts} of them under weak keys it asked for.",
                accounts=plural("accounts", "account"),
            ),
        )
