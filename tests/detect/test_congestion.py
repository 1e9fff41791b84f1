"""`congestion`: packets are lost, or answers come late."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.congestion import Congestion

SERVER, HOUR = "10.0.0.80", 3_600.0


def hour(number: int, lost: int = 0, **columns: Any) -> list[dict[str, Any]]:
    """Twenty sessions of 100 packets; `lost` packets of each are sent again."""
    usual = {
        "orig_packets": 50, "resp_packets": 50, "orig_retransmitted_packets": 0,
        "resp_retransmitted_packets": lost, "orig_zero_window_packets": 0,
        "resp_zero_window_packets": 0, "syn_synack_s": 0.02, "first_response_s": 0.05,
    }  # fmt: skip
    return [
        session(f"10.0.1.{n}", SERVER, 443, number * HOUR + 60 * n, **{**usual, **columns})
        for n in range(20)
    ]


USUAL = [row for number in range(4) for row in hour(number)]


def test_packets_that_are_sent_again() -> None:
    (finding,) = findings_of(Congestion(), [*USUAL, *hour(4, lost=9)])
    assert (finding["resp_h"], finding["resp_p"], finding["severity"]) == (SERVER, 443, "low")
    assert finding["because"] == (
        "Of 10.0.0.80 on port 443 (https), used by 20 clients, in its worst hour: 9 % of its "
        "packets were sent again."
    )


def test_answers_that_come_later_than_before() -> None:
    (finding,) = findings_of(Congestion(), [*USUAL, *hour(4, first_response_s=2.0)])
    assert finding["because"].endswith("first answers took 2000 ms on average, 50 ms before.")
    assert finding["evidence"]["response_before_s"] == pytest.approx(0.05)


def test_handshakes_and_windows() -> None:
    rows = hour(4, syn_synack_s=0.9, orig_zero_window_packets=8)
    (finding,) = findings_of(Congestion(), [*USUAL, *rows])
    assert "160 packets closed the window; handshakes took 900 ms" in finding["because"]


SILENT = {
    "a usual day": USUAL,
    "a few losses": [*USUAL, *hour(4, lost=2)],
    "packets seen twice": [*USUAL, *hour(4, lost=48)],
    "slow from the start": [row for n in range(5) for row in hour(n, first_response_s=2.0)],
    "no history": hour(0, first_response_s=2.0),
    "a source that does not know": [
        session(f"10.0.1.{n}", SERVER, 443, 60.0 * n) for n in range(200)
    ],
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_what_is_usual_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Congestion(), rows) == []
