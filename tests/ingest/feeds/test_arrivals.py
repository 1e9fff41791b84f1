"""Arrivals: what was put comes back in the same stretches, however often it is read."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lynceus.ingest.feeds import arrivals
from lynceus.ingest.feeds.arrivals import Arrivals, Stretch
from lynceus.ingest.feeds.feed import FeedError, Room

from .taking import room


def read(given: Arrivals, place: int | None, enough: Any) -> list[Stretch]:
    """Stretches from a place on, until there are enough."""
    stop, found = threading.Event(), []
    for stretch in given.stretches(place, stop):
        found.append(stretch)
        if enough(found):
            break
    return found


def contents(stretches: list[Stretch]) -> list[bytes]:
    return list(itertools.chain.from_iterable(s.contents for s in stretches))


def first(count: int) -> Any:
    return lambda found: len(contents(found)) >= count


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Arrivals]:
    opened = Arrivals(room(tmp_path))
    yield opened
    opened.close()


def test_stretches_are_the_same_again(given: Arrivals) -> None:
    for number in range(5):
        given.put([b"%d" % number, b"x"])
        given.count(lambda account: account.note("counted"))
        time.sleep(0.12)
    found = read(given, None, first(10))
    assert contents(found) == [part for n in range(5) for part in (b"%d" % n, b"x")]
    assert sum(s.account.notes.get("counted", 0) for s in found) == 5
    assert 1 < len(found) < 5
    assert read(given, None, first(10)) == found
    assert read(given, found[0].place, lambda f: f[-1] == found[-1]) == found[1:]


def test_who_is_still_at_work_finds_the_rest_in_one_stretch(
    given: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "LONGEST_CUT_S", 3_600.0)
    monkeypatch.setattr(arrivals, "CUT_S", 0.05)
    given.put([b"first"])
    stop = threading.Event()
    reading = given.stretches(None, stop)
    assert next(reading).contents == (b"first",)
    for number in range(3):
        given.put([b"%d" % number])
        time.sleep(2 * arrivals.CUT_S)
    assert next(reading).contents == (b"0", b"1", b"2")


def test_much_is_cut_before_its_time(given: Arrivals) -> None:
    given.put([b"x" * arrivals.CUT_BYTES])
    given.put([b"y" * arrivals.CUT_BYTES])
    assert [len(s.contents) for s in read(given, None, first(2))] == [1, 1]


def test_what_a_crash_left_uncut_is_a_stretch(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(arrivals, "CUT_S", 60.0)
    crashed = Arrivals(room(tmp_path))
    crashed.put([b"before"])
    crashed._closed.set()  # Its ticker ends without a cut, as the process would.
    crashed._ticker.join()
    monkeypatch.setattr(arrivals, "CUT_S", 0.1)
    again = Arrivals(room(tmp_path))
    assert contents(read(again, None, first(1))) == [b"before"]
    again.close()


def test_a_full_journal_takes_no_more_until_there_is_room(tmp_path: Path) -> None:
    given = Arrivals(room(tmp_path), limit_bytes=1_000)
    assert given.put([b"x" * 300] * 5) == 3
    found = read(given, None, first(3))
    assert given.put([b"x" * 300]) == 0
    given.kept(found[-1].place)
    assert given.put([b"x" * 300]) == 1
    given.close()
    assert given.put([b"late"]) == 0


def test_what_would_be_read_too_late_is_not_taken(tmp_path: Path) -> None:
    now = [1_000 * 10**9]
    given = Arrivals(Room("source", "default", tmp_path, lambda: now[0], print), behind_s=5.0)
    content = b"x" * arrivals.CUT_BYTES  # cut at once
    assert given.put([content]) == 1
    now[0] += 4 * 10**9
    assert given.put([content]) == 1
    now[0] += 2 * 10**9
    assert given.put([b"late"]) == 0, "what came first waits for six seconds"
    reading = given.stretches(None, threading.Event())
    assert next(reading).contents == (content,)
    assert given.put([b"in time"]) == 1, "what is left waits for two"
    given.close()


def test_time_goes_on_for_a_tail(tmp_path: Path) -> None:
    given = Arrivals(room(tmp_path), tail_s=5.0)
    given.put([b"x"])
    found = read(given, None, lambda f: len(f) > 2)
    assert contents(found) == [b"x"]
    times = [s.cut_ns for s in found]
    assert times == sorted(times)
    assert [s.arrived_ns is None for s in found] == [False, True, True]
    given.close()


def test_what_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    own = tmp_path / "file"
    own.write_text("")
    with pytest.raises(FeedError, match="source: journal cannot be opened"):
        Arrivals(Room("source", "default", own))


def test_a_place_of_another_journal_is_not_reachable(given: Arrivals) -> None:
    assert given.reachable(10**6) is None
    assert given.reachable(0) == 0
    assert given.reachable(None) is None


def test_a_cut_waits_for_its_reader(tmp_path: Path) -> None:
    given = Arrivals(room(tmp_path))
    try:
        assert given._patience_s() == 0.0
        given._took_s = 0.1
        assert given._patience_s() == pytest.approx(0.3), "for little has a price of its own"
        given._took_s = 9.0
        assert given._patience_s() == arrivals.LONGEST_CUT_S
        given._took_s = 0.0
        given.put([b"x" * arrivals.CUT_BYTES])
        reading = given.stretches(None, threading.Event())
        next(reading)  # and is at work with it
        assert given._patience_s() == arrivals.LONGEST_CUT_S
    finally:
        given.close()


def test_how_long_a_reader_takes_is_told_by_his_pace() -> None:
    pace = arrivals.Pace()
    assert pace.takes_s(1_000) == 0.0
    for _ in range(20):
        pace.read(1_000, 0.5)
    assert pace.takes_s(10_000) == pytest.approx(5.0)
    for _ in range(10):
        pace.read(100, 1.0)
    assert pace.takes_s(10_000) > 20.0, "slower of late"


def test_what_a_slow_reader_would_read_too_late_is_not_taken(tmp_path: Path) -> None:
    now = [1_000 * 10**9]
    given = Arrivals(Room("source", "default", tmp_path, lambda: now[0], print), behind_s=5.0)
    try:
        content = b"x" * arrivals.CUT_BYTES
        assert given.put([content]) == 1
        reading = given.stretches(None, threading.Event())
        next(reading)
        given._pace.read(arrivals.CUT_BYTES, 3.0)  # a stretch in three seconds
        assert given.put([content]) == 1
        assert given.put([content]) == 1, "three seconds of reading wait"
        assert given.put([b"late"]) == 0, "six wait, though nothing is old yet"
        assert next(cut for cut in reading if cut.contents).contents == (content,)
        assert given.put([b"in time"]) == 1
    finally:
        given.close()
