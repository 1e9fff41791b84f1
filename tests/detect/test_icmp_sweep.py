"""`icmp_sweep`: many hosts asked by ICMP whether they are there."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.icmp_sweep import IcmpSweep

HOST, OUTSIDE = "10.0.0.5", "203.0.113.5"
ECHO, TIMESTAMP, MASK = 8, 13, 17


def ping(target: str, at_s: float, answered: bool = False, **columns: Any) -> dict[str, Any]:
    return {
        "orig_h": HOST, "resp_h": target, "orig_p": ECHO, "resp_p": 0, "proto": "icmp",
        "duration_s": 0.01 if answered else 0.0, "at_s": at_s, "orig_packets": 1,
        "resp_packets": int(answered), "orig_bytes": 56, "resp_bytes": 56 * answered, **columns,
    }  # fmt: skip


def sweep(
    count: int, every_s: float = 1.0, alive: int = 0, prefix: str = "10.0.4", **columns: Any
) -> list[dict[str, Any]]:
    return [ping(f"{prefix}.{n}", n * every_s, n < alive, **columns) for n in range(count)]


def test_a_sweep_is_found_with_its_share_of_silence() -> None:
    (finding,) = findings_of(IcmpSweep(), sweep(40, alive=10))
    assert (finding["orig_h"], finding["orig_role"]) == (HOST, "attacker")
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1018"])
    assert finding["because"] == (
        "10.0.0.5 sent ICMP echo requests to 40 hosts in 39 s; 75 % did not answer."
    )
    assert finding["evidence"]["hosts"] == 40
    assert finding["evidence"]["answering_hosts"] == 10
    assert finding["score"] == pytest.approx(0.8 * (0.5 + 0.5 * 0.75))
    assert finding["flows_total"] == 40


def test_from_outside_it_is_reconnaissance() -> None:
    (few,) = findings_of(IcmpSweep(), sweep(20, orig_h=OUTSIDE))
    assert (few["severity"], few["tactic"]) == ("low", "reconnaissance")
    (many,) = findings_of(IcmpSweep(), sweep(90, orig_h=OUTSIDE))
    assert (many["severity"], many["techniques"]) == ("medium", ["T1595.001", "T1018"])


@pytest.mark.parametrize(
    ("count", "every_s"), [(40, 80.0), (70, 800.0)], ids=["over an hour", "over a day"]
)
def test_a_slow_sweep_shows_in_a_wider_window(count: int, every_s: float) -> None:
    (finding,) = findings_of(IcmpSweep(), sweep(count, every_s))
    assert finding["evidence"]["hosts"] == count


def test_requests_that_nobody_needs_today_are_few_but_enough() -> None:
    (finding,) = findings_of(IcmpSweep(), sweep(3, alive=3, orig_p=TIMESTAMP))
    assert (finding["severity"], finding["evidence"]["request"]) == ("medium", "timestamp")
    assert findings_of(IcmpSweep(), sweep(3, orig_p=MASK))[0]["severity"] == "medium"
    assert findings_of(IcmpSweep(), sweep(2, orig_p=TIMESTAMP)) == []


def test_version_six_is_swept_by_its_own_type() -> None:
    six = [
        ping(f"2001:db8::{n:x}", n, orig_h="2001:db8::ff", proto="icmp6", orig_p=128)
        for n in range(30)
    ]
    (finding,) = findings_of(IcmpSweep(), six, home=["2001:db8::/32"])
    assert (finding["proto"], finding["evidence"]["hosts"]) == ("icmp6", 30)
    neighbours = [{**row, "orig_p": 135} for row in six]
    assert findings_of(IcmpSweep(), neighbours, home=["2001:db8::/32"]) == []


def test_a_monitor_whose_fleet_answers_is_low() -> None:
    (finding,) = findings_of(IcmpSweep(), sweep(60, alive=58))
    assert (finding["severity"], finding["confidence"]) == ("low", 0.5)


def test_a_whole_network_is_a_sweep_whoever_answers() -> None:
    (finding,) = findings_of(IcmpSweep(), sweep(150, alive=150))
    assert finding["severity"] == "medium"


BENIGN = {
    "one host pinged all the time": [ping("10.0.4.1", n, answered=True) for n in range(280)],
    "a dead host pinged all the time": [ping("10.0.4.1", n) for n in range(280)],
    "reports that a host is not reached": sweep(200, orig_p=3),
    "answers whose questions were not seen": sweep(200, orig_p=0),
    "path measurement to a few places": sweep(8, prefix="203.0.113", alive=4) * 5,
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_icmp_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(IcmpSweep(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(9, 0), (10, 1)])
def test_ten_hosts_in_five_minutes_are_needed(count: int, found: int) -> None:
    assert len(findings_of(IcmpSweep(), sweep(count))) == found
