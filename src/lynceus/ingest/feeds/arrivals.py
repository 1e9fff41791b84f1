"""What arrives from peers that do not wait, journaled and cut into stretches.

Everything a reading makes of its arrivals is a function of the journal: contents, each with its
time, and cuts that tell what was counted since the cut before: one every `CUT_S`, fewer where they
take the reader long, since many small ones are dearer to read than few large. So a stretch read
again, after a crash or from an older place, is the same stretch.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lynceus.account import Account
from lynceus.ingest.feeds.feed import FeedError, Room
from lynceus.ingest.feeds.journal import HEAD, LIMIT_BYTES, Journal

CUT_S = 0.25
LONGEST_CUT_S = 1.0
"""So long a cut waits for a reader who is at work."""
READ_SHARE = 3.0
"""Between two cuts lies so many times what the last stretch took to read, up to `LONGEST_CUT_S`:
each has a price of its own, however little is in it."""
FADES, FADES_S = 0.5, 4.0
"""What was read so many seconds ago counts for this much beside what is read now."""
CUT_BYTES = 4 << 20
CUTS_BYTES = 1 << 20
"""Room for cuts in a journal that is full of content: what is there can be taken out."""
CONTENT, SEALED, CUT = b"D", b"S", b"C"
STAMP_BYTES = 9
"""Kind of the record and, in ns since 1970, when it was written."""


@dataclass(frozen=True)
class Stretch:
    """What came between two cuts."""

    contents: tuple[bytes, ...]
    place: int
    """Offset in the journal where the next one begins."""
    cut_ns: int
    """When it ended, by the clock."""
    arrived_ns: int | None
    """When the first of it was written; None for a stretch without content."""
    account: Account
    """What was counted beside the contents."""


@dataclass
class Pace:
    """How fast a reader who has enough to read has read of late."""

    _bytes: float = 0.0
    _seconds: float = 0.0

    def read(self, size: int, seconds: float) -> None:
        """So much was read in so long; what was read before counts for less from now on."""
        kept = FADES ** (seconds / FADES_S)
        self._bytes, self._seconds = kept * self._bytes + size, kept * self._seconds + seconds

    def takes_s(self, size: int) -> float:
        """How long so much takes; 0 as long as nothing was read."""
        return size * self._seconds / self._bytes if self._bytes else 0.0


class Arrivals:
    """Takes what peers send, from any thread, and gives it back in stretches."""

    def __init__(
        self,
        room: Room,
        *,
        limit_bytes: int = LIMIT_BYTES,
        sync_s: float | None = None,
        tail_s: float = 0.0,
        behind_s: float = 0.0,
        look: Callable[[Account], None] | None = None,
    ) -> None:
        """Opens the journal of a source. Raises `FeedError`.

        `sync_s`: how often what came is forced to the disk (0: before `put` returns, None: never).
        `behind_s`: while what was taken waits to be read for longer than this, or would at the
        pace of its reader, nothing more is taken; 0: whatever fits is. `tail_s`: for how long after
        the last content cuts still tell the time. `look` adds to the account before each cut.
        """
        folder: Path = room.folder / "journal"
        self._room, self._look, self._sync_s = room, look, sync_s
        self._tail_ns, self._limit = int(tail_s * 1e9), limit_bytes
        self._behind_ns = int(behind_s * 1e9)
        self._unread: deque[tuple[int, int]] = deque()
        """Where and when cuts were made that nobody has read yet."""
        self._reached = 0
        """Where the stretch ends that was read last."""
        self._pace = Pace()
        self._took_s = 0.0
        """What the stretch took that was read last."""
        try:
            self._journal = Journal(folder, limit_bytes=limit_bytes + CUTS_BYTES)
        except OSError as error:
            raise FeedError(f"{room.name}: journal cannot be opened: {error}") from error
        self._lock = threading.Lock()
        self._counted = Account()
        self._counted.note("journal_bytes_torn", self._journal.torn_bytes)
        self._since = self._journal.end - self._journal.start
        """Bytes since the last cut; at first as if there had been none."""
        self._last_ns = 0
        self._unsynced = False
        self._cut_s = time.monotonic()
        self._at_work = False
        """Whether a reader has not come back yet for the stretch after the last it took."""
        self._closed = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name=f"{room.name}-cuts", daemon=True)
        self._ticker.start()

    def put(self, contents: Sequence[bytes]) -> int:
        """Takes contents in order while there is room for them; gives how many it took.

        They survive the end of this process then. What a full or failing disk does not take is
        said.
        """
        with self._lock:
            now = self._room.clock()
            if seal := self._room.seal:
                contents = [seal.closed(each) for each in contents]
            stamp = (SEALED if seal else CONTENT) + now.to_bytes(8, "big")
            if self._behind_ns and self._too_late(now):
                return 0
            left = self._limit - (self._journal.end - self._journal.start)
            sizes = itertools.accumulate(len(each) + HEAD.size + STAMP_BYTES for each in contents)
            fitting = sum(1 for size in sizes if size <= left)
            taken = self._append(stamp + each for each in contents[:fitting])
            if taken:
                self._last_ns, self._unsynced = now, True
            self._since += sum(map(len, contents[:taken]))
            if self._since >= CUT_BYTES:
                self._cut()
            if self._sync_s == 0 and taken:
                self._sync()
        return taken

    def count(self, count: Callable[[Account], None]) -> None:
        """Adds what `count` adds to an account; it is told with the next cut."""
        with self._lock:
            count(self._counted)

    def _append(self, records: Iterator[bytes]) -> int:
        try:
            return self._journal.append(records)
        except (OSError, ValueError) as error:  # ValueError: it was closed
            if not self._closed.is_set():
                self._room.say(f"{self._room.name}: the journal takes nothing: {error}")
            return 0

    def _cut(self) -> None:
        if self._look:
            self._look(self._counted)
        told = json.dumps(vars(self._counted))
        stamp = CUT + self._room.clock().to_bytes(8, "big")
        if self._append(iter((stamp + told.encode(),))):
            self._counted, self._since = Account(), 0
            self._cut_s = time.monotonic()
            if self._behind_ns:
                self._unread.append((self._journal.end, self._room.clock()))

    def _tick(self) -> None:
        waited = 0.0
        while not self._closed.wait(CUT_S):
            waited += CUT_S
            with self._lock:
                told = self._counted != Account()
                full = self._journal.end - self._journal.start >= self._limit
                tail = self._room.clock() - self._last_ns <= self._tail_ns
                waits = time.monotonic() - self._cut_s < self._patience_s()
                if not waits and (self._since or ((told or tail) and not full)):
                    self._cut()
                elif self._look:
                    self._look(self._counted)
            if self._sync_s and waited >= self._sync_s:
                waited = 0.0
                self._sync()

    def _too_late(self, now_ns: int) -> bool:
        """Whether what comes now would be read too late."""
        if not self._unread:
            return False
        waits_s = self._pace.takes_s(self._journal.end - self._reached)
        return max(now_ns - self._unread[0][1], int(waits_s * 1e9)) > self._behind_ns

    def _patience_s(self) -> float:
        """How long a cut waits for its reader."""
        took_s = LONGEST_CUT_S if self._at_work else READ_SHARE * self._took_s
        return min(took_s, LONGEST_CUT_S)

    def _sync(self) -> None:
        if self._unsynced:
            self._unsynced = False
            try:
                self._journal.sync()
            except (OSError, ValueError) as error:
                self._room.say(f"{self._room.name}: the journal is not on the disk: {error}")

    def stretches(self, place: int | None, stop: threading.Event) -> Iterator[Stretch]:
        """Stretches from a reachable place on, waiting for more until `stop` is set."""
        journal = self._journal
        at = self._reached = journal.start if place is None else place
        begun, begun_s = at, time.monotonic()
        contents: list[bytes] = []
        arrived: int | None = None
        damaged = 0
        while not stop.is_set():
            records, behind = journal.read(at)
            if behind == at:
                journal.wait(at, CUT_S)
                begun_s = time.monotonic()
                continue
            if not records:
                damaged += behind - at
            at = max(at, journal.start) if records else behind
            for record in records:
                at += HEAD.size + len(record)
                written = int.from_bytes(record[1:STAMP_BYTES], "big")
                if record[:1] != CUT:
                    content = record[STAMP_BYTES:]
                    sealed = record[:1] == SEALED
                    contents.append(self._room.opened(content) if sealed else content)
                    arrived = written if arrived is None else arrived
                    continue
                account = _account(record[STAMP_BYTES:])
                account.note("journal_bytes_damaged", damaged)
                self._at_work = True
                with self._lock:
                    while self._unread and self._unread[0][0] <= at:
                        self._unread.popleft()
                    self._reached = at
                try:
                    yield Stretch(tuple(contents), at, written, arrived, account)
                finally:
                    self._at_work = False
                now_s = time.monotonic()
                with self._lock:
                    self._took_s = now_s - begun_s
                    self._pace.read(at - begun, self._took_s)
                begun, begun_s = at, now_s
                contents, arrived, damaged = [], None, 0
                if stop.is_set():
                    return

    def reachable(self, place: int | None) -> int | None:
        """The place, or None where the journal that it is of is gone."""
        if place is None or place <= self._journal.end:
            return place
        self._room.say(f"{self._room.name}: its journal is gone; begins with what is there")
        return None

    def kept(self, place: int) -> None:
        """What lies before a place is needed no more."""
        self._journal.forget(place)

    def close(self) -> None:
        """Cuts what came and closes the journal; reading goes on to work."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._ticker.join()
        with self._lock:
            if self._since or self._counted != Account():
                self._cut()
            if self._sync_s is not None:
                self._sync()
            self._journal.close()


def _account(told: bytes) -> Account:
    account = Account()
    read = json.loads(told)
    account.received, account.kept = read["received"], read["kept"]
    account.dropped.update(read["dropped"])
    account.notes |= read["notes"]
    account.unseen |= {unit: (seen, missed) for unit, (seen, missed) in read["unseen"].items()}
    return account
