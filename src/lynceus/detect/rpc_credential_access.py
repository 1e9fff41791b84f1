"""Secrets of a host, asked for or forced out by remote procedure call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    as_text,
    first_of,
    plural,
    saturating,
    severity,
    techniques,
)
from lynceus.features.directory import DIRECTORY_CHANGES
from lynceus.features.procedure import COERCION, PRINTING, RPC_CALLS, SECRETS, SHADOW_COPY
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_HIVE = ["BaseRegSaveKey", "BaseRegSaveKeyEx"]


@dataclass(frozen=True)
class RpcCredentialAccess:
    """A host takes secrets of another by remote procedure call, or forces it to log in elsewhere.

    Detects: private data and secrets of the local security authority read (the backup key of a
    domain is one), passwords of machines asked for, registry hives saved; calls that make a server
    log in to a path or listener the caller names (print notifications to one who prints nothing,
    files of EFS, DFS roots, shadow copies); and a server object put into the sites of a directory
    and removed again within the hour, by which a false domain controller pushes changes.

    Why: each of these gives an intruder passwords, hashes or a login to pass on. No user and
    hardly an administrator asks for them over the network.

    Blind spots: calls whose interface was bound before the capture began (but for the one number
    that only private data has on a pipe: medium); sessions that are encrypted as a whole; print
    notifications asked for by one who also prints there, shadow copies by one who makes them.

    False positives: print clients of which only the notification is seen; backup of registries by
    saving hives; a domain controller that is set up and fails within an hour. What was refused is
    low, except where the refusal comes after the server was made to log in.

    ATT&CK: T1003.002 and T1003.004 for secrets, T1187 Forced Authentication, T1207 Rogue Domain
    Controller.
    """

    reads: ClassVar[tuple[Table, ...]] = (RPC_CALLS, DIRECTORY_CHANGES)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1003.004", "T1187")

    half_calls: int = 1
    """So many calls make half of the highest score."""

    def findings(self, calls: pl.LazyFrame, changes: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs in which secrets are taken, a login is forced, or a controller is feigned."""
        return pl.concat(
            [self._secrets(calls), self._coerced(calls), self._feigned(changes)],
            how="diagonal_relaxed",
        )

    def _secrets(self, calls: pl.LazyFrame) -> pl.LazyFrame:
        pairs = _pairs(calls.filter(pl.col("operation").is_in(SECRETS)))
        guessed = pl.col("unbound_calls") >= pl.col("calls")
        hive = pl.col("operations").list.set_intersection(pl.lit(_HIVE)).list.len() > 0
        refused = pl.col("refused_calls") >= pl.col("calls")
        return pairs.with_columns(
            service=pl.lit("dce_rpc"),
            techniques=pl.when(hive)
            .then(techniques("T1003.002", "T1003.004"))
            .otherwise(techniques("T1003.004")),
            severity=severity((refused, "low"), (guessed, "medium"), otherwise="high"),
            score=saturating("calls", self.half_calls),
            confidence=pl.when(guessed).then(0.45).when(refused).then(0.5).otherwise(0.75),
            because=sentence(
                "{orig_h} asked {resp_h} for secrets{as_users} ({operations}): {calls}, "
                "{refused_calls} of them refused.",
                as_users=as_text("users"),
                operations=pl.col("operations").list.join(", "),
                calls=plural("calls", "call"),
            ),
        )

    def _coerced(self, calls: pl.LazyFrame) -> pl.LazyFrame:
        keys = [*WINDOW_KEYS, "orig_h", "resp_h"]
        notice = pl.col("operation").str.contains("PrinterChange", literal=True)
        copy = pl.col("operation").str.starts_with("IsPath")
        forced = calls.filter(pl.col("operation").is_in(COERCION))

        def without(of: pl.Expr, honest: list[str]) -> pl.LazyFrame:
            """The calls of a kind by those who do not do what an honest caller does next."""
            others = calls.filter(pl.col("operation").is_in(honest)).select(keys).unique()
            return forced.filter(of).join(others, on=keys, how="anti", nulls_equal=True)

        parts = [
            forced.filter(~notice & ~copy),
            without(notice, PRINTING),
            without(copy, SHADOW_COPY),
        ]
        pairs = _pairs(pl.concat(parts, how="diagonal_relaxed"))
        named = pl.col("arguments_sample").list.eval(pl.element().str.contains(r"\\\\")).list.any()
        prevented = (pl.col("refused_calls") >= pl.col("calls")) & ~named
        to_caller = (
            pl.col("arguments_sample").list.join(" ").str.contains(pl.col("orig_h"), literal=True)
        )
        notices = (
            pl.col("operations")
            .list.eval(pl.element().str.contains("PrinterChange", literal=True))
            .list.all()
        )
        return pairs.with_columns(
            service=pl.lit("dce_rpc"),
            techniques=techniques("T1187"),
            severity=severity(
                (prevented, "low"), (to_caller & ~notices, "high"), otherwise="medium"
            ),
            score=saturating("calls", self.half_calls),
            confidence=pl.when(notices).then(0.5).otherwise(0.7),
            because=sentence(
                "{orig_h} made {resp_h} log in to a place it names{as_users} "
                "({operations}, {calls}); nothing else was wanted of it.",
                as_users=as_text("users"),
                operations=pl.col("operations").list.join(", "),
                calls=plural("calls", "call"),
            ),
        )

    def _feigned(self, changes: pl.LazyFrame) -> pl.LazyFrame:
        added = pl.col("change") == "domain controller added"
        removed = pl.col("change") == "domain controller removed"
        return (
            changes.filter(added | removed)
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h", "object")
            .agg(
                added=added.any(),
                removed=removed.any(),
                calls=pl.col("changes").sum(),
                resp_p=pl.col("ldap_port").max(),
                first_seen_ns=pl.col("first_seen_ns").min(),
                last_seen_ns=pl.col("last_seen_ns").max(),
            )
            .filter(pl.col("added") & pl.col("removed"))
            .drop("added", "removed")
            .with_columns(
                service=pl.lit("ldap"),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                techniques=techniques("T1207"),
                severity=pl.lit("high"),
                score=saturating("calls", self.half_calls),
                confidence=pl.lit(0.8),
                because=sentence(
                    "{orig_h} entered a domain controller into the directory of {resp_h} and "
                    "removed it again within the hour ({calls}): a false one that pushes "
                    "changes.",
                    calls=plural("calls", "change"),
                ),
            )
        )


def _pairs(calls: pl.LazyFrame) -> pl.LazyFrame:
    pairs = calls.group_by(*WINDOW_KEYS, "orig_h", "resp_h").agg(
        pl.col("operation").unique().sort().alias("operations"),
        pl.col("calls").sum(),
        pl.col("refused_calls").sum(),
        pl.col("unbound_calls").sum(),
        pl.col("arguments_sample").explode(empty_as_null=False).drop_nulls().unique().sort(),
        pl.col("users").explode(empty_as_null=False).drop_nulls().unique().sort(),
        first_of("rpc_port").alias("resp_p"),
        pl.col("first_seen_ns").min(),
        pl.col("last_seen_ns").max(),
    )
    return pairs.with_columns(orig_role=pl.lit("attacker"), resp_role=pl.lit("victim"))
