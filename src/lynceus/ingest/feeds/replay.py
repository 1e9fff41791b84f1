"""A capture played again: at its own pace, faster or slower, or as fast as it is taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from lynceus import _core
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room
from lynceus.ingest.feeds.metered import INACTIVE_TIMEOUT_S, groups

STEP_S = 0.25
"""So long of its own time a chunk lasts at the pace of the capture."""
LONGEST_STEP_S = 60.0
"""And so long at most at any pace."""
THREADS = 3
"""Of the meter. Written down, because a place counts groups; they do not depend on it."""


@dataclass(frozen=True)
class Replay:
    """A capture, from its begin to its end; then the source has ended."""

    file: Path
    """The capture (pcap, pcapng; also gzip, zstd, xz)."""
    speed: float = 1.0
    """So many times as fast as it was; 0: as fast as it is taken."""
    active_timeout_s: float = 1800.0
    """A flow that lasts longer speaks in parts of this length."""
    inactive_timeout_s: float = INACTIVE_TIMEOUT_S
    """A flow that is silent for so long is told, as of an interface."""
    max_flows: int = 1_000_000
    """Flows held at one time; what is shed is counted."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("file",)

    def __post_init__(self) -> None:
        """Raises ValueError for a speed that is none."""
        if not 0 <= self.speed < float("inf"):
            raise ValueError(f"speed {self.speed:g}: expected a number from 0 on")

    @property
    def lateness_s(self) -> float:
        """Of no weight: the meter tells how far time has come with each chunk."""
        return 360.0

    def open(self, room: Room) -> Playing:
        """Looks at the capture. Raises `FeedError` where it is none."""
        playing = Playing(self, room)
        playing.reader()
        return playing


@dataclass
class Playing:
    """A capture that is played."""

    _options: Replay
    _room: Room
    _last: int = field(default=0, init=False)

    def reader(self) -> _core.CaptureReader:
        """A reader at the begin of the capture."""
        options = self._options
        pace = STEP_S * options.speed if options.speed else LONGEST_STEP_S
        try:
            return _core.CaptureReader(
                options.file,
                site=self._room.site,
                active_timeout_s=options.active_timeout_s,
                inactive_timeout_s=options.inactive_timeout_s,
                max_flows=options.max_flows,
                threads=THREADS,
                step_s=min(pace, LONGEST_STEP_S),
            )
        except (_core.InputError, OSError) as error:
            raise FeedError(f"{self._room.name}: {error}") from None

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """The groups of the capture in its time; those before a place are passed over at once."""
        reader = self.reader()
        given = 0
        if place is not None:
            if place["digest"] != reader.digest:
                raise FeedError(f"{self._room.name}: {self._options.file} is another capture now")
            given = place["groups"]
        began: tuple[float, int] | None = None
        try:
            for number, group in enumerate(groups(reader), 1):
                if group.complete_ns is not None:
                    if began is None or number <= given:
                        began = time.monotonic(), group.complete_ns
                    if stop.wait(self._due_s(*began, group.complete_ns)):
                        return
                if number > given:
                    following = {"digest": reader.digest, "groups": number}
                    yield Chunk(group.batch, following, group.account, self._room.clock())
                if stop.is_set():
                    return
        except _core.InputError as error:
            raise FeedError(f"{self._room.name}: {error}") from None

    def _due_s(self, began_s: float, began_ns: int, complete_ns: int) -> float:
        """How long it is until the moment of a group."""
        if not self._options.speed:
            return 0.0
        after_s = (complete_ns - began_ns) / 1e9 / self._options.speed
        return max(0.0, began_s + after_s - time.monotonic())

    def kept(self, place: Place) -> None:
        """Nothing is to be forgotten."""

    def close(self) -> None:
        """Nothing is held open."""
