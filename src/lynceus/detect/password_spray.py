"""Few passwords, tried on many accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    in_time,
    plural,
    saturating,
    severity,
    share,
    span_s,
    techniques,
)
from lynceus.features.outcome import OUTCOMES
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class PasswordSpray:
    """A host tries a password or two on many accounts.

    Detects: refused logins of many different users from one host within an hour, few tries for
    each, in any protocol that shows its outcome (Kerberos, NTLM within SMB, DCE/RPC and LDAP, LDAP
    binds, FTP, POP3, IMAP, SMTP, Telnet, HTTP basic) or in the log of the server; high where an
    account was let in.

    Why: a common password tried on every account finds one that has it, and no account sees enough
    failures to be locked.

    Blind spots: one try an hour; many hosts that try for one attacker; protocols that hide their
    outcome (RDP, SSH, logins within TLS).

    False positives: terminal servers and gateways (mail, VPN, web) from which many people log in,
    just after passwords have expired: there most logins succeed.

    ATT&CK: T1110.003 Password Spraying, T1078 Valid Accounts where one succeeded.
    """

    reads: ClassVar[tuple[Table, ...]] = OUTCOMES
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1110.003",)

    users: int = 6
    """Users refused in an hour: more than share one machine and mistype within an hour."""
    tries_each: float = 4.0
    """Most refused logins of a user on average: more is guessing, which is told apart."""
    refused_share: float = 0.6
    """Least share of users who were refused among all who tried: a gateway lets most in."""
    known_users: int = 1
    """Users refused for their password and not because nobody knows the name: else the names are
    what is tried."""

    def findings(self, *outcomes: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts whose logins as many users were refused."""
        person = ~pl.col("user").str.ends_with("$").fill_null(False)
        refused, let_in = pl.col("refused") > 0, pl.col("accepted") > 0
        known = refused & (pl.col("refused") > pl.col("unknown_users"))
        hosts = (
            pl.concat(outcomes, how="diagonal_relaxed")
            .filter(person & pl.col("user").is_not_null())
            .group_by(*WINDOW_KEYS, "orig_h", "login")
            .agg(
                refused_users=pl.col("user").filter(refused).n_unique().cast(pl.Int64),
                known_users=pl.col("user").filter(known).n_unique().cast(pl.Int64),
                users=pl.col("user").n_unique().cast(pl.Int64),
                users_sample=pl.col("user").filter(refused).unique().sort().head(8),
                refused_logins=pl.col("refused").sum(),
                successes=pl.col("user").filter(let_in).n_unique().cast(pl.Int64),
                successful_users=pl.col("user").filter(let_in).unique().sort().head(5),
                servers=pl.col("resp_h").n_unique().cast(pl.Int64),
                resp_h=pl.col("resp_h").min(),
                resp_p=pl.col("login_port").max(),
                first_seen_ns=pl.col("first_refused_ns").min(),
                last_seen_ns=pl.col("last_refused_ns").max(),
            )
            .filter(
                (pl.col("refused_users") >= self.users)
                & (pl.col("known_users") >= self.known_users)
                & (share("refused_logins", "refused_users") <= self.tries_each)
                & (share("refused_users", "users") >= self.refused_share)
            )
        )
        one = pl.col("servers") == 1
        won = pl.col("successes") > 0
        return hosts.with_columns(
            resp_h=pl.when(one).then("resp_h"),
            resp_p=pl.when(one).then("resp_p"),
            service="login",
            span_s=span_s(),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity((won, "high"), otherwise="medium"),
            score=saturating("refused_users", self.users),
            confidence=0.5 + 0.4 * saturating("refused_users", 2 * self.users),
            techniques=pl.when(won)
            .then(techniques("T1110.003", "T1078"))
            .otherwise(techniques("T1110.003")),
            because=sentence(
                "{orig_h} was refused as {refused_users} by {login} "
                "({refused_logins}){in_time}, {refused_logins_share} of each on average: "
                "a password or two tried on many accounts{successes}.",
                refused_users=plural("refused_users", "user"),
                refused_logins=plural("refused_logins", "login"),
                in_time=in_time(span_s()),
                refused_logins_share=share("refused_logins", "refused_users").round(1),
                successes=pl.when(won)
                .then(
                    sentence(
                        "; {successes} let in",
                        successes=plural("successes", "user was", "users were"),
                    )
                )
                .otherwise(pl.lit("")),
            ),
        ).drop("login")
