"""Captures and other files that are dropped into a directory: each read once it is complete.

A file is known by its name, size, time of change and first MiB. A place holds those that were read
and are still there, and how many batches of the next one were given.
"""

from __future__ import annotations

import copy
import itertools
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from lynceus.account import Account
from lynceus.ingest import Input, InputError, ReadOptions, open_inputs
from lynceus.ingest.blocks import last_end_ns
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room

Identity = tuple[int, int, str]
"""Size, time of change in ns, digest of the first MiB."""


@dataclass(frozen=True)
class Folder:
    """A directory into which whole files are dropped: captures, exports, any input there is."""

    path: str
    """The directory. What is in directories of it is not read."""
    pattern: str = "*"
    """Which of its files are read; those that begin with a dot never."""
    quiet_s: float = 5.0
    """A file is complete when it was not written to for so long."""
    after: Literal["keep", "delete", "move"] = "keep"
    """What becomes of a file once all it told is in a checkpoint."""
    moved_to: str = ""
    """The directory where files are moved."""
    poll_s: float = 1.0
    """The directory is looked at so often."""
    active_timeout_s: float = 1800.0
    """Captures: a flow that lasts longer speaks in parts of this length."""
    lateness_s: float = 300.0
    """A file may tell of flows that ended so long before the last end of the file before it."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("path", "moved_to")

    def open(self, room: Room) -> Watching:
        """Begins to watch. Raises `FeedError` where the directory is none."""
        for text in (self.path, *([self.moved_to] if self.after == "move" else [])):
            if not text or not Path(text).is_dir():
                raise FeedError(f"{room.name}: {text!r}: there is no such directory")
        return Watching(self, room)


class Watching:
    """A directory that is watched."""

    def __init__(self, options: Folder, room: Room) -> None:
        self._options, self._room = options, room
        self._read = ReadOptions(site=room.site, active_timeout_s=options.active_timeout_s)
        self._refused: set[str] = set()

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """What complete files tell, one after the other in the order of their last change."""
        place = place or {"done": {}, "reading": None, "past_ns": None}
        while not stop.is_set():
            found = self._next(place)
            if found is None:
                stop.wait(self._options.poll_s)
                continue
            for chunk in self._told(*found, place):
                place = chunk.place
                yield chunk
                if stop.is_set():
                    return

    def kept(self, place: Place) -> None:
        """Moves or deletes what was read to its end, where that is wanted."""
        if self._options.after == "keep":
            return
        for name, told in place["done"].items():
            path = Path(self._options.path) / name
            try:
                if self._as_before(path, told):
                    self._put_away(path)
            except OSError as error:
                self._say_once(f"{path}: cannot be put away: {error.strerror}")

    def close(self) -> None:
        """Nothing is held open."""

    def _as_before(self, path: Path, told: list[Any]) -> bool:
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        return [status.st_size, status.st_mtime_ns] == told[:2]

    def _put_away(self, path: Path) -> None:
        if self._options.after == "delete":
            path.unlink(missing_ok=True)
            return
        folder = Path(self._options.moved_to)
        names = (path.name, *(f"{path.stem}.{n}{path.suffix}" for n in range(1, 1000)))
        free = next((folder / name for name in names if not (folder / name).exists()), None)
        if free is None:
            raise OSError(17, "there are a thousand files of that name")
        shutil.move(path, free)

    def _next(self, place: dict[str, Any]) -> tuple[Path, Identity] | None:
        """The next complete file that was not read: the one that is being read before all."""
        try:
            paths = sorted(p for p in Path(self._options.path).glob(self._options.pattern))
        except OSError as error:
            raise FeedError(f"{self._room.name}: {error}") from error
        complete: list[tuple[int, Path]] = []
        now = self._room.clock()
        for path in paths:
            try:
                status = path.stat()
                if path.name.startswith(".") or not path.is_file() or not status.st_size:
                    continue
            except OSError:
                continue  # It is gone again, or about to come.
            if now - status.st_mtime_ns < self._options.quiet_s * 1e9:
                continue
            if place["done"].get(path.name, [])[:2] != [status.st_size, status.st_mtime_ns]:
                complete.append((status.st_mtime_ns, path))
        reading = place["reading"]
        complete.sort(key=lambda one: (not reading or one[1].name != reading["name"], one))
        for _, path in complete:
            if identity := self._identity(path):
                return path, identity
        return None

    def _identity(self, path: Path) -> Identity | None:
        try:
            status = path.stat()
            return status.st_size, status.st_mtime_ns, Input.of(path).digest
        except OSError as error:
            self._say_once(f"{path}: cannot be read: {error.strerror}")
        except InputError:
            return status.st_size, status.st_mtime_ns, ""  # Said where it is read.
        return None

    def _told(self, path: Path, identity: Identity, place: dict[str, Any]) -> Iterator[Chunk]:
        """The chunks of a file; the last one says that it is done."""
        reading = place["reading"]
        given = 0
        if reading and (reading["name"], *reading["identity"]) == (path.name, *identity):
            given = reading["batches"]
        account, before = Account(), Account()
        following = {**place, "done": self._still_there(place["done"])}
        try:
            source = open_inputs([path], options=self._read)
            for count, batch in enumerate(source.batches(), 1):
                account = copy.deepcopy(source.account)
                if count <= given:
                    before = account
                    continue
                reached = batch.watermark_ns or last_end_ns(batch)
                following = self._past(following, reached)
                following["reading"] = {
                    "name": path.name, "identity": list(identity), "batches": count,
                }  # fmt: skip
                yield Chunk(
                    replace(batch, watermark_ns=following["past_ns"]),
                    following,
                    account.since(before),
                    self._room.clock(),
                )
                before = account
            account = source.account
        except InputError as error:
            self._say_once(str(error))
            account.note("files_unreadable")
        following = {**following, "reading": None}
        following["done"] = {**following["done"], path.name: list(identity)}
        yield Chunk.nothing(following, following["past_ns"], account=account.since(before))

    def _still_there(self, done: dict[str, list[Any]]) -> dict[str, list[Any]]:
        folder = Path(self._options.path)
        return {name: told for name, told in done.items() if (folder / name).exists()}

    def _past(self, place: dict[str, Any], reached: int | None) -> dict[str, Any]:
        if reached is None:
            return dict(place)
        past = reached - int(self._options.lateness_s * 1e9)
        return {**place, "past_ns": max(past, place["past_ns"] or past)}

    def _say_once(self, line: str) -> None:
        if line not in self._refused:
            self._refused = set(itertools.islice(self._refused, 1000)) | {line}
            self._room.say(f"{self._room.name}: {line}")
