"""A host, or a service on it, that is not as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from lynceus.detect.strangeness import said_of
from lynceus.features.profile import (
    PROFILE_OF_ORIGINATOR,
    PROFILE_OF_RESPONDER,
    PROFILE_OF_SERVICE,
)
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity

if TYPE_CHECKING:
    from lynceus.baseline.state import State


@dataclass(frozen=True)
class AnomalousHost:
    """An inside host, or a service on it, behaves unlike itself and its kind.

    Detects: an hour of an inside host, or of one of its services, that was improbable by what was
    learned of it at this time of the day and the week, of hosts with its role, of its segment and
    of the site: whom it met, what it sent and fetched, which kinds of service it used and gave, how
    much of it failed, and whether it is there at all at that hour. How improbable is decided by how
    many anomalies a day are wanted. Without a baseline (`--baseline`), or until it has learned
    enough, it says nothing.

    Why: what nobody has described before shows only in that it is different.

    Blind spots: what was there while it was learned is usual; what grows slowly enough becomes so;
    few or small deeds in a busy hour; days before the baseline is ready.

    False positives: new applications, moved servers, deadlines, visitors. `lynceus baseline
    approve` re-bases what a wanted change touches. The number of them is held at what was asked
    for.

    ATT&CK: none by itself; the finding names the attack whose pattern it is most like.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        PROFILE_OF_ORIGINATOR,
        PROFILE_OF_RESPONDER,
        PROFILE_OF_SERVICE,
    )
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    baseline: State | None = field(default=None, compare=False, repr=False)
    """What is usual at the site; without it nothing is said."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts, then services."""
        *of_host, of_service = tables
        hosts = said_of(self.baseline, "host", of_host)
        services = said_of(self.baseline, "service", [of_service])
        found = []
        if hosts is not None:
            found.append(hosts.rename({"host": "orig_h"}).with_columns(orig_role=pl.lit("unknown")))
        if services is not None:
            used = services.rename({"host": "resp_h"})
            found.append(used.with_columns(resp_role=pl.lit("server")))
        return pl.concat(found, how="diagonal_relaxed") if found else pl.LazyFrame()
