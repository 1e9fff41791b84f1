"""Live sources at work, each in a thread of its own, into one bounded queue.

Where the queue is full a source waits. One that fails is opened again after a pause that grows, at
the place of the last chunk that was taken from it; the others do not notice.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from lynceus.account import Account
from lynceus.ingest.feeds import Chunk, Feed, Place, Reading, Room
from lynceus.ingest.feeds.seal import Seal

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STOP_S = 2.5
"""So long sources may take to end once they are asked to."""


@dataclass(frozen=True)
class Condition:
    """How a source does."""

    state: Literal["opening", "running", "degraded", "ended"] = "opening"
    reason: str = ""
    """Why it is degraded."""
    failures: int = 0
    rows: int = 0
    heard_ns: int | None = None
    """When it gave its last chunk, by the clock."""
    account: Account = field(default_factory=Account)
    """What came in since the start, and what became of it."""


class Pump:
    """Opens sources and hands on what they give."""

    def __init__(
        self,
        *,
        site: str,
        folder: Path,
        rows: int,
        say: Callable[[str], None],
        clock: Callable[[], int] = time.time_ns,
        seal: Seal | None = None,
    ) -> None:
        """`rows`: so many may wait in the queue before sources wait; `seal`: as in `Room`."""
        self._site, self._folder, self._most = site, folder, rows
        self._say, self._clock, self._seal = say, clock, seal
        self._queue: deque[tuple[str, Chunk]] = deque()
        self._held = 0
        self._changed = threading.Condition()
        self._stops: dict[str, threading.Event] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._readings: dict[str, Reading] = {}
        self.conditions: dict[str, Condition] = {}

    def open(self, name: str, feed: Feed, place: Place) -> None:
        """Begins to read a source at a place."""
        stop = self._stops[name] = threading.Event()
        self.conditions[name] = Condition()
        thread = threading.Thread(
            target=self._read, args=(name, feed, place, stop), name=f"source {name}", daemon=True
        )
        self._threads[name] = thread
        thread.start()

    def shut(self, name: str) -> None:
        """Ends a source; what it has given stays in the queue."""
        self._stops[name].set()
        if reading := self._readings.get(name):
            reading.close()
        self._threads[name].join(STOP_S)
        self.conditions.pop(name, None)

    def peers(self) -> dict[str, dict[str, int]]:
        """By source, those behind it and when each was heard, where it knows them."""
        told = {}
        for name, reading in list(self._readings.items()):
            if peers := getattr(reading, "peers", None):
                told[name] = peers()
        return told

    @property
    def waiting_rows(self) -> int:
        """Rows in the queue."""
        return self._held

    @property
    def bytes(self) -> int:
        """What waits in the queue takes so much in memory."""
        return sum(chunk.batch.bytes for _, chunk in list(self._queue))

    @property
    def bytes_of_sources(self) -> int:
        """What sources hold back takes so much in memory, of those that can tell."""
        return sum(getattr(reading, "bytes", 0) for reading in list(self._readings.values()))

    @property
    def opening(self) -> bool:
        """Whether some source has neither been opened yet nor failed."""
        return any(
            one.state == "opening" and name not in self._readings
            for name, one in list(self.conditions.items())
        )

    @property
    def done(self) -> bool:
        """Whether all sources have ended by themselves and nothing waits."""
        ended = all(one.state == "ended" for one in self.conditions.values())
        return ended and not self._queue

    def take(self, timeout_s: float, most_rows: int) -> list[tuple[str, Chunk]]:
        """What has come by now, of each source in order; waits for the first of it."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue, timeout_s)
            taken: list[tuple[str, Chunk]] = []
            rows = 0
            while self._queue and rows < most_rows:
                taken.append(self._queue.popleft())
                rows += taken[-1][1].rows
            self._held -= rows
            self._changed.notify_all()
        return taken

    def kept(self, places: Mapping[str, Place]) -> None:
        """Tells the sources what is in a checkpoint."""
        for name, reading in list(self._readings.items()):
            if name in places:
                try:
                    reading.kept(places[name])
                except Exception as error:  # noqa: BLE001 - its peers will send again
                    self._degrade(name, error)

    def stop(self) -> list[tuple[str, Chunk]]:
        """Ends all sources; gives what they still had to say."""
        for stop in self._stops.values():
            stop.set()
        last: list[tuple[str, Chunk]] = []
        until = time.monotonic() + STOP_S
        while any(t.is_alive() for t in self._threads.values()) and time.monotonic() < until:
            last += self.take(0.05, self._most)
        for reading in list(self._readings.values()):
            reading.close()
        return last + self.take(0, 1 << 62)

    def _read(self, name: str, feed: Feed, place: Place, stop: threading.Event) -> None:
        pause_s = FIRST_PAUSE_S
        while not stop.is_set():
            try:
                room = Room(name, self._site, self._made(name), self._clock, self._say, self._seal)
                reading = self._readings[name] = feed.open(room)
                for chunk in reading.chunks(place, stop):
                    self._put(name, chunk)
                    place, pause_s = chunk.place, FIRST_PAUSE_S
                self._changes(name, state="ended")
                return
            except Exception as error:  # noqa: BLE001 - a source that fails stops nobody else
                self._degrade(name, error)
            finally:
                if gone := self._readings.pop(name, None):
                    gone.close()
            stop.wait(pause_s * _share(name))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _put(self, name: str, chunk: Chunk) -> None:
        """Into the queue, when there is room; a chunk of any size fits an empty one."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held or self._held + chunk.rows <= self._most)
            self._queue.append((name, chunk))
            self._held += chunk.rows
            was = self.conditions[name]
            was.account.merge(chunk.account)
            self.conditions[name] = replace(
                was, state="running", reason="", rows=was.rows + chunk.rows, heard_ns=self._clock()
            )
            self._changed.notify_all()

    def _degrade(self, name: str, error: Exception) -> None:
        told = " ".join(str(error).split()) or type(error).__name__
        reason = told.removeprefix(f"{name}: ")
        failures = self.conditions[name].failures + 1
        if self.conditions[name].reason != reason:
            self._say(f"source {name}: {reason}; it is tried again")
        self._changes(name, state="degraded", reason=reason, failures=failures)

    def _changes(self, name: str, **what: object) -> None:
        with self._changed:
            self.conditions[name] = replace(self.conditions[name], **what)  # type: ignore[arg-type]
            self._changed.notify_all()


def _share(name: str) -> float:
    """Of a pause, 0.8 to 1.2: sources that fail together must not come back together."""
    return 0.8 + 0.4 * (zlib.crc32(name.encode()) % 1_000) / 1_000
