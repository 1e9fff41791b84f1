"""The store of indicators: a folder with what every feed says, and the form that flows meet.

STORE/feeds.toml              the feeds that are subscribed to
STORE/sources/NAME.parquet    the indicators of a feed
STORE/quarantine/NAME.parquet what of it was left out: line, text, reason
STORE/state.json              when each was read last, how that went, when it is read next
STORE/matching.parquet        one row an indicator, of all feeds together
STORE/hunted                  when stored traffic was last looked through for new ones
"""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from lynceus.enrich.indicator import INDICATOR_SCHEMA, MATCHING_SCHEMA
from lynceus.enrich.intel import Indicators, merged
from lynceus.intel.feed_folder import FeedFolder, FeedFolderError
from lynceus.records import conform

SOURCE_SCHEMA = pl.Schema({**INDICATOR_SCHEMA, "added_ns": pl.Int64()})
"""A row of a source: `added_ns` is when the store first heard of it."""
MATCHING, HUNTED = "matching.parquet", "hunted"


class IntelStoreError(FeedFolderError):
    """A store that cannot be used, or what it does not hold; the text says which."""


class IntelStore(FeedFolder):
    """A folder of indicators."""

    error: ClassVar[type[FeedFolderError]] = IntelStoreError

    def hunted_ns(self) -> int | None:
        """When stored traffic was last looked through for new indicators."""
        try:
            return int((self.root / HUNTED).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise IntelStoreError(f"{self.root / HUNTED}: expected a time in ns") from None

    def hunted(self, at_ns: int) -> None:
        """Writes down when that was."""
        self.replace(HUNTED, f"{at_ns}\n")

    def source(self, name: str) -> pl.DataFrame:
        """The indicators of a feed, in `SOURCE_SCHEMA`; none where it was never read."""
        return self.frame(self.root / "sources" / f"{name}.parquet", SOURCE_SCHEMA)

    def put(self, name: str, rows: pl.DataFrame, refused: pl.DataFrame) -> None:
        """Replaces what a feed says."""
        self.write(self.root / "sources" / f"{name}.parquet", rows)
        self.write(self.root / "quarantine" / f"{name}.parquet", refused.head(10_000))

    def rows(self) -> pl.DataFrame:
        """The rows of all feeds, in `SOURCE_SCHEMA`."""
        sources = [self.source(name) for name in self.subscriptions()]
        return pl.concat([pl.DataFrame(schema=SOURCE_SCHEMA), *sources])

    def gather(self, shared: pl.DataFrame | None = None) -> pl.DataFrame:
        """Puts together what flows meet, and writes it.

        `shared` has `kind`, `indicator` and why many may meet it (`indicator_shared`).
        """
        table = merged(self.rows().drop("added_ns"))
        if shared is not None and shared.height:
            why = shared.with_columns(pl.col("kind").cast(MATCHING_SCHEMA["kind"]))
            table = table.drop("indicator_shared").join(
                why, on=["kind", "indicator"], how="left", maintain_order="left"
            )
            table = conform(table, MATCHING_SCHEMA)
        self.write(self.root / MATCHING, table)
        return table

    def indicators(self) -> Indicators:
        """What flows meet. Raises `IntelStoreError` where nothing was gathered yet."""
        path = self.root / MATCHING
        if not path.exists():
            raise IntelStoreError(
                f"{self.root}: holds no indicators yet; expected a folder that "
                "`lynceus intel update` has filled"
            )
        return Indicators.lean(self.frame(path, MATCHING_SCHEMA))
