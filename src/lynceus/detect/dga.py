"""A host asks for names that an algorithm made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import percent_text, plural, saturating, severity, share
from lynceus.features.asked import DOMAINS_ASKED
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class Dga:
    """One host asks for a stream of domains that look generated or do not exist.

    Detects: per asker, in an hour and in a day, of registered domains that are neither popular
    nor of a known service: how many look made by an algorithm, how many do not exist (NXDOMAIN),
    and which of the made ones were answered. How made a name looks is the fact `generated`: a
    small model over its characters, whose output is the share of ordinary names that look less
    made (`docs/enrichment.md` has its training and its recall on families it never saw). A name
    counts as made from 0.99 on. A slow window speaks only where the average hour was too thin.

    Why: malware that makes up its controllers' names by date and seed asks for hundreds of which
    its owner registers one or two. One strange name is nothing; a stream of them is.

    Blind spots: algorithms that put words together (suppobox, nymaim2, ngioweb) look ordinary
    and show only by not existing; few names a day; look-ups in encrypted DNS; where only
    a resolver's questions are seen, it stands for its clients.

    False positives: mail servers that look up what spammers claim, crawlers and log programs ask
    for many domains that are gone: a burst of unknown names that do not look made is low, and
    medium only from hundreds on. Names of content networks below one domain count once.

    ATT&CK: T1568.002 Domain Generation Algorithms, T1071.004 DNS.
    """

    reads: ClassVar[tuple[Table, ...]] = DOMAINS_ASKED
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1568.002", "T1071.004")

    made_1h: int = 10
    """Made domains in an hour: one name in a hundred looks so by chance."""
    made_1d: int = 20
    """The same in a day, where the average hour held fewer."""
    made_share: float = 0.3
    """Least share of made domains among those asked for, thirty times what chance gives."""
    made_unknown_share: float = 0.5
    """From this share of the made domains on that do not exist, it is an algorithm's guessing."""
    unknown_1h: int = 40
    """Domains that do not exist, whatever they look like: no person mistypes so often."""
    unknown_1d: int = 100
    """The same in a day, where the average hour held fewer."""
    unknown_share: float = 0.5
    """Least share of unknown domains among those asked for."""
    unknown_many: int = 300
    """From here on a burst of unknown domains is medium, though they do not look made."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Streams of the hour, then thinner ones of the day."""
        hour, day = tables
        hours = pl.col("active_hours").clip(lower_bound=1)
        made, unknown = pl.col("made_domains"), pl.col("unknown_domains")
        thin = (made / hours < self.made_1h) & (unknown / hours < self.unknown_1h)
        return pl.concat(
            [
                self._streams(hour, self.made_1h, self.unknown_1h),
                self._streams(day.filter(thin), self.made_1d, self.unknown_1d),
            ]
        )

    def _streams(self, hosts: pl.LazyFrame, made: int, unknown: int) -> pl.LazyFrame:
        looks = (pl.col("made_domains") >= made) & (pl.col("made_share") >= self.made_share)
        fails = (pl.col("unknown_domains") >= unknown) & (
            pl.col("unknown_share") >= self.unknown_share
        )
        judged = hosts.with_columns(
            made_share=share("made_domains", "domains"),
            unknown_share=share("unknown_domains", "domains"),
            made_unknown_share=share("made_unknown", "made_domains"),
        ).with_columns(looks=looks, fails=fails)
        return self._said(judged.filter(pl.col("looks") | pl.col("fails"))).pipe(
            _without_forwarders
        )

    def _said(self, hosts: pl.LazyFrame) -> pl.LazyFrame:
        guessed = pl.col("looks") & (pl.col("made_unknown_share") >= self.made_unknown_share)
        many = pl.col("unknown_domains") >= self.unknown_many
        answered = (
            pl.when(pl.col("made_answered").list.len() > 0)
            .then(
                clause(
                    "Answered were {made_answered}.",
                    made_answered=pl.col("made_answered").list.join(", ", ignore_nulls=True),
                )
            )
            .otherwise(pl.lit(""))
        )
        return hosts.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h"),
            *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
            *("queries", "domains", "made_domains", "made_share", "unknown_domains"),
            *("unknown_share", "made_unknown", "made_sample", "made_answered", "unknown_sample"),
            *("resolvers", "resolver"),
            resp_p="resolver_port",
            service=pl.lit("dns"),
            orig_role=pl.when("looks").then(pl.lit("infected")).otherwise(pl.lit("unknown")),
            resp_role=pl.lit("unknown"),
            severity=severity(
                (guessed, "high"), (pl.col("looks") | many, "medium"), otherwise="low"
            ),
            score=pl.max_horizontal(
                saturating("made_domains", 20.0) * pl.when("looks").then(1.0).otherwise(0.0),
                saturating("unknown_domains", 200.0) * pl.when("fails").then(0.8).otherwise(0.0),
            ),
            confidence=pl.when(guessed)
            .then(0.6 + 0.35 * saturating("made_domains", 30.0))
            .when("looks")
            .then(0.5)
            .otherwise(0.35),
            because=pl.when("looks")
            .then(
                sentence(
                    "{orig_h} asked for {domains}, {made_domains} of them ({made_share}) look"
                    " made by an algorithm and {made_unknown} of these do not exist: "
                    "{made_sample}.{answered}",
                    domains=plural("domains", "uncommon domain"),
                    made_share=percent_text("made_share"),
                    made_sample=pl.col("made_sample")
                    .list.head(4)
                    .list.join(", ", ignore_nulls=True),
                    answered=answered,
                )
            )
            .otherwise(
                sentence(
                    "{orig_h} asked for {unknown_domains} that do not exist, {unknown_share} "
                    "of the uncommon ones it asked for: {unknown_sample}.",
                    unknown_domains=plural("unknown_domains", "domain"),
                    unknown_share=percent_text("unknown_share"),
                    unknown_sample=pl.col("unknown_sample")
                    .list.head(4)
                    .list.join(", ", ignore_nulls=True),
                )
            ),
        )


def _without_forwarders(streams: pl.LazyFrame) -> pl.LazyFrame:
    """Leaves out the resolvers that another asker with a stream turned to."""
    keys = ["window_start_ns", "window_end_ns", "site"]
    asked = streams.select(*keys, orig_h=pl.col("resolvers")).explode("orig_h").drop_nulls("orig_h")
    return streams.join(asked.unique(), on=[*keys, "orig_h"], how="anti", nulls_equal=True)
