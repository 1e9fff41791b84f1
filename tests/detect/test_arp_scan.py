"""`arp_scan`: ARP used to search the local network."""

from __future__ import annotations

from typing import Any

import pytest

from detect.link import answers, asks, mac
from detect.traffic import findings_of
from lynceus.detect.arp_scan import ArpScan

SCANNER, ROUTER = "10.0.0.66", "10.0.0.1"


def search(count: int, alive: int, every_s: float = 0.1) -> list[dict[str, Any]]:
    """A host asks for `count` addresses; the first `alive` of them answer."""
    rows = [asks(SCANNER, f"10.0.0.{n + 100}", n * every_s) for n in range(count)]
    return rows + [answers(f"10.0.0.{n + 100}", SCANNER, n * every_s) for n in range(alive)]


def test_a_search_of_the_link_is_found_with_how_many_were_silent() -> None:
    (finding,) = findings_of(ArpScan(), arp=search(50, alive=5))
    assert (finding["orig_h"], finding["orig_role"]) == (SCANNER, "attacker")
    assert finding["severity"] == "medium"
    assert finding["because"] == (
        "10.0.0.66 asked by ARP for 50 addresses in 4.9 s; 90 % of them did not answer."
    )
    assert finding["evidence"]["targets"] == 50
    assert finding["evidence"]["unanswered_share"] == 0.9
    assert finding["evidence"]["macs"] == [mac(SCANNER)]
    assert finding["score"] == pytest.approx(50 / 65)
    assert finding["flow_uids"]


def test_a_search_bears_the_technique_of_the_detector() -> None:
    (finding,) = findings_of(ArpScan(), arp=search(50, alive=5))
    assert (finding["techniques"], finding["tactic"]) == (["T1018"], "discovery")


def test_a_slow_search_shows_in_the_hour() -> None:
    (finding,) = findings_of(ArpScan(), arp=search(70, alive=5, every_s=50))
    assert finding["evidence"]["targets"] == 70
    assert "in 57 m" in finding["because"]


def test_a_burst_is_told_once_though_the_host_asks_around_all_hour() -> None:
    usual = [asks(SCANNER, f"10.0.3.{n % 4}", n * 60.0) for n in range(60)]
    (finding,) = findings_of(ArpScan(), arp=[*usual, *search(100, alive=5)])
    assert finding["window_end_ns"] - finding["window_start_ns"] == 300 * 10**9


BENIGN = {
    "one gateway asked for again and again": [asks(SCANNER, ROUTER, n) for n in range(200)],
    "monitoring of hosts that answer": search(40, alive=35),
    "hosts that announce themselves": [asks(f"10.0.0.{n}", f"10.0.0.{n}", n) for n in range(50)],
    "hosts that find each other": [
        row
        for n in range(10, 40)
        for row in (
            asks(f"10.0.0.{n}", f"10.0.0.{n + 1}", n),
            answers(f"10.0.0.{n + 1}", f"10.0.0.{n}", n),
        )
    ],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_a_link_at_work_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(ArpScan(), arp=rows) == []


def test_hosts_that_probe_the_address_they_were_given_are_not_one_scanner() -> None:
    probes = [
        asks("0.0.0.0", f"10.0.0.{n}", n, src_mac=mac(f"10.0.0.{n}"), orig_mac=mac(f"10.0.0.{n}"))  # noqa: S104
        for n in range(100, 140)
    ]
    assert findings_of(ArpScan(), arp=probes) == []


@pytest.mark.parametrize(("count", "found"), [(14, 0), (15, 1)])
def test_fifteen_addresses_in_five_minutes_are_needed(count: int, found: int) -> None:
    assert len(findings_of(ArpScan(), arp=search(count, alive=0))) == found
