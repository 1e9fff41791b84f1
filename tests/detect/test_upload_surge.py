"""`upload_surge`: a host sends far more than it ever did."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.upload_surge import UploadSurge

HOST, PLACE = "10.0.0.8", "203.0.113.80"
HOUR, DAY = 3_600.0, 86_400.0
THURSDAY = 3 * DAY - 8 * HOUR
"""Where a week begins, after the start of test time (a Monday, 8 in the morning)."""


def sends(day: int, hour: float, size: int, **columns: Any) -> dict[str, Any]:
    at_s = THURSDAY + day * DAY + hour * HOUR
    return session(HOST, PLACE, 443, at_s, orig_bytes=size, resp_bytes=9_000, **columns)


def usual(days: int = 4) -> list[dict[str, Any]]:
    """Office hours of a host that sends 2 MB an hour."""
    return [sends(day, 8 + n, 1_000_000) for day in range(days) for n in range(9)]


def test_more_than_ever_before() -> None:
    (finding,) = findings_of(UploadSurge(), [*usual(), sends(4, 10, 300_000_000)])
    assert (finding["orig_h"], finding["resp_h"]) == (HOST, PLACE)
    assert (finding["severity"], finding["orig_role"]) == ("medium", "infected")
    assert finding["because"] == (
        "10.0.0.8 sent 300.0 MB outside within a day; the most on any of 4 days before was 9.0 MB."
    )
    assert finding["evidence"]["places"] == [PLACE]


def test_less_is_low() -> None:
    (finding,) = findings_of(UploadSurge(), [*usual(), sends(4, 10, 100_000_000)])
    assert (finding["severity"], finding["orig_role"]) == ("low", "unknown")


def test_by_night_less_suffices() -> None:
    (finding,) = findings_of(UploadSurge(), [*usual(), sends(4, 3, 40_000_000)])
    assert finding["severity"] == "low"
    assert finding["because"].endswith("; 40.0 MB of it went at hours at which it had been silent.")
    (serious,) = findings_of(UploadSurge(), [*usual(), sends(4, 3, 120_000_000)])
    assert serious["severity"] == "medium"


BENIGN = {
    "no history": [*usual(2), sends(2, 10, 300_000_000)],
    "it uploads every day": [sends(day, 10, 300_000_000) for day in range(5)],
    "a download of the same size": [
        *usual(), {**sends(4, 10, 60_000_000), "resp_bytes": 300_000_000}
    ],
    "a long evening": [*usual(), *(sends(4, 8 + n, 1_000_000) for n in range(15))],
    "without dates": [
        {k: v for k, v in row.items() if k != "at_s"} for row in [*usual(), sends(4, 3, 10**9)]
    ],
    "sizes unknown": [{**row, "orig_bytes": None} for row in [*usual(), sends(4, 3, 10**9)]],
}  # fmt: skip


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_what_is_usual_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(UploadSurge(), rows) == []
