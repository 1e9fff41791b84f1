"""`amplification`: answers that were asked for in another's name."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.amplification import Amplification

INSIDE = "10.0.0.80"


def udp(orig_h: str, orig_p: int, resp_h: str, resp_p: int, **columns: Any) -> dict[str, Any]:
    usual = {"orig_packets": 3_000, "resp_packets": 0, "orig_bytes": 4_000_000, "resp_bytes": 0}
    ends = {"orig_h": orig_h, "orig_p": orig_p, "resp_h": resp_h, "resp_p": resp_p}
    return {**ends, "proto": "udp", "at_s": 0.0, "duration_s": 50.0, **usual, **columns}


def unasked(count: int, port: int = 53, size: int = 4_000_000) -> list[dict[str, Any]]:
    """Answers to an inside host, seen without any question."""
    return [udp(f"198.51.100.{n}", port, INSIDE, 40_000 + n, orig_bytes=size) for n in range(count)]


def test_answers_that_nobody_asked_for() -> None:
    (finding,) = findings_of(Amplification(), unasked(8))
    assert (finding["resp_h"], finding["resp_role"]) == (INSIDE, "victim")
    assert (finding["severity"], finding["techniques"]) == ("high", ["T1498.002"])
    assert finding["because"] == (
        "32.0 MB of dns answers that it had not asked for reached 10.0.0.80 within a minute from "
        "8 hosts."
    )


def test_the_same_where_the_meter_calls_the_service_the_responder() -> None:
    rows = [
        udp(INSIDE, 40_000 + n, f"198.51.100.{n}", 53, orig_packets=0, orig_bytes=0,
            resp_packets=3_000, resp_bytes=4_000_000)
        for n in range(8)
    ]  # fmt: skip
    (finding,) = findings_of(Amplification(), rows)
    assert (finding["resp_h"], finding["evidence"]["kind"]) == (INSIDE, "victim")


@pytest.mark.parametrize("port", [19, 161, 389, 1900, 11211])
def test_less_suffices_of_what_has_no_business_on_the_internet(port: int) -> None:
    (finding,) = findings_of(Amplification(), unasked(8, port, 200_000))
    assert finding["evidence"]["unasked_bytes"] == 1_600_000
    assert findings_of(Amplification(), unasked(8, 53, 200_000)) == []


def test_a_server_of_ours_that_is_misused() -> None:
    row = udp("203.0.113.9", 40_000, INSIDE, 123, orig_packets=900, orig_bytes=40_000,
              resp_packets=9_000, resp_bytes=4_000_000)  # fmt: skip
    (finding,) = findings_of(Amplification(), [row])
    assert (finding["orig_h"], finding["orig_role"]) == ("203.0.113.9", "victim")
    assert (finding["resp_h"], finding["resp_role"], finding["resp_p"]) == (INSIDE, "server", 123)
    assert finding["flows_total"] == 1
    assert finding["severity"] == "medium"
    assert finding["because"] == (
        "10.0.0.80 sent 4.0 MB of ntp answers to 203.0.113.9 within a minute for 40.0 KB asked, "
        "100 times as much: its service is misused to flood that address."
    )


BENIGN = {
    "a resolver at work": [
        udp(INSIDE, 40_000 + n, "198.51.100.53", 53, orig_packets=1, orig_bytes=40,
            resp_packets=1, resp_bytes=400)
        for n in range(2_000)
    ],
    "our name server asked from outside": [
        udp(f"203.0.113.{n % 250}", 40_000 + n, INSIDE, 53, orig_packets=1, orig_bytes=40,
            resp_packets=1, resp_bytes=1_200)
        for n in range(4_000)
    ],
    "management of devices inside": [
        udp("10.0.0.5", 40_000, INSIDE, 161, orig_packets=900, orig_bytes=40_000,
            resp_packets=900, resp_bytes=900_000)
    ],
    "a call": [
        udp(INSIDE, 40_000, "198.51.100.7", 3478, orig_packets=9_000, orig_bytes=4_000_000,
            resp_packets=9_000, resp_bytes=9_000_000)
    ],
    "a few late answers": unasked(3, 123, 500),
    "counters unknown": [
        {"orig_h": "198.51.100.7", "orig_p": 53, "resp_h": INSIDE, "resp_p": 40_000,
         "proto": "udp", "at_s": 0.0}
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_services_at_work_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Amplification(), rows) == []
