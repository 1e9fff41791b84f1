"""The frames of checkpoints on disk, each written once: what is open changes little in ten seconds.

A checkpoint writes the frames that no checkpoint before it wrote into one file, a segment, and
names those of earlier segments by their place. A segment goes when nothing in it is needed any
more; one of which less than half is needed is left, and what is needed of it written again.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import polars as pl

Place = list[int]
"""Number of a segment, offset in it, length."""
ENDING = ".frames"


class SegmentError(ValueError):
    """A frame that cannot be read where a checkpoint says that it is."""


class Segments:
    """A folder of segments. Frames that were handed over must not be changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int, tuple[pl.DataFrame, Place]] = {}
        """By their identity the frames of the last checkpoint, held so that none takes its name."""
        self._number = max((int(path.stem) for path in self._there()), default=0)

    def write(self, frames: Iterable[pl.DataFrame]) -> list[Place]:
        """Where each of these frames lies; those that lie nowhere yet are on the disk after it.

        Raises OSError.
        """
        asked = list(frames)
        wanted = {id(frame): frame for frame in asked}
        known = {one: self._known[one][1] for one in wanted if one in self._known}
        needed: Counter[int] = Counter()
        for segment, _, length in known.values():
            needed[segment] += length
        sparse = {n for n, length in needed.items() if 2 * length < self._path(n).stat().st_size}
        places = {one: place for one, place in known.items() if place[0] not in sparse}
        new = [(one, frame) for one, frame in wanted.items() if one not in places]
        if new:
            places |= self._written(new)
        self._known = {one: (frame, places[one]) for one, frame in wanted.items()}
        return [places[id(frame)] for frame in asked]

    def _written(self, new: list[tuple[int, pl.DataFrame]]) -> dict[int, Place]:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        places: dict[int, Place] = {}
        with self._path(self._number).open("wb") as file:
            for one, frame in new:
                into = io.BytesIO()
                frame.write_ipc(into, compression="lz4")
                places[one] = [self._number, file.tell(), len(into.getbuffer())]
                file.write(into.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        return places

    def read(self, places: Iterable[Place]) -> list[pl.DataFrame]:
        """The frames at these places; they are known from now on. Raises `SegmentError`."""
        frames = []
        for place in places:
            try:
                segment, offset, length = place
                with self._path(segment).open("rb") as file:
                    file.seek(offset)
                    data = file.read(length)
                frames.append(pl.read_ipc(io.BytesIO(data)))
            except (OSError, ValueError, TypeError, pl.exceptions.PolarsError) as error:
                told = " ".join(str(error).split())
                raise SegmentError(f"{self._folder}: frame {place}: {told}") from None
            self._known[id(frames[-1])] = frames[-1], list(place)
        return frames

    def forget(self) -> None:
        """The last checkpoint stands: segments that it does not need are removed."""
        needed = {place[0] for _, place in self._known.values()}
        for path in self._there():
            if int(path.stem) not in needed:
                path.unlink()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}{ENDING}"

    def _there(self) -> list[Path]:
        return [path for path in self._folder.glob(f"*{ENDING}") if path.stem.isdigit()]
