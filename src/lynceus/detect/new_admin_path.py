"""Hosts administer one another in a way that was not there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import duration_text, manages, plural, saturating, severity
from lynceus.features.history import SPEAKERS, WEEK, since_learned
from lynceus.features.session import ADMIN_PATHS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

TECHNIQUE = "T1021"


@dataclass(frozen=True)
class NewAdminPath:
    """A host is turned to and turns to the next, on paths of administration that are both new.

    Detects: in sessions of remote administration (SMB, DCE/RPC, WinRM, RDP, SSH, VNC) between
    inside hosts, after a day of learning inside the week, a host reached from one that never
    administered it before, and which within the hour goes on to a third that it never administered
    before either. And, as a line for later, a host that was there before and administers another
    for the first time at all. Responders that several hosts turn to in that way are servers, and no
    path to them is news or administration.

    Why: an intruder goes from host to host with what he found on the last one, by ways that nobody
    took before; administrators take the same ways again and again.

    Blind spots: the first day of every week (they begin on Thursdays, UTC), and what was usual in
    it; a hop after more than an hour; one onto which he comes by a usual way; addresses stand for
    devices.

    False positives: a new administrator, a repair through a jump host: name jump hosts and
    management systems as assets with such a role, which makes them low.

    ATT&CK: T1021 Remote Services.
    """

    reads: ClassVar[tuple[Table, ...]] = (ADMIN_PATHS, SPEAKERS[-1])
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "lateral-movement"
    techniques: ClassVar[tuple[str, ...]] = (TECHNIQUE,)

    learning_s: float = 86_400.0
    """Seconds from the first sign of a site in the week in which every path is new."""
    learned_hosts: int = 3
    """Hosts that must have been seen in that time: with fewer nothing was learned."""
    chain_s: float = 3_600.0
    """Seconds within which a host that is reached reaches the next."""
    visitors_of_server: int = 3
    """Hosts that administer a responder by the same protocol in the week: it is a server."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Hops first, then hosts that administer for the first time."""
        paths, speakers = tables
        new = self._new(paths, since_learned(speakers, self.learning_s, self.learned_hosts))
        hops = self._hops(new)
        return pl.concat([self._chains(hops), self._firsts(new, hops)], how="diagonal_relaxed")

    def _new(self, paths: pl.LazyFrame, hosts: pl.LazyFrame) -> pl.LazyFrame:
        """Paths that were not there while the site was learned, by the protocol they began with."""
        pair, source = [*WEEK, "orig_h", "resp_h"], [*WEEK, "orig_h"]
        known = hosts.select(*source, "site_first_ns", "learned_hosts", origin_s="since_s")
        began = pl.col("first_seen_ns")
        visitors = pl.col("orig_h").n_unique().over(*WEEK, "resp_h", "admin")
        return (
            paths.with_columns(pair_first_ns=began.min().over(pair))
            .filter(visitors < self.visitors_of_server)
            .with_columns(
                source_first_ns=began.min().over(source),
                targets=pl.col("resp_h").n_unique().over(source).cast(pl.Int64),
                manages=manages(),
            )
            .join(known, on=source, how="inner", nulls_equal=True)
            .filter(
                (began == pl.col("pair_first_ns"))
                & ((began - pl.col("site_first_ns")) / 1e9 >= self.learning_s)
            )
            .sort("first_seen_ns", "orig_h", "resp_h", "admin")
            .unique(pair, keep="first", maintain_order=True)
        )

    def _hops(self, new: pl.LazyFrame) -> pl.LazyFrame:
        """New paths whose origin was reached by another new path within the hour before."""
        before = new.select(
            *WEEK,
            orig_h="resp_h",
            came_from="orig_h",
            came_by="admin",
            came_ns="first_seen_ns",
            sent_by_manager="manages",
        )
        waited = pl.col("first_seen_ns") - pl.col("came_ns")
        return (
            new.filter(pl.col("origin_s") < self.learning_s)
            .join(before, on=[*WEEK, "orig_h"], how="inner", nulls_equal=True)
            .filter(
                (pl.col("came_from") != pl.col("resp_h"))
                & waited.is_between(0, int(self.chain_s * 1e9))
            )
            .sort("came_ns", "came_from")
            .unique([*WEEK, "orig_h", "resp_h"], keep="last", maintain_order=True)
            .with_columns(waited_s=waited / 1e9)
        )

    def _chains(self, hops: pl.LazyFrame) -> pl.LazyFrame:
        onward = hops.select(
            *WEEK, orig_h="came_from", resp_h="orig_h", goes_on=pl.lit(value=True)
        ).unique()
        ends = [*WEEK, "orig_h", "resp_h"]
        deep = pl.col("goes_on").fill_null(value=False)
        work = pl.col("manages") | pl.col("sent_by_manager")
        return hops.join(onward, on=ends, how="left", nulls_equal=True).select(
            *ends,
            *("resp_p", "proto", "came_from", "came_by", "sessions", "waited_s", "learned_hosts"),
            "last_seen_ns",
            first_seen_ns="came_ns",
            service="admin",
            orig_role=pl.lit("infected"),
            resp_role=pl.lit("victim"),
            severity=severity((work, "low"), (deep, "high"), otherwise="medium"),
            score=pl.when(deep).then(0.75).otherwise(0.55),
            confidence=pl.when(work).then(0.3).otherwise(0.6),
            because=sentence(
                "{orig_h} was reached by {came_by} from {came_from} and {waited_s} later "
                "reached {resp_h} by {admin}{onward}; neither path was there before.",
                waited_s=duration_text("waited_s"),
                onward=pl.when(deep)
                .then(sentence(", which went on to another"))
                .otherwise(pl.lit("")),
            ),
        )

    def _firsts(self, new: pl.LazyFrame, hops: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts that never administered another before, hops left out."""
        taken = pl.concat(
            [
                hops.select(*WEEK, "orig_h", "resp_h"),
                hops.select(*WEEK, orig_h="came_from", resp_h="orig_h"),
            ]
        )
        return (
            new.filter(
                (pl.col("origin_s") < self.learning_s)
                & (pl.col("first_seen_ns") == pl.col("source_first_ns"))
                & ~pl.col("manages")
            )
            .join(taken, on=[*WEEK, "orig_h", "resp_h"], how="anti", nulls_equal=True)
            .unique([*WEEK, "orig_h"], keep="first", maintain_order=True)
            .select(
                *WEEK,
                *("orig_h", "resp_h", "resp_p", "proto", "first_seen_ns", "last_seen_ns"),
                *("sessions", "targets", "learned_hosts"),
                service="admin",
                orig_role=pl.lit("user"),
                resp_role=pl.lit("server"),
                severity=pl.lit("info"),
                score=0.3 * saturating("sessions", 10.0),
                confidence=pl.lit(0.4),
                because=sentence(
                    "{orig_h} administered another host for the first time: {resp_h} by "
                    "{admin} ({sessions}).",
                    sessions=plural("sessions", "session"),
                ),
            )
        )
