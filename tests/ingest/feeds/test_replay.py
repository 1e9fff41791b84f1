"""A capture played again: all of it, at its pace, and on from any place."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from ingest.feeds.taking import room, same, whole
from ingest.test_capture import pcap, udp
from lynceus.ingest import open_inputs
from lynceus.ingest.feeds import Chunk, FeedError, kinds
from lynceus.ingest.feeds.replay import Replay
from lynceus.records import Batch

TALK = pcap(*((1000 + n / 10, udp(5000 + n // 20, 53, b"x" * (n % 7))) for n in range(400)))


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.pcap"
    path.write_bytes(TALK)
    return path


def played(feed: Replay, tmp_path: Path, place: object = None) -> list[Chunk]:
    return list(feed.open(room(tmp_path)).chunks(place, threading.Event()))


def test_it_is_a_kind_of_source() -> None:
    assert kinds()["replay"] is Replay


@pytest.mark.parametrize("speed", [0.0, 200.0])
def test_it_tells_what_the_capture_tells(talk: Path, tmp_path: Path, speed: float) -> None:
    batch, account = whole(played(Replay(talk, speed=speed), tmp_path))
    source = open_inputs([talk])
    read = Batch.concat(source.batches())
    assert batch.flows.sort("uid").equals(read.flows.sort("uid"))
    assert (account.received, account.kept) == (400, 400)
    assert account == source.account
    for name, events in read.events.items():
        assert batch.events[name].sort("ts_ns", "uid").equals(events.sort("ts_ns", "uid"))


def test_it_keeps_the_pace(talk: Path, tmp_path: Path) -> None:
    # Forty seconds at forty times the pace, told in four steps at least.
    began = time.monotonic()
    chunks = played(Replay(talk, speed=40.0), tmp_path)
    assert time.monotonic() - began > 0.7
    assert len(chunks) >= 4
    marks = [c.batch.watermark_ns for c in chunks if c.batch.watermark_ns is not None]
    assert marks == sorted(marks)


@pytest.mark.parametrize("speed", [0.0, 400.0])
def test_equal_chunks_come_again(talk: Path, tmp_path: Path, speed: float) -> None:
    feed = Replay(talk, speed=speed)
    chunks = played(feed, tmp_path)
    for given, chunk in enumerate(chunks, 1):
        again = played(feed, tmp_path, chunk.place)
        assert same(chunks[given:], again)
        assert [c.account for c in chunks[given:]] == [c.account for c in again]


def test_a_flow_that_falls_silent_is_told_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "pauses.pcap"
    path.write_bytes(pcap(*((1000.0 + s, udp(5000, 9, b"x")) for s in (0, 20, 55, 200))))
    chunks = played(Replay(path, speed=0), tmp_path)
    batch, _ = whole(chunks)
    told = batch.flows.sort("ts_ns").select("part", "orig_packets").rows()
    assert told == [(0, 2), (1, 1), (0, 1)]
    reached = 0
    for chunk in chunks:
        ends = chunk.batch.flows["end_ns"]
        assert ends.is_empty() or int(ends.min()) >= reached  # type: ignore[arg-type]
        reached = chunk.batch.watermark_ns or reached
    whole_flows = Batch.concat(open_inputs([path]).batches()).flows.sort("ts_ns")
    assert whole_flows["orig_packets"].to_list() == [3, 1]


def test_a_stop_ends_it_in_its_longest_silence(tmp_path: Path) -> None:
    path = tmp_path / "silence.pcap"
    path.write_bytes(pcap((1000.0, udp(1, 2, b"x")), (9000.0, udp(1, 2, b"x"))))
    stop = threading.Event()
    chunks = Replay(path).open(room(tmp_path)).chunks(None, stop)
    assert next(chunks).account.received == 1
    threading.Timer(0.1, stop.set).start()
    assert list(chunks) == []


def test_another_capture_of_the_name_is_refused(talk: Path, tmp_path: Path) -> None:
    place = played(Replay(talk, speed=0), tmp_path)[0].place
    talk.write_bytes(pcap((1.0, udp(1, 2, b"x"))))
    with pytest.raises(FeedError, match="another capture now"):
        played(Replay(talk), tmp_path, place)


def test_what_is_no_capture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("no capture")
    with pytest.raises(FeedError, match="unknown format"):
        Replay(path).open(room(tmp_path))
    with pytest.raises(ValueError, match="speed -1"):
        Replay(path, speed=-1)
