"""A host that gets no time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating
from lynceus.features.health import TIME_ASKED
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class WrongClock:
    """An inside host asks for the time for hours and nobody answers.

    Detects: NTP requests of one inside host in a day, in several hours of it, of which none or
    nearly none was answered by any server.

    Why: a clock that nobody sets runs away: logins by Kerberos and certificates fail, and the logs
    of the host mislead. It is about health, not an attack.

    Blind spots: hosts that never ask; time that is wrong at its source; a sensor that sees one
    direction only.

    False positives: time servers that were down for hours; a device that is meant to have no way
    out.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = TIME_ASKED
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    requests: int = 10
    """Requests in a day below which nothing is said."""
    hours: int = 3
    """Hours of the day in which it asked: less may be a short outage."""
    silent_share: float = 0.95
    """Share of requests without an answer."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host and day."""
        asking = tables[1].filter(
            (pl.col("requests") >= self.requests)
            & (pl.col("active_hours") >= self.hours)
            & (pl.col("silent_requests") >= self.silent_share * pl.col("requests"))
        )
        return asking.with_columns(
            orig_role=pl.lit("user"),
            resp_role=pl.lit("server"),
            resp_p=pl.lit(123),
            proto=pl.lit("udp"),
            service=pl.lit("ntp"),
            score=0.3 * saturating("silent_requests", 10 * self.requests),
            confidence=pl.lit(0.7),
            because=sentence(
                "{orig_h} asked {servers} for the time {requests} in {active_hours}, and "
                "{silent_requests} got no answer.",
                servers=plural("servers", "server"),
                requests=plural("requests", "time"),
                active_hours=plural("active_hours", "hour"),
            ),
        )
