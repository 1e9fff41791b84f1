"""`flood`: so much at once that a service drowns."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.flood import Flood

SOURCE, SERVER = "203.0.113.9", "10.0.0.80"
MINUTE = 60.0


def syns(count: int, sources: int = 1, at_s: float = 0.0) -> list[dict[str, Any]]:
    """Connections that are never finished, within a minute."""
    every_s = 50.0 / count
    return [
        attempt(f"203.0.113.{9 + n % sources}", SERVER, 443, at_s + n * every_s)
        for n in range(count)
    ]


def stream(packets: int, answers: int = 0, **columns: Any) -> dict[str, Any]:
    """One UDP flow of a minute."""
    return {
        "orig_h": SOURCE, "orig_p": 40_000, "resp_h": SERVER, "resp_p": 5_004, "proto": "udp",
        "at_s": 0.0, "duration_s": 59.0, "orig_packets": packets, "resp_packets": answers,
        "orig_bytes": packets * 100, "resp_bytes": answers * 100, **columns,
    }  # fmt: skip


def pings(count: int, kind: int = 8) -> dict[str, Any]:
    return stream(count, count, proto="icmp", orig_p=kind, resp_p=0)


def test_half_open_connections_of_one_source() -> None:
    (finding,) = findings_of(Flood(), syns(600))
    assert (finding["orig_h"], finding["orig_role"]) == (SOURCE, "attacker")
    assert (finding["resp_h"], finding["resp_role"]) == (SERVER, "victim")
    assert (finding["resp_p"], finding["severity"]) == (443, "high")
    assert finding["techniques"] == ["T1498.001", "T1499.001"]
    assert finding["because"] == (
        "203.0.113.9 sent 600 connections or datagrams without a conversation to 10.0.0.80 on "
        "port 443 (https) within a minute, 100 % of all there (600 packets)."
    )
    assert finding["evidence"]["empty_flows"] == 600
    assert finding["score"] == pytest.approx(600 / 900, abs=1e-6)
    assert (finding["flows_total"], len(finding["flow_uids"])) == (600, 100)


def test_spread_over_many_sources_nobody_is_named_but_the_victim() -> None:
    (finding,) = findings_of(Flood(), syns(600, sources=200))
    assert (finding["orig_h"], finding["resp_h"]) == (None, SERVER)
    assert finding["evidence"]["sources"] == 200
    assert finding["because"].startswith("200 sources sent 600 connections")


def test_some_real_visitors_do_not_hide_it() -> None:
    visitors = [session(f"198.51.100.{n}", SERVER, 443, n) for n in range(50)]
    (finding,) = findings_of(Flood(), [*syns(400), *visitors])
    assert finding["evidence"]["failed_share"] == pytest.approx(400 / 450, abs=1e-6)


def test_pings_by_the_thousand() -> None:
    (finding,) = findings_of(Flood(), [pings(30_000)])
    assert (finding["severity"], finding["evidence"]["kind"]) == ("medium", "pings")
    assert "sent 30000 packets to 10.0.0.80 within a minute; 30000 came back" in finding["because"]
    assert findings_of(Flood(), [pings(30_000, kind=0)]) == [], "replies answer something"


def test_a_one_way_stream_is_low_for_cameras_do_it_too() -> None:
    (finding,) = findings_of(Flood(), [stream(90_000)])
    assert (finding["severity"], finding["evidence"]["kind"]) == ("low", "stream")
    assert findings_of(Flood(), [stream(90_000, answers=80_000)]) == [], "a call"


def test_a_long_flow_counts_with_its_average_minute() -> None:
    hour = stream(600_000, duration_s=3_590.0)
    assert findings_of(Flood(), [hour]) == [], "10,000 packets a minute"


def test_small_requests_by_the_thousand() -> None:
    rows = [session(SOURCE, SERVER, 80, n / 80, duration_s=0.1) for n in range(4_000)]
    (finding,) = findings_of(Flood(), rows)
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1499.002"])
    assert "opened 4000 small sessions with 10.0.0.80 on port 80 (http)" in finding["because"]


BENIGN = {
    "a shop on its best day": [
        session(f"203.0.113.{n % 200}", SERVER, 443, n / 40) for n in range(2_000)
    ],
    "a resolver that answers": [
        stream(1, 1, resp_p=53, at_s=n / 20, duration_s=0.02, service="dns") for n in range(1_000)
    ],
    "clients of a server that is down": [
        attempt(f"10.0.1.{n}", SERVER, 443, n + k) for n in range(40) for k in (0, 3, 9)
    ],
    "a scan of many ports": [attempt(SOURCE, SERVER, 1 + n, n / 20) for n in range(1_000)],
    "a scan of many hosts": [
        attempt(SOURCE, f"10.0.{n // 250}.{n % 250}", 22, n / 20) for n in range(1_000)
    ],
    "downloads by video": [stream(2_000, 90_000)],
    "monitoring by ping": [pings(60)],
    "open pages that wait for news": [
        session(f"10.0.1.{n}", "203.0.113.80", 443, n, duration_s=250.0, orig_bytes=1_500)
        for n in range(90)
    ],
    "counters unknown": [
        {"orig_h": SOURCE, "resp_h": SERVER, "resp_p": 443, "proto": "tcp", "at_s": n / 20}
        for n in range(1_000)
    ],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_load_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Flood(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(299, 0), (300, 1)])
def test_three_hundred_a_minute_are_needed(count: int, found: int) -> None:
    assert len(findings_of(Flood(), syns(count))) == found
