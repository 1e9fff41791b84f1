"""What a live source must offer: it is opened, gives chunks with their place, and goes on there.

    options (a dataclass, a table of the configuration) -> open(room) -> Reading -> chunks

A chunk says where to go on after it. Once everything up to a place stands in a checkpoint, `kept`
says so: only then may a peer be told that what it sent has arrived for good, and only then may it
be forgotten. After a crash the reading begins at the last place that was kept, so every chunk that
was not kept comes again, equal. A source whose peers do not wait (datagrams, requests that want an
answer at once) writes what arrives to a `Journal` first and gives its chunks out of that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import polars as pl

from lynceus.account import Account
from lynceus.ingest.feeds.seal import Seal, SealError
from lynceus.records import FLOW_SCHEMA, Batch

Place = Any
"""Where a reading goes on: texts, numbers, None, lists and dicts of them, as JSON has it."""


class FeedError(RuntimeError):
    """A source that cannot be opened or read on now; one line that names it. It is tried again."""


@dataclass(frozen=True)
class Chunk:
    """Some of what a source told, and where it goes on after."""

    batch: Batch
    """Its watermark, where it has one: no later row of this source ends before."""
    place: Place = None
    account: Account = field(default_factory=Account)
    """What came in since the chunk before, and what became of it."""
    arrived_ns: int | None = None
    """When the first of it arrived, by the clock."""

    @staticmethod
    def nothing(place: Place = None, watermark_ns: int | None = None, **more: Any) -> Chunk:
        """A chunk without rows: a place or a watermark that moved, losses that were counted."""
        return Chunk(Batch(pl.DataFrame(schema=FLOW_SCHEMA), {}, watermark_ns), place, **more)

    @property
    def rows(self) -> int:
        """How many rows it brings, of all tables."""
        return self.batch.rows


@dataclass(frozen=True)
class Room:
    """What a reading works with."""

    name: str
    """The source's own name in the configuration; it is unique."""
    site: str
    folder: Path
    """Where it keeps what must outlive it; its own, made before it is opened."""
    clock: Callable[[], int] = time.time_ns
    """Now, in ns since 1970."""
    say: Callable[[str], None] = print
    """Takes a line for the log: a peer that was refused, a file that vanished. No secrets."""
    seal: Seal | None = None
    """Where people of the site get pseudonyms: what tells of them is sealed before it is written to
    the folder."""

    def opened(self, sealed: bytes) -> bytes:
        """What was sealed in the folder. Raises `FeedError` without its key."""
        if self.seal is None:
            raise FeedError(f"{self.name}: what waits there is sealed with the key of pseudonyms "
                            "that was configured then")  # fmt: skip
        try:
            return self.seal.opened(sealed)
        except SealError as error:
            raise FeedError(f"{self.name}: what waits there is {error}") from None


class Reading(Protocol):
    """A source that is open. `chunks` runs in a thread of its own; `kept` and `close` do not."""

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """Goes on at a place (None: from the beginning) until `stop` is set, then ends within 2 s.

        Waits where there is nothing to read. A taker who has no room makes it wait at `yield`;
        what cannot wait is shed by the reading's own declared rule and counted as `shed`. Ends by
        itself where there will never be more. Raises `FeedError` where it cannot go on: it is
        called again, at the place of the last chunk that was taken.
        """
        ...

    def kept(self, place: Place) -> None:
        """All chunks up to this place are in a checkpoint: acknowledge and forget them."""
        ...

    def close(self) -> None:
        """Lets go of sockets and files. May be called more than once, also during `chunks`."""
        ...


class Feed(Protocol):
    """One kind of live source: a frozen dataclass of its options, each with a docstring.

    A class variable `beside`, where it has one, names the options that hold paths: those that are
    relative are looked for beside the configuration. A method `usable(name)`, where it has one,
    raises `FeedError` on options that can never work: a configuration is refused for them, where
    what fails for another reason is tried again.
    """

    pace: ClassVar[Literal["clock", "record"]]
    """`clock`: what it tells happens now, and silence lets time pass; `record`: time is what its
    records say, and silence says nothing."""

    @property
    def lateness_s(self) -> float:
        """Rows may end this long before the last end that was seen; what is later is counted."""
        ...

    def open(self, room: Room) -> Reading:
        """Opens it. Raises `FeedError`."""
        ...
