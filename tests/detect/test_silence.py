"""`silence`: who used to speak and no longer does."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.silence import Silence

HOUR, DAY = 3_600.0, 86_400.0
THURSDAY = 3 * DAY - 8 * HOUR
"""Where a week begins, after the start of test time (a Monday, 8 in the morning)."""
HOST = "10.0.0.80"


def steady(host: str, hours: int = 48, **columns: Any) -> list[dict[str, Any]]:
    """A flow in every half hour."""
    return [
        session(host, "198.51.100.7", 443, THURSDAY + n * HOUR / 2, **columns)
        for n in range(2 * hours)
    ]


def others(count: int = 3) -> list[dict[str, Any]]:
    return [row for n in range(count) for row in steady(f"10.0.0.{20 + n}")]


def test_a_host_that_spoke_day_and_night() -> None:
    (finding,) = findings_of(Silence(), [*others(), *steady(HOST, hours=36)])
    assert (finding["orig_h"], finding["severity"]) == (HOST, "info")
    assert finding["because"] == (
        "10.0.0.80 spoke in 36 of 36 h and then fell silent for 12 h 0 m, while others as steady "
        "went on."
    )


def test_a_server_that_is_missed_is_low() -> None:
    served = [session(f"10.0.3.{n}", HOST, 443, THURSDAY + n * HOUR) for n in range(9)]
    (finding,) = findings_of(Silence(), [*others(), *steady(HOST, hours=36), *served])
    assert (finding["severity"], finding["orig_role"]) == ("low", "server")


def test_a_sensor_of_which_nothing_comes() -> None:
    branch = [row for n in range(3) for row in steady(f"10.9.0.{n}", hours=30, site="branch")]
    (finding,) = findings_of(Silence(), [*others(), *branch])
    assert (finding["site"], finding["severity"]) == ("branch", "low")
    assert finding["because"] == (
        "Nothing has come from the sensor of branch for 18 h 0 m, while others went on."
    )


BENIGN = {
    "all go on": [*others(), *steady(HOST)],
    "all end together": [row for n in range(5) for row in steady(f"10.0.0.{20 + n}", hours=30)],
    "a pause for maintenance": [*others(), *steady(HOST, hours=45)],
    "a notebook that goes home": [*others(), *steady(HOST, hours=9)],
    "now and then": [*others(), *steady(HOST, hours=36)[::9]],
    "nobody else": [*others(1), *steady(HOST, hours=30)],
    "without dates": [{k: v for k, v in row.items() if k != "at_s"} for row in others()],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_what_goes_on_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Silence(), rows) == []
