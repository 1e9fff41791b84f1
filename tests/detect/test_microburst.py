"""`microburst`: the link is full for milliseconds, and the average does not show it."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.microburst import Microburst

CAMERA, STORE = "10.0.0.70", "10.0.0.9"
CEILING = 1_250_000
"""A gigabit a second for ten milliseconds."""


def second(at_s: float, peak: int, total: int | None = None) -> dict[str, Any]:
    total = peak if total is None else total
    return {"at_s": at_s, "packets": total // 1_000, "wire_bytes": total,
            "peak_10ms_wire_bytes": peak}  # fmt: skip


def bursts(number: int, **columns: int) -> list[dict[str, Any]]:
    """Every 20 s the link is full for ten milliseconds, in between it idles."""
    return [
        row
        for n in range(number)
        for row in (
            second(20.0 * n, CEILING - 500 * (n % 40), **columns),
            second(20.0 * n + 7, 4_000 + n),
        )
    ]


def stream(lost: int = 0) -> dict[str, Any]:
    return session(CAMERA, STORE, 8554, 5.0, duration_s=3_000.0, orig_packets=9_900,
                   resp_packets=100, orig_retransmitted_packets=lost, resp_retransmitted_packets=0,
                   peak_10ms_wire_bytes=CEILING)  # fmt: skip


def test_bursts_that_the_average_hides() -> None:
    (finding,) = findings_of(Microburst(), [stream()], link_load=bursts(170))
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (CAMERA, STORE, "info")
    assert finding["because"] == (
        "Within ten milliseconds the link carried up to 1.2 MB (1000 Mbit/s), and reached that in "
        "170 seconds of an hour that used 0 % of it on average; 10.0.0.70 and 10.0.0.9 alone "
        "filled 1.2 MB."
    )
    assert finding["flows_total"] == 1


def test_bursts_that_lose_packets() -> None:
    (finding,) = findings_of(Microburst(), [stream(lost=300)], link_load=bursts(170))
    assert finding["severity"] == "low"
    assert finding["because"].endswith("alone filled 1.2 MB. 3 % of the packets were sent again.")


SILENT = {
    "a few bursts": bursts(59),
    "bursts of different heights": [second(20.0 * n, CEILING - 6_000 * n) for n in range(170)],
    "small ones": [second(20.0 * n, 90_000) for n in range(170)],
    "seconds that are full": bursts(170, total=60 * CEILING),
    "a link in use": [
        *bursts(100),
        *(second(n + 0.5, CEILING, 90 * CEILING) for n in range(3_000)),
    ],
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_links_without_hidden_bursts_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Microburst(), [stream()], link_load=rows) == []
