"""A program asks again and again where nobody serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import duration_text, plural, port_text, saturating, span_s
from lynceus.features.health import REFUSALS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class RefusedLoop:
    """An inside host is refused by the same service again and again.

    Detects: refused TCP connections of one inside host to one port of one host, many in an hour and
    spread over most of it.

    Why: a program that is set up for a service that is not there wastes its time and everybody's,
    and hides the refusals that matter. It is about health, not an attack.

    Blind spots: services that drop what they do not want, instead of refusing it; loops slower than
    one in a few minutes; connections that are opened and then closed at once.

    False positives: a service that was stopped for an hour.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = REFUSALS
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    refused_1h: int = 60
    """Refusals in an hour: one a minute is no accident."""
    slots: int = 8
    """Five minutes of that hour, of twelve, in which it was refused: a loop does not rest."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a pair, port and hour."""
        loops = tables[1].filter(
            (pl.col("refused_attempts") >= self.refused_1h) & (pl.col("active_slots") >= self.slots)
        )
        return loops.select(
            pl.exclude("orig_in"),
            proto=pl.lit("tcp"),
            orig_role=pl.lit("user"),
            resp_role=pl.lit("server"),
            score=0.3 * saturating("refused_attempts", 10 * self.refused_1h),
            confidence=pl.lit(0.8),
            because=sentence(
                "{orig_h} was refused {refused_attempts} by {resp_h} on {port} within "
                "{span}: the service is not there.",
                refused_attempts=plural("refused_attempts", "time"),
                port=port_text(),
                span=duration_text(span_s()),
            ),
        )
