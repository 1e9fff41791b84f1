"""A name server that nobody here should ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import network_text, plural, saturating, severity
from lynceus.features.link import DHCP_LEASES
from lynceus.features.name import RESOLVERS_OF_HOST
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_SITE = ["window_start_ns", "window_end_ns", "site"]
_HOST = [*_SITE, "orig_h"]
_SERVER = [*_SITE, "resp_h"]


@dataclass(frozen=True)
class RogueDns:
    """A host leaves the name server that everybody uses for one that nobody else does.

    Detects: in a day, an inside host that asked the name server of most hosts and from some moment
    on asks another one only, which is outside, in no list of resolvers, and used by few; and a host
    with a leased address (a workstation) that answers the name look-ups of others while most ask
    another server.

    Why: malware and false DHCP servers change the name server, for who answers the look-ups
    decides where everybody goes.

    Blind spots: a change before the input begins; encrypted DNS; a false server that everybody was
    led to; look-ups answered by a forged source.

    False positives: a resolver chosen on purpose (a parent, a developer), the name server of a VPN
    that was switched on: it is low.

    ATT&CK: T1557 Adversary-in-the-Middle, T1071.004 DNS.
    """

    reads: ClassVar[tuple[Table, ...]] = (RESOLVERS_OF_HOST, DHCP_LEASES)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1557", "T1071.004")

    queries: int = 20
    """Look-ups of a host at a server from which on it uses it."""
    main_users: int = 3
    """Hosts that use a server from which on it is one of the usual ones."""
    most_users: int = 2
    """Hosts that use an unknown server: more of them have been told to."""
    most_share: float = 0.5
    """Most hosts that ask a workstation, for each that asks the usual server."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Changed servers, then workstations that answer."""
        asked, leases = tables
        asked = asked.filter(pl.col("orig_in").fill_null(True))
        used = asked.filter(pl.col("queries") >= self.queries)
        users = used.group_by(_SERVER).agg(users=pl.len().cast(pl.Int64))
        main = users.filter(pl.col("users") >= self.main_users).rename({"users": "main_users"})
        return pl.concat(
            [
                self._changed(used.join(users, on=_SERVER, how="left", nulls_equal=True), main),
                self._workstations(asked, main, leases),
            ],
            how="diagonal_relaxed",
        )

    def _changed(self, used: pl.LazyFrame, main: pl.LazyFrame) -> pl.LazyFrame:
        left = (
            used.join(main, on=_SERVER, how="inner", nulls_equal=True)
            .group_by(_HOST)
            .agg(
                pl.col("resp_h").sort_by("queries", "resp_h").last().alias("usual_server"),
                pl.col("last_seen_ns").max().alias("left_ns"),
                pl.col("main_users").max(),
            )
        )
        unknown = (
            ~pl.col("resp_in")
            & pl.col("resp_network_kind").is_null()
            & (pl.col("users") <= self.most_users)
            & (pl.col("answered_queries") > 0)
        )
        return (
            used.filter(unknown)
            .join(left, on=_HOST, how="inner", nulls_equal=True)
            .filter(pl.col("first_seen_ns") >= pl.col("left_ns"))
            .select(
                *_HOST,
                *("resp_h", "first_seen_ns", "last_seen_ns", "queries", "answered_queries"),
                *("usual_server", "main_users", "users", "queries_sample", "resp_network"),
                resp_p=pl.lit(53),
                service=pl.lit("dns"),
                orig_role=pl.lit("unknown"),
                resp_role=pl.lit("unknown"),
                severity=pl.lit("low"),
                score=saturating("queries", 5.0 * self.queries),
                confidence=pl.lit(0.4),
                because=sentence(
                    "{orig_h} used to ask {usual_server} for names, as {main_users} do, and "
                    "then only {resp_h}{network}, {queries} so far; no list knows it as a "
                    "resolver.",
                    main_users=plural("main_users", "inside host"),
                    network=network_text(),
                    queries=plural("queries", "time"),
                ),
            )
        )

    def _workstations(
        self, asked: pl.LazyFrame, main: pl.LazyFrame, leases: pl.LazyFrame
    ) -> pl.LazyFrame:
        leased = leases.select(*_SITE, resp_h="assigned_addr").unique()
        usual = main.group_by(_SITE).agg(
            pl.col("main_users").max(),
            pl.col("resp_h").sort_by("main_users", "resp_h").last().alias("usual_server"),
        )
        return (
            asked.filter(pl.col("resp_in") & (pl.col("answered_queries") > 0))
            .join(leased, on=_SERVER, how="semi", nulls_equal=True)
            .group_by(_SERVER)
            .agg(
                pl.len().cast(pl.Int64).alias("users"),
                pl.col("orig_h").sort().head(5).alias("users_sample"),
                pl.col("queries", "answered_queries").sum(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
            .join(usual, on=_SITE, how="inner", nulls_equal=True)
            .filter(
                (pl.col("usual_server") != pl.col("resp_h"))
                & (pl.col("queries") >= self.queries)
                & (pl.col("users") <= self.most_share * pl.col("main_users"))
            )
            .with_columns(
                resp_p=pl.lit(53),
                service=pl.lit("dns"),
                resp_role=pl.lit("attacker"),
                severity=severity((pl.col("users") >= 2, "medium"), otherwise="low"),
                score=saturating("queries", 5.0 * self.queries),
                confidence=pl.lit(0.5),
                because=sentence(
                    "{resp_h}, whose address is leased, answered name look-ups of {users}; "
                    "{main_users} ask {usual_server}.",
                    users=plural("users", "host"),
                    main_users=plural("main_users", "host"),
                ),
            )
        )
