"""The devices of a run: what they say of themselves while it goes on, and who is where by that.

What was observed is held in pieces that a checkpoint writes once each, and put together now and
then; of days that are over only the ends of each saying stay. Every hour it is added to the store
of the site's inventory too, where there is one, so that `lynceus assets` knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from lynceus.inventory import observed
from lynceus.inventory.known import Known
from lynceus.inventory.settings import AssetSettings
from lynceus.inventory.store import InventoryError, InventoryStore
from lynceus.live.degraded import Degraded
from lynceus.moments import NS
from lynceus.records import Batch

PIECES = 64
"""Most pieces that are held beside each other."""
KEPT_DAYS = 30
MATTERS = 8
"""The newer pieces join the first when they are this part of it: what is large is put together
anew now and then, not at each turn."""
MOST_ROWS = 500_000
"""Most rows of the first piece; beyond it the oldest go."""
EVERY_S = 3_600.0


class Devices:
    """What devices inside have said of themselves since the first start."""

    def __init__(self, degraded: Degraded, now_ns: int) -> None:
        self._degraded, self._stored_ns = degraded, now_ns
        self._pieces: list[pl.DataFrame] = []

    @property
    def rows(self) -> pl.DataFrame:
        """All of it, in `observed.SCHEMA`."""
        return pl.concat([pl.DataFrame(schema=observed.SCHEMA), *self._pieces])

    def take(self, batch: Batch, inside: Iterable[str]) -> None:
        """Rows of now."""
        new = observed.observed(batch.flows, batch.events, inside, in_short=True)
        if new.height:
            self._pieces.append(new)
        if len(self._pieces) > PIECES:
            self._pieces = _compacted(self._pieces)

    def stays(self, known: Known, hosts: pl.Series) -> pl.DataFrame:
        """Which device was where and when, by this and what was known before: of some hosts."""
        return known.stays(self.rows, hosts)

    def store(self, settings: AssetSettings, now_ns: int) -> None:
        """Adds it to the inventory of the site, every hour."""
        if settings.store is None or now_ns - self._stored_ns < EVERY_S * NS:
            return
        self._stored_ns = now_ns
        with self._degraded.part("inventory", InventoryError, OSError):
            held = InventoryStore(settings.store)
            with held.writing():
                held.observe(observed.merged(self.rows))

    def snapshot(self) -> list[pl.DataFrame]:
        """What a checkpoint keeps."""
        return list(self._pieces)

    def resume(self, pieces: Sequence[pl.DataFrame]) -> None:
        """Goes on where a snapshot was taken."""
        self._pieces = list(pieces)


def _compacted(pieces: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The pieces put together: with the first, the large one, once they matter beside it."""
    old, new = pieces[0], observed.merged(pl.concat(pieces[1:]))
    if new.height * MATTERS < old.height:
        return [old, new]
    return [_bounded(observed.merged(pl.concat([old, new])))]


def _bounded(rows: pl.DataFrame) -> pl.DataFrame:
    latest = rows["bin"].max()
    if not isinstance(latest, int):
        return rows
    day = 86_400 * NS // observed.BIN_NS
    kept = rows.filter(pl.col("bin") > latest - KEPT_DAYS * day)
    return observed.condensed(kept, latest - day).sort("bin").tail(MOST_ROWS)
