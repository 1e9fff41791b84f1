"""Rows that wait to be counted.

Each counting has a price of its own, however few the rows are: they wait until there are many, or a
window may close. Shortly before one closes less is left waiting, for all of it is counted before
anything is found.
"""

from __future__ import annotations

from lynceus.moments import NS
from lynceus.records import Batch

COUNTED_ROWS = 65_536
"""So many rows are counted at once though no window closes."""
NEAR_S = 2
NEAR_ROWS = 8_192
"""So many in the last seconds of event time before one does."""


class Uncounted:
    """Rows since the last counting."""

    def __init__(self) -> None:
        self._batches: list[Batch] = []
        self.rows = 0
        self.counted_ns: int | None = None
        """How far event time had come when rows were counted last."""

    def add(self, batch: Batch) -> None:
        """Holds rows."""
        if batch.rows:
            self._batches.append(batch)
            self.rows += batch.rows

    def closes(self, until_ns: int | None, step_ns: int) -> bool:
        """Whether a window may close by a time that none has closed by before."""
        if not until_ns:
            return False
        return until_ns // step_ns > (self.counted_ns or 0) // step_ns

    def due(self, until_ns: int | None, step_ns: int) -> bool:
        """Whether what waits is to be counted now that event time has come so far."""
        near = self.closes(None if until_ns is None else until_ns + NEAR_S * NS, step_ns)
        enough = self.rows >= (NEAR_ROWS if near else COUNTED_ROWS)
        return enough or self.closes(until_ns, step_ns)

    def so_far(self) -> Batch:
        """What waits, which goes on to wait."""
        return Batch.concat(self._batches)

    def taken(self, until_ns: int | None) -> Batch:
        """What waits, which is counted now that event time has come so far."""
        rows, self._batches = Batch.concat(self._batches), []
        self.rows, self.counted_ns = 0, until_ns
        return rows
