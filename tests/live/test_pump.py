"""Sources in threads: bounded, in order, one that fails tried again where it was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.ingest.feeds import Chunk, FeedError, Place, Room
from lynceus.live import pump as module
from lynceus.live.pump import Pump
from lynceus.records import FLOW_SCHEMA, Batch


def rows(count: int) -> Batch:
    return Batch(pl.DataFrame(schema=FLOW_SCHEMA).clear(count))


@dataclass
class Script:
    """A source that does as it is told: gives chunks of these rows, or fails."""

    pace: ClassVar[Literal["clock", "record"]] = "record"
    lateness_s: float = 0.0
    steps: list[int | Exception] = field(default_factory=list)
    endless: bool = False
    kept_places: list[Place] = field(default_factory=list)
    closed: int = 0
    went_on_at: list[Place] = field(default_factory=list)

    def open(self, room: Room) -> Script:
        assert room.folder.is_dir()
        return self

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        self.went_on_at.append(place)
        while self.steps and not stop.is_set():
            step = self.steps.pop(0)
            if isinstance(step, Exception):
                raise step
            place = (place or 0) + step
            yield Chunk(rows(step), place, Account(received=step, kept=step))
        while self.endless and not stop.is_set():
            stop.wait(0.01)

    def kept(self, place: Place) -> None:
        self.kept_places.append(place)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def pump(tmp_path: Path, said: list[str]) -> Iterator[Pump]:
    one = Pump(site="s", folder=tmp_path, rows=10, say=said.append)
    yield one
    one.stop()


def until(true: Callable[[], Any]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def test_chunks_come_in_order_and_a_source_that_is_done_ends(pump: Pump) -> None:
    pump.open("a", Script(steps=[3, 4, 2]), None)
    taken: list[Place] = []

    def drained() -> bool:
        taken.extend(c.place for _, c in pump.take(0.1, 100))
        return pump.done

    until(drained)
    assert taken == [3, 7, 9]
    assert pump.conditions["a"].state == "ended"
    assert pump.conditions["a"].rows == pump.conditions["a"].account.kept == 9


def test_a_full_queue_makes_sources_wait(pump: Pump) -> None:
    script = Script(steps=[6, 6, 6])
    pump.open("a", script, None)
    until(lambda: pump.waiting_rows == 6)
    time.sleep(0.05)
    assert (pump.waiting_rows, len(script.steps)) == (6, 1)
    pump.take(1, 1)
    until(lambda: pump.waiting_rows == 6 and not script.steps)


def test_a_chunk_larger_than_the_queue_passes(pump: Pump) -> None:
    pump.open("a", Script(steps=[1_000]), None)
    assert [c.rows for _, c in pump.take(5, 1)] == [1_000]


def test_one_that_fails_goes_on_where_it_was_and_stops_nobody(
    pump: Pump, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    bad = Script(steps=[2, FeedError("eth9: no such interface"), KeyError("defect"), 3])
    pump.open("bad", bad, 5)
    pump.open("good", Script(steps=[1]), None)
    taken: dict[str, list[Place]] = {"bad": [], "good": []}

    def drained() -> bool:
        for name, chunk in pump.take(0.05, 100):
            taken[name].append(chunk.place)
        return pump.done

    until(drained)
    assert taken == {"bad": [7, 10], "good": [1]}
    assert bad.went_on_at == [5, 7, 7]
    assert pump.conditions["bad"].failures == 2
    assert said[0] == "source bad: eth9: no such interface; it is tried again"
    assert bad.closed == 3


def test_what_is_kept_is_told_and_a_stop_ends_all(pump: Pump) -> None:
    script = Script(steps=[1], endless=True)
    pump.open("a", script, None)
    pump.take(5, 100)
    pump.kept({"a": 1, "unknown": 2})
    assert script.kept_places == [1]
    began = time.monotonic()
    assert pump.stop() == []
    assert time.monotonic() - began < module.STOP_S
    assert script.closed >= 1


def test_a_stop_brings_what_was_still_waiting(pump: Pump) -> None:
    pump.open("a", Script(steps=[8, 8, 8]), None)
    until(lambda: pump.waiting_rows == 8)
    assert sum(chunk.rows for _, chunk in pump.stop()) >= 16
