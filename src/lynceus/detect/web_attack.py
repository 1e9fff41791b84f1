"""Attacks on a web application, visible in clear requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating, severity
from lynceus.features.web import WEB_ATTACKS
from lynceus.features.window import Table
from lynceus.language import say
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

KINDS = {
    "sql_injection": "SQL injection",
    "cross_site_scripting": "cross-site scripting",
    "path_traversal": "path traversal",
    "command_injection": "command injection",
}
"""The counts of the table and their words."""


@dataclass(frozen=True)
class WebAttack:
    """Web requests whose target holds the words of an attack.

    Detects: in the target of clear HTTP requests, decoded once, per client and server in an hour:
    SQL (`union select`, `' or 1=1`, time delays), scripts (`<script>`, event handlers), paths
    that climb out (`../../`, `/etc/passwd`) and commands (`;wget`, `$(id)`, `${jndi:`).

    Why: attackers try many such requests before one works; who sends them means harm or tests.

    Blind spots: HTTPS; bodies of requests, cookies and headers; encodings of their own; whether
    the attack worked (an answer of 200 proves nothing and is only told).

    False positives: searches and forums that talk about such things, badly made links, security
    tests that are agreed on. A few such requests are low, many different ones medium; those to
    popular sites outside are low whatever their number.

    ATT&CK: T1190 Exploit Public-Facing Application.
    """

    reads: ClassVar[tuple[Table, ...]] = (WEB_ATTACKS,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "initial-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1190",)

    many: int = 10
    """So many different attacking targets in an hour are no accident of a link or a search."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One finding a client and server."""
        (rows,) = tables
        outside = pl.col("popular").fill_null(False) & ~pl.col("resp_in").fill_null(False)
        many = pl.col("targets") >= self.many
        kinds = pl.concat_str(
            [
                pl.when(pl.col(column) > 0).then(pl.lit(say(words)))
                for column, words in KINDS.items()
            ],
            separator=", ",
            ignore_nulls=True,
        )
        return rows.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "resp_p"),
            *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
            *("attempts", "targets", *KINDS, "answered_200", "targets_sample", "hosts"),
            service=pl.lit("http"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity((many & ~outside, "medium"), otherwise="low"),
            score=saturating("targets", 20.0),
            confidence=pl.when(outside)
            .then(0.2)
            .otherwise(0.35 + 0.5 * saturating("targets", 20.0)),
            because=sentence(
                "{orig_h} sent {resp_h} {attempts} whose target holds the words of an "
                "attack ({kinds}); {answered}.",
                resp_h=pl.col("resp_h").fill_null(sentence("an unknown server")),
                attempts=plural("attempts", "request"),
                kinds=kinds,
                answered=pl.when(pl.col("answered_200") > 0)
                .then(
                    sentence(
                        "{answered_200} answered with 200",
                        answered_200=plural("answered_200", "was", "were"),
                    )
                )
                .otherwise(sentence("none was answered with 200")),
            ),
        )
