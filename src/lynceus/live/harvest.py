"""Flows and events on their way to the lake: held until a checkpoint, then written for it.

A file of the lake that bears a later number than the last checkpoint was written by a run that
died before it could say so; it is removed, since its rows come again.
"""

from __future__ import annotations

import re
import threading

from lynceus.live.degraded import Degraded
from lynceus.records import Batch
from lynceus.store.lake import Lake, LakeError

FULL_ROWS = 250_000
"""From so many rows on a checkpoint is due."""
MOST_ROWS = 1_000_000
"""So many rows are held while the disk takes nothing; then sources wait."""


class Harvest:
    """The rows since the last checkpoint."""

    def __init__(self, lake: Lake, worker: str, epoch: int, degraded: Degraded) -> None:
        """Removes what a run that died has left in the lake after checkpoint `epoch`."""
        self.lake = lake
        self.writing = threading.Lock()
        """Held while files of the lake are written or joined."""
        self._prefix = re.sub(r"[^\w.]", "_", worker)
        self._degraded = degraded
        self._batches: list[Batch] = []
        self._rows = 0
        self.bytes = 0
        """What is held takes so much in memory."""
        for path in lake.root.rglob(f"{self._prefix}-*.parquet"):
            number = path.stem.rpartition("-")[2]
            if number.isdigit() and int(number) > epoch:
                path.unlink()

    @property
    def rows(self) -> int:
        """Rows that are held."""
        return self._rows

    @property
    def room(self) -> bool:
        """Whether more may be taken in."""
        return self._rows < MOST_ROWS

    @property
    def full(self) -> bool:
        """Whether a checkpoint is due for the rows that are held."""
        return self._rows >= FULL_ROWS

    def take(self, batch: Batch) -> None:
        """Holds rows until the next checkpoint."""
        if batch.rows:
            self._batches.append(batch)
            self._rows += batch.rows
            self.bytes += batch.bytes

    def store(self, epoch: int) -> bool:
        """Writes what is held under the number of a checkpoint to come; False where it cannot be
        written now. The same number again replaces what was written."""
        if not self._rows:
            return True
        if not self.writing.acquire(blocking=False):
            return False
        try:
            with self._degraded.part("lake", OSError, LakeError):
                self.lake.add(Batch.concat(self._batches), name=f"{self._prefix}-{epoch:012d}")
                return True
        finally:
            self.writing.release()
        return False

    def kept(self) -> None:
        """The checkpoint stands: what was written for it is held no longer."""
        self._batches, self._rows, self.bytes = [], 0, 0
