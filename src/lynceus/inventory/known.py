"""What is known of the site's machines before traffic is read: of the list, and of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from lynceus.enrich.assets import Assets
from lynceus.enrich.lists import ListError
from lynceus.inventory.entry import VULNERABILITY_SCHEMA
from lynceus.inventory.settings import AssetSettings
from lynceus.inventory.settled import FIELDS, settled
from lynceus.inventory.store import InventoryError, InventoryStore
from lynceus.inventory.weaknesses import weaknesses

LIST = "list"
"""What the list of a person is called among the sources."""


@dataclass(frozen=True)
class Known:
    """The machines of the site."""

    listed: Assets = field(default_factory=Assets)
    """Those of the list."""
    rows: pl.DataFrame | None = None
    """Those of the store, as its sources say it."""
    vulnerabilities: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=VULNERABILITY_SCHEMA)
    )
    """What scanners found, of all sources."""
    settings: AssetSettings = field(default_factory=AssetSettings)

    @staticmethod
    def of(path: Path | None, settings: AssetSettings) -> Known:
        """Reads the list and the store. Raises `ListError` on one that cannot be used."""
        listed = Assets(path)
        if settings.store is None:
            return Known(listed, settings=settings)
        try:
            store = InventoryStore(settings.store)
            rows, weak = store.rows("assets"), store.rows("vulnerabilities")
        except InventoryError as error:
            raise ListError(str(error)) from None
        return Known(listed, rows if rows.height else None, weak, settings)

    @property
    def problems(self) -> tuple[str, ...]:
        """Lines about entries of the list that are not used, and why."""
        return tuple(self.listed.problems)

    def assets(self, at_ns: int | None = None) -> Assets:
        """What is believed of each place at a time."""
        if self.rows is None:
            return self.listed
        told = {fact: own for own, fact in FIELDS.items()}
        mine = self.listed.told.select(list(told)).rename(told).with_columns(
            place=self.listed.places, source=pl.lit(LIST), confidence=pl.lit(1.0),
            refreshed_ns=pl.lit(None, pl.Int64),
        )  # fmt: skip
        both = pl.concat([mine, self.rows], how="diagonal_relaxed")
        believed = settled(both, at_ns, self.settings.stale_days)
        return Assets.of_places(believed["place"], believed)

    def about(self, facts: pl.DataFrame, at_ns: int | None = None) -> pl.DataFrame:
        """Facts of addresses (`value`) with what is told of them in incidents alone."""
        told = weaknesses(facts, self.vulnerabilities, at_ns, self.settings.stale_days)
        nobody = pl.col("inside").fill_null(False) & pl.col("asset").is_null()
        unknown = nobody & pl.lit(bool(self.listed.places.len() or self.rows is not None))
        return told.with_columns(asset_unknown=pl.when(unknown).then(True))
