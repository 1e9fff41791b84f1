"""Where a reading cut what it gave, as long as it may have to give it again.

A source that is pulled gives at a place what is there at that moment. Asked again after a crash it
would give more: the cuts that were made are remembered until they are kept, on disk.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from lynceus.ingest.feeds.feed import Place


class Cuts:
    """From each place to the next, in the order in which they were given. Threads may share it."""

    def __init__(self, path: Path) -> None:
        """Opens the file. Raises OSError where it cannot be used; a half-written end is left."""
        self._path = path
        self._lock = threading.Lock()
        self._cuts: list[tuple[str, Place]] = []
        if path.exists():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    begin, end = json.loads(line)
                except ValueError:
                    break
                self._cuts.append((begin, end))
        self._write()

    def made(self, begin: Place, end: Place) -> None:
        """Remembers that what follows one place goes as far as the other."""
        with self._lock:
            self._cuts.append((_text(begin), end))
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._cuts[-1]) + "\n")

    def after(self, begin: Place) -> Place | None:
        """Where the piece that begins at a place went to; None where none was given yet."""
        text = _text(begin)
        with self._lock:
            return next((end for start, end in reversed(self._cuts) if start == text), None)

    def kept(self, place: Place) -> None:
        """Forgets the cuts up to a place."""
        text = _text(place)
        with self._lock:
            at = next((i for i, (_, end) in enumerate(self._cuts) if _text(end) == text), None)
            if at is not None:
                del self._cuts[: at + 1]
                self._write()

    def _write(self) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text("".join(json.dumps(cut) + "\n" for cut in self._cuts), encoding="utf-8")
        beside.replace(self._path)


def _text(place: Place) -> str:
    return json.dumps(place, sort_keys=True)
