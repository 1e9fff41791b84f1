"""`wrong_clock`: a host that gets no time."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.wrong_clock import WrongClock

HOST = "10.0.0.8"


def asks(count: int = 40, answered: int = 0, every_s: float = 1_024.0) -> list[dict[str, Any]]:
    usual = {"orig_h": HOST, "orig_p": 123, "resp_p": 123, "proto": "udp", "orig_packets": 1}
    return [
        {**usual, "resp_h": f"198.51.100.{n % 4}", "resp_packets": int(n < answered),
         "at_s": n * every_s}
        for n in range(count)
    ]  # fmt: skip


def test_nobody_answers_for_hours() -> None:
    (finding,) = findings_of(WrongClock(), asks())
    assert (finding["orig_h"], finding["resp_p"], finding["severity"]) == (HOST, 123, "info")
    assert finding["because"] == (
        "10.0.0.8 asked 4 servers for the time 40 times in 12 hours, and 40 got no answer."
    )


SILENT = {
    "answers": asks(answered=40),
    "some answers": asks(answered=10),
    "a short outage": asks(40, every_s=64.0),
    "a few": asks(5),
    "counters unknown": [{**row, "resp_packets": None} for row in asks()],
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_clocks_that_are_set_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(WrongClock(), rows) == []
