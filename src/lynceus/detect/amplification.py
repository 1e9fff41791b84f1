"""Answers that were asked for in another's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, number_text, plural, saturating, severity, share
from lynceus.features.denial import AMPLIFIERS, ANSWERS_60S
from lynceus.features.ports import named
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

IN_USE = (53, 123, 500, 1194, 3389, 3478, 5060)
"""Services that hosts do use across the Internet; the others have no business there."""

_KEYS = ["window_start_ns", "window_end_ns", "site"]


@dataclass(frozen=True)
class Amplification:
    """UDP services answer at length to a host that never asked: it is their victim.

    Detects: bytes of answers of UDP services known to amplify (DNS, NTP, SNMP, SSDP, memcached,
    CLDAP, chargen and others, by port) that reached one inside host within a minute although it
    had sent no request; and an inside server that answers an outside address many times more than
    it was asked, in bulk: its own service is misused against that address.

    Why: a request with a forged sender costs a few bytes, the answer hits whoever was named. Who
    runs the reflector takes part without knowing.

    Blind spots: input without counters or dates; sensors that see one direction only (then every
    answer looks unasked, but only in bulk); services on other ports; reflection by TCP.

    False positives: a sensor that misses the requests of a busy resolver; management of devices by
    SNMP across the Internet; bulk downloads by a protocol of its own on one of these ports.

    ATT&CK: T1498.002 Reflection Amplification.
    """

    reads: ClassVar[tuple[Table, ...]] = (ANSWERS_60S,)
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "impact"
    techniques: ClassVar[tuple[str, ...]] = ("T1498.002",)

    unasked_bytes_60s: int = 10_000_000
    """Unasked answers in a minute of a service that hosts use across the Internet."""
    odd_bytes_60s: int = 1_000_000
    """The same of a service that has no business there."""
    reflectors: int = 5
    """So many that answer unasked are no broken server."""
    factor: float = 10.0
    """Bytes answered for a byte asked from which on a service amplifies (DNS in ordinary use
    stays below 5)."""
    reflected_bytes_60s: int = 2_000_000
    """Bytes of such answers to one outside address in a minute."""
    odd_reflected_bytes_60s: int = 200_000
    """The same of a service that has no business across the Internet."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Victims, then misused reflectors."""
        answers = tables[0].filter(pl.col("window_start_ns").is_not_null())
        return pl.concat(
            [self._victims(answers), self._reflectors(answers)], how="diagonal_relaxed"
        )

    def _victims(self, answers: pl.LazyFrame) -> pl.LazyFrame:
        hit = (
            answers.filter(pl.col("unasked_bytes") > 0)
            .group_by(*_KEYS, "asker_h", "service_p")
            .agg(
                pl.len().cast(pl.Int64).alias("reflectors"),
                pl.col("answerer_h").sort().head(10).alias("reflectors_sample"),
                pl.col("unasked_bytes", "flows").sum(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
        )
        least = self._least(self.unasked_bytes_60s, self.odd_bytes_60s)
        several = pl.col("reflectors") >= self.reflectors
        return hit.filter(pl.col("unasked_bytes") >= least).select(
            *_KEYS,
            *("first_seen_ns", "last_seen_ns", "unasked_bytes", "reflectors", "reflectors_sample"),
            "flows",
            amplifying_port="service_p",
            service=named(AMPLIFIERS, "service_p"),
            kind=pl.lit("victim"),
            resp_h="asker_h",
            resp_role=pl.lit("victim"),
            proto=pl.lit("udp"),
            severity=severity((several, "high"), otherwise="medium"),
            score=saturating("unasked_bytes", self.unasked_bytes_60s),
            confidence=pl.when(several).then(0.8).otherwise(0.4),
            because=sentence(
                "{unasked_bytes} of {named} answers that it had not asked for reached "
                "{asker_h} within a minute from {reflectors}.",
                unasked_bytes=bytes_text("unasked_bytes"),
                named=named(AMPLIFIERS, "service_p"),
                reflectors=plural("reflectors", "host"),
            ),
        )

    def _reflectors(self, answers: pl.LazyFrame) -> pl.LazyFrame:
        outward = (pl.col("answerer_in") & ~pl.col("asker_in")).fill_null(False)
        factor = pl.col("answer_bytes") / pl.col("asked_bytes").clip(lower_bound=1)
        least = self._least(self.reflected_bytes_60s, self.odd_reflected_bytes_60s)
        return answers.filter(
            outward
            & (pl.col("asked_packets") > 0)
            & (pl.col("answer_bytes") >= least)
            & (factor >= self.factor)
        ).select(
            *_KEYS,
            *("first_seen_ns", "last_seen_ns", "answer_bytes", "asked_bytes", "asked_packets"),
            "flows",
            service=named(AMPLIFIERS, "service_p"),
            kind=pl.lit("reflector"),
            amplification_factor=factor,
            orig_h="asker_h",
            orig_role=pl.lit("victim"),
            resp_h="answerer_h",
            resp_role=pl.lit("server"),
            resp_p="service_p",
            proto=pl.lit("udp"),
            severity=pl.lit("medium"),
            score=saturating("answer_bytes", self.reflected_bytes_60s),
            confidence=0.4 + 0.4 * share(factor, factor + 5 * self.factor),
            because=sentence(
                "{answerer_h} sent {answer_bytes} of {named} answers to {asker_h} within "
                "a minute for {asked_bytes} asked, {factor} times as much: its service is"
                " misused to flood that address.",
                answer_bytes=bytes_text("answer_bytes"),
                named=named(AMPLIFIERS, "service_p"),
                asked_bytes=bytes_text("asked_bytes"),
                factor=number_text(factor),
            ),
        )

    @staticmethod
    def _least(usual: int, odd: int) -> pl.Expr:
        return pl.when(pl.col("service_p").is_in(IN_USE)).then(usual).otherwise(odd)
