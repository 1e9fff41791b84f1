"""`horizontal_scan`: one port tried on many hosts."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.horizontal_scan import HorizontalScan

INSIDE, OUTSIDE = "10.0.0.66", "203.0.113.7"
HOUR = 3600.0


def scan(
    count: int, every_s: float = 0.5, source: str = INSIDE, port: int = 22, prefix: str = "10.0"
) -> list[dict[str, Any]]:
    """Every fifth host refuses, the others are silent."""
    return [
        attempt(source, f"{prefix}.{n // 250}.{n % 250}", port, n * every_s, refused=n % 5 == 0)
        for n in range(count)
    ]


def test_a_scan_of_the_network_for_one_service() -> None:
    (finding,) = findings_of(HorizontalScan(), scan(60))
    assert (finding["orig_h"], finding["resp_p"], finding["proto"]) == (INSIDE, 22, "tcp")
    assert (finding["orig_role"], finding["resp_role"]) == ("attacker", "victim")
    assert (finding["severity"], finding["tactic"]) == ("high", "discovery")
    assert finding["techniques"] == ["T1046", "T1018"]
    assert finding["because"] == (
        "10.0.0.66 tried port 22 (ssh) of 60 hosts in 30 s; 60 of them (100 %) were refused, "
        "silent or left empty."
    )
    evidence = finding["evidence"]
    assert (evidence["hosts"], evidence["failed_hosts"], evidence["failed_share"]) == (60, 60, 1.0)
    assert finding["score"] == pytest.approx(60 / 70, abs=1e-6)
    assert finding["flows_total"] == 60


@pytest.mark.parametrize(("count", "severity"), [(15, "low"), (60, "medium")])
def test_from_outside_it_is_reconnaissance(count: int, severity: str) -> None:
    (finding,) = findings_of(HorizontalScan(), scan(count, source=OUTSIDE))
    assert (finding["severity"], finding["tactic"]) == (severity, "reconnaissance")
    assert finding["techniques"] == ["T1595.001", "T1046"]


@pytest.mark.parametrize(
    ("count", "every_s"), [(30, 100.0), (60, 900.0)], ids=["over an hour", "over a day"]
)
def test_a_slow_scan_shows_in_a_wider_window(count: int, every_s: float) -> None:
    (finding,) = findings_of(HorizontalScan(), scan(count, every_s))
    assert finding["evidence"]["failed_hosts"] == count


def test_hosts_that_answer_do_not_hide_it() -> None:
    alive = [session(INSIDE, f"10.0.9.{n}", 445, n) for n in range(30)]
    (finding,) = findings_of(HorizontalScan(), [*scan(30, port=445), *alive])
    assert finding["evidence"]["hosts"] == 60
    assert finding["evidence"]["failed_share"] == 0.5


def test_datagrams_without_an_answer_count_as_well() -> None:
    rows = [
        {**row, "proto": "udp", "conn_state": None, "history": None, "resp_packets": 0}
        for row in scan(40, port=161)
    ]
    (finding,) = findings_of(HorizontalScan(), rows)
    assert (finding["proto"], finding["resp_p"]) == ("udp", 161)


def test_one_row_may_stand_for_many_hosts() -> None:
    row = {
        "orig_h": INSIDE, "resp_hosts": 127, "resp_p": 22, "proto": "tcp", "source": "text",
        "total_bytes": 3_200, "total_packets": 2_341, "duration_s": 45.0,
    }  # fmt: skip
    (finding,) = findings_of(HorizontalScan(), [row])
    assert (finding["severity"], finding["techniques"]) == ("high", ["T1046", "T1110"])
    assert finding["because"] == (
        "10.0.0.66 tried port 22 (ssh) of 127 hosts in 45 s with 3.2 KB in 2341 packets: too "
        "little for a single conversation (SSH scanning or password guessing)."
    )
    assert finding["first_seen_ns"] is None
    assert findings_of(HorizontalScan(), [{**row, "total_bytes": 3_200_000}]) == []


def test_a_broken_way_to_the_internet_is_low() -> None:
    (finding,) = findings_of(HorizontalScan(), scan(15, port=443, prefix="203.0"))
    assert finding["severity"] == "low"


BENIGN = {
    "a person on the web": [
        session(INSIDE, f"203.0.113.{n}", 443, n, resp_bytes=50_000) for n in range(200)
    ],
    "a person on the web with dead ends": [
        *(session(INSIDE, f"203.0.113.{n}", 443, n) for n in range(80)),
        *(attempt(INSIDE, f"198.51.100.{n}", 443, n) for n in range(15)),
    ],
    "a peer-to-peer client with peers that left": [
        attempt(INSIDE, f"203.0.{n % 7}.{n}", 20_000 + 37 * n % 9_000, n) for n in range(200)
    ],
    "monitoring of a fleet with three dead hosts": [
        *(session(INSIDE, f"10.0.3.{n}", 22, n) for n in range(100)),
        *(attempt(INSIDE, f"10.0.4.{n}", 22, n) for n in range(3)),
    ],
    "one dead host, again and again": [attempt(INSIDE, "10.0.3.1", 445, n) for n in range(250)],
    "many ports of one host": [attempt(INSIDE, "10.0.3.1", 1 + n, n / 5) for n in range(500)],
    "time asked of a pool that answers": [
        {"orig_h": INSIDE, "resp_h": f"203.0.113.{n}", "orig_p": 40_000, "resp_p": 123,
         "proto": "udp", "at_s": n, "orig_packets": 1, "resp_packets": 1, "orig_bytes": 48,
         "resp_bytes": 48, "duration_s": 0.02}
        for n in range(60)
    ],
    "answers of a server whose questions were not seen": [
        attempt("10.0.0.53", f"10.0.1.{n}", 50_000 + n, n, orig_p=53, proto="udp",
                conn_state=None, history=None)
        for n in range(90)
    ],
    "announcements to groups": [
        attempt(INSIDE, f"239.255.{n}.250", 1900, n, proto="udp", conn_state=None, history=None)
        for n in range(60)
    ],
    "counters unknown": [
        {"orig_h": INSIDE, "resp_h": f"203.0.113.{n}", "resp_p": 443, "proto": "tcp", "at_s": n}
        for n in range(90)
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_contacts_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(HorizontalScan(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(9, 0), (10, 1)])
def test_ten_hosts_in_five_minutes_are_needed(count: int, found: int) -> None:
    assert len(findings_of(HorizontalScan(), scan(count))) == found
