"""`dhcp_scan`: too many leases wanted."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.dhcp_scan import DhcpScan

SERVER = "10.0.0.1"


def wants(client: int, at_s: float, served: bool = False, **columns: Any) -> dict[str, Any]:
    """One exchange of a client: it asks, and takes the lease or does not go on."""
    messages = ["DISCOVER", "OFFER", "REQUEST", "ACK"] if served else ["DISCOVER", "OFFER"]
    usual = {
        "mac": f"02:00:00:00:{client // 256:02x}:{client % 256:02x}",
        "msg_types": messages,
        "server_addr": SERVER,
        "assigned_addr": f"10.0.{1 + client // 256}.{client % 256}" if served else None,
    }
    return {**usual, "at_s": at_s, **columns}


def crowd(count: int, every_s: float, served: int = 0) -> list[dict[str, Any]]:
    return [wants(n, n * every_s, served=n < served) for n in range(count)]


def test_a_crowd_of_invented_clients_starves_the_server() -> None:
    (finding,) = findings_of(DhcpScan(), dhcp=crowd(150, 0.2, served=60))
    assert (finding["resp_h"], finding["resp_role"]) == (SERVER, "victim")
    assert (finding["severity"], finding["confidence"]) == ("high", 0.85)
    assert finding["because"] == (
        "150 clients asked for a DHCP lease in 30 s, 60 of them took one: somebody may be "
        "inventing clients."
    )
    assert finding["evidence"]["clients"] == 150
    assert finding["techniques"] == ["T1557.003", "T1499"]
    assert finding["score"] == pytest.approx(150 / 180)


def test_a_smaller_crowd_is_medium() -> None:
    (finding,) = findings_of(DhcpScan(), dhcp=crowd(40, 1.0, served=25))
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.6)


def test_a_crowd_that_is_served_has_come_back_from_somewhere() -> None:
    (finding,) = findings_of(DhcpScan(), dhcp=crowd(150, 0.2, served=150))
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.6)


def test_a_burst_is_told_once_and_not_again_by_the_hour() -> None:
    (finding,) = findings_of(DhcpScan(), dhcp=crowd(60, 0.5))
    assert finding["window_end_ns"] - finding["window_start_ns"] == 60 * 10**9


@pytest.mark.parametrize(("count", "severity"), [(249, "medium"), (250, "high")])
def test_the_hour_has_its_own_limit_of_a_flood(count: int, severity: str) -> None:
    (finding,) = findings_of(DhcpScan(), dhcp=crowd(count, 14.0))
    assert (finding["severity"], finding["evidence"]["clients"]) == (severity, count)


def test_clients_that_ask_again_and_again_have_a_server_that_is_down() -> None:
    rows = [wants(n % 300, n * 3.0, msg_types=["DISCOVER"]) for n in range(1199)]
    (finding,) = findings_of(DhcpScan(), dhcp=rows)
    assert (finding["severity"], finding["confidence"]) == ("low", 0.4)
    assert finding["evidence"]["requests_a_client"] == pytest.approx(1199 / 300, abs=1e-6)
    assert "as clients of a server that is down do" in finding["because"]


def test_repetitions_within_one_exchange_count_too() -> None:
    rows = [wants(n, n * 30.0, msg_types=["DISCOVER"] * 4) for n in range(100)]
    (finding,) = findings_of(DhcpScan(), dhcp=rows)
    assert (finding["severity"], finding["evidence"]["tries"]) == ("low", 400)


def test_inventing_them_slowly_shows_in_the_hour() -> None:
    (finding,) = findings_of(DhcpScan(), dhcp=crowd(30, 100.0, served=3))
    assert finding["evidence"]["clients"] == 30
    assert finding["evidence"]["served_clients"] == 3


def test_one_client_that_asks_for_address_after_address() -> None:
    rows = [
        wants(1, n * 60.0, msg_types=["REQUEST", "NAK"], requested_addr=f"10.0.0.{n}")
        for n in range(8)
    ]
    (finding,) = findings_of(DhcpScan(), dhcp=rows)
    assert (finding["orig_h"], finding["orig_role"]) == ("02:00:00:00:00:01", "attacker")
    assert finding["severity"] == "low"
    assert "asked for 8 different DHCP addresses within an hour" in finding["because"]
    many = [row for row in rows for _ in range(1)] + [
        wants(1, 600.0 + n, requested_addr=f"10.0.1.{n}") for n in range(20)
    ]
    assert [finding["severity"] for finding in findings_of(DhcpScan(), dhcp=many)] == ["medium"]


BENIGN = {
    "a morning: 300 people arrive within an hour": crowd(300, 12.0, served=300),
    "one client that renews all day": [
        wants(1, n * 600.0, served=True, msg_types=["REQUEST", "ACK"], requested_addr="10.0.1.1")
        for n in range(90)
    ],
    "a laptop that asks for the addresses of home, office and train": [
        wants(1, n, requested_addr=address)
        for n, address in enumerate(["192.168.1.5", "10.0.0.9", "172.16.4.4"])
    ],
    "a server that is down: ten clients ask in vain": [
        wants(n % 10, n * 20.0, msg_types=["DISCOVER"]) for n in range(180)
    ],
    "messages of the server alone": [
        wants(n, 0.1 * n, msg_types=["OFFER"]) for n in range(200)
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_leases_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(DhcpScan(), dhcp=rows) == []


@pytest.mark.parametrize(("count", "found"), [(29, 0), (30, 1)])
def test_thirty_clients_in_a_minute_are_needed(count: int, found: int) -> None:
    assert len(findings_of(DhcpScan(), dhcp=crowd(count, 1.0, served=count))) == found
