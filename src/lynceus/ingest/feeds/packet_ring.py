"""The packets that an interface's ring on disk still holds, by time.

A segment is named by the time of its first packet in ns since 1970, and the next one begins where
it ends.
"""

from __future__ import annotations

from pathlib import Path

OVERLAP_NS = 2_000_000_000
"""Threads that read hand over what they have so much apart at most."""


def packets_between(folder: Path, begin_ns: int, end_ns: int) -> list[Path]:
    """The segments that may hold packets of a stretch of time, oldest first."""
    starts = sorted(
        (int(path.stem), path) for path in folder.glob("*.pcapng") if path.stem.isdigit()
    )
    ends = [start for start, _ in starts[1:]]
    return (
        [
            path
            for (start, path), stop in zip(starts, [*ends, None], strict=True)
            if start - OVERLAP_NS <= end_ns and (stop is None or stop + OVERLAP_NS >= begin_ns)
        ]
        if starts
        else []
    )
