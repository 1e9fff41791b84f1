"""The lake tended while it grows: files of past hours joined, sums counted, the old let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lynceus.live.degraded import Degraded
from lynceus.live.harvest import Harvest
from lynceus.live.settings import RunConfig
from lynceus.store.lake import HOUR_NS, LakeError
from lynceus.store.retention import Keep, retain
from lynceus.store.rollup import roll_up

EVERY_S = 600.0
SETTLED_NS = 2 * HOUR_NS
"""Hours that ended so long ago are joined: late rows make small files only for a while."""


class Tending(threading.Thread):
    """A thread that tends the lake every few minutes until it is asked to stop."""

    def __init__(
        self,
        harvest: Harvest,
        run: RunConfig,
        degraded: Degraded,
        *,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        super().__init__(name="tending the lake", daemon=True)
        self._harvest, self._degraded, self._clock = harvest, degraded, clock
        events, rollups = Keep(run.keep_events), Keep(run.keep_rollups)
        self._keep = {"flows": Keep(run.keep_flows), "events": events}
        self._keep |= dict.fromkeys(("minutes", "hours", "days"), rollups)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Tends until `stop`."""
        while not self._stopping.wait(EVERY_S):
            self.tend()

    def tend(self) -> None:
        """Once through the lake. Rows that are stored meanwhile wait for it."""
        lake, now = self._harvest.lake, self._clock()
        with (
            self._harvest.writing,
            self._degraded.part("tending of the lake", OSError, LakeError, ValueError),
        ):
            lake.compact(before_ns=now - SETTLED_NS)
            roll_up(lake)
            retain(lake, self._keep, now)

    def stop(self) -> None:
        """Lets it end; what it is at is finished first."""
        self._stopping.set()
