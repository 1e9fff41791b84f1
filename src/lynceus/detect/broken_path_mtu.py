"""Packets too large for the path, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating
from lynceus.features.health import TOO_BIG
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class BrokenPathMtu:
    """A host keeps sending packets that are too large for the path.

    Detects: ICMP notices "fragmentation needed" (type 3, code 4) and ICMPv6 "packet too big" (type
    2) to one host, many in an hour and spread over it.

    Why: a host that hears the notice sends smaller packets at once, and asks again after ten
    minutes (RFC 1191). Notices that do not end mean that it does not hear or heed them: large
    transfers stall. It is about health, not an attack.

    Blind spots: paths on which nobody sends the notice; notices that do not pass the sensor.

    False positives: a server that talks to many clients behind tunnels gets one for each.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = TOO_BIG
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    notices_1h: int = 30
    """Notices in an hour: five times what asking again every ten minutes gives."""
    slots: int = 6
    """Five minutes of that hour, of twelve, in which they came."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host and hour."""
        told = tables[1].filter(
            (pl.col("notices") >= self.notices_1h) & (pl.col("active_slots") >= self.slots)
        )
        return told.with_columns(
            resp_role=pl.lit("user"),
            proto=pl.lit("icmp"),
            score=0.3 * saturating("notices", 10 * self.notices_1h),
            confidence=pl.lit(0.7),
            because=sentence(
                "{resp_h} was told {notices} within an hour by {routers} that its packets"
                " are too large for the path.",
                notices=plural("notices", "time"),
                routers=plural("routers", "router"),
            ),
        )
