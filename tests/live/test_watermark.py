"""Event time moves on with the sources, waits for the slowest, and not for the silent."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.feeds.delays import AHEAD_NS
from lynceus.live.watermark import Watermarks
from lynceus.moments import NS
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch

NOW = 1_700_000_000 * NS


def told(*end_s: float, watermark_s: float | None = None) -> Batch:
    """Flows that end so many seconds from `NOW`."""
    ends = pl.DataFrame({"end_ns": [NOW + int(s * NS) for s in end_s]}, schema={"end_ns": pl.Int64})
    flows = pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), ends], how="diagonal")
    return Batch(flows, {}, None if watermark_s is None else NOW + int(watermark_s * NS))


def seconds(ns: int | None) -> float | None:
    return None if ns is None else (ns - NOW) / NS


def test_all_wait_for_the_slowest() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("a", "record", 2, NOW)
    marks.open("b", "record", 0, NOW)
    marks.saw("a", told(1, 5, 3), NOW)
    assert marks.advance(NOW) is None, "b has not said yet"
    marks.saw("b", told(1), NOW)
    assert seconds(marks.advance(NOW)) == 1
    marks.saw("b", told(9), NOW)
    assert seconds(marks.advance(NOW)) == 3


def test_the_silent_are_not_waited_for_and_time_never_goes_back() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("a", "record", 0, NOW)
    marks.open("b", "record", 0, NOW)
    marks.saw("a", told(50), NOW + 11 * NS)
    assert seconds(marks.advance(NOW + 11 * NS)) == 50
    marks.saw("b", told(20), NOW + 11 * NS)
    assert seconds(marks.advance(NOW + 11 * NS)) == 50


def test_silence_of_what_speaks_of_now_lets_time_pass() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("wire", "clock", 5, NOW)
    marks.saw("wire", told(0), NOW)
    assert seconds(marks.advance(NOW + 8 * NS)) == -5
    assert seconds(marks.advance(NOW + 100 * NS)) == 85
    logs = Watermarks(idle_s=10)
    logs.open("logs", "record", 0, NOW)
    logs.saw("logs", told(0), NOW)
    assert seconds(logs.advance(NOW + 100 * NS)) == 0


def test_who_ended_holds_nothing_back() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("a", "record", 0, NOW)
    marks.open("b", "record", 0, NOW)
    marks.saw("a", told(1), NOW)
    marks.saw("b", told(7), NOW)
    marks.ended("a")
    assert seconds(marks.advance(NOW)) == 7


def test_its_own_word_goes_before_what_was_seen() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("meter", "clock", 60, NOW)
    marks.saw("meter", told(9, watermark_s=4), NOW)
    assert seconds(marks.advance(NOW)) == 4


def test_a_clock_fault_moves_nothing() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("a", "record", 0, NOW)
    marks.saw("a", told(3, 10 * AHEAD_NS / NS), NOW)
    assert seconds(marks.advance(NOW)) == 3
    marks.saw("a", told(4, watermark_s=10 * AHEAD_NS / NS), NOW)
    assert seconds(marks.advance(NOW)) == AHEAD_NS / NS


def test_events_without_flows_move_time_too() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("a", "record", 1, NOW)
    event = pl.DataFrame({"ts_ns": [NOW + 5 * NS]})
    dns = pl.concat([pl.DataFrame(schema=EVENT_SCHEMAS["dns"]), event], how="diagonal")
    marks.saw("a", Batch(pl.DataFrame(schema=FLOW_SCHEMA), {"dns": dns}), NOW)
    assert seconds(marks.advance(NOW)) == 4


def test_it_goes_on_after_a_restart() -> None:
    marks = Watermarks(idle_s=10)
    marks.open("a", "record", 0, NOW)
    marks.saw("a", told(5), NOW)
    marks.advance(NOW)
    again = Watermarks(idle_s=10)
    again.resume(marks.snapshot(), NOW)
    again.open("a", "record", 0, NOW)
    assert seconds(again.advance(NOW)) == 5
    again.saw("a", told(2), NOW)
    assert seconds(again.advance(NOW)) == 5
