"""A detector made of what the user wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from lynceus.features.window import Table
from lynceus.own.told import Told
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class OwnDetector:
    """Keeps the contract of `lynceus.protocols.Detector`; every finding names its rule."""

    told: Told
    reads: tuple[Table, ...]
    speak: Callable[..., pl.LazyFrame] = field(repr=False)
    """Findings from the tables of `reads`."""
    key: Key = "pair"
    version: int = 1

    @property
    def severity(self) -> Severity:
        """The level of the rule."""
        return self.told.level

    @property
    def tactic(self) -> str:
        """ATT&CK tactic."""
        return self.told.tactic

    @property
    def techniques(self) -> tuple[str, ...]:
        """ATT&CK technique ids."""
        return self.told.techniques

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """What the rule finds, with its title and id as evidence."""
        return self.speak(*tables).with_columns(
            rule_title=pl.lit(self.told.title), rule_id=pl.lit(self.told.id)
        )
