"""`arp_spoofing`: ARP used to lie in the local network."""

from __future__ import annotations

from typing import Any

import pytest

from detect.link import answers, asks, mac
from detect.traffic import findings_of
from lynceus.detect.arp_spoofing import ArpSpoofing

LIAR, ROUTER = "10.0.0.66", "10.0.0.1"


def test_a_forged_sender_is_told_by_its_frame() -> None:
    lies = [
        answers(ROUTER, f"10.0.0.{n}", n, src_mac=mac(LIAR), orig_mac=mac("10.0.9.9"))
        for n in range(5)
    ]
    finding = findings_of(ArpSpoofing(), arp=lies)[0]
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1557.002"])
    assert finding["tactic"] == "credential-access"
    assert "5 with a sender hardware address unlike that of the frame" in finding["because"]


def test_two_that_claim_one_address_are_a_conflict_on_it() -> None:
    claims = [
        answers(ROUTER, "10.0.0.7", n, src_mac=own, orig_mac=own)
        for n, own in enumerate([mac(ROUTER), mac(LIAR)] * 3)
    ]
    finding = next(f for f in findings_of(ArpSpoofing(), arp=claims) if f["resp_h"] == ROUTER)
    assert (finding["severity"], finding["resp_role"]) == ("medium", "victim")
    assert finding["evidence"]["hardware_addresses"] == 2
    assert "was claimed by 2 hardware addresses" in finding["because"]


def test_a_router_that_fails_over_claims_its_address_by_right() -> None:
    shared = "00:00:5e:00:01:0a"
    rows = [
        answers(ROUTER, f"10.0.0.{n}", n, src_mac=own, orig_mac=shared)
        for n, own in enumerate([mac("10.0.0.2"), mac("10.0.0.3")] * 4, start=20)
    ]
    assert findings_of(ArpSpoofing(), arp=rows) == []


BENIGN = {
    "one gateway asked for again and again": [asks(LIAR, ROUTER, n) for n in range(200)],
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
    assert findings_of(ArpSpoofing(), arp=rows) == []


@pytest.mark.parametrize(("addresses", "found"), [(1, 0), (2, 1), (8, 1), (9, 0)])
def test_a_card_that_speaks_for_some_but_not_for_all_is_told_as_low(
    addresses: int, found: int
) -> None:
    rows = [
        answers(f"10.0.0.{n}", "10.0.0.7", n, src_mac=mac(LIAR), orig_mac=mac(LIAR))
        for n in range(100, 100 + addresses)
    ]
    said = findings_of(ArpSpoofing(), arp=rows)
    assert [f["severity"] for f in said] == ["low"] * found
