"""Frames of checkpoints are written once, found again, and removed when nobody needs them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.live.checkpoint import CheckpointError, packed, unpacked
from lynceus.live.segments import SegmentError, Segments


def frame(number: int, rows: int = 1_000) -> pl.DataFrame:
    return pl.DataFrame({"a": pl.int_range(rows, eager=True) * number, "b": [f"{number}"] * rows})


def sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir())}


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    segments = Segments(tmp_path)
    first, second = frame(1), frame(2)
    assert segments.write([first]) == segments.write([first]), "nothing new is on the disk"
    before = sizes(tmp_path)
    assert len(before) == 1
    places = segments.write([first, second, first])
    assert places[0] == places[2] != places[1]
    segments.forget()
    after = sizes(tmp_path)
    assert after.items() > before.items() and len(after) == 2
    told = Segments(tmp_path).read(places)
    assert all(one.equals(o) for one, o in zip(told, [first, second, first], strict=True))


def test_what_nobody_needs_goes_once_a_checkpoint_stands(tmp_path: Path) -> None:
    segments = Segments(tmp_path)
    old = segments.write([frame(1)])
    new = segments.write([frame(2)])
    assert Segments(tmp_path).read(old), "until then the one before can be gone back to"
    segments.forget()
    assert Segments(tmp_path).read(new)
    with pytest.raises(SegmentError, match="frame"):
        Segments(tmp_path).read(old)


def test_a_little_that_is_needed_of_much_is_written_again(tmp_path: Path) -> None:
    segments = Segments(tmp_path)
    small, large = frame(1, rows=10), frame(2, rows=50_000)
    (before, _) = segments.write([small, large])
    (after,) = segments.write([small])
    assert before[0] != after[0]
    segments.forget()
    assert len(sizes(tmp_path)) == 1 and sum(sizes(tmp_path).values()) < 5_000
    (told,) = Segments(tmp_path).read([after])
    assert told.equals(small)


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    (place,) = Segments(tmp_path).write([frame(1)])
    again = Segments(tmp_path)
    (known,) = again.read([place])
    assert again.write([known, frame(2)])[0] == place
    (fresh,) = Segments(tmp_path).write([frame(3)])
    assert fresh[0] > place[0] + 1


def test_a_checkpoint_says_where_its_frames_lie(tmp_path: Path) -> None:
    segments = Segments(tmp_path)
    states = [frame(1), frame(2)]
    value = {"states": states, "reached": 5}
    data = packed(value, segments)
    assert len(data) < 1_000
    again = unpacked(data, Segments(tmp_path))
    assert again["reached"] == 5
    assert all(one.equals(o) for one, o in zip(again["states"], states, strict=True))
    with pytest.raises(CheckpointError, match="lie elsewhere"):
        unpacked(data)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="frame"):
        unpacked(data, Segments(tmp_path))
