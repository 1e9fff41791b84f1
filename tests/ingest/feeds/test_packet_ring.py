"""Segments of the packet ring, by time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.ingest.feeds.packet_ring import packets_between

S = 1_000_000_000


@pytest.mark.parametrize(
    ("begin_s", "end_s", "wanted"),
    [(0, 50, []), (0, 100, [100]), (130, 140, [100]), (161, 170, [100, 160]), (300, 400, [220])],
)
def test_segments_of_a_time(tmp_path: Path, begin_s: int, end_s: int, wanted: list[int]) -> None:
    for start in (100, 160, 220):
        (tmp_path / f"{start * S:020d}.pcapng").touch()
    (tmp_path / "other.pcapng").touch()
    found = packets_between(tmp_path, begin_s * S, end_s * S)
    assert [int(path.stem) // S for path in found] == wanted


def test_no_ring_has_no_segments(tmp_path: Path) -> None:
    assert packets_between(tmp_path / "none", 0, S) == []
