"""Files that are dropped into a directory: each once, whole, and put away when it is kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ingest.feeds.taking import at_least, nothing_more, room, rows, same, take, whole
from lynceus.ingest import ReadOptions, blocks, open_inputs
from lynceus.ingest.feeds import kinds
from lynceus.ingest.feeds.feed import FeedError
from lynceus.ingest.feeds.folder import Folder, Watching
from lynceus.lab import generate

CSV = "orig_h,orig_p,resp_h,resp_p,proto,ts_ns,duration_s,orig_bytes\n"


def table(*numbers: int) -> str:
    return CSV + "".join(
        f"10.0.0.{n % 250},{4000 + n},192.0.2.1,443,tcp,{1767225600 + n}000000000,1.0,{n}\n"
        for n in numbers
    )


def drop(folder: Path, name: str, text: str | bytes, age_s: float = 60) -> Path:
    """A file that was written a while ago, as one that was renamed in is."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    then = time.time() - age_s  # noqa: TID251 - the age of a file is told by the clock
    os.utime(path, (then, then))
    return path


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def watching(inbox: Path, said: list[str] | None = None, **more: object) -> Watching:
    options = Folder(str(inbox), poll_s=0.02, **more)  # type: ignore[arg-type]
    return options.open(room(inbox.parent, said))


def test_it_is_a_kind_of_source() -> None:
    assert kinds()["folder"] is Folder


def test_every_file_is_read_once_in_the_order_of_its_change(inbox: Path) -> None:
    drop(inbox, "b.csv", table(1, 2), age_s=90)
    drop(inbox, "a.csv", table(3), age_s=60)
    reading = watching(inbox)
    chunks = take(reading, until=at_least(3))
    chunks += nothing_more(reading, chunks[-1].place)
    batch, account = whole(chunks)
    assert batch.flows["orig_bytes"].to_list() == [1, 2, 3]
    assert account.balanced
    assert account.received == 3
    assert chunks[-1].batch.watermark_ns == (1767225604 - 300) * 10**9
    assert not nothing_more(reading, chunks[-1].place, 0.2)


def test_what_is_still_written_waits_and_what_changed_is_read_again(inbox: Path) -> None:
    path = drop(inbox, "a.csv", table(1), age_s=0)
    reading = watching(inbox, quiet_s=0.5)
    assert not nothing_more(reading, None, 0.2)
    first = take(reading, until=lambda chunks: len(chunks) == 2)
    assert rows(first) == 1
    drop(inbox, path.name, table(1, 2, 3))
    more = take(reading, first[-1].place, until=lambda chunks: len(chunks) == 2)
    assert rows(more) == 3


def test_what_cannot_be_read_is_said_and_left(inbox: Path) -> None:
    drop(inbox, "a.bin", bytes(range(256)) * 9, age_s=90)
    drop(inbox, "b.csv", table(1))
    said: list[str] = []
    chunks = take(watching(inbox, said), until=at_least(1))
    _, account = whole(chunks)
    assert account.notes["files_unreadable"] == 1
    assert len(said) == 1
    assert "a.bin" in said[0]


@pytest.mark.parametrize("after", ["delete", "move"])
def test_files_are_put_away_once_they_are_kept(inbox: Path, after: str) -> None:
    away = inbox.parent / "away"
    away.mkdir()
    (away / "a.csv").write_text("another of that name", encoding="utf-8")
    drop(inbox, "a.csv", table(1))
    reading = watching(inbox, after=after, moved_to=str(away))
    chunks = take(reading, until=lambda chunks: len(chunks) == 2)
    reading.kept(chunks[0].place)
    assert (inbox / "a.csv").exists(), "not all it told is kept"
    reading.kept(chunks[-1].place)
    assert not (inbox / "a.csv").exists()
    assert (away / "a.1.csv").exists() == (after == "move")
    assert not nothing_more(reading, chunks[-1].place, 0.2)


def test_a_capture_goes_on_where_it_was_kept(inbox: Path, tmp_path: Path) -> None:
    (made,) = generate("office-day", 7, tmp_path / "lab", scale=0.05).captures
    drop(inbox, "a.pcap", made.read_bytes())
    reading = watching(inbox, active_timeout_s=600.0)
    chunks = take(reading, until=lambda chunks: chunks[-1].place["reading"] is None)
    assert len(chunks) > 1
    again = take(watching(inbox, active_timeout_s=600.0), chunks[0].place,
                 until=lambda chunks: chunks[-1].place["reading"] is None)  # fmt: skip
    assert same(again, chunks[1:])
    batch, account = whole(chunks)
    once = open_inputs([made], options=ReadOptions(active_timeout_s=600.0))
    assert batch.flows.height == blocks.together(once.batches()).flows.height
    assert account == once.account


@pytest.mark.parametrize("options", [{"path": "nowhere"}, {"path": "", "after": "keep"},
                                     {"path": ".", "after": "move"}])  # fmt: skip
def test_a_directory_that_is_not_there(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(FeedError, match="no such directory"):
        Folder(**options).open(room(tmp_path))  # type: ignore[arg-type]
