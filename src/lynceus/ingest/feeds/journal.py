"""What arrived and is not in a checkpoint yet, on disk: records in order, each with its offset.

    FOLDER/<offset of its first byte>.journal: length (4 bytes), CRC-32 (4 bytes), content; again

What a crash left half-written at the end is cut off when the journal is opened. The size is
bounded: what would go beyond it is not taken, and the caller says so.
"""

from __future__ import annotations

import itertools
import os
import struct
import threading
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

HEAD = struct.Struct("<II")
SEGMENT_BYTES = 16 << 20
"""A new file is begun after so many: what is forgotten is forgotten by the file."""
LIMIT_BYTES = 1 << 30


class Journal:
    """Appended to by one or several threads, read by one."""

    def __init__(
        self, folder: Path, *, limit_bytes: int = LIMIT_BYTES, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        """Opens it where it ended. Raises OSError where the folder cannot be used."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._limit, self._segment = limit_bytes, segment_bytes
        self._more = threading.Condition()
        starts = sorted(int(p.stem) for p in folder.glob("*.journal") if p.stem.isdigit())
        self.start = starts[0] if starts else 0
        """Offset of the oldest record that is still there."""
        last = starts[-1] if starts else 0
        self.torn_bytes = self._mend(self._path(last)) if starts else 0
        """Bytes of a half-written record that were cut off when it was opened."""
        self.damaged_bytes = 0
        """Bytes that the disk gave back otherwise than they were written; they are passed over."""
        self._begin = last
        self._file: BinaryIO = self._path(last).open("ab")
        self.end = last + self._file.tell()
        """Offset behind the newest record."""

    def _path(self, start: int) -> Path:
        return self._folder / f"{start:020d}.journal"

    @staticmethod
    def _mend(path: Path) -> int:
        """Cuts off what is not whole at the end of a file; gives how many bytes that were."""
        data = path.read_bytes()
        _, whole = _records(data, len(data))
        if whole < len(data):
            os.truncate(path, whole)
        return len(data) - whole

    def append(self, records: Iterable[bytes]) -> int:
        """Takes records in order while there is room; gives how many it took.

        They are with the operating system then, and survive the end of this process; `sync` makes
        them survive the end of the machine. Raises OSError where the disk takes nothing.
        """
        taken = 0
        with self._more:
            for record in records:
                size = HEAD.size + len(record)
                if self.end - self.start + size > self._limit:
                    break
                if self._file.tell() >= self._segment:
                    self._next_file()
                self._file.write(HEAD.pack(len(record), _digest(record)) + record)
                self.end += size
                taken += 1
            self._file.flush()
            self._more.notify_all()
        return taken

    def _next_file(self) -> None:
        self._file.flush()
        self._file.close()
        self._begin = self.end
        self._file = self._path(self._begin).open("ab")

    def sync(self) -> None:
        """What was appended is on the disk."""
        with self._more:
            self._file.flush()
            os.fsync(self._file.fileno())

    def wait(self, offset: int, timeout_s: float) -> bool:
        """Waits until there is something behind an offset; gives whether there is."""
        with self._more:
            return self._more.wait_for(lambda: self.end > offset, timeout_s)

    def wake(self) -> None:
        """Lets those who wait look up."""
        with self._more:
            self._more.notify_all()

    def read(self, offset: int, most_bytes: int = 4 << 20) -> tuple[list[bytes], int]:
        """Records from an offset on, of one file at most, and the offset behind the last of them.

        No records and a later offset: what was there is damaged. An offset before `start` is taken
        for `start`: what was there is gone.
        """
        with self._more:
            at, end = max(offset, self.start), self.end
            if at >= end:
                return [], at
            starts = sorted(int(p.stem) for p in self._folder.glob("*.journal"))
        begin = max(start for start in starts if start <= at)
        behind = min((start for start in starts if start > at), default=end)
        with self._path(begin).open("rb") as file:
            file.seek(at - begin)
            data = file.read(min(max(most_bytes, HEAD.size), behind - at))
            if len(data) >= HEAD.size and (size := HEAD.unpack_from(data)[0]) > len(data):
                data += file.read(HEAD.size + size - len(data))
        records, whole = _records(data, len(data))
        if not records:
            self.damaged_bytes += behind - at
            return [], behind
        return records, at + whole

    def forget(self, before: int) -> None:
        """Removes the files that hold nothing from an offset on."""
        with self._more:
            starts = sorted(int(p.stem) for p in self._folder.glob("*.journal"))
            if before >= self.end > self._begin and self._file.tell():
                self._next_file()
                starts.append(self._begin)
            for start, following in itertools.pairwise(starts):
                if following <= before:
                    self._path(start).unlink(missing_ok=True)
                    self.start = following

    def close(self) -> None:
        """Closes its file; reading goes on to work."""
        with self._more:
            self._file.close()
            self._more.notify_all()


def _digest(content: bytes) -> int:
    """Its CRC-32, begun so that zeroes on the disk are no record."""
    return zlib.crc32(content, 0xFFFFFFFF)


def _records(data: bytes, end: int) -> tuple[list[bytes], int]:
    """The whole records at the begin of the data, and where they end."""
    records, at = [], 0
    while at + HEAD.size <= end:
        size, digest = HEAD.unpack_from(data, at)
        content = data[at + HEAD.size : at + HEAD.size + size]
        if len(content) < size or _digest(content) != digest:
            break
        records.append(content)
        at += HEAD.size + size
    return records, at
