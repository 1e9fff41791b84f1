"""`slow_dos`: connections kept open so that nobody else gets one."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.slow_dos import SlowDos

SOURCE, SERVER = "203.0.113.9", "10.0.0.80"


def held(number: int, source: str = SOURCE, every_s: float = 0.1, **columns: Any) -> dict[str, Any]:
    """A connection that asks slowly and is never answered."""
    usual = {"duration_s": 200.0, "orig_bytes": 230, "resp_bytes": 0, "conn_state": "S1"}
    return session(source, SERVER, 80, number * every_s, **{**usual, **columns})


def test_connections_kept_open_with_nothing_said() -> None:
    (finding,) = findings_of(SlowDos(), [held(n) for n in range(150)])
    assert (finding["orig_h"], finding["resp_h"], finding["resp_p"]) == (SOURCE, SERVER, 80)
    assert (finding["severity"], finding["techniques"]) == ("high", ["T1499.002"])
    assert finding["evidence"]["slow_connections"] == 150
    assert finding["because"] == (
        "203.0.113.9 kept 150 connections to 10.0.0.80 on port 80 (http) open and said 34.5 KB in "
        "all of them, the longest for 200 s: a slow attack on the web server."
    )
    assert finding["flows_total"] == 150


def test_several_sources_are_one_attack_on_the_server() -> None:
    rows = [held(n, f"203.0.113.{9 + n % 6}") for n in range(150)]
    (finding,) = findings_of(SlowDos(), rows)
    assert (finding["orig_h"], finding["evidence"]["sources"]) == (None, 6)
    assert finding["because"].startswith("6 sources kept 150 connections")


def test_what_no_five_minutes_show_the_hour_does() -> None:
    rows = [held(n, every_s=10.0, duration_s=600.0, orig_bytes=400) for n in range(300)]
    (finding,) = findings_of(SlowDos(), rows)
    assert finding["window_end_ns"] - finding["window_start_ns"] == 3600 * 10**9
    assert finding["evidence"]["open_on_average"] == pytest.approx(50.0)


BENIGN = {
    "visitors with bad lines": [held(n, f"198.51.100.{n}") for n in range(200)],
    "uploads that take their time": [held(n, orig_bytes=2_000_000) for n in range(200)],
    "pages that were answered": [held(n, resp_bytes=30_000) for n in range(200)],
    "short visits": [held(n, duration_s=2.0) for n in range(400)],
    "another service": [{**held(n), "resp_p": 5222} for n in range(200)],
    "durations unknown": [{**held(n), "duration_s": None, "end_ns": None} for n in range(200)],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_use_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(SlowDos(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(99, 0), (100, 1)])
def test_a_hundred_in_five_minutes_are_needed(count: int, found: int) -> None:
    assert len(findings_of(SlowDos(), [held(n) for n in range(count)])) == found
