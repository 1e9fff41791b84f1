"""When an incident's findings were, as a small PNG: bars in time, coloured by severity."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np

from lynceus.incident import Incident
from lynceus.notify.flat import milliseconds
from lynceus.records import SEVERITIES

WIDTH, HEIGHT, BARS = 560, 96, 56
COLOURS = {
    "info": (150, 160, 170),
    "low": (86, 156, 214),
    "medium": (240, 180, 41),
    "high": (217, 83, 30),
    "critical": (176, 0, 32),
}
PAPER, LINE = (255, 255, 255), (120, 130, 140)


def chart(incident: Incident) -> bytes | None:
    """The picture; None where the findings have no dates, or all of them one moment."""
    spans = [
        (begin, max(begin, milliseconds(f.last_seen) or begin), SEVERITIES.index(f.severity))
        for f in incident.findings
        if (begin := milliseconds(f.first_seen)) is not None
    ]
    if not spans or min(s[0] for s in spans) == max(s[1] for s in spans):
        return None
    return png(_drawn(_counted(spans)))


def _counted(spans: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """Findings by severity (rows) and part of the time (columns)."""
    table = np.array(spans, dtype=np.int64)
    start, stop = table[:, 0].min(), table[:, 1].max()
    places = (table[:, :2] - start) * (BARS - 1) // (stop - start)
    columns = np.arange(BARS)
    active = (places[:, :1] <= columns) & (columns <= places[:, 1:])
    return np.stack([active[table[:, 2] == s].sum(axis=0) for s in range(len(SEVERITIES))])


def _drawn(counts: np.ndarray) -> np.ndarray:
    """Bars, the worst severity at the bottom."""
    picture = np.full((HEIGHT, WIDTH, 3), PAPER, dtype=np.uint8)
    picture[HEIGHT - 1, :] = LINE
    most = counts.sum(axis=0).max()
    width = WIDTH // BARS
    for bar in range(BARS):
        foot = HEIGHT - 2
        for place in reversed(range(len(SEVERITIES))):
            number = counts[place, bar]
            tall = int(-(-number * (HEIGHT - 4) // most)) if number else 0
            top = max(0, foot - tall)
            picture[top:foot, bar * width : (bar + 1) * width - 2] = COLOURS[SEVERITIES[place]]
            foot = top
    return picture


def png(picture: np.ndarray) -> bytes:
    """Rows of red, green and blue bytes as PNG (W3C Portable Network Graphics, 2nd edition)."""
    height, width, _ = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)
