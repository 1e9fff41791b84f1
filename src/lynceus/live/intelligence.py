"""Lists of indicators that change while a run goes on: what is new counts at once, and looks back.

A thread looks whether the files of the lists are others than before. What they say then is put in
the place of what counted, whole from the next batch on, and what nobody had listed before meets the
flows and events of the lake.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from lynceus.enrich import ListError, Standing
from lynceus.enrich.intel import Indicators
from lynceus.incident import Incident
from lynceus.intel import opened
from lynceus.intel.retro import retro_hunt
from lynceus.live.degraded import Degraded
from lynceus.records import FINDING_SCHEMA
from lynceus.store.lake import Lake, LakeError
from lynceus.store.ledger import Ledger, LedgerError

EVERY_S = 30.0
LOOKED_BACK_DAYS = 30
"""So far back a new indicator is looked for in the lake."""
_SAME = ["kind", "indicator"]

State = list[tuple[str, int, int]]
"""Files, their sizes and when they changed, in ns since 1970."""


class Intelligence(threading.Thread):
    """Looks at the lists every half a minute until it is asked to stop."""

    def __init__(  # noqa: PLR0913 - each is one thing that it works with
        self,
        paths: Sequence[str | Path],
        standing: Standing,
        state: State,
        lake: Lake,
        degraded: Degraded,
        *,
        home: Callable[[], Sequence[str]],
        say: Callable[[str], None],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`standing` holds what the lists said when their files were in this `state`; `home` gives
        the networks inside."""
        super().__init__(name="lists", daemon=True)
        self._standing, self._state = standing, state
        self._paths = [Path(path) for path in paths]
        self._lake, self._degraded, self._home = lake, degraded, home
        self._say, self._clock = say, clock
        self._read = standing.taken
        self._unhunted = self._read.table.clear()
        self._found: list[Incident] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Looks until `stop`."""
        while not self._stopping.wait(EVERY_S):
            self.look()

    def look(self) -> None:
        """Once: what the lists say now counts, and what is new is looked for in the lake."""
        state = state_of(self._paths)
        if state != self._state:
            with self._degraded.part("lists of indicators", ListError, OSError):
                self._offer(opened.indicators(self._paths))
                self._state = state
        if self._unhunted.is_empty():
            return
        # Files of the lake may be joined meanwhile: it is tried again.
        with self._degraded.part("looking back", OSError, LakeError, pl.exceptions.PolarsError):
            found = retro_hunt(
                Indicators(self._unhunted), self._lake, self._clock(),
                days=LOOKED_BACK_DAYS, home=self._home(),
            )  # fmt: skip
            self._unhunted = self._unhunted.clear()
            with self._lock:
                self._found += found

    def kept(self, ledger: Ledger) -> list[Incident]:
        """Keeps what looking back has found; gives what is new of it. It waits where the ledger
        takes nothing."""
        with self._lock:
            found, self._found = self._found, []
        if not found:
            return []
        with self._degraded.part("ledger", LedgerError):
            nothing = pl.DataFrame(schema=FINDING_SCHEMA)
            return ledger.tell(nothing, found, at_ns=self._clock())
        with self._lock:
            self._found = [*found, *self._found]
        return []

    def stop(self) -> None:
        """Lets it end; what it is at is finished first."""
        self._stopping.set()

    def _offer(self, indicators: Indicators) -> None:
        before, now = self._read.table, indicators.table
        new = now.join(before.select(_SAME), on=_SAME, how="anti")
        self._standing.offer(indicators)
        self._read = indicators
        self._unhunted = pl.concat([self._unhunted, new]) if self._unhunted.height else new
        self._say(f"{now.height:,} indicators count from now on, {new.height:,} of them are new")


def state_of(paths: Sequence[str | Path]) -> State:
    """The files that these lists are read of, with size and time of change."""
    found = []
    for path in map(Path, paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            try:
                told = file.stat()
            except OSError:
                continue
            found.append((str(file), told.st_size, told.st_mtime_ns))
    return found
