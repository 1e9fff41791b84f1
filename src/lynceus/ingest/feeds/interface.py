"""Packets as they pass an interface, metered as those of a capture are.

What the meter tells is written to a journal before it is given, so that it can be given again. The
packets themselves are gone: flows that are open when the process is killed are lost, and what a
stop ends is told before it.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl

from lynceus import _core
from lynceus.account import Account
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room
from lynceus.ingest.feeds.journal import HEAD, Journal
from lynceus.ingest.feeds.metered import INACTIVE_TIMEOUT_S, Group, groups
from lynceus.ingest.inputs import InputError
from lynceus.records import Batch

ORDER_S = 2.0
"""Packets come to the meter in order but for so much."""
SMALLEST_RING_BYTES = 16 << 20
OPENING_S = 5.0
"""So long after an interface was opened its privileges are kept for what else is being opened."""
SEALED = b"\xff\xff\xff\xffsealed "
"""A sealed group begins so; the head of a plain one is never so long."""
FRESH_ROWS = 50_000
"""So many rows that were journaled stay in memory for who takes them at once."""
WAIT_S = 0.25
END_S = 2.0
"""What is being told is journaled to its end in this time."""
ROOM_S = 0.2
"""How often a full journal is asked for room."""


@dataclass(frozen=True)
class Interface:
    """A network interface of this machine: a mirror port, a bridge, a tunnel."""

    interface: str
    """Its name."""
    filter: str = ""
    """Which packets are wanted, in a part of tcpdump's language; empty: all."""
    promiscuous: bool = True
    """Packets for other machines too."""
    threads: int = 1
    """Threads that read, each its own conversations; more where one cannot keep up."""
    workers: int = 0
    """Threads that keep the flows; 0: one for each core."""
    buffer_bytes: int = 64 << 20
    """Memory in which the kernel keeps what is not read yet; without room there it drops."""
    snap_bytes: int = 65_535
    """How much of a packet is looked at."""
    active_timeout_s: float = 1800.0
    """A flow that lasts longer speaks in parts of this length."""
    inactive_timeout_s: float = INACTIVE_TIMEOUT_S
    """A flow that is silent for so long is told; should it speak again, that is its next part.
    Windows close so much later than they end."""
    tcp_idle_s: float = 300.0
    """A TCP flow is over after so much silence."""
    max_flows: int = 1_000_000
    """Flows held at one time; what is shed is counted."""
    ring_bytes: int = 0
    """Every packet is kept on disk too, the newest of so many bytes; 0: none is."""
    ring_folder: str = ""
    """Where; left out: `packets` in the folder of the source."""
    user: str = ""
    """Root becomes this user soon after the interface was opened."""
    keep_privileges: bool = False
    """Capabilities are not given up; who runs as root and names no user keeps them anyway."""
    pace: ClassVar[Literal["clock", "record"]] = "clock"
    beside: ClassVar[tuple[str, ...]] = ("ring_folder",)

    def __post_init__(self) -> None:
        """Raises `InputError` where something cannot be."""
        if not 0 < len(self.interface) < 16 or {"/", " ", "\0"} & set(self.interface):
            raise InputError(f"interface {self.interface!r}: expected the name of an interface")
        if not 1 <= self.threads <= 64:
            raise InputError(f"threads {self.threads}: expected 1 to 64")
        if not 0 <= self.workers <= 64:
            raise InputError(f"workers {self.workers}: expected 0 to 64")
        if not 4 << 20 <= self.buffer_bytes <= 16 << 30:
            raise InputError(f"buffer_bytes {self.buffer_bytes}: expected 4 MiB to 16 GiB")
        if not 64 <= self.snap_bytes <= 262_144:
            raise InputError(f"snap_bytes {self.snap_bytes}: expected 64 to 262144")
        if self.ring_bytes and self.ring_bytes < SMALLEST_RING_BYTES:
            raise InputError(f"ring_bytes {self.ring_bytes}: expected 0 or 16 MiB at least")
        for name in ("tcp_idle_s", "active_timeout_s", "inactive_timeout_s", "max_flows"):
            if not getattr(self, name) >= 1:
                raise InputError(f"{name} {getattr(self, name)}: expected 1 at least")
        try:
            _core.check_packet_filter(self.filter)
        except _core.InputError as error:
            raise InputError(str(error)) from None

    @property
    def lateness_s(self) -> float:
        """A flow is told of when it has been silent for so long."""
        return min(max(self.tcp_idle_s, 60.0), self.inactive_timeout_s) + ORDER_S

    def open(self, room: Room) -> Watching:
        """Opens the interface. Raises `FeedError`."""
        return Watching(self, room)


class Watching:
    """An interface that is watched."""

    def __init__(self, options: Interface, room: Room) -> None:
        self._options, self._room = options, room
        self.packets = Path(options.ring_folder or room.folder / "packets")
        """The folder of the packet ring, where there is one."""
        try:
            self._reader = _core.InterfaceReader(
                options.interface,
                site=room.site,
                packet_filter=options.filter,
                promiscuous=options.promiscuous,
                threads=options.threads,
                workers=options.workers,
                buffer_bytes=options.buffer_bytes,
                snap_bytes=options.snap_bytes,
                active_timeout_s=options.active_timeout_s,
                inactive_timeout_s=options.inactive_timeout_s,
                tcp_idle_s=options.tcp_idle_s,
                max_flows=options.max_flows,
                record=self.packets if options.ring_bytes else None,
                record_bytes=options.ring_bytes,
            )
            self._journal = Journal(room.folder / "groups")
        except (_core.InputError, OSError) as error:
            raise FeedError(f"{room.name}: {error}") from None
        self._fresh: deque[tuple[int, int, Group]] = deque()
        """Groups that were just journaled, with their begin and end there."""
        self._lock = threading.Lock()
        self._journaling: threading.Thread | None = None
        self._over = threading.Event()
        """Nothing more is journaled."""
        self._fault: Exception | None = None
        self._opened_s = time.monotonic()
        self._privileged = True

    @property
    def bytes(self) -> int:
        """What flows that were told and not taken yet take in memory."""
        with self._lock:
            return sum(group.batch.bytes for _, _, group in self._fresh)

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """What was told after a place, then what is told now, several times a second.

        Who takes them slowly holds nothing up: a thread of its own journals what is told.
        """
        at = self._journal.start if place is None else max(place, self._journal.start)
        while at < self._journal.end and not stop.is_set():
            for chunk in self._again(at):
                at = chunk.place
                yield chunk
        self._journaling = threading.Thread(
            target=self._journals, args=(stop,), name=f"{self._room.name}-groups", daemon=True
        )
        self._journaling.start()
        threading.Thread(target=self._ends_with, args=(stop,), daemon=True).start()
        while True:
            over = self._over.is_set()
            while at < self._journal.end:
                for chunk in self._next(at):
                    at = chunk.place
                    yield chunk
                self._give_up_privileges()
            if over:
                break
            self._journal.wait(at, WAIT_S)
        if self._fault is not None:
            raise FeedError(f"{self._room.name}: {self._fault}") from self._fault

    def _journals(self, stop: threading.Event) -> None:
        """Writes what is told to the journal, as it is told."""
        try:
            for told in groups(self._reader):
                group = replace(
                    told, batch=_without_frames(told.batch), arrived_ns=self._room.clock()
                )
                begin = self._journal.end
                if not self._written(group, stop):
                    return
                with self._lock:
                    if sum(one.batch.rows for _, _, one in self._fresh) < FRESH_ROWS:
                        self._fresh.append((begin, self._journal.end, group))
        except _core.InputError as error:
            self._fault = error
        finally:
            self._over.set()
            self._journal.wake()

    def _ends_with(self, stop: threading.Event) -> None:
        stop.wait()
        self._reader.stop()

    def _next(self, at: int) -> Iterator[Chunk]:
        """What is in the journal from a place on: out of memory where it is still there."""
        with self._lock:
            while self._fresh and self._fresh[0][0] < at:
                self._fresh.popleft()
            known = None
            if self._fresh and self._fresh[0][0] == at:
                known = self._fresh.popleft()
        if known is None:
            yield from self._again(at)
        else:
            yield _chunk(known[2], known[1])

    def _again(self, place: int) -> Iterator[Chunk]:
        """Some of what lies in the journal from a place on."""
        damaged = self._journal.damaged_bytes
        records, following = self._journal.read(place)
        if lost := self._journal.damaged_bytes - damaged:
            yield _damaged(following, lost)
        at = max(place, self._journal.start)
        for record in records:
            at += HEAD.size + len(record)
            try:
                sealed = record.startswith(SEALED)
                told = self._room.opened(record[len(SEALED) :]) if sealed else record
                group = Group.unpacked(told)
            except ValueError:
                yield _damaged(at, len(record))
            else:
                yield _chunk(group, at)

    def _written(self, group: Group, stop: threading.Event) -> bool:
        """Writes a group to the journal once there is room; False where a stop came first."""
        record = group.packed()
        if self._room.seal:
            record = SEALED + self._room.seal.closed(record)
        said = False
        while True:
            reason = "its journal is full until a checkpoint is made"
            try:
                if self._journal.append([record]):
                    return True
            except OSError as error:
                reason = f"its journal cannot be written: {error.strerror}"
            if stop.is_set():
                return False
            if not said:
                self._room.say(f"{self._room.name}: {reason}; packets wait in the kernel")
                said = True
            stop.wait(ROOM_S)

    def _give_up_privileges(self) -> None:
        """Soon after the start: with what is open already this one needs none."""
        if not self._privileged or time.monotonic() - self._opened_s < OPENING_S:
            return
        self._privileged = False
        user, root = self._options.user, os.geteuid() == 0
        if self._options.keep_privileges:
            return
        if root and not user:
            self._room.say(f"{self._room.name}: runs as root; name a `user` to become")
            return
        try:
            _core.drop_privileges(user if root else None)
        except PermissionError as error:
            self._room.say(f"{self._room.name}: {error}")

    def kept(self, place: Place) -> None:
        """Forgets what is in a checkpoint."""
        self._journal.forget(place)

    def close(self) -> None:
        """Lets go of the interface; what is being told is journaled to its end."""
        self._reader.stop()
        if self._journaling is not None:
            self._journaling.join(END_S)


def _chunk(group: Group, place: Place) -> Chunk:
    return Chunk(group.batch, place, group.account, group.arrived_ns)


def _damaged(place: Place, count: int) -> Chunk:
    """What the disk gave back otherwise than it was written: how much of it."""
    lost = Account()
    lost.note("journal_bytes_damaged", count)
    return Chunk.nothing(place, account=lost)


def _without_frames(batch: Batch) -> Batch:
    """There is no capture whose frames could be named."""
    none = (pl.lit(None, batch.flows.schema[name]).alias(name) for name in _OF_CAPTURES)
    return replace(batch, flows=batch.flows.with_columns(none))


_OF_CAPTURES = ("input_digest", "first_frame", "last_frame")
