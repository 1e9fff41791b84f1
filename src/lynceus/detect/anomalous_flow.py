"""A single flow that is unlike the others to the same service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from lynceus.detect.strangeness import said_of
from lynceus.features.profile import PROFILE_OF_FLOWS
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity

if TYPE_CHECKING:
    from lynceus.baseline.state import State


@dataclass(frozen=True)
class AnomalousFlow:
    """A flow of an inside host is longer or larger than its flows to that service ever are.

    Detects: an hour in which the longest or the largest single flow of an inside host to one
    service (port and transport, whoever gives it) was improbable by what was learned of its
    greatest flows there at this time of the day and the week, and of those of other hosts: how
    long it stayed open, how many packets, how much each way. How improbable is decided by how many
    anomalies a day are wanted. Without a baseline (`--baseline`), or until it has learned enough,
    it says nothing.

    Why: what hides under the name of a service seldom has its shape: a session of hours in HTTPS, a
    megabyte in DNS.

    Blind spots: flows of less than 10 s and 10 KB; many flows that are each ordinary; what was
    there while it was learned.

    False positives: the first large download or update; a session that was left open over night.
    `lynceus baseline approve` re-bases what a wanted change touches.

    ATT&CK: none by itself; the finding names the attack whose pattern it is most like.
    """

    reads: ClassVar[tuple[Table, ...]] = (PROFILE_OF_FLOWS,)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    baseline: State | None = field(default=None, compare=False, repr=False)
    """What is usual at the site; without it nothing is said."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host, service and hour."""
        said = said_of(self.baseline, "flow", tables)
        if said is None:
            return pl.LazyFrame()
        return said.rename({"host": "orig_h"}).with_columns(orig_role=pl.lit("unknown"))
