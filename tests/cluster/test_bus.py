"""Markers, pieces of rows, and a share that hostile messages do not break."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus import detect
from lynceus.cluster import bus
from lynceus.cluster.bus import Marker, latest, least, pieces, reached
from lynceus.cluster.share import SCHEMAS, Share
from lynceus.engine import Engine
from lynceus.ingest.arrow_rows import shaped, written
from lynceus.testing import START_S, flow, flows
from lynceus.trust import Losses

S = 1_000_000_000


def markers(**reached: Any) -> dict[str, Marker]:
    return {name: Marker(name, *(ns if isinstance(ns, tuple) else (ns,)))
            for name, ns in reached.items()}  # fmt: skip


def test_time_is_where_the_last_of_the_sensors_is() -> None:
    assert least({}, 60) is None
    assert least(markers(a=5 * S, b=3 * S), 60) == 3 * S
    assert least(markers(a=5 * S, b=None), 60) is None
    assert least(markers(a=5 * S, b=(3 * S, True)), 60) == 5 * S
    assert least(markers(a=500 * S, b=3 * S), 60) == 500 * S, "one so far behind is given up"
    assert least(markers(a=(5 * S, True), b=(3 * S, True)), 60) == 5 * S


def test_a_marker_arrives_as_it_was() -> None:
    assert Marker.read(Marker("a", 5, True).value()) == Marker("a", 5, True)
    lossy = Marker("a", 5, losses=Losses(0.25, 0.5, 100))
    assert Marker.read(lossy.value()) == lossy
    assert Marker.read(b'["a", 5, true]') == Marker("a", 5, True), "as older versions told"


def test_rows_are_cut_to_what_a_broker_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = flows([flow(float(i)) for i in range(50)])
    monkeypatch.setattr(bus, "ROW_BYTES", 12_000)
    told = list(pieces(rows))
    assert len(told) > 1
    assert sum(shaped(data, rows.schema).height for data in told) == 50
    assert list(pieces(rows.clear())) == []
    monkeypatch.setattr(bus, "ROW_BYTES", 1)
    assert len(list(pieces(rows))) == 50


class Message:
    def __init__(
        self, value: bytes | None, offset: int, table: bytes | None = None, key: bytes = b""
    ) -> None:
        self._value, self._offset, self._table, self._key = value, offset, table, key

    def value(self) -> bytes | None:
        return self._value

    def key(self) -> bytes:
        return self._key

    def offset(self) -> int:
        return self._offset

    def headers(self) -> list[tuple[str, bytes]]:
        return [] if self._table is None else [("table", self._table)]


def test_of_compacted_messages_the_last_counts() -> None:
    told = [
        Message(b"1", 0, key=b"a"),
        Message(b"2", 1, key=b"b"),
        Message(b"3", 2, key=b"a"),
        Message(None, 3, key=b"b"),
    ]
    assert latest(told) == {b"a": b"3"}


SCANS = {"vertical_scan": detect.load()["vertical_scan"]}


def share() -> Share:
    return Share("responder", 0, Engine(SCANS), 60.0)


def test_rows_wait_until_a_window_may_close() -> None:
    scan = flows([flow(float(i) / 10, resp_p=i, conn_state="REJ") for i in range(1, 200)])
    one = share()
    one.take(
        Message(written(scan.select(n for n in scan.columns if n in SCHEMAS["flows"])), 0, b"flows")
    )
    one.take(Message(Marker("a", (START_S + 10) * S).value(), 1))
    assert (one.following, one.unsaved) == (2, True)
    one.sent()
    one.take(Message(Marker("a", (START_S + 20) * S).value(), 2))
    assert (one.following, one.unsaved) == (2, False)
    one.take(Message(Marker("a", (START_S + 400) * S).value(), 3))
    assert [frame["detector"].to_list() for frame in one.findings if frame.height] == [
        ["vertical_scan"]
    ]
    assert not list(one.failed)


def test_what_sensors_lost_lowers_what_is_found() -> None:
    scan = flows([flow(float(i) / 10, resp_p=i, conn_state="REJ") for i in range(1, 200)])
    rows = written(scan.select(n for n in scan.columns if n in SCHEMAS["flows"]))

    def found(*losses: Losses) -> tuple[float, frozenset[str]]:
        one = share()
        one.take(Message(rows, 0, b"flows"))
        for number, lost in enumerate(losses):
            marker = Marker(f"sensor {number}", (START_S + 400) * S, losses=lost)
            one.take(Message(marker.value(), number + 1))
        return float(pl.concat(one.findings)["confidence"].item()), one.doubted

    sure, none = found(Losses())
    assert none == frozenset()
    less, doubted = found(Losses(missed=0.5))
    assert less == pytest.approx(sure * 0.95)
    assert doubted == {"vertical_scan"}
    assert found(Losses(sampled=1.0, rate=100))[0] == pytest.approx(sure * 0.9)


def test_of_several_sensors_the_one_that_lost_most_counts() -> None:
    one = share()
    for number, lost in enumerate((Losses(0.5), Losses(0.2, 1.0, 10), Losses())):
        one.take(Message(Marker(f"sensor {number}", None, losses=lost).value(), number))
    assert one._losses() == Losses(0.5, 1.0, 10)


def test_places_of_partitions_tell_whose_findings_are_doubted() -> None:
    assert reached(b'[5, ["beacon"]]') == (5, frozenset({"beacon"}))
    assert reached(b"[null, []]") == (None, frozenset())
    assert reached(b"5") == (5, frozenset()), "as older versions told"
    for noise in (b"", b"{", b"[1]", b'["a", []]', b"[1, 2]", b"null"):
        with pytest.raises((ValueError, TypeError)):
            reached(noise)


NOISE = [
    b'["","",1]',
    b"",
    b"[1]",
    b'["a", "b", 1]',
    b'["a", null, false, 2, 0, 1]',
    b'["a", null, false, 0, 0]',
    b'["a", null, false]',
    b"\xff\xff\xff\xff\x10\x00",
    b"{",
]


VALUES = st.one_of(st.none(), st.binary(max_size=30), st.sampled_from(NOISE))
TABLES = st.sampled_from([None, b"flows", b"dns", b"\xff", b"nothing"])


@settings(max_examples=30)
@given(st.lists(st.tuples(VALUES, TABLES), max_size=8))
def test_no_message_breaks_a_share(messages: list[tuple[bytes | None, bytes | None]]) -> None:
    one = share()
    for offset, (value, table) in enumerate(messages):
        one.take(Message(value, offset, table))
    assert one.account.balanced
