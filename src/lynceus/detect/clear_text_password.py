"""Passwords that cross the network readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import as_text, plural, saturating
from lynceus.features.outcome import PASSWORDS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class ClearTextPassword:
    """Somebody logs in with a password that anybody on the way can read.

    Detects: passwords sent in the clear by FTP, POP3, IMAP, SMTP, Telnet, LDAP (simple bind), MQTT
    and HTTP basic authentication. The password itself is never kept. Anonymous logins are none.

    Why: whoever listens anywhere between the two has the account. It is a weakness and no attack,
    so it is never more than low.

    Blind spots: protocols that are not read, and forms of web pages.

    False positives: laboratories and devices that know nothing better.

    ATT&CK: T1040 Network Sniffing, which it invites.
    """

    reads: ClassVar[tuple[Table, ...]] = tuple(PASSWORDS.values())
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1040",)

    half_logins: int = 5
    """So many passwords in an hour make half of the highest score."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs of hosts between which passwords went in the clear."""
        named = [
            table.with_columns(login=pl.lit(login))
            for login, table in zip(PASSWORDS, tables, strict=True)
        ]
        outside = ~pl.col("resp_in").fill_null(True) | ~pl.col("orig_in").fill_null(True)
        return (
            pl.concat(named, how="diagonal_relaxed")
            .with_columns(
                service="login",
                resp_p="login_port",
                crosses_border=outside,
                orig_role=pl.lit("user"),
                resp_role=pl.lit("server"),
                score=saturating("passwords", self.half_logins),
                confidence=pl.lit(0.9),
                because=sentence(
                    "{orig_h} sent {passwords} to {resp_h} by {login}{as_users}, readable by "
                    "anybody on the way{across}.",
                    passwords=plural("passwords", "password"),
                    as_users=as_text("users"),
                    across=pl.when(outside)
                    .then(sentence(", and across the border of the network"))
                    .otherwise(pl.lit("")),
                ),
            )
            .drop("login", "login_port", "orig_in", "resp_in")
        )
