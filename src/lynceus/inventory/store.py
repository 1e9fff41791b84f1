"""The store of what the site knows of itself: a folder with what every source said.

STORE/feeds.toml                  the sources that are read
STORE/assets/NAME.parquet         machines of a source, in `ASSET_SCHEMA`
STORE/vulnerabilities/NAME.parquet
STORE/people/NAME.parquet
STORE/quarantine/NAME.parquet     what of it was left out: line, text, reason
STORE/devices.parquet             what was learned of devices from traffic
STORE/state.json                  when each was read last, how that went, when it is read next
"""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from lynceus.intel.feed_folder import FeedFolder, FeedFolderError
from lynceus.inventory import observed
from lynceus.inventory.entry import (
    ASSET_SCHEMA,
    PERSON_SCHEMA,
    VULNERABILITY_SCHEMA,
)
from lynceus.inventory.judged import Judged

OBSERVED = "observed.parquet"
SCHEMAS: dict[str, pl.Schema] = {
    "assets": ASSET_SCHEMA,
    "vulnerabilities": VULNERABILITY_SCHEMA,
    "people": PERSON_SCHEMA,
}
"""By folder what a row of a source says."""
_OF_SOURCE: dict[str, pl.DataType] = {
    "source": pl.String(),
    "confidence": pl.Float64(),
    "refreshed_ns": pl.Int64(),
}
"""What is known of the source of each row: its name, how sure it is (0..1), when it was read."""


def of_sources(schema: pl.Schema) -> pl.Schema:
    """The columns of rows of several sources."""
    return pl.Schema({**schema, **_OF_SOURCE})


class InventoryError(FeedFolderError):
    """A store that cannot be used, or what it does not hold; the text says which."""


class InventoryStore(FeedFolder):
    """A folder of what sources of the site said."""

    error: ClassVar[type[FeedFolderError]] = InventoryError
    parts: ClassVar[tuple[str, ...]] = (*SCHEMAS, "quarantine")

    def put(self, name: str, said: Judged) -> None:
        """Replaces what a source says."""
        for part in SCHEMAS:
            self.write(self.root / part / f"{name}.parquet", getattr(said, part))
        self.write(self.root / "quarantine" / f"{name}.parquet", said.refused.head(10_000))

    def rows(self, part: str) -> pl.DataFrame:
        """The rows of all sources, with `source`, `confidence` and `refreshed_ns`."""
        states = self.states()
        read = [pl.DataFrame(schema=of_sources(SCHEMAS[part]))]
        for name, one in self.subscriptions().items():
            state = states.get(name)
            sure = 1.0 if one.confidence is None else one.confidence
            said = self.frame(self.root / part / f"{name}.parquet", SCHEMAS[part])
            read.append(
                said.with_columns(
                    source=pl.lit(name),
                    confidence=pl.lit(sure, pl.Float64),
                    refreshed_ns=pl.lit(state.read_ns if state else None, pl.Int64),
                )
            )
        return pl.concat(read)

    def seen(self) -> pl.DataFrame:
        """What devices said of themselves in the traffic that was shown, as `observed.SCHEMA`."""
        return self.frame(self.root / OBSERVED, observed.SCHEMA)

    def observe(self, rows: pl.DataFrame) -> int:
        """Adds what devices said of themselves; what was added before changes nothing.

        Gives how many rows there are.
        """
        keys = [name for name in observed.SCHEMA if name not in ("first_ns", "last_ns", "count")]
        before = self.seen().join(rows, on=keys, how="anti", nulls_equal=True)
        together = observed.merged(pl.concat([before, rows]))
        self.write(self.root / OBSERVED, together)
        return together.height
