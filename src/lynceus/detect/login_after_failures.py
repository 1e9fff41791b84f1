"""A login that succeeded after many that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, in_time, plural, saturating, severity, span_s
from lynceus.features.outcome import OUTCOMES
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class LoginAfterFailures:
    """A user is let in after having been refused many times from the same host.

    Detects: an account that was refused several times within an hour and then let in, from one
    host to one server, in any protocol that shows its outcome (Kerberos, NTLM within SMB, DCE/RPC
    and LDAP, LDAP binds, FTP, POP3, IMAP, SMTP, Telnet, HTTP basic) and in the
    logs that servers, domain controllers and VPN gateways write.

    Why: guessing that succeeds is the moment from which on an attacker has a valid account.

    Blind spots: guesses spread over hours or over many hosts; protocols that hide their outcome
    (RDP, logins within TLS); SSH, where `brute_force` tells of it.

    False positives: a program with an expired password that somebody corrects; a person who tries
    all passwords he has. Below the higher limit it is low from inside.

    ATT&CK: T1110.001 Password Guessing, T1078 Valid Accounts.
    """

    reads: ClassVar[tuple[Table, ...]] = OUTCOMES
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1110.001", "T1078")

    failures: int = 6
    """Refused logins of one user in an hour before one succeeds: a person gives up earlier."""
    many_failures: int = 20
    """From here on it is high: no person types so often."""

    def findings(self, *outcomes: pl.LazyFrame) -> pl.LazyFrame:
        """Users that were let in after they were refused, by pair of hosts."""
        after = pl.col("last_accepted_ns") >= pl.col("last_refused_ns")
        won = (
            pl.concat(outcomes, how="diagonal_relaxed")
            .filter(
                (pl.col("refused") >= self.failures)
                & (pl.col("accepted") > 0)
                & after.fill_null(False)
            )
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h", "login", "target")
            .agg(
                failed_logins=pl.col("refused").sum(),
                successful_logins=pl.col("accepted").sum(),
                users=pl.col("user").drop_nulls().unique().sort().head(5),
                resp_p=pl.col("login_port").max(),
                orig_in=pl.col("orig_in").max(),
                first_seen_ns=pl.col("first_refused_ns").min(),
                last_seen_ns=pl.col("last_accepted_ns").max(),
            )
        )
        many = pl.col("failed_logins") >= self.many_failures
        outside = ~pl.col("orig_in").fill_null(True)
        return won.with_columns(
            service="login",
            domain=pl.when(pl.col("resp_h").is_null()).then("target"),
            span_s=span_s(),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity((many, "high"), (outside, "medium"), otherwise="low"),
            score=saturating("failed_logins", self.many_failures),
            confidence=0.4 + 0.5 * saturating("failed_logins", self.many_failures),
            because=sentence(
                "{orig_h} was let in to {login} of {resp_h}{as_users} after "
                "{failed_logins}{in_time}.",
                resp_h=pl.coalesce("resp_h", "target", sentence("a server")),
                as_users=pl.when(pl.col("users").list.len() > 0)
                .then(clause("as {users}", users=pl.col("users").list.join(", ")))
                .otherwise(pl.lit("")),
                failed_logins=plural("failed_logins", "refused login"),
                in_time=in_time(span_s()),
            ),
        ).drop("login", "orig_in", "target")
