"""One file that grows: where it was read to, whether it is still the same, its whole lines.

A file is known by its inode, and by its first bytes where the inode tells nothing: a log that was
copied and cut off, or compressed when it was rotated, is the one whose first bytes it has.
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GZIP = b"\x1f\x8b"
HEAD_BYTES = 4096
"""First bytes by which a file is known again; of shorter ones those that were read."""
TELLING_BYTES = 64
"""Fewer first bytes do not tell files apart."""
LINE_BYTES = 1 << 20
"""Longest line; what is longer is passed over and counted."""

SECONDS = re.compile(rb'^(\d{9,10}(?:\.\d{1,9})?)\t|"ts"\s*:\s*"?(\d{9,10}(?:\.\d{1,9})?)')
DATE = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Position:
    """How far a file was read, as a place holds it."""

    path: str
    offset: int = 0
    """Bytes that were read, decompressed."""
    kind: str | None = None
    """The source that reads its lines; None: not known yet, empty: none."""
    header: str = ""
    """What must stand before the lines that follow, one character a byte."""
    head: tuple[int, int] = (0, 0)
    """How many of its first bytes, and their CRC-32."""
    clock_ns: int | None = None
    """The time that the last line that was read tells; rough, to read several files in step."""
    passing_over: bool = False
    """Whether it stands within a line that is too long."""
    done: bool = False
    """Whether it was rotated away and read to its end."""

    @staticmethod
    def of(told: Mapping[str, Any]) -> Position:
        """A position as it came out of a place."""
        return replace(Position(**told), head=tuple(told["head"]))

    def told(self) -> dict[str, Any]:
        """The position as a place holds it."""
        return {**asdict(self), "head": list(self.head)}


class Followed:
    """A file that is open. Its methods raise OSError where it cannot be read."""

    def __init__(self, path: Path, position: Position | None = None) -> None:
        self._raw = path.open("rb")
        status = os.fstat(self._raw.fileno())
        self.key = f"{status.st_dev}:{status.st_ino}"
        """Its own name, whatever path it has: device and inode."""
        packed = os.pread(self._raw.fileno(), 2, 0) == GZIP
        self._unpacked = gzip.GzipFile(fileobj=self._raw) if packed else None
        self.position = replace(position or Position(""), path=str(path))
        self.rotated = packed
        """Whether no more will be written to it."""
        self.away_ns: int | None = None
        """Since when its path is another file's, by the clock."""
        self.ended = False
        """Whether the last reading came to its end."""
        self._unread = b""

    def close(self) -> None:
        """Lets go of it."""
        self._raw.close()

    def head(self, length: int = HEAD_BYTES) -> bytes:
        """Its first bytes, decompressed."""
        if self._unpacked is None:
            return os.pread(self._raw.fileno(), length, 0)
        try:
            self._unpacked.seek(0)
            return self._unpacked.read(length)
        except (EOFError, zlib.error):  # It is still being written, or is none.
            return b""

    def same(self) -> bool:
        """Whether it still begins as it did and is no shorter than what was read of it."""
        if self._unpacked is not None:
            return True
        length, digest = self.position.head
        whole = os.fstat(self._raw.fileno()).st_size >= self.position.offset
        return whole and zlib.crc32(self.head(length)) == digest

    def anew(self) -> None:
        """Another content took its place: it is read from the beginning."""
        self._unread = b""
        self.position = Position(self.position.path)

    def behind(self) -> int:
        """How many bytes wait to be read; of a compressed one whether any may."""
        if self._unpacked is not None:
            return 0 if self.ended and not self._unread else 1
        return os.fstat(self._raw.fileno()).st_size - self.position.offset

    def peek(self, most: int) -> bytes:
        """The next bytes, at most so many; they are not taken."""
        want = most - len(self._unread)
        if want > 0:
            file = self._unpacked or self._raw
            try:
                file.seek(self.position.offset + len(self._unread))
                more = file.read(want)
            except (EOFError, zlib.error):  # It is still being written.
                return self._unread
            self.ended = len(more) < want
            self._unread += more
        return self._unread[:most]

    def take(self, most: int, *, exact: bool = False) -> tuple[bytes, int]:
        """The whole lines among the next bytes, and how many lines were too long to be given.

        `exact`: all the next bytes are taken, as they once were. The last line of a file to which
        no more is written needs no end.
        """
        data = self.peek(most)
        begin = 0
        if self.position.passing_over:
            begin = (data.find(b"\n") + 1) or len(data)
            self._set(passing_over=not data[:begin].endswith(b"\n"))
        end = max(data.rfind(b"\n") + 1, begin)
        long = int(end == begin and len(data) - begin >= LINE_BYTES)
        if long:
            begin = end = len(data)
            self._set(passing_over=True)
        elif exact or (self.rotated and self.ended and len(data) == len(self._unread)):
            end = len(data)
        lines = data[begin:end]
        self._unread = self._unread[end:]
        self._set(offset=self.position.offset + end)
        if self.position.head[0] < HEAD_BYTES:
            head = self.head(min(HEAD_BYTES, self.position.offset))
            self._set(head=(len(head), zlib.crc32(head)))
        return (lines if not lines or lines.endswith(b"\n") else lines + b"\n"), long

    def _set(self, **fields: Any) -> None:
        self.position = replace(self.position, **fields)

    @property
    def waiting(self) -> bool:
        """Whether a whole line may be there that was not taken."""
        return not self.ended or b"\n" in self._unread


def known_as(head: bytes, positions: Iterable[Position]) -> Position | None:
    """The position of the file that began so, of several the furthest."""
    fitting = [
        position
        for position in positions
        if TELLING_BYTES <= position.head[0] <= len(head)
        and zlib.crc32(head[: position.head[0]]) == position.head[1]
    ]
    return max(fitting, key=lambda position: position.offset, default=None)


def clock_ns(lines: bytes) -> int | None:
    """The time that the last line tells, roughly; None where it tells none."""
    line = lines.rstrip(b"\n").rpartition(b"\n")[2]
    if seconds := SECONDS.search(line):
        return int(float(seconds[1] or seconds[2]) * 1e9)
    if date := DATE.search(line):
        try:
            told = datetime.fromisoformat(date[0].decode()).replace(tzinfo=UTC)
        except ValueError:
            return None
        return int(told.timestamp() * 1e9)
    return None
