"""`strobe`: one pair, connection after connection."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.strobe import Strobe

HOST, PLACE = "10.0.0.8", "203.0.113.80"


def strobe(count: int, every_s: float = 0.4, resp_h: str = PLACE, **columns: Any) -> list[Any]:
    return [session(HOST, resp_h, 8443, n * every_s, **columns) for n in range(count)]


def test_two_a_second_for_an_hour() -> None:
    (finding,) = findings_of(Strobe(), strobe(8_000))
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (HOST, PLACE, "medium")
    assert finding["because"] == (
        "10.0.0.8 opened 8000 connections to 203.0.113.80 within 53 m 20 s, one in 0.4 s on "
        "average; it sent 4.0 MB in all."
    )
    assert finding["evidence"]["connections"] == 8_000


def test_less_often_it_shows_over_the_day() -> None:
    (finding,) = findings_of(Strobe(), strobe(45_000, every_s=1.2))
    assert finding["window_end_ns"] - finding["window_start_ns"] == 24 * 3600 * 10**9


def test_between_hosts_inside_it_is_info() -> None:
    (finding,) = findings_of(Strobe(), strobe(8_000, resp_h="10.0.0.9"))
    assert finding["severity"] == "info"


def test_what_carries_more_than_questions_is_low() -> None:
    (finding,) = findings_of(Strobe(), strobe(8_000, orig_bytes=9_000))
    assert finding["severity"] == "low"


BENIGN = {
    "name look-ups": [
        {**row, "proto": "udp", "resp_p": 53, "service": "dns", "conn_state": "SF"}
        for row in strobe(8_000)
    ],
    "a server that is down": [attempt(HOST, PLACE, 8443, n * 0.4) for n in range(8_000)],
    "a busy hour": strobe(3_000),
    "without dates": [{k: v for k, v in row.items() if k != "at_s"} for row in strobe(8_000)],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_use_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Strobe(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(7_199, 0), (7_200, 1)])
def test_7200_an_hour_are_needed(count: int, found: int) -> None:
    assert len(findings_of(Strobe(), strobe(count))) == found
