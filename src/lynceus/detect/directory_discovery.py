"""A directory or its hosts, listed from afar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    in_time,
    manages,
    plural,
    saturating,
    severity,
    span_s,
)
from lynceus.features.directory import DIRECTORY_SEARCHES
from lynceus.features.procedure import LISTING, NAME_LOOKUP, PRIVILEGED, RPC_CALLS
from lynceus.features.window import Table
from lynceus.language.columns import sentence, worded
from lynceus.protocols import Key
from lynceus.records import Severity

KIND_OF = {operation: kind for kind, group in LISTING.items() for operation in group}

ADMINISTRATORS = "privileged groups"
"""What a look-up by name asks for, where the name is one of theirs."""

TECHNIQUE = {
    "users": "T1087.002",
    "all users": "T1087.002",
    "service accounts": "T1087.002",
    "accounts without pre-authentication": "T1087.002",
    "accounts and rights": "T1087.002",
    "groups": "T1069.002",
    "all groups": "T1069.002",
    "members of groups": "T1069.002",
    ADMINISTRATORS: "T1069.002",
    "trusts": "T1482",
    "sessions": "T1049",
    "logged-on users": "T1033",
    "services": "T1007",
    "RPC endpoints": "T1046",
    "domain controllers": "T1018",
    "all computers": "T1018",
    "delegation": "T1087.002",
    "local administrator passwords": "T1087.002",
}
"""Technique by what is listed."""


@dataclass(frozen=True)
class DirectoryDiscovery:
    """A host lists the accounts, groups, sessions or procedures of a domain or of other hosts.

    Detects: procedure calls that list users, groups and their members, rights, trusts, sessions,
    logged-on users, services and RPC endpoints (samr, lsarpc, srvsvc, wkssvc, svcctl, epmapper,
    drsuapi), look-ups of privileged groups, and LDAP searches for whole classes or for what can be
    attacked (service accounts, delegation, accounts without pre-authentication). Low for one kind;
    medium where one host lists many kinds, or sessions of many hosts.

    Why: before an intruder moves on he learns who may do what, and where the powerful are logged
    in. Ordinary clients look up one name, not all.

    Blind spots: searches within TLS or sealed LDAP; procedure calls within encrypted SMB; queries
    in small portions.

    False positives: administrators and their consoles, mail servers, inventory and identity
    products: name those hosts as assets with such a role, which makes them low.

    ATT&CK: T1087.002, T1069.002, T1482, T1049, T1033, T1007, T1018, T1046 by what is listed.
    """

    reads: ClassVar[tuple[Table, ...]] = (RPC_CALLS, DIRECTORY_SEARCHES)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1087.002", "T1069.002")

    kinds: int = 5
    """Kinds of things listed in an hour from which on it is medium: a console shows one or two."""
    hosts: int = 8
    """Hosts whose sessions or users are listed in an hour from which on it is medium."""

    def findings(self, calls: pl.LazyFrame, searches: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts that list, with what and where."""
        listed = pl.concat(
            [self._by_procedure(calls), self._by_search(searches)], how="diagonal_relaxed"
        )
        hosts = listed.group_by(*WINDOW_KEYS, "orig_h").agg(
            pl.col("kind").unique().sort().alias("kinds"),
            pl.col("requests").sum(),
            pl.col("resp_h").n_unique().cast(pl.Int64).alias("hosts"),
            pl.col("resp_h").unique().sort().head(8).alias("hosts_sample"),
            pl.col("said").explode(empty_as_null=False).drop_nulls().unique().sort().head(5),
            pl.col("service").max(),
            pl.col("orig_role_of_asset").max(),
            pl.col("first_seen_ns").min(),
            pl.col("last_seen_ns").max(),
        )
        many = (pl.col("kinds").list.len() >= self.kinds) | (pl.col("hosts") >= self.hosts)
        named = pl.element().replace_strict(list(TECHNIQUE), list(TECHNIQUE.values()))
        return hosts.with_columns(
            resp_h=pl.when(pl.col("hosts") == 1).then(pl.col("hosts_sample").list.first()),
            span_s=span_s(),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("server"),
            severity=severity((manages(), "low"), (many, "medium"), otherwise="low"),
            score=saturating(pl.col("kinds").list.len() + pl.col("hosts"), self.kinds),
            confidence=pl.when(manages())
            .then(0.3)
            .otherwise(0.35 + 0.4 * saturating(pl.col("kinds").list.len(), self.kinds)),
            techniques=pl.col("kinds").list.eval(named).list.unique().list.sort(),
            because=sentence(
                "{orig_h} listed {kinds} of {hosts} ({requests}{in_time}).",
                kinds=pl.col("kinds").list.eval(worded(pl.element(), TECHNIQUE)).list.join(", "),
                hosts=plural("hosts", "host"),
                requests=plural("requests", "request"),
                in_time=in_time(span_s()),
            ),
        ).drop("orig_role_of_asset")

    def _by_procedure(self, calls: pl.LazyFrame) -> pl.LazyFrame:
        known = pl.col("operation").replace_strict(
            list(KIND_OF), list(KIND_OF.values()), default=None, return_dtype=pl.String
        )
        said = pl.col("arguments_sample").list.join(" ")
        privileged = pl.col("operation").is_in(NAME_LOOKUP) & said.str.contains(PRIVILEGED)
        return (
            calls.with_columns(
                kind=pl.when(privileged).then(pl.lit(ADMINISTRATORS)).otherwise(known)
            )
            .filter(pl.col("kind").is_not_null())
            .with_columns(requests="calls", said="arguments_sample", service=pl.lit("dce_rpc"))
        )

    def _by_search(self, searches: pl.LazyFrame) -> pl.LazyFrame:
        return searches.with_columns(requests="searches", said="filters", service=pl.lit("ldap"))
