"""`chart.py`: a picture of when the findings were."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from lynceus.notify.chart import COLOURS, HEIGHT, WIDTH, chart, png
from notify.made import incident


def read(data: bytes) -> np.ndarray:
    """The rows of a PNG without filters."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, parts = 8, {}
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(name + body)
        parts[name] = body
        at += 12 + size
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), dtype=np.uint8)
    return rows.reshape(height, 1 + width * 3)[:, 1:].reshape(height, width, 3)


def test_a_picture_reads_back() -> None:
    picture = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    assert (read(png(picture)) == picture).all()


def test_bars_stand_where_findings_were() -> None:
    early = incident().findings[0].model_copy(update={"last_seen": "2024-05-01T08:10:00Z"})
    late = early.model_copy(
        update={"id": "l", "severity": "critical", "first_seen": "2024-05-01T09:20:00Z",
                "last_seen": "2024-05-01T09:30:00Z"},
    )  # fmt: skip
    drawn = chart(incident(findings=(early, late)))
    assert drawn is not None
    picture = read(drawn)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    for severity, begin, end in (("high", 0, 0.2), ("critical", 0.8, 1)):
        columns = np.flatnonzero((picture == COLOURS[severity]).all(axis=2).any(axis=0))
        assert columns.size
        assert begin * WIDTH <= columns.min() <= columns.max() < end * WIDTH


def test_what_has_no_time_has_no_picture() -> None:
    undated = incident().findings[0].model_copy(update={"first_seen": None, "last_seen": None})
    assert chart(incident(findings=(undated,))) is None
    at = "2024-05-01T08:00:00Z"
    moment = undated.model_copy(update={"first_seen": at, "last_seen": at})
    assert chart(incident(findings=(moment,))) is None
