"""`slow_scan`: a scan that takes days."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.slow_scan import SlowScan

SCANNER, TARGET = "10.0.0.66", "10.0.0.20"
HOUR, DAY = 3_600.0, 86_400.0


def search(hosts: int, every_s: float = HOUR, **columns: Any) -> list[dict[str, Any]]:
    """One host after another, an hour apart: two days hold 48."""
    return [attempt(SCANNER, f"10.0.7.{n}", 22, n * every_s, **columns) for n in range(hosts)]


def test_hosts_asked_one_an_hour_show_over_days() -> None:
    (finding,) = findings_of(SlowScan(), search(48))
    assert (finding["orig_h"], finding["resp_p"], finding["severity"]) == (SCANNER, 22, "medium")
    assert finding["because"] == (
        "10.0.0.66 tried port 22 (ssh) of 48 hosts without a conversation over 47 h 0 m, on 3 "
        "days, never more than a few at a time."
    )
    assert finding["evidence"]["active_days"] == 3
    assert (finding["flows_total"], finding["techniques"]) == (48, ["T1046", "T1018"])


def test_ports_asked_one_an_hour_show_over_days() -> None:
    rows = [attempt(SCANNER, TARGET, 1 + n, n * HOUR, refused=True) for n in range(48)]
    (finding,) = findings_of(SlowScan(), rows)
    assert (finding["resp_h"], finding["evidence"]["ports"]) == (TARGET, 48)
    assert finding["severity"] == "medium"


def test_from_outside_it_is_low() -> None:
    rows = [attempt("203.0.113.9", f"10.0.7.{n}", 22, n * HOUR) for n in range(48)]
    (finding,) = findings_of(SlowScan(), rows)
    assert (finding["severity"], finding["tactic"]) == ("low", "reconnaissance")


BENIGN = {
    "a scan of an hour": search(48, every_s=60.0),
    "the same dead hosts asked every hour": [
        attempt(SCANNER, f"10.0.7.{n % 4}", 22, n * HOUR / 3) for n in range(150)
    ],
    "inventory of hosts that answer": [
        session(SCANNER, f"10.0.7.{n}", 22, n * HOUR) for n in range(48)
    ],
    "a crawler that finds sites gone": [
        attempt(SCANNER, f"203.0.{n}.7", 443, n * HOUR) for n in range(48)
    ],
    "file sharing": [
        attempt(SCANNER, f"203.0.{n}.7", 20_000 + 7 * n, n * HOUR / 4) for n in range(200)
    ],
    "a scan that a day shows": search(120, every_s=HOUR / 3),
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_what_is_no_slow_scan_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(SlowScan(), rows) == []


@pytest.mark.parametrize(("hosts", "found"), [(29, 0), (30, 1)])
def test_thirty_hosts_are_needed(hosts: int, found: int) -> None:
    assert len(findings_of(SlowScan(), search(hosts))) == found
