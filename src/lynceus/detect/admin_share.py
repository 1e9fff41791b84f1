"""Files on the disks of another host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    as_text,
    manages,
    plural,
    saturating,
    severity,
    techniques,
)
from lynceus.features.share import ADMIN_FILES, CREDENTIAL_FILE, PROGRAM, SHARES_OF_PAIR
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class AdminShare:
    """A host writes to, or takes from, the whole disk of another through an administrative share.

    Detects: files written to or removed from ADMIN$, C$ and the like: programs above all; output
    that is read and then removed; files that hold the credentials of a host or domain (ntds.dit,
    SAM, SECURITY); and one host that connects to such shares of several others within an hour.
    Using IPC$ or an administrative share alone, for reading a file, says nothing.

    Why: administrative shares open the whole disk to whoever has an administrator's password. A
    program laid there is run next; that is how an intruder and his tools get to the next host.

    Blind spots: sessions that are encrypted (SMB 3); shares that were given another name.

    False positives: software distribution, backup and administrators: name those hosts as assets
    with such a role, which makes them low. Files that cannot be run are low.

    ATT&CK: T1021.002 SMB/Windows Admin Shares, T1570 Lateral Tool Transfer, T1003.002 and
    T1003.003 for files with credentials.
    """

    reads: ClassVar[tuple[Table, ...]] = (ADMIN_FILES, SHARES_OF_PAIR)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "lateral-movement"
    techniques: ClassVar[tuple[str, ...]] = ("T1021.002", "T1570")

    hosts: int = 4
    """Hosts whose administrative shares one host opens in an hour: more than somebody's own."""

    def findings(self, files: pl.LazyFrame, shares: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs by their files, and hosts by how many others' disks they open."""
        return pl.concat([self._files(files), self._breadth(shares)], how="diagonal_relaxed")

    def _files(self, files: pl.LazyFrame) -> pl.LazyFrame:
        name = pl.col("name")
        program = (pl.col("made") > 0) & name.str.contains(PROGRAM)
        taken = name.str.contains(CREDENTIAL_FILE) & (pl.col("read") + pl.col("opened") > 0)
        fetched = (pl.col("deleted") > 0) & (pl.col("read") + pl.col("opened") > 0)
        pairs = files.group_by(*WINDOW_KEYS, "orig_h", "resp_h").agg(
            written_files=(pl.col("made") > 0).sum().cast(pl.Int64),
            programs=program.sum().cast(pl.Int64),
            programs_sample=name.filter(program).sort().head(5),
            deleted_files=(pl.col("deleted") > 0).sum().cast(pl.Int64),
            fetched_and_deleted=fetched.sum().cast(pl.Int64),
            credential_files=name.filter(taken).sort().head(5),
            files_sample=name.sort().head(5),
            shares=pl.col("share").drop_nulls().unique().sort().head(5),
            users=pl.col("users").explode(empty_as_null=False).drop_nulls().unique().sort(),
            orig_role_of_asset=pl.col("orig_role_of_asset").max(),
            smb_port=pl.col("smb_port").max(),
            first_seen_ns=pl.col("first_seen_ns").min(),
            last_seen_ns=pl.col("last_seen_ns").max(),
        )
        credentials = pl.col("credential_files").list.len() > 0
        programs, fetched_any = pl.col("programs") > 0, pl.col("fetched_and_deleted") > 0
        return pairs.with_columns(
            resp_p="smb_port",
            proto=pl.lit("tcp"),
            service=pl.lit("smb"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            tactic=pl.when(credentials)
            .then(pl.lit("credential-access"))
            .otherwise(pl.lit(self.tactic)),
            techniques=pl.when(credentials)
            .then(techniques("T1003.002", "T1003.003", "T1021.002"))
            .when(programs)
            .then(techniques("T1021.002", "T1570"))
            .otherwise(techniques("T1021.002")),
            severity=severity(
                (manages(), "low"),
                (credentials, "high"),
                (programs | fetched_any, "medium"),
                otherwise="low",
            ),
            score=saturating(
                1 + 2 * pl.col("programs") + pl.col("fetched_and_deleted") + 4 * credentials, 3
            ),
            confidence=pl.when(manages())
            .then(0.3)
            .when(credentials)
            .then(0.75)
            .when(programs)
            .then(0.6)
            .otherwise(0.45),
            because=sentence(
                "{orig_h} reached into the disk of {resp_h} through an administrative "
                "share{as_users}: {written_files} written, {programs} of them programs, "
                "and {fetched_and_deleted} fetched and removed{credentials}.",
                as_users=as_text("users"),
                written_files=plural("written_files", "file"),
                fetched_and_deleted=plural("fetched_and_deleted", "file"),
                credentials=pl.when(credentials)
                .then(sentence("; among them files that hold credentials"))
                .otherwise(pl.lit("")),
            ),
        ).drop("orig_role_of_asset", "smb_port")

    def _breadth(self, shares: pl.LazyFrame) -> pl.LazyFrame:
        tried = pl.col("admin_sessions") + pl.col("refused_admin_sessions")
        hosts = (
            shares.filter(tried > 0)
            .group_by(*WINDOW_KEYS, "orig_h")
            .agg(
                hosts=pl.col("resp_h").n_unique().cast(pl.Int64),
                hosts_sample=pl.col("resp_h").unique().sort().head(10),
                granted_hosts=pl.col("resp_h").filter(pl.col("admin_sessions") > 0).n_unique(),
                users=pl.col("users").explode(empty_as_null=False).drop_nulls().unique().sort(),
                orig_role_of_asset=pl.col("orig_role_of_asset").max(),
                first_seen_ns=pl.col("first_seen_ns").min(),
                last_seen_ns=pl.col("last_seen_ns").max(),
            )
            .filter(pl.col("hosts") >= self.hosts)
        )
        return hosts.with_columns(
            granted_hosts=pl.col("granted_hosts").cast(pl.Int64),
            service=pl.lit("smb"),
            orig_role=pl.lit("attacker"),
            techniques=techniques("T1021.002"),
            severity=severity((manages(), "low"), otherwise="medium"),
            score=saturating("hosts", self.hosts),
            confidence=pl.when(manages()).then(0.3).otherwise(0.55),
            because=sentence(
                "{orig_h} tried the administrative shares of {hosts}{as_users}; "
                "{granted_hosts} let it in.",
                hosts=plural("hosts", "host"),
                as_users=as_text("users"),
            ),
        ).drop("orig_role_of_asset")
