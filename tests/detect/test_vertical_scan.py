"""`vertical_scan`: many ports of one host tried."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.vertical_scan import VerticalScan

INSIDE, OUTSIDE, TARGET = "10.0.0.66", "203.0.113.7", "10.0.0.20"


def scan(count: int, every_s: float = 0.1, source: str = INSIDE, **columns: Any) -> list[Any]:
    """Half of the ports refuse, the others are silent."""
    return [
        attempt(source, TARGET, 1 + n, n * every_s, refused=n % 2 == 0, **columns)
        for n in range(count)
    ]


def datagrams(ports: range) -> list[dict[str, Any]]:
    return [
        attempt(INSIDE, TARGET, port, n / 5, proto="udp", conn_state=None, history=None)
        for n, port in enumerate(ports)
    ]


def test_a_scan_of_a_host_names_both_ends_and_its_ports() -> None:
    (finding,) = findings_of(VerticalScan(), scan(40))
    assert (finding["orig_h"], finding["orig_role"]) == (INSIDE, "attacker")
    assert (finding["resp_h"], finding["resp_role"]) == (TARGET, "victim")
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1046"])
    assert finding["because"] == (
        "10.0.0.66 tried 40 ports of 10.0.0.20 in 3.9 s; 40 attempts were refused, silent or "
        "left empty."
    )
    evidence = finding["evidence"]
    assert (evidence["ports"], evidence["lowest_port"], evidence["highest_port"]) == (40, 1, 40)
    assert (evidence["refused_attempts"], evidence["silent_attempts"]) == (20, 20)
    assert finding["score"] == pytest.approx(40 / 55, abs=1e-6)
    assert (finding["flows_total"], len(finding["flow_uids"])) == (40, 40)


@pytest.mark.parametrize(
    ("source", "count", "severity"),
    [(INSIDE, 500, "high"), (OUTSIDE, 40, "low"), (OUTSIDE, 500, "medium")],
)
def test_how_bad_depends_on_who_and_how_much(source: str, count: int, severity: str) -> None:
    (finding,) = findings_of(VerticalScan(), scan(count, source=source))
    assert finding["severity"] == severity
    assert finding["tactic"] == ("discovery" if source == INSIDE else "reconnaissance")


def used(size: int, at_s: float = 100.0, port: int = 8080, **columns: Any) -> dict[str, Any]:
    """What the scanner did with a port that was open."""
    return session(OUTSIDE, TARGET, port, at_s, resp_bytes=size, **columns)


def test_a_scan_from_outside_that_goes_on_is_told_again_as_a_way_in() -> None:
    rows = [*scan(40, source=OUTSIDE), used(60_000), used(60_000, at_s=200.0, port=8443)]
    way_in, probing = sorted(findings_of(VerticalScan(), rows), key=lambda f: f["tactic"])
    assert (probing["severity"], probing["tactic"]) == ("low", "reconnaissance")
    assert (way_in["severity"], way_in["tactic"]) == ("medium", "initial-access")
    assert way_in["techniques"] == ["T1595.001", "T1190"]
    assert way_in["because"] == (
        "203.0.113.7 tried 40 ports of 10.0.0.20 in vain and then exchanged 121.0 KB with it on "
        "port 8080, 8443: the scan led to something."
    )
    assert (way_in["orig_role"], way_in["resp_role"]) == ("attacker", "victim")


@pytest.mark.parametrize(
    "after",
    [
        used(20_000),
        used(600_000, at_s=-100.0),
        used(600_000, at_s=4_000.0),
        {**used(600_000), "orig_h": "203.0.113.8"},
    ],
    ids=["asked what is there", "before the scan", "another hour", "somebody else"],
)
def test_a_scan_from_outside_alone_is_low(after: dict[str, Any]) -> None:
    (finding,) = findings_of(VerticalScan(), [*scan(40, source=OUTSIDE), after])
    assert (finding["severity"], finding["tactic"]) == ("low", "reconnaissance")


def test_a_guest_who_misses_some_ports_is_no_scanner() -> None:
    assert findings_of(VerticalScan(), [*scan(10, source=OUTSIDE), used(900_000)]) == []


@pytest.mark.parametrize(
    ("count", "every_s"), [(40, 85.0), (60, 900.0)], ids=["over an hour", "over a day"]
)
def test_a_slow_scan_shows_in_a_wider_window(count: int, every_s: float) -> None:
    (finding,) = findings_of(VerticalScan(), scan(count, every_s))
    assert finding["evidence"]["ports"] == count


def test_connections_opened_and_left_empty_are_a_scan_too() -> None:
    rows = [
        session(INSIDE, TARGET, 1 + n, n, orig_bytes=0, resp_bytes=0, conn_state="RSTO",
                orig_packets=3, resp_packets=1, history="ShAR", duration_s=0.01)
        for n in range(30)
    ]  # fmt: skip
    (finding,) = findings_of(VerticalScan(), rows)
    assert finding["evidence"]["ports"] == 30


def test_connections_left_empty_are_counted_in_words() -> None:
    rows = [
        session(INSIDE, TARGET, 1 + n, n, orig_bytes=0, resp_bytes=0, conn_state="SF",
                orig_packets=4, resp_packets=3, history="ShAFf", duration_s=0.01)
        for n in range(30)
    ]  # fmt: skip
    (finding,) = findings_of(VerticalScan(), rows)
    assert "; 0 attempts" not in finding["because"]


def test_datagrams_count_and_traceroute_does_not() -> None:
    (finding,) = findings_of(VerticalScan(), datagrams(range(100, 160)))
    assert (finding["proto"], finding["evidence"]["ports"]) == ("udp", 60)
    assert findings_of(VerticalScan(), datagrams(range(33_434, 33_494))) == []


BENIGN = {
    "a client with many services": [session(INSIDE, TARGET, 1 + n, n) for n in range(200)],
    "a dead service asked again and again": [
        attempt(INSIDE, TARGET, port, n) for n in range(90) for port in (80, 443, 8080)
    ],
    "file transfer with a port for each file": [
        session(INSIDE, TARGET, 50_000 + n, n, history="ShAdDaFf") for n in range(100)
    ],
    "answers of a resolver to many client ports": [
        attempt("10.0.0.53", TARGET, 40_000 + n, n / 2, orig_p=53, proto="udp",
                conn_state=None, history=None)
        for n in range(300)
    ],
    "the far end of a conversation whose beginning was not seen": [
        session("203.0.113.80", TARGET, 40_000 + n, n, orig_p=443, history="dAf",
                conn_state="OTH", orig_bytes=0, resp_bytes=0)
        for n in range(100)
    ],
    "one port of many hosts": [attempt(INSIDE, f"10.0.7.{n}", 22, n) for n in range(200)],
    "counters unknown": [
        {"orig_h": INSIDE, "resp_h": TARGET, "resp_p": 1 + n, "proto": "tcp", "at_s": n}
        for n in range(90)
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_contacts_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(VerticalScan(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(14, 0), (15, 1)])
def test_fifteen_ports_in_five_minutes_are_needed(count: int, found: int) -> None:
    assert len(findings_of(VerticalScan(), scan(count))) == found
