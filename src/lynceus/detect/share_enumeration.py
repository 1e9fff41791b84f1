"""Shares of many hosts, looked through."""

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
from lynceus.features.procedure import RPC_CALLS, SHARE_LISTING
from lynceus.features.share import SHARES_OF_PAIR
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class ShareEnumeration:
    """A host looks through the shares of many others.

    Detects: the list of shares asked of several hosts within an hour (NetrShareEnum), connections
    to the shares or pipes of many hosts, and many shares of one host that are refused or do not
    exist.

    Why: shares are where the files are. Ransomware and intruders look through all of them; a user
    turns to the few he knows.

    Blind spots: hosts visited one an hour; SMB 3 sessions that are encrypted as a whole.

    False positives: inventory, backup and vulnerability scanners: name them as assets with such a
    role. Browsing the network neighbourhood asks a few hosts: that is low.

    ATT&CK: T1135 Network Share Discovery.
    """

    reads: ClassVar[tuple[Table, ...]] = (RPC_CALLS, SHARES_OF_PAIR)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1135",)

    listed_hosts: int = 3
    """Hosts asked for the list of their shares in an hour."""
    reached_hosts: int = 12
    """Hosts to whose shares or pipes one host connects in an hour: a client has a few servers."""
    refused_shares: int = 8
    """Shares of one host that were refused in an hour: more than a link that is out of date."""
    many_hosts: int = 10
    """From so many listed, or twice so many reached, on it is medium."""

    def findings(self, calls: pl.LazyFrame, shares: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts that ask for or connect to the shares of many."""
        keys = [*WINDOW_KEYS, "orig_h"]
        listed = (
            calls.filter(pl.col("operation").is_in(SHARE_LISTING))
            .group_by(keys)
            .agg(
                listed_hosts=pl.col("resp_h").n_unique().cast(pl.Int64),
                hosts_sample=pl.col("resp_h").unique().sort().head(8),
                listed_role=pl.col("orig_role_of_asset").max(),
                listed_first_ns=pl.col("first_seen_ns").min(),
                listed_last_ns=pl.col("last_seen_ns").max(),
            )
        )
        reached = shares.group_by(keys).agg(
            reached_hosts=pl.col("resp_h").n_unique().cast(pl.Int64),
            reached_sample=pl.col("resp_h").unique().sort().head(8),
            refused_shares=pl.col("refused_shares").max(),
            shares=pl.col("shares").sum(),
            shares_sample=pl.col("shares_sample")
            .explode(empty_as_null=False)
            .drop_nulls()
            .unique()
            .sort()
            .head(5),
            reached_role=pl.col("orig_role_of_asset").max(),
            reached_first_ns=pl.col("first_seen_ns").min(),
            reached_last_ns=pl.col("last_seen_ns").max(),
        )
        hosts = (
            listed.join(reached, on=keys, how="full", coalesce=True, nulls_equal=True)
            .with_columns(
                pl.col("listed_hosts", "reached_hosts", "refused_shares").fill_null(0),
                hosts_sample=pl.coalesce("hosts_sample", "reached_sample"),
                orig_role_of_asset=pl.coalesce("listed_role", "reached_role"),
                first_seen_ns=pl.min_horizontal("listed_first_ns", "reached_first_ns"),
                last_seen_ns=pl.max_horizontal("listed_last_ns", "reached_last_ns"),
            )
            .filter(
                (pl.col("listed_hosts") >= self.listed_hosts)
                | (pl.col("reached_hosts") >= self.reached_hosts)
                | (pl.col("refused_shares") >= self.refused_shares)
            )
        )
        many = (pl.col("listed_hosts") >= self.many_hosts) | (
            pl.col("reached_hosts") >= 2 * self.many_hosts
        )
        return hosts.with_columns(
            span_s=span_s(),
            service=pl.lit("smb"),
            orig_role=pl.lit("attacker"),
            severity=severity((manages(), "low"), (many, "medium"), otherwise="low"),
            score=saturating(pl.max_horizontal("listed_hosts", "reached_hosts"), self.many_hosts),
            confidence=pl.when(manages())
            .then(0.3)
            .otherwise(0.4 + 0.4 * saturating("listed_hosts", self.many_hosts)),
            because=sentence(
                "{orig_h} asked {listed_hosts} for the list of their shares and connected"
                " to {reached_hosts}{in_time}; at most {refused_shares} of one host "
                "refused.",
                listed_hosts=plural("listed_hosts", "host"),
                reached_hosts=plural("reached_hosts", "host"),
                in_time=in_time(span_s()),
                refused_shares=plural("refused_shares", "share"),
            ),
        ).drop(
            *("reached_sample", "listed_role", "reached_role", "orig_role_of_asset"),
            *("listed_first_ns", "listed_last_ns", "reached_first_ns", "reached_last_ns"),
        )
