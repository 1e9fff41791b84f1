"""An answer of the DNS that is too large for the server that asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, saturating
from lynceus.features.name import SIGNATURES_ANSWERED
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class Sigred:
    """A name server gives a signature of a size that overflows DNS servers of Windows.

    Detects: an answer of nearly 64 KB to a question for SIG records, a type that nobody has used
    since its successor came, or for RRSIG records.

    Why: with the flaw CVE-2020-1350 such an answer, unpacked, is longer than the memory the DNS
    server of Windows takes for it; whoever sends it runs code there, as the domain's own server.

    Blind spots: captures that were cut short, and sources that do not tell the bytes of an answer.

    False positives: none are known; tests for the flaw are the same traffic.

    ATT&CK: T1210 Exploitation of Remote Services.
    """

    reads: ClassVar[tuple[Table, ...]] = (SIGNATURES_ANSWERED,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "lateral-movement"
    techniques: ClassVar[tuple[str, ...]] = ("T1210",)

    answer_bytes: int = 60_000
    """Bytes of one answer: the flaw needs nearly all that a DNS message can hold."""

    def findings(self, answers: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs in which one was given such an answer."""
        return answers.filter(pl.col("largest_answer_bytes") >= self.answer_bytes).with_columns(
            service=pl.lit("dns"),
            orig_role=pl.lit("victim"),
            resp_role=pl.lit("server"),
            score=saturating("largest_answer_bytes", self.answer_bytes / 3),
            confidence=pl.lit(0.8),
            because=sentence(
                "{orig_h} was given a signature of {largest_answer_bytes} by {resp_h} "
                "when it asked for {queries_sample}: that is how the flaw SIGRed of DNS "
                "servers is used.",
                largest_answer_bytes=bytes_text("largest_answer_bytes"),
                queries_sample=pl.col("queries_sample").list.first(),
            ),
        )
