"""Two hosts that have more, or something else, to do with each other than before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from lynceus.detect.strangeness import said_of
from lynceus.features.profile import PROFILE_OF_PAIR
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity

if TYPE_CHECKING:
    from lynceus.baseline.state import State


@dataclass(frozen=True)
class AnomalousPair:
    """What an inside host has to do with one other host is unlike what was usual between them.

    Detects: an hour of one inside host with one other host that was improbable by what was learned
    of the two at this time of the day and the week, and of a pair that is new by what the host
    and hosts with its role have to do with others: how often, how much each way, on how many ports,
    how much of it in vain. How improbable is decided by how many anomalies a day are wanted.
    Without a baseline (`--baseline`), or until it has learned enough, it says nothing.

    Why: a transfer that is nothing for a busy host stands out between two that hardly know each
    other.

    Blind spots: pairs with fewer than 20 flows and less than 100 KB each way in the hour; what was
    there while it was learned.

    False positives: first backups, moved servers, new tools. `lynceus baseline approve` re-bases
    what a wanted change touches.

    ATT&CK: none by itself; the finding names the attack whose pattern it is most like.
    """

    reads: ClassVar[tuple[Table, ...]] = (PROFILE_OF_PAIR,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    baseline: State | None = field(default=None, compare=False, repr=False)
    """What is usual at the site; without it nothing is said."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a pair and hour."""
        said = said_of(self.baseline, "pair", tables)
        if said is None:
            return pl.LazyFrame()
        roles = {"orig_role": pl.lit("unknown"), "resp_role": pl.lit("unknown")}
        return said.rename({"host": "orig_h"}).with_columns(**roles)
