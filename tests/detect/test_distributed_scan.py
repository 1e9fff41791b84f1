"""`distributed_scan`: a scan that many share, so that none of them stands out."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.distributed_scan import DistributedScan

TARGET = "10.0.0.20"
HOUR = 3_600.0


def neighbours(hosts: int, sources: int = 8, every_s: float = 20.0) -> list[dict[str, Any]]:
    """Hosts of one network outside divide the inside among them."""
    return [
        attempt(f"203.0.113.{n % sources}", f"10.0.{n // 250}.{n % 250}", 8080, n * every_s)
        for n in range(hosts)
    ]


def test_hosts_that_share_the_work_are_told_together() -> None:
    rows = [
        attempt(f"10.0.0.{n % 6}", f"10.0.5.{n}", 445, n * 7.0, refused=True) for n in range(60)
    ]
    (finding,) = findings_of(DistributedScan(), rows)
    assert (finding["orig_h"], finding["severity"]) == ("10.0.0.0", "medium")
    assert finding["because"] == (
        "10.0.0.0 and 5 more inside hosts together tried port 445 (smb) of 60 inside hosts in "
        "6 m 53 s and got no conversation with any."
    )
    assert finding["evidence"]["sources"] == 6


def test_what_no_hour_shows_the_day_does() -> None:
    rows = [attempt(f"10.0.0.{n % 8}", f"10.0.5.{n}", 445, n * 500.0) for n in range(80)]
    (finding,) = findings_of(DistributedScan(), rows)
    assert finding["window_end_ns"] - finding["window_start_ns"] == 24 * 3600 * 10**9


def test_sources_that_share_the_work_are_told_on_their_target() -> None:
    rows = [attempt(f"203.0.113.{n % 8}", TARGET, 1 + n, n * 5.0) for n in range(80)]
    (finding,) = findings_of(DistributedScan(), rows)
    assert (finding["orig_h"], finding["resp_h"]) == (None, TARGET)
    assert (finding["severity"], finding["evidence"]["sources"]) == ("medium", 8)
    assert finding["because"].startswith("80 ports of 10.0.0.20 were tried by 8 sources")


def test_the_noise_of_the_internet_is_one_low_finding_a_day() -> None:
    rows = [attempt(f"203.0.{n % 90}.7", TARGET, 1 + 7 * n % 3_000, n * 100.0) for n in range(500)]
    (finding,) = findings_of(DistributedScan(), rows)
    assert (finding["severity"], finding["evidence"]["sources"]) == ("low", 90)


def test_a_network_outside_that_divides_the_inside() -> None:
    (finding,) = findings_of(DistributedScan(), neighbours(60))
    assert (finding["orig_h"], finding["severity"]) == ("203.0.113.0", "low")
    assert (finding["tactic"], finding["techniques"][0]) == ("reconnaissance", "T1595.001")
    assert finding["because"].startswith(
        "203.0.113.0 and 7 more hosts of 203.0.113.0/24 together tried port 8080 (http) of 60"
    )


def test_a_network_outside_that_takes_two_days() -> None:
    (finding,) = findings_of(DistributedScan(), neighbours(70, every_s=2_500.0))
    assert finding["window_end_ns"] - finding["window_start_ns"] == 7 * 24 * 3600 * 10**9


BENIGN = {
    "clients of a server that is down": [
        attempt(f"10.0.1.{n % 20}", TARGET, 445, n * 3.0) for n in range(200)
    ],
    "everybody misses the same few hosts": [
        attempt(f"10.0.1.{n % 25}", f"10.0.9.{n % 45}", 9100, n * 3.0) for n in range(0, 2_000, 45)
    ],
    "clients that are served": [
        session(f"10.0.1.{n % 9}", f"10.0.5.{n}", 445, n * 7.0) for n in range(90)
    ],
    "one scanner alone": [attempt("10.0.0.9", f"10.0.5.{n}", 445, n * 7.0) for n in range(60)],
    "a server outside and its spare": neighbours(60, sources=2),
    "visitors of the web server": [
        session(f"203.0.113.{n % 200}", f"10.0.0.{n % 3}", 443, n * 3.0) for n in range(900)
    ],
    "addresses unknown": [{**attempt("", "", 445, n), "orig_h": None} for n in range(50)],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_failures_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(DistributedScan(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(24, 0), (25, 1)])
def test_twenty_five_hosts_in_an_hour_are_needed(count: int, found: int) -> None:
    assert len(findings_of(DistributedScan(), neighbours(count))) == found
